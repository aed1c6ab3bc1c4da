//! The continuity of slots through thousands of changes.

use crate::{
    media::{Player, Shape, Shown},
    seeds::seeds,
    sim::{Link, Sim, ms, secs},
};

/// Four cameras of both codecs with frequent key frames, three viewers; reordering, ICE restarts and moves all the time.
fn changes(seed: u64, count: u64) -> Vec<Shown> {
    let mut sim = Sim::seeded(seed);
    // As a busy worker does.
    sim.rooms.set_gathering(ms(5 * (seed % 2)));
    let names = ["one", "two", "three", "four"];
    for (number, name) in names.iter().enumerate() {
        let shape = if number % 2 == 0 { Shape::H264 } else { Shape::Vp8 };
        let camera = sim.publisher_with(name, number as u16 + 1, Some(shape), true, |camera| {
            camera.key_every = 3;
            camera.pieces = 2;
        });
        let jitter = ms(sim.draw(4));
        sim.link(camera, Link { delay: ms(5), jitter, loss: 0.0 });
    }
    let viewers = [sim.viewer("plain", 1, 1, false), sim.viewer("rtx", 1, 1, true), sim.viewer("tiles", 3, 2, false)];
    for viewer in viewers {
        sim.link(viewer, Link { delay: ms(4), jitter: ms(9), loss: 0.0 });
    }
    sim.run(secs(1));
    for change in 0..count {
        let next = names[sim.draw(4) as usize];
        sim.stage(Some(next));
        let pause = ms(20 + sim.draw(130));
        sim.run(pause);
        match change % 50 {
            17 => {
                let viewer = viewers[sim.draw(3) as usize];
                sim.restart_ice(viewer);
            }
            33 => {
                let viewer = viewers[sim.draw(3) as usize];
                sim.move_address(viewer);
            }
            _ => {}
        }
    }
    sim.run(ms(200));
    let play = |sim: &mut Sim, viewer: usize| {
        let viewing = sim.clients[viewer].viewing();
        viewing.players.values().map(Player::play).collect::<Vec<_>>()
    };
    viewers.iter().flat_map(|&viewer| play(&mut sim, viewer)).collect()
}

#[test]
fn ten_thousand_source_changes_neither_repeat_nor_step_back() {
    let mut seen = 0;
    for seed in seeds(10) {
        for shown in changes(seed, 1000) {
            // A frame whose last packets were overtaken by the switch can't be shown; nothing else may be lost.
            assert!(shown.broken <= shown.changes, "seed {seed}: {shown:?}");
            seen += shown.changes;
        }
    }
    assert!(seen > 10_000, "only {seen} changes reached a picture");
}
