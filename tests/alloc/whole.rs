//! A whole worker with its sockets, driven turn by turn on this thread.

use crate::{
    client::Client,
    counting::count,
    stage::{ROOM, join, keys, on_air, publish_plan, publisher, view_plan, viewer},
};
use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{Arc, mpsc::Receiver as Queue},
    time::{Duration, Instant},
};
use yunling::{
    id::RequestId,
    relay::{
        command::{Command, Done, Purpose, RelayError, Request},
        io::{
            handshake::{HandshakeDesk, Task},
            legs::LegSockets,
            news::News,
            socket::{PortOptions, UdpPort},
            worker::{Worker, WorkerLink, WorkerParts},
        },
        media::Codec,
        rooms::{HandshakeJob, HandshakeNews, Rooms},
        transport::srtp::SrtpKeys,
    },
};

/// What a measured stretch came to.
#[derive(Debug)]
pub struct Seen {
    pub turns: u64,
    pub turns_that_allocated: u64,
    pub elapsed: Duration,
    pub datagrams_out: u64,
    pub send_failures: u64,
}

struct Stand {
    worker: Worker<Rooms>,
    link: WorkerLink,
    tasks: Queue<Task>,
    clients: Vec<(Client, UdpSocket)>,
    relay: SocketAddr,
    requests: u64,
    _folder: tempfile::TempDir,
}

/// Forwards so many frames and their sound to so many viewers.
pub fn forward(viewers: usize, frames: u32) -> Seen {
    let mut stand = Stand::new();
    stand.command(Command::OpenRoom { room: ROOM, codec: Codec::H264 }).expect("opens");
    stand.command(Command::SetStage { room: ROOM, stage: on_air() }).expect("is set");
    stand.add(publish_plan(), publisher);
    for _ in 0..viewers {
        let number = stand.clients.len();
        stand.add(view_plan(number), viewer);
    }
    let mut virtual_now = Instant::now();
    // Warm up: the first key frame, tables that grow to their size.
    for _ in 0..50 {
        stand.frame(&mut virtual_now);
    }
    let before = stand.figures();
    let start = Instant::now();
    let mut seen =
        Seen { turns: 0, turns_that_allocated: 0, elapsed: Duration::ZERO, datagrams_out: 0, send_failures: 0 };
    for _ in 0..frames {
        let allocations = stand.frame(&mut virtual_now);
        seen.turns += 1;
        seen.turns_that_allocated += u64::from(allocations > 0);
    }
    seen.elapsed = start.elapsed();
    let after = stand.figures();
    seen.datagrams_out = after.0 - before.0;
    seen.send_failures = after.1;
    seen
}

impl Stand {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = PortOptions { addresses: vec![Ipv4Addr::LOCALHOST.into()], port: 0, dscp: None };
        let port = UdpPort::bind(&options).expect("a free port");
        let relay = SocketAddr::from((Ipv4Addr::LOCALHOST, port.number()));
        let legs = LegSockets::listen(&folder.path().join("legs.sock")).expect("listens");
        let (link, inbox) = WorkerLink::new().expect("a descriptor");
        let (desk, tasks) = HandshakeDesk::new();
        let parts = WorkerParts { index: 0, port, legs, inbox, desk, news: Arc::new(News::default()) };
        let worker = Worker::new(parts, Box::new(|clock| Rooms::new(1, clock.now, clock.unix)));
        Self { worker, link, tasks, clients: Vec::new(), relay, requests: 0, _folder: folder }
    }

    fn command(&mut self, command: Command) -> Result<Done, RelayError> {
        self.requests += 1;
        let request = Request { id: RequestId(self.requests), command };
        let mut reply = self.link.request(request).expect("room in the queue");
        loop {
            self.worker.turn();
            if let Ok(result) = reply.try_recv() {
                return result;
            }
        }
    }

    /// A peer with keys and a checked address.
    fn add(&mut self, purpose: Purpose, make: impl Fn(usize, &SrtpKeys, Instant) -> Client) {
        let number = self.clients.len();
        self.command(Command::Join(Box::new(join(number, purpose)))).expect("joins");
        let (ours, theirs) = keys(number);
        let task = self.tasks.try_recv().expect("the handshake starts with the join");
        assert!(matches!(task.job, HandshakeJob::Start(_)));
        assert!(self.link.tell(task.key, HandshakeNews::Established(ours)));
        self.worker.turn();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        socket.connect(self.relay).expect("connects");
        socket.set_nonblocking(true).expect("a socket can");
        let mut client = make(number, &theirs, Instant::now());
        socket.send(&client.check()).expect("sends");
        let mut answer = [0; 1500];
        let len = loop {
            self.worker.turn();
            if let Ok(len) = socket.recv(&mut answer) {
                break len;
            }
        };
        client.take(Instant::now(), &mut answer[..len]);
        assert_eq!(client.answered, 1);
        // No more checks: the whole test is over before anybody counts as quiet.
        client.next_check = Instant::now() + Duration::from_secs(3600);
        self.clients.push((client, socket));
    }

    /// Sends one frame and its sound, and gives the worker one turn for it; how often that allocated.
    fn frame(&mut self, now: &mut Instant) -> u64 {
        *now += Duration::from_millis(40);
        let mut datagrams = Vec::new();
        let (publisher, socket) = &mut self.clients[0];
        publisher.send(*now, &mut datagrams);
        publisher.send(*now, &mut datagrams);
        for datagram in &datagrams {
            socket.send(datagram).expect("sends");
        }
        count(|| self.worker.turn()).1
    }

    fn figures(&mut self) -> (u64, u64) {
        match self.command(Command::Figures) {
            Ok(Done::Figures(figures)) => (figures.datagrams_out, figures.send_failures),
            other => panic!("no figures: {other:?}"),
        }
    }
}
