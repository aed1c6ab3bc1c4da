//! Real child processes with real GStreamer: what they deliver, what they refuse, and how they come back.

mod check;
mod demo;
mod supervise;
mod support;
