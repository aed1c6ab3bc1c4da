//! The liaison's side of attendance: what their units are invited to, the receipt, and who comes.

use super::{
    attendance::{about, attendee_entry, change_of, hours_entry, mark, names, people, receipt_entry},
    ms,
};
use crate::{
    app::{Hand, NoticeView},
    domain::attendance::By,
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{AttendeeChange, NewAttendees, UnitNotice},
    },
    id::{AttendeeId, MeetingId, OrgUnitId},
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::{sync::Arc, time::SystemTime};

/// `GET /api/notices`: what the units of a liaison are invited to, the soonest first.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<UnitNotice>>, Refused> {
    let views = web.app.notices(&caller.actor, SystemTime::now()).await?;
    Ok(Json(views.into_iter().map(entry).collect()))
}

/// `POST /api/notices/{meeting}/units/{unit}/read`: the page has it open.
pub(in crate::http) async fn read(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, unit)): Ids<(MeetingId, OrgUnitId)>,
) -> Result<StatusCode, Refused> {
    web.app.read_notice(&caller.actor, &id, &unit, mark(&caller)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/notices/{meeting}/units/{unit}/confirm`: the unit has the notice.
pub(in crate::http) async fn confirm(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, unit)): Ids<(MeetingId, OrgUnitId)>,
) -> Result<StatusCode, Refused> {
    web.app.confirm_notice(&caller.actor, (By::Unit, &id, &unit), mark(&caller)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/notices/{meeting}/units/{unit}/people`: whom the unit sends.
pub(in crate::http) async fn name(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, unit)): Ids<(MeetingId, OrgUnitId)>,
    body: JsonBody<NewAttendees>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    web.app.expect_answers_for(&caller.actor, &unit).await?;
    let people = people(body.json()?);
    web.app.name_attendees(&caller.actor, (Hand::Liaison(&unit), &id, &unit), &people, mark(&caller)).await?;
    Ok((Extension(About(format!("meeting:{id} unit:{unit} {}", names(&people)))), StatusCode::NO_CONTENT))
}

/// `PATCH /api/notices/{meeting}/units/{unit}/people/{attendee}`: what somebody of the unit is called, or whether they come,
/// are on leave or are replaced.
pub(in crate::http) async fn change(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, unit, attendee)): Ids<(MeetingId, OrgUnitId, AttendeeId)>,
    body: JsonBody<AttendeeChange>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    web.app.expect_answers_for(&caller.actor, &unit).await?;
    let change = change_of(body.json()?);
    let hand = Hand::Liaison(&unit);
    let changed = web.app.change_attendee(&caller.actor, (hand, &id, &attendee), change, mark(&caller)).await?;
    Ok((about(&id, &changed), StatusCode::NO_CONTENT))
}

/// `DELETE /api/notices/{meeting}/units/{unit}/people/{attendee}`: takes somebody of the unit off the list.
pub(in crate::http) async fn remove(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, unit, attendee)): Ids<(MeetingId, OrgUnitId, AttendeeId)>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    let hand = Hand::Liaison(&unit);
    let gone = web.app.remove_attendee(&caller.actor, (hand, &id, &attendee), SystemTime::now()).await?;
    Ok((about(&id, &gone), StatusCode::NO_CONTENT))
}

fn entry(view: NoticeView) -> UnitNotice {
    let receipt = receipt_entry(&view.invitation, &view.meeting);
    let (unit, unit_name) = view.unit;
    UnitNotice {
        unit: unit.into(),
        unit_name,
        starts_at_ms: ms(view.meeting.starts),
        ends_at_ms: ms(view.meeting.ends),
        meeting: view.meeting.id.into(),
        title: view.meeting.title,
        cancel_reason: view.meeting.cancel_reason,
        venue: view.venue.unwrap_or_default(),
        organiser: view.notice.unit,
        agenda: view.notice.agenda,
        requirements: view.notice.requirements,
        contact: view.contact,
        joint_test_at_ms: view.tested.map(ms),
        hours: hours_entry(&view.hours),
        answers: view.hours.expect_answers(By::Unit).is_ok(),
        receipt,
        people: view.entries.into_iter().map(attendee_entry).collect(),
    }
}
