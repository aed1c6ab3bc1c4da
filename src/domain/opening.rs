//! How a meeting opens: whether it does so by itself (自动开会) and how long before its start, whether it is recorded from
//! then on, which microphones are open, and the banner (会标) that its screens show.
//!
//! [`due`] says which meetings are to be opened at a moment. It opens nothing: that is the application's, and nothing here
//! closes a meeting.

use super::{
    line::{self, LineFault},
    meeting::{Kind, Meeting, MeetingState, changed},
};
use std::time::{Duration, SystemTime};

/// Most characters of a banner: two lines on a big screen, to be read from ten metres.
pub const BANNER_CHARS_MAX: usize = 60;

/// A meeting opens by itself at most so long before its start: the rooms are there an hour before (会前准备).
pub const BEFORE_MAX: Duration = Duration::from_secs(3600);

/// How long before its start a meeting of the upper level opens where nothing else was said: the programme is on the screens
/// while people sit down.
const BEFORE_UPPER: Duration = Duration::from_secs(600);

/// How a meeting opens, as it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opening {
    /// Whether the server opens it when its time has come.
    pub by_itself: bool,
    /// How long before its start, at most [`BEFORE_MAX`], whole minutes.
    pub before: Duration,
    /// Whether it is recorded from its opening on.
    pub recorded: bool,
    /// Which microphones are open at first.
    pub microphones: Microphones,
    /// Fixed title on its screens while it waits and while there is no picture; empty: the meeting's title stands there.
    pub banner: String,
}

/// Which microphones are open when a meeting opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Microphones {
    /// None.
    #[default]
    Closed,
    /// That of the county's own venue, from which a meeting of its own is held. Never one of a meeting of the upper level.
    Own,
}

impl Microphones {
    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Own => "own",
        }
    }

    /// The policy of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Closed, Self::Own].into_iter().find(|policy| policy.name() == name)
    }
}

/// What is wrong with an [`Opening`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// It would open too early.
    #[error("it opens more than an hour before its start")]
    Before,
    /// A microphone would be open upward.
    #[error("a meeting of the upper level begins with every microphone closed")]
    Microphones,
    /// The banner is no line.
    #[error("the banner is not valid: {0}")]
    Banner(LineFault),
}

impl Opening {
    /// What holds for a meeting of this kind if nothing else was said: opened by hand.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        let before = match kind {
            Kind::Upper => BEFORE_UPPER,
            Kind::Own => Duration::ZERO,
        };
        Self { before, recorded: kind.is_recorded(), ..Self::default() }
    }

    /// The same for a meeting that becomes one of another kind: what its kind decides is as that has it.
    #[must_use]
    pub fn turned_to(self, kind: Kind) -> Self {
        Self { by_itself: self.by_itself, banner: self.banner, ..Self::of(kind) }
    }

    /// The same with its banner trimmed and whole minutes, for a meeting of this kind; or all that is wrong with it.
    pub fn checked(self, kind: Kind) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        if self.before > BEFORE_MAX {
            mistakes.push(Mistake::Before);
        }
        if kind == Kind::Upper && self.microphones == Microphones::Own {
            mistakes.push(Mistake::Microphones);
        }
        let banner = match line::checked(&self.banner, BANNER_CHARS_MAX) {
            Ok(banner) => banner,
            Err(LineFault::Empty) => String::new(),
            Err(fault) => {
                mistakes.push(Mistake::Banner(fault));
                String::new()
            }
        };
        let before = Duration::from_secs(self.before.as_secs() / 60 * 60);
        if mistakes.is_empty() { Ok(Self { before, banner, ..self }) } else { Err(mistakes) }
    }

    /// That of a later meeting of a series after one of an earlier was `before` and became `after`: what changed there changes
    /// here, what is its own stays.
    #[must_use]
    pub(super) fn following(&self, before: &Self, after: &Self) -> Self {
        Self {
            by_itself: changed(&self.by_itself, &before.by_itself, &after.by_itself),
            before: changed(&self.before, &before.before, &after.before),
            recorded: changed(&self.recorded, &before.recorded, &after.recorded),
            microphones: changed(&self.microphones, &before.microphones, &after.microphones),
            banner: changed(&self.banner, &before.banner, &after.banner),
        }
    }
}

/// The meetings that the server has to open now, those of the upper level first and then by their start: planned, to open by
/// themselves, their time come and their planned end still ahead. A server that was down at the start opens them late; what was
/// closed or cancelled is never opened.
#[must_use]
pub fn due(meetings: &[Meeting], now: SystemTime) -> Vec<Meeting> {
    let mut due: Vec<Meeting> = meetings.iter().filter(|meeting| is_due(meeting, now)).cloned().collect();
    due.sort_by(|a, b| (a.kind == Kind::Own, a.starts, &a.id).cmp(&(b.kind == Kind::Own, b.starts, &b.id)));
    due
}

/// Whether the server has to open this meeting now.
#[must_use]
pub fn is_due(meeting: &Meeting, now: SystemTime) -> bool {
    let opens = meeting.starts.checked_sub(meeting.opening.before).unwrap_or(meeting.starts);
    meeting.state == MeetingState::Planned && meeting.opening.by_itself && opens <= now && now < meeting.ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::meeting::{Arrangement, PictureCodec, Plan};
    use std::time::UNIX_EPOCH;

    const MINUTE: u64 = 60;

    fn at(minutes: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_764_000_000 + minutes * MINUTE)
    }

    /// From minute 60 to minute 120.
    fn meeting(id: &str, kind: Kind, opening: Opening) -> Meeting {
        let plan = Plan {
            title: "全县防汛工作视频会议".to_owned(),
            starts: at(60),
            ends: at(120),
            kind,
            codec: PictureCodec::H264,
            venues: Vec::new(),
            arrangement: Arrangement::default(),
            opening,
        };
        Meeting::planned(id.parse().expect("an id"), plan)
    }

    fn by_itself(minutes_before: u64) -> Opening {
        Opening { by_itself: true, before: Duration::from_secs(minutes_before * MINUTE), ..Opening::default() }
    }

    #[test]
    fn a_meeting_is_due_from_its_lead_to_its_planned_end() {
        let cases = [
            ("long before", by_itself(0), 0, false),
            ("a second too early", by_itself(10), 49, false),
            ("its lead begins", by_itself(10), 50, true),
            ("no lead", by_itself(0), 59, false),
            ("its start", by_itself(0), 60, true),
            ("the server was down for a while", by_itself(0), 100, true),
            ("its last minute", by_itself(0), 119, true),
            ("its planned end", by_itself(0), 120, false),
            ("opened by hand", Opening { by_itself: false, ..by_itself(10) }, 60, false),
        ];
        for (what, opening, now, expect) in cases {
            let meeting = meeting("council", Kind::Own, opening);
            assert_eq!(is_due(&meeting, at(now)), expect, "{what}");
            assert_eq!(due(&[meeting], at(now)).len(), usize::from(expect), "{what}");
        }
    }

    #[test]
    fn only_a_planned_meeting_is_due() {
        for state in MeetingState::ALL {
            let meeting = Meeting { state, ..meeting("council", Kind::Own, by_itself(10)) };
            assert_eq!(is_due(&meeting, at(60)), state == MeetingState::Planned, "{state:?}");
        }
    }

    #[test]
    fn an_upper_one_is_opened_before_those_of_our_own_that_want_the_same_venue() {
        let own = meeting("a-own", Kind::Own, by_itself(30));
        let later = Meeting { starts: at(61), ..meeting("a-upper", Kind::Upper, by_itself(30)) };
        let upper = meeting("b-upper", Kind::Upper, by_itself(30));
        let due = due(&[own, later, upper], at(60));
        let ids: Vec<_> = due.iter().map(|meeting| meeting.id.as_str()).collect();
        assert_eq!(ids, ["b-upper", "a-upper", "a-own"]);
    }

    #[test]
    fn an_opening_is_checked_field_by_field() {
        let long = "标".repeat(BANNER_CHARS_MAX + 1);
        let banner = |text: &str| Opening { banner: text.to_owned(), ..by_itself(0) };
        let open = Opening { microphones: Microphones::Own, ..by_itself(0) };
        let cases = [
            (Kind::Own, by_itself(60), vec![]),
            (Kind::Own, by_itself(61), vec![Mistake::Before]),
            (Kind::Own, open.clone(), vec![]),
            (Kind::Upper, open, vec![Mistake::Microphones]),
            (Kind::Upper, banner(" 马龙区防汛视频会议 "), vec![]),
            (Kind::Upper, banner("  "), vec![]),
            (Kind::Upper, banner(&long), vec![Mistake::Banner(LineFault::TooLong(BANNER_CHARS_MAX))]),
            (Kind::Upper, banner("会\n标"), vec![Mistake::Banner(LineFault::Control)]),
        ];
        for (kind, opening, mistakes) in cases {
            let checked = opening.clone().checked(kind);
            assert_eq!(checked.clone().err().unwrap_or_default(), mistakes, "{opening:?}");
            if let Ok(checked) = checked {
                assert_eq!(checked.banner, opening.banner.trim());
            }
        }
        let seconds = Opening { before: Duration::from_secs(90), ..by_itself(0) };
        assert_eq!(seconds.checked(Kind::Own).map(|opening| opening.before), Ok(Duration::from_secs(MINUTE)));
    }

    #[test]
    fn without_a_profile_it_is_as_its_kind_has_it() {
        for (kind, recorded, before) in [(Kind::Upper, false, 10), (Kind::Own, true, 0)] {
            let opening = Opening::of(kind);
            assert_eq!((opening.recorded, opening.by_itself), (recorded, false), "{kind:?}");
            assert_eq!(opening.before, Duration::from_secs(before * MINUTE));
            assert_eq!(opening.microphones, Microphones::Closed);
            assert_eq!(opening.clone().checked(kind), Ok(opening));
            let open = Opening { microphones: Microphones::Own, banner: "防汛".to_owned(), ..by_itself(30) };
            let became = Opening { by_itself: true, banner: "防汛".to_owned(), ..Opening::of(kind) };
            assert_eq!(open.turned_to(kind), became);
        }
    }

    #[test]
    fn a_policy_is_read_as_it_was_written() {
        for policy in [Microphones::Closed, Microphones::Own] {
            assert_eq!(Microphones::named(policy.name()), Some(policy));
        }
        assert_eq!(Microphones::named("all"), None);
    }
}
