//! The three officers (三员): system, security and audit administrator, each watched by another.
//!
//! No account is two of them. Who reads the book is nothing else at all, without exception. Where a unit has too few people, one
//! account may be system and security administrator under an [`Exception`]: who decided so, why and since when stands in every
//! report of the book. The first account of a server is both until there are others, and is reported until then.

use super::{
    line::{self, LineFault},
    role::{Role, Roles},
};
use crate::id::AccountId;
use std::time::SystemTime;

/// The three, in their order.
pub const OFFICERS: [Role; 3] = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];

/// Most characters of who decided.
pub const DECIDED_BY_CHARS_MAX: usize = 64;

/// Most characters of why.
pub const REASON_CHARS_MAX: usize = 200;

/// A set of roles no account may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RolesFault {
    /// An account is for something.
    #[error("an account needs a role")]
    Empty,
    /// Who reads the book does nothing that is written there.
    #[error("audit_admin goes with no other role")]
    AuditAdminAlone,
    /// Who grants rights runs nothing they are for.
    #[error("system_admin and security_admin go together only under an exception, which the page of accounts records")]
    OfficersTogether,
}

/// Leave for one account to be system and security administrator at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The account.
    pub account: AccountId,
    /// How it came about.
    pub origin: Origin,
    /// Since when.
    pub since: SystemTime,
}

/// How an exception came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is the first account: the officers are not there yet.
    FirstRun,
    /// It was both before exceptions were recorded; nobody decided it.
    FromBefore,
    /// Somebody decided it for a small unit.
    Decided {
        /// What they said.
        decision: Decision,
        /// The security administrator who recorded it.
        recorded_by: AccountId,
    },
}

/// A decision that one account may be both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who decided, as they are called: 县政府办主任 张建国.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What is wrong with a [`Decision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// Nobody is named.
    #[error("who decided is not valid: {0}")]
    By(LineFault),
    /// The reason is no line.
    #[error("the reason is not valid: {0}")]
    Reason(LineFault),
}

impl Decision {
    /// The decision as it may be stored, or all that is wrong with it.
    pub fn checked(&self) -> Result<Self, Vec<Mistake>> {
        let by = line::checked(&self.by, DECIDED_BY_CHARS_MAX).map_err(Mistake::By);
        let reason = line::checked(&self.reason, REASON_CHARS_MAX).map_err(Mistake::Reason);
        match (by, reason) {
            (Ok(by), Ok(reason)) => Ok(Self { by, reason }),
            (by, reason) => Err([by.err(), reason.err()].into_iter().flatten().collect()),
        }
    }
}

/// What becomes of an account's exception when its roles change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is as it was, or there is none.
    Stays,
    /// It is needed no longer.
    Ends,
    /// This one begins, and takes the place of whichever there was.
    Begins(Exception),
}

/// Whether an account with these roles is system and security administrator at once.
#[must_use]
pub fn together(roles: Roles) -> bool {
    roles.has(Role::SystemAdmin) && roles.has(Role::SecurityAdmin)
}

/// Whether one account may have these roles together without an exception: whoever supervises is nobody they supervise.
pub fn check_roles(roles: Roles) -> Result<(), RolesFault> {
    match roles.iter().count() {
        0 => Err(RolesFault::Empty),
        1 => Ok(()),
        _ if roles.has(Role::AuditAdmin) => Err(RolesFault::AuditAdminAlone),
        _ if together(roles) => Err(RolesFault::OfficersTogether),
        _ => Ok(()),
    }
}

/// Whether an account may have these roles, and what becomes of its exception: `known` is the one it has, `new` the one that is to
/// begin.
pub fn decide(roles: Roles, known: Option<&Exception>, new: Option<Exception>) -> Result<Change, RolesFault> {
    match (check_roles(roles), known, new) {
        (Err(RolesFault::OfficersTogether), _, Some(new)) => Ok(Change::Begins(new)),
        (Err(RolesFault::OfficersTogether), Some(_), None) => Ok(Change::Stays),
        (Err(fault), _, _) => Err(fault),
        (Ok(()), Some(_), _) => Ok(Change::Ends),
        // Apart, nobody needs one.
        (Ok(()), None, _) => Ok(Change::Stays),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    pub(crate) fn exception(account: &str, origin: Origin) -> Exception {
        Exception { account: account.parse().expect("an id"), origin, since: UNIX_EPOCH }
    }

    pub(crate) fn decided() -> Origin {
        let decision =
            Decision { by: "县政府办主任 张建国".to_owned(), reason: "编制只有两人".to_owned() };
        Origin::Decided { decision, recorded_by: "sec".parse().expect("an id") }
    }

    #[test]
    fn no_account_is_two_officers_and_the_auditor_nothing_else() {
        use Role::{AuditAdmin, SecurityAdmin, SystemAdmin};
        for (roles, expect) in [
            (&[][..], Err(RolesFault::Empty)),
            (&[AuditAdmin], Ok(())),
            (&[SystemAdmin, SecurityAdmin], Err(RolesFault::OfficersTogether)),
            (&Role::ALL, Err(RolesFault::AuditAdminAlone)),
        ] {
            assert_eq!(check_roles(roles.iter().copied().collect()), expect, "{roles:?}");
        }
        for one in Role::ALL {
            for other in Role::ALL.into_iter().filter(|other| *other != one) {
                let officers = OFFICERS.contains(&one) && OFFICERS.contains(&other);
                let refused = officers || one == AuditAdmin || other == AuditAdmin;
                assert_eq!(check_roles([one, other].into_iter().collect()).is_err(), refused, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn system_and_security_go_together_under_an_exception_that_ends_with_it() {
        use Role::{AuditAdmin, Operator, SecurityAdmin, SystemAdmin};
        let known = exception("admin", Origin::FirstRun);
        let new = exception("admin", decided());
        let (both, one) = ([SystemAdmin, SecurityAdmin], [SecurityAdmin, Operator]);
        for (roles, known, new, expect) in [
            (&both[..], None, None, Err(RolesFault::OfficersTogether)),
            (&both, None, Some(&new), Ok(Change::Begins(new.clone()))),
            (&both, Some(&known), None, Ok(Change::Stays)),
            (&both, Some(&known), Some(&new), Ok(Change::Begins(new.clone()))),
            (&one, Some(&known), None, Ok(Change::Ends)),
            (&one, None, Some(&new), Ok(Change::Stays)),
            // No exception makes an auditor anything else.
            (&[AuditAdmin, SystemAdmin], None, Some(&new), Err(RolesFault::AuditAdminAlone)),
            (&[SystemAdmin, SecurityAdmin, AuditAdmin], Some(&known), Some(&new), Err(RolesFault::AuditAdminAlone)),
        ] {
            assert_eq!(decide(roles.iter().copied().collect(), known, new.cloned()), expect, "{roles:?}");
        }
    }

    #[test]
    fn a_decision_has_somebody_and_a_reason() {
        let said = |by: &str, reason: &str| Decision { by: by.to_owned(), reason: reason.to_owned() };
        assert_eq!(said(" 张建国 ", "人少 ").checked(), Ok(said("张建国", "人少")));
        let none = said(" ", "").checked();
        assert_eq!(none, Err(vec![Mistake::By(LineFault::Empty), Mistake::Reason(LineFault::Empty)]));
    }
}
