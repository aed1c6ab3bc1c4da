//! Hashing of passwords: Argon2id, one at a time, with a queue that has an end.
//!
//! Parameters are OWASP's first choice (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane, about 30 ms of one core.
//! They stand in each hash, so that they can be raised later and old hashes are still checked. One at a time means that
//! guessing takes one core from the media workers at most, and 19 MiB. All is done by one thread: the C library keeps freed memory
//! for the thread that had it, and many threads that hash in turn would keep 19 MiB each.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, SyncSender},
    },
    thread,
};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// Passwords that wait to be hashed. When full, the caller is told to come again: HTTP 503.
const WAITING_MAX: usize = 64;

/// Nobody's password: a hash of the same cost, checked when there is no such account, so that a stranger can't tell.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords. Its thread ends with it.
#[derive(Debug)]
pub(super) struct Passwords {
    jobs: SyncSender<Job>,
    /// How many were hashed or checked.
    done: Arc<AtomicU64>,
}

type Job = Box<dyn FnOnce() + Send>;

/// Too many passwords wait to be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{WAITING_MAX} passwords wait to be checked")]
pub struct Busy;

impl Default for Passwords {
    fn default() -> Self {
        let (jobs, queue) = mpsc::sync_channel::<Job>(WAITING_MAX);
        let work = move || {
            for job in queue {
                // Whoever asked is told that it was busy; the next one is none the worse.
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
        };
        // Where the system has no thread left, everybody is told so.
        let _ = thread::Builder::new().name("passwords".to_owned()).spawn(work);
        Self { jobs, done: Arc::default() }
    }
}

impl Passwords {
    /// The hash of a password, with a salt of its own, as a PHC string.
    pub(super) async fn hash(&self, password: Zeroizing<String>) -> Result<String, Busy> {
        self.work(move || hash_now(&password)).await
    }

    /// Whether this is the password of a hash; `None` is nobody's and takes as long.
    pub(super) async fn check(&self, password: Zeroizing<String>, hash: Option<String>) -> Result<bool, Busy> {
        self.work(move || matches(&password, hash.as_deref().unwrap_or(NOBODY))).await
    }

    /// Whether this is the password of any of these hashes.
    pub(super) async fn check_any(&self, password: Zeroizing<String>, hashes: Vec<String>) -> Result<bool, Busy> {
        self.work(move || hashes.iter().any(|hash| matches(&password, hash))).await
    }

    /// How many passwords were hashed or checked since the start.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let (tell, told) = oneshot::channel();
        let done = Arc::clone(&self.done);
        let job = move || {
            // Whoever went away meanwhile costs nothing.
            if !tell.is_closed() {
                done.fetch_add(1, Ordering::Relaxed);
                let _ = tell.send(work());
            }
        };
        self.jobs.try_send(Box::new(job)).map_err(|_| Busy)?;
        told.await.map_err(|_| Busy)
    }
}

/// The same at once, on this thread.
///
/// # Panics
/// Only if the operating system has no randomness.
fn hash_now(password: &str) -> String {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.expect("the parameters are right and Linux has randomness for the salt").to_string()
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let passwords = Passwords::default();
        let secret = |text: &str| Zeroizing::new(text.to_owned());
        let hash = passwords.hash(secret("Fangxun-2026")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, hash_now("Fangxun-2026"), "each has its own salt");
        assert_eq!(passwords.check(secret("Fangxun-2026"), Some(hash.clone())).await, Ok(true));
        assert_eq!(passwords.check(secret("fangxun-2026"), Some(hash.clone())).await, Ok(false));
        assert_eq!(passwords.check(secret(""), None).await, Ok(false));
        assert!(PasswordHash::new(NOBODY).is_ok(), "nobody's hash is one, so that it costs as much");
        assert_eq!(passwords.check_any(secret("Fangxun-2026"), vec![hash_now("other"), hash]).await, Ok(true));
        assert_eq!(passwords.check_any(secret("Fangxun-2026"), Vec::new()).await, Ok(false));
    }

    #[tokio::test]
    async fn the_queue_has_an_end_and_goes_on() {
        let passwords = Passwords::default();
        let (go_on, stands) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let stands_still = move || {
            begun.send(()).unwrap();
            assert!(stands.recv().is_ok(), "panics when it may not go on");
        };
        passwords.jobs.send(Box::new(stands_still)).unwrap();
        begins.recv().unwrap();
        for _ in 0..WAITING_MAX {
            passwords.jobs.try_send(Box::new(|| {})).unwrap();
        }
        assert_eq!(passwords.check(Zeroizing::default(), None).await, Err(Busy));
        drop(go_on);
        // One that panicked holds nobody up.
        let (last, ended) = mpsc::channel();
        passwords.jobs.send(Box::new(move || last.send(()).unwrap())).unwrap();
        ended.recv().unwrap();
        assert_eq!(passwords.work(|| 7).await, Ok(7));
    }
}
