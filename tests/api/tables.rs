//! Tables of units and people: fetched, checked, and applied as a whole or not at all.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{Server, refused};
use serde_json::json;
use yunling::{
    app::FILE_BYTES_MAX,
    domain::role::Role,
    http::wire::{AccountEntry, AuditPage, ImportCheck, UnitList, WireImportResult},
};

async fn units(server: &Server, cookie: &str) -> UnitList {
    server.ask("GET", "/api/units", cookie).send().await.unwrap().json().await.unwrap()
}

fn bring(server: &Server, path: &str, cookie: &str, file: impl Into<Vec<u8>>) -> reqwest::RequestBuilder {
    server.ask("POST", path, cookie).header("content-type", "application/octet-stream").body(file.into())
}

async fn checked(server: &Server, path: &str, cookie: &str, file: &str) -> ImportCheck {
    let answer = bring(server, &format!("{path}/check"), cookie, file).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

fn results(check: &ImportCheck) -> Vec<(u32, WireImportResult)> {
    check.lines.iter().map(|line| (line.line, line.result)).collect()
}

#[tokio::test]
async fn units_are_checked_first_and_applied_as_they_were_shown() {
    use WireImportResult::{Change, Leave, Make, Wrong};
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    server.person("zhao", &[Role::Liaison]).await;
    let path = "/api/units/import";

    // A line that is wrong keeps all of it out, whoever presses what.
    let bad = "单位名称,顺序,联络员账号\r\n县政府办,10,zhao\r\n县水务局,二十,nobody\r\n";
    let check = checked(&server, path, &admin, bad).await;
    assert_eq!(results(&check), [(2, Make), (3, Wrong)]);
    let faults: Vec<_> = check.lines[1].faults.iter().map(|fault| fault.column.as_str()).collect();
    assert_eq!(faults, ["顺序", "联络员账号"]);
    assert!(check.lines[1].faults[1].sentence.contains("nobody"));
    let apply = |file: &str, mark: &str| bring(&server, &format!("{path}?mark={mark}"), &admin, file);
    refused(apply(bad, &check.mark), 422, "import.wrong").await;
    assert!(units(&server, &admin).await.units.is_empty());

    let good = "单位名称,顺序,联络员账号,本级\r\n县政府办,10,zhao,是\r\n县水务局,20,,\r\n";
    let check = checked(&server, path, &admin, good).await;
    assert_eq!(results(&check), [(2, Make), (3, Make)]);
    assert!(units(&server, &admin).await.units.is_empty(), "checking changes nothing");
    refused(apply(good, "0"), 409, "import.otherwise").await;
    // What was shown for one file doesn't do another one.
    refused(apply("单位名称,顺序\r\n县政府办,10\r\n县水务局,20\r\n", &check.mark), 409, "import.otherwise").await;
    assert_eq!(apply(good, &check.mark).send().await.unwrap().status(), 200);
    let made = units(&server, &admin).await.units;
    let shown: Vec<_> = made.iter().map(|unit| (unit.name.as_str(), unit.own, unit.liaisons.len())).collect();
    assert_eq!(shown, [("县政府办", true, 1), ("县水务局", false, 0)]);
    // The same once more is nothing to do: the mark of the first time is of no use.
    refused(apply(good, &check.mark), 409, "import.otherwise").await;

    // An export comes back as it went, in both formats, and says what a change of it does.
    for format in ["csv", "xlsx"] {
        let out = server.ask("POST", &format!("/api/units/export?format={format}"), &admin).send().await.unwrap();
        let file = out.bytes().await.unwrap().to_vec();
        let again = bring(&server, "/api/units/import/check", &admin, file).send().await.unwrap();
        assert_eq!(results(&again.json().await.unwrap()), [(2, Leave), (3, Leave)], "{format}");
    }
    let out = server.ask("POST", "/api/units/export?format=csv", &admin).send().await.unwrap().text().await.unwrap();
    let renamed = out.replace("县水务局", "县水利局");
    let check = checked(&server, path, &admin, &renamed).await;
    assert_eq!(results(&check), [(2, Leave), (3, Change)]);
    let difference = &check.lines[1].differences[0];
    assert_eq!((difference.before.as_str(), difference.after.as_str()), ("县水务局", "县水利局"));
    assert_eq!(apply(&renamed, &check.mark).send().await.unwrap().status(), 200);
    assert_eq!(units(&server, &admin).await.units[1].name, "县水利局");

    // All of it stands in the book.
    let book: AuditPage =
        server.ask("GET", "/api/audit?action=unit.import", &auditor).send().await.unwrap().json().await.unwrap();
    let done: Vec<_> =
        book.entries.iter().filter(|row| row.result.as_deref() == Some("ok")).map(|row| row.subject.as_str()).collect();
    assert!(
        done.contains(&"made:2 changed:0 left:0 wrong:0") && done.contains(&"made:0 changed:1 left:1 wrong:0"),
        "{done:?}"
    );
    server.end().await;
}

#[tokio::test]
async fn a_table_of_people_asks_for_accounts_and_makes_none() {
    use WireImportResult::{Change, Leave, Make, Wrong};
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let liaison = server.person("zhao", &[Role::Liaison]).await;
    let made = server.tell("POST", "/api/units", &admin, &json!({ "name": "县水务局" })).send().await.unwrap();
    let unit: yunling::http::wire::UnitEntry = made.json().await.unwrap();
    let named = json!({ "liaisons": [server.account("zhao").await] });
    server.tell("PATCH", &format!("/api/units/{}", unit.id), &admin, &named).send().await.unwrap();
    let path = "/api/people/import";
    let file = "账号,姓名,单位名称,角色,申请理由\nlijun,李军,县水务局,领导,新任局长\nwang,王秀兰,,文秘、会控员,新任\n";

    // The security administrator makes no account by a table either.
    let check = checked(&server, path, &admin, file).await;
    assert_eq!(results(&check), [(2, Wrong), (3, Wrong)]);
    assert!(check.lines[0].faults[0].sentence.contains("联络员"));
    let check = checked(&server, path, &liaison, file).await;
    assert_eq!(results(&check), [(2, Make), (3, Make)]);
    // Somebody else's mark is of no use to them.
    let apply = |cookie: &str, mark: &str| bring(&server, &format!("{path}?mark={mark}"), cookie, file);
    refused(apply(&admin, &check.mark), 422, "import.wrong").await;
    assert_eq!(apply(&liaison, &check.mark).send().await.unwrap().status(), 200);
    let accounts = server.ask("GET", "/api/accounts", &admin).send().await.unwrap();
    let accounts: Vec<AccountEntry> = accounts.json().await.unwrap();
    let names: Vec<_> = accounts.iter().map(|account| account.login.as_str()).collect();
    assert!(!names.contains(&"lijun") && !names.contains(&"wang"), "nobody has an account who had none: {names:?}");
    let asked = units(&server, &liaison).await.requests;
    assert_eq!(asked.iter().filter(|one| one.mine && one.decision.is_none()).count(), 2);
    assert_eq!(results(&checked(&server, path, &liaison, file).await), [(2, Leave), (3, Leave)]);

    // Granted like any other; from then on it is the security administrator's to correct.
    let grant = format!("/api/account-requests/{}/grant", asked[0].id);
    assert_eq!(server.ask("POST", &grant, &admin).send().await.unwrap().status(), 200);
    let login = &asked[0].login;
    let correct = format!("账号,姓名\n{login},赵小军\n");
    assert_eq!(results(&checked(&server, path, &liaison, &correct).await), [(2, Wrong)]);
    let check = checked(&server, path, &admin, &correct).await;
    assert_eq!(results(&check), [(2, Change)]);
    let done = bring(&server, &format!("{path}?mark={}", check.mark), &admin, correct).send().await.unwrap();
    assert_eq!(done.status(), 200);

    // A liaison's list has their own unit's people alone, and no secret is in any.
    let list = |cookie: &str| server.ask("POST", "/api/people/export?format=csv", cookie).send();
    let mine = list(&liaison).await.unwrap().text().await.unwrap();
    assert!(mine.contains("赵小军") && !mine.contains("sec,"), "{mine}");
    let all = list(&admin).await.unwrap().text().await.unwrap();
    assert!(all.contains("sec,") && all.contains(login.as_str()) && !all.contains("argon2"), "{all}");
    server.end().await;
}

#[tokio::test]
async fn a_file_that_is_no_table_is_refused_with_a_sentence() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let clerk = server.person("clerk", &[Role::Clerk]).await;
    let check = |file: Vec<u8>| bring(&server, "/api/units/import/check", &admin, file);
    for (file, says) in [
        (b"\x89PNG\r\n\x1a\n\0\0".to_vec(), "CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), ".xls"),
        (b"PK\x03\x04nothing".to_vec(), "损坏"),
        (Vec::new(), "没有内容"),
        ("单位名称,领导\n县政府办,x\n".as_bytes().to_vec(), "领导"),
        ("顺序,本级\n1,是\n".as_bytes().to_vec(), "单位名称"),
    ] {
        let problem = refused(check(file), 422, "import.unreadable").await;
        assert!(problem.title.contains(says), "{}", problem.title);
    }
    refused(check(vec![b'a'; FILE_BYTES_MAX + 1]), 413, "request.too_large").await;
    let json = server.tell("POST", "/api/units/import/check", &admin, &json!({}));
    refused(json, 415, "request.unsupported_type").await;
    refused(bring(&server, "/api/units/import", &admin, "单位名称\n县政府办\n"), 400, "request.malformed").await;
    refused(server.ask("POST", "/api/units/export?format=pdf", &admin), 400, "request.malformed").await;
    refused(bring(&server, "/api/people/import/check", &clerk, "账号,姓名\n"), 403, "access.not_allowed").await;
    let template = server.ask("GET", "/api/people/template?format=csv", &admin).send().await.unwrap();
    assert_eq!(template.text().await.unwrap(), "\u{feff}账号,姓名,单位名称,角色,申请理由\r\n");
    server.end().await;
}

#[tokio::test]
async fn a_unit_goes_only_while_nothing_hangs_on_it() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let make = async |name: &str| -> yunling::http::wire::UnitEntry {
        server.tell("POST", "/api/units", &admin, &json!({ "name": name })).send().await.unwrap().json().await.unwrap()
    };
    let (used, free) = (make("县水务局").await, make("县水务菊").await);
    server.person("clerk", &[Role::Clerk]).await;
    let account = format!("/api/accounts/{}", server.account("clerk").await);
    server.tell("PATCH", &account, &admin, &json!({ "unit": used.id })).send().await.unwrap();
    let remove = |id: &str| server.ask("DELETE", &format!("/api/units/{id}"), &admin);
    let problem = refused(remove(&used.id), 409, "unit.in_use").await;
    assert!(problem.title.contains("1 名人员"), "{}", problem.title);
    assert_eq!(remove(&free.id).send().await.unwrap().status(), 204);
    refused(remove(&free.id), 404, "unit.unknown").await;
    let names: Vec<_> = units(&server, &admin).await.units.into_iter().map(|unit| unit.name).collect();
    assert_eq!(names, ["县水务局"]);
    server.end().await;
}
