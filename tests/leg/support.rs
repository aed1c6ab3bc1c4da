//! A child process and a worker's socket to feed.

use serde_json::Value;
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, Command, Stdio},
    time::Duration,
};
use yunling::{
    leg::job::Job,
    relay::pipe::{self, Kind},
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
