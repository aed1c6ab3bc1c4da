//! The settings as the last start had them, so that the next one can say what was changed. Secrets are digests.

use super::{Store, StoreError, error::attempted};
use crate::domain::setting::{Setting, Settings};
use sea_orm::{ActiveValue::Set, TransactionTrait as _, entity::prelude::*};

/// A row of `settings_seen`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "settings_seen")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) key: String,
    pub(super) value: String,
    pub(super) is_secret: bool,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read the settings of the last start";
const WRITE: &str = "store the settings of this start";

impl Store {
    /// The settings of the last start; none before the first.
    pub async fn seen_settings(&self) -> Result<Settings, StoreError> {
        let rows = Entity::find().all(&self.db).await.map_err(attempted(READ))?;
        let setting = |row: Model| {
            let Model { key, value, is_secret } = row;
            (key, if is_secret { Setting::Secret(value) } else { Setting::Plain(value) })
        };
        Ok(rows.into_iter().map(setting).collect())
    }

    /// Keeps these in place of those of the last start.
    pub async fn see_settings(&self, settings: &Settings) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        Entity::delete_many().exec(&transaction).await.map_err(attempted(WRITE))?;
        let rows = settings.iter().map(|(key, setting)| {
            let (value, is_secret) = match setting {
                Setting::Plain(value) => (value, false),
                Setting::Secret(value) => (value, true),
            };
            ActiveModel { key: Set(key.clone()), value: Set(value.clone()), is_secret: Set(is_secret) }
        });
        Entity::insert_many(rows).exec_without_returning(&transaction).await.map_err(attempted(WRITE))?;
        transaction.commit().await.map_err(attempted(WRITE))
    }
}
