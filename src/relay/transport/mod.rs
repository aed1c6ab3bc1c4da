//! How packets get to a peer and back in secret: ICE, DTLS, SRTP, SDP. The only place that names the WebRTC crates.

pub mod dtls;
pub mod ice;
pub mod rtcp;
pub mod sdp;
pub mod srtcp;
pub mod srtp;

#[cfg(test)]
mod tests;
