//! Accounts, for the security administrator.

use super::{certificates, ms};
use crate::{
    app::{AccountChanges, AccountFault, AccountView, ExceptionView, Office, Owner, PostTaker},
    domain::{
        hand_over::Form,
        officer::{Decision, Origin},
        role::Roles,
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids, JsonBody},
        wire::{
            AccountChange, AccountEntry, AccountMade, ExceptionEntry, HandOverForm, HandOverMade, NewAccount,
            NewException, NewHandOver, WireAccountRole, WireOrigin,
        },
    },
    id::{AccountId, OrgUnitId},
};
use axum::{Extension, Json, extract::State};
use std::sync::Arc;

/// What a change of one account is answered with: the entry, and who it is, for the book.
type Changed<T> = Result<(Extension<About>, Json<T>), Refused>;

/// `GET /api/accounts`: all accounts.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<AccountEntry>>, Refused> {
    let accounts = web.app.accounts(&caller.actor, extract::now()).await?;
    Ok(Json(accounts.into_iter().map(entry).collect()))
}

/// `POST /api/accounts`: makes an account; its one-time password is told once.
pub(in crate::http) async fn make(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewAccount>,
) -> Changed<AccountMade> {
    web.app.may_manage_accounts(&caller.actor)?;
    let NewAccount { login, name, unit, roles, exception } = body.json()?;
    let owner = Owner { name: &name, unit: unit.as_deref().map_or(Ok(None), unit_of)? };
    let office = Office { roles: roles_of(roles), exception: exception.map(decision_of) };
    let made = web.app.add_account(&caller.actor, &login, owner, office, extract::now()).await?;
    let (account, secret) = (entry(made.0), made.1.reveal().to_owned());
    Ok((about(&account), Json(AccountMade { account, one_time_password: secret })))
}

/// `PATCH /api/accounts/{account}`: changes it; what is left out stays.
pub(in crate::http) async fn change(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<AccountId>,
    body: JsonBody<AccountChange>,
) -> Changed<AccountEntry> {
    web.app.may_manage_accounts(&caller.actor)?;
    let AccountChange { name, unit, roles, exception, enabled } = body.json()?;
    let unit = unit.as_deref().map(unit_of).transpose()?;
    let exception = exception.map(decision_of);
    let changes = AccountChanges { name, unit, roles: roles.map(roles_of), exception, enabled };
    let account = entry(web.app.change_account(&caller.actor, &id, changes, extract::now()).await?);
    Ok((about(&account), Json(account)))
}

/// `POST /api/accounts/{account}/reset`: a new one-time password, told once.
pub(in crate::http) async fn reset(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<AccountId>,
) -> Changed<AccountMade> {
    let (account, secret) = web.app.reset_account(&caller.actor, &id, extract::now()).await?;
    let (account, secret) = (entry(account), secret.reveal().to_owned());
    Ok((about(&account), Json(AccountMade { account, one_time_password: secret })))
}

/// `POST /api/accounts/{account}/hand-over`: somebody else takes over what the account is for; the form of the hand-over is kept.
pub(in crate::http) async fn hand_over(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<AccountId>,
    body: JsonBody<NewHandOver>,
) -> Changed<HandOverMade> {
    web.app.may_manage_accounts(&caller.actor)?;
    let NewHandOver { login, name, reason } = body.json()?;
    let to = PostTaker { login: &login, name: &name, reason: &reason };
    let (done, secret) = web.app.hand_over(&caller.actor, &id, to, extract::now()).await?;
    let account = entry(done.to);
    let units = done.units.join(",");
    let said = format!("account:{} to account:{} units:{units}: {}", done.from.login, account.login, done.reason);
    let made = HandOverMade {
        made: AccountMade { account, one_time_password: secret.reveal().to_owned() },
        from_name: done.from.name,
        from_login: done.from.login.to_string(),
        units: done.units,
        reason: done.reason,
        at_ms: ms(done.at),
    };
    Ok((Extension(About(said)), Json(made)))
}

/// `GET /api/hand-overs`: forms of hand-overs.
pub(in crate::http) async fn hand_overs(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<HandOverForm>>, Refused> {
    let form = |form: Form| {
        let ([from_login, from_name], [to_login, to_name]) = (form.from, form.to);
        HandOverForm {
            to_account: form.to_account.into(),
            from_name,
            from_login,
            to_name,
            to_login,
            unit_name: form.unit,
            roles: form.roles.iter().map(Into::into).collect(),
            units: form.units,
            reason: form.reason,
            at_ms: ms(form.at),
        }
    };
    Ok(Json(web.app.hand_overs(&caller.actor).await?.into_iter().map(form).collect()))
}

/// `POST /api/accounts/{account}/unlock`: an account that wrong passwords locked may log in again.
pub(in crate::http) async fn unlock(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<AccountId>,
) -> Changed<AccountEntry> {
    let account = entry(web.app.unlock_account(&caller.actor, &id, extract::now()).await?);
    Ok((about(&account), Json(account)))
}

/// `POST /api/accounts/{account}/end-sessions`: ends every log-in of an account.
pub(in crate::http) async fn end_sessions(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<AccountId>,
) -> Changed<AccountEntry> {
    let account = entry(web.app.end_sessions(&caller.actor, &id, extract::now()).await?);
    Ok((about(&account), Json(account)))
}

/// A unit as it travels: its id, or nothing for none.
fn unit_of(text: &str) -> Result<Option<OrgUnitId>, Refused> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| AccountFault::NoUnit.into())
}

pub(super) fn about(account: &AccountEntry) -> Extension<About> {
    let exception = account.exception.as_ref().filter(|exception| exception.origin == WireOrigin::Decided);
    let exception = exception.map(|of| format!(" exception by {}: {}", of.decided_by, of.reason)).unwrap_or_default();
    Extension(About(format!("account:{} roles:{}{exception}", account.login, names_of(&account.roles))))
}

fn decision_of(NewException { decided_by, reason }: NewException) -> Decision {
    Decision { by: decided_by, reason }
}

/// An exception as it travels.
pub(super) fn exception_entry(view: ExceptionView) -> ExceptionEntry {
    let ExceptionView { exception, login, recorded_by } = view;
    let (origin, decided_by, reason) = match exception.origin {
        Origin::FirstRun => (WireOrigin::FirstRun, String::new(), String::new()),
        Origin::FromBefore => (WireOrigin::FromBefore, String::new(), String::new()),
        Origin::Decided { decision, .. } => (WireOrigin::Decided, decision.by, decision.reason),
    };
    ExceptionEntry { login: login.to_string(), origin, since_ms: ms(exception.since), decided_by, reason, recorded_by }
}

pub(super) fn names_of(roles: &[WireAccountRole]) -> String {
    roles.iter().map(|role| crate::domain::role::Role::from(*role).name()).collect::<Vec<_>>().join(",")
}

pub(super) fn roles_of(roles: Vec<WireAccountRole>) -> Roles {
    roles.into_iter().map(Into::into).collect()
}

pub(super) fn entry(view: AccountView) -> AccountEntry {
    let AccountView { account, locked, must_change_password, sessions, unused, exception, .. } = view;
    let AccountView { second_factor, factor_lost, certificates, .. } = view;
    AccountEntry {
        id: account.id.into(),
        login: account.login.to_string(),
        name: account.name,
        unit: account.org_unit.map(Into::into),
        unit_name: account.unit,
        roles: account.roles.iter().map(Into::into).collect(),
        enabled: account.enabled,
        locked,
        must_change_password,
        last_login_ms: account.last_login.map(ms),
        sessions,
        unused,
        exception: exception.map(exception_entry),
        second_factor,
        factor_lost,
        certificates: certificates.into_iter().map(certificates::entry).collect(),
    }
}
