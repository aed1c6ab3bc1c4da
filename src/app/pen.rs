//! The approvers' pens, one of each unit: who signs now, and deputies for days.

use super::{App, SignOffFault};
use crate::{
    domain::{
        access::{self, Action, Actor, Pen, Resource},
        account::Account,
        org_unit::OrgUnit,
        pen::{self, Delegation, Mistake, PenOf, Pens, Term, Wish},
        role::Role,
        sign_off::Signer,
    },
    id::{AccountId, DelegationId, OrgUnitId},
    store::{OfUnits, StoreError},
};
use std::{collections::HashMap, time::SystemTime};

/// Who signs, and for which days somebody else does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PensView {
    /// The county's own pen, then that of each unit that has an approver, in administrative order.
    pub pens: Vec<PenView>,
    /// The latest delegations, with how each is now.
    pub delegations: Vec<(Delegation, Term)>,
    /// Who could deputise: told to an approver alone, of their own unit.
    pub deputies: Vec<Account>,
    /// Shown names of whoever is named in a delegation.
    pub names: HashMap<AccountId, String>,
}

/// A pen, as its readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PenView {
    /// Which.
    pub of: PenOf,
    /// Name of the unit whose it is; empty for the county's own while the server belongs to no unit.
    pub unit: String,
    /// Who signs now, and their shown name; nobody if there is no approver, or two, or their deputy can't.
    pub holder: Option<(AccountId, String)>,
}

/// Every pen that has an approver, with units and names.
pub(super) struct AllPens {
    units: Vec<OrgUnit>,
    pens: Pens,
    names: HashMap<AccountId, String>,
}

impl AllPens {
    /// The pen that is needed for what this unit held.
    pub(super) fn needed(&self, unit: Option<&OrgUnitId>) -> PenOf {
        self.pens.needed(unit, &self.units)
    }

    /// The units that need this pen.
    pub(super) fn units_of(&self, of: &PenOf) -> OfUnits {
        match of {
            PenOf::Unit(unit) if self.pens.held(of).is_some() => OfUnits::One(unit.clone()),
            PenOf::Unit(_) => OfUnits::None,
            PenOf::County => {
                let ids = self.units.iter().map(|unit| &unit.id);
                OfUnits::AllBut(ids.filter(|id| self.needed(Some(*id)) != PenOf::County).cloned().collect())
            }
        }
    }

    /// The pen that people of this unit share.
    pub(super) fn of(&self, unit: Option<&OrgUnitId>) -> PenOf {
        PenOf::of(unit, &self.units)
    }

    /// A pen as its readers see it.
    pub(super) fn view(&self, of: PenOf) -> PenView {
        let unit = of.unit(&self.units).map(|unit| unit.name.clone()).unwrap_or_default();
        let holder = self.pens.held(&of).and_then(|held| held.holder.clone());
        let holder = holder.map(|id| (id.clone(), self.names.get(&id).cloned().unwrap_or_default()));
        PenView { of, unit, holder }
    }
}

/// Why a delegation is not made or ended.
#[derive(Debug, thiserror::Error)]
pub enum DelegationFault {
    /// The actor may not.
    #[error("not allowed")]
    SignOff(#[source] SignOffFault),
    /// There is none of that id.
    #[error("there is no such delegation")]
    Unknown,
    /// It is over.
    #[error("the delegation is over")]
    Over,
    /// It can't be so.
    #[error("the delegation is not valid")]
    Wish(Vec<Mistake>),
}

impl App {
    /// Who signs now, and for which days somebody else does.
    pub async fn pens(&self, actor: &Actor, now: SystemTime) -> Result<PensView, DelegationFault> {
        allow(actor, Action::SeeSignOffs, &Resource::Server)?;
        let all = self.all_pens(now).await.map_err(stored)?;
        let of_units = all.units.iter().map(|unit| PenOf::of(Some(&unit.id), &all.units));
        let held = of_units.filter(|of| *of != PenOf::County && all.pens.held(of).is_some());
        let pens = std::iter::once(PenOf::County).chain(held).map(|of| all.view(of)).collect();
        let delegations = self.store.delegations().await.map_err(stored)?;
        let named = delegations.iter().flat_map(|one| [&one.by, &one.wish.deputy]);
        let names = self.store.names_of(named.collect()).await.map_err(stored)?;
        let deputies = match actor {
            Actor::User(user) if allow(actor, Action::DelegatePen, &Resource::Server).is_ok() => {
                let mine =
                    self.store.account(&user.account).await.map_err(stored)?.and_then(|account| account.org_unit);
                let mut leaders = self.store.accounts_with(Role::Leader).await.map_err(stored)?;
                leaders.retain(|account| pen::can_deputise_in(account, mine.as_ref(), &all.units));
                leaders
            }
            _ => Vec::new(),
        };
        let delegations = delegations.into_iter().map(|one| (one.term(now), one)).map(|(term, one)| (one, term));
        Ok(PensView { pens, delegations: delegations.collect(), deputies, names })
    }

    /// Names a deputy for days.
    pub async fn delegate(&self, actor: &Actor, wish: Wish, now: SystemTime) -> Result<Delegation, DelegationFault> {
        allow(actor, Action::DelegatePen, &Resource::Server)?;
        let Actor::User(user) = actor else { return Err(DelegationFault::Unknown) };
        let _turn = self.desk.lock().await;
        let units = self.store.org_units().await.map_err(stored)?;
        let approver = self.store.account(&user.account).await.map_err(stored)?.ok_or(DelegationFault::Unknown)?;
        let deputy = self.store.account(&wish.deputy).await.map_err(stored)?;
        let fits = deputy.is_some_and(|deputy| pen::can_deputise_in(&deputy, approver.org_unit.as_ref(), &units));
        let mut own = self.store.delegations_to_come(now).await.map_err(stored)?;
        own.retain(|other| other.by == approver.id);
        let wish = pen::checked(wish, fits, &own, now).map_err(DelegationFault::Wish)?;
        let made = Delegation { id: super::new_id(), by: approver.id, wish, made: now, ended: None };
        self.store.add_delegation(&made).await.map_err(stored)?;
        Ok(made)
    }

    /// Ends one's own delegation before its time: the pen is the approver's again.
    pub async fn end_delegation(
        &self,
        actor: &Actor,
        id: &DelegationId,
        now: SystemTime,
    ) -> Result<Delegation, DelegationFault> {
        allow(actor, Action::DelegatePen, &Resource::Server)?;
        let _turn = self.desk.lock().await;
        let known = self.store.delegations().await.map_err(stored)?;
        let known = known.into_iter().find(|known| known.id == *id).ok_or(DelegationFault::Unknown)?;
        allow(actor, Action::DelegatePen, &Resource::Delegation { by: &known.by })?;
        if known.term(now) == Term::Over {
            return Err(DelegationFault::Over);
        }
        self.store.end_delegation(id, now).await.map_err(stored)?;
        Ok(known)
    }

    /// Whether this account signs now, and with which pen.
    pub(super) async fn pen_of(&self, account: &Account, now: SystemTime) -> Result<Pen, StoreError> {
        if !account.roles.has_any(&[Role::Approver, Role::Leader]) {
            return Ok(Pen::NotTheirs);
        }
        let (pens, _) = self.read_pens(now).await?;
        Ok(match pens.held_by(&account.id) {
            None => Pen::NotTheirs,
            Some((of, None)) => Pen::Own(of.clone()),
            Some((of, Some(approver))) => Pen::For { approver: approver.clone(), of: of.clone() },
        })
    }

    /// Every pen that has an approver, with units and names.
    pub(super) async fn all_pens(&self, now: SystemTime) -> Result<AllPens, StoreError> {
        let (pens, units) = self.read_pens(now).await?;
        let holders = pens.iter().filter_map(|held| held.holder.as_ref());
        let names = self.store.names_of(holders.collect()).await?;
        Ok(AllPens { units, pens, names })
    }

    async fn read_pens(&self, now: SystemTime) -> Result<(Pens, Vec<OrgUnit>), StoreError> {
        let mut accounts = self.store.accounts_with(Role::Approver).await?;
        let delegations = self.store.delegations_to_come(now).await?;
        let units = self.store.org_units().await?;
        for deputy in delegations.iter().filter(|one| one.term(now) == Term::Runs).map(|one| &one.wish.deputy) {
            accounts.extend(self.store.account(deputy).await?);
        }
        Ok((Pens::of(&accounts, &units, &delegations, now), units))
    }

    /// Whoever signs as this actor.
    pub(super) fn signer(actor: &Actor) -> Result<Signer, SignOffFault> {
        let Actor::User(user) = actor else { return Err(SignOffFault::Access(access::Refusal::Forbidden)) };
        let deputising = match &user.pen {
            Pen::For { approver, .. } => Some(approver.clone()),
            Pen::Own(_) | Pen::NotTheirs => None,
        };
        Ok(Signer { by: user.account.clone(), deputising })
    }
}

fn stored(error: StoreError) -> DelegationFault {
    DelegationFault::SignOff(SignOffFault::Store(error))
}

fn allow(actor: &Actor, action: Action, resource: &Resource<'_>) -> Result<(), DelegationFault> {
    let allowed = access::allow(actor, action, resource);
    allowed.map_err(|refusal| DelegationFault::SignOff(SignOffFault::Access(refusal)))
}
