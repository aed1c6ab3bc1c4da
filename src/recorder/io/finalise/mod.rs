//! The finaliser's process, `yunling __finalise`: makes the files of a recording from its journal alone.
//!
//! The journal is read twice: once for its clocks, marks and faults, and once for what it holds ([`making`]). The programme is made
//! in pieces ([`shelf`]), which are joined at the end; while the meeting runs, [`follow`] makes them a little behind it, so that
//! little is left to be done when it is over. Files are made in a folder of their own, [`NEW`], read back in full, and only then
//! take their place all at once: nobody ever sees half of them. Killed at any moment, the process leaves the files and pieces that
//! were there before, and can be started again.
//!
//! [`run`] and [`follow`] do it; [`main`] is the process. Its GStreamer is in [`parts`].

mod cut;
mod making;
mod originals;
mod parts;
mod picture;
mod proof;
mod shelf;
mod sources;
mod tail;

use self::{
    making::{Making, Start, coding_of},
    originals::Originals,
    parts::Kit,
    shelf::Shelf,
    tail::Tail,
};
use super::{archive, writer::is_full};
use crate::{
    child_process,
    leg::io::pipeline,
    recorder::{
        finalising::{Failure, Job, Pipelines, Report, Summary, Trouble},
        journal::{self, Segment},
        manifest::{self, FileEntry, FileKind, Manifest, SegmentEntry},
        pieces::{self, Coding, ns_of},
        programme::{LEAD_NS, Notes, Picture, Programme, Why},
        timeline::Survey,
        verify::{Check, Verdict},
    },
};
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    rc::Rc,
    thread,
    time::Duration,
};

/// Where they are made.
const NEW: &str = "files.new";

/// The programme's name.
pub const PROGRAMME: &str = "meeting.mp4";

/// How long a piece of the programme is, seconds, if nobody says otherwise.
pub const PIECE_SECONDS: u64 = 64;

/// Shorter pieces than this would be more frame than picture.
pub const PIECE_SECONDS_MIN: u64 = 5;

/// So much later has to be known of a moment before it is made, nanoseconds: who will be on air, and what sender reports say.
const AHEAD_NS: u64 = LEAD_NS + 3_000_000_000;

/// How often a journal is looked at for more.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// With less room than this times what a recorder leaves free, no pieces are made: the journal needs the room.
const ROOM_FACTOR: u64 = 2;

/// With less room on the disk, that is why something could not be written.
const FULL_BYTES: u64 = 1 << 20;

/// A picture is cut short or late by no more than this, milliseconds.
const LENGTH_OFF_MS_MAX: u64 = 1_000;

/// What keeps a recording from being finished.
#[derive(Debug, thiserror::Error)]
pub enum FinaliseError {
    /// Files can't be read or written.
    #[error("cannot {attempt} {path}")]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A pipeline file can't be used, or its pipeline failed.
    #[error("pipeline {name}: {problem}")]
    Pipeline {
        /// Which.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// There is no journal, or nothing in it.
    #[error("the journal holds nothing")]
    Empty,
    /// What was made is not what it should be.
    #[error("{file} was read back and is wrong: {problem}")]
    Proof {
        /// Which file.
        file: String,
        /// What is wrong.
        problem: String,
    },
}

impl FinaliseError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Io { source, .. } if is_full(source) => Trouble::DiskFull,
            Self::Io { .. } => Trouble::Files,
            Self::Pipeline { .. } => Trouble::Pipeline,
            Self::Empty => Trouble::Empty,
            Self::Proof { .. } => Trouble::Proof,
        }
    }
}

type Done<T> = Result<T, FinaliseError>;

fn io_error(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FinaliseError {
    let path = path.to_owned();
    move |source| FinaliseError::Io { attempt, path, source }
}

/// Does the job that stdin says; reports to stderr.
///
/// # Errors
///
/// One line, also reported: why it could not be done.
pub fn main() -> Result<(), String> {
    let unread = |error: io::Error| Failure { trouble: Trouble::Files, detail: error.to_string() };
    let done = child_process::job().map_err(unread).and_then(|job| match &job {
        Job::Make { folder, pipelines } => {
            run(folder, pipelines, |percent| child_process::tell(&Report::Progress { percent }))
                .map(Report::Done)
                .map_err(|error| failure_of(&error, folder, NEW))
        }
        Job::Cut { folder, name, from_ms, to_ms, pipelines } => cut::run(folder, name, (*from_ms, *to_ms), pipelines)
            .map(Report::Done)
            .map_err(|error| failure_of(&error, folder, cut::NEW)),
        Job::Follow { folder, pipelines, piece_seconds, free_bytes_min } => {
            let tell = |until_ns: u64| child_process::tell(&Report::Composed { until_ms: until_ns / 1_000_000 });
            let followed = follow(folder, pipelines, (*piece_seconds, *free_bytes_min), tell);
            followed.map_err(|error| Failure { trouble: error.trouble(), detail: in_one_line(&error) })
        }
        Job::Check { pipelines } => Ok(Report::Checked { faults: parts::check(pipelines) }),
    });
    match done {
        Ok(last) => {
            child_process::tell(&last);
            Ok(())
        }
        Err(failure) => {
            child_process::tell(&Report::Failed(failure.clone()));
            Err(failure.detail)
        }
    }
}

/// What to tell of an error; what was made so far takes up no room any more.
fn failure_of(error: &FinaliseError, folder: &Path, new: &str) -> Failure {
    // A muxer that finds no room says all sorts of things.
    let full = super::free_bytes(folder).is_ok_and(|free| free < FULL_BYTES);
    let trouble = match error.trouble() {
        Trouble::Pipeline | Trouble::Proof | Trouble::Files if full => Trouble::DiskFull,
        trouble => trouble,
    };
    // Else the next one removes it.
    let _ = remove(&folder.join(new));
    Failure { trouble, detail: in_one_line(error) }
}

/// An error with all its causes.
fn in_one_line(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Makes the files of a recording, and tells how far it is, in percent.
///
/// # Errors
///
/// See [`FinaliseError`]; the files that were there before are still there then.
pub fn run(folder: &Path, pipelines: &Pipelines, mut progress: impl FnMut(u8)) -> Done<Summary> {
    let kit = Kit::new(pipelines)?;
    let mut read = Reading::of(folder)?;
    let new = folder.join(NEW);
    let mut shelf = Shelf::open(folder, read.programme.span.0)?;
    shelf.check()?;
    let mut made = read_again(&kit, &read, folder, &mut shelf, &mut progress)?;
    let has_pictures = |shelf: &Shelf, coding| shelf.index().joined(coding).iter().any(|piece| piece.pictures > 0);
    if !has_pictures(&shelf, coding_of(&read.programme)) {
        // Its only source never sent a whole picture.
        read.programme =
            Rc::new(Programme { picture: Picture::Composed(Why::Nothing), ..Programme::clone(&read.programme) });
        made = read_again(&kit, &read, folder, &mut shelf, &mut progress)?;
    }
    let (mut files, sources) = made;
    let length_ms = read.programme.length_ns() / 1_000_000;
    files.push(FileEntry { length_ms: Some(length_ms), ..entry(PROGRAMME, FileKind::Programme) });
    let coding = coding_of(&read.programme);
    let joined = shelf.join(&kit, coding, &new.join(PROGRAMME), |part| progress(60 + (part * 15.0) as u8))?;
    let proved = (&shelf, joined);
    let more = proof::prove(&kit, &read.programme, &new, &files, proved, |part| progress(75 + (part * 24.0) as u8))?;
    files.extend(more);
    let chapters = new.join("chapters.vtt");
    fs::write(&chapters, read.programme.chapters_vtt()).map_err(io_error("write", &chapters))?;
    files.push(entry("chapters.vtt", FileKind::Chapters));
    for file in &mut files {
        let path = new.join(&file.name);
        let found = archive::hashed(&path).map_err(io_error("read", &path))?;
        (file.bytes, file.sha256) = (found.bytes, found.sha256);
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let manifest = read.manifest(files, sources);
    let path = new.join(manifest::FILE_NAME);
    let text = serde_json::to_vec_pretty(&manifest).map_err(|error| io_error("write", &path)(error.into()))?;
    fs::write(&path, text).map_err(io_error("write", &path))?;
    publish(folder, &new)?;
    remove(&folder.join(pieces::FOLDER))?;
    Ok(Summary::of(&manifest))
}

/// Originals from the journal into the new folder, and the pieces of the programme that are missing.
fn read_again(
    kit: &Kit,
    read: &Reading,
    folder: &Path,
    shelf: &mut Shelf,
    progress: &mut impl FnMut(u8),
) -> Done<(Vec<FileEntry>, Vec<manifest::SourceEntry>)> {
    let new = folder.join(NEW);
    remove(&new)?;
    fs::create_dir_all(new.join("originals")).map_err(io_error("make", &new))?;
    let programme = Rc::clone(&read.programme);
    let originals = Originals::new(kit, &new, programme.span.0);
    let start = start_of(shelf, coding_of(&programme));
    let blocks = pieces::blocks(PIECE_SECONDS);
    let mut making = Making::new(kit, programme, read.survey.timeline(), blocks, start, Some(originals));
    let mut told = 0;
    let total = read.bytes.max(1);
    let mut done = 0;
    for (number, path) in archive::segments(folder).map_err(io_error("list", folder))? {
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        let Ok((head, records)) = Segment::open(&bytes) else { continue };
        tracing::debug!(segment = number, "is read");
        for record in records {
            making.record(head.run, &record)?;
            add_all(&mut making, kit, shelf)?;
            done += record.body.len() as u64;
            let percent = (done * 60 / total).min(60) as u8;
            if percent > told {
                told = percent;
                progress(percent);
            }
        }
    }
    let made = making.end()?;
    add_all(&mut making, kit, shelf)?;
    Ok(made)
}

/// Makes pieces of the programme while its journal is still being written, a little behind, and tells up to when they are there.
/// Ends when the disk gets full, or somebody ends the process.
///
/// # Errors
///
/// See [`FinaliseError`]; the pieces that were there before are still there then.
pub fn follow(
    folder: &Path,
    pipelines: &Pipelines,
    (piece_seconds, free_bytes_min): (u64, u64),
    mut tell: impl FnMut(u64),
) -> Done<Report> {
    let kit = Kit::new(pipelines)?;
    let (mut survey, mut notes) = (Survey::default(), Notes::default());
    let (mut ahead, mut behind) = (Tail::new(folder), Tail::new(folder));
    let mut under_way: Option<(Making<'_>, Shelf)> = None;
    let blocks = pieces::blocks(piece_seconds.max(PIECE_SECONDS_MIN));
    loop {
        let mut latest_ns = 0;
        while let Some((head, record)) = ahead.peek()? {
            notes.segment(head);
            survey.record(head.run, &record);
            notes.record(head.run, &record);
            latest_ns = latest_ns.max(record.head.at_ns);
            ahead.pass();
        }
        let programme = notes.programme().filter(|programme| programme.length_ns() > AHEAD_NS).map(Rc::new);
        let Some(programme) = programme.filter(|_| latest_ns > 0) else {
            thread::sleep(LOOK_EVERY);
            continue;
        };
        if super::free_bytes(folder).is_ok_and(|free| free < free_bytes_min.saturating_mul(ROOM_FACTOR)) {
            return Err(io_error("make pieces in", folder)(io::ErrorKind::StorageFull.into()));
        }
        let coding = coding_of(&programme);
        let (making, shelf) = match &mut under_way {
            Some((making, shelf)) if making.coding() == coding => {
                making.learn(Rc::clone(&programme), survey.timeline());
                (making, shelf)
            }
            // What was copied so far is composed from the beginning, or the other way round.
            _ => {
                let mut shelf = Shelf::open(folder, programme.span.0)?;
                shelf.check()?;
                let start = start_of(&shelf, coding);
                tell(ns_of(start.block));
                behind = Tail::new(folder);
                let making = Making::new(&kit, Rc::clone(&programme), survey.timeline(), blocks, start, None);
                let (making, shelf) = under_way.insert((making, shelf));
                (making, shelf)
            }
        };
        while let Some((head, record)) = behind.peek()? {
            if record.head.at_ns + AHEAD_NS > latest_ns {
                break;
            }
            making.record(head.run, &record)?;
            behind.pass();
            if add_all(making, &kit, shelf)? {
                let end = shelf.index().playable().last().map_or(0, |piece| piece.to_block);
                tell(ns_of(end));
            }
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Puts pieces that are whole on their shelf; whether there were any.
fn add_all(making: &mut Making<'_>, kit: &Kit, shelf: &mut Shelf) -> Done<bool> {
    let mut any = false;
    while let Some(made) = making.take() {
        shelf.add(kit, &made)?;
        any = true;
    }
    Ok(any)
}

/// Where to go on after the pieces there are.
fn start_of(shelf: &Shelf, coding: Coding) -> Start {
    let pieces = shelf.index().joined(coding);
    pieces.last().map_or_else(Start::default, |last| Start { block: last.to_block, picture: last.next })
}

/// What the first reading of a journal found.
struct Reading {
    verdict: Verdict,
    survey: Survey,
    programme: Rc<Programme>,
    segments: Vec<SegmentEntry>,
    bytes: u64,
}

impl Reading {
    fn of(folder: &Path) -> Done<Self> {
        let (mut check, mut survey, mut notes) = (Check::default(), Survey::default(), Notes::default());
        let (mut segments, mut read) = (Vec::new(), 0);
        for (number, path) in archive::segments(folder).map_err(io_error("list", folder))? {
            let bytes = fs::read(&path).map_err(io_error("read", &path))?;
            let name = journal::file_name(number);
            check.segment(number, &name, &bytes);
            segments.push(SegmentEntry { name, bytes: bytes.len() as u64, sha256: journal::sha256(&bytes) });
            let Ok((head, records)) = Segment::open(&bytes) else { continue };
            notes.segment(&head);
            for record in records {
                survey.record(head.run, &record);
                notes.record(head.run, &record);
                read += record.body.len() as u64;
            }
        }
        let programme = notes.programme().filter(|programme| programme.length_ns() > 0).ok_or(FinaliseError::Empty)?;
        Ok(Self { verdict: check.verdict(), survey, programme: Rc::new(programme), segments, bytes: read })
    }

    fn manifest(self, files: Vec<FileEntry>, sources: Vec<manifest::SourceEntry>) -> Manifest {
        let about = self.verdict.about.as_ref();
        let text = |of: fn(&journal::SegmentHead) -> &String| about.map(of).cloned().unwrap_or_default();
        Manifest {
            format: manifest::FORMAT,
            recording: text(|head| &head.recording),
            meeting: text(|head| &head.meeting),
            title: text(|head| &head.title),
            began_ns: self.programme.span.0,
            length_ms: self.programme.length_ns() / 1_000_000,
            end: self.verdict.reason(),
            picture: match self.programme.picture {
                Picture::Copied(_) => "copied",
                Picture::Composed(Why::Nothing) => "composed: no picture",
                Picture::Composed(Why::Several) => "composed: several sources",
                Picture::Composed(Why::Changed) => "composed: its size changed",
                Picture::Composed(Why::Content) => "composed: content",
                Picture::Composed(Why::Empty) => "composed: nobody on air for a while",
                Picture::Composed(Why::Vp8) => "composed: VP8",
            }
            .to_owned(),
            files,
            journal: self.segments,
            gaps: self.verdict.gaps.iter().copied().map(Into::into).collect(),
            findings: manifest::in_words(&self.verdict.findings),
            sources,
            program: concat!("yunling ", env!("CARGO_PKG_VERSION")).to_owned(),
            gstreamer: pipeline::version().to_string(),
        }
    }
}

fn entry(name: &str, kind: FileKind) -> FileEntry {
    FileEntry {
        name: name.to_owned(),
        kind,
        bytes: 0,
        sha256: String::new(),
        length_ms: None,
        from_ms: None,
        source: None,
    }
}

/// Puts the files in their place, all at once, once the disk has them.
fn publish(recording: &Path, new: &Path) -> Done<()> {
    sync(new)?;
    let place = recording.join(archive::FILES);
    if place.exists() {
        let exchanged = renameat2(AT_FDCWD, new, AT_FDCWD, &place, RenameFlags::RENAME_EXCHANGE);
        exchanged.map_err(|error| io_error("exchange", &place)(error.into()))?;
    } else {
        fs::rename(new, &place).map_err(io_error("rename", new))?;
    }
    File::open(recording).and_then(|folder| folder.sync_all()).map_err(io_error("sync", recording))?;
    remove(new)
}

/// Has the disk keep everything below a folder.
fn sync(path: &Path) -> Done<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(io_error("list", path))? {
            sync(&entry.map_err(io_error("list", path))?.path())?;
        }
    }
    File::open(path).and_then(|file| file.sync_all()).map_err(io_error("sync", path))
}

fn remove(folder: &Path) -> Done<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("remove", folder)(error)),
        _ => Ok(()),
    }
}
