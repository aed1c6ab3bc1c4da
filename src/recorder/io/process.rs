//! A process of this program that records or finalises, seen from outside. The main type is [`Process`].

use serde::{Serialize, de::DeserializeOwned};
use std::{io, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdin, Command},
};

/// A process that was given a job. Dropped, its stdin ends: a recorder's closes its journal, a finaliser's just ends.
pub(super) struct Process {
    child: Child,
    /// Held open: its end tells the process to end.
    _stdin: ChildStdin,
    reports: Lines<BufReader<ChildStderr>>,
}

impl Process {
    pub(super) async fn start(mut command: Command, job: &impl Serialize) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
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
    pub(super) async fn next_report<R: DeserializeOwned>(&mut self) -> Option<R> {
        loop {
            let line = self.reports.next_line().await.ok()??;
            match serde_json::from_str(&line) {
                Ok(report) => return Some(report),
                Err(_) => tracing::debug!(line, "from a recorder or finaliser"),
            }
        }
    }

    /// Waits until it has ended; says how.
    pub(super) async fn ended(&mut self) -> String {
        self.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}
