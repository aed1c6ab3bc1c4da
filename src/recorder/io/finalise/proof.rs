//! Reads what was made, from the first byte to the last, before anybody is offered it; poster and small pictures come from there.

use super::{
    Done, FinaliseError, LENGTH_OFF_MS_MAX, PROGRAMME, entry, io_error,
    parts::{self, Kit},
};
use crate::{
    leg::io::pipeline::{Pipeline, describe},
    recorder::{
        canvas::{Canvas, HEIGHT, WIDTH},
        manifest::{FileEntry, FileKind},
        programme::{Programme, vtt_time},
    },
};
use gstreamer as gst;
use gstreamer_app::{AppSink, AppSinkCallbacks};
use std::{
    fmt::Write as _,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A file that gives nothing for so long is broken.
const SILENCE_LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(120);

/// Small pictures: so much smaller than the programme, on a sheet so many wide and high.
const SMALL_PART: usize = 8;
const SHEET: usize = 10;

/// They stand no closer, nanoseconds.
const SMALL_EVERY_NS_MIN: u64 = 5_000_000_000;

/// How the programme was when it was read.
struct Proof {
    frames: u64,
    last_ns: u64,
    sound_ns: u64,
    poster: Option<Canvas>,
    small: Vec<Canvas>,
    every_ns: u64,
}

/// Reads all files; tells how far it is. The files that were made of them.
pub(super) fn prove(
    kit: &Kit,
    programme: &Programme,
    folder: &Path,
    files: &[FileEntry],
    mut progress: impl FnMut(f64),
) -> Done<Vec<FileEntry>> {
    let length_ns = programme.length_ns();
    let proof = read_programme(kit, &folder.join(PROGRAMME), length_ns, |part| progress(part * 0.7))?;
    let wrong = |problem: String| FinaliseError::Proof { file: PROGRAMME.to_owned(), problem };
    let off_ms = proof.sound_ns.abs_diff(length_ns) / 1_000_000;
    if off_ms > LENGTH_OFF_MS_MAX {
        return Err(wrong(format!("it is {off_ms} ms longer or shorter than its journal")));
    }
    if proof.frames == 0 {
        return Err(wrong("it shows nothing".to_owned()));
    }
    let originals: Vec<_> = files.iter().filter(|file| file.kind == FileKind::Original).collect();
    for (number, file) in originals.iter().enumerate() {
        read_original(kit, folder, file)?;
        progress(0.7 + 0.3 * (number + 1) as f64 / originals.len() as f64);
    }
    let mut made = Vec::new();
    let mut write = |name: &str, kind: FileKind, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(io_error("write", &path))?;
        made.push(entry(name, kind));
        Ok(())
    };
    let Proof { poster, small, every_ns, .. } = proof;
    if let Some(poster) = poster {
        write("poster.jpg", FileKind::Poster, &kit.still(poster, WIDTH, HEIGHT)?)?;
    }
    let (sheet, width, height) = sheet(&small);
    write("sprite.jpg", FileKind::Sprite, &kit.still(sheet, width, height)?)?;
    write("sprite.vtt", FileKind::SpriteIndex, sprite_vtt(small.len(), every_ns, length_ns).as_bytes())?;
    Ok(made)
}

fn read_programme(kit: &Kit, path: &Path, length_ns: u64, mut progress: impl FnMut(f64)) -> Done<Proof> {
    const NAME: &str = "finalise-check.toml";
    let pipeline = kit.reader(NAME, path)?;
    let (Some(frames), Some(samples)) = (pipeline.takes.get("frames"), pipeline.takes.get("samples")) else {
        return Err(parts::wrong(NAME, "it has no appsink frames or no appsink samples"));
    };
    // JPEG has the colours of small pictures (JFIF, BT.601).
    parts::prepare(frames, Some(&parts::frame_caps("bt601")));
    parts::prepare(samples, None);
    let sound_ns = Arc::new(AtomicU64::new(0));
    let heard = Arc::clone(&sound_ns);
    let hear = move |sink: &AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        heard.fetch_max(end_of(&sample), Ordering::Relaxed);
        Ok(gst::FlowSuccess::Ok)
    };
    samples.set_callbacks(AppSinkCallbacks::builder().new_sample(hear).build());
    pipeline.play().map_err(|error| parts::wrong(NAME, error))?;
    let every_ns = SMALL_EVERY_NS_MIN.max(length_ns / (SHEET * SHEET) as u64 + 1);
    let mut proof = Proof { frames: 0, last_ns: 0, sound_ns: 0, poster: None, small: Vec::new(), every_ns };
    let mut best = 0;
    while let Some(sample) = next(frames, &pipeline, PROGRAMME)? {
        let at_ns = sample.buffer().and_then(|buffer| buffer.pts()).map_or(0, gst::ClockTime::nseconds);
        proof.frames += 1;
        proof.last_ns = at_ns;
        progress(at_ns as f64 / length_ns.max(1) as f64);
        while proof.small.len() as u64 * every_ns <= at_ns {
            let Some(canvas) = parts::bytes_of(&sample).and_then(|bytes| Canvas::of(WIDTH, HEIGHT, bytes)) else {
                break;
            };
            proof.small.push(canvas.smaller(SMALL_PART));
            // Not the very beginning, where a picture often is not there yet, and rather one with something on it.
            let spread = canvas.spread().max(1);
            if proof.poster.is_none() || (at_ns * 3 < length_ns * 2 && spread > best * 2) {
                best = spread;
                proof.poster = Some(canvas);
            }
        }
    }
    proof.sound_ns = sound_ns.load(Ordering::Relaxed);
    Ok(proof)
}

fn read_original(kit: &Kit, folder: &Path, file: &FileEntry) -> Done<()> {
    const NAME: &str = "finalise-check-original.toml";
    let pipeline = kit.reader(NAME, &folder.join(&file.name))?;
    let sink = pipeline.takes.get("decoded").ok_or_else(|| parts::wrong(NAME, "it has no appsink decoded"))?;
    parts::prepare(sink, None);
    pipeline.play().map_err(|error| parts::wrong(NAME, error))?;
    let mut end_ns = 0;
    let mut count = 0_u64;
    while let Some(sample) = next(sink, &pipeline, &file.name)? {
        end_ns = end_of(&sample);
        count += 1;
    }
    let off_ms = (end_ns / 1_000_000).abs_diff(file.length_ms.unwrap_or(0));
    if count == 0 || off_ms > LENGTH_OFF_MS_MAX {
        let problem = format!("it gives {count} parts and is {off_ms} ms longer or shorter than what was sent");
        return Err(FinaliseError::Proof { file: file.name.clone(), problem });
    }
    Ok(())
}

/// What comes next; `None` at the end of the file.
fn next(sink: &AppSink, pipeline: &Pipeline, file: &str) -> Done<Option<gst::Sample>> {
    let sample = sink.try_pull_sample(SILENCE_LIMIT);
    let wrong = |problem: String| FinaliseError::Proof { file: file.to_owned(), problem };
    if let Some(message) = pipeline.bus().pop_filtered(&[gst::MessageType::Error]) {
        return Err(wrong(describe(&message)));
    }
    if sample.is_none() && !sink.is_eos() {
        return Err(wrong("it gives nothing any more before its end".to_owned()));
    }
    Ok(sample)
}

fn end_of(sample: &gst::Sample) -> u64 {
    let Some(buffer) = sample.buffer() else { return 0 };
    let at = buffer.pts().map_or(0, gst::ClockTime::nseconds);
    at + buffer.duration().map_or(0, gst::ClockTime::nseconds)
}

/// The small pictures on one sheet, its width and its height.
fn sheet(small: &[Canvas]) -> (Canvas, usize, usize) {
    let (wide, high) = (WIDTH / SMALL_PART, HEIGHT / SMALL_PART);
    let lines = small.len().div_ceil(SHEET).max(1);
    let (width, height) = (wide * SHEET, high * lines);
    let mut sheet = Canvas::black(width, height);
    for (number, picture) in small.iter().enumerate() {
        sheet.put(picture, number % SHEET * wide, number / SHEET * high);
    }
    (sheet, width, height)
}

fn sprite_vtt(count: usize, every_ns: u64, length_ns: u64) -> String {
    let (wide, high) = (WIDTH / SMALL_PART, HEIGHT / SMALL_PART);
    let mut text = "WEBVTT\n".to_owned();
    for number in 0..count {
        let from_ns = number as u64 * every_ns;
        let to_ns = (from_ns + every_ns).min(length_ns).max(from_ns + 1_000_000);
        let (x, y) = (number % SHEET * wide, number / SHEET * high);
        let _ =
            write!(text, "\n{} --> {}\nsprite.jpg#xywh={x},{y},{wide},{high}\n", vtt_time(from_ns), vtt_time(to_ns));
    }
    text
}
