//! What the program and a recorder's process say to each other outside the media socket.
//!
//! The program writes one [`Job`] as one line of JSON to the process's stdin and keeps it open. The process writes [`Report`]s, one
//! line of JSON each, to stderr.

use super::journal::ContentPlace;
use serde::{Deserialize, Serialize};
use std::{fmt, path::PathBuf};

/// What a recorder's process is to do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// The recording's folder.
    pub folder: PathBuf,
    /// Its id.
    pub recording: String,
    /// Of which meeting.
    pub meeting: String,
    /// The meeting's title.
    pub title: String,
    /// Where the programme is to show content.
    pub content_place: ContentPlace,
    /// Names the run of the tap.
    pub run: u64,
    /// The worker's socket.
    pub socket: PathBuf,
    /// First message on it.
    pub secret: Secret,
    /// Bytes that must stay free on the disk; with less, it stops in good order.
    pub free_bytes_min: u64,
    /// How long a segment is, seconds.
    pub segment_seconds: u64,
}

/// Sixteen bytes nobody else knows; not shown.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret(pub [u8; 16]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a recorder's process tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// The first records are on the disk: it records.
    Writing {
        /// The segment it writes.
        segment: u32,
    },
    /// Once a second.
    Alive {
        /// Bytes written by this process.
        bytes: u64,
        /// Of those, how many are known to be on the disk.
        synced: u64,
        /// Records that are missing between those it got.
        lost: u64,
        /// Bytes free on the disk.
        free: u64,
        /// How long the disk took for the last `fdatasync`, or has been taking for the one under way.
        sync_ms: u64,
    },
    /// The disk has no room left; all that was written is closed in good order.
    Full,
    /// All that the tap had is written and closed.
    Stopped,
    /// The relay was gone without a word; what came is closed.
    RelayLost,
    /// It can't go on, and ends.
    Failed {
        /// One line, in English.
        detail: String,
    },
}
