//! Venues: which there are, making and changing them, and what each has now.

use super::{attendance::figures_entry, meetings::entry, roll_calls};
use crate::{
    app::{CallCounted, Counted, VenueFault},
    domain::{
        access::{self, Action, Resource},
        venue::Venue,
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{NewVenue, ScreenFigures, ScreenRollCall, VenueChange, VenueEntry, VenueNow},
    },
    id::VenueId,
};
use axum::{Extension, Json, extract::State};
use std::{collections::HashMap, sync::Arc, time::SystemTime};

/// `GET /api/venues`: venues in administrative order.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<VenueEntry>>, Refused> {
    let venues = web.app.venues(&caller.actor).await?;
    Ok(Json(venues.into_iter().map(venue_entry).collect()))
}

/// `POST /api/venues`: makes a venue.
pub(in crate::http) async fn make(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewVenue>,
) -> Result<(Extension<About>, Json<VenueEntry>), Refused> {
    access::allow(&caller.actor, Action::ManageVenues, &Resource::Server)?;
    let NewVenue { id, name } = body.json()?;
    let made = web.app.make_venue(&caller.actor, id.as_deref(), &name).await?;
    Ok((Extension(About(format!("venue:{}", made.id))), Json(venue_entry(made))))
}

/// `PATCH /api/venues/{venue}`: changes its name or its place.
pub(in crate::http) async fn change(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<VenueId>,
    body: JsonBody<VenueChange>,
) -> Result<Json<VenueEntry>, Refused> {
    access::allow(&caller.actor, Action::ManageVenues, &Resource::Server).map_err(VenueFault::Access)?;
    let VenueChange { name, rank } = body.json()?;
    Ok(Json(venue_entry(web.app.change_venue(&caller.actor, &id, name.as_deref(), rank).await?)))
}

/// `GET /api/venues/{venue}/now`: what the machine of a venue shows now, and what comes next.
pub(in crate::http) async fn now(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<VenueId>,
) -> Result<Json<VenueNow>, Refused> {
    let now = web.app.venue_now(&caller.actor, &id, SystemTime::now()).await?;
    // A machine needn't know who operates and attends.
    let entry = |meeting| entry(meeting, &HashMap::new());
    let (on_air, next) = (now.on_air.map(entry), now.next.map(entry));
    let counted = counted_entry(now.counted);
    Ok(Json(VenueNow { venue: venue_entry(now.venue), on_air, next, counted }))
}

/// What the screens of a meeting count.
pub(super) fn counted_entry(Counted { signing_in, roll_call }: Counted) -> ScreenFigures {
    let call = |CallCounted { figures, calling }: CallCounted| ScreenRollCall {
        figures: roll_calls::figures_entry(figures),
        calling,
    };
    ScreenFigures { signing_in: signing_in.map(figures_entry), roll_call: roll_call.map(call) }
}

fn venue_entry(venue: Venue) -> VenueEntry {
    VenueEntry { id: venue.id.into(), name: venue.name, rank: venue.rank }
}
