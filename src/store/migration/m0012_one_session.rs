//! Log-ins that a newer one of the same account ended.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0012_one_session"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let superseded = ColumnDef::new("superseded").boolean().not_null().default(false).to_owned();
        let table = Table::alter().table("sessions").add_column(superseded).to_owned();
        manager.alter_table(table).await
    }
}
