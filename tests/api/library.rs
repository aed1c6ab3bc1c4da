//! The library: what was made of a recording is played by whoever may, in ranges, and leaves the house only with a signature.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    server::{Server, header, refused},
    sign_offs::{entry, recorded, wanted},
};
use serde_json::json;
use yunling::{
    domain::{meeting::MeetingState, role::Role},
    http::wire::{ExportEntry, PlayEntry},
    recorder::{
        journal::EndReason,
        manifest::{FORMAT, FileEntry, FileKind, GapEntry, Manifest},
    },
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
    let answer = server.ask("POST", "/api/recordings/r1/plays", cookie).send().await.unwrap();
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
    let ask = |path: &str, cookie: &str| server.ask("POST", path, cookie);
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
