//! The settings: one TOML file, read and checked once.
//!
//! [`Config::load`] is the only place that reads the file and the environment; everybody else is handed the part that
//! concerns it. A key nobody knows, or a value that cannot be, is a [`ConfigError`] that names the key, the line and what
//! would be right. [`DEFAULT_TEXT`] is the documentation of all keys and parses to exactly [`Config::default`].
//!
//! It does not check the world (whether a port is free, a folder writable): who uses a setting does.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]

mod values;

use crate::{
    domain::role::{Role, Roles},
    subnet::Subnet,
};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// The commented settings file: every key with its default.
pub const DEFAULT_TEXT: &str = include_str!("config/default.toml");

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The web server.
    pub http: Http,
    /// Who may be talked to.
    pub network: Network,
    /// The media workers.
    pub media: Media,
    /// What is kept.
    pub data: Data,
    /// How links that are not WebRTC run.
    pub legs: Legs,
    /// Such links, set up here and not in the panel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leg: Vec<Leg>,
    /// Meeting tokens.
    pub tokens: Tokens,
    /// Log-ins and passwords.
    pub door: Door,
    /// The book of who did what.
    pub audit: Audit,
    /// Recordings.
    pub recordings: Recordings,
    /// The log.
    pub log: Log,
}

/// The web server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Addresses it listens on; at least one.
    #[serde(deserialize_with = "addresses_not_empty")]
    pub listen: Vec<IpAddr>,
    /// TCP port of everything over HTTPS; 0 is any free one.
    pub https_port: u16,
    /// TCP port of the page about the root certificate; 0 is any free one.
    pub http_port: u16,
    /// Further names and addresses for the server certificate.
    #[serde(deserialize_with = "certificate_names")]
    pub names: Vec<String>,
}

/// Who may be talked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// Only these are listened to and connected to.
    #[serde(deserialize_with = "subnets_not_empty")]
    pub allowed_subnets: Vec<Subnet>,
    /// Programs at these addresses may read `/metrics` without a log-in; none if it is empty.
    pub metrics_subnets: Vec<Subnet>,
}

/// The media workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// Threads, each with its own UDP port: 1 to 64.
    #[serde(deserialize_with = "workers")]
    pub workers: u16,
    /// UDP port of the first worker; 0 is any free ones.
    pub base_port: u16,
    /// TCP port of media for who gets no UDP through; 0 is none.
    pub tcp_port: u16,
    /// Addresses the media ports listen on; at least one.
    #[serde(deserialize_with = "addresses_not_empty")]
    pub listen: Vec<IpAddr>,
    /// Addresses told to peers; empty means this machine's own.
    #[serde(deserialize_with = "announced_addresses")]
    pub announce: Vec<IpAddr>,
    /// Most that one publisher may send, kbit/s: 100 to 100 000.
    #[serde(deserialize_with = "uplink_kbps")]
    pub uplink_kbps_max: u32,
    /// DSCP code point on packets sent: 0 to 63, 0 is none.
    #[serde(deserialize_with = "dscp")]
    pub dscp: u8,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Folder of the database, the certificates and their keys.
    #[serde(deserialize_with = "folder")]
    pub folder: PathBuf,
}

/// Links that are not WebRTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Legs {
    /// Folder of the pipeline files.
    #[serde(deserialize_with = "folder")]
    pub pipelines: PathBuf,
}

/// A link that is not WebRTC. What it says is checked where links are set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// Its id; also who it is in its meeting.
    pub id: String,
    /// Shown beside its picture.
    pub name: String,
    /// The meeting it feeds.
    pub meeting: String,
    /// `rtsp://host:port/path`; `srt://host:port` is called, `srt://:port` waits to be called.
    pub url: String,
    /// Name to log in with by RTSP.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// How RTSP carries media.
    #[serde(default)]
    pub transport: LegTransport,
    /// Which stream is asked for by SRT.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stream_id: String,
    /// Receive buffer of SRT, milliseconds.
    #[serde(default = "leg_latency_ms")]
    pub latency_ms: u32,
    /// File whose first line is the password or passphrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// Variable that holds it instead; its name begins with `YUNLING_SECRET_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_env: Option<String>,
    /// The password or passphrase itself, from there. It never stands in the settings file.
    #[serde(skip)]
    pub secret: LegSecret,
    /// Where in the file it stands.
    #[serde(skip)]
    pub place: Place,
}

/// Where in the settings file a leg's keys stand, for who checks what they say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    file: String,
    /// Line of its `[[leg]]`, counted from 1.
    head: usize,
    lines: BTreeMap<String, usize>,
}

impl Place {
    /// The value of this key is wrong, and this would be right.
    #[must_use]
    pub fn wrong(&self, key: &str, problem: String) -> ConfigError {
        let line = self.lines.get(key).copied().unwrap_or(self.head);
        ConfigError::Line { file: self.file.clone(), line, key: format!("leg.{key}: "), problem }
    }

    /// The places of all legs of a file, in its order.
    fn of_all(file: &str, text: &str) -> Vec<Self> {
        let mut places: Vec<Self> = Vec::new();
        let mut in_leg = false;
        for (line, content) in (1..).zip(text.lines().map(str::trim)) {
            if content.starts_with('[') {
                in_leg = content.starts_with("[[leg]]");
                if in_leg {
                    places.push(Self { file: file.to_owned(), head: line, lines: BTreeMap::new() });
                }
            } else if let (true, Some(place), Some((key, _))) = (in_leg, places.last_mut(), content.split_once('=')) {
                place.lines.insert(key.trim().to_owned(), line);
            }
        }
        places
    }
}

/// How RTSP carries media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LegTransport {
    /// Inside the RTSP connection.
    #[default]
    Tcp,
    /// On UDP ports of its own.
    Udp,
}

/// A password or passphrase; not shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct LegSecret(String);

impl LegSecret {
    /// The text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LegSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegSecret(…)")
    }
}

const fn leg_latency_ms() -> u32 {
    200
}

/// Meeting tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// Minutes a token lives at most, and a visit's: 1 to 1440.
    #[serde(deserialize_with = "ttl_minutes")]
    pub ttl_minutes: u32,
}

/// Log-ins and passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Door {
    /// Minutes without a request after which a log-in is over: 5 to 1440.
    #[serde(deserialize_with = "session_idle_minutes")]
    pub session_idle_minutes: u32,
    /// Hours after which a log-in is over, an operator's not before the meetings on air: 1 to 168.
    #[serde(deserialize_with = "session_hours")]
    pub session_hours: u32,
    /// Fewest characters of a password: 8 to 64.
    #[serde(deserialize_with = "password_chars")]
    pub password_chars: u32,
    /// Fewest classes of characters of a password: 3 or 4.
    #[serde(deserialize_with = "password_classes")]
    pub password_classes: u32,
    /// How many earlier passwords may not come again: 3 to 12.
    #[serde(deserialize_with = "password_history")]
    pub password_history: u32,
    /// Wrong passwords that lock: 3 to 10.
    #[serde(deserialize_with = "lock_failures")]
    pub lock_failures: u32,
    /// Minutes a lock lasts: 10 to 1440.
    #[serde(deserialize_with = "lock_minutes")]
    pub lock_minutes: u32,
    /// Days after which a password has to be changed: 0 to 3650, 0 is never.
    #[serde(deserialize_with = "password_days")]
    pub password_days: u32,
    /// Hours within which a one-time password has to be used: 0 to 720, 0 is no end.
    #[serde(deserialize_with = "one_time_hours")]
    pub one_time_hours: u32,
    /// Whoever has one of these roles needs a second factor.
    pub second_factor: RoleNames,
    /// Whether a new log-in ends the account's older ones.
    pub one_session: bool,
    /// Minutes without an act after which a console locks: 0 to 120, 0 is never by itself.
    #[serde(deserialize_with = "console_lock_minutes")]
    pub console_lock_minutes: u32,
    /// Fewest digits of a PIN: 6 to 12.
    #[serde(deserialize_with = "pin_digits")]
    pub pin_digits: u32,
    /// Whether browsers are asked for a certificate of the private CA.
    pub client_certificates: bool,
}

/// Roles, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct RoleNames(pub Roles);

impl TryFrom<Vec<String>> for RoleNames {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        let role = |name: &String| Role::named(name).ok_or_else(|| name.clone());
        let roles: Result<Roles, String> = names.iter().map(role).collect();
        let right = Role::ALL.map(Role::name).join(", ");
        roles.map(Self).map_err(|name| format!("{name:?} is no role; roles are {right}"))
    }
}

impl From<RoleNames> for Vec<String> {
    fn from(RoleNames(roles): RoleNames) -> Self {
        roles.iter().map(|role| role.name().to_owned()).collect()
    }
}

/// The book of who did what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// Days a record is kept at least: 180 to 36500.
    #[serde(deserialize_with = "keep_days")]
    pub keep_days: u32,
    /// Log host each record is sent to.
    pub syslog: LogHostAddress,
    /// Certificate, in PEM, of who signed the log host's; empty without a log host.
    pub syslog_ca: PathBuf,
}

/// Where a log host is, or that there is none: `10.1.2.9:6514`, or an empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogHostAddress(pub Option<SocketAddr>);

impl TryFrom<String> for LogHostAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.parse() {
            _ if text.is_empty() => Ok(Self(None)),
            Ok(address) => Ok(Self(Some(address))),
            Err(_) => {
                Err(format!("{text:?} is no address; write an IP address and a port, for example \"10.1.2.9:6514\""))
            }
        }
    }
}

impl From<LogHostAddress> for String {
    fn from(LogHostAddress(address): LogHostAddress) -> Self {
        address.map(|address| address.to_string()).unwrap_or_default()
    }
}

/// Recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recordings {
    /// Seconds that a piece of a running recording is long, which can be played before it is over: 5 to 600.
    #[serde(deserialize_with = "piece_seconds")]
    pub piece_seconds: u32,
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A `tracing` filter.
    #[serde(deserialize_with = "log_filter")]
    pub filter: String,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: everywhere(), https_port: 8443, http_port: 8080, names: Vec::new() }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self { allowed_subnets: Subnet::private(), metrics_subnets: Subnet::loopback() }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            workers: 2,
            base_port: 50_000,
            tcp_port: 8444,
            listen: everywhere(),
            announce: Vec::new(),
            uplink_kbps_max: 4000,
            dscp: 34,
        }
    }
}

impl Default for Data {
    fn default() -> Self {
        Self { folder: "data".into() }
    }
}

impl Default for Legs {
    fn default() -> Self {
        Self { pipelines: "gst-pipelines".into() }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self { ttl_minutes: 480 }
    }
}

impl Default for Door {
    fn default() -> Self {
        Self {
            session_idle_minutes: 30,
            session_hours: 12,
            password_chars: 10,
            password_classes: 3,
            password_history: 5,
            lock_failures: 5,
            lock_minutes: 30,
            password_days: 90,
            one_time_hours: 72,
            second_factor: RoleNames::default(),
            one_session: false,
            console_lock_minutes: 15,
            pin_digits: 6,
            client_certificates: true,
        }
    }
}

impl Default for Audit {
    fn default() -> Self {
        Self { keep_days: 1095, syslog: LogHostAddress::default(), syslog_ca: PathBuf::new() }
    }
}

impl Default for Recordings {
    fn default() -> Self {
        Self { piece_seconds: 64 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info,sea_orm_migration=warn".into() }
    }
}

fn everywhere() -> Vec<IpAddr> {
    vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()]
}

/// Why there are no settings. Each sentence says where, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings file {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of the file is wrong.
    #[error("{file}, line {line}: {key}{problem}")]
    Line {
        /// Which file.
        file: String,
        /// Counted from 1.
        line: usize,
        /// `section.key: `, or nothing if the line has none.
        key: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// An environment variable is wrong.
    #[error("environment variable {variable}: {problem}")]
    Environment {
        /// Which variable.
        variable: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Two settings do not go together.
    #[error("{key}: {problem}")]
    Together {
        /// `section.key`.
        key: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl Config {
    /// Reads the file, if one is named, and the `YUNLING_…` variables of the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        let Some(path) = file else { return Self::read("", "", environment.collect()) };
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.into(), source })?;
        Self::read(&path.display().to_string(), &text, environment.collect())
    }

    /// The same from text: `file` is only named in errors; `environment` maps variables to their values.
    pub fn read(file: &str, text: &str, environment: BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let (secrets, environment): (BTreeMap<_, _>, BTreeMap<_, _>) =
            environment.into_iter().partition(|(variable, _)| variable.starts_with(SECRET_PREFIX));
        let mut config: Self = toml::from_str(text).map_err(|error| at_line(file, text, &error))?;
        if !environment.is_empty() {
            let mut table = as_table(&config);
            for (variable, value) in environment {
                config = overridden(&mut table, &variable, &value)
                    .map_err(|problem| ConfigError::Environment { variable, problem })?;
            }
        }
        config.check_together()?;
        let places = Place::of_all(file, text).into_iter().map(Some).chain(std::iter::repeat(None));
        for (leg, place) in config.leg.iter_mut().zip(places) {
            // Legs written otherwise, as an array in one line, have no lines of their own.
            leg.place = place.unwrap_or_else(|| Place { file: file.to_owned(), head: 1, ..Place::default() });
            leg.secret = leg.find_secret(&secrets).map_err(|(key, problem)| leg.place.wrong(key, problem))?;
        }
        Ok(config)
    }

    /// What no single value can tell.
    fn check_together(&self) -> Result<(), ConfigError> {
        let Http { https_port, http_port, .. } = self.http;
        if https_port != 0 && https_port == http_port {
            let problem =
                format!("is {http_port} like http.https_port; the two need different ports, by default 8443 and 8080");
            return Err(ConfigError::Together { key: "http.http_port", problem });
        }
        let Media { workers, base_port, tcp_port, .. } = self.media;
        if tcp_port != 0 && [https_port, http_port].contains(&tcp_port) {
            let problem =
                format!("is {tcp_port} like a port of [http]; it needs one of its own, by default 8444, or 0 for none");
            return Err(ConfigError::Together { key: "media.tcp_port", problem });
        }
        if base_port != 0 && u32::from(base_port) + u32::from(workers) > 65_536 {
            let problem =
                format!("{base_port} leaves no room for {workers} ports; at most {}", 65_536 - u32::from(workers));
            return Err(ConfigError::Together { key: "media.base_port", problem });
        }
        if let Some(address) = self.audit.syslog.0 {
            if !Subnet::any_contains(&self.network.allowed_subnets, address.ip()) {
                let problem = format!("{} is in none of network.allowed_subnets", address.ip());
                return Err(ConfigError::Together { key: "audit.syslog", problem });
            }
            if self.audit.syslog_ca.as_os_str().is_empty() {
                let problem = "is empty; a log host needs the certificate, in PEM, of who signed its own".to_owned();
                return Err(ConfigError::Together { key: "audit.syslog_ca", problem });
            }
        }
        Ok(())
    }
}

impl Leg {
    /// The error names the key that is wrong.
    fn find_secret(&self, secrets: &BTreeMap<String, String>) -> Result<LegSecret, (&'static str, String)> {
        match (&self.secret_file, &self.secret_env) {
            (None, None) => Ok(LegSecret::default()),
            (Some(_), Some(_)) => Err(("secret_env", "stands beside secret_file; leave one of them out".to_owned())),
            (Some(path), None) => {
                let text = std::fs::read_to_string(path);
                let text = text.map_err(|error| ("secret_file", format!("cannot read {}: {error}", path.display())))?;
                Ok(LegSecret(text.lines().next().unwrap_or_default().to_owned()))
            }
            (None, Some(variable)) if !variable.starts_with(SECRET_PREFIX) => Err((
                "secret_env",
                format!("{variable:?} is not possible; it takes a name that begins with {SECRET_PREFIX}"),
            )),
            (None, Some(variable)) => {
                let unset = || ("secret_env", format!("the variable {variable} is not set"));
                let found = secrets.get(variable).ok_or_else(unset)?;
                Ok(LegSecret(found.clone()))
            }
        }
    }
}

const PREFIX: &str = "YUNLING_";

/// Variables that begin like this are no settings: legs name them for their secrets.
const SECRET_PREFIX: &str = "YUNLING_SECRET_";

fn as_table(config: &Config) -> Table {
    Table::try_from(config).expect("settings are tables of plain values, which TOML can hold")
}

/// Sets one key of the table and reads it anew, so that the value is checked as in the file.
fn overridden(table: &mut Table, variable: &str, value: &str) -> Result<Config, String> {
    let (section, key) = table
        .iter()
        .flat_map(|(section, keys)| {
            keys.as_table().into_iter().flatten().map(move |(key, _)| (section.clone(), key.clone()))
        })
        .find(|(section, key)| variable_of(section, key) == variable)
        .ok_or_else(|| "no setting has this name; `yunling config --default` lists all settings".to_owned())?;
    let slot = table.get_mut(&section).and_then(Value::as_table_mut).and_then(|keys| keys.get_mut(&key));
    let slot = slot.expect("section and key were found in this very table");
    *slot = match slot {
        Value::String(_) => Value::String(value.to_owned()),
        _ => format!("value = {value}")
            .parse::<Table>()
            .ok()
            .and_then(|mut line| line.remove("value"))
            .unwrap_or_else(|| Value::String(value.to_owned())),
    };
    Config::deserialize(Value::Table(table.clone())).map_err(|error| one_line(error.message()))
}

fn variable_of(section: &str, key: &str) -> String {
    format!("{PREFIX}{}_{}", section.to_uppercase(), key.to_uppercase())
}

fn at_line(file: &str, text: &str, error: &toml::de::Error) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    ConfigError::Line { file: file.to_owned(), line, key: key_at(text, line), problem: one_line(error.message()) }
}

/// `section.key: ` of a line, as far as the text tells; an array's later lines belong to the line that opened it.
fn key_at(text: &str, line: usize) -> String {
    let mut section = "";
    let mut key = "";
    for content in text.lines().take(line).map(str::trim).filter(|content| !content.starts_with('#')) {
        if let Some(name) = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (section, key) = (name.trim_matches(['[', ']']).trim(), "");
        } else if let Some((name, _)) = content.split_once('=') {
            key = name.trim();
        }
    }
    match (section, key) {
        ("", "") => String::new(),
        ("", only) | (only, "") => format!("{only}: "),
        (section, key) => format!("{section}.{key}: "),
    }
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

// Checks of single values. They run while the text is read, so that an error knows its line.

fn workers<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    within(from, 1..=64, "a number of threads from 1 to 64, by default 2")
}

fn uplink_kbps<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 100..=100_000, "kbit/s from 100 to 100000, by default 4000")
}

fn dscp<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    within(from, 0..=63, "a code point from 0 to 63, by default 34 (AF41)")
}

fn ttl_minutes<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 1..=1440, "minutes from 1 to 1440, by default 480")
}

fn session_idle_minutes<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 5..=1440, "minutes from 5 to 1440, by default 30")
}

fn session_hours<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 1..=168, "hours from 1 to 168, by default 12")
}

fn console_lock_minutes<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 0..=120, "minutes from 0 (never) to 120, by default 15")
}

fn pin_digits<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 6..=12, "digits from 6 to 12, by default 6")
}

fn password_chars<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 8..=64, "characters from 8 to 64, by default 10")
}

fn password_classes<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 3..=4, "3 or 4 classes of small letters, capitals, digits and signs, by default 3")
}

fn password_history<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 3..=12, "passwords from 3 to 12, the present one included, by default 5")
}

fn lock_failures<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 3..=10, "failures from 3 to 10, by default 5")
}

fn lock_minutes<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 10..=1440, "minutes from 10 to 1440, by default 30")
}

fn password_days<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 0..=3650, "days from 0 (never) to 3650, by default 90")
}

fn one_time_hours<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 0..=720, "hours from 0 (no end) to 720, by default 72")
}

fn keep_days<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 180..=36_500, "days from 180, which the law asks for, to 36500, by default 1095")
}

fn piece_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 5..=600, "seconds from 5 to 600, by default 64")
}

fn within<'de, D, T>(from: D, range: std::ops::RangeInclusive<i64>, right: &str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    let number = i64::deserialize(from)?;
    T::try_from(number)
        .ok()
        .filter(|_| range.contains(&number))
        .ok_or_else(|| de::Error::custom(format_args!("{number} is not possible; it takes {right}")))
}

fn addresses_not_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpAddr>, D::Error> {
    not_empty(from, "at least one IP address, by default [\"0.0.0.0\", \"::\"]")
}

fn subnets_not_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Subnet>, D::Error> {
    not_empty(from, "at least one network, for example [\"127.0.0.0/8\", \"10.0.0.0/8\"]")
}

fn not_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D, right: &str) -> Result<Vec<T>, D::Error> {
    let list = Vec::deserialize(from)?;
    if list.is_empty() {
        return Err(de::Error::custom(format_args!("is empty; it takes {right}")));
    }
    Ok(list)
}

fn announced_addresses<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpAddr>, D::Error> {
    let list = Vec::<IpAddr>::deserialize(from)?;
    match list.iter().find(|address| address.is_unspecified() || address.is_multicast()) {
        Some(wrong) => Err(de::Error::custom(format_args!(
            "{wrong} cannot be sent to; it takes addresses others reach this machine by, or nothing"
        ))),
        None => Ok(list),
    }
}

fn certificate_names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let list = Vec::<String>::deserialize(from)?;
    match list.iter().find(|name| !is_host(name)) {
        Some(wrong) => Err(de::Error::custom(format_args!(
            "{wrong:?} is neither a host name nor an IP address; write for example \"huiyi.example.gov\" or \"10.20.0.5\", without https:// and port"
        ))),
        None => Ok(list),
    }
}

fn is_host(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.parse::<IpAddr>().is_ok() || (name.len() <= 253 && name.split('.').all(label))
}

fn folder<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    let path = PathBuf::deserialize(from)?;
    if path.as_os_str().is_empty() {
        return Err(de::Error::custom("is empty; it takes the path of a folder"));
    }
    Ok(path)
}

fn log_filter<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    match tracing_subscriber::EnvFilter::try_new(&text) {
        Ok(_) if !text.trim().is_empty() => Ok(text),
        _ => Err(de::Error::custom(format_args!(
            "{text:?} is no log filter; write for example \"info\" or \"info,yunling::relay=debug\""
        ))),
    }
}

/// The settings as they would stand in a file, without comments.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&toml::to_string(self).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::read("c.toml", text, BTreeMap::new()).unwrap_err().to_string()
    }

    fn with_variable(variable: &str, value: &str) -> Result<Config, ConfigError> {
        Config::read("", "", BTreeMap::from([(variable.to_owned(), value.to_owned())]))
    }

    #[test]
    fn the_printed_defaults_are_the_defaults() {
        assert_eq!(Config::read("", DEFAULT_TEXT, BTreeMap::new()).unwrap(), Config::default());
        assert_eq!(Config::read("", "", BTreeMap::new()).unwrap(), Config::default());
    }

    #[test]
    fn the_printed_defaults_show_every_key_under_a_comment() {
        let lines: Vec<&str> = DEFAULT_TEXT.lines().collect();
        for (section, keys) in as_table(&Config::default()) {
            let start = lines.iter().position(|line| *line == format!("[{section}]")).expect("section shown");
            for key in keys.as_table().expect("a section").keys() {
                let own = |line: &&str| line.starts_with(&format!("{key} = "));
                let at = start + lines[start..].iter().position(own).expect("key shown");
                assert!(lines[at - 1].starts_with("# "), "{section}.{key} has no comment");
            }
        }
    }

    #[test]
    fn a_wrong_value_names_key_line_and_what_is_right() {
        for (text, expect) in [
            (
                "[media]\n\nworkers = 0\n",
                "c.toml, line 3: media.workers: 0 is not possible; it takes a number of threads",
            ),
            (
                "[media]\nworkres = 2",
                "c.toml, line 2: media.workres: unknown field `workres`, expected one of `workers`",
            ),
            ("[medai]\nworkers = 2", "c.toml, line 1: medai: unknown field `medai`, expected one of `http`"),
            ("[http]\nhttps_port = 70000", "c.toml, line 2: http.https_port: "),
            ("[http]\nlisten = [\"any\"]", "c.toml, line 2: http.listen: "),
            ("[http]\nlisten = []", "c.toml, line 2: http.listen: is empty; it takes at least one IP address"),
            ("[http]\nnames = [\"https://x\"]", "neither a host name nor an IP address"),
            ("[network]\nallowed_subnets = [\n  \"10.0.0.0/8\",\n  \"10.0.0.0/40\",\n]", "network.allowed_subnets: "),
            ("[media]\nannounce = [\"0.0.0.0\"]", "0.0.0.0 cannot be sent to"),
            ("[media]\ndscp = 64", "a code point from 0 to 63"),
            ("[media]\nuplink_kbps_max = 5", "kbit/s from 100 to 100000"),
            ("[tokens]\nttl_minutes = 0", "minutes from 1 to 1440"),
            ("[door]\nsession_idle_minutes = 1", "minutes from 5 to 1440"),
            ("[door]\nsession_hours = 0", "hours from 1 to 168"),
            ("[door]\nconsole_lock_minutes = 121", "minutes from 0 (never) to 120"),
            ("[door]\npin_digits = 4", "digits from 6 to 12"),
            ("[door]\npassword_days = -1", "days from 0 (never) to 3650"),
            ("[door]\nsecond_factor = [\"boss\"]", "\"boss\" is no role"),
            ("[door]\none_time_hours = 721", "hours from 0 (no end) to 720"),
            ("[recordings]\npiece_seconds = 1", "seconds from 5 to 600"),
            ("[data]\nfolder = \"\"", "takes the path of a folder"),
            ("[audit]\nkeep_days = 179", "audit.keep_days: 179 is not possible; it takes days from 180"),
            ("[door]\npassword_chars = 7", "door.password_chars: 7 is not possible; it takes characters from 8"),
            ("[door]\npassword_classes = 2", "door.password_classes: 2 is not possible; it takes 3 or 4 classes"),
            ("[door]\npassword_history = 2", "door.password_history: 2 is not possible; it takes passwords from 3"),
            ("[door]\nlock_failures = 11", "door.lock_failures: 11 is not possible; it takes failures from 3 to 10"),
            ("[door]\nlock_minutes = 9", "door.lock_minutes: 9 is not possible; it takes minutes from 10"),
            ("[audit]\nsyslog = \"loghost\"", "write an IP address and a port, for example"),
            ("[log]\nfilter = \"yunling=loud\"", "is no log filter"),
            ("[media]\nworkers = \"two\"", "invalid type: string \"two\", expected"),
            ("[media\n", "c.toml, line 1: "),
        ] {
            let said = error(text);
            assert!(said.contains(expect), "{text:?} gave {said:?}, not {expect:?}");
            assert!(!said.contains('\n'), "{said:?} is more than one line");
        }
    }

    #[test]
    fn settings_that_exclude_each_other_are_refused() {
        assert!(error("[http]\nhttps_port = 8080").contains("http.http_port: is 8080 like http.https_port"));
        assert!(error("[media]\ntcp_port = 8443").contains("media.tcp_port: is 8443 like a port of [http]"));
        assert!(
            error("[media]\nbase_port = 65535")
                .contains("media.base_port: 65535 leaves no room for 2 ports; at most 65534")
        );
        assert!(Config::read("", "[http]\nhttps_port = 0\nhttp_port = 0", BTreeMap::new()).is_ok());
        let far = "[audit]\nsyslog = \"8.8.8.8:6514\"\nsyslog_ca = \"ca.pem\"";
        assert!(error(far).contains("audit.syslog: 8.8.8.8 is in none of network.allowed_subnets"));
        assert!(error("[audit]\nsyslog = \"10.1.2.9:6514\"").contains("audit.syslog_ca: is empty"));
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let environment = BTreeMap::from([
            ("YUNLING_MEDIA_WORKERS".to_owned(), "3".to_owned()),
            ("YUNLING_HTTP_NAMES".to_owned(), r#"["a.county"]"#.to_owned()),
            ("YUNLING_DATA_FOLDER".to_owned(), "/srv/1".to_owned()),
        ]);
        let config = Config::read("", "[media]\nworkers = 5\nbase_port = 6000", environment).unwrap();
        assert_eq!((config.media.workers, config.media.base_port), (3, 6000));
        assert_eq!(config.http.names, ["a.county"]);
        assert_eq!(config.data.folder, Path::new("/srv/1"));
    }

    const LEG: &str = "[[leg]]\nid = \"province\"\nname = \"省\"\nmeeting = \"council\"\nurl = \"srt://:9000\"\n";

    #[test]
    fn a_legs_secret_comes_from_a_file_or_a_variable_and_survives_an_override() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "0123456789\n").unwrap();
        let variables = [("YUNLING_SECRET_SRT", "abcdefghij"), ("YUNLING_MEDIA_WORKERS", "3")];
        let environment: BTreeMap<_, _> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (line, expect) in [
            (String::new(), ""),
            (format!("secret_file = {:?}", file.display().to_string()), "0123456789"),
            ("secret_env = \"YUNLING_SECRET_SRT\"".to_owned(), "abcdefghij"),
        ] {
            let config = Config::read("", &format!("{LEG}{line}"), environment.clone()).unwrap();
            assert_eq!((config.leg[0].secret.reveal(), config.media.workers), (expect, 3));
            assert!(expect.is_empty() || !format!("{config:?}{config}").contains(expect));
        }
    }

    #[test]
    fn a_wrong_leg_is_named() {
        for (text, expect) in [
            ("[[leg]]\nidd = \"x\"".to_owned(), "c.toml, line 2: leg.idd: unknown field `idd`"),
            (format!("{LEG}secret_file = \"/no/such\""), "c.toml, line 6: leg.secret_file: cannot read /no/such"),
            (format!("{LEG}secret_env = \"YUNLING_SECRET_NONE\""), "the variable YUNLING_SECRET_NONE is not set"),
            (format!("{LEG}secret_env = \"PATH\""), "it takes a name that begins with YUNLING_SECRET_"),
        ] {
            let said = error(&text);
            assert!(said.contains(expect), "{said:?} does not say {expect:?}");
        }
    }

    #[test]
    fn a_wrong_variable_is_named() {
        for (variable, value, expect) in [
            ("YUNLING_MEDIA_WORKERS", "0", "YUNLING_MEDIA_WORKERS: 0 is not possible"),
            ("YUNLING_MEDIA_WORKERS", "two", "YUNLING_MEDIA_WORKERS: invalid type"),
            ("YUNLING_MEDIA_WROKERS", "2", "YUNLING_MEDIA_WROKERS: no setting has this name"),
        ] {
            let said = with_variable(variable, value).unwrap_err().to_string();
            assert!(said.contains(expect), "{said:?} does not say {expect:?}");
        }
    }
}
