//! What a hostile network can do to a running meeting: nothing that anyone notices.
//!
//! One real relay, one stream that runs through it all the time, and one attack after the other. Each must leave the relay
//! without a fault, without peers that stay, and the stream without a freeze. `SOAK=1` does all of it ten times.

#![expect(clippy::disallowed_methods, reason = "attackers have clocks, and the environment asks for the long form")]
#![expect(clippy::print_stdout, reason = "what the stream felt is a result")]

mod arena;
mod attack;

use arena::{Arena, LOCAL, PUBLISH, Puppet, SOON, VIEW, Witness, now, participant, resident_kib, session};
use attack::{CHAINS, Random};
use std::{
    net::UdpSocket,
    thread,
    time::{Duration, Instant},
};
use yunling::{
    bot::{
        crowd::{Crowd, News},
        light::Light,
        offer,
    },
    relay::{
        io::handle::JoinError,
        plan::IceCredentials,
        transport::sdp::{Malformed, OfferError},
    },
};

/// Longest time any attack may keep the picture still: five times what a viewer would call a freeze, as the checks share
/// their machine with others.
const FREEZE: Duration = Duration::from_secs(2);

/// What the process may have grown by when everything has timed out: the attackers' own sockets and buffers are in it.
const GROWTH_KIB_MAX: u64 = 96 * 1024;

/// Peers that never finish joining.
const HALF_OPEN: usize = 1000;

/// Viewers that join in one moment.
const AT_ONCE: usize = 200;

/// Datagrams of noise.
const NOISE: usize = 10_000;

/// The relay forgets who never connected after 30 s.
const NEVER_CONNECTED: Duration = Duration::from_secs(30);

#[test]
fn a_running_picture_survives_a_hostile_network() {
    let rounds = if std::env::var_os("SOAK").is_some() { 10 } else { 1 };
    let mut arena = Arena::open();
    let witness = Witness::start(&mut arena);
    let mut random = Random(0x5eed_cafe);
    let report = Report { witness: &witness, first: now() };
    report.line("nothing", || {});
    let (peers, resident) = (arena.peers(), resident_kib());
    for round in 0..rounds {
        report.line("200 joins at once", || joins_at_once(&mut arena, round));
        report.line("1000 half-open joins", || half_open_joins(&mut arena, round));
        let half_open_since = now();
        report.line("10 000 datagrams of noise", || noise(&mut arena, &mut random, round));
        report.line("replayed STUN, DTLS, RTP", || replays(&mut arena, round));
        report.line("DTLS fragment chains", || fragment_chains(&mut arena, &mut random, round));
        report.line("oversized and broken SDP", || broken_offers(&mut arena, &mut random));
        report.line("until all of it timed out", || {
            let limit = NEVER_CONNECTED.saturating_sub(half_open_since.elapsed()) + NEVER_CONNECTED + SOON;
            arena.wait_for("the attackers' peers are gone", limit, |arena| arena.peers() == peers);
        });
        let grown = resident_kib().saturating_sub(resident);
        println!("round {round}: {} KiB resident, {grown} KiB more than at the start", resident_kib());
        assert!(grown < GROWTH_KIB_MAX, "grew by {grown} KiB");
    }
    witness.stop();
    arena.close();
}

/// A line for each attack: what the running stream felt.
struct Report<'a> {
    witness: &'a Witness,
    first: Instant,
}

impl Report<'_> {
    fn line(&self, name: &str, attack: impl FnOnce()) {
        let _ = self.witness.take();
        let start = now();
        attack();
        // Paces: the stream sends every 20 ms; long enough to have something to count after the shortest attack.
        thread::sleep(Duration::from_secs(1));
        let mut seen = self.witness.take();
        seen.delays.sort_unstable();
        let delay =
            |share: f64| seen.delays.get((seen.delays.len() as f64 * share) as usize).copied().unwrap_or_default();
        println!(
            "{:6.1} s  {name:<26} {:5.1} s  {:6} datagrams, {:3} lost, delay p50 {:6.2} ms, p99 {:6.2} ms, longest gap {:5.0} ms",
            self.first.elapsed().as_secs_f64(),
            start.elapsed().as_secs_f64(),
            seen.datagrams,
            seen.lost,
            delay(0.5).as_secs_f64() * 1e3,
            delay(0.99).as_secs_f64() * 1e3,
            seen.longest_gap.as_secs_f64() * 1e3,
        );
        assert!(seen.datagrams > 0 && seen.opened > 0, "{name}: the stream stopped");
        assert_eq!(seen.refused, 0, "{name}: datagrams that do not open");
        assert!(seen.longest_gap < FREEZE, "{name}: the picture froze for {:?}", seen.longest_gap);
    }
}

fn joins_at_once(arena: &mut Arena, round: usize) {
    let lights: Vec<Light> = (0..AT_ONCE).map(|_| arena.viewer()).collect();
    let names: Vec<String> = (0..AT_ONCE).map(|index| format!("crowd-{round}-{index}")).collect();
    let joins = names.iter().zip(&lights).map(|(name, light)| {
        let (handle, room) = (arena.handle.clone(), arena.room);
        let (name, offer) = (name.clone(), light.offer().to_owned());
        arena.runtime.spawn(async move { arena::join(&handle, room, &name, &offer, VIEW).await })
    });
    let joins: Vec<_> = joins.collect();
    let mut crowd = Crowd::new().expect("a crowd");
    let start = now();
    for (light, join) in lights.into_iter().zip(joins) {
        let answer = arena.runtime.block_on(join).expect("no panic").expect("an answer").answer;
        let member = crowd.add(light, LOCAL).expect("a socket");
        crowd.accept(member, &answer).expect("our answer");
    }
    let answered = start.elapsed();
    let mut connected = 0;
    while connected < AT_ONCE {
        assert!(start.elapsed() < 3 * SOON, "only {connected} of {AT_ONCE} are connected after {:?}", start.elapsed());
        for news in crowd.turn(Duration::from_millis(20)).expect("epoll") {
            assert!(matches!(news, News::Connected(_)), "{news:?}");
            connected += 1;
        }
    }
    println!("          {AT_ONCE} answered within {answered:?}, connected within {:?}", start.elapsed());
    for name in names {
        arena.runtime.block_on(arena.handle.leave(arena.room, &session(&name))).expect("it was there");
    }
}

fn half_open_joins(arena: &mut Arena, round: usize) {
    for index in 0..HALF_OPEN {
        let offer = arena.viewer().offer().to_owned();
        arena.join(&format!("half-{round}-{index}"), &offer, VIEW).expect("an answer");
    }
    assert!(arena.peers() >= HALF_OPEN);
}

fn noise(arena: &mut Arena, random: &mut Random, round: usize) {
    let puppet = Puppet::join(arena, &format!("noisy-{round}"), VIEW);
    let stranger = UdpSocket::bind((LOCAL, 0)).expect("a socket");
    for socket in [&stranger, &puppet.socket] {
        attack::throw(socket, arena.media, attack::noise(random, &puppet.sent, NOISE / 2));
    }
    // It can still be asked things.
    assert!(arena.figures().rooms.iter().any(|room| room.stage.on_air == Some(participant("province"))));
}

fn replays(arena: &mut Arena, round: usize) {
    let name = format!("replayed-{round}");
    let mut puppet = Puppet::join(arena, &name, PUBLISH);
    puppet.drive("send 300 packets", |puppet| puppet.light.packets_sent() >= 300);
    // What was sent last is still on its way, and the first may have come before the keys; from here on nothing new comes.
    let mut taken = 0;
    arena.wait_for("all packets are counted", SOON, |arena| {
        let before = std::mem::replace(&mut taken, arena.packets_from(&name));
        taken > 100 && taken == before
    });
    let stranger = UdpSocket::bind((LOCAL, 0)).expect("a socket");
    for socket in [&puppet.socket, &stranger, &puppet.socket] {
        attack::throw(socket, arena.media, puppet.sent.iter().cloned());
    }
    // A packet that was sent before the keys were there may be taken now, once; nothing is taken twice.
    let (after, sent) = (arena.packets_from(&name), puppet.light.packets_sent());
    assert!(after <= sent, "a replayed packet was taken again: {taken} before, {after} after, {sent} sent");
}

fn fragment_chains(arena: &mut Arena, random: &mut Random, round: usize) {
    for (index, chain) in CHAINS.into_iter().enumerate() {
        let (local, offer) = half_a_client(arena);
        let name = format!("chain-{round}-{index}");
        let answer = arena.join(&name, &offer, VIEW).expect("an answer").answer;
        let remote = offer::read(&answer).expect("our answer").remote;
        let socket = UdpSocket::bind((LOCAL, 0)).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(1))).expect("a timeout");
        attack::pass_ice(&socket, &local, &remote, arena.media);
        attack::throw(&socket, arena.media, attack::fragments(chain, random, 400).into_iter());
    }
}

/// An offer whose ICE credentials we know.
fn half_a_client(arena: &mut Arena) -> (IceCredentials, String) {
    let offer = arena.viewer().offer().to_owned();
    let value = |key: &str| {
        let line = offer.lines().find_map(|line| line.strip_prefix(key));
        line.expect("every offer has it").to_owned()
    };
    (IceCredentials { ufrag: value("a=ice-ufrag:"), pwd: value("a=ice-pwd:") }, offer)
}

fn broken_offers(arena: &mut Arena, random: &mut Random) {
    let offer = arena.viewer().offer().to_owned();
    let huge = offer.clone() + &"a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n".repeat(100_000);
    let refused = arena.join("huge", &huge, VIEW);
    assert!(matches!(refused, Err(JoinError::Offer(OfferError::Malformed(Malformed::TooLong(_))))), "{refused:?}");
    for _ in 0..1000 {
        let mut broken = offer.clone().into_bytes();
        broken.truncate(random.below(broken.len()));
        for _ in 0..=random.below(4) {
            let at = random.below(broken.len());
            if let Some(byte) = broken.get_mut(at) {
                *byte = (random.next() as u8) & 0x7f;
            }
        }
        let broken = String::from_utf8(broken).expect("ASCII");
        // Either class of answer is right; a fault or a peer that stays is not.
        let _ = arena.join("broken", &broken, VIEW);
    }
}
