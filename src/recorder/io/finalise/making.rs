//! One way through a journal: what it holds becomes pieces of the programme, one after the other, and files of its sources.

use super::{
    Done,
    originals::Originals,
    parts::{Coded, Coder, Decoder, Kit},
    picture::Composer,
    sources::{self, Sources, Taken},
};
use crate::{
    recorder::{
        depacketise::Frame,
        manifest::{FileEntry, SourceEntry},
        mix::{CHANNELS, Mixer},
        pieces::{BLOCK_SAMPLES, Coding, PictureId, block_at, ns_of},
        programme::{LEAD_NS, Picture, Programme},
        timeline::{Timeline, TrackKey},
    },
    relay::{media::Codec, tap::record::Record},
};
use gstreamer as gst;
use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

/// Pictures a second of a composed programme, and how long each is.
const FRAMES_PER_SECOND: u64 = 25;
const FRAME_NS: u64 = 1_000_000_000 / FRAMES_PER_SECOND;

/// The journal is looked at in steps of so much of its time, nanoseconds.
const STEP_NS: u64 = 200_000_000;

/// How far what was so may lie before its arrival, besides what repair takes: a slow way's delay.
const DELAY_NS: u64 = 1_000_000_000;

/// So many blocks before its first one a piece's sound is coded from, so that its coder has found its way by then; and the
/// coder puts one in front of what it is given.
const BEFORE_BLOCKS: i64 = 4;

/// So long before it is mixed sound is decoded, nanoseconds.
const SOUND_LEAD_NS: u64 = 1_000_000_000;

/// A copied piece that is long enough waits for a key frame so long, nanoseconds; then it is cut anywhere.
const KEY_FRAME_LIMIT_NS: u64 = 60_000_000_000;

/// A piece, coded.
pub(super) struct Made {
    pub(super) coding: Coding,
    pub(super) from_block: u64,
    pub(super) to_block: u64,
    /// Times count from the piece's beginning.
    pub(super) pictures: Vec<Coded>,
    pub(super) sound: Vec<Coded>,
    /// What both are.
    pub(super) picture_caps: Option<gst::Caps>,
    pub(super) sound_caps: Option<gst::Caps>,
    pub(super) next: Option<PictureId>,
}

/// Where pieces are gone on with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Start {
    pub(super) block: u64,
    /// The picture with which a copied one begins.
    pub(super) picture: Option<PictureId>,
}

/// The way, as far as it was gone.
pub(super) struct Making<'a> {
    kit: &'a Kit,
    programme: Rc<Programme>,
    coding: Coding,
    /// How long a piece is.
    blocks: u64,
    sources: Sources,
    originals: Option<Originals<'a>>,
    composer: Composer<'a>,
    /// The next moment that a composed picture is looked at for.
    frame: u64,
    copying: Copying,
    sound: Sound<'a>,
    piece: Piece,
    made: VecDeque<Made>,
    looked_ns: u64,
}

/// The piece that is being made.
struct Piece {
    from_block: u64,
    /// Where it ends, once that is known.
    to_block: Option<u64>,
    /// The next block for its coder.
    block: i64,
    /// Its coders, once there is something for them.
    coders: Option<(Coder, Coder)>,
    has_pictures: bool,
    /// With what the next one begins.
    next: Option<PictureId>,
}

/// How pictures of one source are copied.
#[derive(Default)]
struct Copying {
    /// Where to begin.
    start: Option<PictureId>,
    /// Whether the one before was copied, so that this one can be shown after it.
    goes_on: bool,
    /// When the last one was.
    last_ns: Option<u64>,
    /// Pictures that belong to the next piece.
    ahead: VecDeque<(u64, Frame)>,
}

impl<'a> Making<'a> {
    pub(super) fn new(
        kit: &'a Kit,
        programme: Rc<Programme>,
        timeline: Timeline,
        blocks: u64,
        start: Start,
        originals: Option<Originals<'a>>,
    ) -> Self {
        let coding = coding_of(&programme);
        let first = i64::try_from(start.block).unwrap_or(i64::MAX) - BEFORE_BLOCKS;
        Self {
            kit,
            coding,
            blocks,
            sources: Sources::new(timeline),
            originals,
            composer: Composer::new(kit),
            frame: ns_of(start.block).saturating_sub(LEAD_NS) / FRAME_NS,
            copying: Copying { start: start.picture, ..Copying::default() },
            sound: Sound::new(kit, first),
            piece: Piece::new(start.block),
            made: VecDeque::new(),
            looked_ns: programme.span.0,
            programme,
        }
    }

    /// More is known by now.
    pub(super) fn learn(&mut self, programme: Rc<Programme>, timeline: Timeline) {
        self.programme = programme;
        self.sources.learn(timeline);
    }

    pub(super) fn coding(&self) -> Coding {
        self.coding
    }

    /// The next record.
    pub(super) fn record(&mut self, run: u64, record: &Record<'_>) -> Done<()> {
        self.sources.record(run, record);
        let now_ns = record.head.at_ns;
        if now_ns >= self.looked_ns + STEP_NS {
            self.looked_ns = now_ns;
            self.step(now_ns)?;
        }
        Ok(())
    }

    /// A piece that is whole.
    pub(super) fn take(&mut self) -> Option<Made> {
        self.made.pop_front()
    }

    /// Nothing more comes: the last piece is made, and what became of the sources.
    pub(super) fn end(&mut self) -> Done<(Vec<FileEntry>, Vec<SourceEntry>)> {
        self.step(u64::MAX)?;
        let files = self.originals.take().map_or_else(|| Ok(Vec::new()), Originals::finish)?;
        Ok((files, self.sources.entries()))
    }

    /// Takes what is whole by now, and makes pieces as far as nothing more can come.
    fn step(&mut self, now_ns: u64) -> Done<()> {
        let programme = Rc::clone(&self.programme);
        let began_ns = ns_of(self.piece.from_block);
        for Taken { key, track, at_ns, frame } in self.sources.take(now_ns) {
            if let Some(originals) = &mut self.originals {
                originals.frame(key, &track, at_ns, &frame)?;
            }
            let Some(at_ns) = at_ns.checked_sub(programme.span.0) else { continue };
            match (track.codec, self.coding) {
                (Codec::Opus, _) if at_ns + SOUND_LEAD_NS >= began_ns => self.sound.frame(key, at_ns, &frame.bytes)?,
                (Codec::Opus, _) => {}
                (codec, Coding::Composed) if at_ns + LEAD_NS >= began_ns => {
                    self.composer.frame(&programme, key, codec, at_ns, &frame)?;
                }
                (_, Coding::Composed) => {}
                (_, Coding::Copied) => self.copy(&programme, key, at_ns, frame)?,
            }
        }
        let end_ns = programme.length_ns();
        let behind_ns = programme.span.0 + sources::BEHIND_NS + DELAY_NS;
        let (sure_ns, is_end) =
            if now_ns == u64::MAX { (end_ns, true) } else { (now_ns.saturating_sub(behind_ns), false) };
        while self.advance(&programme, sure_ns, is_end)? {}
        Ok(())
    }

    /// Copies a picture, if it is the source's that is on air.
    fn copy(&mut self, programme: &Programme, key: TrackKey, at_ns: u64, frame: Frame) -> Done<()> {
        let Picture::Copied(tracks) = &programme.picture else { return Ok(()) };
        if !tracks.contains(&key) {
            return Ok(());
        }
        let id = PictureId { track: key, timestamp: frame.timestamp };
        if let Some(start) = self.copying.start {
            // If it is not found, whatever comes well after it will do.
            let found = start == id || frame.key && at_ns > ns_of(self.piece.from_block) + DELAY_NS;
            if !found {
                return Ok(());
            }
            self.copying.start = None;
        } else if at_ns < ns_of(self.piece.from_block) {
            // It is in the piece before.
            return Ok(());
        }
        // A camera that is always kept is there while it is not on air, too; on air it begins with a whole picture.
        let is_shown = programme.shows(key, at_ns + programme.span.0) && (self.copying.goes_on || frame.key);
        self.copying.goes_on = is_shown;
        if !is_shown {
            return Ok(());
        }
        // Two tracks of one source, one after the other, may touch.
        let at_ns = self.copying.last_ns.map_or(at_ns, |last| at_ns.max(last + 1_000_000));
        self.copying.last_ns = Some(at_ns);
        if self.piece.to_block.is_none() {
            let due_ns = ns_of(self.piece.from_block + self.blocks);
            if at_ns >= due_ns && (frame.key || at_ns >= due_ns + KEY_FRAME_LIMIT_NS) {
                self.piece.ends(block_at(at_ns), Some(id));
            }
        }
        match self.piece.to_block {
            // The sound of this piece is still to come.
            Some(_) => self.copying.ahead.push_back((at_ns, frame)),
            None => self.piece.picture(self.kit, at_ns, frame)?,
        }
        Ok(())
    }

    /// Goes on with the piece up to this moment; whether it was finished and there may be more.
    fn advance(&mut self, programme: &Programme, sure_ns: u64, is_end: bool) -> Done<bool> {
        let end_block = block_at(sure_ns.saturating_sub(1)) + 1;
        if self.coding == Coding::Composed && self.piece.to_block.is_none() {
            self.piece.ends(self.piece.from_block + self.blocks, None);
        }
        let until = self.piece.to_block.unwrap_or(self.piece.from_block + self.blocks);
        let (to_block, is_last) = match self.piece.to_block {
            Some(to) if !is_end || to < end_block => (Some(to), false),
            _ if is_end => (Some(end_block), true),
            known => (known, false),
        };
        // One more, so that the last one's end is coded as the next piece's coder does it.
        let blocks = to_block.map_or(until, |to| to + 1);
        while self.piece.block < i64::try_from(blocks).unwrap_or(i64::MAX) {
            let block = self.piece.block;
            let ends_ns = ns_of(u64::try_from(block + 1).unwrap_or(0));
            if ends_ns > sure_ns && !is_end {
                break;
            }
            self.sound.decode(ends_ns, is_end);
            let samples = self.sound.block(block);
            self.piece.sound(self.kit, self.coding, block, &samples)?;
            self.piece.block += 1;
        }
        if self.coding == Coding::Composed {
            self.compose(programme, to_block.unwrap_or(until), sure_ns, is_end)?;
        }
        let Some(to_block) = to_block else { return Ok(false) };
        let is_heard = self.piece.block > i64::try_from(to_block).unwrap_or(i64::MAX);
        let is_seen = self.coding == Coding::Copied || self.frame * FRAME_NS >= ns_of(to_block) || is_end;
        if !(is_heard && is_seen) || to_block <= self.piece.from_block {
            return Ok(false);
        }
        let piece = std::mem::replace(&mut self.piece, Piece::new(to_block));
        self.made.extend(piece.finish(self.coding, to_block)?);
        if is_last {
            return Ok(false);
        }
        for (at_ns, frame) in std::mem::take(&mut self.copying.ahead) {
            self.piece.picture(self.kit, at_ns, frame)?;
        }
        Ok(true)
    }

    /// Composes the pictures of the piece up to this moment.
    fn compose(&mut self, programme: &Programme, to_block: u64, sure_ns: u64, is_end: bool) -> Done<()> {
        let (from_ns, to_ns) = (ns_of(self.piece.from_block), ns_of(to_block));
        loop {
            let at_ns = self.frame * FRAME_NS;
            let is_sure = at_ns + FRAME_NS <= sure_ns || is_end && at_ns < sure_ns;
            if at_ns >= to_ns || !is_sure {
                return Ok(());
            }
            if at_ns < from_ns {
                // Only so that decoders are where they have to be.
                self.composer.look(programme, at_ns, sure_ns, is_end);
            } else {
                let picture = self.composer.picture(programme, at_ns, sure_ns, is_end);
                self.piece.composed(self.kit, at_ns, picture)?;
            }
            self.frame += 1;
        }
    }
}

/// How this programme's pictures come about.
pub(super) const fn coding_of(programme: &Programme) -> Coding {
    match programme.picture {
        Picture::Copied(_) => Coding::Copied,
        Picture::Composed(_) => Coding::Composed,
    }
}

impl Piece {
    fn new(from_block: u64) -> Self {
        let block = i64::try_from(from_block).unwrap_or(i64::MAX) - BEFORE_BLOCKS;
        Self { from_block, to_block: None, block, coders: None, has_pictures: false, next: None }
    }

    fn ends(&mut self, to_block: u64, next: Option<PictureId>) {
        (self.to_block, self.next) = (Some(to_block), next);
    }

    fn coders(&mut self, kit: &Kit, coding: Coding) -> Done<&mut (Coder, Coder)> {
        if self.coders.is_none() {
            let pictures = match coding {
                Coding::Copied => "finalise-copy-picture.toml",
                Coding::Composed => "finalise-code-picture.toml",
            };
            let coders = (kit.coder(pictures, "frames")?, kit.coder("finalise-code-sound.toml", "samples")?);
            self.coders = Some(coders);
        }
        Ok(self.coders.as_mut().expect("they were just made"))
    }

    /// A picture to be copied, so long after the recording's beginning.
    fn picture(&mut self, kit: &Kit, at_ns: u64, frame: Frame) -> Done<()> {
        let from_ns = ns_of(self.from_block);
        self.has_pictures = true;
        let (pictures, _) = self.coders(kit, Coding::Copied)?;
        pictures.push(at_ns.saturating_sub(from_ns), None, frame.key, frame.bytes)
    }

    /// A composed picture.
    fn composed(&mut self, kit: &Kit, at_ns: u64, picture: gst::Buffer) -> Done<()> {
        let from_ns = ns_of(self.from_block);
        self.has_pictures = true;
        let (pictures, _) = self.coders(kit, Coding::Composed)?;
        pictures.push_buffer(at_ns - from_ns, FRAME_NS, picture)
    }

    /// The next block of sound.
    fn sound(&mut self, kit: &Kit, coding: Coding, block: i64, samples: &[i16]) -> Done<()> {
        let first = i64::try_from(self.from_block).unwrap_or(i64::MAX) - BEFORE_BLOCKS;
        let at_ns = ns_of(u64::try_from(block - first).unwrap_or(0));
        let bytes = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let (_, sound) = self.coders(kit, coding)?;
        sound.push(at_ns, Some(ns_of(1)), true, bytes)
    }

    /// All of it coded; `None` if there is nothing in it.
    fn finish(self, coding: Coding, to_block: u64) -> Done<Option<Made>> {
        let Some((pictures, sound)) = self.coders else { return Ok(None) };
        let (pictures, picture_caps) = if self.has_pictures { pictures.finish()? } else { (Vec::new(), None) };
        let (mut sound, sound_caps) = sound.finish()?;
        // The coder's own block, and those from before.
        sound.drain(..sound.len().min(BEFORE_BLOCKS as usize + 1));
        sound.truncate((to_block - self.from_block) as usize);
        for (number, coded) in (0..).zip(&mut sound) {
            coded.at_ns = ns_of(number);
        }
        let (from_block, next) = (self.from_block, self.next);
        Ok(Some(Made { coding, from_block, to_block, pictures, sound, picture_caps, sound_caps, next }))
    }
}

/// The programme's sound.
struct Sound<'a> {
    kit: &'a Kit,
    decoders: BTreeMap<TrackKey, Decoder>,
    mixer: Mixer<TrackKey>,
    /// The blocks that were mixed last, and the number of the next one. A piece begins before the one before it ends.
    latest: VecDeque<Vec<i16>>,
    next: i64,
    /// Nothing goes into the decoders any more, and all that came out is mixed.
    ended: bool,
}

impl<'a> Sound<'a> {
    fn new(kit: &'a Kit, first: i64) -> Self {
        let mixer = Mixer::new(first * BLOCK_SAMPLES);
        Self { kit, decoders: BTreeMap::new(), mixer, latest: VecDeque::new(), next: first, ended: false }
    }

    fn frame(&mut self, key: TrackKey, at_ns: u64, packet: &[u8]) -> Done<()> {
        let decoder = match self.decoders.entry(key) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => {
                new.insert(self.kit.decoder("finalise-sound.toml", "sound", "samples", None)?)
            }
        };
        decoder.push(at_ns, true, packet);
        Ok(())
    }

    /// Mixes what is heard up to this moment; all there is, if nothing more comes.
    fn decode(&mut self, until_ns: u64, is_end: bool) {
        if self.ended {
            return;
        }
        self.ended = is_end;
        let until_ns = if is_end { u64::MAX } else { until_ns };
        for (&key, decoder) in &mut self.decoders {
            if is_end {
                decoder.end();
            }
            for (at_ns, bytes) in decoder.pull(until_ns, is_end) {
                let samples: Vec<i16> =
                    bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
                self.mixer.add(key, i64::try_from(at_ns).unwrap_or(i64::MAX), &samples);
            }
        }
    }

    /// The mix of this block: the next one, or one of the latest.
    fn block(&mut self, block: i64) -> Vec<i16> {
        while self.next <= block {
            self.next += 1;
            let samples = self.mixer.take(self.next * BLOCK_SAMPLES);
            self.latest.push_back(samples);
            if self.latest.len() > BEFORE_BLOCKS as usize + 1 {
                self.latest.pop_front();
            }
        }
        let back = usize::try_from(self.next - block).unwrap_or(usize::MAX);
        let known = self.latest.len().checked_sub(back).and_then(|place| self.latest.get(place));
        known.cloned().unwrap_or_else(|| vec![0; BLOCK_SAMPLES as usize * CHANNELS])
    }
}
