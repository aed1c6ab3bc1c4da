//! One record of a recording's journal, as the tap makes it and as it lies on the disk: the same bytes from the worker's memory
//! to the archive, under one checksum all the way.
//!
//! ```text
//! 0..4     4..8      8..16      16..24       24..28      28      29..32   32..
//! len u32  crc u32   at u64     serial u64   track u32   kind u8  zero    body, len bytes
//! ```
//!
//! Numbers are little-endian. `crc` is the CRC-32C (Castagnoli, RFC 3720 §B.4) of bytes 0..4 and 8..32+len. `at` is in
//! nanoseconds since 1970 UTC: the wall clock when the relay's worker began, plus the monotonic time since; it never goes back
//! while a relay runs. `serial` counts the records of one run of the tap from 1; what was lost on the way leaves a hole in it,
//! so that **no loss can be silent**. A record that the recorder itself adds has the serial 0.

/// Bytes before the body.
pub const HEAD_BYTES: usize = 32;

/// Longest body: a stage that names every participant of a full room by its longest id.
pub const BODY_BYTES_MAX: usize = 128 * 1024;

/// What a record is. A number that was given is never used for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// First of a segment, by the recorder: JSON, what it is part of.
    Head = 1,
    /// A source begins, or goes on from the segment before: JSON, [`Track`](super::Track).
    Track = 2,
    /// A source is gone; no body.
    TrackEnd = 3,
    /// One RTP packet: its fixed header as the source sent it (RFC 3550 §5.1), and its payload. Contributing sources, extensions
    /// and padding are not kept. Packets stand in the order in which they arrived, those sent again too.
    Rtp = 4,
    /// A sender report: SSRC u32, NTP time u64 (Q32.32 since 1900), RTP timestamp u32, big-endian as in RFC 3550 §6.4.1.
    SenderReport = 5,
    /// Who is on air and who may be heard from here on: JSON, [`Stage`](crate::relay::stage::Stage).
    Stage = 6,
    /// Somebody marked this moment: JSON, [`Mark`](super::Mark).
    Mark = 7,
    /// The tap ends here in good order; no body.
    Stop = 8,
    /// Last of a segment, by the recorder: JSON, why it ends and the SHA-256 of all before this record.
    End = 9,
}

impl Kind {
    fn of(number: u8) -> Option<Self> {
        let all = [
            Self::Head,
            Self::Track,
            Self::TrackEnd,
            Self::Rtp,
            Self::SenderReport,
            Self::Stage,
            Self::Mark,
            Self::Stop,
            Self::End,
        ];
        all.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// What stands before the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// What the record is.
    pub kind: Kind,
    /// Which source it is about; 0 for none.
    pub track: u32,
    /// Its number in this run of the tap; 0 for the recorder's own.
    pub serial: u64,
    /// When it happened, nanoseconds since 1970 UTC; for a packet when the kernel received it.
    pub at_ns: u64,
}

/// A record that was read and found right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// What stands before the body.
    pub head: Head,
    /// The body.
    pub body: &'a [u8],
}

/// Why bytes are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The bytes end within it.
    #[error("it is cut off")]
    CutOff,
    /// It states a length that none has.
    #[error("it states an impossible length")]
    Length,
    /// Its checksum is wrong.
    #[error("its checksum is wrong")]
    Checksum,
    /// Its checksum is right, but this program does not know its kind.
    #[error("it is of a kind that this program does not know")]
    Kind,
}

/// Writes a record whose body is `parts` one after the other into the first bytes of `space`, and tells how many they are.
/// Allocates nothing.
///
/// # Panics
///
/// If `space` is too small or the body too long.
pub fn write(head: Head, parts: &[&[u8]], space: &mut [u8]) -> usize {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    assert!(len <= BODY_BYTES_MAX, "a body has a limit, so that a damaged length is seen");
    let record = &mut space[..HEAD_BYTES + len];
    record[..4].copy_from_slice(&(len as u32).to_le_bytes());
    record[8..16].copy_from_slice(&head.at_ns.to_le_bytes());
    record[16..24].copy_from_slice(&head.serial.to_le_bytes());
    record[24..28].copy_from_slice(&head.track.to_le_bytes());
    record[28..HEAD_BYTES].copy_from_slice(&[head.kind as u8, 0, 0, 0]);
    let mut at = HEAD_BYTES;
    for part in parts {
        record[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    let checksum = checksum(record);
    record[4..8].copy_from_slice(&checksum.to_le_bytes());
    record.len()
}

/// As [`write()`], into bytes of its own.
#[must_use]
pub fn made(head: Head, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEAD_BYTES + body.len()];
    write(head, &[body], &mut bytes);
    bytes
}

/// The first record of `bytes`, and how many bytes it takes.
///
/// # Errors
///
/// If there is no whole and right one.
pub fn read(bytes: &[u8]) -> Result<(Record<'_>, usize), Unreadable> {
    let number = |range: std::ops::Range<usize>| {
        let mut value = [0; 8];
        value[..range.len()].copy_from_slice(&bytes[range]);
        u64::from_le_bytes(value)
    };
    if bytes.len() < HEAD_BYTES {
        return Err(Unreadable::CutOff);
    }
    let len = number(0..4) as usize;
    if len > BODY_BYTES_MAX {
        return Err(Unreadable::Length);
    }
    let record = bytes.get(..HEAD_BYTES + len).ok_or(Unreadable::CutOff)?;
    if u64::from(checksum(record)) != number(4..8) {
        return Err(Unreadable::Checksum);
    }
    let kind = Kind::of(record[28]).ok_or(Unreadable::Kind)?;
    let head = Head { kind, track: number(24..28) as u32, serial: number(16..24), at_ns: number(8..16) };
    Ok((Record { head, body: &record[HEAD_BYTES..] }, record.len()))
}

/// Bytes of the record that begins here, by what it says of itself; for bytes that were written by [`write()`].
#[must_use]
pub fn stated_len(bytes: &[u8]) -> usize {
    let len: [u8; 4] = bytes[..4].try_into().expect("four bytes are four bytes");
    HEAD_BYTES + u32::from_le_bytes(len) as usize
}

fn checksum(record: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&record[..4]), &record[8..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Head = Head { kind: Kind::Rtp, track: 7, serial: 9, at_ns: 1_700_000_000_123_456_789 };

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let bytes = made(HEAD, b"packet");
        assert_eq!(read(&bytes), Ok((Record { head: HEAD, body: b"packet" }, bytes.len())));
        assert_eq!(stated_len(&bytes), bytes.len());
    }

    #[test]
    fn no_changed_byte_goes_unseen() {
        let bytes = made(HEAD, b"packet");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert!(read(&changed).is_err(), "byte {at}, bit {bit}");
            }
            assert_eq!(read(&bytes[..at]), Err(Unreadable::CutOff));
        }
    }

    #[test]
    fn the_checksum_is_the_one_that_is_documented() {
        // RFC 3720 §B.4: 32 bytes of zeroes.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
    }
}
