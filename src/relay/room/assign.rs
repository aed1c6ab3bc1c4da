//! What every slot should carry: the stage and the viewers' wishes, brought together.
//!
//! A change of target is a *switch* while what the slot carries may still be seen or heard: the old goes on until the new one's
//! key frame is here. It is a *revoke* when it may not: it acts at once.

use super::{Context, Room, forward::SlateDue};
use crate::{
    id::ParticipantId,
    relay::{
        command::Want,
        media::{MediaKind, Role},
        plan::AUDIO_SLOTS_MAX,
        publication::Publication,
        slate::SLATE_INTERVAL,
        slot::{Awaiting, Beginning, Showing, Slot},
        speaker,
        stage::Stage,
    },
};

/// A change of order further behind than this changes nobody's slots: a viewer has so many, and neither the programme nor its own
/// voice takes one of the free ones.
const VOICES_NOTICED: usize = AUDIO_SLOTS_MAX + 2;

/// What one slot should carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Target {
    publication: Option<usize>,
    slated: bool,
}

impl Room {
    /// Decides anew for every viewer that is connected.
    pub(super) fn assign(&mut self, context: &Context<'_>) {
        let viewers: Vec<usize> = self.peers.iter().map(|(place, _)| place).collect();
        for place in viewers {
            self.assign_viewer(place, context);
        }
    }

    /// Decides anew for one viewer, if it is connected.
    pub(super) fn assign_viewer(&mut self, place: usize, context: &Context<'_>) {
        let peer = &self.peers[place];
        if peer.slots().is_empty() || peer.webrtc().is_none_or(|webrtc| webrtc.keys.is_none()) {
            return;
        }
        let targets = self.targets(place);
        for (number, target) in targets.into_iter().enumerate() {
            self.peers[place].slots_mut()[number].desired = None;
            let layer = target.publication.map(|first| self.choose_layer(place, number, first));
            self.retarget(place, number, Target { publication: layer, ..target }, context);
        }
    }

    /// What each of a viewer's slots should carry.
    fn targets(&self, place: usize) -> Vec<Target> {
        let viewer = &self.peers[place];
        let mut targets = vec![None; viewer.slots().len()];
        for kind in [MediaKind::Video, MediaKind::Audio] {
            let of_kind = viewer.slots().iter().enumerate().filter(|(_, slot)| slot.plan.kind == kind);
            let first = of_kind.clone().map(|(number, _)| number).next();
            for (number, slot) in of_kind.clone() {
                let programme = slot.want == Want::Programme || (slot.want == Want::Automatic && Some(number) == first);
                targets[number] = match slot.want {
                    _ if programme => {
                        Some(Target { publication: self.programme(kind), slated: kind == MediaKind::Video })
                    }
                    Want::Publication(id) => {
                        let wished = self.order.iter().copied().find(|&known| self.publications[known].id == id);
                        Some(Target { publication: wished, slated: kind == MediaKind::Video })
                    }
                    Want::Nothing => Some(Target::default()),
                    Want::Automatic | Want::Programme => None,
                }
                .map(|target| target.allowed(self, slot, &viewer.participant));
            }
            let mut others = self.others(kind, &viewer.participant, &targets);
            others.retain(|&place| self.carried_by(viewer.slots(), place));
            if kind == MediaKind::Audio {
                let free = (0..targets.len())
                    .filter(|&number| viewer.slots()[number].plan.kind == kind && targets[number].is_none());
                others = self.loudest(&others, free.count());
            }
            let first_of = |place: Option<usize>| Some(self.publications.get(place?)?.family.first);
            fill(viewer.slots(), &mut targets, kind, others, first_of);
        }
        targets.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// The publication of this kind that is on air.
    fn programme(&self, kind: MediaKind) -> Option<usize> {
        let on_air = self.stage.on_air.as_ref()?;
        let fits = |known: &Publication| {
            &known.participant == on_air && known.role == Role::Main && known.codec.kind() == kind
        };
        self.order.iter().copied().find(|&place| fits(&self.publications[place]) && self.is_live(place))
    }

    /// Everybody else's live publications of this kind, in the order of arrival.
    fn others(&self, kind: MediaKind, own: &ParticipantId, taken: &[Option<Target>]) -> Vec<usize> {
        let programme = self.programme(kind);
        let fits = |&place: &usize| {
            let known = &self.publications[place];
            known.codec.kind() == kind
                && self.is_live(place)
                && &known.participant != own
                && Some(place) != programme
                && !taken.iter().flatten().any(|target| target.publication == Some(place))
                && may_carry(&self.stage, known, own)
        };
        self.order.iter().copied().filter(fits).collect()
    }

    /// So many of these voices, those in front first.
    fn loudest(&self, others: &[usize], most: usize) -> Vec<usize> {
        self.voices.iter().copied().filter(|voice| others.contains(voice)).take(most).collect()
    }

    /// Brings voices into their order; whom the stage doesn't open stands behind all others.
    pub(super) fn sort_voices(&mut self, context: &Context<'_>) {
        let Self { voices, publications, stage, .. } = self;
        let loudness = |voice: usize| {
            let known = &publications[voice];
            (known.live && stage.heard.hears(&known.participant)).then(|| known.loudness.db(context.now))
        };
        if speaker::sort(voices, VOICES_NOTICED, loudness) {
            self.assign(context);
        }
    }

    /// Whether any of these slots negotiated the publication's codec.
    fn carried_by(&self, slots: &[Slot], place: usize) -> bool {
        slots.iter().any(|slot| slot.pt(self.publications[place].codec).is_some())
    }

    /// Brings one slot to its target.
    fn retarget(&mut self, place: usize, number: usize, target: Target, context: &Context<'_>) {
        let own = self.peers[place].participant.clone();
        self.forget_replay(place, number, target.publication);
        let slot = &mut self.peers[place].slots_mut()[number];
        let before = slot.content();
        let shown = match slot.showing {
            Showing::Live(shown, _) => Some(shown),
            _ => None,
        };
        slot.slated = target.slated;
        let changed = slot.target != target.publication;
        slot.target = target.publication;
        if changed {
            slot.held_back =
                slot.held_back.and(target.publication).map(|publication| self.publications[publication].id);
        }
        match target.publication {
            Some(_) if slot.held_back.is_some() => slot.awaiting = None,
            Some(publication) if shown == Some(publication) => slot.awaiting = None,
            Some(publication) if changed || slot.awaiting.is_none() => {
                slot.awaiting = Some(Awaiting::undecided(context.now));
                self.beginnings.push((place, number));
                let source = &mut self.publications[publication];
                if !source.subscribers.contains(&(place, number)) {
                    source.subscribers.push((place, number));
                }
            }
            Some(_) => {}
            None => slot.awaiting = None,
        }
        // While another layer of the same picture is on its way, the last frame of the one that ended may stand.
        let family = |place: usize| self.publications.get(place).map(|known| known.family.first);
        let may_stay = shown.zip(target.publication).is_some_and(|(shown, wanted)| {
            let same = family(shown).is_some() && family(shown) == family(wanted);
            let stands = |known: &Publication| (known.live || same) && may_carry(&self.stage, known, &own);
            self.publications.get(shown).is_some_and(stands)
        });
        let stays = may_stay && slot.is_video() || shown.is_some() && shown == target.publication;
        let stopped = shown.is_some() && !stays;
        if stopped {
            slot.rewriter.end();
            slot.showing = Showing::Nothing;
        }
        let slate = target.slated
            && slot.held_back.is_none()
            && slot.showing == Showing::Nothing
            && (stopped || slot.awaiting.is_none());
        if slate {
            slot.showing = Showing::Slate(context.now + SLATE_INTERVAL);
            SlateDue::add(&mut self.slates_due, place, number);
        }
        if !target.slated && matches!(slot.showing, Showing::Slate(_)) && slot.awaiting.is_none() {
            slot.showing = Showing::Nothing;
        }
        let after = slot.content();
        if before != after && !self.slots_changed.contains(&place) {
            self.slots_changed.push(place);
        }
    }
}

impl Room {
    /// If history waits for a slot whose target is another now, it is forgotten.
    fn forget_replay(&mut self, place: usize, number: usize, target: Option<usize>) {
        let peer = &mut self.peers[place];
        let slot = &peer.slots()[number];
        let waits = slot.awaiting.is_some_and(|awaiting| matches!(awaiting.by, Beginning::Replay(_)));
        if let Some(before) = slot.target.filter(|_| waits && slot.target != target)
            && let (Some(egress), Some(source)) = (&mut peer.egress, self.publications.get(before))
        {
            egress.pacer.forget_source(number, (before, source.id));
        }
    }
}

impl Target {
    /// The same target without a publication that this slot can't or may not carry.
    fn allowed(self, room: &Room, slot: &Slot, own: &ParticipantId) -> Self {
        let publication = self.publication.filter(|&place| {
            let known = &room.publications[place];
            room.is_live(place) && slot.pt(known.codec).is_some() && may_carry(&room.stage, known, own)
        });
        Self { publication, ..self }
    }
}

/// Whether a viewer may be sent this publication at all: sound only if the stage hears its participant, and never one's own.
fn may_carry(stage: &Stage, publication: &Publication, own: &ParticipantId) -> bool {
    publication.codec.kind() == MediaKind::Video
        || (stage.heard.hears(&publication.participant) && &publication.participant != own)
}

/// Fills a viewer's free automatic slots: what a slot has already stays in it, so that pictures don't jump about when
/// somebody leaves.
fn fill(
    slots: &[Slot],
    targets: &mut [Option<Target>],
    kind: MediaKind,
    mut others: Vec<usize>,
    first_of: impl Fn(Option<usize>) -> Option<usize>,
) {
    let free: Vec<usize> =
        (0..slots.len()).filter(|&number| slots[number].plan.kind == kind && targets[number].is_none()).collect();
    for &number in &free {
        let kept = others.iter().position(|&other| Some(other) == first_of(slots[number].target));
        if let Some(kept) = kept {
            let publication = Some(others.remove(kept));
            targets[number] = Some(Target { publication, slated: false });
        }
    }
    for &number in &free {
        if targets[number].is_none() && !others.is_empty() {
            targets[number] = Some(Target { publication: Some(others.remove(0)), slated: false });
        }
    }
}
