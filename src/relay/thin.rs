//! Fewer frames of a source that sends temporal layers (VP8, RFC 7741 §4.2): which are left out, and how the numbers close up
//! behind them, so that a viewer misses nothing.
//!
//! A frame is left out as a whole, with its first packet. A layer is taken out with any frame, and put in again with one that
//! needs only what was sent: a layer's sync frame, or a key frame. What comes late keeps the place that was left for it.

use super::{codec::vp8::Descriptor, ring::Packet};
use smallvec::SmallVec;

/// Numbers behind the latest one left out for which it is known whether they were: as many as a publication keeps.
const PACKETS: u64 = 1024;

/// The same for picture ids.
const PICTURES: u16 = 64;

/// Highest temporal layer that a descriptor can name.
pub const LAYER_MAX: u8 = 3;

/// What was left out of one source for one slot.
#[derive(Debug, Clone)]
pub struct Thinning {
    /// The highest temporal layer that is wanted, and that is let through.
    wanted: u8,
    passing: u8,
    /// The highest number seen, its picture id, and whether that frame was left out.
    latest: Option<(u64, u16, bool)>,
    /// The highest number that was let through: what is before it has its place.
    placed: u64,
    /// How many packets were left out, the highest of them, and which of those before it.
    packets: u64,
    last_packet: u64,
    packet_bits: [u64; (PACKETS / 64) as usize],
    /// How many pictures were left out; the latest picture since the first of them, and which of those before it were: bit 0 is
    /// that one.
    pictures: u16,
    last_picture: u16,
    picture_bits: u64,
}

/// What was left out before a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Before {
    /// Packets.
    pub packets: u64,
    /// Pictures.
    pub pictures: u16,
}

impl Thinning {
    /// Everything up to this layer passes.
    #[must_use]
    pub fn new(wanted: u8) -> Self {
        Self {
            wanted,
            passing: wanted,
            latest: None,
            placed: 0,
            packets: 0,
            last_packet: 0,
            packet_bits: [0; (PACKETS / 64) as usize],
            pictures: 0,
            last_picture: 0,
            picture_bits: 0,
        }
    }

    /// From now on so many layers are wanted.
    pub fn want(&mut self, layer: u8) {
        self.wanted = layer;
    }

    /// What was left out before this packet; `None` if it is left out itself, or too old to tell.
    pub fn pass(&mut self, packet: &Packet) -> Option<Before> {
        let passed = self.judge(packet);
        if passed.is_some() {
            self.placed = self.placed.max(packet.number);
        }
        passed
    }

    fn judge(&mut self, packet: &Packet) -> Option<Before> {
        let Some((picture, descriptor)) = layered(packet) else {
            return self.before(packet);
        };
        let (highest, last, was_out) = self.latest.unwrap_or((packet.number, picture, false));
        if packet.number < highest.max(self.placed) {
            return self.before(packet);
        }
        let same = self.latest.is_some() && picture == last;
        let out = if same { was_out } else { self.decide(packet, &descriptor) };
        self.latest = Some((packet.number, picture, out));
        if !same {
            self.note_picture(picture, out);
        }
        if !out {
            return self.before(packet);
        }
        // What is missing between two packets of a frame is of that frame; padding between them went its own way. A sender may jump as
        // far as it likes: no more is noted than is remembered.
        let first = if same { highest.max(self.placed) + 1 } else { packet.number };
        let first = first.max(packet.number.saturating_sub(PACKETS - 1));
        (first..=packet.number).for_each(|number| self.leave_out_packet(number));
        None
    }

    /// The same of a packet that was seen before, without deciding anything.
    #[must_use]
    pub fn before(&self, packet: &Packet) -> Option<Before> {
        if self.packets == 0 {
            return Some(Before::default());
        }
        let packets = self.packets_before(packet.number)?;
        match layered(packet) {
            Some((picture, _)) => Some(Before { packets, pictures: self.pictures_before(picture)? }),
            None => Some(Before { packets, pictures: self.pictures }),
        }
    }

    /// The number of the packet that is the `nth` that was let through, counted from 0 at `first`; `None` if that is too long ago.
    #[must_use]
    pub fn number_of(&self, first: u64, nth: u64) -> Option<u64> {
        let mut number = first + nth + self.packets;
        loop {
            let next = first + nth + self.packets_between(number)?;
            if next == number {
                return Some(number);
            }
            number = next;
        }
    }

    /// Whether a frame that begins here is left out.
    fn decide(&mut self, packet: &Packet, descriptor: &Descriptor) -> bool {
        let joins = descriptor.layer_sync && descriptor.layer == self.passing.saturating_add(1);
        if self.wanted < self.passing || packet.starts_key_frame {
            self.passing = self.wanted;
        } else if joins && descriptor.layer <= self.wanted {
            self.passing = descriptor.layer;
        }
        descriptor.layer > self.passing
    }

    fn leave_out_packet(&mut self, number: u64) {
        // The window moves on; what falls out of it is forgotten.
        let from = if self.packets == 0 { number } else { self.last_packet + 1 };
        for passed in from.max(number.saturating_sub(PACKETS - 1))..number {
            self.set(passed, false);
        }
        self.set(number, true);
        self.last_packet = number;
        self.packets += 1;
    }

    fn set(&mut self, number: u64, out: bool) {
        let word = &mut self.packet_bits[(number / 64 % (PACKETS / 64)) as usize];
        let bit = number % 64;
        *word = *word & !(1 << bit) | u64::from(out) << bit;
    }

    fn is_out(&self, number: u64) -> bool {
        self.packet_bits[(number / 64 % (PACKETS / 64)) as usize] >> (number % 64) & 1 == 1
    }

    /// Packets left out before one that was not.
    fn packets_before(&self, number: u64) -> Option<u64> {
        if number <= self.last_packet && self.is_known(number) && self.is_out(number) {
            return None;
        }
        self.packets_between(number)
    }

    fn is_known(&self, number: u64) -> bool {
        number + PACKETS > self.last_packet
    }

    fn packets_between(&self, number: u64) -> Option<u64> {
        if self.packets == 0 || number > self.last_packet {
            return Some(self.packets);
        }
        if !self.is_known(number) {
            return None;
        }
        let since = (number..=self.last_packet).filter(|&later| self.is_out(later)).count() as u64;
        self.packets.checked_sub(since)
    }

    /// A picture begins. Ids wrap, so the latest must move on with those that pass, too.
    fn note_picture(&mut self, picture: u16, out: bool) {
        if self.pictures == 0 && !out {
            return;
        }
        let step = picture.wrapping_sub(self.last_picture) & 0x7fff;
        let moved = self.picture_bits.checked_shl(u32::from(step)).unwrap_or(0);
        self.picture_bits = if self.pictures == 0 { 0 } else { moved } | u64::from(out);
        self.last_picture = picture;
        self.pictures = self.pictures.wrapping_add(u16::from(out));
    }

    /// Pictures left out before one that was not.
    fn pictures_before(&self, picture: u16) -> Option<u16> {
        let back = self.last_picture.wrapping_sub(picture) & 0x7fff;
        if back >= 0x4000 {
            return Some(self.pictures);
        }
        if back >= PICTURES || self.picture_bits >> back & 1 == 1 {
            return None;
        }
        let since = (self.picture_bits & ((1 << back) - 1)).count_ones() as u16;
        Some(self.pictures.wrapping_sub(since))
    }
}

/// How much of a source its temporal layers are.
#[derive(Debug, Clone, Default)]
pub struct Shares {
    /// Bytes of each in the running second.
    bytes: [u64; LAYERS],
    below_top: SmallVec<[f64; LAYERS]>,
}

const LAYERS: usize = LAYER_MAX as usize + 1;

impl Shares {
    /// A packet came with so many bytes.
    pub fn count(&mut self, packet: &Packet, bytes: usize) {
        if let Some((_, descriptor)) = layered(packet) {
            self.bytes[usize::from(descriptor.layer.min(LAYER_MAX))] += bytes as u64;
        }
    }

    /// A second is over.
    pub fn roll(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let all: u64 = bytes.iter().sum();
        let top = bytes.iter().rposition(|&bytes| bytes > 0).unwrap_or(0);
        let cumulated = bytes[..top].iter().scan(0, |sum, bytes| {
            *sum += bytes;
            Some(*sum)
        });
        self.below_top = cumulated.map(|bytes| bytes as f64 / all.max(1) as f64).collect();
    }

    /// Of all that came in the last second the share of the lowest layer, of the two lowest, and so on below the highest; none if
    /// there is but one.
    #[must_use]
    pub fn below_top(&self) -> &[f64] {
        &self.below_top
    }
}

/// The picture id and descriptor of a packet whose source names its temporal layers well enough to leave some out.
fn layered(packet: &Packet) -> Option<(u16, Descriptor)> {
    let descriptor = packet.vp8.filter(|descriptor| descriptor.tl0.is_some())?;
    let id = descriptor.picture_id.filter(|id| id.mask == 0x7fff)?;
    Some((id.value, descriptor))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;
    use crate::relay::codec::vp8::PictureId;
    use std::time::Instant;

    /// Two packets a frame; layers 0 2 1 2, the second 2 leans on 1.
    fn packet(number: u64) -> Packet {
        let frame = number / 2;
        let (layer, layer_sync) = [(0, false), (2, true), (1, true), (2, false)][(frame % 4) as usize];
        let mut packet = Packet::new(number, frame as u32 * 3600, number % 2 == 1, Instant::now());
        packet.vp8 = Some(Descriptor {
            partition_start: number.is_multiple_of(2),
            picture_id: Some(PictureId { value: (frame + 0x7ff0) as u16 & 0x7fff, mask: 0x7fff }),
            tl0: Some((frame / 4) as u8),
            layer,
            layer_sync,
            ..Descriptor::default()
        });
        packet
    }

    fn passed(thinning: &mut Thinning, numbers: impl Iterator<Item = u64>) -> Vec<u64> {
        numbers.filter(|&number| thinning.pass(&packet(number)).is_some()).collect()
    }

    #[test]
    fn numbers_close_up_behind_what_is_left_out() {
        let mut thinning = Thinning::new(LAYER_MAX);
        assert_eq!(passed(&mut thinning, 0..8).len(), 8);
        thinning.want(0);
        let places: Vec<(u64, Before)> =
            (8..24).filter_map(|number| Some((number, thinning.pass(&packet(number))?))).collect();
        let before = |packets, pictures| Before { packets, pictures };
        assert_eq!(places, [(8, before(0, 0)), (9, before(0, 0)), (16, before(6, 3)), (17, before(6, 3))]);
        for (number, before) in places {
            assert_eq!(thinning.before(&packet(number)), Some(before), "asked again");
            assert_eq!(thinning.number_of(0, number - before.packets), Some(number));
        }
        assert_eq!(thinning.before(&packet(12)), None, "it was left out");
    }

    #[test]
    fn a_layer_comes_back_with_a_frame_that_needs_nothing_of_it() {
        let mut thinning = Thinning::new(0);
        assert_eq!(passed(&mut thinning, 0..8), [0, 1]);
        thinning.want(LAYER_MAX);
        // Layer 2 waits for layer 1, and then for its own sync frame.
        assert_eq!(passed(&mut thinning, 8..24), [8, 9, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23]);
        thinning.want(0);
        let mut key = packet(26);
        key.starts_key_frame = true;
        assert_eq!(passed(&mut thinning, 24..26), [24, 25]);
        thinning.want(2);
        assert!(thinning.pass(&key).is_some(), "a key frame brings all back");
    }

    #[test]
    fn what_comes_late_keeps_its_place() {
        let mut thinning = Thinning::new(0);
        // 1 ends the frame that is sent; 3 is of one that is left out, and 4 too.
        assert_eq!(passed(&mut thinning, [0, 2, 5, 8].into_iter()), [0, 8]);
        assert_eq!(thinning.pass(&packet(1)), Some(Before::default()));
        assert_eq!(thinning.pass(&packet(3)), None, "its frame is not there");
        assert_eq!(thinning.pass(&packet(8)).map(|before| before.pictures), Some(2));
        assert_eq!(thinning.number_of(0, 1), Some(1));
    }

    #[test]
    fn no_place_is_given_twice_whatever_is_wanted_and_however_packets_come() {
        let mut random = 7_u64;
        let mut draw = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let mut thinning = Thinning::new(LAYER_MAX);
        let mut places = std::collections::BTreeMap::new();
        let mut late = Vec::new();
        for number in 0..20_000 {
            if draw(50) == 0 {
                thinning.want(draw(3) as u8);
            }
            let mut now = vec![number];
            match draw(20) {
                0 => now.clear(),
                1 => late.append(&mut now),
                2 => now.append(&mut late),
                _ => {}
            }
            for number in now {
                let mut packet = packet(number);
                // Padding stands between a frame's packets.
                packet.vp8 = packet.vp8.filter(|_| number % 13 != 7);
                let Some(before) = thinning.pass(&packet) else { continue };
                let place = number - before.packets;
                assert_eq!(*places.entry(place).or_insert(number), number, "place {place}");
                assert_eq!(thinning.number_of(0, place), Some(number));
                assert_eq!(thinning.before(&packet), Some(before));
            }
        }
        assert!(places.len() > 5000, "{}", places.len());
    }

    #[test]
    fn shares_are_those_of_the_last_second() {
        let mut shares = Shares::default();
        assert_eq!(shares.below_top(), [0.0; 0]);
        (0..8).for_each(|number| shares.count(&packet(number), if number < 2 { 200 } else { 100 }));
        shares.roll();
        assert_eq!(shares.below_top(), [0.4, 0.6]);
        let mut plain = packet(0);
        plain.vp8 = Some(Descriptor::default());
        shares.count(&plain, 500);
        shares.roll();
        assert_eq!(shares.below_top(), [0.0; 0], "a source without layers");
    }

    #[test]
    fn a_source_that_passes_whole_again_does_so_for_ever() {
        let mut thinning = Thinning::new(0);
        assert_eq!(passed(&mut thinning, 0..16).len(), 4);
        thinning.want(LAYER_MAX);
        let from = 16 + 8;
        passed(&mut thinning, 16..from);
        // Picture ids wrap twice.
        for number in from..from + 2 * 70_000 {
            let before = thinning.pass(&packet(number)).unwrap_or_else(|| panic!("packet {number} is left out"));
            assert_eq!((before.packets, before.pictures), (16, 8), "packet {number}");
        }
    }

    #[test]
    fn a_jump_within_a_frame_costs_no_more_than_is_remembered() {
        let mut thinning = Thinning::new(0);
        passed(&mut thinning, 0..3);
        let mut far = packet(2);
        far.number = 1 << 40;
        assert_eq!(thinning.pass(&far), None, "it is of the frame that is left out");
        assert_eq!(thinning.packets, 1 + PACKETS);
    }
}
