//! Meetings for the calendar of another program (iCalendar, RFC 5545): a file that somebody opens or hands on.
//!
//! Written here, since it is a hundred lines: the crates for it bring a second library of dates and times along.

use crate::domain::wall_clock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Most bytes of a line, its end not counted (RFC 5545 §3.1).
const LINE_BYTES_MAX: usize = 75;

/// A meeting as a calendar has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The meeting's id: the same for as long as the meeting is there, so that a calendar knows it again.
    pub id: String,
    /// Title.
    pub title: String,
    /// What sort of meeting it is: 联调.
    pub category: String,
    /// Start.
    pub starts: SystemTime,
    /// End.
    pub ends: SystemTime,
    /// Where it takes place; may be empty.
    pub place: String,
    /// What else is said, line by line.
    pub lines: Vec<String>,
    /// Whether it does not take place.
    pub cancelled: bool,
    /// How often it was changed: a calendar takes over what has a larger one (SEQUENCE), and of the same the later file (DTSTAMP).
    pub revision: u32,
}

/// A calendar with these meetings, as they stand `now`.
#[must_use]
pub fn calendar(events: &[Event], now: SystemTime) -> String {
    let mut lines = Lines::default();
    for (name, value) in [("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", "-//Yunling//Schedule//ZH")] {
        lines.add(name, value);
    }
    for (name, value) in [("CALSCALE", "GREGORIAN"), ("METHOD", "PUBLISH"), ("X-WR-CALNAME", "会议排期")] {
        lines.add(name, value);
    }
    lines.add("X-WR-TIMEZONE", ZONE);
    for (name, value) in ZONE_LINES {
        lines.add(name, value);
    }
    for event in events {
        lines.add_event(event, now);
    }
    lines.add("END", "VCALENDAR");
    lines.0
}

const ZONE: &str = "Asia/Shanghai";

/// One time for all of the country, no summer time since 1991.
const ZONE_LINES: [(&str, &str); 9] = [
    ("BEGIN", "VTIMEZONE"),
    ("TZID", ZONE),
    ("BEGIN", "STANDARD"),
    ("DTSTART", "19910915T000000"),
    ("TZOFFSETFROM", "+0800"),
    ("TZOFFSETTO", "+0800"),
    ("TZNAME", "CST"),
    ("END", "STANDARD"),
    ("END", "VTIMEZONE"),
];

/// The text of a calendar.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add_event(&mut self, event: &Event, now: SystemTime) {
        let local = |at| format!("{}T{}", day_digits(at), time_digits(at));
        self.add("BEGIN", "VEVENT");
        self.add("UID", &format!("{}@yunling", event.id));
        self.add("DTSTAMP", &utc(now));
        // The format has 31 bits for it (RFC 5545 §3.3.8).
        self.add("SEQUENCE", &event.revision.min(i32::MAX.unsigned_abs()).to_string());
        self.add(&format!("DTSTART;TZID={ZONE}"), &local(event.starts));
        self.add(&format!("DTEND;TZID={ZONE}"), &local(event.ends));
        self.add("SUMMARY", &escaped(&event.title));
        let (category, place, lines) = (&event.category, &event.place, event.lines.join("\n"));
        for (name, value) in [("CATEGORIES", category), ("LOCATION", place), ("DESCRIPTION", &lines)] {
            if !value.is_empty() {
                self.add(name, &escaped(value));
            }
        }
        self.add("STATUS", if event.cancelled { "CANCELLED" } else { "CONFIRMED" });
        self.add("END", "VEVENT");
    }

    /// One line, folded so that none is too long and no character is cut in two.
    fn add(&mut self, name: &str, value: &str) {
        let mut room = LINE_BYTES_MAX;
        for character in name.chars().chain([':']).chain(value.chars()) {
            if character.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = LINE_BYTES_MAX - 1;
            }
            room -= character.len_utf8();
            self.0.push(character);
        }
        self.0.push_str("\r\n");
    }
}

/// A text as a value (RFC 5545 §3.3.11); other control characters have no place in one.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            control if control.is_control() => {}
            plain => out.push(plain),
        }
    }
    out
}

fn day_digits(at: SystemTime) -> String {
    let (day, _) = wall_clock::read(at);
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

fn time_digits(at: SystemTime) -> String {
    let (_, since) = wall_clock::read(at);
    let seconds = since.as_secs();
    format!("{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The moment as UTC has it.
fn utc(at: SystemTime) -> String {
    let here = at.checked_sub(Duration::from_secs(8 * 3600)).unwrap_or(UNIX_EPOCH);
    format!("{}T{}Z", day_digits(here), time_digits(here))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-06-03 09:30 here.
    fn nine_thirty() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_748_914_200)
    }

    fn event(title: &str) -> Event {
        Event {
            id: "abcd2345".to_owned(),
            title: title.to_owned(),
            category: "联调".to_owned(),
            starts: nine_thirty(),
            ends: nine_thirty() + Duration::from_secs(7200),
            place: "县主会场、城关镇".to_owned(),
            lines: vec!["主办单位：县应急局".to_owned(), "一、通报汛情; 二, 部署".to_owned()],
            cancelled: false,
            revision: 7,
        }
    }

    /// What another program reads: lines unfolded, in order.
    fn unfolded(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_meeting_is_at_its_time_in_the_zone_of_the_country() {
        let text = calendar(&[event("防汛会商")], nine_thirty());
        let lines = unfolded(&text);
        for line in [
            "UID:abcd2345@yunling",
            "DTSTAMP:20250603T013000Z",
            "DTSTART;TZID=Asia/Shanghai:20250603T093000",
            "DTEND;TZID=Asia/Shanghai:20250603T113000",
            "SUMMARY:防汛会商",
            "CATEGORIES:联调",
            "LOCATION:县主会场、城关镇",
            "DESCRIPTION:主办单位：县应急局\\n一、通报汛情\\; 二\\, 部署",
            "STATUS:CONFIRMED",
            "SEQUENCE:7",
        ] {
            assert!(lines.iter().any(|known| known == line), "{line} is not in {text}");
        }
        let of = |name: &str| lines.iter().filter(|line| line.starts_with(name)).count();
        assert_eq!((of("BEGIN:"), of("END:")), (4, 4), "{text}");
        let off = Event { cancelled: true, ..event("防汛会商") };
        assert!(calendar(&[off], nine_thirty()).contains("\r\nSTATUS:CANCELLED\r\n"));
    }

    #[test]
    fn no_line_is_too_long_and_no_character_is_cut() {
        for chars in 0..120 {
            let title = "会议a".repeat(chars);
            let text = calendar(&[event(&title)], nine_thirty());
            assert!(text.split("\r\n").all(|line| line.len() <= LINE_BYTES_MAX), "{text}");
            assert!(unfolded(&text).contains(&format!("SUMMARY:{title}")), "{text}");
        }
    }

    #[test]
    fn nothing_that_is_typed_makes_a_line_of_its_own() {
        let text = calendar(&[event("a\r\nEND:VCALENDAR\u{0}\\")], nine_thirty());
        assert!(unfolded(&text).contains(&"SUMMARY:a\\nEND:VCALENDAR\\\\".to_owned()), "{text}");
        assert_eq!(text.matches("\r\nEND:VCALENDAR\r\n").count(), 1);
    }

    #[test]
    fn a_meeting_that_was_changed_counts_more_whatever_it_was_before() {
        for (revision, expect) in [(0, "0"), (8, "8"), (u32::MAX, "2147483647")] {
            let text = calendar(&[Event { revision, ..event("a") }], nine_thirty());
            assert!(text.contains(&format!("\r\nSEQUENCE:{expect}\r\n")), "{text}");
        }
    }
}
