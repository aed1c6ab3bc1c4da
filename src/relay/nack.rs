//! What is missing of a stream and when to ask for it again; and what was just sent again, so that it isn't twice at once
//! (RFC 4585 §6.2.1, RFC 4588).
//!
//! [`Missing`] is the receiver's half, one for each publication; [`Repairs`] the sender's, one for each slot. Both have all
//! their memory from the start. Neither makes packets.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Time between two looks at what is missing, while anything is: half of what others take, because a frame that waits for its
/// second repair is what people see.
pub const NACK_TICK: Duration = Duration::from_millis(10);

/// A packet may be overtaken by others for this long before it counts as missing.
pub const REORDERING: Duration = Duration::from_millis(10);

/// Most gaps that are repaired at once; more is past repairing, and only a key frame helps.
const GAPS_MAX: usize = 256;

/// A gap that was asked for so often stays.
const TRIES_MAX: u8 = 10;

/// A gap older than this is of no use to anybody who watches live.
const AGE_MAX: Duration = Duration::from_secs(1);

/// Round-trip time assumed until a repair has shown it.
const ROUND_TRIP_AT_FIRST: Duration = Duration::from_millis(100);

/// Longest wait before the same packet is asked for again, however long the round trip.
const AGAIN_MAX: Duration = Duration::from_millis(300);

/// What a packet that came was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// One nobody waited for, or one that was overtaken.
    Original,
    /// A gap closed because it was asked for.
    Repaired,
}

/// The gaps in one stream.
#[derive(Debug)]
pub struct Missing {
    gaps: VecDeque<Gap>,
    highest: Option<u64>,
    round_trip: Option<Duration>,
    /// Whether gaps were given up that a key frame would make good.
    overrun: bool,
}

#[derive(Debug, Clone, Copy)]
struct Gap {
    number: u64,
    since: Instant,
    asked: Option<Instant>,
    tries: u8,
}

impl Default for Missing {
    fn default() -> Self {
        Self { gaps: VecDeque::with_capacity(GAPS_MAX), highest: None, round_trip: None, overrun: false }
    }
}

impl Missing {
    /// A packet with this extended sequence number came.
    pub fn arrived(&mut self, number: u64, now: Instant) -> Arrival {
        let Some(highest) = self.highest else {
            self.highest = Some(number);
            return Arrival::Original;
        };
        if number > highest {
            self.highest = Some(number);
            self.open(highest + 1, number, now);
            return Arrival::Original;
        }
        let Some(place) = self.gaps.iter().position(|gap| gap.number == number) else { return Arrival::Original };
        let Some(Gap { asked: Some(asked), tries, .. }) = self.gaps.remove(place) else { return Arrival::Original };
        // Only a first request's answer tells the round trip: later ones may answer an earlier one (Karn).
        if tries == 1 {
            let seen = now.saturating_duration_since(asked);
            self.round_trip = Some(self.round_trip.map_or(seen, |known| (known * 7 + seen) / 8));
        }
        Arrival::Repaired
    }

    /// The stream begins anew with this number: what was missing before it stays so.
    pub fn restart(&mut self, number: u64) {
        self.gaps.clear();
        self.highest = Some(number);
    }

    /// Gives up what is missing: its source can't be asked.
    pub fn forget(&mut self) {
        self.gaps.clear();
    }

    /// Whether this number is a gap that is still asked for.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        self.gaps.iter().any(|gap| gap.number == number)
    }

    /// Whether anything is missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// Puts into `ask` the sequence numbers to be asked for now, oldest first, and gives up what is too old.
    pub fn due(&mut self, now: Instant, ask: &mut Vec<u16>) {
        let round_trip = self.round_trip.unwrap_or(ROUND_TRIP_AT_FIRST);
        // Once a repair was lost as well, time matters more than a packet that comes twice.
        let again = |tries| round_trip.mul_f32(if tries > 1 { 0.5 } else { 1.1 }).clamp(NACK_TICK, AGAIN_MAX);
        self.gaps.retain_mut(|gap| {
            let age = now.saturating_duration_since(gap.since);
            if age > AGE_MAX || gap.tries >= TRIES_MAX {
                return false;
            }
            let ripe = match gap.asked {
                None => age >= REORDERING,
                Some(asked) => now.saturating_duration_since(asked) >= again(gap.tries),
            };
            if ripe {
                gap.asked = Some(now);
                gap.tries += 1;
                ask.push(gap.number as u16);
            }
            true
        });
    }

    /// Whether more was lost at once than can be repaired, since the last call.
    pub fn take_overrun(&mut self) -> bool {
        std::mem::take(&mut self.overrun)
    }

    /// Round-trip time that repairs have shown.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    fn open(&mut self, first: u64, end: u64, now: Instant) {
        if self.gaps.len() as u64 + (end - first) > GAPS_MAX as u64 {
            self.gaps.clear();
            self.overrun = true;
            return;
        }
        self.gaps.extend((first..end).map(|number| Gap { number, since: now, asked: None, tries: 0 }));
    }
}

/// Places in [`Repairs`]: a viewer that loses more within a round trip than this has its requests answered twice at times.
const REPAIRS_KEPT: usize = 64;

/// A packet isn't sent again sooner than this after the last time, however short the round trip.
const REPAIR_REST_MIN: Duration = Duration::from_millis(10);

/// When a slot's packets were last sent again.
#[derive(Debug, Clone)]
pub struct Repairs {
    latest: [Option<(u16, Instant)>; REPAIRS_KEPT],
}

impl Default for Repairs {
    fn default() -> Self {
        Self { latest: [None; REPAIRS_KEPT] }
    }
}

impl Repairs {
    /// Whether a packet may be sent again now; if so the sending is noted. A request that crosses the answer to the one before
    /// it must not be answered twice: one that comes within a round trip is refused.
    pub fn allow(&mut self, seq: u16, now: Instant, round_trip: Option<Duration>) -> bool {
        let rest = round_trip.unwrap_or_default().max(REPAIR_REST_MIN);
        let place = &mut self.latest[usize::from(seq) % REPAIRS_KEPT];
        let crossing =
            place.is_some_and(|(known, sent)| known == seq && now.saturating_duration_since(sent) < rest.mul_f32(0.9));
        if !crossing {
            *place = Some((seq, now));
        }
        !crossing
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn asked(missing: &mut Missing, now: Instant) -> Vec<u16> {
        let mut ask = Vec::new();
        missing.due(now, &mut ask);
        ask
    }

    #[test]
    fn an_overtaken_packet_is_not_asked_for() {
        let start = Instant::now();
        let mut missing = Missing::default();
        missing.arrived(0x1_0000, start);
        missing.arrived(0x1_0003, start);
        assert!(asked(&mut missing, start + ms(9)).is_empty());
        assert_eq!(missing.arrived(0x1_0001, start + ms(9)), Arrival::Original);
        assert_eq!(asked(&mut missing, start + ms(10)), [2]);
        assert_eq!(missing.arrived(0x1_0002, start + ms(40)), Arrival::Repaired);
        assert!(missing.is_empty());
        assert_eq!(missing.round_trip(), Some(ms(30)));
    }

    #[test]
    fn a_gap_is_asked_for_again_after_a_round_trip_until_it_is_given_up() {
        let start = Instant::now();
        let mut missing = Missing::default();
        for (number, at) in [(10, 0), (12, 0)] {
            missing.arrived(number, start + ms(at));
        }
        asked(&mut missing, start + ms(20));
        missing.arrived(11, start + ms(60));
        missing.arrived(14, start + ms(100));
        let times: Vec<u64> = (0..100)
            .map(|tick| 100 + tick * 20)
            .filter(|&at| !asked(&mut missing, start + ms(at)).is_empty())
            .collect();
        assert_eq!(times[..4], [120, 180, 200, 220], "40 ms round trip and a little, then half of it");
        assert_eq!(times.len(), usize::from(TRIES_MAX));
        assert!(missing.is_empty());
    }

    #[test]
    fn more_than_can_be_repaired_is_given_up_at_once() {
        let start = Instant::now();
        let mut missing = Missing::default();
        missing.arrived(1, start);
        missing.arrived(1000, start);
        assert!(missing.is_empty() && missing.take_overrun() && !missing.take_overrun());
    }

    #[test]
    fn a_request_that_crosses_its_answer_is_refused() {
        let start = Instant::now();
        let mut repairs = Repairs::default();
        let round_trip = Some(ms(40));
        assert!(repairs.allow(7, start, round_trip));
        assert!(!repairs.allow(7, start + ms(20), round_trip));
        assert!(repairs.allow(7 + REPAIRS_KEPT as u16, start + ms(20), round_trip), "another packet");
        assert!(repairs.allow(7, start + ms(41), round_trip));
    }
}
