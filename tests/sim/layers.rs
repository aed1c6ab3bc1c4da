//! Pictures that are sent in several layers: which of them a slot carries, and that no change of it is seen.

use crate::{
    client::Publishing,
    media::{LAYERED, Pattern, Player, Shape},
    seeds::seeds,
    sim::{Link, Sim, ms, secs},
};
use yunling::relay::{command::SlotContent, command::Want};

/// Bytes of a packet of each layer: with three packets a frame 90, 300 and 900 kb/s.
const SIZES: [usize; 3] = [150, 500, 1500 - 80];

const SMALL: u32 = 320 * 180;
const MIDDLE: u32 = 640 * 360;
const LARGE: u32 = 1280 * 720;

fn player(sim: &mut Sim, viewer: usize) -> &Player {
    let viewing = sim.clients[viewer].viewing();
    let ssrc = viewing.ssrc(0);
    viewing.players.get(&ssrc).expect("something was shown")
}

/// Rank of the layer whose frame was shown last.
fn rank(sim: &mut Sim, viewer: usize) -> u16 {
    let frames = player(sim, viewer).frames();
    let (tag, ..) = frames.last().expect("a frame was shown");
    (tag.source - LAYERED) % 10
}

#[test]
fn a_slot_carries_the_layer_that_fills_its_place() {
    for (seed, shape) in [(71, Shape::H264), (72, Shape::Vp8)] {
        let mut sim = Sim::seeded(seed);
        let camera = sim.layered("main", LAYERED, shape, SIZES);
        sim.clients[camera].publishing().key_every = 1_000_000;
        let viewer = sim.viewer("wall", 1, 0, true);
        sim.stage(Some("main"));
        sim.run(secs(1));
        for (pixels, expect) in [(None, 2), (Some(SMALL), 0), (Some(MIDDLE), 1), (Some(LARGE), 2), (Some(MIDDLE), 1)] {
            sim.wish_pixels(viewer, "v0", Want::Programme, pixels);
            let waited = sim.run_until(secs(1), |sim| rank(sim, viewer) == expect);
            assert!(waited <= ms(100), "seed {seed}: {pixels:?} after {waited:?}");
            sim.run(secs(1));
        }
        let player = player(&mut sim, viewer);
        let (shown, gaps) = (player.play(), player.gaps());
        assert_eq!((shown.broken, shown.slates), (0, 0), "seed {seed}: {shown:?}");
        // Four, and layer after layer as they came alive.
        assert!((5..=7).contains(&shown.changes), "seed {seed}: {shown:?}");
        // The picture never stands for longer than a frame, and what a key frame's way takes.
        assert!(gaps[gaps.len() - 1] <= ms(60), "seed {seed}: {:?}", gaps[gaps.len() - 1]);
    }
}

#[test]
fn a_layer_that_ends_is_replaced_by_the_next_without_a_slate() {
    let mut sim = Sim::seeded(73);
    let camera = sim.layered("main", LAYERED, Shape::H264, SIZES);
    let viewer = sim.viewer("wall", 1, 0, true);
    sim.stage(Some("main"));
    sim.run(secs(2));
    assert_eq!(rank(&mut sim, viewer), 2);
    // A browser whose way became narrow leaves out the largest.
    sim.clients[camera].publishing().layers[2].active = false;
    let waited = sim.run_until(secs(2), |sim| rank(sim, viewer) == 1);
    assert!(waited <= ms(1000), "{waited:?}");
    sim.run(secs(1));
    sim.clients[camera].publishing().layers[2].active = true;
    let back = sim.run_until(secs(2), |sim| rank(sim, viewer) == 2);
    assert!(back <= ms(200), "{back:?}");
    let shown = player(&mut sim, viewer).play();
    assert_eq!((shown.slates, shown.broken), (0, 0), "{shown:?}");
}

#[test]
fn a_viewer_behind_a_narrow_line_gets_a_smaller_picture_instead_of_none() {
    let mut sim = Sim::seeded(74);
    let camera = sim.layered("main", LAYERED, Shape::H264, [150, 600, 1400]);
    sim.clients[camera].publishing().pieces = 6;
    sim.stage(Some("main"));
    let (wide, narrow) = (sim.line(8000, 200), sim.line(1000, 200));
    let (rich, poor) = (sim.viewer_over("rich", 1, 0, Some(wide)), sim.viewer_over("poor", 1, 0, Some(narrow)));
    sim.run(secs(12));
    assert_eq!((rank(&mut sim, rich), rank(&mut sim, poor)), (2, 1));
    let held = |sim: &Sim| matches!(sim.contents(poor)[0], SlotContent::NoBandwidth(_));
    assert!(!held(&sim));
    let before = player(&mut sim, poor).play();
    sim.run(secs(10));
    let after = player(&mut sim, poor).play();
    println!(
        "ten seconds over 1 Mb/s: {} frames, {} broken",
        after.frames - before.frames,
        after.broken - before.broken
    );
    assert!(after.frames - before.frames >= 240 && after.broken == before.broken, "{before:?} {after:?}");
    assert!(!held(&sim));
}

#[test]
fn layers_that_nobody_needs_are_not_sent() {
    let mut sim = Sim::seeded(75);
    let camera = sim.layered("main", LAYERED, Shape::H264, SIZES);
    sim.stage(Some("main"));
    sim.run_obeying(camera, secs(8));
    assert_eq!(sim.wanted_layers(camera), ["l"], "the smallest stands by");
    let viewer = sim.viewer("wall", 1, 0, true);
    sim.run_obeying(camera, ms(500));
    assert_eq!(sim.wanted_layers(camera), ["l", "h"]);
    assert_eq!(rank(&mut sim, viewer), 2, "it came when it was needed");
    sim.wish_pixels(viewer, "v0", Want::Programme, Some(MIDDLE));
    sim.run_obeying(camera, secs(7));
    assert_eq!(sim.wanted_layers(camera), ["l", "m"]);
    let shown = player(&mut sim, viewer).play();
    assert_eq!((rank(&mut sim, viewer), shown.slates, shown.broken), (1, 0, 0), "{shown:?}");
    sim.command(yunling::relay::command::Command::StartTap {
        room: crate::sim::ROOM,
        secret: [1; 16],
        cameras: Vec::new(),
    })
    .expect("starts");
    sim.run_obeying(camera, ms(200));
    assert_eq!(sim.wanted_layers(camera), ["l", "m", "h"], "a recording takes the largest");
}

#[test]
fn lost_packets_of_every_layer_come_again() {
    let mut sim = Sim::seeded(76);
    let camera = sim.layered("main", LAYERED, Shape::Vp8, SIZES);
    sim.link(camera, Link { delay: ms(20), loss: 0.05, ..Link::default() });
    let viewers: Vec<usize> = [SMALL, MIDDLE, LARGE]
        .into_iter()
        .map(|pixels| {
            let viewer = sim.viewer(&format!("v{pixels}"), 1, 0, true);
            sim.wish_pixels(viewer, "v0", Want::Programme, Some(pixels));
            viewer
        })
        .collect();
    sim.stage(Some("main"));
    sim.run(secs(30));
    for viewer in viewers {
        let shown = player(&mut sim, viewer).play();
        assert!(shown.frames > 650 && shown.broken <= 5, "{shown:?}");
    }
    let publication = sim.figures().rooms[0].publications[0].clone();
    assert!(publication.repaired > 200 && publication.lost < 20, "{publication:?}");
}

/// Three layered cameras and a plain one; three viewers whose places change, layers that come and go.
fn changes(seed: u64, count: u64) -> u64 {
    let mut sim = Sim::seeded(seed);
    // As a busy worker does.
    sim.rooms.set_gathering(ms(5 * (seed % 2)));
    let names = ["one", "two", "three", "plain"];
    let mut cameras: Vec<usize> = (0..3)
        .map(|number| {
            let shape = if number % 2 == 0 { Shape::H264 } else { Shape::Vp8 };
            sim.layered(names[number], LAYERED + 10 * number as u16, shape, [90, 100, 110])
        })
        .collect();
    cameras.push(sim.publisher_with("plain", 4, Some(Shape::H264), false, |_| {}));
    for &camera in &cameras {
        let jitter = ms(sim.draw(4));
        sim.link(camera, Link { delay: ms(5), jitter, loss: 0.0 });
        let publishing = sim.clients[camera].publishing();
        (publishing.key_every, publishing.pieces) = (3, 2);
    }
    let viewers =
        [sim.viewer("plain-player", 1, 0, false), sim.viewer("page", 1, 0, true), sim.viewer("tiles", 3, 0, true)];
    for viewer in viewers {
        sim.link(viewer, Link { delay: ms(4), jitter: ms(9), loss: 0.0 });
    }
    sim.run(secs(1));
    for change in 0..count {
        if sim.draw(3) == 0 {
            let next = names[sim.draw(4) as usize];
            sim.stage(Some(next));
        }
        let viewer = viewers[sim.draw(3) as usize];
        let pixels = [None, Some(SMALL), Some(MIDDLE), Some(LARGE)][sim.draw(4) as usize];
        sim.wish_pixels(viewer, "v0", Want::Programme, pixels);
        if change % 20 == 7 {
            let (camera, rank) = (cameras[sim.draw(3) as usize], sim.draw(3) as usize);
            let layer = &mut sim.clients[camera].publishing().layers[rank];
            layer.active = !layer.active;
        }
        let pause = ms(20 + sim.draw(130));
        sim.run(pause);
    }
    sim.run(ms(200));
    let mut seen = 0;
    for viewer in viewers {
        for shown in sim.clients[viewer].viewing().players.values().map(Player::play) {
            // A frame whose last packets were overtaken by the change can't be shown; nothing else may be lost.
            assert!(shown.broken <= shown.changes, "seed {seed}: {shown:?}");
            seen += shown.changes;
        }
    }
    seen
}

#[test]
fn ten_thousand_changes_of_layer_and_source_neither_repeat_nor_step_back() {
    let seen: u64 = seeds(10).into_iter().map(|seed| changes(seed, 1000)).sum();
    println!("{seen} changes reached a picture");
    assert!(seen > 10_000, "only {seen} changes reached a picture");
}

/// A camera of VP8 in three temporal layers: six packets a frame, 25 frames, 1.4 Mb/s.
fn temporal_camera(publishing: &mut Publishing) {
    publishing.temporal = Some(Pattern::default());
    publishing.key_every = 1_000_000;
    (publishing.pieces, publishing.size) = (6, 1150);
}

#[test]
fn a_viewer_behind_a_narrow_line_gets_fewer_frames_before_none() {
    let mut all = Vec::new();
    for seed in seeds(3) {
        let mut sim = Sim::seeded(seed);
        let camera = sim.publisher_with("camera", 1, Some(Shape::Vp8), false, temporal_camera);
        sim.stage(Some("camera"));
        let (wide, narrow) = (sim.line(8000, 200), sim.line(1000, 200));
        let (rich, poor) = (sim.viewer_over("rich", 1, 0, Some(wide)), sim.viewer_over("poor", 1, 0, Some(narrow)));
        sim.run(secs(10));
        let before = [rich, poor].map(|viewer| player(&mut sim, viewer).play());
        sim.run(secs(20));
        let after = [rich, poor].map(|viewer| player(&mut sim, viewer).play());
        let shown = [0, 1].map(|at| after[at].frames - before[at].frames);
        all.push((seed, shown));
        assert!((495..=505).contains(&shown[0]), "seed {seed}: {shown:?}");
        assert!(shown[1] >= 120 && shown[1] < 450, "seed {seed}: a quarter or a half of them: {shown:?}");
        let broken = [0, 1].map(|at| after[at].broken - before[at].broken);
        assert_eq!(broken, [0, 0], "seed {seed}");
        assert!(sim.clients[camera].publishing().key_requests <= 3, "seed {seed}: fewer frames need no key frame");
        let gap = *player(&mut sim, poor).gaps().last().expect("frames");
        assert!(gap <= ms(1500), "seed {seed}: it never stood for long: {gap:?}");
    }
    println!("frames of 500 over 8 and 1 Mb/s: {all:?}");
}

#[test]
fn frames_left_out_and_put_in_again_at_random_are_never_missed() {
    for seed in seeds(3) {
        let mut sim = Sim::seeded(seed);
        sim.publisher_with("camera", 1, Some(Shape::Vp8), false, temporal_camera);
        sim.stage(Some("camera"));
        let line = sim.line(8000, 200);
        let viewer = sim.viewer_over("viewer", 1, 0, Some(line));
        for _ in 0..40 {
            let narrow = 600 + sim.draw(800);
            let kbps = if sim.draw(2) == 0 { 8000 } else { narrow };
            sim.lines[line].rate = kbps as f64 * 1000.0;
            let for_so_long = secs(1) + ms(sim.draw(2000));
            sim.run(for_so_long);
        }
        let shown = player(&mut sim, viewer).play();
        println!("seed {seed}: {shown:?}");
        assert!(shown.frames > 500, "seed {seed}: {shown:?}");
    }
}
