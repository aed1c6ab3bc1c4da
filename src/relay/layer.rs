//! Which of a picture's layers a slot carries: what its screen can use, what its way bears, and what is alive.
//!
//! Layers of one picture are ranked from the smallest up. A slot *desires* the smallest that fills its place on the screen, or less
//! if its way bears less; it *carries* the nearest to that which is alive. Only decisions are here, no packets.

/// What is known of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offered {
    /// Whether its packets arrive.
    pub live: bool,
    /// Width × height, once a key frame has told.
    pub pixels: Option<u32>,
}

/// A layer that has this share of the pixels on the screen is enough: who would see the difference?
const ENOUGH: f64 = 0.7;

/// A layer has so many times the pixels of the one below it, where nothing is known of it yet.
const STEP: u32 = 4;

/// The rank that fills a place of so many pixels; the largest if that isn't known.
#[must_use]
pub fn wished(layers: &[Offered], pixels_max: Option<u32>) -> usize {
    let top = layers.len().saturating_sub(1);
    let Some(wanted) = pixels_max else { return top };
    let mut below = None;
    for (rank, layer) in layers.iter().enumerate() {
        let pixels = layer.pixels.or_else(|| below.map(|pixels: u32| pixels.saturating_mul(STEP)));
        if pixels.is_some_and(|pixels| f64::from(pixels) >= f64::from(wanted) * ENOUGH) {
            return rank;
        }
        below = pixels.or(below);
    }
    top
}

/// The rank that is carried while `desired` is wanted: the largest that is alive and not above it, else the smallest alive, else
/// the smallest.
#[must_use]
pub fn carried(layers: &[Offered], desired: usize) -> usize {
    let alive = |rank: &usize| layers[*rank].live;
    let below = (0..layers.len().min(desired + 1)).rev().find(alive);
    below.or_else(|| (0..layers.len()).find(alive)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [u32; 3] = [320 * 180, 640 * 360, 1280 * 720];

    fn layers(live: [bool; 3]) -> Vec<Offered> {
        SIZES.iter().zip(live).map(|(&pixels, live)| Offered { live, pixels: Some(pixels) }).collect()
    }

    #[test]
    fn the_smallest_layer_that_fills_the_place_is_wished_for() {
        let all = layers([true; 3]);
        for (pixels, rank) in
            [(None, 2), (Some(1), 0), (Some(320 * 180), 0), (Some(80_000), 0), (Some(90_000), 1), (Some(4_000_000), 2)]
        {
            assert_eq!(wished(&all, pixels), rank, "{pixels:?}");
        }
        let unseen = [Offered::default(); 3];
        assert_eq!(wished(&unseen, Some(100)), 2, "nothing is known of any");
        let mut partly = layers([true, false, false]);
        (partly[1].pixels, partly[2].pixels) = (None, None);
        assert_eq!(wished(&partly, Some(640 * 360)), 1, "four times the one below");
    }

    #[test]
    fn the_nearest_that_is_alive_is_carried() {
        for (live, desired, rank) in [
            ([true, true, true], 1, 1),
            ([true, true, false], 2, 1),
            ([true, false, true], 1, 0),
            ([false, false, true], 0, 2),
            ([false, true, true], 0, 1),
            ([false, false, false], 2, 0),
        ] {
            assert_eq!(carried(&layers(live), desired), rank, "{live:?} {desired}");
        }
    }
}
