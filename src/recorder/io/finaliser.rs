//! Has the files of a recording made: a process for each, of the lowest priority, which may be killed at any moment.
//!
//! The main function is [`make`].

use super::process::Process;
use crate::{
    leg::io::library,
    recorder::finalising::{Failure, Job, Report, Summary, Trouble},
};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Where things are.
#[derive(Debug, Clone)]
pub struct FinaliserSettings {
    /// The program that has the subcommand `__finalise`: this one.
    pub program: PathBuf,
    /// The folder of pipeline files that take the place of the embedded ones.
    pub pipelines: PathBuf,
    /// Where GStreamer keeps what it knows of its plugins, if not where it always does.
    pub registry: Option<PathBuf>,
}

/// Makes the files of the recording in this folder, and tells how far it is, in percent. Dropped, it is given up.
///
/// # Errors
///
/// Why they could not be made. Files that were there before are there still.
pub async fn make(
    settings: &FinaliserSettings,
    folder: &Path,
    mut progress: impl FnMut(u8),
) -> Result<Summary, Failure> {
    let failed = |trouble, detail| Failure { trouble, detail };
    let found = library::finalising(&settings.pipelines);
    let text = |(name, text): (String, Result<String, String>)| match text {
        Ok(text) => Ok((name, text)),
        Err(why) => Err(failed(Trouble::Pipeline, format!("pipeline {name}: {why}"))),
    };
    let pipelines = found.into_iter().map(text).collect::<Result<_, Failure>>()?;
    let job = Job { folder: folder.to_owned(), pipelines };
    // The kernel gives it what meetings leave over.
    let mut command = Command::new("nice");
    command.args(["-n", "19"]).arg(&settings.program).arg("__finalise").kill_on_drop(true);
    if let Some(registry) = &settings.registry {
        command.env("GST_REGISTRY", registry);
    }
    let mut process = Process::start(command, &job).await.map_err(|error| failed(Trouble::Died, error.to_string()))?;
    let mut last = None;
    while let Some(report) = process.next_report().await {
        match report {
            Report::Progress { percent } => progress(percent),
            report => last = Some(report),
        }
    }
    let how = process.ended().await;
    match last {
        Some(Report::Done(summary)) => Ok(summary),
        Some(Report::Failed(failure)) => Err(failure),
        _ => Err(failed(Trouble::Died, format!("the finaliser ended before its time ({how})"))),
    }
}
