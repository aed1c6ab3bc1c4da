//! Meeting tokens: which there are, and revoking one.

use super::ms;
use crate::{
    app::TokenView,
    domain::access::TokenRole,
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids},
        wire::{TokenEntry, WireTokenRole},
    },
    id::ParticipantId,
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::sync::Arc;

/// `GET /api/tokens`: tokens that still let somebody in.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<TokenEntry>>, Refused> {
    let tokens = web.app.tokens(&caller.actor, extract::now().wall).await?;
    Ok(Json(tokens.into_iter().map(entry).collect()))
}

/// `DELETE /api/tokens/{token}`: a token lets nobody in any more.
pub(in crate::http) async fn revoke(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(participant): Ids<ParticipantId>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    let token = web.app.revoke_token(&caller.actor, &participant, extract::now().wall).await?;
    let name = if token.name.is_empty() { String::new() } else { format!(" name:{}", token.name) };
    let about = format!("token:{participant} meeting:{} role:{}{name}", token.holder.meeting, token.holder.role.name());
    Ok((Extension(About(about)), StatusCode::NO_CONTENT))
}

fn entry(TokenView { token, title }: TokenView) -> TokenEntry {
    TokenEntry {
        id: token.holder.participant.into(),
        meeting: title,
        role: match token.holder.role {
            TokenRole::Viewer => WireTokenRole::Viewer,
            TokenRole::Publisher => WireTokenRole::Publisher,
        },
        name: token.name,
        made_by: token.made_by,
        made_at_ms: ms(token.made),
        expires_at_ms: ms(token.ends),
        revoked_at_ms: token.ended.map(ms),
    }
}
