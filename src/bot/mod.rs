//! Clients of a relay, for tests, measurements and training.
//!
//! [`light`] is our own, cheap enough that hundreds run on one core; [`native`] is the `webrtc` crate's complete peer
//! connection, a client that we did not write, and what `yunling bot publish|view` runs. Neither decodes or shows anything.
//! [`audience`] is a whole crowd of light ones that joins at once.
//!
//! Nothing of the relay's control plane is used here: a bot sees a relay only from outside, by WHIP, WHEP and packets.

pub mod audience;
pub mod check;
pub mod clip;
pub mod crowd;
pub mod light;
pub mod native;
pub mod offer;
pub mod programme;
pub mod publish;
pub mod signalling;
pub mod tally;
pub mod view;

use std::{io, net::IpAddr, path::PathBuf};

/// Where a bot goes, and for how long.
#[derive(Debug, Clone)]
pub struct Target {
    /// WHIP or WHEP endpoint.
    pub url: String,
    /// Bearer token, if the meeting wants one.
    pub token: Option<String>,
    /// The site's root certificate.
    pub ca: Option<PathBuf>,
    /// Seconds of media; `None` for ever.
    pub seconds: Option<u64>,
}

/// Why a bot failed.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    /// Signalling.
    #[error(transparent)]
    Signalling(#[from] signalling::SignallingError),
    /// ICE, DTLS or the library.
    #[error(transparent)]
    Native(#[from] native::NativeError),
    /// No thread, no socket, or no key for a crowd.
    #[error("cannot run many viewers: {0}")]
    Crowd(#[source] io::Error),
    /// No way to that host.
    #[error("no local address leads to {url}")]
    NoRoute {
        /// Where to.
        url: String,
        /// What the system says.
        source: io::Error,
    },
    /// A viewer got no picture.
    #[error("connected, but not one packet of picture came")]
    NothingCame,
    /// A publisher sent nothing.
    #[error("connected, but nothing was sent")]
    NothingSent,
}

/// This machine's address on the way to the host of an HTTP address.
///
/// # Errors
///
/// If it is no address, or nothing leads there.
pub async fn local_towards(url: &str) -> Result<IpAddr, BotError> {
    let no_route = |source| BotError::NoRoute { url: url.to_owned(), source };
    let parsed: reqwest::Url = url.parse().map_err(|_| signalling::SignallingError::Url { url: url.to_owned() })?;
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = parsed.port_or_known_default().unwrap_or(443);
    let mut found = tokio::net::lookup_host((host, port)).await.map_err(no_route)?;
    let remote = found.next().ok_or_else(|| no_route(io::Error::other("the name has no address")))?;
    let any: IpAddr = if remote.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
    // Connecting a UDP socket sends nothing; it only asks the routing table.
    let socket = tokio::net::UdpSocket::bind((any, 0)).await.map_err(no_route)?;
    socket.connect(remote).await.map_err(no_route)?;
    Ok(socket.local_addr().map_err(no_route)?.ip())
}
