//! What viewers' ways bear, found out and kept to: over lines with a rate, a queue, losses and neighbours.

use crate::{
    client::Publishing,
    media::Shape,
    sim::{Link, Sim, ms, secs},
};
use std::time::Duration;
use yunling::{id::PublicationId, relay::command::SlotContent};

/// Half a round trip in these tests.
const DELAY: Duration = Duration::from_millis(20);

/// Bytes of a frame's piece.
const PIECE: usize = 1000;

/// Bits per second of one piece of that size in each of 25 frames a second, headers included, about.
const PIECE_BPS: u64 = 215_000;

/// A camera of about so many bits per second.
fn camera_of(bps: u64) -> impl Fn(&mut Publishing) {
    move |camera| {
        camera.size = PIECE;
        camera.pieces = (bps / PIECE_BPS).max(1) as u16;
        // Key frames only when asked for, as browsers do.
        camera.key_every = u32::MAX;
    }
}

/// A room whose tiles can fill any line of these tests: sixteen small cameras.
fn tiles(seed: u64) -> Sim {
    tiles_of(seed, PIECE)
}

/// The same with pictures of this many bytes.
fn tiles_of(seed: u64, size: usize) -> Sim {
    let mut sim = Sim::seeded(seed);
    for number in 1..=16u16 {
        sim.publisher_with(&format!("tile{number}"), number, Some(Shape::H264), false, |camera| {
            camera_of(PIECE_BPS)(camera);
            camera.size = size;
        });
    }
    sim.run(secs(3));
    sim
}

fn over(sim: &mut Sim, name: &str, slots: usize, line: usize, loss: f64) -> usize {
    let viewer = sim.viewer_over(name, slots, 1, Some(line));
    sim.link(viewer, Link { delay: DELAY, jitter: Duration::ZERO, loss });
    viewer
}

/// Runs for a while and gives the mean of the estimate in parts of `capacity`, and of what arrived.
fn use_of(sim: &mut Sim, viewer: usize, seconds: u64, capacity: f64) -> (f64, f64) {
    let before = sim.clients[viewer].viewing().bytes;
    let mut sum = 0.0;
    for _ in 0..seconds * 5 {
        sim.run(ms(200));
        sum += sim.bearable(viewer) as f64;
    }
    let arrived = (sim.clients[viewer].viewing().bytes - before) as f64 * 8.0 / seconds as f64;
    (sum / (seconds * 5) as f64 / capacity, arrived / capacity)
}

#[test]
fn the_estimate_rises_to_a_line_of_three_megabits_within_two_seconds_of_the_join() {
    // A picture that fills most of it, and nothing but a slide that hardly ever changes.
    for (seed, pieces, size) in [(61, 11, PIECE), (62, 1, 60)] {
        let mut sim = Sim::seeded(seed);
        sim.publisher_with("camera", 1, Some(Shape::H264), true, |camera| {
            (camera.pieces, camera.size) = (pieces, size);
        });
        sim.stage(Some("camera"));
        sim.run(secs(2));
        let line = sim.line(3000, 100);
        let viewer = over(&mut sim, "screen", 1, line, 0.0);
        let took = sim.run_until(secs(2), |sim| sim.bearable(viewer) >= 2_550_000);
        println!("seed {seed}: {took:?} to 85 % of 3 Mb/s");
        sim.run(secs(2) - took);
        let bearable = sim.bearable(viewer);
        assert!((2_400_000..4_500_000).contains(&bearable), "seed {seed}: {bearable} after two seconds");
        sim.run(secs(5));
        assert_eq!(sim.contents(viewer)[0], SlotContent::Live(PublicationId(1)), "seed {seed}");
        let shown = {
            let viewing = sim.clients[viewer].viewing();
            viewing.players[&viewing.ssrc(0)].play()
        };
        assert!(shown.frames > 150 && shown.broken <= 3, "seed {seed}: {shown:?}");
    }
}

#[test]
fn loss_at_random_does_not_keep_a_line_from_being_used() {
    for (seed, loss, least) in [(63, 0.05, 0.85), (64, 0.10, 0.60)] {
        let mut sim = tiles(seed);
        let line = sim.line(3000, 100);
        let viewer = over(&mut sim, "wall", 16, line, loss);
        sim.run(secs(5));
        let (estimate, arrived) = use_of(&mut sim, viewer, 40, 3e6);
        println!("seed {seed}: at {loss} loss the estimate is {estimate:.2} of the line, {arrived:.2} of it arrives");
        assert!(estimate >= least, "seed {seed}: {estimate:.2} of the line at {loss}");
        assert!(arrived >= least * 0.8, "seed {seed}: {arrived:.2} of the line arrives at {loss}");
    }
}

#[test]
fn a_short_queue_that_drops_at_its_tail_loses_two_per_cent_at_most() {
    let mut sim = tiles(65);
    let line = sim.line(3000, 20);
    let viewer = over(&mut sim, "wall", 16, line, 0.0);
    sim.run(secs(10));
    let (passed, dropped) = (sim.lines[line].passed, sim.lines[line].dropped);
    let (estimate, arrived) = use_of(&mut sim, viewer, 40, 3e6);
    let (passed, dropped) = (sim.lines[line].passed - passed, sim.lines[line].dropped - dropped);
    let lost = dropped as f64 / (passed + dropped) as f64;
    println!("{:.2} % lost, the estimate is {estimate:.2} of the line, {arrived:.2} of it arrives", lost * 100.0);
    assert!(lost <= 0.02, "{lost:.4}");
    assert!(arrived > 0.6, "{arrived:.2}");
}

#[test]
fn beside_a_tcp_flow_a_viewer_keeps_its_share() {
    for (seed, kbps) in [(66, 4000), (67, 3000)] {
        let mut sim = tiles(seed);
        let line = sim.line(kbps, 100);
        let viewer = over(&mut sim, "wall", 16, line, 0.0);
        sim.run(secs(3));
        let flow = sim.flow(line, DELAY * 2);
        sim.run(secs(30));
        let before = sim.flows[flow].2.delivered;
        let capacity = kbps as f64 * 1000.0;
        let (_, ours) = use_of(&mut sim, viewer, 60, capacity);
        let theirs = (sim.flows[flow].2.delivered - before) as f64 * 1200.0 * 8.0 / 60.0 / capacity;
        println!("seed {seed}: {ours:.2} of the line for the viewer, {theirs:.2} for TCP");
        assert!((0.25..=0.75).contains(&ours), "seed {seed}: {ours:.2} beside {theirs:.2}");
    }
}

#[test]
fn after_a_drop_to_a_fifth_queues_are_short_within_a_second() {
    for (seed, queue) in [(68, 500), (69, 2000)] {
        let mut sim = tiles(seed);
        let line = sim.line(3000, queue);
        let viewer = over(&mut sim, "wall", 16, line, 0.0);
        sim.run(secs(15));
        sim.lines[line].rate = 600_000.0;
        let mut peak = Duration::ZERO;
        for _ in 0..100 {
            sim.run(ms(10));
            peak = peak.max(sim.lines[line].delay());
        }
        let mut later = Duration::ZERO;
        for _ in 0..300 {
            sim.run(ms(10));
            later = later.max(sim.lines[line].delay());
        }
        let bearable = sim.bearable(viewer);
        println!("seed {seed}: {peak:?} at most in the first second, {later:?} in the next three; then {bearable} b/s");
        assert!(later < ms(300), "seed {seed}: {later:?}");
        assert!((300_000..700_000).contains(&bearable), "seed {seed}: {bearable}");
    }
}

#[test]
fn two_viewers_on_one_line_get_the_same() {
    for (seed, apart) in [(70, 0), (71, 10), (75, 0), (76, 10)] {
        // Small ones, so that what each viewer gets can be even.
        let mut sim = tiles_of(seed, 430);
        let line = sim.line(2500, 100);
        let one = over(&mut sim, "one", 16, line, 0.0);
        sim.run(secs(apart));
        let two = over(&mut sim, "two", 16, line, 0.0);
        sim.run(secs(30));
        let before = [one, two].map(|viewer| sim.clients[viewer].viewing().bytes);
        let mut estimates = [0.0; 2];
        for _ in 0..300 {
            sim.run(ms(200));
            estimates[0] += sim.bearable(one) as f64 / 300e6;
            estimates[1] += sim.bearable(two) as f64 / 300e6;
        }
        let after = [one, two].map(|viewer| sim.clients[viewer].viewing().bytes);
        let [first, second] = [after[0] - before[0], after[1] - before[1]].map(|bytes| bytes as f64 * 8.0 / 60.0);
        println!(
            "seed {seed}: {:.2} and {:.2} Mb/s of 2.5 arrive, estimates {:.2} and {:.2}",
            first / 1e6,
            second / 1e6,
            estimates[0],
            estimates[1]
        );
        let fair = first.min(second) / first.max(second);
        assert!(fair >= 0.8, "seed {seed}: {first} and {second}");
        assert!(first + second > 1_700_000.0, "seed {seed}: {first} and {second}");
    }
}

#[test]
fn a_picture_the_way_does_not_bear_is_held_back_and_said_and_comes_back() {
    let mut sim = Sim::seeded(72);
    sim.publisher_with("camera", 1, Some(Shape::Vp8), true, camera_of(2_400_000));
    sim.stage(Some("camera"));
    sim.run(secs(3));
    let line = sim.line(1000, 100);
    let viewer = over(&mut sim, "screen", 1, line, 0.0);
    let held = SlotContent::NoBandwidth(PublicationId(1));
    let took = sim.run_until(secs(4), |sim| sim.contents(viewer).first() == Some(&held));
    println!("held back {took:?} after the join");
    sim.run(secs(3));
    // Sound goes on as if nothing were.
    let audio = sim.clients[viewer].viewing().ssrc(1);
    let before = sim.clients[viewer].viewing().packets[&audio];
    sim.run(secs(5));
    let after = sim.clients[viewer].viewing().packets[&audio];
    assert!(after - before >= 245, "{}", after - before);
    assert_eq!(sim.contents(viewer)[0], held);
    sim.lines[line] = crate::network::Bottleneck::new(8000, 100);
    let took = sim.run_until(secs(30), |sim| sim.contents(viewer)[0] == SlotContent::Live(PublicationId(1)));
    println!("back {took:?} after the line bears it");
    sim.run(secs(5));
    let viewing = sim.clients[viewer].viewing();
    let shown = viewing.players[&viewing.ssrc(0)].play();
    assert!(shown.frames > 100 && shown.broken <= 5, "{shown:?}");
}

#[test]
fn what_matters_most_is_held_back_last() {
    let mut sim = Sim::seeded(73);
    for (number, name) in ["main", "one", "two", "three"].into_iter().enumerate() {
        sim.publisher_with(name, number as u16 + 1, Some(Shape::H264), true, camera_of(800_000));
    }
    sim.stage(Some("main"));
    sim.run(secs(3));
    let line = sim.line(1700, 100);
    let viewer = over(&mut sim, "wall", 4, line, 0.0);
    sim.run(secs(20));
    let mut on_air = 0;
    let mut tiles = 0;
    for _ in 0..100 {
        sim.run(ms(100));
        let contents = sim.contents(viewer);
        let live = |content: &SlotContent| matches!(content, SlotContent::Live(_));
        on_air += u32::from(live(&contents[0]));
        tiles += contents[1..4].iter().filter(|content| live(content)).count();
    }
    let bearable = sim.bearable(viewer);
    let line = &sim.lines[line];
    println!(
        "the picture on air was there {on_air} % of the time, {:.1} tiles beside it; {bearable} b/s, {} of {} dropped",
        f64::from(tiles as u32) / 100.0,
        line.dropped,
        line.passed
    );
    assert!(on_air >= 99, "{on_air}");
    assert!((50..=150).contains(&tiles), "{tiles}");
}

#[test]
fn a_large_key_frame_leaves_no_faster_than_the_way_bears() {
    let mut sim = Sim::seeded(74);
    sim.publisher_with("camera", 1, Some(Shape::H264), false, camera_of(1_500_000));
    sim.stage(Some("camera"));
    sim.run(secs(3));
    let line = sim.line(4000, 60);
    let viewer = over(&mut sim, "screen", 1, line, 0.0);
    sim.run(secs(10));
    sim.clients[0].publishing().pieces = 40;
    let dropped = sim.lines[line].dropped;
    let mut longest = Duration::ZERO;
    let ssrc = sim.clients[viewer].viewing().ssrc(0);
    for _ in 0..5 {
        // One frame of 40 kB, then small ones.
        sim.run(ms(40));
        sim.clients[0].publishing().pieces = 7;
        for _ in 0..100 {
            sim.run(ms(10));
            longest = longest.max(sim.lines[line].delay());
        }
        sim.clients[0].publishing().pieces = 40;
    }
    println!("at most {longest:?} in the queue");
    assert_eq!(sim.lines[line].dropped, dropped, "nothing is too much for a queue of 60 ms");
    assert!(sim.clients[viewer].viewing().packets[&ssrc] > 1000);
}
