//! Roles (角色): what a person's account is for. An account has one or several.

/// One role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// 系统管理员: the machine, its devices and links.
    SystemAdmin,
    /// 安全管理员: accounts and what they may do.
    SecurityAdmin,
    /// 审计管理员: reads the book, and does nothing else.
    AuditAdmin,
    /// 会控员: plans and steers meetings.
    Operator,
    /// 领导: attends.
    Leader,
    /// 文秘: finds meetings and their recordings.
    Clerk,
    /// 审签人: releases what is published.
    Approver,
    /// 联络员: answers for a unit's people.
    Liaison,
}

impl Role {
    /// Every role, in the order of the enum.
    pub const ALL: [Self; 8] = [
        Self::SystemAdmin,
        Self::SecurityAdmin,
        Self::AuditAdmin,
        Self::Operator,
        Self::Leader,
        Self::Clerk,
        Self::Approver,
        Self::Liaison,
    ];

    /// As stored, on the wire and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SystemAdmin => "system_admin",
            Self::SecurityAdmin => "security_admin",
            Self::AuditAdmin => "audit_admin",
            Self::Operator => "operator",
            Self::Leader => "leader",
            Self::Clerk => "clerk",
            Self::Approver => "approver",
            Self::Liaison => "liaison",
        }
    }

    /// As written in tables that people fill in.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::SystemAdmin => "系统管理员",
            Self::SecurityAdmin => "安全管理员",
            Self::AuditAdmin => "审计管理员",
            Self::Operator => "会控员",
            Self::Leader => "领导",
            Self::Clerk => "文秘",
            Self::Approver => "审签人",
            Self::Liaison => "联络员",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles(u8);

impl Roles {
    /// Whether it has this one.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether it has any of these.
    #[must_use]
    pub fn has_any(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_read_as_it_is_written() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
        }
        assert_eq!(Role::named("root"), None);
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let roles: Roles = [Role::Operator, Role::Liaison, Role::Operator].into_iter().collect();
        assert_eq!(roles.iter().collect::<Vec<_>>(), [Role::Operator, Role::Liaison]);
        assert!(roles.has_any(&[Role::Leader, Role::Liaison]) && !roles.has(Role::Leader));
        assert!(Roles::default().is_empty());
    }
}
