//! What a viewer's way bears is shared out among its slots: which of them go on, which are held back.

use super::{
    Context, Room,
    forward::copies,
    layers::{offered, top_layer},
};
use crate::{
    quantity::Bitrate,
    relay::{
        allocate::{Ask, Class, Rates, STATED_TOLERANCE, TOLERANCE, allocate, wanted},
        command::Want,
        layer::wished,
        media::Role,
        peer::{Activity, Peer},
        publication::Publication,
        shed::Level,
        slot::{Awaiting, HELD_MIN, Showing, Slot},
        stage::Stage,
        thin::LAYER_MAX,
    },
};
use slab::Slab;
use smallvec::SmallVec;
use std::time::{Duration, Instant};

/// A picture that is held back again so soon came back in vain.
const VAIN: Duration = Duration::from_secs(8);

/// What is shared out where nothing is known to bound it.
const BOUNDLESS: Bitrate = Bitrate::kbps(10_000_000);

/// Share of packets lost from which on a try is over.
const TRY_LOSS_MAX: f32 = 0.1;

/// Longest time a picture that came back in vain isn't tried again.
const HELD_MAX: Duration = Duration::from_secs(15);

impl Room {
    /// Shares out what a viewer's way bears.
    pub(super) fn grant(&mut self, place: usize, context: &Context<'_>) {
        let Self { peers, publications, stage, slots_changed, beginnings, .. } = self;
        let Some(peer) = peers.get_mut(place) else { return };
        if peer.egress.is_none() {
            return;
        }
        let (plain, sound, asks) = asks(peer, publications, stage, context.now);
        let is_held = peer
            .slots()
            .iter()
            .any(|slot| slot.held_back.is_some() || slot.granted.is_some() || slot.frames < LAYER_MAX);
        let Peer { activity: Activity::Views(slots), egress: Some(egress), .. } = peer else { return };
        // A picture that matters and is held back for its way's sake comes back by a probe alone: a worker that is behind takes the
        // time for that, or nobody would see it until the rush is over.
        let is_missed = asks.iter().any(|ask| ask.class <= Class::OnAir && ask.running.is_none());
        egress.tick(context.now, wanted(sound, &asks), context.shed.probes() || is_missed);
        if egress.probes(context.now) {
            self.pace_due.get_or_insert(context.now);
        }
        // Nothing but a try shows whether such a viewer's way bears more by now.
        let first = asks.iter().min_by_key(|ask| ask.order()).filter(|ask| ask.running.is_none());
        if egress.is_stated() {
            if peer.counters.loss.is_some_and(|loss| loss >= TRY_LOSS_MAX) {
                egress.end_try(context.now);
            } else if first.is_some_and(|ask| has_rested(&slots[ask.slot], context.now)) {
                egress.try_out(context.now);
            }
        }
        let bearable = egress.bearable(context.now);
        peer.counters.copies = copies(peer.counters.loss, plain, bearable);
        let bearable = match bearable {
            Some(bearable) => bearable,
            // Of a way that nobody knows nothing is held back, but for the worker's sake; what was then comes back.
            None if context.shed == Level::Nothing && (egress.measures() || !is_held) => return,
            None => BOUNDLESS,
        };
        // An estimate that follows what is sent must not hold back all of it: it would never rise again. What a viewer states is tried.
        let tolerance = match egress.only_follows() {
            true if egress.is_stated() => STATED_TOLERANCE,
            true => 0.0,
            false => TOLERANCE,
        };
        let grants = allocate(bearable, sound, &asks, tolerance);
        let mut other_layer = false;
        for (ask, borne) in asks.iter().zip(grants) {
            let most = context.shed.layers_max(ask.class).checked_sub(1);
            let granted = most.and_then(|most| Some(borne?.min(ask.thinned.saturating_add(most))));
            let slot = &mut peer.slots_mut()[ask.slot];
            slot.shed = granted != borne;
            other_layer |= granted.is_some_and(|rank| note_rank(slot, ask, rank, context.now));
            if granted.is_some() == ask.running.is_some() {
                continue;
            }
            let since = slot.held_since.map(|since| context.now.saturating_duration_since(since));
            let rested = has_rested(slot, context.now);
            let Some(source) = slot.target.and_then(|target| Some((target, publications.get_mut(target)?))) else {
                continue;
            };
            if granted.is_none() {
                let in_vain = since.is_some_and(|since| since < VAIN);
                slot.held_for = if in_vain { (slot.held_for * 2).min(HELD_MAX) } else { HELD_MIN };
                hold_back(slot, source.1);
            } else if rested {
                slot.held_back = None;
                slot.awaiting = Some(Awaiting::undecided(context.now));
                beginnings.push((place, ask.slot));
                if !source.1.subscribers.contains(&(place, ask.slot)) {
                    source.1.subscribers.push((place, ask.slot));
                }
            } else {
                continue;
            }
            slot.held_since = Some(context.now);
            if let Some(egress) = peer.egress.as_mut().filter(|_| granted.is_none()) {
                egress.pacer.forget(ask.slot);
            }
            if !slots_changed.contains(&place) {
                slots_changed.push(place);
            }
        }
        if other_layer {
            self.assign_viewer(place, context);
        }
    }
}

/// Notes the largest layer that is borne, and with how many frames; `true` if it is another layer than before. After either was
/// lowered they aren't raised for a while, so that a picture doesn't change its size with every change of the estimate.
fn note_rank(slot: &mut Slot, ask: &Ask, rank: usize, now: Instant) -> bool {
    let rested = slot.lowered.is_none_or(|lowered| now.saturating_duration_since(lowered) >= HELD_MIN);
    let frames = if rank < ask.thinned { rank as u8 } else { LAYER_MAX };
    if frames < slot.frames || (frames > slot.frames && rested) {
        if frames < slot.frames {
            slot.lowered = Some(now);
        }
        slot.frames = frames;
        slot.rewriter.limit(frames);
    }
    let (rank, layers) = (rank.saturating_sub(ask.thinned), ask.rates.len() - ask.thinned);
    let before = slot.granted.unwrap_or(usize::MAX);
    let most = (rank + 1 < layers).then_some(rank);
    let after = most.unwrap_or(usize::MAX);
    if after == before || (after > before && !rested) {
        return false;
    }
    if after < before {
        slot.lowered = Some(now);
    }
    slot.granted = most;
    true
}

/// Whether a picture was held back for as long as it is at least.
fn has_rested(slot: &Slot, now: Instant) -> bool {
    slot.held_since.is_none_or(|since| now.saturating_duration_since(since) >= slot.held_for)
}

fn hold_back(slot: &mut Slot, publication: &Publication) {
    slot.held_back = Some(publication.id);
    slot.awaiting = None;
    slot.rewriter.end();
    slot.showing = Showing::Nothing;
}

/// What a viewer's sound takes, alone and with its copies, and what its pictures ask for.
fn asks(
    peer: &Peer,
    publications: &Slab<Publication>,
    stage: &Stage,
    now: Instant,
) -> (Bitrate, Bitrate, SmallVec<[Ask; 16]>) {
    let (mut plain, mut sound) = (0, 0);
    let mut asks = SmallVec::new();
    for (number, slot) in peer.slots().iter().enumerate() {
        let Some(publication) = slot.target.and_then(|target| publications.get(target)) else { continue };
        if top_layer(publications, publication.family.first).is_none() {
            continue;
        }
        if !slot.is_video() {
            let times = 1 + slot.plan.red.map_or(0, |_| peer.counters.copies) as u64;
            plain += publication.needs().as_bps();
            sound += times * publication.needs().as_bps();
            continue;
        }
        let on_air = stage.on_air.as_ref() == Some(&publication.participant);
        let class = match (publication.role, &slot.want) {
            (Role::Content, _) => Class::Content,
            _ if on_air => Class::OnAir,
            (_, Want::Publication(_)) => Class::Called,
            _ => Class::Tile,
        };
        let layers = &publications[publication.family.first].family.layers;
        let (thinned, rates) = rates(slot, publications, publication.family.first, now);
        let rank = layers.iter().position(|&layer| Some(layer) == slot.target);
        let rank = rank.map(|rank| match usize::from(slot.frames) {
            frames if rank == 0 && frames < thinned => frames,
            _ => (thinned + rank).min(rates.len() - 1),
        });
        let running = rank.filter(|_| slot.held_back.is_none());
        asks.push(Ask { slot: number, class, priority: slot.priority, rates, thinned, running });
    }
    (Bitrate::bps(plain), Bitrate::bps(sound), asks)
}

/// A layer that was never seen takes so many times what the one below it does.
const STEP: u64 = 3;

/// What the layers of a picture take that are of use in a slot and can be had; the smallest always. Before it stands what it takes
/// with fewer frames, if they can be had apart: how many such rates there are comes first.
fn rates(slot: &Slot, publications: &Slab<Publication>, first: usize, now: Instant) -> (usize, Rates) {
    let most = wished(&offered(publications, first), slot.pixels_max);
    let layers = &publications[first].family.layers;
    let smallest = layers.first().map(|&layer| &publications[layer]);
    let mut rates: Rates =
        smallest.filter(|layer| layer.live).into_iter().flat_map(Publication::thinned_needs).collect();
    let thinned = rates.len();
    for (rank, &layer) in layers.iter().enumerate().take(most + 1) {
        let layer = &publications[layer];
        if rank > 0 && !layer.can_wake(now) {
            break;
        }
        if rank == 0 {
            rates.push(layer.needs());
            continue;
        }
        let least = rates.last().map_or(0, |below| below.as_bps() * STEP / 2);
        let seen = layer.needs().as_bps();
        let unseen = rates.last().map_or(0, |below| below.as_bps() * STEP);
        rates.push(Bitrate::bps(if seen > 0 { seen.max(least) } else { unseen }));
    }
    (thinned, rates)
}
