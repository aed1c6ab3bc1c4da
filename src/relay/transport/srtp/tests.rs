//! What all profiles have in common, and that an independent implementation agrees with us.

use super::*;
use crate::relay::media::Ssrc;
use rtc_srtp::{context::Context, protection_profile::ProtectionProfile};

pub(super) fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// A server's keys and its client's, which mirror them.
pub(in crate::relay::transport) fn keys(profile: Profile) -> (SrtpKeys, SrtpKeys) {
    let material: Vec<u8> = (0..SrtpKeys::material_len(profile)).map(|byte| (byte * 7 + 3) as u8).collect();
    (SrtpKeys::from_exporter(profile, &material, true), SrtpKeys::from_exporter(profile, &material, false))
}

/// A plain RTP packet with `room` bytes behind it.
pub(super) fn rtp(ssrc: u32, index: u64, payload: &[u8], room: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend((index as u16).to_be_bytes());
    packet.extend(0x0102_0304u32.to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload);
    packet.resize(packet.len() + room, 0);
    packet
}

pub(in crate::relay::transport) fn theirs(profile: Profile, key: &[u8], salt: &[u8]) -> Context {
    let profile = match profile {
        Profile::AeadAes128Gcm => ProtectionProfile::AeadAes128Gcm,
        Profile::AeadAes256Gcm => ProtectionProfile::AeadAes256Gcm,
        Profile::Aes128CmSha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
    };
    let provider = rtc_srtp::crypto::default_provider().unwrap();
    Context::new(key, salt, profile, None, None, provider.crypto()).unwrap()
}

#[test]
fn the_exporter_is_cut_as_rfc_5764_says() {
    for profile in Profile::BEST_FIRST {
        let (server, client) = keys(profile);
        assert_eq!(server.local_key, client.remote_key);
        assert_eq!(server.local_salt, client.remote_salt);
        assert_eq!(server.remote_key, client.local_key);
        assert_eq!(server.remote_salt, client.local_salt);
        assert_eq!((client.local_key[0], server.local_key[0]), (3, (profile.key_len() * 7 + 3) as u8));
        assert_eq!(Profile::from_dtls_id(profile.dtls_id()), Some(profile));
        assert!(!format!("{server:?}").contains("key"), "keys never appear in logs");
    }
    assert_eq!(Profile::from_dtls_id(2), None);
}

#[test]
fn an_independent_implementation_opens_what_we_seal() {
    for profile in Profile::BEST_FIRST {
        let keys = keys(profile).0;
        let mut sealer = Sealer::new(&keys);
        let mut opener = theirs(profile, &keys.local_key, &keys.local_salt);
        let stream = sealer.add_stream(Ssrc(0xdead_beef));
        for index in 65_000..66_100u64 {
            let payload = vec![index as u8; (index % 1200) as usize];
            let mut packet = rtp(0xdead_beef, index, &payload, profile.rtp_overhead());
            let plain = packet[..12 + payload.len()].to_vec();
            let len = sealer.seal(stream, index, 12, &mut packet, plain.len()).unwrap();
            assert_eq!(opener.decrypt_rtp(&packet[..len]).unwrap()[..], plain, "{profile:?} {index}");
        }
    }
}

#[test]
fn we_open_what_an_independent_implementation_seals() {
    for profile in Profile::BEST_FIRST {
        let keys = keys(profile).0;
        let mut sealer = theirs(profile, &keys.remote_key, &keys.remote_salt);
        let mut opener = Opener::new(&keys);
        for index in 65_000..66_100u64 {
            let payload = vec![index as u8; (index % 1200) as usize];
            let mut plain = rtp(0xdead_beef, index, &[], 0);
            // A header extension of one word, so that the header is longer than its fixed part.
            plain[0] |= 0x10;
            plain.extend([0xbe, 0xde, 0, 1, 0x10, index as u8, 0, 0]);
            plain.extend(payload);
            let mut packet = sealer.encrypt_rtp(&plain).unwrap().to_vec();
            let opened = opener.open(20, &mut packet).unwrap();
            assert_eq!(opened, Opened { index, len: plain.len() });
            assert_eq!(packet[..opened.len], plain, "{profile:?} {index}");
        }
    }
}
