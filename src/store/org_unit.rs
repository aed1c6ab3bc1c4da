//! Units, and who answers for them.

use super::{Store, StoreError, error::attempted, moment, ms, now_ms};
use crate::{domain::org_unit::OrgUnit, id::OrgUnitId};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait as _, DatabaseTransaction, DbBackend, QueryOrder as _, Statement, TransactionTrait as _,
    entity::prelude::*,
    sea_query::{Expr, OnConflict},
};
use std::collections::{HashMap, HashSet};

/// A row of `org_units`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "org_units")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) rank: i64,
    /// Whether this server belongs to it.
    pub(super) own: bool,
    /// Whether what its meetings are to be is signed for.
    pub(super) signs_arrangements: bool,
    /// Milliseconds since 1970; set once.
    pub(super) created_ms: i64,
    /// Milliseconds since 1970; null while it is open.
    pub(super) closed_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Rows of `org_unit_liaisons`.
mod liaison {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "org_unit_liaisons")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) org_unit_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) account_id: String,
        /// 0 is the liaison, the others are deputies.
        pub(super) place: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// How much hangs on a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnitUse {
    /// Its people.
    pub people: u64,
    /// Meetings it held or will hold, and those it is invited to.
    pub meetings: u64,
    /// Accounts that were asked for.
    pub requests: u64,
    /// Recordings and arrangements of its that were asked for.
    pub sign_offs: u64,
}

const READ: &str = "read a unit";
const WRITE: &str = "store a unit";
const REMOVE: &str = "remove a unit";

impl Store {
    /// All units, in administrative order.
    pub async fn org_units(&self) -> Result<Vec<OrgUnit>, StoreError> {
        let query = Entity::find().order_by_asc(Column::Rank).order_by_asc(Column::CreatedMs).order_by_asc(Column::Id);
        let rows = query.all(&self.db).await.map_err(attempted(READ))?;
        let liaisons = liaison::Entity::find().order_by_asc(liaison::Column::Place).all(&self.db).await;
        let liaisons = liaisons.map_err(attempted(READ))?;
        let mut by_unit: HashMap<&str, Vec<&liaison::Model>> = HashMap::new();
        for liaison in &liaisons {
            by_unit.entry(&liaison.org_unit_id).or_default().push(liaison);
        }
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let unit = |row: Model| {
            let of = by_unit.get(row.id.as_str()).into_iter().flatten();
            let of = of.map(|liaison| liaison.account_id.parse().map_err(|_| unknown(&liaison.account_id)));
            Ok(OrgUnit {
                liaisons: of.collect::<Result<_, _>>()?,
                id: row.id.parse().map_err(|_| unknown(&row.id))?,
                name: row.name,
                own: row.own,
                signs_arrangements: row.signs_arrangements,
                closed: row.closed_ms.map(moment),
                rank: u32::try_from(row.rank).map_err(|_| unknown("rank"))?,
            })
        };
        rows.into_iter().map(unit).collect()
    }

    /// Names of these units by their ids, of those there are.
    pub(super) async fn org_unit_names<'a>(
        &self,
        ids: impl Iterator<Item = &'a String>,
    ) -> Result<HashMap<String, String>, StoreError> {
        let ids: HashSet<&String> = ids.collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = Entity::find().filter(Column::Id.is_in(ids)).all(&self.db).await.map_err(attempted(READ))?;
        Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
    }

    /// Stores a new unit, or new values of one that is there. Its liaisons must be stored. If the server belongs to it, it belongs
    /// to no other.
    pub async fn save_org_unit(&self, unit: &OrgUnit) -> Result<(), StoreError> {
        self.save_org_units(std::slice::from_ref(unit)).await
    }

    /// Stores all of these, or nothing; one of them at most has the server.
    pub async fn save_org_units(&self, units: &[OrgUnit]) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        if units.iter().any(|unit| unit.own) {
            let others = Entity::update_many().col_expr(Column::Own, Expr::value(false));
            others.exec(&transaction).await.map_err(attempted(WRITE))?;
        }
        for unit in units {
            write(&transaction, unit).await?;
        }
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// Removes a unit, with who answered for it, if nothing else hangs on it; else it stays, and what hangs is returned.
    pub async fn remove_org_unit(&self, id: &OrgUnitId) -> Result<UnitUse, StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(REMOVE))?;
        let count = async |table: &str| {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE org_unit_id = ?");
            let asked = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [id.as_str().into()]);
            let row = transaction.query_one_raw(asked).await.map_err(attempted(REMOVE))?;
            let count: i64 = row.and_then(|row| row.try_get_by_index(0).ok()).unwrap_or_default();
            Ok::<_, StoreError>(u64::try_from(count).unwrap_or_default())
        };
        let used = UnitUse {
            people: count("persons").await?,
            meetings: count("meetings").await? + count("invitations").await?,
            requests: count("account_requests").await?,
            sign_offs: count("sign_offs").await? + count("arrangement_sign_offs").await?,
        };
        if used != UnitUse::default() {
            return Ok(used);
        }
        let liaisons = liaison::Entity::delete_many().filter(liaison::Column::OrgUnitId.eq(id.as_str()));
        liaisons.exec(&transaction).await.map_err(attempted(REMOVE))?;
        Entity::delete_by_id(id.as_str()).exec(&transaction).await.map_err(attempted(REMOVE))?;
        transaction.commit().await.map_err(attempted(REMOVE))?;
        Ok(used)
    }
}

/// Stores a new unit, or new values of one that is there. Its liaisons must be stored.
pub(super) async fn write(transaction: &DatabaseTransaction, unit: &OrgUnit) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(unit.id.to_string()),
        name: Set(unit.name.clone()),
        rank: Set(unit.rank.into()),
        own: Set(unit.own),
        signs_arrangements: Set(unit.signs_arrangements),
        created_ms: Set(now_ms()),
        closed_ms: Set(unit.closed.map(ms)),
    };
    let replaced = OnConflict::column(Column::Id)
        .update_columns([Column::Name, Column::Rank, Column::Own, Column::SignsArrangements, Column::ClosedMs])
        .to_owned();
    let insert = Entity::insert(row).on_conflict(replaced);
    insert.exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    let before = liaison::Entity::delete_many().filter(liaison::Column::OrgUnitId.eq(unit.id.as_str()));
    before.exec(transaction).await.map_err(attempted(WRITE))?;
    let rows = (0_i64..).zip(&unit.liaisons).map(|(place, account)| liaison::ActiveModel {
        org_unit_id: Set(unit.id.to_string()),
        account_id: Set(account.to_string()),
        place: Set(place),
    });
    if !unit.liaisons.is_empty() {
        let insert = liaison::Entity::insert_many(rows);
        insert.exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{domain::role::Role, store::account};

    pub(in crate::store) async fn stored(store: &Store, name: &str, rank: u32) -> OrgUnit {
        let id = format!("unit{rank}").parse().unwrap();
        let unit = OrgUnit {
            id,
            name: name.to_owned(),
            rank,
            own: false,
            signs_arrangements: false,
            liaisons: Vec::new(),
            closed: None,
        };
        store.save_org_unit(&unit).await.unwrap();
        unit
    }

    #[tokio::test]
    async fn units_come_back_in_their_order_with_who_answers_for_them() {
        let store = Store::in_memory().await.unwrap();
        let later = stored(&store, "县应急局", 20).await;
        let mut first = stored(&store, "县政府办", 10).await;
        assert_eq!(store.org_units().await.unwrap(), [first.clone(), later.clone()]);
        let liaison = account::tests::stored(&store, "zhao", &[Role::Liaison]).await.id;
        let deputy = account::tests::stored(&store, "bai", &[Role::Liaison]).await.id;
        first.liaisons = vec![liaison, deputy.clone()];
        first.rank = 30;
        store.save_org_unit(&first).await.unwrap();
        assert_eq!(store.org_units().await.unwrap(), [later.clone(), first.clone()]);
        first.liaisons = vec![deputy];
        first.name = "县人民政府办公室".to_owned();
        store.save_org_unit(&first).await.unwrap();
        assert_eq!(store.org_units().await.unwrap(), [later.clone(), first.clone()]);
        let [known, unknown] = [first.id.to_string(), "nobodys".to_owned()];
        let names = store.org_unit_names([&known, &unknown].into_iter()).await.unwrap();
        assert_eq!(names, HashMap::from([(known, first.name.clone())]));
        for unit in [first, later] {
            let id = unit.id.clone();
            store.save_org_unit(&OrgUnit { own: true, ..unit }).await.unwrap();
            let own: Vec<_> = store.org_units().await.unwrap().into_iter().filter(|unit| unit.own).collect();
            assert_eq!(own.into_iter().map(|unit| unit.id).collect::<Vec<_>>(), [id], "the server belongs to one unit");
        }
    }
}
