//! The book: every change is in it before it is done; where it can't be written, nothing is done; a changed byte shows.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{PASSWORD, Server, refused};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::process::{Command, Output};
use yunling::{domain::role::Role, http::wire::AuditPage, store::Store};

async fn read(server: &Server, auditor: &str, query: &str) -> AuditPage {
    let answer = server.ask("GET", &format!("/api/audit{query}"), auditor).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn what_is_done_and_what_is_refused_stands_in_the_book() {
    let server = Server::demo().await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let op = server.person("op", &[Role::Operator]).await;
    let login = json!({ "login": "op", "password": "Wrong-Password-1" });
    refused(server.tell("POST", "/api/login", "", &login), 401, "login.wrong").await;
    let login = json!({ "login": PASSWORD, "password": "op" });
    refused(server.tell("POST", "/api/login", "", &login), 401, "login.wrong").await;
    let account = json!({ "login": "x", "name": "x", "roles": ["operator"] });
    refused(server.tell("POST", "/api/accounts", &op, &account), 403, "access.not_allowed").await;
    let (location, _) = server.join("/whep/demo", None).await;
    assert_eq!(server.request("DELETE", &location).send().await.unwrap().status(), 200);
    refused(server.offer("/whip/demo", "", Some("yl1.e30.AAAA")), 401, "access.token_invalid").await;

    let page = read(&server, &auditor, "").await;
    let rows = page
        .entries
        .iter()
        .rev()
        .map(|row| (row.actor.as_str(), row.action.as_str(), row.subject.as_str(), row.result.as_deref().unwrap()));
    let rows: Vec<_> = rows.collect();
    assert_eq!(
        rows,
        [
            ("visitor", "login", "account:op", "login.wrong"),
            ("visitor", "login", "account unknown", "login.wrong"),
            ("op", "account.make", "", "access.not_allowed"),
            ("visitor", "media.view", "meeting:demo", "ok"),
            ("visitor", "media.leave", "meeting:demo", "ok"),
            ("stranger access.token_invalid", "media.publish", "meeting:demo", "access.token_invalid"),
        ]
    );
    assert!(page.entries.iter().all(|row| row.address == "127.0.0.1" && row.at_ms > 0));
    assert_eq!((page.entries.last().unwrap().number, page.next_before), (1, None));
    let session = location.rsplit('/').next().unwrap();
    let text = serde_json::to_string(&page).unwrap();
    for secret in [session, PASSWORD, "Wrong-Password-1"] {
        assert!(!text.contains(secret), "{secret} stands in the book");
    }
    assert_eq!(read(&server, &auditor, "?action=media.").await.entries.len(), 3);
    assert_eq!(read(&server, &auditor, "?actor=op&before=4").await.entries.len(), 1);
    server.end().await;
}

#[tokio::test]
async fn where_the_book_cannot_be_written_nothing_is_done() {
    let server = Server::demo().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    // Another program's trigger on the table is the same to us as a disk that is full.
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'disk is full'); END";
    let url = format!("sqlite://{}", server.database().display());
    let other = sea_orm::Database::connect(&url).await.unwrap();
    other.execute_unprepared(full).await.unwrap();
    let account = json!({ "login": "wang", "name": "王秀兰", "roles": ["operator"] });
    let make = || server.tell("POST", "/api/accounts", &admin, &account);
    refused(make(), 503, "audit.unavailable").await;
    refused(server.offer("/whep/demo", crate::server::WHEP_OFFER, None), 503, "audit.unavailable").await;
    let accounts = server.ask("GET", "/api/accounts", &admin).send().await.unwrap().text().await.unwrap();
    assert!(!accounts.contains("wang"), "reading goes on, and nothing was made");
    other.execute_unprepared("DROP TRIGGER full").await.unwrap();
    assert_eq!(make().send().await.unwrap().status(), 200);
    other.close().await.unwrap();
    server.end().await;
}

#[tokio::test]
async fn a_changed_byte_in_the_file_is_found_by_the_command() {
    let server = Server::demo().await;
    for _ in 0..3 {
        server.join("/whep/demo", None).await;
    }
    let (file, folder) = (server.database(), tempfile::tempdir().unwrap());
    // Waited for without holding up the server, which runs in this thread and mirrors what it has just written.
    let verify = async |data: &std::path::Path| -> Output {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_yunling"));
        command.args(["verify", "audit"]).env("YUNLING_DATA_FOLDER", data).output().await.unwrap()
    };
    let said = |output: &Output| {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let whole = verify(file.parent().unwrap()).await;
    assert!(
        whole.status.success() && said(&whole).contains("6 records, 3 entries, 0 never closed"),
        "{}",
        said(&whole)
    );
    let data = server.end_but_keep().await;

    // The server is gone and its log is folded into the file.
    let (mirror, copy) = (file.parent().unwrap().join("audit"), folder.path().join("yunling.sqlite"));
    let whole = std::fs::read(&file).unwrap();
    std::fs::create_dir(folder.path().join("audit")).unwrap();
    let month = std::fs::read_dir(&mirror).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let month = month.into_iter().find(|name| name.starts_with("20")).unwrap();
    let restore = || {
        std::fs::write(&copy, &whole).unwrap();
        std::fs::copy(file.with_file_name("audit.key"), folder.path().join("audit.key")).unwrap();
        for name in [month.as_str(), "checkpoints.jsonl"] {
            std::fs::copy(mirror.join(name), folder.path().join("audit").join(name)).unwrap();
        }
    };
    restore();
    let restored = verify(folder.path()).await;
    assert!(restored.status.success(), "{}", said(&restored));
    let broken = async |what: &str, expect: &str| {
        let broken = verify(folder.path()).await;
        assert_eq!(broken.status.code(), Some(1), "{what}: {}", said(&broken));
        assert!(said(&broken).contains(expect), "{what}: {}", said(&broken));
    };

    let places = |word: &str| {
        let all = whole.windows(word.len()).enumerate().filter(|(_, bytes)| *bytes == word.as_bytes());
        let all: Vec<usize> = all.map(|(at, _)| at).collect();
        (all[0], all[all.len() - 1])
    };
    let trigger = "BEFORE DELETE ON audit_entries";
    for (what, at, byte, expect) in [
        ("a row", places("meeting:demo").0, b'M', "was changed"),
        ("another row", places("media.view").0, b'n', "was changed"),
        ("the index, which lies behind the rows", places("media.view").1, b'n', "audit_by_action"),
        ("the trigger that refuses removal", places(trigger).1 + "BEFORE D".len(), b'e', "trigger"),
    ] {
        restore();
        let mut bytes = whole.clone();
        bytes[at] = byte;
        std::fs::write(&copy, bytes).unwrap();
        broken(what, expect).await;
    }

    for (name, from, to, expect) in [
        (month.as_str(), "media.view", "media.quit", "record 1 is not the same in the book and in its mirror"),
        (month.as_str(), "{\"record\"", "[\"record\"", "line 1 of"),
        ("checkpoints.jsonl", "\"ed25519\":\"", "\"ed25519\":\"00", "is not signed by this server"),
        ("checkpoints.jsonl", "\"sm3\":\"", "\"sm3\":\"0", "line 1 of"),
    ] {
        restore();
        let path = folder.path().join("audit").join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        broken(from, expect).await;
    }
    restore();
    let path = folder.path().join("audit").join(&month);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.lines().take(4).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    broken("the mirror without its end", "the mirror ends before records 5 to 6").await;

    for (bytes, expect) in [(1, "its end was cut off"), (8192, "is damaged")] {
        restore();
        std::fs::write(&copy, &whole[..whole.len() - bytes]).unwrap();
        broken("the database's file without its end", expect).await;
    }

    restore();
    let url = format!("sqlite://{}", copy.display());
    let other = sea_orm::Database::connect(&url).await.unwrap();
    let triggers = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'audit_entries_no_delete'";
    let triggers = other.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, triggers)).await;
    let kept: String = triggers.unwrap().unwrap().try_get_by_index(0).unwrap();
    let cut = "DROP TRIGGER audit_entries_no_delete; DELETE FROM audit_entries WHERE record > 4;";
    other.execute_unprepared(&format!("{cut} {kept}")).await.unwrap();
    other.close().await.unwrap();
    broken("the book without its end", "the end of the book was cut off: records 5 to 6 stand in the mirror").await;
    drop(data);
}

#[tokio::test]
async fn an_export_is_signed_and_stands_in_the_book() {
    let server = Server::demo().await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let op = server.person("op", &[Role::Operator]).await;
    server.join("/whep/demo", None).await;
    let all = json!({});
    refused(server.tell("POST", "/api/audit/exports", &op, &all), 403, "access.not_allowed").await;
    refused(server.tell("POST", "/api/audit/exports", &auditor, &json!({ "actr": "op" })), 400, "request.malformed")
        .await;
    let export = async |filter: &serde_json::Value| {
        let answer = server.tell("POST", "/api/audit/exports", &auditor, filter).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), crate::server::header(&answer, "content-type")),
            (200, "text/csv; charset=utf-8".into())
        );
        answer.bytes().await.unwrap().to_vec()
    };
    let table = export(&all).await;
    let text = String::from_utf8(table.clone()).unwrap();
    assert!(
        text.contains(",visitor,127.0.0.1,media.view,meeting:demo,ok,") && text.contains("access.not_allowed"),
        "{text}"
    );
    let some = String::from_utf8(export(&json!({ "action": "audit.", "subject": "" })).await).unwrap();
    assert!(some.contains("audit.export") && !some.contains("media.view"), "{some}");
    assert_eq!(read(&server, &auditor, "?action=audit.export").await.entries.len(), 4);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    assert_eq!(read(&server, &auditor, &format!("?fromMs={}", now + 60_000)).await.entries.len(), 0);
    assert_eq!(read(&server, &auditor, &format!("?untilMs={}&subject=meeting", now + 60_000)).await.entries.len(), 1);
    assert_eq!(read(&server, &auditor, "?address=10.").await.entries.len(), 0);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.csv");
    let verify = |bytes: &[u8], key: &[&str]| {
        std::fs::write(&file, bytes).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
        command.args(["verify", "export"]).arg(&file).args(key);
        let output = command.env("YUNLING_DATA_FOLDER", server.database().parent().unwrap()).output().unwrap();
        (output.status.code(), format!("{output:?}"))
    };
    let whole = verify(&table, &[]);
    assert!(whole.0 == Some(0) && whole.1.contains("4 entries"), "{}", whole.1);
    let forged = text.replacen("meeting:demo", "meeting:damo", 1);
    let forged = verify(forged.as_bytes(), &[]);
    assert!(forged.0 == Some(1) && forged.1.contains("was changed after it was exported"), "{}", forged.1);
    let other = verify(&table, &["--key", &"00".repeat(32)]);
    assert!(other.0 == Some(1) && other.1.contains("another key"), "{}", other.1);
    assert_eq!(verify(&table, &["--key", "00"]).0, Some(2));
    server.end().await;
}

#[tokio::test]
async fn a_book_that_is_not_that_of_its_mirror_is_an_alarm() {
    let server = Server::demo().await;
    server.join("/whep/demo", None).await;
    let file = server.database();
    let data = server.end_but_keep().await;
    // Somebody puts an older database back.
    let url = format!("sqlite://{}", file.display());
    let other = sea_orm::Database::connect(&url).await.unwrap();
    other.execute_unprepared("DROP TRIGGER audit_entries_no_delete; DELETE FROM audit_entries;").await.unwrap();
    other.close().await.unwrap();
    let server = Server::on(data).await;
    let status = async || -> yunling::http::wire::Status {
        server.request("GET", "/api/status").send().await.unwrap().json().await.unwrap()
    };
    let differs = async {
        while status().await.mirror != yunling::http::wire::WireMirrorState::Differs {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), differs).await.expect("it is told");
    server.end().await;
}

#[tokio::test]
async fn settings_that_were_changed_between_two_starts_stand_in_the_book_and_no_secret_does() {
    let folder = tempfile::tempdir().unwrap();
    let config = |text: &str, secret: &str| {
        let leg = "[[leg]]\nid = \"province\"\nname = \"省\"\nmeeting = \"council\"\nurl = \"srt://:9000\"\nsecret_env = \
                   \"YUNLING_SECRET_SRT\"\n";
        let environment = [("YUNLING_SECRET_SRT".to_owned(), secret.to_owned())].into();
        yunling::config::Config::read("", &format!("{leg}{text}"), environment).unwrap()
    };
    let said = async |server: Server| {
        let store = Store::open_to_read(&server.database()).await.unwrap();
        let query = yunling::store::AuditQuery { action: Some("settings.".into()), limit: 10, ..Default::default() };
        let entries = store.book(&query).await.unwrap();
        store.close().await.unwrap();
        let text = format!("{entries:?}");
        let rows = entries.into_iter().map(|entry| {
            assert_eq!((entry.opened.actor.as_str(), entry.closed.unwrap().result.as_str()), ("the server", "ok"));
            let action = entry.opened.action.strip_prefix("settings.").unwrap().to_owned();
            format!("{action} {}", entry.opened.subject)
        });
        let rows: Vec<String> = rows.collect();
        assert!(!text.contains("abcdefghij") && !text.contains("klmnopqrst"), "{text}");
        (rows, server.end_but_keep().await)
    };
    let first = config("", "abcdefghij");
    let (rows, data) = said(Server::with_config(folder, first.clone()).await).await;
    assert_eq!(rows, Vec::<String>::new(), "a server that begins has changed nothing");
    let (rows, data) = said(Server::with_config(data, first).await).await;
    assert_eq!(rows, Vec::<String>::new(), "nothing was changed");
    let other = config("[audit]\nkeep_days = 400\n[door]\none_session = true\n", "klmnopqrst");
    let (rows, data) = said(Server::with_config(data, other.clone()).await).await;
    let expect = [
        "changed setting:leg.province.secret: *** → *** (another)",
        "changed setting:door.one_session: false → true",
        "changed setting:audit.keep_days: 1095 → 400",
    ];
    assert_eq!(rows, expect);
    let url = format!("sqlite://{}", data.path().join("data/yunling.sqlite").display());
    let sql = async |sql: &str| {
        let db = sea_orm::Database::connect(&url).await.unwrap();
        db.execute_unprepared(sql).await.unwrap();
        db.close().await.unwrap();
    };
    // A program of before had another setting, lacked one, and kept no version; somebody changed one besides.
    sql("DELETE FROM settings_seen WHERE key IN ('program.version', 'door.pin_digits'); \
         INSERT INTO settings_seen VALUES ('door.bell', '1', 0); UPDATE settings_seen SET value = '500' WHERE key = 'audit.keep_days'")
        .await;
    let (rows, data) = said(Server::with_config(data, other.clone()).await).await;
    let version = format!("upgraded setting:program.version: - → {}", env!("CARGO_PKG_VERSION"));
    let expect = [
        version.as_str(),
        "upgraded setting:door.pin_digits: - → 6",
        "upgraded setting:door.bell: 1 → -",
        "changed setting:audit.keep_days: 500 → 400",
    ];
    assert_eq!(rows[..4], expect);
    // With the same version, what comes or goes was put there by somebody.
    sql("INSERT INTO settings_seen VALUES ('door.bell', '1', 0)").await;
    let (rows, data) = said(Server::with_config(data, other.clone()).await).await;
    assert_eq!((rows.len(), rows[0].as_str()), (8, "changed setting:door.bell: 1 → -"));
    // Who takes away what the last start kept is told of, as one start that had nothing to compare with.
    sql("DELETE FROM settings_seen").await;
    let (rows, data) = said(Server::with_config(data, other.clone()).await).await;
    assert_eq!((rows.len(), rows[0].as_str()), (9, "begun setting:* not kept before"));
    let (rows, _data) = said(Server::with_config(data, other).await).await;
    assert_eq!(rows.len(), 9, "once");
}

#[tokio::test]
async fn the_command_line_makes_accounts_beside_a_running_server_and_writes_it_down() {
    let server = Server::strict().await;
    let data = server.database().parent().unwrap().to_owned();
    let user = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
        let output = command.arg("user").args(args).env("YUNLING_DATA_FOLDER", &data).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let (code, password) = user(&["add", "wang", "--name", "王秀兰", "--role", "operator"]);
    assert_eq!((code, password.len()), (Some(0), 19));
    assert_eq!(user(&["add", "wang", "--name", "王秀兰", "--role", "operator"]).0, Some(1));
    let login = async |password: &str| {
        let body = json!({ "login": "wang", "password": password });
        let answer = server.tell("POST", "/api/login", "", &body).send().await.unwrap();
        (answer.status().as_u16(), crate::server::header(&answer, "set-cookie").split(';').next().unwrap().to_owned())
    };
    let (status, cookie) = login(&password).await;
    assert_eq!(status, 200);
    let (code, fresh) = user(&["passwd", "wang"]);
    assert_eq!(code, Some(0));
    refused(server.ask("POST", "/api/logout", &cookie), 401, "access.token_needed").await;
    assert_eq!((login(&password).await.0, login(&fresh).await.0), (401, 200));
    let list = user(&["list"]).1;
    assert!(list.contains("wang") && list.contains("operator") && list.contains("admin"), "{list}");

    let store = Store::open_to_read(&server.database()).await.unwrap();
    let query = yunling::store::AuditQuery { action: Some("account.".into()), limit: 10, ..Default::default() };
    let rows = store.book(&query).await.unwrap().into_iter().map(|entry| {
        (
            entry.opened.action,
            entry.opened.subject,
            entry.closed.unwrap().result,
            entry.opened.actor.starts_with("command line"),
        )
    });
    let rows: Vec<_> = rows.collect();
    let row = |action: &str, result: &str| (action.to_owned(), "account:wang".to_owned(), result.to_owned(), true);
    assert_eq!(rows, [row("account.reset", "ok"), row("account.make", "refused"), row("account.make", "ok")]);
    assert_eq!(store.walk_book().await.unwrap().findings, []);
    store.close().await.unwrap();
    server.end().await;
}
