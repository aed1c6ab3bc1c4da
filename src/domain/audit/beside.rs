//! The book beside its mirror: what stands in one and not in the other.

use super::Record;
use std::iter::Peekable;

/// Something that differs between the book and its mirror, as a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// A record is not the same in both.
    #[error("第 {record} 条记录在数据库和镜像中不一致 / record {record} is not the same in the book and in its mirror")]
    Unequal {
        /// Which.
        record: u64,
    },
    /// Records stand in the mirror and, though later ones are there, not in the book.
    #[error(
        "第 {from} 至 {to} 条记录在镜像中有，数据库中缺失 / records {from} to {to} stand in the mirror and are missing in the book"
    )]
    NotInBook {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// The mirror goes on where the book ends.
    #[error(
        "数据库中审计记录的末尾被截断：第 {from} 至 {to} 条在镜像中有 / the end of the book was cut off: records {from} to {to} stand in the \
         mirror"
    )]
    CutOff {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// Records stand in the book and, though later ones are there, not in the mirror.
    #[error("镜像缺少第 {from} 至 {to} 条记录 / records {from} to {to} are missing in the mirror")]
    NotInMirror {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// The book goes on where the mirror ends.
    #[error(
        "镜像到第 {from} 至 {to} 条之前为止：服务器恰在此时结束（下次启动会补写），或镜像末尾被截断 / the mirror ends before records \
         {from} to {to}: the server ended just then and writes them at its next start, or the \
         mirror's end was cut off"
    )]
    MirrorEnds {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
}

/// Walks the mirror beside the book, both from their first record on.
#[derive(Debug)]
pub struct Beside<I: Iterator<Item = Record>> {
    mirror: Peekable<I>,
    /// Records of the book that the mirror has not had so far.
    behind: Option<(u64, u64)>,
    differences: Vec<Difference>,
}

impl<I: Iterator<Item = Record>> Beside<I> {
    /// Nothing walked yet.
    pub fn new(mirror: I) -> Self {
        Self { mirror: mirror.peekable(), behind: None, differences: Vec::new() }
    }

    /// Looks at the next record of the book.
    pub fn step(&mut self, record: &Record) {
        let number = record.record;
        if let Some((from, to)) = self.take_while(|mirrored| mirrored.record < number) {
            self.differences.push(Difference::NotInBook { from, to });
        }
        match self.mirror.next_if(|mirrored| mirrored.record == number) {
            Some(mirrored) => {
                if let Some((from, to)) = self.behind.take() {
                    self.differences.push(Difference::NotInMirror { from, to });
                }
                if mirrored != *record {
                    self.differences.push(Difference::Unequal { record: number });
                }
            }
            None => self.behind = Some((self.behind.map_or(number, |(from, _)| from), number)),
        }
    }

    /// What was found, the book having ended.
    #[must_use]
    pub fn finish(mut self) -> Vec<Difference> {
        let rest = self.take_while(|_| true);
        self.differences.extend(rest.map(|(from, to)| Difference::CutOff { from, to }));
        self.differences.extend(self.behind.map(|(from, to)| match rest {
            Some(_) => Difference::NotInMirror { from, to },
            None => Difference::MirrorEnds { from, to },
        }));
        self.differences
    }

    fn take_while(&mut self, mut more: impl FnMut(&Record) -> bool) -> Option<(u64, u64)> {
        let first = self.mirror.next_if(|record| more(record))?.record;
        let mut last = first;
        while let Some(record) = self.mirror.next_if(|record| more(record)) {
            last = record.record;
        }
        Some((first, last))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    fn records() -> Vec<Record> {
        let mut end = End::EMPTY;
        let says = || {
            let text = str::to_owned;
            Says::Opened(Opening { actor: text("a"), address: text("b"), action: text("c"), subject: text("d") })
        };
        (0..6).map(|at_ms| end.add(at_ms, says())).collect()
    }

    fn check(change: impl FnOnce(&mut Vec<Record>, &mut Vec<Record>), expect: &[Difference]) {
        let (mut book, mut mirror) = (records(), records());
        change(&mut book, &mut mirror);
        let mut beside = Beside::new(mirror.into_iter());
        book.iter().for_each(|record| beside.step(record));
        assert_eq!(beside.finish(), expect);
    }

    #[test]
    fn what_stands_in_one_alone_is_found() {
        check(|_, _| (), &[]);
        check(|book, _| book[2].actor.push('x'), &[Difference::Unequal { record: 3 }]);
        check(|_, mirror| mirror[5].seals = Seals::NONE, &[Difference::Unequal { record: 6 }]);
        check(|book, _| drop(book.drain(1..3)), &[Difference::NotInBook { from: 2, to: 3 }]);
        check(|_, mirror| drop(mirror.drain(0..1)), &[Difference::NotInMirror { from: 1, to: 1 }]);
        check(|book, _| book.truncate(4), &[Difference::CutOff { from: 5, to: 6 }]);
        check(|book, _| book.clear(), &[Difference::CutOff { from: 1, to: 6 }]);
        check(|_, mirror| mirror.truncate(5), &[Difference::MirrorEnds { from: 6, to: 6 }]);
        check(|_, mirror| mirror.clear(), &[Difference::MirrorEnds { from: 1, to: 6 }]);
    }
}
