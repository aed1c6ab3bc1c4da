//! A unit (单位): an organisation that takes part, in administrative order, and who answers for its people.
//!
//! Each has one liaison (联络员) and deputies of theirs: they ask for the accounts of its people
//! ([`account_request`](super::account_request)), and nobody else does.

use super::{
    account::Account,
    line::{self, LineFault},
    role::Role,
};
use crate::id::{AccountId, OrgUnitId};

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
    /// Who answers for it: the liaison first, then the deputies. Empty while nobody is named.
    pub liaisons: Vec<AccountId>,
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
}

/// Whether this account can answer for a unit.
#[must_use]
pub fn can_answer(account: &Account) -> bool {
    account.enabled && account.roles.has(Role::Liaison)
}

impl OrgUnit {
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
        if mistakes.is_empty() { Ok(Self { name, ..self }) } else { Err(mistakes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::tests::account;

    fn unit(id: &str, name: &str, liaisons: &[&str]) -> OrgUnit {
        let liaisons = liaisons.iter().map(|id| id.parse().expect("an id")).collect();
        OrgUnit { id: id.parse().expect("an id"), name: name.to_owned(), rank: 0, own: false, liaisons }
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
