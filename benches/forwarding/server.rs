//! The relay under test: one worker on the server's core, some rooms with a publisher each, and viewers that are added level by
//! level.

use crate::{cpu, load::Load};
use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;
use yunling::{
    bot::{
        light::Light,
        native::Viewer,
        programme::{FRAME_INTERVAL, Pace},
        tally::Tally,
    },
    id::{ParticipantId, RoomId, SessionId},
    relay::{
        delay::Delays,
        io::handle::{JoinOffer, JoinPurpose, Relay, RelayConfig, RelayHandle},
        media::{Codec, Role},
        stage::{Heard, Stage},
        transport::dtls::Certificate,
    },
};

/// Viewers of another maker (the `webrtc` crate's peer connection) in every run.
const FOREIGN: usize = 2;

/// Longest time one more level's joins may take.
const JOIN_LIMIT: Duration = Duration::from_secs(30);

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Longest time a thread takes to give itself its name.
const NAME_LIMIT: Duration = Duration::from_secs(2);

/// The relay's media worker.
fn worker_thread() -> Result<cpu::Thread, Box<dyn Error>> {
    let began = Instant::now();
    loop {
        match cpu::Thread::named("media-")?.first() {
            Some(worker) => return Ok(*worker),
            None if began.elapsed() > NAME_LIMIT => return Err("the relay's worker thread has no such name".into()),
            None => std::thread::yield_now(),
        }
    }
}

/// A running relay with its publishers.
pub struct Server {
    pub handle: RelayHandle,
    rooms: Vec<RoomId>,
    pub worker: cpu::Thread,
    pub publishers: Load,
    pub viewers: Load,
    certificate: Arc<Certificate>,
    epoch: Instant,
    joined: u64,
    foreign: Vec<Viewer>,
    relay: Relay,
}

impl Server {
    /// Starts it with so many rooms; their publishers send out of step, as meetings do.
    pub fn start(
        runtime: &Runtime,
        certificate: &Arc<Certificate>,
        epoch: Instant,
        rooms: usize,
    ) -> Result<Self, Box<dyn Error>> {
        cpu::pin(cpu::SERVER_CORE)?;
        let config = RelayConfig {
            workers: 1,
            bind: vec![LOCAL],
            base_port: 0,
            candidates: vec![LOCAL],
            leg_socket_dir: std::env::temp_dir().join(format!("yunling-bench-{}", std::process::id())),
            ..RelayConfig::default()
        };
        let (relay, handle) = Relay::start(config)?;
        cpu::pin(cpu::LOAD_CORE)?;
        let worker = worker_thread()?;
        let mut server = Self {
            handle,
            rooms: Vec::new(),
            worker,
            publishers: Load::start("publishers")?,
            viewers: Load::start("viewers")?,
            certificate: Arc::clone(certificate),
            epoch,
            joined: 0,
            foreign: Vec::new(),
            relay,
        };
        for number in 0..rooms {
            let room = runtime.block_on(server.handle.open_room(Codec::Vp8))?;
            server.rooms.push(room);
            let participant = server.participant(server.joined);
            let seed = (1 << 32) + number as u64;
            let light = Light::publisher(&server.certificate, Codec::Vp8, Pace::Spread, epoch, seed);
            server.join(runtime, room, light, JoinPurpose::Publish(Role::Main))?;
            server.publishers.connected(1, JOIN_LIMIT)?;
            let stage = Stage { on_air: Some(participant), heard: Heard::All };
            runtime.block_on(server.handle.set_stage(room, stage))?;
        }
        Ok(server)
    }

    /// Adds light viewers until there are so many, as our own pages would join, two foreign ones among them.
    pub fn grow(&mut self, runtime: &Runtime, viewers: usize) -> Result<(), Box<dyn Error>> {
        while self.foreign.len() < FOREIGN {
            let mut viewer = runtime.block_on(Viewer::new(LOCAL, self.epoch))?;
            let offer = runtime.block_on(viewer.offer())?;
            let (session, participant) = self.names();
            let (room, name, purpose) = (self.rooms[0], "foreign".to_owned(), JoinPurpose::View { any_codec: false });
            let join = JoinOffer { room, session, participant, name, offer: &offer, purpose };
            let answer = runtime.block_on(self.handle.join(join))?.answer;
            runtime.block_on(viewer.accept(answer))?;
            self.foreign.push(viewer);
        }
        let viewers = viewers.saturating_sub(FOREIGN);
        let present = self.viewers.with(|crowd| crowd.len());
        for seed in present..viewers {
            let light = Light::viewer(&self.certificate, (1, 1), &[Codec::Vp8], self.epoch, (2 << 32) + seed as u64);
            let room = self.rooms[seed % self.rooms.len()];
            self.join(runtime, room, light, JoinPurpose::View { any_codec: true })?;
        }
        self.viewers.connected(viewers - present, JOIN_LIMIT)?;
        Ok(())
    }

    /// What the foreign viewers counted since the last time.
    pub fn take_foreign(&self) -> Tally {
        let mut all = Tally::default();
        for seen in self.foreign.iter().map(Viewer::take) {
            all.add(&seen.video);
            all.add(&seen.audio);
        }
        all
    }

    /// Lets the publishers send, each a part of a picture's time after the one before, or not.
    pub fn pause(&self, paused: bool) {
        let step = FRAME_INTERVAL / self.rooms.len() as u32;
        self.publishers.with(move |crowd| {
            let now = Instant::now();
            crowd.lights().zip(0..).for_each(|(light, number)| light.pause(now + step * number, paused));
        });
    }

    pub fn set_pace(&self, pace: Pace) {
        self.publishers.with(move |crowd| crowd.lights().for_each(|light| light.set_pace(Instant::now(), pace)));
    }

    /// What the relay makes of its viewers' ways: the least and the middle one's bit rate, and the longest queue.
    pub fn ways(&self, runtime: &Runtime) -> String {
        let workers = runtime.block_on(self.handle.figures());
        let peers: Vec<_> = workers.iter().flat_map(|worker| &worker.rooms).flat_map(|room| &room.peers).collect();
        let mut bear: Vec<_> = peers.iter().filter_map(|peer| peer.bearable_bps).collect();
        bear.sort_unstable();
        let queue = peers.iter().filter_map(|peer| peer.queueing_ms).fold(0.0, f32::max);
        let mbps = |at: usize| bear.get(at).map_or(0.0, |bps| *bps as f64 / 1e6);
        format!(
            "ways bear {:.1} Mb/s at least, {:.1} in the middle; longest queue {queue:.0} ms",
            mbps(0),
            mbps(bear.len() / 2)
        )
    }

    /// How long packets have stayed inside the relay since it began, from the kernel's taking them to their copies' leaving.
    pub fn delays(&self, runtime: &Runtime) -> Delays {
        runtime.block_on(self.handle.figures()).first().map(|worker| worker.delays).unwrap_or_default()
    }

    /// Names for the next session.
    pub fn names(&mut self) -> (SessionId, ParticipantId) {
        self.joined += 1;
        let session = format!("session-{}", self.joined - 1).parse().expect("a slug");
        (session, self.participant(self.joined - 1))
    }

    pub fn stop(self) {
        self.relay.stop();
    }

    fn participant(&self, number: u64) -> ParticipantId {
        format!("participant-{number}").parse().expect("a slug")
    }

    fn join(
        &mut self,
        runtime: &Runtime,
        room: RoomId,
        light: Light,
        purpose: JoinPurpose,
    ) -> Result<(), Box<dyn Error>> {
        let (session, participant) = self.names();
        let offer = light.offer().to_owned();
        let publishes = matches!(purpose, JoinPurpose::Publish(_));
        let join = JoinOffer { room, session, participant, name: "light".to_owned(), offer: &offer, purpose };
        let answer = runtime.block_on(self.handle.join(join))?.answer;
        let load = if publishes { &self.publishers } else { &self.viewers };
        load.with(move |crowd| -> Result<(), String> {
            let member = crowd.add(light, LOCAL).map_err(|error| error.to_string())?;
            crowd.accept(member, &answer).map_err(|error| error.to_string())
        })?;
        Ok(())
    }
}
