//! Links that are not WebRTC: which there are and how they are, setting them up, starting and stopping them.

use super::status::leg_state;
use crate::{
    app::{LegChange, LegFault, LegSetting, LegState},
    domain::leg::{FieldFault, Secret, Source, Transport},
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{self, LegEntry, LegSource, NewLeg, RtspTransport},
    },
    id::{LegId, MeetingId},
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::sync::Arc;

/// `GET /api/legs`: lines to other systems, with how each is now.
pub(in crate::http) async fn list(caller: Caller, State(web): State<Arc<Web>>) -> Result<Json<Vec<LegEntry>>, Refused> {
    let legs = web.app.legs(&caller.actor).await?;
    Ok(Json(legs.into_iter().map(entry).collect()))
}

/// `POST /api/legs`: makes a line.
pub(in crate::http) async fn make(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewLeg>,
) -> Result<(Extension<About>, Json<LegEntry>), Refused> {
    web.app.may_manage_legs(&caller.actor)?;
    let NewLeg { name, meeting, source } = body.json()?;
    let (source, _) = source_of(source)?;
    let made = web.app.make_leg(&caller.actor, &name, meeting_id(&meeting)?, source).await?;
    let about = Extension(About(format!("leg:{} meeting:{}", made.leg.id, made.leg.meeting)));
    Ok((about, Json(entry(made))))
}

/// `PATCH /api/legs/{leg}`: changes it; what is left out stays.
pub(in crate::http) async fn change(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<LegId>,
    body: JsonBody<wire::LegChange>,
) -> Result<Json<LegEntry>, Refused> {
    web.app.may_manage_legs(&caller.actor)?;
    let wire::LegChange { name, meeting, source } = body.json()?;
    let meeting = meeting.as_deref().map(meeting_id).transpose()?;
    let (source, keep_secret) = match source.map(source_of).transpose()? {
        Some((source, keep)) => (Some(source), keep),
        None => (None, false),
    };
    let change = LegChange { name, meeting, source, keep_secret };
    Ok(Json(entry(web.app.change_leg(&caller.actor, &id, change).await?)))
}

/// `DELETE /api/legs/{leg}`: removes it.
pub(in crate::http) async fn remove(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<LegId>,
) -> Result<StatusCode, Refused> {
    web.app.remove_leg(&caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/legs/{leg}/start`: starts it.
pub(in crate::http) async fn start(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<LegId>,
) -> Result<Json<LegEntry>, Refused> {
    Ok(Json(entry(web.app.run_leg(&caller.actor, &id, true).await?)))
}

/// `POST /api/legs/{leg}/stop`: stops it.
pub(in crate::http) async fn stop(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<LegId>,
) -> Result<Json<LegEntry>, Refused> {
    Ok(Json(entry(web.app.run_leg(&caller.actor, &id, false).await?)))
}

fn meeting_id(text: &str) -> Result<MeetingId, LegFault> {
    text.parse().map_err(|_| LegFault::NoMeeting)
}

/// The source, and whether its secret stays as it was.
fn source_of(source: LegSource) -> Result<(Source, bool), LegFault> {
    let secret = |text: Option<String>| (text.is_none(), Secret(text.unwrap_or_default()));
    Ok(match source {
        LegSource::Rtsp { url, transport, user, password } => {
            let transport = match transport {
                RtspTransport::Tcp => Transport::Tcp,
                RtspTransport::Udp => Transport::Udp,
            };
            let (keep, password) = secret(password);
            (Source::rtsp(&url, transport, user, password).map_err(LegFault::Field)?, keep)
        }
        LegSource::SrtCaller { host, port, stream_id, passphrase, latency_ms } => {
            let (keep, passphrase) = secret(passphrase);
            (Source::SrtCaller { host, port, stream_id, passphrase, latency_ms }, keep)
        }
        LegSource::SrtListener { port, passphrase, latency_ms } => {
            let (keep, passphrase) = secret(passphrase);
            (Source::SrtListener { port, passphrase, latency_ms }, keep)
        }
        LegSource::Demo => (Source::Demo, false),
    })
}

/// A leg without its secret.
fn entry(setting: LegSetting) -> LegEntry {
    let LegSetting { leg, fixed, now } = setting;
    let has_secret = leg.source.secret().is_some_and(|secret| !secret.0.is_empty());
    let url = leg.source.url();
    let source = match leg.source {
        Source::Rtsp { transport, user, .. } => LegSource::Rtsp {
            url: url.unwrap_or_default(),
            transport: match transport {
                Transport::Tcp => RtspTransport::Tcp,
                Transport::Udp => RtspTransport::Udp,
            },
            user,
            password: None,
        },
        Source::SrtCaller { host, port, stream_id, latency_ms, .. } => {
            LegSource::SrtCaller { host, port, stream_id, passphrase: None, latency_ms }
        }
        Source::SrtListener { port, latency_ms, .. } => LegSource::SrtListener { port, passphrase: None, latency_ms },
        Source::Demo => LegSource::Demo,
    };
    let state = now.as_ref().map_or(LegState::Starting, |now| now.state);
    LegEntry {
        id: leg.id.into(),
        name: leg.name,
        meeting: leg.meeting.into(),
        source,
        has_secret,
        from_settings: fixed,
        enabled: leg.enabled,
        state: leg_state(state),
        restarts: now.as_ref().map_or(0, |now| now.restarts),
        since_ms: now.as_ref().and_then(|now| now.since).map(super::ms),
        sentence: now.map(|now| now.detail).unwrap_or_default(),
    }
}

/// What is wrong with a field: its name on the wire, and a sentence.
pub(in crate::http) const fn field_zh(fault: FieldFault) -> (&'static str, &'static str) {
    match fault {
        FieldFault::Name => ("name", "名称须为 1 至 64 个字符。"),
        FieldFault::Url => ("url", "请填写 RTSP 地址，例如 rtsp://10.1.2.3:554/live。"),
        FieldFault::UrlSecret => ("url", "请把用户名和密码填在各自的栏中，不要写在地址里。"),
        FieldFault::Host => ("host", "请填写主机名或 IP 地址。"),
        FieldFault::Port => ("port", "端口须为 1 至 65535。"),
        FieldFault::User => ("user", "用户名最多 128 个字符。"),
        FieldFault::Password => ("password", "密码最多 128 个字符。"),
        FieldFault::Passphrase => ("passphrase", "SRT 密钥须为 10 至 79 个字符；留空表示不加密。"),
        FieldFault::StreamId => ("streamId", "流标识最多 512 个字符。"),
        FieldFault::Latency => ("latencyMs", "接收缓冲须为 20 至 8000 毫秒。"),
    }
}
