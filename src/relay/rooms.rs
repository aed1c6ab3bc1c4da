//! All rooms of one worker: the demultiplexer in front of them and the contract with the shell.
//!
//! The contract: one [`handle`](Rooms::handle), then [`poll`](Rooms::poll) until it returns [`Output::Timeout`]. On
//! [`Output::Transmit`] the shell sends what is in [`outbox`](Rooms::outbox) and clears it before it polls again.

use super::{
    command::{Reply, Request, RoomEvent},
    outbox::Outbox,
    plan::Fingerprint,
    transport::srtp::SrtpKeys,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// A peer's number on its worker, never used twice; names it towards the handshake thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerSerial(pub u64);

/// A leg connection's number on its worker, chosen by the shell, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegConnection(pub u64);

/// One thing that happened to a worker.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram on the worker's UDP port. It is opened in place.
    Datagram {
        /// Its source.
        from: SocketAddr,
        /// Its payload.
        bytes: &'a mut [u8],
    },
    /// A message from a leg's child process ([`pipe`](super::pipe)).
    Leg {
        /// The connection it came by.
        connection: LegConnection,
        /// The whole message.
        message: &'a mut [u8],
    },
    /// A leg's connection ended.
    LegClosed(LegConnection),
    /// Somebody's command.
    Request(Request),
    /// News from the handshake thread.
    Handshake(PeerSerial, HandshakeNews),
    /// The time asked for by [`Output::Timeout`] has come, or any other moment.
    Timeout,
}

/// What the handshake thread tells.
#[derive(Debug)]
pub enum HandshakeNews {
    /// Send this datagram to the peer.
    Transmit(Vec<u8>),
    /// The handshake is done and the fingerprint was right.
    Established(SrtpKeys),
    /// The handshake can't succeed.
    Failed(String),
    /// The peer closed its association.
    Closed,
}

/// Work for the handshake thread.
#[derive(Debug, PartialEq, Eq)]
pub enum HandshakeJob {
    /// A new association, we are the DTLS server; the peer's certificate must have this fingerprint.
    Start(Fingerprint),
    /// A DTLS datagram of an authenticated address.
    Datagram(Vec<u8>),
    /// The peer is gone: close the association, forget it.
    End,
}

/// One effect to carry out.
#[derive(Debug)]
pub enum Output {
    /// Send all of [`Rooms::outbox`], clear it, poll again.
    Transmit,
    /// Pass this to the handshake thread.
    Handshake(PeerSerial, HandshakeJob),
    /// Answer a request.
    Reply(Reply),
    /// Tell whoever listens.
    Event(RoomEvent),
    /// Send this message to a leg's child process; if it can't take it now, drop it.
    LegSend(LegConnection, Vec<u8>),
    /// Close a leg's connection.
    LegClose(LegConnection),
    /// Nothing more to do before this time, unless something happens.
    Timeout(Option<Instant>),
}

/// All rooms of one worker.
pub struct Rooms {
    outbox: Outbox,
}

impl Rooms {
    /// No rooms yet. `seed` is the only randomness ever used: initial sequence numbers and timestamps come from it.
    /// `now` and `unix` are the same moment, so that sender reports can carry wall-clock time.
    #[must_use]
    pub fn new(seed: u64, now: Instant, unix: Duration) -> Self {
        let _ = (seed, now, unix);
        Self { outbox: Outbox::new() }
    }

    /// Feeds one thing that happened at `now`. Then call [`poll`](Self::poll) until it returns [`Output::Timeout`].
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        let _ = (now, input);
    }

    /// Next effect to carry out.
    pub fn poll(&mut self) -> Output {
        Output::Timeout(None)
    }

    /// What waits to be sent.
    #[must_use]
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// How long video may wait for more of it, so that one send carries many packets: zero on an idle worker, up to 5 ms on
    /// a busy one. Sound never waits.
    pub fn set_gathering(&mut self, wait: Duration) {
        let _ = wait;
    }

    /// After a panic inside `handle` or `poll`: drops the room that was being driven; its peers must join again.
    pub fn drop_faulty_room(&mut self, now: Instant) {
        let _ = now;
    }
}
