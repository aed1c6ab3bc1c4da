//! Which core a thread runs on, and how much of it it used.

use nix::{
    sched::{CpuSet, sched_setaffinity},
    time::{ClockId, clock_gettime},
    unistd::{Pid, gettid},
};
use std::{fs, io, time::Duration};

/// The server's and the floor's core.
pub const SERVER_CORE: usize = 0;

/// Everybody else's.
pub const LOAD_CORE: usize = 1;

/// Keeps the calling thread, and threads it starts from now on, on one core.
pub fn pin(core: usize) -> nix::Result<()> {
    let mut set = CpuSet::new();
    set.set(core)?;
    sched_setaffinity(Pid::from_raw(0), &set)
}

/// Time a core had nothing to do since the machine began.
pub fn idle(core: usize) -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    let of_core = text.lines().find_map(|line| line.strip_prefix(&format!("cpu{core} ")));
    // Hundredths of a second of user, nice, system, idle, … time.
    let hundredths = of_core.and_then(|line| line.split(' ').nth(3)?.parse().ok()).unwrap_or(0);
    Ok(Duration::from_millis(10 * hundredths))
}

/// A thread whose CPU time can be read by any other of this process.
#[derive(Debug, Clone, Copy)]
pub struct Thread(i32);

impl Thread {
    pub fn current() -> Self {
        Self(gettid().as_raw())
    }

    /// All threads of this process whose name begins like this.
    pub fn named(prefix: &str) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc/self/task")? {
            let entry = entry?;
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            if name.trim_end().starts_with(prefix)
                && let Ok(tid) = entry.file_name().to_string_lossy().parse()
            {
                found.push(Self(tid));
            }
        }
        Ok(found)
    }

    /// User and system time so far, the softirqs that ran inside its system calls included.
    pub fn cpu(self) -> io::Result<Duration> {
        let text = fs::read_to_string(format!("/proc/self/task/{}/schedstat", self.0))?;
        let ns = text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0);
        Ok(Duration::from_nanos(ns))
    }
}

/// The calling thread's CPU time: a system call of its own, so measure many things between two of them.
pub fn own() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// What two calls of [`own`] show when nothing happens between them.
pub fn own_overhead() -> Duration {
    let mut all: Vec<_> = (0..1000)
        .map(|_| {
            let before = own();
            own().saturating_sub(before)
        })
        .collect();
    all.sort_unstable();
    all[all.len() / 2]
}
