//! The flight recorder of a room: the last 30 seconds of its figures and of what happened, for whoever has to find out why a
//! picture broke.
//!
//! Each peer and each stream of a publication has a [`Track`] of samples, the room a list of events. All have their memory from
//! the start and forget the oldest; nothing on the packet path writes here but a key frame that begins. [`FlightRecord`] is what is handed out: no media, no addresses, no shown names, and of a session's
//! id only as much as the status page shows.

use super::{
    command::{GoneReason, SlotContent},
    delay::Delays,
    figures::{KeyFrameReason, KeyFrameRequests, PeerKind, PeerState},
    media::{Codec, Role},
    shed::Level,
    stage::Stage,
};
use crate::id::{ParticipantId, PublicationId, SessionId};
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How far back it goes.
pub const LENGTH: Duration = Duration::from_secs(30);

/// Time between two samples of a track.
pub const SAMPLE_EVERY: Duration = Duration::from_millis(500);

/// Samples of a track.
const SAMPLES: usize = (LENGTH.as_millis() / SAMPLE_EVERY.as_millis()) as usize + 1;

/// Events of a room: more than 30 s of a busy one. Full: the oldest goes.
const EVENTS_MAX: usize = 2048;

/// Peers that are gone and still told of; full: the first to go is.
const GONE_MAX: usize = 32;

/// Characters of a session's id that tell peers apart: all of it is its secret address.
const KEY_CHARS: usize = 8;

/// The latest samples of one thing.
#[derive(Debug)]
pub struct Track<T>(VecDeque<(Instant, T)>);

impl<T> Default for Track<T> {
    fn default() -> Self {
        Self(VecDeque::with_capacity(SAMPLES))
    }
}

impl<T: Copy> Track<T> {
    /// Adds a sample; the oldest goes if it is full.
    pub fn note(&mut self, now: Instant, sample: T) {
        if self.0.len() == SAMPLES {
            self.0.pop_front();
        }
        self.0.push_back((now, sample));
    }

    /// The samples of the last 30 seconds before `now`, oldest first.
    fn samples(&self, now: Instant) -> Vec<Sample<T>> {
        let recent = self.0.iter().filter(|(at, _)| now.saturating_duration_since(*at) <= LENGTH);
        recent.map(|&(at, of)| Sample { ms: ms(at, now), of }).collect()
    }
}

/// A peer at one moment. What counts counts from its joining.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PeerSample {
    /// How far its connection is.
    pub state: PeerState,
    /// Packets received from it, and sent to it.
    pub packets: (u64, u64),
    /// Bytes received from it, and sent to it.
    pub bytes: (u64, u64),
    /// Share of our packets it reported lost, smoothed.
    pub loss: Option<f32>,
    /// Round trip, milliseconds.
    pub rtt_ms: Option<f32>,
    /// Packets it asked for again.
    pub nacks: u64,
    /// Packets sent again.
    pub resent: u64,
    /// Key frames it asked for.
    pub key_frame_requests: u64,
    /// What its way bears by the estimate, bits per second.
    pub bearable_bps: Option<u64>,
    /// Packets wait so long in queues on its way, milliseconds.
    pub queueing_ms: Option<f32>,
    /// Packets that wait in its pacer.
    pub waiting: u32,
    /// Freezes of all its slots.
    pub freezes: u32,
}

/// A stream of a publication at one moment. What counts counts from its first packet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StreamSample {
    /// Whether packets arrive.
    pub live: bool,
    /// Packets received.
    pub packets: u64,
    /// Bytes received.
    pub bytes: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Packets that came because they were asked for.
    pub repaired: u64,
    /// Interarrival jitter, milliseconds.
    pub jitter_ms: f32,
    /// Frames begun.
    pub frames: u64,
    /// Key frames asked for, by reason.
    pub key_frame_requests: KeyFrameRequests,
    /// Slots that carry it.
    pub viewers: u32,
    /// How long its packets stayed here.
    pub delays: Delays,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happened {
    /// A peer joined.
    Joined {
        /// Which.
        peer: u64,
    },
    /// A peer's media can flow.
    Connected {
        /// Which.
        peer: u64,
    },
    /// A peer is gone.
    Gone {
        /// Which.
        peer: u64,
        /// Why.
        reason: GoneReason,
    },
    /// Another stage was put on air.
    Stage {
        /// All of it.
        stage: Stage,
    },
    /// A slot carries something else, or the same in another size.
    Slot {
        /// Whose.
        peer: u64,
        /// Which of its slots.
        slot: u8,
        /// What it carries.
        content: SlotContent,
        /// Width and height of the layer.
        size: Option<(u16, u16)>,
    },
    /// A slot's picture froze until now.
    Froze {
        /// Whose.
        peer: u64,
        /// Which of its slots.
        slot: u8,
        /// For how long.
        froze_ms: u32,
    },
    /// A publication's source was asked for a key frame.
    KeyFrameAsked {
        /// Which publication.
        publication: PublicationId,
        /// What for: the first cause since the last.
        reason: KeyFrameReason,
        /// For which peer; none if for no single one.
        peer: Option<u64>,
    },
    /// One began.
    KeyFrame {
        /// Which publication.
        publication: PublicationId,
    },
    /// The worker does without more from now on, or less.
    Shedding {
        /// How much.
        level: Level,
    },
}

/// A sample and when it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sample<T> {
    /// Milliseconds from the end of the record, so never above zero.
    pub ms: i64,
    /// What was seen.
    #[serde(flatten)]
    pub of: T,
}

/// The last 30 seconds of a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlightRecord {
    /// Of this text: 1.
    pub format: u32,
    /// When it ends, milliseconds since 1970.
    pub until_unix_ms: u64,
    /// Its peers, and those that left lately.
    pub peers: Vec<PeerTrack>,
    /// Its publications' streams, one for each layer.
    pub streams: Vec<StreamTrack>,
    /// What happened, oldest first.
    pub events: Vec<Sample<Happened>>,
    /// Events of these seconds that did not fit.
    pub events_lost: u64,
}

/// What is told of one peer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeerTrack {
    /// Its number on its worker; events name it so.
    pub peer: u64,
    /// The beginning of its session's id, as on the status page.
    pub key: String,
    /// Whose it is.
    pub participant: ParticipantId,
    /// What it is.
    pub kind: PeerKind,
    /// Whether it is gone.
    pub gone: bool,
    /// Its samples, oldest first.
    pub samples: Vec<Sample<PeerSample>>,
}

/// What is told of one stream of a publication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamTrack {
    /// Which publication.
    pub publication: PublicationId,
    /// The peer it comes from.
    pub peer: u64,
    /// Whose it is.
    pub participant: ParticipantId,
    /// Camera and microphone, or content.
    pub role: Role,
    /// Its codec.
    pub codec: Codec,
    /// Its layer's name, if it has several.
    pub rid: Option<String>,
    /// Its samples, oldest first.
    pub samples: Vec<Sample<StreamSample>>,
}

/// A peer that is gone.
struct Gone {
    at: Instant,
    peer: PeerTrackOf,
    track: Track<PeerSample>,
}

/// Who a track is of.
#[derive(Debug, Clone)]
pub struct PeerTrackOf {
    /// Its number on its worker.
    pub peer: u64,
    /// Its session.
    pub session: SessionId,
    /// Whose it is.
    pub participant: ParticipantId,
    /// What it is.
    pub kind: PeerKind,
}

impl PeerTrackOf {
    /// With its samples.
    #[must_use]
    pub fn tracked(self, track: &Track<PeerSample>, gone: bool, now: Instant) -> PeerTrack {
        let Self { peer, session, participant, kind } = self;
        let key = session.as_str().chars().take(KEY_CHARS).collect();
        PeerTrack { peer, key, participant, kind, gone, samples: track.samples(now) }
    }
}

impl StreamTrack {
    /// The same with its samples.
    #[must_use]
    pub fn with(self, track: &Track<StreamSample>, now: Instant) -> Self {
        Self { samples: track.samples(now), ..self }
    }
}

/// What happened in a room lately, and who is gone.
pub struct Flight {
    events: VecDeque<(Instant, Happened)>,
    /// When the latest event that did not fit happened, and how many have not.
    lost: Option<(Instant, u64)>,
    gone: VecDeque<Gone>,
}

impl Default for Flight {
    fn default() -> Self {
        Self { events: VecDeque::with_capacity(EVENTS_MAX), lost: None, gone: VecDeque::with_capacity(GONE_MAX) }
    }
}

impl Flight {
    /// Notes what happened.
    pub fn note(&mut self, now: Instant, happened: Happened) {
        let is_recent = |at: Instant| now.saturating_duration_since(at) <= LENGTH;
        if self.events.len() == EVENTS_MAX
            && let Some((at, _)) = self.events.pop_front()
            && is_recent(at)
        {
            let before = self.lost.filter(|(at, _)| is_recent(*at)).map_or(0, |(_, lost)| lost);
            self.lost = Some((at, before + 1));
        }
        self.events.push_back((now, happened));
    }

    /// A peer is gone; its samples stay as long as they are worth anything.
    pub fn peer_gone(&mut self, now: Instant, peer: PeerTrackOf, reason: GoneReason, track: Track<PeerSample>) {
        self.note(now, Happened::Gone { peer: peer.peer, reason });
        if self.gone.len() == GONE_MAX {
            self.gone.pop_front();
        }
        self.gone.push_back(Gone { at: now, peer, track });
    }

    /// Forgets who is gone for too long.
    pub fn forget(&mut self, now: Instant) {
        while self.gone.front().is_some_and(|gone| now.saturating_duration_since(gone.at) > LENGTH) {
            self.gone.pop_front();
        }
    }

    /// All of it, with what the room knows of who is there.
    #[must_use]
    pub fn record(
        &self,
        now: Instant,
        unix: Duration,
        present: Vec<PeerTrack>,
        streams: Vec<StreamTrack>,
    ) -> FlightRecord {
        let is_recent = |at: Instant| now.saturating_duration_since(at) <= LENGTH;
        let gone = self.gone.iter().filter(|gone| is_recent(gone.at));
        let gone = gone.map(|gone| gone.peer.clone().tracked(&gone.track, true, now));
        let events = self.events.iter().filter(|(at, _)| is_recent(*at));
        FlightRecord {
            format: 1,
            until_unix_ms: unix.as_millis() as u64,
            peers: gone.chain(present).collect(),
            streams,
            events: events.map(|(at, of)| Sample { ms: ms(*at, now), of: of.clone() }).collect(),
            events_lost: self.lost.filter(|(at, _)| is_recent(*at)).map_or(0, |(_, lost)| lost),
        }
    }
}

/// Milliseconds from `now` back to `at`.
fn ms(at: Instant, now: Instant) -> i64 {
    -(now.saturating_duration_since(at).as_millis() as i64)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    fn who(peer: u64) -> PeerTrackOf {
        let session = "0123456789abcdef".parse().expect("an id");
        PeerTrackOf { peer, session, participant: "county".parse().expect("an id"), kind: PeerKind::Viewer }
    }

    #[test]
    fn thirty_seconds_are_kept_and_no_more() {
        let start = Instant::now();
        let mut track = Track::default();
        for number in 0..200u32 {
            track.note(start + SAMPLE_EVERY * number, number);
        }
        let samples = track.samples(start + SAMPLE_EVERY * 199);
        assert_eq!(samples.len(), SAMPLES);
        assert_eq!((samples[0].ms, samples[0].of), (-30_000, 139));
        assert_eq!(samples.last().map(|sample| (sample.ms, sample.of)), Some((0, 199)));
        assert_eq!(track.samples(start + SAMPLE_EVERY * 219).len(), SAMPLES - 20);
    }

    #[test]
    fn events_are_bounded_and_say_what_is_missing() {
        let start = Instant::now();
        let mut flight = Flight::default();
        for peer in 0..EVENTS_MAX as u64 + 5 {
            flight.note(start, Happened::Joined { peer });
        }
        let record = flight.record(start, Duration::from_secs(9), Vec::new(), Vec::new());
        assert_eq!((record.events.len(), record.events_lost, record.until_unix_ms), (EVENTS_MAX, 5, 9000));
        assert_eq!(record.events[0].of, Happened::Joined { peer: 5 });
        let later = flight.record(start + LENGTH * 2, Duration::ZERO, Vec::new(), Vec::new());
        assert_eq!((later.events.len(), later.events_lost), (0, 0));
    }

    #[test]
    fn who_is_gone_is_told_of_for_as_long() {
        let start = Instant::now();
        let mut flight = Flight::default();
        for peer in 0..GONE_MAX as u64 + 3 {
            flight.peer_gone(start, who(peer), GoneReason::Left, Track::default());
        }
        let record = flight.record(start, Duration::ZERO, Vec::new(), Vec::new());
        assert_eq!(record.peers.len(), GONE_MAX);
        assert_eq!((record.peers[0].peer, record.peers[0].key.as_str(), record.peers[0].gone), (3, "01234567", true));
        flight.forget(start + LENGTH * 2);
        assert!(flight.gone.is_empty());
    }
}
