//! WHIP and WHEP sessions: joining, changing, leaving, and whose each one is.

use super::{App, door::Credential, news::SessionNews, participants::ParticipantKind};
use crate::{
    domain::access::{self, Action, Actor, Refusal, Resource},
    id::{MeetingId, ParticipantId, RoomId, SessionId},
    relay::{
        command::{GoneReason, RelayError, Wish},
        io::handle::{JoinError, JoinOffer, JoinPurpose},
        media::{MediaKind, Mid, Role},
        transport::sdp::OfferError,
    },
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::watch;

/// Most sessions one participant may have at once: a camera, content, a wall of several WHEP sessions, and the ones of a
/// page that was just reloaded and are not yet noticed to be gone.
pub(super) const SESSIONS_PER_PARTICIPANT_MAX: usize = 16;

/// Most entries of one wish: a slot can be named once.
pub(super) const WISHES_MAX: usize = crate::relay::plan::VIDEO_SLOTS_MAX + crate::relay::plan::AUDIO_SLOTS_MAX;

/// Whether a session sends or looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It sends.
    Whip,
    /// It looks.
    Whep,
}

/// One session while it lasts.
#[derive(Debug)]
pub struct Session {
    /// Its id: the last segment of its address, which nobody else can guess.
    pub id: SessionId,
    /// Its meeting.
    pub meeting: MeetingId,
    /// The room it is in. A meeting whose room was lost has another one.
    pub room: RoomId,
    /// Who it is.
    pub participant: ParticipantId,
    /// Whether it sends or looks.
    pub kind: Kind,
    /// What kind of participant that is.
    pub(super) who: ParticipantKind,
    /// Who opened it; `None` for a demonstration's visitor, whose session's address is all they have.
    owner: Option<ParticipantId>,
    /// How they proved it: when it is revoked, the session ends.
    pub(super) credential: Credential,
    /// What each line of its answer is; set once it has joined.
    lines: OnceLock<Vec<(Mid, MediaKind)>>,
    /// Entity tag of its ICE session, without quotes; set when it has joined and at each ICE restart.
    etag: Mutex<String>,
    pub(super) news: watch::Sender<SessionNews>,
}

impl Session {
    /// Sound or picture of a line; `None` if its answer has no such line.
    #[must_use]
    pub fn kind_of(&self, mid: &Mid) -> Option<MediaKind> {
        self.lines.get()?.iter().find(|(known, _)| known == mid).map(|(_, kind)| *kind)
    }

    /// News of its slots and its end.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<SessionNews> {
        self.news.subscribe()
    }

    fn etag(&self) -> std::sync::MutexGuard<'_, String> {
        self.etag.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who joins.
#[derive(Debug, Clone, Copy)]
pub struct Joiner<'a> {
    /// What they may be allowed to do.
    pub actor: &'a Actor,
    /// Shown beside their picture.
    pub name: &'a str,
    /// How they proved who they are.
    pub credential: &'a Credential,
}

/// What a join wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To send.
    Publish(Role),
    /// To look; `any_codec` is for our own pages, which can decode what the meeting codec isn't.
    View {
        /// Whether any codec may be in a slot.
        any_codec: bool,
    },
}

impl Purpose {
    const fn action(self) -> Action {
        match self {
            Self::Publish(_) => Action::Publish,
            Self::View { .. } => Action::View,
        }
    }
}

/// A session that has joined.
#[derive(Debug)]
pub struct Joined {
    /// Its id.
    pub session: SessionId,
    /// The SDP answer.
    pub answer: String,
    /// Entity tag of its ICE session, without quotes.
    pub etag: String,
}

/// A session with new ICE credentials.
#[derive(Debug)]
pub struct Restarted {
    /// Our side.
    pub fragment: String,
    /// The new entity tag, without quotes.
    pub etag: String,
}

/// Why somebody can't join.
#[derive(Debug, thiserror::Error)]
pub enum JoinFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is no such meeting.
    #[error("there is no such meeting")]
    Unknown,
    /// It is not on air.
    #[error("the meeting is not on air")]
    NotOnAir,
    /// The participant has [`SESSIONS_PER_PARTICIPANT_MAX`] sessions.
    #[error("the participant has too many sessions")]
    TooMany,
    /// It was removed, or left, before it had joined.
    #[error("the session ended while it joined")]
    Gone,
    /// The offer can't be answered.
    #[error("the offer can't be answered")]
    Offer(#[source] OfferError),
    /// The relay does not take it.
    #[error("the relay does not take the session")]
    Relay(#[source] RelayError),
    /// The store failed.
    #[error("cannot read the meeting")]
    Store(#[source] crate::store::StoreError),
}

/// Why a session can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum SessionFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id in that meeting.
    #[error("there is no such session")]
    Unknown,
    /// The entity tag is of an older ICE session.
    #[error("the entity tag is not the session's present one")]
    Stale,
    /// A wish names a line the session doesn't have, or too many.
    #[error("the wish names a slot that is not there")]
    NoSuchSlot,
    /// The relay does not do it.
    #[error("the relay cannot do this now")]
    Relay(#[source] RelayError),
}

impl App {
    /// Adds a session to a meeting.
    pub async fn join(
        &self,
        joiner: Joiner<'_>,
        meeting: &MeetingId,
        purpose: Purpose,
        offer: &str,
    ) -> Result<Joined, JoinFault> {
        let actor = joiner.actor;
        let room = self.may_join(actor, meeting, purpose).await?;
        let session = Arc::new(Session::new(joiner, meeting, room, purpose));
        {
            let mut state = self.state();
            let mine = state.sessions.values().filter(|other| other.is_same_owner(&session)).count();
            if mine >= SESSIONS_PER_PARTICIPANT_MAX {
                return Err(JoinFault::TooMany);
            }
            // Before the relay knows of it, so that no news of it is lost.
            state.sessions.insert(session.id.clone(), Arc::clone(&session));
        }
        // Its venue may have been taken out of the meeting since it was asked; from here on it would be shown out.
        if let Err(refusal) = self.allow_meeting(actor, purpose.action(), meeting) {
            self.state().sessions.remove(&session.id);
            return Err(JoinFault::Access(refusal));
        }
        let offered = JoinOffer {
            room,
            session: session.id.clone(),
            participant: session.participant.clone(),
            name: joiner.name.to_owned(),
            offer,
            purpose: match purpose {
                Purpose::Publish(role) => JoinPurpose::Publish(role),
                Purpose::View { any_codec } => JoinPurpose::View { any_codec },
            },
        };
        match self.relay.join(offered).await {
            Ok(_) if !self.state().sessions.contains_key(&session.id) => {
                self.forget_removed(&session).await;
                Err(JoinFault::Gone)
            }
            Ok(joined) => {
                session.etag().clone_from(&joined.etag);
                let lines = lines_of(&joined.answer);
                session.lines.set(lines).expect("set here alone, once for each session");
                Ok(Joined { session: session.id.clone(), answer: joined.answer, etag: joined.etag })
            }
            Err(error) => {
                self.state().sessions.remove(&session.id);
                Err(match error {
                    JoinError::Offer(error) => JoinFault::Offer(error),
                    JoinError::Relay(error) => JoinFault::Relay(error),
                })
            }
        }
    }

    /// Whoever was removed while they joined is not in: the relay took them after it was told to remove them.
    async fn forget_removed(&self, session: &Session) {
        match self.relay.leave(session.room, &session.id).await {
            Ok(()) | Err(RelayError::NoSuchSession(_) | RelayError::NoSuchRoom(_)) => {}
            Err(error) => tracing::warn!(%error, "a session that was removed while it joined stays until it is silent"),
        }
    }

    /// The room of a meeting this actor may join.
    pub async fn may_join(&self, actor: &Actor, meeting: &MeetingId, purpose: Purpose) -> Result<RoomId, JoinFault> {
        self.allow_meeting(actor, purpose.action(), meeting).map_err(JoinFault::Access)?;
        if let Some(room) = self.room_of(meeting) {
            return Ok(room);
        }
        match self.store.meeting(meeting).await.map_err(JoinFault::Store)? {
            Some(_) => Err(JoinFault::NotOnAir),
            None => Err(JoinFault::Unknown),
        }
    }

    /// A session of a meeting, if this actor may change it.
    pub fn session(&self, actor: &Actor, meeting: &MeetingId, id: &SessionId) -> Result<Arc<Session>, SessionFault> {
        let found = self.state().sessions.get(id).filter(|session| session.meeting == *meeting).cloned();
        let session = match (found, actor) {
            // Who has no token at all is told so before anything about sessions.
            (None, Actor::Stranger) => return Err(SessionFault::Access(Refusal::TokenNeeded)),
            (None, _) => return Err(SessionFault::Unknown),
            (Some(session), _) => session,
        };
        let resource = Resource::Session { meeting, owner: session.owner.as_ref() };
        access::allow(actor, Action::ChangeSession, &resource).map_err(SessionFault::Access)?;
        Ok(session)
    }

    /// Ends a session.
    pub async fn leave(&self, session: &Session) -> Result<(), SessionFault> {
        match self.relay.leave(session.room, &session.id).await {
            Ok(()) | Err(RelayError::NoSuchSession(_) | RelayError::NoSuchRoom(_)) => {
                self.end_session(&session.id, GoneReason::Left);
                Ok(())
            }
            Err(error) => Err(SessionFault::Relay(error)),
        }
    }

    /// Takes news of candidates for the present ICE session. An ICE-lite server learns addresses from checks, so they
    /// change nothing; what matters is that `etag` is the present one.
    pub fn trickle(&self, session: &Session, etag: &str) -> Result<(), SessionFault> {
        if *session.etag() == etag { Ok(()) } else { Err(SessionFault::Stale) }
    }

    /// New ICE credentials on both sides; DTLS and SRTP go on.
    pub async fn restart_ice(&self, session: &Session, ufrag: String, pwd: String) -> Result<Restarted, SessionFault> {
        let restarted = self.relay.restart_ice(session.room, &session.id, ufrag, pwd).await;
        let restarted = restarted.map_err(|error| match error {
            RelayError::NoSuchSession(_) | RelayError::NoSuchRoom(_) => SessionFault::Unknown,
            error => SessionFault::Relay(error),
        })?;
        session.etag().clone_from(&restarted.etag);
        Ok(Restarted { fragment: restarted.fragment, etag: restarted.etag })
    }

    /// States what a viewer wants in its slots.
    pub async fn wish(&self, session: &Session, wishes: Vec<Wish>) -> Result<(), SessionFault> {
        let known = |wish: &Wish| session.kind_of(&wish.mid).is_some();
        if wishes.len() > WISHES_MAX || !wishes.iter().all(known) {
            return Err(SessionFault::NoSuchSlot);
        }
        self.relay.wish(session.room, &session.id, wishes).await.map_err(SessionFault::Relay)
    }

    /// News of a meeting, for its pages.
    #[must_use]
    pub fn room_news(&self, meeting: &MeetingId) -> Option<watch::Receiver<super::RoomNews>> {
        self.state().meetings.get(meeting).map(|open| open.news.subscribe())
    }

    /// Forgets a session that is gone and tells its pages why.
    pub(super) fn end_session(&self, id: &SessionId, reason: GoneReason) {
        if let Some(session) = self.state().sessions.remove(id) {
            session.news.send_modify(|news| {
                news.ended.get_or_insert(reason);
            });
        }
    }
}

impl Session {
    fn new(joiner: Joiner<'_>, meeting: &MeetingId, room: RoomId, purpose: Purpose) -> Self {
        let owner = joiner.actor.participant().cloned();
        Self {
            id: super::new_id(),
            meeting: meeting.clone(),
            room,
            participant: owner.clone().unwrap_or_else(super::new_id),
            kind: match purpose {
                Purpose::Publish(_) => Kind::Whip,
                Purpose::View { .. } => Kind::Whep,
            },
            who: ParticipantKind::of(joiner.actor),
            owner,
            credential: joiner.credential.clone(),
            lines: OnceLock::new(),
            etag: Mutex::default(),
            news: watch::Sender::new(SessionNews::default()),
        }
    }

    pub(super) fn is_of(&self, meeting: &MeetingId, participant: &ParticipantId) -> bool {
        self.meeting == *meeting && self.participant == *participant
    }

    fn is_same_owner(&self, other: &Self) -> bool {
        self.owner.is_some() && self.owner == other.owner && self.meeting == other.meeting
    }
}

/// Media identification and kind of each line of an answer we wrote ourselves.
fn lines_of(answer: &str) -> Vec<(Mid, MediaKind)> {
    let mut kind = None;
    let mut lines = Vec::new();
    for line in answer.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            kind = match media.split(' ').next() {
                Some("audio") => Some(MediaKind::Audio),
                Some("video") => Some(MediaKind::Video),
                _ => None,
            };
        } else if let (Some(mid), Some(kind)) = (line.strip_prefix("a=mid:"), kind) {
            lines.push((Mid(mid.trim_end().to_owned()), kind));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_by_their_mid() {
        let answer =
            "v=0\r\nm=audio 9 X 111\r\na=mid:0\r\nm=video 9 X 96\r\na=mid:1\r\nm=application 0 X 1\r\na=mid:2\r\n";
        assert_eq!(lines_of(answer), [(Mid("0".into()), MediaKind::Audio), (Mid("1".into()), MediaKind::Video)]);
    }
}
