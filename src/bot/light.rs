//! The light client: a whole WebRTC peer towards a relay (ICE, DTLS, SRTP) that costs almost nothing per packet.
//!
//! The main type is [`Light`], a value like every core here: feed it with [`handle`](Light::handle), then
//! [`poll`](Light::poll) until it says [`Step::Wait`]. A publisher sends a [`Programme`]; a viewer counts datagrams by the
//! sequence numbers in their headers and opens every hundredth, which proves keys and rewriting and shows the one-way delay. It
//! reports arrivals by transport-wide numbers as browsers do.
//! [`Crowd`](super::crowd::Crowd) drives hundreds of them on one thread.
//!
//! It decodes nothing, repairs no loss, and does not follow a relay that moves.

use super::{
    check::{Checks, Path},
    offer::{self, AnswerError, Asks},
    programme::{Line, PACKET_BYTES_MAX, Pace, Programme, Shape, stamp},
    tally::{Heard, Tally},
};
use crate::relay::{
    arrivals::Arrivals,
    media::{Codec, Pt, Ssrc},
    plan::IceCredentials,
    rtp,
    transport::{
        dtls::{Certificate, Handshake, HandshakeStep},
        ice::is_stun,
        rtcp,
        srtcp::Srtcp,
        srtp::{Opener, SealStream, Sealer, SrtpKeys},
    },
};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// A viewer in a crowd opens one datagram of so many.
const OPEN_EVERY: u64 = 100;

/// Time between two reports (RFC 3550 §6.2 allows fewer; one a second is what browsers send).
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// Time between two reports of arrivals: what Chromium does at these rates.
const ARRIVALS_INTERVAL: Duration = Duration::from_millis(50);

/// How often a handshake's timers are looked at.
const HANDSHAKE_TICK: Duration = Duration::from_millis(20);

/// Room for one packet, its SRTP trailer and reports.
const SCRATCH_BYTES: usize = PACKET_BYTES_MAX + 256;

/// One effect to carry out, or the time to wait for.
#[derive(Debug)]
pub enum Step<'a> {
    /// Send this datagram.
    Transmit {
        /// Where to.
        to: SocketAddr,
        /// Its payload.
        datagram: &'a [u8],
    },
    /// Media can flow now; said once.
    Connected,
    /// It can never work, or works no more; said once, nothing follows.
    Failed(String),
    /// Nothing to do before this time, unless a datagram comes; `None` before the answer and after the end.
    Wait(Option<Instant>),
}

/// A light client.
pub struct Light {
    certificate: Arc<Certificate>,
    local: IceCredentials,
    offer: String,
    seed: u64,
    /// Zero of all stamps; publishers and viewers of one measurement share it.
    epoch: Instant,
    checks: Option<Checks>,
    /// Where a bare publisher sends.
    bare: Option<SocketAddr>,
    phase: Phase,
    work: Work,
    tally: Tally,
    /// A viewer opens one datagram of so many.
    open_every: u64,
    queue: VecDeque<(SocketAddr, Vec<u8>)>,
    scratch: Box<[u8; SCRATCH_BYTES]>,
    next_report: Instant,
}

enum Phase {
    /// The answer is not here yet.
    Offering,
    /// A path is looked for; once there is one, DTLS goes over it.
    Handshaking(Box<Handshake>),
    /// Keys are there, [`Step::Connected`] is still to be said.
    JustConnected,
    /// Media flow.
    Connected,
    /// It ended; the reason is still to be said.
    Failing(String),
    /// It ended.
    Ended,
}

enum Work {
    Publish { shape: Shape, sending: Option<Box<Sending>> },
    View { receiving: Option<Box<Receiving>> },
}

struct Sending {
    programme: Programme,
    sealer: Sealer,
    streams: [SealStream; 2],
    /// Index of the last packet sealed, per stream.
    indexes: [Option<u64>; 2],
    srtcp: Srtcp,
    handshake: Option<Box<Handshake>>,
    paused: bool,
}

struct Receiving {
    opener: Opener,
    srtcp: Srtcp,
    handshake: Option<Box<Handshake>>,
    until_open: u64,
    report_ssrc: Ssrc,
    arrivals: Arrivals,
    next_arrivals: Instant,
}

impl Light {
    /// A publisher of one picture and one sound. `seed` makes its numbers and its ICE credentials: two clients of one relay
    /// need two seeds.
    #[must_use]
    pub fn publisher(certificate: &Arc<Certificate>, codec: Codec, pace: Pace, epoch: Instant, seed: u64) -> Self {
        let mixed = mix(seed);
        let ssrc = |salt: u64| Ssrc((mix(mixed ^ salt) as u32).max(1));
        let video = Line { ssrc: ssrc(1), pt: Pt(offer::pt(codec)), mid: b'1' };
        let audio = Line { ssrc: ssrc(2), pt: Pt(offer::OPUS_PT), mid: b'0' };
        let asks = Asks::Publish { codec, video, audio };
        let shape = Shape { codec, pace, video, audio };
        Self::new(certificate, &asks, Work::Publish { shape, sending: None }, epoch, seed)
    }

    /// A viewer with so many lines for pictures and for sound, that takes these codecs, best first.
    #[must_use]
    pub fn viewer(
        certificate: &Arc<Certificate>,
        (video, audio): (usize, usize),
        codecs: &[Codec],
        epoch: Instant,
        seed: u64,
    ) -> Self {
        let asks = Asks::View { video, audio, codecs: codecs.to_vec() };
        Self::new(certificate, &asks, Work::View { receiving: None }, epoch, seed)
    }

    /// The same viewer, but it opens every datagram: for one that measures alone.
    #[must_use]
    pub const fn opening_all(mut self) -> Self {
        self.open_every = 1;
        self
    }

    /// A viewer that needs no ICE and no DTLS: it just takes what is sealed with `keys`. For measuring a bare sender.
    #[must_use]
    pub fn bare_viewer(certificate: &Arc<Certificate>, keys: &SrtpKeys, epoch: Instant, seed: u64) -> Self {
        let mut light = Self::viewer(certificate, (1, 1), &[Codec::Vp8], epoch, seed);
        light.start(epoch, keys, None);
        light.phase = Phase::Connected;
        light
    }

    /// A publisher that needs no ICE and no DTLS: it seals with `keys` and sends to `to` from `now` on, paused.
    #[must_use]
    pub fn bare_publisher(
        certificate: &Arc<Certificate>,
        keys: &SrtpKeys,
        (now, to): (Instant, SocketAddr),
        (codec, pace): (Codec, Pace),
        epoch: Instant,
        seed: u64,
    ) -> Self {
        let mut light = Self::publisher(certificate, codec, pace, epoch, seed);
        light.bare = Some(to);
        light.start(now, keys, None);
        light.pause(now, true);
        light.phase = Phase::Connected;
        light
    }

    fn new(certificate: &Arc<Certificate>, asks: &Asks, work: Work, epoch: Instant, seed: u64) -> Self {
        let local = IceCredentials {
            ufrag: format!("{:016x}", mix(seed ^ 0xa11)),
            pwd: format!("{:016x}{:016x}", mix(seed ^ 0xb22), mix(seed ^ 0xc33)),
        };
        let offer = offer::write(asks, &local, certificate.fingerprint(), mix(seed) >> 2);
        Self {
            certificate: Arc::clone(certificate),
            local,
            offer,
            seed,
            epoch,
            checks: None,
            bare: None,
            phase: Phase::Offering,
            work,
            tally: Tally::default(),
            open_every: OPEN_EVERY,
            queue: VecDeque::new(),
            scratch: Box::new([0; SCRATCH_BYTES]),
            next_report: epoch,
        }
    }

    /// Its offer, for a WHIP or WHEP endpoint.
    #[must_use]
    pub fn offer(&self) -> &str {
        &self.offer
    }

    /// What a viewer has seen.
    pub const fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    /// Whether media can flow.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected | Phase::JustConnected)
    }

    /// Takes the relay's answer; checks start at `now`. Candidates of the other address family than `ipv4` says are left
    /// out.
    ///
    /// # Errors
    ///
    /// If the answer lacks what every answer has.
    pub fn accept(&mut self, now: Instant, answer: &str, ipv4: bool) -> Result<(), LightError> {
        let answer = offer::read(answer)?;
        let candidates: Vec<_> = answer.candidates.into_iter().filter(|c| c.is_ipv4() == ipv4).collect();
        if candidates.is_empty() {
            return Err(LightError::NoCandidate(if ipv4 { "IPv4" } else { "IPv6" }));
        }
        let checks = Checks::new(now, self.local.clone(), answer.remote, candidates, mix(self.seed ^ 0xd44));
        self.checks = Some(checks);
        let handshake = Handshake::client(&self.certificate, answer.fingerprint);
        self.phase = Phase::Handshaking(Box::new(handshake));
        Ok(())
    }

    /// Stops sending, or goes on; for a publisher that waits its turn.
    pub fn pause(&mut self, now: Instant, paused: bool) {
        if let Work::Publish { sending: Some(sending), .. } = &mut self.work {
            if sending.paused && !paused {
                sending.programme.resume(now);
            }
            sending.paused = paused;
        }
    }

    /// Lets a publisher's packets follow each other in another way.
    pub fn set_pace(&mut self, now: Instant, pace: Pace) {
        if let Work::Publish { shape, sending } = &mut self.work {
            shape.pace = pace;
            if let Some(sending) = sending {
                sending.programme.set_pace(pace, now);
            }
        }
    }

    /// Packets a publisher has sent.
    #[must_use]
    pub fn packets_sent(&self) -> u64 {
        let Work::Publish { sending: Some(sending), .. } = &self.work else { return 0 };
        sending.programme.sent().iter().map(|sent| u64::from(sent.packets)).sum()
    }

    /// Feeds a datagram that came at `now`. It may be opened in place.
    pub fn handle(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]) {
        match datagram.first() {
            Some(128..=191) => self.media(now, datagram),
            Some(20..=63) => self.dtls(now, datagram),
            _ if is_stun(datagram) => self.stun(now, from, datagram),
            _ => {}
        }
    }

    /// Next effect to carry out.
    pub fn poll(&mut self, now: Instant) -> Step<'_> {
        self.drive(now);
        if let Some((to, datagram)) = self.queue.pop_front() {
            let len = datagram.len().min(SCRATCH_BYTES);
            self.scratch[..len].copy_from_slice(&datagram[..len]);
            return Step::Transmit { to, datagram: &self.scratch[..len] };
        }
        match &mut self.phase {
            Phase::JustConnected => {
                self.phase = Phase::Connected;
                return Step::Connected;
            }
            Phase::Failing(reason) => {
                let reason = std::mem::take(reason);
                self.phase = Phase::Ended;
                return Step::Failed(reason);
            }
            _ => {}
        }
        if let (Some(to), Phase::Connected) = (self.selected(), &self.phase)
            && let Some(len) = self.work.next_packet(now, &mut self.scratch[..])
        {
            return Step::Transmit { to, datagram: &self.scratch[..len] };
        }
        Step::Wait(self.due(now))
    }

    /// Says goodbye in DTLS; [`poll`](Self::poll) gives the datagram.
    pub fn close(&mut self, now: Instant) {
        let handshake = match &mut self.work {
            Work::Publish { sending: Some(sending), .. } => sending.handshake.as_mut(),
            Work::View { receiving: Some(receiving) } => receiving.handshake.as_mut(),
            _ => None,
        };
        let to = self.checks.as_ref().and_then(Checks::selected);
        if let (Some(handshake), Some(to)) = (handshake, to) {
            handshake.close();
            while let HandshakeStep::Transmit(datagram) = handshake.poll(now) {
                self.queue.push_back((to, datagram));
            }
        }
        self.checks = None;
        self.phase = Phase::Ended;
    }

    fn media(&mut self, now: Instant, datagram: &mut [u8]) {
        // RTCP's packet types seen as RTP's marker and payload type (RFC 5761 §4).
        if datagram.len() >= 8 && (192..=223).contains(&datagram[1]) {
            return self.rtcp(datagram);
        }
        let Work::View { receiving: Some(receiving) } = &mut self.work else { return };
        let Some(header_len) = header_len(datagram) else { return };
        self.tally.count(now, datagram);
        if let Some(seq) = transport_number(datagram, receiving.arrivals.extension) {
            receiving.arrivals.note(seq, now);
        }
        if receiving.until_open > 0 {
            receiving.until_open -= 1;
            return;
        }
        receiving.until_open = self.open_every - 1;
        let last = datagram[1] & 0x80 != 0;
        let heard = match receiving.opener.open(header_len, datagram) {
            Ok(opened) => {
                let payload = unpadded(&datagram[header_len..opened.len], datagram[0] & 0x20 != 0);
                let sent = stamp(payload).map(|since| self.epoch + since);
                Heard::Opened { delay: sent.map(|sent| now.saturating_duration_since(sent)), last }
            }
            Err(_) => Heard::Refused,
        };
        self.tally.heard(now, heard);
    }

    /// Tells which packets arrived, if it is time; a queue that nobody takes from does not grow.
    fn report_arrivals(&mut self, now: Instant, to: SocketAddr) {
        let Work::View { receiving: Some(receiving) } = &mut self.work else { return };
        if now < receiving.next_arrivals || !self.queue.is_empty() {
            return;
        }
        let Some(report) = receiving.arrivals.report() else { return };
        // Each viewer keeps its own beat: one that is late for all doesn't make them report together from then on.
        let late = now.saturating_duration_since(receiving.next_arrivals);
        let missed = late.as_nanos() / ARRIVALS_INTERVAL.as_nanos();
        receiving.next_arrivals += ARRIVALS_INTERVAL * (missed as u32 + 1);
        let mut plain = Vec::with_capacity(512);
        rtcp::write_arrivals(receiving.report_ssrc, Ssrc(0), &report, &mut plain);
        let mut sealed = vec![0; plain.len() + 64];
        if let Ok(len) = receiving.srtcp.protect(&plain, &mut sealed) {
            sealed.truncate(len);
            self.queue.push_back((to, sealed));
        }
    }

    fn rtcp(&mut self, datagram: &[u8]) {
        let Work::Publish { sending: Some(sending), .. } = &mut self.work else { return };
        let Ok(len) = sending.srtcp.unprotect(datagram, &mut self.scratch[..]) else { return };
        if asks_for_key_frame(&self.scratch[..len]) {
            sending.programme.ask_key_frame();
        }
    }

    fn dtls(&mut self, now: Instant, datagram: &[u8]) {
        let established = match &mut self.work {
            Work::Publish { sending: Some(sending), .. } => sending.handshake.as_mut(),
            Work::View { receiving: Some(receiving) } => receiving.handshake.as_mut(),
            _ => None,
        };
        match (&mut self.phase, established) {
            (Phase::Handshaking(handshake), _) => handshake.handle(now, datagram),
            (Phase::Connected | Phase::JustConnected, Some(handshake)) => handshake.handle(now, datagram),
            _ => {}
        }
    }

    fn stun(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        if let Some(checks) = &mut self.checks {
            checks.handle(now, from, datagram);
        }
    }

    fn drive(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Failing(_) | Phase::Ended) {
            return;
        }
        if let Some(checks) = &mut self.checks {
            let queue = &mut self.queue;
            checks.poll(now, |to, datagram| queue.push_back((to, datagram)));
            if checks.path(now) == Path::Lost {
                self.phase = Phase::Failing("the relay has not answered for 30 s".to_owned());
                return;
            }
        }
        let Some(to) = self.selected() else { return };
        match self.phase {
            Phase::Handshaking(_) => self.drive_handshake(now, to),
            Phase::Connected => self.drive_connected(now, to),
            _ => {}
        }
    }

    fn drive_handshake(&mut self, now: Instant, to: SocketAddr) {
        let Phase::Handshaking(handshake) = &mut self.phase else { return };
        loop {
            match handshake.poll(now) {
                HandshakeStep::Transmit(datagram) => self.queue.push_back((to, datagram)),
                HandshakeStep::Established(keys) => {
                    let phase = std::mem::replace(&mut self.phase, Phase::JustConnected);
                    let Phase::Handshaking(handshake) = phase else { return };
                    return self.start(now, &keys, Some(handshake));
                }
                HandshakeStep::Failed(reason) => {
                    self.phase = Phase::Failing(reason);
                    return;
                }
                HandshakeStep::Closed => {
                    self.phase = Phase::Failing("the relay closed the association".to_owned());
                    return;
                }
                HandshakeStep::Wait(_) => return,
            }
        }
    }

    fn selected(&self) -> Option<SocketAddr> {
        self.checks.as_ref().and_then(Checks::selected).or(self.bare)
    }

    fn start(&mut self, now: Instant, keys: &SrtpKeys, handshake: Option<Box<Handshake>>) {
        // Reports of a crowd spread over the second.
        self.next_report = now + REPORT_INTERVAL + Duration::from_millis(mix(self.seed) % 1000);
        match &mut self.work {
            Work::Publish { shape, sending } => {
                let mut sealer = Sealer::new(keys);
                let streams = [shape.video.ssrc, shape.audio.ssrc].map(|ssrc| sealer.add_stream(ssrc));
                *sending = Some(Box::new(Sending {
                    programme: Programme::new(*shape, self.epoch, now, self.seed),
                    sealer,
                    streams,
                    indexes: [None; 2],
                    srtcp: Srtcp::new(keys),
                    handshake,
                    paused: false,
                }));
            }
            Work::View { receiving } => {
                *receiving = Some(Box::new(Receiving {
                    opener: Opener::new(keys),
                    srtcp: Srtcp::new(keys),
                    handshake,
                    until_open: self.seed % self.open_every,
                    report_ssrc: Ssrc((mix(self.seed ^ 0xe55) as u32).max(1)),
                    arrivals: Arrivals::new(offer::TRANSPORT_EXTENSION, self.epoch),
                    next_arrivals: now + Duration::from_millis(mix(self.seed) % ARRIVALS_INTERVAL.as_millis() as u64),
                }));
            }
        }
    }

    fn drive_connected(&mut self, now: Instant, to: SocketAddr) {
        let handshake = match &mut self.work {
            Work::Publish { sending: Some(sending), .. } => sending.handshake.as_mut(),
            Work::View { receiving: Some(receiving) } => receiving.handshake.as_mut(),
            _ => None,
        };
        if let Some(handshake) = handshake {
            loop {
                match handshake.poll(now) {
                    // The last flight again, if the relay did not get it.
                    HandshakeStep::Transmit(datagram) => self.queue.push_back((to, datagram)),
                    HandshakeStep::Closed | HandshakeStep::Failed(_) => {
                        self.phase = Phase::Failing("the relay closed the association".to_owned());
                        return;
                    }
                    HandshakeStep::Established(_) | HandshakeStep::Wait(_) => break,
                }
            }
        }
        if now >= self.next_report {
            self.next_report = now + REPORT_INTERVAL;
            self.report(now, to);
        }
        self.report_arrivals(now, to);
    }

    fn report(&mut self, now: Instant, to: SocketAddr) {
        let mut plain = Vec::with_capacity(128);
        let srtcp = match &mut self.work {
            Work::Publish { sending: Some(sending), .. } => {
                // Any wall clock does, as long as picture and sound share it.
                let since = now.saturating_duration_since(self.epoch);
                let ntp = crate::quantity::NtpTime::from_unix(since);
                for sent in sending.programme.sent() {
                    write_sender_report(sent.ssrc, ntp.0, sent.time, sent.packets, sent.octets, &mut plain);
                }
                Some(&mut sending.srtcp)
            }
            Work::View { receiving: Some(receiving) } => {
                self.tally.write_receiver_report(receiving.report_ssrc, &mut plain);
                Some(&mut receiving.srtcp)
            }
            _ => None,
        };
        let mut sealed = vec![0; plain.len() + 64];
        if let Some(srtcp) = srtcp
            && let Ok(len) = srtcp.protect(&plain, &mut sealed)
        {
            sealed.truncate(len);
            self.queue.push_back((to, sealed));
        }
    }

    fn due(&self, now: Instant) -> Option<Instant> {
        let checks = self.checks.as_ref().map(Checks::due);
        let own = match &self.phase {
            Phase::Offering | Phase::Ended => return None,
            Phase::Handshaking(_) => Some(now + HANDSHAKE_TICK),
            Phase::JustConnected | Phase::Failing(_) => Some(now),
            Phase::Connected => self.selected().map(|_| match &self.work {
                Work::Publish { sending: Some(sending), .. } if !sending.paused => {
                    self.next_report.min(sending.programme.due())
                }
                _ => self.next_report,
            }),
        };
        checks.into_iter().chain(own).min()
    }
}

impl Work {
    /// Writes and seals the next packet that is due.
    fn next_packet(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        let Self::Publish { shape, sending: Some(sending) } = self else { return None };
        if sending.paused {
            return None;
        }
        let len = sending.programme.write(now, out)?;
        let header_len = header_len(&out[..len]).expect("a programme writes whole headers");
        let which = usize::from(out[8..12] != shape.video.ssrc.0.to_be_bytes());
        // Nothing is left out or reordered here, so the index just counts on from the first sequence number.
        let first = u64::from(u16::from_be_bytes([out[2], out[3]]));
        let index = sending.indexes[which].map_or(first, |last| last + 1);
        sending.indexes[which] = Some(index);
        sending.sealer.seal(sending.streams[which], index, header_len, out, len).ok()
    }
}

/// Why an answer can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LightError {
    /// It lacks something.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The relay can't be reached by this socket.
    #[error("the answer has no {0} candidate")]
    NoCandidate(&'static str),
}

/// Bytes before the payload: fixed header, CSRCs, extensions (RFC 3550 §5.1, §5.3.1).
#[must_use]
pub fn header_len(packet: &[u8]) -> Option<usize> {
    let fixed = 12 + 4 * usize::from(*packet.first()? & 0x0f);
    let len = if packet[0] & 0x10 == 0 {
        fixed
    } else {
        let words = packet.get(fixed + 2..fixed + 4)?;
        fixed + 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]))
    };
    (packet.len() >= len).then_some(len)
}

fn unpadded(payload: &[u8], padding: bool) -> &[u8] {
    let pad = if padding { usize::from(payload.last().copied().unwrap_or(0)) } else { 0 };
    &payload[..payload.len().saturating_sub(pad)]
}

/// The transport-wide number in a packet's header.
fn transport_number(packet: &[u8], extension: u8) -> Option<u16> {
    let number = rtp::Header::parse(packet)?.extension(packet, extension)?;
    Some(u16::from_be_bytes(*number.first_chunk()?))
}

/// Whether a compound packet has a PLI (RFC 4585 §6.3.1) or FIR (RFC 5104 §4.3.1).
fn asks_for_key_frame(mut compound: &[u8]) -> bool {
    while compound.len() >= 4 {
        if compound[1] == 206 && matches!(compound[0] & 0x1f, 1 | 4) {
            return true;
        }
        let len = 4 + 4 * usize::from(u16::from_be_bytes([compound[2], compound[3]]));
        compound = compound.get(len..).unwrap_or(&[]);
    }
    false
}

fn write_sender_report(ssrc: Ssrc, ntp: u64, time: u32, packets: u32, octets: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x80, 200, 0, 6]);
    out.extend_from_slice(&ssrc.0.to_be_bytes());
    out.extend_from_slice(&ntp.to_be_bytes());
    for word in [time, packets, octets] {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

/// SplitMix64's finaliser (Steele et al. 2014): spreads seeds that differ by one over all bits.
const fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
