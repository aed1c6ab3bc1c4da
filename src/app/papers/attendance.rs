//! The attendance sheet (签到表): whoever is to come, to be signed by hand, or as a table to be taken along.

use super::{Known, Paper, PaperFault, stored};
use crate::{
    app::{
        App,
        table_file::{self, TableFormat},
    },
    domain::{
        access::Actor,
        attendance::{self, Answer, Attendance, Entry, Figures, Invitation, Means, Standing},
        notice::Attendee,
        roll_call::{Presence, RollCall},
        wall_clock,
    },
    id::{MeetingId, OrgUnitId},
    paper::{
        self,
        sign_in::{self, Person, SignIn},
    },
};
use std::{collections::HashMap, time::SystemTime};

/// All that stands on a sheet.
struct Sheet {
    known: Known,
    list: Attendance,
    units: HashMap<OrgUnitId, String>,
    /// What came of the roll call; empty if there was none.
    roll: String,
}

impl App {
    /// Whoever is to sign in, to be signed by hand.
    pub async fn attendance_paper(&self, actor: &Actor, id: &MeetingId) -> Result<Paper, PaperFault> {
        let list = self.sheet_to_sign(actor, id).await?.to_sign();
        let name = format!("{} 签到表", list.title);
        Ok(Paper { name, bytes: self.press.print(move |fonts| sign_in::pdf(&list, fonts)).await? })
    }

    /// The same as a table, with all that is known of each.
    pub async fn attendance_table(
        &self,
        actor: &Actor,
        id: &MeetingId,
        format: TableFormat,
        now: SystemTime,
    ) -> Result<Vec<u8>, PaperFault> {
        Ok(table_file::write(&self.sheet_to_sign(actor, id).await?.rows(now), format))
    }

    async fn sheet_to_sign(&self, actor: &Actor, id: &MeetingId) -> Result<Sheet, PaperFault> {
        let known = self.known_to_clerks(actor, id).await?;
        let roll = self.store.roll_calls(id).await.map_err(stored)?.first().map(called).unwrap_or_default();
        let list = self.store.attendance(id).await.map_err(stored)?;
        let units = self.store.org_units().await.map_err(stored)?;
        let units = units.into_iter().map(|unit| (unit.id, unit.name)).collect();
        Ok(Sheet { known, list, units, roll })
    }
}

impl Sheet {
    fn unit(&self, id: &OrgUnitId) -> &str {
        self.units.get(id).map(String::as_str).unwrap_or_default()
    }

    /// The leaders who attend, unless they are on the list or in the notice.
    fn leaders(&self) -> Vec<Person> {
        let typed = self.typed();
        let is_there = |leader: &Person| {
            let mut listed = self.list.entries.iter().map(|entry| &entry.person.name);
            listed.any(|name| *name == leader.name) || typed.iter().any(|person| person.name == leader.name)
        };
        let leaders = self.known.leaders().into_iter().map(|name| Person::of_notice(&name, ""));
        leaders.filter(|leader| !is_there(leader)).collect()
    }

    /// Whoever is named in the notice alone.
    fn typed(&self) -> Vec<Person> {
        let person = |Attendee { name, unit }: &Attendee| Person::of_notice(name, unit);
        self.known.notice.attendees.iter().map(person).collect()
    }

    fn to_sign(&self) -> SignIn {
        let listed = self.list.entries.iter().map(|entry| on_list(entry, self.unit(&entry.unit)));
        let meeting = &self.known.meeting;
        SignIn {
            title: meeting.title.clone(),
            time: paper::span(meeting.starts, meeting.ends),
            place: self.known.place(),
            roll: self.roll.clone(),
            people: self.leaders().into_iter().chain(listed).chain(self.typed()).collect(),
        }
    }

    /// Everybody as on the paper, then the units that named nobody, the figures, and the meeting.
    fn rows(&self, now: SystemTime) -> Vec<Vec<String>> {
        const HEAD: [&str; 11] = [
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
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let meeting = &self.known.meeting;
        let receipt = |unit: &OrgUnitId| {
            let standing = self.list.invitation(unit).map(|known| known.receipt.standing(&known.told(meeting)));
            standing.map_or("", standing_zh)
        };
        let beside = |person: &Person| row(&["", &person.unit, &person.name, &person.post]);
        let mut rows = vec![row(&HEAD)];
        rows.extend(self.leaders().iter().map(beside));
        for entry in &self.list.entries {
            let (answer, what, approver) = answer_zh(&entry.answer);
            let (at, means, late) = match &entry.signed {
                Some(signed) => {
                    (moment(signed.mark.at), means_zh(signed.means), if signed.is_late { "迟到" } else { "" })
                }
                None => (String::new(), "", ""),
            };
            let attendance::Person { name, position } = &entry.person;
            let (number, unit, receipt) = (entry.number.to_string(), self.unit(&entry.unit), receipt(&entry.unit));
            rows.push(row(&[&number, unit, name, position, answer, what, approver, &at, means, late, receipt]));
        }
        rows.extend(self.typed().iter().map(beside));
        for Invitation { unit, .. } in &self.list.invitations {
            if self.list.entries_of(unit).next().is_none() {
                rows.push(row(&["", self.unit(unit), "", "", "未报名单", "", "", "", "", "", receipt(unit)]));
            }
        }
        let hours = self.list.terms.hours(meeting, now);
        let Figures { due, present, leave, absent, late } = attendance::figures(&self.list.entries, &hours);
        let figures = format!("应到 {due}，实到 {present}，请假 {leave}，缺席 {absent}，迟到 {late}");
        rows.push(row(&["合计", &figures]));
        rows.push(row(&["会议", &meeting.title]));
        rows.push(row(&["时间", &paper::span(meeting.starts, meeting.ends)]));
        rows.extend((!self.roll.is_empty()).then(|| row(&["点名", &self.roll])));
        rows
    }
}

/// Somebody on the attendance list, with what is known of them: 请假, 替会：赵云, 已签到 09:20.
fn on_list(entry: &Entry, unit: &str) -> Person {
    let state = match (&entry.signed, &entry.answer) {
        (Some(signed), _) => {
            let late = if signed.is_late { "（迟到）" } else { "" };
            format!("已签到 {}{late}", paper::hour_minute(signed.mark.at))
        }
        (None, Answer::Leave { .. }) => "请假".to_owned(),
        (None, Answer::StandIn { name, .. }) => format!("替会：{name}"),
        (None, Answer::Absent) => "缺席".to_owned(),
        (None, Answer::Expected | Answer::Confirmed) => String::new(),
    };
    let attendance::Person { name, position } = entry.person.clone();
    Person { unit: unit.to_owned(), name, post: position, number: entry.number.to_string(), state }
}

/// 会前点名：应到3个会场，到2个；缺：河口镇.
fn called(call: &RollCall) -> String {
    let figures = call.figures();
    let mut line = format!("会前点名：应到{}个会场，到{}个", figures.due, figures.present);
    for (presence, word) in [(Presence::Absent, "缺"), (Presence::Fault, "故障")] {
        let are =
            call.entries.iter().filter(|one| one.answer.as_ref().is_some_and(|answer| answer.presence == presence));
        let names: Vec<&str> = are.map(|entry| entry.name.as_str()).collect();
        if !names.is_empty() {
            line.push_str(&format!("；{word}：{}", names.join("、")));
        }
    }
    if figures.open > 0 {
        line.push_str(&format!("；未点{}个", figures.open));
    }
    line
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
    format!("{} {}", wall_clock::read(at).0, paper::hour_minute(at))
}
