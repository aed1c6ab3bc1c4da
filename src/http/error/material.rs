//! What keeps a file from becoming a material, or a copy of it from being made, in words.

use super::{Refused, internal, line_zh};
use crate::{
    app::MaterialFault,
    domain::material::{MATERIALS_MAX, MaterialMistake, PAGES_MAX},
};

impl From<MaterialFault> for Refused {
    fn from(fault: MaterialFault) -> Self {
        match fault {
            MaterialFault::Meeting(fault) => fault.into(),
            MaterialFault::Unknown => Self::not_found(),
            MaterialFault::Mistake(mistake) => mistake.into(),
            MaterialFault::Busy => Self::papers_busy().retry_after(3),
            // It was copied once when it came: something else is wrong now.
            MaterialFault::File(_) | MaterialFault::Store(_) | MaterialFault::Copy(_) => internal(&fault),
        }
    }
}

impl From<MaterialMistake> for Refused {
    fn from(mistake: MaterialMistake) -> Self {
        let field = |sentence: String| Self::field_invalid().field("file", sentence);
        match mistake {
            MaterialMistake::Name(fault) => Self::field_invalid().field("name", line_zh("材料名称", fault)),
            MaterialMistake::Named => field("本会议已有同名材料。请先移除原来的，或把文件改名后再上传。".to_owned()),
            MaterialMistake::TooMany => {
                field(format!("一个会议最多 {MATERIALS_MAX} 份材料。请合并文件，或先移除不用的。"))
            }
            MaterialMistake::TooLarge => field("文件超过 20 MB。请压缩图片或拆成几份后再上传。".to_owned()),
            MaterialMistake::TooLong => field(format!("文件超过 {PAGES_MAX} 页。请拆成几份后再上传。")),
            MaterialMistake::Unreadable => field(
                "这个文件不能作为 PDF 打开：可能已损坏、设了密码，或者不是 PDF。Word、Excel 文件请先另存为 PDF。"
                    .to_owned(),
            ),
        }
    }
}
