//! Freezes of a picture on its way to one viewer, as far as the relay can know them.
//!
//! After WebRTC's statistics (`freezeCount`: the time between two pictures shown is at least the greater of three times the mean
//! interval of the last 30 and that mean plus 150 ms), adapted to what a relay sees. Counted is when a frame has been *sent whole*
//! for the first time: its last packet and every packet before it since the last whole frame, or since a key frame that made what
//! was missing pointless. The usual interval is the mean of the last [`MEAN_OF`], or the longest step of the source's own time since
//! the last whole frame if that is more: a source that makes few pictures doesn't freeze. While the relay holds a picture back on
//! purpose, shows its slate, or nobody wants one, nothing is counted. What is lost behind the relay, and how long a viewer's own
//! machine takes, it can't know; a browser's own count may be higher.

use std::time::{Duration, Instant};

/// Intervals that make the usual one.
const MEAN_OF: u32 = 30;

/// A freeze is this much longer than usual at least.
const LONGER: Duration = Duration::from_millis(150);

/// Packets behind the first missing one that are remembered: as many as a publication keeps.
const WINDOW: u64 = 1024;

/// Ticks of a picture's time line per second.
const TICKS: f64 = 90_000.0;

/// What one slot's picture has been through.
#[derive(Debug, Clone, Default)]
pub struct Freezes {
    /// How many there were.
    pub count: u32,
    /// How long they lasted, all together.
    pub lasted: Duration,
    /// The latest that ended, until it is told of.
    ended: Option<Duration>,
    /// When the last frame was sent whole; none after a pause.
    last: Option<Instant>,
    /// Mean interval, and of how many.
    usual: (Duration, u32),
    /// The source's longest step since then, seconds.
    step: f64,
    /// Ticks of its time that passed with frames left out since the latest packet that was sent.
    left_out: u32,
    /// The lowest number that has not been sent, once anything was.
    next: Option<u64>,
    /// The highest that has, and its timestamp.
    highest: (u64, u32),
    /// Which from `next` on have been sent, and which of those end a frame.
    sent: Bits,
    ends: Bits,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bits([u64; (WINDOW / 64) as usize]);

impl Bits {
    fn set(&mut self, number: u64, to: bool) {
        let (word, bit) = (number as usize / 64 % self.0.len(), number % 64);
        self.0[word] = self.0[word] & !(1 << bit) | u64::from(to) << bit;
    }

    fn take(&mut self, number: u64) -> bool {
        let had = self.0[number as usize / 64 % self.0.len()] >> (number % 64) & 1 == 1;
        self.set(number, false);
        had
    }
}

/// One packet that was sent for the first time.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// Its publication's number of it.
    pub number: u64,
    /// The source's timestamp.
    pub timestamp: u32,
    /// It ends its frame.
    pub marker: bool,
    /// A key frame begins with it.
    pub starts_key_frame: bool,
}

impl Freezes {
    /// The slot begins to carry a publication with this packet: its numbers are others than before.
    pub fn begin(&mut self, number: u64, timestamp: u32) {
        self.restart(number);
        self.highest = (number, timestamp);
    }

    /// From now on there is no picture on purpose, until a frame has been sent whole again.
    pub fn pause(&mut self) {
        self.last = None;
    }

    /// How long the latest was that ended since the last call.
    pub fn take_ended(&mut self) -> Option<Duration> {
        self.ended.take()
    }

    /// A packet was sent. How long the freeze was that ends with it, if one does.
    pub fn sent(&mut self, now: Instant, piece: Piece) -> Option<Duration> {
        let Piece { number, timestamp, .. } = piece;
        let next = *self.next.get_or_insert(number);
        if number < next {
            return None;
        }
        if piece.starts_key_frame && number > next || number >= next + WINDOW {
            self.restart(number);
        }
        self.note_step(number, timestamp);
        self.sent.set(number, true);
        self.ends.set(number, piece.marker);
        self.advance().then(|| self.whole(now)).flatten()
    }

    /// A packet of a frame that is left out on purpose: nothing is missed by it, and what is sent next may come later by the
    /// source's time. How long the freeze was that ends with it, if one does.
    pub fn left_out(&mut self, now: Instant, number: u64, timestamp: u32) -> Option<Duration> {
        if self.next.is_none_or(|next| number < next || number >= next + WINDOW) {
            return None;
        }
        let (highest, before) = self.highest;
        if number == highest + 1 {
            self.left_out += super::rtp::timestamp_step(before, timestamp).max(0) as u32;
        }
        if number > highest {
            self.highest = (number, timestamp);
        }
        self.sent.set(number, true);
        self.advance().then(|| self.whole(now)).flatten()
    }

    /// Lets go of all that follow one another; whether a frame ends among them.
    fn advance(&mut self) -> bool {
        let mut whole = false;
        while let Some(next) = self.next.as_mut().filter(|next| self.sent.take(**next)) {
            whole |= self.ends.take(*next);
            *next += 1;
        }
        whole
    }

    /// What was missing before this number is pointless now.
    fn restart(&mut self, number: u64) {
        (self.next, self.left_out) = (Some(number), 0);
        (self.sent, self.ends) = (Bits::default(), Bits::default());
    }

    /// Learns the source's own step between frames. Where packets are missing between them, it is no step of the source's.
    fn note_step(&mut self, number: u64, timestamp: u32) {
        let (highest, before) = self.highest;
        if number == highest + 1 {
            let ticks =
                super::rtp::timestamp_step(before, timestamp).max(0) as u32 + std::mem::take(&mut self.left_out);
            self.step = self.step.max(f64::from(ticks) / TICKS);
        }
        if number > highest {
            self.highest = (number, timestamp);
        }
    }

    /// A frame has been sent whole.
    fn whole(&mut self, now: Instant) -> Option<Duration> {
        let step = Duration::from_secs_f64(std::mem::take(&mut self.step));
        let interval = now.saturating_duration_since(self.last.replace(now)?);
        let (mean, of) = self.usual;
        let usual = mean.max(step);
        let froze = of > 0 && interval >= (usual * 3).max(usual + LONGER);
        if froze {
            self.count = self.count.saturating_add(1);
            self.lasted += interval;
            self.ended = Some(interval);
            return Some(interval);
        }
        let of = (of + 1).min(MEAN_OF);
        self.usual = ((mean * (of - 1) + interval) / of, of);
        None
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    /// A picture of 25 frames a second, two packets each, whose source and sending can be held up.
    struct Film {
        freezes: Freezes,
        now: Instant,
        number: u64,
        timestamp: u32,
    }

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    impl Film {
        fn rolling() -> Self {
            let mut film = Self { freezes: Freezes::default(), now: Instant::now(), number: 100, timestamp: 5 };
            film.freezes.begin(100, 5);
            film.roll(50);
            assert_eq!(film.freezes.count, 0);
            film
        }

        fn packet(&mut self, number: u64, marker: bool, starts_key_frame: bool) -> Option<Duration> {
            let piece = Piece { number, timestamp: self.timestamp, marker, starts_key_frame };
            self.freezes.sent(self.now, piece)
        }

        fn frame(&mut self) -> Option<Duration> {
            self.number += 2;
            self.packet(self.number - 2, false, false);
            self.packet(self.number - 1, true, false)
        }

        fn step(&mut self, real: u64, source: u64) {
            self.now += ms(real);
            self.timestamp = self.timestamp.wrapping_add(source as u32 * 90);
        }

        fn roll(&mut self, frames: usize) -> usize {
            let frame = |_| {
                self.step(40, 40);
                self.frame()
            };
            (0..frames).filter_map(frame).count()
        }
    }

    #[test]
    fn a_frame_that_is_late_by_more_than_usual_was_a_freeze() {
        for (late, froze) in [(100, false), (149, false), (151, true), (900, true)] {
            let mut film = Film::rolling();
            film.step(40 + late, 40);
            assert_eq!(film.frame().is_some(), froze, "{late} ms late");
            assert_eq!(film.freezes.count, u32::from(froze));
            assert_eq!(film.freezes.lasted, if froze { ms(40 + late) } else { Duration::ZERO });
            assert_eq!(film.roll(50), 0, "it goes on");
        }
    }

    #[test]
    fn a_source_that_makes_few_pictures_does_not_freeze() {
        let mut film = Film::rolling();
        film.step(2000, 2000);
        assert_eq!(film.frame(), None, "a document that stands still");
        film.step(5000, 5000);
        assert_eq!(film.frame(), None);
        film.step(2500, 40);
        assert_eq!(film.frame(), Some(ms(2500)), "but late is late");
    }

    #[test]
    fn a_frame_counts_when_its_last_missing_packet_is_sent() {
        let mut film = Film::rolling();
        film.step(40, 40);
        let missing = film.number;
        film.packet(missing + 1, true, false);
        film.number += 2;
        film.roll(9);
        assert_eq!(film.freezes.count, 0, "nothing is whole yet");
        film.now += ms(5);
        assert_eq!(film.packet(missing, false, false), Some(ms(40 * 10 + 5)));
        assert_eq!(film.packet(missing, false, false), None, "a packet twice");
        assert_eq!(film.roll(50), 0);
    }

    #[test]
    fn what_never_comes_is_over_with_the_next_key_frame() {
        let mut film = Film::rolling();
        film.number += 1;
        film.roll(20);
        film.step(40, 40);
        film.packet(film.number, true, true);
        film.number += 1;
        assert_eq!((film.freezes.count, film.freezes.lasted), (1, ms(40 * 21)));
        assert_eq!(film.roll(50), 0);
    }

    #[test]
    fn a_pause_on_purpose_is_none() {
        let mut film = Film::rolling();
        film.freezes.pause();
        film.step(9000, 9000);
        film.freezes.begin(film.number, film.timestamp);
        assert_eq!(film.frame(), None);
        assert_eq!(film.roll(50), 0);
        assert_eq!(film.freezes.count, 0);
    }

    #[test]
    fn a_change_of_source_is_one_stream_to_who_looks() {
        let mut film = Film::rolling();
        (film.number, film.timestamp) = (1 << 32, 0);
        film.freezes.begin(film.number, film.timestamp);
        film.now += ms(40);
        assert_eq!(film.frame(), None);
        film.now += ms(600);
        film.freezes.begin(7, 7);
        film.number = 7;
        assert_eq!(film.frame(), Some(ms(600)));
    }

    #[test]
    fn frames_left_out_on_purpose_are_no_freeze() {
        let mut film = Film::rolling();
        for _ in 0..20 {
            for _ in 0..4 {
                film.step(40, 40);
                for number in film.number..film.number + 2 {
                    assert_eq!(film.freezes.left_out(film.now, number, film.timestamp), None);
                }
                film.number += 2;
            }
            film.step(40, 40);
            assert_eq!(film.frame(), None, "one frame of five is sent");
        }
        film.step(40 + 500, 40);
        assert_eq!(film.frame(), Some(ms(540)), "but late is late");
        assert_eq!(film.freezes.count, 1);
    }
}
