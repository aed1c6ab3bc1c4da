//! Meeting tokens: each is listed and revoked by itself, and over with its meeting.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    control::{closed_with, hear, say},
    server::{Server, WHEP_OFFER, refused},
};
use serde_json::json;
use yunling::{
    domain::{access::TokenRole, role::Role},
    http::wire::{AuditPage, ServerMessage, TokenEntry, WireTokenRole},
};

async fn list(server: &Server, cookie: &str) -> Vec<TokenEntry> {
    server.ask("GET", "/api/tokens", cookie).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_revoked_token_is_over_at_once_with_all_its_media_and_no_other_is() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let stolen = server.token("council", TokenRole::Viewer).await;
    let kept = server.token("council", TokenRole::Viewer).await;
    let (location, _) = server.join("/whep/council", Some(&stolen)).await;
    drop(server.join("/whep/council", Some(&kept)).await);
    let mut control = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut control, &json!({ "type": "hello", "token": stolen }).to_string()).await;
    let ServerMessage::Welcome { participant, .. } = hear(&mut control).await else { panic!("a welcome") };
    assert_eq!(server.viewers().await, 2);

    let tokens = list(&server, &op).await;
    assert_eq!(tokens.len(), 2);
    let entry = tokens.iter().find(|token| token.id == participant).expect("it is listed");
    assert_eq!((entry.meeting.as_str(), entry.name.as_str()), ("县委常委会", "水务局"));
    assert_eq!((entry.role, entry.made_by.as_str(), entry.revoked_at_ms), (WireTokenRole::Viewer, "test", None));

    let revoke = |id: &str, cookie: &str| server.ask("DELETE", &format!("/api/tokens/{id}"), cookie);
    refused(revoke("nobodys", &op), 404, "token.unknown").await;
    refused(revoke(&participant, &auditor), 403, "access.not_allowed").await;
    assert_eq!(revoke(&participant, &op).send().await.unwrap().status(), 204);
    let code = closed_with(&mut control).await;
    assert!(code == 1000 || code == 4401, "{code}");
    assert_eq!(server.viewers().await, 1, "its media ended, and the other's goes on");
    let look = |token: &str| server.offer("/whep/council", WHEP_OFFER, Some(token));
    refused(look(&stolen), 401, "access.token_revoked").await;
    refused(server.request("DELETE", &location).bearer_auth(&stolen), 401, "access.token_revoked").await;
    assert_eq!(look(&kept).send().await.unwrap().status(), 201);
    let mut again = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut again, &json!({ "type": "hello", "token": stolen }).to_string()).await;
    assert_eq!(closed_with(&mut again).await, 4401);
    let after = list(&server, &op).await;
    assert_eq!(after.iter().filter(|token| token.revoked_at_ms.is_some()).count(), 1);

    let book = server.ask("GET", "/api/audit?action=token.revoke", &auditor).send().await.unwrap();
    let book: AuditPage = book.json().await.unwrap();
    let said: Vec<_> = book.entries.into_iter().map(|row| (row.subject, row.result.unwrap_or_default())).collect();
    let expect = format!("token:{participant} meeting:council role:viewer name:水务局");
    assert_eq!(said[0], (expect, "ok".to_owned()));
    assert_eq!(
        said.iter().map(|(_, result)| result.as_str()).collect::<Vec<_>>()[1..],
        ["access.not_allowed", "token.unknown"]
    );
    server.end().await;
}

#[tokio::test]
async fn what_revokes_a_token_on_the_command_line_or_elsewhere_ends_its_media_within_seconds() {
    let server = Server::strict().await;
    let token = server.token("council", TokenRole::Viewer).await;
    drop(server.join("/whep/council", Some(&token)).await);
    let store = yunling::store::Store::open(&server.database()).await.unwrap();
    store.end_token(&server.participant_of(&token).await, crate::server::now().wall).await.unwrap();
    store.close().await.unwrap();
    let ends = async {
        while server.viewers().await > 0 {
            // Polls: the server looks every few seconds.
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), ends).await.expect("its media ends");
    server.end().await;
}

#[tokio::test]
async fn a_token_is_over_with_its_meeting_and_was_never_good_for_a_day() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let token = server.token("council", TokenRole::Viewer).await;
    assert_eq!(list(&server, &op).await.len(), 1);
    assert_eq!(server.ask("POST", "/api/meetings/council/close", &op).send().await.unwrap().status(), 200);
    refused(server.offer("/whep/council", WHEP_OFFER, Some(&token)), 401, "access.token_revoked").await;
    assert!(list(&server, &op).await.is_empty(), "what is over is not listed");
    server.end().await;

    let demo = Server::demo().await;
    let op = demo.person("op", &[Role::Operator]).await;
    let visit = demo.request("POST", "/api/meetings/demo/visit").json(&json!({ "name": "张三" }));
    assert_eq!(visit.send().await.unwrap().status(), 200);
    let tokens = list(&demo, &op).await;
    assert_eq!((tokens.len(), tokens[0].made_by.as_str()), (1, "visitor"));
    let lasts = tokens[0].expires_at_ms - tokens[0].made_at_ms;
    assert_eq!(lasts, 8 * 3600 * 1000, "as tokens.ttl_minutes says");
    demo.end().await;
}
