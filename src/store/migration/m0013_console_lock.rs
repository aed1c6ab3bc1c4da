//! Consoles that lock, and the PINs that unlock them.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0013_console_lock"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One statement each: SQLite adds one column at a time.
        let acted = ColumnDef::new("acted_ms").big_integer().null().to_owned();
        let locked = ColumnDef::new("locked").boolean().not_null().default(false).to_owned();
        let wrong = ColumnDef::new("wrong_pins").big_integer().not_null().default(0).to_owned();
        for column in [acted, locked, wrong] {
            let table = Table::alter().table("sessions").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let mut account = ForeignKey::create();
        account.from("pins", "account_id").to("accounts", "id").on_delete(ForeignKeyAction::Restrict);
        let pins = Table::create()
            .table("pins")
            .col(ColumnDef::new("account_id").string_len(64).not_null().primary_key())
            .col(ColumnDef::new("hash").text().not_null())
            .col(ColumnDef::new("set_ms").big_integer().not_null())
            .foreign_key(&mut account)
            .to_owned();
        manager.create_table(pins).await
    }
}
