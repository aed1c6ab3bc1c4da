//! The second factor (动态口令): six digits that an authenticator makes of a shared secret and the time (TOTP, RFC 6238), without
//! any net. SHA-1, 30 seconds and six digits are what every authenticator knows.
//!
//! A code is good once: whoever reads it over a shoulder comes too late. Recovery codes stand in for a lost telephone, each once.

use ring::hmac;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long one code lasts.
pub const STEP: Duration = Duration::from_secs(30);

/// Digits of a code.
pub const DIGITS: usize = 6;

/// Bytes of a secret: as many as the hash has (RFC 4226 §4).
pub const SECRET_BYTES: usize = 20;

/// Recovery codes somebody is given.
pub const RECOVERY_CODES: usize = 10;

/// Steps before and after the present one whose codes are taken: clocks differ, and typing takes time.
const DRIFT: u64 = 1;

/// The step of a moment: steps count from 1970.
#[must_use]
pub fn step_at(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / STEP.as_secs()
}

/// The code of a step (RFC 4226 §5.3).
#[must_use]
pub fn code_at(secret: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[tag.len() - 1] & 0x0f);
    let word = [tag[offset] & 0x7f, tag[offset + 1], tag[offset + 2], tag[offset + 3]];
    let modulus = 10u32.pow(u32::try_from(DIGITS).unwrap_or(6));
    format!("{:0width$}", u32::from_be_bytes(word) % modulus, width = DIGITS)
}

/// Whether somebody typed a code rather than a recovery code.
#[must_use]
pub fn is_code(typed: &str) -> bool {
    typed.len() == DIGITS && typed.bytes().all(|byte| byte.is_ascii_digit())
}

/// The step whose code this is, if it may be used now: near the present one, and after the last that was used.
#[must_use]
pub fn step_of(secret: &[u8], typed: &str, last: Option<u64>, now: SystemTime) -> Option<u64> {
    let present = step_at(now);
    let steps = present.saturating_sub(DRIFT)..=present + DRIFT;
    // Every step is looked at, so that the time tells nothing.
    let same = |step: u64| {
        let code = code_at(secret, step);
        let differing = code.bytes().zip(typed.bytes()).fold(0, |bits, (one, other)| bits | (one ^ other));
        typed.len() == DIGITS && differing == 0
    };
    let matching: Vec<u64> = steps.filter(|step| same(*step)).collect();
    matching.into_iter().find(|step| last.is_none_or(|last| *step > last))
}

/// A secret as it is typed into an authenticator (RFC 4648 §6, without padding).
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(char::from(LETTERS[(bits >> held & 31) as usize]));
        }
    }
    if held > 0 {
        text.push(char::from(LETTERS[(bits << (5 - held) & 31) as usize]));
    }
    text
}

/// What an authenticator reads from a picture. A log-in name needs no escaping.
#[must_use]
pub fn address(secret: &[u8], login: &str) -> String {
    let secret = base32(secret);
    format!("otpauth://totp/Yunling:{login}?secret={secret}&issuer=Yunling&algorithm=SHA1&digits={DIGITS}&period=30")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1; there with eight digits.
    const SECRET: &[u8] = b"12345678901234567890";
    const VECTORS: [(u64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in VECTORS {
            assert_eq!(code_at(SECRET, step_at(at(seconds))), code[2..], "{seconds} s");
        }
        for (bytes, text) in [(&b""[..], ""), (b"f", "MY"), (b"foob", "MZXW6YQ"), (b"foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(bytes), text);
        }
        assert!(address(SECRET, "zhang").contains("Yunling:zhang?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&"));
    }

    #[test]
    fn a_code_is_good_once_and_for_a_minute_and_a_half() {
        let step = step_at(at(1_111_111_111));
        let code = code_at(SECRET, step);
        let seconds = step * 30;
        for (now, last, expect) in [
            (seconds, None, Some(step)),
            (seconds - 1, None, Some(step)),
            (seconds + 59, None, Some(step)),
            (seconds - 31, None, None),
            (seconds + 60, None, None),
            (seconds, Some(step - 1), Some(step)),
            // What was used, or is older than what was used, is used up.
            (seconds, Some(step), None),
            (seconds, Some(step + 1), None),
        ] {
            assert_eq!(step_of(SECRET, &code, last, at(now)), expect, "at {now}, last {last:?}");
        }
        for wrong in ["", "000000", "05047", "0504710", "0504 71", "abcdef", "０５０４７１"] {
            assert_eq!(step_of(SECRET, wrong, None, at(seconds)), None, "{wrong}");
        }
        assert!(is_code("012345") && !is_code("abcd-efgh-jkmn") && !is_code("01234"));
    }
}
