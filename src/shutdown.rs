//! The end of the program: one signal everybody hears, and one list of tasks that exit waits for.
//!
//! Every task of the async side starts through [`Shutdown::spawn`] and ends when [`Shutdown::begun`] resolves. Media workers
//! and child processes are ended by who started them, inside such a task. What is still running after the limit is named in
//! the log, and left.

#![expect(clippy::disallowed_methods, reason = "the one place that spawns: the rest spawns through it")]

use std::{collections::BTreeMap, future::Future, io, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// How long exit waits for tasks after the signal: long enough to close a hundred sessions, shorter than a service
/// manager's patience.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// A cheap handle on the one shutdown of this process.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// Whether it has begun; never goes back to `false`.
    begun: Arc<watch::Sender<bool>>,
    /// Running tasks by name, with how many of each; a name leaves with its last task.
    running: Arc<watch::Sender<BTreeMap<&'static str, usize>>>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

/// Tasks that did not end within the limit, by name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("still running after {limit:?}: {}", names.join(", "))]
pub struct StillRunning {
    limit: Duration,
    names: Vec<&'static str>,
}

impl Shutdown {
    /// A shutdown that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self { begun: Arc::new(watch::Sender::new(false)), running: Arc::default() }
    }

    /// Begins when the process gets SIGTERM or SIGINT. Fails if the system refuses to tell us.
    pub fn on_signals(&self) -> io::Result<()> {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("asked to end (SIGTERM)"),
                _ = interrupt.recv() => tracing::info!("asked to end (SIGINT)"),
                () = shutdown.begun() => {}
            }
            shutdown.begin();
        });
        Ok(())
    }

    /// Tells everybody to end. Safe to call again.
    pub fn begin(&self) {
        self.begun.send_replace(true);
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.begun.borrow()
    }

    /// Resolves when it begins.
    pub async fn begun(&self) {
        let mut begun = self.begun.subscribe();
        // An error means that the sender is gone; `self` holds it.
        let _ = begun.wait_for(|begun| *begun).await;
    }

    /// Starts a task that [`Shutdown::drain`] waits for. `name` is shown if it does not end in time.
    pub fn spawn<F>(&self, name: &'static str, task: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let listed = Listed::new(self.running.clone(), name);
        tokio::spawn(async move {
            let _listed = listed;
            task.await
        })
    }

    /// Waits until every task has ended, at most `limit` long. Call it after [`Shutdown::begin`].
    pub async fn drain(&self, limit: Duration) -> Result<(), StillRunning> {
        let mut running = self.running.subscribe();
        match tokio::time::timeout(limit, running.wait_for(BTreeMap::is_empty)).await {
            Ok(_) => Ok(()),
            Err(_) => Err(StillRunning { limit, names: self.running.borrow().keys().copied().collect() }),
        }
    }
}

/// Keeps a task's name on the list for as long as the task lives, however it ends.
struct Listed {
    running: Arc<watch::Sender<BTreeMap<&'static str, usize>>>,
    name: &'static str,
}

impl Listed {
    fn new(running: Arc<watch::Sender<BTreeMap<&'static str, usize>>>, name: &'static str) -> Self {
        running.send_modify(|running| *running.entry(name).or_default() += 1);
        Self { running, name }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.running.send_modify(|running| {
            if let Some(count) = running.get_mut(self.name) {
                *count -= 1;
            }
            running.retain(|_, count| *count > 0);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn draining_waits_for_every_task() {
        let shutdown = Shutdown::new();
        let task = shutdown.clone();
        let ended = shutdown.spawn("listener", async move {
            task.begun().await;
            7
        });
        assert!(!shutdown.has_begun());
        shutdown.begin();
        shutdown.drain(DRAIN_LIMIT).await.unwrap();
        assert_eq!(ended.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_task_that_does_not_end_is_named() {
        let shutdown = Shutdown::new();
        shutdown.spawn("good", async {});
        shutdown.spawn("stuck", std::future::pending::<()>());
        shutdown.begin();
        shutdown.running.subscribe().wait_for(|running| running.len() == 1).await.unwrap();
        let error = shutdown.drain(Duration::ZERO).await.unwrap_err();
        assert_eq!(error.to_string(), "still running after 0ns: stuck");
    }
}
