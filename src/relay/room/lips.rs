//! Sound and picture of the programme, kept together (唇音同步): where a picture belongs on its viewer's time line is told by the sound that
//! was captured with it.
//!
//! Browsers play the programme's two slots together by their timestamps and our sender reports. Where a source's packets come by
//! different ways, or are made with different delays, their arrival tells nothing of that; its own sender reports do. Sound sets
//! the time, since an ear hears any step in it, and the picture is put beside it.
//!
//! A browser needs half a minute to make up for ways that differ by a few hundred milliseconds, and does it for the programme alone. So
//! where one of the two comes later by more than is usual, the other is held until then, for everybody and from the first packet of a
//! change on.

use super::{Context, Room};
use crate::relay::{
    clock::{SourceClock, Together},
    media::{Codec, MediaKind},
    peer::{Activity, Link, Peer},
    publication::Publication,
    rtp::timestamp_step,
    slot::{Showing, Slot},
};
use std::time::{Duration, Instant};

/// A picture this far from its sound is moved, ticks of the picture: 10 ms.
const APART_MAX: u32 = 900;

/// Reports that would move a picture further than this from where it arrived are nonsense, ticks of the picture: ten hours' drift of the
/// sound that it is put beside is less than 10 s.
const BELIEVED_MAX: u32 = 900_000;

/// From which lead on the earlier of the two is held, and the lead under which it is no more. What is usual between a camera's encoder
/// and a microphone's stays less.
const HELD_FROM: Duration = Duration::from_millis(60);
const HELD_UNTIL: Duration = Duration::from_millis(40);

/// The lead it is left: arrivals tell it no more exactly.
const LEAD_LEFT: Duration = Duration::from_millis(10);

/// Longest hold: far less than is kept of a picture or of sound, whose packets are 20 ms long. A lead longer than the other is nonsense,
/// and nothing is held for it.
const HOLD_MAX: Duration = Duration::from_millis(500);
const LEAD_MAX: Duration = Duration::from_secs(2);

/// A hold is not changed for less: each change is heard or seen.
const HOLD_STEP: Duration = Duration::from_millis(20);

/// How long packets are held that come so much earlier than what belongs to them, and were held for `present` so far.
fn hold(lead: Duration, present: Duration) -> Duration {
    let from = if present.is_zero() { HELD_FROM } else { HELD_UNTIL };
    let is_unusual = (from..=LEAD_MAX).contains(&lead);
    let wanted = if is_unusual { (lead - LEAD_LEFT).min(HOLD_MAX) } else { Duration::ZERO };
    if wanted.is_zero() || wanted.abs_diff(present) >= HOLD_STEP { wanted } else { present }
}

/// By how much a sender's picture comes earlier than its sound, and its sound earlier than its picture.
fn lead(picture: &SourceClock, sound: &SourceClock, together: Together, now: Instant) -> (Duration, Duration) {
    let latest = picture.latest().unwrap_or(together.picture);
    let (seen, heard) = (picture.moment(latest, now), sound.moment(together.sound_at(latest), now));
    (heard.saturating_duration_since(seen), seen.saturating_duration_since(heard))
}

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
    /// carry, else by its sender reports. What would put them further apart than any ways are is not believed.
    pub(super) fn bring_together(&mut self, place: usize, now: Instant) {
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
                let (source, sound_clock) =
                    (&publications[line.publication].clock, &publications[heard.publication].clock);
                let lead = source.latest().zip(sound_clock.latest()).map(|_| lead(source, sound_clock, together, now));
                let is_believed = lead.is_none_or(|(picture, sound)| picture.max(sound) <= LEAD_MAX);
                publications[line.publication].sound = is_believed.then_some((sound, together));
            }
        }
    }

    /// Lets packets go on that were held for long enough.
    pub(super) fn release(&mut self, context: &Context<'_>) {
        self.release_due = None;
        for place in 0..self.publications.capacity() {
            let Some(source) = self.publications.get_mut(place) else { continue };
            if source.release(context.now) {
                self.must_forward(place, context);
            }
            let due = self.publications[place].release_due();
            self.release_due = [self.release_due, due].into_iter().flatten().min();
        }
    }

    /// What a second asks for: of a sender, how much one of its streams leads; of a viewer, that the programme's picture is beside its
    /// sound.
    pub(super) fn keep_together(&mut self, place: usize, now: Instant) {
        match &self.peers[place].activity {
            Activity::Publishes(lines) => {
                if lines.iter().any(|line| line.captured.is_some()) {
                    self.bring_together(place, now);
                }
                self.hold_the_earlier(place, now);
            }
            Activity::Views(_) => self.put_beside(place, now),
        }
    }

    /// Holds what a sender's other stream comes too late for.
    fn hold_the_earlier(&mut self, place: usize, now: Instant) {
        let Self { peers, publications, .. } = self;
        let Activity::Publishes(lines) = &peers[place].activity else { return };
        let heard = lines.iter().find(|line| line.plan.codec.kind() == MediaKind::Audio);
        let Some(heard) = heard.map(|line| line.publication) else { return };
        let (sound, is_heard) = (publications[heard].clock.clone(), publications[heard].live);
        let mut leads: Option<Duration> = None;
        for line in lines.iter().filter(|line| line.publication != heard) {
            let source = &mut publications[line.publication];
            let (Some((_, together)), Some(latest)) = (&mut source.sound, source.clock.latest()) else {
                source.set_hold(Duration::ZERO, now);
                continue;
            };
            // Timestamps are a circle.
            together.keep_near(latest);
            let (picture_leads, sound_leads) = lead(&source.clock, &sound, *together, now);
            if source.live && is_heard {
                source.set_hold(hold(picture_leads, source.hold()), now);
                leads = Some(leads.map_or(sound_leads, |least| least.min(sound_leads)));
            } else {
                source.set_hold(Duration::ZERO, now);
            }
        }
        let sound = &mut publications[heard];
        sound.set_hold(leads.map_or(Duration::ZERO, |lead| hold(lead, sound.hold())), now);
    }

    /// Moves the programme's picture if it is not beside its sound.
    fn put_beside(&mut self, place: usize, now: Instant) {
        let Self { peers, publications, .. } = self;
        let peer = &mut peers[place];
        let slots = peer.slots();
        let Some(number) = first(slots, MediaKind::Video) else { return };
        let Showing::Live(source, id) = slots[number].showing else { return };
        let rewriter = &slots[number].rewriter;
        let Some(source) = publications.get(source).filter(|source| source.id == id) else { return };
        let Some((latest, placed)) = rewriter.shiftable().and_then(|at| Some((at, rewriter.live_at(at)?))) else {
            return;
        };
        let beside = beside_sound(peer, number, source, latest, now);
        let apart = beside.map_or(0, |beside| timestamp_step(placed, beside));
        if (APART_MAX..=BELIEVED_MAX).contains(&apart.unsigned_abs()) {
            peer.slots_mut()[number].rewriter.shift(apart);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unusual_lead_is_made_up_for_and_small_changes_of_it_are_let_be() {
        let ms = Duration::from_millis;
        let mut present = Duration::ZERO;
        for (lead, expect) in
            [(50, 0), (70, 60), (75, 60), (90, 80), (45, 35), (39, 0), (59, 0), (2000, 500), (2001, 0)]
        {
            present = hold(ms(lead), present);
            assert_eq!(present, ms(expect), "of a lead of {lead} ms");
        }
    }
}
