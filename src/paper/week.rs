//! The week for the wall (周历): a line for each venue, a column for each day.

use super::{
    fonts::Fonts,
    sheet::{A3_ACROSS, A4_ACROSS, MM, Sheets, Style},
    sign_in::foot,
    table::{self, Align, Column, Look, Row},
    words,
};
use jiff::civil::Date;

/// What it is printed on, both lying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 297 by 210 mm.
    A4,
    /// 420 by 297 mm.
    A3,
}

/// A week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// Its days.
    pub days: Vec<Weekday>,
    /// Each venue with its meetings day by day.
    pub venues: Vec<(String, Vec<Vec<Entry>>)>,
}

/// A day of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weekday {
    /// Which.
    pub date: Date,
    /// Whether nobody works.
    pub off: bool,
    /// What is special about it: 国庆节; may be empty.
    pub mark: String,
}

/// A meeting of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From when to when: 09:30—11:30.
    pub time: String,
    /// The meeting's title.
    pub title: String,
}

/// Tallest a line of the week becomes so that the sheet is filled, in millimetres.
const TALLEST: f32 = 32.0;

/// The week on one sheet, or as many as it takes.
#[must_use]
pub fn pdf(week: &Week, size: Size, fonts: &Fonts) -> Option<Vec<u8>> {
    let (first, last) = (week.days.first()?, week.days.last()?);
    let (paper, text) = match size {
        Size::A4 => (A4_ACROSS, 9.0),
        Size::A3 => (A3_ACROSS, 13.0),
    };
    let mut sheets = Sheets::new(fonts, paper);
    let heading = format!("一周会议安排（{}至{}）", words::date(first.date), words::date(last.date));
    sheets.text_around((sheets.width / 2.0, 12.0 * MM + text * 2.0), &heading, Style::bold(text * 2.0));
    let (wide, venue) = (paper.0 - 24.0, paper.0 * 0.09);
    let day = (wide - venue) / week.days.len() as f32;
    let mut columns = vec![Column::new("会场", venue, Align::Middle)];
    columns.extend(week.days.iter().map(|Weekday { date, off, mark }| {
        let mark = if mark.is_empty() { String::new() } else { format!("\n{mark}") };
        let head = format!("{}月{}日\n{}{mark}", date.month(), date.day(), words::weekday(*date));
        Column { shaded: *off, ..Column::new(&head, day, Align::Left) }
    }));
    let cell = |meetings: &Vec<Entry>| {
        let meetings = meetings.iter().map(|Entry { time, title }| format!("{time}\n{title}"));
        meetings.collect::<Vec<_>>().join("\n\n")
    };
    let row = |(venue, days): &(String, Vec<Vec<Entry>>)| {
        let cells = std::iter::once(venue.clone()).chain(days.iter().map(cell));
        Row { cells: cells.collect(), shaded: false }
    };
    let rows: Vec<Row> = week.venues.iter().map(row).collect();
    let (top, bottom) = (12.0 + text * 3.0 / MM, paper.1 - 18.0);
    let look =
        Look { left: 12.0, top: 12.0, bottom, head: Style::bold(text), style: Style::plain(text), row: text * 1.2 };
    let look = Look { row: table::filling(&sheets, look, top * MM, (&columns, &rows), TALLEST), ..look };
    table::draw(&mut sheets, look, top * MM, &columns, &rows);
    foot(&mut sheets, "会议排期");
    sheets.finish(&heading)
}
