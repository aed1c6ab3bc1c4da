//! Leaves to be two officers at once. A row is never removed, and nothing of it changes but its end.

use super::{Store, StoreError, error::attempted, moment, ms};
use crate::{
    domain::officer::{Change, Decision, Exception, Origin},
    id::AccountId,
};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, QueryOrder as _, entity::prelude::*, sea_query::Expr};
use std::time::SystemTime;

/// A row of `officer_exceptions`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "officer_exceptions")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) since_ms: i64,
    pub(super) origin: String,
    pub(super) decided_by: String,
    pub(super) reason: String,
    pub(super) recorded_by: Option<String>,
    /// Null while it stands.
    pub(super) ended_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read an officer's exception";
const WRITE: &str = "store an officer's exception";

const FIRST_RUN: &str = "first_run";
const FROM_BEFORE: &str = "from_before";
const DECIDED: &str = "decided";

impl Store {
    /// Those that stand, the oldest first. One whose account can't log in is among them: it may again.
    pub async fn exceptions(&self) -> Result<Vec<Exception>, StoreError> {
        let standing = Entity::find().filter(Column::EndedMs.is_null());
        let standing = standing.order_by_asc(Column::SinceMs).order_by_asc(Column::AccountId);
        standing.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(Exception::try_from).collect()
    }
}

/// Stores what becomes of an account's exception.
pub(super) async fn write(
    transaction: &DatabaseTransaction,
    account: &AccountId,
    change: &Change,
    now: SystemTime,
) -> Result<(), StoreError> {
    if *change == Change::Stays {
        return Ok(());
    }
    let ends = Entity::update_many().col_expr(Column::EndedMs, Expr::value(ms(now)));
    let ends = ends.filter(Column::AccountId.eq(account.as_str())).filter(Column::EndedMs.is_null());
    ends.exec(transaction).await.map_err(attempted(WRITE))?;
    let Change::Begins(exception) = change else { return Ok(()) };
    let (origin, decided) = match &exception.origin {
        Origin::FirstRun => (FIRST_RUN, None),
        Origin::FromBefore => (FROM_BEFORE, None),
        Origin::Decided { decision, recorded_by } => (DECIDED, Some((decision.clone(), recorded_by.to_string()))),
    };
    let (Decision { by, reason }, recorded_by) = match decided {
        Some((decision, recorded_by)) => (decision, Some(recorded_by)),
        None => (Decision { by: String::new(), reason: String::new() }, None),
    };
    let row = ActiveModel {
        account_id: Set(exception.account.to_string()),
        since_ms: Set(ms(exception.since)),
        origin: Set(origin.to_owned()),
        decided_by: Set(by),
        reason: Set(reason),
        recorded_by: Set(recorded_by),
        ended_ms: Set(None),
    };
    Entity::insert(row).exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    Ok(())
}

impl TryFrom<Model> for Exception {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let origin = match (row.origin.as_str(), row.recorded_by) {
            (FIRST_RUN, _) => Origin::FirstRun,
            (FROM_BEFORE, _) => Origin::FromBefore,
            (DECIDED, Some(recorded_by)) => Origin::Decided {
                decision: Decision { by: row.decided_by, reason: row.reason },
                recorded_by: recorded_by.parse().map_err(|_| unknown(&recorded_by))?,
            },
            (other, _) => return Err(unknown(other)),
        };
        let account = row.account_id.parse().map_err(|_| unknown(&row.account_id))?;
        Ok(Self { account, origin, since: moment(row.since_ms) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{account::Account, role::Role},
        store::account::tests::stored,
    };
    use std::time::{Duration, UNIX_EPOCH};

    #[tokio::test]
    async fn an_exception_stands_until_it_ends_or_another_takes_its_place() {
        let store = Store::in_memory().await.unwrap();
        let admin = stored(&store, "admin", &[Role::SystemAdmin, Role::SecurityAdmin]).await;
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let first = Exception { account: admin.id.clone(), origin: Origin::FirstRun, since: at(1) };
        let decision = Decision { by: "张建国".to_owned(), reason: "编制只有两人".to_owned() };
        let origin = Origin::Decided { decision, recorded_by: admin.id.clone() };
        let decided = Exception { origin, since: at(2), ..first.clone() };
        for (now, change, stands) in [
            (1, Change::Begins(first.clone()), Some(&first)),
            (1, Change::Stays, Some(&first)),
            (2, Change::Begins(decided.clone()), Some(&decided)),
            (3, Change::Ends, None),
        ] {
            store.save_account(&admin, &change, at(now)).await.unwrap();
            assert_eq!(store.exceptions().await.unwrap(), Vec::from_iter(stands.cloned()), "{change:?}");
        }
        let renamed = Account { name: "李德明".to_owned(), ..admin };
        store.save_account(&renamed, &Change::Stays, at(4)).await.unwrap();
        assert_eq!(store.account(&renamed.id).await.unwrap(), Some(renamed));
        assert_eq!(Entity::find().all(&store.db).await.unwrap().len(), 2, "what was stays on record");
    }
}
