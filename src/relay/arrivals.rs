//! When a peer's packets arrived, by their transport-wide numbers, so that its sender can find out what the way bears
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01).
//!
//! [`Arrivals`] collects kernel receive times and cuts them into [`ArrivalReport`]s; [`rtcp`](super::transport::rtcp) writes and
//! reads those. Browsers without such reports stay near 300 kbit/s.

use super::rtp;
use std::time::Instant;

/// Arrivals kept: a second at 1000 packets a second, so that a packet that was overtaken can still be reported.
const KEPT: usize = 1024;

/// Most packets one report speaks of: with the longest codes it fits a datagram.
const REPORT_PACKETS_MAX: u64 = 400;

/// Microseconds of one tick of a report's times.
pub const TICK_US: u64 = 250;

/// Ticks of one step of a report's reference time: 64 ms.
const REFERENCE_TICKS: u64 = 256;

/// Farthest two neighbours in a report may be apart: a signed 16-bit number of ticks.
const STEP_MAX: i64 = i16::MAX as i64;

/// Numbers start here, so that packets older than the first still have one.
const FIRST: u64 = 1 << 20;

/// Which of a row of packets arrived, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivalReport {
    /// Transport-wide number of the first.
    pub base: u16,
    /// The report's own number.
    pub count: u8,
    /// Its reference time in steps of 64 ms, 24 bits of them.
    pub reference: u32,
    /// For each number in order, ticks of 250 µs after the reference time; `None` if it didn't arrive.
    pub packets: Vec<Option<i32>>,
}

/// What arrived since the last report.
#[derive(Debug)]
pub struct Arrivals {
    /// Id of the header extension that carries the numbers.
    pub extension: u8,
    epoch: Instant,
    seen: Box<[Option<(u64, u64)>]>,
    /// First number the next report speaks of, and one past the last that came.
    open: Option<(u64, u64)>,
    count: u8,
}

impl Arrivals {
    /// Nothing yet; times count from `epoch`. Allocates all it will ever use.
    #[must_use]
    pub fn new(extension: u8, epoch: Instant) -> Self {
        Self { extension, epoch, seen: vec![None; KEPT].into_boxed_slice(), open: None, count: 0 }
    }

    /// A packet with this number arrived.
    pub fn note(&mut self, seq: u16, at: Instant) {
        let ticks = at.saturating_duration_since(self.epoch).as_micros() as u64 / TICK_US;
        let start = FIRST + u64::from(seq);
        let (first, end) = self.open.unwrap_or((start, start));
        let number = rtp::extend_seq(end, seq);
        // One that was overtaken was reported as lost: the next report takes that back.
        let first = if number + (KEPT as u64) / 2 < end { first } else { first.min(number) };
        self.seen[number as usize % KEPT] = Some((number, ticks));
        self.open = Some((first.max((number + 1).saturating_sub(KEPT as u64)), end.max(number + 1)));
    }

    /// The next report on what came since the last; `None` if nothing did.
    pub fn report(&mut self) -> Option<ArrivalReport> {
        let (open, end) = self.open?;
        let first = (open..end).find(|&number| self.at(number).is_some())?;
        // What was lost before the first arrival is told as well, unless it is too much for one report.
        let base = if first - open < REPORT_PACKETS_MAX / 2 { open } else { first };
        let reference = self.at(first)? / REFERENCE_TICKS;
        let mut last = (reference * REFERENCE_TICKS) as i64;
        let mut packets = Vec::with_capacity((end - base).min(REPORT_PACKETS_MAX) as usize);
        let mut next = base;
        while next < end && next - base < REPORT_PACKETS_MAX {
            let ticks = self.at(next).map(|ticks| ticks as i64);
            if ticks.is_some_and(|ticks| (ticks - last).abs() > STEP_MAX) {
                break;
            }
            last = ticks.unwrap_or(last);
            packets.push(ticks.map(|ticks| (ticks - (reference * REFERENCE_TICKS) as i64) as i32));
            next += 1;
        }
        self.open = Some((next, end));
        let count = self.count;
        self.count = count.wrapping_add(1);
        Some(ArrivalReport { base: base as u16, count, reference: (reference & 0xff_ffff) as u32, packets })
    }

    fn at(&self, number: u64) -> Option<u64> {
        self.seen[number as usize % KEPT].filter(|seen| seen.0 == number).map(|seen| seen.1)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;
    use std::time::Duration;

    fn us(count: u64) -> Duration {
        Duration::from_micros(count)
    }

    #[test]
    fn a_report_tells_what_came_and_what_did_not() {
        let epoch = Instant::now();
        let mut arrivals = Arrivals::new(3, epoch);
        assert_eq!(arrivals.report(), None);
        for (seq, at) in [(u16::MAX, 64_000), (0, 64_500), (2, 70_250)] {
            arrivals.note(seq, epoch + us(at));
        }
        let report = arrivals.report().expect("three came");
        assert_eq!((report.base, report.count, report.reference), (u16::MAX, 0, 1));
        assert_eq!(report.packets, [Some(0), Some(2), None, Some(25)]);
        assert_eq!(arrivals.report(), None, "nothing new");
        arrivals.note(3, epoch + us(129_000));
        let report = arrivals.report().expect("one came");
        assert_eq!((report.base, report.count, report.reference, &report.packets[..]), (3, 1, 2, &[Some(4)][..]));
    }

    #[test]
    fn an_overtaken_packet_is_reported_after_all() {
        let epoch = Instant::now();
        let mut arrivals = Arrivals::new(3, epoch);
        for seq in [10, 12] {
            arrivals.note(seq, epoch + us(1000));
        }
        assert_eq!(arrivals.report().map(|report| report.packets.len()), Some(3));
        arrivals.note(11, epoch + us(2000));
        let report = arrivals.report().expect("it came");
        assert_eq!((report.base, &report.packets[..]), (11, &[Some(8), Some(4)][..]));
    }

    #[test]
    fn a_long_pause_begins_a_report_of_its_own() {
        let epoch = Instant::now();
        let mut arrivals = Arrivals::new(3, epoch);
        arrivals.note(1, epoch);
        arrivals.note(2, epoch + Duration::from_secs(20));
        assert_eq!(arrivals.report().map(|report| report.packets), Some(vec![Some(0)]));
        let report = arrivals.report().expect("the second");
        assert_eq!((report.base, report.reference), (2, 312));
        assert_eq!(arrivals.report(), None);
    }

    #[test]
    fn a_jump_of_numbers_is_bounded() {
        let epoch = Instant::now();
        let mut arrivals = Arrivals::new(3, epoch);
        for seq in [0u16, 30_000, 60_000, 20_000, 50_000] {
            arrivals.note(seq, epoch + us(u64::from(seq)));
        }
        let mut spoken = 0;
        while let Some(report) = arrivals.report() {
            spoken += report.packets.len();
        }
        assert!(spoken <= KEPT, "{spoken}");
    }
}
