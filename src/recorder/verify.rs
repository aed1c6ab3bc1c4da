//! Finds out what of a recording's journal is whole and what is missing. The main type is [`Check`]: segments go in in order, a
//! [`Verdict`] comes out.

use super::journal::{EndReason, Ending, Fault, Segment, SegmentEnd, SegmentHead};
use crate::relay::{
    media::{Codec, Role},
    tap::{Track, record::Kind},
};
use std::{collections::BTreeMap, fmt};

/// A stretch that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Arrival of the last record before it, nanoseconds since 1970 UTC.
    pub from_ns: u64,
    /// Arrival of the first record after it.
    pub to_ns: u64,
    /// How many records are missing; `None` if nobody counted: the relay was started anew.
    pub lost: Option<u64>,
}

/// Something that should not be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A segment can't be read, or not to its end.
    Segment {
        /// Its file.
        file: String,
        /// What is wrong.
        fault: Fault,
    },
    /// A segment is not there.
    Missing {
        /// Its number.
        segment: u32,
    },
    /// A segment does not continue the one before it.
    Chain {
        /// Its file.
        file: String,
    },
    /// A segment belongs to another recording.
    Stranger {
        /// Its file.
        file: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment { file, fault } => {
                write!(f, "分段 {file}：")?;
                match fault {
                    Fault::NoSegment => f.write_str("不是录制日志分段，或开头已损坏。"),
                    Fault::Format => f.write_str("由更新版本的程序写成，本程序不能读取。"),
                    Fault::Record { at, .. } => write!(f, "第 {at} 字节起损坏或被截断，此前内容完好。"),
                    Fault::Content { at } => write!(f, "第 {at} 字节处的内容无法理解，此前内容完好。"),
                    Fault::Digest => f.write_str("内容与封口时的摘要不符，可能被改动。"),
                    Fault::AfterEnd => f.write_str("封口之后又被加入了内容。"),
                }
            }
            Self::Missing { segment } => write!(f, "缺少第 {segment} 分段。"),
            Self::Chain { file } => write!(f, "分段 {file} 与前一分段的摘要链不衔接：前一分段可能被替换。"),
            Self::Stranger { file } => write!(f, "分段 {file} 属于另一场录制。"),
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The first Head.
    pub about: Option<SegmentHead>,
    /// Segments that were read.
    pub segments: u32,
    /// Packets in them.
    pub packets: u64,
    /// Bytes of the packets.
    pub bytes: u64,
    /// First and last arrival of what came from the tap, nanoseconds since 1970 UTC.
    pub span_ns: Option<(u64, u64)>,
    /// Sources, by their number in the first run that has it.
    pub tracks: BTreeMap<(u64, u32), Track>,
    /// What is missing, in order.
    pub gaps: Vec<Gap>,
    /// What should not be so.
    pub findings: Vec<Finding>,
    /// How the last segment ends; `None` if it has no End: it is being written, or was cut off.
    pub end: Option<SegmentEnd>,
}

impl Verdict {
    /// All of it in words.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        if let Some(about) = &self.about {
            lines.push(format!("录制 {}，会议「{}」（{}）", about.recording, about.title, about.meeting));
        }
        let seconds = self.span_ns.map_or(0.0, |(from, to)| to.saturating_sub(from) as f64 / 1e9);
        let began = self.span_ns.map_or_else(String::new, |(from, _)| format!("，自 {} 起", moment(from)));
        let (segments, packets) = (self.segments, self.packets);
        lines.push(format!("{segments} 个分段，{packets} 个数据包，{seconds:.1} 秒{began}"));
        for track in self.tracks.values() {
            let role = if track.role == Role::Content { "辅流" } else { "会场" };
            let codec = match track.codec {
                Codec::Opus => "声音 Opus",
                Codec::H264 => "画面 H.264",
                Codec::Vp8 => "画面 VP8",
            };
            lines.push(format!("  信号：{}（{role}，{codec}）", track.name));
        }
        for gap in &self.gaps {
            let long = gap.to_ns.saturating_sub(gap.from_ns) as f64 / 1e9;
            let lost = gap.lost.map_or_else(|| "服务中断，未计数".to_owned(), |lost| format!("缺 {lost} 条"));
            lines.push(format!("  缺口：{} 至 {}，{long:.2} 秒，{lost}", moment(gap.from_ns), moment(gap.to_ns)));
        }
        lines.push(match self.reason() {
            Some(EndReason::Stopped) => "已正常结束。".to_owned(),
            Some(EndReason::Rotated) => "最后一个分段之后应当还有分段：录制正在进行，或末尾的分段已丢失。".to_owned(),
            Some(EndReason::DiskFull) => "因磁盘空间不足而停止。".to_owned(),
            Some(EndReason::RelayLost) => "因服务中断而停止，已写入的内容已封口。".to_owned(),
            Some(EndReason::Recovered) => "录制进程意外中断，之后补做了封口。".to_owned(),
            None => "没有封口：录制正在进行，或录制进程意外中断。".to_owned(),
        });
        lines.extend(self.findings.iter().map(ToString::to_string));
        let gaps = self.gaps.len();
        lines.push(match (self.findings.len(), gaps) {
            (0, 0) => "完好，没有缺口。Whole, no gaps.".to_owned(),
            (0, _) => format!("已写入的内容完好，有 {gaps} 处缺口。Whole as written, {gaps} gaps."),
            (wrong, _) => format!("发现 {wrong} 处问题。{wrong} things are wrong."),
        });
        if let Some(end) = &self.end {
            lines.push(format!("末尾摘要 SHA-256：{}", end.sha256));
        }
        lines.join("\n") + "\n"
    }

    /// Why the recording ended, if it did.
    #[must_use]
    pub fn reason(&self) -> Option<EndReason> {
        self.end.as_ref().map(|end| end.reason)
    }
}

/// A moment, to the hundredth of a second.
fn moment(ns: u64) -> String {
    let at = jiff::Timestamp::from_nanosecond(i128::from(ns)).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M:%S%.2f UTC").to_string()
}

/// Takes segments in the order of their numbers.
#[derive(Debug, Default)]
pub struct Check {
    verdict: Verdict,
    last: Option<(u32, Option<String>)>,
    /// Run, serial and arrival of the latest record from the tap.
    latest: Option<(u64, u64, u64)>,
}

impl Check {
    /// The next segment.
    pub fn segment(&mut self, number: u32, file: &str, bytes: &[u8]) {
        let expected = self.last.as_ref().map_or(1, |(number, _)| number + 1);
        self.verdict.findings.extend((expected..number).map(|segment| Finding::Missing { segment }));
        self.verdict.segments += 1;
        let found = |fault| Finding::Segment { file: file.to_owned(), fault };
        let (head, mut records) = match Segment::open(bytes) {
            Ok(opened) => opened,
            Err(fault) => {
                self.verdict.findings.push(found(fault));
                self.last = Some((number, None));
                self.verdict.end = None;
                return;
            }
        };
        let about = self.verdict.about.get_or_insert_with(|| head.clone());
        if head.recording != about.recording || head.segment != number {
            self.verdict.findings.push(Finding::Stranger { file: file.to_owned() });
        }
        // What the segment before ended with is known only if it was read to its end, and it was there.
        if number == expected
            && let Some((_, before)) = &self.last
            && before.is_some()
            && *before != head.previous
        {
            self.verdict.findings.push(Finding::Chain { file: file.to_owned() });
        }
        for record in records.by_ref() {
            self.record(head.run, record.head.kind, record.head.track, record.body);
            if record.head.serial != 0 {
                self.arrived(head.run, record.head.serial, record.head.at_ns);
            }
        }
        let end = match records.ending() {
            Ending::Closed(end) => Some(end),
            Ending::Open => None,
            Ending::Torn { fault, .. } => {
                self.verdict.findings.push(found(fault));
                None
            }
        };
        self.last = Some((number, end.as_ref().map(|end| end.sha256.clone())));
        self.verdict.end = end;
    }

    /// What came of it.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        self.verdict
    }

    fn record(&mut self, run: u64, kind: Kind, track: u32, body: &[u8]) {
        match kind {
            Kind::Rtp => {
                self.verdict.packets += 1;
                self.verdict.bytes += body.len() as u64;
            }
            Kind::Track => {
                if let Ok(read) = serde_json::from_slice(body) {
                    self.verdict.tracks.insert((run, track), read);
                }
            }
            _ => {}
        }
    }

    fn arrived(&mut self, run: u64, serial: u64, at_ns: u64) {
        if let Some((last_run, last_serial, last_ns)) = self.latest {
            let lost = serial.saturating_sub(last_serial + 1);
            if run != last_run {
                self.verdict.gaps.push(Gap { from_ns: last_ns, to_ns: at_ns, lost: None });
            } else if lost > 0 {
                self.verdict.gaps.push(Gap { from_ns: last_ns, to_ns: at_ns, lost: Some(lost) });
            }
        }
        self.latest = Some((run, serial, at_ns));
        let (from, _) = self.verdict.span_ns.unwrap_or((at_ns, at_ns));
        self.verdict.span_ns = Some((from, at_ns));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::journal::{file_name, sha256, tests::*};

    fn check(segments: &[(u32, Vec<u8>)]) -> Verdict {
        let mut check = Check::default();
        for (number, bytes) in segments {
            check.segment(*number, &file_name(*number), bytes);
        }
        check.verdict()
    }

    /// SHA-256 that a closed segment's End states.
    fn stated(bytes: &[u8]) -> Option<String> {
        match Segment::open(bytes).unwrap().1.ending() {
            Ending::Closed(end) => Some(end.sha256),
            _ => None,
        }
    }

    fn three() -> Vec<(u32, Vec<u8>)> {
        let first = segment(&head(1, None), &[1, 2, 3], EndReason::Rotated);
        let second = segment(&head(2, stated(&first)), &[4, 5, 9], EndReason::Rotated);
        let third = segment(&head(3, stated(&second)), &[10, 11], EndReason::Stopped);
        vec![(1, first), (2, second), (3, third)]
    }

    #[test]
    fn a_whole_recording_is_whole_and_its_gap_has_both_ends() {
        let verdict = check(&three());
        assert_eq!(verdict.findings, []);
        assert_eq!((verdict.segments, verdict.packets, verdict.reason()), (3, 8, Some(EndReason::Stopped)));
        assert_eq!(verdict.gaps, [Gap { from_ns: 100_000_000, to_ns: 180_000_000, lost: Some(3) }]);
        assert_eq!(verdict.span_ns, Some((20_000_000, 220_000_000)));
    }

    #[test]
    fn a_segment_that_is_missing_replaced_or_strange_is_found() {
        let mut missing = three();
        missing.remove(1);
        assert_eq!(check(&missing).findings, [Finding::Missing { segment: 2 }]);
        let mut replaced = three();
        replaced[1].1 = segment(&head(2, stated(&replaced[0].1)), &[4, 5, 6], EndReason::Rotated);
        assert_eq!(check(&replaced).findings, [Finding::Chain { file: file_name(3) }]);
        let mut strange = three();
        let other = SegmentHead { recording: "r2".to_owned(), ..head(3, stated(&strange[1].1)) };
        strange[2].1 = segment(&other, &[10], EndReason::Stopped);
        assert_eq!(check(&strange).findings, [Finding::Stranger { file: file_name(3) }]);
    }

    #[test]
    fn a_torn_segment_is_named_and_what_it_lost_is_a_gap() {
        let mut torn = three();
        let len = torn[1].1.len();
        // The End, and a part of the packet before it.
        let end = journal_end_len(&torn[1].1);
        torn[1].1.truncate(len - end - 1);
        let verdict = check(&torn);
        assert!(matches!(&verdict.findings[..], [Finding::Segment { fault: Fault::Record { .. }, .. }]), "{verdict:?}");
        assert_eq!(verdict.gaps, [Gap { from_ns: 100_000_000, to_ns: 200_000_000, lost: Some(4) }]);
    }

    fn journal_end_len(bytes: &[u8]) -> usize {
        crate::recorder::journal::end(EndReason::Rotated, sha256(bytes), 0).len()
    }
}
