//! Sound and picture of the programme stay together, whatever their ways and clocks are.

use crate::{
    client::Viewing,
    media::Shape,
    seeds::{Spread, seeds},
    sim::{Sim, ms, secs},
};
use std::time::{Duration, Instant};

/// Most that the programme's picture and sound may be labelled apart, milliseconds: what is left of the bar of 45 is the player's.
const APART_MAX_MS: f64 = 15.0;

/// A source, how late its picture and its sound leave, and how fast its clock is.
#[derive(Clone, Copy)]
struct Source {
    name: &'static str,
    number: u16,
    picture_late: Duration,
    sound_late: Duration,
    fast_ppm: f64,
}

const SOURCES: [Source; 3] = [
    Source { name: "one", number: 1, picture_late: ms(0), sound_late: ms(200), fast_ppm: 200.0 },
    Source { name: "two", number: 2, picture_late: ms(200), sound_late: ms(0), fast_ppm: -200.0 },
    Source { name: "three", number: 3, picture_late: ms(30), sound_late: ms(10), fast_ppm: 0.0 },
];

fn join(sim: &mut Sim, source: Source) -> usize {
    let client = sim.publisher(source.name, source.number, Shape::H264);
    let now = sim.now;
    let publishing = sim.clients[client].publishing();
    // The third tells it with each packet instead.
    let captures = (source.number == 3).then_some(now - secs(1));
    publishing.clock = captures.is_none().then_some(now);
    let lates = [source.picture_late, source.sound_late];
    for (track, late) in [&mut publishing.video, &mut publishing.audio].into_iter().flatten().zip(lates) {
        (track.late, track.fast_ppm, track.captures) = (late, source.fast_ppm, captures);
    }
    client
}

/// The moment of a timestamp on the time line that the relay's sender reports give, seconds.
fn moment(viewing: &Viewing, number: usize, timestamp: u32, rate: f64) -> Option<f64> {
    let &(ntp, told) = viewing.told.get(&viewing.ssrc(number))?;
    Some(ntp + f64::from(timestamp.wrapping_sub(told) as i32) / rate)
}

/// How much later than its sound the picture of a source is labelled, milliseconds: of each frame that came after `since`.
fn apart(sim: &mut Sim, viewer: usize, publisher: usize, number: u16, since: Instant) -> Vec<f64> {
    let publishing = sim.clients[publisher].publishing();
    let (video, audio) =
        (publishing.video.as_ref().expect("a camera"), publishing.audio.as_ref().expect("a microphone"));
    let shot = |frame| video.captured(frame);
    let pictures: Vec<Instant> = (0..20_000).map(shot).collect();
    let sounds: Vec<Instant> = (0..40_000).map(|frame| audio.captured(frame)).collect();
    let began = sounds[0];
    let seconds = |at: Instant| {
        at.saturating_duration_since(began).as_secs_f64() - began.saturating_duration_since(at).as_secs_f64()
    };
    let viewing = sim.clients[viewer].viewing();
    let frames = viewing.players[&viewing.ssrc(0)].frames();
    let of_source = frames.into_iter().filter(|(tag, _, at)| tag.source == number && at.is_some_and(|at| at > since));
    let differences = of_source.filter_map(|(tag, timestamp, _)| {
        let captured = pictures[tag.frame as usize];
        let beside = sounds.partition_point(|&sound| sound < captured) as u32;
        let stamp = viewing.stamps.get(&(number, beside))?;
        let labels = moment(viewing, 0, timestamp, 90_000.0)? - moment(viewing, 1, *stamp, 48_000.0)?;
        Some((labels - (seconds(captured) - seconds(sounds[beside as usize]))) * 1000.0)
    });
    differences.collect()
}

#[test]
fn the_programmes_picture_and_sound_stay_together_through_fifty_changes_of_sources_with_ways_and_clocks_of_their_own() {
    let mut spread = Spread::of("most that picture and sound were labelled apart, ms");
    for seed in seeds(4) {
        let mut sim = Sim::seeded(seed);
        let publishers = SOURCES.map(|source| join(&mut sim, source));
        let viewer = sim.viewer("wall", 1, 1, true);
        sim.run(secs(3));
        let mut worst = 0.0f64;
        let mut measured = 0;
        let mut on_air = 0;
        for _ in 0..50 {
            on_air = (on_air + 1 + sim.draw(2) as usize) % SOURCES.len();
            sim.stage(Some(SOURCES[on_air].name));
            // A key frame, then what is caught up with, then the second in which the rest is put right.
            let settled = sim.now + ms(1600);
            let stays = 2000 + sim.draw(1000);
            sim.run(ms(stays));
            let apart = apart(&mut sim, viewer, publishers[on_air], SOURCES[on_air].number, settled);
            measured += apart.len();
            worst = apart.iter().fold(worst, |worst, apart| worst.max(apart.abs()));
        }
        assert!(measured > 500, "seed {seed}: {measured} frames");
        spread.add(seed, worst);
    }
    spread.hold(..=APART_MAX_MS);
}

/// How much later than its sound the picture of a source reaches a viewer, milliseconds: of each frame that came after `since`.
fn arrives_apart(sim: &mut Sim, viewer: usize, publisher: usize, source: Source, since: Instant) -> Vec<f64> {
    let publishing = sim.clients[publisher].publishing();
    let (video, audio) =
        (publishing.video.as_ref().expect("a camera"), publishing.audio.as_ref().expect("a microphone"));
    let taken: Vec<(Instant, Instant)> =
        (0..4000).map(|frame| (video.captured(frame), audio.captured(2 * frame))).collect();
    let viewing = sim.clients[viewer].viewing();
    let frames = viewing.players[&viewing.ssrc(0)].frames().into_iter();
    let whole = frames.filter_map(|(tag, _, at)| Some((tag, at.filter(|&at| at > since)?)));
    let of_source = whole.filter(|(tag, _)| tag.source == source.number);
    let apart = of_source.filter_map(|(tag, seen)| {
        let (shot, spoken) = taken[tag.frame as usize];
        let heard = *viewing.heard.get(&(source.number, 2 * tag.frame))?;
        Some(((seen - shot).as_secs_f64() - (heard - spoken).as_secs_f64()) * 1000.0)
    });
    apart.collect()
}

#[test]
fn the_earlier_of_two_that_belong_together_is_held_for_the_other() {
    let mut spread = Spread::of("most that picture and sound arrived apart, ms");
    for seed in seeds(4) {
        let mut sim = Sim::seeded(seed);
        let publishers = SOURCES.map(|source| join(&mut sim, source));
        let viewer = sim.viewer("wall", 1, 1, true);
        sim.run(secs(4));
        for on_air in [0, 1, 2, 1, 0] {
            sim.stage(Some(SOURCES[on_air].name));
            let begun = sim.now + ms(600);
            sim.run(secs(3));
            let apart = arrives_apart(&mut sim, viewer, publishers[on_air], SOURCES[on_air], begun);
            assert!(apart.len() > 40, "seed {seed}: {} frames", apart.len());
            spread.add(seed, apart.iter().fold(0.0, |worst: f64, apart| worst.max(apart.abs())));
        }
    }
    // What is left of a lead, and what is usual and left alone.
    spread.hold(..=40.0);
}

#[test]
fn packets_say_when_their_frames_were_captured_as_sender_reports_do() {
    let mut sim = Sim::seeded(1);
    for source in SOURCES {
        join(&mut sim, source);
    }
    let viewer = sim.viewer("wall", 1, 1, true);
    for on_air in [0, 1, 2, 1] {
        sim.stage(Some(SOURCES[on_air].name));
        sim.run(secs(3));
    }
    let viewing = sim.clients[viewer].viewing();
    for (number, rate) in [(0, 90_000.0), (1, 48_000.0)] {
        let said = viewing.captured.range((viewing.ssrc(number), 0)..=(viewing.ssrc(number), u32::MAX));
        let off =
            said.map(|(&(_, stamp), said)| (said - moment(viewing, number, stamp, rate).expect("a report")).abs());
        let off: Vec<f64> = off.collect();
        assert!(off.len() > 200, "{} frames", off.len());
        assert!(off.iter().all(|&off| off < 0.001), "{:?}", off.iter().copied().fold(0.0, f64::max));
    }
}
