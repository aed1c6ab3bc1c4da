//! An account (账号): who logs in, what a password must be, how long a log-in lasts.

use super::role::{Role, Roles};
use crate::id::{AccountId, OrgUnitId, ParticipantId};
use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// Somebody who can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Random; never changes.
    pub id: AccountId,
    /// What its owner types.
    pub login: Login,
    /// Whose it is; shown to everybody.
    pub name: String,
    /// Their unit (单位), if they belong to one.
    pub org_unit: Option<OrgUnitId>,
    /// Its name as it is now; empty without one. What is stored is [`org_unit`](Self::org_unit).
    pub unit: String,
    /// What it is for.
    pub roles: Roles,
    /// Whether it can log in.
    pub enabled: bool,
    /// Whether somebody else knows its password, since it was made or reset.
    pub must_change: bool,
    /// When its password was set.
    pub password_set: SystemTime,
    /// When it last logged in.
    pub last_login: Option<SystemTime>,
}

impl Account {
    /// Who its owner is in every meeting.
    ///
    /// # Panics
    /// Never: ids of accounts are made by the program and are short.
    #[must_use]
    pub fn participant(&self) -> ParticipantId {
        format!("u-{}", self.id).parse().expect("an account's id has 26 characters")
    }

    /// Whether its owner has to change the password before anything else: somebody else knows it, or it is older than
    /// `age_max` (zero: passwords do not age).
    #[must_use]
    pub fn must_change_password(&self, now: SystemTime, age_max: Duration) -> bool {
        let age = now.duration_since(self.password_set).unwrap_or_default();
        self.must_change || (!age_max.is_zero() && age > age_max)
    }
}

impl Account {
    /// Whether it still has a one-time password, and that was to be used sooner than `lasts` ago (zero: no end). An hour is enough
    /// to hand one over; one that lies in a drawer for weeks is somebody else's.
    #[must_use]
    pub fn one_time_is_over(&self, now: SystemTime, lasts: Duration) -> bool {
        let age = now.duration_since(self.password_set).unwrap_or_default();
        self.must_change && !lasts.is_zero() && age >= lasts
    }

    /// Whether nobody has used it for [`UNUSED`]: neither a log-in nor a new password. Whoever needs it no longer is not here
    /// any more, or has another one.
    #[must_use]
    pub fn is_unused(&self, now: SystemTime) -> bool {
        let used = self.last_login.map_or(self.password_set, |login| login.max(self.password_set));
        self.enabled && now.duration_since(used).is_ok_and(|since| since >= UNUSED)
    }
}

/// An account that was not used for so long is reported, so that somebody asks whether it is still needed.
pub const UNUSED: Duration = Duration::from_secs(90 * 86_400);

/// What somebody logs in with: 2 to 32 lower-case letters, digits, `.`, `-`, `_`. Capitals are read as small letters, since
/// people type them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Login(String);

/// Why a text is no log-in name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log-in name has 2 to 32 letters, digits, '.', '-' or '_'")]
pub struct InvalidLogin;

impl Login {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Login {
    type Err = InvalidLogin;

    fn from_str(text: &str) -> Result<Self, InvalidLogin> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let good = (2..=32).contains(&text.len()) && text.bytes().all(fits);
        if good { Ok(Self(text.to_ascii_lowercase())) } else { Err(InvalidLogin) }
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Most characters of a password: enough for a sentence, and an end for the hash's work.
pub const PASSWORD_CHARS_MAX: usize = 128;

/// Most earlier passwords any site may forbid, the present one included: so many hashes are kept.
pub const PASSWORD_HISTORY_MAX: usize = 12;

/// What a site asks of passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    /// Fewest characters.
    pub chars_min: usize,
    /// Fewest classes it has characters of: small letters, capitals, digits, anything else.
    pub classes_min: usize,
    /// How many earlier ones may not come again, the present one included.
    pub history: usize,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { chars_min: 10, classes_min: 3, history: 5 }
    }
}

/// A password is too short, too long, too plain, or holds the log-in name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a password has {} to {PASSWORD_CHARS_MAX} characters of {} classes and does not hold the log-in name",
    .0.chars_min, .0.classes_min
)]
pub struct TooWeak(pub PasswordRules);

/// Whether this may be the password of this account.
pub fn check_password(rules: PasswordRules, password: &str, login: &Login) -> Result<(), TooWeak> {
    let count = password.chars().count();
    let classes: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_ascii_alphanumeric() && !c.is_control(),
    ];
    let present = classes.into_iter().filter(|class| password.chars().any(class)).count();
    let plain = password.to_ascii_lowercase().contains(login.as_str());
    let fits = (rules.chars_min..=PASSWORD_CHARS_MAX).contains(&count);
    if fits && present >= rules.classes_min && !plain { Ok(()) } else { Err(TooWeak(rules)) }
}

/// Whether, of these accounts, somebody who can log in may still manage accounts. A change that leaves nobody would lock
/// everybody out for good.
#[must_use]
pub fn somebody_manages_accounts<'a>(accounts: impl IntoIterator<Item = &'a Account>) -> bool {
    accounts.into_iter().any(|account| account.enabled && account.roles.has(Role::SecurityAdmin))
}

/// How long a session of somebody who logged in lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without a request for this long it is over.
    pub idle: Duration,
    /// After this long it is over; an operator's is locked instead while a meeting is on air, and over with it.
    pub absolute: Duration,
}

/// Whether whoever logged in has a meeting on air to look after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// They have none.
    Free,
    /// They have: nothing ends their log-in but that nobody uses it. Past its end it is locked instead ([`super::console`]).
    OnAir,
}

/// Whether a session that was last used at `seen` and ends at `ends` is over at `now`.
#[must_use]
pub fn session_is_over(limits: SessionLimits, seen: SystemTime, ends: SystemTime, now: SystemTime, duty: Duty) -> bool {
    let idle = now.duration_since(seen).unwrap_or_default();
    idle >= limits.idle || (now >= ends && duty == Duty::Free)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    pub(crate) fn account(login: &str, roles: &[Role]) -> Account {
        Account {
            id: login.parse().expect("an id"),
            login: login.parse().expect("a log-in name"),
            name: "王秀兰".to_owned(),
            org_unit: None,
            unit: String::new(),
            roles: roles.iter().copied().collect(),
            enabled: true,
            must_change: false,
            password_set: UNIX_EPOCH,
            last_login: None,
        }
    }

    #[test]
    fn a_login_is_short_and_small() {
        for (text, expect) in [
            ("admin", Some("admin")),
            ("Wang.Xiulan-2_b", Some("wang.xiulan-2_b")),
            ("a", None),
            ("王秀兰", None),
            ("a b", None),
            ("a@b", None),
            (&"x".repeat(33), None),
        ] {
            assert_eq!(text.parse::<Login>().ok().map(|login| login.to_string()).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn a_password_has_length_and_classes_and_is_not_the_name() {
        let login: Login = "wang.xl".parse().expect("a name");
        for (password, good) in [
            ("Abcdefgh12", true),
            ("abcdefgh1!", true),
            ("防汛会议室密码A1b2", true),
            ("correct horse 9", true),
            ("Abcdefg12", false),
            ("abcdefghij", false),
            ("abcdefgh12", false),
            ("ABCDEFGH12", false),
            ("防汛会议室视频电话密码", false),
            ("xWang.XL-2026!", false),
            ("", false),
            (&"Aa1!".repeat(32), true),
            (&"Aa1!".repeat(33), false),
        ] {
            assert_eq!(check_password(PasswordRules::default(), password, &login).is_ok(), good, "{password}");
        }
        let strict = PasswordRules { chars_min: 12, classes_min: 4, history: 5 };
        for (password, good) in [("Abcdefgh12", false), ("Abcdefghij12", false), ("Abcdefghi!12", true)] {
            assert_eq!(check_password(strict, password, &login).is_ok(), good, "{password}");
        }
    }

    #[test]
    fn somebody_must_be_able_to_manage_accounts() {
        let admin = account("admin", &[Role::SecurityAdmin]);
        let disabled = Account { enabled: false, ..admin.clone() };
        let operator = account("op", &[Role::Operator]);
        assert!(somebody_manages_accounts([&operator, &admin]));
        assert!(!somebody_manages_accounts([&operator, &disabled]));
    }

    #[test]
    fn a_password_somebody_else_knows_or_that_is_old_must_be_changed() {
        let day = Duration::from_secs(86_400);
        let fresh = account("op", &[Role::Operator]);
        let reset = Account { must_change: true, ..fresh.clone() };
        for (account, age, age_max, expect) in [
            (&fresh, day * 90, day * 90, false),
            (&fresh, day * 91, day * 90, true),
            (&fresh, day * 9000, Duration::ZERO, false),
            (&reset, Duration::ZERO, Duration::ZERO, true),
        ] {
            assert_eq!(account.must_change_password(UNIX_EPOCH + age, age_max), expect, "{age:?} of {age_max:?}");
        }
    }

    #[test]
    fn a_one_time_password_is_good_for_some_hours() {
        let hour = Duration::from_secs(3600);
        let fresh = account("op", &[Role::Operator]);
        let once = Account { must_change: true, ..fresh.clone() };
        for (account, age, lasts, expect) in [
            (&once, hour * 71, hour * 72, false),
            (&once, hour * 72, hour * 72, true),
            (&once, hour * 9000, Duration::ZERO, false),
            (&fresh, hour * 9000, hour * 72, false),
        ] {
            assert_eq!(account.one_time_is_over(UNIX_EPOCH + age, lasts), expect, "{age:?} of {lasts:?}");
        }
    }

    #[test]
    fn an_account_nobody_uses_is_reported() {
        let day = Duration::from_secs(86_400);
        let at = |days: u32| UNIX_EPOCH + day * days;
        let fresh = account("op", &[Role::Operator]);
        let seen = Account { last_login: Some(at(50)), ..fresh.clone() };
        let reset = Account { password_set: at(60), ..seen.clone() };
        let off = Account { enabled: false, ..fresh.clone() };
        for (account, now, unused) in [
            (&fresh, 89, false),
            (&fresh, 90, true),
            (&seen, 139, false),
            (&seen, 140, true),
            (&reset, 140, false),
            (&reset, 150, true),
            (&off, 400, false),
        ] {
            assert_eq!(account.is_unused(at(now)), unused, "day {now}: {account:?}");
        }
    }

    #[test]
    fn a_session_ends_by_idling_and_by_its_age() {
        let minute = Duration::from_secs(60);
        let limits = SessionLimits { idle: minute * 30, absolute: minute * 720 };
        let ends = UNIX_EPOCH + limits.absolute;
        for (seen, now, over) in
            [(0, 0, false), (0, 29, false), (0, 30, true), (719, 719, false), (719, 720, true), (10, 5, false)]
        {
            let at = |minutes: u32| UNIX_EPOCH + minute * minutes;
            let is_over = |duty| session_is_over(limits, at(seen), ends, at(now), duty);
            assert_eq!(is_over(Duty::Free), over, "seen {seen}, now {now}");
            assert_eq!(
                is_over(Duty::OnAir),
                at(now).duration_since(at(seen)).unwrap_or_default() >= limits.idle,
                "in a meeting"
            );
        }
    }
}
