//! A worker: one OS thread, one UDP port, and the rooms placed on it. It only waits, feeds and carries out.
//!
//! The main type is [`Worker`]; [`turn`](Worker::turn) is one round: wait for whatever comes first, feed all that came to
//! [`Rooms`], carry out what they want done. Peers' reports go in after everything else, many of them over several turns. One wait, one receive per ready socket and one send per full outbox are all the
//! system calls a packet sees. No tokio, no lock, no allocation for a packet.
//!
//! A panic in the core costs the room it happened in, never the worker.

use super::{
    clock::{ArrivalClock, LegClock},
    deferred::{DEFERRED_MAX, DEFERRED_PER_TURN, Deferred},
    gathering::{Busyness, gathering},
    handshake::{AssociationKey, HandshakeDesk, Task},
    legs::LegSockets,
    news::{News, WorkerIndex},
    socket::{BATCH, Receiver, Sender, UdpPort, Waiter, Waker},
};
use crate::{
    id::RequestId,
    relay::{
        command::{Done, RelayError, Reply, Request, RoomEvent},
        outbox::Outbox,
        pipe,
        rooms::{HandshakeJob, HandshakeNews, Input, LegConnection, Output, PeerSerial, Rooms},
        tap::Tap,
    },
};
use std::{
    collections::HashMap,
    iter,
    os::fd::AsFd,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver as Queue, SyncSender, TrySendError},
    },
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use tracing::error;

/// Commands that may wait for a worker. A meeting sends a few a second; at a thousand joins a second it still holds a
/// quarter of a second's. Full means [`RelayError::Busy`].
pub const COMMANDS_MAX: usize = 256;

/// News of handshakes that may wait for a worker. Full means that the handshake thread waits; a worker never waits for it.
pub const HANDSHAKE_NEWS_MAX: usize = 256;

/// Batches taken from one socket in one turn, so that commands and legs get theirs under a flood.
const BATCHES_PER_TURN: usize = 8;

/// Faults in one turn after which the whole core is replaced: it doesn't recover by dropping rooms.
const FAULTS_PER_TURN_MAX: u32 = 8;

/// How long a worker that ends goes on, so that its peers hear of it: a thousand farewells take a tenth of this.
const FAREWELL_LIMIT: Duration = Duration::from_secs(1);

/// How soon work that the handshake thread had no room for is offered again.
const OFFER_AGAIN: Duration = Duration::from_millis(20);

/// What a worker drives: [`Rooms`], or something that misbehaves in a test.
pub trait Core {
    /// See [`Rooms::handle`].
    fn handle(&mut self, now: Instant, input: Input<'_>);
    /// See [`Rooms::poll`].
    fn poll(&mut self) -> Output;
    /// See [`Rooms::outbox`].
    fn outbox(&mut self) -> &mut Outbox;
    /// See [`Rooms::sent`].
    fn sent(&mut self, began: Instant, now: Instant);
    /// See [`Rooms::set_gathering`].
    fn set_gathering(&mut self, wait: Duration);
    /// See [`Rooms::note_busy`].
    fn note_busy(&mut self, share: f32);
    /// See [`Rooms::drop_faulty_room`].
    fn drop_faulty_room(&mut self, now: Instant);
    /// See [`Rooms::farewells`].
    fn farewells(&self) -> usize;
    /// See [`Rooms::tap`].
    fn tap(&mut self, recorder: LegConnection) -> Option<&mut Tap>;
}

impl Core for Rooms {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.handle(now, input);
    }

    fn poll(&mut self) -> Output {
        self.poll()
    }

    fn outbox(&mut self) -> &mut Outbox {
        self.outbox()
    }

    fn sent(&mut self, began: Instant, now: Instant) {
        self.sent(began, now);
    }

    fn set_gathering(&mut self, wait: Duration) {
        self.set_gathering(wait);
    }

    fn note_busy(&mut self, share: f32) {
        self.note_busy(share);
    }

    fn drop_faulty_room(&mut self, now: Instant) {
        self.drop_faulty_room(now);
    }

    fn farewells(&self) -> usize {
        self.farewells()
    }

    fn tap(&mut self, recorder: LegConnection) -> Option<&mut Tap> {
        self.tap(recorder)
    }
}

/// Makes a core that begins at this moment; called again only if a core is beyond repair.
pub type MakeCore<C> = Box<dyn FnMut(ArrivalClock) -> C + Send>;

/// Where a request's answer goes.
type ReplyTo = oneshot::Sender<Result<Done, RelayError>>;

/// A worker as others see it: a queue and a way to wake it.
#[derive(Clone)]
pub struct WorkerLink {
    commands: SyncSender<(Request, ReplyTo)>,
    handshakes: SyncSender<(AssociationKey, HandshakeNews)>,
    waker: Arc<Waker>,
    stopping: Arc<AtomicBool>,
}

/// The worker's end of a [`WorkerLink`].
pub struct Inbox {
    commands: Queue<(Request, ReplyTo)>,
    handshakes: Queue<(AssociationKey, HandshakeNews)>,
    waker: Arc<Waker>,
    stopping: Arc<AtomicBool>,
}

impl WorkerLink {
    /// Both ends.
    ///
    /// # Errors
    ///
    /// If the process has no more file descriptors.
    pub fn new() -> std::io::Result<(Self, Inbox)> {
        let (commands, command_queue) = mpsc::sync_channel(COMMANDS_MAX);
        let (handshakes, handshake_queue) = mpsc::sync_channel(HANDSHAKE_NEWS_MAX);
        let waker = Arc::new(Waker::new()?);
        let stopping = Arc::new(AtomicBool::new(false));
        let link = Self { commands, handshakes, waker: Arc::clone(&waker), stopping: Arc::clone(&stopping) };
        Ok((link, Inbox { commands: command_queue, handshakes: handshake_queue, waker, stopping }))
    }

    /// Gives the worker a command; its answer comes by what is returned.
    ///
    /// # Errors
    ///
    /// [`RelayError::Busy`] if its queue is full or it is gone.
    pub fn request(&self, request: Request) -> Result<oneshot::Receiver<Result<Done, RelayError>>, RelayError> {
        let (reply_to, reply) = oneshot::channel();
        self.commands.try_send((request, reply_to)).map_err(|_| RelayError::Busy)?;
        self.waker.wake();
        Ok(reply)
    }

    /// Gives the worker news of a handshake, waiting if it has many. `false` if it is gone.
    pub fn tell(&self, key: AssociationKey, news: HandshakeNews) -> bool {
        let told = self.handshakes.send((key, news)).is_ok();
        self.waker.wake();
        told
    }

    /// Lets the worker end after its present turn, once its peers have been told.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.waker.wake();
    }
}

/// What a worker is made of.
pub struct WorkerParts {
    /// Its number.
    pub index: WorkerIndex,
    /// Its port.
    pub port: UdpPort,
    /// Where legs' processes connect to it.
    pub legs: LegSockets,
    /// Its commands.
    pub inbox: Inbox,
    /// Where handshakes are done.
    pub desk: HandshakeDesk,
    /// Where its news goes.
    pub news: Arc<News>,
}

/// Datagrams counted by the shell.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    datagrams_in: u64,
    datagrams_out: u64,
    unreadable: u64,
    send_failures: u64,
}

/// One worker. Not `Send`: make it on its own thread.
pub struct Worker<C> {
    parts: WorkerParts,
    make: MakeCore<C>,
    core: C,
    /// How often the core was replaced; keeps its predecessors' handshakes apart from its own.
    epoch: u32,
    receiver: Receiver,
    deferred: Deferred,
    sender: Sender,
    waiter: Waiter,
    leg_clock: LegClock,
    busyness: Busyness,
    gathering: Duration,
    /// When the core wants to be called again; set by each drain.
    deadline: Option<Instant>,
    /// The latest time the core was given: it never sees time go back.
    fed: Instant,
    replies: HashMap<RequestId, ReplyTo>,
    tally: Tally,
    /// Faults since this turn began.
    faults: u32,
    /// Ends of handshakes that the handshake thread had no room for yet; at most one for each peer.
    ends: Vec<PeerSerial>,
    /// Handshakes that could not start for the same reason, to be told to the core.
    refused: Vec<PeerSerial>,
    /// Set once it was told to stop: when it ends whether or not everybody has been told.
    ends_at: Option<Instant>,
}

impl<C: Core> Worker<C> {
    /// A worker about to take its first turn.
    #[must_use]
    pub fn new(parts: WorkerParts, mut make: MakeCore<C>) -> Self {
        let clock = ArrivalClock::read();
        let mut worker = Self {
            core: make(clock),
            make,
            epoch: 0,
            receiver: Receiver::new(),
            deferred: Deferred::default(),
            sender: Sender::new(&parts.port),
            waiter: Waiter::default(),
            leg_clock: LegClock::read(),
            busyness: Busyness::new(clock.now),
            gathering: Duration::ZERO,
            deadline: None,
            fed: clock.now,
            replies: HashMap::new(),
            tally: Tally::default(),
            faults: 0,
            ends: Vec::new(),
            refused: Vec::new(),
            ends_at: None,
            parts,
        };
        worker.watch();
        worker
    }

    /// Takes turns until it is told to stop; then closes its rooms and goes on until every peer has been told.
    pub fn run(mut self) {
        while !self.parts.inbox.stopping.load(Ordering::Acquire) {
            self.guarded_turn();
        }
        let now = Instant::now();
        self.ends_at = Some(now + FAREWELL_LIMIT);
        self.feed(now, Input::End);
        self.drain();
        while self.has_farewells() {
            self.guarded_turn();
        }
    }

    fn guarded_turn(&mut self) {
        if let Err(fault) = guarded(|| self.turn()) {
            error!(worker = self.parts.index, fault, "a fault in the shell of a media worker");
            self.replace_core();
        }
    }

    /// Whether peers are yet to be told of the end, and there is still time to.
    fn has_farewells(&self) -> bool {
        let waiting = self.core.farewells() > 0 || !self.ends.is_empty();
        waiting && self.ends_at.is_some_and(|end| Instant::now() < end)
    }

    /// Waits for something to happen, feeds all that happened, carries out what follows.
    pub fn turn(&mut self) {
        self.faults = 0;
        let clock = self.wait();
        self.hear_peers(clock);
        self.hear_legs(clock);
        if self.waiter.is_ready(WAKER) {
            self.hear_commands(clock);
        }
        if self.deadline.is_some_and(|deadline| deadline <= clock.now) {
            self.feed(clock.now, Input::Timeout);
            self.drain();
        }
        self.hear_deferred(clock);
        self.offer_ends();
    }

    /// The only place that blocks. It, [`ArrivalClock`], and [`transmit`](Self::transmit) are what reads clocks.
    fn wait(&mut self) -> ArrivalClock {
        let began = Instant::now();
        let deadline = [self.deadline, self.ends_at].into_iter().flatten().min();
        let mut longest = deadline.map(|deadline| deadline.saturating_duration_since(began));
        if self.deferred.oldest().is_some() {
            longest = Some(Duration::ZERO);
        } else if !self.ends.is_empty() {
            longest = Some(longest.map_or(OFFER_AGAIN, |longest| longest.min(OFFER_AGAIN)));
        }
        if let Err(error) = self.waiter.wait(longest) {
            // Only a lack of memory or a bug leads here; going on without waiting keeps the meeting alive.
            error!(worker = self.parts.index, %error, "a media worker could not wait");
        }
        let clock = ArrivalClock::read();
        if let Some(busy) = self.busyness.waited(began, clock.now) {
            self.moderate(busy);
        }
        clock
    }

    fn moderate(&mut self, busy: f32) {
        self.core.note_busy(busy);
        let next = gathering(self.gathering, busy);
        if next != self.gathering {
            self.gathering = next;
            self.core.set_gathering(next);
        }
    }

    fn hear_peers(&mut self, clock: ArrivalClock) {
        let sockets = self.parts.port.sockets().len();
        for socket in 0..sockets {
            if !self.waiter.is_ready(FIRST_SOCKET + socket) {
                continue;
            }
            for _ in 0..BATCHES_PER_TURN {
                if self.hear_batch(clock, socket) < BATCH {
                    break;
                }
            }
        }
    }

    fn hear_batch(&mut self, clock: ArrivalClock, socket: usize) -> usize {
        let Some(fd) = self.parts.port.socket(socket) else { return 0 };
        // An error here is a peer's, told by ICMP; the next receive works.
        let count = self.receiver.receive(fd).unwrap_or(0);
        self.tally.datagrams_in += count as u64;
        for index in 0..count {
            let Some(datagram) = self.receiver.datagram(index) else {
                self.tally.unreadable += 1;
                continue;
            };
            let arrived = datagram.arrived.map_or(clock.now, |unix| clock.instant_of(unix));
            if self.deferred.put_aside(&datagram, arrived) {
                continue;
            }
            let now = arrived.max(self.fed);
            self.fed = now;
            let input = Input::Datagram { from: datagram.from, bytes: datagram.bytes };
            if let Err(fault) = guarded(|| self.core.handle(now, input)) {
                self.repair(&fault);
            }
        }
        if count > 0 {
            self.drain();
        }
        count
    }

    /// Feeds some of the reports that were put aside: few while they may wait, all that may no longer.
    fn hear_deferred(&mut self, clock: ArrivalClock) {
        let mut taken = 0;
        while let Some(oldest) = self.deferred.oldest() {
            let may_wait = clock.now.saturating_duration_since(oldest) < DEFERRED_MAX;
            if taken >= DEFERRED_PER_TURN && may_wait {
                break;
            }
            let Some((from, arrived, bytes)) = self.deferred.take() else { break };
            let now = arrived.max(self.fed);
            self.fed = now;
            if let Err(fault) = guarded(|| self.core.handle(now, Input::Datagram { from, bytes })) {
                self.repair(&fault);
            }
            taken += 1;
        }
        if taken > 0 {
            self.drain();
        }
    }

    fn hear_legs(&mut self, clock: ArrivalClock) {
        let listener = FIRST_SOCKET + self.parts.port.sockets().len();
        let mut changed = false;
        // Backwards, because a connection that ended is removed.
        let connections = self.parts.legs.connections().len();
        for index in (0..connections).rev() {
            if self.waiter.is_ready(listener + 1 + index) {
                changed |= self.hear_leg(clock, index);
            }
        }
        if self.waiter.is_ready(listener) {
            changed |= self.parts.legs.accept();
        }
        if changed {
            self.watch();
        }
    }

    /// Feeds one batch of a leg's messages; `true` if the leg's connection ended.
    fn hear_leg(&mut self, clock: ArrivalClock, index: usize) -> bool {
        let Some((connection, socket)) = self.parts.legs.connection(index) else { return false };
        let received = self.receiver.receive(socket);
        let mut ended = received.is_err();
        for index in 0..received.unwrap_or(0) {
            match self.receiver.message(index) {
                Some([]) => {
                    ended = true;
                    break;
                }
                Some(message) => {
                    let sent = pipe::parse(message).map(|record| self.leg_clock.instant_of(clock.now, record.time_ns));
                    let now = sent.unwrap_or(clock.now).max(self.fed);
                    self.fed = now;
                    if let Err(fault) = guarded(|| self.core.handle(now, Input::Leg { connection, message })) {
                        self.repair(&fault);
                    }
                }
                None => self.tally.unreadable += 1,
            }
        }
        self.drain();
        // The core may have closed it in the meantime.
        if ended && self.parts.legs.close(connection) {
            self.feed(clock.now, Input::LegClosed(connection));
            self.drain();
        }
        ended
    }

    fn hear_commands(&mut self, clock: ArrivalClock) {
        self.parts.inbox.waker.reset();
        // As many as the queues hold, so that a stream of commands can't keep packets waiting; who sends more wakes us again.
        for _ in 0..HANDSHAKE_NEWS_MAX {
            let Ok((key, news)) = self.parts.inbox.handshakes.try_recv() else { break };
            if key.epoch == self.epoch {
                self.feed(clock.now, Input::Handshake(key.serial, news));
                self.drain();
            }
        }
        for _ in 0..COMMANDS_MAX {
            let Ok((request, reply_to)) = self.parts.inbox.commands.try_recv() else { break };
            self.replies.insert(request.id, reply_to);
            self.feed(clock.now, Input::Request(request));
            self.drain();
        }
    }

    fn feed(&mut self, now: Instant, input: Input<'_>) {
        self.fed = self.fed.max(now);
        let now = self.fed;
        if let Err(fault) = guarded(|| self.core.handle(now, input)) {
            self.repair(&fault);
        }
    }

    /// Carries out effects until the core has no more.
    fn drain(&mut self) {
        loop {
            let output = match guarded(|| self.core.poll()) {
                Ok(output) => output,
                Err(fault) => {
                    self.repair(&fault);
                    continue;
                }
            };
            match output {
                Output::Transmit => self.transmit(),
                Output::Handshake(serial, job) => self.hand_over(serial, job),
                Output::Reply(reply) => self.reply(reply),
                Output::Event(event) => self.parts.news.publish(event),
                Output::LegSend(connection, message) => self.parts.legs.send(connection, &message),
                Output::LegClose(connection) => self.close_leg(connection),
                Output::TapFlush(recorder) => self.flush_tap(recorder),
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    match self.refused.pop() {
                        Some(serial) => {
                            let full = HandshakeNews::Failed("too many handshakes are under way".to_owned());
                            self.feed(self.fed, Input::Handshake(serial, full));
                        }
                        None => return,
                    }
                }
            }
        }
    }

    fn transmit(&mut self) {
        let began = Instant::now();
        let sent = self.sender.send(&self.parts.port, self.core.outbox());
        self.core.outbox().clear();
        self.core.sent(began, Instant::now());
        self.tally.datagrams_out += sent.datagrams;
        self.tally.send_failures += sent.failed;
    }

    /// Passes work to the handshake thread without waiting. What it has no room for: datagrams are lost, as on a network,
    /// and sent again by the peer; a start fails; an end is offered again until it is taken.
    fn hand_over(&mut self, serial: PeerSerial, job: HandshakeJob) {
        match self.parts.desk.offer(Task { key: self.key(serial), job }) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(task)) => match task.job {
                HandshakeJob::Start(_) => self.refused.push(serial),
                HandshakeJob::Datagram(_) => {}
                HandshakeJob::End => self.ends.push(serial),
            },
        }
    }

    fn key(&self, serial: PeerSerial) -> AssociationKey {
        AssociationKey { worker: self.parts.index, epoch: self.epoch, serial }
    }

    fn offer_ends(&mut self) {
        for serial in std::mem::take(&mut self.ends) {
            self.hand_over(serial, HandshakeJob::End);
        }
    }

    fn reply(&mut self, mut reply: Reply) {
        if let Ok(Done::Figures(figures)) = &mut reply.result {
            figures.datagrams_in = self.tally.datagrams_in;
            figures.datagrams_out = self.tally.datagrams_out;
            figures.datagrams_refused += self.tally.unreadable;
            figures.send_failures = self.tally.send_failures;
            figures.busy = self.busyness.last_second();
        }
        if let Some(reply_to) = self.replies.remove(&reply.id) {
            // The caller may have given up.
            let _ = reply_to.send(reply.result);
        }
    }

    /// Sends a recorder what waits for it, without waiting: what it does not take now stays in the ring.
    fn flush_tap(&mut self, recorder: LegConnection) {
        let Some(tap) = self.core.tap(recorder) else { return };
        loop {
            let message = tap.message();
            if message.is_empty() {
                return;
            }
            let len = message.len();
            if !self.parts.legs.take(recorder, message) {
                tap.hold();
                return;
            }
            tap.sent(len);
        }
    }

    fn close_leg(&mut self, connection: LegConnection) {
        if self.parts.legs.close(connection) {
            self.watch();
        }
    }

    /// What happens after a panic in the core: the room it happened in is dropped. If that panics too, or panics go on, the
    /// core is replaced and all its rooms are lost; their peers join again.
    fn repair(&mut self, fault: &str) {
        self.faults += 1;
        error!(
            worker = self.parts.index,
            fault, "a fault in a media room: the room is dropped, its peers must join again"
        );
        let now = self.fed;
        let repaired = guarded(|| self.core.drop_faulty_room(now));
        if repaired.is_err() || self.faults > FAULTS_PER_TURN_MAX {
            self.replace_core();
        }
        // The answer to the command that met the fault will not come; its caller reads a dropped channel as `Busy`.
        self.replies.clear();
    }

    fn replace_core(&mut self) {
        self.replies.clear();
        error!(worker = self.parts.index, "a media worker could not repair itself: all its rooms are dropped");
        self.core = (self.make)(ArrivalClock::read());
        self.core.set_gathering(self.gathering);
        let ended: Vec<_> = (0..self.parts.legs.connections().len())
            .filter_map(|index| self.parts.legs.connection(index).map(|(connection, _)| connection))
            .collect();
        for connection in ended {
            self.parts.legs.close(connection);
        }
        self.watch();
        self.epoch += 1;
        self.ends.clear();
        self.refused.clear();
        for room in self.parts.news.rooms_of(self.parts.index) {
            self.parts.news.publish(RoomEvent::RoomLost { room });
        }
    }

    /// Waits for the present set of sockets from now on, in the order that `WAKER` and `FIRST_SOCKET` name.
    fn watch(&mut self) {
        let WorkerParts { inbox, port, legs, .. } = &self.parts;
        let fixed = iter::once(inbox.waker.as_fd()).chain(port.sockets()).chain(iter::once(legs.listener()));
        self.waiter.watch(fixed.chain(legs.connections()));
    }
}

/// Place of the waker among what a worker waits for.
const WAKER: usize = 0;

/// Place of the port's first socket; then come its others, the leg listener, and the leg connections.
const FIRST_SOCKET: usize = 1;

/// Runs one call into the core; a panic becomes its text.
fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| panic_text(&*payload))
}

/// What a panic said.
pub(super) fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::RoomId,
        relay::{
            command::Command, figures::WorkerFigures, io::handshake::TASKS_MAX, io::socket::PortOptions, media::Codec,
            plan::Fingerprint, route::Route,
        },
    };
    use std::{
        collections::VecDeque,
        net::{Ipv4Addr, SocketAddr, UdpSocket},
        thread,
    };

    /// Echoes datagrams and does what they say; answers every command.
    #[derive(Default)]
    struct Puppet {
        outbox: Outbox,
        outputs: VecDeque<Output>,
        last: Option<Instant>,
        panic_in_poll: bool,
        panic_in_repair: bool,
        repaired: usize,
        /// Who has not been told of the end yet, and the latest to have sent something.
        farewells: usize,
        peer: Option<Route>,
        /// Second bytes of the media and reports it was fed, in order.
        fed: Vec<u8>,
    }

    impl Core for Puppet {
        fn handle(&mut self, now: Instant, input: Input<'_>) {
            assert!(self.last.is_none_or(|last| last <= now), "time went back");
            self.last = Some(now);
            match input {
                Input::Datagram { from, bytes } => match &*bytes {
                    b"panic" => panic!("a crafted datagram"),
                    b"panic in poll" => self.panic_in_poll = true,
                    [128..=191, kind, ..] => self.fed.push(*kind),
                    b"panic for good" => {
                        self.panic_in_repair = true;
                        panic!("a crafted datagram")
                    }
                    b"start" => {
                        for serial in 0..5000 {
                            let job = HandshakeJob::Start(Fingerprint([0; 32]));
                            self.outputs.push_back(Output::Handshake(PeerSerial(serial), job));
                        }
                    }
                    _ => {
                        self.peer = Some(from);
                        assert!(self.outbox.push(from, bytes));
                        self.outputs.push_back(Output::Transmit);
                    }
                },
                Input::Request(request) => {
                    let result = Ok(Done::Figures(Box::new(WorkerFigures {
                        datagrams_refused: self.repaired as u64,
                        ..WorkerFigures::default()
                    })));
                    self.outputs.push_back(Output::Reply(Reply { id: request.id, result }));
                }
                Input::Leg { connection, message } => {
                    self.outputs.push_back(Output::LegSend(connection, message.to_vec()));
                    if message == b"bye" {
                        self.outputs.push_back(Output::LegClose(connection));
                    }
                }
                Input::Handshake(serial, HandshakeNews::Failed(_)) => self.repaired += usize::from(serial.0 > 0),
                Input::End => {
                    self.farewells = 1;
                    self.outputs.push_back(Output::Handshake(PeerSerial(1), HandshakeJob::End));
                }
                Input::Handshake(_, HandshakeNews::Transmit(bytes)) => {
                    assert!(self.outbox.push(self.peer.expect("was heard"), &bytes));
                    self.outputs.push_back(Output::Transmit);
                }
                Input::Handshake(_, HandshakeNews::Closed) => self.farewells = 0,
                Input::LegClosed(_) | Input::Handshake(..) | Input::Timeout => {}
            }
        }

        fn poll(&mut self) -> Output {
            if std::mem::take(&mut self.panic_in_poll) {
                panic!("in poll");
            }
            self.outputs.pop_front().unwrap_or(Output::Timeout(None))
        }

        fn outbox(&mut self) -> &mut Outbox {
            &mut self.outbox
        }

        fn sent(&mut self, _began: Instant, _now: Instant) {}

        fn set_gathering(&mut self, _wait: Duration) {}

        fn note_busy(&mut self, _share: f32) {}

        fn drop_faulty_room(&mut self, _now: Instant) {
            assert!(!self.panic_in_repair, "beyond repair");
            self.repaired += 1;
        }

        fn farewells(&self) -> usize {
            self.farewells
        }

        fn tap(&mut self, _recorder: LegConnection) -> Option<&mut Tap> {
            None
        }
    }

    struct Stand {
        worker: Worker<Puppet>,
        link: WorkerLink,
        news: Arc<News>,
        /// Where its handshake tasks end up; nobody takes them.
        tasks: Queue<Task>,
        peer: UdpSocket,
        folder: tempfile::TempDir,
    }

    fn stand() -> Stand {
        let folder = tempfile::tempdir().expect("a folder");
        let options = PortOptions { addresses: vec![Ipv4Addr::LOCALHOST.into()], port: 0, dscp: None };
        let port = UdpPort::bind(&options).expect("a free port");
        let legs = LegSockets::listen(&folder.path().join("legs.sock")).expect("listens");
        let (link, inbox) = WorkerLink::new().expect("a descriptor");
        let (desk, tasks) = HandshakeDesk::new();
        let news = Arc::new(News::default());
        let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        peer.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        peer.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port.number()))).expect("connects");
        let parts = WorkerParts { index: 0, port, legs, inbox, desk, news: Arc::clone(&news) };
        let worker = Worker::new(parts, Box::new(|_| Puppet::default()));
        Stand { worker, link, news, tasks, peer, folder }
    }

    impl Stand {
        fn send(&mut self, bytes: &[u8]) {
            self.peer.send(bytes).expect("sends");
            self.worker.turn();
        }

        fn expect_echo(&mut self) {
            self.send(b"echo");
            let mut buffer = [0; 16];
            assert_eq!(self.peer.recv(&mut buffer).expect("an echo"), 4);
        }

        fn figures(&mut self) -> WorkerFigures {
            let mut reply = self.link.request(figures_request(7)).expect("room in the queue");
            self.worker.turn();
            match reply.try_recv() {
                Ok(Ok(Done::Figures(figures))) => *figures,
                other => panic!("no figures: {other:?}"),
            }
        }
    }

    fn figures_request(id: u64) -> Request {
        Request { id: RequestId(id), command: Command::Figures }
    }

    #[test]
    fn datagrams_are_fed_carried_out_and_counted() {
        let mut stand = stand();
        stand.expect_echo();
        let figures = stand.figures();
        assert_eq!((figures.datagrams_in, figures.datagrams_out, figures.send_failures), (1, 1, 0));
    }

    #[test]
    fn a_packet_overtakes_reports_and_every_report_has_its_turn() {
        const REPORT: u8 = 205;
        const MEDIA: u8 = 96;
        let mut stand = stand();
        for _ in 0..DEFERRED_PER_TURN + 8 {
            stand.peer.send(&[0x81, REPORT]).expect("sends");
        }
        stand.send(&[0x80, MEDIA]);
        let fed = &stand.worker.core.fed;
        assert_eq!(fed.first(), Some(&MEDIA), "it came last");
        // A slow machine may have made them too old to wait any longer.
        assert!(fed.len() > DEFERRED_PER_TURN, "{}", fed.len());
        // It doesn't wait for anything to come while a report does.
        while stand.worker.core.fed.len() < DEFERRED_PER_TURN + 9 {
            stand.worker.turn();
        }
        assert_eq!(stand.figures().datagrams_in, DEFERRED_PER_TURN as u64 + 9);
    }

    #[test]
    fn a_worker_survives_a_panicking_core() {
        let mut stand = stand();
        stand.send(b"panic");
        stand.expect_echo();
        stand.send(b"panic in poll");
        stand.expect_echo();
        assert_eq!(stand.figures().datagrams_refused, 2, "the faulty room was dropped each time");
    }

    #[test]
    fn a_core_beyond_repair_is_replaced_and_its_rooms_reported_lost() {
        let mut stand = stand();
        stand.news.place(RoomId(5), Codec::H264, 1);
        let mut events = stand.news.subscribe();
        stand.send(b"panic for good");
        assert_eq!(events.try_recv().expect("told"), RoomEvent::RoomLost { room: RoomId(5) });
        assert_eq!(stand.news.find(RoomId(5)), Err(RelayError::NoSuchRoom(RoomId(5))));
        stand.expect_echo();
    }

    #[test]
    fn a_full_queue_says_busy_and_a_dead_worker_too() {
        let stand = stand();
        let replies: Vec<_> = (0..COMMANDS_MAX as u64)
            .map(|id| stand.link.request(figures_request(id)).expect("room in the queue"))
            .collect();
        assert_eq!(stand.link.request(figures_request(999)).err(), Some(RelayError::Busy));
        let Stand { mut worker, link, .. } = stand;
        worker.turn();
        assert!(replies.into_iter().all(|mut reply| matches!(reply.try_recv(), Ok(Ok(Done::Figures(_))))));
        drop(worker);
        assert_eq!(link.request(figures_request(1000)).err(), Some(RelayError::Busy));
    }

    #[test]
    fn handshakes_that_find_no_place_are_refused_not_forgotten() {
        let mut stand = stand();
        stand.send(b"start");
        assert_eq!(stand.figures().datagrams_refused, 5000 - TASKS_MAX as u64, "each was told to the core");
    }

    #[test]
    fn a_leg_is_heard_answered_and_let_go() {
        use socket2::{Domain, SockAddr, Socket, Type};
        let mut stand = stand();
        let child = Socket::new(Domain::UNIX, Type::SEQPACKET, None).expect("a socket");
        child.connect(&SockAddr::unix(stand.folder.path().join("legs.sock")).expect("short")).expect("connects");
        stand.worker.turn();
        for message in [&b"hello"[..], b"bye"] {
            child.send(message).expect("sends");
            stand.worker.turn();
            let mut buffer = [std::mem::MaybeUninit::uninit(); 16];
            assert_eq!(child.recv(&mut buffer).expect("an answer"), message.len());
        }
        let mut buffer = [std::mem::MaybeUninit::uninit(); 16];
        assert_eq!(child.recv(&mut buffer).expect("its end"), 0);
    }

    /// Starts a worker that has heard a peer, and tells it to stop.
    fn stopped() -> (WorkerLink, Queue<Task>, UdpSocket, thread::JoinHandle<()>) {
        let (send, outside) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut stand = stand();
            stand.expect_echo();
            let Stand { worker, link, news, tasks, peer, folder } = stand;
            send.send((link, tasks, peer)).expect("the test listens");
            worker.run();
            drop((news, folder));
        });
        let (link, tasks, peer) = outside.recv().expect("the thread sends them");
        link.stop();
        (link, tasks, peer, thread)
    }

    #[test]
    fn a_worker_told_to_stop_goes_on_until_its_peers_have_been_told() {
        let (link, tasks, peer, thread) = stopped();
        let task = tasks.recv_timeout(Duration::from_secs(5)).expect("the end of an association");
        assert_eq!(task.job, HandshakeJob::End);
        assert!(link.tell(task.key, HandshakeNews::Transmit(b"goodbye".to_vec())));
        let mut buffer = [0; 16];
        assert_eq!(peer.recv(&mut buffer).expect("the last datagram"), 7);
        assert!(link.tell(task.key, HandshakeNews::Closed));
        thread.join().expect("ends");
    }

    #[test]
    fn a_worker_ends_even_if_its_peers_cannot_be_told() {
        let (_link, _tasks, _peer, thread) = stopped();
        thread.join().expect("ends");
    }
}
