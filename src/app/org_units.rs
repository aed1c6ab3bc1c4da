//! Units: who answers for them, and the accounts their liaisons ask for.

use super::{AccountFault, AccountView, App, Now, Secret, accounts::Owner};
use crate::{
    domain::{
        access::{self, Action, Actor, LoggedIn, Refusal, Resource},
        account::Account,
        account_request::{self, AccountRequest, DecisionFault, Wish},
        org_unit::{self, CloseFault, OrgUnit, UNITS_MAX},
        pen,
        role::Roles,
    },
    id::{AccountId, AccountRequestId, OrgUnitId},
    store::{StoreError, UnitUse},
};
use std::{collections::HashMap, time::SystemTime};

/// From one unit to the next: room for one between them.
const RANK_STEP: u32 = 10;

/// Units and requests, as far as their reader may see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitsView {
    /// In administrative order, each with the accounts of its people by their log-in names.
    pub units: Vec<(OrgUnit, Vec<Account>)>,
    /// All that wait, then the latest that were decided.
    pub requests: Vec<AccountRequest>,
    /// Shown names of whoever is named in it.
    pub names: HashMap<AccountId, String>,
}

/// What of a unit changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitChange {
    /// Its name.
    pub name: Option<String>,
    /// Its place.
    pub rank: Option<u32>,
    /// Whether this server belongs to it.
    pub own: Option<bool>,
    /// Whether what its meetings are to be is signed for.
    pub signs_arrangements: Option<bool>,
    /// Who answers for it: the liaison first.
    pub liaisons: Option<Vec<AccountId>>,
}

/// What a liaison types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WishText<'a> {
    /// What the account's owner will log in with.
    pub login: &'a str,
    /// Whose it will be.
    pub name: &'a str,
    /// What it will be for.
    pub roles: Roles,
    /// Why it is needed.
    pub reason: &'a str,
}

/// Why something about units or requests is not done.
#[derive(Debug, thiserror::Error)]
pub enum UnitFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id, or none this actor answers for.
    #[error("there is no such unit")]
    Unknown,
    /// It can't be so.
    #[error("the unit is not valid")]
    Unit(Vec<org_unit::Mistake>),
    /// Something hangs on it, so that it can't go.
    #[error("something hangs on the unit")]
    InUse(UnitUse),
    /// It can't be closed.
    #[error("the unit cannot be closed")]
    Close(#[source] CloseFault),
    /// There are [`UNITS_MAX`].
    #[error("there are too many units")]
    TooMany,
    /// Two approvers would share a pen.
    #[error("two approvers would share a pen")]
    TwoApprovers {
        /// Their names.
        names: [String; 2],
    },
    /// There is no request of that id.
    #[error("there is no such request")]
    NoRequest,
    /// It can't be asked for so.
    #[error("the wish is not valid")]
    Wish(Vec<account_request::Mistake>),
    /// An account has this log-in name, or one was asked for.
    #[error("the log-in name is taken")]
    LoginTaken,
    /// Too many of the unit wait.
    #[error("too many requests wait")]
    Waiting,
    /// It can't be decided so.
    #[error("it cannot be decided so")]
    Decision(#[source] DecisionFault),
    /// The account can't be made.
    #[error("the account cannot be made")]
    Account(#[source] AccountFault),
    /// The store failed.
    #[error("cannot read or write units")]
    Store(#[source] StoreError),
}

impl App {
    /// Every unit and request; for a liaison those they answer for.
    pub async fn org_units(&self, actor: &Actor) -> Result<UnitsView, UnitFault> {
        allow(actor, Action::SeeUnits)?;
        let all = allow(actor, Action::ManageAccounts).is_ok();
        let mut units = self.store.org_units().await.map_err(UnitFault::Store)?;
        units.retain(|unit| all || may_ask(actor, unit).is_ok());
        let mut requests = self.store.account_requests().await.map_err(UnitFault::Store)?;
        requests.retain(|request| units.iter().any(|unit| unit.id == request.unit));
        let ids: Vec<OrgUnitId> = units.iter().map(|unit| unit.id.clone()).collect();
        let accounts = self.store.accounts_of_units(&ids).await.map_err(UnitFault::Store)?;
        let named = requests.iter().flat_map(people_of).chain(units.iter().flat_map(|unit| &unit.liaisons));
        let names = self.store.names_of(named.collect()).await.map_err(UnitFault::Store)?;
        let mut people: HashMap<OrgUnitId, Vec<Account>> = HashMap::new();
        for account in accounts {
            people.entry(account.org_unit.clone().ok_or(UnitFault::Unknown)?).or_default().push(account);
        }
        let with_people = |unit: OrgUnit| (people.remove(&unit.id).unwrap_or_default(), unit);
        let units = units.into_iter().map(with_people).map(|(people, unit)| (unit, people)).collect();
        Ok(UnitsView { units, requests, names })
    }

    /// The names of units in administrative order, for whoever writes notices and looks for meetings.
    pub async fn unit_names(&self, actor: &Actor) -> Result<Vec<String>, UnitFault> {
        allow(actor, Action::ListMeetings)?;
        let units = self.store.org_units().await.map_err(UnitFault::Store)?;
        Ok(units.into_iter().filter(OrgUnit::is_open).map(|unit| unit.name).collect())
    }

    /// Whether this actor may make and change units.
    pub fn may_manage_units(&self, actor: &Actor) -> Result<(), UnitFault> {
        allow(actor, Action::ManageAccounts)
    }

    /// Makes a unit, last in the order.
    pub async fn make_unit(&self, actor: &Actor, name: &str) -> Result<OrgUnit, UnitFault> {
        allow(actor, Action::ManageAccounts)?;
        let _turn = self.desk.lock().await;
        let all = self.store.org_units().await.map_err(UnitFault::Store)?;
        if all.len() >= UNITS_MAX {
            return Err(UnitFault::TooMany);
        }
        let rank = all.last().map_or(0, |last| last.rank.saturating_add(RANK_STEP));
        // The first that is made is the server's own, until somebody says otherwise.
        let own = all.is_empty();
        let unit = OrgUnit {
            id: super::new_id(),
            name: name.to_owned(),
            rank,
            own,
            signs_arrangements: false,
            liaisons: Vec::new(),
            closed: None,
        };
        let unit = unit.checked(&[], &all).map_err(UnitFault::Unit)?;
        self.store.save_org_unit(&unit).await.map_err(UnitFault::Store)?;
        Ok(unit)
    }

    /// Changes a unit's name, its place, or who answers for it.
    pub async fn change_unit(&self, actor: &Actor, id: &OrgUnitId, change: UnitChange) -> Result<OrgUnit, UnitFault> {
        allow(actor, Action::ManageAccounts)?;
        let _turn = self.desk.lock().await;
        let all = self.store.org_units().await.map_err(UnitFault::Store)?;
        let before = all.iter().find(|unit| unit.id == *id).cloned().ok_or(UnitFault::Unknown)?;
        // Who was named and can answer no longer doesn't keep the unit from being renamed.
        let named = change.liaisons.is_some();
        let unit = OrgUnit {
            name: change.name.unwrap_or(before.name),
            rank: change.rank.unwrap_or(before.rank),
            own: change.own.unwrap_or(before.own),
            signs_arrangements: change.signs_arrangements.unwrap_or(before.signs_arrangements),
            liaisons: change.liaisons.unwrap_or_default(),
            ..before
        };
        let accounts = self.store.accounts().await.map_err(UnitFault::Store)?;
        let unit = unit.checked(&accounts, &all).map_err(UnitFault::Unit)?;
        let unit = if named { unit } else { OrgUnit { liaisons: before.liaisons, ..unit } };
        expect_pens_apart(&accounts, &all, &unit)?;
        self.store.save_org_unit(&unit).await.map_err(UnitFault::Store)?;
        Ok(unit)
    }

    /// Closes a unit that is no more: what it held keeps its name, nobody answers for it, and it gets no more accounts.
    pub async fn close_unit(&self, actor: &Actor, id: &OrgUnitId, now: SystemTime) -> Result<OrgUnit, UnitFault> {
        allow(actor, Action::ManageAccounts)?;
        let _turn = self.desk.lock().await;
        let all = self.store.org_units().await.map_err(UnitFault::Store)?;
        let unit = all.into_iter().find(|unit| unit.id == *id).ok_or(UnitFault::Unknown)?;
        let requests = self.store.account_requests().await.map_err(UnitFault::Store)?;
        let waiting = requests.iter().filter(|request| request.unit == *id && request.decision.is_none()).count();
        let unit = unit.close(waiting, now).map_err(UnitFault::Close)?;
        self.store.save_org_unit(&unit).await.map_err(UnitFault::Store)?;
        Ok(unit)
    }

    /// Opens a closed unit again.
    pub async fn reopen_unit(&self, actor: &Actor, id: &OrgUnitId) -> Result<OrgUnit, UnitFault> {
        allow(actor, Action::ManageAccounts)?;
        let _turn = self.desk.lock().await;
        let all = self.store.org_units().await.map_err(UnitFault::Store)?;
        let unit = all.into_iter().find(|unit| unit.id == *id).ok_or(UnitFault::Unknown)?.reopen();
        self.store.save_org_unit(&unit).await.map_err(UnitFault::Store)?;
        Ok(unit)
    }

    /// Removes a unit on which nothing hangs: one that was made by mistake. What it was is returned.
    pub async fn remove_unit(&self, actor: &Actor, id: &OrgUnitId) -> Result<OrgUnit, UnitFault> {
        allow(actor, Action::ManageAccounts)?;
        let _turn = self.desk.lock().await;
        let all = self.store.org_units().await.map_err(UnitFault::Store)?;
        let unit = all.into_iter().find(|unit| unit.id == *id).ok_or(UnitFault::Unknown)?;
        let used = self.store.remove_org_unit(id).await.map_err(UnitFault::Store)?;
        if used == UnitUse::default() { Ok(unit) } else { Err(UnitFault::InUse(used)) }
    }

    /// Whether this actor may ask for an account of this unit: of one they don't answer for they are told nothing.
    pub async fn may_ask_account(&self, actor: &Actor, id: &OrgUnitId) -> Result<OrgUnit, UnitFault> {
        allow(actor, Action::AskAccount)?;
        let all = self.store.org_units().await.map_err(UnitFault::Store)?;
        let unit = all.into_iter().find(|unit| unit.id == *id).ok_or(UnitFault::Unknown)?;
        may_ask(actor, &unit).map_err(|_| UnitFault::Unknown)?;
        Ok(unit)
    }

    /// Asks for an account of a unit.
    pub async fn ask_account(
        &self,
        actor: &Actor,
        id: &OrgUnitId,
        wish: WishText<'_>,
        now: SystemTime,
    ) -> Result<AccountRequest, UnitFault> {
        let _turn = self.desk.lock().await;
        let unit = self.may_ask_account(actor, id).await?;
        let wish = Wish::checked(wish.login, wish.name, wish.roles, wish.reason).map_err(UnitFault::Wish)?;
        let waiting = self.store.account_requests().await.map_err(UnitFault::Store)?;
        let waiting: Vec<_> = waiting.into_iter().filter(|known| known.decision.is_none()).collect();
        let known = self.store.account_named(&wish.login).await.map_err(UnitFault::Store)?;
        if known.is_some() || waiting.iter().any(|known| known.wish.login == wish.login) {
            return Err(UnitFault::LoginTaken);
        }
        if waiting.iter().filter(|known| known.unit == unit.id).count() >= account_request::WAITING_MAX {
            return Err(UnitFault::Waiting);
        }
        let asked_by = somebody(actor)?.account.clone();
        let (id, unit) = (super::new_id(), unit.id);
        let asked = AccountRequest { id, unit, asked_by, asked: now, wish, decision: None };
        self.store.add_account_request(&asked).await.map_err(UnitFault::Store)?;
        Ok(asked)
    }

    /// Whether this actor may decide this request.
    pub async fn may_decide_account(&self, actor: &Actor, id: &AccountRequestId) -> Result<AccountRequest, UnitFault> {
        allow(actor, Action::ManageAccounts)?;
        let found = self.store.account_request(id).await.map_err(UnitFault::Store)?.ok_or(UnitFault::NoRequest)?;
        let resource = Resource::AccountRequest { asked_by: &found.asked_by };
        access::allow(actor, Action::DecideAccount, &resource).map_err(UnitFault::Access)?;
        Ok(found)
    }

    /// Grants a request: makes the account, with a one-time password that is told once.
    pub async fn grant_account(
        &self,
        actor: &Actor,
        id: &AccountRequestId,
        now: Now,
    ) -> Result<(AccountView, Secret), UnitFault> {
        let _turn = self.desk.lock().await;
        let request = self.may_decide_account(actor, id).await?;
        if request.decision.is_some() {
            return Err(UnitFault::Decision(DecisionFault::Decided));
        }
        let by = somebody(actor)?.account.clone();
        let owner = Owner { name: &request.wish.name, unit: Some(request.unit.clone()) };
        let (login, roles) = (request.wish.login.clone(), request.wish.roles);
        let made = self.add_in_turn(login.as_str(), owner, roles, None, now).await.map_err(UnitFault::Account)?;
        let granted = request.grant(by, made.0.account.id.clone(), now.wall).map_err(UnitFault::Decision)?;
        self.decided(&granted).await?;
        Ok(made)
    }

    /// Refuses a request, and says why.
    pub async fn refuse_account(
        &self,
        actor: &Actor,
        id: &AccountRequestId,
        reason: &str,
        now: SystemTime,
    ) -> Result<AccountRequest, UnitFault> {
        let _turn = self.desk.lock().await;
        let request = self.may_decide_account(actor, id).await?;
        let by = somebody(actor)?.account.clone();
        let refused = request.refuse(by, reason, now).map_err(UnitFault::Decision)?;
        self.decided(&refused).await?;
        Ok(refused)
    }

    async fn decided(&self, request: &AccountRequest) -> Result<(), UnitFault> {
        let Some(decision) = &request.decision else { return Ok(()) };
        self.store.decide_account_request(&request.id, decision).await.map_err(UnitFault::Store)
    }
}

/// Whoever is named in it.
fn people_of(request: &AccountRequest) -> impl Iterator<Item = &AccountId> {
    std::iter::once(&request.asked_by).chain(request.decision.as_ref().map(|decision| &decision.by))
}

fn may_ask(actor: &Actor, unit: &OrgUnit) -> Result<(), Refusal> {
    access::allow(actor, Action::AskAccount, &Resource::OrgUnit { liaisons: &unit.liaisons })
}

/// Refuses a change of units that would give two approvers the same pen.
fn expect_pens_apart(accounts: &[Account], before: &[OrgUnit], changed: &OrgUnit) -> Result<(), UnitFault> {
    let after = before.iter().map(|unit| match unit {
        unit if unit.id == changed.id => changed.clone(),
        unit => OrgUnit { own: unit.own && !changed.own, ..unit.clone() },
    });
    match pen::two_approvers(accounts, &after.collect::<Vec<_>>()) {
        Some((one, other)) => Err(UnitFault::TwoApprovers { names: [one.name.clone(), other.name.clone()] }),
        None => Ok(()),
    }
}

fn somebody(actor: &Actor) -> Result<&LoggedIn, UnitFault> {
    match actor {
        Actor::User(user) => Ok(user),
        _ => Err(UnitFault::Access(Refusal::Forbidden)),
    }
}

fn allow(actor: &Actor, action: Action) -> Result<(), UnitFault> {
    access::allow(actor, action, &Resource::Server).map_err(UnitFault::Access)
}
