//! Recording (录制): what a room's tap gives is kept in a journal, and the journal can be read for ever.
//!
//! [`journal`] is the archival format, [`verify`] finds out what of a recording is whole and what is missing, [`trial`] what a short
//! one came to, [`job`] is what the
//! program and a recorder's process say to each other. There is no GStreamer in that: a recording must not end because a plugin
//! crashed.
//!
//! Files that a player opens are made of the journal afterwards, as often as anybody likes: [`timeline`] brings what sources sent
//! to one clock, [`depacketise`] makes whole pictures of it, [`programme`] knows what was on air, [`mix`] and [`canvas`] put
//! together what several sent, [`manifest`] says what came of it, and [`pieces`] can be played before it is over. In a recording's folder lie
//!
//! ```text
//! journal/    the segments; only a recorder's process ever writes here
//! files/      what was made of them, all at once: meeting.mp4, originals/, poster.jpg, sprite.jpg, sprite.vtt, chapters.vtt,
//!             manifest.json
//! files.new/  while they are being made
//! pieces/     of the programme, made and played while the meeting runs, and joined at its end
//! ```
//!
//! All of that is pure; [`io`] writes and reads the files, runs the processes, and is the processes themselves.

pub mod canvas;
pub mod depacketise;
pub mod finalising;
pub mod io;
pub mod job;
pub mod journal;
pub mod manifest;
pub mod mix;
pub mod pieces;
pub mod programme;
pub mod timeline;
pub mod trial;
pub mod verify;
