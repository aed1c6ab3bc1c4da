//! The lock of a console: locking it, unlocking it by a PIN or the password, and the PIN itself.
//!
//! While a log-in is locked [`http`](crate::http) refuses whatever it would change, but for what keeps its pictures and sound in a
//! meeting. It reads on, and nothing that runs ends.

use super::{
    App, PasswordFault,
    door::{Credential, DoorFault, KnownLogin, Now},
};
use crate::{
    domain::{
        access::{self, Action, Actor, LoggedIn, Refusal, Resource},
        console::{self, Standing, WRONG_PINS_MAX, WeakPin},
        lockout::Locked,
    },
    id::AccountId,
    store::StoreError,
};
use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};
use zeroize::Zeroizing;

/// An act is noted at most so often: a write for each would be a sync of the disk for each.
const ACTED_EVERY: Duration = Duration::from_secs(10);

/// How one's own console stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnConsole {
    /// Whether its controls are locked.
    pub locked: bool,
    /// Whether a PIN opens them: there is one, and it was not wrong too often.
    pub pin_opens: bool,
    /// Whether there is a PIN.
    pub has_pin: bool,
    /// Fewest digits of a PIN.
    pub pin_digits: usize,
    /// When it locks by itself; `None` if it doesn't.
    pub locks_after: Option<Duration>,
}

/// What unlocks a console.
pub enum Key {
    /// The account's PIN.
    Pin(Zeroizing<String>),
    /// The account's password.
    Password(Zeroizing<String>),
}

/// Why a console stays locked.
#[derive(Debug, thiserror::Error)]
pub enum UnlockFault {
    /// The PIN or the password is another.
    #[error("the PIN or the password is wrong")]
    Wrong,
    /// The account has no PIN.
    #[error("the account has no PIN")]
    NoPin,
    /// The PIN was wrong too often; only the password counts now.
    #[error("the PIN was wrong {WRONG_PINS_MAX} times")]
    PinOver,
    /// The password was wrong too often at this address.
    #[error("too many wrong passwords")]
    Locked(#[source] Locked),
    /// Too many wait to be checked.
    #[error("too many passwords wait")]
    Busy(#[source] super::password::Busy),
    /// The store failed.
    #[error("cannot read or write the lock of a console")]
    Store(#[source] StoreError),
}

/// Why a PIN is not set or taken away.
#[derive(Debug, thiserror::Error)]
pub enum PinFault {
    /// The actor may not, or the password is wrong.
    #[error("not allowed")]
    Password(#[source] PasswordFault),
    /// It can't be a PIN.
    #[error("it can't be a PIN")]
    Weak(#[source] WeakPin),
    /// The store failed.
    #[error("cannot write the PIN")]
    Store(#[source] StoreError),
}

impl App {
    /// How the caller's own console stands.
    pub async fn own_console(&self, user: &LoggedIn, login: &KnownLogin) -> Result<OwnConsole, DoorFault> {
        let LoggedIn { account, roles, .. } = user;
        let has_pin = self.store.pin(account).await.map_err(DoorFault::new)?.is_some();
        let session = self.store.session(&login.key).await.map_err(DoorFault::new)?;
        let wrong = session.map_or(0, |session| session.wrong_pins);
        let settings = self.settings.door.console;
        let by_itself = console::has_console(*roles) && !settings.locks_after.is_zero();
        Ok(OwnConsole {
            locked: login.locked,
            pin_opens: has_pin && wrong < WRONG_PINS_MAX,
            has_pin,
            pin_digits: settings.pin_digits,
            locks_after: by_itself.then_some(settings.locks_after),
        })
    }

    /// Locks the caller's own console.
    pub async fn lock_console(&self, login: &KnownLogin) -> Result<(), DoorFault> {
        self.store.lock_session(&login.key).await.map_err(DoorFault::new)
    }

    /// Opens the caller's own console. A wrong PIN counts for this log-in, a wrong password as at the log-in.
    pub async fn unlock_console(
        &self,
        account: &AccountId,
        login: &KnownLogin,
        key: Key,
        address: IpAddr,
        now: Now,
    ) -> Result<(), UnlockFault> {
        match key {
            Key::Pin(pin) => self.check_console_pin(account, login, pin).await?,
            Key::Password(password) => match self.check_own_password(login, password, address, now).await {
                Ok(_) => {}
                Err(PasswordFault::Locked(locked)) => return Err(UnlockFault::Locked(locked)),
                Err(PasswordFault::Busy(busy)) => return Err(UnlockFault::Busy(busy)),
                Err(PasswordFault::Store(error)) => return Err(UnlockFault::Store(error)),
                Err(_) => return Err(UnlockFault::Wrong),
            },
        }
        self.store.unlock_session(&login.key, now.wall).await.map_err(UnlockFault::Store)
    }

    async fn check_console_pin(
        &self,
        account: &AccountId,
        login: &KnownLogin,
        pin: Zeroizing<String>,
    ) -> Result<(), UnlockFault> {
        let hash = self.store.pin(account).await.map_err(UnlockFault::Store)?.ok_or(UnlockFault::NoPin)?;
        // Counted before it is looked at, so that many at once are no way around the count.
        let counted = self.store.count_pin(&login.key, WRONG_PINS_MAX).await.map_err(UnlockFault::Store)?;
        if !counted {
            return Err(UnlockFault::PinOver);
        }
        match self.passwords.check(pin, Some(hash)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(UnlockFault::Wrong),
            Err(busy) => {
                self.store.take_pin_back(&login.key).await.map_err(UnlockFault::Store)?;
                Err(UnlockFault::Busy(busy))
            }
        }
    }

    /// Sets the caller's own PIN. The password is asked for, so that a browser left open is not enough.
    pub async fn set_own_pin(
        &self,
        actor: &Actor,
        login: &KnownLogin,
        password: Zeroizing<String>,
        pin: Zeroizing<String>,
        address: IpAddr,
        now: Now,
    ) -> Result<(), PinFault> {
        let account = own(actor)?;
        self.check_own_password(login, password, address, now).await.map_err(PinFault::Password)?;
        console::check_pin(&pin, self.settings.door.console.pin_digits).map_err(PinFault::Weak)?;
        let hash = self.passwords.hash(pin).await.map_err(|busy| PinFault::Password(PasswordFault::Busy(busy)))?;
        self.store.set_pin(account, hash, now.wall).await.map_err(PinFault::Store)
    }

    /// Takes the caller's own PIN away.
    pub async fn remove_own_pin(&self, actor: &Actor) -> Result<(), PinFault> {
        self.store.remove_pin(own(actor)?).await.map_err(PinFault::Store)
    }

    /// Notes that somebody did something under this credential; a console that is locked stays so.
    pub async fn note_act(&self, credential: &Credential, now: SystemTime) {
        let Credential::Login(login) = credential else { return };
        let noted = async {
            let Some(session) = self.store.session(&login.key).await? else { return Ok(()) };
            let Some(account) = self.store.account(&session.account).await? else { return Ok(()) };
            let settings = self.settings.door.console;
            let standing = Standing { locked: session.locked, acted: session.acted, ends: session.ends };
            let locked = console::is_locked(settings, account.roles, standing, now);
            if !locked && now.duration_since(session.acted).is_ok_and(|since| since >= ACTED_EVERY) {
                self.store.note_act(&login.key, now).await?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "that a console is in use could not be noted: it may lock");
        }
    }
}

fn own(actor: &Actor) -> Result<&AccountId, PinFault> {
    let refused = |refusal| PinFault::Password(PasswordFault::Access(refusal));
    access::allow(actor, Action::OwnAccount, &Resource::Server).map_err(refused)?;
    match actor {
        Actor::User(user) => Ok(&user.account),
        _ => Err(refused(Refusal::TokenNeeded)),
    }
}
