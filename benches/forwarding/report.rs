//! The table for people, the file for programs, and the bars.

use crate::{Run, floor::Parts};
use serde_json::json;
use std::{fmt::Write, fs, io, time::Duration};
use yunling::bot::{programme::Pace, tally::Tally};

/// Most that the relay may cost beside the floor at these numbers of viewers.
const RATIO_MAX: f64 = 1.6;
const RATIO_AT: [usize; 2] = [50, 400];

/// Most that a packet at 400 viewers may cost beside one at 50.
const GROWTH_MAX: f64 = 1.15;
const GROWTH_FROM: usize = 50;
const GROWTH_AT: usize = 400;

/// How far a valid floor may be from the sum of its parts.
const PARTS_OFF_MAX: f64 = 0.25;

/// A viewer is well served below these.
const LOSS_MAX: f64 = 0.001;
const DELAY_P99_MAX: Duration = Duration::from_millis(50);

/// Share of its core above which the load, not the server, sets the limit.
const LOAD_BUSY_MAX: f64 = 0.9;

/// Several runs of one side.
pub struct Side {
    /// Median, smallest and largest cost.
    pub ns: f64,
    pub ns_min: f64,
    pub ns_max: f64,
    /// All runs together.
    pub tally: Tally,
    /// Of the viewers of another maker.
    pub foreign: Tally,
    /// Largest share of its core that the load's thread used.
    pub load_busy: f64,
}

impl Side {
    pub fn of(runs: Vec<Run>) -> Self {
        let mut costs: Vec<_> = runs.iter().map(|run| run.ns_per_packet).collect();
        costs.sort_by(f64::total_cmp);
        let (mut tally, mut foreign) = (Tally::default(), Tally::default());
        let mut load_busy = 0.0_f64;
        for run in &runs {
            tally.add(&run.tally);
            foreign.add(&run.foreign);
            load_busy = load_busy.max(run.load_busy);
        }
        Self { ns: costs[costs.len() / 2], ns_min: costs[0], ns_max: costs[costs.len() - 1], tally, foreign, load_busy }
    }

    fn ms(&self, share: f64) -> f64 {
        self.tally.delay(share).map_or(f64::INFINITY, |delay| delay.as_secs_f64() * 1000.0)
    }
}

/// One level on one trace.
pub struct Row {
    pub viewers: usize,
    pub pace: Pace,
    pub ours: Side,
    pub floor: Side,
    /// The floor's run that its parts were measured beside.
    pub beside: f64,
    pub parts: Parts,
    /// What the parts add up to per datagram sent.
    pub sum: f64,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.ours.ns / self.floor.ns
    }

    fn floor_is_valid(&self) -> bool {
        (self.beside / self.sum - 1.0).abs() <= PARTS_OFF_MAX
    }

    fn load_is_limit(&self) -> bool {
        self.ours.load_busy.max(self.floor.load_busy) > LOAD_BUSY_MAX
    }

    /// Its line of the table.
    pub fn line(&self) -> String {
        let (ours, floor) = (&self.ours, &self.floor);
        let mut line = format!(
            "{:>7} {:>6} {:>9} {:>6.0} ({:.0}–{:.0}) {:>6.0} ({:.0}–{:.0}) {:>5.2} {:>6.0} {:>5} {:>7.3} {:>7.3} {:>6.2}/{:<6.2} {:>6.2}/{:<6.2} {:>4.0}%",
            self.viewers,
            self.pace.name(),
            ours.tally.datagrams,
            ours.ns,
            ours.ns_min,
            ours.ns_max,
            floor.ns,
            floor.ns_min,
            floor.ns_max,
            self.ratio(),
            self.sum,
            if self.floor_is_valid() { "yes" } else { "NO" },
            ours.tally.loss() * 100.0,
            floor.tally.loss() * 100.0,
            ours.ms(0.5),
            ours.ms(0.99),
            floor.ms(0.5),
            floor.ms(0.99),
            ours.load_busy.max(floor.load_busy) * 100.0,
        );
        if self.load_is_limit() {
            line.push_str("  the load side is the limit");
        }
        line
    }

    fn parts_line(&self) -> String {
        let by_run = ["1", "2–3", "4–7", "8+"].iter().zip(self.parts.send_by_run);
        let by_run: Vec<_> = by_run.filter_map(|(run, ns)| Some(format!("{run}: {:.0}", ns?))).collect();
        format!(
            "{:>7} {:>6}  recv {:.0}  open {:.0}  seal {:.0}  send {:.0} (by run length {})",
            self.viewers,
            self.pace.name(),
            self.parts.recv,
            self.parts.open,
            self.parts.seal,
            self.parts.send,
            by_run.join(", ")
        )
    }
}

/// Everything for people.
pub fn table(rows: &[Row]) -> String {
    let mut out = String::from(
        "viewers  trace   packets   relay ns (range)  floor ns (range) ratio  parts valid  loss %  floor % p50/p99 ms     floor p50/p99 ms load\n",
    );
    for row in rows {
        let _ = writeln!(out, "{}", row.line());
    }
    out.push_str("\nThe floor's parts, each alone, ns a datagram:\n");
    for row in rows {
        let _ = writeln!(out, "{}", row.parts_line());
    }
    out
}

/// Everything for programs.
pub fn write(rows: &[Row]) -> io::Result<()> {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "viewers": row.viewers,
                "trace": row.pace.name(),
                "packets": row.ours.tally.datagrams,
                "ns_per_packet": row.ours.ns.round(),
                "floor_ns_per_packet": row.floor.ns.round(),
                "ratio": (row.ratio() * 1000.0).round() / 1000.0,
                "loss": row.ours.tally.loss(),
                "p99_ms": row.ours.ms(0.99),
            })
        })
        .collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench");
    fs::create_dir_all(folder)?;
    fs::write(format!("{folder}/forwarding.json"), serde_json::to_string_pretty(&rows)?)
}

/// The bars that were missed, in words.
pub fn missed(rows: &[Row]) -> Vec<String> {
    let mut missed = Vec::new();
    for row in rows {
        let at = format!("{} viewers, {}", row.viewers, row.pace.name());
        if !row.floor_is_valid() {
            missed.push(format!(
                "{at}: the floor ({:.0} ns) is off its parts ({:.0} ns) by more than 25 %",
                row.floor.ns, row.sum
            ));
        }
        if RATIO_AT.contains(&row.viewers) && row.ratio() > RATIO_MAX {
            missed.push(format!("{at}: {:.2} × the floor, more than {RATIO_MAX}", row.ratio()));
        }
        if row.ours.tally.loss() >= LOSS_MAX {
            missed.push(format!("{at}: {:.2} % lost", row.ours.tally.loss() * 100.0));
        }
        if row.ours.tally.delay(0.99).is_none_or(|delay| delay >= DELAY_P99_MAX) {
            missed.push(format!("{at}: delay p99 {:.1} ms", row.ours.ms(0.99)));
        }
        let foreign = &row.ours.foreign;
        if foreign.loss() >= LOSS_MAX || foreign.delay(0.99).is_none_or(|delay| delay >= DELAY_P99_MAX) {
            let p99 = foreign.delay(0.99).unwrap_or(Duration::MAX).as_secs_f64() * 1000.0;
            missed.push(format!("{at}: foreign viewers lost {:.2} %, delay p99 {p99:.1} ms", foreign.loss() * 100.0));
        }
        if row.ours.tally.refused > 0 {
            missed.push(format!("{at}: {} datagrams did not open", row.ours.tally.refused));
        }
        let base = rows.iter().find(|base| base.viewers == GROWTH_FROM && base.pace == row.pace);
        if let (GROWTH_AT, Some(base)) = (row.viewers, base)
            && row.ours.ns > base.ours.ns * GROWTH_MAX
        {
            missed.push(format!(
                "{at}: {:.0} ns a packet, more than {GROWTH_MAX} × the {:.0} ns at {GROWTH_FROM}",
                row.ours.ns, base.ours.ns
            ));
        }
    }
    missed
}
