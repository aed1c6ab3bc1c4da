//! Second factors of log-ins, and recovery codes.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0011_second_factors"
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
        let number = |name: &'static str| ColumnDef::new(name).big_integer().to_owned();
        let factors = Table::create()
            .table("second_factors")
            .col(id("account_id").primary_key())
            .col(ColumnDef::new("secret").text().not_null())
            .col(number("confirmed_ms").null())
            .col(number("last_step").null())
            .foreign_key(&mut refers("second_factors"))
            .to_owned();
        manager.create_table(factors).await?;
        let codes = Table::create()
            .table("recovery_codes")
            .col(id("account_id"))
            .col(id("hash"))
            .primary_key(Index::create().col("account_id").col("hash"))
            .foreign_key(&mut refers("recovery_codes"))
            .to_owned();
        manager.create_table(codes).await
    }
}

fn refers(from: &'static str) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.from(from, "account_id").to("accounts", "id").on_delete(ForeignKeyAction::Restrict).to_owned()
}
