//! The sources of a journal, read packet by packet: what comes out of them is whole and has its place in time.

use crate::{
    recorder::{
        depacketise::{Depacketiser, Frame, PATIENCE_NS, Tally},
        manifest::SourceEntry,
        timeline::{Follow, Place, Timeline, TrackKey},
    },
    relay::{
        media::{Codec, Role},
        rtp,
        tap::{
            Track,
            record::{Kind, Record},
        },
    },
};
use std::collections::BTreeMap;

/// What comes out lies no further behind what was read, nanoseconds.
pub(super) const BEHIND_NS: u64 = PATIENCE_NS;

/// Something whole.
pub(super) struct Taken {
    pub(super) key: TrackKey,
    pub(super) track: Track,
    /// When it was so, nanoseconds since 1970 UTC.
    pub(super) at_ns: u64,
    pub(super) frame: Frame,
}

/// All sources.
pub(super) struct Sources {
    timeline: Timeline,
    lines: BTreeMap<TrackKey, Line>,
}

struct Line {
    track: Track,
    follow: Follow,
    /// The stretches that are read: number, clock, and what waits. One that is over is kept until it is empty.
    stretches: Vec<(usize, usize, Depacketiser)>,
    /// What became of those that are over.
    over: Tally,
    /// Nothing comes out earlier than what came before.
    last_ns: u64,
}

impl Sources {
    pub(super) fn new(timeline: Timeline) -> Self {
        let mut sources = Self { timeline: Timeline::default(), lines: BTreeMap::new() };
        sources.learn(timeline);
        sources
    }

    /// More is known of their clocks, and of further ones.
    pub(super) fn learn(&mut self, timeline: Timeline) {
        let line = |track: &Track| Line {
            follow: Follow::new(track.codec),
            track: track.clone(),
            stretches: Vec::new(),
            over: Tally::default(),
            last_ns: 0,
        };
        for (&key, track) in &timeline.tracks {
            self.lines.entry(key).or_insert_with(|| line(track));
        }
        self.timeline = timeline;
    }

    pub(super) fn record(&mut self, run: u64, record: &Record<'_>) {
        if record.head.kind != Kind::Rtp {
            return;
        }
        let Some(line) = self.lines.get_mut(&(run, record.head.track)) else { return };
        let Some(header) = rtp::Header::parse(record.body) else { return };
        let Some(payload) = header.payload(record.body) else { return };
        let place = line.follow.place(record.head.at_ns, &header);
        let known = line.stretches.iter().position(|(number, ..)| *number == place.stretch);
        let at = known.unwrap_or_else(|| {
            line.stretches.push((place.stretch, place.clock, Depacketiser::new(line.track.codec)));
            line.stretches.len() - 1
        });
        let depacketiser = &mut line.stretches[at].2;
        depacketiser.push(record.head.at_ns, place.sequence, place.timestamp, header.marker, payload);
    }

    /// All that is whole once everything up to `now_ns` was read; [`u64::MAX`] at the end. Sorted by time.
    pub(super) fn take(&mut self, now_ns: u64) -> Vec<Taken> {
        let mut taken = Vec::new();
        for (&key, line) in &mut self.lines {
            let latest = line.stretches.last().map(|(number, ..)| *number);
            for (stretch, clock, depacketiser) in &mut line.stretches {
                depacketiser.drain(now_ns, |frame| {
                    let place = Place { clock: *clock, stretch: *stretch, timestamp: frame.timestamp, sequence: 0 };
                    let Some(at_ns) = self.timeline.moment(key, place) else { return };
                    let at_ns = at_ns.max(line.last_ns);
                    line.last_ns = at_ns;
                    taken.push(Taken { key, track: line.track.clone(), at_ns, frame });
                });
            }
            let over = |stretch: usize, waits: bool| Some(stretch) != latest && !waits;
            line.stretches.retain(|(stretch, _, depacketiser)| {
                let ends = over(*stretch, depacketiser.waits());
                if ends {
                    line.over.add(depacketiser.tally());
                }
                !ends
            });
        }
        taken.sort_by_key(|taken| taken.at_ns);
        taken
    }

    /// What became of each source's packets.
    pub(super) fn entries(&self) -> Vec<SourceEntry> {
        let entry = |line: &Line| {
            let mut tally = line.over;
            line.stretches.iter().for_each(|(_, _, depacketiser)| tally.add(depacketiser.tally()));
            SourceEntry {
                name: line.track.name.clone(),
                participant: line.track.participant.to_string(),
                role: if line.track.role == Role::Content { "content" } else { "main" }.to_owned(),
                codec: match line.track.codec {
                    Codec::Opus => "opus",
                    Codec::H264 => "h264",
                    Codec::Vp8 => "vp8",
                }
                .to_owned(),
                packets: tally.packets,
                missing: tally.missing,
                dropped: tally.dropped,
            }
        };
        self.lines.values().map(entry).collect()
    }
}
