//! Packets on their way out.

use super::{
    SrtpKeys,
    cipher::{Cipher, Packets, Position},
    window::{Refusal, Window},
};
use crate::relay::media::Ssrc;

/// Highest index a key may be used for: 32 bits of rollover counter and 16 of sequence number (RFC 3711 §3.3.1).
const INDEX_MAX: u64 = (1 << 48) - 1;

/// Why a packet was not sealed. In each case nothing was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A packet with this index was sealed before: a second one would give both away (two-time pad).
    #[error("the index was sealed before")]
    Repeated,
    /// The index is more than 2000 behind the highest, so nobody knows any more whether it was used.
    #[error("the index is too old")]
    TooOld,
    /// All 2⁴⁸ indexes of this SSRC are used; the peer must join anew.
    #[error("the key is used up")]
    Exhausted,
    /// Header, packet and tag don't fit the buffer, or the packet has no RTP header of that length.
    #[error("the packet does not fit")]
    DoesNotFit,
}

/// One outbound SSRC of a [`Sealer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealStream(u32);

/// Seals all outbound RTP of one association.
///
/// **One (key, SSRC, index) seals at most one packet**, in every build: a ledger per SSRC refuses the second, and what lies
/// behind the ledger's memory is refused too.
pub struct Sealer {
    cipher: Cipher,
    streams: Vec<Stream>,
}

struct Stream {
    ssrc: u32,
    /// An index is marked before its packet is encrypted, so that no way out of [`Sealer::seal`] can leave it unmarked.
    ledger: Window,
}

impl Sealer {
    /// A sealer with the keys for what we send, and no streams.
    #[must_use]
    pub fn new(keys: &SrtpKeys) -> Self {
        Self { cipher: Cipher::new(Packets::Rtp, keys.profile, &keys.local_key, &keys.local_salt), streams: Vec::new() }
    }

    /// Adds an SSRC; the same SSRC again gives the same stream with the same ledger. Allocates.
    pub fn add_stream(&mut self, ssrc: Ssrc) -> SealStream {
        let known = self.streams.iter().position(|stream| stream.ssrc == ssrc.0);
        let place = known.unwrap_or_else(|| {
            self.streams.push(Stream { ssrc: ssrc.0, ledger: Window::new() });
            self.streams.len() - 1
        });
        SealStream(place as u32)
    }

    /// Bytes that sealing adds.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        self.cipher.overhead()
    }

    /// Seals the RTP packet `packet[..len]` in place and returns its sealed length.
    ///
    /// `header_len` counts CSRCs and header extensions too. `index` is the rollover counter (upper 32 bits) and the sequence
    /// number (lower 16), which the header must carry, as it must the stream's SSRC. Never allocates.
    ///
    /// # Errors
    ///
    /// See [`SealError`]. [`Repeated`](SealError::Repeated) is a fault of the caller: debug builds stop on it.
    ///
    /// # Panics
    ///
    /// If `stream` is of another sealer that had more streams, or (in debug builds) on a fault of the caller.
    pub fn seal(
        &mut self,
        stream: SealStream,
        index: u64,
        header_len: usize,
        packet: &mut [u8],
        len: usize,
    ) -> Result<usize, SealError> {
        debug_assert!(len < 12 || packet[2..4] == (index as u16).to_be_bytes(), "sequence number and index differ");
        debug_assert!(len < 12 || packet[8..12] == self.streams[stream.0 as usize].ssrc.to_be_bytes(), "foreign SSRC");
        let sealed = self.seal_once(stream, index, header_len, packet, len);
        debug_assert_ne!(sealed, Err(SealError::Repeated), "index {index} was sealed before");
        sealed
    }

    fn seal_once(
        &mut self,
        stream: SealStream,
        index: u64,
        header_len: usize,
        packet: &mut [u8],
        len: usize,
    ) -> Result<usize, SealError> {
        if header_len < 12 || header_len > len || len + self.cipher.overhead() > packet.len() {
            return Err(SealError::DoesNotFit);
        }
        if index > INDEX_MAX {
            return Err(SealError::Exhausted);
        }
        let Stream { ssrc, ledger } = &mut self.streams[stream.0 as usize];
        ledger.check(index).map_err(|refusal| match refusal {
            Refusal::Repeated => SealError::Repeated,
            Refusal::TooOld => SealError::TooOld,
        })?;
        ledger.mark(index);
        Ok(self.cipher.seal(Position { ssrc: *ssrc, index }, header_len, packet, len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::transport::srtp::tests::{keys, rtp};
    use crate::relay::transport::srtp::{Opener, Profile};
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn a_stream_added_twice_keeps_its_ledger() {
        let mut sealer = Sealer::new(&keys(Profile::AeadAes128Gcm).0);
        let first = sealer.add_stream(Ssrc(7));
        let other = sealer.add_stream(Ssrc(8));
        let mut packet = rtp(7, 1, b"once", 32);
        assert!(sealer.seal(first, 1, 12, &mut packet, 16).is_ok());
        let again = sealer.add_stream(Ssrc(7));
        assert_eq!((again, other == first), (first, false));
        assert_eq!(sealer.seal_once(again, 1, 12, &mut rtp(7, 1, b"else", 32), 16), Err(SealError::Repeated));
        assert!(sealer.seal(other, 1, 12, &mut rtp(8, 1, b"else", 32), 16).is_ok());
    }

    #[test]
    fn a_refused_packet_stays_as_it_was() {
        for profile in Profile::BEST_FIRST {
            let mut sealer = Sealer::new(&keys(profile).0);
            let stream = sealer.add_stream(Ssrc(7));
            let overhead = profile.rtp_overhead();
            assert!(sealer.seal(stream, 90_000, 12, &mut rtp(7, 90_000, b"", overhead), 12).is_ok());
            for (index, header_len, room, expected) in [
                (90_000, 12, overhead, SealError::Repeated),
                (80_000, 12, overhead, SealError::TooOld),
                (1 << 48, 12, overhead, SealError::Exhausted),
                (90_001, 12, overhead - 1, SealError::DoesNotFit),
                (90_001, 11, overhead, SealError::DoesNotFit),
                (90_001, 17, overhead, SealError::DoesNotFit),
            ] {
                let mut packet = rtp(7, index, b"open", room);
                let before = packet.clone();
                assert_eq!(sealer.seal_once(stream, index, header_len, &mut packet, 16), Err(expected));
                assert_eq!(packet, before, "{expected}");
            }
            assert!(sealer.seal(stream, 90_001, 12, &mut rtp(7, 90_001, b"", overhead), 12).is_ok());
        }
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "sealed before")]
    fn debug_builds_stop_on_a_repeated_index() {
        let mut sealer = Sealer::new(&keys(Profile::AeadAes128Gcm).0);
        let stream = sealer.add_stream(Ssrc(7));
        for _ in 0..2 {
            let _ = sealer.seal(stream, 3, 12, &mut rtp(7, 3, b"", 16), 12);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_order_of_packets_seals_an_index_twice(
            profile in prop::sample::select(&Profile::BEST_FIRST),
            steps in prop::collection::vec((0u32..3, prop_oneof![3 => 0i64..3, 3 => -2500i64..50, 1 => -70_000i64..70_000]), 1..200)
        ) {
            let (ours, theirs) = keys(profile);
            let (mut sealer, mut opener) = (Sealer::new(&ours), Opener::new(&theirs));
            let mut sealed = HashMap::<(u32, u64), u32>::new();
            let mut at = [60_000i64; 3];
            for (number, (ssrc, step)) in (0u32..).zip(steps) {
                let stream = sealer.add_stream(Ssrc(ssrc));
                let place = &mut at[ssrc as usize];
                *place = (*place + step).max(0);
                let index = *place as u64;
                let mut packet = rtp(ssrc, index, &number.to_be_bytes(), 16);
                if let Ok(len) = sealer.seal_once(stream, index, 12, &mut packet, 16) {
                    let before = sealed.insert((ssrc, index), number);
                    prop_assert_eq!(before, None, "one (SSRC, index) for two packets");
                    // Large jumps leave the receiver's guess behind; whatever it opens is what was sealed.
                    if let Ok(opened) = opener.open(12, &mut packet[..len]) {
                        prop_assert_eq!(opened.index, index);
                        prop_assert_eq!(&packet[12..opened.len], &number.to_be_bytes());
                    }
                }
            }
        }
    }
}
