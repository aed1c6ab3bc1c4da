//! How long to wait before a leg's process is started again. The main type is [`Reconnect`].

use std::time::{Duration, Instant};

/// Waits after the first, second, … end in a row; the last one repeats.
pub const BACKOFF: [Duration; 5] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// A process that delivered for this long was healthy: its end counts as the first one again.
pub const HEALTHY_AFTER: Duration = Duration::from_secs(30);

/// Counts ends in a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reconnect {
    in_a_row: usize,
    /// When the present process first delivered; `None` before that and after its end.
    delivering_since: Option<Instant>,
}

impl Reconnect {
    /// The process delivers. Say it as often as you like.
    pub fn delivers(&mut self, now: Instant) {
        self.delivering_since.get_or_insert(now);
    }

    /// The process ended, or never started. Returns how long to wait.
    pub fn ended(&mut self, now: Instant) -> Duration {
        let since = self.delivering_since.take();
        if since.is_some_and(|since| now.saturating_duration_since(since) >= HEALTHY_AFTER) {
            self.in_a_row = 0;
        }
        let wait = BACKOFF[self.in_a_row.min(BACKOFF.len() - 1)];
        self.in_a_row += 1;
        wait
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests need some moment to count from")]

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn waits_grow_to_ten_seconds() {
        let mut reconnect = Reconnect::default();
        let waits: Vec<Duration> = (0..7).map(|_| reconnect.ended(Instant::now())).collect();
        assert_eq!(waits, [ms(500), ms(1000), ms(2000), ms(5000), ms(10_000), ms(10_000), ms(10_000)]);
    }

    #[test]
    fn thirty_seconds_of_health_forgive_what_was_before() {
        let mut reconnect = Reconnect::default();
        let start = Instant::now();
        reconnect.ended(start);
        reconnect.ended(start);
        reconnect.delivers(start);
        assert_eq!(reconnect.ended(start + ms(29_999)), ms(2000), "not yet healthy");
        reconnect.delivers(start + ms(30_000));
        reconnect.delivers(start + ms(50_000));
        assert_eq!(reconnect.ended(start + ms(60_000)), ms(500));
        assert_eq!(reconnect.ended(start + ms(90_000)), ms(1000), "health before that end is not counted twice");
    }
}
