//! Each meeting's stage: one row with the whole value, written before it takes effect.

use super::{Store, StoreError, error::attempted, now_ms};
use crate::{
    domain::stage::{Heard, Stage},
    id::{MeetingId, ParticipantId},
};
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};
use serde::{Deserialize, Serialize};

/// A row of `stages`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stages")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) meeting_id: String,
    /// A [`Value`] in JSON.
    pub(super) stage: String,
    /// Milliseconds since 1970.
    pub(super) changed_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The stage as stored. A change of its shape needs a migration.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    on_air: Option<ParticipantId>,
    /// Rows from before it was stored have none: whoever was heard was heard by themselves.
    #[serde(default)]
    with_sound: bool,
    heard: HeardValue,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HeardValue {
    All,
    Only(Vec<ParticipantId>),
    Nobody,
}

const READ: &str = "read a meeting's stage";

impl Store {
    /// The stage last stored for this meeting, if any.
    pub async fn stage(&self, meeting: &MeetingId) -> Result<Option<Stage>, StoreError> {
        let row = Entity::find_by_id(meeting.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Stage::try_from).transpose()
    }

    /// Stores the meeting's stage in place of the last one. The meeting must be stored.
    pub async fn save_stage(&self, meeting: &MeetingId, stage: &Stage) -> Result<(), StoreError> {
        let value = serde_json::to_string(&Value::from(stage)).expect("ids and lists of ids always serialise");
        let row = ActiveModel { meeting_id: Set(meeting.to_string()), stage: Set(value), changed_ms: Set(now_ms()) };
        let replaced = [Column::Stage, Column::ChangedMs];
        let conflict = OnConflict::column(Column::MeetingId).update_columns(replaced).to_owned();
        let insert = Entity::insert(row).on_conflict(conflict);
        insert.exec_without_returning(&self.db).await.map_err(attempted("store a meeting's stage"))?;
        Ok(())
    }
}

impl From<&Stage> for Value {
    fn from(stage: &Stage) -> Self {
        let heard = match &stage.heard {
            Heard::All => HeardValue::All,
            Heard::Only(list) => HeardValue::Only(list.clone()),
            Heard::Nobody => HeardValue::Nobody,
        };
        Self { on_air: stage.on_air.clone(), with_sound: stage.with_sound, heard }
    }
}

impl TryFrom<Model> for Stage {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let Ok(Value { on_air, with_sound, heard }) = serde_json::from_str(&row.stage) else {
            return Err(StoreError::Value { what: READ, value: row.stage });
        };
        let heard = match heard {
            HeardValue::All => Heard::All,
            HeardValue::Only(list) => Heard::Only(list),
            HeardValue::Nobody => Heard::Nobody,
        };
        Ok(Self { on_air, with_sound, heard })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::meeting::tests::demo;

    #[tokio::test]
    async fn the_last_stage_comes_back() {
        let store = Store::in_memory().await.unwrap();
        let meeting = demo();
        store.save_meeting(&meeting).await.unwrap();
        assert_eq!(store.stage(&meeting.id).await.unwrap(), None);
        let county: ParticipantId = "county".parse().unwrap();
        for stage in [
            Stage::default(),
            Stage { on_air: Some(county.clone()), with_sound: true, heard: Heard::All },
            Stage { on_air: Some(county.clone()), with_sound: false, heard: Heard::Only(vec![county]) },
        ] {
            store.save_stage(&meeting.id, &stage).await.unwrap();
            assert_eq!(store.stage(&meeting.id).await.unwrap(), Some(stage));
        }
    }

    #[tokio::test]
    async fn there_is_no_stage_without_a_meeting() {
        let store = Store::in_memory().await.unwrap();
        assert!(store.save_stage(&"nowhere".parse().unwrap(), &Stage::default()).await.is_err());
    }
}
