//! What became different, so that pages read it anew at once instead of asking all the time: each change has a number and an area,
//! the first part of its word in the book (`meeting` of `meeting.plan`). Nothing else is told: what it is now, a page asks for, and is
//! told as much as its log-in may know.
//!
//! The latest are kept, so that a page whose line failed goes on where it was ([`Changes::since`]). A server that started anew counts
//! anew, under another [`run`](Changes::run).

use super::App;
use crate::domain::access::{self, Action, Actor, Refusal, Resource};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};
use tokio::sync::watch;

/// How many are kept: at one a second, what a page missed in a quarter of an hour.
const KEPT: usize = 1000;

/// The latest changes.
pub struct Changes {
    run: String,
    /// How many there were in all. Held back by `kept`: sent while that is locked.
    count: watch::Sender<u64>,
    kept: Mutex<VecDeque<&'static str>>,
}

impl Default for Changes {
    fn default() -> Self {
        let run: crate::id::MeetingId = super::new_id();
        Self { run: run.to_string(), count: watch::Sender::new(0), kept: Mutex::default() }
    }
}

impl Changes {
    /// Says that something became different. `action` is its word in the book.
    pub fn note(&self, action: &'static str) {
        let area = action.split_once('.').map_or(action, |(area, _)| area);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(area);
        self.count.send_modify(|count| *count += 1);
    }

    /// The name of this run of the server.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// How many there were, now and each time it becomes more.
    #[must_use]
    pub fn count(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    /// The areas of what became different after the first `before` changes, each once, and how many changes there are; `None` if some
    /// are forgotten, or there never were so many.
    #[must_use]
    pub fn since(&self, before: u64) -> Option<(Vec<&'static str>, u64)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let count = *self.count.borrow();
        let missed = usize::try_from(count.checked_sub(before)?).ok().filter(|missed| *missed <= kept.len())?;
        let mut areas: Vec<_> = kept.iter().skip(kept.len() - missed).copied().collect();
        areas.sort_unstable();
        areas.dedup();
        Some((areas, count))
    }
}

impl App {
    /// What became different.
    #[must_use]
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Whether this actor may hear what becomes different.
    pub fn may_hear_changes(&self, actor: &Actor) -> Result<(), Refusal> {
        access::allow(actor, Action::HearChanges, &Resource::Server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_back_hears_what_was_missed_once() {
        let changes = Changes::default();
        assert_eq!(changes.since(0), Some((vec![], 0)));
        for action in ["meeting.plan", "venue.make", "meeting.change", "login"] {
            changes.note(action);
        }
        assert_eq!(changes.since(4), Some((vec![], 4)));
        assert_eq!(changes.since(1), Some((vec!["login", "meeting", "venue"], 4)));
        assert_eq!(changes.since(5), None, "it counts what another run did");
        assert_ne!(changes.run(), Changes::default().run());
    }

    #[test]
    fn whoever_missed_more_than_is_kept_is_told_so() {
        let changes = Changes::default();
        for _ in 0..KEPT + 3 {
            changes.note("meeting.plan");
        }
        let count = KEPT as u64 + 3;
        assert_eq!(changes.since(2), None);
        assert_eq!(changes.since(3), Some((vec!["meeting"], count)));
    }
}
