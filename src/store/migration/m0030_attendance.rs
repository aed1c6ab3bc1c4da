//! Attendance of meetings: invited units with their receipts, and people with their answers and sign-ins.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0030_attendance"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = |name: &'static str| ColumnDef::new(name).string_len(64).to_owned();
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
        let number = |name: &'static str| ColumnDef::new(name).big_integer().not_null().to_owned();
        let moment = |name: &'static str| ColumnDef::new(name).big_integer().null().to_owned();
        let terms = Table::create()
            .table("attendance_terms")
            .col(id("meeting_id").not_null().primary_key())
            .col(text("requirement"))
            .col(moment("answer_before_s"))
            .col(number("opens_before_s"))
            .col(number("closes_after_s"))
            .foreign_key(&mut refers("attendance_terms", "meeting_id", "meetings"))
            .to_owned();
        manager.create_table(terms).await?;
        let invitations = Table::create()
            .table("invitations")
            .col(id("meeting_id").not_null())
            .col(id("org_unit_id").not_null())
            .col(id("venue_id").null())
            .col(number("invited_ms"))
            .col(text("invited_by"))
            // Both null while nobody has opened the notice.
            .col(moment("read_ms"))
            .col(text("read_by"))
            .col(moment("confirmed_ms"))
            .col(text("confirmed_by"))
            // What was read or confirmed.
            .col(moment("told_starts_ms"))
            .col(id("told_venue_id").null())
            .primary_key(Index::create().col("meeting_id").col("org_unit_id"))
            .foreign_key(&mut refers("invitations", "meeting_id", "meetings"))
            .foreign_key(&mut refers("invitations", "org_unit_id", "org_units"))
            .to_owned();
        manager.create_table(invitations).await?;
        let mut of_unit = Index::create();
        of_unit.name("invitations_of_unit").table("invitations").col("org_unit_id");
        manager.create_index(of_unit.to_owned()).await?;
        let attendees = Table::create()
            .table("attendees")
            .col(id("id").not_null().primary_key())
            .col(id("meeting_id").not_null())
            .col(id("org_unit_id").not_null())
            // On the sheet, from 1; within a unit also the order.
            .col(number("number"))
            .col(text("name"))
            .col(text("position"))
            .col(ColumnDef::new("summoned").boolean().not_null())
            .col(text("answer"))
            // Of leave.
            .col(text("reason"))
            .col(text("stand_in"))
            .col(text("approver"))
            .col(number("said_ms"))
            .col(text("said_by"))
            .col(moment("signed_ms"))
            .col(text("signed_by"))
            .col(text("signed_means"))
            .col(ColumnDef::new("late").boolean().not_null())
            .foreign_key(&mut refers("attendees", "meeting_id", "meetings"))
            .foreign_key(&mut refers("attendees", "org_unit_id", "org_units"))
            .to_owned();
        manager.create_table(attendees).await?;
        let mut of_meeting = Index::create();
        of_meeting.name("attendees_of_meeting").table("attendees").col("meeting_id").col("org_unit_id");
        manager.create_index(of_meeting.to_owned()).await
    }
}

/// What was answered is never lost with the thing it names.
fn refers(from: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from, column).to(to, "id").on_delete(ForeignKeyAction::Restrict).to_owned()
}
