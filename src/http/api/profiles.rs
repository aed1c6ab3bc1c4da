//! Profiles: which there are, making, changing and removing them.

use super::meetings::{codec, kind, line, opening, opening_entry, picture_codec, units, venues, wire_kind};
use crate::{
    app::{ProfileChange as Change, ProfileFault},
    domain::{
        access::{self, Action, Resource},
        opening::Opening,
        profile::{Draft, Profile},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{NewProfile, ProfileChange, ProfileEntry},
    },
    id::ProfileId,
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::{sync::Arc, time::Duration};

/// `GET /api/profiles`: meeting profiles.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<ProfileEntry>>, Refused> {
    let profiles = web.app.profiles(&caller.actor).await?;
    Ok(Json(profiles.into_iter().map(entry).collect()))
}

/// `POST /api/profiles`: keeps one.
pub(in crate::http) async fn make(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewProfile>,
) -> Result<(Extension<About>, Json<ProfileEntry>), Refused> {
    access::allow(&caller.actor, Action::PlanMeeting, &Resource::Server).map_err(ProfileFault::Access)?;
    let new: NewProfile = body.json()?;
    let kind = kind(new.kind);
    let draft = Draft {
        name: new.name,
        kind,
        line: line(new.line.as_deref().unwrap_or_default())?,
        codec: picture_codec(new.codec)?,
        venues: venues(new.venues)?,
        units: units(new.units.unwrap_or_default())?,
        length: minutes(new.minutes),
        opening: new.opening.map_or_else(|| Opening::of(kind), opening),
    };
    let made = web.app.make_profile(&caller.actor, draft).await?;
    Ok((about(&made), Json(entry(made))))
}

/// `PATCH /api/profiles/{profile}`: changes it; what is left out stays. Meetings keep what they were planned with.
pub(in crate::http) async fn change(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<ProfileId>,
    body: JsonBody<ProfileChange>,
) -> Result<(Extension<About>, Json<ProfileEntry>), Refused> {
    access::allow(&caller.actor, Action::PlanMeeting, &Resource::Server).map_err(ProfileFault::Access)?;
    let change: ProfileChange = body.json()?;
    let change = Change {
        name: change.name,
        kind: change.kind.map(kind),
        line: change.line.as_deref().map(line).transpose()?,
        codec: change.codec.map(picture_codec).transpose()?,
        venues: change.venues.map(venues).transpose()?,
        units: change.units.map(units).transpose()?,
        length: change.minutes.map(minutes),
        opening: change.opening.map(opening),
    };
    let changed = web.app.change_profile(&caller.actor, &id, change).await?;
    Ok((about(&changed), Json(entry(changed))))
}

/// `DELETE /api/profiles/{profile}`: removes it.
pub(in crate::http) async fn remove(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<ProfileId>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    let gone = web.app.remove_profile(&caller.actor, &id).await?;
    Ok((about(&gone), StatusCode::NO_CONTENT))
}

/// What the book says of it: which, and what it is called.
fn about(profile: &Profile) -> Extension<About> {
    Extension(About(format!("profile:{}: {}", profile.id, profile.draft.name)))
}

fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

fn entry(Profile { id, draft }: Profile) -> ProfileEntry {
    let Draft { name, kind, line, codec: picture, venues, units, length, opening } = draft;
    ProfileEntry {
        id: id.into(),
        name,
        kind: wire_kind(kind),
        codec: codec(picture),
        line: line.map(Into::into),
        venues: venues.into_iter().map(Into::into).collect(),
        units: units.into_iter().map(Into::into).collect(),
        minutes: u32::try_from(length.as_secs() / 60).unwrap_or(u32::MAX),
        opening: opening_entry(opening),
    }
}
