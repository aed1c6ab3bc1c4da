//! A child process of this program, seen from outside. The main type is [`Process`].
//!
//! Every child gets its job as one line of JSON on stdin and tells what becomes of it in lines of JSON on stderr. When its stdin ends
//! it ends by itself, so that none is left over however its parent came to its end.

use serde::{Serialize, de::DeserializeOwned};
use std::{
    io::{self, BufRead as _, Read as _, Write as _},
    process::Stdio,
    thread,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdin, Command},
};

/// How long a child may take to end once its stdin is closed; then it is killed.
const END_LIMIT: Duration = Duration::from_secs(3);

/// A child process that was given a job. Dropped, its stdin ends; the command says whether it is killed, too.
pub(crate) struct Process {
    child: Child,
    /// Held open: its end tells the child to end.
    stdin: Option<ChildStdin>,
    reports: Lines<BufReader<ChildStderr>>,
}

impl Process {
    pub(crate) async fn start(mut command: Command, job: &impl Serialize) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let mut stdin = child.stdin.take().ok_or_else(missing)?;
        let reports = BufReader::new(child.stderr.take().ok_or_else(missing)?).lines();
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        stdin.write_all(&line).await?;
        Ok(Self { child, stdin: Some(stdin), reports })
    }

    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it tells next; `None` when it has ended. Safe to drop while it waits.
    pub(crate) async fn next_report<R: DeserializeOwned>(&mut self) -> Option<R> {
        loop {
            let line = self.reports.next_line().await.ok()??;
            match serde_json::from_str(&line) {
                Ok(report) => return Some(report),
                // It may name addresses.
                Err(_) => tracing::trace!(line, "from a child process"),
            }
        }
    }

    /// Waits until it has ended by itself; says how.
    pub(crate) async fn ended(&mut self) -> String {
        self.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    /// Ends it, by force if it does not end by itself; says how it ended.
    pub(crate) async fn end(&mut self) -> String {
        drop(self.stdin.take());
        if let Ok(how) = tokio::time::timeout(END_LIMIT, self.ended()).await {
            return how;
        }
        // It may have ended meanwhile.
        let _ = self.child.start_kill();
        self.ended().await
    }
}

/// In the child: the job, which is the first line of stdin. When stdin ends, whoever gave it is gone, and so is this process.
pub(crate) fn job<J: DeserializeOwned>() -> io::Result<J> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let watch = || {
        let mut rest = [0; 64];
        while matches!(io::stdin().lock().read(&mut rest), Ok(1..)) {}
        std::process::exit(1);
    };
    thread::Builder::new().name("stdin".to_owned()).spawn(watch)?;
    serde_json::from_str(&line).map_err(io::Error::other)
}

/// In the child: tells the parent one thing.
pub(crate) fn tell(report: &impl Serialize) {
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        // Nobody listens any more if this fails, and then stdin has ended too.
        let _ = io::stderr().write_all(&line);
    }
}
