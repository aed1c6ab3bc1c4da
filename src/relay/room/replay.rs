//! How a slot's target begins: with what is kept since the source's last key frame, if that is little and fresh, else with its next.
//!
//! History waits in the viewer's pacer before everything that comes after it, and its frames follow one another so fast
//! ([`rewrite`](crate::relay::rewrite)) that the viewer sees the present at once and doesn't stay behind it. So joins cost a
//! source one key frame a second at most, and a camera that can't be asked for one is seen at once.

use super::{Context, Room, lips::belongs_at};
use crate::{
    quantity::Bitrate,
    relay::{
        egress::Egress,
        figures::KeyFrameReason,
        flight::Happened,
        pacer::{WAITING_MAX, Waiting},
        peer::{Link, Peer},
        publication::{Group, Publication},
        rtp::timestamp_step,
        slot::{Beginning, Showing, Slot},
    },
};
use slab::Slab;
use std::time::{Duration, Instant};

/// How much history a viewer may begin with.
#[derive(Debug, Clone, Copy)]
struct Limits {
    age: Duration,
    bytes: usize,
}

/// Of a source that makes a key frame when asked. Many make one each two seconds by themselves; where that much is little enough,
/// they need not be asked.
const ASKABLE: Limits = Limits { age: Duration::from_millis(2100), bytes: 256 * 1024 };

/// Of a source that doesn't: whoever joins would wait for as long as its key frames are apart.
const UNASKABLE: Limits = Limits { age: Duration::from_secs(4), bytes: 512 * 1024 };

/// History must have left by then, else the present would wait too long behind it.
const CATCH_UP_MAX: Duration = Duration::from_millis(500);

/// Places in the pacer that are left for what comes meanwhile.
const PLACES_LEFT: usize = 96;

impl Room {
    /// Decides how targets begin that have not been looked at, and asks sources at once whose key frame is needed.
    pub(super) fn begin_slots(&mut self, context: &mut Context<'_>) {
        if self.beginnings.is_empty() {
            return;
        }
        let Self { peers, publications, beginnings, pace_due, .. } = self;
        // A source's way is its peer's, which may be among the viewers borrowed below.
        let askable = |peers: &Slab<Peer>, source: &Publication| {
            peers.get(source.peer).is_some_and(|peer| matches!(peer.link, Link::Webrtc(_)))
        };
        let mut wanted = false;
        beginnings.retain(|&(place, number)| {
            let target = peers.get(place).and_then(|peer| undecided(peer.slots().get(number)?));
            let Some(source) = target.and_then(|target| publications.get(target)) else { return false };
            let limits = if askable(peers, source) { ASKABLE } else { UNASKABLE };
            let Some(peer) = peers.get_mut(place).filter(|peer| peer.address().is_some()) else { return true };
            let replayed = source.group(context.now).filter(|group| {
                let egress = peer.egress.as_ref();
                egress.is_some_and(|egress| fits(group, limits, egress, source.needs(), context.now))
                    && !steps_back(group, publications, source, peer, number)
            });
            let Some(source) = target.and_then(|target| publications.get_mut(target)) else { return false };
            let by = match replayed {
                Some(group) => {
                    queue(&group, source, peer, (target.unwrap_or_default(), number), context.now);
                    *pace_due = Some(context.now);
                    Beginning::Replay(group.live_from)
                }
                None => {
                    source.want_key_frame(KeyFrameReason::Beginning, Some(peer.serial));
                    wanted = true;
                    Beginning::KeyFrame
                }
            };
            if let Some(awaiting) = &mut peer.slots_mut()[number].awaiting {
                awaiting.by = by;
            }
            false
        });
        if wanted {
            self.ask_sources(context);
        }
    }

    /// Asks those whose key frame somebody needs, as often as each may be asked.
    pub(super) fn ask_sources(&mut self, context: &mut Context<'_>) {
        for place in 0..self.publications.capacity() {
            let exists = self.publications.contains(place);
            if !exists || !context.outbox.has_room_for(1) {
                continue;
            }
            if let Some((reason, peer)) = self.publications[place].should_ask(context.now) {
                let (publication, peer) = (self.publications[place].id, peer.map(|serial| serial.0));
                self.flight.note(context.now, Happened::KeyFrameAsked { publication, reason, peer });
                self.ask_for_key_frame(place, context);
            }
        }
    }
}

/// The target of a slot for which nothing is decided yet.
fn undecided(slot: &Slot) -> Option<usize> {
    let undecided = slot.awaiting.is_some_and(|awaiting| awaiting.by == Beginning::Undecided);
    slot.target.filter(|_| undecided && slot.held_back.is_none())
}

/// Whether a viewer begins with this history.
fn fits(group: &Group, limits: Limits, egress: &Egress, needs: Bitrate, now: Instant) -> bool {
    let packets = (group.last - group.first) as usize + 1;
    let small = group.age <= limits.age
        && group.bytes <= limits.bytes
        && packets + egress.pacer.len() + PLACES_LEFT <= WAITING_MAX;
    // The present takes its share of the way as well.
    let spare = |pace: Bitrate| pace.as_bps().saturating_sub(needs.as_bps()) as f64;
    let soon =
        egress.replay_pace(now).is_none_or(|pace| group.bytes as f64 * 8.0 <= spare(pace) * CATCH_UP_MAX.as_secs_f64());
    small && soon
}

/// A layer whose latest packet is so much older than another's of the same picture is behind it, or has ended.
const BEHIND: Duration = Duration::from_millis(50);

/// Less than this between two layers' time lines is what they differ by: ten milliseconds.
const ALIKE_TICKS: i32 = 900;

/// Whether a layer's history ends before what was shown of the same picture.
fn steps_back(
    group: &Group,
    publications: &Slab<Publication>,
    source: &Publication,
    peer: &Peer,
    number: usize,
) -> bool {
    let family = source.family.first;
    let layers = publications.get(family).map(|first| &first.family.layers);
    let newest = layers.into_iter().flatten().filter_map(|&layer| publications[layer].last_arrival()).max();
    let is_behind = newest.zip(source.last_arrival()).is_some_and(|(newest, own)| newest > own + BEHIND);
    let slot = &peer.slots()[number];
    let same = match slot.showing {
        Showing::Live(shown, _) => publications.get(shown).is_some_and(|shown| shown.family.first == family),
        _ => false,
    };
    let ends_earlier = source.last_arrival().zip(slot.rewriter.last_timestamp()).is_some_and(|(fallback, last)| {
        let ends = belongs_at(peer, number, source, group.live_from, fallback);
        timestamp_step(last, ends) < -ALIKE_TICKS
    });
    is_behind || (same && ends_earlier)
}

/// Has history wait for a slot, given as its target and its number. What is still to be forwarded comes by itself.
fn queue(group: &Group, source: &Publication, peer: &mut Peer, (target, slot): (usize, usize), now: Instant) {
    let Some(egress) = &mut peer.egress else { return };
    for number in (group.first..=group.last).filter(|number| !source.pending().contains(number)) {
        let publication = (target, source.id);
        egress.pacer.push(Waiting { slot, publication, number, padding: 0, since: now });
    }
}
