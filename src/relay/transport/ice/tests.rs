//! A client of `rtc-stun` asks, the lite agent answers.

use super::*;
use crate::relay::transport::tests::{Seeded, mutate};
use rtc_stun::{
    attributes::ATTR_ICE_CONTROLLING,
    message::{Getter, TransactionId},
    textattrs::TextAttribute,
};

fn credentials(ufrag: &str) -> IceCredentials {
    IceCredentials { ufrag: ufrag.into(), pwd: format!("{ufrag}-password-of-22-chars") }
}

fn agent() -> IceLite {
    IceLite::new(credentials("ours"), credentials("them"))
}

fn addr(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 168, 1, 20], port))
}

fn crypto() -> Arc<dyn RTCCryptoProvider> {
    default_provider().unwrap()
}

struct Raw(AttrType, Vec<u8>);

impl Setter for Raw {
    fn add_to(&self, message: &mut Message) -> Result<(), rtc_shared::error::Error> {
        message.add(self.0, &self.1);
        Ok(())
    }
}

type Attribute = (AttrType, &'static [u8]);

const NOMINATE: Attribute = (ATTR_USE_CANDIDATE, &[]);

/// A check as a browser sends it, with more attributes before the integrity.
fn check_with(local: &str, remote: &str, pwd: &str, more: &[Attribute]) -> Vec<u8> {
    let crypto = crypto();
    let mut setters: Vec<Box<dyn Setter>> = vec![
        Box::new(BINDING_REQUEST),
        Box::new(TransactionId::new()),
        Box::new(TextAttribute::new(ATTR_USERNAME, format!("{local}:{remote}"))),
        Box::new(Raw(ATTR_PRIORITY, vec![1, 2, 3, 4])),
        Box::new(Raw(ATTR_ICE_CONTROLLING, vec![9; 8])),
        Box::new(Raw(AttrType(0xC057), vec![0, 1, 0, 10])),
    ];
    for (typ, value) in more {
        setters.push(Box::new(Raw(*typ, value.to_vec())));
    }
    let integrity = MessageIntegrity::new_short_term_integrity_with_provider(pwd.into(), crypto.crypto());
    let mut request = Message::new();
    request.build(&setters).unwrap();
    integrity.add_to(&mut request).unwrap();
    FINGERPRINT.add_to(&mut request).unwrap();
    request.raw
}

fn check(more: &[Attribute]) -> Vec<u8> {
    check_with("ours", "them", &credentials("ours").pwd, more)
}

fn handle(agent: &mut IceLite, from: SocketAddr, datagram: &[u8]) -> (Result<Checked, StunFault>, Vec<u8>) {
    let mut out = vec![1, 2, 3];
    let result = agent.handle(from, datagram, &mut out);
    (result, out)
}

fn error_code(response: &[u8]) -> u16 {
    let mut message = Message::default();
    message.unmarshal_binary(response).unwrap();
    assert_eq!(message.typ, BINDING_ERROR);
    let mut code = ErrorCodeAttribute::default();
    code.get_from(&message).unwrap();
    code.code.0
}

#[test]
fn a_check_is_answered_with_its_source_integrity_and_fingerprint() {
    for from in ["192.168.1.20:50001", "[fd00::7]:50001", "[::ffff:10.0.0.1]:9"] {
        let from: SocketAddr = from.parse().unwrap();
        let (mut agent, request) = (agent(), check(&[]));
        assert!(is_stun(&request));
        assert_eq!(local_ufrag(&request), Some("ours"));
        let (checked, response) = handle(&mut agent, from, &request);
        assert_eq!(checked, Ok(Checked { nominated: false, new_address: true, selected_changed: true }));
        let mut message = Message::default();
        message.unmarshal_binary(&response).unwrap();
        assert_eq!((message.typ, &message.transaction_id.0[..]), (BINDING_SUCCESS, &request[8..20]));
        FINGERPRINT.check(&message).unwrap();
        MessageIntegrity::check(&mut message, credentials("ours").pwd.as_bytes(), crypto().crypto()).unwrap();
        let mut mapped = XorMappedAddress::default();
        mapped.get_from(&message).unwrap();
        assert_eq!((mapped.ip, mapped.port), (from.ip().to_canonical(), from.port()));
        assert!(agent.is_authentic(from) && !agent.is_authentic(addr(1)));
    }
}

#[test]
fn the_first_address_is_selected_until_the_latest_nomination() {
    let mut agent = agent();
    let steps: [(u16, &[Attribute], u16, bool); 6] = [
        (1, &[], 1, true),
        (2, &[], 1, false),
        (2, &[NOMINATE], 2, true),
        (1, &[], 2, false),
        (1, &[NOMINATE], 1, true),
        (1, &[NOMINATE], 1, false),
    ];
    for (port, more, selected, changed) in steps {
        let checked = handle(&mut agent, addr(port), &check(more)).0.unwrap();
        assert_eq!((agent.selected(), checked.selected_changed), (Some(addr(selected).into()), changed), "{port}");
        assert_eq!(checked.nominated, !more.is_empty());
    }
}

#[test]
fn a_peer_is_answered_from_the_address_of_ours_that_it_nominated() {
    let mut agent = agent();
    let route = |last: u8| Route { peer: addr(1), own: Some([10, 0, 0, last].into()) };
    let steps: [(u8, &[Attribute], u8, bool); 5] =
        [(1, &[], 1, true), (2, &[], 1, false), (2, &[NOMINATE], 2, true), (1, &[], 2, false), (2, &[], 2, false)];
    for (own, more, selected, changed) in steps {
        let checked = agent.handle(route(own), &check(more), &mut Vec::new()).unwrap();
        assert_eq!((agent.selected(), checked.selected_changed), (Some(route(selected)), changed), "{own}");
        assert!(agent.is_authentic(addr(1)) && agent.addresses.len() == 1, "theirs is one address");
    }
}

#[test]
fn the_ninth_address_replaces_the_oldest_that_is_not_selected() {
    let mut agent = agent();
    handle(&mut agent, addr(1), &check(&[NOMINATE])).0.unwrap();
    for port in 2..=9 {
        assert!(handle(&mut agent, addr(port), &check(&[])).0.unwrap().new_address);
    }
    assert_eq!(agent.addresses.len(), ADDRESSES_MAX);
    assert!(agent.is_authentic(addr(1)) && !agent.is_authentic(addr(2)) && agent.is_authentic(addr(3)));
}

#[test]
fn requests_without_the_right_credentials_change_nothing_and_get_no_more_than_they_brought() {
    let pwd = credentials("ours").pwd;
    let bare = |more: &[Attribute]| {
        let mut request = Message::new();
        request.build(&[Box::new(BINDING_REQUEST), Box::new(TransactionId::new())]).unwrap();
        more.iter().for_each(|(typ, value)| request.add(*typ, value));
        request.raw
    };
    for (request, fault, code) in [
        (check_with("ours", "them", "wrong", &[]), StunFault::WrongCredentials, Some(401)),
        (check_with("ours", "then", &pwd, &[]), StunFault::WrongCredentials, Some(401)),
        (check_with("our", "them", &pwd, &[]), StunFault::WrongCredentials, Some(401)),
        (bare(&[(ATTR_USERNAME, b"ours:them"), (ATTR_PRIORITY, &[0; 4])]), StunFault::NoCredentials, Some(400)),
        (bare(&[(ATTR_MESSAGE_INTEGRITY, &[0; 20])]), StunFault::NoCredentials, Some(400)),
        (
            bare(&[(ATTR_MESSAGE_INTEGRITY, &[0; 20]), (ATTR_USERNAME, b"ours:them")]),
            StunFault::NoCredentials,
            Some(400),
        ),
        (bare(&[(ATTR_MESSAGE_INTEGRITY, &[0; 16])]), StunFault::Malformed, None),
        (bare(&[]), StunFault::NoCredentials, None),
    ] {
        let mut agent = agent();
        let (result, response) = handle(&mut agent, addr(1), &request);
        assert_eq!(result, Err(fault));
        assert!(response.len() <= request.len());
        assert_eq!((!response.is_empty()).then(|| error_code(&response)), code, "{fault}");
        assert!(agent.addresses.is_empty() && agent.seen.is_empty() && agent.selected().is_none());
    }
}

#[test]
fn responses_indications_and_a_wrong_fingerprint_are_ignored() {
    let genuine = check(&[]);
    let typed = |first: u8, second: u8| {
        let mut request = genuine[..genuine.len() - 8].to_vec();
        (request[0], request[1]) = (first, second);
        let len = (request.len() - 20) as u16;
        request[2..4].copy_from_slice(&len.to_be_bytes());
        request
    };
    let mut broken = genuine.clone();
    *broken.last_mut().unwrap() ^= 1;
    for (datagram, fault) in [
        (typed(0x01, 0x01), StunFault::NotARequest),
        (typed(0x00, 0x11), StunFault::NotARequest),
        (typed(0x00, 0x03), StunFault::NotARequest),
        (broken, StunFault::Malformed),
        (genuine[..genuine.len() - 4].to_vec(), StunFault::Malformed),
        ([&genuine[..], &[0; 4]].concat(), StunFault::Malformed),
    ] {
        let mut agent = agent();
        assert_eq!(handle(&mut agent, addr(1), &datagram), (Err(fault), Vec::new()));
        assert!(!agent.is_authentic(addr(1)));
    }
    assert!(handle(&mut agent(), addr(1), &typed(0, 1)).0.is_ok(), "FINGERPRINT may be absent");
}

#[test]
fn attributes_behind_the_integrity_count_for_nothing() {
    let mut agent = agent();
    handle(&mut agent, addr(1), &check(&[NOMINATE])).0.unwrap();
    let genuine = check(&[]);
    let mut message = Message::default();
    let without_fingerprint =
        [&genuine[..2], &((genuine.len() - 28) as u16).to_be_bytes(), &genuine[4..genuine.len() - 8]].concat();
    message.unmarshal_binary(&without_fingerprint).unwrap();
    message.add(ATTR_USE_CANDIDATE, &[]);
    FINGERPRINT.add_to(&mut message).unwrap();
    let checked = handle(&mut agent, addr(2), &message.raw).0.unwrap();
    assert!(!checked.nominated);
    assert_eq!(agent.selected(), Some(addr(1).into()));
}

#[test]
fn a_replayed_nomination_does_not_move_the_pictures() {
    let mut agent = agent();
    let caught = check(&[NOMINATE]);
    handle(&mut agent, addr(1), &caught).0.unwrap();
    assert_eq!(handle(&mut agent, addr(66), &caught), (Err(StunFault::Repeated), Vec::new()));
    handle(&mut agent, addr(2), &check(&[NOMINATE])).0.unwrap();
    let (again, response) = handle(&mut agent, addr(1), &caught);
    assert_eq!((again, response.is_empty()), (Err(StunFault::Repeated), false), "a retransmission is answered");
    assert_eq!(agent.selected(), Some(addr(2).into()));
    for _ in 0..1000 {
        handle(&mut agent, addr(2), &check(&[])).0.unwrap();
    }
    assert_eq!(agent.seen.len(), CHECKS_REMEMBERED);
}

#[test]
fn a_peer_in_the_wrong_role_or_with_unknown_attributes_is_told_so() {
    for (typ, fault, code) in
        [(ATTR_ICE_CONTROLLED, StunFault::RoleConflict, 487), (AttrType(0x0030), StunFault::UnknownAttributes, 420)]
    {
        let mut agent = agent();
        let (result, response) = handle(&mut agent, addr(1), &check(&[(typ, &[5; 8]), NOMINATE]));
        assert_eq!(result, Err(fault));
        assert_eq!(error_code(&response), code);
        let mut message = Message::default();
        message.unmarshal_binary(&response).unwrap();
        MessageIntegrity::check(&mut message, credentials("ours").pwd.as_bytes(), crypto().crypto()).unwrap();
        assert!(!agent.is_authentic(addr(1)));
    }
}

#[test]
fn an_ice_restart_keeps_media_flowing_until_the_new_nomination() {
    let mut agent = agent();
    handle(&mut agent, addr(1), &check(&[NOMINATE])).0.unwrap();
    agent.restart(credentials("ours2"), credentials("them2"));
    assert_eq!((agent.local_ufrag(), agent.previous_ufrag()), ("ours2", Some("ours")));
    assert!(handle(&mut agent, addr(1), &check(&[])).0.is_ok(), "old credentials still answer");
    // A restart nobody takes up changes nothing of that.
    agent.restart(credentials("ours3"), credentials("them3"));
    assert!(handle(&mut agent, addr(1), &check(&[])).0.is_ok());
    let fresh = |more| check_with("ours3", "them3", &credentials("ours3").pwd, more);
    assert!(handle(&mut agent, addr(2), &fresh(&[])).0.unwrap().new_address);
    assert_eq!((agent.selected(), agent.previous_ufrag()), (Some(addr(1).into()), None));
    assert!(agent.is_authentic(addr(1)), "media go on");
    assert_eq!(handle(&mut agent, addr(1), &check(&[])).0, Err(StunFault::WrongCredentials));
    assert!(handle(&mut agent, addr(2), &fresh(&[NOMINATE])).0.unwrap().selected_changed);
    assert_eq!(agent.selected(), Some(addr(2).into()));
    assert!(!agent.is_authentic(addr(1)));
}

#[test]
fn hostile_datagrams_never_panic_nor_authenticate() {
    let mut random = Seeded(3);
    let mut agent = agent();
    for round in 0..20_000 {
        let genuine = check(&[NOMINATE]);
        let datagram = if round % 4 == 0 { random.bytes(200) } else { mutate(&genuine, &mut random) };
        let mut disguised = datagram.clone();
        if disguised.len() >= 20 && round % 3 == 0 {
            // Let the framing be right, so that the attributes are looked at.
            let len = ((disguised.len() - 20) as u16).to_be_bytes();
            disguised[..8].copy_from_slice(&[0, 1, len[0], len[1], 0x21, 0x12, 0xa4, 0x42]);
        }
        for hostile in [datagram, disguised] {
            let _ = (is_stun(&hostile), local_ufrag(&hostile));
            let (result, response) = handle(&mut agent, addr(round as u16), &hostile);
            // What MESSAGE-INTEGRITY covers; the fingerprint behind it may be missing.
            let covered = 20..genuine.len() - 8;
            if hostile.get(covered.clone()) == genuine.get(covered) {
                continue;
            }
            assert!(result.is_err(), "round {round}: {hostile:02x?}");
            assert!(response.len() <= hostile.len());
        }
    }
}
