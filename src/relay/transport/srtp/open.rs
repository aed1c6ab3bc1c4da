//! Packets on their way in.

use super::{
    SrtpKeys,
    cipher::{Cipher, Packets, Position},
    window::{Refusal, Window},
};

/// Most SSRCs one association may send from: sixteen times what a simulcasting browser uses with retransmissions. More are
/// refused, so that a hostile peer can't make the relay grow.
pub const SSRCS_MAX: usize = 64;

/// Why a packet was not opened. It changed no state; what its buffer holds is worthless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Header and tag don't fit in the packet.
    #[error("the packet is too short")]
    TooShort,
    /// It was opened before.
    #[error("the packet is a repetition")]
    Repeated,
    /// Its index is more than 2000 behind the highest.
    #[error("the packet is too old")]
    TooOld,
    /// Its tag is wrong.
    #[error("the packet is forged or damaged")]
    Forged,
    /// It is genuine, but of one SSRC too many.
    #[error("more than {SSRCS_MAX} SSRCs")]
    TooManySsrcs,
}

/// An opened packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Rollover counter (upper 32 bits) and sequence number (lower 16): the 48-bit index that never wraps.
    pub index: u64,
    /// Length of the plain packet, header included.
    pub len: usize,
}

/// Opens all inbound RTP of one association.
pub struct Opener {
    cipher: Cipher,
    /// One per SSRC that has sent a genuine packet, at most [`SSRCS_MAX`]; the latest used is looked at first.
    streams: Vec<Stream>,
    latest: usize,
}

struct Stream {
    ssrc: u32,
    seen: Window,
}

impl Opener {
    /// An opener with the keys for what we receive.
    #[must_use]
    pub fn new(keys: &SrtpKeys) -> Self {
        Self {
            cipher: Cipher::new(Packets::Rtp, keys.profile, &keys.remote_key, &keys.remote_salt),
            streams: Vec::new(),
            latest: 0,
        }
    }

    /// Opens `packet` in place. `header_len` counts CSRCs and header extensions too.
    ///
    /// State moves only when the tag was right: no forged packet can advance a counter or add an SSRC. Allocates only for the
    /// first packet of an SSRC.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open(&mut self, header_len: usize, packet: &mut [u8]) -> Result<Opened, OpenError> {
        if header_len < 12 || packet.len() < header_len + self.cipher.overhead() {
            return Err(OpenError::TooShort);
        }
        let seq = u16::from_be_bytes([packet[2], packet[3]]);
        let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
        let known = self.find(ssrc);
        let seen = known.map(|place| &self.streams[place].seen);
        let index = guess_index(seen.and_then(Window::highest), seq).ok_or(OpenError::TooOld)?;
        seen.map_or(Ok(()), |seen| seen.check(index)).map_err(|refusal| match refusal {
            Refusal::Repeated => OpenError::Repeated,
            Refusal::TooOld => OpenError::TooOld,
        })?;
        let len = self.cipher.open(Position { ssrc, index }, header_len, packet).ok_or(OpenError::Forged)?;
        let place = known.map_or_else(|| self.add(ssrc), Ok)?;
        self.streams[place].seen.mark(index);
        self.latest = place;
        Ok(Opened { index, len })
    }

    fn find(&self, ssrc: u32) -> Option<usize> {
        if self.streams.get(self.latest).is_some_and(|stream| stream.ssrc == ssrc) {
            return Some(self.latest);
        }
        self.streams.iter().position(|stream| stream.ssrc == ssrc)
    }

    fn add(&mut self, ssrc: u32) -> Result<usize, OpenError> {
        if self.streams.len() == SSRCS_MAX {
            return Err(OpenError::TooManySsrcs);
        }
        self.streams.push(Stream { ssrc, seen: Window::new() });
        Ok(self.streams.len() - 1)
    }
}

/// The index nearest to `highest` that ends in `seq` (RFC 3711 §3.3.1 and appendix A); `None` if that lies before the first
/// or after the last there can be. A new SSRC starts with a rollover counter of zero.
fn guess_index(highest: Option<u64>, seq: u16) -> Option<u64> {
    let Some(highest) = highest else { return Some(u64::from(seq)) };
    let ahead = seq.wrapping_sub(highest as u16).cast_signed();
    highest.checked_add_signed(i64::from(ahead)).filter(|index| *index < 1 << 48)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::media::Ssrc;
    use crate::relay::transport::srtp::tests::{keys, rtp};
    use crate::relay::transport::srtp::{Profile, Sealer};

    #[test]
    fn the_guess_takes_the_nearest_index() {
        for (highest, seq, expected) in [
            (None, 0, Some(0)),
            (None, 65_535, Some(65_535)),
            (Some(10), 11, Some(11)),
            (Some(10), 9, Some(9)),
            (Some(10), 65_535, None),
            (Some(65_535), 0, Some(65_536)),
            (Some(65_530), 3, Some(65_539)),
            (Some(65_536), 65_535, Some(65_535)),
            (Some(65_540), 65_530, Some(65_530)),
            (Some((7 << 16) | 20_000), 60_000, Some((6 << 16) | 60_000)),
            (Some((7 << 16) | 50_000), 10_000, Some((8 << 16) | 10_000)),
            (Some((7 << 16) | 40_000), 20_000, Some((7 << 16) | 20_000)),
            (Some((1 << 48) - 1), 0, None),
            (Some((1 << 48) - 1), 65_534, Some((1 << 48) - 2)),
        ] {
            assert_eq!(guess_index(highest, seq), expected, "{highest:?} {seq}");
        }
    }

    #[test]
    fn reordering_around_a_wrap_loses_nothing() {
        for profile in Profile::BEST_FIRST {
            let (ours, theirs) = keys(profile);
            let (mut sealer, mut opener) = (Sealer::new(&ours), Opener::new(&theirs));
            let stream = sealer.add_stream(Ssrc(9));
            let order = [65_533, 65_536, 65_534, 65_537, 65_535, 65_540, 65_539, 65_538, 95_540, 120_000];
            for index in order.into_iter().chain([2 * 65_536 + 1, 2 * 65_536 - 1, 2 * 65_536]) {
                let mut packet = rtp(9, index, b"picture", 16);
                let len = sealer.seal(stream, index, 12, &mut packet, 19).unwrap();
                assert_eq!(opener.open(12, &mut packet[..len]), Ok(Opened { index, len: 19 }), "{profile:?} {index}");
                assert_eq!(&packet[12..19], b"picture");
            }
        }
    }

    #[test]
    fn wrong_packets_change_nothing() {
        for profile in Profile::BEST_FIRST {
            let (ours, theirs) = keys(profile);
            let (mut sealer, mut opener) = (Sealer::new(&ours), Opener::new(&theirs));
            let stream = sealer.add_stream(Ssrc(9));
            let mut sealed = |index| {
                let mut packet = rtp(9, index, b"sound", 16);
                let len = sealer.seal(stream, index, 12, &mut packet, 17).unwrap();
                packet.truncate(len);
                packet
            };
            let (first, second) = (sealed(30_000), sealed(30_001));
            for place in 0..first.len() {
                let mut damaged = first.clone();
                damaged[place] ^= 1;
                assert_eq!(opener.open(12, &mut damaged), Err(OpenError::Forged), "{profile:?} byte {place}");
            }
            assert!(opener.streams.is_empty(), "a forged packet adds no SSRC");
            assert!(opener.open(12, &mut first.clone()).is_ok());
            assert_eq!(opener.open(12, &mut first.clone()), Err(OpenError::Repeated));
            let mut jump = second.clone();
            jump[2..4].copy_from_slice(&50_000u16.to_be_bytes());
            assert_eq!(opener.open(12, &mut jump), Err(OpenError::Forged));
            assert_eq!(opener.open(12, &mut second.clone()).map(|opened| opened.index), Ok(30_001));
            for len in 0..second.len() {
                let error = opener.open(12, &mut second.clone()[..len]).unwrap_err();
                assert!(matches!(error, OpenError::TooShort | OpenError::Repeated), "{error}");
            }
            assert_eq!(opener.open(usize::MAX / 2, &mut second.clone()), Err(OpenError::TooShort));
        }
    }

    #[test]
    fn the_sixty_fifth_ssrc_is_refused_and_the_others_go_on() {
        let (ours, theirs) = keys(Profile::AeadAes128Gcm);
        let (mut sealer, mut opener) = (Sealer::new(&ours), Opener::new(&theirs));
        for (index, last) in [(1, Ok(())), (2, Err(OpenError::TooManySsrcs))] {
            for ssrc in 0..=SSRCS_MAX as u32 {
                let stream = sealer.add_stream(Ssrc(ssrc));
                let mut packet = rtp(ssrc, index, b"", 16);
                let len = sealer.seal(stream, index, 12, &mut packet, 12).unwrap();
                let result = opener.open(12, &mut packet[..len]).map(|_| ());
                let expected = if ssrc == SSRCS_MAX as u32 { Err(OpenError::TooManySsrcs) } else { Ok(()) };
                assert_eq!(result, expected, "{ssrc} {last:?}");
            }
        }
    }
}
