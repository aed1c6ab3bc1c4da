//! How the rest of the program runs and reaches the media plane.
//!
//! [`Relay`] owns the threads; [`RelayHandle`] is what everybody else holds: it answers offers, decides which worker a room
//! lives on, turns calls into [`Command`]s and waits for their replies. It knows neither meetings nor users: who may do what
//! was decided before.

use super::{
    addresses,
    clock::ArrivalClock,
    handshake::{HandshakeDesk, HandshakeThread},
    legs::LegSockets,
    news::{News, Snapshot, WorkerIndex},
    priority,
    socket::{BindError, Capped, KERNEL_BUFFER_BYTES, PortOptions, UdpPort},
    worker::{Core, Worker, WorkerLink, WorkerParts},
};
use crate::{
    id::{LegId, ParticipantId, RequestId, RoomId, SessionId},
    quantity::Bitrate,
    relay::{
        command::{AttachLeg, Command, Done, Join, Purpose, RelayError, Request, RoomEvent, Wish},
        figures::WorkerFigures,
        flight::FlightRecord,
        media::{Codec, Role, Ssrc},
        plan::{Candidates, Fingerprint, IceCredentials, TransportPlan},
        rooms::Rooms,
        stage::Stage,
        tap::Mark,
        transport::{
            dtls::{Certificate, CertificateError},
            sdp::{self, AnswerContext, OfferError},
        },
    },
};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};
use tokio::sync::broadcast;
use tracing::{info, warn};

/// Most workers: each has a port of its own in the firewall form.
pub const WORKERS_MAX: usize = 64;

/// How the relay is run.
#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// Media threads, each with one UDP port; 1 to 64.
    pub workers: usize,
    /// Local addresses the ports are opened on, at most one per family.
    pub bind: Vec<IpAddr>,
    /// UDP port of the first worker, the others follow; 0 lets the kernel choose each.
    pub base_port: u16,
    /// Addresses announced to peers; empty means this machine's own private and loopback addresses.
    pub candidates: Vec<IpAddr>,
    /// TCP port by which peers reach the same addresses through [`tcp`](super::tcp); `None` if that isn't served.
    pub tcp_port: Option<u16>,
    /// Most rooms at a time on all workers.
    pub rooms_max: usize,
    /// Folder of the sockets that legs' processes connect to; made if it isn't there.
    pub leg_socket_dir: PathBuf,
    /// Most a publisher's picture may take.
    pub uplink_cap: Bitrate,
    /// Differentiated services code point of media, 0 to 63; `None` leaves the kernel's default.
    pub dscp: Option<u8>,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            workers: 2,
            bind: vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
            base_port: 50_000,
            candidates: Vec::new(),
            tcp_port: None,
            rooms_max: 64,
            leg_socket_dir: PathBuf::from("data/run"),
            uplink_cap: Bitrate::kbps(8000),
            dscp: None,
        }
    }
}

/// Why the relay did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration asks for something impossible.
    #[error(
        "the relay can have 1 to {WORKERS_MAX} workers whose ports fit below 65536, not {workers} from port {base_port}"
    )]
    Workers {
        /// How many were asked for.
        workers: usize,
        /// From which port on.
        base_port: u16,
    },
    /// A media port can't be opened.
    #[error("a media port did not open")]
    Port {
        /// Which and why.
        source: BindError,
    },
    /// The socket for legs can't be made.
    #[error("cannot listen for legs at {path}")]
    LegSocket {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The DTLS certificate can't be made.
    #[error("peers could not be authenticated")]
    Certificate {
        /// Why.
        source: CertificateError,
    },
    /// The system refuses a thread, a descriptor or random bytes.
    #[error("cannot start the media threads")]
    System {
        /// Why.
        source: io::Error,
    },
}

/// Why a session did not join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Its offer can't be answered.
    #[error(transparent)]
    Offer(OfferError),
    /// Its room does not take it.
    #[error(transparent)]
    Relay(RelayError),
}

/// A session that wants to join.
#[derive(Debug, Clone)]
pub struct JoinOffer<'a> {
    /// The room.
    pub room: RoomId,
    /// Its session, unguessable and never used before.
    pub session: SessionId,
    /// Who it is.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// Its SDP offer.
    pub offer: &'a str,
    /// Whether it sends or looks.
    pub purpose: JoinPurpose,
}

/// Whether a session sends or looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinPurpose {
    /// WHIP: a camera and microphone, or content.
    Publish(Role),
    /// WHEP.
    View {
        /// Whether it can show any codec, as our own pages can; else it is answered with the meeting's alone.
        any_codec: bool,
    },
}

/// A session that joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The SDP answer.
    pub answer: String,
    /// Entity tag of its ICE session, without quotes (RFC 9725 §4.3.1).
    pub etag: String,
}

/// A session with new ICE credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restarted {
    /// Our side, as `application/trickle-ice-sdpfrag`.
    pub fragment: String,
    /// The new entity tag, without quotes.
    pub etag: String,
}

/// A leg that wants to feed a room.
#[derive(Debug, Clone)]
pub struct LegOffer {
    /// The room.
    pub room: RoomId,
    /// Its session, never used before.
    pub session: SessionId,
    /// Which leg.
    pub leg: LegId,
    /// Who its pictures belong to.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// Camera and microphone, or content.
    pub role: Role,
    /// Codec of its picture, if it has one.
    pub video: Option<Codec>,
    /// Whether it has sound.
    pub audio: bool,
}

/// What a leg's process needs to connect.
#[derive(Clone, PartialEq, Eq)]
pub struct LegTicket {
    /// The worker's socket.
    pub socket: PathBuf,
    /// Its first message.
    pub secret: [u8; 16],
}

/// What a recorder's process needs to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapTicket {
    /// Where to, and its first message.
    pub recorder: LegTicket,
    /// Names this run of the room's tap.
    pub run: u64,
}

impl std::fmt::Debug for LegTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LegTicket").field("socket", &self.socket).finish_non_exhaustive()
    }
}

/// The running media plane: its threads. Ends them when dropped.
pub struct Relay {
    links: Vec<WorkerLink>,
    workers: Vec<JoinHandle<()>>,
    handshakes: Option<JoinHandle<()>>,
}

impl Relay {
    /// Opens ports and sockets, then starts the threads.
    ///
    /// # Errors
    ///
    /// See [`StartError`]; nothing is left running then.
    pub fn start(config: RelayConfig) -> Result<(Self, RelayHandle), StartError> {
        Self::start_around(config, |rooms| rooms)
    }

    /// As [`start`](Self::start), with `wrap` around each worker's rooms: a test's way to let them have faults.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_around<C: Core + 'static>(
        config: RelayConfig,
        wrap: fn(Rooms) -> C,
    ) -> Result<(Self, RelayHandle), StartError> {
        let out_of_range = StartError::Workers { workers: config.workers, base_port: config.base_port };
        if config.workers == 0 || config.workers > WORKERS_MAX {
            return Err(out_of_range);
        }
        let certificate = Certificate::generate().map_err(|source| StartError::Certificate { source })?;
        let fingerprint = certificate.fingerprint();
        let announced = addresses::announced(&config.candidates, &config.bind);
        if announced.is_empty() {
            warn!("no address to announce: name some in the configuration, or nobody finds the media ports");
        }
        let (desk, queue) = HandshakeDesk::new();
        let news = Arc::new(News::default());
        let mut relay = Self { links: Vec::new(), workers: Vec::new(), handshakes: None };
        let mut outlets = Vec::with_capacity(config.workers);
        let mut parts = Vec::with_capacity(config.workers);
        for index in 0..config.workers {
            let offset = u16::try_from(index).unwrap_or(u16::MAX);
            let port = match config.base_port {
                0 => 0,
                base => {
                    base.checked_add(offset).ok_or(StartError::Workers { workers: config.workers, base_port: base })?
                }
            };
            let options = PortOptions { addresses: config.bind.clone(), port, dscp: config.dscp };
            let port = UdpPort::bind(&options).map_err(|source| StartError::Port { source })?;
            let path = config.leg_socket_dir.join(format!("media-{index}.sock"));
            let legs =
                LegSockets::listen(&path).map_err(|source| StartError::LegSocket { path: path.clone(), source })?;
            let (link, inbox) = WorkerLink::new().map_err(|source| StartError::System { source })?;
            let served: Vec<IpAddr> = announced.iter().filter(|ip| port.serves(**ip)).copied().collect();
            let at = |port: u16| served.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
            let candidates = Candidates { udp: at(port.number()), tcp: config.tcp_port.map(at).unwrap_or_default() };
            outlets.push(Outlet { link: link.clone(), port: port.number(), candidates, leg_socket: path });
            relay.links.push(link);
            parts.push(WorkerParts { index, port, legs, inbox, desk: desk.clone(), news: Arc::clone(&news) });
        }
        tell_of_capped_buffers(&parts);
        let ports: Vec<u16> = outlets.iter().map(|outlet| outlet.port).collect();
        let handshakes = HandshakeThread::start(queue, relay.links.clone(), certificate);
        relay.handshakes = Some(handshakes.map_err(|source| StartError::System { source })?);
        for parts in parts {
            let worker = start_worker(parts, config.uplink_cap, wrap);
            relay.workers.push(worker.map_err(|source| StartError::System { source })?);
        }
        info!(?ports, "media workers are running");
        let shared = Shared {
            outlets,
            news,
            fingerprint,
            uplink_cap: config.uplink_cap,
            rooms_max: config.rooms_max,
            next_request: AtomicU64::new(1),
            next_room: AtomicU64::new(1),
        };
        Ok((relay, RelayHandle { shared: Arc::new(shared) }))
    }

    /// Tells every peer, ends all threads and waits for them; sockets are closed and their files removed.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        for link in &self.links {
            link.stop();
        }
        for worker in self.workers.drain(..) {
            // A worker that died of a panic has told so.
            let _ = worker.join();
        }
        // The workers held the desks; without them the handshake thread ends.
        if let Some(handshakes) = self.handshakes.take() {
            let _ = handshakes.join();
        }
    }
}

/// One line for each limit of the system that keeps media sockets small.
fn tell_of_capped_buffers(parts: &[WorkerParts]) {
    let mut told: Vec<Capped> = Vec::new();
    for capped in parts.iter().flat_map(|parts| parts.port.capped()) {
        if !told.contains(&capped) {
            let Capped { limit, granted } = capped;
            warn!(limit, granted, wanted = KERNEL_BUFFER_BYTES, "raise this sysctl, or bursts of media are lost");
            told.push(capped);
        }
    }
}

fn start_worker<C: Core + 'static>(
    parts: WorkerParts,
    uplink_cap: Bitrate,
    wrap: fn(Rooms) -> C,
) -> io::Result<JoinHandle<()>> {
    let seed = u64::from_ne_bytes(random()?);
    let make = move |clock: ArrivalClock| {
        let mut rooms = Rooms::new(seed, clock.now, clock.unix);
        rooms.set_uplink_cap(Some(uplink_cap));
        wrap(rooms)
    };
    thread::Builder::new().name(format!("media-{}", parts.index)).spawn(move || {
        if let Err(error) = priority::come_first() {
            warn!(worker = parts.index, %error, "a media thread comes no earlier than any other");
        }
        Worker::new(parts, Box::new(make)).run();
    })
}

/// Reaches the media plane from anywhere; clones are the same relay.
#[derive(Clone)]
pub struct RelayHandle {
    shared: Arc<Shared>,
}

struct Shared {
    outlets: Vec<Outlet>,
    news: Arc<News>,
    fingerprint: Fingerprint,
    uplink_cap: Bitrate,
    rooms_max: usize,
    next_request: AtomicU64,
    next_room: AtomicU64,
}

/// One worker as seen from here.
struct Outlet {
    link: WorkerLink,
    port: u16,
    candidates: Candidates,
    leg_socket: PathBuf,
}

impl RelayHandle {
    /// Opens a room on the worker with the fewest peers.
    ///
    /// # Errors
    ///
    /// [`RelayError::Busy`] if the worker's queue is full or there are as many rooms as may be.
    pub async fn open_room(&self, codec: Codec) -> Result<RoomId, RelayError> {
        if self.shared.news.room_count() >= self.shared.rooms_max {
            return Err(RelayError::Busy);
        }
        let room = RoomId(self.shared.next_room.fetch_add(1, Ordering::Relaxed));
        let worker = self.shared.news.place(room, codec, self.shared.outlets.len());
        let opened = self.command(worker, Command::OpenRoom { room, codec }).await;
        match opened {
            Ok(_) => Ok(room),
            Err(error) => {
                self.shared.news.forget(room);
                Err(error)
            }
        }
    }

    /// Closes a room; its peers are removed.
    ///
    /// # Errors
    ///
    /// If there is no such room or its worker is busy.
    pub async fn close_room(&self, room: RoomId) -> Result<(), RelayError> {
        self.command_room(room, Command::CloseRoom { room }).await?;
        self.shared.news.forget(room);
        Ok(())
    }

    /// Answers an offer and adds the session to its room.
    ///
    /// # Errors
    ///
    /// If the offer can't be answered, or the room does not take the session.
    pub async fn join(&self, join: JoinOffer<'_>) -> Result<Joined, JoinError> {
        let (worker, codec) = self.shared.news.find(join.room).map_err(JoinError::Relay)?;
        let local = new_credentials();
        let context = AnswerContext {
            local: &local,
            fingerprint: self.shared.fingerprint,
            candidates: &self.shared.outlets[worker].candidates,
            codec,
            // RFC 9429 §5.2.1: a number below 2^62 that is likely unique.
            session_number: u64::from_ne_bytes(random_bytes()) >> 2,
            uplink_cap: Some(self.shared.uplink_cap),
        };
        let agreed = agree(join.offer, &context, join.purpose).map_err(JoinError::Offer)?;
        let transport = TransportPlan { local: local.clone(), remote: agreed.remote, fingerprint: agreed.fingerprint };
        let JoinOffer { room, session, participant, name, .. } = join;
        let command = Command::Join(Box::new(Join {
            room,
            session: session.clone(),
            participant,
            name,
            transport,
            purpose: agreed.purpose,
        }));
        self.enter(worker, room, session, command).await.map_err(JoinError::Relay)?;
        Ok(Joined { answer: agreed.answer, etag: local.ufrag })
    }

    /// Replaces the ICE credentials of both sides; DTLS and SRTP go on.
    ///
    /// # Errors
    ///
    /// If there is no such room or session, or its worker is busy.
    pub async fn restart_ice(
        &self,
        room: RoomId,
        session: &SessionId,
        ufrag: String,
        pwd: String,
    ) -> Result<Restarted, RelayError> {
        let (worker, _) = self.shared.news.find(room)?;
        let local = new_credentials();
        let remote = IceCredentials { ufrag, pwd };
        let command = Command::RestartIce { room, session: session.clone(), local: local.clone(), remote };
        self.command(worker, command).await?;
        let fragment = sdp::write_fragment(&local, &self.shared.outlets[worker].candidates);
        Ok(Restarted { fragment, etag: local.ufrag })
    }

    /// Ends a session that leaves.
    ///
    /// # Errors
    ///
    /// If there is no such room or session, or its worker is busy.
    pub async fn leave(&self, room: RoomId, session: &SessionId) -> Result<(), RelayError> {
        self.command_room(room, Command::Leave { room, session: session.clone() }).await
    }

    /// Ends somebody else's session; it is told [`GoneReason::Removed`](crate::relay::command::GoneReason::Removed).
    ///
    /// # Errors
    ///
    /// If there is no such room or session, or its worker is busy.
    pub async fn remove(&self, room: RoomId, session: &SessionId) -> Result<(), RelayError> {
        self.command_room(room, Command::Remove { room, session: session.clone() }).await
    }

    /// Puts a new stage on air in one step.
    ///
    /// # Errors
    ///
    /// If there is no such room or its worker is busy.
    pub async fn set_stage(&self, room: RoomId, stage: Stage) -> Result<(), RelayError> {
        self.command_room(room, Command::SetStage { room, stage }).await
    }

    /// States what a viewer wants in its slots.
    ///
    /// # Errors
    ///
    /// If there is no such room or session, or its worker is busy.
    pub async fn wish(&self, room: RoomId, session: &SessionId, wishes: Vec<Wish>) -> Result<(), RelayError> {
        self.command_room(room, Command::Wish { room, session: session.clone(), wishes }).await
    }

    /// Adds a leg to its room and tells how its process connects.
    ///
    /// # Errors
    ///
    /// If there is no such room, it does not take the leg, or its worker is busy.
    pub async fn attach_leg(&self, leg: LegOffer) -> Result<LegTicket, RelayError> {
        let (worker, _) = self.shared.news.find(leg.room)?;
        let secret = random_bytes();
        let LegOffer { room, session, leg, participant, name, role, video, audio } = leg;
        let attach = AttachLeg { room, session: session.clone(), leg, participant, name, secret, role, video, audio };
        self.enter(worker, room, session, Command::AttachLeg(Box::new(attach))).await?;
        Ok(LegTicket { socket: self.shared.outlets[worker].leg_socket.clone(), secret })
    }

    /// Begins to record a room, these participants' cameras always, and tells how its recorder's process connects; a room that
    /// is recorded gets another recorder.
    ///
    /// # Errors
    ///
    /// If there is no such room or its worker is busy.
    pub async fn start_tap(&self, room: RoomId, cameras: Vec<ParticipantId>) -> Result<TapTicket, RelayError> {
        let (worker, _) = self.shared.news.find(room)?;
        let secret = random_bytes();
        let Done::Tapped { run } = self.command(worker, Command::StartTap { room, secret, cameras }).await? else {
            return Err(RelayError::Busy);
        };
        Ok(TapTicket { recorder: LegTicket { socket: self.shared.outlets[worker].leg_socket.clone(), secret }, run })
    }

    /// Marks this moment in the recording of a room.
    ///
    /// # Errors
    ///
    /// If there is no such room, it is not recorded, or its worker is busy.
    pub async fn mark_tap(&self, room: RoomId, mark: Mark) -> Result<(), RelayError> {
        self.command_room(room, Command::MarkTap { room, mark }).await
    }

    /// Ends recording a room: its recorder gets what is left, and word that it was all.
    ///
    /// # Errors
    ///
    /// If there is no such room or its worker is busy.
    pub async fn stop_tap(&self, room: RoomId) -> Result<(), RelayError> {
        self.command_room(room, Command::StopTap { room }).await
    }

    /// Every worker's figures, by its number. A worker too busy to answer has figures of nothing but `busy` = 1.
    pub async fn figures(&self) -> Vec<WorkerFigures> {
        let mut figures = Vec::with_capacity(self.shared.outlets.len());
        for worker in 0..self.shared.outlets.len() {
            figures.push(match self.command(worker, Command::Figures).await {
                Ok(Done::Figures(figures)) => *figures,
                Ok(Done::Ok | Done::Tapped { .. } | Done::Flight(_)) | Err(_) => {
                    WorkerFigures { busy: 1.0, ..WorkerFigures::default() }
                }
            });
        }
        figures
    }

    /// The last 30 seconds of a room.
    ///
    /// # Errors
    ///
    /// If there is no such room or its worker is busy.
    pub async fn flight(&self, room: RoomId) -> Result<FlightRecord, RelayError> {
        let (worker, _) = self.shared.news.find(room)?;
        match self.command(worker, Command::Flight { room }).await? {
            Done::Flight(record) => Ok(*record),
            _ => Err(RelayError::Busy),
        }
    }

    /// All events from now on. Who falls too far behind loses the oldest and reads a [`snapshot`](Self::snapshot).
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<RoomEvent> {
        self.shared.news.subscribe()
    }

    /// The present roster of a room and what a session's slots carry; `None` if there is no such session. Subscribe first.
    #[must_use]
    pub fn snapshot(&self, room: RoomId, session: &SessionId) -> Option<Snapshot> {
        self.shared.news.snapshot(room, session)
    }

    /// The workers' UDP ports, by their number.
    #[must_use]
    pub fn media_ports(&self) -> Vec<u16> {
        self.shared.outlets.iter().map(|outlet| outlet.port).collect()
    }

    /// The UDP addresses announced to peers of the first worker.
    #[must_use]
    pub fn candidates(&self) -> Vec<SocketAddr> {
        self.shared.outlets.first().map(|outlet| outlet.candidates.udp.clone()).unwrap_or_default()
    }

    /// Notes a session, then has it join; forgets it again if it may not.
    async fn enter(
        &self,
        worker: WorkerIndex,
        room: RoomId,
        session: SessionId,
        command: Command,
    ) -> Result<(), RelayError> {
        if !self.shared.news.enter(room, &session) {
            return Err(RelayError::SessionExists(session));
        }
        match self.command(worker, command).await {
            Ok(_) => Ok(()),
            Err(error) => {
                self.shared.news.leave(room, &session);
                Err(error)
            }
        }
    }

    async fn command_room(&self, room: RoomId, command: Command) -> Result<(), RelayError> {
        let (worker, _) = self.shared.news.find(room)?;
        self.command(worker, command).await.map(|_| ())
    }

    async fn command(&self, worker: WorkerIndex, command: Command) -> Result<Done, RelayError> {
        let id = RequestId(self.shared.next_request.fetch_add(1, Ordering::Relaxed));
        let reply = self.shared.outlets[worker].link.request(Request { id, command })?;
        // A dropped reply means that the worker met a fault or is gone.
        reply.await.unwrap_or(Err(RelayError::Busy))
    }
}

/// What an offer and its answer agreed on, whichever way the media goes.
struct Agreed {
    answer: String,
    purpose: Purpose,
    remote: IceCredentials,
    fingerprint: Fingerprint,
}

fn agree(offer: &str, context: &AnswerContext<'_>, purpose: JoinPurpose) -> Result<Agreed, OfferError> {
    match purpose {
        JoinPurpose::Publish(role) => {
            let answer = sdp::answer_publisher(offer, context, role)?;
            let purpose = Purpose::Publish(answer.plan);
            Ok(Agreed { answer: answer.sdp, purpose, remote: answer.remote, fingerprint: answer.fingerprint })
        }
        JoinPurpose::View { any_codec } => {
            let mut ssrc = || Ssrc(u32::from_ne_bytes(random_bytes()));
            let answer = sdp::answer_viewer(offer, context, any_codec, &mut ssrc)?;
            let purpose = Purpose::View(answer.plan);
            Ok(Agreed { answer: answer.sdp, purpose, remote: answer.remote, fingerprint: answer.fingerprint })
        }
    }
}

/// New ICE credentials: 48 bits of user fragment, 144 bits of password (RFC 8445 §5.3 asks for 24 and 128).
fn new_credentials() -> IceCredentials {
    IceCredentials { ufrag: ice_text(random_bytes::<8>()), pwd: ice_text(random_bytes::<24>()) }
}

/// One `ice-char` of six random bits for each byte.
fn ice_text<const N: usize>(bytes: [u8; N]) -> String {
    const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes.iter().map(|byte| char::from(ICE_CHARS[usize::from(byte & 63)])).collect()
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::from)?;
    Ok(bytes)
}

fn random_bytes<const N: usize>() -> [u8; N] {
    random().expect("the kernel's random source never fails once it has answered, and it did when the relay started")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &tempfile::TempDir) -> RelayConfig {
        RelayConfig {
            workers: 1,
            bind: vec![Ipv4Addr::LOCALHOST.into()],
            base_port: 0,
            leg_socket_dir: folder.path().to_owned(),
            ..RelayConfig::default()
        }
    }

    #[test]
    fn a_relay_that_cannot_start_says_why_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let start = |config: RelayConfig| Relay::start(config).map(|_| ()).expect_err("must not start").to_string();
        let bad = start(RelayConfig { workers: 0, ..config(&folder) });
        assert!(bad.contains("not 0 from port 0"), "{bad}");
        let bad = start(RelayConfig { workers: 3, base_port: 65_534, ..config(&folder) });
        assert!(bad.contains("not 3 from port 65534"), "{bad}");
        let (relay, handle) = Relay::start(config(&folder)).expect("starts");
        let taken = handle.media_ports()[0];
        let second = tempfile::tempdir().expect("a folder");
        let bad = start(RelayConfig { base_port: taken, ..config(&second) });
        assert!(bad.contains("media port"), "{bad}");
        relay.stop();
        Relay::start(RelayConfig { base_port: taken, ..config(&folder) }).expect("the port is free again").0.stop();
        assert_eq!(std::fs::read_dir(folder.path()).expect("is there").count(), 0);
    }

    #[test]
    fn credentials_are_of_ice_characters_and_differ() {
        let (one, two) = (new_credentials(), new_credentials());
        assert_ne!(one, two);
        assert_eq!((one.ufrag.len(), one.pwd.len()), (8, 24));
        assert!(one.pwd.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'));
    }
}
