//! Tables of meetings that are, and are not, in each other's way.

use super::*;
use crate::domain::{
    meeting::{Arrangement, PictureCodec, Plan},
    opening::Opening,
    workday::is_weekend,
};

fn id<I: std::str::FromStr>(text: &str) -> I {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
}

/// A moment of November 2026: the 26th is a Thursday, the 28th a Saturday.
fn on(day: i8, hours: u64, minutes: u64) -> SystemTime {
    wall_clock::moment(Date::constant(2026, 11, day), hm(hours, minutes))
}

/// Thursday, 8 o'clock.
fn now() -> SystemTime {
    on(26, 8, 0)
}

/// A meeting of the county's own in the hall.
fn own(name: &str, starts: SystemTime, ends: SystemTime) -> Meeting {
    let plan = Plan {
        title: name.to_owned(),
        starts,
        ends,
        kind: Kind::Own,
        codec: PictureCodec::H264,
        venues: vec![id("hall")],
        arrangement: Arrangement::default(),
        opening: Opening::of(Kind::Own),
    };
    Meeting::planned(id(name), plan)
}

fn upper(name: &str, starts: SystemTime, ends: SystemTime) -> Meeting {
    Meeting { kind: Kind::Upper, ..own(name, starts, ends) }
}

/// The same in no venue, by this line, with these people.
fn with(meeting: Meeting, line: &str, operator: &str, leaders: &[&str]) -> Meeting {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let arrangement = Arrangement {
        line: some(line).map(|line| id(&line)),
        operator: some(operator).map(|operator| id(&operator)),
        leaders: leaders.iter().map(|leader| id(leader)).collect(),
    };
    Meeting { venues: Vec::new(), arrangement, ..meeting }
}

#[test]
fn meetings_clash_by_what_can_t_be_in_two_places() {
    use Weight::{PreEmpts, Refused, Warned};
    let plan = || own("plan", on(26, 9, 0), on(26, 11, 0));
    let other = |from: (u64, u64), to: (u64, u64)| own("other", on(26, from.0, from.1), on(26, to.0, to.1));
    let same = || other((9, 0), (11, 0));
    let state = |state| Meeting { state, ..same() };
    let hall = || Wanted::Venue(id("hall"));
    type Case<'a> = (&'a str, Meeting, Meeting, Vec<(Wanted, Weight)>);
    let cases: Vec<Case> = vec![
        ("same time", plan(), same(), vec![(hall(), Refused)]),
        ("end to end before", plan(), other((8, 0), (9, 0)), vec![]),
        ("end to end after", plan(), other((11, 0), (12, 0)), vec![]),
        ("one minute at the start", plan(), other((8, 0), (9, 1)), vec![(hall(), Refused)]),
        ("one minute at the end", plan(), other((10, 59), (12, 0)), vec![(hall(), Refused)]),
        ("around it", plan(), other((8, 0), (12, 0)), vec![(hall(), Refused)]),
        ("within it", plan(), other((9, 30), (10, 0)), vec![(hall(), Refused)]),
        ("another room", plan(), Meeting { venues: vec![id("annex")], ..same() }, vec![]),
        ("cancelled", plan(), state(MeetingState::Cancelled), vec![]),
        ("closed", plan(), state(MeetingState::Closed), vec![]),
        ("on air", plan(), state(MeetingState::OnAir), vec![(hall(), Refused)]),
        ("itself", plan(), Meeting { id: id("plan"), ..same() }, vec![]),
        ("upper before own", upper("plan", on(26, 9, 0), on(26, 11, 0)), same(), vec![(hall(), PreEmpts)]),
        (
            "upper does not take an own one off the air",
            upper("plan", on(26, 9, 0), on(26, 11, 0)),
            state(MeetingState::OnAir),
            vec![(hall(), Refused)],
        ),
        (
            "upper and upper",
            upper("plan", on(26, 9, 0), on(26, 11, 0)),
            upper("other", on(26, 9, 0), on(26, 11, 0)),
            vec![(hall(), Refused)],
        ),
        ("own does not pre-empt upper", plan(), upper("other", on(26, 9, 0), on(26, 11, 0)), vec![(hall(), Refused)]),
        (
            "one line",
            with(plan(), "province", "", &[]),
            with(same(), "province", "", &[]),
            vec![(Wanted::Line(id("province")), Refused)],
        ),
        ("two lines", with(plan(), "province", "", &[]), with(same(), "city", "", &[]), vec![]),
        (
            "operator",
            with(plan(), "", "wang", &[]),
            with(same(), "", "wang", &[]),
            vec![(Wanted::Operator(id("wang")), Warned)],
        ),
        (
            "leaders, and an operator who attends",
            with(plan(), "", "wang", &["zhang", "li"]),
            with(same(), "", "zhao", &["li", "wang"]),
            vec![(Wanted::Operator(id("wang")), Warned), (Wanted::Leader(id("li")), Warned)],
        ),
        (
            "a leader at another time",
            with(plan(), "", "", &["li"]),
            with(other((11, 0), (12, 0)), "", "", &["li"]),
            vec![],
        ),
    ];
    for (name, plan, other, expect) in cases {
        let found = clashes(&plan, std::slice::from_ref(&other), now());
        let found: Vec<_> = found.into_iter().map(|clash| (clash.wanted, clash.weight)).collect();
        assert_eq!(found, expect, "{name}");
    }
}

#[test]
fn a_meeting_that_runs_late_keeps_its_room_for_a_while() {
    let late = Meeting { state: MeetingState::OnAir, ..own("late", on(26, 6, 0), on(26, 7, 0)) };
    for (from, expect) in [((8, 0), 1), ((8, 14), 1), ((8, 15), 0)] {
        let plan = own("plan", on(26, from.0, from.1), on(26, 10, 0));
        assert_eq!(clashes(&plan, std::slice::from_ref(&late), now()).len(), expect, "{from:?}");
    }
}

#[test]
fn what_gives_way_is_offered_the_next_free_hours_in_which_people_work() {
    let province = |from, to| upper("province", from, to);
    // Each: the upper meeting, what else there is, and where its first own meeting goes.
    let cases: Vec<(&str, Meeting, Vec<Meeting>, Option<SystemTime>)> = vec![
        (
            "later that morning",
            province(on(26, 9, 0), on(26, 10, 0)),
            vec![own("a", on(26, 9, 30), on(26, 10, 30))],
            Some(on(26, 10, 0)),
        ),
        (
            "not over noon",
            province(on(26, 9, 0), on(26, 11, 0)),
            vec![own("a", on(26, 9, 30), on(26, 11, 30))],
            Some(on(26, 14, 0)),
        ),
        (
            "around what is planned already",
            province(on(26, 9, 0), on(26, 12, 0)),
            vec![own("a", on(26, 9, 30), on(26, 11, 0)), own("b", on(26, 14, 0), on(26, 15, 10))],
            Some(on(26, 15, 15)),
        ),
        (
            "the next day",
            province(on(26, 14, 30), on(26, 17, 30)),
            vec![own("a", on(26, 15, 0), on(26, 16, 0))],
            Some(on(27, 8, 30)),
        ),
        (
            "not at the weekend",
            province(on(27, 14, 30), on(27, 17, 30)),
            vec![own("a", on(27, 15, 0), on(27, 16, 0))],
            Some(on(30, 8, 30)),
        ),
        (
            "a whole day",
            province(on(26, 9, 0), on(26, 10, 0)),
            vec![own("a", on(26, 9, 0), on(26, 18, 0))],
            Some(on(27, 8, 30)),
        ),
        (
            "longer than people work",
            province(on(26, 9, 0), on(26, 10, 0)),
            vec![own("a", on(26, 8, 0), on(26, 20, 0))],
            None,
        ),
        (
            "where its leader is free as well",
            province(on(26, 9, 0), on(26, 10, 0)),
            vec![
                Meeting {
                    arrangement: Arrangement { leaders: vec![id("li")], ..Arrangement::default() },
                    ..own("a", on(26, 9, 0), on(26, 10, 0))
                },
                with(own("b", on(26, 10, 0), on(26, 11, 0)), "", "", &["li"]),
            ],
            Some(on(26, 11, 0)),
        ),
    ];
    for (name, province, others, expect) in cases {
        let found = look(&province, &others, now(), |day| !is_weekend(day));
        let starts = found.moves.first().map(|moved| (moved.meeting.clone(), moved.starts));
        assert_eq!(starts, expect.map(|starts| (id("a"), starts)), "{name}: {found:#?}");
        let weight = if expect.is_some() { Weight::PreEmpts } else { Weight::Refused };
        assert_eq!(found.clashes[0].weight, weight, "{name}");
    }
}

#[test]
fn two_that_give_way_do_not_get_the_same_hour() {
    let province = upper("province", on(26, 9, 0), on(26, 12, 0));
    let others = [own("a", on(26, 9, 0), on(26, 10, 0)), own("b", on(26, 10, 0), on(26, 11, 0))];
    let found = look(&province, &others, now(), |day| !is_weekend(day));
    let starts: Vec<_> = found.moves.iter().map(|moved| (moved.meeting.as_str(), moved.starts)).collect();
    assert_eq!(starts, [("a", on(26, 14, 0)), ("b", on(26, 15, 0))]);
    assert_eq!(found.free, None, "nothing is refused");
}

#[test]
fn what_is_refused_is_told_when_it_would_fit() {
    let plan = own("plan", on(26, 9, 0), on(26, 10, 0));
    let others = [own("a", on(26, 8, 30), on(26, 10, 20)), own("b", on(26, 11, 0), on(26, 12, 0))];
    let found = look(&plan, &others, now(), |day| !is_weekend(day));
    assert_eq!((found.free, found.moves.len()), (Some(on(26, 14, 0)), 0));
    let found = look(&own("plan", on(26, 10, 20), on(26, 10, 50)), &others, now(), |day| !is_weekend(day));
    assert_eq!(found, Findings::default(), "it fits as it is");
}

#[test]
fn a_plan_is_settled_by_what_was_agreed_to_and_by_nothing_else() {
    let province = || upper("province", on(26, 9, 0), on(26, 11, 0));
    let others = [own("a", on(26, 9, 0), on(26, 10, 0)), own("b", on(26, 14, 0), on(26, 15, 0))];
    let to = |meeting: &str, starts| Move { meeting: id(meeting), starts };
    let agreed = |moves: Vec<Move>| Consent { warned: false, unsigns: false, moves };
    let settled = settle(&province(), &others, &agreed(vec![to("a", on(26, 15, 0))]), now()).expect("it gives way");
    assert_eq!(settled, [own("a", on(26, 15, 0), on(26, 16, 0))]);
    let refused: Vec<(&str, Consent)> = vec![
        ("nothing was agreed to", agreed(vec![])),
        ("onto another meeting", agreed(vec![to("a", on(26, 14, 30))])),
        ("onto the upper meeting itself", agreed(vec![to("a", on(26, 10, 0))])),
        ("into the past", agreed(vec![to("a", on(26, 7, 0))])),
        ("another meeting, which is in nobody's way", agreed(vec![to("b", on(26, 16, 0))])),
    ];
    for (name, consent) in refused {
        let settled = settle(&province(), &others, &consent, now());
        assert!(matches!(settled, Err(Unsettled::Refused(_))), "{name}: {settled:?}");
    }
    let own = own("plan", on(26, 9, 0), on(26, 11, 0));
    let settled = settle(&own, &others, &agreed(vec![to("a", on(26, 15, 0))]), now());
    assert!(matches!(settled, Err(Unsettled::Refused(_))), "an own meeting moves no other: {settled:?}");
}

#[test]
fn warnings_are_confirmed() {
    let plan = with(own("plan", on(26, 9, 0), on(26, 11, 0)), "", "wang", &["li"]);
    let others = [with(own("a", on(26, 10, 0), on(26, 12, 0)), "", "zhao", &["li"])];
    let settled = settle(&plan, &others, &Consent::default(), now());
    assert!(matches!(&settled, Err(Unsettled::Unconfirmed(clashes)) if clashes.len() == 1), "{settled:?}");
    let warned = Consent { warned: true, unsigns: false, moves: Vec::new() };
    assert_eq!(settle(&plan, &others, &warned, now()), Ok(Vec::new()));
}

#[test]
fn a_joint_test_gives_way_to_every_meeting_and_is_over_before_its_own() {
    let tested = own("tested", on(27, 9, 0), on(27, 11, 0));
    let joint = |starts, ends| Meeting { tests: Some(id("tested")), ..upper("joint", starts, ends) };
    let others = [tested.clone(), joint(on(26, 15, 0), on(26, 16, 0))];
    let province = upper("province", on(26, 14, 0), on(26, 18, 0));
    let moves = |meeting: &Meeting, now| look(meeting, &others, now, |day| !is_weekend(day)).moves;
    let to = |starts| [Move { meeting: id("joint"), starts }];
    assert_eq!(moves(&province, on(26, 8, 0)), to(on(26, 8, 30)), "no hour is left after it");
    let found = look(&province, &others, on(26, 13, 30), |day| !is_weekend(day));
    assert_eq!(found.clashes[0].weight, Weight::Refused, "nor before it: {found:#?}");
    let shorter = upper("province", on(26, 14, 0), on(26, 16, 0));
    assert_eq!(moves(&shorter, now()), to(on(26, 16, 0)));
    assert_eq!(moves(&own("local", on(26, 14, 0), on(26, 16, 0)), now()), to(on(26, 16, 0)));
    let agreed = |starts| Consent { moves: vec![Move { meeting: id("joint"), starts }], ..Consent::default() };
    assert!(settle(&shorter, &others, &agreed(on(26, 16, 0)), now()).is_ok());
    let late = settle(&shorter, &others, &agreed(on(27, 14, 0)), now());
    assert!(matches!(late, Err(Unsettled::Refused(_))), "after its meeting: {late:?}");
    let in_the_way = [own("other", on(26, 15, 0), on(26, 16, 0))];
    let found = clashes(&joint(on(26, 15, 0), on(26, 16, 0)), &in_the_way, now());
    assert_eq!(found[0].weight, Weight::Refused, "a joint test moves nothing");
}
