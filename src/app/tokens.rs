//! Meeting tokens while they last: made, listed, revoked one by one, held against what was revoked at each request.
//!
//! What is signed is [`token`](super::token)'s. A token that is in no row of the store is not good, whoever signed it.

use super::{
    App,
    door::{Credential, Known},
    token::{self, Claims, TokenError, TokenKey},
};
use crate::{
    domain::{
        access::{self, Action, Actor, Holder, Refusal, Resource, TokenRole},
        meeting::{Meeting, MeetingState},
    },
    id::{MeetingId, ParticipantId},
    store::{Store, StoreError, StoredToken},
};
use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

/// Most tokens that are listed, those that can be revoked first.
const LISTED_MAX: u64 = 500;

/// What a token is made for.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// Its meeting.
    pub meeting: MeetingId,
    /// What its holder may do there.
    pub role: TokenRole,
    /// How long it is good.
    pub ttl: Duration,
    /// Shown beside the picture, cut to [`token::NAME_CHARS_MAX`] characters; may be empty.
    pub name: &'a str,
    /// Who makes it, as the book has it.
    pub made_by: String,
}

/// A token, and what its meeting is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// The token.
    pub token: StoredToken,
    /// The meeting's title, or its id if it is not planned.
    pub title: String,
}

/// Why a token does not count.
#[derive(Debug, thiserror::Error)]
pub enum HolderFault {
    /// It is none, or its time is over.
    #[error("the token does not count")]
    Token(#[source] TokenError),
    /// It was revoked, or its meeting is over.
    #[error("the token was revoked")]
    Revoked,
    /// The store failed.
    #[error("cannot read the token")]
    Store(#[source] StoreError),
}

/// Why tokens are not listed or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokensFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that participant.
    #[error("there is no such token")]
    Unknown,
    /// The store failed.
    #[error("cannot read or write the token")]
    Store(#[source] StoreError),
}

/// Signs a token and stores that it was made: what it says, and the token itself, which is told once.
pub async fn make(
    store: &Store,
    key: &TokenKey,
    new: NewToken<'_>,
    now: SystemTime,
) -> Result<(Claims, String), StoreError> {
    let NewToken { meeting, role, ttl, name, made_by } = new;
    let holder = Holder { meeting, role, participant: super::new_id() };
    let claims = Claims { holder, name: token::plate(name), expires: now + ttl };
    let stored = StoredToken {
        holder: claims.holder.clone(),
        name: claims.name.clone(),
        made_by,
        made: now,
        ends: claims.expires,
        ended: None,
    };
    store.add_token(&stored).await?;
    let token = key.issue(&claims);
    Ok((claims, token))
}

impl App {
    /// Who shows this token. Whether it was revoked is read anew each time.
    pub async fn holder(&self, token: &str, now: SystemTime) -> Result<Known, HolderFault> {
        let claims = self.tokens.check(token, now).map_err(HolderFault::Token)?;
        let Claims { holder, name, .. } = claims;
        let stored = self.store.token(&holder.participant).await.map_err(HolderFault::Store)?;
        let stored = stored.ok_or(HolderFault::Token(TokenError::Invalid))?;
        if stored.ended.is_some() || self.is_meeting_over(&holder.meeting).await.map_err(HolderFault::Store)? {
            return Err(HolderFault::Revoked);
        }
        let credential = Credential::Token(holder.participant.clone());
        Ok(Known { actor: Actor::Holder(holder), name, credential })
    }

    /// Signs a token for a visitor of a meeting; who may was decided before.
    pub(super) async fn make_token(&self, new: NewToken<'_>, now: SystemTime) -> Result<(Claims, String), StoreError> {
        make(&self.store, &self.tokens, new, now).await
    }

    /// Whether a meeting was closed or cancelled. Its tokens are over with it.
    async fn is_meeting_over(&self, id: &MeetingId) -> Result<bool, StoreError> {
        if self.room_of(id).is_some() {
            return Ok(false);
        }
        let meeting = self.store.meeting(id).await?;
        Ok(meeting.as_ref().is_some_and(is_over))
    }

    /// The tokens whose time is not over, and whose meeting is not, the latest first; those that were revoked last.
    pub async fn tokens(&self, actor: &Actor, now: SystemTime) -> Result<Vec<TokenView>, TokensFault> {
        allow(actor)?;
        let mut views = Vec::new();
        let mut meetings: HashMap<MeetingId, Option<String>> = HashMap::new();
        for token in self.store.tokens(now, LISTED_MAX).await.map_err(TokensFault::Store)? {
            let id = &token.holder.meeting;
            if !meetings.contains_key(id) {
                let meeting = self.store.meeting(id).await.map_err(TokensFault::Store)?;
                let over = meeting.as_ref().is_some_and(|meeting| self.room_of(id).is_none() && is_over(meeting));
                let title = meeting.map_or_else(|| id.to_string(), |meeting| meeting.title);
                meetings.insert(id.clone(), (!over).then_some(title));
            }
            if let Some(title) = meetings.get(id).cloned().flatten() {
                views.push(TokenView { token, title });
            }
        }
        Ok(views)
    }

    /// Revokes a token: it counts for nothing from now on, and what its holder sends and sees ends at once.
    pub async fn revoke_token(
        &self,
        actor: &Actor,
        participant: &ParticipantId,
        now: SystemTime,
    ) -> Result<StoredToken, TokensFault> {
        allow(actor)?;
        let token = self.store.token(participant).await.map_err(TokensFault::Store)?.ok_or(TokensFault::Unknown)?;
        self.store.end_token(participant, now).await.map_err(TokensFault::Store)?;
        self.revoked(|credential| matches!(credential, Credential::Token(of) if of == participant)).await;
        Ok(token)
    }

    /// Whether the token of this participant is no longer good. An answer that can't be had is a no.
    pub(super) async fn was_token_revoked(&self, participant: &ParticipantId) -> bool {
        match self.store.token(participant).await {
            Ok(Some(token)) => token.ended.is_some(),
            // Rows go when their time has long been over: that ends no meeting.
            Ok(None) | Err(_) => false,
        }
    }
}

fn is_over(meeting: &Meeting) -> bool {
    matches!(meeting.state, MeetingState::Closed | MeetingState::Cancelled)
}

fn allow(actor: &Actor) -> Result<(), TokensFault> {
    access::allow(actor, Action::ManageDevices, &Resource::Server).map_err(TokensFault::Access)
}
