//! Machines that are paired with a code.

use super::{door::device_cookie, ms};
use crate::{
    domain::device::{Device, Pairing},
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids, Text},
        wire::{DeviceEntry, DeviceMade, NewDevice, PairRequest, Paired, VenueEntry, WireDeviceState},
    },
    id::DeviceId,
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use std::{sync::Arc, time::SystemTime};
use zeroize::Zeroizing;

/// `GET /api/devices`.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<DeviceEntry>>, Refused> {
    let now = extract::now().wall;
    let devices = web.app.devices(&caller.actor).await?;
    Ok(Json(devices.into_iter().map(|device| entry(device, now)).collect()))
}

/// `POST /api/devices`.
pub(in crate::http) async fn make(
    caller: Caller,
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Result<(Extension<About>, Json<DeviceMade>), Refused> {
    web.app.may_manage_devices(&caller.actor)?;
    let NewDevice { name, kind, venue } = extract::json(&headers, body)?;
    let now = extract::now();
    let made = web.app.add_device(&caller.actor, &name, kind.into(), &venue, now).await?;
    let about = Extension(About(format!("device:{} venue:{venue}", made.device.id)));
    let (code, expires_at_ms) = (made.code.reveal().to_owned(), ms(made.code_ends));
    Ok((about, Json(DeviceMade { device: entry(made.device, now.wall), code, expires_at_ms })))
}

/// `DELETE /api/devices/{device}`.
pub(in crate::http) async fn revoke(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<DeviceId>,
) -> Result<StatusCode, Refused> {
    web.app.revoke_device(&caller.actor, &id, extract::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/pair`.
pub(in crate::http) async fn pair(
    caller: Caller,
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Result<Response, Refused> {
    let PairRequest { code } = extract::json(&headers, body)?;
    let code = Zeroizing::new(code);
    Web::take(&web.codes, caller.address).map_err(|wait| Refused::pair_too_often().retry_after(wait.as_secs() + 1))?;
    let paired = web.app.pair(&code, extract::now()).await?;
    let venue = paired.venue;
    let about = Extension(About(format!("device:{} venue:{}", paired.device, venue.id)));
    let cookie = AppendHeaders([(header::SET_COOKIE, device_cookie(paired.cookie.reveal())?)]);
    let open = format!("/room/{}", venue.id);
    let venue = VenueEntry { id: venue.id.into(), name: venue.name, rank: venue.rank };
    let body = Paired { name: paired.name, kind: paired.kind.into(), venue, open };
    Ok((about, cookie, Json(body)).into_response())
}

fn entry(device: Device, now: SystemTime) -> DeviceEntry {
    let state = match device.pairing {
        Pairing::Paired => WireDeviceState::Paired,
        Pairing::Revoked => WireDeviceState::Revoked,
        waiting if waiting.takes_code(now) => WireDeviceState::Waiting,
        Pairing::Waiting { .. } => WireDeviceState::Expired,
    };
    DeviceEntry {
        id: device.id.into(),
        name: device.name,
        kind: device.kind.into(),
        venue: device.venue.into(),
        state,
        last_seen_ms: device.seen.map(ms),
    }
}
