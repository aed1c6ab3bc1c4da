//! The media plane: rooms, their peers, what these publish and what they see.
//!
//! Everything here but [`io`] is pure: time, packets and commands come in as arguments, effects come out as data, so whole
//! rooms run in a test in virtual time. The main type is [`Rooms`](rooms::Rooms), one per worker; the rest of the program
//! reaches it only through [`io::handle::RelayHandle`].
//!
//! It does not know what a meeting is: who may join and who is on air are decided elsewhere and arrive as commands.

pub mod command;
pub mod figures;
pub mod io;
pub mod media;
pub mod outbox;
pub mod pipe;
pub mod plan;
pub mod rooms;
pub mod stage;
pub mod transport;
