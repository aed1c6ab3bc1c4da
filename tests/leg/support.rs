//! A child process and a worker's socket to feed; a house of relay and supervisor; encoders to come in.

use serde_json::Value;
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, UdpSocket},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use yunling::{
    leg::{
        io::supervisor::{LegStatus, Legs, LegsSettings, RoomOf},
        job::Job,
    },
    relay::{
        io::handle::{Relay, RelayConfig, RelayHandle},
        media::Codec,
        pipe::{self, Kind},
    },
    shutdown::Shutdown,
    subnet::Subnet,
};

/// Ends a hung test; no bar of speed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// `yunling __leg`, killed when dropped.
pub(crate) struct Leg(pub(crate) Child);

impl Drop for Leg {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Leg {
    pub(crate) fn start(job: &Job) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_yunling"))
            .arg("__leg")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = serde_json::to_vec(job).expect("plain values");
        line.push(b'\n');
        child.stdin.as_mut().expect("a pipe").write_all(&line).expect("it listens");
        Self(child)
    }

    /// What it tells until it ends.
    pub(crate) fn reports(&mut self) -> Vec<Value> {
        let lines = BufReader::new(self.0.stderr.take().expect("a pipe")).lines();
        lines.filter_map(|line| serde_json::from_str(&line.ok()?).ok()).collect()
    }
}

/// A worker's end of the socket.
pub(crate) struct Worker {
    listener: Socket,
    pub(crate) path: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Worker {
    pub(crate) fn listen() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("media.sock");
        let listener = Socket::new(Domain::UNIX, Type::SEQPACKET, None).expect("a socket");
        listener.bind(&SockAddr::unix(&path).expect("a short path")).expect("binds");
        listener.listen(1).expect("listens");
        listener.set_read_timeout(Some(DEADLINE)).expect("a limit");
        Self { listener, path, _folder: folder }
    }

    pub(crate) fn accept(&self) -> Connection {
        let (socket, _) = self.listener.accept().expect("the child connects");
        socket.set_read_timeout(Some(DEADLINE)).expect("a limit");
        Connection { socket }
    }
}

/// A connected child.
pub(crate) struct Connection {
    socket: Socket,
}

/// One message of the child.
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) track: u8,
    pub(crate) time_ns: u64,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn sequence(&self) -> u16 {
        u16::from_be_bytes([self.body[2], self.body[3]])
    }

    pub(crate) fn timestamp(&self) -> u32 {
        u32::from_be_bytes([self.body[4], self.body[5], self.body[6], self.body[7]])
    }

    /// Types of the H.264 units in this packet; of a fragmented one, at its start only.
    pub(crate) fn units(&self) -> Vec<u8> {
        let payload = &self.body[12..];
        match payload[0] & 31 {
            24 => {
                let (mut at, mut units) = (1, Vec::new());
                while at + 2 < payload.len() {
                    units.push(payload[at + 2] & 31);
                    at += 2 + usize::from(u16::from_be_bytes([payload[at], payload[at + 1]]));
                }
                units
            }
            28 if payload[1] & 0x80 != 0 => vec![payload[1] & 31],
            28 => Vec::new(),
            single => vec![single],
        }
    }
}

impl Connection {
    /// The next message; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Message> {
        let mut buffer = [0; pipe::MESSAGE_BYTES_MAX];
        let length = self.socket.read(&mut buffer).expect("a message within the limit");
        let record = pipe::parse(&mut buffer[..length])?;
        Some(Message { kind: record.kind, track: record.track, time_ns: record.time_ns, body: record.body.to_vec() })
    }

    pub(crate) fn ask_for_key_frame(&self) {
        self.socket.send(&pipe::header(Kind::KeyFrame, pipe::TRACK_VIDEO, 0)).expect("sends");
    }
}

/// A relay with one room, and legs that feed it.
pub(crate) struct House {
    pub(crate) legs: Arc<Legs>,
    relay: RelayHandle,
    threads: Relay,
    shutdown: Shutdown,
    _folder: tempfile::TempDir,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::in_folder(tempfile::tempdir().expect("a folder")).await
    }

    /// With a pipeline file besides those of the program.
    pub(crate) async fn with(file: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(file), text).expect("writes");
        Self::in_folder(folder).await
    }

    async fn in_folder(folder: tempfile::TempDir) -> Self {
        let config = RelayConfig {
            workers: 1,
            bind: vec![Ipv4Addr::LOCALHOST.into()],
            base_port: 0,
            candidates: vec![Ipv4Addr::LOCALHOST.into()],
            leg_socket_dir: folder.path().join("run"),
            ..RelayConfig::default()
        };
        let (threads, relay) = Relay::start(config).expect("the relay starts");
        let room = relay.open_room(Codec::H264).await.expect("a room");
        let room_of: RoomOf = Arc::new(move |_| Some(room));
        let legs = Legs::new(LegsSettings {
            program: env!("CARGO_BIN_EXE_yunling").into(),
            pipelines: folder.path().to_owned(),
            registry: None,
            allowed: Subnet::private(),
        });
        let shutdown = Shutdown::new();
        legs.start(&shutdown, &relay, &room_of);
        Self { legs, relay, threads, shutdown, _folder: folder }
    }

    /// Waits until the leg is as wished.
    pub(crate) async fn until(&self, id: &str, wished: impl Fn(&LegStatus) -> bool) -> LegStatus {
        let legs = &self.legs;
        let find = async || legs.legs().into_iter().find(|leg| leg.id.as_str() == id && wished(leg));
        wait_for(find).await.unwrap_or_else(|| panic!("{id} never came: {:?}, {:?}", legs.legs(), legs.pipelines()))
    }

    /// Waits until the room has packets of so many publications of the leg.
    pub(crate) async fn until_received(&self, id: &str, tracks: usize) {
        let received = async || {
            let figures = self.relay.figures().await;
            let all = figures.iter().flat_map(|worker| &worker.rooms).flat_map(|room| &room.publications);
            let live = all.filter(|each| each.participant.as_str() == id && each.packets > 50).count();
            (live == tracks).then_some(())
        };
        wait_for(received).await.unwrap_or_else(|| panic!("{id} does not arrive with {tracks} tracks"));
    }

    /// Ends everything and waits until it has.
    pub(crate) async fn close(self) {
        self.shutdown.begin();
        self.shutdown.drain(DEADLINE).await.expect("all legs end");
        self.threads.stop();
    }
}

async fn wait_for<T>(found: impl AsyncFn() -> Option<T>) -> Option<T> {
    let wait = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            if let Some(found) = found().await {
                return found;
            }
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.ok()
}

/// A port nobody uses now.
pub(crate) fn free_udp_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    socket.local_addr().expect("an address").port()
}

/// A program that sends pictures; ends when dropped.
pub(crate) struct Encoder {
    child: Child,
    pub(crate) port: u16,
}

impl Drop for Encoder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Encoder {
    /// An RTSP server with all cameras of `rtsp_server.py`; at any port if it is 0.
    pub(crate) fn rtsp(port: u16, password: &str) -> Self {
        // The system's own Python: only that one has the bindings.
        let mut child = Command::new("/usr/bin/python3")
            .args(["tests/leg/rtsp_server.py", &port.to_string(), "admin", password])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Debian's python3 runs");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("it tells its port");
        let port =
            line.trim().parse().expect("python3-gi and gir1.2-gst-rtsp-server-1.0 are installed (.ci/setup test)");
        Self { child, port }
    }

    /// ffmpeg sends a transport stream of a test picture and a tone to this SRT address.
    pub(crate) fn srt(address: &str) -> Self {
        let picture = ["-re", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25"];
        let sound = ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
        let encode = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-profile:v", "baseline", "-preset", "ultrafast"];
        let rest = ["-tune", "zerolatency", "-g", "25", "-c:a", "aac", "-f", "mpegts"];
        Self::ffmpeg([&picture[..], &sound, &encode, &rest, &[address]].concat())
    }

    /// GStreamer waits for callers by SRT, for as many as come, and sends them a test picture.
    pub(crate) fn srt_server(port: u16, passphrase: &str) -> Self {
        let picture = "-q videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=180,framerate=25/1 ! \
                       x264enc tune=zerolatency speed-preset=ultrafast threads=1 key-int-max=25 ! mpegtsmux ! \
                       srtsink mode=listener wait-for-connection=false";
        let mut command = Command::new("gst-launch-1.0");
        command
            .args(picture.split_whitespace())
            .arg(format!("uri=srt://:{port}"))
            .arg(format!("passphrase={passphrase}"));
        Self { child: command.stdout(Stdio::null()).spawn().expect("gst-launch-1.0 runs"), port }
    }

    /// Bytes that mean nothing.
    pub(crate) fn noise(address: &str) -> Self {
        Self::ffmpeg(vec![
            "-re",
            "-f",
            "u8",
            "-ar",
            "48000",
            "-i",
            "/dev/urandom",
            "-c:a",
            "copy",
            "-f",
            "u8",
            "-flush_packets",
            "1",
            address,
        ])
    }

    fn ffmpeg(args: Vec<&str>) -> Self {
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "error", "-nostdin"]).args(args);
        Self { child: command.stderr(Stdio::null()).spawn().expect("ffmpeg runs"), port: 0 }
    }

    /// It stands still, as a machine that hangs.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// It goes on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let killed = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(killed.expect("kill").success());
    }
}
