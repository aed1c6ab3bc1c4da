//! The book, for the audit administrator.

use crate::{
    app::{AuditEntry, AuditQuery},
    http::{
        Web,
        error::Refused,
        extract::Caller,
        wire::{AuditPage, AuditRow},
    },
};
use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use std::sync::Arc;

/// Entries of one page.
const PAGE: u64 = 100;

/// Query of a page of the book.
#[derive(Deserialize)]
pub(in crate::http) struct PageQuery {
    before: Option<u64>,
    actor: Option<String>,
    action: Option<String>,
}

/// `GET /api/audit`.
pub(in crate::http) async fn page(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<AuditPage>, Refused> {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let query = AuditQuery { before: query.before, actor: some(query.actor), action: some(query.action), limit: PAGE };
    let entries = web.app.read_book(&caller.actor, &query).await?;
    let full = entries.len() as u64 == PAGE;
    let next_before = entries.last().filter(|_| full).map(|entry| entry.opened.entry);
    Ok(Json(AuditPage { entries: entries.into_iter().map(row).collect(), next_before }))
}

fn row(entry: AuditEntry) -> AuditRow {
    let AuditEntry { opened, closed } = entry;
    let found = closed.as_ref().map(|closed| closed.subject.clone()).unwrap_or_default();
    AuditRow {
        number: opened.entry,
        at_ms: opened.at_ms,
        actor: opened.actor,
        address: opened.address,
        action: opened.action,
        subject: if found.is_empty() { opened.subject } else { found },
        result: closed.map(|closed| closed.result),
    }
}
