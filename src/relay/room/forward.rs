//! The packet path's second half: from a publication's ring into every slot that carries it.
//!
//! A chunk of a publication's waiting packets goes to one viewer after the other, so that a viewer's packets stand back to
//! back in the outbox and leave in one send. When the outbox is full the work stops where it is and goes on at the next call.
//! Nothing here allocates.

use super::{Context, Room, Slates};
use crate::relay::{
    figures::PeerState,
    media::{Codec, MediaKind, Pt},
    outbox::{Outbox, SEGMENTS_MAX},
    peer::{Activity, Keys, Link, Peer},
    publication::Publication,
    ring::Packet,
    route::Route,
    slot::{Outgoing, Showing, Slot},
    transport::srtp::SealStream,
};
use std::time::Instant;

/// Most packets that go to one viewer before the next has its turn: one run of segmentation offload.
pub(super) const CHUNK_PACKETS: usize = SEGMENTS_MAX;

/// Packets whose sizes differ by no more than this are made equal with padding, so that they can share a run.
const EVEN_OUT_BYTES: usize = 16;

/// A chunk under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forwarding {
    publication: usize,
    packets: usize,
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
    /// Forwards all waiting sound, and all waiting video if its time has come. Then sends the slates that are due.
    pub fn forward(&mut self, context: &mut Context<'_>) -> Progress {
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
        self.send_slates(context)
    }

    /// When waiting video must be forwarded.
    #[must_use]
    pub fn video_due(&self) -> Option<Instant> {
        self.video_due
    }

    fn next_chunk(&mut self, video: bool) -> Option<Forwarding> {
        let ready = |&&place: &&usize| video || self.publications[place].codec.kind() == MediaKind::Audio;
        let publication = *self.dirty.iter().find(ready)?;
        let packets = self.publications[publication].pending().len().min(CHUNK_PACKETS);
        even_out(&self.publications[publication], packets, &mut self.padding);
        Some(Forwarding { publication, packets, next_subscriber: 0 })
    }

    fn forward_chunk(&mut self, work: &mut Forwarding, context: &mut Context<'_>) -> Progress {
        let Self { publications, peers, padding, slots_changed, .. } = self;
        let publication = &mut publications[work.publication];
        while let Some(&(place, number)) = publication.subscribers.get(work.next_subscriber) {
            if !context.outbox.has_room_for(work.packets) {
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
            let begun = send(publication, work, padding, &mut peers[place], number, context.now, context.outbox);
            if begun && !slots_changed.contains(&place) {
                slots_changed.push(place);
            }
        }
        Progress::Done
    }

    fn send_slates(&mut self, context: &mut Context<'_>) -> Progress {
        while let Some(&(place, number)) = self.slates_due.front() {
            if let Some(peer) = self.peers.get_mut(place) {
                let codec = peer.slots()[number].plan.codecs.first().map_or(self.codec, |first| first.codec);
                if !context.outbox.has_room_for(context.slates.of(codec).payloads.len()) {
                    return Progress::Full;
                }
                send_slate(peer, number, codec, context.slates, context.now, context.outbox);
            }
            self.slates_due.pop_front();
        }
        Progress::Done
    }
}

/// Sends a chunk to one slot; `true` if the slot began to carry the publication with it.
fn send(
    publication: &Publication,
    work: &Forwarding,
    padding: &[u8],
    peer: &mut Peer,
    number: usize,
    now: Instant,
    outbox: &mut Outbox,
) -> bool {
    let state = peer.state(now);
    let video = publication.codec.kind() == MediaKind::Video;
    let held_back = if video { state != PeerState::Connected } else { state == PeerState::Silent };
    let Some(address) = peer.address().filter(|_| !held_back) else { return false };
    let Link::Webrtc(webrtc) = &mut peer.link else { return false };
    let Some(keys) = &mut webrtc.keys else { return false };
    let Activity::Views(slots) = &mut peer.activity else { return false };
    let slot = &mut slots[number];
    let (Some(stream), Some(pt)) = (slot.stream, slot.pt(publication.codec)) else { return false };
    let mut begun = false;
    let pending = publication.pending();
    for (at, &waiting) in pending[..work.packets].iter().enumerate() {
        let Some((packet, payload)) = publication.ring.get(waiting) else { continue };
        let begins = slot.awaiting.is_some() && slot.target == Some(work.publication);
        let begins = begins && (!video || packet.starts_key_frame);
        if begins {
            let moment = publication.clock.moment(packet.timestamp, now);
            let timestamp = peer.clock.timestamp(moment, publication.codec.clock_rate());
            slot.rewriter.begin(packet, timestamp);
            slot.showing = Showing::Live(work.publication, publication.id);
            slot.awaiting = None;
            begun = true;
        }
        if !matches!(slot.showing, Showing::Live(shown, _) if shown == work.publication) {
            continue;
        }
        let mut wire = Wire { address, pt, stream, keys, slot, outbox, bytes_out: &mut peer.counters.bytes.1 };
        // Sound carries its marker at the start of a talk spurt only, which a change of source is.
        let marker = packet.marker || (begins && !video);
        wire.send(publication.id.0, packet, payload, marker, padding[at]);
        if begins {
            // What has overtaken the key frame's first packet was of no use until now.
            for number in waiting + 1..=waiting + OVERTAKING_MAX {
                let overtook = publication.ring.get(number).filter(|_| !pending[at + 1..].contains(&number));
                if let Some((packet, payload)) = overtook
                    && wire.outbox.has_room_for(work.packets - at)
                {
                    wire.send(publication.id.0, packet, payload, packet.marker, 0);
                }
            }
        }
    }
    begun
}

/// How far packets may overtake the first of a key frame and still be shown with it.
const OVERTAKING_MAX: u64 = 32;

/// Everything one packet needs on its way out to one slot.
struct Wire<'a> {
    address: Route,
    pt: Pt,
    stream: SealStream,
    keys: &'a mut Keys,
    slot: &'a mut Slot,
    outbox: &'a mut Outbox,
    bytes_out: &'a mut u64,
}

impl Wire<'_> {
    /// Rewrites, copies and seals one packet of the source the slot carries.
    fn send(&mut self, source: u32, packet: &Packet, payload: &[u8], marker: bool, padding: u8) {
        let Some(place) = self.slot.rewriter.place(packet) else { return };
        self.seal(&Outgoing {
            place,
            marker,
            pt: self.pt,
            source,
            audio_level: packet.audio_level,
            vp8: packet.vp8,
            payload,
            padding: usize::from(padding),
        });
    }

    fn seal(&mut self, outgoing: &Outgoing<'_>) {
        let space = self.outbox.space();
        let len = self.slot.write(outgoing, space);
        let head = self.slot.header_len();
        // A refusal means the number was used before; the packet is dropped, never sealed a second time.
        let Ok(sealed) = self.keys.sealer.seal(self.stream, outgoing.place.index, head, space, len) else { return };
        self.outbox.commit(self.address, sealed);
        self.slot.count(outgoing.payload.len());
        *self.bytes_out += sealed as u64;
    }
}

fn send_slate(peer: &mut Peer, number: usize, codec: Codec, slates: &Slates, now: Instant, outbox: &mut Outbox) {
    let Some(address) = peer.address().filter(|_| peer.state(now) == PeerState::Connected) else { return };
    let timestamp = peer.clock.timestamp(now, codec.clock_rate());
    let Link::Webrtc(webrtc) = &mut peer.link else { return };
    let Some(keys) = &mut webrtc.keys else { return };
    let Activity::Views(slots) = &mut peer.activity else { return };
    let slot = &mut slots[number];
    let (Some(stream), Some(pt), Showing::Slate(_)) = (slot.stream, slot.pt(codec), slot.showing) else { return };
    let slate = slates.of(codec);
    let mut wire = Wire { address, pt, stream, keys, slot, outbox, bytes_out: &mut peer.counters.bytes.1 };
    for (piece, payload) in slate.payloads.iter().enumerate() {
        let outgoing = Outgoing {
            place: wire.slot.rewriter.own(timestamp, piece == 0),
            marker: piece + 1 == slate.payloads.len(),
            pt,
            source: 0,
            audio_level: None,
            vp8: slate.descriptor(piece),
            payload,
            padding: 0,
        };
        wire.seal(&outgoing);
    }
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
