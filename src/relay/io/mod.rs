//! The shell around [`Rooms`](super::rooms::Rooms): threads, sockets and clocks, and nothing else.
//!
//! A [`Relay`](handle::Relay) is a few workers ([`worker`], one UDP port each) and one thread for handshakes
//! ([`handshake`]); who comes by TCP is carried to the workers' ports ([`tcp`]). The rest of the program holds a [`RelayHandle`](handle::RelayHandle).

#![expect(clippy::disallowed_methods, reason = "a shell reads the clock")]

pub mod addresses;
pub mod clock;
pub mod deferred;
pub mod gathering;
pub mod handle;
pub mod handshake;
pub mod legs;
pub mod news;
mod priority;
pub mod socket;
pub mod tcp;
pub mod worker;
