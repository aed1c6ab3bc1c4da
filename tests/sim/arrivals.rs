//! What publishers are told of the arrival of their packets.

use crate::{
    client::Transport,
    media::Shape,
    sim::{Link, Sim, ms, secs},
};
use std::time::Duration;

#[test]
fn a_publisher_learns_of_every_packet_whether_and_when_it_arrived() {
    let mut sim = Sim::seeded(51);
    let delay = ms(12);
    let camera = sim.publisher_with("camera", 1, Some(Shape::H264), true, |camera| {
        camera.transport = Some(Transport::default());
    });
    sim.link(camera, Link { delay, jitter: Duration::ZERO, loss: 0.02 });
    sim.run(secs(60));
    let transport = sim.clients[camera].publishing().transport.take().expect("it numbers them");
    let mut told = vec![None; transport.sent.len()];
    let mut origin = None;
    let mut next = 0usize;
    for report in &transport.reports {
        // Reports are in order and a lost one leaves a gap of less than a second.
        next += usize::from(report.base.wrapping_sub(next as u16));
        for (at, packet) in report.packets.iter().enumerate() {
            let Some(ticks) = packet else {
                told[next + at] = Some(false);
                continue;
            };
            told[next + at] = Some(true);
            let arrived = Duration::from_micros(
                (u64::from(report.reference) * 256).saturating_add_signed(i64::from(*ticks)) * 250,
            );
            // What the relay's clock showed when the first was sent; all the others must agree with it.
            let sent = transport.sent[next + at] - transport.sent[0];
            let zero = *origin.get_or_insert_with(|| arrived.saturating_sub(delay + sent));
            let error = arrived.abs_diff(zero + sent + delay);
            assert!(error <= Duration::from_micros(500), "packet {}: off by {error:?}", next + at);
        }
    }
    let count = |what| told.iter().filter(|&&one| one == what).count();
    let (came, lost, unsaid) = (count(Some(true)), count(Some(false)), count(None));
    println!(
        "{came} told to have come, {lost} to be lost, {unsaid} not spoken of in {} reports",
        transport.reports.len()
    );
    assert!(came > 7000 && (100..400).contains(&lost), "{came} {lost}");
    // Two in a hundred reports are lost, and the last packets are still under way.
    assert!(unsaid * 20 < came, "{unsaid}");
    assert!(transport.reports.len() > 1000, "one each 50 ms");
}
