//! The schedule: whom and what a planner chooses from, and what is in the way of a plan while it is typed.

use super::{meetings, ms, time};
use crate::{
    app::{Choices, Looked, NamedClash},
    domain::{
        access::{self, Action, Resource},
        account::Account,
        meeting::{Meeting, PictureCodec, Plan},
    },
    http::{
        Web,
        error::Refused,
        extract::Caller,
        wire::{ClashEntry, LineChoice, MoveEntry, PersonChoice, ScheduleCheck, ScheduleChoices, WireMeetingProfile},
    },
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use std::{sync::Arc, time::SystemTime};

/// Query of a check. Lists are ids with commas between them; what is not chosen yet is left out or empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::http) struct Draft {
    /// The meeting that would be changed; none for a new one.
    #[serde(default)]
    id: String,
    starts_at_ms: u64,
    ends_at_ms: u64,
    profile: WireMeetingProfile,
    #[serde(default)]
    venues: String,
    #[serde(default)]
    line: String,
    #[serde(default)]
    operator: String,
    #[serde(default)]
    leaders: String,
}

/// `GET /api/schedule/choices`.
pub(in crate::http) async fn choices(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<ScheduleChoices>, Refused> {
    let Choices { lines, operators, leaders } = web.app.schedule_choices(&caller.actor).await?;
    let person = |Account { id, name, unit, .. }: Account| PersonChoice { account: id.into(), name, unit };
    Ok(Json(ScheduleChoices {
        lines: lines.into_iter().map(|(id, name)| LineChoice { id: id.into(), name }).collect(),
        operators: operators.into_iter().map(person).collect(),
        leaders: leaders.into_iter().map(person).collect(),
    }))
}

/// `GET /api/schedule/check`.
pub(in crate::http) async fn check(
    caller: Caller,
    State(web): State<Arc<Web>>,
    draft: Result<Query<Draft>, QueryRejection>,
) -> Result<Json<ScheduleCheck>, Refused> {
    access::allow(&caller.actor, Action::PlanMeeting, &Resource::Server)?;
    let Query(draft) = draft.map_err(|error| Refused::bad_request().detail(error))?;
    let list = |text: &str| text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let plan = Plan {
        title: String::new(),
        starts: time(draft.starts_at_ms),
        ends: time(draft.ends_at_ms),
        profile: meetings::profile(draft.profile),
        codec: PictureCodec::default(),
        venues: meetings::venues(list(&draft.venues))?,
        arrangement: meetings::arrangement(&draft.line, &draft.operator, list(&draft.leaders))?,
    };
    let id = draft.id.parse().ok();
    let Looked { clashes, moves, free } =
        web.app.look_at_plan(&caller.actor, id.as_ref(), plan, SystemTime::now()).await?;
    Ok(Json(ScheduleCheck {
        clashes: clashes.into_iter().map(clash_entry).collect(),
        moves: moves.into_iter().map(move_entry).collect(),
        free_at_ms: free.map(ms),
    }))
}

fn clash_entry(NamedClash { clash, name }: NamedClash) -> ClashEntry {
    ClashEntry {
        wanted: (&clash.wanted).into(),
        name,
        weight: clash.weight.into(),
        meeting: clash.other.id.into(),
        title: clash.other.title,
        starts_at_ms: ms(clash.other.starts),
        ends_at_ms: ms(clash.other.ends),
    }
}

fn move_entry(moved: Meeting) -> MoveEntry {
    MoveEntry {
        meeting: moved.id.into(),
        title: moved.title,
        starts_at_ms: ms(moved.starts),
        ends_at_ms: ms(moved.ends),
    }
}
