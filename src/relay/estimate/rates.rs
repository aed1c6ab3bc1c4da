//! Bytes over time in steps of 25 ms: how fast packets were sent, and how fast they arrived.

/// Length of a step, milliseconds.
const STEP_MS: f64 = 25.0;

/// Steps kept: one second.
const STEPS: usize = 40;

/// Bytes of the last second.
#[derive(Debug)]
pub(super) struct Rates {
    bytes: [u32; STEPS],
    /// Step of the latest bytes, and the time of the first and the latest, milliseconds.
    span: Option<(i64, f64, f64)>,
}

impl Default for Rates {
    fn default() -> Self {
        Self { bytes: [0; STEPS], span: None }
    }
}

impl Rates {
    /// Counts bytes at a time; what is older than a second is forgotten.
    pub(super) fn add(&mut self, at: f64, bytes: u32) {
        let step = (at / STEP_MS) as i64;
        let Some((latest, first, last)) = self.span else {
            self.bytes[step.rem_euclid(STEPS as i64) as usize] = bytes;
            self.span = Some((step, at, at));
            return;
        };
        if step > latest {
            for passed in (latest + 1)..=step.min(latest + STEPS as i64) {
                self.bytes[passed.rem_euclid(STEPS as i64) as usize] = 0;
            }
        }
        if step + (STEPS as i64) > latest {
            self.bytes[step.rem_euclid(STEPS as i64) as usize] += bytes;
        }
        self.span = Some((latest.max(step), first, last.max(at)));
    }

    /// Bits per second over the last `window` milliseconds before `now` (at most 900); `None` before there is that much.
    pub(super) fn over(&self, window: f64, now: f64) -> Option<f64> {
        let (latest, first, _) = self.span?;
        if now - first < window {
            return None;
        }
        let end = (now / STEP_MS) as i64;
        let steps = (window / STEP_MS).round() as i64;
        // The step that `now` is in has only begun.
        let begun = now / STEP_MS - end as f64;
        let kept = |step: i64| {
            let alive = step <= latest && step + (STEPS as i64) > latest;
            if alive { f64::from(self.bytes[step.rem_euclid(STEPS as i64) as usize]) } else { 0.0 }
        };
        let whole: f64 = ((end - steps + 1)..=end).map(kept).sum();
        Some((whole + (1.0 - begun) * kept(end - steps)) * 8000.0 / window)
    }

    /// When the latest bytes were counted, milliseconds.
    pub(super) fn latest(&self) -> Option<f64> {
        self.span.map(|(.., last)| last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_what_came_in_the_window() {
        let mut rates = Rates::default();
        assert_eq!(rates.over(100.0, 0.0), None);
        for step in 0..200 {
            rates.add(f64::from(step) * 5.0, 625);
        }
        for window in [100.0, 500.0] {
            let rate = rates.over(window, 995.0).expect("a second has passed");
            assert!((rate / 1e6 - 1.0).abs() < 0.06, "{rate} over {window}");
        }
        assert!(rates.over(500.0, 1245.0).expect("still known") < 0.6e6);
        assert_eq!(rates.over(500.0, 9000.0), Some(0.0));
        rates.add(20_000.0, 1000);
        assert_eq!(rates.over(100.0, 20_000.0), Some(80_000.0));
    }
}
