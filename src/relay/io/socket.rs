//! The system calls of the packet path, and nothing above them: datagrams in by `recvmmsg` with the kernel's receive times,
//! runs out by `sendmmsg` with UDP segmentation offload, one `ppoll` for everything a worker waits for.
//!
//! The main types are [`UdpPort`] (the sockets), [`Receiver`] and [`Sender`] (their reusable memory; nothing allocates after
//! they are made), [`Waker`] and [`Waiter`]. The only `unsafe` code of the program stands here.
//!
//! A port is one socket per address family, so that addresses arrive as what they are, never as IPv4 mapped into IPv6; where
//! the machine has no IPv6, that socket is left out. Which local address an answer leaves from is the routing table's choice:
//! on a host with several networks a peer must speak to the address of its own network. As every address is announced, ICE
//! finds that pair by itself; a host whose routes are asymmetric names the right addresses in the configuration.

#![expect(
    unsafe_code,
    reason = "recvmmsg, sendmmsg with UDP_SEGMENT, ppoll and eventfd; the kept crates that wrap them allocate per call"
)]

use crate::relay::outbox::{Outbox, Run};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::{
    fs::File,
    io::{self, Read, Write},
    mem::{self, size_of},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
    ptr,
    time::{Duration, Instant},
};
use tracing::{info, warn};

/// Most datagrams taken by one receive.
pub const BATCH: usize = 64;

/// Bytes a received datagram may have: an Ethernet frame's 1500 and a margin for tunnels with larger ones. Also the largest
/// message of [`pipe`](crate::relay::pipe). Longer ones are refused, never cut.
pub const RECEIVE_BYTES_MAX: usize = 2048;

/// Messages one `sendmmsg` carries; 400 viewers need two.
const SENDS_MAX: usize = 256;

/// Kernel buffer asked for in each direction: 30 ms at a gigabit, as long as a worker may be kept from running.
const KERNEL_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// Longest time one [`Sender::send`] waits for space in the kernel before it counts and drops the rest.
const SEND_PATIENCE: Duration = Duration::from_millis(1);

/// Refused segmented sends in a row after which a socket stops trying: an old kernel or a device without checksums refuses
/// all, a path with a small MTU only its own.
const SEGMENTATION_REFUSALS_MAX: u8 = 8;

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

/// One UDP port, open in one or both address families.
pub struct UdpPort {
    sockets: Vec<PortSocket>,
    port: u16,
}

struct PortSocket {
    socket: Socket,
    address: SocketAddr,
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

    fn socket_for(&self, to: SocketAddr) -> Option<usize> {
        self.sockets.iter().position(|socket| socket.address.is_ipv4() == to.is_ipv4())
    }
}

fn open(address: SocketAddr, dscp: Option<u8>) -> io::Result<PortSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    enlarge(&socket, libc::SO_RCVBUF, libc::SO_RCVBUFFORCE, "net.core.rmem_max")?;
    enlarge(&socket, libc::SO_SNDBUF, libc::SO_SNDBUFFORCE, "net.core.wmem_max")?;
    set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
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
    Ok(PortSocket { socket, address })
}

fn family_is_absent(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL | libc::EPROTONOSUPPORT))
}

/// Asks for a large kernel buffer; past the system's limit if we may, and says so if the limit stays.
fn enlarge(socket: &Socket, option: i32, forced: i32, limit: &str) -> io::Result<()> {
    let fd = socket.as_raw_fd();
    let wanted = i32::try_from(KERNEL_BUFFER_BYTES).unwrap_or(i32::MAX);
    if set_option(fd, libc::SOL_SOCKET, forced, wanted).is_err() {
        set_option(fd, libc::SOL_SOCKET, option, wanted)?;
    }
    // Linux doubles what was asked for, to make room for its own bookkeeping, and reports the double (socket(7)).
    let granted = get_option(fd, libc::SOL_SOCKET, option)? / 2;
    if granted < wanted {
        warn!(granted, wanted, limit, "the kernel caps a media socket's buffer: raise this sysctl, or bursts are lost");
    }
    Ok(())
}

fn set_option(fd: RawFd, level: i32, name: i32, value: i32) -> io::Result<()> {
    // SAFETY: `value` is a live c_int and its size is passed along.
    let result =
        unsafe { libc::setsockopt(fd, level, name, (&raw const value).cast(), size_of::<i32>() as libc::socklen_t) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn get_option(fd: RawFd, level: i32, name: i32) -> io::Result<i32> {
    let mut value = 0i32;
    let mut len = size_of::<i32>() as libc::socklen_t;
    // SAFETY: `value` and `len` are live, and `len` says how much `value` holds.
    let result = unsafe { libc::getsockopt(fd, level, name, (&raw mut value).cast(), &raw mut len) };
    if result == 0 { Ok(value) } else { Err(io::Error::last_os_error()) }
}

/// Room for one `SCM_TIMESTAMPNS` message, aligned as the kernel wants it.
const TIME_CONTROL_BYTES: usize = {
    // SAFETY: CMSG_SPACE only computes.
    (unsafe { libc::CMSG_SPACE(size_of::<libc::timespec>() as u32) }) as usize
};

/// Room for one `UDP_SEGMENT` message.
const SEGMENT_CONTROL_BYTES: usize = {
    // SAFETY: CMSG_SPACE only computes.
    (unsafe { libc::CMSG_SPACE(size_of::<u16>() as u32) }) as usize
};

/// Control messages, aligned as `cmsghdr` must be.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control<const BYTES: usize>([u8; BYTES]);

/// Either family's address, as the kernel writes and reads it.
#[derive(Clone, Copy)]
#[repr(C)]
union Name {
    family: libc::sa_family_t,
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

/// Memory for one batch of received datagrams, used again and again.
pub struct Receiver {
    payloads: Box<[[u8; RECEIVE_BYTES_MAX]]>,
    names: Box<[Name]>,
    controls: Box<[Control<TIME_CONTROL_BYTES>]>,
    vectors: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
}

/// One datagram of a batch.
#[derive(Debug)]
pub struct Received<'a> {
    /// Its source.
    pub from: SocketAddr,
    /// The kernel's wall-clock time of its arrival, since 1970; `None` if the kernel gave none.
    pub arrived: Option<Duration>,
    /// Its payload.
    pub bytes: &'a mut [u8],
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Receiver {
    /// All the memory it will ever use.
    #[must_use]
    pub fn new() -> Self {
        // SAFETY: iovec and mmsghdr are plain C structures of integers and pointers, for which all zeroes is a value.
        let (vector, header) = unsafe { (mem::zeroed(), mem::zeroed()) };
        Self {
            payloads: vec![[0; RECEIVE_BYTES_MAX]; BATCH].into_boxed_slice(),
            names: vec![Name { v6: no_address() }; BATCH].into_boxed_slice(),
            controls: vec![Control([0; TIME_CONTROL_BYTES]); BATCH].into_boxed_slice(),
            vectors: vec![vector; BATCH].into_boxed_slice(),
            headers: vec![header; BATCH].into_boxed_slice(),
        }
    }

    /// Takes what has arrived at a socket, at most [`BATCH`] messages, without waiting. Returns how many.
    ///
    /// # Errors
    ///
    /// What the socket reports; nothing having arrived is `Ok(0)`.
    pub fn receive(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        self.prepare();
        // SAFETY: every header points to its own name, control buffer and vector, and every vector to its own payload, all
        // owned by `self`, alive and untouched during the call; `BATCH` is their number.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                BATCH as u32,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        match usize::try_from(count) {
            Ok(count) => Ok(count),
            Err(_) => match io::Error::last_os_error() {
                error if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
                error => Err(error),
            },
        }
    }

    /// Datagram `index` of the last batch; `None` if it was too long or of an unknown family.
    pub fn datagram(&mut self, index: usize) -> Option<Received<'_>> {
        let from = self.source(index)?;
        let arrived = self.arrived(index);
        let bytes = self.message(index)?;
        Some(Received { from, arrived, bytes })
    }

    /// Payload of message `index` of the last batch; `None` if it was too long.
    pub fn message(&mut self, index: usize) -> Option<&mut [u8]> {
        let header = &self.headers[index];
        if header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0 {
            return None;
        }
        self.payloads[index].get_mut(..header.msg_len as usize)
    }

    fn prepare(&mut self) {
        let payloads = self.payloads.as_mut_ptr();
        let names = self.names.as_mut_ptr();
        let controls = self.controls.as_mut_ptr();
        let vectors = self.vectors.as_mut_ptr();
        for (index, header) in self.headers.iter_mut().enumerate() {
            // SAFETY: `index` is below BATCH, the length of every one of these slices.
            let (payload, name, control, vector) =
                unsafe { (payloads.add(index), names.add(index), controls.add(index), vectors.add(index)) };
            // SAFETY: `vector` is an element of `self.vectors`, to which no reference is alive.
            unsafe { vector.write(libc::iovec { iov_base: payload.cast(), iov_len: RECEIVE_BYTES_MAX }) };
            header.msg_hdr.msg_name = name.cast();
            header.msg_hdr.msg_namelen = size_of::<Name>() as libc::socklen_t;
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = control.cast();
            header.msg_hdr.msg_controllen = TIME_CONTROL_BYTES;
            header.msg_hdr.msg_flags = 0;
        }
    }

    fn source(&self, index: usize) -> Option<SocketAddr> {
        let name = &self.names[index];
        let len = self.headers[index].msg_hdr.msg_namelen as usize;
        // SAFETY: all fields of the union are integers, for which any bytes are a value, and the kernel wrote `len` bytes.
        let family = i32::from(unsafe { name.family });
        if family == libc::AF_INET && len >= size_of::<libc::sockaddr_in>() {
            // SAFETY: as above; the family says which field it is.
            let v4 = unsafe { name.v4 };
            let ip = Ipv4Addr::from(v4.sin_addr.s_addr.to_ne_bytes());
            Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
        } else if family == libc::AF_INET6 && len >= size_of::<libc::sockaddr_in6>() {
            // SAFETY: as above.
            let v6 = unsafe { name.v6 };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            Some(SocketAddrV6::new(ip, u16::from_be(v6.sin6_port), 0, v6.sin6_scope_id).into())
        } else {
            None
        }
    }

    fn arrived(&self, index: usize) -> Option<Duration> {
        let control = &self.controls[index].0;
        if self.headers[index].msg_hdr.msg_controllen < TIME_CONTROL_BYTES {
            return None;
        }
        // The buffer holds one message: a cmsghdr (length, level, type), then the timespec.
        const HEADER: usize = size_of::<libc::cmsghdr>();
        // SAFETY: the buffer is aligned for and larger than a cmsghdr, whose fields are all integers.
        let header = unsafe { ptr::read(control.as_ptr().cast::<libc::cmsghdr>()) };
        if header.cmsg_level != libc::SOL_SOCKET || header.cmsg_type != libc::SCM_TIMESTAMPNS {
            return None;
        }
        // SAFETY: CMSG_SPACE made room for a timespec behind the header, and its fields are all integers.
        let time = unsafe { ptr::read_unaligned(control[HEADER..].as_ptr().cast::<libc::timespec>()) };
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
}

/// What became of a full outbox, in datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// The kernel took them.
    pub datagrams: u64,
    /// The kernel did not, or there is no socket of their family.
    pub failed: u64,
    /// Messages they were gathered into.
    pub messages: u64,
}

/// Whether segmented sends are tried on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Segmentation {
    On { refusals: u8 },
    Off,
}

/// Memory for sending, used again and again.
pub struct Sender {
    messages: Box<[Message]>,
    headers: Box<[libc::mmsghdr]>,
    segmentation: Vec<Segmentation>,
}

/// One message to be: where it goes, its bytes, its control message.
#[derive(Clone, Copy)]
struct Message {
    name: Name,
    name_len: libc::socklen_t,
    vector: libc::iovec,
    control: Control<SEGMENT_CONTROL_BYTES>,
    segment: u16,
    count: u16,
}

impl Sender {
    /// All the memory it will ever use for sending from `port`.
    #[must_use]
    pub fn new(port: &UdpPort) -> Self {
        // SAFETY: Message and mmsghdr are plain structures of integers and pointers, for which all zeroes is a value.
        let (message, header): (Message, libc::mmsghdr) = unsafe { (mem::zeroed(), mem::zeroed()) };
        let segmentation = port
            .sockets()
            .map(|socket| match get_option(socket.as_raw_fd(), libc::SOL_UDP, libc::UDP_SEGMENT) {
                Ok(_) => Segmentation::On { refusals: 0 },
                Err(_) => Segmentation::Off,
            })
            .collect();
        Self {
            messages: vec![message; SENDS_MAX].into_boxed_slice(),
            headers: vec![header; SENDS_MAX].into_boxed_slice(),
            segmentation,
        }
    }

    /// Sends every datagram by itself from now on, as on a kernel without UDP_SEGMENT.
    pub fn do_without_segmentation(&mut self) {
        self.segmentation.fill(Segmentation::Off);
    }

    /// Sends all that is in `outbox`, in order, and does not clear it. Waits at most 1 ms for space in the kernel, then
    /// counts what is left as failed: a late packet is worth less than the next one.
    pub fn send(&mut self, port: &UdpPort, outbox: &Outbox) -> Sent {
        let mut sent = Sent::default();
        let mut patience = Patience { until: None };
        for index in 0..port.sockets.len() {
            let mut all_mine = true;
            let mut filled = 0;
            for run in outbox.runs() {
                match port.socket_for(run.to) {
                    Some(mine) if mine == index => {}
                    other => {
                        all_mine = false;
                        if other.is_none() && index == 0 {
                            sent.failed += run.count as u64;
                        }
                        continue;
                    }
                }
                if run.count == 1 || self.segmentation[index] != Segmentation::Off {
                    filled = self.fill(filled, port, index, run, &mut patience, &mut sent);
                } else {
                    for datagram in run.bytes.chunks(run.segment) {
                        let single = Run { to: run.to, bytes: datagram, segment: datagram.len(), count: 1 };
                        filled = self.fill(filled, port, index, single, &mut patience, &mut sent);
                    }
                }
            }
            self.flush(port, index, filled, &mut patience, &mut sent);
            if all_mine {
                break;
            }
        }
        sent
    }

    /// Adds a message and returns how many there are; sends them first if there is no space for one more.
    fn fill(
        &mut self,
        filled: usize,
        port: &UdpPort,
        index: usize,
        run: Run<'_>,
        patience: &mut Patience,
        sent: &mut Sent,
    ) -> usize {
        let mut at = filled;
        if at == SENDS_MAX {
            self.flush(port, index, at, patience, sent);
            at = 0;
        }
        let message = &mut self.messages[at];
        (message.name, message.name_len) = name_of(run.to);
        message.vector = libc::iovec { iov_base: run.bytes.as_ptr().cast_mut().cast(), iov_len: run.bytes.len() };
        // Both are bounded by the outbox: a datagram is at most 1452 bytes, a run at most 64 of them.
        message.segment = run.segment as u16;
        message.count = run.count as u16;
        if run.count > 1 {
            write_segment(&mut message.control, message.segment);
        }
        at + 1
    }

    /// Sends the first `filled` messages. Their vectors must point to live memory: `send` keeps its outbox borrowed.
    fn flush(&mut self, port: &UdpPort, index: usize, filled: usize, patience: &mut Patience, sent: &mut Sent) {
        self.prepare(filled);
        let fd = port.sockets[index].socket.as_raw_fd();
        let mut next = 0;
        while next < filled {
            // SAFETY: headers[next..filled] point to names, vectors and control messages in `self.messages`, and the vectors
            // to bytes of the outbox that `send` borrows; all are alive and the kernel only reads them.
            let taken = unsafe {
                libc::sendmmsg(
                    fd,
                    self.headers[next..].as_mut_ptr(),
                    (filled - next) as u32,
                    libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
                )
            };
            if let Ok(taken) = usize::try_from(taken) {
                for message in &self.messages[next..next + taken] {
                    sent.datagrams += u64::from(message.count);
                    if message.count > 1 {
                        self.segmentation[index].accepted();
                    }
                }
                sent.messages += taken as u64;
                next += taken;
                continue;
            }
            // The error is the first message's: sendmmsg reports none while it could send something.
            let message = self.messages[next];
            match io::Error::last_os_error().raw_os_error() {
                Some(libc::EINTR) => {}
                Some(libc::EAGAIN) => {
                    if !patience.wait_for_space(fd) {
                        sent.failed += self.messages[next..filled].iter().map(|m| u64::from(m.count)).sum::<u64>();
                        return;
                    }
                }
                Some(libc::EINVAL | libc::EIO | libc::ENOPROTOOPT | libc::EOPNOTSUPP | libc::EMSGSIZE)
                    if message.count > 1 =>
                {
                    self.segmentation[index].refused();
                    send_singly(fd, &message, patience, sent);
                    next += 1;
                }
                // No route, a firewall's refusal, an answer by ICMP: that peer's trouble, the others' packets go on.
                _ => {
                    sent.failed += u64::from(message.count);
                    next += 1;
                }
            }
        }
    }

    fn prepare(&mut self, filled: usize) {
        for (header, message) in self.headers.iter_mut().zip(&mut self.messages[..filled]) {
            let segmented = message.count > 1;
            let header = &mut header.msg_hdr;
            header.msg_name = (&raw mut message.name).cast();
            header.msg_namelen = message.name_len;
            header.msg_iov = &raw mut message.vector;
            header.msg_iovlen = 1;
            header.msg_control = if segmented { (&raw mut message.control).cast() } else { ptr::null_mut() };
            header.msg_controllen = if segmented { SEGMENT_CONTROL_BYTES } else { 0 };
            header.msg_flags = 0;
        }
    }
}

impl Segmentation {
    fn accepted(&mut self) {
        if let Self::On { refusals } = self {
            *refusals = 0;
        }
    }

    fn refused(&mut self) {
        if let Self::On { refusals } = self {
            *refusals += 1;
            if *refusals >= SEGMENTATION_REFUSALS_MAX {
                warn!(
                    "the kernel refuses UDP segmentation here: every datagram is sent by itself, at several times the cost"
                );
                *self = Self::Off;
            }
        }
    }
}

fn send_singly(fd: RawFd, message: &Message, patience: &mut Patience, sent: &mut Sent) {
    let bytes = {
        // SAFETY: the vector was made from a slice of the outbox that `send` borrows, and is still borrowed.
        unsafe { std::slice::from_raw_parts(message.vector.iov_base.cast::<u8>(), message.vector.iov_len) }
    };
    for datagram in bytes.chunks(usize::from(message.segment)) {
        loop {
            // SAFETY: the datagram and the name are alive, and their lengths are passed along.
            let result = unsafe {
                libc::sendto(
                    fd,
                    datagram.as_ptr().cast(),
                    datagram.len(),
                    libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
                    (&raw const message.name).cast(),
                    message.name_len,
                )
            };
            if result >= 0 {
                sent.datagrams += 1;
                sent.messages += 1;
                break;
            }
            match io::Error::last_os_error().raw_os_error() {
                Some(libc::EINTR) => {}
                Some(libc::EAGAIN) if patience.wait_for_space(fd) => {}
                _ => {
                    sent.failed += 1;
                    break;
                }
            }
        }
    }
}

/// How long one send may still wait.
struct Patience {
    until: Option<Instant>,
}

impl Patience {
    /// Waits until the socket takes more; `false` when the patience is used up.
    fn wait_for_space(&mut self, fd: RawFd) -> bool {
        let now = Instant::now();
        let until = *self.until.get_or_insert(now + SEND_PATIENCE);
        let left = until.saturating_duration_since(now);
        if left.is_zero() {
            return false;
        }
        let mut fds = [libc::pollfd { fd, events: libc::POLLOUT, revents: 0 }];
        matches!(poll(&mut fds, Some(left)), Ok(ready) if ready > 0)
    }
}

fn no_address() -> libc::sockaddr_in6 {
    // SAFETY: a plain C structure of integers, for which all zeroes is a value.
    unsafe { mem::zeroed() }
}

fn name_of(to: SocketAddr) -> (Name, libc::socklen_t) {
    match to {
        SocketAddr::V4(to) => {
            let v4 = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: to.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(to.ip().octets()) },
                sin_zero: [0; 8],
            };
            (Name { v4 }, size_of::<libc::sockaddr_in>() as libc::socklen_t)
        }
        SocketAddr::V6(to) => {
            let v6 = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: to.port().to_be(),
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr { s6_addr: to.ip().octets() },
                sin6_scope_id: to.scope_id(),
            };
            (Name { v6 }, size_of::<libc::sockaddr_in6>() as libc::socklen_t)
        }
    }
}

fn write_segment(control: &mut Control<SEGMENT_CONTROL_BYTES>, segment: u16) {
    const HEADER: usize = size_of::<libc::cmsghdr>();
    let len = {
        // SAFETY: CMSG_LEN only computes.
        unsafe { libc::CMSG_LEN(size_of::<u16>() as u32) }
    };
    let header = libc::cmsghdr { cmsg_len: len as usize, cmsg_level: libc::SOL_UDP, cmsg_type: libc::UDP_SEGMENT };
    // SAFETY: the buffer is aligned for and larger than a cmsghdr.
    unsafe { ptr::write(control.0.as_mut_ptr().cast::<libc::cmsghdr>(), header) };
    control.0[HEADER..HEADER + size_of::<u16>()].copy_from_slice(&segment.to_ne_bytes());
}

/// Ends a worker's wait from another thread; an `eventfd`.
pub struct Waker(File);

impl Waker {
    /// A new one, not yet woken.
    ///
    /// # Errors
    ///
    /// If the process has no more file descriptors.
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointer is passed.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }.into()))
    }

    /// Ends the present wait, or the next one if there is none.
    pub fn wake(&self) {
        // The only failure is a counter at its limit, and then the wait ends anyway.
        let _ = (&self.0).write(&1u64.to_ne_bytes());
    }

    /// Makes the next wait wait again.
    pub fn reset(&self) {
        // Nothing to read means that nobody woke us: the same state as after a read.
        let _ = (&self.0).read(&mut [0; 8]);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Everything a worker waits for, in an order its owner knows.
#[derive(Default)]
pub struct Waiter {
    fds: Vec<libc::pollfd>,
}

impl Waiter {
    /// Waits for these from now on.
    pub fn watch<'a>(&mut self, sources: impl Iterator<Item = BorrowedFd<'a>>) {
        self.fds.clear();
        self.fds.extend(sources.map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 }));
    }

    /// Waits until one of them has something, or for `longest`; for ever without it.
    ///
    /// # Errors
    ///
    /// What the kernel reports; a signal is a wait that ended.
    pub fn wait(&mut self, longest: Option<Duration>) -> io::Result<()> {
        match poll(&mut self.fds, longest) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.fds.iter_mut().for_each(|fd| fd.revents = 0);
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }

    /// Whether source `index` has something: data, or its end.
    #[must_use]
    pub fn is_ready(&self, index: usize) -> bool {
        self.fds.get(index).is_some_and(|fd| fd.revents != 0)
    }
}

fn poll(fds: &mut [libc::pollfd], longest: Option<Duration>) -> io::Result<usize> {
    let timeout = longest.map(|longest| libc::timespec {
        tv_sec: libc::time_t::try_from(longest.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(longest.subsec_nanos()),
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: `fds` is a live slice and its length is passed; `timeout` is null or points to a live timespec.
    let ready = unsafe { libc::ppoll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout, ptr::null()) };
    usize::try_from(ready).map_err(|_| io::Error::last_os_error())
}

/// `CLOCK_MONOTONIC`, which [`Instant`] reads too but does not show.
#[must_use]
pub fn monotonic() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a live timespec. The call can't fail for this clock, and would leave zeroes.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    Duration::new(u64::try_from(now.tv_sec).unwrap_or_default(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::{io::clock::ArrivalClock, outbox::DATAGRAM_BYTES_MAX};
    use std::net::UdpSocket;

    fn port(addresses: &[IpAddr]) -> UdpPort {
        UdpPort::bind(&PortOptions { addresses: addresses.to_vec(), port: 0, dscp: Some(34) }).expect("a free port")
    }

    fn loopbacks() -> [IpAddr; 2] {
        [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
    }

    fn peer(ip: IpAddr) -> UdpSocket {
        let socket = UdpSocket::bind((ip, 0)).expect("a free port");
        socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        socket
    }

    fn lengths(peer: &UdpSocket, count: usize) -> Vec<usize> {
        let mut buffer = [0; 2048];
        (0..count).map(|_| peer.recv(&mut buffer).expect("a datagram")).collect()
    }

    /// Runs to two peers of both families; what arrives has the bounds of what was put in.
    fn check_bounds(prepare: impl Fn(&mut Sender), messages: u64) {
        let port = port(&loopbacks());
        let (v4, v6) = (peer(loopbacks()[0]), peer(loopbacks()[1]));
        let mut sender = Sender::new(&port);
        prepare(&mut sender);
        let mut outbox = Outbox::new();
        for (to, sizes) in [(&v4, [1200, 1200, 1200, 700]), (&v6, [1100, 1100, 1101, 60]), (&v4, [90, 90, 90, 90])] {
            for size in sizes {
                assert!(outbox.push(to.local_addr().expect("bound"), &vec![1; size]));
            }
        }
        let sent = sender.send(&port, &outbox);
        assert_eq!(sent, Sent { datagrams: 12, failed: 0, messages });
        assert_eq!(lengths(&v4, 8), [1200, 1200, 1200, 700, 90, 90, 90, 90]);
        assert_eq!(lengths(&v6, 4), [1100, 1100, 1101, 60]);
    }

    #[test]
    fn a_run_arrives_as_the_datagrams_it_was_made_of() {
        check_bounds(|_| (), 4);
    }

    #[test]
    fn without_segmentation_every_datagram_still_arrives() {
        check_bounds(Sender::do_without_segmentation, 12);
    }

    #[test]
    fn a_refused_run_is_sent_singly_and_refusals_in_a_row_end_the_attempts() {
        let port = port(&loopbacks());
        let v4 = peer(loopbacks()[0]);
        let mut sender = Sender::new(&port);
        // A run of more bytes than an IPv4 datagram holds: the kernel refuses it with EMSGSIZE.
        let (name, name_len) = name_of(v4.local_addr().expect("bound"));
        let bytes = vec![0u8; 1400 * 48];
        for attempt in 1..=SEGMENTATION_REFUSALS_MAX {
            let vector = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
            let mut control = Control([0; SEGMENT_CONTROL_BYTES]);
            write_segment(&mut control, 1400);
            sender.messages[0] = Message { name, name_len, vector, control, segment: 1400, count: 48 };
            let mut sent = Sent::default();
            sender.flush(&port, 0, 1, &mut Patience { until: None }, &mut sent);
            assert_eq!((sent.datagrams, sent.failed), (48, 0));
            assert_eq!(lengths(&v4, 48), [1400; 48]);
            assert_eq!(sender.segmentation[0] == Segmentation::Off, attempt == SEGMENTATION_REFUSALS_MAX);
        }
    }

    #[test]
    fn a_run_longer_than_a_batch_of_messages_keeps_its_order() {
        let port = port(&loopbacks());
        let v4 = peer(loopbacks()[0]);
        let to = v4.local_addr().expect("bound");
        let mut outbox = Outbox::new();
        // Growing sizes make a run of each.
        for size in 1..=600 {
            assert!(outbox.push(to, &vec![0; size]));
        }
        let sent = Sender::new(&port).send(&port, &outbox);
        assert_eq!(sent, Sent { datagrams: 600, failed: 0, messages: 600 });
        assert_eq!(lengths(&v4, 200), (1..=200).collect::<Vec<_>>());
    }

    #[test]
    fn what_has_no_socket_or_no_route_is_counted_and_the_rest_goes_on() {
        let port = port(&loopbacks()[..1]);
        let v4 = peer(loopbacks()[0]);
        let mut outbox = Outbox::new();
        // No IPv6 socket; then a multicast-only network's broadcast address, which needs a permission nobody asked for.
        assert!(outbox.push("[::1]:9".parse().expect("an address"), b"six"));
        assert!(outbox.push("255.255.255.255:9".parse().expect("an address"), b"all"));
        assert!(outbox.push(v4.local_addr().expect("bound"), b"four"));
        let sent = Sender::new(&port).send(&port, &outbox);
        assert_eq!((sent.datagrams, sent.failed), (1, 2));
        assert_eq!(lengths(&v4, 1), [4]);
    }

    #[test]
    fn a_batch_has_sources_sizes_and_times_that_do_not_go_back() {
        let port = port(&loopbacks());
        assert!(loopbacks().iter().all(|ip| port.serves(*ip)));
        let mut receiver = Receiver::new();
        for (index, ip) in loopbacks().into_iter().enumerate() {
            let peer = peer(ip);
            let to = SocketAddr::new(ip, port.number());
            for size in [10, RECEIVE_BYTES_MAX, RECEIVE_BYTES_MAX + 1, 30] {
                peer.send_to(&vec![0; size], to).expect("sends");
            }
            let socket = port.socket(index).expect("both families");
            assert_eq!(receiver.receive(socket).expect("receives"), 4);
            let clock = ArrivalClock::read();
            let mut last = None;
            for (at, size) in [(0, Some(10)), (1, Some(RECEIVE_BYTES_MAX)), (2, None), (3, Some(30))] {
                let datagram = receiver.datagram(at);
                assert_eq!(
                    datagram.as_ref().map(|datagram| datagram.bytes.len()),
                    size,
                    "too long is refused, not cut"
                );
                let Some(datagram) = datagram else { continue };
                assert_eq!(datagram.from, peer.local_addr().expect("bound"));
                let arrived = clock.instant_of(datagram.arrived.expect("the kernel stamps"));
                assert!(clock.now.saturating_duration_since(arrived) < Duration::from_secs(1));
                assert!(last.is_none_or(|last| arrived >= last));
                last = Some(arrived);
            }
            assert_eq!(receiver.receive(socket).expect("nothing"), 0);
        }
    }

    #[test]
    fn a_full_kernel_buffer_costs_at_most_the_patience_and_is_counted() {
        let port = port(&loopbacks()[..1]);
        // The smallest send buffer, and datagrams that stay in it: nobody ever answers for this address.
        set_option(port.sockets[0].socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_SNDBUF, 1).expect("shrinks");
        let v4 = peer(loopbacks()[0]);
        let mut outbox = Outbox::new();
        while outbox.push(v4.local_addr().expect("bound"), &[0; DATAGRAM_BYTES_MAX]) {}
        let pushed = outbox.len() as u64;
        let sent = Sender::new(&port).send(&port, &outbox);
        assert_eq!(sent.datagrams + sent.failed, pushed, "every datagram is accounted for");
    }

    #[test]
    fn waking_ends_a_wait_once() {
        let waker = Waker::new().expect("a descriptor");
        let mut waiter = Waiter::default();
        waiter.watch(std::iter::once(waker.as_fd()));
        waker.wake();
        waker.wake();
        waiter.wait(None).expect("ends at once");
        assert!(waiter.is_ready(0));
        waker.reset();
        waiter.wait(Some(Duration::ZERO)).expect("ends at once");
        assert!(!waiter.is_ready(0));
    }
}
