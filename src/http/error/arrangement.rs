//! What keeps an arrangement from being signed, in words.

use super::{Refused, line_zh};
use crate::{
    app::{ArrangementFault, SignOffFault},
    domain::arrangement_sign::Fault,
};
use axum::http::StatusCode;

impl From<ArrangementFault> for Refused {
    fn from(error: ArrangementFault) -> Self {
        let conflict = |code, title| Self::new(StatusCode::CONFLICT, code, title);
        match error {
            ArrangementFault::Meeting(error) => error.into(),
            ArrangementFault::NotNeeded => conflict("arrangement.not_needed", "主办单位不要求会议安排审签，不用提交。"),
            ArrangementFault::Waiting => {
                conflict("arrangement.waiting", "这份会议安排已经提交审签，正在等候，不必重复提交。")
            }
            ArrangementFault::Signed => {
                conflict("arrangement.signed", "这份会议安排已经审签，没有改动，不必再次提交。")
            }
            ArrangementFault::Remark(fault) => Self::field_invalid().field("text", line_zh("说明", fault)),
            ArrangementFault::Decision(Fault::Changed) => conflict(
                "arrangement.changed",
                "提交审签之后，会议安排又有改动，不能再签这一份。请由会控员重新提交审签。",
            ),
            ArrangementFault::Decision(Fault::Sign(fault)) => SignOffFault::Sign(fault).into(),
            ArrangementFault::SignOff(error) => error.into(),
        }
    }
}
