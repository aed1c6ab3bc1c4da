//! WHIP and WHEP: every status code an offer, a PATCH or a DELETE can be answered with.

use crate::server::{Server, WHEP_OFFER, WHIP_OFFER, header, refused};
use std::time::{Duration, SystemTime};
use yunling::domain::{access::TokenRole, meeting::MeetingState};

const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const RESTART: &str =
    "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n";

#[tokio::test]
async fn an_offer_is_answered_with_a_session() {
    let server = Server::demo().await;
    for (path, offer) in
        [("/whip/demo", WHIP_OFFER), ("/whip/demo?role=content", WHIP_OFFER), ("/whep/demo", WHEP_OFFER)]
    {
        let response = server.offer(path, offer, None).send().await.unwrap();
        assert_eq!(response.status(), 201, "{path}");
        assert_eq!(header(&response, "content-type"), "application/sdp");
        assert_eq!(header(&response, "accept-patch"), FRAGMENT);
        assert!(header(&response, "etag").starts_with('"') && header(&response, "etag").ends_with('"'));
        let location = header(&response, "location");
        let endpoint = path.split('?').next().unwrap();
        assert!(location.starts_with(&format!("{endpoint}/")), "{location}");
        assert_eq!(location.rsplit('/').next().unwrap().len(), 26, "130 bits");
        assert_eq!(header(&response, "link"), format!("<{location}/control>; rel=\"urn:yunling:control\""));
        assert!(response.text().await.unwrap().contains("a=ice-lite"));
    }
    server.end().await;
}

#[tokio::test]
async fn an_offer_that_cannot_be_answered_says_why() {
    let server = Server::demo().await;
    let post = |offer: &str| server.offer("/whip/demo", offer, None);
    refused(post("not sdp"), 400, "offer.malformed").await;
    refused(post(""), 400, "offer.malformed").await;
    let latin = server.request("POST", "/whip/demo").header("content-type", "application/sdp").body(vec![0xff, 0xfe]);
    refused(latin, 400, "request.malformed").await;
    refused(server.offer("/whip/nowhere", WHIP_OFFER, None), 401, "access.token_needed").await;
    refused(server.offer("/whip/No%20Id", WHIP_OFFER, None), 404, "request.not_found").await;
    refused(post(WHIP_OFFER).header("accept", "text/html"), 406, "request.not_acceptable").await;
    let h264_less = WHIP_OFFER
        .replace("H264/90000", "X264/90000")
        .replace("VP8/90000", "XP8/90000")
        .replace("opus/48000", "xpus/48000");
    refused(post(&h264_less), 406, "offer.not_acceptable").await;
    refused(post(&format!("{WHIP_OFFER}{}", "a=x\r\n".repeat(200_000))), 413, "request.too_large").await;
    let text = server.request("POST", "/whip/demo").header("content-type", "text/plain").body(WHIP_OFFER);
    refused(text, 415, "request.unsupported_type").await;
    refused(post(WHEP_OFFER), 422, "offer.unprocessable").await;
    refused(server.offer("/whip/demo?role=king", WHIP_OFFER, None), 422, "request.field_invalid").await;
    refused(server.request("GET", "/whip/demo"), 405, "request.method_not_allowed").await;
    refused(server.request("PUT", "/whep/demo"), 405, "request.method_not_allowed").await;
    let foreign = post(WHIP_OFFER).header("origin", "https://evil.test");
    refused(foreign, 404, "request.not_found").await;
    server.end().await;
}

#[tokio::test]
async fn a_meeting_is_entered_with_its_token_alone() {
    let server = Server::strict().await;
    let now = SystemTime::now();
    let publisher = server.token("council", TokenRole::Publisher).await;
    let viewer = server.token("council", TokenRole::Viewer).await;
    let other = server.token("other", TokenRole::Publisher).await;
    let old =
        server.token_for("council", TokenRole::Publisher, Duration::from_secs(1), now - Duration::from_secs(60)).await;
    let whip = |token| server.offer("/whip/council", WHIP_OFFER, token);
    let whep = |token| server.offer("/whep/council", WHEP_OFFER, token);

    let problem = refused(whip(None), 401, "access.token_needed").await;
    assert!(problem.detail.is_empty());
    refused(whip(Some("yl1.e30.AAAA")), 401, "access.token_invalid").await;
    refused(whip(Some(&old)), 401, "access.token_expired").await;
    refused(whip(Some(&viewer)), 404, "meeting.unknown").await;
    refused(whip(Some(&other)), 404, "meeting.unknown").await;
    refused(whep(Some(&other)), 404, "meeting.unknown").await;
    assert_eq!(whip(Some(&publisher)).send().await.unwrap().status(), 201);
    assert_eq!(whep(Some(&publisher)).send().await.unwrap().status(), 201);
    assert_eq!(whep(Some(&viewer)).send().await.unwrap().status(), 201);
    let challenge = header(&whip(None).send().await.unwrap(), "www-authenticate");
    assert_eq!(challenge, "Bearer realm=\"yunling\"");

    server.plan("later", MeetingState::Planned).await;
    let later = server.token("later", TokenRole::Publisher).await;
    refused(server.offer("/whip/later", WHIP_OFFER, Some(&later)), 409, "meeting.not_on_air").await;
    let ghost = server.token("ghost", TokenRole::Publisher).await;
    refused(server.offer("/whip/ghost", WHIP_OFFER, Some(&ghost)), 404, "meeting.unknown").await;
    server.end().await;
}

#[tokio::test]
async fn one_token_cannot_hold_sessions_without_end() {
    let server = Server::strict().await;
    let token = server.token("council", TokenRole::Viewer).await;
    for _ in 0..16 {
        server.join("/whep/council", Some(&token)).await;
    }
    refused(server.offer("/whep/council", WHEP_OFFER, Some(&token)), 409, "session.too_many").await;
    server.end().await;
}

#[tokio::test]
async fn a_session_takes_candidates_and_a_new_ice_session() {
    let server = Server::demo().await;
    let (location, etag) = server.join("/whip/demo", None).await;
    let patch = |body: &str| server.request("PATCH", &location).header("content-type", FRAGMENT).body(body.to_owned());

    let trickle = patch("a=end-of-candidates\r\n").header("if-match", &etag).send().await.unwrap();
    assert_eq!(trickle.status(), 204);
    refused(patch("a=end-of-candidates\r\n"), 428, "session.if_match_needed").await;
    refused(patch("a=end-of-candidates\r\n").header("if-match", "\"older\""), 412, "session.stale").await;
    refused(patch("nonsense").header("if-match", &etag), 400, "session.fragment_malformed").await;
    refused(patch("a=end-of-candidates\r\n").header("if-match", "*"), 400, "session.fragment_malformed").await;
    let typeless = server.request("PATCH", &location).header("if-match", &etag).body("a=x");
    refused(typeless, 415, "request.unsupported_type").await;

    let restarted = patch(RESTART).header("if-match", "*").send().await.unwrap();
    assert_eq!(restarted.status(), 200);
    assert_eq!(header(&restarted, "content-type"), FRAGMENT);
    let renewed = header(&restarted, "etag");
    assert_ne!(renewed, etag);
    let fragment = restarted.text().await.unwrap();
    assert!(fragment.contains("a=ice-ufrag:") && fragment.contains("a=ice-pwd:"), "{fragment}");
    refused(patch("a=end-of-candidates\r\n").header("if-match", &etag), 412, "session.stale").await;
    let trickle = patch("a=end-of-candidates\r\n").header("if-match", &renewed).send().await.unwrap();
    assert_eq!(trickle.status(), 204);
    server.end().await;
}

#[tokio::test]
async fn a_session_ends_once() {
    let server = Server::demo().await;
    let (location, etag) = server.join("/whep/demo", None).await;
    assert_eq!(server.request("DELETE", &location).send().await.unwrap().status(), 200);
    refused(server.request("DELETE", &location), 404, "session.unknown").await;
    let late = server.request("PATCH", &location).header("content-type", FRAGMENT).header("if-match", &etag).body("");
    refused(late, 404, "session.unknown").await;
    refused(server.request("GET", &location), 405, "request.method_not_allowed").await;
    server.end().await;
}

#[tokio::test]
async fn only_its_owner_changes_a_session() {
    let server = Server::strict().await;
    let mine = server.token("council", TokenRole::Publisher).await;
    let theirs = server.token("council", TokenRole::Publisher).await;
    let (location, _) = server.join("/whip/council", Some(&mine)).await;
    refused(server.request("DELETE", &location), 401, "access.token_needed").await;
    refused(server.request("DELETE", &location).bearer_auth(&theirs), 404, "session.unknown").await;
    assert_eq!(server.request("DELETE", &location).bearer_auth(&mine).send().await.unwrap().status(), 200);
    server.end().await;
}

#[tokio::test]
async fn options_say_what_is_taken_and_let_no_other_origin_in() {
    let server = Server::demo().await;
    let (location, _) = server.join("/whep/demo", None).await;
    for (path, name, value) in [
        ("/whip/demo", "accept-post", "application/sdp"),
        ("/whep/demo", "accept-post", "application/sdp"),
        (&location, "accept-patch", FRAGMENT),
    ] {
        let response = server.request("OPTIONS", path).header("origin", "https://evil.test").send().await.unwrap();
        assert_eq!(response.status(), 204);
        assert_eq!(header(&response, name), value);
        assert_eq!(header(&response, "access-control-allow-origin"), "");
    }
    server.end().await;
}

#[tokio::test]
async fn too_many_joins_are_slowed_down_and_an_ending_server_says_so() {
    let server = Server::demo().await;
    let mut slowed = None;
    for _ in 0..50 {
        // Many at once: what waits for the book is written together, so that even a busy machine is faster than what the
        // limit gives back. Refused before the offer is read, so it costs nothing else.
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..200 {
            crowd.spawn(server.offer("/whip/demo", "x", None).timeout(Duration::from_secs(60)).send());
        }
        let answers = crowd.join_all().await.into_iter().map(|answer| answer.unwrap());
        slowed = answers.filter(|answer| answer.status() == 429).map(|answer| header(&answer, "retry-after")).next();
        if slowed.is_some() {
            break;
        }
    }
    assert_eq!(slowed.as_deref(), Some("1"));
    server.begin_end();
    let last = server.offer("/whip/demo", WHIP_OFFER, None).send().await;
    // Either the listener is closed already or the answer is 503.
    assert!(last.is_err() || last.is_ok_and(|response| response.status() == 503));
    server.end().await;
}
