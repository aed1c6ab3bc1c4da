//! Joint tests: which meeting a row among meetings is the test of, what was done in it, and the server's own checklist.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0029_joint_tests"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of = ColumnDef::new("tests_id").string_len(64).to_owned();
        manager.alter_table(Table::alter().table("meetings").add_column(of).to_owned()).await?;
        let by_meeting = Index::create().name("meetings_tests").table("meetings").col("tests_id").to_owned();
        manager.create_index(by_meeting).await?;
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
        let tests = Table::create()
            .table("joint_tests")
            .col(ColumnDef::new("meeting_id").string_len(64).not_null().primary_key())
            .col(ColumnDef::new("tests_id").string_len(64).not_null())
            .col(ColumnDef::new("state").string_len(16).not_null())
            .col(text("items"))
            .col(text("reason"))
            .col(text("acts"))
            .foreign_key(
                ForeignKey::create()
                    .from("joint_tests", "meeting_id")
                    .to("meetings", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(tests).await?;
        let list = Table::create()
            .table("checklist_items")
            .col(ColumnDef::new("id").string_len(64).not_null().primary_key())
            .col(ColumnDef::new("place").integer().not_null())
            .col(text("text"))
            .col(ColumnDef::new("measure").string_len(16))
            .to_owned();
        manager.create_table(list).await
    }
}
