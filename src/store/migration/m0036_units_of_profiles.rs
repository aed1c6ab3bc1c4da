//! The units a profile invites.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0036_units_of_profiles"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let units = ColumnDef::new("units").text().not_null().default("[]").to_owned();
        manager.alter_table(Table::alter().table("profiles").add_column(units).to_owned()).await
    }
}
