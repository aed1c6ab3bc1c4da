//! Packets that are lost and sent again, on both ways.

use crate::{
    client::{BUFFER, Track},
    media::Shape,
    seeds::{Spread, seeds},
    sim::{Link, Sim, ms, secs},
};
use std::time::Duration;
use yunling::relay::{media::Ssrc, rooms::Input, transport::rtcp};

fn lossy(loss: f64) -> Link {
    Link { delay: ms(20), jitter: Duration::ZERO, loss }
}

#[test]
fn a_picture_is_whole_although_one_packet_in_twenty_is_lost() {
    // Loss to the relay, from the relay, and both at once, which takes two repairs one after the other. Requests and reports are
    // lost as well.
    for (up, down, most_ms) in [(0.05, 0.0, 150), (0.0, 0.05, 150), (0.05, 0.05, 200)] {
        let mut usual = Spread::of("frames stand, the 99.9th of a hundred, ms");
        let mut longest = Spread::of("frames stand at most, ms");
        let mut times = Spread::of("packets sent again for each of the picture's");
        let mut all = Vec::new();
        for seed in seeds(4) {
            let shape = if seed % 2 == 0 { Shape::H264 } else { Shape::Vp8 };
            let mut sim = Sim::seeded(seed);
            let camera = sim.publisher("camera", 1, shape);
            let viewer = sim.viewer_over("screen", 1, 1, None);
            sim.stage(Some("camera"));
            sim.run(secs(1));
            sim.link(camera, lossy(up));
            sim.link(viewer, lossy(down));
            sim.run(secs(120));
            let viewing = sim.clients[viewer].viewing();
            let player = &viewing.players[&viewing.ssrc(0)];
            let (shown, gaps, repaired) = (player.play(), player.gaps(), viewing.repaired);
            usual.add(seed, gaps[gaps.len() * 999 / 1000].as_secs_f64() * 1000.0);
            longest.add(seed, gaps[gaps.len() - 1].as_secs_f64() * 1000.0);
            all.extend(gaps);
            // The last frames are still being repaired.
            assert!(shown.frames >= 2990 && shown.broken <= 5, "seed {seed}: {shown:?}");
            let publication = sim.figures().rooms[0].publications[0].clone();
            assert!(up == 0.0 || publication.repaired > 200, "seed {seed}: {publication:?}");
            assert!(publication.lost < 10, "seed {seed}: {publication:?}");
            let publishing = sim.clients[camera].publishing();
            assert!(publishing.key_requests <= 6);
            let again = publishing.video.as_ref().map_or(0, Track::repairs) + repaired;
            times.add(seed, again as f64 / (publication.packets + publication.repaired) as f64);
        }
        all.sort();
        let most = all[all.len() * 999 / 1000];
        assert!(most <= ms(most_ms), "of all seeds' frames the 99.9th of a hundred stands {most:?}");
        usual.hold(..=most_ms as f64);
        longest.hold(..=400.0);
    }
}

#[test]
fn a_lossless_source_is_never_asked_for_anything_again() {
    let mut sim = Sim::seeded(43);
    let camera = sim.publisher("camera", 1, Shape::H264);
    // Packets overtake each other, but by less than counts as missing.
    sim.link(camera, Link { delay: ms(5), jitter: ms(8), loss: 0.0 });
    sim.run(secs(20));
    assert_eq!(sim.clients[camera].publishing().asked_again, 0);
}

#[test]
fn a_viewer_that_asks_for_everything_again_gets_no_more_than_its_share() {
    let mut sim = Sim::seeded(44);
    sim.publisher("camera", 1, Shape::H264);
    let rogue = sim.viewer("rogue", 1, 0, true);
    sim.stage(Some("camera"));
    sim.run(secs(2));
    let ssrc = sim.clients[rogue].viewing().ssrc(0);
    let before = sim.clients[rogue].viewing().repaired;
    for _ in 0..500 {
        let mut compound = Vec::new();
        let all: Vec<u16> = (0..=u16::MAX).step_by(17).take(60).collect();
        rtcp::write_nack(Ssrc(1), Ssrc(ssrc), &all, &mut compound);
        let near: Vec<u16> = {
            let highest = sim.clients[rogue].viewing().highest_of(ssrc);
            (0..400).map(|back| (highest - back) as u16).rev().collect()
        };
        rtcp::write_nack(Ssrc(1), Ssrc(ssrc), &near, &mut compound);
        let mut out = [0; BUFFER];
        let len = sim.clients[rogue].srtcp.protect(&compound, &mut out).expect("it fits");
        let (now, from) = (sim.now, sim.clients[rogue].address);
        sim.rooms.handle(now, Input::Datagram { from: from.into(), bytes: &mut out[..len] });
        sim.drain();
        sim.run(ms(2));
    }
    let repaired = sim.clients[rogue].viewing().repaired - before;
    println!("{repaired} packets were sent again in a second of asking for all of them all the time");
    assert!((100..=700).contains(&repaired), "{repaired}");
}
