//! What is checked in a joint test: the server's list, which operators edit, and what became of each item in one test.

use super::{
    Act, NOTE_CHARS_MAX,
    measure::{Finding, Measure},
};
use crate::domain::line::{self, LineFault};
use std::time::SystemTime;

/// Most characters of an item: it stands on one line of the printed form.
pub const ITEM_CHARS_MAX: usize = 60;

/// Fewest items of a list: with fewer it is no rehearsal.
pub const ITEMS_MIN: usize = 10;

/// Most items of a list: what fits on one page of paper.
pub const ITEMS_MAX: usize = 30;

/// An item of the server's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name for programs; never another's within a list.
    pub id: String,
    /// What is looked at.
    pub text: String,
    /// What a machine can say of it, if anything.
    pub measure: Option<Measure>,
}

/// An item in one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// As it stood in the list when the test began.
    pub entry: Entry,
    /// What was found.
    pub verdict: Verdict,
    /// What is wrong, or why somebody says otherwise than the machine; may be empty.
    pub note: String,
    /// What was measured last.
    pub measured: Option<Measured>,
    /// Who looked at it last, or had it measured.
    pub by: Option<Act>,
}

/// What a machine said of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Whether it is good.
    pub good: bool,
    /// Figures, or what is missing.
    pub value: String,
    /// When.
    pub at: SystemTime,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// 未查.
    Open,
    /// 正常.
    Good,
    /// 异常.
    Bad,
    /// 不涉及: the place has no such thing.
    Absent,
}

/// Why an item can't be checked so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckFault {
    /// There is none of that id.
    #[error("there is no such item")]
    Unknown,
    /// What is wrong is not said, or the note is no line.
    #[error("the note is not valid: {0}")]
    Note(LineFault),
    /// Somebody says otherwise than what was measured, and not why.
    #[error("what was measured is overruled without a reason")]
    Overruled,
}

/// Why a list can't be the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// Fewer than [`ITEMS_MIN`] or more than [`ITEMS_MAX`].
    #[error("a list has {ITEMS_MIN} to {ITEMS_MAX} items")]
    Count,
    /// The item at this place, from 1, is no line.
    #[error("item {0} is not valid: {1}")]
    Item(usize, LineFault),
    /// The item at this place is there twice.
    #[error("item {0} is there twice")]
    Twice(usize),
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Good, Self::Bad, Self::Absent];

    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Absent => "absent",
        }
    }

    /// The verdict of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

impl Item {
    /// One nobody has looked at.
    #[must_use]
    pub const fn open(entry: Entry) -> Self {
        Self { entry, verdict: Verdict::Open, note: String::new(), measured: None, by: None }
    }

    /// Whether it keeps the test from passing.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.verdict, Verdict::Open | Verdict::Bad)
    }

    /// Looked at by somebody, whose word counts more than a machine's if they say why.
    pub(super) fn checked(self, verdict: Verdict, note: &str, by: Act) -> Result<Self, CheckFault> {
        let needs_note = verdict == Verdict::Bad;
        let note = match line::checked(note, NOTE_CHARS_MAX) {
            Err(LineFault::Empty) if !needs_note => String::new(),
            checked => checked.map_err(CheckFault::Note)?,
        };
        let overrules = self.measured.as_ref().is_some_and(|measured| !measured.good) && verdict == Verdict::Good;
        if overrules && note.is_empty() {
            return Err(CheckFault::Overruled);
        }
        Ok(Self { verdict, note, by: Some(by), ..self })
    }

    /// Measured anew: what the machine says takes the place of what was said before.
    pub(super) fn measured(self, found: &Finding, by: Act) -> Self {
        let (good, value) = (found.good, found.value.clone());
        let note = if good { String::new() } else { value.clone() };
        let verdict = if good { Verdict::Good } else { Verdict::Bad };
        let measured = Some(Measured { good, value, at: by.at });
        Self { verdict, note, measured, by: Some(by), ..self }
    }
}

/// The list a server begins with: what operators check on the day before (facts of the trade: 呼入、双流、预置位、调试记录表).
#[must_use]
pub fn first_list() -> Vec<Entry> {
    const ITEMS: [(&str, &str, Option<Measure>); 16] = [
        ("line", "呼入或线路接通", Some(Measure::Line)),
        ("picture", "主画面清晰、连续", Some(Measure::Picture)),
        ("content", "辅流（双流）能收到", Some(Measure::Content)),
        ("sound", "对方声音清楚、无啸叫", Some(Measure::Sound)),
        ("own-sound", "本会场声音（对方确认）", None),
        ("own-picture", "本会场画面（对方确认）", None),
        ("venues", "各会场画面、声音", Some(Measure::Venues)),
        ("camera", "摄像头预置位", None),
        ("mixer", "话筒及调音台在标记位置", None),
        ("banner", "会标、横幅、桌牌", None),
        ("backup", "备用线路", None),
        ("phone", "电话联络畅通", None),
        ("power", "电源、UPS", None),
        ("network", "网络质量（丢包、时延）", Some(Measure::Network)),
        ("trial", "录制试录 10 秒", Some(Measure::Trial)),
        ("disk", "录制磁盘空间", Some(Measure::Disk)),
    ];
    let entry = |(id, text, measure): (&str, &str, _)| Entry { id: id.to_owned(), text: text.to_owned(), measure };
    ITEMS.into_iter().map(entry).collect()
}

/// The list with its texts trimmed, or what is wrong with it.
pub fn checked_list(list: Vec<Entry>) -> Result<Vec<Entry>, ListFault> {
    if !(ITEMS_MIN..=ITEMS_MAX).contains(&list.len()) {
        return Err(ListFault::Count);
    }
    let mut checked: Vec<Entry> = Vec::with_capacity(list.len());
    for (place, entry) in (1..).zip(list) {
        let text = line::checked(&entry.text, ITEM_CHARS_MAX).map_err(|fault| ListFault::Item(place, fault))?;
        if checked.iter().any(|known| known.id == entry.id || known.text == text) {
            return Err(ListFault::Twice(place));
        }
        checked.push(Entry { text, ..entry });
    }
    Ok(checked)
}
