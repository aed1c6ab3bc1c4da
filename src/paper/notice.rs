//! The notice of a meeting (会议通知), laid out by the habits of official documents (GB/T 9704—2012): A4, text area of 156 by
//! 225 mm with 22 lines of 28 characters, title in 二号, body in 三号, page numbers outside at the foot.
//!
//! There is no red head and no number: who may use them puts the text under their own.

use super::{
    fonts::Fonts,
    sheet::{A4, MM, Sheets, Style},
    table::{self, Align, Column, Look, Row},
    words,
};
use crate::domain::wall_clock;
use jiff::civil::Date;
use std::{ops::Range, time::SystemTime};

/// Somebody who attends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Unit; may be empty.
    pub unit: String,
    /// Name with post: 张建国 副县长.
    pub name: String,
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The meeting's title.
    pub title: String,
    /// Whether an upper level holds it, and it is listened to here.
    pub upper: bool,
    /// Start.
    pub starts: SystemTime,
    /// End.
    pub ends: SystemTime,
    /// The venues, the main one first; may be empty.
    pub venues: Vec<String>,
    /// Leaders who attend, by their shown names.
    pub leaders: Vec<String>,
    /// The units that are invited, in administrative order.
    pub units: Vec<String>,
    /// Who else attends.
    pub attendees: Vec<Attendee>,
    /// The agenda.
    pub agenda: Vec<String>,
    /// When the joint test begins, if one is to come.
    pub tested: Option<SystemTime>,
    /// What is asked of those who come; empty: what is asked mostly.
    pub requirements: Vec<String>,
    /// The unit that holds it and signs the notice; may be empty.
    pub unit: String,
    /// Whom to ask (联系人); may be empty.
    pub contact: String,
    /// The day that stands under it.
    pub dated: Date,
}

/// The text area of GB/T 9704 5.2.1, in millimetres.
const LEFT: f32 = 28.0;
const TOP: f32 = 37.0;
const WIDE: f32 = 156.0;
const HIGH: f32 = 225.0;

/// 28 characters a line (GB/T 9704 5.2.3): 三号 is 16 points, which a document's grid sets a little closer.
const BODY: f32 = WIDE * MM / 28.0;

/// From line to line: 22 of them on a page.
const PITCH: f32 = 28.95;

/// More people than these stand on a list of their own.
const NAMED_IN_TEXT_MAX: usize = 12;

const BODY_STYLE: Style = Style::plain(BODY);

/// The file.
#[must_use]
pub fn pdf(notice: &Notice, fonts: &Fonts) -> Option<Vec<u8>> {
    let mut text = Text { sheets: Sheets::new(fonts, A4), lines: Vec::new() };
    let heading = heading(notice);
    text.title(&heading);
    text.paragraph(&Paragraph::plain(addressees(notice)), 0);
    for paragraph in paragraphs(notice) {
        text.paragraph(&paragraph, 2);
    }
    text.keep_last(2);
    let attached = notice.attendees.len() > NAMED_IN_TEXT_MAX;
    if attached {
        text.skip(1);
        text.paragraph(&Paragraph::plain("附件：参会人员名单".to_owned()), 2);
        text.keep_last(1);
    }
    text.signature(notice);
    let mut sheets = text.drawn();
    if attached {
        attach(&mut sheets, &notice.attendees);
    }
    number(&mut sheets);
    sheets.finish(&heading)
}

/// 关于召开……的通知; a title that is one already stays.
fn heading(Notice { title, upper, .. }: &Notice) -> String {
    if title.ends_with("通知") {
        return title.clone();
    }
    format!("关于{}{title}的通知", if *upper { "收听收看" } else { "召开" })
}

/// 主送: the units that are invited, whether or not they have named anybody, and others whose people attend, each once.
fn addressees(notice: &Notice) -> String {
    const UNITS_MAX: usize = 12;
    let mut units: Vec<&str> = Vec::new();
    for unit in notice.units.iter().chain(notice.attendees.iter().map(|attendee| &attendee.unit)) {
        if !unit.is_empty() && !units.contains(&unit.as_str()) {
            units.push(unit);
        }
    }
    if units.is_empty() || units.len() > UNITS_MAX {
        "各有关单位：".to_owned()
    } else {
        format!("{}：", units.join("、"))
    }
}

/// A paragraph of the text.
struct Paragraph {
    /// What it begins with, set apart: 一、会议时间：; may be empty.
    lead: String,
    text: String,
    /// Whether it is a heading of what follows.
    heads: bool,
}

impl Paragraph {
    const fn plain(text: String) -> Self {
        Self { lead: String::new(), text, heads: false }
    }
}

/// What the meeting is called where its title is 关于召开……的通知.
fn name(title: &str) -> &str {
    let inner = title.strip_prefix("关于召开").or_else(|| title.strip_prefix("关于收听收看"));
    inner.and_then(|inner| inner.strip_suffix("的通知")).unwrap_or(title)
}

fn paragraphs(notice: &Notice) -> Vec<Paragraph> {
    let act = if notice.upper { "组织收听收看" } else { "召开" };
    let begins = words::date_and_time(notice.starts);
    let mut all = vec![Paragraph::plain(format!("定于{begins}{act}{}。现将有关事项通知如下：", name(&notice.title)))];
    for (at, (name, text, items)) in sections(notice).into_iter().enumerate() {
        let number = words::chinese(at + 1);
        // What is one thing alone is not counted.
        let (text, items) = match items.as_slice() {
            [only] if text.is_empty() => (only.clone(), Vec::new()),
            _ => (text, items),
        };
        all.push(match text.as_str() {
            "" => Paragraph { lead: format!("{number}、{name}"), text: String::new(), heads: true },
            text => Paragraph { lead: format!("{number}、{name}："), text: ended(text), heads: false },
        });
        for (at, item) in items.iter().enumerate() {
            all.push(Paragraph::plain(format!("（{}）{}", words::chinese(at + 1), ended(item))));
        }
    }
    all
}

/// A sentence with its full stop.
fn ended(text: &str) -> String {
    let end = if text.ends_with(['。', '；', '！', '？']) { "" } else { "。" };
    format!("{text}{end}")
}

/// What it says, each with its name, a text and items.
fn sections(notice: &Notice) -> Vec<(&'static str, String, Vec<String>)> {
    let mut all = vec![("会议时间", words::span(notice.starts, notice.ends), Vec::new())];
    match notice.venues.as_slice() {
        [] => {}
        [only] => all.push(("会议地点", only.clone(), Vec::new())),
        [main, others @ ..] => {
            all.push(("会议地点", format!("主会场设在{main}，分会场设在{}", others.join("、")), Vec::new()));
        }
    }
    let people = people(notice);
    if !people.is_empty() {
        all.push(("参会人员", people, Vec::new()));
    }
    if !notice.agenda.is_empty() {
        all.push(("会议议程", String::new(), notice.agenda.clone()));
    }
    all.extend(notice.tested.map(|at| ("联调时间", tested(notice, at), Vec::new())));
    all.push(("有关要求", String::new(), requirements(notice)));
    all
}

/// 9月14日（星期一）15:00，请各分会场提前开机待测; the year is said if it is not the meeting's.
fn tested(notice: &Notice, at: SystemTime) -> String {
    let year = |at| wall_clock::read(at).0.year();
    let same = year(at) == year(notice.starts);
    let time = if same { words::day_and_time(at) } else { words::date_and_time(at) };
    let venues = if notice.venues.len() > 1 { "各分会场" } else { "会场" };
    format!("{time}，请{venues}提前开机待测")
}

/// 参加领导……；县水务局：……。
fn people(notice: &Notice) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !notice.leaders.is_empty() {
        parts.push(notice.leaders.iter().map(|name| closed_up(name)).collect::<Vec<_>>().join("、"));
    }
    if notice.attendees.len() > NAMED_IN_TEXT_MAX {
        parts.push(format!("有关单位人员共{}人，名单见附件", notice.attendees.len()));
        return parts.join("；");
    }
    let mut of: Vec<(&str, Vec<String>)> = Vec::new();
    for Attendee { unit, name } in &notice.attendees {
        let name = closed_up(name);
        match of.iter_mut().find(|(known, _)| known == unit) {
            Some((_, names)) => names.push(name),
            None => of.push((unit, vec![name])),
        }
    }
    parts.extend(of.into_iter().map(|(unit, names)| format!("{unit}{}", names.join("、"))));
    parts.join("；")
}

/// A name and a post as a document has them: without the space that people type between them.
fn closed_up(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let beside = |at: usize| letters.get(at).is_some_and(char::is_ascii);
    let stays = |at: usize| !letters[at].is_whitespace() || at > 0 && beside(at - 1) || beside(at + 1);
    letters.iter().enumerate().filter(|(at, _)| stays(*at)).map(|(_, letter)| *letter).collect()
}

fn requirements(notice: &Notice) -> Vec<String> {
    if !notice.requirements.is_empty() {
        return notice.requirements.clone();
    }
    let mut all = vec!["请参会人员安排好工作，准时参会；因故不能参会的，请提前向主办单位请假".to_owned()];
    if notice.venues.len() > 1 {
        all.push("请各会场于会前1小时开机，配合主会场完成设备调试；会议期间保持安静，未经允许不得打开话筒".to_owned());
    }
    all
}

/// A line of the body, before it is known on which page it stands; blank if it has no parts.
#[derive(Default)]
struct Line {
    /// Where each begins, what it is, how it is set, and how much wider each of its characters is.
    parts: Vec<(f32, String, Style, f32)>,
    /// Whether the next line is on the same page.
    stays: bool,
}

/// The body, line by line.
struct Text<'f> {
    sheets: Sheets<'f>,
    lines: Vec<Line>,
}

impl<'f> Text<'f> {
    fn skip(&mut self, lines: usize) {
        self.lines.extend((0..lines).map(|_| Line { stays: true, ..Line::default() }));
    }

    /// A line around this middle, pushed back within the margins.
    fn around(&mut self, middle: f32, text: &str, style: Style) {
        let (left, half) = (LEFT * MM, self.sheets.measure(text, style) / 2.0);
        let x = (middle - half).min(left + WIDE * MM - 2.0 * half).max(left);
        self.lines.push(Line { parts: vec![(x, text.to_owned(), style, 0.0)], stays: true });
    }

    fn title(&mut self, title: &str) {
        let style = Style::bold(22.0);
        for line in self.sheets.wrap_title(title, style, WIDE * MM - 44.0) {
            self.around((LEFT + WIDE / 2.0) * MM, &line, style);
        }
        self.skip(1);
    }

    /// A paragraph whose first line begins so many characters in. Lines are stretched to the margin, but the last.
    fn paragraph(&mut self, Paragraph { lead, text, heads }: &Paragraph, indent: usize) {
        let (left, wide, indent) = (LEFT * MM, WIDE * MM, indent as f32 * BODY);
        // A hair more than 28 characters, so that sums of fractions don't break a full line.
        let lines = self.sheets.wrap(&format!("{lead}{text}"), BODY_STYLE, wide - indent + 0.1, wide + 0.1);
        let last = lines.len().saturating_sub(1);
        for (at, line) in lines.iter().enumerate() {
            let x = if at == 0 { left + indent } else { left };
            let line = line.trim_end();
            let gap = left + wide - x - self.sheets.measure(line, BODY_STYLE);
            let gaps = line.chars().count().saturating_sub(1);
            let stretched = at < last && gaps > 0 && gap < 3.0 * BODY;
            let wider = if stretched { gap.max(0.0) / gaps as f32 } else { 0.0 };
            let mut parts = Vec::with_capacity(2);
            match line.strip_prefix(lead.as_str()).filter(|_| at == 0 && !lead.is_empty()) {
                Some(rest) => {
                    let head = Style::bold(BODY);
                    let wide = self.sheets.measure(lead, head) + wider * lead.chars().count() as f32;
                    parts.push((x, lead.clone(), head, wider));
                    parts.push((x + wide, rest.to_owned(), BODY_STYLE, wider));
                }
                None => parts.push((x, line.to_owned(), BODY_STYLE, wider)),
            }
            self.lines.push(Line { parts, stays: *heads });
        }
    }

    /// Keeps so many last lines on the page of what comes next.
    fn keep_last(&mut self, lines: usize) {
        self.lines.iter_mut().rev().take(lines).for_each(|line| line.stays = true);
    }

    /// 署名 over 成文日期, which ends four characters from the right (GB/T 9704 7.3.5.1), and 附注 under them.
    fn signature(&mut self, notice: &Notice) {
        self.skip(2);
        let date = words::date(notice.dated);
        let wide = self.sheets.measure(&date, BODY_STYLE);
        let right = (LEFT + WIDE) * MM - 4.0 * BODY;
        for line in self.sheets.wrap_title(&notice.unit, BODY_STYLE, WIDE * MM).iter().filter(|line| !line.is_empty()) {
            self.around(right - wide / 2.0, line, BODY_STYLE);
        }
        self.around(right - wide / 2.0, &date, BODY_STYLE);
        if !notice.contact.is_empty() {
            self.skip(1);
            self.paragraph(&Paragraph::plain(format!("（联系人：{}）", notice.contact)), 2);
        }
    }

    /// The sheets with all that on them.
    fn drawn(mut self) -> Sheets<'f> {
        for (number, page) in pages(&self.lines).into_iter().enumerate() {
            if number > 0 {
                self.sheets.turn();
            }
            for (at, line) in self.lines[page].iter().enumerate() {
                let y = TOP * MM + at as f32 * PITCH + (PITCH + BODY) / 2.0 - 0.12 * BODY;
                for (x, text, style, wider) in &line.parts {
                    self.sheets.text((*x, y), text, *style, *wider);
                }
            }
        }
        self.sheets
    }
}

/// Which lines stand on which page: no heading at the foot of one without what it heads, no signature on one without text
/// (GB/T 9704 7.3.5.5), and no blank line at the head of one.
fn pages(lines: &[Line]) -> Vec<Range<usize>> {
    const LINES_MAX: usize = (HIGH * MM / PITCH) as usize;
    let mut pages = Vec::new();
    let mut from = 0;
    while from < lines.len() {
        let full = lines.len().min(from + LINES_MAX);
        let mut to = full;
        while full < lines.len() && to > from && lines[to - 1].stays {
            to -= 1;
        }
        // What has to stay together and is longer than a page is cut where the page ends.
        let to = if to == from { full } else { to };
        pages.push(from..to);
        from = to + lines[to..].iter().take_while(|line| line.parts.is_empty()).count();
    }
    pages
}

/// 附件: the list of who attends, on pages of its own.
fn attach(sheets: &mut Sheets<'_>, attendees: &[Attendee]) {
    sheets.turn();
    sheets.text((LEFT * MM, TOP * MM + BODY), "附件", Style::bold(BODY), 0.0);
    let middle = (LEFT + WIDE / 2.0) * MM;
    sheets.text_around((middle, TOP * MM + BODY + 2.0 * PITCH), "参会人员名单", Style::bold(22.0));
    let columns = [
        Column::new("序号", 16.0, Align::Middle),
        Column::new("单位", 70.0, Align::Left),
        Column::new("姓名、职务", 70.0, Align::Left),
    ];
    let row = |(at, Attendee { unit, name }): (usize, &Attendee)| Row {
        cells: vec![(at + 1).to_string(), unit.clone(), name.clone()],
        shaded: false,
    };
    let rows: Vec<Row> = attendees.iter().enumerate().map(row).collect();
    let (head, style) = (Style::bold(12.0), Style::plain(12.0));
    let look = Look { left: LEFT, top: TOP, bottom: TOP + HIGH, head, style, row: 8.5 };
    table::draw(sheets, look, TOP * MM + 3.4 * PITCH, &columns, &rows);
}

/// — 1 — in 四号, 7 mm under the text, outside: odd pages right, even ones left, a character from the edge (7.5).
fn number(sheets: &mut Sheets<'_>) {
    sheets.on_each(|sheets, number, _| {
        let (style, text) = (Style::plain(14.0), format!("— {number} —"));
        let y = (TOP + HIGH + 7.0) * MM + 10.0;
        if number % 2 == 1 {
            sheets.text_to(((LEFT + WIDE) * MM - 14.0, y), &text, style);
        } else {
            sheets.text((LEFT * MM + 14.0, y), &text, style, 0.0);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_that_is_a_notice_s_says_which_meeting_it_is() {
        for (title, expect) in [("关于召开防汛会的通知", "防汛会"), ("防汛会", "防汛会"), ("放假通知", "放假通知")]
        {
            assert_eq!(name(title), expect);
        }
    }

    fn lines(stays: impl Fn(usize) -> bool, count: usize) -> Vec<Line> {
        let line = |at: usize| Line { parts: vec![(0.0, at.to_string(), BODY_STYLE, 0.0)], stays: stays(at) };
        (0..count).map(line).collect()
    }

    #[test]
    fn a_page_ends_where_nothing_is_torn_apart() {
        let cut = |lines: &[Line]| pages(lines).iter().map(|page| (page.start, page.end)).collect::<Vec<_>>();
        assert_eq!(cut(&lines(|_| false, 22)), [(0, 22)]);
        assert_eq!(cut(&lines(|_| false, 23)), [(0, 22), (22, 23)]);
        assert_eq!(cut(&lines(|at| at == 21, 30)), [(0, 21), (21, 30)], "a heading goes along");
        assert_eq!(cut(&lines(|at| at >= 20, 24)), [(0, 20), (20, 24)], "a signature takes text along");
        assert_eq!(cut(&lines(|_| true, 50)), [(0, 22), (22, 44), (44, 50)], "what is longer than a page is cut");
        let mut blank = lines(|_| false, 25);
        blank[22] = Line::default();
        assert_eq!(cut(&blank), [(0, 22), (23, 25)], "no page begins with a blank line");
    }

    #[test]
    fn names_and_posts_are_closed_up() {
        let cases = [
            ("张建国 副县长", "张建国副县长"),
            ("李伟", "李伟"),
            ("John Smith 顾问", "John Smith 顾问"),
            (" 王", "王"),
        ];
        for (typed, printed) in cases {
            assert_eq!(closed_up(typed), printed);
        }
    }
}
