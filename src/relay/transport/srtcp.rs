//! SRTCP (RFC 3711 §3.4, RFC 7714 §9): control packets of one association, both ways.
//!
//! Built on the same ciphers as [`srtp`](super::srtp). Not through `rtc-srtp`: its AES-CM context takes packets with a cleared
//! E flag without looking at their tag, its GCM context doesn't cover that flag, and both make state for an SSRC before they
//! have checked its packet.

use super::srtp::{
    SrtpKeys,
    cipher::{Cipher, Packets, Position},
    window::Window,
};

/// Most SSRCs a peer may send control packets from.
pub const SENDERS_MAX: usize = 64;

/// Highest SRTCP index (31 bits).
const INDEX_MAX: u32 = (1 << 31) - 1;

/// Why a control packet was not sealed or opened. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SrtcpError {
    /// It is no RTCP, too short, or does not fit the output.
    #[error("the control packet does not fit")]
    DoesNotFit,
    /// It is forged, damaged, not encrypted, or was opened before.
    #[error("the control packet is not genuine or not new")]
    Refused,
    /// It is genuine, but of one sender too many.
    #[error("more than {SENDERS_MAX} senders of control packets")]
    TooManySenders,
    /// All indexes are used; the peer must join anew.
    #[error("the key is used up")]
    Exhausted,
}

/// Seals and opens the control packets of one association.
pub struct Srtcp {
    seal: Cipher,
    /// Index of the next packet we seal. One count for all our SSRCs: none can meet an index twice, whatever senders the
    /// caller names, and at a hundred packets a second it lasts eight months.
    next_index: u32,
    open: Cipher,
    /// Senders of genuine packets and what came from them; at most [`SENDERS_MAX`].
    senders: Vec<Sender>,
}

struct Sender {
    ssrc: u32,
    seen: Window,
}

impl Srtcp {
    /// With the keys of a finished handshake.
    #[must_use]
    pub fn new(keys: &SrtpKeys) -> Self {
        Self {
            seal: Cipher::new(Packets::Rtcp, keys.profile, &keys.local_key, &keys.local_salt),
            next_index: 1,
            open: Cipher::new(Packets::Rtcp, keys.profile, &keys.remote_key, &keys.remote_salt),
            senders: Vec::new(),
        }
    }

    /// Bytes that sealing adds.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        self.seal.overhead() + 4
    }

    /// Seals the compound packet `plain` into `out`; returns the sealed length.
    ///
    /// # Errors
    ///
    /// See [`SrtcpError`].
    pub fn protect(&mut self, plain: &[u8], out: &mut [u8]) -> Result<usize, SrtcpError> {
        let ssrc = sender_of(plain).ok_or(SrtcpError::DoesNotFit)?;
        if out.len() < plain.len() + self.overhead() {
            return Err(SrtcpError::DoesNotFit);
        }
        if self.next_index > INDEX_MAX {
            return Err(SrtcpError::Exhausted);
        }
        let at = Position { ssrc, index: u64::from(self.next_index) };
        self.next_index += 1;
        out[..plain.len()].copy_from_slice(plain);
        Ok(self.seal.seal_rtcp(at, out, plain.len()))
    }

    /// Opens `packet` into `out`, which must be as long; returns the length of the plain compound packet.
    ///
    /// State moves only when the tag was right. Allocates only for the first packet of a sender.
    ///
    /// # Errors
    ///
    /// See [`SrtcpError`].
    pub fn unprotect(&mut self, packet: &[u8], out: &mut [u8]) -> Result<usize, SrtcpError> {
        let ssrc = sender_of(packet).ok_or(SrtcpError::DoesNotFit)?;
        let index = self.open.rtcp_index(packet).ok_or(SrtcpError::Refused)?;
        let known = self.senders.iter().position(|sender| sender.ssrc == ssrc);
        known.map_or(Ok(()), |place| self.senders[place].seen.check(index)).map_err(|_| SrtcpError::Refused)?;
        let out = out.get_mut(..packet.len()).ok_or(SrtcpError::DoesNotFit)?;
        out.copy_from_slice(packet);
        let len = self.open.open_rtcp(Position { ssrc, index }, out).ok_or(SrtcpError::Refused)?;
        let place = known.map_or_else(|| self.add(ssrc), Ok)?;
        self.senders[place].seen.mark(index);
        Ok(len)
    }

    fn add(&mut self, ssrc: u32) -> Result<usize, SrtcpError> {
        if self.senders.len() == SENDERS_MAX {
            return Err(SrtcpError::TooManySenders);
        }
        self.senders.push(Sender { ssrc, seen: Window::new() });
        Ok(self.senders.len() - 1)
    }
}

/// The SSRC an RTCP packet is from; `None` if it is no RTCP: version 2 and a payload type that stays clear of RTP
/// (RFC 5761 §4).
fn sender_of(packet: &[u8]) -> Option<u32> {
    let (head, ssrc) = (packet.first_chunk::<4>()?, packet.get(4..8)?.first_chunk()?);
    (head[0] >> 6 == 2 && (192..=223).contains(&head[1])).then(|| u32::from_be_bytes(*ssrc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::transport::srtp::{
        Profile,
        tests::{keys, theirs},
    };
    use crate::relay::transport::tests::{Seeded, mutate};

    fn receiver_report(sender: u32) -> Vec<u8> {
        let mut packet = vec![0x80, 201, 0, 1];
        packet.extend(sender.to_be_bytes());
        packet
    }

    fn sealed(srtcp: &mut Srtcp, sender: u32) -> Vec<u8> {
        let mut out = [0; 64];
        let len = srtcp.protect(&receiver_report(sender), &mut out).unwrap();
        out[..len].to_vec()
    }

    #[test]
    fn what_one_side_seals_the_other_opens_once() {
        for profile in Profile::BEST_FIRST {
            let (server, client) = keys(profile);
            let (mut server, mut client) = (Srtcp::new(&server), Srtcp::new(&client));
            for _ in 0..2000 {
                let packet = sealed(&mut server, 7);
                assert_eq!(packet.len(), 8 + profile.rtcp_overhead(), "{profile:?}");
                let mut out = [0; 64];
                assert_eq!(client.unprotect(&packet, &mut out), Ok(8));
                assert_eq!(out[..8], receiver_report(7));
                assert_eq!(client.unprotect(&packet, &mut out), Err(SrtcpError::Refused), "a replay");
            }
        }
    }

    #[test]
    fn forged_senders_leave_no_state_and_the_sixty_fifth_is_refused() {
        let (server, client) = keys(Profile::AeadAes128Gcm);
        let (mut server, mut client) = (Srtcp::new(&server), Srtcp::new(&client));
        let genuine = sealed(&mut server, 7);
        for stranger in 0..1000u32 {
            let mut forged = genuine.clone();
            forged[4..8].copy_from_slice(&(stranger + 1000).to_be_bytes());
            assert_eq!(client.unprotect(&forged, &mut [0; 64]), Err(SrtcpError::Refused));
        }
        assert!(client.senders.is_empty());
        for round in 0..2 {
            for sender in 0..=SENDERS_MAX as u32 {
                let expected = if sender == SENDERS_MAX as u32 { Err(SrtcpError::TooManySenders) } else { Ok(8) };
                let packet = sealed(&mut server, sender);
                assert_eq!(client.unprotect(&packet, &mut [0; 64]), expected, "{round} {sender}");
            }
        }
    }

    #[test]
    fn damaged_and_random_packets_are_refused_quietly() {
        for profile in Profile::BEST_FIRST {
            let (server, client) = keys(profile);
            let (mut server, mut client) = (Srtcp::new(&server), Srtcp::new(&client));
            let mut random = Seeded(11);
            for _ in 0..3000 {
                let genuine = sealed(&mut server, 7);
                let damaged = mutate(&genuine, &mut random);
                if damaged != genuine {
                    assert!(client.unprotect(&damaged, &mut [0; 2000]).is_err(), "{profile:?} {damaged:02x?}");
                }
                let _ = client.unprotect(&random.bytes(80), &mut [0; 2000]);
            }
            assert_eq!(client.unprotect(&sealed(&mut server, 7), &mut [0; 64]), Ok(8));
            assert_eq!(server.protect(&[0x80, 96, 0, 0, 0, 0, 0, 0], &mut [0; 64]), Err(SrtcpError::DoesNotFit));
            assert_eq!(server.protect(&receiver_report(7), &mut [0; 8]), Err(SrtcpError::DoesNotFit));
        }
    }

    #[test]
    fn an_unencrypted_packet_is_refused() {
        for profile in Profile::BEST_FIRST {
            let (server, client) = keys(profile);
            let (mut server, mut client) = (Srtcp::new(&server), Srtcp::new(&client));
            let packet = sealed(&mut server, 7);
            for place in 8..packet.len() {
                let mut cleared = packet.clone();
                cleared[place] &= 0x7f;
                if cleared != packet {
                    assert_eq!(client.unprotect(&cleared, &mut [0; 64]), Err(SrtcpError::Refused), "{profile:?}");
                }
            }
        }
    }

    #[test]
    fn an_independent_implementation_understands_us_and_we_it() {
        for profile in Profile::BEST_FIRST {
            let keys = keys(profile).0;
            let mut ours = Srtcp::new(&keys);
            let mut opener = theirs(profile, &keys.local_key, &keys.local_salt);
            let mut sealer = theirs(profile, &keys.remote_key, &keys.remote_salt);
            for words in 1..100u8 {
                let mut plain = vec![0x81, 206, 0, words];
                plain.extend(7u32.to_be_bytes());
                plain.extend(std::iter::repeat_n(words, usize::from(words) * 4 - 4));
                let mut out = [0; 1500];
                let len = ours.protect(&plain, &mut out).unwrap();
                assert_eq!(opener.decrypt_rtcp(&out[..len]).unwrap()[..], plain);
                let sealed = sealer.encrypt_rtcp(&plain).unwrap();
                let len = ours.unprotect(&sealed, &mut out).unwrap();
                assert_eq!(out[..len], plain);
            }
        }
    }
}
