//! The list as a table: the sheet people take away (参会签到表).

use super::AttendanceView;
use crate::{
    domain::{
        attendance::{self, Answer, Figures, Invitation, Means, Person, Standing},
        wall_clock,
    },
    id::OrgUnitId,
};
use std::{collections::HashMap, time::SystemTime};

/// The rows of the sheet: everybody in the order of their numbers, then the units that named nobody, then the figures.
pub(super) fn rows(view: &AttendanceView) -> Vec<Vec<String>> {
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let names: HashMap<&OrgUnitId, &str> = view.units.iter().map(|unit| (&unit.id, unit.name.as_str())).collect();
    let name = |unit: &OrgUnitId| names.get(unit).copied().unwrap_or_default();
    let receipt = |unit: &OrgUnitId| {
        let standing = view.list.invitation(unit).map(|known| known.receipt.standing(&known.told(&view.meeting)));
        standing.map_or("", standing_zh)
    };
    let head = [
        "序号",
        "单位",
        "姓名",
        "职务",
        "参会情况",
        "事由或替会人",
        "批准人",
        "签到时间",
        "签到方式",
        "是否迟到",
        "回执",
    ];
    let mut rows = vec![row(&head)];
    for entry in &view.list.entries {
        let (answer, what, approver) = answer_zh(&entry.answer);
        let (at, means, late) = match &entry.signed {
            Some(signed) => (moment(signed.mark.at), means_zh(signed.means), if signed.is_late { "迟到" } else { "" }),
            None => (String::new(), "", ""),
        };
        let Person { name: person, position } = &entry.person;
        let (number, unit, receipt) = (entry.number.to_string(), name(&entry.unit), receipt(&entry.unit));
        rows.push(row(&[&number, unit, person, position, answer, what, approver, &at, means, late, receipt]));
    }
    for Invitation { unit, .. } in &view.list.invitations {
        if view.list.entries_of(unit).next().is_none() {
            rows.push(row(&["", name(unit), "", "", "未报名单", "", "", "", "", "", receipt(unit)]));
        }
    }
    let Figures { due, present, leave, absent, late } = attendance::figures(&view.list.entries, &view.hours);
    let figures = format!("应到 {due}，实到 {present}，请假 {leave}，缺席 {absent}，迟到 {late}");
    rows.push(row(&["合计", &figures]));
    rows.push(row(&["会议", &view.meeting.title]));
    rows
}

fn answer_zh(answer: &Answer) -> (&'static str, &str, &str) {
    match answer {
        Answer::Expected => ("应到", "", ""),
        Answer::Confirmed => ("已确认", "", ""),
        Answer::Leave { reason, approver } => ("请假", reason, approver),
        Answer::StandIn { name, approver } => ("替会", name, approver),
        Answer::Absent => ("缺席", "", ""),
    }
}

const fn standing_zh(standing: Standing) -> &'static str {
    match standing {
        Standing::Notified => "已通知",
        Standing::Read => "已阅",
        Standing::Confirmed => "已回执",
        Standing::Changed => "有变动，待重新确认",
    }
}

const fn means_zh(means: Means) -> &'static str {
    match means {
        Means::List => "名单签到",
        Means::Number => "序号签到",
        Means::Paper => "补签",
    }
}

/// `2026-11-27 09:05`, of the county's clocks.
fn moment(at: SystemTime) -> String {
    let (day, since_midnight) = wall_clock::read(at);
    let minutes = since_midnight.as_secs() / 60;
    format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
}
