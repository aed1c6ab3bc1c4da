//! Whether a leg's H.264 is what every viewer's browser can show, decided from its packets. The main type is [`Inspector`].
//!
//! Nothing is decoded and nothing is changed: the parameter sets tell profile and size, the first bits of each slice whether
//! it is a B slice, the timestamps how far key frames are apart. Nothing of a picture that is refused ever reaches a viewer.

use super::problem::Fault;
use crate::relay::codec::h264::{self, Sps};

/// Key frames further apart are refused: a viewer who joins would wait as long, and a camera can't be asked for one sooner.
/// The rule told to people is 4 s; encoders that mean 4 s are sometimes late.
pub const KEY_FRAME_APART_MS_MAX: u32 = 4_500;

/// Largest picture in macroblocks of 16 × 16: 1920 × 1088, what decoders in hardware are sure of.
const MACROBLOCKS_MAX: u32 = 120 * 68;

/// A picture of a wrong profile is looked at this long, to tell whether it has B frames as well: one setting less to be sent
/// for twice.
const PICTURES_LOOKED_AT: u32 = 40;

const TICKS_PER_MS: u32 = 90;

/// What to do with a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Drop it: the picture is not known to be good yet.
    Hold,
    /// Send it.
    Pass,
    /// Never send it; the leg can't be used like this.
    Refuse(Fault),
}

/// Follows one stream of H.264 in RTP.
#[derive(Debug)]
pub struct Inspector {
    /// Whether nothing passes before two key frames came in time: the leg was refused for that before.
    cautious: bool,
    sps: Option<Sps>,
    /// Pictures that began since a wrong profile was seen.
    wrong: u32,
    /// Timestamp of the first packet, then of each key frame's first one.
    key_frame: Option<u32>,
    /// Whether any key frame came.
    any_key_frame: bool,
    /// How far the last two were apart.
    apart_ms: Option<u32>,
    passing: bool,
    pictures: u64,
    bytes: u64,
}

impl Inspector {
    /// A stream that begins. `cautious` holds everything back until two key frames came in time.
    #[must_use]
    pub const fn new(cautious: bool) -> Self {
        Self {
            cautious,
            sps: None,
            wrong: 0,
            key_frame: None,
            any_key_frame: false,
            apart_ms: None,
            passing: false,
            pictures: 0,
            bytes: 0,
        }
    }

    /// Looks at one RTP packet (no CSRC, no extension: as payloaders make them).
    pub fn packet(&mut self, packet: &[u8]) -> Verdict {
        let Some((head, payload)) = packet.split_at_checked(12) else { return Verdict::Hold };
        let timestamp = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        self.bytes += packet.len() as u64;
        self.pictures += u64::from(head[1] & 0x80 != 0);
        if let Err(fault) = self.look(timestamp, payload) {
            self.passing = false;
            return Verdict::Refuse(fault);
        }
        if self.passing { Verdict::Pass } else { Verdict::Hold }
    }

    fn look(&mut self, timestamp: u32, payload: &[u8]) -> Result<(), Fault> {
        let mut sps = self.sps;
        h264::for_each_unit(payload, |unit| sps = Sps::read(unit).or(sps));
        let announced = h264::contents(payload).sps;
        self.sps = sps;
        let (mut pictures, mut bidirectional, mut key_frame) = (0, false, false);
        h264::for_each_slice_start(payload, |start| {
            pictures += u32::from(start.first);
            bidirectional |= start.bidirectional;
            key_frame |= start.first && start.idr;
        });
        let Some(sps) = sps else { return self.follow_key_frames(timestamp, key_frame) };
        if bidirectional {
            return Err(Fault::BFrames { profile: sps.profile_name().to_owned() });
        }
        if !sps.is_baseline() {
            self.passing = false;
            self.wrong += pictures;
            let known = self.wrong >= PICTURES_LOOKED_AT;
            return if known { Err(Fault::Profile { profile: sps.profile_name().to_owned() }) } else { Ok(()) };
        }
        if let Some((width, height)) = sps.size
            && u32::from(width).div_ceil(16) * u32::from(height).div_ceil(16) > MACROBLOCKS_MAX
        {
            return Err(Fault::TooLarge { width, height });
        }
        let second = self.any_key_frame;
        self.follow_key_frames(timestamp, key_frame)?;
        // A key frame's parameter sets stand right before it and have to pass with it.
        self.passing |= (key_frame || announced) && (second || !self.cautious);
        Ok(())
    }

    fn follow_key_frames(&mut self, timestamp: u32, key_frame: bool) -> Result<(), Fault> {
        let last = *self.key_frame.get_or_insert(timestamp);
        let apart_ms = timestamp.wrapping_sub(last) / TICKS_PER_MS;
        // A timestamp slightly older than the last one is reordering, not a lap of the clock.
        let apart_ms = if apart_ms > u32::MAX / TICKS_PER_MS / 2 { 0 } else { apart_ms };
        let judged = self.apart_ms.is_some();
        if apart_ms > KEY_FRAME_APART_MS_MAX && !judged {
            return Err(Fault::KeyFrames);
        }
        if key_frame {
            if self.any_key_frame && apart_ms > 0 {
                self.apart_ms = Some(apart_ms);
            }
            self.any_key_frame = true;
            self.key_frame = Some(timestamp);
        }
        Ok(())
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> Option<(u16, u16)> {
        self.sps.and_then(|sps| sps.size)
    }

    /// Pictures ended so far.
    #[must_use]
    pub const fn pictures(&self) -> u64 {
        self.pictures
    }

    /// Bytes seen so far, RTP headers included.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How far the last two key frames were apart.
    #[must_use]
    pub const fn key_frames_apart_ms(&self) -> Option<u32> {
        self.apart_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASELINE: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0x40, 0, 0, 3, 0, 0x40];
    const HIGH: &[u8] = &[0x67, 100, 0, 31, 0xda];
    const PPS: &[u8] = &[0x68, 0xce, 0x3c, 0x80];
    const I: &[u8] = &[0x65, 0b1000_1000, 0];
    const P: &[u8] = &[0x41, 0b1001_1000];
    const B: &[u8] = &[0x01, 0b1001_1100];

    fn packet(ms: u32, unit: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x80, 0xe0, 0, 0];
        packet.extend_from_slice(&(ms.wrapping_mul(TICKS_PER_MS)).to_be_bytes());
        packet.extend_from_slice(&[0; 4]);
        packet.extend_from_slice(unit);
        packet
    }

    /// A stream of 25 pictures a second: a key frame (with `sps`) each `gop` pictures, the others `delta` with P between.
    fn stream(sps: &'static [u8], gop: u32, delta: &'static [u8], pictures: u32) -> Vec<Vec<u8>> {
        (0..pictures)
            .flat_map(|n| {
                let ms = 40 * n;
                if n % gop == 0 {
                    vec![packet(ms, sps), packet(ms, PPS), packet(ms, I)]
                } else {
                    vec![packet(ms, if n % 2 == 0 { P } else { delta })]
                }
            })
            .collect()
    }

    /// Packets passed, and how it ended.
    fn judge(cautious: bool, packets: &[Vec<u8>]) -> (usize, Option<Fault>) {
        let mut inspector = Inspector::new(cautious);
        let mut passed = 0;
        for packet in packets {
            match inspector.packet(packet) {
                Verdict::Hold => {}
                Verdict::Pass => passed += 1,
                Verdict::Refuse(fault) => return (passed, Some(fault)),
            }
        }
        (passed, None)
    }

    #[test]
    fn each_stream_has_its_verdict() {
        let high = || "High".to_owned();
        let large: &[u8] = &[0x67, 0x42, 0xc0, 0x33, 0xda, 0x00, 0x78, 0x00, 0x43, 0xe8];
        assert!(Sps::read(large).and_then(|sps| sps.size).is_some_and(|(width, _)| width > 1920));
        type Case = (&'static str, &'static [u8], u32, &'static [u8], Option<Fault>);
        let cases: [Case; 7] = [
            ("good", BASELINE, 50, P, None),
            ("good, every 4 s", BASELINE, 100, P, None),
            ("high", HIGH, 50, P, Some(Fault::Profile { profile: high() })),
            ("high with B frames", HIGH, 50, B, Some(Fault::BFrames { profile: high() })),
            ("B frames all the same", BASELINE, 50, B, Some(Fault::BFrames { profile: "Baseline".to_owned() })),
            ("every 10 s", BASELINE, 250, P, Some(Fault::KeyFrames)),
            ("larger than 1080", large, 50, P, Some(Fault::TooLarge { width: 3840, height: 2160 })),
        ];
        for (name, sps, gop, delta, expect) in cases {
            let (passed, fault) = judge(false, &stream(sps, gop, delta, 300));
            if name == "larger than 1080" {
                assert!(matches!(fault, Some(Fault::TooLarge { .. })), "{fault:?}");
            } else {
                assert_eq!(fault, expect, "{name}");
            }
            if matches!(fault, Some(Fault::Profile { .. } | Fault::TooLarge { .. })) {
                assert_eq!(passed, 0, "{name}: nothing of it may be seen");
            }
        }
    }

    #[test]
    fn nothing_passes_before_the_first_key_frame_and_all_after_it() {
        let packets = stream(BASELINE, 50, P, 130);
        assert_eq!(judge(false, &packets).0, packets.len());
        assert_eq!(
            judge(false, &packets[10..]).0,
            packets.len() - 52,
            "it begins at the second key frame's parameter sets"
        );
    }

    #[test]
    fn a_stream_that_was_refused_for_its_key_frames_must_show_two_first() {
        assert_eq!(judge(true, &stream(BASELINE, 250, P, 300)), (0, Some(Fault::KeyFrames)));
        let good = stream(BASELINE, 50, P, 130);
        let (passed, fault) = judge(true, &good);
        assert_eq!(fault, None);
        assert_eq!(passed, good.len() - 52, "from the second key frame on");
    }

    #[test]
    fn a_picture_that_was_good_for_long_is_not_cut_off_for_one_late_key_frame() {
        let mut inspector = Inspector::new(false);
        for packet in stream(BASELINE, 50, P, 60) {
            inspector.packet(&packet);
        }
        assert_eq!(inspector.packet(&packet(30_000, P)), Verdict::Pass);
        assert_eq!((inspector.key_frames_apart_ms(), inspector.size()), (Some(2000), Some((1280, 720))));
    }

    #[test]
    fn what_is_no_picture_is_held_and_then_called_without_key_frames() {
        let noise: Vec<_> = (0..200).map(|n| packet(40 * n, &[n as u8, 0x55, 0xaa])).collect();
        let (passed, fault) = judge(false, &noise);
        assert_eq!((passed, fault), (0, Some(Fault::KeyFrames)));
        assert_eq!(Inspector::new(false).packet(&[0x80; 5]), Verdict::Hold);
    }

    #[test]
    fn a_profile_that_turns_wrong_while_running_ends_it() {
        let mut packets = stream(BASELINE, 50, P, 60);
        packets.extend(stream(HIGH, 50, P, 60));
        let (passed, fault) = judge(false, &packets);
        assert_eq!(fault, Some(Fault::Profile { profile: "High".to_owned() }));
        assert!(passed <= 65, "{passed}: nothing of the wrong one");
    }
}
