//! Between which two addresses a peer is spoken to.

use std::net::{IpAddr, SocketAddr};

/// A peer's address, and the one of ours that it knows us by.
///
/// A peer takes answers only from where it asked (RFC 8445 §7.2.5.2.1), and a machine with several addresses would send them
/// from whichever its routes prefer: a browser that asks 127.0.0.1 from its network card's address would be answered by the
/// card's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route {
    /// Theirs.
    pub peer: SocketAddr,
    /// Ours; `None` where only one is possible, or the routes choose.
    pub own: Option<IpAddr>,
}

impl From<SocketAddr> for Route {
    fn from(peer: SocketAddr) -> Self {
        Self { peer, own: None }
    }
}
