//! Meetings made of packets, faster than real time: sources with their clocks, ways and accidents, written by the recorder's own
//! writer.

use crate::media::{self, Coding, FPS, RATE};
use std::{path::Path, time::Duration};
use yunling::{
    recorder::{
        io::writer::{About, Writer},
        journal::{ContentPlace, EndReason},
    },
    relay::{
        codec::h264,
        media::{Codec, Role},
        stage::{Heard, Stage},
        tap::{
            Track,
            record::{self, Head, Kind},
        },
    },
};

/// When the meeting begins, nanoseconds since 1970.
const BEGAN: u64 = 1_790_000_000_000_000_000;

/// Seconds from the NTP epoch to 1970.
const NTP_UNIX: u64 = 2_208_988_800;

/// What can happen to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accident {
    /// The microphone's clock is 200 ppm fast.
    Skew,
    /// 3 % of the packets are lost and sent again 150 ms later.
    Loss,
    /// The picture comes 6 s after the sound.
    Late,
    /// The picture changes its size in the middle.
    Size,
    /// Another SSRC, other numbers, in the middle.
    Ssrc,
    /// For 10 s nothing comes.
    Gap,
}

pub(crate) const ACCIDENTS: [Accident; 6] =
    [Accident::Skew, Accident::Loss, Accident::Late, Accident::Size, Accident::Ssrc, Accident::Gap];

/// Something that came from the tap: when, nanoseconds after the beginning, of which kind, of which track, and its body.
type Arrived = (u64, Kind, u32, Vec<u8>);

/// What came from the tap.
pub(crate) struct Meeting {
    records: Vec<Arrived>,
    tracks: u32,
    content_place: ContentPlace,
}

impl Meeting {
    pub(crate) fn new() -> Self {
        Self { records: Vec::new(), tracks: 0, content_place: ContentPlace::Corner }
    }

    /// Has content stand beside who speaks.
    pub(crate) fn beside(&mut self) -> &mut Self {
        self.content_place = ContentPlace::Beside;
        self
    }

    pub(crate) fn put(&mut self, at_ms: u64, kind: Kind, track: u32, body: Vec<u8>) -> &mut Self {
        self.records.push((at_ms * 1_000_000, kind, track, body));
        self
    }

    pub(crate) fn stage(&mut self, at_ms: u64, on_air: Option<&str>) -> &mut Self {
        let stage = Stage { on_air: on_air.map(|name| name.parse().unwrap()), heard: Heard::All };
        self.put(at_ms, Kind::Stage, 0, serde_json::to_vec(&stage).unwrap())
    }

    fn track(&mut self, at_ms: u64, participant: &str, role: Role, codec: Codec) -> u32 {
        self.tracks += 1;
        let (participant, name) = (participant.parse().unwrap(), format!("会场 {participant}"));
        let track = Track { participant, name, role, codec };
        self.put(at_ms, Kind::Track, self.tracks, serde_json::to_vec(&track).unwrap());
        self.tracks
    }

    /// A camera's picture and a microphone's sound for so long; the sound's way is 120 ms longer than the picture's.
    pub(crate) fn source(&mut self, participant: &str, seconds: u64, accidents: &[Accident]) -> &mut Self {
        self.picture(participant, Role::Main, Coding::H264, 320, 0..seconds, accidents);
        self.sound(participant, seconds, accidents)
    }

    /// A picture alone, on air or content, from one second to another.
    pub(crate) fn picture(
        &mut self,
        participant: &str,
        role: Role,
        coding: Coding,
        width: usize,
        span: std::ops::Range<u64>,
        accidents: &[Accident],
    ) -> &mut Self {
        let codec = if coding == Coding::H264 { Codec::H264 } else { Codec::Vp8 };
        let track = self.track(0, participant, role, codec);
        let seconds = span.end;
        let has = |accident| accidents.contains(&accident);
        let small = media::picture(coding, width, seconds);
        let large = if has(Accident::Size) { media::picture(coding, width * 2, seconds) } else { Vec::new() };
        let mut line = Line::new(track, 90_000, 20, accidents);
        let from = if has(Accident::Late) { 6 } else { span.start };
        for number in from * FPS..seconds * FPS {
            let at_ns = number * 1_000_000_000 / FPS;
            line.change(has(Accident::Ssrc) && number == seconds / 2 * FPS);
            let frame = if has(Accident::Size) && number >= seconds / 2 * FPS { &large } else { &small };
            let payloads = match coding {
                Coding::H264 => h264::packetize(&h264::annex_b_units(&frame[number as usize]), 1100),
                Coding::Vp8 => {
                    let pieces = frame[number as usize].chunks(1100).enumerate();
                    pieces.map(|(place, piece)| [&[if place == 0 { 0x10 } else { 0 }], piece].concat()).collect()
                }
            };
            let last = payloads.len() - 1;
            for (place, payload) in payloads.iter().enumerate() {
                line.packet(self, at_ns, seconds, place == last, payload);
            }
            line.report(self, at_ns);
        }
        self
    }

    /// Sound alone.
    pub(crate) fn sound(&mut self, participant: &str, seconds: u64, accidents: &[Accident]) -> &mut Self {
        let track = self.track(0, participant, Role::Main, Codec::Opus);
        let skew_ppm = if accidents.contains(&Accident::Skew) { 200 } else { 0 };
        let mut line = Line::new(track, RATE, 140, accidents);
        for (number, packet) in media::sound(seconds, skew_ppm).iter().enumerate() {
            let ticks = number as u64 * 960;
            // By our clock its samples come faster.
            let at_ns = (ticks as f64 / RATE as f64 / (1.0 + skew_ppm as f64 / 1e6) * 1e9) as u64;
            line.change(accidents.contains(&Accident::Ssrc) && number as u64 == seconds * 25);
            line.ticks = Some(ticks);
            line.packet(self, at_ns, seconds, false, packet);
            line.report(self, at_ns);
        }
        self
    }

    /// What the tap gives, record by record.
    pub(crate) fn records(&mut self) -> Vec<Vec<u8>> {
        self.records.sort_by_key(|&(at_ns, ..)| at_ns);
        let made = |(number, (at_ns, kind, track, body)): (usize, &Arrived)| {
            let head = Head { kind: *kind, track: *track, serial: number as u64 + 1, at_ns: BEGAN + at_ns };
            record::made(head, body)
        };
        self.records.iter().enumerate().map(made).collect()
    }

    /// How many of its [`records`](Self::records) come before this moment.
    pub(crate) fn count_until(&self, ms: u64) -> usize {
        self.records.iter().filter(|&&(at_ns, ..)| at_ns < ms * 1_000_000).count()
    }

    /// Writes it down, as the recorder does.
    pub(crate) fn write(&mut self, folder: &Path, end: EndReason) {
        let mut growing = Growing::begin_with(folder, self.content_place);
        growing.write(&self.records());
        growing.close(end);
    }
}

/// A journal that grows.
pub(crate) struct Growing(Writer);

impl Growing {
    pub(crate) fn begin(folder: &Path) -> Self {
        Self::begin_with(folder, ContentPlace::Corner)
    }

    fn begin_with(folder: &Path, content_place: ContentPlace) -> Self {
        let about = About {
            recording: "r1".to_owned(),
            meeting: "council".to_owned(),
            title: "防汛会商".to_owned(),
            content_place,
            run: 7,
        };
        Self(Writer::open(folder, about, Duration::from_secs(60)).unwrap())
    }

    pub(crate) fn write(&mut self, records: &[Vec<u8>]) {
        for record in records {
            self.0.write(record).unwrap();
        }
    }

    pub(crate) fn close(self, end: EndReason) {
        self.0.close(end).unwrap();
    }
}

/// One RTP stream on its way.
struct Line {
    track: u32,
    rate: u64,
    delay_ms: u64,
    accidents: Vec<Accident>,
    ssrc: u32,
    sequence: u16,
    base: u32,
    sent: u64,
    reported_ns: u64,
    /// The timestamp of what is sent now, if it does not follow from the moment.
    ticks: Option<u64>,
}

impl Line {
    fn new(track: u32, rate: u64, delay_ms: u64, accidents: &[Accident]) -> Self {
        let (ssrc, sequence, base) = (track * 1000, 65_000, 0xfff0_0000);
        let accidents = accidents.to_vec();
        Self { track, rate, delay_ms, accidents, ssrc, sequence, base, sent: 0, reported_ns: 0, ticks: None }
    }

    fn change(&mut self, now: bool) {
        if now {
            (self.ssrc, self.sequence, self.base) = (self.ssrc + 7, 100, 0x1234_5678);
        }
    }

    fn timestamp(&self, at_ns: u64) -> u32 {
        let ticks = self.ticks.unwrap_or(at_ns * self.rate / 1_000_000_000);
        self.base.wrapping_add(ticks as u32)
    }

    fn packet(&mut self, meeting: &mut Meeting, at_ns: u64, seconds: u64, marker: bool, payload: &[u8]) {
        let middle_ns = seconds * 500_000_000;
        if self.accidents.contains(&Accident::Gap) && (middle_ns..middle_ns + 10_000_000_000).contains(&at_ns) {
            return;
        }
        let mut body = vec![0x80, u8::from(marker) << 7 | 96];
        body.extend(self.sequence.to_be_bytes());
        body.extend(self.timestamp(at_ns).to_be_bytes());
        body.extend(self.ssrc.to_be_bytes());
        body.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        self.sent += 1;
        // Jitter of some milliseconds, and every 33rd packet comes when it was sent again.
        let again = self.accidents.contains(&Accident::Loss) && self.sent.is_multiple_of(33);
        let late_ms = self.sent * 7 % 13 + if again { 150 } else { 0 };
        meeting.put(at_ns / 1_000_000 + self.delay_ms + late_ms, Kind::Rtp, self.track, body);
    }

    /// Once a second, by a clock that is 3.3 s behind ours.
    fn report(&mut self, meeting: &mut Meeting, at_ns: u64) {
        if self.sent == 0 || at_ns < self.reported_ns + 1_000_000_000 {
            return;
        }
        self.reported_ns = at_ns;
        let own_ns = BEGAN + at_ns - 3_300_000_000;
        let seconds = own_ns / 1_000_000_000 + NTP_UNIX;
        let ntp = (seconds << 32) | (((own_ns % 1_000_000_000) << 32) / 1_000_000_000);
        let mut body = self.ssrc.to_be_bytes().to_vec();
        body.extend(ntp.to_be_bytes());
        body.extend(self.timestamp(at_ns).to_be_bytes());
        meeting.put(at_ns / 1_000_000 + self.delay_ms, Kind::SenderReport, self.track, body);
    }
}
