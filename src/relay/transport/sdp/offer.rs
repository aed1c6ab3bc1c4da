//! An offer taken apart: bounded, and checked as far as every answer needs it.
//!
//! Tolerant where browsers are sloppy: unknown attributes, feedback and parameters for payload types that are not on the
//! line, either line ending. Strict where a mistake would show later as a dead connection.

use super::error::{Malformed, OfferError, Unprocessable};
use crate::relay::{
    media::{MediaKind, Mid, Pt, Rid, Ssrc},
    plan::{Fingerprint, IceCredentials, LAYERS_MAX},
};
use rtc_sdp::description::{common::Attribute, media::MediaDescription, session::SessionDescription};
use std::io::Cursor;

/// Most bytes of an offer: Chromium 156's for a whole wall (16 + 3 lines) has 82 543 before its candidates.
pub const OFFER_BYTES_MAX: usize = 192 * 1024;

/// Most media sections of an offer: three times what a viewer's session can fill.
pub(super) const SECTIONS_MAX: usize = 64;

/// Most attributes of one section: Chromium 156's longest has 167 before its candidates.
pub(super) const ATTRIBUTES_MAX: usize = 400;

/// Longest media identification that fits a one-byte header extension (RFC 8285 §4.2).
const MID_CHARS_MAX: usize = 16;

/// Which way media flows on a line, from the offerer's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

/// A whole offer.
#[derive(Debug)]
pub(super) struct Offer {
    /// ICE credentials of the bundled transport.
    pub(super) remote: IceCredentials,
    /// Of the certificate the offerer will show.
    pub(super) fingerprint: Fingerprint,
    /// Whether it has a BUNDLE group; an offer with one section needs none.
    pub(super) has_group: bool,
    /// Its media sections in order.
    pub(super) sections: Vec<Section>,
}

/// One media section of an offer.
#[derive(Debug)]
pub(super) struct Section {
    /// Its place, counted from 1, for messages.
    pub(super) number: usize,
    /// `audio`, `video`, `application`, …
    pub(super) media: String,
    /// Transport protocol, to be echoed.
    pub(super) proto: String,
    /// Formats as written on the m-line.
    pub(super) formats: Vec<String>,
    /// Media identification, if any.
    pub(super) mid: Option<Mid>,
    /// Whether the offerer itself took the line out of use (port 0 without `bundle-only`).
    pub(super) unused: bool,
    /// Whether it shares the bundled transport.
    pub(super) bundled: bool,
    pub(super) direction: Direction,
    pub(super) rtcp_mux: bool,
    pub(super) rtcp_rsize: bool,
    /// Codecs in order of preference; those the relay can't use are left out.
    pub(super) codecs: Vec<OfferedCodec>,
    /// Header extensions with ids that fit one byte.
    pub(super) extensions: Vec<Extension>,
    /// Layers it would send, in the offer's order (RFC 8853); of alternatives the first.
    pub(super) layers: Vec<Rid>,
    /// SSRC of the media, if announced.
    pub(super) ssrc: Option<Ssrc>,
    /// SSRC of its retransmissions, if announced.
    pub(super) rtx_ssrc: Option<Ssrc>,
}

/// A codec as offered.
#[derive(Debug, Clone)]
pub(super) struct OfferedCodec {
    pub(super) pt: Pt,
    pub(super) encoding: Encoding,
    pub(super) parameters: Parameters,
    pub(super) feedback: Feedback,
}

/// Encodings the relay knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Opus,
    H264,
    Vp8,
    /// Retransmissions (RFC 4588).
    Rtx,
    /// Packets that carry those before them once more (RFC 2198).
    Red,
}

/// Feedback messages of a codec that the relay understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Feedback {
    pub(super) nack: bool,
    pub(super) pli: bool,
    pub(super) fir: bool,
    pub(super) remb: bool,
    pub(super) transport_cc: bool,
}

/// A header extension as offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extension {
    pub(super) id: u8,
    pub(super) uri: String,
    /// Which way it may be used, from the offerer's side.
    pub(super) direction: Direction,
}

/// Parameters of a format (`a=fmtp`), keys in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Whether it is this text alone.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(&self.0[..], [(key, value)] if key == text && value.is_empty())
    }

    /// Value of a parameter.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn extend(&mut self, text: &str) {
        self.0.extend(text.split(';').filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = key.trim();
            (!key.is_empty()).then(|| (key.to_ascii_lowercase(), value.trim().to_owned()))
        }));
    }
}

impl Section {
    /// Sound or picture; `None` for anything else.
    pub(super) fn kind(&self) -> Option<MediaKind> {
        match self.media.as_str() {
            "audio" => Some(MediaKind::Audio),
            "video" => Some(MediaKind::Video),
            _ => None,
        }
    }

    /// Whether it runs RTP over DTLS-SRTP. JSEP (RFC 9429 §5.1.2) lists the names offers may use for the same thing.
    pub(super) fn is_secured(&self) -> bool {
        matches!(
            self.proto.as_str(),
            "UDP/TLS/RTP/SAVPF" | "UDP/TLS/RTP/SAVP" | "TCP/DTLS/RTP/SAVPF" | "TCP/TLS/RTP/SAVPF" | "RTP/SAVPF"
        )
    }
}

impl Offer {
    /// Takes an offer apart.
    pub(super) fn parse(text: &str) -> Result<Self, OfferError> {
        let description = lex(text)?;
        let bundle = bundle_of(&description.attributes)?;
        let mut sections = Vec::with_capacity(description.media_descriptions.len());
        for (index, media) in description.media_descriptions.iter().enumerate() {
            sections.push(parse_section(index + 1, media, &description.attributes)?);
        }
        let tagged = mark_bundled(&mut sections, bundle.as_deref())?;
        let attributes = &description.media_descriptions[tagged].attributes;
        let find = |key| value_of(attributes, key).or_else(|| value_of(&description.attributes, key));
        if !matches!(find("setup").unwrap_or("active"), "actpass" | "active") {
            return Err(Unprocessable::PassiveSetup.into());
        }
        let (Some(ufrag), Some(pwd)) = (find("ice-ufrag"), find("ice-pwd")) else {
            return Err(Unprocessable::NoIceCredentials.into());
        };
        let remote = credentials(ufrag, pwd)?;
        let fingerprint = match fingerprint_in(attributes)? {
            Some(fingerprint) => fingerprint,
            None => fingerprint_in(&description.attributes)?.ok_or(Unprocessable::NoFingerprint)?,
        };
        Ok(Self { remote, fingerprint, has_group: bundle.is_some(), sections })
    }
}

/// Checks ICE credentials against RFC 8445 §5.3: lengths, and letters, digits, `+` and `/` alone.
pub(super) fn credentials(ufrag: &str, pwd: &str) -> Result<IceCredentials, Malformed> {
    let is_ice_text = |text: &str, min: usize| {
        (min..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
    };
    if !is_ice_text(ufrag, 4) {
        return Err(Malformed::Attribute("ice-ufrag"));
    }
    if !is_ice_text(pwd, 22) {
        return Err(Malformed::Attribute("ice-pwd"));
    }
    Ok(IceCredentials { ufrag: ufrag.to_owned(), pwd: pwd.to_owned() })
}

fn lex(text: &str) -> Result<SessionDescription, Malformed> {
    if text.len() > OFFER_BYTES_MAX {
        return Err(Malformed::TooLong(text.len()));
    }
    let sections = text.lines().filter(|line| line.starts_with("m=")).count();
    if sections > SECTIONS_MAX {
        return Err(Malformed::TooManySections(sections));
    }
    let mut reader = Cursor::new(text.as_bytes());
    let description = SessionDescription::unmarshal(&mut reader).map_err(|_| {
        let read = usize::try_from(reader.position()).unwrap_or(text.len()).min(text.len());
        Malformed::Syntax(text.as_bytes()[..read].iter().filter(|&&byte| byte == b'\n').count().max(1))
    })?;
    let longest = description.media_descriptions.iter().map(|media| media.attributes.len());
    let longest = longest.chain([description.attributes.len()]).max().unwrap_or(0);
    if longest > ATTRIBUTES_MAX {
        return Err(Malformed::TooManyAttributes(longest));
    }
    Ok(description)
}

fn value_of<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a str> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_deref().map(str::trim)
}

fn bundle_of(attributes: &[Attribute]) -> Result<Option<Vec<&str>>, Malformed> {
    for attribute in attributes.iter().filter(|attribute| attribute.key == "group") {
        let mut words = attribute.value.as_deref().unwrap_or_default().split_ascii_whitespace();
        if words.next() == Some("BUNDLE") {
            let mids: Vec<_> = words.collect();
            return if mids.len() > SECTIONS_MAX { Err(Malformed::UnknownBundleMid) } else { Ok(Some(mids)) };
        }
    }
    Ok(None)
}

/// Marks the sections that share one transport and finds the one that describes it: the first of the group (RFC 8843 §7.2.1).
fn mark_bundled(sections: &mut [Section], bundle: Option<&[&str]>) -> Result<usize, OfferError> {
    let mids: Vec<_> = sections.iter().filter_map(|section| section.mid.as_ref()).collect();
    if (1..mids.len()).any(|index| mids[..index].contains(&mids[index])) {
        return Err(Malformed::RepeatedMid.into());
    }
    let Some(bundle) = bundle.filter(|mids| !mids.is_empty()) else {
        let [only] = sections else {
            let first = sections.iter().find(|section| section.kind().is_some());
            return Err(first
                .map_or(Unprocessable::NoMedia, |section| Unprocessable::NotBundled(section.number))
                .into());
        };
        only.bundled = true;
        return Ok(0);
    };
    let place_of = |mid: &str| sections.iter().position(|section| section.mid.as_ref().is_some_and(|own| own.0 == mid));
    let places: Vec<_> =
        bundle.iter().map(|mid| place_of(mid).ok_or(Malformed::UnknownBundleMid)).collect::<Result<_, _>>()?;
    for &place in &places {
        sections[place].bundled = true;
    }
    Ok(places[0])
}

fn parse_section(number: usize, media: &MediaDescription, session: &[Attribute]) -> Result<Section, OfferError> {
    let name = &media.media_name;
    let has = |key: &str| media.attributes.iter().any(|attribute| attribute.key == key);
    let mut section = Section {
        number,
        media: name.media.clone(),
        proto: name.protos.join("/"),
        formats: name.formats.clone(),
        mid: value_of(&media.attributes, "mid").map(|text| mid(number, text)).transpose()?,
        unused: name.port.value == 0 && !has("bundle-only"),
        bundled: false,
        direction: direction_in(&media.attributes).or_else(|| direction_in(session)).unwrap_or(Direction::SendRecv),
        rtcp_mux: has("rtcp-mux"),
        rtcp_rsize: has("rtcp-rsize"),
        codecs: Vec::new(),
        extensions: Vec::new(),
        layers: Vec::new(),
        ssrc: None,
        rtx_ssrc: None,
    };
    if section.kind().is_some() && section.is_secured() && !section.unused {
        section.codecs = codecs_of(number, media)?;
        section.extensions = extensions_of(number, &media.attributes)?;
        section.layers = layers_of(&media.attributes);
        (section.ssrc, section.rtx_ssrc) = ssrcs_of(&media.attributes)?;
    }
    Ok(section)
}

fn mid(number: usize, text: &str) -> Result<Mid, OfferError> {
    // A token (RFC 8866 §9): no white space, no separators that would let it leave its line.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_token) {
        return Err(Malformed::Attribute("mid").into());
    }
    if text.len() > MID_CHARS_MAX {
        return Err(Unprocessable::LongMid(number).into());
    }
    Ok(Mid(text.to_owned()))
}

fn direction_in(attributes: &[Attribute]) -> Option<Direction> {
    attributes.iter().find_map(|attribute| direction(&attribute.key))
}

fn direction(text: &str) -> Option<Direction> {
    match text {
        "sendrecv" => Some(Direction::SendRecv),
        "sendonly" => Some(Direction::SendOnly),
        "recvonly" => Some(Direction::RecvOnly),
        "inactive" => Some(Direction::Inactive),
        _ => None,
    }
}

fn codecs_of(number: usize, media: &MediaDescription) -> Result<Vec<OfferedCodec>, Malformed> {
    let mut codecs = Vec::new();
    for pt in payload_types(number, &media.media_name.formats)? {
        let Some(encoding) = encoding_of(pt, &media.attributes)? else { continue };
        // RTP and RTCP share a port: these numbers would read as RTCP (RFC 5761 §4).
        if (64..=95).contains(&pt) {
            continue;
        }
        let parameters = parameters_of(pt, &media.attributes);
        let feedback = feedback_of(pt, &media.attributes);
        codecs.push(OfferedCodec { pt: Pt(pt), encoding, parameters, feedback });
    }
    Ok(codecs)
}

fn payload_types(number: usize, formats: &[String]) -> Result<Vec<u8>, Malformed> {
    let mut seen = 0_u128;
    let mut types = Vec::with_capacity(formats.len().min(128));
    for format in formats {
        let pt = format.parse::<u8>().ok().filter(|&pt| pt < 128 && seen >> pt & 1 == 0);
        let pt = pt.ok_or(Malformed::PayloadTypes(number))?;
        seen |= 1 << pt;
        types.push(pt);
    }
    Ok(types)
}

/// Values of an attribute that begin with this payload type, the payload type taken off.
fn values_for<'a>(attributes: &'a [Attribute], key: &'static str, pt: u8) -> impl Iterator<Item = &'a str> {
    attributes.iter().filter(move |attribute| attribute.key == key).filter_map(move |attribute| {
        let (number, rest) = attribute.value.as_deref()?.trim().split_once(' ')?;
        (number.parse::<u8>() == Ok(pt)).then(|| rest.trim())
    })
}

fn encoding_of(pt: u8, attributes: &[Attribute]) -> Result<Option<Encoding>, Malformed> {
    let Some(map) = values_for(attributes, "rtpmap", pt).next() else { return Ok(None) };
    let mut parts = map.split('/');
    let (name, rate) = (parts.next().unwrap_or_default(), parts.next());
    let rate: u32 = rate.and_then(|rate| rate.parse().ok()).ok_or(Malformed::Attribute("rtpmap"))?;
    let channels = parts.next();
    Ok(match (name.to_ascii_lowercase().as_str(), rate) {
        ("opus", 48_000) if channels == Some("2") => Some(Encoding::Opus),
        ("h264", 90_000) => Some(Encoding::H264),
        ("vp8", 90_000) => Some(Encoding::Vp8),
        ("rtx", _) => Some(Encoding::Rtx),
        ("red", 48_000) if channels == Some("2") => Some(Encoding::Red),
        _ => None,
    })
}

fn parameters_of(pt: u8, attributes: &[Attribute]) -> Parameters {
    let mut parameters = Parameters::default();
    values_for(attributes, "fmtp", pt).for_each(|text| parameters.extend(text));
    parameters
}

fn feedback_of(pt: u8, attributes: &[Attribute]) -> Feedback {
    let mut feedback = Feedback::default();
    for attribute in attributes.iter().filter(|attribute| attribute.key == "rtcp-fb") {
        let mut words = attribute.value.as_deref().unwrap_or_default().split_ascii_whitespace();
        if !words.next().is_some_and(|target| target == "*" || target.parse::<u8>() == Ok(pt)) {
            continue;
        }
        match (words.next(), words.next()) {
            (Some("nack"), None) => feedback.nack = true,
            (Some("nack"), Some("pli")) => feedback.pli = true,
            (Some("ccm"), Some("fir")) => feedback.fir = true,
            (Some("goog-remb"), None) => feedback.remb = true,
            (Some("transport-cc"), None) => feedback.transport_cc = true,
            _ => {}
        }
    }
    feedback
}

fn extensions_of(number: usize, attributes: &[Attribute]) -> Result<Vec<Extension>, Malformed> {
    let mut extensions: Vec<Extension> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.key == "extmap") {
        let extension = extension(attribute.value.as_deref().unwrap_or_default());
        let extension = extension.ok_or(Malformed::Attribute("extmap"))?;
        if extensions.iter().any(|other| other.id == extension.id && other.uri != extension.uri) {
            return Err(Malformed::RepeatedExtension(number));
        }
        // Larger ids need two-byte headers, which are not answered.
        if extension.id <= 14 {
            extensions.push(extension);
        }
    }
    Ok(extensions)
}

fn extension(value: &str) -> Option<Extension> {
    let mut words = value.split_ascii_whitespace();
    let (id, way) = words.next().map(|word| word.split_once('/').unwrap_or((word, "sendrecv")))?;
    // Ids 4096 to 4351 are an offerer's way to ask for any id (RFC 8285 §7); none of ours are offered so.
    let id: u16 = id.parse().ok().filter(|id| (1..=255).contains(id) || (4096..=4351).contains(id))?;
    Some(Extension {
        id: u8::try_from(id).unwrap_or(u8::MAX),
        uri: words.next()?.to_owned(),
        direction: direction(way)?,
    })
}

/// Layers a line would send: what `a=simulcast` lists, if each has its `a=rid`. Anything else counts as one stream.
fn layers_of(attributes: &[Attribute]) -> Vec<Rid> {
    let Some(offered) = value_of(attributes, "simulcast") else { return Vec::new() };
    let mut words = offered.split_ascii_whitespace();
    let Some(list) = words.by_ref().find(|word| *word == "send").and_then(|_| words.next()) else { return Vec::new() };
    let sends = |rid: &str| {
        let known = attributes.iter().filter(|attribute| attribute.key == "rid");
        let mut known = known.filter_map(|attribute| attribute.value.as_deref());
        known.any(|known| known.split_ascii_whitespace().take(2).eq([rid, "send"]))
    };
    let is_rid =
        |rid: &str| (1..=MID_CHARS_MAX).contains(&rid.len()) && rid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // An initially paused layer is marked with a tilde.
    let first = |layer: &str| layer.split(',').next().unwrap_or_default().trim_start_matches('~').to_owned();
    let rids: Vec<String> = list.split(';').take(LAYERS_MAX + 1).map(first).collect();
    let distinct = (1..rids.len()).all(|index| !rids[..index].contains(&rids[index]));
    let usable = distinct && rids.iter().all(|rid| is_rid(rid) && sends(rid));
    if usable { rids.into_iter().map(Rid).collect() } else { Vec::new() }
}

fn ssrcs_of(attributes: &[Attribute]) -> Result<(Option<Ssrc>, Option<Ssrc>), Malformed> {
    let number = |text: &str| text.parse().map(Ssrc).ok();
    for attribute in attributes.iter().filter(|attribute| attribute.key == "ssrc-group") {
        let mut words = attribute.value.as_deref().unwrap_or_default().split_ascii_whitespace();
        if words.next() == Some("FID") {
            let pair = words.next().and_then(number).zip(words.next().and_then(number));
            let (media, repair) = pair.ok_or(Malformed::Attribute("ssrc-group"))?;
            return Ok((Some(media), Some(repair)));
        }
    }
    let Some(first) = value_of(attributes, "ssrc") else { return Ok((None, None)) };
    let ssrc = first.split_ascii_whitespace().next().and_then(number).ok_or(Malformed::Attribute("ssrc"))?;
    Ok((Some(ssrc), None))
}

fn fingerprint_in(attributes: &[Attribute]) -> Result<Option<Fingerprint>, Malformed> {
    for attribute in attributes.iter().filter(|attribute| attribute.key == "fingerprint") {
        let (algorithm, hex) = attribute
            .value
            .as_deref()
            .unwrap_or_default()
            .trim()
            .split_once(' ')
            .ok_or(Malformed::Attribute("fingerprint"))?;
        if algorithm.eq_ignore_ascii_case("sha-256") {
            return fingerprint(hex.trim()).map(Some).ok_or(Malformed::Attribute("fingerprint"));
        }
    }
    Ok(None)
}

fn fingerprint(hex: &str) -> Option<Fingerprint> {
    let mut bytes = [0; 32];
    let mut pairs = hex.split(':');
    for byte in &mut bytes {
        let pair =
            pairs.next().filter(|pair| pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    pairs.next().is_none().then_some(Fingerprint(bytes))
}
