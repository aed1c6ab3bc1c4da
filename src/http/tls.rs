//! TLS: the server certificate, loaded and loaded again while the server runs.
//!
//! [`Watch::check`] looks at the files every few seconds and on SIGHUP. A good new pair is used for the next handshake;
//! a bad one is named in the log and the old one stays. A certificate of our own CA that is about to end is renewed, so
//! that no meeting fails because nobody thought of it.
//!
//! Browsers are asked for a certificate of a person ([`Clients::Asked`]) and let in with any and with none: what a certificate is
//! worth is said at the log-in, in words, where a handshake could only break off. That whoever shows one has its key is seen here.

use crate::certs::{self, CertFiles, CertsError, ClientCa, Names};
use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject},
    server::danger::{ClientCertVerified, ClientCertVerifier},
    version::{TLS12, TLS13},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Why a certificate can't be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read, or is no PEM.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key don't go together, or rustls can't use them.
    #[error("cannot use the certificate {path} with its key")]
    Use {
        /// The certificate.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The root that people's certificates are held against can't be read.
    #[error("cannot ask for certificates of people")]
    Root {
        /// Why.
        source: CertsError,
    },
}

/// Whether clients are asked for a certificate when they connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// They aren't.
    Unasked,
    /// They are, with the name of the private CA, and need not have one. A site whose certificate is another CA's, and that has
    /// no private one, asks for none.
    Asked,
}

/// TLS 1.3 and 1.2 with ring; HTTP/2 and HTTP/1.1.
pub fn load(files: &CertFiles, clients: Clients) -> Result<Arc<ServerConfig>, TlsError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |source| TlsError::Read { path, source }
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(&files.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable(&files.key))?;
    let unusable = |source| TlsError::Use { path: files.certificate.clone(), source };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(unusable)?;
    let builder = if clients == Clients::Asked && files.ca_certificate.exists() {
        let ca = ClientCa::load(&files.ca_certificate).map_err(|source| TlsError::Root { source })?;
        builder.with_client_cert_verifier(Arc::new(TakesAny { names: ca.names().to_vec(), provider }))
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder.with_single_cert(chain, key).map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Takes any certificate whose key the client has, and no certificate.
#[derive(Debug)]
struct TakesAny {
    /// Whose certificates are wanted: browsers offer no others, so that a desk with a bank's key is not asked to choose one.
    names: Vec<DistinguishedName>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for TakesAny {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.names
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Watches the certificate files.
pub struct Watch {
    files: CertFiles,
    clients: Clients,
    names: Names,
    config: RustlsConfig,
    /// Modification times when the files were last looked at; a bad pair is not tried again until one changes.
    seen: [Option<SystemTime>; 3],
}

/// What a look at the files brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Checked {
    /// Nothing new.
    Same,
    /// A new certificate is in use.
    Reloaded,
    /// The new files are no good; the old certificate stays.
    Kept,
}

impl Watch {
    /// Watches these files for this server. `names` are for renewal.
    #[must_use]
    pub fn new(files: CertFiles, clients: Clients, names: Names, config: RustlsConfig) -> Self {
        let seen = times(&files);
        Self { files, clients, names, config, seen }
    }

    /// Looks whether the files have changed, or always if `asked`.
    pub fn check(&mut self, now: SystemTime, asked: Asked) -> Checked {
        self.renew_if_due(now);
        let times = times(&self.files);
        if asked == Asked::ByTime && times == self.seen {
            return Checked::Same;
        }
        self.seen = times;
        match load(&self.files, self.clients) {
            Ok(config) => {
                self.config.reload_from_config(config);
                tracing::info!(certificate = %self.files.certificate.display(), "new server certificate in use");
                Checked::Reloaded
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::warn!(%error, cause, "new server certificate is no good; the old one stays in use");
                Checked::Kept
            }
        }
    }

    /// Makes a new certificate when the old one is ours and has less than [`certs::RENEW_WITHIN`] left.
    fn renew_if_due(&self, now: SystemTime) {
        let Ok(facts) = certs::show(&self.files.certificate) else { return };
        let Ok(root) = certs::show(&self.files.ca_certificate) else { return };
        if facts.issuer != root.subject || !self.files.ca_key.exists() || facts.left(now) >= certs::RENEW_WITHIN {
            return;
        }
        match certs::renew(&self.files, &self.names, now) {
            Ok(()) => tracing::info!("the server certificate was about to end and has been renewed"),
            Err(error) => tracing::error!(%error, "the server certificate is about to end and can't be renewed"),
        }
    }
}

/// Why the files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is time to.
    ByTime,
    /// Somebody sent SIGHUP.
    BySignal,
}

/// The root is looked at too: it says which certificates browsers offer.
fn times(files: &CertFiles) -> [Option<SystemTime>; 3] {
    [&files.certificate, &files.key, &files.ca_certificate]
        .map(|path| fs::metadata(path).and_then(|meta| meta.modified()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bad_new_certificate_leaves_the_old_one_in_use() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = CertFiles::in_folder(folder.path());
        let names = Names::of_this_machine(&[]);
        let now = SystemTime::now();
        certs::init(&files, &names, now).expect("made");
        let config = RustlsConfig::from_config(load(&files, Clients::Asked).expect("good"));
        let before = config.get_inner();
        let mut watch = Watch::new(files.clone(), Clients::Asked, names.clone(), config.clone());
        assert_eq!(watch.check(now, Asked::ByTime), Checked::Same);

        let good = fs::read(&files.certificate).expect("there");
        fs::write(&files.certificate, b"not a certificate").expect("written");
        assert_eq!(watch.check(now, Asked::BySignal), Checked::Kept);
        assert!(Arc::ptr_eq(&config.get_inner(), &before));

        fs::write(&files.certificate, good).expect("written");
        assert_eq!(watch.check(now, Asked::BySignal), Checked::Reloaded);
        assert!(!Arc::ptr_eq(&config.get_inner(), &before));
    }

    #[test]
    fn a_key_that_does_not_fit_its_certificate_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let now = SystemTime::now();
        let [one, two] = ["one", "two"].map(|name| CertFiles::in_folder(&folder.path().join(name)));
        certs::init(&one, &Names::of_this_machine(&[]), now).expect("made");
        certs::init(&two, &Names::of_this_machine(&[]), now).expect("made");
        fs::copy(&two.key, &one.key).expect("copied");
        assert!(matches!(load(&one, Clients::Unasked), Err(TlsError::Use { .. })));
    }

    #[test]
    fn a_certificate_about_to_end_is_renewed_and_used() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = CertFiles::in_folder(folder.path());
        let names = Names::of_this_machine(&[]);
        let now = SystemTime::now();
        certs::init(&files, &names, now - Duration::from_secs(370 * 86_400)).expect("made");
        let config = RustlsConfig::from_config(load(&files, Clients::Asked).expect("good"));
        let mut watch = Watch::new(files.clone(), Clients::Asked, names, config);
        assert_eq!(watch.check(now, Asked::ByTime), Checked::Reloaded);
        assert!(certs::show(&files.certificate).expect("readable").left(now) > certs::RENEW_WITHIN);
    }
}
