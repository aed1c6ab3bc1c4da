//! The list of who is to sign in at a meeting (签到表): who comes from which unit, and whether they came.

use super::{
    fonts::Fonts,
    sheet::{A4, MM, Sheets, Style},
    table::{self, Align, Column, Look, Row},
};

/// Somebody on the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Unit (单位); people of one unit stand together.
    pub unit: String,
    /// Name (姓名).
    pub name: String,
    /// Post (职务); may be empty.
    pub post: String,
    /// Number by which they sign in, if people have numbers.
    pub number: String,
    /// What is known of them: 请假, 替会, 已签到 09:20; empty on a list that is to be signed.
    pub state: String,
}

impl Person {
    /// Somebody of a notice, whose name is written with a post or without: `张建国 副县长`. The name comes first, as people
    /// here write it; who has one word has no post.
    #[must_use]
    pub fn of_notice(name: &str, unit: &str) -> Self {
        let (name, post) = name.split_once([' ', '\u{3000}', '（', '(']).unwrap_or((name, ""));
        let post = post.trim().trim_end_matches(['）', ')']);
        Self { unit: unit.to_owned(), name: name.to_owned(), post: post.to_owned(), ..Self::default() }
    }
}

/// A meeting's list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignIn {
    /// The meeting's title.
    pub title: String,
    /// When it takes place, as it is printed.
    pub time: String,
    /// Where, as it is printed; may be empty.
    pub place: String,
    /// What came out of the roll call (会前点名) of the venues, as it is printed; empty if there was none.
    pub roll: String,
    /// Who is to come, in administrative order.
    pub people: Vec<Person>,
}

/// Rows that stand empty under the last name, for whoever comes besides.
const SPARE: usize = 5;

/// The list to be signed by hand, its head on each page.
#[must_use]
pub fn pdf(list: &SignIn, fonts: &Fonts) -> Option<Vec<u8>> {
    let mut sheets = Sheets::new(fonts, A4);
    let heading = format!("{}签到表", list.title);
    let place = if list.place.is_empty() { String::new() } else { format!("地点：{}", list.place) };
    let y = form_head(&mut sheets, &heading, &[format!("时间：{}", list.time), place, list.roll.clone()]);
    let columns = [
        Column::new("序号", 13.0, Align::Middle),
        Column::new("单位", 48.0, Align::Left),
        Column::new("姓名", 27.0, Align::Middle),
        Column::new("职务", 38.0, Align::Left),
        Column::new("签名", 30.0, Align::Middle),
        Column::new("备注", 24.0, Align::Middle),
    ];
    // Where people have numbers to sign in by, no other numbers stand beside them.
    let numbered = list.people.iter().any(|person| !person.number.is_empty());
    let row = |(at, person): (usize, &Person)| {
        let Person { unit, name, post, number, state } = person.clone();
        let number = if numbered { number } else { (at + 1).to_string() };
        Row { cells: vec![number, unit, name, post, String::new(), state], shaded: false }
    };
    let blank = Person::default();
    let spare = if list.people.is_empty() { 4 * SPARE } else { SPARE };
    let people = list.people.iter().chain(std::iter::repeat_n(&blank, spare));
    let rows: Vec<Row> = people.enumerate().map(row).collect();
    table::draw(&mut sheets, FORM, y, &columns, &rows);
    foot(&mut sheets, &list.title);
    sheets.finish(&heading)
}

/// How the forms of this house stand on A4.
pub(super) const FORM: Look =
    Look { left: 15.0, top: 18.0, bottom: 277.0, head: Style::bold(11.0), style: Style::plain(11.0), row: 11.0 };

/// A form's title and the lines under it; says where the form itself begins.
pub(super) fn form_head(sheets: &mut Sheets<'_>, heading: &str, lines: &[String]) -> f32 {
    let (style, plain) = (Style::bold(20.0), Style::plain(12.0));
    let wide = sheets.width - 2.0 * FORM.left * MM;
    let mut y = 18.0 * MM;
    for line in sheets.wrap_title(heading, style, wide) {
        y += 27.0;
        sheets.text_around((sheets.width / 2.0, y - 3.0), &line, style);
    }
    y += 9.0;
    for line in lines.iter().filter(|line| !line.is_empty()) {
        for line in sheets.wrap(line, plain, wide, wide) {
            y += 18.0;
            sheets.text((FORM.left * MM, y - 3.0), &line, plain, 0.0);
        }
    }
    y + 7.0
}

/// What it is and 第1页 共3页, on each page.
pub(super) fn foot(sheets: &mut Sheets<'_>, of: &str) {
    let style = Style::plain(9.0);
    sheets.on_each(|sheets, number, count| {
        let y = sheets.height - 11.0 * MM;
        let right = sheets.width - FORM.left * MM;
        let room = right - FORM.left * MM - 80.0;
        if let Some(first) = sheets.wrap(of, style, room, room).first() {
            sheets.text((FORM.left * MM, y), first, style, 0.0);
        }
        sheets.text_to((right, y), &format!("第{number}页 共{count}页"), style);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_from_its_post() {
        let cases = [
            ("张建国 副县长", "张建国", "副县长"),
            ("李伟", "李伟", ""),
            ("王秀兰\u{3000}局长、党组书记", "王秀兰", "局长、党组书记"),
            ("赵敏（联络员）", "赵敏", "联络员"),
            ("古丽娜尔·买买提 副乡长", "古丽娜尔·买买提", "副乡长"),
        ];
        for (written, name, post) in cases {
            let person = Person::of_notice(written, "县水务局");
            assert_eq!((person.name.as_str(), person.post.as_str()), (name, post), "{written}");
        }
    }
}
