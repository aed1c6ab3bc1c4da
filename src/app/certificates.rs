//! Certificates of people: registered on the server, listed for their owner, revoked by the security administrator.
//!
//! A certificate is made where the CA's key is, on the command line; here it becomes somebody's. What judges it at the log-in is
//! [`domain::client_certificate`](crate::domain::client_certificate).

use super::{AccountFault, AccountView, App, Now, OfflineAccounts};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        account::{Account, Login},
        client_certificate::ClientCertificate,
    },
    id::{AccountId, CertificateId},
    store::StoreError,
};
use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

/// A certificate that was made for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCertificate {
    /// Its SHA-256 fingerprint.
    pub id: CertificateId,
    /// Its serial number.
    pub serial: String,
    /// What a browser calls it.
    pub subject: String,
    /// Last moment it is good.
    pub not_after: SystemTime,
    /// Who made it, as the book has it.
    pub made_by: String,
}

impl App {
    /// The caller's own certificates, the latest first.
    pub async fn own_certificates(&self, actor: &Actor) -> Result<Vec<ClientCertificate>, AccountFault> {
        access::allow(actor, Action::OwnAccount, &Resource::Server).map_err(AccountFault::Access)?;
        let Actor::User(user) = actor else { return Err(AccountFault::Access(Refusal::TokenNeeded)) };
        self.store.certificates_of(&user.account).await.map_err(AccountFault::Store)
    }

    /// Revokes a certificate for good, and ends its account's log-ins. Was it the only second factor, nobody logs in there before the
    /// account has another, or the security administrator said that it needs none. Nobody does so for themselves: a browser left open would be
    /// enough to be rid of the second factor.
    pub async fn revoke_certificate(
        &self,
        actor: &Actor,
        account: &AccountId,
        certificate: &CertificateId,
        now: Now,
    ) -> Result<AccountView, AccountFault> {
        self.may_manage_accounts(actor)?;
        if matches!(actor, Actor::User(user) if user.account == *account) {
            return Err(AccountFault::OwnCertificate);
        }
        let account = self.store.account(account).await.map_err(AccountFault::Store)?.ok_or(AccountFault::Unknown)?;
        let known = self.store.certificate(certificate).await.map_err(AccountFault::Store)?;
        if known.is_none_or(|known| known.account != account.id) {
            return Err(AccountFault::NoCertificate);
        }
        self.store.revoke_certificate(certificate, now.wall).await.map_err(AccountFault::Store)?;
        self.end_logins(&account, now.wall).await?;
        self.view_of(account, now).await
    }

    /// Whether browsers are asked for a certificate.
    #[must_use]
    pub const fn asks_certificates(&self) -> bool {
        self.settings.door.client_certificates
    }

    /// Whether the second factor of this account was a certificate that can be shown no more, and it has no other since: a password
    /// alone never becomes enough by itself.
    pub(super) async fn lost_factor(&self, account: &AccountId) -> Result<bool, StoreError> {
        let certificates = self.store.certificates_of(account).await?;
        Ok(self.has_lost_factor(account, &certificates, &self.store.lost_factors().await?))
    }

    /// How many enabled accounts can't log in for that. Nobody finds out before they are needed.
    pub async fn count_lost_factors(&self) -> Result<usize, StoreError> {
        let (certificates, lost) = (by_account(self.store.certificates().await?), self.store.lost_factors().await?);
        let factors = self.store.with_second_factor().await?;
        let is_shut_out = |account: &Account| {
            let own = certificates.get(&account.id).map_or(&[][..], Vec::as_slice);
            account.enabled && !factors.contains(&account.id) && self.has_lost_factor(&account.id, own, &lost)
        };
        Ok(self.store.accounts().await?.iter().filter(|account| is_shut_out(account)).count())
    }

    /// The same of what was read already.
    pub(super) fn has_lost_factor(
        &self,
        account: &AccountId,
        certificates: &[ClientCertificate],
        lost: &HashSet<AccountId>,
    ) -> bool {
        let is_asked_for = certificates.iter().any(ClientCertificate::is_asked_for);
        if is_asked_for { !self.settings.door.client_certificates } else { lost.contains(account) }
    }

    /// Whether this account's log-in asks for a certificate. Where no browser is asked, none can show one.
    pub(super) async fn asks_certificate(&self, account: &AccountId) -> Result<bool, StoreError> {
        if !self.settings.door.client_certificates {
            return Ok(false);
        }
        Ok(self.store.certificates_of(account).await?.iter().any(ClientCertificate::is_asked_for))
    }
}

impl OfflineAccounts {
    /// The account a certificate is to be made for: one that can log in.
    pub async fn for_certificate(&self, login: &str) -> Result<Account, AccountFault> {
        let login: Login = login.parse().map_err(AccountFault::Login)?;
        let found = self.store.account_named(&login).await.map_err(AccountFault::Store)?;
        found.map(|(account, _)| account).filter(|account| account.enabled).ok_or(AccountFault::Unknown)
    }

    /// Registers a certificate to an account: from now on its log-in has a second step.
    pub async fn register(&self, account: &Account, new: NewCertificate, now: SystemTime) -> Result<(), AccountFault> {
        let NewCertificate { id, serial, subject, not_after, made_by } = new;
        let account = account.id.clone();
        let certificate =
            ClientCertificate { id, account, serial, subject, not_after, made: now, made_by, revoked: None };
        self.store.add_certificate(&certificate).await.map_err(AccountFault::Store)
    }
}

/// Certificates by whose they are; each account's in the order they came in.
pub(super) fn by_account(certificates: Vec<ClientCertificate>) -> HashMap<AccountId, Vec<ClientCertificate>> {
    let mut by_account: HashMap<AccountId, Vec<ClientCertificate>> = HashMap::new();
    for certificate in certificates {
        by_account.entry(certificate.account.clone()).or_default().push(certificate);
    }
    by_account
}
