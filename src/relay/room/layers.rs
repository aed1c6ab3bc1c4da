//! Layers of one picture in a room: which of them each slot carries, which anybody needs, and what their senders are told.

use super::{Context, Room};
use crate::relay::{
    command::{LayersWanted, RoomEvent},
    figures::PublicationFigures,
    layer::{Offered, carried, wished},
    peer::Activity,
    plan::LAYERS_MAX,
    publication::Publication,
    rooms::Output,
};
use slab::Slab;
use smallvec::SmallVec;
use std::time::{Duration, Instant};

/// Another layer that was heard of so lately arrives.
const ARRIVES: Duration = Duration::from_millis(200);

/// Ticks after which publishers are told again which layers are needed, whatever was missed: five seconds.
const TOLD_AGAIN: u64 = 100;

/// The largest layer that is alive.
pub(super) fn top_layer(publications: &Slab<Publication>, first: usize) -> Option<usize> {
    let layers = &publications.get(first)?.family.layers;
    layers.iter().rev().copied().find(|&layer| publications[layer].live)
}

/// The layer that is recorded: the largest, also while it wakes, for a file whose picture changes its size can't be kept as it came.
pub(super) fn recorded_layer(publications: &Slab<Publication>, first: usize, now: Instant) -> Option<usize> {
    let layers = &publications.get(first)?.family.layers;
    layers.iter().rev().copied().find(|&layer| publications[layer].can_wake(now)).or(Some(first))
}

/// What is known of a picture's layers, the smallest first.
pub(super) fn offered(publications: &Slab<Publication>, first: usize) -> SmallVec<[Offered; LAYERS_MAX]> {
    publications[first].family.layers.iter().map(|&layer| publications[layer].offered()).collect()
}

impl Room {
    /// Whether any layer of a publication arrives.
    pub(super) fn is_live(&self, first: usize) -> bool {
        top_layer(&self.publications, first).is_some()
    }

    /// The layer of a publication that a slot is to carry now; the one it would rather have is noted.
    pub(super) fn choose_layer(&mut self, place: usize, number: usize, first: usize) -> usize {
        let offered = offered(&self.publications, first);
        let slot = &mut self.peers[place].slots_mut()[number];
        let wished = wished(&offered, slot.pixels_max);
        let desired = slot.granted.map_or(wished, |granted| wished.min(granted));
        let layers = &self.publications[first].family.layers;
        slot.desired = layers.get(desired).copied();
        layers[carried(&offered, desired)]
    }

    /// Whether another layer of the same picture arrives.
    pub(super) fn others_arrive(&self, place: usize, now: Instant) -> bool {
        let first = self.publications[place].family.first;
        let arrives = |&layer: &usize| {
            let last = self.publications[layer].last_arrival();
            layer != place && last.is_some_and(|last| now.saturating_duration_since(last) < ARRIVES)
        };
        self.publications.get(first).is_some_and(|first| first.family.layers.iter().any(arrives))
    }

    /// Puts layers in the order of their sizes, where these tell another than the offer did; `true` if any changed.
    pub(super) fn sort_layers(&mut self) -> bool {
        let mut sorted = false;
        for at in 0..self.order.len() {
            let first = self.order[at];
            let mut layers = self.publications[first].family.layers.clone();
            let pixels = |layer: &usize| self.publications[*layer].offered().pixels;
            if layers.len() > 1
                && layers.iter().all(|layer| pixels(layer).is_some())
                && !layers.is_sorted_by_key(pixels)
            {
                layers.sort_by_key(pixels);
                self.publications[first].family.layers = layers;
                sorted = true;
            }
        }
        sorted
    }

    /// Finds out which layers anybody needs, and tells their senders what has changed.
    pub(super) fn want_layers(&mut self, context: &mut Context<'_>) {
        let layered = |publications: &Slab<Publication>, first: usize| publications[first].family.layers.len() > 1;
        if !self.order.iter().any(|&first| layered(&self.publications, first)) {
            return;
        }
        let Self { peers, publications, order, tap, .. } = self;
        for (_, peer) in peers.iter() {
            for slot in peer.slots().iter().filter(|slot| slot.held_back.is_none()) {
                if let Some(layer) = slot.desired.and_then(|layer| publications.get_mut(layer)) {
                    layer.want_layer(context.now);
                }
            }
        }
        for &first in order.iter() {
            let recorded = tap.as_ref().is_some_and(|outlet| outlet.takes(&publications[first]));
            let layers = publications[first].family.layers.clone();
            // The smallest is always there for whoever comes or falls back. A recording takes the largest, or what there is of it.
            let taken = recorded_layer(publications, first, context.now).filter(|_| recorded);
            let needed = [layers.first().copied(), layers.last().copied().filter(|_| recorded), taken];
            for layer in needed.into_iter().flatten() {
                publications[layer].want_layer(context.now);
            }
        }
        let places: Vec<usize> = self.peers.iter().map(|(place, _)| place).collect();
        for place in places {
            self.tell_layers(place, context);
        }
    }

    fn tell_layers(&mut self, place: usize, context: &mut Context<'_>) {
        let Activity::Publishes(lines) = &self.peers[place].activity else { return };
        let mut changed = self.tick.is_multiple_of(TOLD_AGAIN);
        for line in lines.iter().filter(|line| line.rid.is_some()) {
            let layer = &mut self.publications[line.publication];
            let needed = layer.is_wanted(context.now);
            changed |= layer.family.told.replace(needed) != Some(needed);
        }
        // Twenty times a second: said only where something is new.
        if !changed {
            return;
        }
        let needed = |layer: &usize| {
            self.publications[*layer].family.rid.clone().filter(|_| self.publications[*layer].is_wanted(context.now))
        };
        let pictures = lines.iter().filter(|line| self.publications[line.publication].family.layers.len() > 1);
        let wanted: Vec<LayersWanted> = pictures
            .map(|line| {
                let layers = &self.publications[line.publication].family.layers;
                LayersWanted { mid: line.plan.mid.clone(), rids: layers.iter().filter_map(needed).collect() }
            })
            .collect();
        if !wanted.is_empty() {
            let (room, session) = (self.id, self.peers[place].session.clone());
            context.effects.push_back(Output::Event(RoomEvent::Layers { room, session, lines: wanted }));
        }
    }

    /// A publication's figures: those of its largest layer alive, what all layers count together.
    pub(super) fn family_figures(&self, first: usize, now: Instant) -> PublicationFigures {
        let shown = top_layer(&self.publications, first).unwrap_or(first);
        let mut figures = self.publications[shown].figures(now);
        let layers = &self.publications[first].family.layers;
        for other in layers.iter().filter(|&&layer| layer != shown).map(|&layer| self.publications[layer].figures(now))
        {
            figures.packets += other.packets;
            figures.lost += other.lost;
            figures.repaired += other.repaired;
            figures.bps += other.bps;
            figures.viewers += other.viewers;
            figures.key_frame_requests.merge(&other.key_frame_requests);
            figures.delays.merge(&other.delays);
        }
        figures
    }
}
