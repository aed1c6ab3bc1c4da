//! The store: everything that must outlive a restart, in one SQL database.
//!
//! [`Store`] speaks domain types; rows, SQL and migrations stay in here, one file per aggregate. SQLite in the data folder is
//! the default, in WAL mode, each commit on the disk before the call returns. Statements keep to what SQLite and PostgreSQL
//! both do; what is SQLite's own (opening, checking the file, naming its errors) is in this file and in [`error`], and the words
//! meetings are found by are in [`words`].
//!
//! It decides nothing: whether a change is allowed was decided before it gets here.

mod account;
mod account_request;
mod anchor;
mod arrangement_sign;
mod attendance;
mod audit;
mod checkpoint;
mod client_certificate;
mod delegation;
mod device;
mod error;
mod exception;
mod folder;
mod hand_over;
mod joint_test;
mod leg;
mod library;
mod material;
mod meeting;
mod migration;
mod mirror;
mod notice;
mod org_unit;
mod pin;
mod profile;
mod recording;
mod roll_call;
mod seal;
mod second_factor;
mod session;
mod setting;
mod sign_off;
mod stage;
mod token;
mod venue;
mod words;
mod workday;

pub use account::{NewPassword, StoredPasswords};
pub use anchor::SignedAnchor;
pub use attendance::Numbers;
pub use audit::{AuditEntry, AuditQuery};
pub use error::StoreError;
pub use folder::{Claim, DataFolder, FolderError};
pub use library::{After, Found};
pub use mirror::{BadLine, Mirror, SignedCheckpoint, checkpoints, mirrored, mirrored_anchors, strangers};
pub use org_unit::UnitUse;
pub use seal::Forgotten;
pub use second_factor::SecondFactor;
pub use session::LoginSession;
pub use sign_off::{About, Concerned, Export, OfUnits};
pub use token::StoredToken;

use error::attempted;
use migration::Migrator;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::{MigratorTrait, seaql_migrations};
use seal::Seal;
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How long a statement waits for another program that writes into the same file, such as a backup.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

/// Rows that wait between the thread that reads the file and whoever asked: with a few, the two wait for each other all the time
/// where a page asks for thousands.
const ROWS_AHEAD: usize = 2048;

/// The database. Cheap to clone; all clones are one connection, since SQLite has one writer and statements take well under
/// a millisecond.
#[derive(Debug, Clone)]
pub struct Store {
    db: DatabaseConnection,
    seal: Arc<Seal>,
}

impl Store {
    /// Opens the database file, makes it if it is missing, checks that it is whole and brings its tables up to date.
    ///
    /// Fails when the file is damaged, locked, read-only, or was written by a newer program.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        let store = Self::connect(&format!("sqlite://{}?mode=rwc", percent_encoded(file)), file).await?;
        let seal = Arc::new(store.seal(file).await?);
        Ok(Self { seal, ..store })
    }

    /// The same without its secrets, for whoever has lost their key.
    pub async fn open_to_forget(file: &Path) -> Result<Self, StoreError> {
        Self::connect(&format!("sqlite://{}?mode=rw", percent_encoded(file)), file).await
    }

    /// An empty database that is gone with the last clone, for tests.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Self::connect("sqlite::memory:", Path::new("memory")).await
    }

    /// Opens the database file as it is, to read alone: also a damaged one, also while a server runs. Its secrets stay closed.
    pub async fn open_to_read(file: &Path) -> Result<Self, StoreError> {
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=ro", percent_encoded(file)));
        options.max_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(|sqlite| sqlite.busy_timeout(BUSY_LIMIT));
        let db = Database::connect(options).await.map_err(|source| error::opening(file, source))?;
        let store = Self { db, seal: Arc::new(Seal::passing()) };
        store.check_not_older(file).await?;
        Ok(store)
    }

    /// Refuses a file whose book is not yet as this program reads it. A file that says nothing of its steps is read as it is: what
    /// is wrong with it shows.
    async fn check_not_older(&self, file: &Path) -> Result<(), StoreError> {
        let steps = self.db.query_all_raw(sqlite("SELECT version FROM seaql_migrations")).await;
        let steps: Vec<String> = steps.iter().flatten().filter_map(|row| row.try_get_by_index(0).ok()).collect();
        let older = !steps.is_empty() && !steps.iter().any(|step| step == migration::BOOK_STEP);
        if older { Err(StoreError::Older { file: file.to_owned() }) } else { Ok(()) }
    }

    async fn connect(url: &str, file: &Path) -> Result<Self, StoreError> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).min_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                // What is replaced fires the triggers of removal too.
                .pragma("recursive_triggers", "ON")
                .busy_timeout(BUSY_LIMIT)
                .row_buffer_size(ROWS_AHEAD)
        });
        // The one connection is never closed for idling: an in-memory database would be gone.
        options.map_sqlx_sqlite_pool_opts(|pool| pool.idle_timeout(None).max_lifetime(None));
        let opening = |source| error::opening(file, source);
        let db = Database::connect(options).await.map_err(opening)?;
        let store = Self { db, seal: Arc::new(Seal::passing()) };
        store.check_whole(file).await?;
        store.check_not_newer(file).await?;
        Migrator::up(&store.db, None).await.map_err(opening)?;
        Ok(store)
    }

    async fn check_whole(&self, file: &Path) -> Result<(), StoreError> {
        let rows = self.db.query_all_raw(sqlite("PRAGMA quick_check(1)")).await;
        let rows = rows.map_err(|source| error::opening(file, source))?;
        let said: String = rows.first().and_then(|row| row.try_get_by_index(0).ok()).unwrap_or_default();
        if said == "ok" { Ok(()) } else { Err(StoreError::Damaged { file: file.to_owned(), detail: said }) }
    }

    async fn check_not_newer(&self, file: &Path) -> Result<(), StoreError> {
        let opening = |source| error::opening(file, source);
        Migrator::install(&self.db).await.map_err(opening)?;
        let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        let applied =
            <seaql_migrations::Entity as sea_orm::EntityTrait>::find().all(&self.db).await.map_err(opening)?;
        match applied.into_iter().find(|row| !known.contains(&row.version)) {
            Some(unknown) => Err(StoreError::Newer { file: file.to_owned(), step: unknown.version }),
            None => Ok(()),
        }
    }

    /// Answers if the database does. For readiness checks.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.db.ping().await.map_err(attempted("reach the database"))
    }

    /// Writes what is pending and closes the file. Later calls on any clone fail.
    pub async fn close(self) -> Result<(), StoreError> {
        self.db.close().await.map_err(attempted("close the database"))
    }
}

fn sqlite(sql: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DatabaseBackend::Sqlite, sql)
}

/// A path as it may stand in a database URL.
fn percent_encoded(path: &Path) -> String {
    use std::{fmt::Write as _, os::unix::ffi::OsStrExt as _};
    path.as_os_str().as_bytes().iter().fold(String::new(), |mut text, &byte| {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a String takes all text");
        }
        text
    })
}

/// Now, as stored: milliseconds since 1970, UTC.
fn now_ms() -> i64 {
    ms(SystemTime::now())
}

/// A moment as stored.
fn ms(moment: SystemTime) -> i64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A moment that was stored.
fn moment(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn opening_twice_keeps_what_was_stored() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("云 岭?.sqlite");
        Store::open(&file).await.unwrap().close().await.unwrap();
        let store = Store::open(&file).await.unwrap();
        store.ping().await.unwrap();
        assert!(file.is_file());
    }

    /// What the first release left behind: its tables, one meeting and its stage.
    const FIRST_RELEASE: &str = include_str!("migration/m0001_stored.sql");

    #[tokio::test]
    async fn a_database_of_the_first_release_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunling.sqlite");
        let old = Database::connect(format!("sqlite://{}?mode=rwc", file.display())).await.unwrap();
        old.execute_unprepared(FIRST_RELEASE).await.unwrap();
        old.close().await.unwrap();
        for _ in 0..2 {
            let store = Store::open(&file).await.unwrap();
            assert_eq!(store.meetings().await.unwrap(), [meeting::tests::demo()]);
            assert!(store.stage(&"demo".parse().unwrap()).await.unwrap().unwrap().on_air.is_some());
            let times = "SELECT starts_ms, ends_ms, kind FROM meetings";
            let row = store.db.query_one_raw(sqlite(times)).await.unwrap().unwrap();
            let got: (i64, i64, String) = row.try_get_many_by_index().unwrap();
            assert_eq!(got, (1_764_000_000_000, 1_764_007_200_000, "upper".to_owned()));
            store.close().await.unwrap();
        }
    }

    #[tokio::test]
    async fn units_that_stood_beside_names_become_units() {
        use sea_orm_migration::MigratorTrait as _;
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let steps = Migrator::migrations().iter().take_while(|step| step.name() != "m0008_units").count();
        Migrator::up(&db, Some(u32::try_from(steps).unwrap())).await.unwrap();
        for (id, unit) in [("wang", "县委办"), ("li", "县水务局"), ("zhang", "县委办"), ("admin", "")] {
            let person =
                format!("INSERT INTO persons (id, name, unit, created_ms) VALUES ('{id}', '{id}', '{unit}', 7)");
            db.execute_unprepared(&person).await.unwrap();
            let account = format!(
                "INSERT INTO accounts (id, login, person_id, password, old_passwords, password_set_ms, must_change, enabled, \
                 created_ms) VALUES ('{id}', '{id}', '{id}', 'x', '[]', 0, 0, 1, 7)"
            );
            db.execute_unprepared(&account).await.unwrap();
        }
        db.execute_unprepared("INSERT INTO account_roles (account_id, role) VALUES ('li', 'approver')").await.unwrap();
        for (id, unit) in [("m1", "县委办"), ("m2", ""), ("m3", "省水利厅")] {
            let meeting = format!(
                "INSERT INTO meetings (id, title, codec, state, created_ms, starts_ms, ends_ms, profile, unit) \
                 VALUES ('{id}', '{id}', 'h264', 'closed', 7, 7, 8, 'own', '{unit}')"
            );
            db.execute_unprepared(&meeting).await.unwrap();
        }
        Migrator::up(&db, None).await.unwrap();
        let store = Store { db, seal: Arc::new(Seal::passing()) };
        let accounts = store.accounts().await.unwrap();
        let units: Vec<_> = accounts.iter().map(|one| (one.login.as_str(), one.unit.as_str())).collect();
        assert_eq!(units, [("admin", ""), ("li", "县水务局"), ("wang", "县委办"), ("zhang", "县委办")]);
        assert_eq!(accounts[2].org_unit, accounts[3].org_unit);
        // Whoever signed for everything goes on: their unit is the server's own. Meetings know the unit their notice names.
        let units = store.org_units().await.unwrap();
        let own: Vec<_> = units.iter().map(|unit| (unit.name.as_str(), unit.own)).collect();
        assert_eq!(own, [("县委办", false), ("县水务局", true)]);
        for (meeting, unit) in [("m1", Some(&units[0].id)), ("m2", None), ("m3", None)] {
            let known = store.unit_of_meeting(&meeting.parse().unwrap()).await.unwrap();
            assert_eq!(known.as_ref(), unit, "{meeting}");
        }
    }

    #[tokio::test]
    async fn what_was_asked_with_an_attendance_list_is_asked_by_the_notice() {
        use sea_orm_migration::MigratorTrait as _;
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let mut steps = Migrator::migrations().into_iter();
        let before = steps.position(|step| step.name() == "m0035_one_place_for_requirements").unwrap();
        Migrator::up(&db, Some(u32::try_from(before).unwrap())).await.unwrap();
        let long = "长".repeat(150);
        for (id, known, asked) in [
            ("both", r#"["请着正装"]"#, format!("提前 10 分钟入场\n\n 请着正装 \n{long}")),
            ("terms", "[]", "手机静音".to_owned()),
            ("notice", r#"["请着正装"]"#, String::new()),
        ] {
            let meeting = format!(
                "INSERT INTO meetings (id, title, codec, state, created_ms, starts_ms, ends_ms, kind, requirements) \
                 VALUES ('{id}', '{id}', 'h264', 'planned', 7, 7, 8, 'own', '{known}')"
            );
            db.execute_unprepared(&meeting).await.unwrap();
            let terms = format!(
                "INSERT INTO attendance_terms (meeting_id, requirement, opens_before_s, closes_after_s) \
                 VALUES ('{id}', '{asked}', 60, 120)"
            );
            db.execute_unprepared(&terms).await.unwrap();
        }
        Migrator::up(&db, None).await.unwrap();
        let store = Store { db, seal: Arc::new(Seal::passing()) };
        let (start, rest) = ("长".repeat(120), "长".repeat(30));
        for (id, expect) in [
            ("both", vec!["请着正装", "提前 10 分钟入场", &start, &rest]),
            ("terms", vec!["手机静音"]),
            ("notice", vec!["请着正装"]),
        ] {
            let id = id.parse().unwrap();
            let notice = store.notice(&id).await.unwrap().unwrap();
            assert_eq!(notice.requirements, expect, "{id}");
            assert!(notice.checked().is_ok(), "{id} can be edited");
            let terms = store.attendance_terms(&id).await.unwrap();
            assert_eq!((terms.opens_before.as_secs(), terms.closes_after.as_secs()), (60, 120), "{id}");
        }
    }

    #[tokio::test]
    async fn a_damaged_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunling.sqlite");
        std::fs::write(&file, b"this was a database once, long ago").unwrap();
        let error = Store::open(&file).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_file_of_a_newer_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunling.sqlite");
        let store = Store::open(&file).await.unwrap();
        let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_from_the_future', 0)";
        store.db.execute_raw(sqlite(future)).await.unwrap();
        store.close().await.unwrap();
        let error = Store::open(&file).await.unwrap_err();
        assert!(matches!(&error, StoreError::Newer { step, .. } if step == "m9999_from_the_future"), "{error:?}");
    }

    #[tokio::test]
    async fn a_file_of_an_older_program_is_not_read_but_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunling.sqlite");
        let old = Database::connect(format!("sqlite://{}?mode=rwc", file.display())).await.unwrap();
        Migrator::up(&old, Some(2)).await.unwrap();
        old.close().await.unwrap();
        let error = Store::open_to_read(&file).await.unwrap_err();
        assert!(matches!(error, StoreError::Older { .. }) && error.to_string().contains("start"), "{error}");
        Store::open(&file).await.unwrap().close().await.unwrap();
        Store::open_to_read(&file).await.unwrap().close().await.unwrap();
    }

    #[tokio::test]
    async fn a_file_that_another_program_writes_into_is_called_locked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunling.sqlite");
        let store = Store::open(&file).await.unwrap();
        store.db.execute_raw(sqlite("PRAGMA busy_timeout = 0")).await.unwrap();
        let other = Store::open(&file).await.unwrap();
        other.db.execute_raw(sqlite("BEGIN IMMEDIATE")).await.unwrap();
        let error = store.save_meeting(&meeting::tests::demo()).await.unwrap_err();
        assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_called_read_only() {
        let store = Store::in_memory().await.unwrap();
        store.db.execute_raw(sqlite("PRAGMA query_only = 1")).await.unwrap();
        let error = store.save_meeting(&meeting::tests::demo()).await.unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    }
}
