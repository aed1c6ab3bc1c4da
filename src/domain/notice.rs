//! What a meeting's notice (会议通知) says beside its title and its time: which unit holds it, who attends, what is on the
//! agenda, whom to ask and what is asked of those who come. A recording is found by it years later, so it may still be put right when the meeting is over.
//!
//! Units are lines of text here; people type them as their notices name them.

use super::line::{self, LineFault};

/// Most characters of a unit's name, or of an attendee's.
pub const NAME_CHARS_MAX: usize = 64;

/// Most characters of an agenda item: it stands on one or two lines of a list.
pub const ITEM_CHARS_MAX: usize = 100;

/// Most agenda items: the longest session of a county's council has about thirty.
pub const ITEMS_MAX: usize = 60;

/// Most attendees: everybody who is summoned by name to a county's assembly.
pub const ATTENDEES_MAX: usize = 500;

/// Most requirements: more of them nobody reads.
pub const REQUIREMENTS_MAX: usize = 20;

/// Most characters of a requirement: four lines of a printed notice.
pub const REQUIREMENT_CHARS_MAX: usize = 120;

/// What the notice of a meeting says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notice {
    /// The unit that holds the meeting (主办单位); empty if nobody said.
    pub unit: String,
    /// Who attends, in the order of the list.
    pub attendees: Vec<Attendee>,
    /// The agenda, item by item.
    pub agenda: Vec<String>,
    /// Whom to ask, with a telephone number (联系人、电话); empty: whose duty it is.
    pub contact: String,
    /// What is asked of those who come (有关要求), item by item; empty: what is asked mostly.
    pub requirements: Vec<String>,
}

/// Somebody who attends (参会人).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Name, often with an office: 张建国 副县长.
    pub name: String,
    /// Their unit; may be empty.
    pub unit: String,
}

/// One thing that is wrong with a notice. Places count from 1, as people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The unit is no line.
    #[error("the unit is not valid: {0}")]
    Unit(LineFault),
    /// An attendee's name or unit is no line.
    #[error("attendee {0} is not valid: {1}")]
    Attendee(usize, LineFault),
    /// There are more than [`ATTENDEES_MAX`].
    #[error("there are too many attendees")]
    Attendees,
    /// An agenda item is no line.
    #[error("agenda item {0} is not valid: {1}")]
    Item(usize, LineFault),
    /// There are more than [`ITEMS_MAX`].
    #[error("the agenda has too many items")]
    Items,
    /// Whom to ask is no line.
    #[error("the contact is not valid: {0}")]
    Contact(LineFault),
    /// A requirement is no line.
    #[error("requirement {0} is not valid: {1}")]
    Requirement(usize, LineFault),
    /// There are more than [`REQUIREMENTS_MAX`].
    #[error("there are too many requirements")]
    Requirements,
}

impl Notice {
    /// The notice as it may be stored, without empty lines; or all that is wrong with it.
    pub fn checked(self) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let unit = may_be_empty(&self.unit, NAME_CHARS_MAX).map_err(Mistake::Unit);
        let attendees =
            numbered(self.attendees, |attendee| !attendee.name.trim().is_empty()).map(|(place, attendee)| {
                let name = line::checked(&attendee.name, NAME_CHARS_MAX);
                let unit = may_be_empty(&attendee.unit, NAME_CHARS_MAX);
                name.and_then(|name| Ok(Attendee { name, unit: unit? }))
                    .map_err(|fault| Mistake::Attendee(place, fault))
            });
        let attendees = sorted(attendees, &mut mistakes);
        let agenda = items(self.agenda, ITEM_CHARS_MAX, Mistake::Item, &mut mistakes);
        mistakes.extend((attendees.len() > ATTENDEES_MAX).then_some(Mistake::Attendees));
        mistakes.extend((agenda.len() > ITEMS_MAX).then_some(Mistake::Items));
        let requirements = items(self.requirements, REQUIREMENT_CHARS_MAX, Mistake::Requirement, &mut mistakes);
        mistakes.extend((requirements.len() > REQUIREMENTS_MAX).then_some(Mistake::Requirements));
        match (unit, may_be_empty(&self.contact, NAME_CHARS_MAX).map_err(Mistake::Contact)) {
            (Ok(unit), Ok(contact)) if mistakes.is_empty() => {
                Ok(Self { unit, attendees, agenda, contact, requirements })
            }
            (unit, contact) => Err(unit.err().into_iter().chain(mistakes).chain(contact.err()).collect()),
        }
    }
}

fn may_be_empty(text: &str, chars_max: usize) -> Result<String, LineFault> {
    if text.trim().is_empty() { Ok(String::new()) } else { line::checked(text, chars_max) }
}

/// Lines of so many characters at most, without blank ones.
fn items(
    typed: Vec<String>,
    chars_max: usize,
    mistake: fn(usize, LineFault) -> Mistake,
    mistakes: &mut Vec<Mistake>,
) -> Vec<String> {
    let lines = numbered(typed, |item| !item.trim().is_empty());
    let checked = lines.map(|(place, item)| line::checked(&item, chars_max).map_err(|fault| mistake(place, fault)));
    sorted(checked, mistakes)
}

fn numbered<T>(all: Vec<T>, is_there: impl Fn(&T) -> bool) -> impl Iterator<Item = (usize, T)> {
    all.into_iter().enumerate().filter(move |(_, one)| is_there(one)).map(|(index, one)| (index + 1, one))
}

fn sorted<T>(all: impl Iterator<Item = Result<T, Mistake>>, mistakes: &mut Vec<Mistake>) -> Vec<T> {
    all.filter_map(|one| one.map_err(|mistake| mistakes.push(mistake)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attendee(name: &str, unit: &str) -> Attendee {
        Attendee { name: name.to_owned(), unit: unit.to_owned() }
    }

    #[test]
    fn a_notice_keeps_its_lines_and_loses_its_blanks() {
        let typed = Notice {
            unit: " 县防汛抗旱指挥部 ".to_owned(),
            attendees: vec![attendee(" 张建国 副县长", ""), attendee(" ", "县水务局"), attendee("李伟", " 县应急局 ")],
            agenda: vec!["通报汛情".to_owned(), "  ".to_owned(), " 部署转移安置 ".to_owned()],
            contact: " 李军 0874-8881234 ".to_owned(),
            requirements: vec![" 着正装 ".to_owned(), String::new()],
        };
        let kept = typed.checked().expect("nothing is wrong");
        assert_eq!(kept.unit, "县防汛抗旱指挥部");
        assert_eq!(kept.attendees, [attendee("张建国 副县长", ""), attendee("李伟", "县应急局")]);
        assert_eq!(kept.agenda, ["通报汛情", "部署转移安置"]);
        assert_eq!((kept.contact.as_str(), kept.requirements), ("李军 0874-8881234", vec!["着正装".to_owned()]));
        assert_eq!(Notice::default().checked(), Ok(Notice::default()), "nobody has to say anything");
    }

    #[test]
    fn a_notice_is_told_all_that_is_wrong_with_it() {
        let long = "长".repeat(ITEM_CHARS_MAX + 1);
        let typed = Notice {
            unit: "a\u{202e}b".to_owned(),
            attendees: vec![attendee("李伟", ""), attendee("王\u{7}", ""), attendee("赵", &long)],
            agenda: vec![String::new(), long.clone()],
            contact: long.clone(),
            requirements: vec!["着正装".to_owned(), "a\u{7}".to_owned()],
        };
        let expect = [
            Mistake::Unit(LineFault::Control),
            Mistake::Attendee(2, LineFault::Control),
            Mistake::Attendee(3, LineFault::TooLong(NAME_CHARS_MAX)),
            Mistake::Item(2, LineFault::TooLong(ITEM_CHARS_MAX)),
            Mistake::Requirement(2, LineFault::Control),
            Mistake::Contact(LineFault::TooLong(NAME_CHARS_MAX)),
        ];
        assert_eq!(typed.checked(), Err(expect.to_vec()));
        let many = Notice {
            attendees: vec![attendee("李伟", ""); ATTENDEES_MAX + 1],
            agenda: vec!["通报".to_owned(); ITEMS_MAX + 1],
            requirements: vec!["准时".to_owned(); REQUIREMENTS_MAX + 1],
            ..Notice::default()
        };
        assert_eq!(many.checked(), Err(vec![Mistake::Attendees, Mistake::Items, Mistake::Requirements]));
    }
}
