//! What the relay must know of a codec's payload: where a key frame starts, and how large its picture is.

pub mod h264;
pub mod vp8;
