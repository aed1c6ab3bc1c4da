//! Materials (会议材料) of a meeting: PDF files that whoever is told of it may take a copy of. What is stored is the file as it came;
//! every copy that leaves bears a visible watermark (水印) of who took it and when ([`watermark`]).

use super::{
    line::{self, LineFault},
    wall_clock,
};
use crate::id::{AccountId, MaterialId, MeetingId};
use std::time::SystemTime;

/// Most materials of a meeting.
pub const MATERIALS_MAX: usize = 20;

/// Largest file, in bytes: a scanned document of a hundred pages.
pub const BYTES_MAX: u64 = 20 << 20;

/// Most pages of one: a copy of them is made in a few seconds.
pub const PAGES_MAX: u32 = 500;

/// Most characters of a name.
pub const NAME_CHARS_MAX: usize = 80;

/// A file that belongs to a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// Its id; the file is called by it.
    pub id: MaterialId,
    /// The meeting.
    pub meeting: MeetingId,
    /// What it is called, without an ending.
    pub name: String,
    /// How large the file is.
    pub bytes: u64,
    /// How many pages it has.
    pub pages: u32,
    /// Digest of the file as it came, SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Who brought it.
    pub by: AccountId,
    /// When.
    pub at: SystemTime,
}

/// Why a file does not become a material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MaterialMistake {
    /// Its name is no line.
    #[error("the name is not valid: {0}")]
    Name(LineFault),
    /// Another of the meeting has that name.
    #[error("another material has this name")]
    Named,
    /// The meeting has as many as it may.
    #[error("the meeting has {MATERIALS_MAX} materials")]
    TooMany,
    /// It is larger than [`BYTES_MAX`].
    #[error("the file has more than {BYTES_MAX} bytes")]
    TooLarge,
    /// It has more pages than [`PAGES_MAX`].
    #[error("the file has more than {PAGES_MAX} pages")]
    TooLong,
    /// It is no PDF, or one that is damaged or needs a password.
    #[error("the file can't be read as PDF")]
    Unreadable,
}

/// The name of a file that becomes a material of a meeting which has these already: without its ending.
pub fn check(name: &str, bytes: u64, others: &[Material]) -> Result<String, MaterialMistake> {
    let bare = name.trim();
    let ending = bare.len().checked_sub(4).filter(|at| bare.is_char_boundary(*at));
    let bare = ending.filter(|at| bare[*at..].eq_ignore_ascii_case(".pdf")).map_or(bare, |at| &bare[..at]);
    let name = line::checked(bare, NAME_CHARS_MAX).map_err(MaterialMistake::Name)?;
    if others.len() >= MATERIALS_MAX {
        return Err(MaterialMistake::TooMany);
    }
    if bytes > BYTES_MAX {
        return Err(MaterialMistake::TooLarge);
    }
    if others.iter().any(|other| other.name == name) {
        return Err(MaterialMistake::Named);
    }
    Ok(name)
}

/// What stands on every page of a copy: `县水务局 李伟 2026年11月27日 09:30`.
#[must_use]
pub fn watermark(unit: &str, name: &str, at: SystemTime) -> String {
    let (day, since_midnight) = wall_clock::read(at);
    let minutes = since_midnight.as_secs() / 60;
    let when = format!("{}年{}月{}日 {:02}:{:02}", day.year(), day.month(), day.day(), minutes / 60, minutes % 60);
    [unit, name, &when].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Date;
    use std::time::Duration;

    fn material(name: &str) -> Material {
        Material {
            id: "m1".parse().expect("an id"),
            meeting: "fangxun".parse().expect("an id"),
            name: name.to_owned(),
            bytes: 1,
            pages: 1,
            sha256: String::new(),
            by: "wang".parse().expect("an id"),
            at: SystemTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_file_is_called_without_its_ending_and_as_no_other() {
        let kept = |name: &str| check(name, 1, &[material("汛情通报")]);
        assert_eq!(kept(" 会议议程.PDF "), Ok("会议议程".to_owned()));
        assert_eq!(kept("会议议程"), Ok("会议议程".to_owned()));
        assert_eq!(kept("程pdf"), Ok("程pdf".to_owned()));
        assert_eq!(kept("汛情通报.pdf"), Err(MaterialMistake::Named));
        assert_eq!(kept(".pdf"), Err(MaterialMistake::Name(LineFault::Empty)));
        assert_eq!(kept("a\u{202e}b"), Err(MaterialMistake::Name(LineFault::Control)));
        assert_eq!(kept(&"长".repeat(81)), Err(MaterialMistake::Name(LineFault::TooLong(NAME_CHARS_MAX))));
    }

    #[test]
    fn a_meeting_has_so_many_of_such_a_size() {
        assert_eq!(check("a", BYTES_MAX, &[]), Ok("a".to_owned()));
        assert_eq!(check("a", BYTES_MAX + 1, &[]), Err(MaterialMistake::TooLarge));
        let full: Vec<_> = (0..MATERIALS_MAX).map(|number| material(&number.to_string())).collect();
        assert_eq!(check("a", 1, &full), Err(MaterialMistake::TooMany));
    }

    #[test]
    fn a_watermark_says_who_and_when() {
        let at = wall_clock::moment(Date::constant(2026, 11, 27), Duration::from_secs(9 * 3600 + 5 * 60));
        assert_eq!(watermark("县水务局", "李伟", at), "县水务局 李伟 2026年11月27日 09:05");
        assert_eq!(watermark("", "李伟", at), "李伟 2026年11月27日 09:05");
    }
}
