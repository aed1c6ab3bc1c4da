//! Which of a viewer's pictures its way bears, by a policy that is always the same.
//!
//! Sound on air comes first and is never held back; then content, the picture on air, who was called for, and the tiles. Within a
//! class the viewer's own ranking decides, then the order of its slots. A picture is sent whole or not at all: what is held
//! back is said to the viewer, and comes back with a key frame.

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Which slot.
    pub slot: usize,
    /// What it is to the viewer.
    pub class: Class,
    /// The viewer's ranking within the class; larger is more important.
    pub priority: u8,
    /// What it takes.
    pub rate: Bitrate,
    /// Whether it is being sent.
    pub running: bool,
}

/// Grants, one for each ask in its order.
pub type Grants = SmallVec<[bool; 16]>;

/// A picture that is held back comes again only when this much more than it takes is free, so that it doesn't come and go.
const MARGIN: f64 = 1.2;

/// The most important picture goes on while at least this share of it is borne: a picture often takes less than its last second
/// did, and the estimate is careful.
pub const TOLERANCE: f64 = 0.8;

/// Decides which asks are granted within `bearable` less what sound takes. The most important picture goes on while
/// `tolerance` of what it takes is borne.
#[must_use]
pub fn allocate(bearable: Bitrate, sound: Bitrate, asks: &[Ask], tolerance: f64) -> Grants {
    let mut left = bearable.as_bps().saturating_sub(sound.as_bps()) as f64;
    let mut order: SmallVec<[usize; 16]> = (0..asks.len()).collect();
    order.sort_by_key(|&at| (asks[at].class, std::cmp::Reverse(asks[at].priority), asks[at].slot));
    let mut grants: Grants = SmallVec::from_elem(false, asks.len());
    for (rank, at) in order.into_iter().enumerate() {
        let ask = &asks[at];
        let takes = ask.rate.as_bps() as f64;
        let needs = match (ask.running, rank) {
            (true, 0) => takes * tolerance,
            (true, _) => takes,
            (false, _) => takes * MARGIN,
        };
        if needs <= left {
            grants[at] = true;
            left = (left - takes).max(0.0);
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
            .map(|(slot, &(class, rate, running))| Ask { slot, class, priority: 0, rate: Bitrate::kbps(rate), running })
            .collect();
        allocate(Bitrate::kbps(kbps), Bitrate::kbps(100), &asks, TOLERANCE).to_vec()
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
        let ask = |slot, priority| Ask { slot, class: Class::Tile, priority, rate: Bitrate::kbps(500), running: true };
        let asks = [ask(0, 0), ask(1, 9), ask(2, 3)];
        let grants = allocate(Bitrate::kbps(1000), Bitrate::kbps(0), &asks, TOLERANCE);
        assert_eq!(grants[..], [false, true, true]);
    }
}
