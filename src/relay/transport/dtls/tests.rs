//! A client and a server of ours over a network of virtual time, and strangers in between.

use super::*;
use crate::relay::transport::tests::{Seeded, mutate};
use std::sync::LazyLock;

/// Any moment: only differences count.
#[expect(clippy::disallowed_methods, reason = "an Instant can't be had otherwise")]
fn start() -> Instant {
    Instant::now()
}

static OURS: LazyLock<Certificate> = LazyLock::new(|| Certificate::generate().unwrap());
static THEIRS: LazyLock<Certificate> = LazyLock::new(|| Certificate::generate().unwrap());

/// What a side has come to.
#[derive(Debug, Default)]
struct Outcome {
    keys: Option<SrtpKeys>,
    failed: Option<String>,
    closed: bool,
    after_end: bool,
}

/// Two sides, datagrams on their way between them, and a clock.
struct Wire {
    now: Instant,
    sides: [Handshake; 2],
    outcomes: [Outcome; 2],
    /// When it arrives, at which side, what.
    flying: Vec<(Instant, usize, Vec<u8>)>,
}

const CLIENT: usize = 0;
const SERVER: usize = 1;

impl Wire {
    fn new(client: Handshake, server: Handshake) -> Self {
        let outcomes = [Outcome::default(), Outcome::default()];
        Self { now: start(), sides: [client, server], outcomes, flying: Vec::new() }
    }

    fn offering(profiles: &[Profile]) -> Self {
        let client = Handshake::client_offering(&THEIRS, OURS.fingerprint(), profiles);
        Self::new(client, Handshake::server(&OURS, THEIRS.fingerprint()))
    }

    /// Runs until nothing is left to do or `limit` has passed; `tamper` sees every datagram with the side that sent it and
    /// says what arrives.
    fn run(&mut self, limit: Duration, mut tamper: impl FnMut(usize, Vec<u8>) -> Vec<Vec<u8>>) {
        let end = self.now + limit;
        loop {
            let mut next = None;
            for side in [CLIENT, SERVER] {
                let deadline = self.drain(side, &mut tamper);
                next = [next, deadline].into_iter().flatten().min();
            }
            let arrival = self.flying.iter().map(|(at, ..)| *at).min();
            let Some(next) = [next, arrival].into_iter().flatten().min().filter(|next| *next <= end) else { return };
            self.now = self.now.max(next);
            let now = self.now;
            let (due, later) = std::mem::take(&mut self.flying).into_iter().partition(|(at, ..)| *at <= now);
            self.flying = later;
            for (_, side, datagram) in Vec::from_iter::<Vec<(Instant, usize, Vec<u8>)>>(due) {
                self.sides[side].handle(now, &datagram);
            }
        }
    }

    fn drain(&mut self, side: usize, tamper: &mut impl FnMut(usize, Vec<u8>) -> Vec<Vec<u8>>) -> Option<Instant> {
        loop {
            let outcome = &mut self.outcomes[side];
            let is_over = outcome.closed || outcome.failed.is_some();
            match self.sides[side].poll(self.now) {
                HandshakeStep::Wait(deadline) => return deadline,
                _ if is_over => outcome.after_end = true,
                HandshakeStep::Transmit(datagram) => {
                    assert!(datagram.len() <= 1452, "a datagram of {} bytes", datagram.len());
                    let at = self.now + Duration::from_millis(10);
                    self.flying.extend(tamper(side, datagram).into_iter().map(|datagram| (at, 1 - side, datagram)));
                }
                HandshakeStep::Established(keys) => assert!(outcome.keys.replace(keys).is_none(), "established once"),
                HandshakeStep::Failed(reason) => outcome.failed = Some(reason),
                HandshakeStep::Closed => outcome.closed = true,
            }
        }
    }

    #[track_caller]
    fn expect_same_keys(&self) -> Profile {
        let [client, server] = &self.outcomes;
        let (Some(client), Some(server)) = (&client.keys, &server.keys) else { panic!("{:?}", self.outcomes) };
        assert_eq!(client.profile, server.profile);
        assert_eq!((&client.local_key, &client.local_salt), (&server.remote_key, &server.remote_salt));
        assert_eq!((&client.remote_key, &client.remote_salt), (&server.local_key, &server.local_salt));
        assert_ne!(client.local_key, client.remote_key);
        client.profile
    }
}

fn untouched(_: usize, datagram: Vec<u8>) -> Vec<Vec<u8>> {
    vec![datagram]
}

#[test]
fn the_relay_chooses_its_best_profile_whatever_the_clients_order() {
    use Profile::{AeadAes128Gcm as Gcm128, AeadAes256Gcm as Gcm256, Aes128CmSha1_80 as Cm};
    for (offered, chosen) in [
        (&[Gcm128][..], Gcm128),
        (&[Gcm256], Gcm256),
        (&[Cm], Cm),
        (&[Cm, Gcm256, Gcm128], Gcm128),
        (&[Cm, Gcm256], Gcm256),
        (&[Gcm256, Cm], Gcm256),
        (&[Cm, Gcm128], Gcm128),
    ] {
        let mut wire = Wire::offering(offered);
        wire.run(Duration::from_secs(1), untouched);
        assert_eq!(wire.expect_same_keys(), chosen, "{offered:?}");
    }
}

#[test]
fn a_client_without_srtp_gets_no_keys() {
    let mut wire = Wire::offering(&[]);
    wire.run(DEADLINE * 2, untouched);
    assert!(wire.outcomes[SERVER].keys.is_none() && wire.outcomes[SERVER].failed.is_some(), "{:?}", wire.outcomes);
}

#[test]
fn a_wrong_fingerprint_fails_and_gives_no_keys() {
    let stranger = Certificate::generate().unwrap();
    let client = || Handshake::client(&THEIRS, OURS.fingerprint());
    let mut wire = Wire::new(client(), Handshake::server(&OURS, stranger.fingerprint()));
    wire.run(DEADLINE * 2, untouched);
    let [client_outcome, server_outcome] = &wire.outcomes;
    assert!(server_outcome.keys.is_none() && client_outcome.keys.is_none(), "the last flight is kept back too");
    assert!(server_outcome.failed.as_ref().is_some_and(|reason| reason.contains("certificate")), "{server_outcome:?}");
    assert!(client_outcome.failed.is_some());
    let mut wire =
        Wire::new(Handshake::client(&THEIRS, stranger.fingerprint()), Handshake::server(&OURS, THEIRS.fingerprint()));
    wire.run(DEADLINE * 2, untouched);
    assert!(wire.outcomes[CLIENT].keys.is_none() && wire.outcomes[CLIENT].failed.is_some());
}

#[test]
fn each_lost_datagram_is_made_good_within_seconds() {
    for lost in 0..12 {
        let mut wire = Wire::offering(&Profile::BEST_FIRST);
        let mut count = 0;
        wire.run(Duration::from_secs(3), |_, datagram| {
            count += 1;
            if count == lost + 1 { vec![] } else { vec![datagram] }
        });
        wire.expect_same_keys();
    }
}

#[test]
fn a_bad_network_delays_but_does_not_break() {
    let mut established = 0;
    for seed in 1..=60 {
        let mut random = Seeded(seed * 7919);
        let mut wire = Wire::offering(&Profile::BEST_FIRST);
        wire.run(DEADLINE, |_, datagram| match random.below(10) {
            0..3 => vec![],
            3 => vec![datagram.clone(), datagram],
            _ => vec![datagram],
        });
        assert!(!wire.outcomes.iter().any(|outcome| outcome.after_end));
        established += usize::from(wire.outcomes[SERVER].keys.is_some());
    }
    assert!(established >= 58, "{established} of 60 at 30 % loss");
}

/// Cuts the handshake messages of a plain datagram into records of at most `most` bytes of fragment.
fn fragmented(datagram: &[u8], most: usize, first_record: &mut u64) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = datagram;
    while !rest.is_empty() {
        let len = 13 + usize::from(u16::from_be_bytes([rest[11], rest[12]]));
        let (record, behind) = rest.split_at(len);
        rest = behind;
        if record[0] != 22 || record[4] != 0 {
            out.push(record.to_vec());
            continue;
        }
        let (header, body) = (&record[13..25], &record[25..]);
        for (number, piece) in body.chunks(most).enumerate() {
            *first_record += 1;
            let three = |value: usize| (value as u32).to_be_bytes()[1..].to_vec();
            let mut cut = [&record[..5], &first_record.to_be_bytes()[2..]].concat();
            cut.extend((12 + piece.len() as u16).to_be_bytes());
            cut.extend([&header[..6], &three(number * most)[..], &three(piece.len())].concat());
            cut.extend(piece);
            out.push(cut);
        }
    }
    out
}

#[test]
fn fragmented_hellos_and_certificates_are_put_together_for_every_profile() {
    for profile in Profile::BEST_FIRST {
        let mut wire = Wire::offering(&[profile]);
        let mut records = 1000;
        wire.run(Duration::from_secs(5), |side, datagram| {
            if side == SERVER {
                return vec![datagram];
            }
            let mut pieces = fragmented(&datagram, 70, &mut records);
            pieces.reverse();
            pieces
        });
        assert_eq!(wire.expect_same_keys(), profile);
    }
}

#[test]
fn a_slow_client_is_waited_for() {
    let mut wire = Wire::offering(&Profile::BEST_FIRST);
    wire.run(Duration::from_secs(1), |_, _| vec![]);
    // Nothing arrived for a second; then the network is there.
    wire.run(Duration::from_secs(10), untouched);
    wire.expect_same_keys();
    let mut server = Handshake::server(&OURS, THEIRS.fingerprint());
    let mut client = Handshake::client(&THEIRS, OURS.fingerprint());
    let mut now = start();
    // Every answer of the client takes four seconds, as on a desk that is starting up.
    for _ in 0..4 {
        while let HandshakeStep::Transmit(datagram) = client.poll(now) {
            server.handle(now, &datagram);
        }
        let mut latest = Vec::new();
        for _ in 0..40 {
            now += Duration::from_millis(100);
            loop {
                match server.poll(now) {
                    HandshakeStep::Transmit(datagram) => latest.push(datagram),
                    HandshakeStep::Established(_) => return,
                    HandshakeStep::Wait(_) => break,
                    step => panic!("{step:?}"),
                }
            }
        }
        latest.iter().for_each(|datagram| client.handle(now, datagram));
    }
    panic!("not established");
}

#[test]
fn an_unanswered_handshake_ends_at_its_deadline() {
    let start = start();
    for (mut side, sends) in [
        (Handshake::server(&OURS, THEIRS.fingerprint()), 0),
        (Handshake::client(&THEIRS, OURS.fingerprint()), 1 + RESENDS_MAX as usize),
    ] {
        let (mut now, mut transmits) = (start, 0);
        let reason = loop {
            match side.poll(now) {
                HandshakeStep::Transmit(_) => transmits += 1,
                HandshakeStep::Wait(Some(deadline)) => {
                    assert!(deadline > now, "time moves on");
                    now = deadline;
                }
                HandshakeStep::Failed(reason) => break reason,
                step => panic!("{step:?}"),
            }
        };
        assert_eq!((now, transmits), (start + DEADLINE, sends), "{reason}");
        assert!(matches!(side.poll(now + DEADLINE), HandshakeStep::Wait(None)));
    }
}

#[test]
fn closing_tells_the_other_side() {
    for closer in [CLIENT, SERVER] {
        let mut wire = Wire::offering(&Profile::BEST_FIRST);
        wire.run(Duration::from_secs(1), untouched);
        wire.expect_same_keys();
        wire.sides[closer].close();
        wire.sides[closer].close();
        wire.run(Duration::from_secs(1), untouched);
        assert!(wire.outcomes.iter().all(|outcome| outcome.closed && !outcome.after_end), "{:?}", wire.outcomes);
    }
    let mut fresh = Handshake::server(&OURS, THEIRS.fingerprint());
    fresh.close();
    assert!(matches!(fresh.poll(start()), HandshakeStep::Closed));
}

#[test]
fn an_established_association_survives_replays_and_forged_alerts() {
    let mut wire = Wire::offering(&Profile::BEST_FIRST);
    let mut sent = Vec::new();
    wire.run(Duration::from_secs(1), |side, datagram| {
        if side == CLIENT {
            sent.push(datagram.clone());
        }
        vec![datagram]
    });
    wire.expect_same_keys();
    let mut answered = 0;
    for round in 0..500 {
        let replay = &sent[round % sent.len()];
        wire.sides[SERVER].handle(wire.now, replay);
        for forged in [
            &[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40][..],
            &[21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40],
        ] {
            wire.sides[SERVER].handle(wire.now, forged);
        }
        loop {
            match wire.sides[SERVER].poll(wire.now) {
                HandshakeStep::Wait(deadline) => {
                    assert_eq!(deadline, None);
                    break;
                }
                HandshakeStep::Transmit(datagram) => answered += datagram.len(),
                step => panic!("{step:?}"),
            }
        }
    }
    let replayed: usize = sent.iter().map(Vec::len).sum();
    assert!(answered <= replayed * 4, "{answered} bytes in answer");
    // And it still closes properly.
    wire.sides[CLIENT].close();
    wire.run(Duration::from_secs(1), untouched);
    assert!(wire.outcomes[SERVER].closed);
}

#[test]
fn hostile_datagrams_never_panic_and_never_give_keys_to_strangers() {
    let mut genuine = Vec::new();
    let mut wire = Wire::offering(&Profile::BEST_FIRST);
    wire.run(Duration::from_secs(1), |_, datagram| {
        genuine.push(datagram.clone());
        vec![datagram]
    });
    let mut random = Seeded(77);
    for _ in 0..600 {
        let mut server = Handshake::server(&OURS, THEIRS.fingerprint());
        let mut client = Handshake::client(&THEIRS, OURS.fingerprint());
        let now = start();
        let mut answers = Vec::new();
        for _ in 0..20 {
            let template = &genuine[random.below(genuine.len())];
            let datagram = if random.below(8) == 0 { random.bytes(1500) } else { mutate(template, &mut random) };
            for side in [&mut server, &mut client] {
                side.handle(now, &datagram);
                while let step @ (HandshakeStep::Transmit(_)
                | HandshakeStep::Established(_)
                | HandshakeStep::Failed(_)) = side.poll(now)
                {
                    assert!(!matches!(step, HandshakeStep::Established(_)), "keys for a stranger");
                    if let HandshakeStep::Failed(reason) = step {
                        assert!(!reason.contains("fault"), "{reason}");
                        answers.push(reason);
                    }
                }
            }
        }
        assert!(answers.len() <= 2, "each side fails once");
    }
}

#[test]
fn a_tampered_handshake_never_panics_and_never_agrees_on_different_keys() {
    let mut established = 0;
    for seed in 1..=150u64 {
        let mut random = Seeded(seed * 104_729);
        let mut wire = Wire::offering(&Profile::BEST_FIRST);
        wire.run(DEADLINE * 2, |_, datagram| match random.below(6) {
            0 => vec![mutate(&datagram, &mut random), datagram],
            1 => vec![datagram.clone(), mutate(&datagram, &mut random)],
            2 => vec![mutate(&datagram, &mut random)],
            _ => vec![datagram],
        });
        for outcome in &wire.outcomes {
            assert!(
                !outcome.failed.as_ref().is_some_and(|reason| reason.contains("fault")),
                "seed {seed}: {outcome:?}"
            );
        }
        if wire.outcomes.iter().all(|outcome| outcome.keys.is_some()) {
            wire.expect_same_keys();
            established += 1;
        }
    }
    assert!(established > 20, "{established} of 150: mere noise must not stop most handshakes");
}

#[test]
fn a_handshake_can_move_to_another_thread() {
    fn movable<T: Send>() {}
    movable::<Handshake>();
    movable::<Certificate>();
}
