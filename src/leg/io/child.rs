//! `yunling __leg`: the child process. Reads one [`Job`] from stdin, does it, and tells on stderr how it goes.
//!
//! It ends when the worker closes its socket or when stdin ends, which the kernel sees to if the program dies, however it dies.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::{
    feed::{Carried, Feed},
    pipeline::{self, Pipeline},
    source::{self, Source},
};
use crate::{
    leg::{
        health::{Counts, Found, TOLD_EVERY},
        job::{Job, Picture, Report, Trouble},
        params::{self, Setting, Values},
        picture::{Inspector, Verdict},
        pipeline_file::{AUDIO_SINK, PipelineFile, VIDEO_SINK},
        problem::Fault,
    },
    relay::{
        media::Codec,
        pipe::{TRACK_AUDIO, TRACK_VIDEO},
    },
    subnet::Subnet,
};
use gstreamer as gst;
use std::{
    collections::{BTreeSet, VecDeque},
    io::{self, BufRead, Read, Write},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a pipeline may take to end before the process ends without it.
const END_LIMIT: Duration = Duration::from_secs(2);

/// Name of the message by which another thread tells the main one to end.
const END: &str = "yunling-end";

/// What ended a job early. It has been told on stderr as a report too.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Failure {
    trouble: Trouble,
    detail: String,
}

impl Failure {
    fn new(trouble: Trouble, detail: impl ToString) -> Self {
        Self { trouble, detail: detail.to_string().split_whitespace().collect::<Vec<_>>().join(" ") }
    }
}

/// Does the job that stdin holds.
///
/// # Errors
///
/// If it can't be done or ends early.
pub fn main() -> Result<(), Failure> {
    read_job().and_then(work).inspect_err(|failure| {
        tell(&Report::Failed { trouble: failure.trouble.clone(), detail: failure.detail.clone() });
    })
}

fn read_job() -> Result<Job, Failure> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| Failure::new(Trouble::Job, error))?;
    serde_json::from_str(&line).map_err(|error| Failure::new(Trouble::Job, error))
}

fn work(job: Job) -> Result<(), Failure> {
    match job {
        Job::Run { file, text, values, socket, secret, cautious, allowed } => {
            run(&file, &text, &values, Errand { socket: &socket, secret: &secret.0, cautious, allowed })
        }
        Job::Check { file, text, selftest } => check(&file, &text, selftest),
        Job::Find { elements } => find(&elements),
    }
}

fn tell(report: &Report) {
    let line = serde_json::to_string(report).expect("a report is plain numbers and text");
    // Nobody listens any more if this fails, and then stdin has ended too.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn read_file(file: &str, text: &str) -> Result<PipelineFile, Failure> {
    PipelineFile::parse(file, text).map_err(|error| Failure::new(Trouble::Pipeline, error))
}

fn build(file: &PipelineFile, settings: &[Setting]) -> Result<Pipeline, Failure> {
    Pipeline::build(file, settings).map_err(|error| Failure::new(Trouble::Pipeline, error))
}

/// What a running pipeline is to do with its packets.
struct Errand<'a> {
    socket: &'a Path,
    secret: &'a [u8; 16],
    cautious: bool,
    allowed: Vec<Subnet>,
}

fn run(name: &str, text: &str, values: &Values, errand: Errand<'_>) -> Result<(), Failure> {
    let file = read_file(name, text)?;
    let settings = params::bind(&file.params, values).map_err(|error| Failure::new(Trouble::Pipeline, error))?;
    let pipeline = build(&file, &settings)?;
    let worker = |error: io::Error| Failure::new(Trouble::Worker, error);
    let feed = Arc::new(Feed::connect(errand.socket, errand.secret).map_err(worker)?);
    let has = Found { video: file.video.is_some(), audio: file.audio };
    let source = Source::watch(&pipeline, has, errand.allowed);
    let bus = pipeline.bus();
    refuse_redirects(&bus);
    let inspector = Arc::new(Mutex::new(Inspector::new(errand.cautious)));
    let looked_at = (file.video == Some(Codec::H264)).then(|| Arc::clone(&inspector));
    let video = pipeline.video.as_ref().map(|sink| Feed::carry(&feed, sink, TRACK_VIDEO, filter(looked_at, &bus)));
    let audio = pipeline.audio.as_ref().map(|sink| Feed::carry(&feed, sink, TRACK_AUDIO, |_| true));
    end_when_stdin_ends(bus.clone()).map_err(worker)?;
    let closed = bus.clone();
    feed.listen(pipeline.video.clone(), move || post_end(&closed, "the worker closed the connection"))
        .map_err(worker)?;
    // A network source opens its port only now.
    let refused = if source.is_listener() { Fault::PortTaken } else { Fault::Broken };
    pipeline.play().map_err(|error| Failure::new(Trouble::Source(refused), error))?;
    let count = |carried: &Option<Arc<Carried>>, which: fn(&Carried) -> &AtomicU64| {
        carried.as_ref().map_or(0, |carried| which(carried).load(Ordering::Relaxed))
    };
    let mut figures = Figures::default();
    follow(&bus, &source, None, || {
        let counts = Counts {
            found: source.found(),
            bytes_in: source.bytes_in(),
            video_in: source.video_in(),
            video_made: count(&video, |carried| &carried.made),
            video_sent: count(&video, |carried| &carried.sent),
            audio_sent: count(&audio, |carried| &carried.sent),
        };
        let picture = figures.next(Instant::now(), &lock(&inspector));
        tell(&Report::Alive { counts, picture, dropped: feed.dropped(), hindrance: source.hindrance() });
        false
    })
}

/// A source may answer that its picture is elsewhere (RFC 2326 §11.3), and rtspsrc goes there at once, whatever networks are
/// allowed. It says so first, from the very thread that is about to connect: that thread gets no further.
fn refuse_redirects(bus: &gst::Bus) {
    let first: Mutex<Option<String>> = Mutex::default();
    bus.set_sync_handler(move |_, message| {
        if let gst::MessageView::Progress(progress) = message.view()
            && let (_, code, text) = progress.get()
            && code == "connect"
            && let Some(address) = source::address_in(text)
        {
            let known = lock(&first).get_or_insert_with(|| address.to_owned()).clone();
            if known != address {
                let trouble = Trouble::Source(Fault::Redirected);
                tell(&Report::Failed { trouble, detail: "the source sends us elsewhere".to_owned() });
                std::process::exit(1);
            }
        }
        gst::BusSyncReply::Pass
    });
}

/// Lets pass what every browser can show. VP8 has no profile to look at.
fn filter(inspector: Option<Arc<Mutex<Inspector>>>, bus: &gst::Bus) -> impl FnMut(&[u8]) -> bool + Send + use<> {
    let (bus, mut told) = (bus.clone(), false);
    move |packet| {
        let Some(inspector) = &inspector else { return true };
        match lock(inspector).packet(packet) {
            Verdict::Pass => true,
            Verdict::Hold => false,
            Verdict::Refuse(fault) => {
                if !std::mem::replace(&mut told, true) {
                    source::post(&bus, &fault);
                }
                false
            }
        }
    }
}

/// Figures of the picture over the last second: five tellings.
#[derive(Default)]
struct Figures {
    before: VecDeque<(Instant, u64, u64)>,
}

impl Figures {
    fn next(&mut self, now: Instant, inspector: &Inspector) -> Option<Picture> {
        let (pictures, bytes) = (inspector.pictures(), inspector.bytes());
        self.before.push_back((now, pictures, bytes));
        if self.before.len() > 5 {
            self.before.pop_front();
        }
        let (since, pictures_then, bytes_then) = *self.before.front()?;
        let seconds = now.duration_since(since).as_secs_f64();
        let (width, height) = inspector.size().filter(|_| seconds > 0.0)?;
        let fps = (pictures - pictures_then) as f64 / seconds;
        let kbps = (bytes - bytes_then) as f64 * 8.0 / 1000.0 / seconds;
        let key_frames_apart_ms = inspector.key_frames_apart_ms();
        Some(Picture { width, height, fps: fps as f32, kbps: kbps as u32, key_frames_apart_ms })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing between lock and unlock can leave the value half-written.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check(name: &str, text: &str, selftest: bool) -> Result<(), Failure> {
    let file = read_file(name, text)?;
    // A parameter without a default stays unset here; that its property is there is checked all the same.
    let bound = params::bind(&with_defaults(&file), &Values::new());
    let settings = bound.map_err(|error| Failure::new(Trouble::Pipeline, error))?;
    let pipeline = build(&file, &settings)?;
    if selftest {
        try_out(&file, &pipeline)?;
    }
    tell(&Report::Checked { gstreamer: pipeline::version().to_string() });
    Ok(())
}

fn find(elements: &BTreeSet<String>) -> Result<(), Failure> {
    let missing = pipeline::missing(elements).map_err(|error| Failure::new(Trouble::Pipeline, error))?;
    tell(&Report::Found { gstreamer: pipeline::version().to_string(), missing });
    Ok(())
}

fn with_defaults(file: &PipelineFile) -> std::collections::BTreeMap<String, params::Param> {
    let defaults = file.params.iter().filter(|(_, param)| param.default.is_some());
    defaults.map(|(name, param)| (name.clone(), param.clone())).collect()
}

/// Runs it until every appsink has delivered what the self-test expects.
fn try_out(file: &PipelineFile, pipeline: &Pipeline) -> Result<(), Failure> {
    let Some(selftest) = &file.selftest else { return Ok(()) };
    let sinks = [(VIDEO_SINK, &pipeline.video), (AUDIO_SINK, &pipeline.audio)];
    let counts: Vec<_> = sinks
        .into_iter()
        .filter_map(|(name, sink)| Some((name, u64::from(*selftest.expect.get(name)?), count(sink.as_ref()?))))
        .collect();
    let source = Source::watch(pipeline, Found { video: file.video.is_some(), audio: file.audio }, Vec::new());
    pipeline.play().map_err(|error| Failure::new(Trouble::Source(Fault::Broken), error))?;
    let missing =
        || counts.iter().find(|(_, expected, count)| count.load(Ordering::Relaxed) < *expected).map(|(name, ..)| *name);
    let limit = Duration::from_secs(selftest.seconds_max.into());
    follow(&pipeline.bus(), &source, Some(Instant::now() + limit), || missing().is_none())?;
    match missing() {
        None => Ok(()),
        Some(name) => Err(Failure::new(
            Trouble::Pipeline,
            format!("{name} delivered fewer packets in {} s than the self-test expects", selftest.seconds_max),
        )),
    }
}

fn count(sink: &gstreamer_app::AppSink) -> Arc<AtomicU64> {
    let counter = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&counter);
    let callbacks = gstreamer_app::AppSinkCallbacks::builder().new_sample(move |sink| {
        sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(gst::FlowSuccess::Ok)
    });
    sink.set_callbacks(callbacks.build());
    counter
}

/// Follows the pipeline's messages and calls `each_time`, until that says `true`, the deadline comes, or it has to end.
fn follow(
    bus: &gst::Bus,
    source: &Source,
    deadline: Option<Instant>,
    mut each_time: impl FnMut() -> bool,
) -> Result<(), Failure> {
    use gst::MessageType;
    let wanted = [MessageType::Error, MessageType::Eos, MessageType::Application];
    let mut next = Instant::now();
    loop {
        let now = Instant::now();
        if deadline.is_some_and(|deadline| now >= deadline) {
            return Ok(());
        }
        if now >= next {
            if each_time() {
                return Ok(());
            }
            next = now + TOLD_EVERY;
        }
        let wait = gst::ClockTime::from_nseconds(u64::try_from((next - now).as_nanos()).unwrap_or(u64::MAX));
        let Some(message) = bus.timed_pop_filtered(wait, &wanted) else { continue };
        match message.view() {
            gst::MessageView::Error(error) => {
                let fault = source.fault_of(error);
                return Err(Failure::new(Trouble::Source(fault), pipeline::describe(&message)));
            }
            gst::MessageView::Eos(_) => {
                return Err(Failure::new(Trouble::Source(Fault::Ended), "the source has ended"));
            }
            gst::MessageView::Application(told) => {
                let Some(said) = told.structure() else { continue };
                if let Some(fault) = source::told(said) {
                    return Err(Failure::new(Trouble::Source(fault), "what it sends is refused"));
                }
                if said.name() != END {
                    continue;
                }
                let why: Option<String> = said.get("why").ok();
                return why.map_or(Ok(()), |why| Err(Failure::new(Trouble::Worker, why)));
            }
            _ => {}
        }
    }
}

fn post_end(bus: &gst::Bus, why: &str) {
    let said = gst::Structure::builder(END).field("why", why).build();
    // The bus refuses once the pipeline is ending anyway.
    let _ = bus.post(gst::message::Application::new(said));
}

/// Stdin ends with the program that started this process.
fn end_when_stdin_ends(bus: gst::Bus) -> io::Result<()> {
    thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let mut rest = [0; 64];
        while matches!(io::stdin().lock().read(&mut rest), Ok(1..)) {}
        let _ = bus.post(gst::message::Application::new(gst::Structure::new_empty(END)));
        thread::sleep(END_LIMIT);
        // A plugin that hangs while it ends must not outlive the program.
        std::process::exit(1);
    })?;
    Ok(())
}
