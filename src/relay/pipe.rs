//! Records that a leg's child process and its worker exchange over an `AF_UNIX` `SEQPACKET` connection, one per message.
//!
//! ```text
//! 0        1        2..4       4..12              12..
//! kind u8 | track u8 | zero u16 | time u64 LE, ns | body
//! ```
//!
//! `time` is `CLOCK_MONOTONIC` of the moment the packet left the pipeline. The child speaks first, with
//! [`Kind::Hello`] and its 16-byte secret; then RTP packets (RFC 3550) on track 0 (picture) and 1 (sound), with any SSRC and
//! payload type. The worker sends only [`Kind::KeyFrame`], which asks the encoder for one.

/// Bytes before the body.
pub const HEADER_BYTES: usize = 12;

/// Largest message either side sends.
pub const MESSAGE_BYTES_MAX: usize = 2048;

/// Track number of the picture.
pub const TRACK_VIDEO: u8 = 0;

/// Track number of the sound.
pub const TRACK_AUDIO: u8 = 1;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Child to worker, first: the body is the secret.
    Hello,
    /// Child to worker: the body is one RTP packet.
    Rtp,
    /// Worker to child: make a key frame on this track; no body.
    KeyFrame,
}

/// A message taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it is.
    pub kind: Kind,
    /// [`TRACK_VIDEO`] or [`TRACK_AUDIO`]; 0 for a hello.
    pub track: u8,
    /// `CLOCK_MONOTONIC` nanoseconds.
    pub time_ns: u64,
    /// What follows the header.
    pub body: &'a mut [u8],
}

/// Writes the header of a message; the body follows it.
#[must_use]
pub fn header(kind: Kind, track: u8, time_ns: u64) -> [u8; HEADER_BYTES] {
    let mut out = [0; HEADER_BYTES];
    out[0] = match kind {
        Kind::Hello => 1,
        Kind::Rtp => 2,
        Kind::KeyFrame => 16,
    };
    out[1] = track;
    out[4..].copy_from_slice(&time_ns.to_le_bytes());
    out
}

/// Takes a message apart; `None` if it is too short or of no known kind.
pub fn parse(message: &mut [u8]) -> Option<Record<'_>> {
    let (head, body) = message.split_at_mut_checked(HEADER_BYTES)?;
    let kind = match head[0] {
        1 => Kind::Hello,
        2 => Kind::Rtp,
        16 => Kind::KeyFrame,
        _ => return None,
    };
    let time_ns = u64::from_le_bytes(head[4..HEADER_BYTES].try_into().ok()?);
    Some(Record { kind, track: head[1], time_ns, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let mut message = header(Kind::Rtp, TRACK_AUDIO, 77).to_vec();
        message.extend_from_slice(b"packet");
        let record = parse(&mut message).expect("a whole record");
        assert_eq!((record.kind, record.track, record.time_ns), (Kind::Rtp, TRACK_AUDIO, 77));
        assert_eq!(record.body, b"packet");
        assert_eq!(parse(&mut [9; 20]), None);
        assert_eq!(parse(&mut [1; 11]), None);
    }
}
