//! Use cases: authorise, load, decide, store, command. The only place that knows both meetings and rooms.
//!
//! [`App`] is one value shared by all of HTTP. Its state in memory is what runs now: which meeting has which room, which
//! session is whose. What must outlive a restart is in the store, written before it takes effect.

mod meetings;
mod news;
mod sessions;
mod status;
pub mod token;

pub use meetings::{DEMO_MEETING, DEMO_PROVINCE, MeetingFault, demo_meeting_id, demo_province};
pub use news::{RoomNews, SessionNews};
pub use sessions::{JoinFault, Joined, Kind, Purpose, Restarted, Session, SessionFault};
pub use status::{LegState, LegView, Links, MeetingView, PipelineView, Snapshot, WorkerView};

use crate::{
    domain::access::Actor,
    id::{MeetingId, RoomId, SessionId},
    relay::io::handle::RelayHandle,
    store::Store,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Instant, SystemTime},
};
use token::{TokenError, TokenKey};

/// Everything the use cases need.
pub struct App {
    relay: RelayHandle,
    store: Store,
    tokens: TokenKey,
    links: Arc<dyn Links>,
    settings: Settings,
    state: Mutex<State>,
}

/// What is fixed while the program runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether it runs with `--demo`.
    pub demo: bool,
    /// How long a visit's token is good.
    pub visit_ttl: std::time::Duration,
    /// When the program started.
    pub started: (SystemTime, Instant),
}

/// What runs now.
#[derive(Default)]
struct State {
    meetings: HashMap<MeetingId, meetings::OpenMeeting>,
    rooms: HashMap<RoomId, MeetingId>,
    sessions: HashMap<SessionId, Arc<Session>>,
}

impl App {
    /// An application on this relay and store. Nothing is open yet: call [`reconcile`](Self::reconcile).
    #[must_use]
    pub fn new(relay: RelayHandle, store: Store, tokens: TokenKey, links: Arc<dyn Links>, settings: Settings) -> Self {
        Self { relay, store, tokens, links, settings, state: Mutex::default() }
    }

    /// Whether the program runs with `--demo`.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.settings.demo
    }

    /// Who shows this token.
    pub fn holder(&self, token: &str, now: SystemTime) -> Result<(Actor, String), TokenError> {
        let claims = self.tokens.check(token, now)?;
        Ok((Actor::Holder(claims.holder), claims.name))
    }

    /// The state; never held across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A new unguessable id: 130 random bits as 26 letters and digits.
///
/// # Panics
/// If the operating system has no randomness, which no Linux that booted is without.
#[must_use]
pub fn new_id<I: std::str::FromStr>() -> I {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut random = [0; 26];
    getrandom::fill(&mut random).expect("a Linux that booted has randomness");
    let text: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    text.parse().unwrap_or_else(|_| unreachable!("letters and digits are a valid id"))
}
