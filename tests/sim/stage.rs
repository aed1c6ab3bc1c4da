//! What the stage and the viewers' wishes make of slots.

use crate::{
    media::{Player, Shape},
    sim::{ROOM, Sim, ms, participant, secs},
};
use yunling::{
    id::PublicationId,
    relay::{
        command::{Command, GoneReason, RoomEvent, SlotContent, Want},
        stage::{Heard, Stage},
    },
};

fn shown(sim: &mut Sim, client: usize, number: usize) -> crate::media::Shown {
    let viewing = sim.clients[client].viewing();
    let ssrc = viewing.ssrc(number);
    viewing.players.get(&ssrc).map(Player::play).unwrap_or_default()
}

#[test]
fn a_plain_player_gets_the_programme_from_its_key_frame_on() {
    let mut sim = Sim::seeded(1);
    sim.publisher("main", 1, Shape::H264);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.stage(Some("main"));
    sim.run(secs(5));
    let shown = shown(&mut sim, viewer, 0);
    assert_eq!((shown.broken, shown.changes), (0, 1));
    assert!(shown.frames > 100, "{shown:?}");
    let viewing = sim.clients[viewer].viewing();
    assert!(viewing.packets[&viewing.ssrc(1)] > 200, "sound flows too");
}

#[test]
fn a_switch_keeps_the_old_picture_until_the_new_key_frame_is_here() {
    let mut sim = Sim::seeded(2);
    sim.publisher("one", 1, Shape::H264);
    sim.publisher("two", 2, Shape::Vp8);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.stage(Some("one"));
    sim.run(secs(3));
    sim.stage(Some("two"));
    sim.run(secs(3));
    let shown = shown(&mut sim, viewer, 0);
    assert_eq!((shown.changes, shown.broken, shown.slates), (2, 0, 0), "{shown:?}");
    assert_eq!(sim.contents(viewer)[0], SlotContent::Live(PublicationId(3)));
}

#[test]
fn without_a_key_frame_the_slate_cuts_in_after_a_second() {
    let mut sim = Sim::seeded(3);
    sim.publisher("one", 1, Shape::H264);
    let deaf = sim.publisher_with("two", 2, Some(Shape::H264), false, |camera| camera.key_every = 1_000_000);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.stage(Some("one"));
    sim.run(secs(3));
    // Requests don't reach this camera, and its next key frame is far off.
    sim.link(deaf, crate::sim::Link { delay: secs(20), ..crate::sim::Link::default() });
    sim.stage(Some("two"));
    let one = sim.run_until(secs(2), |sim| sim.contents(viewer)[0] == SlotContent::Slate);
    assert!(one >= ms(900), "the old picture stood for a second, not {one:?}");
    assert!(shown(&mut sim, viewer, 0).frames > 60);
}

#[test]
fn a_removed_venue_is_gone_with_the_next_packet() {
    let mut sim = Sim::seeded(4);
    let main = sim.publisher("main", 1, Shape::H264);
    let viewer = sim.viewer("wall", 1, 1, false);
    sim.stage(Some("main"));
    sim.run(secs(2));
    let session = sim.sessions[main].clone();
    sim.command(Command::Remove { room: ROOM, session: session.clone() }).expect("it is there");
    assert_eq!(sim.contents(viewer)[0], SlotContent::Slate, "in the same step");
    let told = RoomEvent::PeerGone { room: ROOM, session, reason: GoneReason::Removed };
    assert!(sim.events.contains(&told), "{:?}", sim.events);
    sim.run(secs(3));
    let after = shown(&mut sim, viewer, 0);
    assert!(after.slates >= 3, "the slate is repeated: {after:?}");
}

#[test]
fn a_closed_microphone_is_closed_in_the_relay() {
    let mut sim = Sim::seeded(5);
    sim.publisher("main", 1, Shape::H264);
    sim.publisher("branch", 2, Shape::H264);
    let viewer = sim.viewer("wall", 2, 2, false);
    sim.stage(Some("main"));
    sim.run(secs(2));
    let sound = sim.clients[viewer].viewing().ssrc(3);
    assert!(sim.clients[viewer].viewing().packets[&sound] > 50, "the branch is heard");
    let heard = Heard::Only(vec![participant("main")]);
    sim.command(Command::SetStage { room: ROOM, stage: Stage { on_air: Some(participant("main")), heard } })
        .expect("it is there");
    sim.run(ms(20));
    let before = sim.clients[viewer].viewing().packets[&sound];
    sim.run(secs(2));
    let viewing = sim.clients[viewer].viewing();
    assert_eq!(viewing.packets[&sound], before, "not a packet more");
    let programme = viewing.ssrc(2);
    assert!(viewing.packets[&programme] > 150, "the programme's sound goes on");
}

#[test]
fn nobody_hears_themselves() {
    let mut sim = Sim::seeded(6);
    sim.publisher("main", 1, Shape::H264);
    let own = sim.viewer("main", 1, 3, false);
    sim.stage(Some("main"));
    sim.run(secs(2));
    let viewing = sim.clients[own].viewing();
    let heard: u64 = (1..4).map(|slot| viewing.packets.get(&viewing.ssrc(slot)).copied().unwrap_or(0)).sum();
    assert_eq!(heard, 0);
    assert!(viewing.packets[&viewing.ssrc(0)] > 50, "the programme picture is for everybody");
}

#[test]
fn others_fill_the_tiles_and_stay_where_they_are() {
    let mut sim = Sim::seeded(7);
    sim.publisher("main", 1, Shape::H264);
    let first = sim.publisher("first", 2, Shape::H264);
    sim.publisher("second", 3, Shape::Vp8);
    let viewer = sim.viewer("desk", 3, 1, false);
    sim.stage(Some("main"));
    sim.run(secs(3));
    let (one, two) = (SlotContent::Live(PublicationId(3)), SlotContent::Live(PublicationId(5)));
    let before = sim.contents(viewer)[1..3].to_vec();
    assert!(before == [one, two] || before == [two, one], "{before:?}");
    let session = sim.sessions[first].clone();
    sim.command(Command::Leave { room: ROOM, session }).expect("it is there");
    sim.run(secs(1));
    let left: Vec<_> = before.iter().map(|&tile| if tile == one { SlotContent::Nothing } else { tile }).collect();
    assert_eq!(sim.contents(viewer)[1..3], left);
    sim.wish(viewer, "v0", Want::Publication(PublicationId(5)));
    sim.run(secs(2));
    let after = sim.contents(viewer);
    assert_eq!(after[0], two, "the wish is granted");
    assert!(!after[1..3].contains(&two), "and the picture is not shown twice: {after:?}");
}

#[test]
fn lost_packets_come_again_as_retransmissions() {
    let mut sim = Sim::seeded(8);
    sim.publisher("main", 1, Shape::H264);
    let repaired = sim.viewer("repaired", 1, 1, true);
    let bare = sim.viewer("bare", 1, 1, false);
    sim.stage(Some("main"));
    for viewer in [repaired, bare] {
        sim.link(viewer, crate::sim::Link { loss: 0.03, ..crate::sim::Link::default() });
    }
    sim.run(secs(20));
    let (with, without) = (shown(&mut sim, repaired, 0), shown(&mut sim, bare, 0));
    assert!(sim.clients[repaired].viewing().repaired > 20);
    assert!(with.broken * 10 < without.broken, "{with:?} against {without:?}");
}

#[test]
fn a_source_hears_of_key_frames_once_a_second_whatever_the_number_of_viewers() {
    let mut sim = Sim::seeded(9);
    let main = sim.publisher_with("main", 1, Some(Shape::H264), true, |camera| camera.key_every = 1_000_000);
    let viewers: Vec<usize> = (0..5).map(|number| sim.viewer(&format!("v{number}"), 1, 1, false)).collect();
    sim.stage(Some("main"));
    sim.run(secs(1));
    let before = sim.clients[main].publishing().key_requests;
    for _ in 0..100 {
        for &viewer in &viewers {
            let client = &mut sim.clients[viewer];
            let ssrc = client.viewing().ssrc(0);
            let mut srtcp =
                std::mem::replace(&mut client.srtcp, yunling::relay::transport::srtcp::Srtcp::new(&spare()));
            let mut datagram = client.viewing().ask_key_frame(ssrc, &mut srtcp);
            client.srtcp = srtcp;
            let from = client.address;
            sim.inject(from, &mut datagram);
        }
        sim.run(ms(100));
    }
    let asked = sim.clients[main].publishing().key_requests - before;
    assert!((8..=11).contains(&asked), "{asked} requests in ten seconds");
}

fn spare() -> yunling::relay::transport::srtp::SrtpKeys {
    yunling::relay::transport::srtp::SrtpKeys::from_exporter(
        yunling::relay::transport::srtp::Profile::AeadAes128Gcm,
        &[0; 56],
        false,
    )
}
