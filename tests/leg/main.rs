//! Real child processes with real GStreamer: what they deliver, what they refuse, and how they come back.

mod check;
mod demo;
mod incoming;
mod supervise;
mod support;
