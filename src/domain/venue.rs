//! A venue (会场): a place that joins meetings, in administrative order.

use super::line::{self, LineFault};
use crate::id::{ParticipantId, VenueId};

/// A place that joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Venue {
    /// As in addresses.
    pub id: VenueId,
    /// Shown to everybody.
    pub name: String,
    /// Place in lists, smallest first.
    pub rank: u32,
}

/// Most characters of a venue's name: it stands beside its picture.
pub const NAME_CHARS_MAX: usize = 64;

/// A venue's name as it may be shown, if it may.
pub fn checked_name(name: &str) -> Result<String, LineFault> {
    line::checked(name, NAME_CHARS_MAX)
}

/// Most characters of a venue's id, so that [`participant`] fits an id too.
pub const ID_CHARS_MAX: usize = 62;

/// Who a venue is in every meeting; all its machines are this one participant. `None` if the id is longer than
/// [`ID_CHARS_MAX`].
#[must_use]
pub fn participant(venue: &VenueId) -> Option<ParticipantId> {
    format!("v-{venue}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_venue_is_one_participant_as_long_as_its_id_leaves_room() {
        let of = |text: &str| participant(&text.parse().expect("an id")).map(|id| id.to_string());
        assert_eq!(of("hall").as_deref(), Some("v-hall"));
        assert!(of(&"x".repeat(ID_CHARS_MAX)).is_some());
        assert_eq!(of(&"x".repeat(ID_CHARS_MAX + 1)), None);
    }
}
