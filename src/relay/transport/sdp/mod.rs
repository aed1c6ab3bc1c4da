//! Offers and answers (SDP, RFC 8866; JSEP, RFC 9429): an offer becomes an answer's text and a plan without SDP.
//!
//! [`answer_publisher`] is for WHIP (RFC 9725), [`answer_viewer`] for WHEP; both only answer, once in a session. rtc-sdp reads
//! the lines; what they mean, what is required and what is taken from them is decided here. Nothing here keeps state, and
//! nothing in an offer can make it panic or work for long: [`OfferError`] says what was wrong.
//!
//! Not done here: data channels (rejected by port 0), offers of our own.

mod answer;
mod choose;
mod error;
mod fragment;
mod offer;
#[cfg(test)]
mod tests;

pub use answer::CNAME;
pub use error::{Malformed, NotAcceptable, OfferError, Unprocessable};
pub use fragment::{Fragment, FragmentError, parse_fragment, write_fragment};
pub use offer::OFFER_BYTES_MAX;

use super::super::{
    media::{Codec, MediaKind, Mid, Rid, Role, Ssrc},
    plan::{
        AUDIO_SLOTS_MAX, Candidates, ExtensionIds, Fingerprint, IceCredentials, PublishPlan, PublishedMedia, SlotCodec,
        SlotPlan, VIDEO_SLOTS_MAX, ViewPlan,
    },
};
use crate::quantity::Bitrate;
use answer::{AcceptedLine, Flow, Line};
use choose::ChosenCodec;
use offer::{Direction, Offer, Section};

/// Our half of an answer.
#[derive(Debug, Clone, Copy)]
pub struct AnswerContext<'a> {
    /// ICE credentials made for this session.
    pub local: &'a IceCredentials,
    /// Of the certificate we will show.
    pub fingerprint: Fingerprint,
    /// Addresses the room's worker can be reached at.
    pub candidates: &'a Candidates,
    /// The meeting's video codec.
    pub codec: Codec,
    /// Number for the answer's `o=` line, different for each session.
    pub session_number: u64,
    /// Most a publisher's picture may take.
    pub uplink_cap: Option<Bitrate>,
}

/// An answer and what was agreed in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<P> {
    /// The text to send back.
    pub sdp: String,
    /// What was agreed about media.
    pub plan: P,
    /// Their ICE credentials.
    pub remote: IceCredentials,
    /// Of the certificate they must show.
    pub fingerprint: Fingerprint,
}

/// Answers a WHIP client's offer: at most one audio and one video line, each left with one codec.
///
/// # Errors
///
/// If the offer breaks a grammar, has no codec of the meeting, or asks for what a publishing session does not do: every line
/// that sends must be usable, since sound or picture must not be lost unsaid.
pub fn answer_publisher(
    offer: &str,
    context: &AnswerContext<'_>,
    role: Role,
) -> Result<Answer<PublishPlan>, OfferError> {
    let offer = Offer::parse(offer)?;
    let mut media: Vec<PublishedMedia> = Vec::new();
    let mut lines = Vec::with_capacity(offer.sections.len());
    for section in &offer.sections {
        let Some(kind) = usable_kind(section) else {
            lines.push(Line::Rejected);
            continue;
        };
        let mid = shared_mid(section)?;
        if section.direction == Direction::RecvOnly {
            return Err(Unprocessable::PublisherReceives(section.number).into());
        }
        if media.iter().any(|other| other.codec.kind() == kind) {
            return Err(Unprocessable::TwoOfAKind(kind).into());
        }
        let mut codecs = vec![choose::for_publisher(section, kind, context.codec)?];
        let extensions = choose::extensions(section, kind, true, &mut codecs);
        let rids = choose::layers(section, kind, &extensions);
        let extensions = if rids.is_empty() { without_layers(extensions) } else { extensions };
        media.push(published(section, mid, &codecs[0], extensions, &rids));
        let cap = context.uplink_cap.filter(|_| kind == MediaKind::Video);
        let flow = Flow::ToRelay { cap, rids };
        lines.push(Line::Accepted(AcceptedLine { mid: mid.clone(), codecs, extensions, flow }));
    }
    let sdp = finish(&offer, &lines, context)?;
    Ok(Answer { sdp, plan: PublishPlan { role, media }, remote: offer.remote, fingerprint: offer.fingerprint })
}

/// Answers a WHEP client's offer: up to 16 video and 3 audio lines become slots, the rest is rejected by port 0.
///
/// `any_codec` is for our own pages, which follow a change of codec inside a slot; others get the meeting's codec alone.
/// `ssrc` makes the slots' SSRCs; numbers it gives twice are asked for again.
///
/// # Errors
///
/// If the offer breaks a grammar, or not one of its lines can be a slot: then the first line's reason.
pub fn answer_viewer(
    offer: &str,
    context: &AnswerContext<'_>,
    any_codec: bool,
    ssrc: &mut dyn FnMut() -> Ssrc,
) -> Result<Answer<ViewPlan>, OfferError> {
    let offer = Offer::parse(offer)?;
    let mut slots: Vec<SlotPlan> = Vec::new();
    let mut lines = Vec::with_capacity(offer.sections.len());
    let mut refusal = None;
    for section in &offer.sections {
        match slot(section, &slots, context.codec, any_codec, ssrc) {
            Ok(Some((slot, line))) => {
                slots.push(slot);
                lines.push(Line::Accepted(line));
            }
            Ok(None) => lines.push(Line::Rejected),
            Err(reason) => {
                refusal.get_or_insert(reason);
                lines.push(Line::Rejected);
            }
        }
    }
    if let (true, Some(reason)) = (slots.is_empty(), refusal) {
        return Err(reason);
    }
    let sdp = finish(&offer, &lines, context)?;
    Ok(Answer { sdp, plan: ViewPlan { slots }, remote: offer.remote, fingerprint: offer.fingerprint })
}

fn finish(offer: &Offer, lines: &[Line], context: &AnswerContext<'_>) -> Result<String, OfferError> {
    let accepted = || {
        lines.iter().filter_map(|line| match line {
            Line::Accepted(accepted) => Some(accepted),
            Line::Rejected => None,
        })
    };
    if accepted().next().is_none() {
        return Err(Unprocessable::NoMedia.into());
    }
    one_meaning_each(accepted())?;
    Ok(answer::write(offer, lines, context))
}

/// Bundled lines share one transport, so a number must mean one thing on all of them (RFC 8843 §9.1, RFC 8285 §5).
fn one_meaning_each<'a>(lines: impl Iterator<Item = &'a AcceptedLine>) -> Result<(), Unprocessable> {
    #[derive(Clone, Copy, PartialEq)]
    enum Meaning {
        Media(Codec),
        Repair(Codec),
        Redundant,
    }
    let mut types = [None; 128];
    let mut extensions = [None; 16];
    for line in lines {
        for chosen in &line.codecs {
            let meanings = [
                (Some(chosen.pt), Meaning::Media(chosen.codec)),
                (chosen.rtx, Meaning::Repair(chosen.codec)),
                (chosen.red, Meaning::Redundant),
            ];
            for (pt, meaning) in meanings.into_iter().filter_map(|(pt, meaning)| Some((pt?.0, meaning))) {
                if *types[usize::from(pt)].get_or_insert(meaning) != meaning {
                    return Err(Unprocessable::AmbiguousPayloadType(pt));
                }
            }
        }
        let ExtensionIds { mid, audio_level, abs_send_time, transport_cc, abs_capture_time, rid, repaired_rid } =
            line.extensions;
        let ids = [mid, audio_level, abs_send_time, transport_cc, abs_capture_time, rid, repaired_rid];
        for (place, id) in ids.into_iter().enumerate().filter_map(|(place, id)| Some((place, id?))) {
            if *extensions[usize::from(id)].get_or_insert(place) != place {
                return Err(Unprocessable::AmbiguousExtension(id));
            }
        }
    }
    Ok(())
}

/// Sound or picture, unless the offerer has no use for the line itself.
fn usable_kind(section: &Section) -> Option<MediaKind> {
    section.kind().filter(|_| !section.unused && section.direction != Direction::Inactive)
}

/// The line's mid, if it runs over the session's one transport.
fn shared_mid(section: &Section) -> Result<&Mid, Unprocessable> {
    let mid = section.mid.as_ref().ok_or(Unprocessable::NoMid(section.number))?;
    if !section.is_secured() {
        return Err(Unprocessable::NotSecured(section.number));
    }
    if !section.bundled {
        return Err(Unprocessable::NotBundled(section.number));
    }
    if !section.rtcp_mux {
        return Err(Unprocessable::NoRtcpMux(section.number));
    }
    Ok(mid)
}

fn without_layers(extensions: ExtensionIds) -> ExtensionIds {
    ExtensionIds { rid: None, repaired_rid: None, ..extensions }
}

fn published(
    section: &Section,
    mid: &Mid,
    chosen: &ChosenCodec,
    extensions: ExtensionIds,
    rids: &[Rid],
) -> PublishedMedia {
    PublishedMedia {
        mid: mid.clone(),
        codec: chosen.codec,
        pt: chosen.pt,
        rtx: chosen.rtx,
        red: chosen.red,
        ssrc: section.ssrc,
        rtx_ssrc: section.rtx_ssrc.filter(|_| chosen.rtx.is_some()),
        rids: rids.to_vec(),
        extensions,
        nack: chosen.feedback.nack,
        pli: chosen.feedback.pli,
        remb: chosen.feedback.remb,
    }
}

/// A slot from a line; nothing if the line is no media, or the screen's share is full.
fn slot(
    section: &Section,
    slots: &[SlotPlan],
    meeting: Codec,
    any_codec: bool,
    ssrc: &mut dyn FnMut() -> Ssrc,
) -> Result<Option<(SlotPlan, AcceptedLine)>, OfferError> {
    let Some(kind) = usable_kind(section) else { return Ok(None) };
    let of_kind = slots.iter().filter(|slot| slot.kind == kind).count();
    let most = match kind {
        MediaKind::Audio => AUDIO_SLOTS_MAX,
        MediaKind::Video => VIDEO_SLOTS_MAX,
    };
    if of_kind == most {
        return Ok(None);
    }
    let mid = shared_mid(section)?;
    if section.direction == Direction::SendOnly {
        return Err(Unprocessable::ViewerSends(section.number).into());
    }
    let mut codecs = choose::for_viewer(section, kind, meeting, any_codec)?;
    let own = unused_ssrc(slots, None, ssrc);
    let has_rtx = codecs.iter().any(|chosen| chosen.rtx.is_some());
    let rtx_ssrc = has_rtx.then(|| unused_ssrc(slots, Some(own), ssrc));
    let mut extensions = without_layers(choose::extensions(section, kind, false, &mut codecs));
    choose::state_maximum(kind, &mut extensions, &mut codecs);
    let plan = SlotPlan {
        mid: mid.clone(),
        kind,
        ssrc: own,
        rtx_ssrc,
        codecs: codecs.iter().map(|chosen| SlotCodec { codec: chosen.codec, pt: chosen.pt, rtx: chosen.rtx }).collect(),
        red: codecs.iter().find_map(|chosen| chosen.red),
        extensions,
        nack: codecs.iter().any(|chosen| chosen.feedback.nack),
        remb: codecs.iter().any(|chosen| chosen.feedback.remb),
    };
    // The first picture and the first sound are the programme: one stream, so that browsers keep their lips together.
    let stream = if of_kind == 0 { "programme".to_owned() } else { format!("slot-{mid}") };
    let flow = Flow::FromRelay { ssrc: own, rtx_ssrc, stream };
    Ok(Some((plan, AcceptedLine { mid: mid.clone(), codecs, extensions, flow })))
}

fn unused_ssrc(slots: &[SlotPlan], other: Option<Ssrc>, make: &mut dyn FnMut() -> Ssrc) -> Ssrc {
    loop {
        let ssrc = make();
        let is_taken = |slot: &SlotPlan| slot.ssrc == ssrc || slot.rtx_ssrc == Some(ssrc);
        if ssrc.0 != 0 && other != Some(ssrc) && !slots.iter().any(is_taken) {
            return ssrc;
        }
    }
}
