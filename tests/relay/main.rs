//! The media plane from outside: its values on the wire, and whole relays on loopback with real ICE, DTLS and SRTP.

#![expect(clippy::disallowed_methods, reason = "these run in real time")]
#![allow(unreachable_pub, clippy::unwrap_used, clippy::type_complexity, reason = "tests, in part the simulation's")]

#[path = "../sim/client.rs"]
#[allow(dead_code, reason = "shared with the simulation, which uses all of it")]
mod client;
mod desk;
mod loopback;
#[path = "../sim/media.rs"]
#[allow(dead_code, reason = "shared with the simulation, which uses all of it")]
mod media;
mod wire;
