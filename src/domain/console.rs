//! The lock of a console (锁定控制台): whoever left it unattended finds the view as it was and the controls locked, and a short PIN
//! opens them. It never touches a meeting.

use super::role::{Role, Roles};
use std::time::{Duration, SystemTime};

/// Fewest digits any site asks of a PIN.
pub const PIN_DIGITS_MIN: usize = 6;

/// Most digits of a PIN.
pub const PIN_DIGITS_MAX: usize = 12;

/// Wrong PINs after which only the password unlocks.
pub const WRONG_PINS_MAX: u32 = 5;

/// What a site decides about consoles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsoleSettings {
    /// A console locks when nobody did anything there for so long; zero: never by itself.
    pub locks_after: Duration,
    /// Fewest digits of a PIN.
    pub pin_digits: usize,
}

/// Whether these roles have a console, which locks by itself. Everybody else's log-in ends when it idles.
#[must_use]
pub fn has_console(roles: Roles) -> bool {
    roles.has(Role::Operator) || roles.has(Role::SystemAdmin)
}

/// How a log-in stands, as far as its lock follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether somebody locked it.
    pub locked: bool,
    /// When something was last done there.
    pub acted: SystemTime,
    /// When it would end, if no meeting on air kept it.
    pub ends: SystemTime,
}

/// Whether a log-in is locked: somebody locked it, or it has a console at which nobody did anything for a while, or nothing since its
/// end, which a meeting on air has put off.
#[must_use]
pub fn is_locked(settings: ConsoleSettings, roles: Roles, standing: Standing, now: SystemTime) -> bool {
    let Standing { locked, acted, ends } = standing;
    let idle = now.duration_since(acted).unwrap_or_default();
    let left = !settings.locks_after.is_zero() && idle >= settings.locks_after;
    let past_its_end = now >= ends && acted < ends;
    locked || (has_console(roles) && (left || past_its_end))
}

/// A PIN is too short or too long, has something else than digits, or is the first anybody would try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN is of digits, not all the same and not in a row")]
pub struct WeakPin;

/// Whether this may be a PIN, of at least `digits_min` digits.
pub fn check_pin(pin: &str, digits_min: usize) -> Result<(), WeakPin> {
    let digits = pin.as_bytes();
    let long = (digits_min..=PIN_DIGITS_MAX).contains(&digits.len());
    if !long || !digits.iter().all(u8::is_ascii_digit) {
        return Err(WeakPin);
    }
    let steps = digits.windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0]));
    let steps: Vec<i16> = steps.collect();
    let plain = [0, 1, -1].into_iter().any(|step| steps.iter().all(|one| *one == step));
    if plain { Err(WeakPin) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    const SETTINGS: ConsoleSettings = ConsoleSettings { locks_after: Duration::from_secs(900), pin_digits: 6 };

    #[test]
    fn a_console_locks_when_left_and_other_log_ins_only_when_told() {
        let never = ConsoleSettings { locks_after: Duration::ZERO, ..SETTINGS };
        for (settings, role, locked, idle, expect) in [
            (SETTINGS, Role::Operator, false, 0, false),
            (SETTINGS, Role::Operator, false, 899, false),
            (SETTINGS, Role::Operator, false, 900, true),
            (SETTINGS, Role::SystemAdmin, false, 900, true),
            (SETTINGS, Role::Leader, false, 9000, false),
            (SETTINGS, Role::Leader, true, 0, true),
            (never, Role::Operator, false, 9_000_000, false),
            (never, Role::Operator, true, 0, true),
        ] {
            let now = UNIX_EPOCH + Duration::from_secs(idle);
            let roles: Roles = [role].into_iter().collect();
            let standing =
                Standing { locked, acted: UNIX_EPOCH, ends: UNIX_EPOCH + Duration::from_secs(u32::MAX.into()) };
            assert_eq!(is_locked(settings, roles, standing, now), expect, "{role:?}, locked {locked}, idle {idle} s");
        }
    }

    #[test]
    fn a_console_past_its_end_is_locked_until_somebody_unlocks_it() {
        let never = ConsoleSettings { locks_after: Duration::ZERO, ..SETTINGS };
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for (role, acted, now, expect) in [
            (Role::Operator, 50, 99, false),
            (Role::Operator, 50, 100, true),
            (Role::Operator, 120, 5000, false),
            (Role::Leader, 50, 100, false),
        ] {
            let standing = Standing { locked: false, acted: at(acted), ends: at(100) };
            let roles: Roles = [role].into_iter().collect();
            assert_eq!(is_locked(never, roles, standing, at(now)), expect, "{role:?}, acted {acted}, now {now}");
        }
    }

    #[test]
    fn a_pin_is_of_digits_and_not_the_first_one_would_try() {
        for (pin, good) in [
            ("260411", true),
            ("112233", true),
            ("123457", true),
            ("26041", false),
            ("260411260411", true),
            ("2604112604110", false),
            ("26041a", false),
            ("２６０４１１", false),
            ("000000", false),
            ("123456", false),
            ("987654", false),
            ("", false),
        ] {
            assert_eq!(check_pin(pin, 6).is_ok(), good, "{pin}");
        }
        assert!(check_pin("260411", 8).is_err());
    }
}
