//! Whether a leg's process still delivers. The main type is [`Health`].
//!
//! The process says four times a second what has come in and gone out ([`Counts`]). From that follows what is wrong while it is
//! still trying (nobody answers, nothing readable comes), and, once it runs, that its picture has stopped: a camera that froze
//! with its sound still running is silent too. Sound that stops while the picture runs is told, but ends nothing: starting
//! again would cost the picture as well.

use super::problem::Fault;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// A process has this long to find out what its source has: a machine without a plugin registry first reads all plugins.
pub const START_LIMIT: Duration = Duration::from_secs(15);

/// Bytes that come in must make sense within this time.
pub const SENSE_LIMIT: Duration = Duration::from_secs(5);

/// A source that says it has a picture must send some of it within this time.
pub const FIRST_LIMIT: Duration = Duration::from_secs(3);

/// A picture that comes in must begin to go out within this time: a key frame is due every 4 s.
pub const KEY_FRAME_LIMIT: Duration = Duration::from_secs(8);

/// A running picture may stand still this long. With what a source holds back (SRT 200 ms, more if set) and [`TOLD_EVERY`], an
/// alarm is out 3 s after the last packet.
pub const STALL_AFTER: Duration = Duration::from_millis(2_000);

/// How often the process tells.
pub const TOLD_EVERY: Duration = Duration::from_millis(250);

/// What came in and went out since the process began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// What the source has, once that is known.
    pub found: Option<Found>,
    /// Bytes read from the source, where that can be seen before they are understood.
    pub bytes_in: u64,
    /// Buffers of the picture that came out of the source.
    pub video_in: u64,
    /// Packets of the picture made of them.
    pub video_made: u64,
    /// Of those, packets sent on.
    pub video_sent: u64,
    /// Packets of the sound sent on.
    pub audio_sent: u64,
}

/// What a source has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// A picture that can be used.
    pub video: bool,
    /// Sound that can be used.
    pub audio: bool,
}

/// Follows one process from its start.
#[derive(Debug)]
pub struct Health {
    started: Instant,
    /// Whether it waits for somebody to call, for as long as it takes.
    listens: bool,
    counts: Counts,
    first_bytes: Option<Instant>,
    found: Option<(Found, Instant)>,
    video_moved: Option<Instant>,
    audio_moved: Option<Instant>,
}

impl Health {
    /// A process that was just started.
    #[must_use]
    pub const fn starting(now: Instant, listens: bool) -> Self {
        let counts = Counts { found: None, bytes_in: 0, video_in: 0, video_made: 0, video_sent: 0, audio_sent: 0 };
        Self { started: now, listens, counts, first_bytes: None, found: None, video_moved: None, audio_moved: None }
    }

    /// The process told its counts. Returns whether it delivers.
    pub fn told(&mut self, now: Instant, counts: Counts) -> bool {
        if counts.bytes_in > 0 {
            self.first_bytes.get_or_insert(now);
        }
        if let (None, Some(found)) = (self.found, counts.found) {
            self.found = Some((found, now));
        }
        if counts.video_sent > self.counts.video_sent {
            self.video_moved = Some(now);
        }
        if counts.audio_sent > self.counts.audio_sent {
            self.audio_moved = Some(now);
        }
        self.counts = counts;
        self.delivers()
    }

    /// Whether its picture is on the way, or its sound if it has no picture.
    #[must_use]
    pub fn delivers(&self) -> bool {
        match self.found {
            Some((Found { video: true, .. }, _)) => self.video_moved.is_some(),
            Some((Found { video: false, .. }, _)) => self.audio_moved.is_some(),
            None => false,
        }
    }

    /// Whether it waits for a call and nobody has called yet.
    #[must_use]
    pub const fn is_waiting_for_call(&self) -> bool {
        self.listens && self.found.is_none() && self.first_bytes.is_none()
    }

    /// When it counts as failed unless it tells more before, and why.
    #[must_use]
    pub fn deadline(&self) -> Option<(Instant, Fault)> {
        let Some((found, since)) = self.found else {
            return match self.first_bytes {
                Some(first) => Some((first + SENSE_LIMIT, Fault::Garbage)),
                None if self.listens => None,
                None => Some((self.started + START_LIMIT, Fault::NoAnswer)),
            };
        };
        if !found.video {
            let moved = self.audio_moved.map_or(since + FIRST_LIMIT, |moved| moved + STALL_AFTER);
            return Some((moved, Fault::NoPicture));
        }
        Some(match self.video_moved {
            Some(moved) => (moved + STALL_AFTER, Fault::NoPicture),
            None if self.counts.video_in == 0 => (since + FIRST_LIMIT, Fault::NoPicture),
            None if self.counts.video_made == 0 => (since + KEY_FRAME_LIMIT, Fault::Garbage),
            None => (since + KEY_FRAME_LIMIT, Fault::KeyFrames),
        })
    }

    /// What is wrong although it delivers.
    #[must_use]
    pub fn notice(&self, now: Instant) -> Option<Fault> {
        let (found, since) = self.found?;
        let moved = self.audio_moved.unwrap_or(since + FIRST_LIMIT);
        let silent = found.video && found.audio && now.saturating_duration_since(moved) > STALL_AFTER;
        silent.then_some(Fault::NoSound)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests need some moment to count from")]

    use super::*;

    const BOTH: Found = Found { video: true, audio: true };

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn sent(video: u64, audio: u64) -> Counts {
        Counts {
            found: Some(BOTH),
            bytes_in: 1,
            video_in: video,
            video_made: video,
            video_sent: video,
            audio_sent: audio,
        }
    }

    /// What a process that told this once, one second after its start, fails with and when.
    fn after(listens: bool, counts: Counts) -> Option<(u64, Fault)> {
        let start = Instant::now();
        let mut health = Health::starting(start, listens);
        health.told(at(start, 1), counts);
        health.deadline().map(|(by, fault)| (by.duration_since(start).as_secs(), fault))
    }

    #[test]
    fn each_way_of_not_starting_has_its_limit_and_its_name() {
        let nothing = Counts::default();
        let found = Counts { found: Some(BOTH), ..nothing };
        let sound = Counts { found: Some(Found { video: false, audio: true }), ..nothing };
        for (name, listens, counts, expect) in [
            ("nobody answers", false, nothing, Some((15, Fault::NoAnswer))),
            ("nobody calls", true, nothing, None),
            ("bytes without sense", false, Counts { bytes_in: 9, ..nothing }, Some((6, Fault::Garbage))),
            ("a caller's bytes without sense", true, Counts { bytes_in: 9, ..nothing }, Some((6, Fault::Garbage))),
            ("a picture that does not come", false, found, Some((4, Fault::NoPicture))),
            ("packets that hold no picture", false, Counts { video_in: 9, ..found }, Some((9, Fault::Garbage))),
            (
                "a picture without key frames",
                false,
                Counts { video_in: 9, video_made: 9, ..found },
                Some((9, Fault::KeyFrames)),
            ),
            ("only sound, which does not come", false, sound, Some((4, Fault::NoPicture))),
        ] {
            assert_eq!(after(listens, counts), expect, "{name}");
        }
    }

    #[test]
    fn a_silent_picture_is_a_stall_within_three_seconds() {
        let start = Instant::now();
        let mut health = Health::starting(start, false);
        for second in 1..10 {
            health.told(at(start, second), sent(100.min(second * 30), second * 50));
        }
        let (by, fault) = health.deadline().expect("it runs");
        assert_eq!((by, fault), (at(start, 4) + STALL_AFTER, Fault::NoPicture), "it last moved in the fourth second");
        assert!(TOLD_EVERY + STALL_AFTER < Duration::from_secs(3));
    }

    #[test]
    fn silent_sound_is_told_and_ends_nothing() {
        let start = Instant::now();
        let mut health = Health::starting(start, false);
        for second in 1..20 {
            assert!(health.told(at(start, second), sent(second * 30, 250.min(second * 50))));
        }
        assert_eq!(health.notice(at(start, 7)), None);
        assert_eq!(health.notice(at(start, 8)), Some(Fault::NoSound));
        assert!(health.deadline().is_some_and(|(by, _)| by > at(start, 20)));
    }

    #[test]
    fn sound_alone_and_a_picture_alone_run() {
        let start = Instant::now();
        for (found, counts) in [
            (Found { video: false, audio: true }, Counts { audio_sent: 5, ..Counts::default() }),
            (Found { video: true, audio: false }, Counts { video_sent: 5, ..Counts::default() }),
        ] {
            let mut health = Health::starting(start, false);
            assert!(health.told(at(start, 1), Counts { found: Some(found), ..counts }));
            assert_eq!(health.notice(at(start, 60)), None);
        }
    }

    #[test]
    fn who_waits_for_a_call_waits_until_it_comes() {
        let start = Instant::now();
        let mut health = Health::starting(start, true);
        health.told(at(start, 100), Counts::default());
        assert!(health.is_waiting_for_call());
        health.told(at(start, 101), Counts { bytes_in: 1, ..Counts::default() });
        assert!(!health.is_waiting_for_call());
    }
}
