//! Recordings: which there are and how they are; beginning and ending one.

use super::ms;
use crate::{
    app::{RecorderState, RecorderView, RecordingView},
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids},
        wire::{RecorderStatus, RecordingEntry, WireRecorderState},
    },
    id::MeetingId,
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::sync::Arc;

/// `GET /api/recordings`.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<RecordingEntry>>, Refused> {
    let all = web.app.recordings(&caller.actor).await?;
    Ok(Json(all.into_iter().map(entry).collect()))
}

/// `POST /api/meetings/{meeting}/recording/start`.
pub(in crate::http) async fn start(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    let recording = web.app.start_recording(&caller.actor, &id).await?;
    Ok((Extension(About(format!("meeting:{id} recording:{}", recording.id))), StatusCode::NO_CONTENT))
}

/// `POST /api/meetings/{meeting}/recording/stop`.
pub(in crate::http) async fn stop(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<StatusCode, Refused> {
    web.app.stop_recording(&caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn entry(view: RecordingView) -> RecordingEntry {
    let RecordingView { recording, title, now } = view;
    RecordingEntry {
        id: recording.id.into(),
        meeting: recording.meeting.into(),
        title,
        started_at_ms: ms(recording.started),
        ended_at_ms: recording.ended.map(ms),
        now: now.map(status),
    }
}

/// How a recording is that is to run.
pub(super) fn status(view: RecorderView) -> RecorderStatus {
    RecorderStatus {
        state: match view.state {
            RecorderState::Starting => WireRecorderState::Starting,
            RecorderState::Writing => WireRecorderState::Writing,
            RecorderState::NotWriting => WireRecorderState::NotWriting,
            RecorderState::DiskFull => WireRecorderState::DiskFull,
        },
        since_ms: ms(view.since),
        bytes: view.bytes,
        lost: view.lost,
        restarts: view.restarts,
        disk_lasts_minutes: view.disk_lasts.map(|span| span.as_secs() / 60),
    }
}
