//! Meetings, as rows.

use super::{Store, StoreError, error::attempted, now_ms};
use crate::{
    domain::meeting::{Meeting, MeetingState, PictureCodec},
    id::MeetingId,
};
use sea_orm::{ActiveValue::Set, QueryOrder as _, entity::prelude::*, sea_query::OnConflict};

/// A row of `meetings`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meetings")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) title: String,
    pub(super) codec: String,
    pub(super) state: String,
    /// Milliseconds since 1970; set once.
    pub(super) created_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read a meeting";

impl Store {
    /// The meeting of this id, if there is one.
    pub async fn meeting(&self, id: &MeetingId) -> Result<Option<Meeting>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Meeting::try_from).transpose()
    }

    /// All meetings, oldest first.
    pub async fn meetings(&self) -> Result<Vec<Meeting>, StoreError> {
        let query = Entity::find().order_by_asc(Column::CreatedMs).order_by_asc(Column::Id);
        let rows = query.all(&self.db).await.map_err(attempted(READ))?;
        rows.into_iter().map(Meeting::try_from).collect()
    }

    /// Stores a new meeting, or the new state of one that is there.
    pub async fn save_meeting(&self, meeting: &Meeting) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(meeting.id.to_string()),
            title: Set(meeting.title.clone()),
            codec: Set(meeting.codec.name().to_owned()),
            state: Set(meeting.state.name().to_owned()),
            created_ms: Set(now_ms()),
        };
        let replaced = [Column::Title, Column::Codec, Column::State];
        let insert =
            Entity::insert(row).on_conflict(OnConflict::column(Column::Id).update_columns(replaced).to_owned());
        insert.exec_without_returning(&self.db).await.map_err(attempted("store a meeting"))?;
        Ok(())
    }
}

impl TryFrom<Model> for Meeting {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        Ok(Self {
            id: row.id.parse().map_err(|_| unknown(&row.id))?,
            codec: PictureCodec::named(&row.codec).ok_or_else(|| unknown(&row.codec))?,
            state: MeetingState::named(&row.state).ok_or_else(|| unknown(&row.state))?,
            title: row.title,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::store) fn demo() -> Meeting {
        Meeting {
            id: "demo".parse().unwrap(),
            title: "全省防汛工作视频会议".to_owned(),
            codec: PictureCodec::H264,
            state: MeetingState::Planned,
        }
    }

    #[tokio::test]
    async fn a_meeting_comes_back_as_it_was_stored() {
        let store = Store::in_memory().await.unwrap();
        let mut meeting = demo();
        assert_eq!(store.meeting(&meeting.id).await.unwrap(), None);
        for state in [MeetingState::Planned, MeetingState::OnAir, MeetingState::Closed] {
            meeting.state = state;
            store.save_meeting(&meeting).await.unwrap();
            assert_eq!(store.meeting(&meeting.id).await.unwrap().as_ref(), Some(&meeting));
        }
        let other = Meeting { id: "other".parse().unwrap(), codec: PictureCodec::Vp8, ..demo() };
        store.save_meeting(&other).await.unwrap();
        assert_eq!(store.meetings().await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn storing_again_keeps_the_time_it_was_made() {
        let store = Store::in_memory().await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        let row = Entity::find().one(&store.db).await.unwrap().unwrap();
        let mut older: ActiveModel = row.into();
        older.created_ms = Set(1);
        older.update(&store.db).await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        assert_eq!(Entity::find().one(&store.db).await.unwrap().unwrap().created_ms, 1);
    }

    #[tokio::test]
    async fn a_value_nobody_knows_is_named() {
        let store = Store::in_memory().await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        store.db.execute_unprepared("UPDATE meetings SET codec = 'av2'").await.unwrap();
        let error = store.meetings().await.unwrap_err();
        assert!(error.to_string().contains("\"av2\""), "{error}");
    }
}
