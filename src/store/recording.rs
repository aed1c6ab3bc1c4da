//! Recordings as they are meant to be. A row is never removed.

use super::{Store, StoreError, error::attempted, now_ms};
use crate::{
    domain::recording::{Failure, FailureKind, Files, MadeFiles, Recording},
    id::{MeetingId, RecordingId},
};
use sea_orm::{ActiveValue::Set, Condition, QueryOrder as _, entity::prelude::*, sea_query::Expr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A row of `recordings`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recordings")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) meeting_id: String,
    /// [`RUNNING`] or [`STOPPED`].
    pub(super) state: String,
    /// Its folder inside the folder of recordings.
    pub(super) folder: String,
    /// Milliseconds since 1970.
    pub(super) started_ms: i64,
    pub(super) ended_ms: Option<i64>,
    /// [`DUE`], [`MADE`], or the name of a [`FailureKind`].
    pub(super) files: String,
    /// One line of detail, if they could not be made.
    pub(super) failure: Option<String>,
    /// Of files that were made.
    pub(super) length_ms: Option<i64>,
    pub(super) bytes: Option<i64>,
    pub(super) gaps: Option<i64>,
    /// 1 if nothing of the meeting is missing.
    pub(super) whole: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

const RUNNING: &str = "running";
const STOPPED: &str = "stopped";
const DUE: &str = "due";
const MADE: &str = "made";

const READ: &str = "read a recording";
const WRITE: &str = "store a recording";

impl Store {
    /// The recordings that are to run, latest first; of one meeting if it is named.
    pub async fn recordings_to_run(&self, of: Option<&MeetingId>) -> Result<Vec<Recording>, StoreError> {
        let of = of.map(|meeting| Column::MeetingId.eq(meeting.as_str()));
        let which = Condition::all().add(Column::State.eq(RUNNING)).add_option(of);
        let query = Entity::find().filter(which).order_by_desc(Column::StartedMs).order_by_asc(Column::Id);
        query.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(Recording::try_from).collect()
    }

    /// Stores that a recording begins now. Its meeting must be stored.
    pub async fn begin_recording(&self, id: RecordingId, meeting: &MeetingId) -> Result<Recording, StoreError> {
        let started_ms = now_ms();
        let row = ActiveModel {
            id: Set(id.to_string()),
            meeting_id: Set(meeting.to_string()),
            state: Set(RUNNING.to_owned()),
            folder: Set(id.to_string()),
            started_ms: Set(started_ms),
            ended_ms: Set(None),
            files: Set(DUE.to_owned()),
            ..<ActiveModel as Default>::default()
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(Recording { id, meeting: meeting.clone(), started: time(started_ms), ended: None, files: Files::Due })
    }

    /// Stores that a recording ends now.
    pub async fn end_recording(&self, id: &RecordingId) -> Result<(), StoreError> {
        let ended = Entity::update_many()
            .col_expr(Column::State, Expr::value(STOPPED))
            .col_expr(Column::EndedMs, Expr::value(now_ms()))
            .filter(Column::Id.eq(id.as_str()));
        ended.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// The recording of this id, if there is one.
    pub async fn recording(&self, id: &RecordingId) -> Result<Option<Recording>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Recording::try_from).transpose()
    }

    /// The recording that ended first of those whose files are due.
    pub async fn recording_to_finalise(&self) -> Result<Option<Recording>, StoreError> {
        let due = Entity::find().filter(Column::State.eq(STOPPED)).filter(Column::Files.eq(DUE));
        let row = due.order_by_asc(Column::EndedMs).order_by_asc(Column::Id).one(&self.db).await;
        row.map_err(attempted(READ))?.map(Recording::try_from).transpose()
    }

    /// Stores what became of a recording's files.
    pub async fn save_recording_files(&self, id: &RecordingId, files: &Files) -> Result<(), StoreError> {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let (state, failure, made) = match files {
            Files::Due => (DUE, None, None),
            Files::Made(made) => (MADE, None, Some(made)),
            Files::Failed(Failure { kind, detail }) => (kind.name(), Some(detail.clone()), None),
        };
        let update = Entity::update_many()
            .col_expr(Column::Files, Expr::value(state))
            .col_expr(Column::Failure, Expr::value(failure))
            .col_expr(Column::LengthMs, Expr::value(made.map(|made| number(made.length_ms))))
            .col_expr(Column::Bytes, Expr::value(made.map(|made| number(made.bytes))))
            .col_expr(Column::Gaps, Expr::value(made.map(|made| i64::from(made.gaps))))
            .col_expr(Column::Whole, Expr::value(made.map(|made| i64::from(made.whole))))
            .filter(Column::Id.eq(id.as_str()));
        update.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

fn time(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms.max(0).unsigned_abs())
}

/// A stored value nobody knows.
pub(super) fn unknown(value: &str) -> StoreError {
    StoreError::Value { what: READ, value: value.to_owned() }
}

impl TryFrom<Model> for Recording {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = unknown;
        let number = |value: Option<i64>| value.unwrap_or(0).max(0).unsigned_abs();
        let files = match row.files.as_str() {
            DUE => Files::Due,
            MADE => Files::Made(MadeFiles {
                length_ms: number(row.length_ms),
                bytes: number(row.bytes),
                gaps: u32::try_from(number(row.gaps)).unwrap_or(u32::MAX),
                whole: number(row.whole) == 1,
            }),
            failed => {
                let kind = FailureKind::named(failed).ok_or_else(|| wrong(failed))?;
                Files::Failed(Failure { kind, detail: row.failure.unwrap_or_default() })
            }
        };
        Ok(Self {
            id: row.id.parse().map_err(|_| wrong(&row.id))?,
            meeting: row.meeting_id.parse().map_err(|_| wrong(&row.meeting_id))?,
            started: time(row.started_ms),
            ended: row.ended_ms.map(time),
            files,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::meeting::tests::demo;

    #[tokio::test]
    async fn a_recording_is_kept_with_its_end() {
        let store = Store::in_memory().await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        let id: RecordingId = "r1".parse().unwrap();
        let begun = store.begin_recording(id.clone(), &demo().id).await.unwrap();
        assert!(begun.is_to_run());
        assert_eq!(store.recordings_to_run(None).await.unwrap(), std::slice::from_ref(&begun));
        assert_eq!(store.recordings_to_run(Some(&demo().id)).await.unwrap(), [begun]);
        assert_eq!(store.recordings_to_run(Some(&"other".parse().unwrap())).await.unwrap(), []);
        store.end_recording(&id).await.unwrap();
        assert_eq!(store.recordings_to_run(None).await.unwrap(), []);
        let ended = store.recording(&id).await.unwrap().expect("stays");
        assert!(ended.ended >= Some(ended.started) && !ended.is_to_run());
    }

    #[tokio::test]
    async fn files_are_due_from_the_end_on_until_something_became_of_them() {
        let store = Store::in_memory().await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        let ids: [RecordingId; 2] = ["r2", "r1"].map(|id| id.parse().unwrap());
        for id in &ids {
            store.begin_recording(id.clone(), &demo().id).await.unwrap();
        }
        assert_eq!(store.recording_to_finalise().await.unwrap(), None, "none is over");
        for id in &ids {
            store.end_recording(id).await.unwrap();
        }
        let made = Files::Made(MadeFiles { length_ms: 5, bytes: 6, gaps: 7, whole: false });
        let failed = Files::Failed(Failure { kind: FailureKind::Proof, detail: "meeting.mp4".to_owned() });
        for files in [made, failed] {
            let due = store.recording_to_finalise().await.unwrap().expect("one is due");
            store.save_recording_files(&due.id, &files).await.unwrap();
            assert_eq!(store.recording(&due.id).await.unwrap(), Some(Recording { files, ..due }));
        }
        assert_eq!(store.recording_to_finalise().await.unwrap(), None);
        store.save_recording_files(&ids[0], &Files::Due).await.unwrap();
        assert_eq!(store.recording_to_finalise().await.unwrap().map(|due| due.id), Some(ids[0].clone()));
    }
}
