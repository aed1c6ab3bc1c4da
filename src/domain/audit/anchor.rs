//! The beginning of a book whose oldest records are no longer kept.

use super::Seals;

/// Fewest days a record is kept: the Cybersecurity Law asks for six months.
pub const KEEP_DAYS_MIN: u32 = 180;

/// The last record that is no longer kept, signed: the record after it is sealed with its seals, so that the chain goes on from
/// here, and nobody without the key can say that the book was to begin later than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Number of that record.
    pub record: u64,
    /// Number of the last entry that had been opened until then.
    pub entry: u64,
    /// When that record was written, milliseconds since 1970.
    pub until_ms: u64,
    /// When the anchor was set, milliseconds since 1970.
    pub at_ms: u64,
    /// Seals of that record.
    pub seals: Seals,
}

impl Anchor {
    /// The bytes a signature covers: `"yunling anchor 1\n"`, record, entry and both times of 8 bytes each, big-endian, SHA-256, SM3.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = b"yunling anchor 1\n".to_vec();
        for number in [self.record, self.entry, self.until_ms, self.at_ms] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.seals.sha256.0);
        bytes.extend_from_slice(&self.seals.sm3.0);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    fn said(action: &str) -> Says {
        let text = str::to_owned;
        Says::Opened(Opening { actor: text("admin"), address: text("local"), action: text(action), subject: text("") })
    }

    /// Three entries, of which the second ends after the third began.
    fn book() -> Vec<Record> {
        let mut end = End::EMPTY;
        let closed = |entry| Says::Closed(Closing { entry, subject: String::new(), result: "ok".to_owned() });
        let says = [said("one"), closed(1), said("two"), said("three"), closed(2), closed(3)];
        says.into_iter().zip(1..).map(|(says, at_ms)| end.add(at_ms, says)).collect()
    }

    fn anchor(book: &[Record], record: usize) -> Anchor {
        let last = &book[record - 1];
        let entry = book[..record].iter().map(|record| record.entry).max().unwrap_or_default();
        Anchor { record: last.record, entry, until_ms: last.at_ms, at_ms: 9, seals: last.seals }
    }

    fn walk(anchor: &Anchor, book: &[Record]) -> Walked {
        let mut walk = Walk::after(anchor);
        book.iter().for_each(|record| walk.step(record));
        walk.finish()
    }

    #[test]
    fn a_book_goes_on_from_its_anchor_wherever_it_was_cut() {
        let book = book();
        for cut in 1..book.len() {
            let walked = walk(&anchor(&book, cut), &book[cut..]);
            assert_eq!((walked.findings.as_slice(), walked.end.record, walked.end.entry), (&[][..], 6, 3), "{cut}");
        }
        assert_eq!(walk(&anchor(&book, 6), &[]).end.record, 6, "all of it");
    }

    #[test]
    fn what_was_taken_beyond_the_anchor_or_changed_behind_it_is_found() {
        let mut book = book();
        let anchor = anchor(&book, 2);
        assert_eq!(walk(&anchor, &book[3..]).findings[0], Finding::Missing { from: 3, to: 3 });
        book[2].actor.push('x');
        assert_eq!(walk(&anchor, &book[2..]).findings, [Finding::Changed { record: 3, entry: 2 }]);
        let other = Anchor { seals: Seals::NONE, ..anchor };
        assert_eq!(walk(&other, &self::book()[2..]).findings, [Finding::Changed { record: 3, entry: 2 }]);
    }

    #[test]
    fn every_field_is_signed() {
        let book = book();
        let one = anchor(&book, 2);
        let Anchor { record, entry, until_ms, at_ms, seals } = one;
        for other in [
            Anchor { record: record + 1, ..one },
            Anchor { entry: entry + 1, ..one },
            Anchor { until_ms: until_ms + 1, ..one },
            Anchor { at_ms: at_ms + 1, ..one },
            Anchor { seals: Seals { sha256: Hash::NONE, ..seals }, ..one },
            Anchor { seals: Seals { sm3: Hash::NONE, ..seals }, ..one },
        ] {
            assert_ne!(other.signed_bytes(), one.signed_bytes(), "{other:?}");
        }
    }
}
