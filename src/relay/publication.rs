//! A source offered in a room (发布): its packets, numbered once and for all, and who wants a key frame of it.
//!
//! A picture that is sent in several layers is several [`Publication`]s with one id, each with its own packets: to slots a change of
//! layer is a change of source. The first stands for all of them where a room speaks of publications.

use super::{
    clock::{SourceClock, Together},
    codec::{h264, vp8},
    delay::Delays,
    figures::{KeyFrameReason, KeyFrameRequests, PublicationFigures},
    flight::{StreamSample, Track},
    layer::Offered,
    media::{Codec, MediaKind, Rid, Role},
    nack::{Arrival, Missing, Piece},
    plan::LAYERS_MAX,
    ring::{PAYLOAD_BYTES_MAX, Packet, Ring},
    rooms::PeerSerial,
    rtp,
    speaker::Loudness,
    thin::Shares,
};
use crate::{
    id::{ParticipantId, PublicationId},
    quantity::Bitrate,
};
use smallvec::SmallVec;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Packets kept of a picture: about 3 s at 2.5 Mb/s.
const VIDEO_PACKETS: usize = 1024;

/// Packets kept of sound: more than 2 s.
const AUDIO_PACKETS: usize = 128;

/// Packets that may wait to be forwarded; the shell drains far sooner. Full: the oldest is not forwarded.
const PENDING_MAX: usize = 512;

/// Insertions remembered; packets from before the oldest of them are numbered as if it had not been.
const INSERTIONS_MAX: usize = 8;

/// At most one key-frame request in this time reaches a source, whatever the number of viewers.
pub const KEY_FRAME_INTERVAL: Duration = Duration::from_secs(1);

/// A picture that sends nothing for this long is not there any more.
const VIDEO_SILENCE: Duration = Duration::from_secs(2);

/// Sound that sends nothing for this long is not there any more; discontinuous transmission sends every 400 ms.
const AUDIO_SILENCE: Duration = Duration::from_secs(5);

/// A sequence number this far from the last one belongs to a new stream.
const SEQUENCE_JUMP: u64 = 3000;

/// A copy of a packet is of use only this close to the latest one; further off its number is a guess.
const COPIES_WITHIN: u64 = 16;

/// Where a publication's numbers start, so that packets older than the first still have one.
const FIRST_NUMBER: u64 = 1 << 32;

/// A sleeping layer that has been wanted for so long and still doesn't come is one that its sender can't send now.
const WAKING: Duration = Duration::from_secs(3);

/// A layer that nobody needs any more is wanted for so long still, so that it doesn't come and go.
const WANTED_STILL: Duration = Duration::from_secs(5);

/// A layer that sends nothing for this long, while another of the same picture does, was left out by its sender.
const LAYER_SILENCE: Duration = Duration::from_millis(700);

/// How a stream belongs to others.
#[derive(Debug, Clone)]
pub struct Family {
    /// Its layer's name; none if it has no others.
    pub rid: Option<Rid>,
    /// The one that stands for all of them, by its place in the room.
    pub first: usize,
    /// Of that one: places of all layers, the smallest first. It alone if there are no others.
    pub layers: SmallVec<[usize; LAYERS_MAX]>,
    /// When somebody last needed this layer, and since when somebody has.
    pub wanted: Option<(Instant, Instant)>,
    /// Whether its sender was told that somebody does.
    pub told: Option<bool>,
}

/// One source.
pub struct Publication {
    /// Its number, also the CSRC on slot packets that carry it.
    pub id: PublicationId,
    /// The peer it comes from, by its place in the room.
    pub peer: usize,
    /// Whose it is.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// Camera and microphone, or content.
    pub role: Role,
    /// Its codec.
    pub codec: Codec,
    /// Its layers.
    pub family: Family,
    /// Slots that carry it or wait for its key frame: (peer, slot).
    pub subscribers: Vec<(usize, usize)>,
    /// Latest packets.
    pub ring: Ring,
    /// Its timestamps' clock.
    pub clock: SourceClock,
    /// The sound that belongs to it, if it is a picture of a sender who told how.
    pub sound: Option<(PublicationId, Together)>,
    /// Whether packets arrive; `false` before the first one.
    pub live: bool,
    /// What is missing of it.
    pub missing: Missing,
    /// How loud it is, if it is sound.
    pub loudness: Loudness,
    /// How long its packets stay here.
    pub delays: Delays,
    /// How it was lately.
    pub flight: Track<StreamSample>,
    pending: Vec<u64>,
    /// How long its packets are held so that they leave with what belongs to them, and those that are, each with its time.
    hold: Duration,
    /// Until when packets may leave late because they were held.
    held_until: Option<Instant>,
    held: VecDeque<(Instant, u64)>,
    numbering: Numbering,
    sets: h264::ParameterSets,
    key_frame: KeyFrame,
    last_arrival: Option<Instant>,
    counters: Counters,
}

#[derive(Default)]
struct Numbering {
    /// Extended sequence number of the highest packet, if any came.
    highest: Option<u64>,
    /// Extended sequence numbers left out where a stream was restarted, so that the publication's numbers have no gap there.
    skipped: u64,
    /// Extended sequence numbers before which a packet was inserted, oldest first.
    insertions: Vec<u64>,
    /// Insertions forgotten from the list.
    forgotten: u64,
}

/// What a key frame is needed for, and the peer that needs it if it is a single one.
pub type Cause = (KeyFrameReason, Option<PeerSerial>);

#[derive(Default)]
struct KeyFrame {
    /// What somebody needs one for, the first cause since the last; none once it has come.
    wanted: Option<Cause>,
    requests: KeyFrameRequests,
    asked: Option<Instant>,
    /// When the last one began, its timestamp, and its first packet.
    last: Option<(Instant, u32, u64)>,
    /// Timestamp of the latest frame in which parameter sets came.
    sets_timestamp: Option<u32>,
    size: Option<(u16, u16)>,
}

#[derive(Default)]
struct Counters {
    /// Packets that came by themselves.
    packets: u64,
    /// Packets that came because they were asked for.
    repaired: u64,
    bytes: u64,
    first: Option<u64>,
    jitter_ticks: f64,
    transit: Option<(Instant, u32)>,
    frame_timestamp: Option<u32>,
    frames: u64,
    /// (packets expected, packets received) at the last receiver report.
    reported: (u64, u64),
    /// (bytes, frames) at the start of the running second, and what the last whole one came to.
    second: Option<(Instant, u64, u64)>,
    bps: u64,
    /// What a viewer's way must bear for it: the highest of its last seconds, the older the less.
    needs: f64,
    fps: f32,
    temporal: Shares,
}

/// How a packet came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By itself.
    Itself,
    /// It was sent again.
    SentAgain,
    /// A later one carried it once more.
    InsideAnother,
}

/// What [`Publication::take`] did with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is new and waits to be forwarded; the flag says whether the publication came alive with it.
    New(bool),
    /// It was there before, is too old, too large or broken.
    Dropped,
}

/// What is kept since the last key frame began: enough for a viewer to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The key frame's first packet.
    pub first: u64,
    /// The latest packet.
    pub last: u64,
    /// The latest packet's timestamp.
    pub live_from: u32,
    /// Bytes of all payloads.
    pub bytes: usize,
    /// How long ago the key frame began.
    pub age: Duration,
}

/// Reception of one publication since its last report (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reception {
    /// Share of packets lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Packets lost in all.
    pub total_lost: u32,
    /// Extended highest sequence number.
    pub highest: u32,
    /// Interarrival jitter, ticks.
    pub jitter: u32,
}

impl Publication {
    /// A source that has sent nothing yet. Allocates all it will ever use.
    #[must_use]
    pub fn new(
        id: PublicationId,
        peer: usize,
        participant: ParticipantId,
        name: String,
        role: Role,
        codec: Codec,
    ) -> Self {
        let capacity = match codec.kind() {
            MediaKind::Video => VIDEO_PACKETS,
            MediaKind::Audio => AUDIO_PACKETS,
        };
        Self {
            id,
            peer,
            participant,
            name,
            role,
            codec,
            family: Family { rid: None, first: 0, layers: SmallVec::new(), wanted: None, told: None },
            subscribers: Vec::new(),
            ring: Ring::new(capacity),
            clock: SourceClock::new(codec.clock_rate()),
            sound: None,
            live: false,
            missing: Missing::default(),
            loudness: Loudness::default(),
            delays: Delays::default(),
            flight: Track::default(),
            pending: Vec::with_capacity(PENDING_MAX),
            hold: Duration::ZERO,
            held_until: None,
            held: VecDeque::with_capacity(PENDING_MAX),
            numbering: Numbering { insertions: Vec::with_capacity(INSERTIONS_MAX), ..Numbering::default() },
            sets: h264::ParameterSets::default(),
            key_frame: KeyFrame::default(),
            last_arrival: None,
            counters: Counters::default(),
        }
    }

    /// Takes one opened packet: its header, payload and loudness. It is numbered, stored and queued for forwarding.
    pub fn take(&mut self, now: Instant, header: &rtp::Header, payload: &[u8], audio_level: Option<u8>) -> Taken {
        self.take_as(Way::Itself, now, header, payload, audio_level)
    }

    /// Takes a copy of a packet that came inside a later one (RFC 2198), if the packet itself has not come.
    pub fn take_copy(&mut self, now: Instant, header: &rtp::Header, payload: &[u8]) -> Taken {
        if !self.lacks(header.seq, header.timestamp) {
            return Taken::Dropped;
        }
        self.take_as(Way::InsideAnother, now, header, payload, None)
    }

    /// Whether the packet with this number is one that never came: close to the latest, and later than the one before it.
    fn lacks(&self, seq: u16, timestamp: u32) -> bool {
        let (Some(highest), Some(first)) = (self.numbering.highest, self.counters.first) else { return false };
        let extended = rtp::extend_seq(highest, seq);
        let before = |back| self.ring.get(self.numbering.number(extended - back));
        let close = extended > first && extended.abs_diff(highest) < COPIES_WITHIN;
        close
            && before(0).is_none()
            && before(1).is_none_or(|(packet, _)| rtp::timestamp_step(packet.timestamp, timestamp) > 0)
    }

    fn take_as(
        &mut self,
        way: Way,
        now: Instant,
        header: &rtp::Header,
        payload: &[u8],
        audio_level: Option<u8>,
    ) -> Taken {
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Taken::Dropped;
        }
        let extended = self.numbering.extend(header, &mut self.missing);
        // Sound's packets are frames of their own.
        let ends_frame = header.marker || self.codec.kind() == MediaKind::Audio;
        let piece = Piece { timestamp: header.timestamp, ends_frame, again: way == Way::SentAgain };
        let arrived = self.missing.arrived(extended, piece, now);
        let arrival = if way == Way::InsideAnother { Arrival::Repaired } else { arrived };
        let mut packet = Packet::new(0, header.timestamp, header.marker, now);
        packet.audio_level = audio_level;
        let mut body = payload;
        let mut sets_missing = false;
        match self.codec {
            // Padding alone has a number too: it goes on as it is, or viewers would miss it.
            _ if payload.is_empty() => {}
            Codec::Opus => {
                if arrival == Arrival::Original {
                    self.loudness.hear(now, audio_level, payload.len());
                }
            }
            Codec::Vp8 => {
                let Some((descriptor, len)) = vp8::read(payload).filter(|&(_, len)| len < payload.len()) else {
                    return Taken::Dropped;
                };
                body = &payload[len..];
                packet.vp8 = Some(descriptor);
                packet.starts_key_frame = vp8::starts_key_frame(&descriptor, body);
                if packet.starts_key_frame {
                    self.key_frame.size = vp8::picture_size(body).or(self.key_frame.size);
                }
            }
            Codec::H264 => {
                let found = h264::contents(payload);
                if found.sps || found.pps {
                    self.sets.learn(payload);
                    self.key_frame.size = self.sets.size().or(self.key_frame.size);
                }
                let sets_came = self.key_frame.sets_timestamp == Some(header.timestamp);
                packet.starts_key_frame = found.sps && !sets_came;
                sets_missing = found.idr_start
                    && !found.sps
                    && !sets_came
                    && self.is_new_key_frame(header.timestamp)
                    // Later packets keep the numbers they have.
                    && self.numbering.highest == Some(extended)
                    && self.begins_frame(extended, header.timestamp);
                if found.sps {
                    self.key_frame.sets_timestamp = Some(header.timestamp);
                }
            }
        }
        if sets_missing {
            self.insert_sets(now, extended, header.timestamp);
        }
        packet.number = self.numbering.number(extended);
        if !self.ring.store(packet, body) {
            return Taken::Dropped;
        }
        if packet.starts_key_frame {
            self.note_key_frame(now, header.timestamp, packet.number);
        }
        self.count(now, header, payload.len(), extended, arrival);
        self.counters.temporal.count(&packet, payload.len());
        if arrival == Arrival::Original {
            self.clock.learn(header.timestamp, now);
        }
        self.queue(now, packet.number);
        self.last_arrival = Some(now);
        let revived = !std::mem::replace(&mut self.live, true);
        Taken::New(revived)
    }

    /// Takes one packet that was sent again (RFC 4588), its own sequence number already back in the header. Only what is missing
    /// is taken: no retransmission can move the stream further than to the packet that was asked for.
    pub fn take_repair(
        &mut self,
        now: Instant,
        header: &rtp::Header,
        payload: &[u8],
        audio_level: Option<u8>,
    ) -> Taken {
        let missing = self.numbering.highest.map(|highest| rtp::extend_seq(highest, header.seq));
        match missing.filter(|&number| self.missing.contains(number)) {
            Some(_) => self.take_as(Way::SentAgain, now, header, payload, audio_level),
            None => Taken::Dropped,
        }
    }

    /// How long its packets are held.
    #[must_use]
    pub fn hold(&self) -> Duration {
        self.hold
    }

    /// Holds packets that come from now on for so long.
    pub fn set_hold(&mut self, hold: Duration, now: Instant) {
        self.held_until = (!self.hold.max(hold).is_zero()).then(|| now + 2 * self.hold.max(hold));
        self.hold = hold;
    }

    /// Whether packets that leave now may have been held: then it isn't the relay that is late.
    #[must_use]
    pub fn was_held(&self, now: Instant) -> bool {
        !self.hold.is_zero() || self.held_until.is_some_and(|until| now < until)
    }

    /// Lets those wait to be forwarded that were held for long enough; `true` if there are any.
    pub fn release(&mut self, now: Instant) -> bool {
        let mut released = false;
        while let Some(&(_, number)) = self.held.front().filter(|(due, _)| *due <= now) {
            self.held.pop_front();
            self.queue_now(number);
            released = true;
        }
        released
    }

    /// Whether the packet with this number is held.
    #[must_use]
    pub fn holds(&self, number: u64) -> bool {
        self.held.iter().any(|&(_, held)| held == number)
    }

    /// When the next one that is held is to be released.
    #[must_use]
    pub fn release_due(&self) -> Option<Instant> {
        self.held.front().map(|(due, _)| *due)
    }

    /// Numbers waiting to be forwarded, in the order of arrival.
    #[must_use]
    pub fn pending(&self) -> &[u64] {
        &self.pending
    }

    /// Whether what waits ends a picture: nothing is to come that would leave in the same runs.
    #[must_use]
    pub fn waits_whole(&self) -> bool {
        self.pending.last().and_then(|&number| self.ring.get(number)).is_some_and(|(packet, _)| packet.marker)
    }

    /// The first `count` of [`pending`](Self::pending) have been forwarded.
    pub fn forwarded(&mut self, count: usize) {
        self.pending.drain(..count);
    }

    /// When its last key frame began, if it had one.
    #[must_use]
    pub fn last_key_frame(&self) -> Option<Instant> {
        self.key_frame.last.map(|(at, ..)| at)
    }

    /// What is kept since its last key frame, if nothing of it is missing.
    #[must_use]
    pub fn group(&self, now: Instant) -> Option<Group> {
        let (began, _, first) = self.key_frame.last?;
        let highest = self.numbering.number(self.numbering.highest?);
        // Those that are held come by themselves.
        let last = self.held.front().map_or(highest, |&(_, held)| held - 1);
        if last < first {
            return None;
        }
        let age = now.saturating_duration_since(began);
        let mut group = Group { first, last, live_from: 0, bytes: 0, age };
        for number in first..=last {
            let (packet, payload) = self.ring.get(number)?;
            group.bytes += payload.len();
            group.live_from = packet.timestamp;
        }
        Some(group)
    }

    /// Somebody needs a key frame: a peer, or no single one.
    pub fn want_key_frame(&mut self, reason: KeyFrameReason, peer: Option<PeerSerial>) {
        // One that is held is on its way.
        let comes = self.key_frame.last.is_some_and(|(.., first)| self.holds(first));
        if self.codec.kind() == MediaKind::Video && !comes {
            self.key_frame.wanted.get_or_insert((reason, peer));
        }
    }

    /// What the source should be asked for a key frame for now, if it should be; the asking is noted.
    pub fn should_ask(&mut self, now: Instant) -> Option<Cause> {
        let rested =
            self.key_frame.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= KEY_FRAME_INTERVAL);
        let cause = self.key_frame.wanted.filter(|_| self.live && rested)?;
        self.key_frame.asked = Some(now);
        self.key_frame.requests.count(cause.0);
        Some(cause)
    }

    /// Finds out whether the source has fallen silent; `true` if it has since the last look. `others` tells whether other layers
    /// of the same picture arrive.
    pub fn check_silence(&mut self, now: Instant, others: bool) -> bool {
        let limit = match self.codec.kind() {
            MediaKind::Video if others => LAYER_SILENCE,
            MediaKind::Video => VIDEO_SILENCE,
            MediaKind::Audio => AUDIO_SILENCE,
        };
        let silent = self.last_arrival.is_none_or(|last| now.saturating_duration_since(last) > limit);
        let was_live = self.live;
        self.live = was_live && !silent;
        was_live && silent
    }

    /// Reception since the last call, for a receiver report; `None` before the first packet.
    pub fn reception(&mut self) -> Option<Reception> {
        let highest = self.numbering.highest?;
        let expected = (highest + 1).saturating_sub(self.counters.first? + self.numbering.skipped);
        let received = self.counters.packets;
        let (expected_before, received_before) = std::mem::replace(&mut self.counters.reported, (expected, received));
        let expected_since = expected.saturating_sub(expected_before);
        let lost_since = expected_since.saturating_sub(received.saturating_sub(received_before));
        let fraction = (lost_since * 256).checked_div(expected_since).unwrap_or(0).min(255);
        Some(Reception {
            fraction_lost: fraction as u8,
            total_lost: expected.saturating_sub(received).min(0x7f_ffff) as u32,
            highest: highest as u32,
            jitter: self.counters.jitter_ticks as u32,
        })
    }

    /// Rolls the one-second rates over.
    pub fn roll(&mut self, now: Instant) {
        let counters = &mut self.counters;
        if let Some((since, bytes, frames)) = counters.second {
            let elapsed = now.saturating_duration_since(since);
            counters.bps = Bitrate::of(counters.bytes - bytes, elapsed).as_bps();
            // A layer that sleeps will take again what it took.
            counters.needs = if self.live { counters.needs * 0.9 } else { counters.needs }.max(counters.bps as f64);
            counters.fps = (counters.frames - frames) as f32 / elapsed.as_secs_f32().max(0.001);
        }
        counters.second = Some((now, counters.bytes, counters.frames));
        counters.temporal.roll();
    }

    /// What it takes without its higher temporal layers: the lowest alone first, then with each but the highest; nothing if it has one.
    pub fn thinned_needs(&self) -> impl Iterator<Item = Bitrate> {
        self.counters.temporal.below_top().iter().map(|share| Bitrate::bps((self.counters.needs * share) as u64))
    }

    /// What a viewer's way must bear for it; zero before its first second is over.
    #[must_use]
    pub fn needs(&self) -> Bitrate {
        Bitrate::bps(self.counters.needs as u64)
    }

    /// When its latest packet came.
    #[must_use]
    pub fn last_arrival(&self) -> Option<Instant> {
        self.last_arrival
    }

    /// Width and height of its picture, from its last key frame.
    #[must_use]
    pub fn size(&self) -> Option<(u16, u16)> {
        self.key_frame.size
    }

    /// What is known of it as a layer.
    #[must_use]
    pub fn offered(&self) -> Offered {
        let pixels = self.key_frame.size.map(|(width, height)| u32::from(width) * u32::from(height));
        Offered { live: self.live, pixels }
    }

    /// Somebody needs this layer now.
    pub fn want_layer(&mut self, now: Instant) {
        let since = self.family.wanted.filter(|_| self.is_wanted(now)).map_or(now, |(_, since)| since);
        self.family.wanted = Some((now, since));
    }

    /// Whether somebody needs this layer, or did a moment ago.
    #[must_use]
    pub fn is_wanted(&self, now: Instant) -> bool {
        self.family.wanted.is_some_and(|(last, _)| now.saturating_duration_since(last) < WANTED_STILL)
    }

    /// Whether it can be had: it is there, or would be if somebody wanted it.
    #[must_use]
    pub fn can_wake(&self, now: Instant) -> bool {
        let waking = |(_, since)| now.saturating_duration_since(since) < WAKING;
        self.live || !self.is_wanted(now) || self.family.wanted.is_some_and(waking)
    }

    /// Its figures.
    #[must_use]
    pub fn figures(&self, now: Instant) -> PublicationFigures {
        let video = self.codec.kind() == MediaKind::Video;
        let span = |(highest, first): (u64, u64)| (highest + 1).saturating_sub(first + self.numbering.skipped);
        let expected = self.numbering.highest.zip(self.counters.first).map_or(0, span);
        PublicationFigures {
            id: self.id,
            participant: self.participant.clone(),
            role: self.role,
            codec: self.codec,
            live: self.live,
            packets: self.counters.packets,
            lost: expected.saturating_sub(self.counters.packets + self.counters.repaired),
            repaired: self.counters.repaired,
            jitter_ms: (self.counters.jitter_ticks * 1000.0 / f64::from(self.codec.clock_rate())) as f32,
            bps: if self.live { self.counters.bps } else { 0 },
            fps: if video && self.live { self.counters.fps } else { 0.0 },
            key_frame_age_ms: self.key_frame.last.map(|(at, ..)| now.saturating_duration_since(at).as_millis() as u64),
            size: self.key_frame.size,
            viewers: self.subscribers.len() as u32,
            key_frame_requests: self.key_frame.requests,
            delays: self.delays,
        }
    }

    /// Notes how it is now.
    pub fn sample(&mut self, now: Instant) {
        let figures = self.figures(now);
        let sample = StreamSample {
            live: figures.live,
            packets: figures.packets,
            bytes: self.counters.bytes,
            lost: figures.lost,
            repaired: figures.repaired,
            jitter_ms: figures.jitter_ms,
            frames: self.counters.frames,
            key_frame_requests: figures.key_frame_requests,
            viewers: figures.viewers,
            delays: figures.delays,
        };
        self.flight.note(now, sample);
    }

    fn is_new_key_frame(&self, timestamp: u32) -> bool {
        self.key_frame.last.is_none_or(|(_, last, _)| last != timestamp)
    }

    /// Whether a packet is known to be its frame's first: the one before it is here and of another frame. While that one is
    /// missing it may be the parameter sets, still under way.
    fn begins_frame(&self, extended: u64, timestamp: u32) -> bool {
        self.counters.packets == 0
            || self
                .ring
                .get(self.numbering.number(extended - 1))
                .is_some_and(|(before, _)| before.timestamp != timestamp)
    }

    /// Puts the cached parameter sets before an IDR that came without them. The inserted packet takes a number of its own
    /// and becomes the key frame's start.
    fn insert_sets(&mut self, now: Instant, extended: u64, timestamp: u32) {
        let mut sets = [0; PAYLOAD_BYTES_MAX];
        let Some(len) = self.sets.write(&mut sets) else { return };
        let number = self.numbering.insert_before(extended);
        let mut inserted = Packet::new(number, timestamp, false, now);
        inserted.starts_key_frame = true;
        if self.ring.store(inserted, &sets[..len]) {
            self.note_key_frame(now, timestamp, number);
            self.queue(now, number);
        }
    }

    fn note_key_frame(&mut self, now: Instant, timestamp: u32, number: u64) {
        self.key_frame.last = Some((now, timestamp, number));
        self.key_frame.wanted = None;
    }

    fn queue(&mut self, now: Instant, number: u64) {
        if self.hold.is_zero() && self.held.is_empty() {
            self.queue_now(number);
            return;
        }
        if self.held.len() == PENDING_MAX
            && let Some((_, first)) = self.held.pop_front()
        {
            self.queue_now(first);
        }
        // What was sent again takes its place among those that have not left.
        let place = self.held.iter().position(|&(_, later)| later > number).unwrap_or(self.held.len());
        let due = self.held.get(place).map_or(now + self.hold, |&(due, _)| due);
        self.held.insert(place, (due, number));
    }

    fn queue_now(&mut self, number: u64) {
        if self.pending.len() == PENDING_MAX {
            self.pending.remove(0);
        }
        self.pending.push(number);
    }

    fn count(&mut self, now: Instant, header: &rtp::Header, bytes: usize, extended: u64, arrival: Arrival) {
        let rate = f64::from(self.codec.clock_rate());
        let counters = &mut self.counters;
        counters.bytes += (bytes + header.len) as u64;
        if arrival == Arrival::Repaired {
            counters.repaired += 1;
            return;
        }
        counters.packets += 1;
        counters.first = Some(counters.first.map_or(extended, |first| first.min(extended)));
        if let Some((arrival, timestamp)) = counters.transit.replace((now, header.timestamp)) {
            let ticks = now.saturating_duration_since(arrival).as_secs_f64() * rate;
            let difference = (ticks - f64::from(rtp::timestamp_step(timestamp, header.timestamp))).abs();
            // A jump of the sender's clock says nothing of the network.
            if difference < rate {
                counters.jitter_ticks += (difference - counters.jitter_ticks) / 16.0;
            }
        }
        if counters.frame_timestamp != Some(header.timestamp) {
            counters.frame_timestamp = Some(header.timestamp);
            counters.frames += 1;
        }
    }
}

impl Numbering {
    /// The extended sequence number of `seq`; a jump too far to be loss starts a new stretch after the old one, of which
    /// nothing is missing any more.
    fn extend(&mut self, header: &rtp::Header, missing: &mut Missing) -> u64 {
        let seq = header.seq;
        let Some(highest) = self.highest else {
            let first = FIRST_NUMBER + u64::from(seq);
            self.highest = Some(first);
            return first;
        };
        let extended = rtp::extend_seq(highest, seq);
        if extended.abs_diff(highest) > SEQUENCE_JUMP {
            let next = highest + 1;
            let stretched = (next & !0xffff) + u64::from(seq);
            let extended = if stretched < next { stretched + 0x1_0000 } else { stretched };
            self.skipped += extended - next;
            self.highest = Some(extended);
            missing.restart(extended, header.timestamp);
            return extended;
        }
        self.highest = Some(highest.max(extended));
        extended
    }

    fn number(&self, extended: u64) -> u64 {
        let inserted = self.insertions.iter().filter(|&&before| before <= extended).count() as u64;
        extended - self.skipped + inserted + self.forgotten
    }

    /// Makes place for one packet before `extended` and returns its number.
    fn insert_before(&mut self, extended: u64) -> u64 {
        let number = self.number(extended);
        if self.insertions.len() == INSERTIONS_MAX {
            self.insertions.remove(0);
            self.forgotten += 1;
        }
        self.insertions.push(extended);
        number
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    fn made(codec: Codec) -> Publication {
        let participant = "p".parse().expect("a slug");
        Publication::new(PublicationId(1), 0, participant, "p".into(), Role::Main, codec)
    }

    fn take(publication: &mut Publication, now: Instant, seq: u16, timestamp: u32, payload: &[u8]) -> Taken {
        let mut packet = vec![0x80, 96];
        packet.extend_from_slice(&seq.to_be_bytes());
        packet.extend_from_slice(&timestamp.to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0, 1]);
        let header = rtp::Header::parse(&packet).expect("a whole header");
        publication.take(now, &header, payload, None)
    }

    const SPS: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0x40];
    const PPS: &[u8] = &[0x68, 0xce, 0x3c, 0x80];

    fn starts(publication: &Publication) -> Vec<bool> {
        let find = |&number: &u64| publication.ring.get(number).expect("stored").0.starts_key_frame;
        publication.pending().iter().map(find).collect()
    }

    #[test]
    fn a_key_frame_starts_with_its_parameter_sets() {
        let now = Instant::now();
        let mut publication = made(Codec::H264);
        take(&mut publication, now, 10, 0, SPS);
        take(&mut publication, now, 11, 0, PPS);
        take(&mut publication, now, 12, 0, &[0x65, 1]);
        take(&mut publication, now, 13, 0, &[0x65, 2]);
        assert_eq!(starts(&publication), [true, false, false, false]);
        assert_eq!(publication.figures(now).size, Some((1280, 720)));
    }

    #[test]
    fn parameter_sets_are_inserted_before_an_idr_without_them() {
        let now = Instant::now();
        let mut publication = made(Codec::H264);
        for (seq, timestamp, payload) in [
            (10, 0, SPS),
            (11, 0, PPS),
            (12, 0, &[0x65, 1][..]),
            (13, 9, &[0x61]),
            (14, 18, &[0x65, 3]),
            (15, 18, &[0x65, 4]),
        ] {
            take(&mut publication, now, seq, timestamp, payload);
        }
        assert_eq!(starts(&publication), [true, false, false, false, true, false, false]);
        let first = publication.pending()[0];
        let numbers: Vec<u64> = publication.pending().iter().map(|number| number - first).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(take(&mut publication, now, 16, 27, &[0x61]), Taken::New(false));
        assert_eq!(publication.pending().last().map(|number| number - first), Some(7));
    }

    #[test]
    fn payloads_are_taken_up_to_what_an_ethernet_frame_brings() {
        let now = Instant::now();
        let mut publication = made(Codec::H264);
        let mut payload = [7; PAYLOAD_BYTES_MAX + 1];
        payload[0] = 0x61;
        // GStreamer's payloaders fill 1400 bytes of RTP unless told otherwise.
        for (seq, len) in [(10, 1388), (11, 1450)] {
            assert!(matches!(take(&mut publication, now, seq, 0, &payload[..len]), Taken::New(_)), "{len} bytes");
        }
        assert_eq!(take(&mut publication, now, 12, 0, &payload), Taken::Dropped);
    }

    #[test]
    fn a_group_is_whole_or_none() {
        let now = Instant::now();
        let mut publication = made(Codec::Vp8);
        assert_eq!(publication.group(now), None);
        take(&mut publication, now, 10, 0, &[0x10, 1, 9, 9]);
        take(&mut publication, now, 11, 3000, &[0x10, 0, 0, 0]);
        take(&mut publication, now, 12, 3000, &[0x00, 7, 7]);
        take(&mut publication, now, 14, 6000, &[0x10, 1]);
        assert_eq!(publication.group(now), None, "one is missing");
        take(&mut publication, now, 13, 3000, &[0x00, 8]);
        let group = publication.group(now + Duration::from_millis(70)).expect("all is there");
        assert_eq!((group.last - group.first, group.live_from, group.bytes), (3, 6000, 7));
        assert_eq!(group.age, Duration::from_millis(70));
    }

    #[test]
    fn late_packets_keep_their_own_number_and_duplicates_are_dropped() {
        let now = Instant::now();
        let mut publication = made(Codec::Opus);
        assert_eq!(take(&mut publication, now, 65_535, 0, b"a"), Taken::New(true));
        assert_eq!(take(&mut publication, now, 1, 20, b"c"), Taken::New(false));
        assert_eq!(take(&mut publication, now, 0, 10, b"b"), Taken::New(false));
        assert_eq!(take(&mut publication, now, 0, 10, b"b"), Taken::Dropped);
        let first = publication.pending()[0];
        assert_eq!(publication.pending().iter().map(|number| number - first).collect::<Vec<_>>(), [0, 2, 1]);
        assert_eq!(publication.figures(now).lost, 0);
    }

    #[test]
    fn a_restarted_stream_goes_on_after_the_old_one() {
        let now = Instant::now();
        let mut publication = made(Codec::Opus);
        take(&mut publication, now, 60_000, 0, b"a");
        take(&mut publication, now, 20_000, 0, b"b");
        take(&mut publication, now, 20_001, 0, b"c");
        let pending = publication.pending();
        assert_eq!(pending.iter().map(|number| number - pending[0]).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(publication.figures(now).lost, 0);
    }

    #[test]
    fn a_source_is_asked_for_key_frames_once_a_second_at_most() {
        let now = Instant::now();
        let mut publication = made(Codec::Vp8);
        take(&mut publication, now, 1, 0, &[0x10, 1, 0, 0]);
        let asked = (0..50)
            .filter(|tenth| {
                publication.want_key_frame(KeyFrameReason::Viewer, None);
                publication.should_ask(now + Duration::from_millis(tenth * 100)).is_some()
            })
            .count();
        assert_eq!(asked, 5);
        let requests = publication.figures(now).key_frame_requests;
        assert_eq!(requests, KeyFrameRequests { viewer: 5, ..KeyFrameRequests::default() });
        take(&mut publication, now, 2, 3000, &[0x10, 0, 0, 0]);
        assert!(publication.should_ask(now + Duration::from_secs(9)).is_none(), "it has come");
    }

    #[test]
    fn a_silent_source_is_not_live() {
        let now = Instant::now();
        let mut publication = made(Codec::H264);
        assert!(!publication.check_silence(now, false), "it never was live");
        take(&mut publication, now, 1, 0, &[0x61]);
        assert!(!publication.check_silence(now + Duration::from_secs(1), false));
        assert!(publication.check_silence(now + Duration::from_secs(3), false));
        assert!(!publication.check_silence(now + Duration::from_secs(4), false), "known already");
        assert_eq!(take(&mut publication, now, 2, 0, &[0x61]), Taken::New(true));
    }
}
