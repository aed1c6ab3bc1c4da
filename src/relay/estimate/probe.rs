//! Short rows of packets sent faster than before, to see how fast they arrive.

/// Length of a probe, milliseconds.
pub(super) const LENGTH_MS: f64 = 20.0;

/// The same towards a receiver that reads late: so long that what it leaves lying is a part of it only.
pub(super) const LENGTH_BUSY_MS: f64 = 60.0;

/// Least packets of a probe that say anything.
const PACKETS_MIN: u32 = 5;

/// Bytes of so many: at a low rate a probe is as long as they take.
const BYTES_MIN: f64 = PACKETS_MIN as f64 * 1200.0;

/// Share of a probe's bytes that must have arrived.
const ARRIVED_MIN: f64 = 0.8;

/// A probe whose answer isn't there so long after its end has failed, milliseconds.
const PATIENCE_MS: f64 = 1000.0;

/// A probe that came out this much slower than it was sent met the limit, and is taken with care.
const SATURATED: (f64, f64) = (0.9, 0.95);

/// One probe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    /// Its number, never 0.
    pub(super) id: u8,
    /// Bits per second it is sent at.
    pub(super) rate: f64,
    /// How long it is sent, milliseconds.
    length: f64,
    began: f64,
    sent: Side,
    /// Bytes of the latest send.
    tail: f64,
    arrived: Side,
    /// Bytes of the first arrival.
    head: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Side {
    packets: u32,
    bytes: f64,
    first: f64,
    last: f64,
}

/// What became of a probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Outcome {
    /// Its answer isn't complete.
    Open,
    /// The way bears this much, bits per second.
    Proved(f64),
    /// There was nothing to send it with.
    Unsent,
    /// What was said of it was lost on the way back.
    Unheard,
    /// Too little of it arrived, or no answer.
    Failed,
}

impl Probe {
    /// A probe of a length, or a longer one if too little were sent in it, that begins at `now`, milliseconds.
    pub(super) fn new(id: u8, rate: f64, length: f64, now: f64) -> Self {
        let length = length.max(BYTES_MIN * 8000.0 / rate);
        Self { id, rate, length, began: now, sent: Side::default(), tail: 0.0, arrived: Side::default(), head: 0.0 }
    }

    /// Bytes that should be sent now.
    pub(super) fn due(&self, now: f64) -> usize {
        // What the next five milliseconds hold as well: it is sent ahead, as everything is.
        let elapsed = (now - self.began + 5.0).min(self.length);
        ((self.rate * elapsed / 8000.0) - self.sent.bytes).max(0.0) as usize
    }

    /// Whether all of it has been sent.
    pub(super) fn is_sent(&self, now: f64) -> bool {
        now - self.began >= self.length || self.sent.bytes >= self.rate * self.length / 8000.0
    }

    /// A packet of it is sent.
    pub(super) fn send(&mut self, now: f64, bytes: usize) {
        self.tail = if self.sent.packets > 0 && now - self.sent.last < 1.0 { self.tail } else { 0.0 } + bytes as f64;
        self.sent.add(now, bytes as f64);
    }

    /// A packet of it has arrived.
    pub(super) fn arrive(&mut self, at: f64, bytes: f64) {
        if self.arrived.packets == 0 {
            self.head = bytes;
        }
        self.arrived.add(at, bytes);
    }

    /// What is known of it once reports have come to what was sent after it (`answered`); of some of it they may say nothing
    /// (`unheard`).
    pub(super) fn outcome(&self, now: f64, answered: bool, unheard: bool) -> Outcome {
        if self.sent.packets < PACKETS_MIN {
            return Outcome::Unsent;
        }
        if !answered {
            return if now - self.began > self.length + PATIENCE_MS { Outcome::Failed } else { Outcome::Open };
        }
        let (sent, arrived) = (&self.sent, &self.arrived);
        if arrived.packets < PACKETS_MIN - 1 || arrived.bytes < ARRIVED_MIN * sent.bytes {
            return if unheard { Outcome::Unheard } else { Outcome::Failed };
        }
        // The last send's bytes took no time of the sending, the first arrival's none of the arriving.
        let send_rate = (sent.bytes - self.tail) * 8000.0 / (sent.last - sent.first).max(1.0);
        let arrival_rate = (arrived.bytes - self.head) * 8000.0 / (arrived.last - arrived.first).max(1.0);
        if arrival_rate < SATURATED.0 * send_rate {
            return Outcome::Proved(arrival_rate * SATURATED.1);
        }
        Outcome::Proved(send_rate.min(arrival_rate).min(self.rate * 1.1))
    }
}

impl Side {
    fn add(&mut self, at: f64, bytes: f64) {
        if self.packets == 0 {
            self.first = at;
        }
        self.packets += 1;
        self.bytes += bytes;
        self.last = self.last.max(at);
        self.first = self.first.min(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A probe at 6 Mb/s over a way that bears `capacity`.
    fn over(capacity: f64, lost: u32) -> Outcome {
        let mut probe = Probe::new(1, 6e6, LENGTH_MS, 0.0);
        let (mut free, mut number) = (0.0f64, 0);
        for tick in 0..4 {
            let now = f64::from(tick) * 5.0;
            while probe.due(now) >= 240 {
                probe.send(now, 240);
                free = free.max(now) + 240.0 * 8000.0 / capacity;
                number += 1;
                if number % 10 >= lost {
                    probe.arrive(free + 20.0, 240.0);
                }
            }
        }
        assert!(probe.is_sent(20.0));
        probe.outcome(100.0, true, false)
    }

    #[test]
    fn a_probe_shows_the_lesser_of_what_was_sent_and_what_the_way_bears() {
        for (capacity, expect) in [(100e6, 6e6), (3e6, 2.85e6), (1e6, 0.95e6)] {
            let Outcome::Proved(rate) = over(capacity, 0) else { panic!("it arrived") };
            assert!((rate / expect - 1.0).abs() < 0.1, "{rate} over {capacity}");
        }
        assert_eq!(over(100e6, 4), Outcome::Failed);
    }

    #[test]
    fn a_probe_without_an_answer_fails_and_one_that_was_not_sent_says_nothing() {
        let mut probe = Probe::new(1, 1e6, LENGTH_MS, 0.0);
        assert_eq!(probe.outcome(900.0, false, false), Outcome::Unsent);
        (0..PACKETS_MIN).for_each(|_| probe.send(1.0, 240));
        assert_eq!(probe.outcome(900.0, false, false), Outcome::Open);
        assert_eq!(probe.outcome(1100.0, false, false), Outcome::Failed);
    }

    #[test]
    fn a_probe_whose_report_was_lost_says_nothing() {
        let mut probe = Probe::new(1, 3e6, LENGTH_MS, 0.0);
        (0..8).for_each(|number| probe.send(f64::from(number), 1024));
        (0..2).for_each(|_| probe.arrive(50.0, 1024.0));
        assert_eq!(probe.outcome(200.0, true, true), Outcome::Unheard);
        assert_eq!(probe.outcome(200.0, true, false), Outcome::Failed);
    }

    #[test]
    fn a_slow_probe_is_long_enough_to_say_something() {
        for rate in [100e3, 375e3, 1.5e6] {
            let mut probe = Probe::new(1, rate, LENGTH_MS, 0.0);
            let mut now = 0.0;
            while !probe.is_sent(now) {
                while probe.due(now) >= 1100 {
                    probe.send(now, 1100);
                }
                now += 5.0;
            }
            assert!(probe.sent.packets >= PACKETS_MIN, "{} at {rate}", probe.sent.packets);
        }
    }
}
