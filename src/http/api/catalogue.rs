//! What people add afterwards: a recording's note, marks and lock, a meeting's notice.

use crate::{
    app::MeetingFault,
    domain::{
        access::{self, Action, Resource},
        catalogue::Mark,
        meeting::Mistake,
        notice::{self, Attendee, Notice},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{MeetingAttendee, MeetingNotice, NewMark, Remark},
    },
    id::{MarkId, MeetingId, RecordingId},
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::{sync::Arc, time::SystemTime};

type Done = Result<(Extension<About>, StatusCode), Refused>;

/// `POST /api/recordings/{recording}/note`: writes the note of a recording.
pub(in crate::http) async fn note(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<RecordingId>,
    body: JsonBody<Remark>,
) -> Done {
    access::allow(&caller.actor, Action::AnnotateRecording, &Resource::Server)?;
    let Remark { text } = body.json()?;
    web.app.write_note(&caller.actor, &id, &text).await?;
    Ok(done(&id, &text))
}

/// `POST /api/recordings/{recording}/marks`: marks a moment of a recording.
pub(in crate::http) async fn mark(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<RecordingId>,
    body: JsonBody<NewMark>,
) -> Done {
    access::allow(&caller.actor, Action::AnnotateRecording, &Resource::Server)?;
    let NewMark { at_ms, text } = body.json()?;
    let mark = web.app.add_mark(&caller.actor, &id, at_ms, &text, SystemTime::now()).await?;
    Ok(marked(&id, &mark))
}

/// `DELETE /api/recordings/{recording}/marks/{mark}`: removes a mark.
pub(in crate::http) async fn unmark(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, mark)): Ids<(RecordingId, MarkId)>,
) -> Done {
    let gone = web.app.remove_mark(&caller.actor, &id, &mark).await?;
    Ok(marked(&id, &gone))
}

/// `POST /api/recordings/{recording}/lock`: locks a recording, with the reason: nothing of it changes any more.
pub(in crate::http) async fn lock(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<RecordingId>,
    body: JsonBody<Remark>,
) -> Done {
    access::allow(&caller.actor, Action::LockRecording, &Resource::Server)?;
    let Remark { text } = body.json()?;
    web.app.lock_recording(&caller.actor, &id, &text, SystemTime::now()).await?;
    Ok(done(&id, &text))
}

/// `POST /api/recordings/{recording}/unlock`: unlocks it, with the reason.
pub(in crate::http) async fn unlock(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<RecordingId>,
    body: JsonBody<Remark>,
) -> Done {
    access::allow(&caller.actor, Action::UnlockRecording, &Resource::Server)?;
    let Remark { text } = body.json()?;
    web.app.unlock_recording(&caller.actor, &id, &text, SystemTime::now()).await?;
    Ok(done(&id, &text))
}

/// `GET /api/meetings/{meeting}/notice`: the notice of a meeting: who holds it, who attends, what is on its agenda.
pub(in crate::http) async fn notice(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Json<MeetingNotice>, Refused> {
    let (notice, listed) = web.app.notice(&caller.actor, &id).await?;
    Ok(Json(entry(notice, listed)))
}

/// `POST /api/meetings/{meeting}/notice`: writes that.
pub(in crate::http) async fn write_notice(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<MeetingNotice>,
) -> Result<Json<MeetingNotice>, Refused> {
    web.app.may_in_meeting(&caller.actor, Action::WriteNotice, &id)?;
    let notice = notice_of(body.json()?);
    web.app.write_notice(&caller.actor, &id, notice, super::attendance::mark(&caller)).await?;
    let (notice, listed) = web.app.notice(&caller.actor, &id).await?;
    Ok(Json(entry(notice, listed)))
}

/// A notice as it travelled.
pub(super) fn notice_of(notice: MeetingNotice) -> Notice {
    let MeetingNotice { unit, attendees, agenda, contact, requirements, .. } = notice;
    let attendee = |MeetingAttendee { name, unit }| Attendee { name, unit };
    Notice { unit, attendees: attendees.into_iter().map(attendee).collect(), agenda, contact, requirements }
}

/// All that is wrong with a notice.
pub(super) fn notice_refused(mistakes: Vec<notice::Mistake>) -> Refused {
    MeetingFault::Plan(mistakes.into_iter().map(Mistake::Notice).collect()).into()
}

fn entry(notice: Notice, listed: Vec<Attendee>) -> MeetingNotice {
    let Notice { unit, attendees, agenda, contact, requirements } = notice;
    let attendee = |Attendee { name, unit }| MeetingAttendee { name, unit };
    let all = |people: Vec<Attendee>| people.into_iter().map(attendee).collect();
    MeetingNotice { unit, attendees: all(attendees), agenda, contact, requirements, listed: all(listed) }
}

/// What was written stands in the book, too.
fn done(id: &RecordingId, text: &str) -> (Extension<About>, StatusCode) {
    (Extension(About(format!("recording:{id}: {}", text.trim().replace('\n', " ")))), StatusCode::NO_CONTENT)
}

fn marked(id: &RecordingId, mark: &Mark) -> (Extension<About>, StatusCode) {
    (
        Extension(About(format!("recording:{id} mark:{} at {}: {}", mark.id, mark.at_ms, mark.text))),
        StatusCode::NO_CONTENT,
    )
}
