//! Cuts a part out of a finished programme, as it is: nothing is encoded anew, so the part begins with the first picture that
//! stands by itself at or after where it is to begin, never before. It is made in a folder of its own, read back, and only then
//! takes its place: nobody ever sees half of one.

use super::{Done, FinaliseError, PROGRAMME, io_error, parts, parts::Kit, remove, sync};
use crate::{
    leg::io::pipeline::{Pipeline, describe},
    recorder::{
        finalising::{CutEntry, Pipelines, Summary},
        io::archive,
    },
};
use gstreamer as gst;
use gstreamer_app::{AppSink, AppSinkCallbacks};
use std::{
    collections::VecDeque,
    fs,
    path::Path,
    sync::mpsc::{self, Receiver},
    time::Duration,
};

/// Where it is made.
pub(super) const NEW: &str = "parts.new";

/// A file that gives nothing for so long is broken.
const SILENCE_LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(120);

const READ: &str = "finalise-part-read.toml";
const WRITE: &str = "finalise-part.toml";

/// Cuts from `from_ms` to `to_ms` of the recording's programme, counted from its beginning, as the part of this name.
///
/// # Errors
///
/// See [`FinaliseError`].
pub(super) fn run(folder: &Path, name: &str, (from_ms, to_ms): (u64, u64), pipelines: &Pipelines) -> Done<Summary> {
    let kit = Kit::new(pipelines)?;
    let new = folder.join(NEW);
    remove(&new)?;
    fs::create_dir_all(&new).map_err(io_error("make", &new))?;
    let path = new.join(PROGRAMME);
    let programme = folder.join(archive::FILES).join(PROGRAMME);
    let cut = copy(&kit, &programme, &path, (from_ms * 1_000_000, to_ms * 1_000_000))?;
    let wrong = |problem: String| FinaliseError::Proof { file: PROGRAMME.to_owned(), problem };
    let again = Reader::open(&kit, &path)?.count()?;
    if again != cut.pictures || cut.pictures == 0 {
        return Err(wrong(format!("{} pictures went in, {again} come out", cut.pictures)));
    }
    let found = archive::hashed(&path).map_err(io_error("read", &path))?;
    let length_ms = cut.length_ns / 1_000_000;
    let entry = CutEntry { from_ms: cut.began_ns / 1_000_000, length_ms, bytes: found.bytes, sha256: found.sha256 };
    let about = new.join(archive::CUT_ENTRY);
    let text = serde_json::to_vec_pretty(&entry).map_err(|error| io_error("write", &about)(error.into()))?;
    fs::write(&about, text).map_err(io_error("write", &about))?;
    sync(&new)?;
    let place = archive::cut_folder(folder, name);
    let parts = folder.join(archive::PARTS);
    fs::create_dir_all(&parts).map_err(io_error("make", &parts))?;
    remove(&place)?;
    fs::rename(&new, &place).map_err(io_error("rename", &new))?;
    sync(&parts)?;
    Ok(Summary { length_ms, bytes: entry.bytes, gaps: 0, whole: true })
}

/// What became of a cut.
struct Cut {
    /// Where its first picture stood, nanoseconds from the programme's beginning.
    began_ns: u64,
    length_ns: u64,
    pictures: u64,
}

fn copy(kit: &Kit, from: &Path, to: &Path, (from_ns, to_ns): (u64, u64)) -> Done<Cut> {
    let mut reader = Reader::open(kit, from)?;
    let muxer = kit.muxer(WRITE, to)?;
    let mut cut = Cut { began_ns: 0, length_ns: 0, pictures: 0 };
    let mut described = false;
    let mut sound = |reader: &mut Reader, began_ns: u64| {
        while let Some((at_ns, sample)) = reader.heard.pop_front() {
            let length_ns = sample.buffer().and_then(|buffer| buffer.duration()).map(gst::ClockTime::nseconds);
            let fits = at_ns + length_ns.unwrap_or(0) <= to_ns;
            let Some(at_ns) = at_ns.checked_sub(began_ns).filter(|_| fits) else { continue };
            if !described {
                described = true;
                muxer.describe("sound", &sample.caps_owned().unwrap_or_else(gst::Caps::new_any));
            }
            muxer.push("sound", at_ns, length_ns, true, parts::bytes_of(&sample).unwrap_or_default())?;
        }
        Done::Ok(())
    };
    while let Some(sample) = reader.next()? {
        let Some(buffer) = sample.buffer() else { continue };
        let at_ns = buffer.pts().map_or(0, gst::ClockTime::nseconds);
        let key = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        // Nor is a picture that would stand longer than was signed for.
        let length_ns = buffer.duration().map(gst::ClockTime::nseconds);
        if at_ns + length_ns.unwrap_or(0) > to_ns || at_ns >= to_ns {
            break;
        }
        if cut.pictures == 0 {
            // What was not signed for is not copied, be it a second of it.
            reader.forget(from_ns);
            if at_ns < from_ns || !key {
                continue;
            }
            cut.began_ns = at_ns;
        }
        muxer.push("picture", at_ns - cut.began_ns, length_ns, key, parts::bytes_of(&sample).unwrap_or_default())?;
        cut.pictures += 1;
        cut.length_ns = at_ns - cut.began_ns + length_ns.unwrap_or(0);
        sound(&mut reader, cut.began_ns)?;
    }
    if cut.pictures == 0 {
        let problem = "no picture of the part stands by itself".to_owned();
        return Err(FinaliseError::Proof { file: PROGRAMME.to_owned(), problem });
    }
    reader.hear_until(to_ns);
    sound(&mut reader, cut.began_ns)?;
    muxer.finish()?;
    Ok(cut)
}

/// A programme that is read.
struct Reader {
    pipeline: Pipeline,
    picture: AppSink,
    sound: Receiver<gst::Sample>,
    /// Sound that came, with its times.
    heard: VecDeque<(u64, gst::Sample)>,
}

impl Reader {
    fn open(kit: &Kit, path: &Path) -> Done<Self> {
        let pipeline = kit.reader(READ, path)?;
        let take = |name: &str| pipeline.takes.get(name).cloned();
        let (Some(picture), Some(sound)) = (take("picture"), take("sound")) else {
            return Err(parts::wrong(READ, "it has no appsink picture or no appsink sound"));
        };
        parts::prepare(&picture, None);
        parts::prepare(&sound, None);
        let (tell, told) = mpsc::channel();
        let hear = move |sink: &AppSink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            // Nobody listens any more once the part is whole.
            tell.send(sample).map_err(|_| gst::FlowError::Eos)?;
            Ok(gst::FlowSuccess::Ok)
        };
        sound.set_callbacks(AppSinkCallbacks::builder().new_sample(hear).build());
        parts::play(READ, &pipeline)?;
        Ok(Self { pipeline, picture, sound: told, heard: VecDeque::new() })
    }

    /// The next picture; `None` at the end of the file.
    fn next(&mut self) -> Done<Option<gst::Sample>> {
        let sample = self.picture.try_pull_sample(SILENCE_LIMIT);
        let wrong = |problem: String| FinaliseError::Proof { file: PROGRAMME.to_owned(), problem };
        if let Some(message) = self.pipeline.bus().pop_filtered(&[gst::MessageType::Error]) {
            return Err(wrong(describe(&message)));
        }
        if sample.is_none() && !self.picture.is_eos() {
            return Err(wrong("it gives nothing any more before its end".to_owned()));
        }
        let come: Vec<_> = self.sound.try_iter().collect();
        self.heard.extend(come.into_iter().map(timed));
        Ok(sample)
    }

    /// Drops what was heard before this moment.
    fn forget(&mut self, until_ns: u64) {
        self.heard.retain(|(at_ns, _)| *at_ns >= until_ns);
    }

    /// Waits for the sound up to this moment, or to the file's end.
    fn hear_until(&mut self, until_ns: u64) {
        // It waits behind pictures that nobody takes any more.
        let step = Duration::from_millis(20);
        while self.heard.back().is_none_or(|(at_ns, _)| *at_ns < until_ns) {
            let over = self.pipeline.takes.get("sound").is_none_or(AppSink::is_eos);
            match self.sound.recv_timeout(step) {
                Ok(sample) => self.heard.push_back(timed(sample)),
                Err(_) if over => return,
                Err(_) => match self.next() {
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => return,
                },
            }
        }
    }

    /// How many pictures there are, the first of which stands by itself.
    fn count(mut self) -> Done<u64> {
        let mut count = 0;
        while let Some(sample) = self.next()? {
            self.heard.clear();
            let key = sample.buffer().is_some_and(|buffer| !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT));
            if count == 0 && !key {
                let problem = "its first picture does not stand by itself".to_owned();
                return Err(FinaliseError::Proof { file: PROGRAMME.to_owned(), problem });
            }
            count += 1;
        }
        Ok(count)
    }
}

fn timed(sample: gst::Sample) -> (u64, gst::Sample) {
    (sample.buffer().and_then(|buffer| buffer.pts()).map_or(0, gst::ClockTime::nseconds), sample)
}
