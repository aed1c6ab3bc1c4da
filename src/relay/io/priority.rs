//! Media threads come before everything else on a busy machine: the recorder's and the legs' children among it.
#![expect(unsafe_code, reason = "no crate of ours wraps setpriority")]

use std::io;

/// How much a media thread comes first, as `nice` counts: from 19 for last to -20.
const NICENESS: libc::c_int = -10;

/// Lets the calling thread come first, and no other of the process.
///
/// # Errors
///
/// If the machine does not allow it: it takes root, `CAP_SYS_NICE`, or a limit (`RLIMIT_NICE`) that the packaged service has.
pub(super) fn come_first() -> io::Result<()> {
    // SAFETY: takes three numbers and no memory. Zero is the calling thread on Linux, whose threads have a niceness each.
    match unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Field 19 of `/proc/thread-self/stat`; the thread's name before it may hold spaces.
    fn niceness() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("Linux has it");
        let (_, fields) = stat.rsplit_once(')').expect("a name");
        fields.split_whitespace().nth(16).and_then(|field| field.parse().ok()).expect("a number")
    }

    #[test]
    fn one_thread_comes_first_and_no_other() {
        let before = niceness();
        let (allowed, after) = std::thread::spawn(|| (come_first(), niceness())).join().expect("it ends");
        match allowed {
            Ok(()) => assert_eq!(after, NICENESS),
            Err(error) => assert_eq!((error.kind(), after), (io::ErrorKind::PermissionDenied, before)),
        }
        assert_eq!(niceness(), before);
    }
}
