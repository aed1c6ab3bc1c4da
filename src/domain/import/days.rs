//! A table of one year's holidays and make-up days.

use super::{Column, Difference, Fault, Judged, Outcome, Row, Sheet, Why};
use crate::domain::{
    line,
    workday::{DayKind, NAME_CHARS_MAX, SpecialDay, Workdays, is_weekend, read_date},
};

/// Judges a table of one year's days.
#[must_use]
pub fn days(sheet: &Sheet, known: &Workdays) -> Vec<Judged<SpecialDay>> {
    let mut seen: Vec<(u32, SpecialDay)> = Vec::with_capacity(sheet.rows.len());
    let judge = |row: &Row| {
        let name = sheet.cell(row, Column::Date).to_owned();
        let day = read(sheet, row).and_then(|day| {
            let other_year = seen.first().filter(|(_, first)| first.date.year() != day.date.year());
            let same = seen.iter().find(|(_, other)| other.date == day.date);
            let why = match (other_year, same) {
                (Some((_, first)), _) => Some(Why::OtherYear(first.date.year())),
                (None, Some((number, _))) => Some(Why::SameAs(*number)),
                (None, None) => None,
            };
            why.map_or(Ok(day), |why| Err(vec![Fault { column: Column::Date, why }]))
        });
        let outcome = match day {
            Err(faults) => Outcome::Wrong(faults),
            Ok(day) => {
                seen.push((row.number, day.clone()));
                outcome(day, known)
            }
        };
        Judged { number: row.number, name, outcome }
    };
    sheet.rows.iter().map(judge).collect()
}

fn outcome(day: SpecialDay, known: &Workdays) -> Outcome<SpecialDay> {
    match known.special(day.date) {
        None => Outcome::Make(day),
        Some(before) if *before == day => Outcome::Leave,
        Some(before) => {
            let difference =
                |column| Difference { column, before: day_cell(before, column), after: day_cell(&day, column) };
            let differences = [Column::DayKind, Column::Holiday].map(difference);
            let differences = differences.into_iter().filter(|difference| difference.before != difference.after);
            Outcome::Change(day.clone(), differences.collect())
        }
    }
}

fn read(sheet: &Sheet, row: &Row) -> Result<SpecialDay, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut fault = |column, why| faults.push(Fault { column, why });
    if sheet.stray(row).is_some() {
        fault(Column::Date, Why::Stray);
    }
    let date = read_date(sheet.cell(row, Column::Date));
    let kind = DayKind::written(sheet.cell(row, Column::DayKind));
    let name = line::checked(sheet.cell(row, Column::Holiday), NAME_CHARS_MAX);
    if date.is_none() {
        fault(Column::Date, Why::Date);
    }
    match (date, kind) {
        (_, None) => fault(Column::DayKind, Why::DayKind),
        (Some(date), Some(DayKind::Work)) if !is_weekend(date) => fault(Column::DayKind, Why::WorksAnyway),
        (_, Some(_)) => {}
    }
    if let Err(why) = name {
        fault(Column::Holiday, Why::Text(why));
    }
    match (date, kind, name) {
        (Some(date), Some(kind), Ok(name)) if faults.is_empty() => Ok(SpecialDay { date, kind, name }),
        _ => Err(faults),
    }
}

/// What stands in a table of days.
#[must_use]
pub fn day_cell(day: &SpecialDay, column: Column) -> String {
    match column {
        Column::Date => day.date.to_string(),
        Column::DayKind => day.kind.title().to_owned(),
        Column::Holiday => day.name.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{import::DAYS, line::LineFault, workday::tests::announced};

    #[test]
    fn each_line_of_a_year_is_made_changed_left_or_says_what_is_wrong_with_it() {
        let text = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let wrong = |column, why| Outcome::Wrong(vec![Fault { column, why }]);
        let day = |text: &str, kind, name: &str| SpecialDay {
            date: read_date(text).expect("a date"),
            kind,
            name: name.to_owned(),
        };
        let was = |column, before: &str, after: &str| Difference {
            column,
            before: before.to_owned(),
            after: after.to_owned(),
        };
        let cases = [
            ("2026-10-01 放假 国庆节", Outcome::Leave),
            ("2026/10/8 休 国庆节", Outcome::Make(day("2026-10-08", DayKind::Off, "国庆节"))),
            (
                "2026年10月7日 照常 更正",
                Outcome::Change(
                    day("2026-10-07", DayKind::Usual, "更正"),
                    vec![was(Column::DayKind, "放假", "照常"), was(Column::Holiday, "国庆节", "更正")],
                ),
            ),
            ("2026-02-30 放假 春节", wrong(Column::Date, Why::Date)),
            ("2026-10-05 也许 国庆节", wrong(Column::DayKind, Why::DayKind)),
            ("2026-10-05 放假", wrong(Column::Holiday, Why::Text(LineFault::Empty))),
            ("2026-10-09 上班 国庆节", wrong(Column::DayKind, Why::WorksAnyway)),
            ("2027-01-01 放假 元旦", wrong(Column::Date, Why::OtherYear(2026))),
            ("2026-10-1 放假 国庆节", wrong(Column::Date, Why::SameAs(2))),
            ("2026-10-06 放假 国庆节 多", wrong(Column::Date, Why::Stray)),
        ];
        let head = DAYS.map(|column| column.title().to_owned()).to_vec();
        let rows = std::iter::once((1, head)).chain((2..).zip(cases.iter().map(|(line, _)| text(line))));
        let sheet = Sheet::of(rows.collect(), &DAYS, &DAYS).expect("a table");
        let judged = days(&sheet, &announced());
        for (line, (text, expect)) in judged.iter().zip(&cases) {
            assert_eq!(line.outcome, *expect, "{text}");
        }
        assert_eq!(judged.len(), cases.len());
    }
}
