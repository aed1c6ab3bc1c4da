//! What a viewer counts: datagrams, gaps in sequence numbers, one-way delays.
//!
//! The main type is [`Tally`]. Counting reads nothing but RTP headers, which SRTP leaves in the clear.

use super::programme::stamp;
use crate::relay::media::Ssrc;
use std::time::{Duration, Instant};

/// Delays kept between two [`Tally::take`]s; further ones are not sampled.
const DELAYS_MAX: usize = 100_000;

/// Streams told apart: the lines of the largest viewer and their retransmissions.
const STREAMS_MAX: usize = 40;

/// What came so far. [`take`](Self::take) gives it and starts anew.
#[derive(Debug, Default)]
pub struct Tally {
    /// RTP datagrams.
    pub datagrams: u64,
    /// Their bytes, SRTP trailer included.
    pub bytes: u64,
    /// Datagrams opened and found authentic.
    pub opened: u64,
    /// Datagrams that did not open: none if all is well.
    pub refused: u64,
    /// Sequence numbers passed over and not seen later.
    pub lost: u64,
    /// Datagrams with the RTP marker: the last of a picture.
    pub markers: u64,
    /// Pictures whose last datagram was opened and carries a stamp: those of a made-up programme.
    pub pictures: u64,
    /// When the first of them was whole; kept by [`take`](Self::take).
    pub first_picture: Option<Instant>,
    /// When the first RTP datagram came; kept by [`take`](Self::take).
    pub first: Option<Instant>,
    /// When the latest came; kept by [`take`](Self::take).
    pub last: Option<Instant>,
    /// Longest time without any datagram.
    pub longest_gap: Duration,
    /// One-way delays of opened datagrams that carry a stamp.
    pub delays: Vec<Duration>,
    streams: Vec<Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    ssrc: Ssrc,
    highest: u16,
    cycles: u16,
}

/// What became of a datagram that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is authentic.
    Opened {
        /// How long it took, if it says when it was sent.
        delay: Option<Duration>,
        /// Whether it ends a picture.
        last: bool,
    },
    /// It does not open.
    Refused,
}

impl Tally {
    /// Counts an RTP datagram by its header; its length was checked.
    pub(super) fn count(&mut self, now: Instant, datagram: &[u8]) {
        let seq = u16::from_be_bytes([datagram[2], datagram[3]]);
        let ssrc = Ssrc(u32::from_be_bytes([datagram[8], datagram[9], datagram[10], datagram[11]]));
        self.bytes += datagram.len() as u64;
        self.markers += u64::from(datagram[1] >> 7);
        self.count_one(now, ssrc, seq);
    }

    /// Counts a packet that somebody else opened; stamps count from `epoch`.
    pub(super) fn count_opened(&mut self, now: Instant, epoch: Instant, header: &rtc_rtp::Header, payload: &[u8]) {
        self.bytes += payload.len() as u64;
        self.markers += u64::from(header.marker);
        self.count_one(now, Ssrc(header.ssrc), header.sequence_number);
        let delay = stamp(payload).map(|since| now.saturating_duration_since(epoch + since));
        self.heard(now, Heard::Opened { delay, last: header.marker });
    }

    fn count_one(&mut self, now: Instant, ssrc: Ssrc, seq: u16) {
        self.datagrams += 1;
        if let Some(last) = self.last {
            self.longest_gap = self.longest_gap.max(now.saturating_duration_since(last));
        }
        self.first.get_or_insert(now);
        self.last = Some(now);
        let Some(index) = self.streams.iter().position(|seen| seen.ssrc == ssrc) else {
            if self.streams.len() < STREAMS_MAX {
                self.streams.push(Seen { ssrc, highest: seq, cycles: 0 });
            }
            return;
        };
        let seen = &mut self.streams[index];
        match seq.wrapping_sub(seen.highest) {
            0 => {}
            ahead @ 1..0x8000 => {
                self.lost += u64::from(ahead - 1);
                seen.cycles += u16::from(seq < seen.highest);
                seen.highest = seq;
            }
            // A late one had been counted as lost.
            _ => self.lost = self.lost.saturating_sub(1),
        }
    }

    pub(super) fn heard(&mut self, now: Instant, heard: Heard) {
        match heard {
            Heard::Opened { delay, last } => {
                self.opened += 1;
                if last && delay.is_some() {
                    self.pictures += 1;
                    self.first_picture.get_or_insert(now);
                }
                if let Some(delay) = delay
                    && self.delays.len() < DELAYS_MAX
                {
                    self.delays.push(delay);
                }
            }
            Heard::Refused => self.refused += 1,
        }
    }

    /// All counts so far; they start from zero again, sequence numbers go on.
    pub fn take(&mut self) -> Self {
        let streams = self.streams.clone();
        let fresh =
            Self { streams, first: self.first, first_picture: self.first_picture, last: self.last, ..Self::default() };
        std::mem::replace(self, fresh)
    }

    /// Adds another viewer's counts.
    pub fn add(&mut self, other: &Self) {
        self.datagrams += other.datagrams;
        self.bytes += other.bytes;
        self.opened += other.opened;
        self.refused += other.refused;
        self.lost += other.lost;
        self.markers += other.markers;
        self.pictures += other.pictures;
        self.longest_gap = self.longest_gap.max(other.longest_gap);
        self.delays.extend_from_slice(&other.delays);
    }

    /// Share of datagrams lost, 0 to 1; 1 if none came at all.
    #[must_use]
    pub fn loss(&self) -> f64 {
        let sent = self.datagrams + self.lost;
        if sent == 0 { 1.0 } else { self.lost as f64 / sent as f64 }
    }

    /// The delay that this share of the samples does not exceed.
    #[must_use]
    pub fn delay(&self, share: f64) -> Option<Duration> {
        let mut delays = self.delays.clone();
        delays.sort_unstable();
        let rank = (delays.len() as f64 * share).ceil() as usize;
        delays.get(rank.clamp(1, delays.len().max(1)) - 1).copied()
    }

    /// A receiver report with a block per stream, at most 31 (RFC 3550 §6.4.2).
    pub(super) fn write_receiver_report(&self, ours: Ssrc, out: &mut Vec<u8>) {
        let blocks = self.streams.len().min(31);
        out.extend_from_slice(&[0x80 | blocks as u8, 201]);
        out.extend_from_slice(&(1 + 6 * blocks as u16).to_be_bytes());
        out.extend_from_slice(&ours.0.to_be_bytes());
        for seen in &self.streams[..blocks] {
            let highest = u32::from(seen.cycles) << 16 | u32::from(seen.highest);
            for word in [seen.ssrc.0, 0, highest, 0, 0, 0] {
                out.extend_from_slice(&word.to_be_bytes());
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    fn tally_of(sequence: &[u16]) -> Tally {
        let mut tally = Tally::default();
        let now = Instant::now();
        for seq in sequence {
            let mut datagram = [0x80; 20];
            datagram[2..4].copy_from_slice(&seq.to_be_bytes());
            tally.count(now, &datagram);
        }
        tally
    }

    #[test]
    fn gaps_are_lost_and_late_ones_are_not() {
        for (sequence, lost) in [
            (&[1, 2, 3][..], 0),
            (&[1, 4], 2),
            (&[1, 3, 2, 4], 0),
            (&[65_534, 65_535, 0, 1], 0),
            (&[65_534, 1], 2),
            (&[5, 5], 0),
        ] {
            assert_eq!(tally_of(sequence).lost, lost, "{sequence:?}");
        }
    }

    #[test]
    fn what_is_taken_starts_anew_but_sequence_numbers_go_on() {
        let mut tally = tally_of(&[1, 2]);
        assert_eq!(tally.take().datagrams, 2);
        let mut datagram = [0x80; 20];
        datagram[2..4].copy_from_slice(&4u16.to_be_bytes());
        tally.count(Instant::now(), &datagram);
        assert_eq!((tally.datagrams, tally.lost), (1, 1));
    }

    #[test]
    fn a_percentile_is_the_smallest_delay_that_covers_the_share() {
        let mut tally = Tally::default();
        assert_eq!(tally.delay(0.5), None);
        tally.delays = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(tally.delay(0.5), Some(Duration::from_millis(50)));
        assert_eq!(tally.delay(0.99), Some(Duration::from_millis(99)));
    }
}
