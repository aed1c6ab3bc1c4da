//! Days and hours as they are printed: 2025年6月3日（星期二）09:30.

use crate::domain::wall_clock;
use jiff::civil::{Date, Weekday};
use std::time::SystemTime;

/// 星期二.
#[must_use]
pub(super) fn weekday(day: Date) -> &'static str {
    match day.weekday() {
        Weekday::Monday => "星期一",
        Weekday::Tuesday => "星期二",
        Weekday::Wednesday => "星期三",
        Weekday::Thursday => "星期四",
        Weekday::Friday => "星期五",
        Weekday::Saturday => "星期六",
        Weekday::Sunday => "星期日",
    }
}

/// 2025年6月3日, as a document is dated: no noughts before a number (GB/T 9704 7.3.5).
#[must_use]
pub fn date(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// 09:30.
#[must_use]
pub fn hour_minute(at: SystemTime) -> String {
    let (_, since) = wall_clock::read(at);
    let minutes = since.as_secs() / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// 2025年6月3日（星期二）09:30.
#[must_use]
pub fn date_and_time(at: SystemTime) -> String {
    let (day, _) = wall_clock::read(at);
    format!("{}（{}）{}", date(day), weekday(day), hour_minute(at))
}

/// 6月3日（星期二）09:30, where the year is known.
#[must_use]
pub(super) fn day_and_time(at: SystemTime) -> String {
    let (day, _) = wall_clock::read(at);
    format!("{}月{}日（{}）{}", day.month(), day.day(), weekday(day), hour_minute(at))
}

/// 2025年6月3日（星期二）09:30至11:30; the second day is said if it is another.
#[must_use]
pub fn span(starts: SystemTime, ends: SystemTime) -> String {
    let same = wall_clock::read(starts).0 == wall_clock::read(ends).0;
    let until = if same { hour_minute(ends) } else { date_and_time(ends) };
    format!("{}至{until}", date_and_time(starts))
}

/// A number as an item is counted: 一, 十二, 二十一; up to 99.
#[must_use]
pub(super) fn chinese(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (number / 10 % 10, number % 10);
    match tens {
        0 => DIGITS[ones].to_owned(),
        1 => format!("十{}", DIGITS[ones]),
        _ => format!("{}十{}", DIGITS[tens], DIGITS[ones]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn a_moment_is_printed_as_people_here_write_it() {
        // 2025-06-03 01:30 UTC.
        let nine_thirty = UNIX_EPOCH + Duration::from_secs(1_748_914_200);
        let hours = |hours: u64| nine_thirty + Duration::from_secs(hours * 3600);
        assert_eq!(date_and_time(nine_thirty), "2025年6月3日（星期二）09:30");
        assert_eq!(day_and_time(nine_thirty), "6月3日（星期二）09:30");
        assert_eq!(span(nine_thirty, hours(2)), "2025年6月3日（星期二）09:30至11:30");
        assert_eq!(span(nine_thirty, hours(15)), "2025年6月3日（星期二）09:30至2025年6月4日（星期三）00:30");
    }

    #[test]
    fn items_are_counted_as_people_read_them() {
        let counted = [1, 9, 10, 11, 20, 21, 60].map(chinese);
        assert_eq!(counted, ["一", "九", "十", "十一", "二十", "二十一", "六十"]);
    }
}
