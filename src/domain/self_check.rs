//! The self-check (等保自查表): how each control stands, by what runs and what is stored, never by what a manual says.
//!
//! It follows the identity, access and audit items of GB/T 22239-2019 (8.1.4) as far as this program carries them; whether a
//! site meets the standard is for its assessor to say. What this program can't do yet is listed as lacking.

use super::{
    account::{Account, PasswordRules, SessionLimits},
    audit::KEEP_DAYS_MIN,
    client_certificate::{ClientCertificate, ENDS_SOON},
    console::ConsoleSettings,
    lockout::LockoutRules,
    officer::{self, Exception, OFFICERS, Origin, RolesFault},
    org_unit::OrgUnit,
    pen::{self, PenOf, Pens},
    role::{Role, Roles},
};
use crate::id::AccountId;
use std::time::{Duration, SystemTime};

/// One thing an assessment asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Passwords: characters, classes, how many earlier ones may not come again.
    PasswordRules,
    /// Days after which a password is changed.
    PasswordAge,
    /// Hours within which a one-time password is used.
    OneTime,
    /// Failures that lock, and minutes it lasts.
    Lockout,
    /// Minutes after which an idle log-in is over.
    SessionIdle,
    /// Hours after which a log-in is over, or an operator's locked while a meeting is on air.
    SessionEnd,
    /// A new log-in ends the older ones.
    OneSession,
    /// Minutes after which a console locks, and fewest digits of its PIN.
    ConsoleLock,
    /// A second factor at log-in.
    SecondFactor,
    /// It is a certificate, which is cryptography: whether browsers are asked, how many accounts have one that is good, how many
    /// certificates end within 30 days.
    ClientCertificates,
    /// System, security and audit administrator are there and can log in.
    Officers,
    /// Nobody is system and security administrator at once.
    OfficersApart,
    /// The audit administrator does nothing else.
    AuditorAlone,
    /// One person signs.
    OnePen,
    /// Accounts that nobody uses.
    Unused,
    /// Each unit has a liaison who can ask.
    Liaisons,
    /// The book only grows.
    BookGrows,
    /// Days its records are kept, and how old the oldest one is.
    BookKept,
    /// It stands once more in files.
    BookMirror,
    /// Another machine gets it.
    LogHost,
}

impl Control {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PasswordRules => "password_rules",
            Self::PasswordAge => "password_age",
            Self::OneTime => "one_time",
            Self::Lockout => "lockout",
            Self::SessionIdle => "session_idle",
            Self::SessionEnd => "session_end",
            Self::OneSession => "one_session",
            Self::ConsoleLock => "console_lock",
            Self::SecondFactor => "second_factor",
            Self::ClientCertificates => "client_certificates",
            Self::Officers => "officers",
            Self::OfficersApart => "officers_apart",
            Self::AuditorAlone => "auditor_alone",
            Self::OnePen => "one_pen",
            Self::Unused => "unused",
            Self::Liaisons => "liaisons",
            Self::BookGrows => "book_grows",
            Self::BookKept => "book_kept",
            Self::BookMirror => "book_mirror",
            Self::LogHost => "log_host",
        }
    }
}

/// How a control stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It holds not fully, or a higher grade would ask for more: somebody should look.
    Look,
    /// It doesn't hold.
    Fails,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was asked.
    pub control: Control,
    /// How it stands.
    pub verdict: Verdict,
    /// Its values, in the order its documentation names them.
    pub figures: Vec<u64>,
    /// Whom or what it is about: log-in names, names of units.
    pub names: Vec<String>,
}

/// What runs and what is stored.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// How long log-ins last.
    pub session: SessionLimits,
    /// What a password must be.
    pub password: PasswordRules,
    /// What locks, and for how long.
    pub lockout: LockoutRules,
    /// How old a password may be; zero: any age.
    pub password_age: Duration,
    /// Within what time a one-time password has to be used; zero: no end.
    pub one_time: Duration,
    /// Whether a new log-in ends the account's older ones.
    pub one_session: bool,
    /// When consoles lock.
    pub console: ConsoleSettings,
    /// Roles that need a second factor.
    pub second_factor_for: Roles,
    /// Accounts that have one, of either kind.
    pub second_factors: &'a [AccountId],
    /// Whether browsers are asked for a certificate.
    pub asks_certificates: bool,
    /// All certificates that were ever registered.
    pub certificates: &'a [ClientCertificate],
    /// All accounts.
    pub accounts: &'a [Account],
    /// Leaves to be two officers at once, as they stand now.
    pub exceptions: &'a [Exception],
    /// All units.
    pub units: &'a [OrgUnit],
    /// Whether the database itself refuses to change or remove a record of the book.
    pub book_grows: bool,
    /// How long a record is kept.
    pub book_kept: Duration,
    /// When the oldest record that is there was written.
    pub book_since: Option<SystemTime>,
    /// Whether the book's mirror is written.
    pub mirrored: bool,
    /// Whether the log host is reached; `None` without one.
    pub log_host: Option<bool>,
}

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// Every control, with how it stands now.
#[must_use]
pub fn check(facts: &Facts<'_>, now: SystemTime) -> Vec<Finding> {
    let mut all = door(facts);
    all.extend(people(facts, now));
    all.extend(book(facts, now));
    all
}

fn door(facts: &Facts<'_>) -> Vec<Finding> {
    let Facts { session, password, lockout, password_age, one_time, one_session, console, .. } = *facts;
    let within =
        |value: Duration, max: Duration| if value.is_zero() || value > max { Verdict::Fails } else { Verdict::Holds };
    let PasswordRules { chars_min, classes_min, history } = password;
    let LockoutRules { failures, locked_for } = lockout;
    let usual = PasswordRules::default();
    let holds = |yes| if yes { Verdict::Holds } else { Verdict::Fails };
    let good = chars_min >= usual.chars_min && classes_min >= usual.classes_min && history >= usual.history;
    let locks = failures <= LockoutRules::default().failures && locked_for >= LockoutRules::default().locked_for;
    vec![
        of_figures(Control::PasswordRules, holds(good), &[chars_min, classes_min, history].map(|count| count as u64)),
        of_figures(Control::PasswordAge, within(password_age, DAY * 90), &[whole(password_age, DAY)]),
        of_figures(Control::OneTime, within(one_time, HOUR * 72), &[whole(one_time, HOUR)]),
        of_figures(Control::Lockout, holds(locks), &[failures.into(), whole(locked_for, MINUTE)]),
        of_figures(Control::SessionIdle, within(session.idle, MINUTE * 30), &[whole(session.idle, MINUTE)]),
        of_figures(Control::SessionEnd, within(session.absolute, HOUR * 24), &[whole(session.absolute, HOUR)]),
        of_figures(
            Control::OneSession,
            if one_session { Verdict::Holds } else { Verdict::Look },
            &[one_session.into()],
        ),
        of_figures(
            Control::ConsoleLock,
            within(console.locks_after, MINUTE * 30),
            &[whole(console.locks_after, MINUTE), console.pin_digits as u64],
        ),
    ]
}

fn people(facts: &Facts<'_>, now: SystemTime) -> Vec<Finding> {
    let alive: Vec<&Account> = facts.accounts.iter().filter(|account| account.enabled).collect();
    let logins = |which: &dyn Fn(&Account) -> bool| {
        alive.iter().filter(|account| which(account)).map(|account| account.login.to_string()).collect::<Vec<_>>()
    };
    let lacking = OFFICERS.into_iter().filter(|role| !alive.iter().any(|account| account.roles.has(*role)));
    let both = logins(&|account| officer::together(account.roles));
    // What somebody decided for a small unit is to be looked at; what nobody did is to be ended.
    let is_decided = |account: &&&Account| {
        let mut of = facts.exceptions.iter().filter(|exception| exception.account == account.id);
        of.any(|exception| matches!(exception.origin, Origin::Decided { .. }))
    };
    // Grade 3 asks it of officers; an approver's word lets recordings out.
    let needing: Roles = OFFICERS.into_iter().chain([Role::Approver]).collect();
    let needs = |roles: Roles| needing.iter().all(|role| roles.has(role));
    let is_needing = |account: &Account| account.roles.iter().any(|role| needing.has(role));
    let without_factor = logins(&|account| is_needing(account) && !facts.second_factors.contains(&account.id));
    let is_certified = |account: &Account| {
        facts.certificates.iter().any(|certificate| certificate.account == account.id && certificate.is_good(now))
    };
    let without_certificate = logins(&|account| is_needing(account) && !is_certified(account));
    let certified = alive.iter().filter(|account| is_certified(account)).count();
    let ending = facts.certificates.iter().filter(|one| one.is_good(now) && !one.is_good(now + ENDS_SOON)).count();
    let combined = || alive.iter().filter(|account| officer::together(account.roles));
    let apart = if combined().all(|account| is_decided(&account)) { Verdict::Look } else { Verdict::Fails };
    let auditor = logins(&|account| officer::check_roles(account.roles) == Err(RolesFault::AuditAdminAlone));
    let approvers = logins(&|account| account.roles.has(Role::Approver));
    let pens = Pens::of(facts.accounts, facts.units, &[], now);
    let pen = match pens.held(&PenOf::County) {
        _ if pen::two_approvers(facts.accounts, facts.units).is_some() => Verdict::Fails,
        None => Verdict::Look,
        Some(_) => Verdict::Holds,
    };
    let can = |id: &AccountId| alive.iter().any(|account| account.id == *id && super::org_unit::can_answer(account));
    let without = facts
        .units
        .iter()
        .filter(|unit| unit.is_open() && !unit.liaisons.iter().any(can))
        .map(|unit| unit.name.clone());
    vec![
        Finding {
            control: Control::SecondFactor,
            verdict: if without_factor.is_empty() { Verdict::Holds } else { Verdict::Look },
            figures: vec![needs(facts.second_factor_for).into()],
            names: without_factor,
        },
        Finding {
            control: Control::ClientCertificates,
            verdict: match without_certificate.is_empty() && facts.asks_certificates && ending == 0 {
                true => Verdict::Holds,
                false => Verdict::Look,
            },
            figures: vec![facts.asks_certificates.into(), certified as u64, ending as u64],
            names: without_certificate,
        },
        of_names(Control::Officers, Verdict::Fails, lacking.map(|role| role.name().to_owned()).collect()),
        of_names(Control::OfficersApart, apart, both),
        of_names(Control::AuditorAlone, Verdict::Fails, auditor),
        Finding { control: Control::OnePen, verdict: pen, figures: vec![approvers.len() as u64], names: approvers },
        of_names(Control::Unused, Verdict::Look, logins(&|account| account.is_unused(now))),
        of_names(Control::Liaisons, Verdict::Look, without.collect()),
    ]
}

fn book(facts: &Facts<'_>, now: SystemTime) -> Vec<Finding> {
    let holds = |yes| if yes { Verdict::Holds } else { Verdict::Fails };
    let log_host = facts.log_host.map_or(Verdict::Look, holds);
    let age = facts.book_since.and_then(|since| now.duration_since(since).ok()).unwrap_or_default();
    vec![
        of_figures(Control::BookGrows, holds(facts.book_grows), &[]),
        of_figures(
            Control::BookKept,
            holds(facts.book_kept >= DAY * KEEP_DAYS_MIN),
            &[whole(facts.book_kept, DAY), whole(age, DAY)],
        ),
        of_figures(Control::BookMirror, holds(facts.mirrored), &[]),
        of_figures(Control::LogHost, log_host, &[facts.log_host.is_some().into()]),
    ]
}

/// A control that holds as long as nobody is named.
fn of_names(control: Control, named: Verdict, names: Vec<String>) -> Finding {
    let verdict = if names.is_empty() { Verdict::Holds } else { named };
    Finding { control, verdict, figures: Vec::new(), names }
}

fn of_figures(control: Control, verdict: Verdict, figures: &[u64]) -> Finding {
    Finding { control, verdict, figures: figures.to_vec(), names: Vec::new() }
}

fn whole(time: Duration, unit: Duration) -> u64 {
    time.as_secs() / unit.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        account::tests::account,
        client_certificate,
        officer::tests::{decided, exception},
    };
    use std::time::UNIX_EPOCH;

    fn good<'a>(accounts: &'a [Account], units: &'a [OrgUnit]) -> Facts<'a> {
        Facts {
            session: SessionLimits { idle: MINUTE * 30, absolute: HOUR * 12 },
            password: PasswordRules::default(),
            lockout: LockoutRules::default(),
            password_age: DAY * 90,
            one_time: HOUR * 72,
            one_session: true,
            console: ConsoleSettings { locks_after: MINUTE * 15, pin_digits: 6 },
            second_factor_for: Roles::default(),
            second_factors: &[],
            asks_certificates: true,
            certificates: &[],
            accounts,
            exceptions: &[],
            units,
            book_grows: true,
            book_kept: DAY * 1095,
            book_since: Some(UNIX_EPOCH),
            mirrored: true,
            log_host: Some(true),
        }
    }

    fn people() -> Vec<Account> {
        vec![
            account("sys", &[Role::SystemAdmin]),
            account("sec", &[Role::SecurityAdmin]),
            account("aud", &[Role::AuditAdmin]),
            account("zhang", &[Role::Approver]),
            account("zhao", &[Role::Liaison]),
        ]
    }

    fn unit(liaisons: &[&str]) -> OrgUnit {
        let liaisons = liaisons.iter().map(|id| id.parse().expect("an id")).collect();
        let [id, name] = ["u1", "县水务局"];
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

    fn standing(facts: &Facts<'_>, control: Control) -> (Verdict, Vec<String>) {
        let found = check(facts, UNIX_EPOCH + DAY).into_iter().find(|finding| finding.control == control);
        found.map(|finding| (finding.verdict, finding.names)).expect("every control is checked")
    }

    #[test]
    fn a_careful_site_has_second_factors_to_look_at() {
        let (people, units) = (people(), [unit(&["zhao"])]);
        let findings = check(&good(&people, &units), UNIX_EPOCH + DAY);
        let other: Vec<_> =
            findings.iter().filter(|one| one.verdict != Verdict::Holds).map(|one| one.control).collect();
        assert_eq!(other, [Control::SecondFactor, Control::ClientCertificates]);
        let ids: Vec<AccountId> = people.iter().map(|account| account.id.clone()).collect();
        let all = Facts { second_factors: &ids, ..good(&people, &units) };
        assert_eq!(standing(&all, Control::SecondFactor), (Verdict::Holds, vec![]));
        let few = Facts { second_factors: &ids[1..], ..good(&people, &units) };
        assert_eq!(standing(&few, Control::SecondFactor), (Verdict::Look, vec!["sys".to_owned()]));
        let certificate = |id: &AccountId| ClientCertificate {
            not_after: UNIX_EPOCH + DAY * 40,
            ..client_certificate::tests::certificate('1', id)
        };
        let certificates: Vec<_> = ids.iter().map(certificate).collect();
        let certified = Facts { certificates: &certificates, ..all };
        assert_eq!(standing(&certified, Control::ClientCertificates), (Verdict::Holds, vec![]));
        let unasked = Facts { asks_certificates: false, ..certified };
        assert_eq!(standing(&unasked, Control::ClientCertificates), (Verdict::Look, vec![]));
        let late = check(&certified, UNIX_EPOCH + DAY * 20);
        let late = late.into_iter().find(|finding| finding.control == Control::ClientCertificates).expect("is checked");
        assert_eq!((late.verdict, late.figures), (Verdict::Look, vec![1, 5, 5]), "they end soon");
        let fewer = Facts { certificates: &certificates[..4], ..certified };
        assert_eq!(standing(&fewer, Control::ClientCertificates), (Verdict::Holds, vec![]), "a liaison needs none");
        assert_eq!(findings[0].figures, [10, 3, 5]);
        assert_eq!(findings[3].figures, [5, 30]);
    }

    #[test]
    fn what_is_loose_fails() {
        let (people, units) = (people(), [unit(&["zhao"])]);
        let facts = good(&people, &units);
        let (rules, locks) = (facts.password, facts.lockout);
        let long = SessionLimits { idle: MINUTE * 31, absolute: HOUR * 25 };
        for (facts, control) in [
            (Facts { password: PasswordRules { chars_min: 9, ..rules }, ..facts }, Control::PasswordRules),
            (Facts { password: PasswordRules { history: 4, ..rules }, ..facts }, Control::PasswordRules),
            (Facts { lockout: LockoutRules { failures: 6, ..locks }, ..facts }, Control::Lockout),
            (Facts { lockout: LockoutRules { locked_for: MINUTE * 29, ..locks }, ..facts }, Control::Lockout),
            (Facts { password_age: Duration::ZERO, ..facts }, Control::PasswordAge),
            (Facts { password_age: DAY * 91, ..facts }, Control::PasswordAge),
            (Facts { one_time: Duration::ZERO, ..facts }, Control::OneTime),
            (Facts { session: long, ..facts }, Control::SessionIdle),
            (Facts { session: long, ..facts }, Control::SessionEnd),
            (
                Facts { console: ConsoleSettings { locks_after: Duration::ZERO, pin_digits: 6 }, ..facts },
                Control::ConsoleLock,
            ),
            (Facts { book_grows: false, ..facts }, Control::BookGrows),
            (Facts { book_kept: DAY * 179, ..facts }, Control::BookKept),
            (Facts { mirrored: false, ..facts }, Control::BookMirror),
            (Facts { log_host: Some(false), ..facts }, Control::LogHost),
        ] {
            assert_eq!(standing(&facts, control).0, Verdict::Fails, "{control:?}");
        }
        assert_eq!(standing(&Facts { log_host: None, ..facts }, Control::LogHost).0, Verdict::Look);
        assert_eq!(standing(&Facts { one_session: false, ..facts }, Control::OneSession).0, Verdict::Look);
    }

    #[test]
    fn whoever_is_what_they_should_not_be_is_named() {
        let units = [unit(&["gone"])];
        let mut all = people();
        all.push(account("boss", &[Role::SystemAdmin, Role::SecurityAdmin]));
        all.push(Account { enabled: false, ..account("gone", &[Role::Liaison, Role::Approver]) });
        let facts = good(&all, &units);
        let named = |name: &str| vec![name.to_owned()];
        assert_eq!(standing(&facts, Control::OfficersApart), (Verdict::Fails, named("boss")));
        for (origin, verdict) in
            [(Origin::FirstRun, Verdict::Fails), (Origin::FromBefore, Verdict::Fails), (decided(), Verdict::Look)]
        {
            let exceptions = [exception("boss", origin)];
            let facts = Facts { exceptions: &exceptions, ..facts };
            assert_eq!(standing(&facts, Control::OfficersApart), (verdict, named("boss")), "{exceptions:?}");
        }
        assert_eq!(standing(&facts, Control::Liaisons), (Verdict::Look, named("县水务局")));
        assert_eq!(standing(&facts, Control::OnePen).0, Verdict::Holds);
        let mut second = all.clone();
        second.push(account("liu", &[Role::Approver]));
        assert_eq!(standing(&Facts { accounts: &second, ..facts }, Control::OnePen).0, Verdict::Fails);
        second[7].org_unit = Some("u1".parse().expect("an id"));
        assert_eq!(
            standing(&Facts { accounts: &second, ..facts }, Control::OnePen).0,
            Verdict::Holds,
            "of another unit"
        );
        let few = [account("admin", &[Role::SystemAdmin, Role::SecurityAdmin])];
        let alone = good(&few, &[]);
        assert_eq!(standing(&alone, Control::Officers), (Verdict::Fails, named("audit_admin")));
        assert_eq!(standing(&alone, Control::OnePen).0, Verdict::Look);
        let late = check(&alone, UNIX_EPOCH + DAY * 100);
        let unused = late.into_iter().find(|finding| finding.control == Control::Unused).expect("is checked");
        assert_eq!((unused.verdict, unused.names), (Verdict::Look, named("admin")));
    }
}
