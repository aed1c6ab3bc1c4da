//! How long packets wait in queues on the way, told apart from a receiver that gets to its work late.
//!
//! A machine whose processor is busy reads what came in bursts: the first of a burst has waited long, the last hardly at all. A
//! queue on the way spares nobody. So what stands there is the least delay of the last packets ([`Queue::standing`]), of more of
//! them where bursts show that the receiver reads late ([`Queue::is_busy`]); and a queue that comes all at once is one that
//! packet after packet finds longer ([`Queue::surge`]).

/// Length of a step, milliseconds.
const STEP_MS: f64 = 25.0;

/// Steps kept: longer than a busy machine lets anything wait, twice over. Of one that isn't, so many are enough.
const STEPS: usize = 16;
const STEPS_PROMPT: usize = 6;

/// Steps that tell how it stands at this moment.
const STEPS_NOW: usize = 3;

/// Packets in a row that are looked at for having been read late.
const ROW: usize = 8;

/// They were, if they arrived so many times as fast as they were sent, and as everything lately arrived: no line lets through
/// several times what it usually does and has a queue.
const READ_LATE: f64 = 2.5;

/// Shortest time they were sent in to tell anything, milliseconds.
const ROW_MS_MIN: f64 = 15.0;

/// A machine that was busy stays suspected for so long, milliseconds.
const BUSY_MS: f64 = 3000.0;

/// The least delay is looked for in the last one to two of these, milliseconds.
const LEAST_MS: f64 = 20_000.0;

/// Queueing that counts as a surge, milliseconds, and how long packet after packet must find it.
const SURGE_MS: f64 = 25.0;
const SURGE_LASTS_MS: f64 = 30.0;

/// Least packets of a surge.
const SURGE_PACKETS: u32 = 4;

/// Growth of a surge for each millisecond. A picture that is sent faster than on average grows the queue less.
const SURGE_GROWTH: f64 = 0.4;

/// A delay may be shorter than the longest before it by this much and the queue still counts as growing: packets of one send
/// have left together. Milliseconds.
const UNEVEN_MS: f64 = 5.0;

/// Packets further apart than this say nothing of what was in between, milliseconds.
const APART_MS: f64 = 30.0;

/// Delays of one viewer's packets.
#[derive(Debug)]
pub(super) struct Queue {
    /// Least delay of the present span and the last one, and when the present began.
    least: (f64, f64, f64),
    steps: [f64; STEPS],
    first_step: i64,
    latest_step: i64,
    growing: Option<Growing>,
    /// Sending and arrival of the latest packets, and the bytes up to each; and how many there have been.
    latest: [(f64, f64, f64); ROW],
    count: usize,
    bytes: f64,
    /// Until when the receiver counts as busy.
    busy_until: f64,
}

/// Packets in a row each of which waited about as long as the one before, or longer.
#[derive(Debug, Clone, Copy)]
struct Growing {
    /// Arrival and delay of the first.
    first: (f64, f64),
    /// Arrival of the latest, and the longest delay.
    last: f64,
    longest: f64,
    packets: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            least: (f64::MAX, f64::MAX, 0.0),
            steps: [f64::MAX; STEPS],
            first_step: i64::MAX,
            latest_step: i64::MIN,
            growing: None,
            latest: [(0.0, 0.0, 0.0); ROW],
            bytes: 0.0,
            count: 0,
            busy_until: f64::MIN,
        }
    }
}

impl Queue {
    /// A packet was sent and has arrived, milliseconds on each side's own clock; `usual` is how fast packets arrive lately, bits
    /// per second.
    pub(super) fn packet(&mut self, sent: f64, arrived: f64, bytes: f64, usual: f64) {
        let delay = arrived - sent;
        self.note_row(sent, arrived, bytes, usual);
        let step = (arrived / STEP_MS).floor() as i64;
        self.first_step = self.first_step.min(step);
        if step > self.latest_step {
            let first = self.latest_step.saturating_add(1).max(step - STEPS as i64 + 1);
            for passed in first..=step {
                self.steps[passed.rem_euclid(STEPS as i64) as usize] = f64::MAX;
            }
            self.latest_step = step;
        }
        if step + (STEPS as i64) > self.latest_step {
            let kept = &mut self.steps[step.rem_euclid(STEPS as i64) as usize];
            *kept = kept.min(delay);
        }
        self.least.0 = self.least.0.min(delay);
        self.grow(arrived, delay);
    }

    fn note_row(&mut self, sent: f64, arrived: f64, bytes: f64, usual: f64) {
        self.bytes += bytes;
        let first = std::mem::replace(&mut self.latest[self.count % ROW], (sent, arrived, self.bytes));
        self.count += 1;
        if self.count <= ROW {
            return;
        }
        let (took, came) = (sent - first.0, (arrived - first.1).max(1.0));
        let rate = (self.bytes - first.2) * 8000.0 / came;
        if took >= ROW_MS_MIN && took >= READ_LATE * came && rate >= READ_LATE * usual {
            self.busy_until = arrived + BUSY_MS;
        }
    }

    fn grow(&mut self, arrived: f64, delay: f64) {
        let anew = Growing { first: (arrived, delay), last: arrived, longest: delay, packets: 1 };
        let high = delay - self.least() >= SURGE_MS;
        self.growing =
            self.growing.filter(|known| arrived - known.last < APART_MS && delay > known.longest - UNEVEN_MS);
        match &mut self.growing {
            Some(known) => {
                known.last = known.last.max(arrived);
                known.longest = known.longest.max(delay);
                known.packets += 1;
            }
            None => self.growing = high.then_some(anew),
        }
    }

    /// Lets go of delays that are too old to be the least; beside a flow that keeps the queue full (`contested`) none is seen
    /// without it, and the old ones hold.
    pub(super) fn age(&mut self, now: f64, contested: bool) {
        if now - self.least.2 > LEAST_MS && !contested {
            self.least = (self.recent(STEPS), self.least.0, now);
        }
    }

    /// What every packet has waited lately, milliseconds.
    pub(super) fn standing(&self) -> f64 {
        // Of a receiver that has only just come nobody knows yet.
        let new = self.latest_step < self.first_step.saturating_add((BUSY_MS / STEP_MS) as i64);
        self.over_least(self.recent(if new || self.is_busy() { STEPS } else { STEPS_PROMPT }))
    }

    /// What the latest packets have waited, wherever, milliseconds.
    pub(super) fn now(&self) -> f64 {
        self.over_least(self.recent(STEPS_NOW))
    }

    /// Whether the receiver has been seen to read late.
    pub(super) fn is_busy(&self) -> bool {
        self.latest_step as f64 * STEP_MS < self.busy_until
    }

    fn over_least(&self, delay: f64) -> f64 {
        if delay < f64::MAX { delay - self.least() } else { 0.0 }
    }

    /// Whether a queue has come all at once and grows.
    pub(super) fn surge(&self) -> bool {
        !self.is_busy()
            && self.growing.is_some_and(|known| {
                let lasted = known.last - known.first.0;
                lasted >= SURGE_LASTS_MS
                    && known.packets >= SURGE_PACKETS
                    && known.longest - known.first.1 >= SURGE_GROWTH * lasted
            })
    }

    /// The least delay of so many latest steps.
    fn recent(&self, steps: usize) -> f64 {
        let from = self.latest_step.saturating_sub(steps as i64 - 1);
        let kept = |step: i64| self.steps[step.rem_euclid(STEPS as i64) as usize];
        (from..=self.latest_step).map(kept).fold(f64::MAX, f64::min)
    }

    fn least(&self) -> f64 {
        self.least.0.min(self.least.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet of 1000 bytes every 2.5 ms, and when each arrives.
    fn row(queue: &mut Queue, count: u32, mut arrives: impl FnMut(f64) -> f64) {
        for number in 0..count {
            let sent = f64::from(number) * 2.5;
            queue.packet(sent, arrives(sent), 1000.0, 3.2e6);
        }
    }

    #[test]
    fn a_receiver_that_reads_late_is_no_queue() {
        let mut queue = Queue::default();
        // Each 200 ms nothing is read for 120 ms; then two packets a millisecond.
        let mut read = 0.0f64;
        row(&mut queue, 4000, |sent| {
            let ready = sent + 1000.0;
            let stalled = ready % 200.0 < 120.0;
            read = (read + 0.5).max(if stalled { ready - ready % 200.0 + 120.0 } else { ready });
            read
        });
        assert!(queue.is_busy());
        assert!(queue.standing() < 1.0, "{}", queue.standing());
        assert!(!queue.surge());
    }

    #[test]
    fn a_line_that_becomes_narrow_is_seen_within_a_tenth_of_a_second() {
        let mut queue = Queue::default();
        row(&mut queue, 400, |sent| sent + 1000.0);
        assert!(!queue.surge() && queue.standing() == 0.0);
        // From now on each packet takes 12 ms.
        let mut free = 2000.0;
        let mut seen = None;
        for number in 400..500u32 {
            let sent = f64::from(number) * 2.5;
            free += 12.0;
            queue.packet(sent, free, 1000.0, 3.2e6);
            if queue.surge() {
                seen.get_or_insert(free - 2000.0);
            }
        }
        assert!(seen.is_some_and(|after| after < 100.0), "{seen:?}");
        assert!(!queue.is_busy());
        assert!(queue.standing() > 500.0, "{}", queue.standing());
    }
}
