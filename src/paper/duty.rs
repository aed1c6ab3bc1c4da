//! The roster of who is on duty (值班表): each day with its meetings and who operates them.

use super::{
    fonts::Fonts,
    sheet::{A4, Sheets, Style},
    sign_in::{FORM, foot, form_head},
    table::{self, Align, Column, Look, Row},
    words,
};
use jiff::civil::Date;

/// A meeting of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// From when to when: 09:30—11:30.
    pub time: String,
    /// The meeting's title.
    pub title: String,
    /// Where; may be empty.
    pub place: String,
    /// Who operates; may be empty.
    pub operator: String,
    /// Whom to ask, with a telephone number; may be empty, to be written by hand.
    pub contact: String,
}

/// A day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// Whether nobody works.
    pub off: bool,
    /// 国庆节, 调休上班; may be empty.
    pub mark: String,
    /// Its meetings, by their start.
    pub duties: Vec<Duty>,
}

/// The roster of these days. A day without a meeting keeps its line, to be written by hand.
#[must_use]
pub fn pdf(unit: &str, days: &[Day], fonts: &Fonts) -> Option<Vec<u8>> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return None };
    let mut sheets = Sheets::new(fonts, A4);
    let span = format!("{}至{}", words::date(first.date), words::date(last.date));
    let heading = format!("{unit}视频会议值班表");
    let y = form_head(&mut sheets, &heading, std::slice::from_ref(&span));
    let columns = [
        Column::new("日期", 21.0, Align::Middle),
        Column::new("时间", 25.0, Align::Middle),
        Column::new("会议", 50.0, Align::Left),
        Column::new("会场", 35.0, Align::Left),
        Column::new("值班员", 19.0, Align::Middle),
        Column::new("联系人、电话", 30.0, Align::Middle),
    ];
    let rows: Vec<Row> = days.iter().flat_map(rows).collect();
    let look = Look { row: 9.5, style: Style::plain(10.5), head: Style::bold(10.5), ..FORM };
    table::draw(&mut sheets, look, y, &columns, &rows);
    foot(&mut sheets, &format!("{heading} {span}"));
    sheets.finish(&heading)
}

fn rows(day: &Day) -> Vec<Row> {
    let weekday = words::weekday(day.date);
    let mut named = format!("{}月{}日\n{weekday}", day.date.month(), day.date.day());
    if !day.mark.is_empty() {
        named.push('\n');
        named.push_str(&day.mark);
    }
    let blank = Duty {
        time: String::new(),
        title: String::new(),
        place: String::new(),
        operator: String::new(),
        contact: String::new(),
    };
    let duties = if day.duties.is_empty() { std::slice::from_ref(&blank) } else { &day.duties };
    let row = |duty: &Duty| {
        let Duty { time, title, place, operator, contact } = duty.clone();
        Row { cells: vec![named.clone(), time, title, place, operator, contact], shaded: day.off }
    };
    duties.iter().map(row).collect()
}
