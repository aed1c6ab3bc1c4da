//! Datagrams in: a batch by one `recvmmsg`, each with its source and the kernel's time of its arrival.

use super::{Control, Name};
use crate::relay::route::Route;
use std::{
    io,
    mem::{self, size_of},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    os::fd::{AsRawFd, BorrowedFd},
    ptr,
    time::Duration,
};

/// Most datagrams taken by one receive.
pub const BATCH: usize = 64;

/// Bytes a received datagram may have: an Ethernet frame's 1500 and a margin for tunnels with larger ones. Also the largest
/// message of [`pipe`](crate::relay::pipe). Longer ones are refused, never cut.
pub const RECEIVE_BYTES_MAX: usize = 2048;

/// Room for one `SCM_TIMESTAMPNS` and one `IP_PKTINFO` or the larger `IPV6_PKTINFO`, aligned as the kernel wants them.
const CONTROL_BYTES: usize = {
    // SAFETY: CMSG_SPACE only computes.
    let (time, info) = unsafe {
        (libc::CMSG_SPACE(size_of::<libc::timespec>() as u32), libc::CMSG_SPACE(size_of::<libc::in6_pktinfo>() as u32))
    };
    (time + info) as usize
};

/// Memory for one batch of received datagrams, used again and again.
pub struct Receiver {
    payloads: Box<[[u8; RECEIVE_BYTES_MAX]]>,
    names: Box<[Name]>,
    controls: Box<[Control<CONTROL_BYTES>]>,
    vectors: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
}

/// One datagram of a batch.
#[derive(Debug)]
pub struct Received<'a> {
    /// Its source, and which of our addresses it came to if the socket is open on all.
    pub from: Route,
    /// The kernel's wall-clock time of its arrival, since 1970; `None` if the kernel gave none.
    pub arrived: Option<Duration>,
    /// Its payload.
    pub bytes: &'a mut [u8],
}

// SAFETY: the pointers in `headers` and `vectors` lead into this value's own boxes, which do not move with it, and are written
// anew before each call that follows them.
unsafe impl Send for Receiver {}

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
            controls: vec![Control([0; CONTROL_BYTES]); BATCH].into_boxed_slice(),
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
        let peer = self.source(index)?;
        let Told { arrived, own } = self.told(index);
        let bytes = self.message(index)?;
        Some(Received { from: Route { peer, own }, arrived, bytes })
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
            header.msg_hdr.msg_controllen = CONTROL_BYTES;
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

    fn told(&self, index: usize) -> Told {
        let mut told = Told::default();
        let len = self.headers[index].msg_hdr.msg_controllen;
        let mut rest = self.controls[index].0.get(..len).unwrap_or_default();
        while let Some((header, data)) = first_message(rest) {
            match (header.cmsg_level, header.cmsg_type) {
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => told.arrived = time(data),
                // in_pktinfo: the interface, the address to answer from, the address in the datagram's header.
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => told.own = data.get(4..).and_then(first_bytes).map(v4),
                // in6_pktinfo: the address, the interface. A link-local one means nothing without its interface, and the
                // peer's own address carries that.
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let ip = first_bytes(data).map(Ipv6Addr::from);
                    told.own = ip.filter(|ip| !ip.is_unicast_link_local()).map(IpAddr::V6);
                }
                _ => {}
            }
            rest = rest.get((header.cmsg_len).next_multiple_of(8)..).unwrap_or_default();
        }
        told
    }
}

/// What the kernel tells of a datagram beside its bytes.
#[derive(Default)]
struct Told {
    arrived: Option<Duration>,
    own: Option<IpAddr>,
}

/// The first of some control messages: its header and its data.
fn first_message(control: &[u8]) -> Option<(libc::cmsghdr, &[u8])> {
    const HEADER: usize = size_of::<libc::cmsghdr>();
    if control.len() < HEADER {
        return None;
    }
    // SAFETY: there are as many bytes, and the fields of a cmsghdr are all integers.
    let header = unsafe { ptr::read_unaligned(control.as_ptr().cast::<libc::cmsghdr>()) };
    Some((header, control.get(HEADER..header.cmsg_len)?))
}

fn time(data: &[u8]) -> Option<Duration> {
    if data.len() < size_of::<libc::timespec>() {
        return None;
    }
    // SAFETY: there are as many bytes, and the fields of a timespec are all integers.
    let time = unsafe { ptr::read_unaligned(data.as_ptr().cast::<libc::timespec>()) };
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

fn first_bytes<const N: usize>(data: &[u8]) -> Option<[u8; N]> {
    data.first_chunk().copied()
}

fn v4(octets: [u8; 4]) -> IpAddr {
    Ipv4Addr::from(octets).into()
}

fn no_address() -> libc::sockaddr_in6 {
    // SAFETY: a plain C structure of integers, for which all zeroes is a value.
    unsafe { mem::zeroed() }
}
