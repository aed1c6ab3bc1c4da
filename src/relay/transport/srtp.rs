//! SRTP (RFC 3711, RFC 7714): one sealed packet per (key, SSRC, index), opened and sealed in place.

use zeroize::Zeroizing;

/// An SRTP protection profile (RFC 5764 §4.1.2, RFC 7714 §14.2), best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// AEAD_AES_128_GCM
    AeadAes128Gcm,
    /// AEAD_AES_256_GCM
    AeadAes256Gcm,
    /// AES128_CM_HMAC_SHA1_80
    Aes128CmSha1_80,
}

/// Master keys and salts of one association, both ways, as the DTLS exporter gave them.
#[derive(Clone)]
pub struct SrtpKeys {
    /// What was negotiated.
    pub profile: Profile,
    /// Master key for what we send.
    pub local_key: Zeroizing<Vec<u8>>,
    /// Master salt for what we send.
    pub local_salt: Zeroizing<Vec<u8>>,
    /// Master key for what we receive.
    pub remote_key: Zeroizing<Vec<u8>>,
    /// Master salt for what we receive.
    pub remote_salt: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for SrtpKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SrtpKeys").field("profile", &self.profile).finish_non_exhaustive()
    }
}
