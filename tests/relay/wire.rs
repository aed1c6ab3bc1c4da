//! Commands, replies and events are plain values: each survives being written and read again, so that a worker can one day
//! be another process.

use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Debug, time::Duration};
use yunling::{
    id::{ParticipantId, PublicationId, RequestId, RoomId, SessionId},
    relay::{
        command::{
            AttachLeg, Command, Done, GoneReason, Join, LayersWanted, PublicationInfo, Purpose, RelayError, Reply,
            Request, RoomEvent, SlotContent, SlotShows, Want, Wish,
        },
        delay::Delays,
        figures::{
            KeyFrameReason, KeyFrameRequests, PeerFigures, PeerKind, PeerState, PublicationFigures, RoomFigures,
            SlotFigures, WorkerFigures,
        },
        flight::{FlightRecord, Happened, PeerSample, PeerTrack, Sample},
        media::{Codec, MediaKind, Mid, Pt, Rid, Role, Ssrc},
        plan::{
            ExtensionIds, Fingerprint, IceCredentials, PublishPlan, PublishedMedia, SlotCodec, SlotPlan, TransportPlan,
            ViewPlan,
        },
        shed::Level,
        stage::{Heard, Stage},
    },
};

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).expect("is written");
    let read: T = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e} in {text}"));
    assert_eq!(&read, value, "{text}");
}

const ROOM: RoomId = RoomId(7);

fn session() -> SessionId {
    "s-1".parse().expect("a slug")
}

fn participant() -> ParticipantId {
    "county-12".parse().expect("a slug")
}

fn mid() -> Mid {
    Mid("video0".into())
}

fn transport() -> TransportPlan {
    let side = |ufrag: &str| IceCredentials { ufrag: ufrag.into(), pwd: "p/+".repeat(8) };
    TransportPlan { local: side("ours"), remote: side("theirs"), fingerprint: Fingerprint([0xa5; 32]) }
}

fn extensions() -> ExtensionIds {
    ExtensionIds {
        mid: Some(4),
        audio_level: None,
        abs_send_time: Some(14),
        transport_cc: Some(3),
        abs_capture_time: Some(7),
        rid: Some(10),
        repaired_rid: Some(11),
    }
}

fn purposes() -> [Purpose; 2] {
    let media = PublishedMedia {
        mid: mid(),
        codec: Codec::H264,
        pt: Pt(102),
        rtx: Some(Pt(103)),
        red: None,
        ssrc: Some(Ssrc(u32::MAX)),
        rtx_ssrc: None,
        rids: vec![Rid("l".into()), Rid("h".into())],
        extensions: extensions(),
        nack: true,
        pli: true,
        remb: false,
    };
    let slot = SlotPlan {
        mid: mid(),
        kind: MediaKind::Video,
        ssrc: Ssrc(1),
        rtx_ssrc: Some(Ssrc(2)),
        codecs: vec![SlotCodec { codec: Codec::Vp8, pt: Pt(96), rtx: None }],
        red: Some(Pt(63)),
        extensions: extensions(),
        nack: true,
        remb: true,
    };
    [
        Purpose::Publish(PublishPlan { role: Role::Content, media: vec![media] }),
        Purpose::View(ViewPlan { slots: vec![slot] }),
    ]
}

fn commands() -> Vec<Command> {
    let wish = |want| Wish { mid: mid(), want, pixels_max: Some(1920 * 1080), priority: 9 };
    let wants = [Want::Automatic, Want::Programme, Want::Publication(PublicationId(3)), Want::Nothing];
    let mut commands: Vec<Command> = purposes()
        .into_iter()
        .map(|purpose| {
            let name = "县防汛办 \"一号\"\n".to_owned();
            let join = Join {
                room: ROOM,
                session: session(),
                participant: participant(),
                name,
                transport: transport(),
                purpose,
            };
            Command::Join(Box::new(join))
        })
        .collect();
    for heard in [Heard::All, Heard::Nobody, Heard::Only(vec![participant()])] {
        commands.push(Command::SetStage { room: ROOM, stage: Stage { on_air: Some(participant()), heard } });
    }
    commands.extend([
        Command::OpenRoom { room: ROOM, codec: Codec::H264 },
        Command::CloseRoom { room: ROOM },
        Command::AttachLeg(Box::new(AttachLeg {
            room: ROOM,
            session: session(),
            leg: "demo-province".parse().expect("a slug"),
            participant: participant(),
            name: "省".into(),
            secret: [0xff; 16],
            role: Role::Main,
            video: Some(Codec::H264),
            audio: true,
        })),
        Command::Leave { room: ROOM, session: session() },
        Command::Remove { room: ROOM, session: session() },
        Command::RestartIce { room: ROOM, session: session(), local: transport().local, remote: transport().remote },
        Command::Wish { room: ROOM, session: session(), wishes: wants.into_iter().map(wish).collect() },
        Command::Figures,
        Command::Flight { room: ROOM },
    ]);
    commands
}

fn figures() -> WorkerFigures {
    let mut delays = Delays::default();
    delays.add(Duration::from_micros(300));
    let peer = PeerFigures {
        session: session(),
        participant: participant(),
        name: "主席".into(),
        kind: PeerKind::Viewer,
        state: PeerState::Quiet,
        srtp_profile: Some("AEAD_AES_128_GCM".into()),
        ipv6: true,
        bps_in: u64::from(u32::MAX) * 9,
        bps_out: 2,
        rtt_ms: Some(0.125),
        loss_out: Some(0.5),
        key_frame_requests: 3,
        nacks: 4,
        bearable_bps: Some(2_500_000),
        queueing_ms: Some(12.5),
        slots: vec![
            SlotFigures {
                mid: "0".into(),
                video: true,
                publication: Some(PublicationId(2)),
                size: Some((640, 360)),
                reduced: true,
                held_back: false,
                shed: true,
                freezes: 2,
                frozen_ms: 700,
            },
            SlotFigures {
                mid: "1".into(),
                video: false,
                publication: None,
                size: None,
                reduced: false,
                held_back: true,
                shed: false,
                freezes: 0,
                frozen_ms: 0,
            },
        ],
        age_ms: 5,
    };
    let publication = PublicationFigures {
        id: PublicationId(2),
        participant: participant(),
        role: Role::Main,
        codec: Codec::Opus,
        live: true,
        packets: 1,
        lost: 2,
        repaired: 1,
        jitter_ms: 0.25,
        bps: 3,
        fps: 25.0,
        key_frame_age_ms: Some(4),
        size: Some((1280, 720)),
        viewers: 400,
        key_frame_requests: KeyFrameRequests { viewer: 1, beginning: 2, overflow: 3, loss: 4, recording: 5 },
        delays,
    };
    WorkerFigures {
        datagrams_in: 1,
        datagrams_out: 2,
        datagrams_refused: 3,
        send_failures: 4,
        busy: 0.75,
        delays,
        shed: Level::Tiles,
        rooms: vec![RoomFigures {
            room: ROOM,
            stage: Stage { on_air: Some(participant()), heard: Heard::Only(vec![participant()]) },
            peers: vec![peer],
            publications: vec![publication],
        }],
    }
}

fn flight() -> FlightRecord {
    let sample = PeerSample {
        state: PeerState::Connected,
        packets: (1, 2),
        bytes: (3, 4),
        loss: Some(0.25),
        rtt_ms: None,
        nacks: 5,
        resent: 6,
        key_frame_requests: 7,
        bearable_bps: Some(8),
        queueing_ms: Some(0.5),
        waiting: 9,
        freezes: 10,
    };
    let peer = PeerTrack {
        peer: 3,
        key: "01234567".into(),
        participant: participant(),
        kind: PeerKind::Viewer,
        gone: true,
        samples: vec![Sample { ms: -500, of: sample }],
    };
    let stage = Stage { on_air: None, heard: Heard::All };
    let asked =
        Happened::KeyFrameAsked { publication: PublicationId(1), reason: KeyFrameReason::Overflow, peer: Some(3) };
    let content = SlotContent::NoBandwidth(PublicationId(1));
    let slot = Happened::Slot { peer: 3, slot: 0, content, size: Some((640, 360)) };
    let gone = Happened::Gone { peer: 3, reason: GoneReason::Silent };
    let events = [Happened::Stage { stage }, asked, slot, gone, Happened::Shedding { level: Level::Called }]
        .map(|of| Sample { ms: -1, of });
    FlightRecord {
        format: 1,
        until_unix_ms: 1_700_000_000_000,
        peers: vec![peer],
        streams: Vec::new(),
        events: events.into(),
        events_lost: 1,
    }
}

#[test]
fn every_command_survives_the_wire() {
    for (id, command) in (u64::MAX - 100..).zip(commands()) {
        check(&Request { id: RequestId(id), command });
    }
}

#[test]
fn every_reply_survives_the_wire() {
    let errors = [
        RelayError::Busy,
        RelayError::NoSuchRoom(ROOM),
        RelayError::NoSuchSession(session()),
        RelayError::RoomExists(ROOM),
        RelayError::SessionExists(session()),
        RelayError::RoomFull(500),
        RelayError::InvalidPlan("two cameras".into()),
    ];
    let mut results: Vec<Result<Done, RelayError>> = errors.into_iter().map(Err).collect();
    results.extend([Ok(Done::Ok), Ok(Done::Figures(Box::new(figures()))), Ok(Done::Flight(Box::new(flight())))]);
    for result in results {
        check(&Reply { id: RequestId(1), result });
    }
}

#[test]
fn every_event_survives_the_wire() {
    let publication = PublicationInfo {
        id: PublicationId(1),
        participant: participant(),
        name: "乡镇".into(),
        role: Role::Content,
        codec: Codec::H264,
        live: false,
    };
    let contents = [SlotContent::Nothing, SlotContent::Slate, SlotContent::Live(PublicationId(1))];
    let slots = contents.into_iter().map(|content| SlotShows { mid: mid(), content }).collect();
    check(&RoomEvent::PeerConnected { room: ROOM, session: session() });
    check(&RoomEvent::Roster { room: ROOM, publications: vec![publication] });
    check(&RoomEvent::Slots { room: ROOM, session: session(), slots });
    let lines = vec![LayersWanted { mid: mid(), rids: vec![Rid("l".into())] }];
    check(&RoomEvent::Layers { room: ROOM, session: session(), lines });
    check(&RoomEvent::RoomLost { room: ROOM });
    for reason in [
        GoneReason::Left,
        GoneReason::Removed,
        GoneReason::RoomClosed,
        GoneReason::ClosedByPeer,
        GoneReason::Silent,
        GoneReason::NeverConnected,
        GoneReason::HandshakeFailed,
        GoneReason::LegEnded,
        GoneReason::RoomLost,
    ] {
        check(&RoomEvent::PeerGone { room: ROOM, session: session(), reason });
    }
}
