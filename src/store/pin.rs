//! PINs of accounts, hashed as passwords are.

use super::{Store, StoreError, error::attempted, ms};
use crate::id::AccountId;
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};
use std::time::SystemTime;

/// A row of `pins`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pins")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) account_id: String,
    pub(super) hash: String,
    pub(super) set_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read a PIN";
const WRITE: &str = "store a PIN";

impl Store {
    /// The hash of an account's PIN, if it has one.
    pub async fn pin(&self, account: &AccountId) -> Result<Option<String>, StoreError> {
        let row = Entity::find_by_id(account.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        Ok(row.map(|row| row.hash))
    }

    /// Gives an account this PIN, in place of the one before.
    pub async fn set_pin(&self, account: &AccountId, hash: String, at: SystemTime) -> Result<(), StoreError> {
        let row = ActiveModel { account_id: Set(account.to_string()), hash: Set(hash), set_ms: Set(ms(at)) };
        let replace = OnConflict::column(Column::AccountId).update_columns([Column::Hash, Column::SetMs]).to_owned();
        let insert = Entity::insert(row).on_conflict(replace);
        insert.exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Takes an account's PIN away.
    pub async fn remove_pin(&self, account: &AccountId) -> Result<(), StoreError> {
        Entity::delete_by_id(account.as_str()).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::role::Role, store::account::tests::stored};
    use std::time::UNIX_EPOCH;

    #[tokio::test]
    async fn a_pin_is_replaced_and_taken_away() {
        let store = Store::in_memory().await.unwrap();
        let account = stored(&store, "wang", &[Role::Operator]).await.id;
        assert_eq!(store.pin(&account).await.unwrap(), None);
        for hash in ["one", "two"] {
            store.set_pin(&account, hash.to_owned(), UNIX_EPOCH).await.unwrap();
            assert_eq!(store.pin(&account).await.unwrap().as_deref(), Some(hash));
        }
        store.remove_pin(&account).await.unwrap();
        assert_eq!(store.pin(&account).await.unwrap(), None);
    }
}
