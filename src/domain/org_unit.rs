//! A unit (单位): an organisation that takes part, in administrative order, and who answers for its people.
//!
//! Each has one liaison (联络员) and deputies of theirs: they ask for the accounts of its people
//! ([`account_request`](super::account_request)), and nobody else does.
//!
//! A unit that is no more and has records is closed (关闭): what it held keeps its name, nobody answers for it, it gets no more accounts
//! and stands in no list to choose from. It can be opened again.

use super::{
    account::Account,
    line::{self, LineFault},
    role::Role,
};
use crate::id::{AccountId, OrgUnitId};
use std::time::SystemTime;

/// An organisation that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgUnit {
    /// Random; never changes.
    pub id: OrgUnitId,
    /// Shown to everybody; no other unit has it.
    pub name: String,
    /// Place in lists, smallest first.
    pub rank: u32,
    /// Whether this server belongs to it (本级): its approver signs for whatever no other unit's signs for. One unit at most.
    pub own: bool,
    /// Whether what its meetings are to be is signed for (会议安排需审签).
    pub signs_arrangements: bool,
    /// Who answers for it: the liaison first, then the deputies. Empty while nobody is named.
    pub liaisons: Vec<AccountId>,
    /// Since when it is closed, if it is.
    pub closed: Option<SystemTime>,
}

/// Most characters of a unit's name: it is part of the watermark.
pub const NAME_CHARS_MAX: usize = 64;

/// Most people who answer for one unit: the liaison and three deputies. With more, nobody does.
pub const LIAISONS_MAX: usize = 4;

/// Most units: a county has about a hundred.
pub const UNITS_MAX: usize = 1000;

/// What is wrong with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// Its name is no line.
    #[error("the name is not valid: {0}")]
    Name(LineFault),
    /// Another unit has its name.
    #[error("another unit has this name")]
    NameTaken,
    /// Somebody who is to answer for it can't: nobody, one who can't log in, or no liaison.
    #[error("a liaison or deputy is not a liaison who can log in")]
    NoLiaison,
    /// Somebody is named twice.
    #[error("somebody is named twice")]
    Twice,
    /// More than [`LIAISONS_MAX`].
    #[error("too many people answer for it")]
    TooMany,
    /// It is closed, and is to have a liaison or the server.
    #[error("the unit is closed")]
    Closed,
}

/// Why a unit is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CloseFault {
    /// The server belongs to it.
    #[error("the server belongs to the unit")]
    Own,
    /// Accounts of it that were asked for wait.
    #[error("requests for accounts of the unit wait")]
    Waiting,
}

/// Whether this account can answer for a unit.
#[must_use]
pub fn can_answer(account: &Account) -> bool {
    account.enabled && account.roles.has(Role::Liaison)
}

impl OrgUnit {
    /// Whether it has people and meetings to come.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// The unit, closed: nobody answers for it any more. `waiting` requests for its accounts have to be decided first.
    pub fn close(self, waiting: usize, now: SystemTime) -> Result<Self, CloseFault> {
        if self.own {
            return Err(CloseFault::Own);
        }
        if waiting > 0 {
            return Err(CloseFault::Waiting);
        }
        Ok(Self { closed: self.closed.or(Some(now)), liaisons: Vec::new(), ..self })
    }

    /// The unit, open: who answers for it is named anew.
    #[must_use]
    pub fn reopen(self) -> Self {
        Self { closed: None, ..self }
    }

    /// The unit as it may be stored, or all that is wrong with it. `named` are the accounts it names, as far as they are there;
    /// `all` are the units there are, itself perhaps among them.
    pub fn checked(self, named: &[Account], all: &[Self]) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let name = match line::checked(&self.name, NAME_CHARS_MAX) {
            Ok(name) => {
                let taken = all.iter().any(|other| other.id != self.id && other.name == name);
                mistakes.extend(taken.then_some(Mistake::NameTaken));
                name
            }
            Err(fault) => {
                mistakes.push(Mistake::Name(fault));
                String::new()
            }
        };
        let can = |id: &AccountId| named.iter().any(|account| account.id == *id && can_answer(account));
        mistakes.extend((!self.liaisons.iter().all(can)).then_some(Mistake::NoLiaison));
        let twice = |(place, id): (usize, &AccountId)| self.liaisons[..place].contains(id);
        mistakes.extend(self.liaisons.iter().enumerate().any(twice).then_some(Mistake::Twice));
        mistakes.extend((self.liaisons.len() > LIAISONS_MAX).then_some(Mistake::TooMany));
        let wants = self.own || !self.liaisons.is_empty();
        mistakes.extend((!self.is_open() && wants).then_some(Mistake::Closed));
        if mistakes.is_empty() { Ok(Self { name, ..self }) } else { Err(mistakes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::tests::account;

    fn unit(id: &str, name: &str, liaisons: &[&str]) -> OrgUnit {
        let liaisons = liaisons.iter().map(|id| id.parse().expect("an id")).collect();
        OrgUnit {
            id: id.parse().expect("an id"),
            name: name.to_owned(),
            rank: 0,
            own: false,
            signs_arrangements: false,
            liaisons,
            closed: None,
        }
    }

    #[test]
    fn a_closed_unit_keeps_its_name_and_nobody_answers_for_it_until_it_is_open_again() {
        let (soon, later) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(9));
        let water = unit("u1", "县水务局", &["la"]);
        assert_eq!(water.clone().close(1, soon), Err(CloseFault::Waiting));
        assert_eq!(OrgUnit { own: true, ..water.clone() }.close(0, soon), Err(CloseFault::Own));
        let closed = water.clone().close(0, soon).expect("closed");
        assert_eq!(closed, OrgUnit { liaisons: Vec::new(), closed: Some(soon), ..water.clone() });
        assert_eq!(closed.clone().close(0, later).expect("again").closed, Some(soon), "it stays closed since then");
        let named = [account("la", &[Role::Liaison])];
        for wants in
            [OrgUnit { liaisons: water.liaisons.clone(), ..closed.clone() }, OrgUnit { own: true, ..closed.clone() }]
        {
            assert_eq!(wants.checked(&named, &[]), Err(vec![Mistake::Closed]));
        }
        let renamed = OrgUnit { name: "原县水务局".to_owned(), ..closed.clone() };
        assert!(renamed.checked(&named, &[]).is_ok(), "its name may still be put right");
        assert_eq!(closed.reopen(), OrgUnit { liaisons: Vec::new(), ..water });
    }

    #[test]
    fn a_unit_has_a_name_of_its_own_and_liaisons_who_can_answer() {
        let mut all: Vec<Account> =
            ["a", "b", "c", "d", "e"].map(|n| format!("l{n}")).map(|n| account(&n, &[Role::Liaison])).into();
        all.push(account("clerk", &[Role::Clerk]));
        all.push(Account { enabled: false, ..account("gone", &[Role::Liaison]) });
        let others = [unit("u1", "县水务局", &[]), unit("u2", "县应急局", &[])];
        for (unit, mistakes) in [
            (unit("u3", " 县教育局 ", &["la", "lb"]), vec![]),
            (unit("u1", "县水务局", &[]), vec![]),
            (unit("u3", "县水务局", &[]), vec![Mistake::NameTaken]),
            (unit("u3", " ", &["clerk"]), vec![Mistake::Name(LineFault::Empty), Mistake::NoLiaison]),
            (unit("u3", "县教育局", &["gone"]), vec![Mistake::NoLiaison]),
            (unit("u3", "县教育局", &["nobody"]), vec![Mistake::NoLiaison]),
            (unit("u3", "县教育局", &["la", "lb", "la"]), vec![Mistake::Twice]),
            (unit("u3", "县教育局", &["la", "lb", "lc", "ld", "le"]), vec![Mistake::TooMany]),
        ] {
            let checked = unit.clone().checked(&all, &others);
            if let Ok(checked) = &checked {
                assert_eq!(checked.name, unit.name.trim());
            }
            assert_eq!(checked.err().unwrap_or_default(), mistakes, "{unit:?}");
        }
    }
}
