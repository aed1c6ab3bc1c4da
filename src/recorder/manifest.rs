//! The manifest of a finished recording: which files there are, what they are made from, and what is missing.
//!
//! It lies beside the files as `manifest.json`. [`Manifest::compare`] finds out whether files are still those it speaks of.

use super::{
    journal::EndReason,
    verify::{Finding, Gap},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The version this program writes, and the highest it reads.
pub const FORMAT: u32 = 1;

/// Its name.
pub const FILE_NAME: &str = "manifest.json";

/// What a finished recording is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format.
    pub format: u32,
    /// Which recording.
    pub recording: String,
    /// Of which meeting.
    pub meeting: String,
    /// The meeting's title.
    pub title: String,
    /// When it begins, nanoseconds since 1970 UTC; every time in the files counts from here.
    pub began_ns: u64,
    /// How long it is, milliseconds.
    pub length_ms: u64,
    /// Why the journal ends; `None` if it has no end.
    pub end: Option<EndReason>,
    /// How the programme's picture came about: `copied`, or why it was composed.
    pub picture: String,
    /// The files, by their path beside the manifest.
    pub files: Vec<FileEntry>,
    /// The journal's segments.
    pub journal: Vec<SegmentEntry>,
    /// What is missing, in order.
    pub gaps: Vec<GapEntry>,
    /// What was wrong with the journal, in words.
    pub findings: Vec<String>,
    /// What became of each source's packets.
    pub sources: Vec<SourceEntry>,
    /// What made the files.
    pub program: String,
    /// With which GStreamer.
    pub gstreamer: String,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// What was on air, with all that was heard.
    Programme,
    /// One source as it was sent.
    Original,
    /// A picture of it.
    Poster,
    /// Small pictures of it on one sheet.
    Sprite,
    /// Where each of them is, as WebVTT.
    SpriteIndex,
    /// Its chapters, as WebVTT.
    Chapters,
}

impl FileKind {
    /// Its name, as the manifest has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Programme => "programme",
            Self::Original => "original",
            Self::Poster => "poster",
            Self::Sprite => "sprite",
            Self::SpriteIndex => "sprite_index",
            Self::Chapters => "chapters",
        }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path beside the manifest, with `/`.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// How long it is, milliseconds, if it has a length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_ms: Option<u64>,
    /// An original's: when it begins within the recording, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<u64>,
    /// An original's: whose it is, as shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// One segment of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentEntry {
    /// Its file.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the whole file in hexadecimal.
    pub sha256: String,
}

/// A stretch that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapEntry {
    /// Last arrival before it, nanoseconds since 1970 UTC.
    pub from_ns: u64,
    /// First arrival after it.
    pub to_ns: u64,
    /// How many records are missing; `None` if nobody counted.
    pub lost: Option<u64>,
}

impl From<Gap> for GapEntry {
    fn from(gap: Gap) -> Self {
        Self { from_ns: gap.from_ns, to_ns: gap.to_ns, lost: gap.lost }
    }
}

/// What became of one source's packets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceEntry {
    /// Whose it is, as shown.
    pub name: String,
    /// Whose it is.
    pub participant: String,
    /// `main` or `content`.
    pub role: String,
    /// `opus`, `h264` or `vp8`.
    pub codec: String,
    /// Packets in the journal.
    pub packets: u64,
    /// Packets that never came, by their sequence numbers.
    pub missing: u64,
    /// Pictures that can't be shown because of that.
    pub dropped: u64,
}

/// A file as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// A file that is not what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It is not there.
    Missing(String),
    /// It was changed.
    Changed(String),
    /// The manifest does not know it.
    Unknown(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "缺少文件 {name}。"),
            Self::Changed(name) => write!(f, "文件 {name} 与清单中的摘要不符，可能被改动。"),
            Self::Unknown(name) => write!(f, "文件 {name} 不在清单中。"),
        }
    }
}

impl Manifest {
    /// Whether anything of the meeting is missing in it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.gaps.is_empty() && self.findings.is_empty() && self.end == Some(EndReason::Stopped)
    }

    /// The entry of the file with this path.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.name == name)
    }

    /// What of the files and the journal is not as it says; both by name as they are now, the manifest itself left out.
    #[must_use]
    pub fn compare(&self, files: &BTreeMap<String, Found>, journal: &BTreeMap<String, Found>) -> Vec<Difference> {
        let mut differences = Vec::new();
        let known = self.files.iter().map(|file| (&file.name, file.bytes, &file.sha256, files));
        let segments = self.journal.iter().map(|segment| (&segment.name, segment.bytes, &segment.sha256, journal));
        for (name, bytes, sha256, there) in known.chain(segments) {
            match there.get(name) {
                None => differences.push(Difference::Missing(name.clone())),
                Some(found) if found.bytes != bytes || found.sha256 != *sha256 => {
                    differences.push(Difference::Changed(name.clone()));
                }
                Some(_) => {}
            }
        }
        let unknown = files.keys().filter(|name| self.file(name).is_none());
        let more = journal.keys().filter(|name| !self.journal.iter().any(|segment| segment.name == **name));
        differences.extend(unknown.chain(more).map(|name| Difference::Unknown(name.clone())));
        differences
    }
}

/// What was wrong with a journal, as the manifest has it.
#[must_use]
pub fn in_words(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::recorder) fn manifest() -> Manifest {
        let entry = |name: &str, kind| FileEntry {
            name: name.to_owned(),
            kind,
            bytes: 5,
            sha256: "ab".to_owned(),
            length_ms: None,
            from_ms: None,
            source: None,
        };
        Manifest {
            format: FORMAT,
            recording: "r1".to_owned(),
            meeting: "council".to_owned(),
            title: "防汛会商".to_owned(),
            began_ns: 1,
            length_ms: 2,
            end: Some(EndReason::Stopped),
            picture: "copied".to_owned(),
            files: vec![entry("meeting.mp4", FileKind::Programme), entry("poster.jpg", FileKind::Poster)],
            journal: vec![SegmentEntry { name: "000001.rtpj".to_owned(), bytes: 7, sha256: "cd".to_owned() }],
            gaps: Vec::new(),
            findings: Vec::new(),
            sources: Vec::new(),
            program: "test".to_owned(),
            gstreamer: "1.22.0".to_owned(),
        }
    }

    #[test]
    fn files_that_are_not_what_they_were_are_named() {
        let manifest = manifest();
        let found = |bytes, sha256: &str| Found { bytes, sha256: sha256.to_owned() };
        let mut files =
            BTreeMap::from([("meeting.mp4".to_owned(), found(5, "ab")), ("poster.jpg".to_owned(), found(5, "ab"))]);
        let mut journal = BTreeMap::from([("000001.rtpj".to_owned(), found(7, "cd"))]);
        assert_eq!(manifest.compare(&files, &journal), []);
        files.remove("poster.jpg");
        files.insert("more.mp4".to_owned(), found(1, "x"));
        journal.insert("000001.rtpj".to_owned(), found(7, "ce"));
        let named: Vec<_> = manifest.compare(&files, &journal).iter().map(ToString::to_string).collect();
        assert_eq!(named.len(), 3);
        assert!(named[0].contains("poster.jpg") && named[1].contains("000001.rtpj") && named[2].contains("more.mp4"));
    }

    #[test]
    fn it_reads_back_as_it_was_written() {
        let text = serde_json::to_string_pretty(&manifest()).unwrap();
        assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), manifest());
    }
}
