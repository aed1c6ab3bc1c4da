//! What can go wrong with the database, told apart as far as somebody can act on it.

use sea_orm::{DbErr, RuntimeErr, sqlx};
use std::path::{Path, PathBuf};

/// Why the store could not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database file could not be opened.
    #[error("cannot open the database {file}")]
    Open {
        /// Which file.
        file: PathBuf,
        /// What the database said.
        source: DbErr,
    },
    /// The file is not a whole database.
    #[error("the database {file} is damaged ({detail}); restore it from a backup, or move it away to begin empty")]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What the check found.
        detail: String,
    },
    /// A newer program has changed the tables.
    #[error("the database {file} was written by a newer yunling (step {step}); install that version again")]
    Newer {
        /// Which file.
        file: PathBuf,
        /// The first step this program doesn't know.
        step: String,
    },
    /// Its tables are not yet as this program reads them.
    #[error(
        "the database {file} was written by an older yunling; start this version's server once, which brings it up to date, or \
         read it with the version that wrote it"
    )]
    Older {
        /// Which file.
        file: PathBuf,
    },
    /// The file of the key that opens its secrets can't be read or made.
    #[error("cannot read or make {file}, the key of the secrets in the database")]
    Key {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key that opens its secrets is not there, or is another one.
    #[error(
        "{sealed} secrets in the database (second factors, passwords of links) can only be opened with the key that sealed them, \
         and {file} is not there or is another one: put it back from the backup of the data folder. If it is lost for good, \
         `yunling forget-secrets` gives the secrets up: second factors are set up anew, passwords of links typed anew"
    )]
    KeyLost {
        /// Where the key should be.
        file: PathBuf,
        /// How many secrets.
        sealed: usize,
    },
    /// Another program holds the file.
    #[error("cannot {what}: another program is writing into the database")]
    Locked {
        /// What was attempted.
        what: &'static str,
    },
    /// The file, its folder or its disk takes no writes.
    #[error("cannot {what}: the database is read-only; check the data folder's owner and whether the disk is full")]
    ReadOnly {
        /// What was attempted.
        what: &'static str,
    },
    /// The database said yes and did nothing.
    #[error("cannot {what}: the database took it and kept nothing; a trigger that is not this program's is in the way")]
    Swallowed {
        /// What was attempted.
        what: &'static str,
    },
    /// The database refused for another reason.
    #[error("cannot {what}")]
    Failed {
        /// What was attempted.
        what: &'static str,
        /// What the database said.
        source: DbErr,
    },
    /// A stored value means nothing to this program.
    #[error("cannot {what}: the stored value {value:?} is not known")]
    Value {
        /// What was attempted.
        what: &'static str,
        /// What stands there.
        value: String,
    },
}

/// SQLite's primary result codes (<https://sqlite.org/rescode.html>) that we tell apart.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOT_A_DATABASE: i32 = 26;

/// Turns what the database said about an attempt into our words.
pub(super) fn attempted(what: &'static str) -> impl Fn(DbErr) -> StoreError {
    move |source| match code(&source) {
        Some(BUSY | LOCKED) => StoreError::Locked { what },
        Some(READ_ONLY | FULL) => StoreError::ReadOnly { what },
        _ => StoreError::Failed { what, source },
    }
}

/// The same while the file is opened.
pub(super) fn opening(file: &Path, source: DbErr) -> StoreError {
    match code(&source) {
        Some(BUSY | LOCKED) => StoreError::Locked { what: "open the database" },
        Some(READ_ONLY | FULL) => StoreError::ReadOnly { what: "open the database" },
        Some(CORRUPT | NOT_A_DATABASE) => StoreError::Damaged { file: file.to_owned(), detail: source.to_string() },
        _ => StoreError::Open { file: file.to_owned(), source },
    }
}

fn code(error: &DbErr) -> Option<i32> {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    let sqlx::Error::Database(error) = &**error else { return None };
    // The low byte is the primary code, the rest details it.
    error.code()?.parse::<i32>().ok().map(|code| code & 0xff)
}
