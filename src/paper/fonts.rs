//! The typefaces that papers are set in: Noto Serif SC (SIL Open Font License), carried inside the program, plain and bold.
//!
//! The notice's habits ask for 仿宋 and 小标宋; no font of those faces may be handed on freely, so the body is 宋体 and titles are
//! its bold. A character that the font has not is printed as an empty box: whoever reads it sees that something is missing.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{
    FontRef, MetadataProvider as _, charmap::Charmap, instance::LocationRef, metrics::GlyphMetrics, prelude::Size,
};
use std::sync::LazyLock;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Plain,
    Bold,
}

/// Both typefaces.
pub struct Fonts {
    plain: Typeface,
    bold: Typeface,
}

struct Typeface {
    font: Font,
    characters: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: f32,
}

/// Empty if the pages' packages were not there when the program was compiled.
static PLAIN: &[u8] = include_bytes!(env!("FONT_PLAIN"));
static BOLD: &[u8] = include_bytes!(env!("FONT_BOLD"));

static FONTS: LazyLock<Option<Fonts>> =
    LazyLock::new(|| Some(Fonts { plain: Typeface::read(PLAIN)?, bold: Typeface::read(BOLD)? }));

impl Fonts {
    /// The program's own; `None` if it was compiled without.
    #[must_use]
    pub fn own() -> Option<&'static Self> {
        FONTS.as_ref()
    }

    /// Whether this character is printed as itself, in both faces.
    #[must_use]
    pub fn has(&self, character: char) -> bool {
        [&self.plain, &self.bold].iter().all(|face| face.characters.map(character).is_some())
    }

    pub(super) fn font(&self, face: Face) -> &Font {
        &self.face(face).font
    }

    /// How wide a character is, in parts of the size it is printed in.
    pub(super) fn advance(&self, face: Face, character: char) -> f32 {
        let face = self.face(face);
        face.advance(face.glyph(character))
    }

    /// The glyphs of a text, each `wider` by so many parts of the size.
    pub(super) fn glyphs(&self, face: Face, text: &str, wider: f32) -> Vec<KrillaGlyph> {
        let face = self.face(face);
        let glyph = |(at, character): (usize, char)| {
            let id = face.glyph(character);
            let range = at..at + character.len_utf8();
            KrillaGlyph::new(GlyphId::new(id), face.advance(id) + wider, 0.0, 0.0, 0.0, range, None)
        };
        text.char_indices().map(glyph).collect()
    }

    const fn face(&self, face: Face) -> &Typeface {
        match face {
            Face::Plain => &self.plain,
            Face::Bold => &self.bold,
        }
    }
}

impl Typeface {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let font = Font::new(bytes.into(), 0)?;
        let face = FontRef::new(bytes).ok()?;
        let metrics = face.glyph_metrics(Size::unscaled(), LocationRef::default());
        Some(Self { units: font.units_per_em(), characters: face.charmap(), font, metrics })
    }

    /// 0, the box, for what it has not.
    fn glyph(&self, character: char) -> u32 {
        self.characters.map(character).map_or(0, |id| id.to_u32())
    }

    fn advance(&self, glyph: u32) -> f32 {
        self.metrics.advance_width(glyph.into()).unwrap_or(self.units) / self.units
    }
}
