//! What goes wrong in a running server, and what goes on: a full room, a lost one, pages that keep silent or don't read.

use crate::{
    control::{closed_with, hear, say},
    server::{Server, WHEP_OFFER, WHIP_OFFER, header, refused},
};
use futures_util::{SinkExt, StreamExt};
use socket2::{Domain, Socket as RawSocket, Type};
use std::{
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};
use tokio::time::timeout;
use yunling::{
    app::App,
    domain::access::TokenRole,
    http::{
        Patience,
        wire::{EndReason, ServerMessage},
    },
    id::{MeetingId, RoomId},
    relay::{
        command::RelayError,
        io::{
            handle::{LegOffer, Relay},
            worker::Core,
        },
        media::Role,
        outbox::Outbox,
        room::PEERS_MAX,
        rooms::{Input, LegConnection, Output, Rooms},
        tap::Tap,
    },
    serve::Seams,
};

/// Only ends a hung test.
const LIMIT: Duration = Duration::from_secs(60);

/// What makes [`Fragile`] rooms break: it is not STUN, DTLS or RTP, so real ones pass it over.
const FAULT: &[u8] = b"\x7fa crafted datagram";

fn room(app: &App, meeting: &str) -> RoomId {
    app.room_of(&meeting.parse::<MeetingId>().expect("an id")).expect("is open")
}

/// A leg without picture and sound: the cheapest peer there is.
fn leg(room: RoomId, number: usize, name: String) -> LegOffer {
    LegOffer {
        room,
        session: format!("filler-{number}").parse().expect("a slug"),
        leg: format!("filler-{number}").parse().expect("a slug"),
        participant: format!("filler-{number}").parse().expect("a slug"),
        name,
        role: Role::Main,
        video: None,
        audio: false,
    }
}

#[tokio::test]
async fn a_full_room_says_so_and_when_to_try_again() {
    let server = Server::strict().await;
    let room = room(&server.running.app, "council");
    for number in 0..PEERS_MAX {
        server.running.relay.attach_leg(leg(room, number, "水务局".into())).await.expect("there is place");
    }
    let full = server.running.relay.attach_leg(leg(room, PEERS_MAX, "水务局".into())).await;
    assert_eq!(full.map(|_| ()), Err(RelayError::RoomFull(PEERS_MAX)));
    let token = server.token("council", TokenRole::Publisher).await;
    for (path, offer) in [("/whip/council", WHIP_OFFER), ("/whep/council", WHEP_OFFER)] {
        let problem = refused(server.offer(path, offer, Some(&token)), 503, "relay.room_full").await;
        assert!(problem.detail.contains(&PEERS_MAX.to_string()), "{}", problem.detail);
        let response = server.offer(path, offer, Some(&token)).send().await.unwrap();
        assert_eq!(header(&response, "retry-after"), "30");
    }
    let leaver = "filler-7".parse().unwrap();
    server.running.relay.leave(room, &leaver).await.expect("leaves");
    server.join("/whep/council", Some(&token)).await;
    server.end().await;
}

/// Rooms with a fault that no repair helps against.
struct Fragile {
    rooms: Rooms,
    broken: bool,
}

impl Core for Fragile {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        if matches!(&input, Input::Datagram { bytes, .. } if &**bytes == FAULT) {
            self.broken = true;
            panic!("a crafted datagram");
        }
        self.rooms.handle(now, input);
    }

    fn poll(&mut self) -> Output {
        self.rooms.poll()
    }

    fn outbox(&mut self) -> &mut Outbox {
        self.rooms.outbox()
    }

    fn set_gathering(&mut self, wait: Duration) {
        self.rooms.set_gathering(wait);
    }

    fn note_busy(&mut self, share: f32) {
        self.rooms.note_busy(share);
    }

    fn drop_faulty_room(&mut self, now: Instant) {
        assert!(!self.broken, "beyond repair");
        self.rooms.drop_faulty_room(now);
    }

    fn farewells(&self) -> usize {
        self.rooms.farewells()
    }

    fn tap(&mut self, recorder: LegConnection) -> Option<&mut Tap> {
        self.rooms.tap(recorder)
    }

    fn sent(&mut self, began: Instant, now: Instant) {
        self.rooms.sent(began, now);
    }
}

#[tokio::test]
async fn a_lost_room_ends_its_sessions_and_its_meeting_gets_a_new_one() {
    let relay = |config| Relay::start_around(config, |rooms| Fragile { rooms, broken: false });
    let server = Server::demo_with(Seams { relay, ..Seams::default() }).await;
    let before = room(&server.running.app, "demo");
    let (publishing, _) = server.join("/whip/demo", None).await;
    let (viewing, _) = server.join("/whep/demo", None).await;
    let mut socket = server.socket(&format!("{viewing}/control"), None).await.expect("opens");
    say(&mut socket, r#"{"type":"hello","token":null}"#).await;
    hear(&mut socket).await;

    let bad = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    bad.send_to(FAULT, ("127.0.0.1", server.running.relay.media_ports()[0])).expect("sends");
    loop {
        if let ServerMessage::Ended { reason } = hear(&mut socket).await {
            assert_eq!(reason, EndReason::RoomLost);
            break;
        }
    }
    assert_eq!(closed_with(&mut socket).await, 1000);

    // A page joins again as it is told; between the fault and the new room it is told to try again in a second.
    let again = timeout(LIMIT, async {
        loop {
            let response = server.offer("/whep/demo", WHEP_OFFER, None).send().await.unwrap();
            match response.status().as_u16() {
                201 => return header(&response, "location"),
                503 => assert_eq!(header(&response, "retry-after"), "1"),
                other => panic!("{other}: {}", response.text().await.unwrap()),
            }
        }
    });
    let again = again.await.expect("a new room");
    assert_ne!(room(&server.running.app, "demo"), before);
    for old in [publishing, viewing] {
        refused(server.request("DELETE", &old), 404, "session.unknown").await;
    }
    let mut socket = server.socket(&format!("{again}/control"), None).await.expect("opens");
    say(&mut socket, r#"{"type":"hello","token":null}"#).await;
    assert!(matches!(hear(&mut socket).await, ServerMessage::Welcome { .. }));
    server.end().await;
}

#[tokio::test]
async fn a_page_that_does_not_say_who_it_is_is_closed() {
    let patience = Patience { hello: Duration::from_millis(100), ..Patience::default() };
    assert_eq!(Patience::default().hello, Duration::from_secs(5));
    let server = Server::demo_with(Seams { patience, ..Seams::default() }).await;
    let (location, _) = server.join("/whep/demo", None).await;
    let mut socket = server.socket(&format!("{location}/control"), None).await.expect("opens");
    assert_eq!(closed_with(&mut socket).await, 4408);
    // The session itself is not ended by that: its page may open another channel.
    assert_eq!(server.request("DELETE", &location).send().await.unwrap().status(), 200);
    server.end().await;
}

/// A connection that holds little, so that whoever does not read it is soon noticed.
fn narrow(to: SocketAddr) -> std::io::Result<std::net::TcpStream> {
    let socket = RawSocket::new(Domain::for_address(to), Type::STREAM, None)?;
    socket.set_recv_buffer_size(4096)?;
    socket.set_tcp_mss(1024)?;
    socket.connect(&to.into())?;
    Ok(socket.into())
}

#[tokio::test]
async fn a_page_that_does_not_read_is_closed_and_the_others_go_on() {
    let patience = Patience { send: Duration::from_secs(1), ..Patience::default() };
    let server = Server::demo_with(Seams { patience, ..Seams::default() }).await;
    let (location, _) = server.join("/whep/demo", None).await;
    let stream = narrow(server.running.https[0]).expect("connects");
    let mut slow = server.socket_over(stream, &format!("{location}/control")).await.expect("opens");
    say(&mut slow, r#"{"type":"hello","token":null}"#).await;
    hear(&mut slow).await;
    let (location, _) = server.join("/whep/demo", None).await;
    let mut brisk = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut brisk, r#"{"type":"hello","token":null}"#).await;
    hear(&mut brisk).await;

    // A roster that is larger than what lies between the server and a page.
    let name = "水".repeat(100_000);
    let wordy = LegOffer { audio: true, ..leg(room(&server.running.app, "demo"), 1, name.clone()) };
    server.running.relay.attach_leg(wordy).await.expect("there is place");
    loop {
        if let ServerMessage::Roster { publications } = hear(&mut brisk).await
            && publications.iter().any(|publication| publication.name == name)
        {
            break;
        }
    }
    // Nobody reads `slow` until the server has had enough of it; what it says meanwhile stays unread, so the end is a reset.
    let closed = timeout(LIMIT, async { while slow.send(ping()).await.is_ok() {} });
    closed.await.expect("the server closes it");
    while let Some(Ok(message)) = slow.next().await {
        assert!(!message.is_close(), "closed for another reason: {message:?}");
    }
    say(&mut brisk, r#"{"type":"ping"}"#).await;
    while hear(&mut brisk).await != ServerMessage::Pong {}
    server.end().await;
}

fn ping() -> tokio_tungstenite::tungstenite::Message {
    tokio_tungstenite::tungstenite::Message::text(format!(r#"{{"type":"ping"}}{}"#, " ".repeat(4000)))
}
