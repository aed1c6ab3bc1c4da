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
use yunling::{bot::tally::Tally, relay::transport::dtls::Certificate};

const ROOMS: usize = 8;

/// Viewers to begin with; how busy they keep the worker tells how many more it takes.
const FIRST: usize = 120;

const ROUNDS: usize = 3;

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
        let mut run = settled(&server)?;
        while run.busy < share - SHARE_OFF_MAX / 2.0 && run.load_busy < 0.9 {
            // A busier worker sends more in one call: the last of its core takes many viewers, and then few.
            let step = if run.busy > 0.7 { 0.25 } else { 0.6 };
            viewers = viewers.max((viewers as f64 * (1.0 + (share / run.busy - 1.0) * step)) as usize) + 4;
            server.grow(runtime, viewers)?;
            run = settled(&server)?;
        }
        let mut tally = Tally::default();
        let mut busy = 0.0;
        let began = Instant::now();
        let (before, core) = (server.delays(runtime), cpu::idle(cpu::SERVER_CORE)?);
        for _ in 0..ROUNDS {
            run = look(&server)?;
            busy += run.busy / ROUNDS as f64;
            tally.add(&run.tally);
        }
        let ms = |part| tally.delay(part).map_or(f64::INFINITY, |delay| delay.as_secs_f64() * 1000.0);
        println!(
            "{viewers:>7} {:>4.0}% {:>10.0} {:>7.3} {:>6.2}/{:.2}/{:.2}/{:.2}{}",
            busy * 100.0,
            tally.datagrams as f64 / (ROUNDS as f64 * crate::RUN.as_secs_f64()),
            tally.loss() * 100.0,
            ms(0.5),
            ms(0.9),
            ms(0.99),
            ms(0.999),
            if run.load_busy > 0.9 { "  the load side is the limit" } else { "" },
        );
        let inside = server.delays(runtime).since(&before);
        let stays = |share| inside.quantile(share).unwrap_or_default().as_secs_f64() * 1000.0;
        let idle = cpu::idle(cpu::SERVER_CORE)?.saturating_sub(core).as_secs_f64() / began.elapsed().as_secs_f64();
        println!(
            "{}; inside the relay {:.2}/{:.2}/{:.2} ms; the core was idle {:.0} % of the time",
            server.ways(runtime),
            stays(0.5),
            stays(0.9),
            stays(0.99),
            idle * 100.0
        );
        if (busy - share).abs() > SHARE_OFF_MAX {
            missed.push(format!(
                "{viewers} viewers keep the core {:.0} % busy, not {:.0}",
                busy * 100.0,
                share * 100.0
            ));
        }
        if tally.delay(0.99).is_none_or(|delay| delay > longest) {
            missed.push(format!(
                "at {:.0} % of a core: delay p99 {:.1} ms, more than {longest:?}",
                busy * 100.0,
                ms(0.99)
            ));
        }
    }
    server.stop();
    Ok(missed)
}

/// A look once what follows new viewers is over: their history, and finding out what their ways bear.
fn settled(server: &Server) -> Result<Run, Box<dyn Error>> {
    look(server)?;
    look(server)
}

fn look(server: &Server) -> Result<Run, Box<dyn Error>> {
    Ok(window(server.worker, &server.viewers, || server.take_foreign())?)
}
