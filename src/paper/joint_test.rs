//! The record of a joint test (调试情况记录表): what was looked at before a meeting, with which result, and who signed for what was left
//! open. Of one that has not begun it is printed to be filled in by hand.

use super::{
    fonts::Fonts,
    sheet::{A4, MM, Sheets, Style},
    sign_in::{FORM, foot, form_head},
    table::{self, Align, Column, Look, Row},
};

/// One item of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// What is looked at.
    pub name: String,
    /// What was found, in a word; empty: it is ticked by hand.
    pub result: String,
    /// Whether that keeps the test from passing.
    pub wrong: bool,
    /// What was measured, and what somebody said; may be empty.
    pub note: String,
    /// Who looked last; may be empty.
    pub by: String,
}

/// A joint test, each field as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JointTest {
    /// The meeting's title.
    pub title: String,
    /// When the meeting takes place.
    pub time: String,
    /// The venues.
    pub place: String,
    /// The line its programme comes over.
    pub line: String,
    /// When it was tested, or is to be.
    pub tested: String,
    /// Who runs or ran it; may be empty.
    pub operator: String,
    /// The checklist.
    pub items: Vec<Item>,
    /// What came of it, by whom and when; empty: it is ticked by hand.
    pub result: String,
    /// Whether the meeting's settings are frozen.
    pub settings: String,
    /// Why the meeting is held with something open, who said so and when; empty: it is written by hand. `None`: nothing is open.
    pub reason: Option<String>,
    /// Who signed for that, and when; may be empty.
    pub accepted: String,
    /// When this was printed.
    pub printed: String,
}

/// Height of the row where people sign, in millimetres.
const SIGNED: f32 = 15.0;

/// The form, on A4.
#[must_use]
pub fn pdf(test: &JointTest, fonts: &Fonts) -> Option<Vec<u8>> {
    let mut sheets = Sheets::new(fonts, A4);
    let y = form_head(&mut sheets, "视频会议调试情况记录表", &[]);
    let look = Look { row: 8.2, style: Style::plain(10.5), head: Style::bold(10.5), ..FORM };
    let facts = [
        row([("会议名称", &test.title), ("会议时间", &test.time)]),
        row([("会场", &test.place), ("联调时间", &test.tested)]),
        row([("线路", &test.line), ("主持联调", &test.operator)]),
    ];
    let y = table::draw(&mut sheets, look, y, &pairs(54.0), &facts);
    let columns = [
        Column::new("序号", 12.0, Align::Middle),
        Column::new("检查项目", 50.0, Align::Left),
        Column::new("结果", 30.0, Align::Middle),
        Column::new("测量值、说明", 66.0, Align::Left),
        Column::new("检查人", 22.0, Align::Middle),
    ];
    let items: Vec<Row> = test.items.iter().enumerate().map(|(at, one)| item(at, one)).collect();
    let y = table::draw(&mut sheets, look, y, &columns, &items);
    let ticked = || "□合格　□有问题".to_owned();
    let result = if test.result.is_empty() { ticked() } else { test.result.clone() };
    let mut outcome = vec![row([("结果", &result), ("设置", &test.settings)])];
    outcome
        .extend(test.reason.as_ref().map(|reason| row([("带问题召开的原因", reason), ("签字同意", &test.accepted)])));
    let y = table::draw(&mut sheets, look, y, &pairs(66.0), &outcome);
    // Nobody signs a page that says nothing else.
    let y = if y + SIGNED * MM > FORM.bottom * MM {
        sheets.turn();
        FORM.top * MM
    } else {
        y
    };
    let cells = ["调试人（签字）", "", "对方调试人", "", "负责人（签字）", ""].map(str::to_owned).to_vec();
    let signs = [30.0; 6].map(|width| Column::new("", width, Align::Middle));
    table::draw(&mut sheets, Look { row: SIGNED, ..look }, y, &signs, &[Row { cells, shaded: false }]);
    foot(&mut sheets, &format!("打印时间：{}", test.printed));
    sheets.finish(&format!("{} 调试情况记录表", test.title))
}

/// Columns of names and values, two a row; the first value is so many millimetres wide.
fn pairs(first: f32) -> [Column; 4] {
    const NAME: f32 = 24.0;
    let name = Column::new("", NAME, Align::Middle);
    let value = |width| Column::new("", width, Align::Left);
    [name.clone(), value(first), name, value(180.0 - 2.0 * NAME - first)]
}

fn row([(name, value), (other, another)]: [(&str, &String); 2]) -> Row {
    Row { cells: vec![name.to_owned(), value.clone(), other.to_owned(), another.clone()], shaded: false }
}

fn item(at: usize, Item { name, result, wrong, note, by }: &Item) -> Row {
    let result = if result.is_empty() { "□正常　□异常" } else { result };
    let cells = vec![(at + 1).to_string(), name.clone(), result.to_owned(), note.clone(), by.clone()];
    Row { cells, shaded: *wrong }
}
