//! Every step of a joint test, allowed and not; what its items take; and when a meeting is ready.

use super::{checklist::*, measure::Measure, *};
use crate::domain::{
    meeting::{Arrangement, PictureCodec, Plan},
    opening::Opening,
};
use std::time::Duration;

fn id<I: std::str::FromStr>(text: &str) -> I {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
}

fn act(by: &str, second: u64) -> Act {
    Act { by: id(by), at: SystemTime::UNIX_EPOCH + Duration::from_secs(second) }
}

fn meeting(kind: Kind) -> Meeting {
    let starts = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_743_000);
    let plan = Plan {
        title: "全省防汛视频会议".to_owned(),
        starts,
        ends: starts + Duration::from_secs(7200),
        kind,
        codec: PictureCodec::H264,
        venues: vec![id("hall")],
        arrangement: Arrangement::default(),
        opening: Opening::default(),
    };
    Meeting::planned(id("province"), plan)
}

fn running() -> JointTest {
    JointTest::planned(id("slot"), id("province")).begin(&first_list(), act("wang", 1)).expect("it is planned")
}

/// One of which every item is good but those named.
fn looked_at(but: &[&str]) -> JointTest {
    let items: Vec<String> = running().items.iter().map(|item| item.entry.id.clone()).collect();
    let good = items.iter().filter(|item| !but.contains(&item.as_str()));
    good.fold(running(), |test, item| test.check(item, Verdict::Good, "", act("wang", 2)).expect("it runs"))
}

#[test]
fn every_step_of_a_joint_test_is_allowed_or_refused() {
    use Event::{Accept, Begin, Check, Explain, Fail, Pass};
    use State::{Accepted, Changed, Defects, Explained, Passed, Planned, Running};
    let allowed = [
        (Planned, Begin, Running),
        (Defects, Begin, Running),
        (Explained, Begin, Running),
        (Changed, Begin, Running),
        (Running, Check, Running),
        (Running, Pass, Passed),
        (Running, Fail, Defects),
        (Defects, Explain, Explained),
        (Explained, Explain, Explained),
        (Changed, Explain, Explained),
        (Explained, Accept, Accepted),
    ];
    for from in State::ALL {
        for event in [Begin, Check, Pass, Fail, Explain, Accept] {
            let expect = allowed.iter().find(|(state, on, _)| (*state, *on) == (from, event));
            let expect = expect.map_or(Err(IllegalStep { from, event }), |(_, _, to)| Ok(*to));
            assert_eq!(from.next(event), expect, "{from:?} {event:?}");
        }
        let counted = matches!(from, Passed | Accepted | Explained);
        assert_eq!(from.after_change(), if counted { Changed } else { from }, "{from:?} changed");
        assert_eq!(from.freezes(), matches!(from, Passed | Accepted), "{from:?}");
        assert_eq!(State::named(from.name()), Some(from));
    }
}

#[test]
fn a_test_passes_only_if_every_item_was_looked_at_and_none_is_wrong() {
    assert_eq!(looked_at(&[]).end(act("wang", 3)).map(|test| test.state), Ok(State::Passed));
    let left_out = looked_at(&["power"]);
    assert_eq!((left_out.open_items(), left_out.end(act("wang", 3)).map(|test| test.state)), (1, Ok(State::Defects)));
    let absent = looked_at(&["power"]).check("power", Verdict::Absent, "", act("wang", 3)).expect("it runs");
    assert_eq!(absent.end(act("wang", 4)).map(|test| test.state), Ok(State::Passed));
    let bad = looked_at(&[]).check("power", Verdict::Bad, "UPS 电池老化", act("wang", 3)).expect("it runs");
    assert_eq!(bad.end(act("wang", 4)).map(|test| test.state), Ok(State::Defects));
}

#[test]
fn what_is_wrong_is_said_and_a_measurement_is_overruled_with_a_reason() {
    let fault = |checked: Result<JointTest, Fault>| checked.expect_err("it is refused");
    let bad = |note: &str| running().check("camera", Verdict::Bad, note, act("wang", 2));
    assert_eq!(fault(bad(" ")), Fault::Check(CheckFault::Note(LineFault::Empty)));
    assert_eq!(fault(bad(&"长".repeat(201))), Fault::Check(CheckFault::Note(LineFault::TooLong(NOTE_CHARS_MAX))));
    assert!(bad("预置位偏了").is_ok());
    assert_eq!(fault(running().check("nothing", Verdict::Good, "", act("wang", 2))), Fault::Check(CheckFault::Unknown));
    let found = |good| Finding { measure: Measure::Network, good, value: "丢包 2%".to_owned() };
    let measured = running().measured(&[found(false)], &act("wang", 2)).expect("it runs");
    let item = measured.items.iter().find(|item| item.entry.id == "network").expect("it is in the list");
    assert_eq!((item.verdict, item.note.as_str()), (Verdict::Bad, "丢包 2%"));
    let overruled = |note| measured.clone().check("network", Verdict::Good, note, act("wang", 3));
    assert_eq!(fault(overruled("")), Fault::Check(CheckFault::Overruled));
    assert!(overruled("对方已更换网线").is_ok());
    let again =
        overruled("对方已更换网线").expect("a reason").measured(&[found(true)], &act("wang", 4)).expect("it runs");
    let item = again.items.iter().find(|item| item.entry.id == "network").expect("it is in the list");
    assert_eq!((item.verdict, item.note.as_str()), (Verdict::Good, ""), "the latest counts");
}

#[test]
fn a_defect_is_signed_for_by_somebody_else() {
    let defects = looked_at(&["power"]).end(act("wang", 3)).expect("it runs");
    let unexplained = defects.clone().accept(act("zhang", 4));
    assert!(matches!(unexplained, Err(Fault::Step(IllegalStep { from: State::Defects, event: Event::Accept }))));
    assert_eq!(defects.clone().explain(" ", act("wang", 4)), Err(Fault::Reason(LineFault::Empty)));
    let explained = defects.explain("UPS 明日上午更换", act("li", 4)).expect("it has defects");
    for own in ["wang", "li"] {
        assert_eq!(explained.clone().accept(act(own, 5)), Err(Fault::Own), "{own}");
    }
    let accepted = explained.accept(act("zhang", 5)).expect("somebody else's");
    assert_eq!(accepted.state, State::Accepted);
    let changed = accepted.after_change(act("wang", 6));
    assert_eq!((changed.state, changed.changed.is_some()), (State::Changed, true));
    let again = changed.begin(&[], act("wang", 7)).expect("it goes on");
    assert_eq!((again.items.len(), again.reason.as_str(), again.accepted), (16, "", None), "what was checked is kept");
}

#[test]
fn a_meeting_is_ready_when_its_test_passed_or_was_signed_for() {
    let planned = JointTest::planned(id("slot"), id("province"));
    let passed = looked_at(&[]).end(act("wang", 3)).expect("it runs");
    let defects = looked_at(&["power", "phone"]).end(act("wang", 3)).expect("it runs");
    let explained = defects.clone().explain("已约定", act("wang", 4)).expect("it has defects");
    let accepted = explained.clone().accept(act("zhang", 5)).expect("somebody else's");
    let changed = passed.clone().after_change(act("wang", 6));
    use Readiness::{Accepted, Changed, Defects, Explained, NotNeeded, NotTested, Ready, Running};
    for (kind, test, expect, ready) in [
        (Kind::Own, None, NotNeeded, true),
        (Kind::Upper, None, NotTested, false),
        (Kind::Own, Some(&planned), NotTested, false),
        (Kind::Upper, Some(&running()), Running, false),
        (Kind::Upper, Some(&passed), Ready, true),
        (Kind::Upper, Some(&defects), Defects(2), false),
        (Kind::Upper, Some(&explained), Explained, false),
        (Kind::Upper, Some(&accepted), Accepted, true),
        (Kind::Upper, Some(&changed), Changed, false),
    ] {
        let found = readiness(&meeting(kind), test);
        assert_eq!((found, found.is_ready()), (expect, ready), "{kind:?} {test:?}");
    }
    let line = Arrangement { line: Some(id("line")), ..Arrangement::default() };
    let own = Meeting { arrangement: line, ..meeting(Kind::Own) };
    assert_eq!(readiness(&own, None), NotTested, "its programme comes over a line");
    let slot = Meeting { tests: Some(id("province")), ..meeting(Kind::Upper) };
    assert_eq!(readiness(&slot, None), NotNeeded, "a test is not tested");
    let later = JointTest { begun: Some(act("wang", 9)), ..defects };
    assert_eq!(that_counts([&later, &passed, &planned]), Some(&later));
    assert_eq!(that_counts([&passed, &planned]), Some(&passed), "one that is only planned changes nothing");
}

#[test]
fn what_was_tested_is_frozen_and_nothing_else() {
    let before = meeting(Kind::Upper);
    let later = Meeting { ends: before.ends + Duration::from_secs(60), title: "改名".to_owned(), ..before.clone() };
    assert_eq!(unfrozen(&before, &later), []);
    let line = Arrangement { line: Some(id("line")), ..Arrangement::default() };
    let all = Meeting {
        starts: before.starts + Duration::from_secs(60),
        kind: Kind::Own,
        codec: PictureCodec::Vp8,
        venues: Vec::new(),
        arrangement: line,
        ..before.clone()
    };
    use Field::{Codec, Kind as KindField, Line, Starts, Venues};
    assert_eq!(unfrozen(&before, &all), [Starts, KindField, Codec, Venues, Line]);
}

#[test]
fn a_list_has_ten_to_thirty_different_items() {
    let first = first_list();
    assert_eq!(checked_list(first.clone()), Ok(first.clone()));
    assert_eq!(checked_list(first[..9].to_vec()), Err(ListFault::Count));
    let with = |place: usize, text: &str| {
        let mut list = first.clone();
        list[place].text = text.to_owned();
        checked_list(list)
    };
    assert_eq!(with(1, " "), Err(ListFault::Item(2, LineFault::Empty)));
    assert_eq!(with(2, &first[0].text), Err(ListFault::Twice(3)));
    assert_eq!(with(0, " 呼入 ").expect("it is valid")[0].text, "呼入");
}
