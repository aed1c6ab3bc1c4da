//! The approver's pen (一支笔): each unit has one, and at each moment one person signs with it, and nobody else.
//!
//! One account of a unit at most is its approver. For days the approver is away they name a deputy of the same unit
//! ([`Delegation`]): from its first moment to its last the deputy signs and the approver does not; then, or when the approver ends it
//! sooner, the pen is theirs again by itself. A delegation is never changed, only ended, so that it tells years later why somebody
//! else signed.
//!
//! Whose pen a recording needs follows from its meeting: that of the unit that held it, if that unit is known and has an approver;
//! else the county's own ([`PenOf::County`]). Most units of a county have none, and nothing may leave unsigned.

use super::{
    account::Account,
    line::{self, LineFault},
    org_unit::OrgUnit,
    role::Role,
};
use crate::id::{AccountId, DelegationId, OrgUnitId};
use std::time::{Duration, SystemTime};

/// Longest a delegation lasts: who is away for longer is followed by another approver.
pub const LASTS_MAX: Duration = Duration::from_secs(92 * 86_400);

/// Most characters of why somebody is away.
pub const REASON_CHARS_MAX: usize = 100;

/// A delegation (委托审签) as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Who is to sign.
    pub deputy: AccountId,
    /// From this moment on.
    pub from: SystemTime,
    /// Until this moment.
    pub until: SystemTime,
    /// Why.
    pub reason: String,
}

/// A delegation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Random; never changes.
    pub id: DelegationId,
    /// The approver whose pen it is.
    pub by: AccountId,
    /// What was asked for.
    pub wish: Wish,
    /// When it was made.
    pub made: SystemTime,
    /// When its approver ended it before its time.
    pub ended: Option<SystemTime>,
}

/// Which pen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PenOf {
    /// The county's own (本级): of the unit this server belongs to ([`OrgUnit::own`]), and of whoever belongs to no unit.
    County,
    /// Another unit's.
    Unit(OrgUnitId),
}

impl PenOf {
    /// The pen that people of this unit share.
    #[must_use]
    pub fn of(unit: Option<&OrgUnitId>, units: &[OrgUnit]) -> Self {
        match unit.filter(|id| !units.iter().any(|unit| unit.own && unit.id == **id)) {
            Some(id) => Self::Unit(id.clone()),
            None => Self::County,
        }
    }

    /// The unit whose it is, if it is known.
    #[must_use]
    pub fn unit<'a>(&self, units: &'a [OrgUnit]) -> Option<&'a OrgUnit> {
        units.iter().find(|unit| match self {
            Self::County => unit.own,
            Self::Unit(id) => unit.id == *id,
        })
    }
}

/// Every pen that has an approver, and who signs with it at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pens(Vec<Held>);

/// A pen that has an approver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub of: PenOf,
    /// Whose it is. `None` if there are two: then nobody signs until one is left.
    pub approver: Option<AccountId>,
    /// Who signs now: the approver or their deputy. `None` if the deputy can't.
    pub holder: Option<AccountId>,
}

impl Pens {
    /// The pens of these accounts, `now`. Of the delegations only those in force count.
    #[must_use]
    pub fn of(accounts: &[Account], units: &[OrgUnit], delegations: &[Delegation], now: SystemTime) -> Self {
        let mut all: Vec<Held> = Vec::new();
        for account in accounts.iter().filter(|account| approves(account)) {
            let of = PenOf::of(account.org_unit.as_ref(), units);
            match all.iter_mut().find(|held| held.of == of) {
                Some(held) => (held.approver, held.holder) = (None, None),
                None => {
                    let runs = delegations.iter().find(|one| one.by == account.id && one.term(now) == Term::Runs);
                    let deputy = |one: &Delegation| {
                        let deputy = accounts.iter().find(|other| other.id == one.wish.deputy)?;
                        let inside = PenOf::of(deputy.org_unit.as_ref(), units) == of;
                        (inside && can_deputise(deputy)).then(|| deputy.id.clone())
                    };
                    let holder = runs.map_or_else(|| Some(account.id.clone()), deputy);
                    all.push(Held { of, approver: Some(account.id.clone()), holder });
                }
            }
        }
        Self(all)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Held> {
        self.0.iter()
    }

    /// This pen, if it has an approver.
    #[must_use]
    pub fn held(&self, of: &PenOf) -> Option<&Held> {
        self.0.iter().find(|held| held.of == *of)
    }

    /// The pen that is needed for what this unit held; without one of its own, the county's.
    #[must_use]
    pub fn needed(&self, unit: Option<&OrgUnitId>, units: &[OrgUnit]) -> PenOf {
        let of = PenOf::of(unit, units);
        if self.held(&of).is_some() { of } else { PenOf::County }
    }

    /// Whose pen somebody holds at this moment, and for whom they deputise if it is not their own.
    #[must_use]
    pub fn held_by(&self, account: &AccountId) -> Option<(&PenOf, Option<&AccountId>)> {
        let held = self.0.iter().find(|held| held.holder.as_ref() == Some(account))?;
        Some((&held.of, held.approver.as_ref().filter(|approver| *approver != account)))
    }
}

/// How a delegation is at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// It has not begun.
    Ahead,
    /// The deputy signs.
    Runs,
    /// It is over, or was ended.
    Over,
}

/// Why a delegation can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The deputy can't be one: nobody, the approver, one who can't log in, no leader, or of another unit.
    #[error("the deputy is not a leader of the unit who can log in")]
    Deputy,
    /// It is over before it begins, or by now.
    #[error("its end is not after its beginning, or has passed")]
    Ends,
    /// It would last longer than [`LASTS_MAX`].
    #[error("it lasts too long")]
    TooLong,
    /// Another one is or will be in force at the same time.
    #[error("another delegation stands for a part of that time")]
    Overlaps,
    /// The reason is no line.
    #[error("the reason is not valid: {0}")]
    Reason(LineFault),
}

impl Delegation {
    /// When it ends, whatever happens.
    #[must_use]
    pub fn ends(&self) -> SystemTime {
        self.ended.unwrap_or(self.wish.until).min(self.wish.until)
    }

    /// How it is now.
    #[must_use]
    pub fn term(&self, now: SystemTime) -> Term {
        if now >= self.ends() {
            Term::Over
        } else if now < self.wish.from {
            Term::Ahead
        } else {
            Term::Runs
        }
    }
}

/// Whether this account can deputise: a leader who can log in. Whoever administers or reads the book signs for nobody.
#[must_use]
pub fn can_deputise(account: &Account) -> bool {
    let Account { roles, enabled, .. } = account;
    let officer = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
    *enabled && roles.has(Role::Leader) && !roles.has(Role::Approver) && !roles.has_any(&officer)
}

/// Whether this account can deputise for an approver of this unit: the pen stays inside.
#[must_use]
pub fn can_deputise_in(account: &Account, unit: Option<&OrgUnitId>, units: &[OrgUnit]) -> bool {
    can_deputise(account) && PenOf::of(account.org_unit.as_ref(), units) == PenOf::of(unit, units)
}

/// The wish as it may be stored, or all that is wrong with it. `fits` tells whether the account it names
/// [can deputise](can_deputise_in), `others` are the approver's delegations.
pub fn checked(wish: Wish, fits: bool, others: &[Delegation], now: SystemTime) -> Result<Wish, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    mistakes.extend((!fits).then_some(Mistake::Deputy));
    match wish.until.duration_since(wish.from) {
        Ok(Duration::ZERO) | Err(_) => mistakes.push(Mistake::Ends),
        Ok(_) if wish.until <= now => mistakes.push(Mistake::Ends),
        Ok(lasts) if lasts > LASTS_MAX => mistakes.push(Mistake::TooLong),
        Ok(_) => {
            let meets = |other: &Delegation| wish.from < other.ends() && other.wish.from < wish.until;
            let overlaps = others.iter().any(|other| other.term(now) != Term::Over && meets(other));
            mistakes.extend(overlaps.then_some(Mistake::Overlaps));
        }
    }
    match line::checked(&wish.reason, REASON_CHARS_MAX) {
        Ok(reason) if mistakes.is_empty() => Ok(Wish { reason, ..wish }),
        Ok(_) => Err(mistakes),
        Err(fault) => {
            mistakes.push(Mistake::Reason(fault));
            Err(mistakes)
        }
    }
}

/// Of these accounts another one than `account` that would share its pen as an approver: there is never a second of one unit.
#[must_use]
pub fn other_approver<'a>(
    accounts: impl IntoIterator<Item = &'a Account>,
    account: &Account,
    units: &[OrgUnit],
) -> Option<&'a Account> {
    if !approves(account) {
        return None;
    }
    let of = |account: &Account| PenOf::of(account.org_unit.as_ref(), units);
    let (mine, same) = (of(account), |other: &&Account| approves(other) && other.id != account.id);
    accounts.into_iter().filter(same).find(|other| of(other) == mine)
}

/// Two approvers who would share a pen if the units were these.
#[must_use]
pub fn two_approvers<'a>(accounts: &'a [Account], units: &[OrgUnit]) -> Option<(&'a Account, &'a Account)> {
    accounts.iter().find_map(|one| Some((one, other_approver(accounts, one, units)?)))
}

fn approves(account: &Account) -> bool {
    account.enabled && account.roles.has(Role::Approver)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::tests::account;
    use std::time::UNIX_EPOCH;

    fn day(count: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(86_400 * (20_000 + count))
    }

    fn wish(from: u64, until: u64) -> Wish {
        let deputy = "deputy".parse().expect("an id");
        Wish { deputy, from: day(from), until: day(until), reason: "赴省党校学习".to_owned() }
    }

    fn delegation(from: u64, until: u64) -> Delegation {
        let [by, id] = ["zhang", "d1"];
        let (by, id) = (by.parse().expect("an id"), id.parse().expect("an id"));
        Delegation { id, by, wish: wish(from, until), made: day(0), ended: None }
    }

    fn of_unit(login: &str, role: Role, unit: Option<&str>) -> Account {
        Account { org_unit: unit.map(|id| id.parse().expect("an id")), ..account(login, &[role]) }
    }

    fn unit(id: &str, own: bool) -> OrgUnit {
        OrgUnit {
            id: id.parse().expect("an id"),
            name: id.to_owned(),
            rank: 0,
            own,
            signs_arrangements: false,
            liaisons: Vec::new(),
            closed: None,
        }
    }

    #[test]
    fn at_each_moment_one_person_signs() {
        let all = [
            account("zhang", &[Role::Approver]),
            account("deputy", &[Role::Leader]),
            account("wang", &[Role::Clerk, Role::Leader]),
        ];
        let given = [delegation(2, 5)];
        for (now, signs) in [(1, "zhang"), (2, "deputy"), (4, "deputy"), (5, "zhang"), (9, "zhang")] {
            let pens = Pens::of(&all, &[], &given, day(now));
            let who = all.iter().filter(|account| pens.held_by(&account.id).is_some());
            assert_eq!(who.map(|account| account.login.as_str()).collect::<Vec<_>>(), [signs], "day {now}");
        }
        let ended = Delegation { ended: Some(day(3)), ..given[0].clone() };
        assert_eq!((ended.term(day(2)), ended.term(day(3))), (Term::Runs, Term::Over));
        let mut gone = all;
        gone[1].enabled = false;
        let pens = Pens::of(&gone, &[], &given, day(2));
        assert_eq!(pens.held(&PenOf::County).expect("a pen").holder, None, "nobody signs for who can't");
    }

    #[test]
    fn each_unit_has_a_pen_that_stays_inside() {
        let units = [unit("office", true), unit("water", false), unit("fire", false)];
        let all = [
            of_unit("zhang", Role::Approver, Some("office")),
            of_unit("liu", Role::Approver, Some("water")),
            of_unit("deputy", Role::Leader, None),
            of_unit("he", Role::Leader, Some("water")),
        ];
        let water: OrgUnitId = units[1].id.clone();
        let by_water = |deputy: &str| {
            let [by, deputy] = ["liu", deputy].map(|id| id.parse().expect("an id"));
            Delegation { by, wish: Wish { deputy, ..wish(1, 9) }, ..delegation(1, 9) }
        };
        for (given, county, of_water) in [
            (vec![], "zhang", Some("liu")),
            // Whoever belongs to no unit belongs to the county's own.
            (vec![delegation(1, 9)], "deputy", Some("liu")),
            (vec![by_water("he")], "zhang", Some("he")),
            // Of another unit: nobody signs.
            (vec![by_water("deputy")], "zhang", None),
        ] {
            let pens = Pens::of(&all, &units, &given, day(2));
            let holder = |of: &PenOf| pens.held(of).expect("a pen").holder.clone().map(|id| id.to_string());
            assert_eq!(holder(&PenOf::County).as_deref(), Some(county), "{given:?}");
            assert_eq!(holder(&PenOf::Unit(water.clone())).as_deref(), of_water, "{given:?}");
        }
        let pens = Pens::of(&all, &units, &[by_water("he")], day(2));
        let [he, liu] = [3, 1].map(|place: usize| &all[place].id);
        assert_eq!(pens.held_by(he), Some((&PenOf::Unit(water.clone()), Some(liu))));
        assert_eq!(pens.held_by(liu), None, "while somebody deputises the approver does not sign");
        for (unit, needed) in [
            (Some(&water), PenOf::Unit(water.clone())),
            (Some(&units[0].id), PenOf::County),
            (Some(&units[2].id), PenOf::County),
            (None, PenOf::County),
        ] {
            assert_eq!(pens.needed(unit, &units), needed, "{unit:?}");
        }
        assert_eq!(PenOf::County.unit(&units).map(|unit| unit.name.as_str()), Some("office"));
        assert_eq!(PenOf::County.unit(&units[1..]), None);
        assert!(
            can_deputise_in(&all[2], Some(&units[0].id), &units) && !can_deputise_in(&all[2], Some(&water), &units)
        );
    }

    #[test]
    fn a_delegation_has_a_leader_days_and_a_reason() {
        let leader = account("deputy", &[Role::Leader]);
        let none: &[Delegation] = &[];
        let planned = [delegation(10, 12)];
        let cases = [
            (wish(1, 3), Some(&leader), none, vec![]),
            (wish(0, 3), Some(&leader), none, vec![]),
            (wish(1, 3), None, none, vec![Mistake::Deputy]),
            (wish(3, 3), Some(&leader), none, vec![Mistake::Ends]),
            (wish(3, 1), Some(&leader), none, vec![Mistake::Ends]),
            (wish(0, 1), Some(&leader), none, vec![Mistake::Ends]),
            (wish(1, 93), Some(&leader), none, vec![]),
            (wish(1, 94), Some(&leader), none, vec![Mistake::TooLong]),
            (wish(11, 20), Some(&leader), &planned, vec![Mistake::Overlaps]),
            (wish(5, 10), Some(&leader), &planned, vec![]),
            (wish(12, 13), Some(&leader), &planned, vec![]),
            (
                Wish { reason: " ".into(), ..wish(1, 3) },
                None,
                none,
                vec![Mistake::Deputy, Mistake::Reason(LineFault::Empty)],
            ),
        ];
        for (wish, deputy, others, mistakes) in cases {
            let fits = deputy.is_some_and(can_deputise);
            let checked = checked(wish.clone(), fits, others, day(1));
            assert_eq!(checked.err().unwrap_or_default(), mistakes, "{wish:?}");
        }
    }

    #[test]
    fn only_a_leader_who_can_log_in_deputises() {
        use Role::{Approver, Clerk, Leader, SecurityAdmin};
        for (roles, expect) in [
            (&[Leader][..], true),
            (&[Leader, Clerk], true),
            (&[Clerk], false),
            (&[Leader, Approver], false),
            (&[Leader, SecurityAdmin], false),
        ] {
            assert_eq!(can_deputise(&account("li", roles)), expect, "{roles:?}");
        }
        assert!(!can_deputise(&Account { enabled: false, ..account("li", &[Leader]) }));
    }

    #[test]
    fn a_unit_never_has_a_second_approver() {
        let units = [unit("office", true), unit("water", false)];
        let new = |unit| of_unit("new", Role::Approver, unit);
        let all = [
            of_unit("zhang", Role::Approver, None),
            of_unit("liu", Role::Approver, Some("water")),
            Account { enabled: false, ..account("old", &[Role::Approver]) },
            account("wang", &[Role::Clerk]),
        ];
        for (account, other) in [
            (new(None), Some("zhang")),
            (new(Some("office")), Some("zhang")),
            (new(Some("water")), Some("liu")),
            (new(Some("fire")), None),
            (Account { enabled: false, ..new(None) }, None),
            (of_unit("new", Role::Leader, None), None),
            (all[0].clone(), None),
        ] {
            let found = other_approver(&all, &account, &units).map(|other| other.login.as_str());
            assert_eq!(found, other, "{account:?}");
        }
        assert_eq!(two_approvers(&all, &units), None);
        let moved = [unit("office", false), unit("water", true)];
        let two = two_approvers(&all, &moved).map(|(one, other)| [one.login.as_str(), other.login.as_str()]);
        assert_eq!(two, Some(["zhang", "liu"]), "if the water bureau ran this server");
        let pens = Pens::of(&all, &moved, &[], day(1));
        assert_eq!(pens.held(&PenOf::County).expect("a pen").holder, None, "two pens are none");
    }
}
