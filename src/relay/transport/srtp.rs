//! SRTP (RFC 3711, RFC 7714): one sealed packet per (key, SSRC, index), opened and sealed in place.
//!
//! [`SrtpKeys`] come out of a DTLS handshake. A [`Sealer`] makes packets that leave, an [`Opener`] takes packets that arrive;
//! each lives exactly as long as the association. Neither allocates per packet, knows what RTP header extensions mean, or
//! numbers packets: the index is the caller's on the way out and the sender's on the way in. Control packets are in
//! [`srtcp`](super::srtcp).

pub(in crate::relay::transport) mod cipher;
mod derive;
mod open;
mod seal;
pub(in crate::relay::transport) mod window;

pub use open::{OpenError, Opened, Opener, SSRCS_MAX};
pub use seal::{SealError, SealStream, Sealer};

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

impl Profile {
    /// All profiles in the order we choose from an offer: the cheapest to run of the strong ones first.
    pub const BEST_FIRST: [Self; 3] = [Self::AeadAes128Gcm, Self::AeadAes256Gcm, Self::Aes128CmSha1_80];

    /// Its name in the IANA registry of DTLS-SRTP protection profiles.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
            Self::Aes128CmSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
        }
    }

    /// Its number in the `use_srtp` extension (RFC 5764 §4.1.2, RFC 7714 §14.2).
    #[must_use]
    pub const fn dtls_id(self) -> u16 {
        match self {
            Self::AeadAes128Gcm => 0x0007,
            Self::AeadAes256Gcm => 0x0008,
            Self::Aes128CmSha1_80 => 0x0001,
        }
    }

    /// The profile with this number in the `use_srtp` extension, if it is one of ours.
    #[must_use]
    pub fn from_dtls_id(id: u16) -> Option<Self> {
        Self::BEST_FIRST.into_iter().find(|profile| profile.dtls_id() == id)
    }

    /// Bytes that sealing adds to an RTP packet.
    #[must_use]
    pub const fn rtp_overhead(self) -> usize {
        match self {
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => 16,
            Self::Aes128CmSha1_80 => 10,
        }
    }

    /// Bytes that sealing adds to a compound RTCP packet: its tag and its index.
    #[must_use]
    pub const fn rtcp_overhead(self) -> usize {
        self.rtp_overhead() + 4
    }

    const fn key_len(self) -> usize {
        match self {
            Self::AeadAes128Gcm | Self::Aes128CmSha1_80 => 16,
            Self::AeadAes256Gcm => 32,
        }
    }

    const fn salt_len(self) -> usize {
        match self {
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => 12,
            Self::Aes128CmSha1_80 => 14,
        }
    }
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

impl SrtpKeys {
    /// The exporter label of DTLS-SRTP (RFC 5764 §4.2); its context is empty.
    pub const LABEL: &'static str = "EXTRACTOR-dtls_srtp";

    /// Bytes the exporter must give for `profile`.
    #[must_use]
    pub const fn material_len(profile: Profile) -> usize {
        2 * (profile.key_len() + profile.salt_len())
    }

    /// Cuts the exporter's output into keys: client key, server key, client salt, server salt (RFC 5764 §4.2).
    ///
    /// # Panics
    ///
    /// If `material` is not [`material_len`](Self::material_len) bytes.
    #[must_use]
    pub fn from_exporter(profile: Profile, material: &[u8], we_are_server: bool) -> Self {
        assert_eq!(material.len(), Self::material_len(profile), "length of the exporter's output");
        let (keys, salts) = material.split_at(2 * profile.key_len());
        let (client_key, server_key) = keys.split_at(profile.key_len());
        let (client_salt, server_salt) = salts.split_at(profile.salt_len());
        let owned = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        let client = (owned(client_key), owned(client_salt));
        let server = (owned(server_key), owned(server_salt));
        let (local, remote) = if we_are_server { (server, client) } else { (client, server) };
        Self { profile, local_key: local.0, local_salt: local.1, remote_key: remote.0, remote_salt: remote.1 }
    }
}

impl std::fmt::Debug for SrtpKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SrtpKeys").field("profile", &self.profile).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(in crate::relay::transport) mod tests;
