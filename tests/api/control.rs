//! The control channel: who gets in, what it says, how it ends.

use crate::server::{Server, Socket, WHEP_OFFER};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio_tungstenite::tungstenite::{Error, Message};
use yunling::{
    domain::{
        access::TokenRole,
        stage::{Heard, Stage},
    },
    http::wire::{EndReason, ServerMessage},
};

pub(crate) async fn next(socket: &mut Socket) -> Message {
    let within = tokio::time::timeout(Duration::from_secs(8), socket.next()).await;
    within.expect("in time").expect("not ended").expect("no fault")
}

pub(crate) async fn hear(socket: &mut Socket) -> ServerMessage {
    loop {
        match next(socket).await {
            Message::Text(text) => return serde_json::from_str(&text).expect("a server message"),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn closed_with(socket: &mut Socket) -> u16 {
    loop {
        match next(socket).await {
            Message::Close(Some(frame)) => return frame.code.into(),
            Message::Close(None) => return 0,
            _ => {}
        }
    }
}

pub(crate) async fn say(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text.to_owned())).await.expect("sent");
}

#[tokio::test]
async fn a_page_is_welcomed_and_told_everything() {
    let server = Server::demo().await;
    let (location, _) = server.join("/whep/demo", None).await;
    let mut socket = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut socket, r#"{"type":"hello","token":null}"#).await;
    let ServerMessage::Welcome { meeting, .. } = hear(&mut socket).await else { panic!("a welcome") };
    assert_eq!((meeting.id.as_str(), meeting.title.as_str()), ("demo", "全县防汛工作视频会议（演示）"));
    let told = hear(&mut socket).await;
    assert_eq!(told, ServerMessage::Stage { on_air: Some("province".into()), you_are_heard: true });
    assert!(matches!(hear(&mut socket).await, ServerMessage::Roster { .. }));
    assert!(matches!(hear(&mut socket).await, ServerMessage::Slots { .. }));

    let stage = Stage { on_air: None, with_sound: false, heard: Heard::Nobody };
    server.running.app.set_stage(&"demo".parse().unwrap(), stage).await.expect("set");
    loop {
        if let ServerMessage::Stage { on_air, you_are_heard } = hear(&mut socket).await {
            assert_eq!((on_air, you_are_heard), (None, false));
            break;
        }
    }
    say(&mut socket, r#"{"type":"ping"}"#).await;
    while hear(&mut socket).await != ServerMessage::Pong {}
    server.end().await;
}

#[tokio::test]
async fn a_channel_ends_with_its_session() {
    let server = Server::demo().await;
    let (location, _) = server.join("/whep/demo", None).await;
    let mut socket = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut socket, r#"{"type":"hello","token":null}"#).await;
    hear(&mut socket).await;
    assert_eq!(server.request("DELETE", &location).send().await.unwrap().status(), 200);
    loop {
        if let ServerMessage::Ended { reason } = hear(&mut socket).await {
            assert_eq!(reason, EndReason::Left);
            break;
        }
    }
    assert_eq!(closed_with(&mut socket).await, 1000);
    server.end().await;
}

#[tokio::test]
async fn an_ending_server_tells_its_pages() {
    let server = Server::demo().await;
    let (location, _) = server.join("/whep/demo", None).await;
    let mut socket = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut socket, r#"{"type":"hello","token":null}"#).await;
    hear(&mut socket).await;
    server.begin_end();
    loop {
        if let ServerMessage::Ended { reason } = hear(&mut socket).await {
            assert_eq!(reason, EndReason::ServerStopping);
            break;
        }
    }
    server.end().await;
}

#[tokio::test]
async fn only_the_sessions_owner_gets_in() {
    let server = Server::strict().await;
    let mine = server.token("council", TokenRole::Viewer).await;
    let theirs = server.token("council", TokenRole::Viewer).await;
    let (location, _) = server.join("/whep/council", Some(&mine)).await;
    let control = format!("{location}/control");
    let hello = |token: &str| format!(r#"{{"type":"hello","token":"{token}"}}"#);
    let cases = [
        (r#"{"type":"hello","token":null}"#.to_owned(), 4401),
        (hello("yl1.e30.AAAA"), 4401),
        (hello(&theirs), 4404),
        (r#"{"type":"ping"}"#.to_owned(), 4400),
        ("nonsense".to_owned(), 4400),
    ];
    for (first, code) in cases {
        let mut socket = server.socket(&control, None).await.expect("opens");
        say(&mut socket, &first).await;
        assert_eq!(closed_with(&mut socket).await, code, "{code}");
    }
    let mut socket = server.socket(&control, None).await.expect("opens");
    say(&mut socket, &hello(&mine)).await;
    assert!(matches!(hear(&mut socket).await, ServerMessage::Welcome { .. }));
    server.end().await;
}

#[tokio::test]
async fn a_wish_for_a_slot_that_is_not_there_ends_the_channel() {
    let server = Server::demo().await;
    let answer = server.offer("/whep/demo", WHEP_OFFER, None).send().await.unwrap();
    let location = crate::server::header(&answer, "location");
    let sdp = answer.text().await.unwrap();
    let mid = sdp.lines().find_map(|line| line.strip_prefix("a=mid:")).expect("a line").trim();
    let mut socket = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut socket, r#"{"type":"hello","token":null}"#).await;
    let wish = |mid: &str| {
        format!(
            r#"{{"type":"wish","wishes":[{{"mid":"{mid}","want":{{"kind":"programme"}},"pixelsMax":null,"priority":0}}]}}"#
        )
    };
    say(&mut socket, &wish(mid)).await;
    say(&mut socket, r#"{"type":"ping"}"#).await;
    while hear(&mut socket).await != ServerMessage::Pong {}
    say(&mut socket, &wish("nowhere")).await;
    assert_eq!(closed_with(&mut socket).await, 4400);
    server.end().await;
}

#[tokio::test]
async fn pages_of_other_origins_open_no_channel() {
    let server = Server::demo().await;
    let (location, _) = server.join("/whep/demo", None).await;
    for path in [format!("{location}/control"), "/api/live".to_owned()] {
        let Err(Error::Http(response)) = server.socket(&path, Some("https://evil.test")).await else {
            panic!("refused")
        };
        assert_eq!(response.status(), 404);
        let own = format!("https://127.0.0.1:{}", server.running.https[0].port());
        assert!(server.socket(&path, Some(&own)).await.is_ok());
    }
    server.end().await;
}
