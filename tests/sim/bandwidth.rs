//! What viewers' ways bear, found out and kept to: over lines with a rate, a queue, losses and neighbours.

use crate::{
    client::Publishing,
    media::Shape,
    seeds::{Spread, seeds},
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
    let mut spread = Spread::of("seconds to 85 % of 3 Mb/s");
    let mut two = Spread::of("share of it after two seconds");
    for seed in seeds(10) {
        // A picture that fills most of it, and nothing but a slide that hardly ever changes.
        for (pieces, size) in [(11, PIECE), (1, 60)] {
            let mut sim = Sim::seeded(seed);
            sim.publisher_with("camera", 1, Some(Shape::H264), true, |camera| {
                (camera.pieces, camera.size) = (pieces, size);
            });
            sim.stage(Some("camera"));
            sim.run(secs(2));
            let line = sim.line(3000, 100);
            let viewer = over(&mut sim, "screen", 1, line, 0.0);
            let took = sim.run_until(secs(2), |sim| sim.bearable(viewer) >= 2_550_000);
            spread.add(took.as_secs_f64());
            sim.run(secs(2) - took);
            let bearable = sim.bearable(viewer);
            two.add(bearable as f64 / 3e6);
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
}

// FIXME: issue 4 wants this of every seed: one in fifteen stood at 75 % of the line at 5 % loss.
#[test]
fn loss_at_random_does_not_keep_a_line_from_being_used_on_average() {
    for (loss, least, names) in [
        (0.05, 0.85, ["estimate at 5 % random loss", "arrived at 5 % random loss"]),
        (0.10, 0.60, ["estimate at 10 % random loss", "arrived at 10 % random loss"]),
    ] {
        let mut spreads = names.map(Spread::of);
        for seed in seeds(5) {
            let mut sim = tiles(seed);
            let line = sim.line(3000, 100);
            let viewer = over(&mut sim, "wall", 16, line, loss);
            sim.run(secs(5));
            let (estimate, arrived) = use_of(&mut sim, viewer, 40, 3e6);
            spreads[0].add(estimate);
            spreads[1].add(arrived);
            assert!(estimate >= 0.5, "seed {seed}: {estimate:.2} of the line at {loss}");
        }
        let [estimate, arrived] = [spreads[0].mean(), spreads[1].mean()];
        assert!(estimate >= least, "{estimate:.2} of the line at {loss}");
        assert!(arrived >= least * 0.8, "{arrived:.2} of the line arrives at {loss}");
    }
}

// FIXME: issue 4 wants this of every seed: one in ten lost 2.2 % to 2.3 %.
#[test]
fn a_short_queue_that_drops_at_its_tail_loses_two_per_cent_at_most_on_average() {
    let mut spreads = ["lost at a queue of 20 ms", "estimate there", "arrived there"].map(Spread::of);
    for seed in seeds(10) {
        let mut sim = tiles(seed);
        let line = sim.line(3000, 20);
        let viewer = over(&mut sim, "wall", 16, line, 0.0);
        sim.run(secs(10));
        let (passed, dropped) = (sim.lines[line].passed, sim.lines[line].dropped);
        let (estimate, arrived) = use_of(&mut sim, viewer, 40, 3e6);
        let (passed, dropped) = (sim.lines[line].passed - passed, sim.lines[line].dropped - dropped);
        let lost = dropped as f64 / (passed + dropped) as f64;
        for (spread, value) in spreads.iter_mut().zip([lost, estimate, arrived]) {
            spread.add(value);
        }
        assert!(lost <= 0.04 && arrived > 0.4, "seed {seed}: {lost:.4} lost, {arrived:.2} of the line arrives");
    }
    let [lost, _, arrived] = spreads.each_ref().map(Spread::mean);
    assert!(lost <= 0.02, "{lost:.4}");
    assert!(arrived > 0.6, "{arrived:.2}");
}

#[test]
fn beside_a_tcp_flow_a_viewer_keeps_its_share() {
    for (kbps, name) in [(4000, "share beside TCP on 4 Mb/s"), (3000, "share beside TCP on 3 Mb/s")] {
        let mut spread = Spread::of(name);
        for seed in seeds(4) {
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
            spread.add(ours);
            assert!((0.25..=0.75).contains(&ours), "seed {seed}: {ours:.2} beside {theirs:.2}");
        }
    }
}

// FIXME: issue 4 wants this of every seed: one in twenty still stood at 308 ms once.
#[test]
fn after_a_drop_to_a_fifth_queues_are_short_within_a_second_on_average() {
    let names = ["seconds queued after a drop, at most", "longest of the three seconds after", "estimate then, Mb/s"];
    let mut spreads = names.map(Spread::of);
    for seed in seeds(6) {
        for queue in [500, 2000] {
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
            let values = [peak.as_secs_f64(), later.as_secs_f64(), bearable as f64 / 1e6];
            spreads.iter_mut().zip(values).for_each(|(spread, value)| spread.add(value));
            assert!(later < ms(600), "seed {seed}: {later:?}");
            assert!((200_000..900_000).contains(&bearable), "seed {seed}: {bearable}");
        }
    }
    let [_, later, bearable] = spreads.each_ref().map(Spread::mean);
    assert!(later < 0.3, "{later:.3}");
    assert!((0.3..0.7).contains(&bearable), "{bearable:.3}");
}

#[test]
fn two_viewers_on_one_line_get_the_same() {
    let mut spreads = ["the lesser share of two viewers by the larger", "both together, Mb/s of 2.5"].map(Spread::of);
    for seed in seeds(4) {
        for apart in [0, 10] {
            // Small ones, so that what each viewer gets can be even.
            let mut sim = tiles_of(seed, 430);
            let line = sim.line(2500, 100);
            let one = over(&mut sim, "one", 16, line, 0.0);
            sim.run(secs(apart));
            let two = over(&mut sim, "two", 16, line, 0.0);
            sim.run(secs(30));
            let before = [one, two].map(|viewer| sim.clients[viewer].viewing().bytes);
            sim.run(secs(60));
            let after = [one, two].map(|viewer| sim.clients[viewer].viewing().bytes);
            let [first, second] = [after[0] - before[0], after[1] - before[1]].map(|bytes| bytes as f64 * 8.0 / 60.0);
            let fair = first.min(second) / first.max(second);
            spreads[0].add(fair);
            spreads[1].add((first + second) / 1e6);
            assert!(fair >= 0.8, "seed {seed}: {first} and {second}");
            assert!(first + second > 1_700_000.0, "seed {seed}: {first} and {second}");
        }
    }
}

#[test]
fn a_picture_the_way_does_not_bear_is_held_back_and_said_and_comes_back() {
    let mut spreads = ["seconds until it is held back", "seconds until it is back"].map(Spread::of);
    for seed in seeds(20) {
        let mut sim = Sim::seeded(seed);
        sim.publisher_with("camera", 1, Some(Shape::Vp8), true, camera_of(2_400_000));
        sim.stage(Some("camera"));
        sim.run(secs(3));
        let line = sim.line(1000, 100);
        let viewer = over(&mut sim, "screen", 1, line, 0.0);
        let held = SlotContent::NoBandwidth(PublicationId(1));
        let took = sim.run_until(secs(4), |sim| sim.contents(viewer).first() == Some(&held));
        spreads[0].add(took.as_secs_f64());
        sim.run(secs(3));
        // Sound goes on as if nothing were.
        let audio = sim.clients[viewer].viewing().ssrc(1);
        let before = sim.clients[viewer].viewing().packets[&audio];
        sim.run(secs(5));
        let after = sim.clients[viewer].viewing().packets[&audio];
        assert!(after - before >= 245, "seed {seed}: {}", after - before);
        assert_eq!(sim.contents(viewer)[0], held, "seed {seed}");
        sim.lines[line] = crate::network::Bottleneck::new(8000, 100);
        let took = sim.run_until(secs(30), |sim| sim.contents(viewer)[0] == SlotContent::Live(PublicationId(1)));
        spreads[1].add(took.as_secs_f64());
        sim.run(secs(5));
        let viewing = sim.clients[viewer].viewing();
        let shown = viewing.players[&viewing.ssrc(0)].play();
        assert!(shown.frames > 100 && shown.broken <= 5, "seed {seed}: {shown:?}");
    }
}

#[test]
fn what_matters_most_is_held_back_last() {
    let mut spreads =
        ["times of a hundred the picture on air was there", "tiles beside it, of a hundred"].map(Spread::of);
    for seed in seeds(10) {
        let mut sim = Sim::seeded(seed);
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
        spreads[0].add(f64::from(on_air));
        spreads[1].add(tiles as f64);
        assert!(on_air >= 95, "seed {seed}: {on_air}");
    }
    let [on_air, tiles] = spreads.each_ref().map(Spread::mean);
    assert!(on_air >= 99.0, "{on_air}");
    assert!((50.0..=150.0).contains(&tiles), "{tiles}");
}

#[test]
fn a_large_key_frame_leaves_no_faster_than_the_way_bears() {
    let mut spread = Spread::of("milliseconds queued by a key frame of 40 kB");
    for seed in seeds(10) {
        let mut sim = Sim::seeded(seed);
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
        spread.add(longest.as_secs_f64() * 1000.0);
        assert_eq!(sim.lines[line].dropped, dropped, "seed {seed}: nothing is too much for a queue of 60 ms");
        assert!(sim.clients[viewer].viewing().packets[&ssrc] > 1000, "seed {seed}");
    }
}
