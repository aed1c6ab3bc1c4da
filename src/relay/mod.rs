//! The media plane: rooms, their peers, what these publish and what they see.
//!
//! Everything here but [`io`] is pure: time, packets and commands come in as arguments, effects come out as data, so whole
//! rooms run in a test in virtual time. The main type is [`Rooms`](rooms::Rooms), one per worker; the rest of the program
//! reaches it only through [`io::handle::RelayHandle`].
//!
//! It does not know what a meeting is: who may join and who is on air are decided elsewhere and arrive as commands.

pub mod allocate;
pub mod arrivals;
pub mod clock;
pub mod codec;
pub mod command;
pub mod delay;
pub mod egress;
pub mod estimate;
pub mod figures;

pub mod flight;
pub mod freeze;
pub mod io;
pub mod layer;
pub mod media;
pub mod nack;
pub mod outbox;
pub mod pacer;
pub mod peer;
pub mod pipe;
pub mod plan;
pub mod publication;
pub mod resend;
pub mod rewrite;
pub mod ring;
pub mod room;
pub mod rooms;
pub mod route;
pub mod rtp;
pub mod shed;
pub mod slate;
pub mod slot;
pub mod speaker;
pub mod stage;
pub mod tap;
pub mod thin;
pub mod transport;
