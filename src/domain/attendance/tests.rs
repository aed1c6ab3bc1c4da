//! Every state of the list by every step, and what is counted.

use super::*;
use crate::domain::{
    meeting::{Arrangement, Kind, MeetingState, PictureCodec, Plan},
    opening::Opening,
};
use std::time::Duration;

fn at(minute: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(minute * 60)
}

fn mark(minute: u64) -> Mark {
    Mark { at: at(minute), by: "李伟".into() }
}

fn told(minute: u64, venue: &str) -> Told {
    Told { starts: at(minute), venue: Some(venue.parse().expect("an id")) }
}

fn meeting(state: MeetingState) -> Meeting {
    let venues = ["county", "town"].map(|id| id.parse().expect("an id")).into();
    let plan = Plan {
        title: "全县防汛会".into(),
        starts: at(100),
        ends: at(160),
        kind: Kind::Own,
        codec: PictureCodec::H264,
        venues,
        arrangement: Arrangement::default(),
        opening: Opening::of(Kind::Own),
    };
    Meeting { state, ..Meeting::planned("m".parse().expect("an id"), plan) }
}

/// Answers until minute 60, sign-in from 70, late from 115; the meeting from 100 to 160.
fn hours(minute: u64, state: MeetingState) -> Hours {
    Terms { answer_before: Some(Duration::from_secs(40 * 60)), ..Terms::default() }.hours(&meeting(state), at(minute))
}

fn before() -> Hours {
    hours(10, MeetingState::Planned)
}

fn entry(answer: Answer) -> Entry {
    Entry {
        id: "a1".parse().expect("an id"),
        unit: "u1".parse().expect("an id"),
        number: 1,
        person: Person { name: "张建国".into(), position: "副县长".into() },
        named: By::Unit,
        answer,
        said: mark(0),
        signed: None,
    }
}

fn leave(reason: &str, approver: &str) -> Answer {
    Answer::Leave { reason: reason.into(), approver: approver.into() }
}

fn stand_in(name: &str, approver: &str) -> Answer {
    Answer::StandIn { name: name.into(), approver: approver.into() }
}

fn answers() -> [Answer; 5] {
    let (leave, stand_in) = (leave("病假", "张建国"), stand_in("李伟", "张建国"));
    [Answer::Expected, Answer::Confirmed, leave, stand_in, Answer::Absent]
}

#[test]
fn a_receipt_stands_for_what_the_notice_said() {
    let (first, moved, elsewhere) = (told(100, "county"), told(130, "county"), told(100, "town"));
    let read = Receipt::Notified.read(mark(1), first.clone());
    let confirmed = read.clone().confirm(By::Unit, mark(2), first.clone()).expect("confirmed");
    for (receipt, now, standing) in [
        (&Receipt::Notified, &first, Standing::Notified),
        (&Receipt::Notified, &moved, Standing::Notified),
        (&read, &first, Standing::Read),
        (&read, &moved, Standing::Changed),
        (&confirmed, &first, Standing::Confirmed),
        (&confirmed, &moved, Standing::Changed),
        (&confirmed, &elsewhere, Standing::Changed),
    ] {
        assert_eq!(receipt.standing(now), standing, "{receipt:?} {now:?}");
    }
}

#[test]
fn a_receipt_takes_each_step_from_each_standing_or_says_why_not() {
    let (first, moved) = (told(100, "county"), told(130, "county"));
    let read = Receipt::Notified.read(mark(1), first.clone());
    let confirmed = read.clone().confirm(By::Unit, mark(2), first.clone()).expect("confirmed");
    // Opening it: the first stays named while it says the same.
    for (receipt, now, who) in [
        (Receipt::Notified, &first, mark(9)),
        (read.clone(), &first, mark(1)),
        (confirmed.clone(), &first, mark(1)),
        (read.clone(), &moved, mark(9)),
        (confirmed.clone(), &moved, mark(9)),
    ] {
        let after = receipt.clone().read(mark(9), now.clone());
        let by = match &after {
            Receipt::Read { read, told } | Receipt::Confirmed { read: Some(read), told, .. } if told == now => read,
            other => panic!("{other:?}"),
        };
        assert_eq!(*by, who, "{receipt:?}");
    }
    // Confirming it: by the unit only as it was read, by telephone always, and twice is once.
    for (receipt, by, now, expect) in [
        (Receipt::Notified, By::Unit, &first, Err(Illegal::Unread)),
        (read.clone(), By::Unit, &first, Ok(mark(9))),
        (confirmed.clone(), By::Unit, &first, Ok(mark(2))),
        (read.clone(), By::Unit, &moved, Err(Illegal::Unread)),
        (confirmed.clone(), By::Unit, &moved, Err(Illegal::Unread)),
        (Receipt::Notified, By::Keeper, &first, Ok(mark(9))),
        (read, By::Keeper, &moved, Ok(mark(9))),
        (confirmed.clone(), By::Keeper, &first, Ok(mark(2))),
        (confirmed, By::Keeper, &moved, Ok(mark(9))),
    ] {
        let after = receipt.clone().confirm(by, mark(9), now.clone());
        let by_whom = after.map(|after| match after {
            Receipt::Confirmed { confirmed, told, .. } if told == *now => confirmed,
            other => panic!("{other:?}"),
        });
        assert_eq!(by_whom, expect, "{receipt:?} {by:?} {now:?}");
    }
}

#[test]
fn a_receipt_depends_on_the_venue_the_unit_comes_to() {
    let of = |venue: Option<&str>| Invitation {
        unit: "u1".parse().expect("an id"),
        venue: venue.map(|venue| venue.parse().expect("an id")),
        invited: mark(0),
        receipt: Receipt::Notified,
    };
    let meeting = meeting(MeetingState::Planned);
    for (venue, comes_to) in [(None, "county"), (Some("town"), "town"), (Some("gone"), "county")] {
        assert_eq!(of(venue).told(&meeting), told(100, comes_to), "{venue:?}");
    }
    let nowhere = Meeting { venues: Vec::new(), ..meeting };
    assert_eq!(of(Some("town")).venue_in(&nowhere), None);
}

#[test]
fn every_answer_follows_every_other_while_units_answer() {
    for from in answers() {
        for to in answers() {
            let by_unit = entry(from.clone()).answer(to.clone(), By::Unit, mark(5), &before());
            let expect = match to {
                Answer::Absent => Err(AnswerFault::Step(Illegal::KeepersWord)),
                _ => Ok(Entry { said: mark(5), ..entry(to.clone()) }),
            };
            assert_eq!(by_unit, expect, "{from:?} to {to:?}");
            // While people sign in, whoever keeps the list changes all of it, and the unit nothing.
            let open = hours(80, MeetingState::OnAir);
            let late = entry(from.clone()).answer(to.clone(), By::Unit, mark(5), &open);
            assert_eq!(late, Err(AnswerFault::Step(Illegal::AnswersEnded)), "{from:?} to {to:?}");
            let kept = entry(from.clone()).answer(to.clone(), By::Keeper, mark(5), &open);
            assert_eq!(kept.map(|entry| entry.answer), Ok(to.clone()), "{from:?} to {to:?}");
            let signed = entry(Answer::Confirmed).sign_in(Means::List, "王芳".into(), &open).expect("signs in");
            assert_eq!(
                signed.answer(to.clone(), By::Keeper, mark(5), &open),
                Err(AnswerFault::Step(Illegal::SignedIn)),
                "{to:?}"
            );
        }
    }
    let early = entry(Answer::Expected).answer(Answer::Absent, By::Keeper, mark(5), &before());
    assert_eq!(early, Err(AnswerFault::Step(Illegal::NotYetAbsent)));
    let cancelled = hours(10, MeetingState::Cancelled);
    for by in [By::Unit, By::Keeper] {
        let answer = entry(Answer::Expected).answer(Answer::Confirmed, by, mark(5), &cancelled);
        assert_eq!(answer, Err(AnswerFault::Step(Illegal::Cancelled)), "{by:?}");
    }
}

#[test]
fn leave_and_a_stand_in_say_why_who_and_who_approved() {
    for (answer, expect) in [
        (leave("病假", "张建国"), Ok(leave("病假", "张建国"))),
        (leave(" 病假 ", " 张建国 "), Ok(leave("病假", "张建国"))),
        (leave(" ", "张建国"), Err(Mistake::Reason(LineFault::Empty))),
        (leave("病假", ""), Err(Mistake::Approver(LineFault::Empty))),
        (leave(&"长".repeat(101), "张建国"), Err(Mistake::Reason(LineFault::TooLong(100)))),
        (stand_in("李伟", "张建国"), Ok(stand_in("李伟", "张建国"))),
        (stand_in("", "张建国"), Err(Mistake::StandIn(LineFault::Empty))),
        (stand_in("李伟", "a\nb"), Err(Mistake::Approver(LineFault::Control))),
    ] {
        let said = entry(Answer::Expected).answer(answer.clone(), By::Unit, mark(5), &before());
        assert_eq!(said.map(|entry| entry.answer), expect.map_err(AnswerFault::Mistake), "{answer:?}");
    }
}

#[test]
fn a_unit_takes_off_whom_it_named_and_nobody_who_is_summoned() {
    let (own, summoned) = (entry(Answer::Confirmed), Entry { named: By::Keeper, ..entry(Answer::Expected) });
    let open = hours(80, MeetingState::OnAir);
    let signed = own.clone().sign_in(Means::List, "王芳".into(), &open).expect("signs in");
    for (entry, by, hours, expect) in [
        (&own, By::Unit, &before(), Ok(())),
        (&summoned, By::Unit, &before(), Err(Illegal::Summoned)),
        (&summoned, By::Keeper, &before(), Ok(())),
        (&own, By::Unit, &open, Err(Illegal::AnswersEnded)),
        (&own, By::Keeper, &open, Ok(())),
        (&signed, By::Keeper, &open, Err(Illegal::SignedIn)),
    ] {
        assert_eq!(entry.expect_removable(by, hours), expect, "{by:?} {entry:?}");
    }
    let other = || Person { name: " 王芳 ".into(), position: String::new() };
    let renamed = own.renamed(other(), By::Unit, &before()).expect("renamed");
    assert_eq!(renamed.person, Person { name: "王芳".into(), position: String::new() });
    assert_eq!(summoned.renamed(other(), By::Unit, &before()), Err(AnswerFault::Step(Illegal::Summoned)));
}

#[test]
fn a_sign_in_keeps_to_the_hours_and_a_second_one_changes_nothing() {
    use MeetingState::{Cancelled, Closed, OnAir, Planned};
    for (minute, state, means, expect) in [
        (69, Planned, Means::List, Err(Illegal::TooEarly)),
        (69, Planned, Means::Paper, Err(Illegal::TooEarly)),
        (70, Planned, Means::List, Ok(false)),
        (114, OnAir, Means::Number, Ok(false)),
        (115, OnAir, Means::Number, Ok(true)),
        (115, OnAir, Means::Paper, Ok(false)),
        // It goes on longer than it was planned.
        (170, OnAir, Means::List, Ok(true)),
        (160, Planned, Means::List, Err(Illegal::Over)),
        (150, Closed, Means::Number, Err(Illegal::Over)),
        (9000, Closed, Means::Paper, Ok(false)),
        (80, Cancelled, Means::List, Err(Illegal::Cancelled)),
        (80, Cancelled, Means::Paper, Err(Illegal::Cancelled)),
    ] {
        let signed = entry(Answer::Confirmed).sign_in(means, "王芳".into(), &hours(minute, state));
        assert_eq!(signed.map(|entry| entry.signed.expect("signed").is_late), expect, "{minute} {state:?} {means:?}");
    }
    let (open, later) = (hours(80, OnAir), hours(120, OnAir));
    for (from, expect) in answers().into_iter().zip([
        Ok(Answer::Expected),
        Ok(Answer::Confirmed),
        Err(Illegal::OnLeave),
        Ok(stand_in("李伟", "张建国")),
        Ok(Answer::Expected),
    ]) {
        let once = entry(from.clone()).sign_in(Means::List, "王芳".into(), &open);
        assert_eq!(once.clone().map(|entry| entry.answer), expect, "{from:?}");
        if let Ok(once) = once {
            assert_eq!(once.clone().sign_in(Means::Number, "赵".into(), &later), Ok(once));
        }
    }
}

#[test]
fn a_sign_in_is_undone_while_the_meeting_lasts_and_one_from_paper_always() {
    use MeetingState::{Cancelled, Closed, OnAir};
    let signed = |means, minute, state| {
        entry(Answer::Confirmed).sign_in(means, "王芳".into(), &hours(minute, state)).expect("signs in")
    };
    let (tapped, paper) = (signed(Means::List, 80, OnAir), signed(Means::Paper, 200, Closed));
    for (entry, state, expect) in [
        (entry(Answer::Confirmed), OnAir, Err(Illegal::NotSignedIn)),
        (tapped.clone(), OnAir, Ok(())),
        (tapped.clone(), Closed, Err(Illegal::Over)),
        (paper, Closed, Ok(())),
        (tapped, Cancelled, Err(Illegal::Cancelled)),
    ] {
        let undone = entry.clone().undo(&hours(200, state));
        assert_eq!(undone.map(|entry| assert_eq!(entry.signed, None)), expect, "{state:?} {entry:?}");
    }
}

#[test]
fn figures_say_who_came_and_who_did_not_when_the_meeting_is_over() {
    use MeetingState::{Closed, OnAir};
    let signs = |answer: Answer, minute| {
        entry(answer).sign_in(Means::List, "王芳".into(), &hours(minute, OnAir)).expect("signs in")
    };
    let list = [
        signs(stand_in("李伟", "张建国"), 80),
        signs(Answer::Confirmed, 116),
        entry(Answer::Expected),
        entry(leave("病假", "张建国")),
        entry(Answer::Absent),
    ];
    let count = |minute, state| figures(&list, &hours(minute, state));
    assert_eq!(count(120, OnAir), Figures { due: 5, present: 2, leave: 1, absent: 1, late: 1 });
    assert_eq!(count(200, Closed), Figures { due: 5, present: 2, leave: 1, absent: 2, late: 1 });
    assert_eq!(figures(&[], &hours(200, Closed)), Figures::default());
}

#[test]
fn numbers_stand_from_the_time_on_that_answers_end() {
    use MeetingState::{Closed, OnAir, Planned};
    let open = entry(Answer::Confirmed);
    let signed = open.clone().sign_in(Means::List, "王芳".into(), &hours(80, OnAir)).expect("signs in");
    for (minute, state, entry, stand) in [
        (10, Planned, &open, false),
        (59, Planned, &open, false),
        (60, Planned, &open, true),
        (10, Closed, &open, true),
        // Somebody moved the hours after people had signed in.
        (10, Planned, &signed, true),
    ] {
        assert_eq!(numbers_stand(std::slice::from_ref(entry), &hours(minute, state)), stand, "{minute} {state:?}");
    }
}

#[test]
fn hours_move_with_the_meeting_and_answers_end_when_sign_in_opens() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let plain = Terms::default().hours(&meeting(MeetingState::Planned), at(10));
    assert_eq!((plain.answers_until, plain.opens, plain.closes), (at(70), at(70), at(115)));
    assert!(
        !plain.is_open() && hours(70, MeetingState::Planned).is_open() && !hours(90, MeetingState::Closed).is_open()
    );
    for (terms, mistakes) in [
        (Terms::default(), vec![]),
        (Terms { answer_before: Some(minutes(30)), ..Terms::default() }, vec![]),
        (Terms { answer_before: Some(minutes(29)), ..Terms::default() }, vec![Mistake::AnswerBefore]),
        (Terms { answer_before: Some(minutes(61 * 24 * 60)), ..Terms::default() }, vec![Mistake::AnswerBefore]),
        (Terms { opens_before: minutes(24 * 60 + 1), ..Terms::default() }, vec![Mistake::OpensBefore]),
        (Terms { closes_after: minutes(24 * 60 + 1), ..Terms::default() }, vec![Mistake::ClosesAfter]),
    ] {
        assert_eq!(terms.clone().checked().err().unwrap_or_default(), mistakes, "{terms:?}");
    }
}

#[test]
fn a_unit_s_people_leave_the_notice_for_the_list() {
    let typed = |name: &str, unit: &str| Attendee { name: name.into(), unit: unit.into() };
    let person = |name: &str, position: &str| Person { name: name.into(), position: position.into() };
    let notice = vec![typed("张建国 副县长", ""), typed("李伟 局长", "县水务局"), typed("王芳", "县水务局")];
    let (own, others) = split(notice, "县水务局");
    assert_eq!(own, [person("李伟", "局长"), person("王芳", "")]);
    assert_eq!(others, [typed("张建国 副县长", "")]);
}

#[test]
fn a_unit_is_at_home_in_the_venue_of_its_name() {
    let venues = [("county", "县主会场"), ("tq", "通泉街道会议室"), ("mgh", "马过河镇")]
        .map(|(id, name)| (id.parse().expect("an id"), name.to_owned()));
    for (unit, expect) in [
        ("通泉街道办事处", Some("tq")),
        ("马过河镇", Some("mgh")),
        ("马过河镇人民政府", Some("mgh")),
        ("县水务局", None),
        ("办事处", None),
    ] {
        assert_eq!(home_of(unit, &venues).as_ref().map(VenueId::as_str), expect, "{unit}");
    }
}
