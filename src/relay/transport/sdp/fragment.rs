//! Trickle-ICE fragments (RFC 8840), as WHIP and WHEP carry them in PATCH requests (RFC 9725 §4.3).
//!
//! A lite agent has no use for the other side's candidates: they are checked and counted, nothing more.

use super::{answer::Text, offer::credentials};
use crate::relay::plan::{Candidates, IceCredentials};

/// Most bytes of a fragment: hundreds of candidates.
const FRAGMENT_BYTES_MAX: usize = 16 * 1024;

/// What a fragment says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fragment {
    /// User fragment the candidates belong to, or a new one that asks for an ICE restart.
    pub ufrag: Option<String>,
    /// Password of that user fragment.
    pub pwd: Option<String>,
    /// How many candidates it carries.
    pub candidates: usize,
    /// Whether it says that there will be no more.
    pub end: bool,
}

/// Why a text is not a fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FragmentError {
    /// Larger than any list of candidates.
    #[error("the fragment has {0} bytes, more than {FRAGMENT_BYTES_MAX}")]
    TooLong(usize),
    /// A line is no `letter=value`.
    #[error("line {0} of the fragment is not valid SDP")]
    Syntax(usize),
    /// A candidate does not follow RFC 8839 §5.1.
    #[error("line {0} of the fragment is not a valid ICE candidate")]
    Candidate(usize),
    /// The user fragment or password has a wrong length or character.
    #[error("the fragment's ICE credentials have a wrong length or character")]
    Credentials,
}

/// Reads a fragment.
///
/// # Errors
///
/// If it is too long, a line or a candidate breaks its grammar, or its credentials could not be used in a check.
pub fn parse_fragment(text: &str) -> Result<Fragment, FragmentError> {
    if text.len() > FRAGMENT_BYTES_MAX {
        return Err(FragmentError::TooLong(text.len()));
    }
    let mut fragment = Fragment::default();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let (kind, value) = line.trim_end().split_once('=').ok_or(FragmentError::Syntax(number))?;
        if kind.len() != 1 || !kind.bytes().all(|letter| letter.is_ascii_lowercase()) {
            return Err(FragmentError::Syntax(number));
        }
        if kind == "a" {
            attribute(&mut fragment, number, value)?;
        }
    }
    const WELL_FORMED: &str = "wellformedwellformedwellformed";
    let (ufrag, pwd) = (fragment.ufrag.as_deref(), fragment.pwd.as_deref());
    credentials(ufrag.unwrap_or(WELL_FORMED), pwd.unwrap_or(WELL_FORMED)).map_err(|_| FragmentError::Credentials)?;
    Ok(fragment)
}

/// Writes the fragment that answers an ICE restart: new credentials, the same candidates.
#[must_use]
pub fn write_fragment(local: &IceCredentials, candidates: &Candidates) -> String {
    let mut text = Text::default();
    text.line(format_args!("a=ice-lite"));
    text.line(format_args!("a=ice-options:trickle"));
    text.credentials(local);
    text.candidates(candidates);
    text.finish()
}

fn attribute(fragment: &mut Fragment, number: usize, value: &str) -> Result<(), FragmentError> {
    let (key, value) = value.split_once(':').unwrap_or((value, ""));
    match key {
        "ice-ufrag" => fragment.ufrag = Some(value.to_owned()),
        "ice-pwd" => fragment.pwd = Some(value.to_owned()),
        "end-of-candidates" => fragment.end = true,
        "candidate" if value.is_empty() => fragment.end = true,
        "candidate" if is_candidate(value) => fragment.candidates += 1,
        "candidate" => return Err(FragmentError::Candidate(number)),
        _ => {}
    }
    Ok(())
}

fn is_candidate(value: &str) -> bool {
    let mut words = value.split_ascii_whitespace();
    let mut next = || words.next().unwrap_or_default();
    let (foundation, component, transport) = (next(), next(), next());
    let (priority, address, port) = (next(), next(), next());
    let (typ, kind) = (next(), next());
    let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:%".contains(&b));
    (1..=32).contains(&foundation.len())
        && component.parse::<u16>().is_ok_and(|component| (1..=256).contains(&component))
        && !transport.is_empty()
        && priority.parse::<u32>().is_ok()
        && (1..=255).contains(&address.len())
        && is_name(address)
        && port.parse::<u16>().is_ok()
        && typ == "typ"
        && matches!(kind, "host" | "srflx" | "prflx" | "relay")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browsers_fragment_is_read() {
        let text = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=group:BUNDLE 0 1\r\n\
            m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n\
            a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1\r\n\
            a=candidate:2 1 tcp 1 f3e0-11.local 9 typ host tcptype active\r\na=end-of-candidates\r\n";
        let fragment = parse_fragment(text).expect("a good fragment");
        assert_eq!((fragment.ufrag.as_deref(), fragment.candidates, fragment.end), (Some("EsAw"), 2, true));
        assert_eq!(parse_fragment(&text.replace("\r\n", "\n")), Ok(fragment));
    }

    #[test]
    fn a_broken_fragment_names_its_line() {
        let check = |text: &str, expect| assert_eq!(parse_fragment(text), Err(expect), "{text}");
        check("a=mid:0\r\nnonsense\r\n", FragmentError::Syntax(2));
        check("a=candidate:1 1 udp x 192.0.2.1 1 typ host", FragmentError::Candidate(1));
        check("a=candidate:1 1 udp 1 192.0.2.1 1 typ nowhere", FragmentError::Candidate(1));
        check("a=ice-ufrag:a:b\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", FragmentError::Credentials);
        check(&"a=x\n".repeat(5000), FragmentError::TooLong(20_000));
    }

    #[test]
    fn our_own_fragment_can_be_read_back() {
        let local = IceCredentials { ufrag: "abcd".into(), pwd: "0123456789012345678901".into() };
        let candidates = ["192.0.2.1:50000", "[2001:db8::1]:50000"].map(|text| text.parse().expect("an address"));
        let candidates = Candidates { udp: candidates.to_vec(), tcp: candidates.to_vec() };
        let fragment = parse_fragment(&write_fragment(&local, &candidates)).expect("our own text");
        assert_eq!(fragment, Fragment { ufrag: Some(local.ufrag), pwd: Some(local.pwd), candidates: 4, end: true });
    }
}
