//! `yunling serve`: puts the parts together, runs them, and takes them apart in order.
//!
//! [`start`] is also how tests run a whole server inside their own process, on free ports. Whatever it starts ends when its
//! [`Shutdown`] begins; [`Running::drain`] waits for that.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

mod keepers;

use self::keepers::Keepers;
use crate::{
    app::{
        self, AccountFault, App, BookKey, BookKeyError, Contents, DoorSettings, FileOf, LegFault, LegState, LegView,
        Links, LogHost, MaterialsSettings, MeetingFault, Mirroring, NotMade, PROGRAMME, PieceOf, Pieces, PipelineView,
        PublicKey, Secret, Settings, demo_meeting_id, demo_province, first_administrator, log_host_tls,
        token::{TokenKey, TokenKeyError},
    },
    certs::{self, CertFiles, CertsError, ClientRoot, Names},
    config::{self, Config, ConfigError},
    domain::{
        account::{PasswordRules, SessionLimits},
        console::ConsoleSettings,
        leg::{self, FieldFault, Leg, Source},
        lockout::LockoutRules,
        recording::{self, FailureKind, MadeFiles},
        sign_off::Part,
    },
    http::{
        self, Patience, Web,
        accept::{Door, Guarded, listen},
        plain::{self, Plain},
        tls::{self, Asked, Clients, TlsError, Watch},
    },
    id::{LegId, RecordingId, SignOffId},
    leg::{
        io::supervisor::{self, LegStatus, Legs, LegsSettings, PipelineStatus, RoomOf},
        plan::{Dial, LegPlan},
    },
    quantity::Bitrate,
    recorder::{
        finalising::{self, Summary, Trouble},
        io::{
            archive,
            finaliser::{self, FinaliserSettings},
            supervisor::{Recorders, RecordersSettings},
        },
        manifest::{self, FileEntry},
        pieces::{self, Piece},
    },
    relay::io::handle::{Relay, RelayConfig, RelayHandle, StartError},
    relay::io::tcp,
    relay::media::Role,
    shutdown::{DRAIN_LIMIT, Shutdown},
    store::{Claim, DataFolder, FolderError, Store, StoreError},
    subnet::Subnet,
};
use axum::Router;
use axum_server::{
    Handle,
    accept::DefaultAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use hyper_util::rt::TokioTimer;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};
use tokio::signal::unix::{SignalKind, signal};

/// How often the certificate files are looked at.
const CERTIFICATE_CHECK_EVERY: Duration = Duration::from_secs(3);

/// How long open requests may take once the end has begun.
const REQUESTS_LIMIT: Duration = Duration::from_secs(3);

/// How long a new connection may take to send its first request.
const FIRST_REQUEST_LIMIT: Duration = Duration::from_secs(15);

/// How long the head of any request may take, so that slow senders don't hold connections.
const HEAD_LIMIT: Duration = Duration::from_secs(15);

/// Most rooms at a time: more meetings than a county has in a year.
const ROOMS_MAX: usize = 64;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data folder can't be used.
    #[error("cannot use the data folder")]
    Folder(#[source] FolderError),
    /// The database can't be opened.
    #[error("cannot open the store")]
    Store(#[source] StoreError),
    /// The token secret can't be had.
    #[error("cannot sign tokens")]
    Tokens(#[source] TokenKeyError),
    /// The book's key can't be had.
    #[error("cannot sign the book")]
    BookKey(#[source] BookKeyError),
    /// The certificate of the log host's signer can't be read.
    #[error("cannot read audit.syslog_ca {path}")]
    LogHost {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no certificate and none can be made.
    #[error("cannot make certificates")]
    Certs(#[source] CertsError),
    /// The certificate can't be served.
    #[error("cannot serve HTTPS")]
    Tls(#[source] TlsError),
    /// A port can't be listened on.
    #[error("cannot listen on TCP port {port}")]
    Listen {
        /// Which.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The media plane can't start.
    #[error("cannot start the media plane")]
    Relay(#[source] StartError),
    /// There is no account, and none can be made.
    #[error("cannot make the first administrator")]
    FirstAdministrator(#[source] AccountFault),
    /// Stored meetings can't go on.
    #[error("cannot open the stored meetings")]
    Meetings(#[source] MeetingFault),
    /// Stored legs can't be read.
    #[error("cannot read the stored legs")]
    Legs(#[source] LegFault),
    /// A leg of the settings can't be.
    #[error(transparent)]
    Settings(ConfigError),
    /// The program does not find itself, to start child processes.
    #[error("cannot find the program's own file")]
    Program(#[source] io::Error),
    /// The folder of the recordings can't be made.
    #[error("cannot make the folder of the recordings")]
    Recordings(#[source] io::Error),
    /// The system refuses to tell of signals.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    /// The system refuses threads.
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
}

/// A server that runs.
pub struct Running {
    /// Where HTTPS is served; one for each socket.
    pub https: Vec<SocketAddr>,
    /// Where the plain page is served.
    pub http: Vec<SocketAddr>,
    /// Where certificates lie; a client of a test trusts `ca_certificate`.
    pub certs: CertFiles,
    /// The use cases, for tests that change what pages can't yet.
    pub app: Arc<App>,
    /// The media plane.
    pub relay: RelayHandle,
    /// One-time password of the first administrator, who was made because there was no account. To be shown once.
    pub first_password: Option<Secret>,
    shutdown: Shutdown,
    threads: Relay,
    store: Store,
    mirroring: Arc<Mirroring>,
    _claim: Claim,
}

/// Runs until SIGTERM or SIGINT; `ready` is called once meetings can be joined. For the command line.
pub fn run(config: &Config, demo: bool, ready: impl FnOnce(&Running)) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Runtime)?;
    runtime.block_on(async {
        let shutdown = Shutdown::new();
        shutdown.on_signals().map_err(ServeError::Signals)?;
        let running = start(config, demo, shutdown.clone()).await?;
        running.announce(demo);
        ready(&running);
        shutdown.begun().await;
        running.drain().await;
        Ok(())
    })
}

/// What a test may put in the place of the real thing.
pub struct Seams {
    /// How the media plane is started: [`Relay::start`], or the same around a core that has faults.
    pub relay: fn(RelayConfig) -> Result<(Relay, RelayHandle), StartError>,
    /// How long pages are waited for.
    pub patience: Patience,
    /// The clock by which meetings open by themselves.
    pub wall: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Default for Seams {
    fn default() -> Self {
        Self { relay: Relay::start, patience: Patience::default(), wall: Arc::new(SystemTime::now) }
    }
}

/// Starts everything and returns once meetings can be joined.
pub async fn start(config: &Config, demo: bool, shutdown: Shutdown) -> Result<Running, ServeError> {
    start_with(config, demo, shutdown, Seams::default()).await
}

/// As [`start`], with other parts.
pub async fn start_with(config: &Config, demo: bool, shutdown: Shutdown, seams: Seams) -> Result<Running, ServeError> {
    let started = (SystemTime::now(), Instant::now());
    let folder = DataFolder::open(&config.data.folder).map_err(ServeError::Folder)?;
    let claim = folder.claim().map_err(ServeError::Folder)?;
    let store = Store::open(&folder.database()).await.map_err(ServeError::Store)?;
    let tokens = TokenKey::load_or_make(&folder.token_secret()).map_err(ServeError::Tokens)?;
    let first_password = first_administrator(&store, started.0).await.map_err(ServeError::FirstAdministrator)?;

    let files = CertFiles::in_folder(&folder.certificates());
    let names = Names::of_this_machine(&config.http.names);
    make_certificates_if_none(&files, &names)?;
    let clients = if config.door.client_certificates { Clients::Asked } else { Clients::Unasked };
    let tls = RustlsConfig::from_config(tls::load(&files, clients).map_err(ServeError::Tls)?);

    let https = bind(config, config.http.https_port)?;
    let http = bind(config, config.http.http_port)?;
    let media_tcp = bind_media_tcp(config)?;
    let tcp_port = media_tcp.first().and_then(|listener| listener.local_addr().ok()).map(|at| at.port());
    let relay_config = RelayConfig { tcp_port, ..relay_config(config, &folder) };
    let (threads, relay) = (seams.relay)(relay_config).map_err(ServeError::Relay)?;

    let legs = Legs::new(legs_settings(config)?);
    let finishers = Arc::new(Finishers::new(finaliser_settings(config)?, folder.recordings(), shutdown.clone()));
    let links: Arc<dyn Links> = Arc::new(LegLinks(Arc::clone(&legs), Arc::clone(&finishers)));
    let recorders = recordings_of(config, folder.recordings())?;
    let trials = trials_of(config, folder.trials())?;
    let keepers: Arc<dyn app::Recorders> = Arc::new(Keepers::new(&recorders, &trials));
    shutdown.spawn("finaliser check", Arc::clone(&finishers).check(shutdown.clone()));
    let token_ttl = Duration::from_secs(u64::from(config.tokens.ttl_minutes) * 60);
    let door = door_settings(&config.door);
    let book_key = BookKey::load_or_make(&folder.book_key()).map_err(ServeError::BookKey)?;
    let public_key = book_key.public();
    let mirroring = Arc::new(Mirroring::new(store.clone(), folder.book_mirror(), book_key));
    let log_host = log_host(config, &folder)?;
    let own_legs = legs_of(config, demo).map_err(ServeError::Settings)?;
    let settings = Settings {
        demo,
        token_ttl,
        door,
        started,
        legs: own_legs,
        mirroring: Arc::clone(&mirroring),
        book_kept: Duration::from_secs(u64::from(config.audit.keep_days) * 86_400),
        materials: MaterialsSettings {
            folder: folder.materials(),
            program: own_program().map_err(ServeError::Program)?,
        },
        log_host: log_host.clone(),
    };
    let app = Arc::new(App::new(relay.clone(), store.clone(), tokens, links, (keepers, finishers), settings));
    // Before the first room opens, so that no news of it is missed.
    let events = app.subscribe();
    let stop = shutdown.clone();
    shutdown.spawn("relay news", Arc::clone(&app).follow_relay(events, async move { stop.begun().await }));
    let stop = shutdown.clone();
    let keeper = Arc::clone(&app).keep_door(SystemTime::now, async move { stop.begun().await });
    shutdown.spawn("door keeper", keeper);
    let (stop, caller) = (shutdown.clone(), Arc::clone(&app));
    shutdown.spawn("roll call keeper", caller.keep_roll_calls(Instant::now, async move { stop.begun().await }));
    if let Some(log_host) = log_host {
        let (stop, book) = (shutdown.clone(), Arc::clone(&app));
        let feed = async move { book.feed_log_host(&log_host, async move { stop.begun().await }).await };
        shutdown.spawn("log host", feed);
    }
    note_settings(&app, config, demo, public_key).await;
    let restored = app.reconcile().await.map_err(ServeError::Meetings)?;
    let (stop, ending, book) = (shutdown.clone(), shutdown.clone(), Arc::clone(&app));
    let mirror = async move {
        let stop = async move { stop.begun().await };
        book.keep_mirror(restored, SystemTime::now, move || ending.has_begun(), stop).await;
    };
    shutdown.spawn("book mirror", mirror);
    let rooms = Arc::clone(&app);
    let room_of: RoomOf = Arc::new(move |meeting| rooms.room_of(meeting));
    legs.start(&shutdown, &relay, &room_of);
    recorders.begin(&shutdown, &relay, &room_of);
    trials.begin(&shutdown, &relay, &room_of);
    app.resume_recordings().await.map_err(ServeError::Meetings)?;
    let stop = shutdown.clone();
    shutdown.spawn("finaliser", Arc::clone(&app).keep_finalising(async move { stop.begun().await }));
    warn_of_lost_factors(&app).await;
    if let Err(error) = app.tidy_materials().await {
        tracing::error!(%error, "the folder of materials can't be used");
    }
    if demo {
        legs.put(demo_leg(&app), true);
    }
    app.start_legs().await.map_err(ServeError::Legs)?;
    let (stop, opener) = (shutdown.clone(), Arc::clone(&app));
    shutdown.spawn("meeting opener", opener.keep_opening(move || (seams.wall)(), async move { stop.begun().await }));

    let metrics_subnets = config.network.metrics_subnets.clone();
    let client_ca = client_ca(&files, clients)?;
    let web = Arc::new(Web::new(Arc::clone(&app), shutdown.clone(), seams.patience, metrics_subnets, client_ca));
    shutdown.spawn("live state", http::produce_live(Arc::clone(&web)));
    let watch = Watch::new(files.clone(), clients, names, tls.clone());
    shutdown.spawn("certificate watch", watch_certificates(watch, shutdown.clone()));

    let https_port = https.first().and_then(|listener| listener.local_addr().ok()).map_or(0, |at| at.port());
    let addresses = |listeners: &[TcpListener]| listeners.iter().filter_map(|l| l.local_addr().ok()).collect();
    let running = Running {
        https: addresses(&https),
        http: addresses(&http),
        certs: files.clone(),
        app,
        relay,
        first_password,
        shutdown: shutdown.clone(),
        threads,
        store,
        mirroring,
        _claim: claim,
    };
    let door = Door::new(&config.network.allowed_subnets);
    for listener in https {
        let port = https_port;
        let router = http::router(Arc::clone(&web));
        let spawned = spawn_https(&shutdown, listener, door.clone(), tls.clone(), router);
        spawned.map_err(|source| ServeError::Listen { port, source })?;
    }
    for listener in http {
        let port = listener.local_addr().map_or(0, |at| at.port());
        let router = plain::router(Plain { files: files.clone(), https_port });
        spawn_http(&shutdown, listener, door.clone(), router).map_err(|source| ServeError::Listen { port, source })?;
    }
    spawn_media_tcp(&shutdown, media_tcp, config, &running.relay)?;
    web.set_ready();
    Ok(running)
}

impl Running {
    /// Waits for everything to end, after its [`Shutdown`] has begun: requests, then tasks, then media, then the store.
    pub async fn drain(self) {
        self.shutdown.begin();
        if let Err(error) = self.shutdown.drain(DRAIN_LIMIT).await {
            tracing::warn!(%error, "ending all the same");
        }
        let threads = self.threads;
        // Joining threads blocks; the runtime's other tasks go on meanwhile.
        if tokio::task::spawn_blocking(move || threads.stop()).await.is_err() {
            tracing::error!("the media plane did not end cleanly");
        }
        // The last acts closed their entries while the others ended.
        self.mirroring.catch_up(SystemTime::now()).await;
        if let Err(error) = self.store.close().await {
            tracing::warn!(%error, "the database did not close cleanly");
        }
        tracing::info!("ended");
    }

    /// Says where it can be reached.
    fn announce(&self, demo: bool) {
        let port = |addresses: &[SocketAddr]| addresses.first().map_or(0, SocketAddr::port);
        let (https, http) = (port(&self.https), port(&self.http));
        tracing::info!(https, http, media = ?self.relay.media_ports(), demo, "serving");
    }
}

/// Has the book say what was changed in the settings since the last start: also whether it is a demonstration, and whether the book has
/// another key.
async fn note_settings(app: &App, config: &Config, demo: bool, key: PublicKey) {
    let mut values = config.values();
    values.insert("serve.demo".to_owned(), demo.to_string());
    values.insert("audit.key".to_owned(), key.to_string());
    app.note_settings(values, config.secrets()).await;
}

async fn warn_of_lost_factors(app: &App) {
    match app.count_lost_factors().await {
        Ok(0) => {}
        Ok(accounts) => tracing::warn!(
            accounts,
            "accounts can't log in: their second factor was a certificate, which was revoked or is no longer asked for; the security \
             administrator lifts it on the page Accounts, `yunling user passwd` on this machine"
        ),
        Err(error) => tracing::warn!(%error, "cannot tell whether everybody can log in"),
    }
}

fn make_certificates_if_none(files: &CertFiles, names: &Names) -> Result<(), ServeError> {
    let none = ![&files.ca_certificate, &files.ca_key, &files.certificate, &files.key].iter().any(|path| path.exists());
    if none {
        certs::init(files, names, SystemTime::now()).map_err(ServeError::Certs)?;
        tracing::info!(folder = ?files.ca_certificate.parent(), "made a private CA and a server certificate");
    }
    Ok(())
}

/// What judges people's certificates, where browsers are asked for one.
fn client_ca(files: &CertFiles, clients: Clients) -> Result<Option<ClientRoot>, ServeError> {
    if clients == Clients::Unasked || !files.ca_certificate.exists() {
        return Ok(None);
    }
    ClientRoot::load(&files.ca_certificate).map(Some).map_err(ServeError::Certs)
}

fn log_host(config: &Config, folder: &DataFolder) -> Result<Option<Arc<LogHost>>, ServeError> {
    let Some(address) = config.audit.syslog.0 else { return Ok(None) };
    let path = &config.audit.syslog_ca;
    let tls = log_host_tls(path).map_err(|source| ServeError::LogHost { path: path.clone(), source })?;
    // As the kernel has it; a message without a name has a dash there (RFC 5424 §6.2.4).
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim().to_owned()).filter(|host| !host.is_empty()).unwrap_or_else(|| "-".to_owned());
    Ok(Some(Arc::new(LogHost::new(address, tls, folder.log_host_cursor(), host))))
}

fn bind(config: &Config, port: u16) -> Result<Vec<TcpListener>, ServeError> {
    listen(&config.http.listen, port).map_err(|source| ServeError::Listen { port, source })
}

fn bind_media_tcp(config: &Config) -> Result<Vec<TcpListener>, ServeError> {
    match config.media.tcp_port {
        0 => Ok(Vec::new()),
        port => listen(&config.media.listen, port).map_err(|source| ServeError::Listen { port, source }),
    }
}

/// Carries media that comes by TCP to the workers' ports, as this machine reaches them.
fn spawn_media_tcp(
    shutdown: &Shutdown,
    listeners: Vec<TcpListener>,
    config: &Config,
    relay: &RelayHandle,
) -> Result<(), ServeError> {
    let Some(&listens) = config.media.listen.first().filter(|_| !listeners.is_empty()) else { return Ok(()) };
    let own = match listens {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let workers: Arc<[SocketAddr]> = relay.media_ports().into_iter().map(|port| SocketAddr::new(own, port)).collect();
    let allowed: Arc<[Subnet]> = config.network.allowed_subnets.as_slice().into();
    let listeners = listeners.into_iter().map(|listener| {
        listener.set_nonblocking(true)?;
        tokio::net::TcpListener::from_std(listener)
    });
    let port = config.media.tcp_port;
    let listeners = listeners.collect::<io::Result<_>>().map_err(|source| ServeError::Listen { port, source })?;
    let stop = shutdown.clone();
    shutdown.spawn("media by TCP", tcp::carry_all(listeners, allowed, workers, async move { stop.begun().await }));
    Ok(())
}

fn door_settings(door: &config::Door) -> DoorSettings {
    const HOUR: u64 = 3600;
    let seconds = |count: u32, each: u64| Duration::from_secs(u64::from(count) * each);
    let idle = seconds(door.session_idle_minutes, 60);
    let session = SessionLimits { idle, absolute: seconds(door.session_hours, HOUR) };
    let (password_age, one_time) = (seconds(door.password_days, 24 * HOUR), seconds(door.one_time_hours, HOUR));
    let (second_factor, one_session) = (door.second_factor.0, door.one_session);
    let locks_after = seconds(door.console_lock_minutes, 60);
    let console = ConsoleSettings { locks_after, pin_digits: door.pin_digits as usize };
    let password = PasswordRules {
        chars_min: door.password_chars as usize,
        classes_min: door.password_classes as usize,
        history: door.password_history as usize,
    };
    let lockout = LockoutRules { failures: door.lock_failures, locked_for: seconds(door.lock_minutes, 60) };
    let client_certificates = door.client_certificates;
    DoorSettings {
        session,
        password,
        lockout,
        password_age,
        one_time,
        second_factor,
        one_session,
        console,
        client_certificates,
    }
}

fn relay_config(config: &Config, folder: &DataFolder) -> RelayConfig {
    let media = &config.media;
    RelayConfig {
        workers: media.workers.into(),
        bind: media.listen.clone(),
        base_port: media.base_port,
        candidates: media.announce.clone(),
        tcp_port: None,
        rooms_max: ROOMS_MAX,
        leg_socket_dir: folder.sockets(),
        uplink_cap: Bitrate::kbps(media.uplink_kbps_max.into()),
        dscp: (media.dscp != 0).then_some(media.dscp),
    }
}

fn spawn_https(
    shutdown: &Shutdown,
    listener: TcpListener,
    door: Door,
    tls: RustlsConfig,
    router: Router,
) -> io::Result<()> {
    let acceptor = Guarded { door, inner: RustlsAcceptor::new(tls) };
    let handle = ending(shutdown);
    let mut server = axum_server::from_tcp(listener)?.acceptor(acceptor).handle(handle);
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT);
    let server = server.first_request_timeout(FIRST_REQUEST_LIMIT);
    shutdown.spawn("https", server.serve(router.into_make_service_with_connect_info::<SocketAddr>()));
    Ok(())
}

fn spawn_http(shutdown: &Shutdown, listener: TcpListener, door: Door, router: Router) -> io::Result<()> {
    let acceptor = Guarded { door, inner: DefaultAcceptor };
    let handle = ending(shutdown);
    let mut server = axum_server::from_tcp(listener)?.acceptor(acceptor).handle(handle);
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT);
    let server = server.first_request_timeout(FIRST_REQUEST_LIMIT);
    shutdown.spawn("http", server.serve(router.into_make_service()));
    Ok(())
}

/// A handle that ends its server when the shutdown begins.
fn ending(shutdown: &Shutdown) -> Handle<SocketAddr> {
    let handle = Handle::new();
    let (ended, begun) = (handle.clone(), shutdown.clone());
    shutdown.spawn("listener end", async move {
        begun.begun().await;
        ended.graceful_shutdown(Some(REQUESTS_LIMIT));
    });
    handle
}

/// Looks at the certificate files every few seconds and on SIGHUP.
async fn watch_certificates(mut watch: Watch, shutdown: Shutdown) {
    let mut tick = tokio::time::interval(CERTIFICATE_CHECK_EVERY);
    let mut hangup = signal(SignalKind::hangup()).ok();
    loop {
        let asked = tokio::select! {
            () = shutdown.begun() => return,
            _ = tick.tick() => Asked::ByTime,
            Some(_) = async { hangup.as_mut()?.recv().await } => Asked::BySignal,
        };
        let checked = tokio::task::spawn_blocking(move || {
            watch.check(SystemTime::now(), asked);
            watch
        });
        match checked.await {
            Ok(back) => watch = back,
            Err(_) => return,
        }
    }
}

/// This program, which also is its child processes.
fn own_program() -> io::Result<PathBuf> {
    let mut program = std::env::current_exe()?;
    // A test runs the server inside its own process, one folder below the program.
    if let Some(folder) = program.parent().filter(|folder| folder.ends_with("deps")) {
        program = folder.with_file_name("yunling");
    }
    Ok(program)
}

/// Bytes that recordings leave free on the disk: the database and the log must go on being written.
const FREE_BYTES_MIN: u64 = 2 << 30;

/// The recorders of trial recordings. What a server left of one that it was killed in is removed.
fn trials_of(config: &Config, folder: PathBuf) -> Result<Arc<Recorders>, ServeError> {
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ServeError::Recordings(error)),
        _ => recordings_of(config, folder),
    }
}

fn recordings_of(config: &Config, folder: PathBuf) -> Result<Arc<Recorders>, ServeError> {
    let program = own_program().map_err(ServeError::Program)?;
    std::fs::create_dir_all(&folder).map_err(ServeError::Recordings)?;
    Ok(Recorders::new(RecordersSettings {
        program,
        folder,
        free_bytes_min: FREE_BYTES_MIN,
        finaliser: finaliser_settings(config)?,
        piece_seconds: u64::from(config.recordings.piece_seconds),
    }))
}

/// How the leg's child processes are started with these settings.
pub(crate) fn legs_settings(config: &Config) -> Result<LegsSettings, ServeError> {
    let program = own_program().map_err(ServeError::Program)?;
    // GStreamer keeps its list of plugins in the home directory, which a service may not have.
    let homeless = !std::env::home_dir().is_some_and(|home| home.is_dir());
    let registry = homeless.then(|| config.data.folder.join("gstreamer-registry.bin"));
    let allowed = config.network.allowed_subnets.clone();
    Ok(LegsSettings { program, pipelines: config.legs.pipelines.clone(), registry, allowed })
}

/// When the finaliser's pipeline files are tried after the start.
const FINALISER_CHECK_AFTER: Duration = Duration::from_secs(5);

/// How a finaliser's process is started with these settings.
pub(crate) fn finaliser_settings(config: &Config) -> Result<FinaliserSettings, ServeError> {
    let LegsSettings { program, pipelines, registry, .. } = legs_settings(config)?;
    Ok(FinaliserSettings { program, pipelines, registry })
}

/// The legs of the settings, and the demonstration's.
///
/// # Errors
///
/// With the line and the key of the first that can't be, and what would be right.
pub(crate) fn legs_of(config: &Config, demo: bool) -> Result<Vec<Leg>, ConfigError> {
    let demo_leg = || Leg {
        id: demo_leg_id(),
        name: DEMO_LEG_NAME.to_owned(),
        meeting: demo_meeting_id(),
        source: Source::Demo,
        enabled: true,
    };
    let mut legs: Vec<Leg> = demo.then(demo_leg).into_iter().collect();
    for setting in &config.leg {
        let leg = leg_of(setting)?;
        if legs.iter().any(|other| other.id == leg.id) {
            return Err(setting
                .place
                .wrong("id", format!("{:?} is another leg's; each takes one of its own", setting.id)));
        }
        legs.push(leg);
    }
    Ok(legs)
}

fn leg_of(setting: &config::Leg) -> Result<Leg, ConfigError> {
    let place = &setting.place;
    let wrong = |fault: FieldFault| {
        let (key, right) = key_of(fault, setting);
        place.wrong(key, format!("is not possible; it takes {right}"))
    };
    let wrong_id =
        |key: &str, id: &str| place.wrong(key, format!("{id:?} is not possible; it takes letters, digits and '-'"));
    let secret = leg::Secret(setting.secret.reveal().to_owned());
    let source = if setting.url.starts_with("srt:") {
        Source::srt(&setting.url, setting.stream_id.clone(), secret, setting.latency_ms)
    } else {
        let transport = match setting.transport {
            config::LegTransport::Tcp => leg::Transport::Tcp,
            config::LegTransport::Udp => leg::Transport::Udp,
        };
        Source::rtsp(&setting.url, transport, setting.user.clone(), secret)
    };
    let leg = Leg {
        id: setting.id.parse().map_err(|_| wrong_id("id", &setting.id))?,
        name: setting.name.clone(),
        meeting: setting.meeting.parse().map_err(|_| wrong_id("meeting", &setting.meeting))?,
        source: source.map_err(wrong)?,
        enabled: true,
    };
    leg.check().map_err(wrong)?;
    Ok(leg)
}

/// Which key of the settings a fault is of, and what would be right there. No value is shown: an address may hold a password.
const fn key_of(fault: FieldFault, setting: &config::Leg) -> (&'static str, &'static str) {
    match fault {
        FieldFault::Name => ("name", "1 to 64 characters"),
        FieldFault::Url => ("url", "rtsp://host:port/path, srt://host:port, or srt://:port to be called"),
        FieldFault::UrlSecret => ("url", "no name and password; write them into user and secret_file or secret_env"),
        FieldFault::Host => ("url", "a host name or an IP address before the port"),
        FieldFault::Port => ("url", "a port from 1 to 65535, as in srt://10.1.2.3:9000"),
        FieldFault::User => ("user", "at most 128 characters of one line"),
        FieldFault::Password if setting.secret_env.is_some() => {
            ("secret_env", "at most 128 characters of one line in it")
        }
        FieldFault::Password => ("secret_file", "at most 128 characters in its first line"),
        FieldFault::Passphrase if setting.secret_env.is_some() => ("secret_env", "10 to 79 characters in it"),
        FieldFault::Passphrase => ("secret_file", "10 to 79 characters in its first line"),
        FieldFault::StreamId => ("stream_id", "at most 512 characters of one line"),
        FieldFault::Latency => ("latency_ms", "milliseconds from 20 to 8000, by default 200"),
    }
}

const DEMO_LEG_NAME: &str = "省主会场（演示）";

fn demo_leg_id() -> LegId {
    "demo-province".parse().expect("letters and a dash are an id")
}

/// The province of the demonstration.
fn demo_leg(app: &App) -> LegPlan {
    let title = app.meeting_brief(&demo_meeting_id()).map(|meeting| meeting.title).unwrap_or_default();
    // The picture has room for two lines.
    let title: String = title.chars().take(40).collect();
    LegPlan {
        id: demo_leg_id(),
        meeting: demo_meeting_id(),
        participant: demo_province(),
        name: DEMO_LEG_NAME.to_owned(),
        role: Role::Main,
        file: "demo.toml".to_owned(),
        values: [("title".to_owned(), title.as_str().into())].into(),
        dial: Dial::Nowhere,
    }
}

/// The legs as the status page sees them.
struct LegLinks(Arc<Legs>, Arc<Finishers>);

impl Links for LegLinks {
    fn put(&self, plan: LegPlan, run: bool) {
        self.0.put(plan, run);
    }

    fn remove(&self, id: &LegId) {
        self.0.remove(id);
    }

    fn legs(&self) -> Vec<LegView> {
        let view = |leg: LegStatus| LegView {
            state: match leg.state {
                supervisor::LegState::Stopped => LegState::Stopped,
                supervisor::LegState::Idle => LegState::Idle,
                supervisor::LegState::Starting => LegState::Starting,
                supervisor::LegState::Running => LegState::Running,
                supervisor::LegState::Waiting => LegState::Waiting,
                supervisor::LegState::Refused => LegState::Refused,
                supervisor::LegState::Disabled => LegState::Disabled,
            },
            detail: leg.problem.map(|problem| problem.zh()).unwrap_or_default(),
            since: leg.since,
            picture: leg.picture,
            id: leg.id,
            meeting: leg.meeting,
            participant: leg.participant,
            name: leg.name,
            restarts: leg.restarts,
        };
        self.0.legs().into_iter().map(view).collect()
    }

    fn pipelines(&self) -> Vec<PipelineView> {
        let view = |status: PipelineStatus| {
            let PipelineStatus { file, purpose, fault } = status;
            PipelineView { file, fault, purpose }
        };
        self.0.pipelines().into_iter().map(view).chain(self.1.pipelines()).collect()
    }

    fn changes(&self) -> tokio::sync::watch::Receiver<()> {
        self.0.changes()
    }
}

/// The finaliser as the use cases see it.
struct Finishers {
    settings: FinaliserSettings,
    /// The folder of all recordings.
    folder: PathBuf,
    shutdown: Shutdown,
    progress: Mutex<Option<(RecordingId, u8)>>,
    pipelines: Mutex<Vec<PipelineView>>,
}

impl Finishers {
    fn new(settings: FinaliserSettings, folder: PathBuf, shutdown: Shutdown) -> Self {
        Self { settings, folder, shutdown, progress: Mutex::default(), pipelines: Mutex::default() }
    }

    /// Tries the pipeline files, a little after the start, when links are up.
    async fn check(self: Arc<Self>, shutdown: Shutdown) {
        tokio::select! {
            () = shutdown.begun() => return,
            () = tokio::time::sleep(FINALISER_CHECK_AFTER) => {}
        }
        let checked = tokio::select! {
            () = shutdown.begun() => return,
            checked = finaliser::check(&self.settings) => checked,
        };
        let purpose = "finalise".to_owned();
        let views = match checked {
            Ok(files) => {
                let view = |(file, fault)| PipelineView { file, purpose: purpose.clone(), fault };
                files.into_iter().map(view).collect()
            }
            Err(why) => vec![PipelineView { file: "finalise-*.toml".to_owned(), purpose, fault: Some(why) }],
        };
        for PipelineView { file, fault, .. } in &views {
            if let Some(reason) = fault {
                tracing::error!(file, reason, "a pipeline file can't be used: recordings can't be finished");
            }
        }
        *self.pipelines.lock().unwrap_or_else(PoisonError::into_inner) = views;
    }

    fn pipelines(&self) -> Vec<PipelineView> {
        self.pipelines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tell(&self, progress: Option<(RecordingId, u8)>) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }
}

impl app::Finalisers for Finishers {
    fn make<'a>(
        &'a self,
        id: &'a RecordingId,
    ) -> Pin<Box<dyn Future<Output = Result<MadeFiles, NotMade>> + Send + 'a>> {
        Box::pin(async move {
            self.tell(Some((id.clone(), 0)));
            let folder = self.folder.join(id.as_str());
            let tell = |percent| self.tell(Some((id.clone(), percent)));
            let made = finaliser::make(&self.settings, &folder, tell).await;
            self.tell(None);
            made.map(|Summary { length_ms, bytes, gaps, whole }| MadeFiles { length_ms, bytes, gaps, whole })
                .map_err(not_made)
        })
    }

    fn journal_bytes(&self, id: &RecordingId) -> u64 {
        archive::journal_bytes(&self.folder.join(id.as_str()))
    }

    fn cut<'a>(
        &'a self,
        id: &'a RecordingId,
        sign_off: &'a SignOffId,
        part: Part,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotMade>> + Send + 'a>> {
        Box::pin(async move {
            let folder = self.folder.join(id.as_str());
            let cut = finaliser::cut(&self.settings, &folder, sign_off.as_str(), (part.from_ms, part.to_ms));
            let ends = || finalising::Failure { trouble: Trouble::Died, detail: "the server ends".to_owned() };
            // A long one does not hold the server's end up; the next who fetches it has it cut.
            let cut = tokio::select! {
                () = self.shutdown.begun() => Err(ends()),
                cut = cut => cut,
            };
            cut.map(drop).map_err(not_made)
        })
    }

    fn cut_file(&self, id: &RecordingId, sign_off: &SignOffId) -> io::Result<Option<(FileOf, PathBuf)>> {
        let folder = self.folder.join(id.as_str());
        let Some(entry) = archive::cut(&folder, sign_off.as_str())? else { return Ok(None) };
        let file = FileOf {
            name: PROGRAMME.to_owned(),
            kind: "part".to_owned(),
            bytes: entry.bytes,
            sha256: entry.sha256,
            length_ms: Some(entry.length_ms),
            from_ms: Some(entry.from_ms),
            source: None,
        };
        Ok(Some((file, archive::cut_folder(&folder, sign_off.as_str()).join(PROGRAMME))))
    }

    fn progress(&self) -> Option<(RecordingId, u8)> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn contents(&self, id: &RecordingId) -> io::Result<Option<Contents>> {
        let folder = self.folder.join(id.as_str());
        let Some(manifest) = archive::manifest(&folder)? else { return Ok(None) };
        let manifest_sha256 = archive::hashed(&self.path(id, manifest::FILE_NAME))?.sha256;
        let to_ms = |ns: u64| ns / 1_000_000;
        let file = |file: FileEntry| FileOf {
            name: file.name,
            kind: file.kind.name().to_owned(),
            bytes: file.bytes,
            sha256: file.sha256,
            length_ms: file.length_ms,
            from_ms: file.from_ms,
            source: file.source,
        };
        let gaps = manifest.gaps.iter().map(|gap| (to_ms(gap.from_ns), to_ms(gap.to_ns), gap.lost));
        Ok(Some(Contents {
            began_ms: to_ms(manifest.began_ns),
            picture: manifest.picture,
            gaps: gaps.collect(),
            findings: manifest.findings,
            files: manifest.files.into_iter().map(file).collect(),
            manifest_sha256,
        }))
    }

    fn path(&self, id: &RecordingId, name: &str) -> PathBuf {
        self.folder.join(id.as_str()).join(archive::FILES).join(name)
    }

    fn pieces(&self, id: &RecordingId) -> io::Result<Pieces> {
        let folder = self.folder.join(id.as_str());
        let Some(index) = archive::pieces(&folder)? else { return Ok(Pieces::default()) };
        let piece = |piece: &Piece| {
            let (from_ns, to_ns) = piece.span_ns();
            PieceOf {
                name: format!("{}/{}", pieces::FOLDER, piece.file),
                path: folder.join(pieces::FOLDER).join(&piece.file),
                from_ms: from_ns / 1_000_000,
                length_ms: (to_ns - from_ns) / 1_000_000,
                bytes: piece.bytes,
                sha256: piece.sha256.clone(),
            }
        };
        let pieces = index.playable().into_iter().map(piece).collect();
        Ok(Pieces { began_ms: index.began_ns / 1_000_000, pieces })
    }
}

fn not_made(finalising::Failure { trouble, detail }: finalising::Failure) -> NotMade {
    let failure = recording::Failure { kind: failure_kind(trouble), detail };
    NotMade { may_try_again: trouble == Trouble::Died, failure }
}

fn failure_kind(trouble: Trouble) -> FailureKind {
    match trouble {
        Trouble::Empty => FailureKind::Empty,
        Trouble::DiskFull => FailureKind::DiskFull,
        Trouble::Pipeline => FailureKind::Pipeline,
        Trouble::Proof => FailureKind::Proof,
        Trouble::Files => FailureKind::Files,
        Trouble::Died => FailureKind::Died,
    }
}
