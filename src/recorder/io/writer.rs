//! Writes a journal: appends, begins a new segment each minute, and has the disk keep it each second.
//!
//! The main type is [`Writer`]. `fdatasync` runs in a thread of its own, so that a slow disk does not keep packets waiting; only a
//! segment's first and last bytes are synced by the writer itself.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::archive;
use crate::{
    recorder::journal::{self, ContentPlace, EndReason, Ending, FORMAT, Segment, SegmentHead},
    relay::tap::record::{self, Kind},
};
use ring::digest::{Context, SHA256};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Largest segment: a minute of 8 Mb/s. Reading one takes as much memory.
const SEGMENT_BYTES_MAX: u64 = 64 << 20;

/// How often the disk is told to keep what was written.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// What is recorded.
#[derive(Debug, Clone)]
pub struct About {
    /// Id of the recording.
    pub recording: String,
    /// Its meeting.
    pub meeting: String,
    /// The meeting's title.
    pub title: String,
    /// Where the programme is to show content.
    pub content_place: ContentPlace,
    /// The run of the tap.
    pub run: u64,
}

/// A journal that is being written.
pub struct Writer {
    folder: PathBuf,
    about: About,
    segment_span: Duration,
    number: u32,
    file: File,
    digest: Context,
    written: u64,
    began: Instant,
    previous: Option<String>,
    /// Bodies of the tracks there are, and of the stage, for the next segment's beginning.
    tracks: BTreeMap<u32, Vec<u8>>,
    stage: Option<Vec<u8>>,
    serial: u64,
    lost: u64,
    at_ns: u64,
    sync: Sync,
}

impl Writer {
    /// Goes on with the recording in `folder`, or begins it: what the writer before left open is closed.
    ///
    /// # Errors
    ///
    /// If a file can't be read, made or written.
    pub fn open(folder: &Path, about: About, segment_span: Duration) -> io::Result<Self> {
        let journal = archive::journal_folder(folder);
        fs::create_dir_all(&journal)?;
        let (number, previous) = recover(folder)?;
        let at_ns = unix_ns();
        let head = head_of(&about, number, previous.clone());
        let (file, digest, written) = begin(&journal, &head, &[], at_ns)?;
        let sync = Sync::start(file.try_clone()?)?;
        Ok(Self {
            folder: journal,
            about,
            segment_span,
            number,
            file,
            digest,
            written,
            began: Instant::now(),
            previous,
            tracks: BTreeMap::new(),
            stage: None,
            serial: 0,
            lost: 0,
            at_ns,
            sync,
        })
    }

    /// Appends whole records.
    ///
    /// # Errors
    ///
    /// If the disk does not take them; then none of them is in the segment, which ends with a whole record as before.
    pub fn write(&mut self, records: &[u8]) -> io::Result<()> {
        if self.began.elapsed() >= self.segment_span || self.written + records.len() as u64 > SEGMENT_BYTES_MAX {
            self.rotate()?;
        }
        self.append(records)?;
        self.learn(records);
        Ok(())
    }

    /// Ends the last segment and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// If the disk does not take it.
    pub fn close(mut self, reason: EndReason) -> io::Result<()> {
        self.end(reason)?;
        self.file.sync_all()
    }

    /// Waits until all that was written is on the disk.
    ///
    /// # Errors
    ///
    /// If the disk does not take it.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The segment that is being written.
    #[must_use]
    pub fn segment(&self) -> u32 {
        self.number
    }

    /// Records that are missing between those it got.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Bytes written, bytes known to be on the disk, and how long the disk takes, milliseconds.
    #[must_use]
    pub fn progress(&self) -> (u64, u64, u64) {
        let state = self.sync.shared.state();
        let taking = state.since.map(|since| since.elapsed()).unwrap_or_default().max(state.took);
        (self.sync.shared.written.load(Ordering::Acquire), state.synced, taking.as_millis() as u64)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(bytes) {
            // A part may be there.
            self.file.set_len(self.written)?;
            io::Seek::seek(&mut self.file, io::SeekFrom::End(0))?;
            return Err(error);
        }
        self.digest.update(bytes);
        self.written += bytes.len() as u64;
        self.sync.shared.written.fetch_add(bytes.len() as u64, Ordering::Release);
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.end(EndReason::Rotated)?;
        let head = head_of(&self.about, self.number + 1, self.previous.clone());
        let mut table = Vec::new();
        for (&track, body) in &self.tracks {
            table.extend(journal::own(Kind::Track, track, self.at_ns, body));
        }
        if let Some(stage) = &self.stage {
            table.extend(journal::own(Kind::Stage, 0, self.at_ns, stage));
        }
        let (file, digest, written) = begin(&self.folder, &head, &table, self.at_ns)?;
        self.sync.shared.state().files.push(file.try_clone()?);
        (self.file, self.digest, self.written) = (file, digest, written);
        (self.number, self.began) = (head.segment, Instant::now());
        Ok(())
    }

    fn end(&mut self, reason: EndReason) -> io::Result<()> {
        let sha256 = journal::hex(self.digest.clone().finish().as_ref());
        self.append(&journal::end(reason, sha256.clone(), self.at_ns))?;
        self.previous = Some(sha256);
        Ok(())
    }

    /// Notes what the next segment has to begin with.
    fn learn(&mut self, mut rest: &[u8]) {
        while let Ok((record, len)) = record::read(rest) {
            rest = &rest[len..];
            self.at_ns = record.head.at_ns;
            if self.serial != 0 {
                self.lost += record.head.serial.saturating_sub(self.serial + 1);
            }
            self.serial = record.head.serial;
            match record.head.kind {
                Kind::Track => drop(self.tracks.insert(record.head.track, record.body.to_vec())),
                Kind::TrackEnd => drop(self.tracks.remove(&record.head.track)),
                Kind::Stage => self.stage = Some(record.body.to_vec()),
                _ => {}
            }
        }
    }
}

/// Closes the journal in a recording's folder that nothing writes any more; one that is closed, or was never begun, stays so.
///
/// # Errors
///
/// If a file can't be read or written.
pub fn close_left(folder: &Path) -> io::Result<()> {
    if archive::journal_folder(folder).exists() {
        recover(folder)?;
    }
    Ok(())
}

fn head_of(about: &About, segment: u32, previous: Option<String>) -> SegmentHead {
    SegmentHead {
        format: FORMAT,
        recording: about.recording.clone(),
        meeting: about.meeting.clone(),
        title: about.title.clone(),
        content_place: about.content_place,
        segment,
        run: about.run,
        previous,
        program: concat!("yunling ", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

/// Makes a segment with its first bytes; it and its name are on the disk then.
fn begin(folder: &Path, head: &SegmentHead, table: &[u8], at_ns: u64) -> io::Result<(File, Context, u64)> {
    let mut bytes = journal::beginning(head, at_ns);
    bytes.extend(table);
    let path = folder.join(journal::file_name(head.segment));
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    File::open(folder)?.sync_all()?;
    let mut digest = Context::new(&SHA256);
    digest.update(&bytes);
    Ok((file, digest, bytes.len() as u64))
}

/// Closes what was left open. The number of the next segment, and what the last one's End states.
fn recover(folder: &Path) -> io::Result<(u32, Option<String>)> {
    let Some((number, path)) = archive::segments(folder)?.pop() else { return Ok((1, None)) };
    let bytes = fs::read(&path)?;
    let (good, at_ns) = match Segment::open(&bytes) {
        Ok((_, mut records)) => {
            let at_ns = records.by_ref().map(|record| record.head.at_ns).last();
            let good = match records.ending() {
                Ending::Closed(end) => return Ok((number + 1, Some(end.sha256))),
                Ending::Open => bytes.len(),
                Ending::Torn { good, .. } => good,
            };
            (good, at_ns)
        }
        Err(_) => (0, None),
    };
    if good < bytes.len() {
        fs::write(path.with_extension("torn"), &bytes[good..])?;
    }
    if good == 0 {
        // Not even its Head was written: there is nothing in it.
        fs::remove_file(&path)?;
        let (before, previous) = recover(folder)?;
        return Ok((before, previous));
    }
    let sha256 = journal::sha256(&bytes[..good]);
    let mut file = OpenOptions::new().write(true).open(&path)?;
    file.set_len(good as u64)?;
    io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
    file.write_all(&journal::end(EndReason::Recovered, sha256.clone(), at_ns.unwrap_or_else(unix_ns)))?;
    file.sync_all()?;
    Ok((number + 1, Some(sha256)))
}

fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Whether it means that the disk has no room left for this.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

/// The thread that has the disk keep what was written.
struct Sync {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    written: AtomicU64,
    state: Mutex<SyncState>,
}

#[derive(Default)]
struct SyncState {
    /// The segment being written last, before it those that were ended since.
    files: Vec<File>,
    synced: u64,
    /// How long the last one took, and since when one is under way.
    took: Duration,
    since: Option<Instant>,
    ended: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, SyncState> {
        // Each change under the lock is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sync {
    fn start(file: File) -> io::Result<Self> {
        let state = Mutex::new(SyncState { files: vec![file], ..SyncState::default() });
        let shared = Arc::new(Shared { written: AtomicU64::new(0), state });
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new().name("sync".to_owned()).spawn(move || keep_syncing(&theirs))?;
        Ok(Self { shared, thread: Some(thread) })
    }
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.shared.state().ended = true;
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It has nothing to tell.
            let _ = thread.join();
        }
    }
}

fn keep_syncing(shared: &Shared) {
    loop {
        thread::park_timeout(SYNC_EVERY);
        let written = shared.written.load(Ordering::Acquire);
        let (files, began) = {
            let mut state = shared.state();
            if state.ended {
                return;
            }
            if state.synced == written {
                continue;
            }
            let began = Instant::now();
            state.since = Some(began);
            (std::mem::take(&mut state.files), began)
        };
        // An error here comes again at the next write, where it is told.
        let kept = files.iter().all(|file| file.sync_data().is_ok());
        let mut state = shared.state();
        (state.since, state.took) = (None, began.elapsed());
        if kept {
            state.synced = written;
        }
        // The last one goes on being written, unless a newer one came meanwhile.
        if state.files.is_empty() {
            state.files.extend(files.into_iter().next_back());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{recorder::verify::Gap, relay::tap::record::Head};

    fn about(run: u64) -> About {
        About {
            recording: "r1".to_owned(),
            meeting: "council".to_owned(),
            title: "防汛会商".to_owned(),
            content_place: ContentPlace::Corner,
            run,
        }
    }

    fn packet(serial: u64) -> Vec<u8> {
        record::made(Head { kind: Kind::Rtp, track: 1, serial, at_ns: serial * 1_000_000 }, &[serial as u8; 100])
    }

    fn open(folder: &Path, run: u64, span: Duration) -> Writer {
        Writer::open(folder, about(run), span).expect("opens")
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn segments_follow_each_other_and_each_can_be_read_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = open(folder.path(), 7, Duration::ZERO);
        let track = Head { kind: Kind::Track, track: 1, serial: 1, at_ns: 5 };
        let body = br#"{"participant":"p","name":"n","role":"main","codec":"opus"}"#;
        writer.write(&record::made(track, body)).unwrap();
        for serial in 2..6 {
            writer.write(&packet(serial)).unwrap();
        }
        writer.close(EndReason::Stopped).unwrap();
        let verdict = archive::verify(folder.path()).unwrap();
        assert_eq!((verdict.findings, verdict.gaps), (vec![], vec![]));
        assert_eq!((verdict.segments, verdict.packets, verdict.end.unwrap().reason), (6, 4, EndReason::Stopped));
        let (_, last) = archive::segments(folder.path()).unwrap().pop().unwrap();
        let bytes = fs::read(last).unwrap();
        let kinds: Vec<_> = Segment::open(&bytes).unwrap().1.map(|record| record.head.kind).collect();
        assert_eq!(kinds, [Kind::Track, Kind::Rtp], "what a source is stands in every segment");
    }

    #[test]
    fn who_comes_after_a_kill_cuts_the_torn_tail_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = open(folder.path(), 7, LONG);
        for serial in 1..=3 {
            writer.write(&packet(serial)).unwrap();
        }
        // As if it had been killed within a write.
        writer.append(&packet(4)[..60]).unwrap();
        drop(writer);
        let mut writer = open(folder.path(), 7, LONG);
        writer.write(&packet(6)).unwrap();
        writer.close(EndReason::Stopped).unwrap();
        let verdict = archive::verify(folder.path()).unwrap();
        assert_eq!(verdict.findings, []);
        assert_eq!(verdict.gaps, [Gap { from_ns: 3_000_000, to_ns: 6_000_000, lost: Some(2) }]);
        let torn = archive::journal_folder(folder.path()).join("000001.torn");
        assert_eq!(fs::read(torn).unwrap(), &packet(4)[..60], "nothing is thrown away");
    }

    #[test]
    fn a_segment_without_so_much_as_a_head_makes_way() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path(), 7, LONG).close(EndReason::Stopped).unwrap();
        fs::write(archive::journal_folder(folder.path()).join("000002.rtpj"), b"YLRT").unwrap();
        open(folder.path(), 8, LONG).close(EndReason::Stopped).unwrap();
        let verdict = archive::verify(folder.path()).unwrap();
        assert_eq!((verdict.segments, verdict.findings), (2, vec![]));
    }
}
