//! A machine that stands in a venue (配对设备): paired once with a code, then known by its cookie until it is revoked.

use super::access::DeviceKind;
use crate::id::{AccountId, DeviceId, MeetingId, VenueId};
use std::time::{Duration, SystemTime};

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Random; never changes.
    pub id: DeviceId,
    /// Shown name.
    pub name: String,
    /// What it does.
    pub kind: DeviceKind,
    /// Where it stands.
    pub venue: VenueId,
    /// Whose it is; of a leader's seat alone.
    pub person: Option<AccountId>,
    /// What it attends, since that person's PIN was typed.
    pub attends: Option<Attendance>,
    /// How far it is.
    pub pairing: Pairing,
    /// When it last asked for anything.
    pub seen: Option<SystemTime>,
}

/// What a leader's seat attends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendance {
    /// The one meeting.
    pub meeting: MeetingId,
    /// When the PIN is asked for anew.
    pub until: SystemTime,
}

/// How far a machine is. It goes forward only: a revoked machine is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    /// Its code was not entered yet.
    Waiting {
        /// When the code is void.
        code_ends: SystemTime,
        /// Wrong codes anybody entered since it was made.
        wrong_codes: u32,
    },
    /// It can be used.
    Paired,
    /// It can't any more.
    Revoked,
}

/// Digits of a code.
pub const CODE_DIGITS: usize = 8;

/// How long a code is good: a walk from the console to the venue.
pub const CODE_GOOD_FOR: Duration = Duration::from_secs(10 * 60);

/// Wrong codes, by anybody, that make every waiting code void: one chance in a million to guess one of 8 digits.
pub const WRONG_CODES_MAX: u32 = 100;

impl Pairing {
    /// Whether the right code pairs it now.
    #[must_use]
    pub fn takes_code(self, now: SystemTime) -> bool {
        matches!(self, Self::Waiting { code_ends, wrong_codes } if now < code_ends && wrong_codes < WRONG_CODES_MAX)
    }
}

/// The code in what somebody typed: its digits, without the spaces and dashes people put between. `None` if it can't be one.
#[must_use]
pub fn code_of(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (digits.len() == CODE_DIGITS && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_code_is_good_for_minutes_once_and_not_for_guessing() {
        let waiting = |wrong_codes| Pairing::Waiting { code_ends: UNIX_EPOCH + CODE_GOOD_FOR, wrong_codes };
        let second = Duration::from_secs(1);
        for (pairing, at, takes) in [
            (waiting(0), Duration::ZERO, true),
            (waiting(WRONG_CODES_MAX - 1), CODE_GOOD_FOR - second, true),
            (waiting(0), CODE_GOOD_FOR, false),
            (waiting(WRONG_CODES_MAX), Duration::ZERO, false),
            (Pairing::Paired, Duration::ZERO, false),
            (Pairing::Revoked, Duration::ZERO, false),
        ] {
            assert_eq!(pairing.takes_code(UNIX_EPOCH + at), takes, "{pairing:?} at {at:?}");
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for (typed, code) in [
            ("12345678", Some("12345678")),
            (" 1234 5678\n", Some("12345678")),
            ("1234-5678", Some("12345678")),
            ("1234567", None),
            ("123456789", None),
            ("1234567a", None),
            ("１２３４５６７８", None),
        ] {
            assert_eq!(code_of(typed).as_deref(), code, "{typed:?}");
        }
    }
}
