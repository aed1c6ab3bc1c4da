//! The recorder's process, `yunling __recorder`: takes what a room's tap sends and writes the journal.
//!
//! It ends when the tap says that it was all, when the relay is gone, or when the disk is full; each time with a whole journal.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::{
    free_bytes,
    writer::{About, Writer, is_full},
};
use crate::{
    recorder::{
        job::{Job, Report},
        journal::EndReason,
    },
    relay::{
        pipe,
        tap::{
            MESSAGE_BYTES_MAX,
            record::{self, Kind},
        },
    },
};
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    io::{self, BufRead as _, ErrorKind, Read as _, Write as _},
    net::Shutdown,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How often it tells that it is alive, and looks at the disk.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Once stdin has ended, how long the tap has to say that it was all.
const LAST_WORD_LIMIT: Duration = Duration::from_secs(2);

/// Bytes that may wait for it in its socket.
const RECEIVE_BUFFER_BYTES: usize = 1 << 20;

/// Does the job that stdin says; reports to stderr.
///
/// # Errors
///
/// One line, also reported: why it could not go on.
pub fn main() -> Result<(), String> {
    let done = run().map_err(|error| error.to_string());
    match &done {
        Ok(last) => report(last),
        Err(detail) => report(&Report::Failed { detail: detail.clone() }),
    }
    done.map(|_| ())
}

fn run() -> io::Result<Report> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    let about = About {
        recording: job.recording,
        meeting: job.meeting,
        title: job.title,
        content_place: job.content_place,
        run: job.run,
    };
    let mut writer = match Writer::open(&job.folder, about, Duration::from_secs(job.segment_seconds)) {
        Err(error) if is_full(&error) => return Ok(Report::Full),
        opened => opened?,
    };
    let mut socket = connect(&job.socket, &job.secret.0)?;
    end_when_stdin_ends(&socket)?;
    let mut message = vec![0; MESSAGE_BYTES_MAX];
    let mut told = Instant::now();
    let mut confirmed = false;
    loop {
        match socket.read(&mut message) {
            Ok(0) => {
                writer.close(EndReason::RelayLost)?;
                return Ok(Report::RelayLost);
            }
            Ok(length) => {
                let records = &message[..length];
                if let Err(error) = writer.write(records) {
                    return full(writer, error);
                }
                if ends(records) {
                    writer.close(EndReason::Stopped)?;
                    return Ok(Report::Stopped);
                }
                if !confirmed {
                    writer.sync()?;
                    confirmed = true;
                    report(&Report::Writing { segment: writer.segment() });
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
        if told.elapsed() >= TOLD_EVERY {
            told = Instant::now();
            let free = free_bytes(&job.folder)?;
            let (bytes, synced, sync_ms) = writer.progress();
            report(&Report::Alive { bytes, synced, lost: writer.lost(), free, sync_ms });
            if free < job.free_bytes_min {
                return full(writer, ErrorKind::StorageFull.into());
            }
        }
    }
}

/// The disk does not take any more: what it took is closed, as far as it takes that.
fn full(writer: Writer, error: io::Error) -> io::Result<Report> {
    if !is_full(&error) {
        return Err(error);
    }
    match writer.close(EndReason::DiskFull) {
        // Without its End the segment is found open, and closed by who comes next; its records are whole.
        Ok(()) => Ok(Report::Full),
        Err(error) if is_full(&error) => Ok(Report::Full),
        Err(error) => Err(error),
    }
}

fn connect(path: &Path, secret: &[u8; 16]) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::SEQPACKET, None)?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    socket.set_read_timeout(Some(TOLD_EVERY / 4))?;
    socket.connect(&SockAddr::unix(path)?)?;
    let mut hello = pipe::header(pipe::Kind::Hello, 0, 0).to_vec();
    hello.extend(secret);
    socket.send(&hello)?;
    Ok(socket)
}

/// Whether the tap's last record is among these.
fn ends(mut records: &[u8]) -> bool {
    while let Ok((record, len)) = record::read(records) {
        if record.head.kind == Kind::Stop {
            return true;
        }
        records = &records[len..];
    }
    false
}

/// Stdin ends with the program that started this process; the tap's last word may still be under way.
fn end_when_stdin_ends(socket: &Socket) -> io::Result<()> {
    let socket = socket.try_clone()?;
    thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let mut rest = [0; 64];
        while matches!(io::stdin().lock().read(&mut rest), Ok(1..)) {}
        thread::sleep(LAST_WORD_LIMIT);
        // It may be closed already.
        let _ = socket.shutdown(Shutdown::Both);
    })?;
    Ok(())
}

fn report(report: &Report) {
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        // Nobody listening is no reason to stop recording.
        let _ = io::stderr().write_all(&line);
    }
}
