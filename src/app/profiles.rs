//! Profiles: made, changed and removed by whoever plans meetings. No meeting changes with them.

use super::{App, MeetingFault, planning::short_id};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        meeting::{Kind, PictureCodec},
        opening::Opening,
        profile::{Draft, Mistake, PROFILES_MAX, Profile},
    },
    id::{LegId, OrgUnitId, ProfileId, VenueId},
    store::StoreError,
};
use std::time::Duration;

/// What is to be different about a profile; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// Its name.
    pub name: Option<String>,
    /// What kind of meeting.
    pub kind: Option<Kind>,
    /// The line its programme comes from, or none.
    pub line: Option<Option<LegId>>,
    /// The one picture codec.
    pub codec: Option<PictureCodec>,
    /// The venues that take part.
    pub venues: Option<Vec<VenueId>>,
    /// The units that are invited.
    pub units: Option<Vec<OrgUnitId>>,
    /// How long such a meeting usually is.
    pub length: Option<Duration>,
    /// How such a meeting opens.
    pub opening: Option<Opening>,
}

/// Why a profile can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id.
    #[error("there is no such profile")]
    Unknown,
    /// There are [`PROFILES_MAX`].
    #[error("there are {PROFILES_MAX} profiles already")]
    TooMany,
    /// What it is to be can't be.
    #[error("the profile has {} mistakes", .0.len())]
    Draft(Vec<Mistake>),
    /// What it may name can't be told.
    #[error("cannot read what a profile may name")]
    Choices(#[source] MeetingFault),
    /// The store failed.
    #[error("cannot read or write the profile")]
    Store(#[source] StoreError),
}

impl App {
    /// Every profile, oldest first.
    pub async fn profiles(&self, actor: &Actor) -> Result<Vec<Profile>, ProfileFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(ProfileFault::Access)?;
        self.store.profiles().await.map_err(ProfileFault::Store)
    }

    /// Makes a profile.
    pub async fn make_profile(&self, actor: &Actor, draft: Draft) -> Result<Profile, ProfileFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(ProfileFault::Access)?;
        let _turn = self.steering.lock().await;
        let others = self.store.profiles().await.map_err(ProfileFault::Store)?;
        if others.len() >= PROFILES_MAX {
            return Err(ProfileFault::TooMany);
        }
        let known = self.plan_may_name().await.map_err(ProfileFault::Choices)?;
        let draft = draft.check(&known, &names(&others)).map_err(ProfileFault::Draft)?;
        let profile = Profile { id: short_id(), draft };
        self.store.save_profile(&profile).await.map_err(ProfileFault::Store)?;
        Ok(profile)
    }

    /// Changes a profile. What was planned with it stays as it is.
    pub async fn change_profile(
        &self,
        actor: &Actor,
        id: &ProfileId,
        change: ProfileChange,
    ) -> Result<Profile, ProfileFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(ProfileFault::Access)?;
        let _turn = self.steering.lock().await;
        let mut others = self.store.profiles().await.map_err(ProfileFault::Store)?;
        let at = others.iter().position(|profile| profile.id == *id).ok_or(ProfileFault::Unknown)?;
        let Draft { line, units, .. } = others[at].draft.clone();
        let draft = change.applied_to(others.remove(at).draft);
        let mut known = self.plan_may_name().await.map_err(ProfileFault::Choices)?;
        // A line or a unit that is gone doesn't keep all else from being changed.
        known.lines.extend(line);
        let gone: Vec<OrgUnitId> = units.into_iter().filter(|unit| !known.units.contains(unit)).collect();
        known.units.extend(gone);
        let draft = draft.check(&known, &names(&others)).map_err(ProfileFault::Draft)?;
        let profile = Profile { id: id.clone(), draft };
        self.store.save_profile(&profile).await.map_err(ProfileFault::Store)?;
        Ok(profile)
    }

    /// Removes a profile. What was planned with it stays as it is.
    pub async fn remove_profile(&self, actor: &Actor, id: &ProfileId) -> Result<Profile, ProfileFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(ProfileFault::Access)?;
        let _turn = self.steering.lock().await;
        let profiles = self.store.profiles().await.map_err(ProfileFault::Store)?;
        let gone = profiles.into_iter().find(|profile| profile.id == *id).ok_or(ProfileFault::Unknown)?;
        self.store.remove_profile(id).await.map_err(ProfileFault::Store)?;
        Ok(gone)
    }
}

fn names(profiles: &[Profile]) -> Vec<String> {
    profiles.iter().map(|profile| profile.draft.name.clone()).collect()
}

impl ProfileChange {
    fn applied_to(self, draft: Draft) -> Draft {
        let kind = self.kind.unwrap_or(draft.kind);
        let opening = if kind == draft.kind { draft.opening } else { draft.opening.turned_to(kind) };
        Draft {
            name: self.name.unwrap_or(draft.name),
            kind,
            line: self.line.unwrap_or(draft.line),
            codec: self.codec.unwrap_or(draft.codec),
            venues: self.venues.unwrap_or(draft.venues),
            units: self.units.unwrap_or(draft.units),
            length: self.length.unwrap_or(draft.length),
            opening: self.opening.unwrap_or(opening),
        }
    }
}
