//! How long the relay itself keeps what it forwards: from a packet's arrival at the socket to the send that carried its copy.
//!
//! [`Delays`] is a histogram with fixed bounds, [`Departures`] what has been copied and has not left yet. Counted is each copy that
//! a viewer was sent without waiting for its way: gathering, sealing and sending are the relay's time; what waits in a viewer's
//! pacer, is repeated, or is history for somebody who joins, is not. A send's moment is when it was done, so that the time it took
//! is counted too.

use super::outbox::DATAGRAMS_MAX;
use crate::id::PublicationId;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Upper bounds of all buckets but the last, which has none, microseconds.
pub const BOUNDS_US: [u64; BUCKETS - 1] =
    [50, 100, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 500_000];

/// Buckets of a histogram.
pub const BUCKETS: usize = 13;

/// How many copies were so late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Delays {
    /// Copies by delay: up to each of [`BOUNDS_US`], and beyond the last.
    pub counts: [u64; BUCKETS],
    /// All delays together, microseconds.
    pub sum_us: u64,
}

impl Delays {
    /// Counts one copy.
    pub fn add(&mut self, delay: Duration) {
        self.add_all(1, delay);
    }

    /// Counts so many copies that were equally late.
    pub fn add_all(&mut self, copies: u32, delay: Duration) {
        let us = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        self.counts[BOUNDS_US.partition_point(|&bound| bound < us)] += u64::from(copies);
        self.sum_us = self.sum_us.saturating_add(us.saturating_mul(u64::from(copies)));
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
    }

    /// What was counted since `earlier`, a former value of the same histogram.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut since = *self;
        for (count, before) in since.counts.iter_mut().zip(earlier.counts) {
            *count = count.saturating_sub(before);
        }
        since.sum_us = since.sum_us.saturating_sub(earlier.sum_us);
        since
    }

    /// How many copies were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The bound that so great a share of all copies kept to, 0.0 to 1.0; `None` if nothing was counted. Beyond the last bound it
    /// is twice that.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let all = self.count();
        let wanted = (all as f64 * share).ceil() as u64;
        let mut seen = 0;
        let bucket = self.counts.iter().position(|&count| {
            seen += count;
            count > 0 && seen >= wanted
        })?;
        let beyond = 2 * BOUNDS_US[BUCKETS - 2];
        Some(Duration::from_micros(BOUNDS_US.get(bucket).copied().unwrap_or(beyond)))
    }
}

/// Copies of one packet that have not left yet.
#[derive(Debug, Clone, Copy)]
pub struct Departure {
    /// The room's place on its worker.
    pub room: usize,
    /// The publication, by its place in the room and its number.
    pub publication: (usize, PublicationId),
    /// When the packet came.
    pub arrival: Instant,
    /// How many they are.
    pub copies: u32,
}

/// What is in the outbox, at most one for each of its datagrams.
#[derive(Debug)]
pub struct Departures {
    waiting: Vec<Departure>,
    /// The room that is being driven.
    room: usize,
}

impl Default for Departures {
    fn default() -> Self {
        Self { waiting: Vec::with_capacity(DATAGRAMS_MAX), room: 0 }
    }
}

impl Departures {
    /// What follows is that room's.
    pub fn enter(&mut self, room: usize) {
        self.room = room;
    }

    /// A copy of a packet that came at `arrival` was put into the outbox.
    pub fn note(&mut self, publication: (usize, PublicationId), arrival: Instant) {
        let next = Departure { room: self.room, publication, arrival, copies: 1 };
        // One packet's copies are made one after the other.
        if let Some(last) = self.waiting.last_mut().filter(|last| last.of_the_same_packet(&next)) {
            last.copies += 1;
        } else if self.waiting.len() < DATAGRAMS_MAX {
            // The outbox holds no more either; one that was forgotten is not counted, that is all.
            self.waiting.push(next);
        }
    }

    /// None of them ever will.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// All of them have left.
    pub fn take(&mut self) -> impl Iterator<Item = Departure> {
        self.waiting.drain(..)
    }
}

impl Departure {
    fn of_the_same_packet(&self, other: &Self) -> bool {
        (self.room, self.publication, self.arrival) == (other.room, other.publication, other.arrival)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_counted_under_the_first_bound_that_holds_it() {
        let mut delays = Delays::default();
        for (us, bucket) in [(0, 0), (50, 0), (51, 1), (2000, 5), (2001, 6), (500_000, 11), (500_001, 12)] {
            let before = delays.counts[bucket];
            delays.add(Duration::from_micros(us));
            assert_eq!(delays.counts[bucket], before + 1, "{us} µs");
        }
        assert_eq!(delays.count(), 7);
        assert_eq!(delays.sum_us, 50 + 51 + 2000 + 2001 + 500_000 + 500_001);
    }

    #[test]
    fn a_quantile_is_the_bound_that_share_kept_to() {
        let mut delays = Delays::default();
        assert_eq!(delays.quantile(0.99), None);
        for us in std::iter::repeat_n(80, 98).chain([900, 3_000_000]) {
            delays.add(Duration::from_micros(us));
        }
        let us = |share| delays.quantile(share).map(|delay| delay.as_micros());
        assert_eq!((us(0.5), us(0.98), us(0.99), us(1.0)), (Some(100), Some(100), Some(1000), Some(1_000_000)));
        let mut both = delays;
        both.merge(&delays);
        assert_eq!((both.count(), both.since(&delays)), (200, delays));
    }

    #[test]
    fn what_has_not_left_is_bounded() {
        let mut departures = Departures::default();
        departures.enter(3);
        for _ in 0..DATAGRAMS_MAX + 5 {
            departures.note((1, PublicationId(7)), Instant::now());
        }
        assert_eq!(departures.take().filter(|copy| copy.room == 3).count(), DATAGRAMS_MAX);
        assert_eq!(departures.take().count(), 0);
    }

    #[test]
    fn copies_of_one_packet_leave_together_and_are_all_counted() {
        let start = Instant::now();
        let (one, other) = ((0, PublicationId(1)), (1, PublicationId(2)));
        let mut departures = Departures::default();
        for _ in 0..3 {
            departures.note(one, start);
        }
        departures.note(other, start);
        departures.note(one, start + Duration::from_millis(1));
        departures.enter(1);
        departures.note(one, start + Duration::from_millis(1));
        let left: Vec<_> = departures.take().map(|all| (all.room, all.publication, all.copies)).collect();
        assert_eq!(left, [(0, one, 3), (0, other, 1), (0, one, 1), (1, one, 1)]);
        let mut delays = Delays::default();
        delays.add_all(3, Duration::from_micros(80));
        assert_eq!((delays.count(), delays.sum_us), (3, 240));
    }
}
