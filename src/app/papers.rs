//! What papers say: gathered from the schedule and the notices, for whoever may read those.

mod attendance;
mod joint_test;

use super::{App, JointTestFault, MeetingFault};
use crate::{
    domain::{
        access::{self, Action, Actor, Resource},
        joint_test as tests,
        meeting::{Kind, Meeting, MeetingState},
        notice::{Attendee, Notice},
        venue::Venue,
        wall_clock,
        workday::DayKind,
    },
    id::{AccountId, MeetingId},
    paper::{
        self, Fonts,
        calendar::{self, Event},
        duty::{self, Day, Duty},
        notice,
        week::{self, Entry, Size, Week, Weekday},
    },
};
use jiff::civil::Date;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::sync::Semaphore;

/// Longest time whose meetings are handed out in one file.
pub const SPAN_MAX: Duration = Duration::from_secs(93 * 24 * 3600);

/// As many days, and one that is begun.
const DAYS_MAX: i64 = 94;

/// A finished paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// What it is called as a file, without an ending: `防汛会商 签到表`.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why there is no paper.
#[derive(Debug, thiserror::Error)]
pub enum PaperFault {
    /// Its meeting can't be read, or not by this actor.
    #[error("the meeting is not to be had")]
    Meeting(#[source] MeetingFault),
    /// The joint test can't be read, or not by this actor.
    #[error("the joint test is not to be had")]
    JointTest(#[source] JointTestFault),
    /// The times end before they begin, or lie more than [`SPAN_MAX`] apart.
    #[error("the times are not valid")]
    Span,
    /// [`WAITING_MAX`] others wait.
    #[error("{WAITING_MAX} papers wait to be made")]
    Busy,
    /// The program was compiled without fonts.
    #[error("the program has no fonts")]
    NoFonts,
    /// It could not be written.
    #[error("the paper can't be written")]
    Unwritten,
}

/// Papers that are made or wait. When full, the caller is told to come again: HTTP 503.
const WAITING_MAX: usize = 16;

/// Makes PDFs, one at a time: a long list takes a core for a second, and the media workers need theirs.
#[derive(Debug)]
pub(super) struct Press {
    waiting: Semaphore,
    one: Arc<Semaphore>,
}

impl Default for Press {
    fn default() -> Self {
        Self { waiting: Semaphore::new(WAITING_MAX), one: Arc::new(Semaphore::new(1)) }
    }
}

impl Press {
    /// What this makes, on a thread that may take its time.
    async fn print(
        &self,
        make: impl FnOnce(&Fonts) -> Option<Vec<u8>> + Send + 'static,
    ) -> Result<Vec<u8>, PaperFault> {
        let _place = self.waiting.try_acquire().map_err(|_| PaperFault::Busy)?;
        let turn = Arc::clone(&self.one).acquire_owned().await.map_err(|_| PaperFault::Busy)?;
        // The turn goes along: whoever hangs up meanwhile lets no other paper in beside this one.
        let work = move || {
            let made = Fonts::own().map(make);
            drop(turn);
            made
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Some(Some(bytes))) => Ok(bytes),
            Ok(None) => Err(PaperFault::NoFonts),
            Ok(Some(None)) | Err(_) => Err(PaperFault::Unwritten),
        }
    }
}

/// A meeting with what papers say of it.
struct Known {
    meeting: Meeting,
    notice: Notice,
    venues: Vec<Venue>,
    people: HashMap<AccountId, String>,
    revision: u32,
}

impl App {
    /// One meeting for somebody's calendar.
    pub async fn meeting_calendar(&self, actor: &Actor, id: &MeetingId, now: SystemTime) -> Result<Paper, PaperFault> {
        access::allow(actor, Action::ListMeetings, &Resource::Server).map_err(refused)?;
        let known = self.meeting_on_paper(id).await?;
        let name = known.meeting.title.clone();
        Ok(Paper { name, bytes: calendar::calendar(&[known.event()], now).into_bytes() })
    }

    /// The meetings of these times for somebody's calendar; if `mine`, those alone that the actor operates or attends.
    pub async fn schedule_calendar(
        &self,
        actor: &Actor,
        (from, to): (SystemTime, SystemTime),
        mine: bool,
        now: SystemTime,
    ) -> Result<Paper, PaperFault> {
        expect_span(from, to)?;
        let mut meetings = self.list_meetings(actor, Some(from), Some(to)).await.map_err(PaperFault::Meeting)?;
        if let (true, Actor::User(user)) = (mine, actor) {
            meetings.retain(|meeting| meeting.arrangement.people().any(|person| *person == user.account));
        }
        let people = self.people_of(&meetings).await.map_err(PaperFault::Meeting)?;
        let venues = self.store.venues().await.map_err(stored)?;
        let ids: Vec<_> = meetings.iter().map(|meeting| &meeting.id).collect();
        let revisions = self.store.revisions(&ids).await.map_err(stored)?;
        let mut notices = self.store.notices(&ids).await.map_err(stored)?;
        let mut events = Vec::with_capacity(meetings.len());
        for meeting in meetings {
            let notice = notices.remove(&meeting.id).unwrap_or_default();
            let revision = revisions.get(&meeting.id).copied().unwrap_or_default();
            events.push(Known { meeting, notice, venues: venues.clone(), people: people.clone(), revision }.event());
        }
        Ok(Paper { name: "会议排期".to_owned(), bytes: calendar::calendar(&events, now).into_bytes() })
    }

    /// A meeting's notice, dated today.
    pub async fn notice_paper(&self, actor: &Actor, id: &MeetingId, now: SystemTime) -> Result<Paper, PaperFault> {
        let mut known = self.known_to_clerks(actor, id).await?;
        known.notice.attendees.extend(self.store.listed_attendees(id).await.map_err(stored)?);
        let units = self.store.org_units().await.map_err(stored)?;
        let list = self.store.attendance(id).await.map_err(stored)?;
        let invited = units.into_iter().filter(|unit| list.invitation(&unit.id).is_some()).map(|unit| unit.name);
        let slots = self.store.joint_tests_of(std::slice::from_ref(id)).await.map_err(stored)?;
        let tested = tests::to_come(slots.iter().map(|(slot, _)| slot), now).map(|slot| slot.starts);
        let notice = known.notice(wall_clock::read(now).0, invited.collect(), tested);
        let name = format!("{} 通知", notice.title);
        Ok(Paper { name, bytes: self.press.print(move |fonts| notice::pdf(&notice, fonts)).await? })
    }

    /// The roster of who is on duty on the days of these times.
    pub async fn duty_paper(&self, actor: &Actor, (from, to): (SystemTime, SystemTime)) -> Result<Paper, PaperFault> {
        expect_span(from, to)?;
        let board = self.board(actor, from, to).await?;
        let units = self.store.org_units().await.map_err(stored)?;
        let unit = units.into_iter().find(|unit| unit.own).map(|unit| unit.name).unwrap_or_default();
        let print = move |fonts: &Fonts| {
            let days: Vec<Day> = board.days.iter().map(|(day, kind, mark)| board.duties(*day, *kind, mark)).collect();
            duty::pdf(&unit, &days, fonts)
        };
        Ok(Paper { name: "值班表".to_owned(), bytes: self.press.print(print).await? })
    }

    /// The seven days from a moment's on, for the wall.
    pub async fn week_paper(&self, actor: &Actor, from: SystemTime, size: Size) -> Result<Paper, PaperFault> {
        let (first, _) = wall_clock::read(from);
        let midnight = |day| wall_clock::moment(day, Duration::ZERO);
        let board = self.board(actor, midnight(first), midnight(wall_clock::days_later(first, 7))).await?;
        let print = move |fonts: &Fonts| week::pdf(&board.week(), size, fonts);
        Ok(Paper { name: "周历".to_owned(), bytes: self.press.print(print).await? })
    }

    /// The days of these times with their meetings that are not cancelled.
    async fn board(&self, actor: &Actor, from: SystemTime, to: SystemTime) -> Result<Board, PaperFault> {
        let mut meetings = self.list_meetings(actor, Some(from), Some(to)).await.map_err(PaperFault::Meeting)?;
        meetings.retain(|meeting| meeting.state != MeetingState::Cancelled);
        let people = self.people_of(&meetings).await.map_err(PaperFault::Meeting)?;
        let venues = self.store.venues().await.map_err(stored)?;
        let workdays = self.store.workdays().await.map_err(stored)?;
        let ids: Vec<_> = meetings.iter().map(noticed).collect();
        let notices = self.store.notices(&ids).await.map_err(stored)?;
        let (first, _) = wall_clock::read(from);
        let (last, _) = wall_clock::read(to - Duration::from_millis(1));
        // Counted, since days end where the calendar does.
        let dates = (0..DAYS_MAX).map(|days| wall_clock::days_later(first, days)).take_while(|day| *day <= last);
        let day = |date: Date| {
            let special = workdays.special(date);
            let mark = special.map(|special| match special.kind {
                DayKind::Work => "调休上班".to_owned(),
                DayKind::Off | DayKind::Usual => special.name.clone(),
            });
            (date, !workdays.is_workday(date), mark.unwrap_or_default())
        };
        Ok(Board { days: dates.map(day).collect(), meetings, notices, venues, people })
    }

    /// A meeting for whoever writes its notice.
    async fn known_to_clerks(&self, actor: &Actor, id: &MeetingId) -> Result<Known, PaperFault> {
        let allowed = self.allow_meeting(actor, Action::WriteNotice, id);
        allowed.map_err(refused)?;
        self.meeting_on_paper(id).await
    }

    async fn meeting_on_paper(&self, id: &MeetingId) -> Result<Known, PaperFault> {
        let meeting = self.stored(id).await.map_err(PaperFault::Meeting)?;
        let notice = self.store.notice(id).await.map_err(stored)?.unwrap_or_default();
        let venues = self.store.venues().await.map_err(stored)?;
        let people = self.people_of(std::slice::from_ref(&meeting)).await.map_err(PaperFault::Meeting)?;
        let revision = self.store.revisions(&[id]).await.map_err(stored)?.remove(id).unwrap_or_default();
        Ok(Known { meeting, notice, venues, people, revision })
    }
}

impl Known {
    /// Names of its venues, in administrative order.
    fn place(&self) -> String {
        self.venue_names().join("、")
    }

    fn operator(&self) -> Option<&str> {
        operator_of(&self.meeting, &self.people)
    }

    fn event(&self) -> Event {
        let category = match (&self.meeting.tests, self.meeting.kind) {
            (Some(_), _) => "联调",
            (None, Kind::Upper) => "收听收看上级会议",
            (None, Kind::Own) => "本级会议",
        };
        let mut lines = vec![category.to_owned()];
        lines.extend((!self.notice.unit.is_empty()).then(|| format!("主办单位：{}", self.notice.unit)));
        lines.extend(self.operator().map(|name| format!("值班员：{name}")));
        lines.extend((!self.notice.contact.is_empty()).then(|| format!("联系人：{}", self.notice.contact)));
        lines.extend((1..).zip(&self.notice.agenda).map(|(number, item)| format!("{number}. {item}")));
        let reason = &self.meeting.cancel_reason;
        lines.extend((!reason.is_empty()).then(|| format!("已取消：{reason}")));
        Event {
            id: self.meeting.id.to_string(),
            title: self.meeting.title.clone(),
            category: category.to_owned(),
            starts: self.meeting.starts,
            ends: self.meeting.ends,
            place: self.place(),
            lines,
            cancelled: self.meeting.state == MeetingState::Cancelled,
            revision: self.revision,
        }
    }

    fn venue_names(&self) -> Vec<String> {
        let of = self.venues.iter().filter(|venue| self.meeting.venues.contains(&venue.id));
        of.map(|venue| venue.name.clone()).collect()
    }

    fn leaders(&self) -> Vec<String> {
        self.meeting.arrangement.leaders.iter().filter_map(|account| self.people.get(account)).cloned().collect()
    }

    fn notice(&self, dated: Date, units: Vec<String>, tested: Option<SystemTime>) -> notice::Notice {
        let attendee = |Attendee { name, unit }: &Attendee| notice::Attendee { unit: unit.clone(), name: name.clone() };
        notice::Notice {
            title: self.meeting.title.clone(),
            upper: self.meeting.kind == Kind::Upper,
            starts: self.meeting.starts,
            ends: self.meeting.ends,
            venues: self.venue_names(),
            leaders: self.leaders(),
            units,
            attendees: self.notice.attendees.iter().map(attendee).collect(),
            agenda: self.notice.agenda.clone(),
            tested,
            requirements: self.notice.requirements.clone(),
            unit: self.notice.unit.clone(),
            contact: contact_of(&self.meeting, &self.notice, &self.people),
            dated,
        }
    }
}

fn operator_of<'a>(meeting: &Meeting, people: &'a HashMap<AccountId, String>) -> Option<&'a str> {
    meeting.arrangement.operator.as_ref().and_then(|account| people.get(account)).map(String::as_str)
}

/// Whom to ask: as the notice has it, or whose duty it is.
pub(super) fn contact_of(meeting: &Meeting, notice: &Notice, people: &HashMap<AccountId, String>) -> String {
    let Notice { contact, .. } = notice;
    if contact.is_empty() { operator_of(meeting, people).unwrap_or_default().to_owned() } else { contact.clone() }
}

/// The meeting whose notice holds for this one: a joint test has none of its own.
fn noticed(meeting: &Meeting) -> &MeetingId {
    meeting.tests.as_ref().unwrap_or(&meeting.id)
}

/// Days with their meetings.
struct Board {
    /// Each with whether nobody works, and what is special about it.
    days: Vec<(Date, bool, String)>,
    meetings: Vec<Meeting>,
    notices: HashMap<MeetingId, Notice>,
    venues: Vec<Venue>,
    people: HashMap<AccountId, String>,
}

impl Board {
    /// Meetings of which any part is on a day, by their start.
    fn on(&self, day: Date) -> impl Iterator<Item = &Meeting> {
        let (begins, ends) = (
            wall_clock::moment(day, Duration::ZERO),
            wall_clock::moment(wall_clock::days_later(day, 1), Duration::ZERO),
        );
        self.meetings.iter().filter(move |meeting| meeting.starts < ends && meeting.ends > begins)
    }

    fn duties(&self, date: Date, off: bool, mark: &str) -> Day {
        let duty = |meeting: &Meeting| {
            let operator = meeting.arrangement.operator.as_ref().and_then(|account| self.people.get(account));
            Duty {
                time: hours(meeting),
                title: meeting.title.clone(),
                place: self.place(meeting),
                operator: operator.cloned().unwrap_or_default(),
                contact: self.notices.get(noticed(meeting)).map(|notice| notice.contact.clone()).unwrap_or_default(),
            }
        };
        Day { date, off, mark: mark.to_owned(), duties: self.on(date).map(duty).collect() }
    }

    fn place(&self, meeting: &Meeting) -> String {
        let of = self.venues.iter().filter(|venue| meeting.venues.contains(&venue.id));
        of.map(|venue| venue.name.as_str()).collect::<Vec<_>>().join("、")
    }

    fn week(&self) -> Week {
        let line = |name: &str, is_there: &dyn Fn(&Meeting) -> bool| {
            let day = |(date, ..): &(Date, bool, String)| {
                let there = self.on(*date).filter(|meeting| is_there(meeting));
                there.map(|meeting| Entry { time: hours(meeting), title: meeting.title.clone() }).collect()
            };
            (name.to_owned(), self.days.iter().map(day).collect::<Vec<Vec<Entry>>>())
        };
        let mut venues: Vec<_> =
            self.venues.iter().map(|venue| line(&venue.name, &|meeting| meeting.venues.contains(&venue.id))).collect();
        let nowhere = line("未定会场", &|meeting| meeting.venues.is_empty());
        venues.extend(nowhere.1.iter().any(|day| !day.is_empty()).then_some(nowhere));
        let day = |(date, off, mark): &(Date, bool, String)| Weekday { date: *date, off: *off, mark: mark.clone() };
        Week { days: self.days.iter().map(day).collect(), venues }
    }
}

/// 09:30—11:30.
fn hours(meeting: &Meeting) -> String {
    format!("{}—{}", paper::hour_minute(meeting.starts), paper::hour_minute(meeting.ends))
}

fn expect_span(from: SystemTime, to: SystemTime) -> Result<(), PaperFault> {
    match to.duration_since(from) {
        Ok(span) if !span.is_zero() && span <= SPAN_MAX => Ok(()),
        _ => Err(PaperFault::Span),
    }
}

fn stored(error: crate::store::StoreError) -> PaperFault {
    PaperFault::Meeting(MeetingFault::Store(error))
}

fn refused(refusal: access::Refusal) -> PaperFault {
    PaperFault::Meeting(MeetingFault::Access(refusal))
}
