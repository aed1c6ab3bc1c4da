//! The approvers' pens: who signs now, and deputies for days.

use super::{ms, time};
use crate::{
    app::{PenView, PensView},
    domain::{
        access::{self, Action, Resource},
        pen::{Delegation, Term, Wish},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{DelegationEntry, Deputy, NewDelegation, PenEntry, PenState, WireTerm},
    },
    id::{AccountId, DelegationId},
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::{sync::Arc, time::SystemTime};

/// `GET /api/delegations`: whose pen it is now, and deputies past and to come.
pub(in crate::http) async fn list(caller: Caller, State(web): State<Arc<Web>>) -> Result<Json<PenState>, Refused> {
    let PensView { pens, delegations, deputies, names } = web.app.pens(&caller.actor, SystemTime::now()).await?;
    let name = |id: &AccountId| names.get(id).cloned().unwrap_or_default();
    let entry = |(delegation, term): (Delegation, Term)| DelegationEntry {
        by: name(&delegation.by),
        mine: caller.account() == Some(&delegation.by),
        deputy: name(&delegation.wish.deputy),
        id: delegation.id.into(),
        from_ms: ms(delegation.wish.from),
        until_ms: ms(delegation.wish.until),
        reason: delegation.wish.reason,
        ended_ms: delegation.ended.map(ms),
        term: match term {
            Term::Ahead => WireTerm::Ahead,
            Term::Runs => WireTerm::Runs,
            Term::Over => WireTerm::Over,
        },
    };
    Ok(Json(PenState {
        pens: pens.into_iter().map(|pen| pen_entry(&caller, pen)).collect(),
        delegations: delegations.into_iter().map(entry).collect(),
        deputies: deputies
            .into_iter()
            .map(|account| Deputy { account: account.id.into(), name: account.name, unit: account.unit })
            .collect(),
    }))
}

/// A pen as it travels.
pub(super) fn pen_entry(caller: &Caller, PenView { unit, holder, .. }: PenView) -> PenEntry {
    PenEntry {
        unit: Some(unit).filter(|unit| !unit.is_empty()),
        mine: holder.as_ref().is_some_and(|(account, _)| caller.account() == Some(account)),
        holder: holder.map(|(_, name)| name),
    }
}

/// `POST /api/delegations`: the approver names a deputy for a while.
pub(in crate::http) async fn make(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewDelegation>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    access::allow(&caller.actor, Action::DelegatePen, &Resource::Server)?;
    let NewDelegation { deputy, from_ms, until_ms, reason } = body.json()?;
    let unknown = |_| Refused::field_invalid().field("deputy", "请从名单中选择受托人。");
    let deputy = deputy.parse().map_err(unknown)?;
    let wish = Wish { deputy, from: time(from_ms), until: time(until_ms), reason };
    let made = web.app.delegate(&caller.actor, wish, SystemTime::now()).await?;
    Ok(done(&made))
}

/// `POST /api/delegations/{delegation}/end`: ends that before its time.
pub(in crate::http) async fn end(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<DelegationId>,
) -> Result<(Extension<About>, StatusCode), Refused> {
    let ended = web.app.end_delegation(&caller.actor, &id, SystemTime::now()).await?;
    Ok(done(&ended))
}

fn done(of: &Delegation) -> (Extension<About>, StatusCode) {
    let Wish { deputy, from, until, reason } = &of.wish;
    let about = format!("delegation:{} to account:{deputy} {} to {}: {reason}", of.id, ms(*from), ms(*until));
    (Extension(About(about)), StatusCode::NO_CONTENT)
}
