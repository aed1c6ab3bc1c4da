//! Sound and picture of the programme, kept together (唇音同步): where a picture belongs on its viewer's time line is told by the sound that
//! was captured with it.
//!
//! Browsers play the programme's two slots together by their timestamps and our sender reports. Where a source's packets come by
//! different ways, or are made with different delays, their arrival tells nothing of that; its own sender reports do. Sound sets
//! the time, since an ear hears any step in it, and the picture is put beside it.

use super::Room;
use crate::relay::{
    clock::Together,
    media::{Codec, MediaKind},
    peer::{Activity, Link, Peer},
    publication::Publication,
    rtp::timestamp_step,
    slot::{Showing, Slot},
};
use std::time::Instant;

/// A picture this far from its sound is moved, ticks of the picture: 10 ms.
const APART_MAX: u32 = 900;

/// Reports that would move a picture further than this from where it arrived are nonsense, ticks of the picture: 10 s.
const BELIEVED_MAX: u32 = 900_000;

/// Where a source's frame belongs on the time line of a viewer's slot: in the programme beside its sound, elsewhere by its arrival.
pub(super) fn belongs_at(peer: &Peer, number: usize, source: &Publication, timestamp: u32, fallback: Instant) -> u32 {
    let moment = source.clock.moment(timestamp, fallback);
    let arrived = peer.clock.timestamp(moment, source.codec.clock_rate());
    let beside = beside_sound(peer, number, source, timestamp, fallback);
    beside.filter(|&beside| timestamp_step(arrived, beside).unsigned_abs() <= BELIEVED_MAX).unwrap_or(arrived)
}

/// Where a picture's frame belongs beside the sound that its viewer hears now; `None` if that isn't known, or not its sound.
fn beside_sound(peer: &Peer, number: usize, source: &Publication, timestamp: u32, now: Instant) -> Option<u32> {
    let (sound, together) = source.sound?;
    let slots = peer.slots();
    let heard = &slots[first(slots, MediaKind::Audio)?];
    let is_programme = first(slots, MediaKind::Video) == Some(number);
    let is_heard = matches!(heard.showing, Showing::Live(_, id) if id == sound);
    let stamp = heard.rewriter.live_at(together.sound_at(timestamp)).filter(|_| is_programme && is_heard)?;
    Some(peer.clock.converted(stamp, Codec::Opus.clock_rate(), source.codec.clock_rate(), now))
}

/// The first slot of a kind: the programme's.
fn first(slots: &[Slot], kind: MediaKind) -> Option<usize> {
    slots.iter().position(|slot| slot.plan.kind == kind)
}

impl Room {
    /// Learns how a sender's picture, all its layers, and its sound belong together: by the moments of capture that their packets
    /// carry, else by its sender reports.
    pub(super) fn bring_together(&mut self, place: usize) {
        let Self { peers, publications, .. } = self;
        let Some(Peer { activity: Activity::Publishes(lines), link, .. }) = peers.get(place) else { return };
        let Some(heard) = lines.iter().find(|line| line.plan.codec.kind() == MediaKind::Audio) else { return };
        let sound = publications[heard.publication].id;
        for line in lines.iter().filter(|line| line.plan.codec.kind() == MediaKind::Video) {
            let captured = line.captured.zip(heard.captured);
            let reported =
                line.sender_report.zip(heard.sender_report).map(|((picture, _), (sound, _))| (picture, sound));
            let together = match link {
                // Its pipeline gives both the time since it began.
                Link::Leg { .. } => Some(Together::FROM_ZERO),
                Link::Webrtc(_) => captured.or(reported).and_then(|(picture, sound)| Together::of(picture, sound)),
            };
            if let Some(together) = together {
                publications[line.publication].sound = Some((sound, together));
            }
        }
    }

    /// What a second asks for: of a sender, that its time lines are not lost on their circles; of a viewer, that the programme's
    /// picture is beside its sound.
    pub(super) fn keep_together(&mut self, place: usize, now: Instant) {
        let tells = |activity: &Activity| matches!(activity, Activity::Publishes(lines) if lines.iter().any(|line| line.captured.is_some()));
        if tells(&self.peers[place].activity) {
            self.bring_together(place);
        }
        let Self { peers, publications, .. } = self;
        let peer = &mut peers[place];
        match &peer.activity {
            Activity::Publishes(lines) => {
                for line in lines {
                    let source = &mut publications[line.publication];
                    if let (Some((_, together)), Some(latest)) = (&mut source.sound, source.clock.latest()) {
                        together.keep_near(latest);
                    }
                }
            }
            Activity::Views(slots) => {
                let Some(number) = first(slots, MediaKind::Video) else { return };
                let Showing::Live(source, id) = slots[number].showing else { return };
                let rewriter = &slots[number].rewriter;
                let Some((latest, placed)) = rewriter.shiftable().and_then(|at| Some((at, rewriter.live_at(at)?)))
                else {
                    return;
                };
                let Some(source) = publications.get(source).filter(|source| source.id == id) else { return };
                let beside = beside_sound(peer, number, source, latest, now);
                let apart = beside.map_or(0, |beside| timestamp_step(placed, beside));
                if (APART_MAX..=BELIEVED_MAX).contains(&apart.unsigned_abs()) {
                    peer.slots_mut()[number].rewriter.shift(apart);
                }
            }
        }
    }
}
