//! What liaisons asked for. A row is never removed, and what was decided is never changed.

use super::{Store, StoreError, account, error::attempted, moment, ms};
use crate::{
    domain::{
        account::Account,
        account_request::{AccountRequest, Decision, Verdict, Wish},
        role::Role,
    },
    id::AccountRequestId,
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, QueryOrder as _, QuerySelect as _, TransactionTrait as _, entity::prelude::*,
    sea_query::Expr,
};

/// A row of `account_requests`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_requests")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) org_unit_id: String,
    pub(super) asked_by: String,
    pub(super) asked_ms: i64,
    pub(super) login: String,
    pub(super) name: String,
    /// A JSON list.
    pub(super) roles: String,
    pub(super) reason: String,
    /// Null while it waits.
    pub(super) decided_by: Option<String>,
    pub(super) decided_ms: Option<i64>,
    /// What was granted; null if it was refused.
    pub(super) made_account: Option<String>,
    pub(super) refusal: String,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read a request for an account";
const WRITE: &str = "store a request for an account";

/// Most requests that were decided and are listed; the book has all.
const DECIDED_MAX: u64 = 100;

impl Store {
    /// The request of this id, if there is one.
    pub async fn account_request(&self, id: &AccountRequestId) -> Result<Option<AccountRequest>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(AccountRequest::try_from).transpose()
    }

    /// All that wait, the oldest first, then the latest that were decided.
    pub async fn account_requests(&self) -> Result<Vec<AccountRequest>, StoreError> {
        let waiting = Entity::find().filter(Column::DecidedMs.is_null());
        let waiting = waiting.order_by_asc(Column::AskedMs).order_by_asc(Column::Id).all(&self.db).await;
        let decided = Entity::find().filter(Column::DecidedMs.is_not_null());
        let decided = decided.order_by_desc(Column::DecidedMs).order_by_asc(Column::Id).limit(DECIDED_MAX);
        let decided = decided.all(&self.db).await.map_err(attempted(READ))?;
        let all = waiting.map_err(attempted(READ))?.into_iter().chain(decided);
        all.map(AccountRequest::try_from).collect()
    }

    /// Stores a new one. Unit and liaison must be stored.
    pub async fn add_account_request(&self, new: &AccountRequest) -> Result<(), StoreError> {
        add(&self.db, new).await
    }

    /// Stores new requests, and other names and units of accounts that are there: all of it, or nothing.
    pub async fn apply_people(&self, asked: &[AccountRequest], kept: &[Account]) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        for request in asked {
            add(&transaction, request).await?;
        }
        for one in kept {
            account::update(&transaction, one).await?;
        }
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// Stores what was decided of one that waits.
    pub async fn decide_account_request(&self, id: &AccountRequestId, decision: &Decision) -> Result<(), StoreError> {
        let (made, refusal) = match &decision.verdict {
            Verdict::Granted(account) => (Some(account.as_str()), ""),
            Verdict::Refused(reason) => (None, reason.as_str()),
        };
        let update = Entity::update_many()
            .col_expr(Column::DecidedBy, Expr::value(decision.by.as_str()))
            .col_expr(Column::DecidedMs, Expr::value(ms(decision.at)))
            .col_expr(Column::MadeAccount, Expr::value(made))
            .col_expr(Column::Refusal, Expr::value(refusal))
            .filter(Column::Id.eq(id.as_str()))
            .filter(Column::DecidedMs.is_null());
        update.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

/// Stores a new one. Unit and liaison must be stored.
async fn add(db: &impl ConnectionTrait, new: &AccountRequest) -> Result<(), StoreError> {
    let roles: Vec<&str> = new.wish.roles.iter().map(Role::name).collect();
    let row = ActiveModel {
        id: Set(new.id.to_string()),
        org_unit_id: Set(new.unit.to_string()),
        asked_by: Set(new.asked_by.to_string()),
        asked_ms: Set(ms(new.asked)),
        login: Set(new.wish.login.to_string()),
        name: Set(new.wish.name.clone()),
        roles: Set(serde_json::to_string(&roles).expect("a list of strings always serialises")),
        reason: Set(new.wish.reason.clone()),
        decided_by: Set(None),
        decided_ms: Set(None),
        made_account: Set(None),
        refusal: Set(String::new()),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(attempted(WRITE))?;
    Ok(())
}

impl TryFrom<Model> for AccountRequest {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let roles: Vec<String> = serde_json::from_str(&row.roles).map_err(|_| unknown(&row.roles))?;
        let roles = roles.iter().map(|role| Role::named(role).ok_or_else(|| unknown(role)));
        let decision = match (&row.decided_by, row.decided_ms) {
            (Some(by), Some(at)) => Some(Decision {
                by: by.parse().map_err(|_| unknown(by))?,
                at: moment(at),
                verdict: match row.made_account {
                    Some(made) => Verdict::Granted(made.parse().map_err(|_| unknown(&made))?),
                    None => Verdict::Refused(row.refusal),
                },
            }),
            _ => None,
        };
        Ok(Self {
            id: row.id.parse().map_err(|_| unknown(&row.id))?,
            unit: row.org_unit_id.parse().map_err(|_| unknown(&row.org_unit_id))?,
            asked_by: row.asked_by.parse().map_err(|_| unknown(&row.asked_by))?,
            asked: moment(row.asked_ms),
            wish: Wish {
                login: row.login.parse().map_err(|_| unknown(&row.login))?,
                name: row.name,
                roles: roles.collect::<Result<_, _>>()?,
                reason: row.reason,
            },
            decision,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::account_request::tests::request, store::org_unit};
    use std::time::{Duration, UNIX_EPOCH};

    #[tokio::test]
    async fn requests_come_back_and_are_decided_once() {
        let store = Store::in_memory().await.unwrap();
        let liaison = account::tests::stored(&store, "zhao", &[Role::Liaison]).await.id;
        let admin = account::tests::stored(&store, "sec", &[Role::SecurityAdmin]).await.id;
        let unit = org_unit::tests::stored(&store, "县水务局", 0).await.id;
        let [first, second, third] =
            ["r1", "r2", "r3"].map(|id| request(id, &unit, &liaison, &[Role::Operator, Role::Leader]));
        for one in [&first, &second, &third] {
            store.add_account_request(one).await.unwrap();
        }
        assert_eq!(store.account_requests().await.unwrap(), [first.clone(), second.clone(), third.clone()]);

        let at = UNIX_EPOCH + Duration::from_secs(9);
        let granted = first.grant(admin.clone(), liaison.clone(), at).unwrap();
        let refused = third.refuse(admin, "已有账号", at + Duration::from_secs(1)).unwrap();
        for decided in [&granted, &refused] {
            store.decide_account_request(&decided.id, decided.decision.as_ref().unwrap()).await.unwrap();
        }
        assert_eq!(store.account_requests().await.unwrap(), [second, refused.clone(), granted.clone()]);
        // What was decided stays.
        store.decide_account_request(&granted.id, refused.decision.as_ref().unwrap()).await.unwrap();
        assert_eq!(store.account_request(&granted.id).await.unwrap(), Some(granted));
    }
}
