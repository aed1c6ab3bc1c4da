//! A recorder's process, seen from outside. The main type is [`Process`].

use crate::recorder::job::{Job, Report};
use std::{io, path::Path, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdin, Command},
};

/// A recorder's process. Dropped, it is left to close its journal: its stdin ends.
pub(super) struct Process {
    child: Child,
    /// Held open: its end tells the process to end.
    _stdin: ChildStdin,
    reports: Lines<BufReader<ChildStderr>>,
}

impl Process {
    pub(super) async fn start(program: &Path, job: &Job) -> io::Result<Self> {
        let mut command = Command::new(program);
        let mut child =
            command.arg("__recorder").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let mut stdin = child.stdin.take().ok_or_else(missing)?;
        let reports = BufReader::new(child.stderr.take().ok_or_else(missing)?).lines();
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        stdin.write_all(&line).await?;
        Ok(Self { child, _stdin: stdin, reports })
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it tells next; `None` when it has ended. Safe to drop while it waits.
    pub(super) async fn next_report(&mut self) -> Option<Report> {
        loop {
            let line = self.reports.next_line().await.ok()??;
            match serde_json::from_str(&line) {
                Ok(report) => return Some(report),
                Err(_) => tracing::warn!(line, "from a recorder"),
            }
        }
    }

    /// Waits until it has ended; says how.
    pub(super) async fn ended(&mut self) -> String {
        self.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}
