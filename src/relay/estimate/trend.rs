//! Whether queues on the way grow, by the trend of packets' delays.
//!
//! The delay gradient's slope over the last twenty bursts against a threshold that adapts, so that a flow which itself fills
//! queues doesn't starve ours: draft-ietf-rmcat-gcc-02 §5 with the trend line that libwebrtc has used in the filter's place since
//! 2016, constants as there.

/// Packets sent within this belong to one burst, milliseconds.
const BURST_MS: f64 = 5.0;

/// A burst that came compressed, by more than this many milliseconds in all, is not gathered further.
const BURST_ARRIVAL_MS_MAX: f64 = 100.0;

/// Bursts in the line.
const WINDOW: usize = 20;

/// Weight of the past in the smoothed delay.
const SMOOTHING: f64 = 0.9;

/// What the slope is multiplied by before it is compared.
const GAIN: f64 = 4.0;

/// More bursts than this don't make a slope more certain.
const DELTAS_MAX: u32 = 60;

/// Threshold at first and its limits, milliseconds.
const THRESHOLD: (f64, f64, f64) = (12.5, 6.0, 600.0);

/// How fast the threshold follows upward and downward, per millisecond.
const FOLLOWS: (f64, f64) = (0.0087, 0.039);

/// A slope this much over the threshold is a sudden event that must not move it.
const SUDDEN: f64 = 15.0;

/// A queue must grow for this long before it counts, milliseconds.
const OVERUSE_MS: f64 = 10.0;

/// Arrivals further apart than this begin a line anew, milliseconds.
const PAUSE_MS: f64 = 3000.0;

/// What the queues do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// They stay as they are.
    Normal,
    /// They grow: more is sent than the way bears.
    Over,
    /// They shrink.
    Under,
}

/// The line and the detector.
#[derive(Debug)]
pub(super) struct Trend {
    current: Option<Burst>,
    previous: Option<Burst>,
    origin: f64,
    accumulated: f64,
    smoothed: f64,
    points: [(f64, f64); WINDOW],
    next: usize,
    deltas: u32,
    slope: f64,
    threshold: f64,
    adapted: Option<f64>,
    over: Option<(f64, u32)>,
    usage: Usage,
}

#[derive(Debug, Clone, Copy)]
struct Burst {
    first_sent: f64,
    last_sent: f64,
    first_arrived: f64,
    last_arrived: f64,
}

impl Default for Trend {
    fn default() -> Self {
        Self {
            current: None,
            previous: None,
            origin: 0.0,
            accumulated: 0.0,
            smoothed: 0.0,
            points: [(0.0, 0.0); WINDOW],
            next: 0,
            deltas: 0,
            slope: 0.0,
            threshold: THRESHOLD.0,
            adapted: None,
            over: None,
            usage: Usage::Normal,
        }
    }
}

impl Trend {
    /// What the queues do.
    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// Takes one packet's times, milliseconds on each side's own clock, in the order they were sent.
    pub(super) fn packet(&mut self, sent: f64, arrived: f64) {
        let Some(current) = &mut self.current else {
            self.current = Some(Burst::of(sent, arrived));
            return;
        };
        if current.takes(sent, arrived) {
            current.last_sent = current.last_sent.max(sent);
            current.last_arrived = current.last_arrived.max(arrived);
            return;
        }
        let done = *current;
        self.current = Some(Burst::of(sent, arrived));
        if let Some(before) = self.previous.replace(done) {
            let (sent, arrived) = (done.last_sent - before.last_sent, done.last_arrived - before.last_arrived);
            if !(0.0..PAUSE_MS).contains(&arrived) {
                self.restart();
                return;
            }
            self.delta(sent, arrived, done.last_arrived);
        }
    }

    fn restart(&mut self) {
        *self = Self { threshold: self.threshold, ..Self::default() };
    }

    fn delta(&mut self, sent: f64, arrived: f64, at: f64) {
        if self.deltas == 0 {
            self.origin = at;
        }
        self.deltas = (self.deltas + 1).min(1000);
        self.accumulated += arrived - sent;
        self.smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * self.accumulated;
        self.points[self.next % WINDOW] = (at - self.origin, self.smoothed);
        self.next += 1;
        let slope = if self.next >= WINDOW { slope(&self.points).unwrap_or(self.slope) } else { self.slope };
        self.detect(slope, sent, at);
    }

    fn detect(&mut self, slope: f64, elapsed: f64, at: f64) {
        let before = std::mem::replace(&mut self.slope, slope);
        if self.deltas < 2 {
            return;
        }
        let modified = f64::from(self.deltas.min(DELTAS_MAX)) * slope * GAIN;
        if modified > self.threshold {
            let (time, count) = self.over.map_or((elapsed / 2.0, 1), |(time, count)| (time + elapsed, count + 1));
            self.over = Some((time, count));
            if time > OVERUSE_MS && count > 1 && slope >= before {
                self.over = Some((0.0, 0));
                self.usage = Usage::Over;
            }
        } else {
            self.over = None;
            self.usage = if modified < -self.threshold { Usage::Under } else { Usage::Normal };
        }
        self.adapt(modified, at);
    }

    fn adapt(&mut self, modified: f64, at: f64) {
        let elapsed = (at - self.adapted.replace(at).unwrap_or(at)).clamp(0.0, 100.0);
        let size = modified.abs();
        if size > self.threshold + SUDDEN {
            return;
        }
        let rate = if size < self.threshold { FOLLOWS.1 } else { FOLLOWS.0 };
        self.threshold = (self.threshold + rate * (size - self.threshold) * elapsed).clamp(THRESHOLD.1, THRESHOLD.2);
    }
}

impl Burst {
    fn of(sent: f64, arrived: f64) -> Self {
        Self { first_sent: sent, last_sent: sent, first_arrived: arrived, last_arrived: arrived }
    }

    fn takes(&self, sent: f64, arrived: f64) -> bool {
        if sent - self.first_sent <= BURST_MS {
            return true;
        }
        let apart = arrived - self.last_arrived;
        let caught_up = apart - (sent - self.last_sent) < 0.0;
        caught_up && apart <= BURST_MS && arrived - self.first_arrived < BURST_ARRIVAL_MS_MAX
    }
}

/// Slope of the least-squares line; `None` if all points stand above each other.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (x, y) = (x / count, y / count);
    let (up, across) = points.iter().fold((0.0, 0.0), |(up, across), point| {
        (up + (point.0 - x) * (point.1 - y), across + (point.0 - x) * (point.0 - x))
    });
    (across > 0.0).then(|| up / across)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A burst of one packet every 10 ms whose delay changes by `growth` from each to the next.
    fn usage_after(bursts: u32, growth: f64) -> Usage {
        let mut trend = Trend::default();
        let mut delay = 1000.0;
        for burst in 0..bursts {
            let sent = f64::from(burst) * 10.0;
            delay += growth;
            trend.packet(sent, sent + delay);
        }
        trend.usage()
    }

    #[test]
    fn a_growing_queue_is_seen_and_a_standing_one_is_not() {
        assert_eq!(usage_after(60, 0.0), Usage::Normal);
        assert_eq!(usage_after(60, 1.0), Usage::Over);
        assert_eq!(usage_after(60, -1.0), Usage::Under);
        assert_eq!(usage_after(15, 5.0), Usage::Normal, "too few to tell");
    }

    #[test]
    fn a_pause_begins_the_line_anew() {
        let mut trend = Trend::default();
        for burst in 0..40 {
            trend.packet(f64::from(burst) * 10.0, f64::from(burst) * 11.0);
        }
        assert_eq!(trend.usage(), Usage::Over);
        trend.packet(9000.0, 9000.0);
        trend.packet(9010.0, 9010.0);
        assert_eq!(trend.usage(), Usage::Normal);
    }
}
