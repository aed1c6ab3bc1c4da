//! Second factors: begun and confirmed by their owner, asked for at the log-in, taken away by the security administrator. A
//! [certificate](super::certificates) stands in a code's place.

use super::{
    AccountFault, AccountView, App, LoginFault,
    door::{Credential, KnownLogin, Now},
    secret::{self, Secret},
};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        account::Account,
        client_certificate::{self, Presented},
        lockout::Locked,
        second_factor::{self, RECOVERY_CODES, SECRET_BYTES},
    },
    id::{AccountId, CertificateId},
    store::{SecondFactor, StoreError},
};
use qrcodegen::{QrCode, QrCodeEcc};
use std::net::IpAddr;
use zeroize::Zeroizing;

/// How one's own second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnSecondFactor {
    /// Whether the log-in has a second step.
    pub on: bool,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
}

/// What stands beside the password at a log-in.
#[derive(Default)]
pub struct SecondStep {
    /// A code, as it was typed.
    pub code: Option<Zeroizing<String>>,
    /// The certificate that the browser has shown.
    pub certificate: Option<Presented>,
}

impl From<Option<Zeroizing<String>>> for SecondStep {
    fn from(code: Option<Zeroizing<String>>) -> Self {
        Self { code, certificate: None }
    }
}

/// How a log-in's second step was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepTaken {
    /// The account has none.
    None,
    /// By a code.
    Code,
    /// By this certificate.
    Certificate(CertificateId),
}

/// What an authenticator has to be told, once.
pub struct Enrolment {
    /// The secret, to be typed.
    pub secret: Zeroizing<String>,
    /// The same as a picture.
    pub picture: Picture,
}

/// A QR code (ISO/IEC 18004) as an outline.
pub struct Picture {
    /// Modules of a side, without the white around it.
    pub side: u32,
    /// The dark ones, as the path of an SVG.
    pub path: Zeroizing<String>,
}

/// Why a second factor is not begun or confirmed.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is one; only the security administrator takes it away.
    #[error("there is a second factor already")]
    AlreadyOn,
    /// Nothing was begun.
    #[error("no second factor was begun")]
    NotBegun,
    /// The code is not what the authenticator shows now.
    #[error("the code is wrong")]
    WrongCode,
    /// Too many wrong ones.
    #[error("too many wrong codes")]
    Locked(#[source] Locked),
    /// The store failed.
    #[error("cannot read or write the second factor")]
    Store(#[source] StoreError),
}

impl App {
    /// How the caller's own second factor stands.
    pub async fn own_second_factor(&self, actor: &Actor) -> Result<OwnSecondFactor, SecondFactorFault> {
        let account = own(actor)?;
        let on = self.store.second_factor(account).await.map_err(SecondFactorFault::Store)?;
        let recovery_codes = self.store.recovery_codes_left(account).await.map_err(SecondFactorFault::Store)?;
        Ok(OwnSecondFactor { on: on.is_some_and(|factor| factor.confirmed), recovery_codes })
    }

    /// Begins with a new secret. Nothing changes at the log-in before it is confirmed.
    pub async fn begin_second_factor(&self, actor: &Actor, login: &KnownLogin) -> Result<Enrolment, SecondFactorFault> {
        let account = own(actor)?;
        let secret = Zeroizing::new(secret::random::<SECRET_BYTES>());
        let begun = self.store.begin_second_factor(account, secret.as_slice()).await;
        if !begun.map_err(SecondFactorFault::Store)? {
            return Err(SecondFactorFault::AlreadyOn);
        }
        let address = Zeroizing::new(second_factor::address(secret.as_slice(), login.login.as_str()));
        let secret = Zeroizing::new(second_factor::base32(secret.as_slice()));
        Ok(Enrolment { secret, picture: picture_of(&address) })
    }

    /// Confirms it with a code: from now on the log-in has a second step, and the caller's other log-ins end. The recovery codes are
    /// told once.
    pub async fn confirm_second_factor(
        &self,
        actor: &Actor,
        login: &KnownLogin,
        typed: &str,
        address: IpAddr,
        now: Now,
    ) -> Result<Vec<Secret>, SecondFactorFault> {
        let account = own(actor)?;
        let _turn = self.desk.lock().await;
        let known = self.store.second_factor(account).await.map_err(SecondFactorFault::Store)?;
        let factor = known.ok_or(SecondFactorFault::NotBegun)?;
        if factor.confirmed {
            return Err(SecondFactorFault::AlreadyOn);
        }
        let name = login.login.as_str();
        self.lockout().begin(now.steady, name, address).map_err(SecondFactorFault::Locked)?;
        let step = second_factor::step_of(&factor.secret, typed.trim(), factor.last_step, now.wall);
        let step = step.ok_or(SecondFactorFault::WrongCode)?;
        self.lockout().succeeded(name, address);
        self.store.use_step(account, step).await.map_err(SecondFactorFault::Store)?;
        let codes: Vec<Secret> = (0..RECOVERY_CODES).map(|_| Secret::recovery_code()).collect();
        let prints = codes.iter().map(|code| secret::fingerprint(code.reveal()));
        self.store.confirm_second_factor(account, prints, now.wall).await.map_err(SecondFactorFault::Store)?;
        let ended = self.store.end_sessions_of(account, Some(&login.key), now.wall).await;
        ended.map_err(SecondFactorFault::Store)?;
        self.revoked(|credential| {
            matches!(credential, Credential::Login(other) if other.login == login.login && other.key != login.key)
        })
        .await;
        Ok(codes)
    }

    /// Takes an account's second factor away, because its owner has lost it, and ends its log-ins: also one that was a certificate,
    /// where none is left or no browser is asked for one. Nobody does so for themselves: a browser left open would be enough.
    pub async fn reset_second_factor(
        &self,
        actor: &Actor,
        id: &AccountId,
        now: Now,
    ) -> Result<AccountView, AccountFault> {
        self.may_manage_accounts(actor)?;
        if matches!(actor, Actor::User(user) if user.account == *id) {
            return Err(AccountFault::OwnSecondFactor);
        }
        let account = self.store.account(id).await.map_err(AccountFault::Store)?.ok_or(AccountFault::Unknown)?;
        self.store.remove_second_factor(id).await.map_err(AccountFault::Store)?;
        if self.lost_factor(id).await.map_err(AccountFault::Store)? {
            self.store.revoke_certificates_of(id, now.wall).await.map_err(AccountFault::Store)?;
            self.store.forget_lost_factor(id).await.map_err(AccountFault::Store)?;
        }
        self.end_logins(&account, now.wall).await?;
        self.view_of(account, now).await
    }

    /// The second factor that this account's log-in asks for.
    pub(super) async fn asked_factor(&self, account: &AccountId) -> Result<Option<SecondFactor>, StoreError> {
        Ok(self.store.second_factor(account).await?.filter(|factor| factor.confirmed))
    }

    /// Whether this account has to begin with a second factor before anything else. A certificate is one.
    pub(super) async fn must_enrol(&self, account: &Account) -> Result<bool, StoreError> {
        let asked = account.roles.iter().any(|role| self.settings.door.second_factor.has(role));
        Ok(asked && self.asked_factor(&account.id).await?.is_none() && !self.asks_certificate(&account.id).await?)
    }

    /// Takes the second step of a log-in whose password was right: by a certificate or a code, whichever the account has.
    pub(super) async fn take_step(
        &self,
        account: &Account,
        step: SecondStep,
        now: Now,
    ) -> Result<StepTaken, LoginFault> {
        let factor = self.asked_factor(&account.id).await.map_err(LoginFault::Store)?;
        let certified = self.asks_certificate(&account.id).await.map_err(LoginFault::Store)?;
        let tried = || account.login.clone();
        let mut refused = None;
        if certified && let Some(presented) = step.certificate {
            let known = self.store.certificate(&presented.id).await.map_err(LoginFault::Store)?;
            match client_certificate::decide(&presented, known.as_ref(), &account.id) {
                Ok(()) => return Ok(StepTaken::Certificate(presented.id)),
                Err(fault) => refused = Some(fault),
            }
        }
        match (factor, step.code, refused) {
            (None, ..) if !certified => {
                let lost = self.lost_factor(&account.id).await.map_err(LoginFault::Store)?;
                if lost { Err(LoginFault::FactorLost { tried: tried() }) } else { Ok(StepTaken::None) }
            }
            (Some(factor), Some(code), _) => {
                let good = self.second_step(&account.id, &factor, &code, now).await.map_err(LoginFault::Store)?;
                if good { Ok(StepTaken::Code) } else { Err(LoginFault::WrongCode { tried: tried() }) }
            }
            (factor, _, Some(fault)) => {
                Err(LoginFault::Certificate { tried: tried(), fault, or_code: factor.is_some() })
            }
            (Some(_), None, None) => Err(LoginFault::CodeNeeded { tried: tried() }),
            (None, _, None) => Err(LoginFault::CertificateNeeded { tried: tried() }),
        }
    }

    /// Whether this is a code that is good now, or a recovery code. It is used up.
    pub(super) async fn second_step(
        &self,
        account: &AccountId,
        factor: &SecondFactor,
        typed: &str,
        now: Now,
    ) -> Result<bool, StoreError> {
        let typed = typed.trim();
        if second_factor::is_code(typed) {
            return match second_factor::step_of(&factor.secret, typed, factor.last_step, now.wall) {
                Some(step) => self.store.use_step(account, step).await,
                None => Ok(false),
            };
        }
        self.store.use_recovery_code(account, &secret::fingerprint(&typed.to_ascii_lowercase())).await
    }
}

/// A text as a picture. Each dark module is a square of its own.
fn picture_of(text: &str) -> Picture {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).expect("an address of an authenticator is short");
    let side = code.size();
    let mut path = Zeroizing::new(String::new());
    for y in 0..side {
        for x in (0..side).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    Picture { side: u32::try_from(side).unwrap_or_default(), path }
}

fn own(actor: &Actor) -> Result<&AccountId, SecondFactorFault> {
    access::allow(actor, Action::OwnAccount, &Resource::Server).map_err(SecondFactorFault::Access)?;
    match actor {
        Actor::User(user) => Ok(&user.account),
        _ => Err(SecondFactorFault::Access(Refusal::TokenNeeded)),
    }
}
