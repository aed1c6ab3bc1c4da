//! What keeps a roll call from going on, in words.

use super::{Refused, line_zh};
use crate::domain::roll_call::Fault;
use axum::http::StatusCode;

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let conflict = |code, title| Self::new(StatusCode::CONFLICT, code, title);
        match fault {
            Fault::MeetingOver => {
                conflict("roll_call.meeting_over", "会议已经结束或取消，不能再点名。点名表仍可查看和导出。")
            }
            Fault::Nobody => {
                conflict("roll_call.nobody", "本会议没有分会场，不用点名。请先在会议安排中加入参加的分会场。")
            }
            Fault::Runs => conflict("roll_call.runs", "点名已经开始，可能是另一位值班员开始的。请刷新页面接着点。"),
            Fault::NotBegun => conflict("roll_call.not_begun", "还没有开始点名。请先按“开始点名”。"),
            Fault::Ended => conflict("roll_call.ended", "这次点名已经结束，不能再更改。需要更改的，请重新点名。"),
            Fault::NotListed => {
                conflict("roll_call.not_listed", "这个会场不在本次点名的名单上。会场有变动的，请结束后重新点名。")
            }
            Fault::Note(fault) => Self::field_invalid().field("note", line_zh("说明", fault)),
        }
    }
}
