//! What a worker that falls behind does without, in an order that is always the same.
//!
//! Behind is a worker one of twenty of whose copies leaves later than 20 ms, and that hardly ever waits for work: one that does
//! was kept from the processor by others, who give back nothing for what it does without. Then it does without, one step after the
//! other:
//!
//! 1. [`Probes`](Level::Probes): probes of what ways bear, but where content or the picture on air is held back for its way's sake;
//!    and packets sent twice unasked;
//! 2. [`Repairs`](Level::Repairs): repeating packets to viewers who lose most of all, who take most of that work;
//! 3. [`TileLayers`](Level::TileLayers): larger layers of pictures that are neither content nor on air;
//! 4. [`Tiles`](Level::Tiles): pictures that nobody asked for by name;
//! 5. [`Called`](Level::Called): all pictures but content and the one on air;
//! 6. [`MainLayers`](Level::MainLayers): larger layers of these two.
//!
//! Sound is never among it, nor is the last layer of content and of the picture on air. [`Shedding`] goes a step further only after
//! the last had time to show, and not while the worker catches up; it goes back a step after a calm, a longer one each time that was
//! too early.

use super::{allocate::Class, delay::Delays};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How much a worker does without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It does everything.
    #[default]
    Nothing,
    /// Without probes, and packets sent twice unasked.
    Probes,
    /// And without repeating packets to viewers who lose most.
    Repairs,
    /// And without larger layers of pictures that are neither content nor on air.
    TileLayers,
    /// And without pictures that nobody asked for by name.
    Tiles,
    /// And without all pictures but content and the one on air.
    Called,
    /// And without larger layers of these.
    MainLayers,
}

impl Level {
    /// All of them, in order.
    pub const ALL: [Self; 7] =
        [Self::Nothing, Self::Probes, Self::Repairs, Self::TileLayers, Self::Tiles, Self::Called, Self::MainLayers];

    fn step(self, by: isize) -> Self {
        let place = (self as usize).saturating_add_signed(by);
        Self::ALL[place.min(Self::ALL.len() - 1)]
    }

    /// How many layers of a picture of this class are sent at most; zero is none.
    #[must_use]
    pub fn layers_max(self, class: Class) -> usize {
        let main = matches!(class, Class::Content | Class::OnAir);
        match class {
            _ if main && self < Self::MainLayers => usize::MAX,
            _ if main => 1,
            Class::Tile if self >= Self::Tiles => 0,
            _ if self >= Self::Called => 0,
            _ if self >= Self::TileLayers => 1,
            _ => usize::MAX,
        }
    }

    /// Whether ways are probed, and packets sent twice unasked.
    #[must_use]
    pub fn probes(self) -> bool {
        self < Self::Probes
    }

    /// How many packets may be repeated to a viewer in one tick who may have `most` of them, and reported this share of packets lost.
    #[must_use]
    pub fn repairs(self, most: u32, loss: Option<f32>) -> u32 {
        let worst = loss.is_some_and(|loss| loss >= LOSES_MOST);
        if self >= Self::Repairs && worst { most / 8 } else { most }
    }
}

/// Share of packets lost from which on a viewer is one of those who lose most.
const LOSES_MOST: f32 = 0.05;

/// Time between two looks.
pub const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A step that makes pictures smaller or fewer shows only when key frames have come and what waited has left.
const SHOWS_AFTER: Duration = Duration::from_secs(1);

/// Of 20 copies one leaves later than this: the worker is behind. Gathering takes 3 ms of it.
const LATE: Duration = Duration::from_millis(20);

/// Of 20 copies 19 leave within this: it is not.
const CALM: Duration = Duration::from_millis(10);

/// Share of its time in which a worker does not wait, from which on it is its own work that it is late with.
const BUSY: f32 = 0.7;

/// Share of copies that keep to a delay.
const MOST: f64 = 0.95;

/// A worker whose mean delay falls to this part of the last look's catches up: it is given time.
const CATCHES_UP: f64 = 0.9;

/// How long it is calm before it does more again, at first and at most.
const CALM_FOR: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// Behind again so soon after a step back, the calm was too short.
const TOO_EARLY: Duration = Duration::from_secs(10);

/// Decides how much a worker does without.
#[derive(Debug)]
pub struct Shedding {
    level: Level,
    /// When it looked last, what had left by then, and the mean delay of the time before, microseconds.
    looked: Instant,
    before: Delays,
    mean_us: f64,
    /// The least share of its time in which the worker did not wait since; nothing if nobody said.
    busy: Option<f32>,
    /// Since when it is calm.
    calm: Option<Instant>,
    calm_for: Duration,
    /// When it went a step further last.
    stepped: Option<Instant>,
    /// When it went back a step last.
    eased: Option<Instant>,
}

impl Shedding {
    /// Nothing, at first.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            level: Level::Nothing,
            looked: now,
            before: Delays::default(),
            mean_us: 0.0,
            busy: None,
            calm: None,
            calm_for: CALM_FOR.0,
            stepped: None,
            eased: None,
        }
    }

    /// How much the worker does without.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Share of its time, lately, in which the worker did not wait: 0.0 to 1.0. Of one that never says it is taken for all of it.
    pub fn note_busy(&mut self, share: f32) {
        self.busy = Some(self.busy.map_or(share, |least| least.min(share)));
    }

    /// Looks at how late copies have left so far, four times a second; `true` if it decided on another level.
    pub fn look(&mut self, now: Instant, delays: &Delays) -> bool {
        if now.saturating_duration_since(self.looked) < LOOK_EVERY {
            return false;
        }
        let lately = delays.since(&self.before);
        (self.looked, self.before) = (now, *delays);
        let mean_us = lately.sum_us as f64 / lately.count().max(1) as f64;
        let catches_up = mean_us < self.mean_us * CATCHES_UP;
        self.mean_us = mean_us;
        let most = lately.quantile(MOST).unwrap_or_default();
        let is_own = self.busy.take().is_none_or(|least| least >= BUSY);
        let level = self.level;
        if most > LATE && is_own {
            self.calm = None;
            let settles = if level >= Level::TileLayers { SHOWS_AFTER } else { LOOK_EVERY };
            let shows = self.stepped.is_none_or(|at| now.saturating_duration_since(at) >= settles);
            if shows && !catches_up && level.step(1) > level {
                self.level = level.step(1);
                self.stepped = Some(now);
            }
            if self.level > level && self.eased.take().is_some_and(|at| now.saturating_duration_since(at) < TOO_EARLY) {
                self.calm_for = (self.calm_for * 2).min(CALM_FOR.1);
            }
        } else if most > CALM && is_own {
            self.calm = None;
        } else {
            let calm = now.saturating_duration_since(*self.calm.get_or_insert(now));
            if level > Level::Nothing && calm >= self.calm_for {
                self.level = level.step(-1);
                (self.calm, self.eased) = (Some(now), Some(now));
            }
            if level == Level::Nothing && calm >= CALM_FOR.1 {
                self.calm_for = CALM_FOR.0;
            }
        }
        self.level != level
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    const CLASSES: [Class; 4] = [Class::Content, Class::OnAir, Class::Called, Class::Tile];

    #[test]
    fn what_matters_less_goes_first_and_the_main_picture_never_whole() {
        for level in Level::ALL {
            let most = CLASSES.map(|class| level.layers_max(class));
            assert!(most.is_sorted_by(|more, less| more >= less), "{level:?}: {most:?}");
            assert!(most[0] > 0 && most[1] > 0, "{level:?}: content and the picture on air go on");
            assert!(most[1] == usize::MAX || most[2] == 0, "{level:?}: everything else before the main picture");
            let next = level.step(1);
            assert!(CLASSES.iter().all(|&class| next.layers_max(class) <= level.layers_max(class)), "{level:?}");
        }
        assert!(Level::Nothing.probes() && !Level::Probes.probes());
        assert_eq!((Level::Repairs.repairs(32, Some(0.2)), Level::Repairs.repairs(32, Some(0.01))), (4, 32));
        assert_eq!(Level::Probes.repairs(32, Some(0.2)), 32);
    }

    struct Watch {
        shedding: Shedding,
        now: Instant,
        delays: Delays,
        changes: Vec<Level>,
    }

    impl Watch {
        fn new() -> Self {
            let now = Instant::now();
            Self { shedding: Shedding::new(now), now, delays: Delays::default(), changes: Vec::new() }
        }

        /// So many looks, between which copies left so late.
        fn watch(&mut self, looks: usize, late_ms: impl Fn(usize) -> u64) {
            for look in 0..looks {
                for _ in 0..100 {
                    self.delays.add(Duration::from_millis(late_ms(look)));
                }
                self.now += LOOK_EVERY;
                if self.shedding.look(self.now, &self.delays) {
                    self.changes.push(self.shedding.level());
                }
            }
        }
    }

    #[test]
    fn it_goes_step_by_step_and_comes_back_step_by_step() {
        let mut watch = Watch::new();
        watch.watch(20, |_| 3);
        assert_eq!(watch.changes, []);
        watch.watch(20, |_| 80);
        assert_eq!(watch.changes, Level::ALL[1..]);
        watch.changes.clear();
        watch.watch(200, |_| 3);
        let mut back = Level::ALL[..6].to_vec();
        back.reverse();
        assert_eq!(watch.changes, back);
    }

    #[test]
    fn nothing_more_is_shed_while_it_catches_up() {
        let mut watch = Watch::new();
        watch.watch(2, |_| 400);
        let level = watch.shedding.level();
        watch.watch(8, |look| 300 >> look);
        assert_eq!(watch.shedding.level(), level, "{:?}", watch.changes);
    }

    #[test]
    fn who_comes_back_too_early_waits_longer_the_next_time() {
        let mut watch = Watch::new();
        let mut times = Vec::new();
        for _ in 0..4 {
            while watch.shedding.level() == Level::Nothing {
                watch.watch(1, |_| 80);
            }
            let start = watch.now;
            while watch.shedding.level() > Level::Nothing {
                watch.watch(1, |_| 3);
            }
            times.push((watch.now - start).as_secs());
        }
        assert!(times.is_sorted() && times[3] >= 3 * times[0], "{times:?}");
    }

    #[test]
    fn who_is_late_because_others_had_the_processor_does_without_nothing_and_comes_back() {
        let mut watch = Watch::new();
        for share in [0.9, 0.2, 0.8] {
            watch.shedding.note_busy(share);
        }
        watch.watch(1, |_| 80);
        assert_eq!(watch.changes, [], "for a part of the time it waited");
        watch.watch(20, |_| 80);
        assert_eq!(watch.shedding.level(), Level::MainLayers);
        while watch.shedding.level() > Level::Nothing {
            watch.shedding.note_busy(0.2);
            watch.watch(1, |_| 80);
        }
    }

    #[test]
    fn a_worker_with_nothing_to_forward_is_calm() {
        let mut watch = Watch::new();
        watch.watch(8, |_| 80);
        while watch.shedding.level() > Level::Nothing {
            watch.now += LOOK_EVERY;
            watch.shedding.look(watch.now, &watch.delays);
        }
    }
}
