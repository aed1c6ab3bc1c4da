//! What forwarding a packet costs: one publisher to 10, 50, 200 and 400 viewers, beside a bare floor.
//!
//! `make bench` runs it. Counted is the CPU time, user and system, of the one thread that forwards: the relay's media worker,
//! or the floor's thread. Loopback delivers inside the sender's system call, so the receivers' half of the kernel is in both.
//! Handshakes, signalling and the load run on other threads and are not counted. The server's threads are on one core, all
//! else on the other. Floor and server take turns; each figure is the median of [`ROUNDS`] short runs.
//!
//! The relay's viewers ask for all that our pages ask for (transport-wide feedback, which they send, repeats, sound with
//! redundancy); the floor's ask for nothing. Delays, which [`delays`] measures by themselves, end at the kernel's time of arrival.

#![expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
#![expect(clippy::print_stdout, reason = "the table is for people")]
#![allow(missing_docs, unreachable_pub, reason = "a program, not a library")]

mod cpu;
mod delays;
mod floor;
mod load;
mod report;
mod server;

use floor::{Floor, Part, Parts, Viewer, Work, replay};
use load::Load;
use report::{Row, Side};
use server::Server;
use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use yunling::{
    bot::{light::Light, programme::Pace, tally::Tally},
    relay::{media::Codec, transport::dtls::Certificate},
};

const LEVELS: [usize; 4] = [10, 50, 200, 400];
const PACES: [Pace; 2] = [Pace::Spread, Pace::Burst];
const ROUNDS: usize = 3;

/// Time for what follows a silence to be over before a run counts: key frames, probes, more or less gathering.
const SETTLE: Duration = Duration::from_millis(1500);

/// Length of one run.
const RUN: Duration = Duration::from_secs(2);

/// Part of a floor run's log that is replayed for each part.
const REPLAY: Duration = Duration::from_millis(1500);

/// One measured run.
struct Run {
    ns_per_packet: f64,
    tally: Tally,
    /// Of the viewers of another maker.
    foreign: Tally,
    /// Share of its core that the measured thread used.
    busy: f64,
    load_busy: f64,
}

fn main() -> ExitCode {
    match measure() {
        Ok(missed) if missed.is_empty() => ExitCode::SUCCESS,
        Ok(missed) => {
            for words in missed {
                println!("MISSED: {words}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("the benchmark could not run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<Vec<String>, Box<dyn Error>> {
    cpu::pin(cpu::LOAD_CORE)?;
    let epoch = Instant::now();
    let certificate = Arc::new(Certificate::generate()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut server = Server::start(&runtime, &certificate, epoch, 1)?;
    server.pause(true);
    let mut rows = Vec::new();
    for viewers in levels() {
        let began = Instant::now();
        server.grow(&runtime, viewers)?;
        println!("{viewers} viewers joined after {:.1} s", began.elapsed().as_secs_f64());
        let bare = BareSide::start(&certificate, epoch, viewers)?;
        for pace in PACES {
            rows.push(level(&server, &bare, viewers, pace)?);
            println!("{}", rows.last().expect("it was just pushed").line());
            println!("{}", server.ways(&runtime));
        }
    }
    server.stop();
    println!("\n{}", report::table(&rows));
    report::write(&rows)?;
    let mut missed = report::missed(&rows);
    missed.extend(delays::measure(&runtime, &certificate, epoch)?);
    Ok(missed)
}

/// All levels, or those named in `YUNLING_BENCH_VIEWERS`, separated by commas.
fn levels() -> Vec<usize> {
    let asked = std::env::var("YUNLING_BENCH_VIEWERS").unwrap_or_default();
    let asked: Vec<_> = asked.split(',').filter_map(|word| word.trim().parse().ok()).collect();
    if asked.is_empty() { LEVELS.to_vec() } else { asked }
}

/// The floor and its load.
struct BareSide {
    floor: Floor,
    publisher: Load,
    viewers: Load,
    addresses: Vec<SocketAddr>,
}

const PUBLISHER_SEED: u64 = 7;

impl BareSide {
    fn start(certificate: &Arc<Certificate>, epoch: Instant, count: usize) -> Result<Self, Box<dyn Error>> {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let viewers = Load::start("bare-viewers")?;
        let theirs = Arc::clone(certificate);
        let addresses = viewers.with(move |crowd| {
            (0..count)
                .map(|seed| {
                    let keys = floor::keys(seed as u64 + 100, false);
                    let light = Light::bare_viewer(&theirs, &keys, epoch, seed as u64);
                    let member = crowd.add(light, local)?;
                    crowd.address(member)
                })
                .collect::<Result<Vec<_>, _>>()
        })?;
        let floor = Floor::start(&floor::keys(PUBLISHER_SEED, true), self::viewers(&addresses))?;
        let publisher = Load::start("bare-publisher")?;
        let (to, theirs) = (floor.address, Arc::clone(certificate));
        publisher.with(move |crowd| {
            let keys = floor::keys(PUBLISHER_SEED, false);
            let now = Instant::now();
            let light =
                Light::bare_publisher(&theirs, &keys, (now, to), (Codec::Vp8, Pace::Spread), epoch, PUBLISHER_SEED);
            crowd.add(light, local)
        })?;
        Ok(Self { floor, publisher, viewers, addresses })
    }

    fn pause(&self, paused: bool) {
        self.publisher.with(move |crowd| crowd.light(0).pause(Instant::now(), paused));
    }

    fn set_pace(&self, pace: Pace) {
        self.publisher.with(move |crowd| crowd.light(0).set_pace(Instant::now(), pace));
    }

    /// What one received datagram costs when nothing is done with it.
    fn receive_alone(&self) -> std::io::Result<f64> {
        self.floor.receive_only(true);
        self.floor.take();
        self.pause(false);
        let before = self.floor.thread.cpu()?;
        thread::sleep(REPLAY);
        self.pause(true);
        thread::sleep(Duration::from_millis(20));
        let cost = self.floor.thread.cpu()?.saturating_sub(before);
        let received = self.floor.take().received;
        self.floor.receive_only(false);
        Ok(cost.as_nanos() as f64 / received.max(1) as f64)
    }

    fn parts(&self, work: &Work) -> Result<Parts, Box<dyn Error>> {
        let mut parts = Parts { recv: self.receive_alone()?, ..Parts::default() };
        let log: Vec<_> = work.log.iter().filter(|event| event.at() < REPLAY).cloned().collect();
        for part in [Part::Open, Part::Seal, Part::Send] {
            let (log, viewers) = (log.clone(), viewers(&self.addresses));
            let name = thread::Builder::new().name("part".to_owned());
            let handle = name.spawn(move || {
                cpu::pin(cpu::SERVER_CORE).expect("the core was there at start");
                let mut parts = Parts::default();
                replay(&log, part, &floor::keys(PUBLISHER_SEED, true), viewers, &mut parts).map(|()| parts)
            })?;
            let alone = handle.join().map_err(|_| "a part stopped")??;
            match part {
                Part::Open => parts.open = alone.open,
                Part::Seal => parts.seal = alone.seal,
                Part::Send => (parts.send, parts.send_by_run) = (alone.send, alone.send_by_run),
            }
        }
        take(&self.viewers);
        Ok(parts)
    }
}

fn viewers(addresses: &[SocketAddr]) -> Vec<Viewer> {
    let viewer = |(seed, address): (usize, &SocketAddr)| match address {
        SocketAddr::V4(address) => Some(Viewer::new(&floor::keys(seed as u64 + 100, true), *address)),
        SocketAddr::V6(_) => None,
    };
    addresses.iter().enumerate().filter_map(viewer).collect()
}

/// Counts of all members since the last time.
fn take(load: &Load) -> Tally {
    load.with(|crowd| {
        let mut all = Tally::default();
        for light in crowd.lights() {
            all.add(&light.tally().take());
        }
        all
    })
}

/// One measured window while packets flow.
fn window(thread: cpu::Thread, load: &Load, foreign: impl Fn() -> Tally) -> std::io::Result<Run> {
    thread::sleep(SETTLE);
    take(load);
    foreign();
    let (before, load_before, began) = (thread.cpu()?, load.thread.cpu()?, Instant::now());
    thread::sleep(RUN);
    let (cpu, load_cpu, elapsed) = (thread.cpu()?, load.thread.cpu()?, began.elapsed());
    let (tally, foreign) = (take(load), foreign());
    let packets = tally.datagrams + foreign.datagrams;
    let used = cpu.saturating_sub(before);
    Ok(Run {
        ns_per_packet: used.as_nanos() as f64 / packets.max(1) as f64,
        busy: used.as_secs_f64() / elapsed.as_secs_f64(),
        load_busy: load_cpu.saturating_sub(load_before).as_secs_f64() / elapsed.as_secs_f64(),
        tally,
        foreign,
    })
}

fn level(server: &Server, bare: &BareSide, viewers: usize, pace: Pace) -> Result<Row, Box<dyn Error>> {
    server.set_pace(pace);
    bare.set_pace(pace);
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    let mut works = Vec::new();
    for _ in 0..ROUNDS {
        bare.floor.take();
        bare.pause(false);
        floors.push(window(bare.floor.thread, &bare.viewers, Tally::default)?);
        bare.pause(true);
        thread::sleep(Duration::from_millis(20));
        works.push(bare.floor.take());
        server.pause(false);
        ours.push(window(server.worker, &server.viewers, || server.take_foreign())?);
        server.pause(true);
    }
    let work = works.pop().expect("there was at least one round");
    let parts = bare.parts(&work)?;
    let sum = parts.sum(work.received, work.sent);
    let beside = floors.last().map_or(0.0, |run| run.ns_per_packet);
    Ok(Row { viewers, pace, ours: Side::of(ours), floor: Side::of(floors), beside, parts, sum })
}
