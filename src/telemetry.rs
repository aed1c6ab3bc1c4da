//! The log: `tracing` to stderr, filtered by `log.filter`.
//!
//! Colours only where a person looks (stderr is a terminal). Counters for the outside live in `/metrics`, not here.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging for the rest of the process. `filter` was checked with the settings; should it be wrong all the same,
/// everything from `info` up is logged. A second call changes nothing.
pub fn init(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .finish();
    // Refused only when somebody, such as a test, set one before: then that one goes on.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
