//! What workers tell, kept for those who come late: the latest roster of each room and what each viewer's slots carry.
//!
//! The main type is [`News`], shared by the workers that write it and the handles that read it. A worker takes its lock only
//! when something is told, a few times a minute, and holds it for the time of a pointer swap; never for a packet.

use crate::{
    id::{RoomId, SessionId},
    relay::{
        command::{PublicationInfo, RelayError, RoomEvent, SlotShows},
        media::Codec,
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::broadcast;

/// Events a subscriber may fall behind before it loses the oldest; it then reads a [`Snapshot`].
const EVENTS_MAX: usize = 4096;

/// A worker's number, from 0.
pub type WorkerIndex = usize;

/// The present state of a room, as one of its sessions may see it.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The room's publications.
    pub roster: Arc<[PublicationInfo]>,
    /// What the session's slots carry; empty for publishers and before the first news of them.
    pub slots: Arc<[SlotShows]>,
}

/// The latest news of all rooms of all workers.
pub struct News {
    events: broadcast::Sender<RoomEvent>,
    rooms: Mutex<HashMap<RoomId, RoomNews>>,
}

/// What is known of one room.
struct RoomNews {
    worker: WorkerIndex,
    codec: Codec,
    roster: Arc<[PublicationInfo]>,
    sessions: HashMap<SessionId, Arc<[SlotShows]>>,
}

impl Default for News {
    fn default() -> Self {
        Self { events: broadcast::Sender::new(EVENTS_MAX), rooms: Mutex::default() }
    }
}

impl News {
    /// All events from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<RoomEvent> {
        self.events.subscribe()
    }

    /// Keeps what `event` says and passes it on. State first, so that whoever subscribes and then reads misses nothing.
    pub fn publish(&self, event: RoomEvent) {
        self.keep(&event);
        // Nobody listening is no fault.
        let _ = self.events.send(event);
    }

    /// The present state of a room and of one session in it; `None` if either is unknown.
    #[must_use]
    pub fn snapshot(&self, room: RoomId, session: &SessionId) -> Option<Snapshot> {
        let rooms = self.rooms();
        let room = rooms.get(&room)?;
        Some(Snapshot { roster: Arc::clone(&room.roster), slots: Arc::clone(room.sessions.get(session)?) })
    }

    /// Where a room is and its codec.
    pub(super) fn find(&self, room: RoomId) -> Result<(WorkerIndex, Codec), RelayError> {
        self.rooms().get(&room).map(|news| (news.worker, news.codec)).ok_or(RelayError::NoSuchRoom(room))
    }

    /// How many rooms there are.
    pub(super) fn room_count(&self) -> usize {
        self.rooms().len()
    }

    /// Notes a new room on the worker with the fewest peers of `workers`, and tells which.
    pub(super) fn place(&self, room: RoomId, codec: Codec, workers: usize) -> WorkerIndex {
        let mut rooms = self.rooms();
        let mut loads = vec![(0, 0); workers];
        for news in rooms.values() {
            loads[news.worker].0 += news.sessions.len();
            loads[news.worker].1 += 1;
        }
        let worker = least_loaded(&loads);
        rooms.insert(room, RoomNews { worker, codec, roster: Arc::default(), sessions: HashMap::new() });
        worker
    }

    /// Forgets a room that was closed or never opened.
    pub(super) fn forget(&self, room: RoomId) {
        self.rooms().remove(&room);
    }

    /// Notes a session before its room hears of it, so that no news of it is lost; `false` if it is there already.
    pub(super) fn enter(&self, room: RoomId, session: &SessionId) -> bool {
        let mut rooms = self.rooms();
        let Some(news) = rooms.get_mut(&room) else { return false };
        if news.sessions.contains_key(session) {
            return false;
        }
        news.sessions.insert(session.clone(), Arc::default());
        true
    }

    /// Forgets a session that did not get in.
    pub(super) fn leave(&self, room: RoomId, session: &SessionId) {
        if let Some(news) = self.rooms().get_mut(&room) {
            news.sessions.remove(session);
        }
    }

    /// All rooms of a worker, which has lost them.
    pub(super) fn rooms_of(&self, worker: WorkerIndex) -> Vec<RoomId> {
        self.rooms().iter().filter(|(_, news)| news.worker == worker).map(|(room, _)| *room).collect()
    }

    fn keep(&self, event: &RoomEvent) {
        let mut rooms = self.rooms();
        match event {
            // Layers are said again every few seconds.
            RoomEvent::PeerConnected { .. } | RoomEvent::Layers { .. } => {}
            RoomEvent::PeerGone { room, session, .. } => {
                if let Some(news) = rooms.get_mut(room) {
                    news.sessions.remove(session);
                }
            }
            RoomEvent::Roster { room, publications } => {
                if let Some(news) = rooms.get_mut(room) {
                    news.roster = publications.as_slice().into();
                }
            }
            RoomEvent::Slots { room, session, slots } => {
                if let Some(known) = rooms.get_mut(room).and_then(|news| news.sessions.get_mut(session)) {
                    *known = slots.as_slice().into();
                }
            }
            RoomEvent::RoomLost { room } => {
                rooms.remove(room);
            }
        }
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<RoomId, RoomNews>> {
        // Every change under the lock is one insertion or removal, so a panic elsewhere leaves nothing half done.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first worker with the fewest peers, and among those the fewest rooms.
fn least_loaded(loads: &[(usize, usize)]) -> WorkerIndex {
    loads.iter().enumerate().min_by_key(|(_, load)| **load).map_or(0, |(worker, _)| worker)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::{
        command::{GoneReason, SlotContent},
        media::Mid,
    };

    fn session(name: &str) -> SessionId {
        name.parse().expect("a slug")
    }

    #[test]
    fn a_room_goes_where_the_fewest_peers_are() {
        assert_eq!(least_loaded(&[(3, 1), (2, 9), (2, 8)]), 2);
        assert_eq!(least_loaded(&[(0, 0), (0, 0)]), 0);
        let news = News::default();
        assert_eq!(news.place(RoomId(1), Codec::H264, 2), 0);
        assert_eq!(news.place(RoomId(2), Codec::H264, 2), 1);
        for name in ["a", "b", "c"] {
            assert!(news.enter(RoomId(2), &session(name)));
        }
        assert!(!news.enter(RoomId(2), &session("a")), "is there already");
        assert_eq!(news.place(RoomId(3), Codec::Vp8, 2), 0);
        assert_eq!(news.find(RoomId(3)), Ok((0, Codec::Vp8)));
    }

    #[test]
    fn who_comes_late_sees_the_present_state() {
        let news = News::default();
        let (room, viewer) = (RoomId(1), session("viewer"));
        news.place(room, Codec::H264, 1);
        assert!(news.enter(room, &viewer));
        let slots = vec![SlotShows { mid: Mid("0".into()), content: SlotContent::Slate }];
        news.publish(RoomEvent::Slots { room, session: viewer.clone(), slots: slots.clone() });
        let mut late = news.subscribe();
        assert_eq!(news.snapshot(room, &viewer).expect("known").slots[..], slots[..]);
        news.publish(RoomEvent::PeerGone { room, session: viewer.clone(), reason: GoneReason::Left });
        assert!(news.snapshot(room, &viewer).is_none());
        assert!(matches!(late.try_recv(), Ok(RoomEvent::PeerGone { .. })));
        news.publish(RoomEvent::RoomLost { room });
        assert_eq!(news.find(room), Err(RelayError::NoSuchRoom(room)));
    }
}
