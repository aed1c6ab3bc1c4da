//! A line of text somebody typed, to be shown to everybody: a title, a name.

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Nothing is left when blanks are taken off.
    #[error("it is empty")]
    Empty,
    /// It has more characters than fit where it is shown.
    #[error("it has more than {0} characters")]
    TooLong(usize),
    /// It has characters that are not seen, or that turn the direction of what follows.
    #[error("it has control characters")]
    Control,
}

/// The line without blanks around it: 1 to `chars_max` characters, none of them a control character.
///
/// Marks that turn the direction of text (U+202A to U+202E, U+2066 to U+2069) count as such: with them a name can be made to
/// read as another one.
pub fn checked(text: &str, chars_max: usize) -> Result<String, LineFault> {
    let line = text.trim();
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if line.is_empty() {
        Err(LineFault::Empty)
    } else if line.chars().count() > chars_max {
        Err(LineFault::TooLong(chars_max))
    } else if line.chars().any(|c| c.is_control() || turns(c)) {
        Err(LineFault::Control)
    } else {
        Ok(line.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_short_and_all_of_it_is_seen() {
        let cases = [
            (" 全县防汛工作会议 ", Ok("全县防汛工作会议")),
            ("四字会议", Ok("四字会议")),
            ("五个字符呢", Ok("五个字符呢")),
            ("12345678", Ok("12345678")),
            ("123456789", Err(LineFault::TooLong(8))),
            ("", Err(LineFault::Empty)),
            (" \t ", Err(LineFault::Empty)),
            ("a\nb", Err(LineFault::Control)),
            ("a\u{7}b", Err(LineFault::Control)),
            ("a\u{202e}b", Err(LineFault::Control)),
        ];
        for (text, expect) in cases {
            assert_eq!(checked(text, 8), expect.map(str::to_owned), "{text:?}");
        }
    }
}
