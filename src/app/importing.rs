//! Tables of units, people and holidays: handed out as files, and read back as a whole or not at all.
//!
//! A file is checked first; what would come of each line is shown, and gets a mark. It is applied with that mark alone: if
//! anything has become different meanwhile, it is to be checked again. Units are the security administrator's. People are
//! brought by liaisons, whose new ones become requests for accounts, and by the security administrator, who corrects names and
//! units of those who are there: no table makes an account.

use super::{
    App,
    table_file::{self, FileFault, TableFormat},
};
use crate::{
    domain::{
        access::{self, Action, Actor, LoggedIn, Refusal, Resource},
        account_request::AccountRequest,
        hex,
        import::{
            self, Brings, Column, DAYS, Difference, Fault, HeadFault, Judged, Outcome, PEOPLE, PersonChange, Sheet,
            UNITS,
        },
        org_unit::OrgUnit,
        workday::SpecialDay,
    },
    store::StoreError,
};
use ring::digest;
use std::time::SystemTime;

/// What a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Units, their order and who answers for them.
    Units,
    /// People and their accounts.
    People,
    /// One year's holidays and make-up days.
    Days,
}

/// Why a table is not handed out or not read.
#[derive(Debug, thiserror::Error)]
pub enum ImportFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// The file is no table.
    #[error("the file is no table")]
    File(#[source] FileFault),
    /// Its heads are not what they should be.
    #[error("the table's heads are wrong")]
    Head(#[source] HeadFault),
    /// Lines are wrong: nothing was applied.
    #[error("lines of the table are wrong")]
    Wrong,
    /// It is not what was checked, or things have become different.
    #[error("it is not what was checked")]
    Otherwise,
    /// The store failed.
    #[error("cannot read or write")]
    Store(#[source] StoreError),
}

/// What would come of a file, or came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Each of its lines.
    pub lines: Vec<ImportLine>,
    /// The mark it is applied with.
    pub mark: String,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLine {
    /// Its number in the file, from 1.
    pub number: u32,
    /// Whom or what it is about, as written there.
    pub name: String,
    /// What comes of it.
    pub result: ImportResult,
}

/// What comes of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportResult {
    /// It is new.
    Made,
    /// It is there, and becomes so.
    Changed(Vec<Difference>),
    /// It is there, and is so.
    Left,
    /// It can't be so.
    Wrong(Vec<Fault>),
}

impl App {
    /// Whether this actor may bring or fetch such a table.
    pub fn may_move_table(&self, actor: &Actor, table: Table) -> Result<(), ImportFault> {
        let action = match table {
            Table::Units => Action::ManageAccounts,
            Table::People => Action::SeeUnits,
            Table::Days => Action::PlanMeeting,
        };
        access::allow(actor, action, &Resource::Server).map_err(ImportFault::Access)
    }

    /// A file with the heads of such a table, to be filled in.
    pub fn table_template(&self, actor: &Actor, table: Table, format: TableFormat) -> Result<Vec<u8>, ImportFault> {
        self.may_move_table(actor, table)?;
        let columns: &[Column] = match table {
            Table::Units => &[Column::Rank, Column::Unit, Column::Own, Column::Liaison, Column::Deputies],
            Table::People => &[Column::Login, Column::Person, Column::Unit, Column::Roles, Column::Reason],
            Table::Days => &DAYS,
        };
        Ok(table_file::write(&[heads(columns)], format))
    }

    /// All units in administrative order, or all people this actor may see. No secret is in it.
    pub async fn export_table(&self, actor: &Actor, table: Table, format: TableFormat) -> Result<Vec<u8>, ImportFault> {
        self.may_move_table(actor, table)?;
        let units = self.store.org_units().await.map_err(ImportFault::Store)?;
        let accounts = self.store.accounts().await.map_err(ImportFault::Store)?;
        let rows = match table {
            Table::Units => {
                let row = |unit: &OrgUnit| UNITS.map(|column| import::unit_cell(unit, column, &accounts)).to_vec();
                std::iter::once(heads(&UNITS)).chain(units.iter().map(row)).collect::<Vec<_>>()
            }
            Table::People => {
                let all = access::allow(actor, Action::ManageAccounts, &Resource::Server).is_ok();
                let user = somebody(actor)?;
                let answers = |unit: &OrgUnit| unit.liaisons.contains(&user.account);
                let mine: Vec<_> = units.iter().filter(|unit| answers(unit)).map(|unit| &unit.id).collect();
                let seen =
                    accounts.iter().filter(|one| all || one.org_unit.as_ref().is_some_and(|of| mine.contains(&of)));
                let row = |account| PEOPLE.map(|column| import::person_cell(account, column)).to_vec();
                std::iter::once(heads(&PEOPLE)).chain(seen.map(row)).collect()
            }
            Table::Days => {
                let days = self.store.workdays().await.map_err(ImportFault::Store)?;
                let row = |day| DAYS.map(|column| import::day_cell(day, column)).to_vec();
                std::iter::once(heads(&DAYS)).chain(days.iter().map(row)).collect()
            }
        };
        Ok(table_file::write(&rows, format))
    }

    /// What would come of this file.
    pub async fn check_import(&self, actor: &Actor, table: Table, file: Vec<u8>) -> Result<Import, ImportFault> {
        self.may_move_table(actor, table)?;
        let sheet = read(table, file).await?;
        self.judged(actor, table, &sheet).await.map(|judged| judged.said())
    }

    /// Does what was shown when this file was checked: all of it, or nothing.
    pub async fn apply_import(
        &self,
        actor: &Actor,
        table: Table,
        file: Vec<u8>,
        mark: &str,
        now: SystemTime,
    ) -> Result<Import, ImportFault> {
        self.may_move_table(actor, table)?;
        let sheet = read(table, file).await?;
        let _turn = self.desk.lock().await;
        let judged = self.judged(actor, table, &sheet).await?;
        let said = judged.said();
        if said.lines.iter().any(|line| matches!(line.result, ImportResult::Wrong(_))) {
            return Err(ImportFault::Wrong);
        }
        if said.mark != mark {
            return Err(ImportFault::Otherwise);
        }
        match judged {
            JudgedTable::Units(lines) => {
                let units = lines.into_iter().filter_map(|line| due(line.outcome)).collect::<Vec<_>>();
                self.store.save_org_units(&units).await.map_err(ImportFault::Store)?;
            }
            JudgedTable::People(lines) => {
                let by = somebody(actor)?.account.clone();
                let (mut asked, mut kept) = (Vec::new(), Vec::new());
                for change in lines.into_iter().filter_map(|line| due(line.outcome)) {
                    match change {
                        PersonChange::Keep(account) => kept.push(account),
                        PersonChange::Ask(unit, wish) => {
                            let (id, asked_by) = (super::new_id(), by.clone());
                            asked.push(AccountRequest { id, unit, asked_by, asked: now, wish, decision: None });
                        }
                    }
                }
                self.store.apply_people(&asked, &kept).await.map_err(ImportFault::Store)?;
            }
            JudgedTable::Days(lines) => {
                let days: Vec<_> = lines.into_iter().filter_map(|line| due(line.outcome)).collect();
                self.store.save_days(&days).await.map_err(ImportFault::Store)?;
            }
        }
        Ok(said)
    }

    async fn judged(&self, actor: &Actor, table: Table, sheet: &Sheet) -> Result<JudgedTable, ImportFault> {
        let units = self.store.org_units().await.map_err(ImportFault::Store)?;
        let accounts = self.store.accounts().await.map_err(ImportFault::Store)?;
        Ok(match table {
            Table::Units => JudgedTable::Units(import::units(sheet, &units, &accounts, super::new_id)),
            Table::People => {
                let manages = access::allow(actor, Action::ManageAccounts, &Resource::Server).is_ok();
                let brings = if manages { Brings::Officer } else { Brings::Liaison(&somebody(actor)?.account) };
                let mut requests = self.store.account_requests().await.map_err(ImportFault::Store)?;
                requests.retain(|request| request.decision.is_none());
                JudgedTable::People(import::people(sheet, brings, &units, &accounts, &requests))
            }
            Table::Days => {
                let known = self.store.workdays().await.map_err(ImportFault::Store)?;
                JudgedTable::Days(import::days(sheet, &known))
            }
        })
    }
}

/// A table whose lines were judged.
enum JudgedTable {
    Units(Vec<Judged<OrgUnit>>),
    People(Vec<Judged<PersonChange>>),
    Days(Vec<Judged<SpecialDay>>),
}

impl JudgedTable {
    /// What is told of it. The mark is a checksum of what is told: what tells the same does the same.
    fn said(&self) -> Import {
        let lines: Vec<ImportLine> = match self {
            Self::Units(lines) => lines.iter().map(line).collect(),
            Self::People(lines) => lines.iter().map(line).collect(),
            Self::Days(lines) => lines.iter().map(line).collect(),
        };
        let made = match self {
            // Their ids are made anew each time; everything else of them counts.
            Self::Units(lines) => {
                lines.iter().map(|line| format!("{:?}", made_unit(&line.outcome))).collect::<String>()
            }
            Self::People(lines) => format!("{lines:?}"),
            Self::Days(lines) => format!("{lines:?}"),
        };
        let mark = digest::digest(&digest::SHA256, format!("{lines:?}{made}").as_bytes());
        Import { lines, mark: hex::encode(mark.as_ref()) }
    }
}

fn made_unit(outcome: &Outcome<OrgUnit>) -> Option<(&str, u32, bool, &[crate::id::AccountId])> {
    match outcome {
        Outcome::Make(unit) => Some((&unit.name, unit.rank, unit.own, &unit.liaisons)),
        _ => None,
    }
}

fn line<T>(judged: &Judged<T>) -> ImportLine {
    let result = match &judged.outcome {
        Outcome::Make(_) => ImportResult::Made,
        Outcome::Change(_, differences) => ImportResult::Changed(differences.clone()),
        Outcome::Leave => ImportResult::Left,
        Outcome::Wrong(faults) => ImportResult::Wrong(faults.clone()),
    };
    ImportLine { number: judged.number, name: judged.name.clone(), result }
}

fn due<T>(outcome: Outcome<T>) -> Option<T> {
    match outcome {
        Outcome::Make(thing) | Outcome::Change(thing, _) => Some(thing),
        Outcome::Leave | Outcome::Wrong(_) => None,
    }
}

async fn read(table: Table, file: Vec<u8>) -> Result<Sheet, ImportFault> {
    // Aside, since a large file takes a while; and a reader that panics has only found a damaged file.
    let rows = tokio::task::spawn_blocking(move || table_file::read(&file)).await;
    let rows = rows.unwrap_or(Err(FileFault::Damaged)).map_err(ImportFault::File)?;
    let (columns, needed): (&[Column], &[Column]) = match table {
        Table::Units => (&UNITS, &[Column::Unit]),
        Table::People => (&PEOPLE, &[Column::Login, Column::Person]),
        Table::Days => (&DAYS, &DAYS),
    };
    Sheet::of(rows, columns, needed).map_err(ImportFault::Head)
}

fn heads(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| column.title().to_owned()).collect()
}

fn somebody(actor: &Actor) -> Result<&LoggedIn, ImportFault> {
    match actor {
        Actor::User(user) => Ok(user),
        _ => Err(ImportFault::Access(Refusal::Forbidden)),
    }
}
