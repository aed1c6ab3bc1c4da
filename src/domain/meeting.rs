//! A meeting (会议): the planned event with its title, time, kind and venues, and how far it is.
//!
//! [`Plan`] is what somebody asks for; [`Plan::check`] finds everything that is wrong with it at once, by field. Only a
//! checked plan becomes a [`Meeting`].

use super::{
    line::{self, LineFault},
    notice,
    opening::{self, Opening},
};
use crate::id::{AccountId, LegId, MeetingId, OrgUnitId, SeriesId, VenueId};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Most characters of a title: it stands on one line of a list and on two of a screen.
pub const TITLE_CHARS_MAX: usize = 100;

/// Most characters of the reason a meeting is cancelled for: it stands under its title in lists.
pub const REASON_CHARS_MAX: usize = 200;

/// Longest a meeting may be planned: what is longer is a typing mistake in the date.
pub const DURATION_MAX: Duration = Duration::from_secs(24 * 3600);

/// The planned event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// As in addresses.
    pub id: MeetingId,
    /// Shown to everybody.
    pub title: String,
    /// Planned start; a meeting is opened by hand, at any time.
    pub starts: SystemTime,
    /// Planned end; a meeting on air goes on until it is closed by hand.
    pub ends: SystemTime,
    /// What kind it is.
    pub kind: Kind,
    /// The one picture codec of the meeting.
    pub codec: PictureCodec,
    /// How far it is.
    pub state: MeetingState,
    /// Why it was cancelled; empty unless it was.
    pub cancel_reason: String,
    /// The others it was planned with, if it is one that comes again.
    pub series: Option<SeriesId>,
    /// Which venues take part: their paired machines come in without a token.
    pub venues: Vec<VenueId>,
    /// What else it takes.
    pub arrangement: Arrangement,
    /// How it opens: as its profile or its kind had it when it was planned, and since then its own.
    pub opening: Opening,
    /// The meeting it is the joint test (联调) of, if it is the time of one.
    pub tests: Option<MeetingId>,
}

/// What a meeting takes beside its venues (会务安排): no line and no operator is in two meetings at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrangement {
    /// The line its programme comes from: it is pointed to the meeting when that opens.
    pub line: Option<LegId>,
    /// Whose duty it is (值班员).
    pub operator: Option<AccountId>,
    /// Leaders who attend, in the order in which they were named.
    pub leaders: Vec<AccountId>,
}

impl Arrangement {
    /// Whoever operates or attends.
    pub fn people(&self) -> impl Iterator<Item = &AccountId> {
        self.operator.iter().chain(&self.leaders)
    }
}

/// Most leaders that are named for a meeting: what fits on one line of its sheet. Who else attends stands in its notice.
pub const LEADERS_MAX: usize = 20;

/// What a plan may name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Every venue, in administrative order.
    pub venues: Vec<VenueId>,
    /// Every line a programme may come from.
    pub lines: Vec<LegId>,
    /// Whoever may be on duty.
    pub operators: Vec<AccountId>,
    /// Every leader.
    pub leaders: Vec<AccountId>,
    /// Every unit that is open, in administrative order.
    pub units: Vec<OrgUnitId>,
}

impl Known {
    /// The same and what a meeting has: somebody who left, or a line that is gone, doesn't keep all else from being changed.
    #[must_use]
    pub fn and_what_has(mut self, meeting: &Meeting) -> Self {
        let Arrangement { line, operator, leaders } = meeting.arrangement.clone();
        self.lines.extend(line);
        self.operators.extend(operator);
        self.leaders.extend(leaders);
        self
    }
}

/// What kind of meeting it is (会议类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// 收听收看上级会议: the programme is a link's; every microphone here begins closed.
    #[default]
    Upper,
    /// 本级会议: the county is the chair.
    Own,
}

impl Kind {
    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upper => "upper",
            Self::Own => "own",
        }
    }

    /// Whether such a meeting is recorded from its opening on where nothing else was said. What an upper level sends is recorded only when an operator
    /// says so: who may keep it is not for the county to decide by a default.
    #[must_use]
    pub const fn is_recorded(self) -> bool {
        matches!(self, Self::Own)
    }

    /// Where a recording shows content. What an upper level sends has its speaker composed into it mostly, and a small second
    /// one does no harm; of the county's own meetings both are wanted.
    #[must_use]
    pub const fn content_place(self) -> ContentPlace {
        match self {
            Self::Upper => ContentPlace::WithCorner,
            Self::Own => ContentPlace::Beside,
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Upper, Self::Own].into_iter().find(|kind| kind.name() == name)
    }
}

/// Where content stands in a recording's programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentPlace {
    /// It fills the picture; who is on air stands small in its corner (画中画).
    WithCorner,
    /// Both stand beside each other, the content larger (并排).
    Beside,
}

impl Meeting {
    /// The county's own venue: of those that take part the first in administrative order. Its camera is recorded whether it is
    /// on air or not.
    #[must_use]
    pub fn own_venue(&self) -> Option<&VenueId> {
        self.venues.first()
    }
}

/// What a meeting is to be, as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Title, 1 to [`TITLE_CHARS_MAX`] characters.
    pub title: String,
    /// Planned start.
    pub starts: SystemTime,
    /// Planned end, later than the start by at most [`DURATION_MAX`].
    pub ends: SystemTime,
    /// What kind it is.
    pub kind: Kind,
    /// The one picture codec.
    pub codec: PictureCodec,
    /// Which venues take part.
    pub venues: Vec<VenueId>,
    /// What else it takes.
    pub arrangement: Arrangement,
    /// How it opens.
    pub opening: Opening,
}

/// A field of a [`Plan`], as the interface calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The title.
    Title,
    /// The start.
    Starts,
    /// The end.
    Ends,
    /// The kind.
    Kind,
    /// The codec.
    Codec,
    /// The venues.
    Venues,
    /// The line.
    Line,
    /// Who operates.
    Operator,
    /// Which leaders attend.
    Leaders,
    /// The unit that holds it.
    Unit,
    /// Who attends.
    Attendees,
    /// The agenda.
    Agenda,
    /// Whom to ask.
    Contact,
    /// What is asked of those who come.
    Requirements,
    /// How long before its start it opens.
    Before,
    /// Which microphones are open at first.
    Microphones,
    /// The banner.
    Banner,
    /// How it opens, as a whole.
    Opening,
}

/// One thing that is wrong with a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The title is no line.
    #[error("the title is not valid: {0}")]
    Title(LineFault),
    /// The start is in another age.
    #[error("the start is not a date of this century")]
    Start,
    /// The end is not after the start.
    #[error("the end is not after the start")]
    EndsFirst,
    /// It would last longer than [`DURATION_MAX`].
    #[error("the meeting is longer than a day")]
    TooLong,
    /// There is no such venue.
    #[error("there is no venue {0}")]
    Venue(VenueId),
    /// It would come again and never be held.
    #[error("no turn of it is held")]
    NoTurn,
    /// There is no such line.
    #[error("there is no line {0}")]
    Line(LegId),
    /// Nobody of that account can be on duty.
    #[error("the account can't be on duty")]
    Operator,
    /// An account is no leader's.
    #[error("an account is no leader's")]
    Leader,
    /// More than [`LEADERS_MAX`].
    #[error("there are more than {LEADERS_MAX} leaders")]
    Leaders,
    /// It can't open so.
    #[error("it can't open so: {0}")]
    Opening(opening::Mistake),
    /// A meeting on air keeps this.
    #[error("a meeting on air keeps its {0:?}")]
    OnAir(Field),
    /// Whoever doesn't plan meetings would change whose signature its recordings need.
    #[error("the unit of a meeting that has begun is changed by who plans meetings")]
    UnitMoves,
    /// Its notice is not valid.
    #[error("the notice is not valid: {0}")]
    Notice(notice::Mistake),
    /// A joint test has this of the meeting it is of.
    #[error("a joint test has the {0:?} of its meeting")]
    OfTestedMeeting(Field),
    /// A joint test would not be over when its meeting begins.
    #[error("the joint test is not over when its meeting begins")]
    TestLate,
}

impl Mistake {
    /// Which field has to be changed.
    #[must_use]
    pub const fn field(&self) -> Field {
        match self {
            Self::Title(_) => Field::Title,
            Self::Start | Self::NoTurn => Field::Starts,
            Self::EndsFirst | Self::TooLong | Self::TestLate => Field::Ends,
            Self::Venue(_) => Field::Venues,
            Self::Line(_) => Field::Line,
            Self::Operator => Field::Operator,
            Self::Leader | Self::Leaders => Field::Leaders,
            Self::Opening(opening::Mistake::Before) => Field::Before,
            Self::Opening(opening::Mistake::Microphones) => Field::Microphones,
            Self::Opening(opening::Mistake::Banner(_)) => Field::Banner,
            Self::OnAir(field) | Self::OfTestedMeeting(field) => *field,
            Self::UnitMoves | Self::Notice(notice::Mistake::Unit(_)) => Field::Unit,
            Self::Notice(notice::Mistake::Attendee(..) | notice::Mistake::Attendees) => Field::Attendees,
            Self::Notice(notice::Mistake::Item(..) | notice::Mistake::Items) => Field::Agenda,
            Self::Notice(notice::Mistake::Contact(_)) => Field::Contact,
            Self::Notice(notice::Mistake::Requirement(..) | notice::Mistake::Requirements) => Field::Requirements,
        }
    }
}

impl Plan {
    /// The plan with its title trimmed, each venue once, in the order of `known`, and each leader once; or all that is wrong
    /// with it.
    pub fn check(self, known: &Known) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let title = line::checked(&self.title, TITLE_CHARS_MAX);
        if let Err(fault) = &title {
            mistakes.push(Mistake::Title(*fault));
        }
        if !is_of_this_century(self.starts) {
            mistakes.push(Mistake::Start);
        }
        match self.ends.duration_since(self.starts) {
            Err(_) | Ok(Duration::ZERO) => mistakes.push(Mistake::EndsFirst),
            Ok(long) if long > DURATION_MAX => mistakes.push(Mistake::TooLong),
            Ok(_) => {}
        }
        mistakes.extend(self.venues.iter().filter(|venue| !known.venues.contains(venue)).cloned().map(Mistake::Venue));
        let venues = known.venues.iter().filter(|venue| self.venues.contains(venue)).cloned().collect();
        let arrangement = self.arrangement.clone().checked(known).unwrap_or_else(|wrong| {
            mistakes.extend(wrong);
            Arrangement::default()
        });
        let opening = self.opening.clone().checked(self.kind).unwrap_or_else(|wrong| {
            mistakes.extend(wrong.into_iter().map(Mistake::Opening));
            Opening::default()
        });
        match title {
            Ok(title) if mistakes.is_empty() => Ok(Self { title, venues, arrangement, opening, ..self }),
            _ => Err(mistakes),
        }
    }
}

impl Arrangement {
    /// The same with each leader once; or all that is wrong with it.
    fn checked(self, known: &Known) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        mistakes.extend(self.line.iter().filter(|line| !known.lines.contains(line)).cloned().map(Mistake::Line));
        if self.operator.as_ref().is_some_and(|operator| !known.operators.contains(operator)) {
            mistakes.push(Mistake::Operator);
        }
        if self.leaders.iter().any(|leader| !known.leaders.contains(leader)) {
            mistakes.push(Mistake::Leader);
        }
        let mut leaders: Vec<AccountId> = Vec::new();
        for leader in self.leaders {
            if !leaders.contains(&leader) {
                leaders.push(leader);
            }
        }
        if leaders.len() > LEADERS_MAX {
            mistakes.push(Mistake::Leaders);
        }
        if mistakes.is_empty() { Ok(Self { leaders, ..self }) } else { Err(mistakes) }
    }
}

/// Whether a time can be meant: later dates and earlier ones are typing mistakes, and the store's numbers end somewhere.
fn is_of_this_century(time: SystemTime) -> bool {
    const YEAR_2000: Duration = Duration::from_secs(946_684_800);
    const YEAR_2100: Duration = Duration::from_secs(4_102_444_800);
    time.duration_since(UNIX_EPOCH).is_ok_and(|since| (YEAR_2000..YEAR_2100).contains(&since))
}

impl Meeting {
    /// A new meeting after a checked plan.
    #[must_use]
    pub fn planned(id: MeetingId, plan: Plan) -> Self {
        let Plan { title, starts, ends, kind, codec, venues, arrangement, opening } = plan;
        let (state, cancel_reason) = (MeetingState::Planned, String::new());
        let (series, tests) = (None, None);
        Self { id, title, starts, ends, kind, codec, state, cancel_reason, series, venues, arrangement, opening, tests }
    }

    /// What it is now, as a plan to change.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let Self { title, starts, ends, kind, codec, venues, arrangement, opening, .. } = self.clone();
        Plan { title, starts, ends, kind, codec, venues, arrangement, opening }
    }

    /// The same meeting with another start and the same length.
    #[must_use]
    pub fn starting(&self, starts: SystemTime) -> Self {
        let length = self.ends.duration_since(self.starts).unwrap_or_default();
        Self { starts, ends: starts + length, ..self.clone() }
    }

    /// A later meeting of the same series after `before` of it became `after`: as much earlier or later, and like that in
    /// whatever else changed. What is its own stays.
    #[must_use]
    pub fn following(&self, before: &Self, after: &Self) -> Self {
        let starts = match after.starts.duration_since(before.starts) {
            Ok(later) => self.starts + later,
            Err(earlier) => self.starts - earlier.duration(),
        };
        let length = |meeting: &Self| meeting.ends.duration_since(meeting.starts).unwrap_or_default();
        let lasts = changed(&length(self), &length(before), &length(after));
        let (own, was, is) = (&self.arrangement, &before.arrangement, &after.arrangement);
        Self {
            title: changed(&self.title, &before.title, &after.title),
            starts,
            ends: starts + lasts,
            kind: changed(&self.kind, &before.kind, &after.kind),
            codec: changed(&self.codec, &before.codec, &after.codec),
            venues: changed(&self.venues, &before.venues, &after.venues),
            arrangement: Arrangement {
                line: changed(&own.line, &was.line, &is.line),
                operator: changed(&own.operator, &was.operator, &is.operator),
                leaders: changed(&own.leaders, &was.leaders, &is.leaders),
            },
            opening: self.opening.following(&before.opening, &after.opening),
            ..self.clone()
        }
    }

    /// Whether both take the same things at the same time: what was settled for one is settled for the other.
    #[must_use]
    pub fn takes_the_same_as(&self, other: &Self) -> bool {
        let of = |meeting: &Self| (meeting.starts, meeting.ends, meeting.kind);
        of(self) == of(other) && self.venues == other.venues && self.arrangement == other.arrangement
    }

    /// The same meeting, cancelled for this reason, which is checked as [`line::checked`] does.
    pub fn cancelled(&self, reason: &str) -> Result<Self, CancelFault> {
        let state = self.state.next(MeetingEvent::Cancel).map_err(CancelFault::Step)?;
        let cancel_reason = line::checked(reason, REASON_CHARS_MAX).map_err(CancelFault::Reason)?;
        Ok(Self { state, cancel_reason, ..self.clone() })
    }

    /// The same meeting after a checked new plan. On air its kind and its codec stay: viewers have agreed on them; and how it
    /// opened is past.
    pub fn replanned(&self, plan: Plan) -> Result<Self, Mistake> {
        if self.state == MeetingState::OnAir {
            if plan.kind != self.kind {
                return Err(Mistake::OnAir(Field::Kind));
            }
            if plan.codec != self.codec {
                return Err(Mistake::OnAir(Field::Codec));
            }
            // It has opened; only what its screens show can still become another.
            if (Opening { banner: self.opening.banner.clone(), ..plan.opening.clone() }) != self.opening {
                return Err(Mistake::OnAir(Field::Opening));
            }
        }
        let (state, series, tests) = (self.state, self.series.clone(), self.tests.clone());
        Ok(Self { state, series, tests, ..Self::planned(self.id.clone(), plan) })
    }

    /// A venue that takes part in both.
    #[must_use]
    pub fn shares_venue_with(&self, other: &Self) -> Option<&VenueId> {
        self.venues.iter().find(|venue| other.venues.contains(venue))
    }
}

/// What one's own becomes after `before` of another became `after`.
pub(super) fn changed<T: Clone + PartialEq>(own: &T, before: &T, after: &T) -> T {
    if before == after { own.clone() } else { after.clone() }
}

/// The picture codec publishers are held to where they can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PictureCodec {
    /// Hardware decoders, and files without transcoding.
    #[default]
    H264,
    /// When a seat without H.264 takes part.
    Vp8,
}

impl PictureCodec {
    /// As stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Vp8 => "vp8",
        }
    }

    /// The codec of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::H264, Self::Vp8].into_iter().find(|codec| codec.name() == name)
    }
}

/// Why a meeting can't be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelFault {
    /// Its state does not allow it.
    #[error("the meeting's state does not allow this")]
    Step(#[source] IllegalStep),
    /// The reason is no line.
    #[error("the reason is not valid: {0}")]
    Reason(LineFault),
}

/// How far a meeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeetingState {
    /// Nobody can join yet.
    Planned,
    /// It has a room.
    OnAir,
    /// It is over; nobody joins again.
    Closed,
    /// It does not take place. Whoever holds it after all plans another one.
    Cancelled,
}

/// What can happen to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeetingEvent {
    /// It begins, or goes on after a restart.
    Open,
    /// Its plan becomes another.
    Change,
    /// It ends.
    Close,
    /// It will not take place.
    Cancel,
}

/// A step that the meeting's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a meeting that is {from:?} can't {event:?}")]
pub struct IllegalStep {
    /// How far the meeting is.
    pub from: MeetingState,
    /// What was to happen to it.
    pub event: MeetingEvent,
}

impl MeetingState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Planned, Self::OnAir, Self::Closed, Self::Cancelled];

    /// Whether it takes place or will: its venues are not free then.
    #[must_use]
    pub const fn is_to_be(self) -> bool {
        matches!(self, Self::Planned | Self::OnAir)
    }

    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::OnAir => "on_air",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state after `event`.
    pub fn next(self, event: MeetingEvent) -> Result<Self, IllegalStep> {
        match (self, event) {
            (Self::Planned | Self::OnAir, MeetingEvent::Open) => Ok(Self::OnAir),
            (Self::Planned | Self::OnAir, MeetingEvent::Change) => Ok(self),
            (Self::OnAir, MeetingEvent::Close) => Ok(Self::Closed),
            (Self::Planned, MeetingEvent::Cancel) => Ok(Self::Cancelled),
            (from, event) => Err(IllegalStep { from, event }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_opens_and_goes_on_but_never_again_once_it_is_closed_or_cancelled() {
        use MeetingEvent::{Cancel, Change, Close, Open};
        use MeetingState::{Cancelled, Closed, OnAir, Planned};
        let cases = [
            (Planned, Open, Some(OnAir)),
            (Planned, Change, Some(Planned)),
            (Planned, Close, None),
            (Planned, Cancel, Some(Cancelled)),
            (OnAir, Open, Some(OnAir)),
            (OnAir, Change, Some(OnAir)),
            (OnAir, Close, Some(Closed)),
            (OnAir, Cancel, None),
            (Closed, Open, None),
            (Closed, Change, None),
            (Closed, Close, None),
            (Closed, Cancel, None),
            (Cancelled, Open, None),
            (Cancelled, Change, None),
            (Cancelled, Close, None),
            (Cancelled, Cancel, None),
        ];
        for (from, event, expect) in cases {
            assert_eq!(from.next(event).ok(), expect, "{from:?} {event:?}");
        }
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_764_000_000 + seconds)
    }

    fn id<I: std::str::FromStr>(text: &str) -> I {
        text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
    }

    fn plan() -> Plan {
        Plan {
            title: "全县防汛工作视频会议".to_owned(),
            starts: at(0),
            ends: at(7200),
            kind: Kind::Upper,
            codec: PictureCodec::H264,
            venues: vec![id("town"), id("hall"), id("town")],
            arrangement: Arrangement::default(),
            opening: Opening::of(Kind::Upper),
        }
    }

    #[test]
    fn a_plan_is_checked_field_by_field() {
        let known = Known {
            venues: vec![id("hall"), id("town"), id("bureau")],
            lines: vec![id("province")],
            operators: vec![id("wang")],
            leaders: vec![id("zhang"), id("li")],
            units: Vec::new(),
        };
        let with = |line: &str, operator: &str, leaders: &[&str]| Arrangement {
            line: Some(id(line)),
            operator: Some(id(operator)),
            leaders: leaders.iter().map(|leader| id(leader)).collect(),
        };
        let taken = Plan { arrangement: with("province", "wang", &["li", "zhang", "li"]), ..plan() };
        let taken = taken.check(&known).expect("nothing is wrong").arrangement;
        assert_eq!(taken, with("province", "wang", &["li", "zhang"]), "each once, as they were named");
        let checked = plan().check(&known).expect("nothing is wrong");
        assert_eq!(checked.venues, [id("hall"), id("town")], "each once, in administrative order");
        let long = "会".repeat(TITLE_CHARS_MAX + 1);
        let cases = [
            (Plan { title: " 会议 ".to_owned(), ..plan() }, vec![]),
            (Plan { title: long, ..plan() }, vec![Mistake::Title(LineFault::TooLong(TITLE_CHARS_MAX))]),
            (Plan { title: "  ".to_owned(), ..plan() }, vec![Mistake::Title(LineFault::Empty)]),
            (Plan { title: "会\n议".to_owned(), ..plan() }, vec![Mistake::Title(LineFault::Control)]),
            (Plan { ends: at(0), ..plan() }, vec![Mistake::EndsFirst]),
            (Plan { starts: at(9000), ..plan() }, vec![Mistake::EndsFirst]),
            (Plan { ends: at(24 * 3600), ..plan() }, vec![]),
            (Plan { ends: at(24 * 3600 + 1), ..plan() }, vec![Mistake::TooLong]),
            (Plan { starts: UNIX_EPOCH, ends: UNIX_EPOCH + DURATION_MAX, ..plan() }, vec![Mistake::Start]),
            (Plan { venues: vec![], ..plan() }, vec![]),
            (
                Plan { arrangement: with("moon", "li", &["wang"]), ..plan() },
                vec![Mistake::Line(id("moon")), Mistake::Operator, Mistake::Leader],
            ),
            (Plan { venues: vec![id("moon"), id("hall")], ..plan() }, vec![Mistake::Venue(id("moon"))]),
            (
                Plan { title: String::new(), ends: at(0), venues: vec![id("moon")], ..plan() },
                vec![Mistake::Title(LineFault::Empty), Mistake::EndsFirst, Mistake::Venue(id("moon"))],
            ),
        ];
        for (plan, mistakes) in cases {
            let checked = plan.clone().check(&known);
            assert_eq!(checked.err().unwrap_or_default(), mistakes, "{plan:?}");
        }
    }

    #[test]
    fn a_planned_meeting_is_cancelled_for_a_reason_and_no_other_is() {
        let mut meeting = Meeting::planned(id("council"), plan());
        let cancelled = meeting.cancelled(" 与省视频会议时间冲突 ").expect("it is planned");
        assert_eq!(
            (cancelled.state, cancelled.cancel_reason.as_str()),
            (MeetingState::Cancelled, "与省视频会议时间冲突")
        );
        let long = "改".repeat(REASON_CHARS_MAX + 1);
        for (reason, fault) in [("  ", LineFault::Empty), (&long, LineFault::TooLong(REASON_CHARS_MAX))] {
            assert_eq!(meeting.cancelled(reason), Err(CancelFault::Reason(fault)));
        }
        for state in [MeetingState::OnAir, MeetingState::Closed, MeetingState::Cancelled] {
            meeting.state = state;
            let step = IllegalStep { from: state, event: MeetingEvent::Cancel };
            assert_eq!(meeting.cancelled("改期"), Err(CancelFault::Step(step)));
        }
    }

    #[test]
    fn a_later_one_of_a_series_follows_what_an_earlier_one_became() {
        let before = Meeting { series: Some(id("weekly")), ..Meeting::planned(id("first"), plan()) };
        let next = Meeting { id: id("second"), ..before.starting(at(7 * 86_400)) };
        for (from, to, long) in [(0, 1800, 7200), (0, 0, 3600), (3600, 0, 7200)] {
            let before = before.starting(at(from));
            let next = next.starting(at(7 * 86_400 + from));
            let moved = Plan { starts: at(to), ends: at(to + long), title: "周调度会".to_owned(), ..plan() };
            let after = before.replanned(moved).expect("it is planned");
            assert_eq!(after.series, before.series);
            let followed = next.following(&before, &after);
            assert_eq!((followed.starts, followed.ends), (at(7 * 86_400 + to), at(7 * 86_400 + to + long)));
            assert_eq!((followed.id, followed.title), (id("second"), "周调度会".to_owned()));
        }
    }

    #[test]
    fn a_later_one_of_a_series_keeps_what_is_its_own() {
        let before = Meeting::planned(id("first"), plan());
        let own = Plan {
            title: "年终总结会".to_owned(),
            starts: at(7 * 86_400 + 600),
            ends: at(7 * 86_400 + 11_400),
            kind: Kind::Own,
            codec: PictureCodec::Vp8,
            venues: vec![id("bureau")],
            arrangement: Arrangement { operator: Some(id("wang")), leaders: vec![id("li")], ..Default::default() },
            opening: Opening { banner: "年终总结".to_owned(), ..Opening::of(Kind::Own) },
        };
        let next = Meeting::planned(id("second"), own.clone());
        let line: Arrangement = Arrangement { line: Some(id("province")), ..plan().arrangement };
        let after = before.replanned(Plan { starts: at(1800), ends: at(9000), arrangement: line, ..plan() });
        let followed = next.following(&before, &after.expect("it is planned"));
        let arrangement = Arrangement { line: Some(id("province")), ..own.arrangement.clone() };
        let (starts, ends) = (at(7 * 86_400 + 2400), at(7 * 86_400 + 13_200));
        assert_eq!(followed.plan(), Plan { starts, ends, arrangement, ..own });
    }

    #[test]
    fn a_meeting_on_air_keeps_what_its_viewers_agreed_on() {
        let mut meeting = Meeting::planned(id("council"), plan());
        let vp8 = Plan { codec: PictureCodec::Vp8, ..plan() };
        let own = Plan { kind: Kind::Own, ..plan() };
        let renamed = Plan { title: "县委常委会".to_owned(), ..plan() };
        assert!(meeting.replanned(vp8.clone()).is_ok() && meeting.replanned(own.clone()).is_ok());
        meeting.state = MeetingState::OnAir;
        assert_eq!(meeting.replanned(vp8), Err(Mistake::OnAir(Field::Codec)));
        assert_eq!(meeting.replanned(own), Err(Mistake::OnAir(Field::Kind)));
        let opening = |opening| Plan { opening, ..plan() };
        let recorded = opening(Opening { recorded: true, ..plan().opening });
        assert_eq!(meeting.replanned(recorded), Err(Mistake::OnAir(Field::Opening)));
        let banner = opening(Opening { banner: "防汛".to_owned(), ..plan().opening });
        assert!(meeting.replanned(banner).is_ok());
        let changed = meeting.replanned(renamed.clone()).expect("a title may change");
        assert_eq!((changed.plan(), changed.state), (renamed, MeetingState::OnAir));
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        for state in [MeetingState::Planned, MeetingState::OnAir, MeetingState::Closed] {
            assert_eq!(MeetingState::named(state.name()), Some(state));
        }
        for codec in [PictureCodec::H264, PictureCodec::Vp8] {
            assert_eq!(PictureCodec::named(codec.name()), Some(codec));
        }
        for kind in [Kind::Upper, Kind::Own] {
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
        assert_eq!(MeetingState::named("on air"), None);
    }
}
