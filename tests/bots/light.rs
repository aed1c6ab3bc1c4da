//! Light clients in a crowd, joined without HTTP.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};
use yunling::{
    bot::{
        crowd::{Crowd, News},
        light::Light,
        programme::Pace,
    },
    id::{ParticipantId, RoomId, SessionId},
    relay::{
        io::handle::{JoinOffer, JoinPurpose, Relay, RelayConfig, RelayHandle},
        media::{Codec, Role},
        stage::{Heard, Stage},
        transport::dtls::Certificate,
    },
};

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn join(handle: &RelayHandle, crowd: &mut Crowd, room: RoomId, light: Light, purpose: JoinPurpose) {
    let name = format!("client-{}", crowd.len());
    let (session, participant): (SessionId, ParticipantId) = (name.parse().unwrap(), name.parse().unwrap());
    let offer = light.offer().to_owned();
    let join = JoinOffer { room, session, participant, name, offer: &offer, purpose };
    let answer = handle.join(join).await.unwrap().answer;
    let member = crowd.add(light, LOCAL).unwrap();
    crowd.accept(member, &answer).unwrap();
}

#[test]
fn twenty_light_viewers_see_what_a_light_publisher_sends() {
    for codec in [Codec::Vp8, Codec::H264] {
        let sockets = tempfile::tempdir().unwrap();
        let config = RelayConfig {
            workers: 1,
            bind: vec![LOCAL],
            base_port: 0,
            candidates: vec![LOCAL],
            leg_socket_dir: sockets.path().to_owned(),
            ..RelayConfig::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (relay, handle) = Relay::start(config).unwrap();
        let certificate = Arc::new(Certificate::generate().unwrap());
        let epoch = Instant::now();
        let mut crowd = Crowd::new().unwrap();
        let room = runtime.block_on(handle.open_room(codec)).unwrap();
        let light = Light::publisher(&certificate, codec, Pace::Spread, epoch, 1);
        runtime.block_on(join(&handle, &mut crowd, room, light, JoinPurpose::Publish(Role::Main)));
        let stage = Stage { on_air: Some("client-0".parse().unwrap()), heard: Heard::All };
        runtime.block_on(handle.set_stage(room, stage)).unwrap();
        for seed in 2..22 {
            let light = Light::viewer(&certificate, (1, 1), &[codec], epoch, seed);
            runtime.block_on(join(&handle, &mut crowd, room, light, JoinPurpose::View { any_codec: false }));
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        let enough = |crowd: &mut Crowd| (1..21).all(|viewer| crowd.light(viewer).tally().opened >= 5);
        while !enough(&mut crowd) {
            assert!(Instant::now() < deadline, "no viewer should wait so long");
            for news in crowd.turn(Duration::from_millis(20)).unwrap() {
                assert!(matches!(news, News::Connected(_)), "{news:?}");
            }
        }
        for viewer in 1..21 {
            let tally = crowd.light(viewer).tally().take();
            assert_eq!(tally.refused, 0, "viewer {viewer}");
            assert!(tally.loss() < 0.01, "viewer {viewer} lost {} of {}", tally.lost, tally.datagrams);
            assert!(tally.markers > 10 && tally.delay(0.5).is_some(), "viewer {viewer}: {tally:?}");
        }
        relay.stop();
    }
}
