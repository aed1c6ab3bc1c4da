//! Real encoders come in: what runs, what is refused and with which sentence, and what comes back by itself.
//!
//! RTSP by gst-rtsp-server, SRT by ffmpeg and GStreamer, each on a free port of this machine.

use crate::support::{Encoder, House, free_udp_port};
use yunling::leg::{
    io::supervisor::{LegState, LegStatus},
    params::Values,
    plan::{Dial, LegPlan},
    problem::{Fault, Problem},
};
use yunling::relay::media::Role;

const PASSWORD: &str = "p@ss:word/1";

fn plan(id: &str, file: &str, dial: Dial, values: Values) -> LegPlan {
    LegPlan {
        id: id.parse().expect("an id"),
        meeting: "demo".parse().expect("an id"),
        participant: id.parse().expect("an id"),
        name: "省主会场".to_owned(),
        role: Role::Main,
        file: file.to_owned(),
        values,
        dial,
    }
}

fn rtsp(id: &str, port: u16, camera: &str, password: &str, transport: &str) -> LegPlan {
    let dial = Dial::Call { scheme: "rtsp", host: "127.0.0.1".to_owned(), port, rest: format!("/{camera}"), tcp: true };
    let values = [("user", "admin"), ("password", password), ("transport", transport)];
    plan(id, "rtsp-in.toml", dial, values.map(|(name, value)| (name.to_owned(), value.into())).into())
}

fn srt(id: &str, dial: Dial, passphrase: &str) -> LegPlan {
    let mode = if dial.listens() { "listener" } else { "caller" };
    let values = [("mode", mode), ("passphrase", passphrase)];
    plan(id, "srt-in.toml", dial, values.map(|(name, value)| (name.to_owned(), value.into())).into())
}

fn is_at_fault(leg: &LegStatus, fault: &Fault) -> bool {
    leg.problem == Some(Problem::Source(fault.clone()))
}

fn runs(leg: &LegStatus) -> bool {
    leg.state == LegState::Running
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cameras_by_rtsp_run_or_are_refused_each_with_its_sentence_and_disturb_no_other() {
    let house = House::open().await;
    let server = Encoder::rtsp(0, PASSWORD);
    let port = server.port;
    for (id, camera, transport) in
        [("g711", "g711", "tcp"), ("aac", "aac", "udp"), ("silent", "silent", "tcp"), ("sound", "sound", "tcp")]
    {
        house.legs.put(rtsp(id, port, camera, PASSWORD, transport), true);
    }
    for id in ["g711", "aac", "silent", "sound"] {
        let leg = house.until(id, runs).await;
        let size = leg.picture.map(|picture| (picture.width, picture.height));
        assert_eq!(size, (id != "sound").then_some((320, 180)), "{id}");
    }
    let running = house.until("g711", runs).await;
    for (id, camera, password, fault, state) in [
        ("locked", "g711", "wrong", Fault::WrongPassword, LegState::Waiting),
        ("lost", "nowhere", PASSWORD, Fault::NotFound, LegState::Waiting),
        ("vp8", "vp8", PASSWORD, Fault::NoH264 { found: "VP8".to_owned() }, LegState::Refused),
        ("high", "high", PASSWORD, Fault::Profile { profile: "High".to_owned() }, LegState::Refused),
        ("bframes", "bframes", PASSWORD, Fault::BFrames { profile: "High".to_owned() }, LegState::Refused),
        ("sparse", "sparse", PASSWORD, Fault::KeyFrames, LegState::Refused),
    ] {
        house.legs.put(rtsp(id, port, camera, password, "tcp"), true);
        let leg = house.until(id, |leg| is_at_fault(leg, &fault)).await;
        assert_eq!(leg.state, state, "{id}");
        house.legs.remove(&leg.id);
    }
    let after = house.until("g711", runs).await;
    assert_eq!((after.process, after.restarts), (running.process, 0), "nothing else was disturbed");
    // Picture and sound really reached the room.
    house.until_received("g711", 2).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_stalls_or_goes_away_alarms_and_is_back_by_itself() {
    let house = House::open().await;
    let server = Encoder::rtsp(0, PASSWORD);
    let port = server.port;
    house.legs.put(rtsp("camera", port, "g711", PASSWORD, "tcp"), true);
    house.until("camera", runs).await;

    server.freeze();
    house.until("camera", |leg| is_at_fault(leg, &Fault::NoPicture)).await;
    server.thaw();
    house.until("camera", runs).await;

    drop(server);
    house.until("camera", |leg| is_at_fault(leg, &Fault::PortClosed)).await;
    let _server = Encoder::rtsp(port, PASSWORD);
    house.until("camera", runs).await;

    let id = "camera".parse().expect("an id");
    assert!(house.legs.run(&id, false));
    let stopped = house.until("camera", |leg| leg.state == LegState::Stopped).await;
    assert_eq!((stopped.problem, stopped.process), (None, None));
    assert!(house.legs.run(&id, true));
    house.until("camera", runs).await;
    assert!(house.legs.remove(&id) && house.legs.legs().is_empty());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoder_calls_by_srt_leaves_and_calls_again() {
    let house = House::open().await;
    let port = free_udp_port();
    house.legs.put(srt("province", Dial::Listen { port }, "correct_horse"), true);
    house.until("province", |leg| leg.problem == Some(Problem::NoCall)).await;

    let stranger = Encoder::srt(&format!("srt://127.0.0.1:{port}?passphrase=wrong_horse"));
    house.until("province", |leg| is_at_fault(leg, &Fault::WrongPassphrase)).await;
    drop(stranger);

    let address = format!("srt://127.0.0.1:{port}?passphrase=correct_horse");
    let encoder = Encoder::srt(&address);
    let leg = house.until("province", |leg| runs(leg) && leg.picture.is_some()).await;
    assert_eq!(leg.picture.map(|picture| (picture.width, picture.height)), Some((320, 180)));
    house.until_received("province", 2).await;
    drop(encoder);
    house.until("province", |leg| leg.problem == Some(Problem::NoCall)).await;
    let _encoder = Encoder::srt(&address);
    house.until("province", runs).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoder_is_called_by_srt_and_garbage_is_called_garbage() {
    let house = House::open().await;
    let call = |port| Dial::Call { scheme: "srt", host: "127.0.0.1".to_owned(), port, rest: String::new(), tcp: false };
    let port = free_udp_port();
    house.legs.put(srt("nobody", call(free_udp_port()), ""), true);
    house.until("nobody", |leg| is_at_fault(leg, &Fault::NoAnswer)).await;

    let _encoder = Encoder::srt_server(port, "correct_horse");
    house.legs.put(srt("province", call(port), "wrong_horse"), true);
    house.until("province", |leg| is_at_fault(leg, &Fault::WrongPassphrase)).await;
    house.legs.put(srt("province", call(port), "correct_horse"), true);
    house.until("province", runs).await;

    let port = free_udp_port();
    house.legs.put(srt("noise", Dial::Listen { port }, ""), true);
    house.until("noise", |leg| leg.problem == Some(Problem::NoCall)).await;
    let _noise = Encoder::noise(&format!("srt://127.0.0.1:{port}"));
    let leg = house.until("noise", |leg| is_at_fault(leg, &Fault::Garbage)).await;
    assert_eq!(leg.state, LegState::Refused);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_outside_the_allowed_networks_is_never_dialled() {
    let house = House::open().await;
    let dial = Dial::Call { scheme: "srt", host: "192.0.2.1".to_owned(), port: 9, rest: String::new(), tcp: false };
    house.legs.put(srt("away", dial, ""), true);
    let leg = house.until("away", |leg| is_at_fault(leg, &Fault::AddressNotAllowed)).await;
    assert_eq!((leg.state, leg.process), (LegState::Waiting, None));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_sends_us_elsewhere_is_not_followed() {
    let house = House::open().await;
    let elsewhere = std::net::TcpListener::bind("127.0.0.2:0").expect("a port");
    elsewhere.set_nonblocking(true).expect("it can");
    let there = elsewhere.local_addr().expect("an address");
    let source = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = source.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        while let Ok((socket, _)) = source.accept() {
            std::thread::spawn(move || send_elsewhere(socket, there));
        }
    });
    house.legs.put(rtsp("moved", port, "g711", PASSWORD, "tcp"), true);
    house.until("moved", |leg| is_at_fault(leg, &Fault::Redirected)).await;
    let nobody = elsewhere.accept().expect_err("nobody came");
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
    house.close().await;
}

/// Answers whatever is asked by RTSP with a redirection.
fn send_elsewhere(socket: std::net::TcpStream, there: std::net::SocketAddr) {
    use std::io::{BufRead as _, BufReader, Write as _};
    let mut answers = socket.try_clone().expect("a second handle");
    for line in BufReader::new(socket).lines().map_while(Result::ok) {
        if let Some(number) = line.strip_prefix("CSeq: ") {
            let answer = format!("RTSP/1.0 302 Moved\r\nCSeq: {number}\r\nLocation: rtsp://{there}/live\r\n\r\n");
            // Who was sent elsewhere may be gone already.
            let _ = answers.write_all(answer.as_bytes());
        }
    }
}
