//! Clients of the simulated network: STUN checks as a browser makes them, SRTP with keys given instead of a handshake.

use crate::media::{Pattern, Player, Shape, frame, frame_of, look};
use hmac::{Hmac, Mac};
use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};
use yunling::{
    quantity::{Bitrate, NtpTime},
    relay::{
        arrivals::{ArrivalReport, Arrivals},
        codec::{red, vp8},
        media::{Codec, MediaKind, Ssrc},
        plan::{IceCredentials, SlotPlan},
        publication::Reception,
        rtp,
        transport::{
            rtcp,
            srtcp::Srtcp,
            srtp::{Opener, SealStream, Sealer, SrtpKeys},
        },
    },
};

/// Room for the largest datagram.
pub(crate) const BUFFER: usize = 1600;

/// One client's connection.
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) local: IceCredentials,
    pub(crate) remote: IceCredentials,
    pub(crate) sealer: Sealer,
    pub(crate) opener: Opener,
    pub(crate) srtcp: Srtcp,
    pub(crate) work: Work,
    pub(crate) next_check: Instant,
    pub(crate) answered: u64,
    /// A client that is switched off neither sends nor hears.
    pub(crate) off: bool,
    checks: u64,
}

pub(crate) enum Work {
    Publish(Box<Publishing>),
    View(Box<Viewing>),
}

pub(crate) struct Publishing {
    pub(crate) source: u16,
    pub(crate) video: Option<Track>,
    pub(crate) audio: Option<Track>,
    /// Layers of its picture, if it sends several.
    pub(crate) layers: Vec<Layer>,
    pub(crate) shape: Shape,
    pub(crate) pieces: u16,
    /// Bytes of one piece.
    pub(crate) size: usize,
    pub(crate) key_every: u32,
    /// Its frames are of three temporal layers.
    pub(crate) temporal: Option<Pattern>,
    pub(crate) key_requests: u64,
    /// Packets it was asked for again.
    pub(crate) asked_again: u64,
    /// Transport-wide numbers of what it sends, if it has them.
    pub(crate) transport: Option<Transport>,
    /// When its clock began, if it tells by sender reports how its time lines belong together.
    pub(crate) clock: Option<Instant>,
    next_report: Option<Instant>,
    key_wanted: bool,
}

/// One layer of a picture (RFC 8853).
pub(crate) struct Layer {
    pub(crate) rid: &'static str,
    pub(crate) track: Track,
    pub(crate) size: usize,
    /// Whether it is sent now.
    pub(crate) active: bool,
    pub(crate) key_requests: u64,
    key_wanted: bool,
}

impl Layer {
    pub(crate) fn new(rid: &'static str, mut track: Track, size: usize) -> Self {
        track.rid = Some(rid);
        Self { rid, track, size, active: true, key_requests: 0, key_wanted: true }
    }
}

/// Transport-wide numbers, and what came back about them.
#[derive(Default)]
pub(crate) struct Transport {
    pub(crate) sent: Vec<Instant>,
    pub(crate) reports: Vec<ArrivalReport>,
}

/// Id of the header extension that carries transport-wide numbers, in every offer here.
pub(crate) const TRANSPORT_CC: u8 = 5;

/// Ids of those that name a layer, and the layer a retransmission belongs to.
pub(crate) const RID: u8 = 10;

/// Id of the one that says when a frame was captured.
pub(crate) const CAPTURED: u8 = 7;

pub(crate) const REPAIRED_RID: u8 = 11;

pub(crate) struct Track {
    pub(crate) pt: u8,
    pub(crate) ssrc: u32,
    pub(crate) every: Duration,
    pub(crate) next: Instant,
    stream: SealStream,
    index: u64,
    timestamp: u32,
    frame: u32,
    first: Instant,
    /// How late its frames leave after they were captured.
    pub(crate) late: Duration,
    /// Parts in a million by which its clock is fast.
    pub(crate) fast_ppm: f64,
    /// When its clock began, if its packets say when their frames were captured.
    pub(crate) captures: Option<Instant>,
    /// Its layer's name.
    rid: Option<&'static str>,
    /// How it sends again what was lost, if that was negotiated.
    rtx: Option<Repair>,
    /// Sound: what it does against loss, and its loudness.
    pub(crate) sound: Sound,
}

/// Id of the header extension that states loudness.
pub(crate) const LEVEL: u8 = 1;

/// How a microphone's packets are made.
#[derive(Default)]
pub(crate) struct Sound {
    /// Payload type of packets that carry the one before them once more, as Chromium's do.
    pub(crate) red: Option<u8>,
    /// Sent again as the same bytes, if asked for.
    pub(crate) nack: bool,
    /// Loudness it states (RFC 6464).
    pub(crate) level: Option<u8>,
    /// When each frame was sent.
    pub(crate) sent: Vec<Instant>,
    before: Vec<u8>,
    kept: VecDeque<(u16, Vec<u8>)>,
    wanted: Vec<u16>,
}

/// A track's retransmissions (RFC 4588).
struct Repair {
    pt: u8,
    ssrc: u32,
    stream: SealStream,
    index: u64,
    /// Latest packets in the clear, and what of them is to be sent again.
    history: VecDeque<Vec<u8>>,
    wanted: Vec<u16>,
}

/// A missing packet: since when it is, and when it was asked for last.
#[derive(Clone, Copy)]
struct Gap {
    since: Instant,
    asked: Option<Instant>,
}

impl Gap {
    fn new(since: Instant) -> Self {
        Self { since, asked: None }
    }

    /// Whether it is asked for now. Of pictures Chromium asks at once, and again after the round trip it assumes as long as
    /// it doesn't know it, which is as long as it only looks.
    fn is_due(&self, now: Instant, tick: bool, sound: bool) -> bool {
        match (sound, self.asked) {
            (true, _) => tick && now.saturating_duration_since(self.since) >= Duration::from_millis(15),
            (false, None) => true,
            (false, Some(asked)) => tick && now.saturating_duration_since(asked) >= Duration::from_millis(100),
        }
    }
}

pub(crate) struct Viewing {
    pub(crate) slots: Vec<SlotPlan>,
    pub(crate) players: BTreeMap<u32, Player>,
    pub(crate) rtx: bool,
    /// Highest index seen by stream, and what is missing below it.
    missing: BTreeMap<u32, BTreeMap<u64, Gap>>,
    highest: BTreeMap<u32, u64>,
    pub(crate) repaired: u64,
    /// When each frame of sound came first, by source and number.
    pub(crate) heard: BTreeMap<(u16, u32), Instant>,
    /// The timestamp of each, and the relay's last sender report of each stream: its time, seconds, and the timestamp then.
    pub(crate) stamps: BTreeMap<(u16, u32), u32>,
    pub(crate) told: BTreeMap<u32, (f64, u32)>,
    /// What packets said of the moment their frames were captured, seconds, by stream and timestamp.
    pub(crate) captured: BTreeMap<(u32, u32), f64>,
    /// Packets of sound that carried others.
    pub(crate) redundant: u64,
    /// Whether it reports what it loses, and its count of (highest index, packets) at the last report.
    pub(crate) reports: bool,
    reported: BTreeMap<u32, (u64, u64)>,
    /// Whether it states the most that its way bears, as far as it can tell from what came and what was lost; the bytes and losses of
    /// all time when it did last.
    pub(crate) states: bool,
    stated: (u64, u64),
    next_statement: Option<Instant>,
    lost: u64,
    pub(crate) last_source: BTreeMap<u32, u32>,
    pub(crate) packets: BTreeMap<u32, u64>,
    /// When packets arrived, if it tells.
    pub(crate) arrivals: Option<Arrivals>,
    /// Bytes of everything that came, and when the latest came.
    pub(crate) bytes: u64,
    next_arrivals: Option<Instant>,
    next_report: Option<Instant>,
    next_nack: Option<Instant>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, local: IceCredentials, keys: &SrtpKeys, work: Work, now: Instant) -> Self {
        let remote = IceCredentials { ufrag: String::new(), pwd: String::new() };
        Self {
            address,
            local,
            remote,
            sealer: Sealer::new(keys),
            opener: Opener::new(keys),
            srtcp: Srtcp::new(keys),
            work,
            next_check: now,
            answered: 0,
            off: false,
            checks: 0,
        }
    }

    /// A binding request with USE-CANDIDATE (RFC 8445 §7.1.1).
    pub(crate) fn check(&mut self) -> Vec<u8> {
        self.checks += 1;
        let mut transaction = [0u8; 12];
        transaction[..8].copy_from_slice(&self.checks.to_be_bytes());
        transaction[8..].copy_from_slice(&u32::from(self.address.port()).to_be_bytes());
        let username = format!("{}:{}", self.remote.ufrag, self.local.ufrag);
        let mut body = Vec::new();
        let attribute = |body: &mut Vec<u8>, kind: u16, value: &[u8]| {
            body.extend_from_slice(&kind.to_be_bytes());
            body.extend_from_slice(&(value.len() as u16).to_be_bytes());
            body.extend_from_slice(value);
            body.resize(body.len().next_multiple_of(4), 0);
        };
        attribute(&mut body, 0x0006, username.as_bytes());
        attribute(&mut body, 0x0024, &1u32.to_be_bytes());
        attribute(&mut body, 0x802a, &7u64.to_be_bytes());
        attribute(&mut body, 0x0025, &[]);
        let mut message = vec![0, 1];
        message.extend_from_slice(&(body.len() as u16 + 24).to_be_bytes());
        message.extend_from_slice(&0x2112_a442u32.to_be_bytes());
        message.extend_from_slice(&transaction);
        message.extend_from_slice(&body);
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(self.remote.pwd.as_bytes()).expect("HMAC takes any key");
        mac.update(&message);
        let tag = mac.finalize().into_bytes();
        message.extend_from_slice(&[0, 8, 0, 20]);
        message.extend_from_slice(&tag);
        message
    }

    /// Everything it sends at `now`.
    pub(crate) fn send(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) {
        if self.off {
            return;
        }
        if self.next_check <= now {
            // A browser repeats its first checks until one is answered.
            self.next_check = now + Duration::from_millis(if self.answered == 0 { 250 } else { 2500 });
            out.push(self.check());
        }
        if self.answered == 0 {
            return;
        }
        match &mut self.work {
            Work::Publish(publishing) => {
                publishing.report(now, &mut self.srtcp, out);
                publishing.send(now, &mut self.sealer, out);
            }
            Work::View(viewing) => viewing.report(now, &mut self.srtcp, out),
        }
    }

    /// Takes a datagram from the relay.
    pub(crate) fn take(&mut self, now: Instant, datagram: &mut [u8]) {
        if self.off {
            return;
        }
        if datagram[0] < 4 {
            self.answered += u64::from(datagram[..2] == [1, 1]);
            return;
        }
        if rtp::is_rtcp(datagram) {
            let mut plain = [0; BUFFER];
            let Ok(len) = self.srtcp.unprotect(datagram, &mut plain) else { return };
            if let Work::View(viewing) = &mut self.work {
                rtcp::read(&plain[..len], |feedback| {
                    if let rtcp::Feedback::SenderReport { ssrc, ntp, timestamp } = feedback {
                        viewing.told.insert(ssrc.0, (seconds(ntp), timestamp));
                    }
                });
            }
            if let Work::Publish(publishing) = &mut self.work {
                rtcp::read(&plain[..len], |feedback| match feedback {
                    rtcp::Feedback::KeyFrame(ssrc) => publishing.key_frame(ssrc),
                    rtcp::Feedback::Nack(ssrc, missing) => publishing.repair(ssrc, &missing),
                    rtcp::Feedback::Arrivals(report) => {
                        publishing.transport.as_mut().expect("nobody else is told").reports.push(report);
                    }
                    _ => {}
                });
            }
            return;
        }
        let Some(header) = rtp::Header::parse(datagram) else { panic!("the relay sent no RTP") };
        let Ok(opened) = self.opener.open(header.len, datagram) else { return };
        let plain = datagram[..opened.len].to_vec();
        if let Work::View(viewing) = &mut self.work {
            viewing.bytes += opened.len as u64;
            if let (Some(arrivals), Some(&[high, low])) =
                (&mut viewing.arrivals, header.extension(&plain, TRANSPORT_CC))
            {
                arrivals.note(u16::from_be_bytes([high, low]), now);
            }
            let captured = header.extension(&plain, CAPTURED).and_then(|captured| captured.first_chunk());
            if let Some(&captured) = captured {
                let captured = seconds(NtpTime(u64::from_be_bytes(captured)));
                viewing.captured.insert((header.ssrc, header.timestamp), captured);
            }
            viewing.take(now, header, opened.index, &plain);
        }
    }

    pub(crate) fn viewing(&mut self) -> &mut Viewing {
        let Work::View(viewing) = &mut self.work else { panic!("it publishes") };
        viewing
    }

    pub(crate) fn publishing(&mut self) -> &mut Publishing {
        let Work::Publish(publishing) = &mut self.work else { panic!("it looks") };
        publishing
    }
}

impl Publishing {
    pub(crate) fn new(source: u16, shape: Shape) -> Self {
        Self {
            source,
            video: None,
            audio: None,
            layers: Vec::new(),
            shape,
            pieces: 3,
            size: 300,
            key_every: 60,
            temporal: None,
            key_requests: 0,
            asked_again: 0,
            transport: None,
            clock: None,
            next_report: None,
            key_wanted: true,
        }
    }

    /// A sender report of all it sends, if one is due.
    fn report(&mut self, now: Instant, srtcp: &mut Srtcp, out: &mut Vec<Vec<u8>>) {
        let Some(began) = self.clock.filter(|_| self.next_report.is_none_or(|due| due <= now)) else { return };
        self.next_report = Some(now + Duration::from_secs(1));
        let tracks = [(&self.video, 90_000), (&self.audio, 48_000)];
        for (track, rate) in tracks.into_iter().filter_map(|(track, rate)| Some((track.as_ref()?, rate))) {
            let own = |span: Duration| span.as_secs_f64() * track.pace();
            let ntp = track.own_time(began, now);
            let due = track.captured(track.frame);
            let since = own(now.saturating_duration_since(due)) - own(due.saturating_duration_since(now));
            let timestamp = track.timestamp.wrapping_add((since * f64::from(rate)) as i64 as u32);
            let sent = rtcp::Sent { ssrc: Ssrc(track.ssrc), timestamp, packets: track.frame, bytes: 0 };
            let mut compound = Vec::new();
            rtcp::write_sender_reports(ntp, &[sent], "camera", &mut compound);
            let mut sealed = vec![0; BUFFER];
            let len = srtcp.protect(&compound, &mut sealed).expect("there is room");
            sealed.truncate(len);
            out.push(sealed);
        }
    }

    fn key_frame(&mut self, ssrc: Ssrc) {
        self.key_requests += 1;
        self.key_wanted = true;
        for layer in self.layers.iter_mut().filter(|layer| layer.track.ssrc == ssrc.0) {
            layer.key_requests += 1;
            layer.key_wanted = true;
        }
    }

    fn repair(&mut self, ssrc: Ssrc, missing: &[u16]) {
        self.asked_again += missing.len() as u64;
        let layers = self.layers.iter_mut().map(|layer| &mut layer.track);
        let tracks = self.video.iter_mut().chain(&mut self.audio).chain(layers);
        for track in tracks.filter(|track| track.ssrc == ssrc.0) {
            match &mut track.rtx {
                Some(repair) => repair.wanted.extend_from_slice(missing),
                None => track.sound.wanted.extend_from_slice(missing),
            }
        }
    }

    fn send(&mut self, now: Instant, sealer: &mut Sealer, out: &mut Vec<Vec<u8>>) {
        for track in [&mut self.video, &mut self.audio].into_iter().flatten() {
            track.send_again(now, sealer, &mut self.transport, out);
        }
        for (rank, layer) in self.layers.iter_mut().enumerate() {
            layer.track.send_again(now, sealer, &mut self.transport, out);
            if layer.track.next > now {
                continue;
            }
            if layer.active {
                let key = std::mem::take(&mut layer.key_wanted) || layer.track.frame.is_multiple_of(self.key_every);
                let pieces = if key { self.pieces * 2 } else { self.pieces };
                let source = self.source + rank as u16;
                let payloads = frame(self.shape, source, layer.track.frame, key, pieces, layer.size);
                let last = payloads.len() - 1;
                for (number, payload) in payloads.iter().enumerate() {
                    out.push(layer.track.seal(now, sealer, &mut self.transport, number == last, payload));
                }
            } else {
                // What is sent again begins with a key frame.
                layer.key_wanted = true;
            }
            layer.track.step(90_000);
        }
        if let Some(track) = self.video.as_mut().filter(|track| track.next <= now) {
            let key = std::mem::take(&mut self.key_wanted) || track.frame.is_multiple_of(self.key_every);
            let pieces = if key { self.pieces * 2 } else { self.pieces };
            let temporal = self.temporal.as_mut().map(|pattern| pattern.next(track.frame, key));
            let payloads = frame_of(self.shape, self.source, track.frame, key, pieces, self.size, temporal);
            let last = payloads.len() - 1;
            for (number, payload) in payloads.iter().enumerate() {
                out.push(track.seal(now, sealer, &mut self.transport, number == last, payload));
            }
            track.step(90_000);
        }
        if let Some(track) = self.audio.as_mut().filter(|track| track.next <= now) {
            let again = std::mem::take(&mut track.sound.wanted);
            let kept = track.sound.kept.iter().filter(|(seq, _)| again.contains(seq));
            out.extend(kept.map(|(_, sealed)| sealed.clone()));
            let own = [&self.source.to_be_bytes()[..], &track.frame.to_be_bytes(), &[9; 56]].concat();
            let before = std::mem::replace(&mut track.sound.before, own.clone());
            let opus = track.pt;
            let mut payload = own;
            if let Some(pt) = track.sound.red {
                let earlier = [red::Block { pt: opus, offset: 960, payload: &before }];
                let mut head = [0; BUFFER];
                let len = red::write_head(&mut head, &earlier[..usize::from(!before.is_empty())], opus);
                payload = [&head[..len], &payload].concat();
                track.pt = pt;
            }
            let (sealed, seq) = (track.seal(now, sealer, &mut self.transport, false, &payload), track.index as u16);
            track.pt = opus;
            if track.sound.nack {
                track.sound.kept.push_back((seq.wrapping_sub(1), sealed.clone()));
                if track.sound.kept.len() > 100 {
                    track.sound.kept.pop_front();
                }
            }
            out.push(sealed);
            track.sound.sent.push(now);
            track.step(48_000);
        }
    }
}

/// Seconds since 1900.
fn seconds(NtpTime(ntp): NtpTime) -> f64 {
    ntp as f64 / 4_294_967_296.0
}

/// Appends the next transport-wide number, and the layer's name or the loudness, if there are any; the header's length.
fn extend(
    now: Instant,
    transport: &mut Option<Transport>,
    said: Option<(u8, &[u8])>,
    captured: Option<NtpTime>,
    packet: &mut Vec<u8>,
) -> usize {
    let mut elements = Vec::new();
    if let Some(captured) = captured {
        elements.push(CAPTURED << 4 | 7);
        elements.extend_from_slice(&captured.0.to_be_bytes());
    }
    if let Some(transport) = transport {
        let [high, low] = (transport.sent.len() as u16).to_be_bytes();
        elements.extend_from_slice(&[TRANSPORT_CC << 4 | 1, high, low]);
        transport.sent.push(now);
    }
    if let Some((id, said)) = said {
        elements.push(id << 4 | (said.len() - 1) as u8);
        elements.extend_from_slice(said);
    }
    if !elements.is_empty() {
        elements.resize(elements.len().next_multiple_of(4), 0);
        packet[0] |= 0x10;
        packet.extend_from_slice(&[0xbe, 0xde, 0, (elements.len() / 4) as u8]);
        packet.extend_from_slice(&elements);
    }
    packet.len()
}

impl Track {
    pub(crate) fn new(pt: u8, ssrc: u32, every: Duration, next: Instant, sealer: &mut Sealer) -> Self {
        let stream = sealer.add_stream(Ssrc(ssrc));
        Self {
            pt,
            ssrc,
            every,
            next,
            stream,
            index: u64::from(ssrc & 0x7fff),
            timestamp: ssrc.wrapping_mul(77),
            frame: 0,
            first: next,
            late: Duration::ZERO,
            fast_ppm: 0.0,
            captures: None,
            rid: None,
            rtx: None,
            sound: Sound::default(),
        }
    }

    /// The track sends again what it is asked for.
    pub(crate) fn with_rtx(mut self, pt: u8, ssrc: u32, sealer: &mut Sealer) -> Self {
        let stream = sealer.add_stream(Ssrc(ssrc));
        self.rtx = Some(Repair { pt, ssrc, stream, index: 1, history: VecDeque::new(), wanted: Vec::new() });
        self
    }

    fn send_again(
        &mut self,
        now: Instant,
        sealer: &mut Sealer,
        transport: &mut Option<Transport>,
        out: &mut Vec<Vec<u8>>,
    ) {
        let Some(repair) = &mut self.rtx else { return };
        for seq in std::mem::take(&mut repair.wanted) {
            let Some(original) = repair.history.iter().find(|plain| plain[2..4] == seq.to_be_bytes()) else { continue };
            let mut packet = original[..12].to_vec();
            packet[1] = packet[1] & 0x80 | repair.pt;
            packet[2..4].copy_from_slice(&(repair.index as u16).to_be_bytes());
            packet[8..12].copy_from_slice(&repair.ssrc.to_be_bytes());
            let head = extend(now, transport, self.rid.map(|rid| (REPAIRED_RID, rid.as_bytes())), None, &mut packet);
            packet.extend_from_slice(&seq.to_be_bytes());
            packet.extend_from_slice(&original[12..]);
            let len = packet.len();
            packet.resize(len + 32, 0);
            let sealed = sealer.seal(repair.stream, repair.index, head, &mut packet, len).expect("a fresh index");
            packet.truncate(sealed);
            repair.index += 1;
            out.push(packet);
        }
    }

    fn seal(
        &mut self,
        now: Instant,
        sealer: &mut Sealer,
        transport: &mut Option<Transport>,
        marker: bool,
        payload: &[u8],
    ) -> Vec<u8> {
        let mut packet = vec![0x80, u8::from(marker) << 7 | self.pt];
        packet.extend_from_slice(&(self.index as u16).to_be_bytes());
        packet.extend_from_slice(&self.timestamp.to_be_bytes());
        packet.extend_from_slice(&self.ssrc.to_be_bytes());
        if let Some(repair) = &mut self.rtx {
            repair.history.push_back([&packet, payload].concat());
            if repair.history.len() > 600 {
                repair.history.pop_front();
            }
        }
        let level = self.sound.level.map(|level| [level]);
        let said =
            self.rid.map(|rid| (RID, rid.as_bytes())).or_else(|| level.as_ref().map(|level| (LEVEL, &level[..])));
        let captured = self.captures.map(|began| self.own_time(began, self.captured(self.frame)));
        let head = extend(now, transport, said, captured, &mut packet);
        packet.extend_from_slice(payload);
        let len = packet.len();
        packet.resize(len + 32, 0);
        let sealed = sealer.seal(self.stream, self.index, head, &mut packet, len).expect("a fresh index");
        packet.truncate(sealed);
        self.index += 1;
        packet
    }

    /// Packets it sent again.
    pub(crate) fn repairs(&self) -> u64 {
        self.rtx.as_ref().map_or(0, |repair| repair.index - 1)
    }

    /// What its clock, which began then, says at a moment.
    fn own_time(&self, began: Instant, at: Instant) -> NtpTime {
        NtpTime::from_unix(Duration::from_secs_f64(5000.0 + (at - began).as_secs_f64() * self.pace()))
    }

    /// Seconds of its clock in one of everybody else's.
    fn pace(&self) -> f64 {
        1.0 + self.fast_ppm / 1e6
    }

    /// When a frame was captured.
    pub(crate) fn captured(&self, frame: u32) -> Instant {
        self.first + self.every.mul_f64(f64::from(frame) / self.pace()) - self.late
    }

    fn step(&mut self, rate: u32) {
        self.frame += 1;
        self.next = self.captured(self.frame) + self.late;
        self.timestamp = self.timestamp.wrapping_add((self.every.as_secs_f64() * f64::from(rate)).round() as u32);
    }
}

impl Viewing {
    pub(crate) fn new(slots: Vec<SlotPlan>, rtx: bool) -> Self {
        Self {
            slots,
            players: BTreeMap::new(),
            rtx,
            missing: BTreeMap::new(),
            highest: BTreeMap::new(),
            repaired: 0,
            heard: BTreeMap::new(),
            stamps: BTreeMap::new(),
            told: BTreeMap::new(),
            captured: BTreeMap::new(),
            redundant: 0,
            reports: false,
            reported: BTreeMap::new(),
            states: false,
            stated: (0, 0),
            next_statement: None,
            lost: 0,
            last_source: BTreeMap::new(),
            packets: BTreeMap::new(),
            arrivals: None,
            bytes: 0,
            next_arrivals: None,
            next_report: None,
            next_nack: None,
        }
    }

    fn take(&mut self, now: Instant, header: rtp::Header, index: u64, plain: &[u8]) {
        let rtx = self.slots.iter().find(|slot| slot.rtx_ssrc == Some(Ssrc(header.ssrc))).cloned();
        let Some(payload) = header.payload(plain) else { panic!("impossible padding") };
        let source = u32::from_be_bytes([plain[12], plain[13], plain[14], plain[15]]);
        if rtx.is_some() && payload.is_empty() {
            return;
        }
        let (slot, index, payload, pt) = match rtx {
            Some(slot) => {
                let near = self.highest.get(&slot.ssrc.0).copied().unwrap_or(0);
                let seq = u16::from_be_bytes([payload[0], payload[1]]);
                self.repaired += 1;
                let pt = slot.codecs.iter().find(|codec| codec.rtx.map(|pt| pt.0) == Some(header.pt));
                let pt = pt.expect("a negotiated retransmission").pt.0;
                (slot, rtp::extend_seq(near, seq), &payload[2..], pt)
            }
            None => {
                let slot = self.slots.iter().find(|slot| slot.ssrc.0 == header.ssrc).cloned();
                (slot.expect("a slot's SSRC"), index, payload, header.pt)
            }
        };
        let ssrc = slot.ssrc.0;
        *self.packets.entry(ssrc).or_default() += 1;
        self.last_source.insert(ssrc, source);
        self.note(now, ssrc, index);
        if slot.kind == MediaKind::Audio {
            let is_red = slot.red.is_some_and(|red| red.0 == pt);
            self.redundant += u64::from(is_red);
            let blocks = if is_red { red::read(payload).expect("blocks of sound") } else { Default::default() };
            let plain = std::iter::once(payload).filter(|_| !is_red);
            for sound in blocks.iter().map(|block| block.payload).chain(plain) {
                let [high, low, number @ ..] = sound else { continue };
                let Some(number) = number.first_chunk() else { continue };
                let frame = (u16::from_be_bytes([*high, *low]), u32::from_be_bytes(*number));
                self.heard.entry(frame).or_insert(now);
                if !is_red {
                    self.stamps.insert(frame, header.timestamp);
                }
            }
            return;
        }
        let codec = slot.codecs.iter().find(|codec| codec.pt.0 == pt).expect("a negotiated payload type").codec;
        let shape = match codec {
            Codec::H264 => Shape::H264,
            Codec::Vp8 => Shape::Vp8,
            Codec::Opus => return,
        };
        let picture = (shape == Shape::Vp8)
            .then(|| vp8::read(payload).and_then(|(descriptor, _)| descriptor.picture_id).map(|id| id.value))
            .flatten();
        let seen = look(shape, payload, source).expect("a payload of ours");
        self.players.entry(ssrc).or_default().take(now, index, header.timestamp, seen, picture);
    }

    fn note(&mut self, now: Instant, ssrc: u32, index: u64) {
        let missing = self.missing.entry(ssrc).or_default();
        missing.remove(&index);
        match self.highest.get_mut(&ssrc) {
            Some(highest) if index > *highest => {
                missing.extend((*highest + 1..index).map(|gap| (gap, Gap::new(now))));
                self.lost += index - *highest - 1;
                *highest = index;
            }
            Some(_) => {}
            None => {
                self.highest.insert(ssrc, index);
            }
        }
    }

    /// Asks for what is missing, and says now and then how it fares.
    fn report(&mut self, now: Instant, srtcp: &mut Srtcp, out: &mut Vec<Vec<u8>>) {
        let mut compound = Vec::new();
        if self.next_report.is_none_or(|due| due <= now) {
            self.next_report = Some(now + Duration::from_secs(1));
            let received: Vec<_> = if self.reports { self.received() } else { Vec::new() };
            rtcp::write_receiver_report(Ssrc(1), &received, None, &mut compound);
        }
        if self.next_arrivals.is_none_or(|due| due <= now) {
            self.next_arrivals = Some(now + Duration::from_millis(50));
            while let Some(report) = self.arrivals.as_mut().and_then(Arrivals::report) {
                rtcp::write_arrivals(Ssrc(1), Ssrc(1), &report, &mut compound);
            }
        }
        if self.states && self.next_statement.is_none_or(|due| due <= now) {
            self.next_statement = Some(now + Duration::from_millis(500));
            let (bytes, lost) = std::mem::replace(&mut self.stated, (self.bytes, self.lost));
            let came = (self.bytes - bytes) as f64 * 16.0;
            let most = if self.lost > lost { 0.85 * came } else { 1.5 * came + 10_000.0 };
            rtcp::write_receiver_report(Ssrc(1), &[], Some(Bitrate::bps(most as u64)), &mut compound);
        }
        let tick = self.next_nack.is_none_or(|due| due <= now);
        if tick {
            self.next_nack = Some(now + Duration::from_millis(20));
        }
        for (&ssrc, missing) in self.missing.iter_mut().filter(|_| self.rtx) {
            let sound = self.slots.iter().any(|slot| slot.ssrc.0 == ssrc && slot.kind == MediaKind::Audio);
            missing.retain(|_, gap| now.saturating_duration_since(gap.since) < Duration::from_secs(1));
            let mut asked = Vec::new();
            for (&index, gap) in missing.iter_mut().filter(|(_, gap)| gap.is_due(now, tick, sound)).take(30) {
                gap.asked = Some(now);
                asked.push(index as u16);
            }
            if !asked.is_empty() {
                rtcp::write_nack(Ssrc(1), Ssrc(ssrc), &asked, &mut compound);
            }
        }
        if !compound.is_empty() {
            let mut sealed = vec![0; BUFFER];
            let len = srtcp.protect(&compound, &mut sealed).expect("there is room");
            sealed.truncate(len);
            out.push(sealed);
        }
    }

    /// What came of each stream since the last report.
    fn received(&mut self) -> Vec<rtcp::Received> {
        let of = |(&ssrc, &highest): (&u32, &u64)| {
            let packets = self.packets[&ssrc];
            let (highest_then, packets_then) = self.reported.insert(ssrc, (highest, packets))?;
            let expected = highest - highest_then;
            let lost = expected.saturating_sub(packets - packets_then);
            let fraction_lost = (lost * 256).checked_div(expected)?.min(255) as u8;
            let reception = Reception { fraction_lost, total_lost: 0, highest: highest as u32, jitter: 0 };
            Some(rtcp::Received { ssrc: Ssrc(ssrc), reception, last_sender_report: 0, delay: 0 })
        };
        self.highest.iter().filter_map(of).collect()
    }

    /// Highest index seen of a slot's stream.
    pub(crate) fn highest_of(&self, ssrc: u32) -> u64 {
        self.highest.get(&ssrc).copied().unwrap_or_default()
    }

    /// The slot with this number among its kind's.
    pub(crate) fn ssrc(&self, number: usize) -> u32 {
        self.slots[number].ssrc.0
    }

    pub(crate) fn ask_key_frame(&self, ssrc: u32, srtcp: &mut Srtcp) -> Vec<u8> {
        let mut compound = Vec::new();
        rtcp::write_picture_loss(Ssrc(1), Ssrc(ssrc), &mut compound);
        let mut sealed = vec![0; BUFFER];
        let len = srtcp.protect(&compound, &mut sealed).expect("there is room");
        sealed.truncate(len);
        sealed
    }
}
