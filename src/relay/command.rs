//! What a worker is told and what it tells: plain serialisable values, so that a worker can one day be another process.
//!
//! A [`Request`] goes in with an id; exactly one [`Reply`] with that id comes back. [`RoomEvent`]s come unasked. None holds a
//! handle, a socket or a pointer.

use super::{
    media::{Codec, Mid, Rid, Role},
    plan::{IceCredentials, PublishPlan, TransportPlan, ViewPlan},
    stage::Stage,
    tap::Mark,
};
use crate::id::{LegId, ParticipantId, PublicationId, RequestId, RoomId, SessionId};
use serde::{Deserialize, Serialize};

/// A command and the id its reply will carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the caller, unique among its open requests.
    pub id: RequestId,
    /// What to do.
    pub command: Command,
}

/// What a worker can be told to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Makes a room with the meeting's codec. Fails with `RoomExists`.
    OpenRoom {
        /// The new room.
        room: RoomId,
        /// The one video codec publishers are held to where they can.
        codec: Codec,
    },
    /// Ends a room: every peer in it is removed.
    CloseRoom {
        /// Which room.
        room: RoomId,
    },
    /// Adds a peer that will connect by ICE and DTLS.
    Join(Box<Join>),
    /// Adds a plain peer: a leg's child process will connect to the worker's leg socket and show `secret`.
    AttachLeg(Box<AttachLeg>),
    /// Removes a peer of either kind, because it or whoever runs it said so.
    Leave {
        /// Its room.
        room: RoomId,
        /// Its session.
        session: SessionId,
    },
    /// Removes a peer of either kind, because somebody else said so.
    Remove {
        /// Its room.
        room: RoomId,
        /// Its session.
        session: SessionId,
    },
    /// Replaces both sides' ICE credentials; DTLS and SRTP state stay (RFC 9725 §4.3.2).
    RestartIce {
        /// Its room.
        room: RoomId,
        /// Its session.
        session: SessionId,
        /// Our new credentials.
        local: IceCredentials,
        /// Their new credentials.
        remote: IceCredentials,
    },
    /// Puts a new stage on air in one step.
    SetStage {
        /// Which room.
        room: RoomId,
        /// The whole new stage.
        stage: Stage,
    },
    /// States what a viewer wants in its slots.
    Wish {
        /// Its room.
        room: RoomId,
        /// Its session.
        session: SessionId,
        /// One entry for each slot that changes; others keep theirs.
        wishes: Vec<Wish>,
    },
    /// Begins to record a room: a recorder's process will connect to the worker's leg socket and show `secret`. If the room is
    /// recorded already, the new recorder takes the old one's place and nothing is lost between them. Answered by
    /// [`Done::Tapped`].
    StartTap {
        /// Which room.
        room: RoomId,
        /// First message of the recorder.
        secret: [u8; 16],
        /// Whose camera is recorded whether it is on air or not.
        cameras: Vec<ParticipantId>,
    },
    /// Marks this moment in the recording of a room.
    MarkTap {
        /// Which room.
        room: RoomId,
        /// What is written.
        mark: Mark,
    },
    /// Ends recording a room: what is left is sent, the last record says that it was all, and the recorder closes.
    StopTap {
        /// Which room.
        room: RoomId,
    },
    /// Asks for a room's [`Done::Flight`].
    Flight {
        /// Which room.
        room: RoomId,
    },
    /// Asks for [`Done::Figures`].
    Figures,
}

/// A peer that is about to connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The room it joins.
    pub room: RoomId,
    /// Its session; unique for ever.
    pub session: SessionId,
    /// Who it is; a person's publishing and viewing sessions share it.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// ICE and DTLS.
    pub transport: TransportPlan,
    /// What it sends or sees.
    pub purpose: Purpose,
}

/// Whether a session sends or looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A WHIP session.
    Publish(PublishPlan),
    /// A WHEP session.
    View(ViewPlan),
}

/// A leg that is about to connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachLeg {
    /// The room it feeds.
    pub room: RoomId,
    /// Its session; unique for ever.
    pub session: SessionId,
    /// Which leg.
    pub leg: LegId,
    /// Who its pictures belong to.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// First message of its child process, so that no other process can feed this room.
    pub secret: [u8; 16],
    /// Camera and microphone, or content.
    pub role: Role,
    /// Codec of its video track, if it has one. Sound is always Opus.
    pub video: Option<Codec>,
    /// Whether it has a sound track.
    pub audio: bool,
}

/// What a viewer wants in one slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Which slot.
    pub mid: Mid,
    /// What it should carry.
    pub want: Want,
    /// Pixels (width × height) the slot has on that screen, if known.
    pub pixels_max: Option<u32>,
    /// Larger is more important; 0 unless said.
    pub priority: u8,
}

/// What a slot should carry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Want {
    /// The relay's choice: the first slot of each kind the programme, the others whoever else is there, in the order of
    /// their arrival.
    #[default]
    Automatic,
    /// What is on air.
    Programme,
    /// This publication, if it is there and may be seen.
    Publication(PublicationId),
    /// Nothing.
    Nothing,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Of the request.
    pub id: RequestId,
    /// What became of it.
    pub result: Result<Done, RelayError>,
}

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// There is nothing more to say.
    Ok,
    /// Answer to [`Command::StartTap`].
    Tapped {
        /// Names this run of the room's tap; serials of its records begin with 1.
        run: u64,
    },
    /// Answer to [`Command::Figures`].
    Figures(Box<super::figures::WorkerFigures>),
    /// Answer to [`Command::Flight`].
    Flight(Box<super::flight::FlightRecord>),
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayError {
    /// The worker's command queue is full, or the worker is gone.
    #[error("the media worker is busy")]
    Busy,
    /// There is no such room on this worker.
    #[error("there is no room {0}")]
    NoSuchRoom(RoomId),
    /// There is no such session in that room.
    #[error("there is no session {0}")]
    NoSuchSession(SessionId),
    /// The room was made before.
    #[error("room {0} is already open")]
    RoomExists(RoomId),
    /// The session's id or ICE user fragment is taken.
    #[error("session {0} already joined")]
    SessionExists(SessionId),
    /// No more peers fit.
    #[error("the room holds its limit of {0} peers")]
    RoomFull(usize),
    /// The room is not being recorded.
    #[error("room {0} is not recorded")]
    NotRecorded(RoomId),
    /// The plan breaks a rule that the answer should have kept.
    #[error("the plan is not valid: {0}")]
    InvalidPlan(String),
}

/// What a worker tells unasked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RoomEvent {
    /// A peer's media can flow for the first time.
    PeerConnected {
        /// Its room.
        room: RoomId,
        /// Its session.
        session: SessionId,
    },
    /// A peer is gone, and all it held with it.
    PeerGone {
        /// Its room.
        room: RoomId,
        /// Its session.
        session: SessionId,
        /// Why.
        reason: GoneReason,
    },
    /// The set of publications, or who of them is live, has changed: the whole new roster.
    Roster {
        /// Its room.
        room: RoomId,
        /// Every publication, in the order of arrival.
        publications: Vec<PublicationInfo>,
    },
    /// What a viewer's slots carry has changed: all its slots.
    Slots {
        /// Its room.
        room: RoomId,
        /// The viewer.
        session: SessionId,
        /// One entry per slot, in the offer's order.
        slots: Vec<SlotShows>,
    },
    /// Which of a publisher's layers anybody needs has changed, or is said again so that nobody misses it.
    Layers {
        /// Its room.
        room: RoomId,
        /// The publisher.
        session: SessionId,
        /// One entry per line that has layers.
        lines: Vec<LayersWanted>,
    },
    /// A room was dropped after a fault in its code; its peers must join again.
    RoomLost {
        /// Which room.
        room: RoomId,
    },
}

/// Why a peer is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneReason {
    /// It left.
    Left,
    /// Somebody else removed it.
    Removed,
    /// Its room was closed.
    RoomClosed,
    /// It closed its DTLS association.
    ClosedByPeer,
    /// Nothing authentic came from it for 30 s.
    Silent,
    /// It never finished connecting.
    NeverConnected,
    /// Its DTLS handshake failed.
    HandshakeFailed,
    /// Its leg's process ended.
    LegEnded,
    /// Its room was dropped after a fault.
    RoomLost,
}

/// One publication as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationInfo {
    /// Its number: the CSRC on slot packets that carry it.
    pub id: PublicationId,
    /// Whose it is.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// Camera and microphone, or content.
    pub role: Role,
    /// Its codec.
    pub codec: Codec,
    /// Whether packets are arriving.
    pub live: bool,
}

/// Which layers of one line somebody needs; the publisher may stop sending the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayersWanted {
    /// Which line.
    pub mid: Mid,
    /// The layers, the smallest first; never none.
    pub rids: Vec<Rid>,
}

/// What one slot carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotShows {
    /// Which slot.
    pub mid: Mid,
    /// What is in it.
    pub content: SlotContent,
}

/// What a slot carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotContent {
    /// Nothing is sent.
    Nothing,
    /// The slate: its source is not there.
    Slate,
    /// A publication's packets.
    Live(PublicationId),
    /// Nothing for now: the viewer's way, or the worker, doesn't bear this publication beside what matters more.
    NoBandwidth(PublicationId),
}
