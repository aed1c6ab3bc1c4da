//! Who may do what: one pure function, and a table that tests all of it.

use crate::id::{MeetingId, ParticipantId};

/// What a meeting token lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenRole {
    /// Send, and look.
    Publisher,
    /// Look.
    Viewer,
}

impl TokenRole {
    /// As written in tokens and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publisher => "publisher",
            Self::Viewer => "viewer",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Publisher, Self::Viewer].into_iter().find(|role| role.name() == name)
    }
}

/// What a valid token says of its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The one meeting it is for.
    pub meeting: MeetingId,
    /// What it allows there.
    pub role: TokenRole,
    /// Who its holder is.
    pub participant: ParticipantId,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody we know.
    Stranger,
    /// Somebody at a private address while the server runs as a demonstration.
    DemoVisitor,
    /// Somebody with a valid token; it is all that counts, wherever they are.
    Holder(Holder),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Read a meeting's title.
    SeeMeeting,
    /// Be given a token for a meeting.
    Visit,
    /// Send into a meeting.
    Publish,
    /// Look at a meeting.
    View,
    /// Change, end or steer one session.
    ChangeSession,
    /// Read the server's state: every meeting, peer and name.
    SeeStatus,
}

/// What it is asked of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A meeting that exists.
    Meeting {
        /// Which.
        id: &'a MeetingId,
        /// Whether it is the demonstration.
        demo: bool,
    },
    /// A session of a meeting.
    Session {
        /// Its meeting.
        meeting: &'a MeetingId,
        /// Who opened it; `None` if it was opened without a token, so that its address is the only credential.
        owner: Option<&'a ParticipantId>,
    },
    /// The server itself.
    Server,
}

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A token would help: 401.
    #[error("a token is needed")]
    TokenNeeded,
    /// This actor may not know whether the thing exists: 404.
    #[error("there is no such thing for this token")]
    Hidden,
}

/// Whether `actor` may do `action` to `resource`. Every pair that makes no sense is refused.
pub fn allow(actor: &Actor, action: Action, resource: &Resource<'_>) -> Result<(), Refusal> {
    let allowed = match (actor, action, resource) {
        (Actor::Stranger, ..) => return Err(Refusal::TokenNeeded),
        (Actor::DemoVisitor, Action::SeeStatus, Resource::Server) => true,
        (
            Actor::DemoVisitor,
            Action::SeeMeeting | Action::Visit | Action::Publish | Action::View,
            Resource::Meeting { demo, .. },
        ) => *demo,
        (Actor::DemoVisitor, Action::ChangeSession, Resource::Session { owner, .. }) => owner.is_none(),
        (Actor::Holder(holder), Action::SeeMeeting | Action::View, Resource::Meeting { id, .. }) => {
            holder.meeting == **id
        }
        (Actor::Holder(holder), Action::Publish, Resource::Meeting { id, .. }) => {
            holder.meeting == **id && holder.role == TokenRole::Publisher
        }
        (Actor::Holder(holder), Action::ChangeSession, Resource::Session { meeting, owner }) => {
            holder.meeting == **meeting && *owner == Some(&holder.participant)
        }
        _ => false,
    };
    match (allowed, actor) {
        (true, _) => Ok(()),
        (false, Actor::Holder(_)) if action != Action::SeeStatus => Err(Refusal::Hidden),
        (false, _) => Err(Refusal::TokenNeeded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIDDEN: Result<(), Refusal> = Err(Refusal::Hidden);
    const TOKEN: Result<(), Refusal> = Err(Refusal::TokenNeeded);
    const YES: Result<(), Refusal> = Ok(());

    fn holder(meeting: &str, role: TokenRole, participant: &str) -> Actor {
        Actor::Holder(Holder {
            meeting: meeting.parse().expect("an id"),
            role,
            participant: participant.parse().expect("an id"),
        })
    }

    #[test]
    fn every_actor_action_and_resource_has_its_answer() {
        let demo: MeetingId = "demo".parse().expect("an id");
        let other: MeetingId = "other".parse().expect("an id");
        let ann: ParticipantId = "ann".parse().expect("an id");
        // stranger, demo visitor, viewer of demo, publisher of demo, publisher of other
        let actors = [
            Actor::Stranger,
            Actor::DemoVisitor,
            holder("demo", TokenRole::Viewer, "ann"),
            holder("demo", TokenRole::Publisher, "ann"),
            holder("demo", TokenRole::Publisher, "bob"),
            holder("other", TokenRole::Publisher, "ann"),
        ];
        let meeting_demo = Resource::Meeting { id: &demo, demo: true };
        let meeting_other = Resource::Meeting { id: &other, demo: false };
        let anyones = Resource::Session { meeting: &demo, owner: None };
        let anns = Resource::Session { meeting: &demo, owner: Some(&ann) };
        let no = [TOKEN, TOKEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN];
        let table = [
            (Action::SeeMeeting, &meeting_demo, [TOKEN, YES, YES, YES, YES, HIDDEN]),
            (Action::SeeMeeting, &meeting_other, [TOKEN, TOKEN, HIDDEN, HIDDEN, HIDDEN, YES]),
            (Action::SeeMeeting, &anyones, no),
            (Action::SeeMeeting, &anns, no),
            (Action::SeeMeeting, &Resource::Server, no),
            (Action::Visit, &meeting_demo, [TOKEN, YES, HIDDEN, HIDDEN, HIDDEN, HIDDEN]),
            (Action::Visit, &meeting_other, no),
            (Action::Visit, &anyones, no),
            (Action::Visit, &anns, no),
            (Action::Visit, &Resource::Server, no),
            (Action::Publish, &meeting_demo, [TOKEN, YES, HIDDEN, YES, YES, HIDDEN]),
            (Action::Publish, &meeting_other, [TOKEN, TOKEN, HIDDEN, HIDDEN, HIDDEN, YES]),
            (Action::Publish, &anyones, no),
            (Action::Publish, &anns, no),
            (Action::Publish, &Resource::Server, no),
            (Action::View, &meeting_demo, [TOKEN, YES, YES, YES, YES, HIDDEN]),
            (Action::View, &meeting_other, [TOKEN, TOKEN, HIDDEN, HIDDEN, HIDDEN, YES]),
            (Action::View, &anyones, no),
            (Action::View, &anns, no),
            (Action::View, &Resource::Server, no),
            (Action::ChangeSession, &meeting_demo, no),
            (Action::ChangeSession, &meeting_other, no),
            (Action::ChangeSession, &anyones, [TOKEN, YES, HIDDEN, HIDDEN, HIDDEN, HIDDEN]),
            (Action::ChangeSession, &anns, [TOKEN, TOKEN, YES, YES, HIDDEN, HIDDEN]),
            (Action::ChangeSession, &Resource::Server, no),
            (Action::SeeStatus, &meeting_demo, [TOKEN; 6]),
            (Action::SeeStatus, &meeting_other, [TOKEN; 6]),
            (Action::SeeStatus, &anyones, [TOKEN; 6]),
            (Action::SeeStatus, &anns, [TOKEN; 6]),
            (Action::SeeStatus, &Resource::Server, [TOKEN, YES, TOKEN, TOKEN, TOKEN, TOKEN]),
        ];
        for (action, resource, expect) in table {
            for (actor, expect) in actors.iter().zip(expect) {
                assert_eq!(allow(actor, action, resource), expect, "{actor:?} {action:?} {resource:?}");
            }
        }
    }
}
