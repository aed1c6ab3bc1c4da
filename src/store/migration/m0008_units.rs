//! Units become things of their own: people belong to one, somebody answers for it, and accounts are asked for.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0008_units"
    }
}

/// From one unit to the next: room for one between them.
const RANK_STEP: i64 = 10;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        units_of_lines(manager).await?;
        manager.alter_table(Table::alter().table("persons").drop_column("unit").to_owned()).await?;
        let by_name = Index::create().name("org_units_by_name").table("org_units").unique().col("name").to_owned();
        manager.create_index(by_name).await?;
        manager.create_table(liaisons()).await?;
        manager.create_table(requests()).await?;
        let by_time =
            Index::create().name("account_requests_by_time").table("account_requests").col("asked_ms").to_owned();
        manager.create_index(by_time).await
    }
}

/// What stood as a line beside a person's name becomes the unit of that name.
async fn units_of_lines(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let backend = DbBackend::Sqlite;
    let run = |sql: &str, values: Vec<Value>| Statement::from_sql_and_values(backend, sql, values);
    let lines = "SELECT unit, MIN(created_ms) FROM persons WHERE unit <> '' GROUP BY unit ORDER BY 2, 1";
    let lines = db.query_all_raw(run(lines, Vec::new())).await?;
    for (place, row) in (1_i64..).zip(lines) {
        let (name, created_ms): (String, i64) = row.try_get_many_by_index()?;
        let id = format!("unit-{place}");
        let make = "INSERT INTO org_units (id, name, rank, created_ms) VALUES (?, ?, ?, ?)";
        let rank = place * RANK_STEP;
        db.execute_raw(run(make, vec![id.clone().into(), name.clone().into(), rank.into(), created_ms.into()])).await?;
        let join = "UPDATE persons SET org_unit_id = ? WHERE unit = ?";
        db.execute_raw(run(join, vec![id.into(), name.into()])).await?;
    }
    Ok(())
}

/// Who answers for a unit; place 0 is the liaison, the others are deputies.
fn liaisons() -> TableCreateStatement {
    Table::create()
        .table("org_unit_liaisons")
        .col(id("org_unit_id").not_null())
        .col(id("account_id").not_null())
        .col(number("place"))
        .primary_key(Index::create().col("org_unit_id").col("account_id"))
        .foreign_key(&mut refers("org_unit_liaisons", "org_unit_id", "org_units"))
        .foreign_key(&mut refers("org_unit_liaisons", "account_id", "accounts"))
        .to_owned()
}

/// What liaisons asked for, and what was decided.
fn requests() -> TableCreateStatement {
    Table::create()
        .table("account_requests")
        .col(id("id").not_null().primary_key())
        .col(id("org_unit_id").not_null())
        .col(id("asked_by").not_null())
        .col(number("asked_ms"))
        .col(text("login"))
        .col(text("name"))
        // A JSON list: read and written whole.
        .col(text("roles"))
        .col(text("reason"))
        .col(id("decided_by").null())
        .col(ColumnDef::new("decided_ms").big_integer().null())
        .col(id("made_account").null())
        .col(text("refusal").default(""))
        .foreign_key(&mut refers("account_requests", "org_unit_id", "org_units"))
        .foreign_key(&mut refers("account_requests", "asked_by", "accounts"))
        .foreign_key(&mut refers("account_requests", "decided_by", "accounts"))
        .foreign_key(&mut refers("account_requests", "made_account", "accounts"))
        .to_owned()
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

fn refers(from: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from, column).to(to, "id").on_delete(ForeignKeyAction::Restrict).to_owned()
}
