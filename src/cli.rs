//! The command line: what `yunling` can be told, and the exit code it ends with.
//!
//! Each command is a few lines that call the module which does the work. Nothing else in the program prints to stdout.
//! Exit codes: 0 done, 2 wrong use or settings, 1 everything else.

#![expect(clippy::print_stdout, reason = "commands print their result")]

use crate::{
    app::{
        self, Book, BookKey, FIRST_LOGIN, NewCertificate, NewToken, OfflineAccounts, PublicKey,
        token::{Claims, TTL_DEFAULT, TokenKey},
        verify_book,
    },
    bot,
    certs::{self, CertFiles, CertificateFacts, Issued, Names},
    config::{self, Config},
    copier,
    doctor::{
        self, Language, Mark,
        selftest::{self, Through, Tokens},
    },
    domain::{
        access::TokenRole,
        audit::{Closing, Opening},
        role::{Role, Roles},
    },
    id::{MeetingId, RecordingId},
    leg,
    recorder::{
        self,
        io::{archive, finaliser},
    },
    relay::media::Codec,
    serve::{self, ServeError},
    store::{DataFolder, Forgotten, Store},
    telemetry,
};
use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use std::{
    error::Error,
    io::IsTerminal as _,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, SystemTime},
};

/// Video teleconference relay for a county government (云岭).
#[derive(Debug, Parser)]
#[command(name = "yunling", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server in the foreground until SIGTERM or SIGINT.
    Serve(ServeArgs),
    /// Show the settings, or check a settings file.
    Config(ConfigArgs),
    /// Send into a meeting or watch it, as another maker's WebRTC client would; for tests and training.
    #[command(subcommand)]
    Bot(BotCommand),
    /// Print a token that lets its holder into one meeting, as one line.
    Token(TokenArgs),
    /// Make, show or renew the private CA's certificates.
    #[command(subcommand)]
    Certs(CertsCommand),
    /// Make accounts and give them one-time passwords, also while a server runs.
    #[command(subcommand)]
    User(UserCommand),
    /// Give up second factors and passwords of links whose key (data/secrets.key) is lost, so that the server can start. Stop it first.
    ForgetSecrets {
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Check what must not have been changed.
    #[command(subcommand)]
    Verify(VerifyCommand),
    /// Make a recording's files again from its journal alone, without a server: the files that are there are replaced at the end.
    Rebuild {
        /// The recording's folder, for example data/recordings/abcd2345.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Look at this machine and send a picture through a relay: what would keep a meeting from working, and what to do.
    Doctor(DoctorArgs),
    /// A leg's child process; the server starts it.
    #[command(name = "__leg", hide = true)]
    Leg,
    /// A recorder's child process; the server starts it.
    #[command(name = "__recorder", hide = true)]
    Recorder,
    /// A finaliser's child process; the server starts it.
    #[command(name = "__finalise", hide = true)]
    Finalise,
    /// What makes a copy with a watermark; the server starts it.
    #[command(name = "__copy", hide = true)]
    Copy,
}

/// Where the settings are.
#[derive(Debug, Args)]
struct SettingsArgs {
    /// Settings file; without it every setting has its default.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Open the meeting `demo`, which anyone at a private address can watch and join without a token.
    #[arg(long)]
    demo: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct ConfigArgs {
    /// Print every setting with its default and what it means.
    #[arg(long)]
    default: bool,
    /// Read this settings file and the environment; say what is wrong, or nothing.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct TokenArgs {
    /// The meeting it is for.
    #[arg(long, value_name = "ID")]
    meeting: MeetingId,
    /// What it allows: publisher (send and look) or viewer (look).
    #[arg(long, value_parser = role)]
    role: TokenRole,
    /// How long it is good, for example 30m or 2h; at most as tokens.ttl_minutes of the settings says. An hour, or that, if left out.
    #[arg(long, value_parser = ttl)]
    ttl: Option<Duration>,
    /// Shown beside the picture.
    #[arg(long, default_value = "")]
    name: String,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, Subcommand)]
enum CertsCommand {
    /// Make the private CA and the first server certificate. Refuses where one is.
    Init(SettingsArgs),
    /// Show what the certificates say and how long they are good.
    Show(SettingsArgs),
    /// Make a new server certificate with the CA that is there; a running server takes it up by itself.
    Renew(SettingsArgs),
    /// Make a certificate for somebody and register it: from now on they log in with their password and it, on any machine whose
    /// browser has it. Also while a server runs.
    Client {
        /// Their log-in name.
        login: String,
        /// File to write certificate and key into, PEM, for its owner alone; it must not exist.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        settings: SettingsArgs,
    },
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make an account; prints its one-time password.
    Add {
        /// What its owner logs in with: 2 to 32 letters, digits, `.`, `-`, `_`.
        login: String,
        /// Whose it is.
        #[arg(long)]
        name: String,
        /// What it is for; may be given several times: system_admin, security_admin, audit_admin, operator, leader, clerk,
        /// approver, liaison.
        #[arg(long = "role", required = true, value_parser = account_role)]
        roles: Vec<Role>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Give an account a new one-time password, let it log in again, take its second factor away, revoke its certificates and end its
    /// log-ins; prints the password.
    Passwd {
        /// Its log-in name.
        login: String,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// List all accounts.
    List(SettingsArgs),
}

#[derive(Debug, Subcommand)]
enum VerifyCommand {
    /// Walk the book (审计) from its first record to its last, beside its mirror and its signed checkpoints, and say what was
    /// changed, is missing or was added.
    Audit(SettingsArgs),
    /// Say whether a table that was exported from the book is still what this server, or the one with that key, exported.
    Export {
        /// The exported table, for example audit.csv.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Public key of the server, as `yunling verify audit` prints it; left out, this machine's own.
        #[arg(long, value_name = "HEX")]
        key: Option<PublicKey>,
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Read a recording's journal (录制) without a server: what of it is whole, and what is missing.
    Recording {
        /// The recording's folder, for example data/recordings/abcd2345.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

fn account_role(text: &str) -> Result<Role, &'static str> {
    Role::named(text)
        .ok_or("it is system_admin, security_admin, audit_admin, operator, leader, clerk, approver or liaison")
}

#[derive(Debug, Args)]
struct DoctorArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
    /// zh or en; without it Chinese, unless the system's language is English.
    #[arg(long, value_parser = language)]
    lang: Option<Language>,
    #[arg(long, env = "LANG", hide = true)]
    locale: Option<String>,
    /// Only look at the machine; send nothing.
    #[arg(long, conflicts_with = "server")]
    skip_selftest: bool,
    /// How many seconds the self-test measures, 1 to 60.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Send through this running server instead of a temporary one, for example https://10.20.0.5:8443.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// A meeting that is on air there; for some seconds it has one participant more.
    #[arg(long, value_name = "ID", default_value = "demo", requires = "server")]
    meeting: MeetingId,
    /// A publisher's token for it; without tokens the data folder's secret signs two.
    #[arg(long, requires_all = ["server", "view_token"])]
    token: Option<String>,
    /// A viewer's token for it, of another participant.
    #[arg(long, requires = "token")]
    view_token: Option<String>,
    /// The site's root certificate; without it the data folder's.
    #[arg(long, value_name = "FILE", requires = "server")]
    ca: Option<PathBuf>,
}

fn language(text: &str) -> Result<Language, &'static str> {
    match text {
        "zh" => Ok(Language::Chinese),
        "en" => Ok(Language::English),
        _ => Err("it is zh or en"),
    }
}

fn role(text: &str) -> Result<TokenRole, &'static str> {
    TokenRole::named(text).ok_or("it is publisher or viewer")
}

fn ttl(text: &str) -> Result<Duration, &'static str> {
    const WRONG: &str = "write it with its unit, for example 30m or 2h, at most 24h";
    let span: jiff::SignedDuration = text.parse().map_err(|_| WRONG)?;
    let ttl = Duration::try_from(span).map_err(|_| WRONG)?;
    if ttl.is_zero() || ttl > Duration::from_hours(24) { Err(WRONG) } else { Ok(ttl) }
}

#[derive(Debug, Subcommand)]
enum BotCommand {
    /// Send a clip's picture and sound again and again.
    Publish {
        #[command(flatten)]
        target: BotTarget,
        /// Codec of the picture: h264 or vp8.
        #[arg(long, default_value = "h264", value_parser = picture_codec)]
        codec: Codec,
    },
    /// Watch, and count what comes: one line of JSON a second, and a summary.
    View {
        #[command(flatten)]
        target: BotTarget,
    },
    /// Let many viewers join as pages do, and count what comes: do this server and the network bear so many?
    Audience {
        #[command(flatten)]
        target: BotTarget,
        /// How many.
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
        viewers: u16,
        /// Seconds in which all of them join.
        #[arg(long, value_name = "N", default_value_t = 5)]
        within: u16,
    },
}

#[derive(Debug, Args)]
struct BotTarget {
    /// WHIP or WHEP address, for example https://127.0.0.1:8443/whep/demo.
    #[arg(long)]
    url: String,
    /// What `yunling token` printed; the demonstration meeting needs none.
    #[arg(long)]
    token: Option<String>,
    /// The site's root certificate, for example data/certs/ca.crt.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// End after so many seconds of media.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

impl From<BotTarget> for bot::Target {
    fn from(BotTarget { url, token, ca, seconds }: BotTarget) -> Self {
        Self { url, token, ca, seconds }
    }
}

fn picture_codec(text: &str) -> Result<Codec, &'static str> {
    match text {
        "h264" => Ok(Codec::H264),
        "vp8" => Ok(Codec::Vp8),
        _ => Err("it is h264 or vp8"),
    }
}

impl BotCommand {
    fn run(self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let line = |figures| println!("{figures}");
        let summary = match self {
            Self::Publish { target, codec } => runtime.block_on(bot::publish::run(&target.into(), codec, line))?,
            Self::View { target } => runtime.block_on(bot::view::run(&target.into(), line))?,
            Self::Audience { target, viewers, within } => {
                let within = Duration::from_secs(within.into());
                let arriving = bot::audience::Arriving { viewers: viewers.into(), within };
                runtime.block_on(bot::audience::run(&target.into(), arriving, line))?
            }
        };
        println!("{summary}");
        Ok(())
    }
}

/// How a command failed, and so the exit code.
#[derive(Debug)]
enum Failure {
    /// Wrong use or wrong settings: who typed the command can mend it.
    WrongUse(Box<dyn Error>),
    /// Anything else.
    Failed(Box<dyn Error>),
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Cli {
    /// Carries the command out and says how it ended. An error is written to stderr as one line, causes and all.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let (code, error) = match self.command.run() {
            Ok(()) => return ExitCode::SUCCESS,
            Err(Failure::WrongUse(error)) => (2, error),
            Err(Failure::Failed(error)) => (1, error),
        };
        eprintln!("yunling: {}", whole_chain(error.as_ref()));
        ExitCode::from(code)
    }
}

/// The error and its causes: `what was attempted: why not: why that`.
fn whole_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Serve(args) => args.run()?,
            Self::Config(ConfigArgs { default: true, .. }) => print!("{}", config::DEFAULT_TEXT),
            Self::Config(ConfigArgs { check, .. }) => {
                serve::legs_of(&settings(check.as_deref())?, false).map_err(|error| Failure::WrongUse(error.into()))?;
            }
            Self::Token(args) => args.run()?,
            Self::Certs(command) => command.run()?,
            Self::User(command) => command.run()?,
            Self::ForgetSecrets { settings } => forget_secrets(&settings)?,
            Self::Verify(VerifyCommand::Audit(args)) => verify_audit(&args)?,
            Self::Verify(VerifyCommand::Export { file, key, settings }) => verify_export(&file, key, &settings)?,
            Self::Verify(VerifyCommand::Recording { folder }) => verify_recording(&folder)?,
            Self::Doctor(args) => args.run()?,
            Self::Rebuild { folder, settings } => rebuild(&folder, &settings)?,
            Self::Copy => copier::main().map_err(|failed| Failure::Failed(failed.into()))?,
            Self::Finalise => recorder::io::finalise::main().map_err(|failed| Failure::Failed(failed.into()))?,
            Self::Recorder => recorder::io::child::main().map_err(|failed| Failure::Failed(failed.into()))?,
            Self::Leg => leg::io::child::main().map_err(|failed| Failure::Failed(failed.into()))?,
            Self::Bot(command) => command.run()?,
        }
        Ok(())
    }
}

impl SettingsArgs {
    fn load(&self) -> Result<Config, Failure> {
        settings(self.config.as_deref())
    }
}

fn settings(file: Option<&Path>) -> Result<Config, Failure> {
    Config::load(file).map_err(|error| Failure::WrongUse(error.into()))
}

impl ServeArgs {
    fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?;
        telemetry::init(&config.log.filter);
        serve::run(&config, self.demo, |running| {
            if let Some(password) = &running.first_password {
                eprint!("{}", first_administrator(password.reveal(), port(&running.https)));
            }
            if self.demo {
                let https = &running.https;
                let serves = |ip: &IpAddr| {
                    https.iter().any(|at| at.ip() == *ip || (at.ip().is_unspecified() && at.is_ipv4() == ip.is_ipv4()))
                };
                let own: Vec<IpAddr> = certs::own_addresses().into_iter().filter(serves).collect();
                print!("{}", where_to_look(port(https), port(&running.http), &own));
            }
        })
        .map_err(|error| match error {
            ServeError::Settings(wrong) => Failure::WrongUse(wrong.into()),
            error => error.into(),
        })
    }
}

fn port(addresses: &[SocketAddr]) -> u16 {
    addresses.first().map_or(0, SocketAddr::port)
}

/// What the person at the first start needs, and nobody ever again: so it goes to the terminal and never to the log.
fn first_administrator(password: &str, https: u16) -> String {
    format!(
        "
  首次启动：系统尚无账号，已创建第一个管理员。以下一次性密码只显示这一次，首次登录时必须修改。
  First start: the first administrator was made. The one-time password is shown once and must be changed.
    https://127.0.0.1:{https}/
    账号 log-in name        {FIRST_LOGIN}
    一次性密码 password     {password}
  遗失时请在本机执行  yunling user passwd {FIRST_LOGIN}

"
    )
}

/// What a person who started the demonstration opens next. `own` are this machine's addresses in its network.
fn where_to_look(https: u16, http: u16, own: &[IpAddr]) -> String {
    let at = |ip: &IpAddr, port: u16| SocketAddr::new(*ip, port);
    let from_elsewhere = own.iter().map(|ip| format!("    https://{}/\n", at(ip, https))).collect::<String>();
    let from_elsewhere = match own {
        [] => String::new(),
        _ => format!("  网内其他电脑用 / From other machines of the network:\n{from_elsewhere}"),
    };
    format!(
        "
  演示会议已就绪，请在本机浏览器打开 / The demonstration is ready. Open in a browser on this machine:
    https://127.0.0.1:{https}/screen/demo   大屏，看正在播出的画面 / the big screen: the picture on air
    https://127.0.0.1:{https}/join/demo     用摄像头和话筒入会 / join with camera and microphone
    https://127.0.0.1:{https}/status        实时数据 / live figures
{from_elsewhere}  浏览器信任根证书之前会警告，办法见 / The browser warns until it knows the private root certificate; what to do:
    http://127.0.0.1:{http}/
  按 Ctrl+C 结束 / Ctrl+C ends the server.

"
    )
}

impl TokenArgs {
    fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?;
        let longest = Duration::from_secs(u64::from(config.tokens.ttl_minutes) * 60);
        let ttl = self.ttl.unwrap_or_else(|| TTL_DEFAULT.min(longest));
        if ttl > longest {
            let minutes = config.tokens.ttl_minutes;
            return Err(Failure::WrongUse(
                format!("--ttl is longer than tokens.ttl_minutes = {minutes} allows").into(),
            ));
        }
        let data = DataFolder::open(&config.data.folder)?;
        if !data.database().exists() {
            let none = "no server was ever started with these settings, so there is no meeting to enter";
            return Err(Failure::Failed(none.into()));
        }
        let name = if self.name.is_empty() { String::new() } else { format!(" name:{}", self.name) };
        let subject = format!("meeting:{} role:{} seconds:{}{name}", self.meeting, self.role.name(), ttl.as_secs());
        with_store(&self.settings, async |store| {
            let key = TokenKey::load_or_make(&data.token_secret())?;
            let (meeting, role, made_by) = (self.meeting.clone(), self.role, command_line()?);
            let new = NewToken { meeting, role, ttl, name: &self.name, made_by };
            let act = app::make_token(store, &key, new, SystemTime::now());
            let said = |(claims, _): &(Claims, String)| format!("token:{} {subject}", claims.holder.participant);
            let (_, token) = written_down_as(store, "token.make", subject.clone(), act, said).await?;
            println!("{token}");
            Ok(())
        })
    }
}

impl DoctorArgs {
    fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?;
        let language = self.lang.unwrap_or_else(|| Language::of_locale(self.locale.as_deref().unwrap_or_default()));
        let span = Duration::from_secs(self.seconds);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let through = if self.skip_selftest { None } else { Some((runtime.block_on(self.through(&config))?, span)) };
        let legs = serve::legs_settings(&config)?;
        let report = runtime.block_on(doctor::examine(&config, &legs, through));
        if self.json {
            println!("{:#}", report.json(language));
        } else {
            print!("{}", report.text(language, std::io::stdout().is_terminal()));
        }
        match report.count(Mark::Fault) {
            0 => Ok(()),
            faults => Err(Failure::Failed(format!("the doctor found {faults} at fault").into())),
        }
    }

    async fn through(&self, config: &Config) -> Result<Through, Failure> {
        let Some(server) = &self.server else { return Ok(Through::Temporary) };
        let tokens = match (&self.token, &self.view_token) {
            (Some(sends), Some(looks)) => Tokens { sends: sends.clone(), looks: looks.clone() },
            _ => selftest::tokens(&config.data.folder, &self.meeting).await?,
        };
        let own = CertFiles::in_folder(&config.data.folder.join("certs")).ca_certificate;
        Ok(Through::Running {
            server: server.trim_end_matches('/').to_owned(),
            meeting: self.meeting.clone(),
            tokens,
            ca: self.ca.clone().or_else(|| own.exists().then_some(own)),
        })
    }
}

impl CertsCommand {
    fn run(self) -> Result<(), Failure> {
        let (Self::Init(args) | Self::Show(args) | Self::Renew(args)) = &self else {
            let Self::Client { login, out, settings } = self else { return Ok(()) };
            return certify(&login, &out, &settings);
        };
        let config = args.load()?;
        let data = DataFolder::open(&config.data.folder)?;
        let files = CertFiles::in_folder(&data.certificates());
        let names = Names::of_this_machine(&config.http.names);
        let now = SystemTime::now();
        match self {
            Self::Init(_) => {
                in_the_book(&data, "certs.make", String::new(), || Ok(certs::init(&files, &names, now)?))?;
            }
            Self::Renew(_) => {
                in_the_book(&data, "certs.renew", String::new(), || Ok(certs::renew(&files, &names, now)?))?;
            }
            Self::Show(_) | Self::Client { .. } => {}
        }
        for path in [&files.ca_certificate, &files.certificate] {
            print_certificate(path, &certs::show(path)?, now);
        }
        Ok(())
    }
}

/// Makes a certificate for somebody, writes it down and registers it.
fn certify(login: &str, out: &Path, settings: &SettingsArgs) -> Result<(), Failure> {
    let now = SystemTime::now();
    let files = CertFiles::in_folder(&DataFolder::open(&settings.load()?.data.folder)?.certificates());
    with_store(settings, async |store| {
        let accounts = OfflineAccounts::new(store.clone());
        let act = async {
            let owner = accounts.for_certificate(login).await?;
            let issued = certs::issue(&files, &format!("{} {}", owner.login, owner.name), now)?;
            certs::hand_out(&issued, out)?;
            let registered = accounts.register(&owner, new_certificate(&issued, command_line()?), now).await;
            if registered.is_err() {
                // A certificate that nobody knows opens nothing; its file would only promise it.
                let _ = std::fs::remove_file(out);
            }
            registered?;
            Ok::<_, Failure>(issued.facts)
        };
        // Which of somebody's certificates it is says its serial number.
        let said = |facts: &CertificateFacts| format!("{} serial:{}", account(login), facts.serial);
        let facts = written_down_as(store, "certificate.make", account(login), act, said).await?;
        print_certificate(out, &facts, now);
        let file = out.display();
        println!("\n浏览器导入的是 PKCS#12 文件，在本机执行（会要求设置一个传递口令）：");
        println!("Browsers import PKCS#12; make it here (it asks for a password to carry it with):");
        println!("  openssl pkcs12 -export -in '{file}' -out '{file}.p12'");
        println!("交给本人导入后，请删除这两个文件。/ Delete both files once its owner has imported it.");
        Ok(())
    })
}

fn new_certificate(issued: &Issued, made_by: String) -> NewCertificate {
    let facts = &issued.facts;
    NewCertificate {
        id: facts.fingerprint().parse().expect("64 hexadecimal digits are an id"),
        serial: facts.serial.clone(),
        subject: facts.subject.clone(),
        not_after: facts.not_after,
        made_by,
    }
}

impl UserCommand {
    fn run(self) -> Result<(), Failure> {
        let now = SystemTime::now();
        match self {
            Self::Add { login, name, roles, settings } => with_store(&settings, async |store| {
                let accounts = OfflineAccounts::new(store.clone());
                let roles: Roles = roles.into_iter().collect();
                let act = accounts.add(&login, &name, roles, now);
                let password = written_down(store, "account.make", account(&login), act).await?;
                println!("{}", password.reveal());
                Ok(())
            }),
            Self::Passwd { login, settings } => with_store(&settings, async |store| {
                let accounts = OfflineAccounts::new(store.clone());
                let password =
                    written_down(store, "account.reset", account(&login), accounts.reset(&login, now)).await?;
                println!("{}", password.reveal());
                Ok(())
            }),
            Self::List(settings) => with_store(&settings, async |store| {
                for account in OfflineAccounts::new(store.clone()).list().await? {
                    let roles: Vec<_> = account.roles.iter().map(Role::name).collect();
                    let state = if account.enabled { "enabled" } else { "disabled" };
                    println!("{:<32} {state:<8} {}  {}", account.login.as_str(), roles.join(","), account.name);
                }
                Ok(())
            }),
        }
    }
}

/// Gives up the secrets whose key is lost; the book says so.
fn forget_secrets(settings: &SettingsArgs) -> Result<(), Failure> {
    let folder = DataFolder::open(&settings.load()?.data.folder)?;
    let _claim = folder.claim()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let forgotten = runtime.block_on(async {
        let file = folder.database();
        let store = Store::open_to_forget(&file).await?;
        let forgotten = store.forgettable().await?;
        let Forgotten { second_factors, legs } = &forgotten;
        let subject = format!("second factors:{} legs:{}", second_factors.join(","), legs.join(","));
        let done = written_down(&store, "secrets.forget", subject, store.forget_secrets(&file)).await;
        store.close().await?;
        done.map(|()| forgotten)
    })?;
    let Forgotten { second_factors, legs } = forgotten;
    let list = |names: &[String]| if names.is_empty() { "-".to_owned() } else { names.join(", ") };
    println!("已放弃动态口令：{}；须重新填写密码并启用的线路：{}。", list(&second_factors), list(&legs));
    println!(
        "Given up: second factors of {}; links to be given their password and started again: {}.",
        list(&second_factors),
        list(&legs)
    );
    Ok(())
}

/// Opens the data folder's database. A running server has it open too: SQLite lets both write, and the server reads accounts
/// and log-ins anew at each request.
fn with_store(settings: &SettingsArgs, work: impl AsyncFnOnce(&Store) -> Result<(), Failure>) -> Result<(), Failure> {
    let folder = DataFolder::open(&settings.load()?.data.folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(&folder.database()).await?;
        let done = work(&store).await;
        store.close().await?;
        done
    })
}

/// An act of the command line between the two records of its entry in the book.
async fn written_down<T, E: Into<Failure>>(
    store: &Store,
    action: &str,
    subject: String,
    act: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    written_down_as(store, action, subject, act, |_| String::new()).await
}

/// The same for an act that makes what it is about: `said` is the subject once that is known.
async fn written_down_as<T, E: Into<Failure>>(
    store: &Store,
    action: &str,
    subject: String,
    act: impl Future<Output = Result<T, E>>,
    said: impl FnOnce(&T) -> String,
) -> Result<T, Failure> {
    let book = Book::new(store.clone());
    let (actor, address) = (command_line()?, "local".to_owned());
    let entry = book.open(Opening { actor, address, action: action.to_owned(), subject }).await?;
    let done = act.await;
    let result = if done.is_ok() { "ok" } else { "refused" }.to_owned();
    let subject = done.as_ref().map(said).unwrap_or_default();
    book.close(Closing { entry, subject, result }).await?;
    done.map_err(Into::into)
}

/// Who acts on the command line, as the book has it.
fn command_line() -> std::io::Result<String> {
    let uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self")?);
    Ok(format!("command line uid {uid}"))
}

fn account(login: &str) -> String {
    format!("account:{}", login.to_lowercase())
}

/// The same for an act that needs no database: without one there was no start yet, so there is nobody to keep in or out and no
/// book to write into.
fn in_the_book<T>(
    folder: &DataFolder,
    action: &str,
    subject: String,
    act: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    if !folder.database().exists() {
        return act();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(&folder.database()).await?;
        let done = written_down(&store, action, subject, async { act() }).await;
        store.close().await?;
        done
    })
}

/// Walks the book and all that is kept beside it. Fails if anything is wrong with it.
fn verify_audit(settings: &SettingsArgs) -> Result<(), Failure> {
    let folder = DataFolder::open(&settings.load()?.data.folder)?;
    let key = public_key(&folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let verdict = runtime.block_on(async {
        let store = Store::open_to_read(&folder.database()).await?;
        let mut verdict = verify_book(&store, &folder.book_mirror(), key).await?;
        // A running server adds to the mirror a moment after the book: it gets that moment.
        for _ in 0..MIRROR_LOOKS {
            if !verdict.mirror_ends {
                break;
            }
            tokio::time::sleep(MIRROR_MOMENT).await;
            verdict = verify_book(&store, &folder.book_mirror(), key).await?;
        }
        verdict.findings.extend(store.cut_short(&folder.database()).await?);
        store.close().await?;
        Ok::<_, Failure>(verdict)
    })?;
    for finding in &verdict.findings {
        println!("{finding}");
    }
    if !verdict.is_whole() {
        let file = folder.database();
        return Err(Failure::Failed(format!("审计记录不完整 / the book {} is not whole", file.display()).into()));
    }
    let (end, checkpoints) = (verdict.walked.end, verdict.checkpoints);
    println!(
        "审计记录完整：{} 条记录，{} 个事项，其中 {} 个没有结束。镜像一致，{checkpoints} 个签名检查点相符。",
        end.record, end.entry, verdict.walked.open
    );
    println!(
        "The book is whole: {} records, {} entries, {} never closed. Its mirror is the same, {checkpoints} signed checkpoints \
         fit.",
        end.record, end.entry, verdict.walked.open
    );
    if let Some(anchor) = verdict.anchor {
        let until = Timestamp::from_millisecond(i64::try_from(anchor.until_ms).unwrap_or_default()).unwrap_or_default();
        println!("从第 {} 条记录（{until}）之后开始：更早的已按签署的锚点清理。", anchor.record);
        println!("It begins after record {} of {until}: what was before is no longer kept, as signed.", anchor.record);
    }
    if let (Some(from), Some(anchor)) = (verdict.going, verdict.anchor) {
        println!("第 {from} 至 {} 条记录正在清理，由服务器继续。", anchor.record);
        println!("Records {from} to {} are being removed; the server goes on with that.", anchor.record);
    }
    verdict.clocks.iter().for_each(|said| println!("{said}"));
    println!("Last SHA-256: {}", end.seals.sha256);
    println!("Last SM3:     {}", end.seals.sm3);
    if let Some(key) = key {
        println!("Public key:   {key}");
    }
    println!("请把它们抄到本机之外：能控制本机的人可以全部重写。");
    println!("Note them down outside this machine: whoever rules it could write all of this anew.");
    Ok(())
}

/// How often a mirror that ends before the book is looked at again, and how much later each time.
const MIRROR_LOOKS: u32 = 4;
const MIRROR_MOMENT: Duration = Duration::from_millis(500);

/// The public half of the server's key; `None` before its first start.
fn public_key(folder: &DataFolder) -> Result<Option<PublicKey>, Failure> {
    let path = folder.book_key();
    Ok(if path.exists() { Some(BookKey::load_or_make(&path)?.public()) } else { None })
}

/// Checks a table that was exported from the book. Fails if it is not as it was.
fn verify_export(file: &Path, key: Option<PublicKey>, settings: &SettingsArgs) -> Result<(), Failure> {
    let key = match key {
        Some(key) => key,
        None => public_key(&DataFolder::open(&settings.load()?.data.folder)?)?
            .ok_or_else(|| Failure::WrongUse("there is no key on this machine: say --key".into()))?,
    };
    let failed =
        |error: app::ExportProblem| Failure::Failed(format!("{}: {}", file.display(), whole_chain(&error)).into());
    let table = std::fs::File::open(file).map_err(|source| failed(app::ExportProblem::Read(source)))?;
    let entries = app::check_export(std::io::BufReader::new(table), key).map_err(failed)?;
    println!("与导出时一致，共 {entries} 条。It is as it was exported: {entries} entries.");
    Ok(())
}

/// Reads a recording's journal. Fails if anything in it is not as it was written; gaps that were recorded are no such thing.
fn verify_recording(folder: &Path) -> Result<(), Failure> {
    let verdict = archive::verify(folder)?;
    print!("{}", verdict.text());
    let differences = archive::verify_files(folder)?;
    match &differences {
        None => println!("还没有生成成品文件。No files were made of it yet."),
        Some(list) if list.is_empty() => println!("成品文件与清单一致。The files are as their manifest says."),
        Some(list) => list.iter().for_each(|difference| println!("{difference}")),
    }
    match verdict.findings.len() + differences.map_or(0, |list| list.len()) {
        0 if verdict.segments > 0 => Ok(()),
        0 => Err(Failure::WrongUse(format!("{} holds no recording", folder.display()).into())),
        _ => Err(Failure::Failed(format!("the recording in {} is not whole", folder.display()).into())),
    }
}

/// Has the files of a recording made anew, and says on the way how far it is.
fn rebuild(folder: &Path, settings: &SettingsArgs) -> Result<(), Failure> {
    let settings = settings.load()?;
    let found = serve::finaliser_settings(&settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let make = async {
        let made = finaliser::make(&found, folder, |percent| eprint!("\r{percent} %")).await;
        eprintln!();
        made.map_err(|failure| Failure::Failed(failure.detail.into()))
    };
    let summary = runtime.block_on(async {
        // One that lies elsewhere, or was copied, is nobody's but its holder's.
        let Some((data, id)) = recording_in(&settings.data.folder, folder)? else { return make.await };
        let store = Store::open(&data.database()).await?;
        let subject = format!("recording:{id}");
        let made = written_down(&store, "recording.finalise", subject, async {
            if store.catalogue(&id).await?.lock.is_some() {
                return Err(Failure::Failed("the recording is locked (封存): unlock it first / 请先解除封存".into()));
            }
            make.await
        });
        let made = made.await;
        store.close().await?;
        made
    })?;
    let (seconds, gaps) = (summary.length_ms as f64 / 1000.0, summary.gaps);
    println!("已生成 {}：{seconds:.1} 秒，{gaps} 处缺口。", folder.join(archive::FILES).display());
    println!("Made anew: {seconds:.1} s, {gaps} gaps, {} bytes.", summary.bytes);
    Ok(())
}

/// Which of the server's own recordings lies in this folder.
fn recording_in(data: &Path, folder: &Path) -> Result<Option<(DataFolder, RecordingId)>, Failure> {
    if !data.exists() {
        return Ok(None);
    }
    let data = DataFolder::open(data)?;
    let place = |path: PathBuf| path.canonicalize().ok();
    let all = place(data.recordings()).filter(|_| data.database().exists());
    let folder = place(folder.to_owned()).filter(|folder| all.as_deref() == folder.parent());
    let id = folder.as_deref().and_then(Path::file_name).and_then(|name| name.to_str()?.parse().ok());
    Ok(id.map(|id| (data, id)))
}

fn print_certificate(path: &Path, facts: &CertificateFacts, now: SystemTime) {
    let day = |moment: SystemTime| {
        Timestamp::try_from(moment).map_or_else(|_| "?".into(), |at| at.strftime("%Y-%m-%d").to_string())
    };
    println!("{}", path.display());
    println!("  subject  {}", facts.subject);
    if !facts.names.is_empty() {
        println!("  names    {}", facts.names.join(", "));
    }
    let days_left = facts.left(now).as_secs() / 86_400;
    println!("  valid    {} to {} ({days_left} days left)", day(facts.not_before), day(facts.not_after));
    println!("  SHA-256  {}", facts.sha256);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            catalogue::{Catalogue, Lock},
            meeting::{Arrangement, Kind, Meeting, MeetingState, PictureCodec},
            opening::Opening,
        },
        store::AuditQuery,
    };
    use clap::CommandFactory as _;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_ttl_has_a_unit_and_a_bound() {
        for (text, seconds) in [("30m", 1800), ("1h", 3600), ("24h", 86_400), ("1h 30m", 5400)] {
            assert_eq!(ttl(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "1", "0s", "-1h", "25h", "soon"] {
            assert!(ttl(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_demonstration_says_where_to_look_here_and_from_elsewhere() {
        let alone = where_to_look(8443, 8080, &[]);
        for part in ["https://127.0.0.1:8443/screen/demo", "https://127.0.0.1:8443/join/demo", "http://127.0.0.1:8080/"]
        {
            assert!(alone.contains(part), "{alone}");
        }
        assert!(!alone.contains("其他电脑"), "{alone}");
        let reached = where_to_look(9443, 8080, &["10.1.2.3".parse().unwrap(), "fd00::2".parse().unwrap()]);
        assert!(reached.contains("https://10.1.2.3:9443/") && reached.contains("https://[fd00::2]:9443/"), "{reached}");
    }

    #[test]
    fn what_lets_somebody_in_from_the_command_line_stands_in_the_book() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, format!("[data]\nfolder = {:?}\n", folder.path().join("data").display().to_string()))
            .unwrap();
        let settings = || SettingsArgs { config: Some(file.clone()) };
        let token = || TokenArgs {
            meeting: "council".parse().unwrap(),
            role: TokenRole::Publisher,
            ttl: Some(Duration::from_secs(60)),
            name: "村委会".to_owned(),
            settings: settings(),
        };
        CertsCommand::Init(settings()).run().unwrap();
        assert!(token().run().is_err(), "before the first start there is no meeting to enter");
        let data = DataFolder::open(&folder.path().join("data")).unwrap();
        assert!(!data.database().exists(), "before the first start there is no book, and none is made");

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Store::open(&data.database()).await?.close().await }).unwrap();
        token().run().unwrap();
        let long = TokenArgs { ttl: Some(Duration::from_hours(9)), ..token() };
        assert!(matches!(long.run(), Err(Failure::WrongUse(_))), "longer than tokens.ttl_minutes");
        CertsCommand::Renew(settings()).run().unwrap();
        assert!(CertsCommand::Init(settings()).run().is_err(), "there is a CA already");
        let entries = runtime.block_on(async {
            let query = AuditQuery { limit: 10, ..AuditQuery::default() };
            Store::open_to_read(&data.database()).await?.book(&query).await
        });
        let said = entries.unwrap().into_iter().rev();
        let said: Vec<_> = said
            .map(|entry| {
                // Whom a token is revoked by is drawn anew for each.
                let closed = entry.closed.unwrap();
                let of = if closed.subject.starts_with("token:") { "token" } else { "" };
                (entry.opened.action, entry.opened.subject, of, closed.result)
            })
            .collect();
        let expect = [
            ("token.make", "meeting:council role:publisher seconds:60 name:村委会", "token", "ok"),
            ("certs.renew", "", "", "ok"),
            ("certs.make", "", "", "refused"),
        ];
        let expect = expect.map(|(action, subject, of, result)| (action.into(), subject.into(), of, result.into()));
        assert_eq!(said, expect);
    }

    #[test]
    fn a_locked_recording_of_the_server_is_not_made_again_and_the_book_says_who_tried() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, format!("[data]\nfolder = {:?}\n", folder.path().join("data").display().to_string()))
            .unwrap();
        let data = DataFolder::open(&folder.path().join("data")).unwrap();
        let id: RecordingId = "abcd2345".parse().unwrap();
        let recording = data.recordings().join(id.as_str());
        std::fs::create_dir_all(&recording).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(&data.database()).await.unwrap();
            let meeting = Meeting {
                id: "council".parse().unwrap(),
                title: "防汛会商".to_owned(),
                starts: SystemTime::UNIX_EPOCH,
                ends: SystemTime::UNIX_EPOCH,
                kind: Kind::Own,
                codec: PictureCodec::H264,
                state: MeetingState::Closed,
                cancel_reason: String::new(),
                series: None,
                venues: Vec::new(),
                arrangement: Arrangement::default(),
                opening: Opening::default(),
                tests: None,
            };
            store.save_meeting(&meeting).await.unwrap();
            store.begin_recording(id.clone(), &meeting.id).await.unwrap();
            let lock = Lock { by: "clerk".parse().unwrap(), at: SystemTime::now(), reason: "归档".to_owned() };
            store.save_catalogue(&id, &Catalogue { lock: Some(lock), ..Catalogue::default() }).await.unwrap();
            store.close().await.unwrap();
        });
        let settings = SettingsArgs { config: Some(file) };
        let Err(Failure::Failed(refusal)) = rebuild(&recording, &settings) else { panic!("it is made again") };
        assert!(refusal.to_string().contains("封存"), "{refusal}");
        let copy = folder.path().join("copy");
        std::fs::create_dir(&copy).unwrap();
        let Err(Failure::Failed(empty)) = rebuild(&copy, &settings) else { panic!("there is nothing in it") };
        assert!(!empty.to_string().contains("封存"), "a copy is its holder's: {empty}");
        let entries = runtime.block_on(async {
            let query = AuditQuery { limit: 10, ..AuditQuery::default() };
            Store::open_to_read(&data.database()).await?.book(&query).await
        });
        let said: Vec<_> =
            entries.unwrap().into_iter().map(|entry| (entry.opened.subject, entry.closed.unwrap().result)).collect();
        assert_eq!(said, [("recording:abcd2345".to_owned(), "refused".to_owned())]);
    }

    #[test]
    fn a_wrong_leg_of_the_settings_is_wrong_use_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        let leg = "[[leg]]\nid = \"province\"\nname = \"省\"\nmeeting = \"council\"\n";
        for (rest, expect) in [
            ("url = \"http://10.1.2.3/\"", "line 5: leg.url: is not possible; it takes rtsp://host:port/path"),
            ("url = \"srt://:9000\"\nlatency_ms = 1", "line 6: leg.latency_ms: is not possible; it takes milliseconds"),
            (
                "url = \"srt://:9000\"\n[[leg]]\nid = \"province\"\nname = \"二\"\nmeeting = \"m\"\nurl = \"srt://:9001\"",
                "line 7: leg.id: \"province\" is another leg's",
            ),
        ] {
            std::fs::write(&file, format!("{leg}{rest}\n")).unwrap();
            let serve = ServeArgs { settings: SettingsArgs { config: Some(file.clone()) }, demo: false };
            let check = ConfigArgs { default: false, check: Some(file.clone()) };
            for run in [Command::Serve(serve), Command::Config(check)] {
                let Err(Failure::WrongUse(error)) = run.run() else { panic!("{rest} is taken") };
                assert!(error.to_string().contains(expect), "{error}");
            }
        }
    }

    #[test]
    fn an_error_is_one_line_with_its_causes() {
        let cause = std::io::Error::other("disk on fire");
        let error = config::ConfigError::Read { path: "c.toml".into(), source: cause };
        assert_eq!(whole_chain(&error), "cannot read the settings file c.toml: disk on fire");
    }
}
