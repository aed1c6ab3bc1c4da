//! What the way bears by what is lost on it.
//!
//! Some links lose packets however little is sent; others lose only what is too much. Which it is shows when rates differ: the
//! likeliest pair of a bandwidth and an inherent loss is sought for the losses of the last seconds, as libwebrtc's loss-based
//! estimator does since 2022 (`LossBasedBweV2`), with a coarser search.

/// Observations kept.
const KEPT: usize = 24;

/// Least time and packets of an observation: fewer say nothing of a few per cent.
const OBSERVATION: (f64, u32) = (200.0, 15);

/// How much less an observation weighs than the next.
const AGEING: f64 = 0.88;

/// Inherent losses that are considered.
const INHERENT: [f64; 10] = [0.0, 0.01, 0.02, 0.035, 0.05, 0.075, 0.10, 0.14, 0.20, 0.30];

/// Loss that is never answered: it costs a picture nothing that repair doesn't give back.
const NEGLIGIBLE: f64 = 0.01;

/// More than this is lost only where too much is sent, or where nothing can be done.
const INHERENT_MAX: f64 = 0.25;

/// Loss over the inherent one that says that too much is sent, and the share of the limit that is used then.
const EXCESS: f64 = 0.004;
const EASED: f64 = 0.93;

/// Growth from one observation to the next while nothing is lost, near what was last found to be too much, and elsewhere.
const GROWTH: (f64, f64) = (1.01, 1.08);

/// What a doubled bandwidth must lose in likelihood not to be believed: without evidence the higher one is right.
const OPTIMISM: f64 = 1.0;

/// The model's view.
#[derive(Debug, Default)]
pub(super) struct Losses {
    seen: [Observation; KEPT],
    count: usize,
    open: Observation,
    began: Option<f64>,
    limit: Option<f64>,
    /// What was last found to be too much.
    too_much: Option<f64>,
    inherent: f64,
    average: f64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Observation {
    /// Bits per second sent.
    rate: f64,
    bytes: f64,
    lost: f64,
    received: f64,
}

impl Losses {
    /// What a report said: packets and bytes it spoke of, and how many of the packets were lost; at `now`, milliseconds.
    /// `true` if an observation is complete with it.
    pub(super) fn note(&mut self, now: f64, received: u32, lost: u32, bytes: u32) -> bool {
        let began = *self.began.get_or_insert(now);
        self.open.received += f64::from(received);
        self.open.lost += f64::from(lost);
        self.open.bytes += f64::from(bytes);
        let packets = self.open.received + self.open.lost;
        let elapsed = now - began;
        if elapsed < OBSERVATION.0 || packets < f64::from(OBSERVATION.1) {
            return false;
        }
        self.open.rate = self.open.bytes * 8000.0 / elapsed;
        self.seen[self.count % KEPT] = self.open;
        self.count += 1;
        self.open = Observation::default();
        self.began = Some(now);
        true
    }

    /// Share lost lately, 0.0 to 1.0.
    pub(super) fn average(&self) -> f64 {
        self.average
    }

    /// Share that is lost whatever is sent.
    pub(super) fn inherent(&self) -> f64 {
        self.inherent
    }

    /// The most the losses speak for, bits per second; `None` if they speak against nothing. `present` is what is sent at most
    /// now, `arrived` what arrives.
    pub(super) fn limit(&mut self, present: f64, arrived: f64) -> Option<f64> {
        let (lost, all) = self.weighted().fold((0.0, 0.0), |(lost, all), (weight, seen)| {
            (lost + weight * seen.lost, all + weight * (seen.lost + seen.received))
        });
        self.average = if all > 0.0 { lost / all } else { 0.0 };
        if self.average < NEGLIGIBLE {
            let growth = |limit| if self.is_near_too_much(limit) { GROWTH.0 } else { GROWTH.1 };
            self.limit = self.limit.map(|limit| limit * growth(limit)).filter(|&limit| limit < present * 1.5);
            self.inherent *= 0.8;
            return self.limit;
        }
        let base = self.limit.unwrap_or(present).min(present * 1.2);
        let through = arrived / (1.0 - self.average.min(0.5));
        let larger = if self.is_near_too_much(base) { 1.02 } else { 1.06 };
        let candidates = [base * larger, base, base * 0.95, through.min(base) * 0.97, arrived.min(base)];
        let (mut best, mut chosen) = (f64::MIN, (base, self.inherent));
        for bandwidth in candidates.into_iter().filter(|&bandwidth| bandwidth > 0.0) {
            for inherent in INHERENT.into_iter().filter(|&inherent| inherent <= INHERENT_MAX) {
                let likely = self.likelihood(bandwidth, inherent) + OPTIMISM * (bandwidth / base).log2();
                if likely > best {
                    (best, chosen) = (likely, (bandwidth, inherent));
                }
            }
        }
        self.inherent = chosen.1;
        if chosen.0 < 0.97 * base {
            self.too_much = Some(base);
        }
        self.limit = Some(chosen.0);
        self.limit
    }

    fn is_near_too_much(&self, limit: f64) -> bool {
        self.too_much.is_some_and(|found| (0.85 * found..1.1 * found).contains(&limit))
    }

    /// Share lost in the latest observation.
    pub(super) fn newest(&self) -> f64 {
        let Some(newest) = self.count.checked_sub(1).map(|last| &self.seen[last % KEPT]) else { return 0.0 };
        newest.lost / (newest.lost + newest.received).max(1.0)
    }

    /// The limit as last found; somewhat less while too much is being lost, so that the queue comes to rest.
    pub(super) fn present(&self) -> Option<f64> {
        let excess = self.average > self.inherent + EXCESS;
        self.limit.map(|limit| if excess { limit * EASED } else { limit })
    }

    /// A probe has shown that the way bears this much. Losses that spoke for less were another time's: a join's, before anything
    /// was known.
    pub(super) fn proved(&mut self, rate: f64) {
        if let Some(limit) = self.limit.filter(|&limit| limit < rate) {
            self.limit = Some(limit.max(rate));
            self.count = 0;
            (self.open, self.began) = (Observation::default(), None);
        }
    }

    fn weighted(&self) -> impl Iterator<Item = (f64, &Observation)> {
        let kept = self.count.min(KEPT);
        (0..kept).map(move |back| (AGEING.powi(back as i32), &self.seen[(self.count - 1 - back) % KEPT]))
    }

    /// Logarithm of how likely the observed losses are with this bandwidth and inherent loss.
    fn likelihood(&self, bandwidth: f64, inherent: f64) -> f64 {
        self.weighted()
            .map(|(weight, seen)| {
                let excess = ((seen.rate - bandwidth) / seen.rate.max(1.0)).max(0.0);
                let loss = (inherent + (1.0 - inherent) * excess).clamp(1e-3, 0.999);
                weight * (seen.lost * loss.ln() + seen.received * (1.0 - loss).ln())
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds ten seconds of observations of a way that bears `capacity` and loses `random` besides, sent at a rate that
    /// goes up and down; the limit at the end, in parts of the capacity.
    fn limit_of(capacity: f64, random: f64) -> Option<f64> {
        let mut losses = Losses::default();
        let mut limit = None;
        for step in 0..50u32 {
            let rate = capacity * (0.8 + 0.35 * f64::from(step % 10) / 9.0);
            let packets = 120.0;
            let excess = (1.0 - capacity / rate).max(0.0);
            let lost = (packets * (random + (1.0 - random) * excess)).round();
            let bytes = rate * 0.25 / 8.0;
            losses.note(f64::from(step) * 250.0, (packets - lost) as u32, lost as u32, bytes as u32);
            limit = losses.limit(rate, rate * (1.0 - lost / packets));
        }
        limit.map(|limit| limit / capacity)
    }

    #[test]
    fn what_is_lost_at_random_does_not_count_and_what_is_too_much_does() {
        assert!(limit_of(3e6, 0.0).is_none_or(|limit| limit > 0.9));
        for random in [0.05, 0.10] {
            let limit = limit_of(3e6, random);
            assert!(limit.is_none_or(|limit| (0.85..1.4).contains(&limit)), "{limit:?} at {random}");
        }
    }
}
