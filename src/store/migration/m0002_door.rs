//! Accounts, machines, venues, recordings and the book; meetings get a time and a kind.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

pub(super) struct Migration;

/// How long a meeting takes that was stored before meetings had an end.
const TWO_HOURS_MS: i64 = 2 * 3600 * 1000;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_door"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        meetings_get_a_time(manager).await?;
        people(manager).await?;
        accounts(manager).await?;
        venues(manager).await?;
        devices(manager).await?;
        recordings(manager).await?;
        book(manager).await?;
        append_only(manager, "audit_entries").await
    }
}

/// SQLite takes one new column per statement.
async fn meetings_get_a_time(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = [
        number("starts_ms").default(0).to_owned(),
        number("ends_ms").default(0).to_owned(),
        // The safe kind: every microphone begins closed.
        word("profile").default("upper").to_owned(),
    ];
    for column in columns {
        manager.alter_table(Table::alter().table("meetings").add_column(column).to_owned()).await?;
    }
    let stored_before = Query::update()
        .table("meetings")
        .value("starts_ms", Expr::col("created_ms"))
        .value("ends_ms", Expr::col("created_ms").add(TWO_HOURS_MS))
        .to_owned();
    manager.execute(stored_before).await
}

/// Who there is: units in administrative order, and people in them.
async fn people(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let units = table("org_units")
        .col(text("name"))
        .col(id("upper_id").null())
        .col(number("rank").default(0))
        .col(number("created_ms"))
        .foreign_key(&mut refers("org_units", "upper_id", "org_units", ForeignKeyAction::Restrict))
        .to_owned();
    manager.create_table(units).await?;
    let persons = table("persons")
        .col(text("name"))
        .col(id("org_unit_id").null())
        .col(number("created_ms"))
        .foreign_key(&mut refers("persons", "org_unit_id", "org_units", ForeignKeyAction::SetNull))
        .to_owned();
    manager.create_table(persons).await
}

/// Who logs in, what for, and who is logged in.
async fn accounts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let accounts = table("accounts")
        .col(word("login").unique_key())
        .col(id("person_id").not_null())
        // PHC strings: the present password's, and a JSON list of those before it.
        .col(text("password"))
        .col(text("old_passwords"))
        .col(number("password_set_ms"))
        .col(ColumnDef::new("must_change").boolean().not_null())
        .col(ColumnDef::new("enabled").boolean().not_null())
        .col(number("created_ms"))
        .col(ColumnDef::new("last_login_ms").big_integer().null())
        .foreign_key(&mut refers("accounts", "person_id", "persons", ForeignKeyAction::Restrict))
        .to_owned();
    manager.create_table(accounts).await?;
    let roles = Table::create()
        .table("account_roles")
        .col(id("account_id").not_null())
        .col(word("role"))
        .primary_key(Index::create().col("account_id").col("role"))
        .foreign_key(&mut refers("account_roles", "account_id", "accounts", ForeignKeyAction::Cascade))
        .to_owned();
    manager.create_table(roles).await?;
    // The id is the SHA-256 of the cookie's secret: who reads the table can't use it.
    let sessions = table("sessions")
        .col(id("account_id").not_null())
        .col(number("made_ms"))
        .col(number("seen_ms"))
        .col(number("ends_ms"))
        .col(ColumnDef::new("ended_ms").big_integer().null())
        .col(word("address"))
        .foreign_key(&mut refers("sessions", "account_id", "accounts", ForeignKeyAction::Cascade))
        .to_owned();
    manager.create_table(sessions).await?;
    manager.create_index(index("sessions_by_account", "sessions").col("account_id").to_owned()).await
}

async fn venues(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let venues = table("venues").col(text("name")).col(number("rank").default(0)).col(number("created_ms")).to_owned();
    manager.create_table(venues).await?;
    let taking_part = Table::create()
        .table("meeting_venues")
        .col(id("meeting_id").not_null())
        .col(id("venue_id").not_null())
        .primary_key(Index::create().col("meeting_id").col("venue_id"))
        .foreign_key(&mut refers("meeting_venues", "meeting_id", "meetings", ForeignKeyAction::Cascade))
        .foreign_key(&mut refers("meeting_venues", "venue_id", "venues", ForeignKeyAction::Restrict))
        .to_owned();
    manager.create_table(taking_part).await
}

/// Machines that were paired, or wait for their code. Code and secret are kept as SHA-256 alone.
async fn devices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let devices = table("devices")
        .col(text("name"))
        .col(word("kind"))
        .col(id("venue_id").not_null())
        .col(number("created_ms"))
        .col(ColumnDef::new("code").string_len(64).null())
        .col(number("code_ends_ms"))
        .col(number("wrong_codes").default(0))
        .col(ColumnDef::new("secret").string_len(64).null().unique_key())
        .col(ColumnDef::new("paired_ms").big_integer().null())
        .col(ColumnDef::new("revoked_ms").big_integer().null())
        .col(ColumnDef::new("seen_ms").big_integer().null())
        .foreign_key(&mut refers("devices", "venue_id", "venues", ForeignKeyAction::Restrict))
        .to_owned();
    manager.create_table(devices).await
}

async fn recordings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let recordings = table("recordings")
        .col(id("meeting_id").not_null())
        .col(word("state"))
        .col(text("folder"))
        .col(number("started_ms"))
        .col(ColumnDef::new("ended_ms").big_integer().null())
        .foreign_key(&mut refers("recordings", "meeting_id", "meetings", ForeignKeyAction::Restrict))
        .to_owned();
    manager.create_table(recordings).await
}

/// What each column means, and what a hash covers, says `store::audit`.
async fn book(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let entries = Table::create()
        .table("audit_entries")
        .col(number("record").primary_key())
        .col(number("entry"))
        .col(word("kind"))
        .col(ColumnDef::new("format").small_integer().not_null())
        .col(number("at_ms"))
        .col(text("actor"))
        .col(text("address"))
        .col(word("action"))
        .col(text("subject"))
        .col(text("result"))
        .col(ColumnDef::new("hash").string_len(64).not_null())
        .to_owned();
    manager.create_table(entries).await?;
    manager.create_index(index("audit_by_entry", "audit_entries").unique().col("entry").col("kind").to_owned()).await?;
    manager.create_index(index("audit_by_action", "audit_entries").col("action").to_owned()).await
}

/// Makes a table one that rows are added to and nothing else. The one place that is SQLite's own.
async fn append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Sqlite {
        return Err(DbErr::Custom("the triggers that keep the book append-only are written for SQLite alone".into()));
    }
    for sql in append_only_triggers(table) {
        manager.get_connection().execute_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    }
    Ok(())
}

/// What keeps a table append-only, as SQLite keeps it in its schema.
pub(in crate::store) fn append_only_triggers(table: &str) -> [String; 2] {
    ["UPDATE", "DELETE"].map(|act| {
        let name = format!("{table}_no_{}", act.to_lowercase());
        format!(
            "CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, 'the book is append-only'); END"
        )
    })
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).col(id("id").not_null().primary_key()).to_owned()
}

fn index(name: &'static str, of: &'static str) -> IndexCreateStatement {
    Index::create().name(name).table(of).to_owned()
}

fn refers(
    from: &'static str,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from, column).to(to, "id").on_delete(on_delete).to_owned()
}

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string_len(64).to_owned()
}

fn word(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string_len(64).not_null().to_owned()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}
