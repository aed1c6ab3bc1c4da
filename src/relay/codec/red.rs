//! Redundant audio data (RED, RFC 2198): a packet of sound that carries those before it once more.
//!
//! Publishers' packets are taken apart when they come in, so that a publication's ring, slots and recordings know plain Opus
//! alone; packets to a viewer that negotiated it, and loses some, are put together anew from the ring.

use smallvec::SmallVec;

/// Most blocks of a packet that is read: Chromium sends two, and four at most by its settings. More is refused.
pub const BLOCKS_MAX: usize = 8;

/// Furthest a block may lie before its packet, in ticks: the header has 14 bits for it.
pub const OFFSET_MAX: u32 = (1 << 14) - 1;

/// Most bytes of a block that is not a packet's own: the header has 10 bits for its length.
pub const BLOCK_BYTES_MAX: usize = (1 << 10) - 1;

/// Bytes before each block that is not the packet's own.
pub const BLOCK_HEADER_BYTES: usize = 4;

/// One packet's sound inside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    /// Its payload type.
    pub pt: u8,
    /// How many ticks before its packet it belongs; zero for the packet's own.
    pub offset: u16,
    /// Its sound.
    pub payload: &'a [u8],
}

/// Takes a payload apart: the oldest block first, the packet's own last. `None` if it is none.
#[must_use]
pub fn read(payload: &[u8]) -> Option<SmallVec<[Block<'_>; BLOCKS_MAX]>> {
    let mut found: SmallVec<[(u8, u16, usize); BLOCKS_MAX]> = SmallVec::new();
    let mut rest = payload;
    let own = loop {
        let [first, tail @ ..] = rest else { return None };
        if first & 0x80 == 0 {
            rest = tail;
            break first & 0x7f;
        }
        let [high, middle, low, tail @ ..] = tail else { return None };
        if found.len() + 1 == BLOCKS_MAX {
            return None;
        }
        let offset = u16::from(*high) << 6 | u16::from(middle >> 2);
        let len = usize::from(middle & 0x03) << 8 | usize::from(*low);
        found.push((first & 0x7f, offset, len));
        rest = tail;
    };
    let mut blocks = SmallVec::new();
    for (pt, offset, len) in found {
        let (payload, tail) = rest.split_at_checked(len)?;
        blocks.push(Block { pt, offset, payload });
        rest = tail;
    }
    blocks.push(Block { pt: own, offset: 0, payload: rest });
    Some(blocks)
}

/// Writes what stands before a packet's own sound: headers of all blocks, then the earlier blocks themselves, oldest first.
/// Returns its length. Blocks that don't fit the header's fields must not be given.
pub fn write_head(out: &mut [u8], earlier: &[Block<'_>], own: u8) -> usize {
    let mut at = 0;
    for block in earlier {
        let len = block.payload.len();
        let middle = (block.offset << 2) as u8 | (len >> 8) as u8 & 0x03;
        out[at..at + BLOCK_HEADER_BYTES].copy_from_slice(&[
            0x80 | block.pt,
            (block.offset >> 6) as u8,
            middle,
            len as u8,
        ]);
        at += BLOCK_HEADER_BYTES;
    }
    out[at] = own & 0x7f;
    at += 1;
    for block in earlier {
        out[at..at + block.payload.len()].copy_from_slice(block.payload);
        at += block.payload.len();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_together_comes_apart_as_it_was() {
        let longest = [7; BLOCK_BYTES_MAX];
        let earlier = [
            Block { pt: 111, offset: OFFSET_MAX as u16, payload: &longest },
            Block { pt: 111, offset: 960, payload: b"before" },
        ];
        let mut out = [0; 1500];
        let head = write_head(&mut out, &earlier, 111);
        out[head..head + 3].copy_from_slice(b"now");
        let blocks = read(&out[..head + 3]).expect("a whole packet");
        assert_eq!(blocks[..2], earlier);
        assert_eq!(blocks[2..], [Block { pt: 111, offset: 0, payload: b"now" }]);
    }

    #[test]
    fn chromiums_packet_is_read() {
        // One block of 3 bytes, 960 ticks before.
        let packet = [0xef, 0x0f, 0x00, 0x03, 0x6f, 1, 2, 3, 4, 5];
        let blocks = read(&packet).expect("a whole packet");
        assert_eq!(blocks[0], Block { pt: 111, offset: 960, payload: &[1, 2, 3] });
        assert_eq!(blocks[1], Block { pt: 111, offset: 0, payload: &[4, 5] });
    }

    #[test]
    fn no_bytes_make_the_reader_fail_otherwise_than_by_none() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[0xef, 0x0f, 0x00]), None, "a header that is cut off");
        assert_eq!(read(&[0xef, 0x0f, 0x00, 0x03, 0x6f, 1, 2]), None, "a block that is cut off");
        assert_eq!(read(&[0xef; 4 * BLOCKS_MAX + 1]), None, "more blocks than anybody sends");
        assert_eq!(read(&[0x6f]).map(|blocks| blocks.len()), Some(1), "an empty packet of sound");
    }
}
