//! Roll call (会前点名): a meeting's branch venues, called one by one in administrative order, and what each answered.
//!
//! A call can be repeated; the latest counts, earlier ones are kept. While a venue is called its microphone is open, for
//! [`ANSWER_WITHIN`] at most; who opens and closes it is `app`, which asks [`RollCall::calling`].

use super::{
    line::{self, LineFault},
    meeting::{Meeting, MeetingState},
};
use crate::id::{MeetingId, RollCallId, VenueId};
use std::time::{Duration, SystemTime};

/// Longest the microphone of a venue that was called stays open without an answer: a sentence and its repetition. Whoever called
/// may have left, or lost their network.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Longest a roll call in which nobody is called or answers counts as going on.
const STILL: Duration = Duration::from_secs(180);

/// Most characters of what is said of an answer: it stands beside it on the sheet.
pub const NOTE_CHARS_MAX: usize = 100;

/// One roll call of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollCall {
    /// Its name.
    pub id: RollCallId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// When it began, and who began it.
    pub begun: Mark,
    /// When it ended, and who ended it.
    pub ended: Option<Mark>,
    /// The venues, in administrative order, as they were when it began.
    pub entries: Vec<Entry>,
    /// Who is called now. Cleared by its answer, and by the end.
    pub calling: Option<Calling>,
}

/// When something was done, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: SystemTime,
    /// Shown name of who did it.
    pub by: String,
}

/// One venue on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub venue: VenueId,
    /// Its name when the call began.
    pub name: String,
    /// When it was called last; some answer by telephone and are never called.
    pub called: Option<SystemTime>,
    /// What it answered; `None` while it was not asked, or has not answered.
    pub answer: Option<Answer>,
}

/// What a venue answered, as whoever calls writes it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// In one word.
    pub presence: Presence,
    /// What is said of it, such as what is broken; may be empty.
    pub note: String,
    /// When it was written down, and by whom.
    pub mark: Mark,
}

/// Whether a venue is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// 到.
    Present,
    /// 缺.
    Absent,
    /// 故障: there, and something doesn't work.
    Fault,
}

impl Presence {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Present, Self::Absent, Self::Fault];

    /// As stored, and in the book.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Fault => "fault",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|presence| presence.name() == name)
    }
}

/// The venue that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calling {
    /// Which.
    pub venue: VenueId,
    /// Since when.
    pub since: SystemTime,
    /// What the call did to its microphone.
    pub microphone: CalledMicrophone,
}

/// What a call did to the microphone of its venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalledMicrophone {
    /// It was opened.
    Opened,
    /// There is none to open: the venue is not connected, or the meeting not on air.
    NotThere,
    /// It was opened, and closed by the server after [`ANSWER_WITHIN`] without an answer.
    Unanswered,
    /// It was opened, and is closed since the server started again.
    Restarted,
}

impl CalledMicrophone {
    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::NotThere => "not_there",
            Self::Unanswered => "unanswered",
            Self::Restarted => "restarted",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Opened, Self::NotThere, Self::Unanswered, Self::Restarted].into_iter().find(|one| one.name() == name)
    }
}

/// How many there are of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Venues on the list (应到).
    pub due: usize,
    /// 到.
    pub present: usize,
    /// 缺.
    pub absent: usize,
    /// 故障.
    pub fault: usize,
    /// 未点, or not answered yet.
    pub open: usize,
}

/// Why a step of a roll call is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The meeting is over or cancelled.
    #[error("the meeting is not to be")]
    MeetingOver,
    /// It has no branch venue.
    #[error("there is nobody to call")]
    Nobody,
    /// One runs.
    #[error("a roll call runs")]
    Runs,
    /// None was begun.
    #[error("no roll call was begun")]
    NotBegun,
    /// It has ended.
    #[error("the roll call has ended")]
    Ended,
    /// The venue is not on its list.
    #[error("the venue is not on the list")]
    NotListed,
    /// What is said of an answer is no line.
    #[error("the note is not valid")]
    Note(#[source] LineFault),
}

/// Whom a meeting calls, of all venues in administrative order: those that take part, but the county's own.
#[must_use]
pub fn called_in(meeting: &Meeting, in_order: Vec<(VenueId, String)>) -> Vec<(VenueId, String)> {
    let taking_part = in_order.into_iter().filter(|(venue, _)| meeting.venues.contains(venue));
    taking_part.filter(|(venue, _)| meeting.own_venue() != Some(venue)).collect()
}

impl RollCall {
    /// A new call of these venues, as [`called_in`] has them. `latest` is the last one of the same meeting.
    pub fn begin(
        id: RollCallId,
        meeting: &Meeting,
        latest: Option<&Self>,
        venues: Vec<(VenueId, String)>,
        begun: Mark,
    ) -> Result<Self, Fault> {
        expect_to_be(meeting)?;
        if latest.is_some_and(|latest| latest.ended.is_none()) {
            return Err(Fault::Runs);
        }
        if venues.is_empty() {
            return Err(Fault::Nobody);
        }
        let entry = |(venue, name)| Entry { venue, name, called: None, answer: None };
        let entries = venues.into_iter().map(entry).collect();
        Ok(Self { id, meeting: meeting.id.clone(), begun, ended: None, entries, calling: None })
    }

    /// The same with this venue called, also once more; whoever was called before is not any longer. `opened` is whether its
    /// microphone is opened for it.
    pub fn call(mut self, meeting: &Meeting, venue: &VenueId, opened: bool, at: SystemTime) -> Result<Self, Fault> {
        self.running_entry(meeting, venue)?.called = Some(at);
        let microphone = if opened { CalledMicrophone::Opened } else { CalledMicrophone::NotThere };
        self.calling = Some(Calling { venue: venue.clone(), since: at, microphone });
        Ok(self)
    }

    /// The same with what a venue answered, called or not; a later answer corrects an earlier one.
    pub fn answer(mut self, meeting: &Meeting, venue: &VenueId, answer: Answer) -> Result<Self, Fault> {
        let note = if answer.note.trim().is_empty() {
            String::new()
        } else {
            line::checked(&answer.note, NOTE_CHARS_MAX).map_err(Fault::Note)?
        };
        self.running_entry(meeting, venue)?.answer = Some(Answer { note, ..answer });
        if self.calling.as_ref().is_some_and(|calling| calling.venue == *venue) {
            self.calling = None;
        }
        Ok(self)
    }

    /// The same at its end. Who was not asked stays so.
    pub fn end(self, ended: Mark) -> Result<Self, Fault> {
        if self.ended.is_some() {
            return Err(Fault::Ended);
        }
        Ok(Self { ended: Some(ended), calling: None, ..self })
    }

    /// The same after the microphone of the venue that is called was closed without an answer: it is called still. `None` if
    /// none was open.
    #[must_use]
    pub fn closed(&self, why: CalledMicrophone) -> Option<Self> {
        let calling = self.calling.as_ref().filter(|calling| calling.microphone == CalledMicrophone::Opened)?;
        let calling = Calling { microphone: why, ..calling.clone() };
        Some(Self { calling: Some(calling), ..self.clone() })
    }

    /// How many there are of each.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let mut figures = Figures { due: self.entries.len(), ..Figures::default() };
        for entry in &self.entries {
            match entry.answer.as_ref().map(|answer| answer.presence) {
                Some(Presence::Present) => figures.present += 1,
                Some(Presence::Absent) => figures.absent += 1,
                Some(Presence::Fault) => figures.fault += 1,
                None => figures.open += 1,
            }
        }
        figures
    }

    /// Whether it goes on: it was not ended, and somebody was called or answered not [`STILL`] ago. Whoever forgets to end one
    /// has no figures on the picture for the whole meeting.
    #[must_use]
    pub fn goes_on(&self, now: SystemTime) -> bool {
        let steps = self
            .entries
            .iter()
            .flat_map(|entry| entry.called.into_iter().chain(entry.answer.as_ref().map(|answer| answer.mark.at)));
        let last = steps.fold(self.begun.at, SystemTime::max);
        self.ended.is_none() && now.duration_since(last).is_ok_and(|since| since <= STILL)
    }

    fn running_entry(&mut self, meeting: &Meeting, venue: &VenueId) -> Result<&mut Entry, Fault> {
        expect_to_be(meeting)?;
        if self.ended.is_some() {
            return Err(Fault::Ended);
        }
        self.entries.iter_mut().find(|entry| entry.venue == *venue).ok_or(Fault::NotListed)
    }
}

fn expect_to_be(meeting: &Meeting) -> Result<(), Fault> {
    match meeting.state {
        MeetingState::Planned | MeetingState::OnAir => Ok(()),
        MeetingState::Closed | MeetingState::Cancelled => Err(Fault::MeetingOver),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        meeting::{Arrangement, Kind, PictureCodec, Plan},
        opening::Opening,
    };
    use std::time::UNIX_EPOCH;

    fn id<I: std::str::FromStr>(text: &str) -> I {
        text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
    }

    fn meeting(state: MeetingState, venues: &[&str]) -> Meeting {
        let plan = Plan {
            title: "全县防汛会".to_owned(),
            starts: UNIX_EPOCH,
            ends: UNIX_EPOCH + Duration::from_secs(3600),
            kind: Kind::Own,
            codec: PictureCodec::default(),
            venues: venues.iter().map(|venue| id(venue)).collect(),
            arrangement: Arrangement::default(),
            opening: Opening::default(),
        };
        Meeting { state, ..Meeting::planned(id("m"), plan) }
    }

    fn at(seconds: u64) -> Mark {
        Mark { at: UNIX_EPOCH + Duration::from_secs(seconds), by: "李伟".to_owned() }
    }

    fn venues(of: &[&str]) -> Vec<(VenueId, String)> {
        of.iter().map(|venue| (id(venue), format!("{venue}会场"))).collect()
    }

    fn begun() -> RollCall {
        let on_air = meeting(MeetingState::OnAir, &["county", "a", "b"]);
        RollCall::begin(id("r1"), &on_air, None, venues(&["a", "b"]), at(0)).expect("begins")
    }

    fn says(presence: Presence, note: &str) -> Answer {
        Answer { presence, note: note.to_owned(), mark: at(9) }
    }

    /// One step, and what comes of it.
    enum Step {
        Call(&'static str),
        Answer(&'static str, &'static str),
        End,
    }

    fn take(call: RollCall, state: MeetingState, step: &Step) -> Result<RollCall, Fault> {
        let meeting = meeting(state, &["county", "a", "b"]);
        match step {
            Step::Call(venue) => call.call(&meeting, &id(venue), true, at(5).at),
            Step::Answer(venue, note) => call.answer(&meeting, &id(venue), says(Presence::Fault, note)),
            Step::End => call.end(at(10)),
        }
    }

    #[test]
    fn steps_out_of_place_are_refused() {
        use MeetingState::{Cancelled, Closed, OnAir, Planned};
        use Step::{Answer, Call, End};
        let ended = || begun().end(at(8)).expect("ends");
        let cases = [
            (begun(), OnAir, Call("a"), None),
            (begun(), Planned, Call("b"), None),
            (begun(), OnAir, Call("county"), Some(Fault::NotListed)),
            (begun(), Closed, Call("a"), Some(Fault::MeetingOver)),
            (begun(), Cancelled, Call("a"), Some(Fault::MeetingOver)),
            (ended(), OnAir, Call("a"), Some(Fault::Ended)),
            (begun(), OnAir, Answer("a", "没有声音"), None),
            (begun(), OnAir, Answer("a", " "), None),
            (begun(), OnAir, Answer("a", "两\n行"), Some(Fault::Note(LineFault::Control))),
            (begun(), OnAir, Answer("c", ""), Some(Fault::NotListed)),
            (begun(), Closed, Answer("a", ""), Some(Fault::MeetingOver)),
            (ended(), OnAir, Answer("a", ""), Some(Fault::Ended)),
            (begun(), OnAir, End, None),
            // What ran when the meeting was closed is ended all the same.
            (begun(), Closed, End, None),
            (ended(), OnAir, End, Some(Fault::Ended)),
        ];
        for (number, (call, state, step, fault)) in cases.into_iter().enumerate() {
            assert_eq!(take(call, state, &step).err(), fault, "case {number}");
        }
    }

    #[test]
    fn a_call_begins_where_there_is_somebody_to_call_and_none_runs() {
        use MeetingState::{Cancelled, Closed, OnAir, Planned};
        let ended = begun().end(at(8)).expect("ends");
        type Case<'a> = (MeetingState, Option<&'a RollCall>, &'a [&'a str], Option<Fault>);
        let cases: [Case<'_>; 7] = [
            (Planned, None, &["a"], None),
            (OnAir, None, &["a"], None),
            (OnAir, Some(&ended), &["a"], None),
            (OnAir, Some(&begun()), &["a"], Some(Fault::Runs)),
            (OnAir, None, &[], Some(Fault::Nobody)),
            (Closed, None, &["a"], Some(Fault::MeetingOver)),
            (Cancelled, None, &["a"], Some(Fault::MeetingOver)),
        ];
        for (state, latest, whom, fault) in cases {
            let made = RollCall::begin(id("r2"), &meeting(state, &["county", "a"]), latest, venues(whom), at(20));
            assert_eq!(made.err(), fault, "{state:?} {whom:?}");
        }
    }

    #[test]
    fn all_that_take_part_are_called_in_order_but_the_county_s_own() {
        let order = || venues(&["county", "b", "a", "c"]);
        let cases: [(&[&str], &[&str]); 4] =
            [(&["county", "a", "b"], &["b", "a"]), (&["county"], &[]), (&[], &[]), (&["b", "c"], &["c"])];
        for (taking_part, called) in cases {
            let list = called_in(&meeting(MeetingState::Planned, taking_part), order());
            assert_eq!(list.iter().map(|(venue, _)| venue.as_str()).collect::<Vec<_>>(), called, "{taking_part:?}");
        }
    }

    #[test]
    fn one_is_called_until_it_answers_the_next_is_called_or_the_call_ends() {
        let on_air = meeting(MeetingState::OnAir, &["county", "a", "b"]);
        let called = begun().call(&on_air, &id("a"), true, at(1).at).expect("called");
        let whom = |call: &RollCall| call.calling.as_ref().map(|calling| calling.venue.to_string());
        assert_eq!(whom(&called).as_deref(), Some("a"));
        let next = called.clone().call(&on_air, &id("b"), false, at(2).at).expect("called");
        assert_eq!(whom(&next).as_deref(), Some("b"));
        assert_eq!(next.calling.as_ref().map(|calling| calling.microphone), Some(CalledMicrophone::NotThere));
        let other = called.clone().answer(&on_air, &id("b"), says(Presence::Absent, "")).expect("by telephone");
        assert_eq!(whom(&other).as_deref(), Some("a"), "another's answer is not its own");
        let answered = called.clone().answer(&on_air, &id("a"), says(Presence::Present, "")).expect("answered");
        assert_eq!(whom(&answered), None);
        assert_eq!(called.end(at(3)).expect("ends").calling, None);
    }

    #[test]
    fn a_microphone_is_closed_without_an_answer_once_and_the_venue_stays_called() {
        let on_air = meeting(MeetingState::OnAir, &["county", "a", "b"]);
        let opened = begun().call(&on_air, &id("a"), true, at(1).at).expect("called");
        let closed = opened.closed(CalledMicrophone::Unanswered).expect("it was open");
        assert_eq!(closed.calling.as_ref().map(|calling| calling.microphone), Some(CalledMicrophone::Unanswered));
        assert_eq!(closed.closed(CalledMicrophone::Restarted), None);
        assert_eq!(begun().closed(CalledMicrophone::Unanswered), None);
    }

    #[test]
    fn figures_count_the_last_answer_of_each() {
        let on_air = meeting(MeetingState::OnAir, &["county", "a", "b"]);
        let answers = [("a", Presence::Absent), ("a", Presence::Present), ("b", Presence::Fault)];
        let expect = [(0, 1, 0, 1), (1, 0, 0, 1), (1, 0, 1, 0)];
        let mut call = begun();
        assert_eq!(call.figures(), Figures { due: 2, open: 2, ..Figures::default() });
        for ((venue, presence), (present, absent, fault, open)) in answers.into_iter().zip(expect) {
            call = call.answer(&on_air, &id(venue), says(presence, "")).expect("answered");
            assert_eq!(call.figures(), Figures { due: 2, present, absent, fault, open });
        }
    }

    #[test]
    fn a_call_goes_on_while_somebody_is_called_or_answers() {
        let later = |seconds| begun().begun.at + Duration::from_secs(seconds);
        let mut call = begun();
        assert!(call.goes_on(later(180)) && !call.goes_on(later(181)));
        let answer = Answer { mark: Mark { at: later(100), by: String::new() }, ..says(Presence::Present, "") };
        call = call.answer(&meeting(MeetingState::OnAir, &["county", "a", "b"]), &id("a"), answer).expect("answered");
        assert!(call.goes_on(later(280)) && !call.goes_on(later(281)));
        let ended = RollCall { ended: Some(call.begun.clone()), ..call };
        assert!(!ended.goes_on(later(100)));
    }

    #[test]
    fn names_read_back() {
        for presence in Presence::ALL {
            assert_eq!(Presence::named(presence.name()), Some(presence));
        }
        for name in ["opened", "not_there", "unanswered", "restarted"] {
            assert_eq!(CalledMicrophone::named(name).map(CalledMicrophone::name), Some(name));
        }
    }
}
