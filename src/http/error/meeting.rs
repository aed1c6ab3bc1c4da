//! What keeps a meeting from being planned or steered, in words.

use super::{Refused, internal, line_zh, profile::opening_zh, refusal};
use crate::{
    app::{MeetingFault, NamedClash},
    domain::{
        arrangement_sign::Clearance,
        meeting::{Field, LEADERS_MAX, Meeting, MeetingState, Mistake},
        notice,
        schedule::Wanted,
        wall_clock,
    },
};
use axum::http::StatusCode;
use jiff::civil::Weekday;
use std::time::SystemTime;

impl From<MeetingFault> for Refused {
    fn from(error: MeetingFault) -> Self {
        match error {
            MeetingFault::Access(error) => refusal(error, Self::meeting_unknown),
            MeetingFault::Unknown => Self::meeting_unknown(),
            MeetingFault::NotOnAir => Self::meeting_not_on_air(),
            MeetingFault::Step(step) => match step.from {
                MeetingState::Planned => Self::meeting_not_on_air(),
                MeetingState::OnAir => Self::meeting_on_air(),
                MeetingState::Closed => Self::meeting_over(),
                MeetingState::Cancelled => Self::meeting_cancelled(),
            }
            .detail(step),
            MeetingFault::Reason(fault) => Self::field_invalid().field("text", line_zh("取消的原因", fault)),
            MeetingFault::Plan(mistakes) => mistakes.iter().fold(Self::field_invalid(), |refused, mistake| {
                refused.field(field_of(mistake.field()), mistake_zh(mistake))
            }),
            MeetingFault::VenueTaken { venue, other } => Self::venue_taken()
                .saying(format!("会场“{venue}”正在参加会议“{other}”。请先结束那个会议，或从本会议中去掉这个会场。")),
            MeetingFault::LineTaken { line, other } => Self::line_taken()
                .saying(format!("线路“{line}”正在供会议“{other}”使用。请先结束那个会议，或为本会议选择其他线路。")),
            MeetingFault::Clashes(clashes) => clashes.iter().fold(Self::schedule_clash(), with_clash),
            MeetingFault::Unconfirmed(clashes) => clashes.iter().fold(Self::schedule_unconfirmed(), with_clash),
            MeetingFault::Frozen(fields) => {
                let names: Vec<&str> = fields.iter().map(|field| field_zh(*field)).collect();
                let refused = Self::meeting_frozen().saying(format!(
                    "会议已经联调，{}已冻结，没有保存。确需更改的，请确认“联调后更改”。",
                    names.join("、")
                ));
                fields.iter().fold(refused, |refused, field| {
                    refused.field(field_of(*field), format!("{}在联调后已冻结。", field_zh(*field)))
                })
            }
            MeetingFault::IsJointTest => Self::is_joint_test(),
            MeetingFault::Begun => Self::joint_test_late(),
            MeetingFault::HasJointTest(slot) => Self::joint_test_there()
                .saying(format!("会议已有{}，没有另外安排。可以改它的时间。", meeting_zh(&slot))),
            MeetingFault::NotRecorded => Self::recording_none(),
            MeetingFault::Mark(fault) => Self::field_invalid().field("text", line_zh("标记", fault)),
            MeetingFault::Unsigned(lacks) => Self::new(
                StatusCode::CONFLICT,
                "meeting.unsigned",
                match lacks {
                    Clearance::Waiting => {
                        "会议安排正在等候审签，还没有签。情况紧急的，确认后可以先开始，事后补签；此事记入审计记录。"
                    }
                    Clearance::Refused => {
                        "会议安排审签未获同意。请按意见修改后重新提交；情况紧急的，确认后可以先开始，此事记入审计记录。"
                    }
                    _ => {
                        "会议安排还没有审签，或审签之后又有改动。请先提交审签；情况紧急的，确认后可以先开始，事后补签；此事记入审计记录。"
                    }
                },
            ),
            MeetingFault::Unsigns => Self::new(
                StatusCode::CONFLICT,
                "meeting.unsigns",
                "会议安排已经审签。更改名称、时间、会场、线路或领导后，须重新提交审签。请确认知晓后再保存。",
            ),
            MeetingFault::RollCall(fault) => fault.into(),
            MeetingFault::NoSuchParticipant => Self::participant_gone(),
            MeetingFault::IsLeg => Self::participant_is_leg(),
            MeetingFault::Relay(error) => error.into(),
            MeetingFault::Store(_) => internal(&error),
        }
    }
}

/// With the sentence of one clash at the field that could be changed.
fn with_clash(refused: Refused, NamedClash { clash, name }: &NamedClash) -> Refused {
    let other = &clash.other;
    let (field, sentence) = match &clash.wanted {
        Wanted::Venue(_) => ("venues", format!("会场“{name}”已安排给{}。", meeting_zh(other))),
        Wanted::Line(_) => ("line", format!("线路“{name}”已安排给{}。", meeting_zh(other))),
        Wanted::Operator(_) => ("operator", format!("值班员{name}同时段还有{}。", meeting_zh(other))),
        Wanted::Leader(_) => ("leaders", format!("领导{name}同时段还有{}。", meeting_zh(other))),
    };
    refused.field(field, sentence)
}

/// `会议“全县防汛会”（11月27日周五09:30至11:30）`.
fn meeting_zh(meeting: &Meeting) -> String {
    let (day, _) = wall_clock::read(meeting.starts);
    let (last, _) = wall_clock::read(meeting.ends);
    let until = if day == last { hour_minute(meeting.ends) } else { moment_zh(meeting.ends) };
    format!("会议“{}”（{}至{until}）", meeting.title, moment_zh(meeting.starts))
}

/// `11月27日周五09:30`.
fn moment_zh(at: SystemTime) -> String {
    let (day, _) = wall_clock::read(at);
    let weekday = match day.weekday() {
        Weekday::Monday => "一",
        Weekday::Tuesday => "二",
        Weekday::Wednesday => "三",
        Weekday::Thursday => "四",
        Weekday::Friday => "五",
        Weekday::Saturday => "六",
        Weekday::Sunday => "日",
    };
    format!("{}月{}日周{weekday}{}", day.month(), day.day(), hour_minute(at))
}

fn hour_minute(at: SystemTime) -> String {
    let minutes = wall_clock::read(at).1.as_secs() / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A field as a request calls it.
const fn field_of(field: Field) -> &'static str {
    match field {
        Field::Title => "title",
        Field::Starts => "startsAtMs",
        Field::Ends => "endsAtMs",
        Field::Kind => "kind",
        Field::Codec => "codec",
        Field::Venues => "venues",
        Field::Line => "line",
        Field::Operator => "operator",
        Field::Leaders => "leaders",
        Field::Unit => "unit",
        Field::Attendees => "attendees",
        Field::Agenda => "agenda",
        Field::Contact => "contact",
        Field::Requirements => "requirements",
        Field::Before => "beforeMinutes",
        Field::Microphones => "microphones",
        Field::Banner => "banner",
        Field::Opening => "opening",
    }
}

/// A setting that is frozen, as people call it.
const fn field_zh(field: Field) -> &'static str {
    match field {
        Field::Starts => "时间",
        Field::Kind => "会议类型",
        Field::Codec => "视频编码",
        Field::Venues => "会场",
        Field::Line => "线路",
        _ => "设置",
    }
}

fn mistake_zh(mistake: &Mistake) -> String {
    match mistake {
        Mistake::Title(fault) => line_zh("会议名称", *fault),
        Mistake::Start => "开始时间不对，请核对年份。".to_owned(),
        Mistake::EndsFirst => "结束时间应晚于开始时间。".to_owned(),
        Mistake::TooLong => "会议时长不能超过 24 小时，请核对日期。".to_owned(),
        Mistake::Venue(venue) => format!("没有代号为“{venue}”的会场，请重新选择。"),
        Mistake::NoTurn => "这样重复，一次也不会召开。请核对开始日期、截止日期和节假日、冲突的处理。".to_owned(),
        Mistake::Line(_) => "这条线路已经不在，请重新选择。".to_owned(),
        Mistake::Operator => "所选的值班员不是可用的会控员账号，请重新选择。".to_owned(),
        Mistake::Leader => "所选的人中有的不是可用的领导账号，请重新选择。".to_owned(),
        Mistake::Leaders => format!("参加的领导不能超过 {LEADERS_MAX} 位；其他参会人请写在通知里。"),
        Mistake::Notice(mistake) => notice_zh(*mistake),
        Mistake::UnitMoves => "会议已经开始或已结束，更改主办单位会改变录像由谁审签，请由会控员更改。".to_owned(),
        Mistake::Opening(mistake) => opening_zh(mistake),
        Mistake::OnAir(Field::Opening) => "会议已经开始，只能更改会标；录制和话筒请在值班页操作。".to_owned(),
        Mistake::OfTestedMeeting(_) => "联调的名称、会场、线路随会议，不能单独更改。请更改会议本身。".to_owned(),
        Mistake::TestLate => "联调应在会议开始之前结束。".to_owned(),
        Mistake::OnAir(Field::Codec) => "会议进行中不能更改视频编码。".to_owned(),
        Mistake::OnAir(_) => "会议进行中不能更改会议类型。".to_owned(),
    }
}

fn notice_zh(mistake: notice::Mistake) -> String {
    match mistake {
        notice::Mistake::Unit(fault) => line_zh("主办单位", fault),
        notice::Mistake::Attendee(place, fault) => line_zh(&format!("第 {place} 位参会人的姓名或单位"), fault),
        notice::Mistake::Attendees => format!("参会人不能超过 {} 位。", notice::ATTENDEES_MAX),
        notice::Mistake::Item(place, fault) => line_zh(&format!("第 {place} 项议题"), fault),
        notice::Mistake::Items => format!("议题不能超过 {} 项。", notice::ITEMS_MAX),
        notice::Mistake::Contact(fault) => line_zh("联系人", fault),
        notice::Mistake::Requirement(place, fault) => line_zh(&format!("第 {place} 项要求"), fault),
        notice::Mistake::Requirements => format!("要求不能超过 {} 项。", notice::REQUIREMENTS_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_moment_is_told_as_people_here_say_it() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        // 2026-11-27, a Friday, 09:30 here.
        assert_eq!(moment_zh(at(1_795_743_000)), "11月27日周五09:30");
    }
}
