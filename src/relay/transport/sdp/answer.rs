//! The answer's text (RFC 9429 §5.3): ICE-lite, DTLS passive, one bundle, RTCP on the same port.

use super::{
    AnswerContext,
    choose::{
        ChosenCodec, URI_ABS_CAPTURE_TIME, URI_ABS_SEND_TIME, URI_AUDIO_LEVEL, URI_MID, URI_REPAIRED_RID, URI_RID,
        URI_TRANSPORT_CC,
    },
    offer::{Offer, Section},
};
use crate::{
    quantity::Bitrate,
    relay::{
        media::{Codec, Mid, Pt, Rid, Ssrc},
        plan::{Candidates, ExtensionIds, Fingerprint, IceCredentials},
    },
};
use std::fmt::{Arguments, Write as _};

/// Canonical name of everything the relay sends: all slots of a peer share one clock (RFC 3550 §6.5.1).
pub const CNAME: &str = "yunling";

/// What becomes of one offered line.
pub(super) enum Line {
    /// Port 0.
    Rejected,
    /// It carries media.
    Accepted(AcceptedLine),
}

/// A line that carries media.
pub(super) struct AcceptedLine {
    pub(super) mid: Mid,
    /// At least one; the first is what the relay would rather have.
    pub(super) codecs: Vec<ChosenCodec>,
    pub(super) extensions: ExtensionIds,
    pub(super) flow: Flow,
}

/// Which way media runs on a line.
pub(super) enum Flow {
    /// From the offerer.
    ToRelay {
        /// The most it may take.
        cap: Option<Bitrate>,
        /// Layers it sends; none if it sends one stream.
        rids: Vec<Rid>,
    },
    /// From the relay.
    FromRelay { ssrc: Ssrc, rtx_ssrc: Option<Ssrc>, stream: String },
}

/// Lines of SDP under way.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn line(&mut self, line: Arguments<'_>) {
        self.0.write_fmt(line).expect("writing to a String can't fail");
        self.0.push_str("\r\n");
    }

    pub(super) fn credentials(&mut self, local: &IceCredentials) {
        self.line(format_args!("a=ice-ufrag:{}", local.ufrag));
        self.line(format_args!("a=ice-pwd:{}", local.pwd));
    }

    /// Host candidates, the first the most wanted (RFC 8445 §5.1.2), those by TCP after all others (RFC 6544 §4.2), and the word
    /// that there will be no more.
    pub(super) fn candidates(&mut self, candidates: &Candidates) {
        let Candidates { udp, tcp } = candidates;
        for (index, address) in udp.iter().enumerate().take(256) {
            let local_preference = 65_535 - index as u32;
            let priority = 126 << 24 | local_preference << 8 | 255;
            let (ip, port) = (address.ip().to_canonical(), address.port());
            self.line(format_args!("a=candidate:{} 1 udp {priority} {ip} {port} typ host", index + 1));
        }
        for (index, address) in tcp.iter().enumerate().take(256) {
            // The direction's preference is that of passive ones.
            let local_preference = 4 << 13 | (8191 - index as u32);
            let priority = 90 << 24 | local_preference << 8 | 255;
            let (ip, port, foundation) = (address.ip().to_canonical(), address.port(), udp.len() + index + 1);
            self.line(format_args!("a=candidate:{foundation} 1 tcp {priority} {ip} {port} typ host tcptype passive"));
        }
        self.line(format_args!("a=end-of-candidates"));
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Writes the answer; `lines` has one entry for each section of the offer, at least one of them accepted.
pub(super) fn write(offer: &Offer, lines: &[Line], context: &AnswerContext<'_>) -> String {
    let mut text = Text::default();
    session(&mut text, offer, lines, context);
    let mut transport_described = false;
    for (section, line) in offer.sections.iter().zip(lines) {
        match line {
            Line::Rejected => rejected(&mut text, section),
            Line::Accepted(accepted) => {
                head(&mut text, section, accepted);
                transport(&mut text, context);
                if !std::mem::replace(&mut transport_described, true) {
                    text.candidates(context.candidates);
                }
                media(&mut text, section, accepted);
            }
        }
    }
    text.finish()
}

fn session(text: &mut Text, offer: &Offer, lines: &[Line], context: &AnswerContext<'_>) {
    text.line(format_args!("v=0"));
    // Browsers read this number into 63 bits.
    text.line(format_args!("o=- {} 1 IN IP4 0.0.0.0", context.session_number & i64::MAX as u64));
    text.line(format_args!("s=-"));
    text.line(format_args!("t=0 0"));
    if offer.has_group {
        let mids = lines.iter().filter_map(|line| match line {
            Line::Accepted(accepted) => Some(accepted.mid.0.as_str()),
            Line::Rejected => None,
        });
        text.line(format_args!("a=group:BUNDLE {}", mids.collect::<Vec<_>>().join(" ")));
    }
    text.line(format_args!("a=ice-lite"));
    text.line(format_args!("a=msid-semantic: WMS *"));
}

fn rejected(text: &mut Text, section: &Section) {
    text.line(format_args!("m={} 0 {} {}", section.media, section.proto, section.formats.join(" ")));
    text.line(format_args!("c=IN IP4 0.0.0.0"));
    if let Some(mid) = &section.mid {
        text.line(format_args!("a=mid:{mid}"));
    }
    text.line(format_args!("a=inactive"));
}

fn head(text: &mut Text, section: &Section, accepted: &AcceptedLine) {
    // Browsers send what stands first.
    let types = accepted.codecs.iter().flat_map(|chosen| [chosen.red, Some(chosen.pt), chosen.rtx]).flatten();
    let types: Vec<_> = types.map(|pt| pt.0.to_string()).collect();
    text.line(format_args!("m={} 9 {} {}", section.media, section.proto, types.join(" ")));
    text.line(format_args!("c=IN IP4 0.0.0.0"));
    if let Flow::ToRelay { cap: Some(cap), .. } = accepted.flow {
        text.line(format_args!("b=AS:{}", cap.as_bps() / 1000));
        text.line(format_args!("b=TIAS:{}", cap.as_bps()));
    }
    text.line(format_args!("a=mid:{}", accepted.mid));
}

fn transport(text: &mut Text, context: &AnswerContext<'_>) {
    text.credentials(context.local);
    text.line(format_args!("a=ice-options:trickle"));
    text.line(format_args!("a=fingerprint:sha-256 {}", hex_pairs(&context.fingerprint)));
    text.line(format_args!("a=setup:passive"));
}

fn hex_pairs(fingerprint: &Fingerprint) -> String {
    fingerprint.0.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn media(text: &mut Text, section: &Section, accepted: &AcceptedLine) {
    let direction = match accepted.flow {
        Flow::ToRelay { .. } => "recvonly",
        Flow::FromRelay { .. } => "sendonly",
    };
    text.line(format_args!("a={direction}"));
    text.line(format_args!("a=rtcp-mux"));
    if section.rtcp_rsize {
        text.line(format_args!("a=rtcp-rsize"));
    }
    extension_maps(text, &accepted.extensions);
    for chosen in &accepted.codecs {
        codec(text, chosen);
    }
    match &accepted.flow {
        Flow::FromRelay { ssrc, rtx_ssrc, stream } => source(text, &accepted.mid, *ssrc, *rtx_ssrc, stream),
        Flow::ToRelay { rids, .. } => layers(text, rids),
    }
}

/// Takes a line's layers (RFC 8851, RFC 8853).
fn layers(text: &mut Text, rids: &[Rid]) {
    for rid in rids {
        text.line(format_args!("a=rid:{rid} recv"));
    }
    if !rids.is_empty() {
        let all: Vec<_> = rids.iter().map(Rid::to_string).collect();
        text.line(format_args!("a=simulcast:recv {}", all.join(";")));
    }
}

fn extension_maps(text: &mut Text, ids: &ExtensionIds) {
    let known = [
        (ids.mid, URI_MID),
        (ids.audio_level, URI_AUDIO_LEVEL),
        (ids.abs_send_time, URI_ABS_SEND_TIME),
        (ids.transport_cc, URI_TRANSPORT_CC),
        (ids.abs_capture_time, URI_ABS_CAPTURE_TIME),
        (ids.rid, URI_RID),
        (ids.repaired_rid, URI_REPAIRED_RID),
    ];
    for (id, uri) in known.into_iter().filter_map(|(id, uri)| Some((id?, uri))) {
        text.line(format_args!("a=extmap:{id} {uri}"));
    }
}

fn codec(text: &mut Text, chosen: &ChosenCodec) {
    let Pt(pt) = chosen.pt;
    let name = match chosen.codec {
        Codec::Opus => "opus/48000/2",
        Codec::H264 => "H264/90000",
        Codec::Vp8 => "VP8/90000",
    };
    text.line(format_args!("a=rtpmap:{pt} {name}"));
    if let Some(format) = &chosen.format {
        text.line(format_args!("a=fmtp:{pt} {format}"));
    }
    let feedback = chosen.feedback;
    let known = [
        (feedback.nack, "nack"),
        (feedback.pli, "nack pli"),
        (feedback.fir, "ccm fir"),
        (feedback.remb, "goog-remb"),
        (feedback.transport_cc, "transport-cc"),
    ];
    for (_, message) in known.into_iter().filter(|known| known.0) {
        text.line(format_args!("a=rtcp-fb:{pt} {message}"));
    }
    if let Some(Pt(red)) = chosen.red {
        text.line(format_args!("a=rtpmap:{red} red/48000/2"));
        text.line(format_args!("a=fmtp:{red} {pt}/{pt}"));
    }
    if let Some(Pt(rtx)) = chosen.rtx {
        text.line(format_args!("a=rtpmap:{rtx} rtx/{}", chosen.codec.clock_rate()));
        text.line(format_args!("a=fmtp:{rtx} apt={pt}"));
    }
}

fn source(text: &mut Text, mid: &Mid, Ssrc(ssrc): Ssrc, rtx_ssrc: Option<Ssrc>, stream: &str) {
    text.line(format_args!("a=msid:{stream} slot-{mid}"));
    if let Some(Ssrc(rtx)) = rtx_ssrc {
        text.line(format_args!("a=ssrc-group:FID {ssrc} {rtx}"));
    }
    // The picture's own SSRC first: Chromium takes the first `a=ssrc` of a section for the stream, whatever the group says,
    // and drops every packet of the other ("Failed to demux packet", Chromium 156).
    text.line(format_args!("a=ssrc:{ssrc} cname:{CNAME}"));
    if let Some(Ssrc(rtx)) = rtx_ssrc {
        text.line(format_args!("a=ssrc:{rtx} cname:{CNAME}"));
    }
}
