//! The self-check: what runs and what is stored, held against what an assessment asks.

use super::{App, ExceptionView};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        officer::Exception,
        self_check::{self, Facts, Finding},
    },
    id::AccountId,
    store::StoreError,
};
use std::time::{Duration, SystemTime};

/// Why it is not checked.
#[derive(Debug, thiserror::Error)]
pub enum SelfCheckFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// The store failed.
    #[error("cannot read what is to be checked")]
    Store(#[source] StoreError),
}

impl App {
    /// How each control stands now, and who is two officers at once by leave.
    pub async fn self_check(
        &self,
        actor: &Actor,
        now: SystemTime,
    ) -> Result<(Vec<Finding>, Vec<ExceptionView>), SelfCheckFault> {
        access::allow(actor, Action::SeeAccess, &Resource::Server).map_err(SelfCheckFault::Access)?;
        let accounts = self.store.accounts().await.map_err(SelfCheckFault::Store)?;
        let units = self.store.org_units().await.map_err(SelfCheckFault::Store)?;
        let views = self.exceptions().await.map_err(SelfCheckFault::Store)?;
        let exceptions: Vec<Exception> = views.iter().map(|view| view.exception.clone()).collect();
        let factors = self.store.with_second_factor().await.map_err(SelfCheckFault::Store)?;
        let certificates = self.store.certificates().await.map_err(SelfCheckFault::Store)?;
        let certified = certificates.iter().filter(|one| one.is_asked_for()).map(|one| one.account.clone());
        let factors: Vec<AccountId> = factors.into_iter().chain(certified).collect();
        let loose = self.store.unguarded().await.map_err(SelfCheckFault::Store)?;
        let first = self.store.first_record().await.map_err(SelfCheckFault::Store)?;
        let door = self.settings.door;
        let facts = Facts {
            session: door.session,
            password: door.password,
            lockout: door.lockout,
            password_age: door.password_age,
            one_time: door.one_time,
            one_session: door.one_session,
            console: door.console,
            second_factor_for: door.second_factor,
            second_factors: &factors,
            asks_certificates: door.client_certificates,
            certificates: &certificates,
            accounts: &accounts,
            exceptions: &exceptions,
            units: &units,
            book_grows: loose.is_empty(),
            book_kept: self.settings.book_kept,
            book_since: first.map(|first| SystemTime::UNIX_EPOCH + Duration::from_millis(first.at_ms)),
            mirrored: self.settings.mirroring.trouble().is_none(),
            log_host: self.settings.log_host.as_ref().map(|log_host| log_host.is_reached()),
        };
        Ok((self_check::check(&facts, now), views))
    }
}
