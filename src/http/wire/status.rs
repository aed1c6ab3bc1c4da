//! The state of everything, as the status page and `/api/live` read it.

use super::{RecorderStatus, StageState, UnopenedMeeting, WireCodec, WireRole};
use crate::{
    app::{Microphone, ParticipantKind, ParticipantView},
    relay::{
        delay::{BOUNDS_US, Delays},
        figures::{KeyFrameRequests, PeerFigures, PeerKind, PeerState, PublicationFigures, SlotFigures},
        shed::Level,
    },
};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// A message of `/api/live`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LiveMessage {
    /// The first one. A page that lost its line comes back with `?run=…&after=…` of what it heard last.
    Hello {
        /// The run of the server this is.
        run: String,
        /// How many changes there were in it.
        at: u64,
        /// Which areas changed since the page was here; `null` if nobody knows: all that it shows must be read anew.
        areas: Option<Vec<String>>,
    },
    /// Something became different: what a page shows of these areas is to be read anew.
    Changed {
        /// How many changes there were.
        at: u64,
        /// The first parts of their words in the book, each once: `meeting`, `venue` …
        areas: Vec<String>,
    },
    /// The state of everything, once a second and when a line breaks or is back, for whoever may see it.
    Status {
        /// The state.
        status: Box<Status>,
    },
    /// The line is good: once a second, for whoever does not see the state.
    Here,
}

/// `GET /api/status`, and once a second in `/api/live`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Of the program.
    pub version: String,
    /// When it started, milliseconds since 1970.
    pub started_at_ms: u64,
    /// How long it runs.
    pub uptime_seconds: u64,
    /// Whether it runs with `--demo`.
    pub demo: bool,
    /// Media workers.
    pub workers: Vec<WorkerStatus>,
    /// Meetings on air.
    pub meetings: Vec<MeetingStatus>,
    /// Meetings that should have opened by themselves and could not yet.
    pub unopened: Vec<UnopenedMeeting>,
    /// Links that are not WebRTC.
    pub legs: Vec<LegStatus>,
    /// Pipeline files found at start.
    pub pipelines: Vec<PipelineStatus>,
    /// How the mirror of the book is.
    pub mirror: WireMirrorState,
    /// Whether there is a log host and it can't be reached: records of the book wait for it.
    pub log_host_away: bool,
}

/// How the mirror of the book is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "MirrorState"), schemars(rename = "MirrorState"))]
pub enum WireMirrorState {
    /// It follows the book.
    Kept,
    /// Its files can't be written: the book goes on without it.
    Unwritable,
    /// It is not the mirror of this book: `yunling verify audit` says what differs.
    Differs,
    /// A month that is over is not what was written; nothing of it is removed: `yunling verify audit` says what differs.
    Rewritten,
    /// The database does not keep the book append-only any more: `yunling verify audit` says which trigger it is.
    Unguarded,
    /// The clock is more than a month from the month that is written: it is wrong, or the server was off for long.
    Clock,
}

/// One media worker. Counters count from its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkerStatus {
    /// Its UDP port.
    pub port: u16,
    /// Share of the last second it was not waiting, 0 to 1.
    pub busy: f32,
    /// Datagrams received.
    pub datagrams_in: u64,
    /// Datagrams sent.
    pub datagrams_out: u64,
    /// Datagrams dropped because nobody authentic sent them.
    pub datagrams_refused: u64,
    /// Datagrams the kernel did not take.
    pub send_failures: u64,
    /// How long what it forwarded stayed in it.
    pub delay: DelayStatus,
    /// What it does without, because it is behind.
    pub shed: WireShed,
}

/// What a media worker does without while it is behind: each of these, and all before it. Sound never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Shed"), schemars(rename = "Shed"))]
pub enum WireShed {
    /// It does everything.
    Nothing,
    /// Probes of what lines bear, and packets sent twice unasked.
    Probes,
    /// Repeating packets to viewers who lose most.
    Repairs,
    /// Larger layers of pictures that are neither content nor on air.
    TileLayers,
    /// Pictures that nobody asked for by name.
    Tiles,
    /// All pictures but content and the one on air.
    Called,
    /// Larger layers of these.
    MainLayers,
}

impl From<Level> for WireShed {
    fn from(level: Level) -> Self {
        match level {
            Level::Nothing => Self::Nothing,
            Level::Probes => Self::Probes,
            Level::Repairs => Self::Repairs,
            Level::TileLayers => Self::TileLayers,
            Level::Tiles => Self::Tiles,
            Level::Called => Self::Called,
            Level::MainLayers => Self::MainLayers,
        }
    }
}

/// How long copies of packets stayed in the relay, from the packet's arrival at the socket to the end of the send that carried the
/// copy. What waits for a viewer's line is not counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DelayStatus {
    /// Upper bounds of all buckets but the last, microseconds.
    pub bounds_us: Vec<u64>,
    /// Copies in each bucket.
    pub counts: Vec<u64>,
    /// Mean; `null` if nothing was counted.
    pub mean_ms: Option<f32>,
    /// The bound that half of all copies kept to.
    pub p50_ms: Option<f32>,
    /// The bound that 99 of 100 copies kept to.
    pub p99_ms: Option<f32>,
}

impl From<Delays> for DelayStatus {
    fn from(delays: Delays) -> Self {
        let quantile = |share| delays.quantile(share).map(|delay| delay.as_secs_f32() * 1000.0);
        let copies = delays.count();
        Self {
            bounds_us: BOUNDS_US.to_vec(),
            counts: delays.counts.to_vec(),
            mean_ms: (copies > 0).then(|| (delays.sum_us as f64 / copies as f64 / 1000.0) as f32),
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
        }
    }
}

/// One meeting on air.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetingStatus {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its video codec.
    pub codec: WireCodec,
    /// The participant on air.
    pub on_air: Option<String>,
    /// Who is on air and heard, as the relay carries it out now.
    pub stage: StageState,
    /// Its recording, if one is to run.
    pub recording: Option<RecorderStatus>,
    /// Everybody who takes part, links first, then venues' machines, people, guests.
    pub participants: Vec<ParticipantStatus>,
    /// Every connection.
    pub peers: Vec<PeerStatus>,
    /// Everything they publish.
    pub publications: Vec<PublicationStatus>,
}

/// One participant of a meeting on air: all its connections together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ParticipantStatus {
    /// Who it is.
    pub participant: String,
    /// Shown name.
    pub name: String,
    /// What kind.
    pub kind: WireParticipantKind,
    /// Whether media can flow on any of its connections; a link that should be there and is not, is listed with `false`.
    pub connected: bool,
    /// Whether it is the programme.
    pub on_air: bool,
    /// Whether a live picture of its camera comes in.
    pub picture: bool,
    /// Its microphone, or a link's sound, as the relay treats it.
    pub microphone: WireMicrophone,
    /// Whether its sound is forwarded as soon as there is any.
    pub heard: bool,
    /// What it publishes: numbers of publications.
    pub publications: Vec<u32>,
}

/// What kind of participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "ParticipantKind"), schemars(rename = "ParticipantKind"))]
pub enum WireParticipantKind {
    /// A link that is not WebRTC.
    Leg,
    /// A venue's paired machines.
    Device,
    /// Somebody who logged in.
    Person,
    /// Somebody with a meeting's link, or a demonstration's visitor.
    Guest,
}

/// A microphone, as the relay treats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "Microphone"), schemars(rename = "Microphone"))]
pub enum WireMicrophone {
    /// No sound comes from it.
    Absent,
    /// Its sound goes to nobody.
    Closed,
    /// Its sound is forwarded.
    Open,
}

impl From<ParticipantView> for ParticipantStatus {
    fn from(view: ParticipantView) -> Self {
        Self {
            participant: view.participant.into(),
            name: view.name,
            kind: match view.kind {
                ParticipantKind::Leg => WireParticipantKind::Leg,
                ParticipantKind::Device => WireParticipantKind::Device,
                ParticipantKind::Person => WireParticipantKind::Person,
                ParticipantKind::Guest => WireParticipantKind::Guest,
            },
            connected: view.connected,
            on_air: view.on_air,
            picture: view.picture,
            microphone: match view.microphone {
                Microphone::Absent => WireMicrophone::Absent,
                Microphone::Closed => WireMicrophone::Closed,
                Microphone::Open => WireMicrophone::Open,
            },
            heard: view.heard,
            publications: view.publications.into_iter().map(|id| id.0).collect(),
        }
    }
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PeerStatus {
    /// A number for this connection while it lasts; not its secret address.
    pub key: String,
    /// Who it is.
    pub participant: String,
    /// Shown name.
    pub name: String,
    /// What it is.
    pub kind: WirePeerKind,
    /// How far its connection is.
    pub state: WirePeerState,
    /// SRTP profile by its IANA name; `null` while connecting and for legs.
    pub srtp_profile: Option<String>,
    /// Whether its selected address is IPv6.
    pub ipv6: bool,
    /// Bits per second received from it.
    pub bps_in: u64,
    /// Bits per second sent to it.
    pub bps_out: u64,
    /// Round-trip time.
    pub rtt_ms: Option<f32>,
    /// Share of our packets it reported lost, 0 to 1.
    pub loss_out: Option<f32>,
    /// Key frames it asked for.
    pub key_frame_requests: u64,
    /// Packets it asked for again.
    pub nacks: u64,
    /// Bits per second its way bears by the relay's estimate; `null` for who sends and while nothing is known.
    pub bearable_bps: Option<u64>,
    /// Milliseconds packets wait in queues on its way.
    pub queueing_ms: Option<f32>,
    /// What its slots carry.
    pub slots: Vec<PeerSlot>,
    /// Milliseconds since it joined.
    pub age_ms: u64,
}

/// What one slot of a peer carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PeerSlot {
    /// Its media identification.
    pub mid: String,
    /// Whether it is a picture.
    pub video: bool,
    /// The publication in it.
    pub publication: Option<u32>,
    /// Width and height of the layer it carries, video only.
    pub size: Option<(u16, u16)>,
    /// The line bears no larger layer.
    pub reduced: bool,
    /// The line bears no picture at all here.
    pub held_back: bool,
    /// Either is because the worker is behind, not for the line's sake.
    pub shed: bool,
    /// How often its picture froze on its way through the relay.
    pub freezes: u32,
    /// How long that lasted, all together.
    pub frozen_ms: u64,
}

impl From<SlotFigures> for PeerSlot {
    fn from(slot: SlotFigures) -> Self {
        Self {
            mid: slot.mid,
            video: slot.video,
            publication: slot.publication.map(|id| id.0),
            size: slot.size,
            reduced: slot.reduced,
            held_back: slot.held_back,
            shed: slot.shed,
            freezes: slot.freezes,
            frozen_ms: slot.frozen_ms,
        }
    }
}

impl From<PeerFigures> for PeerStatus {
    fn from(peer: PeerFigures) -> Self {
        Self {
            // The session id is what PATCH and DELETE need, so a status page gets only enough of it to tell peers apart.
            key: peer.session.as_str().chars().take(8).collect(),
            participant: peer.participant.into(),
            name: peer.name,
            kind: peer.kind.into(),
            state: peer.state.into(),
            srtp_profile: peer.srtp_profile,
            ipv6: peer.ipv6,
            bps_in: peer.bps_in,
            bps_out: peer.bps_out,
            rtt_ms: peer.rtt_ms,
            loss_out: peer.loss_out,
            key_frame_requests: peer.key_frame_requests,
            nacks: peer.nacks,
            bearable_bps: peer.bearable_bps,
            queueing_ms: peer.queueing_ms,
            slots: peer.slots.into_iter().map(Into::into).collect(),
            age_ms: peer.age_ms,
        }
    }
}

/// What a peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, ts(rename = "PeerKind"), schemars(rename = "PeerKind"))]
pub enum WirePeerKind {
    /// A WHIP session.
    Publisher,
    /// A WHEP session.
    Viewer,
    /// A leg's child process.
    Leg,
}

impl From<PeerKind> for WirePeerKind {
    fn from(kind: PeerKind) -> Self {
        match kind {
            PeerKind::Publisher => Self::Publisher,
            PeerKind::Viewer => Self::Viewer,
            PeerKind::Leg => Self::Leg,
        }
    }
}

/// How far a peer's connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, ts(rename = "PeerState"), schemars(rename = "PeerState"))]
pub enum WirePeerState {
    /// ICE or DTLS is under way.
    Connecting,
    /// Media can flow.
    Connected,
    /// Nothing came for 4 s: its video is held back.
    Quiet,
    /// Nothing came for 15 s: its sound is held back too.
    Silent,
}

impl From<PeerState> for WirePeerState {
    fn from(state: PeerState) -> Self {
        match state {
            PeerState::Connecting => Self::Connecting,
            PeerState::Connected => Self::Connected,
            PeerState::Quiet => Self::Quiet,
            PeerState::Silent => Self::Silent,
        }
    }
}

/// One publication's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PublicationStatus {
    /// Its number.
    pub id: u32,
    /// Whose it is.
    pub participant: String,
    /// Camera and microphone, or content.
    pub role: WireRole,
    /// Its codec.
    pub codec: WireCodec,
    /// Whether packets are arriving.
    pub live: bool,
    /// Packets received.
    pub packets: u64,
    /// Packets missing.
    pub lost: u64,
    /// Packets that were missing and were sent again.
    pub repaired: u64,
    /// Interarrival jitter.
    pub jitter_ms: f32,
    /// Bits per second received.
    pub bps: u64,
    /// Frames begun per second, video only.
    pub fps: f32,
    /// Milliseconds since the last key frame, video only.
    pub key_frame_age_ms: Option<u64>,
    /// Width and height, video only.
    pub size: Option<(u16, u16)>,
    /// Slots that carry it now.
    pub viewers: u32,
    /// How often its source was asked for a key frame.
    pub key_frame_requests: KeyFrameCount,
    /// How long its packets stayed in the relay.
    pub delay: DelayStatus,
}

/// How often a source was asked for a key frame, by what first caused each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeyFrameCount {
    /// A viewer asked.
    pub viewer: u64,
    /// Somebody joined, or the programme or the layer changed.
    pub beginning: u64,
    /// More waited for a viewer than its line takes.
    pub overflow: u64,
    /// More of it was lost than can be repaired.
    pub loss: u64,
    /// It is recorded.
    pub recording: u64,
}

impl From<KeyFrameRequests> for KeyFrameCount {
    fn from(requests: KeyFrameRequests) -> Self {
        let KeyFrameRequests { viewer, beginning, overflow, loss, recording } = requests;
        Self { viewer, beginning, overflow, loss, recording }
    }
}

impl From<PublicationFigures> for PublicationStatus {
    fn from(figures: PublicationFigures) -> Self {
        Self {
            id: figures.id.0,
            participant: figures.participant.into(),
            role: figures.role.into(),
            codec: figures.codec.into(),
            live: figures.live,
            packets: figures.packets,
            lost: figures.lost,
            repaired: figures.repaired,
            jitter_ms: figures.jitter_ms,
            bps: figures.bps,
            fps: figures.fps,
            key_frame_age_ms: figures.key_frame_age_ms,
            size: figures.size,
            viewers: figures.viewers,
            key_frame_requests: figures.key_frame_requests.into(),
            delay: figures.delays.into(),
        }
    }
}

/// One link that is not WebRTC (线路).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LegStatus {
    /// Its id.
    pub id: String,
    /// The meeting it feeds.
    pub meeting: String,
    /// Shown name.
    pub name: String,
    /// How it is.
    pub state: WireLegState,
    /// How often it was started again.
    pub restarts: u64,
    /// A sentence for people; empty when all is well.
    pub detail: String,
    /// Since when it feeds the meeting, milliseconds since 1970.
    pub since_ms: Option<u64>,
    /// How its picture is, while it does.
    pub picture: Option<LegPicture>,
}

/// A leg's picture, H.264, over the last seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LegPicture {
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// Pictures a second.
    pub fps: f32,
    /// kbit/s.
    pub kbps: u32,
    /// Milliseconds between the last two key frames.
    pub key_frames_apart_ms: Option<u32>,
}

/// How a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "LegState"), schemars(rename = "LegState"))]
pub enum WireLegState {
    /// It is not to run.
    Stopped,
    /// Its meeting is not on air.
    Idle,
    /// Its source is looked for, or its child process is starting.
    Starting,
    /// It feeds the meeting.
    Running,
    /// Its source is away; it is tried again. `detail` says what is wrong.
    Waiting,
    /// Its source is there, but sends what can't be used. `detail` says what to set on the encoder.
    Refused,
    /// It can't be started; `detail` says why.
    Disabled,
}

/// One file of `gst-pipelines/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PipelineStatus {
    /// Its file name.
    pub file: String,
    /// Whether it can be used.
    pub ok: bool,
    /// Why not.
    pub reason: Option<String>,
    /// What it is for.
    pub purpose: String,
}
