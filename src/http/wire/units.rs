//! Units, who answers for them, the accounts that are asked for, who may do what, and how the controls stand.

use super::{ExceptionEntry, WireAccountRole};
use crate::domain::{access::Reach, self_check::Verdict as Standing};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// Answer to `GET /api/units`: all for the security administrator, for a liaison what they answer for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnitList {
    /// In administrative order.
    pub units: Vec<UnitEntry>,
    /// All that wait, the oldest first, then the latest that were decided.
    pub requests: Vec<AccountRequestEntry>,
}

/// One unit (单位).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnitEntry {
    /// Its id.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Place in lists, smallest first (administrative order).
    pub rank: u32,
    /// Whether this server belongs to it (本级): its approver signs for whatever no other unit's signs for.
    pub own: bool,
    /// Whether what its meetings are to be is signed for.
    pub signs_arrangements: bool,
    /// Since when it is closed, if it is, milliseconds since 1970: it keeps its records and gets no more people.
    pub closed_at_ms: Option<u64>,
    /// Who answers for it: the liaison first, then the deputies.
    pub liaisons: Vec<UnitLiaison>,
    /// Whether the reader is one of them.
    pub mine: bool,
    /// Its people's accounts, by their log-in names.
    pub people: Vec<UnitPerson>,
}

/// Somebody who answers for a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnitLiaison {
    /// Their account's id.
    pub account: String,
    /// Shown name.
    pub name: String,
}

/// Somebody of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnitPerson {
    /// Their account's id.
    pub account: String,
    /// What they log in with.
    pub login: String,
    /// Shown name.
    pub name: String,
    /// What the account is for.
    pub roles: Vec<WireAccountRole>,
    /// Whether it can log in.
    pub enabled: bool,
    /// Whether nobody has logged in with it or been given a password for 90 days.
    pub unused: bool,
    /// When it last logged in, milliseconds since 1970.
    pub last_login_ms: Option<u64>,
}

/// A request for an account (账号申请), and what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccountRequestEntry {
    /// Its id.
    pub id: String,
    /// Name of the unit.
    pub unit: String,
    /// Name of whoever asked.
    pub asked_by: String,
    /// Whether that is the reader.
    pub mine: bool,
    /// When, milliseconds since 1970.
    pub asked_at_ms: u64,
    /// What the account's owner will log in with.
    pub login: String,
    /// Whose it will be.
    pub name: String,
    /// What it will be for.
    pub roles: Vec<WireAccountRole>,
    /// Why it is needed.
    pub reason: String,
    /// `null` while it waits.
    pub decision: Option<AccountDecision>,
}

/// What a security administrator said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccountDecision {
    /// Their name.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// Whether the account was made.
    pub granted: bool,
    /// Why not; empty if it was.
    pub reason: String,
}

/// Body of `POST /api/units`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUnit {
    /// Shown name, 1 to 64 characters; no other unit has it.
    pub name: String,
}

/// Body of `PATCH /api/units/{unit}`; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(test, ts(optional_fields))]
pub struct UnitChange {
    /// Shown name.
    pub name: Option<String>,
    /// Place in lists.
    pub rank: Option<u32>,
    /// Whether this server belongs to it; it belongs to no other then.
    pub own: Option<bool>,
    /// Whether what its meetings are to be is signed for.
    pub signs_arrangements: Option<bool>,
    /// Ids of the accounts that answer for it: the liaison first, then up to three deputies; each has the role `liaison`.
    pub liaisons: Option<Vec<String>>,
}

/// Body of `POST /api/units/{unit}/account-requests`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAccountRequest {
    /// What the account's owner will log in with.
    pub login: String,
    /// Whose it will be.
    pub name: String,
    /// What it will be for: `operator`, `leader`, `clerk`, `liaison`.
    pub roles: Vec<WireAccountRole>,
    /// Why it is needed: up to 200 characters.
    pub reason: String,
}

/// Answer to what checks or applies a table: each of its lines, and the mark it is applied with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImportCheck {
    /// In the order of the file.
    pub lines: Vec<ImportLineEntry>,
    /// Sent along when it is applied: what was shown is what is done.
    pub mark: String,
}

/// One line of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImportLineEntry {
    /// Its number in the file, from 1.
    pub line: u32,
    /// Whom or what it is about, as written there.
    pub name: String,
    /// What comes of it.
    pub result: WireImportResult,
    /// What becomes different of what is there.
    pub differences: Vec<ImportDifference>,
    /// What is wrong.
    pub faults: Vec<ImportFaultEntry>,
}

/// What comes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "ImportResult"), schemars(rename = "ImportResult"))]
pub enum WireImportResult {
    /// It is new.
    Make,
    /// It is there, and becomes so.
    Change,
    /// It is there, and is so.
    Leave,
    /// It can't be so: nothing of the table is applied.
    Wrong,
}

/// One value that becomes another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImportDifference {
    /// The head of its column.
    pub column: String,
    /// As it is.
    pub before: String,
    /// As it will be.
    pub after: String,
}

/// What is wrong with one cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImportFaultEntry {
    /// The head of its column.
    pub column: String,
    /// A sentence in Chinese.
    pub sentence: String,
    /// The same in English.
    pub sentence_en: String,
}

/// Answer to `GET /api/access`: who may do what, as the server decides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessTable {
    /// Every role.
    pub roles: Vec<WireAccountRole>,
    /// Every action.
    pub rows: Vec<AccessRow>,
    /// Roles that no account has together, in pairs.
    pub apart: Vec<[WireAccountRole; 2]>,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessRow {
    /// Its stable name: `steer_meeting`.
    pub action: String,
    /// How far each role reaches, in the order of the roles.
    pub reach: Vec<WireReach>,
}

/// How far a role reaches with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "Reach"), schemars(rename = "Reach"))]
pub enum WireReach {
    /// It may not.
    No,
    /// Of what is one's own alone.
    Own,
    /// Of what is somebody else's alone.
    Others,
    /// It may.
    Any,
}

impl From<Reach> for WireReach {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::No => Self::No,
            Reach::Own => Self::Own,
            Reach::Others => Self::Others,
            Reach::Any => Self::Any,
        }
    }
}

/// One line of the answer to `GET /api/self-check`: a control, and how it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckLine {
    /// Its stable name: `password_age`.
    pub control: String,
    /// How it stands.
    pub verdict: WireCheckVerdict,
    /// Its values.
    pub figures: Vec<u64>,
    /// Whom or what it is about: log-in names, names of units or roles.
    pub names: Vec<String>,
    /// Of whoever is system and security administrator at once, by whose leave.
    pub exceptions: Vec<ExceptionEntry>,
}

/// How a control stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "CheckVerdict"), schemars(rename = "CheckVerdict"))]
pub enum WireCheckVerdict {
    /// It holds.
    Holds,
    /// Somebody should look.
    Look,
    /// It doesn't hold.
    Fails,
}

impl From<Standing> for WireCheckVerdict {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Holds => Self::Holds,
            Standing::Look => Self::Look,
            Standing::Fails => Self::Fails,
        }
    }
}
