//! What keeps an attendance list from being changed, in words.

use super::{Refused, line_zh};
use crate::{
    app::AttendanceFault,
    domain::attendance::{Illegal, Mistake, PER_UNIT_MAX},
};
use axum::http::StatusCode;

impl From<AttendanceFault> for Refused {
    fn from(error: AttendanceFault) -> Self {
        let conflict = |code, title| Self::new(StatusCode::CONFLICT, code, title);
        match error {
            AttendanceFault::Meeting(error) => error.into(),
            AttendanceFault::NotInvited => Self::new(
                StatusCode::NOT_FOUND,
                "attendance.not_invited",
                "这个单位不在本会议的参会名单上，或者您不是它的联络员。请刷新页面。",
            ),
            AttendanceFault::NoUnit => {
                conflict("attendance.no_unit", "所选的单位中有的已经关闭或删除。请刷新页面后重新选择。")
            }
            AttendanceFault::NoVenue => Self::field_invalid().field("venue", "这个会场不参加本会议，请重新选择。"),
            AttendanceFault::NoAttendee => Self::new(
                StatusCode::NOT_FOUND,
                "attendance.no_attendee",
                "参会名单上没有这个人或这个序号。请核对签到表，或按姓名查找。",
            ),
            AttendanceFault::TooMany => conflict("attendance.too_many", "参会人数超出上限。")
                .saying(format!("参会人数超出上限：一个单位最多 {PER_UNIT_MAX} 人。请分批参会，或请会务人员调整。")),
            AttendanceFault::Step(illegal) => illegal.into(),
            AttendanceFault::Mistakes(mistakes) => mistakes.iter().fold(Self::field_invalid(), |refused, mistake| {
                let (field, sentence) = mistake_zh(*mistake);
                refused.field(field, sentence)
            }),
        }
    }
}

impl From<Illegal> for Refused {
    fn from(illegal: Illegal) -> Self {
        let (code, title) = match illegal {
            Illegal::Unread => (
                "attendance.unread",
                "会议的时间或会场刚刚有变动，您看到的不是最新的通知。请重新打开通知，核对后再确认。",
            ),
            Illegal::Cancelled => ("attendance.cancelled", "会议已经取消，参会名单不能再更改。"),
            Illegal::AnswersEnded => {
                ("attendance.answers_ended", "已过报名和请假的截止时间。还要更改的，请直接联系会务人员。")
            }
            Illegal::Summoned => {
                ("attendance.summoned", "此人由会务人员列入名单，不能删除或改名。不能参加的，请办理请假或替会。")
            }
            Illegal::KeepersWord => ("attendance.keepers_word", "缺席由会务人员登记。不能参加的，请办理请假或替会。"),
            Illegal::NotYetAbsent => ("attendance.not_yet_absent", "签到还没有开始，不能登记缺席。"),
            Illegal::SignedIn => ("attendance.signed_in", "此人已经签到。需要更改的，请先撤销签到。"),
            Illegal::OnLeave => ("attendance.on_leave", "此人已经请假。本人到会的，请先销假，再签到。"),
            Illegal::TooEarly => {
                ("attendance.too_early", "签到还没有开始。请到签到时间再签，或在参会名单中提前签到时间。")
            }
            Illegal::Over => ("attendance.over", "会议已经结束。漏签的请凭纸质签到表补签。"),
            Illegal::NotSignedIn => ("attendance.not_signed_in", "此人没有签到，不用撤销。请刷新页面。"),
        };
        Self::new(StatusCode::CONFLICT, code, title)
    }
}

fn mistake_zh(mistake: Mistake) -> (&'static str, String) {
    match mistake {
        Mistake::AnswerBefore => {
            ("answerBeforeMinutes", "报名和请假的截止时间应在签到开始之前，最早不超过会前 60 天。".to_owned())
        }
        Mistake::OpensBefore => ("opensBeforeMinutes", "签到最早可在会前 24 小时开始。".to_owned()),
        Mistake::ClosesAfter => ("closesAfterMinutes", "签到最晚可在会议开始后 24 小时截止。".to_owned()),
        Mistake::Name(fault) => ("name", line_zh("姓名", fault)),
        Mistake::Position(fault) => ("position", line_zh("职务", fault)),
        Mistake::Reason(fault) => ("reason", line_zh("请假事由", fault)),
        Mistake::Approver(fault) => ("approver", line_zh("批准人", fault)),
        Mistake::StandIn(fault) => ("standIn", line_zh("替会人", fault)),
    }
}
