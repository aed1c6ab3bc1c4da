//! Each unit has a pen of its own: the server's own unit is known, meetings know which unit held them, and requests whose approver
//! signs.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0009_pens"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let own = ColumnDef::new("own").boolean().not_null().default(false).to_owned();
        add(manager, "org_units", own).await?;
        for table in ["meetings", "sign_offs"] {
            add(manager, table, ColumnDef::new("org_unit_id").string_len(64).null().to_owned()).await?;
        }
        let db = manager.get_connection();
        // Whoever signed for everything until now signs for whatever no other unit's approver signs for: their unit is the
        // server's own. Without an approver of a unit it is the first in administrative order.
        let own = "UPDATE org_units SET own = TRUE WHERE id = (
            SELECT u.id FROM org_units u
            LEFT JOIN (
                SELECT p.org_unit_id AS unit FROM persons p
                JOIN accounts a ON a.person_id = p.id AND a.enabled
                JOIN account_roles r ON r.account_id = a.id AND r.role = 'approver'
            ) signs ON signs.unit = u.id
            ORDER BY signs.unit IS NULL, u.rank, u.created_ms, u.id LIMIT 1)";
        db.execute_raw(Statement::from_string(DbBackend::Sqlite, own)).await?;
        let held = "UPDATE meetings SET org_unit_id = (SELECT u.id FROM org_units u WHERE u.name = meetings.unit)";
        db.execute_raw(Statement::from_string(DbBackend::Sqlite, held)).await?;
        Ok(())
    }
}

async fn add(manager: &SchemaManager<'_>, table: &'static str, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await
}
