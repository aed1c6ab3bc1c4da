//! Runs hundreds of light clients on one thread: a socket each, one epoll, no runtime.
//!
//! Datagrams carry the kernel's time of their arrival, so that delays are the network's and the sender's, not those of a thread
//! that was late to read.
//!
//! The main type is [`Crowd`]. It blocks in [`turn`](Crowd::turn), so give it a thread of its own.

use super::light::{Light, LightError, Step};
use crate::relay::io::{clock::ArrivalClock, socket::Receiver};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, ppoll},
    sys::{
        epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
        socket::{
            setsockopt,
            sockopt::{RcvBuf, ReceiveTimestampns},
        },
        time::TimeSpec,
    },
};
use std::{
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    os::fd::AsFd,
    time::{Duration, Instant},
};

/// Receive buffer of one client: a key frame and some pictures while the thread is elsewhere.
const RECEIVE_BUFFER_BYTES: usize = 1 << 20;

/// Longest time between two looks at everybody's timers.
const SWEEP_INTERVAL: Duration = Duration::from_millis(10);

/// Which client of a crowd; counts from 0.
pub type Member = usize;

/// Many light clients and their sockets.
pub struct Crowd {
    epoll: Epoll,
    members: Vec<(Light, UdpSocket)>,
    events: Vec<EpollEvent>,
    receiver: Receiver,
    next_sweep: Instant,
    news: Vec<News>,
}

/// What happened to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Its media can flow.
    Connected(Member),
    /// It ended, and why.
    Failed(Member, String),
}

impl Crowd {
    /// Nobody yet.
    ///
    /// # Errors
    ///
    /// If the kernel gives no epoll.
    #[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            members: Vec::new(),
            events: vec![EpollEvent::empty(); 256],
            receiver: Receiver::new(),
            next_sweep: Instant::now(),
            news: Vec::new(),
        })
    }

    /// Takes in a client, on a socket of `local`'s family at a free port.
    ///
    /// # Errors
    ///
    /// If there is no socket to be had.
    pub fn add(&mut self, light: Light, local: IpAddr) -> io::Result<Member> {
        let socket = UdpSocket::bind((local, 0))?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, RcvBuf, &RECEIVE_BUFFER_BYTES)?;
        setsockopt(&socket, ReceiveTimestampns, &true)?;
        let member = self.members.len();
        self.epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, member as u64))?;
        self.members.push((light, socket));
        Ok(member)
    }

    /// Gives a member the relay's answer.
    ///
    /// # Errors
    ///
    /// If the answer can't be used.
    #[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
    pub fn accept(&mut self, member: Member, answer: &str) -> Result<(), LightError> {
        let now = Instant::now();
        let (light, socket) = &mut self.members[member];
        let ipv4 = socket.local_addr().is_ok_and(|addr| addr.is_ipv4());
        light.accept(now, answer, ipv4)?;
        self.next_sweep = now;
        Ok(())
    }

    /// One of them.
    pub fn light(&mut self, member: Member) -> &mut Light {
        &mut self.members[member].0
    }

    /// All of them.
    pub fn lights(&mut self) -> impl Iterator<Item = &mut Light> {
        self.members.iter_mut().map(|(light, _)| light)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Where a member's socket is bound.
    ///
    /// # Errors
    ///
    /// If the kernel does not say.
    pub fn address(&self, member: Member) -> io::Result<SocketAddr> {
        self.members[member].1.local_addr()
    }

    /// Waits for datagrams or timers, no longer than `limit`, and serves them. Returns what happened since the last turn.
    ///
    /// # Errors
    ///
    /// If waiting fails.
    #[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
    pub fn turn(&mut self, limit: Duration) -> io::Result<Vec<News>> {
        let wait = self.next_sweep.saturating_duration_since(Instant::now()).min(limit);
        // epoll counts in milliseconds, a spread picture's packets are one apart: ppoll is exact.
        let mut ready = [PollFd::new(self.epoll.0.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut ready, Some(TimeSpec::from_duration(wait)), None) {
            Err(Errno::EINTR) | Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = self.epoll.wait(&mut self.events, EpollTimeout::ZERO)?;
        for event in 0..ready {
            self.receive(self.events[event].data() as Member);
        }
        let now = Instant::now();
        if now >= self.next_sweep {
            self.next_sweep = now + SWEEP_INTERVAL;
            for member in 0..self.members.len() {
                self.carry_out(member, now);
            }
        }
        Ok(std::mem::take(&mut self.news))
    }

    fn receive(&mut self, member: Member) {
        let clock = ArrivalClock::read();
        let (light, socket) = &mut self.members[member];
        // What is over a batch is told by the next wait: the next socket has its turn first.
        let count = self.receiver.receive(socket.as_fd()).unwrap_or(0);
        let mut answers = !light.is_connected();
        for index in 0..count {
            let Some(datagram) = self.receiver.datagram(index) else { continue };
            answers |= datagram.bytes.first().is_some_and(|byte| *byte < 128);
            let arrived = datagram.arrived.map_or(clock.now, |unix| clock.instant_of(unix));
            light.handle(arrived, datagram.from.peer, datagram.bytes);
        }
        // Media ask for no answer; timers and reports are the sweep's.
        if answers {
            self.carry_out(member, clock.now);
        }
    }

    fn carry_out(&mut self, member: Member, now: Instant) {
        let (light, socket) = &mut self.members[member];
        loop {
            match light.poll(now) {
                // A full send buffer is a lost datagram, as on any network.
                Step::Transmit { to, datagram } => drop(socket.send_to(datagram, to)),
                Step::Connected => self.news.push(News::Connected(member)),
                Step::Failed(reason) => self.news.push(News::Failed(member, reason)),
                Step::Wait(due) => {
                    if let Some(due) = due {
                        self.next_sweep = self.next_sweep.min(due);
                    }
                    return;
                }
            }
        }
    }
}
