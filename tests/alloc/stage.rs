//! One room with a publisher and viewers in virtual time, watched for allocations.

use crate::{
    client::{Client, Publishing, Track, Viewing, Work},
    counting::count,
    media::Shape,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use yunling::{
    id::{ParticipantId, RequestId, RoomId, SessionId},
    relay::{
        command::{Command, Join, Purpose, Request},
        media::{Codec, MediaKind, Mid, Pt, Role, Ssrc},
        pipe,
        plan::{
            ExtensionIds, Fingerprint, IceCredentials, PublishPlan, PublishedMedia, SlotCodec, SlotPlan, TransportPlan,
            ViewPlan,
        },
        rooms::{HandshakeJob, HandshakeNews, Input, LegConnection, Output, PeerSerial, Rooms},
        stage::{Heard, Stage},
        transport::srtp::{Profile, SrtpKeys},
    },
};

pub const ROOM: RoomId = RoomId(1);
const WARM_UP: Duration = Duration::from_secs(4);
const MEASURED: Duration = Duration::from_secs(6);
const STEP: Duration = Duration::from_millis(1);

/// What was seen while everything was warm.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    pub packets: u64,
    pub forwarded: u64,
    pub allocations_for_packets: u64,
    pub allocations_for_time: u64,
}

/// A room, its clients, and the time.
pub struct Stand {
    pub rooms: Rooms,
    pub now: Instant,
    pub clients: Vec<Client>,
    serial: Option<PeerSerial>,
    pub wake: Option<Instant>,
    pub sent: u64,
    pub recorded: u64,
}

impl Stand {
    /// A publisher of H.264 and Opus, and viewers of both; `transport_cc` if their packets are numbered and paced.
    pub fn new(viewers: usize, gathering: Duration, transport_cc: Option<u8>) -> Self {
        let now = Instant::now();
        let mut rooms = Rooms::new(1, now, Duration::from_secs(1_700_000_000));
        rooms.set_gathering(gathering);
        let mut stand = Self { rooms, now, clients: Vec::new(), serial: None, wake: None, sent: 0, recorded: 0 };
        stand.command(Command::OpenRoom { room: ROOM, codec: Codec::H264 });
        stand.command(Command::SetStage { room: ROOM, stage: on_air() });
        let keys = stand.join(0, publish_plan());
        let publisher = publisher(0, &keys, now);
        stand.clients.push(publisher);
        for number in 1..=viewers {
            let keys = stand.join(number, numbered(view_plan(number), transport_cc));
            stand.clients.push(viewer(number, &keys, now));
        }
        stand
    }

    /// With a recorder that takes all it is given.
    pub fn recorded(mut self) -> Self {
        self.command(Command::StartTap { room: ROOM, secret: [5; 16], cameras: Vec::new() });
        let mut hello = [&pipe::header(pipe::Kind::Hello, 0, 0)[..], &[5; 16]].concat();
        self.feed(Input::Leg { connection: LegConnection(1), message: &mut hello });
        self
    }

    /// Runs with so many packets a frame, and tells what it saw.
    pub fn run(&mut self, pieces: u16) -> Traffic {
        self.clients[0].publishing().pieces = pieces;
        let mut traffic = Traffic::default();
        let start = self.now;
        while self.now < start + WARM_UP + MEASURED {
            self.now += STEP;
            let warm = self.now > start + WARM_UP;
            self.step(if warm { Some(&mut traffic) } else { None });
        }
        traffic
    }

    fn step(&mut self, mut traffic: Option<&mut Traffic>) {
        let mut out = Vec::new();
        for number in 0..self.clients.len() {
            self.clients[number].send(self.now, &mut out);
            let from = self.clients[number].address;
            for mut datagram in out.drain(..) {
                let media = number == 0 && datagram[0] >= 128;
                let before = self.sent;
                let ((), allocations) =
                    count(|| self.feed(Input::Datagram { from: from.into(), bytes: &mut datagram }));
                if datagram[0] < 4 {
                    self.clients[number].answered += 1;
                }
                if let Some(traffic) = traffic.as_deref_mut().filter(|_| media) {
                    traffic.packets += 1;
                    traffic.forwarded += self.sent - before;
                    traffic.allocations_for_packets += allocations;
                }
            }
        }
        if self.wake.is_some_and(|wake| wake <= self.now) {
            let before = self.sent;
            let ((), allocations) = count(|| self.feed(Input::Timeout));
            if let Some(traffic) = traffic {
                traffic.forwarded += self.sent - before;
                traffic.allocations_for_time += allocations;
            }
        }
    }

    pub fn command(&mut self, command: Command) {
        self.feed(Input::Request(Request { id: RequestId(0), command }));
    }

    pub fn join(&mut self, number: usize, purpose: Purpose) -> SrtpKeys {
        self.command(Command::Join(Box::new(join(number, purpose))));
        let serial = self.serial.take().expect("the handshake starts with the join");
        let (ours, theirs) = keys(number);
        self.feed(Input::Handshake(serial, HandshakeNews::Established(ours)));
        theirs
    }

    pub fn feed(&mut self, input: Input<'_>) {
        self.rooms.handle(self.now, input);
        loop {
            match self.rooms.poll() {
                Output::Transmit => {
                    let media =
                        |run: &yunling::relay::outbox::Run<'_>| run.bytes[0] >= 128 && run.bytes[1] & 0x60 != 0x40;
                    self.sent += self.rooms.outbox().runs().filter(media).map(|run| run.count as u64).sum::<u64>();
                    self.rooms.outbox().clear();
                    self.rooms.sent(self.now, self.now);
                }
                Output::TapFlush(recorder) => {
                    let tap = self.rooms.tap(recorder).expect("is recorded");
                    while tap.waiting() > 0 {
                        let len = tap.message().len();
                        self.recorded += len as u64;
                        tap.sent(len);
                    }
                }
                Output::Handshake(serial, HandshakeJob::Start(_)) => self.serial = Some(serial),
                Output::Reply(reply) => assert!(reply.result.is_ok(), "{reply:?}"),
                Output::Timeout(wake) => {
                    self.wake = wake;
                    return;
                }
                _ => {}
            }
        }
    }
}

pub fn shows(number: usize) -> Stage {
    Stage { on_air: Some(participant(number)), heard: Heard::All }
}

pub fn on_air() -> Stage {
    shows(0)
}

pub fn join(number: usize, purpose: Purpose) -> Join {
    Join {
        room: ROOM,
        session: session(number),
        participant: participant(number),
        name: format!("peer {number}"),
        transport: TransportPlan {
            local: credentials(&format!("relay{number}")),
            remote: credentials(&format!("client{number}")),
            fingerprint: Fingerprint([0; 32]),
        },
        purpose,
    }
}

/// Keys of a peer: the relay's side and the client's.
pub fn keys(number: usize) -> (SrtpKeys, SrtpKeys) {
    let material: Vec<u8> = (0..56).map(|byte| byte as u8 ^ number as u8).collect();
    let side = |server| SrtpKeys::from_exporter(Profile::AeadAes128Gcm, &material, server);
    (side(true), side(false))
}

pub fn publisher(number: usize, keys: &SrtpKeys, now: Instant) -> Client {
    let mut client = client(number, keys, Work::Publish(Box::new(Publishing::new(number as u16, Shape::H264))), now);
    let video = Track::new(96, 7000, Duration::from_millis(40), now, &mut client.sealer);
    let audio = Track::new(111, 7001, Duration::from_millis(20), now, &mut client.sealer);
    let publishing = client.publishing();
    publishing.video = Some(video);
    publishing.audio = Some(audio);
    client
}

pub fn viewer(number: usize, keys: &SrtpKeys, now: Instant) -> Client {
    let Purpose::View(plan) = view_plan(number) else { unreachable!("made below") };
    client(number, keys, Work::View(Box::new(Viewing::new(plan.slots, false))), now)
}

fn client(number: usize, keys: &SrtpKeys, work: Work, now: Instant) -> Client {
    let address = SocketAddr::from(([127, 0, 0, 1], 3000 + number as u16));
    let mut client = Client::new(address, credentials(&format!("client{number}")), keys, work, now);
    client.remote = credentials(&format!("relay{number}"));
    client
}

pub fn publish_plan() -> Purpose {
    let media = |mid: &str, codec, pt, ssrc| PublishedMedia {
        mid: Mid(mid.into()),
        codec,
        pt: Pt(pt),
        rtx: None,
        red: None,
        ssrc: Some(Ssrc(ssrc)),
        rtx_ssrc: None,
        rids: Vec::new(),
        extensions: ExtensionIds::default(),
        nack: true,
        pli: true,
        remb: false,
    };
    let media = vec![media("v", Codec::H264, 96, 7000), media("a", Codec::Opus, 111, 7001)];
    Purpose::Publish(PublishPlan { role: Role::Main, media })
}

pub fn view_plan(number: usize) -> Purpose {
    let slot = |mid: &str, kind, codec, pt, ssrc: u32| SlotPlan {
        mid: Mid(mid.into()),
        kind,
        ssrc: Ssrc(ssrc + number as u32),
        rtx_ssrc: None,
        codecs: vec![SlotCodec { codec, pt: Pt(pt), rtx: None }],
        red: None,
        extensions: ExtensionIds::default(),
        nack: false,
        remb: false,
    };
    let video = slot("v", MediaKind::Video, Codec::H264, 96, 10_000);
    let audio = slot("a", MediaKind::Audio, Codec::Opus, 111, 20_000);
    Purpose::View(ViewPlan { slots: vec![video, audio] })
}

pub fn numbered(mut purpose: Purpose, transport_cc: Option<u8>) -> Purpose {
    if let Purpose::View(plan) = &mut purpose {
        plan.slots.iter_mut().for_each(|slot| slot.extensions.transport_cc = transport_cc);
    }
    purpose
}

pub fn session(number: usize) -> SessionId {
    format!("s{number}").parse().expect("a slug")
}

pub fn participant(number: usize) -> ParticipantId {
    format!("p{number}").parse().expect("a slug")
}

fn credentials(name: &str) -> IceCredentials {
    IceCredentials { ufrag: name.to_owned(), pwd: format!("{name}-password-of-22-chars") }
}
