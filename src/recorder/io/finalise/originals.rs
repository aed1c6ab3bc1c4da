//! Each source as it was sent, untouched, in files of its own: another begins when the picture changes.

use super::{
    Done, entry,
    parts::{Kit, Muxer},
};
use crate::{
    recorder::{
        depacketise::Frame,
        manifest::{FileEntry, FileKind},
        timeline::TrackKey,
    },
    relay::{
        media::{Codec, Role},
        tap::Track,
    },
};
use gstreamer as gst;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// All that are being written.
pub(super) struct Originals<'a> {
    kit: &'a Kit,
    folder: PathBuf,
    began_ns: u64,
    open: BTreeMap<TrackKey, Open>,
    made: Vec<FileEntry>,
}

struct Open {
    muxer: Muxer,
    entry: FileEntry,
    from_ns: u64,
    last_ns: u64,
    /// What the picture is: parameter sets, or the size.
    look: (Option<Vec<u8>>, Option<(u16, u16)>),
}

impl<'a> Originals<'a> {
    pub(super) fn new(kit: &'a Kit, folder: &Path, began_ns: u64) -> Self {
        Self { kit, folder: folder.to_owned(), began_ns, open: BTreeMap::new(), made: Vec::new() }
    }

    /// Something of a source, and when it was so.
    pub(super) fn frame(&mut self, key: TrackKey, track: &Track, at_ns: u64, frame: &Frame) -> Done<()> {
        let look = (frame.parameters.clone(), frame.size);
        let is_picture = track.codec != Codec::Opus;
        if is_picture && frame.key && self.open.get(&key).is_some_and(|open| open.look != look) {
            self.close(key)?;
        }
        if !self.open.contains_key(&key) {
            if !frame.key {
                return Ok(());
            }
            let open = self.begin(track, at_ns, look)?;
            self.open.insert(key, open);
        }
        let Some(open) = self.open.get_mut(&key) else { return Ok(()) };
        // What was so at the same moment as what came before stands a little after it.
        let at_ns = at_ns.max(if at_ns == open.from_ns { at_ns } else { open.last_ns + 1_000 });
        open.last_ns = at_ns;
        open.muxer.push("data", at_ns - open.from_ns, None, frame.key, frame.bytes.clone())
    }

    fn begin(&self, track: &Track, at_ns: u64, look: (Option<Vec<u8>>, Option<(u16, u16)>)) -> Done<Open> {
        let number = self.made.len() + self.open.len() + 1;
        let (file, kind, extension) = match track.codec {
            Codec::H264 => ("finalise-original-h264.toml", "picture", "mp4"),
            Codec::Vp8 => ("finalise-original-vp8.toml", "picture", "webm"),
            Codec::Opus => ("finalise-original-opus.toml", "sound", "webm"),
        };
        let content = if track.role == Role::Content { "content-" } else { "" };
        let name = format!("originals/{number:02}-{content}{kind}.{extension}");
        let muxer = self.kit.muxer(file, &self.folder.join(&name))?;
        if let (Codec::Vp8, Some((width, height))) = (track.codec, look.1) {
            let caps =
                gst::Caps::builder("video/x-vp8").field("width", i32::from(width)).field("height", i32::from(height));
            // The muxer asks for one; none is meant.
            let caps = caps.field("framerate", gst::Fraction::new(0, 1));
            muxer.describe("data", &caps.build());
        }
        let from_ms = at_ns.saturating_sub(self.began_ns) / 1_000_000;
        let entry =
            FileEntry { from_ms: Some(from_ms), source: Some(track.name.clone()), ..entry(&name, FileKind::Original) };
        Ok(Open { muxer, entry, from_ns: at_ns, last_ns: at_ns, look })
    }

    fn close(&mut self, key: TrackKey) -> Done<()> {
        let Some(open) = self.open.remove(&key) else { return Ok(()) };
        open.muxer.finish()?;
        let length_ms = Some((open.last_ns - open.from_ns) / 1_000_000);
        self.made.push(FileEntry { length_ms, ..open.entry });
        Ok(())
    }

    /// Closes all; the files there are.
    pub(super) fn finish(mut self) -> Done<Vec<FileEntry>> {
        for key in self.open.keys().copied().collect::<Vec<_>>() {
            self.close(key)?;
        }
        Ok(self.made)
    }
}
