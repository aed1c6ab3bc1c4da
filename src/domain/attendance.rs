//! The attendance (参会名单) of one meeting: which units are invited, whether each has read and confirmed its notice (通知、回执),
//! whom it sends, and who came (签到).
//!
//! What liaisons (联络员) and clerks do are steps of two state machines, [`Receipt`] and [`Entry`]; who may take which is
//! `access`'s, until when is said by [`Hours`]. [`figures`] counts 应到, 实到, 请假, 缺席 and 迟到.
//!
//! A receipt remembers what it was given for ([`Told`]), so that a meeting that was moved by whichever way asks for it anew.
//! Somebody stands in one place: on this list, or typed into the notice ([`super::notice::Attendee`]) if their unit is not invited;
//! to invite a unit moves its people here ([`split`]).

mod hours;
mod receipt;

pub use hours::{ANSWER_BEFORE_MAX, HOURS_MAX, Hours, Phase, Terms};
pub use receipt::{Receipt, Standing, Told};

use super::{
    line::{self, LineFault},
    meeting::Meeting,
    notice::Attendee,
};
use crate::id::{AttendeeId, OrgUnitId, VenueId};
use std::time::SystemTime;

/// Most people one unit sends: a school's whole staff.
pub const PER_UNIT_MAX: usize = 200;

/// Most people on one list.
pub const ATTENDEES_MAX: usize = 5000;

/// Most characters of a name or a position.
pub const NAME_CHARS_MAX: usize = 64;

/// Most characters of a reason for leave.
pub const REASON_CHARS_MAX: usize = 100;

/// What is wrong with [`Terms`], or with somebody on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// Answers end too early, or after sign-in has opened.
    #[error("the time until which units answer is not before sign-in opens")]
    AnswerBefore,
    /// Sign-in opens too early.
    #[error("sign-in opens too early")]
    OpensBefore,
    /// Sign-in closes too late.
    #[error("sign-in closes too late")]
    ClosesAfter,
    /// A name is no line.
    #[error("the name is not valid: {0}")]
    Name(LineFault),
    /// A position is no line.
    #[error("the position is not valid: {0}")]
    Position(LineFault),
    /// The reason for leave is no line.
    #[error("the reason is not valid: {0}")]
    Reason(LineFault),
    /// Who approved is no line.
    #[error("who approved is not valid: {0}")]
    Approver(LineFault),
    /// Who comes instead is no line.
    #[error("who comes instead is not valid: {0}")]
    StandIn(LineFault),
}

/// The whole list of one meeting, or what of it one unit may see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attendance {
    /// What holds for all of it.
    pub terms: Terms,
    /// Who is invited, in administrative order.
    pub invitations: Vec<Invitation>,
    /// Their people, by their numbers.
    pub entries: Vec<Entry>,
}

impl Attendance {
    /// The invitation of this unit.
    #[must_use]
    pub fn invitation(&self, unit: &OrgUnitId) -> Option<&Invitation> {
        self.invitations.iter().find(|invitation| invitation.unit == *unit)
    }

    /// The people of this unit.
    pub fn entries_of(&self, unit: &OrgUnitId) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.unit == *unit)
    }

    /// The number of whoever is next put on the list.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        self.entries.iter().map(|entry| entry.number).max().unwrap_or_default() + 1
    }
}

/// Who does something to the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Whoever keeps the list: clerk or operator.
    Keeper,
    /// The unit itself, by its liaison.
    Unit,
}

/// When something was done, and the shown name of who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: SystemTime,
    /// Who.
    pub by: String,
}

/// An invited unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Which.
    pub unit: OrgUnitId,
    /// The venue its people come to; where it takes no part any more, or nobody said, it is the meeting's own.
    pub venue: Option<VenueId>,
    /// When it was invited, and by whom.
    pub invited: Mark,
    /// How far its notice has come.
    pub receipt: Receipt,
}

impl Invitation {
    /// Where its people come to, of the venues that take part.
    #[must_use]
    pub fn venue_in<'a>(&'a self, meeting: &'a Meeting) -> Option<&'a VenueId> {
        self.venue.as_ref().filter(|venue| meeting.venues.contains(venue)).or_else(|| meeting.own_venue())
    }

    /// What its notice says now, as far as a receipt depends on it.
    #[must_use]
    pub fn told(&self, meeting: &Meeting) -> Told {
        Told { starts: meeting.starts, venue: self.venue_in(meeting).cloned() }
    }
}

/// Somebody, as the list calls them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Position (职务); may be empty.
    pub position: String,
}

impl Person {
    /// As it may be stored.
    pub fn checked(&self) -> Result<Self, Mistake> {
        let name = line::checked(&self.name, NAME_CHARS_MAX).map_err(Mistake::Name)?;
        let position = if self.position.trim().is_empty() {
            String::new()
        } else {
            line::checked(&self.position, NAME_CHARS_MAX).map_err(Mistake::Position)?
        };
        Ok(Self { name, position })
    }
}

/// Of those typed into a notice, whom a unit of this name sends, and the others. 张建国 副县长 is a name and a position.
#[must_use]
pub fn split(attendees: Vec<Attendee>, unit: &str) -> (Vec<Person>, Vec<Attendee>) {
    let (own, others): (Vec<_>, Vec<_>) = attendees.into_iter().partition(|attendee| attendee.unit.trim() == unit);
    let person = |attendee: Attendee| {
        let (name, position) = attendee.name.trim().split_once(char::is_whitespace).unwrap_or((&attendee.name, ""));
        Person { name: name.to_owned(), position: position.trim().to_owned() }
    };
    (own.into_iter().map(person).collect(), others)
}

/// The venue, of those that take part, where a unit of this name is at home: 通泉街道会议室 of 通泉街道办事处.
#[must_use]
pub fn home_of(unit: &str, venues: &[(VenueId, String)]) -> Option<VenueId> {
    let stem =
        ["人民政府", "办事处", "党工委", "党委"].into_iter().find_map(|end| unit.strip_suffix(end)).unwrap_or(unit);
    let home = venues.iter().find(|(_, name)| !stem.is_empty() && name.contains(stem));
    home.map(|(venue, _)| venue.clone())
}

/// Somebody on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which entry.
    pub id: AttendeeId,
    /// Of which invited unit.
    pub unit: OrgUnitId,
    /// Number on the sheet, from 1.
    pub number: u32,
    /// Who.
    pub person: Person,
    /// Who put them on the list: whom the keeper summons, the unit doesn't take off.
    pub named: By,
    /// What is to be expected of them.
    pub answer: Answer,
    /// Who said so last.
    pub said: Mark,
    /// The sign-in; `None` until there is one, and again after it was undone.
    pub signed: Option<SignIn>,
}

/// What is to be expected of somebody on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// On the list (应到); the unit has not confirmed them.
    Expected,
    /// The unit has confirmed that they come (已确认).
    Confirmed,
    /// On leave (请假).
    Leave {
        /// Why.
        reason: String,
        /// The name of who approved it.
        approver: String,
    },
    /// Somebody else comes (替会).
    StandIn {
        /// Who comes instead.
        name: String,
        /// The name of who approved it.
        approver: String,
    },
    /// Did not come (缺席).
    Absent,
}

impl Answer {
    fn checked(self) -> Result<Self, Mistake> {
        let approver = |text: &str| line::checked(text, NAME_CHARS_MAX).map_err(Mistake::Approver);
        Ok(match self {
            Self::Leave { reason, approver: by } => {
                let reason = line::checked(&reason, REASON_CHARS_MAX).map_err(Mistake::Reason)?;
                Self::Leave { reason, approver: approver(&by)? }
            }
            Self::StandIn { name, approver: by } => {
                let name = line::checked(&name, NAME_CHARS_MAX).map_err(Mistake::StandIn)?;
                Self::StandIn { name, approver: approver(&by)? }
            }
            plain @ (Self::Expected | Self::Confirmed | Self::Absent) => plain,
        })
    }

    /// As stored, and in the book.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Confirmed => "confirmed",
            Self::Leave { .. } => "leave",
            Self::StandIn { .. } => "stand_in",
            Self::Absent => "absent",
        }
    }
}

/// How somebody signed in (签到).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// By a tap on the list.
    List,
    /// By the number on the paper sheet.
    Number,
    /// Afterwards, from paper (补签).
    Paper,
}

impl Means {
    /// As stored, and in the book.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Number => "number",
            Self::Paper => "paper",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::List, Self::Number, Self::Paper].into_iter().find(|means| means.name() == name)
    }
}

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// When it was entered, and by whom.
    pub mark: Mark,
    /// How.
    pub means: Means,
    /// Whether it was after the closing time (迟到); of paper nobody knows.
    pub is_late: bool,
}

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// Nobody of the unit has opened the notice as it stands.
    #[error("the notice was not opened as it stands")]
    Unread,
    /// The meeting does not take place.
    #[error("the meeting is cancelled")]
    Cancelled,
    /// Units answer no longer.
    #[error("the time for answers is over")]
    AnswersEnded,
    /// Who is summoned is not taken off by their unit.
    #[error("the unit did not put this person on the list")]
    Summoned,
    /// Who is absent is found out by whoever keeps the list.
    #[error("absence is entered by whoever keeps the list")]
    KeepersWord,
    /// Nobody is absent before sign-in opens.
    #[error("nobody is absent before sign-in opens")]
    NotYetAbsent,
    /// Whoever is there can't be on leave, absent, replaced or taken off.
    #[error("this person has signed in")]
    SignedIn,
    /// Whoever is on leave does not sign in.
    #[error("this person is on leave")]
    OnLeave,
    /// Sign-in has not begun.
    #[error("sign-in has not opened yet")]
    TooEarly,
    /// The meeting is over.
    #[error("the meeting is over")]
    Over,
    /// There is no sign-in to undo.
    #[error("this person has not signed in")]
    NotSignedIn,
}

/// Why what is to be expected of somebody doesn't change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// Not now, or not by them.
    #[error("the step is not allowed")]
    Step(#[source] Illegal),
    /// It leaves out what it must say.
    #[error("the answer is not valid")]
    Mistake(#[source] Mistake),
}

impl Entry {
    /// The same with what is to be expected changed.
    pub fn answer(self, answer: Answer, by: By, mark: Mark, hours: &Hours) -> Result<Self, AnswerFault> {
        self.expect_open(by, hours).map_err(AnswerFault::Step)?;
        if answer == Answer::Absent {
            let step = match by {
                By::Unit => Err(Illegal::KeepersWord),
                By::Keeper if hours.now < hours.opens => Err(Illegal::NotYetAbsent),
                By::Keeper => Ok(()),
            };
            step.map_err(AnswerFault::Step)?;
        }
        let answer = answer.checked().map_err(AnswerFault::Mistake)?;
        Ok(Self { answer, said: mark, ..self })
    }

    /// The same under another name or position; the unit corrects those it named itself.
    pub fn renamed(self, person: Person, by: By, hours: &Hours) -> Result<Self, AnswerFault> {
        self.expect_own(by).and_then(|()| hours.expect_answers(by)).map_err(AnswerFault::Step)?;
        let person = person.checked().map_err(AnswerFault::Mistake)?;
        Ok(Self { person, ..self })
    }

    /// Whether they can be taken off the list.
    pub fn expect_removable(&self, by: By, hours: &Hours) -> Result<(), Illegal> {
        self.expect_own(by)?;
        self.expect_open(by, hours)
    }

    /// Signs them in; once they are, it changes nothing, so a repeated tap does no harm.
    pub fn sign_in(self, means: Means, by: String, hours: &Hours) -> Result<Self, Illegal> {
        hours.expect_takes_place()?;
        if self.signed.is_some() {
            return Ok(self);
        }
        if matches!(self.answer, Answer::Leave { .. }) {
            return Err(Illegal::OnLeave);
        }
        if hours.now < hours.opens {
            return Err(Illegal::TooEarly);
        }
        if hours.phase == Phase::Over && means != Means::Paper {
            return Err(Illegal::Over);
        }
        let is_late = means != Means::Paper && hours.now >= hours.closes;
        let answer = if self.answer == Answer::Absent { Answer::Expected } else { self.answer };
        let mark = Mark { at: hours.now, by };
        Ok(Self { answer, signed: Some(SignIn { mark, means, is_late }), ..self })
    }

    /// Undoes a sign-in; after the meeting only one that was entered from paper.
    pub fn undo(self, hours: &Hours) -> Result<Self, Illegal> {
        hours.expect_takes_place()?;
        match &self.signed {
            None => Err(Illegal::NotSignedIn),
            Some(signed) if hours.phase == Phase::Over && signed.means != Means::Paper => Err(Illegal::Over),
            Some(_) => Ok(Self { signed: None, ..self }),
        }
    }

    fn expect_own(&self, by: By) -> Result<(), Illegal> {
        if by == By::Unit && self.named == By::Keeper { Err(Illegal::Summoned) } else { Ok(()) }
    }

    fn expect_open(&self, by: By, hours: &Hours) -> Result<(), Illegal> {
        hours.expect_answers(by)?;
        if self.signed.is_some() { Err(Illegal::SignedIn) } else { Ok(()) }
    }
}

/// Whether numbers on the sheet stay as they are: from the time on that answers end the sheet is on paper.
#[must_use]
pub fn numbers_stand(entries: &[Entry], hours: &Hours) -> bool {
    hours.phase != Phase::ToBe || hours.now >= hours.answers_until || entries.iter().any(|entry| entry.signed.is_some())
}

/// How many were to come, came, are on leave and did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// 应到: everybody on the list.
    pub due: usize,
    /// 实到: everybody who signed in, in person or by a stand-in.
    pub present: usize,
    /// 请假.
    pub leave: usize,
    /// 缺席: who was marked so, and after the meeting everybody who neither came nor asked leave.
    pub absent: usize,
    /// 迟到: of those present.
    pub late: usize,
}

/// Counts a list as it stands.
#[must_use]
pub fn figures<'a>(entries: impl IntoIterator<Item = &'a Entry>, hours: &Hours) -> Figures {
    let mut figures = Figures::default();
    for entry in entries {
        figures.due += 1;
        match (&entry.signed, &entry.answer) {
            (Some(signed), _) => {
                figures.present += 1;
                figures.late += usize::from(signed.is_late);
            }
            (None, Answer::Leave { .. }) => figures.leave += 1,
            (None, Answer::Absent) => figures.absent += 1,
            (None, _) if hours.phase == Phase::Over => figures.absent += 1,
            (None, _) => {}
        }
    }
    figures
}

#[cfg(test)]
mod tests;
