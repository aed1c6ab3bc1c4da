//! How often one address may ask: a bucket of tokens for each, in a table with an end.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// How often an address may ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// At once.
    pub(super) burst: f64,
    /// What it gets back in a second.
    pub(super) per_second: f64,
}

/// Joins: a whole township behind one translated address, or a load test. A join costs a worker's room for a peer and, once
/// it connects, 3 ms of handshake.
pub(super) const JOINS: Rate = Rate { burst: 500.0, per_second: 50.0 };

/// Changing requests of those we know: each is written into the book.
pub(super) const CHANGES: Rate = Rate { burst: 2000.0, per_second: 200.0 };

/// Changing requests of strangers: they are refused, but written into the book too, which must not fill the disk.
pub(super) const STRANGERS: Rate = Rate { burst: 400.0, per_second: 2.0 };

/// Log-ins: a room full of people behind one address.
pub(super) const LOGINS: Rate = Rate { burst: 40.0, per_second: 0.5 };

/// Pairing codes: nobody types eight digits faster.
pub(super) const CODES: Rate = Rate { burst: 10.0, per_second: 0.1 };

/// Most addresses remembered. When full, the one that is fullest again is forgotten: it loses nothing.
const ADDRESSES_MAX: usize = 4096;

/// Remembers how often each address asked.
#[derive(Debug)]
pub(super) struct Limit {
    rate: Rate,
    buckets: HashMap<IpAddr, Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn tokens(&self, now: Instant, rate: Rate) -> f64 {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * rate.per_second;
        (self.tokens + gained).min(rate.burst)
    }
}

impl Limit {
    /// A limit at which nobody has asked yet.
    #[must_use]
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, buckets: HashMap::new() }
    }

    /// Takes one request of `address`, or says how long to wait. IPv6 addresses count by their /64, which is one machine's.
    pub(super) fn take(&mut self, now: Instant, address: IpAddr) -> Result<(), Duration> {
        let key = match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
            v4 @ IpAddr::V4(_) => v4,
        };
        if !self.buckets.contains_key(&key) && self.buckets.len() >= ADDRESSES_MAX {
            self.forget_fullest(now);
        }
        let rate = self.rate;
        let bucket = self.buckets.entry(key).or_insert_with(|| Bucket { tokens: rate.burst, at: now });
        let tokens = bucket.tokens(now, rate);
        if tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - tokens) / rate.per_second));
        }
        *bucket = Bucket { tokens: tokens - 1.0, at: now };
        Ok(())
    }

    fn forget_fullest(&mut self, now: Instant) {
        let left = |bucket: &Bucket| bucket.tokens(now, self.rate);
        let fullest = self.buckets.iter().max_by(|(_, a), (_, b)| left(a).total_cmp(&left(b)));
        if let Some(key) = fullest.map(|(key, _)| *key) {
            self.buckets.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 500.0, per_second: 50.0 };
    const BURST: u32 = 500;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let start = Instant::now();
        let mut limit = Limit::new(RATE);
        for join in 0..BURST {
            assert!(limit.take(start, ip("10.0.0.1")).is_ok(), "join {join}");
        }
        let wait = limit.take(start, ip("10.0.0.1")).expect_err("the bucket is empty");
        assert!(limit.take(start, ip("10.0.0.2")).is_ok(), "another address has its own");
        assert!(limit.take(start + wait, ip("10.0.0.1")).is_ok());
        assert!(limit.take(start + wait, ip("::ffff:10.0.0.1")).is_err(), "the same address in another dress");
    }

    #[test]
    fn the_table_has_an_end_and_forgets_the_quietest() {
        let start = Instant::now();
        let mut limit = Limit::new(RATE);
        for _ in 0..BURST {
            limit.take(start, ip("10.9.9.9")).expect("within the burst");
        }
        for n in 0..20_000_u32 {
            let _ = limit.take(start, IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0a00_0000 + n)));
        }
        assert!(limit.buckets.len() <= ADDRESSES_MAX);
        assert!(limit.take(start, ip("10.9.9.9")).is_err(), "who is at the limit is not forgotten");
    }

    #[test]
    fn one_ipv6_network_is_one_address() {
        let start = Instant::now();
        let mut limit = Limit::new(RATE);
        for _ in 0..BURST {
            limit.take(start, ip("fd00::1:2:3:4")).expect("within the burst");
        }
        assert!(limit.take(start, ip("fd00::9:9:9:9")).is_err());
    }
}
