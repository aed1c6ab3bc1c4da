//! The handshake thread: DTLS of all workers' peers, so that no worker ever does public-key work (3 ms, as much as sending a
//! thousand packets).
//!
//! The main type is [`HandshakeThread`]; workers reach it through a [`HandshakeDesk`] and hear back by their own queue. It
//! decides nothing about peers: who is allowed, and how long a join may take, is the room's business, which ends what it
//! gives up. Associations stay here after the handshake, to notice when a peer closes.
//!
//! A peer that makes a handshake panic loses that handshake; the others go on.

use super::{
    news::WorkerIndex,
    worker::{WorkerLink, panic_text},
};
use crate::relay::{
    plan::Fingerprint,
    rooms::{HandshakeJob, HandshakeNews, PeerSerial},
    transport::dtls::{Certificate, Handshake, HandshakeStep},
};
use std::{
    collections::{BTreeSet, HashMap},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{self, Receiver as Queue, RecvTimeoutError, SyncSender, TrySendError},
    thread::{self, JoinHandle},
    time::Instant,
};
use tracing::{error, warn};

/// Tasks that may wait. A whole handshake is about eight datagrams, so this is five hundred joins at once, 1.5 s of work; what
/// doesn't fit is sent again by the peers, and starts are refused with a reason.
pub const TASKS_MAX: usize = 4096;

/// Associations at a time, of all workers: far more than one box has peers. More are refused with a reason.
const ASSOCIATIONS_MAX: usize = 8192;

/// Datagrams one association may send in one go; a flight has under ten.
const FLIGHT_MAX: usize = 64;

/// The thread's stack: ample, since `rtc-dtls` recurses per fragment, though what reaches it comes in one piece.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Names an association among all workers'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssociationKey {
    /// Whose peer it is.
    pub worker: WorkerIndex,
    /// Grows when that worker has to begin anew with a fresh core; associations of an older one are forgotten.
    pub epoch: u32,
    /// Which peer.
    pub serial: PeerSerial,
}

/// Work for the thread.
#[derive(Debug)]
pub struct Task {
    /// For which association.
    pub key: AssociationKey,
    /// What to do.
    pub job: HandshakeJob,
}

/// Where workers leave tasks.
#[derive(Clone)]
pub struct HandshakeDesk {
    tasks: SyncSender<Task>,
}

impl HandshakeDesk {
    /// A desk and the queue behind it.
    #[must_use]
    pub fn new() -> (Self, Queue<Task>) {
        let (tasks, queue) = mpsc::sync_channel(TASKS_MAX);
        (Self { tasks }, queue)
    }

    /// Leaves a task, without waiting.
    ///
    /// # Errors
    ///
    /// Gives the task back if the queue is full or the thread is gone.
    pub fn offer(&self, task: Task) -> Result<(), TrySendError<Task>> {
        self.tasks.try_send(task)
    }
}

/// A DTLS association as the thread drives it: [`Handshake`], or something that misbehaves in a test.
trait Association {
    fn handle(&mut self, now: Instant, datagram: &[u8]);
    fn poll(&mut self, now: Instant) -> HandshakeStep;
    fn close(&mut self);
}

impl Association for Handshake {
    fn handle(&mut self, now: Instant, datagram: &[u8]) {
        self.handle(now, datagram);
    }

    fn poll(&mut self, now: Instant) -> HandshakeStep {
        self.poll(now)
    }

    fn close(&mut self) {
        self.close();
    }
}

/// The thread that does handshakes. It ends when every desk is gone.
pub struct HandshakeThread;

impl HandshakeThread {
    /// Starts it. `workers` are told the news, by their number.
    ///
    /// # Errors
    ///
    /// If the system has no more threads.
    pub fn start(queue: Queue<Task>, workers: Vec<WorkerLink>, certificate: Certificate) -> io::Result<JoinHandle<()>> {
        let begin = move |fingerprint: Fingerprint| Handshake::server(&certificate, fingerprint);
        let tell = move |key: AssociationKey, news: HandshakeNews| {
            if let Some(worker) = workers.get(key.worker) {
                worker.tell(key, news);
            }
        };
        thread::Builder::new()
            .name("handshake".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || Associations::new(begin, tell).run(&queue))
    }
}

/// All associations and when each wants to be called.
struct Associations<A, B, T> {
    begin: B,
    tell: T,
    open: HashMap<AssociationKey, Open<A>>,
    timers: BTreeSet<(Instant, AssociationKey)>,
}

struct Open<A> {
    association: A,
    deadline: Option<Instant>,
}

impl<A, B, T> Associations<A, B, T>
where
    A: Association,
    B: FnMut(Fingerprint) -> A,
    T: FnMut(AssociationKey, HandshakeNews),
{
    fn new(begin: B, tell: T) -> Self {
        Self { begin, tell, open: HashMap::new(), timers: BTreeSet::new() }
    }

    fn run(mut self, queue: &Queue<Task>) {
        loop {
            let now = Instant::now();
            self.expire(now);
            let task = match self.timers.first() {
                Some((deadline, _)) => queue.recv_timeout(deadline.saturating_duration_since(now)),
                None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match task {
                Ok(task) => self.obey(Instant::now(), task),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn obey(&mut self, now: Instant, Task { key, job }: Task) {
        match job {
            HandshakeJob::Start(fingerprint) => self.start(now, key, fingerprint),
            HandshakeJob::Datagram(datagram) => {
                self.drive(now, key, |association| association.handle(now, &datagram));
            }
            HandshakeJob::End => {
                if self.open.contains_key(&key) {
                    self.drive(now, key, Association::close);
                    self.remove(key);
                } else {
                    // It was over before; the worker may still wait to hear so.
                    (self.tell)(key, HandshakeNews::Closed);
                }
            }
        }
    }

    fn start(&mut self, now: Instant, key: AssociationKey, fingerprint: Fingerprint) {
        self.forget_older_epochs(key);
        if self.open.len() >= ASSOCIATIONS_MAX {
            let reason = format!("there are {ASSOCIATIONS_MAX} DTLS associations already");
            return (self.tell)(key, HandshakeNews::Failed(reason));
        }
        self.remove(key);
        let association = (self.begin)(fingerprint);
        self.open.insert(key, Open { association, deadline: None });
        self.drive(now, key, |_| ());
    }

    fn forget_older_epochs(&mut self, key: AssociationKey) {
        let is_older = |other: &AssociationKey| other.worker == key.worker && other.epoch < key.epoch;
        if self.open.keys().any(is_older) {
            self.open.retain(|other, _| !is_older(other));
            self.timers.retain(|(_, other)| !is_older(other));
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some(&(deadline, key)) = self.timers.first()
            && deadline <= now
        {
            self.timers.pop_first();
            self.drive(now, key, |_| ());
        }
    }

    /// Does `act` to an association and carries out what follows; a panic costs this one alone.
    fn drive(&mut self, now: Instant, key: AssociationKey, act: impl FnOnce(&mut A)) {
        let Some(mut open) = self.open.remove(&key) else { return };
        if let Some(deadline) = open.deadline.take() {
            self.timers.remove(&(deadline, key));
        }
        let tell = &mut self.tell;
        let driven = catch_unwind(AssertUnwindSafe(|| {
            act(&mut open.association);
            let wait = carry_out(now, key, &mut open.association, tell);
            (open, wait)
        }));
        match driven {
            Ok((mut open, Wait::Until(deadline))) => {
                open.deadline = deadline;
                self.timers.extend(deadline.map(|deadline| (deadline, key)));
                self.open.insert(key, open);
            }
            Ok((_, Wait::Over)) => {}
            Err(payload) => {
                error!(fault = panic_text(&*payload), "a fault in a DTLS handshake: that peer is refused");
                (self.tell)(key, HandshakeNews::Failed("a fault in the handshake".to_owned()));
            }
        }
    }

    fn remove(&mut self, key: AssociationKey) {
        if let Some(Open { deadline: Some(deadline), .. }) = self.open.remove(&key) {
            self.timers.remove(&(deadline, key));
        }
    }
}

/// What an association waits for.
enum Wait {
    /// A datagram, or this time.
    Until(Option<Instant>),
    /// Nothing: it is over.
    Over,
}

fn carry_out<A: Association>(
    now: Instant,
    key: AssociationKey,
    association: &mut A,
    tell: &mut impl FnMut(AssociationKey, HandshakeNews),
) -> Wait {
    for _ in 0..FLIGHT_MAX {
        match association.poll(now) {
            HandshakeStep::Transmit(datagram) => tell(key, HandshakeNews::Transmit(datagram)),
            HandshakeStep::Established(keys) => tell(key, HandshakeNews::Established(keys)),
            HandshakeStep::Failed(reason) => {
                warn!(reason, "a DTLS handshake failed: that peer is removed");
                tell(key, HandshakeNews::Failed(reason));
                return Wait::Over;
            }
            HandshakeStep::Closed => {
                tell(key, HandshakeNews::Closed);
                return Wait::Over;
            }
            HandshakeStep::Wait(deadline) => return Wait::Until(deadline),
        }
    }
    tell(key, HandshakeNews::Failed("the handshake does not come to an end".to_owned()));
    Wait::Over
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::RefCell, rc::Rc, time::Duration};

    /// Plays back what each datagram says.
    #[derive(Default)]
    struct Scripted(Vec<HandshakeStep>);

    impl Association for Scripted {
        fn handle(&mut self, now: Instant, datagram: &[u8]) {
            match datagram {
                b"panic" => panic!("a crafted datagram"),
                b"echo" => self.0.push(HandshakeStep::Transmit(datagram.to_vec())),
                b"alert" => self.0.push(HandshakeStep::Closed),
                b"timer" => self.0.push(HandshakeStep::Wait(Some(now + Duration::from_millis(150)))),
                other => panic!("not in the script: {other:?}"),
            }
        }

        fn poll(&mut self, _now: Instant) -> HandshakeStep {
            self.0.pop().unwrap_or(HandshakeStep::Wait(None))
        }

        fn close(&mut self) {
            self.0.push(HandshakeStep::Transmit(b"close".to_vec()));
        }
    }

    fn key(serial: u64) -> AssociationKey {
        AssociationKey { worker: 0, epoch: 0, serial: PeerSerial(serial) }
    }

    fn text(news: &HandshakeNews) -> String {
        match news {
            HandshakeNews::Transmit(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            HandshakeNews::Established(_) => "established".to_owned(),
            HandshakeNews::Failed(reason) => format!("failed: {reason}"),
            HandshakeNews::Closed => "closed".to_owned(),
        }
    }

    #[test]
    fn a_panic_costs_one_handshake_and_no_other() {
        let told = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&told);
        let tell = move |key: AssociationKey, news: HandshakeNews| log.borrow_mut().push((key.serial.0, text(&news)));
        let mut all = Associations::new(|_| Scripted::default(), tell);
        let now = Instant::now();
        let datagram = |bytes: &[u8]| HandshakeJob::Datagram(bytes.to_vec());
        for serial in [1, 2] {
            all.obey(now, Task { key: key(serial), job: HandshakeJob::Start(Fingerprint([0; 32])) });
        }
        all.obey(now, Task { key: key(1), job: datagram(b"panic") });
        all.obey(now, Task { key: key(1), job: datagram(b"echo") });
        all.obey(now, Task { key: key(2), job: datagram(b"echo") });
        assert_eq!(*told.borrow(), [(1, "failed: a fault in the handshake".to_owned()), (2, "echo".to_owned())]);
        all.obey(now, Task { key: key(2), job: datagram(b"timer") });
        assert_eq!(all.timers.len(), 1);
        all.expire(now + Duration::from_secs(1));
        all.obey(now, Task { key: key(2), job: HandshakeJob::End });
        assert_eq!(told.borrow().last(), Some(&(2, "close".to_owned())));
        assert!(all.open.is_empty() && all.timers.is_empty(), "nothing is left behind");
        all.obey(now, Task { key: key(1), job: HandshakeJob::End });
        assert_eq!(
            told.borrow().last(),
            Some(&(1, "closed".to_owned())),
            "who waits for an end that was before is told"
        );
    }

    #[test]
    fn a_worker_that_began_anew_leaves_nothing_behind() {
        let mut all = Associations::new(|_| Scripted::default(), |_, _| ());
        let now = Instant::now();
        let start = || HandshakeJob::Start(Fingerprint([0; 32]));
        all.obey(now, Task { key: key(1), job: start() });
        all.obey(now, Task { key: AssociationKey { worker: 1, ..key(1) }, job: start() });
        all.obey(now, Task { key: AssociationKey { epoch: 1, ..key(1) }, job: start() });
        let mut left: Vec<_> = all.open.keys().map(|key| (key.worker, key.epoch)).collect();
        left.sort_unstable();
        assert_eq!(left, [(0, 1), (1, 0)]);
    }
}
