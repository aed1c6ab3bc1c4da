//! Session keys from master keys: the AES counter-mode key derivation of RFC 3711 §4.3, with AES-256 for the 256-bit profile
//! (RFC 6188) and 96-bit salts shifted to 112 bits for GCM (RFC 7714 §11). The key derivation rate is zero, as RFC 5764 §4.1
//! has it, so every session key is derived once.

use aes::{
    Aes128, Aes256,
    cipher::{BlockEncrypt, KeyInit, generic_array::GenericArray},
};

/// Which session key (RFC 3711 §4.3.1).
#[derive(Debug, Clone, Copy)]
pub(super) enum Label {
    Encryption = 0,
    Authentication = 1,
    Salt = 2,
    RtcpEncryption = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// Fills `session` with the key that `label` names.
///
/// `master_key` is 16 or 32 bytes, `master_salt` at most 14: a profile says which, and both come from [`super::SrtpKeys`].
///
/// # Panics
///
/// If a length is none of these.
pub(super) fn derive(master_key: &[u8], master_salt: &[u8], label: Label, session: &mut [u8]) {
    let mut block = [0; 16];
    block[..master_salt.len()].copy_from_slice(master_salt);
    // The 8-bit label stands in front of the 48-bit index (zero), both aligned to the end of a 112-bit salt.
    block[7] ^= label as u8;
    assert!(master_salt.len() <= 14 && session.len() <= 16 * 256, "the last two bytes count blocks");
    match master_key.len() {
        16 => key_stream(&Aes128::new(GenericArray::from_slice(master_key)), block, session),
        32 => key_stream(&Aes256::new(GenericArray::from_slice(master_key)), block, session),
        other => panic!("no profile has a master key of {other} bytes"),
    }
}

fn key_stream<C: BlockEncrypt>(cipher: &C, mut counter: [u8; 16], out: &mut [u8]) {
    for (number, chunk) in out.chunks_mut(16).enumerate() {
        counter[14..].copy_from_slice(&(number as u16).to_be_bytes());
        let mut block = GenericArray::clone_from_slice(&counter);
        cipher.encrypt_block(&mut block);
        chunk.copy_from_slice(&block[..chunk.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::transport::srtp::tests::hex;

    #[test]
    fn session_keys_are_those_of_rfc_3711_b_3() {
        let key = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
        let salt = hex("0EC675AD498AFEEBB6960B3AABE6");
        for (label, expected) in [
            (Label::Encryption, "C61E7A93744F39EE10734AFE3FF7A087"),
            (Label::Salt, "30CBBC08863D8C85D49DB34A9AE1"),
            (
                Label::Authentication,
                "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E47403576",
            ),
        ] {
            let expected = hex(expected);
            let mut session = vec![0; expected.len()];
            derive(&key, &salt, label, &mut session);
            assert_eq!(session, expected, "{label:?}");
        }
    }

    #[test]
    fn a_256_bit_master_key_derives_as_rfc_6188_7_2_has_it() {
        let key = hex("F0F04914B513F2763A1B1FA130F10E2998F6F6E43E4309D1E622A0E332B9F1B6");
        let salt = hex("3B04803DE51EE7C96423AB5B78D2");
        let mut session = [0; 32];
        derive(&key, &salt, Label::Encryption, &mut session);
        assert_eq!(session[..], hex("5BA1064E30EC51613CAD926C5A28EF731EC7FB397F70A960653CAF06554CD8C4"));
        let mut session = [0; 14];
        derive(&key, &salt, Label::Salt, &mut session);
        assert_eq!(session[..], hex("FA31791685CA444A9E07C6C64E93"));
    }
}
