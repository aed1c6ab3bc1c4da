//! The door: who asks, by a cookie; logging in and out; what ends when a log-in or a machine is revoked.
//!
//! A cookie is a random secret whose fingerprint is stored. What it stands for is read anew at each request, so a change
//! of roles or a revoked machine counts from the next request on. What lasts longer than a request (media, open channels)
//! is ended when its log-in or machine is revoked: by whoever revokes, and within [`LOOK_EVERY`] also if another program
//! did, such as `yunling user passwd`. A log-in that merely idled out or reached its end, or that a newer one ended, cuts no
//! media: a meeting that runs goes on.

use super::{
    App, Session,
    password::Busy,
    second_factor::{SecondStep, StepTaken},
    secret,
    secret::Secret,
};
use crate::{
    domain::{
        access::{Actor, DeviceKind, LoggedIn, PairedDevice},
        account::{Account, Duty, Login, PasswordRules, SessionLimits, session_is_over},
        client_certificate,
        console::{self, ConsoleSettings, Standing},
        device::{Device, Pairing},
        lockout::{Locked, LockoutRules},
        role::{Role, Roles},
        venue,
    },
    id::{CertificateId, DeviceId, LoginKey, ParticipantId},
    store::{LoginSession, StoreError},
};
use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// How often what lasts is held against what was revoked.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A log-in or machine is noted as seen at most so often: a write for each request would be a sync of the disk for each.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// How long the row of a log-in or a token stays after its end: it answers "when was the last time?".
const REMEMBERED_FOR: Duration = Duration::from_secs(90 * 86_400);

/// What a site decides about log-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoorSettings {
    /// How long a log-in lasts.
    pub session: SessionLimits,
    /// What a password must be.
    pub password: PasswordRules,
    /// What locks, and for how long.
    pub lockout: LockoutRules,
    /// How old a password may be; zero: any age.
    pub password_age: Duration,
    /// Within what time a one-time password has to be used; zero: no end.
    pub one_time: Duration,
    /// Whoever has one of these roles needs a second factor.
    pub second_factor: Roles,
    /// Whether a new log-in ends the account's older ones.
    pub one_session: bool,
    /// When consoles lock, and what unlocks them.
    pub console: ConsoleSettings,
    /// Whether browsers are asked for a certificate.
    pub client_certificates: bool,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Not at all.
    None,
    /// By a meeting token, which is this participant's.
    Token(ParticipantId),
    /// By a person's cookie.
    Login(Box<KnownLogin>),
    /// By a machine's cookie.
    Device(DeviceId),
}

/// A log-in, as far as its owner is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLogin {
    /// Which.
    pub key: LoginKey,
    /// What they typed.
    pub login: Login,
    /// Their unit; may be empty.
    pub unit: String,
    /// When the account logged in before this time.
    pub last_login: Option<SystemTime>,
    /// Whether its console is locked: it may look, and change nothing.
    pub locked: bool,
}

/// How something that lasts uses a log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InUse {
    /// It shows a meeting to whoever takes part: that counts as use, and neither time nor a newer log-in ends it.
    Attends,
    /// A console watches a meeting that is on air: that counts as use, so that nobody is logged out in a meeting.
    Watches,
    /// It only looks, which is no use of a log-in.
    Looks,
}

/// Somebody who asks, and how we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What they may be allowed to do.
    pub actor: Actor,
    /// Shown beside their picture; empty if nothing tells.
    pub name: String,
    /// How they proved it.
    pub credential: Credential,
}

/// A log-in that was just made.
pub struct NewLogin {
    /// Who it is.
    pub known: Known,
    /// The cookie's value.
    pub cookie: Secret,
    /// How many older log-ins it ended.
    pub ended: usize,
    /// How its second step was taken.
    pub step: StepTaken,
}

/// Why a cookie is no longer good: its account logged in again, where only one log-in may last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// When.
    pub at: SystemTime,
    /// From where.
    pub address: String,
}

/// One of the caller's own log-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLogin {
    /// The log-in.
    pub session: LoginSession,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl OwnLogin {
    /// What it is called where its owner sees it: a part of its fingerprint, which is no cookie.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.session.key.as_str()[..16]
    }
}

/// Why a log-in failed.
#[derive(Debug, thiserror::Error)]
pub enum LoginFault {
    /// There is no such account, it can't log in, or the password is another: nobody is told which.
    #[error("log-in name or password is wrong")]
    Wrong {
        /// The account that was tried, if there is one: for the book alone.
        tried: Option<Login>,
        /// What locks: the sentence says it.
        rules: LockoutRules,
    },
    /// It is right, and was to be used sooner.
    #[error("the one-time password is over")]
    OneTimeOver {
        /// The account.
        tried: Login,
    },
    /// The password is right, and the second step is still to come.
    #[error("a code of the second factor is needed")]
    CodeNeeded {
        /// The account.
        tried: Login,
    },
    /// The password is right; the code is not, or was used.
    #[error("the code is wrong or was used")]
    WrongCode {
        /// The account.
        tried: Login,
    },
    /// The password is right, and the account's certificate is to be shown.
    #[error("a certificate is needed")]
    CertificateNeeded {
        /// The account.
        tried: Login,
    },
    /// The password is right; the certificate that was shown doesn't do.
    #[error("the certificate does not let this account in")]
    Certificate {
        /// The account.
        tried: Login,
        /// Why.
        #[source]
        fault: client_certificate::Fault,
        /// Whether a code would do as well.
        or_code: bool,
    },
    /// The password is right; the account's second factor was a certificate, and none can be shown any more.
    #[error("the account has lost its second factor")]
    FactorLost {
        /// The account.
        tried: Login,
    },
    /// Too many failures; the password was not looked at.
    #[error("too many failed log-ins")]
    Locked {
        /// How long.
        lock: Locked,
        /// The account that was tried, if there is one: for the book alone.
        tried: Option<Login>,
    },
    /// Too many passwords wait to be checked.
    #[error("too many log-ins at once")]
    Busy(#[source] Busy),
    /// The store failed.
    #[error("cannot read or write the log-in")]
    Store(#[source] StoreError),
}

impl LoginFault {
    /// Whether it is a failure of somebody who may be guessing: a log-in that only waits for its second step is none.
    const fn counts(&self) -> bool {
        match self {
            Self::CodeNeeded { .. } | Self::CertificateNeeded { .. } | Self::FactorLost { .. } => false,
            Self::Certificate { fault, .. } => fault.counts(),
            _ => true,
        }
    }
}

/// Who asks can't be found out.
#[derive(Debug, thiserror::Error)]
#[error("cannot read or write a log-in or a machine")]
pub struct DoorFault(#[source] StoreError);

impl DoorFault {
    pub(super) const fn new(error: StoreError) -> Self {
        Self(error)
    }
}

/// A moment on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For people and files.
    pub wall: SystemTime,
    /// For durations.
    pub steady: Instant,
}

impl App {
    /// Logs somebody in from `address`: by a password, and a code or a certificate if the account has a second factor. A wrong one
    /// counts as a wrong password does.
    pub async fn log_in(
        &self,
        login: &str,
        password: Zeroizing<String>,
        step: impl Into<SecondStep>,
        address: IpAddr,
        now: Now,
    ) -> Result<NewLogin, LoginFault> {
        // Counted as it was typed, but for its case, which names don't tell apart.
        let typed = login.trim().to_ascii_lowercase();
        let found = match typed.parse::<Login>() {
            Ok(login) => self.store.account_named(&login).await.map_err(LoginFault::Store)?,
            Err(_) => None,
        };
        let tried = found.as_ref().map(|(account, _)| account.login.clone());
        let begun = self.lockout().begin(now.steady, &typed, address);
        begun.map_err(|lock| LoginFault::Locked { lock, tried: tried.clone() })?;
        let hash = found.as_ref().map(|(_, passwords)| passwords.present.clone());
        let right = self.passwords.check(password, hash).await.map_err(|busy| {
            self.lockout().take_back(&typed, address);
            LoginFault::Busy(busy)
        })?;
        match found {
            Some((account, _)) if right && account.enabled => {
                let step = self.take_step(&account, step.into(), now).await.inspect_err(|fault| {
                    if !fault.counts() {
                        self.lockout().take_back(&typed, address);
                    }
                })?;
                self.lockout().succeeded(&typed, address);
                if account.one_time_is_over(now.wall, self.settings.door.one_time) {
                    return Err(LoginFault::OneTimeOver { tried: account.login });
                }
                self.new_login(account, address, step, now.wall).await.map_err(LoginFault::Store)
            }
            _ => Err(LoginFault::Wrong { tried, rules: self.settings.door.lockout }),
        }
    }

    async fn new_login(
        &self,
        account: Account,
        address: IpAddr,
        step: StepTaken,
        now: SystemTime,
    ) -> Result<NewLogin, StoreError> {
        let certificate = match &step {
            StepTaken::Certificate(id) => Some(id.clone()),
            StepTaken::None | StepTaken::Code => None,
        };
        let cookie = Secret::cookie();
        let session = LoginSession {
            key: key_of(cookie.reveal()),
            account: account.id.clone(),
            made: now,
            seen: now,
            ends: now + self.settings.door.session.absolute,
            ended: None,
            address: address.to_canonical().to_string(),
            superseded: false,
            acted: now,
            locked: false,
            wrong_pins: 0,
            certificate,
        };
        let ended = self.add_login(&session, &account, now).await?;
        self.store.save_last_login(&account.id, now).await?;
        let last_login = account.last_login;
        let known = self.known(session, account, last_login, now).await?;
        Ok(NewLogin { known, cookie, ended, step })
    }

    /// Stores a log-in. Where only one may last, it ends the older ones: their windows close, what they show of a meeting goes on.
    async fn add_login(&self, session: &LoginSession, account: &Account, now: SystemTime) -> Result<usize, StoreError> {
        if !self.settings.door.one_session {
            self.store.add_session(session).await?;
            return Ok(0);
        }
        // In turn: two at once would end each other.
        let _turn = self.desk.lock().await;
        self.store.add_session(session).await?;
        let mut older = self.lasting_logins(account, now).await?;
        older.retain(|other| other.key != session.key);
        let older: Vec<LoginKey> = older.into_iter().map(|session| session.key).collect();
        self.store.supersede_sessions(&older, now).await?;
        self.revocations.send_modify(|count| *count += 1);
        Ok(older.len())
    }

    /// How many passwords were looked at since the start: as many for a name that is nobody's as for any other.
    #[must_use]
    pub fn passwords_looked_at(&self) -> u64 {
        self.passwords.done()
    }

    /// What a password must be here.
    #[must_use]
    pub const fn password_rules(&self) -> PasswordRules {
        self.settings.door.password
    }

    /// Whether this cookie is over because its account logged in again; for its owner alone, who has it.
    pub async fn logged_in_elsewhere(&self, cookie: &str) -> Result<Option<Elsewhere>, DoorFault> {
        let session = self.store.session(&key_of(cookie)).await.map_err(DoorFault)?;
        let Some(session) = session.filter(|session| session.superseded) else { return Ok(None) };
        let newer = self.store.login_after(&session).await.map_err(DoorFault)?;
        Ok(newer.map(|newer| Elsewhere { at: newer.made, address: newer.address }))
    }

    /// Who has this cookie of a person, if its log-in lasts. Noted as seen.
    pub async fn by_login(&self, cookie: &str, now: SystemTime) -> Result<Option<Known>, DoorFault> {
        self.by_login_showing(cookie, None, now).await
    }

    /// The same on a connection that has shown this certificate: a log-in that began with one is good on no other.
    pub async fn by_login_showing(
        &self,
        cookie: &str,
        shown: Option<&CertificateId>,
        now: SystemTime,
    ) -> Result<Option<Known>, DoorFault> {
        self.login_of_cookie(cookie, shown, now).await.map_err(DoorFault)
    }

    async fn login_of_cookie(
        &self,
        cookie: &str,
        shown: Option<&CertificateId>,
        now: SystemTime,
    ) -> Result<Option<Known>, StoreError> {
        let key = key_of(cookie);
        let Some(session) = self.store.session(&key).await? else { return Ok(None) };
        let Some(account) = self.store.account(&session.account).await?.filter(|account| account.enabled) else {
            return Ok(None);
        };
        let elsewhere = session.certificate.is_some() && session.certificate.as_ref() != shown;
        if session.ended.is_some() || elsewhere || self.is_over(&session, account.roles, now) {
            return Ok(None);
        }
        if is_due(session.seen, now) {
            self.store.touch_session(&key, now).await?;
        }
        let last_login = self.store.login_before(&session).await?;
        self.known(session, account, last_login, now).await.map(Some)
    }

    /// Which machine has this cookie, if it was not revoked. Noted as seen.
    pub async fn by_device(&self, cookie: &str, now: SystemTime) -> Result<Option<Known>, DoorFault> {
        self.device_of_cookie(cookie, now).await.map_err(DoorFault)
    }

    async fn device_of_cookie(&self, cookie: &str, now: SystemTime) -> Result<Option<Known>, StoreError> {
        let device = self.store.device_by_secret(&secret::fingerprint(cookie)).await?;
        let Some(device) = device.filter(|device| device.pairing == Pairing::Paired) else { return Ok(None) };
        if device.seen.is_none_or(|seen| is_due(seen, now)) {
            self.store.touch_device(&device.id, now).await?;
        }
        let sitter = self.sitter(&device).await?;
        Ok(known_device(device, sitter, now))
    }

    /// Ends the caller's own log-in, and what runs under it.
    pub async fn log_out(&self, login: &KnownLogin, now: SystemTime) -> Result<(), DoorFault> {
        self.store.end_session(&login.key, now).await.map_err(DoorFault)?;
        self.revoked(|credential| matches!(credential, Credential::Login(known) if known.key == login.key)).await;
        Ok(())
    }

    /// The caller's own log-ins that last, the latest first.
    pub async fn own_logins(&self, login: &KnownLogin, now: SystemTime) -> Result<Vec<OwnLogin>, DoorFault> {
        let Some(mine) = self.store.session(&login.key).await.map_err(DoorFault)? else { return Ok(Vec::new()) };
        let Some(account) = self.store.account(&mine.account).await.map_err(DoorFault)? else { return Ok(Vec::new()) };
        let alive = self.lasting_logins(&account, now).await.map_err(DoorFault)?;
        let own = |session: LoginSession| OwnLogin { current: session.key == login.key, session };
        Ok(alive.into_iter().map(own).collect())
    }

    /// The log-ins of an account that last, the latest first.
    async fn lasting_logins(&self, account: &Account, now: SystemTime) -> Result<Vec<LoginSession>, StoreError> {
        let mut open = self.store.open_sessions_of(&account.id, now - self.settings.door.session.idle).await?;
        open.retain(|session| !self.is_over(session, account.roles, now));
        Ok(open)
    }

    /// How many log-ins of this account last, of all that nobody ended.
    pub(super) fn count_lasting(&self, account: &Account, open: &[LoginSession], now: SystemTime) -> u32 {
        let lasts =
            |session: &&LoginSession| session.account == account.id && !self.is_over(session, account.roles, now);
        u32::try_from(open.iter().filter(lasts).count()).unwrap_or(u32::MAX)
    }

    /// Ends one of the caller's own log-ins, called by what [`OwnLogin::name`] says; `false` if there is none.
    pub async fn end_own_login(&self, login: &KnownLogin, name: &str, now: SystemTime) -> Result<bool, DoorFault> {
        let own = self.own_logins(login, now).await?;
        let Some(ended) = own.into_iter().find(|own| own.name() == name) else { return Ok(false) };
        let key = ended.session.key;
        self.store.end_session(&key, now).await.map_err(DoorFault)?;
        self.revoked(|credential| matches!(credential, Credential::Login(known) if known.key == key)).await;
        Ok(true)
    }

    /// Whether what was begun with this credential, and uses it so, may go on. An answer that can't be had is a yes: a database that
    /// falters ends no meeting.
    pub async fn may_go_on(&self, credential: &Credential, in_use: InUse, now: SystemTime) -> bool {
        if self.was_revoked(credential).await {
            return false;
        }
        let Credential::Login(login) = credential else { return true };
        let Ok(Some(session)) = self.store.session(&login.key).await else { return true };
        let Ok(Some(account)) = self.store.account(&session.account).await else { return true };
        let over = self.is_over(&session, account.roles, now);
        let lasts = match in_use {
            InUse::Attends => true,
            InUse::Watches | InUse::Looks => !(session.superseded || over),
        };
        let used = lasts && in_use != InUse::Looks && is_due(session.seen, now);
        if used && self.store.touch_session(&login.key, now).await.is_err() {
            tracing::warn!("a log-in could not be noted as used");
        }
        lasts
    }

    /// Whether a log-in's time is over. An operator's is not while a meeting is on air and their console is used: it is locked instead.
    fn is_over(&self, session: &LoginSession, roles: Roles, now: SystemTime) -> bool {
        let duty = if roles.has(Role::Operator) && self.is_on_air() { Duty::OnAir } else { Duty::Free };
        session_is_over(self.settings.door.session, session.seen, session.ends, now, duty)
    }

    /// Tells when something was revoked: look with [`may_go_on`](Self::may_go_on) whether it concerns you.
    #[must_use]
    pub fn revocations(&self) -> watch::Receiver<u64> {
        self.revocations.subscribe()
    }

    /// Ends media of what another program revoked, and forgets old log-ins, until `stop` says so.
    pub async fn keep_door(self: Arc<Self>, wall: impl Fn() -> SystemTime, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut forgotten = SystemTime::UNIX_EPOCH;
        loop {
            tokio::select! {
                () = &mut stop => return,
                _ = tick.tick() => self.end_revoked().await,
            }
            let now = wall();
            if now.duration_since(forgotten).is_ok_and(|since| since > REMEMBERED_FOR / 90) {
                forgotten = now;
                if let Err(error) = self.store.forget_sessions(now - REMEMBERED_FOR).await {
                    tracing::warn!(%error, "old log-ins were not forgotten");
                }
                if let Err(error) = self.store.forget_tokens(now - REMEMBERED_FOR).await {
                    tracing::warn!(%error, "old meeting tokens were not forgotten");
                }
            }
        }
    }

    async fn end_revoked(&self) {
        let sessions: Vec<Arc<Session>> = self.state().sessions.values().cloned().collect();
        for session in sessions {
            if self.was_revoked(&session.credential).await {
                self.end_media(&session).await;
            }
        }
    }

    async fn was_revoked(&self, credential: &Credential) -> bool {
        match credential {
            Credential::None => false,
            Credential::Token(participant) => self.was_token_revoked(participant).await,
            Credential::Login(login) => match self.store.session(&login.key).await {
                Ok(Some(session)) if session.ended.is_none() || session.superseded => {
                    let account = self.store.account(&session.account).await;
                    account.is_ok_and(|account| account.is_none_or(|account| !account.enabled))
                }
                Ok(_) => true,
                Err(_) => false,
            },
            Credential::Device(id) => match self.store.device(id).await {
                Ok(Some(device)) if device.pairing == Pairing::Revoked => true,
                // A seat is as good as its person's account.
                Ok(Some(device)) if device.kind == DeviceKind::Seat => {
                    self.sitter(&device).await.is_ok_and(|sitter| sitter.is_none())
                }
                Ok(device) => device.is_none(),
                Err(_) => false,
            },
        }
    }

    /// Ends all media under these credentials at once, and lets open channels look whether they may go on.
    pub(super) async fn revoked(&self, which: impl Fn(&Credential) -> bool) {
        let sessions: Vec<Arc<Session>> = {
            let state = self.state();
            state.sessions.values().filter(|session| which(&session.credential)).cloned().collect()
        };
        for session in sessions {
            self.end_media(&session).await;
        }
        self.revocations.send_modify(|count| *count += 1);
    }

    async fn end_media(&self, session: &Session) {
        if let Err(error) = self.leave(session).await {
            // A room that is busy now is told again at the next look.
            tracing::warn!(%error, "media under a revoked credential did not end at once");
        }
    }

    async fn known(
        &self,
        session: LoginSession,
        account: Account,
        last_login: Option<SystemTime>,
        now: SystemTime,
    ) -> Result<Known, StoreError> {
        let pen = self.pen_of(&account, now).await?;
        let must_enrol = self.must_enrol(&account).await?;
        let user = LoggedIn {
            account: account.id.clone(),
            participant: account.participant(),
            roles: account.roles,
            must_change_password: account.must_change_password(now, self.settings.door.password_age),
            must_enrol,
            pen,
        };
        let LoginSession { key, locked, acted, ends, .. } = session;
        let standing = Standing { locked, acted, ends };
        let locked = console::is_locked(self.settings.door.console, account.roles, standing, now);
        let login = KnownLogin { key, login: account.login, unit: account.unit, last_login, locked };
        let credential = Credential::Login(Box::new(login));
        Ok(Known { actor: Actor::User(user), name: account.name, credential })
    }
}

fn key_of(cookie: &str) -> LoginKey {
    secret::fingerprint(cookie).parse().expect("64 hexadecimal digits are an id")
}

fn is_due(seen: SystemTime, now: SystemTime) -> bool {
    now.duration_since(seen).is_ok_and(|since| since >= SEEN_EVERY)
}

fn known_device(device: Device, sitter: Option<Account>, now: SystemTime) -> Option<Known> {
    let Device { id, name, kind, venue, attends, .. } = device;
    let (participant, name) = match (kind, sitter) {
        (DeviceKind::Seat, person) => person.map(|person| (person.participant(), person.name))?,
        (DeviceKind::Screen | DeviceKind::Room, _) => (venue::participant(&venue)?, name),
    };
    let attends = attends.filter(|attends| now < attends.until).map(|attends| attends.meeting);
    let paired = PairedDevice { device: id.clone(), kind, venue, participant, attends };
    Some(Known { actor: Actor::Device(paired), name, credential: Credential::Device(id) })
}
