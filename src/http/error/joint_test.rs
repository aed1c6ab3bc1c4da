//! What keeps a joint test from going on, in words.

use super::{Refused, internal, line_zh, refusal};
use crate::{
    app::{JointTestFault, TrialFault},
    domain::joint_test::{
        Event, Fault, IllegalStep, State,
        checklist::{CheckFault, ITEMS_MAX, ITEMS_MIN, ListFault},
    },
};

impl From<JointTestFault> for Refused {
    fn from(error: JointTestFault) -> Self {
        match error {
            JointTestFault::Access(error) => refusal(error, Self::joint_test_unknown),
            JointTestFault::Unknown => Self::joint_test_unknown(),
            JointTestFault::Fault(fault) => of_fault(&fault),
            JointTestFault::NotOnAir => Self::joint_test_not_on_air(),
            JointTestFault::Cancelled => Self::joint_test_cancelled(),
            JointTestFault::List(fault) => Self::field_invalid().field("items", list_zh(fault)),
            JointTestFault::Trial(TrialFault::Busy) => Self::trial_busy(),
            JointTestFault::Trial(TrialFault::DiskFull) => Self::trial_disk_full(),
            JointTestFault::Trial(TrialFault::Failed(detail)) => Self::trial_failed().detail(detail),
            JointTestFault::Meeting(fault) => (*fault).into(),
            JointTestFault::Store(_) => internal(&error),
        }
    }
}

fn of_fault(fault: &Fault) -> Refused {
    match fault {
        Fault::Step(step) => of_step(*step).detail(step),
        Fault::Check(CheckFault::Unknown) => Refused::field_invalid().field("item", "检查单中没有这一项，请刷新页面。"),
        Fault::Check(CheckFault::Note(fault)) => Refused::field_invalid().field("note", line_zh("异常的说明", *fault)),
        Fault::Check(CheckFault::Overruled) => {
            Refused::field_invalid().field("note", "测量结果是异常，改为正常请写明原因。")
        }
        Fault::Reason(fault) => Refused::field_invalid().field("text", line_zh("带问题召开的原因", *fault)),
        Fault::Own => Refused::joint_test_own(),
    }
}

/// What a step needs that is not so.
fn of_step(step: IllegalStep) -> Refused {
    match (step.from, step.event) {
        (State::Planned, _) => Refused::joint_test_not_begun(),
        (State::Running, _) => Refused::joint_test_runs(),
        (State::Defects | State::Changed, Event::Accept) => Refused::joint_test_no_reason(),
        _ => Refused::joint_test_over(),
    }
}

fn list_zh(fault: ListFault) -> String {
    match fault {
        ListFault::Count => format!("检查单应有 {ITEMS_MIN} 至 {ITEMS_MAX} 项。"),
        ListFault::Item(place, fault) => line_zh(&format!("第 {place} 项"), fault),
        ListFault::Twice(place) => format!("第 {place} 项与前面的一项重复。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_that_is_refused_has_a_sentence_that_says_what_to_do() {
        let events = [Event::Begin, Event::Check, Event::Pass, Event::Fail, Event::Explain, Event::Accept];
        for from in State::ALL {
            for step in events.into_iter().filter_map(|event| from.next(event).err()) {
                let refused = of_step(step);
                let expect = match (from, step.event) {
                    (State::Planned, _) => "joint_test.not_begun",
                    (State::Running, _) => "joint_test.runs",
                    (State::Defects | State::Changed, Event::Accept) => "joint_test.no_reason",
                    _ => "joint_test.over",
                };
                assert_eq!(refused.code(), expect, "{step}");
            }
        }
    }
}
