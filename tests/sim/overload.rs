//! A worker that falls behind: what it does without, in which order, and that it comes back.

use crate::{
    media::Shape,
    network::Bottleneck,
    sim::{Sim, ms, secs},
};
use std::time::Duration;
use yunling::relay::{
    command::{RoomEvent, SlotContent},
    shed::Level,
};

const VIEWERS: usize = 3;
const TILES: u16 = 8;

/// A main venue and eight others, in three layers each, and a voice; everybody looks at all of them.
fn wall(seed: u64) -> (Sim, Vec<usize>) {
    let mut sim = Sim::seeded(seed);
    sim.layered("main", 10, Shape::H264, [150, 400, 1100]);
    for tile in 0..TILES {
        sim.layered(&format!("tile{tile}"), 20 + 10 * tile, Shape::H264, [150, 400, 1100]);
    }
    sim.publisher_with("voice", 200, None, true, |_| {});
    sim.stage(Some("main"));
    let viewers = (0..VIEWERS).map(|number| sim.viewer(&format!("wall{number}"), 1 + usize::from(TILES), 2, true));
    let viewers = viewers.collect();
    (sim, viewers)
}

/// How far the worker's machine is behind.
fn lag(sim: &Sim) -> Duration {
    sim.machine.map_or(Duration::ZERO, |(_, until)| until.saturating_duration_since(sim.now))
}

fn shows(sim: &Sim, viewers: &[usize]) -> (usize, usize) {
    let live = |content: &&SlotContent| matches!(content, SlotContent::Live(_));
    let contents = viewers.iter().map(|&viewer| sim.contents(viewer));
    contents.fold((0, 0), |(main, tiles), all| {
        (main + all[..1].iter().filter(live).count(), tiles + all[1..=usize::from(TILES)].iter().filter(live).count())
    })
}

#[test]
fn a_worker_that_falls_behind_sheds_what_matters_least_and_never_sound() {
    // Nanoseconds a byte: what it can send falls from half of all to a tenth.
    for (nanos, least, most) in [
        (700, Level::TileLayers, Level::Tiles),
        (1800, Level::Tiles, Level::MainLayers),
        (6000, Level::MainLayers, Level::MainLayers),
    ] {
        let (mut sim, viewers) = wall(81);
        sim.run(secs(4));
        assert_eq!(shows(&sim, &viewers), (VIEWERS, VIEWERS * usize::from(TILES)));
        assert_eq!(sim.figures().shed, Level::Nothing);
        let heard = |sim: &mut Sim| {
            let packets = |&viewer: &usize| {
                let viewing = sim.clients[viewer].viewing();
                // The first slot of sound is the programme's, which has none.
                let sound = viewing.ssrc(2 + usize::from(TILES));
                viewing.packets[&sound]
            };
            viewers.iter().map(packets).collect::<Vec<_>>()
        };
        let before = heard(&mut sim);
        sim.events.clear();
        sim.machine = Some((nanos, sim.now));
        sim.run(secs(8));
        let level = sim.figures().shed;
        assert!((least..=most).contains(&level), "{nanos} ns a byte: {level:?}");
        assert!(lag(&sim) < ms(50), "{nanos} ns a byte: {:?} behind at {level:?}", lag(&sim));
        let lost_main = sim.events.iter().any(|event| match event {
            RoomEvent::Slots { slots, .. } => !matches!(slots[0].content, SlotContent::Live(_)),
            _ => false,
        });
        assert!(!lost_main, "the picture on air went on at {nanos} ns a byte");
        for (before, after) in before.iter().zip(heard(&mut sim)) {
            assert!(after - before >= 395, "{} of 400 packets of sound at {nanos} ns a byte", after - before);
        }
    }
}

#[test]
fn a_picture_on_air_comes_back_over_a_line_that_bears_it_again_although_the_worker_is_behind() {
    let (mut sim, _) = wall(83);
    sim.publisher_with("plain", 300, Some(Shape::H264), true, |camera| {
        (camera.size, camera.pieces, camera.key_every) = (1000, 4, u32::MAX);
    });
    sim.stage(Some("plain"));
    sim.run(secs(3));
    let line = sim.line(250, 300);
    let viewer = sim.viewer_over("screen", 1, 1, Some(line));
    let held = |sim: &Sim| matches!(sim.contents(viewer).first(), Some(SlotContent::NoBandwidth(_)));
    sim.run_until(secs(6), |sim| held(sim));
    sim.machine = Some((700, sim.now));
    sim.run(secs(6));
    assert!(sim.figures().shed >= Level::Probes && held(&sim));
    sim.lines[line] = Bottleneck::new(100_000, 100);
    sim.run_until(secs(10), |sim| matches!(sim.contents(viewer)[0], SlotContent::Live(_)));
    assert!(sim.figures().shed >= Level::Probes, "it is still behind");
}

#[test]
fn what_was_shed_comes_back_when_the_worker_keeps_up() {
    let (mut sim, viewers) = wall(82);
    sim.run(secs(3));
    sim.machine = Some((1800, sim.now));
    sim.run(secs(5));
    assert!(sim.figures().shed >= Level::Tiles);
    assert_eq!(shows(&sim, &viewers).1, 0, "tiles are put away");
    let figures = sim.figures();
    let viewer = figures.rooms[0].peers.last().expect("a viewer");
    assert!(viewer.slots[1].shed && viewer.slots[1].held_back, "and said to be, for the worker's sake");
    sim.machine = None;
    sim.run(secs(40));
    assert_eq!(sim.figures().shed, Level::Nothing);
    assert_eq!(shows(&sim, &viewers), (VIEWERS, VIEWERS * usize::from(TILES)));
}
