//! The stage (播出状态) in the relay's terms: one value says who is on air and who may be heard.

use crate::id::ParticipantId;
use serde::{Deserialize, Serialize};

/// Who is on air and who may be heard. A room takes a new value in one step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stage {
    /// Whose picture and sound every programme slot carries; `None` shows the slate.
    pub on_air: Option<ParticipantId>,
    /// Whose microphones reach anyone at all.
    pub heard: Heard,
}

/// Whose sound may be forwarded. A microphone that is not named here is closed in the relay, whatever its page does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// Everybody's.
    All,
    /// Only these participants'; the safe default is nobody's.
    Only(Vec<ParticipantId>),
    /// Nobody's.
    #[default]
    Nobody,
}

impl Heard {
    /// Whether this participant's sound may be forwarded.
    #[must_use]
    pub fn hears(&self, participant: &ParticipantId) -> bool {
        match self {
            Self::All => true,
            Self::Only(list) => list.contains(participant),
            Self::Nobody => false,
        }
    }
}
