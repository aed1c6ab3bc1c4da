//! The schedule (排期): which meetings get in each other's way, which one gives way, and where a meeting fits instead.
//!
//! Two meetings can't be in one room at once, nor fed by one line: that is refused. Whoever operates or attends two at once may
//! have a reason, or a deputy: that is said, and the planner confirms it. A meeting of an upper level (上级会议) comes before one
//! of the county's own, and every meeting before a joint test (联调): for each that is in its way there is a proposal where it may
//! take place instead ([`look`]), and [`settle`] takes what was agreed to.

use super::{
    meeting::{Arrangement, Kind, Meeting, MeetingState},
    wall_clock,
};
use crate::id::{AccountId, LegId, MeetingId, VenueId};
use jiff::civil::Date;
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// A meeting on air that is over by its plan goes on for a while: what it has is not free for so long from now.
const OVERRUN: Duration = Duration::from_secs(15 * 60);

/// Proposals begin at a quarter of an hour, as invitations do.
const STEP: Duration = Duration::from_secs(15 * 60);

/// How many days ahead a place is looked for; a meeting that has waited two months is planned anew.
const DAYS_AHEAD_MAX: i64 = 60;

/// When people work: the morning, the afternoon, and for what fits in neither, the whole day. From midnight.
const WORKING: [(Duration, Duration); 3] = [(hm(8, 30), hm(12, 0)), (hm(14, 0), hm(18, 0)), (hm(8, 30), hm(18, 0))];

const fn hm(hours: u64, minutes: u64) -> Duration {
    Duration::from_secs(hours * 3600 + minutes * 60)
}

/// What two meetings want at once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// A venue.
    Venue(VenueId),
    /// The line a programme comes from.
    Line(LegId),
    /// Whoever operates the meeting that is looked at.
    Operator(AccountId),
    /// A leader who attends the meeting that is looked at.
    Leader(AccountId),
}

impl Wanted {
    /// Whether it can't be in two meetings at all.
    #[must_use]
    pub const fn is_one(&self) -> bool {
        matches!(self, Self::Venue(_) | Self::Line(_))
    }
}

/// What comes of a [`Clash`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The meeting can't be planned so.
    Refused,
    /// The other meeting gives way: there is a [`Move`] for it.
    PreEmpts,
    /// It can be planned so by whoever says that they know.
    Warned,
}

/// Two meetings want something at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// What both want.
    pub wanted: Wanted,
    /// The other meeting, as it is planned; of many venues, it stands in many clashes.
    pub other: Arc<Meeting>,
    /// What comes of it.
    pub weight: Weight,
}

/// A meeting that gives way: it keeps its length and all else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Which.
    pub meeting: MeetingId,
    /// Its new start.
    pub starts: SystemTime,
}

/// What is in the way of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// What clashes, by the other meeting's start.
    pub clashes: Vec<Clash>,
    /// Where each meeting that gives way may take place instead.
    pub moves: Vec<Move>,
    /// When the meeting itself would fit, if it is refused as it is.
    pub free: Option<SystemTime>,
}

/// What a planner has agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consent {
    /// Whether they know of every warning.
    pub warned: bool,
    /// Whether they know that an arrangement that is signed has to be signed for again.
    pub unsigns: bool,
    /// The meetings that give way, and to when.
    pub moves: Vec<Move>,
}

/// Why a plan was not settled: what clashes still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsettled {
    /// Something can't be in two meetings.
    Refused(Vec<Clash>),
    /// Somebody would be in two meetings, and nobody said that they know.
    Unconfirmed(Vec<Clash>),
}

/// Everything that is in the way of `meeting` among `others`, and what could be done about it. `works` tells whether people
/// work on a day.
#[must_use]
pub fn look(meeting: &Meeting, others: &[Meeting], now: SystemTime, works: impl Fn(Date) -> bool) -> Findings {
    let mut clashes = clashes(meeting, others, now);
    let (moves, stuck) = moves(meeting, &clashes, others, now, &works);
    for clash in clashes.iter_mut().filter(|clash| stuck.contains(&clash.other.id)) {
        if clash.weight == Weight::PreEmpts {
            clash.weight = Weight::Refused;
        }
    }
    let refused = clashes.iter().any(|clash| clash.weight == Weight::Refused);
    let free = if refused { next_free(meeting, others, meeting.starts, now, &works) } else { None };
    // Where one clash remains that nothing gives way to, nothing is to be moved.
    Findings { clashes, moves: if refused { Vec::new() } else { moves }, free }
}

/// The meetings that give way to `meeting` as agreed, at their new times; or what is in its way all the same.
pub fn settle(
    meeting: &Meeting,
    others: &[Meeting],
    consent: &Consent,
    now: SystemTime,
) -> Result<Vec<Meeting>, Unsettled> {
    let give_way: Vec<MeetingId> = clashes(meeting, others, now)
        .into_iter()
        .filter(|clash| clash.weight == Weight::PreEmpts)
        .map(|clash| clash.other.id.clone())
        .collect();
    let moved: Vec<Meeting> = consent
        .moves
        .iter()
        .filter(|moved| give_way.contains(&moved.meeting) && moved.starts >= now)
        .filter(|moved| !is_late(moved, others))
        .filter_map(|moved| {
            others.iter().find(|other| other.id == moved.meeting).map(|other| other.starting(moved.starts))
        })
        .collect();
    let after: Vec<Meeting> = others
        .iter()
        .map(|other| moved.iter().find(|moved| moved.id == other.id).unwrap_or(other))
        .chain([meeting])
        .cloned()
        .collect();
    let left: Vec<Clash> = moved.iter().chain([meeting]).flat_map(|placed| clashes(placed, &after, now)).collect();
    let (hard, soft): (Vec<_>, Vec<_>) = left.into_iter().partition(|clash| clash.wanted.is_one());
    match (hard.is_empty(), soft.is_empty() || consent.warned) {
        (false, _) => Err(Unsettled::Refused(hard)),
        (true, false) => Err(Unsettled::Unconfirmed(soft)),
        (true, true) => Ok(moved),
    }
}

/// Whether what is moved so is a joint test that would not be over when its meeting begins.
fn is_late(moved: &Move, others: &[Meeting]) -> bool {
    let of = |id: &MeetingId| others.iter().find(|other| other.id == *id);
    let Some(test) = of(&moved.meeting) else { return false };
    let tested = test.tests.as_ref().and_then(of);
    tested.is_some_and(|tested| test.starting(moved.starts).ends > tested.starts)
}

/// Everything `meeting` and one of `others` want at once, by the other's start; of one, venues in their order, then the line and
/// people.
#[must_use]
pub fn clashes(meeting: &Meeting, others: &[Meeting], now: SystemTime) -> Vec<Clash> {
    let needs = Needs::of(meeting);
    let mut found = Vec::new();
    for other in others.iter().filter(|other| other.id != meeting.id && overlap(meeting, other, now)) {
        let wanted = needs.wanted_by(other);
        if wanted.is_empty() {
            continue;
        }
        let other = Arc::new(other.clone());
        let clash = |wanted| Clash { weight: weight(meeting, &other, &wanted), wanted, other: Arc::clone(&other) };
        found.extend(wanted.into_iter().map(clash));
    }
    found.sort_by(|a, b| (a.other.starts, &a.other.id).cmp(&(b.other.starts, &b.other.id)));
    found
}

/// What a meeting takes, to be held against many others.
struct Needs<'a> {
    arrangement: &'a Arrangement,
    venues: HashSet<&'a VenueId>,
}

impl<'a> Needs<'a> {
    fn of(meeting: &'a Meeting) -> Self {
        Self { arrangement: &meeting.arrangement, venues: meeting.venues.iter().collect() }
    }

    /// What another meeting wants too.
    fn wanted_by(&self, other: &Meeting) -> Vec<Wanted> {
        let (ours, theirs) = (self.arrangement, &other.arrangement);
        let busy = |account: &AccountId| theirs.operator.as_ref() == Some(account) || theirs.leaders.contains(account);
        let venues = other.venues.iter().filter(|venue| self.venues.contains(venue)).cloned().map(Wanted::Venue);
        let line = ours.line.iter().filter(|line| theirs.line.as_ref() == Some(line)).cloned().map(Wanted::Line);
        let operator = ours.operator.iter().filter(|account| busy(account)).cloned().map(Wanted::Operator);
        let leaders = ours.leaders.iter().filter(|account| busy(account)).cloned().map(Wanted::Leader);
        venues.chain(line).chain(operator).chain(leaders).collect()
    }
}

fn weight(meeting: &Meeting, other: &Meeting, wanted: &Wanted) -> Weight {
    let upper_first = meeting.kind == Kind::Upper && other.kind == Kind::Own;
    let pre_empts = meeting.tests.is_none() && (upper_first || other.tests.is_some());
    match wanted.is_one() {
        false => Weight::Warned,
        true if pre_empts && other.state == MeetingState::Planned => Weight::PreEmpts,
        true => Weight::Refused,
    }
}

/// Whether `other` is to be at a time of `meeting`'s. End to end is no clash.
fn overlap(meeting: &Meeting, other: &Meeting, now: SystemTime) -> bool {
    taken(other, now).is_some_and(|(from, to)| meeting.starts < to && from < meeting.ends)
}

/// From when to when a meeting has what it takes.
fn taken(meeting: &Meeting, now: SystemTime) -> Option<(SystemTime, SystemTime)> {
    match meeting.state {
        MeetingState::Planned => Some((meeting.starts, meeting.ends)),
        MeetingState::OnAir => Some((meeting.starts.min(now), meeting.ends.max(now + OVERRUN))),
        MeetingState::Closed | MeetingState::Cancelled => None,
    }
}

/// Where each meeting that gives way to `meeting` fits, one after the other; and those that fit nowhere.
fn moves(
    meeting: &Meeting,
    clashes: &[Clash],
    others: &[Meeting],
    now: SystemTime,
    works: &impl Fn(Date) -> bool,
) -> (Vec<Move>, Vec<MeetingId>) {
    let mut placed: Vec<Meeting> = others.iter().filter(|other| other.id != meeting.id).cloned().collect();
    placed.push(meeting.clone());
    let (mut moves, mut stuck): (Vec<Move>, Vec<MeetingId>) = Default::default();
    for Clash { other, .. } in clashes.iter().filter(|clash| clash.weight == Weight::PreEmpts) {
        if moves.iter().any(|known| known.meeting == other.id) || stuck.contains(&other.id) {
            continue;
        }
        let later = next_free(other, &placed, meeting.ends, now, works);
        // A joint test has until its meeting begins, which may leave nothing but a time before this one.
        let earlier = || other.tests.as_ref().and_then(|_| next_free(other, &placed, now, now, works));
        match later.or_else(earlier) {
            Some(starts) => {
                placed.retain(|known| known.id != other.id);
                placed.push(other.starting(starts));
                moves.push(Move { meeting: other.id.clone(), starts });
            }
            None => stuck.push(other.id.clone()),
        }
    }
    (moves, stuck)
}

/// The first start from `from` on at which `meeting`, as long as it is, is in nobody's way, within hours in which people work.
fn next_free(
    meeting: &Meeting,
    others: &[Meeting],
    from: SystemTime,
    now: SystemTime,
    works: &impl Fn(Date) -> bool,
) -> Option<SystemTime> {
    let length = meeting.ends.duration_since(meeting.starts).ok()?;
    let needs = Needs::of(meeting);
    let rivals = others.iter().filter(|other| other.id != meeting.id && !needs.wanted_by(other).is_empty());
    let rivals: Vec<_> = rivals.filter_map(|other| taken(other, now)).collect();
    let from = from.max(now);
    // A joint test is over before its meeting begins.
    let tested = others.iter().find(|other| meeting.tests.as_ref() == Some(&other.id));
    let in_time = |starts: &SystemTime| tested.is_none_or(|tested| *starts + length <= tested.starts);
    let (first, _) = wall_clock::read(from);
    let days = (0..DAYS_AHEAD_MAX).map(|days| wall_clock::days_later(first, days)).filter(|day| works(*day));
    let mut starts = days.flat_map(|day| starts_on(day, length));
    let is_free = |starts: SystemTime| rivals.iter().all(|(from, to)| starts >= *to || *from >= starts + length);
    starts.find(|starts| *starts >= from && in_time(starts) && is_free(*starts))
}

/// Every start on a day at which something so long fits into the hours in which people work. What fits into half a day does not
/// go over noon.
pub(super) fn starts_on(day: Date, length: Duration) -> Vec<SystemTime> {
    let fits = |(from, to): &&(Duration, Duration)| *to - *from >= length;
    let [halves @ .., whole] = &WORKING;
    let halves: Vec<_> = halves.iter().filter(fits).collect();
    let spans = if halves.is_empty() { [whole].into_iter().filter(fits).collect() } else { halves };
    let starts_in = |(from, to): &(Duration, Duration)| {
        let steps = (*to - *from - length).as_secs() / STEP.as_secs();
        let from = *from;
        (0..=steps).map(move |step| wall_clock::moment(day, from + Duration::from_secs(step * STEP.as_secs())))
    };
    spans.into_iter().flat_map(starts_in).collect()
}

#[cfg(test)]
mod tests;
