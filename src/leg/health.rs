//! Whether a leg's process still delivers. The main type is [`Health`].
//!
//! The process says once a second how many packets each track has sent ([`Report::Alive`](super::job::Report)). Silence of the
//! process, or of any one track, for [`STALL_AFTER`] is a stall: a camera that froze with its sound still running is one too.

use std::time::{Duration, Instant};

/// A process has this long to send its first packets: a machine without a plugin registry first reads all plugins.
pub const START_LIMIT: Duration = Duration::from_secs(15);

/// A running process, or one of its tracks, may be silent this long.
pub const STALL_AFTER: Duration = Duration::from_secs(5);

/// Packets sent so far by each track the pipeline has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Of the picture; `None` if there is no such track.
    pub video: Option<u64>,
    /// Of the sound.
    pub audio: Option<u64>,
}

/// Follows one process from its start.
#[derive(Debug)]
pub struct Health {
    video: Track,
    audio: Track,
}

#[derive(Debug, Clone, Copy)]
struct Track {
    packets: u64,
    /// By when it must have moved; `None` if there is no such track.
    deadline: Option<Instant>,
}

impl Health {
    /// A process that was just started, with these tracks.
    #[must_use]
    pub fn starting(now: Instant, has_video: bool, has_audio: bool) -> Self {
        let track = |there: bool| Track { packets: 0, deadline: there.then(|| now + START_LIMIT) };
        Self { video: track(has_video), audio: track(has_audio) }
    }

    /// The process told its counts. Returns whether all its tracks have delivered by now.
    pub fn told(&mut self, now: Instant, sent: Sent) -> bool {
        self.video.told(now, sent.video) & self.audio.told(now, sent.audio)
    }

    /// When it counts as stalled unless it tells more before.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.video.deadline.into_iter().chain(self.audio.deadline).min()
    }
}

impl Track {
    fn told(&mut self, now: Instant, packets: Option<u64>) -> bool {
        let packets = packets.unwrap_or(0);
        if packets > self.packets && self.deadline.is_some() {
            self.packets = packets;
            self.deadline = Some(now + STALL_AFTER);
        }
        self.deadline.is_none() || self.packets > 0
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests need some moment to count from")]

    use super::*;

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn sent(video: u64, audio: u64) -> Sent {
        Sent { video: Some(video), audio: Some(audio) }
    }

    #[test]
    fn a_start_has_more_time_than_a_running_track() {
        let start = Instant::now();
        let mut health = Health::starting(start, true, true);
        assert_eq!(health.deadline(), Some(start + START_LIMIT));
        assert!(!health.told(at(start, 1), sent(0, 50)), "the picture is still missing");
        assert_eq!(health.deadline(), Some(at(start, 1) + STALL_AFTER), "the sound runs already");
        assert!(health.told(at(start, 2), sent(9, 100)));
        assert_eq!(health.deadline(), Some(at(start, 2) + STALL_AFTER));
    }

    #[test]
    fn one_silent_track_is_a_stall() {
        let start = Instant::now();
        let mut health = Health::starting(start, true, true);
        for second in 1..10 {
            health.told(at(start, second), sent(100.min(second * 30), second * 50));
        }
        assert_eq!(health.deadline(), Some(at(start, 4) + STALL_AFTER), "the picture last moved in the fourth second");
    }

    #[test]
    fn a_track_that_is_not_there_is_never_missed() {
        let start = Instant::now();
        let mut health = Health::starting(start, false, true);
        assert!(health.told(at(start, 1), Sent { video: None, audio: Some(50) }));
        assert_eq!(health.deadline(), Some(at(start, 1) + STALL_AFTER));
    }
}
