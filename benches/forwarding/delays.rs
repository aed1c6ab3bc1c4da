//! How long a packet takes through a relay that is half busy, and one that is nearly as busy as its core allows.
//!
//! From the publisher's stamp to the kernel's time of arrival at the viewer's socket. Eight meetings at once, out of step: in a
//! single one a core that is busy for nine tenths of the time has, whatever it does, nine tenths of a picture's interval between
//! a picture's first copy and its last.

use crate::{Run, cpu, server::Server, window};
use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;
use yunling::{
    bot::tally::Tally,
    relay::{delay::Delays, transport::dtls::Certificate},
};

const ROOMS: usize = 8;

/// Viewers to begin with; how busy they keep the worker tells how many more it takes.
const FIRST: usize = 120;

const ROUNDS: usize = 3;

/// Share of the load's own core above which not the relay is measured but it.
const LOAD_BUSY_MAX: f64 = 0.9;

/// How far from the wanted share of the core a measurement still counts.
const SHARE_OFF_MAX: f64 = 0.05;

/// A share of the worker's core, and the longest 99 of 100 packets may take then.
const BARS: [(f64, Duration); 2] = [(0.5, Duration::from_millis(2)), (0.9, Duration::from_millis(10))];

/// Measures, prints a line each, and returns the bars that were missed, in words.
pub fn measure(
    runtime: &Runtime,
    certificate: &Arc<Certificate>,
    epoch: Instant,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut server = Server::start(runtime, certificate, epoch, ROOMS)?;
    // They go on sending: what begins after a silence, with key frames and probes for everybody at once, is no steady load.
    server.pause(false);
    let mut viewers = FIRST;
    server.grow(runtime, viewers)?;
    let mut missed = Vec::new();
    println!("\nDelays through {ROOMS} meetings at once:\nviewers  core  packets/s  loss %  p50/p90/p99/p99.9 ms");
    for (share, longest) in BARS {
        let seen = loop {
            let before = settled(&server)?;
            if before.busy >= share - SHARE_OFF_MAX / 2.0 || before.load_busy > LOAD_BUSY_MAX {
                let seen = Seen::at(runtime, &server)?;
                seen.print(viewers);
                // What kept the core busy before may have been somebody else's.
                if seen.busy >= share - SHARE_OFF_MAX || seen.load_busy > LOAD_BUSY_MAX {
                    break seen;
                }
            }
            // A busier worker sends more in one call: the last of its core takes many viewers, and then few.
            let step = if before.busy > 0.7 { 0.25 } else { 0.6 };
            viewers = viewers.max((viewers as f64 * (1.0 + (share / before.busy - 1.0) * step)) as usize) + 4;
            server.grow(runtime, viewers)?;
        };
        if (seen.busy - share).abs() > SHARE_OFF_MAX {
            let percent = seen.busy * 100.0;
            missed.push(format!("{viewers} viewers keep the core {percent:.0} % busy, not {:.0}", share * 100.0));
        }
        if seen.tally.delay(0.99).is_none_or(|delay| delay > longest) {
            let (percent, ms) = (seen.busy * 100.0, seen.ms(0.99));
            missed.push(format!("at {percent:.0} % of a core: delay p99 {ms:.1} ms, more than {longest:?}"));
        }
    }
    server.stop();
    Ok(missed)
}

/// Some windows together.
struct Seen {
    tally: Tally,
    /// Share of its core that the worker used, and the load's thread of its own.
    busy: f64,
    load_busy: f64,
    /// How long packets stayed inside the relay.
    inside: Delays,
    /// What the relay makes of its viewers' ways.
    ways: String,
    /// Share of the time in which nothing at all ran on the worker's core.
    idle: f64,
}

impl Seen {
    fn at(runtime: &Runtime, server: &Server) -> Result<Self, Box<dyn Error>> {
        let (mut tally, mut busy, mut load_busy) = (Tally::default(), 0.0, 0.0);
        let (before, core, began) = (server.delays(runtime), cpu::idle(cpu::SERVER_CORE)?, Instant::now());
        for _ in 0..ROUNDS {
            let run = look(server)?;
            busy += run.busy / ROUNDS as f64;
            load_busy += run.load_busy / ROUNDS as f64;
            tally.add(&run.tally);
        }
        let idle = cpu::idle(cpu::SERVER_CORE)?.saturating_sub(core).as_secs_f64() / began.elapsed().as_secs_f64();
        let (inside, ways) = (server.delays(runtime).since(&before), server.ways(runtime));
        Ok(Self { tally, busy, load_busy, inside, ways, idle })
    }

    fn ms(&self, part: f64) -> f64 {
        self.tally.delay(part).map_or(f64::INFINITY, |delay| delay.as_secs_f64() * 1000.0)
    }

    fn print(&self, viewers: usize) {
        println!(
            "{viewers:>7} {:>4.0}% {:>10.0} {:>7.3} {:>6.2}/{:.2}/{:.2}/{:.2}{}",
            self.busy * 100.0,
            self.tally.datagrams as f64 / (ROUNDS as f64 * crate::RUN.as_secs_f64()),
            self.tally.loss() * 100.0,
            self.ms(0.5),
            self.ms(0.9),
            self.ms(0.99),
            self.ms(0.999),
            if self.load_busy > LOAD_BUSY_MAX { "  the load side is the limit" } else { "" },
        );
        let stays = |share| self.inside.quantile(share).unwrap_or_default().as_secs_f64() * 1000.0;
        println!(
            "{}; inside the relay {:.2}/{:.2}/{:.2} ms; the core was idle {:.0} % of the time",
            self.ways,
            stays(0.5),
            stays(0.9),
            stays(0.99),
            self.idle * 100.0
        );
    }
}

/// A look once what follows new viewers is over: their history, and finding out what their ways bear.
fn settled(server: &Server) -> Result<Run, Box<dyn Error>> {
    look(server)?;
    let (first, second) = (look(server)?, look(server)?);
    Ok(Run { busy: f64::midpoint(first.busy, second.busy), ..second })
}

fn look(server: &Server) -> Result<Run, Box<dyn Error>> {
    Ok(window(server.worker, &server.viewers, || server.take_foreign())?)
}
