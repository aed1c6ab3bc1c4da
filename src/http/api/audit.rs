//! The book, for the audit administrator.

use super::accounts::exception_entry;
use crate::{
    app::{AuditEntry, AuditQuery},
    http::{
        Web,
        error::Refused,
        extract::{Caller, JsonBody},
        wire::{AuditFilter, AuditPage, AuditRow},
    },
};
use axum::{
    Json,
    body::Body,
    extract::{Query, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use serde::Deserialize;
use std::sync::Arc;

/// Entries of one page.
const PAGE: u64 = 100;

/// Query of a page of the book.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct PageQuery {
    before: Option<u64>,
    actor: Option<String>,
    address: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    from_ms: Option<u64>,
    until_ms: Option<u64>,
}

/// `GET /api/audit`: a page of the book, the latest first, narrowed.
pub(in crate::http) async fn page(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<AuditPage>, Refused> {
    let PageQuery { before, actor, address, action, subject, from_ms, until_ms } = query;
    let filter = AuditFilter { actor, address, action, subject, from_ms, until_ms };
    let query = AuditQuery { before, limit: PAGE, ..filter.into() };
    let (entries, exceptions) = web.app.read_book(&caller.actor, &query).await?;
    let full = entries.len() as u64 == PAGE;
    let next_before = entries.last().filter(|_| full).map(|entry| entry.opened.entry);
    let exceptions = exceptions.into_iter().map(exception_entry).collect();
    Ok(Json(AuditPage { entries: entries.into_iter().map(row).collect(), next_before, exceptions }))
}

/// `POST /api/audit/exports`: the entries as a signed table (CSV). A table that breaks off has no signature.
pub(in crate::http) async fn export(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<AuditFilter>,
) -> Result<Response, Refused> {
    web.app.may_read_book(&caller.actor)?;
    let filter: AuditFilter = body.json()?;
    let export = web.app.export_book(&caller.actor, filter.into())?;
    let pieces = stream::unfold(Some(export), async |export| {
        let mut export = export?;
        match export.next().await {
            Ok(piece) => piece.map(|piece| (Ok(piece), Some(export))),
            Err(error) => {
                tracing::error!(%error, "an export of the book broke off");
                Some((Err(error), None))
            }
        }
    });
    let head = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\"")];
    Ok((head, Body::from_stream(pieces)).into_response())
}

impl From<AuditFilter> for AuditQuery {
    fn from(filter: AuditFilter) -> Self {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let AuditFilter { actor, address, action, subject, from_ms, until_ms } = filter;
        let (actor, address, action, subject) = (some(actor), some(address), some(action), some(subject));
        Self { actor, address, action, subject, from_ms, until_ms, ..Self::default() }
    }
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
