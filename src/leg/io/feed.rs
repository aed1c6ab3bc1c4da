//! The child's end of the worker's socket: packets go up, wishes for key frames come down.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use crate::relay::pipe::{self, Kind};
use gstreamer::{self as gst, prelude::*};
use gstreamer_app::{AppSink, AppSinkCallbacks};
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    io::{self, IoSlice, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A packet the worker does not take for this long is dropped: it is late by then, and its pipeline must not stand still.
const SEND_LIMIT: Duration = Duration::from_millis(100);

/// The encoder is asked for a key frame at most this often.
const KEY_FRAME_EVERY: Duration = Duration::from_millis(500);

/// The connection to the worker, shared by the tracks.
pub struct Feed {
    socket: Socket,
    dropped: AtomicU64,
}

impl Feed {
    /// Connects and shows the secret.
    ///
    /// # Errors
    ///
    /// If nobody listens at `path`.
    pub fn connect(path: &Path, secret: &[u8; 16]) -> io::Result<Self> {
        let socket = Socket::new(Domain::UNIX, Type::SEQPACKET, None)?;
        socket.connect(&SockAddr::unix(path)?)?;
        socket.set_write_timeout(Some(SEND_LIMIT))?;
        let header = pipe::header(Kind::Hello, 0, monotonic_ns());
        socket.send_vectored(&[IoSlice::new(&header), IoSlice::new(secret)])?;
        Ok(Self { socket, dropped: AtomicU64::new(0) })
    }

    /// Packets the worker did not take in time.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn send(&self, track: u8, packet: &[u8]) {
        let header = pipe::header(Kind::Rtp, track, monotonic_ns());
        if packet.len() > pipe::MESSAGE_BYTES_MAX - pipe::HEADER_BYTES
            || self.socket.send_vectored(&[IoSlice::new(&header), IoSlice::new(packet)]).is_err()
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Calls `ended` once, from another thread, when the worker closes the connection; until then asks `video` for key frames
    /// as the worker wishes.
    ///
    /// # Errors
    ///
    /// If the system refuses a thread or a descriptor.
    pub fn listen(&self, video: Option<AppSink>, ended: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut socket = self.socket.try_clone()?;
        thread::Builder::new().name("wishes".to_owned()).spawn(move || {
            let mut throttle = Throttle::default();
            let mut message = [0; pipe::MESSAGE_BYTES_MAX];
            loop {
                // A zero timeout means none, so what is due is never zero here.
                let due = throttle.due(Instant::now());
                if due == Some(Duration::ZERO) {
                    throttle.done(Instant::now());
                    ask_for_key_frame(video.as_ref());
                    continue;
                }
                let _ = socket.set_read_timeout(due);
                match socket.read(&mut message) {
                    Ok(0) => break,
                    Ok(length) => {
                        let record = pipe::parse(&mut message[..length]);
                        if record
                            .is_some_and(|record| record.kind == Kind::KeyFrame && record.track == pipe::TRACK_VIDEO)
                        {
                            throttle.wished();
                        }
                    }
                    Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                    Err(_) => break,
                }
            }
            ended();
        })?;
        Ok(())
    }

    /// Sends every packet of an appsink on a track that `passes`.
    pub fn carry(
        feed: &Arc<Self>,
        sink: &AppSink,
        track: u8,
        mut passes: impl FnMut(&[u8]) -> bool + Send + 'static,
    ) -> Arc<Carried> {
        let counts = Arc::new(Carried::default());
        let (feed, count) = (Arc::clone(feed), Arc::clone(&counts));
        let callbacks = AppSinkCallbacks::builder().new_sample(move |sink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            let each = |buffer: &gst::BufferRef| {
                if let Ok(packet) = buffer.map_readable() {
                    count.made.fetch_add(1, Ordering::Relaxed);
                    if passes(&packet) {
                        feed.send(track, &packet);
                        count.sent.fetch_add(1, Ordering::Relaxed);
                    }
                }
            };
            // A payloader hands over the packets of one picture as a list.
            match sample.buffer_list() {
                Some(list) => list.iter().for_each(each),
                None => sample.buffer().into_iter().for_each(each),
            }
            Ok(gst::FlowSuccess::Ok)
        });
        sink.set_buffer_list(true);
        sink.set_callbacks(callbacks.build());
        counts
    }
}

/// How many packets of a track there were.
#[derive(Debug, Default)]
pub struct Carried {
    /// The pipeline made.
    pub made: AtomicU64,
    /// Of those, passed and were sent.
    pub sent: AtomicU64,
}

fn monotonic_ns() -> u64 {
    // GStreamer's system clock is CLOCK_MONOTONIC unless told otherwise, and nobody here does.
    gst::SystemClock::obtain().time().nseconds()
}

fn ask_for_key_frame(video: Option<&AppSink>) {
    let Some(pad) = video.and_then(|video| video.static_pad("sink")) else { return };
    let wish = gst::Structure::builder("GstForceKeyUnit").field("all-headers", true).field("count", 0u32).build();
    // An encoder that can't is a source that is asked in vain; the relay waits for its next one.
    pad.push_event(gst::event::CustomUpstream::new(wish));
}

/// Lets the first wish through at once and gathers those that follow.
#[derive(Default)]
struct Throttle {
    waiting: bool,
    last: Option<Instant>,
}

impl Throttle {
    fn wished(&mut self) {
        self.waiting = true;
    }

    fn done(&mut self, now: Instant) {
        *self = Self { waiting: false, last: Some(now) };
    }

    /// How long until the encoder is to be asked; `None` if nobody wishes.
    fn due(&self, now: Instant) -> Option<Duration> {
        let since = self.last.map_or(KEY_FRAME_EVERY, |last| now.saturating_duration_since(last));
        self.waiting.then(|| KEY_FRAME_EVERY.saturating_sub(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_that_follow_each_other_are_gathered() {
        let start = Instant::now();
        let mut throttle = Throttle::default();
        assert_eq!(throttle.due(start), None);
        throttle.wished();
        assert_eq!(throttle.due(start), Some(Duration::ZERO));
        throttle.done(start);
        assert_eq!(throttle.due(start), None);
        throttle.wished();
        throttle.wished();
        let later = start + Duration::from_millis(200);
        assert_eq!(throttle.due(later), Some(Duration::from_millis(300)));
        assert_eq!(throttle.due(start + KEY_FRAME_EVERY), Some(Duration::ZERO));
    }
}
