//! The door: which TCP connections are taken at all.
//!
//! A connection from outside `network.allowed_subnets` is closed before a byte of it is read, and no more connections are
//! held than [`CONNECTIONS_MAX`].

use crate::subnet::Subnet;
use axum_server::accept::Accept;
use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};

/// Most connections held at once, on all ports together: a county has hundreds of desks, and a file descriptor is needed for
/// each. When full, new connections are closed at once; those that are there stay.
pub const CONNECTIONS_MAX: usize = 4096;

/// Who may come in, and how many.
#[derive(Clone)]
pub struct Door {
    allowed: Arc<[Subnet]>,
    places: Arc<Semaphore>,
}

impl Door {
    /// A door for connections from these networks.
    #[must_use]
    pub fn new(allowed: &[Subnet]) -> Self {
        Self { allowed: allowed.into(), places: Arc::new(Semaphore::new(CONNECTIONS_MAX)) }
    }

    /// A place for a connection from `peer`, or why there is none.
    fn admit(&self, peer: IpAddr) -> io::Result<OwnedSemaphorePermit> {
        if !Subnet::any_contains(&self.allowed, peer) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "outside network.allowed_subnets"));
        }
        let full = |_| io::Error::new(io::ErrorKind::QuotaExceeded, "all connections are taken");
        Arc::clone(&self.places).try_acquire_owned().map_err(full)
    }
}

/// An acceptor behind a [`Door`].
#[derive(Clone)]
pub struct Guarded<A> {
    /// The door.
    pub door: Door,
    /// What takes those who came in.
    pub inner: A,
}

impl<A, S> Accept<TcpStream, S> for Guarded<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
    A::Stream: Send + 'static,
    A::Service: Send + 'static,
{
    type Stream = Held<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let admitted = stream.peer_addr().and_then(|peer| self.door.admit(peer.ip()));
        match admitted {
            Err(refused) => Box::pin(std::future::ready(Err(refused))),
            Ok(place) => {
                // Signalling is small messages both ways; Nagle would hold them back. Failing to say so costs only delay.
                let _ = stream.set_nodelay(true);
                let accepted = self.inner.accept(stream, service);
                Box::pin(async move {
                    let (stream, service) = accepted.await?;
                    Ok((Held { stream, _place: place }, service))
                })
            }
        }
    }
}

/// A connection and the place it takes until it is dropped.
pub struct Held<S> {
    stream: S,
    _place: OwnedSemaphorePermit,
}

impl<S: AsyncRead + Unpin> AsyncRead for Held<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Held<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// Listens on `port` at every address; 0 is any free port, the same at each.
///
/// `::` takes IPv4 too where the kernel lets it, so `0.0.0.0` beside it may be taken already; a machine without IPv6 has no
/// `::`. Neither is an error as long as one address listens.
pub fn listen(addresses: &[IpAddr], port: u16) -> io::Result<Vec<TcpListener>> {
    let both = addresses.contains(&Ipv6Addr::UNSPECIFIED.into()) && addresses.contains(&Ipv4Addr::UNSPECIFIED.into());
    let mut sorted = addresses.to_vec();
    sorted.sort_by_key(|address| address.is_ipv4());
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut first_error = None;
    for address in sorted {
        let port = match listeners.first() {
            Some(listener) => listener.local_addr()?.port(),
            None => port,
        };
        match TcpListener::bind(SocketAddr::new(address, port)) {
            Ok(listener) => {
                listener.set_nonblocking(true)?;
                listeners.push(listener);
            }
            Err(_) if both && address.is_unspecified() && !listeners.is_empty() => {}
            Err(error) if both && address.is_unspecified() => first_error = Some(error),
            Err(error) => return Err(error),
        }
    }
    match (listeners.is_empty(), first_error) {
        (true, Some(error)) => Err(error),
        (true, None) => Err(io::Error::new(io::ErrorKind::InvalidInput, "no address to listen on")),
        (false, _) => Ok(listeners),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_networks_come_in() {
        let door = Door::new(&Subnet::private());
        assert!(door.admit("10.1.1.1".parse().expect("an address")).is_ok());
        assert!(door.admit("::ffff:192.168.1.1".parse().expect("an address")).is_ok());
        for outside in ["8.8.8.8", "2001:db8::1", "::ffff:8.8.8.8"] {
            let refused = door.admit(outside.parse().expect("an address")).expect_err("refused");
            assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        }
    }

    #[test]
    fn a_place_is_free_again_once_its_connection_is_gone() {
        let door = Door { allowed: Subnet::private().into(), places: Arc::new(Semaphore::new(1)) };
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let place = door.admit(local).expect("a place");
        assert_eq!(door.admit(local).expect_err("full").kind(), io::ErrorKind::QuotaExceeded);
        drop(place);
        assert!(door.admit(local).is_ok());
    }

    #[test]
    fn everywhere_is_one_port_even_where_both_families_share_a_socket() {
        let everywhere = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
        let listeners = listen(&everywhere, 0).expect("listens");
        let ports: Vec<u16> = listeners.iter().map(|l| l.local_addr().expect("bound").port()).collect();
        assert!(ports.iter().all(|port| *port == ports[0] && *port != 0), "{ports:?}");
    }
}
