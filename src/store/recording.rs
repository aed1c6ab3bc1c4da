//! Recordings as they are meant to be. A row is never removed.

use super::{Store, StoreError, error::attempted, now_ms};
use crate::{
    domain::recording::Recording,
    id::{MeetingId, RecordingId},
};
use sea_orm::{ActiveValue::Set, QueryOrder as _, entity::prelude::*, sea_query::Expr};
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
}

impl ActiveModelBehavior for ActiveModel {}

const RUNNING: &str = "running";
const STOPPED: &str = "stopped";

const READ: &str = "read a recording";
const WRITE: &str = "store a recording";

impl Store {
    /// All recordings, latest first.
    pub async fn recordings(&self) -> Result<Vec<Recording>, StoreError> {
        let query = Entity::find().order_by_desc(Column::StartedMs).order_by_asc(Column::Id);
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
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(Recording { id, meeting: meeting.clone(), started: time(started_ms), ended: None })
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
}

fn time(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms.max(0).unsigned_abs())
}

impl TryFrom<Model> for Recording {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        Ok(Self {
            id: row.id.parse().map_err(|_| wrong(&row.id))?,
            meeting: row.meeting_id.parse().map_err(|_| wrong(&row.meeting_id))?,
            started: time(row.started_ms),
            ended: row.ended_ms.map(time),
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
        assert_eq!(store.recordings().await.unwrap(), [begun]);
        store.end_recording(&id).await.unwrap();
        let ended = store.recordings().await.unwrap().remove(0);
        assert!(ended.ended >= Some(ended.started) && !ended.is_to_run());
    }
}
