//! What is wrong with a list of units or people, as its reader is told: in Chinese, and in English for who reads the pages so.

use super::{Refused, internal, line_zh};
use crate::{
    app::{CELL_CHARS_MAX, COLUMNS_MAX, FileFault, ImportFault, ROWS_MAX},
    domain::{
        account_request,
        import::{HeadFault, Why},
        line::LineFault,
        org_unit,
    },
};

impl From<ImportFault> for Refused {
    fn from(error: ImportFault) -> Self {
        match error {
            ImportFault::Access(error) => error.into(),
            ImportFault::File(fault) => Self::import_unreadable().saying(file_zh(fault)).detail(file_en(fault)),
            ImportFault::Head(fault) => Self::import_unreadable().saying(head_zh(&fault)).detail(head_en(&fault)),
            ImportFault::Wrong => Self::import_wrong(),
            ImportFault::Otherwise => Self::import_otherwise(),
            ImportFault::Store(error) => internal(&error),
        }
    }
}

fn file_zh(fault: FileFault) -> String {
    match fault {
        FileFault::Unknown => {
            "不能识别这个文件。请上传 Excel 或 WPS 保存的 .xlsx 表格，或 CSV 文本（UTF-8 或 GB18030 编码）。".to_owned()
        }
        FileFault::OldWorkbook => "这是旧版 .xls 或加密的表格。请取消密码，另存为 .xlsx 后重新上传。".to_owned(),
        FileFault::Damaged => "这个 .xlsx 文件已损坏，或不是表格。请重新保存后上传。".to_owned(),
        FileFault::Unpacks => "这个 .xlsx 文件解开后过大，不能导入。请只保留名单，删去图片和其他工作表。".to_owned(),
        FileFault::Rows => format!("表格超过 {ROWS_MAX} 行。请分成几个文件导入。"),
        FileFault::Columns(line) => format!("第 {line} 行超过 {COLUMNS_MAX} 列。请用本页的模板填写。"),
        FileFault::Cell(line) => format!("第 {line} 行有单元格超过 {CELL_CHARS_MAX} 个字符。"),
        FileFault::Formula(line) => format!("第 {line} 行有单元格的公式出错（如 #REF!）。请改为填写的内容。"),
    }
}

fn head_zh(fault: &HeadFault) -> String {
    match fault {
        HeadFault::Empty => "表格里没有内容。第一行是标题，从第二行起每行填写一项。".to_owned(),
        HeadFault::Unknown { title } => {
            let shown: String = title.chars().take(20).collect();
            format!("标题行有不认识的一列“{shown}”。请使用本页模板的标题，不要改动标题文字。")
        }
        HeadFault::Twice(column) => format!("标题行有两列“{}”。请只保留一列。", column.title()),
        HeadFault::Missing(column) => format!("标题行缺少“{}”一列。请用本页的模板填写。", column.title()),
    }
}

/// What is wrong with a cell of a table.
pub(in crate::http) fn import_zh(why: &Why) -> String {
    match why {
        Why::Text(fault) => line_zh("此项", *fault),
        Why::Number => "须是 0 至 1000000 的整数，或留空。".to_owned(),
        Why::YesNo => "请填“是”或“否”，或留空。".to_owned(),
        Why::NoUnit => "没有这个单位，或您不是它的联络员。请按“单位”页的名称填写全称。".to_owned(),
        Why::NoId => "没有这个编号的单位。新单位请把编号留空。".to_owned(),
        Why::NameTaken => "另一个单位正在使用这个名称。".to_owned(),
        Why::SameAs(line) => format!("与第 {line} 行重复。"),
        Why::Nobody(login) => format!("没有账号“{login}”。"),
        Why::NoLiaison(login) => format!("账号“{login}”没有联络员角色，或已停用。请先在“账号”页设置角色。"),
        Why::Twice(login) => format!("账号“{login}”重复，同一个人只能填一次。"),
        Why::TooMany => format!("一个单位最多 1 名联络员和 {} 名副联络员。", org_unit::LIAISONS_MAX - 1),
        Why::LiaisonFirst => "有副联络员时必须先有联络员。".to_owned(),
        Why::UnitClosed => "这个单位已经关闭，不能再设联络员、增加人员或作为本级。须先重新启用。".to_owned(),
        Why::Full => "单位数量已达上限。".to_owned(),
        Why::OwnAs(line) => format!("第 {line} 行已经是本级，只能有一个本级单位。"),
        Why::TwoApprovers([one, other]) => format!("这样会使{one}和{other}同为一个单位的审签人（一支笔审签）。"),
        Why::Login => "账号名须为 2 至 32 个字母、数字或 . - _ 字符。".to_owned(),
        Why::LoginTaken => "这个账号名已被其他单位使用。请换一个账号名。".to_owned(),
        Why::Waits => "这个账号名已有一份不同的申请等待办理。".to_owned(),
        Why::NoRole(word) => format!("没有“{word}”这个角色。可以填写：会控员、领导、文秘、联络员，多个用顿号分开。"),
        Why::Roles => "请填写角色；管理员和审签人账号由安全管理员直接设立，不能申请。".to_owned(),
        Why::TooManyWait => {
            format!("本单位待办理的申请将超过 {} 份。请等安全管理员办理后再导入。", account_request::WAITING_MAX)
        }
        Why::AskedByLiaison => "没有这个账号。新账号须由该单位的联络员申请，不能由此建立。".to_owned(),
        Why::ChangedByOfficer => "这个账号已经存在，内容与此不同。已有账号由安全管理员修改。".to_owned(),
        Why::RolesByHand => "角色与现在的不同。角色不能通过表格更改，请在“账号”页修改。".to_owned(),
        Why::Date => "日期写法不对。请写成 2026-10-01。".to_owned(),
        Why::OtherYear(year) => format!("不是 {year} 年的日期。一份文件只写一个年份。"),
        Why::DayKind => "只能写“放假”“上班”或“照常”。".to_owned(),
        Why::WorksAnyway => "这一天不是周六、周日，本来就上班。请核对日期。".to_owned(),
        Why::Stray => "最后一列标题的右边还有内容。请删除，或检查是否错列。".to_owned(),
    }
}

fn file_en(fault: FileFault) -> String {
    match fault {
        FileFault::Unknown => {
            "This is no table. Bring an .xlsx of Excel or WPS, or CSV in UTF-8 or GB18030.".to_owned()
        }
        FileFault::OldWorkbook => "This is an old .xls or has a password. Save it as .xlsx without one.".to_owned(),
        FileFault::Damaged => "This .xlsx is damaged or no table. Save it again.".to_owned(),
        FileFault::Unpacks => {
            "This .xlsx unpacks to too much. Keep the list alone, without pictures and other sheets.".to_owned()
        }
        FileFault::Rows => format!("There are more than {ROWS_MAX} lines. Bring them as several files."),
        FileFault::Columns(line) => {
            format!("Line {line} has more than {COLUMNS_MAX} columns. Use the template of this page.")
        }
        FileFault::Cell(line) => format!("Line {line} has a cell of more than {CELL_CHARS_MAX} characters."),
        FileFault::Formula(line) => {
            format!("Line {line} has a formula that fails (such as #REF!). Write what it should say.")
        }
    }
}

fn head_en(fault: &HeadFault) -> String {
    match fault {
        HeadFault::Empty => "The table is empty. The first line has the heads, each line below it one item.".to_owned(),
        HeadFault::Unknown { title } => {
            let shown: String = title.chars().take(20).collect();
            format!("The head “{shown}” is none. Use those of this page's template as they are.")
        }
        HeadFault::Twice(column) => format!("The column “{}” is there twice. Keep one.", column.title()),
        HeadFault::Missing(column) => format!("The column “{}” is missing. Use this page's template.", column.title()),
    }
}

/// The same as [`import_zh`], in English.
pub(in crate::http) fn import_en(why: &Why) -> String {
    match why {
        Why::Text(LineFault::Empty) => "is to be filled in.".to_owned(),
        Why::Text(LineFault::TooLong(chars)) => format!("has at most {chars} characters."),
        Why::Text(LineFault::Control) => "has characters that are not seen. Delete it and type it again.".to_owned(),
        Why::Number => "is a whole number from 0 to 1000000, or empty.".to_owned(),
        Why::YesNo => "is 是 (yes), 否 (no) or empty.".to_owned(),
        Why::NoUnit => "is no unit, or none you answer for. Write its full name as on the page Units.".to_owned(),
        Why::NoId => "is no unit's number. Leave it empty for a new unit.".to_owned(),
        Why::NameTaken => "is another unit's name.".to_owned(),
        Why::SameAs(line) => format!("is the same as in line {line}."),
        Why::Nobody(login) => format!("“{login}” is no account."),
        Why::NoLiaison(login) => {
            format!("“{login}” has not the role of liaison, or is disabled. Set its role on the page Accounts first.")
        }
        Why::Twice(login) => format!("“{login}” is named twice; each person once."),
        Why::TooMany => format!("A unit has one liaison and at most {} deputies.", org_unit::LIAISONS_MAX - 1),
        Why::LiaisonFirst => "Where there are deputies there is a liaison.".to_owned(),
        Why::UnitClosed => {
            "The unit is closed: no liaison, no people, not the server's own. Open it again first.".to_owned()
        }
        Why::Full => "There are as many units as can be.".to_owned(),
        Why::OwnAs(line) => format!("Line {line} is the server's own unit already; there is one."),
        Why::TwoApprovers([one, other]) => format!("{one} and {other} would both be the approver of one unit."),
        Why::Login => "is 2 to 32 letters, digits or . - _.".to_owned(),
        Why::LoginTaken => "is the name of an account of another unit. Choose another.".to_owned(),
        Why::Waits => "was asked for already, otherwise than here.".to_owned(),
        Why::NoRole(word) => {
            format!("“{word}” is no role. There are 会控员, 领导, 文秘, 联络员; several with 、 between.")
        }
        Why::Roles => "is to be filled in; administrators and approvers can't be asked for.".to_owned(),
        Why::TooManyWait => {
            format!(
                "More than {} requests of the unit would wait. Bring it when some are decided.",
                account_request::WAITING_MAX
            )
        }
        Why::AskedByLiaison => "is no account. The unit's liaison asks for new ones; a list makes none.".to_owned(),
        Why::ChangedByOfficer => {
            "is an account, and otherwise than here. The security administrator changes it.".to_owned()
        }
        Why::RolesByHand => "is not what it is now. Roles are changed on the page Accounts, not by a list.".to_owned(),
        Why::Date => "is no date. Write it as 2026-10-01.".to_owned(),
        Why::OtherYear(year) => format!("is no day of {year}. A file has the days of one year."),
        Why::DayKind => "is 放假 (free), 上班 (at work) or 照常 (as usual).".to_owned(),
        Why::WorksAnyway => "is no Saturday or Sunday, so people work anyway. Look at the date.".to_owned(),
        Why::Stray => {
            "Something stands right of the last column. Delete it, or look whether cells have slipped.".to_owned()
        }
    }
}
