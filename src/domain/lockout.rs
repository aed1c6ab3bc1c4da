//! The lock (锁定) after wrong passwords: counted for each account **and** address, so that nobody can lock an operator out
//! from another desk.
//!
//! An attempt counts when it begins and is taken back when it succeeds, so that a thousand attempts at once are no way
//! around it. Names that do not exist are counted like those that do. Running sessions and paired machines are never
//! locked. It lives in memory: who can restart the server needs no password.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// Failures that lock, unless a site says otherwise.
pub const FAILURES_MAX: u32 = 5;

/// How long it stays locked, unless a site says otherwise.
pub const LOCKED_FOR: Duration = Duration::from_secs(30 * 60);

/// What a site asks of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockoutRules {
    /// Failures that lock.
    pub failures: u32,
    /// How long it stays locked, and how long failures are remembered.
    pub locked_for: Duration,
}

impl Default for LockoutRules {
    fn default() -> Self {
        Self { failures: FAILURES_MAX, locked_for: LOCKED_FOR }
    }
}

/// Most pairs of name and address that are remembered. When full, the one that is oldest and not locked is forgotten; if
/// all are locked, the oldest: an attacker needs that many addresses for it.
const PAIRS_MAX: usize = 8192;

/// Longest name that is remembered whole; a longer one exists nowhere.
const NAME_BYTES_MAX: usize = 64;

/// Counts failures.
#[derive(Debug, Default)]
pub struct Lockout {
    rules: LockoutRules,
    pairs: HashMap<(String, IpAddr), Failures>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    fn is_over(self, rules: LockoutRules, now: Instant) -> bool {
        now.saturating_duration_since(self.last) >= rules.locked_for
    }

    fn locks(self, rules: LockoutRules, now: Instant) -> bool {
        self.count >= rules.failures && !self.is_over(rules, now)
    }
}

/// It is locked; the password was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("locked for another {left:?}")]
pub struct Locked {
    /// How much longer.
    pub left: Duration,
}

impl Lockout {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(rules: LockoutRules) -> Self {
        Self { rules, pairs: HashMap::new() }
    }

    /// Counts an attempt that begins; call [`succeeded`](Self::succeeded) if its password was right.
    pub fn begin(&mut self, now: Instant, name: &str, address: IpAddr) -> Result<(), Locked> {
        let key = key(name, address);
        if !self.pairs.contains_key(&key) && self.pairs.len() >= PAIRS_MAX {
            self.forget_one(now);
        }
        let rules = self.rules;
        let failures = self.pairs.entry(key).or_insert(Failures { count: 0, last: now });
        if failures.is_over(rules, now) {
            failures.count = 0;
        }
        if failures.count >= rules.failures {
            let left = rules.locked_for.saturating_sub(now.saturating_duration_since(failures.last));
            return Err(Locked { left });
        }
        failures.count += 1;
        failures.last = now;
        Ok(())
    }

    /// The password was right: failures before it are forgotten.
    pub fn succeeded(&mut self, name: &str, address: IpAddr) {
        self.pairs.remove(&key(name, address));
    }

    /// An attempt was not carried out: it doesn't count.
    pub fn take_back(&mut self, name: &str, address: IpAddr) {
        if let Some(failures) = self.pairs.get_mut(&key(name, address)) {
            failures.count = failures.count.saturating_sub(1);
        }
    }

    /// Opens every lock of a name: an administrator says so.
    pub fn unlock(&mut self, name: &str) {
        self.pairs.retain(|(known, _), _| known != name);
    }

    /// Whether a name is locked for anybody.
    #[must_use]
    pub fn is_locked(&self, now: Instant, name: &str) -> bool {
        self.pairs.iter().any(|((known, _), failures)| known == name && failures.locks(self.rules, now))
    }

    fn forget_one(&mut self, now: Instant) {
        let rank = |failures: &Failures| (failures.locks(self.rules, now), failures.last);
        let least = self.pairs.iter().min_by_key(|(_, failures)| rank(failures)).map(|(key, _)| key.clone());
        if let Some(key) = least {
            self.pairs.remove(&key);
        }
    }
}

/// IPv6 addresses count by their /64, which is one machine's.
fn key(name: &str, address: IpAddr) -> (String, IpAddr) {
    let network = match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    };
    let end = name.floor_char_boundary(NAME_BYTES_MAX);
    (name[..end].to_owned(), network)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[expect(clippy::disallowed_methods, reason = "any moment serves as the first")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn five_failures_lock_one_name_at_one_address_for_half_an_hour() {
        let (now, mut lockout) = (start(), Lockout::default());
        for failure in 0..FAILURES_MAX {
            assert_eq!(lockout.begin(now, "op", ip("10.0.0.9")), Ok(()), "failure {failure}");
        }
        assert_eq!(lockout.begin(now, "op", ip("10.0.0.9")), Err(Locked { left: LOCKED_FOR }));
        assert!(lockout.is_locked(now, "op") && !lockout.is_locked(now, "other"));
        assert_eq!(lockout.begin(now, "op", ip("10.0.0.1")), Ok(()), "the operator's own desk");
        assert_eq!(lockout.begin(now, "other", ip("10.0.0.9")), Ok(()));
        let second = Duration::from_secs(1);
        assert_eq!(lockout.begin(now + LOCKED_FOR - second, "op", ip("::ffff:10.0.0.9")), Err(Locked { left: second }));
        assert_eq!(lockout.begin(now + LOCKED_FOR, "op", ip("10.0.0.9")), Ok(()));
        assert!(!lockout.is_locked(now + LOCKED_FOR, "op"));
    }

    #[test]
    fn a_site_says_how_many_failures_lock_and_for_how_long() {
        let rules = LockoutRules { failures: 3, locked_for: Duration::from_secs(600) };
        let (now, mut lockout) = (start(), Lockout::new(rules));
        for _ in 0..3 {
            assert_eq!(lockout.begin(now, "op", ip("10.0.0.9")), Ok(()));
        }
        assert_eq!(lockout.begin(now, "op", ip("10.0.0.9")), Err(Locked { left: rules.locked_for }));
        assert_eq!(lockout.begin(now + rules.locked_for, "op", ip("10.0.0.9")), Ok(()));
    }

    #[test]
    fn what_succeeds_or_is_not_done_does_not_count() {
        let (now, mut lockout) = (start(), Lockout::default());
        for _ in 0..20 {
            for _ in 0..FAILURES_MAX - 1 {
                lockout.begin(now, "op", ip("10.0.0.1")).expect("below the limit");
            }
            lockout.begin(now, "op", ip("10.0.0.1")).expect("the fifth is the right one");
            lockout.succeeded("op", ip("10.0.0.1"));
            lockout.begin(now, "op", ip("10.0.0.2")).expect("never counted");
            lockout.take_back("op", ip("10.0.0.2"));
        }
    }

    #[test]
    fn an_administrator_unlocks_every_address() {
        let (now, mut lockout) = (start(), Lockout::default());
        for address in ["10.0.0.1", "fd00::1"] {
            while lockout.begin(now, "op", ip(address)).is_ok() {}
        }
        assert!(lockout.begin(now, "op", ip("fd00::2")).is_err(), "the same /64");
        lockout.unlock("op");
        assert!(lockout.begin(now, "op", ip("10.0.0.1")).is_ok() && lockout.begin(now, "op", ip("fd00::1")).is_ok());
    }

    #[test]
    fn the_table_has_an_end_and_keeps_the_locks() {
        let (now, mut lockout) = (start(), Lockout::default());
        while lockout.begin(now, "op", ip("10.9.9.9")).is_ok() {}
        for n in 0..u32::try_from(PAIRS_MAX).expect("it is small") + 200 {
            let address = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + n));
            let _ = lockout.begin(now + Duration::from_millis(n.into()), &"长".repeat(300), address);
        }
        assert!(lockout.pairs.len() <= PAIRS_MAX);
        assert!(lockout.pairs.keys().all(|(name, _)| name.len() <= NAME_BYTES_MAX));
        assert!(lockout.begin(now, "op", ip("10.9.9.9")).is_err());
    }
}
