//! The simulated network: one worker's rooms, clients with links of their own, and a watch on the wire.

use crate::busy::Busy;
use crate::client::{
    BUFFER, CAPTURED, Client, LEVEL, Layer, Publishing, REPAIRED_RID, RID, TRANSPORT_CC, Track, Viewing, Work,
};
use crate::media::Shape;
use crate::network::{Bottleneck, Cubic, SEGMENT};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    net::SocketAddr,
    time::{Duration, Instant},
};
use yunling::{
    id::{ParticipantId, RequestId, RoomId, SessionId},
    relay::{
        arrivals::Arrivals,
        command::{Command, Done, Join, Purpose, RelayError, Request, RoomEvent, SlotContent, Want, Wish},
        figures::WorkerFigures,
        media::{Codec, MediaKind, Mid, Pt, Rid, Role, Ssrc},
        plan::{
            ExtensionIds, Fingerprint, IceCredentials, PublishPlan, PublishedMedia, SlotCodec, SlotPlan, TransportPlan,
            ViewPlan,
        },
        rooms::{HandshakeJob, HandshakeNews, Input, Output, PeerSerial, Rooms},
        rtp,
        stage::{Heard, Stage},
        transport::srtp::{Opener, Profile, SrtpKeys},
    },
};

pub(crate) const ROOM: RoomId = RoomId(1);

/// Payload type of a camera's retransmissions.
const RTX: u8 = 97;

/// Payload type of packets of sound that carry others.
const RED: u8 = 63;

/// What passes a line.
pub(crate) enum Passing {
    /// A client's datagram.
    Datagram(usize, Vec<u8>),
    /// A TCP flow's packet, and when it was sent.
    Segment(usize, Instant),
}

/// One client's path, the same both ways.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) delay: Duration,
    /// Added at random; packets may overtake each other.
    pub(crate) jitter: Duration,
    pub(crate) loss: f64,
}

impl Default for Link {
    fn default() -> Self {
        Self { delay: Duration::from_millis(5), jitter: Duration::ZERO, loss: 0.0 }
    }
}

/// Loss in bursts, and whether one is on, from the relay and to it.
struct Bursts {
    share: f64,
    mean: f64,
    bad: [bool; 2],
}

pub(crate) struct Sim {
    pub(crate) rooms: Rooms,
    pub(crate) now: Instant,
    pub(crate) seed: u64,
    pub(crate) clients: Vec<Client>,
    pub(crate) sessions: Vec<SessionId>,
    pub(crate) events: Vec<RoomEvent>,
    pub(crate) gone: Vec<PeerSerial>,
    random: u64,
    links: Vec<Link>,
    bursts: HashMap<usize, Bursts>,
    /// Clients whose machine is busy.
    busy: Vec<Option<Busy>>,
    /// Lines with a rate that viewers' packets pass, and whose passes which.
    pub(crate) lines: Vec<Bottleneck<Passing>>,
    routes: Vec<Option<usize>>,
    /// TCP flows beside them: over which line, from when on, and what of theirs is to be acknowledged or was lost.
    pub(crate) flows: Vec<(usize, Instant, Cubic)>,
    acknowledgements: Vec<(Instant, usize, bool, Instant)>,
    taps: Vec<Opener>,
    sealed: HashSet<(usize, u32, u64)>,
    /// Packets of sound, which may leave again as the same bytes.
    sounds: HashSet<(usize, Vec<u8>)>,
    flying: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    payloads: HashMap<u64, (usize, bool, SocketAddr, Vec<u8>)>,
    sent: u64,
    wake: Option<Instant>,
    serials: Vec<PeerSerial>,
    /// How many nanoseconds the worker's machine takes for a byte it sends, and until when it is at it; nothing if it takes no time.
    pub(crate) machine: Option<(u64, Instant)>,
    /// For how long the worker is interrupted right after its next send.
    pub(crate) interruption: Option<Duration>,
    replies: Vec<Result<Done, RelayError>>,
    requests: u64,
    restarts: u64,
}

pub(crate) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(crate) fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn participant(name: &str) -> ParticipantId {
    name.parse().expect("a slug")
}

impl Sim {
    pub(crate) fn seeded(seed: u64) -> Self {
        let now = Instant::now();
        let mut sim = Self {
            rooms: Rooms::new(seed, now, secs(1_700_000_000)),
            now,
            seed,
            clients: Vec::new(),
            sessions: Vec::new(),
            events: Vec::new(),
            gone: Vec::new(),
            random: seed ^ 0x5851_f42d_4c95_7f2d,
            links: Vec::new(),
            bursts: HashMap::new(),
            busy: Vec::new(),
            lines: Vec::new(),
            routes: Vec::new(),
            flows: Vec::new(),
            acknowledgements: Vec::new(),
            taps: Vec::new(),
            sealed: HashSet::new(),
            sounds: HashSet::new(),
            flying: BinaryHeap::new(),
            payloads: HashMap::new(),
            sent: 0,
            wake: None,
            serials: Vec::new(),
            machine: None,
            interruption: None,
            replies: Vec::new(),
            requests: 0,
            restarts: 0,
        };
        sim.command(Command::OpenRoom { room: ROOM, codec: Codec::H264 }).expect("a new room");
        sim.stage(None);
        sim
    }

    pub(crate) fn draw(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    pub(crate) fn command(&mut self, command: Command) -> Result<Done, RelayError> {
        self.requests += 1;
        let request = Request { id: RequestId(self.requests), command };
        self.rooms.handle(self.now, Input::Request(request));
        self.drain();
        self.replies.pop().expect("every request is answered at once")
    }

    /// Puts somebody on air; everybody may be heard.
    pub(crate) fn stage(&mut self, on_air: Option<&str>) {
        let stage = Stage { on_air: on_air.map(participant), heard: Heard::All };
        self.command(Command::SetStage { room: ROOM, stage }).expect("the room is open");
    }

    pub(crate) fn wish(&mut self, client: usize, mid: &str, want: Want) {
        self.wish_pixels(client, mid, want, None);
    }

    pub(crate) fn wish_pixels(&mut self, client: usize, mid: &str, want: Want, pixels_max: Option<u32>) {
        let wish = Wish { mid: Mid(mid.into()), want, pixels_max, priority: 0 };
        let session = self.sessions[client].clone();
        self.command(Command::Wish { room: ROOM, session, wishes: vec![wish] }).expect("the session is there");
    }

    /// A camera (25 frames a second) and a microphone.
    pub(crate) fn publisher(&mut self, name: &str, source: u16, shape: Shape) -> usize {
        self.publisher_with(name, source, Some(shape), true, |_| {})
    }

    pub(crate) fn publisher_with(
        &mut self,
        name: &str,
        source: u16,
        shape: Option<Shape>,
        sound: bool,
        adjust: impl FnOnce(&mut Publishing),
    ) -> usize {
        let mut publishing = Publishing::new(source, shape.unwrap_or(Shape::H264));
        adjust(&mut publishing);
        let transport_cc = publishing.transport.is_some().then_some(TRANSPORT_CC);
        let codec = if shape == Some(Shape::Vp8) { Codec::Vp8 } else { Codec::H264 };
        let base = u32::from(source) * 1000 + 7;
        let line = |mid: &str, codec: Codec, pt, ssrc| PublishedMedia {
            mid: Mid(mid.into()),
            codec,
            pt: Pt(pt),
            rtx: (codec != Codec::Opus).then_some(Pt(RTX)),
            red: (codec == Codec::Opus).then_some(Pt(RED)),
            ssrc: Some(Ssrc(ssrc)),
            rtx_ssrc: None,
            rids: Vec::new(),
            extensions: ExtensionIds {
                transport_cc,
                audio_level: Some(LEVEL),
                abs_capture_time: Some(CAPTURED),
                ..ExtensionIds::default()
            },
            nack: true,
            pli: true,
            remb: true,
        };
        let mut media = Vec::new();
        if shape.is_some() {
            media.push(line("v", codec, 96, base));
        }
        if sound {
            media.push(line("a", Codec::Opus, 111, base + 1));
        }
        let keys = self.join(name, Purpose::Publish(PublishPlan { role: Role::Main, media }));
        let client = self.add_client(&keys, Work::Publish(Box::new(publishing)));
        let now = self.now + ms(self.draw(40));
        let one = &mut self.clients[client];
        let (video, audio) = (
            shape.map(|_| Track::new(96, base, ms(40), now, &mut one.sealer).with_rtx(RTX, base + 2, &mut one.sealer)),
            sound.then(|| Track::new(111, base + 1, ms(20), now, &mut one.sealer)),
        );
        let publishing = one.publishing();
        (publishing.video, publishing.audio) = (video, audio);
        client
    }

    /// A camera that sends three layers of these sizes a packet, the smallest first. Their sources are `source` and the next two.
    pub(crate) fn layered(&mut self, name: &str, source: u16, shape: Shape, sizes: [usize; 3]) -> usize {
        let codec = if shape == Shape::Vp8 { Codec::Vp8 } else { Codec::H264 };
        let rids = ["l", "m", "h"];
        let line = PublishedMedia {
            mid: Mid("v".into()),
            codec,
            pt: Pt(96),
            rtx: Some(Pt(RTX)),
            red: None,
            ssrc: None,
            rtx_ssrc: None,
            rids: rids.iter().map(|&rid| Rid(rid.into())).collect(),
            extensions: ExtensionIds { rid: Some(RID), repaired_rid: Some(REPAIRED_RID), ..ExtensionIds::default() },
            nack: true,
            pli: true,
            remb: true,
        };
        let keys = self.join(name, Purpose::Publish(PublishPlan { role: Role::Main, media: vec![line] }));
        let client = self.add_client(&keys, Work::Publish(Box::new(Publishing::new(source, shape))));
        let now = self.now + ms(self.draw(40));
        let one = &mut self.clients[client];
        let mut layers = Vec::new();
        for (rank, rid) in rids.into_iter().enumerate() {
            let ssrc = u32::from(source) * 1000 + 10 * rank as u32 + 7;
            let track = Track::new(96, ssrc, ms(40), now, &mut one.sealer).with_rtx(RTX, ssrc + 1, &mut one.sealer);
            layers.push(Layer::new(rid, track, sizes[rank]));
        }
        one.publishing().layers = layers;
        client
    }

    /// Layers of a camera that the relay last said somebody needs; none if it never said.
    pub(crate) fn wanted_layers(&self, client: usize) -> Vec<String> {
        let session = &self.sessions[client];
        let last = self.events.iter().rev().find_map(|event| match event {
            RoomEvent::Layers { session: of, lines, .. } if of == session => Some(&lines[0].rids),
            _ => None,
        });
        last.map(|rids| rids.iter().map(|rid| rid.0.clone()).collect()).unwrap_or_default()
    }

    /// Runs while a camera sends what it is told that somebody needs, as our pages do.
    pub(crate) fn run_obeying(&mut self, camera: usize, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.run(ms(10));
            let wanted = self.wanted_layers(camera);
            for layer in &mut self.clients[camera].publishing().layers {
                layer.active = wanted.is_empty() || wanted.iter().any(|rid| rid == layer.rid);
            }
        }
    }

    /// A viewer that can show both codecs.
    pub(crate) fn viewer(&mut self, name: &str, video: usize, audio: usize, rtx: bool) -> usize {
        self.add_viewer(name, video, audio, rtx, None)
    }

    fn add_viewer(&mut self, name: &str, video: usize, audio: usize, rtx: bool, transport_cc: Option<u8>) -> usize {
        self.add_viewer_of(name, video, audio, rtx, transport_cc, false)
    }

    fn add_viewer_of(
        &mut self,
        name: &str,
        video: usize,
        audio: usize,
        rtx: bool,
        transport_cc: Option<u8>,
        states: bool,
    ) -> usize {
        let first = 0x7000_0000 + (self.clients.len() as u32) * 0x100;
        let codec = |codec, pt, rtx_pt: u8| SlotCodec { codec, pt: Pt(pt), rtx: rtx.then_some(Pt(rtx_pt)) };
        let slot = |kind, mid: String, ssrc, codecs| SlotPlan {
            mid: Mid(mid),
            kind,
            ssrc: Ssrc(ssrc),
            rtx_ssrc: rtx.then_some(Ssrc(ssrc + 0x80)),
            codecs,
            red: None,
            extensions: ExtensionIds {
                mid: Some(3),
                transport_cc,
                abs_capture_time: transport_cc.is_none().then_some(CAPTURED),
                ..ExtensionIds::default()
            },
            nack: rtx,
            remb: states && kind == MediaKind::Video,
        };
        let pictures = (0..video).map(|number| {
            let codecs = vec![codec(Codec::H264, 102, 103), codec(Codec::Vp8, 96, 97)];
            slot(MediaKind::Video, format!("v{number}"), first + number as u32, codecs)
        });
        let sounds = (0..audio).map(|number| {
            slot(
                MediaKind::Audio,
                format!("a{number}"),
                first + 0x40 + number as u32,
                vec![codec(Codec::Opus, 111, 112)],
            )
        });
        let slots: Vec<SlotPlan> = pictures.chain(sounds).collect();
        let keys = self.join(name, Purpose::View(ViewPlan { slots: slots.clone() }));
        self.add_client(&keys, Work::View(Box::new(Viewing::new(slots, rtx))))
    }

    /// Who only listens, with so many sound slots and without RTX, as browsers do; it tells what it loses.
    pub(crate) fn listener(&mut self, name: &str, slots: usize, red: bool, nack: bool) -> usize {
        let first = 0x7000_0000 + (self.clients.len() as u32) * 0x100;
        let slot = |number: u32| SlotPlan {
            mid: Mid(format!("a{number}")),
            kind: MediaKind::Audio,
            ssrc: Ssrc(first + number),
            rtx_ssrc: None,
            codecs: vec![SlotCodec { codec: Codec::Opus, pt: Pt(111), rtx: None }],
            red: red.then_some(Pt(RED)),
            extensions: ExtensionIds { mid: Some(3), ..ExtensionIds::default() },
            nack,
            remb: false,
        };
        let slots: Vec<SlotPlan> = (0..slots as u32).map(slot).collect();
        let keys = self.join(name, Purpose::View(ViewPlan { slots: slots.clone() }));
        let mut viewing = Viewing::new(slots, nack);
        viewing.reports = true;
        self.add_client(&keys, Work::View(Box::new(viewing)))
    }

    /// A viewer that reports when its packets arrive, over a line of its own or another's.
    pub(crate) fn viewer_over(&mut self, name: &str, video: usize, audio: usize, line: Option<usize>) -> usize {
        let client = self.add_viewer(name, video, audio, true, Some(TRANSPORT_CC));
        let epoch = self.now;
        self.clients[client].viewing().arrivals = Some(Arrivals::new(TRANSPORT_CC, epoch));
        self.routes[client] = line;
        client
    }

    /// A viewer that can't report arrivals and states the most its way bears.
    pub(crate) fn viewer_stating(&mut self, name: &str, video: usize, audio: usize, line: Option<usize>) -> usize {
        let client = self.add_viewer_of(name, video, audio, true, None, true);
        self.clients[client].viewing().states = true;
        self.routes[client] = line;
        client
    }

    /// A line of so many kilobits a second behind a queue of so many milliseconds.
    pub(crate) fn line(&mut self, kbps: u64, queue_ms: u64) -> usize {
        self.lines.push(Bottleneck::new(kbps, queue_ms));
        self.lines.len() - 1
    }

    /// A greedy TCP flow over a line.
    pub(crate) fn flow(&mut self, line: usize, round_trip: Duration) -> usize {
        self.flows.push((line, self.now, Cubic::new(round_trip)));
        self.flows.len() - 1
    }

    /// What the relay believes a viewer's way to bear, bits per second.
    pub(crate) fn bearable(&mut self, client: usize) -> u64 {
        let session = self.sessions[client].clone();
        let figures = self.figures();
        let mut peers = figures.rooms.iter().flat_map(|room| &room.peers);
        peers.find(|peer| peer.session == session).and_then(|peer| peer.bearable_bps).unwrap_or(0)
    }

    pub(crate) fn link(&mut self, client: usize, link: Link) {
        self.links[client] = link;
    }

    /// The client's machine is busy from now on.
    pub(crate) fn burden(&mut self, client: usize) {
        self.busy[client] = Some(Busy::new(self.now));
    }

    /// The client goes on from another address.
    pub(crate) fn move_address(&mut self, client: usize) {
        let port = self.clients[client].address.port() + 1000;
        self.clients[client].address.set_port(port);
        self.clients[client].next_check = self.now;
    }

    /// ICE restart: new credentials on both sides, everything else stays.
    pub(crate) fn restart_ice(&mut self, client: usize) {
        self.restarts += 1;
        let local = credentials(&format!("relay-r{}", self.restarts));
        let remote = credentials(&format!("client-r{}", self.restarts));
        let session = self.sessions[client].clone();
        self.clients[client].local = remote.clone();
        self.clients[client].remote = local.clone();
        self.clients[client].next_check = self.now + ms(3);
        self.command(Command::RestartIce { room: ROOM, session, local, remote }).expect("the session is there");
    }

    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.now += ms(1);
            let mut out = Vec::new();
            for client in 0..self.clients.len() {
                if !self.works(client) {
                    continue;
                }
                self.clients[client].send(self.now, &mut out);
                for datagram in out.drain(..) {
                    self.fly(client, true, self.now, datagram);
                }
            }
            self.pass();
            self.deliver();
            if self.wake.is_some_and(|wake| wake <= self.now) {
                self.rooms.handle(self.now, Input::Timeout);
                self.drain();
            }
        }
    }

    /// Runs until `done`, at most for `limit`.
    pub(crate) fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&mut Self) -> bool) -> Duration {
        let start = self.now;
        while !done(self) {
            assert!(self.now - start < limit, "seed {}: it did not happen within {limit:?}", self.seed);
            self.run(ms(1));
        }
        self.now - start
    }

    pub(crate) fn figures(&mut self) -> WorkerFigures {
        match self.command(Command::Figures) {
            Ok(Done::Figures(figures)) => *figures,
            other => panic!("no figures: {other:?}"),
        }
    }

    /// What the client's slots carried at last.
    pub(crate) fn contents(&self, client: usize) -> Vec<SlotContent> {
        let session = &self.sessions[client];
        let last = self.events.iter().rev().find_map(|event| match event {
            RoomEvent::Slots { session: of, slots, .. } if of == session => Some(slots),
            _ => None,
        });
        last.map(|slots| slots.iter().map(|slot| slot.content).collect()).unwrap_or_default()
    }

    pub(crate) fn inject(&mut self, from: SocketAddr, datagram: &mut [u8]) {
        self.rooms.handle(self.now, Input::Datagram { from: from.into(), bytes: datagram });
        self.drain();
    }

    pub(crate) fn news(&mut self, client: usize, news: HandshakeNews) {
        let serial = self.serials[client];
        self.rooms.handle(self.now, Input::Handshake(serial, news));
        self.drain();
    }

    /// The worker is about to end.
    pub(crate) fn end(&mut self) {
        self.rooms.handle(self.now, Input::End);
        self.drain();
    }

    fn join(&mut self, name: &str, purpose: Purpose) -> SrtpKeys {
        let number = self.clients.len();
        let session: SessionId = format!("s{number}").parse().expect("a slug");
        let join = Join {
            room: ROOM,
            session: session.clone(),
            participant: participant(name),
            name: name.to_owned(),
            transport: TransportPlan {
                local: credentials(&format!("relay{number}")),
                remote: credentials(&format!("client{number}")),
                fingerprint: Fingerprint([number as u8; 32]),
            },
            purpose,
        };
        self.command(Command::Join(Box::new(join))).expect("there is room");
        self.sessions.push(session);
        let material: Vec<u8> = (0..56).map(|byte| byte as u8 ^ number as u8).collect();
        let ours = SrtpKeys::from_exporter(Profile::AeadAes128Gcm, &material, true);
        self.news(number, HandshakeNews::Established(ours));
        SrtpKeys::from_exporter(Profile::AeadAes128Gcm, &material, false)
    }

    fn add_client(&mut self, keys: &SrtpKeys, work: Work) -> usize {
        let number = self.clients.len();
        let address = SocketAddr::from(([127, 0, 0, 1], 2000 + number as u16));
        let mut client = Client::new(address, credentials(&format!("client{number}")), keys, work, self.now);
        client.remote = credentials(&format!("relay{number}"));
        self.clients.push(client);
        self.links.push(Link::default());
        self.busy.push(None);
        self.routes.push(None);
        self.taps.push(Opener::new(keys));
        number
    }

    /// Packets of this client are lost in bursts from now on, both ways (Gilbert, Elliott): this share of them, so many at once
    /// in the mean.
    pub(crate) fn bursts(&mut self, client: usize, share: f64, mean: f64) {
        self.bursts.insert(client, Bursts { share, mean, bad: [false; 2] });
    }

    /// Whether a burst takes this packet.
    fn is_struck(&mut self, client: usize, up: bool) -> bool {
        let Some(&Bursts { share, mean, bad }) = self.bursts.get(&client) else { return false };
        let turns = if bad[usize::from(up)] { 1.0 / mean } else { share / (1.0 - share) / mean };
        let turned = (self.draw(1_000_000) as f64) < turns * 1_000_000.0;
        let bad = bad[usize::from(up)] != turned;
        self.bursts.entry(client).and_modify(|bursts| bursts.bad[usize::from(up)] = bad);
        bad
    }

    fn fly(&mut self, client: usize, up: bool, at: Instant, datagram: Vec<u8>) {
        let link = self.links[client];
        if self.is_struck(client, up) {
            return;
        }
        if (self.draw(1_000_000) as f64) < link.loss * 1_000_000.0 {
            return;
        }
        if let Some(line) = self.routes[client].filter(|_| !up) {
            let bytes = datagram.len();
            self.lines[line].push(at, Passing::Datagram(client, datagram), bytes);
            return;
        }
        self.depart(client, up, at, datagram);
    }

    /// A datagram is on its way, past any line.
    fn depart(&mut self, client: usize, up: bool, at: Instant, datagram: Vec<u8>) {
        let link = self.links[client];
        let jitter = link.jitter.as_micros() as u64;
        let extra = if jitter == 0 { 0 } else { self.draw(jitter) };
        self.sent += 1;
        let from = self.clients[client].address;
        self.payloads.insert(self.sent, (client, up, from, datagram));
        self.flying.push(Reverse((at + link.delay + Duration::from_micros(extra), self.sent, client)));
    }

    /// What lines and the TCP flows over them do in this millisecond.
    fn pass(&mut self) {
        let now = self.now;
        for (number, (line, from, flow)) in self.flows.iter_mut().enumerate() {
            while *from <= now && flow.sends() {
                let line = &mut self.lines[*line];
                if line.push(now, Passing::Segment(number, now), SEGMENT).is_some() {
                    // Noticed when what was queued before it has been acknowledged.
                    self.acknowledgements.push((now + line.delay() + flow.round_trip, number, false, now));
                }
            }
        }
        for line in 0..self.lines.len() {
            while let Some((at, passed)) = self.lines[line].pop(now) {
                match passed {
                    Passing::Datagram(client, datagram) => self.depart(client, false, at, datagram),
                    Passing::Segment(flow, sent) => {
                        self.acknowledgements.push((at + self.flows[flow].2.round_trip, flow, true, sent));
                    }
                }
            }
        }
        let flows = &mut self.flows;
        self.acknowledgements.retain(|&(at, flow, arrived, sent)| {
            let due = at <= now;
            match (due, arrived) {
                (true, true) => flows[flow].2.acknowledged(now, sent),
                (true, false) => flows[flow].2.lost(now, sent),
                (false, _) => {}
            }
            !due
        });
    }

    fn deliver(&mut self) {
        while let Some(&Reverse((at, id, _))) = self.flying.peek() {
            if at > self.now {
                break;
            }
            self.flying.pop();
            let Some((client, up, from, mut datagram)) = self.payloads.remove(&id) else { continue };
            if up {
                self.inject(from, &mut datagram);
            } else if let Some(busy) = &mut self.busy[client] {
                busy.queue(datagram);
            } else {
                self.clients[client].take(self.now, &mut datagram);
            }
        }
    }

    /// Whether a client's machine gets to its work; if it is a busy one, it then reads what has come.
    fn works(&mut self, client: usize) -> bool {
        let Some(mut busy) = self.busy[client].take() else { return true };
        let works = busy.works(self.now, |below| self.draw(below));
        if works {
            busy.read().for_each(|mut datagram| self.clients[client].take(self.now, &mut datagram));
        }
        self.busy[client] = Some(busy);
        works
    }

    pub(crate) fn drain(&mut self) {
        loop {
            match self.rooms.poll() {
                Output::Transmit => self.transmit(),
                Output::Handshake(serial, HandshakeJob::Start(_)) => self.serials.push(serial),
                Output::Handshake(serial, HandshakeJob::End) => self.gone.push(serial),
                Output::Handshake(_, HandshakeJob::Datagram(_))
                | Output::LegSend(..)
                | Output::LegClose(_)
                | Output::TapFlush(_) => {}
                Output::Reply(reply) => self.replies.push(reply.result),
                Output::Event(event) => self.events.push(event),
                Output::Timeout(wake) => {
                    self.wake = wake;
                    return;
                }
            }
        }
    }

    fn transmit(&mut self) {
        let mut out = Vec::new();
        for run in self.rooms.outbox().runs() {
            out.extend(run.bytes.chunks(run.segment).map(|datagram| (run.to, datagram.to_vec())));
        }
        let bytes: usize = out.iter().map(|(_, datagram): &(SocketAddr, Vec<u8>)| datagram.len()).sum();
        self.rooms.outbox().clear();
        let left = self.machine.as_mut().map_or(self.now, |(nanos, busy_until)| {
            *busy_until = (*busy_until).max(self.now) + Duration::from_nanos(*nanos * bytes as u64);
            // What is further behind finds a full socket: the kernel drops it.
            *busy_until = (*busy_until).min(self.now + ms(400));
            *busy_until
        });
        let interrupted = self.interruption.take().unwrap_or_default();
        self.rooms.sent(left, left + interrupted);
        for (to, datagram) in out {
            let Some(client) = self.clients.iter().position(|client| client.address == to) else { continue };
            self.watch(client, &datagram);
            self.fly(client, false, left, datagram);
        }
    }

    /// One (key, SSRC, index) seals at most one packet.
    fn watch(&mut self, client: usize, datagram: &[u8]) {
        if datagram[0] < 128 || rtp::is_rtcp(datagram) {
            return;
        }
        let header = rtp::Header::parse(datagram).expect("the relay sends whole packets");
        if let Work::View(viewing) = &self.clients[client].work
            && viewing.slots.iter().any(|slot| slot.kind == MediaKind::Audio && slot.ssrc.0 == header.ssrc)
            && !self.sounds.insert((client, datagram.to_vec()))
        {
            return;
        }
        let mut copy = [0; BUFFER];
        copy[..datagram.len()].copy_from_slice(datagram);
        let opened = self.taps[client].open(header.len, &mut copy[..datagram.len()]);
        let opened = opened.unwrap_or_else(|fault| panic!("seed {}: on the wire: {fault}", self.seed));
        let fresh = self.sealed.insert((client, header.ssrc, opened.index));
        assert!(fresh, "seed {}: index {} of {} was sealed twice", self.seed, opened.index, header.ssrc);
    }
}

pub(crate) fn credentials(name: &str) -> IceCredentials {
    IceCredentials { ufrag: name.to_owned(), pwd: format!("{name}-password-of-22-chars") }
}
