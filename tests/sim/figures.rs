//! What the relay says of itself: how long it keeps what it forwards, which pictures froze, and its flight recorder.

use crate::{
    media::Shape,
    seeds::seeds,
    sim::{Link, ROOM, Sim, ms, secs},
};
use std::time::Duration;
use yunling::relay::{
    command::{Command, Done, Want},
    delay::BOUNDS_US,
    figures::KeyFrameReason,
    flight::{FlightRecord, Happened, LENGTH},
};

#[test]
fn each_copy_is_counted_once_and_as_late_as_it_was() {
    for gathering in [Duration::ZERO, ms(4)] {
        let mut sim = Sim::seeded(71);
        sim.rooms.set_gathering(gathering);
        // Its packets come one after another: what ends a picture waits for nothing.
        let main = sim.publisher_with("main", 1, Some(Shape::H264), true, |camera| camera.pieces = 5);
        sim.link(main, Link { jitter: ms(2), ..Link::default() });
        for number in 0..3 {
            sim.viewer(&format!("wall{number}"), 1, 1, true);
        }
        sim.stage(Some("main"));
        sim.run(secs(5));
        let figures = sim.figures();
        let room = &figures.rooms[0];
        let copies: u64 = room.publications.iter().map(|known| known.delays.count()).sum();
        assert_eq!(figures.delays.count(), copies, "the whole is the sum of its parts");
        let packets: u64 = room.publications.iter().map(|known| known.packets).sum();
        let missing = (packets * 3).saturating_sub(copies);
        // What came before a slot began, and what a slot began with.
        assert!(copies <= packets * 3 && missing < packets / 5, "{copies} copies of {packets} packets");
        let worst = figures.delays.quantile(1.0).expect("something was forwarded");
        let bound = Duration::from_micros(BOUNDS_US[if gathering.is_zero() { 0 } else { 6 }]);
        assert!(worst <= bound, "{worst:?} with a gathering of {gathering:?}");
        assert_eq!(figures.delays.sum_us > 0, !gathering.is_zero());
    }
}

#[test]
fn a_picture_that_has_come_whole_is_forwarded_at_once_by_a_busy_worker_too() {
    let mut sim = Sim::seeded(72);
    sim.rooms.set_gathering(ms(4));
    sim.publisher_with("main", 1, Some(Shape::H264), true, |camera| camera.pieces = 5);
    sim.viewer("wall", 1, 1, true);
    sim.stage(Some("main"));
    sim.run(secs(3));
    let delays = sim.figures().delays;
    assert!(delays.count() > 300, "{}", delays.count());
    assert_eq!(delays.sum_us, 0);
}

/// How often a viewer's first slot froze, and for how long in all.
fn frozen(sim: &mut Sim) -> (u32, u64) {
    let figures = sim.figures();
    let slot = figures.rooms[0].peers.last().map(|peer| peer.slots[0].clone()).expect("a slot");
    (slot.freezes, slot.frozen_ms)
}

#[test]
fn a_picture_that_stops_on_its_way_froze_and_one_that_was_put_away_did_not() {
    for seed in seeds(5) {
        let mut sim = Sim::seeded(seed);
        let camera = sim.publisher("main", 1, Shape::H264);
        let viewer = sim.viewer("wall", 1, 1, true);
        sim.stage(Some("main"));
        sim.run(secs(4));
        assert_eq!(frozen(&mut sim), (0, 0), "seed {seed}");

        sim.link(camera, Link { loss: 1.0, ..Link::default() });
        sim.run(ms(700));
        sim.link(camera, Link::default());
        sim.run(secs(4));
        let (count, ms_lost) = frozen(&mut sim);
        assert!((1..=2).contains(&count) && (650..2500).contains(&ms_lost), "seed {seed}: {count} in {ms_lost} ms");

        sim.wish(viewer, "v0", Want::Nothing);
        sim.run(secs(3));
        sim.wish(viewer, "v0", Want::Programme);
        sim.run(secs(4));
        assert_eq!(frozen(&mut sim), (count, ms_lost), "seed {seed}: nobody wanted a picture");
        sim.stage(None);
        sim.run(secs(3));
        sim.stage(Some("main"));
        sim.run(secs(4));
        assert_eq!(frozen(&mut sim), (count, ms_lost), "seed {seed}: the slate was shown");
    }
}

fn flight(sim: &mut Sim) -> FlightRecord {
    match sim.command(Command::Flight { room: ROOM }) {
        Ok(Done::Flight(record)) => *record,
        other => panic!("no record: {other:?}"),
    }
}

#[test]
fn the_flight_recorder_has_the_last_thirty_seconds() {
    let mut sim = Sim::seeded(72);
    sim.publisher("main", 1, Shape::H264);
    let first = sim.viewer("wall", 1, 1, true);
    sim.stage(Some("main"));
    sim.run(secs(2));
    let begun = flight(&mut sim);
    let happened =
        |record: &FlightRecord, is: fn(&Happened) -> bool| record.events.iter().filter(|it| is(&it.of)).count();
    assert_eq!(happened(&begun, |it| matches!(it, Happened::Joined { .. })), 2);
    assert_eq!(happened(&begun, |it| matches!(it, Happened::Connected { .. })), 2);
    assert_eq!(happened(&begun, |it| matches!(it, Happened::Stage { stage } if stage.on_air.is_some())), 1);
    let slots = happened(&begun, |it| matches!(it, Happened::Slot { size: Some(_), .. }));
    assert_eq!(slots, 1, "{:?}", begun.events);
    let key_frames = happened(&begun, |it| matches!(it, Happened::KeyFrame { .. }));
    assert!(key_frames > 0);

    sim.run(secs(40));
    let session = sim.sessions[first].clone();
    sim.command(Command::Leave { room: ROOM, session }).expect("it is there");
    sim.run(secs(1));
    let later = flight(&mut sim);
    assert_eq!(happened(&later, |it| matches!(it, Happened::Joined { .. })), 0, "that was before");
    assert_eq!(happened(&later, |it| matches!(it, Happened::Gone { .. })), 1);
    let gone: Vec<_> = later.peers.iter().map(|peer| (peer.gone, peer.samples.len())).collect();
    assert_eq!(gone.len(), 2);
    assert!(gone[0].0 && !gone[1].0, "{gone:?}");
    for peer in &later.peers {
        assert!((55..=62).contains(&peer.samples.len()), "{gone:?}");
        assert!(peer.samples.iter().all(|sample| (-(LENGTH.as_millis() as i64)..=0).contains(&sample.ms)));
        let bytes = peer.samples.iter().map(|sample| sample.of.bytes.0 + sample.of.bytes.1);
        assert!(bytes.is_sorted(), "they count");
    }
    assert_eq!(later.streams.len(), 2);
    assert_eq!(later.events_lost, 0);
}

#[test]
fn a_request_for_a_key_frame_says_what_for_and_for_whom() {
    let mut sim = Sim::seeded(73);
    sim.publisher_with("main", 1, Some(Shape::H264), true, |camera| camera.key_every = 1_000_000);
    sim.stage(Some("main"));
    sim.run(secs(5));
    sim.viewer("wall", 1, 1, true);
    sim.run(secs(3));
    let figures = sim.figures();
    let asked = figures.rooms[0].publications[0].key_frame_requests;
    assert!(asked.beginning >= 1, "{asked:?}");
    assert_eq!(asked.overflow + asked.loss + asked.recording, 0, "{asked:?}");
    let record = flight(&mut sim);
    let viewer = record.peers.iter().find(|peer| !peer.samples.is_empty() && peer.participant.as_str() == "wall");
    let viewer = viewer.expect("it is there").peer;
    let causes = record.events.iter().filter_map(|event| match event.of {
        Happened::KeyFrameAsked { reason, peer, .. } => Some((reason, peer)),
        _ => None,
    });
    assert!(causes.clone().any(|cause| cause == (KeyFrameReason::Beginning, Some(viewer))), "{:?}", record.events);
    assert_eq!(causes.count() as u64, asked.total());
}
