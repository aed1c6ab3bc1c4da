//! What people add to a recording (编目): a note, marks at moments of it, and a lock (封存).
//!
//! A recording is never deleted: there is no act for it, and nothing lets one expire. The lock is for what must also stay as it
//! is: while it lasts, files are not made anew and note and marks don't change.

use super::line::{self, LineFault};
use crate::id::{AccountId, MarkId};
use std::time::SystemTime;

/// Most characters of a note.
pub const NOTE_CHARS_MAX: usize = 1000;

/// Most characters of why something is locked or unlocked.
pub const REASON_CHARS_MAX: usize = 200;

/// Most marks of one recording: a mark a minute for a whole working day.
pub const MARKS_MAX: usize = 480;

/// What was added to a recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    /// What somebody wrote about it; may have several lines, or none.
    pub note: String,
    /// Since when, by whom and why it stays as it is.
    pub lock: Option<Lock>,
}

/// A recording's lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Who locked it.
    pub by: AccountId,
    /// When.
    pub at: SystemTime,
    /// Why.
    pub reason: String,
}

/// A moment somebody marked afterwards. Marks of the meeting itself stand among its chapters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Random; never changes.
    pub id: MarkId,
    /// The moment, milliseconds since 1970, by the recording's own clock.
    pub at_ms: u64,
    /// What is to be seen or heard there.
    pub text: String,
    /// Who marked it.
    pub by: AccountId,
    /// When they did.
    pub made: SystemTime,
}

/// A note as it may be stored: lines without blanks around them, or none at all.
pub fn checked_note(text: &str) -> Result<String, LineFault> {
    let lines: Result<Vec<String>, LineFault> = text.trim().lines().map(checked_line).collect();
    let note = lines?.join("\n");
    if note.chars().count() > NOTE_CHARS_MAX { Err(LineFault::TooLong(NOTE_CHARS_MAX)) } else { Ok(note) }
}

fn checked_line(text: &str) -> Result<String, LineFault> {
    if text.trim().is_empty() { Ok(String::new()) } else { line::checked(text, NOTE_CHARS_MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_has_lines_and_an_end() {
        assert_eq!(checked_note("  \n "), Ok(String::new()));
        assert_eq!(
            checked_note(" 会后补充：\r\n\n 李伟代张建国发言 \n"),
            Ok("会后补充：\n\n李伟代张建国发言".to_owned())
        );
        assert_eq!(checked_note("a\u{7}b"), Err(LineFault::Control));
        let half = "长".repeat(NOTE_CHARS_MAX / 2);
        assert_eq!(checked_note(&format!("{half}\n{half}")), Err(LineFault::TooLong(NOTE_CHARS_MAX)));
    }
}
