//! Accounts: made, changed and reset by the security administrator; the password by its owner.

use super::{
    App,
    certificates::by_account,
    door::{Credential, KnownLogin, Now},
    password::{Busy, Passwords},
    secret::Secret,
};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        account::{self, Account, InvalidLogin, Login, TooWeak},
        client_certificate::ClientCertificate,
        hand_over::{self, Form, HandOver, Successor},
        line::{self, LineFault},
        lockout::Locked,
        officer::{self, Decision, Exception, Origin, RolesFault},
        org_unit::OrgUnit,
        pen,
        role::{Role, Roles},
    },
    id::{AccountId, OrgUnitId},
    store::{LoginSession, NewPassword, Store, StoreError, StoredPasswords},
};
use std::{net::IpAddr, time::SystemTime};
use zeroize::Zeroizing;

/// Log-in name of the first administrator.
pub const FIRST_LOGIN: &str = "admin";

/// Most characters of a person's name.
const NAME_CHARS_MAX: usize = 64;

/// An account as its administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// The account.
    pub account: Account,
    /// Whether too many failures hold somebody back who tries to log in.
    pub locked: bool,
    /// Whether its password has to be changed at the next request.
    pub must_change_password: bool,
    /// Log-ins that last now.
    pub sessions: u32,
    /// Whether nobody has used it for a long time ([`account::UNUSED`]).
    pub unused: bool,
    /// Its leave to be two officers at once.
    pub exception: Option<ExceptionView>,
    /// Whether its log-in asks for a code.
    pub second_factor: bool,
    /// Whether its second factor was a certificate that can be shown no more: nobody logs in there as it stands.
    pub factor_lost: bool,
    /// Its certificates, the latest first.
    pub certificates: Vec<ClientCertificate>,
}

/// A leave to be two officers at once, as reports show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionView {
    /// The leave.
    pub exception: Exception,
    /// The log-in name of its account.
    pub login: Login,
    /// Shown name of whoever recorded it; empty if nobody did.
    pub recorded_by: String,
}

/// What an account is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Its roles.
    pub roles: Roles,
    /// Who decided that it may be two officers at once, if it is to be from now on.
    pub exception: Option<Decision>,
}

impl From<Roles> for Office {
    fn from(roles: Roles) -> Self {
        Self { roles, exception: None }
    }
}

/// Whose an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner<'a> {
    /// Shown name, 1 to 64 characters.
    pub name: &'a str,
    /// Their unit, if they belong to one.
    pub unit: Option<OrgUnitId>,
}

/// What of an account changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountChanges {
    /// Whose it is.
    pub name: Option<String>,
    /// Their unit; `Some(None)` is none.
    pub unit: Option<Option<OrgUnitId>>,
    /// What it is for.
    pub roles: Option<Roles>,
    /// Who decided that it may be two officers at once.
    pub exception: Option<Decision>,
    /// Whether it can log in.
    pub enabled: Option<bool>,
}

/// Who takes a post over, as somebody typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostTaker<'a> {
    /// What they will log in with.
    pub login: &'a str,
    /// Shown name.
    pub name: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// A post that was handed over: what its form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The account that ended.
    pub from: Account,
    /// The account that began.
    pub to: AccountView,
    /// Names of the units it answers for.
    pub units: Vec<String>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: SystemTime,
}

/// Why an account is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id or name.
    #[error("there is no such account")]
    Unknown,
    /// Another account has this log-in name.
    #[error("the log-in name is taken")]
    LoginTaken,
    /// It can't be a log-in name.
    #[error("the log-in name is not valid")]
    Login(#[source] InvalidLogin),
    /// It can't be a person's name.
    #[error("a name has 1 to {NAME_CHARS_MAX} characters")]
    Name,
    /// There is no such unit.
    #[error("there is no such unit")]
    NoUnit,
    /// The unit is closed, and gets no more accounts.
    #[error("the unit is closed")]
    UnitClosed {
        /// Its name.
        name: String,
    },
    /// Somebody else is the approver.
    #[error("there is another approver")]
    ApproverTaken {
        /// Their shown name.
        name: String,
    },
    /// The roles don't go together.
    #[error("the roles don't go together")]
    Roles(#[source] RolesFault),
    /// Who decided about an exception, or why, is not valid.
    #[error("the exception is not valid")]
    Exception(Vec<officer::Mistake>),
    /// The actor's own post: they would be gone before they had handed over the secret.
    #[error("nobody hands their own post over")]
    OwnPost,
    /// There is nothing to hand over.
    #[error("the post cannot be handed over")]
    HandOver(#[source] hand_over::Mistake),
    /// The reason is no line.
    #[error("the reason is not valid: {0}")]
    Reason(LineFault),
    /// Somebody's own second factor: a browser left open would be enough to be rid of it.
    #[error("nobody resets their own second factor")]
    OwnSecondFactor,
    /// The account has no such certificate.
    #[error("the account has no such certificate")]
    NoCertificate,
    /// Somebody's own certificate: a browser left open would be enough to be rid of it.
    #[error("nobody revokes their own certificate")]
    OwnCertificate,
    /// Nobody could manage accounts any more.
    #[error("nobody would be left who may manage accounts")]
    NobodyLeft,
    /// Too many passwords wait to be hashed.
    #[error("too many passwords at once")]
    Busy(#[source] Busy),
    /// The store failed.
    #[error("cannot read or write the account")]
    Store(#[source] StoreError),
}

/// Why a password is not changed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordFault {
    /// Nobody logged in.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// The present password is another.
    #[error("the present password is wrong")]
    WrongOld,
    /// Too many times.
    #[error("too many wrong passwords")]
    Locked(#[source] Locked),
    /// The new one is too easily guessed.
    #[error("the new password is too weak")]
    TooWeak(#[source] TooWeak),
    /// It is the present one or one before it.
    #[error("the new password was used before")]
    Reused,
    /// Too many passwords wait to be hashed.
    #[error("too many passwords at once")]
    Busy(#[source] Busy),
    /// The store failed.
    #[error("cannot read or write the password")]
    Store(#[source] StoreError),
}

impl App {
    /// Whether this actor may manage accounts.
    pub fn may_manage_accounts(&self, actor: &Actor) -> Result<(), AccountFault> {
        allow(actor)
    }

    /// All accounts.
    pub async fn accounts(&self, actor: &Actor, now: Now) -> Result<Vec<AccountView>, AccountFault> {
        allow(actor)?;
        let accounts = self.store.accounts().await.map_err(AccountFault::Store)?;
        let sessions = self.store.open_sessions(now.wall - self.settings.door.session.idle).await;
        let sessions = sessions.map_err(AccountFault::Store)?;
        let exceptions = self.exceptions().await.map_err(AccountFault::Store)?;
        let factors = self.store.with_second_factor().await.map_err(AccountFault::Store)?;
        let certificates = self.store.certificates().await.map_err(AccountFault::Store)?;
        let mut certificates = by_account(certificates);
        let lost = self.store.lost_factors().await.map_err(AccountFault::Store)?;
        let view = |account: Account| {
            let own = certificates.remove(&account.id).unwrap_or_default();
            let second_factor = factors.contains(&account.id);
            AccountView {
                second_factor,
                factor_lost: !second_factor && self.has_lost_factor(&account.id, &own, &lost),
                certificates: own,
                ..self.view(account, &sessions, &exceptions, now)
            }
        };
        Ok(accounts.into_iter().map(view).collect())
    }

    /// Makes an account with a one-time password, which is told once.
    pub async fn add_account(
        &self,
        actor: &Actor,
        login: &str,
        owner: Owner<'_>,
        office: Office,
        now: Now,
    ) -> Result<(AccountView, Secret), AccountFault> {
        allow(actor)?;
        let Office { roles, exception } = office;
        let origin = exception.map(|decision| decided(actor, &decision)).transpose()?;
        // Two approvers made at the same moment would be two.
        let _turn = self.desk.lock().await;
        self.add_in_turn(login, owner, roles, origin, now).await
    }

    /// Makes an account for an actor who may, whose turn at the desk it is.
    pub(super) async fn add_in_turn(
        &self,
        login: &str,
        owner: Owner<'_>,
        roles: Roles,
        exception: Option<Origin>,
        now: Now,
    ) -> Result<(AccountView, Secret), AccountFault> {
        let (account, secret) = add(&self.store, &self.passwords, login, owner, (roles, exception), now.wall).await?;
        Ok((self.view_of(account, now).await?, secret))
    }

    /// Changes an account. Who loses a role or the account itself is logged out.
    pub async fn change_account(
        &self,
        actor: &Actor,
        id: &AccountId,
        changes: AccountChanges,
        now: Now,
    ) -> Result<AccountView, AccountFault> {
        allow(actor)?;
        let _turn = self.desk.lock().await;
        let before = self.store.account(id).await.map_err(AccountFault::Store)?.ok_or(AccountFault::Unknown)?;
        let mut account = before.clone();
        if let Some(name) = changes.name {
            account.name = valid_name(&name)?;
        }
        // Who is in a closed unit stays there.
        if let Some(unit) = changes.unit
            && unit != before.org_unit
        {
            (account.org_unit, account.unit) = open_unit(&self.store, unit).await?;
        }
        account.roles = changes.roles.unwrap_or(account.roles);
        account.enabled = changes.enabled.unwrap_or(account.enabled);
        let known = self.store.exceptions().await.map_err(AccountFault::Store)?;
        let known = known.into_iter().find(|known| known.account == *id);
        let origin = changes.exception.map(|decision| decided(actor, &decision)).transpose()?;
        let new = origin.map(|origin| Exception { account: id.clone(), origin, since: now.wall });
        let exception = officer::decide(account.roles, known.as_ref(), new).map_err(AccountFault::Roles)?;
        let all = self.store.accounts().await.map_err(AccountFault::Store)?;
        let units = self.store.org_units().await.map_err(AccountFault::Store)?;
        expect_one_approver(&all, &account, &units)?;
        let after = all.iter().map(|other| if other.id == account.id { &account } else { other });
        if !account::somebody_manages_accounts(after) {
            return Err(AccountFault::NobodyLeft);
        }
        self.store.save_account(&account, &exception, now.wall).await.map_err(AccountFault::Store)?;
        if account.roles != before.roles || account.enabled != before.enabled {
            self.end_logins(&account, now.wall).await?;
        }
        self.view_of(account, now).await
    }

    /// Hands a post over: the account ends with its log-ins, and another begins with its roles, its unit and what it answered for.
    /// Its one-time password is told once.
    pub async fn hand_over(
        &self,
        actor: &Actor,
        id: &AccountId,
        to: PostTaker<'_>,
        now: Now,
    ) -> Result<(HandedOver, Secret), AccountFault> {
        allow(actor)?;
        if matches!(actor, Actor::User(user) if user.account == *id) {
            return Err(AccountFault::OwnPost);
        }
        let _turn = self.desk.lock().await;
        let from = self.store.account(id).await.map_err(AccountFault::Store)?.ok_or(AccountFault::Unknown)?;
        let login = to.login.trim().parse().map_err(AccountFault::Login)?;
        let successor = Successor { id: super::new_id(), login, name: valid_name(to.name)? };
        let reason = line::checked(to.reason, hand_over::REASON_CHARS_MAX).map_err(AccountFault::Reason)?;
        open_unit(&self.store, from.org_unit.clone()).await?;
        let units = self.store.org_units().await.map_err(AccountFault::Store)?;
        let delegations = self.store.delegations_to_come(now.wall).await.map_err(AccountFault::Store)?;
        let change = HandOver::of(from, successor, &units, &delegations, now.wall).map_err(AccountFault::HandOver)?;
        let (secret, password) = one_time(&self.passwords, now.wall).await?;
        let form = Form::of(&change, reason.clone(), now.wall);
        if !self.store.hand_over(&change, &form, password).await.map_err(AccountFault::Store)? {
            return Err(AccountFault::LoginTaken);
        }
        self.end_logins(&change.from, now.wall).await?;
        let HandOver { from, to, units, .. } = change;
        let units = units.into_iter().map(|unit| unit.name).collect();
        Ok((HandedOver { from, to: self.view_of(to, now).await?, units, reason, at: now.wall }, secret))
    }

    /// The forms of the latest hand-overs, as they were printed.
    pub async fn hand_overs(&self, actor: &Actor) -> Result<Vec<Form>, AccountFault> {
        allow(actor)?;
        self.store.hand_overs().await.map_err(AccountFault::Store)
    }

    /// Gives an account a new one-time password, unlocks it and ends its log-ins.
    pub async fn reset_account(
        &self,
        actor: &Actor,
        id: &AccountId,
        now: Now,
    ) -> Result<(AccountView, Secret), AccountFault> {
        allow(actor)?;
        let mut account = self.store.account(id).await.map_err(AccountFault::Store)?.ok_or(AccountFault::Unknown)?;
        let secret = reset(&self.store, &self.passwords, &account, now.wall).await?;
        account.must_change = true;
        self.lockout().unlock(account.login.as_str());
        self.end_logins(&account, now.wall).await?;
        Ok((self.view_of(account, now).await?, secret))
    }

    /// Opens the lock that wrong passwords brought about, at every address, and wrong PINs at their seat; the password stays.
    pub async fn unlock_account(&self, actor: &Actor, id: &AccountId, now: Now) -> Result<AccountView, AccountFault> {
        allow(actor)?;
        let account = self.store.account(id).await.map_err(AccountFault::Store)?.ok_or(AccountFault::Unknown)?;
        self.lockout().unlock(account.login.as_str());
        self.unlock_seats(id).await.map_err(AccountFault::Store)?;
        self.view_of(account, now).await
    }

    /// Ends all log-ins of an account, and what runs under them.
    pub async fn end_sessions(&self, actor: &Actor, id: &AccountId, now: Now) -> Result<AccountView, AccountFault> {
        allow(actor)?;
        let account = self.store.account(id).await.map_err(AccountFault::Store)?.ok_or(AccountFault::Unknown)?;
        self.end_logins(&account, now.wall).await?;
        self.view_of(account, now).await
    }

    /// Changes the caller's own password; their other log-ins end.
    pub async fn change_password(
        &self,
        actor: &Actor,
        login: &KnownLogin,
        old: Zeroizing<String>,
        new: Zeroizing<String>,
        address: IpAddr,
        now: Now,
    ) -> Result<(), PasswordFault> {
        access::allow(actor, Action::OwnAccount, &Resource::Server).map_err(PasswordFault::Access)?;
        let (account, passwords) = self.check_own_password(login, old, address, now).await?;
        account::check_password(self.settings.door.password, &new, &account.login).map_err(PasswordFault::TooWeak)?;
        let used = std::iter::once(passwords.present).chain(passwords.earlier);
        let used: Vec<String> = used.take(self.settings.door.password.history).collect();
        if self.passwords.check_any(new.clone(), used).await.map_err(PasswordFault::Busy)? {
            return Err(PasswordFault::Reused);
        }
        let hash = self.passwords.hash(new).await.map_err(PasswordFault::Busy)?;
        let password = NewPassword { hash, set: now.wall, must_change: false };
        self.store.set_password(&account.id, password).await.map_err(PasswordFault::Store)?;
        self.store.end_sessions_of(&account.id, Some(&login.key), now.wall).await.map_err(PasswordFault::Store)?;
        self.revoked(|credential| {
            matches!(credential, Credential::Login(other) if other.login == login.login && other.key != login.key)
        })
        .await;
        Ok(())
    }

    /// The account of a log-in whose owner typed its password once more. A wrong one counts as at the log-in.
    pub(super) async fn check_own_password(
        &self,
        login: &KnownLogin,
        password: Zeroizing<String>,
        address: IpAddr,
        now: Now,
    ) -> Result<(Account, StoredPasswords), PasswordFault> {
        let name = login.login.as_str();
        let found = self.store.account_named(&login.login).await.map_err(PasswordFault::Store)?;
        let (account, passwords) = found.ok_or(PasswordFault::Access(Refusal::TokenNeeded))?;
        self.lockout().begin(now.steady, name, address).map_err(PasswordFault::Locked)?;
        match self.passwords.check(password, Some(passwords.present.clone())).await {
            Ok(true) => {
                self.lockout().succeeded(name, address);
                Ok((account, passwords))
            }
            Ok(false) => Err(PasswordFault::WrongOld),
            Err(busy) => {
                self.lockout().take_back(name, address);
                Err(PasswordFault::Busy(busy))
            }
        }
    }

    pub(super) async fn end_logins(&self, account: &Account, now: SystemTime) -> Result<(), AccountFault> {
        self.store.end_sessions_of(&account.id, None, now).await.map_err(AccountFault::Store)?;
        self.revoked(|credential| matches!(credential, Credential::Login(known) if known.login == account.login)).await;
        Ok(())
    }

    pub(super) async fn view_of(&self, account: Account, now: Now) -> Result<AccountView, AccountFault> {
        let sessions = self.store.open_sessions(now.wall - self.settings.door.session.idle).await;
        let exceptions = self.exceptions().await.map_err(AccountFault::Store)?;
        let factor = self.asked_factor(&account.id).await.map_err(AccountFault::Store)?;
        let certificates = self.store.certificates_of(&account.id).await.map_err(AccountFault::Store)?;
        let lost = self.lost_factor(&account.id).await.map_err(AccountFault::Store)?;
        let view = self.view(account, &sessions.map_err(AccountFault::Store)?, &exceptions, now);
        let second_factor = factor.is_some();
        Ok(AccountView { second_factor, factor_lost: !second_factor && lost, certificates, ..view })
    }

    /// Leaves to be two officers at once, as they stand.
    pub(super) async fn exceptions(&self) -> Result<Vec<ExceptionView>, StoreError> {
        exceptions(&self.store).await
    }

    fn view(&self, account: Account, sessions: &[LoginSession], exceptions: &[ExceptionView], now: Now) -> AccountView {
        AccountView {
            exception: exceptions.iter().find(|view| view.exception.account == account.id).cloned(),
            locked: self.lockout().is_locked(now.steady, account.login.as_str()),
            must_change_password: account.must_change_password(now.wall, self.settings.door.password_age),
            sessions: self.count_lasting(&account, sessions, now.wall),
            unused: account.is_unused(now.wall),
            second_factor: false,
            factor_lost: false,
            certificates: Vec::new(),
            account,
        }
    }
}

fn allow(actor: &Actor) -> Result<(), AccountFault> {
    access::allow(actor, Action::ManageAccounts, &Resource::Server).map_err(AccountFault::Access)
}

/// Makes the first administrator where no account exists; `None` if there is one. The one-time password is told once.
pub async fn first_administrator(store: &Store, now: SystemTime) -> Result<Option<Secret>, AccountFault> {
    if !store.accounts().await.map_err(AccountFault::Store)?.is_empty() {
        return Ok(None);
    }
    let roles = [Role::SystemAdmin, Role::SecurityAdmin].into_iter().collect();
    let owner = Owner { name: "系统管理员", unit: None };
    let office = (roles, Some(Origin::FirstRun));
    add(store, &Passwords::default(), FIRST_LOGIN, owner, office, now).await.map(|(_, secret)| Some(secret))
}

/// Makes an account, for whoever may.
async fn add(
    store: &Store,
    passwords: &Passwords,
    login: &str,
    owner: Owner<'_>,
    (roles, exception): (Roles, Option<Origin>),
    now: SystemTime,
) -> Result<(Account, Secret), AccountFault> {
    let login = login.trim().parse().map_err(AccountFault::Login)?;
    let id: AccountId = super::new_id();
    let exception = exception.map(|origin| Exception { account: id.clone(), origin, since: now });
    let exception = officer::decide(roles, None, exception).map_err(AccountFault::Roles)?;
    let (org_unit, unit) = open_unit(store, owner.unit).await?;
    let account = Account {
        id,
        login,
        name: valid_name(owner.name)?,
        org_unit,
        unit,
        roles,
        enabled: true,
        must_change: true,
        password_set: now,
        last_login: None,
    };
    let approvers = store.accounts_with(Role::Approver).await.map_err(AccountFault::Store)?;
    expect_one_approver(&approvers, &account, &store.org_units().await.map_err(AccountFault::Store)?)?;
    let (secret, password) = one_time(passwords, now).await?;
    let added = store.add_account(&account, password, &exception).await.map_err(AccountFault::Store)?;
    if added { Ok((account, secret)) } else { Err(AccountFault::LoginTaken) }
}

/// Gives an account a one-time password, for whoever may.
async fn reset(
    store: &Store,
    passwords: &Passwords,
    account: &Account,
    now: SystemTime,
) -> Result<Secret, AccountFault> {
    let (secret, password) = one_time(passwords, now).await?;
    store.set_password(&account.id, password).await.map_err(AccountFault::Store)?;
    // Whoever has the account from now on may be somebody else.
    store.remove_pin(&account.id).await.map_err(AccountFault::Store)?;
    Ok(secret)
}

async fn one_time(passwords: &Passwords, now: SystemTime) -> Result<(Secret, NewPassword), AccountFault> {
    let secret = Secret::one_time_password();
    let hash = passwords.hash(Zeroizing::new(secret.reveal().to_owned())).await.map_err(AccountFault::Busy)?;
    Ok((secret, NewPassword { hash, set: now, must_change: true }))
}

/// One leader's pen: an account that would be a second approver of its unit is refused.
fn expect_one_approver(all: &[Account], account: &Account, units: &[OrgUnit]) -> Result<(), AccountFault> {
    match pen::other_approver(all, account, units) {
        Some(other) => Err(AccountFault::ApproverTaken { name: other.name.clone() }),
        None => Ok(()),
    }
}

/// An exception that somebody decided, recorded by this actor.
fn decided(actor: &Actor, decision: &Decision) -> Result<Origin, AccountFault> {
    let Actor::User(user) = actor else { return Err(AccountFault::Access(Refusal::Forbidden)) };
    let decision = decision.checked().map_err(AccountFault::Exception)?;
    Ok(Origin::Decided { decision, recorded_by: user.account.clone() })
}

/// Leaves to be two officers at once, as they stand: of accounts that can log in.
pub(super) async fn exceptions(store: &Store) -> Result<Vec<ExceptionView>, StoreError> {
    let standing = store.exceptions().await?;
    let recorded_by = |exception: &Exception| match &exception.origin {
        Origin::Decided { recorded_by, .. } => Some(recorded_by.clone()),
        Origin::FirstRun | Origin::FromBefore => None,
    };
    let recorders: Vec<AccountId> = standing.iter().filter_map(recorded_by).collect();
    let names = store.names_of(recorders.iter().collect()).await?;
    let mut all = Vec::with_capacity(standing.len());
    for exception in standing {
        let Some(account) = store.account(&exception.account).await?.filter(|account| account.enabled) else {
            continue;
        };
        let recorded_by = recorded_by(&exception).and_then(|id| names.get(&id).cloned()).unwrap_or_default();
        all.push(ExceptionView { exception, login: account.login, recorded_by });
    }
    Ok(all)
}

/// A unit that may have new people, and its name.
async fn open_unit(store: &Store, unit: Option<OrgUnitId>) -> Result<(Option<OrgUnitId>, String), AccountFault> {
    let Some(id) = unit else { return Ok((None, String::new())) };
    let all = store.org_units().await.map_err(AccountFault::Store)?;
    let found = all.into_iter().find(|unit| unit.id == id).ok_or(AccountFault::NoUnit)?;
    if !found.is_open() {
        return Err(AccountFault::UnitClosed { name: found.name });
    }
    Ok((Some(id), found.name))
}

fn valid_name(name: &str) -> Result<String, AccountFault> {
    let name = name.trim();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(AccountFault::Name) }
}

/// Accounts without a server, for the command line: the same rules, on the data folder.
pub struct OfflineAccounts {
    pub(super) store: Store,
    passwords: Passwords,
}

impl OfflineAccounts {
    /// The accounts of this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, passwords: Passwords::default() }
    }

    /// All accounts by their log-in names.
    pub async fn list(&self) -> Result<Vec<Account>, AccountFault> {
        self.store.accounts().await.map_err(AccountFault::Store)
    }

    /// Makes an account with a one-time password, which is told once.
    pub async fn add(&self, login: &str, name: &str, roles: Roles, now: SystemTime) -> Result<Secret, AccountFault> {
        let owner = Owner { name, unit: None };
        add(&self.store, &self.passwords, login, owner, (roles, None), now).await.map(|(_, secret)| secret)
    }

    /// Gives an account a new one-time password, lets it log in again, takes its second factor away, revokes its certificates and
    /// ends its log-ins; a running server notices within seconds.
    pub async fn reset(&self, login: &str, now: SystemTime) -> Result<Secret, AccountFault> {
        let login: Login = login.parse().map_err(AccountFault::Login)?;
        let found = self.store.account_named(&login).await.map_err(AccountFault::Store)?;
        let (mut account, _) = found.ok_or(AccountFault::Unknown)?;
        account.enabled = true;
        let units = self.store.org_units().await.map_err(AccountFault::Store)?;
        expect_one_approver(&self.store.accounts().await.map_err(AccountFault::Store)?, &account, &units)?;
        let secret = reset(&self.store, &self.passwords, &account, now).await?;
        self.store.remove_second_factor(&account.id).await.map_err(AccountFault::Store)?;
        self.store.revoke_certificates_of(&account.id, now).await.map_err(AccountFault::Store)?;
        self.store.forget_lost_factor(&account.id).await.map_err(AccountFault::Store)?;
        self.store.save_account(&account, &officer::Change::Stays, now).await.map_err(AccountFault::Store)?;
        self.store.end_sessions_of(&account.id, None, now).await.map_err(AccountFault::Store)?;
        Ok(secret)
    }
}
