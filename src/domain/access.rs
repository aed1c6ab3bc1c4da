//! Who may do what: one pure function, and a table that tests all of it.

use super::{
    pen::PenOf,
    role::{Role, Roles},
};
use crate::id::{AccountId, DeviceId, MeetingId, ParticipantId, VenueId};

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

/// Somebody who logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// Their account.
    pub account: AccountId,
    /// Who they are in every meeting.
    pub participant: ParticipantId,
    /// What their account is for.
    pub roles: Roles,
    /// Whether they still have a password somebody else knows: until they changed it they may do nothing else.
    pub must_change_password: bool,
    /// Whether their role asks for a second factor and they have none: until they have they may do nothing else.
    pub must_enrol: bool,
    /// Whether they sign now.
    pub pen: Pen,
}

/// Whether somebody signs at this moment ([`pen`](super::pen)).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Pen {
    /// Somebody else does.
    #[default]
    NotTheirs,
    /// They are the approver of this unit.
    Own(PenOf),
    /// They deputise.
    For {
        /// For this approver.
        approver: AccountId,
        /// Of this unit.
        of: PenOf,
    },
}

impl LoggedIn {
    /// Whether they sign at this moment, with whichever pen.
    #[must_use]
    pub fn signs(&self) -> bool {
        self.pen != Pen::NotTheirs
    }

    /// Whether they sign at this moment with this pen.
    #[must_use]
    pub fn signs_with(&self, pen: &PenOf) -> bool {
        match &self.pen {
            Pen::NotTheirs => false,
            Pen::Own(of) | Pen::For { of, .. } => of == pen,
        }
    }
}

/// A machine that was paired (配对): it stands in a venue and needs no log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairedDevice {
    /// Which.
    pub device: DeviceId,
    /// What it does.
    pub kind: DeviceKind,
    /// Where it stands.
    pub venue: VenueId,
    /// Who it is in every meeting; all machines of a venue are one participant, and a leader's seat is its person.
    pub participant: ParticipantId,
    /// What a leader's seat attends, since its person's PIN was typed there.
    pub attends: Option<MeetingId>,
}

/// What a paired machine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// Only shows.
    Screen,
    /// Shows, and sends the room's camera and microphone.
    Room,
    /// One leader's: attends a meeting as that person, once their PIN was typed.
    Seat,
}

impl DeviceKind {
    /// As stored and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Room => "room",
            Self::Seat => "seat",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Screen, Self::Room, Self::Seat].into_iter().find(|kind| kind.name() == name)
    }
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
    /// Somebody who logged in.
    User(LoggedIn),
    /// A paired machine.
    Device(PairedDevice),
}

impl Actor {
    /// Who they are in a meeting; `None` for those who are nobody yet.
    #[must_use]
    pub const fn participant(&self) -> Option<&ParticipantId> {
        match self {
            Self::Stranger | Self::DemoVisitor => None,
            Self::Holder(holder) => Some(&holder.participant),
            Self::User(user) => Some(&user.participant),
            Self::Device(device) => Some(&device.participant),
        }
    }
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
    /// Hear that something became different, so that a page asks anew.
    HearChanges,
    /// Read which meetings, venues and plans there are.
    ListMeetings,
    /// Make a meeting, and change one.
    PlanMeeting,
    /// Say which unit holds a meeting, who attends and what is on its agenda, also when it is over.
    WriteNotice,
    /// Invite units to a meeting, keep its attendance list, and sign people in.
    KeepAttendance,
    /// Read what a unit is invited to, confirm it, and say who comes.
    AnswerNotice,
    /// Open and close a meeting, choose its programme, open and close microphones, remove a participant.
    SteerMeeting,
    /// Sign for a meeting that is held though its joint test found a defect.
    AcceptDefects,
    /// Read which recordings there are.
    ListRecordings,
    /// Play a recording.
    PlayRecording,
    /// Have a recording's files made anew.
    RemakeRecording,
    /// Write a recording's note, and mark moments of it.
    AnnotateRecording,
    /// Lock a recording, so that it stays as it is.
    LockRecording,
    /// Unlock it.
    UnlockRecording,
    /// Read who asked for which recording to be handed out, and what was decided.
    SeeSignOffs,
    /// Ask for a recording to be handed out.
    AskSignOff,
    /// Grant, refuse or recall what was asked for.
    DecideSignOff,
    /// Fetch what was granted.
    FetchReleased,
    /// Name a deputy for days, and end that.
    DelegatePen,
    /// Make, change, start and stop links that are not WebRTC.
    ManageLegs,
    /// Pair and revoke machines.
    ManageDevices,
    /// Attend a meeting at a leader's seat by PIN, and leave it.
    AttendAtSeat,
    /// Make and change venues.
    ManageVenues,
    /// Read what meeting a venue has now.
    SeeVenue,
    /// Make, change and end accounts, and units.
    ManageAccounts,
    /// Read which units there are that one answers for, or all, and what was asked for.
    SeeUnits,
    /// Ask for an account of a unit.
    AskAccount,
    /// Grant or refuse it.
    DecideAccount,
    /// Read who may do what, which roles exclude each other, and how the controls stand.
    SeeAccess,
    /// Read the book (审计).
    ReadAudit,
    /// Change the own password and end the own session.
    OwnAccount,
}

impl Action {
    /// Every action, in the order of the enum.
    pub const ALL: [Self; 37] = [
        Self::SeeMeeting,
        Self::Visit,
        Self::Publish,
        Self::View,
        Self::ChangeSession,
        Self::SeeStatus,
        Self::HearChanges,
        Self::ListMeetings,
        Self::PlanMeeting,
        Self::WriteNotice,
        Self::KeepAttendance,
        Self::AnswerNotice,
        Self::SteerMeeting,
        Self::AcceptDefects,
        Self::ListRecordings,
        Self::PlayRecording,
        Self::RemakeRecording,
        Self::AnnotateRecording,
        Self::LockRecording,
        Self::UnlockRecording,
        Self::SeeSignOffs,
        Self::AskSignOff,
        Self::DecideSignOff,
        Self::FetchReleased,
        Self::DelegatePen,
        Self::ManageLegs,
        Self::ManageDevices,
        Self::AttendAtSeat,
        Self::ManageVenues,
        Self::SeeVenue,
        Self::ManageAccounts,
        Self::SeeUnits,
        Self::AskAccount,
        Self::DecideAccount,
        Self::SeeAccess,
        Self::ReadAudit,
        Self::OwnAccount,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SeeMeeting => "see_meeting",
            Self::Visit => "visit",
            Self::Publish => "publish",
            Self::View => "view",
            Self::ChangeSession => "change_session",
            Self::SeeStatus => "see_status",
            Self::HearChanges => "hear_changes",
            Self::ListMeetings => "list_meetings",
            Self::PlanMeeting => "plan_meeting",
            Self::WriteNotice => "write_notice",
            Self::KeepAttendance => "keep_attendance",
            Self::AnswerNotice => "answer_notice",
            Self::SteerMeeting => "steer_meeting",
            Self::AcceptDefects => "accept_defects",
            Self::ListRecordings => "list_recordings",
            Self::PlayRecording => "play_recording",
            Self::RemakeRecording => "remake_recording",
            Self::AnnotateRecording => "annotate_recording",
            Self::LockRecording => "lock_recording",
            Self::UnlockRecording => "unlock_recording",
            Self::SeeSignOffs => "see_sign_offs",
            Self::AskSignOff => "ask_sign_off",
            Self::DecideSignOff => "decide_sign_off",
            Self::FetchReleased => "fetch_released",
            Self::DelegatePen => "delegate_pen",
            Self::ManageLegs => "manage_legs",
            Self::ManageDevices => "manage_devices",
            Self::AttendAtSeat => "attend_at_seat",
            Self::ManageVenues => "manage_venues",
            Self::SeeVenue => "see_venue",
            Self::ManageAccounts => "manage_accounts",
            Self::SeeUnits => "see_units",
            Self::AskAccount => "ask_account",
            Self::DecideAccount => "decide_account",
            Self::SeeAccess => "see_access",
            Self::ReadAudit => "read_audit",
            Self::OwnAccount => "own_account",
        }
    }
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
        /// Which venues take part.
        venues: &'a [VenueId],
    },
    /// A session of a meeting.
    Session {
        /// Its meeting.
        meeting: &'a MeetingId,
        /// Who opened it; `None` if it was opened without a token, so that its address is the only credential.
        owner: Option<&'a ParticipantId>,
    },
    /// A venue.
    Venue(&'a VenueId),
    /// A request for a recording to be handed out.
    SignOff {
        /// Who asked.
        asked_by: &'a AccountId,
        /// Whose signature it needs.
        pen: &'a PenOf,
    },
    /// A recording.
    Recording {
        /// Whose signature decides about it.
        pen: &'a PenOf,
    },
    /// An approver's delegation.
    Delegation {
        /// The approver.
        by: &'a AccountId,
    },
    /// A unit.
    OrgUnit {
        /// Who answers for it.
        liaisons: &'a [AccountId],
    },
    /// A request for an account.
    AccountRequest {
        /// Who asked.
        asked_by: &'a AccountId,
    },
    /// The server itself.
    Server,
}

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A token or a log-in would help: 401.
    #[error("a token or a log-in is needed")]
    TokenNeeded,
    /// This actor may not know whether the thing exists: 404.
    #[error("there is no such thing for this actor")]
    Hidden,
    /// The account's roles don't include this: 403.
    #[error("the account may not do this")]
    Forbidden,
    /// First the password has to be changed: 403.
    #[error("the password must be changed first")]
    PasswordChangeNeeded,
    /// First a second factor has to be set up: 403.
    #[error("a second factor must be set up first")]
    SecondFactorNeeded,
}

/// Whether `actor` may do `action` to `resource`. Every pair that makes no sense is refused.
pub fn allow(actor: &Actor, action: Action, resource: &Resource<'_>) -> Result<(), Refusal> {
    match actor {
        Actor::Stranger => Err(Refusal::TokenNeeded),
        Actor::DemoVisitor => yes_or(demo_visitor_may(action, resource), Refusal::TokenNeeded),
        Actor::Holder(holder) => {
            let refusal = if is_of_meetings(action) { Refusal::Hidden } else { Refusal::TokenNeeded };
            yes_or(holder_may(holder, action, resource), refusal)
        }
        Actor::User(user) if user.must_change_password && action != Action::OwnAccount => {
            Err(Refusal::PasswordChangeNeeded)
        }
        Actor::User(user) if user.must_enrol && action != Action::OwnAccount => Err(Refusal::SecondFactorNeeded),
        Actor::User(user) => {
            let refusal = if action == Action::ChangeSession { Refusal::Hidden } else { Refusal::Forbidden };
            yes_or(user_may(user, action, resource), refusal)
        }
        Actor::Device(device) => {
            let refusal = if is_of_meetings(action) { Refusal::Hidden } else { Refusal::TokenNeeded };
            yes_or(device_may(device, action, resource), refusal)
        }
    }
}

fn yes_or(allowed: bool, refusal: Refusal) -> Result<(), Refusal> {
    if allowed { Ok(()) } else { Err(refusal) }
}

/// Whether it is asked of one meeting, which a token or a machine is for.
const fn is_of_meetings(action: Action) -> bool {
    use Action::{ChangeSession, Publish, SeeMeeting, SeeVenue, View, Visit};
    matches!(action, SeeMeeting | Visit | Publish | View | ChangeSession | SeeVenue)
}

fn demo_visitor_may(action: Action, resource: &Resource<'_>) -> bool {
    match (action, resource) {
        (Action::SeeStatus | Action::HearChanges, Resource::Server) => true,
        (Action::SeeMeeting | Action::Visit | Action::Publish | Action::View, Resource::Meeting { demo, .. }) => *demo,
        (Action::ChangeSession, Resource::Session { owner, .. }) => owner.is_none(),
        _ => false,
    }
}

fn holder_may(holder: &Holder, action: Action, resource: &Resource<'_>) -> bool {
    match (action, resource) {
        (Action::SeeMeeting | Action::View, Resource::Meeting { id, .. }) => holder.meeting == **id,
        (Action::Publish, Resource::Meeting { id, .. }) => {
            holder.meeting == **id && holder.role == TokenRole::Publisher
        }
        (Action::ChangeSession, Resource::Session { meeting, owner }) => {
            holder.meeting == **meeting && *owner == Some(&holder.participant)
        }
        _ => false,
    }
}

fn user_may(user: &LoggedIn, action: Action, resource: &Resource<'_>) -> bool {
    use Role::{Approver, AuditAdmin, Clerk, Leader, Liaison, Operator, SecurityAdmin, SystemAdmin};
    let any = |roles: &[Role]| user.roles.has_any(roles);
    match (action, resource) {
        (Action::OwnAccount, Resource::Server) => true,
        // A demonstration is for anyone who is near, so whoever logged in doesn't have less of it.
        (Action::SeeMeeting | Action::Visit | Action::Publish | Action::View, Resource::Meeting { demo: true, .. }) => {
            true
        }
        (Action::SeeStatus | Action::ManageLegs | Action::ManageDevices | Action::ManageVenues, Resource::Server) => {
            any(&[Operator, SystemAdmin])
        }
        (Action::HearChanges, Resource::Server) => any(&Role::ALL),
        (Action::ListMeetings, Resource::Server) => any(&[SystemAdmin, Operator, Leader, Clerk, Approver, Liaison]),
        // Whoever signs sees what for.
        (Action::ListRecordings | Action::PlayRecording, Resource::Server) => {
            any(&[Operator, Clerk, Approver]) || user.signs()
        }
        (Action::RemakeRecording | Action::AnnotateRecording, Resource::Server) => any(&[Operator, Clerk]),
        (Action::LockRecording, Resource::Server) => any(&[Clerk]) || user.signs(),
        (Action::LockRecording, Resource::Recording { pen }) => any(&[Clerk]) || user.signs_with(pen),
        (Action::UnlockRecording, Resource::Server) => user.signs(),
        (Action::UnlockRecording, Resource::Recording { pen }) => user.signs_with(pen),
        (Action::SeeSignOffs, Resource::Server) => any(&[Clerk, Approver]) || user.signs(),
        (Action::AskSignOff, Resource::Server) => any(&[Clerk]),
        (Action::DelegatePen, Resource::Server) => any(&[Approver]),
        (Action::DelegatePen, Resource::Delegation { by }) => any(&[Approver]) && **by == user.account,
        // One leader's pen of each unit, and never for their own request.
        (Action::DecideSignOff, Resource::SignOff { asked_by, pen }) => {
            user.signs_with(pen) && **asked_by != user.account
        }
        (Action::FetchReleased, Resource::SignOff { asked_by, .. }) => any(&[Clerk]) && **asked_by == user.account,
        // The server's own unit's pen, or any leader.
        (Action::AcceptDefects, Resource::Server) => any(&[Leader]) || user.signs_with(&PenOf::County),
        (Action::PlanMeeting, Resource::Server) => any(&[Operator]),
        (Action::PlanMeeting | Action::SteerMeeting, Resource::Meeting { .. }) => any(&[Operator]),
        (Action::WriteNotice | Action::KeepAttendance, Resource::Meeting { .. }) => any(&[Operator, Clerk]),
        (Action::SeeVenue, Resource::Venue(_)) => any(&[Operator, SystemAdmin]),
        (Action::ManageAccounts, Resource::Server) => any(&[SecurityAdmin]),
        (Action::SeeUnits, Resource::Server) => any(&[SecurityAdmin, Liaison]),
        (Action::AskAccount | Action::AnswerNotice, Resource::Server) => any(&[Liaison]),
        (Action::AskAccount | Action::AnswerNotice, Resource::OrgUnit { liaisons }) => {
            any(&[Liaison]) && liaisons.contains(&user.account)
        }
        (Action::DecideAccount, Resource::AccountRequest { asked_by }) => {
            any(&[SecurityAdmin]) && **asked_by != user.account
        }
        (Action::SeeAccess, Resource::Server) => any(&[SystemAdmin, SecurityAdmin, AuditAdmin]),
        (Action::ReadAudit, Resource::Server) => any(&[AuditAdmin]),
        (Action::SeeMeeting, Resource::Meeting { .. }) => any(&[Operator, Leader, Clerk, Approver, Liaison]),
        (Action::View | Action::Publish, Resource::Meeting { .. }) => any(&[Operator, Leader, Approver]),
        (Action::ChangeSession, Resource::Session { owner, .. }) => *owner == Some(&user.participant),
        _ => false,
    }
}

fn device_may(device: &PairedDevice, action: Action, resource: &Resource<'_>) -> bool {
    match (action, resource) {
        (Action::AttendAtSeat, Resource::Server) => device.kind == DeviceKind::Seat,
        // The PIN was typed for one meeting, and counts as long as its venue is in it.
        (Action::SeeMeeting | Action::View | Action::Publish, Resource::Meeting { id, venues, demo })
            if device.kind == DeviceKind::Seat =>
        {
            device.attends.as_ref() == Some(*id) && (*demo || venues.contains(&device.venue))
        }
        (Action::SeeMeeting | Action::View, Resource::Meeting { venues, demo, .. }) => {
            *demo || venues.contains(&device.venue)
        }
        (Action::Publish, Resource::Meeting { venues, demo, .. }) => {
            device.kind == DeviceKind::Room && (*demo || venues.contains(&device.venue))
        }
        (Action::SeeVenue, Resource::Venue(venue)) => device.venue == **venue,
        (Action::ChangeSession, Resource::Session { owner, .. }) => *owner == Some(&device.participant),
        _ => false,
    }
}

/// How far a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It may not.
    No,
    /// Of what is one's own alone.
    Own,
    /// Of what is somebody else's alone.
    Others,
    /// It may.
    Any,
}

/// How far this role reaches with this action, found by asking [`allow`]: of the approver, while they hold the pen.
///
/// # Panics
/// Never: the words it asks with are ids.
#[must_use]
pub fn reach(role: Role, action: Action) -> Reach {
    fn word<I: std::str::FromStr>(text: &str) -> I {
        text.parse().unwrap_or_else(|_| unreachable!("a word is an id"))
    }
    let (me, other) = ([word::<AccountId>("me")], [word::<AccountId>("other")]);
    let (i, they): (ParticipantId, ParticipantId) = (word("me"), word("other"));
    let (meeting, venue): (MeetingId, VenueId) = (word("meeting"), word("venue"));
    let user = Actor::User(LoggedIn {
        account: me[0].clone(),
        participant: i.clone(),
        roles: [role].into_iter().collect(),
        must_change_password: false,
        must_enrol: false,
        pen: if role == Role::Approver { Pen::Own(PenOf::County) } else { Pen::NotTheirs },
    });
    let may = |of: &[Resource<'_>]| of.iter().any(|resource| allow(&user, action, resource).is_ok());
    let of = |owner: &ParticipantId, accounts: &[AccountId; 1]| {
        may(&[
            Resource::Session { meeting: &meeting, owner: Some(owner) },
            Resource::SignOff { asked_by: &accounts[0], pen: &PenOf::County },
            Resource::Delegation { by: &accounts[0] },
            Resource::OrgUnit { liaisons: accounts },
            Resource::AccountRequest { asked_by: &accounts[0] },
        ])
    };
    let at_large =
        may(&[Resource::Server, Resource::Meeting { id: &meeting, demo: false, venues: &[] }, Resource::Venue(&venue)]);
    match (of(&i, &me), of(&they, &other)) {
        (true, true) => Reach::Any,
        (true, false) => Reach::Own,
        (false, true) => Reach::Others,
        (false, false) if at_large => Reach::Any,
        (false, false) => Reach::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::{
        AcceptDefects, AnnotateRecording, AnswerNotice, AskAccount, AskSignOff, AttendAtSeat, ChangeSession,
        DecideAccount, DecideSignOff, DelegatePen, FetchReleased, HearChanges, KeepAttendance, ListMeetings,
        ListRecordings, LockRecording, ManageAccounts, ManageDevices, ManageLegs, ManageVenues, OwnAccount,
        PlanMeeting, PlayRecording, Publish, ReadAudit, RemakeRecording, SeeAccess, SeeMeeting, SeeSignOffs, SeeStatus,
        SeeUnits, SeeVenue, SteerMeeting, UnlockRecording, View, Visit, WriteNotice,
    };

    const RESOURCES: [&str; 19] = [
        "demo",
        "other",
        "anyones",
        "anns",
        "hall",
        "annex",
        "asked by ann",
        "asked by bob",
        "asked by bob of water",
        "asked by ann of water",
        "recording",
        "recording of water",
        "delegation by ann",
        "delegation by bob",
        "ann's unit",
        "bob's unit",
        "account for ann",
        "account for bob",
        "server",
    ];

    fn id<I: std::str::FromStr>(text: &str) -> I {
        text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
    }

    /// Every actor by a name: a token's role and meeting, a device's kind, or an account's role.
    fn actors() -> Vec<(String, Actor)> {
        let holder = |meeting: &str, role, participant: &str| {
            Actor::Holder(Holder { meeting: id(meeting), role, participant: id(participant) })
        };
        let device = |kind| {
            let [venue, participant] = ["hall", "v-hall"];
            Actor::Device(PairedDevice {
                device: id("d"),
                kind,
                venue: id(venue),
                participant: id(participant),
                attends: None,
            })
        };
        let seat = |attends: Option<&str>| {
            let [venue, participant] = ["hall", "ann"];
            Actor::Device(PairedDevice {
                device: id("s"),
                kind: DeviceKind::Seat,
                venue: id(venue),
                participant: id(participant),
                attends: attends.map(id),
            })
        };
        let signing = |name: &str, role: Option<Role>, must_change_password, pen| {
            let roles = role.into_iter().collect();
            let [account, participant] = ["ann", "ann"];
            let (account, participant) = (id(account), id(participant));
            let must_enrol = name == "must enrol";
            (
                name.to_owned(),
                Actor::User(LoggedIn { account, participant, roles, must_change_password, must_enrol, pen }),
            )
        };
        let user = |name: &str, role: Option<Role>, must_change_password| {
            let pen = if role == Some(Role::Approver) { Pen::Own(PenOf::County) } else { Pen::NotTheirs };
            signing(name, role, must_change_password, pen)
        };
        let mut actors: Vec<_> = [
            ("stranger", Actor::Stranger),
            ("visitor", Actor::DemoVisitor),
            ("token demo viewer ann", holder("demo", TokenRole::Viewer, "ann")),
            ("token demo publisher bob", holder("demo", TokenRole::Publisher, "bob")),
            ("token other publisher ann", holder("other", TokenRole::Publisher, "ann")),
            ("screen", device(DeviceKind::Screen)),
            ("room", device(DeviceKind::Room)),
            ("seat", seat(None)),
            ("seat that attends other", seat(Some("other"))),
        ]
        .into_iter()
        .map(|(name, actor)| (name.to_owned(), actor))
        .collect();
        actors.extend(Role::ALL.map(|role| user(role.name(), Some(role), false)));
        actors.push(user("no role", None, false));
        actors.push(signing("approver who is away", Some(Role::Approver), false, Pen::NotTheirs));
        let water = || PenOf::Unit(id("water"));
        actors.push(signing("approver of water", Some(Role::Approver), false, Pen::Own(water())));
        let deputy = |of| Pen::For { approver: id("zhang"), of };
        actors.push(signing("deputy", Some(Role::Leader), false, deputy(PenOf::County)));
        actors.push(signing("deputy of water", Some(Role::Leader), false, deputy(water())));
        actors.extend(Role::ALL.map(|role| user("must change", Some(role), true)));
        actors.extend(Role::ALL.map(|role| user("must enrol", Some(role), false)));
        actors
    }

    /// The whole table: who may do what to which. What is not here is refused.
    fn expected(actor: &str, action: Action, resource: &str) -> bool {
        let meeting = matches!(resource, "demo" | "other");
        // Whoever signs for one unit signs for no other.
        let (signer, mine, theirs) = match actor.strip_suffix(" of water") {
            Some(signer) => (signer, "recording of water", "asked by bob of water"),
            None => (actor, "recording", "asked by bob"),
        };
        match signer {
            "visitor" => match action {
                SeeMeeting | Visit | Publish | View => resource == "demo",
                ChangeSession => resource == "anyones",
                SeeStatus | HearChanges => resource == "server",
                _ => false,
            },
            "token demo viewer ann" => match action {
                SeeMeeting | View => resource == "demo",
                ChangeSession => resource == "anns",
                _ => false,
            },
            "token demo publisher bob" => matches!(action, SeeMeeting | View | Publish) && resource == "demo",
            "token other publisher ann" => matches!(action, SeeMeeting | View | Publish) && resource == "other",
            // The hall takes part in `other`.
            "screen" | "room" => match action {
                SeeMeeting | View => meeting,
                Publish => meeting && actor == "room",
                SeeVenue => resource == "hall",
                _ => false,
            },
            "seat" | "seat that attends other" => match action {
                AttendAtSeat => resource == "server",
                SeeVenue => resource == "hall",
                ChangeSession => resource == "anns",
                SeeMeeting | View | Publish => resource == "other" && actor != "seat",
                _ => false,
            },
            "must change" | "must enrol" => action == OwnAccount && resource == "server",
            "stranger" => false,
            _ if resource == "demo" && matches!(action, SeeMeeting | Visit | View | Publish) => true,
            "deputy"
                if matches!(action, ListRecordings | PlayRecording | SeeSignOffs | LockRecording | UnlockRecording)
                    && resource == "server" =>
            {
                true
            }
            "deputy" if matches!((action, resource), (LockRecording | UnlockRecording, _)) => resource == mine,
            "deputy" if action == DecideSignOff => resource == theirs,
            "deputy" => expected("leader", action, resource),
            "approver who is away"
                if matches!(action, LockRecording | UnlockRecording | DecideSignOff | AcceptDefects) =>
            {
                false
            }
            "approver who is away" => expected("approver", action, resource),
            role => match action {
                OwnAccount => resource == "server",
                ChangeSession => resource == "anns",
                HearChanges => resource == "server" && role != "no role",
                SeeStatus | ManageLegs | ManageDevices | ManageVenues => {
                    resource == "server" && matches!(role, "operator" | "system_admin")
                }
                SeeVenue => matches!(resource, "hall" | "annex") && matches!(role, "operator" | "system_admin"),
                ListMeetings => resource == "server" && !matches!(role, "no role" | "security_admin" | "audit_admin"),
                ListRecordings | PlayRecording => {
                    resource == "server" && matches!(role, "operator" | "clerk" | "approver")
                }
                RemakeRecording | AnnotateRecording => resource == "server" && matches!(role, "operator" | "clerk"),
                LockRecording if role == "clerk" => matches!(resource, "server" | "recording" | "recording of water"),
                LockRecording | UnlockRecording => (resource == "server" || resource == mine) && role == "approver",
                SeeSignOffs => resource == "server" && matches!(role, "clerk" | "approver"),
                DelegatePen => matches!(resource, "server" | "delegation by ann") && role == "approver",
                WriteNotice | KeepAttendance => meeting && matches!(role, "operator" | "clerk"),
                // An approver of one unit alone is none of the server's own.
                AcceptDefects => resource == "server" && (role == "leader" || actor == "approver"),
                AskSignOff => resource == "server" && role == "clerk",
                DecideSignOff => resource == theirs && role == "approver",
                FetchReleased => matches!(resource, "asked by ann" | "asked by ann of water") && role == "clerk",
                PlanMeeting => (meeting || resource == "server") && role == "operator",
                SteerMeeting => meeting && role == "operator",
                ManageAccounts => resource == "server" && role == "security_admin",
                SeeUnits => resource == "server" && matches!(role, "security_admin" | "liaison"),
                AskAccount | AnswerNotice => matches!(resource, "server" | "ann's unit") && role == "liaison",
                DecideAccount => resource == "account for bob" && role == "security_admin",
                SeeAccess => resource == "server" && matches!(role, "system_admin" | "security_admin" | "audit_admin"),
                ReadAudit => resource == "server" && role == "audit_admin",
                SeeMeeting => meeting && matches!(role, "operator" | "leader" | "approver" | "clerk" | "liaison"),
                View | Publish => meeting && matches!(role, "operator" | "leader" | "approver"),
                Visit | AttendAtSeat => false,
            },
        }
    }

    #[test]
    fn every_actor_action_and_resource_has_its_answer() {
        let [demo, other]: [MeetingId; 2] = [id("demo"), id("other")];
        let [hall, annex]: [VenueId; 2] = [id("hall"), id("annex")];
        let ann: ParticipantId = id("ann");
        let both = [hall.clone()];
        let [anns, bobs]: [AccountId; 2] = [id("ann"), id("bob")];
        let answers = [bobs.clone(), anns.clone()];
        let (county, water) = (PenOf::County, PenOf::Unit(id("water")));
        let resource = |name: &str| match name {
            "demo" => Resource::Meeting { id: &demo, demo: true, venues: &[] },
            "other" => Resource::Meeting { id: &other, demo: false, venues: &both },
            "anyones" => Resource::Session { meeting: &demo, owner: None },
            "anns" => Resource::Session { meeting: &demo, owner: Some(&ann) },
            "hall" => Resource::Venue(&hall),
            "annex" => Resource::Venue(&annex),
            "asked by ann" => Resource::SignOff { asked_by: &anns, pen: &county },
            "asked by bob" => Resource::SignOff { asked_by: &bobs, pen: &county },
            "asked by ann of water" => Resource::SignOff { asked_by: &anns, pen: &water },
            "asked by bob of water" => Resource::SignOff { asked_by: &bobs, pen: &water },
            "recording" => Resource::Recording { pen: &county },
            "recording of water" => Resource::Recording { pen: &water },
            "delegation by ann" => Resource::Delegation { by: &anns },
            "delegation by bob" => Resource::Delegation { by: &bobs },
            "ann's unit" => Resource::OrgUnit { liaisons: &answers },
            "bob's unit" => Resource::OrgUnit { liaisons: &answers[..1] },
            "account for ann" => Resource::AccountRequest { asked_by: &anns },
            "account for bob" => Resource::AccountRequest { asked_by: &bobs },
            _ => Resource::Server,
        };
        for (name, actor) in actors() {
            for action in Action::ALL {
                for of in RESOURCES {
                    let allowed = allow(&actor, action, &resource(of)).is_ok();
                    assert_eq!(allowed, expected(&name, action, of), "{name}: {action:?} of {of}");
                }
            }
        }
    }

    #[test]
    fn a_refusal_tells_only_what_its_reader_may_know() {
        let demo: MeetingId = id("demo");
        let meeting = Resource::Meeting { id: &demo, demo: false, venues: &[] };
        let find = |name: &str| actors().into_iter().find(|(known, _)| known == name).expect("an actor").1;
        for (actor, action, expect) in [
            ("stranger", View, Refusal::TokenNeeded),
            ("visitor", View, Refusal::TokenNeeded),
            ("token other publisher ann", View, Refusal::Hidden),
            ("token other publisher ann", SeeStatus, Refusal::TokenNeeded),
            ("room", View, Refusal::Hidden),
            ("room", ManageLegs, Refusal::TokenNeeded),
            ("room", AttendAtSeat, Refusal::TokenNeeded),
            ("seat", View, Refusal::Hidden),
            ("clerk", AttendAtSeat, Refusal::Forbidden),
            ("clerk", View, Refusal::Forbidden),
            ("clerk", ChangeSession, Refusal::Hidden),
            ("must change", View, Refusal::PasswordChangeNeeded),
            ("must enrol", View, Refusal::SecondFactorNeeded),
        ] {
            assert_eq!(allow(&find(actor), action, &meeting), Err(expect), "{actor}: {action:?}");
        }
    }

    #[test]
    fn the_table_people_read_says_what_the_rule_says() {
        for (role, action, expect) in [
            (Role::AuditAdmin, ReadAudit, Reach::Any),
            (Role::SecurityAdmin, ReadAudit, Reach::No),
            (Role::SecurityAdmin, DecideAccount, Reach::Others),
            (Role::Liaison, AskAccount, Reach::Own),
            (Role::Liaison, AnswerNotice, Reach::Own),
            (Role::Clerk, KeepAttendance, Reach::Any),
            (Role::Clerk, FetchReleased, Reach::Own),
            (Role::Approver, DecideSignOff, Reach::Others),
            (Role::Operator, SteerMeeting, Reach::Any),
            (Role::Operator, SeeVenue, Reach::Any),
            (Role::Leader, ChangeSession, Reach::Own),
            (Role::Leader, Visit, Reach::No),
        ] {
            assert_eq!(reach(role, action), expect, "{role:?} {action:?}");
        }
        // Whoever reads the book does nothing else but what everybody does with their own.
        let reads = Action::ALL.into_iter().filter(|action| reach(Role::AuditAdmin, *action) != Reach::No);
        assert_eq!(reads.collect::<Vec<_>>(), [ChangeSession, HearChanges, SeeAccess, ReadAudit, OwnAccount]);
    }
}
