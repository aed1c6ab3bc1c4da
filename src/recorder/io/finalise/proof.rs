//! Reads what was made, from the first byte to the last, before anybody is offered it; poster and small pictures come from there.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

use super::{
    Done, FinaliseError, LENGTH_OFF_MS_MAX, PROGRAMME, entry, io_error,
    making::coding_of,
    parts::{self, Kit},
    shelf::{Digest, Shelf},
};
use crate::{
    leg::io::pipeline::{Pipeline, describe},
    recorder::{
        canvas::{Canvas, HEIGHT, WIDTH},
        manifest::{FileEntry, FileKind},
        pieces::Still,
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
    thread,
    time::{Duration, Instant},
};

/// What decodes a piece.
const CHECK: &str = "finalise-check.toml";

/// A file that gives nothing for so long is broken.
const SILENCE_LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(120);

/// Small pictures: so much smaller than the programme, on a sheet so many wide and high.
const SMALL_PART: usize = 8;
const SHEET: usize = 10;

/// Bytes of one.
pub(super) const SMALL_BYTES: usize = WIDTH / SMALL_PART * (HEIGHT / SMALL_PART) * 3 / 2;

/// They stand no closer, nanoseconds.
pub(super) const SMALL_EVERY_NS_MIN: u64 = 5_000_000_000;

/// What was seen of a piece when it was read.
pub(super) struct Seen {
    pub(super) frames: u64,
    pub(super) stills: Vec<(Still, Canvas)>,
}

/// A small picture of these bytes.
pub(super) fn small_of(bytes: Vec<u8>) -> Option<Canvas> {
    Canvas::of(WIDTH / SMALL_PART, HEIGHT / SMALL_PART, bytes)
}

/// Decodes a piece that begins so long after the recording's beginning, from its first picture to its last.
pub(super) fn read_piece(kit: &Kit, path: &Path, from_ns: u64, length_ns: u64, has_pictures: bool) -> Done<Seen> {
    let pipeline = kit.reader(CHECK, path)?;
    let (frames, samples) = sinks(&pipeline)?;
    let sound_ns = Arc::new(AtomicU64::new(0));
    let heard = Arc::clone(&sound_ns);
    let hear = move |sink: &AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        heard.fetch_max(end_of(&sample), Ordering::Relaxed);
        Ok(gst::FlowSuccess::Ok)
    };
    samples.set_callbacks(AppSinkCallbacks::builder().new_sample(hear).build());
    parts::play(CHECK, &pipeline)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut seen = Seen { frames: 0, stills: Vec::new() };
    while has_pictures && let Some(sample) = next(&frames, &pipeline, &name)? {
        let at_ns = from_ns + begin_of(&sample);
        seen.frames += 1;
        let due = |last: &(Still, Canvas)| at_ns / SMALL_EVERY_NS_MIN > last.0.at_ns / SMALL_EVERY_NS_MIN;
        if seen.stills.last().is_none_or(due)
            && let Some(canvas) = canvas_of(&sample)
        {
            seen.stills.push((Still { at_ns, spread: canvas.spread() }, canvas.smaller(SMALL_PART)));
        }
    }
    let began = Instant::now();
    while !samples.is_eos() {
        let problem = pipeline.bus().pop_filtered(&[gst::MessageType::Error]);
        if problem.is_some() || began.elapsed() > Duration::from(SILENCE_LIMIT) {
            let problem = problem.map_or_else(|| "its sound has no end".to_owned(), |message| describe(&message));
            return Err(FinaliseError::Proof { file: name.into_owned(), problem });
        }
        thread::sleep(Duration::from_millis(1));
    }
    let off_ms = sound_ns.load(Ordering::Relaxed).abs_diff(length_ns) / 1_000_000;
    if off_ms > LENGTH_OFF_MS_MAX {
        let problem = format!("it is {off_ms} ms longer or shorter than its journal");
        return Err(FinaliseError::Proof { file: name.into_owned(), problem });
    }
    Ok(seen)
}

/// Reads what was joined and each original; tells how far it is. The files that were made of them.
pub(super) fn prove(
    kit: &Kit,
    programme: &Programme,
    folder: &Path,
    files: &[FileEntry],
    (shelf, joined): (&Shelf, Digest),
    mut progress: impl FnMut(f64),
) -> Done<Vec<FileEntry>> {
    let (length_ns, coding) = (programme.length_ns(), coding_of(programme));
    // All of it was decoded piece by piece: it is the same to the last byte, or wrong.
    let mut found = Digest::new();
    let parted = kit.parted(&folder.join(PROGRAMME), true)?;
    while let Some((part, coded, _)) = parted.next()? {
        found.add(part, coded.at_ns, &coded.buffer);
    }
    if let Some(problem) = joined.difference(found) {
        return Err(FinaliseError::Proof { file: PROGRAMME.to_owned(), problem });
    }
    progress(0.3);
    let originals: Vec<_> = files.iter().filter(|file| file.kind == FileKind::Original).collect();
    for (number, file) in originals.iter().enumerate() {
        read_original(kit, folder, file)?;
        progress(0.3 + 0.7 * (number + 1) as f64 / originals.len() as f64);
    }
    let mut made = Vec::new();
    let mut write = |name: &str, kind: FileKind, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(io_error("write", &path))?;
        made.push(entry(name, kind));
        Ok(())
    };
    let stills = shelf.stills(coding)?;
    let place = poster_at(&stills, length_ns).and_then(|at_ns| Some((at_ns, shelf.file_at(coding, at_ns)?)));
    if let Some((at_ns, (path, from_ns))) = place
        && let Some(poster) = picture_at(kit, &path, at_ns - from_ns)?
    {
        write("poster.jpg", FileKind::Poster, &kit.still(poster, WIDTH, HEIGHT)?)?;
    }
    let every_ns = SMALL_EVERY_NS_MIN.max(length_ns / (SHEET * SHEET) as u64 + 1);
    let small = small_at(&stills, every_ns, length_ns);
    let (sheet, width, height) = sheet(&small);
    write("sprite.jpg", FileKind::Sprite, &kit.still(sheet, width, height)?)?;
    write("sprite.vtt", FileKind::SpriteIndex, sprite_vtt(small.len(), every_ns, length_ns).as_bytes())?;
    Ok(made)
}

/// Which moment is shown for all of it: not the very beginning, where a picture often is not there yet, and rather one with
/// something on it.
fn poster_at(stills: &[(Still, Canvas)], length_ns: u64) -> Option<u64> {
    let mut best: Option<Still> = None;
    for (still, _) in stills {
        let is_better = |best: Still| still.at_ns * 3 < length_ns * 2 && still.spread.max(1) > best.spread.max(1) * 2;
        if best.is_none_or(is_better) {
            best = Some(*still);
        }
    }
    best.map(|still| still.at_ns)
}

/// One small picture for each so many nanoseconds: the one that is nearest.
fn small_at(stills: &[(Still, Canvas)], every_ns: u64, length_ns: u64) -> Vec<&Canvas> {
    let nearest = |at_ns: u64| {
        let near = stills.iter().min_by_key(|(still, _)| still.at_ns.abs_diff(at_ns));
        near.map(|(_, canvas)| canvas)
    };
    (0..length_ns.div_ceil(every_ns)).filter_map(|number| nearest(number * every_ns)).collect()
}

/// The picture of a piece at that moment of it.
fn picture_at(kit: &Kit, path: &Path, at_ns: u64) -> Done<Option<Canvas>> {
    let pipeline = kit.reader(CHECK, path)?;
    let (frames, samples) = sinks(&pipeline)?;
    let drop_it = |sink: &AppSink| sink.pull_sample().map(|_| gst::FlowSuccess::Ok).map_err(|_| gst::FlowError::Eos);
    samples.set_callbacks(AppSinkCallbacks::builder().new_sample(drop_it).build());
    parts::play(CHECK, &pipeline)?;
    let mut last = None;
    while let Some(sample) = next(&frames, &pipeline, PROGRAMME)? {
        let is_there = begin_of(&sample) >= at_ns;
        last = Some(sample);
        if is_there {
            break;
        }
    }
    Ok(last.as_ref().and_then(canvas_of))
}

fn sinks(pipeline: &Pipeline) -> Done<(AppSink, AppSink)> {
    let (Some(frames), Some(samples)) = (pipeline.takes.get("frames"), pipeline.takes.get("samples")) else {
        return Err(parts::wrong(CHECK, "it has no appsink frames or no appsink samples"));
    };
    // JPEG has the colours of small pictures (JFIF, BT.601).
    parts::prepare(frames, Some(&parts::frame_caps("bt601")));
    parts::prepare(samples, None);
    Ok((frames.clone(), samples.clone()))
}

fn canvas_of(sample: &gst::Sample) -> Option<Canvas> {
    parts::bytes_of(sample).and_then(|bytes| Canvas::of(WIDTH, HEIGHT, bytes))
}

fn read_original(kit: &Kit, folder: &Path, file: &FileEntry) -> Done<()> {
    const NAME: &str = "finalise-check-original.toml";
    let pipeline = kit.reader(NAME, &folder.join(&file.name))?;
    let sink = pipeline.takes.get("decoded").ok_or_else(|| parts::wrong(NAME, "it has no appsink decoded"))?;
    parts::prepare(sink, None);
    parts::play(NAME, &pipeline)?;
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

/// When it is within the file.
fn begin_of(sample: &gst::Sample) -> u64 {
    let segment = sample.segment().and_then(|segment| segment.downcast_ref::<gst::ClockTime>().cloned());
    let at = sample.buffer().and_then(gst::BufferRef::pts).and_then(|pts| segment?.to_stream_time(pts));
    at.map_or(0, gst::ClockTime::nseconds)
}

fn end_of(sample: &gst::Sample) -> u64 {
    let Some(buffer) = sample.buffer() else { return 0 };
    let at = buffer.pts().map_or(0, gst::ClockTime::nseconds);
    at + buffer.duration().map_or(0, gst::ClockTime::nseconds)
}

/// The small pictures on one sheet, its width and its height.
fn sheet(small: &[&Canvas]) -> (Canvas, usize, usize) {
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
