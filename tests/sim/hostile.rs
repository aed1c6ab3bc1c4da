//! Members who misbehave: everything below has the right keys, so only the room itself stands in its way.

use crate::client::BUFFER;
use crate::media::Shape;
use crate::seeds::seeds;
use crate::sim::{Sim, ms, secs};
use yunling::{
    id::PublicationId,
    quantity::Bitrate,
    relay::{arrivals::ArrivalReport, command::SlotContent, media::Ssrc, rooms::Input, transport::rtcp},
};

/// A packet of the room's size at most, sealed with the client's own keys.
fn seal(sim: &mut Sim, client: usize, ssrc: u32, index: u64, mut plain: Vec<u8>) -> Vec<u8> {
    let sealer = &mut sim.clients[client].sealer;
    let stream = sealer.add_stream(Ssrc(ssrc));
    plain[2..4].copy_from_slice(&(index as u16).to_be_bytes());
    plain[8..12].copy_from_slice(&ssrc.to_be_bytes());
    let len = plain.len();
    plain.resize(len + 32, 0);
    let sealed = sealer.seal(stream, index, 12, &mut plain, len).expect("a fresh index");
    plain.truncate(sealed);
    plain
}

fn random(sim: &mut Sim, most: u64) -> Vec<u8> {
    (0..sim.draw(most + 1)).map(|_| sim.draw(256) as u8).collect()
}

#[test]
fn a_publisher_that_sends_nonsense_in_its_streams_harms_nobody_else() {
    let mut sim = Sim::seeded(31);
    let camera = sim.publisher("camera", 1, Shape::H264);
    let rogues = [sim.publisher("rogue", 2, Shape::H264), sim.publisher("fox", 3, Shape::Vp8)];
    let viewer = sim.viewer("screen", 1, 1, true);
    // It shows the rogues too; what it gets is not looked at.
    let wall = sim.viewer("wall", 4, 3, true);
    sim.stage(Some("camera"));
    sim.run(secs(2));
    sim.clients[wall].off = true;
    for round in 0..6000u64 {
        let rogue = rogues[sim.draw(2) as usize];
        let pt = [96, 111, 96, 96, 0, 127][sim.draw(6) as usize];
        let mut plain = vec![0x80, pt | (sim.draw(2) as u8) << 7, 0, 0];
        plain.extend((sim.draw(1 << 31) as u32 * 2).to_be_bytes());
        plain.extend([0; 4]);
        // Beginnings that parsers look into: SPS, STAP-A, FU-A, IDR, VP8 descriptors with everything.
        plain.extend(
            [&[0x67, 0x64][..], &[0x78, 0, 4], &[0x7c, 0x85], &[0x65], &[0xff, 0xff, 0xff], &[]][sim.draw(6) as usize],
        );
        let tail = random(&mut sim, 60);
        plain.extend(tail);
        if plain.len() > 12 && sim.draw(8) == 0 {
            plain[0] |= 0x20;
        }
        // A stream of its own for each round in a row: numbers that jump about.
        let ssrc = 5000 + (round % 20) as u32;
        let index = round * 331 + sim.draw(300);
        let mut datagram = seal(&mut sim, rogue, ssrc, index, plain);
        let (now, from) = (sim.now, sim.clients[rogue].address);
        sim.rooms.handle(now, Input::Datagram { from: from.into(), bytes: &mut datagram });
        sim.drain();
        if round % 20 == 0 {
            sim.run(ms(10));
            let (mut check, from) = (sim.clients[wall].check(), sim.clients[wall].address);
            sim.rooms.handle(sim.now, Input::Datagram { from: from.into(), bytes: &mut check });
            sim.drain();
        }
    }
    let ssrc = sim.clients[viewer].viewing().slots[0].ssrc.0;
    let before = sim.clients[viewer].viewing().packets.get(&ssrc).copied();
    sim.run(secs(2));
    let after = sim.clients[viewer].viewing().packets.get(&ssrc).copied();
    assert!(after > before, "the camera's picture goes on: {before:?} {after:?}");
    assert!(sim.clients[camera].answered > 0);
}

#[test]
fn a_viewer_that_reports_nonsense_harms_nobody_else() {
    let mut sim = Sim::seeded(32);
    sim.publisher("camera", 1, Shape::Vp8);
    let rogue = sim.viewer("rogue", 4, 2, true);
    let viewer = sim.viewer("screen", 1, 1, true);
    sim.stage(Some("camera"));
    sim.run(secs(2));
    let slots: Vec<u32> = sim.clients[rogue].viewing().slots.iter().map(|slot| slot.ssrc.0).collect();
    for round in 0..6000u64 {
        let mut compound = Vec::new();
        for _ in 0..=sim.draw(4) {
            let (kind, count) =
                [(200, 1), (201, 2), (205, 1), (206, 1), (206, 4), (205, 15), (203, 1)][sim.draw(7) as usize];
            let mut body = 9u32.to_be_bytes().to_vec();
            body.extend(slots[sim.draw(slots.len() as u64) as usize].to_be_bytes());
            let tail = random(&mut sim, 200);
            body.extend(tail);
            body.resize(body.len().next_multiple_of(4), 0);
            compound.extend([0x80 | count, kind]);
            compound.extend((body.len() as u16 / 4).to_be_bytes());
            compound.extend(body);
        }
        let mut out = [0; BUFFER];
        let len = sim.clients[rogue].srtcp.protect(&compound, &mut out).expect("it fits");
        let (now, from) = (sim.now, sim.clients[rogue].address);
        sim.rooms.handle(now, Input::Datagram { from: from.into(), bytes: &mut out[..len] });
        sim.drain();
        if round % 20 == 0 {
            sim.run(ms(10));
        }
    }
    let ssrc = sim.clients[viewer].viewing().slots[0].ssrc.0;
    let before = sim.clients[viewer].viewing().packets.get(&ssrc).copied();
    sim.run(secs(2));
    assert!(sim.clients[viewer].viewing().packets.get(&ssrc).copied() > before);
}

#[test]
fn a_viewer_that_lies_about_arrivals_harms_nobody_else() {
    for seed in seeds(5) {
        let mut sim = Sim::seeded(seed);
        sim.publisher("camera", 1, Shape::H264);
        let liar = sim.viewer_over("liar", 1, 1, None);
        let screen = sim.viewer_over("screen", 1, 1, None);
        sim.stage(Some("camera"));
        sim.run(secs(2));
        for round in 0..4000u64 {
            let numbers = sim.draw(400);
            // Times that jump forth and back within what a report can say, references from anywhere, and packets that are under
            // way, were reported before, or were never sent.
            let sent: u64 = sim.clients[liar].viewing().packets.values().sum();
            let base = if sim.draw(4) == 0 { sim.draw(1 << 16) } else { sent + sim.draw(600) };
            let report = ArrivalReport {
                base: base.wrapping_sub(400) as u16,
                count: round as u8,
                reference: if sim.draw(4) == 0 { sim.draw(1 << 24) as u32 } else { (round / 4) as u32 },
                packets: (0..numbers).map(|_| (sim.draw(3) > 0).then(|| sim.draw(60_000) as i32 - 30_000)).collect(),
            };
            let mut compound = Vec::new();
            rtcp::write_arrivals(Ssrc(1), Ssrc(1), &report, &mut compound);
            let mut datagram = vec![0; 2 * BUFFER];
            let Ok(len) = sim.clients[liar].srtcp.protect(&compound, &mut datagram) else { continue };
            let from = sim.clients[liar].address;
            sim.inject(from, &mut datagram[..len]);
            if round % 20 == 0 {
                sim.run(ms(10));
                let bearable = sim.bearable(liar);
                assert!((64_000..=20_000_000).contains(&bearable), "seed {seed}: {bearable}");
            }
        }
        assert_eq!(sim.contents(screen)[0], SlotContent::Live(PublicationId(1)), "seed {seed}");
        let ssrc = sim.clients[screen].viewing().ssrc(0);
        let before = sim.clients[screen].viewing().packets[&ssrc];
        sim.run(secs(2));
        assert!(sim.clients[screen].viewing().packets[&ssrc] - before > 140, "seed {seed}");
    }
}

#[test]
fn dtls_datagrams_of_one_peer_cannot_crowd_out_the_others() {
    let mut sim = Sim::seeded(33);
    let rogue = sim.viewer("rogue", 1, 1, false);
    sim.run(secs(2));
    let (now, from) = (sim.now, sim.clients[rogue].address);
    let before = sim.rooms.figures().datagrams_refused;
    for _ in 0..1000 {
        sim.rooms.handle(
            now,
            Input::Datagram { from: from.into(), bytes: &mut [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0] },
        );
        sim.drain();
    }
    assert!(sim.rooms.figures().datagrams_refused - before >= 950);
}

#[test]
fn a_maximum_that_nobody_asked_for_holds_no_picture_back() {
    let mut sim = Sim::seeded(34);
    sim.publisher("camera", 1, Shape::H264);
    let viewer = sim.viewer("screen", 1, 1, true);
    sim.stage(Some("camera"));
    sim.run(secs(2));
    for _ in 0..50 {
        let mut compound = Vec::new();
        rtcp::write_receiver_report(Ssrc(1), &[], Some(Bitrate::kbps(50)), &mut compound);
        let mut datagram = vec![0; BUFFER];
        let client = &mut sim.clients[viewer];
        let len = client.srtcp.protect(&compound, &mut datagram).expect("there is room");
        let from = client.address;
        sim.inject(from, &mut datagram[..len]);
        sim.run(ms(100));
    }
    assert_eq!(sim.contents(viewer)[0], SlotContent::Live(PublicationId(1)));
}
