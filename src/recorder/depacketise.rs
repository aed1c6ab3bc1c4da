//! Packets of one source become what they carried: whole pictures (H.264 with start codes, VP8 frames) and packets of Opus.
//!
//! Packets may come out of order, and those sent again later still; a [`Depacketiser`] waits for them. What is missing all the
//! same costs the pictures up to the next key frame: nothing that can't be decoded comes out.

use crate::relay::{
    codec::{h264, vp8},
    media::Codec,
};
use std::collections::BTreeMap;

/// How long a missing packet is waited for, nanoseconds of arrival: longer than any repair takes.
pub const PATIENCE_NS: u64 = 1_500_000_000;

/// A picture whose packets hold more bytes is none.
const PICTURE_BYTES_MAX: usize = 16 << 20;

/// Types of NAL units (ITU-T H.264 table 7-1) and of payloads that are none (RFC 6184 table 1).
const SPS: u8 = 7;
const PPS: u8 = 8;
const FU_A: u8 = 28;

/// A whole picture, or a packet of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its timestamp, as [`Place`](super::timeline::Place) has it.
    pub timestamp: i64,
    /// Whether a decoder can begin with it.
    pub key: bool,
    /// The bytes: an H.264 access unit with start codes, a VP8 frame, a packet of Opus.
    pub bytes: Vec<u8>,
    /// Width and height, for a key frame that states them.
    pub size: Option<(u16, u16)>,
    /// What a decoder must know: SPS and PPS of a key frame of H.264.
    pub parameters: Option<Vec<u8>>,
}

/// What became of the packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Packets that came.
    pub packets: u64,
    /// Packets that never came.
    pub missing: u64,
    /// Frames that came out.
    pub frames: u64,
    /// Pictures that were dropped because something of them, or of those they are made from, was missing.
    pub dropped: u64,
}

impl Tally {
    /// Counts another's too.
    pub fn add(&mut self, other: Self) {
        self.packets += other.packets;
        self.missing += other.missing;
        self.frames += other.frames;
        self.dropped += other.dropped;
    }
}

/// Takes the packets of one stretch.
#[derive(Debug)]
pub struct Depacketiser {
    codec: Codec,
    waiting: BTreeMap<i64, Packet>,
    /// Sequence number that comes next, once it has begun.
    next: Option<i64>,
    picture: Option<Picture>,
    /// Pictures are dropped until a key frame comes.
    needs_key: bool,
    sets: Sets,
    tally: Tally,
}

#[derive(Debug)]
struct Packet {
    at_ns: u64,
    timestamp: i64,
    marker: bool,
    payload: Vec<u8>,
}

/// A picture whose packets are coming in.
#[derive(Debug)]
struct Picture {
    timestamp: i64,
    bytes: Vec<u8>,
    /// Its first slice is there, and it is one a decoder can begin with.
    key: bool,
    /// Some of it is missing.
    broken: bool,
    /// A fragmented unit is open.
    open: bool,
    /// Part of a picture is there, not parameter sets and notes alone.
    sliced: bool,
    size: Option<(u16, u16)>,
    has_sets: bool,
}

#[derive(Debug, Default)]
struct Sets {
    sps: Vec<u8>,
    pps: Vec<u8>,
}

impl Depacketiser {
    /// A stretch that begins.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self {
            codec,
            waiting: BTreeMap::new(),
            next: None,
            picture: None,
            needs_key: true,
            sets: Sets::default(),
            tally: Tally::default(),
        }
    }

    /// One packet; `sequence` and `timestamp` as [`Place`](super::timeline::Place) has them.
    pub fn push(&mut self, at_ns: u64, sequence: i64, timestamp: i64, marker: bool, payload: &[u8]) {
        let came_too_late = self.next.is_some_and(|next| sequence < next);
        if came_too_late || self.waiting.contains_key(&sequence) {
            return;
        }
        self.tally.packets += 1;
        self.waiting.insert(sequence, Packet { at_ns, timestamp, marker, payload: payload.to_vec() });
    }

    /// What is whole by now, when everything up to `now_ns` has arrived. [`u64::MAX`] at the end.
    pub fn drain(&mut self, now_ns: u64, mut each: impl FnMut(Frame)) {
        while let Some(entry) = self.waiting.first_entry() {
            let waited = now_ns == u64::MAX || entry.get().at_ns + PATIENCE_NS <= now_ns;
            let in_turn = self.next == Some(*entry.key());
            if !in_turn && !waited {
                return;
            }
            let (sequence, packet) = entry.remove_entry();
            if !in_turn && let Some(next) = self.next {
                self.tally.missing += u64::try_from(sequence - next).unwrap_or(0);
                self.miss();
            }
            self.next = Some(sequence + 1);
            self.take(packet, &mut each);
        }
        if now_ns == u64::MAX {
            self.end_picture(&mut each);
        }
    }

    /// Whether packets wait to come out.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What became of the packets so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Packets are missing before the next one.
    fn miss(&mut self) {
        if let Some(picture) = &mut self.picture {
            picture.broken = true;
        }
        self.needs_key = true;
    }

    fn take(&mut self, packet: Packet, each: &mut impl FnMut(Frame)) {
        if self.codec == Codec::Opus {
            if !packet.payload.is_empty() {
                self.tally.frames += 1;
                let (timestamp, bytes) = (packet.timestamp, packet.payload);
                each(Frame { timestamp, key: true, bytes, size: None, parameters: None });
            }
            return;
        }
        if packet.payload.is_empty() {
            return;
        }
        match &mut self.picture {
            // Some senders give parameter sets a timestamp, or a marker, of their own: no picture, but the next one's beginning.
            Some(picture) if picture.is_prelude(self.codec) => picture.goes_on_at(packet.timestamp),
            Some(picture) if picture.timestamp != packet.timestamp => self.end_picture(each),
            _ => {}
        }
        let picture = self.picture.get_or_insert_with(|| Picture::new(packet.timestamp));
        match self.codec {
            Codec::H264 => picture.h264(&packet.payload, &mut self.sets),
            Codec::Vp8 | Codec::Opus => picture.vp8(&packet.payload),
        }
        picture.broken |= picture.bytes.len() > PICTURE_BYTES_MAX;
        if packet.marker && !picture.is_prelude(self.codec) {
            self.end_picture(each);
        }
    }

    fn end_picture(&mut self, each: &mut impl FnMut(Frame)) {
        let Some(picture) = self.picture.take() else { return };
        let broken = picture.broken || picture.open || picture.bytes.is_empty();
        if broken || (self.needs_key && !picture.key) {
            self.needs_key |= broken;
            self.tally.dropped += 1;
            return;
        }
        let is_h264_key = picture.key && self.codec == Codec::H264;
        if is_h264_key && !picture.has_sets && self.sets.is_empty() {
            self.tally.dropped += 1;
            return;
        }
        self.needs_key = false;
        self.tally.frames += 1;
        let parameters = is_h264_key.then(|| self.sets.with_start_codes());
        let mut bytes = picture.bytes;
        let mut size = picture.size;
        if is_h264_key && !picture.has_sets {
            bytes.splice(0..0, self.sets.with_start_codes());
        }
        if is_h264_key {
            size = h264::Sps::read(&self.sets.sps).and_then(|sps| sps.size);
        }
        each(Frame { timestamp: picture.timestamp, key: picture.key, bytes, size, parameters });
    }
}

impl Picture {
    const fn new(timestamp: i64) -> Self {
        let bytes = Vec::new();
        Self { timestamp, bytes, key: false, broken: false, open: false, sliced: false, size: None, has_sets: false }
    }

    /// What comes before a picture, without one.
    fn is_prelude(&self, codec: Codec) -> bool {
        codec == Codec::H264 && !self.sliced && !self.open && !self.bytes.is_empty()
    }

    /// The picture it is before has this timestamp. Half a prelude is none: the sets are known without it.
    fn goes_on_at(&mut self, timestamp: i64) {
        let fresh = Self::new(timestamp);
        *self = if self.broken { fresh } else { Self { timestamp, ..std::mem::replace(self, fresh) } };
    }

    fn h264(&mut self, payload: &[u8], sets: &mut Sets) {
        h264::for_each_slice_start(payload, |slice| {
            self.sliced = true;
            self.key |= slice.idr && slice.first;
        });
        match payload {
            [first, fu, body @ ..] if first & 0x1f == FU_A => {
                if fu & 0x80 != 0 {
                    self.broken |= self.open;
                    self.bytes.extend([0, 0, 0, 1, first & 0xe0 | fu & 0x1f]);
                    self.open = true;
                }
                self.broken |= !self.open;
                self.bytes.extend(body);
                self.open &= fu & 0x40 == 0;
            }
            _ => {
                self.broken |= self.open;
                h264::for_each_unit(payload, |unit| {
                    match unit[0] & 0x1f {
                        SPS => {
                            sets.sps = unit.to_vec();
                            self.has_sets = true;
                        }
                        PPS => sets.pps = unit.to_vec(),
                        _ => {}
                    }
                    self.bytes.extend([0, 0, 0, 1]);
                    self.bytes.extend(unit);
                });
            }
        }
    }

    fn vp8(&mut self, payload: &[u8]) {
        let Some((descriptor, length)) = vp8::read(payload) else {
            self.broken = true;
            return;
        };
        let body = payload.get(length..).unwrap_or_default();
        if self.bytes.is_empty() {
            // The first packet that is there is the first there was.
            self.broken |= !vp8::starts_frame(&descriptor);
            self.key = vp8::starts_key_frame(&descriptor, body);
            self.size = vp8::picture_size(body);
        }
        self.bytes.extend(body);
    }
}

impl Sets {
    fn is_empty(&self) -> bool {
        self.sps.is_empty() || self.pps.is_empty()
    }

    fn with_start_codes(&self) -> Vec<u8> {
        [&[0, 0, 0, 1], &self.sps[..], &[0, 0, 0, 1], &self.pps[..]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPS_UNIT: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0x40, 0, 0, 3, 0, 0x40];
    const PPS_UNIT: &[u8] = &[0x68, 0xce, 0x3c, 0x80];

    /// Three pictures: a key frame in fragments behind its parameter sets, and two that build on it.
    fn pictures() -> Vec<(i64, bool, Vec<u8>)> {
        let key: Vec<u8> = [0x65, 0x88].into_iter().chain([7; 500]).collect();
        let mut packets = Vec::new();
        for (number, units) in
            [vec![SPS_UNIT, PPS_UNIT, &key], vec![&[0x41, 0x9a, 1]], vec![&[0x41, 0x9a, 2]]].iter().enumerate()
        {
            let payloads = h264::packetize(units, 200);
            let last = payloads.len() - 1;
            let at = number as i64 * 3600;
            packets.extend(payloads.into_iter().enumerate().map(|(place, payload)| (at, place == last, payload)));
        }
        packets
    }

    fn frames(depacketiser: &mut Depacketiser, now_ns: u64) -> Vec<(i64, bool)> {
        let mut frames = Vec::new();
        depacketiser.drain(now_ns, |frame| frames.push((frame.timestamp, frame.key)));
        frames
    }

    fn pushed(order: &[usize]) -> Depacketiser {
        let packets = pictures();
        let mut depacketiser = Depacketiser::new(Codec::H264);
        for &number in order {
            let (timestamp, marker, payload) = &packets[number];
            depacketiser.push(0, number as i64, *timestamp, *marker, payload);
        }
        depacketiser
    }

    #[test]
    fn parameter_sets_with_a_timestamp_of_their_own_belong_to_the_picture_after_them() {
        let sets = h264::packetize(&[SPS_UNIT, PPS_UNIT], 200).remove(0);
        let key = vec![0x65, 0x88, 1, 2];
        for (marker, lost) in [(false, false), (true, false), (false, true)] {
            let mut depacketiser = Depacketiser::new(Codec::H264);
            let packets = [(0, false, sets.clone()), (72, true, key.clone()), (3600, true, vec![0x41, 0x9a, 1])];
            let again = [(7200, marker, sets.clone()), (7272, true, key.clone()), (10_800, true, vec![0x41, 0x9a, 2])];
            for (number, (timestamp, marker, payload)) in packets.into_iter().chain(again).enumerate() {
                // The last picture of the first group is what is lost.
                if !(lost && number == 2) {
                    depacketiser.push(0, number as i64, timestamp, marker, &payload);
                }
            }
            let mut seen = Vec::new();
            depacketiser.drain(u64::MAX, |frame| {
                let kinds: Vec<u8> = h264::annex_b_units(&frame.bytes).iter().map(|unit| unit[0] & 0x1f).collect();
                seen.push((frame.timestamp, frame.key, kinds));
            });
            let mut expect = vec![
                (72, true, vec![7, 8, 5]),
                (3600, false, vec![1]),
                (7272, true, vec![7, 8, 5]),
                (10_800, false, vec![1]),
            ];
            if lost {
                expect.remove(1);
            }
            assert_eq!(seen, expect, "marker {marker}, lost {lost}");
        }
    }

    #[test]
    fn pictures_come_out_whole_whatever_the_order_of_their_packets() {
        assert_eq!(pictures().len(), 6);
        for order in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [1, 0, 3, 2, 5, 4]] {
            let mut depacketiser = pushed(&order);
            let mut first = None;
            let mut timestamps = Vec::new();
            depacketiser.drain(u64::MAX, |frame| {
                timestamps.push(frame.timestamp);
                first.get_or_insert(frame);
            });
            assert_eq!(timestamps, [0, 3600, 7200], "{order:?}");
            let first = first.unwrap();
            assert_eq!((first.key, first.size), (true, Some((1280, 720))));
            let units = h264::annex_b_units(&first.bytes);
            assert_eq!(units.iter().map(|unit| unit[0] & 0x1f).collect::<Vec<_>>(), [7, 8, 5]);
            assert_eq!(units[2].len(), 502);
        }
    }

    #[test]
    fn what_is_missing_costs_all_up_to_the_next_key_frame() {
        // Nothing is missing before the first that came.
        for (order, pictures, missing) in [([0, 1, 2, 3, 5], 1, 1), ([0, 1, 3, 4, 5], 0, 1), ([1, 2, 3, 4, 5], 0, 0)] {
            let mut depacketiser = pushed(&order);
            assert_eq!(frames(&mut depacketiser, u64::MAX), vec![(0, true); pictures], "{order:?}");
            assert_eq!(depacketiser.tally().missing, missing, "{order:?}");
        }
    }

    #[test]
    fn a_missing_packet_is_waited_for_and_then_no_more() {
        let mut depacketiser = pushed(&[0, 1, 2, 3]);
        assert_eq!(frames(&mut depacketiser, PATIENCE_NS - 1), [], "the first may not be the first");
        assert_eq!(frames(&mut depacketiser, PATIENCE_NS), [(0, true)]);
        let packets = pictures();
        depacketiser.push(PATIENCE_NS, 5, packets[5].0, true, &packets[5].2);
        assert_eq!(frames(&mut depacketiser, 2 * PATIENCE_NS - 1), []);
        depacketiser.push(2 * PATIENCE_NS - 1, 4, packets[4].0, true, &packets[4].2);
        assert_eq!(frames(&mut depacketiser, 2 * PATIENCE_NS - 1), [(3600, false), (7200, false)]);
    }

    #[test]
    fn parameter_sets_that_came_once_stand_before_every_key_frame() {
        let mut depacketiser = pushed(&[0, 1, 2, 3]);
        let key: Vec<u8> = [0x65, 0x88].into_iter().chain([9; 50]).collect();
        depacketiser.push(0, 4, 3600, true, &key);
        let mut sets = Vec::new();
        depacketiser.drain(u64::MAX, |frame| sets.push(h264::annex_b_units(&frame.bytes)[0][0] & 0x1f));
        assert_eq!(sets, [7, 7]);
    }

    #[test]
    fn vp8_frames_lose_their_descriptors() {
        let mut depacketiser = Depacketiser::new(Codec::Vp8);
        let key = [0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00];
        depacketiser.push(0, 1, 0, false, &key);
        depacketiser.push(0, 2, 0, true, &[0x00, 5, 6]);
        depacketiser.push(0, 3, 3600, true, &[0x10, 0x11, 0]);
        let mut found = Vec::new();
        depacketiser.drain(u64::MAX, |frame| found.push((frame.key, frame.size, frame.bytes.len())));
        assert_eq!(found, [(true, Some((320, 180)), 12), (false, None, 2)]);
    }

    #[test]
    fn sound_goes_on_over_what_is_missing() {
        let mut depacketiser = Depacketiser::new(Codec::Opus);
        for sequence in [1, 2, 4] {
            depacketiser.push(0, sequence, sequence * 960, false, &[0xfc, 1]);
        }
        assert_eq!(frames(&mut depacketiser, u64::MAX), [(960, true), (1920, true), (3840, true)]);
        assert_eq!(depacketiser.tally().missing, 1);
    }
}
