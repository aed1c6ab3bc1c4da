//! The stage (播出状态) as the chair means it: who is on air and who may be heard, and the acts that change it.
//!
//! Every act is a pure function from a [`Stage`] to the next one. Two rules hold through all of them, whatever their order:
//! choosing a programme never opens anybody else's microphone, and whoever is closed stays closed until somebody opens them.
//!
//! The programme is a pair: sound that was opened *with* the programme goes with it when the programme changes, so that going
//! from the province to a branch and back leaves no microphone open. A microphone that was opened *by itself*, while somebody
//! else or nobody was on air, stays open until it is closed.

use crate::id::ParticipantId;

/// Who is on air and who may be heard: one value per meeting, stored before it takes effect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stage {
    /// Whose picture and sound is the programme; `None` shows the slate.
    pub on_air: Option<ParticipantId>,
    /// Whether the sound of whoever is on air was opened with the programme, and so ends with it.
    pub with_sound: bool,
    /// Whose microphones were opened by themselves.
    pub heard: Heard,
}

/// Whose microphones reach anyone at all. Closed is the safe default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Heard {
    /// Everybody's: a demonstration, or a talk among equals.
    All,
    /// Only these.
    Only(Vec<ParticipantId>),
    /// Nobody's.
    #[default]
    Nobody,
}

impl Heard {
    /// Whether this participant is heard.
    #[must_use]
    pub fn hears(&self, participant: &ParticipantId) -> bool {
        match self {
            Self::All => true,
            Self::Only(list) => list.contains(participant),
            Self::Nobody => false,
        }
    }

    fn only(list: Vec<ParticipantId>) -> Self {
        if list.is_empty() { Self::Nobody } else { Self::Only(list) }
    }

    fn with(self, participant: &ParticipantId) -> Self {
        match self {
            Self::Only(mut list) if !list.contains(participant) => {
                list.push(participant.clone());
                Self::Only(list)
            }
            Self::Nobody => Self::Only(vec![participant.clone()]),
            Self::All | Self::Only(_) => self,
        }
    }

    /// Without one; of everybody, those who are `present` remain.
    fn without(self, participant: &ParticipantId, present: &[ParticipantId]) -> Self {
        let list = match self {
            Self::All => present.to_vec(),
            Self::Only(list) => list,
            Self::Nobody => Vec::new(),
        };
        Self::only(list.into_iter().filter(|other| other != participant).collect())
    }
}

impl Stage {
    /// Whether this participant's sound reaches anyone.
    #[must_use]
    pub fn hears(&self, participant: &ParticipantId) -> bool {
        self.heard.hears(participant) || (self.with_sound && self.on_air.as_ref() == Some(participant))
    }

    /// Everybody whose sound reaches anyone.
    #[must_use]
    pub fn audible(&self) -> Heard {
        match &self.on_air {
            Some(on_air) if self.with_sound => self.heard.clone().with(on_air),
            _ => self.heard.clone(),
        }
    }

    /// Puts somebody on air, or the slate. Sound that came with the programme before is closed; `with_sound` opens that of
    /// the chosen one, and of nobody else.
    #[must_use]
    pub fn choose(self, participant: Option<ParticipantId>, with_sound: bool) -> Self {
        Self { with_sound: with_sound && participant.is_some(), on_air: participant, heard: self.heard }
    }

    /// Opens one microphone. That of whoever is on air is opened with the programme, and closes with it.
    #[must_use]
    pub fn open_microphone(self, participant: &ParticipantId) -> Self {
        if self.on_air.as_ref() == Some(participant) {
            Self { with_sound: true, ..self }
        } else {
            Self { heard: self.heard.with(participant), ..self }
        }
    }

    /// Closes one microphone, however it was opened. Where everybody was heard, those who are `present` stay open, and who
    /// comes later begins closed.
    #[must_use]
    pub fn close_microphone(self, participant: &ParticipantId, present: &[ParticipantId]) -> Self {
        let with_sound = self.with_sound && self.on_air.as_ref() != Some(participant);
        Self { on_air: self.on_air, with_sound, heard: self.heard.without(participant, present) }
    }

    /// Opens one microphone alone: all others are closed but those of `keep`, which stay as they were. Where everybody was heard,
    /// those of `keep` stay open who are `present`.
    #[must_use]
    pub fn open_only(self, participant: &ParticipantId, keep: &[ParticipantId], present: &[ParticipantId]) -> Self {
        let heard = match self.heard {
            Heard::All => present.to_vec(),
            Heard::Only(list) => list,
            Heard::Nobody => Vec::new(),
        };
        let heard = Heard::only(heard.into_iter().filter(|other| keep.contains(other)).collect());
        let with_sound = self.with_sound && self.on_air.as_ref().is_some_and(|on_air| keep.contains(on_air));
        Self { on_air: self.on_air, with_sound, heard }.open_microphone(participant)
    }

    /// 全场关闭话筒: closes every microphone. `keep_programme` leaves whoever is on air as heard as they were; that is for a
    /// link on the programme, which is no microphone here.
    #[must_use]
    pub fn close_all(self, keep_programme: bool) -> Self {
        let with_sound = keep_programme && self.on_air.as_ref().is_some_and(|on_air| self.hears(on_air));
        Self { on_air: self.on_air, with_sound, heard: Heard::Nobody }
    }

    /// A line goes, and another or none comes in its place: what was on air from the old one is the new one's, heard as that was,
    /// or the slate. Nothing else opens or closes.
    #[must_use]
    pub fn replace_line(self, old: &ParticipantId, new: Option<ParticipantId>) -> Self {
        let was_heard = self.hears(old);
        let heard = match self.heard {
            Heard::Only(list) => Heard::only(list.into_iter().filter(|other| other != old).collect()),
            heard @ (Heard::All | Heard::Nobody) => heard,
        };
        if self.on_air.as_ref() == Some(old) {
            Self { with_sound: was_heard && new.is_some(), on_air: new, heard }
        } else {
            Self { heard, ..self }
        }
    }

    /// Takes somebody off: not on air, microphone closed. If they come back, they begin as everybody does.
    #[must_use]
    pub fn remove(self, participant: &ParticipantId, present: &[ParticipantId]) -> Self {
        let closed = self.close_microphone(participant, present);
        let on_air = closed.on_air.filter(|on_air| on_air != participant);
        Self { on_air, ..closed }
    }

    /// The stage a meeting goes on with after the server started again: the same picture on air, microphones closed.
    ///
    /// The programme stays whole: whoever is on air and was heard is heard again, since a province speaking without
    /// sound is a broken meeting and its sound was a deliberate act. Every other microphone is closed until someone
    /// opens it.
    #[must_use]
    pub fn after_restart(self) -> Self {
        self.close_all(true)
    }

    /// What to go on with when this stage was stored but could not be put on air, so that `before` still is: whatever was to
    /// be closed is closed with the next word the room takes, and nothing opens that its operator was told did not open.
    #[must_use]
    pub fn without_openings(&self, before: &Self) -> Self {
        let heard = match (&before.heard, self.audible()) {
            (Heard::All, audible) => audible,
            (Heard::Only(list), _) => {
                Heard::only(list.iter().filter(|participant| self.hears(participant)).cloned().collect())
            }
            (Heard::Nobody, _) => Heard::Nobody,
        };
        let with_sound = before.with_sound && before.on_air.as_ref().is_some_and(|on_air| self.hears(on_air));
        Self { on_air: before.on_air.clone(), with_sound, heard }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ParticipantId {
        text.parse().expect("an id")
    }

    fn only(list: &[&str]) -> Heard {
        Heard::only(list.iter().map(|text| id(text)).collect())
    }

    /// A stage: who is on air (with a `+` if their sound came with it), and whose microphones are open by themselves.
    fn stage(on_air: &str, open: &[&str]) -> Stage {
        let name = on_air.trim_end_matches('+');
        Stage { on_air: (!name.is_empty()).then(|| id(name)), with_sound: on_air.ends_with('+'), heard: only(open) }
    }

    fn all(on_air: &str) -> Stage {
        Stage { heard: Heard::All, ..stage(on_air, &[]) }
    }

    #[test]
    fn the_programmes_sound_goes_with_it_and_other_microphones_stay_as_they_were() {
        let cases = [
            (stage("", &[]), Some("province"), true, stage("province+", &[])),
            (stage("", &[]), Some("province"), false, stage("province", &[])),
            (stage("province+", &[]), Some("town"), true, stage("town+", &[])),
            (stage("town+", &[]), Some("province"), true, stage("province+", &[])),
            (stage("province+", &[]), Some("town"), false, stage("town", &[])),
            (stage("province+", &["hall"]), Some("town"), true, stage("town+", &["hall"])),
            (stage("province+", &["town"]), Some("town"), false, stage("town", &["town"])),
            (stage("province+", &[]), Some("province"), false, stage("province", &[])),
            (stage("province", &[]), Some("province"), true, stage("province+", &[])),
            (stage("province+", &["hall"]), None, true, stage("", &["hall"])),
            (all("province"), Some("town"), false, all("town")),
        ];
        for (before, participant, with_sound, after) in cases {
            let chosen = before.clone().choose(participant.map(id), with_sound);
            assert_eq!(chosen, after, "{before:?} and then {participant:?}, sound {with_sound}");
        }
    }

    #[test]
    fn a_microphone_is_opened_alone_and_closed_however_it_was_opened() {
        let present = [id("hall"), id("town"), id("province")];
        let open = [
            (stage("", &[]), "hall", stage("", &["hall"])),
            (stage("", &["hall"]), "hall", stage("", &["hall"])),
            (stage("province+", &["hall"]), "town", stage("province+", &["hall", "town"])),
            (stage("town", &[]), "town", stage("town+", &[])),
            (all(""), "town", all("")),
        ];
        for (before, participant, after) in open {
            assert_eq!(before.clone().open_microphone(&id(participant)), after, "{before:?} {participant}");
        }
        let close = [
            (stage("", &["hall", "town"]), "hall", stage("", &["town"])),
            (stage("", &["hall"]), "hall", stage("", &[])),
            (stage("", &[]), "hall", stage("", &[])),
            (stage("town+", &[]), "town", stage("town", &[])),
            (stage("town+", &["town"]), "town", stage("town", &[])),
            (stage("province+", &["town"]), "town", stage("province+", &[])),
            (all("province"), "town", stage("province", &["hall", "province"])),
        ];
        for (before, participant, after) in close {
            assert_eq!(before.clone().close_microphone(&id(participant), &present), after, "{before:?} {participant}");
        }
    }

    #[test]
    fn one_microphone_alone_closes_all_but_the_kept() {
        let present = [id("hall"), id("town"), id("province"), id("county")];
        let keep = [id("county"), id("province")];
        let cases = [
            (stage("", &[]), "hall", stage("", &["hall"])),
            (stage("", &["town", "county"]), "hall", stage("", &["county", "hall"])),
            (stage("province+", &["town"]), "hall", stage("province+", &["hall"])),
            (stage("town+", &["hall"]), "hall", stage("town", &["hall"])),
            (stage("town+", &["hall"]), "town", stage("town+", &[])),
            (stage("hall", &["hall", "town"]), "hall", stage("hall+", &[])),
            (all(""), "hall", stage("", &["province", "county", "hall"])),
        ];
        for (before, participant, after) in cases {
            let opened = before.clone().open_only(&id(participant), &keep, &present);
            assert_eq!(opened, after, "{before:?} {participant}");
        }
    }

    #[test]
    fn closing_all_leaves_at_most_the_programme() {
        let cases = [
            (stage("province+", &["hall", "town"]), true, stage("province+", &[])),
            (stage("province+", &["hall", "town"]), false, stage("province", &[])),
            (stage("province", &["hall"]), true, stage("province", &[])),
            (stage("hall", &["hall", "town"]), true, stage("hall+", &[])),
            (stage("", &["hall"]), true, stage("", &[])),
            (all("province"), true, stage("province+", &[])),
            (all("province"), false, stage("province", &[])),
            (all(""), true, stage("", &[])),
        ];
        for (before, keep, after) in cases {
            assert_eq!(before.clone().close_all(keep), after, "{before:?} {keep}");
        }
    }

    #[test]
    fn who_is_removed_is_neither_seen_nor_heard_when_they_come_back() {
        let present = [id("hall"), id("town")];
        let cases = [
            (stage("town+", &["hall"]), stage("", &["hall"])),
            (stage("province+", &["town"]), stage("province+", &[])),
            (all("town"), stage("", &["hall"])),
            (stage("", &[]), stage("", &[])),
        ];
        for (before, after) in cases {
            assert_eq!(before.clone().remove(&id("town"), &present), after, "{before:?}");
        }
    }

    #[test]
    fn another_line_is_on_air_in_the_place_of_the_old_one_and_heard_as_that_was() {
        let cases = [
            (stage("province+", &["hall"]), Some("city"), stage("city+", &["hall"])),
            (stage("province", &[]), Some("city"), stage("city", &[])),
            (stage("province", &["province"]), Some("city"), stage("city+", &[])),
            (stage("province+", &["hall"]), None, stage("", &["hall"])),
            (stage("hall+", &["province"]), Some("city"), stage("hall+", &[])),
            (stage("", &["hall"]), Some("city"), stage("", &["hall"])),
        ];
        for (before, new, after) in cases {
            let replaced = before.clone().replace_line(&id("province"), new.map(id));
            assert_eq!(replaced, after, "{before:?} {new:?}");
        }
    }

    #[test]
    fn a_restart_keeps_the_programme_and_closes_every_other_microphone() {
        let cases = [
            (all("province"), stage("province+", &[])),
            (stage("province+", &["county"]), stage("province+", &[])),
            (stage("province", &["province", "county"]), stage("province+", &[])),
            (stage("province", &["county"]), stage("province", &[])),
            (all(""), stage("", &[])),
            (stage("province", &[]), stage("province", &[])),
        ];
        for (before, after) in cases {
            assert_eq!(before.clone().after_restart(), after, "{before:?}");
        }
    }

    #[test]
    fn what_could_not_be_put_on_air_closes_and_never_opens() {
        let cases = [
            (stage("province+", &["hall"]), stage("province+", &[]), stage("province+", &[])),
            (stage("province+", &[]), stage("province+", &["hall"]), stage("province+", &[])),
            (stage("province+", &["hall"]), stage("town+", &["hall"]), stage("province", &["hall"])),
            (stage("province+", &[]), stage("province", &[]), stage("province", &[])),
            (all("province"), stage("province+", &[]), stage("province", &["province"])),
            (all("province"), all("town"), all("province")),
        ];
        for (before, wanted, after) in cases {
            assert_eq!(wanted.without_openings(&before), after, "{before:?} to {wanted:?}");
        }
    }

    /// One act of an operator.
    #[derive(Debug, Clone, Copy)]
    enum Act {
        Choose(Option<usize>, bool),
        Open(usize),
        /// Kept are none but the first.
        OpenOnly(usize),
        Close(usize),
        CloseAll(bool),
        Remove(usize),
        Restart,
    }

    const WHO: [&str; 3] = ["province", "hall", "town"];

    fn acts() -> Vec<Act> {
        let each = || 0..WHO.len();
        let mut acts = vec![Act::Choose(None, true), Act::CloseAll(true), Act::CloseAll(false), Act::Restart];
        acts.extend(each().flat_map(|who| [true, false].map(|sound| Act::Choose(Some(who), sound))));
        acts.extend(each().flat_map(|who| [Act::Open(who), Act::OpenOnly(who), Act::Close(who), Act::Remove(who)]));
        acts
    }

    fn apply(stage: Stage, act: Act) -> Stage {
        let present = WHO.map(id);
        match act {
            Act::Choose(who, sound) => stage.choose(who.map(|who| id(WHO[who])), sound),
            Act::Open(who) => stage.open_microphone(&id(WHO[who])),
            Act::OpenOnly(who) => stage.open_only(&id(WHO[who]), &[id(WHO[0])], &present),
            Act::Close(who) => stage.close_microphone(&id(WHO[who]), &present),
            Act::CloseAll(keep) => stage.close_all(keep),
            Act::Remove(who) => stage.remove(&id(WHO[who]), &present),
            Act::Restart => stage.after_restart(),
        }
    }

    /// Whatever an operator does, in any order: only an act that names somebody opens them, and one that closes, closes.
    fn walk(before: &Stage, acts: &[Act], depth: usize) {
        for &act in acts {
            let after = apply(before.clone(), act);
            for (number, name) in WHO.iter().enumerate() {
                let (was, is) = (before.hears(&id(name)), after.hears(&id(name)));
                let named = match act {
                    Act::Choose(who, sound) => sound && who == Some(number),
                    Act::Open(who) | Act::OpenOnly(who) => who == number,
                    _ => false,
                };
                assert!(was || !is || named, "{act:?} opened {name}: {before:?} to {after:?}");
                assert!(!named || is, "{act:?} did not open {name}: {before:?} to {after:?}");
                let closed = match act {
                    Act::Close(who) | Act::Remove(who) => who == number,
                    Act::OpenOnly(who) => who != number && number != 0,
                    Act::CloseAll(keep) => !keep || before.on_air != Some(id(name)),
                    Act::Restart => before.on_air != Some(id(name)),
                    Act::Choose(..) | Act::Open(_) => false,
                };
                assert!(!closed || !is, "{act:?} did not close {name}: {before:?} to {after:?}");
                assert_eq!(after.audible().hears(&id(name)), is, "{after:?}");
            }
            if depth > 1 {
                walk(&after, acts, depth - 1);
            }
        }
    }

    #[test]
    fn no_order_of_acts_opens_a_microphone_that_nobody_named() {
        let acts = acts();
        walk(&Stage::default(), &acts, 4);
        walk(&all("province"), &acts, 3);
    }

    #[test]
    fn from_the_province_to_a_branch_and_back_leaves_no_microphone_open() {
        for opened_by_hand in [false, true] {
            let mut stage = Stage::default().choose(Some(id("province")), true);
            stage = stage.choose(Some(id("town")), !opened_by_hand);
            if opened_by_hand {
                stage = stage.open_microphone(&id("town"));
            }
            assert_eq!(stage.audible(), only(&["town"]));
            stage = stage.choose(Some(id("province")), true);
            assert_eq!(stage.audible(), only(&["province"]));
        }
    }
}
