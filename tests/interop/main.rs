//! Programs that we did not write publish into the real server and play from it.
//!
//! The server is the real binary on free ports with an empty data folder and `--demo`. What each program sends, and how it
//! tells that from the demonstration, stands at its head.

#![expect(clippy::disallowed_methods, reason = "a started server is waited for, with a limit")]
#![expect(clippy::print_stdout, reason = "what a program measured is a result")]

use nix::ifaddrs::getifaddrs;
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Time for the server to make its certificates and open its ports.
const START: Duration = Duration::from_secs(30);

#[test]
fn aiortc_publishes_h264_and_plays_it() {
    let server = Server::start();
    server.run(&target("venv/bin/python"), "aiortc_whip.py", &["--codec", "h264"]);
}

#[test]
fn aiortc_publishes_vp8_and_plays_it_as_a_page_would() {
    let server = Server::start();
    server.run(&target("venv/bin/python"), "aiortc_whip.py", &["--codec", "vp8", "--page"]);
}

#[test]
fn gstreamers_webrtcbin_publishes_h264_and_plays_it() {
    // Its ICE can't reach 127.0.0.1; why stands at the program's head.
    let server = Server::announcing(Some(own_address()));
    // Debian's own python: it alone knows Debian's GStreamer.
    server.run(Path::new("/usr/bin/python3"), "webrtcbin.py", &[]);
}

/// A server of its own; ended when dropped.
struct Server {
    child: Child,
    https: u16,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        Self::announcing(None)
    }

    /// With its media at 127.0.0.1, or at this address of the machine.
    fn announcing(address: Option<Ipv4Addr>) -> Self {
        let address = address.unwrap_or(Ipv4Addr::LOCALHOST);
        let folder = tempfile::tempdir().expect("a folder");
        let (https, http) = (free_port(), free_port());
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("no-pipelines")).expect("a folder");
        let settings = format!(
            "[http]\nlisten = [\"127.0.0.1\"]\nhttps_port = {https}\nhttp_port = {http}\n\
             [media]\nworkers = 1\nbase_port = 0\ntcp_port = 0\nlisten = [\"{address}\"]\nannounce = [\"{address}\"]\n\
             [data]\nfolder = {:?}\n[legs]\npipelines = {:?}\n",
            path("data"),
            path("no-pipelines")
        );
        fs::write(path("settings.toml"), settings).expect("settings");
        let log = File::create(path("log")).expect("a log");
        let child = Command::new(env!("CARGO_BIN_EXE_yunling"))
            .args(["serve", "--demo", "--config"])
            .arg(path("settings.toml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let mut server = Self { child, https, folder };
        server.fetch_root(http);
        server
    }

    /// Fetches the root certificate as a person would, which is possible once the server runs.
    fn fetch_root(&mut self, http: u16) {
        let end = Instant::now() + START;
        loop {
            let answer = get(http, "/ca.crt").unwrap_or_default();
            if let Some(start) = answer.find("-----BEGIN CERTIFICATE-----") {
                fs::write(self.folder.path().join("ca.crt"), &answer[start..]).expect("a file");
                if TcpStream::connect((Ipv4Addr::LOCALHOST, self.https)).is_ok() {
                    return;
                }
            }
            let ended = self.child.try_wait().expect("a child of ours");
            assert!(ended.is_none() && Instant::now() < end, "no server ({ended:?}): {answer}\n{}", self.log());
            // Polls: the server is another process and tells nobody when it is ready.
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Runs a program of this folder against the server; it bounds its own time.
    fn run(&self, interpreter: &Path, program: &str, arguments: &[&str]) {
        assert!(interpreter.exists(), "{} is missing: run .ci/setup test", interpreter.display());
        let output = Command::new(interpreter)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(program))
            .args(["--server", &format!("https://127.0.0.1:{}", self.https), "--meeting", "demo", "--ca"])
            .arg(self.folder.path().join("ca.crt"))
            .args(arguments)
            .output()
            .expect("the program starts");
        let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{program} {arguments:?}: {failed}\n{said}\nserver:\n{}", self.log());
        println!("{program} {arguments:?}: {said}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody uses now; the server takes it a moment later.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("its number").port()
}

/// An IPv4 address of this machine that is not loopback.
fn own_address() -> Ipv4Addr {
    let interfaces = getifaddrs().expect("the kernel tells");
    let addresses = interfaces.filter_map(|interface| Some(interface.address?.as_sockaddr_in()?.ip()));
    let own = addresses.into_iter().find(|ip| !ip.is_loopback() && !ip.is_link_local());
    own.expect("webrtcbin needs a network interface with an IPv4 address besides loopback, and there is none here")
}

fn target(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(path)
}

fn get(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
