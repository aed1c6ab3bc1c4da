//! What somebody looks for in the library: words, where they stand, and when it was recorded.

use std::time::SystemTime;

/// Most words that are looked for at once; more of them are cut off.
pub const WORDS_MAX: usize = 8;

/// Most characters of a word; the rest of it is cut off.
pub const WORD_CHARS_MAX: usize = 40;

/// What is looked for. All of it has to be so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// Every one of these stands somewhere [`within`](Self::within). As [`folded`], none is empty.
    pub words: Vec<String>,
    /// Where they stand.
    pub within: Within,
    /// It began at this moment or later.
    pub from: Option<SystemTime>,
    /// It began before this moment.
    pub to: Option<SystemTime>,
}

/// Where a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Within {
    /// In any of the others.
    #[default]
    Anything,
    /// In the meeting's title.
    Title,
    /// In the name of the unit that holds it, or of an attendee's.
    Unit,
    /// In an attendee's name.
    Attendee,
    /// In an item of the agenda.
    Agenda,
}

impl Search {
    /// Words are parted by blanks, of which Chinese has none inside a name: `防汛 水务局` looks for both.
    #[must_use]
    pub fn words_of(typed: &str) -> Vec<String> {
        let words = typed.split_whitespace().map(folded).filter(|word| !word.is_empty());
        words.map(|word| word.chars().take(WORD_CHARS_MAX).collect()).take(WORDS_MAX).collect()
    }
}

/// A text as it is compared: small letters, full-width forms as plain ones, without blanks and signs, so that
/// `县委常委会（扩大）会议` is found by `常委会扩大`.
#[must_use]
pub fn folded(text: &str) -> String {
    let plain = |c: char| match c {
        // U+FF01 to U+FF5E are ASCII in the width of a Chinese character.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    text.chars().map(plain).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_compared_without_its_signs_and_its_case() {
        for (text, expect) in [
            ("县委常委会（扩大）会议", "县委常委会扩大会议"),
            ("ＡＢＣ　２０２６年", "abc2026年"),
            ("Joint test 联调", "jointtest联调"),
            ("——·《》", ""),
            ("㐂䶮𠮷", "㐂䶮𠮷"),
        ] {
            assert_eq!(folded(text), expect, "{text}");
        }
    }

    #[test]
    fn what_is_typed_is_words_with_an_end() {
        assert_eq!(Search::words_of("  防汛　水务局 "), ["防汛", "水务局"]);
        assert_eq!(Search::words_of("“”  、"), Vec::<String>::new());
        assert_eq!(Search::words_of(&"长".repeat(90)), ["长".repeat(WORD_CHARS_MAX)]);
        assert_eq!(Search::words_of(&"字 ".repeat(90)).len(), WORDS_MAX);
    }
}
