//! Names of things, one newtype each, so that no two kinds can be mistaken for each other.
//!
//! Ids made by people (`MeetingId`, `VenueId`, `LegId`, `AccountId`) are short slugs and appear in addresses; ids made by the program
//! (`SessionId`, `ParticipantId`, `DeviceId`, `RecordingId`) are random text that cannot be guessed; small numbers (`RoomId`, `PublicationId`)
//! count upward and are never used again while the process lives.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a valid id: 1 to 64 characters, each a lower-case letter, a digit, '-' or '_'")]
pub struct InvalidId {
    text: String,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text: 1 to 64 characters, each a lower-case letter, a digit, `-` or `_`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                if is_slug(&text) { Ok(Self(text)) } else { Err(InvalidId { text }) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

text_id!(/// A planned meeting (会议), for example `demo`.
    MeetingId);
text_id!(/// A place that joins a meeting (会场).
    VenueId);
text_id!(/// Someone or something that takes part in one meeting; a person's WHIP and WHEP sessions share it.
    ParticipantId);
text_id!(/// An account (账号): whoever logs in with a name and a password.
    AccountId);
text_id!(/// One roll call of a meeting (会前点名).
    RollCallId);
text_id!(/// Somebody on the attendance list of a meeting (参会人).
    AttendeeId);
text_id!(/// A paired device (配对设备): a screen or a room's machine that needs no log-in.
    DeviceId);
text_id!(/// A person's certificate (客户端证书): its SHA-256 fingerprint.
    CertificateId);
text_id!(/// A log-in that lasts: the fingerprint of a person's cookie.
    LoginKey);
text_id!(/// One WHIP or WHEP session: the last path segment of its resource, unguessable.
    SessionId);
text_id!(/// A recording (录制): a meeting may have several.
    RecordingId);
text_id!(/// A request for a recording to be handed out, and what was decided (审签).
    SignOffId);
text_id!(/// A moment of a recording somebody marked afterwards (标记).
    MarkId);
text_id!(/// An organisation that takes part (单位).
    OrgUnitId);
text_id!(/// What a liaison asked for: an account of their unit (账号申请).
    AccountRequestId);
text_id!(/// Days for which somebody else signs (委托审签).
    DelegationId);
text_id!(/// What lets one log-in play a recording.
    PlayId);
text_id!(/// What lets one person fetch a released recording (导出).
    ExportId);
text_id!(/// A file that belongs to a meeting (会议材料).
    MaterialId);
text_id!(/// Meetings that were planned as one that comes again (例会).
    SeriesId);
text_id!(/// What meetings of one sort have in common (会议模板).
    ProfileId);
text_id!(/// A link that is not WebRTC (线路), for example `demo-province`.
    LegId);
number_id!(/// A meeting's media while on air (媒体房间); a meeting that was restarted has a new one.
    RoomId(u64));
number_id!(/// A source offered in a room (发布). Also the CSRC on the packets of a slot that carries it.
    PublicationId(u32));
number_id!(/// Ties a reply to its command.
    RequestId(u64));

fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_short_slug() {
        for good in ["demo", "a", "county-12_b", &"x".repeat(64)] {
            assert!(good.parse::<MeetingId>().is_ok(), "{good}");
        }
        for bad in ["", "Demo", "a b", "../x", "会议", &"x".repeat(65)] {
            assert!(bad.parse::<MeetingId>().is_err(), "{bad}");
        }
    }
}
