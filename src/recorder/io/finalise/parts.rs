//! The finaliser's GStreamer: decoders that give back what they are given, muxers that write files, stills.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::{Done, FinaliseError};
use crate::{
    leg::{
        io::pipeline::{Pipeline, describe},
        params::{self, Value, Values},
        pipeline_file::PipelineFile,
    },
    recorder::{
        canvas::{Canvas, HEIGHT, WIDTH},
        finalising::Pipelines,
    },
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app::{AppSink, AppSrc};
use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// How long a decoder may take for one picture before it is taken for dropped.
const DECODE_LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(2);

/// How long a file may take to be closed: one that is written anew with its index in front takes a while.
const CLOSE_LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(1800);

/// Most bytes that wait in front of a pipeline.
const WAITING_BYTES_MAX: u64 = 48 << 20;

/// Most bytes of raw pictures or samples that wait in front of a coder: eight pictures.
const CODER_BYTES_MAX: u64 = 12 << 20;

/// So many pictures or pieces of sound wait to be taken.
const TAKEN_MAX: u32 = 8;

/// A muxer that takes nothing for so long is stuck.
const STUCK_LIMIT: Duration = Duration::from_secs(300);

/// The pipeline files, read.
pub(super) struct Kit {
    files: BTreeMap<String, PipelineFile>,
}

/// Builds every pipeline; tells why those can't be used that can't.
pub(super) fn check(pipelines: &Pipelines) -> BTreeMap<String, String> {
    let fault = |(name, text): (&String, &String)| {
        let alone = Pipelines::from([(name.clone(), text.clone())]);
        let built = Kit::new(&alone).and_then(|kit| kit.build(name, &Values::new()));
        Some((name.clone(), built.err()?.to_string()))
    };
    pipelines.iter().filter_map(fault).collect()
}

impl Kit {
    pub(super) fn new(pipelines: &Pipelines) -> Done<Self> {
        let parse = |(name, text): (&String, &String)| {
            let file = PipelineFile::parse(name, text).map_err(|error| wrong(name, error))?;
            Ok((name.clone(), file))
        };
        Ok(Self { files: pipelines.iter().map(parse).collect::<Done<_>>()? })
    }

    fn build(&self, name: &str, values: &Values) -> Done<Pipeline> {
        let file = self.files.get(name).ok_or_else(|| wrong(name, "there is no such file"))?;
        // Not every file has every parameter.
        let mut values = values.clone();
        values.retain(|param, _| file.params.contains_key(param));
        let settings = params::bind(&file.params, &values).map_err(|error| wrong(name, error))?;
        Pipeline::build(file, &settings).map_err(|error| wrong(name, error))
    }

    /// A decoder that is fed at `feed` and gives at `take`: pictures of the composed programme's size if `frames`, else samples.
    pub(super) fn decoder(&self, name: &str, feed: &str, take: &str, frames: Option<()>) -> Done<Decoder> {
        let pipeline = self.build(name, &Values::new())?;
        let missing = || wrong(name, format!("it has no appsrc {feed} or no appsink {take}"));
        let feed = pipeline.feeds.get(feed).cloned().ok_or_else(missing)?;
        let take = pipeline.takes.get(take).cloned().ok_or_else(missing)?;
        // Cameras send small pictures by BT.601, the programme is BT.709: the decoder converts.
        prepare(&take, frames.map(|()| frame_caps("bt709")).as_ref());
        feed.set_max_bytes(0);
        play(name, &pipeline)?;
        Ok(Decoder { pipeline, feed, take, under_way: VecDeque::new(), ahead: None, failed: false })
    }

    /// A coder of pictures (`frames`) or sound (`samples`).
    pub(super) fn coder(&self, name: &str, feed: &str) -> Done<Coder> {
        let pipeline = self.build(name, &Values::new())?;
        let missing = || wrong(name, format!("it has no appsrc {feed} or no appsink coded"));
        let feed = pipeline.feeds.get(feed).cloned().ok_or_else(missing)?;
        let take = pipeline.takes.get("coded").cloned().ok_or_else(missing)?;
        prepare(&take, None);
        feed.set_max_bytes(0);
        play(name, &pipeline)?;
        Ok(Coder { name: name.to_owned(), pipeline, feed, take, coded: Vec::new(), caps: None })
    }

    /// Takes an MP4 apart. One without a picture says so, or its end would be waited for.
    pub(super) fn parted(&self, path: &Path, has_picture: bool) -> Done<Parted> {
        const NAME: &str = "finalise-apart.toml";
        let pipeline = self.reader(NAME, path)?;
        let sinks = ["picture", "sound"].map(|name| pipeline.takes.get(name).cloned());
        let [Some(picture), Some(sound)] = sinks else {
            return Err(wrong(NAME, "it has no appsink picture or no appsink sound"));
        };
        let sinks = if has_picture { [picture, sound] } else { [sound.clone(), sound] };
        sinks.iter().for_each(|sink| prepare(sink, None));
        play(NAME, &pipeline)?;
        Ok(Parted { pipeline, path: path.to_owned(), sinks })
    }

    /// A pipeline that writes this file.
    pub(super) fn muxer(&self, name: &str, path: &Path) -> Done<Muxer> {
        let text = |path: &Path| Value::Text(path.to_string_lossy().into_owned());
        let values = Values::from([
            ("location".to_owned(), text(path)),
            ("scratch".to_owned(), text(&path.with_extension("scratch"))),
        ]);
        let pipeline = self.build(name, &values)?;
        for feed in pipeline.feeds.values() {
            feed.set_max_bytes(0);
        }
        play(name, &pipeline)?;
        Ok(Muxer { name: name.to_owned(), pipeline })
    }

    /// A pipeline that reads this file; not playing yet, so that its appsinks can be prepared.
    pub(super) fn reader(&self, name: &str, path: &Path) -> Done<Pipeline> {
        let location = Value::Text(path.to_string_lossy().into_owned());
        self.build(name, &Values::from([("location".to_owned(), location)]))
    }

    /// A picture as JPEG.
    pub(super) fn still(&self, canvas: Canvas, width: usize, height: usize) -> Done<Vec<u8>> {
        const NAME: &str = "finalise-still.toml";
        let pipeline = self.build(NAME, &Values::new())?;
        let (Some(feed), Some(take)) = (pipeline.feeds.get("frame"), pipeline.takes.get("still")) else {
            return Err(wrong(NAME, "it has no appsrc frame or no appsink still"));
        };
        prepare(take, None);
        let mut caps = raw_caps(width, height);
        caps.make_mut().set("framerate", gst::Fraction::new(0, 1));
        feed.set_caps(Some(&caps));
        play(NAME, &pipeline)?;
        let pushed = feed.push_buffer(timed(gst::Buffer::from_mut_slice(canvas.into_bytes()), 0, None, true));
        pushed.and_then(|_| feed.end_of_stream()).map_err(|error| wrong(NAME, error))?;
        let sample = take.try_pull_sample(gst::ClockTime::from_seconds(60));
        sample.and_then(|sample| bytes_of(&sample)).ok_or_else(|| wrong(NAME, problem_of(&pipeline)))
    }
}

/// Caps of a picture of the composed programme's size, its colours coded like this.
pub(super) fn frame_caps(colours: &str) -> gst::Caps {
    let mut caps = raw_caps(WIDTH, HEIGHT);
    caps.make_mut().set("colorimetry", colours);
    caps
}

fn raw_caps(width: usize, height: usize) -> gst::Caps {
    gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", width as i32)
        .field("height", height as i32)
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .build()
}

/// An appsink takes what comes as fast as it comes, and waits when nobody takes it.
pub(super) fn prepare(sink: &AppSink, caps: Option<&gst::Caps>) {
    if let Some(caps) = caps {
        sink.set_caps(Some(caps));
    }
    sink.set_property("sync", false);
    sink.set_property("async", false);
    sink.set_drop(false);
    sink.set_wait_on_eos(false);
}

/// Lets it run. Its appsinks wait only once it does, and never for their end to be seen: one that waits keeps the lock that
/// setting it running takes.
pub(super) fn play(name: &str, pipeline: &Pipeline) -> Done<()> {
    pipeline.play().map_err(|error| wrong(name, error))?;
    pipeline.takes.values().for_each(|sink| sink.set_max_buffers(TAKEN_MAX));
    Ok(())
}

/// What a pipeline said that is wrong.
pub(super) fn problem_of(pipeline: &Pipeline) -> String {
    let said = pipeline.bus().pop_filtered(&[gst::MessageType::Error]);
    said.map_or_else(|| "it gave nothing".to_owned(), |message| describe(&message))
}

pub(super) fn wrong(name: &str, problem: impl ToString) -> FinaliseError {
    FinaliseError::Pipeline { name: name.to_owned(), problem: problem.to_string() }
}

pub(super) fn bytes_of(sample: &gst::Sample) -> Option<Vec<u8>> {
    Some(sample.buffer()?.map_readable().ok()?.as_slice().to_vec())
}

fn timed(mut buffer: gst::Buffer, at_ns: u64, length_ns: Option<u64>, key: bool) -> gst::Buffer {
    let changed = buffer.make_mut();
    changed.set_pts(gst::ClockTime::from_nseconds(at_ns));
    changed.set_dts(gst::ClockTime::from_nseconds(at_ns));
    changed.set_duration(length_ns.map(gst::ClockTime::from_nseconds));
    if !key {
        changed.set_flags(gst::BufferFlags::DELTA_UNIT);
    }
    buffer
}

/// A decoder. What goes in with a time comes out with that time.
pub(super) struct Decoder {
    pipeline: Pipeline,
    feed: AppSrc,
    take: AppSink,
    /// Times of what went in and did not come out.
    under_way: VecDeque<u64>,
    /// What came out too early.
    ahead: Option<(u64, Vec<u8>)>,
    failed: bool,
}

impl Decoder {
    pub(super) fn push(&mut self, at_ns: u64, key: bool, bytes: &[u8]) {
        let buffer = timed(gst::Buffer::from_mut_slice(bytes.to_vec()), at_ns, None, key);
        self.failed |= self.feed.push_buffer(buffer).is_err();
        self.under_way.push_back(at_ns);
    }

    /// Nothing more goes in.
    pub(super) fn end(&mut self) {
        self.failed |= self.feed.end_of_stream().is_err();
    }

    /// Whether it broke over what it was given; another has to go on from a key frame.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// All that it makes of what went in up to this time.
    pub(super) fn pull(&mut self, until_ns: u64, is_end: bool) -> Vec<(u64, Vec<u8>)> {
        let mut pulled = Vec::new();
        loop {
            if let Some((at_ns, _)) = &self.ahead
                && *at_ns > until_ns
            {
                return pulled;
            }
            pulled.extend(self.ahead.take());
            if self.failed || !(is_end || self.under_way.front().is_some_and(|&at_ns| at_ns <= until_ns)) {
                return pulled;
            }
            match self.take.try_pull_sample(DECODE_LIMIT) {
                Some(sample) => {
                    let at_ns = sample.buffer().and_then(|buffer| buffer.pts()).map_or(0, gst::ClockTime::nseconds);
                    while self.under_way.front().is_some_and(|&pushed| pushed <= at_ns) {
                        self.under_way.pop_front();
                    }
                    self.ahead = bytes_of(&sample).map(|bytes| (at_ns, bytes));
                }
                None => {
                    self.failed |= self.pipeline.bus().pop_filtered(&[gst::MessageType::Error]).is_some();
                    // Dropped by the decoder: it is not waited for again.
                    self.under_way.retain(|&at_ns| at_ns > until_ns);
                    if is_end {
                        return pulled;
                    }
                }
            }
        }
    }
}

/// A coder: raw pictures or samples go in, what they are coded as comes out in the same order.
pub(super) struct Coder {
    name: String,
    pipeline: Pipeline,
    feed: AppSrc,
    take: AppSink,
    coded: Vec<Coded>,
    caps: Option<gst::Caps>,
}

/// A coded picture, or a frame of sound.
#[derive(Debug, Clone)]
pub(super) struct Coded {
    /// When it is, as what was coded had it.
    pub(super) at_ns: u64,
    pub(super) buffer: gst::Buffer,
}

impl Coder {
    /// Takes this; its time is that of what comes out of it.
    pub(super) fn push(&mut self, at_ns: u64, length_ns: Option<u64>, key: bool, bytes: Vec<u8>) -> Done<()> {
        self.push_timed(timed(gst::Buffer::from_mut_slice(bytes), at_ns, length_ns, key))
    }

    /// The same bytes may be pushed again and again: they are not copied.
    pub(super) fn push_buffer(&mut self, at_ns: u64, length_ns: u64, buffer: gst::Buffer) -> Done<()> {
        self.push_timed(timed(buffer, at_ns, Some(length_ns), true))
    }

    fn push_timed(&mut self, buffer: gst::Buffer) -> Done<()> {
        let began = Instant::now();
        while self.feed.current_level_bytes() > CODER_BYTES_MAX {
            if !self.pull(gst::ClockTime::from_mseconds(5)) && began.elapsed() > STUCK_LIMIT {
                return Err(wrong(&self.name, problem_of(&self.pipeline)));
            }
        }
        self.feed.push_buffer(buffer).map_err(|_| wrong(&self.name, problem_of(&self.pipeline)))?;
        while self.pull(gst::ClockTime::ZERO) {}
        Ok(())
    }

    fn pull(&mut self, wait: gst::ClockTime) -> bool {
        let Some(sample) = self.take.try_pull_sample(wait) else { return false };
        let (Some(buffer), Some(segment)) = (sample.buffer_owned(), sample.segment()) else { return true };
        // A coder may count from another beginning, and says so in its segment.
        let at = segment.downcast_ref::<gst::ClockTime>().and_then(|segment| segment.to_running_time(buffer.pts()?));
        let at_ns = at.map_or(0, gst::ClockTime::nseconds);
        if self.caps.is_none() {
            self.caps = sample.caps_owned();
        }
        self.coded.push(Coded { at_ns, buffer });
        true
    }

    /// Nothing more goes in: all that came out, and what it is.
    pub(super) fn finish(mut self) -> Done<(Vec<Coded>, Option<gst::Caps>)> {
        self.feed.end_of_stream().map_err(|_| wrong(&self.name, problem_of(&self.pipeline)))?;
        let mut quiet_since = Instant::now();
        while !self.take.is_eos() {
            if self.pull(gst::ClockTime::from_mseconds(20)) {
                quiet_since = Instant::now();
            }
            let broken = self.pipeline.bus().peek().is_some_and(|message| message.type_() == gst::MessageType::Error);
            if broken || quiet_since.elapsed() > STUCK_LIMIT {
                return Err(wrong(&self.name, problem_of(&self.pipeline)));
            }
        }
        Ok((self.coded, self.caps))
    }
}

/// What an MP4 is made of, read in the order in which it stands there.
pub(super) struct Parted {
    pipeline: Pipeline,
    path: PathBuf,
    sinks: [AppSink; 2],
}

/// Picture or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Picture,
    Sound,
}

impl Parted {
    /// What comes next of either; `None` at the end.
    pub(super) fn next(&self) -> Done<Option<(Part, Coded, gst::Caps)>> {
        let began = Instant::now();
        loop {
            for (part, sink) in [Part::Picture, Part::Sound].into_iter().zip(&self.sinks) {
                let Some(sample) = sink.try_pull_sample(gst::ClockTime::ZERO) else { continue };
                let (Some(buffer), Some(segment), Some(caps)) =
                    (sample.buffer_owned(), sample.segment(), sample.caps_owned())
                else {
                    continue;
                };
                let segment = segment.downcast_ref::<gst::ClockTime>();
                let at = segment.and_then(|segment| segment.to_stream_time(buffer.pts()?));
                return Ok(Some((part, Coded { at_ns: at.map_or(0, gst::ClockTime::nseconds), buffer }, caps)));
            }
            if self.sinks.iter().all(AppSink::is_eos) {
                return Ok(None);
            }
            let wrong = |problem| FinaliseError::Proof { file: self.path.display().to_string(), problem };
            if let Some(message) = self.pipeline.bus().pop_filtered(&[gst::MessageType::Error]) {
                return Err(wrong(describe(&message)));
            }
            if began.elapsed() > STUCK_LIMIT {
                return Err(wrong("it gives nothing any more before its end".to_owned()));
            }
            thread::sleep(Duration::from_micros(200));
        }
    }
}

/// A pipeline that writes a file.
pub(super) struct Muxer {
    name: String,
    pipeline: Pipeline,
}

impl Muxer {
    pub(super) fn push(&self, feed: &str, at_ns: u64, length_ns: Option<u64>, key: bool, bytes: Vec<u8>) -> Done<()> {
        self.push_timed(feed, timed(gst::Buffer::from_mut_slice(bytes), at_ns, length_ns, key))
    }

    /// What was coded before, at this moment.
    pub(super) fn push_coded(&self, feed: &str, at_ns: u64, length_ns: Option<u64>, coded: &Coded) -> Done<()> {
        let key = !coded.buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        self.push_timed(feed, timed(coded.buffer.copy(), at_ns, length_ns, key))
    }

    fn push_timed(&self, feed: &str, buffer: gst::Buffer) -> Done<()> {
        let feed =
            self.pipeline.feeds.get(feed).ok_or_else(|| wrong(&self.name, format!("it has no appsrc {feed}")))?;
        let mut since = (feed.current_level_bytes(), Instant::now());
        while feed.current_level_bytes() > WAITING_BYTES_MAX {
            if feed.current_level_bytes() != since.0 {
                since = (feed.current_level_bytes(), Instant::now());
            }
            let broken = self.pipeline.bus().peek().is_some_and(|message| message.type_() == gst::MessageType::Error);
            if broken || since.1.elapsed() > STUCK_LIMIT {
                return Err(wrong(&self.name, problem_of(&self.pipeline)));
            }
            thread::sleep(Duration::from_millis(5));
        }
        feed.push_buffer(buffer).map_err(|_| wrong(&self.name, problem_of(&self.pipeline)))?;
        Ok(())
    }

    /// Says what goes in.
    pub(super) fn describe(&self, feed: &str, caps: &gst::Caps) {
        if let Some(feed) = self.pipeline.feeds.get(feed) {
            feed.set_caps(Some(caps));
        }
    }

    /// Nothing more goes in; done when the file is whole.
    pub(super) fn finish(self) -> Done<()> {
        for feed in self.pipeline.feeds.values() {
            feed.end_of_stream().map_err(|_| wrong(&self.name, problem_of(&self.pipeline)))?;
        }
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let said = self.pipeline.bus().timed_pop_filtered(CLOSE_LIMIT, &ends);
        match said {
            Some(message) if message.type_() == gst::MessageType::Eos => Ok(()),
            Some(message) => Err(wrong(&self.name, describe(&message))),
            None => Err(wrong(&self.name, "its file was not closed in time")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leg::io::library;
    use std::sync::mpsc;

    fn kit() -> Kit {
        let files = library::finalising(Path::new("")).into_iter();
        Kit::new(&files.map(|(name, text)| (name, text.expect("is embedded"))).collect()).expect("is usable")
    }

    /// An MP4 with more pictures and sound than an appsink holds.
    fn film(path: &Path) {
        let text = format!(
            "videotestsrc num-buffers=50 ! video/x-raw,format=I420,width=64,height=64,framerate=25/1 ! x264enc ! mux.
             audiotestsrc num-buffers=100 ! audio/x-raw,rate=48000 ! avenc_aac ! mux.
             mp4mux name=mux faststart=true ! filesink location={}",
            path.display()
        );
        gst::init().expect("starts");
        let pipeline = gst::parse::launch(&text).expect("is a pipeline");
        let bus = pipeline.bus().expect("has a bus");
        pipeline.set_state(gst::State::Playing).expect("plays");
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let said = bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &ends).expect("ends");
        assert_eq!(said.type_(), gst::MessageType::Eos);
        pipeline.set_state(gst::State::Null).expect("ends");
    }

    /// What flows before the pipeline plays must not hold its beginning up: seen once in a thousand times, for ever.
    #[test]
    fn a_file_is_opened_as_often_as_one_likes() {
        let times = if std::env::var_os("SOAK").is_some() { 20_000 } else { 300 };
        let folder = tempfile::tempdir().expect("can be made");
        let path = folder.path().join("film.mp4");
        film(&path);
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let kit = kit();
            for _ in 0..times {
                let parted = kit.parted(&path, true).expect("opens");
                let seen = (0..40).map_while(|_| parted.next().expect("can be read")).count();
                tell.send(seen).expect("is told");
            }
        });
        for number in 0..times {
            assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(40), "after {number}");
        }
    }
}
