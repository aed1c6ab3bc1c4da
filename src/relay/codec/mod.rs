//! What the relay must know of a codec's payload: where a key frame starts, and how large its picture is; and how a packet of
//! sound carries others.

pub mod h264;
pub mod red;
pub mod vp8;
