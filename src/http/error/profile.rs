//! What keeps a profile from being made or changed, and a meeting from opening as it was planned, in words.

use super::{Refused, internal, line_zh, refusal};
use crate::{
    app::ProfileFault,
    domain::{
        opening::{self, BEFORE_MAX},
        profile::Mistake,
    },
};

impl From<ProfileFault> for Refused {
    fn from(error: ProfileFault) -> Self {
        match error {
            ProfileFault::Access(error) => refusal(error, Self::profile_unknown),
            ProfileFault::Unknown => Self::profile_unknown(),
            ProfileFault::TooMany => Self::profile_too_many(),
            ProfileFault::Draft(mistakes) => mistakes.iter().fold(Self::field_invalid(), |refused, mistake| {
                let (field, sentence) = mistake_zh(mistake);
                refused.field(field, sentence)
            }),
            ProfileFault::Choices(error) => error.into(),
            ProfileFault::Store(error) => internal(&error),
        }
    }
}

/// A field as a request calls it, and what is wrong there.
fn mistake_zh(mistake: &Mistake) -> (&'static str, String) {
    match mistake {
        Mistake::Name(fault) => ("name", line_zh("模板名称", *fault)),
        Mistake::NameTaken => ("name", "已有同名的会议模板，请换一个名称。".to_owned()),
        Mistake::Line(_) => ("line", "这条线路已经不在，请重新选择。".to_owned()),
        Mistake::Venue(venue) => ("venues", format!("没有代号为“{venue}”的会场，请重新选择。")),
        Mistake::Unit(_) => ("units", "有的参会单位已经不在或已停用，请重新选择。".to_owned()),
        Mistake::Length => ("minutes", "通常时长应为 15 分钟至 24 小时。".to_owned()),
        Mistake::Opening(mistake) => (opening_field(mistake), opening_zh(mistake)),
    }
}

/// The field of a request that a way to open is wrong in.
const fn opening_field(mistake: &opening::Mistake) -> &'static str {
    match mistake {
        opening::Mistake::Before => "beforeMinutes",
        opening::Mistake::Microphones => "microphones",
        opening::Mistake::Banner(_) => "banner",
    }
}

/// What is wrong with how a meeting is to open.
pub(super) fn opening_zh(mistake: &opening::Mistake) -> String {
    match mistake {
        opening::Mistake::Before => format!("最多提前 {} 分钟自动开会。", BEFORE_MAX.as_secs() / 60),
        opening::Mistake::Microphones => {
            "收听收看上级会议时，本级话筒一律先关闭，以免误传到上级。请改为“全部关闭”。".to_owned()
        }
        opening::Mistake::Banner(fault) => line_zh("会标", *fault),
    }
}
