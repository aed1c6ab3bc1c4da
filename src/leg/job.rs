//! What the program and a leg's child process say to each other outside the media socket.
//!
//! The program writes one [`Job`] as one line of JSON to the child's stdin and then keeps it open: its end tells the child to
//! end. The child writes [`Report`]s, one line of JSON each, to stderr; other lines there come from GStreamer's plugins.

use super::{health::Counts, params::Values, problem::Fault};
use crate::subnet::Subnet;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, path::PathBuf};

/// What a child process is for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Job {
    /// Run a pipeline and feed a worker.
    Run {
        /// Name of the pipeline file, for messages.
        file: String,
        /// Its text.
        text: String,
        /// Values of its parameters.
        values: Values,
        /// The worker's socket.
        socket: PathBuf,
        /// First message on it.
        secret: Secret,
        /// Whether two key frames must come in time before anything is sent on: the source was refused for that before.
        cautious: bool,
        /// From where a source may call, if the pipeline listens.
        allowed: Vec<Subnet>,
    },
    /// Check a pipeline file with the plugins of this machine.
    Check {
        /// Name of the pipeline file, for messages.
        file: String,
        /// Its text.
        text: String,
        /// Whether it also runs for some seconds, as its `[selftest]` says.
        selftest: bool,
    },
    /// Tell which of these elements are not installed.
    Find {
        /// Their factories.
        elements: BTreeSet<String>,
    },
}

/// Sixteen bytes nobody else knows; not shown.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret(pub [u8; 16]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a child process tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// Twice a second: what came in and went out so far.
    Alive {
        /// How much.
        counts: Counts,
        /// How the picture is, once it is sent.
        picture: Option<Picture>,
        /// Packets the worker did not take in time.
        dropped: u64,
        /// What stands in the way while nothing comes in: a caller that was turned away.
        hindrance: Option<Fault>,
    },
    /// It cannot go on, and ends.
    Failed {
        /// What kind of trouble.
        trouble: Trouble,
        /// One line with the particulars, in English; without parameter values.
        detail: String,
    },
    /// The file was checked and can be used.
    Checked {
        /// GStreamer's version here.
        gstreamer: String,
    },
    /// The elements were looked for.
    Found {
        /// GStreamer's version here.
        gstreamer: String,
        /// Those that no installed plugin has.
        missing: Vec<String>,
    },
}

/// A picture's figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// Pictures a second, over the last second or so.
    pub fps: f32,
    /// kbit/s, over the same time.
    pub kbps: u32,
    /// Milliseconds between the last two key frames.
    pub key_frames_apart_ms: Option<u32>,
}

/// Why a child process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The pipeline file or its values can't be used on this machine.
    Pipeline,
    /// The source is at fault.
    Source(Fault),
    /// The worker could not be reached, or closed the connection.
    Worker,
    /// The job could not be read.
    Job,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_one_line_and_reads_back() {
        let job = Job::Run {
            file: "demo.toml".to_owned(),
            text: "a = 1\nb = 2\n".to_owned(),
            values: Values::from([("title".to_owned(), "会议".into())]),
            socket: "/run/media-0.sock".into(),
            secret: Secret([7; 16]),
            cautious: false,
            allowed: Subnet::private(),
        };
        let line = serde_json::to_string(&job).unwrap();
        assert!(!line.contains('\n'));
        let Job::Run { values, secret, .. } = serde_json::from_str(&line).unwrap() else { panic!("another job") };
        assert_eq!((values.len(), secret.0), (1, [7; 16]));
        assert!(!format!("{job:?}").contains("[7"));
    }
}
