//! The approver's pen: who signs now, and deputies for days.

use super::{App, SignOffFault};
use crate::{
    domain::{
        access::{self, Action, Actor, Pen, Resource},
        account::Account,
        pen::{self, Delegation, Mistake, Term, Wish},
        role::Role,
        sign_off::Signer,
    },
    id::{AccountId, DelegationId},
    store::StoreError,
};
use std::{collections::HashMap, time::SystemTime};

/// Who signs, and for which days somebody else does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PenView {
    /// Who signs now; nobody if there is no approver, or their deputy can't log in.
    pub holder: Option<AccountId>,
    /// The latest delegations, with how each is now.
    pub delegations: Vec<(Delegation, Term)>,
    /// Who could deputise: told to the approver alone.
    pub deputies: Vec<Account>,
    /// Shown names of whoever is named in it.
    pub names: HashMap<AccountId, String>,
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
    pub async fn pen(&self, actor: &Actor, now: SystemTime) -> Result<PenView, DelegationFault> {
        allow(actor, Action::SeeSignOffs)?;
        let approvers = self.store.accounts_with(Role::Approver).await.map_err(stored)?;
        let leaders = self.store.accounts_with(Role::Leader).await.map_err(stored)?;
        let runs = self.store.delegation_now(now).await.map_err(stored)?;
        let all = approvers.iter().chain(&leaders);
        let holder = all.clone().find(|account| pen::holds(account, runs.as_ref())).map(|account| account.id.clone());
        let delegations = self.store.delegations().await.map_err(stored)?;
        let named = delegations.iter().flat_map(|one| [&one.by, &one.wish.deputy]).chain(&holder);
        let names = self.store.names_of(named.collect()).await.map_err(stored)?;
        let may_name = allow(actor, Action::DelegatePen).is_ok();
        let deputies = leaders.into_iter().filter(|account| may_name && pen::can_deputise(account)).collect();
        let delegations = delegations.into_iter().map(|one| (one.term(now), one)).map(|(term, one)| (one, term));
        Ok(PenView { holder, delegations: delegations.collect(), deputies, names })
    }

    /// Names a deputy for days.
    pub async fn delegate(&self, actor: &Actor, wish: Wish, now: SystemTime) -> Result<Delegation, DelegationFault> {
        allow(actor, Action::DelegatePen)?;
        let Actor::User(user) = actor else { return Err(DelegationFault::Unknown) };
        let _turn = self.desk.lock().await;
        let deputy = self.store.account(&wish.deputy).await.map_err(stored)?;
        let others = self.store.delegations_to_come(now).await.map_err(stored)?;
        let wish = pen::checked(wish, deputy.as_ref(), &others, now).map_err(DelegationFault::Wish)?;
        let made = Delegation { id: super::new_id(), by: user.account.clone(), wish, made: now, ended: None };
        self.store.add_delegation(&made).await.map_err(stored)?;
        Ok(made)
    }

    /// Ends a delegation before its time: the pen is the approver's again.
    pub async fn end_delegation(
        &self,
        actor: &Actor,
        id: &DelegationId,
        now: SystemTime,
    ) -> Result<Delegation, DelegationFault> {
        allow(actor, Action::DelegatePen)?;
        let _turn = self.desk.lock().await;
        let known = self.store.delegations().await.map_err(stored)?;
        let known = known.into_iter().find(|known| known.id == *id).ok_or(DelegationFault::Unknown)?;
        if known.term(now) == Term::Over {
            return Err(DelegationFault::Over);
        }
        self.store.end_delegation(id, now).await.map_err(stored)?;
        Ok(known)
    }

    /// Whether this account signs now.
    pub(super) async fn pen_of(&self, account: &Account, now: SystemTime) -> Result<Pen, StoreError> {
        if !account.roles.has_any(&[Role::Approver, Role::Leader]) {
            return Ok(Pen::NotTheirs);
        }
        let runs = self.store.delegation_now(now).await?;
        Ok(match runs {
            runs if !pen::holds(account, runs.as_ref()) => Pen::NotTheirs,
            Some(delegation) => Pen::For(delegation.by),
            None => Pen::Own,
        })
    }

    /// Whoever signs as this actor. An approver beside another is told so: two pens are none.
    pub(super) async fn signer(&self, actor: &Actor) -> Result<Signer, SignOffFault> {
        let Actor::User(user) = actor else { return Err(SignOffFault::Access(access::Refusal::Forbidden)) };
        let approvers = self.store.accounts_with(Role::Approver).await.map_err(SignOffFault::Store)?;
        if approvers.len() > 1 {
            return Err(SignOffFault::TwoApprovers);
        }
        let deputising = match &user.pen {
            Pen::For(approver) => Some(approver.clone()),
            Pen::Own | Pen::NotTheirs => None,
        };
        Ok(Signer { by: user.account.clone(), deputising })
    }
}

fn stored(error: StoreError) -> DelegationFault {
    DelegationFault::SignOff(SignOffFault::Store(error))
}

fn allow(actor: &Actor, action: Action) -> Result<(), DelegationFault> {
    let allowed = access::allow(actor, action, &Resource::Server);
    allowed.map_err(|refusal| DelegationFault::SignOff(SignOffFault::Access(refusal)))
}
