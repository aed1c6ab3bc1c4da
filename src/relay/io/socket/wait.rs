//! Waiting: one `ppoll` for all a worker waits for, an `eventfd` that ends it, and the clock legs stamp with.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
    ptr,
    time::Duration,
};

/// Ends a worker's wait from another thread; an `eventfd`.
pub struct Waker(File);

impl Waker {
    /// A new one, not yet woken.
    ///
    /// # Errors
    ///
    /// If the process has no more file descriptors.
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointer is passed.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }.into()))
    }

    /// Ends the present wait, or the next one if there is none.
    pub fn wake(&self) {
        // The only failure is a counter at its limit, and then the wait ends anyway.
        let _ = (&self.0).write(&1u64.to_ne_bytes());
    }

    /// Makes the next wait wait again.
    pub fn reset(&self) {
        // Nothing to read means that nobody woke us: the same state as after a read.
        let _ = (&self.0).read(&mut [0; 8]);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Everything a worker waits for, in an order its owner knows.
#[derive(Default)]
pub struct Waiter {
    fds: Vec<libc::pollfd>,
}

impl Waiter {
    /// Waits for these from now on.
    pub fn watch<'a>(&mut self, sources: impl Iterator<Item = BorrowedFd<'a>>) {
        self.fds.clear();
        self.fds.extend(sources.map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 }));
    }

    /// Waits until one of them has something, or for `longest`; for ever without it.
    ///
    /// # Errors
    ///
    /// What the kernel reports; a signal is a wait that ended.
    pub fn wait(&mut self, longest: Option<Duration>) -> io::Result<()> {
        match poll(&mut self.fds, longest) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.fds.iter_mut().for_each(|fd| fd.revents = 0);
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }

    /// Whether source `index` has something: data, or its end.
    #[must_use]
    pub fn is_ready(&self, index: usize) -> bool {
        self.fds.get(index).is_some_and(|fd| fd.revents != 0)
    }
}

pub(super) fn poll(fds: &mut [libc::pollfd], longest: Option<Duration>) -> io::Result<usize> {
    let timeout = longest.map(|longest| libc::timespec {
        tv_sec: libc::time_t::try_from(longest.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(longest.subsec_nanos()),
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: `fds` is a live slice and its length is passed; `timeout` is null or points to a live timespec.
    let ready = unsafe { libc::ppoll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout, ptr::null()) };
    usize::try_from(ready).map_err(|_| io::Error::last_os_error())
}

/// `CLOCK_MONOTONIC`, which [`Instant`](std::time::Instant) reads too but does not show.
#[must_use]
pub fn monotonic() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a live timespec. The call can't fail for this clock, and would leave zeroes.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    Duration::new(u64::try_from(now.tv_sec).unwrap_or_default(), u32::try_from(now.tv_nsec).unwrap_or_default())
}
