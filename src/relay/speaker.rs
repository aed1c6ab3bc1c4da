//! Who speaks: how loud each voice is, and their order, in which a viewer's free sound slots are filled.
//!
//! Senders state the loudness of each packet (RFC 6464). Who came to the front stays there through pauses; others pass only by
//! being clearly louder for a while, so that a cough or two people at once don't make slots change hands. Whom the stage doesn't
//! open is decided before, and elsewhere.

use std::time::{Duration, Instant};

/// How much louder than silence somebody must be to pass another, dB.
const MARGIN_DB: f32 = 6.0;

/// What a sender that states no loudness counts as while it sends sound: somebody who speaks softly, dB above silence.
const UNSTATED_DB: f32 = 85.0;

/// A packet of sound no longer than this is discontinuous transmission's comfort noise, whoever states nothing.
const NOISE_BYTES_MAX: usize = 3;

/// How fast loudness follows a rise, and a fall, by the time since the last packet: a word comes to the front within a third of a
/// second, a pause between two sentences loses it nothing.
const RISE: Duration = Duration::from_millis(200);
const FALL: Duration = Duration::from_secs(2);

/// Most of the time between two packets that counts.
const STEP_MAX: Duration = Duration::from_millis(100);

/// Who sends nothing for this long is silent.
const SILENT_AFTER: Duration = Duration::from_millis(600);

/// How loud one voice is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Loudness {
    /// Decibels above silence (127 below the loudest), smoothed.
    db: f32,
    last: Option<Instant>,
}

impl Loudness {
    /// A packet came, with the loudness it states (bits 0 to 6: −dBov) and this many bytes of sound.
    pub fn hear(&mut self, now: Instant, stated: Option<u8>, bytes: usize) {
        let level = match stated {
            Some(level) => f32::from(127 - (level & 0x7f)),
            None if bytes <= NOISE_BYTES_MAX => 0.0,
            None => UNSTATED_DB,
        };
        let step = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last)).min(STEP_MAX);
        let constant = if level > self.db { RISE } else { FALL };
        self.db += (level - self.db) * (1.0 - (-step.as_secs_f32() / constant.as_secs_f32()).exp());
        self.last = Some(now);
    }

    /// Decibels above silence.
    #[must_use]
    pub fn db(&self, now: Instant) -> f32 {
        let hears = self.last.is_some_and(|last| now.saturating_duration_since(last) < SILENT_AFTER);
        if hears { self.db } else { 0.0 }
    }
}

/// Puts voices into their order, the one to be heard first in front; `true` if one of the first `noticed` is another now.
/// `loudness` tells how loud a voice is, dB above silence; `None` for one that may not be heard.
pub fn sort(voices: &mut [usize], noticed: usize, loudness: impl Fn(usize) -> Option<f32>) -> bool {
    let mut changed = false;
    for end in 1..voices.len() {
        for place in (1..=end).rev() {
            let passes = match (loudness(voices[place - 1]), loudness(voices[place])) {
                (Some(before), Some(behind)) => behind > before + MARGIN_DB,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if !passes {
                break;
            }
            voices.swap(place - 1, place);
            changed |= place <= noticed;
        }
    }
    changed
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    /// Decibels above silence after packets of 20 ms with these levels, each for so many milliseconds.
    fn after(parts: &[(u8, u64)]) -> f32 {
        let mut now = Instant::now();
        let mut loudness = Loudness::default();
        for &(level, span_ms) in parts {
            for _ in 0..span_ms / 20 {
                now += Duration::from_millis(20);
                loudness.hear(now, Some(level), 60);
            }
        }
        loudness.db(now)
    }

    #[test]
    fn a_word_is_heard_soon_and_a_pause_not_at_once() {
        let noise = after(&[(75, 3000)]);
        assert!(after(&[(75, 3000), (25, 60)]) < noise + 15.0, "a cough");
        assert!(after(&[(75, 3000), (25, 400)]) > noise + 40.0, "a word");
        assert!(after(&[(25, 3000), (75, 500)]) > 85.0, "a pause");
        assert!(after(&[(25, 3000), (75, 9000)]) < 60.0, "an end");
    }

    #[test]
    fn who_states_nothing_counts_by_what_it_sends() {
        let mut now = Instant::now();
        let (mut speaks, mut rests) = (Loudness::default(), Loudness::default());
        for _ in 0..100 {
            now += Duration::from_millis(20);
            speaks.hear(now, None, 60);
            rests.hear(now, None, 2);
        }
        assert!(speaks.db(now) > 80.0 && rests.db(now) < 1.0);
        assert!(speaks.db(now + Duration::from_secs(1)) < 1.0, "it sends nothing any more");
    }

    #[test]
    fn voices_change_places_only_by_a_clear_distance() {
        let check = |before: &[usize], loudness: &[Option<f32>], after: &[usize], changed: bool| {
            let mut voices = before.to_vec();
            assert_eq!(sort(&mut voices, 2, |voice| loudness[voice]), changed, "{before:?} {loudness:?}");
            assert_eq!(voices, after);
        };
        check(&[0, 1, 2, 3], &[Some(60.0), Some(65.0), Some(60.0), Some(60.0)], &[0, 1, 2, 3], false);
        check(&[0, 1, 2, 3], &[Some(60.0), Some(62.0), Some(60.0), Some(90.0)], &[3, 0, 1, 2], true);
        check(&[0, 1, 2, 3], &[None, Some(60.0), Some(60.0), Some(60.0)], &[1, 2, 3, 0], true);
        check(&[0, 1, 2, 3], &[Some(90.0), Some(90.0), Some(50.0), Some(60.0)], &[0, 1, 3, 2], false);
        check(&[2], &[None, None, None], &[2], false);
    }
}
