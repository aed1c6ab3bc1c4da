//! The JSON interface: meetings, visits, and the state of everything.

use super::{
    Web,
    error::Refused,
    extract::{self, Caller, Ids, Text},
    wire::{
        LegStatus, MeetingBrief, MeetingStatus, PipelineStatus, Status, VisitReply, VisitRequest, WireCodec,
        WireLegState, WorkerStatus,
    },
};
use crate::{
    app::{LegState, LegView, MeetingView, PipelineView, Snapshot, WorkerView, token},
    domain::meeting::{Meeting, PictureCodec},
    id::MeetingId,
};
use axum::{Json, extract::State, http::HeaderMap};
use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// `GET /api/meetings/{meeting}`.
pub(super) async fn meeting(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Json<MeetingBrief>, Refused> {
    Ok(Json(brief(web.app.see_meeting(&caller.actor, &id)?)))
}

/// `POST /api/meetings/{meeting}/visit`: in a demonstration, a participant and a token for a page.
pub(super) async fn visit(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Result<Json<VisitReply>, Refused> {
    web.app.may_visit(&caller.actor, &id)?;
    extract::expect_type(&headers, "application/json")?;
    let Text(body) = body?;
    let request: VisitRequest = serde_json::from_str(&body).map_err(|error| Refused::bad_request().detail(error))?;
    let name = token::plate(&request.name);
    if name.is_empty() || request.name.chars().count() > token::NAME_CHARS_MAX {
        return Err(Refused::field_invalid().detail("name takes 1 to 64 characters"));
    }
    let (claims, token) = web.app.visit(&caller.actor, &id, &name, SystemTime::now())?;
    Ok(Json(VisitReply { participant: claims.holder.participant.into(), name: claims.name, token }))
}

/// `GET /api/status`.
pub(super) async fn status(caller: Caller, State(web): State<Arc<Web>>) -> Result<Json<Status>, Refused> {
    web.app.may_see_status(&caller.actor)?;
    Ok(Json(render(web.app.snapshot(Instant::now()).await)))
}

/// A meeting in short.
pub(super) fn brief(meeting: Meeting) -> MeetingBrief {
    MeetingBrief { id: meeting.id.into(), title: meeting.title, codec: codec(meeting.codec) }
}

/// A meeting that ended while its page was being greeted.
pub(super) fn unknown_brief(id: &MeetingId) -> MeetingBrief {
    MeetingBrief { id: id.to_string(), title: String::new(), codec: WireCodec::H264 }
}

fn codec(codec: PictureCodec) -> WireCodec {
    match codec {
        PictureCodec::H264 => WireCodec::H264,
        PictureCodec::Vp8 => WireCodec::Vp8,
    }
}

/// The state of everything as pages read it.
pub(super) fn render(snapshot: Snapshot) -> Status {
    let started = snapshot.started.duration_since(UNIX_EPOCH).unwrap_or_default();
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at_ms: u64::try_from(started.as_millis()).unwrap_or(u64::MAX),
        uptime_seconds: snapshot.uptime.as_secs(),
        demo: snapshot.demo,
        workers: snapshot.workers.into_iter().map(worker).collect(),
        meetings: snapshot.meetings.into_iter().map(meeting_status).collect(),
        legs: snapshot.legs.into_iter().map(leg).collect(),
        pipelines: snapshot.pipelines.into_iter().map(pipeline).collect(),
    }
}

fn worker(view: WorkerView) -> WorkerStatus {
    let WorkerView { port, figures } = view;
    WorkerStatus {
        port,
        busy: figures.busy,
        datagrams_in: figures.datagrams_in,
        datagrams_out: figures.datagrams_out,
        datagrams_refused: figures.datagrams_refused,
        send_failures: figures.send_failures,
    }
}

fn meeting_status(view: MeetingView) -> MeetingStatus {
    let (peers, publications) = view.room.map(|room| (room.peers, room.publications)).unwrap_or_default();
    MeetingStatus {
        id: view.meeting.id.into(),
        title: view.meeting.title,
        codec: codec(view.meeting.codec),
        on_air: view.on_air.map(Into::into),
        peers: peers.into_iter().map(Into::into).collect(),
        publications: publications.into_iter().map(Into::into).collect(),
    }
}

fn leg(view: LegView) -> LegStatus {
    LegStatus {
        id: view.id.into(),
        meeting: view.meeting.into(),
        name: view.name,
        state: match view.state {
            LegState::Starting => WireLegState::Starting,
            LegState::Running => WireLegState::Running,
            LegState::Waiting => WireLegState::Waiting,
            LegState::Disabled => WireLegState::Disabled,
        },
        restarts: view.restarts,
        detail: view.detail,
    }
}

fn pipeline(view: PipelineView) -> PipelineStatus {
    PipelineStatus { file: view.file, ok: view.fault.is_none(), reason: view.fault, purpose: view.purpose }
}
