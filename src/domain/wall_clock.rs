//! The clock on the wall: days and hours as people here mean them.
//!
//! All of China has one time (Asia/Shanghai), eight hours before UTC, and no summer time since 1991: no table of zones is asked,
//! whatever the machine is set to. Dates before 1970 are none a meeting has.

use jiff::{Span, civil::Date};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What it is ahead of UTC.
const AHEAD: Duration = Duration::from_secs(8 * 3600);

const DAY: Duration = Duration::from_secs(24 * 3600);

/// 1 January 1970.
const FIRST: Date = Date::constant(1970, 1, 1);

/// The day of a moment, and how long that day had lasted.
#[must_use]
pub fn read(at: SystemTime) -> (Date, Duration) {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default() + AHEAD;
    let days = i64::try_from(since.as_secs() / DAY.as_secs()).unwrap_or_default();
    let date = Span::new().try_days(days).map_or(FIRST, |days| FIRST.saturating_add(days));
    (date, since - DAY * u32::try_from(days).unwrap_or_default())
}

/// The moment when a day has lasted this long.
#[must_use]
pub fn moment(date: Date, since_midnight: Duration) -> SystemTime {
    let days = u64::try_from(date.duration_since(FIRST).as_secs()).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(days) + since_midnight - AHEAD
}

/// The day that many days later, or earlier.
#[must_use]
pub fn days_later(date: Date, days: i64) -> Date {
    Span::new().try_days(days).map_or(date, |days| date.saturating_add(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_here_begins_eight_hours_before_one_of_utc() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let cases = [
            // 2025-11-24 15:59:59 UTC and one second later.
            (1_763_999_999, (2025, 11, 24), 24 * 3600 - 1),
            (1_764_000_000, (2025, 11, 25), 0),
            // 2028-02-29, a leap day, 09:30 here.
            (1_835_487_000, (2028, 3, 1), 34_200),
            (1_835_400_600, (2028, 2, 29), 34_200),
        ];
        for (seconds, (year, month, day), since) in cases {
            let date = Date::constant(year, month, day);
            assert_eq!(read(at(seconds)), (date, Duration::from_secs(since)), "{seconds}");
            assert_eq!(moment(date, Duration::from_secs(since)), at(seconds));
        }
    }

    #[test]
    fn days_are_counted_over_the_ends_of_months() {
        let date = Date::constant(2026, 12, 30);
        assert_eq!(days_later(date, 3), Date::constant(2027, 1, 2));
        assert_eq!(days_later(date, -30), Date::constant(2026, 11, 30));
    }
}
