//! Units may ask for a signature under what their meetings are to be; who signed for which arrangement.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0032_signed_arrangements"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rule = ColumnDef::new("signs_arrangements").boolean().not_null().default(false).to_owned();
        manager.alter_table(Table::alter().table("org_units").add_column(rule).to_owned()).await?;
        let id = |name: &'static str| ColumnDef::new(name).string_len(64).to_owned();
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
        let requests = Table::create()
            .table("arrangement_sign_offs")
            .col(id("id").not_null().primary_key())
            .col(id("meeting_id").not_null())
            .col(id("asked_by").not_null())
            .col(ColumnDef::new("asked_ms").big_integer().not_null())
            .col(id("org_unit_id").null())
            .col(text("remark"))
            .col(text("arranged"))
            .col(text("fingerprint"))
            .col(ColumnDef::new("granted").boolean().null())
            .col(id("decided_by").null())
            .col(id("decided_for").null())
            .col(ColumnDef::new("decided_ms").big_integer().null())
            .col(text("decision_text"))
            .foreign_key(&mut refers("meeting_id", "meetings"))
            .foreign_key(&mut refers("asked_by", "accounts"))
            .foreign_key(&mut refers("decided_by", "accounts"))
            .to_owned();
        manager.create_table(requests).await?;
        let mut of_meeting = Index::create();
        of_meeting.name("arrangement_sign_offs_of_meeting").table("arrangement_sign_offs").col("meeting_id");
        manager.create_index(of_meeting.to_owned()).await
    }
}

/// What was signed for is never lost with the thing it names.
fn refers(column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    let from = "arrangement_sign_offs";
    ForeignKey::create().from(from, column).to(to, "id").on_delete(ForeignKeyAction::Restrict).to_owned()
}
