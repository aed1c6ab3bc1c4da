//! Log-ins that are bound to the certificate they began with; accounts that lost the certificate their log-in asked for.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0026_certified"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let certificate = ColumnDef::new("certificate").string_len(64).to_owned();
        manager.alter_table(Table::alter().table("sessions").add_column(certificate).to_owned()).await?;
        let lost = Table::create()
            .table("lost_factors")
            .col(ColumnDef::new("account_id").string_len(64).not_null().primary_key())
            .foreign_key(
                ForeignKey::create()
                    .from("lost_factors", "account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(lost).await
    }
}
