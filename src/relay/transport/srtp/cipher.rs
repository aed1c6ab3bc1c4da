//! One direction's session keys and the packet transforms of the three profiles, for RTP and RTCP. Stateless: the caller
//! keeps the indexes.

use super::{
    Profile,
    derive::{Label, derive},
};
use aes::{Aes128, cipher::generic_array::GenericArray};
use ctr::cipher::{InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use hmac::{Hmac, Mac};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha1::Sha1;
use zeroize::Zeroizing;

/// Session keys of one direction, ready to run.
#[expect(clippy::large_enum_variant, reason = "four per peer; a box would cost a cache miss per packet")]
pub(in crate::relay::transport) enum Cipher {
    Gcm { key: LessSafeKey, salt: [u8; 12] },
    Cm { key: Aes128, salt: [u8; 14], mac: Hmac<Sha1> },
}

/// What a packet is encrypted under besides the keys: its source and its index, 48 bits for RTP, 31 for RTCP.
#[derive(Debug, Clone, Copy)]
pub(in crate::relay::transport) struct Position {
    pub(in crate::relay::transport) ssrc: u32,
    pub(in crate::relay::transport) index: u64,
}

/// Which packets a cipher is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::relay::transport) enum Packets {
    Rtp,
    Rtcp,
}

impl Cipher {
    /// Derives the session keys of one direction. Lengths are the profile's, as [`super::SrtpKeys`] keeps them.
    pub(in crate::relay::transport) fn new(
        packets: Packets,
        profile: Profile,
        master_key: &[u8],
        master_salt: &[u8],
    ) -> Self {
        let [encryption, authentication, salting] = match packets {
            Packets::Rtp => [Label::Encryption, Label::Authentication, Label::Salt],
            Packets::Rtcp => [Label::RtcpEncryption, Label::RtcpAuthentication, Label::RtcpSalt],
        };
        let mut key = Zeroizing::new(vec![0; profile.key_len()]);
        derive(master_key, master_salt, encryption, &mut key);
        match profile {
            Profile::AeadAes128Gcm | Profile::AeadAes256Gcm => {
                let mut salt = [0; 12];
                derive(master_key, master_salt, salting, &mut salt);
                Self::gcm(&key, salt)
            }
            Profile::Aes128CmSha1_80 => {
                let mut salt = [0; 14];
                derive(master_key, master_salt, salting, &mut salt);
                let mut mac_key = Zeroizing::new([0; 20]);
                derive(master_key, master_salt, authentication, &mut *mac_key);
                Self::cm(&key, salt, &mac_key)
            }
        }
    }

    /// From session keys: 16 bytes of key make it AES-128, 32 AES-256.
    pub(super) fn gcm(key: &[u8], salt: [u8; 12]) -> Self {
        let algorithm = if key.len() == AES_128_GCM.key_len() { &AES_128_GCM } else { &AES_256_GCM };
        let key = UnboundKey::new(algorithm, key).expect("a profile's keys have its algorithm's length");
        Self::Gcm { key: LessSafeKey::new(key), salt }
    }

    fn cm(key: &[u8], salt: [u8; 14], mac_key: &[u8; 20]) -> Self {
        let mac = <Hmac<Sha1> as Mac>::new_from_slice(mac_key).expect("HMAC takes keys of any length");
        Self::Cm { key: Aes128::new(GenericArray::from_slice(key)), salt, mac }
    }

    /// Bytes [`seal`](Self::seal) appends.
    pub(in crate::relay::transport) const fn overhead(&self) -> usize {
        match self {
            Self::Gcm { .. } => 16,
            Self::Cm { .. } => CM_TAG,
        }
    }

    /// Encrypts `packet[header_len..len]` in place and appends the tag; returns the new length.
    ///
    /// The caller has made sure of `header_len <= len` and of room for the overhead.
    pub(super) fn seal(&self, at: Position, header_len: usize, packet: &mut [u8], len: usize) -> usize {
        match self {
            Self::Gcm { key, salt } => {
                let (header, rest) = packet.split_at_mut(header_len);
                let (payload, tail) = rest.split_at_mut(len - header_len);
                let tag = key
                    .seal_in_place_separate_tag(gcm_nonce(salt, at), Aad::from(&*header), payload)
                    .expect("AES-GCM takes up to 64 GiB, a packet is smaller");
                tail[..16].copy_from_slice(tag.as_ref());
            }
            Self::Cm { key, salt, mac } => {
                cm_apply(key, salt, at, &mut packet[header_len..len]);
                let tag = cm_mac(mac, at, &packet[..len]).finalize().into_bytes();
                packet[len..len + CM_TAG].copy_from_slice(&tag[..CM_TAG]);
            }
        }
        len + self.overhead()
    }

    /// Checks the tag at the end of `packet`, decrypts in place, returns the length without the tag; `None` if it is forged
    /// (what `packet` then holds is worthless).
    ///
    /// The caller has made sure that header and tag fit.
    pub(super) fn open(&self, at: Position, header_len: usize, packet: &mut [u8]) -> Option<usize> {
        let len = packet.len() - self.overhead();
        match self {
            Self::Gcm { key, salt } => {
                let (header, rest) = packet.split_at_mut(header_len);
                key.open_in_place(gcm_nonce(salt, at), Aad::from(&*header), rest).ok()?;
            }
            Self::Cm { key, salt, mac } => {
                let (sealed, tag) = packet.split_at_mut(len);
                cm_mac(mac, at, sealed).verify_truncated_left(tag).ok()?; // In constant time.
                cm_apply(key, salt, at, &mut sealed[header_len..]);
            }
        }
        Some(len)
    }

    /// Encrypts the compound RTCP packet `packet[..len]` in place behind its first 8 bytes, appends tag and index (in the
    /// profile's order) and returns the new length. The caller has made sure of room for the overhead and 4 bytes more.
    pub(in crate::relay::transport) fn seal_rtcp(&self, at: Position, packet: &mut [u8], len: usize) -> usize {
        let word = (ENCRYPTED | at.index as u32).to_be_bytes();
        match self {
            Self::Gcm { key, salt } => {
                let (header, rest) = packet.split_at_mut(RTCP_HEADER);
                let (payload, tail) = rest.split_at_mut(len - RTCP_HEADER);
                let tag = key
                    .seal_in_place_separate_tag(gcm_nonce(salt, at), Aad::from(rtcp_aad(header, word)), payload)
                    .expect("AES-GCM takes up to 64 GiB, a packet is smaller");
                tail[..16].copy_from_slice(tag.as_ref());
                tail[16..20].copy_from_slice(&word);
            }
            Self::Cm { key, salt, mac } => {
                cm_apply(key, salt, at, &mut packet[RTCP_HEADER..len]);
                packet[len..len + 4].copy_from_slice(&word);
                let mut mac = mac.clone();
                mac.update(&packet[..len + 4]);
                packet[len + 4..len + 4 + CM_TAG].copy_from_slice(&mac.finalize().into_bytes()[..CM_TAG]);
            }
        }
        len + self.overhead() + 4
    }

    /// The index an SRTCP packet says it has; `None` if it is too short or says that it is not encrypted, which DTLS-SRTP
    /// never does.
    pub(in crate::relay::transport) fn rtcp_index(&self, packet: &[u8]) -> Option<u64> {
        let from_end = match self {
            Self::Gcm { .. } => 4,
            Self::Cm { .. } => 4 + CM_TAG,
        };
        if packet.len() < RTCP_HEADER + self.overhead() + 4 {
            return None;
        }
        let word = packet[packet.len() - from_end..].first_chunk()?;
        let word = u32::from_be_bytes(*word);
        (word & ENCRYPTED != 0).then_some(u64::from(word & !ENCRYPTED))
    }

    /// Checks the tag of an SRTCP packet, whose [index](Self::rtcp_index) is `at.index`, decrypts it in place and returns the
    /// length of the plain compound packet; `None` if it is forged.
    pub(in crate::relay::transport) fn open_rtcp(&self, at: Position, packet: &mut [u8]) -> Option<usize> {
        let len = packet.len() - self.overhead() - 4;
        match self {
            Self::Gcm { key, salt } => {
                let word = (ENCRYPTED | at.index as u32).to_be_bytes();
                let (header, rest) = packet.split_at_mut(RTCP_HEADER);
                let sealed = rest.len() - 4;
                let aad = Aad::from(rtcp_aad(header, word));
                key.open_in_place(gcm_nonce(salt, at), aad, &mut rest[..sealed]).ok()?;
            }
            Self::Cm { key, salt, mac } => {
                let (sealed, tag) = packet.split_at_mut(len + 4);
                let mut mac = mac.clone();
                mac.update(sealed);
                mac.verify_truncated_left(tag).ok()?; // In constant time.
                cm_apply(key, salt, at, &mut sealed[RTCP_HEADER..len]);
            }
        }
        Some(len)
    }
}

/// Bytes of an RTCP packet that stay plain: its first header and its sender's SSRC.
const RTCP_HEADER: usize = 8;

/// The E flag in front of the SRTCP index (RFC 3711 §3.4).
const ENCRYPTED: u32 = 1 << 31;

/// RFC 7714 §9.3: the plain header, then the E flag and index.
fn rtcp_aad(header: &[u8], word: [u8; 4]) -> [u8; RTCP_HEADER + 4] {
    let mut aad = [0; RTCP_HEADER + 4];
    aad[..RTCP_HEADER].copy_from_slice(header);
    aad[RTCP_HEADER..].copy_from_slice(&word);
    aad
}

/// Bytes of the truncated HMAC-SHA1 (RFC 3711 §4.2.1).
const CM_TAG: usize = 10;

/// RFC 7714 §8.1: two zero bytes, SSRC, index, all under the session salt.
fn gcm_nonce(salt: &[u8; 12], at: Position) -> Nonce {
    let mut nonce = *salt;
    xor(&mut nonce[2..6], &at.ssrc.to_be_bytes());
    xor(&mut nonce[6..12], &at.index.to_be_bytes()[2..]);
    Nonce::assume_unique_for_key(nonce)
}

/// RFC 3711 §4.1.1: the session salt over SSRC and index, then a 16-bit block counter.
fn cm_apply(key: &Aes128, salt: &[u8; 14], at: Position, payload: &mut [u8]) {
    let mut counter = [0; 16];
    counter[..14].copy_from_slice(salt);
    xor(&mut counter[4..8], &at.ssrc.to_be_bytes());
    xor(&mut counter[8..14], &at.index.to_be_bytes()[2..]);
    let core = ctr::CtrCore::<&Aes128, ctr::flavors::Ctr128BE>::inner_iv_init(key, GenericArray::from_slice(&counter));
    StreamCipherCoreWrapper::from_core(core).apply_keystream(payload);
}

/// RFC 3711 §4.2: over the packet and its rollover counter.
fn cm_mac(keyed: &Hmac<Sha1>, at: Position, sealed: &[u8]) -> Hmac<Sha1> {
    let mut mac = keyed.clone();
    mac.update(sealed);
    mac.update(&((at.index >> 16) as u32).to_be_bytes());
    mac
}

fn xor(into: &mut [u8], with: &[u8]) {
    for (a, b) in into.iter_mut().zip(with) {
        *a ^= b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::transport::srtp::tests::hex;

    const PLAIN: &str =
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";

    fn check(key: &str, sealed: &str) {
        let salt: [u8; 12] = hex("517569642070726f2071756f").try_into().unwrap();
        let cipher = Cipher::gcm(&hex(key), salt);
        let at = Position { ssrc: 0x5501_a0b2, index: 0xf17b };
        let plain = hex(PLAIN);
        let mut packet = plain.clone();
        packet.resize(plain.len() + 16, 0);
        assert_eq!(cipher.seal(at, 12, &mut packet, plain.len()), packet.len());
        assert_eq!(packet, hex(sealed));
        assert_eq!(cipher.open(at, 12, &mut packet), Some(plain.len()));
        assert_eq!(packet[..plain.len()], plain);
    }

    #[test]
    fn packets_are_those_of_rfc_7714_16_1() {
        check(
            "000102030405060708090a0b0c0d0e0f",
            "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
        );
    }

    #[test]
    fn packets_are_those_of_rfc_7714_16_2() {
        check(
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        );
    }

    fn check_rtcp(key: &str, sealed: &str) {
        let salt: [u8; 12] = hex("517569642070726f2071756f").try_into().unwrap();
        let cipher = Cipher::gcm(&hex(key), salt);
        let at = Position { ssrc: 0x4d61_7273, index: 0x5d4 };
        let plain = hex(
            "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        );
        let mut packet = plain.clone();
        packet.resize(plain.len() + 20, 0);
        assert_eq!(cipher.seal_rtcp(at, &mut packet, plain.len()), packet.len());
        assert_eq!(packet, hex(sealed));
        assert_eq!(cipher.rtcp_index(&packet), Some(at.index));
        assert_eq!(cipher.open_rtcp(at, &mut packet), Some(plain.len()));
        assert_eq!(packet[..plain.len()], plain);
    }

    #[test]
    fn control_packets_are_those_of_rfc_7714_17_1() {
        check_rtcp(
            "000102030405060708090a0b0c0d0e0f",
            "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4",
        );
    }

    #[test]
    fn control_packets_are_those_of_rfc_7714_17_3() {
        check_rtcp(
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4",
        );
    }

    #[test]
    fn the_key_stream_is_that_of_rfc_3711_b_2() {
        let key = Aes128::new(GenericArray::from_slice(&hex("2B7E151628AED2A6ABF7158809CF4F3C")));
        let salt: [u8; 14] = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
        let mut stream = [0; 48];
        cm_apply(&key, &salt, Position { ssrc: 0, index: 0 }, &mut stream);
        assert_eq!(
            stream[..],
            hex("E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0")
        );
    }
}
