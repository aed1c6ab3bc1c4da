//! Days on which people work: Monday to Friday, without the holidays (放假) and with the make-up days (调休上班) that are
//! announced for each year. They come from a file of one year; this program knows none by itself, since nobody can compute them.

use jiff::civil::{Date, Weekday};
use std::collections::BTreeMap;

/// Most characters of a holiday's name.
pub const NAME_CHARS_MAX: usize = 20;

/// What is special about a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind {
    /// 放假: nobody works, whatever the weekday.
    Off,
    /// 调休上班: people work, though it is a Saturday or a Sunday.
    Work,
    /// 照常: as its weekday says. So a day is put right that was announced otherwise.
    Usual,
}

impl DayKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Work, Self::Usual];

    /// As it is written into files.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Off => "放假",
            Self::Work => "上班",
            Self::Usual => "照常",
        }
    }

    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Work => "work",
            Self::Usual => "usual",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind as people write it into a file: 放假 or 休, 上班, 班 or 补班, 照常; or as it is stored.
    #[must_use]
    pub fn written(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "放假" | "休" | "休息" | "节假日" | "off" => Some(Self::Off),
            "上班" | "班" | "调休上班" | "补班" | "work" => Some(Self::Work),
            "照常" | "正常" | "usual" => Some(Self::Usual),
            _ => None,
        }
    }
}

/// A day that is not as its weekday says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialDay {
    /// Which.
    pub date: Date,
    /// What is special about it.
    pub kind: DayKind,
    /// Of which holiday: 国庆节.
    pub name: String,
}

/// Which days people work on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workdays(BTreeMap<Date, SpecialDay>);

impl Workdays {
    /// Knowing these special days.
    pub fn new(days: impl IntoIterator<Item = SpecialDay>) -> Self {
        Self(days.into_iter().map(|day| (day.date, day)).collect())
    }

    /// Whether people work on a day.
    #[must_use]
    pub fn is_workday(&self, date: Date) -> bool {
        match self.special(date).map(|day| day.kind) {
            Some(DayKind::Off) => false,
            Some(DayKind::Work) => true,
            Some(DayKind::Usual) | None => !is_weekend(date),
        }
    }

    /// What is special about a day, if anything is.
    #[must_use]
    pub fn special(&self, date: Date) -> Option<&SpecialDay> {
        self.0.get(&date)
    }

    /// Whether anything is known of a year.
    #[must_use]
    pub fn knows(&self, year: i16) -> bool {
        self.0.keys().any(|date| date.year() == year)
    }

    /// All special days, first ones first.
    pub fn iter(&self) -> impl Iterator<Item = &SpecialDay> {
        self.0.values()
    }
}

/// Whether a day is a Saturday or a Sunday.
#[must_use]
pub fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// A date as people and spreadsheets write it.
#[must_use]
pub fn read_date(text: &str) -> Option<Date> {
    // A spreadsheet's date may bring its midnight along.
    let text = text.trim().split([' ', 'T']).next()?;
    let mut numbers = text.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty());
    let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
    if numbers.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As the State Council announced them: 2025 and 2026.
    pub(in crate::domain) const ANNOUNCED: &str = "\
2025-01-01 放假 元旦
2025-01-26 上班 春节
2025-01-28 放假 春节
2025-01-29 放假 春节
2025-01-30 放假 春节
2025-01-31 放假 春节
2025-02-01 放假 春节
2025-02-02 放假 春节
2025-02-03 放假 春节
2025-02-04 放假 春节
2025-02-08 上班 春节
2025-04-04 放假 清明节
2025-04-05 放假 清明节
2025-04-06 放假 清明节
2025-04-27 上班 劳动节
2025-05-01 放假 劳动节
2025-05-02 放假 劳动节
2025-05-03 放假 劳动节
2025-05-04 放假 劳动节
2025-05-05 放假 劳动节
2025-05-31 放假 端午节
2025-06-01 放假 端午节
2025-06-02 放假 端午节
2025-09-28 上班 国庆节
2025-10-01 放假 国庆节
2025-10-02 放假 国庆节
2025-10-03 放假 国庆节
2025-10-04 放假 国庆节
2025-10-05 放假 国庆节
2025-10-06 放假 中秋节
2025-10-07 放假 国庆节
2025-10-08 放假 国庆节
2025-10-11 上班 国庆节
2026-01-01 放假 元旦
2026-01-02 放假 元旦
2026-01-03 放假 元旦
2026-01-04 上班 元旦
2026-02-14 上班 春节
2026-02-15 放假 春节
2026-02-16 放假 春节
2026-02-17 放假 春节
2026-02-18 放假 春节
2026-02-19 放假 春节
2026-02-20 放假 春节
2026-02-21 放假 春节
2026-02-22 放假 春节
2026-02-23 放假 春节
2026-02-28 上班 春节
2026-04-04 放假 清明节
2026-04-05 放假 清明节
2026-04-06 放假 清明节
2026-05-01 放假 劳动节
2026-05-02 放假 劳动节
2026-05-03 放假 劳动节
2026-05-04 放假 劳动节
2026-05-05 放假 劳动节
2026-05-09 上班 劳动节
2026-06-19 放假 端午节
2026-06-20 放假 端午节
2026-06-21 放假 端午节
2026-09-20 上班 国庆节
2026-09-25 放假 中秋节
2026-09-26 放假 中秋节
2026-09-27 放假 中秋节
2026-10-01 放假 国庆节
2026-10-02 放假 国庆节
2026-10-03 放假 国庆节
2026-10-04 放假 国庆节
2026-10-05 放假 国庆节
2026-10-06 放假 国庆节
2026-10-07 放假 国庆节
2026-10-10 上班 国庆节
";

    pub(in crate::domain) fn announced() -> Workdays {
        let day = |text: &str| {
            let mut words = text.split(' ');
            let date = read_date(words.next()?)?;
            let (kind, name) = (DayKind::written(words.next()?)?, words.next()?.to_owned());
            Some(SpecialDay { date, kind, name })
        };
        Workdays::new(ANNOUNCED.lines().map(|text| day(text).expect("a good line")))
    }

    #[test]
    fn people_work_as_it_was_announced() {
        let days = announced();
        let on = |month, day| Date::constant(2026, month, day);
        for (date, works) in [
            (on(9, 18), true),
            (on(9, 19), false),
            (on(9, 20), true),
            (on(9, 25), false),
            (on(9, 28), true),
            (on(10, 1), false),
            (on(10, 8), true),
            (on(10, 10), true),
            (on(10, 11), false),
            (Date::constant(2027, 10, 1), true),
        ] {
            assert_eq!(days.is_workday(date), works, "{date}");
        }
        assert!(days.knows(2025) && days.knows(2026) && !days.knows(2027));
        // As the announcements say: 248 working days in each of the two years.
        let worked = |year| (1..=365).filter(|day| days.is_workday(wall(year, *day))).count();
        assert_eq!((worked(2025), worked(2026)), (248, 248));
    }

    fn wall(year: i16, day: i64) -> Date {
        crate::domain::wall_clock::days_later(Date::constant(year, 1, 1), day - 1)
    }

    #[test]
    fn a_date_is_read_as_people_and_spreadsheets_write_it() {
        for (text, expect) in [
            ("2026-10-01", Some((2026, 10, 1))),
            (" 2026/10/1 ", Some((2026, 10, 1))),
            ("2026.10.1", Some((2026, 10, 1))),
            ("2026年10月1日", Some((2026, 10, 1))),
            ("2026-10-01 00:00:00", Some((2026, 10, 1))),
            ("2026-10-01T00:00:00", Some((2026, 10, 1))),
            ("2026-02-30", None),
            ("10月1日", None),
            ("26-10-1", None),
            ("2026-10-1-1", None),
            ("", None),
        ] {
            assert_eq!(read_date(text), expect.map(|(year, month, day)| Date::constant(year, month, day)), "{text:?}");
        }
    }

    #[test]
    fn a_day_that_was_put_right_is_as_its_weekday_says() {
        let usual = |month, day| SpecialDay {
            date: Date::constant(2026, month, day),
            kind: DayKind::Usual,
            name: "更正".to_owned(),
        };
        let days = Workdays::new(announced().iter().cloned().chain([usual(10, 7), usual(10, 10)]));
        assert!(days.is_workday(Date::constant(2026, 10, 7)), "a Wednesday");
        assert!(!days.is_workday(Date::constant(2026, 10, 10)), "a Saturday");
        for kind in DayKind::ALL {
            assert_eq!((DayKind::named(kind.name()), DayKind::written(kind.title())), (Some(kind), Some(kind)));
        }
    }
}
