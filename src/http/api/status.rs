//! The state of everything.

use super::{meetings::codec, ms};
use crate::{
    app::{Hindrance, LegState, LegView, MeetingView, MirrorTrouble, PipelineView, Snapshot, Unopened, WorkerView},
    http::{
        Web,
        error::Refused,
        extract::{Caller, Ids},
        wire::{
            LegPicture, LegStatus, MeetingStatus, ParticipantStatus, PipelineStatus, StageState, Status,
            UnopenedMeeting, WireHindrance, WireLegState, WireMirrorState, WorkerStatus,
        },
    },
    id::MeetingId,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header::CONTENT_DISPOSITION},
    response::{IntoResponse as _, Response},
};
use std::{sync::Arc, time::Instant};

/// `GET /api/status`: the state of everything.
pub(in crate::http) async fn status(caller: Caller, State(web): State<Arc<Web>>) -> Result<Json<Status>, Refused> {
    web.app.may_see_status(&caller.actor)?;
    Ok(Json(render(web.app.snapshot(Instant::now()).await)))
}

/// `POST /api/meetings/{meeting}/network-record`: the last 30 seconds of a meeting's network as a file. It leaves the house, so it
/// is an entry in the book.
pub(in crate::http) async fn network_record(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Response, Refused> {
    let record = web.app.network_record(&caller.actor, &id).await?;
    let name = format!("attachment; filename=\"network-{id}-{}.json\"", record.until_unix_ms / 1000);
    let name = HeaderValue::try_from(name).map_err(|_| Refused::internal())?;
    Ok(([(CONTENT_DISPOSITION, name)], Json(record)).into_response())
}

/// The state of everything as pages read it.
pub(in crate::http) fn render(snapshot: Snapshot) -> Status {
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at_ms: ms(snapshot.started),
        uptime_seconds: snapshot.uptime.as_secs(),
        demo: snapshot.demo,
        workers: snapshot.workers.into_iter().map(worker).collect(),
        meetings: snapshot.meetings.into_iter().map(meeting_status).collect(),
        unopened: snapshot.unopened.into_iter().map(unopened).collect(),
        legs: snapshot.legs.into_iter().map(leg).collect(),
        pipelines: snapshot.pipelines.into_iter().map(pipeline).collect(),
        mirror: match snapshot.mirror_trouble {
            None => WireMirrorState::Kept,
            Some(MirrorTrouble::Unwritable) => WireMirrorState::Unwritable,
            Some(MirrorTrouble::Differs) => WireMirrorState::Differs,
            Some(MirrorTrouble::Rewritten) => WireMirrorState::Rewritten,
            Some(MirrorTrouble::Unguarded) => WireMirrorState::Unguarded,
            Some(MirrorTrouble::Clock) => WireMirrorState::Clock,
        },
        log_host_away: snapshot.log_host_reached == Some(false),
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
        delay: figures.delays.into(),
        shed: figures.shed.into(),
    }
}

fn meeting_status(view: MeetingView) -> MeetingStatus {
    let (peers, publications) = view.room.map(|room| (room.peers, room.publications)).unwrap_or_default();
    MeetingStatus {
        id: view.meeting.id.into(),
        title: view.meeting.title,
        codec: codec(view.meeting.codec),
        on_air: view.on_air.as_ref().map(ToString::to_string),
        stage: StageState::new(view.on_air, view.heard),
        recording: view.recording.map(super::recordings::status),
        participants: view.participants.into_iter().map(ParticipantStatus::from).collect(),
        peers: peers.into_iter().map(Into::into).collect(),
        publications: publications.into_iter().map(Into::into).collect(),
    }
}

fn unopened(Unopened { meeting, why, .. }: Unopened) -> UnopenedMeeting {
    UnopenedMeeting {
        id: meeting.id.into(),
        title: meeting.title,
        ends_at_ms: ms(meeting.ends),
        why: match why {
            Hindrance::VenueTaken { venue, other } => WireHindrance::VenueTaken { venue, other },
            Hindrance::LineTaken { line, other } => WireHindrance::LineTaken { line, other },
            Hindrance::LineGone => WireHindrance::LineGone,
            Hindrance::Unsigned => WireHindrance::Unsigned,
            Hindrance::Failed => WireHindrance::Failed,
        },
    }
}

fn leg(view: LegView) -> LegStatus {
    LegStatus {
        id: view.id.into(),
        meeting: view.meeting.into(),
        name: view.name,
        state: leg_state(view.state),
        restarts: view.restarts,
        detail: view.detail,
        since_ms: view.since.map(ms),
        picture: view.picture.map(|picture| LegPicture {
            width: picture.width,
            height: picture.height,
            fps: picture.fps,
            kbps: picture.kbps,
            key_frames_apart_ms: picture.key_frames_apart_ms,
        }),
    }
}

/// How a leg is, as pages read it.
pub(in crate::http) const fn leg_state(state: LegState) -> WireLegState {
    match state {
        LegState::Stopped => WireLegState::Stopped,
        LegState::Idle => WireLegState::Idle,
        LegState::Starting => WireLegState::Starting,
        LegState::Running => WireLegState::Running,
        LegState::Waiting => WireLegState::Waiting,
        LegState::Refused => WireLegState::Refused,
        LegState::Disabled => WireLegState::Disabled,
    }
}

fn pipeline(view: PipelineView) -> PipelineStatus {
    PipelineStatus { file: view.file, ok: view.fault.is_none(), reason: view.fault, purpose: view.purpose }
}
