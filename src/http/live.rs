//! `/api/live`: the same JSON as `/api/status`, once a second and when a leg breaks or is back, made once for all who look.

use super::{Web, api, error::Refused, extract::Caller};
use crate::app::InUse;
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// Most pages that look at once: a handful of consoles. When full, a further one gets 503.
const VIEWERS_MAX: usize = 64;

/// How long one message may take to be sent; a slower page is closed and connects again.
const SEND_LIMIT: Duration = Duration::from_secs(5);

const EVERY: Duration = Duration::from_secs(1);

/// However fast legs change, the state is not made more often than this.
const APART: Duration = Duration::from_millis(100);

/// How often it is looked whether the viewer's log-in lasts.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What a page says while somebody uses its keyboard or pointer, so that the console does not lock.
const PRESENT: &str = "present";

/// It is heard at most so often.
const PRESENT_EVERY: Duration = Duration::from_secs(5);

/// WebSocket close code of a viewer whose log-in is over: 4000 + 401.
const LOGGED_OUT: u16 = 4401;

/// The latest state, as text.
pub(super) struct Live(watch::Sender<Utf8Bytes>);

impl Default for Live {
    fn default() -> Self {
        Self(watch::Sender::new(Utf8Bytes::default()))
    }
}

/// Makes the state anew each second, and when a leg becomes another, while anybody looks. Runs for the life of the program.
pub async fn produce(web: Arc<Web>) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut legs = web.app.leg_changes();
    loop {
        tokio::select! {
            () = web.shutdown.begun() => return,
            _ = tick.tick() => {}
            // A broken link is an alarm, which is not to wait for the next second.
            Ok(()) = legs.changed() => {}
        }
        if web.live.0.receiver_count() > 0 {
            web.live.0.send_replace(render(&web).await);
        }
        tokio::time::sleep(APART).await;
    }
}

async fn render(web: &Web) -> Utf8Bytes {
    let status = api::status::render(web.app.snapshot(std::time::Instant::now()).await);
    serde_json::to_string(&status).expect("wire types have only string keys").into()
}

/// `GET /api/live`.
pub(super) async fn open(
    caller: Caller,
    State(web): State<Arc<Web>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    web.app.may_see_status(&caller.actor)?;
    let upgrade = upgrade.map_err(|rejection| Refused::bad_request().detail(rejection))?;
    if web.live.0.receiver_count() >= VIEWERS_MAX {
        return Err(Refused::busy().retry_after(10));
    }
    let mut news = web.live.0.subscribe();
    let mut revocations = web.app.revocations();
    let credential = caller.credential;
    Ok(upgrade.max_message_size(1024).on_upgrade(async move |mut socket: WebSocket| {
        let first = render(&web).await;
        let mut sent = timeout(SEND_LIMIT, socket.send(Message::Text(first))).await.is_ok_and(|sent| sent.is_ok());
        let mut look = interval(LOOK_EVERY);
        let mut noted = None;
        while sent {
            tokio::select! {
                _ = async { tokio::select! { _ = revocations.changed() => {} _ = look.tick() => {} } } => {
                    // Looking alone is no use of a log-in: a console nobody sits at idles out, but not in a meeting; it locks.
                    let in_use = if web.app.is_on_air() { InUse::Watches } else { InUse::Looks };
                    if !web.app.may_go_on(&credential, in_use, SystemTime::now()).await {
                        let frame = CloseFrame { code: LOGGED_OUT, reason: Utf8Bytes::default() };
                        let _ = timeout(SEND_LIMIT, socket.send(Message::Close(Some(frame)))).await;
                        return;
                    }
                }
                () = web.shutdown.begun() => {
                    let frame = CloseFrame { code: 1001, reason: Utf8Bytes::default() };
                    let _ = timeout(SEND_LIMIT, socket.send(Message::Close(Some(frame)))).await;
                    return;
                }
                changed = news.changed() => {
                    let text = news.borrow_and_update().clone();
                    sent = changed.is_ok()
                        && timeout(SEND_LIMIT, socket.send(Message::Text(text))).await.is_ok_and(|sent| sent.is_ok());
                }
                // Nothing is expected but pongs, the end, and that somebody is there.
                message = socket.recv() => {
                    if matches!(&message, Some(Ok(Message::Text(text))) if text.as_str() == PRESENT)
                        && noted.is_none_or(|at: Instant| at.elapsed() >= PRESENT_EVERY)
                    {
                        noted = Some(Instant::now());
                        web.app.note_act(&credential, SystemTime::now()).await;
                    }
                    sent = matches!(message, Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Text(_))));
                }
            }
        }
    }))
}
