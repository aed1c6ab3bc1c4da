//! What a room gives away to be recorded (录制): packets as their sources sent them, sender reports, and what was on air.
//!
//! A [`Tap`] is a bounded ring of [records](record) that the room writes and its worker's shell sends to the recorder's process,
//! many in one message. It taps publications after loss repair, never slots; of pictures those of whoever is on air, all content
//! and the cameras that are always [kept](Tap::keep), of sound what may be heard: **a microphone that is closed is closed for the recording too.** Writing a packet
//! neither allocates nor waits. Is the ring full, then what comes is dropped and counted, and its serials are missing in the
//! journal; the meeting never feels it.

pub mod record;

use super::{
    media::{Codec, MediaKind, Role},
    publication::Publication,
    rtp,
    stage::Stage,
};
use crate::id::ParticipantId;
use record::{BODY_BYTES_MAX, HEAD_BYTES, Head, Kind};
use serde::{Deserialize, Serialize};

/// Bytes a ring holds: some 16 s of a meeting that records 4 Mb/s, so that a recorder that died is replaced in the meantime.
const RING_BYTES: usize = 8 << 20;

/// Most bytes of one message to the recorder, unless a single record is longer.
pub const MESSAGE_BYTES: usize = 32 * 1024;

/// Longest message to the recorder.
pub const MESSAGE_BYTES_MAX: usize = HEAD_BYTES + BODY_BYTES_MAX;

/// As many bytes in the ring are sent without waiting for the next tick.
const FLUSH_BYTES: usize = 16 * 1024;

/// What a track's record says of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Whose it is.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// Camera and microphone, or content.
    pub role: Role,
    /// Its codec; its clock's rate follows from it.
    pub codec: Codec,
}

/// What a mark's record says: somebody wants to find this moment again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Shown at this moment.
    pub text: String,
}

/// The tap of one room.
pub struct Tap {
    /// Bytes, in two runs: `front` is read first, and once `back` has begun, what is written goes there. Records are never split.
    ring: Box<[u8]>,
    front: (usize, usize),
    /// Where the run from the ring's beginning ends, once there is one.
    back: Option<usize>,
    serial: u64,
    lost: u64,
    /// Whether records were dropped since somebody last asked.
    overflowed: bool,
    /// Whether the recorder takes nothing for now; it is asked again at the next tick.
    held: bool,
    /// The stage as last written, and whose sound and picture are taken by it.
    stage: Stage,
    /// Whose camera is taken whether it is on air or not.
    kept: Vec<ParticipantId>,
}

impl Tap {
    /// Makes an empty one; allocates all it will ever use for packets.
    #[must_use]
    pub fn new() -> Self {
        Self::with_bytes(RING_BYTES)
    }

    fn with_bytes(bytes: usize) -> Self {
        Self {
            ring: vec![0; bytes].into_boxed_slice(),
            front: (0, 0),
            back: None,
            serial: 0,
            lost: 0,
            overflowed: false,
            held: false,
            stage: Stage::default(),
            kept: Vec::new(),
        }
    }

    /// Takes these participants' cameras from now on, on air or not.
    pub fn keep(&mut self, cameras: Vec<ParticipantId>) {
        self.kept = cameras;
    }

    /// Begins: the stage, and a track for each source that is there.
    pub fn begin<'a>(&mut self, at_ns: u64, stage: &Stage, sources: impl Iterator<Item = &'a Publication>) {
        for source in sources {
            self.source(at_ns, source);
        }
        self.stage(at_ns, stage);
    }

    /// A source has come.
    pub fn source(&mut self, at_ns: u64, source: &Publication) {
        let track = Track {
            participant: source.participant.clone(),
            name: source.name.clone(),
            role: source.role,
            codec: source.codec,
        };
        self.put_json(Kind::Track, source.id.0, at_ns, &track);
    }

    /// A source is gone.
    pub fn source_gone(&mut self, at_ns: u64, track: u32) {
        self.put(Kind::TrackEnd, track, at_ns, &[]);
    }

    /// Another stage is on air.
    pub fn stage(&mut self, at_ns: u64, stage: &Stage) {
        self.stage = stage.clone();
        self.put_json(Kind::Stage, 0, at_ns, stage);
    }

    /// Somebody marks this moment.
    pub fn mark(&mut self, at_ns: u64, mark: &Mark) {
        self.put_json(Kind::Mark, 0, at_ns, mark);
    }

    /// Nothing more will come.
    pub fn stop(&mut self, at_ns: u64) {
        self.put(Kind::Stop, 0, at_ns, &[]);
    }

    /// Whether this source's packets are taken now.
    #[must_use]
    pub fn takes(&self, source: &Publication) -> bool {
        match source.codec.kind() {
            MediaKind::Audio => self.stage.heard.hears(&source.participant),
            MediaKind::Video => {
                source.role == Role::Content
                    || self.stage.on_air.as_ref() == Some(&source.participant)
                    || self.kept.contains(&source.participant)
            }
        }
    }

    /// One packet of a source, as it came.
    pub fn packet(&mut self, at_ns: u64, track: u32, header: &rtp::Header, payload: &[u8]) {
        self.put(Kind::Rtp, track, at_ns, &[&header.fixed(), payload]);
    }

    /// A source's sender report.
    pub fn sender_report(&mut self, at_ns: u64, track: u32, ssrc: u32, ntp: u64, timestamp: u32) {
        let parts: [&[u8]; 3] = [&ssrc.to_be_bytes(), &ntp.to_be_bytes(), &timestamp.to_be_bytes()];
        self.put(Kind::SenderReport, track, at_ns, &parts);
    }

    /// The oldest records that are not sent, for one message; empty if there are none.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        let (start, end) = self.front;
        let mut len = 0;
        while start + len < end {
            let next = record::stated_len(&self.ring[start + len..end]);
            if len > 0 && len + next > MESSAGE_BYTES {
                break;
            }
            len += next;
        }
        &self.ring[start..start + len]
    }

    /// The first `len` bytes of [`message`](Self::message)'s were sent.
    pub fn sent(&mut self, len: usize) {
        self.front.0 += len;
        assert!(self.front.0 <= self.front.1, "no more is sent than there is");
        if self.front.0 == self.front.1 {
            self.front = (0, self.back.take().unwrap_or(0));
        }
    }

    /// Whether enough waits to be sent at once.
    #[must_use]
    pub fn should_flush(&self) -> bool {
        !self.held && self.waiting() >= FLUSH_BYTES
    }

    /// The recorder takes nothing now.
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// A little later the recorder may be asked again.
    pub fn tick(&mut self) {
        self.held = false;
    }

    /// Bytes that wait to be sent.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.front.1 - self.front.0 + self.back.unwrap_or(0)
    }

    /// Records that found no room in the ring so far.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether anything was dropped since the last call, and there is room again: sources and stage must then be said anew, and
    /// pictures need a key frame.
    pub fn take_overflow(&mut self) -> bool {
        let over = self.overflowed && self.waiting() < self.ring.len() / 2;
        self.overflowed &= !over;
        over
    }

    fn put_json(&mut self, kind: Kind, track: u32, at_ns: u64, value: &impl Serialize) {
        let body = serde_json::to_vec(value).expect("plain values with text for keys are JSON");
        self.put(kind, track, at_ns, &[&body]);
    }

    fn put(&mut self, kind: Kind, track: u32, at_ns: u64, parts: &[&[u8]]) {
        self.serial += 1;
        let len = HEAD_BYTES + parts.iter().map(|part| part.len()).sum::<usize>();
        let Some(place) = self.place(len) else {
            self.lost += 1;
            self.overflowed = true;
            return;
        };
        let head = Head { kind, track, serial: self.serial, at_ns };
        record::write(head, parts, &mut self.ring[place..place + len]);
    }

    /// Takes room for a record out of the ring.
    fn place(&mut self, len: usize) -> Option<usize> {
        match &mut self.back {
            Some(end) => {
                let place = *end;
                // One byte stays free, so that a full ring is not taken for an empty one.
                (place + len < self.front.0).then(|| {
                    *end += len;
                    place
                })
            }
            None if self.front.1 + len <= self.ring.len() => {
                let place = self.front.1;
                self.front.1 += len;
                Some(place)
            }
            None if len < self.front.0 => {
                self.back = Some(len);
                Some(0)
            }
            None => None,
        }
    }
}

impl Default for Tap {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PublicationId;

    fn serials(message: &[u8]) -> Vec<u64> {
        let (mut rest, mut found) = (message, Vec::new());
        while !rest.is_empty() {
            let (record, len) = record::read(rest).expect("whole records");
            found.push(record.head.serial);
            rest = &rest[len..];
        }
        found
    }

    #[test]
    fn records_come_out_in_order_and_whole_however_the_ring_turns() {
        let mut tap = Tap::with_bytes(1000);
        let mut seen = Vec::new();
        for round in 0..500_u64 {
            tap.put(Kind::Rtp, 1, round, &[&vec![round as u8; (round * 37 % 90) as usize]]);
            if round % 3 == 0 {
                let message = tap.message();
                seen.extend(serials(message));
                let len = message.len();
                tap.sent(len);
            }
        }
        while tap.waiting() > 0 {
            seen.extend(serials(tap.message()));
            let len = tap.message().len();
            tap.sent(len);
        }
        assert_eq!((seen, tap.lost()), ((1..=500).collect(), 0));
    }

    #[test]
    fn what_finds_no_room_is_counted_and_leaves_a_hole_in_the_serials() {
        let mut tap = Tap::with_bytes(200);
        for _ in 0..10 {
            tap.put(Kind::Rtp, 1, 0, &[&[0; 8]]);
        }
        assert_eq!(tap.lost(), 5);
        assert!(!tap.take_overflow(), "there is no room yet");
        let len = tap.message().len();
        tap.sent(len);
        assert!(tap.take_overflow() && !tap.take_overflow());
        tap.put(Kind::Rtp, 1, 0, &[&[0; 8]]);
        assert_eq!(serials(tap.message()), [11]);
    }

    #[test]
    fn a_camera_that_is_always_kept_is_taken_off_air_too_and_its_closed_microphone_is_not() {
        let source = |participant: &str, codec| {
            let whose = participant.parse().unwrap();
            Publication::new(PublicationId(1), 0, whose, participant.to_owned(), Role::Main, codec)
        };
        let mut tap = Tap::with_bytes(1000);
        tap.keep(vec!["v-hall".parse().unwrap()]);
        tap.stage(0, &Stage { on_air: "province".parse().ok(), ..Stage::default() });
        let taken = ["province", "v-hall", "v-town"].map(|whose| tap.takes(&source(whose, Codec::H264)));
        assert_eq!(taken, [true, true, false]);
        assert!(!tap.takes(&source("v-hall", Codec::Opus)));
    }

    #[test]
    fn a_message_has_a_bound() {
        let mut tap = Tap::with_bytes(1 << 20);
        for _ in 0..100 {
            tap.put(Kind::Rtp, 1, 0, &[&[0; 1200]]);
        }
        assert!(tap.message().len() <= MESSAGE_BYTES && tap.message().len() > MESSAGE_BYTES / 2);
        tap.put(Kind::Stage, 0, 0, &[&vec![0; BODY_BYTES_MAX]]);
        while tap.waiting() > 0 {
            let len = tap.message().len();
            assert!(len > 0 && len <= MESSAGE_BYTES_MAX);
            tap.sent(len);
        }
    }
}
