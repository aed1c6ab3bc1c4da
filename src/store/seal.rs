//! Secrets the database has to give back, such as links' passwords and second factors, are stored sealed: AES-256-GCM with a key
//! that lies beside the database in a file of its own (mode 0600), so that who gets hold of a copy of the database has none of them.
//!
//! Each is bound to its row: moved to another one it doesn't open. Whoever can read the whole data folder can read them all the same.

use super::{Store, StoreError, error::attempted, sqlite};
use crate::{domain::hex, key_file};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom as _, SystemRandom},
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The key's file, in the folder of the database.
pub(super) const KEY_FILE: &str = "secrets.key";

/// How what is sealed begins: it tells it from what an older program stored.
const MARK: &str = "sealed1:";

/// Tables with such secrets, and the column that names their rows.
const SEALED: [(&str, &str); 2] = [("second_factors", "account_id"), ("legs", "id")];

const KEY_BYTES: usize = 32;

/// The key. It never shows itself.
pub(super) struct Seal(LessSafeKey);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    fn new(bytes: &[u8]) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// A key of its own for a database that is gone with its program.
    pub(super) fn passing() -> Self {
        Self::new(&*random::<KEY_BYTES>()).expect("the key has its length")
    }

    /// The key that a file holds.
    fn of(path: &Path, bytes: &[u8]) -> Result<Self, StoreError> {
        let wrong =
            || StoreError::Key { file: path.to_owned(), source: io::Error::other("it holds no key of 32 bytes") };
        Self::new(bytes).ok_or_else(wrong)
    }

    /// The key in this file, if it is there.
    fn load(path: &Path) -> Result<Option<Self>, StoreError> {
        let bytes = key_file::read(path).map_err(|source| StoreError::Key { file: path.to_owned(), source })?;
        bytes.map(|bytes| Self::of(path, &bytes)).transpose()
    }

    /// A new key, kept in this file; another program's if it was first.
    fn make(path: &Path) -> Result<Self, StoreError> {
        let kept = key_file::keep(path, &*random::<KEY_BYTES>());
        let bytes = kept.map_err(|source| StoreError::Key { file: path.to_owned(), source })?;
        Self::of(path, &bytes)
    }

    /// A secret as it is stored in this row.
    pub(super) fn close(&self, row: &str, secret: &[u8]) -> String {
        let nonce: [u8; NONCE_LEN] = *random::<NONCE_LEN>();
        let mut bytes = secret.to_vec();
        let sealed = self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(row), &mut bytes);
        sealed.expect("a secret is short");
        format!("{MARK}{}{}", hex::encode(&nonce), hex::encode(&bytes))
    }

    /// What was stored in this row; `None` if another key or another row sealed it.
    pub(super) fn open(&self, row: &str, stored: &str) -> Option<Zeroizing<Vec<u8>>> {
        let bytes = hex::decode(stored.strip_prefix(MARK)?)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::assume_unique_for_key(nonce.try_into().ok()?);
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let length = self.0.open_in_place(nonce, Aad::from(row), &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }
}

/// How many secrets were given up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Log-in names whose second factor is gone.
    pub second_factors: Vec<String>,
    /// Names of links whose password or passphrase is gone.
    pub legs: Vec<String>,
}

impl Store {
    /// Finds or makes the key of this database, and seals what an older program stored as it was.
    pub(super) async fn seal(&self, file: &Path) -> Result<Seal, StoreError> {
        let path = key_of(file);
        let stored = self.stored_secrets().await?;
        let sealed = stored.iter().filter(|one| one.secret.starts_with(MARK)).count();
        let seal = match Seal::load(&path)? {
            Some(seal) => seal,
            None if sealed > 0 => return Err(StoreError::KeyLost { file: path, sealed }),
            None => Seal::make(&path)?,
        };
        let opens = |one: &Stored| seal.open(&one.row, &one.secret).is_some();
        if stored.iter().any(|one| one.secret.starts_with(MARK) && !opens(one)) {
            return Err(StoreError::KeyLost { file: path, sealed });
        }
        let plain: Vec<&Stored> = stored.iter().filter(|one| !one.secret.starts_with(MARK)).collect();
        if plain.is_empty() {
            return Ok(seal);
        }
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        for one in plain {
            // Second factors were stored as digits, links' secrets as they are typed.
            let secret = match one.table {
                "second_factors" => hex::decode(&one.secret).map(Zeroizing::new),
                _ => Some(Zeroizing::new(one.secret.as_bytes().to_vec())),
            };
            let Some(secret) = secret else { continue };
            let sql = format!("UPDATE {} SET secret = ? WHERE {} = ?", one.table, one.column);
            let values = [seal.close(&one.row, &secret).into(), one.id.as_str().into()];
            let update = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
            transaction.execute_raw(update).await.map_err(attempted(WRITE))?;
        }
        transaction.commit().await.map_err(attempted(WRITE))?;
        // What stood there is still in pages that are free, and in the log beside the file.
        for sweep in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            self.db.execute_raw(sqlite(sweep)).await.map_err(attempted(WRITE))?;
        }
        Ok(seal)
    }

    /// What [`forget_secrets`](Self::forget_secrets) would give up.
    pub async fn forgettable(&self) -> Result<Forgotten, StoreError> {
        let names = async |sql: &str| {
            let rows = self.db.query_all_raw(sqlite(sql)).await.map_err(attempted(READ))?;
            Ok::<Vec<String>, StoreError>(rows.iter().filter_map(|row| row.try_get_by_index(0).ok()).collect())
        };
        let factors = "SELECT a.login FROM second_factors f JOIN accounts a ON a.id = f.account_id ORDER BY a.login";
        let legs = "SELECT name FROM legs WHERE secret <> '' ORDER BY name";
        Ok(Forgotten { second_factors: names(factors).await?, legs: names(legs).await? })
    }

    /// Gives up all secrets that are sealed in this database, whose file this is, for whoever has lost their key: second factors go, links
    /// lose their passwords and stand still until they are typed anew. A new key is made at the next opening.
    pub async fn forget_secrets(&self, file: &Path) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        for forget in [
            "DELETE FROM recovery_codes",
            "DELETE FROM second_factors",
            "UPDATE legs SET secret = '', enabled = 0 WHERE secret <> ''",
        ] {
            transaction.execute_raw(sqlite(forget)).await.map_err(attempted(WRITE))?;
        }
        transaction.commit().await.map_err(attempted(WRITE))?;
        // A key that opens nothing is of no use; it is kept beside, in case it is another database's.
        let path = key_of(file);
        if path.exists() {
            let aside = path.with_extension("key.old");
            fs::rename(&path, &aside).map_err(|source| StoreError::Key { file: path, source })?;
        }
        Ok(())
    }

    async fn stored_secrets(&self) -> Result<Vec<Stored>, StoreError> {
        let mut stored = Vec::new();
        for (table, column) in SEALED {
            let sql = format!("SELECT {column}, secret FROM {table} WHERE secret <> ''");
            for row in self.db.query_all_raw(sqlite(&sql)).await.map_err(attempted(READ))? {
                let (id, secret): (String, String) = row.try_get_many_by_index().map_err(attempted(READ))?;
                stored.push(Stored { table, column, row: row_of(table, &id), id, secret: Zeroizing::new(secret) });
            }
        }
        Ok(stored)
    }
}

/// One secret as it is stored.
struct Stored {
    table: &'static str,
    column: &'static str,
    row: String,
    id: String,
    secret: Zeroizing<String>,
}

/// What a secret is bound to.
pub(super) fn row_of(table: &str, id: &str) -> String {
    format!("{table}/{id}")
}

/// Where the key of a database is.
fn key_of(file: &Path) -> PathBuf {
    file.with_file_name(KEY_FILE)
}

fn random<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new().fill(&mut *bytes).expect("a Linux that booted has randomness");
    bytes
}

const READ: &str = "read a secret";
const WRITE: &str = "seal a secret";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            leg::{Leg, Secret, Source, tests::leg},
            role::Role,
        },
        store::{account, meeting::tests::demo},
    };
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_secret_opens_in_its_own_row_with_its_own_key_alone() {
        let (seal, other) = (Seal::passing(), Seal::passing());
        let stored = seal.close("legs/a", b"hunter2");
        assert!(stored.starts_with(MARK) && stored != seal.close("legs/a", b"hunter2"), "{stored}");
        assert_eq!(seal.open("legs/a", &stored).unwrap().as_slice(), b"hunter2");
        assert!(seal.open("legs/b", &stored).is_none() && other.open("legs/a", &stored).is_none());
        for at in 0..stored.len() {
            let mut changed = stored.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert!(seal.open("legs/a", std::str::from_utf8(&changed).unwrap()).is_none(), "{at}");
            assert!(seal.open("legs/a", &stored[..at]).is_none(), "{at}");
        }
    }

    /// A link with this password.
    fn camera(password: &str) -> Leg {
        let source = Source::SrtListener { port: 9000, passphrase: Secret(password.to_owned()), latency_ms: 120 };
        Leg { meeting: demo().id, ..leg(source) }
    }

    const PASSWORD: &str = "hunter2hunter2";
    const FACTOR: [u8; 20] = [7; 20];

    /// A database with a link's password and a second factor in it.
    async fn filled(file: &Path) {
        let store = Store::open(file).await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        store.save_leg(&camera(PASSWORD)).await.unwrap();
        let account = account::tests::stored(&store, "li", &[Role::Operator]).await.id;
        assert!(store.begin_second_factor(&account, &FACTOR).await.unwrap());
        store.close().await.unwrap();
    }

    /// Whether any file of the folder but the key has these bytes.
    fn lies_open(folder: &Path, bytes: &[u8]) -> bool {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
            path.file_name().is_some_and(|name| name != KEY_FILE)
                && fs::read(path).unwrap().windows(bytes.len()).any(|window| window == bytes)
        })
    }

    #[tokio::test]
    async fn no_secret_lies_open_in_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunling.sqlite");
        filled(&file).await;
        let digits = hex::encode(&FACTOR);
        assert!(!lies_open(folder.path(), PASSWORD.as_bytes()) && !lies_open(folder.path(), digits.as_bytes()));
        let key = folder.path().join(KEY_FILE);
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        let store = Store::open(&file).await.unwrap();
        assert_eq!(store.legs().await.unwrap(), [camera(PASSWORD)]);
        let factor = store.second_factor(&"li".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(factor.secret.as_slice(), FACTOR);
    }

    #[tokio::test]
    async fn what_an_older_program_stored_is_sealed_and_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunling.sqlite");
        filled(&file).await;
        fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
        let digits = hex::encode(&FACTOR);
        let old = sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
        let plain = format!("UPDATE legs SET secret = '{PASSWORD}'; UPDATE second_factors SET secret = '{digits}'");
        old.execute_unprepared(&plain).await.unwrap();
        old.close().await.unwrap();
        assert!(lies_open(folder.path(), PASSWORD.as_bytes()) && lies_open(folder.path(), digits.as_bytes()));

        let store = Store::open(&file).await.unwrap();
        assert_eq!(store.legs().await.unwrap(), [camera(PASSWORD)]);
        let factor = store.second_factor(&"li".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(factor.secret.as_slice(), FACTOR);
        store.close().await.unwrap();
        assert!(!lies_open(folder.path(), PASSWORD.as_bytes()) && !lies_open(folder.path(), digits.as_bytes()));
    }

    #[tokio::test]
    async fn a_lost_key_is_said_and_its_secrets_can_be_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunling.sqlite");
        filled(&file).await;
        let (key, kept) = (folder.path().join(KEY_FILE), folder.path().join("kept"));
        fs::rename(&key, &kept).unwrap();
        for wrong in [None, Some([1; 32])] {
            if let Some(bytes) = wrong {
                fs::write(&key, bytes).unwrap();
            }
            let error = Store::open(&file).await.unwrap_err();
            assert!(matches!(&error, StoreError::KeyLost { sealed: 2, .. }), "{error:?}");
            assert!(
                error.to_string().contains("secrets.key") && error.to_string().contains("forget-secrets"),
                "{error}"
            );
        }
        fs::write(&key, b"short").unwrap();
        assert!(matches!(Store::open(&file).await, Err(StoreError::Key { .. })));
        // Put back, all of it is there again.
        fs::copy(&kept, &key).unwrap();
        Store::open(&file).await.unwrap().close().await.unwrap();

        fs::remove_file(&key).unwrap();
        let store = Store::open_to_forget(&file).await.unwrap();
        let forgotten = store.forgettable().await.unwrap();
        store.forget_secrets(&file).await.unwrap();
        store.close().await.unwrap();
        assert_eq!((forgotten.second_factors.as_slice(), forgotten.legs.len()), (&["li".to_owned()][..], 1));
        let store = Store::open(&file).await.unwrap();
        assert!(store.second_factor(&"li".parse().unwrap()).await.unwrap().is_none());
        let left = store.legs().await.unwrap();
        assert!(!left[0].enabled && left[0].source.secret().is_none_or(|secret| secret.0.is_empty()), "{left:?}");
    }
}
