//! Synthetic streams whose every packet says where it belongs, and a player that knows what it may show.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// The shape of a synthetic picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    H264,
    Vp8,
}

/// What a packet's payload says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) source: u16,
    pub(crate) frame: u32,
    pub(crate) piece: u16,
    pub(crate) pieces: u16,
    pub(crate) key: bool,
    /// The frame it needs, if it is no key frame.
    pub(crate) reference: u32,
}

/// A frame's place among the temporal layers of its source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Temporal {
    layer: u8,
    sync: bool,
    tl0: u8,
    reference: u32,
}

/// Frames of three temporal layers as browsers' encoders make them: 0 2 1 2, from each key frame on.
#[derive(Debug, Default)]
pub(crate) struct Pattern {
    since_key: u32,
    tl0: u8,
    base: u32,
}

impl Pattern {
    pub(crate) fn next(&mut self, frame: u32, key: bool) -> Temporal {
        self.since_key = if key { 0 } else { self.since_key + 1 };
        let (layer, sync, reference) = match self.since_key % 4 {
            0 => (0, false, self.base),
            1 => (2, true, frame.wrapping_sub(1)),
            2 => (1, true, frame.wrapping_sub(2)),
            _ => (2, false, frame.wrapping_sub(1)),
        };
        if layer == 0 {
            (self.base, self.tl0) = (frame, self.tl0.wrapping_add(1));
        }
        Temporal { layer, sync, tl0: self.tl0, reference }
    }
}

/// Sources from this number on are layers: a camera's has a decade to itself, the smallest layer first.
pub(crate) const LAYERED: u16 = 100;

/// Width and height of a source's picture.
fn dimensions(source: u16) -> (u16, u16) {
    match source.checked_sub(LAYERED).map(|layered| layered % 10) {
        Some(0) => (320, 180),
        Some(1) => (640, 360),
        _ => (1280, 720),
    }
}

/// A sequence parameter set for a picture of this size (ITU-T H.264 §7.3.2.1.1).
fn sps(source: u16) -> Vec<u8> {
    let (width, height) = dimensions(source);
    let mut bits = Vec::new();
    let number = |bits: &mut Vec<bool>, value: u32| {
        let len = (value + 1).ilog2();
        bits.extend((0..len).map(|_| false));
        bits.extend((0..=len).rev().map(|at| (value + 1) >> at & 1 == 1));
    };
    let (across, down) = (u32::from(width).div_ceil(16), u32::from(height).div_ceil(16));
    // Id, frame numbers of four bits, order of output as decoded, one reference.
    for value in [0, 0, 2, 1] {
        number(&mut bits, value);
    }
    bits.push(false);
    number(&mut bits, across - 1);
    number(&mut bits, down - 1);
    // Frames only, 8 × 8 inference; then the crop below, in units of two lines.
    bits.extend([true, true, true]);
    for value in [0, 0, 0, (down * 16 - u32::from(height)) / 2] {
        number(&mut bits, value);
    }
    bits.extend([false, true]);
    bits.resize(bits.len().next_multiple_of(8), false);
    let bytes = bits.chunks(8).map(|byte| byte.iter().fold(0, |value, &bit| value << 1 | u8::from(bit)));
    [0x67, 0x42, 0xc0, 0x1f].into_iter().chain(bytes).collect()
}

const PPS: &[u8] = &[0x68, 0xce, 0x3c, 0x80];

impl Tag {
    fn bytes(self) -> [u8; 15] {
        let mut out = [0; 15];
        out[..2].copy_from_slice(&self.source.to_be_bytes());
        out[2..6].copy_from_slice(&self.frame.to_be_bytes());
        out[6..8].copy_from_slice(&self.piece.to_be_bytes());
        out[8..10].copy_from_slice(&self.pieces.to_be_bytes());
        out[10] = u8::from(self.key);
        out[11..].copy_from_slice(&self.reference.to_be_bytes());
        out
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..15)?;
        Some(Self {
            source: u16::from_be_bytes([bytes[0], bytes[1]]),
            frame: u32::from_be_bytes([bytes[2], bytes[3], bytes[4], bytes[5]]),
            piece: u16::from_be_bytes([bytes[6], bytes[7]]),
            pieces: u16::from_be_bytes([bytes[8], bytes[9]]),
            key: bytes[10] != 0,
            reference: u32::from_be_bytes([bytes[11], bytes[12], bytes[13], bytes[14]]),
        })
    }
}

/// Payloads of one frame; an H.264 key frame has its parameter sets in front.
pub(crate) fn frame(shape: Shape, source: u16, frame: u32, key: bool, pieces: u16, size: usize) -> Vec<Vec<u8>> {
    frame_of(shape, source, frame, key, pieces, size, None)
}

/// The same, with its place among temporal layers, if it has one.
pub(crate) fn frame_of(
    shape: Shape,
    source: u16,
    frame: u32,
    key: bool,
    pieces: u16,
    size: usize,
    temporal: Option<Temporal>,
) -> Vec<Vec<u8>> {
    let reference = temporal.map_or_else(|| frame.wrapping_sub(1), |temporal| temporal.reference);
    let sets = u16::from(shape == Shape::H264 && key);
    let all = pieces + sets;
    let mut payloads = Vec::new();
    for piece in 0..all {
        let tag = Tag { source, frame, piece, pieces: all, key, reference };
        let mut payload = match shape {
            Shape::H264 if piece < sets => {
                let mut stap = vec![0x78];
                for unit in [&sps(source)[..], PPS, &[&[0x06][..], &tag.bytes()].concat()] {
                    stap.extend_from_slice(&(unit.len() as u16).to_be_bytes());
                    stap.extend_from_slice(unit);
                }
                payloads.push(stap);
                continue;
            }
            Shape::H264 => {
                let edge = if piece == sets { 0x80 } else { 0 } | if piece + 1 == all { 0x40 } else { 0 };
                vec![0x7c, edge | if key { 5 } else { 1 }]
            }
            Shape::Vp8 => {
                let id = (frame & 0x7fff) as u16 | 0x8000;
                let [high, low] = id.to_be_bytes();
                let (width, height) = dimensions(source);
                let ([wide, wider], [tall, taller]) = (width.to_le_bytes(), height.to_le_bytes());
                let start = if piece == 0 { 0x90 } else { 0x80 };
                let picture = [u8::from(!key), 0, 0, 0x9d, 0x01, 0x2a, wide, wider, tall, taller];
                match temporal {
                    None => [&[start, 0x80, high, low][..], &picture].concat(),
                    Some(Temporal { layer, sync, tl0, .. }) => {
                        [&[start, 0xe0, high, low, tl0, layer << 6 | u8::from(sync) << 5][..], &picture].concat()
                    }
                }
            }
        };
        payload.extend_from_slice(&tag.bytes());
        payload.resize(size.max(payload.len()), 0x55);
        payloads.push(payload);
    }
    payloads
}

/// What one packet of a slot turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Piece(Tag),
    Slate { key: bool },
}

/// Reads a slot's payload.
pub(crate) fn look(shape: Shape, payload: &[u8], source: u32) -> Option<Seen> {
    if source == 0 {
        let key = match shape {
            Shape::H264 => payload[0] & 0x1f == 24,
            Shape::Vp8 => payload[0] & 0x10 != 0,
        };
        return Some(Seen::Slate { key });
    }
    let tag = match shape {
        Shape::H264 if payload[0] & 0x1f == 24 => {
            let past =
                |at: usize| Some(at + 2 + usize::from(u16::from_be_bytes([*payload.get(at)?, *payload.get(at + 1)?])));
            Tag::read(payload.get(past(past(1)?)? + 3..)?)
        }
        Shape::H264 => Tag::read(payload.get(2..)?),
        Shape::Vp8 => {
            assert_eq!(payload[1] & 0xe0, 0xe0, "picture id, TL0 and layer are always there");
            assert_eq!(payload[2] & 0x80, 0x80, "the picture id has 15 bits");
            Tag::read(payload.get(16..)?)
        }
    };
    tag.map(Seen::Piece)
}

/// One slot's packets in the order of their index, as a player would take them.
#[derive(Default)]
pub(crate) struct Player {
    packets: BTreeMap<u64, (u32, Seen, Option<u16>)>,
    /// When each packet came, and with what timestamp.
    times: BTreeMap<u64, (u32, Instant)>,
}

/// A frame that stands for less than this is never seen: a millisecond.
const PASSED_TICKS: u32 = 90;

/// Index, timestamp, content and picture id of one packet.
type Played = (u64, u32, Seen, Option<u16>);

/// What a player could show.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Frames that were whole and had their references.
    pub(crate) frames: u64,
    /// Frames that were torn or had not.
    pub(crate) broken: u64,
    /// Changes from one source to another.
    pub(crate) changes: u64,
    /// Slate pictures.
    pub(crate) slates: u64,
}

impl Player {
    pub(crate) fn take(&mut self, now: Instant, index: u64, timestamp: u32, seen: Seen, picture: Option<u16>) {
        self.packets.insert(index, (timestamp, seen, picture));
        self.times.entry(index).or_insert((timestamp, now));
    }

    /// Frames in their order, each with its timestamp and when it was whole, a frame being shown when all before it have been.
    /// `None` where packets of one are missing.
    pub(crate) fn frames(&self) -> Vec<(Tag, u32, Option<Instant>)> {
        let mut frames: Vec<(Tag, u32, u16, Instant)> = Vec::new();
        for (index, &(timestamp, seen, _)) in &self.packets {
            let Seen::Piece(tag) = seen else { continue };
            let at = self.times[index].1;
            match frames.last_mut() {
                Some(last) if last.1 == timestamp => (last.2, last.3) = (last.2 + 1, last.3.max(at)),
                Some(&mut (.., before)) => frames.push((tag, timestamp, 1, at.max(before))),
                None => frames.push((tag, timestamp, 1, at)),
            }
        }
        let whole = |(tag, timestamp, pieces, at): (Tag, u32, u16, Instant)| {
            (tag, timestamp, (pieces == tag.pieces).then_some(at))
        };
        frames.into_iter().map(whole).collect()
    }

    /// How long each frame stood until the next was whole, a frame being shown when all before it have been; sorted.
    pub(crate) fn gaps(&self) -> Vec<Duration> {
        let mut shown: Vec<(u32, Instant)> = Vec::new();
        for &(timestamp, at) in self.times.values() {
            match shown.last_mut() {
                Some(last) if last.0 == timestamp => last.1 = last.1.max(at),
                Some(&mut (_, before)) => shown.push((timestamp, at.max(before))),
                None => shown.push((timestamp, at)),
            }
        }
        let mut gaps: Vec<_> = shown.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
        gaps.sort();
        gaps
    }

    /// Plays everything. Panics at a step backward: a timestamp that does not grow from frame to frame, a frame number of the
    /// same source that falls, a source that begins without its key frame, a picture id that repeats. A frame whose successor
    /// is due within a millisecond is decoded, and nobody sees it.
    pub(crate) fn play(&self) -> Shown {
        let mut shown = Shown::default();
        let mut frames: Vec<Vec<Played>> = Vec::new();
        for (&index, &(timestamp, seen, picture)) in &self.packets {
            match frames.last_mut() {
                Some(frame) if frame[0].1 == timestamp => frame.push((index, timestamp, seen, picture)),
                _ => frames.push(vec![(index, timestamp, seen, picture)]),
            }
        }
        let mut last_time: Option<u32> = None;
        let mut last_picture: Option<u16> = None;
        let mut last_frame: BTreeMap<u16, (u32, bool)> = BTreeMap::new();
        let mut left = false;
        let mut source: Option<u16> = None;
        let mut decoded: BTreeSet<u32> = BTreeSet::new();
        let mut next_index = None;
        for at in 0..frames.len() {
            let frame = &frames[at];
            let (index, timestamp, first, picture) = frame[0];
            let seen = frames.get(at + 1).is_none_or(|next| next[0].1.wrapping_sub(timestamp) >= PASSED_TICKS);
            if let Some(last) = last_time {
                assert!(
                    (timestamp.wrapping_sub(last) as i32) > 0,
                    "time went back: {last} then {timestamp} at {index}"
                );
            }
            last_time = Some(timestamp);
            if let (Some(last), Some(id)) = (last_picture, picture) {
                let step = id.wrapping_sub(last) & 0x7fff;
                assert!(step > 0 && step < 0x4000, "picture id went from {last} to {id} at {index}");
            }
            last_picture = picture.or(last_picture);
            let gapless = next_index.is_none_or(|next| next == index);
            next_index = frame.last().map(|last| last.0 + 1);
            let Seen::Piece(tag) = first else {
                shown.slates += 1;
                source = None;
                decoded.clear();
                continue;
            };
            let camera = if tag.source < LAYERED { tag.source } else { tag.source / 10 };
            if source != Some(tag.source) {
                shown.changes += 1;
                assert!(tag.key || !gapless, "source {} begins without a key frame at {index}", tag.source);
                source = Some(tag.source);
                decoded.clear();
                left = true;
            }
            let whole = frame.len() == usize::from(tag.pieces)
                && frame.iter().enumerate().all(|(number, (.., seen, _))| {
                    matches!(seen, Seen::Piece(piece) if (piece.source, piece.frame) == (tag.source, tag.frame)
                        && usize::from(piece.piece) == number)
                });
            // History begins with a key frame that nobody sees.
            left |= tag.key && !seen;
            if seen {
                let came_back = std::mem::take(&mut left);
                if let Some((last, was_whole)) = last_frame.insert(camera, (tag.frame, whole)) {
                    // A frame that was left in its middle, or with which history ends, may be seen again.
                    let goes_on = tag.frame > last || (tag.frame == last && (!was_whole || came_back));
                    assert!(goes_on, "source {} went back from frame {last} to {} at {index}", tag.source, tag.frame);
                }
            }
            if tag.key {
                decoded.clear();
            }
            if whole && (tag.key || decoded.contains(&tag.reference)) {
                shown.frames += 1;
                decoded.insert(tag.frame);
            } else {
                shown.broken += 1;
            }
        }
        shown
    }
}
