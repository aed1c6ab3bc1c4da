//! A real relay on free ports, a running stream through it, and a look at how that stream fares.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, sync::broadcast};
use yunling::{
    bot::{
        crowd::{Crowd, News},
        light::{Light, Step},
        programme::Pace,
        tally::Tally,
    },
    id::{ParticipantId, RoomId, SessionId},
    relay::{
        command::RoomEvent,
        figures::WorkerFigures,
        io::handle::{JoinError, JoinOffer, JoinPurpose, Joined, Relay, RelayConfig, RelayHandle},
        media::{Codec, Role},
        stage::{Heard, Stage},
        transport::dtls::Certificate,
    },
};

pub(crate) const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(crate) const VIEW: JoinPurpose = JoinPurpose::View { any_codec: false };
pub(crate) const PUBLISH: JoinPurpose = JoinPurpose::Publish(Role::Main);

/// Codec of the meeting.
const CODEC: Codec = Codec::H264;

/// Time for anything that should happen at once, on a machine that does other things too.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A relay with one room, one thread and one port.
pub(crate) struct Arena {
    pub(crate) runtime: Runtime,
    pub(crate) handle: RelayHandle,
    pub(crate) room: RoomId,
    /// Where its media port is.
    pub(crate) media: SocketAddr,
    pub(crate) certificate: Arc<Certificate>,
    pub(crate) epoch: Instant,
    events: broadcast::Receiver<RoomEvent>,
    seed: u64,
    relay: Relay,
    _folder: tempfile::TempDir,
}

impl Arena {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = RelayConfig {
            workers: 1,
            bind: vec![LOCAL],
            base_port: 0,
            candidates: vec![LOCAL],
            leg_socket_dir: folder.path().to_owned(),
            ..RelayConfig::default()
        };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let (relay, handle) = Relay::start(config).expect("a relay");
        let events = handle.subscribe();
        let room = runtime.block_on(handle.open_room(CODEC)).expect("a room");
        let media = SocketAddr::new(LOCAL, handle.media_ports()[0]);
        let certificate = Arc::new(Certificate::generate().expect("a certificate"));
        Self { runtime, handle, room, media, certificate, epoch: now(), events, seed: 1, relay, _folder: folder }
    }

    /// A number never given before.
    pub(crate) fn seed(&mut self) -> u64 {
        self.seed += 1;
        self.seed
    }

    pub(crate) fn publisher(&mut self) -> Light {
        let seed = self.seed();
        Light::publisher(&self.certificate, CODEC, Pace::Spread, self.epoch, seed)
    }

    pub(crate) fn viewer(&mut self) -> Light {
        let seed = self.seed();
        Light::viewer(&self.certificate, (1, 1), &[CODEC], self.epoch, seed)
    }

    /// Joins as `name`, in a session of that name too.
    pub(crate) fn join(&self, name: &str, offer: &str, purpose: JoinPurpose) -> Result<Joined, JoinError> {
        self.runtime.block_on(join(&self.handle, self.room, name, offer, purpose))
    }

    pub(crate) fn put_on_air(&self, name: &str) {
        let stage = Stage { on_air: Some(participant(name)), heard: Heard::All };
        self.runtime.block_on(self.handle.set_stage(self.room, stage)).expect("a stage");
    }

    pub(crate) fn figures(&self) -> WorkerFigures {
        self.runtime.block_on(self.handle.figures()).swap_remove(0)
    }

    pub(crate) fn peers(&self) -> usize {
        self.figures().rooms.iter().map(|room| room.peers.len()).sum()
    }

    /// Packets taken from this participant's publications.
    pub(crate) fn packets_from(&self, name: &str) -> u64 {
        let figures = self.figures();
        let all = figures.rooms.iter().flat_map(|room| &room.publications);
        all.filter(|publication| publication.participant == participant(name))
            .map(|publication| publication.packets)
            .sum()
    }

    /// Waits for a state of the relay that must come.
    pub(crate) fn wait_for(&self, what: &str, limit: Duration, mut is_so: impl FnMut(&Self) -> bool) {
        let end = now() + limit;
        while !is_so(self) {
            assert!(now() < end, "{what}: not within {limit:?}; {:?}", self.figures());
            // Polls: workers tell their figures only when asked.
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends the relay; fails if a room was lost to a fault meanwhile.
    pub(crate) fn close(mut self) {
        loop {
            match self.events.try_recv() {
                Ok(RoomEvent::RoomLost { room }) => panic!("room {room} was lost to a fault"),
                Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(_) => break,
            }
        }
        self.relay.stop();
    }
}

pub(crate) fn participant(name: &str) -> ParticipantId {
    name.parse().expect("a participant")
}

pub(crate) fn session(name: &str) -> SessionId {
    name.parse().expect("a session")
}

pub(crate) async fn join(
    handle: &RelayHandle,
    room: RoomId,
    name: &str,
    offer: &str,
    purpose: JoinPurpose,
) -> Result<Joined, JoinError> {
    let (session, participant) = (session(name), participant(name));
    handle.join(JoinOffer { room, session, participant, name: name.to_owned(), offer, purpose }).await
}

/// A stream that runs while others attack: one publisher, two viewers, on a thread of their own.
pub(crate) struct Witness {
    asks: mpsc::Sender<mpsc::Sender<Tally>>,
    thread: JoinHandle<()>,
}

impl Witness {
    /// Joins and waits until the picture runs.
    pub(crate) fn start(arena: &mut Arena) -> Self {
        let mut crowd = Crowd::new().expect("a crowd");
        for (name, purpose) in [("province", PUBLISH), ("screen-1", VIEW), ("screen-2", VIEW)] {
            let light = if purpose == PUBLISH { arena.publisher() } else { arena.viewer() };
            let answer = arena.join(name, light.offer(), purpose).expect("an answer").answer;
            let member = crowd.add(light, LOCAL).expect("a socket");
            crowd.accept(member, &answer).expect("our answer");
        }
        arena.put_on_air("province");
        let (asks, asked) = mpsc::channel::<mpsc::Sender<Tally>>();
        let thread = thread::spawn(move || watch(&mut crowd, &asked));
        let witness = Self { asks, thread };
        let mut seen = 0;
        arena.wait_for("the stream runs", SOON, |_| {
            seen += witness.take().datagrams;
            seen > 200
        });
        witness
    }

    /// What both viewers saw since it was asked last.
    pub(crate) fn take(&self) -> Tally {
        let (reply, answer) = mpsc::channel();
        self.asks.send(reply).expect("the witness runs");
        answer.recv().expect("the witness runs")
    }

    pub(crate) fn stop(self) {
        drop(self.asks);
        self.thread.join().expect("the witness saw no failure");
    }
}

fn watch(crowd: &mut Crowd, asked: &mpsc::Receiver<mpsc::Sender<Tally>>) {
    loop {
        for news in crowd.turn(Duration::from_millis(5)).expect("epoll") {
            assert!(matches!(news, News::Connected(_)), "the running stream broke: {news:?}");
        }
        match asked.try_recv() {
            Ok(reply) => {
                let mut both = crowd.light(1).tally().take();
                let second = crowd.light(2).tally().take();
                both.longest_gap = both.longest_gap.max(second.longest_gap);
                both.add(&second);
                let _ = reply.send(both);
            }
            Err(mpsc::TryRecvError::Empty) => {}
            Err(mpsc::TryRecvError::Disconnected) => return,
        }
    }
}

/// A light client driven by hand, which remembers every datagram it sent.
pub(crate) struct Puppet {
    pub(crate) light: Light,
    pub(crate) socket: UdpSocket,
    pub(crate) sent: Vec<Vec<u8>>,
    connected: bool,
}

impl Puppet {
    /// Joins and drives it until media flow.
    pub(crate) fn join(arena: &mut Arena, name: &str, purpose: JoinPurpose) -> Self {
        let light = if purpose == PUBLISH { arena.publisher() } else { arena.viewer() };
        let answer = arena.join(name, light.offer(), purpose).expect("an answer").answer;
        let socket = UdpSocket::bind((LOCAL, 0)).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(1))).expect("a timeout");
        let mut puppet = Self { light, socket, sent: Vec::new(), connected: false };
        puppet.light.accept(now(), &answer, true).expect("our answer");
        puppet.drive("connect", |puppet| puppet.connected);
        puppet
    }

    /// Lets it live until something is so.
    pub(crate) fn drive(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = now() + SOON;
        let mut buffer = [0; 2048];
        while !is_so(self) {
            let time = now();
            assert!(time < end, "a client did not {what} within {SOON:?}");
            loop {
                match self.light.poll(time) {
                    Step::Transmit { to, datagram } => {
                        let _ = self.socket.send_to(datagram, to);
                        self.sent.push(datagram.to_vec());
                    }
                    Step::Connected => self.connected = true,
                    Step::Failed(reason) => panic!("a client did not {what}: {reason}"),
                    Step::Wait(_) => break,
                }
            }
            if let Ok((len, from)) = self.socket.recv_from(&mut buffer) {
                self.light.handle(now(), from, &mut buffer[..len]);
            }
        }
    }
}

/// Resident memory of this process, the relay's and the attackers' together, KiB.
pub(crate) fn resident_kib() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("resident pages");
    pages * 4
}
