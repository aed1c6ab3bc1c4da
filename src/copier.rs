//! Copies of materials with a watermark, made by a child process: a file that somebody brought is read where a fault of it costs
//! nothing else. The main functions are [`check`] and [`copy`] here, and [`main`] there.

use crate::{
    child_process::{self, Process},
    paper::{
        Fonts,
        watermark::{Original, Unreadable},
    },
};
use nix::sys::resource::{Resource, setrlimit};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{process::Command, time::timeout};

/// Longest time that a file is looked at or copied; then it counts as unreadable.
const LIMIT: Duration = Duration::from_secs(60);

/// Most memory the child takes, addresses included: a file that asks for more is one that can't be read.
const MEMORY_BYTES_MAX: u64 = 2 << 30;

/// What the child is to do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Job {
    Check { file: PathBuf },
    Copy { from: PathBuf, to: PathBuf, words: String },
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Report {
    Done { pages: u32 },
    Unreadable { why: String },
    Failed { why: String },
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyFault {
    /// The file is no PDF, is damaged, needs a password, or kept the child busy for too long.
    #[error("the file can't be read: {0}")]
    Unreadable(String),
    /// The child could not be started, or could not write.
    #[error("the copy can't be made: {0}")]
    Failed(String),
}

/// Looks whether copies of this file can be made, and says how many pages it has.
pub(crate) async fn check(program: &Path, file: &Path) -> Result<u32, CopyFault> {
    run(program, &Job::Check { file: file.to_owned() }).await
}

/// Makes a copy with these words over each page.
pub(crate) async fn copy(program: &Path, from: &Path, to: &Path, words: &str) -> Result<(), CopyFault> {
    let job = Job::Copy { from: from.to_owned(), to: to.to_owned(), words: words.to_owned() };
    run(program, &job).await.map(|_| ())
}

async fn run(program: &Path, job: &Job) -> Result<u32, CopyFault> {
    // The kernel gives it what meetings leave over.
    let mut command = Command::new("nice");
    command.args(["-n", "19"]).arg(program).arg("__copy").kill_on_drop(true);
    let failed = |error: io::Error| CopyFault::Failed(error.to_string());
    let mut process = Process::start(command, job).await.map_err(failed)?;
    match timeout(LIMIT, process.next_report()).await {
        Ok(Some(Report::Done { pages })) => Ok(pages),
        Ok(Some(Report::Unreadable { why })) => Err(CopyFault::Unreadable(why)),
        Ok(Some(Report::Failed { why })) => Err(CopyFault::Failed(why)),
        // Whatever it died of, the file brought it about.
        Ok(None) => Err(CopyFault::Unreadable(format!("the reader ended ({})", process.ended().await))),
        Err(_) => Err(CopyFault::Unreadable(format!("it took more than {} s", LIMIT.as_secs()))),
    }
}

/// The child: does what the line on stdin says, and tells on stderr what became of it.
pub(crate) fn main() -> Result<(), String> {
    let limited = setrlimit(Resource::RLIMIT_AS, MEMORY_BYTES_MAX, MEMORY_BYTES_MAX).map_err(io::Error::from);
    let report = match limited.and_then(|()| child_process::job()) {
        Ok(job) => work(&job),
        Err(error) => Report::Failed { why: error.to_string() },
    };
    child_process::tell(&report);
    match report {
        Report::Done { .. } => Ok(()),
        Report::Unreadable { why } | Report::Failed { why } => Err(why),
    }
}

fn work(job: &Job) -> Report {
    let unreadable = |error: Unreadable| Report::Unreadable { why: error.to_string() };
    let failed = |error: io::Error| Report::Failed { why: error.to_string() };
    let Some(fonts) = Fonts::own() else {
        return Report::Failed { why: "the program was compiled without fonts".to_owned() };
    };
    let (Job::Check { file: from } | Job::Copy { from, .. }) = job;
    let original = match fs::read(from).map_err(failed).map(Original::read) {
        Ok(Ok(original)) => original,
        Ok(Err(error)) => return unreadable(error),
        Err(report) => return report,
    };
    let words = match job {
        Job::Check { .. } => "",
        Job::Copy { words, .. } => words,
    };
    // A file of which no copy can be made is told so when it comes, not when somebody needs it.
    let made = match original.copy(words, fonts) {
        Ok(made) => made,
        Err(error) => return unreadable(error),
    };
    match job {
        Job::Check { .. } => Report::Done { pages: original.pages() },
        Job::Copy { to, .. } => match fs::write(to, made) {
            Ok(()) => Report::Done { pages: original.pages() },
            Err(error) => failed(error),
        },
    }
}
