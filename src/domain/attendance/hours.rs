//! When units can answer and people sign in: [`Terms`], as they are set for a whole list, and [`Hours`], which they make of a meeting.

use super::{By, Illegal, Mistake};
use crate::domain::meeting::{Meeting, MeetingState};
use std::time::{Duration, SystemTime};

/// Earliest that sign-in opens, or latest that it closes, before and after the start.
pub const HOURS_MAX: Duration = Duration::from_secs(24 * 3600);

/// Longest before the start that answers end.
pub const ANSWER_BEFORE_MAX: Duration = Duration::from_secs(60 * 24 * 3600);

/// What holds for the whole list. Times count from the meeting's start, so that they move with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// How long before the start units can name and excuse people no longer; `None` is until sign-in opens.
    pub answer_before: Option<Duration>,
    /// How long before the start sign-in opens.
    pub opens_before: Duration,
    /// How long after the start sign-in closes: whoever comes later is late.
    pub closes_after: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            answer_before: None,
            opens_before: Duration::from_secs(30 * 60),
            closes_after: Duration::from_secs(15 * 60),
        }
    }
}

impl Terms {
    /// The terms as they may be stored, or all that is wrong with them.
    pub fn checked(self) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let answers = self.answer_before.is_none_or(|before| (self.opens_before..=ANSWER_BEFORE_MAX).contains(&before));
        mistakes.extend((!answers).then_some(Mistake::AnswerBefore));
        mistakes.extend((self.opens_before > HOURS_MAX).then_some(Mistake::OpensBefore));
        mistakes.extend((self.closes_after > HOURS_MAX).then_some(Mistake::ClosesAfter));
        if mistakes.is_empty() { Ok(self) } else { Err(mistakes) }
    }

    /// When which step can be taken in this meeting.
    #[must_use]
    pub fn hours(&self, meeting: &Meeting, now: SystemTime) -> Hours {
        let before = |span: Duration| meeting.starts.checked_sub(span).unwrap_or(meeting.starts);
        let opens = before(self.opens_before);
        let phase = match meeting.state {
            MeetingState::Cancelled => Phase::Cancelled,
            MeetingState::Closed => Phase::Over,
            // One that is held on other equipment is never opened here.
            MeetingState::Planned if now >= meeting.ends => Phase::Over,
            MeetingState::Planned | MeetingState::OnAir => Phase::ToBe,
        };
        let answers_until = self.answer_before.map_or(opens, |span| before(span).min(opens));
        Hours { answers_until, opens, closes: meeting.starts + self.closes_after, phase, now }
    }
}

/// When which step can be taken, and what time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// From when on units answer no longer.
    pub answers_until: SystemTime,
    /// When sign-in opens.
    pub opens: SystemTime,
    /// From when on a sign-in is late.
    pub closes: SystemTime,
    /// How far the meeting is.
    pub phase: Phase,
    /// Now.
    pub now: SystemTime,
}

/// How far a meeting is, as far as its list is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is held, or will be.
    ToBe,
    /// It is over: there is only paper.
    Over,
    /// It does not take place.
    Cancelled,
}

impl Hours {
    /// Whether people sign in now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase == Phase::ToBe && self.now >= self.opens
    }

    pub(super) fn expect_takes_place(&self) -> Result<(), Illegal> {
        if self.phase == Phase::Cancelled { Err(Illegal::Cancelled) } else { Ok(()) }
    }

    /// Whether whoever is `by` can still say who comes.
    pub fn expect_answers(&self, by: By) -> Result<(), Illegal> {
        self.expect_takes_place()?;
        let ended = self.phase == Phase::Over || self.now >= self.answers_until;
        if by == By::Unit && ended { Err(Illegal::AnswersEnded) } else { Ok(()) }
    }
}
