//! Figures of a worker, its rooms, peers and publications at one moment: plain values for pages, metrics and tests.

use super::{
    delay::Delays,
    media::{Codec, Role},
    shed::Level,
    stage::Stage,
};
use crate::id::{ParticipantId, PublicationId, RoomId, SessionId};
use serde::{Deserialize, Serialize};

/// One worker's figures. Counters count from the worker's start; rates are over the last full second.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WorkerFigures {
    /// Datagrams received.
    pub datagrams_in: u64,
    /// Datagrams sent.
    pub datagrams_out: u64,
    /// Datagrams dropped because nobody authentic sent them.
    pub datagrams_refused: u64,
    /// Datagrams the kernel did not take.
    pub send_failures: u64,
    /// Share of the last second the worker was not waiting, 0.0 to 1.0.
    pub busy: f32,
    /// How long what it forwarded stayed here, of all its rooms.
    pub delays: Delays,
    /// What it does without, because it is behind.
    pub shed: Level,
    /// Its rooms.
    pub rooms: Vec<RoomFigures>,
}

/// One room's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomFigures {
    /// Which room.
    pub room: RoomId,
    /// Who is on air and heard, as the room carries it out now.
    pub stage: Stage,
    /// Its peers, in the order of arrival.
    pub peers: Vec<PeerFigures>,
    /// Its publications, in the order of arrival.
    pub publications: Vec<PublicationFigures>,
}

/// How far a peer's connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerState {
    /// ICE or DTLS is under way.
    Connecting,
    /// Media can flow.
    Connected,
    /// Nothing authentic for 4 s: its video is held back.
    Quiet,
    /// Nothing authentic for 15 s: its sound is held back too.
    Silent,
}

/// What a peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerKind {
    /// A WHIP session.
    Publisher,
    /// A WHEP session.
    Viewer,
    /// A leg's child process.
    Leg,
}

/// One peer's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeerFigures {
    /// Its session.
    pub session: SessionId,
    /// Who it is.
    pub participant: ParticipantId,
    /// Shown name.
    pub name: String,
    /// What it is.
    pub kind: PeerKind,
    /// How far its connection is.
    pub state: PeerState,
    /// SRTP profile in use, by its IANA name; `None` while connecting and for legs.
    pub srtp_profile: Option<String>,
    /// `true` if its selected address is IPv6.
    pub ipv6: bool,
    /// Bits per second received from it.
    pub bps_in: u64,
    /// Bits per second sent to it.
    pub bps_out: u64,
    /// Round-trip time from its receiver reports, milliseconds.
    pub rtt_ms: Option<f32>,
    /// Share of our packets it reported lost in its last reports, 0.0 to 1.0.
    pub loss_out: Option<f32>,
    /// Key frames it asked for.
    pub key_frame_requests: u64,
    /// Packets it asked for again.
    pub nacks: u64,
    /// Bits per second its way bears by the relay's estimate; `None` for publishers and while nothing is known.
    pub bearable_bps: Option<u64>,
    /// Milliseconds packets wait in queues on its way.
    pub queueing_ms: Option<f32>,
    /// What its slots carry; empty for publishers.
    pub slots: Vec<SlotFigures>,
    /// Milliseconds since it joined.
    pub age_ms: u64,
}

/// What one slot of a viewer carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotFigures {
    /// Its media identification.
    pub mid: String,
    /// Whether it is a picture.
    pub video: bool,
    /// The publication in it.
    pub publication: Option<PublicationId>,
    /// Width and height of the layer it carries, if it carries a picture.
    pub size: Option<(u16, u16)>,
    /// Its viewer's way bears no larger layer of what it would carry.
    pub reduced: bool,
    /// Its viewer's way bears no layer at all.
    pub held_back: bool,
    /// If it is reduced or held back, that is because the worker is behind, not for the way's sake.
    pub shed: bool,
    /// How often its picture froze on its way through the relay ([`freeze`](super::freeze)).
    pub freezes: u32,
    /// How long that lasted, all together, milliseconds.
    pub frozen_ms: u64,
}

/// What a source is asked for a key frame for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyFrameReason {
    /// A viewer said that it can't show what it gets (PLI or FIR).
    Viewer,
    /// A slot begins to carry it: somebody joined, or the programme or the layer changed.
    Beginning,
    /// More waited for a viewer than its way takes, so that it has to begin anew.
    Overflow,
    /// More of it was lost on its way to the relay than can be repaired.
    Loss,
    /// It is recorded, and its last one is too long ago.
    Recording,
}

/// How often a source was asked for a key frame, by what it was for: the first cause since the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeyFrameRequests {
    /// [`KeyFrameReason::Viewer`].
    pub viewer: u64,
    /// [`KeyFrameReason::Beginning`].
    pub beginning: u64,
    /// [`KeyFrameReason::Overflow`].
    pub overflow: u64,
    /// [`KeyFrameReason::Loss`].
    pub loss: u64,
    /// [`KeyFrameReason::Recording`].
    pub recording: u64,
}

impl KeyFrameRequests {
    /// Counts one.
    pub fn count(&mut self, reason: KeyFrameReason) {
        *match reason {
            KeyFrameReason::Viewer => &mut self.viewer,
            KeyFrameReason::Beginning => &mut self.beginning,
            KeyFrameReason::Overflow => &mut self.overflow,
            KeyFrameReason::Loss => &mut self.loss,
            KeyFrameReason::Recording => &mut self.recording,
        } += 1;
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        self.viewer += other.viewer;
        self.beginning += other.beginning;
        self.overflow += other.overflow;
        self.loss += other.loss;
        self.recording += other.recording;
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.viewer + self.beginning + self.overflow + self.loss + self.recording
    }
}

/// One publication's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublicationFigures {
    /// Which.
    pub id: PublicationId,
    /// Whose.
    pub participant: ParticipantId,
    /// Camera and microphone, or content.
    pub role: Role,
    /// Its codec.
    pub codec: Codec,
    /// Whether packets are arriving.
    pub live: bool,
    /// Packets received.
    pub packets: u64,
    /// Packets missing so far (sequence numbers never seen).
    pub lost: u64,
    /// Packets that were missing and came because the relay asked for them.
    pub repaired: u64,
    /// Interarrival jitter, milliseconds (RFC 3550 §6.4.1).
    pub jitter_ms: f32,
    /// Bits per second received.
    pub bps: u64,
    /// Frames begun per second, video only.
    pub fps: f32,
    /// Milliseconds since the last key frame began, video only.
    pub key_frame_age_ms: Option<u64>,
    /// Picture size from the last key frame, video only.
    pub size: Option<(u16, u16)>,
    /// Slots that carry it now.
    pub viewers: u32,
    /// How often its source was asked for a key frame, and what for.
    pub key_frame_requests: KeyFrameRequests,
    /// How long its packets stayed here.
    pub delays: Delays,
}
