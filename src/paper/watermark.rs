//! A PDF that somebody else made, page by page as it was, with a visible watermark over each.

use super::fonts::{Face, Fonts};
use krilla::{
    Document, SerializeSettings,
    color::luma,
    configure::{ConfigurationBuilder, PdfVersion},
    geom::{Point, Size, Transform},
    num::NormalizedF32,
    page::PageSettings,
    paint::Fill,
    pdf::{Pdf, PdfDocument},
};
use std::sync::Arc;

/// Why no copy can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no PDF, or one that is damaged or needs a password.
    #[error("it can't be read as PDF")]
    Broken,
    /// Nothing is on it.
    #[error("it has no pages")]
    Empty,
}

/// How dark the watermark is: what is below it stays readable.
const INK: u8 = 110;
const OPACITY: f32 = 0.28;

/// Size of its characters, in parts of the page's shorter side; of a page that is all length, of a tenth of that.
const SIZE: f32 = 0.032;

/// How far its lines are apart, in sizes.
const APART: f32 = 7.5;

/// Degrees it is turned, to the left.
const TURNED: f32 = 30.0;

/// A PDF somebody brought.
pub struct Original(Arc<Pdf>);

impl Original {
    /// Reads one.
    pub fn read(bytes: Vec<u8>) -> Result<Self, Unreadable> {
        let pdf = Pdf::new(bytes).map_err(|_| Unreadable::Broken)?;
        if pdf.pages().is_empty() { Err(Unreadable::Empty) } else { Ok(Self(Arc::new(pdf))) }
    }

    /// How many pages it has.
    #[must_use]
    pub fn pages(&self) -> u32 {
        u32::try_from(self.0.pages().len()).unwrap_or(u32::MAX)
    }

    /// A copy with these words over each page.
    pub fn copy(&self, words: &str, fonts: &Fonts) -> Result<Vec<u8>, Unreadable> {
        let newest = ConfigurationBuilder::new().with_version(PdfVersion::Pdf20).finish();
        let newest = newest.map_err(|_| Unreadable::Broken)?;
        let mut document =
            Document::new_with(SerializeSettings { configuration: newest, ..SerializeSettings::default() });
        let pages: Vec<_> = self.0.pages().iter().map(|page| page.render_dimensions()).collect();
        let original = PdfDocument::new(Arc::clone(&self.0));
        for (at, (width, height)) in pages.into_iter().enumerate() {
            let settings = PageSettings::from_wh(width, height).ok_or(Unreadable::Broken)?;
            let size = Size::from_wh(width, height).ok_or(Unreadable::Broken)?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            surface.draw_pdf_page(&original, size, at);
            let opacity = NormalizedF32::new(OPACITY).unwrap_or(NormalizedF32::ONE);
            let fill = Fill { paint: luma::Color::new(INK).into(), opacity, ..Fill::default() };
            surface.set_fill(Some(fill));
            let letters = SIZE * width.min(height).max(width.max(height) / 10.0);
            for (x, y) in places(words, fonts, letters, (width, height)) {
                surface.push_transform(&Transform::from_translate(x, y));
                surface.push_transform(&Transform::from_rotate_at(-TURNED, 0.0, 0.0));
                let glyphs = fonts.glyphs(Face::Plain, words, 0.0);
                let font = fonts.font(Face::Plain).clone();
                surface.draw_glyphs(Point::from_xy(0.0, 0.0), &glyphs, font, words, letters, false);
                surface.pop();
                surface.pop();
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|_| Unreadable::Broken)
    }
}

/// Where the words begin, so that no part of a page is without them.
fn places(words: &str, fonts: &Fonts, size: f32, (width, height): (f32, f32)) -> Vec<(f32, f32)> {
    let long: f32 = words.chars().map(|letter| fonts.advance(Face::Plain, letter)).sum::<f32>() * size;
    let (across, down) = (long * TURNED.to_radians().cos() + 3.0 * size, APART * size);
    let mut found = Vec::new();
    let mut y = down / 2.0;
    let mut odd = false;
    while y < height + long * TURNED.to_radians().sin() {
        let mut x = if odd { -across / 2.0 } else { size };
        while x < width {
            found.push((x, y));
            x += across;
        }
        y += down;
        odd = !odd;
    }
    found
}
