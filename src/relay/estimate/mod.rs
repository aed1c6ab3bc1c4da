//! How much a viewer's way bears, found out from when its packets arrive.
//!
//! [`Estimator`] numbers what is sent to one viewer, hears the viewer's reports, and says how much may be sent
//! ([`Estimator::bearable`]). It unites a delay-based estimate (`trend`, draft-ietf-rmcat-gcc-02 §5 and its later practice), a
//! loss-based one (`loss`) and probes (`probe`), which are sent at the join, while a stream doesn't fill what is granted, and
//! after a drop. It makes no packets and reads no clock; [`SendTimes`] tells it when its numbers left the machine.

mod loss;
mod probe;
mod queue;
mod rates;
mod trend;

use super::{arrivals::ArrivalReport, rtp};
use crate::quantity::Bitrate;
use loss::Losses;
use probe::{Outcome, Probe};
use queue::Queue;
use rates::Rates;
use std::time::{Duration, Instant};
use trend::{Trend, Usage};

/// Estimate before anything is known: what a small picture and sound take.
const AT_FIRST: f64 = 1_000_000.0;

/// Bytes that leave at [`PROBED_MOST`] while nothing has been reported: a first picture, which everybody waits for. A way that
/// doesn't bear it says so by how they arrive.
const FIRST_PICTURE_BYTES: u64 = 32 * 1024;

/// Less than sound and a sign of life is never granted.
const LEAST: f64 = 64_000.0;

/// Nothing is probed beyond this unless more is wanted: a wall of small pictures fits.
const PROBED_MOST: f64 = 10_000_000.0;

/// Numbers remembered: two seconds at the most that is probed.
const KEPT: usize = 2048;

/// Numbers start here, so that there are some before the first.
const FIRST_NUMBER: u64 = 1 << 16;

/// Share of what arrived that is sent on after queues began to grow.
const BACK_OFF: f64 = 0.87;

/// Growth per second while nothing speaks against it, far from any known limit.
const GROWTH_PER_SECOND: f64 = 1.08;

/// Queueing that counts as such, milliseconds.
const QUEUE_MS_MIN: f64 = 5.0;

/// The same where the receiver reads late, whose delays say less.
const QUEUE_BUSY_MS_MIN: f64 = 12.0;

/// Queueing at which nothing grows any more, milliseconds.
const QUEUE_MS_MAX: f64 = 120.0;

/// With less queueing than this, what arrives is borne, milliseconds.
const BORNE_MS: f64 = 30.0;

/// Queueing that stays although less was sent is another's, who only yields to loss; milliseconds, and how much less than
/// that ends it, and how much more is too much.
const STANDING_MS: (f64, f64, f64) = (20.0, 12.0, 260.0);

/// A queue that comes all at once is ours if less than this share of what is sent arrives; beside a flow that keeps the queue full,
/// if less than the other.
const SURGE_SHARE: (f64, f64) = (0.8, 0.5);

/// For this long after such an event the queue is our own, milliseconds.
const SURGED_MS: f64 = 4000.0;

/// A queue that stays for this long after a step back is another's, milliseconds.
const FOREIGN_MS: f64 = 1500.0;

/// Share that is sent on after a loss beside such a flow.
const LOSS_BACK_OFF: f64 = 0.85;

/// Shortest time between two steps back, milliseconds.
const BACK_OFF_REST_MS: f64 = 150.0;

/// Share of the estimate under which a stream doesn't fill it.
const FILLED: f64 = 0.65;

/// Time between probes of a stream that does not fill its estimate, milliseconds: at first, and at most after failures.
const PROBE_REST_MS: (f64, f64) = (4000.0, 60_000.0);

/// The same at most while something is held back that is wanted, milliseconds.
const PROBE_WANTING_MS: f64 = 2500.0;

/// Time until a probe that said nothing is sent again, milliseconds, and how often that is done.
const PROBE_AGAIN_MS: f64 = 200.0;
const RETRIES_MAX: u8 = 4;

/// Without a first report for this long none is awaited any more, milliseconds.
const UNANSWERED_MS: f64 = 3000.0;

/// Without a report for this long, while packets are sent, the estimate is halved, once; milliseconds. What it was is probed when
/// reports come again.
const SILENCE_MS: f64 = 1500.0;

/// When the worker's sends left, by their number. One for all its viewers.
#[derive(Debug)]
pub struct SendTimes {
    current: u32,
    times: Box<[Instant]>,
}

/// Sends remembered: more than a second's, however finely a busy worker cuts them.
const SENDS_KEPT: usize = 8192;

impl SendTimes {
    /// Nothing was sent before `now`. Allocates all it will ever use.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { current: 0, times: vec![now; SENDS_KEPT].into_boxed_slice() }
    }

    /// Number of the send that is being gathered.
    #[must_use]
    pub fn current(&self) -> u32 {
        self.current
    }

    /// What was gathered leaves at `now`.
    pub fn left(&mut self, now: Instant) {
        self.times[self.current as usize % SENDS_KEPT] = now;
        self.current = self.current.wrapping_add(1);
    }

    /// When a send left; `None` if it has not, or so long ago that it is forgotten.
    fn at(&self, send: u32) -> Option<Instant> {
        let back = self.current.wrapping_sub(send);
        (1..=SENDS_KEPT as u32).contains(&back).then(|| self.times[send as usize % SENDS_KEPT])
    }
}

/// One viewer's estimate.
#[derive(Debug)]
pub struct Estimator {
    epoch: Instant,
    packets: Box<[Sent]>,
    next: u64,
    /// Bytes numbered so far, and when the first were.
    bytes: u64,
    began: f64,
    sent_rate: Rates,
    arrived_rate: Rates,
    trend: Trend,
    losses: Losses,
    /// Delay-based estimate, bits per second.
    estimate: f64,
    /// What the last steps back said of the way: a mean, and its spread in parts of it.
    ceiling: Option<(f64, f64)>,
    backed_off: f64,
    updated: f64,
    heard: Option<f64>,
    /// The estimate before reports stopped coming.
    before_silence: Option<f64>,
    /// Reference time of the last report, unwrapped.
    reference: Option<i64>,
    /// Highest number any report spoke of, and the bytes up to it.
    answered: (u64, u64),
    round_trip: Option<f64>,
    queue: Queue,
    /// Queueing that stands on the way.
    queueing: f64,
    /// The last step back, and how many in a row left more queueing than could be ours.
    last: BackOff,
    foreign: u32,
    /// Whether somebody else keeps the queue full.
    contested: bool,
    /// Until when a queue is worked off that came all at once.
    draining: f64,
    /// When that was.
    surged: f64,
    probe: Option<Probe>,
    planned: Option<f64>,
    next_probe: f64,
    /// A probe that said nothing, to be sent again, and how often in a row that was done.
    retry: Option<f64>,
    retries: u8,
    /// When the latest probe began.
    probed_at: f64,
    /// Whether any probe has told something.
    probed: bool,
    probe_rest: f64,
    probes: u8,
    /// What the viewer's slots would take if everything were granted.
    wanted: f64,
}

/// A step back: how things stood, and the least queueing since.
#[derive(Debug, Clone, Copy)]
struct BackOff {
    at: f64,
    bears: f64,
    queueing: f64,
    bytes: u64,
    least: f64,
}

impl Default for BackOff {
    fn default() -> Self {
        Self { at: 0.0, bears: 1.0, queueing: 0.0, bytes: 0, least: f64::MAX }
    }
}

impl BackOff {
    /// Whether more has been waiting all the time than what we have sent since could have left there.
    fn is_foreign(&self, at: f64, bytes: u64) -> bool {
        let sent_ms = (bytes - self.bytes) as f64 * 8000.0 / self.bears;
        let ours = (self.queueing - ((at - self.at) - sent_ms)).max(0.0);
        self.least < f64::MAX && self.least > ours + STANDING_MS.0
    }
}

/// A packet of a slot that can be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The slot, by its place among its viewer's.
    pub slot: u8,
    /// Its sequence number there.
    pub seq: u16,
    /// Whether it was sent again already.
    pub again: bool,
}

/// One number's packet.
#[derive(Debug, Clone, Copy, Default)]
struct Sent {
    send: u32,
    bytes: u16,
    probe: u8,
    fate: Fate,
    carried: Option<Carried>,
    /// Bytes numbered before and with it.
    total: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fate {
    #[default]
    Unknown,
    Lost,
    Arrived,
}

impl Estimator {
    /// Nothing is known yet. Allocates all it will ever use.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            epoch: now,
            packets: vec![Sent::default(); KEPT].into_boxed_slice(),
            next: FIRST_NUMBER,
            bytes: 0,
            began: 0.0,
            sent_rate: Rates::default(),
            arrived_rate: Rates::default(),
            trend: Trend::default(),
            losses: Losses::default(),
            estimate: AT_FIRST,
            ceiling: None,
            backed_off: -1e9,
            updated: 0.0,
            heard: None,
            before_silence: None,
            reference: None,
            answered: (FIRST_NUMBER, 0),
            round_trip: None,
            queue: Queue::default(),
            queueing: 0.0,
            last: BackOff::default(),
            foreign: 0,
            contested: false,
            draining: -1.0,
            surged: -1e9,
            probe: None,
            planned: Some(3.0 * AT_FIRST),
            next_probe: 0.0,
            retry: None,
            retries: 0,
            probed_at: 0.0,
            probed: false,
            probe_rest: PROBE_REST_MS.0,
            probes: 0,
            wanted: 0.0,
        }
    }

    /// What may be sent to the viewer.
    #[must_use]
    pub fn bearable(&self) -> Bitrate {
        Bitrate::bps(self.present() as u64)
    }

    /// Whether enough is known for anything to be held back: before the first probe's answer everything is tried.
    #[must_use]
    pub fn is_settled(&self, now: Instant) -> bool {
        self.heard.is_some() && (self.planned.is_none() && self.probe.is_none() || self.ms(now) > 1500.0)
    }

    /// Whether the viewer has said nothing of what was sent to it for so long that it never will, though it was asked to.
    #[must_use]
    pub fn is_unanswered(&self, now: Instant) -> bool {
        self.bytes > 0 && self.heard.is_none() && self.ms(now) - self.began > UNANSWERED_MS
    }

    /// Time packets wait in queues on the way, as far as it shows.
    #[must_use]
    pub fn queueing(&self) -> Duration {
        Duration::from_secs_f64(self.queueing.max(0.0) / 1000.0)
    }

    /// Share of packets lost lately, 0.0 to 1.0.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.losses.average()
    }

    /// Time from a packet's leaving to the report of its arrival, at the least.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip.map(|ms| Duration::from_secs_f64(ms.max(0.0) / 1000.0))
    }

    /// How fast the pacer may send: somewhat faster than on average, so that a frame isn't late, and slower than the way bears
    /// while a queue is being worked off.
    #[must_use]
    pub fn pace(&self, now: Instant) -> Bitrate {
        if self.heard.is_none() && self.bytes < FIRST_PICTURE_BYTES {
            return Bitrate::bps(PROBED_MOST as u64);
        }
        let factor = if self.ms(now) < self.draining {
            0.1
        } else if self.queue.now() > QUEUE_MS_MAX && !self.contested {
            1.0
        } else if self.losses.average() > 0.01 || self.loss_limit().is_some() {
            // The queue may be too short for a frame at once.
            1.05
        } else if self.ceiling.is_some() {
            1.5
        } else if self.estimate >= 0.95 * self.most() {
            // A local network: nothing has ever shown its limit, and a key frame must not be late on it.
            10.0
        } else {
            2.5
        };
        Bitrate::bps((self.present() * factor) as u64)
    }

    /// What the viewer's slots would take if everything were granted.
    pub fn want(&mut self, wanted: Bitrate) {
        self.wanted = wanted.as_bps() as f64;
    }

    /// The number of the next packet.
    #[must_use]
    pub fn next_number(&self) -> u16 {
        self.next as u16
    }

    /// A packet of this size, with [`next_number`](Self::next_number), goes with the send being gathered. `carried` says which it
    /// is, if it can be sent again.
    pub fn sent(&mut self, now: Instant, times: &SendTimes, bytes: usize, carried: Option<Carried>) {
        let at = self.ms(now);
        let number = self.next;
        self.next += 1;
        if self.bytes == 0 {
            self.began = at;
        }
        self.bytes += bytes as u64;
        let probe = match &mut self.probe {
            Some(probe) if !probe.is_sent(at) => {
                probe.send(at, bytes);
                probe.id
            }
            _ => 0,
        };
        self.sent_rate.add(at, bytes as u32);
        self.packets[number as usize % KEPT] = Sent {
            send: times.current(),
            bytes: bytes.min(usize::from(u16::MAX)) as u16,
            probe,
            fate: Fate::Unknown,
            carried,
            total: self.bytes,
        };
    }

    /// Bytes of probing that should be sent now, beside what is sent anyway.
    pub fn probe_due(&mut self, now: Instant) -> usize {
        let at = self.ms(now);
        if self.probe.is_none()
            && let Some(rate) = self.planned.take()
        {
            self.probes = self.probes.checked_add(1).unwrap_or(1);
            let length = if self.probed && self.queue.is_busy() { probe::LENGTH_BUSY_MS } else { probe::LENGTH_MS };
            self.probe = Some(Probe::new(self.probes, rate, length, at));
            self.probed_at = at;
        }
        match &self.probe {
            Some(probe) if !probe.is_sent(at) => probe.due(at),
            _ => 0,
        }
    }

    /// Whether a probe waits to be sent, or is being sent.
    #[must_use]
    pub fn probes(&self, now: Instant) -> bool {
        let at = self.ms(now);
        self.planned.is_some() && self.probe.is_none() || self.probe.is_some_and(|probe| !probe.is_sent(at))
    }

    /// The viewer has reported what arrived. What did not, and can be sent again, is given to `lost_one`.
    pub fn heard(
        &mut self,
        now: Instant,
        times: &SendTimes,
        report: &ArrivalReport,
        mut lost_one: impl FnMut(Carried),
    ) {
        let at = self.ms(now);
        let Some(origin) = self.origin_of(report) else { return };
        let first = rtp::extend_seq(self.next.saturating_sub(1), report.base);
        let (mut received, mut lost, mut bytes) = (0, 0, 0);
        let usual = self.arrived_over(500.0).unwrap_or(f64::MAX);
        // Reports begin with the first packet that came, and of what was lost before it a viewer knows nothing: it asks for a key
        // frame in the end.
        let before = if self.heard.is_none() && report.count == 0 { FIRST_NUMBER..first } else { first..first };
        for (number, packet) in before.map(|number| (number, &None)).chain((first..).zip(&report.packets)) {
            if number >= self.next || number + (KEPT as u64) <= self.next {
                continue;
            }
            let sent = &mut self.packets[number as usize % KEPT];
            self.answered = self.answered.max((number, sent.total));
            let before = sent.fate;
            let Some(ticks) = packet else {
                if before == Fate::Unknown {
                    sent.fate = Fate::Lost;
                    lost += 1;
                    bytes += u32::from(sent.bytes);
                    sent.carried.into_iter().for_each(&mut lost_one);
                }
                continue;
            };
            if before == Fate::Arrived {
                continue;
            }
            sent.fate = Fate::Arrived;
            let sent = *sent;
            let arrived = origin + f64::from(*ticks) * 0.25;
            received += 1;
            bytes += u32::from(sent.bytes);
            self.arrived_rate.add(arrived, u32::from(sent.bytes));
            if let Some(probe) = self.probe.as_mut().filter(|probe| probe.id == sent.probe) {
                probe.arrive(arrived, f64::from(sent.bytes));
            }
            if let Some(left) = times.at(sent.send) {
                let left = self.ms(left);
                self.trend.packet(left, arrived);
                self.queue.packet(left, arrived, f64::from(sent.bytes), usual);
                self.note_round_trip(at - left);
            }
        }
        if received + lost == 0 {
            return;
        }
        self.heard = Some(at);
        if let Some(before) = self.before_silence.take() {
            self.planned = Some(before);
        }
        if received > 0 {
            self.note_queue(at);
            self.note_surge(at);
        }
        let complete = self.losses.note(at, received, lost, bytes);
        self.update(at);
        if complete && self.contested && self.losses.newest() > self.losses.inherent() + 0.01 {
            self.estimate = (self.estimate * LOSS_BACK_OFF).max(LEAST);
        }
        if complete {
            let arrived = self.arrived_over(500.0).unwrap_or(self.estimate);
            self.losses.limit(self.estimate, arrived);
        }
        self.finish_probe(at);
    }

    /// Does what time asks for; call it some times a second.
    pub fn tick(&mut self, now: Instant) {
        let at = self.ms(now);
        let waiting = self.bytes > self.answered.1;
        let silent = self.heard.is_some_and(|heard| waiting && at - heard > SILENCE_MS);
        if silent && self.before_silence.is_none() {
            self.before_silence = Some(self.estimate);
            self.estimate = (self.estimate / 2.0).max(LEAST);
        }
        self.finish_probe(at);
        self.plan_probe(at);
    }

    fn present(&self) -> f64 {
        // Read without the sharpening of a new observation.
        let by_loss = self.loss_limit();
        by_loss.map_or(self.estimate, |limit| limit.min(self.estimate)).max(LEAST)
    }

    fn loss_limit(&self) -> Option<f64> {
        self.losses.present()
    }

    fn ms(&self, at: Instant) -> f64 {
        match at.checked_duration_since(self.epoch) {
            Some(after) => after.as_secs_f64() * 1000.0,
            None => -(self.epoch.saturating_duration_since(at).as_secs_f64() * 1000.0),
        }
    }

    /// The report's reference time on a line without wraps, milliseconds of the viewer's clock.
    fn origin_of(&mut self, report: &ArrivalReport) -> Option<f64> {
        const WRAP: i64 = 1 << 24;
        let raw = i64::from(report.reference);
        let unwrapped = match self.reference {
            Some(last) => last + (raw - last + WRAP / 2).rem_euclid(WRAP) - WRAP / 2,
            None => raw,
        };
        // A clock that was set back by more than a report's length says nothing of delays.
        let newest = self.reference.map_or(unwrapped, |last| last.max(unwrapped));
        self.reference = Some(newest);
        (newest - unwrapped < 64).then_some(unwrapped as f64 * 64.0)
    }

    fn note_round_trip(&mut self, seen: f64) {
        self.round_trip = Some(
            self.round_trip.map_or(seen, |known| if seen < known { seen } else { known + (seen - known) * 0.002 }),
        );
    }

    fn note_queue(&mut self, at: f64) {
        self.queue.age(at, self.contested);
        self.queueing = self.queue.standing();
        if at - self.backed_off > BACK_OFF_REST_MS {
            self.last.least = self.last.least.min(self.queueing);
        }
        if self.queueing < STANDING_MS.1 || self.queueing > STANDING_MS.2 {
            self.contested = false;
        }
    }

    /// When the way has become narrower all at once, what arrives is all that it bears, and what queues must drain.
    fn note_surge(&mut self, at: f64) {
        if at < self.draining || !self.queue.surge() {
            return;
        }
        let (Some(recent), Some(sent)) = (self.arrived_over(75.0), self.sent_rate.over(100.0, at)) else { return };
        if recent < sent * if self.contested { SURGE_SHARE.1 } else { SURGE_SHARE.0 } {
            self.ceiling = Some((recent, 0.08));
            self.estimate = self.estimate.min(recent * BACK_OFF).max(LEAST);
            self.backed_off = at;
            self.surged = at;
            let queued = (self.bytes - self.answered.1) as f64 * 8000.0 / recent.max(LEAST);
            self.draining = at + (queued * 1.2 - self.round_trip.unwrap_or(0.0)).clamp(0.0, 1000.0);
            self.contested = false;
            self.last = BackOff { at, bears: recent.max(LEAST), queueing: queued, bytes: self.bytes, least: f64::MAX };
        }
    }

    fn arrived_over(&self, window: f64) -> Option<f64> {
        let latest = self.arrived_rate.latest()?;
        self.arrived_rate.over(window, latest)
    }

    /// The delay-based estimate's step (draft-ietf-rmcat-gcc-02 §5.5).
    fn update(&mut self, at: f64) {
        let elapsed = ((at - self.updated) / 1000.0).clamp(0.0, 0.5);
        self.updated = at;
        let arrived = self.arrived_over(500.0);
        match self.usage() {
            Usage::Over if self.contested => self.grow(elapsed, arrived),
            Usage::Over => {
                if at - self.backed_off < BACK_OFF_REST_MS {
                    return;
                }
                self.foreign = if self.last.is_foreign(at, self.bytes) { self.foreign + 1 } else { 0 };
                if self.foreign >= 2 && at > self.surged + SURGED_MS {
                    self.contested = true;
                    return;
                }
                // While a queue stands, what arrives is what the way bears.
                let Some(bears) = arrived else { return };
                let bears =
                    if self.queue.is_busy() { bears.max(self.arrived_over(900.0).unwrap_or(bears)) } else { bears };
                let bears = if self.sent_rate_is_full(at) { bears } else { bears.max(self.estimate * 0.8) };
                self.learn_ceiling(bears);
                self.last = BackOff { at, bears, queueing: self.queueing, bytes: self.bytes, least: f64::MAX };
                self.estimate = self.estimate.min(bears * BACK_OFF).max(LEAST);
                self.backed_off = at;
                self.probe_rest = (self.probe_rest * 1.5).min(PROBE_REST_MS.1);
                self.next_probe = at + self.probe_rest;
            }
            Usage::Under => {}
            Usage::Normal => {
                if at - self.last.at > FOREIGN_MS
                    && at > self.surged + SURGED_MS
                    && self.last.is_foreign(at, self.bytes)
                {
                    self.contested = true;
                }
                if self.queueing > QUEUE_MS_MAX && !self.contested {
                    return;
                }
                self.grow(elapsed, arrived);
            }
        }
    }

    /// What the queues do. A trend without a queue is somebody's busy processor.
    fn usage(&self) -> Usage {
        let least = if self.queue.is_busy() { QUEUE_BUSY_MS_MIN } else { QUEUE_MS_MIN };
        match self.trend.usage() {
            Usage::Over if self.queueing < least => Usage::Normal,
            usage => usage,
        }
    }

    /// Whether packets are sent at about the rate that is granted, so that a growing queue is ours.
    fn sent_rate_is_full(&self, at: f64) -> bool {
        self.sent_rate.over(300.0, at).is_none_or(|sent| sent > 0.7 * self.present())
    }

    fn learn_ceiling(&mut self, bears: f64) {
        self.ceiling = Some(match self.ceiling {
            Some((mean, spread)) if (bears - mean).abs() <= 3.0 * spread.max(0.05) * mean => {
                let mean_now = mean * 0.9 + bears * 0.1;
                let off = ((bears - mean) / mean).abs();
                (mean_now, spread * 0.9 + off * 0.1)
            }
            _ => (bears, 0.08),
        });
    }

    fn grow(&mut self, elapsed: f64, arrived: Option<f64>) {
        let near = self.ceiling.is_some_and(|(mean, spread)| {
            let above = mean * (1.0 + 3.0 * spread.max(0.05));
            self.estimate < above
        });
        if !near {
            self.ceiling = None;
        }
        let grown = if self.contested {
            // A packet a round trip, as TCP.
            let round_trip = self.round_trip.unwrap_or(100.0) + self.queueing;
            self.estimate + 9600.0 * 1e6 / (round_trip * round_trip) * elapsed
        } else if near && self.ceiling.is_some_and(|(mean, _)| self.estimate > 0.8 * mean) {
            // About a packet a response time.
            let response = self.round_trip.unwrap_or(100.0) + 100.0;
            // Whoever has less grows faster, so that neighbours on one line come to the same share.
            let share = (2e6 / self.estimate).powi(2).clamp(0.2, 4.0);
            self.estimate + 19_200.0 * 1000.0 / response * share * elapsed
        } else {
            self.estimate * GROWTH_PER_SECOND.powf(elapsed)
        };
        // What was never sent has not been borne; what arrives without a queue has.
        let most = arrived.map_or(self.estimate, |arrived| 1.5 * arrived + 10_000.0);
        let borne = arrived.filter(|_| self.ceiling.is_none() && self.queueing < BORNE_MS).unwrap_or(0.0);
        self.estimate = grown.min(most.max(self.estimate)).max(borne).min(self.most());
    }

    fn most(&self) -> f64 {
        PROBED_MOST.max(self.wanted * 2.0)
    }

    fn finish_probe(&mut self, at: f64) {
        let Some(probe) = self.probe.filter(|probe| probe.is_sent(at)) else { return };
        // Everything numbered so far was numbered with the probe or after it.
        let of_probe = |number: u64| Some(self.packets[number as usize % KEPT]).filter(|sent| sent.probe == probe.id);
        let unanswered = (self.answered.0 + 1..self.next).any(|number| of_probe(number).is_some());
        let (mut spoken_of, mut unheard) = (false, false);
        if !unanswered {
            for sent in (self.answered.0.saturating_sub(400)..=self.answered.0).filter_map(of_probe) {
                spoken_of = true;
                unheard |= sent.fate == Fate::Unknown;
            }
        }
        match probe.outcome(at, spoken_of, unheard) {
            Outcome::Open => {}
            outcome if self.says_nothing(outcome) => {
                self.probe = None;
                self.retries += u8::from(!matches!(outcome, Outcome::Unsent | Outcome::Unheard));
                self.next_probe = at + PROBE_AGAIN_MS;
                // What was too much for the line would be so again.
                self.retry = Some(if outcome == Outcome::Failed { probe.rate / 2.0 } else { probe.rate });
            }
            Outcome::Unsent | Outcome::Unheard | Outcome::Failed => {
                self.probe = None;
                self.rest_probes(at);
            }
            Outcome::Proved(rate) => {
                self.probe = None;
                (self.retries, self.probed) = (0, true);
                self.losses.proved(rate);
                if rate > self.estimate && self.usage() != Usage::Over {
                    self.estimate = rate.min(self.most());
                }
                if rate >= 0.7 * probe.rate && probe.rate < self.most() {
                    self.planned = Some((rate * 2.0).min(self.most()));
                    self.probe_rest = PROBE_REST_MS.0;
                } else {
                    self.rest_probes(at);
                }
            }
        }
    }

    /// Whether a probe must be sent again to say anything: nothing could be sent, the report was lost, the receiver was late or something came in
    /// between, so that less was proved than arrives all the time, or it failed before any other had told something.
    fn says_nothing(&self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Unsent | Outcome::Unheard => true,
            Outcome::Failed => !self.probed && self.retries < RETRIES_MAX,
            Outcome::Proved(rate) => {
                let known = if self.probed { self.arrived_over(500.0) } else { Some(self.present()) };
                self.retries < RETRIES_MAX && known.is_some_and(|known| rate < known)
            }
            Outcome::Open => false,
        }
    }

    fn rest_probes(&mut self, at: f64) {
        self.probe_rest = (self.probe_rest * 1.5).min(PROBE_REST_MS.1);
        self.next_probe = at + self.probe_rest;
    }

    /// A stream that doesn't fill its estimate proves nothing by itself: now and then it is probed for more.
    fn plan_probe(&mut self, at: f64) {
        // After a step back the line is known.
        let wanting = self.wanted > self.present() && at - self.probed_at.max(self.backed_off) > PROBE_WANTING_MS;
        if self.heard.is_none() || self.probe.is_some() || self.planned.is_some() || at < self.next_probe && !wanting {
            return;
        }
        if let Some(rate) = self.retry.take() {
            self.planned = Some(rate);
            return;
        }
        let unfilled = self.sent_rate.over(500.0, at).is_some_and(|sent| sent < FILLED * self.present());
        let calm = self.usage() == Usage::Normal && self.queueing < 50.0;
        if unfilled && calm && self.estimate < 0.9 * self.most() {
            self.planned = Some((self.present() * 2.0).min(self.most()));
            self.next_probe = at + self.probe_rest;
        }
    }
}
