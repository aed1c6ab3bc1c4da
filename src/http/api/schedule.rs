//! The schedule: whom and what a planner chooses from, and what is in the way of a plan while it is typed.

use super::{
    catalogue::{notice_of, notice_refused},
    meetings, ms, time,
};
use crate::{
    app::{Choices, Looked, NamedClash, Scope, SeriesConsent, SeriesLooked, SeriesTurn},
    domain::{
        access::{self, Action, Resource},
        account::Account,
        meeting::{Meeting, PictureCodec, Plan},
        notice::Notice,
        opening::Opening,
        recurrence::{Rule, TURNS_MAX, Until},
        wall_clock,
        workday::SpecialDay,
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, JsonBody},
        wire::{
            ClashEntry, LineChoice, MeetingEntry, MoveEntry, NewSeries, PersonChoice, RecurrenceRule, ScheduleCheck,
            ScheduleChoices, SeriesCheck, SeriesTurnEntry, SpecialDayEntry, UnitToInvite, WireMeetingKind,
            WireOnDayOff, WireRhythm,
        },
    },
};
use axum::{
    Extension, Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use std::{sync::Arc, time::SystemTime};

/// Query of a check. Lists are ids with commas between them; what is not chosen yet is left out or empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Draft {
    /// The meeting that would be changed; none for a new one.
    #[serde(default)]
    id: String,
    starts_at_ms: u64,
    ends_at_ms: u64,
    kind: WireMeetingKind,
    #[serde(default)]
    venues: String,
    #[serde(default)]
    line: String,
    #[serde(default)]
    operator: String,
    #[serde(default)]
    leaders: String,
    /// How it comes again; of a series alone.
    rhythm: Option<WireRhythm>,
    until_ms: Option<u64>,
    count: Option<u32>,
    on_day_off: Option<WireOnDayOff>,
}

impl Draft {
    fn plan(&self) -> Result<Plan, Refused> {
        let list = |text: &str| text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let kind = meetings::kind(self.kind);
        Ok(Plan {
            title: String::new(),
            starts: time(self.starts_at_ms),
            ends: time(self.ends_at_ms),
            kind,
            codec: PictureCodec::default(),
            venues: meetings::venues(list(&self.venues))?,
            arrangement: meetings::arrangement(&self.line, &self.operator, list(&self.leaders))?,
            opening: Opening::of(kind),
        })
    }

    fn rule(&self) -> Result<RecurrenceRule, Refused> {
        match (self.rhythm, self.on_day_off) {
            (Some(rhythm), Some(on_day_off)) => {
                Ok(RecurrenceRule { rhythm, until_ms: self.until_ms, count: self.count, on_day_off })
            }
            _ => Err(Refused::bad_request().detail("a series has `rhythm` and `onDayOff`")),
        }
    }
}

/// `GET /api/schedule/choices`: what a meeting can be planned with: venues, lines, people, units.
pub(in crate::http) async fn choices(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<ScheduleChoices>, Refused> {
    let Choices { lines, operators, leaders, units } = web.app.schedule_choices(&caller.actor).await?;
    let person = |Account { id, name, unit, .. }: Account| PersonChoice { account: id.into(), name, unit };
    Ok(Json(ScheduleChoices {
        lines: lines.into_iter().map(|(id, name)| LineChoice { id: id.into(), name }).collect(),
        operators: operators.into_iter().map(person).collect(),
        leaders: leaders.into_iter().map(person).collect(),
        units: units.into_iter().map(|unit| UnitToInvite { unit: unit.id.into(), name: unit.name }).collect(),
    }))
}

/// `GET /api/schedule/check`: what is in the way of a meeting that would be planned so.
pub(in crate::http) async fn check(
    caller: Caller,
    State(web): State<Arc<Web>>,
    draft: Result<Query<Draft>, QueryRejection>,
) -> Result<Json<ScheduleCheck>, Refused> {
    access::allow(&caller.actor, Action::PlanMeeting, &Resource::Server)?;
    let Query(draft) = draft.map_err(|error| Refused::bad_request().detail(error))?;
    let plan = draft.plan()?;
    let id = draft.id.parse().ok();
    let Looked { clashes, moves, free } =
        web.app.look_at_plan(&caller.actor, id.as_ref(), plan, SystemTime::now()).await?;
    Ok(Json(ScheduleCheck {
        clashes: clashes.into_iter().map(clash_entry).collect(),
        moves: moves.into_iter().map(move_entry).collect(),
        free_at_ms: free.map(ms),
    }))
}

/// `GET /api/schedule/series`: the turns of a series that would be planned so, with what is in the way of each.
pub(in crate::http) async fn series(
    caller: Caller,
    State(web): State<Arc<Web>>,
    draft: Result<Query<Draft>, QueryRejection>,
) -> Result<Json<SeriesCheck>, Refused> {
    access::allow(&caller.actor, Action::PlanMeeting, &Resource::Server)?;
    let Query(draft) = draft.map_err(|error| Refused::bad_request().detail(error))?;
    let (plan, rule) = (draft.plan()?, rule_of(&draft.rule()?)?);
    let (_, since_midnight) = wall_clock::read(plan.starts);
    let SeriesLooked { turns, unknown_years } =
        web.app.look_at_series(&caller.actor, plan, &rule, SystemTime::now()).await?;
    let entry = |SeriesTurn { turn, starts, clashes }: SeriesTurn| SeriesTurnEntry {
        due_at_ms: ms(wall_clock::moment(turn.due, since_midnight)),
        starts_at_ms: starts.map(ms),
        holiday: turn.holiday,
        clashes: clashes.into_iter().map(clash_entry).collect(),
    };
    Ok(Json(SeriesCheck { turns: turns.into_iter().map(entry).collect(), unknown_years }))
}

/// `POST /api/schedule/series`: plans a series.
pub(in crate::http) async fn plan_series(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewSeries>,
) -> Result<(Extension<About>, Json<Vec<MeetingEntry>>), Refused> {
    access::allow(&caller.actor, Action::PlanMeeting, &Resource::Server)?;
    let NewSeries { mut meeting, rule, leaves_out } = body.json()?;
    let rule = rule_of(&rule)?;
    let notice = meeting.notice.take().map(notice_of).unwrap_or_default();
    let notice = notice.checked().map_err(notice_refused)?;
    let units = meetings::invited(&web, meeting.units.take()).await?;
    let consent = SeriesConsent { warned: meeting.warned.unwrap_or_default(), leaves_out };
    let plan = meetings::plan(meeting)?;
    let made = web.app.plan_series(&caller.actor, plan, &rule, consent, SystemTime::now()).await?;
    if notice != Notice::default() {
        for meeting in &made {
            let mark = super::attendance::mark(&caller);
            web.app.write_notice(&caller.actor, &meeting.id, notice.clone(), mark).await?;
        }
    }
    if let (Some(first), false) = (made.first(), units.is_empty()) {
        let mark = super::attendance::mark(&caller);
        web.app.invite_units(&caller.actor, &first.id, &units, Scope::Later, mark).await?;
    }
    let about = made.iter().take(1).map(|first| format!("meeting:{} made:{}", first.id, made.len())).collect();
    Ok((Extension(About(about)), Json(meetings::entries(&web, made).await?)))
}

/// `GET /api/days`: holidays and make-up workdays.
pub(in crate::http) async fn days(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<SpecialDayEntry>>, Refused> {
    let days = web.app.special_days(&caller.actor).await?;
    let entry = |SpecialDay { date, kind, name }: &SpecialDay| SpecialDayEntry {
        date: date.to_string(),
        kind: (*kind).into(),
        name: name.clone(),
    };
    Ok(Json(days.iter().map(entry).collect()))
}

/// A rule as it travelled; it says until when in one way.
fn rule_of(rule: &RecurrenceRule) -> Result<Rule, Refused> {
    let until = match (rule.until_ms, rule.count) {
        (Some(until), None) => Until::Day(wall_clock::read(time(until)).0),
        (None, Some(count)) if (1..=TURNS_MAX).contains(&(count as usize)) => Until::Count(count as usize),
        _ => {
            let sentence = format!("请选择截止日期，或填写次数（1 至 {TURNS_MAX}）。");
            return Err(Refused::field_invalid().field("until", sentence));
        }
    };
    Ok(Rule { rhythm: rule.rhythm.into(), until, on_day_off: rule.on_day_off.into() })
}

fn clash_entry(NamedClash { clash, name }: NamedClash) -> ClashEntry {
    ClashEntry {
        wanted: (&clash.wanted).into(),
        name,
        weight: clash.weight.into(),
        meeting: clash.other.id.clone().into(),
        title: clash.other.title.clone(),
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
