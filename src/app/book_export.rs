//! The book as a table for outside the house (CSV, RFC 4180, UTF-8 with a mark that spreadsheet programs know), signed.
//!
//! Between the head and the entries stands each account that is two officers at once by leave
//! ([`officer`](crate::domain::officer)), one a line: `三员例外 exception`, log-in name, since when, who decided, who recorded it, why.
//! The last line is the signature: `签名 signature`, `ed25519`, signature, public key, SHA-256 and SM3 of all bytes before it.
//! Signed is `"yunling export 1\n"`, the SHA-256 and the SM3. [`check_export`] says whether a file is still what was exported.

use super::{ExceptionView, Mirroring, PublicKey};
use crate::domain::{hex, officer::Origin};
use crate::store::{AuditEntry, AuditQuery, Store, StoreError};
use ring::digest;
use sm3::{Digest as _, Sm3};
use std::{
    io::{self, BufRead, Read as _},
    sync::Arc,
    time::UNIX_EPOCH,
};

/// Entries read at a time.
const STEP: u64 = 500;

const MARK: &str = "签名 signature";

/// What a line about an exception begins with; an entry begins with its number.
const NOTE: &str = "三员例外 exception";

/// Longest line of a table that is checked.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// A table that is being made, newest entry first.
pub struct BookExport {
    store: Store,
    query: AuditQuery,
    mirroring: Arc<Mirroring>,
    sums: Sums,
    next: Next,
}

enum Next {
    Head,
    Rows,
    Done,
}

impl BookExport {
    pub(super) fn new(store: Store, query: AuditQuery, mirroring: Arc<Mirroring>) -> Self {
        let query = AuditQuery { limit: STEP, ..query };
        Self { store, query, mirroring, sums: Sums::default(), next: Next::Head }
    }

    /// The next piece of it; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let piece = match self.next {
            Next::Done => return Ok(None),
            Next::Head => {
                self.next = Next::Rows;
                let exceptions = super::accounts::exceptions(&self.store).await?;
                let head = "\u{feff}编号,时间,人员,来源地址,操作,对象,结果,起始记录,SHA-256,SM3\r\n".to_owned();
                exceptions.iter().map(note).fold(head, |head, note| head + &note)
            }
            Next::Rows => {
                let entries = self.store.book(&self.query).await?;
                self.query.before = entries.last().map(|entry| entry.opened.entry);
                if entries.is_empty() {
                    self.next = Next::Done;
                    return Ok(Some(self.signature().into_bytes()));
                }
                entries.iter().map(row).collect()
            }
        };
        self.sums.add(piece.as_bytes());
        Ok(Some(piece.into_bytes()))
    }

    fn signature(&self) -> String {
        let (sha256, sm3) = self.sums.clone().finish();
        let key = self.mirroring.key();
        let signature = hex::encode(&key.sign(&signed_bytes(&sha256, &sm3)));
        format!("{MARK},ed25519,{signature},{},{},{}\r\n", key.public(), hex::encode(&sha256), hex::encode(&sm3))
    }
}

/// Why a table is not what was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportProblem {
    /// It can't be read.
    #[error("cannot read it")]
    Read(#[source] io::Error),
    /// It does not end with a signature.
    #[error("it does not end with a signature: it is no export of the book, or its end is missing")]
    Unsigned,
    /// It was changed.
    #[error("it was changed after it was exported")]
    Changed,
    /// Another key signed it.
    #[error("it was signed with another key, {0}")]
    OtherKey(PublicKey),
}

/// Whether a table is still what the server with this key exported; how many entries it has.
pub fn check_export(mut table: impl BufRead, key: PublicKey) -> Result<u64, ExportProblem> {
    let (mut sums, mut lines) = (Sums::default(), 0u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        let taken =
            table.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line).map_err(ExportProblem::Read)?;
        if taken == 0 {
            return Err(ExportProblem::Unsigned);
        }
        if line.starts_with(MARK.as_bytes()) {
            break;
        }
        sums.add(&line);
        lines += u64::from(!line.starts_with(NOTE.as_bytes()));
    }
    let (sha256, sm3) = sums.finish();
    let text = std::str::from_utf8(&line).map_err(|_| ExportProblem::Unsigned)?;
    let [_, _, signature, public, said_sha256, said_sm3] = text.trim_end().split(',').collect::<Vec<_>>()[..] else {
        return Err(ExportProblem::Unsigned);
    };
    let public: PublicKey = public.parse().map_err(|_| ExportProblem::Unsigned)?;
    let signature = hex::decode(signature).ok_or(ExportProblem::Unsigned)?;
    if public != key {
        return Err(ExportProblem::OtherKey(public));
    }
    let mut behind = [0];
    let ends = table.read(&mut behind).map_err(ExportProblem::Read)? == 0;
    let same = said_sha256 == hex::encode(&sha256) && said_sm3 == hex::encode(&sm3);
    if ends && same && key.has_signed(&signed_bytes(&sha256, &sm3), &signature) {
        Ok(lines.saturating_sub(1))
    } else {
        Err(ExportProblem::Changed)
    }
}

fn row(entry: &AuditEntry) -> String {
    let AuditEntry { opened, closed } = entry;
    let at = time(opened.at_ms);
    let found = closed.as_ref().map(|closed| closed.subject.as_str()).unwrap_or_default();
    let seals = closed.as_ref().unwrap_or(opened).seals;
    let fields = [
        opened.entry.to_string(),
        at,
        cell(&opened.actor),
        cell(&opened.address),
        cell(&opened.action),
        cell(if found.is_empty() { &opened.subject } else { found }),
        cell(closed.as_ref().map(|closed| closed.result.as_str()).unwrap_or_default()),
        opened.record.to_string(),
        seals.sha256.to_string(),
        seals.sm3.to_string(),
    ];
    fields.join(",") + "\r\n"
}

/// A line about an exception.
fn note(view: &ExceptionView) -> String {
    let (by, reason) = match &view.exception.origin {
        Origin::FirstRun => ("", "首次启动，三员尚未分设"),
        Origin::FromBefore => ("", "升级以前已经兼任，没有决定记录"),
        Origin::Decided { decision, .. } => (decision.by.as_str(), decision.reason.as_str()),
    };
    let since = view.exception.since.duration_since(UNIX_EPOCH).unwrap_or_default();
    let since = time(u64::try_from(since.as_millis()).unwrap_or_default());
    let login = view.login.as_str();
    [NOTE, login, &since, &cell(by), &cell(&view.recorded_by), &cell(reason)].join(",") + "\r\n"
}

fn time(ms: u64) -> String {
    let at = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let local = |at: jiff::Timestamp| at.to_zoned_datetime(jiff::tz::TimeZone::system());
    at.map(|at| local(at).strftime("%Y-%m-%d %H:%M:%S%.3f %:z").to_string()).unwrap_or_default()
}

/// A text as a cell. What a spreadsheet program would take for a formula gets an apostrophe.
fn cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([',', '"', '\r', '\n']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

fn signed_bytes(sha256: &[u8], sm3: &[u8]) -> Vec<u8> {
    [b"yunling export 1\n".as_slice(), sha256, sm3].concat()
}

/// SHA-256 and SM3 of what is added.
#[derive(Clone)]
struct Sums {
    sha256: digest::Context,
    sm3: Sm3,
}

impl Default for Sums {
    fn default() -> Self {
        Self { sha256: digest::Context::new(&digest::SHA256), sm3: Sm3::new() }
    }
}

impl Sums {
    fn add(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.sm3.update(bytes);
    }

    fn finish(self) -> (Vec<u8>, Vec<u8>) {
        (self.sha256.finish().as_ref().to_vec(), self.sm3.finalize().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::BookKey,
        domain::audit::{Closing, Opening, Says},
    };

    async fn exported(folder: &std::path::Path) -> (Vec<u8>, PublicKey) {
        let store = Store::in_memory().await.unwrap();
        crate::app::first_administrator(&store, UNIX_EPOCH).await.unwrap();
        for actor in ["=王秀兰", "a,\"b\""] {
            let text = str::to_owned;
            let opening =
                Opening { actor: text(actor), address: text("::1"), action: text("login"), subject: text("") };
            let entry = store.add_to_book(vec![Says::Opened(opening)]).await.unwrap()[0];
            let closing = Closing { entry, subject: text("account:x"), result: text("ok") };
            store.add_to_book(vec![Says::Closed(closing)]).await.unwrap();
        }
        let key = BookKey::load_or_make(&folder.join("key")).unwrap();
        let public = key.public();
        let mirroring = Arc::new(Mirroring::new(store.clone(), folder.join("mirror"), key));
        let mut export = BookExport::new(store, AuditQuery::default(), mirroring);
        let mut table = Vec::new();
        while let Some(piece) = export.next().await.unwrap() {
            table.extend(piece);
        }
        (table, public)
    }

    #[tokio::test]
    async fn a_table_is_whole_and_any_change_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (table, key) = exported(folder.path()).await;
        let text = String::from_utf8(table.clone()).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(
            lines[2].starts_with("2,20") && lines[2].contains(",\"a,\"\"b\"\"\",::1,login,account:x,ok,3,"),
            "{}",
            lines[2]
        );
        assert!(lines[3].contains(",'=王秀兰,"), "{}", lines[3]);
        // Who is two officers at once stands before the entries, and is none of them.
        assert!(lines[1].starts_with("三员例外 exception,admin,1970") && lines[1].contains("首次启动"), "{}", lines[1]);
        assert_eq!(check_export(&table[..], key).unwrap(), 2);

        for at in [0, 100, table.len() / 2, table.len() - 10] {
            let mut changed = table.clone();
            changed[at] ^= 1;
            assert!(check_export(&changed[..], key).is_err(), "byte {at}");
        }
        let end = text.find(MARK).unwrap();
        assert!(matches!(check_export(&table[..end], key), Err(ExportProblem::Unsigned)));
        assert!(check_export(&[&table[..], b"x"].concat()[..], key).is_err());
        let other = BookKey::load_or_make(&folder.path().join("other")).unwrap().public();
        assert!(matches!(check_export(&table[..], other), Err(ExportProblem::OtherKey(_))));
    }
}
