//! What a trial recording (试录) came to: whether pictures and sound are in its journal, and for how long. [`Trial`] takes the segments
//! in order, as [`verify`](super::verify) does, and counts by kind of track.

use super::{
    journal::{Ending, Segment},
    verify::Verdict,
};
use crate::relay::{
    media::Codec,
    tap::{Track, record::Kind},
};
use std::collections::HashMap;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trial {
    /// Packets of pictures.
    pub pictures: u64,
    /// Packets of sound.
    pub sounds: u64,
    /// From the first arrival to the last, milliseconds.
    pub span_ms: u64,
    /// Whether nothing is wrong with what was written.
    pub whole: bool,
}

impl Trial {
    /// Of these segments, and of what was verified of them.
    #[must_use]
    pub fn of<'a>(segments: impl IntoIterator<Item = &'a [u8]>, verdict: &Verdict) -> Self {
        let span_ms = verdict.span_ns.map_or(0, |(from, to)| to.saturating_sub(from) / 1_000_000);
        let mut trial = Self { span_ms, whole: verdict.findings.is_empty(), ..Self::default() };
        let mut tracks: HashMap<u32, bool> = HashMap::new();
        for bytes in segments {
            let Ok((_, mut records)) = Segment::open(bytes) else { continue };
            for record in records.by_ref() {
                match record.head.kind {
                    Kind::Track => {
                        if let Ok(track) = serde_json::from_slice::<Track>(record.body) {
                            tracks.insert(record.head.track, track.codec == Codec::Opus);
                        }
                    }
                    Kind::Rtp => match tracks.get(&record.head.track) {
                        Some(true) => trial.sounds += 1,
                        Some(false) => trial.pictures += 1,
                        None => {}
                    },
                    _ => {}
                }
            }
            trial.whole &= !matches!(records.ending(), Ending::Torn { .. });
        }
        trial
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        recorder::{
            journal::{EndReason, beginning, end, file_name, sha256, tests::*},
            verify::Check,
        },
        relay::{
            media::Role,
            tap::record::{self, Head},
        },
    };

    fn of(bytes: &[u8]) -> Trial {
        let mut check = Check::default();
        check.segment(1, &file_name(1), bytes);
        Trial::of([bytes], &check.verdict())
    }

    /// A record of a track, or a packet of one.
    fn made(kind: Kind, track: u32, serial: u64, body: &[u8]) -> Vec<u8> {
        record::made(Head { kind, track, serial, at_ns: serial * 1_000_000_000 }, body)
    }

    #[test]
    fn pictures_and_sound_are_counted_by_their_tracks() {
        let track = |codec| {
            let participant = "v-hall".parse().expect("an id");
            let track = Track { participant, name: "县主会场".to_owned(), role: Role::Main, codec };
            serde_json::to_vec(&track).expect("it serialises")
        };
        let mut bytes = beginning(&head(1, None), 0);
        bytes.extend(made(Kind::Track, 1, 1, &track(Codec::H264)));
        bytes.extend(made(Kind::Track, 2, 2, &track(Codec::Opus)));
        for (track, serial) in [(1, 3), (2, 4), (1, 5), (3, 6)] {
            bytes.extend(made(Kind::Rtp, track, serial, &[0]));
        }
        let digest = sha256(&bytes);
        bytes.extend(end(EndReason::Stopped, digest, 0));
        assert_eq!(of(&bytes), Trial { pictures: 2, sounds: 1, span_ms: 5000, whole: true });
    }

    #[test]
    fn a_torn_end_is_seen_and_nothing_at_all_is_nothing() {
        let whole = segment(&head(1, None), &[1, 2, 3], EndReason::Stopped);
        assert!(of(&whole).whole);
        assert!(!of(&whole[..whole.len() - 1]).whole);
        assert_eq!(Trial::of([], &Verdict::default()), Trial { whole: true, ..Trial::default() });
    }
}
