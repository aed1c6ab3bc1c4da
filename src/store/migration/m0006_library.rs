//! What the library is searched by, what people add to a recording, units of accounts, and parts and deputies of sign-offs.

use crate::store::words;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0006_library"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Lists are JSON: they are read and written whole, and searched by their words alone.
        let meetings = [text("unit", ""), text("attendees", "[]"), text("agenda", "[]"), number("words_row")];
        add(manager, "meetings", meetings).await?;
        add(manager, "persons", [text("unit", "")]).await?;
        let lock = [id("locked_by").null().to_owned(), big("locked_ms").null().to_owned(), text("lock_text", "")];
        add(manager, "recordings", [text("note", "")].into_iter().chain(lock)).await?;
        let parts = [big("from_ms").null().to_owned(), big("to_ms").null().to_owned()];
        let deputies = ["decided_for", "recalled_for"].map(|name| id(name).null().to_owned());
        add(manager, "sign_offs", parts.into_iter().chain(deputies)).await?;
        manager.create_table(marks()).await?;
        manager.create_table(delegations()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        search(manager).await
    }
}

/// Moments of recordings that were marked afterwards.
fn marks() -> TableCreateStatement {
    table("recording_marks")
        .col(id("recording_id").not_null())
        .col(big("at_ms").not_null())
        .col(ColumnDef::new("text").text().not_null())
        .col(id("made_by").not_null())
        .col(big("made_ms").not_null())
        .foreign_key(&mut refers("recording_marks", "recording_id", "recordings"))
        .foreign_key(&mut refers("recording_marks", "made_by", "accounts"))
        .to_owned()
}

/// Days for which somebody else signs.
fn delegations() -> TableCreateStatement {
    table("delegations")
        .col(id("approver").not_null())
        .col(id("deputy").not_null())
        .col(big("from_ms").not_null())
        .col(big("until_ms").not_null())
        .col(ColumnDef::new("reason").text().not_null())
        .col(big("made_ms").not_null())
        .col(big("ended_ms").null())
        .foreign_key(&mut refers("delegations", "approver", "accounts"))
        .foreign_key(&mut refers("delegations", "deputy", "accounts"))
        .to_owned()
}

/// So that a page of the library, of a meeting or of sign-offs is read without reading the others.
fn indexes() -> Vec<IndexCreateStatement> {
    let latest_first = |name: &'static str, of: &'static str, by: &'static str| {
        Index::create().name(name).table(of).col((by, IndexOrder::Desc)).col("id").to_owned()
    };
    vec![
        latest_first("recordings_by_start", "recordings", "started_ms"),
        Index::create().name("recordings_by_meeting").table("recordings").col("meeting_id").to_owned(),
        Index::create().name("recordings_by_state").table("recordings").col("state").col("files").to_owned(),
        Index::create().name("marks_by_recording").table("recording_marks").col("recording_id").to_owned(),
        latest_first("sign_offs_by_time", "sign_offs", "asked_ms"),
        Index::create().name("sign_offs_by_recording").table("sign_offs").col("recording_id").to_owned(),
        Index::create().name("delegations_by_end").table("delegations").col("until_ms").to_owned(),
        Index::create().name("meetings_by_words").table("meetings").col("words_row").to_owned(),
    ]
}

/// The words of what there is already. The one other place that is SQLite's own.
async fn search(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Sqlite {
        return Err(DbErr::Custom("the search of the library is written for SQLite alone".into()));
    }
    let db = manager.get_connection();
    let run = |sql: &str, values: Vec<Value>| Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
    db.execute_raw(run(words::TABLE, Vec::new())).await?;
    let all = db.query_all_raw(run("SELECT id, title FROM meetings ORDER BY created_ms, id", Vec::new())).await?;
    for (number, row) in (1_i64..).zip(all) {
        let (id, title): (String, String) = row.try_get_many_by_index()?;
        db.execute_raw(run("UPDATE meetings SET words_row = ? WHERE id = ?", vec![number.into(), id.into()])).await?;
        let title = words::grams([title.as_str()]);
        let columns = vec![number.into(), title.into(), "".into(), "".into(), "".into()];
        db.execute_raw(run(words::INSERT, columns)).await?;
    }
    Ok(())
}

/// SQLite takes one new column per statement.
async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
) -> Result<(), DbErr> {
    for column in columns {
        manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
    }
    Ok(())
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).col(id("id").not_null().primary_key()).to_owned()
}

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string_len(64).to_owned()
}

fn text(name: &'static str, default: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().default(default).to_owned()
}

fn big(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().to_owned()
}

fn number(name: &'static str) -> ColumnDef {
    big(name).not_null().default(0).to_owned()
}

fn refers(from: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from, column).to(to, "id").on_delete(ForeignKeyAction::Restrict).to_owned()
}
