//! Certificates of people (客户端证书) as a second factor: a key on a desk that stands beside the password in a code's place.
//!
//! A certificate is known by its fingerprint and registered to one account. Whether our authority signed it, whether it is good now
//! and for logging in, is found out before; here is decided whether it lets this account in.

use crate::id::{AccountId, CertificateId};
use std::time::{Duration, SystemTime};

/// A certificate with less than this left should be made anew.
pub const ENDS_SOON: Duration = Duration::from_secs(30 * 86_400);

/// A certificate that is registered to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Its SHA-256 fingerprint.
    pub id: CertificateId,
    /// Whose it is.
    pub account: AccountId,
    /// Its serial number, as certificates are told apart where they are shown.
    pub serial: String,
    /// What a browser calls it.
    pub subject: String,
    /// Last moment it is good.
    pub not_after: SystemTime,
    /// When it was made.
    pub made: SystemTime,
    /// Who made it, as the book has it.
    pub made_by: String,
    /// When it was revoked, if it was; it never comes back.
    pub revoked: Option<SystemTime>,
}

impl ClientCertificate {
    /// Whether its account's log-in asks for it: also after its time, so that a password alone never becomes enough by itself.
    #[must_use]
    pub const fn is_asked_for(&self) -> bool {
        self.revoked.is_none()
    }

    /// Whether it lets somebody in at `now`.
    #[must_use]
    pub fn is_good(&self, now: SystemTime) -> bool {
        self.is_asked_for() && now <= self.not_after
    }
}

/// Why a certificate that was shown doesn't let an account in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Our authority did not sign it.
    #[error("the certificate is foreign")]
    Foreign,
    /// Its time is over.
    #[error("the certificate has expired")]
    Expired,
    /// Its time has not come.
    #[error("the certificate is not valid yet")]
    NotYet,
    /// It is for something else, such as a server.
    #[error("the certificate is for something else")]
    OtherUse,
    /// It is ours, and nobody's: it was made before the accounts were, or its registering failed.
    #[error("the certificate is not registered")]
    Unregistered,
    /// It is another account's.
    #[error("the certificate is somebody else's")]
    Others,
    /// It was revoked.
    #[error("the certificate was revoked")]
    Revoked,
}

impl Fault {
    /// Whether it counts as a wrong code does. What is one's own, and merely too old or too new, is no attempt on an account.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Expired | Self::NotYet)
    }
}

/// A certificate that a client has shown, and has the key of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Which.
    pub id: CertificateId,
    /// What is to be said of it by itself.
    pub itself: Result<(), Fault>,
}

/// Whether what was presented, and is `known` so, lets `account` in.
pub fn decide(presented: &Presented, known: Option<&ClientCertificate>, account: &AccountId) -> Result<(), Fault> {
    if presented.itself == Err(Fault::Foreign) {
        return Err(Fault::Foreign);
    }
    match known {
        None => Err(presented.itself.err().unwrap_or(Fault::Unregistered)),
        Some(known) if known.account != *account => Err(Fault::Others),
        Some(known) if known.revoked.is_some() => Err(Fault::Revoked),
        Some(_) => presented.itself,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    /// A certificate of an account, called by a digit.
    pub(crate) fn certificate(digit: char, account: &AccountId) -> ClientCertificate {
        ClientCertificate {
            id: id(digit),
            account: account.clone(),
            serial: "0A:1B".to_owned(),
            subject: "wang 王秀兰".to_owned(),
            not_after: UNIX_EPOCH + Duration::from_secs(1000),
            made: UNIX_EPOCH,
            made_by: "command line uid 0".to_owned(),
            revoked: None,
        }
    }

    fn id(digit: char) -> CertificateId {
        digit.to_string().repeat(64).parse().expect("an id")
    }

    #[test]
    fn a_certificate_lets_in_its_own_account_alone_and_each_fault_has_its_name() {
        let [wang, li]: [AccountId; 2] = ["wang", "li"].map(|name| name.parse().expect("an id"));
        let good = certificate('1', &wang);
        let revoked = ClientCertificate { revoked: Some(UNIX_EPOCH), ..good.clone() };
        for (itself, known, expect) in [
            (Ok(()), Some(&good), Ok(())),
            (Ok(()), None, Err(Fault::Unregistered)),
            (Ok(()), Some(&revoked), Err(Fault::Revoked)),
            (Err(Fault::Expired), Some(&good), Err(Fault::Expired)),
            (Err(Fault::Expired), Some(&revoked), Err(Fault::Revoked)),
            (Err(Fault::NotYet), Some(&good), Err(Fault::NotYet)),
            (Err(Fault::OtherUse), None, Err(Fault::OtherUse)),
            // A fingerprint that is known and yet foreign cannot be; if it were, it would not do.
            (Err(Fault::Foreign), Some(&good), Err(Fault::Foreign)),
            (Err(Fault::Foreign), None, Err(Fault::Foreign)),
        ] {
            let presented = Presented { id: id('1'), itself };
            assert_eq!(decide(&presented, known, &wang), expect, "{itself:?} {known:?}");
        }
        let presented = Presented { id: id('1'), itself: Ok(()) };
        assert_eq!(decide(&presented, Some(&good), &li), Err(Fault::Others));
    }

    #[test]
    fn what_is_merely_too_old_is_no_attempt_and_is_asked_for_until_it_is_revoked() {
        let wang: AccountId = "wang".parse().expect("an id");
        let good = certificate('1', &wang);
        let late = good.not_after + Duration::from_secs(1);
        assert!(good.is_good(good.not_after) && !good.is_good(late) && good.is_asked_for());
        let revoked = ClientCertificate { revoked: Some(UNIX_EPOCH), ..good };
        assert!(!revoked.is_asked_for() && !revoked.is_good(UNIX_EPOCH));
        assert!(!Fault::Expired.counts() && !Fault::NotYet.counts());
        for counted in [Fault::Foreign, Fault::OtherUse, Fault::Unregistered, Fault::Others, Fault::Revoked] {
            assert!(counted.counts(), "{counted}");
        }
    }
}
