//! Sound: what bad ways leave of it, and whose of many voices a listener gets.

use crate::{
    seeds::{Spread, seeds},
    sim::{Link, ROOM, Sim, ms, participant, secs},
};
use std::time::Duration;
use yunling::{
    id::PublicationId,
    relay::{
        command::{Command, SlotContent},
        stage::{Heard, Stage},
    },
};

/// How much later than an undisturbed frame one may come and still be played. Chromium's jitter buffer waits up to 20 ms for each
/// percent of sound that it saves by waiting, so on such a way it would wait longer still.
const PATIENCE: Duration = Duration::from_millis(200);

/// One way of 20 ms.
const WAY: Link = Link { delay: Duration::from_millis(20), jitter: Duration::ZERO, loss: 0.0 };

/// What is done against loss on one way.
#[derive(Clone, Copy)]
struct Means {
    red: bool,
    nack: bool,
}

/// Share of half a minute's frames that came in time over a way on which a fifth of the packets is lost, two at once in the mean.
fn share_heard(seed: u64, up: Option<Means>, down: Option<Means>) -> f64 {
    let mut sim = Sim::seeded(seed);
    let none = Means { red: false, nack: false };
    let (speaks, hears) = (up.unwrap_or(none), down.unwrap_or(none));
    let speaker = sim.publisher_with("speaker", 1, None, true, |_| {});
    let sound = &mut sim.clients[speaker].publishing().audio.as_mut().expect("a microphone").sound;
    (sound.red, sound.nack) = (speaks.red.then_some(63), speaks.nack);
    let listener = sim.listener("listener", 1, hears.red, hears.nack);
    sim.link(speaker, WAY);
    sim.link(listener, WAY);
    sim.stage(Some("speaker"));
    sim.run(secs(2));
    if up.is_some() {
        sim.bursts(speaker, 0.2, 2.0);
    }
    if down.is_some() {
        sim.bursts(listener, 0.2, 2.0);
    }
    // Until the first report nobody knows how bad the way is.
    sim.run(secs(3));
    let first = sim.clients[speaker].publishing().audio.as_ref().expect("a microphone").sound.sent.len();
    sim.run(secs(30));
    let sent = sim.clients[speaker].publishing().audio.as_ref().expect("a microphone").sound.sent.clone();
    sim.run(secs(1));
    let heard = &sim.clients[listener].viewing().heard;
    let in_time = |&frame: &usize| {
        heard.get(&(1, frame as u32)).is_some_and(|&came| came <= sent[frame] + 2 * WAY.delay + PATIENCE)
    };
    (first..sent.len()).filter(in_time).count() as f64 / (sent.len() - first) as f64
}

#[test]
fn a_voice_is_understood_where_a_fifth_of_the_packets_is_lost_in_bursts() {
    let red = Means { red: true, nack: false };
    let both = Means { red: true, nack: true };
    let mut bare = Spread::of("frames in time from the relay, nothing done");
    let mut alone = Spread::of("frames in time from the relay, RED alone");
    let mut down = Spread::of("frames in time from the relay, RED and NACK");
    let mut up = Spread::of("frames in time to the relay, RED and NACK");
    for seed in seeds(20) {
        if seed % 4 == 0 {
            bare.add(seed, share_heard(seed, None, Some(Means { red: false, nack: false })));
        }
        alone.add(seed, share_heard(seed, None, Some(red)));
        down.add(seed, share_heard(seed, None, Some(both)));
        up.add(seed, share_heard(seed, Some(both), None));
    }
    bare.hold(0.75..0.85);
    alone.hold(0.95..);
    down.hold(0.97..);
    up.hold(0.97..);
}

#[test]
fn sound_is_sent_once_where_nothing_is_lost_and_plain_to_whoever_knows_no_other() {
    let mut sim = Sim::seeded(7);
    let speaker = sim.publisher_with("speaker", 1, None, true, |_| {});
    let sound = &mut sim.clients[speaker].publishing().audio.as_mut().expect("a microphone").sound;
    sound.red = Some(63);
    let page = sim.listener("page", 1, true, true);
    let player = sim.listener("player", 1, false, false);
    sim.stage(Some("speaker"));
    sim.run(secs(10));
    let before = sim.clients[page].viewing().redundant;
    assert!(before > 0, "nothing is known of its way at first");
    sim.run(secs(10));
    assert_eq!(sim.clients[page].viewing().redundant, before, "its way is clean");
    for listener in [page, player] {
        assert!(sim.clients[listener].viewing().heard.len() > 980);
    }
    assert_eq!(sim.clients[speaker].publishing().asked_again, 0);
    assert_eq!(sim.clients[player].viewing().redundant, 0);
}

/// Participants whose sound a listener's free slots carry, by the order of their joining.
fn voices(sim: &Sim, listener: usize, ids: &[PublicationId]) -> Vec<usize> {
    let place = |content: &SlotContent| match content {
        SlotContent::Live(id) => ids.iter().position(|known| known == id),
        _ => None,
    };
    let mut found: Vec<usize> = sim.contents(listener).iter().filter_map(place).collect();
    found.sort_unstable();
    found
}

fn level(sim: &mut Sim, speaker: usize, level: u8) {
    sim.clients[speaker].publishing().audio.as_mut().expect("a microphone").sound.level = Some(level);
}

#[test]
fn the_loudest_are_heard_unless_the_stage_says_otherwise() {
    for seed in seeds(20) {
        let mut sim = Sim::seeded(seed);
        let speakers: Vec<usize> = (0..6)
            .map(|number| {
                let speaker = sim.publisher_with(&format!("venue-{number}"), number + 1, None, true, |_| {});
                level(&mut sim, speaker, 70);
                speaker
            })
            .collect();
        let listener = sim.listener("listener", 3, false, false);
        sim.stage(None);
        sim.run(secs(2));
        let ids: Vec<PublicationId> = sim.figures().rooms[0].publications.iter().map(|known| known.id).collect();
        let silent = voices(&sim, listener, &ids);
        assert_eq!(silent.len(), 2, "seed {seed}: nobody speaks, two free slots");

        let unheard: Vec<usize> = (0..6).filter(|one| !silent.contains(one)).collect();
        let at = sim.draw(4) as usize;
        let (speaks, second) = (unheard[at], unheard[(at + 1) % 4]);
        level(&mut sim, speakers[speaks], 28);
        let after = sim.run_until(secs(2), |sim| voices(sim, listener, &ids).contains(&speaks));
        assert!(after < ms(600), "seed {seed}: whoever speaks is heard after {after:?}");

        // Two speak. A cough of somebody else's, and one of the two pausing, change nothing.
        level(&mut sim, speakers[second], 32);
        sim.run(secs(1));
        let before = voices(&sim, listener, &ids);
        assert_eq!(before, [speaks.min(second), speaks.max(second)], "seed {seed}");
        let other = silent[sim.draw(2) as usize];
        level(&mut sim, speakers[other], 30);
        sim.run(ms(60));
        level(&mut sim, speakers[other], 67);
        level(&mut sim, speakers[speaks], 70);
        for _ in 0..20 {
            sim.run(ms(50));
            assert_eq!(voices(&sim, listener, &ids), before, "seed {seed}");
        }

        // The stage names two who are silent: they are heard at once, and the loudest is not, however loud.
        level(&mut sim, speakers[speaks], 5);
        let named: Vec<usize> = (0..6).filter(|&one| one != speaks).skip(seed as usize % 3).take(2).collect();
        let opened = named.iter().map(|one| participant(&format!("venue-{one}"))).collect();
        let stage = Stage { on_air: None, heard: Heard::Only(opened) };
        sim.command(Command::SetStage { room: ROOM, stage }).expect("the room is open");
        sim.run(ms(100));
        for _ in 0..20 {
            sim.run(ms(50));
            assert_eq!(voices(&sim, listener, &ids), named, "seed {seed}: only who was opened");
        }
    }
}

#[test]
fn nobody_hears_themself_and_the_next_voice_takes_the_place() {
    let mut sim = Sim::seeded(3);
    for number in 0..4u16 {
        let speaker = sim.publisher_with(&format!("venue-{number}"), number + 1, None, true, |_| {});
        level(&mut sim, speaker, 20 + number as u8 * 10);
    }
    let own = sim.listener("venue-0", 3, false, false);
    let other = sim.listener("listener", 3, false, false);
    sim.stage(Some("venue-1"));
    sim.run(secs(3));
    let ids: Vec<PublicationId> = sim.figures().rooms[0].publications.iter().map(|known| known.id).collect();
    assert_eq!(voices(&sim, own, &ids), [1, 2, 3], "the programme and two others");
    assert_eq!(voices(&sim, other, &ids), [0, 1, 2], "the programme and the two loudest");
    assert!(sim.clients[own].viewing().heard.keys().all(|&(source, _)| source != 1));
}
