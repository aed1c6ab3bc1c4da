//! Roll calls of meetings: read, begun, venue by venue called and answered, ended, and taken away as a file.

use super::{ms, tables};
use crate::{
    app::RollCallsView,
    domain::{
        access::Action,
        roll_call::{ANSWER_WITHIN, CalledMicrophone, Calling, Entry, Fault, Figures, Mark, RollCall},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids, JsonBody},
        wire::{
            RollCallAnswer, RollCallAnswered, RollCallCalling, RollCallEntry, RollCallFigures, RollCallLine,
            RollCallVenue, RollCalls, VenueCall, WireCalledMicrophone,
        },
    },
    id::{MeetingId, VenueId},
};
use axum::{Extension, Json, extract::State, response::Response};
use std::{sync::Arc, time::SystemTime};

type Answered = Result<Json<RollCalls>, Refused>;

/// The same, and what the act was about.
type Changed = Result<(Extension<About>, Json<RollCalls>), Refused>;

/// `GET /api/meetings/{meeting}/roll-calls`: roll calls of a meeting, the latest first, and whom a new one would call.
pub(in crate::http) async fn read(caller: Caller, State(web): State<Arc<Web>>, Ids(id): Ids<MeetingId>) -> Answered {
    shown(&web, &caller, &id).await
}

/// `POST /api/meetings/{meeting}/roll-calls`: begins a roll call; nobody is called yet.
pub(in crate::http) async fn begin(caller: Caller, State(web): State<Arc<Web>>, Ids(id): Ids<MeetingId>) -> Answered {
    web.app.begin_roll_call(&caller.actor, &id, &caller.name, SystemTime::now()).await?;
    shown(&web, &caller, &id).await
}

/// `POST /api/meetings/{meeting}/roll-calls/call`: calls a venue: its microphone opens alone, beside the county's own and
/// the sound of lines.
pub(in crate::http) async fn call(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<VenueCall>,
) -> Changed {
    web.app.may_in_meeting(&caller.actor, Action::SteerMeeting, &id)?;
    let VenueCall { venue } = body.json()?;
    let venue = listed(&venue)?;
    web.app.call_venue(&caller.actor, &id, &venue, extract::now()).await?;
    Ok((Extension(About(format!("meeting:{id} venue:{venue}"))), shown(&web, &caller, &id).await?))
}

/// `POST /api/meetings/{meeting}/roll-calls/answer`: whether it is present, absent or has a fault.
pub(in crate::http) async fn answer(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<RollCallAnswer>,
) -> Changed {
    web.app.may_in_meeting(&caller.actor, Action::SteerMeeting, &id)?;
    let RollCallAnswer { venue, presence, note } = body.json()?;
    let venue = listed(&venue)?;
    let (presence, note) = (presence.into(), note.unwrap_or_default());
    let mark = Mark { at: SystemTime::now(), by: caller.name.clone() };
    web.app.answer_roll_call(&caller.actor, &id, (&venue, presence, &note), mark).await?;
    let about = format!("meeting:{id} venue:{venue} answer:{}", presence.name());
    Ok((Extension(About(about)), shown(&web, &caller, &id).await?))
}

/// `POST /api/meetings/{meeting}/roll-calls/end`: ends the roll call.
pub(in crate::http) async fn end(caller: Caller, State(web): State<Arc<Web>>, Ids(id): Ids<MeetingId>) -> Answered {
    web.app.end_roll_call(&caller.actor, &id, &caller.name, SystemTime::now()).await?;
    shown(&web, &caller, &id).await
}

/// `POST /api/meetings/{meeting}/roll-calls/export`: its sheet as a table.
pub(in crate::http) async fn export(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    asked: tables::Asked,
) -> Result<Response, Refused> {
    web.app.roll_calls(&caller.actor, &id).await?;
    let format = tables::format(asked)?;
    Ok(tables::file(web.app.roll_call_sheet(&caller.actor, &id, format).await?, format))
}

/// Which venue is meant; what is no id is on no list.
fn listed(text: &str) -> Result<VenueId, Refused> {
    text.parse().map_err(|_| Fault::NotListed.into())
}

async fn shown(web: &Web, caller: &Caller, id: &MeetingId) -> Answered {
    let RollCallsView { own, list, calls, heard, attendees, .. } = web.app.roll_calls(&caller.actor, id).await?;
    let venue = |(venue, name): (VenueId, String)| RollCallVenue { venue: venue.into(), name };
    Ok(Json(RollCalls {
        now_ms: ms(SystemTime::now()),
        own_venue: own.unwrap_or_default(),
        list: list.into_iter().map(venue).collect(),
        attendees,
        calls: calls.into_iter().map(|call| entry(call, heard)).collect(),
    }))
}

fn entry(call: RollCall, heard: bool) -> RollCallEntry {
    let figures = figures_entry(call.figures());
    let line = |Entry { venue, name, called, answer }: Entry| RollCallLine {
        venue: venue.into(),
        name,
        called_at_ms: called.map(ms),
        answer: answer.map(|answer| RollCallAnswered {
            presence: answer.presence.into(),
            note: answer.note,
            at_ms: ms(answer.mark.at),
            by: answer.mark.by,
        }),
    };
    let calling = |Calling { venue, since, microphone }: Calling| RollCallCalling {
        venue: venue.into(),
        since_ms: ms(since),
        microphone: WireCalledMicrophone::of(microphone, heard),
        closes_at_ms: (microphone == CalledMicrophone::Opened && heard).then(|| ms(since + ANSWER_WITHIN)),
    };
    RollCallEntry {
        id: call.id.into(),
        begun_at_ms: ms(call.begun.at),
        begun_by: call.begun.by,
        ended_at_ms: call.ended.map(|ended| ms(ended.at)),
        figures,
        venues: call.entries.into_iter().map(line).collect(),
        calling: call.calling.map(calling),
    }
}

/// How many venues there are of each.
pub(super) const fn figures_entry(Figures { due, present, absent, fault, open }: Figures) -> RollCallFigures {
    RollCallFigures { due, present, absent, fault, open }
}
