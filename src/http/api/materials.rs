//! Materials of meetings: PDF files that are kept as they came, and handed out as copies with a watermark.

use super::{library::percent_encoded, ms};
use crate::{
    app::MaterialFault,
    domain::material::{BYTES_MAX, Material, MaterialMistake},
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids},
        wire::MaterialEntry,
    },
    id::{MaterialId, MeetingId},
};
use axum::{
    Extension, Json,
    body::to_bytes,
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use std::{sync::Arc, time::SystemTime};

/// What a file that is brought is called.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Named {
    name: String,
}

/// `GET /api/meetings/{meeting}/materials`: materials of a meeting, in the order in which they came.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Json<Vec<MaterialEntry>>, Refused> {
    let view = web.app.materials(&caller.actor, &id).await?;
    let entry = |material: Material| {
        let by = view.names.get(&material.by).cloned().unwrap_or_default();
        entry(material, by)
    };
    Ok(Json(view.materials.into_iter().map(entry).collect()))
}

/// `POST /api/meetings/{meeting}/materials`: keeps a PDF, which is looked at first.
pub(in crate::http) async fn add(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    named: Result<Query<Named>, QueryRejection>,
    request: Request,
) -> Result<(Extension<About>, Json<MaterialEntry>), Refused> {
    web.app.may_keep_materials(&caller.actor, &id)?;
    let Query(Named { name }) = named.map_err(|error| Refused::bad_request().detail(error))?;
    extract::expect_type(request.headers(), "application/octet-stream")?;
    let most = usize::try_from(BYTES_MAX).unwrap_or(usize::MAX);
    let bytes = to_bytes(request.into_body(), most).await;
    let bytes = bytes.map_err(|_| MaterialFault::Mistake(MaterialMistake::TooLarge))?;
    let made = web.app.add_material(&caller.actor, &id, (&name, bytes.into()), SystemTime::now()).await?;
    Ok((about(&made), Json(entry(made, caller.name))))
}

/// `DELETE /api/meetings/{meeting}/materials/{material}`: removes it.
pub(in crate::http) async fn remove(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, material)): Ids<(MeetingId, MaterialId)>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    let gone = web.app.remove_material(&caller.actor, &id, &material).await?;
    Ok((about(&gone), StatusCode::NO_CONTENT))
}

/// `POST /api/meetings/{meeting}/materials/{material}/copy`: a copy with a visible watermark of who takes it and when.
pub(in crate::http) async fn copy(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, material)): Ids<(MeetingId, MaterialId)>,
) -> Result<Response, Refused> {
    let (material, bytes) = web.app.copy_material(&caller.actor, &id, &material, SystemTime::now()).await?;
    let named = percent_encoded(&format!("{}.pdf", material.name));
    let disposition = format!("attachment; filename=\"material.pdf\"; filename*=UTF-8''{named}");
    let head = [
        (CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(|_| Refused::internal())?),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((about(&material), head, bytes).into_response())
}

/// What the book says: which file of which meeting, by name and digest.
fn about(Material { id, meeting, name, sha256, .. }: &Material) -> Extension<About> {
    Extension(About(format!("meeting:{meeting} material:{id} {name} sha256:{sha256}")))
}

fn entry(Material { id, name, bytes, pages, at, .. }: Material, by: String) -> MaterialEntry {
    MaterialEntry { id: id.into(), name, bytes, pages, by, at_ms: ms(at) }
}
