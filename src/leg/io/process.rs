//! A child process of this program, seen from outside. The main type is [`Process`].

use super::supervisor::LegsSettings;
use crate::leg::job::{Job, Report};
use std::{io, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdin, Command},
};

/// How long a child may take to end once its stdin is closed; then it is killed.
const END_LIMIT: Duration = Duration::from_secs(3);

/// A child process; killed when dropped.
pub(super) struct Process {
    child: Child,
    /// Held open: its end tells the child to end.
    stdin: Option<ChildStdin>,
    reports: Lines<BufReader<ChildStderr>>,
}

impl Process {
    pub(super) async fn start(settings: &LegsSettings, job: &Job) -> io::Result<Self> {
        let mut command = Command::new(&settings.program);
        command.arg("__leg").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        if let Some(registry) = &settings.registry {
            command.env("GST_REGISTRY", registry);
        }
        let mut child = command.spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let mut stdin = child.stdin.take().ok_or_else(missing)?;
        let reports = BufReader::new(child.stderr.take().ok_or_else(missing)?).lines();
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        stdin.write_all(&line).await?;
        Ok(Self { child, stdin: Some(stdin), reports })
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
                // It may name addresses.
                Err(_) => tracing::trace!(line, "from GStreamer"),
            }
        }
    }

    /// Ends it, by force if it does not end by itself; says how it ended.
    pub(super) async fn end(&mut self) -> String {
        drop(self.stdin.take());
        let status = match tokio::time::timeout(END_LIMIT, self.child.wait()).await {
            Ok(status) => status,
            Err(_) => {
                let _ = self.child.start_kill();
                self.child.wait().await
            }
        };
        status.map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}
