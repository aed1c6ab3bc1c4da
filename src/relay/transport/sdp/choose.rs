//! What the relay takes from one offered line: codecs, their retransmissions, header extensions, feedback.

use super::{
    error::NotAcceptable,
    offer::{Direction, Encoding, Extension, Feedback, OfferedCodec, Parameters, Section},
};
use crate::relay::{
    media::{Codec, MediaKind, Pt, Rid},
    plan::{ExtensionIds, LAYERS_MAX},
};

pub(super) const URI_MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
pub(super) const URI_AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
pub(super) const URI_ABS_SEND_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
pub(super) const URI_ABS_CAPTURE_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
pub(super) const URI_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
pub(super) const URI_REPAIRED_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
pub(super) const URI_TRANSPORT_CC: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// A codec taken from a line, as the answer will name it.
#[derive(Debug, Clone)]
pub(super) struct ChosenCodec {
    pub(super) codec: Codec,
    pub(super) pt: Pt,
    pub(super) rtx: Option<Pt>,
    /// Of packets of sound that carry those before them once more.
    pub(super) red: Option<Pt>,
    pub(super) feedback: Feedback,
    /// Text of its `a=fmtp`, if it has one.
    pub(super) format: Option<String>,
}

/// The one codec a publisher is left: the meeting's if it offers it, else the other video codec.
pub(super) fn for_publisher(section: &Section, kind: MediaKind, meeting: Codec) -> Result<ChosenCodec, NotAcceptable> {
    let order = preferred(kind, meeting);
    order.iter().find_map(|&codec| find(section, codec)).ok_or_else(|| nothing_in_common(section, kind))
}

/// What a slot can carry: the meeting's codec, and the other one too if `any_codec`.
pub(super) fn for_viewer(
    section: &Section,
    kind: MediaKind,
    meeting: Codec,
    any_codec: bool,
) -> Result<Vec<ChosenCodec>, NotAcceptable> {
    let order = preferred(kind, meeting);
    let order = if any_codec { order } else { &order[..1] };
    let chosen: Vec<_> = order.iter().filter_map(|&codec| find(section, codec)).collect();
    if chosen.is_empty() { Err(nothing_in_common(section, kind)) } else { Ok(chosen) }
}

/// Whether a viewer states the most its way bears (REMB): only of pictures, if it doesn't report arrivals, and is told when packets
/// left, by which it finds that out. Nobody else is told.
pub(super) fn state_maximum(kind: MediaKind, extensions: &mut ExtensionIds, chosen: &mut [ChosenCodec]) {
    let offered = kind == MediaKind::Video && chosen.iter().any(|codec| codec.feedback.remb);
    let states = offered && extensions.transport_cc.is_none() && extensions.abs_send_time.is_some();
    extensions.abs_send_time = extensions.abs_send_time.filter(|_| states);
    chosen.iter_mut().for_each(|codec| codec.feedback.remb &= states);
}

/// The line's header extensions that are used here, each with the id the offer gave it.
///
/// `from_offerer` tells which way the line will run: an extension restricted to the other way is left out. Transport-wide
/// numbers and the feedback on them stand or fall together: `chosen` codecs that can't have both have neither.
pub(super) fn extensions(
    section: &Section,
    kind: MediaKind,
    from_offerer: bool,
    chosen: &mut [ChosenCodec],
) -> ExtensionIds {
    let restricted = if from_offerer { Direction::RecvOnly } else { Direction::SendOnly };
    let usable = |offered: &&Extension| offered.direction != restricted && offered.direction != Direction::Inactive;
    let id =
        |uri: &str| section.extensions.iter().filter(usable).find(|offered| offered.uri == uri).map(|found| found.id);
    let transport_cc = id(URI_TRANSPORT_CC).filter(|_| chosen.iter().all(|codec| codec.feedback.transport_cc));
    chosen.iter_mut().for_each(|codec| codec.feedback.transport_cc = transport_cc.is_some());
    ExtensionIds {
        mid: id(URI_MID),
        audio_level: if kind == MediaKind::Audio { id(URI_AUDIO_LEVEL) } else { None },
        abs_send_time: id(URI_ABS_SEND_TIME),
        transport_cc,
        abs_capture_time: id(URI_ABS_CAPTURE_TIME),
        rid: id(URI_RID),
        repaired_rid: id(URI_REPAIRED_RID),
    }
}

/// The layers a line will send (RFC 8853), in the offer's order; none if it sends one stream, or its packets could not be told apart.
pub(super) fn layers(section: &Section, kind: MediaKind, extensions: &ExtensionIds) -> Vec<Rid> {
    let told = extensions.rid.is_some() && extensions.mid.is_some();
    let rids = if told && kind == MediaKind::Video { &section.layers[..] } else { &[] };
    if (2..=LAYERS_MAX).contains(&rids.len()) { rids.to_vec() } else { Vec::new() }
}

fn preferred(kind: MediaKind, meeting: Codec) -> &'static [Codec] {
    match (kind, meeting) {
        (MediaKind::Audio, _) => &[Codec::Opus],
        (MediaKind::Video, Codec::Vp8) => &[Codec::Vp8, Codec::H264],
        (MediaKind::Video, Codec::H264 | Codec::Opus) => &[Codec::H264, Codec::Vp8],
    }
}

fn nothing_in_common(section: &Section, kind: MediaKind) -> NotAcceptable {
    match kind {
        MediaKind::Audio => NotAcceptable::NoAudioCodec(section.number),
        MediaKind::Video => NotAcceptable::NoVideoCodec(section.number),
    }
}

fn find(section: &Section, codec: Codec) -> Option<ChosenCodec> {
    let best = match codec {
        Codec::Opus => section.codecs.iter().find(|offered| offered.encoding == Encoding::Opus)?,
        Codec::Vp8 => section.codecs.iter().find(|offered| offered.encoding == Encoding::Vp8)?,
        // The first of the best profile, so that a browser that offers both is held to the constrained one.
        Codec::H264 => {
            section
                .codecs
                .iter()
                .filter_map(|offered| Some((h264_rank(offered)?, offered)))
                .min_by_key(|ranked| ranked.0)?
                .1
        }
    };
    let is_repair = |other: &&OfferedCodec| {
        let apt = other.parameters.get("apt").and_then(|apt| apt.parse().ok());
        other.encoding == Encoding::Rtx && apt == Some(best.pt.0)
    };
    let rtx = section.codecs.iter().find(is_repair).map(|repair| repair.pt);
    let twice = format!("{0}/{0}", best.pt.0);
    let is_red = |other: &&OfferedCodec| other.encoding == Encoding::Red && other.parameters.is(&twice);
    let red = section.codecs.iter().find(|other| codec == Codec::Opus && is_red(other)).map(|red| red.pt);
    let format = format_of(codec, &best.parameters);
    Some(ChosenCodec { codec, pt: best.pt, rtx, red, feedback: best.feedback, format })
}

/// Smaller is better; `None` is no constrained baseline in packetization mode 1 (RFC 6184 §8.1).
///
/// Plain baseline (`4200xx`) counts as equal: no encoder in use makes the slice groups that would set it apart.
fn h264_rank(offered: &OfferedCodec) -> Option<u8> {
    if offered.encoding != Encoding::H264 || offered.parameters.get("packetization-mode") != Some("1") {
        return None;
    }
    let profile = offered.parameters.get("profile-level-id").filter(|id| id.len() == 6)?;
    let bits = u32::from_str_radix(profile, 16).ok()?;
    let (idc, flags) = (bits >> 16, bits >> 8 & 0xff);
    let constrained = flags & 0x40 != 0;
    (idc == 0x42).then_some(if constrained { 0 } else { 1 })
}

fn format_of(codec: Codec, offered: &Parameters) -> Option<String> {
    match codec {
        Codec::Vp8 => None,
        Codec::Opus => {
            // Mono unless the offerer says that it will send two channels: Firefox writes stereo=1 for any microphone.
            let stereo = if offered.get("sprop-stereo") == Some("1") { ";stereo=1" } else { "" };
            Some(format!("minptime=10;useinbandfec=1{stereo}"))
        }
        Codec::H264 => {
            // The profile must be the offer's (RFC 6184 §8.2.2), the level is its own choice and best left to it.
            let asymmetric = offered.get("level-asymmetry-allowed") == Some("1");
            let asymmetry = if asymmetric { "level-asymmetry-allowed=1;" } else { "" };
            let profile = offered.get("profile-level-id").unwrap_or("42e01f");
            Some(format!("{asymmetry}packetization-mode=1;profile-level-id={profile}"))
        }
    }
}
