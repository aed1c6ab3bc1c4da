//! What is asked of whoever attends stands in one place, the notice: what was written with an attendance list moves there.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0035_one_place_for_requirements"
    }
}

/// Most characters of one item of a notice.
const ITEM_CHARS_MAX: usize = 120;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        const WRITTEN: &str = "SELECT meetings.id, meetings.requirements, attendance_terms.requirement \
            FROM attendance_terms JOIN meetings ON meetings.id = attendance_terms.meeting_id \
            WHERE attendance_terms.requirement <> ''";
        let db = manager.get_connection();
        let run = |sql: &str, values: Vec<Value>| Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        for row in db.query_all_raw(run(WRITTEN, Vec::new())).await? {
            let (id, list, text): (String, String, String) = row.try_get_many_by_index()?;
            let json = |error: serde_json::Error| DbErr::Json(error.to_string());
            let mut list: Vec<String> = serde_json::from_str(&list).map_err(json)?;
            for item in items(&text) {
                if !list.contains(&item) {
                    list.push(item);
                }
            }
            let list = serde_json::to_string(&list).map_err(json)?;
            let update = "UPDATE meetings SET requirements = ? WHERE id = ?";
            db.execute_raw(run(update, vec![list.into(), id.into()])).await?;
        }
        manager.alter_table(Table::alter().table("attendance_terms").drop_column("requirement").to_owned()).await
    }
}

/// Its lines that say something, each no longer than a notice takes: nothing is lost, and the next edit is not refused.
fn items(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let cut = |line: &str| {
        let letters: Vec<char> = line.chars().collect();
        letters.chunks(ITEM_CHARS_MAX).map(|part| part.iter().collect()).collect::<Vec<String>>()
    };
    lines.flat_map(cut).collect()
}
