//! The bots against a whole relay, on loopback with real ICE, DTLS and SRTP.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]
#![expect(clippy::disallowed_methods, reason = "real time, on real sockets")]
#![expect(clippy::print_stdout, reason = "what was measured, for whoever runs it with --nocapture")]

mod doctor;
mod joins;
#[path = "../fixtures/keep.rs"]
mod keep;
mod kills;
mod light;
mod logins;
mod native;
mod program;
mod removal;
mod small_disk;
