//! The server as a process of its own, on loopback.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs,
    net::{TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};
use yunling::config::Config;

/// The settings of a server in this folder, and the file they are in.
pub(crate) fn settings(folder: &Path) -> (Config, PathBuf) {
    let mut config = Config::default();
    config.data.folder = folder.join("data");
    config.http.listen = vec!["127.0.0.1".parse().unwrap()];
    config.media.listen = vec!["127.0.0.1".parse().unwrap()];
    (config.http.https_port, config.http.http_port) = (free_port(true), free_port(true));
    (config.media.base_port, config.media.workers) = (free_port(false), 1);
    config.media.tcp_port = free_port(true);
    let file = folder.join("yunling.toml");
    fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
    (config, file)
}

fn free_port(is_tcp: bool) -> u16 {
    if is_tcp {
        return TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    }
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server; it ends with this value.
pub(crate) struct Program {
    child: Child,
    settings: PathBuf,
}

impl Program {
    pub(crate) fn start(settings: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
        let child = command.args(["serve", "--config"]).arg(settings).stderr(Stdio::null()).spawn().unwrap();
        Self { child, settings: settings.to_owned() }
    }

    /// The same with the demonstration.
    pub(crate) fn demonstration(settings: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
        let child = command.args(["serve", "--demo", "--config"]).arg(settings).stderr(Stdio::null()).spawn().unwrap();
        Self { child, settings: settings.to_owned() }
    }

    /// Kills it at once, tells when, nanoseconds since 1970, and starts another.
    pub(crate) fn killed(&mut self) -> u64 {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), Signal::SIGKILL).unwrap();
        let at_ns = now_ns();
        self.child.wait().unwrap();
        *self = Self::start(&self.settings);
        at_ns
    }

    /// Files, sockets and pipes it has open now.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// Memory it has in use now, KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has its end, if it has not come to it already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}
