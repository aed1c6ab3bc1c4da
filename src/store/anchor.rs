//! Where the book begins, if its oldest records are no longer kept: signed anchors, which are added and never changed.

use super::{
    Store, StoreError,
    audit::{signed, unsigned},
    error::attempted,
};
use crate::domain::{
    audit::{Anchor, Seals},
    hex,
};
use sea_orm::{ActiveValue::Set, QueryOrder as _, entity::prelude::*};

/// A row of `audit_anchors`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_anchors")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) record: i64,
    pub(super) entry: i64,
    pub(super) until_ms: i64,
    pub(super) at_ms: i64,
    pub(super) hash: String,
    pub(super) sm3: String,
    pub(super) signature: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// An anchor with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAnchor {
    /// What was signed.
    pub anchor: Anchor,
    /// Ed25519, 64 bytes.
    pub signature: Vec<u8>,
}

const READ: &str = "read where the book begins";
const WRITE: &str = "store where the book begins";

impl Store {
    /// All anchors, the oldest first: the last one counts.
    pub async fn anchors(&self) -> Result<Vec<SignedAnchor>, StoreError> {
        let rows = Entity::find().order_by_asc(Column::Record).all(&self.db).await.map_err(attempted(READ))?;
        rows.into_iter().map(anchor_of).collect()
    }

    /// Adds an anchor: from now on the records up to it may go. The database takes none that no open entry of the book names.
    pub async fn add_anchor(&self, added: &SignedAnchor) -> Result<(), StoreError> {
        let Anchor { record, entry, until_ms, at_ms, seals } = added.anchor;
        let row = ActiveModel {
            record: Set(signed(record)),
            entry: Set(signed(entry)),
            until_ms: Set(signed(until_ms)),
            at_ms: Set(signed(at_ms)),
            hash: Set(seals.sha256.to_string()),
            sm3: Set(seals.sm3.to_string()),
            signature: Set(hex::encode(&added.signature)),
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

fn anchor_of(row: Model) -> Result<SignedAnchor, StoreError> {
    let unknown = || StoreError::Value { what: READ, value: format!("anchor {}", row.record) };
    let seals =
        Seals { sha256: row.hash.parse().map_err(|_| unknown())?, sm3: row.sm3.parse().map_err(|_| unknown())? };
    let (record, entry) = (unsigned(row.record)?, unsigned(row.entry)?);
    let anchor = Anchor { record, entry, until_ms: unsigned(row.until_ms)?, at_ms: unsigned(row.at_ms)?, seals };
    Ok(SignedAnchor { anchor, signature: hex::decode(&row.signature).ok_or_else(unknown)? })
}
