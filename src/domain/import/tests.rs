//! Tables of units and people, line by line.

use super::*;
use crate::domain::account::tests::account;

fn sheet(columns: &[Column], lines: &[&[&str]]) -> Sheet {
    let head = columns.iter().map(|column| column.title().to_owned()).collect();
    let rows = lines.iter().map(|cells| cells.iter().map(|cell| (*cell).to_owned()).collect());
    let rows = (1_u32..).zip(std::iter::once(head).chain(rows)).collect();
    Sheet::of(rows, columns, &[]).expect("a table")
}

fn unit(id: &str, name: &str, rank: u32, own: bool, liaisons: &[&str]) -> OrgUnit {
    let liaisons = liaisons.iter().map(|id| id.parse().expect("an id")).collect();
    OrgUnit {
        id: id.parse().expect("an id"),
        name: name.to_owned(),
        rank,
        own,
        signs_arrangements: false,
        liaisons,
        closed: None,
    }
}

/// What comes of each line, in short.
fn said<T>(lines: &[Judged<T>]) -> Vec<String> {
    let one = |line: &Judged<T>| match &line.outcome {
        Outcome::Make(_) => format!("{} make", line.number),
        Outcome::Change(_, all) => {
            let all: Vec<_> =
                all.iter().map(|one| format!("{}:{}>{}", one.column.title(), one.before, one.after)).collect();
            format!("{} {}", line.number, all.join(" "))
        }
        Outcome::Leave => format!("{} leave", line.number),
        Outcome::Wrong(faults) => {
            let all: Vec<_> = faults.iter().map(|one| format!("{}={:?}", one.column.title(), one.why)).collect();
            format!("{} {}", line.number, all.join(" "))
        }
    };
    lines.iter().map(one).collect()
}

#[test]
fn the_heads_are_known_once_each_and_all_that_are_needed() {
    let rows = |head: &[&str], more: &[&str]| {
        let text = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        vec![(1, text(&[" ", ""])), (2, text(head)), (3, text(more))]
    };
    let of = |head: &[&str], more: &[&str]| Sheet::of(rows(head, more), &PEOPLE, &[Column::Login]);
    assert!(of(&[" 账号 ", "姓名", "", ""], &["li", "李"]).is_ok());
    assert_eq!(of(&["账号", "姓铭"], &["li"]), Err(HeadFault::Unknown { title: "姓铭".to_owned() }));
    assert_eq!(of(&["账号", "账号"], &["li"]), Err(HeadFault::Twice(Column::Login)));
    assert_eq!(of(&["姓名"], &["李"]), Err(HeadFault::Missing(Column::Login)));
    assert_eq!(of(&["账号"], &[""]), Err(HeadFault::Empty));
}

#[test]
fn units_are_made_changed_left_or_wrong() {
    let accounts =
        [account("zhao", &[Role::Liaison]), account("bai", &[Role::Liaison]), account("wen", &[Role::Clerk])];
    let known = [unit("u1", "县政府办", 10, true, &["zhao"]), unit("u2", "县水务局", 20, false, &[])];
    let columns = [Column::Id, Column::Rank, Column::Unit, Column::Own, Column::Liaison, Column::Deputies];
    let table = sheet(
        &columns,
        &[
            &["", "10", "县政府办", "是", "ZHAO", ""],
            &["u2", "5", "县水利局", "否", "bai", "zhao"],
            &["", "", "县应急局", "", "", ""],
            &["", "x", "县教育局", "对", "nobody", "wen"],
            &["u9", "1", "", "", "", "bai"],
            &["", "1", "县应急局", "是", "bai、zhao", "bai"],
            &["", "", "县气象局", "", "", "", "x"],
        ],
    );
    let mut next = 0;
    let lines = units(&table, &known, &accounts, || {
        next += 1;
        format!("new{next}").parse().expect("an id")
    });
    assert_eq!(
        said(&lines),
        [
            "2 leave",
            "3 顺序:20>5 单位名称:县水务局>县水利局 联络员账号:>bai 副联络员账号:>zhao",
            "4 make",
            "5 顺序=Number 本级=YesNo 联络员账号=Nobody(\"nobody\") 副联络员账号=NoLiaison(\"wen\")",
            "6 单位编号=NoId 单位名称=Text(Empty) 联络员账号=LiaisonFirst",
            "7 联络员账号=TooMany 副联络员账号=Twice(\"bai\") 单位名称=SameAs(4) 本级=OwnAs(2)",
            "8 单位名称=Stray",
        ]
    );
    let Outcome::Make(made) = &lines[2].outcome else { panic!("{:?}", lines[2]) };
    assert_eq!((made.name.as_str(), made.rank), ("县应急局", 30), "last in the order");
    // A name somebody else has, also one that would be free afterwards.
    let swap = sheet(&columns, &[&["u1", "", "县水务局"], &["u2", "", "县政府办"]]);
    let lines = units(&swap, &known, &accounts, || unreachable!("none is new"));
    assert_eq!(said(&lines), ["2 单位名称=NameTaken", "3 单位名称=NameTaken"]);
}

#[test]
fn a_table_of_units_gives_two_approvers_no_common_pen() {
    let mut office = account("office", &[Role::Approver]);
    office.org_unit = Some("u1".parse().expect("an id"));
    let outside = account("outside", &[Role::Approver]);
    let known = [unit("u1", "县政府办", 10, false, &[])];
    let table = sheet(&[Column::Unit, Column::Own], &[&["县政府办", "是"]]);
    let lines = units(&table, &known, &[office, outside], || unreachable!("none is new"));
    assert!(said(&lines)[0].contains("TwoApprovers"), "{:?}", said(&lines));
}

#[test]
fn a_liaison_asks_for_who_is_new_and_changes_nobody() {
    let me: AccountId = "zhao".parse().expect("an id");
    let units = [unit("u1", "县政府办", 10, true, &[]), unit("u2", "县水务局", 20, false, &["zhao"])];
    let mut li = account("li", &[Role::Leader]);
    (li.name, li.org_unit) = ("李军".to_owned(), Some(units[1].id.clone()));
    let accounts = [account("zhao", &[Role::Liaison]), li, account("other", &[Role::Clerk])];
    let waits = account_request::tests::request("r1", &units[1].id, &me, &[Role::Leader]);
    let columns = [Column::Login, Column::Person, Column::Unit, Column::Roles, Column::Reason];
    let written = |login: &str| [login, &waits.wish.name, "", "领导", &waits.wish.reason].map(str::to_owned);
    let again = written(waits.wish.login.as_str());
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    let table = sheet(
        &columns,
        &[
            &["wang", "王秀兰", "县水务局", "领导、clerk", "新任"],
            &["WANG", "王秀兰", "", "领导", "新任"],
            &["li", "李军", "县水务局", "领导", ""],
            &["li2", "李军", "县政府办", "领导", "新任"],
            &["other", "甲", "", "文秘", "新任"],
            &["a b", "甲", "", "文秘", "新任"],
            &["sun", "", "", "安全管理员 队长", " "],
            &["sun2", "孙", "", "安全管理员", "新任"],
            &again,
        ],
    );
    let lines = people(&table, Brings::Liaison(&me), &units, &accounts, std::slice::from_ref(&waits));
    assert_eq!(
        said(&lines),
        [
            "2 make",
            "3 账号=SameAs(2)",
            "4 leave",
            "5 单位名称=NoUnit",
            "6 账号=LoginTaken",
            "7 账号=Login",
            "8 角色=NoRole(\"队长\") 姓名=Text(Empty) 角色=Roles 申请理由=Text(Empty)",
            "9 角色=Roles",
            "10 leave",
        ]
    );
    let changed = sheet(&columns, &[&["li", "李俊", "县水务局", "领导", ""]]);
    assert_eq!(said(&people(&changed, Brings::Liaison(&me), &units, &accounts, &[])), ["2 账号=ChangedByOfficer"]);
    // No more of a unit wait than by hand.
    let many: Vec<String> = (0..=account_request::WAITING_MAX).map(|n| format!("new{n}")).collect();
    let many: Vec<[&str; 5]> = many.iter().map(|login| [login.as_str(), "甲", "", "领导", "新任"]).collect();
    let many: Vec<&[&str]> = many.iter().map(|cells| &cells[..]).collect();
    let lines = people(&sheet(&columns, &many), Brings::Liaison(&me), &units, &accounts, &[]);
    assert!(said(&lines).last().expect("a line").ends_with("账号=TooManyWait"));
}

#[test]
fn the_security_administrator_moves_people_and_grants_nothing() {
    let units = [unit("u1", "县政府办", 10, false, &[]), unit("u2", "县水务局", 20, false, &[])];
    let mut pens = [account("one", &[Role::Approver]), account("two", &[Role::Approver])];
    for (pen, unit) in pens.iter_mut().zip(&units) {
        (pen.org_unit, pen.unit) = (Some(unit.id.clone()), unit.name.clone());
    }
    let accounts = [&pens[..], &[account("li", &[Role::Leader])]].concat();
    let table = sheet(
        &PEOPLE,
        &[
            &["li", "李军", "县水务局", "领导", "", "可登录"],
            &["two", "王秀兰", "县政府办", "", "", ""],
            &["one", "", "", "审签人", "", ""],
            &["new", "甲", "县政府办", "领导", "新任", ""],
            &["LI", "李俊", "", "", "", ""],
        ],
    );
    assert_eq!(
        said(&people(&table, Brings::Officer, &units, &accounts, &[])),
        [
            "2 姓名:王秀兰>李军 单位名称:>县水务局",
            "3 单位名称=TwoApprovers([\"王秀兰\", \"王秀兰\"])",
            "4 leave",
            "5 账号=AskedByLiaison",
            "6 账号=SameAs(2)",
        ]
    );
    let table = sheet(&PEOPLE, &[&["li", "", "县教育局", "会控员", "", ""]]);
    assert_eq!(said(&people(&table, Brings::Officer, &units, &accounts, &[])), ["2 单位名称=NoUnit 角色=RolesByHand"]);
}

#[test]
fn what_is_written_is_read_back_as_it_was() {
    let accounts = [account("zhao", &[Role::Liaison]), account("bai", &[Role::Liaison])];
    let known = [unit("u1", "县政府办", 10, true, &["zhao", "bai"]), unit("u2", "县水务局", 20, false, &[])];
    let rows: Vec<Vec<String>> =
        known.iter().map(|unit| UNITS.map(|column| unit_cell(unit, column, &accounts)).to_vec()).collect();
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
    let lines = units_of(&sheet(&UNITS, &rows), &known, &accounts);
    assert_eq!(said(&lines), ["2 leave", "3 leave"]);
}

fn units_of(sheet: &Sheet, known: &[OrgUnit], accounts: &[Account]) -> Vec<Judged<OrgUnit>> {
    units(sheet, known, accounts, || unreachable!("none is new"))
}
