//! Keeps recordings going: one process for each, and another when it ends before its time.
//!
//! The main type is [`Recorders`]. While a process is replaced the room's tap keeps what comes, so that the next one goes on where
//! the last one was; what was lost all the same has its place in the journal.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::{
    finaliser::{self, FinaliserSettings},
    free_bytes, writer,
};
use crate::{
    child_process::Process,
    id::{MeetingId, ParticipantId, RecordingId, RoomId},
    recorder::{
        job::{Job, Report, Secret},
        journal::ContentPlace,
    },
    relay::io::handle::RelayHandle,
    shutdown::Shutdown,
};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    process::Command,
    sync::{Semaphore, watch},
    time::sleep,
};

/// How soon a process must have confirmed that it writes.
pub const CONFIRM_LIMIT: Duration = Duration::from_secs(3);

/// How long a segment is, seconds.
const SEGMENT_SECONDS: u64 = 60;

/// How often it is looked whether the meeting has a room, and whether a full disk has room again.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Longest pause before another process is started; the first is started at once.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Recordings of which pieces are made at the same time: of four, composing takes a core.
const MAKERS_MAX: usize = 2;

/// When it is tried again to make pieces.
const FOLLOW_AGAIN: Duration = Duration::from_secs(60);

/// How long a recording that ends waits for its journal to be closed.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// Where things are.
#[derive(Debug, Clone)]
pub struct RecordersSettings {
    /// The program that has the subcommand `__recorder`: this one.
    pub program: PathBuf,
    /// The folder of all recordings.
    pub folder: PathBuf,
    /// Bytes that must stay free on the disk.
    pub free_bytes_min: u64,
    /// How pieces of the programme are made while it is recorded.
    pub finaliser: FinaliserSettings,
    /// How long these are, seconds.
    pub piece_seconds: u64,
}

/// Tells which room a meeting has now, if any.
pub type RoomOf = Arc<dyn Fn(&MeetingId) -> Option<RoomId> + Send + Sync>;

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct RecordingPlan {
    /// The recording.
    pub id: RecordingId,
    /// Its meeting.
    pub meeting: MeetingId,
    /// The meeting's title.
    pub title: String,
    /// Whose camera is kept whether it is on air or not.
    pub cameras: Vec<ParticipantId>,
    /// Where the programme is to show content.
    pub content_place: ContentPlace,
}

/// How a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecorderState {
    /// Its process has not confirmed yet that it writes, or is being replaced.
    Starting,
    /// It writes.
    Writing,
    /// The disk has no room; it goes on when there is some again.
    DiskFull,
}

/// One recording that is to run.
#[derive(Debug, Clone)]
pub struct RecorderStatus {
    /// What it is.
    pub plan: RecordingPlan,
    /// How it is.
    pub state: RecorderState,
    /// Since when it is so, monotonic and wall clock.
    pub since: (Instant, SystemTime),
    /// Since when it runs in this server.
    pub begun: Instant,
    /// How often its process was replaced.
    pub restarts: u64,
    /// Bytes written since the server runs.
    pub bytes: u64,
    /// Records that are missing since the server runs.
    pub lost: u64,
    /// Bytes free on the disk.
    pub free: Option<u64>,
    /// How long the disk takes to keep what is written, milliseconds.
    pub sync_ms: u64,
    /// Its process.
    pub process: Option<u32>,
    /// Up to when pieces of the programme can be played, milliseconds after its beginning.
    pub composed_ms: u64,
}

/// All recordings of this server that are to run.
pub struct Recorders {
    settings: RecordersSettings,
    surroundings: OnceLock<(Shutdown, RelayHandle, RoomOf)>,
    board: Mutex<BTreeMap<RecordingId, Entry>>,
    /// Leave to make pieces.
    makers: Semaphore,
}

struct Entry {
    status: RecorderStatus,
    stop: watch::Sender<bool>,
    /// Closed by the task when it has ended.
    ended: watch::Receiver<()>,
}

impl Recorders {
    /// No recordings yet.
    #[must_use]
    pub fn new(settings: RecordersSettings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            surroundings: OnceLock::new(),
            board: Mutex::default(),
            makers: Semaphore::new(MAKERS_MAX),
        })
    }

    /// Says what recordings run with, before the first one.
    ///
    /// # Panics
    ///
    /// If it was said before.
    pub fn begin(&self, shutdown: &Shutdown, relay: &RelayHandle, room_of: &RoomOf) {
        let surroundings = (shutdown.clone(), relay.clone(), Arc::clone(room_of));
        assert!(self.surroundings.set(surroundings).is_ok(), "recorders are begun once");
    }

    /// Lets a recording run, or go on. It does so until it is stopped or the shutdown begins.
    pub fn start(self: &Arc<Self>, plan: RecordingPlan) {
        let Some((shutdown, relay, room_of)) = self.surroundings.get() else { return };
        let (stop, stops) = watch::channel(false);
        let (alive, ended) = watch::channel(());
        let status = RecorderStatus {
            plan: plan.clone(),
            state: RecorderState::Starting,
            since: (Instant::now(), SystemTime::now()),
            begun: Instant::now(),
            restarts: 0,
            bytes: 0,
            lost: 0,
            free: None,
            sync_ms: 0,
            process: None,
            composed_ms: 0,
        };
        let mut board = self.board();
        if board.contains_key(&plan.id) {
            return;
        }
        board.insert(plan.id.clone(), Entry { status, stop, ended });
        drop(board);
        let runner = Runner {
            recorders: Arc::clone(self),
            relay: relay.clone(),
            room_of: Arc::clone(room_of),
            shutdown: shutdown.clone(),
            plan,
            stops,
        };
        let (recorders, id) = (Arc::clone(self), runner.plan.id.clone());
        let follower = Follower {
            recorders: Arc::clone(self),
            id: id.clone(),
            shutdown: shutdown.clone(),
            stops: runner.stops.clone(),
        };
        let also_alive = alive.clone();
        shutdown.spawn("pieces of a recording", async move {
            follower.run().await;
            drop(also_alive);
        });
        shutdown.spawn("recording", async move {
            runner.run().await;
            recorders.board().remove(&id);
            drop(alive);
        });
    }

    /// Stops a recording and waits until its journal is closed, though not for ever: on a disk that is slow it goes on being
    /// written, and is in [`recordings`](Self::recordings) until it is closed.
    pub async fn stop(&self, id: &RecordingId) {
        let Some(entry) = self.board().get(id).map(|entry| (entry.stop.clone(), entry.ended.clone())) else { return };
        let (stop, mut ended) = entry;
        stop.send_replace(true);
        if tokio::time::timeout(CLOSE_LIMIT, ended.changed()).await.is_err() {
            tracing::error!(recording = %id, "its journal is not closed yet: the disk is slow, or its recorder stands still");
        }
    }

    /// Closes the journal of a recording that nothing writes any more.
    ///
    /// # Errors
    ///
    /// If it can't be read or written.
    pub fn close_left(&self, id: &RecordingId) -> io::Result<()> {
        writer::close_left(&self.folder_of(id))
    }

    /// Every recording that is to run, or is still being written.
    #[must_use]
    pub fn recordings(&self) -> Vec<RecorderStatus> {
        self.board().values().map(|entry| entry.status.clone()).collect()
    }

    /// The folder of all recordings.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.settings.folder
    }

    /// The folder of a recording.
    #[must_use]
    pub fn folder_of(&self, id: &RecordingId) -> PathBuf {
        self.settings.folder.join(id.as_str())
    }

    fn board(&self) -> MutexGuard<'_, BTreeMap<RecordingId, Entry>> {
        // Nothing between lock and unlock can leave the board half-written.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has pieces of one recording's programme made while it runs.
struct Follower {
    recorders: Arc<Recorders>,
    id: RecordingId,
    shutdown: Shutdown,
    stops: watch::Receiver<bool>,
}

impl Follower {
    async fn run(self) {
        let shutdown = self.shutdown.clone();
        let mut stops = self.stops.clone();
        tokio::select! {
            // A sender that is gone is a recording that is forgotten.
            _ = stops.wait_for(|stop| *stop) => {}
            () = shutdown.begun() => {}
            () = self.follow() => {}
        }
    }

    /// Follows for ever; dropped, its process is killed.
    async fn follow(&self) {
        let recorders = Arc::clone(&self.recorders);
        let settings = &recorders.settings;
        let folder = recorders.folder_of(&self.id);
        sleep(Duration::from_secs(settings.piece_seconds)).await;
        loop {
            let Ok(_leave) = recorders.makers.acquire().await else { return };
            let tell = |until_ms| {
                if let Some(entry) = recorders.board().get_mut(&self.id) {
                    entry.status.composed_ms = until_ms;
                }
            };
            let lengths = (settings.piece_seconds, settings.free_bytes_min);
            let Err(failure) = finaliser::follow(&settings.finaliser, &folder, lengths, tell).await;
            // The recording itself is none the worse, and its files can be made at its end.
            tracing::warn!(recording = %self.id, detail = failure.detail, "no pieces of the running recording are made for now");
            sleep(FOLLOW_AGAIN).await;
        }
    }
}

/// Runs one recording.
struct Runner {
    recorders: Arc<Recorders>,
    relay: RelayHandle,
    room_of: RoomOf,
    shutdown: Shutdown,
    plan: RecordingPlan,
    stops: watch::Receiver<bool>,
}

/// How a process ended.
enum Ended {
    /// As it was told to.
    Told,
    /// The disk is full.
    Full,
    /// Otherwise.
    Lost(String),
}

impl Runner {
    async fn run(mut self) {
        let mut pause = Duration::ZERO;
        loop {
            let began = Instant::now();
            let ended = match (self.room_of)(&self.plan.meeting) {
                Some(room) => self.record(room).await,
                None => Ended::Lost(String::new()),
            };
            match ended {
                Ended::Told => return,
                Ended::Full => {
                    tracing::error!(recording = %self.plan.id, "the disk is full: nothing is recorded until there is room");
                    self.becomes(RecorderState::DiskFull);
                    if self.rests_until(|runner| runner.has_room()).await {
                        return;
                    }
                    self.becomes(RecorderState::Starting);
                }
                Ended::Lost(how) => {
                    if !how.is_empty() {
                        tracing::error!(recording = %self.plan.id, how, "a recorder ended before its time; another goes on");
                        self.change(|status| status.restarts += 1);
                    }
                    self.becomes(RecorderState::Starting);
                    // One that fails at once fails again.
                    pause = if began.elapsed() > PAUSE_MAX { Duration::ZERO } else { pause };
                    let until = Instant::now() + pause;
                    if self.rests_until(|_| Instant::now() >= until).await {
                        return;
                    }
                    pause = (pause * 2).clamp(LOOK_EVERY, PAUSE_MAX);
                }
            }
        }
    }

    /// Records until the process ends.
    async fn record(&mut self, room: RoomId) -> Ended {
        let ticket = match self.relay.start_tap(room, self.plan.cameras.clone()).await {
            Ok(ticket) => ticket,
            Err(error) => return Ended::Lost(error.to_string()),
        };
        let recorders = Arc::clone(&self.recorders);
        let job = Job {
            folder: recorders.folder_of(&self.plan.id),
            recording: self.plan.id.to_string(),
            meeting: self.plan.meeting.to_string(),
            title: self.plan.title.clone(),
            content_place: self.plan.content_place,
            run: ticket.run,
            socket: ticket.recorder.socket,
            secret: Secret(ticket.recorder.secret),
            free_bytes_min: recorders.settings.free_bytes_min,
            segment_seconds: SEGMENT_SECONDS,
        };
        let mut command = Command::new(&recorders.settings.program);
        command.arg("__recorder");
        let mut process = match Process::start(command, &job).await {
            Ok(process) => process,
            Err(error) => return Ended::Lost(error.to_string()),
        };
        self.change(|status| status.process = process.id());
        let (bytes_before, lost_before) = self.status(|status| (status.bytes, status.lost)).unwrap_or_default();
        let mut stopping = false;
        let mut last = None;
        loop {
            tokio::select! {
                report = process.next_report() => match report {
                    Some(Report::Writing { segment }) => {
                        tracing::info!(recording = %self.plan.id, segment, "recording is being written");
                        self.becomes(RecorderState::Writing);
                    }
                    Some(Report::Alive { bytes, lost, free, sync_ms, .. }) => self.change(|status| {
                        (status.bytes, status.lost) = (bytes_before + bytes, lost_before + lost);
                        (status.free, status.sync_ms) = (Some(free), sync_ms);
                    }),
                    Some(report) => last = Some(report),
                    None => break,
                },
                () = self.told(), if !stopping => {
                    stopping = true;
                    if let Err(error) = self.relay.stop_tap(room).await {
                        tracing::warn!(recording = %self.plan.id, %error, "the room was gone before its recording ended");
                        break;
                    }
                }
            }
        }
        // With its stdin gone it closes what it has.
        let how = if stopping { String::new() } else { process.ended().await };
        self.change(|status| status.process = None);
        match last {
            _ if stopping => Ended::Told,
            Some(Report::Full) => Ended::Full,
            Some(Report::Failed { detail }) => Ended::Lost(detail),
            _ => Ended::Lost(how),
        }
    }

    /// Waits; `true` if meanwhile it was told to end.
    async fn rests_until(&mut self, over: impl Fn(&Self) -> bool) -> bool {
        while !over(self) {
            let told = tokio::select! {
                () = self.told() => true,
                () = sleep(LOOK_EVERY) => false,
            };
            if told {
                return true;
            }
        }
        *self.stops.borrow()
    }

    /// It was told to stop, or the server ends. What is stored says whether it goes on after that.
    async fn told(&mut self) {
        let shutdown = self.shutdown.clone();
        tokio::select! {
            // A sender that is gone is a recording that is forgotten.
            _ = self.stops.wait_for(|stop| *stop) => {}
            () = shutdown.begun() => {}
        }
    }

    fn has_room(&self) -> bool {
        let least = self.recorders.settings.free_bytes_min;
        // Not at the very edge, or it would stop again at once.
        free_bytes(&self.recorders.settings.folder).is_ok_and(|free| free >= least.saturating_add(least / 4))
    }

    fn becomes(&self, state: RecorderState) {
        self.change(|status| {
            if status.state != state {
                (status.state, status.since) = (state, (Instant::now(), SystemTime::now()));
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut RecorderStatus)) {
        if let Some(entry) = self.recorders.board().get_mut(&self.plan.id) {
            change(&mut entry.status);
        }
    }

    fn status<T>(&self, read: impl FnOnce(&RecorderStatus) -> T) -> Option<T> {
        self.recorders.board().get(&self.plan.id).map(|entry| read(&entry.status))
    }
}
