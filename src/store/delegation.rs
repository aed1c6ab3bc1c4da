//! Delegations of the approver's pen. A row is never removed, and nothing of it changes but its end.

use super::{Store, StoreError, error::attempted, moment, ms};
use crate::{
    domain::pen::{Delegation, Term, Wish},
    id::DelegationId,
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, QueryOrder as _, QuerySelect as _, entity::prelude::*, sea_query::Expr,
};
use std::time::SystemTime;

/// A row of `delegations`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delegations")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) approver: String,
    pub(super) deputy: String,
    pub(super) from_ms: i64,
    pub(super) until_ms: i64,
    pub(super) reason: String,
    pub(super) made_ms: i64,
    pub(super) ended_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read a delegation";
const WRITE: &str = "store a delegation";

/// Most delegations that are listed: a leader is away a dozen times a year.
const LISTED_MAX: u64 = 100;

impl Store {
    /// The latest delegations, those that begin last first.
    pub async fn delegations(&self) -> Result<Vec<Delegation>, StoreError> {
        let latest = Entity::find().order_by_desc(Column::FromMs).order_by_asc(Column::Id).limit(LISTED_MAX);
        latest.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(Delegation::try_from).collect()
    }

    /// Those that are not over.
    pub async fn delegations_to_come(&self, now: SystemTime) -> Result<Vec<Delegation>, StoreError> {
        let rows = Entity::find().filter(Column::UntilMs.gt(ms(now))).filter(Column::EndedMs.is_null());
        rows.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(Delegation::try_from).collect()
    }

    /// The one that is in force.
    pub async fn delegation_now(&self, now: SystemTime) -> Result<Option<Delegation>, StoreError> {
        Ok(self.delegations_to_come(now).await?.into_iter().find(|one| one.term(now) == Term::Runs))
    }

    /// Stores a new one. Approver and deputy must be stored.
    pub async fn add_delegation(&self, new: &Delegation) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(new.id.to_string()),
            approver: Set(new.by.to_string()),
            deputy: Set(new.wish.deputy.to_string()),
            from_ms: Set(ms(new.wish.from)),
            until_ms: Set(ms(new.wish.until)),
            reason: Set(new.wish.reason.clone()),
            made_ms: Set(ms(new.made)),
            ended_ms: Set(new.ended.map(ms)),
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Stores that one was ended before its time.
    pub async fn end_delegation(&self, id: &DelegationId, at: SystemTime) -> Result<(), StoreError> {
        end(&self.db, id, at).await
    }
}

/// Stores that one was ended before its time.
pub(super) async fn end(db: &impl ConnectionTrait, id: &DelegationId, at: SystemTime) -> Result<(), StoreError> {
    let update = Entity::update_many().col_expr(Column::EndedMs, Expr::value(ms(at)));
    update.filter(Column::Id.eq(id.as_str())).exec(db).await.map_err(attempted(WRITE))?;
    Ok(())
}

impl TryFrom<Model> for Delegation {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        Ok(Self {
            id: row.id.parse().map_err(|_| unknown(&row.id))?,
            by: row.approver.parse().map_err(|_| unknown(&row.approver))?,
            wish: Wish {
                deputy: row.deputy.parse().map_err(|_| unknown(&row.deputy))?,
                from: moment(row.from_ms),
                until: moment(row.until_ms),
                reason: row.reason,
            },
            made: moment(row.made_ms),
            ended: row.ended_ms.map(moment),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::role::Role, store::account::tests::stored};
    use std::time::Duration;

    #[tokio::test]
    async fn a_delegation_is_in_force_between_its_days_until_it_is_ended() {
        let store = Store::in_memory().await.unwrap();
        let by = stored(&store, "zhang", &[Role::Approver]).await.id;
        let deputy = stored(&store, "li", &[Role::Leader]).await.id;
        let day = |count: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * count);
        let given = |id: &str, from, until| {
            let wish = Wish { deputy: deputy.clone(), from: day(from), until: day(until), reason: "出差".to_owned() };
            Delegation { id: id.parse().unwrap(), by: by.clone(), wish, made: day(1), ended: None }
        };
        let (first, second) = (given("d1", 2, 4), given("d2", 6, 9));
        for one in [&first, &second] {
            store.add_delegation(one).await.unwrap();
        }
        assert_eq!(store.delegations().await.unwrap(), [second.clone(), first.clone()]);
        for (now, runs) in [(1, None), (2, Some(&first)), (3, Some(&first)), (4, None), (6, Some(&second)), (9, None)] {
            assert_eq!(store.delegation_now(day(now)).await.unwrap().as_ref(), runs, "day {now}");
        }
        assert_eq!(store.delegations_to_come(day(5)).await.unwrap(), std::slice::from_ref(&second));
        store.end_delegation(&second.id, day(7)).await.unwrap();
        assert_eq!(store.delegation_now(day(7)).await.unwrap(), None);
        assert_eq!(store.delegations().await.unwrap()[0].ended, Some(day(7)));
    }
}
