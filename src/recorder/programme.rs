//! The programme of a recording: what was on air when, from the marks of the stage, and what its picture is made of.
//!
//! The main type is [`Notes`]: records go in, a [`Programme`] comes out, with its spans, its chapters, and whether the picture
//! can stay as it was sent.

use super::{
    journal::{ContentPlace, SegmentHead},
    timeline::TrackKey,
};
use crate::{
    id::ParticipantId,
    relay::{
        codec::{h264, vp8},
        media::{Codec, MediaKind, Role},
        rtp,
        stage::Stage,
        tap::{
            Mark, Track,
            record::{Kind, Record},
        },
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// With nothing on air for longer than this, a picture that stands still would say something wrong: it is composed.
const EMPTY_NS_MAX: u64 = 2_000_000_000;

/// A moment that a packet's timestamp says may be this much earlier than what the room noted.
const UNSURE_NS: u64 = 500_000_000;

/// A picture that comes on air has a key frame no longer before, nanoseconds: recorded ones are asked for one every ten seconds.
pub const LEAD_NS: u64 = 12_000_000_000;

/// Collects what a journal says of the programme. Takes every record once, in order.
#[derive(Debug, Default)]
pub struct Notes {
    span: Option<(u64, u64)>,
    tracks: BTreeMap<TrackKey, Seen>,
    stages: Vec<(u64, Stage)>,
    marks: Vec<(u64, String)>,
    content_place: ContentPlace,
}

/// What is known of a source.
#[derive(Debug, Clone)]
struct Seen {
    track: Track,
    /// When it was gone.
    gone_ns: Option<u64>,
    packets: u64,
    first_ns: u64,
    last_ns: u64,
    /// Every picture it had: its parameter sets or, for VP8, its size.
    pictures: BTreeSet<Vec<u8>>,
}

/// Who is on air from when on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnAir {
    /// From when, nanoseconds since 1970 UTC.
    pub from_ns: u64,
    /// Whose picture; `None` while nobody's is.
    pub participant: Option<ParticipantId>,
}

/// How the programme's picture comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// One source, always of one size: as it was sent, from these tracks of its.
    Copied(BTreeSet<TrackKey>),
    /// Composed anew, and why.
    Composed(Why),
}

/// Why a programme's picture is composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There was none.
    Nothing,
    /// Several sources were on air.
    Several,
    /// The picture changed its size or its coding.
    Changed,
    /// Content was shown.
    Content,
    /// A time long nobody was on air.
    Empty,
    /// It is VP8, which an MP4 does not hold.
    Vp8,
}

/// The programme of a recording.
#[derive(Debug, Clone)]
pub struct Programme {
    /// First and last arrival, nanoseconds since 1970 UTC; the programme is as long.
    pub span: (u64, u64),
    /// Where it shows content.
    pub content_place: ContentPlace,
    /// Who was on air, in order; the first begins no later than the span.
    pub on_air: Vec<OnAir>,
    /// When content was shown: track, from, to.
    pub content: Vec<(TrackKey, u64, u64)>,
    /// The tracks that are pictures of who was on air.
    pub pictures: BTreeMap<TrackKey, ParticipantId>,
    /// How its picture comes about.
    pub picture: Picture,
    /// Chapters: when, and what is there.
    pub chapters: Vec<(u64, String)>,
}

impl Notes {
    /// A segment begins.
    pub fn segment(&mut self, head: &SegmentHead) {
        self.content_place = head.content_place;
    }

    /// The next record, of this run.
    pub fn record(&mut self, run: u64, record: &Record<'_>) {
        let (key, at_ns) = ((run, record.head.track), record.head.at_ns);
        if record.head.serial != 0 {
            let span = self.span.get_or_insert((at_ns, at_ns));
            span.1 = span.1.max(at_ns);
        }
        match record.head.kind {
            Kind::Track => {
                if let Ok(track) = serde_json::from_slice::<Track>(record.body) {
                    let new = || Seen {
                        track,
                        gone_ns: None,
                        packets: 0,
                        first_ns: 0,
                        last_ns: 0,
                        pictures: BTreeSet::new(),
                    };
                    self.tracks.entry(key).or_insert_with(new);
                }
            }
            Kind::TrackEnd => {
                if let Some(seen) = self.tracks.get_mut(&key) {
                    seen.gone_ns.get_or_insert(at_ns);
                }
            }
            Kind::Rtp => {
                if let Some(seen) = self.tracks.get_mut(&key) {
                    seen.packet(at_ns, record.body);
                }
            }
            Kind::Stage => {
                if let Ok(stage) = serde_json::from_slice::<Stage>(record.body)
                    && self.stages.last().is_none_or(|(_, last)| *last != stage)
                {
                    self.stages.push((at_ns, stage));
                }
            }
            Kind::Mark => {
                if let Ok(mark) = serde_json::from_slice::<Mark>(record.body) {
                    self.marks.push((at_ns, mark.text));
                }
            }
            Kind::Head | Kind::SenderReport | Kind::Stop | Kind::End => {}
        }
    }

    /// The programme; `None` if the tap gave nothing at all.
    #[must_use]
    pub fn programme(&self) -> Option<Programme> {
        let span = self.span?;
        let mut on_air = vec![OnAir { from_ns: span.0, participant: None }];
        for (from_ns, stage) in &self.stages {
            let last = on_air.last_mut().expect("one was put in");
            if last.participant == stage.on_air {
                continue;
            }
            if last.from_ns >= *from_ns {
                last.participant.clone_from(&stage.on_air);
            } else {
                on_air.push(OnAir { from_ns: *from_ns, participant: stage.on_air.clone() });
            }
        }
        let content = self.content(span.1);
        let pictures = self.pictures(&on_air);
        let picture = self.picture(span, &on_air, &content, &pictures);
        let chapters = self.chapters(&on_air, &content);
        Some(Programme { span, content_place: self.content_place, on_air, content, pictures, picture, chapters })
    }

    fn content(&self, end_ns: u64) -> Vec<(TrackKey, u64, u64)> {
        let shown = self.tracks.iter().filter(|(_, seen)| {
            seen.track.role == Role::Content && seen.track.codec.kind() == MediaKind::Video && seen.packets > 0
        });
        // The last packet of a document may be long before its end; without one, the run ended with it.
        let last_of = |run: u64| {
            self.tracks.iter().filter(|(key, _)| key.0 == run).map(|(_, seen)| seen.last_ns).max().unwrap_or(end_ns)
        };
        let mut shown: Vec<_> = shown
            .map(|(&key, seen)| (key, seen.first_ns, seen.gone_ns.unwrap_or_else(|| last_of(key.0)).min(end_ns)))
            .collect();
        shown.sort_by_key(|&(_, from_ns, _)| from_ns);
        shown
    }

    fn pictures(&self, on_air: &[OnAir]) -> BTreeMap<TrackKey, ParticipantId> {
        let was_on_air: BTreeSet<_> = on_air.iter().filter_map(|span| span.participant.as_ref()).collect();
        let is_picture = |seen: &Seen| seen.track.role == Role::Main && seen.track.codec.kind() == MediaKind::Video;
        self.tracks
            .iter()
            .filter(|(_, seen)| is_picture(seen) && seen.packets > 0 && was_on_air.contains(&seen.track.participant))
            .map(|(&key, seen)| (key, seen.track.participant.clone()))
            .collect()
    }

    fn picture(
        &self,
        span: (u64, u64),
        on_air: &[OnAir],
        content: &[(TrackKey, u64, u64)],
        pictures: &BTreeMap<TrackKey, ParticipantId>,
    ) -> Picture {
        if !content.is_empty() {
            return Picture::Composed(Why::Content);
        }
        let used = || pictures.keys().filter_map(|key| self.tracks.get(key));
        if used().next().is_none() {
            return Picture::Composed(Why::Nothing);
        }
        if pictures.values().collect::<BTreeSet<_>>().len() > 1 {
            return Picture::Composed(Why::Several);
        }
        if used().any(|seen| seen.track.codec == Codec::Vp8) {
            return Picture::Composed(Why::Vp8);
        }
        let looks: BTreeSet<_> = used().flat_map(|seen| &seen.pictures).collect();
        if looks.len() > 1 {
            return Picture::Composed(Why::Changed);
        }
        let ends = on_air.iter().skip(1).map(|next| next.from_ns).chain([span.1]);
        let mut empty = on_air.iter().zip(ends).filter(|(now, _)| now.participant.is_none());
        // Before the first picture there is nothing that could stand still.
        if empty.any(|(now, end_ns)| now.from_ns > span.0 && end_ns.saturating_sub(now.from_ns) > EMPTY_NS_MAX) {
            return Picture::Composed(Why::Empty);
        }
        Picture::Copied(pictures.keys().copied().collect())
    }

    fn chapters(&self, on_air: &[OnAir], content: &[(TrackKey, u64, u64)]) -> Vec<(u64, String)> {
        let name_of = |participant: &ParticipantId| {
            let seen = self.tracks.values().find(|seen| seen.track.participant == *participant);
            seen.map_or_else(|| participant.to_string(), |seen| seen.track.name.clone())
        };
        let mut chapters: Vec<_> = on_air
            .iter()
            .map(|now| match &now.participant {
                Some(participant) => (now.from_ns, format!("播出：{}", name_of(participant))),
                None => (now.from_ns, "无播出画面".to_owned()),
            })
            .collect();
        for (key, from_ns, to_ns) in content {
            let name = self.tracks.get(key).map(|seen| seen.track.name.clone()).unwrap_or_default();
            chapters.push((*from_ns, format!("辅流开始：{name}")));
            chapters.push((*to_ns, format!("辅流结束：{name}")));
        }
        chapters.extend(self.marks.iter().map(|(at_ns, text)| (*at_ns, format!("标记：{text}"))));
        chapters.sort();
        chapters
    }
}

impl Seen {
    fn packet(&mut self, at_ns: u64, packet: &[u8]) {
        if self.packets == 0 {
            self.first_ns = at_ns;
        }
        self.packets += 1;
        self.last_ns = at_ns;
        // As the tap writes it: the fixed header alone stands before the payload.
        let Some(payload) = packet.get(rtp::FIXED_BYTES..) else { return };
        let pictures = &mut self.pictures;
        match self.track.codec {
            Codec::H264 => {
                h264::for_each_unit(payload, |unit| {
                    if unit[0] & 0x1f == 7 && !pictures.contains(unit) {
                        pictures.insert(unit.to_vec());
                    }
                });
            }
            Codec::Vp8 => {
                if let Some((descriptor, length)) = vp8::read(payload)
                    && let Some(body) = payload.get(length..)
                    && vp8::starts_key_frame(&descriptor, body)
                    && let Some((width, height)) = vp8::picture_size(body)
                {
                    pictures.insert([width.to_be_bytes(), height.to_be_bytes()].concat());
                }
            }
            Codec::Opus => {}
        }
    }
}

impl Programme {
    /// Who is on air at that moment.
    #[must_use]
    pub fn on_air_at(&self, at_ns: u64) -> Option<&ParticipantId> {
        let after = self.on_air.partition_point(|span| span.from_ns <= at_ns);
        self.on_air[..after].last()?.participant.as_ref()
    }

    /// Whether this track's picture, of that moment, was on air; what came a little before is taken for it, since a moment is
    /// never quite sure.
    #[must_use]
    pub fn shows(&self, key: TrackKey, at_ns: u64) -> bool {
        let shown = self.pictures.get(&key);
        shown.is_some() && [0, UNSURE_NS].iter().any(|later| self.on_air_at(at_ns + later) == shown)
    }

    /// Whether this track is content that is shown at some time.
    #[must_use]
    pub fn is_content(&self, key: TrackKey) -> bool {
        self.content.iter().any(|&(content, ..)| content == key)
    }

    /// Whether this track's picture is on air at about that moment: early enough before that there is a key frame to begin
    /// with, and a little longer.
    #[must_use]
    pub fn is_near_air(&self, key: TrackKey, at_ns: u64) -> bool {
        let Some(shown) = self.pictures.get(&key) else { return false };
        let ends = self.on_air.iter().skip(1).map(|next| next.from_ns).chain([u64::MAX]);
        self.on_air.iter().zip(ends).any(|(now, end_ns)| {
            now.participant.as_ref() == Some(shown)
                && at_ns + LEAD_NS >= now.from_ns
                && at_ns < end_ns.saturating_add(UNSURE_NS)
        })
    }

    /// The content that is shown at that moment: the latest to begin.
    #[must_use]
    pub fn content_at(&self, at_ns: u64) -> Option<TrackKey> {
        let shown = self.content.iter().rev().find(|(_, from_ns, to_ns)| (*from_ns..*to_ns).contains(&at_ns));
        shown.map(|&(key, ..)| key)
    }

    /// How long it is, nanoseconds.
    #[must_use]
    pub fn length_ns(&self) -> u64 {
        self.span.1 - self.span.0
    }

    /// Its chapters as WebVTT.
    #[must_use]
    pub fn chapters_vtt(&self) -> String {
        let mut text = "WEBVTT\n".to_owned();
        let starts: Vec<_> =
            self.chapters.iter().map(|(at_ns, name)| (at_ns.saturating_sub(self.span.0), name)).collect();
        for (number, (from_ns, name)) in starts.iter().enumerate() {
            let next = starts.get(number + 1).map_or_else(|| self.length_ns(), |(next_ns, _)| *next_ns);
            // A cue without a length would never be active.
            let to_ns = next.max(from_ns + 1_000_000);
            // Names come from people: a line break or an arrow would end the cue.
            let name = name.replace(['\n', '\r'], " ").replace("-->", "→").replace('&', "&amp;").replace('<', "&lt;");
            let _ = write!(text, "\n{} --> {}\n{name}\n", vtt_time(*from_ns), vtt_time(to_ns));
        }
        text
    }
}

/// A moment within a file as WebVTT writes it.
#[must_use]
pub fn vtt_time(ns: u64) -> String {
    let ms = ns / 1_000_000;
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}", ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::tap::record::Head;

    const SECOND: u64 = 1_000_000_000;
    const SPS: &[u8] = &[0x67, 0x42, 0xc0, 0x1f];

    #[derive(Default)]
    struct Journal {
        notes: Notes,
        serial: u64,
    }

    impl Journal {
        fn put(&mut self, at: u64, kind: Kind, track: u32, body: &[u8]) -> &mut Self {
            self.serial += 1;
            let head = Head { kind, track, serial: self.serial, at_ns: at * SECOND };
            self.notes.record(1, &Record { head, body });
            self
        }

        fn track(&mut self, number: u32, participant: &str, role: Role, codec: Codec) -> &mut Self {
            let track =
                Track { participant: participant.parse().unwrap(), name: format!("<{participant}>"), role, codec };
            self.put(0, Kind::Track, number, &serde_json::to_vec(&track).unwrap())
        }

        fn stage(&mut self, at: u64, on_air: &str) -> &mut Self {
            let stage = Stage { on_air: on_air.parse().ok(), ..Stage::default() };
            self.put(at, Kind::Stage, 0, &serde_json::to_vec(&stage).unwrap())
        }

        fn picture(&mut self, at: u64, track: u32, unit: &[u8]) -> &mut Self {
            self.put(at, Kind::Rtp, track, &[&[0; 12], unit].concat())
        }

        fn programme(&self) -> Programme {
            self.notes.programme().expect("there is one")
        }
    }

    fn hall() -> Journal {
        let mut journal = Journal::default();
        journal.track(1, "hall", Role::Main, Codec::H264).track(2, "town", Role::Main, Codec::H264);
        journal.track(3, "town", Role::Content, Codec::H264).track(4, "hall", Role::Main, Codec::Opus);
        journal.stage(0, "").stage(3, "hall").picture(4, 1, SPS).picture(20, 1, SPS);
        journal
    }

    #[test]
    fn one_source_of_one_size_is_copied() {
        let programme = hall().programme();
        assert_eq!(programme.picture, Picture::Copied(BTreeSet::from([(1, 1)])));
        assert_eq!(programme.span, (0, 20 * SECOND));
        assert_eq!(programme.on_air_at(2 * SECOND), None);
        assert_eq!(programme.on_air_at(3 * SECOND).unwrap().to_string(), "hall");
    }

    #[test]
    fn a_mark_is_a_chapter_and_a_camera_that_is_always_kept_is_shown_only_on_air() {
        let mut journal = hall();
        let mark = Mark { text: "县长讲话".to_owned() };
        journal.put(12, Kind::Mark, 0, &serde_json::to_vec(&mark).unwrap());
        let programme = journal.programme();
        assert!(programme.chapters.contains(&(12 * SECOND, "标记：县长讲话".to_owned())), "{:?}", programme.chapters);
        let shown = [2_000, 2_600, 3_000, 19_000].map(|ms| programme.shows((1, 1), ms * 1_000_000));
        assert_eq!(shown, [false, true, true, true]);
        assert!(!programme.shows((1, 2), 10 * SECOND), "another's");
    }

    type Happens = fn(&mut Journal);

    #[test]
    fn whatever_else_happened_is_composed_and_says_why() {
        let cases: [(Why, Happens); 5] = [
            (Why::Several, |journal| _ = journal.stage(21, "town").picture(22, 2, SPS).stage(23, "hall")),
            (Why::Changed, |journal| _ = journal.picture(22, 1, &[0x67, 0x42, 0xc0, 0x20])),
            (Why::Content, |journal| _ = journal.picture(22, 3, SPS)),
            (Why::Empty, |journal| _ = journal.stage(21, "").stage(25, "hall")),
            (Why::Nothing, |journal| *journal = Journal::default()),
        ];
        for (why, happens) in cases {
            let mut journal = hall();
            happens(&mut journal);
            journal.stage(30, "");
            assert_eq!(journal.programme().picture, Picture::Composed(why));
        }
        // Who was on air and sent nothing has no part in the picture.
        let mut journal = hall();
        journal.stage(21, "town").stage(22, "hall");
        assert!(matches!(journal.programme().picture, Picture::Copied(_)));
    }

    #[test]
    fn chapters_say_who_was_on_air_and_what_was_shown() {
        let mut journal = hall();
        journal.stage(21, "town").picture(22, 3, SPS).put(24, Kind::TrackEnd, 3, &[]).stage(30, "");
        let programme = journal.programme();
        assert_eq!(programme.content_at(23 * SECOND), Some((1, 3)));
        assert_eq!(programme.content_at(24 * SECOND), None);
        let expect = "WEBVTT\n
00:00:00.000 --> 00:00:03.000\n无播出画面\n
00:00:03.000 --> 00:00:21.000\n播出：&lt;hall>\n
00:00:21.000 --> 00:00:22.000\n播出：&lt;town>\n
00:00:22.000 --> 00:00:24.000\n辅流开始：&lt;town>\n
00:00:24.000 --> 00:00:30.000\n辅流结束：&lt;town>\n
00:00:30.000 --> 00:00:30.001\n无播出画面\n";
        assert_eq!(programme.chapters_vtt(), expect);
    }
}
