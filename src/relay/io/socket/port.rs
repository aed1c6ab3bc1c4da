//! Opening a port: one socket per address family, with large kernel buffers, receive times and a code point.

use super::{get_option, set_option};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};
use tracing::info;

/// Kernel buffer asked for in each direction: 30 ms at a gigabit, as long as a worker may be kept from running.
pub const KERNEL_BUFFER_BYTES: i32 = 4 * 1024 * 1024;

/// How often [`UdpPort::bind`] looks for a number that is free in every family when the kernel may choose it.
const FREE_PORT_TRIES: usize = 16;

/// Why a port could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open UDP {address}")]
pub struct BindError {
    address: SocketAddr,
    source: io::Error,
}

/// How a port is opened.
#[derive(Debug, Clone)]
pub struct PortOptions {
    /// Local addresses, at most one per family.
    pub addresses: Vec<IpAddr>,
    /// Port number; 0 lets the kernel choose, the same for all addresses.
    pub port: u16,
    /// Differentiated services code point of everything sent, 0 to 63 (RFC 2474); `None` leaves the kernel's default.
    pub dscp: Option<u8>,
}

/// A kernel buffer that is smaller than asked for: bursts may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capped {
    /// The sysctl that caps it.
    pub limit: &'static str,
    /// Bytes it has.
    pub granted: i32,
}

/// One UDP port, open in one or both address families.
pub struct UdpPort {
    sockets: Vec<PortSocket>,
    port: u16,
}

struct PortSocket {
    socket: Socket,
    address: SocketAddr,
    capped: [Option<Capped>; 2],
}

impl UdpPort {
    /// Opens the port. A family the machine does not have is left out as long as another one works.
    ///
    /// # Errors
    ///
    /// If an address is not this machine's, the port is taken, or no address could be opened.
    pub fn bind(options: &PortOptions) -> Result<Self, BindError> {
        let mut tries = FREE_PORT_TRIES;
        loop {
            match Self::bind_all(options) {
                Err(error) if options.port == 0 && error.source.kind() == io::ErrorKind::AddrInUse && tries > 0 => {
                    tries -= 1;
                }
                other => return other,
            }
        }
    }

    fn bind_all(options: &PortOptions) -> Result<Self, BindError> {
        let mut port = options.port;
        let mut sockets: Vec<PortSocket> = Vec::new();
        let mut absent = None;
        for &ip in &options.addresses {
            let address = SocketAddr::new(ip, port);
            match open(address, options.dscp) {
                Ok(socket) => {
                    port = socket.address.port();
                    sockets.push(socket);
                }
                Err(source) if ip.is_unspecified() && family_is_absent(&source) => {
                    absent = Some(BindError { address, source });
                }
                Err(source) => return Err(BindError { address, source }),
            }
        }
        match absent {
            Some(error) if sockets.is_empty() => Err(error),
            Some(error) => {
                info!(family = if error.address.is_ipv6() { "IPv6" } else { "IPv4" }, "this machine does without it");
                Ok(Self { sockets, port })
            }
            None => Ok(Self { sockets, port }),
        }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.port
    }

    /// Whether it is open in the family of `ip`.
    #[must_use]
    pub fn serves(&self, ip: IpAddr) -> bool {
        self.sockets.iter().any(|socket| socket.address.is_ipv4() == ip.is_ipv4())
    }

    /// Its sockets, to wait for and receive from.
    pub fn sockets(&self) -> impl ExactSizeIterator<Item = BorrowedFd<'_>> {
        self.sockets.iter().map(|socket| socket.socket.as_fd())
    }

    /// The socket with this number, in the order of [`sockets`](Self::sockets).
    #[must_use]
    pub fn socket(&self, index: usize) -> Option<BorrowedFd<'_>> {
        self.sockets.get(index).map(|socket| socket.socket.as_fd())
    }

    /// Buffers the kernel did not make as large as asked for.
    pub fn capped(&self) -> impl Iterator<Item = Capped> {
        self.sockets.iter().flat_map(|socket| socket.capped).flatten()
    }

    /// Number of the socket that reaches `to`.
    pub(super) fn socket_for(&self, to: SocketAddr) -> Option<usize> {
        self.sockets.iter().position(|socket| socket.address.is_ipv4() == to.is_ipv4())
    }
}

fn open(address: SocketAddr, dscp: Option<u8>) -> io::Result<PortSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    let capped = [
        enlarge(&socket, libc::SO_RCVBUF, libc::SO_RCVBUFFORCE, "net.core.rmem_max")?,
        enlarge(&socket, libc::SO_SNDBUF, libc::SO_SNDBUFFORCE, "net.core.wmem_max")?,
    ];
    set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    // Open on all addresses, an answer has to leave from the one that was asked.
    if address.ip().is_unspecified() {
        let (level, option) = match address {
            SocketAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_PKTINFO),
            SocketAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
        };
        set_option(socket.as_raw_fd(), level, option, 1)?;
    }
    if let Some(dscp) = dscp {
        let traffic_class = u32::from(dscp) << 2;
        if address.is_ipv6() {
            socket.set_tclass_v6(traffic_class)?;
        } else {
            socket.set_tos_v4(traffic_class)?;
        }
    }
    socket.bind(&SockAddr::from(address))?;
    let address = socket.local_addr()?.as_socket().unwrap_or(address);
    Ok(PortSocket { socket, address, capped })
}

fn family_is_absent(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL | libc::EPROTONOSUPPORT))
}

/// Asks for a large kernel buffer, past the system's limit if we may; tells if the limit stays.
fn enlarge(socket: &Socket, option: i32, forced: i32, limit: &'static str) -> io::Result<Option<Capped>> {
    let fd = socket.as_raw_fd();
    if set_option(fd, libc::SOL_SOCKET, forced, KERNEL_BUFFER_BYTES).is_err() {
        set_option(fd, libc::SOL_SOCKET, option, KERNEL_BUFFER_BYTES)?;
    }
    // Linux doubles what was asked for, to make room for its own bookkeeping, and reports the double (socket(7)).
    let granted = get_option(fd, libc::SOL_SOCKET, option)? / 2;
    Ok((granted < KERNEL_BUFFER_BYTES).then_some(Capped { limit, granted }))
}
