//! Certificates of people: one's own, and revoking somebody's.

use super::{accounts, ms};
use crate::{
    app::{AccountFault, Credential},
    certs::{self, ChainFault},
    domain::{
        access::Refusal,
        client_certificate::{ClientCertificate, Fault, Presented},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids},
        wire::{AccountEntry, CertificateEntry, OwnCertificates},
    },
    id::{AccountId, CertificateId},
};
use axum::{Extension, Json, extract::State};
use axum_server::tls::TlsInfo;
use std::{sync::Arc, time::SystemTime};

/// `GET /api/me/certificates`: certificates bound to the own account.
pub(in crate::http) async fn own(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Extension(tls): Extension<Arc<TlsInfo>>,
) -> Result<Json<OwnCertificates>, Refused> {
    let Credential::Login(_) = &caller.credential else { return Err(Refusal::TokenNeeded.into()) };
    let certificates = web.app.own_certificates(&caller.actor).await?;
    Ok(Json(OwnCertificates {
        asked: web.app.asks_certificates(),
        shown: shown(&tls).map(certs::fingerprint),
        certificates: certificates.into_iter().map(entry).collect(),
    }))
}

/// `POST /api/accounts/{account}/certificates/{certificate}/revoke`: that certificate logs nobody in any more.
pub(in crate::http) async fn revoke(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((account, certificate)): Ids<(AccountId, CertificateId)>,
) -> Result<(Extension<About>, Json<AccountEntry>), Refused> {
    let revoked = web.app.revoke_certificate(&caller.actor, &account, &certificate, extract::now()).await;
    let account = accounts::entry(revoked.map_err(|fault| match fault {
        // As at its account: what is not there for this account is not there.
        AccountFault::Unknown => AccountFault::NoCertificate,
        fault => fault,
    })?);
    let serial = account.certificates.iter().find(|one| one.id == certificate.as_str()).map(|one| one.serial.as_str());
    let about = format!("account:{} serial:{}", account.login, serial.unwrap_or_default());
    Ok((Extension(About(about)), Json(account)))
}

/// A certificate as it travels.
pub(super) fn entry(certificate: ClientCertificate) -> CertificateEntry {
    CertificateEntry {
        id: certificate.id.into(),
        serial: certificate.serial,
        subject: certificate.subject,
        not_after_ms: ms(certificate.not_after),
        made_at_ms: ms(certificate.made),
        made_by: certificate.made_by,
        revoked_at_ms: certificate.revoked.map(ms),
    }
}

/// What a browser has shown, and what is to be said of it by itself; `None` if it has shown nothing, or nothing is asked for.
pub(super) fn presented(web: &Web, tls: &TlsInfo, now: SystemTime) -> Option<Presented> {
    let (shown, ca) = shown(tls).zip(web.client_ca.as_ref())?;
    let itself = ca.judge(shown, now).map_err(|fault| match fault {
        ChainFault::Foreign => Fault::Foreign,
        ChainFault::Expired => Fault::Expired,
        ChainFault::NotYet => Fault::NotYet,
        ChainFault::OtherUse => Fault::OtherUse,
    });
    let id = certs::fingerprint(shown).parse().expect("64 hexadecimal digits are an id");
    Some(Presented { id, itself })
}

/// The certificate, as DER, that a client has shown at its handshake, if it has; nobody has judged it.
fn shown(tls: &TlsInfo) -> Option<&[u8]> {
    tls.peer_certificates.first().map(Vec::as_slice)
}
