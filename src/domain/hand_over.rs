//! Handing a post over (交接): somebody leaves, somebody else takes over what they were responsible for.
//!
//! A person's account is never given to another person: the book would tell of one what the other did. So the old account ends, and
//! a new one begins with the same roles, in the same unit, answering for the same units, with a secret of its own.

use super::{
    account::{Account, Login},
    officer,
    org_unit::OrgUnit,
    pen::{Delegation, Term},
    role::Roles,
};
use crate::id::{AccountId, DelegationId};
use std::time::SystemTime;

/// Most characters of why.
pub const REASON_CHARS_MAX: usize = 200;

/// Who takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// Id of their account, which is made.
    pub id: AccountId,
    /// What they log in with.
    pub login: Login,
    /// Shown name.
    pub name: String,
}

/// All that changes, at once or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// The account that ends: it logs in no longer, and keeps its roles for whoever reads the list years later.
    pub from: Account,
    /// The account that begins.
    pub to: Account,
    /// Units the one answered for, which the other answers for now, in the same place.
    pub units: Vec<OrgUnit>,
    /// Delegations of the pen by or to whoever leaves, which end: nobody signs for somebody who is gone.
    pub delegations: Vec<DelegationId>,
}

/// What the form says that both sign (交接单). It is kept as it was printed: names and units may be others years later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The account that ended: its log-in name and its owner's.
    pub from: [String; 2],
    /// The account that began, by its id.
    pub to_account: AccountId,
    /// Its log-in name and its owner's.
    pub to: [String; 2],
    /// Name of the unit both belong to; empty without one.
    pub unit: String,
    /// What both are for.
    pub roles: Roles,
    /// Names of the units it answers for.
    pub units: Vec<String>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: SystemTime,
}

impl Form {
    /// The form of a hand-over.
    #[must_use]
    pub fn of(change: &HandOver, reason: String, at: SystemTime) -> Self {
        let party = |account: &Account| [account.login.to_string(), account.name.clone()];
        Self {
            from: party(&change.from),
            to_account: change.to.id.clone(),
            to: party(&change.to),
            unit: change.to.unit.clone(),
            roles: change.to.roles,
            units: change.units.iter().map(|unit| unit.name.clone()).collect(),
            reason,
            at,
        }
    }
}

/// Why a post is not handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The account can't log in already: its post was handed over, or given up.
    #[error("the account has ended")]
    Ended,
    /// It is two officers at once: such an exception is one person's, and the other's is decided anew.
    #[error("the account is system and security administrator at once")]
    OfficersTogether,
}

impl HandOver {
    /// What changes when `from` is followed by `successor`. `units` and `delegations` are all there are.
    pub fn of(
        from: Account,
        successor: Successor,
        units: &[OrgUnit],
        delegations: &[Delegation],
        now: SystemTime,
    ) -> Result<Self, Mistake> {
        if !from.enabled {
            return Err(Mistake::Ended);
        }
        if officer::together(from.roles) {
            return Err(Mistake::OfficersTogether);
        }
        let to = Account {
            id: successor.id,
            login: successor.login,
            name: successor.name,
            enabled: true,
            must_change: true,
            password_set: now,
            last_login: None,
            ..from.clone()
        };
        let followed = |unit: &OrgUnit| {
            let mut unit = unit.clone();
            *unit.liaisons.iter_mut().find(|liaison| **liaison == from.id)? = to.id.clone();
            Some(unit)
        };
        let concerns =
            |one: &&Delegation| one.term(now) != Term::Over && (one.by == from.id || one.wish.deputy == from.id);
        let delegations = delegations.iter().filter(concerns).map(|one| one.id.clone()).collect();
        let units = units.iter().filter_map(followed).collect();
        Ok(Self { from: Account { enabled: false, ..from }, to, units, delegations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{account::tests::account, pen::Wish, role::Role};
    use std::time::{Duration, UNIX_EPOCH};

    fn id<I: std::str::FromStr>(text: &str) -> I {
        text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
    }

    fn successor() -> Successor {
        Successor { id: id("new"), login: id("new"), name: "李军".to_owned() }
    }

    #[test]
    fn who_follows_has_the_roles_and_the_units_and_a_secret_of_their_own() {
        let now = UNIX_EPOCH + Duration::from_secs(86_400);
        let from = Account {
            org_unit: Some(id("u1")),
            last_login: Some(UNIX_EPOCH),
            ..account("old", &[Role::Liaison, Role::Leader])
        };
        let unit = |name: &str, liaisons: &[&str]| OrgUnit {
            id: id(name),
            name: name.to_owned(),
            rank: 0,
            own: false,
            signs_arrangements: false,
            liaisons: liaisons.iter().map(|one| id(one)).collect(),
            closed: None,
        };
        let units = [unit("u1", &["bai", "old"]), unit("u2", &["bai"]), unit("u3", &["old"])];
        let delegation = |name: &str, by: &str, deputy: &str, until: u64| Delegation {
            id: id(name),
            by: id(by),
            wish: Wish {
                deputy: id(deputy),
                from: UNIX_EPOCH,
                until: UNIX_EPOCH + Duration::from_secs(until),
                reason: "学习".to_owned(),
            },
            made: UNIX_EPOCH,
            ended: None,
        };
        let delegations = [
            delegation("d1", "old", "li", 90_000),
            delegation("d2", "zhang", "old", 90_000),
            delegation("d3", "zhang", "li", 90_000),
            delegation("d4", "old", "li", 10),
        ];
        let done = HandOver::of(from.clone(), successor(), &units, &delegations, now).expect("handed over");
        assert!(!done.from.enabled && done.to.enabled && done.to.must_change);
        let form = Form::of(&done, "调离".to_owned(), now);
        assert_eq!(
            (&form.from[0], &form.to, form.roles),
            (&"old".to_owned(), &["new".to_owned(), "李军".to_owned()], from.roles)
        );
        assert_eq!(
            (form.units, form.reason, form.at),
            (vec!["u1".to_owned(), "u3".to_owned()], "调离".to_owned(), now)
        );
        assert_eq!((done.to.roles, &done.to.org_unit), (from.roles, &from.org_unit));
        assert_eq!((done.to.name.as_str(), done.to.last_login, done.to.password_set), ("李军", None, now));
        assert_eq!(done.units, [unit("u1", &["bai", "new"]), unit("u3", &["new"])]);
        assert_eq!(done.delegations.iter().map(DelegationId::as_str).collect::<Vec<_>>(), ["d1", "d2"]);
    }

    #[test]
    fn an_account_that_ended_hands_nothing_over() {
        let ended = Account { enabled: false, ..account("old", &[Role::Leader]) };
        assert_eq!(HandOver::of(ended, successor(), &[], &[], UNIX_EPOCH), Err(Mistake::Ended));
        let both = account("old", &[Role::SystemAdmin, Role::SecurityAdmin]);
        assert_eq!(HandOver::of(both, successor(), &[], &[], UNIX_EPOCH), Err(Mistake::OfficersTogether));
    }
}
