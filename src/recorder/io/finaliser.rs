//! Has the files of a recording made: a process for each, of the lowest priority, which may be killed at any moment.
//!
//! The main function is [`make`]; [`check`] tries the pipelines beforehand.

use crate::{
    child_process::Process,
    leg::io::library,
    recorder::finalising::{Failure, Job, Pipelines, Report, Summary, Trouble},
};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    path::{Path, PathBuf},
};
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
    let folder = folder.to_owned();
    run(settings, |pipelines| Job::Make { folder, pipelines }, &mut progress).await
}

/// Cuts the part of this name out of the programme of the recording in this folder: from and to, milliseconds from its beginning.
/// Dropped, it is given up.
///
/// # Errors
///
/// Why it could not be cut.
pub async fn cut(
    settings: &FinaliserSettings,
    folder: &Path,
    name: &str,
    (from_ms, to_ms): (u64, u64),
) -> Result<Summary, Failure> {
    let (folder, name) = (folder.to_owned(), name.to_owned());
    run(settings, |pipelines| Job::Cut { folder, name, from_ms, to_ms, pipelines }, &mut |_| {}).await
}

async fn run(
    settings: &FinaliserSettings,
    job: impl FnOnce(Pipelines) -> Job,
    progress: &mut impl FnMut(u8),
) -> Result<Summary, Failure> {
    let failed = |trouble, detail| Failure { trouble, detail };
    let pipelines = pipelines(settings).map_err(|why| failed(Trouble::Pipeline, why))?;
    let mut process =
        start(settings, &job(pipelines)).await.map_err(|error| failed(Trouble::Died, error.to_string()))?;
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

/// Has pieces of a programme made while its meeting runs, and tells up to when they are there, milliseconds after its beginning.
/// Dropped, it is given up.
///
/// # Errors
///
/// Why no more can be made; those that were made are there still.
pub async fn follow(
    settings: &FinaliserSettings,
    folder: &Path,
    (piece_seconds, free_bytes_min): (u64, u64),
    mut progress: impl FnMut(u64),
) -> Result<Infallible, Failure> {
    let failed = |trouble, detail| Failure { trouble, detail };
    let pipelines = pipelines(settings).map_err(|why| failed(Trouble::Pipeline, why))?;
    let job = Job::Follow { folder: folder.to_owned(), pipelines, piece_seconds, free_bytes_min };
    let mut process = start(settings, &job).await.map_err(|error| failed(Trouble::Died, error.to_string()))?;
    while let Some(report) = process.next_report().await {
        match report {
            Report::Composed { until_ms } => progress(until_ms),
            Report::Failed(failure) => return Err(failure),
            _ => {}
        }
    }
    Err(failed(Trouble::Died, format!("the finaliser ended before its time ({})", process.ended().await)))
}

/// Has every pipeline file of the finaliser tried: its name, and why it can't be used here if it can't.
///
/// # Errors
///
/// One line: why they could not be tried.
pub async fn check(settings: &FinaliserSettings) -> Result<BTreeMap<String, Option<String>>, String> {
    let pipelines = pipelines(settings)?;
    let names: Vec<_> = pipelines.keys().cloned().collect();
    let mut process = start(settings, &Job::Check { pipelines }).await.map_err(|error| error.to_string())?;
    while let Some(report) = process.next_report().await {
        if let Report::Checked { mut faults } = report {
            return Ok(names.into_iter().map(|name| (name.clone(), faults.remove(&name))).collect());
        }
    }
    Err(format!("the check ended without a result ({})", process.ended().await))
}

fn pipelines(settings: &FinaliserSettings) -> Result<Pipelines, String> {
    let text = |(name, text): (String, Result<String, String>)| match text {
        Ok(text) => Ok((name, text)),
        Err(why) => Err(format!("pipeline {name}: {why}")),
    };
    library::finalising(&settings.pipelines).into_iter().map(text).collect()
}

async fn start(settings: &FinaliserSettings, job: &Job) -> io::Result<Process> {
    // The kernel gives it what meetings leave over.
    let mut command = Command::new("nice");
    command.args(["-n", "19"]).arg(&settings.program).arg("__finalise").kill_on_drop(true);
    if let Some(registry) = &settings.registry {
        command.env("GST_REGISTRY", registry);
    }
    Process::start(command, job).await
}
