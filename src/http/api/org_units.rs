//! Units, and the accounts their liaisons ask for.

use super::{accounts, ms};
use crate::{
    app::{self, UnitFault, UnitsView, WishText},
    domain::{
        account::Account,
        account_request::{AccountRequest, Verdict as Said},
        org_unit::OrgUnit,
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids, JsonBody},
        wire::{
            AccountDecision, AccountMade, AccountRequestEntry, NewAccountRequest, NewUnit, UnitChange, UnitEntry,
            UnitLiaison, UnitList, UnitPerson, Verdict,
        },
    },
    id::{AccountId, AccountRequestId, OrgUnitId},
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::{collections::HashMap, sync::Arc, time::SystemTime};

/// Something was done, and what the book is to say of it.
type Done = Result<(Extension<About>, StatusCode), Refused>;

/// `GET /api/units`: units with their liaisons and open requests: all, or those a liaison answers for.
pub(in crate::http) async fn list(caller: Caller, State(web): State<Arc<Web>>) -> Result<Json<UnitList>, Refused> {
    let UnitsView { units, requests, names } = web.app.org_units(&caller.actor).await?;
    let of: HashMap<OrgUnitId, String> = units.iter().map(|(unit, _)| (unit.id.clone(), unit.name.clone())).collect();
    let now = SystemTime::now();
    let units = units.into_iter().map(|(unit, people)| unit_entry(&caller, unit, people, &names, now)).collect();
    let requests = requests.into_iter().map(|request| request_entry(&caller, request, &of, &names)).collect();
    Ok(Json(UnitList { units, requests }))
}

/// `GET /api/units/names`: what a notice may name, in administrative order.
pub(in crate::http) async fn names(caller: Caller, State(web): State<Arc<Web>>) -> Result<Json<Vec<String>>, Refused> {
    Ok(Json(web.app.unit_names(&caller.actor).await?))
}

/// `POST /api/units`: makes a unit.
pub(in crate::http) async fn make(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewUnit>,
) -> Result<(Extension<About>, Json<UnitEntry>), Refused> {
    web.app.may_manage_units(&caller.actor)?;
    let NewUnit { name } = body.json()?;
    let made = web.app.make_unit(&caller.actor, &name).await?;
    let (about, _) = done(&made);
    Ok((about, Json(unit_entry(&caller, made, Vec::new(), &HashMap::new(), SystemTime::now()))))
}

/// `PATCH /api/units/{unit}`: changes its name, its place, its liaisons, or whether its meetings are signed; what is left out
/// stays.
pub(in crate::http) async fn change(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<OrgUnitId>,
    body: JsonBody<UnitChange>,
) -> Done {
    web.app.may_manage_units(&caller.actor)?;
    let UnitChange { name, rank, own, signs_arrangements, liaisons } = body.json()?;
    let unknown = |_| UnitFault::Unit(vec![crate::domain::org_unit::Mistake::NoLiaison]);
    let liaisons = liaisons.map(|ids| ids.into_iter().map(|id| id.parse().map_err(unknown)).collect()).transpose()?;
    let change = app::UnitChange { name, rank, own, signs_arrangements, liaisons };
    Ok(done(&web.app.change_unit(&caller.actor, &id, change).await?))
}

/// `POST /api/units/{unit}/close`: closes a unit that is no more: nobody answers for it, and it gets no
/// more accounts.
pub(in crate::http) async fn close(caller: Caller, State(web): State<Arc<Web>>, Ids(id): Ids<OrgUnitId>) -> Done {
    Ok(done(&web.app.close_unit(&caller.actor, &id, SystemTime::now()).await?))
}

/// `POST /api/units/{unit}/reopen`: opens a closed unit again.
pub(in crate::http) async fn reopen(caller: Caller, State(web): State<Arc<Web>>, Ids(id): Ids<OrgUnitId>) -> Done {
    Ok(done(&web.app.reopen_unit(&caller.actor, &id).await?))
}

/// `DELETE /api/units/{unit}`: removes a unit that nothing names.
pub(in crate::http) async fn remove(caller: Caller, State(web): State<Arc<Web>>, Ids(id): Ids<OrgUnitId>) -> Done {
    Ok(done(&web.app.remove_unit(&caller.actor, &id).await?))
}

/// `POST /api/units/{unit}/account-requests`: a liaison asks for an account in their unit.
pub(in crate::http) async fn ask(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(unit): Ids<OrgUnitId>,
    body: JsonBody<NewAccountRequest>,
) -> Done {
    web.app.may_ask_account(&caller.actor, &unit).await?;
    let NewAccountRequest { login, name, roles, reason } = body.json()?;
    let wish = WishText { login: &login, name: &name, roles: accounts::roles_of(roles), reason: &reason };
    let asked = web.app.ask_account(&caller.actor, &unit, wish, SystemTime::now()).await?;
    Ok((about(&asked), StatusCode::NO_CONTENT))
}

/// `POST /api/account-requests/{request}/grant`: makes the account that was asked for; the one-time password is told once.
pub(in crate::http) async fn grant(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<AccountRequestId>,
) -> Result<(Extension<About>, Json<AccountMade>), Refused> {
    let (account, secret) = web.app.grant_account(&caller.actor, &id, extract::now()).await?;
    let (account, one_time_password) = (accounts::entry(account), secret.reveal().to_owned());
    Ok((accounts::about(&account), Json(AccountMade { account, one_time_password })))
}

/// `POST /api/account-requests/{request}/refuse`: refuses it, with the reason.
pub(in crate::http) async fn refuse(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<AccountRequestId>,
    body: JsonBody<Verdict>,
) -> Done {
    web.app.may_decide_account(&caller.actor, &id).await?;
    let Verdict { text } = body.json()?;
    let refused = web.app.refuse_account(&caller.actor, &id, &text, SystemTime::now()).await?;
    Ok((about(&refused), StatusCode::NO_CONTENT))
}

fn done(unit: &OrgUnit) -> (Extension<About>, StatusCode) {
    let liaisons: Vec<&str> = unit.liaisons.iter().map(AccountId::as_str).collect();
    let own = if unit.own { " own" } else { "" };
    let signs = if unit.signs_arrangements { " signs_arrangements" } else { "" };
    let about = format!("unit:{} {:?}{own}{signs} liaisons:{}", unit.id, unit.name, liaisons.join(","));
    (Extension(About(about)), StatusCode::NO_CONTENT)
}

fn about(request: &AccountRequest) -> Extension<About> {
    let roles: Vec<&str> = request.wish.roles.iter().map(crate::domain::role::Role::name).collect();
    let (id, unit, login) = (&request.id, &request.unit, &request.wish.login);
    Extension(About(format!("request:{id} unit:{unit} account:{login} roles:{}", roles.join(","))))
}

fn unit_entry(
    caller: &Caller,
    unit: OrgUnit,
    people: Vec<Account>,
    names: &HashMap<AccountId, String>,
    now: SystemTime,
) -> UnitEntry {
    let liaison = |account: AccountId| UnitLiaison {
        name: names.get(&account).cloned().unwrap_or_default(),
        account: account.into(),
    };
    let person = |account: Account| UnitPerson {
        unused: account.is_unused(now),
        account: account.id.into(),
        login: account.login.to_string(),
        name: account.name,
        roles: account.roles.iter().map(Into::into).collect(),
        enabled: account.enabled,
        last_login_ms: account.last_login.map(ms),
    };
    UnitEntry {
        id: unit.id.into(),
        name: unit.name,
        rank: unit.rank,
        own: unit.own,
        signs_arrangements: unit.signs_arrangements,
        closed_at_ms: unit.closed.map(ms),
        mine: caller.account().is_some_and(|account| unit.liaisons.contains(account)),
        liaisons: unit.liaisons.into_iter().map(liaison).collect(),
        people: people.into_iter().map(person).collect(),
    }
}

fn request_entry(
    caller: &Caller,
    request: AccountRequest,
    units: &HashMap<OrgUnitId, String>,
    names: &HashMap<AccountId, String>,
) -> AccountRequestEntry {
    let name = |id: &AccountId| names.get(id).cloned().unwrap_or_default();
    let decision = request.decision.map(|decision| AccountDecision {
        by: name(&decision.by),
        at_ms: ms(decision.at),
        granted: matches!(decision.verdict, Said::Granted(_)),
        reason: match decision.verdict {
            Said::Granted(_) => String::new(),
            Said::Refused(reason) => reason,
        },
    });
    AccountRequestEntry {
        id: request.id.into(),
        unit: units.get(&request.unit).cloned().unwrap_or_default(),
        asked_by: name(&request.asked_by),
        mine: caller.account() == Some(&request.asked_by),
        asked_at_ms: ms(request.asked),
        login: request.wish.login.to_string(),
        name: request.wish.name,
        roles: request.wish.roles.iter().map(Into::into).collect(),
        reason: request.wish.reason,
        decision,
    }
}
