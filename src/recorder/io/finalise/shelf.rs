//! The folder of a programme's pieces: each is written, read back from its first picture to its last, and only then put there.

use super::{
    Done, FinaliseError, io_error,
    making::Made,
    parts::{Coded, Kit, Part},
    proof,
};
use crate::recorder::{
    canvas::Canvas,
    io::archive,
    pieces::{self, Coding, FORMAT, Index, Piece, ns_of},
};
use gstreamer as gst;
use ring::digest::{Context, SHA256};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// The pieces there are.
pub(super) struct Shelf {
    folder: PathBuf,
    index: Index,
}

/// What a file is made of, in short: its coded pictures and its sound, and when they are.
pub(super) struct Digest {
    bytes: [Context; 2],
    times: [Vec<u64>; 2],
}

impl Shelf {
    /// Those of a recording that began then; what is there of another beginning or format is taken away.
    pub(super) fn open(recording: &Path, began_ns: u64) -> Done<Self> {
        let folder = recording.join(pieces::FOLDER);
        fs::create_dir_all(&folder).map_err(io_error("make", &folder))?;
        let known = archive::pieces(recording).ok().flatten();
        let index = known.filter(|index| index.format == FORMAT && index.began_ns == began_ns);
        let shelf = Self { folder, index: index.unwrap_or_else(|| Index::new(began_ns)) };
        shelf.tidy()?;
        Ok(shelf)
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// Takes away what the index does not name: what was being written when somebody was killed.
    fn tidy(&self) -> Done<()> {
        for entry in fs::read_dir(&self.folder).map_err(io_error("list", &self.folder))? {
            let path = entry.map_err(io_error("list", &self.folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let named = |piece: &Piece| piece.file == name || piece.stills_file() == name;
            if name != pieces::INDEX && !self.index.pieces.iter().any(named) {
                fs::remove_file(&path).map_err(io_error("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Leaves only pieces that are as they were made, up to the first of each coding that is not.
    pub(super) fn check(&mut self) -> Done<()> {
        let mut kept = Vec::new();
        for coding in [Coding::Copied, Coding::Composed] {
            for piece in self.index.joined(coding) {
                let found = archive::hashed(&self.folder.join(&piece.file));
                let is_whole = found.is_ok_and(|found| found.bytes == piece.bytes && found.sha256 == piece.sha256);
                if !is_whole || !self.folder.join(piece.stills_file()).exists() {
                    break;
                }
                kept.push(piece.clone());
            }
        }
        if kept != self.index.pieces {
            self.index.pieces = kept;
            self.write_index()?;
            self.tidy()?;
        }
        Ok(())
    }

    /// Writes a piece, reads it back in full, and puts it among the others.
    pub(super) fn add(&mut self, kit: &Kit, made: &Made) -> Done<()> {
        let file = Piece::file_of(made.coding, made.from_block);
        let new = self.folder.join(format!("{file}.new"));
        let length_ns = ns_of(made.to_block) - ns_of(made.from_block);
        write(kit, made, &new)?;
        let has_pictures = !made.pictures.is_empty();
        let seen = proof::read_piece(kit, &new, ns_of(made.from_block), length_ns, has_pictures)?;
        let wrong = |problem: String| FinaliseError::Proof { file: file.clone(), problem };
        if seen.frames != made.pictures.len() as u64 {
            return Err(wrong(format!("{} of {} pictures can be shown", seen.frames, made.pictures.len())));
        }
        let found = archive::hashed(&new).map_err(io_error("read", &new))?;
        let piece = Piece {
            file: file.clone(),
            coding: made.coding,
            from_block: made.from_block,
            to_block: made.to_block,
            pictures: seen.frames,
            next: made.next,
            bytes: found.bytes,
            sha256: found.sha256,
            stills: seen.stills.iter().map(|(still, _)| *still).collect(),
        };
        let stills: Vec<u8> = seen.stills.iter().flat_map(|(_, canvas)| canvas.bytes()).copied().collect();
        let beside = self.folder.join(piece.stills_file());
        fs::write(&beside, stills).map_err(io_error("write", &beside))?;
        let place = self.folder.join(&file);
        File::open(&new).and_then(|file| file.sync_all()).map_err(io_error("sync", &new))?;
        fs::rename(&new, &place).map_err(io_error("rename", &new))?;
        self.index.pieces.retain(|known| known.file != piece.file);
        self.index.pieces.push(piece);
        self.write_index()
    }

    fn write_index(&self) -> Done<()> {
        let (place, new) = (self.folder.join(pieces::INDEX), self.folder.join("index.new"));
        let text = serde_json::to_vec(&self.index).map_err(|error| io_error("write", &new)(error.into()))?;
        fs::write(&new, text).map_err(io_error("write", &new))?;
        File::open(&new).and_then(|file| file.sync_all()).map_err(io_error("sync", &new))?;
        fs::rename(&new, &place).map_err(io_error("rename", &new))
    }

    /// Joins all pieces of a coding into one file; what went in.
    pub(super) fn join(&self, kit: &Kit, coding: Coding, path: &Path, mut progress: impl FnMut(f64)) -> Done<Digest> {
        let pieces = self.index.joined(coding);
        let has_pictures = pieces.iter().any(|piece| piece.pictures > 0);
        let muxer = kit.muxer(join_file(has_pictures), path)?;
        let (mut digest, mut described) = (Digest::new(), [false; 2]);
        for (number, piece) in pieces.iter().enumerate() {
            let from_ns = ns_of(piece.from_block);
            let parted = kit.parted(&self.folder.join(&piece.file), piece.pictures > 0)?;
            while let Some((part, coded, caps)) = parted.next()? {
                let (feed, place) = feed_of(part);
                if !std::mem::replace(&mut described[place], true) {
                    muxer.describe(feed, &caps);
                }
                digest.add(part, from_ns + coded.at_ns, &coded.buffer);
                muxer.push_coded(feed, from_ns + coded.at_ns, length_of(&coded), &coded)?;
            }
            progress((number + 1) as f64 / pieces.len() as f64);
        }
        muxer.finish()?;
        Ok(digest)
    }

    /// The small pictures of all pieces of a coding, in order.
    pub(super) fn stills(&self, coding: Coding) -> Done<Vec<(pieces::Still, Canvas)>> {
        let mut stills = Vec::new();
        for piece in self.index.joined(coding) {
            let path = self.folder.join(piece.stills_file());
            let bytes = fs::read(&path).map_err(io_error("read", &path))?;
            let canvases = bytes.chunks_exact(proof::SMALL_BYTES).filter_map(|bytes| proof::small_of(bytes.to_vec()));
            stills.extend(piece.stills.iter().copied().zip(canvases));
        }
        Ok(stills)
    }

    /// The file of the piece of a coding in which this moment lies, and when it begins.
    pub(super) fn file_at(&self, coding: Coding, at_ns: u64) -> Option<(PathBuf, u64)> {
        let pieces = self.index.joined(coding);
        let piece = pieces.into_iter().find(|piece| (piece.span_ns().0..piece.span_ns().1).contains(&at_ns))?;
        Some((self.folder.join(&piece.file), piece.span_ns().0))
    }
}

/// How long it is shown or heard. The last picture has to have a length, or it is none.
fn length_of(coded: &Coded) -> Option<u64> {
    Some(coded.buffer.duration().map_or(PICTURE_NS, gst::ClockTime::nseconds))
}

/// How long a picture is shown that does not say so.
const PICTURE_NS: u64 = 40_000_000;

fn feed_of(part: Part) -> (&'static str, usize) {
    match part {
        Part::Picture => ("picture", 0),
        Part::Sound => ("sound", 1),
    }
}

const fn join_file(has_pictures: bool) -> &'static str {
    if has_pictures { "finalise-join.toml" } else { "finalise-join-sound.toml" }
}

/// Writes a piece as an MP4, what belongs together side by side.
fn write(kit: &Kit, made: &Made, path: &Path) -> Done<()> {
    let muxer = kit.muxer(join_file(!made.pictures.is_empty()), path)?;
    for (feed, caps) in [("picture", &made.picture_caps), ("sound", &made.sound_caps)] {
        if let Some(caps) = caps {
            muxer.describe(feed, caps);
        }
    }
    let mut pictures = made.pictures.iter().peekable();
    for sound in &made.sound {
        while let Some(picture) = pictures.next_if(|picture| picture.at_ns <= sound.at_ns) {
            muxer.push_coded("picture", picture.at_ns, length_of(picture), picture)?;
        }
        muxer.push_coded("sound", sound.at_ns, Some(ns_of(1)), sound)?;
    }
    for picture in pictures {
        muxer.push_coded("picture", picture.at_ns, length_of(picture), picture)?;
    }
    muxer.finish()
}

impl Digest {
    pub(super) fn new() -> Self {
        Self { bytes: [Context::new(&SHA256), Context::new(&SHA256)], times: [Vec::new(), Vec::new()] }
    }

    pub(super) fn add(&mut self, part: Part, at_ns: u64, buffer: &gst::Buffer) {
        let (_, place) = feed_of(part);
        if let Ok(bytes) = buffer.map_readable() {
            self.bytes[place].update(&bytes);
        }
        self.times[place].push(at_ns);
    }

    /// How another one differs; times may be off by a rounding.
    pub(super) fn difference(self, other: Self) -> Option<String> {
        const OFF_NS_MAX: u64 = 1_000_000;
        for (part, (one, other)) in ["picture", "sound"].into_iter().zip(self.times.iter().zip(&other.times)) {
            if one.len() != other.len() {
                return Some(format!("{} of {} parts of its {part} are there", other.len(), one.len()));
            }
            let off = one.iter().zip(other).map(|(one, other)| one.abs_diff(*other)).max().unwrap_or(0);
            if off > OFF_NS_MAX {
                return Some(format!("its {part} is up to {} ms off", off / 1_000_000));
            }
        }
        let finished = |bytes: [Context; 2]| bytes.map(|context| context.finish().as_ref().to_vec());
        (finished(self.bytes) != finished(other.bytes)).then(|| "its content is not that of its pieces".to_owned())
    }
}
