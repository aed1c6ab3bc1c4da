//! Forms of posts that were handed over. A row is added with the hand-over and never changed.

use super::{Store, StoreError, error::attempted, moment, ms};
use crate::domain::{hand_over::Form, role::Role};
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder as _, QuerySelect as _, entity::prelude::*};

/// A row of `hand_overs`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hand_overs")]
pub(super) struct Model {
    /// The account that began.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) to_account_id: String,
    pub(super) from_login: String,
    pub(super) from_name: String,
    pub(super) to_login: String,
    pub(super) to_name: String,
    pub(super) unit: String,
    pub(super) roles: String,
    /// A JSON list of names.
    pub(super) units: String,
    pub(super) reason: String,
    pub(super) at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read a hand-over";
const WRITE: &str = "store a hand-over";

/// Most forms that are listed: a county has some dozens a year.
const LISTED_MAX: u64 = 500;

impl Store {
    /// The forms of the latest hand-overs, the latest first.
    pub async fn hand_overs(&self) -> Result<Vec<Form>, StoreError> {
        let latest = Entity::find().order_by_desc(Column::AtMs).order_by_asc(Column::ToAccountId).limit(LISTED_MAX);
        latest.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(Form::try_from).collect()
    }
}

/// Adds a form, as a part of the hand-over.
pub(super) async fn insert(db: &impl ConnectionTrait, form: &Form) -> Result<(), StoreError> {
    let Form { from: [from_login, from_name], to_account, to: [to_login, to_name], unit, roles, units, reason, at } =
        form.clone();
    let row = ActiveModel {
        to_account_id: Set(to_account.into()),
        from_login: Set(from_login),
        from_name: Set(from_name),
        to_login: Set(to_login),
        to_name: Set(to_name),
        unit: Set(unit),
        roles: Set(roles.iter().map(Role::name).collect::<Vec<_>>().join(",")),
        units: Set(serde_json::to_string(&units).expect("a list of strings always serialises")),
        reason: Set(reason),
        at_ms: Set(ms(at)),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(attempted(WRITE))?;
    Ok(())
}

impl TryFrom<Model> for Form {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        Ok(Self {
            from: [row.from_login, row.from_name],
            to_account: row.to_account_id.parse().map_err(|_| unknown(&row.to_account_id))?,
            to: [row.to_login, row.to_name],
            unit: row.unit,
            roles: row.roles.split(',').map(Role::named).collect::<Option<_>>().ok_or_else(|| unknown(&row.roles))?,
            units: serde_json::from_str(&row.units).map_err(|_| unknown("units"))?,
            reason: row.reason,
            at: moment(row.at_ms),
        })
    }
}
