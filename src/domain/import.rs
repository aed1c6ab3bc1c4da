//! A table of units, of people or of a year's holidays that somebody brings (导入): line by line, what would be made, changed or left, and what is wrong.
//!
//! Nothing is removed by a table, and nothing is granted by one: a person who has no account yet becomes a
//! [request](super::account_request) of the liaison who brings the table, which waits for the security administrator like any
//! other. What a file looks like is not known here; a table is rows of text.

mod days;

pub use days::{day_cell, days};

use super::{
    account::{Account, Login},
    account_request::{self, AccountRequest, Wish},
    line::{self, LineFault},
    org_unit::{self, OrgUnit, UNITS_MAX, can_answer},
    pen,
    role::{Role, Roles},
};
use crate::id::{AccountId, OrgUnitId};

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// A unit's id: only for renaming one.
    Id,
    /// Its place in lists.
    Rank,
    /// A unit's name.
    Unit,
    /// Whether the server belongs to it.
    Own,
    /// Its liaison's log-in name.
    Liaison,
    /// Its liaison's name, for who reads it.
    LiaisonName,
    /// Its deputies' log-in names.
    Deputies,
    /// Their names, for who reads it.
    DeputyNames,
    /// A log-in name.
    Login,
    /// Whose it is.
    Person,
    /// What the account is for.
    Roles,
    /// Why one is asked for.
    Reason,
    /// Whether it can log in, for who reads it.
    State,
    /// A day.
    Date,
    /// Whether people work on it.
    DayKind,
    /// Of which holiday it is.
    Holiday,
}

impl Column {
    /// As its head is written.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Id => "单位编号",
            Self::Rank => "顺序",
            Self::Unit => "单位名称",
            Self::Own => "本级",
            Self::Liaison => "联络员账号",
            Self::LiaisonName => "联络员姓名",
            Self::Deputies => "副联络员账号",
            Self::DeputyNames => "副联络员姓名",
            Self::Login => "账号",
            Self::Person => "姓名",
            Self::Roles => "角色",
            Self::Reason => "申请理由",
            Self::State => "状态",
            Self::Date => "日期",
            Self::DayKind => "放假或上班",
            Self::Holiday => "节日",
        }
    }
}

/// Columns of a table of units.
pub const UNITS: [Column; 8] = [
    Column::Id,
    Column::Rank,
    Column::Unit,
    Column::Own,
    Column::Liaison,
    Column::LiaisonName,
    Column::Deputies,
    Column::DeputyNames,
];

/// Columns of a table of people.
pub const PEOPLE: [Column; 6] =
    [Column::Login, Column::Person, Column::Unit, Column::Roles, Column::Reason, Column::State];

/// Columns of a table of one year's holidays and make-up days.
pub const DAYS: [Column; 3] = [Column::Date, Column::DayKind, Column::Holiday];

/// Largest place in lists that can be typed.
const RANK_MAX: u32 = 1_000_000;

/// From one unit to the next: room for one between them.
const RANK_STEP: u32 = 10;

/// Why a table can't be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadFault {
    /// It has no head, or nothing below it.
    #[error("the table is empty")]
    Empty,
    /// A head that is none.
    #[error("there is no column {title:?}")]
    Unknown {
        /// As it is written.
        title: String,
    },
    /// A column stands there twice.
    #[error("the column {0:?} is there twice")]
    Twice(Column),
    /// One that is needed is not there.
    #[error("the column {0:?} is missing")]
    Missing(Column),
}

/// A table whose heads are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// One line of it that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    number: u32,
    cells: Vec<String>,
}

impl Sheet {
    /// The table of these rows, each with its number in the file: the first that is not blank has the heads. Of `columns` all may be
    /// there, `needed` must.
    pub fn of(rows: Vec<(u32, Vec<String>)>, columns: &[Column], needed: &[Column]) -> Result<Self, HeadFault> {
        let blank = |cells: &[String]| cells.iter().all(|cell| cell.trim().is_empty());
        let mut rows = rows.into_iter().filter(|(_, cells)| !blank(cells));
        let (_, mut head) = rows.next().ok_or(HeadFault::Empty)?;
        while head.last().is_some_and(|title| title.trim().is_empty()) {
            head.pop();
        }
        let mut found = Vec::with_capacity(head.len());
        for title in &head {
            let column = columns.iter().find(|column| column.title() == title.trim());
            let column = *column.ok_or_else(|| HeadFault::Unknown { title: title.trim().to_owned() })?;
            if found.contains(&column) {
                return Err(HeadFault::Twice(column));
            }
            found.push(column);
        }
        if let Some(missing) = needed.iter().find(|needed| !found.contains(needed)) {
            return Err(HeadFault::Missing(*missing));
        }
        let rows: Vec<Row> = rows.map(|(number, cells)| Row { number, cells }).collect();
        if rows.is_empty() { Err(HeadFault::Empty) } else { Ok(Self { columns: found, rows }) }
    }

    fn has(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// What stands there, without blanks around it; empty if the column isn't there.
    fn cell<'a>(&self, row: &'a Row, column: Column) -> &'a str {
        let at = self.columns.iter().position(|known| *known == column);
        at.and_then(|at| row.cells.get(at)).map(|cell| cell.trim()).unwrap_or_default()
    }

    /// What stands right of the last head.
    fn stray<'a>(&self, row: &'a Row) -> Option<&'a str> {
        row.cells.iter().skip(self.columns.len()).map(|cell| cell.trim()).find(|cell| !cell.is_empty())
    }
}

/// One line, and what would come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged<T> {
    /// Its number in the file, from 1.
    pub number: u32,
    /// Whom or what it is about, as written there.
    pub name: String,
    /// What would come of it.
    pub outcome: Outcome<T>,
}

/// What would come of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It is new.
    Make(T),
    /// It is there, and would be so.
    Change(T, Vec<Difference>),
    /// It is there, and is so.
    Leave,
    /// It can't be so; the whole table is not applied.
    Wrong(Vec<Fault>),
}

/// One value that would be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub column: Column,
    /// As it is.
    pub before: String,
    /// As it would be.
    pub after: String,
}

/// What is wrong with one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub column: Column,
    /// What.
    pub why: Why,
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is no line of text.
    Text(LineFault),
    /// It is no number up to [`RANK_MAX`].
    Number,
    /// It is neither yes nor no.
    YesNo,
    /// There is no unit of this name, or none the reader answers for.
    NoUnit,
    /// There is no unit of this id.
    NoId,
    /// Another unit has this name.
    NameTaken,
    /// The same is in this line already.
    SameAs(u32),
    /// Nobody logs in so.
    Nobody(String),
    /// They can't answer for a unit: no liaison, or one who can't log in.
    NoLiaison(String),
    /// Named twice.
    Twice(String),
    /// More than [`org_unit::LIAISONS_MAX`].
    TooMany,
    /// Deputies without a liaison.
    LiaisonFirst,
    /// The unit is closed: it gets no people, no liaison and not the server.
    UnitClosed,
    /// There would be more units than [`UNITS_MAX`].
    Full,
    /// The server belongs to one unit.
    OwnAs(u32),
    /// These two approvers would share a pen.
    TwoApprovers([String; 2]),
    /// It is no log-in name.
    Login,
    /// An account of another unit has it.
    LoginTaken,
    /// It waits already, otherwise than it is written here.
    Waits,
    /// There is no such role.
    NoRole(String),
    /// No role, or one that can't be asked for.
    Roles,
    /// Too many of the unit would wait.
    TooManyWait,
    /// Only the unit's liaison asks for accounts.
    AskedByLiaison,
    /// Only the security administrator changes accounts.
    ChangedByOfficer,
    /// What an account is for is not changed by a table.
    RolesByHand,
    /// Something stands right of the last column.
    Stray,
    /// It is no date.
    Date,
    /// It is of another year than the first line's.
    OtherYear(i16),
    /// Neither 放假 nor 上班 nor 照常.
    DayKind,
    /// People work on that day anyway.
    WorksAnyway,
}

/// Judges a table of units. `new_id` makes an id for one that is new.
#[must_use]
pub fn units(
    sheet: &Sheet,
    known: &[OrgUnit],
    accounts: &[Account],
    mut new_id: impl FnMut() -> OrgUnitId,
) -> Vec<Judged<OrgUnit>> {
    let mut lines: Vec<UnitLine> = Vec::with_capacity(sheet.rows.len());
    let mut last = known.last().map_or(0, |unit| unit.rank);
    for row in &sheet.rows {
        let mut line = UnitLine::read(sheet, row, known, accounts, &mut new_id, &mut last);
        let same = |other: &&UnitLine| {
            other.unit.id == line.unit.id || (!line.unit.name.is_empty() && other.unit.name == line.unit.name)
        };
        if let Some(other) = lines.iter().find(same) {
            line.fault(Column::Unit, Why::SameAs(other.number));
        }
        if line.says_own
            && let Some(other) = lines.iter().find(|other| other.says_own)
        {
            line.fault(Column::Own, Why::OwnAs(other.number));
        }
        lines.push(line);
    }
    for line in lines.iter_mut().filter(|line| !line.unit.is_open()) {
        if line.says_own || !line.unit.liaisons.is_empty() {
            line.fault(Column::Unit, Why::UnitClosed);
        }
    }
    let room = UNITS_MAX.saturating_sub(known.len());
    for line in lines.iter_mut().filter(|line| line.before.is_none()).skip(room) {
        line.fault(Column::Unit, Why::Full);
    }
    let own = lines.iter().find(|line| line.says_own).map(|line| line.unit.id.clone());
    let after = |unit: &OrgUnit| {
        let unit = lines.iter().find(|line| line.unit.id == unit.id).map_or(unit, |line| &line.unit);
        OrgUnit { own: own.as_ref().map_or(unit.own, |own| unit.id == *own), ..unit.clone() }
    };
    let all: Vec<OrgUnit> =
        known.iter().map(after).chain(lines.iter().filter(|l| l.before.is_none()).map(|l| after(&l.unit))).collect();
    if let Some((one, other)) = pen::two_approvers(accounts, &all)
        && let Some(line) = lines.iter_mut().find(|line| line.before.as_ref().is_some_and(|b| b.own) != line.unit.own)
    {
        line.fault(Column::Own, Why::TwoApprovers([one.name.clone(), other.name.clone()]));
    }
    lines.into_iter().map(|line| line.judged(accounts)).collect()
}

/// A line about a unit as it is being read.
struct UnitLine {
    number: u32,
    name: String,
    before: Option<OrgUnit>,
    unit: OrgUnit,
    says_own: bool,
    faults: Vec<Fault>,
}

impl UnitLine {
    fn read(
        sheet: &Sheet,
        row: &Row,
        known: &[OrgUnit],
        accounts: &[Account],
        new_id: &mut impl FnMut() -> OrgUnitId,
        last: &mut u32,
    ) -> Self {
        let cell = |column| sheet.cell(row, column);
        let (id, name) = (cell(Column::Id), cell(Column::Unit));
        let before = match id {
            "" => known.iter().find(|unit| unit.name == name),
            id => known.iter().find(|unit| unit.id.as_str() == id),
        };
        let fresh = || OrgUnit {
            id: new_id(),
            name: String::new(),
            rank: 0,
            own: false,
            signs_arrangements: false,
            liaisons: Vec::new(),
            closed: None,
        };
        let unit = before.cloned().unwrap_or_else(fresh);
        let mut line = Self {
            number: row.number,
            name: name.to_owned(),
            before: before.cloned(),
            unit,
            says_own: false,
            faults: Vec::new(),
        };
        if sheet.stray(row).is_some() {
            line.fault(Column::Unit, Why::Stray);
        }
        if !id.is_empty() && before.is_none() {
            line.fault(Column::Id, Why::NoId);
        }
        match line::checked(name, org_unit::NAME_CHARS_MAX) {
            Ok(name) if known.iter().any(|unit| unit.id != line.unit.id && unit.name == name) => {
                line.fault(Column::Unit, Why::NameTaken);
            }
            Ok(name) => line.unit.name = name,
            Err(fault) => line.fault(Column::Unit, Why::Text(fault)),
        }
        match (cell(Column::Rank), cell(Column::Rank).parse()) {
            ("", _) if before.is_some() => {}
            ("", _) => {
                *last = last.saturating_add(RANK_STEP);
                line.unit.rank = *last;
            }
            (_, Ok(rank)) if rank <= RANK_MAX => line.unit.rank = rank,
            _ => line.fault(Column::Rank, Why::Number),
        }
        match cell(Column::Own) {
            "" => {}
            "是" => (line.unit.own, line.says_own) = (true, true),
            "否" => line.unit.own = false,
            _ => line.fault(Column::Own, Why::YesNo),
        }
        line.read_liaisons(sheet, row, accounts);
        line
    }

    fn read_liaisons(&mut self, sheet: &Sheet, row: &Row, accounts: &[Account]) {
        let (first, deputies) = self.unit.liaisons.split_at(self.unit.liaisons.len().min(1));
        let (mut first, mut deputies) = (first.to_vec(), deputies.to_vec());
        let mut faults = Vec::new();
        let mut named = |column: Column| -> Vec<AccountId> {
            let logins = words(sheet.cell(row, column));
            let known = logins.into_iter().filter_map(|word| match answering(word, accounts) {
                Ok(id) => Some(id),
                Err(why) => {
                    faults.push(Fault { column, why });
                    None
                }
            });
            known.collect()
        };
        if sheet.has(Column::Liaison) {
            first = named(Column::Liaison);
        }
        if sheet.has(Column::Deputies) {
            deputies = named(Column::Deputies);
        }
        let bad = !faults.is_empty();
        self.faults.extend(faults);
        if first.is_empty() && !deputies.is_empty() && !bad {
            self.fault(Column::Liaison, Why::LiaisonFirst);
        }
        if first.len() > 1 {
            self.fault(Column::Liaison, Why::TooMany);
        }
        let all: Vec<AccountId> = first.into_iter().chain(deputies).collect();
        let twice = all.iter().enumerate().find(|(place, id)| all[..*place].contains(id));
        if let Some((_, id)) = twice {
            let login = accounts.iter().find(|account| account.id == *id).map(|account| account.login.to_string());
            self.fault(Column::Deputies, Why::Twice(login.unwrap_or_default()));
        }
        if all.len() > org_unit::LIAISONS_MAX {
            self.fault(Column::Deputies, Why::TooMany);
        }
        self.unit.liaisons = all;
    }

    fn fault(&mut self, column: Column, why: Why) {
        self.faults.push(Fault { column, why });
    }

    fn judged(self, accounts: &[Account]) -> Judged<OrgUnit> {
        let outcome = match self.before {
            _ if !self.faults.is_empty() => Outcome::Wrong(self.faults),
            None => Outcome::Make(self.unit),
            Some(before) if before == self.unit => Outcome::Leave,
            Some(before) => {
                let differences = unit_differences(&before, &self.unit, accounts);
                Outcome::Change(self.unit, differences)
            }
        };
        Judged { number: self.number, name: self.name, outcome }
    }
}

fn unit_differences(before: &OrgUnit, after: &OrgUnit, accounts: &[Account]) -> Vec<Difference> {
    [Column::Rank, Column::Unit, Column::Own, Column::Liaison, Column::Deputies]
        .into_iter()
        .map(|column| Difference {
            column,
            before: unit_cell(before, column, accounts),
            after: unit_cell(after, column, accounts),
        })
        .filter(|difference| difference.before != difference.after)
        .collect()
}

/// What stands in a table of units.
#[must_use]
pub fn unit_cell(unit: &OrgUnit, column: Column, accounts: &[Account]) -> String {
    let (first, deputies) = unit.liaisons.split_at(unit.liaisons.len().min(1));
    let account = |id: &AccountId| accounts.iter().find(|account| account.id == *id);
    let logins = |ids: &[AccountId]| {
        ids.iter().filter_map(account).map(|account| account.login.to_string()).collect::<Vec<_>>().join("、")
    };
    let names = |ids: &[AccountId]| {
        ids.iter().filter_map(account).map(|account| account.name.clone()).collect::<Vec<_>>().join("、")
    };
    match column {
        Column::Id => unit.id.to_string(),
        Column::Rank => unit.rank.to_string(),
        Column::Unit => unit.name.clone(),
        Column::Own => if unit.own { "是" } else { "否" }.to_owned(),
        Column::Liaison => logins(first),
        Column::LiaisonName => names(first),
        Column::Deputies => logins(deputies),
        Column::DeputyNames => names(deputies),
        _ => String::new(),
    }
}

/// What stands in a table of people.
#[must_use]
pub fn person_cell(account: &Account, column: Column) -> String {
    match column {
        Column::Login => account.login.to_string(),
        Column::Person => account.name.clone(),
        Column::Unit => account.unit.clone(),
        Column::Roles => account.roles.iter().map(Role::title).collect::<Vec<_>>().join("、"),
        Column::State => if account.enabled { "可登录" } else { "已停用" }.to_owned(),
        _ => String::new(),
    }
}

/// Who brings a table of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings<'a> {
    /// A liaison: whoever is new is asked for.
    Liaison(&'a AccountId),
    /// The security administrator: names and units of those who are there.
    Officer,
}

/// What a line about a person comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonChange {
    /// An account is asked for.
    Ask(OrgUnitId, Wish),
    /// An account has another owner's name or unit.
    Keep(Account),
}

/// Judges a table of people. `requests` are those that wait.
#[must_use]
pub fn people(
    sheet: &Sheet,
    brings: Brings<'_>,
    units: &[OrgUnit],
    accounts: &[Account],
    requests: &[AccountRequest],
) -> Vec<Judged<PersonChange>> {
    let mut lines: Vec<(u32, String, Outcome<PersonChange>)> = Vec::with_capacity(sheet.rows.len());
    let mut after = accounts.to_vec();
    let mut waiting: Vec<OrgUnitId> = requests.iter().map(|request| request.unit.clone()).collect();
    for row in &sheet.rows {
        let login = sheet.cell(row, Column::Login).to_ascii_lowercase();
        let mut outcome = match (login.parse::<Login>(), sheet.stray(row)) {
            (_, Some(_)) => wrong(Column::Login, Why::Stray),
            (Err(_), _) => wrong(Column::Login, Why::Login),
            (Ok(login), _) => match brings {
                Brings::Liaison(by) => asked(sheet, row, &login, by, units, accounts, requests),
                Brings::Officer => kept(sheet, row, &login, units, &mut after),
            },
        };
        if let Some((number, ..)) = lines.iter().find(|(_, known, _)| *known == login) {
            outcome = wrong(Column::Login, Why::SameAs(*number));
        }
        if let Outcome::Make(PersonChange::Ask(unit, _)) = &outcome {
            if waiting.iter().filter(|known| *known == unit).count() >= account_request::WAITING_MAX {
                outcome = wrong(Column::Login, Why::TooManyWait);
            } else {
                waiting.push(unit.clone());
            }
        }
        lines.push((row.number, login, outcome));
    }
    lines.into_iter().map(|(number, name, outcome)| Judged { number, name, outcome }).collect()
}

/// What a liaison's line comes to.
fn asked(
    sheet: &Sheet,
    row: &Row,
    login: &Login,
    by: &AccountId,
    units: &[OrgUnit],
    accounts: &[Account],
    requests: &[AccountRequest],
) -> Outcome<PersonChange> {
    let mine: Vec<&OrgUnit> = units.iter().filter(|unit| unit.liaisons.contains(by)).collect();
    let unit = match (sheet.cell(row, Column::Unit), &mine[..]) {
        ("", [only]) => Some(*only),
        (name, _) => mine.iter().find(|unit| unit.name == name).copied(),
    };
    let Some(unit) = unit else { return wrong(Column::Unit, Why::NoUnit) };
    let (roles, mut faults) = roles(sheet.cell(row, Column::Roles));
    let name = sheet.cell(row, Column::Person);
    if let Some(account) = accounts.iter().find(|account| account.login == *login) {
        let of = account.org_unit.as_ref();
        if of.is_none_or(|of| mine.iter().all(|unit| unit.id != *of)) {
            return wrong(Column::Login, Why::LoginTaken);
        }
        let same = account.name == name && of == Some(&unit.id) && (account.roles == roles || roles.is_empty());
        return if same { Outcome::Leave } else { wrong(Column::Login, Why::ChangedByOfficer) };
    }
    match Wish::checked(login.as_str(), name, roles, sheet.cell(row, Column::Reason)) {
        Err(mistakes) => faults.extend(mistakes.into_iter().map(|mistake| match mistake {
            account_request::Mistake::Login => Fault { column: Column::Login, why: Why::Login },
            account_request::Mistake::Name(fault) => Fault { column: Column::Person, why: Why::Text(fault) },
            account_request::Mistake::Roles => Fault { column: Column::Roles, why: Why::Roles },
            account_request::Mistake::Reason(fault) => Fault { column: Column::Reason, why: Why::Text(fault) },
        })),
        Ok(wish) if faults.is_empty() => {
            return match requests.iter().find(|request| request.wish.login == *login) {
                None => Outcome::Make(PersonChange::Ask(unit.id.clone(), wish)),
                Some(known) if known.unit == unit.id && known.wish == wish => Outcome::Leave,
                Some(_) => wrong(Column::Login, Why::Waits),
            };
        }
        Ok(_) => {}
    }
    Outcome::Wrong(faults)
}

/// What a security administrator's line comes to; `after` has the accounts as the lines before it leave them.
fn kept(sheet: &Sheet, row: &Row, login: &Login, units: &[OrgUnit], after: &mut [Account]) -> Outcome<PersonChange> {
    let Some(at) = after.iter().position(|account| account.login == *login) else {
        return wrong(Column::Login, Why::AskedByLiaison);
    };
    let before = after[at].clone();
    let mut account = before.clone();
    let mut faults = Vec::new();
    match sheet.cell(row, Column::Person) {
        "" => {}
        name => match line::checked(name, account_request::NAME_CHARS_MAX) {
            Ok(name) => account.name = name,
            Err(fault) => faults.push(Fault { column: Column::Person, why: Why::Text(fault) }),
        },
    }
    match sheet.cell(row, Column::Unit) {
        "" => {}
        name => match units.iter().find(|unit| unit.name == name) {
            Some(unit) if !unit.is_open() && before.org_unit.as_ref() != Some(&unit.id) => {
                faults.push(Fault { column: Column::Unit, why: Why::UnitClosed });
            }
            Some(unit) => (account.org_unit, account.unit) = (Some(unit.id.clone()), unit.name.clone()),
            None => faults.push(Fault { column: Column::Unit, why: Why::NoUnit }),
        },
    }
    let (roles, unknown) = roles(sheet.cell(row, Column::Roles));
    faults.extend(unknown);
    if !roles.is_empty() && roles != before.roles {
        faults.push(Fault { column: Column::Roles, why: Why::RolesByHand });
    }
    if let Some(other) = pen::other_approver(after.iter(), &account, units) {
        let names = [account.name.clone(), other.name.clone()];
        faults.push(Fault { column: Column::Unit, why: Why::TwoApprovers(names) });
    }
    if !faults.is_empty() {
        return Outcome::Wrong(faults);
    }
    if account == before {
        return Outcome::Leave;
    }
    after[at] = account.clone();
    let differences = [Column::Person, Column::Unit].into_iter().map(|column| Difference {
        column,
        before: person_cell(&before, column),
        after: person_cell(&account, column),
    });
    let differences = differences.filter(|difference| difference.before != difference.after).collect();
    Outcome::Change(PersonChange::Keep(account), differences)
}

fn wrong<T>(column: Column, why: Why) -> Outcome<T> {
    Outcome::Wrong(vec![Fault { column, why }])
}

/// Several in one cell: people write them apart by all kinds of marks.
fn words(cell: &str) -> Vec<&str> {
    let apart = |c: char| c.is_whitespace() || matches!(c, '、' | ',' | '，' | ';' | '；' | '/');
    cell.split(apart).filter(|word| !word.is_empty()).collect()
}

fn roles(cell: &str) -> (Roles, Vec<Fault>) {
    let mut faults = Vec::new();
    let read = |word: &str| Role::ALL.into_iter().find(|role| role.title() == word || role.name() == word);
    let found = words(cell).into_iter().filter_map(|word| {
        let role = read(word);
        if role.is_none() {
            faults.push(Fault { column: Column::Roles, why: Why::NoRole(word.to_owned()) });
        }
        role
    });
    let roles = found.collect();
    (roles, faults)
}

/// The account that logs in so, if it can answer for a unit.
fn answering(login: &str, accounts: &[Account]) -> Result<AccountId, Why> {
    let nobody = || Why::Nobody(login.to_owned());
    let account = accounts.iter().find(|account| account.login.as_str() == login.to_ascii_lowercase());
    let account = account.ok_or_else(nobody)?;
    if can_answer(account) { Ok(account.id.clone()) } else { Err(Why::NoLiaison(login.to_owned())) }
}

#[cfg(test)]
mod tests;
