//! What an offer and its answer agreed on, in the form a room needs it: no SDP, only numbers and names.
//!
//! Made by [`transport::sdp`](super::transport::sdp) from an offer, carried inside
//! [`Command::Join`](super::command::Command), read by the room. Everything is a plain value.

use super::media::{Codec, MediaKind, Mid, Pt, Rid, Role, Ssrc};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// One side's ICE user fragment and password (RFC 8445 §5.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceCredentials {
    /// 4 to 256 characters.
    pub ufrag: String,
    /// 22 to 256 characters.
    pub pwd: String,
}

/// Where peers are told to find a worker, the most wanted first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    /// By UDP.
    pub udp: Vec<SocketAddr>,
    /// By TCP, for who gets no UDP through.
    pub tcp: Vec<SocketAddr>,
}

/// SHA-256 of a DTLS certificate, as `a=fingerprint` carries it (RFC 8122).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

/// The transport half of a join: all a peer needs before the first media packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportPlan {
    /// Ours, as given in the answer.
    pub local: IceCredentials,
    /// Theirs, from the offer.
    pub remote: IceCredentials,
    /// Of the certificate they must show.
    pub fingerprint: Fingerprint,
}

/// RTP header extensions by the id the offer gave them (RFC 8285); absent ones were not negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExtensionIds {
    /// `urn:ietf:params:rtp-hdrext:sdes:mid`
    pub mid: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:ssrc-audio-level` (RFC 6464)
    pub audio_level: Option<u8>,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`; of viewers, only of those that state a maximum (REMB), which
    /// they find out by it.
    pub abs_send_time: Option<u8>,
    /// `http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`; there only if its feedback was negotiated
    /// too.
    pub transport_cc: Option<u8>,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time`
    pub abs_capture_time: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id` (RFC 8852); of publishers that send layers.
    pub rid: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id`; likewise.
    pub repaired_rid: Option<u8>,
}

/// One m-line a WHIP session sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedMedia {
    /// Its media identification.
    pub mid: Mid,
    /// The one codec the answer left it.
    pub codec: Codec,
    /// Payload type of that codec.
    pub pt: Pt,
    /// Payload type of its retransmissions (RFC 4588), if negotiated.
    pub rtx: Option<Pt>,
    /// Payload type of packets that carry those before them once more (RFC 2198), if negotiated; of sound alone.
    pub red: Option<Pt>,
    /// SSRC announced in the offer, if any; else the first packet with this mid or payload type tells.
    pub ssrc: Option<Ssrc>,
    /// SSRC of retransmissions announced by `a=ssrc-group:FID`.
    pub rtx_ssrc: Option<Ssrc>,
    /// Its layers, if it sends several (RFC 8853), the smallest first as far as the offer's order tells. Empty: one stream.
    pub rids: Vec<Rid>,
    /// Extensions negotiated on this line.
    pub extensions: ExtensionIds,
    /// Whether generic NACK was negotiated.
    pub nack: bool,
    /// Whether picture loss indication was negotiated.
    pub pli: bool,
    /// Whether `goog-remb` was negotiated.
    pub remb: bool,
}

/// What a WHIP session sends: at most one audio and one video line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishPlan {
    /// Camera and microphone, or content.
    pub role: Role,
    /// The lines accepted, in the offer's order.
    pub media: Vec<PublishedMedia>,
}

/// A codec a slot may carry, with the payload types the viewer gave it on that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotCodec {
    /// Which codec.
    pub codec: Codec,
    /// Its payload type towards this viewer.
    pub pt: Pt,
    /// Payload type of its retransmissions, if negotiated.
    pub rtx: Option<Pt>,
}

/// One recvonly line of a viewer (画位), which the relay fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotPlan {
    /// Its media identification.
    pub mid: Mid,
    /// Sound or picture.
    pub kind: MediaKind,
    /// SSRC the answer announced; the slot's packets carry it for the life of the session.
    pub ssrc: Ssrc,
    /// SSRC of retransmissions, if RTX was negotiated.
    pub rtx_ssrc: Option<Ssrc>,
    /// What it can carry; never empty, the meeting's codec first.
    pub codecs: Vec<SlotCodec>,
    /// Payload type of packets that carry those before them once more (RFC 2198), if negotiated; of sound alone.
    pub red: Option<Pt>,
    /// Extensions negotiated on this line.
    pub extensions: ExtensionIds,
    /// Whether generic NACK was negotiated.
    pub nack: bool,
    /// Whether `goog-remb` was negotiated.
    pub remb: bool,
}

/// What a WHEP session can show: up to 16 video and 3 audio slots, in the offer's order. The first of each kind are the
/// programme pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewPlan {
    /// The slots.
    pub slots: Vec<SlotPlan>,
}

/// Most layers of one picture.
pub const LAYERS_MAX: usize = 4;

/// Most video lines one WHEP session can have: a 4 × 4 wall.
pub const VIDEO_SLOTS_MAX: usize = 16;

/// Most audio lines one WHEP session can have: the programme and the two next voices.
pub const AUDIO_SLOTS_MAX: usize = 3;
