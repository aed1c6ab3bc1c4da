//! Certificates of people (客户端证书): signed by the private CA, kept in a browser, shown by it when a connection begins.
//!
//! A certificate says what it says, and who shows it has its key: rustls has checked that. Whether it is ours, good now and for
//! logging in says [`ClientCa`]; whether it is somebody's whose account that is, says the list of certificates that are
//! registered, of which this module knows nothing.

use super::{CertFiles, CertificateFacts, CertsError, base_params, facts_of, make, read, write_new};
use rcgen::{DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256};
use rustls::{
    CertificateError, DistinguishedName, Error, RootCertStore,
    pki_types::{CertificateDer, UnixTime, pem::PemObject},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};
use zeroize::Zeroizing;

/// How long a person's certificate is good.
const CLIENT_DAYS: u64 = 366;

/// A certificate that was made, and its key, which is kept nowhere else.
pub struct Issued {
    /// The certificate, PEM.
    pub certificate: String,
    /// Its key, PEM.
    pub key: Zeroizing<String>,
    /// What it says.
    pub facts: CertificateFacts,
}

/// Makes a certificate for somebody, called `subject` where a browser lets them choose.
pub fn issue(files: &CertFiles, subject: &str, now: SystemTime) -> Result<Issued, CertsError> {
    let ca_key = KeyPair::from_pem(&Zeroizing::new(read(&files.ca_key)?)).map_err(make)?;
    let issuer = Issuer::from_ca_cert_pem(&read(&files.ca_certificate)?, &ca_key).map_err(make)?;
    let mut params = base_params(now, CLIENT_DAYS)?;
    params.distinguished_name.push(DnType::CommonName, subject);
    params.distinguished_name.push(DnType::OrganizationName, "Yunling 云岭");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(make)?;
    let certificate = params.signed_by(&key, &issuer).map_err(make)?;
    let facts = facts_of(certificate.der()).expect("what was just made is a certificate");
    Ok(Issued { certificate: certificate.pem(), key: Zeroizing::new(key.serialize_pem()), facts })
}

/// Writes a certificate and its key into one new file, for its owner alone.
pub fn hand_out(issued: &Issued, file: &Path) -> Result<(), CertsError> {
    let text = Zeroizing::new(format!("{}{}", issued.key.as_str(), issued.certificate));
    match write_new(file, &text, 0o600) {
        Err(CertsError::Write { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
            Err(CertsError::Taken { path: file.to_owned() })
        }
        done => done,
    }
}

/// Why a certificate by itself lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// Our CA did not sign it, or it can't be read.
    #[error("the certificate is not of this CA")]
    Foreign,
    /// Its time is over.
    #[error("the certificate has expired")]
    Expired,
    /// Its time has not come.
    #[error("the certificate is not valid yet")]
    NotYet,
    /// It is for something else, such as a server.
    #[error("the certificate is not for logging in")]
    OtherUse,
}

/// The private CA, as it judges certificates that are shown.
#[derive(Clone)]
pub struct ClientCa {
    verifier: Arc<dyn ClientCertVerifier>,
    names: Arc<[DistinguishedName]>,
}

impl ClientCa {
    /// The CA of this root certificate.
    pub fn load(root: &Path) -> Result<Self, CertsError> {
        let not_pem = || CertsError::NotPem { path: root.to_owned() };
        let certificate = CertificateDer::from_pem_slice(read(root)?.as_bytes()).map_err(|_| not_pem())?;
        let mut roots = RootCertStore::empty();
        roots.add(certificate).map_err(|_| not_pem())?;
        let names = roots.subjects().into();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build();
        Ok(Self { verifier: verifier.map_err(|_| not_pem())?, names })
    }

    /// Its name, so that a browser offers those of its certificates that are ours, and no other.
    #[must_use]
    pub fn names(&self) -> &[DistinguishedName] {
        &self.names
    }

    /// Whether a certificate, as DER, is ours, good at `now` and for logging in.
    pub fn judge(&self, certificate: &[u8], now: SystemTime) -> Result<(), ChainFault> {
        let now = UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        let judged = self.verifier.verify_client_cert(&CertificateDer::from(certificate), &[], now);
        judged.map(drop).map_err(|error| match error {
            Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
                ChainFault::Expired
            }
            Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
                ChainFault::NotYet
            }
            Error::InvalidCertificate(
                CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. },
            ) => ChainFault::OtherUse,
            _ => ChainFault::Foreign,
        })
    }
}

/// The private CA as its file has it: read anew when that has changed.
pub struct ClientRoot {
    path: PathBuf,
    read: Mutex<(Option<Seen>, ClientCa)>,
}

/// When a file was written, and how long it is.
type Seen = (SystemTime, u64);

impl ClientRoot {
    /// The CA of this root certificate.
    pub fn load(root: &Path) -> Result<Self, CertsError> {
        let seen = seen(root);
        Ok(Self { path: root.to_owned(), read: Mutex::new((seen, ClientCa::load(root)?)) })
    }

    /// As [`ClientCa::judge`]. A file that became bad leaves the CA that was read before.
    pub fn judge(&self, certificate: &[u8], now: SystemTime) -> Result<(), ChainFault> {
        self.present().judge(certificate, now)
    }

    fn present(&self) -> ClientCa {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen(&self.path);
        if seen != read.0 {
            read.0 = seen;
            match ClientCa::load(&self.path) {
                Ok(ca) => read.1 = ca,
                Err(error) => tracing::warn!(%error, "the new root certificate is no good; the old one stays in use"),
            }
        }
        read.1.clone()
    }
}

fn seen(path: &Path) -> Option<Seen> {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

/// SHA-256 of a certificate, as DER: 64 hexadecimal digits, by which it is registered.
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certs::{Names, init};
    use std::time::Duration;

    const DAY: Duration = Duration::from_secs(86_400);

    fn der(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
    }

    #[test]
    fn a_root_that_changed_is_read_anew_and_a_bad_one_leaves_the_old() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let now = SystemTime::now();
        let [old, new] = ["old", "new"].map(|name| CertFiles::in_folder(&folder.path().join(name)));
        for files in [&old, &new] {
            init(files, &Names::of_this_machine(&[]), now).expect("made");
        }
        let [of_old, of_new] = [&old, &new].map(|files| der(&issue(files, "wang", now).expect("made").certificate));
        let root = ClientRoot::load(&old.ca_certificate).expect("readable");
        let judged = || (root.judge(&of_old, now), root.judge(&of_new, now));
        assert_eq!(judged(), (Ok(()), Err(ChainFault::Foreign)));
        let write = |text: &[u8], later: u64| {
            std::fs::write(&old.ca_certificate, text).expect("written");
            let file = std::fs::File::options().append(true).open(&old.ca_certificate).expect("there");
            file.set_modified(now + Duration::from_secs(later)).expect("set");
        };
        write(b"no certificate", 10);
        assert_eq!(judged(), (Ok(()), Err(ChainFault::Foreign)));
        write(&std::fs::read(&new.ca_certificate).expect("there"), 20);
        assert_eq!(judged(), (Err(ChainFault::Foreign), Ok(())));
    }

    #[test]
    fn a_certificate_is_good_for_a_year_at_the_ca_that_signed_it_and_at_no_other() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let now = SystemTime::now();
        let [ours, others] = ["ours", "others"].map(|name| CertFiles::in_folder(&folder.path().join(name)));
        for files in [&ours, &others] {
            init(files, &Names::of_this_machine(&[]), now).expect("made");
        }
        let issued = issue(&ours, "wang 王秀兰", now).expect("made");
        assert!(issued.facts.subject.contains("wang 王秀兰"), "{}", issued.facts.subject);
        let certificate = der(&issued.certificate);
        assert_eq!(fingerprint(&certificate), issued.facts.fingerprint());
        let ca = ClientCa::load(&ours.ca_certificate).expect("readable");
        for (at, expect) in [
            (now, Ok(())),
            (now + DAY * 364, Ok(())),
            (now + DAY * 366, Err(ChainFault::Expired)),
            (now - DAY * 2, Err(ChainFault::NotYet)),
        ] {
            assert_eq!(ca.judge(&certificate, at), expect);
        }
        let server = der(&std::fs::read_to_string(&ours.certificate).expect("there"));
        assert_eq!(ca.judge(&server, now), Err(ChainFault::OtherUse), "a stolen server key logs nobody in");
        let root = der(&std::fs::read_to_string(&ours.ca_certificate).expect("there"));
        assert_eq!(ca.judge(&root, now), Err(ChainFault::Foreign));
        let foreign = der(&issue(&others, "wang 王秀兰", now).expect("made").certificate);
        assert_eq!(ca.judge(&foreign, now), Err(ChainFault::Foreign));
        assert_eq!(ca.judge(b"no certificate", now), Err(ChainFault::Foreign));
        for place in (0..certificate.len()).step_by(7) {
            let mut changed = certificate.to_vec();
            changed[place] ^= 1;
            assert!(ca.judge(&changed, now).is_err(), "byte {place}");
        }
    }
}
