//! Pictures of a composed programme, put together pixel by pixel: planes of I420, without gaps between their lines.

use super::journal::ContentPlace;

/// Width of a composed programme, pixels.
pub const WIDTH: usize = 1280;

/// Its height.
pub const HEIGHT: usize = 720;

/// Who speaks stands this much smaller in a corner of the content.
const CORNER_PART: usize = 4;

/// Content beside who speaks has three quarters of the width, the speaker the last one.
const BESIDE_WIDTH: usize = WIDTH / 4 * 3;

/// Between the corner's picture and the edge, pixels.
const MARGIN: usize = 16;

/// A picture in I420: Y, then U and V of half the width and height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvas {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl Canvas {
    /// A black one; width and height are even.
    #[must_use]
    pub fn black(width: usize, height: usize) -> Self {
        let luma = width * height;
        let mut bytes = vec![16; luma + luma / 2];
        bytes[luma..].fill(128);
        Self { width, height, bytes }
    }

    /// A whole picture of this size; `None` if the bytes are not as many.
    #[must_use]
    pub fn of(width: usize, height: usize, bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == width * height * 3 / 2).then_some(Self { width, height, bytes })
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes alone.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The same picture, `part` times smaller each way.
    #[must_use]
    pub fn smaller(&self, part: usize) -> Self {
        let mut small = Self::black((self.width / part) & !1, (self.height / part) & !1);
        for plane in 0..3 {
            let (from, stride, _) = self.plane(plane);
            let (to, width, height) = small.plane(plane);
            for y in 0..height {
                for x in 0..width {
                    let block = (0..part).flat_map(|dy| {
                        let line = from + (y * part + dy) * stride + x * part;
                        &self.bytes[line..line + part]
                    });
                    let sum: usize = block.map(|&byte| usize::from(byte)).sum();
                    small.bytes[to + y * width + x] = (sum / (part * part)) as u8;
                }
            }
        }
        small
    }

    /// The same picture, three quarters as wide and high: of each four lines and columns three are made, each of the two it lies
    /// between.
    #[must_use]
    pub fn three_quarters(&self) -> Self {
        let mut small = Self::black(self.width / 4 * 3, self.height / 4 * 3);
        let mut line = vec![0; self.width];
        for plane in 0..3 {
            let (from, stride, _) = self.plane(plane);
            let (to, width, height) = small.plane(plane);
            for y in 0..height {
                let (first, weight) = quarters(y);
                let upper = &self.bytes[from + first * stride..][..stride];
                let lower = &self.bytes[from + (first + 1) * stride..][..stride];
                for ((mixed, &one), &other) in line.iter_mut().zip(upper).zip(lower) {
                    *mixed = mix(one, other, weight);
                }
                let made = &mut small.bytes[to + y * width..][..width];
                for (three, four) in made.chunks_exact_mut(3).zip(line.chunks_exact(4)) {
                    three[0] = mix(four[0], four[1], QUARTERS[0]);
                    three[1] = mix(four[1], four[2], QUARTERS[1]);
                    three[2] = mix(four[2], four[3], QUARTERS[2]);
                }
            }
        }
        small
    }

    /// Puts another picture on this one; its place is even, and what reaches beyond the edge is cut off.
    pub fn put(&mut self, other: &Self, x: usize, y: usize) {
        for plane in 0..3 {
            let (to, stride, lines) = self.plane(plane);
            let (from, width, height) = other.plane(plane);
            let (x, y) = if plane == 0 { (x, y) } else { (x / 2, y / 2) };
            let width_put = width.min(stride.saturating_sub(x));
            for line in 0..height.min(lines.saturating_sub(y)) {
                let (source, target) = (from + line * width, to + (y + line) * stride + x);
                self.bytes[target..target + width_put].copy_from_slice(&other.bytes[source..source + width_put]);
            }
        }
    }

    /// How much there is to see: the spread of its brightness. A black or grey picture has next to none.
    #[must_use]
    pub fn spread(&self) -> u64 {
        let luma = &self.bytes[..self.width * self.height];
        let sampled = || luma.iter().step_by(61).map(|&byte| u64::from(byte));
        let count = sampled().count().max(1) as u64;
        let mean = sampled().sum::<u64>() / count;
        sampled().map(|value| value.abs_diff(mean).pow(2)).sum::<u64>() / count
    }

    /// Where a plane begins, how wide its lines are and how many it has.
    fn plane(&self, plane: usize) -> (usize, usize, usize) {
        let luma = self.width * self.height;
        match plane {
            0 => (0, self.width, self.height),
            1 => (luma, self.width / 2, self.height / 2),
            _ => (luma + luma / 4, self.width / 2, self.height / 2),
        }
    }
}

/// How much of the second of two neighbours goes into each of three made of four, in sixths.
const QUARTERS: [u16; 3] = [1, 3, 5];

/// Which line of four goes first into this one of three, and how much of the next.
const fn quarters(made: usize) -> (usize, u16) {
    (made / 3 * 4 + made % 3, QUARTERS[made % 3])
}

fn mix(one: u8, other: u8, sixths: u16) -> u8 {
    ((u16::from(one) * (6 - sixths) + u16::from(other) * sixths) / 6) as u8
}

/// The programme's picture: content and who is on air, as that has it, or one of them alone, or black.
#[must_use]
pub fn composed(on_air: Option<&Canvas>, content: Option<&Canvas>, content_place: ContentPlace) -> Canvas {
    match (on_air, content) {
        (None, None) => Canvas::black(WIDTH, HEIGHT),
        (Some(alone), None) | (None, Some(alone)) => alone.clone(),
        (Some(on_air), Some(content)) if content_place == ContentPlace::Beside => {
            let mut canvas = Canvas::black(WIDTH, HEIGHT);
            let large = content.three_quarters();
            canvas.put(&large, 0, (HEIGHT - large.height) / 2);
            let small = on_air.smaller(CORNER_PART);
            canvas.put(&small, BESIDE_WIDTH, (HEIGHT - small.height) / 2);
            canvas
        }
        (Some(on_air), Some(content)) => {
            let mut canvas = content.clone();
            let corner = on_air.smaller(CORNER_PART);
            canvas.put(&corner, WIDTH - corner.width - MARGIN, HEIGHT - corner.height - MARGIN);
            canvas
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, luma: u8) -> Canvas {
        let mut canvas = Canvas::black(width, height);
        canvas.bytes[..width * height].fill(luma);
        canvas
    }

    #[test]
    fn content_fills_the_picture_and_who_speaks_is_in_its_corner() {
        let (on_air, content) = (grey(WIDTH, HEIGHT, 200), grey(WIDTH, HEIGHT, 90));
        let both = composed(Some(&on_air), Some(&content), ContentPlace::Corner);
        let luma = |x: usize, y: usize| both.bytes[y * WIDTH + x];
        assert_eq!([luma(0, 0), luma(1100, 650), luma(1275, 715), luma(900, 650)], [90, 200, 90, 90]);
        assert_eq!(composed(None, Some(&content), ContentPlace::Corner), content);
        assert_eq!(composed(None, None, ContentPlace::Beside).spread(), 0);
        assert!(both.spread() > 100);
    }

    #[test]
    fn content_stands_beside_who_speaks_and_is_larger() {
        let (on_air, mut content) = (grey(WIDTH, HEIGHT, 200), grey(WIDTH, HEIGHT, 90));
        // A bright right half, to see where things come to lie.
        for y in 0..HEIGHT {
            content.bytes[y * WIDTH + WIDTH / 2..(y + 1) * WIDTH].fill(120);
        }
        let both = composed(Some(&on_air), Some(&content), ContentPlace::Beside);
        let luma = |x: usize, y: usize| both.bytes[y * WIDTH + x];
        assert_eq!([luma(0, 0), luma(0, 360), luma(478, 360), luma(481, 360), luma(959, 360)], [16, 90, 90, 120, 120]);
        assert_eq!(
            [luma(960, 360), luma(1279, 360), luma(1000, 100), luma(300, 89), luma(300, 90)],
            [200, 200, 16, 16, 90]
        );
    }

    #[test]
    fn a_picture_of_another_size_is_none() {
        assert_eq!(Canvas::of(4, 2, vec![0; 11]), None);
        assert!(Canvas::of(4, 2, vec![0; 12]).is_some());
    }

    #[test]
    fn what_reaches_beyond_the_edge_is_cut_off() {
        let mut canvas = grey(16, 16, 10);
        canvas.put(&grey(8, 8, 99), 12, 12);
        assert_eq!((canvas.bytes[12 * 16 + 12], canvas.bytes[15 * 16 + 15], canvas.bytes[12 * 16 + 11]), (99, 99, 10));
    }
}
