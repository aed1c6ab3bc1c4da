//! The book (审计): who did what to which thing, when, from where, with what result; chained so that a change shows.
//!
//! An *entry* is two *records*: one when the act begins, before anything is done, and one when it has ended. Records are
//! added and never changed; each is sealed with hashes over its own content and the seals of the record before it:
//!
//! ```text
//! content = record, entry, at_ms: 8 bytes each, big-endian ‖ kind: one byte, 1 opened, 2 closed
//!           ‖ actor, address, action, subject, result: each as 4 bytes length, big-endian, and that many UTF-8 bytes
//!
//! format 2:  SHA-256 and SM3 (GB/T 32905), each of
//!            "yunling audit 2\n" ‖ SHA-256 of the record before ‖ SM3 of the record before ‖ content
//! format 1:  SHA-256( "yunling audit 1\n" ‖ SHA-256 of the record before ‖ content ), without SM3
//!
//! A hash that is not there counts as 32 zero bytes: both before the first record, and SM3 after one of format 1.
//! ```
//!
//! A closing record repeats neither actor, address nor action; its subject is empty unless the act found or made the thing
//! it was about. [`Walk`] finds a changed, missing or added record. Whoever may write the file and computes all later
//! seals again, or cuts off the end, is not found by the chain alone: the mirror's files and the signed [`Checkpoint`]s tell,
//! and for whoever may write those too, the last seal noted down somewhere else; `yunling verify audit` prints it.
//!
//! What is older than a site keeps its book is removed from its beginning, up to a signed [`Anchor`], from which the chain goes on.

mod anchor;
mod beside;

pub use anchor::{Anchor, KEEP_DAYS_MIN};
pub use beside::{Beside, Difference};

use super::hex;
use ring::digest;
use sm3::{Digest as _, Sm3};
use std::fmt;

/// Which half of an entry a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The act begins.
    Opened,
    /// The act has ended.
    Closed,
}

impl Kind {
    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Closed => "closed",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Opened, Self::Closed].into_iter().find(|kind| kind.name() == name)
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Opened => 1,
            Self::Closed => 2,
        }
    }
}

/// How a record is sealed; the number is stored with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// By SHA-256 alone: what was written before SM3 came.
    Sha256,
    /// By SHA-256 and SM3.
    Both,
}

impl Format {
    /// As stored.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Sha256 => 1,
            Self::Both => 2,
        }
    }

    /// The format of that number.
    #[must_use]
    pub fn numbered(number: i64) -> Option<Self> {
        [Self::Sha256, Self::Both].into_iter().find(|format| i64::from(format.number()) == number)
    }
}

/// One hash of a record and all before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands in place of a hash that is not there.
    pub const NONE: Self = Self([0; 32]);
}

/// The hashes of a record and all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seals {
    /// SHA-256.
    pub sha256: Hash,
    /// SM3; [`Hash::NONE`] in format 1.
    pub sm3: Hash,
}

impl Seals {
    /// Before the first record.
    pub const NONE: Self = Self { sha256: Hash::NONE, sm3: Hash::NONE };
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 hexadecimal digits")]
pub struct InvalidHash;

impl std::str::FromStr for Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        // One way to write it: a byte changed from one case to the other is a change too.
        let bytes = hex::decode(text).filter(|bytes| hex::encode(bytes) == text);
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(InvalidHash)
    }
}

/// The first half of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Who: an account's log-in name, a machine's name, or what kind of stranger.
    pub actor: String,
    /// From where: an IP address, or `local` for the command line.
    pub address: String,
    /// What is asked, as a stable word: `meeting.open`.
    pub action: String,
    /// Of which thing; empty if there is none yet.
    pub subject: String,
}

/// The second half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The entry it ends.
    pub entry: u64,
    /// The thing the act was about, if only the act could know; else empty.
    pub subject: String,
    /// How it ended: `ok`, or the code of the refusal.
    pub result: String,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// The act begins.
    Opened(Opening),
    /// The act has ended.
    Closed(Closing),
}

/// One record, as it stands in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number, counting from 1 without gaps.
    pub record: u64,
    /// Number of its entry, counting from 1 without gaps.
    pub entry: u64,
    /// When it was written, milliseconds since 1970.
    pub at_ms: u64,
    /// Which half of the entry it is.
    pub kind: Kind,
    /// Who; empty when it closes.
    pub actor: String,
    /// From where; empty when it closes.
    pub address: String,
    /// What; empty when it closes.
    pub action: String,
    /// Of which thing.
    pub subject: String,
    /// How it ended; empty when it opens.
    pub result: String,
    /// How it is sealed.
    pub format: Format,
    /// Over all of this and the record before.
    pub seals: Seals,
}

impl Record {
    /// The seals this record must have after one with the seals `before`.
    #[must_use]
    pub fn seals_after(&self, before: Seals) -> Seals {
        let mut bytes = Vec::with_capacity(256);
        match self.format {
            Format::Sha256 => {
                bytes.extend_from_slice(b"yunling audit 1\n");
                bytes.extend_from_slice(&before.sha256.0);
            }
            Format::Both => {
                bytes.extend_from_slice(b"yunling audit 2\n");
                bytes.extend_from_slice(&before.sha256.0);
                bytes.extend_from_slice(&before.sm3.0);
            }
        }
        for number in [self.record, self.entry, self.at_ms] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.push(self.kind.byte());
        for text in [&self.actor, &self.address, &self.action, &self.subject, &self.result] {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        match self.format {
            Format::Sha256 => Seals { sm3: Hash::NONE, ..seals_of(&bytes) },
            Format::Both => seals_of(&bytes),
        }
    }
}

fn seals_of(bytes: &[u8]) -> Seals {
    let sha256 = digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes");
    Seals { sha256: Hash(sha256), sm3: Hash(Sm3::digest(bytes).into()) }
}

/// The end of the book on some day, to be signed and kept apart: what stood before it can't be written anew without the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of the last record.
    pub record: u64,
    /// When it was taken, milliseconds since 1970.
    pub at_ms: u64,
    /// Seals of that record.
    pub seals: Seals,
}

impl Checkpoint {
    /// The bytes a signature covers: `"yunling checkpoint 1\n"`, record and time of 8 bytes each, big-endian, SHA-256, SM3.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = b"yunling checkpoint 1\n".to_vec();
        bytes.extend_from_slice(&self.record.to_be_bytes());
        bytes.extend_from_slice(&self.at_ms.to_be_bytes());
        bytes.extend_from_slice(&self.seals.sha256.0);
        bytes.extend_from_slice(&self.seals.sm3.0);
        bytes
    }
}

/// The end of the book, where the next record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Number of the last record; 0 if there is none.
    pub record: u64,
    /// Number of the last entry; 0 if there is none.
    pub entry: u64,
    /// Seals of the last record.
    pub seals: Seals,
}

impl End {
    /// The end of an empty book.
    pub const EMPTY: Self = Self { record: 0, entry: 0, seals: Seals::NONE };

    /// The next record, after which the book ends anew.
    #[must_use]
    pub fn add(&mut self, at_ms: u64, says: Says) -> Record {
        let (entry, kind, opening, closing) = match says {
            Says::Opened(opening) => (self.entry + 1, Kind::Opened, Some(opening), None),
            Says::Closed(closing) => (closing.entry, Kind::Closed, None, Some(closing)),
        };
        let Opening { actor, address, action, subject } = opening.unwrap_or_else(|| Opening {
            actor: String::new(),
            address: String::new(),
            action: String::new(),
            subject: closing.as_ref().map(|closing| closing.subject.clone()).unwrap_or_default(),
        });
        let result = closing.map(|closing| closing.result).unwrap_or_default();
        let mut record = Record {
            record: self.record + 1,
            entry,
            at_ms,
            kind,
            actor,
            address,
            action,
            subject,
            result,
            format: Format::Both,
            seals: Seals::NONE,
        };
        record.seals = record.seals_after(self.seals);
        *self = Self { record: record.record, entry: self.entry.max(entry), seals: record.seals };
        record
    }
}

/// Something wrong with the book, as a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Records are not there.
    #[error("第 {from} 至 {to} 条记录缺失 / records {from} to {to} are missing")]
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// A record is not what was written.
    #[error(
        "第 {record} 条记录（事项 {entry}）被改动，或是后来添加的 / record {record} (entry {entry}) was changed, or was added later"
    )]
    Changed {
        /// Which.
        record: u64,
        /// Of which entry.
        entry: u64,
    },
    /// An entry's number does not follow.
    #[error(
        "第 {record} 条记录属于事项 {entry}，既不是下一事项，也不是未结束的事项：是添加的 / record {record} belongs to entry {entry}, which is \
         not the next one and none that is open: it was added"
    )]
    Added {
        /// Which.
        record: u64,
        /// What it says.
        entry: u64,
    },
}

/// Walks the book from its first record to its last.
#[derive(Debug)]
pub struct Walk {
    end: End,
    /// Entries up to this one may have been opened before the book begins.
    before: u64,
    /// Entries that were opened and not yet closed.
    open: std::collections::BTreeSet<u64>,
    findings: Vec<Finding>,
}

/// What a walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// The last record.
    pub end: End,
    /// Entries that were never closed: the server ended while they ran.
    pub open: u64,
    /// What is wrong, in the order of the records.
    pub findings: Vec<Finding>,
}

impl Default for Walk {
    fn default() -> Self {
        Self { end: End::EMPTY, before: 0, open: Default::default(), findings: Vec::new() }
    }
}

impl Walk {
    /// A walk over what is kept after an anchor.
    #[must_use]
    pub fn after(anchor: &Anchor) -> Self {
        let Anchor { record, entry, seals, .. } = *anchor;
        Self { end: End { record, entry, seals }, before: entry, ..Self::default() }
    }

    /// Looks at the next record. Each is judged by the hash that stands before it, so that one wrong record is one finding.
    pub fn step(&mut self, record: &Record) {
        let expected = self.end.record + 1;
        if record.record != expected {
            self.findings.push(Finding::Missing { from: expected, to: record.record.saturating_sub(1) });
        } else if record.seals_after(self.end.seals) != record.seals {
            self.findings.push(Finding::Changed { record: record.record, entry: record.entry });
        }
        let follows = match record.kind {
            Kind::Opened => {
                let next = self.end.entry + 1;
                self.open.insert(record.entry) && (record.entry == next || (record.entry > next && self.was_torn()))
            }
            Kind::Closed => self.open.remove(&record.entry) || record.entry <= self.before || self.was_torn(),
        };
        if !follows
            && !matches!(self.findings.last(), Some(Finding::Changed { record: at, .. }) if *at == record.record)
        {
            self.findings.push(Finding::Added { record: record.record, entry: record.entry });
        }
        self.end = End { record: record.record, entry: self.end.entry.max(record.entry), seals: record.seals };
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Walked {
        Walked { end: self.end, open: self.open.len() as u64, findings: self.findings }
    }

    /// Whether records are missing, so that the opening of an entry may be one of them.
    fn was_torn(&self) -> bool {
        self.findings.iter().any(|finding| matches!(finding, Finding::Missing { .. } | Finding::Changed { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(action: &str) -> Says {
        let text = str::to_owned;
        Says::Opened(Opening {
            actor: text("admin"),
            address: text("10.0.0.7"),
            action: text(action),
            subject: text("meeting:demo"),
        })
    }

    fn closed(entry: u64) -> Says {
        Says::Closed(Closing { entry, subject: String::new(), result: "ok".to_owned() })
    }

    /// Two entries that overlap, and one that never ended.
    fn book() -> Vec<Record> {
        let mut end = End::EMPTY;
        let says = [opened("meeting.open"), opened("login"), closed(2), closed(1), opened("meeting.close")];
        says.into_iter().zip(1_764_000_000_000..).map(|(says, at_ms)| end.add(at_ms, says)).collect()
    }

    fn walk(book: &[Record]) -> Walked {
        let mut walk = Walk::default();
        book.iter().for_each(|record| walk.step(record));
        walk.finish()
    }

    #[test]
    fn a_whole_book_is_whole() {
        let walked = walk(&book());
        assert_eq!((walked.findings.as_slice(), walked.open), (&[][..], 1));
        assert_eq!((walked.end.record, walked.end.entry), (5, 3));
        assert_eq!(walk(&[]), Walked { end: End::EMPTY, open: 0, findings: Vec::new() });
    }

    #[test]
    fn the_format_stays_as_it_was_released() {
        let first = book()[0].clone();
        assert_eq!(first.seals.sha256.to_string().parse(), Ok(first.seals.sha256));
        let old = Record { format: Format::Sha256, ..first };
        let Seals { sha256, sm3 } = old.seals_after(Seals::NONE);
        assert_eq!(sha256.to_string(), "8e1285304d4d325f0023f40b4b56337e7fc567a6caf0fdc3bfb40df7eb420062");
        assert_eq!(sm3, Hash::NONE);
    }

    #[test]
    fn sm3_is_that_of_the_standard() {
        // GB/T 32905-2016, A.1.
        let seal = seals_of(b"abc").sm3.to_string();
        assert_eq!(seal, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }

    #[test]
    fn a_book_begun_in_format_1_goes_on_in_format_2() {
        let mut book = book();
        let mut before = Seals::NONE;
        for record in &mut book {
            record.format = if record.record < 3 { Format::Sha256 } else { Format::Both };
            record.seals = record.seals_after(before);
            before = record.seals;
        }
        assert_eq!(walk(&book).findings, []);
        book[0].actor.push('x');
        assert_eq!(walk(&book).findings, [Finding::Changed { record: 1, entry: 1 }]);
    }

    #[test]
    fn any_changed_field_of_any_record_is_found_at_that_record() {
        let changes: [fn(&mut Record); 7] = [
            |record| record.at_ms += 1,
            |record| record.actor.push('x'),
            |record| record.address.insert(0, '1'),
            |record| record.action = "a".to_owned(),
            |record| record.subject.push(' '),
            |record| record.result.push('!'),
            // The border between two fields is part of what is hashed.
            |record| record.actor = std::mem::take(&mut record.address),
        ];
        for at in 0..5 {
            for (number, change) in changes.iter().enumerate() {
                let mut book = book();
                let before = book[at].clone();
                change(&mut book[at]);
                if book[at] == before {
                    continue;
                }
                let Record { record, entry, .. } = book[at];
                let first = walk(&book).findings.first().copied();
                assert_eq!(first, Some(Finding::Changed { record, entry }), "record {record}, change {number}");
            }
        }
    }

    #[test]
    fn a_changed_seal_is_found_too() {
        let changes: [fn(&mut Record); 3] = [
            |record| record.seals.sha256.0[31] ^= 1,
            |record| record.seals.sm3.0[0] ^= 1,
            |record| record.format = Format::Sha256,
        ];
        for (at, change) in (0..5).flat_map(|at| changes.map(|change| (at, change))) {
            let mut book = book();
            change(&mut book[at]);
            assert!(!walk(&book).findings.is_empty(), "record {}", at + 1);
        }
    }

    #[test]
    fn missing_and_added_records_are_named() {
        let mut less = book();
        less.remove(2);
        less.remove(1);
        assert_eq!(walk(&less).findings, [Finding::Missing { from: 2, to: 3 }]);
        assert_eq!(walk(&book()[1..]).findings[0], Finding::Missing { from: 1, to: 1 });

        // Somebody who can compute hashes adds an entry at the end, but with a number that does not follow.
        let mut more = book();
        let last = more.last().expect("five records");
        let mut end = End { record: last.record, entry: 7, seals: last.seals };
        more.push(end.add(1_764_000_000_009, opened("login")));
        assert_eq!(walk(&more).findings, [Finding::Added { record: 6, entry: 8 }]);

        // Somebody who can't, renumbers what follows.
        let mut renumbered = book();
        let added = Record { record: 3, ..renumbered[1].clone() };
        renumbered.insert(2, added);
        renumbered.iter_mut().zip(1..).for_each(|(record, number)| record.record = number);
        assert_eq!(walk(&renumbered).findings.first(), Some(&Finding::Changed { record: 3, entry: 2 }));
    }
}
