//! When what a source sent was really so: its RTP timestamps, brought to the wall clock of this server.
//!
//! Arrival alone does not give lip sync, since sound and picture may take different times on their way. So each source's
//! timestamps go through its sender reports (RFC 3550 §6.4.1) to its own clock, and from there, with the least delay that
//! anything from it ever had, to ours. A recording is read after the fact: reports that came later count for what came before.
//!
//! [`Survey`] takes all records of a journal once, [`Survey::timeline`] makes a [`Timeline`] of them. What a packet belongs to
//! says [`Follow`], to whoever asks in the same order: a **clock** is one run of timestamps without a jump, a **stretch** one run
//! of sequence numbers in it; another SSRC, a jump of the timestamps by 2 s, or a long silence begins another.

use crate::relay::{
    media::{Codec, Role},
    rtp,
    tap::{
        Track,
        record::{Kind, Record},
    },
};
use std::collections::{BTreeMap, VecDeque};

/// A timestamp this far from where it should be, nanoseconds, belongs to another clock.
const JUMP_NS: i64 = 2_000_000_000;

/// A clock may drift from ours this much besides: 500 parts in a million, more than any crystal does.
const DRIFT_PARTS: i64 = 2_000;

/// Sequence numbers further apart are another stretch.
const SEQUENCE_JUMP: i64 = 3_000;

/// A longer silence begins another stretch: a microphone that was closed, a picture that was off the air.
const SILENCE_NS: i64 = 5_000_000_000;

/// One packet in so many nanoseconds, the one with the least delay, says how far a clock is from ours.
const WINDOW_NS: u64 = 2_000_000_000;

/// Two sources of one participant whose clocks are no further apart have the same one, nanoseconds.
const SAME_CLOCK_NS: i64 = 1_000_000_000;

/// How much faster or slower than ours a sender's clock may be: one millisecond in a second.
const SKEW_PARTS: i64 = 1_000;

/// Reports of a source that is not seen yet, kept until it is.
const REPORTS_WAITING_MAX: usize = 16;

/// Which source of a journal: the run of the tap and its number there.
pub type TrackKey = (u64, u32);

/// Where a packet belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of its clock within the track.
    pub clock: usize,
    /// Number of its stretch within the track.
    pub stretch: usize,
    /// Its timestamp, counted on over the wrap.
    pub timestamp: i64,
    /// Its sequence number, counted on over the wrap within the stretch.
    pub sequence: i64,
}

/// Follows one track's packets in the order in which they arrived.
#[derive(Debug, Clone)]
pub struct Follow {
    rate: i64,
    /// The latest clocks, latest first; a packet that comes late may belong to the one before.
    recent: VecDeque<Recent>,
    clocks: usize,
    stretches: usize,
}

#[derive(Debug, Clone, Copy)]
struct Recent {
    ssrc: u32,
    pt: u8,
    clock: usize,
    stretch: usize,
    timestamp: i64,
    sequence: i64,
    at_ns: u64,
}

impl Follow {
    /// A track that has sent nothing yet.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self { rate: i64::from(codec.clock_rate()), recent: VecDeque::new(), clocks: 0, stretches: 0 }
    }

    /// Where this packet belongs.
    pub fn place(&mut self, at_ns: u64, header: &rtp::Header) -> Place {
        let rate = self.rate;
        let mut goes_on = None;
        for recent in &mut self.recent {
            if recent.ssrc != header.ssrc || recent.pt != header.pt {
                continue;
            }
            let (timestamp, moved) = recent.moved(header.timestamp, rate);
            let due = between(recent.at_ns, at_ns);
            if (moved - due).abs() > JUMP_NS + due.abs() / DRIFT_PARTS {
                continue;
            }
            let sequence = recent.sequence + i64::from(header.seq.wrapping_sub(recent.sequence as u16) as i16);
            let apart = sequence - recent.sequence;
            if apart.abs() <= SEQUENCE_JUMP && moved < SILENCE_NS {
                if apart > 0 {
                    (recent.timestamp, recent.sequence, recent.at_ns) = (timestamp, sequence, at_ns);
                }
                let Recent { clock, stretch, .. } = *recent;
                return Place { clock, stretch, timestamp, sequence };
            }
            goes_on = Some((recent.clock, timestamp));
            break;
        }
        let (clock, timestamp) = goes_on.unwrap_or_else(|| {
            self.clocks += 1;
            (self.clocks - 1, i64::from(header.timestamp))
        });
        let (stretch, sequence) = (self.stretches, i64::from(header.seq));
        self.stretches += 1;
        self.recent.retain(|recent| recent.clock != clock);
        let (ssrc, pt) = (header.ssrc, header.pt);
        self.recent.push_front(Recent { ssrc, pt, clock, stretch, timestamp, sequence, at_ns });
        self.recent.truncate(2);
        Place { clock, stretch, timestamp, sequence }
    }

    /// The clock that a report of this source and timestamp speaks of, and the timestamp counted on.
    fn report(&self, at_ns: u64, ssrc: u32, timestamp: u32) -> Option<(usize, i64)> {
        self.recent.iter().filter(|recent| recent.ssrc == ssrc).find_map(|recent| {
            let (timestamp, moved) = recent.moved(timestamp, self.rate);
            let due = between(recent.at_ns, at_ns);
            ((moved - due).abs() <= 5 * JUMP_NS + due.abs() / DRIFT_PARTS).then_some((recent.clock, timestamp))
        })
    }
}

impl Recent {
    /// The timestamp counted on from the latest one, and the nanoseconds from there to it.
    fn moved(&self, timestamp: u32, rate: i64) -> (i64, i64) {
        let ticks = i64::from(timestamp.wrapping_sub(self.timestamp as u32) as i32);
        (self.timestamp + ticks, ticks_to_ns(ticks, rate))
    }
}

/// What a journal says of its sources' clocks. Takes every record once, in order.
#[derive(Debug, Default)]
pub struct Survey {
    lines: BTreeMap<TrackKey, Line>,
}

#[derive(Debug)]
struct Line {
    track: Track,
    follow: Follow,
    clocks: Vec<Clock>,
    /// Reports of a source whose packets have not come: arrival, SSRC, NTP nanoseconds, timestamp.
    waiting: VecDeque<(u64, u32, i64, u32)>,
}

#[derive(Debug, Default)]
struct Clock {
    /// Timestamp and the sender's own time, nanoseconds; steps of the sender's clock taken out.
    reports: Vec<(i64, i64)>,
    /// What the sender's clock was set by so far, nanoseconds.
    step: i64,
    /// Arrival and timestamp of the packet with the least delay, window by window.
    prompt: Vec<(u64, i64)>,
}

impl Survey {
    /// The next record, of this run.
    pub fn record(&mut self, run: u64, record: &Record<'_>) {
        let key = (run, record.head.track);
        match record.head.kind {
            Kind::Track => {
                if let Ok(track) = serde_json::from_slice::<Track>(record.body) {
                    self.lines.entry(key).or_insert_with(|| Line {
                        follow: Follow::new(track.codec),
                        track,
                        clocks: Vec::new(),
                        waiting: VecDeque::new(),
                    });
                }
            }
            Kind::Rtp => {
                if let (Some(line), Some(header)) = (self.lines.get_mut(&key), rtp::Header::parse(record.body)) {
                    line.packet(record.head.at_ns, &header);
                }
            }
            Kind::SenderReport => {
                if let (Some(line), Some((ssrc, ntp_ns, timestamp))) = (self.lines.get_mut(&key), report(record.body)) {
                    line.report(record.head.at_ns, ssrc, ntp_ns, timestamp);
                }
            }
            Kind::Head | Kind::TrackEnd | Kind::Stage | Kind::Mark | Kind::Stop | Kind::End => {}
        }
    }

    /// The sources and where they are on the wall clock.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        let mut groups: Vec<Group> = Vec::new();
        let mut members = Vec::new();
        for (&(run, track), line) in &self.lines {
            let whose = (run, line.track.participant.to_string(), line.track.role);
            for (number, clock) in line.clocks.iter().enumerate() {
                let points = clock.points(line.rate());
                let Some(near) = points.iter().map(|&(_, lag)| lag).min() else { continue };
                let with_reports = !clock.reports.is_empty();
                let fits = |group: &Group| {
                    group.whose == whose
                        && group.with_reports == with_reports
                        && (group.near - near).abs() < SAME_CLOCK_NS
                };
                let place = groups.iter().position(fits).unwrap_or(groups.len());
                if place == groups.len() {
                    groups.push(Group { whose: whose.clone(), with_reports, near, points: Vec::new() });
                }
                groups[place].points.extend(points);
                members.push(((run, track), number, place));
            }
        }
        let lags: Vec<_> = groups.into_iter().map(|group| envelope(group.points)).collect();
        let mut clocks: BTreeMap<TrackKey, BTreeMap<usize, Mapping>> = BTreeMap::new();
        for (key, number, place) in members {
            let Some(line) = self.lines.get(&key) else { continue };
            let reports = line.clocks[number].reports.clone();
            let mapping = Mapping { rate: line.rate(), reports, lag: lags[place].clone() };
            clocks.entry(key).or_default().insert(number, mapping);
        }
        let tracks = self.lines.iter().map(|(&key, line)| (key, line.track.clone())).collect();
        Timeline { tracks, clocks }
    }
}

/// Clocks that are one: their packets' least delays count together.
struct Group {
    whose: (u64, String, Role),
    with_reports: bool,
    near: i64,
    points: Vec<(i64, i64)>,
}

impl Line {
    fn rate(&self) -> i64 {
        i64::from(self.track.codec.clock_rate())
    }

    fn packet(&mut self, at_ns: u64, header: &rtp::Header) {
        let place = self.follow.place(at_ns, header);
        while self.clocks.len() <= place.clock {
            self.clocks.push(Clock::default());
            let waiting = std::mem::take(&mut self.waiting);
            for (at_ns, ssrc, ntp_ns, timestamp) in waiting {
                self.report(at_ns, ssrc, ntp_ns, timestamp);
            }
        }
        let rate = self.rate();
        self.clocks[place.clock].arrived(at_ns, place.timestamp, rate);
    }

    fn report(&mut self, at_ns: u64, ssrc: u32, ntp_ns: i64, timestamp: u32) {
        match self.follow.report(at_ns, ssrc, timestamp) {
            Some((clock, timestamp)) => {
                let rate = self.rate();
                self.clocks[clock].reported(timestamp, ntp_ns, rate);
            }
            None => {
                self.waiting.push_back((at_ns, ssrc, ntp_ns, timestamp));
                if self.waiting.len() > REPORTS_WAITING_MAX {
                    self.waiting.pop_front();
                }
            }
        }
    }
}

impl Clock {
    fn arrived(&mut self, at_ns: u64, timestamp: i64, rate: i64) {
        let lag = |&(at_ns, timestamp): &(u64, i64)| signed(at_ns) - ticks_to_ns(timestamp, rate);
        match self.prompt.last_mut() {
            Some(last) if last.0 / WINDOW_NS == at_ns / WINDOW_NS => {
                if lag(&(at_ns, timestamp)) < lag(last) {
                    *last = (at_ns, timestamp);
                }
            }
            _ => self.prompt.push((at_ns, timestamp)),
        }
    }

    /// A sender sets its clock now and then; what it says jumps, its timestamps don't. Such a step is taken out, and so is a
    /// report that is plainly wrong.
    fn reported(&mut self, timestamp: i64, ntp_ns: i64, rate: i64) {
        let mut ntp_ns = ntp_ns - self.step;
        if let Some(&(last_timestamp, last_ns)) = self.reports.last() {
            let passed = ticks_to_ns(timestamp - last_timestamp, rate);
            let jump = (ntp_ns - last_ns) - passed;
            if passed <= 0 {
                return;
            }
            if jump.abs() > 20_000_000 + passed / SKEW_PARTS {
                self.step += jump;
                ntp_ns -= jump;
            }
        }
        self.reports.push((timestamp, ntp_ns));
    }

    /// The sender's own time and how far it is behind ours, of the packets with the least delay.
    fn points(&self, rate: i64) -> Vec<(i64, i64)> {
        let point = |&(at_ns, timestamp): &(u64, i64)| {
            let own = own_time(&self.reports, timestamp, rate);
            (own, signed(at_ns) - own)
        };
        self.prompt.iter().map(point).collect()
    }
}

/// The sources of a journal, and where each packet is on the wall clock.
#[derive(Debug, Default)]
pub struct Timeline {
    /// What each source is.
    pub tracks: BTreeMap<TrackKey, Track>,
    clocks: BTreeMap<TrackKey, BTreeMap<usize, Mapping>>,
}

#[derive(Debug)]
struct Mapping {
    rate: i64,
    reports: Vec<(i64, i64)>,
    /// Own time and how far it is behind ours, in order.
    lag: Vec<(i64, i64)>,
}

impl Timeline {
    /// When what this packet holds was so, nanoseconds since 1970 UTC by this server's clock; `None` for a track that the survey
    /// has not seen.
    #[must_use]
    pub fn moment(&self, key: TrackKey, place: Place) -> Option<u64> {
        let mapping = self.clocks.get(&key)?.get(&place.clock)?;
        let own = own_time(&mapping.reports, place.timestamp, mapping.rate);
        let lag = interpolate(&mapping.lag, own)?;
        u64::try_from(own + lag).ok()
    }
}

/// A timestamp on the sender's own clock: between two reports on the line through both, outside at the nominal rate.
fn own_time(reports: &[(i64, i64)], timestamp: i64, rate: i64) -> i64 {
    let nominal = |from: (i64, i64)| from.1 + ticks_to_ns(timestamp - from.0, rate);
    let after = reports.partition_point(|&(reported, _)| reported <= timestamp);
    let (Some(&first), Some(&last)) = (reports.first(), reports.last()) else { return ticks_to_ns(timestamp, rate) };
    if after > 0 && after < reports.len() {
        return line(reports[after - 1], reports[after], timestamp);
    }
    // The rate over the whole recording is nearer to the truth than the nominal one.
    let span = ticks_to_ns(last.0 - first.0, rate);
    let edge = if after == 0 { first } else { last };
    if span > 4 * JUMP_NS {
        let scaled = i128::from(nominal(edge) - edge.1) * i128::from(last.1 - first.1) / i128::from(span);
        return edge.1 + scaled as i64;
    }
    nominal(edge)
}

/// The least delays seen, so that none lies above what another nearby allows: what was held up does not count.
fn envelope(mut points: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    points.sort_unstable();
    for at in 1..points.len() {
        let allowed = points[at - 1].1 + (points[at].0 - points[at - 1].0) / SKEW_PARTS;
        points[at].1 = points[at].1.min(allowed);
    }
    for at in (1..points.len()).rev() {
        let allowed = points[at].1 + (points[at].0 - points[at - 1].0) / SKEW_PARTS;
        points[at - 1].1 = points[at - 1].1.min(allowed);
    }
    points
}

/// The value at `x` of the lines through the points; outside that of the nearest point.
fn interpolate(points: &[(i64, i64)], x: i64) -> Option<i64> {
    let after = points.partition_point(|&(at, _)| at <= x);
    match after {
        0 => points.first().map(|&(_, value)| value),
        _ if after == points.len() => points.last().map(|&(_, value)| value),
        _ => Some(line(points[after - 1], points[after], x)),
    }
}

fn line(from: (i64, i64), to: (i64, i64), x: i64) -> i64 {
    let run = i128::from(to.0 - from.0).max(1);
    from.1 + (i128::from(to.1 - from.1) * i128::from(x - from.0) / run) as i64
}

fn report(body: &[u8]) -> Option<(u32, i64, u32)> {
    let ssrc = u32::from_be_bytes(body.get(..4)?.try_into().ok()?);
    let ntp = u64::from_be_bytes(body.get(4..12)?.try_into().ok()?);
    let timestamp = u32::from_be_bytes(body.get(12..16)?.try_into().ok()?);
    let seconds = i64::from((ntp >> 32) as u32);
    let fraction = ((ntp & 0xffff_ffff) * 1_000_000_000) >> 32;
    Some((ssrc, seconds * 1_000_000_000 + signed(fraction), timestamp))
}

fn ticks_to_ns(ticks: i64, rate: i64) -> i64 {
    (i128::from(ticks) * 1_000_000_000 / i128::from(rate)) as i64
}

fn between(from_ns: u64, to_ns: u64) -> i64 {
    signed(to_ns) - signed(from_ns)
}

fn signed(ns: u64) -> i64 {
    i64::try_from(ns).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::tap::record::Head;

    /// 2026 in nanoseconds since 1970, as the tap writes it.
    const BEGAN: u64 = 1_790_000_000_000_000_000;

    /// A source whose own clock is `away_ns` from ours and ticks `skew_ppm` faster, and whose packets take `delay_ms`.
    struct Source {
        key: TrackKey,
        codec: Codec,
        ssrc: u32,
        base: u32,
        skew_ppm: i64,
        away_ns: i64,
        delay_ms: u64,
        sequence: u16,
    }

    impl Source {
        fn new(track: u32, codec: Codec) -> Self {
            let base = 0xffff_0000;
            Self {
                key: (1, track),
                codec,
                ssrc: track,
                base,
                skew_ppm: 0,
                away_ns: -3_333_000_000,
                delay_ms: 10,
                sequence: 65_530,
            }
        }

        fn announced(&self, survey: &mut Survey) {
            let track = Track {
                participant: "hall".parse().unwrap(),
                name: "Hall".to_owned(),
                role: Role::Main,
                codec: self.codec,
            };
            let body = serde_json::to_vec(&track).unwrap();
            let head = Head { kind: Kind::Track, track: self.key.1, serial: 1, at_ns: BEGAN };
            survey.record(1, &Record { head, body: &body });
        }

        fn timestamp(&self, at_ms: u64) -> u32 {
            let ticks = i128::from(at_ms) * i128::from(self.codec.clock_rate()) / 1000;
            let skewed = ticks + ticks * i128::from(self.skew_ppm) / 1_000_000;
            self.base.wrapping_add(skewed as u32)
        }

        /// A packet of what was so `at_ms` after the beginning, `late_ms` later than usual.
        fn packet(&mut self, at_ms: u64, late_ms: u64) -> (u64, rtp::Header) {
            let mut bytes = vec![0x80, 96];
            bytes.extend(self.sequence.to_be_bytes());
            bytes.extend(self.timestamp(at_ms).to_be_bytes());
            bytes.extend(self.ssrc.to_be_bytes());
            self.sequence = self.sequence.wrapping_add(1);
            (BEGAN + (at_ms + self.delay_ms + late_ms) * 1_000_000, rtp::Header::parse(&bytes).unwrap())
        }

        fn sends(&self, survey: &mut Survey, (at_ns, header): (u64, rtp::Header)) {
            let head = Head { kind: Kind::Rtp, track: self.key.1, serial: 2, at_ns };
            survey.record(1, &Record { head, body: &header.fixed() });
        }

        fn reports(&self, survey: &mut Survey, at_ms: u64) {
            let own = signed(BEGAN + at_ms * 1_000_000) + 2_208_988_800_000_000_000 + self.away_ns;
            let (seconds, rest) = ((own / 1_000_000_000) as u64, (own % 1_000_000_000) as u64);
            let ntp = (seconds << 32) | ((rest << 32) / 1_000_000_000);
            let mut body = self.ssrc.to_be_bytes().to_vec();
            body.extend(ntp.to_be_bytes());
            body.extend(self.timestamp(at_ms).to_be_bytes());
            let at_ns = BEGAN + (at_ms + self.delay_ms) * 1_000_000;
            let head = Head { kind: Kind::SenderReport, track: self.key.1, serial: 2, at_ns };
            survey.record(1, &Record { head, body: &body });
        }
    }

    /// How far each packet, sent at these moments, is from where it was, milliseconds.
    fn errors(timeline: &Timeline, source: &Source, sent: &[(u64, u64, rtp::Header)]) -> Vec<i64> {
        let mut follow = Follow::new(source.codec);
        let error = |&(at_ms, at_ns, ref header): &(u64, u64, rtp::Header)| {
            let moment = timeline.moment(source.key, follow.place(at_ns, header)).unwrap();
            (signed(moment) - signed(BEGAN + at_ms * 1_000_000)) / 1_000_000
        };
        sent.iter().map(error).collect()
    }

    #[test]
    fn sound_on_a_slower_way_and_a_skewed_clock_stays_with_its_picture() {
        let mut survey = Survey::default();
        let mut picture = Source::new(1, Codec::H264);
        let mut sound = Source { skew_ppm: 200, delay_ms: 310, ..Source::new(2, Codec::Opus) };
        let (mut pictures, mut sounds) = (Vec::new(), Vec::new());
        for source in [&picture, &sound] {
            source.announced(&mut survey);
        }
        for at_ms in (0..60_000).step_by(20) {
            let late = if at_ms % 700 == 0 { 90 } else { 0 };
            let packet = picture.packet(at_ms, late);
            picture.sends(&mut survey, packet);
            pictures.push((at_ms, packet.0, packet.1));
            let packet = sound.packet(at_ms, late);
            sound.sends(&mut survey, packet);
            sounds.push((at_ms, packet.0, packet.1));
            if at_ms % 5_000 == 4_000 {
                picture.reports(&mut survey, at_ms);
                sound.reports(&mut survey, at_ms);
            }
        }
        let timeline = survey.timeline();
        for (source, sent) in [(&picture, &pictures), (&sound, &sounds)] {
            let errors = errors(&timeline, source, sent);
            assert!(errors.iter().all(|error| (9..=11).contains(error)), "{:?}", errors.iter().max());
        }
    }

    #[test]
    fn a_sender_that_sets_its_clock_does_not_jump() {
        let mut survey = Survey::default();
        let mut sound = Source::new(2, Codec::Opus);
        sound.announced(&mut survey);
        let mut sent = Vec::new();
        for at_ms in (0..30_000).step_by(20) {
            let packet = sound.packet(at_ms, 0);
            sound.sends(&mut survey, packet);
            sent.push((at_ms, packet.0, packet.1));
            if at_ms == 15_000 {
                sound.away_ns += 700_000_000;
            }
            if at_ms % 1_000 == 500 {
                sound.reports(&mut survey, at_ms);
            }
        }
        let errors = errors(&survey.timeline(), &sound, &sent);
        assert!(errors.iter().all(|error| (9..=11).contains(error)), "{errors:?}");
    }

    #[test]
    fn another_ssrc_and_a_jump_begin_another_clock_and_a_silence_another_stretch() {
        let mut survey = Survey::default();
        let mut sound = Source::new(2, Codec::Opus);
        sound.announced(&mut survey);
        let mut sent = Vec::new();
        let mut places = Vec::new();
        let mut follow = Follow::new(Codec::Opus);
        for at_ms in (0..40_000).step_by(20) {
            match at_ms {
                10_000 => (sound.ssrc, sound.sequence, sound.base) = (99, 7, 12_345),
                20_000 => sound.base = sound.base.wrapping_add(100 * 48_000),
                _ => {}
            }
            if (28_000..38_000).contains(&at_ms) {
                continue;
            }
            let packet = sound.packet(at_ms, 0);
            sound.sends(&mut survey, packet);
            places.push(follow.place(packet.0, &packet.1));
            sent.push((at_ms, packet.0, packet.1));
            if at_ms % 5_000 == 4_000 {
                sound.reports(&mut survey, at_ms);
            }
        }
        let last = places.last().unwrap();
        assert_eq!((last.clock, last.stretch), (2, 3));
        let errors = errors(&survey.timeline(), &sound, &sent);
        assert!(errors.iter().all(|error| (9..=11).contains(error)), "{errors:?}");
    }

    #[test]
    fn a_packet_that_comes_late_belongs_where_it_was_sent() {
        let mut follow = Follow::new(Codec::H264);
        let mut picture = Source::new(1, Codec::H264);
        let packets: Vec<_> = (0..4).map(|number| picture.packet(number * 40, 0)).collect();
        let place =
            |follow: &mut Follow, number: usize, late_ns| follow.place(packets[number].0 + late_ns, &packets[number].1);
        let first = place(&mut follow, 0, 0);
        let third = place(&mut follow, 2, 0);
        let second = place(&mut follow, 1, 300_000_000);
        assert_eq!([first, second, third].map(|place| place.sequence - first.sequence), [0, 1, 2]);
        assert_eq!((second.clock, second.stretch), (first.clock, first.stretch));
    }
}
