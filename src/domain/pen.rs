//! The approver's pen (一支笔): at each moment one person signs, and nobody else.
//!
//! One account at most is the approver. For days the approver is away they name a deputy ([`Delegation`]): from its first moment to
//! its last the deputy signs and the approver does not; then, or when the approver ends it sooner, the pen is theirs again by itself.
//! A delegation is never changed, only ended, so that it tells years later why somebody else signed.

use super::{
    account::Account,
    line::{self, LineFault},
    role::Role,
};
use crate::id::{AccountId, DelegationId};
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
    /// The deputy can't be one: nobody, the approver, one who can't log in, or no leader.
    #[error("the deputy is not a leader who can log in")]
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

/// The wish as it may be stored, or all that is wrong with it. `deputy` is the account it names, `others` are the delegations there are.
pub fn checked(
    wish: Wish,
    deputy: Option<&Account>,
    others: &[Delegation],
    now: SystemTime,
) -> Result<Wish, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    mistakes.extend((!deputy.is_some_and(can_deputise)).then_some(Mistake::Deputy));
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

/// Who signs, if `runs` is the delegation in force.
#[must_use]
pub fn holds(account: &Account, runs: Option<&Delegation>) -> bool {
    match runs {
        Some(delegation) => account.id == delegation.wish.deputy && can_deputise(account),
        None => account.roles.has(Role::Approver),
    }
}

/// Of these accounts another one than `but` that is the approver: there is never a second.
#[must_use]
pub fn other_approver<'a>(accounts: impl IntoIterator<Item = &'a Account>, but: &AccountId) -> Option<&'a Account> {
    let approves = |account: &&Account| account.enabled && account.roles.has(Role::Approver) && account.id != *but;
    accounts.into_iter().find(approves)
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

    #[test]
    fn at_each_moment_one_person_signs() {
        let approver = account("zhang", &[Role::Approver]);
        let deputy = account("deputy", &[Role::Leader]);
        let clerk = account("wang", &[Role::Clerk, Role::Leader]);
        let given = delegation(2, 5);
        for (now, signs) in [(1, "zhang"), (2, "deputy"), (4, "deputy"), (5, "zhang"), (9, "zhang")] {
            let runs = (given.term(day(now)) == Term::Runs).then_some(&given);
            let all = [&approver, &deputy, &clerk].into_iter().filter(|account| holds(account, runs));
            assert_eq!(all.map(|account| account.login.as_str()).collect::<Vec<_>>(), [signs], "day {now}");
        }
        let ended = Delegation { ended: Some(day(3)), ..given };
        assert_eq!((ended.term(day(2)), ended.term(day(3))), (Term::Runs, Term::Over));
        let disabled = account("deputy", &[Role::Leader]);
        assert!(!holds(&Account { enabled: false, ..disabled }, Some(&ended)));
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
            let checked = checked(wish.clone(), deputy, others, day(1));
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
    fn there_is_never_a_second_approver() {
        let one = account("zhang", &[Role::Approver]);
        let retired = Account { enabled: false, ..account("old", &[Role::Approver]) };
        let all = [one.clone(), retired, account("wang", &[Role::Clerk])];
        assert_eq!(other_approver(&all, &one.id), None);
        assert_eq!(other_approver(&all, &"new".parse().expect("an id")), Some(&one));
    }
}
