//! How long a worker gathers video before it sends: as little as leaves it time to spare, nothing at half load, 3 ms at most.
//!
//! Like a network card moderates interrupts: the cost of sending is per call and per address, so a busy worker sends fewer
//! and larger runs. Sound never waits; that is the core's part. Here is only the arithmetic: [`Busyness`] measures,
//! [`gathering`] decides.

use std::time::{Duration, Instant};

/// Longest gathering: three of the packets that a sender spreads a millisecond apart. Five served hardly more viewers: what a
/// busy worker can't send at once is gathered by itself.
pub const GATHERING_MAX: Duration = Duration::from_millis(3);

/// Time over which the decision is made.
const WINDOW: Duration = Duration::from_millis(100);

/// Time over which the figure for people is made.
const SECOND: Duration = Duration::from_secs(1);

/// Busy share above which gathering grows, and under which it shrinks. Between them nothing changes: one step makes sending
/// less cheaper than their ratio, so it does not swing.
const STEADY: (f32, f32) = (0.60, 0.75);

/// One step up, and one down: relief comes at once, and a burst of joins is not remembered for long.
const STEP: (Duration, Duration) = (Duration::from_millis(1), Duration::from_micros(250));

/// The gathering that follows from the present one and the share of time the worker was busy, 0.0 to 1.0.
#[must_use]
pub fn gathering(present: Duration, busy: f32) -> Duration {
    if busy > STEADY.1 {
        (present + STEP.0).min(GATHERING_MAX)
    } else if busy < STEADY.0 {
        present.saturating_sub(STEP.1)
    } else {
        present
    }
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

    /// The share of time the same work takes when gathering makes its sends up to four times cheaper.
    fn busy_at(load: f32, gathering: Duration) -> f32 {
        (load / (1.0 + 3.0 * gathering.as_secs_f32() / GATHERING_MAX.as_secs_f32())).min(1.0)
    }

    fn settled(load: f32, from: Duration) -> Duration {
        (0..100).fold(from, |present, _| gathering(present, busy_at(load, present)))
    }

    #[test]
    fn a_worker_gathers_nothing_at_half_load_and_all_it_may_when_it_has_no_time() {
        for from in [Duration::ZERO, GATHERING_MAX] {
            assert_eq!(settled(0.1, from), Duration::ZERO);
            assert_eq!(settled(0.55, from), Duration::ZERO, "from {from:?}: a rush is over");
            assert_eq!(settled(3.5, from), GATHERING_MAX);
        }
        assert!(busy_at(1.5, settled(1.5, Duration::ZERO)) < 0.76, "there is time to spare again");
    }

    #[test]
    fn relief_comes_within_half_a_second() {
        let after = (0..5).fold(Duration::ZERO, |present, _| gathering(present, 1.0));
        assert_eq!(after, GATHERING_MAX);
    }

    #[test]
    fn gathering_settles_although_it_lowers_what_it_is_measured_by() {
        for load in 1..=80u16 {
            let load = f32::from(load) / 20.0;
            for from in [Duration::ZERO, GATHERING_MAX] {
                let mut present = settled(load, from);
                let (least, most) = (0..20).fold((present, present), |(least, most), _| {
                    present = gathering(present, busy_at(load, present));
                    (least.min(present), most.max(present))
                });
                assert_eq!(least, most, "swings at load {load}");
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
