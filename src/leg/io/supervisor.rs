//! Keeps the legs running: checks the pipeline files at start, starts a child process for each leg, and again when it ends.
//!
//! The main type is [`Legs`]. Legs are added, changed, stopped and removed while it runs; each has one task, which obeys the
//! latest wish for it. An ended or stalled process costs its leg for as long as [`reconnect`](crate::leg::reconnect) says; a
//! file that can't be used disables its legs alone, with its reason on the status page.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::{dial, library};
use crate::{
    child_process::Process,
    id::{LegId, MeetingId, ParticipantId, RoomId, SessionId},
    leg::{
        health::Health,
        job::{Job, Picture, Report, Secret, Trouble},
        params,
        pipeline_file::PipelineFile,
        plan::LegPlan,
        problem::{Fault, Problem},
        reconnect::{Ending, Reconnect},
    },
    relay::{
        command::{GoneReason, RoomEvent},
        io::handle::{LegOffer, LegTicket, RelayHandle},
    },
    shutdown::Shutdown,
    subnet::Subnet,
};
use std::{
    collections::BTreeMap,
    future::pending,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    process::Command,
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
};

/// How long the check of one file may take: a machine without a plugin registry first reads all plugins.
const CHECK_LIMIT: Duration = Duration::from_secs(20);

/// How often it is asked whether a meeting has come on air: a map's look-up.
const ON_AIR_EVERY: Duration = Duration::from_millis(500);

/// Where things are.
#[derive(Debug, Clone)]
pub struct LegsSettings {
    /// The program that has the subcommand `__leg`: this one.
    pub program: PathBuf,
    /// Folder of further pipeline files.
    pub pipelines: PathBuf,
    /// Where GStreamer keeps its list of plugins; `None`: where it likes, which needs a home directory.
    pub registry: Option<PathBuf>,
    /// Networks that may be connected to, and called from.
    pub allowed: Vec<Subnet>,
}

/// Tells which room a meeting has now, if any.
pub type RoomOf = Arc<dyn Fn(&MeetingId) -> Option<RoomId> + Send + Sync>;

/// How a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegState {
    /// It is not to run.
    Stopped,
    /// Its meeting is not on air.
    Idle,
    /// Its source is looked for, or its process was started and has not delivered yet.
    Starting,
    /// It feeds the meeting.
    Running,
    /// Its source is away, or was never there; it is tried again.
    Waiting,
    /// Its source is there and sends what can't be used; it is tried again.
    Refused,
    /// It can't be started.
    Disabled,
}

/// One leg, for the status page.
#[derive(Debug, Clone, PartialEq)]
pub struct LegStatus {
    /// Its id.
    pub id: LegId,
    /// The meeting it feeds.
    pub meeting: MeetingId,
    /// Who its pictures belong to.
    pub participant: ParticipantId,
    /// Shown name.
    pub name: String,
    /// How it is.
    pub state: LegState,
    /// How often it was started again.
    pub restarts: u64,
    /// What is or was last wrong; while it runs, only what does not stop it.
    pub problem: Option<Problem>,
    /// Its child process, while there is one.
    pub process: Option<u32>,
    /// Since when it runs.
    pub since: Option<SystemTime>,
    /// How its picture is, while it runs.
    pub picture: Option<Picture>,
}

/// One pipeline file, for the status page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineStatus {
    /// Its name.
    pub file: String,
    /// What it is for; empty if it could not be read.
    pub purpose: String,
    /// Why it can't be used; `None` if it can.
    pub fault: Option<String>,
}

/// All legs of this server.
pub struct Legs {
    settings: LegsSettings,
    surroundings: OnceLock<Surroundings>,
    board: Mutex<Board>,
    changes: watch::Sender<()>,
}

/// What a running leg needs from others.
struct Surroundings {
    shutdown: Shutdown,
    relay: RelayHandle,
    room_of: RoomOf,
    files: watch::Sender<Option<Files>>,
}

type Files = Arc<BTreeMap<String, Result<Arc<Usable>, String>>>;

#[derive(Default)]
struct Board {
    legs: BTreeMap<LegId, Entry>,
    pipelines: Vec<PipelineStatus>,
}

struct Entry {
    status: LegStatus,
    /// Dropped to remove it.
    wish: watch::Sender<Wish>,
}

/// What is wished of a leg.
#[derive(Clone)]
struct Wish {
    plan: Arc<LegPlan>,
    run: bool,
}

/// A file that can be used.
struct Usable {
    name: String,
    text: String,
    file: PipelineFile,
}

impl Legs {
    /// No legs yet.
    #[must_use]
    pub fn new(settings: LegsSettings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            surroundings: OnceLock::new(),
            board: Mutex::default(),
            changes: watch::Sender::new(()),
        })
    }

    /// Checks all pipeline files, then lets the legs run until the shutdown begins. Returns at once.
    ///
    /// # Panics
    ///
    /// If it was started before.
    pub fn start(self: &Arc<Self>, shutdown: &Shutdown, relay: &RelayHandle, room_of: &RoomOf) {
        let surroundings = Surroundings {
            shutdown: shutdown.clone(),
            relay: relay.clone(),
            room_of: Arc::clone(room_of),
            files: watch::Sender::new(None),
        };
        assert!(self.surroundings.set(surroundings).is_ok(), "legs are started once");
        let (legs, stop) = (Arc::clone(self), shutdown.clone());
        shutdown.spawn("pipeline check", async move {
            tokio::select! {
                files = legs.check_files() => {
                    if let Some(surroundings) = legs.surroundings.get() {
                        surroundings.files.send_replace(Some(Arc::new(files)));
                    }
                }
                () = stop.begun() => {}
            }
        });
        let waiting: Vec<_> = self.board().legs.values().map(|entry| entry.wish.subscribe()).collect();
        waiting.into_iter().for_each(|wish| self.keep(wish));
    }

    /// Adds a leg, or changes it: what ran of it before ends first. It runs while its meeting is on air, if it is to `run`.
    pub fn put(self: &Arc<Self>, plan: LegPlan, run: bool) {
        let (id, meeting, name) = (plan.id.clone(), plan.meeting.clone(), plan.name.clone());
        let participant = plan.participant.clone();
        let wish = Wish { plan: Arc::new(plan), run };
        let mut board = self.board();
        if let Some(entry) = board.legs.get_mut(&id) {
            (entry.status.meeting, entry.status.participant, entry.status.name) = (meeting, participant, name);
            entry.wish.send_replace(wish);
            return;
        }
        let (sender, receiver) = watch::channel(wish);
        let state = if run { LegState::Starting } else { LegState::Stopped };
        let status = LegStatus {
            id: id.clone(),
            meeting,
            participant,
            name,
            state,
            restarts: 0,
            problem: None,
            process: None,
            since: None,
            picture: None,
        };
        board.legs.insert(id, Entry { status, wish: sender });
        drop(board);
        self.keep(receiver);
    }

    /// Lets a leg run, or not. `false` if there is none of that id.
    pub fn run(&self, id: &LegId, run: bool) -> bool {
        let board = self.board();
        let Some(entry) = board.legs.get(id) else { return false };
        entry.wish.send_modify(|wish| wish.run = run);
        true
    }

    /// Removes a leg; its process ends. `false` if there is none of that id.
    pub fn remove(&self, id: &LegId) -> bool {
        self.board().legs.remove(id).is_some()
    }

    /// Every leg.
    #[must_use]
    pub fn legs(&self) -> Vec<LegStatus> {
        self.board().legs.values().map(|entry| entry.status.clone()).collect()
    }

    /// Every pipeline file that was found at start.
    #[must_use]
    pub fn pipelines(&self) -> Vec<PipelineStatus> {
        self.board().pipelines.clone()
    }

    /// Tells that a leg's state, or what is wrong with it, became another.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Starts the task of a leg, once there is something to run it with.
    fn keep(self: &Arc<Self>, wish: watch::Receiver<Wish>) {
        let Some(surroundings) = self.surroundings.get() else { return };
        let runner = Runner {
            legs: Arc::clone(self),
            relay: surroundings.relay.clone(),
            room_of: Arc::clone(&surroundings.room_of),
            shutdown: surroundings.shutdown.clone(),
            files: surroundings.files.subscribe(),
        };
        surroundings.shutdown.spawn("leg", runner.obey_all(wish));
    }

    async fn check_files(&self) -> BTreeMap<String, Result<Arc<Usable>, String>> {
        let folder = self.settings.pipelines.clone();
        let found = tokio::task::spawn_blocking(move || library::find(&folder)).await.unwrap_or_default();
        let mut files = BTreeMap::new();
        for (name, text) in found {
            let (purpose, checked) = match text {
                Ok(text) => self.check_file(&name, text).await,
                Err(reason) => (String::new(), Err(reason)),
            };
            let fault = checked.as_ref().err().cloned();
            if let Some(reason) = &fault {
                tracing::error!(file = name, reason, "a pipeline file can't be used");
            }
            self.board().pipelines.push(PipelineStatus { file: name.clone(), purpose, fault });
            files.insert(name, checked);
        }
        files
    }

    async fn check_file(&self, name: &str, text: String) -> (String, Result<Arc<Usable>, String>) {
        let file = match PipelineFile::parse(name, &text) {
            Ok(file) => file,
            Err(error) => return (String::new(), Err(error.to_string())),
        };
        let job = Job::Check { file: name.to_owned(), text: text.clone(), selftest: false };
        let checked = ask(&self.settings, &job).await;
        let usable = |_| Arc::new(Usable { name: name.to_owned(), text, file: file.clone() });
        (file.purpose.clone(), checked.map(usable))
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        // Nothing between lock and unlock can leave the board half-written.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, id: &LegId, change: impl FnOnce(&mut LegStatus)) {
        let mut board = self.board();
        let Some(entry) = board.legs.get_mut(id) else { return };
        let before = (entry.status.state, entry.status.problem.clone());
        change(&mut entry.status);
        if before != (entry.status.state, entry.status.problem.clone()) {
            self.changes.send_replace(());
        }
    }

    /// It does not run now, for this reason.
    fn rests(&self, id: &LegId, state: LegState, problem: Option<Problem>) {
        self.change(id, |status| {
            (status.state, status.problem) = (state, problem);
            (status.process, status.since, status.picture) = (None, None, None);
        });
    }
}

fn usable(files: &Files, plan: &LegPlan) -> Result<Arc<Usable>, Problem> {
    let file = files.get(&plan.file).ok_or_else(|| Problem::NoFile(plan.file.clone()))?;
    let file = file.as_ref().map_err(|reason| Problem::File(reason.clone()))?;
    let mut values = plan.values.clone();
    // Any address will do to see whether the values fit the file.
    plan.dial.set(Some(([127, 0, 0, 1], 1).into()), &mut values);
    match params::bind(&file.file.params, &values) {
        Ok(_) => Ok(Arc::clone(file)),
        Err(error) => Err(Problem::File(format!("{}: {error}", plan.file))),
    }
}

/// Has a child process do a job that ends with a report: a check, or a search for elements. The error says why there is none.
pub async fn ask(settings: &LegsSettings, job: &Job) -> Result<Report, String> {
    let answer = async {
        let mut process = start(settings, job).await.map_err(|error| error.to_string())?;
        loop {
            match process.next_report().await {
                Some(report @ (Report::Checked { .. } | Report::Found { .. })) => return Ok(report),
                Some(Report::Failed { detail, .. }) => return Err(detail),
                Some(Report::Alive { .. }) => {}
                None => return Err(format!("its check ended without a result ({})", process.end().await)),
            }
        }
    };
    let late = |_| format!("its check did not end within {} s", CHECK_LIMIT.as_secs());
    tokio::time::timeout(CHECK_LIMIT, answer).await.map_err(late)?
}

/// Runs one leg.
struct Runner {
    legs: Arc<Legs>,
    relay: RelayHandle,
    room_of: RoomOf,
    shutdown: Shutdown,
    files: watch::Receiver<Option<Files>>,
}

impl Runner {
    /// Obeys each wish until the next comes, the leg is removed or the shutdown begins.
    async fn obey_all(self, mut wishes: watch::Receiver<Wish>) {
        let mut process = None;
        let mut goes_on = true;
        while goes_on {
            let wish = wishes.borrow_and_update().clone();
            tokio::select! {
                () = self.obey(&wish, &mut process) => {}
                changed = wishes.changed() => goes_on = changed.is_ok(),
                () = self.shutdown.begun() => goes_on = false,
            }
            end(&mut process).await;
        }
    }

    /// Never ends by itself.
    async fn obey(&self, wish: &Wish, process: &mut Option<Process>) {
        let plan = &*wish.plan;
        if !wish.run {
            self.legs.rests(&plan.id, LegState::Stopped, None);
            return pending().await;
        }
        let mut checked = self.files.clone();
        let files = checked.wait_for(Option::is_some).await.ok().and_then(|files| files.clone());
        // Without an answer the shutdown has begun.
        let Some(files) = files else { return pending().await };
        match usable(&files, plan) {
            Ok(file) => self.keep_running(plan, &file, process).await,
            Err(problem) => {
                tracing::error!(leg = %plan.id, reason = problem.en(), "the leg is disabled");
                self.legs.rests(&plan.id, LegState::Disabled, Some(problem));
                pending().await
            }
        }
    }

    async fn keep_running(&self, plan: &LegPlan, file: &Usable, process: &mut Option<Process>) {
        let mut run = Run { runner: self, plan, file, reconnect: Reconnect::default(), known: None };
        loop {
            let Some(room) = (self.room_of)(&plan.meeting) else {
                self.legs.rests(&plan.id, LegState::Idle, None);
                // No event tells of it: the meeting is opened by a use case, which knows of no legs.
                tokio::time::sleep(ON_AIR_EVERY).await;
                continue;
            };
            let problem = run.once(room, process).await;
            if problem == Problem::RoomClosed {
                self.legs.rests(&plan.id, LegState::Idle, None);
                end(process).await;
                tokio::time::sleep(ON_AIR_EVERY).await;
                continue;
            }
            let wait = run.ended(problem);
            let from = Instant::now();
            // After the alarm is out and the picture is off: a process may take its time to end.
            end(process).await;
            tokio::time::sleep_until((from + wait).into()).await;
        }
    }
}

async fn start(settings: &LegsSettings, job: &Job) -> io::Result<Process> {
    let mut command = Command::new(&settings.program);
    command.arg("__leg").kill_on_drop(true);
    if let Some(registry) = &settings.registry {
        command.env("GST_REGISTRY", registry);
    }
    Process::start(command, job).await
}

async fn end(process: &mut Option<Process>) {
    if let Some(process) = process {
        process.end().await;
    }
    *process = None;
}

/// One leg's attempts, one after the other.
struct Run<'a> {
    runner: &'a Runner,
    plan: &'a LegPlan,
    file: &'a Usable,
    reconnect: Reconnect,
    /// What was last wrong, and is told in the log already.
    known: Option<Problem>,
}

impl Run<'_> {
    /// Finds the source, attaches, runs a process, and says why it ended. The process is left in its place.
    async fn once(&mut self, room: RoomId, place: &mut Option<Process>) -> Problem {
        let (legs, plan) = (&self.runner.legs, self.plan);
        let again = self.known.is_some();
        legs.change(&plan.id, |status| {
            status.restarts += u64::from(again);
            // A source that is away stays so to the eye until it is back: only the first search is a start.
            if !matches!(status.state, LegState::Waiting | LegState::Refused) {
                (status.state, status.problem) = (LegState::Starting, None);
            }
        });
        let address = match dial::find(&plan.dial, &legs.settings.allowed).await {
            Ok(address) => address,
            Err(fault) => return Problem::Source(fault),
        };
        let Some(session) = new_session() else { return Problem::NotStarted };
        let events = self.runner.relay.subscribe();
        let ticket = match self.runner.relay.attach_leg(self.offer(room, session.clone())).await {
            Ok(ticket) => ticket,
            Err(error) => {
                tracing::debug!(leg = %plan.id, %error, "the relay did not take the leg");
                return Problem::Refused;
            }
        };
        let (relay, shutdown) = (self.runner.relay.clone(), self.runner.shutdown.clone());
        let attached = Attached { relay, shutdown, room, session };
        let mut values = plan.values.clone();
        plan.dial.set(address, &mut values);
        match start(&legs.settings, &self.job(ticket, values)).await {
            Ok(process) => self.watch(place.insert(process), &attached.session, events).await,
            Err(error) => {
                tracing::debug!(leg = %plan.id, %error, "the leg's process did not start");
                Problem::NotStarted
            }
        }
    }

    /// Tells of the end, and how long to wait.
    fn ended(&mut self, problem: Problem) -> Duration {
        let wait = self.reconnect.ended(Instant::now(), Ending::of(&problem, self.plan.dial.listens()));
        let (leg, reason) = (&self.plan.id, problem.en());
        if self.known.as_ref() == Some(&problem) {
            tracing::debug!(%leg, reason, ?wait, "the leg ended again");
        } else {
            tracing::warn!(%leg, reason, ?wait, "the leg ended");
        }
        let refused = matches!(&problem, Problem::Source(fault) if fault.is_refusal());
        let state = if refused { LegState::Refused } else { LegState::Waiting };
        self.known = Some(problem.clone());
        self.runner.legs.rests(leg, state, Some(problem));
        wait
    }

    fn offer(&self, room: RoomId, session: SessionId) -> LegOffer {
        LegOffer {
            room,
            session,
            leg: self.plan.id.clone(),
            participant: self.plan.participant.clone(),
            name: self.plan.name.clone(),
            role: self.plan.role,
            video: self.file.file.video,
            audio: self.file.file.audio,
        }
    }

    fn job(&self, ticket: LegTicket, values: params::Values) -> Job {
        Job::Run {
            file: self.file.name.clone(),
            text: self.file.text.clone(),
            values,
            socket: ticket.socket,
            secret: Secret(ticket.secret),
            cautious: self.known == Some(Problem::Source(Fault::KeyFrames)),
            allowed: self.runner.legs.settings.allowed.clone(),
        }
    }

    /// Follows the process until it ends or must be ended.
    async fn watch(
        &mut self,
        process: &mut Process,
        session: &SessionId,
        mut events: broadcast::Receiver<RoomEvent>,
    ) -> Problem {
        let id = &self.plan.id;
        self.runner.legs.change(id, |status| status.process = process.id());
        let mut health = Health::starting(Instant::now(), self.plan.dial.listens());
        loop {
            let deadline = health.deadline();
            let silence = async {
                match &deadline {
                    Some((at, fault)) => {
                        tokio::time::sleep_until((*at).into()).await;
                        fault.clone()
                    }
                    None => pending().await,
                }
            };
            tokio::select! {
                report = process.next_report() => match report {
                    Some(Report::Alive { counts, picture, dropped, hindrance }) => {
                        tracing::trace!(leg = %id, ?counts, dropped, "alive");
                        if health.told(Instant::now(), counts) {
                            self.runs(&health, picture);
                        } else if health.is_waiting_for_call() {
                            self.listens(hindrance);
                        }
                    }
                    Some(Report::Failed { trouble, detail }) => {
                        tracing::debug!(leg = %id, ?trouble, detail, "the leg's process failed");
                        return match trouble {
                            Trouble::Source(fault) => Problem::Source(fault),
                            Trouble::Worker => Problem::Removed,
                            Trouble::Pipeline | Trouble::Job => Problem::Pipeline,
                        };
                    }
                    Some(Report::Checked { .. } | Report::Found { .. }) => {}
                    None => return Problem::Crashed,
                },
                event = events.recv() => match event {
                    // That the process closed its socket is told better by the process.
                    Ok(RoomEvent::PeerGone { session: gone, reason, .. })
                        if gone == *session && reason != GoneReason::LegEnded =>
                    {
                        return if reason == GoneReason::RoomClosed { Problem::RoomClosed } else { Problem::Removed };
                    }
                    // Missed news costs nothing: a removed leg's socket is closed, and its process tells.
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Problem::Removed,
                },
                fault = silence => return Problem::Source(fault),
            }
        }
    }

    fn runs(&mut self, health: &Health, picture: Option<Picture>) {
        let now = Instant::now();
        self.reconnect.delivers(now);
        let problem = health.notice(now).map(Problem::Source);
        self.runner.legs.change(&self.plan.id, |status| {
            if status.state != LegState::Running {
                tracing::info!(leg = %self.plan.id, "the leg delivers");
                (status.state, status.since) = (LegState::Running, Some(SystemTime::now()));
            }
            (status.problem, status.picture) = (problem, picture);
        });
    }

    fn listens(&self, hindrance: Option<Fault>) {
        let problem = hindrance.map_or(Problem::NoCall, Problem::Source);
        self.runner.legs.change(&self.plan.id, |status| {
            if status.problem.as_ref() != Some(&problem) {
                tracing::info!(leg = %self.plan.id, reason = problem.en(), "the leg waits");
            }
            (status.state, status.problem) = (LegState::Waiting, Some(problem));
        });
    }
}

fn new_session() -> Option<SessionId> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    let text = format!("leg-{:032x}", u128::from_ne_bytes(bytes));
    Some(text.parse().expect("hexadecimal digits and a dash are an id"))
}

/// Leaves the room when dropped, so that a room holds no leg whose process is gone.
struct Attached {
    relay: RelayHandle,
    shutdown: Shutdown,
    room: RoomId,
    session: SessionId,
}

impl Drop for Attached {
    fn drop(&mut self) {
        if self.shutdown.has_begun() {
            return;
        }
        let (relay, room, session) = (self.relay.clone(), self.room, self.session.clone());
        self.shutdown.spawn("leg leaves", async move {
            // The worker has usually noticed first.
            let _ = relay.leave(room, &session).await;
        });
    }
}
