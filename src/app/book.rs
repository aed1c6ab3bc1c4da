//! The book (审计) around every act: an entry is opened before it and closed after it.
//!
//! What waits is written together, in one transaction: whoever has the turn writes for all, so that a hundred people who
//! join at once cost a few syncs of the disk and not two hundred.

use super::{App, BookExport, ExceptionView};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        audit::{Closing, Opening, Says},
    },
    store::{AuditEntry, AuditQuery, Store, StoreError},
};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, oneshot};

/// Records that wait to be written. When full, an act is refused: HTTP 503.
const WAITING_MAX: usize = 1024;

/// Longest text of a record's field; what is longer is cut. Names of accounts and things are far shorter.
const FIELD_CHARS_MAX: usize = 200;

/// Writes into the book.
pub struct Book {
    store: Store,
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
    written: Notify,
    /// When it is for a test of what happens over months, milliseconds since 1970.
    #[cfg(test)]
    stands_at_ms: Option<u64>,
}

struct Waiting {
    says: Says,
    done: oneshot::Sender<Result<u64, Unwritten>>,
}

/// Nothing can be written into the book, so nothing may be done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unwritten {
    /// Too many records wait.
    #[error("{WAITING_MAX} records wait to be written into the book")]
    Full,
    /// The store refuses.
    #[error("cannot write into the book")]
    Store(#[source] Arc<StoreError>),
    /// Whoever wrote for all has gone.
    #[error("a record was not written: the task that wrote it ended")]
    Gone,
}

impl Book {
    /// The book of this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            written: Notify::new(),
            #[cfg(test)]
            stands_at_ms: None,
        }
    }

    /// One for which time stands still.
    #[cfg(test)]
    pub(super) fn standing_at(store: Store, at_ms: u64) -> Self {
        Self { stands_at_ms: Some(at_ms), ..Self::new(store) }
    }

    /// Opens an entry and returns its number. It is on the disk when this returns; if it can't be, the act must not be done.
    pub async fn open(&self, opening: Opening) -> Result<u64, Unwritten> {
        let Opening { actor, address, action, subject } = opening;
        let opening = Opening { actor: cut(actor), address: cut(address), action: cut(action), subject: cut(subject) };
        self.write(Says::Opened(opening)).await
    }

    /// Closes an entry.
    pub async fn close(&self, closing: Closing) -> Result<(), Unwritten> {
        let Closing { entry, subject, result } = closing;
        let closing = Closing { entry, subject: cut(subject), result: cut(result) };
        self.write(Says::Closed(closing)).await.map(drop)
    }

    /// Resolves when something was written since the last call resolved.
    pub(super) async fn written(&self) {
        self.written.notified().await;
    }

    async fn write(&self, says: Says) -> Result<u64, Unwritten> {
        let (done, written) = oneshot::channel();
        {
            let mut waiting = self.waiting();
            if waiting.len() >= WAITING_MAX {
                return Err(Unwritten::Full);
            }
            waiting.push(Waiting { says, done });
        }
        let turn = self.turn.lock().await;
        // Empty if whoever had the turn before wrote this record too.
        let batch = std::mem::take(&mut *self.waiting());
        if !batch.is_empty() {
            let (says, done): (Vec<_>, Vec<_>) = batch.into_iter().map(|waiting| (waiting.says, waiting.done)).unzip();
            self.write_all(says, done).await;
        }
        drop(turn);
        written.await.map_err(|_| Unwritten::Gone)?
    }

    async fn write_all(&self, says: Vec<Says>, done: Vec<oneshot::Sender<Result<u64, Unwritten>>>) {
        let results: Vec<_> = match self.add(says).await {
            Ok(entries) => {
                self.written.notify_one();
                entries.into_iter().map(Ok).collect()
            }
            Err(error) => {
                let error = Arc::new(error);
                done.iter().map(|_| Err(Unwritten::Store(Arc::clone(&error)))).collect()
            }
        };
        for (done, result) in done.into_iter().zip(results) {
            // Whoever no longer waits has its record all the same.
            let _ = done.send(result);
        }
    }

    async fn add(&self, says: Vec<Says>) -> Result<Vec<u64>, StoreError> {
        #[cfg(test)]
        if let Some(at_ms) = self.stands_at_ms {
            return self.store.add_to_book_at(at_ms, says).await;
        }
        self.store.add_to_book(says).await
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why the book is not read.
#[derive(Debug, thiserror::Error)]
pub enum BookFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// The store failed.
    #[error("cannot read the book")]
    Store(#[source] StoreError),
}

impl App {
    /// The book, for whoever puts it around an act.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Whether this actor may read the book.
    pub fn may_read_book(&self, actor: &Actor) -> Result<(), BookFault> {
        access::allow(actor, Action::ReadAudit, &Resource::Server).map_err(BookFault::Access)
    }

    /// Entries as a signed table, for outside the house.
    pub fn export_book(&self, actor: &Actor, query: AuditQuery) -> Result<BookExport, BookFault> {
        self.may_read_book(actor)?;
        Ok(BookExport::new(self.store.clone(), query, Arc::clone(&self.settings.mirroring)))
    }

    /// Reads entries, newest first, and who is two officers at once by leave: whoever reads the book is told.
    pub async fn read_book(
        &self,
        actor: &Actor,
        query: &AuditQuery,
    ) -> Result<(Vec<AuditEntry>, Vec<ExceptionView>), BookFault> {
        self.may_read_book(actor)?;
        let exceptions = self.exceptions().await.map_err(BookFault::Store)?;
        Ok((self.store.book(query).await.map_err(BookFault::Store)?, exceptions))
    }
}

/// A field as it may stand in the book: one line with an end.
fn cut(text: String) -> String {
    let fits = text.len() <= FIELD_CHARS_MAX && !text.chars().any(char::is_control);
    if fits { text } else { text.chars().filter(|c| !c.is_control()).take(FIELD_CHARS_MAX).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(actor: &str) -> Opening {
        Opening { actor: actor.to_owned(), address: String::new(), action: "login".to_owned(), subject: String::new() }
    }

    #[tokio::test]
    async fn a_crowd_writes_one_whole_chain() {
        let store = Store::in_memory().await.unwrap();
        let book = Arc::new(Book::new(store.clone()));
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let book = Arc::clone(&book);
            crowd.spawn(async move {
                let entry = book.open(opening("crowd")).await.unwrap();
                let closing = Closing { entry, subject: String::new(), result: "ok".to_owned() };
                book.close(closing).await.unwrap();
                entry
            });
        }
        let mut entries = crowd.join_all().await;
        entries.sort_unstable();
        assert_eq!(entries, (1..=200).collect::<Vec<_>>());
        let walked = store.walk_book().await.unwrap();
        assert_eq!((walked.findings.as_slice(), walked.open, walked.end.record), (&[][..], 0, 400));
    }

    #[tokio::test]
    async fn a_queue_that_is_full_refuses() {
        let book = Arc::new(Book::new(Store::in_memory().await.unwrap()));
        let turn = book.turn.lock().await;
        let mut many = tokio::task::JoinSet::new();
        for _ in 0..WAITING_MAX {
            let book = Arc::clone(&book);
            many.spawn(async move { book.open(opening("many")).await });
        }
        while book.waiting().len() < WAITING_MAX {
            tokio::task::yield_now().await;
        }
        assert!(matches!(book.open(opening("late")).await, Err(Unwritten::Full)));
        drop(turn);
        assert!(many.join_all().await.into_iter().all(|entry| entry.is_ok()));
    }

    #[test]
    fn a_field_is_one_line_with_an_end() {
        assert_eq!(cut("王\n秀兰".to_owned()), "王秀兰");
        assert_eq!(cut("长".repeat(500)).chars().count(), FIELD_CHARS_MAX);
    }
}
