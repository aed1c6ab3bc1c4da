//! Secrets the program makes for others: cookies, one-time passwords, pairing codes. Only a fingerprint of each is stored.

use crate::domain::hex;
use ring::digest;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// A secret to be handed over once. It has no `Debug` that shows it, and is wiped when dropped.
pub struct Secret(Zeroizing<String>);

/// Its only part is wiped.
impl ZeroizeOnDrop for Secret {}

/// Letters and digits that nobody mistakes for each other, on paper or by telephone.
const CLEAR: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Groups of a one-time password, and characters of each: 16 characters of 31 are 79 random bits.
const GROUPS: usize = 4;

impl Secret {
    /// A cookie's value: 256 random bits as 64 hexadecimal digits.
    #[must_use]
    pub(super) fn cookie() -> Self {
        let random = Zeroizing::new(random::<32>());
        Self(Zeroizing::new(hex::encode(random.as_slice())))
    }

    /// A password for one log-in, to be read aloud and typed: `k7mq-2xph-9wdt-4rva`. It has a digit, so that it keeps the rules
    /// for passwords itself.
    #[must_use]
    pub(super) fn one_time_password() -> Self {
        loop {
            let password = Self::clear_groups();
            if password.0.bytes().any(|byte| byte.is_ascii_digit()) {
                return password;
            }
        }
    }

    fn clear_groups() -> Self {
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUPS + 1)));
        for at in 0..GROUPS * GROUPS {
            if at > 0 && at % GROUPS == 0 {
                text.push('-');
            }
            text.push(char::from(CLEAR[below(CLEAR.len())]));
        }
        Self(text)
    }

    /// A code that stands in for a lost second factor, once: 12 characters of 31 are 59 random bits.
    #[must_use]
    pub(super) fn recovery_code() -> Self {
        Self(Zeroizing::new(Self::clear_groups().0[..14].to_owned()))
    }

    /// A pairing code of 8 digits.
    #[must_use]
    pub(super) fn pairing_code() -> Self {
        let digits = (0..crate::domain::device::CODE_DIGITS).map(|_| char::from(b"0123456789"[below(10)]));
        Self(Zeroizing::new(digits.collect()))
    }

    /// The secret itself, for whoever it was made for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What is stored of a secret: its SHA-256 as 64 hexadecimal digits. The secrets are random and long, so that a plain hash
/// can't be turned back; a pairing code is short, but void after minutes.
#[must_use]
pub(super) fn fingerprint(secret: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref())
}

/// A random number below `end`, each with the same chance. `end` is at most 256.
fn below(end: usize) -> usize {
    let fair = 256 - 256 % end;
    loop {
        let [byte] = random::<1>();
        if usize::from(byte) < fair {
            return usize::from(byte) % end;
        }
    }
}

pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("a Linux that booted has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn secrets_have_their_form_and_never_come_twice() {
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let (cookie, password) = (Secret::cookie(), Secret::one_time_password());
            assert_eq!(cookie.reveal().len(), 64);
            let groups: Vec<_> = password.reveal().split('-').collect();
            assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4), "{groups:?}");
            assert!(groups.concat().bytes().all(|b| CLEAR.contains(&b)));
            assert!(password.reveal().bytes().any(|byte| byte.is_ascii_digit()), "it has three kinds of characters");
            assert!(seen.insert(cookie.reveal().to_owned()) && seen.insert(password.reveal().to_owned()));
            assert!(crate::domain::device::code_of(Secret::pairing_code().reveal()).is_some());
        }
    }

    /// Compiles only for what is wiped when it is dropped.
    fn is_wiped<T, S: ZeroizeOnDrop>(_: fn(&T) -> &S) {}

    #[test]
    fn whatever_holds_a_secret_is_wiped_when_it_is_dropped() {
        use crate::{app, certs::Issued, store::SecondFactor};
        is_wiped(|secret: &Secret| &secret.0);
        is_wiped(|factor: &SecondFactor| &factor.secret);
        is_wiped(|begun: &app::Enrolment| &begun.secret);
        is_wiped(|begun: &app::Enrolment| &begun.picture.path);
        is_wiped(|issued: &Issued| &issued.key);
        is_wiped(|login: &app::NewLogin| &login.cookie);
        // What somebody typed is taken as nothing else.
        fn typed<T>(_: impl Fn(T)) -> std::marker::PhantomData<T> {
            std::marker::PhantomData
        }
        let code = typed(|code: Zeroizing<String>| drop(app::SecondStep { code: Some(code), certificate: None }));
        fn marked<T: ZeroizeOnDrop>(_: std::marker::PhantomData<T>) {}
        marked(code);
    }

    #[test]
    fn a_fingerprint_is_sha_256() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(fingerprint("abc"), abc);
    }
}
