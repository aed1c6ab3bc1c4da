//! Profiles (会议模板), and what each meeting says itself of how it opens.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0028_profiles"
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
        for column in opening() {
            let table = Table::alter().table("meetings").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        // Until now its kind decided.
        let db = manager.get_connection();
        db.execute_unprepared("UPDATE meetings SET recorded = (kind = 'own')").await?;
        db.execute_unprepared("UPDATE meetings SET opens_before_s = 600 WHERE kind = 'upper'").await?;
        let mut profiles = Table::create();
        profiles
            .table("profiles")
            .col(ColumnDef::new("id").string_len(64).not_null().primary_key())
            .col(ColumnDef::new("name").text().not_null().unique_key())
            .col(ColumnDef::new("kind").string_len(32).not_null())
            .col(ColumnDef::new("codec").string_len(32).not_null())
            // A line may be one of the settings file: it refers to no table.
            .col(ColumnDef::new("line_id").string_len(64).null())
            // A JSON list: read and written whole.
            .col(ColumnDef::new("venues").text().not_null())
            .col(ColumnDef::new("length_s").big_integer().not_null())
            .col(ColumnDef::new("created_ms").big_integer().not_null());
        for mut column in opening() {
            profiles.col(&mut column);
        }
        manager.create_table(profiles).await
    }
}

/// How a meeting opens.
fn opening() -> [ColumnDef; 5] {
    let mut columns = [
        ColumnDef::new("opens_by_itself"),
        ColumnDef::new("opens_before_s"),
        ColumnDef::new("recorded"),
        ColumnDef::new("microphones"),
        ColumnDef::new("banner"),
    ];
    let [by_itself, before, recorded, microphones, banner] = &mut columns;
    by_itself.boolean().not_null().default(false);
    before.big_integer().not_null().default(0);
    recorded.boolean().not_null().default(false);
    microphones.string_len(32).not_null().default("closed");
    banner.text().not_null().default("");
    columns
}
