//! The control channel of a session: who is there, who is on air; of one that looks, what its slots carry, and its wishes; of one
//! that sends, which of its layers anybody needs.
//!
//! The page proves itself in its first message, since a browser can't set a header on a WebSocket and a token in an address
//! would end up in logs. What is sent is always the latest state, read from `watch`es: a slow page skips steps in between
//! and nothing queues up; one that takes longer than [`Patience::send`] for a message is closed, joins again and is told all.

use super::{
    Web,
    error::Refused,
    extract::{Caller, Ids},
    wire::{ClientMessage, EndReason, RosterEntry, ServerMessage, SlotState},
};
use crate::{
    app::{Credential, InUse, RoomNews, Session, SessionFault, SessionNews},
    id::{MeetingId, SessionId},
    relay::media::Mid,
};
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    sync::watch,
    time::{Instant, interval, timeout},
};

/// How long a client is waited for. Tests are less patient.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long it may take to say who it is.
    pub hello: Duration,
    /// How long it may take to accept one message.
    pub send: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { hello: Duration::from_secs(5), send: Duration::from_secs(5) }
    }
}

/// How often a ping goes out.
const PING_EVERY: Duration = Duration::from_secs(10);

/// A client that says nothing, not even a pong, for this long is gone.
const SILENCE_LIMIT: Duration = Duration::from_secs(35);

/// Largest message of a client: a wish for 19 slots is 2 KiB.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// Messages a client may send within [`PING_EVERY`]; a page that wishes on every layout change stays far below.
const MESSAGES_PER_PERIOD_MAX: u32 = 200;

/// WebSocket close codes: 4000 + the HTTP status it would have been.
mod close {
    pub(super) const NORMAL: u16 = 1000;
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const PROTOCOL: u16 = 4400;
    pub(super) const TOKEN: u16 = 4401;
    pub(super) const UNKNOWN: u16 = 4404;
    pub(super) const TOO_SLOW: u16 = 4408;
    pub(super) const TOO_MANY: u16 = 4429;
}

/// `GET /whip|whep/{meeting}/{session}/control`: the control channel of a session.
pub(super) async fn open(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((meeting, session)): Ids<(MeetingId, SessionId)>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    let upgrade = upgrade.map_err(|rejection| Refused::bad_request().detail(rejection))?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let mut channel = Channel { socket, web, credential: Credential::None };
        let end = match channel.greet(&caller, &meeting, &session).await {
            Ok(session) => channel.serve(&session).await,
            Err(end) => end,
        };
        channel.close(end).await;
    }))
}

/// How a channel ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    /// Its close code; none if nothing more can be said.
    code: Option<u16>,
    reason: Option<EndReason>,
}

impl End {
    /// The client is gone already.
    const GONE: Self = Self::refused(close::NORMAL);

    /// Half a message is under way, and the client takes no more of it.
    const STUCK: Self = Self { code: None, reason: None };

    const fn refused(code: u16) -> Self {
        Self { code: Some(code), reason: None }
    }

    const fn told(code: u16, reason: EndReason) -> Self {
        Self { code: Some(code), reason: Some(reason) }
    }
}

struct Channel {
    socket: WebSocket,
    web: Arc<Web>,
    /// How whoever opened it proved who they are.
    credential: Credential,
}

impl Channel {
    /// Waits for `hello` and finds the session it may steer.
    async fn greet(&mut self, caller: &Caller, meeting: &MeetingId, id: &SessionId) -> Result<Arc<Session>, End> {
        let first =
            timeout(self.web.patience.hello, self.socket.recv()).await.map_err(|_| End::refused(close::TOO_SLOW))?;
        let Some(Ok(Message::Text(text))) = first else { return Err(End::refused(close::PROTOCOL)) };
        let Ok(ClientMessage::Hello { token }) = serde_json::from_str(&text) else {
            return Err(End::refused(close::PROTOCOL));
        };
        let caller = match token {
            None => caller.clone(),
            Some(token) => {
                let known = Caller::with_token(&self.web, caller.address, &token).await;
                known.map_err(|_| End::refused(close::TOKEN))?
            }
        };
        self.credential = caller.credential;
        self.web.app.session(&caller.actor, meeting, id).map_err(|fault| match fault {
            SessionFault::Access(crate::domain::access::Refusal::TokenNeeded) => End::refused(close::TOKEN),
            _ => End::told(close::UNKNOWN, EndReason::Left),
        })
    }

    /// Tells everything, then whatever changes, until one side ends it.
    async fn serve(&mut self, session: &Session) -> End {
        let shutdown = self.web.shutdown.clone();
        let Some(mut room_news) = self.web.app.room_news(&session.meeting) else {
            return End::told(close::UNKNOWN, EndReason::Left);
        };
        let mut session_news = session.subscribe();
        let mut sent = Sent::default();
        if let Err(end) = self.send(&self.welcome(session)).await {
            return end;
        }
        let mut revocations = self.web.app.revocations();
        let mut ping = interval(PING_EVERY);
        let mut heard = Instant::now();
        let mut messages = 0;
        loop {
            if let Err(end) = self.tell(session, &mut session_news, &mut room_news, &mut sent).await {
                return end;
            }
            let step = tokio::select! {
                () = shutdown.begun() => Err(End::told(close::GOING_AWAY, EndReason::ServerStopping)),
                changed = session_news.changed() => changed.map_err(|_| End::told(close::NORMAL, EndReason::Left)),
                // The meeting is gone; why, its sessions were told before.
                changed = room_news.changed() => changed.map_err(|_| {
                    End::told(close::NORMAL, session_news.borrow().ended.map_or(EndReason::Left, Into::into))
                }),
                message = self.socket.recv() => {
                    heard = Instant::now();
                    messages += 1;
                    match message {
                        _ if messages > MESSAGES_PER_PERIOD_MAX => {
                            Err(End::told(close::TOO_MANY, EndReason::ChannelFault))
                        }
                        Some(Ok(message)) => self.take(session, message).await,
                        Some(Err(_)) | None => Err(End::GONE),
                    }
                }
                _ = revocations.changed() => may_go_on(&self.web, &self.credential).await,
                _ = ping.tick() => {
                    messages = 0;
                    match may_go_on(&self.web, &self.credential).await {
                        Ok(()) if heard.elapsed() <= SILENCE_LIMIT => self.write(Message::Ping(Default::default())).await,
                        Ok(()) => Err(End::GONE),
                        Err(end) => Err(end),
                    }
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    fn welcome(&self, session: &Session) -> ServerMessage {
        let meeting = self.web.app.meeting_brief(&session.meeting);
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        ServerMessage::Welcome {
            meeting: meeting
                .map_or_else(|| super::api::meetings::unknown_brief(&session.meeting), super::api::meetings::brief),
            participant: session.participant.to_string(),
            server_time_ms: u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Sends what has changed since it was last sent.
    async fn tell(
        &mut self,
        session: &Session,
        session_news: &mut watch::Receiver<SessionNews>,
        room_news: &mut watch::Receiver<RoomNews>,
        sent: &mut Sent,
    ) -> Result<(), End> {
        let (slots, layers, ended) = {
            let news = session_news.borrow_and_update();
            (slots(session, &news), layers(&news), news.ended)
        };
        if let Some(reason) = ended {
            return Err(End::told(close::NORMAL, reason.into()));
        }
        let (stage, roster) = {
            let news = room_news.borrow_and_update();
            (stage(session, &news), roster(&news))
        };
        let all = [
            (Some(stage), &mut sent.stage),
            (Some(roster), &mut sent.roster),
            (Some(slots), &mut sent.slots),
            (layers, &mut sent.layers),
        ];
        for (message, last) in all {
            if let Some(message) = message
                && last.as_ref() != Some(&message)
            {
                self.send(&message).await?;
                *last = Some(message);
            }
        }
        Ok(())
    }

    /// Does what the client says.
    async fn take(&mut self, session: &Session, message: Message) -> Result<(), End> {
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::GONE),
            Message::Binary(_) => return Err(End::told(close::PROTOCOL, EndReason::ChannelFault)),
        };
        match serde_json::from_str(&text) {
            Ok(ClientMessage::Ping) => self.send(&ServerMessage::Pong).await,
            Ok(ClientMessage::Wish { wishes }) => {
                let wishes = wishes.into_iter().map(Into::into).collect();
                match self.web.app.wish(session, wishes).await {
                    Ok(()) => Ok(()),
                    Err(SessionFault::NoSuchSlot) => Err(End::told(close::PROTOCOL, EndReason::ChannelFault)),
                    // The room is busy or gone: gone ends the session by itself, busy passes and the page wishes again.
                    Err(error) => {
                        tracing::debug!(%error, "a wish was not passed on");
                        Ok(())
                    }
                }
            }
            Ok(ClientMessage::Hello { .. }) | Err(_) => Err(End::told(close::PROTOCOL, EndReason::ChannelFault)),
        }
    }

    async fn send(&mut self, message: &ServerMessage) -> Result<(), End> {
        let text = serde_json::to_string(message).expect("wire types have only string keys");
        self.write(Message::Text(text.into())).await
    }

    async fn write(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.web.patience.send, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::GONE),
            Err(_) => {
                tracing::debug!("a page does not read what it is told: its control channel is closed");
                Err(End::STUCK)
            }
        }
    }

    async fn close(mut self, end: End) {
        if let Some(reason) = end.reason
            && self.send(&ServerMessage::Ended { reason }).await.is_err()
        {
            return;
        }
        let Some(code) = end.code else { return };
        let frame = CloseFrame { code, reason: Default::default() };
        // The client may be gone already.
        let _ = self.write(Message::Close(Some(frame))).await;
    }
}

/// Whether whoever opened a channel still may; a log-in is in use as long as its page shows a meeting.
async fn may_go_on(web: &Web, credential: &Credential) -> Result<(), End> {
    let may = web.app.may_go_on(credential, InUse::Attends, SystemTime::now()).await;
    if may { Ok(()) } else { Err(End::refused(close::TOKEN)) }
}

/// What the client was told last.
#[derive(Default)]
struct Sent {
    stage: Option<ServerMessage>,
    roster: Option<ServerMessage>,
    slots: Option<ServerMessage>,
    layers: Option<ServerMessage>,
}

fn slots(session: &Session, news: &SessionNews) -> ServerMessage {
    let known = |mid: &Mid| session.kind_of(mid);
    let slots = news.slots.iter().filter_map(|slot| known(&slot.mid).map(|kind| SlotState::new(slot.clone(), kind)));
    ServerMessage::Slots { slots: slots.collect() }
}

fn layers(news: &SessionNews) -> Option<ServerMessage> {
    let lines = news.layers.iter().cloned().map(Into::into).collect();
    (!news.layers.is_empty()).then_some(ServerMessage::Layers { lines })
}

fn stage(session: &Session, news: &RoomNews) -> ServerMessage {
    ServerMessage::Stage {
        on_air: news.stage.on_air.as_ref().map(ToString::to_string),
        you_are_heard: news.stage.hears(&session.participant),
    }
}

fn roster(news: &RoomNews) -> ServerMessage {
    let on_air = |participant| news.stage.on_air.as_ref() == Some(participant);
    let entries = news.publications.iter().map(|info| RosterEntry::new(info.clone(), on_air(&info.participant)));
    ServerMessage::Roster { publications: entries.collect() }
}
