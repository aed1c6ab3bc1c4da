//! A meeting's media while on air (媒体房间): peers come and go, publications find their way into slots.
//!
//! [`Room`] takes what its worker's demultiplexer gives it and leaves effects in the [`Context`]. `assign` decides what every
//! slot carries, `forward` carries it out packet by packet, `tick` does what time asks for. It does not know what a meeting
//! is, and reads no clock.

mod assign;
mod feedback;
mod forward;
mod grant;
mod layers;
mod lips;
mod pace;
mod record;
mod replay;
mod tick;

pub use forward::Progress;
pub use record::EndedTap;

use super::{
    arrivals::Arrivals,
    clock::PeerClock,
    codec::red,
    command::{AttachLeg, GoneReason, Join, PublicationInfo, Purpose, RelayError, RoomEvent, SlotShows, Wish},
    delay::Departures,
    egress::Egress,
    estimate::SendTimes,
    figures::RoomFigures,
    flight::{Flight, FlightRecord, Happened, StreamTrack, Track},
    media::{Codec, MediaKind, Rid, Role, Ssrc},
    nack::REORDERING,
    outbox::Outbox,
    peer::{Activity, Counters, Form, HANDSHAKE_DATAGRAMS_PER_SECOND, Incoming, Keys, Link, Origin, Peer, Webrtc},
    pipe,
    plan::{AUDIO_SLOTS_MAX, IceCredentials, PublishedMedia, VIDEO_SLOTS_MAX},
    publication::{Publication, Taken},
    resend::Kept,
    rooms::{HandshakeJob, LegConnection, Output, PeerSerial},
    route::Route,
    rtp,
    shed::Level,
    slate::Slate,
    slot::{Showing, Slot},
    stage::Stage,
    transport::{
        ice::IceLite,
        srtcp::Srtcp,
        srtp::{Opener, Sealer, SrtpKeys},
    },
};
use crate::{
    id::{ParticipantId, PublicationId, RoomId, SessionId},
    quantity::{Bitrate, NtpTime},
};
use slab::Slab;
use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Most peers of one room: more than one worker can serve with full pictures, and few enough to bound its memory.
pub const PEERS_MAX: usize = 1024;

/// A room.
pub struct Room {
    /// Its id.
    pub id: RoomId,
    codec: Codec,
    stage: Stage,
    peers: Slab<Peer>,
    publications: Slab<Publication>,
    /// Publications in the order of arrival.
    order: Vec<usize>,
    /// Those that are sound, the voice that has a viewer's free slot first in front.
    voices: Vec<usize>,
    next_publication: u32,
    /// Publications with packets to forward.
    dirty: Vec<usize>,
    /// When waiting video must be forwarded.
    video_due: Option<Instant>,
    /// When the next packet is released that is held.
    release_due: Option<Instant>,
    forwarding: Option<forward::Forwarding>,
    /// When viewers are looked at next for whom packets wait.
    pace_due: Option<Instant>,
    /// When sources are asked next for what is missing of them.
    nack_due: Option<Instant>,
    next_tick: Option<Instant>,
    tick: u64,
    /// Slots, by peer and number, for which it is to be decided how their target begins.
    beginnings: Vec<(usize, usize)>,
    /// Slots whose slate must be sent now.
    slates_due: VecDeque<forward::SlateDue>,
    roster_changed: bool,
    /// Viewers whose slots carry something else than before.
    slots_changed: Vec<usize>,
    /// Peers that are gone and whose traces in the demultiplexer must go too.
    gone: Vec<Gone>,
    padding: Vec<u8>,
    /// What happened lately.
    flight: Flight,
    /// Where what happens is recorded, if it is.
    tap: Option<record::Outlet>,
}

/// What a room needs of its worker for one step.
pub struct Context<'a> {
    /// The moment.
    pub now: Instant,
    /// Effects to carry out.
    pub effects: &'a mut VecDeque<Output>,
    /// Datagrams to send.
    pub outbox: &'a mut Outbox,
    /// Which of them are copies of packets that came, and when those came.
    pub departures: &'a mut Departures,
    /// When what was sent before has left.
    pub times: &'a SendTimes,
    /// The worker's randomness.
    pub random: &'a mut Random,
    /// Wall-clock time.
    pub wall: WallClock,
    /// Slates of both codecs.
    pub slates: &'a Slates,
    /// How long video may wait for more of it.
    pub gathering: Duration,
    /// What the worker does without.
    pub shed: Level,
    /// What publishers are told they may send.
    pub uplink_cap: Option<Bitrate>,
}

/// Wall-clock time as a distance from a monotonic moment.
#[derive(Debug, Clone, Copy)]
pub struct WallClock {
    /// The moment.
    pub at: Instant,
    /// Time since 1970-01-01 UTC at that moment.
    pub unix: Duration,
}

impl WallClock {
    /// The NTP time of a moment.
    #[must_use]
    pub fn ntp(&self, moment: Instant) -> NtpTime {
        NtpTime::from_unix(self.unix + moment.saturating_duration_since(self.at))
    }
}

/// The worker's slates.
pub struct Slates {
    h264: Slate,
    vp8: Slate,
}

impl Default for Slates {
    fn default() -> Self {
        Self { h264: Slate::new(Codec::H264), vp8: Slate::new(Codec::Vp8) }
    }
}

impl Slates {
    /// The slate of a video codec.
    #[must_use]
    pub fn of(&self, codec: Codec) -> &Slate {
        if codec == Codec::Vp8 { &self.vp8 } else { &self.h264 }
    }
}

/// Pseudo-random numbers for initial values that only have to differ (SplitMix64, Steele et al. 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 32 bits.
    pub fn draw(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 32) as u32
    }
}

/// A peer's traces in the demultiplexer.
#[derive(Debug)]
pub struct Gone {
    /// Its place in the room.
    pub peer: usize,
    /// Its number on the worker.
    pub serial: PeerSerial,
    /// Its user fragments.
    pub ufrags: Vec<String>,
    /// Its addresses.
    pub addresses: Vec<SocketAddr>,
    /// Its leg's secret.
    pub secret: Option<[u8; 16]>,
    /// Its leg's connection.
    pub connection: Option<LegConnection>,
    /// Where it can still be told that its association is closed.
    pub last_address: Option<Route>,
}

impl Room {
    /// An empty room.
    #[must_use]
    pub fn new(id: RoomId, codec: Codec) -> Self {
        Self {
            id,
            codec,
            stage: Stage::default(),
            peers: Slab::new(),
            publications: Slab::new(),
            order: Vec::new(),
            voices: Vec::new(),
            next_publication: 1,
            dirty: Vec::new(),
            video_due: None,
            release_due: None,
            forwarding: None,
            pace_due: None,
            nack_due: None,
            next_tick: None,
            tick: 0,
            beginnings: Vec::new(),
            slates_due: VecDeque::new(),
            roster_changed: false,
            slots_changed: Vec::new(),
            gone: Vec::new(),
            padding: Vec::with_capacity(forward::CHUNK_PACKETS),
            flight: Flight::default(),
            tap: None,
        }
    }

    /// Adds a peer that will connect; returns its place.
    pub fn join(&mut self, join: Join, serial: PeerSerial, context: &mut Context<'_>) -> Result<usize, RelayError> {
        self.check_place(&join.session)?;
        let (activity, published) = match join.purpose {
            Purpose::View(plan) => {
                let count = |kind| plan.slots.iter().filter(|slot| slot.kind == kind).count();
                if count(MediaKind::Video) > VIDEO_SLOTS_MAX || count(MediaKind::Audio) > AUDIO_SLOTS_MAX {
                    return Err(RelayError::InvalidPlan("more slots than a viewer can have".into()));
                }
                if plan.slots.iter().any(|slot| slot.codecs.is_empty()) {
                    return Err(RelayError::InvalidPlan("a slot without a codec".into()));
                }
                let random = &mut *context.random;
                let slots = plan.slots.into_iter();
                let mut made = |slot| Slot::new(slot, random.draw() as u16, random.draw() as u16);
                (Activity::Views(slots.map(&mut made).collect()), None)
            }
            Purpose::Publish(plan) => (Activity::Publishes(Vec::new()), Some(plan)),
        };
        let link = Link::Webrtc(Box::new(Webrtc {
            ufrags: vec![join.transport.local.ufrag.clone()],
            ice: IceLite::new(join.transport.local, join.transport.remote),
            addresses: Vec::new(),
            handshake_started: false,
            handshake_left: HANDSHAKE_DATAGRAMS_PER_SECOND,
            keys: None,
            last_authentic: None,
            arrivals: published.as_ref().and_then(|plan| {
                let extension = plan.media.iter().find_map(|media| media.extensions.transport_cc);
                extension.map(|extension| Arrivals::new(extension, context.now))
            }),
        }));
        let place = self.add_peer(serial, join.session, join.participant, join.name, link, activity, context);
        if let Some(plan) = published {
            for media in plan.media {
                self.add_line(place, plan.role, media, context);
            }
        }
        context.effects.push_back(Output::Handshake(serial, HandshakeJob::Start(join.transport.fingerprint)));
        if let Some(webrtc) = self.peers[place].webrtc_mut() {
            webrtc.handshake_started = true;
        }
        Ok(place)
    }

    /// Adds a leg whose child will connect; returns its place.
    pub fn attach_leg(
        &mut self,
        attach: AttachLeg,
        serial: PeerSerial,
        context: &mut Context<'_>,
    ) -> Result<usize, RelayError> {
        self.check_place(&attach.session)?;
        let link = Link::Leg { leg: attach.leg, secret: attach.secret, connection: None };
        let activity = Activity::Publishes(Vec::new());
        let place = self.add_peer(serial, attach.session, attach.participant, attach.name, link, activity, context);
        let codecs = [attach.video, attach.audio.then_some(Codec::Opus)];
        for (track, codec) in codecs.into_iter().enumerate().filter_map(|(track, codec)| Some((track, codec?))) {
            self.add_line(place, attach.role, leg_media(track as u8, codec), context);
        }
        Ok(place)
    }

    /// The place of a session's peer.
    #[must_use]
    pub fn place_of(&self, session: &SessionId) -> Option<usize> {
        self.peers.iter().find(|(_, peer)| &peer.session == session).map(|(place, _)| place)
    }

    /// A peer.
    #[must_use]
    pub fn peer(&self, place: usize) -> Option<&Peer> {
        self.peers.get(place)
    }

    /// A peer.
    pub fn peer_mut(&mut self, place: usize) -> Option<&mut Peer> {
        self.peers.get_mut(place)
    }

    /// Whether it has any peers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    /// Puts a new stage on air in one step.
    pub fn set_stage(&mut self, stage: Stage, context: &mut Context<'_>) {
        if self.stage != stage {
            self.flight.note(context.now, Happened::Stage { stage: stage.clone() });
            self.stage = stage;
            self.roster_changed = true;
            self.record_stage(context);
            self.assign(context);
        }
    }

    /// Takes a viewer's wishes.
    pub fn wish(&mut self, place: usize, wishes: Vec<Wish>, context: &mut Context<'_>) {
        for slot in self.peers[place].slots_mut() {
            if let Some(wish) = wishes.iter().find(|wish| wish.mid == slot.plan.mid) {
                slot.want = wish.want.clone();
                slot.pixels_max = wish.pixels_max;
                slot.priority = wish.priority;
            }
        }
        self.assign(context);
    }

    /// Replaces both sides' ICE credentials; keys stay.
    pub fn restart_ice(&mut self, place: usize, local: IceCredentials, remote: IceCredentials) {
        if let Some(webrtc) = self.peers[place].webrtc_mut() {
            webrtc.ufrags.push(local.ufrag.clone());
            webrtc.ice.restart(local, remote);
        }
    }

    /// Keys of a finished handshake: media can flow.
    pub fn keys(&mut self, place: usize, keys: &SrtpKeys, context: &mut Context<'_>) {
        let room = self.id;
        let Some(peer) = self.peers.get_mut(place) else { return };
        let Link::Webrtc(webrtc) = &mut peer.link else { return };
        if webrtc.keys.is_some() {
            return;
        }
        let mut sealer = Sealer::new(keys);
        if let Activity::Views(slots) = &mut peer.activity {
            for slot in slots {
                slot.stream = Some(sealer.add_stream(slot.plan.ssrc));
                slot.kept = (slot.plan.nack && !slot.is_video() && slot.plan.rtx_ssrc.is_none()).then(Kept::boxed);
                slot.rtx = slot.plan.rtx_ssrc.map(|ssrc| {
                    let first = u64::from(context.random.draw() as u16 & 0x7fff);
                    (sealer.add_stream(ssrc), first)
                });
            }
        }
        webrtc.keys = Some(Keys { profile: keys.profile, sealer, opener: Opener::new(keys), srtcp: Srtcp::new(keys) });
        webrtc.last_authentic = Some(context.now);
        self.flight.note(context.now, Happened::Connected { peer: peer.serial.0 });
        context.effects.push_back(Output::Event(RoomEvent::PeerConnected { room, session: peer.session.clone() }));
        self.assign(context);
    }

    /// A leg's child has connected.
    pub fn leg_connected(&mut self, place: usize, connected: LegConnection, context: &mut Context<'_>) {
        let room = self.id;
        let Some(peer) = self.peers.get_mut(place) else { return };
        if let Link::Leg { connection, .. } = &mut peer.link {
            *connection = Some(connected);
            self.flight.note(context.now, Happened::Connected { peer: peer.serial.0 });
            context.effects.push_back(Output::Event(RoomEvent::PeerConnected { room, session: peer.session.clone() }));
        }
        // Both time lines of its pipeline begin at zero.
        self.bring_together(place, context.now);
    }

    /// An RTP or RTCP datagram from one of the peer's authentic addresses; opened in place.
    pub fn media(&mut self, place: usize, datagram: &mut [u8], context: &mut Context<'_>) -> bool {
        let Some(peer) = self.peers.get_mut(place) else { return false };
        let bytes = datagram.len();
        let Link::Webrtc(webrtc) = &mut peer.link else { return false };
        let Some(keys) = &mut webrtc.keys else { return false };
        if rtp::is_rtcp(datagram) {
            let mut plain = [0; 1500];
            let Ok(len) = keys.srtcp.unprotect(datagram, &mut plain) else { return false };
            webrtc.last_authentic = Some(context.now);
            peer.counters.received(bytes);
            self.feedback(place, &plain[..len], context);
            return true;
        }
        let Some(header) = rtp::Header::parse(datagram) else { return false };
        let Ok(opened) = keys.opener.open(header.len, datagram) else { return false };
        webrtc.last_authentic = Some(context.now);
        peer.counters.received(bytes);
        let plain = &datagram[..opened.len];
        if let Some(arrivals) = &mut webrtc.arrivals
            && let Some(&[high, low]) = header.extension(plain, arrivals.extension)
        {
            arrivals.note(u16::from_be_bytes([high, low]), context.now);
        }
        let Some(payload) = header.payload(plain) else { return false };
        let Some(origin) = peer.source_of(&header, plain) else { return false };
        self.take(origin, header, payload, context);
        true
    }

    /// An RTP packet from a leg's child.
    pub fn leg_media(&mut self, place: usize, track: u8, packet: &[u8], context: &mut Context<'_>) -> bool {
        let Some(peer) = self.peers.get_mut(place) else { return false };
        peer.counters.received(packet.len());
        let Some(header) = rtp::Header::parse(packet) else { return false };
        let Some(payload) = header.payload(packet) else { return false };
        let line = peer.incoming_mut().iter().find(|line| line.plan.pt.0 == track);
        let Some(publication) = line.map(|line| line.publication) else { return false };
        self.take(Origin { publication, audio_level: None, form: Form::Plain }, header, payload, context);
        true
    }

    /// Removes a peer and all it held.
    pub fn remove(&mut self, place: usize, reason: GoneReason, context: &mut Context<'_>) {
        let Some(mut peer) = self.peers.try_remove(place) else { return };
        peer.sample(context.now);
        self.flight.peer_gone(context.now, peer.track_of(), reason, std::mem::take(&mut peer.flight));
        self.beginnings.retain(|&(viewer, _)| viewer != place);
        self.slates_due.retain(|due| due.place != place);
        self.slots_changed.retain(|&changed| changed != place);
        for (_, publication) in &mut self.publications {
            publication.subscribers.retain(|&(subscriber, _)| subscriber != place);
        }
        let own: Vec<usize> =
            self.publications.iter().filter(|(_, known)| known.peer == place).map(|(place, _)| place).collect();
        for &publication in &own {
            let source = self.publications.remove(publication);
            if let Some(outlet) = self.tap.as_mut().filter(|_| source.family.first == publication) {
                outlet.source_gone(source.id, context);
            }
            self.order.retain(|&known| known != publication);
            self.voices.retain(|&known| known != publication);
            self.dirty.retain(|&known| known != publication);
            self.roster_changed = true;
        }
        let mut gone = Gone {
            peer: place,
            serial: peer.serial,
            ufrags: Vec::new(),
            addresses: Vec::new(),
            secret: None,
            connection: None,
            last_address: peer.address(),
        };
        match peer.link {
            Link::Webrtc(webrtc) => {
                gone.ufrags = webrtc.ufrags;
                gone.addresses = webrtc.addresses;
                context.effects.push_back(Output::Handshake(peer.serial, HandshakeJob::End));
            }
            Link::Leg { secret, connection, .. } => {
                gone.secret = Some(secret);
                gone.connection = connection;
                context.effects.extend(connection.map(Output::LegClose));
            }
        }
        self.gone.push(gone);
        context.effects.push_back(Output::Event(RoomEvent::PeerGone { room: self.id, session: peer.session, reason }));
        if self.peers.is_empty() && self.tap.is_none() {
            self.next_tick = None;
        }
        if !own.is_empty() {
            self.assign(context);
        }
    }

    /// Removes every peer.
    pub fn close(&mut self, reason: GoneReason, context: &mut Context<'_>) {
        let places: Vec<usize> = self.peers.iter().map(|(place, _)| place).collect();
        for place in places {
            self.remove(place, reason, context);
        }
    }

    /// Whether any peers have gone since [`take_gone`](Self::take_gone).
    #[must_use]
    pub fn has_gone(&self) -> bool {
        !self.gone.is_empty()
    }

    /// Traces of peers that have gone since the last call.
    pub fn take_gone(&mut self) -> Vec<Gone> {
        std::mem::take(&mut self.gone)
    }

    /// Tells what has changed since the last call: the roster, and what slots carry.
    pub fn announce(&mut self, context: &mut Context<'_>) {
        if std::mem::take(&mut self.roster_changed) {
            let publications =
                self.order.iter().map(|&place| info(&self.publications[place], self.is_live(place))).collect();
            context.effects.push_back(Output::Event(RoomEvent::Roster { room: self.id, publications }));
        }
        for place in std::mem::take(&mut self.slots_changed) {
            let Some(peer) = self.peers.get_mut(place) else { continue };
            let serial = peer.serial.0;
            for (number, slot) in peer.slots_mut().iter_mut().enumerate() {
                let size = match slot.showing {
                    Showing::Live(shown, _) => self.publications.get(shown).and_then(Publication::size),
                    Showing::Nothing | Showing::Slate(_) => None,
                };
                let now = (slot.content(), size);
                if std::mem::replace(&mut slot.noted, now) != now {
                    let (peer, slot, (content, size)) = (serial, number as u8, now);
                    self.flight.note(context.now, Happened::Slot { peer, slot, content, size });
                }
            }
            let shows = |slot: &Slot| SlotShows { mid: slot.plan.mid.clone(), content: slot.content() };
            context.effects.push_back(Output::Event(RoomEvent::Slots {
                room: self.id,
                session: peer.session.clone(),
                slots: peer.slots().iter().map(shows).collect(),
            }));
        }
        if let Some(outlet) = &mut self.tap {
            outlet.announce(context);
        }
    }

    /// The worker does without more from now on, or less.
    pub fn note_shedding(&mut self, now: Instant, level: Level) {
        self.flight.note(now, Happened::Shedding { level });
    }

    /// So many copies of a publication's packet, named by the publication's place and number, left so long after the packet came.
    pub fn left(&mut self, (place, id): (usize, PublicationId), copies: u32, delay: Duration) {
        if let Some(publication) = self.publications.get_mut(place).filter(|known| known.id == id) {
            publication.delays.add_all(copies, delay);
        }
    }

    /// Its figures.
    #[must_use]
    pub fn figures(&self, now: Instant) -> RoomFigures {
        let size = |place| self.publications.get(place).and_then(Publication::size);
        RoomFigures {
            room: self.id,
            stage: self.stage.clone(),
            peers: self.peers.iter().map(|(_, peer)| peer.figures(now, size)).collect(),
            publications: self.order.iter().map(|&place| self.family_figures(place, now)).collect(),
        }
    }

    /// The last 30 seconds of it.
    #[must_use]
    pub fn flight(&self, now: Instant, wall: WallClock) -> FlightRecord {
        let present = self.peers.iter().map(|(_, peer)| peer.track_of().tracked(&peer.flight, false, now)).collect();
        let stream = |(_, known): (usize, &Publication)| {
            let track = StreamTrack {
                publication: known.id,
                peer: self.peers.get(known.peer).map_or(0, |peer| peer.serial.0),
                participant: known.participant.clone(),
                role: known.role,
                codec: known.codec,
                rid: known.family.rid.as_ref().map(|rid| rid.0.clone()),
                samples: Vec::new(),
            };
            track.with(&known.flight, now)
        };
        let streams = self.publications.iter().map(stream).collect();
        self.flight.record(now, wall.unix + now.saturating_duration_since(wall.at), present, streams)
    }

    fn check_place(&self, session: &SessionId) -> Result<(), RelayError> {
        if self.peers.len() >= PEERS_MAX {
            return Err(RelayError::RoomFull(PEERS_MAX));
        }
        match self.place_of(session) {
            Some(_) => Err(RelayError::SessionExists(session.clone())),
            None => Ok(()),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one value, each given once")]
    fn add_peer(
        &mut self,
        serial: PeerSerial,
        session: SessionId,
        participant: ParticipantId,
        name: String,
        link: Link,
        activity: Activity,
        context: &mut Context<'_>,
    ) -> usize {
        self.next_tick.get_or_insert(context.now + tick::TICK);
        let egress = match &activity {
            Activity::Views(slots) => {
                let numbered = slots.iter().any(|slot| slot.plan.extensions.transport_cc.is_some());
                let states = slots.iter().any(|slot| slot.plan.remb);
                Some(Box::new(Egress::new(context.now, numbered, states)))
            }
            Activity::Publishes(_) => None,
        };
        self.flight.note(context.now, Happened::Joined { peer: serial.0 });
        self.peers.insert(Peer {
            serial,
            session,
            participant,
            name,
            joined: context.now,
            link,
            activity,
            egress,
            own_ssrc: Ssrc(context.random.draw() | 1),
            clock: PeerClock { epoch: context.now, base: context.random.draw() },
            counters: Counters::default(),
            flight: Track::default(),
        })
    }

    /// Adds a line a peer sends, in as many layers as it has.
    fn add_line(&mut self, place: usize, role: Role, plan: PublishedMedia, context: &Context<'_>) {
        let id = PublicationId(self.next_publication);
        self.next_publication += 1;
        let first = self.add_stream(place, id, role, &plan, plan.rids.first());
        if let Some(outlet) = &mut self.tap {
            outlet.source(&self.publications[first], context);
        }
        let mut layers = smallvec::smallvec![first];
        for rid in plan.rids.iter().skip(1) {
            let layer = self.add_stream(place, id, role, &plan, Some(rid));
            self.publications[layer].family.first = first;
            layers.push(layer);
        }
        self.publications[first].family.layers = layers;
        self.order.push(first);
        if plan.codec.kind() == MediaKind::Audio {
            self.voices.push(first);
        }
        self.roster_changed = true;
    }

    fn add_stream(
        &mut self,
        place: usize,
        id: PublicationId,
        role: Role,
        plan: &PublishedMedia,
        rid: Option<&Rid>,
    ) -> usize {
        let peer = &mut self.peers[place];
        let made = Publication::new(id, place, peer.participant.clone(), peer.name.clone(), role, plan.codec);
        let publication = self.publications.insert(made);
        let family = &mut self.publications[publication].family;
        (family.first, family.rid) = (publication, rid.cloned());
        if let Activity::Publishes(lines) = &mut peer.activity {
            let ssrc = plan.ssrc.filter(|_| rid.is_none());
            let (plan, rid) = (plan.clone(), rid.cloned());
            lines.push(Incoming { plan, publication, rid, ssrc, rtx_ssrc: None, sender_report: None, captured: None });
        }
        publication
    }

    /// Takes an opened packet, and those that it carries once more if they are missing.
    fn take(&mut self, origin: Origin, header: rtp::Header, payload: &[u8], context: &Context<'_>) {
        let Form::Redundant(pt) = origin.form else { return self.take_one(origin, header, payload, context) };
        let Some(blocks) = red::read(payload) else { return };
        let last = blocks.len() - 1;
        for (place, block) in blocks.iter().enumerate().filter(|(_, block)| block.pt == pt.0) {
            let (form, audio_level) =
                if place == last { (Form::Plain, origin.audio_level) } else { (Form::Copy, None) };
            let mut header = header;
            header.pt = pt.0;
            header.seq = header.seq.wrapping_sub((last - place) as u16);
            header.timestamp = header.timestamp.wrapping_sub(u32::from(block.offset));
            self.take_one(Origin { form, audio_level, ..origin }, header, block.payload, context);
        }
    }

    fn take_one(&mut self, origin: Origin, mut header: rtp::Header, payload: &[u8], context: &Context<'_>) {
        let place = origin.publication;
        let publication = &mut self.publications[place];
        let key_frame = publication.last_key_frame();
        let taken = match payload {
            // Nothing behind the number is a probe of the sender's.
            [high, low, original @ ..] if origin.form == Form::Repair => {
                header.seq = u16::from_be_bytes([*high, *low]);
                publication.take_repair(context.now, &header, original, origin.audio_level)
            }
            _ if origin.form == Form::Repair => Taken::Dropped,
            _ if origin.form == Form::Copy => publication.take_copy(context.now, &header, payload),
            _ => publication.take(context.now, &header, payload, origin.audio_level),
        };
        if !publication.missing.is_empty() {
            self.nack_due.get_or_insert(context.now + REORDERING);
        }
        if publication.last_key_frame() != key_frame {
            self.flight.note(context.now, Happened::KeyFrame { publication: publication.id });
        }
        let Taken::New(revived) = taken else { return };
        let first = publication.family.first;
        let recorded =
            self.tap.is_some() && layers::recorded_layer(&self.publications, first, context.now) == Some(place);
        let publication = &mut self.publications[place];
        if let Some(outlet) = &mut self.tap
            && recorded
            && outlet.takes(publication)
        {
            let lines = self.peers[publication.peer].incoming_mut();
            let line = lines.iter().find(|line| line.publication == place);
            outlet.packet(publication, &header, payload, line.filter(|_| origin.form == Form::Repair), context);
        }
        self.release_due = [self.release_due, publication.release_due()].into_iter().flatten().min();
        if !publication.pending().is_empty() {
            self.must_forward(place, context);
        }
        if revived {
            self.roster_changed = true;
            self.assign(context);
        }
    }

    /// A publication's packets wait to be forwarded.
    fn must_forward(&mut self, place: usize, context: &Context<'_>) {
        if self.publications[place].codec.kind() == MediaKind::Video {
            self.video_due.get_or_insert(context.now + context.gathering);
        }
        if !self.dirty.contains(&place) {
            self.dirty.push(place);
        }
    }
}

/// What others see of a publication.
fn info(publication: &Publication, live: bool) -> PublicationInfo {
    PublicationInfo {
        id: publication.id,
        participant: publication.participant.clone(),
        name: publication.name.clone(),
        role: publication.role,
        codec: publication.codec,
        live,
    }
}

/// A leg's track as a line: its payload type is the track number, for legs have no other.
fn leg_media(track: u8, codec: Codec) -> PublishedMedia {
    use super::{media::Mid, media::Pt, plan::ExtensionIds};
    let name = if track == pipe::TRACK_VIDEO { "video" } else { "audio" };
    PublishedMedia {
        mid: Mid(name.into()),
        codec,
        pt: Pt(track),
        rtx: None,
        red: None,
        ssrc: None,
        rtx_ssrc: None,
        rids: Vec::new(),
        extensions: ExtensionIds::default(),
        nack: false,
        pli: true,
        remb: false,
    }
}
