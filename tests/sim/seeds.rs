//! The seeds a simulation runs with.

use std::ops::RangeBounds;

/// So many that are always the same; `SOAK=N` adds five times N that nobody has seen. A failure names its seed, and
/// `YUNLING_SEED` runs that one alone.
pub(crate) fn seeds(committed: u64) -> Vec<u64> {
    if let Some(seed) = std::env::var("YUNLING_SEED").ok().and_then(|seed| seed.parse().ok()) {
        return vec![seed];
    }
    let rounds = std::env::var("SOAK").map_or(0, |rounds| rounds.parse().unwrap_or(1));
    let since_unix = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    let first = since_unix.as_nanos() as u64;
    (0..committed).chain((0..rounds * 5).map(|number| first.wrapping_add(number))).collect()
}

/// What a figure came to with each seed: printed as a whole, for who looks for the distance to a bar.
pub(crate) struct Spread {
    name: &'static str,
    values: Vec<(f64, u64)>,
}

impl Spread {
    pub(crate) fn of(name: &'static str) -> Self {
        Self { name, values: Vec::new() }
    }

    pub(crate) fn add(&mut self, seed: u64, value: f64) {
        self.values.push((value, seed));
    }

    /// Every seed's figure keeps to the bar; those that don't are named, all of them.
    pub(crate) fn hold(&self, bar: impl RangeBounds<f64>) {
        let beyond: Vec<_> = self.values.iter().filter(|(value, _)| !bar.contains(value)).collect();
        let (count, all) = (beyond.len(), self.values.len());
        let bounds = (bar.start_bound(), bar.end_bound());
        assert!(beyond.is_empty(), "{}: {count} of {all} beyond {bounds:?} (value, seed): {beyond:?}", self.name);
    }
}

impl Drop for Spread {
    fn drop(&mut self) {
        self.values.sort_by(|one, other| one.0.total_cmp(&other.0));
        let Some(last) = self.values.len().checked_sub(1) else { return };
        let at = |part: f64| self.values[(last as f64 * part).round() as usize].0;
        println!(
            "{}: {:.3} at least, {:.3} {:.3} {:.3} in the middle, {:.3} at most, of {}",
            self.name,
            at(0.0),
            at(0.05),
            at(0.5),
            at(0.95),
            at(1.0),
            last + 1
        );
    }
}
