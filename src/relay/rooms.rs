//! All rooms of one worker: the demultiplexer in front of them and the contract with the shell.
//!
//! The contract: [`handle`](Rooms::handle) what came together, then [`poll`](Rooms::poll) until it returns [`Output::Timeout`]. On
//! [`Output::Transmit`] the shell sends what is in [`outbox`](Rooms::outbox), clears it, and says when that was
//! ([`sent`](Rooms::sent)) before it polls again.

use super::{
    command::{Command, Done, GoneReason, Join, RelayError, Reply, Request, RoomEvent},
    delay::{Delays, Departures},
    estimate::SendTimes,
    figures::WorkerFigures,
    media::MediaKind,
    outbox::Outbox,
    peer::{Peer, QUIET_AFTER},
    pipe,
    plan::Fingerprint,
    room::{Context, EndedTap, Gone, PEERS_MAX, Progress, Random, Room, Slates, WallClock},
    route::Route,
    shed::Shedding,
    tap::Tap,
    transport::{ice, srtp::SrtpKeys},
};
use crate::{
    id::{RoomId, SessionId},
    quantity::Bitrate,
};
use rustc_hash::FxHashMap;
use slab::Slab;
use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// A peer's number on its worker, never used twice; names it towards the handshake thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerSerial(pub u64);

/// A leg connection's number on its worker, chosen by the shell, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegConnection(pub u64);

/// One thing that happened to a worker.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram on the worker's UDP port. It is opened in place.
    Datagram {
        /// Its source, and where it arrived.
        from: Route,
        /// Its payload.
        bytes: &'a mut [u8],
    },
    /// A message from a leg's child process ([`pipe`]).
    Leg {
        /// The connection it came by.
        connection: LegConnection,
        /// The whole message.
        message: &'a mut [u8],
    },
    /// A leg's connection ended.
    LegClosed(LegConnection),
    /// Somebody's command.
    Request(Request),
    /// News from the handshake thread.
    Handshake(PeerSerial, HandshakeNews),
    /// The worker is about to end: every room is closed. Until [`Rooms::farewells`] is zero, peers are being told.
    End,
    /// The time asked for by [`Output::Timeout`] has come, or any other moment.
    Timeout,
}

/// What the handshake thread tells.
#[derive(Debug)]
pub enum HandshakeNews {
    /// Send this datagram to the peer.
    Transmit(Vec<u8>),
    /// The handshake is done and the fingerprint was right.
    Established(SrtpKeys),
    /// The handshake can't succeed.
    Failed(String),
    /// The peer closed its association.
    Closed,
}

/// Work for the handshake thread.
#[derive(Debug, PartialEq, Eq)]
pub enum HandshakeJob {
    /// A new association, we are the DTLS server; the peer's certificate must have this fingerprint.
    Start(Fingerprint),
    /// A DTLS datagram of an authenticated address.
    Datagram(Vec<u8>),
    /// The peer is gone: close the association, forget it.
    End,
}

/// One effect to carry out.
#[derive(Debug)]
pub enum Output {
    /// Send all of [`Rooms::outbox`], clear it, call [`Rooms::sent`], poll again.
    Transmit,
    /// Pass this to the handshake thread.
    Handshake(PeerSerial, HandshakeJob),
    /// Answer a request.
    Reply(Reply),
    /// Tell whoever listens.
    Event(RoomEvent),
    /// Send this message to a leg's child process; if it can't take it now, drop it.
    LegSend(LegConnection, Vec<u8>),
    /// Close a leg's or a recorder's connection.
    LegClose(LegConnection),
    /// Send what is in [`Rooms::tap`] to a recorder's process, as far as it takes it.
    TapFlush(LegConnection),
    /// Nothing more to do before this time, unless something happens.
    Timeout(Option<Instant>),
}

/// All rooms of one worker.
pub struct Rooms {
    rooms: Slab<Room>,
    by_id: FxHashMap<RoomId, usize>,
    by_address: FxHashMap<SocketAddr, Key>,
    by_ufrag: HashMap<String, Key>,
    by_serial: FxHashMap<PeerSerial, Key>,
    by_connection: FxHashMap<LegConnection, Key>,
    /// Legs whose child has not connected yet.
    by_secret: HashMap<[u8; 16], Key>,
    /// Rooms that are recorded, by their recorder's connection.
    by_tap: FxHashMap<LegConnection, usize>,
    /// Rooms that are recorded and whose recorder has not connected yet.
    by_tap_secret: HashMap<[u8; 16], usize>,
    /// Peers that are gone and where the end of their association is still to be told, until the handshake thread says that
    /// it is over; the latest [`FAREWELLS_MAX`].
    farewells: VecDeque<(PeerSerial, Route)>,
    next_serial: u64,
    now: Instant,
    wall: WallClock,
    random: Random,
    slates: Slates,
    outbox: Outbox,
    times: SendTimes,
    effects: VecDeque<Output>,
    stun: Vec<u8>,
    gathering: Duration,
    uplink_cap: Option<Bitrate>,
    /// The room being driven, so that a fault can be laid at its door.
    driving: Option<usize>,
    /// What closed rooms left behind that their recorders have not taken yet; gone with the recorder's connection.
    rests: Vec<Rest>,
    /// What is in the outbox of what was forwarded, and how long all of that stayed here.
    departures: Departures,
    delays: Delays,
    shedding: Shedding,
    counters: Counters,
}

/// The rest of a recording whose room is closed.
struct Rest {
    recorder: LegConnection,
    tap: Tap,
    /// When it is sent on.
    due: Instant,
}

/// How often the rests of closed rooms are sent on.
const REST_EVERY: Duration = Duration::from_millis(20);

/// A peer's place: its room's and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    room: usize,
    peer: usize,
}

#[derive(Default)]
struct Counters {
    datagrams_in: u64,
    datagrams_refused: u64,
}

/// Peers whose close_notify is still under way from the handshake thread: as many as four full rooms have when they close.
const FAREWELLS_MAX: usize = 4 * PEERS_MAX;

/// A connection that shows no known secret in its first message is closed.
const SECRET_BYTES: usize = 16;

impl Rooms {
    /// No rooms yet. `seed` is the only randomness ever used: initial sequence numbers and timestamps come from it.
    /// `now` and `unix` are the same moment, so that sender reports can carry wall-clock time.
    #[must_use]
    pub fn new(seed: u64, now: Instant, unix: Duration) -> Self {
        Self {
            rooms: Slab::new(),
            by_id: FxHashMap::default(),
            by_address: FxHashMap::default(),
            by_ufrag: HashMap::new(),
            by_serial: FxHashMap::default(),
            by_connection: FxHashMap::default(),
            by_secret: HashMap::new(),
            by_tap: FxHashMap::default(),
            by_tap_secret: HashMap::new(),
            farewells: VecDeque::new(),
            next_serial: 1,
            now,
            wall: WallClock { at: now, unix },
            random: Random::new(seed),
            slates: Slates::default(),
            outbox: Outbox::new(),
            times: SendTimes::new(now),
            effects: VecDeque::new(),
            stun: Vec::with_capacity(256),
            gathering: Duration::ZERO,
            uplink_cap: None,
            driving: None,
            rests: Vec::new(),
            departures: Departures::default(),
            delays: Delays::default(),
            shedding: Shedding::new(now),
            counters: Counters::default(),
        }
    }

    /// What publishers are told they may send (REMB); `None` tells them nothing.
    pub fn set_uplink_cap(&mut self, cap: Option<Bitrate>) {
        self.uplink_cap = cap;
    }

    /// How long a picture may wait for more of it, so that one send carries many packets: zero on an idle worker, up to 3 ms on
    /// a busy one. Sound never waits, nor does what ends a picture.
    pub fn set_gathering(&mut self, wait: Duration) {
        self.gathering = wait;
    }

    /// Share of its time, lately, in which the worker did not wait, 0.0 to 1.0; some times a second.
    pub fn note_busy(&mut self, share: f32) {
        self.shedding.note_busy(share);
    }

    /// Feeds one thing that happened at `now`. Then call [`poll`](Self::poll) until it returns [`Output::Timeout`].
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.now = self.now.max(now);
        match input {
            Input::Datagram { from, bytes } => self.datagram(from, bytes),
            Input::Leg { connection, message } => self.leg_message(connection, message),
            Input::LegClosed(connection) => {
                if let Some(key) = self.by_connection.get(&connection).copied() {
                    self.drive(key.room, |room, context| room.remove(key.peer, GoneReason::LegEnded, context));
                }
                if let Some(place) = self.by_tap.remove(&connection) {
                    self.drive(place, |room, _| room.tap_closed());
                }
                self.rests.retain(|rest| rest.recorder != connection);
            }
            Input::Request(request) => self.request(request),
            Input::Handshake(serial, news) => self.handshake(serial, news),
            Input::End => {
                for place in self.places() {
                    self.close(place, GoneReason::Left);
                }
            }
            Input::Timeout => {
                self.shed();
                // By number, because this comes as often as pictures wait, and must not allocate.
                for place in 0..self.rooms.capacity() {
                    if self.rooms.contains(place) {
                        self.drive(place, Room::timeout);
                    }
                }
                self.send_rests();
            }
        }
    }

    /// Decides what the worker does without while it is behind; rooms write it down.
    fn shed(&mut self) {
        if !self.shedding.look(self.now, &self.delays) {
            return;
        }
        let level = self.shedding.level();
        for (_, room) in &mut self.rooms {
            room.note_shedding(self.now, level);
        }
    }

    /// Next effect to carry out.
    pub fn poll(&mut self) -> Output {
        if let Some(effect) = self.effects.pop_front() {
            return effect;
        }
        let mut next: Option<Instant> = None;
        for place in 0..self.rooms.capacity() {
            if !self.rooms.contains(place) {
                continue;
            }
            let full = self.drive(place, Room::forward) == Progress::Full;
            if full {
                return Output::Transmit;
            }
            next = [next, self.rooms[place].next_timeout()].into_iter().flatten().min();
        }
        next = self.rests.iter().map(|rest| rest.due).chain(next).min();
        if !self.outbox.is_empty() {
            return Output::Transmit;
        }
        // Forwarding may have changed what slots carry.
        self.effects.pop_front().unwrap_or(Output::Timeout(next))
    }

    /// What waits to be sent.
    #[must_use]
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// What was in [`outbox`](Self::outbox) left between `began` and `now`. Estimates of what viewers' ways bear are made from when it
    /// began: a worker that the machine interrupts right after a send would otherwise have sent it after it arrived.
    pub fn sent(&mut self, began: Instant, now: Instant) {
        for gone in self.departures.take() {
            let delay = now.saturating_duration_since(gone.arrival);
            self.delays.add_all(gone.copies, delay);
            if let Some(room) = self.rooms.get_mut(gone.room) {
                room.left(gone.publication, gone.copies, delay);
            }
        }
        self.times.left(began);
    }

    /// After a panic inside `handle` or `poll`: drops the room that was being driven; its peers must join again.
    pub fn drop_faulty_room(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.outbox.clear();
        self.departures.clear();
        let Some(place) = self.driving.take() else { return };
        if !self.rooms.contains(place) {
            return;
        }
        let id = self.rooms.remove(place).id;
        self.by_id.remove(&id);
        let serials: Vec<PeerSerial> =
            self.by_serial.iter().filter(|(_, key)| key.room == place).map(|(&serial, _)| serial).collect();
        self.effects.extend(serials.into_iter().map(|serial| Output::Handshake(serial, HandshakeJob::End)));
        let connections: Vec<LegConnection> =
            self.by_connection.iter().filter(|(_, key)| key.room == place).map(|(&leg, _)| leg).collect();
        self.effects.extend(connections.into_iter().map(Output::LegClose));
        self.by_address.retain(|_, key| key.room != place);
        self.by_ufrag.retain(|_, key| key.room != place);
        self.by_serial.retain(|_, key| key.room != place);
        self.by_connection.retain(|_, key| key.room != place);
        self.by_secret.retain(|_, key| key.room != place);
        let recorders = self.by_tap.iter().filter(|&(_, &room)| room == place).map(|(&recorder, _)| recorder);
        self.effects.extend(recorders.map(Output::LegClose));
        self.by_tap.retain(|_, room| *room != place);
        self.by_tap_secret.retain(|_, room| *room != place);
        self.effects.push_back(Output::Event(RoomEvent::RoomLost { room: id }));
    }

    /// Figures of all rooms; the shell adds what only it knows.
    #[must_use]
    pub fn figures(&self) -> WorkerFigures {
        WorkerFigures {
            datagrams_in: self.counters.datagrams_in,
            datagrams_refused: self.counters.datagrams_refused,
            delays: self.delays,
            shed: self.shedding.level(),
            rooms: self.rooms.iter().map(|(_, room)| room.figures(self.now)).collect(),
            ..WorkerFigures::default()
        }
    }

    /// What waits for the recorder with this connection.
    pub fn tap(&mut self, recorder: LegConnection) -> Option<&mut Tap> {
        match self.by_tap.get(&recorder) {
            Some(&place) => self.rooms[place].tap_mut(),
            None => self.rests.iter_mut().find(|rest| rest.recorder == recorder).map(|rest| &mut rest.tap),
        }
    }

    /// How many peers that are gone are yet to be told so.
    #[must_use]
    pub fn farewells(&self) -> usize {
        self.farewells.len()
    }

    /// How many entries the demultiplexer holds, all tables together: zero when nobody is there.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.by_address.len()
            + self.by_ufrag.len()
            + self.by_serial.len()
            + self.by_connection.len()
            + self.by_secret.len()
            + self.by_tap.len()
            + self.by_tap_secret.len()
    }

    fn datagram(&mut self, from: Route, bytes: &mut [u8]) {
        self.counters.datagrams_in += 1;
        // RFC 7983: the first byte tells the protocol.
        let taken = match bytes.first() {
            Some(0..=3) => self.check_connectivity(from, bytes),
            Some(20..=63) => self.handshake_datagram(from.peer, bytes),
            Some(128..=191) => match self.by_address.get(&from.peer).copied() {
                Some(key) => self.drive(key.room, |room, context| room.media(key.peer, bytes, context)),
                None => false,
            },
            _ => false,
        };
        if !taken {
            self.counters.datagrams_refused += 1;
        }
    }

    fn check_connectivity(&mut self, from: Route, bytes: &[u8]) -> bool {
        let Some(key) = ice::local_ufrag(bytes).and_then(|ufrag| self.by_ufrag.get(ufrag)).copied() else {
            return false;
        };
        if self.belongs_to_another(from.peer, key) {
            return false;
        }
        let Some(peer) = self.rooms[key.room].peer_mut(key.peer) else { return false };
        let Some(webrtc) = peer.webrtc_mut() else { return false };
        self.stun.clear();
        let checked = webrtc.ice.handle(from, bytes, &mut self.stun);
        if !self.stun.is_empty() {
            self.outbox.push(from, &self.stun);
        }
        let Ok(checked) = checked else { return false };
        webrtc.last_authentic = Some(self.now);
        // A nomination after an ICE restart ends the addresses from before it.
        if checked.new_address || checked.nominated {
            let ice = &webrtc.ice;
            let by_address = &mut self.by_address;
            webrtc.addresses.retain(|&known| {
                let stays = ice.is_authentic(known);
                if !stays {
                    by_address.remove(&known);
                }
                stays
            });
            if !webrtc.addresses.contains(&from.peer) {
                webrtc.addresses.push(from.peer);
            }
            self.by_address.insert(from.peer, key);
        }
        true
    }

    /// An address belongs to the first session that proved it, until that is silent: else a participant could draw
    /// another's packets to itself by checks with a forged source.
    fn belongs_to_another(&mut self, from: SocketAddr, key: Key) -> bool {
        let Some(owner) = self.by_address.get(&from).copied().filter(|&owner| owner != key) else { return false };
        let alive = self.rooms[owner.room].peer(owner.peer).and_then(Peer::webrtc).is_some_and(|webrtc| {
            webrtc.last_authentic.is_some_and(|last| self.now.saturating_duration_since(last) < QUIET_AFTER)
        });
        if !alive && let Some(webrtc) = self.rooms[owner.room].peer_mut(owner.peer).and_then(Peer::webrtc_mut) {
            webrtc.addresses.retain(|&known| known != from);
        }
        alive
    }

    fn handshake_datagram(&mut self, from: SocketAddr, bytes: &[u8]) -> bool {
        let Some(key) = self.by_address.get(&from) else { return false };
        let Some(peer) = self.rooms[key.room].peer_mut(key.peer) else { return false };
        let serial = peer.serial;
        let Some(webrtc) = peer.webrtc_mut() else { return false };
        let Some(left) = webrtc.handshake_left.checked_sub(1) else { return false };
        webrtc.handshake_left = left;
        self.effects.push_back(Output::Handshake(serial, HandshakeJob::Datagram(bytes.to_vec())));
        true
    }

    fn handshake(&mut self, serial: PeerSerial, news: HandshakeNews) {
        let Some(key) = self.by_serial.get(&serial).copied() else { return self.farewell(serial, &news) };
        match news {
            HandshakeNews::Transmit(datagram) => {
                let webrtc = self.rooms[key.room].peer(key.peer).and_then(Peer::webrtc);
                if let Some(to) = webrtc.and_then(|webrtc| webrtc.ice.selected()) {
                    self.outbox.push(to, &datagram);
                }
            }
            HandshakeNews::Established(keys) => {
                self.drive(key.room, |room, context| room.keys(key.peer, &keys, context));
            }
            HandshakeNews::Failed(_) => {
                self.drive(key.room, |room, context| room.remove(key.peer, GoneReason::HandshakeFailed, context));
            }
            HandshakeNews::Closed => {
                self.drive(key.room, |room, context| room.remove(key.peer, GoneReason::ClosedByPeer, context));
            }
        }
    }

    /// The last a peer hears after it was removed is the end of its association, so that it need not wait for silence.
    fn farewell(&mut self, serial: PeerSerial, news: &HandshakeNews) {
        let Some(place) = self.farewells.iter().position(|&(gone, _)| gone == serial) else { return };
        match news {
            HandshakeNews::Transmit(datagram) => {
                self.outbox.push(self.farewells[place].1, datagram);
            }
            HandshakeNews::Closed | HandshakeNews::Failed(_) => {
                self.farewells.remove(place);
            }
            // Keys of a handshake that was done the moment its peer was removed.
            HandshakeNews::Established(_) => {}
        }
    }

    fn leg_message(&mut self, connection: LegConnection, message: &mut [u8]) {
        let Some(record) = pipe::parse(message) else { return };
        match (self.by_connection.get(&connection).copied(), record.kind) {
            (Some(key), pipe::Kind::Rtp) => {
                let (track, body) = (record.track, record.body);
                self.drive(key.room, |room, context| room.leg_media(key.peer, track, body, context));
            }
            (Some(_), _) => {}
            (None, pipe::Kind::Hello) if record.body.len() == SECRET_BYTES => {
                let secret: [u8; SECRET_BYTES] = (&*record.body).try_into().expect("the length was just compared");
                match self.by_secret.remove(&secret) {
                    Some(key) => {
                        self.by_connection.insert(connection, key);
                        self.drive(key.room, |room, context| room.leg_connected(key.peer, connection, context));
                    }
                    None => match self.by_tap_secret.remove(&secret) {
                        Some(place) => {
                            self.by_tap.insert(connection, place);
                            self.drive(place, |room, _| room.tap_connected(connection));
                        }
                        None => self.effects.push_back(Output::LegClose(connection)),
                    },
                }
            }
            (None, _) => self.effects.push_back(Output::LegClose(connection)),
        }
    }

    fn request(&mut self, request: Request) {
        let result = self.obey(request.command);
        self.effects.push_back(Output::Reply(Reply { id: request.id, result }));
    }

    fn obey(&mut self, command: Command) -> Result<Done, RelayError> {
        match command {
            Command::OpenRoom { room, codec } => {
                if self.by_id.contains_key(&room) {
                    return Err(RelayError::RoomExists(room));
                }
                if codec.kind() != MediaKind::Video {
                    return Err(RelayError::InvalidPlan("a meeting's codec is a video codec".into()));
                }
                let place = self.rooms.insert(Room::new(room, codec));
                self.by_id.insert(room, place);
            }
            Command::CloseRoom { room } => {
                let place = self.room(room)?;
                self.close(place, GoneReason::RoomClosed);
            }
            Command::Join(join) => self.join(*join)?,
            Command::AttachLeg(attach) => {
                let place = self.room(attach.room)?;
                if self.by_secret.contains_key(&attach.secret) {
                    return Err(RelayError::SessionExists(attach.session));
                }
                let serial = self.new_serial();
                let secret = attach.secret;
                let peer = self.drive(place, |room, context| room.attach_leg(*attach, serial, context))?;
                self.by_serial.insert(serial, Key { room: place, peer });
                self.by_secret.insert(secret, Key { room: place, peer });
            }
            Command::Leave { room, session } => {
                let key = self.session(room, session)?;
                self.drive(key.room, |room, context| room.remove(key.peer, GoneReason::Left, context));
            }
            Command::Remove { room, session } => {
                let key = self.session(room, session)?;
                self.drive(key.room, |room, context| room.remove(key.peer, GoneReason::Removed, context));
            }
            Command::RestartIce { room, session, local, remote } => {
                let key = self.session(room, session.clone())?;
                if self.by_ufrag.contains_key(&local.ufrag) {
                    return Err(RelayError::SessionExists(session));
                }
                self.by_ufrag.insert(local.ufrag.clone(), key);
                self.rooms[key.room].restart_ice(key.peer, local, remote);
                self.forget_old_ufrags(key);
            }
            Command::SetStage { room, stage } => {
                let place = self.room(room)?;
                self.drive(place, |room, context| room.set_stage(stage, context));
            }
            Command::Wish { room, session, wishes } => {
                let key = self.session(room, session)?;
                self.drive(key.room, |room, context| room.wish(key.peer, wishes, context));
            }
            Command::StartTap { room, secret, cameras } => {
                let place = self.room(room)?;
                let (run, replaced) = self.drive(place, |room, context| room.start_tap(secret, cameras, context));
                self.by_tap_secret.retain(|_, waiting| *waiting != place);
                self.by_tap_secret.insert(secret, place);
                if let Some(recorder) = replaced {
                    self.by_tap.remove(&recorder);
                    self.effects.push_back(Output::LegClose(recorder));
                }
                return Ok(Done::Tapped { run });
            }
            Command::MarkTap { room, mark } => {
                let place = self.room(room)?;
                if !self.drive(place, |room, context| room.mark_tap(&mark, context)) {
                    return Err(RelayError::NotRecorded(room));
                }
            }
            Command::StopTap { room } => {
                let place = self.room(room)?;
                self.drive(place, Room::stop_tap);
            }
            Command::Flight { room } => {
                let place = self.room(room)?;
                return Ok(Done::Flight(Box::new(self.rooms[place].flight(self.now, self.wall))));
            }
            Command::Figures => return Ok(Done::Figures(Box::new(self.figures()))),
        }
        Ok(Done::Ok)
    }

    /// Ends a room; its peers are told.
    fn close(&mut self, place: usize, reason: GoneReason) {
        self.drive(place, |room, context| room.close(reason, context));
        if let Some(EndedTap { tap, connection, secret, is_stopped }) = self.drive(place, |room, _| room.end_tap()) {
            self.by_tap_secret.remove(&secret);
            if let Some(connection) = connection {
                self.by_tap.remove(&connection);
                if is_stopped && tap.waiting() > 0 {
                    self.rests.push(Rest { recorder: connection, tap, due: self.now + REST_EVERY });
                } else {
                    self.effects.push_back(Output::LegClose(connection));
                }
            }
        }
        let id = self.rooms.remove(place).id;
        self.by_id.remove(&id);
    }

    /// Has what closed rooms left behind sent to their recorders, as far as they take it. They close when they have it all.
    fn send_rests(&mut self) {
        for rest in self.rests.iter_mut().filter(|rest| rest.due <= self.now) {
            rest.tap.tick();
            rest.due = self.now + REST_EVERY;
            self.effects.push_back(Output::TapFlush(rest.recorder));
        }
    }

    fn places(&self) -> Vec<usize> {
        self.rooms.iter().map(|(place, _)| place).collect()
    }

    fn join(&mut self, join: Join) -> Result<(), RelayError> {
        let place = self.room(join.room)?;
        let ufrag = join.transport.local.ufrag.clone();
        if self.by_ufrag.contains_key(&ufrag) {
            return Err(RelayError::SessionExists(join.session));
        }
        let serial = self.new_serial();
        let peer = self.drive(place, |room, context| room.join(join, serial, context))?;
        let key = Key { room: place, peer };
        self.by_ufrag.insert(ufrag, key);
        self.by_serial.insert(serial, key);
        Ok(())
    }

    /// After an ICE restart only the user fragments that are still answered lead to a peer: the new one and the last that
    /// the peer took up.
    fn forget_old_ufrags(&mut self, key: Key) {
        let webrtc = self.rooms[key.room].peer_mut(key.peer).and_then(Peer::webrtc_mut);
        let Some(webrtc) = webrtc else { return };
        let (ice, by_ufrag) = (&webrtc.ice, &mut self.by_ufrag);
        webrtc.ufrags.retain(|ufrag| {
            let stays = ufrag == ice.local_ufrag() || Some(ufrag.as_str()) == ice.previous_ufrag();
            if !stays {
                by_ufrag.remove(ufrag);
            }
            stays
        });
    }

    fn new_serial(&mut self) -> PeerSerial {
        self.next_serial += 1;
        PeerSerial(self.next_serial)
    }

    fn room(&self, id: RoomId) -> Result<usize, RelayError> {
        self.by_id.get(&id).copied().ok_or(RelayError::NoSuchRoom(id))
    }

    fn session(&self, id: RoomId, session: SessionId) -> Result<Key, RelayError> {
        let room = self.room(id)?;
        let peer = self.rooms[room].place_of(&session).ok_or(RelayError::NoSuchSession(session))?;
        Ok(Key { room, peer })
    }

    /// One step of one room, then the traces of peers that left in it are wiped and its news told.
    fn drive<T>(&mut self, place: usize, step: impl FnOnce(&mut Room, &mut Context<'_>) -> T) -> T {
        self.driving = Some(place);
        self.departures.enter(place);
        let room = &mut self.rooms[place];
        let mut context = Context {
            now: self.now,
            effects: &mut self.effects,
            outbox: &mut self.outbox,
            departures: &mut self.departures,
            times: &self.times,
            random: &mut self.random,
            wall: self.wall,
            slates: &self.slates,
            gathering: self.gathering,
            shed: self.shedding.level(),
            uplink_cap: self.uplink_cap,
        };
        let outcome = step(room, &mut context);
        room.announce(&mut context);
        if room.has_gone() {
            let gone = room.take_gone();
            self.wipe(place, gone);
        }
        self.driving = None;
        outcome
    }

    fn wipe(&mut self, room: usize, gone: Vec<Gone>) {
        for gone in gone {
            let key = Key { room, peer: gone.peer };
            self.by_serial.remove(&gone.serial);
            if let Some(address) = gone.last_address {
                if self.farewells.len() == FAREWELLS_MAX {
                    self.farewells.pop_front();
                }
                self.farewells.push_back((gone.serial, address));
            }
            for ufrag in &gone.ufrags {
                self.by_ufrag.remove(ufrag);
            }
            for address in &gone.addresses {
                if self.by_address.get(address) == Some(&key) {
                    self.by_address.remove(address);
                }
            }
            if let Some(secret) = &gone.secret {
                self.by_secret.remove(secret);
            }
            if let Some(connection) = &gone.connection {
                self.by_connection.remove(connection);
            }
        }
    }
}
