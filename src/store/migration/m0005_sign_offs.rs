//! Sign-offs of recordings, and who fetched what was released.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0005_sign_offs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sign_offs = table("sign_offs")
            .col(id("recording_id").not_null())
            .col(id("asked_by").not_null())
            .col(number("asked_ms"))
            .col(text("purpose"))
            .col(text("recipient"))
            .col(ColumnDef::new("days").integer().not_null())
            .col(ColumnDef::new("granted").boolean().null())
            .col(id("decided_by").null())
            .col(ColumnDef::new("decided_ms").big_integer().null())
            .col(text("decision_text").default(""))
            .col(id("recalled_by").null())
            .col(ColumnDef::new("recalled_ms").big_integer().null())
            .col(text("recall_text").default(""))
            .foreign_key(&mut refers("sign_offs", "recording_id", "recordings"))
            .foreign_key(&mut refers("sign_offs", "asked_by", "accounts"))
            .foreign_key(&mut refers("sign_offs", "decided_by", "accounts"))
            .foreign_key(&mut refers("sign_offs", "recalled_by", "accounts"))
            .to_owned();
        manager.create_table(sign_offs).await?;
        let exports = table("exports")
            .col(id("sign_off_id").not_null())
            .col(id("account_id").not_null())
            .col(number("made_ms"))
            .foreign_key(&mut refers("exports", "sign_off_id", "sign_offs"))
            .foreign_key(&mut refers("exports", "account_id", "accounts"))
            .to_owned();
        manager.create_table(exports).await
    }
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).col(id("id").not_null().primary_key()).to_owned()
}

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string_len(64).to_owned()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}

/// What was signed for is never lost with the thing it names.
fn refers(from: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from, column).to(to, "id").on_delete(ForeignKeyAction::Restrict).to_owned()
}
