//! A journal that is still being written, read record by record as far as it is there.

use super::{Done, io_error};
use crate::{
    recorder::{
        io::archive,
        journal::{self, MAGIC, SegmentHead},
    },
    relay::tap::record::{self, Kind, Record},
};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// Bytes that were read and are done with are let go in pieces of so many.
const DONE_BYTES: usize = 4 << 20;

/// Most bytes that are read at once.
const READ_BYTES: u64 = 4 << 20;

/// Where in the journal somebody is.
pub(super) struct Tail {
    journal: PathBuf,
    /// The segment, and its file once it is there.
    number: u32,
    file: Option<File>,
    head: Option<SegmentHead>,
    bytes: Vec<u8>,
    at: usize,
}

impl Tail {
    /// At the beginning.
    pub(super) fn new(recording: &Path) -> Self {
        let journal = archive::journal_folder(recording);
        Self { journal, number: 1, file: None, head: None, bytes: Vec::new(), at: 0 }
    }

    /// The next record and its segment's head; `None` while there is none. It stays the next one until [`Tail::pass`].
    pub(super) fn peek(&mut self) -> Done<Option<(&SegmentHead, Record<'_>)>> {
        if !self.is_there()? {
            return Ok(None);
        }
        let (Some(head), Ok((record, _))) = (&self.head, record::read(&self.bytes[self.at..])) else { return Ok(None) };
        Ok(Some((head, record)))
    }

    /// Goes on behind the record that [`Tail::peek`] gave.
    pub(super) fn pass(&mut self) {
        self.at += record::stated_len(&self.bytes[self.at..]);
        if self.at > DONE_BYTES {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
    }

    /// Whether there is a record to be read, if need be from the next segment.
    fn is_there(&mut self) -> Done<bool> {
        loop {
            if self.file.is_none() && !self.open()? {
                return Ok(false);
            }
            if self.head.is_none() {
                self.begin();
            }
            if self.head.is_some() {
                match record::read(&self.bytes[self.at..]).map(|(record, _)| record.head.kind) {
                    Ok(Kind::End) => {}
                    Ok(_) => return Ok(true),
                    Err(_) if self.read_on()? => continue,
                    Err(_) => {}
                }
            } else if self.read_on()? {
                continue;
            }
            // All that is in this segment was read, or can't be read; it goes on in the next one, if there is one.
            if !self.journal.join(journal::file_name(self.number + 1)).exists() {
                return Ok(false);
            }
            self.number += 1;
            (self.file, self.head) = (None, None);
            (self.bytes, self.at) = (Vec::new(), 0);
        }
    }

    fn open(&mut self) -> Done<bool> {
        let path = self.journal.join(journal::file_name(self.number));
        match File::open(&path) {
            Ok(file) => self.file = Some(file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(io_error("read", &path)(error)),
        }
        Ok(true)
    }

    /// Reads what was written since; whether there was anything.
    fn read_on(&mut self) -> Done<bool> {
        let Some(file) = &mut self.file else { return Ok(false) };
        let read = file.take(READ_BYTES).read_to_end(&mut self.bytes);
        Ok(read.map_err(io_error("read", &self.journal))? > 0)
    }

    fn begin(&mut self) {
        if let Some(rest) = self.bytes.strip_prefix(MAGIC)
            && let Ok((record, len)) = record::read(rest)
            && record.head.kind == Kind::Head
        {
            self.head = serde_json::from_slice(record.body).ok();
            self.at = MAGIC.len() + len;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        recorder::{
            io::writer::{About, Writer},
            journal::{ContentPlace, EndReason},
        },
        relay::tap::record::Head,
    };
    use std::{fs, time::Duration};

    fn writer(folder: &Path) -> Writer {
        let (recording, meeting, title) = ("r1".to_owned(), "council".to_owned(), "防汛会商".to_owned());
        let about = About { recording, meeting, title, content_place: ContentPlace::Corner, run: 7 };
        Writer::open(folder, about, Duration::ZERO).unwrap()
    }

    fn serials(tail: &mut Tail) -> Vec<u64> {
        let mut found = Vec::new();
        while let Some((_, record)) = tail.peek().unwrap() {
            found.extend((record.head.serial > 0).then_some(record.head.serial));
            tail.pass();
        }
        found
    }

    #[test]
    fn it_gives_each_record_once_while_the_journal_grows_and_passes_a_torn_tail() {
        let folder = tempfile::tempdir().unwrap();
        let mut tail = Tail::new(folder.path());
        assert!(serials(&mut tail).is_empty(), "nothing is there yet");
        let packet = |serial| record::made(Head { kind: Kind::Rtp, track: 1, serial, at_ns: serial }, &[7; 100]);
        // A segment for each record.
        let mut first = writer(folder.path());
        (1..4).for_each(|serial| first.write(&packet(serial)).unwrap());
        assert_eq!(serials(&mut tail), [1, 2, 3]);
        first.write(&packet(4)).unwrap();
        assert_eq!((serials(&mut tail), serials(&mut tail)), (vec![4], vec![]));
        drop(first);
        let (_, last) = archive::segments(folder.path()).unwrap().pop().unwrap();
        let whole = fs::read(&last).unwrap();
        fs::write(&last, [&whole[..], &packet(5)[..60]].concat()).unwrap();
        assert!(serials(&mut tail).is_empty());
        let mut second = writer(folder.path());
        second.write(&packet(6)).unwrap();
        second.close(EndReason::Stopped).unwrap();
        assert_eq!(serials(&mut tail), [6]);
    }
}
