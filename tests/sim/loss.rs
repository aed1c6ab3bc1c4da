//! Packets that are lost and sent again, on both ways.

use crate::{
    client::BUFFER,
    media::Shape,
    sim::{Link, Sim, ms, secs},
};
use std::time::Duration;
use yunling::relay::{media::Ssrc, rooms::Input, transport::rtcp};

fn lossy(loss: f64) -> Link {
    Link { delay: ms(20), jitter: Duration::ZERO, loss }
}

#[test]
fn a_picture_is_whole_although_one_packet_in_twenty_is_lost() {
    // Loss to the relay, from the relay, and both at once, which takes two repairs one after the other. Requests are lost as
    // well. FIXME: issue 4 wants 150 ms on one way. A frame's last packet is missed only when the next frame comes, 40 ms later;
    // when its first repair is lost too, the frame stands for 180 ms.
    let cases = [
        (41, Shape::H264, 0.05, 0.0, 200),
        (42, Shape::Vp8, 0.0, 0.05, 200),
        (43, Shape::H264, 0.05, 0.05, 250),
        (44, Shape::Vp8, 0.05, 0.05, 250),
    ];
    for (seed, shape, up, down, most_ms) in cases {
        let mut sim = Sim::seeded(seed);
        let camera = sim.publisher("camera", 1, shape);
        let viewer = sim.viewer("screen", 1, 1, true);
        sim.link(camera, lossy(up));
        sim.link(viewer, lossy(down));
        sim.stage(Some("camera"));
        sim.run(secs(120));
        let viewing = sim.clients[viewer].viewing();
        let player = &viewing.players[&viewing.ssrc(0)];
        let shown = player.play();
        let gaps = player.gaps();
        let (worst, most) = (gaps[gaps.len() - 1], gaps[gaps.len() * 999 / 1000]);
        println!("seed {seed}: {shown:?}, frames stand {most:?} at the 99.9th of a hundred, {worst:?} at most");
        // The very first key frame may be lost before anybody knows of the stream.
        assert!(shown.frames >= 2850 && shown.broken <= 3, "seed {seed}: {shown:?}");
        assert!(most <= ms(most_ms) && worst <= ms(400), "seed {seed}: p99.9 {most:?}, worst {worst:?}");
        let publication = sim.figures().rooms[0].publications[0].clone();
        assert!(up == 0.0 || publication.repaired > 200, "seed {seed}: {publication:?}");
        assert!(publication.lost < 10, "seed {seed}: {publication:?}");
        assert!(sim.clients[camera].publishing().key_requests <= 6);
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
