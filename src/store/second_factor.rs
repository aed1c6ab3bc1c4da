//! Second factors of log-ins, with their secrets, which are [sealed](super::seal). Of recovery codes only fingerprints are stored.

use super::{Store, StoreError, error::attempted, ms, seal::row_of};
use crate::id::AccountId;
use sea_orm::{
    ActiveValue::Set, Condition, ConnectionTrait, TransactionTrait as _, entity::prelude::*, sea_query::Expr,
};
use std::{collections::HashSet, time::SystemTime};
use zeroize::Zeroizing;

/// Whether an account's log-in asks for a code, as a part of something larger.
pub(super) async fn is_confirmed(db: &impl ConnectionTrait, account_id: &str) -> Result<bool, StoreError> {
    let row = Entity::find_by_id(account_id).one(db).await.map_err(attempted(READ))?;
    Ok(row.is_some_and(|row| row.confirmed_ms.is_some()))
}

/// A row of `second_factors`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factors")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) account_id: String,
    /// Sealed.
    pub(super) secret: String,
    /// Null while nobody has shown that their authenticator has it.
    pub(super) confirmed_ms: Option<i64>,
    /// Step of the last code that was used.
    pub(super) last_step: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Rows of `recovery_codes`: those that were not used.
mod recovery {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_codes")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) account_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) hash: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What an account's authenticator shares with the server. It is wiped when dropped, and has no `Debug`.
#[derive(Clone)]
pub struct SecondFactor {
    /// The shared secret.
    pub secret: Zeroizing<Vec<u8>>,
    /// Whether its owner has shown that they have it: until then it counts for nothing.
    pub confirmed: bool,
    /// Step of the last code that was used.
    pub last_step: Option<u64>,
}

const TABLE: &str = "second_factors";
const READ: &str = "read a second factor";
const WRITE: &str = "store a second factor";

impl Store {
    /// An account's second factor, if it has one or has begun to have one.
    pub async fn second_factor(&self, account: &AccountId) -> Result<Option<SecondFactor>, StoreError> {
        let row = Entity::find_by_id(account.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        let Some(row) = row else { return Ok(None) };
        // The value is not named: an error goes to the log.
        let unknown = || StoreError::Value { what: READ, value: "secret".to_owned() };
        Ok(Some(SecondFactor {
            secret: self.seal.open(&row_of(TABLE, &row.account_id), &row.secret).ok_or_else(unknown)?,
            confirmed: row.confirmed_ms.is_some(),
            last_step: row.last_step.and_then(|step| u64::try_from(step).ok()),
        }))
    }

    /// The accounts whose log-in has a second step.
    pub async fn with_second_factor(&self) -> Result<HashSet<AccountId>, StoreError> {
        let rows = Entity::find().filter(Column::ConfirmedMs.is_not_null()).all(&self.db).await;
        Ok(rows.map_err(attempted(READ))?.iter().filter_map(|row| row.account_id.parse().ok()).collect())
    }

    /// Begins with a new secret, in place of one that was not confirmed; `false` if one was.
    pub async fn begin_second_factor(&self, account: &AccountId, secret: &[u8]) -> Result<bool, StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        let begun = Entity::delete_many().filter(Column::AccountId.eq(account.as_str()));
        begun.filter(Column::ConfirmedMs.is_null()).exec(&transaction).await.map_err(attempted(WRITE))?;
        let known = Entity::find_by_id(account.as_str()).one(&transaction).await.map_err(attempted(WRITE))?;
        if known.is_some() {
            return Ok(false);
        }
        let row = ActiveModel {
            account_id: Set(account.to_string()),
            secret: Set(self.seal.close(&row_of(TABLE, account.as_str()), secret)),
            confirmed_ms: Set(None),
            last_step: Set(None),
        };
        Entity::insert(row).exec_without_returning(&transaction).await.map_err(attempted(WRITE))?;
        transaction.commit().await.map_err(attempted(WRITE))?;
        Ok(true)
    }

    /// Its owner has shown that they have it; these are the fingerprints of the recovery codes they are given.
    pub async fn confirm_second_factor(
        &self,
        account: &AccountId,
        recovery: impl IntoIterator<Item = String>,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        let update = Entity::update_many().col_expr(Column::ConfirmedMs, Expr::value(ms(now)));
        update.filter(Column::AccountId.eq(account.as_str())).exec(&transaction).await.map_err(attempted(WRITE))?;
        let before = recovery::Entity::delete_many().filter(recovery::Column::AccountId.eq(account.as_str()));
        before.exec(&transaction).await.map_err(attempted(WRITE))?;
        let rows = recovery
            .into_iter()
            .map(|hash| recovery::ActiveModel { account_id: Set(account.to_string()), hash: Set(hash) });
        recovery::Entity::insert_many(rows).exec_without_returning(&transaction).await.map_err(attempted(WRITE))?;
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// Uses up the code of a step; `false` if that or a later one was used meanwhile.
    pub async fn use_step(&self, account: &AccountId, step: u64) -> Result<bool, StoreError> {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        let earlier = Condition::any().add(Column::LastStep.is_null()).add(Column::LastStep.lt(step));
        let update = Entity::update_many().col_expr(Column::LastStep, Expr::value(step)).filter(earlier);
        let used = update.filter(Column::AccountId.eq(account.as_str())).exec(&self.db).await;
        Ok(used.map_err(attempted(WRITE))?.rows_affected == 1)
    }

    /// Uses up a recovery code; `false` if there is none of this fingerprint.
    pub async fn use_recovery_code(&self, account: &AccountId, hash: &str) -> Result<bool, StoreError> {
        let used = recovery::Entity::delete_many().filter(recovery::Column::AccountId.eq(account.as_str()));
        let used = used.filter(recovery::Column::Hash.eq(hash)).exec(&self.db).await;
        Ok(used.map_err(attempted(WRITE))?.rows_affected == 1)
    }

    /// How many recovery codes an account has left.
    pub async fn recovery_codes_left(&self, account: &AccountId) -> Result<u64, StoreError> {
        let of = recovery::Entity::find().filter(recovery::Column::AccountId.eq(account.as_str()));
        of.count(&self.db).await.map_err(attempted(READ))
    }

    /// Takes an account's second factor away, with its recovery codes.
    pub async fn remove_second_factor(&self, account: &AccountId) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        let codes = recovery::Entity::delete_many().filter(recovery::Column::AccountId.eq(account.as_str()));
        codes.exec(&transaction).await.map_err(attempted(WRITE))?;
        Entity::delete_by_id(account.as_str()).exec(&transaction).await.map_err(attempted(WRITE))?;
        transaction.commit().await.map_err(attempted(WRITE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::role::Role, store::account::tests::stored};
    use std::time::UNIX_EPOCH;

    #[tokio::test]
    async fn a_second_factor_counts_once_confirmed_and_each_code_once() {
        let store = Store::in_memory().await.unwrap();
        let id = stored(&store, "wang", &[Role::Operator]).await.id;
        assert!(store.second_factor(&id).await.unwrap().is_none());
        assert!(store.begin_second_factor(&id, &[1; 20]).await.unwrap());
        assert!(store.begin_second_factor(&id, &[2; 20]).await.unwrap(), "begun anew");
        let begun = store.second_factor(&id).await.unwrap().unwrap();
        assert!(
            begun.secret[..] == [2; 20] && !begun.confirmed && store.with_second_factor().await.unwrap().is_empty()
        );
        store.confirm_second_factor(&id, ["one", "two"].map(str::to_owned), UNIX_EPOCH).await.unwrap();
        assert!(!store.begin_second_factor(&id, &[3; 20]).await.unwrap(), "nobody replaces what is in force");
        assert_eq!(store.with_second_factor().await.unwrap(), HashSet::from([id.clone()]));
        for (step, good) in [(7, true), (7, false), (6, false), (8, true)] {
            assert_eq!(store.use_step(&id, step).await.unwrap(), good, "{step}");
        }
        assert_eq!(store.second_factor(&id).await.unwrap().unwrap().last_step, Some(8));
        for (code, good, left) in [("one", true, 1), ("one", false, 1), ("three", false, 1), ("two", true, 0)] {
            assert_eq!(store.use_recovery_code(&id, code).await.unwrap(), good, "{code}");
            assert_eq!(store.recovery_codes_left(&id).await.unwrap(), left);
        }
        store.remove_second_factor(&id).await.unwrap();
        assert!(store.second_factor(&id).await.unwrap().is_none() && !store.use_step(&id, 9).await.unwrap());
    }
}
