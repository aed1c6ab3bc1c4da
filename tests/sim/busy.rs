//! A machine whose processor is busy: now and then it gets to nothing, then it reads what has come, packet by packet.

use crate::sim::ms;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Longest and shortest time in which nothing is done: what was seen of a desk whose browser encodes and decodes on two busy
/// cores.
const STALL_MS: (u64, u64) = (20, 150);

/// Longest and shortest time in between.
const WORK_MS: (u64, u64) = (30, 300);

/// Packets it reads in a millisecond when it gets to it. Reports may be sent in the middle of that.
const READ_PER_MS: usize = 2;

/// How it stands with one such machine.
pub(crate) struct Busy {
    stalled_until: Instant,
    next: Instant,
    waiting: VecDeque<Vec<u8>>,
    /// Time in which nothing was done.
    pub(crate) stalled: Duration,
}

impl Busy {
    pub(crate) fn new(now: Instant) -> Self {
        Self { stalled_until: now, next: now, waiting: VecDeque::new(), stalled: Duration::ZERO }
    }

    /// Whether it gets to its work at `now`; `draw` gives a number below its argument.
    pub(crate) fn works(&mut self, now: Instant, mut draw: impl FnMut(u64) -> u64) -> bool {
        if self.next <= now {
            let stall = ms(STALL_MS.0 + draw(STALL_MS.1 - STALL_MS.0));
            self.stalled += stall;
            self.stalled_until = now + stall;
            self.next = self.stalled_until + ms(WORK_MS.0 + draw(WORK_MS.1 - WORK_MS.0));
        }
        self.stalled_until <= now
    }

    /// A packet has come.
    pub(crate) fn queue(&mut self, datagram: Vec<u8>) {
        self.waiting.push_back(datagram);
    }

    /// What it reads in a millisecond in which it works.
    pub(crate) fn read(&mut self) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.waiting.drain(..READ_PER_MS.min(self.waiting.len()))
    }
}
