//! Clocks and the ways between them: a source's own timestamps, and the one time line each peer sees for its whole life.

use super::{media::Codec, rtp::timestamp_step};
use crate::quantity::NtpTime;
use std::time::{Duration, Instant};

/// Maps a source's timestamps to the moments its packets would have arrived without queueing.
///
/// The mapping is the smallest lag seen between arrival and timestamp; it may grow by [`DRIFT_PER_SECOND`], so that a sender
/// whose clock is slow is followed. A jump of more than [`JUMP`] starts it anew.
#[derive(Debug, Clone)]
pub struct SourceClock {
    rate: u32,
    fit: Option<Fit>,
}

#[derive(Debug, Clone, Copy)]
struct Fit {
    timestamp: u32,
    at: Instant,
    seen: Instant,
}

/// Crystal clocks differ by at most some 200 parts in a million; this follows them with room to spare.
const DRIFT_PER_SECOND: Duration = Duration::from_millis(1);

/// A timestamp this far from where it should be belongs to a new time line.
const JUMP: Duration = Duration::from_secs(2);

impl SourceClock {
    /// A clock that has seen nothing, ticking `rate` times a second.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        Self { rate, fit: None }
    }

    /// Learns from a packet with `timestamp` that arrived at `arrival`.
    pub fn learn(&mut self, timestamp: u32, arrival: Instant) {
        let Some(fit) = &mut self.fit else {
            self.fit = Some(Fit { timestamp, at: arrival, seen: arrival });
            return;
        };
        let expected = offset(fit.at, ticks_to_nanos(timestamp_step(fit.timestamp, timestamp), self.rate));
        let allowed = expected + DRIFT_PER_SECOND.mul_f64(arrival.saturating_duration_since(fit.seen).as_secs_f64());
        let jumped =
            arrival.saturating_duration_since(expected) > JUMP || expected.saturating_duration_since(arrival) > JUMP;
        let at = if jumped { arrival } else { arrival.min(allowed) };
        *fit = Fit { timestamp, at, seen: arrival.max(fit.seen) };
    }

    /// The latest timestamp it learned from.
    #[must_use]
    pub fn latest(&self) -> Option<u32> {
        self.fit.map(|fit| fit.timestamp)
    }

    /// When a packet with `timestamp` would have arrived without queueing; `fallback` if nothing is known yet.
    #[must_use]
    pub fn moment(&self, timestamp: u32, fallback: Instant) -> Instant {
        self.fit
            .map_or(fallback, |fit| offset(fit.at, ticks_to_nanos(timestamp_step(fit.timestamp, timestamp), self.rate)))
    }
}

/// The time line of all of a peer's slots with one clock rate: fixed for its life, so that sender reports of every slot
/// agree and a player can keep sound and picture together.
#[derive(Debug, Clone, Copy)]
pub struct PeerClock {
    /// When the timestamp was `base`.
    pub epoch: Instant,
    /// A random start (RFC 3550 §5.1).
    pub base: u32,
}

impl PeerClock {
    /// The timestamp of `moment` on a clock of `rate` ticks a second; moments before the epoch count backward.
    #[must_use]
    pub fn timestamp(&self, moment: Instant, rate: u32) -> u32 {
        let ticks = |span: Duration| (span.as_nanos() * u128::from(rate) / 1_000_000_000) as u32;
        match moment.checked_duration_since(self.epoch) {
            Some(after) => self.base.wrapping_add(ticks(after)),
            None => self.base.wrapping_sub(ticks(self.epoch.saturating_duration_since(moment))),
        }
    }

    /// A timestamp near `now` on a clock of `from` ticks a second, on one of `to` ticks.
    #[must_use]
    pub fn converted(&self, timestamp: u32, from: u32, to: u32, now: Instant) -> u32 {
        let step = i64::from(timestamp_step(self.timestamp(now, from), timestamp)) * i64::from(to) / i64::from(from);
        self.timestamp(now, to).wrapping_add(step as u32)
    }
}

/// A moment of capture on two time lines of one sender: its picture's and its sound's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Together {
    /// RTP timestamp of the picture.
    pub picture: u32,
    /// RTP timestamp of the sound.
    pub sound: u32,
}

/// What a sender's report says of one stream (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// The sender's own time.
    pub ntp: NtpTime,
    /// The stream's timestamp then.
    pub timestamp: u32,
}

/// Reports of two streams that are further apart are not of one clock, seconds.
const REPORTS_APART_MAX: i64 = 60;

impl Together {
    /// Both time lines start at zero: a leg's, whose pipeline has one clock.
    pub const FROM_ZERO: Self = Self { picture: 0, sound: 0 };

    /// As the sender's reports say; `None` if they can't be of one clock.
    #[must_use]
    pub fn of(picture: Reported, sound: Reported) -> Option<Self> {
        let apart = picture.ntp.0.wrapping_sub(sound.ntp.0) as i64;
        (apart.unsigned_abs() >> 32 < REPORTS_APART_MAX as u64).then(|| {
            let ticks = (i128::from(apart) * i128::from(SOUND_RATE)) >> 32;
            Self { picture: picture.timestamp, sound: sound.timestamp.wrapping_add(ticks as u32) }
        })
    }

    /// The sound's timestamp when the picture's was this.
    #[must_use]
    pub fn sound_at(&self, picture: u32) -> u32 {
        let step = i64::from(timestamp_step(self.picture, picture)) * i64::from(SOUND_RATE) / i64::from(PICTURE_RATE);
        self.sound.wrapping_add(step as u32)
    }

    /// The same lines, named by a moment near this one: timestamps are a circle.
    pub fn keep_near(&mut self, picture: u32) {
        if timestamp_step(self.picture, picture).unsigned_abs() > 1 << 28 {
            *self = Self { picture, sound: self.sound_at(picture) };
        }
    }
}

const PICTURE_RATE: u32 = Codec::H264.clock_rate();
const SOUND_RATE: u32 = Codec::Opus.clock_rate();

fn ticks_to_nanos(ticks: i32, rate: u32) -> i64 {
    i64::from(ticks) * 1_000_000_000 / i64::from(rate)
}

/// `from` moved by `nanos`; stays where it is if the clock can't express that.
fn offset(from: Instant, nanos: i64) -> Instant {
    let span = Duration::from_nanos(nanos.unsigned_abs());
    let moved = if nanos < 0 { from.checked_sub(span) } else { from.checked_add(span) };
    moved.unwrap_or(from)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn the_least_delayed_packet_sets_the_clock() {
        let start = Instant::now();
        let mut clock = SourceClock::new(90_000);
        clock.learn(1000, start + ms(30));
        clock.learn(1000 + 9000, start + ms(100));
        clock.learn(1000 + 18_000, start + ms(250));
        let drift = clock.moment(1000 + 27_000, start).saturating_duration_since(start + ms(300));
        assert!(drift < ms(1), "{drift:?}");
    }

    #[test]
    fn a_jump_of_the_senders_timestamps_starts_anew() {
        let start = Instant::now();
        let mut clock = SourceClock::new(48_000);
        clock.learn(0, start);
        clock.learn(48_000 * 100, start + ms(20));
        assert_eq!(clock.moment(48_000 * 100, start), start + ms(20));
        clock.learn(0, start + ms(40));
        assert_eq!(clock.moment(0, start), start + ms(40));
    }

    #[test]
    fn a_slow_sender_is_followed() {
        let start = Instant::now();
        let mut clock = SourceClock::new(90_000);
        for second in 0..1000u64 {
            clock.learn((second * 89_991) as u32, start + Duration::from_secs(second));
        }
        let lag = (start + Duration::from_secs(999)).saturating_duration_since(clock.moment(999 * 89_991, start));
        assert!(lag < ms(1), "{lag:?}");
    }

    #[test]
    fn reports_tell_how_two_time_lines_belong_together() {
        let at = |seconds: u64, half: bool| NtpTime(seconds << 32 | if half { 1 << 31 } else { 0 });
        let picture = Reported { ntp: at(1000, true), timestamp: 90_000 };
        let sound = Reported { ntp: at(1000, false), timestamp: u32::MAX };
        let mut together = Together::of(picture, sound).expect("of one clock");
        assert_eq!(together.sound_at(90_000), 23_999);
        assert_eq!(together.sound_at(0), 23_999u32.wrapping_sub(48_000));
        let later = 90_000u32.wrapping_add(1 << 29);
        let then = together.sound_at(later);
        together.keep_near(later);
        assert_eq!((together.picture, together.sound_at(later)), (later, then));
        assert_eq!(Together::of(sound, picture).map(|known| known.sound), Some(66_000));
        assert_eq!(Together::of(picture, Reported { ntp: at(3, false), timestamp: 0 }), None);
    }

    #[test]
    fn a_peers_time_line_runs_both_ways_from_its_epoch() {
        let epoch = Instant::now() + ms(1000);
        let clock = PeerClock { epoch, base: 5 };
        assert_eq!(clock.timestamp(epoch + ms(10), 90_000), 905);
        assert_eq!(clock.timestamp(epoch - ms(10), 90_000), 5u32.wrapping_sub(900));
    }
}
