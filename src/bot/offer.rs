//! SDP as far as a client of a relay needs it: writes WHIP and WHEP offers, reads what matters of the answer.

use super::programme::{Line, MID_EXTENSION};
use crate::relay::{
    media::Codec,
    plan::{Fingerprint, IceCredentials},
};
use std::{
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

/// Payload type of sound in our offers.
pub const OPUS_PT: u8 = 111;

/// Payload type of VP8 in our offers.
pub const VP8_PT: u8 = 96;

/// Payload type of H.264 in our offers.
pub const H264_PT: u8 = 102;

/// Header extension id of the transport-wide number in a viewer's offer.
pub const TRANSPORT_EXTENSION: u8 = 5;

/// Payload type of sound with redundancy in a viewer's offer (RFC 2198).
const RED_PT: u8 = 63;

/// What an offer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// WHIP: one picture of this codec, one sound.
    Publish {
        /// H.264 or VP8.
        codec: Codec,
        /// The picture's numbers.
        video: Line,
        /// The sound's numbers.
        audio: Line,
    },
    /// WHEP: this many recvonly lines.
    View {
        /// Lines for pictures.
        video: usize,
        /// Lines for sound.
        audio: usize,
        /// Codecs for pictures, best first.
        codecs: Vec<Codec>,
    },
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The relay's credentials.
    pub remote: IceCredentials,
    /// Of the relay's certificate.
    pub fingerprint: Fingerprint,
    /// Where it can be reached, in its order.
    pub candidates: Vec<SocketAddr>,
    /// Lines it accepted.
    pub lines: usize,
}

/// Why an answer can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Something every answer carries is missing or unreadable.
    #[error("the answer has no valid {0}")]
    Missing(&'static str),
    /// No line was accepted.
    #[error("the answer rejects every line")]
    Rejected,
}

/// Writes an offer.
#[must_use]
pub fn write(asks: &Asks, local: &IceCredentials, fingerprint: Fingerprint, session: u64) -> String {
    let mut lines = Vec::new();
    match asks {
        Asks::Publish { codec, video, audio } => {
            lines.push((line(&[Codec::Opus], "sendonly"), Some(audio.ssrc)));
            lines.push((line(&[*codec], "sendonly"), Some(video.ssrc)));
        }
        Asks::View { video, audio, codecs } => {
            // The programme pair first: one sound, one picture.
            lines.extend((0..*audio).map(|_| (line(&[Codec::Opus], "recvonly"), None)));
            lines.extend((0..*video).map(|_| (line(codecs, "recvonly"), None)));
        }
    }
    let mids: Vec<_> = (0..lines.len()).map(|mid| mid.to_string()).collect();
    let mut sdp = format!(
        "v=0\r\no=- {session} 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\na=msid-semantic: WMS *\r\n",
        mids.join(" ")
    );
    let digest: Vec<_> = fingerprint.0.iter().map(|byte| format!("{byte:02X}")).collect();
    for (mid, ((head, tail), ssrc)) in mids.iter().zip(lines) {
        let _ = write!(
            sdp,
            "{head}c=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:sha-256 {}\r\n\
             a=setup:actpass\r\na=rtcp-mux\r\na=rtcp-rsize\r\n{tail}",
            local.ufrag,
            local.pwd,
            digest.join(":")
        );
        if let Some(ssrc) = ssrc {
            let _ = write!(sdp, "a=msid:light light-{mid}\r\na=ssrc:{} cname:light\r\n", ssrc.0);
        }
    }
    sdp
}

/// An m-line and the attributes that follow its transport. A viewer asks for what browsers ask for: transport-wide numbers,
/// repeats on lines of their own, sound with redundancy.
fn line(codecs: &[Codec], direction: &str) -> (String, String) {
    let (views, sound) = (direction == "recvonly", codecs.contains(&Codec::Opus));
    let mut pts: Vec<_> = codecs.iter().map(|codec| pt(*codec)).collect();
    match (views, sound) {
        (true, true) => pts.push(RED_PT),
        (true, false) => pts.extend(codecs.iter().map(|codec| rtx(*codec))),
        (false, _) => {}
    }
    let kind = if sound { "audio" } else { "video" };
    let pts: Vec<_> = pts.iter().map(u8::to_string).collect();
    let head = format!("m={kind} 9 UDP/TLS/RTP/SAVPF {}\r\n", pts.join(" "));
    let mut tail = format!("a={direction}\r\na=extmap:{MID_EXTENSION} urn:ietf:params:rtp-hdrext:sdes:mid\r\n");
    if views {
        let _ = write!(
            tail,
            "a=extmap:{TRANSPORT_EXTENSION} http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
        );
    }
    for codec in codecs {
        let pt = pt(*codec);
        let _ = match codec {
            Codec::Opus => write!(tail, "a=rtpmap:{pt} opus/48000/2\r\na=fmtp:{pt} minptime=10;useinbandfec=1\r\n"),
            Codec::H264 => write!(
                tail,
                "a=rtpmap:{pt} H264/90000\r\na=fmtp:{pt} level-asymmetry-allowed=1;packetization-mode=1;\
                 profile-level-id=42e01f\r\n"
            ),
            Codec::Vp8 => write!(tail, "a=rtpmap:{pt} VP8/90000\r\n"),
        };
        if *codec != Codec::Opus {
            let _ = write!(tail, "a=rtcp-fb:{pt} nack pli\r\na=rtcp-fb:{pt} ccm fir\r\n");
        }
        if views {
            let _ = write!(tail, "a=rtcp-fb:{pt} nack\r\na=rtcp-fb:{pt} transport-cc\r\n");
            let _ = match codec {
                Codec::Opus => write!(tail, "a=rtpmap:{RED_PT} red/48000/2\r\na=fmtp:{RED_PT} {pt}/{pt}\r\n"),
                _ => write!(tail, "a=rtpmap:{0} rtx/90000\r\na=fmtp:{0} apt={pt}\r\n", rtx(*codec)),
            };
        }
    }
    (head, tail)
}

/// The payload type of a codec's repeats: the next one.
const fn rtx(codec: Codec) -> u8 {
    pt(codec) + 1
}

/// The payload type our offers give a codec.
#[must_use]
pub const fn pt(codec: Codec) -> u8 {
    match codec {
        Codec::Opus => OPUS_PT,
        Codec::H264 => H264_PT,
        Codec::Vp8 => VP8_PT,
    }
}

/// Reads an answer.
///
/// # Errors
///
/// If it lacks credentials, fingerprint or candidates, or rejects all lines.
pub fn read(answer: &str) -> Result<Answer, AnswerError> {
    let value = |name: &str| answer.lines().find_map(|line| line.trim_end().strip_prefix(name));
    let lines = answer.lines().filter(|line| line.starts_with("m=") && line.split(' ').nth(1) != Some("0")).count();
    if lines == 0 {
        return Err(AnswerError::Rejected);
    }
    Ok(Answer {
        remote: IceCredentials {
            ufrag: value("a=ice-ufrag:").ok_or(AnswerError::Missing("ice-ufrag"))?.to_owned(),
            pwd: value("a=ice-pwd:").ok_or(AnswerError::Missing("ice-pwd"))?.to_owned(),
        },
        fingerprint: value("a=fingerprint:sha-256 ")
            .and_then(parse_fingerprint)
            .ok_or(AnswerError::Missing("fingerprint"))?,
        candidates: candidates(answer)?,
        lines,
    })
}

fn candidates(answer: &str) -> Result<Vec<SocketAddr>, AnswerError> {
    let found: Vec<_> = answer.lines().filter_map(|line| parse_candidate(line.strip_prefix("a=candidate:")?)).collect();
    if found.is_empty() { Err(AnswerError::Missing("candidate")) } else { Ok(found) }
}

/// `foundation component udp priority address port typ host …` (RFC 8839 §5.1).
fn parse_candidate(text: &str) -> Option<SocketAddr> {
    let mut words = text.split_ascii_whitespace().skip(2);
    if !words.next()?.eq_ignore_ascii_case("udp") {
        return None;
    }
    let address: IpAddr = words.nth(1)?.parse().ok()?;
    Some(SocketAddr::new(address, words.next()?.parse().ok()?))
}

fn parse_fingerprint(text: &str) -> Option<Fingerprint> {
    let bytes: Option<Vec<u8>> = text.trim().split(':').map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    Some(Fingerprint(bytes?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_gives_credentials_fingerprint_and_candidates() {
        let digest = vec!["AB"; 32].join(":");
        let sdp = format!(
            "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:abcd\r\na=ice-pwd:secret\r\n\
             a=fingerprint:sha-256 {digest}\r\na=candidate:1 1 UDP 2130706431 127.0.0.1 50000 typ host\r\n\
             a=candidate:2 1 TCP 1 127.0.0.1 50000 typ host\r\na=candidate:3 1 udp 9 ::1 50001 typ host\r\n\
             m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"
        );
        let answer = read(&sdp).expect("a whole answer");
        assert_eq!((answer.remote.ufrag.as_str(), answer.remote.pwd.as_str()), ("abcd", "secret"));
        assert_eq!(answer.fingerprint, Fingerprint([0xab; 32]));
        assert_eq!(
            answer.candidates,
            ["127.0.0.1:50000", "[::1]:50001"].map(|text| text.parse::<SocketAddr>().expect("an address"))
        );
        assert_eq!(answer.lines, 1);
    }

    #[test]
    fn an_answer_without_candidates_or_lines_is_refused() {
        assert_eq!(read("v=0\r\nm=audio 0 x 1\r\n"), Err(AnswerError::Rejected));
        assert_eq!(read("m=audio 9 x 1\r\n"), Err(AnswerError::Missing("ice-ufrag")));
    }
}
