//! The daily checkpoints once more, beside their file: rows are added and never changed, so that a line that is gone from the file is missed.

use super::{
    SignedCheckpoint, Store, StoreError,
    audit::{signed, unsigned},
    error::attempted,
};
use crate::domain::{
    audit::{Checkpoint, Seals},
    hex,
};
use sea_orm::{ActiveValue::Set, QueryOrder as _, entity::prelude::*};

/// A row of `audit_checkpoints`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_checkpoints")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) record: i64,
    pub(super) at_ms: i64,
    pub(super) hash: String,
    pub(super) sm3: String,
    pub(super) signature: String,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read the checkpoints of the book";
const WRITE: &str = "store a checkpoint of the book";

impl Store {
    /// All checkpoints that are stored, the oldest first.
    pub async fn stored_checkpoints(&self) -> Result<Vec<SignedCheckpoint>, StoreError> {
        let rows = Entity::find().order_by_asc(Column::Record).all(&self.db).await.map_err(attempted(READ))?;
        rows.into_iter().map(checkpoint_of).collect()
    }

    /// Adds a checkpoint of a later record than the last one's.
    pub async fn add_checkpoint(&self, added: &SignedCheckpoint) -> Result<(), StoreError> {
        let Checkpoint { record, at_ms, seals } = added.checkpoint;
        let row = ActiveModel {
            record: Set(signed(record)),
            at_ms: Set(signed(at_ms)),
            hash: Set(seals.sha256.to_string()),
            sm3: Set(seals.sm3.to_string()),
            signature: Set(hex::encode(&added.signature)),
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

fn checkpoint_of(row: Model) -> Result<SignedCheckpoint, StoreError> {
    let unknown = || StoreError::Value { what: READ, value: format!("checkpoint {}", row.record) };
    let seals =
        Seals { sha256: row.hash.parse().map_err(|_| unknown())?, sm3: row.sm3.parse().map_err(|_| unknown())? };
    let checkpoint = Checkpoint { record: unsigned(row.record)?, at_ms: unsigned(row.at_ms)?, seals };
    Ok(SignedCheckpoint { checkpoint, signature: hex::decode(&row.signature).ok_or_else(unknown)? })
}
