//! A publisher and a viewer on a running relay, over loopback.

use crate::desk::{Desk, Does, credentials, offer};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, sync::broadcast};
use yunling::{
    id::{ParticipantId, RoomId, SessionId},
    relay::{
        command::{GoneReason, RelayError, RoomEvent},
        figures::PeerState,
        io::handle::{JoinOffer, JoinPurpose, Relay, RelayConfig, RelayHandle},
        media::{Codec, Role},
        stage::{Heard, Stage},
        transport::{dtls::Certificate, srtp::Profile},
    },
};

/// Only ends a hung test.
const LIMIT: Duration = Duration::from_secs(30);

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// A relay with one room, and what is needed to join it.
struct Stand {
    runtime: Runtime,
    relay: Option<Relay>,
    handle: RelayHandle,
    events: broadcast::Receiver<RoomEvent>,
    room: RoomId,
    certificate: Certificate,
    _folder: tempfile::TempDir,
}

fn config(folder: &Path) -> RelayConfig {
    RelayConfig {
        workers: 2,
        bind: vec![V4, V6],
        base_port: 0,
        leg_socket_dir: folder.to_owned(),
        ..RelayConfig::default()
    }
}

impl Stand {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (relay, handle) = Relay::start(config(folder.path())).expect("starts");
        let runtime = Runtime::new().expect("a runtime");
        let events = handle.subscribe();
        let room = runtime.block_on(handle.open_room(Codec::H264)).expect("opens");
        let certificate = Certificate::generate().expect("a certificate");
        Self { runtime, relay: Some(relay), handle, events, room, certificate, _folder: folder }
    }

    fn join(&self, name: &str, does: Does, ip: IpAddr, profile: Profile) -> Desk {
        let local = credentials(name);
        let offer = offer(does, &local, &self.certificate);
        let purpose = match does {
            Does::Publishes => JoinPurpose::Publish(Role::Main),
            Does::Looks => JoinPurpose::View { any_codec: false },
        };
        let join = JoinOffer {
            room: self.room,
            session: session(name),
            participant: participant(name),
            name: name.to_owned(),
            offer: &offer,
            purpose,
        };
        let joined = self.runtime.block_on(self.handle.join(join)).expect("joins");
        Desk::new(does, ip, local, &self.certificate, profile, &joined.answer)
    }

    fn put_on_air(&self, name: &str) {
        let stage = Stage { on_air: Some(participant(name)), heard: Heard::All };
        self.runtime.block_on(self.handle.set_stage(self.room, stage)).expect("is set");
    }

    fn gone(&mut self, name: &str) -> Option<GoneReason> {
        loop {
            match self.events.try_recv() {
                Ok(RoomEvent::PeerGone { session: gone, reason, .. }) if gone == session(name) => return Some(reason),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}

fn session(name: &str) -> SessionId {
    name.parse().expect("a slug")
}

fn participant(name: &str) -> ParticipantId {
    format!("person-{name}").parse().expect("a slug")
}

/// Gives every desk its turns until `done`.
fn run(desks: &mut [&mut Desk], what: &str, mut done: impl FnMut(&mut [&mut Desk]) -> bool) {
    let start = Instant::now();
    while !done(desks) {
        assert!(start.elapsed() < LIMIT, "{what} did not happen");
        for desk in &mut *desks {
            desk.turn();
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// Until the viewer has shown so many more frames and heard so many more packets.
fn run_until_seen(publisher: &mut Desk, viewer: &mut Desk, what: &str, more: u64) {
    let (frames, packets) = viewer.seen();
    run(&mut [publisher, viewer], what, |desks| {
        let seen = desks[1].seen();
        seen.0 >= frames + more && seen.1 >= packets + more
    });
}

fn check_way(ip: IpAddr, profile: Profile) {
    let mut stand = Stand::new();
    let mut publisher = stand.join("publisher", Does::Publishes, ip, profile);
    let mut viewer = stand.join("viewer", Does::Looks, ip, profile);
    stand.put_on_air("publisher");
    run_until_seen(&mut publisher, &mut viewer, "picture and sound", 10);

    let figures = stand.runtime.block_on(stand.handle.figures());
    let peers: Vec<_> = figures.iter().flat_map(|worker| &worker.rooms).flat_map(|room| &room.peers).collect();
    assert_eq!(peers.len(), 2);
    for peer in peers {
        assert_eq!(peer.state, PeerState::Connected);
        assert_eq!(peer.ipv6, ip.is_ipv6());
        assert_eq!(peer.srtp_profile.as_deref(), Some(profile.name()));
    }

    viewer.move_to_new_address();
    run_until_seen(&mut publisher, &mut viewer, "picture at the new address", 10);
    publisher.move_to_new_address();
    run_until_seen(&mut publisher, &mut viewer, "picture from the new address", 10);

    let local = credentials("viewerAgain");
    let viewing = session("viewer");
    let restarted = stand.handle.restart_ice(stand.room, &viewing, local.ufrag.clone(), local.pwd.clone());
    let restarted = stand.runtime.block_on(restarted).expect("restarts");
    viewer.restart(local, &restarted.fragment);
    viewer.move_to_new_address();
    run_until_seen(&mut publisher, &mut viewer, "picture after an ICE restart", 10);

    viewer.close();
    run(&mut [&mut publisher], "the viewer's end", |_| stand.gone("viewer") == Some(GoneReason::ClosedByPeer));
    stand.runtime.block_on(stand.handle.leave(stand.room, &session("publisher"))).expect("leaves");
    let figures = stand.runtime.block_on(stand.handle.figures());
    assert!(
        figures
            .iter()
            .flat_map(|worker| &worker.rooms)
            .all(|room| room.peers.is_empty() && room.publications.is_empty())
    );
    assert_eq!(figures.iter().map(|worker| worker.send_failures).sum::<u64>(), 0);
}

#[test]
fn aes_128_gcm_over_ipv4_survives_new_addresses_and_an_ice_restart() {
    check_way(V4, Profile::AeadAes128Gcm);
}

#[test]
fn aes_256_gcm_over_ipv6_survives_new_addresses_and_an_ice_restart() {
    check_way(V6, Profile::AeadAes256Gcm);
}

#[test]
fn aes_cm_sha1_over_ipv4_survives_new_addresses_and_an_ice_restart() {
    check_way(V4, Profile::Aes128CmSha1_80);
}

#[test]
fn a_publisher_on_ipv6_is_seen_on_ipv4() {
    let stand = Stand::new();
    let mut publisher = stand.join("publisher", Does::Publishes, V6, Profile::AeadAes128Gcm);
    let mut viewer = stand.join("viewer", Does::Looks, V4, Profile::Aes128CmSha1_80);
    stand.put_on_air("publisher");
    run_until_seen(&mut publisher, &mut viewer, "picture and sound", 10);
}

#[test]
fn a_stopped_relay_leaves_nothing_behind() {
    let mut stand = Stand::new();
    let ports = stand.handle.media_ports();
    assert_eq!(ports.len(), 2);
    stand.relay.take().expect("runs").stop();
    for port in ports {
        for ip in [V4, V6] {
            std::net::UdpSocket::bind((ip, port)).expect("the port is free again");
        }
    }
    assert_eq!(std::fs::read_dir(stand._folder.path()).expect("is there").count(), 0, "no socket files");
    let closed = stand.runtime.block_on(stand.handle.open_room(Codec::Vp8));
    assert_eq!(closed, Err(RelayError::Busy));
}

#[test]
fn a_stopping_relay_tells_every_peer_and_waits_for_none_that_never_came() {
    let mut stand = Stand::new();
    let mut publisher = stand.join("publisher", Does::Publishes, V4, Profile::AeadAes128Gcm);
    let mut viewer = stand.join("viewer", Does::Looks, V6, Profile::Aes128CmSha1_80);
    let _absent = stand.join("absent", Does::Looks, V4, Profile::AeadAes128Gcm);
    stand.put_on_air("publisher");
    run_until_seen(&mut publisher, &mut viewer, "picture and sound", 1);
    stand.relay.take().expect("runs").stop();
    run(&mut [&mut publisher, &mut viewer], "the end of both associations", |desks| {
        desks.iter().all(|desk| desk.closed)
    });
}

#[test]
fn rooms_spread_over_the_workers_and_end_with_their_peers() {
    let mut stand = Stand::new();
    let _publisher = stand.join("publisher", Does::Publishes, V4, Profile::AeadAes128Gcm);
    let second = stand.runtime.block_on(stand.handle.open_room(Codec::H264)).expect("opens");
    let figures = stand.runtime.block_on(stand.handle.figures());
    let rooms: Vec<Vec<RoomId>> = figures.iter().map(|w| w.rooms.iter().map(|room| room.room).collect()).collect();
    assert_eq!(rooms, [vec![stand.room], vec![second]]);
    stand.runtime.block_on(stand.handle.close_room(stand.room)).expect("closes");
    assert_eq!(stand.gone("publisher"), Some(GoneReason::RoomClosed));
    let again = stand.runtime.block_on(stand.handle.close_room(stand.room));
    assert_eq!(again, Err(RelayError::NoSuchRoom(stand.room)));
}
