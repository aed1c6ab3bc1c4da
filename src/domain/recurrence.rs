//! A meeting that comes again (例会): weekly, fortnightly, or on the n-th weekday of each month, until a day or so many times.
//!
//! What falls on a day on which nobody works is left out, or held on the nearest day on which people do: make-up days
//! ([`workday`](super::workday)) count as such. [`turns`] tells for each time what becomes of it and why, so that a planner sees
//! it before anything is stored.

use super::{
    wall_clock,
    workday::{DayKind, Workdays},
};
use jiff::civil::Date;

/// Most times a meeting comes again: five years of weeks.
pub const TURNS_MAX: usize = 260;

/// How many days a meeting may be put off or brought forward: the longest holiday has nine.
const DAYS_MOVED_MAX: i64 = 14;

/// How often it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// 每周, on the first one's weekday.
    Weekly,
    /// 双周.
    Fortnightly,
    /// 每月第几个周几, on the first one's weekday.
    Monthly(Nth),
}

/// Which of a month's weekdays. There is no fifth in most months: who means the last says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nth {
    /// 第一个.
    First,
    /// 第二个.
    Second,
    /// 第三个.
    Third,
    /// 第四个.
    Fourth,
    /// 最后一个.
    Last,
}

impl Nth {
    const fn number(self) -> i8 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Third => 3,
            Self::Fourth => 4,
            Self::Last => -1,
        }
    }
}

/// When it comes for the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Not after this day.
    Day(Date),
    /// After so many times, those left out not counted.
    Count(usize),
}

/// What becomes of a time that falls on a day on which nobody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDayOff {
    /// 不开: it is left out.
    LeaveOut,
    /// 顺延: it is held on the next day on which people work.
    Later,
    /// 提前: it is held on the last day before on which people work.
    Earlier,
}

/// How a meeting comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// How often.
    pub rhythm: Rhythm,
    /// Until when.
    pub until: Until,
    /// What becomes of a day off.
    pub on_day_off: OnDayOff,
}

/// One time of a meeting that comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The day the rhythm says.
    pub due: Date,
    /// The day it is held on; `None` if it is left out.
    pub held: Option<Date>,
    /// Of which holiday the due day is; empty if it is none, or a mere weekend.
    pub holiday: String,
}

/// Every time of a meeting that is held on `first` for the first time, those left out too. At most [`TURNS_MAX`] are held.
///
/// Days of a weekend on which the rhythm itself falls are held, unless a holiday says otherwise: whoever plans for Saturdays
/// means Saturdays.
#[must_use]
pub fn turns(rule: &Rule, first: Date, workdays: &Workdays) -> Vec<Turn> {
    let count = match rule.until {
        Until::Count(count) => count.min(TURNS_MAX),
        Until::Day(_) => TURNS_MAX,
    };
    let last = match rule.until {
        Until::Day(day) => day,
        Until::Count(_) => Date::MAX,
    };
    let (mut turns, mut held): (Vec<Turn>, usize) = Default::default();
    // What is left out is bounded as well: a year of nothing but holidays ends.
    for due in dues(rule.rhythm, first).take(4 * TURNS_MAX).take_while(|due| *due <= last) {
        if held >= count {
            break;
        }
        let mut turn = turn(rule.on_day_off, due, workdays);
        // Two that come to one day are one.
        if turn.held.is_some() && turns.iter().any(|known| known.held == turn.held) {
            turn.held = None;
        }
        turn.held = turn.held.filter(|day| *day >= first);
        held += usize::from(turn.held.is_some());
        turns.push(turn);
    }
    turns
}

fn turn(on_day_off: OnDayOff, due: Date, workdays: &Workdays) -> Turn {
    let off = workdays.special(due).filter(|day| day.kind == DayKind::Off);
    let holiday = off.map(|day| day.name.clone()).unwrap_or_default();
    let held = match (off.is_some(), on_day_off) {
        (false, _) => Some(due),
        (true, OnDayOff::LeaveOut) => None,
        (true, OnDayOff::Later) => nearest(due, 1, workdays),
        (true, OnDayOff::Earlier) => nearest(due, -1, workdays),
    };
    Turn { due, held, holiday }
}

/// The nearest day in one direction on which people work.
fn nearest(from: Date, step: i64, workdays: &Workdays) -> Option<Date> {
    let days = (1..=DAYS_MOVED_MAX).map(|days| wall_clock::days_later(from, step * days));
    days.into_iter().find(|day| workdays.is_workday(*day))
}

/// The days a rhythm says, from `first` on.
fn dues(rhythm: Rhythm, first: Date) -> Box<dyn Iterator<Item = Date>> {
    let every = move |days: i64| (0..).map(move |times: i64| wall_clock::days_later(first, days * times));
    match rhythm {
        Rhythm::Weekly => Box::new(every(7)),
        Rhythm::Fortnightly => Box::new(every(14)),
        Rhythm::Monthly(nth) => {
            let months = (0..).map_while(move |months: i32| month_later(first, months));
            let on = months.filter_map(move |month| month.nth_weekday_of_month(nth.number(), first.weekday()).ok());
            Box::new(on.filter(move |day| *day >= first))
        }
    }
}

/// The first day of the month so many months after a day's.
fn month_later(day: Date, months: i32) -> Option<Date> {
    let number = i32::from(day.month()) - 1 + months;
    let year = i16::try_from(i32::from(day.year()) + number / 12).ok()?;
    Date::new(year, i8::try_from(number % 12 + 1).ok()?, 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::workday::{SpecialDay, tests::announced};

    const fn on(year: i16, month: i8, day: i8) -> Date {
        Date::constant(year, month, day)
    }

    fn rule(rhythm: Rhythm, until: Until, on_day_off: OnDayOff) -> Rule {
        Rule { rhythm, until, on_day_off }
    }

    fn held(rule: &Rule, first: Date, workdays: &Workdays) -> Vec<Date> {
        turns(rule, first, workdays).into_iter().filter_map(|turn| turn.held).collect()
    }

    #[test]
    fn each_rhythm_comes_when_people_expect_it() {
        use OnDayOff::{Earlier, Later, LeaveOut};
        use Rhythm::{Fortnightly, Monthly, Weekly};
        let day = |month, day| on(2026, month, day);
        let cases: Vec<(&str, Rule, Date, Vec<Date>)> = vec![
            (
                "every Friday, not in the mid-autumn days",
                rule(Weekly, Until::Day(day(10, 16)), LeaveOut),
                day(9, 11),
                vec![day(9, 11), day(9, 18), day(10, 9), day(10, 16)],
            ),
            (
                "put off to the next working day, a make-up Saturday or not",
                rule(Weekly, Until::Day(day(10, 10)), Later),
                day(9, 11),
                vec![day(9, 11), day(9, 18), day(9, 28), day(10, 8), day(10, 9)],
            ),
            (
                "brought forward, a make-up Sunday counts",
                rule(Weekly, Until::Day(day(10, 9)), Earlier),
                day(9, 18),
                vec![day(9, 18), day(9, 24), day(9, 30), day(10, 9)],
            ),
            (
                "put off to a make-up Saturday",
                rule(Weekly, Until::Count(3), Later),
                on(2025, 9, 24),
                vec![on(2025, 9, 24), on(2025, 10, 9), on(2025, 10, 15)],
            ),
            (
                "every other Wednesday, five times",
                rule(Fortnightly, Until::Count(5), LeaveOut),
                day(9, 2),
                vec![day(9, 2), day(9, 16), day(9, 30), day(10, 14), day(10, 28)],
            ),
            (
                "first Thursday of a month: the national day is left out and not counted",
                rule(Monthly(Nth::First), Until::Count(3), LeaveOut),
                day(9, 3),
                vec![day(9, 3), day(11, 5), day(12, 3)],
            ),
            (
                "last Friday, over the end of the year",
                rule(Monthly(Nth::Last), Until::Count(4), LeaveOut),
                day(10, 30),
                vec![day(10, 30), day(11, 27), day(12, 25), on(2027, 1, 29)],
            ),
            (
                "a first day that is none of the rhythm's",
                rule(Monthly(Nth::Second), Until::Count(2), LeaveOut),
                day(9, 30),
                vec![day(10, 14), day(11, 11)],
            ),
            (
                "Saturdays are meant, but for holidays",
                rule(Weekly, Until::Day(day(10, 17)), LeaveOut),
                day(9, 19),
                vec![day(9, 19), day(10, 10), day(10, 17)],
            ),
            ("an end before the beginning", rule(Weekly, Until::Day(day(9, 1)), LeaveOut), day(9, 2), vec![]),
        ];
        let workdays = announced();
        for (name, rule, first, expect) in cases {
            assert_eq!(held(&rule, first, &workdays), expect, "{name}");
        }
    }

    #[test]
    fn what_is_left_out_or_moved_says_of_which_holiday() {
        let weekly = rule(Rhythm::Weekly, Until::Day(on(2026, 10, 9)), OnDayOff::LeaveOut);
        let turns = turns(&weekly, on(2026, 9, 18), &announced());
        let said: Vec<_> = turns.iter().map(|turn| (turn.due, turn.held.is_some(), turn.holiday.as_str())).collect();
        let expect = [
            (on(2026, 9, 18), true, ""),
            (on(2026, 9, 25), false, "中秋节"),
            (on(2026, 10, 2), false, "国庆节"),
            (on(2026, 10, 9), true, ""),
        ];
        assert_eq!(said, expect);
    }

    #[test]
    fn a_saturday_that_is_as_usual_again_is_no_holiday() {
        let usual = SpecialDay { date: on(2026, 9, 19), kind: DayKind::Usual, name: "中秋节".into() };
        let workdays = Workdays::new([usual]);
        for on_day_off in [OnDayOff::LeaveOut, OnDayOff::Later, OnDayOff::Earlier] {
            let turns = turns(&rule(Rhythm::Weekly, Until::Count(1), on_day_off), on(2026, 9, 19), &workdays);
            let due = on(2026, 9, 19);
            assert_eq!(turns, [Turn { due, held: Some(due), holiday: String::new() }], "{on_day_off:?}");
        }
    }

    /// Five years: two as they were announced, three with the days that are the same each year.
    fn five_years() -> Workdays {
        let fixed = |year| {
            [(1, 1, "元旦"), (5, 1, "劳动节"), (10, 1, "国庆节"), (10, 2, "国庆节"), (10, 3, "国庆节")].map(
                |(month, day, name)| SpecialDay { date: on(year, month, day), kind: DayKind::Off, name: name.into() },
            )
        };
        Workdays::new(announced().iter().cloned().chain((2027..=2029).flat_map(fixed)))
    }

    #[test]
    fn over_five_years_every_rhythm_keeps_its_weekday_and_its_holidays() {
        let workdays = five_years();
        let until = Until::Day(on(2029, 12, 31));
        for weekday in 0..5 {
            // Monday, 30 December 2024, and the days after it.
            let first = wall_clock::days_later(on(2024, 12, 30), weekday);
            for (rhythm, expect) in [
                (Rhythm::Weekly, 240..=260),
                (Rhythm::Fortnightly, 118..=131),
                (Rhythm::Monthly(Nth::First), 45..=60),
                (Rhythm::Monthly(Nth::Fourth), 52..=61),
                (Rhythm::Monthly(Nth::Last), 52..=61),
            ] {
                for on_day_off in [OnDayOff::LeaveOut, OnDayOff::Later, OnDayOff::Earlier] {
                    let rule = rule(rhythm, until, on_day_off);
                    let turns = turns(&rule, first, &workdays);
                    let told = format!("{rhythm:?} {on_day_off:?} from {first}");
                    assert!(turns.iter().all(|turn| turn.due.weekday() == first.weekday()), "{told}");
                    let held: Vec<Date> = turns.iter().filter_map(|turn| turn.held).collect();
                    assert!(held.iter().all(|day| workdays.is_workday(*day)), "{told}: on a working day");
                    assert!(held.is_sorted() && held.iter().zip(&held[1..]).all(|(a, b)| a < b), "{told}: in order");
                    assert!(expect.contains(&held.len()), "{told}: {} times", held.len());
                    let moved = turns.iter().filter(|turn| turn.held.is_some_and(|day| day != turn.due));
                    assert_eq!(moved.count() > 0, on_day_off != OnDayOff::LeaveOut && has_holiday(&turns), "{told}");
                }
            }
        }
    }

    fn has_holiday(turns: &[Turn]) -> bool {
        turns.iter().any(|turn| !turn.holiday.is_empty())
    }

    #[test]
    fn months_are_counted_over_years() {
        assert_eq!(month_later(on(2026, 11, 30), 1), Some(on(2026, 12, 1)));
        assert_eq!(month_later(on(2026, 11, 30), 2), Some(on(2027, 1, 1)));
        assert_eq!(month_later(on(2026, 1, 31), 59), Some(on(2030, 12, 1)));
    }
}
