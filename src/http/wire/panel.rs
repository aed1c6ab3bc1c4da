//! What the panel, the log-in and paired machines send and receive.

use super::{
    AttendanceFigures, MeetingBrief, MeetingOpening, MeetingPerson, NewMove, RollCallFigures, SigningState, WireCodec,
    WireLegState,
};
use crate::{
    domain::{access::DeviceKind, role::Role, stage::Heard},
    id::ParticipantId,
};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

// ---- who am I ----

/// A role's name, as the server knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, ts(rename = "AccountRole"), schemars(rename = "AccountRole"))]
pub enum WireAccountRole {
    /// 系统管理员.
    SystemAdmin,
    /// 安全管理员.
    SecurityAdmin,
    /// 审计管理员.
    AuditAdmin,
    /// 会控员.
    Operator,
    /// 领导.
    Leader,
    /// 文秘.
    Clerk,
    /// 审签人.
    Approver,
    /// 联络员.
    Liaison,
}

impl From<Role> for WireAccountRole {
    fn from(role: Role) -> Self {
        match role {
            Role::SystemAdmin => Self::SystemAdmin,
            Role::SecurityAdmin => Self::SecurityAdmin,
            Role::AuditAdmin => Self::AuditAdmin,
            Role::Operator => Self::Operator,
            Role::Leader => Self::Leader,
            Role::Clerk => Self::Clerk,
            Role::Approver => Self::Approver,
            Role::Liaison => Self::Liaison,
        }
    }
}

impl From<WireAccountRole> for Role {
    fn from(role: WireAccountRole) -> Self {
        match role {
            WireAccountRole::SystemAdmin => Self::SystemAdmin,
            WireAccountRole::SecurityAdmin => Self::SecurityAdmin,
            WireAccountRole::AuditAdmin => Self::AuditAdmin,
            WireAccountRole::Operator => Self::Operator,
            WireAccountRole::Leader => Self::Leader,
            WireAccountRole::Clerk => Self::Clerk,
            WireAccountRole::Approver => Self::Approver,
            WireAccountRole::Liaison => Self::Liaison,
        }
    }
}

/// What a paired machine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "DeviceKind"), schemars(rename = "DeviceKind"))]
pub enum WireDeviceKind {
    /// Only shows.
    Screen,
    /// Shows, and sends the room's camera and microphone.
    Room,
    /// One leader's: attends as that person, once their PIN was typed.
    Seat,
}

impl From<DeviceKind> for WireDeviceKind {
    fn from(kind: DeviceKind) -> Self {
        match kind {
            DeviceKind::Screen => Self::Screen,
            DeviceKind::Room => Self::Room,
            DeviceKind::Seat => Self::Seat,
        }
    }
}

impl From<WireDeviceKind> for DeviceKind {
    fn from(kind: WireDeviceKind) -> Self {
        match kind {
            WireDeviceKind::Screen => Self::Screen,
            WireDeviceKind::Room => Self::Room,
            WireDeviceKind::Seat => Self::Seat,
        }
    }
}

/// Answer to `GET /api/me` and `POST /api/login`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Me {
    /// Nobody we know: the page shows the log-in.
    Stranger,
    /// Somebody whose account logged in again elsewhere, where only one log-in may last: the page shows the log-in and says so.
    Elsewhere {
        /// When, milliseconds since 1970.
        at_ms: u64,
        /// From where: an IP address.
        address: String,
    },
    /// A demonstration's visitor.
    Visitor,
    /// Somebody who logged in.
    User {
        /// Their account's id.
        account: String,
        /// What they log in with.
        login: String,
        /// Shown name.
        name: String,
        /// Their unit; may be empty.
        unit: String,
        /// What the account is for.
        roles: Vec<WireAccountRole>,
        /// Whether they sign now: the approver, or who deputises for them.
        signs: bool,
        /// Until the password is changed nothing else works.
        must_change_password: bool,
        /// Whether a second factor has to be set up before anything else.
        must_enrol: bool,
        /// When this account last logged in before this time, milliseconds since 1970.
        last_login_ms: Option<u64>,
        /// How the console stands.
        console: ConsoleState,
        /// What a new password must be.
        password_rules: WirePasswordRules,
    },
    /// A paired machine.
    Device {
        /// Its shown name.
        name: String,
        /// What it does.
        device: WireDeviceKind,
        /// Where it stands.
        venue: String,
        /// The meeting a leader's seat attends, since its person's PIN was typed.
        attends: Option<String>,
    },
}

/// What a password must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "PasswordRules"), schemars(rename = "PasswordRules"))]
pub struct WirePasswordRules {
    /// Fewest characters.
    pub chars: u32,
    /// Fewest classes of small letters, capitals, digits and signs.
    pub classes: u32,
    /// How many earlier ones may not come again, the present one included.
    pub history: u32,
}

/// How the reader's own console stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsoleState {
    /// Whether its controls are locked: it reads on, and what it would change is refused with `console.locked`.
    pub locked: bool,
    /// Whether the PIN opens it now.
    pub pin_opens: bool,
    /// Whether the account has a PIN.
    pub has_pin: bool,
    /// Fewest digits of a PIN.
    pub pin_digits: u32,
    /// Seconds without any act after which it locks; null if it doesn't by itself.
    pub locks_after_s: Option<u64>,
}

/// Body of `POST /api/me/unlock`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "by", rename_all = "camelCase", deny_unknown_fields)]
pub enum ConsoleKey {
    /// By the account's PIN.
    Pin {
        /// Its digits.
        pin: String,
    },
    /// By the account's password.
    Password {
        /// What was typed.
        password: String,
    },
}

/// Body of `POST /api/me/pin`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPin {
    /// The account's password, once more.
    pub password: String,
    /// 6 to 12 digits.
    pub pin: String,
}

/// One of the reader's own log-ins, in the answer to `GET /api/me/logins`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoginEntry {
    /// Its id; no secret.
    pub id: String,
    /// When it began, milliseconds since 1970.
    pub made_at_ms: u64,
    /// When it was last used; noted once a minute.
    pub seen_at_ms: u64,
    /// From where: an IP address.
    pub address: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Body of `POST /api/login`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoginRequest {
    /// Account name.
    pub login: String,
    /// Password.
    pub password: String,
    /// Six digits of the second factor, or a recovery code: asked for by `login.code_needed`.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub code: Option<String>,
}

/// Answer to `GET /api/me/second-factor`: how one's own second factor (动态口令) stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorState {
    /// Whether the log-in has a second step.
    pub on: bool,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
}

/// Answer to `POST /api/me/second-factor`: what an authenticator has to be told, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorBegun {
    /// The secret, to be typed.
    pub secret: String,
    /// The same as a QR code: modules of a side.
    pub side: u32,
    /// The dark ones, as the path of an SVG.
    pub path: String,
}

/// Body of `POST /api/me/second-factor/confirm`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecondFactorCode {
    /// Six digits, as the authenticator shows them now.
    pub code: String,
}

/// Answer to it: codes that stand in for a lost authenticator, each once. They are shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
}

/// Body of `POST /api/me/password`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordChange {
    /// The present one.
    pub old: String,
    /// The next one: at least 10 characters of 3 classes.
    pub new: String,
}

// ---- accounts ----

/// One account, as the security administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccountEntry {
    /// Its id.
    pub id: String,
    /// What its owner logs in with.
    pub login: String,
    /// Whose it is.
    pub name: String,
    /// Id of their unit, if they belong to one.
    pub unit: Option<String>,
    /// Its name; empty without one.
    pub unit_name: String,
    /// What it is for.
    pub roles: Vec<WireAccountRole>,
    /// Whether it can log in.
    pub enabled: bool,
    /// Whether too many failures hold it back now.
    pub locked: bool,
    /// Whether it still has its one-time password.
    pub must_change_password: bool,
    /// Last log-in, milliseconds since 1970.
    pub last_login_ms: Option<u64>,
    /// Sessions that run now.
    pub sessions: u32,
    /// Whether nobody has logged in with it or been given a password for 90 days.
    pub unused: bool,
    /// Its leave to be system and security administrator at once.
    pub exception: Option<ExceptionEntry>,
    /// Whether its log-in asks for a code.
    pub second_factor: bool,
    /// Whether its second factor was a certificate that can be shown no more: nobody logs in there as it stands.
    pub factor_lost: bool,
    /// Its certificates, the latest first.
    pub certificates: Vec<CertificateEntry>,
}

/// A certificate (客户端证书) that is registered to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CertificateEntry {
    /// SHA-256 of it, 64 hexadecimal digits.
    pub id: String,
    /// Its serial number, `AA:BB:…`.
    pub serial: String,
    /// What a browser calls it.
    pub subject: String,
    /// Last moment it is good, milliseconds since 1970.
    pub not_after_ms: u64,
    /// When it was made, milliseconds since 1970.
    pub made_at_ms: u64,
    /// Who made it, as the book has it.
    pub made_by: String,
    /// When it was revoked, if it was, milliseconds since 1970.
    pub revoked_at_ms: Option<u64>,
}

/// Answer to `GET /api/me/certificates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnCertificates {
    /// Whether browsers are asked for a certificate.
    pub asked: bool,
    /// The [id](CertificateEntry::id) of what this browser has shown, whosever it is; `null` if nothing.
    pub shown: Option<String>,
    /// One's own, the latest first.
    pub certificates: Vec<CertificateEntry>,
}

/// A leave to be system and security administrator at once (三员例外).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExceptionEntry {
    /// The account's log-in name.
    pub login: String,
    /// How it came about.
    pub origin: WireOrigin,
    /// Since when, milliseconds since 1970.
    pub since_ms: u64,
    /// Who decided; empty if nobody did.
    pub decided_by: String,
    /// Why; empty if nobody decided.
    pub reason: String,
    /// Shown name of who recorded it; empty if nobody did.
    pub recorded_by: String,
}

/// How an exception came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "ExceptionOrigin"), schemars(rename = "ExceptionOrigin"))]
pub enum WireOrigin {
    /// 首次启动: the officers are not there yet.
    FirstRun,
    /// 升级以前: it was both before exceptions were recorded.
    FromBefore,
    /// Somebody decided it for a small unit.
    Decided,
}

/// Who decided that one account may be system and security administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewException {
    /// Who, 1 to 64 characters: a leader of the unit, by office and name.
    pub decided_by: String,
    /// Why, 1 to 200 characters.
    pub reason: String,
}

/// Body of `POST /api/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAccount {
    /// What its owner logs in with: 2 to 32 letters, digits, `.`, `-`, `_`.
    pub login: String,
    /// Whose it is, 1 to 64 characters.
    pub name: String,
    /// Id of their unit; left out or empty: none.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub unit: Option<String>,
    /// What it is for; at least one.
    pub roles: Vec<WireAccountRole>,
    /// Needed if it is to be system and security administrator at once.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub exception: Option<NewException>,
}

/// An account that was made, or got a new one-time password. The password is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccountMade {
    /// The account.
    pub account: AccountEntry,
    /// To be changed at the first log-in.
    pub one_time_password: String,
}

/// Body of `POST /api/accounts/{account}/hand-over`: who takes the post over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewHandOver {
    /// What they will log in with.
    pub login: String,
    /// Shown name, 1 to 64 characters.
    pub name: String,
    /// Why: up to 200 characters.
    pub reason: String,
}

/// A post that was handed over, for the form that both sign.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HandOverMade {
    /// The account that began. Its password is shown once.
    pub made: AccountMade,
    /// Who left.
    pub from_name: String,
    /// The account that ended.
    pub from_login: String,
    /// Names of the units it answers for.
    pub units: Vec<String>,
    /// Why.
    pub reason: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
}

/// What the form of a hand-over says, as both signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HandOverForm {
    /// Id of the account that began.
    pub to_account: String,
    /// Who left.
    pub from_name: String,
    /// The account that ended.
    pub from_login: String,
    /// Who followed.
    pub to_name: String,
    /// The account that began.
    pub to_login: String,
    /// Their unit; empty without one.
    pub unit_name: String,
    /// What both accounts are for.
    pub roles: Vec<WireAccountRole>,
    /// Names of the units it answers for.
    pub units: Vec<String>,
    /// Why.
    pub reason: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
}

/// Body of `PATCH /api/accounts/{account}`; what is `null` or left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(test, ts(optional_fields))]
pub struct AccountChange {
    /// Whose it is.
    pub name: Option<String>,
    /// Id of their unit; empty: none.
    pub unit: Option<String>,
    /// What it is for.
    pub roles: Option<Vec<WireAccountRole>>,
    /// Needed if it is to become system and security administrator at once.
    pub exception: Option<NewException>,
    /// Whether it can log in; `false` ends its sessions.
    pub enabled: Option<bool>,
}

// ---- venues and machines ----

/// One venue (会场).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct VenueEntry {
    /// Its id, as in addresses.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Place in lists, smallest first (administrative order).
    pub rank: u32,
}

/// Body of `POST /api/venues`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewVenue {
    /// Its id, as in `/room/{venue}`: lower-case letters, digits, `-`, `_`; made up by the server if left out.
    #[cfg_attr(test, ts(optional))]
    pub id: Option<String>,
    /// Shown name, 1 to 64 characters.
    pub name: String,
}

/// Body of `PATCH /api/venues/{venue}`; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(test, ts(optional_fields))]
pub struct VenueChange {
    /// Shown name.
    pub name: Option<String>,
    /// Place in lists.
    pub rank: Option<u32>,
}

/// `GET /api/venues/{venue}/now`: what a room's machine shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct VenueNow {
    /// The venue.
    pub venue: VenueEntry,
    /// The meeting on air that it takes part in.
    pub on_air: Option<MeetingEntry>,
    /// Else the next one that is planned.
    pub next: Option<MeetingEntry>,
    /// What is counted in whichever it is.
    pub counted: ScreenFigures,
}

/// What the screens of a meeting count while it is about to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScreenFigures {
    /// How many came so far, while people sign in before it starts.
    pub signing_in: Option<AttendanceFigures>,
    /// The roll call that goes on.
    pub roll_call: Option<ScreenRollCall>,
}

/// What the screens show of a roll call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScreenRollCall {
    /// How many venues there are of each.
    pub figures: RollCallFigures,
    /// Name of the venue that is called.
    pub calling: Option<String>,
}

/// Answer to `GET /api/meetings/{meeting}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetingShown {
    /// The meeting in short.
    #[serde(flatten)]
    pub brief: MeetingBrief,
    /// What its screens count.
    pub counted: ScreenFigures,
}

/// One paired machine, or one that waits for its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceEntry {
    /// Its id.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// What it does.
    pub kind: WireDeviceKind,
    /// Where it stands.
    pub venue: String,
    /// Shown name of whose it is; of a leader's seat alone.
    pub person: Option<String>,
    /// How far it is.
    pub state: WireDeviceState,
    /// When it was last seen, milliseconds since 1970.
    pub last_seen_ms: Option<u64>,
}

/// How far a machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "DeviceState"), schemars(rename = "DeviceState"))]
pub enum WireDeviceState {
    /// Its code has not been entered yet.
    Waiting,
    /// Its code was not entered in time.
    Expired,
    /// It can be used.
    Paired,
    /// It was revoked.
    Revoked,
}

/// Body of `POST /api/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDevice {
    /// Shown name, 1 to 64 characters.
    pub name: String,
    /// What it does.
    pub kind: WireDeviceKind,
    /// Where it stands.
    pub venue: String,
    /// Log-in name of the leader whose seat it is.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub person: Option<String>,
}

/// Body of `POST /api/seat/attend`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeatPin {
    /// The PIN of the seat's person.
    pub pin: String,
}

/// Answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SeatAttends {
    /// The meeting it may join now.
    pub meeting: String,
}

/// A machine that may now be paired. The code is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceMade {
    /// The machine.
    pub device: DeviceEntry,
    /// To be typed at the machine, on the page `/pair`: 8 digits.
    pub code: String,
    /// Until when, milliseconds since 1970.
    pub expires_at_ms: u64,
}

/// Body of `POST /api/pair`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PairRequest {
    /// The code.
    pub code: String,
}

/// Answer to it, with the machine's cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Paired {
    /// Its shown name.
    pub name: String,
    /// What it does.
    pub kind: WireDeviceKind,
    /// Where it stands.
    pub venue: VenueEntry,
    /// The page to go to, a path of this server.
    pub open: String,
}

// ---- meetings ----

/// How far a meeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, ts(rename = "MeetingState"), schemars(rename = "MeetingState"))]
pub enum WireMeetingState {
    /// Nobody can join yet.
    Planned,
    /// It has a room.
    OnAir,
    /// It is over.
    Closed,
    /// It does not take place.
    Cancelled,
}

/// What kind of meeting it is (会议类型): which microphones are open and where the programme comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, ts(rename = "MeetingKind"), schemars(rename = "MeetingKind"))]
pub enum WireMeetingKind {
    /// 收听收看上级会议: the programme is a leg's; every microphone here begins closed.
    Upper,
    /// 本级会议: the county is the chair.
    Own,
}

/// One meeting in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetingEntry {
    /// Its id, as in addresses.
    pub id: String,
    /// Title.
    pub title: String,
    /// Planned start, milliseconds since 1970.
    pub starts_at_ms: u64,
    /// Planned end.
    pub ends_at_ms: u64,
    /// What kind it is.
    pub kind: WireMeetingKind,
    /// The one video codec publishers are held to where they can.
    pub codec: WireCodec,
    /// How far it is.
    pub state: WireMeetingState,
    /// Why it was cancelled; empty unless it was.
    pub cancel_reason: String,
    /// What the meetings have in common that were planned as one that comes again.
    pub series: Option<String>,
    /// The meeting it is the joint test of.
    pub tests: Option<String>,
    /// Which venues take part.
    pub venues: Vec<String>,
    /// Id of the line its programme comes from.
    pub line: Option<String>,
    /// Whose duty it is; null also to those who needn't know.
    pub operator: Option<MeetingPerson>,
    /// Leaders who attend; none to those who needn't know.
    pub leaders: Vec<MeetingPerson>,
    /// How it opens.
    pub opening: MeetingOpening,
    /// How its signature stands; null where its unit asks for none.
    pub signing: Option<SigningState>,
}

/// Body of `POST /api/meetings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMeeting {
    /// Title, 1 to 100 characters.
    pub title: String,
    /// Planned start, milliseconds since 1970.
    pub starts_at_ms: u64,
    /// Planned end, later than the start.
    pub ends_at_ms: u64,
    /// What kind it is.
    pub kind: WireMeetingKind,
    /// The one video codec; H.264 unless a seat cannot.
    pub codec: WireCodec,
    /// Which venues take part.
    pub venues: Vec<String>,
    /// Id of the line its programme comes from; left out or empty: none.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub line: Option<String>,
    /// Account of whose duty it is; left out or empty: nobody's.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub operator: Option<String>,
    /// Accounts of leaders who attend, at most 20.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub leaders: Option<Vec<String>>,
    /// How it opens; left out: as its kind has it, and by hand.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub opening: Option<MeetingOpening>,
    /// Whether the planner knows of every warning of `GET /api/schedule/check`.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub warned: Option<bool>,
    /// The meetings that give way to it, as that proposed or otherwise.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub moves: Option<Vec<NewMove>>,
    /// What its notice says; may be left out and written later.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub notice: Option<MeetingNotice>,
    /// Units that are invited to it, each time if it comes again; may be left out and invited later.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub units: Option<Vec<String>>,
}

/// What a meeting's notice says, which its recordings are found by: answer to `GET /api/meetings/{meeting}/notice` and body of
/// `POST`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeetingNotice {
    /// The unit that holds it: up to 64 characters.
    pub unit: String,
    /// Who attends; at most 500.
    pub attendees: Vec<MeetingAttendee>,
    /// The agenda: at most 60 items of up to 100 characters.
    pub agenda: Vec<String>,
    /// Whom to ask, with a telephone number: up to 64 characters. Empty: whose duty it is.
    #[serde(default)]
    pub contact: String,
    /// What is asked of those who come: at most 20 items of up to 120 characters. Empty: the usual sentences are printed.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// Whoever stands on the meeting's attendance list instead; an answer alone has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<MeetingAttendee>>", optional))]
    pub listed: Vec<MeetingAttendee>,
}

/// Somebody who attends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeetingAttendee {
    /// Name, often with an office: up to 64 characters.
    pub name: String,
    /// Their unit; may be empty.
    pub unit: String,
}

/// Body of `PATCH /api/meetings/{meeting}`; what is left out stays. A meeting on air keeps its codec and kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(test, ts(optional_fields))]
pub struct MeetingChange {
    /// Title.
    pub title: Option<String>,
    /// Planned start.
    pub starts_at_ms: Option<u64>,
    /// Planned end.
    pub ends_at_ms: Option<u64>,
    /// What kind it is.
    pub kind: Option<WireMeetingKind>,
    /// The one video codec.
    pub codec: Option<WireCodec>,
    /// Which venues take part.
    pub venues: Option<Vec<String>>,
    /// Id of the line its programme comes from; empty: none.
    pub line: Option<String>,
    /// Account of whose duty it is; empty: nobody's.
    pub operator: Option<String>,
    /// Accounts of leaders who attend.
    pub leaders: Option<Vec<String>>,
    /// How it opens; on air only the banner may become another.
    pub opening: Option<MeetingOpening>,
    /// Whether the planner knows of every warning.
    pub warned: Option<bool>,
    /// Whether the planner knows that an arrangement that is signed has to be signed for again.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub unsigns: Option<bool>,
    /// The meetings that give way to it.
    pub moves: Option<Vec<NewMove>>,
    /// Whether all later ones of its series follow.
    pub later: Option<bool>,
    /// Whether the planner knows that what was tested becomes another (联调后更改).
    pub after_test: Option<bool>,
}

/// Who is on air and heard in a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StageState {
    /// The participant whose picture and sound is the programme.
    pub on_air: Option<String>,
    /// Whose sound reaches anyone, that of the programme included.
    pub heard: WireHeard,
}

impl StageState {
    /// A stage as pages see it; `heard` is everybody who is heard, however they were opened.
    #[must_use]
    pub fn new(on_air: Option<ParticipantId>, heard: Heard) -> Self {
        let heard = match heard {
            Heard::All => WireHeard::All,
            Heard::Only(list) => WireHeard::Only { participants: list.into_iter().map(Into::into).collect() },
            Heard::Nobody => WireHeard::Nobody,
        };
        Self { on_air: on_air.map(Into::into), heard }
    }
}

/// Whose sound reaches anyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "who", rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "Heard"), schemars(rename = "Heard"))]
pub enum WireHeard {
    /// Everybody's.
    All,
    /// Only these participants'.
    Only {
        /// Which.
        participants: Vec<String>,
    },
    /// Nobody's.
    Nobody,
}

/// Body of `POST /api/meetings/{meeting}/programme`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProgrammeChoice {
    /// Whose picture and sound; `null` shows the slate.
    pub participant: Option<String>,
    /// Whether their sound is opened in the same step. Sound that came with the programme before is closed in any case; a
    /// microphone that was opened by itself stays as it is.
    pub with_sound: bool,
}

/// Body of `POST /api/meetings/{meeting}/microphones`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MicrophoneChange {
    /// Whose.
    pub participant: String,
    /// Open, or closed in the relay.
    pub open: bool,
}

// ---- links ----

/// Where a link gets its picture and sound from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum LegSource {
    /// Pulled from an encoder's or camera's RTSP address.
    Rtsp {
        /// `rtsp://host:port/path`, without name and password.
        url: String,
        /// Whether media comes inside the TCP connection or by UDP.
        transport: RtspTransport,
        /// Name to log in with; empty if none is needed.
        user: String,
        /// Password: written, never read. `null` in an answer; in a change `null` keeps it.
        password: Option<String>,
    },
    /// Called by us at an SRT address.
    SrtCaller {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// Stream id; may be empty.
        stream_id: String,
        /// Passphrase, 10 to 79 characters: written, never read. `null` in a change keeps it, empty means none.
        passphrase: Option<String>,
        /// Receive buffer, milliseconds.
        latency_ms: u32,
    },
    /// Listening for an encoder that calls us by SRT.
    SrtListener {
        /// UDP port to listen on.
        port: u16,
        /// Passphrase, as above.
        passphrase: Option<String>,
        /// Receive buffer, milliseconds.
        latency_ms: u32,
    },
    /// The demonstration's test picture.
    Demo,
}

/// How RTSP carries media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RtspTransport {
    /// Inside the RTSP connection: gets through every firewall.
    Tcp,
    /// On UDP ports of its own: less delay.
    Udp,
}

/// One link that was set up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LegEntry {
    /// Its id; also who it is in its meeting.
    pub id: String,
    /// Shown name, for example 省主会场.
    pub name: String,
    /// The meeting it feeds.
    pub meeting: String,
    /// Where it gets its picture from; secrets are `null`.
    pub source: LegSource,
    /// Whether a secret is stored.
    pub has_secret: bool,
    /// Whether it comes from the settings file and so can't be changed here.
    pub from_settings: bool,
    /// Whether it is to run while its meeting is on air.
    pub enabled: bool,
    /// How it is.
    pub state: WireLegState,
    /// What that means and what to do: a sentence in Chinese; empty when all is well.
    pub sentence: String,
    /// How often it was started again.
    pub restarts: u64,
    /// Since when it feeds the meeting, milliseconds since 1970.
    pub since_ms: Option<u64>,
}

/// Body of `POST /api/legs`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLeg {
    /// Shown name, 1 to 64 characters.
    pub name: String,
    /// The meeting it feeds.
    pub meeting: String,
    /// Where it gets its picture from.
    pub source: LegSource,
}

/// Body of `PATCH /api/legs/{leg}`; what is left out stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(test, ts(optional_fields))]
pub struct LegChange {
    /// Shown name.
    pub name: Option<String>,
    /// The meeting it feeds.
    pub meeting: Option<String>,
    /// Where it gets its picture from.
    pub source: Option<LegSource>,
}
