//! Keeps the legs running: checks the pipeline files at start, starts a child process for each leg, and again when it ends.
//!
//! The main type is [`Legs`]. An ended or stalled process costs its leg for as long as [`reconnect`](crate::leg::reconnect)
//! says; a file that can't be used disables its legs alone, with its reason on the status page.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::library;
use crate::{
    id::{LegId, MeetingId, ParticipantId, RoomId, SessionId},
    leg::{
        health::{Health, Sent},
        job::{Job, Report, Secret, Trouble},
        params::{self, Values},
        pipeline_file::PipelineFile,
        reconnect::Reconnect,
    },
    relay::{
        command::{GoneReason, RoomEvent},
        io::handle::{LegOffer, LegTicket, RelayHandle},
        media::Role,
    },
    shutdown::Shutdown,
};
use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdin, Command},
    sync::broadcast::{self, error::RecvError},
};

/// How long the check of one file may take: a machine without a plugin registry first reads all plugins.
const CHECK_LIMIT: Duration = Duration::from_secs(20);

/// How long a child may take to end once its stdin is closed; then it is killed.
const END_LIMIT: Duration = Duration::from_secs(3);

/// Where things are.
#[derive(Debug, Clone)]
pub struct LegsSettings {
    /// The program that has the subcommand `__leg`: this one.
    pub program: PathBuf,
    /// Folder of further pipeline files.
    pub pipelines: PathBuf,
    /// Where GStreamer keeps its list of plugins; `None`: where it likes, which needs a home directory.
    pub registry: Option<PathBuf>,
}

/// A leg that is to run.
#[derive(Debug, Clone)]
pub struct LegPlan {
    /// Its id.
    pub id: LegId,
    /// The meeting it feeds.
    pub meeting: MeetingId,
    /// Who its pictures belong to.
    pub participant: ParticipantId,
    /// Shown beside its picture.
    pub name: String,
    /// Camera and microphone, or content.
    pub role: Role,
    /// Name of its pipeline file.
    pub file: String,
    /// Values for the file's parameters.
    pub values: Values,
}

/// Tells which room a meeting has now, if any.
pub type RoomOf = Arc<dyn Fn(&MeetingId) -> Option<RoomId> + Send + Sync>;

/// How a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegState {
    /// Its process was started and has not delivered yet.
    Starting,
    /// It feeds the meeting.
    Running,
    /// It ended and will be started again.
    Waiting,
    /// It can't be started.
    Disabled,
}

/// What is wrong with a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such pipeline file.
    NoFile(String),
    /// Its pipeline file or a value for it can't be used; the reason, in English.
    File(String),
    /// Its meeting has no room now.
    NoRoom,
    /// The relay did not take it.
    Refused,
    /// The system does not start its process.
    NotStarted,
    /// Its process told why it ended.
    Ended(Trouble),
    /// Its process ended without a word.
    Crashed,
    /// Its process, or one of its tracks, delivered nothing.
    Stalled,
    /// The relay removed it.
    Removed,
}

impl Problem {
    /// A sentence for the operator, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NoFile(file) => format!("没有管线文件 {file}。请检查 gst-pipelines 文件夹。"),
            Self::File(reason) => format!("管线文件不可用，线路已停用：{reason}"),
            Self::NoRoom => "会议尚未开始，线路等待接入。".to_owned(),
            Self::Refused => "媒体服务暂时不能接入这条线路，稍后自动重试。".to_owned(),
            Self::NotStarted => "系统无法启动线路进程，稍后自动重试。".to_owned(),
            Self::Ended(Trouble::Source) => "信号源中断，正在自动重新连接。".to_owned(),
            Self::Ended(Trouble::Worker) | Self::Removed => "与媒体服务的连接断开，正在自动重新连接。".to_owned(),
            Self::Ended(Trouble::Pipeline | Trouble::Job) => "管线无法运行，稍后自动重试。详情见日志。".to_owned(),
            Self::Crashed => "线路进程意外退出，正在自动恢复。".to_owned(),
            Self::Stalled => "线路没有画面或声音送达，正在重新启动。".to_owned(),
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::NoFile(file) => format!("there is no pipeline file {file}; look into gst-pipelines"),
            Self::File(reason) => format!("the pipeline file can't be used: {reason}"),
            Self::NoRoom => "the meeting is not on air yet".to_owned(),
            Self::Refused => "the relay does not take the leg now; it is tried again".to_owned(),
            Self::NotStarted => "the system does not start the leg's process; it is tried again".to_owned(),
            Self::Ended(Trouble::Source) => "the source was interrupted; it is connected again".to_owned(),
            Self::Ended(Trouble::Worker) | Self::Removed => {
                "the connection to the relay ended; it is made again".to_owned()
            }
            Self::Ended(Trouble::Pipeline | Trouble::Job) => "the pipeline does not run; it is tried again".to_owned(),
            Self::Crashed => "the leg's process died; it is started again".to_owned(),
            Self::Stalled => "the leg delivered no picture or no sound; it is started again".to_owned(),
        }
    }
}

/// One leg, for the status page.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What is or was last wrong; `None` while it runs.
    pub problem: Option<Problem>,
    /// Its child process, while there is one.
    pub process: Option<u32>,
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
    board: Mutex<Board>,
}

#[derive(Default)]
struct Board {
    legs: BTreeMap<LegId, LegStatus>,
    pipelines: Vec<PipelineStatus>,
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
        Arc::new(Self { settings, board: Mutex::default() })
    }

    /// Checks all pipeline files, then keeps these legs running until the shutdown begins. Returns at once.
    pub fn start(self: &Arc<Self>, shutdown: &Shutdown, relay: &RelayHandle, room_of: &RoomOf, plans: Vec<LegPlan>) {
        for plan in &plans {
            let status = LegStatus {
                id: plan.id.clone(),
                meeting: plan.meeting.clone(),
                participant: plan.participant.clone(),
                name: plan.name.clone(),
                state: LegState::Starting,
                restarts: 0,
                problem: None,
                process: None,
            };
            self.board().legs.insert(plan.id.clone(), status);
        }
        let (legs, stop, relay, room_of) = (Arc::clone(self), shutdown.clone(), relay.clone(), Arc::clone(room_of));
        shutdown.spawn("pipeline check", async move {
            let files = tokio::select! {
                files = legs.check_files() => files,
                () = stop.begun() => return,
            };
            for plan in plans {
                match usable(&files, &plan) {
                    Err(problem) => {
                        tracing::error!(leg = %plan.id, reason = problem.en(), "the leg is disabled");
                        legs.set(&plan.id, LegState::Disabled, Some(problem), None);
                    }
                    Ok(file) => {
                        let runner = Runner {
                            legs: Arc::clone(&legs),
                            relay: relay.clone(),
                            room_of: Arc::clone(&room_of),
                            plan,
                            file,
                            shutdown: stop.clone(),
                        };
                        stop.spawn("leg", runner.keep_running());
                    }
                }
            }
        });
    }

    /// Every leg.
    #[must_use]
    pub fn legs(&self) -> Vec<LegStatus> {
        self.board().legs.values().cloned().collect()
    }

    /// Every pipeline file that was found at start.
    #[must_use]
    pub fn pipelines(&self) -> Vec<PipelineStatus> {
        self.board().pipelines.clone()
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

    fn set(&self, id: &LegId, state: LegState, problem: Option<Problem>, process: Option<u32>) {
        if let Some(status) = self.board().legs.get_mut(id) {
            status.restarts += u64::from(state == LegState::Starting && status.state == LegState::Waiting);
            (status.state, status.problem, status.process) = (state, problem, process);
        }
    }
}

fn usable(files: &BTreeMap<String, Result<Arc<Usable>, String>>, plan: &LegPlan) -> Result<Arc<Usable>, Problem> {
    let file = files.get(&plan.file).ok_or_else(|| Problem::NoFile(plan.file.clone()))?;
    let file = file.as_ref().map_err(|reason| Problem::File(reason.clone()))?;
    match params::bind(&file.file.params, &plan.values) {
        Ok(_) => Ok(Arc::clone(file)),
        Err(error) => Err(Problem::File(format!("{}: {error}", plan.file))),
    }
}

/// Has a child process do a job that ends with a report: a check, or a search for elements. The error says why there is none.
pub async fn ask(settings: &LegsSettings, job: &Job) -> Result<Report, String> {
    let answer = async {
        let mut process = Process::start(settings, job).await.map_err(|error| error.to_string())?;
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
    plan: LegPlan,
    file: Arc<Usable>,
    shutdown: Shutdown,
}

impl Runner {
    async fn keep_running(self) {
        let mut reconnect = Reconnect::default();
        let mut known = None;
        loop {
            let problem = tokio::select! {
                problem = self.run_once(&mut reconnect) => problem,
                () = self.shutdown.begun() => return,
            };
            let wait = reconnect.ended(Instant::now());
            if known.as_ref() == Some(&problem) {
                tracing::debug!(leg = %self.plan.id, reason = problem.en(), ?wait, "the leg ended again");
            } else {
                tracing::warn!(leg = %self.plan.id, reason = problem.en(), ?wait, "the leg ended");
            }
            known = Some(problem.clone());
            self.legs.set(&self.plan.id, LegState::Waiting, Some(problem), None);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.shutdown.begun() => return,
            }
        }
    }

    /// Attaches, runs a process, and says why it ended.
    async fn run_once(&self, reconnect: &mut Reconnect) -> Problem {
        self.legs.set(&self.plan.id, LegState::Starting, None, None);
        let Some(room) = (self.room_of)(&self.plan.meeting) else { return Problem::NoRoom };
        let Some(session) = new_session() else { return Problem::NotStarted };
        let events = self.relay.subscribe();
        let ticket = match self.relay.attach_leg(self.offer(room, session.clone())).await {
            Ok(ticket) => ticket,
            Err(error) => {
                tracing::debug!(leg = %self.plan.id, %error, "the relay did not take the leg");
                return Problem::Refused;
            }
        };
        let attached = Attached { relay: self.relay.clone(), shutdown: self.shutdown.clone(), room, session };
        match Process::start(&self.legs.settings, &self.job(ticket)).await {
            Ok(mut process) => {
                let problem = self.watch(&mut process, &attached.session, events, reconnect).await;
                process.end().await;
                problem
            }
            Err(error) => {
                tracing::debug!(leg = %self.plan.id, %error, "the leg's process did not start");
                Problem::NotStarted
            }
        }
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

    fn job(&self, ticket: LegTicket) -> Job {
        Job::Run {
            file: self.file.name.clone(),
            text: self.file.text.clone(),
            values: self.plan.values.clone(),
            socket: ticket.socket,
            secret: Secret(ticket.secret),
        }
    }

    /// Follows the process until it ends or must be ended.
    async fn watch(
        &self,
        process: &mut Process,
        session: &SessionId,
        mut events: broadcast::Receiver<RoomEvent>,
        reconnect: &mut Reconnect,
    ) -> Problem {
        let id = &self.plan.id;
        let file = &self.file.file;
        self.legs.set(id, LegState::Starting, None, process.id());
        let mut health = Health::starting(Instant::now(), file.video.is_some(), file.audio);
        let mut running = false;
        loop {
            let deadline = health.deadline().unwrap_or_else(Instant::now);
            tokio::select! {
                report = process.next_report() => match report {
                    Some(Report::Alive { video, audio, dropped }) => {
                        tracing::trace!(leg = %id, video, audio, dropped, "alive");
                        if health.told(Instant::now(), Sent { video, audio }) && !running {
                            running = true;
                            tracing::info!(leg = %id, "the leg delivers");
                            self.legs.set(id, LegState::Running, None, process.id());
                        }
                        if running {
                            reconnect.delivers(Instant::now());
                        }
                    }
                    Some(Report::Failed { trouble, detail }) => {
                        tracing::debug!(leg = %id, ?trouble, detail, "the leg's process failed");
                        return Problem::Ended(trouble);
                    }
                    Some(Report::Checked { .. } | Report::Found { .. }) => {}
                    None => return Problem::Crashed,
                },
                event = events.recv() => match event {
                    // That the process closed its socket is told better by the process.
                    Ok(RoomEvent::PeerGone { session: gone, reason, .. })
                        if gone == *session && reason != GoneReason::LegEnded =>
                    {
                        return if reason == GoneReason::RoomClosed { Problem::NoRoom } else { Problem::Removed };
                    }
                    // Missed news costs nothing: a removed leg's socket is closed, and its process tells.
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Problem::Removed,
                },
                () = tokio::time::sleep_until(deadline.into()) => return Problem::Stalled,
            }
        }
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

/// A child process; killed when dropped.
struct Process {
    child: Child,
    /// Held open: its end tells the child to end.
    stdin: Option<ChildStdin>,
    reports: Lines<BufReader<ChildStderr>>,
}

impl Process {
    async fn start(settings: &LegsSettings, job: &Job) -> io::Result<Self> {
        let mut command = Command::new(&settings.program);
        command.arg("__leg").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        if let Some(registry) = &settings.registry {
            command.env("GST_REGISTRY", registry);
        }
        let mut child = command.spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let mut stdin = child.stdin.take().ok_or_else(missing)?;
        let reports = BufReader::new(child.stderr.take().ok_or_else(missing)?).lines();
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        stdin.write_all(&line).await?;
        Ok(Self { child, stdin: Some(stdin), reports })
    }

    fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it tells next; `None` when it has ended. Safe to drop while it waits.
    async fn next_report(&mut self) -> Option<Report> {
        loop {
            let line = self.reports.next_line().await.ok()??;
            match serde_json::from_str(&line) {
                Ok(report) => return Some(report),
                Err(_) => tracing::debug!(line, "from GStreamer"),
            }
        }
    }

    /// Ends it, by force if it does not end by itself; says how it ended.
    async fn end(&mut self) -> String {
        drop(self.stdin.take());
        let status = match tokio::time::timeout(END_LIMIT, self.child.wait()).await {
            Ok(status) => status,
            Err(_) => {
                let _ = self.child.start_kill();
                self.child.wait().await
            }
        };
        status.map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}
