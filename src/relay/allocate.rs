//! Which of a viewer's pictures its way bears, by a policy that is always the same.
//!
//! Sound on air comes first and is never held back; then content, the picture on air, who was called for, and the tiles. Within a
//! class the viewer's own ranking decides, then the order of its slots. A picture that is sent in layers goes down to a smaller one
//! before a lesser picture is held back; what is held back is said to the viewer, and comes back with a key frame.

use super::{plan::LAYERS_MAX, thin::LAYER_MAX};
use crate::quantity::Bitrate;
use smallvec::SmallVec;

/// What a slot is to its viewer; the first is the last to be held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A document or a screen.
    Content,
    /// The picture on air.
    OnAir,
    /// A publication the viewer asked for.
    Called,
    /// Whoever else is there.
    Tile,
}

/// One picture that a slot would carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Which slot.
    pub slot: usize,
    /// What it is to the viewer.
    pub class: Class,
    /// The viewer's ranking within the class; larger is more important.
    pub priority: u8,
    /// What each of its layers takes that is of use, the smallest first; never none. Before the smallest stands what that takes
    /// with fewer frames.
    pub rates: Rates,
    /// How many of them are the smallest layer with fewer frames.
    pub thinned: usize,
    /// Rank of the layer that is being sent, if any is.
    pub running: Option<usize>,
}

/// What layers take, the smallest first.
pub type Rates = SmallVec<[Bitrate; LAYERS_MAX + LAYER_MAX as usize]>;

/// Grants, one for each ask in its order: the rank of the largest layer that is borne, or nothing.
pub type Grants = SmallVec<[Option<usize>; 16]>;

/// A picture that is held back comes again only when this much more than it takes is free, so that it doesn't come and go.
const MARGIN: f64 = 1.2;

/// The most important picture goes on while at least this share of it is borne: a picture often takes less than its last second
/// did, and the estimate is careful.
pub const TOLERANCE: f64 = 0.8;

/// The same where the viewer states what it bears: that follows what came lately, and a picture's needs are those of its highest
/// second.
pub const STATED_TOLERANCE: f64 = 0.5;

impl Ask {
    /// The most important comes first.
    #[must_use]
    pub fn order(&self) -> impl Ord + use<> {
        (self.class, std::cmp::Reverse(self.priority), self.slot)
    }
}

/// What a way must bear for every ask to be granted all of it, beside `sound`.
#[must_use]
pub fn wanted(sound: Bitrate, asks: &[Ask]) -> Bitrate {
    let all = asks.iter().filter_map(|ask| {
        let takes = ask.rates.last()?.as_bps() as f64;
        let runs = ask.running >= Some(ask.rates.len() - 1);
        Some(if runs { takes } else { takes * MARGIN } as u64)
    });
    Bitrate::bps(sound.as_bps() + all.sum::<u64>())
}

/// Decides which asks are granted within `bearable` less what sound takes. The most important picture goes on while
/// `tolerance` of what it takes is borne.
#[must_use]
pub fn allocate(bearable: Bitrate, sound: Bitrate, asks: &[Ask], tolerance: f64) -> Grants {
    let mut left = bearable.as_bps().saturating_sub(sound.as_bps()) as f64;
    let mut order: SmallVec<[usize; 16]> = (0..asks.len()).collect();
    order.sort_by_key(|&at| asks[at].order());
    let mut grants: Grants = SmallVec::from_elem(None, asks.len());
    // The smallest of everything, then more of what matters most, then pictures of one size that matter less, which are as dear,
    // and last more of the rest.
    for pass in 0..4 {
        for (place, &at) in order.iter().enumerate() {
            let ask = &asks[at];
            let main = ask.class <= Class::OnAir;
            let plain = ask.rates.len() == 1 && !main;
            let ranks = match (pass, main, plain) {
                (0, _, false) | (2, _, true) => 0..1,
                (1, true, _) | (3, false, false) => 1..ask.rates.len(),
                _ => 0..0,
            };
            for rank in ranks {
                let has = rank.checked_sub(1).map_or(0.0, |below| ask.rates[below].as_bps() as f64);
                let takes = ask.rates[rank].as_bps() as f64;
                let needs = match (ask.running >= Some(rank), place) {
                    (true, 0) => takes * tolerance,
                    (true, _) => takes,
                    (false, _) => takes * MARGIN,
                };
                let goes_on = rank == 0 || grants[at] == Some(rank - 1);
                if goes_on && needs - has <= left {
                    grants[at] = Some(rank);
                    left = (left - (takes - has)).max(0.0);
                }
            }
        }
    }
    grants
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(kbps: u64, asks: &[(Class, u64, bool)]) -> Vec<bool> {
        let asks: Vec<Ask> = asks
            .iter()
            .enumerate()
            .map(|(slot, &(class, rate, running))| ask(slot, class, &[rate], running.then_some(0)))
            .collect();
        let grants = allocate(Bitrate::kbps(kbps), Bitrate::kbps(100), &asks, TOLERANCE);
        grants.iter().map(Option::is_some).collect()
    }

    #[test]
    fn what_is_wanted_is_enough_for_all_of_it() {
        let all = [
            ask(0, Class::OnAir, &[800], None),
            ask(1, Class::Tile, &[150, 500], Some(0)),
            ask(2, Class::Tile, &[300], Some(0)),
        ];
        let sound = Bitrate::kbps(100);
        let takes = Bitrate::kbps(100 + 800 + 500 + 300);
        assert_ne!(allocate(takes, sound, &all, TOLERANCE)[..], [Some(0), Some(1), Some(0)]);
        assert_eq!(allocate(wanted(sound, &all), sound, &all, TOLERANCE)[..], [Some(0), Some(1), Some(0)]);
    }

    fn ask(slot: usize, class: Class, kbps: &[u64], running: Option<usize>) -> Ask {
        let rates = kbps.iter().map(|&kbps| Bitrate::kbps(kbps)).collect();
        Ask { slot, class, priority: 0, rates, thinned: 0, running }
    }

    #[test]
    fn pictures_become_smaller_before_any_is_held_back() {
        use Class::{OnAir, Tile};
        let layers = [150, 500, 2000];
        let all = [ask(0, Tile, &layers, Some(2)), ask(1, OnAir, &layers, Some(2)), ask(2, Tile, &[1500], Some(0))];
        for (kbps, expect) in [
            (6000, [Some(2), Some(2), Some(0)]),
            (5400, [Some(1), Some(2), Some(0)]),
            (4000, [Some(1), Some(2), Some(0)]),
            (3000, [Some(1), Some(2), None]),
            (2300, [Some(0), Some(2), None]),
            (1900, [Some(0), Some(2), None]),
            (700, [Some(0), Some(1), None]),
            (320, [Some(0), Some(0), None]),
            (200, [None, Some(0), None]),
        ] {
            let grants = allocate(Bitrate::kbps(kbps), Bitrate::kbps(0), &all, TOLERANCE);
            assert_eq!(grants[..], expect, "{kbps} kb/s");
        }
    }

    #[test]
    fn a_larger_layer_comes_only_with_a_margin() {
        for (kbps, running, expect) in [(2100, 1, 1), (2500, 1, 2), (2100, 2, 2), (1700, 2, 2), (1500, 2, 1)] {
            let asks = [ask(0, Class::OnAir, &[150, 500, 2000], Some(running))];
            let grants = allocate(Bitrate::kbps(kbps), Bitrate::kbps(0), &asks, TOLERANCE);
            assert_eq!(grants[..], [Some(expect)], "{kbps} kb/s, {running} running");
        }
    }

    #[test]
    fn what_matters_less_goes_first() {
        use Class::{Called, Content, OnAir, Tile};
        let all = [(Tile, 500, true), (OnAir, 2000, true), (Called, 1000, true), (Content, 1500, true)];
        for (kbps, expect) in [
            (5100, [true, true, true, true]),
            (4600, [false, true, true, true]),
            (4500, [true, true, false, true]),
            (4000, [false, true, false, true]),
            (2500, [true, false, false, true]),
            (1300, [false, false, false, true]),
            (1200, [false, false, true, false]),
        ] {
            assert_eq!(granted(kbps, &all), expect, "{kbps} kb/s");
        }
    }

    #[test]
    fn what_was_held_back_comes_again_only_with_a_margin() {
        for (kbps, running, expect) in
            [(1100, true, true), (950, true, true), (850, true, false), (1100, false, false), (1300, false, true)]
        {
            assert_eq!(granted(kbps, &[(Class::OnAir, 1000, running)]), [expect], "{kbps} {running}");
        }
    }

    #[test]
    fn the_viewers_ranking_decides_within_a_class() {
        let ranked = |slot, priority| Ask { priority, ..ask(slot, Class::Tile, &[500], Some(0)) };
        let asks = [ranked(0, 0), ranked(1, 9), ranked(2, 3)];
        let grants = allocate(Bitrate::kbps(1000), Bitrate::kbps(0), &asks, TOLERANCE);
        assert_eq!(grants[..], [None, Some(0), Some(0)]);
    }
}
