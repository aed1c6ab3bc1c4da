//! An hour of comings and goings in virtual time: whoever leaves, in whatever way, leaves nothing behind.

use crate::{
    client::Client,
    counting::held,
    stage::{ROOM, Stand, numbered, publish_plan, publisher, session, shows, view_plan, viewer},
};
use std::time::{Duration, Instant};
use yunling::relay::{command::Command, rooms::Input};

/// An hour where there is time for it, else five minutes.
fn span() -> Duration {
    Duration::from_secs(if std::env::var_os("SOAK").is_some() { 3600 } else { 300 })
}

/// Coarse: what is looked at takes seconds.
const STEP: Duration = Duration::from_millis(5);

/// People at once, and how long one stays at the most.
const PEOPLE_MAX: usize = 12;
const STAYS_MAX_MS: u64 = 60_000;

/// Longer than the relay waits for anybody.
const ALL_OVER: Duration = Duration::from_secs(40);

/// Somebody who is there, until when, and how they go.
struct Guest {
    number: usize,
    client: Client,
    until: Instant,
    says_so: bool,
}

struct Hour {
    stand: Stand,
    guests: Vec<Guest>,
    random: u64,
    joined: usize,
}

impl Hour {
    fn draw(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    fn somebody_comes(&mut self) {
        self.joined += 1;
        let number = self.joined;
        let now = self.stand.now;
        let (stays, kind) = (self.draw(STAYS_MAX_MS), self.draw(8));
        let client = match kind {
            // Whose handshake is done and who is never heard of.
            0 => {
                self.stand.join(number, view_plan(number));
                return;
            }
            1 | 2 => {
                let keys = self.stand.join(number, publish_plan());
                self.stand.command(Command::SetStage { room: ROOM, stage: shows(number) });
                publisher(number, &keys, now)
            }
            _ => {
                let keys = self.stand.join(number, numbered(view_plan(number), (kind > 4).then_some(5)));
                viewer(number, &keys, now)
            }
        };
        let until = now + Duration::from_millis(stays);
        let says_so = self.draw(2) == 0;
        self.guests.push(Guest { number, client, until, says_so });
    }

    fn step(&mut self) {
        self.stand.now += STEP;
        let now = self.stand.now;
        let mut out = Vec::new();
        for guest in &mut self.guests {
            guest.client.send(now, &mut out);
            let from = guest.client.address;
            for mut datagram in out.drain(..) {
                guest.client.answered += u64::from(datagram[0] < 4);
                self.stand.feed(Input::Datagram { from: from.into(), bytes: &mut datagram });
            }
        }
        let (staying, going) = std::mem::take(&mut self.guests).into_iter().partition(|guest| guest.until > now);
        self.guests = staying;
        for guest in going.into_iter().filter(|guest: &Guest| guest.says_so) {
            self.stand.command(Command::Leave { room: ROOM, session: session(guest.number) });
        }
        if self.stand.wake.is_some_and(|wake| wake <= now) {
            self.stand.feed(Input::Timeout);
        }
    }

    fn run(&mut self, span: Duration) {
        let end = self.stand.now + span;
        let mut next = self.stand.now;
        while self.stand.now < end {
            if next <= self.stand.now && self.guests.len() < PEOPLE_MAX {
                self.somebody_comes();
                next = self.stand.now + Duration::from_millis(self.draw(4000));
            }
            self.step();
        }
        self.guests.iter_mut().for_each(|guest| guest.until = guest.until.min(end));
        let over = self.stand.now + ALL_OVER;
        while self.stand.now < over {
            self.step();
        }
        self.guests.shrink_to_fit();
    }
}

#[test]
fn an_hour_of_joins_and_leaves_leaves_nothing_behind() {
    let stand = Stand::new(0, Duration::ZERO, None);
    let mut hour = Hour { stand, guests: Vec::new(), random: 7, joined: 0 };
    hour.stand.command(Command::Leave { room: ROOM, session: session(0) });
    hour.stand.clients.clear();
    // Tables grow to what that many people need, once.
    hour.run(Duration::from_secs(300));
    let (before, joined) = (held(), hour.joined);
    hour.run(span());
    let (after, more) = (held(), hour.joined - joined);
    println!(
        "{more} joins and {} packets forwarded in {:?}: {before} bytes held before, {after} after",
        hour.stand.sent,
        span()
    );
    assert!(more > 100 && hour.stand.sent > 100_000, "{more} joins, {} packets", hour.stand.sent);
    assert!(after <= before, "{} bytes stayed of {more} joins", after - before);
}
