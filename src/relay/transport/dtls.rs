//! DTLS 1.2 (RFC 6347) with SRTP keys as its only purpose (RFC 5764): one [`Handshake`] per association, on `rtc-dtls`.
//!
//! Peers are authenticated by the fingerprint their offer named, compared here before any key is exported. The SRTP profile
//! is chosen here too: `rtc-dtls` follows the client's order, so an association is given one profile, best first, and begun
//! anew with the next when the client has not offered it. Between the network and `rtc-dtls` stands the
//! [`inbox`], which bounds what a peer can make it do. No data are ever exchanged.

mod inbox;

use super::srtp::{Profile, SrtpKeys};
use crate::relay::plan::Fingerprint;
use bytes::BytesMut;
use inbox::{Arrival, Inbox};
use rtc_dtls::{
    cipher_suite::CipherSuiteId,
    config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig},
    crypto_provider::default_provider,
    endpoint::{Endpoint, EndpointEvent},
    extension::extension_use_srtp::SrtpProtectionProfile,
};
use rtc_shared::{TransportProtocol, error::Error};
use std::{
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

/// A handshake that takes longer has failed.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// First wait for the peer's answer before a flight is sent again; doubled each time (RFC 6347 §4.2.4.1 proposes a second
/// for the whole Internet; the networks here are shorter).
const FLIGHT_INTERVAL: Duration = Duration::from_millis(150);

/// Times a flight may be sent again: one more and `rtc-dtls` gives the association up.
const RESENDS_MAX: u32 = 7;

/// Of these, a server keeps three for when the client repeats itself, which proves that it is there.
const SERVER_TIMED_RESENDS_MAX: u32 = 4;

/// The association's only peer as `rtc-dtls` knows it: addresses may change below it, and it never learns them.
const PEER: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 1));

/// The certificate of this process, made new at each start.
#[derive(Clone)]
pub struct Certificate {
    inner: rtc_dtls::crypto::Certificate,
    fingerprint: Fingerprint,
    /// One configuration per profile of [`Profile::BEST_FIRST`].
    server: [Arc<HandshakeConfig>; 3],
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a DTLS certificate")]
pub struct CertificateError(#[source] Error);

impl Certificate {
    /// A self-signed ECDSA certificate on P-256, valid for longer than the process can live.
    ///
    /// # Errors
    ///
    /// If the system gives no randomness.
    pub fn generate() -> Result<Self, CertificateError> {
        let crypto = default_provider().map_err(|error| CertificateError(Error::Crypto(error.to_string())))?;
        let names = vec!["yunling".to_owned()];
        let inner =
            rtc_dtls::crypto::Certificate::generate_self_signed(names, crypto.crypto()).map_err(CertificateError)?;
        let fingerprint = fingerprint_of(inner.certificate.first().map_or(&[], |der| der.as_ref()));
        let server = |profile| config(&inner, &[profile], Side::Server);
        let [first, second, third] = Profile::BEST_FIRST;
        let server = [server(first)?, server(second)?, server(third)?];
        Ok(Self { inner, fingerprint, server })
    }

    /// What our answers name in `a=fingerprint`.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// What a [`Handshake`] wants done, or tells.
#[derive(Debug)]
pub enum HandshakeStep {
    /// Send this datagram to the peer.
    Transmit(Vec<u8>),
    /// Both sides have the keys, and the peer is the one its fingerprint promised. Comes once.
    Established(SrtpKeys),
    /// There will be no keys; why. Comes once and last.
    Failed(String),
    /// The association was closed, by either side. Comes once and last.
    Closed,
    /// Nothing before this time, unless a datagram comes.
    Wait(Option<Instant>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Server,
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was sent or received.
    Fresh,
    Shaking {
        deadline: Instant,
    },
    Established,
    /// Closed or failed: nothing is taken or sent any more.
    Over,
}

/// One association, from its first datagram to its close. Feed it with [`handle`](Self::handle), then
/// [`poll`](Self::poll) until it says [`Wait`](HandshakeStep::Wait).
pub struct Handshake {
    side: Side,
    phase: Phase,
    endpoint: Endpoint,
    inbox: Inbox,
    expected: Fingerprint,
    /// Profiles still to be tried, the present one first.
    configs: VecDeque<(Profile, Arc<HandshakeConfig>)>,
    steps: VecDeque<HandshakeStep>,
    /// When the present flight was sent last, and how often again.
    sent_at: Option<Instant>,
    resends: u32,
    /// Latest time seen.
    now: Option<Instant>,
}

impl Handshake {
    /// Waits for a client whose certificate has the fingerprint `remote`.
    #[must_use]
    pub fn server(certificate: &Certificate, remote: Fingerprint) -> Self {
        let configs = Profile::BEST_FIRST.into_iter().zip(certificate.server.iter().cloned()).collect();
        Self::new(Side::Server, remote, configs)
    }

    /// Begins with the first [`poll`](Self::poll), as bots do: all profiles offered, best first.
    ///
    /// # Panics
    ///
    /// Never: the configuration was valid when the certificate was made.
    #[must_use]
    pub fn client(certificate: &Certificate, remote: Fingerprint) -> Self {
        Self::client_offering(certificate, remote, &Profile::BEST_FIRST)
    }

    /// A client that offers `profiles` in this order.
    ///
    /// # Panics
    ///
    /// Never: the configuration was valid when the certificate was made.
    #[must_use]
    pub fn client_offering(certificate: &Certificate, remote: Fingerprint, profiles: &[Profile]) -> Self {
        let config = config(&certificate.inner, profiles, Side::Client).expect("as valid as the server's was");
        let first = profiles.first().copied().unwrap_or(Profile::Aes128CmSha1_80);
        Self::new(Side::Client, remote, VecDeque::from([(first, config)]))
    }

    fn new(side: Side, expected: Fingerprint, configs: VecDeque<(Profile, Arc<HandshakeConfig>)>) -> Self {
        Self {
            side,
            phase: Phase::Fresh,
            endpoint: endpoint(side, &configs),
            inbox: Inbox::new(side == Side::Server),
            expected,
            configs,
            steps: VecDeque::new(),
            sent_at: None,
            resends: 0,
            now: None,
        }
    }

    /// Takes a DTLS datagram of the peer.
    pub fn handle(&mut self, now: Instant, datagram: &[u8]) {
        self.start(now);
        let arrival = match self.phase {
            Phase::Shaking { .. } => self.inbox.take(datagram),
            Phase::Established => self.inbox.take_late(datagram),
            Phase::Fresh | Phase::Over => Arrival::Nothing,
        };
        match arrival {
            Arrival::Nothing => {}
            Arrival::Deliver(flight) => self.deliver(now, &flight),
            Arrival::Repetition => self.answer_repetition(now),
            Arrival::TooMuch => self.fail("the peer sent more than a handshake can need".into()),
        }
    }

    /// The next step to carry out at `now`.
    pub fn poll(&mut self, now: Instant) -> HandshakeStep {
        self.start(now);
        if let Phase::Shaking { deadline } = self.phase {
            if now >= deadline {
                self.fail(format!("not finished within {} s", DEADLINE.as_secs()));
            } else if self.resend_due().is_some_and(|due| now >= due) {
                self.resend(now);
            }
        }
        self.steps.pop_front().unwrap_or_else(|| HandshakeStep::Wait(self.next_deadline()))
    }

    /// Closes the association; the peer is told by the next [`Transmit`](HandshakeStep::Transmit).
    pub fn close(&mut self) {
        if let (Some(now), Phase::Shaking { .. } | Phase::Established) = (self.now, self.phase) {
            let endpoint = &mut self.endpoint;
            let _ = catch_unwind(AssertUnwindSafe(|| endpoint.stop(now, PEER)));
            self.collect_transmits();
        }
        self.end(HandshakeStep::Closed);
    }

    fn start(&mut self, now: Instant) {
        self.now = Some(now);
        if self.phase != Phase::Fresh {
            return;
        }
        self.phase = Phase::Shaking { deadline: now + DEADLINE };
        if let (Side::Client, Some((_, config))) = (self.side, self.configs.front()) {
            let config = Arc::clone(config);
            if let Err(error) = self.guarded(|endpoint| endpoint.connect(now, PEER, config, None)) {
                self.fail(error.to_string());
            }
            self.note_flight(now);
        }
    }

    /// Gives a flight to `rtc-dtls` and takes what comes of it.
    fn deliver(&mut self, now: Instant, flight: &[u8]) {
        let result = self.guarded(|endpoint| endpoint.read(now, PEER, None, BytesMut::from(flight)));
        match (result, self.phase) {
            (Ok(events), _) => {
                events.into_iter().for_each(|event| self.take_event(event));
                self.note_flight(now);
            }
            (Err(Error::ErrServerNoMatchingSrtpProfile), _) if self.configs.len() > 1 => self.try_next_profile(now),
            (Err(Error::ErrServerNoMatchingSrtpProfile), _) => {
                self.collect_transmits();
                self.fail("the peer offers no SRTP profile that we have".into());
            }
            (Err(Error::ErrAlertFatalOrClose), Phase::Established) => self.end(HandshakeStep::Closed),
            // An alert that is none, or a record that does not decrypt: nothing an established association is broken by.
            (Err(_), Phase::Established) => drop(self.collect_transmits()),
            (Err(error), _) => {
                self.collect_transmits();
                self.fail(error.to_string());
            }
        }
    }

    fn take_event(&mut self, event: EndpointEvent) {
        match event {
            EndpointEvent::HandshakeComplete => match self.export() {
                Ok(keys) => {
                    // The last flight first, so that the peer has its keys when our first packets come.
                    self.collect_transmits();
                    self.phase = Phase::Established;
                    self.steps.push_back(HandshakeStep::Established(keys));
                }
                Err(reason) => self.fail(reason),
            },
            EndpointEvent::PeerClosed => {
                self.collect_transmits();
                self.end(HandshakeStep::Closed);
            }
            _ => {}
        }
    }

    /// The keys, if the peer is who it should be.
    fn export(&self) -> Result<SrtpKeys, String> {
        let state = self.endpoint.get_connection_state(PEER).ok_or("the association is gone")?;
        let shown = state.peer_certificates.first().ok_or("the peer showed no certificate")?;
        if fingerprint_of(shown) != self.expected {
            return Err("the peer's certificate is not the one its description named".into());
        }
        let profile = Profile::from_dtls_id(state.srtp_protection_profile() as u16);
        let profile = profile.ok_or("no SRTP profile was negotiated")?;
        if self.side == Side::Server && self.configs.front().is_none_or(|(ours, _)| *ours != profile) {
            return Err("an SRTP profile was negotiated that we did not choose".into());
        }
        let len = SrtpKeys::material_len(profile);
        let material = state.export_keying_material(SrtpKeys::LABEL, &[], len).map_err(|error| error.to_string())?;
        Ok(SrtpKeys::from_exporter(profile, material.as_ref(), self.side == Side::Server))
    }

    /// Drops the association, its queued alert with it, and shows the client's first message to one with the next profile.
    fn try_next_profile(&mut self, now: Instant) {
        self.configs.pop_front();
        self.endpoint = endpoint(self.side, &self.configs);
        match self.inbox.hello_again() {
            Some(hello) => self.deliver(now, &hello),
            None => self.fail("the peer changed its SRTP profiles midway".into()),
        }
    }

    /// The peer has not got our flight.
    fn answer_repetition(&mut self, now: Instant) {
        if self.resends >= RESENDS_MAX || self.sent_at.is_some_and(|sent| now < sent + FLIGHT_INTERVAL / 8) {
            return;
        }
        match self.inbox.hello_again() {
            // A HelloVerifyRequest is sent again only on another hello.
            Some(hello) if self.side == Side::Server => {
                let resends = self.resends + 1;
                self.deliver(now, &hello);
                self.resends = resends;
            }
            _ => self.resend(now),
        }
    }

    fn resend(&mut self, now: Instant) {
        self.resends += 1;
        // `rtc-dtls` has a timer of its own without growing intervals; it acts when told that its time has come.
        if let Some(timer) = self.endpoint.poll_timeout(&PEER) {
            let result = self.guarded(|endpoint| endpoint.handle_timeout(PEER, timer.max(now)));
            self.collect_transmits();
            if let Err(error) = result {
                self.fail(error.to_string());
            }
        }
        self.sent_at = Some(now);
    }

    fn resend_due(&self) -> Option<Instant> {
        let most = if self.side == Side::Server { SERVER_TIMED_RESENDS_MAX } else { RESENDS_MAX };
        let sent_at = self.sent_at.filter(|_| self.resends < most)?;
        Some(sent_at + FLIGHT_INTERVAL * 2u32.pow(self.resends))
    }

    fn next_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Shaking { deadline } => Some(self.resend_due().map_or(deadline, |due| due.min(deadline))),
            Phase::Fresh | Phase::Established | Phase::Over => None,
        }
    }

    /// Sends what is queued; if there is something, it is a new flight.
    fn note_flight(&mut self, now: Instant) {
        if self.collect_transmits() {
            (self.sent_at, self.resends) = (Some(now), 0);
        }
    }

    fn collect_transmits(&mut self) -> bool {
        let before = self.steps.len();
        while let Some(datagram) = self.endpoint.poll_transmit() {
            if self.phase != Phase::Over {
                self.steps.push_back(HandshakeStep::Transmit(datagram.message.to_vec()));
            }
        }
        self.steps.len() > before
    }

    fn fail(&mut self, reason: String) {
        self.end(HandshakeStep::Failed(reason));
    }

    fn end(&mut self, last: HandshakeStep) {
        if self.phase != Phase::Over {
            self.phase = Phase::Over;
            self.steps.push_back(last);
            self.endpoint = endpoint(self.side, &VecDeque::new());
        }
    }

    /// Calls into `rtc-dtls`, which reads what strangers send: the inbox and fuzzing leave no panic known, but should one be
    /// left, it must cost this association and not the thread that drives all of them. The association is dropped then.
    fn guarded<T>(&mut self, call: impl FnOnce(&mut Endpoint) -> Result<T, Error>) -> Result<T, Error> {
        let endpoint = &mut self.endpoint;
        catch_unwind(AssertUnwindSafe(|| call(endpoint))).unwrap_or_else(|_| {
            let fault = "a fault in the DTLS library".to_owned();
            self.fail(fault.clone());
            Err(Error::Other(fault))
        })
    }
}

fn endpoint(side: Side, configs: &VecDeque<(Profile, Arc<HandshakeConfig>)>) -> Endpoint {
    let server = configs.front().filter(|_| side == Side::Server).map(|(_, config)| Arc::clone(config));
    Endpoint::new(PEER, TransportProtocol::UDP, server)
}

fn config(
    certificate: &rtc_dtls::crypto::Certificate,
    profiles: &[Profile],
    side: Side,
) -> Result<Arc<HandshakeConfig>, CertificateError> {
    let crypto = default_provider().map_err(|error| CertificateError(Error::Crypto(error.to_string())))?;
    let config = ConfigBuilder::default()
        .with_crypto_provider(crypto)
        .with_certificates(vec![certificate.clone()])
        // What every WebRTC endpoint has (RFC 8827 §6.5), and what is faster without AES instructions.
        .with_cipher_suites(vec![
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256,
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256,
        ])
        .with_srtp_protection_profiles(
            profiles.iter().map(|profile| SrtpProtectionProfile::from(profile.dtls_id())).collect(),
        )
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        // Binds the keys to the whole handshake: what the Finished messages would else have to prove.
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        // No chain to verify: the fingerprint is compared before keys are exported.
        .with_insecure_skip_verify(true)
        .with_server_name("yunling".to_owned())
        .with_flight_interval(FLIGHT_INTERVAL)
        .build(side == Side::Client, None)
        .map_err(CertificateError)?;
    Ok(Arc::new(config))
}

fn fingerprint_of(der: &[u8]) -> Fingerprint {
    let digest = ring::digest::digest(&ring::digest::SHA256, der);
    Fingerprint(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

#[cfg(test)]
mod tests;
