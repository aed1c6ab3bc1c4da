//! Two clocks and the way between them: a source's own timestamps, and the one time line each peer sees for its whole life.

use super::rtp::timestamp_step;
use std::time::{Duration, Instant};

/// Maps a source's timestamps to the moments its packets would have arrived without queueing.
///
/// The mapping is the smallest lag seen between arrival and timestamp; it may grow by [`DRIFT_PER_SECOND`], so that a sender
/// whose clock is slow is followed. A jump of more than [`JUMP`] starts it anew.
#[derive(Debug, Clone)]
pub struct SourceClock {
    rate: u32,
    fit: Option<Fit>,
}

#[derive(Debug, Clone, Copy)]
struct Fit {
    timestamp: u32,
    at: Instant,
    seen: Instant,
}

/// Crystal clocks differ by at most some 200 parts in a million; this follows them with room to spare.
const DRIFT_PER_SECOND: Duration = Duration::from_millis(1);

/// A timestamp this far from where it should be belongs to a new time line.
const JUMP: Duration = Duration::from_secs(2);

impl SourceClock {
    /// A clock that has seen nothing, ticking `rate` times a second.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        Self { rate, fit: None }
    }

    /// Learns from a packet with `timestamp` that arrived at `arrival`.
    pub fn learn(&mut self, timestamp: u32, arrival: Instant) {
        let Some(fit) = &mut self.fit else {
            self.fit = Some(Fit { timestamp, at: arrival, seen: arrival });
            return;
        };
        let expected = offset(fit.at, ticks_to_nanos(timestamp_step(fit.timestamp, timestamp), self.rate));
        let allowed = expected + DRIFT_PER_SECOND.mul_f64(arrival.saturating_duration_since(fit.seen).as_secs_f64());
        let jumped =
            arrival.saturating_duration_since(expected) > JUMP || expected.saturating_duration_since(arrival) > JUMP;
        let at = if jumped { arrival } else { arrival.min(allowed) };
        *fit = Fit { timestamp, at, seen: arrival.max(fit.seen) };
    }

    /// When a packet with `timestamp` would have arrived without queueing; `fallback` if nothing is known yet.
    #[must_use]
    pub fn moment(&self, timestamp: u32, fallback: Instant) -> Instant {
        self.fit
            .map_or(fallback, |fit| offset(fit.at, ticks_to_nanos(timestamp_step(fit.timestamp, timestamp), self.rate)))
    }
}

/// The time line of all of a peer's slots with one clock rate: fixed for its life, so that sender reports of every slot
/// agree and a player can keep sound and picture together.
#[derive(Debug, Clone, Copy)]
pub struct PeerClock {
    /// When the timestamp was `base`.
    pub epoch: Instant,
    /// A random start (RFC 3550 §5.1).
    pub base: u32,
}

impl PeerClock {
    /// The timestamp of `moment` on a clock of `rate` ticks a second; moments before the epoch count backward.
    #[must_use]
    pub fn timestamp(&self, moment: Instant, rate: u32) -> u32 {
        let ticks = |span: Duration| (span.as_nanos() * u128::from(rate) / 1_000_000_000) as u32;
        match moment.checked_duration_since(self.epoch) {
            Some(after) => self.base.wrapping_add(ticks(after)),
            None => self.base.wrapping_sub(ticks(self.epoch.saturating_duration_since(moment))),
        }
    }
}

fn ticks_to_nanos(ticks: i32, rate: u32) -> i64 {
    i64::from(ticks) * 1_000_000_000 / i64::from(rate)
}

/// `from` moved by `nanos`; stays where it is if the clock can't express that.
fn offset(from: Instant, nanos: i64) -> Instant {
    let span = Duration::from_nanos(nanos.unsigned_abs());
    let moved = if nanos < 0 { from.checked_sub(span) } else { from.checked_add(span) };
    moved.unwrap_or(from)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn the_least_delayed_packet_sets_the_clock() {
        let start = Instant::now();
        let mut clock = SourceClock::new(90_000);
        clock.learn(1000, start + ms(30));
        clock.learn(1000 + 9000, start + ms(100));
        clock.learn(1000 + 18_000, start + ms(250));
        let drift = clock.moment(1000 + 27_000, start).saturating_duration_since(start + ms(300));
        assert!(drift < ms(1), "{drift:?}");
    }

    #[test]
    fn a_jump_of_the_senders_timestamps_starts_anew() {
        let start = Instant::now();
        let mut clock = SourceClock::new(48_000);
        clock.learn(0, start);
        clock.learn(48_000 * 100, start + ms(20));
        assert_eq!(clock.moment(48_000 * 100, start), start + ms(20));
        clock.learn(0, start + ms(40));
        assert_eq!(clock.moment(0, start), start + ms(40));
    }

    #[test]
    fn a_slow_sender_is_followed() {
        let start = Instant::now();
        let mut clock = SourceClock::new(90_000);
        for second in 0..1000u64 {
            clock.learn((second * 89_991) as u32, start + Duration::from_secs(second));
        }
        let lag = (start + Duration::from_secs(999)).saturating_duration_since(clock.moment(999 * 89_991, start));
        assert!(lag < ms(1), "{lag:?}");
    }

    #[test]
    fn a_peers_time_line_runs_both_ways_from_its_epoch() {
        let epoch = Instant::now() + ms(1000);
        let clock = PeerClock { epoch, base: 5 };
        assert_eq!(clock.timestamp(epoch + ms(10), 90_000), 905);
        assert_eq!(clock.timestamp(epoch - ms(10), 90_000), 5u32.wrapping_sub(900));
    }
}
