//! The words a meeting is found by: the one place of the store, beside the book's triggers, that is SQLite's own.
//!
//! Chinese has no blanks between words, and SQLite's own index of three letters finds no word of two. So each text is kept as
//! its pairs of letters, one after the other (`森林防火` as `森林 林防 防火 火`), and a word is found as the pairs it has, in this
//! order: exactly where it stands, be it of one letter or of forty, and without reading any other meeting. A pair is written as
//! numbers, so that no tokenizer has an opinion on it. Each column is a place a word may stand in.

use super::{Store, StoreError, error::attempted};
use crate::domain::{
    notice::{Attendee, Notice},
    search::{Within, folded},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use std::fmt::Write as _;

/// How the table is made.
pub(super) const TABLE: &str =
    "CREATE VIRTUAL TABLE meeting_words USING fts5(title, unit, attendee, agenda, tokenize = 'ascii')";

/// How a row of it is made.
pub(super) const INSERT: &str =
    "INSERT INTO meeting_words (rowid, title, unit, attendee, agenda) VALUES (?, ?, ?, ?, ?)";

const WRITE: &str = "store the words of a meeting";

/// Digits of one letter: Unicode ends at 10FFFF.
const DIGITS: usize = 6;

/// The pairs of texts. Each ends with its last letter alone, so that no word is found across two of them.
pub(super) fn grams<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut grams = String::new();
    for text in texts {
        let letters: Vec<char> = folded(text).chars().collect();
        for (place, &letter) in letters.iter().enumerate() {
            gram(&mut grams, letter, letters.get(place + 1).copied());
        }
    }
    grams
}

fn gram(to: &mut String, first: char, second: Option<char>) {
    if !to.is_empty() {
        to.push(' ');
    }
    let _ = write!(to, "{:0DIGITS$x}", u32::from(first));
    if let Some(second) = second {
        let _ = write!(to, "{:0DIGITS$x}", u32::from(second));
    }
}

/// What a search for these folded words asks the table for; `None` if it is for none.
pub(super) fn query(words: &[String], within: Within) -> Option<String> {
    let column = match within {
        Within::Anything => "",
        Within::Title => "title : ",
        Within::Unit => "unit : ",
        Within::Attendee => "attendee : ",
        Within::Agenda => "agenda : ",
    };
    let phrase = |word: &String| {
        let letters: Vec<char> = word.chars().collect();
        let mut grams = String::new();
        for pair in letters.windows(2) {
            gram(&mut grams, pair[0], Some(pair[1]));
        }
        match letters[..] {
            [] => None,
            // All pairs that begin with it, and it alone.
            [one] => Some(format!("{column}\"{:0DIGITS$x}\" *", u32::from(one))),
            _ => Some(format!("{column}\"{grams}\"")),
        }
    };
    let phrases: Vec<String> = words.iter().filter_map(phrase).collect();
    (!phrases.is_empty()).then(|| phrases.join(" AND "))
}

impl Store {
    /// Writes the words of a meeting anew: of its title, and of its notice.
    pub(super) async fn index_words(
        db: &impl ConnectionTrait,
        meeting: &str,
        title: &str,
        notice: &Notice,
    ) -> Result<(), StoreError> {
        let run = |sql: &str, values: Vec<Value>| Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        let numbered = "UPDATE meetings SET words_row = (SELECT MAX(words_row) + 1 FROM meetings) \
                        WHERE id = ? AND words_row = 0";
        db.execute_raw(run(numbered, vec![meeting.into()])).await.map_err(attempted(WRITE))?;
        let row = db.query_one_raw(run("SELECT words_row FROM meetings WHERE id = ?", vec![meeting.into()])).await;
        let Some(row) = row.map_err(attempted(WRITE))? else { return Ok(()) };
        let number: i64 = row.try_get_by_index(0).map_err(attempted(WRITE))?;
        let delete = run("DELETE FROM meeting_words WHERE rowid = ?", vec![number.into()]);
        db.execute_raw(delete).await.map_err(attempted(WRITE))?;
        let units = std::iter::once(&notice.unit).chain(notice.attendees.iter().map(|Attendee { unit, .. }| unit));
        let columns = [
            grams([title]),
            grams(units.map(String::as_str)),
            grams(notice.attendees.iter().map(|attendee| attendee.name.as_str())),
            grams(notice.agenda.iter().map(String::as_str)),
        ];
        let values = std::iter::once(number.into()).chain(columns.map(Value::from)).collect();
        db.execute_raw(run(INSERT, values)).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_pairs_and_its_last_letter() {
        assert_eq!(grams(["防汛"]), "009632006c5b 006c5b");
        assert_eq!(grams(["水", "", "（局）"]), "006c34 005c40");
    }

    #[test]
    fn a_word_is_its_pairs_in_order() {
        let ask = |words: &[&str], within| query(&words.iter().map(ToString::to_string).collect::<Vec<_>>(), within);
        assert_eq!(ask(&["防汛"], Within::Anything).as_deref(), Some("\"009632006c5b\""));
        assert_eq!(ask(&["防"], Within::Title).as_deref(), Some("title : \"009632\" *"));
        let both = ask(&["防汛", "水"], Within::Unit);
        assert_eq!(both.as_deref(), Some("unit : \"009632006c5b\" AND unit : \"006c34\" *"));
        assert_eq!(ask(&[], Within::Anything), None);
    }
}
