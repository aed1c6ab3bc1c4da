//! The finaliser's process, `yunling __finalise`: makes the files of a recording from its journal alone.
//!
//! The journal is read twice: once for its clocks, marks and faults, and once for what it holds. Files are made in a folder of
//! their own, [`NEW`], read back in full, and only then take their place all at once: nobody ever sees half of them. Killed at
//! any moment, the process leaves the files that were there before, and can be started again.
//!
//! [`run`] does it; [`main`] is the process. Its GStreamer is in [`parts`].

mod cut;
mod originals;
mod parts;
mod picture;
mod proof;
mod sources;

use self::{
    originals::Originals,
    parts::{Kit, Muxer},
    picture::Composer,
    sources::{Sources, Taken},
};
use super::{archive, writer::is_full};
use crate::{
    leg::io::pipeline,
    recorder::{
        finalising::{Failure, Job, Pipelines, Report, Summary, Trouble},
        journal::{self, Segment},
        manifest::{self, FileEntry, FileKind, Manifest, SegmentEntry},
        mix::Mixer,
        programme::{Notes, Picture, Programme, Why},
        timeline::{Survey, TrackKey},
        verify::{Check, Verdict},
    },
    relay::media::Codec,
};
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use std::{
    fs::{self, File},
    io::{self, BufRead as _, Read as _, Write as _},
    path::{Path, PathBuf},
    thread,
};

/// Where they are made.
const NEW: &str = "files.new";

/// The programme's name.
pub const PROGRAMME: &str = "meeting.mp4";

/// Pictures a second of a composed programme.
const FRAMES_PER_SECOND: u64 = 25;

/// The sound's encoder puts so many samples in front of what it is given (one frame of AAC), and the file does not say so.
const AAC_LEAD: i64 = 1024;

/// The journal is looked at in steps of so much of its time, nanoseconds.
const STEP_NS: u64 = 200_000_000;

/// How far what was so may lie before its arrival, besides what repair takes: a slow way's delay.
const DELAY_NS: u64 = 1_000_000_000;

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
    let done = read_job().map_err(|detail| Failure { trouble: Trouble::Files, detail }).and_then(|job| match &job {
        Job::Make { folder, pipelines } => run(folder, pipelines, |percent| report(&Report::Progress { percent }))
            .map(Report::Done)
            .map_err(|error| failure_of(&error, folder, NEW)),
        Job::Cut { folder, name, from_ms, to_ms, pipelines } => cut::run(folder, name, (*from_ms, *to_ms), pipelines)
            .map(Report::Done)
            .map_err(|error| failure_of(&error, folder, cut::NEW)),
        Job::Check { pipelines } => Ok(Report::Checked { faults: parts::check(pipelines) }),
    });
    match done {
        Ok(last) => {
            report(&last);
            Ok(())
        }
        Err(failure) => {
            report(&Report::Failed(failure.clone()));
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

fn read_job() -> Result<Job, String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| error.to_string())?;
    // Whoever gave the job is gone when stdin ends; what was made so far is of no use to anybody.
    let watch = || {
        let mut rest = [0; 64];
        while matches!(io::stdin().lock().read(&mut rest), Ok(1..)) {}
        std::process::exit(1);
    };
    thread::Builder::new().name("stdin".to_owned()).spawn(watch).map_err(|error| error.to_string())?;
    serde_json::from_str(&line).map_err(|error| error.to_string())
}

/// An error with all its causes.
fn in_one_line(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn report(report: &Report) {
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        // Nobody listens any more if this fails, and then stdin has ended too.
        let _ = io::stderr().write_all(&line);
    }
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
    let made = read_again(&kit, &read, folder, &new, &mut progress)?;
    let (originals, sources) = match made {
        Some(made) => made,
        None => {
            // Its only source never sent a whole picture.
            read.programme.picture = Picture::Composed(Why::Nothing);
            let made = read_again(&kit, &read, folder, &new, &mut progress)?;
            made.ok_or_else(|| FinaliseError::Proof { file: PROGRAMME.to_owned(), problem: "no picture".to_owned() })?
        }
    };
    let mut files = originals;
    files.extend(proof::prove(&kit, &read.programme, &new, &files, |part| progress(70 + (part * 29.0) as u8))?);
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
    Ok(Summary::of(&manifest))
}

/// Programme and originals from the journal, in this folder; `None` if the programme was to be copied and there was nothing to
/// copy.
fn read_again(
    kit: &Kit,
    read: &Reading,
    folder: &Path,
    new: &Path,
    progress: &mut impl FnMut(u8),
) -> Done<Option<(Vec<FileEntry>, Vec<manifest::SourceEntry>)>> {
    remove(new)?;
    fs::create_dir_all(new.join("originals")).map_err(io_error("make", new))?;
    let mut made = Making::begin(kit, read, new)?;
    let mut told = 0;
    let total = read.bytes.max(1);
    let mut done = 0;
    for (number, path) in archive::segments(folder).map_err(io_error("list", folder))? {
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        let Ok((head, records)) = Segment::open(&bytes) else { continue };
        tracing::debug!(segment = number, "is read");
        for record in records {
            made.record(head.run, &record)?;
            done += record.body.len() as u64;
            let percent = (done * 70 / total).min(70) as u8;
            if percent > told {
                told = percent;
                progress(percent);
            }
        }
    }
    made.finish()
}

/// What the first reading of a journal found.
struct Reading {
    verdict: Verdict,
    survey: Survey,
    programme: Programme,
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
        Ok(Self { verdict: check.verdict(), survey, programme, segments, bytes: read })
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

/// The second reading: what the journal holds becomes files.
struct Making<'a> {
    programme: &'a Programme,
    sources: Sources,
    originals: Originals<'a>,
    composer: Option<Composer<'a>>,
    sound: Sound<'a>,
    muxer: Muxer,
    looked_ns: u64,
    /// Pictures of a composed programme made so far.
    frames: u64,
    /// Whether the latest picture of its source was copied, so that the next one can be shown after it.
    copying: bool,
    /// The last picture of a copied one, nanoseconds after the beginning.
    copied_ns: Option<u64>,
}

/// The programme's sound.
struct Sound<'a> {
    kit: &'a Kit,
    decoders: std::collections::BTreeMap<TrackKey, parts::Decoder>,
    mixer: Mixer<TrackKey>,
    /// Nanoseconds of sound that were handed over.
    given_ns: u64,
}

impl<'a> Making<'a> {
    fn begin(kit: &'a Kit, read: &'a Reading, new: &Path) -> Done<Self> {
        let programme = &read.programme;
        let (file, composer) = match &programme.picture {
            Picture::Copied(_) => ("finalise-programme-copy.toml", None),
            Picture::Composed(_) => ("finalise-programme.toml", Some(Composer::new(kit, programme))),
        };
        Ok(Self {
            programme,
            sources: Sources::new(read.survey.timeline()),
            originals: Originals::new(kit, new, programme.span.0),
            composer,
            sound: Sound { kit, decoders: Default::default(), mixer: Mixer::new(AAC_LEAD), given_ns: 0 },
            muxer: kit.muxer(file, &new.join(PROGRAMME))?,
            looked_ns: programme.span.0,
            frames: 0,
            copying: false,
            copied_ns: None,
        })
    }

    fn record(&mut self, run: u64, record: &crate::relay::tap::record::Record<'_>) -> Done<()> {
        self.sources.record(run, record);
        let now_ns = record.head.at_ns;
        if now_ns >= self.looked_ns + STEP_NS {
            self.looked_ns = now_ns;
            self.step(now_ns)?;
        }
        Ok(())
    }

    /// Takes what is whole by now, and makes the programme as far as nothing more can come.
    fn step(&mut self, now_ns: u64) -> Done<()> {
        for Taken { key, track, at_ns, frame } in self.sources.take(now_ns) {
            self.originals.frame(key, &track, at_ns, &frame)?;
            let Some(at_ns) = at_ns.checked_sub(self.programme.span.0) else { continue };
            if track.codec == Codec::Opus {
                self.sound.frame(key, at_ns, &frame.bytes)?;
                continue;
            }
            match (&mut self.composer, &self.programme.picture) {
                (Some(composer), _) => composer.frame(key, track.codec, at_ns, &frame)?,
                // A camera that is always kept is there while it is not on air, too; on air it begins with a whole picture.
                (None, Picture::Copied(_)) if !self.programme.shows(key, at_ns + self.programme.span.0) => {
                    self.copying = false;
                }
                (None, Picture::Copied(tracks)) if tracks.contains(&key) && (self.copying || frame.key) => {
                    self.copying = true;
                    // Two tracks of one source, one after the other, may touch.
                    let at_ns = self.copied_ns.map_or(at_ns, |last| at_ns.max(last + 1_000_000));
                    self.copied_ns = Some(at_ns);
                    self.muxer.push("picture", at_ns, None, frame.key, frame.bytes)?;
                }
                _ => {}
            }
        }
        let end_ns = self.programme.span.1;
        let sure_ns = if now_ns == u64::MAX { end_ns } else { now_ns.saturating_sub(sources::BEHIND_NS + DELAY_NS) };
        self.advance(sure_ns.saturating_sub(self.programme.span.0), now_ns == u64::MAX)
    }

    /// Makes the programme up to this moment after the beginning.
    fn advance(&mut self, until_ns: u64, is_end: bool) -> Done<()> {
        self.sound.decode(until_ns + frame_lead_ns(), is_end);
        let frame_ns = 1_000_000_000 / FRAMES_PER_SECOND;
        loop {
            let at_ns = self.frames * frame_ns;
            let next_ns = at_ns + frame_ns;
            if next_ns > until_ns && !(is_end && at_ns < until_ns) {
                return Ok(());
            }
            let samples = self.sound.mixer.take(i64::try_from(next_ns).unwrap_or(i64::MAX));
            let bytes = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            self.muxer.push("samples", self.sound.given_ns, Some(frame_ns), true, bytes)?;
            self.sound.given_ns = next_ns;
            if let Some(composer) = &mut self.composer {
                let picture = composer.picture(self.programme, at_ns, until_ns, is_end)?;
                self.muxer.push_buffer("frames", at_ns, Some(frame_ns), picture)?;
            }
            self.frames += 1;
        }
    }

    /// The files, and what became of the sources; `None` if a picture was to be copied and there was none.
    fn finish(mut self) -> Done<Option<(Vec<FileEntry>, Vec<manifest::SourceEntry>)>> {
        self.step(u64::MAX)?;
        if self.composer.is_none() && self.copied_ns.is_none() {
            return Ok(None);
        }
        self.muxer.finish()?;
        let mut files = self.originals.finish()?;
        let length_ms = self.programme.length_ns() / 1_000_000;
        files.push(FileEntry { length_ms: Some(length_ms), ..entry(PROGRAMME, FileKind::Programme) });
        Ok(Some((files, self.sources.entries())))
    }
}

impl Sound<'_> {
    fn frame(&mut self, key: TrackKey, at_ns: u64, packet: &[u8]) -> Done<()> {
        let decoder = match self.decoders.entry(key) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => {
                new.insert(self.kit.decoder("finalise-sound.toml", "sound", "samples", None)?)
            }
        };
        decoder.push(at_ns, true, packet);
        Ok(())
    }

    fn decode(&mut self, until_ns: u64, is_end: bool) {
        for (&key, decoder) in &mut self.decoders {
            if is_end {
                decoder.end();
            }
            for (at_ns, bytes) in decoder.pull(until_ns, is_end) {
                let samples: Vec<i16> =
                    bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
                self.mixer.add(key, i64::try_from(at_ns).unwrap_or(i64::MAX), &samples);
            }
        }
    }
}

/// How much further than the picture the sound is read.
const fn frame_lead_ns() -> u64 {
    AAC_LEAD as u64 * 1_000_000_000 / 48_000 + 1
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
