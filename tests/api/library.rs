//! The library: what was made of a recording is played by whoever may, in ranges, and leaves the house only with a signature.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    server::{Server, header, refused},
    sign_offs::{entry, recorded, wanted},
};
use serde_json::{Value, json};
use yunling::{
    domain::{
        meeting::MeetingState,
        recording::{Files, MadeFiles},
        role::Role,
    },
    http::wire::{ExportEntry, MeetingNotice, PlayEntry, RecordingDetail, RecordingPage},
    recorder::{
        journal::EndReason,
        manifest::{FORMAT, FileEntry, FileKind, GapEntry, Manifest},
    },
    store::Store,
};

const SECOND_NS: u64 = 1_000_000_000;
const BEGAN_MS: u64 = 1_764_000_000_000;
const CONTENT: &[u8] = b"0123456789";

/// Puts files where the finaliser puts them.
fn finish(server: &Server, recording: &str) {
    let folder = server.data().join("recordings").join(recording).join("files");
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, kind, content: &[u8]| {
        std::fs::write(folder.join(name), content).unwrap();
        let (bytes, sha256) = (content.len() as u64, String::new());
        FileEntry { name: name.to_owned(), kind, bytes, sha256, length_ms: None, from_ms: None, source: None }
    };
    let began_ns = BEGAN_MS * 1_000_000;
    let manifest = Manifest {
        format: FORMAT,
        recording: recording.to_owned(),
        meeting: "council".to_owned(),
        title: "县委常委会".to_owned(),
        began_ns,
        length_ms: 60_000,
        end: Some(EndReason::Stopped),
        picture: "copied".to_owned(),
        files: vec![
            file("meeting.mp4", FileKind::Programme, CONTENT),
            file("chapters.vtt", FileKind::Chapters, b"WEBVTT\n"),
        ],
        journal: Vec::new(),
        gaps: vec![GapEntry { from_ns: began_ns + SECOND_NS, to_ns: began_ns + 3 * SECOND_NS, lost: Some(40) }],
        findings: Vec::new(),
        sources: Vec::new(),
        program: String::new(),
        gstreamer: String::new(),
    };
    std::fs::write(folder.join("manifest.json"), serde_json::to_vec(&manifest).unwrap()).unwrap();
}

async fn play(server: &Server, cookie: &str) -> PlayEntry {
    let why = json!({ "purpose": "核对会议纪要" });
    let answer = server.tell("POST", "/api/recordings/r1/plays", cookie, &why).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_recording_is_played_in_ranges_by_the_log_in_that_asked() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Planned).await;
    recorded(&server, "r1").await;
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let approver = server.person("zhang", &[Role::Approver]).await;
    let ask = |path: &str, cookie: &str| server.tell("POST", path, cookie, &json!({ "purpose": "核对会议纪要" }));
    refused(ask("/api/recordings/r1/plays", &clerk), 404, "recording.no_file").await;
    refused(ask("/api/recordings/r2/plays", &clerk), 404, "recording.unknown").await;
    finish(&server, "r1");
    let playing = play(&server, &clerk).await;
    let file = |name: &str, cookie: &str| server.ask("GET", &format!("/api/plays/{}/{name}", playing.play), cookie);
    let whole = file("meeting.mp4", &clerk).send().await.unwrap();
    assert_eq!((whole.status().as_u16(), header(&whole, "accept-ranges").as_str()), (200, "bytes"));
    assert_eq!(
        (header(&whole, "content-type").as_str(), header(&whole, "content-length").as_str()),
        ("video/mp4", "10")
    );
    assert_eq!(header(&whole, "cache-control"), "private, no-cache");
    assert_eq!(header(&whole, "content-disposition"), "inline", "played, not fetched");
    assert_eq!(whole.bytes().await.unwrap(), CONTENT);
    for (range, status, content, of) in [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
    ] {
        let part = file("meeting.mp4", &clerk).header("range", range).send().await.unwrap();
        assert_eq!((part.status().as_u16(), header(&part, "content-range").as_str()), (status, of), "{range}");
        assert!(status == 416 || part.text().await.unwrap() == content, "{range}");
    }
    assert_eq!(header(&file("chapters.vtt", &clerk).send().await.unwrap(), "content-type"), "text/vtt; charset=utf-8");

    for name in ["manifest.json", "other.mp4", "..%2f..%2fjournal", "%2e%2e", "originals%2fx"] {
        assert_eq!(file(name, &clerk).send().await.unwrap().status(), 404, "{name}");
    }
    refused(file("meeting.mp4", &approver), 404, "play.unknown").await;
    refused(file("meeting.mp4", ""), 401, "access.token_needed").await;
    assert_eq!(server.ask("POST", "/api/logout", &clerk).send().await.unwrap().status(), 204);
    refused(file("meeting.mp4", &clerk), 401, "access.token_needed").await;
    server.end().await;
}

#[tokio::test]
async fn what_is_signed_for_is_fetched_until_it_is_taken_back() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Planned).await;
    recorded(&server, "r1").await;
    finish(&server, "r1");
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let other = server.person("li", &[Role::Clerk]).await;
    let approver = server.person("zhang", &[Role::Approver]).await;
    let asked = entry(server.tell("POST", "/api/recordings/r1/sign-offs", &clerk, &wanted())).await;
    let export = |cookie: &str| server.ask("POST", &format!("/api/sign-offs/{}/exports", asked.id), cookie);
    refused(export(&clerk), 409, "signoff.not_open").await;
    let say = |word: &str| {
        server.tell("POST", &format!("/api/sign-offs/{}/{word}", asked.id), &approver, &json!({ "text": "同意" }))
    };
    entry(say("grant")).await;
    refused(export(&other), 403, "access.not_allowed").await;
    refused(export(&approver), 403, "access.not_allowed").await;
    let made: ExportEntry = export(&clerk).send().await.unwrap().json().await.unwrap();
    let path = format!("/api/exports/{}/{}", made.id, made.file);
    let fetched = server.ask("GET", &path, &clerk).send().await.unwrap();
    let name = header(&fetched, "content-disposition");
    assert!(name.ends_with("filename*=UTF-8''%E5%8E%BF%E5%A7%94%E5%B8%B8%E5%A7%94%E4%BC%9A.mp4"), "{name}");
    assert_eq!(fetched.bytes().await.unwrap(), CONTENT);
    // A connection that broke goes on where it was, also after the server was started anew.
    let server = server.again().await;
    let rest = server.ask("GET", &path, &clerk).header("range", "bytes=4-").send().await.unwrap();
    assert_eq!((rest.status().as_u16(), rest.bytes().await.unwrap().as_ref()), (206, &CONTENT[4..]));
    refused(server.ask("GET", &path, &other), 404, "signoff.unknown").await;
    refused(server.ask("GET", &format!("/api/exports/{}/chapters.vtt", made.id), &clerk), 404, "recording.no_file")
        .await;
    let back = json!({ "text": "内容有误" });
    entry(server.tell("POST", &format!("/api/sign-offs/{}/recall", asked.id), &approver, &back)).await;
    refused(server.ask("GET", &path, &clerk), 409, "signoff.not_open").await;

    let auditor = server.person("book", &[Role::AuditAdmin]).await;
    let book = server.ask("GET", "/api/audit", &auditor).send().await.unwrap().text().await.unwrap();
    let about = format!("signoff:{} recording:r1 for 县档案馆: 县志编纂", asked.id);
    assert!(book.contains("recording.export") && book.contains(&about), "{book}");
    server.end().await;
}

async fn search(server: &Server, cookie: &str, query: &[(&str, &str)]) -> RecordingPage {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let path = format!("/api/recordings?{}", query.join("&"));
    let answer = server.ask("GET", &path, cookie).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{query:?}");
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_recording_is_found_by_its_meeting_s_notice_also_when_that_is_over() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Closed).await;
    for id in ["r1", "r2", "r3"] {
        recorded(&server, id).await;
    }
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let leader = server.person("li", &[Role::Leader]).await;
    let path = "/api/meetings/council/notice";
    let notice = json!({
        "unit": "县防汛抗旱指挥部",
        "attendees": [{ "name": "张建国 副县长", "unit": "县政府" }, { "name": " ", "unit": "" }],
        "agenda": ["部署转移安置"],
        "contact": "李军 0874-8881234",
        "requirements": ["请着正装", ""],
    });
    refused(server.tell("POST", path, &leader, &notice), 403, "access.not_allowed").await;
    let wrong = json!({ "unit": "x", "attendees": [{ "name": "a\u{7}", "unit": "" }], "agenda": ["长".repeat(101)] });
    let problem = refused(server.tell("POST", path, &clerk, &wrong), 422, "request.field_invalid").await;
    assert_eq!(problem.fields.iter().map(|field| &*field.field).collect::<Vec<_>>(), ["attendees", "agenda"]);
    refused(server.tell("POST", "/api/meetings/none/notice", &clerk, &notice), 404, "meeting.unknown").await;
    let kept: MeetingNotice = server.tell("POST", path, &clerk, &notice).send().await.unwrap().json().await.unwrap();
    assert_eq!((kept.attendees.len(), kept.requirements.len()), (1, 1), "blank lines are nobody");
    assert_eq!(kept.contact, "李军 0874-8881234");
    let read: MeetingNotice = server.ask("GET", path, &leader).send().await.unwrap().json().await.unwrap();
    assert_eq!(read, kept);

    for (query, found) in [
        (&[("q", "防汛")][..], 3),
        (&[("q", "转移安置")], 3),
        (&[("q", "转移安置"), ("within", "agenda")], 3),
        (&[("q", "转移安置"), ("within", "title")], 0),
        (&[("q", "张建国"), ("within", "attendee")], 3),
        (&[("q", "县政府"), ("within", "unit")], 3),
        (&[("q", "常委会 指挥部")], 3),
        (&[("q", "森林")], 0),
        (&[("from", "1"), ("to", "2")], 0),
        (&[("from", "1")], 3),
    ] {
        assert_eq!(search(&server, &clerk, query).await.entries.len(), found, "{query:?}");
    }
    let first = search(&server, &clerk, &[("count", "2")]).await;
    assert_eq!((first.entries.len(), first.entries[0].unit.as_str()), (2, "县防汛抗旱指挥部"));
    let rest = search(&server, &clerk, &[("count", "2"), ("after", &first.next.expect("there is more"))]).await;
    assert!(rest.entries.len() == 1 && rest.next.is_none() && rest.entries[0].id != first.entries[1].id);
    refused(server.ask("GET", "/api/recordings?after=x", &clerk), 400, "request.malformed").await;
    server.end().await;
}

#[tokio::test]
async fn what_is_locked_stays_as_it_is() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Closed).await;
    recorded(&server, "r1").await;
    finish(&server, "r1");
    made(&server, "r1").await;
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let approver = server.person("zhang", &[Role::Approver]).await;
    let post = |what: &str, cookie: &str, body: Value| {
        server.tell("POST", &format!("/api/recordings/r1/{what}"), cookie, &body)
    };
    let text = |text: &str| json!({ "text": text });
    let mark = |at_ms: u64, text: &str| json!({ "atMs": at_ms, "text": text });
    let done = async |request: reqwest::RequestBuilder| assert_eq!(request.send().await.unwrap().status(), 204);
    done(post("note", &clerk, text("第一行\n第二行"))).await;
    done(post("marks", &clerk, mark(BEGAN_MS + 9_000, "李伟发言"))).await;
    done(post("marks", &clerk, mark(BEGAN_MS + 4_000, "开始"))).await;
    refused(post("marks", &clerk, mark(BEGAN_MS + 60_001, "会后")), 422, "request.field_invalid").await;
    refused(post("marks", &approver, mark(BEGAN_MS, "开始")), 403, "access.not_allowed").await;
    let read = async || -> RecordingDetail {
        server.ask("GET", "/api/recordings/r1", &clerk).send().await.unwrap().json().await.unwrap()
    };
    let detail = read().await;
    assert_eq!(detail.entry.note, "第一行\n第二行");
    assert_eq!(detail.marks.iter().map(|mark| mark.text.as_str()).collect::<Vec<_>>(), ["开始", "李伟发言"]);
    let unmark = |id: &str| server.ask("DELETE", &format!("/api/recordings/r1/marks/{id}"), &clerk);
    done(unmark(&detail.marks[0].id)).await;
    refused(unmark(&detail.marks[0].id), 404, "recording.mark_unknown").await;

    refused(post("lock", &clerk, text(" ")), 422, "request.field_invalid").await;
    done(post("lock", &clerk, text("审计要求保留"))).await;
    let detail = read().await;
    assert!(detail.entry.locked && detail.lock.expect("locked").text == "审计要求保留");
    refused(post("lock", &clerk, text("再次")), 409, "recording.locked").await;
    refused(post("note", &clerk, text("改")), 409, "recording.locked").await;
    refused(post("marks", &clerk, mark(BEGAN_MS, "改")), 409, "recording.locked").await;
    refused(unmark(&detail.marks[0].id), 409, "recording.locked").await;
    refused(post("finalise", &clerk, json!({})), 409, "recording.locked").await;
    refused(post("unlock", &clerk, text("改")), 403, "access.not_allowed").await;
    done(post("unlock", &approver, text("审计结束"))).await;
    refused(post("unlock", &approver, text("再次")), 409, "recording.not_locked").await;
    done(post("note", &clerk, text(""))).await;
    assert_eq!(read().await.entry.note, "");

    let auditor = server.person("book", &[Role::AuditAdmin]).await;
    let book = server.ask("GET", "/api/audit", &auditor).send().await.unwrap().text().await.unwrap();
    for word in ["recording.lock", "审计要求保留", "recording.unlock", "审计结束", "recording.unmark", "李伟发言"]
    {
        assert!(book.contains(word), "{word} is in the book: {book}");
    }
    server.end().await;
}

#[tokio::test]
async fn each_play_says_what_for() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Closed).await;
    recorded(&server, "r1").await;
    finish(&server, "r1");
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let ask = |body: Value| server.tell("POST", "/api/recordings/r1/plays", &clerk, &body);
    refused(ask(json!({})), 400, "request.malformed").await;
    refused(ask(json!({ "purpose": "  " })), 422, "request.field_invalid").await;
    play(&server, &clerk).await;
    let auditor = server.person("book", &[Role::AuditAdmin]).await;
    let book = server.ask("GET", "/api/audit", &auditor).send().await.unwrap().text().await.unwrap();
    assert!(book.contains("recording:r1 for: 核对会议纪要"), "{book}");
    server.end().await;
}

/// Has the database say that its files are there.
async fn made(server: &Server, id: &str) {
    let store = Store::open(&server.database()).await.unwrap();
    let files = Files::Made(MadeFiles { length_ms: 60_000, bytes: 17, gaps: 1, whole: false });
    store.save_recording_files(&id.parse().unwrap(), &files).await.unwrap();
    store.close().await.unwrap();
}
