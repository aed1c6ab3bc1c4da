//! A recording (录制): what is to be kept of a meeting, whether it is to go on, and whether its files are made.

use crate::id::{MeetingId, RecordingId};
use std::time::SystemTime;

/// Most characters of a mark: it stands on one line of a list of chapters.
pub const MARK_CHARS_MAX: usize = 60;

/// A recording as it is meant to be. How it really is while it runs, its recorder says.
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
    /// What became of its files.
    pub files: Files,
}

/// What became of a recording's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// They are not made yet.
    Due,
    /// They are there.
    Made(MadeFiles),
    /// They could not be made.
    Failed(Failure),
}

/// Files that were made and read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeFiles {
    /// How long the recording is, milliseconds.
    pub length_ms: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Stretches that are missing.
    pub gaps: u32,
    /// Whether nothing of the meeting is missing.
    pub whole: bool,
}

/// Why files could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of trouble.
    pub kind: FailureKind,
    /// One line for technicians, in English.
    pub detail: String,
}

/// What kind of trouble kept files from being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Nothing was recorded.
    Empty,
    /// The disk has no room.
    DiskFull,
    /// A pipeline file can't be used here, or a plugin failed.
    Pipeline,
    /// What was made was read back and is wrong.
    Proof,
    /// Files can't be read or written.
    Files,
    /// The process ended before its time, several times.
    Died,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Empty, Self::DiskFull, Self::Pipeline, Self::Proof, Self::Files, Self::Died];

    /// Its name, for ever.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::DiskFull => "disk_full",
            Self::Pipeline => "pipeline",
            Self::Proof => "proof",
            Self::Files => "files",
            Self::Died => "died",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How a recording is, as people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingState {
    /// It is to be written.
    Recording,
    /// Its files are being made, or will be.
    Finalising,
    /// It can be played, and nothing is missing.
    Ready,
    /// It can be played; something is missing.
    Incomplete,
    /// Its files could not be made.
    Failed,
}

impl Recording {
    /// Whether it is to run while its meeting is on air.
    #[must_use]
    pub const fn is_to_run(&self) -> bool {
        self.ended.is_none()
    }

    /// How it is.
    #[must_use]
    pub const fn state(&self) -> RecordingState {
        match &self.files {
            _ if self.is_to_run() => RecordingState::Recording,
            Files::Due => RecordingState::Finalising,
            Files::Made(MadeFiles { whole: true, .. }) => RecordingState::Ready,
            Files::Made(_) => RecordingState::Incomplete,
            Files::Failed(_) => RecordingState::Failed,
        }
    }

    /// Whether its files may be made anew: not while it runs, nor while they are being made.
    #[must_use]
    pub const fn can_be_made_again(&self) -> bool {
        !matches!(self.state(), RecordingState::Recording | RecordingState::Finalising)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_what_its_end_and_its_files_say() {
        let made = |whole: bool| Files::Made(MadeFiles { length_ms: 1, bytes: 1, gaps: u32::from(!whole), whole });
        let failed = Files::Failed(Failure { kind: FailureKind::Empty, detail: String::new() });
        let cases = [
            (false, Files::Due, RecordingState::Recording, false),
            (true, Files::Due, RecordingState::Finalising, false),
            (true, made(true), RecordingState::Ready, true),
            (true, made(false), RecordingState::Incomplete, true),
            (true, failed, RecordingState::Failed, true),
        ];
        for (over, files, state, again) in cases {
            let recording = Recording {
                id: "r1".parse().unwrap(),
                meeting: "council".parse().unwrap(),
                started: SystemTime::UNIX_EPOCH,
                ended: over.then_some(SystemTime::UNIX_EPOCH),
                files,
            };
            assert_eq!((recording.state(), recording.can_be_made_again()), (state, again));
        }
    }

    #[test]
    fn kinds_of_failure_have_names_of_their_own() {
        assert!(FailureKind::ALL.iter().all(|kind| FailureKind::named(kind.name()) == Some(*kind)));
    }
}
