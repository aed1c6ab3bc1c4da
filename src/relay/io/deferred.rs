//! What peers report, put aside while pictures and sound go first.
//!
//! A report takes a worker about ten microseconds, as much as three or four packets it sends, and may wait a little; a picture may not.
//! Where hundreds of viewers report at once, what they report is taken in between the pictures. The main type is [`Deferred`]: a queue in memory of its own, which
//! never grows.

use super::socket::Received;
use crate::relay::{route::Route, rtp};
use std::time::{Duration, Instant};

/// Longest a report waits for pictures and sound. An estimate of what a way bears is made of reports some 50 ms apart, and
/// repairs are asked for after a round trip: neither is noticeably worse for less than half of that.
pub const DEFERRED_MAX: Duration = Duration::from_millis(20);

/// Reports taken in one turn while they may wait: a third of a millisecond's work.
pub const DEFERRED_PER_TURN: usize = 32;

/// Reports that may wait: those of 20 ms from 1000 viewers, twice over.
const PLACES: usize = 1024;

/// Longest datagram that is put aside; a report of 50 ms of sound and pictures takes about a hundred bytes.
const BYTES_MAX: usize = 512;

/// One datagram that waits.
#[derive(Clone, Copy)]
struct Place {
    from: Route,
    arrived: Instant,
    len: usize,
}

/// Reports in the order of their arrival.
pub struct Deferred {
    payloads: Box<[[u8; BYTES_MAX]]>,
    places: Box<[Option<Place>]>,
    first: usize,
    count: usize,
}

impl Default for Deferred {
    fn default() -> Self {
        Self {
            payloads: vec![[0; BYTES_MAX]; PLACES].into_boxed_slice(),
            places: vec![None; PLACES].into_boxed_slice(),
            first: 0,
            count: 0,
        }
    }
}

impl Deferred {
    /// Puts a datagram aside if it is a report (RTCP by its packet type, RFC 5761 §4) and there is room; else its turn is now.
    pub fn put_aside(&mut self, datagram: &Received<'_>, arrived: Instant) -> bool {
        let bytes = &*datagram.bytes;
        let reports = matches!(bytes.first(), Some(128..=191)) && rtp::is_rtcp(bytes);
        if !reports || bytes.len() > BYTES_MAX || self.count == PLACES {
            return false;
        }
        let at = (self.first + self.count) % PLACES;
        self.payloads[at][..bytes.len()].copy_from_slice(bytes);
        self.places[at] = Some(Place { from: datagram.from, arrived, len: bytes.len() });
        self.count += 1;
        true
    }

    /// When the one that has waited longest arrived.
    #[must_use]
    pub fn oldest(&self) -> Option<Instant> {
        self.places[self.first].map(|place| place.arrived)
    }

    /// The one that has waited longest: whom it is from, when it arrived, and what it says.
    pub fn take(&mut self) -> Option<(Route, Instant, &mut [u8])> {
        let at = self.first;
        let Place { from, arrived, len } = self.places[at].take()?;
        self.first = (at + 1) % PLACES;
        self.count -= 1;
        Some((from, arrived, &mut self.payloads[at][..len]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, SocketAddr};

    fn put(deferred: &mut Deferred, bytes: &mut [u8], arrived: Instant) -> bool {
        let from = Route::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 9)));
        deferred.put_aside(&Received { from, arrived: None, bytes }, arrived)
    }

    #[test]
    fn only_reports_wait_and_in_their_order() {
        let mut deferred = Deferred::default();
        let now = Instant::now();
        for mut other in
            [vec![], vec![0x80], vec![0x80, 96, 0], vec![0x80, 224], vec![0, 200], vec![22, 200], vec![0x80; 600]]
        {
            assert!(!put(&mut deferred, &mut other, now), "{other:?}");
        }
        assert_eq!(deferred.oldest(), None);
        for number in 0..3 {
            assert!(put(&mut deferred, &mut [0x81, 205, number], now + Duration::from_millis(number.into())));
        }
        for number in 0..3u8 {
            let arrived = now + Duration::from_millis(number.into());
            assert_eq!(deferred.oldest(), Some(arrived));
            let (_, at, bytes) = deferred.take().expect("it waits");
            assert_eq!((at, &*bytes), (arrived, &[0x81, 205, number][..]));
        }
        assert!(deferred.take().is_none());
    }

    #[test]
    fn what_finds_no_room_is_not_put_aside_and_room_comes_back() {
        let mut deferred = Deferred::default();
        let now = Instant::now();
        for round in 0..3u8 {
            for _ in 0..PLACES {
                assert!(put(&mut deferred, &mut [0x80, 200, round], now));
            }
            assert!(!put(&mut deferred, &mut [0x80, 200, 9], now));
            let (mut taken, mut right) = (0, 0);
            while let Some((_, _, bytes)) = deferred.take() {
                taken += 1;
                right += usize::from(*bytes == [0x80, 200, round]);
            }
            assert_eq!((taken, right), (PLACES, PLACES));
        }
    }
}
