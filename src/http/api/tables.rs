//! Tables of units, people and holidays: templates, exports, and files that are checked and applied.

use crate::{
    app::{FILE_BYTES_MAX, Import, ImportResult, Table, TableFormat},
    domain::import::{Difference, Fault},
    http::{
        Web,
        book::About,
        error::{Refused, import_en, import_zh},
        extract::{self, Caller},
        wire::{ImportCheck, ImportDifference, ImportFaultEntry, ImportLineEntry, WireImportResult},
    },
};
use axum::{
    Extension, Json,
    body::to_bytes,
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use std::{sync::Arc, time::SystemTime};

/// Query of what hands a table out.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct FormatQuery {
    format: WireFormat,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum WireFormat {
    Xlsx,
    Csv,
}

/// Query of what applies one.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct MarkQuery {
    mark: String,
}

pub(in crate::http) type Asked = Result<Query<FormatQuery>, QueryRejection>;

/// The mark of the check that is applied.
type Marked = Result<Query<MarkQuery>, QueryRejection>;

/// `GET /api/units/template`: an empty table of units to fill in.
pub(in crate::http) async fn units_template(
    caller: Caller,
    web: State<Arc<Web>>,
    asked: Asked,
) -> Result<Response, Refused> {
    template(Table::Units, &caller, &web, asked)
}

/// `GET /api/people/template`: an empty table of people to fill in.
pub(in crate::http) async fn people_template(
    caller: Caller,
    web: State<Arc<Web>>,
    asked: Asked,
) -> Result<Response, Refused> {
    template(Table::People, &caller, &web, asked)
}

/// `GET /api/days/template`: an empty table of holidays and make-up workdays to fill in.
pub(in crate::http) async fn days_template(
    caller: Caller,
    web: State<Arc<Web>>,
    asked: Asked,
) -> Result<Response, Refused> {
    template(Table::Days, &caller, &web, asked)
}

/// `POST /api/days/export`: holidays and make-up workdays as a table.
pub(in crate::http) async fn export_days(
    caller: Caller,
    web: State<Arc<Web>>,
    asked: Asked,
) -> Result<Response, Refused> {
    export(Table::Days, &caller, &web, asked).await
}

/// `POST /api/days/import/check`: what a table of holidays would change; nothing is changed.
pub(in crate::http) async fn check_days(caller: Caller, web: State<Arc<Web>>, request: Request) -> Checked {
    check(Table::Days, &caller, &web, request).await
}

/// `POST /api/days/import`: applies a table that was checked, by the mark of the check.
pub(in crate::http) async fn apply_days(
    caller: Caller,
    web: State<Arc<Web>>,
    mark: Marked,
    request: Request,
) -> Checked {
    apply(Table::Days, &caller, &web, mark, request).await
}

/// `POST /api/units/export`: units as a table.
pub(in crate::http) async fn export_units(
    caller: Caller,
    web: State<Arc<Web>>,
    asked: Asked,
) -> Result<Response, Refused> {
    export(Table::Units, &caller, &web, asked).await
}

/// `POST /api/people/export`: people as a table.
pub(in crate::http) async fn export_people(
    caller: Caller,
    web: State<Arc<Web>>,
    asked: Asked,
) -> Result<Response, Refused> {
    export(Table::People, &caller, &web, asked).await
}

/// `POST /api/units/import/check`: what a table of units would change; nothing is changed.
pub(in crate::http) async fn check_units(caller: Caller, web: State<Arc<Web>>, request: Request) -> Checked {
    check(Table::Units, &caller, &web, request).await
}

/// `POST /api/people/import/check`: what a table of people would change; nothing is changed.
pub(in crate::http) async fn check_people(caller: Caller, web: State<Arc<Web>>, request: Request) -> Checked {
    check(Table::People, &caller, &web, request).await
}

/// `POST /api/units/import`: applies a table that was checked, by the mark of the check.
pub(in crate::http) async fn apply_units(
    caller: Caller,
    web: State<Arc<Web>>,
    mark: Marked,
    request: Request,
) -> Checked {
    apply(Table::Units, &caller, &web, mark, request).await
}

/// `POST /api/people/import`: applies a table that was checked, by the mark of the check.
pub(in crate::http) async fn apply_people(
    caller: Caller,
    web: State<Arc<Web>>,
    mark: Marked,
    request: Request,
) -> Checked {
    apply(Table::People, &caller, &web, mark, request).await
}

/// What came of a file, and what the book is to say of it.
pub(in crate::http) type Checked = Result<(Extension<About>, Json<ImportCheck>), Refused>;

fn template(table: Table, caller: &Caller, web: &Web, asked: Asked) -> Result<Response, Refused> {
    web.app.may_move_table(&caller.actor, table)?;
    let format = format(asked)?;
    Ok(file(web.app.table_template(&caller.actor, table, format)?, format))
}

async fn export(table: Table, caller: &Caller, web: &Web, asked: Asked) -> Result<Response, Refused> {
    web.app.may_move_table(&caller.actor, table)?;
    let format = format(asked)?;
    Ok(file(web.app.export_table(&caller.actor, table, format).await?, format))
}

async fn check(table: Table, caller: &Caller, web: &Web, request: Request) -> Checked {
    web.app.may_move_table(&caller.actor, table)?;
    let file = body(request).await?;
    let import = web.app.check_import(&caller.actor, table, file).await?;
    Ok((about(&import), Json(entry(import))))
}

async fn apply(table: Table, caller: &Caller, web: &Web, mark: Marked, request: Request) -> Checked {
    web.app.may_move_table(&caller.actor, table)?;
    let Query(MarkQuery { mark }) =
        mark.map_err(|_| Refused::bad_request().detail("the mark of the check is missing"))?;
    let file = body(request).await?;
    let import = web.app.apply_import(&caller.actor, table, file, &mark, SystemTime::now()).await?;
    Ok((about(&import), Json(entry(import))))
}

pub(super) fn format(asked: Asked) -> Result<TableFormat, Refused> {
    let Query(FormatQuery { format }) =
        asked.map_err(|_| Refused::bad_request().detail("the format is xlsx or csv"))?;
    Ok(match format {
        WireFormat::Xlsx => TableFormat::Xlsx,
        WireFormat::Csv => TableFormat::Csv,
    })
}

pub(super) fn file(bytes: Vec<u8>, format: TableFormat) -> Response {
    let (kind, name) = match format {
        TableFormat::Xlsx => {
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "attachment; filename=\"table.xlsx\"")
        }
        TableFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"table.csv\""),
    };
    ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], bytes).into_response()
}

/// A file that somebody brings; larger than other bodies, and no larger than [`FILE_BYTES_MAX`].
async fn body(request: Request) -> Result<Vec<u8>, Refused> {
    extract::expect_type(request.headers(), "application/octet-stream")?;
    let bytes = to_bytes(request.into_body(), FILE_BYTES_MAX).await;
    bytes.map(Vec::from).map_err(|_| Refused::of_status(StatusCode::PAYLOAD_TOO_LARGE))
}

fn about(import: &Import) -> Extension<About> {
    let [made, changed, left, wrong] = counts(import);
    Extension(About(format!("made:{made} changed:{changed} left:{left} wrong:{wrong}")))
}

fn counts(import: &Import) -> [usize; 4] {
    import.lines.iter().fold([0; 4], |mut counts, line| {
        let place = match line.result {
            ImportResult::Made => 0,
            ImportResult::Changed(_) => 1,
            ImportResult::Left => 2,
            ImportResult::Wrong(_) => 3,
        };
        counts[place] += 1;
        counts
    })
}

fn entry(import: Import) -> ImportCheck {
    let difference = |Difference { column, before, after }: Difference| ImportDifference {
        column: column.title().to_owned(),
        before,
        after,
    };
    let fault = |Fault { column, why }: Fault| ImportFaultEntry {
        column: column.title().to_owned(),
        sentence: import_zh(&why),
        sentence_en: import_en(&why),
    };
    let lines = import.lines.into_iter().map(|line| {
        let (result, differences, faults) = match line.result {
            ImportResult::Made => (WireImportResult::Make, Vec::new(), Vec::new()),
            ImportResult::Changed(all) => (WireImportResult::Change, all, Vec::new()),
            ImportResult::Left => (WireImportResult::Leave, Vec::new(), Vec::new()),
            ImportResult::Wrong(faults) => (WireImportResult::Wrong, Vec::new(), faults),
        };
        ImportLineEntry {
            line: line.number,
            name: line.name,
            result,
            differences: differences.into_iter().map(difference).collect(),
            faults: faults.into_iter().map(fault).collect(),
        }
    });
    ImportCheck { lines: lines.collect(), mark: import.mark }
}
