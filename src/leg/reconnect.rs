//! How long to wait before a leg's process is started again. The main type is [`Reconnect`].
//!
//! Five kinds of ends ask for five rhythms:
//!
//! * **The process died**: the source is fine, so it is started again at once, and only then with the waits of [`WAITS`].
//! * **Nobody is there** (off, unplugged, restarting), as a TCP connection tells without a process: it is looked for every second,
//!   however long that takes. The picture has to be back within 5 s of an encoder that was switched on again, be it after lunch,
//!   and after the next look up to 2 s pass until its next key frame.
//! * **The source is away** and only a process can tell (stalled, or SRT, which has no connection to try): every 2 s within the
//!   first minute, then the waits grow as in [`WAITS`].
//! * **A caller left**: the port is open again at once, for whoever calls finds nobody else to try.
//! * **A person is needed** (wrong password, wrong profile): the waits of [`WAITS`] from the first, since many cameras lock an
//!   account after five wrong log-ins in a row.

use super::problem::{Fault, Problem, Remedy};
use std::time::{Duration, Instant};

/// Waits after the first, second, … end in a row; the last one repeats.
pub const WAITS: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(30),
];

/// The wait between two looks for a source that is not there: one connection of TCP.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The wait after a process died, once.
pub const AT_ONCE: Duration = Duration::from_millis(200);

/// For so long a source that is away is looked for after the shortest wait each time.
pub const SOON_FOR: Duration = Duration::from_secs(60);

/// A process that delivered for this long was healthy: its end counts as the first one again.
pub const HEALTHY_AFTER: Duration = Duration::from_secs(30);

/// What kind of end it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The process died, or the relay let go of it.
    Died,
    /// Nobody is at the source's address, as one connection told.
    Absent,
    /// The source is away.
    Away,
    /// Who called has left.
    CallerLeft,
    /// Nothing gets better before a person changes something.
    Wrong,
}

impl Ending {
    /// What kind of end this problem makes, for a leg that `listens` or calls.
    #[must_use]
    pub const fn of(problem: &Problem, listens: bool) -> Self {
        match problem {
            Problem::Crashed | Problem::Removed | Problem::RoomClosed => Self::Died,
            Problem::Refused | Problem::NotStarted | Problem::Pipeline | Problem::NoFile(_) | Problem::File(_) => {
                Self::Wrong
            }
            Problem::NoCall => Self::CallerLeft,
            Problem::Source(Fault::PortClosed | Fault::Unreachable) => Self::Absent,
            Problem::Source(fault) => match fault.remedy() {
                Remedy::Time if listens && !matches!(fault, Fault::PortTaken) => Self::CallerLeft,
                Remedy::Time => Self::Away,
                Remedy::Person => Self::Wrong,
            },
        }
    }
}

/// Counts ends in a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reconnect {
    in_a_row: usize,
    /// When the first of them was.
    first: Option<Instant>,
    died_before: bool,
    /// When the present process first delivered; `None` before that and after its end.
    delivering_since: Option<Instant>,
}

impl Reconnect {
    /// The process delivers. Say it as often as you like.
    pub fn delivers(&mut self, now: Instant) {
        self.delivering_since.get_or_insert(now);
    }

    /// The process ended, or never started. Returns how long to wait.
    pub fn ended(&mut self, now: Instant, ending: Ending) -> Duration {
        let since = self.delivering_since.take();
        if since.is_some_and(|since| now.saturating_duration_since(since) >= HEALTHY_AFTER) {
            *self = Self::default();
        }
        if ending == Ending::Died && !self.died_before {
            self.died_before = true;
            return AT_ONCE;
        }
        if ending == Ending::CallerLeft {
            return if since.is_some() { AT_ONCE } else { WAITS[0] };
        }
        let first = *self.first.get_or_insert(now);
        if ending == Ending::Absent {
            return LOOK_EVERY;
        }
        if ending == Ending::Away && now.saturating_duration_since(first) < SOON_FOR {
            return WAITS[0];
        }
        let wait = WAITS[self.in_a_row.min(WAITS.len() - 1)];
        self.in_a_row += 1;
        wait
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests need some moment to count from")]

    use super::*;

    /// The waits of ends that follow each other by nothing but the waits themselves.
    fn waits(ending: Ending, count: usize) -> Vec<f32> {
        let (mut reconnect, mut now) = (Reconnect::default(), Instant::now());
        let each = |_| {
            let wait = reconnect.ended(now, ending);
            now += wait;
            wait.as_secs_f32()
        };
        (0..count).map(each).collect()
    }

    #[test]
    fn what_needs_a_person_is_tried_ever_more_rarely() {
        assert_eq!(waits(Ending::Wrong, 7), [2.0, 5.0, 10.0, 20.0, 30.0, 30.0, 30.0]);
    }

    #[test]
    fn a_source_that_is_away_is_looked_for_often_in_the_first_minute() {
        let waits = waits(Ending::Away, 36);
        assert!(waits[..30].iter().all(|wait| *wait == 2.0), "{waits:?}");
        assert_eq!(waits[30..], [2.0, 5.0, 10.0, 20.0, 30.0, 30.0]);
    }

    #[test]
    fn an_address_where_nobody_is_costs_so_little_that_it_is_looked_at_for_ever() {
        assert!(waits(Ending::Absent, 2000).iter().all(|wait| *wait == 1.0));
    }

    #[test]
    fn a_process_that_died_is_started_at_once_but_not_for_ever() {
        assert_eq!(waits(Ending::Died, 4), [0.2, 2.0, 5.0, 10.0]);
    }

    #[test]
    fn thirty_seconds_of_health_forgive_what_was_before() {
        let mut reconnect = Reconnect::default();
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        reconnect.ended(at(0), Ending::Wrong);
        reconnect.ended(at(2), Ending::Wrong);
        reconnect.delivers(at(10));
        assert_eq!(reconnect.ended(at(39), Ending::Wrong), WAITS[2], "not yet healthy");
        reconnect.delivers(at(50));
        reconnect.delivers(at(70));
        assert_eq!(reconnect.ended(at(80), Ending::Wrong), WAITS[0]);
        assert_eq!(reconnect.ended(at(120), Ending::Wrong), WAITS[1], "health before that end is not counted twice");
    }

    #[test]
    fn each_problem_has_its_rhythm() {
        for (problem, listens, expect) in [
            (Problem::Crashed, false, Ending::Died),
            (Problem::Source(Fault::PortClosed), false, Ending::Absent),
            (Problem::Source(Fault::NoPicture), false, Ending::Away),
            (Problem::Source(Fault::Ended), true, Ending::CallerLeft),
            (Problem::Source(Fault::PortTaken), true, Ending::Away),
            (Problem::Source(Fault::WrongPassword), false, Ending::Wrong),
            (Problem::Source(Fault::KeyFrames), true, Ending::Wrong),
            (Problem::Refused, false, Ending::Wrong),
        ] {
            assert_eq!(Ending::of(&problem, listens), expect, "{problem:?}");
        }
    }

    #[test]
    fn the_port_is_open_again_at_once_for_a_caller_that_was_good() {
        let (mut reconnect, now) = (Reconnect::default(), Instant::now());
        reconnect.delivers(now);
        assert_eq!(reconnect.ended(now, Ending::CallerLeft), AT_ONCE);
        assert_eq!(reconnect.ended(now, Ending::CallerLeft), WAITS[0], "it never delivered");
    }
}
