//! The record of a joint test (调试情况记录表), filled in as far as it has come.

use super::{Paper, PaperFault, stored};
use crate::{
    app::{App, JointTestView},
    domain::{
        access::Actor,
        joint_test::{
            Act, State,
            checklist::{Item, Verdict},
        },
    },
    id::{AccountId, MeetingId},
    paper::{self, joint_test},
};
use std::time::SystemTime;

impl App {
    /// The record of a joint test, for whoever may read that; of one that has not begun with the checklist to be filled in by hand.
    pub async fn joint_test_paper(&self, actor: &Actor, id: &MeetingId, now: SystemTime) -> Result<Paper, PaperFault> {
        let mut view = self.joint_test(actor, id).await.map_err(PaperFault::JointTest)?;
        if view.test.items.is_empty() {
            view.test.items = self.store.checklist().await.map_err(stored)?.into_iter().map(Item::open).collect();
        }
        let record = record(&view, now);
        let name = format!("{} 调试情况记录表", record.title);
        Ok(Paper { name, bytes: self.press.print(move |fonts| joint_test::pdf(&record, fonts)).await? })
    }
}

fn record(view: &JointTestView, now: SystemTime) -> joint_test::JointTest {
    let JointTestView { test, slot, meeting, .. } = view;
    let name = |account: &AccountId| view.names.get(account).cloned().unwrap_or_default();
    let signed = |act: &Act| format!("{} {}", name(&act.by), paper::date_and_time(act.at));
    let is_over = !matches!(test.state, State::Planned | State::Running);
    let item = |item: &Item| {
        let measured = item.measured.as_ref().map(|measured| measured.value.as_str()).unwrap_or_default();
        let note = if item.note == measured { "" } else { &item.note };
        let parts: Vec<&str> = [measured, note].into_iter().filter(|part| !part.is_empty()).collect();
        joint_test::Item {
            name: item.entry.text.clone(),
            result: match item.verdict {
                Verdict::Open if is_over => "未查",
                Verdict::Open => "",
                Verdict::Good => "正常",
                Verdict::Bad => "异常",
                Verdict::Absent => "不涉及",
            }
            .to_owned(),
            wrong: item.verdict == Verdict::Bad || is_over && item.is_open(),
            note: parts.join("；"),
            by: item.by.as_ref().map(|act| name(&act.by)).unwrap_or_default(),
        }
    };
    let open = match test.open_items() {
        0 => String::new(),
        open => format!("（{open}项未过）"),
    };
    let result = match test.state {
        State::Planned | State::Running => String::new(),
        State::Passed => "合格".to_owned(),
        State::Defects => format!("有问题{open}"),
        State::Explained => format!("有问题{open}，待签字"),
        State::Accepted => format!("有问题{open}，已签字同意召开"),
        State::Changed => "联调后更改，须再次联调".to_owned(),
    };
    let ended = test.ended.as_ref().map(|act| format!("；{}", signed(act))).unwrap_or_default();
    let settings = match (&test.changed, test.state.freezes()) {
        (_, true) => "已冻结：时间、会场、线路、会议类型、编码".to_owned(),
        (Some(act), false) => format!("联调后更改：{}", signed(act)),
        (None, false) => "未冻结".to_owned(),
    };
    let explained = test.explained.as_ref().map(|act| format!("（{}）", signed(act))).unwrap_or_default();
    let asks_why = matches!(test.state, State::Defects | State::Explained | State::Accepted) || !test.reason.is_empty();
    joint_test::JointTest {
        title: meeting.title.clone(),
        time: paper::span(meeting.starts, meeting.ends),
        place: view.venues.join("、"),
        line: if view.line.is_empty() { "不用线路".to_owned() } else { view.line.clone() },
        tested: match (&test.begun, &test.ended) {
            (Some(begun), Some(ended)) => paper::span(begun.at, ended.at),
            (Some(begun), None) => format!("{}起", paper::date_and_time(begun.at)),
            (None, _) => paper::span(slot.starts, slot.ends),
        },
        operator: test
            .begun
            .as_ref()
            .map(|act| &act.by)
            .or(slot.arrangement.operator.as_ref())
            .map(name)
            .unwrap_or_default(),
        items: test.items.iter().map(item).collect(),
        result: if is_over { format!("{result}{ended}") } else { result },
        settings,
        reason: asks_why.then(|| format!("{}{explained}", test.reason)),
        accepted: test.accepted.as_ref().map(signed).unwrap_or_default(),
        printed: paper::date_and_time(now),
    }
}
