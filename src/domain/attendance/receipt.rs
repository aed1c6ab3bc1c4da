//! The receipt (回执) of a unit's notice: who opened it, who confirmed it, and for what it said then.

use super::{By, Illegal, Mark};
use crate::id::VenueId;
use std::time::SystemTime;

/// What a receipt is given for: with another time or room it is asked for anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When the meeting starts.
    pub starts: SystemTime,
    /// Where.
    pub venue: Option<VenueId>,
}

/// How far a notice has come, and for what was said in it then.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Receipt {
    /// Nobody of the unit has opened it (已通知).
    #[default]
    Notified,
    /// Somebody has opened it (已阅).
    Read {
        /// Who and when.
        read: Mark,
        /// What it said.
        told: Told,
    },
    /// The unit has confirmed that it has it (已回执).
    Confirmed {
        /// Who opened it first; `None` if it was confirmed by telephone.
        read: Option<Mark>,
        /// Who confirmed.
        confirmed: Mark,
        /// What it said.
        told: Told,
    },
}

/// How a receipt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// 已通知.
    Notified,
    /// 已阅.
    Read,
    /// 已回执.
    Confirmed,
    /// Time or room became another after somebody had opened it (待重新确认).
    Changed,
}

impl Receipt {
    const fn told(&self) -> Option<&Told> {
        match self {
            Self::Notified => None,
            Self::Read { told, .. } | Self::Confirmed { told, .. } => Some(told),
        }
    }

    /// How it stands where the notice says `now`.
    #[must_use]
    pub fn standing(&self, now: &Told) -> Standing {
        match self {
            Self::Notified => Standing::Notified,
            Self::Read { told, .. } | Self::Confirmed { told, .. } if told != now => Standing::Changed,
            Self::Read { .. } => Standing::Read,
            Self::Confirmed { .. } => Standing::Confirmed,
        }
    }

    /// Somebody of the unit opens the notice, which says `now`. The first to open it as it stands is the one who is named.
    #[must_use]
    pub fn read(self, mark: Mark, now: Told) -> Self {
        match self.standing(&now) {
            Standing::Notified | Standing::Changed => Self::Read { read: mark, told: now },
            Standing::Read | Standing::Confirmed => self,
        }
    }

    /// The unit confirms the notice, which says `now`; a second press changes nothing. By telephone nobody has opened it.
    pub fn confirm(self, by: By, mark: Mark, now: Told) -> Result<Self, Illegal> {
        match (self, by) {
            (confirmed @ Self::Confirmed { .. }, _) if confirmed.told() == Some(&now) => Ok(confirmed),
            (Self::Read { read, told }, _) if told == now => {
                Ok(Self::Confirmed { read: Some(read), confirmed: mark, told })
            }
            (_, By::Keeper) => Ok(Self::Confirmed { read: None, confirmed: mark, told: now }),
            (_, By::Unit) => Err(Illegal::Unread),
        }
    }
}
