//! Why an offer gets no answer: three classes, as HTTP tells them apart, and one sentence for each reason.

use super::offer::{ATTRIBUTES_MAX, OFFER_BYTES_MAX, SECTIONS_MAX};
use crate::relay::media::MediaKind;

/// Why an offer gets no answer. Each displays as one sentence for the person who runs the other end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// It breaks the grammar of SDP or of an attribute: HTTP 400.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// There is nothing in it that this meeting could send or receive: HTTP 406.
    #[error(transparent)]
    NotAcceptable(#[from] NotAcceptable),
    /// It is well formed and asks for something that is not done here: HTTP 422.
    #[error(transparent)]
    Unprocessable(#[from] Unprocessable),
}

/// The grammar is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Larger than any browser's offer.
    #[error("the offer has {0} bytes, more than {OFFER_BYTES_MAX}")]
    TooLong(usize),
    /// The lexer stopped here.
    #[error("line {0} of the offer is not valid SDP")]
    Syntax(usize),
    /// Too many media sections.
    #[error("the offer has {0} media sections, more than {SECTIONS_MAX}")]
    TooManySections(usize),
    /// Too many attributes in one section.
    #[error("a section of the offer has {0} attributes, more than {ATTRIBUTES_MAX}")]
    TooManyAttributes(usize),
    /// An attribute's value does not follow its grammar.
    #[error("the offer's attribute \"a={0}\" has a value that can't be read")]
    Attribute(&'static str),
    /// A payload type on an m-line is not a number from 0 to 127, or stands there twice.
    #[error("media section {0} of the offer lists a payload type that is no number from 0 to 127, or lists one twice")]
    PayloadTypes(usize),
    /// Two sections share a media identification.
    #[error("two media sections of the offer have the same mid")]
    RepeatedMid,
    /// The BUNDLE group names a section that is not there.
    #[error("the offer's BUNDLE group names a mid that no media section has")]
    UnknownBundleMid,
    /// One header extension id on one line stands for two extensions.
    #[error("media section {0} of the offer gives one header extension id to two extensions")]
    RepeatedExtension(usize),
}

/// Nothing in common.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAcceptable {
    /// No picture codec in common.
    #[error(
        "media section {0} of the offer has neither H.264 (constrained baseline, packetization mode 1) nor VP8 as this meeting needs it"
    )]
    NoVideoCodec(usize),
    /// No sound codec in common.
    #[error("media section {0} of the offer has no Opus")]
    NoAudioCodec(usize),
}

/// Well formed, and not done here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprocessable {
    /// There is no line to send or receive on.
    #[error("the offer has no audio or video section that can be used")]
    NoMedia,
    /// A line has no media identification.
    #[error("media section {0} of the offer has no mid")]
    NoMid(usize),
    /// A media identification does not fit a one-byte header extension.
    #[error("media section {0} of the offer has a mid that is longer than 16 characters")]
    LongMid(usize),
    /// A line does not run over DTLS-SRTP.
    #[error("media section {0} of the offer does not use DTLS-SRTP")]
    NotSecured(usize),
    /// A line is not in the BUNDLE group.
    #[error("media section {0} of the offer is not in its BUNDLE group")]
    NotBundled(usize),
    /// A line wants RTCP on a port of its own.
    #[error("media section {0} of the offer has no rtcp-mux")]
    NoRtcpMux(usize),
    /// A publisher's line that only receives.
    #[error("media section {0} of the offer only receives, on a session that publishes")]
    PublisherReceives(usize),
    /// A viewer's line that only sends.
    #[error("media section {0} of the offer only sends, on a session that views")]
    ViewerSends(usize),
    /// More than one sending line of a kind.
    #[error("the offer sends more than one {} track; each camera or content needs a session of its own", kind_name(*.0))]
    TwoOfAKind(MediaKind),
    /// No ICE credentials.
    #[error("the offer has no ice-ufrag and ice-pwd")]
    NoIceCredentials,
    /// No usable certificate fingerprint.
    #[error("the offer has no sha-256 fingerprint")]
    NoFingerprint,
    /// Both sides would wait for the other to begin.
    #[error("the offer's DTLS role must be actpass or active, as this side is passive")]
    PassiveSetup,
    /// One number with two meanings on bundled lines.
    #[error("payload type {0} means two things in the offer's bundle")]
    AmbiguousPayloadType(u8),
    /// One header extension id with two meanings on bundled lines.
    #[error("header extension id {0} means two things in the offer's bundle")]
    AmbiguousExtension(u8),
}

const fn kind_name(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
    }
}
