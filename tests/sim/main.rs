//! Whole rooms on a simulated network: virtual clock, seeded loss, delay and reordering. Every datagram the relay seals is
//! watched on the wire, so the one-seal invariant is checked for everything these tests do.
//! `SOAK=1` adds seeds that nobody has seen, `SOAK=20` twenty times as many.

#![expect(
    clippy::disallowed_methods,
    reason = "virtual time starts somewhere, and the environment asks for the long form"
)]
#![expect(clippy::print_stdout, reason = "people read the figures these tests measure")]

mod arrivals;
mod bandwidth;
mod busy;
mod changes;
mod client;
mod figures;
mod hostile;
mod joins;
mod layers;
mod lifecycle;
mod lips;
mod loss;
mod media;
mod network;
mod overload;
mod seeds;
mod sim;
mod sound;
mod stage;
