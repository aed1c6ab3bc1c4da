//! Machines that are paired with a code.

use super::{door::device_cookie, ms};
use crate::{
    domain::{
        access::DeviceKind,
        device::{Device, Pairing},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids, JsonBody},
        wire::{DeviceEntry, DeviceMade, NewDevice, PairRequest, Paired, VenueEntry, WireDeviceKind, WireDeviceState},
    },
    id::DeviceId,
};
use axum::{
    Extension, Json,
    extract::State,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use std::{sync::Arc, time::SystemTime};
use zeroize::Zeroizing;

/// `GET /api/devices`: machines of venues and leaders' seats.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<DeviceEntry>>, Refused> {
    let now = extract::now().wall;
    let devices = web.app.devices(&caller.actor).await?;
    let mut all = Vec::with_capacity(devices.len());
    for device in devices {
        let person = web.app.person_of(&device).await?;
        all.push(entry(device, person, now));
    }
    Ok(Json(all))
}

/// `POST /api/devices`: makes one; its pairing code is told once.
pub(in crate::http) async fn make(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewDevice>,
) -> Result<(Extension<About>, Json<DeviceMade>), Refused> {
    web.app.may_manage_devices(&caller.actor)?;
    let NewDevice { name, kind, venue, person } = body.json()?;
    let now = extract::now();
    let person = person.unwrap_or_default();
    let (made, whose) = match kind {
        WireDeviceKind::Seat => {
            let made = web.app.add_seat(&caller.actor, &name, &venue, &person, now).await?;
            (made, format!(" person:{}", person.trim()))
        }
        WireDeviceKind::Screen | WireDeviceKind::Room => {
            (web.app.add_device(&caller.actor, &name, kind.into(), &venue, now).await?, String::new())
        }
    };
    let about = Extension(About(format!("device:{} venue:{venue}{whose}", made.device.id)));
    let person = web.app.person_of(&made.device).await?;
    let (code, expires_at_ms) = (made.code.reveal().to_owned(), ms(made.code_ends));
    Ok((about, Json(DeviceMade { device: entry(made.device, person, now.wall), code, expires_at_ms })))
}

/// `DELETE /api/devices/{device}`: a machine is let in no more.
pub(in crate::http) async fn revoke(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<DeviceId>,
) -> Result<StatusCode, Refused> {
    web.app.revoke_device(&caller.actor, &id, extract::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/pair`: a machine is paired by its code, and keeps a cookie.
pub(in crate::http) async fn pair(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<PairRequest>,
) -> Result<Response, Refused> {
    let PairRequest { code } = body.json()?;
    let code = Zeroizing::new(code);
    Web::take(&web.codes, caller.address).map_err(|wait| Refused::pair_too_often().retry_after(wait.as_secs() + 1))?;
    let paired = web.app.pair(&code, extract::now()).await?;
    let venue = paired.venue;
    let about = Extension(About(format!("device:{} venue:{}", paired.device, venue.id)));
    let cookie = AppendHeaders([(header::SET_COOKIE, device_cookie(paired.cookie.reveal())?)]);
    let open = match paired.kind {
        DeviceKind::Seat => "/seat".to_owned(),
        DeviceKind::Screen | DeviceKind::Room => format!("/room/{}", venue.id),
    };
    let venue = VenueEntry { id: venue.id.into(), name: venue.name, rank: venue.rank };
    let body = Paired { name: paired.name, kind: paired.kind.into(), venue, open };
    Ok((about, cookie, Json(body)).into_response())
}

fn entry(device: Device, person: Option<String>, now: SystemTime) -> DeviceEntry {
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
        person,
        state,
        last_seen_ms: device.seen.map(ms),
    }
}
