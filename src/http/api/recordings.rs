//! Recordings: which there are and how they are; beginning and ending one; their files.

use super::{COUNT, COUNT_MAX, delegations::pen_entry, ms, sign_offs::part_entry, time};
use crate::{
    app::{self, FileOf, PieceOf, RecorderState, RecorderView, RecordingView},
    domain::{
        access::{self, Action, Resource},
        catalogue::{Lock, Mark},
        recording::{FailureKind, Files, MadeFiles, RecordingState},
        search::{Search, Within},
        sign_off::SignOff,
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{
            AskedEntry, MarkEntry, RecorderStatus, RecordingDetail, RecordingEntry, RecordingFailure, RecordingFile,
            RecordingGap, RecordingPage, RecordingPiece, Remark, SignatureEntry, WireFailureKind, WireRecorderState,
            WireRecordingState, WireWithin,
        },
    },
    id::{AccountId, MeetingId, RecordingId},
};
use axum::{
    Extension, Json,
    extract::{Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use std::{sync::Arc, time::SystemTime};

/// Query of the list, as [`RecordingPage`] says.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Looked {
    #[serde(default)]
    q: String,
    within: Option<WireWithin>,
    from: Option<u64>,
    to: Option<u64>,
    after: Option<String>,
    count: Option<u32>,
}

/// `GET /api/recordings`: a page of the library, the latest first, narrowed by words and time.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Query(looked): Query<Looked>,
) -> Result<Json<RecordingPage>, Refused> {
    access::allow(&caller.actor, Action::ListRecordings, &Resource::Server)?;
    let search = Search {
        words: Search::words_of(&looked.q),
        within: match looked.within {
            None => Within::Anything,
            Some(WireWithin::Title) => Within::Title,
            Some(WireWithin::Unit) => Within::Unit,
            Some(WireWithin::Attendee) => Within::Attendee,
            Some(WireWithin::Agenda) => Within::Agenda,
        },
        from: looked.from.map(time),
        to: looked.to.map(time),
    };
    let after = super::after(looked.after.as_deref())?;
    let count = looked.count.unwrap_or(COUNT).clamp(1, COUNT_MAX);
    let page = web.app.recordings(&caller.actor, &search, after.as_ref(), count, SystemTime::now()).await?;
    let next = page.next.as_ref().map(super::cursor);
    let entries = page.found.into_iter().map(|view| entry(&caller, view)).collect();
    Ok(Json(RecordingPage { entries, next }))
}

/// `GET /api/recordings/{recording}`: one recording with its chapters, gaps and files.
pub(in crate::http) async fn read(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<RecordingId>,
) -> Result<Json<RecordingDetail>, Refused> {
    let found = web.app.recording(&caller.actor, &id, SystemTime::now()).await?;
    Ok(Json(detail(&caller, found)))
}

/// `POST /api/recordings/{recording}/finalise`: makes the files of a recording anew.
pub(in crate::http) async fn finalise(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<RecordingId>,
) -> Result<StatusCode, Refused> {
    web.app.remake_recording(&caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/meetings/{meeting}/recording/start`: starts recording a meeting on air.
pub(in crate::http) async fn start(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    let recording = web.app.start_recording(&caller.actor, &id).await?;
    Ok((Extension(About(format!("meeting:{id} recording:{}", recording.id))), StatusCode::NO_CONTENT))
}

/// `POST /api/meetings/{meeting}/recording/stop`: stops it; what was recorded is finalised.
pub(in crate::http) async fn stop(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<StatusCode, Refused> {
    web.app.stop_recording(&caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/meetings/{meeting}/recording/marks`: marks this moment in the running recording.
pub(in crate::http) async fn mark(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<Remark>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    web.app.may_in_meeting(&caller.actor, Action::SteerMeeting, &id)?;
    let Remark { text } = body.json()?;
    web.app.mark_recording(&caller.actor, &id, &text).await?;
    Ok((Extension(About(format!("meeting:{id}: {}", text.trim()))), StatusCode::NO_CONTENT))
}

fn entry(caller: &Caller, view: RecordingView) -> RecordingEntry {
    let RecordingView { recording, title, unit, pen, note, locked, asked, now, journal_bytes, percent } = view;
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
        unit,
        pen: pen_entry(caller, pen),
        note,
        locked,
        asked: asked.into_iter().map(asked_entry).collect(),
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
        bytes: made.map(|MadeFiles { bytes, .. }| bytes).or(journal_bytes),
        gaps: made.map(|MadeFiles { gaps, .. }| gaps),
        failure,
    }
}

/// Only what waits or is open is listed.
fn asked_entry(SignOff { id, request, decision, .. }: SignOff) -> AskedEntry {
    AskedEntry { sign_off: id.into(), part: request.part.map(part_entry), open: decision.is_some() }
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

fn detail(caller: &Caller, of: app::RecordingDetail) -> RecordingDetail {
    let file = |file: FileOf| {
        let FileOf { name, kind, bytes, sha256, length_ms, from_ms, source } = file;
        RecordingFile { name, kind, bytes, sha256, length_ms, from_ms, source }
    };
    let name = |id: &AccountId| of.names.get(id).cloned().unwrap_or_default();
    let mark = |mark: Mark| MarkEntry { by: name(&mark.by), id: mark.id.into(), at_ms: mark.at_ms, text: mark.text };
    let lock =
        |Lock { by, at, reason }| SignatureEntry { by: name(&by), deputising: None, at_ms: ms(at), text: reason };
    let marks = of.marks.into_iter().map(mark).collect();
    let lock = of.lock.map(lock);
    let entry = entry(caller, of.view);
    let began_at_ms = (!of.pieces.pieces.is_empty()).then_some(of.pieces.began_ms);
    let piece = |piece: PieceOf| {
        let PieceOf { name, from_ms, length_ms, .. } = piece;
        RecordingPiece { name, from_ms, length_ms }
    };
    let pieces = of.pieces.pieces.into_iter().map(piece).collect();
    let Some(contents) = of.contents else {
        return RecordingDetail {
            marks,
            lock,
            entry,
            began_at_ms,
            picture: None,
            files: Vec::new(),
            pieces,
            gaps: Vec::new(),
            findings: Vec::new(),
            manifest_sha256: None,
        };
    };
    RecordingDetail {
        marks,
        lock,
        entry,
        began_at_ms: Some(contents.began_ms),
        picture: Some(contents.picture),
        files: contents.files.into_iter().map(file).collect(),
        pieces,
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
        composed_ms: u64::try_from(view.composed.as_millis()).unwrap_or(u64::MAX),
    }
}
