//! Looks at the machine and fills in the [`Facts`]. The main function is [`gather`].
//!
//! It leaves everything as it was: a port is taken for a moment and given back, a file is written into the data folder and
//! removed. What can't be found out is said to be unknown, never guessed.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::{
    chain,
    facts::{
        Certificates, Clock, Disk, DiskFigures, Facts, Fonts, Machine, Network, PipelineState, Pipelines, Port,
        PortRole, PortState, Udp, Validity,
    },
};
use crate::{
    certs::{self, CertFiles, CertsError, Names},
    config::Config,
    http::accept::listen,
    leg::{
        io::{
            library,
            supervisor::{self, LegsSettings},
        },
        job::{Job, Report},
        pipeline_file::PipelineFile,
    },
    relay::io::socket::KERNEL_BUFFER_BYTES,
};
use nix::sys::socket::{setsockopt, sockopt::UdpGsoSegment};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    fs,
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

/// How long a server on this machine may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);

/// Segment size to ask the kernel for; any that fits a packet will do.
const SEGMENT_BYTES: i32 = 1200;

/// Looks at everything. `legs` says how to ask GStreamer, which runs in child processes only.
pub async fn gather(config: &Config, legs: &LegsSettings) -> Facts {
    let files = cert_files(config);
    Facts {
        ports: ports(config, &files).await,
        certificates: certificates(&files, &config.http.names),
        clock: clock(&config.data.folder),
        disk: disk(config),
        pipelines: pipelines(legs).await,
        network: Network {
            allowed: config.network.allowed_subnets.clone(),
            own: certs::own_addresses(),
            announced: config.media.announce.clone(),
        },
        fonts: fonts(),
        udp: udp(),
        machine: Machine {
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            memory: memory(&fs::read_to_string("/proc/meminfo").unwrap_or_default()),
            workers: config.media.workers,
        },
    }
}

/// Where the certificates lie, without making the folder.
fn cert_files(config: &Config) -> CertFiles {
    CertFiles::in_folder(&config.data.folder.join("certs"))
}

async fn ports(config: &Config, files: &CertFiles) -> Vec<Port> {
    let (https, http) = (config.http.https_port, config.http.http_port);
    let mut ports = Vec::new();
    let mut held = PortState::Free;
    if https != 0 {
        held = match tcp_is_free(&config.http.listen, https) {
            Ok(true) => PortState::Free,
            Ok(false) => who_has_https(&config.http.listen, https, files).await,
            Err(error) => PortState::Refused(error.to_string()),
        };
        ports.push(Port { role: PortRole::Https, number: https, state: held.clone() });
    }
    // Who has HTTPS has the others too, or nobody of ours has.
    let taken = if matches!(held, PortState::Ours | PortState::SomeYunling) { held } else { PortState::Taken };
    let state = |free: io::Result<bool>| match free {
        Ok(true) => PortState::Free,
        Ok(false) => taken.clone(),
        Err(error) => PortState::Refused(error.to_string()),
    };
    if http != 0 {
        let state = state(tcp_is_free(&config.http.listen, http));
        ports.push(Port { role: PortRole::Http, number: http, state });
    }
    for worker in (0..config.media.workers).filter(|_| config.media.base_port != 0) {
        let number = config.media.base_port + worker;
        ports.push(Port { role: PortRole::Media, number, state: state(udp_is_free(&config.media.listen, number)) });
    }
    if config.media.tcp_port != 0 {
        let number = config.media.tcp_port;
        ports.push(Port { role: PortRole::MediaTcp, number, state: state(tcp_is_free(&config.media.listen, number)) });
    }
    ports
}

fn tcp_is_free(addresses: &[IpAddr], port: u16) -> io::Result<bool> {
    is_free(listen(addresses, port).map(drop))
}

fn udp_is_free(addresses: &[IpAddr], port: u16) -> io::Result<bool> {
    is_free(addresses.iter().try_for_each(|&ip| bind_udp(SocketAddr::new(ip, port)).map(drop)))
}

fn is_free(bound: io::Result<()>) -> io::Result<bool> {
    match bound {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(false),
        Err(error) => Err(error),
    }
}

fn bind_udp(address: SocketAddr) -> io::Result<()> {
    let socket = match Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP)) {
        // The server does without IPv6 where the machine has none.
        Err(_) if address.is_ipv6() && address.ip().is_unspecified() => return Ok(()),
        socket => socket?,
    };
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    match socket.bind(&address.into()) {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable && address.ip().is_unspecified() => Ok(()),
        bound => bound,
    }
}

/// Asks whoever has the port. Only the server of these settings has a certificate of the root in their data folder.
async fn who_has_https(addresses: &[IpAddr], port: u16, files: &CertFiles) -> PortState {
    let ip = match addresses.first() {
        Some(ip) if !ip.is_unspecified() => *ip,
        Some(IpAddr::V6(_)) if addresses.iter().all(IpAddr::is_ipv6) => Ipv6Addr::LOCALHOST.into(),
        _ => Ipv4Addr::LOCALHOST.into(),
    };
    let url = format!("https://{}/healthz", SocketAddr::new(ip, port));
    let root = fs::read(&files.ca_certificate).ok().and_then(|pem| reqwest::Certificate::from_pem(&pem).ok());
    if let Some(root) = root {
        let ours = answers(builder().tls_certs_only([root]), &url).await;
        return if ours { PortState::Ours } else { PortState::Taken };
    }
    // Nothing is told to it and nothing it says is believed but that it speaks as one of us.
    let some = answers(builder().tls_danger_accept_invalid_certs(true), &url).await;
    if some { PortState::SomeYunling } else { PortState::Taken }
}

fn builder() -> reqwest::ClientBuilder {
    // Another part of the process may have installed it; both mean ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(ANSWER_LIMIT)
}

async fn answers(client: reqwest::ClientBuilder, url: &str) -> bool {
    let Ok(client) = client.build() else { return false };
    let Ok(response) = client.get(url).send().await else { return false };
    response.status().is_success() && response.text().await.is_ok_and(|text| text == "ok\n")
}

fn certificates(files: &CertFiles, configured: &[String]) -> Certificates {
    let CertFiles { ca_certificate, ca_key, certificate, key } = files;
    let absent = |path: &PathBuf| matches!(path.try_exists(), Ok(false));
    if [ca_certificate, ca_key, certificate, key].into_iter().all(absent) {
        return Certificates::None;
    }
    let root = match certs::show(ca_certificate) {
        Err(CertsError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        shown => shown.map(Some),
    };
    let (root, server) = match (root, certs::show(certificate)) {
        (Ok(root), Ok(server)) => (root, server),
        (Err(error), _) | (_, Err(error)) => return Certificates::Unreadable(chain(&error)),
    };
    let expected = Names::of_this_machine(configured);
    let expected = expected.dns.into_iter().chain(expected.ips.iter().map(ToString::to_string));
    let has = |name: &str| server.names.iter().any(|own| own.eq_ignore_ascii_case(name));
    Certificates::There {
        root: root.map(|root| Validity { not_before: root.not_before, not_after: root.not_after }),
        uncovered: expected.filter(|name| !has(name)).collect(),
        server: Validity { not_before: server.not_before, not_after: server.not_after },
        renewable: ca_key.exists(),
    }
}

fn clock(folder: &Path) -> Clock {
    let now = SystemTime::now();
    let zone = jiff::tz::TimeZone::system();
    let local = jiff::Timestamp::try_from(now).map(|now| now.to_zoned_datetime(zone.clone()));
    let offset_seconds = local.map_or(0, |local| local.offset().seconds());
    let name = zone.iana_name().map_or_else(|| format!("UTC{:+}", f64::from(offset_seconds) / 3600.0), str::to_owned);
    let written = |entry: io::Result<fs::DirEntry>| entry.ok()?.metadata().ok()?.modified().ok();
    Clock {
        now,
        zone: name,
        offset_seconds,
        synchronised: synchronised(),
        newest_file: fs::read_dir(folder).ok().and_then(|entries| entries.filter_map(written).max()),
    }
}

/// What the kernel says through systemd; else what systemd's own time service left behind.
fn synchronised() -> Option<bool> {
    match stdout_of("timedatectl", &["show", "--property=NTPSynchronized", "--value"]).as_deref().map(str::trim) {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => Path::new("/run/systemd/timesync/synchronized").exists().then_some(true),
    }
}

/// What a tool of the system prints; `None` if it is not there or fails.
fn stdout_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn disk(config: &Config) -> Disk {
    let folder = std::path::absolute(&config.data.folder).unwrap_or_else(|_| config.data.folder.clone());
    // A folder that is not there yet will be made in the nearest one that is.
    let there = folder.ancestors().find(|ancestor| ancestor.exists()).unwrap_or_else(|| Path::new("/"));
    let state = figures(there).map_err(|error| error.to_string());
    Disk { folder, state, recording_kbps: config.media.uplink_kbps_max }
}

fn figures(folder: &Path) -> io::Result<DiskFigures> {
    let sync = try_write(&folder.join(format!(".yunling-doctor-{}", std::process::id())))?;
    let told = stdout_of("df", &["--block-size=1", "--output=avail,size", &folder.to_string_lossy()]);
    let (free, total) =
        told.as_deref().and_then(space).ok_or_else(|| io::Error::other("df does not tell the space"))?;
    Ok(DiskFigures { free, total, sync })
}

/// Free and total bytes, from the second line that `df` prints.
fn space(told: &str) -> Option<(u64, u64)> {
    let mut numbers = told.lines().nth(1)?.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// How long a small file takes to reach the disk; it is gone afterwards.
fn try_write(path: &Path) -> io::Result<Duration> {
    let began = Instant::now();
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(&[0; 4096]).and_then(|()| file.sync_data());
    let took = began.elapsed();
    fs::remove_file(path)?;
    written.map(|()| took)
}

async fn pipelines(legs: &LegsSettings) -> Pipelines {
    let parsed: Vec<_> = library::find(&legs.pipelines)
        .into_iter()
        .chain(library::finalising(&legs.pipelines))
        .map(|(name, text)| {
            let file = text.and_then(|text| {
                let file = PipelineFile::parse(&name, &text).map_err(|error| error.to_string())?;
                Ok((text, file))
            });
            (name, file)
        })
        .collect();
    let elements =
        parsed.iter().filter_map(|(_, file)| Some(file.as_ref().ok()?.1.requires.clone())).flatten().collect();
    let (gstreamer, missing) = match supervisor::ask(legs, &Job::Find { elements }).await {
        Ok(Report::Found { gstreamer, missing }) => (Ok(gstreamer), missing),
        Ok(other) => (Err(format!("{other:?}")), Vec::new()),
        Err(why) => (Err(why), Vec::new()),
    };
    let mut files = Vec::new();
    for (name, file) in parsed {
        let (missing, fault) = match file {
            Ok((text, file)) => {
                let missing: Vec<_> = missing.iter().filter(|name| file.requires.contains(*name)).cloned().collect();
                let whole = gstreamer.is_ok() && missing.is_empty();
                (missing, if whole { fault_of(legs, &name, text).await } else { None })
            }
            Err(why) => (Vec::new(), Some(why)),
        };
        files.push(PipelineState { file: name, missing, fault });
    }
    Pipelines { gstreamer, files }
}

async fn fault_of(legs: &LegsSettings, file: &str, text: String) -> Option<String> {
    supervisor::ask(legs, &Job::Check { file: file.to_owned(), text, selftest: false }).await.err()
}

fn fonts() -> Fonts {
    let Some(first) = stdout_of("fc-match", &["--format=%{family}", "Noto Sans CJK SC"]) else { return Fonts::Unknown };
    if first.contains("Noto Sans CJK") {
        return Fonts::NotoCjk;
    }
    let chinese = stdout_of("fc-list", &["--format=%{family}\n", ":lang=zh-cn"]).unwrap_or_default();
    match chinese.lines().find(|line| !line.is_empty()) {
        Some(family) => Fonts::Other(family.split(',').next().unwrap_or(family).to_owned()),
        None => Fonts::Missing,
    }
}

fn udp() -> Udp {
    let limit = |name: &str| fs::read_to_string(format!("/proc/sys/net/core/{name}")).ok()?.trim().parse().ok();
    let segmentation = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .is_ok_and(|socket| setsockopt(&socket, UdpGsoSegment, &SEGMENT_BYTES).is_ok());
    let wanted = u64::try_from(KERNEL_BUFFER_BYTES).unwrap_or_default();
    Udp { receive_max: limit("rmem_max"), send_max: limit("wmem_max"), wanted, segmentation }
}

/// Bytes of memory, from `/proc/meminfo`, which counts in KiB.
fn memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_read_as_df_writes_it() {
        assert_eq!(space("      Avail     1B-blocks\n5000 90000\n"), Some((5000, 90_000)));
        assert_eq!(space("      Avail     1B-blocks\n- -\n"), None);
    }

    #[test]
    fn memory_is_read_as_the_kernel_writes_it() {
        assert_eq!(memory("MemTotal:       24697524 kB\nMemFree: 1 kB\n"), Some(24_697_524 * 1024));
        assert_eq!(memory(""), None);
    }

    #[test]
    fn a_port_that_is_held_is_not_free() {
        let tcp = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let [tcp_port, udp_port] = [tcp.local_addr(), udp.local_addr()].map(|address| address.unwrap().port());
        let here = [Ipv4Addr::LOCALHOST.into()];
        assert!(!tcp_is_free(&here, tcp_port).unwrap());
        assert!(!udp_is_free(&here, udp_port).unwrap());
        let elsewhere = ["192.0.2.1".parse().unwrap()];
        assert!(tcp_is_free(&elsewhere, tcp_port).is_err() && udp_is_free(&elsewhere, udp_port).is_err());
    }

    #[test]
    fn a_trial_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let figures = figures(folder.path()).unwrap();
        assert!(figures.total >= figures.free && figures.total > 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(figures_of_missing(folder.path()).is_err());
    }

    fn figures_of_missing(folder: &Path) -> io::Result<DiskFigures> {
        figures(&folder.join("none"))
    }

    #[test]
    fn certificates_are_none_then_there_then_short_of_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let files = CertFiles::in_folder(folder.path());
        assert_eq!(certificates(&files, &[]), Certificates::None);
        certs::init(&files, &Names::of_this_machine(&[]), SystemTime::now()).unwrap();
        let Certificates::There { root: Some(_), uncovered, renewable: true, .. } = certificates(&files, &[]) else {
            panic!("they are there")
        };
        assert!(uncovered.is_empty(), "{uncovered:?}");
        let configured = ["huiyi.example.gov".to_owned()];
        let Certificates::There { uncovered, .. } = certificates(&files, &configured) else { panic!("still there") };
        assert_eq!(uncovered, configured);
        fs::write(&files.certificate, "damaged").unwrap();
        assert!(matches!(certificates(&files, &[]), Certificates::Unreadable(_)));
    }
}
