//! Sheets of paper on which text and lines stand, and how a text is broken into lines.
//!
//! Lengths are points (1/72 inch), from the upper left corner. What is drawn is kept and written at the end, when it is known how
//! many pages there are.

use super::fonts::{Face, Fonts};
use krilla::{
    Document,
    color::luma,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    paint::{Fill, Stroke},
};

/// Points of a millimetre.
pub(super) const MM: f32 = 72.0 / 25.4;

/// Width and height of a sheet, in millimetres.
pub(super) const A4: (f32, f32) = (210.0, 297.0);
pub(super) const A4_ACROSS: (f32, f32) = (297.0, 210.0);
pub(super) const A3_ACROSS: (f32, f32) = (420.0, 297.0);

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub(super) face: Face,
    /// Size in points: 二号 is 22, 三号 16, 四号 14, 小四 12, 五号 10.5.
    pub(super) size: f32,
}

impl Style {
    pub(super) const fn plain(size: f32) -> Self {
        Self { face: Face::Plain, size }
    }

    pub(super) const fn bold(size: f32) -> Self {
        Self { face: Face::Bold, size }
    }
}

enum Mark {
    Text { at: (f32, f32), text: String, style: Style, wider: f32 },
    Line { from: (f32, f32), to: (f32, f32), thick: f32 },
    Shade { at: (f32, f32), size: (f32, f32) },
}

/// The sheets of one paper.
pub(super) struct Sheets<'f> {
    fonts: &'f Fonts,
    pub(super) width: f32,
    pub(super) height: f32,
    pages: Vec<Vec<Mark>>,
}

impl<'f> Sheets<'f> {
    /// Of this size, with one empty page.
    pub(super) fn new(fonts: &'f Fonts, (width, height): (f32, f32)) -> Self {
        Self { fonts, width: width * MM, height: height * MM, pages: vec![Vec::new()] }
    }

    pub(super) fn turn(&mut self) {
        self.pages.push(Vec::new());
    }

    /// A text whose baseline begins there; what is `wider` is added after each character, in points.
    pub(super) fn text(&mut self, at: (f32, f32), text: &str, style: Style, wider: f32) {
        if !text.is_empty() {
            self.mark(Mark::Text { at, text: text.to_owned(), style, wider });
        }
    }

    /// A text that ends at `x`.
    pub(super) fn text_to(&mut self, (x, y): (f32, f32), text: &str, style: Style) {
        self.text((x - self.measure(text, style), y), text, style, 0.0);
    }

    /// A text whose middle is at `x`.
    pub(super) fn text_around(&mut self, (x, y): (f32, f32), text: &str, style: Style) {
        self.text((x - self.measure(text, style) / 2.0, y), text, style, 0.0);
    }

    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), thick: f32) {
        self.mark(Mark::Line { from, to, thick });
    }

    pub(super) fn shade(&mut self, at: (f32, f32), size: (f32, f32)) {
        self.mark(Mark::Shade { at, size });
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Draws on every page, which is told its number from 1 and how many there are.
    pub(super) fn on_each(&mut self, mut draw: impl FnMut(&mut Self, usize, usize)) {
        let mut pages = std::mem::take(&mut self.pages);
        let count = pages.len();
        for (at, page) in pages.iter_mut().enumerate() {
            self.pages = vec![std::mem::take(page)];
            draw(self, at + 1, count);
            *page = self.pages.pop().unwrap_or_default();
        }
        self.pages = pages;
    }

    /// How wide a text is.
    pub(super) fn measure(&self, text: &str, style: Style) -> f32 {
        text.chars().map(|character| self.fonts.advance(style.face, character)).sum::<f32>() * style.size
    }

    /// The lines of a text, the first of them this wide, the others that wide. What is typed as a line begins one.
    pub(super) fn wrap(&self, text: &str, style: Style, first: f32, others: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for part in text.split('\n') {
            let begins = if lines.is_empty() { first } else { others };
            self.fill(&units(part, &[]), style, (begins, others), &mut lines);
        }
        lines
    }

    /// Adds the lines of these units, of which there is at least one.
    fn fill(&self, units: &[String], style: Style, (first, others): (f32, f32), lines: &mut Vec<String>) {
        let mut line = String::new();
        let mut left = first;
        for unit in units {
            let wide = self.measure(unit.trim_end(), style);
            if wide <= left {
                left -= self.measure(unit, style);
                line.push_str(unit);
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                left = others;
            }
            // What is longer than a line is cut where the line ends.
            for character in unit.trim_start().chars() {
                let wide = self.fonts.advance(style.face, character) * style.size;
                if wide > left && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    left = others;
                }
                left -= wide;
                line.push(character);
            }
        }
        lines.push(line);
    }

    /// The lines of a title or a name, about as long as each other, broken between words (GB/T 9704 7.3.1). What is typed as a line
    /// begins one.
    pub(super) fn wrap_title(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        text.split('\n').flat_map(|part| self.wrap_evenly(part, style, width)).collect()
    }

    fn wrap_evenly(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let units = units(text, &TITLE_WORDS);
        let within = |width: f32| {
            let mut lines = Vec::new();
            self.fill(&units, style, (width, width), &mut lines);
            lines
        };
        let mut lines = within(width);
        let mut narrower = width - style.size / 2.0;
        while lines.len() > 1 && narrower > style.size * 4.0 {
            let next = within(narrower);
            if next.len() > lines.len() {
                break;
            }
            (lines, narrower) = (next, narrower - style.size / 2.0);
        }
        lines
    }

    /// The file.
    pub(super) fn finish(self, title: &str) -> Option<Vec<u8>> {
        let mut document = Document::new();
        let metadata = Metadata::new().title(title.to_owned()).language("zh-CN".to_owned());
        document.set_metadata(metadata.creator("Yunling".to_owned()));
        for marks in &self.pages {
            let mut page = document.start_page_with(PageSettings::from_wh(self.width, self.height)?);
            let mut surface = page.surface();
            for mark in marks {
                draw(&mut surface, self.fonts, mark);
            }
            surface.finish();
            page.finish();
        }
        document.finish().ok()
    }
}

fn draw(surface: &mut krilla::surface::Surface<'_>, fonts: &Fonts, mark: &Mark) {
    let ink = |grey: u8| Fill { paint: luma::Color::new(grey).into(), ..Fill::default() };
    match mark {
        Mark::Text { at: (x, y), text, style, wider } => {
            let glyphs = fonts.glyphs(style.face, text, wider / style.size);
            let font = fonts.font(style.face).clone();
            surface.set_stroke(None);
            surface.set_fill(Some(ink(0)));
            surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, font, text, style.size, false);
        }
        Mark::Line { from, to, thick } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            let stroke = Stroke { paint: luma::Color::new(0).into(), width: *thick, ..Stroke::default() };
            surface.set_fill(None);
            surface.set_stroke(Some(stroke));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Mark::Shade { at, size } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(at.0, at.1, size.0, size.1) {
                path.push_rect(rect);
            }
            surface.set_stroke(None);
            surface.set_fill(Some(ink(235)));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

/// Words of the titles of meetings, between whose characters no line of a title ends. A longer one stands before what it begins with.
const TITLE_WORDS: [&str; 65] = [
    "电视电话会议",
    "电视电话",
    "电视会议",
    "电话会议",
    "视频会议",
    "视频调度会",
    "调度会议",
    "工作会议",
    "常务会议",
    "现场会议",
    "专题会议",
    "扩大会议",
    "紧急会议",
    "动员大会",
    "表彰大会",
    "代表大会",
    "座谈会",
    "推进会",
    "调度会",
    "会商会",
    "部署会",
    "动员会",
    "培训会",
    "总结会",
    "会议",
    "大会",
    "会商",
    "收听收看",
    "召开",
    "关于",
    "通知",
    "全国",
    "全省",
    "全市",
    "全县",
    "全区",
    "防汛抗旱",
    "防灾减灾",
    "抗震救灾",
    "安全生产",
    "森林草原",
    "森林防火",
    "乡村振兴",
    "生态环境",
    "经济运行",
    "基层治理",
    "疫情防控",
    "高质量发展",
    "指挥部",
    "办公室",
    "会议室",
    "委员会",
    "领导小组",
    "人民政府",
    "工作",
    "部署",
    "落实",
    "学习",
    "贯彻",
    "精神",
    "专题",
    "总结",
    "动员",
    "推进",
    "保障",
];

/// A text in pieces between which a line may end: numbers and Latin words are not cut, nor these words, no line begins with what
/// closes or ends with what opens, and where words are kept, none begins with 的.
fn units(text: &str, words: &[&str]) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut before = None;
    // Where the word ends that one is in.
    let mut kept = 0;
    for (at, character) in text.char_indices() {
        let stays = at < kept
            || before.is_some_and(|before| {
                is_of_word(before) && is_of_word(character)
                    || opens(before)
                    || closes(character)
                    || character == ' '
                    || character == '的' && !words.is_empty()
            });
        if at >= kept {
            let word = words.iter().find(|word| text[at..].starts_with(**word));
            kept = word.map_or(kept, |word| at + word.len());
        }
        match units.last_mut().filter(|_| stays) {
            Some(unit) => unit.push(character),
            None => units.push(character.to_string()),
        }
        before = Some(character);
    }
    units
}

fn is_of_word(character: char) -> bool {
    character.is_ascii_graphic() && !"()[]{},;".contains(character)
}

fn opens(character: char) -> bool {
    "（《〈“‘【〔「『([{".contains(character)
}

fn closes(character: char) -> bool {
    "，。、；：？！）》〉”’】〕」』…—·％℃)]},;".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_a_reader_expects_it() {
        let cases = [
            ("会议，开始。", vec!["会", "议，", "开", "始。"]),
            ("于09:30召开", vec!["于", "09:30", "召", "开"]),
            ("“防汛”会商", vec!["“防", "汛”", "会", "商"]),
            ("H.264 and 3 Mbit/s", vec!["H.264 ", "and ", "3 ", "Mbit/s"]),
            ("", vec![]),
        ];
        for (text, expect) in cases {
            assert_eq!(units(text, &[]), expect, "{text}");
        }
        let title = units("关于召开防汛抗旱电视电话会议的通知", &TITLE_WORDS);
        assert_eq!(title, ["关于", "召开", "防汛抗旱", "电视电话会议的", "通知"]);
    }
}
