//! Pictures that flash and sound that ticks once a second, really encoded, so that what becomes of them can be measured.

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app::{AppSink, AppSrc};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

/// Pictures a second.
pub(crate) const FPS: u64 = 25;

/// Samples a second.
pub(crate) const RATE: u64 = 48_000;

/// What it is encoded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Coding {
    H264,
    Vp8,
}

type Encoded = Vec<Vec<u8>>;

type Known = HashMap<(Coding, usize, u64), Encoded>;

static PICTURES: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// So many seconds of a picture of this width (16:9), one access unit or frame each; a key frame each second, white in each
/// second's first picture, else grey with a bar that moves.
pub(crate) fn picture(coding: Coding, width: usize, seconds: u64) -> Encoded {
    let mut known = PICTURES.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry((coding, width, seconds)).or_insert_with(|| encode_picture(coding, width, seconds)).clone()
}

fn encode_picture(coding: Coding, width: usize, seconds: u64) -> Encoded {
    let height = width * 9 / 16;
    let encoder = match coding {
        Coding::H264 => {
            "x264enc speed-preset=ultrafast tune=zerolatency bframes=0 key-int-max=25 bitrate=300 aud=false ! \
             video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au"
        }
        Coding::Vp8 => "vp8enc deadline=1 keyframe-max-dist=25 target-bitrate=300000",
    };
    let caps = format!("video/x-raw,format=I420,width={width},height={height},framerate={FPS}/1");
    let frames = (0..seconds * FPS).map(|number| {
        let mut bytes = vec![if number % FPS == 0 { 235 } else { 60 }; width * height];
        if number % FPS != 0 {
            let bar = (number as usize * 4) % width;
            (0..height).for_each(|line| bytes[line * width + bar] = 110);
        }
        // A strong colour, so that it is seen if it is taken for another.
        bytes.extend(vec![90; width * height / 4]);
        bytes.extend(vec![180; width * height / 4]);
        (number * 1_000_000_000 / FPS, bytes)
    });
    run(&caps, encoder, frames)
}

/// So many seconds of sound in packets of 20 ms, with a tick of 5 ms each second by a clock that is this much faster than the
/// samples' own: what a microphone whose crystal is off sends.
pub(crate) fn sound(seconds: u64, skew_ppm: i64) -> Encoded {
    let second = RATE as f64 * (1.0 + skew_ppm as f64 / 1e6);
    let blocks = (0..seconds * 50).map(|block| {
        let sample = |number: u64| {
            let within = number as f64 % second;
            let loud = if within < RATE as f64 * 0.005 { (within * 0.4).sin() * 20_000.0 } else { 0.0 };
            loud as i16
        };
        let mono = (block * 960..(block + 1) * 960).map(sample);
        let bytes = mono.flat_map(|sample| [sample.to_le_bytes(), sample.to_le_bytes()].concat()).collect();
        (block * 20_000_000, bytes)
    });
    let caps = format!("audio/x-raw,format=S16LE,rate={RATE},channels=2,layout=interleaved");
    run(&caps, "opusenc bitrate=64000 audio-type=restricted-lowdelay", blocks)
}

fn run(caps: &str, encoder: &str, input: impl Iterator<Item = (u64, Vec<u8>)>) -> Encoded {
    gst::init().expect("GStreamer is here");
    let text =
        format!("appsrc name=in format=time caps=\"{caps}\" ! {encoder} ! appsink name=out sync=false max-buffers=8");
    let pipeline = gst::parse::launch(&text).expect("a pipeline").downcast::<gst::Pipeline>().unwrap();
    let source = pipeline.by_name("in").unwrap().downcast::<AppSrc>().unwrap();
    let sink = pipeline.by_name("out").unwrap().downcast::<AppSink>().unwrap();
    source.set_max_bytes(0);
    pipeline.set_state(gst::State::Playing).expect("it plays");
    let mut encoded = Vec::new();
    let mut taken = |sample: gst::Sample| encoded.push(sample.buffer().unwrap().map_readable().unwrap().to_vec());
    for (at_ns, bytes) in input {
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_nseconds(at_ns));
        source.push_buffer(buffer).expect("it takes it");
        while let Some(sample) = sink.try_pull_sample(gst::ClockTime::ZERO) {
            taken(sample);
        }
    }
    source.end_of_stream().expect("it ends");
    while let Ok(sample) = sink.pull_sample() {
        taken(sample);
    }
    pipeline.set_state(gst::State::Null).expect("it stops");
    encoded
}

/// When a file flashes and when it ticks, seconds, as a player shows and plays it; and its size.
pub(crate) fn flashes_and_ticks(path: &std::path::Path) -> Seen {
    gst::init().expect("GStreamer is here");
    let text = format!(
        "filesrc location={} ! qtdemux name=d \
         d.video_0 ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! h264parse ! avdec_h264 ! videoconvert ! \
         video/x-raw,format=GRAY8 ! appsink name=frames sync=false \
         d.audio_0 ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! avdec_aac ! audioconvert ! \
         audio/x-raw,format=S16LE,channels=1,layout=interleaved ! appsink name=samples sync=false",
        path.display()
    );
    let pipeline = gst::parse::launch(&text).expect("a pipeline").downcast::<gst::Pipeline>().unwrap();
    let [frames, samples] =
        ["frames", "samples"].map(|name| pipeline.by_name(name).unwrap().downcast::<AppSink>().unwrap());
    pipeline.set_state(gst::State::Playing).expect("it plays");
    let mut seen = Seen::default();
    let at = |sample: &gst::Sample| {
        let pts = sample.buffer().unwrap().pts().unwrap();
        let segment = sample.segment().unwrap().downcast_ref::<gst::ClockTime>().unwrap();
        segment.to_stream_time(pts).map(|time| time.nseconds() as f64 / 1e9)
    };
    let mut bright = false;
    while let Ok(sample) = frames.pull_sample() {
        let Some(at) = at(&sample) else { continue };
        let caps = sample.caps().unwrap().structure(0).unwrap();
        let size = (caps.get::<i32>("width").unwrap(), caps.get::<i32>("height").unwrap());
        if seen.sizes.last() != Some(&size) {
            seen.sizes.push(size);
        }
        let bytes = sample.buffer().unwrap().map_readable().unwrap();
        let middle = bytes[(size.1 / 2 * ((size.0 + 3) & !3) + size.0 / 2 + 3) as usize];
        if middle > 180 && !bright {
            seen.flashes.push(at);
        }
        bright = middle > 180;
        seen.frames += 1;
        seen.black += u64::from(middle < 30);
        let top = bytes[(10 * ((size.0 + 3) & !3) + size.0 / 4) as usize];
        seen.barred += u64::from(middle >= 30 && top < 30);
    }
    let mut quiet_since = f64::NEG_INFINITY;
    while let Ok(sample) = samples.pull_sample() {
        let Some(at) = at(&sample) else { continue };
        let bytes = sample.buffer().unwrap().map_readable().unwrap();
        for (number, pair) in bytes.chunks_exact(2).enumerate() {
            let now = at + number as f64 / RATE as f64;
            if i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs() > 6_000 {
                if now - quiet_since > 0.3 {
                    seen.ticks.push(now);
                }
                quiet_since = now;
            }
            seen.seconds = now;
        }
    }
    pipeline.set_state(gst::State::Null).expect("it stops");
    seen
}

/// Red, green and blue in the middle of a file's tenth picture.
pub(crate) fn colour(path: &std::path::Path) -> [u8; 3] {
    gst::init().expect("GStreamer is here");
    let text = format!(
        "filesrc location={} ! qtdemux ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=RGB ! \
         appsink name=frames sync=false",
        path.display()
    );
    let pipeline = gst::parse::launch(&text).expect("a pipeline").downcast::<gst::Pipeline>().unwrap();
    let frames = pipeline.by_name("frames").unwrap().downcast::<AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).expect("it plays");
    (0..9).for_each(|_| drop(frames.pull_sample().unwrap()));
    let sample = frames.pull_sample().unwrap();
    let caps = sample.caps().unwrap().structure(0).unwrap();
    let [width, height] = ["width", "height"].map(|name| caps.get::<i32>(name).unwrap() as usize);
    let stride = (width * 3 + 3) & !3;
    let bytes = sample.buffer().unwrap().map_readable().unwrap();
    let at = height / 2 * stride + width / 4 * 3 * 3;
    let colour = [bytes[at], bytes[at + 1], bytes[at + 2]];
    drop(bytes);
    pipeline.set_state(gst::State::Null).expect("it stops");
    colour
}

/// What is in a file.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) flashes: Vec<f64>,
    pub(crate) ticks: Vec<f64>,
    pub(crate) sizes: Vec<(i32, i32)>,
    pub(crate) frames: u64,
    pub(crate) black: u64,
    /// Pictures that are black above, and not in the middle.
    pub(crate) barred: u64,
    pub(crate) seconds: f64,
}
