//! The system calls of the packet path, and nothing above them: datagrams in by `recvmmsg` with the kernel's receive times,
//! runs out by `sendmmsg` with UDP segmentation offload, one `ppoll` for everything a worker waits for.
//!
//! The main types are [`UdpPort`] (the sockets), [`Receiver`] and [`Sender`] (their reusable memory; nothing allocates after
//! they are made), [`Waker`] and [`Waiter`]. The only `unsafe` code of the program stands here.
//!
//! A port is one socket per address family, so that addresses arrive as what they are, never as IPv4 mapped into IPv6; where
//! the machine has no IPv6, that socket is left out. A socket that is open on all addresses of the machine tells which one a
//! datagram came to, and answers leave from there (IP_PKTINFO, IPV6_PKTINFO): peers take them from nowhere else.

#![expect(
    unsafe_code,
    reason = "recvmmsg, sendmmsg with UDP_SEGMENT, ppoll and eventfd; the kept crates that wrap them allocate per call"
)]

mod port;
mod receive;
mod send;
mod wait;

pub use port::{BindError, Capped, KERNEL_BUFFER_BYTES, PortOptions, UdpPort};
pub use receive::{BATCH, RECEIVE_BYTES_MAX, Received, Receiver};
pub use send::{Sender, Sent};
pub use wait::{Waiter, Waker, monotonic};

use std::{io, mem::size_of, os::fd::RawFd};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::{
        io::clock::ArrivalClock,
        outbox::{DATAGRAM_BYTES_MAX, Outbox},
        route::Route,
    };
    use std::{
        net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
        os::fd::{AsFd, AsRawFd},
        time::Duration,
    };

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
        assert!(outbox.push(SocketAddr::from((Ipv6Addr::LOCALHOST, 9)), b"six"));
        assert!(outbox.push(SocketAddr::from((Ipv4Addr::BROADCAST, 9)), b"all"));
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
                assert_eq!(datagram.from, peer.local_addr().expect("bound").into(), "only one address is possible");
                let arrived = clock.instant_of(datagram.arrived.expect("the kernel stamps"));
                assert!(clock.now.saturating_duration_since(arrived) < Duration::from_secs(1));
                assert!(last.is_none_or(|last| arrived >= last));
                last = Some(arrived);
            }
            assert_eq!(receiver.receive(socket).expect("nothing"), 0);
        }
    }

    /// What comes to an address that no route would choose is answered from there, run or single.
    fn check_answered_from(open_on: IpAddr, asked: IpAddr, prepare: impl Fn(&mut Sender)) {
        let port = port(&[open_on]);
        let peer = peer(if asked.is_ipv4() { [127, 0, 0, 9].into() } else { asked });
        peer.send_to(b"who is there", SocketAddr::new(asked, port.number())).expect("sends");
        let mut receiver = Receiver::new();
        assert_eq!(receiver.receive(port.socket(0).expect("one")).expect("receives"), 1);
        let from = receiver.datagram(0).expect("whole").from;
        assert_eq!(from, Route { peer: peer.local_addr().expect("bound"), own: Some(asked) });

        let mut sender = Sender::new(&port);
        prepare(&mut sender);
        let mut outbox = Outbox::new();
        for size in [900, 900, 900, 40, 300] {
            assert!(outbox.push(from, &vec![0; size]));
        }
        let sent = sender.send(&port, &outbox);
        assert_eq!((sent.datagrams, sent.failed), (5, 0));
        let mut buffer = [0; 2048];
        for size in [900, 900, 900, 40, 300] {
            let (len, answered_by) = peer.recv_from(&mut buffer).expect("an answer");
            assert_eq!((len, answered_by), (size, SocketAddr::new(asked, port.number())));
        }
    }

    #[test]
    fn an_answer_leaves_from_the_address_that_was_asked() {
        for prepare in [|_: &mut Sender| (), Sender::do_without_segmentation] {
            check_answered_from(Ipv4Addr::UNSPECIFIED.into(), [127, 0, 0, 2].into(), prepare);
            check_answered_from(Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::LOCALHOST.into(), prepare);
        }
    }

    fn check_gone(open_on: IpAddr, at: IpAddr, own: IpAddr) {
        let port = port(&[open_on]);
        let peer = peer(at);
        let gone = Route { peer: peer.local_addr().expect("bound"), own: Some(own) };
        let mut sender = Sender::new(&port);
        for _ in 0..10 {
            let mut outbox = Outbox::new();
            for size in [700, 700, 60] {
                assert!(outbox.push(gone, &vec![0; size]));
            }
            let sent = sender.send(&port, &outbox);
            assert_eq!(sent, Sent { datagrams: 3, failed: 0, messages: 1 }, "still one segmented send");
            assert_eq!(lengths(&peer, 3), [700, 700, 60]);
        }
    }

    #[test]
    fn an_address_that_is_gone_leaves_the_choice_to_the_routes() {
        // The networks of documentation (RFC 5737, RFC 3849): nobody's addresses.
        check_gone(Ipv4Addr::UNSPECIFIED.into(), loopbacks()[0], [198, 51, 100, 7].into());
        check_gone(Ipv6Addr::UNSPECIFIED.into(), loopbacks()[1], "2001:db8::7".parse().expect("an address"));
    }

    #[test]
    fn a_full_kernel_buffer_costs_at_most_the_patience_and_is_counted() {
        let port = port(&loopbacks()[..1]);
        // The smallest send buffer, and datagrams that stay in it: nobody ever answers for this address.
        let socket = port.socket(0).expect("IPv4");
        set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_SNDBUF, 1).expect("shrinks");
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
