//! Datagrams on their way out: one reusable slab, laid out so that the kernel gets few and large sends.
//!
//! A room appends sealed packets back to back, viewer by viewer; the shell takes them as [`Run`]s, each one call's worth of
//! UDP segmentation offload: the same addresses, contiguous bytes, equal sizes but for the last. Nothing here allocates after
//! [`Outbox::new`].

use super::route::Route;
use std::net::{IpAddr, SocketAddr};

/// Bytes the slab holds: it stays in a core's second-level cache between sealing and sending.
pub const SLAB_BYTES: usize = 256 * 1024;

/// Largest UDP payload ever sent: the largest payload a sender's Ethernet frame can bring, with the longest header and tag of
/// a slot around it. What is longer than [`SEGMENT_BYTES_MAX`] leaves in two fragments of IP: dear, but there.
pub const DATAGRAM_BYTES_MAX: usize = 1528;

/// Largest UDP payload that fits one Ethernet frame: its 1500 bytes less IPv6 (40) and UDP (8) headers. Larger ones are sent
/// by themselves, since segmentation offload makes no fragments.
pub const SEGMENT_BYTES_MAX: usize = 1452;

/// Most datagrams in one run; Linux refuses more than 64 segments on older kernels.
pub const SEGMENTS_MAX: usize = 64;

/// Most bytes in one run: an IPv4 datagram's limit less headers.
const RUN_BYTES_MAX: usize = 65_000;

/// Most datagrams the outbox holds; reached only by many small ones.
pub const DATAGRAMS_MAX: usize = 2048;

/// A slab of datagrams and where each of them goes.
pub struct Outbox {
    slab: Box<[u8]>,
    used: usize,
    datagrams: Vec<Datagram>,
}

#[derive(Clone, Copy)]
struct Datagram {
    to: Route,
    start: u32,
    len: u16,
}

/// Datagrams between the same two addresses that one send with UDP_SEGMENT can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// Where they go.
    pub to: SocketAddr,
    /// Which of our addresses they leave from; `None` leaves it to the routes.
    pub own: Option<IpAddr>,
    /// All of them, back to back.
    pub bytes: &'a [u8],
    /// Size of each but the last, which may be smaller.
    pub segment: usize,
    /// How many.
    pub count: usize,
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Outbox {
    /// An empty outbox with all the memory it will ever use.
    #[must_use]
    pub fn new() -> Self {
        Self { slab: vec![0; SLAB_BYTES].into_boxed_slice(), used: 0, datagrams: Vec::with_capacity(DATAGRAMS_MAX) }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.datagrams.is_empty()
    }

    /// How many datagrams wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.datagrams.len()
    }

    /// Whether `count` datagrams of the largest size still fit.
    #[must_use]
    pub fn has_room_for(&self, count: usize) -> bool {
        self.slab.len() - self.used >= count * DATAGRAM_BYTES_MAX && self.datagrams.len() + count <= DATAGRAMS_MAX
    }

    /// Space for the next datagram, at least [`DATAGRAM_BYTES_MAX`] bytes; [`commit`](Self::commit) makes it one.
    ///
    /// # Panics
    ///
    /// If the caller did not ask [`has_room_for`](Self::has_room_for) first.
    pub fn space(&mut self) -> &mut [u8] {
        let end = self.used + DATAGRAM_BYTES_MAX;
        &mut self.slab[self.used..end]
    }

    /// Makes the first `len` bytes of [`space`](Self::space) a datagram to `to`.
    pub fn commit(&mut self, to: impl Into<Route>, len: usize) {
        debug_assert!(len <= DATAGRAM_BYTES_MAX && self.datagrams.len() < DATAGRAMS_MAX);
        self.datagrams.push(Datagram { to: to.into(), start: self.used as u32, len: len as u16 });
        self.used += len;
    }

    /// Appends a datagram made elsewhere; `false` if it is too large or nothing more fits.
    pub fn push(&mut self, to: impl Into<Route>, bytes: &[u8]) -> bool {
        if bytes.len() > DATAGRAM_BYTES_MAX || !self.has_room_for(1) {
            return false;
        }
        self.space()[..bytes.len()].copy_from_slice(bytes);
        self.commit(to, bytes.len());
        true
    }

    /// All datagrams in order, gathered into as few runs as the rules allow.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let run = self.run_at(next)?;
            next += run.count;
            Some(run)
        })
    }

    /// Forgets everything that was sent.
    pub fn clear(&mut self) {
        self.used = 0;
        self.datagrams.clear();
    }

    fn run_at(&self, first: usize) -> Option<Run<'_>> {
        let head = self.datagrams.get(first)?;
        let segment = usize::from(head.len);
        let mut bytes = segment;
        let mut count = 1;
        let followers = if segment > SEGMENT_BYTES_MAX { &[] } else { &self.datagrams[first + 1..] };
        for next in followers {
            let len = usize::from(next.len);
            if next.to != head.to || len > segment || count == SEGMENTS_MAX || bytes + len > RUN_BYTES_MAX {
                break;
            }
            bytes += len;
            count += 1;
            if len < segment {
                break;
            }
        }
        let start = head.start as usize;
        Some(Run { to: head.to.peer, own: head.to.own, bytes: &self.slab[start..start + bytes], segment, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs_of(datagrams: &[(u16, usize)]) -> Vec<(u16, usize, usize)> {
        let mut outbox = Outbox::new();
        for &(port, len) in datagrams {
            assert!(outbox.push(SocketAddr::from(([127, 0, 0, 1], port)), &vec![7; len]));
        }
        outbox.runs().map(|run| (run.to.port(), run.segment, run.count)).collect()
    }

    #[test]
    fn a_run_is_equal_sizes_to_one_address_with_a_smaller_end() {
        assert_eq!(runs_of(&[(1, 100), (1, 100), (1, 60), (1, 60), (2, 60)]), [(1, 100, 3), (1, 60, 1), (2, 60, 1)]);
        assert_eq!(runs_of(&[(1, 60), (1, 100)]), [(1, 60, 1), (1, 100, 1)]);
        assert_eq!(runs_of(&[(1, 10); 70]), [(1, 10, 64), (1, 10, 6)]);
        assert_eq!(runs_of(&[(1, 1400); 50]), [(1, 1400, 46), (1, 1400, 4)]);
        assert_eq!(runs_of(&[(1, 1453), (1, 1453), (1, 1452), (1, 9)]), [(1, 1453, 1), (1, 1453, 1), (1, 1452, 2)]);
    }

    #[test]
    fn a_run_leaves_from_one_address() {
        let mut outbox = Outbox::new();
        let peer = SocketAddr::from(([10, 0, 0, 9], 9));
        let own = |last| Some(IpAddr::from([10, 0, 0, last]));
        for own in [own(1), own(1), own(2), None] {
            assert!(outbox.push(Route { peer, own }, &[7; 50]));
        }
        let runs: Vec<_> = outbox.runs().map(|run| (run.own, run.count)).collect();
        assert_eq!(runs, [(own(1), 2), (own(2), 1), (None, 1)]);
    }

    #[test]
    fn a_full_outbox_says_so() {
        let mut outbox = Outbox::new();
        let to = SocketAddr::from(([127, 0, 0, 1], 9));
        let mut pushed = 0;
        while outbox.push(to, &[0; DATAGRAM_BYTES_MAX]) {
            pushed += 1;
        }
        assert_eq!(pushed, SLAB_BYTES / DATAGRAM_BYTES_MAX);
        outbox.clear();
        assert!(outbox.is_empty() && outbox.push(to, b"again"));
        assert!(!outbox.push(to, &[0; DATAGRAM_BYTES_MAX + 1]));
    }
}
