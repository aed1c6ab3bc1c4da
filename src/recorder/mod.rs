//! Recording (录制): what a room's tap gives is kept in a journal, and the journal can be read for ever.
//!
//! [`journal`] is the archival format, [`verify`] finds out what of a recording is whole and what is missing, [`job`] is what the
//! program and a recorder's process say to each other; all of that is pure. [`io`] writes and reads the files, runs the processes,
//! and is the process itself. There is no GStreamer in it: a recording must not end because a plugin crashed.

pub mod io;
pub mod job;
pub mod journal;
pub mod verify;
