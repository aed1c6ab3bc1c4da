//! ICE, as little of it as a relay needs: a lite agent (RFC 8445 §2.5) that answers connectivity checks and never sends any.
//!
//! [`IceLite`] says which addresses a peer may send from and which one it is to be sent to. Only a request with the right
//! user name and MESSAGE-INTEGRITY moves anything; the latest authenticated USE-CANDIDATE decides. What is not authenticated
//! gets no answer larger than itself. It keeps no time: when a peer has fallen silent is the room's to judge.

use super::super::{plan::IceCredentials, route::Route};
use rtc_stun::{
    attributes::{
        ATTR_FINGERPRINT, ATTR_ICE_CONTROLLED, ATTR_MESSAGE_INTEGRITY, ATTR_PRIORITY, ATTR_USE_CANDIDATE,
        ATTR_USERNAME, AttrType, RawAttribute,
    },
    crypto::{RTCCryptoProvider, default_provider},
    error_code::{ErrorCode, ErrorCodeAttribute},
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, MAGIC_COOKIE, Message, MessageType, Setter},
    uattrs::UnknownAttributes,
    xoraddr::XorMappedAddress,
};
use std::{collections::VecDeque, net::SocketAddr, sync::Arc};

/// Most addresses one session may send from; browsers with IPv4, IPv6, Wi-Fi and cable use four.
pub const ADDRESSES_MAX: usize = 8;

/// Checks remembered against replay: ten minutes of a browser's, so that a request caught on the wire can't draw the
/// pictures to another address.
const CHECKS_REMEMBERED: usize = 256;

/// Largest STUN message looked at; checks are a tenth of it.
const MESSAGE_BYTES_MAX: usize = 1280;

const HEADER_BYTES: usize = 20;

/// Whether a datagram is STUN and neither DTLS nor RTP (RFC 7983).
#[must_use]
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.len() >= HEADER_BYTES && datagram[0] < 4 && datagram[4..8] == MAGIC_COOKIE.to_be_bytes()
}

/// Our user fragment as a STUN request names it (the part of USERNAME before the colon), to find the session by. Nothing is
/// authenticated by this.
#[must_use]
pub fn local_ufrag(datagram: &[u8]) -> Option<&str> {
    if !is_stun(datagram) {
        return None;
    }
    let mut rest = &datagram[HEADER_BYTES..];
    while let Some((head, tail)) = rest.split_first_chunk::<4>() {
        let len = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if u16::from_be_bytes([head[0], head[1]]) == ATTR_USERNAME.0 {
            let name = std::str::from_utf8(tail.get(..len)?).ok()?;
            return name.split_once(':').map(|(local, _)| local);
        }
        rest = tail.get(len.next_multiple_of(4)..)?;
    }
    None
}

/// What an authenticated connectivity check changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checked {
    /// It carried USE-CANDIDATE.
    pub nominated: bool,
    /// Its source was not known before.
    pub new_address: bool,
    /// [`IceLite::selected`] is another address now.
    pub selected_changed: bool,
}

/// Why a datagram was not an authenticated connectivity check. It changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StunFault {
    /// It is no STUN message, or its FINGERPRINT is wrong. No answer.
    #[error("not a STUN message")]
    Malformed,
    /// It is a response, an indication, or of another method. No answer.
    #[error("not a binding request")]
    NotARequest,
    /// It has no USERNAME or no MESSAGE-INTEGRITY. Answered with 400.
    #[error("a request without credentials")]
    NoCredentials,
    /// Its user name or its integrity is not this session's. Answered with 401.
    #[error("a request with wrong credentials")]
    WrongCredentials,
    /// It is authentic, but was here before: answered if its source is authentic, for then it may be a retransmission.
    /// No sign of life, for anybody who saw it can send it.
    #[error("a repeated request")]
    Repeated,
    /// It is authentic, but has attributes that would have to be understood. Answered with 420.
    #[error("a request with unknown attributes")]
    UnknownAttributes,
    /// It is authentic, but the peer takes itself for the controlled side, which a lite agent always is. Answered with 487.
    #[error("a request with the wrong role")]
    RoleConflict,
}

/// The lite agent of one session.
pub struct IceLite {
    /// What checks must carry now.
    current: Credentials,
    /// Before an ICE restart: still answered until the first check that carries `current`.
    previous: Option<Credentials>,
    /// At most [`ADDRESSES_MAX`].
    addresses: Vec<Address>,
    /// Set by the first authenticated check, then by each USE-CANDIDATE.
    selected: Option<Route>,
    /// Counts authenticated checks: the age of addresses.
    checks: u64,
    /// Counts ICE restarts that the peer took up, and the one it may yet.
    generation: u32,
    /// Transaction ids of the latest authenticated checks.
    seen: VecDeque<[u8; 12]>,
    crypto: Arc<dyn RTCCryptoProvider>,
}

#[derive(Clone)]
struct Credentials {
    /// The USERNAME of checks: `local:remote`.
    username: String,
    local: IceCredentials,
}

struct Address {
    addr: SocketAddr,
    last_check: u64,
    generation: u32,
}

impl Credentials {
    fn new(local: IceCredentials, remote: &IceCredentials) -> Self {
        Self { username: format!("{}:{}", local.ufrag, remote.ufrag), local }
    }
}

impl IceLite {
    /// An agent that waits for its peer's first check. `local` stood in the answer, `remote` in the offer.
    #[must_use]
    pub fn new(local: IceCredentials, remote: IceCredentials) -> Self {
        Self {
            current: Credentials::new(local, &remote),
            previous: None,
            addresses: Vec::new(),
            selected: None,
            checks: 0,
            generation: 0,
            seen: VecDeque::new(),
            crypto: default_provider().expect("ring is compiled in"),
        }
    }

    /// ICE restart (RFC 8445 §9): new credentials on both sides.
    ///
    /// The old ones are answered until the first check with the new ones. Addresses and selection stay until the first
    /// nomination with the new ones, so that media go on meanwhile.
    pub fn restart(&mut self, local: IceCredentials, remote: IceCredentials) {
        let old = std::mem::replace(&mut self.current, Credentials::new(local, &remote));
        // A restart that the peer never took up leaves the credentials before it in force.
        if self.previous.is_none() {
            self.previous = Some(old);
            self.generation += 1;
        }
    }

    /// Where to send; `None` until the first authenticated check.
    #[must_use]
    pub const fn selected(&self) -> Option<Route> {
        self.selected
    }

    /// Whether an authenticated check has come from this address: DTLS, RTP and RTCP are taken from such alone.
    #[must_use]
    pub fn is_authentic(&self, from: SocketAddr) -> bool {
        self.addresses.iter().any(|address| address.addr == from)
    }

    /// Our present user fragment, by which the peer's checks find this session.
    #[must_use]
    pub fn local_ufrag(&self) -> &str {
        &self.current.local.ufrag
    }

    /// Our user fragment before an ICE restart, as long as checks with it are still answered.
    #[must_use]
    pub fn previous_ufrag(&self) -> Option<&str> {
        self.previous.as_ref().map(|previous| previous.local.ufrag.as_str())
    }

    /// Takes a STUN datagram that came by `from`. `out` becomes the response to send back there, or empty.
    ///
    /// # Errors
    ///
    /// If it was no authenticated check; `out` may still hold an error response.
    pub fn handle(&mut self, from: impl Into<Route>, datagram: &[u8], out: &mut Vec<u8>) -> Result<Checked, StunFault> {
        let from = from.into();
        out.clear();
        let mut request = parse(datagram)?;
        let (local, is_current) = match self.authenticate(&mut request) {
            Ok(found) => found,
            Err(fault) => {
                // Anybody can have sent this, in anybody's name: never answer with more than came.
                let code = if fault == StunFault::NoCredentials { 400 } else { 401 };
                out.extend(respond(&request, BINDING_ERROR, vec![error(code, "")], None));
                if out.len() > datagram.len() {
                    out.clear();
                }
                return Err(fault);
            }
        };
        let crypto = Arc::clone(&self.crypto);
        let key = MessageIntegrity::new_short_term_integrity_with_provider(local.pwd, crypto.crypto());
        let unknown = unknown_attributes(protected(&request));
        if !unknown.is_empty() {
            let body = vec![error(420, "Unknown Attribute"), Box::new(UnknownAttributes(unknown))];
            *out = respond(&request, BINDING_ERROR, body, Some(key));
            return Err(StunFault::UnknownAttributes);
        }
        if has(&request, ATTR_ICE_CONTROLLED) {
            *out = respond(&request, BINDING_ERROR, vec![error(487, "Role Conflict")], Some(key));
            return Err(StunFault::RoleConflict);
        }
        let is_repetition = self.is_repetition(&request);
        if is_repetition && !self.is_authentic(from.peer) {
            return Err(StunFault::Repeated);
        }
        let mapped = from.peer.ip().to_canonical();
        let body: Vec<Box<dyn Setter>> = vec![Box::new(XorMappedAddress { ip: mapped, port: from.peer.port() })];
        *out = respond(&request, BINDING_SUCCESS, body, Some(key));
        if is_repetition {
            return Err(StunFault::Repeated);
        }
        Ok(self.accept(from, is_current, has(&request, ATTR_USE_CANDIDATE)))
    }

    /// The credentials that `request` carries rightly, and whether they are the present ones.
    fn authenticate(&self, request: &mut Message) -> Result<(IceCredentials, bool), StunFault> {
        let name = protected(request).iter().find(|attribute| attribute.typ == ATTR_USERNAME);
        let name = name.filter(|_| request.contains(ATTR_MESSAGE_INTEGRITY)).ok_or(StunFault::NoCredentials)?;
        let matches = |credentials: &&Credentials| credentials.username.as_bytes() == name.value;
        let found = [Some(&self.current), self.previous.as_ref()].into_iter().flatten().find(matches);
        let found = found.ok_or(StunFault::WrongCredentials)?;
        MessageIntegrity::check(request, found.local.pwd.as_bytes(), self.crypto.crypto())
            .map_err(|_| StunFault::WrongCredentials)?;
        Ok((found.local.clone(), std::ptr::eq(found, &self.current)))
    }

    /// Whether this authenticated request was here before; remembers it if not.
    fn is_repetition(&mut self, request: &Message) -> bool {
        let id = request.transaction_id.0;
        if self.seen.contains(&id) {
            return true;
        }
        if self.seen.len() == CHECKS_REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(id);
        false
    }

    fn accept(&mut self, from: Route, is_current: bool, nominated: bool) -> Checked {
        if is_current {
            self.previous = None;
        }
        let generation = if is_current { self.generation } else { self.generation - 1 };
        let new_address = self.note(from.peer, generation);
        let before = self.selected;
        // Old credentials can't undo what was nominated with new ones: those end the old ones first.
        if nominated || before.is_none() {
            self.selected = Some(from);
        }
        if nominated {
            self.addresses.retain(|address| address.generation >= generation);
        }
        Checked { nominated, new_address, selected_changed: self.selected != before }
    }

    /// Remembers an address; whether it is new.
    fn note(&mut self, from: SocketAddr, generation: u32) -> bool {
        self.checks += 1;
        let last_check = self.checks;
        if let Some(known) = self.addresses.iter_mut().find(|address| address.addr == from) {
            (known.last_check, known.generation) = (last_check, generation);
            return false;
        }
        if self.addresses.len() == ADDRESSES_MAX {
            let selected = self.selected.map(|selected| selected.peer);
            let others = self.addresses.iter().enumerate().filter(|(_, address)| Some(address.addr) != selected);
            let oldest = others.min_by_key(|(_, address)| address.last_check).map(|(place, _)| place);
            self.addresses.swap_remove(oldest.expect("at most one of eight is selected"));
        }
        self.addresses.push(Address { addr: from, last_check, generation });
        true
    }
}

/// A binding request whose framing and FINGERPRINT, if it has one, are right.
fn parse(datagram: &[u8]) -> Result<Message, StunFault> {
    let framed = is_stun(datagram)
        && datagram.len() <= MESSAGE_BYTES_MAX
        && usize::from(u16::from_be_bytes([datagram[2], datagram[3]])) == datagram.len() - HEADER_BYTES;
    let mut message = Message::default();
    if !framed || message.unmarshal_binary(datagram).is_err() {
        return Err(StunFault::Malformed);
    }
    if message.typ != BINDING_REQUEST {
        return Err(StunFault::NotARequest);
    }
    let attributes = &message.attributes.0;
    let fingerprint = attributes.iter().position(|attribute| attribute.typ == ATTR_FINGERPRINT);
    let right = fingerprint.is_none_or(|place| place + 1 == attributes.len() && FINGERPRINT.check(&message).is_ok());
    let integrity = attributes.iter().find(|attribute| attribute.typ == ATTR_MESSAGE_INTEGRITY);
    let sized = integrity.is_none_or(|attribute| attribute.value.len() == 20);
    if right && sized { Ok(message) } else { Err(StunFault::Malformed) }
}

/// The attributes that MESSAGE-INTEGRITY covers; what follows it anybody may have added (RFC 8489 §14.5).
fn protected(message: &Message) -> &[RawAttribute] {
    let attributes = &message.attributes.0;
    let end = attributes.iter().position(|attribute| attribute.typ == ATTR_MESSAGE_INTEGRITY);
    &attributes[..end.unwrap_or(attributes.len())]
}

fn has(message: &Message, typ: AttrType) -> bool {
    protected(message).iter().any(|attribute| attribute.typ == typ)
}

fn unknown_attributes(attributes: &[RawAttribute]) -> Vec<AttrType> {
    let known = [ATTR_USERNAME, ATTR_PRIORITY, ATTR_USE_CANDIDATE];
    let types = attributes.iter().map(|attribute| attribute.typ);
    types.filter(|typ| typ.required() && !known.contains(typ)).take(8).collect()
}

fn error(code: u16, reason: &str) -> Box<dyn Setter> {
    Box::new(ErrorCodeAttribute { code: ErrorCode(code), reason: reason.into() })
}

fn respond(
    request: &Message,
    typ: MessageType,
    body: Vec<Box<dyn Setter>>,
    key: Option<MessageIntegrity<'_>>,
) -> Vec<u8> {
    let mut setters: Vec<Box<dyn Setter + '_>> = vec![Box::new(typ), Box::new(request.transaction_id)];
    setters.extend(body.into_iter().map(|setter| setter as Box<dyn Setter + '_>));
    setters.extend(key.map(|key| Box::new(key) as Box<dyn Setter + '_>));
    setters.push(Box::new(FINGERPRINT));
    let mut response = Message::new();
    response.build(&setters).expect("our own attributes are well-formed and short");
    response.raw
}

#[cfg(test)]
mod tests;
