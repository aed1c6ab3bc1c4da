//! A leader's seat: attending by PIN, and leaving.

use crate::http::{
    Web,
    book::About,
    error::Refused,
    extract::{self, Caller, Text},
    wire::{SeatAttends, SeatPin},
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// `POST /api/seat/attend`.
pub(in crate::http) async fn attend(
    caller: Caller,
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Result<(Extension<About>, Json<SeatAttends>), Refused> {
    web.app.may_attend_at_seat(&caller.actor)?;
    let SeatPin { pin } = extract::json(&headers, body)?;
    let meeting = web.app.attend(&caller.actor, Zeroizing::new(pin), extract::now()).await?;
    Ok((Extension(About(format!("meeting:{meeting}"))), Json(SeatAttends { meeting: meeting.to_string() })))
}

/// `POST /api/seat/leave`.
pub(in crate::http) async fn leave(caller: Caller, State(web): State<Arc<Web>>) -> Result<StatusCode, Refused> {
    web.app.leave_seat(&caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
