//! When a joint test takes place: over weekends and holidays, beside other meetings, and after its meeting changed.

use super::*;
use crate::domain::{
    meeting::{Kind, PictureCodec},
    workday::{DayKind, SpecialDay, Workdays},
};

fn id<I: std::str::FromStr>(text: &str) -> I {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
}

/// A moment of 2026: the 26th of November is a Thursday.
fn on(month: i8, day: i8, hours: u64, minutes: u64) -> SystemTime {
    wall_clock::moment(Date::constant(2026, month, day), Duration::from_secs(hours * 3600 + minutes * 60))
}

fn at(starts: SystemTime) -> Meeting {
    let plan = Plan {
        title: "全省视频会议".to_owned(),
        starts,
        ends: starts + Duration::from_secs(7200),
        kind: Kind::Upper,
        codec: PictureCodec::H264,
        venues: vec![id("hall")],
        arrangement: Arrangement { operator: Some(id("wang")), leaders: vec![id("li")], ..Arrangement::default() },
        opening: Opening::default(),
    };
    Meeting::planned(id("province"), plan)
}

/// Another meeting in the hall.
fn other(name: &str, starts: SystemTime, ends: SystemTime) -> Meeting {
    let arrangement = Arrangement::default();
    Meeting { id: id(name), starts, ends, arrangement, ..at(starts) }
}

/// National Day: off from the 1st to the 7th of October, made up for on Saturday the 10th.
fn workdays() -> Workdays {
    let day = |day, kind| SpecialDay { date: Date::constant(2026, 10, day), kind, name: "国庆节".to_owned() };
    let off = (1..=7).map(|number| day(number, DayKind::Off));
    Workdays::new(off.chain([day(10, DayKind::Work)]))
}

#[test]
fn it_is_at_three_in_the_afternoon_of_the_last_working_day_before() {
    for (name, meeting, expect) in [
        ("Thursday", on(11, 26, 9, 30), on(11, 25, 15, 0)),
        ("Monday", on(11, 30, 9, 30), on(11, 27, 15, 0)),
        ("Sunday", on(11, 29, 9, 30), on(11, 27, 15, 0)),
        ("first day after the holiday", on(10, 8, 9, 0), on(9, 30, 15, 0)),
        ("Sunday after a make-up day", on(10, 11, 9, 0), on(10, 10, 15, 0)),
        ("just after midnight", on(11, 26, 0, 10), on(11, 25, 15, 0)),
        ("in the evening", on(11, 26, 20, 0), on(11, 25, 15, 0)),
    ] {
        let workdays = workdays();
        assert_eq!(default_start(&at(meeting), |day| workdays.is_workday(day)), expect, "{name}");
    }
}

#[test]
fn it_takes_the_nearest_free_hour_before_its_meeting() {
    let now = on(11, 24, 8, 0);
    let (noon, evening) = (on(11, 25, 12, 0), on(11, 25, 18, 0));
    for (name, others, now, expect) in [
        ("nothing is in the way", vec![], now, Ok(on(11, 25, 15, 0))),
        ("the hour is taken", vec![other("a", on(11, 25, 15, 0), on(11, 25, 16, 0))], now, Ok(on(11, 25, 14, 0))),
        ("the afternoon is taken", vec![other("a", on(11, 25, 14, 0), evening)], now, Ok(on(11, 25, 11, 0))),
        ("the day is taken", vec![other("a", on(11, 25, 8, 0), evening)], now, Ok(on(11, 26, 8, 30))),
        (
            "all is taken",
            vec![other("a", on(11, 25, 8, 0), evening), other("b", on(11, 26, 8, 0), on(11, 26, 9, 0))],
            now,
            Err(NoTime::Taken),
        ),
        ("it is past three already", vec![], on(11, 25, 15, 1), Err(NoTime::Gone)),
        (
            "the rest of the day before is taken",
            vec![other("a", noon, evening)],
            on(11, 25, 11, 30),
            Ok(on(11, 26, 8, 30)),
        ),
    ] {
        let meeting = at(on(11, 26, 9, 30));
        let placed = place(&meeting, &id("slot"), &others, now, |_| true);
        assert_eq!(placed.as_ref().map(|slot| slot.starts).map_err(|why| *why), expect, "{name}");
        if let Ok(slot) = placed {
            assert_eq!((slot.tests, slot.title.as_str()), (Some(id("province")), "联调：全省视频会议"), "{name}");
            assert_eq!((slot.venues, slot.arrangement.leaders.len()), (meeting.venues, 0), "{name}");
        }
    }
}

#[test]
fn it_rather_waits_for_its_operator_but_not_in_vain() {
    let busy = |starts, ends| Meeting { id: id("busy"), venues: Vec::new(), ends, ..at(starts) };
    let meeting = at(on(11, 26, 9, 30));
    let one = [busy(on(11, 25, 15, 0), on(11, 25, 16, 0))];
    let placed = place(&meeting, &id("slot"), &one, on(11, 24, 8, 0), |_| true).expect("there is time");
    assert_eq!(placed.starts, on(11, 25, 14, 0));
    let all = [busy(on(11, 25, 8, 0), on(11, 26, 9, 30))];
    let placed = place(&meeting, &id("slot"), &all, on(11, 24, 8, 0), |_| true).expect("the hall is free");
    assert_eq!(placed.starts, on(11, 25, 15, 0));
}

#[test]
fn it_follows_its_meeting_and_keeps_a_time_that_still_fits() {
    let now = on(11, 23, 8, 0);
    let before = at(on(11, 26, 9, 30));
    let by_hand = of(&before, id("slot"), on(11, 25, 10, 0), on(11, 25, 11, 0));
    let follows = |after: &Meeting, others: &[Meeting]| {
        follow(&by_hand, (&before, after), others, now, |_| true).map(|slot| slot.starts)
    };
    assert_eq!(follows(&at(on(11, 26, 14, 30)), &[]), Ok(on(11, 25, 10, 0)), "later on the same day");
    assert_eq!(follows(&at(on(11, 27, 9, 30)), &[]), Ok(on(11, 26, 15, 0)), "another day");
    let taken = [other("a", on(11, 25, 10, 0), on(11, 25, 11, 0))];
    assert_eq!(follows(&at(on(11, 26, 14, 30)), &taken), Ok(on(11, 25, 15, 0)), "what it takes now is taken");
    assert_eq!(follows(&at(on(11, 23, 9, 30)), &[]), Err(NoTime::Gone), "too early for any test");
    let renamed = Meeting { title: "全省防汛会".to_owned(), venues: vec![id("annex")], ..before.clone() };
    let slot = follow(&by_hand, (&before, &renamed), &[], now, |_| true).expect("its time is free");
    assert_eq!((slot.title.as_str(), slot.venues), ("联调：全省防汛会", vec![id("annex")]));
}

#[test]
fn an_operator_of_its_own_stays_and_else_it_has_its_meetings() {
    let now = on(11, 23, 8, 0);
    let run_by = |meeting: &Meeting, operator| {
        let arrangement = Arrangement { operator, ..meeting.arrangement.clone() };
        Meeting { arrangement, ..meeting.clone() }
    };
    let before = at(on(11, 26, 9, 30));
    let slot = of(&before, id("slot"), on(11, 25, 15, 0), on(11, 25, 16, 0));
    for (name, starts) in [("it stays", on(11, 26, 9, 30)), ("it moves", on(11, 27, 9, 30))] {
        let after = run_by(&at(starts), Some(id("zhao")));
        let operator = |slot: &Meeting| {
            let followed = follow(slot, (&before, &after), &[], now, |_| true).expect("there is time");
            followed.arrangement.operator
        };
        assert_eq!(operator(&slot), Some(id("zhao")), "{name}");
        assert_eq!(operator(&run_by(&slot, Some(id("chen")))), Some(id("chen")), "{name}");
        assert_eq!(operator(&run_by(&slot, None)), None, "{name}");
    }
}

#[test]
fn by_hand_only_its_time_and_its_operator_are_changed() {
    let meeting = at(on(11, 26, 9, 30));
    let slot = of(&meeting, id("slot"), on(11, 25, 15, 0), on(11, 25, 16, 0));
    let checked = |after: &Meeting| check(&slot, after, Some(&meeting));
    assert_eq!(checked(&slot.starting(on(11, 26, 8, 30))), Ok(()), "it ends as its meeting begins");
    assert_eq!(checked(&slot.starting(on(11, 26, 8, 31))), Err(Mistake::TestLate));
    let alone = Arrangement { operator: None, ..slot.arrangement.clone() };
    assert_eq!(checked(&Meeting { arrangement: alone, ..slot.clone() }), Ok(()));
    for (field, after) in [
        (Field::Title, Meeting { title: "另一个".to_owned(), ..slot.clone() }),
        (Field::Kind, Meeting { kind: Kind::Own, ..slot.clone() }),
        (Field::Codec, Meeting { codec: PictureCodec::Vp8, ..slot.clone() }),
        (Field::Venues, Meeting { venues: Vec::new(), ..slot.clone() }),
        (
            Field::Line,
            Meeting { arrangement: Arrangement { line: Some(id("l")), ..slot.arrangement.clone() }, ..slot.clone() },
        ),
    ] {
        assert_eq!(checked(&after), Err(Mistake::OfTestedMeeting(field)));
    }
}

#[test]
fn a_long_title_is_cut() {
    assert_eq!(title(&"长".repeat(TITLE_CHARS_MAX)).chars().count(), TITLE_CHARS_MAX);
}
