//! Links that are not WebRTC (线路): each is a child process that runs a GStreamer pipeline and feeds RTP to a worker.
//!
//! A [`plan`] says what a leg does; a [pipeline file](pipeline_file) what runs, [`params`] what of it can be set.
//! [`picture`] decides whether a source's H.264 may pass, [`health`] when a process counts as stalled, [`reconnect`] how long to
//! wait before the next one, and [`problem`] has every fault with its sentence. All of that is pure. [`io`] finds and checks
//! the files, dials, runs the processes, and is the child process itself.
//!
//! GStreamer runs in no other process than these children, so that a crash in a plugin costs one link, for seconds.

pub mod health;
pub mod io;
pub mod job;
pub mod params;
pub mod picture;
pub mod pipeline_file;
pub mod plan;
pub mod problem;
pub mod reconnect;
