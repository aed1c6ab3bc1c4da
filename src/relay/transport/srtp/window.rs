//! Which of the latest indexes have been there: the replay window of an opener, the one-seal ledger of a sealer.

/// Indexes the window remembers, the highest included.
pub(in crate::relay::transport) const WINDOW: u64 = 2048;

const WORDS: usize = (WINDOW / 64) as usize;

/// Why an index may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::relay::transport) enum Refusal {
    /// It was used before.
    Repeated,
    /// It lies so far behind the highest that nobody remembers whether it was used.
    TooOld,
}

/// The highest index used, and which of the [`WINDOW`] up to it were.
#[derive(Debug, Clone)]
pub(in crate::relay::transport) struct Window {
    /// Set by the first [`mark`](Self::mark), grows only.
    highest: Option<u64>,
    /// Bit `index % WINDOW` is set if that index was used.
    used: [u64; WORDS],
}

impl Window {
    pub(in crate::relay::transport) const fn new() -> Self {
        Self { highest: None, used: [0; WORDS] }
    }

    pub(in crate::relay::transport) const fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Whether `index` may be used. Changes nothing.
    pub(in crate::relay::transport) fn check(&self, index: u64) -> Result<(), Refusal> {
        match self.highest {
            Some(highest) if index > highest => Ok(()),
            Some(highest) if highest - index >= WINDOW => Err(Refusal::TooOld),
            Some(_) if self.used[word(index)] & bit(index) != 0 => Err(Refusal::Repeated),
            _ => Ok(()),
        }
    }

    /// Remembers that `index`, just [checked](Self::check), is used.
    pub(in crate::relay::transport) fn mark(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {}
            Some(highest) if index - highest < WINDOW => {
                (highest + 1..index).for_each(|skipped| self.used[word(skipped)] &= !bit(skipped));
                self.highest = Some(index);
            }
            _ => {
                self.used = [0; WORDS];
                self.highest = Some(index);
            }
        }
        self.used[word(index)] |= bit(index);
    }
}

const fn word(index: u64) -> usize {
    (index % WINDOW / 64) as usize
}

const fn bit(index: u64) -> u64 {
    1 << (index % 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn an_index_is_used_once_and_forgotten_never() {
        let mut window = Window::new();
        for (index, expected) in [
            (5000, Ok(())),
            (5000, Err(Refusal::Repeated)),
            (4999, Ok(())),
            (5000 - WINDOW + 1, Ok(())),
            (5000 - WINDOW, Err(Refusal::TooOld)),
            (0, Err(Refusal::TooOld)),
            (5001, Ok(())),
            (5000 - WINDOW + 1, Err(Refusal::TooOld)),
            (4999, Err(Refusal::Repeated)),
            (5001 + WINDOW, Ok(())),
            (5001, Err(Refusal::TooOld)),
            (5002, Ok(())),
            (1 << 40, Ok(())),
            ((1 << 40) - 1, Ok(())),
            ((1 << 40) - 1, Err(Refusal::Repeated)),
        ] {
            assert_eq!(window.check(index), expected, "{index}");
            if expected.is_ok() {
                window.mark(index);
            }
        }
    }

    proptest! {
        #[test]
        fn no_order_of_indexes_uses_one_twice(
            steps in prop::collection::vec(prop_oneof![4 => 0i64..3, 4 => -2200i64..40, 1 => -9000i64..9000], 1..600)
        ) {
            let (mut window, mut used, mut at) = (Window::new(), HashSet::new(), 100_000i64);
            for step in steps {
                at = (at + step).max(0);
                let index = at as u64;
                match window.check(index) {
                    Ok(()) => {
                        window.mark(index);
                        prop_assert!(used.insert(index), "{} twice", index);
                    }
                    Err(Refusal::Repeated) => prop_assert!(used.contains(&index)),
                    Err(Refusal::TooOld) => prop_assert!(window.highest().is_some_and(|highest| highest - index >= 1024)),
                }
            }
        }
    }
}
