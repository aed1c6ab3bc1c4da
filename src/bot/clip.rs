//! Four seconds of real picture and sound that `bot publish` sends again and again: 640 × 360 at 25 a second with a key frame
//! every 2 s, and a 440 Hz tone. Made by FFmpeg from its test sources (`testsrc2`, `sine`), and so free of anybody's rights.

use crate::relay::media::Codec;
use bytes::Bytes;
use std::time::Duration;

const VP8: &[u8] = include_bytes!("clips/picture.ivf");
const H264: &[u8] = include_bytes!("clips/picture.h264");
const OPUS: &[u8] = include_bytes!("clips/sound.ogg");

/// Time from one picture of [`frames`] to the next.
pub const FRAME_INTERVAL: Duration = Duration::from_millis(40);

/// Time from one packet of [`frames`] with [`Codec::Opus`] to the next.
pub const SOUND_INTERVAL: Duration = Duration::from_millis(20);

/// One encoded frame after the other: VP8 frames, H.264 access units with start codes, or Opus packets.
#[must_use]
pub fn frames(codec: Codec) -> Vec<Bytes> {
    match codec {
        Codec::Vp8 => ivf_frames(VP8),
        Codec::H264 => access_units(H264),
        Codec::Opus => ogg_packets(OPUS),
    }
}

/// IVF: a header of 32 bytes, then frames of 12 bytes header (size, time) and data.
fn ivf_frames(file: &'static [u8]) -> Vec<Bytes> {
    let mut rest = file.get(32..).unwrap_or_default();
    let mut frames = Vec::new();
    while let Some((head, body)) = rest.split_first_chunk::<12>() {
        let size = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some((frame, after)) = body.split_at_checked(size) else { break };
        frames.push(Bytes::from_static(frame));
        rest = after;
    }
    frames
}

/// Annex B (H.264 §B.1), one slice per picture: an access unit ends with the NAL unit of type 1 or 5.
fn access_units(file: &'static [u8]) -> Vec<Bytes> {
    let starts: Vec<_> = (0..file.len().saturating_sub(3)).filter(|&at| file[at..at + 3] == [0, 0, 1]).collect();
    let mut units = Vec::new();
    let mut unit_start = 0;
    for (number, &start) in starts.iter().enumerate() {
        if matches!(file[start + 3] & 0x1f, 1 | 5) {
            // A start code may have a fourth, leading zero, which belongs to what follows it.
            let next = starts.get(number + 1).map_or(file.len(), |&next| next - usize::from(file[next - 1] == 0));
            units.push(Bytes::from_static(&file[unit_start..next]));
            unit_start = next;
        }
    }
    units
}

/// Ogg (RFC 3533): pages of 27 bytes header, a segment table and segments; a packet ends with a segment under 255 bytes. The
/// first two packets are Opus's headers (RFC 7845).
fn ogg_packets(file: &'static [u8]) -> Vec<Bytes> {
    let mut packets = Vec::new();
    let mut rest = file;
    while rest.len() > 27 && rest.starts_with(b"OggS") {
        let count = usize::from(rest[26]);
        let Some((table, mut body)) = rest[27..].split_at_checked(count) else { break };
        let mut len = 0;
        for &segment in table {
            len += usize::from(segment);
            if segment < 255 {
                let Some((packet, after)) = body.split_at_checked(len) else { return packets };
                packets.push(Bytes::from_static(packet));
                (body, len) = (after, 0);
            }
        }
        rest = body.get(len..).unwrap_or_default();
    }
    packets.drain(..packets.len().min(2));
    packets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clips_are_four_seconds_with_a_key_frame_every_two() {
        let vp8 = frames(Codec::Vp8);
        assert_eq!(vp8.len(), 100);
        let keys: Vec<_> = (0..100).filter(|&n| vp8[n][0] & 1 == 0).collect();
        assert_eq!(keys, [0, 50]);
        let h264 = frames(Codec::H264);
        assert_eq!(h264.len(), 100);
        let is_key = |unit: &Bytes| unit.windows(4).any(|nal| nal[..3] == [0, 0, 1] && nal[3] & 0x1f == 5);
        let keys: Vec<_> = (0..100).filter(|&n| is_key(&h264[n])).collect();
        assert_eq!(keys, [0, 50]);
        assert!(matches!(frames(Codec::Opus).len(), 200..=202));
    }
}
