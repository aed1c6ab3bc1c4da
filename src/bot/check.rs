//! The controlling side of ICE towards a lite relay (RFC 8445 §7.2, RFC 7675): checks, nomination, consent.
//!
//! The main type is [`Checks`]. It gathers nothing and pairs one socket with each of the relay's candidates; the first that
//! answers is nominated. That is all a client of a relay on the same network needs.

use crate::relay::plan::IceCredentials;
use rtc_crypto::{RTCCryptoProvider, default_provider};
use rtc_stun::{
    attributes::{ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME},
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId},
    textattrs::TextAttribute,
};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// Time to the first repetition of a check; doubled each time up to [`CHECK_INTERVAL_MAX`].
const CHECK_INTERVAL: Duration = Duration::from_millis(100);
const CHECK_INTERVAL_MAX: Duration = Duration::from_secs(2);

/// Consent is asked for this often: well within the 4 s after which the relay stops sending pictures.
const CONSENT_INTERVAL: Duration = Duration::from_millis(2500);

/// Without an answer for this long the path is lost (RFC 7675 §5.1).
const CONSENT_LOST: Duration = Duration::from_secs(30);

/// A relay answers lite; anything above host preference would do.
const PRIORITY: u32 = 0x6e00_01ff;

/// Connectivity checks of one client.
pub struct Checks {
    local: IceCredentials,
    remote: IceCredentials,
    candidates: Vec<SocketAddr>,
    selected: Option<SocketAddr>,
    crypto: Arc<dyn RTCCryptoProvider>,
    tie_breaker: u64,
    transactions: u32,
    interval: Duration,
    next: Instant,
    answered: Instant,
}

/// What became of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Nobody has answered yet, or the path works.
    Fine,
    /// The relay has not answered for 30 s.
    Lost,
}

impl Checks {
    /// Starts checking at `now`.
    #[must_use]
    pub fn new(
        now: Instant,
        local: IceCredentials,
        remote: IceCredentials,
        candidates: Vec<SocketAddr>,
        tie_breaker: u64,
    ) -> Self {
        Self {
            local,
            remote,
            candidates,
            selected: None,
            crypto: default_provider().expect("the ring provider is compiled in"),
            tie_breaker,
            transactions: 0,
            interval: CHECK_INTERVAL,
            next: now,
            answered: now,
        }
    }

    /// The address media go to, once a check was answered.
    #[must_use]
    pub const fn selected(&self) -> Option<SocketAddr> {
        self.selected
    }

    /// When [`poll`](Self::poll) has something to do.
    #[must_use]
    pub const fn due(&self) -> Instant {
        self.next
    }

    /// Whether the path still works.
    #[must_use]
    pub fn path(&self, now: Instant) -> Path {
        if now.saturating_duration_since(self.answered) > CONSENT_LOST { Path::Lost } else { Path::Fine }
    }

    /// Takes a STUN datagram; `true` if it is the answer that selected a path.
    pub fn handle(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> bool {
        let mut message = Message::new();
        if message.unmarshal_binary(datagram).is_err() || message.typ != BINDING_SUCCESS {
            return false;
        }
        let ours = message.transaction_id.0[4..] == self.tie_breaker.to_be_bytes();
        let key = self.remote.pwd.as_bytes();
        if !ours || MessageIntegrity::check(&mut message, key, self.crypto.crypto()).is_err() {
            return false;
        }
        self.answered = now;
        if self.selected.is_some() {
            return false;
        }
        self.selected = Some(from);
        // Nominate at once: the relay is lite and waits for it.
        self.next = now;
        true
    }

    /// Requests to send now, if any are due.
    pub fn poll(&mut self, now: Instant, mut send: impl FnMut(SocketAddr, Vec<u8>)) {
        if now < self.next {
            return;
        }
        match self.selected {
            Some(to) => {
                self.next = now + CONSENT_INTERVAL;
                let request = self.request(true);
                send(to, request);
            }
            None => {
                self.next = now + self.interval;
                self.interval = (self.interval * 2).min(CHECK_INTERVAL_MAX);
                for index in 0..self.candidates.len() {
                    let request = self.request(false);
                    send(self.candidates[index], request);
                }
            }
        }
    }

    fn request(&mut self, nominate: bool) -> Vec<u8> {
        self.transactions += 1;
        let mut id = TransactionId::default();
        // The counter first: a relay may tell repeated checks by the leading bytes alone.
        id.0[..4].copy_from_slice(&self.transactions.to_be_bytes());
        id.0[4..].copy_from_slice(&self.tie_breaker.to_be_bytes());
        let mut message = Message::new();
        message.write_header();
        let username = format!("{}:{}", self.remote.ufrag, self.local.ufrag);
        let integrity =
            MessageIntegrity::new_short_term_integrity_with_provider(self.remote.pwd.clone(), self.crypto.crypto());
        let head: [&dyn Setter; 3] = [&BINDING_REQUEST, &id, &TextAttribute::new(ATTR_USERNAME, username)];
        let tail: [&dyn Setter; 2] = [&integrity, &FINGERPRINT];
        let written = head.iter().try_for_each(|setter| setter.add_to(&mut message)).and_then(|()| {
            message.add(ATTR_PRIORITY, &PRIORITY.to_be_bytes());
            message.add(ATTR_ICE_CONTROLLING, &self.tie_breaker.to_be_bytes());
            if nominate {
                message.add(ATTR_USE_CANDIDATE, &[]);
            }
            tail.iter().try_for_each(|setter| setter.add_to(&mut message))
        });
        written.expect("a user name of two short fragments fits, and HMAC-SHA1 takes any key");
        message.raw
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;
    use crate::relay::transport::ice::IceLite;

    #[test]
    fn a_lite_agent_answers_and_takes_the_nomination() {
        let side =
            |name: &str| IceCredentials { ufrag: name.to_owned(), pwd: format!("{name}-password-of-22-letters") };
        let relay: SocketAddr = ([127, 0, 0, 1], 5000).into();
        let us: SocketAddr = ([127, 0, 0, 1], 6000).into();
        let mut lite = IceLite::new(side("relay"), side("us"));
        let start = Instant::now();
        let mut checks = Checks::new(start, side("us"), side("relay"), vec![relay], 7);
        for (nominated, after) in [(false, 0), (true, 1), (true, 3000)] {
            let now = start + Duration::from_millis(after);
            let (mut asked, mut answer) = (0, Vec::new());
            checks.poll(now, |to, datagram| {
                let checked = lite.handle(us, &datagram, &mut answer).expect("an authentic check");
                assert_eq!((to, checked.nominated), (relay, nominated));
                asked += 1;
            });
            assert_eq!(asked, 1);
            assert_eq!(checks.handle(now, relay, &answer), !nominated, "only the first answer selects the path");
        }
        assert_eq!((checks.selected(), lite.selected()), (Some(relay), Some(us.into())));
        assert_eq!(checks.path(start + Duration::from_secs(32)), Path::Fine);
        assert_eq!(checks.path(start + Duration::from_secs(34)), Path::Lost);
    }
}
