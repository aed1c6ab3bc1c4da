//! What the program and a finaliser's process say to each other.
//!
//! The program writes one [`Job`] as one line of JSON to the process's stdin and keeps it open: its end ends the process. The
//! process writes [`Report`]s, one line of JSON each, to stderr; other lines there come from GStreamer's plugins.

use super::manifest::Manifest;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// Texts of the pipeline files, by name.
pub type Pipelines = BTreeMap<String, String>;

/// What a finaliser's process is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Job {
    /// Make the files of a recording from its journal.
    Make {
        /// The recording's folder.
        folder: PathBuf,
        /// What to make them with.
        pipelines: Pipelines,
    },
    /// Cut a part out of a recording's programme.
    Cut {
        /// The recording's folder.
        folder: PathBuf,
        /// What the part is called.
        name: String,
        /// Where it begins, milliseconds from the programme's beginning.
        from_ms: u64,
        /// Where it ends.
        to_ms: u64,
        /// What to cut it with.
        pipelines: Pipelines,
    },
    /// Make pieces of a programme while its meeting runs.
    Follow {
        /// The recording's folder.
        folder: PathBuf,
        /// What to make them with.
        pipelines: Pipelines,
        /// How long they are, seconds.
        piece_seconds: u64,
        /// Bytes that its recorder leaves free; pieces leave more.
        free_bytes_min: u64,
    },
    /// Build every pipeline, and tell which can't be used here.
    Check {
        /// Which.
        pipelines: Pipelines,
    },
}

/// What a finaliser's process tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// How far it is.
    Progress {
        /// Of a hundred.
        percent: u8,
    },
    /// Pieces are there up to this moment of the recording.
    Composed {
        /// Milliseconds after its beginning.
        until_ms: u64,
    },
    /// The files are in their place.
    Done(Summary),
    /// The pipelines were built.
    Checked {
        /// Why those can't be used that can't.
        faults: BTreeMap<String, String>,
    },
    /// It could not be done.
    Failed(Failure),
}

/// A part that was cut, as it is written beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutEntry {
    /// Where its first picture stands, milliseconds from the programme's beginning.
    pub from_ms: u64,
    /// How long it is.
    pub length_ms: u64,
    /// Bytes of its file.
    pub bytes: u64,
    /// SHA-256 of its file, in hexadecimal.
    pub sha256: String,
}

/// Why it could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of trouble.
    pub trouble: Trouble,
    /// One line, in English.
    pub detail: String,
}

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Nothing was recorded.
    Empty,
    /// The disk has no room.
    DiskFull,
    /// A pipeline file can't be used here, or a plugin failed.
    Pipeline,
    /// What was made was read back and is wrong.
    Proof,
    /// Files can't be read or written, or the job can't be understood.
    Files,
    /// The process ended before its time.
    Died,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How long the recording is, milliseconds.
    pub length_ms: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Stretches that are missing.
    pub gaps: u32,
    /// Whether nothing of the meeting is missing.
    pub whole: bool,
}

impl Summary {
    /// Of a manifest.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            length_ms: manifest.length_ms,
            bytes: manifest.files.iter().map(|file| file.bytes).sum(),
            gaps: u32::try_from(manifest.gaps.len()).unwrap_or(u32::MAX),
            whole: manifest.is_whole(),
        }
    }
}
