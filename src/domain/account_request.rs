//! A request for an account (账号申请): a unit's liaison says for whom and why, the security administrator grants or refuses.
//!
//! It is decided once and kept as it is: months later it tells who asked for an account, who granted it and when. Nobody
//! decides their own ([`access`](super::access)).

use super::{
    account::Login,
    line::{self, LineFault},
    role::{Role, Roles},
};
use crate::id::{AccountId, AccountRequestId, OrgUnitId};
use std::time::SystemTime;

/// Most characters of a person's name.
pub const NAME_CHARS_MAX: usize = 64;

/// Most characters of a reason.
pub const REASON_CHARS_MAX: usize = 200;

/// Most requests of a unit that wait at once: all of a bureau, brought as one table.
pub const WAITING_MAX: usize = 50;

/// What a liaison may ask for. Administrators, and the one who signs, are the security administrator's to name.
pub const ASKABLE: [Role; 4] = [Role::Operator, Role::Leader, Role::Clerk, Role::Liaison];

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What its owner will type.
    pub login: Login,
    /// Whose it will be.
    pub name: String,
    /// What it will be for.
    pub roles: Roles,
    /// Why it is needed.
    pub reason: String,
}

/// What is wrong with a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The log-in name.
    #[error("the log-in name is not valid")]
    Login,
    /// The name.
    #[error("the name is not valid: {0}")]
    Name(LineFault),
    /// None, or one that is not [`ASKABLE`].
    #[error("the roles can't be asked for")]
    Roles,
    /// The reason.
    #[error("the reason is not valid: {0}")]
    Reason(LineFault),
}

impl Wish {
    /// The wish as it may be stored, or all that is wrong with it.
    pub fn checked(login: &str, name: &str, roles: Roles, reason: &str) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let login = login.trim().parse().map_err(|_| mistakes.push(Mistake::Login));
        let name = line::checked(name, NAME_CHARS_MAX).map_err(|fault| mistakes.push(Mistake::Name(fault)));
        let askable = !roles.is_empty() && roles.iter().all(|role| ASKABLE.contains(&role));
        mistakes.extend((!askable).then_some(Mistake::Roles));
        let reason = line::checked(reason, REASON_CHARS_MAX).map_err(|fault| mistakes.push(Mistake::Reason(fault)));
        match (login, name, reason) {
            (Ok(login), Ok(name), Ok(reason)) if mistakes.is_empty() => Ok(Self { login, name, roles, reason }),
            _ => Err(mistakes),
        }
    }
}

/// A request, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRequest {
    /// Random; never changes.
    pub id: AccountRequestId,
    /// Of which unit the account will be.
    pub unit: OrgUnitId,
    /// Who asked.
    pub asked_by: AccountId,
    /// When.
    pub asked: SystemTime,
    /// What for.
    pub wish: Wish,
    /// `None` while it waits.
    pub decision: Option<Decision>,
}

/// What a security administrator said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who said so.
    pub by: AccountId,
    /// When.
    pub at: SystemTime,
    /// What.
    pub verdict: Verdict,
}

/// Yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The account was made.
    Granted(AccountId),
    /// It was not, for this reason.
    Refused(String),
}

/// Why a request can't be decided so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecisionFault {
    /// It was decided before.
    #[error("it was decided before")]
    Decided,
    /// The reason is no line.
    #[error("the reason is not valid: {0}")]
    Reason(LineFault),
}

impl AccountRequest {
    /// With the account that was made for it.
    pub fn grant(self, by: AccountId, account: AccountId, at: SystemTime) -> Result<Self, DecisionFault> {
        self.decide(Decision { by, at, verdict: Verdict::Granted(account) })
    }

    /// With a no, and why.
    pub fn refuse(self, by: AccountId, reason: &str, at: SystemTime) -> Result<Self, DecisionFault> {
        let reason = line::checked(reason, REASON_CHARS_MAX).map_err(DecisionFault::Reason)?;
        self.decide(Decision { by, at, verdict: Verdict::Refused(reason) })
    }

    fn decide(self, decision: Decision) -> Result<Self, DecisionFault> {
        match self.decision {
            Some(_) => Err(DecisionFault::Decided),
            None => Ok(Self { decision: Some(decision), ..self }),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    pub(crate) fn request(id: &str, unit: &OrgUnitId, asked_by: &AccountId, roles: &[Role]) -> AccountRequest {
        let wish = Wish::checked("zhao.jun", "赵军", roles.iter().copied().collect(), "新任值班员").expect("a wish");
        let (unit, asked_by) = (unit.clone(), asked_by.clone());
        AccountRequest { id: id.parse().expect("an id"), unit, asked_by, asked: UNIX_EPOCH, wish, decision: None }
    }

    #[test]
    fn a_wish_names_somebody_a_liaison_may_ask_for_and_says_why() {
        use Role::{Approver, AuditAdmin, Clerk, Leader, Liaison, Operator, SecurityAdmin, SystemAdmin};
        let check = |login: &str, name: &str, roles: &[Role], reason: &str| {
            Wish::checked(login, name, roles.iter().copied().collect(), reason).err().unwrap_or_default()
        };
        assert_eq!(check(" Zhao.Jun ", " 赵军 ", &[Operator, Leader, Clerk, Liaison], "新任值班员"), []);
        for officer in [SystemAdmin, SecurityAdmin, AuditAdmin, Approver] {
            assert_eq!(check("zhao", "赵军", &[Operator, officer], "新任"), [Mistake::Roles], "{officer:?}");
        }
        let all = [Mistake::Login, Mistake::Name(LineFault::Empty), Mistake::Roles, Mistake::Reason(LineFault::Empty)];
        assert_eq!(check("赵军", "", &[], " "), all);
    }

    #[test]
    fn a_request_is_decided_once() {
        let [unit, liaison, admin, made] = ["u1", "li", "sec", "zhao"];
        let (unit, admin) = (unit.parse().expect("an id"), admin.parse::<AccountId>().expect("an id"));
        let (liaison, made) = (liaison.parse().expect("an id"), made.parse::<AccountId>().expect("an id"));
        let asked = request("r1", &unit, &liaison, &[Role::Operator]);
        let empty = asked.clone().refuse(admin.clone(), " ", UNIX_EPOCH);
        assert_eq!(empty, Err(DecisionFault::Reason(LineFault::Empty)));
        let refused = asked.clone().refuse(admin.clone(), "已有账号", UNIX_EPOCH).expect("refused");
        let granted = asked.grant(admin.clone(), made.clone(), UNIX_EPOCH).expect("granted");
        for decided in [refused, granted] {
            assert_eq!(decided.clone().refuse(admin.clone(), "再议", UNIX_EPOCH), Err(DecisionFault::Decided));
            assert_eq!(decided.grant(admin.clone(), made.clone(), UNIX_EPOCH), Err(DecisionFault::Decided));
        }
    }
}
