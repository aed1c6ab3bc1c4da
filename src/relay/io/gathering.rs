//! How long a worker gathers video before it sends: nothing while it has time to spare, up to 5 ms when it has none.
//!
//! Like a network card moderates interrupts: the cost of sending is per call and per address, so a busy worker sends fewer
//! and larger runs. Sound never waits; that is the core's part. Here is only the arithmetic: [`Busyness`] measures,
//! [`gathering`] decides.

use std::time::{Duration, Instant};

/// Longest gathering: a tenth of what people notice in a conversation, and the pacer's tick.
pub const GATHERING_MAX: Duration = Duration::from_millis(5);

/// Time over which the decision is made.
const WINDOW: Duration = Duration::from_millis(100);

/// Time over which the figure for people is made.
const SECOND: Duration = Duration::from_secs(1);

/// Busy share at which gathering begins to grow, and at which it is full.
const RISING: (f32, f32) = (0.10, 0.40);

/// Busy share under which gathering is gone, and above which none of it is given up. Gathering makes sending two to four
/// times cheaper, so the same load that made it grow shows a share that much smaller afterwards; the bands leave that gap.
const FALLING: (f32, f32) = (0.03, 0.12);

/// The gathering that follows from the present one and the share of time the worker was busy, 0.0 to 1.0.
///
/// Between the two bands nothing changes, so that it does not swing: more gathering means less busy.
#[must_use]
pub fn gathering(present: Duration, busy: f32) -> Duration {
    let at_least = GATHERING_MAX.mul_f32(share_of(RISING, busy));
    let at_most = GATHERING_MAX.mul_f32(share_of(FALLING, busy));
    present.clamp(at_least, at_most)
}

fn share_of((from, to): (f32, f32), busy: f32) -> f32 {
    ((busy - from) / (to - from)).clamp(0.0, 1.0)
}

/// Measures how much of its time a worker does not wait.
#[derive(Debug)]
pub struct Busyness {
    window: Span,
    second: Span,
    last_second: f32,
}

/// One stretch of time under measurement.
#[derive(Debug)]
struct Span {
    began: Instant,
    waited: Duration,
}

impl Busyness {
    /// Measures from `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let span = || Span { began: now, waited: Duration::ZERO };
        Self { window: span(), second: span(), last_second: 0.0 }
    }

    /// The worker waited from `from` until `until`. Each 100 ms it answers with the busy share of that time.
    pub fn waited(&mut self, from: Instant, until: Instant) -> Option<f32> {
        let waited = until.saturating_duration_since(from);
        self.window.waited += waited;
        self.second.waited += waited;
        if let Some(share) = self.second.finish(until, SECOND) {
            self.last_second = share;
        }
        self.window.finish(until, WINDOW)
    }

    /// Busy share of the last full second, 0.0 to 1.0.
    #[must_use]
    pub fn last_second(&self) -> f32 {
        self.last_second
    }
}

impl Span {
    fn finish(&mut self, now: Instant, length: Duration) -> Option<f32> {
        let elapsed = now.saturating_duration_since(self.began);
        if elapsed < length {
            return None;
        }
        let busy = elapsed.saturating_sub(self.waited).as_secs_f32() / elapsed.as_secs_f32();
        *self = Self { began: now, waited: Duration::ZERO };
        Some(busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn an_idle_worker_sends_at_once_and_a_full_one_gathers_five_milliseconds() {
        for (present, busy, expect) in [
            (Duration::ZERO, 0.0, Duration::ZERO),
            (Duration::ZERO, 0.08, Duration::ZERO),
            (Duration::ZERO, 0.25, Duration::from_micros(2500)),
            (Duration::ZERO, 0.40, 5 * MS),
            (Duration::ZERO, 1.0, 5 * MS),
            (5 * MS, 0.12, 5 * MS),
            (5 * MS, 0.01, Duration::ZERO),
        ] {
            let got = gathering(present, busy);
            assert!(got.abs_diff(expect) < Duration::from_micros(2), "{present:?} at {busy}: {got:?}, not {expect:?}");
        }
    }

    /// The share of time the same work takes when gathering makes its sends up to four times cheaper.
    fn busy_at(load: f32, gathering: Duration) -> f32 {
        load / (1.0 + 3.0 * gathering.as_secs_f32() / GATHERING_MAX.as_secs_f32())
    }

    #[test]
    fn gathering_settles_although_it_lowers_what_it_is_measured_by() {
        for load in 1..=40u16 {
            let load = f32::from(load) / 20.0;
            let mut present = Duration::ZERO;
            for _ in 0..50 {
                present = gathering(present, busy_at(load, present).min(1.0));
            }
            let settled = present;
            for _ in 0..20 {
                present = gathering(present, busy_at(load, present).min(1.0));
                assert_eq!(present, settled, "swings at load {load}");
            }
        }
    }

    #[test]
    fn busyness_is_the_share_not_waited() {
        let start = Instant::now();
        let mut busyness = Busyness::new(start);
        assert_eq!(busyness.waited(start, start + 60 * MS), None);
        let share = busyness.waited(start + 80 * MS, start + 100 * MS).expect("a full window");
        assert!((share - 0.2).abs() < 0.001, "{share}");
        let share = busyness.waited(start + 100 * MS, start + 1100 * MS).expect("a full window");
        assert!(share.abs() < 0.001, "{share}");
        assert!((busyness.last_second() - 20.0 / 1100.0).abs() < 0.001);
    }
}
