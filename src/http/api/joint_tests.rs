//! Joint tests (联调): made by hand, begun, checked, measured, ended, signed for; and the server's checklist.

use super::{meetings, ms, time};
use crate::{
    app::{JointTestView, ReadinessView},
    domain::{
        access::{self, Action, Resource},
        joint_test::{
            Act, Readiness, State,
            checklist::{Entry, Item},
        },
        meeting::{Meeting, MeetingState},
        schedule::Consent,
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{
            ActEntry, Checklist, ChecklistEntry, ChecklistItem, ItemCheck, JointTestEntry, MeetingEntry, MeetingPerson,
            NewJointTest, ReadinessEntry, Remark,
        },
    },
    id::{AccountId, MeetingId},
};
use axum::{
    Extension, Json,
    extract::{Query, State as Of},
};
use std::{collections::HashMap, sync::Arc, time::SystemTime};

type Done = Result<(Extension<About>, Json<JointTestEntry>), Refused>;

/// `GET /api/joint-tests`: whether meetings are ready.
pub(in crate::http) async fn readiness(
    caller: Caller,
    Of(web): Of<Arc<Web>>,
    Query(between): Query<meetings::Between>,
) -> Result<Json<Vec<ReadinessEntry>>, Refused> {
    let found = web.app.readiness(&caller.actor, between.times(), SystemTime::now()).await?;
    let entry = |ReadinessView { meeting, readiness, slot, none }: ReadinessView| ReadinessEntry {
        meeting: meeting.into(),
        readiness: readiness.into(),
        open_items: match readiness {
            Readiness::Defects(open) => u32::try_from(open).unwrap_or(u32::MAX),
            _ => 0,
        },
        starts_at_ms: slot.as_ref().map(|slot| ms(slot.starts)),
        slot: slot.map(|slot| slot.id.into()),
        none: none.map(Into::into),
    };
    Ok(Json(found.into_iter().map(entry).collect()))
}

/// `GET /api/joint-tests/{meeting}`: a joint test with its checklist, by the id of its row among meetings.
pub(in crate::http) async fn read(
    caller: Caller,
    Of(web): Of<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Json<JointTestEntry>, Refused> {
    Ok(Json(entry(web.app.joint_test(&caller.actor, &id).await?)))
}

/// `POST /api/meetings/{meeting}/joint-test`: one made by hand.
pub(in crate::http) async fn plan(
    caller: Caller,
    Of(web): Of<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<NewJointTest>,
) -> Result<(Extension<About>, Json<MeetingEntry>), Refused> {
    web.app.may_in_meeting(&caller.actor, Action::PlanMeeting, &id)?;
    let NewJointTest { starts_at_ms, ends_at_ms, warned } = body.json()?;
    let consent = Consent { warned: warned.unwrap_or_default(), moves: Vec::new(), unsigns: false };
    let times = (time(starts_at_ms), time(ends_at_ms));
    let made = web.app.plan_joint_test(&caller.actor, &id, times, &consent, SystemTime::now()).await?;
    let about = About(format!("meeting:{id} test:{}", made.id));
    let people = web.app.people_of(std::slice::from_ref(&made)).await?;
    Ok((Extension(about), Json(meetings::entry(made, &people))))
}

/// `POST /api/joint-tests/{meeting}/begin`: begins a joint test and opens its room; one with a defect goes on.
pub(in crate::http) async fn begin(caller: Caller, Of(web): Of<Arc<Web>>, Ids(id): Ids<MeetingId>) -> Done {
    done(web.app.begin_joint_test(&caller.actor, &id, SystemTime::now()).await?)
}

/// `POST /api/joint-tests/{meeting}/items`: what somebody found of one item.
pub(in crate::http) async fn check(
    caller: Caller,
    Of(web): Of<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<ItemCheck>,
) -> Done {
    web.app.may_in_meeting(&caller.actor, Action::SteerMeeting, &id)?;
    let ItemCheck { item, verdict, note } = body.json()?;
    let found = (item.as_str(), verdict.into(), note.as_str());
    let view = web.app.check_item(&caller.actor, &id, found, SystemTime::now()).await?;
    let checked = view.test.items.iter().find(|known| known.entry.id == item);
    let said = checked.map(|known| format!(" {}: {} {}", known.entry.text, known.verdict.name(), known.note));
    let about = About(format!("meeting:{id}{}", said.unwrap_or_default()));
    Ok((Extension(about), Json(entry(view))))
}

/// `POST /api/joint-tests/{meeting}/measure`: takes a few seconds.
pub(in crate::http) async fn measure(caller: Caller, Of(web): Of<Arc<Web>>, Ids(id): Ids<MeetingId>) -> Done {
    done(web.app.measure_joint_test(&caller.actor, &id, SystemTime::now).await?)
}

/// `POST /api/joint-tests/{meeting}/trial`: takes some more than ten seconds.
pub(in crate::http) async fn trial(caller: Caller, Of(web): Of<Arc<Web>>, Ids(id): Ids<MeetingId>) -> Done {
    done(web.app.try_recording(&caller.actor, &id, SystemTime::now).await?)
}

/// `POST /api/joint-tests/{meeting}/end`: ends a joint test with its result and closes its room.
pub(in crate::http) async fn end(caller: Caller, Of(web): Of<Arc<Web>>, Ids(id): Ids<MeetingId>) -> Done {
    done(web.app.end_joint_test(&caller.actor, &id, SystemTime::now()).await?)
}

/// `POST /api/joint-tests/{meeting}/explain`: why the meeting is held with an open defect.
pub(in crate::http) async fn explain(
    caller: Caller,
    Of(web): Of<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<Remark>,
) -> Done {
    web.app.may_in_meeting(&caller.actor, Action::SteerMeeting, &id)?;
    let Remark { text } = body.json()?;
    done(web.app.explain_joint_test(&caller.actor, &id, &text, SystemTime::now()).await?)
}

/// `POST /api/joint-tests/{meeting}/accept`: signs for a meeting that is held with an open defect; never by who ran the test.
pub(in crate::http) async fn accept(caller: Caller, Of(web): Of<Arc<Web>>, Ids(id): Ids<MeetingId>) -> Done {
    done(web.app.accept_joint_test(&caller.actor, &id, SystemTime::now()).await?)
}

/// `GET /api/checklist`: what is checked in a joint test that begins.
pub(in crate::http) async fn checklist(caller: Caller, Of(web): Of<Arc<Web>>) -> Result<Json<Checklist>, Refused> {
    Ok(Json(list(web.app.checklist(&caller.actor).await?)))
}

/// `POST /api/checklist`: edits that; tests that have begun keep theirs.
pub(in crate::http) async fn change_checklist(
    caller: Caller,
    Of(web): Of<Arc<Web>>,
    body: JsonBody<Checklist>,
) -> Result<(Extension<About>, Json<Checklist>), Refused> {
    access::allow(&caller.actor, Action::PlanMeeting, &Resource::Server)?;
    let Checklist { items } = body.json()?;
    let texts = items.into_iter().map(|ChecklistEntry { id, text, .. }| (id, text)).collect();
    let kept = web.app.change_checklist(&caller.actor, texts).await?;
    Ok((Extension(About(format!("items:{}", kept.len()))), Json(list(kept))))
}

fn list(entries: Vec<Entry>) -> Checklist {
    let entry = |Entry { id, text, measure }| ChecklistEntry { id, text, measured: measure.is_some() };
    Checklist { items: entries.into_iter().map(entry).collect() }
}

/// What the book says of an act: the meeting, and how its test is now.
fn done(view: JointTestView) -> Done {
    let (test, open) = (&view.test, view.test.open_items());
    let said = match test.state {
        State::Explained | State::Accepted => format!(": {}", test.reason),
        State::Defects => format!(" open:{open}"),
        _ => String::new(),
    };
    let about = About(format!("meeting:{} test:{} {}{said}", test.tests, test.id, test.state.name()));
    Ok((Extension(about), Json(entry(view))))
}

fn entry(view: JointTestView) -> JointTestEntry {
    let JointTestView { test, slot, meeting, readiness, line, venues, names } = view;
    let Meeting { starts, ends, state, arrangement, .. } = slot;
    let person =
        |id: AccountId| MeetingPerson { name: names.get(&id).cloned().unwrap_or_default(), account: id.into() };
    let act = |act: Option<Act>| act.map(|act| act_entry(act, &names));
    JointTestEntry {
        id: test.id.into(),
        meeting: meeting.id.into(),
        title: meeting.title,
        meeting_starts_at_ms: ms(meeting.starts),
        meeting_ends_at_ms: ms(meeting.ends),
        starts_at_ms: ms(starts),
        ends_at_ms: ms(ends),
        on_air: state == MeetingState::OnAir,
        closed: !state.is_to_be(),
        line,
        venues,
        operator: arrangement.operator.map(person),
        state: test.state.into(),
        readiness: readiness.into(),
        items: test.items.into_iter().map(|item| item_entry(item, &names)).collect(),
        begun: act(test.begun),
        ended: act(test.ended),
        reason: test.reason,
        explained: act(test.explained),
        accepted: act(test.accepted),
        changed: act(test.changed),
    }
}

fn act_entry(Act { by, at }: Act, names: &HashMap<AccountId, String>) -> ActEntry {
    ActEntry { name: names.get(&by).cloned().unwrap_or_default(), account: by.into(), at_ms: ms(at) }
}

fn item_entry(item: Item, names: &HashMap<AccountId, String>) -> ChecklistItem {
    ChecklistItem {
        id: item.entry.id,
        text: item.entry.text,
        measure: item.entry.measure.map(Into::into),
        verdict: item.verdict.into(),
        note: item.note,
        measured_good: item.measured.as_ref().map(|measured| measured.good),
        measured: item.measured.map(|measured| measured.value).unwrap_or_default(),
        by: item.by.map(|act| act_entry(act, names)),
    }
}
