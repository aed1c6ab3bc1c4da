//! Datagrams out: an outbox's runs by `sendmmsg`, each run one message with `UDP_SEGMENT`, or singly where the kernel can't.

use super::{Control, Name, UdpPort, get_option, wait::poll};
use crate::relay::outbox::{Outbox, Run};
use std::{
    io,
    mem::{self, size_of},
    net::{IpAddr, SocketAddr},
    os::fd::{AsRawFd, RawFd},
    ptr,
    time::{Duration, Instant},
};
use tracing::warn;

/// Messages one `sendmmsg` carries; 400 viewers need two.
const SENDS_MAX: usize = 256;

/// Longest time one [`Sender::send`] waits for space in the kernel before it counts and drops the rest.
const SEND_PATIENCE: Duration = Duration::from_millis(1);

/// Refused segmented sends in a row after which a socket stops trying: an old kernel or a device without checksums refuses
/// all, a path with a small MTU only its own.
const SEGMENTATION_REFUSALS_MAX: u8 = 8;

/// Room for one `UDP_SEGMENT` message and one `IP_PKTINFO` or the larger `IPV6_PKTINFO`.
const CONTROL_BYTES: usize = {
    // SAFETY: CMSG_SPACE only computes.
    let (segment, info) =
        unsafe { (libc::CMSG_SPACE(size_of::<u16>() as u32), libc::CMSG_SPACE(size_of::<libc::in6_pktinfo>() as u32)) };
    (segment + info) as usize
};

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

/// One message to be: where it goes, its bytes, its control messages.
#[derive(Clone, Copy)]
struct Message {
    name: Name,
    name_len: libc::socklen_t,
    vector: libc::iovec,
    control: Control<CONTROL_BYTES>,
    control_len: usize,
    /// Which of our addresses it leaves from.
    own: Option<IpAddr>,
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
        let sockets = port.sockets().len();
        for index in 0..sockets {
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
                        let single = Run { bytes: datagram, segment: datagram.len(), count: 1, ..run };
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
        // Both are bounded by the outbox: a datagram is below two KiB, a run at most 64 of them.
        message.segment = run.segment as u16;
        message.count = run.count as u16;
        message.own = run.own;
        message.write_control();
        at + 1
    }

    /// Sends the first `filled` messages. Their vectors must point to live memory: `send` keeps its outbox borrowed.
    fn flush(&mut self, port: &UdpPort, index: usize, filled: usize, patience: &mut Patience, sent: &mut Sent) {
        self.prepare(filled);
        let Some(fd) = port.socket(index).map(|socket| socket.as_raw_fd()) else { return };
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
                // That address is no longer this machine's (IPv4 and IPv6 say it differently): the routes may know another.
                Some(libc::ENETUNREACH | libc::EINVAL) if message.own.is_some() => {
                    self.messages[next].own = None;
                    self.messages[next].write_control();
                    self.prepare(filled);
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
            let header = &mut header.msg_hdr;
            header.msg_name = (&raw mut message.name).cast();
            header.msg_namelen = message.name_len;
            header.msg_iov = &raw mut message.vector;
            header.msg_iovlen = 1;
            let told = message.control_len > 0;
            header.msg_control = if told { (&raw mut message.control).cast() } else { ptr::null_mut() };
            header.msg_controllen = message.control_len;
            header.msg_flags = 0;
        }
    }
}

impl Message {
    /// Says which of our addresses it leaves from, and the size of its segments if it has several.
    fn write_control(&mut self) {
        let mut used = 0;
        match self.own {
            Some(IpAddr::V4(ip)) => {
                // in_pktinfo: any interface, the address, and one that only receiving fills.
                let mut info = [0; size_of::<libc::in_pktinfo>()];
                info[4..8].copy_from_slice(&ip.octets());
                used = put(&mut self.control, used, (libc::IPPROTO_IP, libc::IP_PKTINFO), &info);
            }
            Some(IpAddr::V6(ip)) => {
                // in6_pktinfo: the address, any interface.
                let mut info = [0; size_of::<libc::in6_pktinfo>()];
                info[..16].copy_from_slice(&ip.octets());
                used = put(&mut self.control, used, (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO), &info);
            }
            None => {}
        }
        if self.count > 1 {
            let segment = self.segment.to_ne_bytes();
            used = put(&mut self.control, used, (libc::SOL_UDP, libc::UDP_SEGMENT), &segment);
        }
        self.control_len = used;
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
    let mut single = Message { count: 1, ..*message };
    single.write_control();
    // SAFETY: a plain C structure of integers and pointers, for which all zeroes is a value.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_name = (&raw mut single.name).cast();
    header.msg_namelen = single.name_len;
    header.msg_control = (&raw mut single.control).cast();
    header.msg_controllen = single.control_len;
    for datagram in bytes.chunks(usize::from(message.segment)) {
        let mut vector = libc::iovec { iov_base: datagram.as_ptr().cast_mut().cast(), iov_len: datagram.len() };
        header.msg_iov = &raw mut vector;
        header.msg_iovlen = 1;
        loop {
            // SAFETY: the header points to the name and the control messages of `single` and to `vector`, which points to
            // the datagram; all are alive and the kernel only reads them.
            let result = unsafe { libc::sendmsg(fd, &raw const header, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) };
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

/// Writes a control message behind the first `at` bytes, and returns how many bytes are in use then.
fn put(control: &mut Control<CONTROL_BYTES>, at: usize, (level, kind): (i32, i32), data: &[u8]) -> usize {
    const HEADER: usize = size_of::<libc::cmsghdr>();
    let (len, space) = {
        // SAFETY: CMSG_LEN and CMSG_SPACE only compute.
        unsafe { (libc::CMSG_LEN(data.len() as u32), libc::CMSG_SPACE(data.len() as u32)) }
    };
    let header = libc::cmsghdr { cmsg_len: len as usize, cmsg_level: level, cmsg_type: kind };
    let place = &mut control.0[at..at + space as usize];
    // SAFETY: `place` is larger than a cmsghdr.
    unsafe { ptr::write_unaligned(place.as_mut_ptr().cast::<libc::cmsghdr>(), header) };
    place[HEADER..HEADER + data.len()].copy_from_slice(data);
    at + space as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::io::socket::PortOptions;
    use std::net::{Ipv4Addr, UdpSocket};

    #[test]
    fn a_refused_run_is_sent_singly_and_refusals_in_a_row_end_the_attempts() {
        let options = PortOptions { addresses: vec![Ipv4Addr::LOCALHOST.into()], port: 0, dscp: None };
        let port = UdpPort::bind(&options).expect("a free port");
        let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        peer.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        let mut sender = Sender::new(&port);
        // A run of more bytes than an IPv4 datagram holds: the kernel refuses it with EMSGSIZE.
        let (name, name_len) = name_of(peer.local_addr().expect("bound"));
        let bytes = vec![0u8; 1400 * 48];
        for attempt in 1..=SEGMENTATION_REFUSALS_MAX {
            let vector = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
            let control = Control([0; CONTROL_BYTES]);
            let message = &mut sender.messages[0];
            *message = Message { name, name_len, vector, control, control_len: 0, own: None, segment: 1400, count: 48 };
            message.write_control();
            let mut sent = Sent::default();
            sender.flush(&port, 0, 1, &mut Patience { until: None }, &mut sent);
            assert_eq!((sent.datagrams, sent.failed), (48, 0));
            let mut buffer = [0; 2048];
            assert!((0..48).all(|_| peer.recv(&mut buffer).expect("a datagram") == 1400));
            assert_eq!(sender.segmentation[0] == Segmentation::Off, attempt == SEGMENTATION_REFUSALS_MAX);
        }
    }
}
