//! The stage (播出状态) as the chair means it: who is on air and who may be heard.

use crate::id::ParticipantId;

/// Who is on air and who may be heard: one value per meeting, stored before it takes effect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stage {
    /// Whose picture and sound is the programme; `None` shows the slate.
    pub on_air: Option<ParticipantId>,
    /// Whose microphones reach anyone.
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
}

impl Stage {
    /// The stage a meeting goes on with after the server started again: the same picture on air, microphones closed.
    ///
    /// The programme stays whole: whoever is on air and was heard is heard again, since a province speaking without
    /// sound is a broken meeting and its sound was a deliberate act. Every other microphone is closed until someone
    /// opens it.
    #[must_use]
    pub fn after_restart(self) -> Self {
        let heard = match &self.on_air {
            Some(on_air) if self.heard.hears(on_air) => Heard::Only(vec![on_air.clone()]),
            _ => Heard::Nobody,
        };
        Self { on_air: self.on_air, heard }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ParticipantId {
        text.parse().expect("an id")
    }

    #[test]
    fn a_restart_keeps_the_programme_and_closes_every_other_microphone() {
        let province = || Some(id("province"));
        let only = |list: &[&str]| Heard::Only(list.iter().map(|text| id(text)).collect());
        let cases = [
            (Stage { on_air: province(), heard: Heard::All }, only(&["province"])),
            (Stage { on_air: province(), heard: only(&["province", "county"]) }, only(&["province"])),
            (Stage { on_air: province(), heard: only(&["county"]) }, Heard::Nobody),
            (Stage { on_air: None, heard: Heard::All }, Heard::Nobody),
            (Stage { on_air: province(), heard: Heard::Nobody }, Heard::Nobody),
        ];
        for (before, heard) in cases {
            let after = before.clone().after_restart();
            assert_eq!((after.on_air, after.heard), (before.on_air.clone(), heard), "{before:?}");
        }
    }
}
