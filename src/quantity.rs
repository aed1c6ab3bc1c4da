//! Quantities that carry their unit, so that a bare number never has to be guessed at.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Bits per second of payload on the wire, headers of RTP included, IP and UDP headers left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Bitrate(u64);

impl Bitrate {
    /// A rate in bits per second.
    #[must_use]
    pub const fn bps(bits_per_second: u64) -> Self {
        Self(bits_per_second)
    }

    /// A rate in kilobits (1000 bits) per second.
    #[must_use]
    pub const fn kbps(kilobits_per_second: u64) -> Self {
        Self(kilobits_per_second * 1000)
    }

    /// What `bytes` in `elapsed` amount to; zero when no time has passed.
    #[must_use]
    pub fn of(bytes: u64, elapsed: Duration) -> Self {
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        Self(bytes.saturating_mul(8_000_000).checked_div(micros).unwrap_or(0))
    }

    /// The rate in bits per second.
    #[must_use]
    pub const fn as_bps(self) -> u64 {
        self.0
    }
}

/// Wall-clock time as RTCP carries it: Q32.32 seconds since 1900-01-01 UTC (RFC 3550 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// Seconds from the NTP epoch (1900) to the Unix epoch (1970).
    const UNIX_OFFSET_SECONDS: u64 = 2_208_988_800;

    /// The NTP time `since_unix` after 1970-01-01 UTC.
    #[must_use]
    pub fn from_unix(since_unix: Duration) -> Self {
        let seconds = since_unix.as_secs().wrapping_add(Self::UNIX_OFFSET_SECONDS);
        let fraction = (u64::from(since_unix.subsec_nanos()) << 32) / 1_000_000_000;
        Self((seconds << 32) | fraction)
    }

    /// This many ticks of a clock that has `rate` of them a second later; earlier if it is negative.
    #[must_use]
    pub fn after_ticks(self, ticks: i32, rate: u32) -> Self {
        let step = (i64::from(ticks) << 32) / i64::from(rate);
        Self(self.0.wrapping_add_signed(step))
    }

    /// Seconds within 64 s as `abs-send-time` carries them: 6.18 bits.
    #[must_use]
    pub fn send_time(self) -> [u8; 3] {
        let [_, high, middle, low] = ((self.0 >> 14) as u32).to_be_bytes();
        [high, middle, low]
    }

    /// The middle 32 bits, as report blocks carry them (RFC 3550 §6.4.1, LSR): Q16.16 seconds.
    #[must_use]
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

impl std::ops::Add<Duration> for NtpTime {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        let fraction = (u64::from(later.subsec_nanos()) << 32) / 1_000_000_000;
        Self(self.0.wrapping_add(later.as_secs() << 32).wrapping_add(fraction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_bits_over_time() {
        assert_eq!(Bitrate::of(125_000, Duration::from_secs(1)), Bitrate::kbps(1000));
        assert_eq!(Bitrate::of(1, Duration::ZERO), Bitrate::default());
    }

    #[test]
    fn ntp_time_starts_seventy_years_before_unix_time() {
        let half = NtpTime::from_unix(Duration::from_millis(500));
        assert_eq!(half.0, (2_208_988_800 << 32) | (1 << 31));
        assert_eq!(half + Duration::from_millis(1500), NtpTime::from_unix(Duration::from_secs(2)));
        assert_eq!(half.middle(), ((2_208_988_800u64 & 0xffff) as u32) << 16 | 0x8000);
    }
}
