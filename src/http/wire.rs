//! What travels between the pages and the server, as types: the one source of the TypeScript in
//! `web/src/api/generated/wire.ts`.
//!
//! Wire types are their own: neither the relay's nor the domain's values are serialised as they are, so that these can
//! change without breaking a page. `typescript` renders all of them; a test compares the rendering with the file.

use crate::relay::{
    command::{GoneReason, LayersWanted, PublicationInfo, SlotContent, SlotShows, Want, Wish},
    media::{Codec, MediaKind, Mid, Role},
};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

mod arrangements;
mod attendance;
mod book;
mod joint_tests;
mod library;
mod materials;
mod panel;
mod profiles;
mod recordings;
mod roll_calls;
mod schedule;
mod status;
mod tokens;
mod units;

pub use arrangements::*;
pub use attendance::*;
pub use book::*;
pub use joint_tests::*;
pub use library::*;
pub use materials::*;
pub use panel::*;
pub use profiles::*;
pub use recordings::*;
pub use roll_calls::*;
pub use schedule::*;
pub use status::*;
pub use tokens::*;
pub use units::*;

// ---- control channel ----

/// What the server says on a session's control channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ServerMessage {
    /// First message, once the client's `hello` was accepted.
    Welcome {
        /// The meeting the session looks at.
        meeting: MeetingBrief,
        /// Who the client is.
        participant: String,
        /// The server's wall clock, milliseconds since 1970.
        server_time_ms: u64,
    },
    /// What every slot of this session carries now.
    Slots {
        /// One entry a slot, in the offer's order.
        slots: Vec<SlotState>,
    },
    /// Every publication of the meeting.
    Roster {
        /// In the order of their arrival.
        publications: Vec<RosterEntry>,
    },
    /// Who is on air, and whether the client's own microphone reaches anyone.
    Stage {
        /// The participant whose picture and sound every programme slot carries.
        on_air: Option<String>,
        /// Whether sound of the client's own participant is forwarded.
        you_are_heard: bool,
    },
    /// Which layers of what this session sends somebody needs: the others need not be sent. Not said before that is known, nor to
    /// sessions that send none.
    Layers {
        /// One entry for each line that has layers.
        lines: Vec<LineLayers>,
    },
    /// The session has ended; the server closes the channel after this.
    Ended {
        /// Why.
        reason: EndReason,
    },
    /// Answer to a `ping`.
    Pong,
}

/// Layers of one line that somebody needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LineLayers {
    /// The line's media identification.
    pub mid: String,
    /// Their restriction ids, the smallest layer first; never none.
    pub rids: Vec<String>,
}

impl From<LayersWanted> for LineLayers {
    fn from(wanted: LayersWanted) -> Self {
        Self { mid: wanted.mid.0, rids: wanted.rids.into_iter().map(|rid| rid.0).collect() }
    }
}

/// What a client says on its control channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClientMessage {
    /// First message, within five seconds.
    Hello {
        /// The meeting token the session was opened with; `null` where none was needed.
        token: Option<String>,
    },
    /// What the client wants in its slots; slots that are not named keep what they have.
    Wish {
        /// One entry a slot.
        wishes: Vec<SlotWish>,
    },
    /// Asks for a `pong`.
    Ping,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The client left.
    Left,
    /// Somebody in charge removed its participant: not to join again by itself.
    Removed,
    /// The meeting ended.
    MeetingClosed,
    /// The client closed its media connection.
    ClosedByPeer,
    /// Nothing came from the client for 30 s.
    Silent,
    /// Its media connection never came up.
    NeverConnected,
    /// Its DTLS handshake failed.
    HandshakeFailed,
    /// The meeting's room was lost to a fault and opened again: join again at once.
    RoomLost,
    /// The server is stopping or starting again: join again soon.
    ServerStopping,
    /// The client did not keep up with the channel, or broke its rules: join again.
    ChannelFault,
}

impl From<GoneReason> for EndReason {
    fn from(reason: GoneReason) -> Self {
        match reason {
            GoneReason::Left | GoneReason::LegEnded => Self::Left,
            GoneReason::Removed => Self::Removed,
            GoneReason::RoomClosed => Self::MeetingClosed,
            GoneReason::ClosedByPeer => Self::ClosedByPeer,
            GoneReason::Silent => Self::Silent,
            GoneReason::NeverConnected => Self::NeverConnected,
            GoneReason::HandshakeFailed => Self::HandshakeFailed,
            GoneReason::RoomLost => Self::RoomLost,
        }
    }
}

/// One slot of a viewing session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SlotState {
    /// Media identification of its m-line.
    pub mid: String,
    /// Sound or picture.
    pub kind: WireMediaKind,
    /// What is in it.
    pub content: WireSlotContent,
}

/// What a slot carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "show", rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "SlotContent"), schemars(rename = "SlotContent"))]
pub enum WireSlotContent {
    /// Nothing is sent.
    Nothing,
    /// The slate: its source is not there.
    Slate,
    /// A publication.
    Live {
        /// Its number in the roster; also the CSRC of its packets.
        publication: u32,
    },
    /// Nothing for now: the viewer's way doesn't bear this publication beside what matters more. It comes back by itself.
    #[serde(rename = "no-bandwidth")]
    NoBandwidth {
        /// What is held back.
        publication: u32,
    },
}

impl SlotState {
    /// A slot as the page sees it.
    #[must_use]
    pub fn new(shows: SlotShows, kind: MediaKind) -> Self {
        let content = match shows.content {
            SlotContent::Nothing => WireSlotContent::Nothing,
            SlotContent::Slate => WireSlotContent::Slate,
            SlotContent::Live(id) => WireSlotContent::Live { publication: id.0 },
            SlotContent::NoBandwidth(id) => WireSlotContent::NoBandwidth { publication: id.0 },
        };
        Self { mid: shows.mid.0, kind: kind.into(), content }
    }
}

/// One publication in the roster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RosterEntry {
    /// Its number.
    pub id: u32,
    /// Whose it is.
    pub participant: String,
    /// Shown beside its picture.
    pub name: String,
    /// Camera and microphone, or content.
    pub role: WireRole,
    /// Its codec; `opus` means it is sound.
    pub codec: WireCodec,
    /// Whether packets are arriving.
    pub live: bool,
    /// Whether its participant is on air.
    pub on_air: bool,
}

impl RosterEntry {
    /// A publication as the page sees it; `on_air` is whether its participant is.
    #[must_use]
    pub fn new(info: PublicationInfo, on_air: bool) -> Self {
        Self {
            id: info.id.0,
            participant: info.participant.into(),
            name: info.name,
            role: info.role.into(),
            codec: info.codec.into(),
            live: info.live,
            on_air,
        }
    }
}

/// What a client wants in one slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SlotWish {
    /// Which slot.
    pub mid: String,
    /// What it should carry.
    pub want: WireWant,
    /// Pixels (width × height) the slot has on that screen; `null` if not known.
    pub pixels_max: Option<u32>,
    /// 0 to 255, larger is more important.
    pub priority: u8,
}

/// What a slot should carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "Want"), schemars(rename = "Want"))]
pub enum WireWant {
    /// The relay's choice.
    Automatic,
    /// What is on air.
    Programme,
    /// This publication.
    Publication {
        /// Its number in the roster.
        id: u32,
    },
    /// Nothing.
    Nothing,
}

impl From<SlotWish> for Wish {
    fn from(wish: SlotWish) -> Self {
        let want = match wish.want {
            WireWant::Automatic => Want::Automatic,
            WireWant::Programme => Want::Programme,
            WireWant::Publication { id } => Want::Publication(crate::id::PublicationId(id)),
            WireWant::Nothing => Want::Nothing,
        };
        Self { mid: Mid(wish.mid), want, pixels_max: wish.pixels_max, priority: wish.priority }
    }
}

// ---- words shared by all ----

/// A codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "Codec"), schemars(rename = "Codec"))]
pub enum WireCodec {
    /// Sound.
    Opus,
    /// Picture, the default.
    H264,
    /// Picture, the fallback every browser has.
    Vp8,
}

impl From<Codec> for WireCodec {
    fn from(codec: Codec) -> Self {
        match codec {
            Codec::Opus => Self::Opus,
            Codec::H264 => Self::H264,
            Codec::Vp8 => Self::Vp8,
        }
    }
}

/// Sound or picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "MediaKind"), schemars(rename = "MediaKind"))]
pub enum WireMediaKind {
    /// Sound.
    Audio,
    /// Picture.
    Video,
}

impl From<MediaKind> for WireMediaKind {
    fn from(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Audio => Self::Audio,
            MediaKind::Video => Self::Video,
        }
    }
}

/// What a publication is to its participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "Role"), schemars(rename = "Role"))]
pub enum WireRole {
    /// Camera and microphone.
    Main,
    /// A shared document or screen, and its sound.
    Content,
}

impl From<Role> for WireRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Main => Self::Main,
            Role::Content => Self::Content,
        }
    }
}

// ---- REST ----

/// A meeting in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetingBrief {
    /// Its id, as in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Fixed title of its screens while there is no picture; empty: the title stands there.
    pub banner: String,
    /// The one video codec publishers are held to where they can.
    pub codec: WireCodec,
    /// Whether it can be joined; else it is still to begin.
    pub on_air: bool,
    /// When it is planned to begin, milliseconds since 1970.
    pub starts_at_ms: u64,
}

/// Body of `POST /api/meetings/{meeting}/visit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VisitRequest {
    /// Shown beside the picture, 1 to 64 characters.
    pub name: String,
}

/// Answer to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct VisitReply {
    /// Who the page now is; its WHIP and WHEP sessions share it.
    pub participant: String,
    /// The name as it will be shown.
    pub name: String,
    /// Bearer token for `/whip/` and `/whep/` of this meeting.
    pub token: String,
}

/// Body of every refusal (RFC 9457, `application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `urn:yunling:problem:` and the code.
    pub r#type: String,
    /// What happened, what it means and what to do: a sentence in Chinese.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// The same for a technician, in English; may be empty.
    pub detail: String,
    /// Stable, for programs and for the telephone.
    pub code: String,
    /// Which fields of the request have to be changed; empty unless the status is 422, and then it may still be.
    #[serde(default)]
    pub fields: Vec<FieldProblem>,
    /// Finds the request in the server's log.
    pub request_id: String,
}

/// A field of a request that has to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FieldProblem {
    /// Which, as in the request.
    pub field: String,
    /// What is wrong with it and what would be right: a sentence in Chinese.
    pub sentence: String,
}

// ---- rendering ----

/// All types above as one TypeScript file.
#[cfg(test)]
fn typescript() -> String {
    let config = ts_rs::Config::new().with_large_int("number");
    let mut out = String::from(
        "// Generated from src/http/wire.rs: don't edit. `YUNLING_UPDATE=1 cargo test --lib wire` writes it again.\n",
    );
    macro_rules! render {
        ($($type:ty),* $(,)?) => {$(
            out.push('\n');
            out.push_str(&<$type>::docs().unwrap_or_default());
            out.push_str("export ");
            out.push_str(&<$type>::decl(&config));
            out.push('\n');
        )*};
    }
    render!(
        ServerMessage,
        LineLayers,
        ClientMessage,
        EndReason,
        SlotState,
        WireSlotContent,
        RosterEntry,
        SlotWish,
        WireWant,
        WireCodec,
        LiveMessage,
        WireMediaKind,
        WireRole,
        MeetingBrief,
        VisitRequest,
        VisitReply,
        Problem,
        FieldProblem,
        Status,
        WorkerStatus,
        WireShed,
        DelayStatus,
        KeyFrameCount,
        MeetingStatus,
        ParticipantStatus,
        WireParticipantKind,
        WireMicrophone,
        PeerStatus,
        PeerSlot,
        WirePeerKind,
        WirePeerState,
        PublicationStatus,
        LegStatus,
        LegPicture,
        WireLegState,
        PipelineStatus,
        WireMirrorState,
        WireAccountRole,
        WireDeviceKind,
        Me,
        ConsoleState,
        WirePasswordRules,
        ConsoleKey,
        NewPin,
        LoginEntry,
        LoginRequest,
        PasswordChange,
        AccountEntry,
        ExceptionEntry,
        CertificateEntry,
        OwnCertificates,
        WireOrigin,
        NewException,
        SecondFactorState,
        SecondFactorBegun,
        SecondFactorCode,
        RecoveryCodes,
        NewAccount,
        AccountMade,
        AccountChange,
        NewHandOver,
        HandOverMade,
        HandOverForm,
        AccessTable,
        AccessRow,
        WireReach,
        CheckLine,
        WireCheckVerdict,
        UnitList,
        UnitEntry,
        UnitLiaison,
        UnitPerson,
        AccountRequestEntry,
        AccountDecision,
        NewUnit,
        UnitChange,
        NewAccountRequest,
        VenueEntry,
        NewVenue,
        VenueChange,
        VenueNow,
        ScreenFigures,
        ScreenRollCall,
        MeetingShown,
        DeviceEntry,
        TokenEntry,
        WireTokenRole,
        WireDeviceState,
        NewDevice,
        DeviceMade,
        SeatPin,
        SeatAttends,
        PairRequest,
        Paired,
        WireMeetingState,
        WireMeetingKind,
        MeetingPerson,
        MeetingEntry,
        NewMove,
        ScheduleChoices,
        LineChoice,
        PersonChoice,
        ScheduleCheck,
        ClashEntry,
        WireWanted,
        WireClashWeight,
        MoveEntry,
        Cancellation,
        WireRhythm,
        WireOnDayOff,
        RecurrenceRule,
        NewSeries,
        SeriesCheck,
        SeriesTurnEntry,
        SpecialDayEntry,
        WireDayKind,
        MeetingOpening,
        WireMicrophonePolicy,
        ProfileEntry,
        NewProfile,
        ProfileChange,
        UnopenedMeeting,
        WireHindrance,
        NewMeeting,
        MeetingChange,
        StageState,
        WireHeard,
        ProgrammeChoice,
        MicrophoneChange,
        RollCalls,
        RollCallVenue,
        RollCallEntry,
        RollCallFigures,
        RollCallLine,
        RollCallAnswered,
        WirePresence,
        RollCallCalling,
        WireCalledMicrophone,
        VenueCall,
        RollCallAnswer,
        AttendanceList,
        AttendanceTerms,
        AttendanceHours,
        WirePhase,
        AttendanceFigures,
        InvitedUnit,
        UnitToInvite,
        AttendanceVenue,
        ReceiptEntry,
        WireReceiptStanding,
        AttendeeEntry,
        AttendeeAnswer,
        AttendeeSignIn,
        WireMeans,
        UnitInvitation,
        AttendanceCopy,
        UnitPlace,
        NewAttendees,
        NewAttendee,
        AttendeeChange,
        SignInRequest,
        SignInUndo,
        SignedIn,
        UnitNotice,
        MeetingNotice,
        MeetingAttendee,
        RecordingPage,
        WireWithin,
        RecordingEntry,
        AskedEntry,
        WireRecordingState,
        RecordingFailure,
        WireFailureKind,
        RecordingDetail,
        RecordingFile,
        RecordingGap,
        RecordingPiece,
        RecorderStatus,
        WireRecorderState,
        SigningState,
        WireClearance,
        ArrangementEntry,
        ArrangementRequest,
        SignOffPage,
        SignOffEntry,
        SignatureEntry,
        WireStanding,
        SignOffRequest,
        RecordingPart,
        Verdict,
        PenEntry,
        PenState,
        DelegationEntry,
        WireTerm,
        Deputy,
        NewDelegation,
        PlayRequest,
        PlayEntry,
        Remark,
        NewMark,
        MarkEntry,
        MaterialEntry,
        ExportEntry,
        LegSource,
        RtspTransport,
        LegEntry,
        NewLeg,
        LegChange,
        AuditPage,
        AuditFilter,
        AuditRow,
        ImportCheck,
        ImportLineEntry,
        WireImportResult,
        ImportDifference,
        ImportFaultEntry,
        ReadinessEntry,
        WireReadiness,
        WireNoTime,
        WireJointTestState,
        JointTestEntry,
        ActEntry,
        ChecklistItem,
        WireMeasure,
        WireVerdict,
        NewJointTest,
        ItemCheck,
        ChecklistEntry,
        Checklist,
    );
    out.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test, no setting")]
    fn the_typescript_in_the_repository_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web/src/api/generated/wire.ts");
        let fresh = typescript();
        if std::env::var_os("YUNLING_UPDATE").is_some() {
            std::fs::write(path, &fresh).expect("the folder is in the repository");
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == fresh, "{path} is stale: run `YUNLING_UPDATE=1 cargo test --lib wire`");
    }

    #[test]
    fn messages_look_as_pages_expect() {
        let cases = [
            (serde_json::to_string(&ServerMessage::Pong), r#"{"type":"pong"}"#),
            (
                serde_json::to_string(&ServerMessage::Slots {
                    slots: vec![SlotState {
                        mid: "0".into(),
                        kind: WireMediaKind::Video,
                        content: WireSlotContent::Live { publication: 3 },
                    }],
                }),
                r#"{"type":"slots","slots":[{"mid":"0","kind":"video","content":{"show":"live","publication":3}}]}"#,
            ),
            (
                serde_json::to_string(&ServerMessage::Stage { on_air: None, you_are_heard: true }),
                r#"{"type":"stage","onAir":null,"youAreHeard":true}"#,
            ),
        ];
        for (text, expect) in cases {
            assert_eq!(text.expect("serialises"), expect);
        }
        let wish = r#"{"type":"wish","wishes":[{"mid":"1","want":{"kind":"publication","id":7},"pixelsMax":null,"priority":1}]}"#;
        let ClientMessage::Wish { wishes } = serde_json::from_str(wish).expect("parses") else { panic!("a wish") };
        assert_eq!(wishes[0].want, WireWant::Publication { id: 7 });
        assert_eq!(
            serde_json::from_str::<ClientMessage>(r#"{"type":"hello","token":null}"#).expect("parses"),
            ClientMessage::Hello { token: None }
        );
    }
}
