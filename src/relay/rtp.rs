//! RTP headers (RFC 3550 §5.1, RFC 8285), read and written in place without allocating: the packet path's own.

/// Bytes of a header without contributing sources and extensions.
pub const FIXED_BYTES: usize = 12;

/// A one-byte extension header's profile (RFC 8285 §4.2).
const ONE_BYTE_PROFILE: u16 = 0xbede;

/// A two-byte extension header's profile, its four application bits zero (RFC 8285 §4.3).
const TWO_BYTE_PROFILE: u16 = 0x1000;

/// A header, read once when the packet comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Last packet of a frame (video).
    pub marker: bool,
    /// Whether the last byte of the packet counts padding.
    pub padding: bool,
    /// Payload type.
    pub pt: u8,
    /// Sequence number.
    pub seq: u16,
    /// Timestamp in ticks of the codec's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
    /// Bytes before the payload, contributing sources and extensions included.
    pub len: usize,
    /// Where the extension elements are, if there are any.
    extension: Option<Extension>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extension {
    profile: u16,
    start: usize,
    end: usize,
}

/// Whether a datagram that is neither STUN nor DTLS is RTCP rather than RTP (RFC 5761 §4).
#[must_use]
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|second| (192..=223).contains(second))
}

impl Header {
    /// Reads a header; `None` if the bytes are no RTP packet.
    #[must_use]
    pub fn parse(packet: &[u8]) -> Option<Self> {
        let fixed: &[u8; FIXED_BYTES] = packet.get(..FIXED_BYTES)?.try_into().ok()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        let mut len = FIXED_BYTES + 4 * usize::from(fixed[0] & 0x0f);
        let mut extension = None;
        if fixed[0] & 0x10 != 0 {
            let head: [u8; 4] = packet.get(len..len + 4)?.try_into().ok()?;
            let start = len + 4;
            let end = start + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
            extension = Some(Extension { profile: u16::from_be_bytes([head[0], head[1]]), start, end });
            len = end;
        }
        if len > packet.len() {
            return None;
        }
        Some(Self {
            marker: fixed[1] & 0x80 != 0,
            padding: fixed[0] & 0x20 != 0,
            pt: fixed[1] & 0x7f,
            seq: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            len,
            extension,
        })
    }

    /// Its fixed part alone, as it came: no contributing sources, no extensions, no padding.
    #[must_use]
    pub fn fixed(&self) -> [u8; FIXED_BYTES] {
        let mut fixed = [0; FIXED_BYTES];
        fixed[0] = 0x80;
        fixed[1] = u8::from(self.marker) << 7 | self.pt;
        fixed[2..4].copy_from_slice(&self.seq.to_be_bytes());
        fixed[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        fixed[8..].copy_from_slice(&self.ssrc.to_be_bytes());
        fixed
    }

    /// The extension element with this id, if the packet carries it.
    #[must_use]
    pub fn extension<'a>(&self, packet: &'a [u8], id: u8) -> Option<&'a [u8]> {
        let extension = self.extension?;
        let mut rest = packet.get(extension.start..extension.end)?;
        let two_byte = match extension.profile {
            ONE_BYTE_PROFILE => false,
            profile if profile & 0xfff0 == TWO_BYTE_PROFILE => true,
            _ => return None,
        };
        while let [first, tail @ ..] = rest {
            if *first == 0 {
                rest = tail;
                continue;
            }
            let (element, len, tail) = if two_byte {
                let [len, tail @ ..] = tail else { return None };
                (*first, usize::from(*len), tail)
            } else {
                if first >> 4 == 15 {
                    return None;
                }
                (first >> 4, usize::from(first & 0x0f) + 1, tail)
            };
            let value = tail.get(..len)?;
            if element == id {
                return Some(value);
            }
            rest = &tail[len..];
        }
        None
    }

    /// The payload of an opened packet, padding taken off; `None` if the padding is impossible.
    #[must_use]
    pub fn payload<'a>(&self, packet: &'a [u8]) -> Option<&'a [u8]> {
        let padding = if self.padding { usize::from(*packet.last()?) } else { 0 };
        if self.padding && padding == 0 {
            return None;
        }
        packet.get(self.len..packet.len().checked_sub(padding)?)
    }
}

/// Extends a 16-bit sequence number to the 64-bit one nearest to `near`.
#[must_use]
pub fn extend_seq(near: u64, seq: u16) -> u64 {
    let step = seq.wrapping_sub(near as u16) as i16;
    near.saturating_add_signed(i64::from(step))
}

/// How far `later` is after `earlier` on the 32-bit timestamp circle; negative if it is before.
#[must_use]
pub fn timestamp_step(earlier: u32, later: u32) -> i32 {
    later.wrapping_sub(earlier) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITH_ONE_BYTE: [u8; 26] =
        [0xb1, 0xe0, 0x12, 0x34, 0, 0, 0, 9, 0, 0, 0, 7, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, b'a', 0x21, b'b', 0xaa, 1];

    #[test]
    fn a_header_is_read_with_sources_extensions_and_padding() {
        let mut packet = WITH_ONE_BYTE.to_vec();
        packet[22] = 0x20;
        let header = Header::parse(&packet).expect("a whole header");
        assert_eq!((header.marker, header.pt, header.seq), (true, 0x60, 0x1234));
        assert_eq!((header.timestamp, header.ssrc, header.len), (9, 7, 24));
        assert_eq!(header.extension(&packet, 1), Some(&b"a"[..]));
        assert_eq!(header.extension(&packet, 2), Some(&b"b"[..]));
        assert_eq!(header.extension(&packet, 3), None);
        assert_eq!(header.payload(&packet), Some(&[0xaa][..]));
        let plain = Header::parse(&header.fixed()).expect("a whole header");
        assert_eq!((plain.marker, plain.pt, plain.seq), (header.marker, header.pt, header.seq));
        assert_eq!((plain.timestamp, plain.ssrc, plain.len), (header.timestamp, header.ssrc, FIXED_BYTES));
    }

    #[test]
    fn a_two_byte_extension_is_read_too() {
        let mut packet = WITH_ONE_BYTE.to_vec();
        packet[16..24].copy_from_slice(&[0x10, 0, 0, 1, 5, 2, b'x', b'y']);
        let header = Header::parse(&packet).expect("a whole header");
        assert_eq!(header.extension(&packet, 5), Some(&b"xy"[..]));
    }

    #[test]
    fn no_bytes_make_the_reader_fail_otherwise_than_by_none() {
        for cut in 0..WITH_ONE_BYTE.len() {
            if let Some(header) = Header::parse(&WITH_ONE_BYTE[..cut]) {
                let _ = (header.extension(&WITH_ONE_BYTE[..cut], 2), header.payload(&WITH_ONE_BYTE[..cut]));
            }
        }
        let mut overlong = WITH_ONE_BYTE;
        overlong[22] = 0x2f;
        let header = Header::parse(&overlong).expect("the header itself is whole");
        assert_eq!(header.extension(&overlong, 2), None);
        assert_eq!(header.payload(&[0xb1, 0]), None);
    }

    #[test]
    fn sequence_numbers_extend_to_the_nearest() {
        assert_eq!(extend_seq(0x1_0002, 0xfffe), 0xfffe);
        assert_eq!(extend_seq(0xfffe, 2), 0x1_0002);
        assert_eq!(extend_seq(5, 5), 5);
        assert_eq!(extend_seq(3, 0xfff0), 0, "before the first number there is none");
        assert_eq!(timestamp_step(u32::MAX, 4), 5);
        assert_eq!(timestamp_step(4, u32::MAX), -5);
    }
}
