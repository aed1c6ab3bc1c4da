//! The packet path's second half: from a publication's ring into every slot that carries it.
//!
//! A chunk of a publication's waiting packets goes to one viewer after the other, so that a viewer's packets stand back to
//! back in the outbox and leave in one send. When the outbox is full the work stops where it is and goes on at the next call.
//! Pictures that a viewer's way doesn't bear at once wait in its pacer (`pace`). Nothing here allocates.

use super::{Context, Room, lips::belongs_at};
use crate::quantity::{Bitrate, NtpTime};
use crate::relay::{
    codec::red,
    delay::Departures,
    egress::Egress,
    estimate::{Carried, SendTimes},
    figures::{KeyFrameReason, PeerState},
    freeze::Piece,
    media::{Codec, MediaKind, Pt},
    outbox::{Outbox, SEGMENTS_MAX},
    pacer::{PACE_TICK, Waiting},
    peer::{Activity, Counters, Keys, Link, Peer},
    publication::Publication,
    ring::{PAYLOAD_BYTES_MAX, Packet},
    route::Route,
    rtp::timestamp_step,
    slot::{Awaiting, Beginning, Outgoing, Showing, Slot, Times},
    transport::srtp::SealStream,
};
use smallvec::SmallVec;
use std::{collections::VecDeque, time::Instant};

/// Most packets that go to one viewer before the next has its turn: one run of segmentation offload.
pub(super) const CHUNK_PACKETS: usize = SEGMENTS_MAX;

/// Packets whose sizes differ by no more than this are made equal with padding, so that they can share a run.
const EVEN_OUT_BYTES: usize = 16;

/// A chunk under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forwarding {
    publication: usize,
    packets: usize,
    /// How many of them end a frame: those go twice to who loses some.
    ends: usize,
    next_subscriber: usize,
}

/// Whether forwarding is done for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Everything due has been forwarded.
    Done,
    /// The outbox is full; call again when it is empty.
    Full,
}

impl Room {
    /// Forwards all waiting sound, pictures that are whole, and all waiting video if its time has come. Then sends the slates that
    /// are due.
    pub fn forward(&mut self, context: &mut Context<'_>) -> Progress {
        self.begin_slots(context);
        let video = self.video_due.is_some_and(|due| due <= context.now);
        while let Some(mut work) = self.forwarding.take().or_else(|| self.next_chunk(video)) {
            if self.forward_chunk(&mut work, context) == Progress::Full {
                self.forwarding = Some(work);
                return Progress::Full;
            }
            let publication = &mut self.publications[work.publication];
            publication.forwarded(work.packets);
            if publication.pending().is_empty() {
                self.dirty.retain(|&place| place != work.publication);
            }
        }
        if video {
            self.video_due = None;
        }
        if self.pace(context) == Progress::Full {
            return Progress::Full;
        }
        self.send_slates(context)
    }

    /// When waiting video must be forwarded.
    #[must_use]
    pub fn video_due(&self) -> Option<Instant> {
        self.video_due
    }

    fn next_chunk(&mut self, video: bool) -> Option<Forwarding> {
        let ready = |&&place: &&usize| {
            let publication = &self.publications[place];
            video || publication.codec.kind() == MediaKind::Audio || publication.waits_whole()
        };
        let publication = *self.dirty.iter().find(ready)?;
        let packets = self.publications[publication].pending().len().min(CHUNK_PACKETS);
        even_out(&self.publications[publication], packets, &mut self.padding);
        let source = &self.publications[publication];
        let ends = |&&number: &&u64| source.ring.get(number).is_some_and(|(packet, _)| packet.marker);
        let ends = source.pending()[..packets].iter().filter(ends).count();
        Some(Forwarding { publication, packets, ends, next_subscriber: 0 })
    }

    fn forward_chunk(&mut self, work: &mut Forwarding, context: &mut Context<'_>) -> Progress {
        let Self { publications, peers, padding, slots_changed, pace_due, .. } = self;
        let publication = &mut publications[work.publication];
        while let Some(&(place, number)) = publication.subscribers.get(work.next_subscriber) {
            if !context.outbox.has_room_for(work.packets + work.ends) {
                return Progress::Full;
            }
            let follows = peers
                .get(place)
                .and_then(|peer| peer.slots().get(number))
                .is_some_and(|slot| slot.follows(work.publication));
            if !follows {
                publication.subscribers.swap_remove(work.next_subscriber);
                continue;
            }
            work.next_subscriber += 1;
            let sent = send(publication, work, padding, &mut peers[place], number, context);
            if sent.waits {
                pace_due.get_or_insert(context.now + PACE_TICK);
            }
            if sent.overflowed {
                publication.want_key_frame(KeyFrameReason::Overflow, Some(peers[place].serial));
            }
            if (sent.begun || sent.overflowed) && !slots_changed.contains(&place) {
                slots_changed.push(place);
            }
        }
        Progress::Done
    }

    /// Sends slates as fast as their viewers' ways bear: the rest of one waits as a picture's packets do.
    fn send_slates(&mut self, context: &mut Context<'_>) -> Progress {
        for _ in 0..self.slates_due.len() {
            let Some(mut due) = self.slates_due.pop_front() else { break };
            let Some(peer) = self.peers.get_mut(due.place) else { continue };
            match send_slate(peer, &mut due, self.codec, context) {
                Slating::Done => {}
                Slating::Waits => {
                    self.pace_due.get_or_insert(context.now + PACE_TICK);
                    self.slates_due.push_back(due);
                }
                Slating::Full => {
                    self.slates_due.push_front(due);
                    return Progress::Full;
                }
            }
        }
        Progress::Done
    }
}

/// A slate that is to be sent, and how much of it has been.
#[derive(Debug, Clone, Copy)]
pub(super) struct SlateDue {
    pub(super) place: usize,
    number: usize,
    sent: usize,
}

impl SlateDue {
    /// A slot's slate is to be sent, unless it is being sent.
    pub(super) fn add(all: &mut VecDeque<Self>, place: usize, number: usize) {
        if !all.iter().any(|due| (due.place, due.number) == (place, number)) {
            all.push_back(Self { place, number, sent: 0 });
        }
    }
}

/// How far a slate came.
enum Slating {
    /// All of it is sent, or it isn't wanted any more.
    Done,
    /// The viewer's way bears no more now.
    Waits,
    /// The outbox is full.
    Full,
}

/// What came of a chunk for one slot.
#[derive(Debug, Clone, Copy, Default)]
struct Sending {
    /// The slot began to carry the publication with it.
    begun: bool,
    /// Something waits in the viewer's pacer, or a probe does.
    waits: bool,
    /// More waited than fits: the slot begins anew with a key frame.
    overflowed: bool,
}

/// Sends a chunk to one slot, or lets it wait.
fn send(
    publication: &Publication,
    work: &Forwarding,
    padding: &[u8],
    peer: &mut Peer,
    number: usize,
    context: &mut Context<'_>,
) -> Sending {
    let mut sending = Sending::default();
    let video = publication.codec.kind() == MediaKind::Video;
    if is_held_back(peer, video, context.now) {
        return sending;
    }
    let pace = peer.egress.as_ref().filter(|_| video).and_then(|egress| egress.pace(context.now));
    if let (Some(rate), Some(egress)) = (pace, &mut peer.egress) {
        egress.pacer.refill(context.now, rate);
    }
    let pending = publication.pending();
    let waited = publication.was_held(context.now);
    for (at, &waiting) in pending[..work.packets].iter().enumerate() {
        let Some((packet, payload)) = publication.ring.get(waiting) else { continue };
        if let Some(egress) = peer.egress.as_mut().filter(|egress| pace.is_some() && !egress.pacer.is_free()) {
            let source = (work.publication, publication.id);
            let packet = Waiting {
                slot: number,
                publication: source,
                number: waiting,
                padding: padding[at],
                since: context.now,
            };
            if !egress.pacer.push(packet) {
                begin_anew(peer, number, context.now);
                sending.overflowed = true;
                return sending;
            }
            sending.waits = true;
            continue;
        }
        let later = |number| pending[at + 1..].contains(&number);
        let source = Source { place: work.publication, publication, packet, payload, padding: padding[at], waited };
        sending.begun |= deliver(&source, peer, number, later, context);
    }
    sending.waits |= peer.egress.as_ref().is_some_and(|egress| egress.probes(context.now));
    sending
}

/// Whether a peer gets nothing because it has not been heard of for a while, or can't be reached.
pub(super) fn is_held_back(peer: &Peer, video: bool, now: Instant) -> bool {
    match peer.state(now) {
        PeerState::Connected => false,
        PeerState::Quiet => video,
        PeerState::Connecting | PeerState::Silent => true,
    }
}

/// What waited for a slot is given up: it begins anew with its target's next key frame.
pub(super) fn begin_anew(peer: &mut Peer, number: usize, now: Instant) {
    if let Some(egress) = &mut peer.egress {
        egress.pacer.forget(number);
    }
    let slot = &mut peer.slots_mut()[number];
    slot.rewriter.end();
    slot.showing = Showing::Nothing;
    slot.awaiting = slot.target.map(|_| Awaiting::key_frame(now));
}

/// One packet of a publication on its way to a slot.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// The publication's place in the room.
    pub(super) place: usize,
    pub(super) publication: &'a Publication,
    pub(super) packet: &'a Packet,
    pub(super) payload: &'a [u8],
    pub(super) padding: u8,
    /// The viewer's way let it wait, it was held for what belongs to it, or it is history: when it leaves says nothing of the relay.
    pub(super) waited: bool,
}

/// Sends one packet to a slot, if the slot carries its publication or begins to with it: then `true`, and what has overtaken the
/// packet follows it, unless `later` says that its turn is still to come.
pub(super) fn deliver(
    source: &Source<'_>,
    peer: &mut Peer,
    number: usize,
    later: impl Fn(u64) -> bool,
    context: &mut Context<'_>,
) -> bool {
    let Source { place, publication, packet, .. } = *source;
    let video = publication.codec.kind() == MediaKind::Video;
    let slot = &peer.slots()[number];
    let awaiting = slot.awaiting.filter(|_| slot.held_back.is_none() && slot.target == Some(place));
    let beginning = awaiting.filter(|_| !video || packet.starts_key_frame).map(|awaiting| {
        let live_from = match awaiting.by {
            Beginning::Replay(live_from) if timestamp_step(packet.timestamp, live_from) > 0 => live_from,
            _ => packet.timestamp,
        };
        (live_from, belongs_at(peer, number, publication, live_from, context.now))
    });
    let Some(mut wire) = Wire::new(peer, number, publication.codec, context) else { return false };
    let slot = &mut *wire.slot;
    if let Some((live_from, timestamp)) = beginning {
        slot.rewriter.begin(packet, live_from, timestamp, video);
        slot.showing = Showing::Live(place, publication.id);
        slot.freezes.begin(packet.number, packet.timestamp);
        slot.awaiting = None;
    }
    if slot.showing != Showing::Live(place, publication.id) {
        return false;
    }
    let begins = beginning.is_some();
    // Sound carries its marker at the start of a talk spurt only, which a change of source is.
    let marker = packet.marker || (begins && !video);
    wire.send(source, marker);
    if begins {
        // What has overtaken the key frame's first packet was of no use until now.
        for number in packet.number + 1..=packet.number + OVERTAKING_MAX {
            let comes = later(number) || publication.holds(number);
            let overtook = publication.ring.get(number).filter(|_| wire.outbox.has_room_for(2) && !comes);
            if let Some((packet, payload)) = overtook {
                wire.send(&Source { packet, payload, padding: 0, waited: true, ..*source }, packet.marker);
            }
        }
    }
    begins
}

/// Most packets that another carries once more.
const COPIES_MAX: usize = 3;

/// Packets lost in a thousand below which sound is sent once: a viewer on a clean way need not be sent all of it three times.
const LOSS_NOTICED: f32 = 0.002;

/// Share of packets lost from which on two copies are too few. Viewers that have packets sent again report them as come.
const LOSS_HEAVY: f32 = 0.05;

/// Sound with its copies takes no more than this part of what a way bears: where it is narrow, copies are what is lost.
const COPIES_PART: u64 = 2;

/// How many packets before it a packet of sound carries once more to a viewer who hears so much. Nothing is known of their way
/// before its first report.
pub(super) fn copies(loss: Option<f32>, sound: Bitrate, bearable: Option<Bitrate>) -> usize {
    let wished = match loss {
        Some(loss) if loss < LOSS_NOTICED => 0,
        Some(loss) if loss >= LOSS_HEAVY => COPIES_MAX,
        _ => 2,
    };
    let times = bearable.map_or(u64::MAX, |bearable| bearable.as_bps() / COPIES_PART / sound.as_bps().max(1));
    wished.min(usize::try_from(times.saturating_sub(1)).unwrap_or(usize::MAX))
}

/// How far packets may overtake the first of a key frame and still be shown with it.
const OVERTAKING_MAX: u64 = 64;

/// Bytes of an RTX packet's original sequence number (RFC 4588 §4).
const OSN_BYTES: usize = 2;

/// Everything one packet needs on its way out to one slot.
pub(super) struct Wire<'a> {
    address: Route,
    pt: Pt,
    stream: SealStream,
    keys: &'a mut Keys,
    /// The slot's place among its viewer's.
    number: u8,
    pub(super) slot: &'a mut Slot,
    egress: &'a mut Egress,
    outbox: &'a mut Outbox,
    departures: &'a mut Departures,
    times: &'a SendTimes,
    pub(super) now: Instant,
    counters: &'a mut Counters,
    /// How many times a repair goes at once; if more than once, the ends of frames are repaired before anybody asks.
    pub(super) times_again: u8,
    /// How many packets before it a packet of sound carries once more.
    copies: usize,
    /// The time now, and the timestamp now on the viewer's time line, if the slot's packets carry times.
    clock: Option<(NtpTime, u32)>,
    rate: u32,
}

impl<'a> Wire<'a> {
    /// The way to a peer's slot; `None` if there is none, or the slot can't carry the codec.
    pub(super) fn new(peer: &'a mut Peer, number: usize, codec: Codec, context: &'a mut Context<'_>) -> Option<Self> {
        let address = peer.address()?;
        let Link::Webrtc(webrtc) = &mut peer.link else { return None };
        let Activity::Views(slots) = &mut peer.activity else { return None };
        let slot = &mut slots[number];
        let egress = peer.egress.as_mut()?;
        Some(Self {
            address,
            pt: slot.pt(codec)?,
            stream: slot.stream?,
            keys: webrtc.keys.as_mut()?,
            number: number as u8,
            clock: slot
                .is_told_times()
                .then(|| (context.wall.ntp(context.now), peer.clock.timestamp(context.now, codec.clock_rate()))),
            rate: codec.clock_rate(),
            times_again: match slot.is_video() && context.shed.probes() {
                true => egress.repairs(context.now, Bitrate::bps(peer.counters.bps.1)),
                false => 1,
            },
            slot,
            egress,
            outbox: context.outbox,
            departures: context.departures,
            times: context.times,
            now: context.now,
            copies: peer.counters.copies,
            counters: &mut peer.counters,
        })
    }

    /// The moments that go with a packet of this timestamp.
    fn times(&self, timestamp: u32) -> Times {
        self.clock.map_or_else(Times::default, |(leaves, now)| Times {
            leaves,
            captured: leaves.after_ticks(timestamp_step(now, timestamp), self.rate),
        })
    }

    /// Rewrites, copies and seals one packet of the source the slot carries.
    fn send(&mut self, source: &Source<'_>, marker: bool) {
        let Source { publication, packet, payload, padding, .. } = *source;
        let Some(place) = self.slot.rewriter.place(packet) else {
            if packet.vp8.is_some() {
                self.slot.freezes.left_out(self.now, packet.number, packet.timestamp);
            }
            return;
        };
        let earlier = self.earlier(publication, packet, place.timestamp, payload.len());
        let pt = self.slot.plan.red.filter(|_| !earlier.is_empty()).unwrap_or(self.pt);
        self.seal(&Outgoing {
            place,
            marker,
            pt,
            source: publication.id.0,
            audio_level: packet.audio_level,
            vp8: packet.vp8,
            earlier: &earlier,
            payload,
            padding: usize::from(padding),
            transport: self.egress.next_number(),
            times: self.times(place.timestamp),
        });
        if !source.waited {
            self.departures.note((source.place, publication.id), packet.arrival);
        }
        if self.slot.is_video() {
            let Packet { number, timestamp, marker, starts_key_frame, .. } = *packet;
            self.slot.freezes.sent(self.now, Piece { number, timestamp, marker, starts_key_frame });
        }
        if packet.marker && self.times_again > 1 {
            let seq = place.index as u16;
            if self.slot.repairs.allow(seq, 1, self.now, None) {
                self.send_again(publication, packet, payload, 1);
            }
        }
    }

    /// Sends a packet again as RTX, so many times, as far as there is room and the viewer may have more this tick.
    pub(super) fn send_again(&mut self, publication: &Publication, packet: &Packet, payload: &[u8], times: u8) {
        let (Some((stream, mut next)), Some(ssrc)) = (self.slot.rtx, self.slot.plan.rtx_ssrc) else { return };
        let Some(pt) = self.slot.rtx_pt(publication.codec) else { return };
        let Some(place) = self.slot.rewriter.again(packet) else { return };
        let seq = place.index as u16;
        for _ in 0..times {
            if self.counters.repairs_left == 0 || !self.outbox.has_room_for(1) {
                break;
            }
            let outgoing = Outgoing {
                place,
                marker: packet.marker,
                pt,
                source: publication.id.0,
                audio_level: packet.audio_level,
                vp8: packet.vp8,
                earlier: &[],
                payload,
                padding: 0,
                transport: self.egress.next_number(),
                times: self.times(place.timestamp),
            };
            let head = self.slot.header_len();
            let space = self.outbox.space();
            let plain = self.slot.write(&outgoing, space);
            space.copy_within(head..plain, head + OSN_BYTES);
            space[head..head + OSN_BYTES].copy_from_slice(&seq.to_be_bytes());
            space[2..4].copy_from_slice(&(next as u16).to_be_bytes());
            space[8..12].copy_from_slice(&ssrc.0.to_be_bytes());
            let sealed = self.keys.sealer.seal(stream, next, head, space, plain + OSN_BYTES);
            next += 1;
            let Ok(sealed) = sealed else { continue };
            self.outbox.commit(self.address, sealed);
            match self.slot.plan.extensions.transport_cc {
                Some(_) => {
                    let carried = Carried { slot: self.number, seq, again: true };
                    self.egress.sent(self.now, self.times, sealed, Some(carried));
                }
                None => self.egress.sent_unnumbered(self.now, sealed),
            }
            self.counters.repairs_left -= 1;
            self.counters.resent += 1;
            self.counters.sent(sealed);
        }
        self.slot.rtx = Some((stream, next));
    }

    /// Packets before this one that it carries once more: of sound that this viewer loses some of, and of the same source.
    fn earlier<'p>(
        &self,
        publication: &'p Publication,
        packet: &Packet,
        timestamp: u32,
        bytes: usize,
    ) -> SmallVec<[red::Block<'p>; COPIES_MAX]> {
        let mut blocks = SmallVec::new();
        if self.slot.plan.red.is_none() {
            return blocks;
        }
        let mut room = PAYLOAD_BYTES_MAX.saturating_sub(bytes + 1);
        for back in 1..=self.copies as u64 {
            let Some((before, payload)) = publication.ring.get(packet.number.wrapping_sub(back)) else { continue };
            let Some(place) = self.slot.rewriter.again(before) else { break };
            let offset = timestamp_step(place.timestamp, timestamp);
            let takes = red::BLOCK_HEADER_BYTES + payload.len();
            if !(1..=red::OFFSET_MAX as i32).contains(&offset) || payload.len() > red::BLOCK_BYTES_MAX || takes > room {
                break;
            }
            room -= takes;
            blocks.insert(0, red::Block { pt: self.pt.0, offset: offset as u16, payload });
        }
        blocks
    }

    fn seal(&mut self, outgoing: &Outgoing<'_>) {
        let space = self.outbox.space();
        let len = self.slot.write(outgoing, space);
        let head = self.slot.header_len();
        // A refusal means the number was used before; the packet is dropped, never sealed a second time.
        let Ok(sealed) = self.keys.sealer.seal(self.stream, outgoing.place.index, head, space, len) else { return };
        if let Some(kept) = &mut self.slot.kept {
            kept.keep(outgoing.place.index as u16, &self.outbox.space()[..sealed]);
        }
        self.outbox.commit(self.address, sealed);
        match self.slot.plan.extensions.transport_cc {
            Some(_) => {
                let seq = outgoing.place.index as u16;
                let carried = self.slot.rtx.map(|_| Carried { slot: self.number, seq, again: false });
                self.egress.sent(self.now, self.times, sealed, carried);
            }
            None => self.egress.sent_unnumbered(self.now, sealed),
        }
        if self.slot.is_video() && self.slot.rtx.is_some() {
            self.egress.allow_probes();
        }
        self.slot.count(outgoing.payload.len());
        self.counters.sent(sealed);
    }
}

fn send_slate(peer: &mut Peer, due: &mut SlateDue, meeting: Codec, context: &mut Context<'_>) -> Slating {
    let number = due.number;
    if is_held_back(peer, true, context.now) || !matches!(peer.slots()[number].showing, Showing::Slate(_)) {
        return Slating::Done;
    }
    let codec = peer.slots()[number].plan.codecs.first().map_or(meeting, |first| first.codec);
    let timestamp = peer.clock.timestamp(context.now, codec.clock_rate());
    let slate = context.slates.of(codec);
    let rate = peer.egress.as_ref().and_then(|egress| egress.pace(context.now));
    if let (Some(rate), Some(egress)) = (rate, &mut peer.egress) {
        egress.pacer.refill(context.now, rate);
    }
    let Some(mut wire) = Wire::new(peer, number, codec, context) else { return Slating::Done };
    while let Some(payload) = slate.payloads.get(due.sent) {
        if !wire.outbox.has_room_for(1) {
            return Slating::Full;
        }
        if rate.is_some() && !wire.egress.pacer.may_send() {
            return Slating::Waits;
        }
        let piece = due.sent;
        due.sent += 1;
        let place = wire.slot.rewriter.own(timestamp, piece == 0);
        let outgoing = Outgoing {
            place,
            marker: due.sent == slate.payloads.len(),
            pt: wire.pt,
            source: 0,
            audio_level: None,
            vp8: slate.descriptor(piece),
            earlier: &[],
            payload,
            padding: 0,
            transport: wire.egress.next_number(),
            times: wire.times(place.timestamp),
        };
        wire.seal(&outgoing);
    }
    Slating::Done
}

/// How many bytes of padding each of the first `packets` waiting packets gets, so that neighbours of almost equal size become
/// equal. The last of a row stays as it is: a run may end with a smaller packet.
fn even_out(publication: &Publication, packets: usize, padding: &mut Vec<u8>) {
    let len = |number: &u64| publication.ring.get(*number).map_or(0, |(packet, _)| packet.payload_len());
    let waiting = &publication.pending()[..packets];
    padding.clear();
    while padding.len() < packets {
        let start = padding.len();
        let (mut least, mut most) = (len(&waiting[start]), len(&waiting[start]));
        let mut end = start + 1;
        while end < packets {
            let next = len(&waiting[end]);
            let (wider_least, wider_most) = (least.min(next), most.max(next));
            if wider_most - wider_least > EVEN_OUT_BYTES {
                break;
            }
            (least, most) = (wider_least, wider_most);
            end += 1;
        }
        padding.extend(waiting[start..end - 1].iter().map(|number| (most - len(number)) as u8));
        padding.push(0);
    }
}
