//! The shell of the legs: finding and checking pipeline files, running child processes, and being one.
//!
//! The program holds a [`Legs`](supervisor::Legs), which starts this same program again as `yunling __leg` for each leg and for
//! each check ([`child`]). Only there, in [`pipeline`], [`source`] and [`feed`], is GStreamer called.

pub mod child;
pub mod dial;
pub mod feed;
pub mod library;
pub mod pipeline;
pub mod source;
pub mod supervisor;
