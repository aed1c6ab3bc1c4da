//! The journal of a recording: an archival format that loses nothing silently and can be read from any segment on.
//!
//! A recording is a folder. In its `journal/` lie the segments `000001.rtpj`, `000002.rtpj`, …, each of about a minute:
//!
//! ```text
//! "YLRTPJ1\n"   8 bytes
//! record        Head: which recording, which segment, the run of the tap, SHA-256 of the segment before
//! record        Track, for each source there is, with serial 0     ┐ so that any segment can be read alone;
//! record        Stage, with serial 0                               ┘ the first segment has them from the tap
//! record …      as they came from the tap, in the order of their arrival
//! record        End: why it ends, SHA-256 of all bytes before this record
//! ```
//!
//! What a record is made of says [`relay::tap::record`](crate::relay::tap::record): each has a checksum of its own, the time of
//! its arrival and, if it comes from the tap, a serial. Bodies are JSON but for packets and sender reports; a reader skips
//! members it does not know.
//!
//! - **Torn tail.** A power cut ends a segment anywhere. All up to the first record that is not right is good. Whoever goes on
//!   cuts the rest off (into `000007.torn`, if there is any), writes an End with the reason `recovered`, and begins the next
//!   segment.
//! - **Chain.** A segment's Head has the SHA-256 that the End of the segment before it states, which covers that segment's Head. So
//!   the last End vouches for all of them, and a segment that was changed, left out or added is found.
//! - **Gaps.** Within one run of a tap serials go up by one. A jump is a gap, and both its ends are the times of the records
//!   beside it. Another run (the relay was started anew) is a gap too, of unknown content.
//!
//! The version in the magic and in `format` is 1. A later one may add kinds of records and members of JSON under the same
//! number; whatever an old reader would misread gets a new one.

use crate::relay::tap::record::{self, Head, Kind, Record, Unreadable};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// First bytes of a segment.
pub const MAGIC: &[u8; 8] = b"YLRTPJ1\n";

/// The version this program writes, and the highest it reads.
pub const FORMAT: u32 = 1;

/// What the Head of a segment says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentHead {
    /// Version of the format.
    pub format: u32,
    /// Which recording.
    pub recording: String,
    /// Of which meeting.
    pub meeting: String,
    /// The meeting's title when the segment began.
    pub title: String,
    /// Where the programme is to show content; segments of earlier programs don't say.
    #[serde(default)]
    pub content_place: ContentPlace,
    /// Number of the segment, from 1.
    pub segment: u32,
    /// Names the run of the tap whose serials follow.
    pub run: u64,
    /// SHA-256 that the End of the segment before states; `None` in the first.
    pub previous: Option<String>,
    /// What wrote it.
    pub program: String,
}

/// Where the programme shows content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentPlace {
    /// It fills the picture, who is on air stands small in its corner.
    #[default]
    Corner,
    /// Beside who is on air, and larger.
    Beside,
}

/// What the End of a segment says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentEnd {
    /// Why it ends.
    pub reason: EndReason,
    /// SHA-256 of all bytes before the End, in hexadecimal.
    pub sha256: String,
}

/// Why a segment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Another one follows without a gap.
    Rotated,
    /// The recording was stopped, or the program ended in good order.
    Stopped,
    /// The disk had no room left.
    DiskFull,
    /// The relay was gone without a word.
    RelayLost,
    /// The recorder was gone; who came after it wrote this.
    Recovered,
}

/// What is wrong with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not begin as a segment does.
    #[error("it is no segment of a journal")]
    NoSegment,
    /// A later version of this program wrote it.
    #[error("it has a format that this program does not know")]
    Format,
    /// A record can't be read.
    #[error("the record at byte {at} can't be read: {why}")]
    Record {
        /// Where it begins.
        at: usize,
        /// Why not.
        why: Unreadable,
    },
    /// A record's JSON says something else than it should.
    #[error("the record at byte {at} says nothing that can be understood")]
    Content {
        /// Where it begins.
        at: usize,
    },
    /// The SHA-256 of its End is not its own.
    #[error("its content is not what it was when it was closed")]
    Digest,
    /// Something stands after its End.
    #[error("something was added after its end")]
    AfterEnd,
}

/// How a segment ends, told once all its records were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// In good order.
    Closed(SegmentEnd),
    /// After a whole record, without an End: it is being written, or its recorder was killed.
    Open,
    /// In the middle; the bytes before `good` are right.
    Torn {
        /// How many bytes are right.
        good: usize,
        /// What comes after them.
        fault: Fault,
    },
}

/// Reads one segment: an iterator over its records between Head and End. What is not right is never returned, and nothing
/// after it.
pub struct Segment<'a> {
    bytes: &'a [u8],
    at: usize,
    ending: Option<Ending>,
}

impl<'a> Segment<'a> {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// If there is no whole Head.
    pub fn open(bytes: &'a [u8]) -> Result<(SegmentHead, Self), Fault> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(Fault::NoSegment)?;
        let at = MAGIC.len();
        let (record, len) = record::read(rest).map_err(|why| Fault::Record { at, why })?;
        if record.head.kind != Kind::Head {
            return Err(Fault::NoSegment);
        }
        let head: SegmentHead = serde_json::from_slice(record.body).map_err(|_| Fault::Content { at })?;
        if head.format > FORMAT {
            return Err(Fault::Format);
        }
        Ok((head, Self { bytes, at: at + len, ending: None }))
    }

    /// Where the next record begins: all bytes before it are right.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// How it ends. Reads whatever was not read yet.
    #[must_use]
    pub fn ending(mut self) -> Ending {
        while self.next().is_some() {}
        self.ending.expect("reading ends by an ending")
    }

    fn end(&self, record: &Record<'_>, len: usize) -> Ending {
        let at = self.at;
        let torn = |fault| Ending::Torn { good: at, fault };
        let Ok(end) = serde_json::from_slice::<SegmentEnd>(record.body) else { return torn(Fault::Content { at }) };
        if end.sha256 != sha256(&self.bytes[..at]) {
            return torn(Fault::Digest);
        }
        if at + len != self.bytes.len() {
            return Ending::Torn { good: at + len, fault: Fault::AfterEnd };
        }
        Ending::Closed(end)
    }
}

impl<'a> Iterator for Segment<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.ending.is_some() {
            return None;
        }
        let rest = &self.bytes[self.at..];
        if rest.is_empty() {
            self.ending = Some(Ending::Open);
            return None;
        }
        match record::read(rest) {
            Ok((record, len)) if record.head.kind == Kind::End => {
                self.ending = Some(self.end(&record, len));
                None
            }
            Ok((record, len)) => {
                self.at += len;
                Some(record)
            }
            Err(why) => {
                self.ending = Some(Ending::Torn { good: self.at, fault: Fault::Record { at: self.at, why } });
                None
            }
        }
    }
}

/// First bytes of a segment: magic and Head.
#[must_use]
pub fn beginning(head: &SegmentHead, at_ns: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(own(Kind::Head, 0, at_ns, &json(head)));
    bytes
}

/// A record of the recorder's own.
#[must_use]
pub fn own(kind: Kind, track: u32, at_ns: u64, body: &[u8]) -> Vec<u8> {
    record::made(Head { kind, track, serial: 0, at_ns }, body)
}

/// Last bytes of a segment whose bytes so far have this SHA-256.
#[must_use]
pub fn end(reason: EndReason, sha256: String, at_ns: u64) -> Vec<u8> {
    own(Kind::End, 0, at_ns, &json(&SegmentEnd { reason, sha256 }))
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file name of a segment.
#[must_use]
pub fn file_name(segment: u32) -> String {
    format!("{segment:06}.rtpj")
}

/// The number of the segment in a file of that name.
#[must_use]
pub fn segment_of(file_name: &str) -> Option<u32> {
    let number = file_name.strip_suffix(".rtpj")?;
    number.parse().ok().filter(|&segment| segment > 0 && self::file_name(segment) == file_name)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain values are JSON")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::recorder) fn head(segment: u32, previous: Option<String>) -> SegmentHead {
        SegmentHead {
            format: FORMAT,
            recording: "r1".to_owned(),
            meeting: "council".to_owned(),
            title: "防汛会商".to_owned(),
            content_place: ContentPlace::Beside,
            segment,
            run: 7,
            previous,
            program: "test".to_owned(),
        }
    }

    /// A closed segment of packets with these serials, one each 20 ms.
    pub(in crate::recorder) fn segment(head: &SegmentHead, serials: &[u64], reason: EndReason) -> Vec<u8> {
        let mut bytes = beginning(head, 1_000);
        for &serial in serials {
            let at_ns = serial * 20_000_000;
            let packet = vec![serial as u8; (serial % 50) as usize];
            bytes.extend(record::made(Head { kind: Kind::Rtp, track: 1, serial, at_ns }, &packet));
        }
        let digest = sha256(&bytes);
        bytes.extend(end(reason, digest, 2_000));
        bytes
    }

    fn serials(bytes: &[u8]) -> Vec<u64> {
        Segment::open(bytes).map_or_else(|_| Vec::new(), |(_, records)| records.map(|r| r.head.serial).collect())
    }

    #[test]
    fn a_segment_is_read_as_it_was_written() {
        let bytes = segment(&head(1, None), &[1, 2, 3], EndReason::Rotated);
        let (read, records) = Segment::open(&bytes).unwrap();
        assert_eq!(read, head(1, None));
        let Ending::Closed(end) = records.ending() else { panic!("it is closed") };
        assert_eq!(end.reason, EndReason::Rotated);
        assert_eq!(serials(&bytes), [1, 2, 3]);
    }

    #[test]
    fn what_was_added_or_comes_from_the_future_is_told_apart() {
        let mut bytes = segment(&head(1, None), &[1], EndReason::Stopped);
        let whole = bytes.len();
        bytes.push(0);
        let ending = Segment::open(&bytes).unwrap().1.ending();
        assert_eq!(ending, Ending::Torn { good: whole, fault: Fault::AfterEnd });
        let later = SegmentHead { format: 2, ..head(1, None) };
        assert_eq!(Segment::open(&beginning(&later, 0)).err(), Some(Fault::Format));
        assert_eq!(Segment::open(b"RIFF....").err(), Some(Fault::NoSegment));
    }

    #[test]
    fn file_names_and_numbers_fit() {
        assert_eq!(segment_of(&file_name(12)), Some(12));
        for other in ["12.rtpj", "000000.rtpj", "000001.torn", "0000001.rtpj"] {
            assert_eq!(segment_of(other), None, "{other}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_cut_anywhere_costs_only_what_comes_after_it(count in 0..40_u64, cut in 0.0..1.0_f64) {
            let all: Vec<u64> = (1..=count).collect();
            let whole = segment(&head(1, None), &all, EndReason::Stopped);
            let cut = (whole.len() as f64 * cut) as usize;
            let read = serials(&whole[..cut]);
            prop_assert_eq!(&read[..], &all[..read.len()]);
            match Segment::open(&whole[..cut]) {
                Err(fault) => prop_assert!(matches!(fault, Fault::NoSegment | Fault::Record { .. }), "{fault}"),
                Ok((_, records)) => match records.ending() {
                    Ending::Open => prop_assert!(read.len() as u64 <= count),
                    Ending::Torn { good, fault: Fault::Record { at, why: Unreadable::CutOff } } => {
                        prop_assert!(good == at && good <= cut);
                        // Exactly the whole records before the cut were read.
                        prop_assert_eq!(serials(&whole[..good]), read);
                        let (_, next) = record::read(&whole[good..]).unwrap();
                        prop_assert!(good + next > cut);
                    }
                    other => prop_assert!(false, "{other:?}"),
                },
            }
        }

        #[test]
        fn a_changed_byte_anywhere_is_found_and_nothing_wrong_is_returned(
            count in 0..40_u64, place in 0.0..1.0_f64, change in 1..=255_u8,
        ) {
            let all: Vec<u64> = (1..=count).collect();
            let mut bytes = segment(&head(1, None), &all, EndReason::Stopped);
            let place = (bytes.len() as f64 * place) as usize;
            let before: Vec<u8> = bytes[..place].to_vec();
            bytes[place] ^= change;
            let read = serials(&bytes);
            prop_assert_eq!(&read[..], &all[..read.len()]);
            prop_assert_eq!(read, serials(&before), "all that stands before it");
            match Segment::open(&bytes) {
                Err(_) => {}
                Ok((_, records)) => {
                    let found = matches!(records.ending(), Ending::Torn { good, .. } if good <= place);
                    prop_assert!(found, "byte {place}");
                }
            }
        }
    }
}
