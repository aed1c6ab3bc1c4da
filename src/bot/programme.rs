//! A made-up camera and microphone: RTP packets of the right shape and pace, without any encoder.
//!
//! The main type is [`Programme`]. Pictures come 30 times a second, about 2.5 Mb/s, every 4 s (and when asked) a key frame of
//! four times the size; sound comes 50 times a second. Headers, payload descriptors and key frame marks are what RFC 6184,
//! RFC 7741 and RFC 7587 ask for, so a relay sees real streams; what they carry cannot be decoded. The last bytes of each
//! payload are a [`stamp`], from which a viewer in the same process reads the one-way delay.

use crate::relay::media::{Codec, Pt, Ssrc};
use std::time::{Duration, Instant};

/// Largest RTP packet made here.
pub const PACKET_BYTES_MAX: usize = RTP_HEADER_BYTES + EXTENSION_BYTES + PAYLOAD_BYTES_MAX;

/// Header extension id of the media identification in every packet, and in [`offer`](super::offer).
pub const MID_EXTENSION: u8 = 4;

/// Time from one picture to the next.
pub const FRAME_INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / 30);

/// Pictures from one key frame to the next: 4 s.
const KEY_FRAME_EVERY: u64 = 120;

/// With this size and a key frame four times as large every 4 s, 30 pictures a second are 2.5 Mb/s.
const DELTA_FRAME_BYTES: usize = 10_163;
const KEY_FRAME_BYTES: usize = 4 * DELTA_FRAME_BYTES;

/// Time from one packet of sound to the next.
const SOUND_INTERVAL: Duration = Duration::from_millis(20);
const SOUND_BYTES: usize = 80;

const PAYLOAD_BYTES_MAX: usize = 1100;
const RTP_HEADER_BYTES: usize = 12;
const EXTENSION_BYTES: usize = 8;
const STAMP_MARK: [u8; 4] = *b"YLst";

/// Bytes of a [`stamp`].
pub const STAMP_BYTES: usize = 12;

/// SPS and PPS of a 640 × 480 constrained baseline stream.
const H264_SPS: [u8; 14] = [0x67, 0x42, 0xc0, 0x1f, 0x8c, 0x8d, 0x40, 0x50, 0x1e, 0x90, 0x0f, 0x08, 0x84, 0x6a];
const H264_PPS: [u8; 4] = [0x68, 0xce, 0x3c, 0x80];

/// How the packets of one picture follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pace {
    /// One millisecond apart, as a pacing sender does.
    Spread,
    /// All at once.
    Burst,
}

impl Pace {
    /// As tables and files name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spread => "spread",
            Self::Burst => "burst",
        }
    }

    const fn packet_interval(self) -> Duration {
        match self {
            Self::Spread => Duration::from_millis(1),
            Self::Burst => Duration::ZERO,
        }
    }
}

/// Numbers of one RTP stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its synchronisation source.
    pub ssrc: Ssrc,
    /// Its payload type.
    pub pt: Pt,
    /// Its media identification, one character.
    pub mid: u8,
}

/// What a [`Programme`] is made of.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// H.264 or VP8.
    pub codec: Codec,
    /// How a picture's packets follow each other.
    pub pace: Pace,
    /// The picture's stream.
    pub video: Line,
    /// The sound's stream.
    pub audio: Line,
}

/// A running source of packets. Ask [`due`](Self::due), then take them with [`write`](Self::write).
#[derive(Debug)]
pub struct Programme {
    shape: Shape,
    /// Zero of the stamps.
    epoch: Instant,
    video: Stream,
    audio: Stream,
    /// Pictures begun so far.
    frames: u64,
    /// Pictures since the last key frame began.
    since_key: u64,
    key_asked: bool,
    /// The picture that is being sent, if it still has packets.
    frame: Option<Frame>,
    /// When the next picture begins.
    next_frame: Instant,
    /// When the next packet of the present picture may go.
    next_packet: Instant,
}

#[derive(Debug)]
struct Stream {
    line: Line,
    seq: u16,
    time: u32,
    next: Instant,
    packets: u32,
    octets: u32,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    key: bool,
    /// Bytes not yet sent.
    left: usize,
    first: bool,
    /// Parameter sets still have to go out (H.264 key frames).
    parameters: bool,
}

/// What a sender report says about one stream (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Which stream.
    pub ssrc: Ssrc,
    /// Its timeline at the last packet.
    pub time: u32,
    /// Packets so far.
    pub packets: u32,
    /// Payload bytes so far.
    pub octets: u32,
}

impl Programme {
    /// Starts at `start`; stamps count from `epoch`. `seed` sets first sequence numbers and timestamps.
    #[must_use]
    pub fn new(shape: Shape, epoch: Instant, start: Instant, seed: u64) -> Self {
        let stream = |line, salt: u64| Stream {
            line,
            // In the lower half, so that a first packet lost does not put both sides a rollover apart (RFC 3711 §3.3.1).
            seq: (seed.wrapping_mul(0x9e37_79b9).wrapping_add(salt) >> 7) as u16 & 0x7fff,
            time: (seed.wrapping_mul(0x85eb_ca6b).wrapping_add(salt)) as u32,
            next: start,
            packets: 0,
            octets: 0,
        };
        Self {
            epoch,
            video: stream(shape.video, 1),
            audio: stream(shape.audio, 77),
            shape,
            frames: 0,
            since_key: 0,
            key_asked: true,
            frame: None,
            next_frame: start,
            next_packet: start,
        }
    }

    /// When the next packet is due.
    #[must_use]
    pub fn due(&self) -> Instant {
        let picture = if self.frame.is_some() { self.next_packet } else { self.next_frame.max(self.next_packet) };
        picture.min(self.audio.next)
    }

    /// Makes the next picture a key frame.
    pub fn ask_key_frame(&mut self) {
        self.key_asked = true;
    }

    /// Writes the next packet if one is due and tells its length. `out` holds at least [`PACKET_BYTES_MAX`].
    pub fn write(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        if self.audio.next <= now {
            self.audio.next += SOUND_INTERVAL;
            return Some(self.write_sound(now, out));
        }
        if self.frame.is_none() && self.next_frame.max(self.next_packet) <= now {
            self.begin_frame();
        }
        let frame = self.frame?;
        (self.next_packet <= now).then(|| self.write_picture(frame, now, out))
    }

    /// Moves to `start` after a pause, so that what was missed is not made up for.
    pub fn resume(&mut self, start: Instant) {
        self.frame = None;
        self.next_frame = start;
        self.next_packet = start;
        self.audio.next = start;
        self.key_asked = true;
    }

    /// Lets pictures from the next on follow this pace.
    pub fn set_pace(&mut self, pace: Pace, now: Instant) {
        self.shape.pace = pace;
        self.resume(now);
    }

    /// What sender reports tell: picture, then sound.
    #[must_use]
    pub fn sent(&self) -> [Sent; 2] {
        [&self.video, &self.audio].map(|stream| Sent {
            ssrc: stream.line.ssrc,
            time: stream.time,
            packets: stream.packets,
            octets: stream.octets,
        })
    }

    fn begin_frame(&mut self) {
        let key = self.key_asked || self.since_key >= KEY_FRAME_EVERY;
        self.since_key = if key { 1 } else { self.since_key + 1 };
        self.key_asked = false;
        self.frames += 1;
        self.video.time = self.video.time.wrapping_add(3000);
        self.next_packet = self.next_packet.max(self.next_frame);
        self.next_frame += FRAME_INTERVAL;
        self.frame = Some(Frame {
            key,
            left: if key { KEY_FRAME_BYTES } else { DELTA_FRAME_BYTES },
            first: true,
            parameters: key && self.shape.codec == Codec::H264,
        });
    }

    fn write_picture(&mut self, frame: Frame, now: Instant, out: &mut [u8]) -> usize {
        let mut next = frame;
        let start = RTP_HEADER_BYTES + EXTENSION_BYTES;
        let mut at = start;
        if frame.parameters {
            next.parameters = false;
            at += write_parameters(&mut out[at..]);
        } else {
            at += match self.shape.codec {
                Codec::H264 => write_fu_a(frame, frame.left <= PAYLOAD_BYTES_MAX - 2, &mut out[at..]),
                Codec::Vp8 | Codec::Opus => write_vp8(frame, self.frames as u16, &mut out[at..]),
            };
            let fill = frame.left.min(PAYLOAD_BYTES_MAX - (at - start));
            // A rest smaller than the stamp would not carry one; the picture just gets a few bytes longer.
            let fill = fill.max(STAMP_BYTES);
            out[at..at + fill].fill(0x5a);
            if frame.first && self.shape.codec == Codec::Vp8 {
                write_vp8_frame_tag(frame.key, &mut out[at..]);
            }
            at += fill;
            write_stamp(&mut out[at - STAMP_BYTES..at], self.epoch, now);
            next.left = frame.left.saturating_sub(fill);
            next.first = false;
        }
        let last = next.left == 0;
        self.frame = (!last).then_some(next);
        self.next_packet += self.shape.pace.packet_interval();
        self.video.write_header(last, out);
        self.video.count(at - start);
        at
    }

    fn write_sound(&mut self, now: Instant, out: &mut [u8]) -> usize {
        let start = RTP_HEADER_BYTES + EXTENSION_BYTES;
        let payload = &mut out[start..start + SOUND_BYTES];
        payload.fill(0x5a);
        // One 20 ms CELT frame, fullband, stereo (RFC 6716 §3.1).
        payload[0] = 0xfc;
        write_stamp(&mut payload[SOUND_BYTES - STAMP_BYTES..], self.epoch, now);
        self.audio.time = self.audio.time.wrapping_add(960);
        self.audio.write_header(false, out);
        self.audio.count(SOUND_BYTES);
        start + SOUND_BYTES
    }
}

impl Stream {
    fn write_header(&mut self, marker: bool, out: &mut [u8]) {
        out[0] = 0x90;
        out[1] = self.line.pt.0 | if marker { 0x80 } else { 0 };
        out[2..4].copy_from_slice(&self.seq.to_be_bytes());
        out[4..8].copy_from_slice(&self.time.to_be_bytes());
        out[8..12].copy_from_slice(&self.line.ssrc.0.to_be_bytes());
        // One-byte header extensions (RFC 8285 §4.2): the media identification and two bytes of padding.
        out[12..20].copy_from_slice(&[0xbe, 0xde, 0, 1, MID_EXTENSION << 4, self.line.mid, 0, 0]);
        self.seq = self.seq.wrapping_add(1);
    }

    fn count(&mut self, octets: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets as u32);
    }
}

/// A STAP-A with both parameter sets (RFC 6184 §5.7.1).
fn write_parameters(out: &mut [u8]) -> usize {
    out[0] = 0x78;
    let mut at = 1;
    for set in [&H264_SPS[..], &H264_PPS[..]] {
        out[at..at + 2].copy_from_slice(&(set.len() as u16).to_be_bytes());
        out[at + 2..at + 2 + set.len()].copy_from_slice(set);
        at += 2 + set.len();
    }
    at
}

/// The two bytes before a fragment of a slice (RFC 6184 §5.8).
fn write_fu_a(frame: Frame, last: bool, out: &mut [u8]) -> usize {
    let (importance, kind) = if frame.key { (0x60, 5) } else { (0x40, 1) };
    out[0] = importance | 28;
    out[1] = kind | if frame.first { 0x80 } else { 0 } | if last { 0x40 } else { 0 };
    2
}

/// A payload descriptor with 15-bit picture id, TL0PICIDX and TID (RFC 7741 §4.2).
fn write_vp8(frame: Frame, picture: u16, out: &mut [u8]) -> usize {
    let start = if frame.first { 0x10 } else { 0 };
    let id = (picture | 0x8000).to_be_bytes();
    out[..6].copy_from_slice(&[0x80 | start, 0xe0, id[0], id[1], picture as u8, 0x20]);
    6
}

/// The uncompressed bytes a VP8 picture begins with (RFC 6386 §9.1); 640 × 480.
fn write_vp8_frame_tag(key: bool, out: &mut [u8]) {
    if key {
        out[..10].copy_from_slice(&[0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01]);
    } else {
        out[..3].copy_from_slice(&[0x11, 0x02, 0x00]);
    }
}

fn write_stamp(out: &mut [u8], epoch: Instant, now: Instant) {
    out[..4].copy_from_slice(&STAMP_MARK);
    let ns = now.saturating_duration_since(epoch).as_nanos() as u64;
    out[4..STAMP_BYTES].copy_from_slice(&ns.to_be_bytes());
}

/// When the payload that ends here was sent, counted from the sender's epoch; `None` if it carries no stamp.
#[must_use]
pub fn stamp(payload: &[u8]) -> Option<Duration> {
    let stamp = payload.last_chunk::<STAMP_BYTES>()?;
    let (mark, ns) = stamp.split_first_chunk::<4>()?;
    (*mark == STAMP_MARK).then(|| Duration::from_nanos(u64::from_be_bytes(ns.try_into().unwrap_or_default())))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    fn shape(codec: Codec, pace: Pace) -> Shape {
        let line = |ssrc, pt, mid| Line { ssrc: Ssrc(ssrc), pt: Pt(pt), mid };
        Shape { codec, pace, video: line(1, 96, b'1'), audio: line(2, 111, b'0') }
    }

    /// Packets of the first `seconds`: (time in ms, marker, SSRC, bytes).
    fn packets(codec: Codec, pace: Pace, seconds: u64) -> Vec<(u128, bool, u32, usize)> {
        let start = Instant::now();
        let mut programme = Programme::new(shape(codec, pace), start, start, 5);
        let mut out = [0; PACKET_BYTES_MAX];
        let mut seen = Vec::new();
        while programme.due() < start + Duration::from_secs(seconds) {
            let now = programme.due();
            let len = programme.write(now, &mut out).expect("one is due");
            let ssrc = u32::from_be_bytes([out[8], out[9], out[10], out[11]]);
            seen.push(((now - start).as_millis(), out[1] & 0x80 != 0, ssrc, len));
        }
        seen
    }

    #[test]
    fn a_programme_is_two_and_a_half_megabits_and_fifty_sounds_a_second() {
        for codec in [Codec::H264, Codec::Vp8] {
            for pace in [Pace::Spread, Pace::Burst] {
                let all = packets(codec, pace, 40);
                let picture: usize = all.iter().filter(|p| p.2 == 1).map(|p| p.3 - 20).sum();
                let frames = all.iter().filter(|p| p.2 == 1 && p.1).count();
                assert!((12_300_000..12_900_000).contains(&picture), "{codec:?} {pace:?}: {picture} bytes in 40 s");
                assert!((1199..=1201).contains(&frames), "{frames} pictures in 40 s");
                assert_eq!(all.iter().filter(|p| p.2 == 2).count(), 2000);
                assert!((13_900..14_600).contains(&all.len()), "{} packets in 40 s", all.len());
            }
        }
    }

    #[test]
    fn a_spread_picture_has_a_packet_a_millisecond() {
        let times: Vec<_> = packets(Codec::Vp8, Pace::Spread, 1).iter().filter(|p| p.2 == 1).map(|p| p.0).collect();
        assert!(times.windows(2).all(|pair| pair[1] > pair[0]), "{times:?}");
    }

    #[test]
    fn a_stamp_is_read_as_it_was_written() {
        let epoch = Instant::now();
        let mut payload = [0; 30];
        write_stamp(&mut payload[18..], epoch, epoch + Duration::from_micros(77));
        assert_eq!(stamp(&payload), Some(Duration::from_micros(77)));
        assert_eq!(stamp(&payload[..29]), None);
        assert_eq!(stamp(b"short"), None);
    }
}
