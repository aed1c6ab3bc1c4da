//! How peers come, move, fall silent and go, and that nothing of them is left.

use crate::{
    media::Shape,
    sim::{ROOM, Sim, ms, secs},
};
use yunling::relay::{
    command::{Command, GoneReason, RoomEvent, SlotContent},
    figures::PeerState,
    rooms::{HandshakeNews, Input},
};

fn reasons(sim: &Sim) -> Vec<GoneReason> {
    let reason = |event: &RoomEvent| match event {
        RoomEvent::PeerGone { reason, .. } => Some(*reason),
        _ => None,
    };
    sim.events.iter().filter_map(reason).collect()
}

#[test]
fn a_silent_peer_is_held_back_then_removed_and_frees_all_it_held() {
    let mut sim = Sim::seeded(11);
    let main = sim.publisher("main", 1, Shape::H264);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.stage(Some("main"));
    sim.run(secs(2));
    sim.clients[viewer].off = true;
    sim.run(secs(5));
    let state = |sim: &mut Sim| sim.figures().rooms[0].peers.last().map(|peer| (peer.state, peer.bps_out));
    let (quiet, rate) = state(&mut sim).expect("still there");
    assert_eq!(quiet, PeerState::Quiet);
    sim.run(secs(2));
    assert!(state(&mut sim).expect("still there").1 < 60_000, "only sound, not {rate} b/s");
    sim.run(secs(10));
    assert_eq!(state(&mut sim).map(|(state, _)| state), Some(PeerState::Silent));
    sim.run(secs(15));
    assert_eq!(sim.figures().rooms[0].peers.len(), 1);
    assert_eq!(reasons(&sim), [GoneReason::Silent]);
    sim.clients[main].off = true;
    sim.run(secs(32));
    assert_eq!(sim.rooms.entries(), 0, "nothing leads to a peer that is gone");
    assert_eq!(sim.gone.len(), 2, "the handshake thread was told of both");
    let figures = sim.figures();
    assert!(figures.rooms[0].peers.is_empty() && figures.rooms[0].publications.is_empty());
}

#[test]
fn a_peer_that_only_sends_checks_is_not_silent() {
    let mut sim = Sim::seeded(12);
    let viewer = sim.viewer("idle", 1, 1, false);
    sim.run(secs(60));
    assert_eq!(sim.figures().rooms[0].peers[0].state, PeerState::Connected);
    assert!(sim.clients[viewer].answered > 20);
}

#[test]
fn joins_that_never_complete_are_collected() {
    let mut sim = Sim::seeded(13);
    for number in 0..100 {
        let viewer = sim.viewer(&format!("half{number}"), 1, 1, false);
        sim.clients[viewer].off = true;
    }
    sim.run(secs(31));
    assert_eq!(sim.rooms.entries(), 0);
    assert_eq!(reasons(&sim).len(), 100);
}

#[test]
fn an_ending_worker_closes_its_rooms_and_counts_who_has_yet_to_hear_of_it() {
    let mut sim = Sim::seeded(21);
    let main = sim.publisher("main", 1, Shape::H264);
    let viewer = sim.viewer("wall", 1, 1, false);
    let absent = sim.viewer("absent", 1, 1, false);
    sim.clients[absent].off = true;
    sim.stage(Some("main"));
    sim.run(secs(1));
    sim.end();
    assert_eq!(reasons(&sim), [GoneReason::Left; 3]);
    assert_eq!((sim.gone.len(), sim.rooms.entries()), (3, 0), "all associations end, nothing leads to a peer");
    assert!(sim.figures().rooms.is_empty());
    assert_eq!(sim.rooms.farewells(), 2, "who never came has no address to be told at");
    sim.news(main, HandshakeNews::Transmit(vec![21; 40]));
    assert_eq!(sim.rooms.farewells(), 2);
    sim.news(main, HandshakeNews::Closed);
    sim.news(absent, HandshakeNews::Closed);
    sim.news(viewer, HandshakeNews::Failed("a fault".into()));
    assert_eq!(sim.rooms.farewells(), 0);
}

#[test]
fn a_peer_that_moves_is_followed() {
    let mut sim = Sim::seeded(14);
    let main = sim.publisher("main", 1, Shape::H264);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.stage(Some("main"));
    sim.run(secs(2));
    sim.move_address(viewer);
    sim.move_address(main);
    sim.run(secs(2));
    let viewing = sim.clients[viewer].viewing();
    let shown = viewing.players[&viewing.ssrc(0)].play();
    assert!(shown.frames > 90, "{shown:?}");
}

#[test]
fn an_ice_restart_keeps_the_keys_and_the_picture() {
    let mut sim = Sim::seeded(15);
    sim.publisher("main", 1, Shape::H264);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.stage(Some("main"));
    sim.run(secs(2));
    for _ in 0..5 {
        sim.restart_ice(viewer);
        sim.run(secs(1));
    }
    let viewing = sim.clients[viewer].viewing();
    let shown = viewing.players[&viewing.ssrc(0)].play();
    assert_eq!((shown.broken, shown.changes), (0, 1), "{shown:?}");
    assert!(shown.frames > 160);
}

#[test]
fn a_closed_association_removes_its_peer_at_once() {
    let mut sim = Sim::seeded(16);
    let main = sim.publisher("main", 1, Shape::H264);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.stage(Some("main"));
    sim.run(secs(2));
    sim.news(main, HandshakeNews::Closed);
    assert_eq!(reasons(&sim), [GoneReason::ClosedByPeer]);
    assert_eq!(sim.contents(viewer)[0], SlotContent::Slate);
    sim.news(viewer, HandshakeNews::Failed("late".into()));
    assert_eq!(reasons(&sim).len(), 2);
    assert_eq!(sim.rooms.entries(), 0);
}

#[test]
fn a_peer_that_is_removed_is_told_that_its_association_is_closed() {
    let mut sim = Sim::seeded(19);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.run(secs(2));
    let (session, address) = (sim.sessions[viewer].clone(), sim.clients[viewer].address);
    sim.command(Command::Leave { room: ROOM, session }).expect("it is there");
    let serial = *sim.gone.last().expect("the handshake thread was told");
    for sent in [1, 0] {
        let close = HandshakeNews::Transmit(vec![21, 0xfe, 0xfd]);
        sim.rooms.handle(sim.now, Input::Handshake(serial, close));
        let runs: Vec<_> = sim.rooms.outbox().runs().map(|run| (run.to, run.bytes.len())).collect();
        assert_eq!(runs, vec![(address, 3); sent]);
        sim.rooms.outbox().clear();
        sim.rooms.handle(sim.now, Input::Handshake(serial, HandshakeNews::Closed));
        assert_eq!(sim.rooms.farewells(), 0);
    }
}

#[test]
fn strangers_get_nothing_and_cost_nothing() {
    let mut sim = Sim::seeded(17);
    sim.publisher("main", 1, Shape::H264);
    sim.run(secs(1));
    let entries = sim.rooms.entries();
    let stranger = "127.9.9.9:4".parse().expect("an address");
    for _ in 0..10_000 {
        let len = 1 + sim.draw(200) as usize;
        let mut bytes: Vec<u8> = (0..len).map(|_| sim.draw(256) as u8).collect();
        sim.inject(stranger, &mut bytes);
    }
    assert_eq!(sim.rooms.entries(), entries);
    assert!(sim.figures().datagrams_refused >= 10_000);
}

#[test]
fn hostile_bytes_from_an_authentic_address_harm_only_the_counters() {
    let mut sim = Sim::seeded(18);
    let main = sim.publisher("main", 1, Shape::H264);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.stage(Some("main"));
    sim.run(secs(1));
    for from in [main, viewer] {
        let address = sim.clients[from].address;
        for round in 0..5_000u64 {
            let len = 1 + sim.draw(100) as usize;
            let mut bytes: Vec<u8> = (0..len).map(|_| sim.draw(256) as u8).collect();
            bytes[0] = [0x80, 0x81, 0x90, 0xb0, 0x01, 0x16][(round % 6) as usize];
            sim.inject(address, &mut bytes);
        }
    }
    sim.run(secs(2));
    let viewing = sim.clients[viewer].viewing();
    let shown = viewing.players[&viewing.ssrc(0)].play();
    assert!(shown.broken == 0 && shown.frames > 60, "{shown:?}");
}

#[test]
fn another_participants_address_cannot_be_taken_over() {
    let mut sim = Sim::seeded(19);
    sim.publisher("main", 1, Shape::H264);
    let victim = sim.viewer("victim", 1, 1, false);
    let thief = sim.viewer("thief", 1, 1, false);
    sim.stage(Some("main"));
    sim.run(secs(1));
    let mut check = sim.clients[thief].check();
    let from = sim.clients[victim].address;
    sim.inject(from, &mut check);
    sim.run(secs(1));
    let viewing = sim.clients[victim].viewing();
    assert!(viewing.players[&viewing.ssrc(0)].play().frames > 40);
}

#[test]
fn a_closed_room_leaves_nothing() {
    let mut sim = Sim::seeded(20);
    sim.publisher("main", 1, Shape::H264);
    sim.viewer("wall", 2, 2, false);
    sim.stage(Some("main"));
    sim.run(ms(500));
    sim.command(Command::CloseRoom { room: ROOM }).expect("it is open");
    assert_eq!(sim.rooms.entries(), 0);
    assert!(sim.figures().rooms.is_empty());
    assert_eq!(reasons(&sim), [GoneReason::RoomClosed, GoneReason::RoomClosed]);
}
