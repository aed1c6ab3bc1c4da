//! One connection in a room (端): who it is, how it is reached, what it sends or sees, and how it fares.

use super::{
    arrivals::Arrivals,
    clock::{PeerClock, Reported},
    egress::Egress,
    figures::{PeerFigures, PeerKind, PeerState, SlotFigures},
    flight::{PeerSample, PeerTrackOf, Track},
    media::{Pt, Rid, Ssrc},
    plan::PublishedMedia,
    rooms::{LegConnection, PeerSerial},
    route::Route,
    rtp,
    slot::{Showing, Slot},
    transport::{
        ice::IceLite,
        srtcp::Srtcp,
        srtp::{Opener, Profile, Sealer},
    },
};
use crate::{
    id::{LegId, ParticipantId, SessionId},
    quantity::{Bitrate, NtpTime},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Without an authentic packet for this long, video to the peer stops.
pub const QUIET_AFTER: Duration = Duration::from_secs(4);

/// Without an authentic packet for this long, sound to the peer stops too.
pub const SILENT_AFTER: Duration = Duration::from_secs(15);

/// Without an authentic packet for this long, the peer is removed; so is one that has not finished connecting.
pub const GONE_AFTER: Duration = Duration::from_secs(30);

/// DTLS datagrams of one peer passed on in a second: a handshake has ten, so that no peer can fill the queue of the thread
/// that does everybody's.
pub const HANDSHAKE_DATAGRAMS_PER_SECOND: u32 = 32;

/// A peer.
pub struct Peer {
    /// Its number on the worker.
    pub serial: PeerSerial,
    /// Its session.
    pub session: SessionId,
    /// Who it is.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// When it joined.
    pub joined: Instant,
    /// How it is reached.
    pub link: Link,
    /// What it does here.
    pub activity: Activity,
    /// SSRC of our reports to it.
    pub own_ssrc: Ssrc,
    /// The time line of all its slots.
    pub clock: PeerClock,
    /// Its way out, if it looks.
    pub egress: Option<Box<Egress>>,
    /// Traffic and reports.
    pub counters: Counters,
    /// How it fared lately.
    pub flight: Track<PeerSample>,
}

/// How a peer is reached.
pub enum Link {
    /// By ICE, DTLS and SRTP.
    Webrtc(Box<Webrtc>),
    /// By a leg's child process on this machine.
    Leg {
        /// Which leg.
        leg: LegId,
        /// What its child must show.
        secret: [u8; 16],
        /// Its connection once it has.
        connection: Option<LegConnection>,
    },
}

/// State of a WebRTC connection.
pub struct Webrtc {
    /// Connectivity.
    pub ice: IceLite,
    /// Our user fragments that lead here, newest last.
    pub ufrags: Vec<String>,
    /// Addresses that lead here in the demultiplexer.
    pub addresses: Vec<SocketAddr>,
    /// Whether the handshake thread knows of it.
    pub handshake_started: bool,
    /// DTLS datagrams that may still be passed on before the peer's next turn.
    pub handshake_left: u32,
    /// Keys once DTLS is done.
    pub keys: Option<Keys>,
    /// When the last authentic packet came.
    pub last_authentic: Option<Instant>,
    /// When its packets arrived, if it wants to know.
    pub arrivals: Option<Arrivals>,
}

/// Keys of one association. They live exactly as long as it.
pub struct Keys {
    /// What was negotiated.
    pub profile: Profile,
    /// Seals what we send.
    pub sealer: Sealer,
    /// Opens what it sends.
    pub opener: Opener,
    /// Both, for RTCP.
    pub srtcp: Srtcp,
}

/// What a peer does.
pub enum Activity {
    /// It sends.
    Publishes(Vec<Incoming>),
    /// It looks.
    Views(Vec<Slot>),
}

/// One line a peer sends.
pub struct Incoming {
    /// What was negotiated.
    pub plan: PublishedMedia,
    /// Its publication, by its place in the room.
    pub publication: usize,
    /// Which of the line's layers it is, if it has several; each is one of these.
    pub rid: Option<Rid>,
    /// Its SSRC once known.
    pub ssrc: Option<Ssrc>,
    /// SSRC of a layer's retransmissions once known.
    pub rtx_ssrc: Option<Ssrc>,
    /// Its last sender report, and when that came.
    pub sender_report: Option<(Reported, Instant)>,
    /// When the frame of its latest packet that says so was captured, by its sender's clock.
    pub captured: Option<Reported>,
}

/// Where an opened packet belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Its publication, by its place in the room.
    pub publication: usize,
    /// The loudness it states.
    pub audio_level: Option<u8>,
    /// What it is.
    pub form: Form,
}

/// What an opened packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The packet itself.
    Plain,
    /// A retransmission (RFC 4588): its payload begins with the original sequence number.
    Repair,
    /// Sound that carries the packets before it, of this payload type, once more (RFC 2198).
    Redundant(Pt),
    /// A packet that came inside a later one.
    Copy,
}

/// Traffic and reports of one peer.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    /// Packets received and sent.
    pub packets: (u64, u64),
    /// Bytes received and sent.
    pub bytes: (u64, u64),
    /// Bits per second received and sent in the last whole second.
    pub bps: (u64, u64),
    /// When that second began and the bytes then.
    pub second: Option<(Instant, (u64, u64))>,
    /// Round-trip time.
    pub rtt: Option<Duration>,
    /// Share of our packets it reported lost, smoothed.
    pub loss: Option<f32>,
    /// How many packets before it a packet of sound to it carries once more.
    pub copies: usize,
    /// Key frames it asked for.
    pub key_frame_requests: u64,
    /// Packets it asked for again.
    pub nacks: u64,
    /// Packets sent again.
    pub resent: u64,
    /// Packets that may still be sent again before the next tick.
    pub repairs_left: u32,
}

impl Counters {
    /// A packet of so many bytes came.
    pub fn received(&mut self, bytes: usize) {
        self.packets.0 += 1;
        self.bytes.0 += bytes as u64;
    }

    /// A packet of so many bytes went.
    pub fn sent(&mut self, bytes: usize) {
        self.packets.1 += 1;
        self.bytes.1 += bytes as u64;
    }
}

impl Peer {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> PeerKind {
        match (&self.link, &self.activity) {
            (Link::Leg { .. }, _) => PeerKind::Leg,
            (_, Activity::Publishes(_)) => PeerKind::Publisher,
            (_, Activity::Views(_)) => PeerKind::Viewer,
        }
    }

    /// How far its connection is.
    #[must_use]
    pub fn state(&self, now: Instant) -> PeerState {
        let webrtc = match &self.link {
            Link::Leg { connection: Some(_), .. } => return PeerState::Connected,
            Link::Leg { connection: None, .. } => return PeerState::Connecting,
            Link::Webrtc(webrtc) => webrtc,
        };
        if webrtc.keys.is_none() {
            return PeerState::Connecting;
        }
        match now.saturating_duration_since(webrtc.last_authentic.unwrap_or(self.joined)) {
            quiet if quiet < QUIET_AFTER => PeerState::Connected,
            quiet if quiet < SILENT_AFTER => PeerState::Quiet,
            _ => PeerState::Silent,
        }
    }

    /// Whether it should be removed: silent for too long, or never connected. Legs have no such limit; their supervisor has.
    #[must_use]
    pub fn is_gone(&self, now: Instant) -> bool {
        let Link::Webrtc(webrtc) = &self.link else { return false };
        let since = webrtc.keys.as_ref().and(webrtc.last_authentic).unwrap_or(self.joined);
        now.saturating_duration_since(since) >= GONE_AFTER
    }

    /// Its WebRTC state, unless it is a leg.
    #[must_use]
    pub fn webrtc(&self) -> Option<&Webrtc> {
        match &self.link {
            Link::Webrtc(webrtc) => Some(webrtc),
            Link::Leg { .. } => None,
        }
    }

    /// Its WebRTC state, unless it is a leg.
    pub fn webrtc_mut(&mut self) -> Option<&mut Webrtc> {
        match &mut self.link {
            Link::Webrtc(webrtc) => Some(webrtc),
            Link::Leg { .. } => None,
        }
    }

    /// Its slots; none if it publishes.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        match &self.activity {
            Activity::Views(slots) => slots,
            Activity::Publishes(_) => &[],
        }
    }

    /// Its slots; none if it publishes.
    pub fn slots_mut(&mut self) -> &mut [Slot] {
        match &mut self.activity {
            Activity::Views(slots) => slots,
            Activity::Publishes(_) => &mut [],
        }
    }

    /// What it sends; nothing if it looks.
    pub fn incoming_mut(&mut self) -> &mut [Incoming] {
        match &mut self.activity {
            Activity::Publishes(lines) => lines,
            Activity::Views(_) => &mut [],
        }
    }

    /// The publication an opened packet belongs to. A line's SSRC is learned from its first packet that says which line it
    /// is: by mid, else by payload type. Retransmissions are told by theirs. A layer is told by its rid, and so are its
    /// retransmissions, until the SSRC of each is known.
    pub fn source_of(&mut self, header: &rtp::Header, plain: &[u8]) -> Option<Origin> {
        let Activity::Publishes(lines) = &mut self.activity else { return None };
        let says_mid = |line: &Incoming| {
            let mid = line.plan.extensions.mid.and_then(|id| header.extension(plain, id));
            mid.is_none_or(|mid| mid == line.plan.mid.0.as_bytes())
        };
        let is_media =
            |line: &Incoming| line.plan.pt.0 == header.pt || line.plan.red.is_some_and(|red| red.0 == header.pt);
        let known = lines.iter().position(|line| line.ssrc == Some(Ssrc(header.ssrc)) && is_media(line));
        let says_rid = |line: &Incoming, id: Option<u8>| {
            let said = id.and_then(|id| header.extension(plain, id));
            line.rid.as_ref().is_none_or(|rid| said == Some(rid.0.as_bytes()))
        };
        let repairs = |line: &Incoming| {
            let known = line.rid.is_some() && line.rtx_ssrc == Some(Ssrc(header.ssrc));
            line.plan.rtx.is_some_and(|rtx| rtx.0 == header.pt)
                && says_mid(line)
                && (known || says_rid(line, line.plan.extensions.repaired_rid))
        };
        let repaired = lines.iter().position(repairs);
        let place = known.or(repaired).or_else(|| {
            let begins = |line: &Incoming| is_media(line) && says_mid(line) && says_rid(line, line.plan.extensions.rid);
            let place = lines.iter().position(begins)?;
            lines[place].ssrc = Some(Ssrc(header.ssrc));
            Some(place)
        })?;
        if known.is_none() && repaired.is_some() {
            lines[place].rtx_ssrc = Some(Ssrc(header.ssrc));
        }
        let line = &mut lines[place];
        let form = match (known, repaired) {
            (None, Some(_)) => Form::Repair,
            _ if line.plan.pt.0 != header.pt => Form::Redundant(line.plan.pt),
            _ => Form::Plain,
        };
        let captured = line.plan.extensions.abs_capture_time.and_then(|id| header.extension(plain, id)?.first_chunk());
        if let Some(&ntp) = captured.filter(|_| form != Form::Repair) {
            line.captured = Some(Reported { ntp: NtpTime(u64::from_be_bytes(ntp)), timestamp: header.timestamp });
        }
        let level = line.plan.extensions.audio_level.and_then(|id| header.extension(plain, id));
        Some(Origin {
            publication: line.publication,
            audio_level: level.and_then(|level| level.first().copied()),
            form,
        })
    }

    /// Where its packets go: the selected address, once there are keys.
    #[must_use]
    pub fn address(&self) -> Option<Route> {
        self.webrtc().filter(|webrtc| webrtc.keys.is_some()).and_then(|webrtc| webrtc.ice.selected())
    }

    /// Its figures. `size` tells that of a publication's picture, by the publication's place in the room.
    #[must_use]
    pub fn figures(&self, now: Instant, size: impl Fn(usize) -> Option<(u16, u16)>) -> PeerFigures {
        let webrtc = self.webrtc();
        let slot = |slot: &Slot| {
            let shown = match slot.showing {
                Showing::Live(place, id) => Some((place, id)),
                Showing::Nothing | Showing::Slate(_) => None,
            };
            SlotFigures {
                mid: slot.plan.mid.0.clone(),
                video: slot.is_video(),
                publication: shown.map(|(_, id)| id),
                size: shown.and_then(|(place, _)| size(place)),
                reduced: shown.is_some() && slot.granted.is_some(),
                held_back: slot.held_back.is_some(),
                shed: slot.shed,
                freezes: slot.freezes.count,
                frozen_ms: slot.freezes.lasted.as_millis() as u64,
            }
        };
        PeerFigures {
            session: self.session.clone(),
            participant: self.participant.clone(),
            name: self.name.clone(),
            kind: self.kind(),
            state: self.state(now),
            srtp_profile: webrtc.and_then(|webrtc| webrtc.keys.as_ref()).map(|keys| keys.profile.name().to_owned()),
            ipv6: self.address().is_some_and(|address| address.peer.is_ipv6()),
            bps_in: self.counters.bps.0,
            bps_out: self.counters.bps.1,
            rtt_ms: self.counters.rtt.map(|rtt| rtt.as_secs_f32() * 1000.0),
            loss_out: self.counters.loss,
            key_frame_requests: self.counters.key_frame_requests,
            nacks: self.counters.nacks,
            bearable_bps: self.egress.as_ref().and_then(|egress| egress.estimate()).map(Bitrate::as_bps),
            queueing_ms: self
                .egress
                .as_ref()
                .and_then(|egress| egress.queueing())
                .map(|queueing| queueing.as_secs_f32() * 1000.0),
            slots: self.slots().iter().map(slot).collect(),
            age_ms: now.saturating_duration_since(self.joined).as_millis() as u64,
        }
    }

    /// Whose samples these are.
    #[must_use]
    pub fn track_of(&self) -> PeerTrackOf {
        PeerTrackOf {
            peer: self.serial.0,
            session: self.session.clone(),
            participant: self.participant.clone(),
            kind: self.kind(),
        }
    }

    /// Notes how it fares now.
    pub fn sample(&mut self, now: Instant) {
        let egress = self.egress.as_ref();
        let ms = |span: Duration| span.as_secs_f32() * 1000.0;
        let sample = PeerSample {
            state: self.state(now),
            packets: self.counters.packets,
            bytes: self.counters.bytes,
            loss: self.counters.loss,
            rtt_ms: self.counters.rtt.map(ms),
            nacks: self.counters.nacks,
            resent: self.counters.resent,
            key_frame_requests: self.counters.key_frame_requests,
            bearable_bps: egress.and_then(|egress| egress.estimate()).map(Bitrate::as_bps),
            queueing_ms: egress.and_then(|egress| egress.queueing()).map(ms),
            waiting: egress.map_or(0, |egress| egress.pacer.len() as u32),
            freezes: self.slots().iter().map(|slot| slot.freezes.count).sum(),
        };
        self.flight.note(now, sample);
    }

    /// Rolls the one-second rates over.
    pub fn roll(&mut self, now: Instant) {
        let counters = &mut self.counters;
        if let Some((since, (bytes_in, bytes_out))) = counters.second {
            let elapsed = now.saturating_duration_since(since);
            let rate = |bytes| Bitrate::of(bytes, elapsed).as_bps();
            counters.bps = (rate(counters.bytes.0 - bytes_in), rate(counters.bytes.1 - bytes_out));
        }
        counters.second = Some((now, counters.bytes));
    }
}
