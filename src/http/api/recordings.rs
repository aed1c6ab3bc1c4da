//! Recordings: which there are and how they are; beginning and ending one; their files.

use super::ms;
use crate::{
    app::{self, FileOf, RecorderState, RecorderView, RecordingView},
    domain::recording::{FailureKind, Files, MadeFiles, RecordingState},
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids},
        wire::{
            RecorderStatus, RecordingDetail, RecordingEntry, RecordingFailure, RecordingFile, RecordingGap,
            WireFailureKind, WireRecorderState, WireRecordingState,
        },
    },
    id::{MeetingId, RecordingId},
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

/// `GET /api/recordings/{recording}`.
pub(in crate::http) async fn read(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<RecordingId>,
) -> Result<Json<RecordingDetail>, Refused> {
    Ok(Json(detail(web.app.recording(&caller.actor, &id).await?)))
}

/// `POST /api/recordings/{recording}/finalise`.
pub(in crate::http) async fn finalise(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<RecordingId>,
) -> Result<StatusCode, Refused> {
    web.app.remake_recording(&caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
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
    let RecordingView { recording, title, now, percent } = view;
    let state = recording.state();
    let made = match &recording.files {
        Files::Made(made) => Some(*made),
        Files::Due | Files::Failed(_) => None,
    };
    let failure = match &recording.files {
        Files::Failed(failure) => {
            Some(RecordingFailure { kind: failure_kind(failure.kind), detail: failure.detail.clone() })
        }
        Files::Due | Files::Made(_) => None,
    };
    RecordingEntry {
        id: recording.id.into(),
        meeting: recording.meeting.into(),
        title,
        started_at_ms: ms(recording.started),
        ended_at_ms: recording.ended.map(ms),
        state: match state {
            RecordingState::Recording => WireRecordingState::Recording,
            RecordingState::Finalising => WireRecordingState::Finalising,
            RecordingState::Ready => WireRecordingState::Ready,
            RecordingState::Incomplete => WireRecordingState::Incomplete,
            RecordingState::Failed => WireRecordingState::Failed,
        },
        now: now.map(status),
        percent,
        length_ms: made.map(|MadeFiles { length_ms, .. }| length_ms),
        bytes: made.map(|MadeFiles { bytes, .. }| bytes),
        gaps: made.map(|MadeFiles { gaps, .. }| gaps),
        failure,
    }
}

fn failure_kind(kind: FailureKind) -> WireFailureKind {
    match kind {
        FailureKind::Empty => WireFailureKind::Empty,
        FailureKind::DiskFull => WireFailureKind::DiskFull,
        FailureKind::Pipeline => WireFailureKind::Pipeline,
        FailureKind::Proof => WireFailureKind::Proof,
        FailureKind::Files => WireFailureKind::Files,
        FailureKind::Died => WireFailureKind::Died,
    }
}

fn detail(of: app::RecordingDetail) -> RecordingDetail {
    let file = |file: FileOf| {
        let FileOf { name, kind, bytes, sha256, length_ms, from_ms, source } = file;
        RecordingFile { name, kind, bytes, sha256, length_ms, from_ms, source }
    };
    let entry = entry(of.view);
    let Some(contents) = of.contents else {
        return RecordingDetail {
            entry,
            began_at_ms: None,
            picture: None,
            files: Vec::new(),
            gaps: Vec::new(),
            findings: Vec::new(),
            manifest_sha256: None,
        };
    };
    RecordingDetail {
        entry,
        began_at_ms: Some(contents.began_ms),
        picture: Some(contents.picture),
        files: contents.files.into_iter().map(file).collect(),
        gaps: contents.gaps.into_iter().map(|(from_ms, to_ms, lost)| RecordingGap { from_ms, to_ms, lost }).collect(),
        findings: contents.findings,
        manifest_sha256: Some(contents.manifest_sha256),
    }
}

/// Media type by the file's ending: only what a finaliser makes.
pub(super) fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("mp4") => "video/mp4",
        Some("webm") if name.ends_with("sound.webm") => "audio/webm",
        Some("webm") => "video/webm",
        Some("jpg") => "image/jpeg",
        Some("vtt") => "text/vtt; charset=utf-8",
        _ => "application/octet-stream",
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
