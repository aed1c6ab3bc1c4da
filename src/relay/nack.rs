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

/// The end of a frame is asked for again without answer so often; then the next frame tells whether it is missing.
const END_TRIES_MAX: u8 = 4;

/// Longest wait for the end of a frame from a source whose frames end late, or whose packets don't say that they end one.
const END_PATIENCE_MAX: Duration = Duration::from_millis(320);

/// What a packet says of itself, as far as gaps are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Of its frame.
    pub timestamp: u32,
    /// Whether nothing of its frame follows it.
    pub ends_frame: bool,
    /// Whether it was sent again (RFC 4588).
    pub again: bool,
}

/// What a packet that came was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// One nobody waited for, or one that was overtaken.
    Original,
    /// A gap closed because it was asked for.
    Repaired,
}

/// The gaps in one stream.
///
/// A frame whose last packet is lost shows no gap before the next frame comes. So while the highest packet doesn't end its frame,
/// the one after it counts as a gap too, presumed until a later one has come.
#[derive(Debug)]
pub struct Missing {
    /// Oldest first; a presumed one is the last.
    gaps: VecDeque<Gap>,
    /// The highest packet's number, and its frame's timestamp.
    highest: Option<(u64, u32)>,
    round_trip: Option<Duration>,
    /// How long the end of a frame is waited for: longer each time it came by itself after all.
    end_patience: Duration,
    /// Whether gaps were given up that a key frame would make good.
    overrun: bool,
}

#[derive(Debug, Clone, Copy)]
struct Gap {
    number: u64,
    since: Instant,
    /// When it was asked for first and last.
    asked: Option<(Instant, Instant)>,
    tries: u8,
    presumed: bool,
}

impl Gap {
    fn new(number: u64, since: Instant) -> Self {
        Self { number, since, asked: None, tries: 0, presumed: false }
    }
}

impl Default for Missing {
    fn default() -> Self {
        Self {
            gaps: VecDeque::with_capacity(GAPS_MAX),
            highest: None,
            round_trip: None,
            end_patience: REORDERING,
            overrun: false,
        }
    }
}

impl Missing {
    /// A packet with this extended sequence number came.
    pub fn arrived(&mut self, number: u64, piece: Piece, now: Instant) -> Arrival {
        let Some((highest, timestamp)) = self.highest else {
            self.reach(number, piece, now);
            return Arrival::Original;
        };
        if number <= highest {
            let Some(place) = self.gaps.iter().position(|gap| gap.number == number) else { return Arrival::Original };
            return self.gaps.remove(place).map_or(Arrival::Original, |gap| self.close(&gap, now));
        }
        let presumed = self.gaps.pop_back_if(|gap| gap.presumed);
        let mut arrival = Arrival::Original;
        match presumed {
            Some(gap) if number > gap.number => {
                // What was waited for in vain has not been overtaken, and neither has what follows it.
                let since = gap.asked.map_or(now, |_| gap.since);
                self.gaps.push_back(Gap { presumed: false, since, ..gap });
                self.open(gap.number + 1, number, since);
            }
            // What is of another frame was not missing.
            Some(gap) if gap.asked.is_some() => {
                let answers = piece.again || piece.timestamp == timestamp && self.may_answer(&gap, now);
                let patience = if answers { self.end_patience / 2 } else { self.end_patience * 2 };
                self.end_patience = patience.clamp(REORDERING, END_PATIENCE_MAX);
                if answers {
                    arrival = self.close(&gap, now);
                }
            }
            _ => self.open(highest + 1, number, now),
        }
        self.reach(number, piece, now);
        arrival
    }

    /// The stream begins anew with this number: what was missing before it stays so.
    pub fn restart(&mut self, number: u64, timestamp: u32) {
        self.gaps.clear();
        self.highest = Some((number, timestamp));
    }

    /// Gives up what is missing: its source can't be asked.
    pub fn forget(&mut self) {
        self.gaps.clear();
    }

    /// Whether this number is a gap that is still asked for.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        self.gaps.iter().any(|gap| gap.number == number && (!gap.presumed || gap.asked.is_some()))
    }

    /// Whether anything is missing, or may be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// Puts into `ask` the sequence numbers to be asked for now, oldest first, and gives up what is too old.
    pub fn due(&mut self, now: Instant, ask: &mut Vec<u16>) {
        // The request may be lost as well as what was sent again, and time matters more than a packet that comes twice: half a
        // round trip, or the tick closest to it.
        let again = self.round_trip.unwrap_or(ROUND_TRIP_AT_FIRST).mul_f32(0.5).saturating_sub(NACK_TICK / 2);
        let again = again.clamp(NACK_TICK, AGAIN_MAX);
        let end_patience = self.end_patience;
        self.gaps.retain_mut(|gap| {
            let age = now.saturating_duration_since(gap.since);
            let (patience, tries_max) =
                if gap.presumed { (end_patience, END_TRIES_MAX) } else { (REORDERING, TRIES_MAX) };
            if age > AGE_MAX || gap.tries >= tries_max {
                return false;
            }
            let ripe = match gap.asked {
                None => age >= patience,
                Some((_, asked)) => now.saturating_duration_since(asked) >= again,
            };
            if ripe {
                gap.asked = Some((gap.asked.map_or(now, |(first, _)| first), now));
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

    /// A gap is closed by what came.
    fn close(&mut self, gap: &Gap, now: Instant) -> Arrival {
        let Some((first, _)) = gap.asked else { return Arrival::Original };
        // Asked twice within a round trip: either the first request was answered, or it was lost and the time is half a trip too
        // long. What was asked for more often tells nothing.
        if gap.tries <= 2 {
            let seen = now.saturating_duration_since(first);
            self.round_trip = Some(self.round_trip.map_or(seen, |known| (known * 7 + seen) / 8));
        }
        Arrival::Repaired
    }

    /// Whether so much time has passed since a gap was asked for that what comes may be the answer.
    fn may_answer(&self, gap: &Gap, now: Instant) -> bool {
        let round_trip = self.round_trip.unwrap_or(ROUND_TRIP_AT_FIRST);
        gap.asked.is_some_and(|(first, _)| now.saturating_duration_since(first) >= round_trip.mul_f32(0.8))
    }

    /// The stream has come to this packet.
    fn reach(&mut self, number: u64, piece: Piece, now: Instant) {
        self.highest = Some((number, piece.timestamp));
        if !piece.ends_frame && self.gaps.len() < GAPS_MAX {
            self.gaps.push_back(Gap { presumed: true, ..Gap::new(number + 1, now) });
        }
    }

    fn open(&mut self, first: u64, end: u64, since: Instant) {
        if self.gaps.len() as u64 + (end - first) > GAPS_MAX as u64 {
            self.gaps.clear();
            self.overrun = true;
            return;
        }
        self.gaps.extend((first..end).map(|number| Gap::new(number, since)));
    }
}

/// Places in [`Repairs`]: a viewer that loses more within a round trip than this has its requests answered twice at times.
const REPAIRS_KEPT: usize = 64;

/// A packet isn't sent again sooner than this after the last time, however short the round trip.
const REPAIR_REST_MIN: Duration = Duration::from_millis(10);

/// When a slot's packets were last sent again.
#[derive(Debug, Clone)]
pub struct Repairs {
    latest: [Option<Repair>; REPAIRS_KEPT],
}

#[derive(Debug, Clone, Copy)]
struct Repair {
    seq: u16,
    sent: Instant,
    /// How many of those that were sent then are not known to be lost.
    copies: u8,
}

impl Default for Repairs {
    fn default() -> Self {
        Self { latest: [None; REPAIRS_KEPT] }
    }
}

impl Repairs {
    /// Whether a packet may be sent again now, so many times; if so the sending is noted. A request that crosses the answer to the
    /// one before it must not be answered twice: one that comes within a round trip is refused.
    pub fn allow(&mut self, seq: u16, copies: u8, now: Instant, round_trip: Option<Duration>) -> bool {
        let rest = round_trip.unwrap_or_default().max(REPAIR_REST_MIN);
        let place = &mut self.latest[usize::from(seq) % REPAIRS_KEPT];
        let crossing = place.is_some_and(|known| {
            known.seq == seq && known.copies > 0 && now.saturating_duration_since(known.sent) < rest.mul_f32(0.9)
        });
        if !crossing {
            *place = Some(Repair { seq, sent: now, copies });
        }
        !crossing
    }

    /// A packet is known to be lost: as it was sent first, or sent again. Whether that leaves nothing of it under way.
    pub fn lost(&mut self, seq: u16, again: bool) -> bool {
        let known = self.latest[usize::from(seq) % REPAIRS_KEPT].as_mut().filter(|known| known.seq == seq);
        let Some(repair) = known else { return true };
        repair.copies = repair.copies.saturating_sub(u8::from(again));
        repair.copies == 0
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    const END: Piece = Piece { timestamp: 1, ends_frame: true, again: false };

    fn asked(missing: &mut Missing, now: Instant) -> Vec<u16> {
        let mut ask = Vec::new();
        missing.due(now, &mut ask);
        ask
    }

    #[test]
    fn an_overtaken_packet_is_not_asked_for() {
        let start = Instant::now();
        let mut missing = Missing::default();
        missing.arrived(0x1_0000, END, start);
        missing.arrived(0x1_0003, END, start);
        assert!(asked(&mut missing, start + ms(9)).is_empty());
        assert_eq!(missing.arrived(0x1_0001, END, start + ms(9)), Arrival::Original);
        assert_eq!(asked(&mut missing, start + ms(10)), [2]);
        assert_eq!(missing.arrived(0x1_0002, END, start + ms(40)), Arrival::Repaired);
        assert!(missing.is_empty());
        assert_eq!(missing.round_trip(), Some(ms(30)));
    }

    #[test]
    fn a_gap_is_asked_for_again_after_a_round_trip_until_it_is_given_up() {
        let start = Instant::now();
        let mut missing = Missing::default();
        for (number, at) in [(10, 0), (12, 0)] {
            missing.arrived(number, END, start + ms(at));
        }
        asked(&mut missing, start + ms(20));
        missing.arrived(11, END, start + ms(60));
        missing.arrived(14, END, start + ms(100));
        let times: Vec<u64> = (0..100)
            .map(|tick| 100 + tick * 20)
            .filter(|&at| !asked(&mut missing, start + ms(at)).is_empty())
            .collect();
        assert_eq!(times[..4], [120, 140, 160, 180], "half of a round trip of 40 ms");
        assert_eq!(times.len(), usize::from(TRIES_MAX));
        assert!(missing.is_empty());
    }

    #[test]
    fn the_end_of_a_frame_is_asked_for_before_the_next_frame_comes() {
        let start = Instant::now();
        let mut missing = Missing::default();
        let part = |timestamp| Piece { timestamp, ends_frame: false, again: false };
        missing.arrived(7, part(1), start);
        assert!(asked(&mut missing, start + ms(9)).is_empty() && !missing.contains(8));
        assert_eq!(asked(&mut missing, start + ms(10)), [8]);
        assert!(missing.contains(8));
        let again = Piece { again: true, ..END };
        assert_eq!(missing.arrived(8, again, start + ms(40)), Arrival::Repaired);
        assert!(missing.is_empty());
        // Two are lost at the end, and the first packet of the next frame shows both; what was waited for is asked for at once.
        missing.arrived(9, part(2), start + ms(40));
        assert_eq!(asked(&mut missing, start + ms(50)), [10]);
        missing.arrived(12, part(3), start + ms(60));
        assert_eq!(asked(&mut missing, start + ms(60)), [10, 11], "the first a second time");
    }

    #[test]
    fn an_end_that_comes_by_itself_is_waited_for_longer() {
        let start = Instant::now();
        let mut missing = Missing::default();
        let mut count = 0;
        // A sender that never marks the end of a frame, one packet each.
        for frame in 0..200 {
            let at = start + ms(u64::from(frame) * 40);
            missing.arrived(u64::from(frame), Piece { timestamp: frame, ends_frame: false, again: false }, at);
            count += (0..4).map(|tick| asked(&mut missing, at + ms(tick * 10)).len()).sum::<usize>();
        }
        assert!(count <= 4, "{count}");
        assert_eq!(missing.round_trip(), None);
    }

    #[test]
    fn more_than_can_be_repaired_is_given_up_at_once() {
        let start = Instant::now();
        let mut missing = Missing::default();
        missing.arrived(1, END, start);
        missing.arrived(1000, END, start);
        assert!(missing.is_empty() && missing.take_overrun() && !missing.take_overrun());
    }

    #[test]
    fn a_request_that_crosses_its_answer_is_refused() {
        let start = Instant::now();
        let mut repairs = Repairs::default();
        let round_trip = Some(ms(40));
        assert!(repairs.allow(7, 1, start, round_trip));
        assert!(!repairs.allow(7, 1, start + ms(20), round_trip));
        assert!(repairs.allow(7 + REPAIRS_KEPT as u16, 1, start + ms(20), round_trip), "another packet");
        assert!(repairs.allow(7, 2, start + ms(41), round_trip));
        assert!(!repairs.lost(7, false) && !repairs.lost(7, true), "one more is under way");
        assert!(repairs.lost(7, true) && repairs.allow(7, 2, start + ms(42), round_trip));
        assert!(repairs.lost(8, false), "it was never sent again");
    }
}
