//! The shell around [`Rooms`](super::rooms::Rooms): threads, sockets and clocks, and nothing else.

pub mod handle;
pub mod handshake;
pub mod socket;
pub mod worker;
