//! A slot's latest packets as they were sealed: sound is sent again as the same bytes (RFC 4585), since browsers have no RTX for
//! it and no number may seal a second packet.

/// Packets kept: 640 ms of sound in packets of 20 ms; what comes later than that is not played.
const PACKETS: usize = 32;

/// Most bytes of one: what is longer is not kept, and not sent again. Sound of 40 kb/s with three copies has 470.
const BYTES_MAX: usize = 480;

/// The packets, by their sequence number modulo their count.
pub struct Kept {
    packets: [Packet; PACKETS],
}

#[derive(Clone, Copy)]
struct Packet {
    seq: u16,
    /// Zero: there is none.
    len: u16,
    bytes: [u8; BYTES_MAX],
}

impl Kept {
    /// Room for all of them, none there yet.
    #[must_use]
    pub fn boxed() -> Box<Self> {
        Box::new(Self { packets: [Packet { seq: 0, len: 0, bytes: [0; BYTES_MAX] }; PACKETS] })
    }

    /// A packet was sealed.
    pub fn keep(&mut self, seq: u16, sealed: &[u8]) {
        let packet = &mut self.packets[usize::from(seq) % PACKETS];
        (packet.seq, packet.len) = (seq, 0);
        if let Some(bytes) = packet.bytes.get_mut(..sealed.len()) {
            bytes.copy_from_slice(sealed);
            packet.len = sealed.len() as u16;
        }
    }

    /// The packet with this sequence number, if it is still there.
    #[must_use]
    pub fn get(&self, seq: u16) -> Option<&[u8]> {
        let packet = &self.packets[usize::from(seq) % PACKETS];
        (packet.len > 0 && packet.seq == seq).then(|| &packet.bytes[..usize::from(packet.len)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_packets_are_kept_as_they_are() {
        let mut kept = Kept::boxed();
        assert_eq!(kept.get(0), None);
        for seq in 0..100 {
            kept.keep(seq, &[seq as u8; 9]);
        }
        assert_eq!(kept.get(99), Some(&[99; 9][..]));
        assert_eq!(kept.get(68), Some(&[68; 9][..]));
        assert_eq!(kept.get(67), None, "another took its place");
        kept.keep(100, &[1; BYTES_MAX + 1]);
        assert_eq!((kept.get(100), kept.get(68)), (None, None), "too long to keep");
    }
}
