//! Ways that bear only so much: a queue in front of a line, and a TCP flow that fills it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// A line of a certain rate behind a queue that drops at its tail. `T` names a packet to its owner.
pub(crate) struct Bottleneck<T> {
    /// Bits per second.
    pub(crate) rate: f64,
    /// Bytes the queue holds.
    pub(crate) room: usize,
    /// What waits, its bytes, and when it came.
    queue: VecDeque<(T, usize, Instant)>,
    queued: usize,
    free: Option<Instant>,
    pub(crate) passed: u64,
    pub(crate) dropped: u64,
}

impl<T> Bottleneck<T> {
    /// A line of so many kilobits a second whose queue holds so many milliseconds of it.
    pub(crate) fn new(kbps: u64, queue_ms: u64) -> Self {
        let rate = kbps as f64 * 1000.0;
        Self {
            rate,
            room: (rate * queue_ms as f64 / 8000.0) as usize,
            queue: VecDeque::new(),
            queued: 0,
            free: None,
            passed: 0,
            dropped: 0,
        }
    }

    /// A packet wants to pass; one that finds no room is dropped and given back.
    pub(crate) fn push(&mut self, now: Instant, packet: T, bytes: usize) -> Option<T> {
        if self.queued + bytes > self.room {
            self.dropped += 1;
            return Some(packet);
        }
        if self.queue.is_empty() {
            self.free = Some(self.free.map_or(now, |free| free.max(now)) + self.takes(bytes));
        }
        self.queued += bytes;
        self.queue.push_back((packet, bytes, now));
        None
    }

    /// The next packet that has passed by `now`, and when it had.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, T)> {
        let done = self.free.filter(|&free| free <= now && !self.queue.is_empty())?;
        let (packet, bytes, _) = self.queue.pop_front()?;
        self.queued -= bytes;
        self.passed += 1;
        if let Some(&(_, next, came)) = self.queue.front() {
            self.free = Some(done.max(came) + self.takes(next));
        }
        Some((done, packet))
    }

    /// How long what is queued will take.
    pub(crate) fn delay(&self) -> Duration {
        self.takes(self.queued)
    }

    fn takes(&self, bytes: usize) -> Duration {
        Duration::from_secs_f64(bytes as f64 * 8.0 / self.rate)
    }
}

/// Bytes of a TCP flow's packet.
pub(crate) const SEGMENT: usize = 1200;

/// A greedy TCP flow with CUBIC congestion control (RFC 9438), as far as a queue notices it.
pub(crate) struct Cubic {
    window: f64,
    slow_start: bool,
    most: f64,
    since: Option<Instant>,
    recovering: Option<Instant>,
    flying: u64,
    pub(crate) delivered: u64,
    /// Round trip when queues are empty.
    pub(crate) round_trip: Duration,
}

impl Cubic {
    /// A flow with this round trip when queues are empty.
    pub(crate) fn new(round_trip: Duration) -> Self {
        Self {
            window: 10.0,
            slow_start: true,
            most: 0.0,
            since: None,
            recovering: None,
            flying: 0,
            delivered: 0,
            round_trip,
        }
    }

    /// Whether it sends one more packet now.
    pub(crate) fn sends(&mut self) -> bool {
        let sends = (self.flying as f64) < self.window;
        self.flying += u64::from(sends);
        sends
    }

    /// A packet sent at `sent` is acknowledged at `now`.
    pub(crate) fn acknowledged(&mut self, now: Instant, sent: Instant) {
        self.flying -= 1;
        self.delivered += 1;
        if self.slow_start {
            self.window += 1.0;
            return;
        }
        let began = *self.since.get_or_insert(now);
        let elapsed = (now - began + self.round_trip).as_secs_f64();
        let turn = (self.most * 0.3 / 0.4).cbrt();
        let cubic = 0.4 * (elapsed - turn).powi(3) + self.most;
        let round_trip = (now - sent).as_secs_f64().max(0.001);
        let friendly = self.most * 0.7 + 3.0 * 0.3 / 1.7 * (elapsed / round_trip);
        let target = cubic.max(friendly).min(self.window * 1.5);
        if target > self.window {
            self.window += (target - self.window) / self.window;
        }
    }

    /// A packet sent at `sent` is known to be lost at `now`.
    pub(crate) fn lost(&mut self, now: Instant, sent: Instant) {
        self.flying -= 1;
        if self.recovering.is_some_and(|until| sent < until) {
            return;
        }
        self.recovering = Some(now);
        self.slow_start = false;
        // Fast convergence (RFC 9438 §4.7).
        self.most = if self.window < self.most { self.window * 0.85 } else { self.window };
        self.window = (self.window * 0.7).max(2.0);
        self.since = None;
    }
}
