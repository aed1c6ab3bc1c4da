//! What waits to be sent to one viewer: pictures leave no faster than its way bears, sound never waits.
//!
//! The pacer holds numbers, not packets: a packet stays in its publication's ring until its turn. It frees what five
//! milliseconds bear at a time, so that a run of segmentation offload is never longer than that.

use super::publication::KEY_FRAME_INTERVAL;
use crate::{id::PublicationId, quantity::Bitrate};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Time between two looks at what waits.
pub const PACE_TICK: Duration = Duration::from_millis(5);

/// Packets that may wait for one viewer: 1.5 s of a picture of 2.5 Mb/s. Full: the slot begins anew with a key frame.
pub const WAITING_MAX: usize = 512;

/// What waited longer than this is of no use to anybody who watches live: the slot begins anew with a key frame.
pub const WAIT_MAX: Duration = Duration::from_millis(700);

/// Two packets may always go, however slow the way.
const BURST_BYTES_MIN: i64 = 2 * 1300;

/// One packet that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Which of the viewer's slots.
    pub slot: usize,
    /// Its publication, by place in the room, and its number, so that a place that was given to another is noticed.
    pub publication: (usize, PublicationId),
    /// The packet's number.
    pub number: u64,
    /// Bytes of padding it gets.
    pub padding: u8,
    /// Since when it waits.
    pub since: Instant,
}

/// One viewer's queue and what it may send now.
#[derive(Debug)]
pub struct Pacer {
    waiting: VecDeque<Waiting>,
    /// Bytes that may be sent now; negative after a packet that was larger.
    credit: i64,
    refilled: Instant,
}

impl Pacer {
    /// An empty queue. Allocates all it will ever use.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { waiting: VecDeque::with_capacity(WAITING_MAX), credit: BURST_BYTES_MIN, refilled: now }
    }

    /// Adds what the time since the last call bears; at most what [`PACE_TICK`] does.
    pub fn refill(&mut self, now: Instant, rate: Bitrate) {
        let bytes = |span: Duration| (rate.as_bps() as f64 * span.as_secs_f64() / 8.0) as i64;
        let elapsed = now.saturating_duration_since(self.refilled).min(KEY_FRAME_INTERVAL);
        let most = bytes(PACE_TICK).max(BURST_BYTES_MIN);
        let added = bytes(elapsed);
        // A time too short to bear a byte is not forgotten.
        if added > 0 {
            self.refilled = now;
            self.credit = (self.credit + added).min(most);
        }
    }

    /// Whether a picture's packet may be sent at once.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.waiting.is_empty() && self.credit > 0
    }

    /// Whether the first that waits may be sent.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.credit > 0
    }

    /// Bytes were sent, waiting or not.
    pub fn spend(&mut self, bytes: usize) {
        self.credit -= bytes as i64;
    }

    /// Lets a packet wait; `false` if it has no room.
    pub fn push(&mut self, packet: Waiting) -> bool {
        let fits = self.waiting.len() < WAITING_MAX;
        if fits {
            self.waiting.push_back(packet);
        }
        fits
    }

    /// The first that waits.
    #[must_use]
    pub fn first(&self) -> Option<Waiting> {
        self.waiting.front().copied()
    }

    /// Takes the first that waits.
    pub fn pop(&mut self) -> Option<Waiting> {
        self.waiting.pop_front()
    }

    /// Forgets what waits for a slot.
    pub fn forget(&mut self, slot: usize) {
        self.waiting.retain(|waiting| waiting.slot != slot);
    }

    /// Forgets what of a publication waits for a slot.
    pub fn forget_source(&mut self, slot: usize, publication: (usize, PublicationId)) {
        self.waiting.retain(|waiting| waiting.slot != slot || waiting.publication != publication);
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Numbers that wait for a slot, in their order.
    pub fn numbers(&self, slot: usize) -> impl Iterator<Item = u64> + '_ {
        self.waiting.iter().filter(move |waiting| waiting.slot == slot).map(|waiting| waiting.number)
    }

    /// Whether anything waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    fn waiting(slot: usize, number: u64, since: Instant) -> Waiting {
        Waiting { slot, publication: (0, PublicationId(1)), number, padding: 0, since }
    }

    #[test]
    fn five_milliseconds_are_freed_at_a_time() {
        let start = Instant::now();
        let mut pacer = Pacer::new(start);
        let mut sent = 0u64;
        for tick in 0..200u32 {
            pacer.refill(start + PACE_TICK * tick, Bitrate::kbps(8000));
            let mut burst = 0;
            while pacer.may_send() {
                pacer.spend(1000);
                burst += 1000;
            }
            assert!(burst <= 5000 + 1000, "{burst} bytes at once");
            sent += burst;
        }
        assert!((990_000..=1_010_000).contains(&sent), "a second of 8 Mb/s, not {sent} bytes");
    }

    #[test]
    fn a_pause_frees_no_more_than_a_tick() {
        let start = Instant::now();
        let mut pacer = Pacer::new(start);
        pacer.refill(start + Duration::from_secs(9), Bitrate::kbps(8000));
        pacer.spend(5001);
        assert!(!pacer.may_send());
    }

    #[test]
    fn what_waits_comes_in_order_and_can_be_forgotten_by_slot() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        for number in 0..WAITING_MAX as u64 {
            assert!(pacer.push(waiting(number as usize % 2, number, now)));
        }
        assert!(!pacer.push(waiting(0, 9, now)), "full");
        pacer.forget(0);
        assert_eq!(pacer.pop().map(|first| first.number), Some(1));
        assert_eq!(pacer.first().map(|first| first.number), Some(3));
    }
}
