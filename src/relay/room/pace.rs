//! What waits in viewers' pacers, and probes of what their ways bear: sent a few milliseconds' worth at a time.

use super::{
    Context, Room,
    forward::{Progress, Source, begin_anew, deliver, is_held_back},
};
use crate::relay::{
    egress::Egress,
    figures::KeyFrameReason,
    pacer::{PACE_TICK, WAIT_MAX},
    peer::{Activity, Link, Peer},
    publication::Publication,
    rewrite::Place,
    slot::{Outgoing, Showing, Times},
};
use slab::Slab;

/// Bytes of padding in a probe's packets, the most RTP can count (RFC 3550 §5.1).
const PROBE_PADDING: usize = 255;

impl Room {
    /// Sends what is due of what waits, and of probes.
    pub(super) fn pace(&mut self, context: &mut Context<'_>) -> Progress {
        if self.pace_due.is_none_or(|due| due > context.now) {
            return Progress::Done;
        }
        let Self { peers, publications, slots_changed, .. } = self;
        let mut waits = false;
        for (place, peer) in &mut *peers {
            let Some(rate) = peer.egress.as_ref().and_then(|egress| egress.pace(context.now)) else { continue };
            let held_back = is_held_back(peer, true, context.now);
            let Some(egress) = &mut peer.egress else { continue };
            egress.pacer.refill(context.now, rate);
            if held_back {
                while egress.pacer.pop().is_some() {}
                continue;
            }
            let mut changed = false;
            let progress = drain(peer, publications, &mut changed, context);
            if changed && !slots_changed.contains(&place) {
                slots_changed.push(place);
            }
            if progress == Progress::Full {
                return Progress::Full;
            }
            while probes(peer, context) {
                if !context.outbox.has_room_for(1) {
                    return Progress::Full;
                }
                if !send_padding(peer, context) {
                    break;
                }
            }
            let probing = |egress: &Egress| egress.probes(context.now);
            waits |= peer.egress.as_ref().is_some_and(|egress| !egress.pacer.is_empty() || probing(egress));
        }
        self.pace_due = waits.then(|| context.now + PACE_TICK);
        Progress::Done
    }
}

/// Sends what waits for one viewer as far as its pacer frees it, or a probe takes it.
fn drain(
    peer: &mut Peer,
    publications: &mut Slab<Publication>,
    changed: &mut bool,
    context: &mut Context<'_>,
) -> Progress {
    while let Some(egress) = &mut peer.egress
        && let Some(first) = egress.pacer.first()
    {
        if !egress.pacer.may_send() {
            let probes = egress.probe_due(context.now) > 0;
            if !probes {
                break;
            }
        }
        if !context.outbox.has_room_for(2) {
            return Progress::Full;
        }
        let (place, id) = first.publication;
        let Some(publication) = publications.get_mut(place).filter(|known| known.id == id) else {
            egress.pacer.pop();
            continue;
        };
        if context.now.saturating_duration_since(first.since) > WAIT_MAX {
            publication.want_key_frame(KeyFrameReason::Overflow, Some(peer.serial));
            begin_anew(peer, first.slot, context.now);
            *changed = true;
            continue;
        }
        egress.pacer.pop();
        let Some((packet, payload)) = publication.ring.get(first.number) else { continue };
        let source = Source { place, publication, packet, payload, padding: first.padding, waited: true };
        // Only at a beginning: whatever of the publication is newer than its key frame's first packet waits behind it here, or for
        // all viewers, while pictures are gathered.
        let waiting = peer.egress.as_ref().map_or(0, |egress| egress.pacer.len());
        let later: smallvec::SmallVec<[u64; 64]> = match packet.starts_key_frame && waiting > 0 {
            true => peer.egress.iter().flat_map(|egress| egress.pacer.numbers(first.slot)).collect(),
            false => smallvec::SmallVec::new(),
        };
        let is_later = |number| later.contains(&number) || publication.pending().contains(&number);
        *changed |= deliver(&source, peer, first.slot, is_later, context);
    }
    Progress::Done
}

fn probes(peer: &mut Peer, context: &Context<'_>) -> bool {
    peer.egress.as_mut().is_some_and(|egress| egress.probe_due(context.now) > 0)
}

/// Sends one packet of nothing but padding as a retransmission, which every receiver throws away; `false` if no slot has
/// retransmissions and sends.
fn send_padding(peer: &mut Peer, context: &mut Context<'_>) -> bool {
    let Some(address) = peer.address() else { return false };
    let (Link::Webrtc(webrtc), Activity::Views(slots)) = (&mut peer.link, &mut peer.activity) else { return false };
    let (Some(keys), Some(egress)) = (&mut webrtc.keys, &mut peer.egress) else { return false };
    let numbered = slots.iter_mut().filter(|slot| slot.plan.extensions.transport_cc.is_some() && slot.is_video());
    let mut sending = numbered.filter_map(|slot| {
        let sends = slot.rewriter.last_timestamp().is_some() && !matches!(slot.showing, Showing::Slate(_));
        let pt = slot.plan.codecs.iter().find_map(|codec| codec.rtx)?;
        sends.then_some((pt, slot.plan.rtx_ssrc?, slot.rtx?, slot))
    });
    let Some((pt, ssrc, (stream, next), slot)) = sending.next() else { return false };
    let timestamp = slot.rewriter.last_timestamp().unwrap_or_default();
    let now = context.wall.ntp(context.now);
    let outgoing = Outgoing {
        place: Place { index: next, timestamp, picture: (0, 0) },
        marker: false,
        pt,
        source: 0,
        audio_level: None,
        vp8: None,
        earlier: &[],
        payload: &[],
        padding: PROBE_PADDING,
        transport: egress.next_number(),
        times: Times { leaves: now, captured: now },
    };
    let space = context.outbox.space();
    let len = slot.write(&outgoing, space);
    space[8..12].copy_from_slice(&ssrc.0.to_be_bytes());
    slot.rtx = Some((stream, next + 1));
    let Ok(sealed) = keys.sealer.seal(stream, next, slot.header_len(), space, len) else { return false };
    context.outbox.commit(address, sealed);
    egress.sent(context.now, context.times, sealed, None);
    peer.counters.sent(sealed);
    true
}
