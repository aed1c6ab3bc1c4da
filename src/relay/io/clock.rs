//! What time it was when a packet arrived: the kernel's wall-clock stamps and a leg's own stamps, on the core's timeline.
//!
//! The wall clock jumps when somebody sets it, and [`Instant`] cannot be made from a number; so each wake of a worker reads
//! both clocks once ([`ArrivalClock::read`]) and places every stamp of that wake relative to the pair.

use super::socket::monotonic;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Furthest into the past a stamp is believed: longer than any kernel buffer holds packets, shorter than a set clock.
const BEHIND_MAX: Duration = Duration::from_secs(2);

/// Furthest ahead of the pair: a batch is received right after the clocks were read.
const AHEAD_MAX: Duration = Duration::from_millis(100);

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub struct ArrivalClock {
    /// That moment on the core's timeline.
    pub now: Instant,
    /// The same moment as wall-clock time since 1970.
    pub unix: Duration,
}

impl ArrivalClock {
    /// Reads both clocks.
    #[must_use]
    pub fn read() -> Self {
        let now = Instant::now();
        Self { now, unix: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() }
    }

    /// The moment of a wall-clock stamp; `now` if it is so far off that the wall clock must have been set in between.
    #[must_use]
    pub fn instant_of(&self, unix: Duration) -> Instant {
        place(self.now, self.unix, unix)
    }
}

/// The monotonic clock that leg processes stamp their packets with, tied to [`Instant`] once: on Linux both are
/// `CLOCK_MONOTONIC`, so they never drift apart.
#[derive(Debug, Clone, Copy)]
pub struct LegClock {
    origin: Instant,
    monotonic: Duration,
}

impl LegClock {
    /// Ties the clocks.
    #[must_use]
    pub fn read() -> Self {
        Self { origin: Instant::now(), monotonic: monotonic() }
    }

    /// The moment of a leg's stamp, seen at `now`; `now` itself if the stamp can't be right.
    #[must_use]
    pub fn instant_of(&self, now: Instant, time_ns: u64) -> Instant {
        let now_monotonic = self.monotonic + now.saturating_duration_since(self.origin);
        place(now, now_monotonic, Duration::from_nanos(time_ns)).min(now)
    }
}

fn place(now: Instant, now_stamp: Duration, stamp: Duration) -> Instant {
    let behind = now_stamp.saturating_sub(stamp);
    let ahead = stamp.saturating_sub(now_stamp);
    if behind > BEHIND_MAX || ahead > AHEAD_MAX {
        return now;
    }
    now.checked_sub(behind).unwrap_or(now) + ahead
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_placed_relative_to_the_pair() {
        let clock =
            ArrivalClock { now: Instant::now() + Duration::from_secs(100), unix: Duration::from_secs(1_000_000) };
        let ms = Duration::from_millis;
        assert_eq!(clock.instant_of(clock.unix - ms(3)), clock.now - ms(3));
        assert_eq!(clock.instant_of(clock.unix + ms(1)), clock.now + ms(1));
        assert_eq!(clock.instant_of(clock.unix - Duration::from_secs(3600)), clock.now, "the clock was set");
        assert_eq!(clock.instant_of(clock.unix + Duration::from_secs(3600)), clock.now, "the clock was set back");
    }

    #[test]
    fn a_leg_cannot_stamp_the_future() {
        let clock = LegClock::read();
        let now = clock.origin + Duration::from_secs(5);
        let at = |offset_ns: i64| {
            let base = clock.monotonic + Duration::from_secs(5);
            clock.instant_of(now, u64::try_from(base.as_nanos()).expect("small").saturating_add_signed(offset_ns))
        };
        assert_eq!(at(-1_000_000), now - Duration::from_millis(1));
        assert_eq!(at(1_000_000), now);
        assert_eq!(at(-60_000_000_000), now);
    }
}
