//! Holidays and make-up days.

use super::{Store, StoreError, error::attempted};
use crate::domain::workday::{DayKind, SpecialDay, Workdays, read_date};
use sea_orm::{ActiveValue::Set, TransactionTrait as _, entity::prelude::*, sea_query::OnConflict};

/// A row of `special_days`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "special_days")]
pub(super) struct Model {
    /// Written 2026-10-01.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) date: String,
    pub(super) kind: String,
    pub(super) name: String,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read the days off";
const WRITE: &str = "store days off";

impl Store {
    /// On which days people work, as far as it was announced.
    pub async fn workdays(&self) -> Result<Workdays, StoreError> {
        let rows = Entity::find().all(&self.db).await.map_err(attempted(READ))?;
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let day = |row: Model| {
            Ok(SpecialDay {
                date: read_date(&row.date).ok_or_else(|| unknown(&row.date))?,
                kind: DayKind::named(&row.kind).ok_or_else(|| unknown(&row.kind))?,
                name: row.name,
            })
        };
        rows.into_iter().map(day).collect::<Result<Vec<_>, StoreError>>().map(Workdays::new)
    }

    /// Stores these days, or nothing.
    pub async fn save_days(&self, days: &[SpecialDay]) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        for day in days {
            let row = ActiveModel {
                date: Set(day.date.to_string()),
                kind: Set(day.kind.name().to_owned()),
                name: Set(day.name.clone()),
            };
            let replaced = OnConflict::column(Column::Date).update_columns([Column::Kind, Column::Name]).to_owned();
            let insert = Entity::insert(row).on_conflict(replaced);
            insert.exec_without_returning(&transaction).await.map_err(attempted(WRITE))?;
        }
        transaction.commit().await.map_err(attempted(WRITE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn days_come_back_as_they_were_stored_and_a_later_word_counts() {
        let store = Store::in_memory().await.unwrap();
        let day = |text: &str, kind| SpecialDay { date: read_date(text).unwrap(), kind, name: "国庆节".to_owned() };
        let (first, second) = (day("2026-10-01", DayKind::Off), day("2026-10-10", DayKind::Work));
        store.save_days(&[second.clone(), first.clone()]).await.unwrap();
        assert_eq!(store.workdays().await.unwrap(), Workdays::new([first.clone(), second]));
        let other = day("2026-10-10", DayKind::Usual);
        store.save_days(std::slice::from_ref(&other)).await.unwrap();
        assert_eq!(store.workdays().await.unwrap(), Workdays::new([first, other]));
    }
}
