//! The relay under test: one worker on the server's core, one room, one publisher, and viewers that are added level by level.

use crate::{cpu, load::Load};
use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;
use yunling::{
    bot::{light::Light, native::Viewer, programme::Pace, tally::Tally},
    id::{ParticipantId, RoomId, SessionId},
    relay::{
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

/// A running relay with its publisher.
pub struct Server {
    pub handle: RelayHandle,
    pub room: RoomId,
    pub worker: cpu::Thread,
    pub publisher: Load,
    pub viewers: Load,
    certificate: Arc<Certificate>,
    epoch: Instant,
    joined: u64,
    foreign: Vec<Viewer>,
    relay: Relay,
}

impl Server {
    pub fn start(runtime: &Runtime, certificate: &Arc<Certificate>, epoch: Instant) -> Result<Self, Box<dyn Error>> {
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
        let worker = *cpu::Thread::named("media-")?.first().ok_or("the relay's worker thread has no such name")?;
        let room = runtime.block_on(handle.open_room(Codec::Vp8))?;
        let mut server = Self {
            handle,
            room,
            worker,
            publisher: Load::start("publisher")?,
            viewers: Load::start("viewers")?,
            certificate: Arc::clone(certificate),
            epoch,
            joined: 0,
            foreign: Vec::new(),
            relay,
        };
        let participant = server.participant(0);
        let light = Light::publisher(&server.certificate, Codec::Vp8, Pace::Spread, epoch, 1 << 32);
        server.join(runtime, true, light, JoinPurpose::Publish(Role::Main))?;
        server.publisher.connected(1, JOIN_LIMIT)?;
        let stage = Stage { on_air: Some(participant), heard: Heard::All };
        runtime.block_on(server.handle.set_stage(room, stage))?;
        Ok(server)
    }

    /// Adds light viewers until there are so many, two foreign ones among them.
    pub fn grow(&mut self, runtime: &Runtime, viewers: usize) -> Result<(), Box<dyn Error>> {
        while self.foreign.len() < FOREIGN {
            let mut viewer = runtime.block_on(Viewer::new(LOCAL, self.epoch))?;
            let offer = runtime.block_on(viewer.offer())?;
            let (session, participant) = self.names();
            let (room, name, purpose) = (self.room, "foreign".to_owned(), JoinPurpose::View { any_codec: false });
            let join = JoinOffer { room, session, participant, name, offer: &offer, purpose };
            let answer = runtime.block_on(self.handle.join(join))?.answer;
            runtime.block_on(viewer.accept(answer))?;
            self.foreign.push(viewer);
        }
        let viewers = viewers.saturating_sub(FOREIGN);
        let present = self.viewers.with(|crowd| crowd.len());
        for seed in present..viewers {
            let light = Light::viewer(&self.certificate, (1, 1), &[Codec::Vp8], self.epoch, (2 << 32) + seed as u64);
            self.join(runtime, false, light, JoinPurpose::View { any_codec: false })?;
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

    /// Lets the publisher send, or not.
    pub fn pause(&self, paused: bool) {
        self.publisher.with(move |crowd| crowd.light(0).pause(Instant::now(), paused));
    }

    pub fn set_pace(&self, pace: Pace) {
        self.publisher.with(move |crowd| crowd.light(0).set_pace(Instant::now(), pace));
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
        publisher: bool,
        light: Light,
        purpose: JoinPurpose,
    ) -> Result<(), Box<dyn Error>> {
        let (session, participant) = self.names();
        let offer = light.offer().to_owned();
        let join =
            JoinOffer { room: self.room, session, participant, name: "light".to_owned(), offer: &offer, purpose };
        let answer = runtime.block_on(self.handle.join(join))?.answer;
        let load = if publisher { &self.publisher } else { &self.viewers };
        load.with(move |crowd| -> Result<(), String> {
            let member = crowd.add(light, LOCAL).map_err(|error| error.to_string())?;
            crowd.accept(member, &answer).map_err(|error| error.to_string())
        })?;
        Ok(())
    }
}
