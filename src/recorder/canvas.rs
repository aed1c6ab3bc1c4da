//! Pictures of a composed programme, put together pixel by pixel: planes of I420, without gaps between their lines.

/// Width of a composed programme, pixels.
pub const WIDTH: usize = 1280;

/// Its height.
pub const HEIGHT: usize = 720;

/// Who speaks stands this much smaller in a corner of the content.
const CORNER_PART: usize = 4;

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

/// The programme's picture: content with who is on air in its corner, or one of them alone, or black.
#[must_use]
pub fn composed(on_air: Option<&Canvas>, content: Option<&Canvas>) -> Canvas {
    match (on_air, content) {
        (None, None) => Canvas::black(WIDTH, HEIGHT),
        (Some(alone), None) | (None, Some(alone)) => alone.clone(),
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
        let both = composed(Some(&on_air), Some(&content));
        let luma = |x: usize, y: usize| both.bytes[y * WIDTH + x];
        assert_eq!([luma(0, 0), luma(1100, 650), luma(1275, 715), luma(900, 650)], [90, 200, 90, 90]);
        assert_eq!(composed(None, Some(&content)), content);
        assert_eq!(composed(None, None).spread(), 0);
        assert!(both.spread() > 100);
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
