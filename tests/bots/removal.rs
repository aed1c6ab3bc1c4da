//! `kill -9` of the server while it takes a month of the book away: the book is whole at once, and the next start goes on with it.

use crate::program::{self, Program};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use yunling::{
    app::BookKey,
    domain::audit::{Checkpoint, Closing, End, Opening, Record, Says},
    store::{DataFolder, Mirror, SignedCheckpoint, Store},
};

const DAY_MS: u64 = 86_400_000;

/// Days that the book is old, and how many entries its oldest month has each day: enough for a dozen pieces.
const DAYS: u64 = 290;
const BUSY_DAY: u64 = 400;

/// A book as a server left it that ran for so many days until now.
fn written() -> (Vec<Record>, Vec<Checkpoint>) {
    let (mut end, mut records, mut checkpoints) = (End::EMPTY, Vec::new(), Vec::new());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    for day in 0..DAYS {
        let at_ms = now - (DAYS - day) * DAY_MS;
        for _ in 0..if day < 30 { BUSY_DAY } else { 1 } {
            let text = str::to_owned;
            let opening =
                Opening { actor: text("op"), address: text("10.1.2.3"), action: text("login"), subject: text("") };
            let opened = end.add(at_ms, Says::Opened(opening));
            let closing = Closing { entry: opened.entry, subject: text(""), result: text("ok") };
            records.extend([opened, end.add(at_ms + 1, Says::Closed(closing))]);
        }
        checkpoints.push(Checkpoint { record: end.record, at_ms: at_ms + 2, seals: end.seals });
    }
    (records, checkpoints)
}

async fn stored(data: &Path) {
    let folder = DataFolder::open(data).unwrap();
    Store::open(&folder.database()).await.unwrap().close().await.unwrap();
    let (records, checkpoints) = written();
    let key = BookKey::load_or_make(&folder.book_key()).unwrap();
    let mut mirror = Mirror::open(&folder.book_mirror()).unwrap();
    mirror.add(&records).unwrap();
    for checkpoint in checkpoints {
        let signature = key.sign(&checkpoint.signed_bytes());
        mirror.add_checkpoint(&SignedCheckpoint { checkpoint, signature }).unwrap();
    }
    let db = opened(data).await;
    for some in records.chunks(500) {
        let row = |record: &Record| {
            let Record { record, entry, at_ms, kind, actor, address, action, subject, result, format, seals } = record;
            let (kind, format, sha256, sm3) = (kind.name(), format.number(), seals.sha256, seals.sm3);
            format!(
                "({record},{entry},'{kind}',{format},{at_ms},'{actor}','{address}','{action}','{subject}','{result}','{sha256}','{sm3}')"
            )
        };
        let rows: Vec<String> = some.iter().map(row).collect();
        let columns = "record,entry,kind,format,at_ms,actor,address,action,subject,result,hash,sm3";
        let sql = format!("INSERT INTO audit_entries ({columns}) VALUES {}", rows.join(","));
        db.execute_unprepared(&sql).await.unwrap();
    }
    db.close().await.unwrap();
}

async fn opened(data: &Path) -> DatabaseConnection {
    Database::connect(format!("sqlite://{}", data.join("yunling.sqlite").display())).await.unwrap()
}

/// The first record that is still there.
async fn first(db: &DatabaseConnection) -> i64 {
    let sql = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT MIN(record) FROM audit_entries");
    db.query_one_raw(sql).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

fn verified(settings: &Path) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
    let output = command.args(["verify", "audit", "--config"]).arg(settings).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, said)
}

#[tokio::test]
async fn a_removal_that_is_killed_leaves_a_whole_book_and_goes_on_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (mut config, settings) = program::settings(folder.path());
    config.audit.keep_days = 180;
    std::fs::write(&settings, toml::to_string(&config).unwrap()).unwrap();
    let data = config.data.folder.clone();
    stored(&data).await;
    let (output, said) = verified(&settings);
    assert!(output.status.success(), "{said}");
    let months = || {
        let names = std::fs::read_dir(data.join("audit")).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("20")).count()
    };
    let before = months();

    let db = opened(&data).await;
    let patience = Duration::from_secs(120);
    let mut kills = 0;
    let mut seen = 1;
    // Killed three times, each time with less of it left.
    while kills < 3 {
        let server = Program::start(&settings);
        let further = async {
            while first(&db).await == seen {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(patience, further).await.expect("it is removed, piece by piece");
        drop(server);
        kills += 1;
        let (output, said) = verified(&settings);
        // What the server wrote last may not be in the mirror yet, and nothing else may differ.
        let findings = String::from_utf8_lossy(&output.stdout);
        let is_whole = output.status.success() || findings.lines().all(|line| line.contains("the mirror ends before"));
        assert!(is_whole, "killed {kills} times: {said}");
        let left = first(&db).await;
        assert!(left > seen, "{left} after {seen}");
        println!(
            "killed {kills} times: the first record left is {left}; going on: {}",
            said.contains("are being removed")
        );
        seen = left;
    }
    let server = Program::start(&settings);
    let done = async {
        loop {
            let (output, said) = verified(&settings);
            if months() < before && output.status.success() && !said.contains("are being removed") {
                return said;
            }
            // Polls: the server removes, a piece at a time.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let said = tokio::time::timeout(patience, done).await.expect("it goes on");
    assert!(said.contains("It begins after record"), "{said}");
    drop(server);
    db.close().await.unwrap();
}
