//! A leader's seat: attending by PIN, and leaving.

use crate::http::{
    Web,
    book::About,
    error::Refused,
    extract::{self, Caller, JsonBody},
    wire::{SeatAttends, SeatPin},
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::sync::Arc;
use zeroize::Zeroizing;

/// `POST /api/seat/attend`: a leader attends the meeting of this seat, by PIN.
pub(in crate::http) async fn attend(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<SeatPin>,
) -> Result<(Extension<About>, Json<SeatAttends>), Refused> {
    web.app.may_attend_at_seat(&caller.actor)?;
    let SeatPin { pin } = body.json()?;
    let meeting = web.app.attend(&caller.actor, Zeroizing::new(pin), extract::now()).await?;
    Ok((Extension(About(format!("meeting:{meeting}"))), Json(SeatAttends { meeting: meeting.to_string() })))
}

/// `POST /api/seat/leave`: the leader leaves; the seat shows nothing.
pub(in crate::http) async fn leave(caller: Caller, State(web): State<Arc<Web>>) -> Result<StatusCode, Refused> {
    web.app.leave_seat(&caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
