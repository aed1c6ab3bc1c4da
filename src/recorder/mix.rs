//! Mixes decoded sound on the recording's time line: 48 kHz, two channels, 16 bit.
//!
//! The main type is [`Mixer`]. Each source's samples are put where the time line has them. Their clock is never quite ours, so
//! blocks are stretched or squeezed by a few samples, which nobody hears, instead of now and then cut or torn.

use std::collections::BTreeMap;

/// Samples a second and channel.
pub const RATE: i64 = 48_000;

/// Channels.
pub const CHANNELS: usize = 2;

/// Further than this from where they should be, samples are put there at once: 40 ms.
const FAR: i64 = RATE / 25;

/// Nearer than this nothing is changed: 1 ms.
const NEAR: i64 = RATE / 1000;

/// A block is stretched or squeezed by one part in so many at most.
const STRETCH_PARTS: i64 = 200;

/// Longest that a source may be ahead of what is taken, samples: ten minutes. More is a mistake, and memory has an end.
const AHEAD_MAX: i64 = RATE * 600;

/// A mix that goes on from one moment of the recording to its end.
#[derive(Debug)]
pub struct Mixer<K> {
    /// Sums of samples from `taken` on.
    sums: Vec<i32>,
    /// Up to which sample it was taken, from the beginning of the recording.
    taken: i64,
    /// Where each source's next samples go on.
    cursors: BTreeMap<K, i64>,
}

impl<K: Ord + Copy> Mixer<K> {
    /// Nothing yet; it begins with this sample of the recording. Before the beginning is silence.
    #[must_use]
    pub fn new(first: i64) -> Self {
        Self { sums: Vec::new(), taken: first, cursors: BTreeMap::new() }
    }

    /// Samples of a source, which begin `at_ns` after the beginning. Those that come after their time was taken are lost.
    pub fn add(&mut self, source: K, at_ns: i64, samples: &[i16]) {
        let length = (samples.len() / CHANNELS) as i64;
        let due = (i128::from(at_ns) * i128::from(RATE) / 1_000_000_000) as i64;
        let cursor = self.cursors.get(&source).copied().unwrap_or(i64::MIN / 2);
        let off = due - cursor;
        let (start, extra) = match off.abs() {
            FAR.. => (due, 0),
            NEAR..FAR => (cursor, off.clamp(-length / STRETCH_PARTS, length / STRETCH_PARTS)),
            _ => (cursor, 0),
        };
        let made = length + extra;
        self.cursors.insert(source, start + made);
        if length == 0 || start - self.taken > AHEAD_MAX {
            return;
        }
        for number in (self.taken - start).max(0)..made {
            // Where in the block this sample comes from, in 65536ths.
            let from = if made > 1 { number * (length - 1) * 65_536 / (made - 1) } else { 0 };
            let (before, part) = ((from >> 16) as usize, (from & 0xffff) as i32);
            let after = (before + 1).min(length as usize - 1);
            let place = (start + number - self.taken) as usize * CHANNELS;
            if self.sums.len() < place + CHANNELS {
                self.sums.resize(place + CHANNELS, 0);
            }
            for channel in 0..CHANNELS {
                let [one, other] = [before, after].map(|at| i32::from(samples[at * CHANNELS + channel]));
                self.sums[place + channel] += one + (((other - one) * part) >> 16);
            }
        }
    }

    /// The mix up to this sample, from where it was taken last; silence where nothing was.
    pub fn take(&mut self, until: i64) -> Vec<i16> {
        let count = usize::try_from(until - self.taken).unwrap_or(0) * CHANNELS;
        self.taken = self.taken.max(until);
        let there = count.min(self.sums.len());
        let limited = |sum: i32| sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        let mut samples: Vec<i16> = self.sums.drain(..there).map(limited).collect();
        samples.resize(count, 0);
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(count: i64) -> i64 {
        count * 1_000_000
    }

    /// In samples.
    fn at(ms: i64) -> i64 {
        ms * RATE / 1000
    }

    #[test]
    fn sources_stand_where_they_were_and_add_up() {
        let mut mixer = Mixer::new(0);
        mixer.add(1, ms(10), &[100; 960 * 2]);
        mixer.add(2, ms(20), &[200; 960 * 2]);
        mixer.add(3, ms(20), &[i16::MAX; 960]);
        let mix = mixer.take(at(50));
        assert_eq!(mix.len(), 2400 * 2);
        assert_eq!([5, 15, 25, 35, 45].map(|ms: usize| mix[ms * 96]), [0, 100, i16::MAX, 200, 0]);
        assert!(mixer.take(at(50)).is_empty());
        assert_eq!(mixer.take(at(51)), [0; 96]);
    }

    #[test]
    fn a_clock_that_is_fast_or_slow_is_followed_without_a_jump() {
        for skew_ppm in [-300_i64, 300] {
            let mut mixer = Mixer::new(0);
            let mut mix = Vec::new();
            for number in 0..3_000_i64 {
                // Every second a tick, by the time line; the source's own samples come slower or faster.
                let due = ms(20) * number;
                let due = due - due * skew_ppm / 1_000_000;
                let second = (due + ms(10)) / ms(1000) != (due + ms(10) - ms(20)) / ms(1000);
                mixer.add(0, due, &[if second { 10_000 } else { 1 }; 960 * 2]);
                mix.extend(mixer.take(due * RATE / ms(1000) - at(100)));
            }
            let ticks: Vec<usize> =
                (1..mix.len() / 2).filter(|&at| mix[at * 2] > 5_000 && mix[at * 2 - 2] <= 5_000).collect();
            assert!(ticks.len() > 55, "{}", ticks.len());
            for tick in ticks {
                let off = (tick % 48_000).min(48_000 - tick % 48_000);
                assert!(off <= 960 + 96, "{skew_ppm}: {tick} is {off} samples off");
            }
            let holes = mix.chunks_exact(2).filter(|pair| pair[0] == 0).count();
            assert_eq!(holes, 0, "{skew_ppm}");
        }
    }

    #[test]
    fn it_may_begin_before_the_beginning_or_in_the_middle() {
        for first in [-1024, 0, 3000] {
            let mut mixer = Mixer::new(first);
            mixer.add(0, ms(20), &[3; 1920]);
            mixer.add(0, ms(100), &[5; 1920]);
            let mix = mixer.take(at(200));
            assert_eq!(mix.chunks_exact(2).position(|pair| pair[0] == 5), Some((4800 - first) as usize));
            assert_eq!(mix.len() as i64, (9600 - first) * 2);
        }
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let mut mixer = Mixer::new(0);
        mixer.add(0, 0, &[5; 1920]);
        mixer.add(0, ms(500), &[5; 1920]);
        let mix = mixer.take(at(520));
        let loud: Vec<_> = mix.chunks_exact(2).enumerate().filter(|(_, pair)| pair[0] != 0).map(|(at, _)| at).collect();
        assert_eq!((loud.len(), loud[0], loud[960]), (1920, 0, 24_000));
    }
}
