//! What a viewer's way bears is shared out among its slots: which of them go on, which are held back.

use super::{Context, Room};
use crate::{
    quantity::Bitrate,
    relay::{
        allocate::{Ask, Class, TOLERANCE, allocate},
        command::Want,
        media::Role,
        peer::Peer,
        publication::Publication,
        slot::{Awaiting, HELD_MIN, Showing, Slot},
        stage::Stage,
    },
};
use slab::Slab;
use smallvec::SmallVec;
use std::time::Duration;

/// A picture that is held back again so soon came back in vain.
const VAIN: Duration = Duration::from_secs(8);

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
        let (sound, asks) = asks(peer, publications, stage);
        let pictures: u64 = asks.iter().map(|ask| ask.rate.as_bps()).sum();
        let Some(egress) = &mut peer.egress else { return };
        egress.tick(context.now, Bitrate::bps(sound.as_bps() + pictures));
        if egress.probes(context.now) {
            self.pace_due.get_or_insert(context.now);
        }
        let Some(bearable) = egress.bearable(context.now) else { return };
        // An estimate that follows what is sent must not hold back all of it: it would never rise again.
        let tolerance = if egress.only_follows() { 0.0 } else { TOLERANCE };
        let grants = allocate(bearable, sound, &asks, tolerance);
        for (ask, granted) in asks.iter().zip(grants) {
            let slot = &mut peer.slots_mut()[ask.slot];
            if granted == ask.running {
                continue;
            }
            let since = slot.held_since.map(|since| context.now.saturating_duration_since(since));
            let rested = since.is_none_or(|since| since >= slot.held_for);
            let Some(source) = slot.target.and_then(|target| Some((target, publications.get_mut(target)?))) else {
                continue;
            };
            if !granted {
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
            if let Some(egress) = peer.egress.as_mut().filter(|_| !granted) {
                egress.pacer.forget(ask.slot);
            }
            if !slots_changed.contains(&place) {
                slots_changed.push(place);
            }
        }
    }
}

fn hold_back(slot: &mut Slot, publication: &Publication) {
    slot.held_back = Some(publication.id);
    slot.awaiting = None;
    slot.rewriter.end();
    slot.showing = Showing::Nothing;
}

/// What a viewer's sound takes, and what its pictures ask for.
fn asks(peer: &Peer, publications: &Slab<Publication>, stage: &Stage) -> (Bitrate, SmallVec<[Ask; 16]>) {
    let mut sound = 0;
    let mut asks = SmallVec::new();
    for (number, slot) in peer.slots().iter().enumerate() {
        let Some(publication) = slot.target.and_then(|target| publications.get(target)).filter(|known| known.live)
        else {
            continue;
        };
        let rate = publication.needs();
        if !slot.is_video() {
            sound += rate.as_bps();
            continue;
        }
        let on_air = stage.on_air.as_ref() == Some(&publication.participant);
        let class = match (publication.role, &slot.want) {
            (Role::Content, _) => Class::Content,
            _ if on_air => Class::OnAir,
            (_, Want::Publication(_)) => Class::Called,
            _ => Class::Tile,
        };
        let running = slot.held_back.is_none();
        asks.push(Ask { slot: number, class, priority: slot.priority, rate, running });
    }
    (Bitrate::bps(sound), asks)
}
