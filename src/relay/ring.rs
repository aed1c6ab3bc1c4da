//! The latest packets of one publication in the clear: forwarding reads them from here, and so do retransmission and taps.
//!
//! A packet's place is its number modulo the ring's length, so finding one is one look; what was there before is gone.

use super::codec::vp8;
use std::time::Instant;

/// Largest payload kept: the largest that an Ethernet frame brings, its 1500 bytes less the headers of IPv4 (20), UDP (8) and
/// RTP (12) and SRTP's shortest tag (10). Encoders fill their frames as they like; GStreamer's payloaders make 1388.
pub const PAYLOAD_BYTES_MAX: usize = 1450;

/// What is known of one stored packet.
#[derive(Debug, Clone, Copy)]
pub struct Packet {
    /// The publication's own running number: the sender's extended sequence number plus packets inserted before it.
    pub number: u64,
    /// The sender's timestamp.
    pub timestamp: u32,
    /// Last packet of its frame.
    pub marker: bool,
    /// A key frame starts here, parameter sets included.
    pub starts_key_frame: bool,
    /// When the kernel received it.
    pub arrival: Instant,
    /// Its descriptor if it is VP8; the stored payload then starts behind it.
    pub vp8: Option<vp8::Descriptor>,
    /// Loudness (RFC 6464) as the sender stated it: bit 7 voice, bits 0 to 6 −dBov.
    pub audio_level: Option<u8>,
    len: u16,
}

impl Packet {
    /// A packet about to be stored; its payload comes with [`Ring::store`].
    #[must_use]
    pub fn new(number: u64, timestamp: u32, marker: bool, arrival: Instant) -> Self {
        Self { number, timestamp, marker, starts_key_frame: false, arrival, vp8: None, audio_level: None, len: 0 }
    }

    /// Bytes of its payload.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        usize::from(self.len)
    }
}

/// A ring of packets; it allocates only when made.
pub struct Ring {
    packets: Box<[Option<Packet>]>,
    payloads: Box<[u8]>,
}

impl Ring {
    /// Room for `capacity` packets.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            packets: vec![None; capacity].into_boxed_slice(),
            payloads: vec![0; capacity * PAYLOAD_BYTES_MAX].into_boxed_slice(),
        }
    }

    /// Keeps a packet; `false` if it is too large, was stored before, or is older than what stands in its place.
    pub fn store(&mut self, mut packet: Packet, payload: &[u8]) -> bool {
        let place = self.place(packet.number);
        let newer = self.packets[place].is_none_or(|old| old.number < packet.number);
        if !newer || payload.len() > PAYLOAD_BYTES_MAX {
            return false;
        }
        packet.len = payload.len() as u16;
        self.packets[place] = Some(packet);
        let start = place * PAYLOAD_BYTES_MAX;
        self.payloads[start..start + payload.len()].copy_from_slice(payload);
        true
    }

    /// The packet with this number and its payload, if it is still there.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<(&Packet, &[u8])> {
        let place = self.place(number);
        let packet = self.packets[place].as_ref().filter(|packet| packet.number == number)?;
        let start = place * PAYLOAD_BYTES_MAX;
        Some((packet, &self.payloads[start..start + packet.payload_len()]))
    }

    fn place(&self, number: u64) -> usize {
        (number % self.packets.len() as u64) as usize
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    #[test]
    fn the_latest_packets_are_found_by_number() {
        let now = Instant::now();
        let mut ring = Ring::new(4);
        for number in 10..16 {
            assert!(ring.store(Packet::new(number, 0, false, now), &[number as u8]));
        }
        assert!(!ring.store(Packet::new(15, 0, false, now), b"again"), "a duplicate");
        assert!(!ring.store(Packet::new(11, 0, false, now), b"late"), "older than what is there");
        assert!(!ring.store(Packet::new(16, 0, false, now), &[0; PAYLOAD_BYTES_MAX + 1]));
        assert_eq!(ring.get(14).map(|(_, payload)| payload), Some(&[14][..]));
        assert!(ring.get(11).is_none());
    }
}
