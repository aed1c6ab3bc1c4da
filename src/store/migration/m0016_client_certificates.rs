//! Certificates of people, registered to their accounts.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0016_client_certificates"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = |name: &'static str| ColumnDef::new(name).string_len(64).not_null().to_owned();
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
        let number = |name: &'static str| ColumnDef::new(name).big_integer().not_null().to_owned();
        let certificates = Table::create()
            .table("client_certificates")
            .col(id("id").primary_key())
            .col(id("account_id"))
            .col(text("serial"))
            .col(text("subject"))
            .col(number("not_after_ms"))
            .col(number("made_ms"))
            .col(text("made_by"))
            .col(ColumnDef::new("revoked_ms").big_integer().null())
            .foreign_key(
                ForeignKey::create()
                    .from("client_certificates", "account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(certificates).await
    }
}
