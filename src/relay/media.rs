//! Words every part of the media plane shares: identifiers of RTP (RFC 3550) and the codecs a meeting can have.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Synchronisation source of an RTP stream (RFC 3550 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ssrc(pub u32);

/// Payload type, 0 to 127 (RFC 3550 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pt(pub u8);

/// Media identification of an m-line (RFC 8843), at most 16 characters here so that it fits a one-byte header extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mid(pub String);

impl fmt::Display for Mid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Restriction id of one of a line's layers (RFC 8851): letters and digits, at most 16 so that it fits a one-byte header
/// extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rid(pub String);

impl fmt::Display for Rid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Sound or picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Picture.
    Video,
}

/// A codec the relay forwards (design decision: H.264 and Opus first, VP8 as the fallback every browser has).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// Opus (RFC 7587), 48 kHz.
    Opus,
    /// H.264 constrained baseline, packetization mode 1 (RFC 6184).
    H264,
    /// VP8 (RFC 7741).
    Vp8,
}

impl Codec {
    /// Ticks of its RTP clock per second.
    #[must_use]
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::H264 | Self::Vp8 => 90_000,
        }
    }

    /// Whether it is sound or picture.
    #[must_use]
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Opus => MediaKind::Audio,
            Self::H264 | Self::Vp8 => MediaKind::Video,
        }
    }
}

/// What a publication is to its participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Camera picture and microphone sound.
    Main,
    /// Content (辅流): a shared document or screen, and its sound.
    Content,
}
