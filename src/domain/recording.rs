//! A recording (录制): what is to be kept of a meeting, and whether it is to go on.

use crate::id::{MeetingId, RecordingId};
use std::time::SystemTime;

/// A recording as it is meant to be. How it really is, its recorder says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Its id; also the name of its folder.
    pub id: RecordingId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// When it was to begin.
    pub started: SystemTime,
    /// When it was told to end; `None` while it is to go on, also after a restart.
    pub ended: Option<SystemTime>,
}

impl Recording {
    /// Whether it is to run while its meeting is on air.
    #[must_use]
    pub const fn is_to_run(&self) -> bool {
        self.ended.is_none()
    }
}
