//! The time of a joint test: a row among meetings, so that rooms, lines and people are held as for a meeting. By itself it is on the
//! last working day before its meeting at 15:00, for an hour; [`place`] looks for another time when that is taken, [`follow`]
//! keeps it with a meeting that changes.

use super::super::{
    meeting::{Arrangement, Field, Meeting, MeetingState, Mistake, Plan, TITLE_CHARS_MAX},
    opening::Opening,
    schedule, wall_clock,
};
use crate::id::MeetingId;
use jiff::civil::Date;
use std::time::{Duration, SystemTime};

/// How long it takes by default.
pub const LASTS: Duration = Duration::from_secs(3600);

/// When it begins by default, from midnight.
const BEGINS: Duration = Duration::from_secs(15 * 3600);

/// How far back a working day is looked for: longer than any holiday.
const DAYS_BACK_MAX: i64 = 30;

/// Why there is no time for a joint test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTime {
    /// The time it would have by default has gone already.
    Gone,
    /// Everything before the meeting is taken.
    Taken,
}

/// The row of a joint test of `meeting`.
#[must_use]
pub fn of(meeting: &Meeting, id: MeetingId, starts: SystemTime, ends: SystemTime) -> Meeting {
    let arrangement = Arrangement { leaders: Vec::new(), ..meeting.arrangement.clone() };
    let plan = Plan {
        title: title(&meeting.title),
        starts,
        ends,
        kind: meeting.kind,
        codec: meeting.codec,
        venues: meeting.venues.clone(),
        arrangement,
        opening: opening(meeting),
    };
    Meeting { tests: Some(meeting.id.clone()), ..Meeting::planned(id, plan) }
}

/// By hand, with every microphone closed, and not recorded; its screens show what the meeting's will show.
fn opening(meeting: &Meeting) -> Opening {
    Opening { banner: meeting.opening.banner.clone(), ..Opening::default() }
}

/// 联调：and the meeting's title, as far as a title goes.
fn title(of: &str) -> String {
    let mut title = format!("联调：{of}");
    if title.chars().count() > TITLE_CHARS_MAX {
        title = title.chars().take(TITLE_CHARS_MAX - 1).chain(['…']).collect();
    }
    title
}

/// 15:00 on the last working day before a meeting.
#[must_use]
pub fn default_start(meeting: &Meeting, works: impl Fn(Date) -> bool) -> SystemTime {
    let (day, _) = wall_clock::read(meeting.starts);
    let before = (1..=DAYS_BACK_MAX).map(|days| wall_clock::days_later(day, -days)).find(|day| works(*day));
    wall_clock::moment(before.unwrap_or_else(|| wall_clock::days_later(day, -1)), BEGINS)
}

/// The joint test of `meeting` at the time it has by default; if that is taken, at the nearest that is free on the same day, else
/// on the meeting's own before it begins. Rather not while its operator is busy.
pub fn place(
    meeting: &Meeting,
    id: &MeetingId,
    others: &[Meeting],
    now: SystemTime,
    works: impl Fn(Date) -> bool,
) -> Result<Meeting, NoTime> {
    let usual = default_start(meeting, works);
    if usual < now {
        return Err(NoTime::Gone);
    }
    let distance = |at: &SystemTime| at.duration_since(usual).unwrap_or_else(|earlier| earlier.duration());
    let mut that_day = schedule::starts_on(wall_clock::read(usual).0, LASTS);
    that_day.sort_by_key(distance);
    let morning = schedule::starts_on(wall_clock::read(meeting.starts).0, LASTS);
    let slot = of(meeting, id.clone(), usual, usual + LASTS);
    let fit = |slot: &Meeting| slot.starts >= now && slot.ends <= meeting.starts;
    let tries: Vec<Meeting> =
        std::iter::once(usual).chain(that_day).chain(morning).map(|starts| slot.starting(starts)).filter(fit).collect();
    let clashes = |slot: &Meeting| schedule::clashes(slot, others, now);
    let free = tries.iter().find(|slot| clashes(slot).is_empty());
    let free = free.or_else(|| tries.iter().find(|slot| clashes(slot).iter().all(|clash| !clash.wanted.is_one())));
    free.cloned().ok_or(NoTime::Taken)
}

/// A planned joint test after its meeting became another: at the same time if that is still before the meeting and free, and the
/// meeting stays on its day; else where [`place`] puts it. An operator of its own stays.
pub fn follow(
    slot: &Meeting,
    (before, after): (&Meeting, &Meeting),
    others: &[Meeting],
    now: SystemTime,
    works: impl Fn(Date) -> bool,
) -> Result<Meeting, NoTime> {
    let day = |meeting: &Meeting| wall_clock::read(meeting.starts).0;
    let operator = &slot.arrangement.operator;
    let mut after = after.clone();
    if *operator != before.arrangement.operator {
        after.arrangement.operator.clone_from(operator);
    }
    let own = of(&after, slot.id.clone(), slot.starts, slot.ends);
    let hard = schedule::clashes(&own, others, now).iter().any(|clash| clash.wanted.is_one());
    if day(before) == day(&after) && own.ends <= after.starts && !hard {
        return Ok(own);
    }
    place(&after, &slot.id, others, now, works)
}

/// Whether somebody may make a joint test's row this: its time and its operator are its own, all else is its meeting's.
pub fn check(before: &Meeting, after: &Meeting, meeting: Option<&Meeting>) -> Result<(), Mistake> {
    let arrangement = (&before.arrangement, &after.arrangement);
    let follows = [
        (Field::Title, before.title != after.title),
        (Field::Kind, before.kind != after.kind),
        (Field::Codec, before.codec != after.codec),
        (Field::Venues, before.venues != after.venues),
        (Field::Opening, before.opening != after.opening),
        (Field::Line, arrangement.0.line != arrangement.1.line),
    ];
    if let Some((field, _)) = follows.into_iter().find(|(_, differs)| *differs) {
        return Err(Mistake::OfTestedMeeting(field));
    }
    match meeting {
        Some(meeting) if meeting.state == MeetingState::Planned && after.ends > meeting.starts => {
            Err(Mistake::TestLate)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
