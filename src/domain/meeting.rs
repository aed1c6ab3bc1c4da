//! A meeting (会议): the planned event with its title, its picture codec and how far it is.

use crate::id::MeetingId;

/// The planned event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// As in addresses.
    pub id: MeetingId,
    /// Shown to everybody.
    pub title: String,
    /// The one picture codec of the meeting.
    pub codec: PictureCodec,
    /// How far it is.
    pub state: MeetingState,
}

/// The picture codec publishers are held to where they can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PictureCodec {
    /// Hardware decoders, and files without transcoding.
    #[default]
    H264,
    /// When a seat without H.264 takes part.
    Vp8,
}

impl PictureCodec {
    /// As stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Vp8 => "vp8",
        }
    }

    /// The codec of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::H264, Self::Vp8].into_iter().find(|codec| codec.name() == name)
    }
}

/// How far a meeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeetingState {
    /// Nobody can join yet.
    Planned,
    /// It has a room.
    OnAir,
    /// It is over; nobody joins again.
    Closed,
}

/// What can happen to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeetingEvent {
    /// It begins, or goes on after a restart.
    Open,
    /// It ends.
    Close,
}

/// A step that the meeting's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a meeting that is {from:?} can't {event:?}")]
pub struct IllegalStep {
    from: MeetingState,
    event: MeetingEvent,
}

impl MeetingState {
    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::OnAir => "on_air",
            Self::Closed => "closed",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Planned, Self::OnAir, Self::Closed].into_iter().find(|state| state.name() == name)
    }

    /// The state after `event`.
    pub fn next(self, event: MeetingEvent) -> Result<Self, IllegalStep> {
        match (self, event) {
            (Self::Planned | Self::OnAir, MeetingEvent::Open) => Ok(Self::OnAir),
            (Self::OnAir, MeetingEvent::Close) => Ok(Self::Closed),
            (from, event) => Err(IllegalStep { from, event }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_opens_and_goes_on_but_never_opens_again_once_closed() {
        use MeetingEvent::{Close, Open};
        use MeetingState::{Closed, OnAir, Planned};
        let cases = [
            (Planned, Open, Some(OnAir)),
            (Planned, Close, None),
            (OnAir, Open, Some(OnAir)),
            (OnAir, Close, Some(Closed)),
            (Closed, Open, None),
            (Closed, Close, None),
        ];
        for (from, event, expect) in cases {
            assert_eq!(from.next(event).ok(), expect, "{from:?} {event:?}");
        }
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        for state in [MeetingState::Planned, MeetingState::OnAir, MeetingState::Closed] {
            assert_eq!(MeetingState::named(state.name()), Some(state));
        }
        for codec in [PictureCodec::H264, PictureCodec::Vp8] {
            assert_eq!(PictureCodec::named(codec.name()), Some(codec));
        }
        assert_eq!(MeetingState::named("on air"), None);
    }
}
