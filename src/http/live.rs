//! `/api/live`: the one channel of the panel's pages. Whoever may see the state gets the same JSON as `/api/status`, once a second and
//! when a leg breaks or is back, made once for all who look; everybody hears which areas became different, so that lists are read anew
//! at once. A page whose line failed says where it was (`run` and `after` of the last message) and hears what it missed, or that it must
//! read everything anew.

use super::{Web, api, error::Refused, extract::Caller, wire::LiveMessage};
use crate::app::{Credential, InUse};
use axum::{
    extract::{
        Query, State, WebSocketUpgrade,
        rejection::QueryRejection,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use serde::Deserialize;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// Most pages at once: a panel on each desk of a county. When full, a further one gets 503.
const PAGES_MAX: usize = 512;

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

/// WebSocket close code of a server that ends.
const GOING_AWAY: u16 = 1001;

/// What all channels share.
pub(super) struct Live {
    /// The latest state, as text.
    status: watch::Sender<Utf8Bytes>,
    /// One for each page that may still come.
    places: Arc<Semaphore>,
}

impl Default for Live {
    fn default() -> Self {
        Self { status: watch::Sender::new(Utf8Bytes::default()), places: Arc::new(Semaphore::new(PAGES_MAX)) }
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
        if web.live.status.receiver_count() > 0 {
            web.live.status.send_replace(render(&web).await);
        }
        tokio::time::sleep(APART).await;
    }
}

async fn render(web: &Web) -> Utf8Bytes {
    let status = api::status::render(web.app.snapshot(std::time::Instant::now()).await);
    text(&LiveMessage::Status { status: Box::new(status) })
}

fn text(message: &LiveMessage) -> Utf8Bytes {
    serde_json::to_string(message).expect("wire types have only string keys").into()
}

/// Query of `GET /api/live`: where a page was when its line failed.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Resume {
    run: Option<String>,
    after: Option<u64>,
}

/// `GET /api/live`: the one channel of changes; a client that lost it takes up where it was.
pub(super) async fn open(
    caller: Caller,
    State(web): State<Arc<Web>>,
    resume: Result<Query<Resume>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    web.app.may_hear_changes(&caller.actor)?;
    let Query(resume) = resume.map_err(|error| Refused::bad_request().detail(error))?;
    let upgrade = upgrade.map_err(|rejection| Refused::bad_request().detail(rejection))?;
    let place = Arc::clone(&web.live.places).try_acquire_owned();
    let place = place.map_err(|_| Refused::busy().retry_after(10))?;
    let status = web.app.may_see_status(&caller.actor).is_ok().then(|| web.live.status.subscribe());
    Ok(upgrade.max_message_size(1024).on_upgrade(async move |socket: WebSocket| {
        let page = Page { changes: web.app.changes().count(), web, socket, status, told: 0, _place: place };
        page.serve(&caller.credential, resume).await;
    }))
}

/// One page's channel.
struct Page {
    web: Arc<Web>,
    socket: WebSocket,
    /// The state, for whoever may see it.
    status: Option<watch::Receiver<Utf8Bytes>>,
    /// How many changes there are.
    changes: watch::Receiver<u64>,
    /// How many changes this page was told of.
    told: u64,
    _place: OwnedSemaphorePermit,
}

impl Page {
    /// Speaks until the page leaves, its log-in is over or the server ends.
    async fn serve(mut self, credential: &Credential, resume: Resume) {
        let mut revocations = self.web.app.revocations();
        let (mut look, mut here) = (interval(LOOK_EVERY), interval(EVERY));
        here.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut noted = None;
        let mut goes_on = self.greet(&resume).await;
        while goes_on {
            goes_on = tokio::select! {
                () = async { tokio::select! { _ = revocations.changed() => {} _ = look.tick() => {} } } => {
                    // Looking alone is no use of a log-in: a console nobody sits at idles out, but not in a meeting; it locks.
                    let watches = self.status.is_some() && self.web.app.is_on_air();
                    let in_use = if watches { InUse::Watches } else { InUse::Looks };
                    let lasts = self.web.app.may_go_on(credential, in_use, SystemTime::now()).await;
                    if !lasts {
                        self.close(LOGGED_OUT).await;
                    }
                    lasts
                }
                () = self.web.shutdown.begun() => return self.close(GOING_AWAY).await,
                Some(state) = latest(self.status.as_mut()) => self.send(state).await,
                _ = self.changes.changed() => self.tell_changes().await,
                // The line is good: with the state, that says so.
                _ = here.tick(), if self.status.is_none() => self.send(text(&LiveMessage::Here)).await,
                // Nothing is expected but pongs, the end, and that somebody is there.
                message = self.socket.recv() => {
                    if matches!(&message, Some(Ok(Message::Text(text))) if text.as_str() == PRESENT)
                        && noted.is_none_or(|at: Instant| at.elapsed() >= PRESENT_EVERY)
                    {
                        noted = Some(Instant::now());
                        self.web.app.note_act(credential, SystemTime::now()).await;
                    }
                    matches!(message, Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Text(_))))
                }
            };
        }
    }

    /// The first words: which run this is, how far it is, and what the page missed; then the state.
    async fn greet(&mut self, Resume { run, after }: &Resume) -> bool {
        let changes = self.web.app.changes();
        let missed = after.filter(|_| run.as_deref() == Some(changes.run())).and_then(|after| changes.since(after));
        let (areas, at) = match missed {
            Some((areas, at)) => (Some(areas), at),
            None => (None, *self.changes.borrow_and_update()),
        };
        self.told = at;
        let areas = areas.map(|areas| areas.into_iter().map(str::to_owned).collect());
        let hello = LiveMessage::Hello { run: changes.run().to_owned(), at, areas };
        let greeted = self.send(text(&hello)).await;
        match self.status {
            Some(_) if greeted => {
                let state = render(&self.web).await;
                self.send(state).await
            }
            _ => greeted,
        }
    }

    async fn tell_changes(&mut self) -> bool {
        self.changes.mark_unchanged();
        let changes = self.web.app.changes();
        let message = match changes.since(self.told) {
            Some((_, at)) if at == self.told => return true,
            Some((areas, at)) => {
                self.told = at;
                LiveMessage::Changed { at, areas: areas.into_iter().map(str::to_owned).collect() }
            }
            // So slow that some are forgotten.
            None => {
                self.told = *self.changes.borrow();
                LiveMessage::Hello { run: changes.run().to_owned(), at: self.told, areas: None }
            }
        };
        self.send(text(&message)).await
    }

    async fn send(&mut self, text: Utf8Bytes) -> bool {
        timeout(SEND_LIMIT, self.socket.send(Message::Text(text))).await.is_ok_and(|sent| sent.is_ok())
    }

    async fn close(&mut self, code: u16) {
        let frame = CloseFrame { code, reason: Utf8Bytes::default() };
        let _ = timeout(SEND_LIMIT, self.socket.send(Message::Close(Some(frame)))).await;
    }
}

/// The next state; never for a page that may not see it.
async fn latest(status: Option<&mut watch::Receiver<Utf8Bytes>>) -> Option<Utf8Bytes> {
    match status {
        Some(status) => {
            status.changed().await.ok()?;
            Some(status.borrow_and_update().clone())
        }
        None => std::future::pending().await,
    }
}
