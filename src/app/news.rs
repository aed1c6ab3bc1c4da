//! News of the relay on its way to pages: what it tells is sorted by room and session, and each page reads the latest.
//!
//! Every reader has a `watch`, which holds one value: a page that is slow misses steps in between, never the last, and no
//! queue can grow.

use super::App;
use crate::{
    domain::stage::Stage,
    id::{RoomId, SessionId},
    relay::command::{GoneReason, LayersWanted, PublicationInfo, RoomEvent, SlotShows},
};
use std::sync::Arc;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// What all of a meeting's pages see.
#[derive(Debug, Clone, Default)]
pub struct RoomNews {
    /// Who is on air and heard.
    pub stage: Stage,
    /// Every publication, in the order of arrival.
    pub publications: Vec<PublicationInfo>,
}

/// What one session's page sees.
#[derive(Debug, Clone, Default)]
pub struct SessionNews {
    /// What its slots carry, in the offer's order.
    pub slots: Vec<SlotShows>,
    /// Which layers of what it sends somebody needs; none before the relay has told.
    pub layers: Vec<LayersWanted>,
    /// Why it ended, once it has.
    pub ended: Option<GoneReason>,
}

impl App {
    /// What the relay tells from now on, for [`follow_relay`](Self::follow_relay). Subscribe before the first room opens.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<RoomEvent> {
        self.relay.subscribe()
    }

    /// Passes on what the relay tells until `stop` says so. Runs for the life of the program.
    pub async fn follow_relay(self: Arc<Self>, mut events: Receiver<RoomEvent>, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let event = tokio::select! {
                () = &mut stop => return,
                event = events.recv() => event,
            };
            match event {
                Ok(event) => self.take(event).await,
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "the relay told more than could be passed on; reading its present state");
                    self.resync();
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    async fn take(&self, event: RoomEvent) {
        match event {
            RoomEvent::PeerConnected { .. } => tracing::debug!("a peer's media can flow"),
            RoomEvent::PeerGone { session, reason, .. } => self.end_session(&session, reason),
            RoomEvent::Roster { room, publications } => self.publish_roster(room, publications),
            RoomEvent::Slots { session, slots, .. } => self.publish_slots(&session, slots),
            RoomEvent::Layers { session, lines, .. } => self.publish_layers(&session, lines),
            RoomEvent::RoomLost { room } => self.lose_room(room).await,
        }
    }

    async fn lose_room(&self, room: RoomId) {
        let lost: Vec<SessionId> = {
            let state = self.state();
            let of_room = state.sessions.values().filter(|session| session.room == room);
            of_room.map(|session| session.id.clone()).collect()
        };
        for session in lost {
            self.end_session(&session, GoneReason::RoomLost);
        }
        self.reopen_lost(room).await;
    }

    fn publish_slots(&self, id: &SessionId, slots: Vec<SlotShows>) {
        if let Some(session) = self.state().sessions.get(id) {
            session.news.send_modify(|news| news.slots = slots);
        }
    }

    fn publish_layers(&self, id: &SessionId, lines: Vec<LayersWanted>) {
        if let Some(session) = self.state().sessions.get(id) {
            session.news.send_if_modified(|news| {
                let changed = news.layers != lines;
                news.layers = lines;
                changed
            });
        }
    }

    /// Reads the present state of everything, after events were missed.
    fn resync(&self) {
        let sessions: Vec<_> = self.state().sessions.values().cloned().collect();
        for session in sessions {
            match self.relay.snapshot(session.room, &session.id) {
                Some(snapshot) => {
                    self.publish_roster(session.room, snapshot.roster.to_vec());
                    self.publish_slots(&session.id, snapshot.slots.to_vec());
                }
                // A session that is still joining is known to the relay too; this one is gone.
                None => self.end_session(&session.id, GoneReason::Left),
            }
        }
    }
}
