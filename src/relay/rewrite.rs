//! One continuous stream out of many sources: how a slot's sequence numbers, timestamps and picture ids go on when its
//! source changes.
//!
//! A source's packets keep their distances; only where a source begins is chosen anew: one past the highest number ever
//! used, and never at an earlier time. Packets from before that beginning are refused, never renumbered, so no number can be
//! used for two packets.

use super::{
    codec::vp8,
    ring::Packet,
    rtp::timestamp_step,
    thin::{LAYER_MAX, Thinning},
};

/// The state of one slot's stream.
#[derive(Debug, Clone)]
pub struct Rewriter {
    next_index: u64,
    last_timestamp: Option<u32>,
    next_picture: u16,
    next_tl0: u8,
    /// The highest temporal layer that is wanted of any source.
    layer: u8,
    source: Option<Source>,
}

/// How the present source's numbers become the slot's.
#[derive(Debug, Clone)]
struct Source {
    first_number: u64,
    first_index: u64,
    line: Line,
    /// The latest of its timestamps that was placed.
    newest: u32,
    /// Ticks by which its next frame and all after it move.
    shift: Option<i32>,
    /// The line before that was done last, and the source's timestamp up to which it holds.
    before: Option<(Line, u32)>,
    pictures: Option<Pictures>,
    thinning: Thinning,
}

/// How much faster than it was history passes, so that a viewer who begins with it doesn't stay behind: four seconds in 16 ms,
/// and every frame still has a time of its own.
const REPLAY_SPEED: u32 = 256;

/// Frames that would begin before what was shown follow one another as fast as history, up to so many ticks: two seconds of a picture.
const CATCH_UP_MAX: u32 = 180_000;

/// The line before a shift is of use to packets that are sent again, for ten seconds at the most.
const SHIFT_REMEMBERED: i32 = 900_000;

/// A source's time line as it runs in the slot.
#[derive(Debug, Clone, Copy)]
struct Line {
    offset: u32,
    /// The source's timestamp from which on frames keep their distances; those before it are history, and follow one another
    /// [`REPLAY_SPEED`] times as fast.
    live_from: u32,
}

impl Line {
    fn timestamp(self, stamp: u32) -> u32 {
        history(stamp, self.live_from).wrapping_add(self.offset)
    }

    /// The same line, so that its frame `first` comes after `last`: either the frames from there on catch up, or all come so much
    /// later.
    fn after(self, last: Option<u32>, first: u32, catches_up: bool) -> Self {
        let late = last.map_or(0, |last| timestamp_step(self.timestamp(first), last.wrapping_add(1)).max(0)) as u32;
        let longer = late + late / (REPLAY_SPEED - 1) + 2;
        match late {
            0 => self,
            _ if catches_up && longer <= CATCH_UP_MAX => {
                // Live already: it is history from this frame on.
                let from = if timestamp_step(self.live_from, first) > 0 { first } else { self.live_from };
                Self { live_from: from.wrapping_add(longer), ..self }
            }
            _ => Self { offset: self.offset.wrapping_add(late), ..self },
        }
    }

    /// Timestamps are a circle: what is long past must not be taken for what is to come.
    fn keep_near(&mut self, newest: u32) {
        if timestamp_step(self.live_from, newest) > 1 << 30 {
            self.live_from = newest.wrapping_sub(1 << 29);
        }
    }
}

impl Source {
    fn timestamp(&self, stamp: u32) -> u32 {
        let line = match self.before {
            Some((line, until)) if timestamp_step(stamp, until) > 0 => line,
            _ => self.line,
        };
        line.timestamp(stamp)
    }

    /// A frame later than all before it is placed after `last`.
    fn advance(&mut self, stamp: u32, last: Option<u32>) {
        if timestamp_step(self.newest, stamp) <= 0 {
            return;
        }
        self.newest = stamp;
        self.line.keep_near(stamp);
        self.before = self.before.filter(|(_, until)| timestamp_step(*until, stamp) < SHIFT_REMEMBERED);
        if let Some(shift) = self.shift.take() {
            let moved = Line { offset: self.line.offset.wrapping_add_signed(shift), ..self.line };
            self.before = Some((std::mem::replace(&mut self.line, moved.after(last, stamp, true)), stamp));
        }
    }
}

/// A source's timestamp, moved close to `live_from` if it is before that.
fn history(stamp: u32, live_from: u32) -> u32 {
    let behind = timestamp_step(stamp, live_from).max(0) as u32;
    stamp.wrapping_add(behind - behind / REPLAY_SPEED)
}

/// How the present VP8 source's picture numbers become the slot's.
#[derive(Debug, Clone, Copy)]
struct Pictures {
    id_offset: u16,
    tl0_offset: u8,
    /// The slot's numbers of the source's first frame here.
    first: (u16, u8),
    /// Timestamp and id of the latest frame, for sources whose ids are absent or wrap at 7 bits: they are counted.
    counted: Option<(u32, u16)>,
}

/// A packet's place in the slot's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// 48-bit packet index (RFC 3711 §3.3.1); its low 16 bits are the sequence number.
    pub index: u64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// VP8 picture id and TL0PICIDX; zero for other codecs.
    pub picture: (u16, u8),
}

impl Rewriter {
    /// A stream that starts at `first_index` (its low 15 bits matter: RFC 3711 wants the first sequence number below 2¹⁵,
    /// so that an early loss can't be mistaken for a wrap).
    #[must_use]
    pub fn new(first_index: u16, first_picture: u16) -> Self {
        Self {
            next_index: u64::from(first_index & 0x7fff),
            last_timestamp: None,
            next_picture: first_picture & 0x7fff,
            next_tl0: 0,
            layer: LAYER_MAX,
            source: None,
        }
    }

    /// Of a source with temporal layers no higher one than this is placed from the next frame on.
    pub fn limit(&mut self, layer: u8) {
        self.layer = layer;
        if let Some(source) = &mut self.source {
            source.thinning.want(layer);
        }
    }

    /// The source begins anew with `packet`. Its frames are live from the source's timestamp `live_from` on, whose moment on the
    /// peer's time line is `timestamp`. If the stream is already past the packet's, it goes on one tick later: then the source
    /// stays so much behind, unless it is a picture that `catches_up`.
    pub fn begin(&mut self, packet: &Packet, live_from: u32, timestamp: u32, catches_up: bool) {
        let line = Line { offset: timestamp.wrapping_sub(live_from), live_from };
        self.source = Some(Source {
            first_number: packet.number,
            first_index: self.next_index,
            line: line.after(self.last_timestamp, packet.timestamp, catches_up),
            newest: packet.timestamp,
            shift: None,
            before: None,
            pictures: packet.vp8.map(|descriptor| Pictures {
                id_offset: self.next_picture.wrapping_sub(descriptor.picture_id.map_or(0, |id| id.value)),
                tl0_offset: self.next_tl0.wrapping_sub(descriptor.tl0.unwrap_or(0)),
                first: (self.next_picture, self.next_tl0),
                counted: descriptor
                    .picture_id
                    .is_none_or(|id| id.mask == 0x7f)
                    .then_some((packet.timestamp, self.next_picture)),
            }),
            thinning: Thinning::new(self.layer),
        });
    }

    /// Forgets the source: nothing of it will be placed any more.
    pub fn end(&mut self) {
        self.source = None;
    }

    /// Where the source's packet goes; `None` if it is from before the source's beginning here, or left out.
    pub fn place(&mut self, packet: &Packet) -> Option<Place> {
        let source = self.source.as_mut()?;
        let distance = packet.number.checked_sub(source.first_number)?;
        let before = source.thinning.pass(packet)?;
        let index = (source.first_index + distance).checked_sub(before.packets)?;
        source.advance(packet.timestamp, self.last_timestamp);
        let timestamp = source.timestamp(packet.timestamp);
        let picture = match (packet.vp8, &mut source.pictures) {
            (Some(descriptor), Some(pictures)) => pictures.place(packet.timestamp, descriptor, before.pictures),
            _ => (0, 0),
        };
        self.advance(index, timestamp);
        if packet.vp8.is_some() {
            self.advance_picture(picture);
        }
        Some(Place { index, timestamp, picture })
    }

    /// Where a packet of the present source went, to send it again; `None` if that can't be told.
    #[must_use]
    pub fn again(&self, packet: &Packet) -> Option<Place> {
        let source = self.source.as_ref()?;
        let before = source.thinning.before(packet)?;
        let distance = packet.number.checked_sub(source.first_number)?;
        let index = (source.first_index + distance).checked_sub(before.packets)?;
        let picture = match (packet.vp8, source.pictures) {
            (Some(_), Some(pictures)) if pictures.counted.is_some() => return None,
            (Some(descriptor), Some(mut pictures)) => pictures.place(packet.timestamp, descriptor, before.pictures),
            _ => (0, 0),
        };
        Some(Place { index, timestamp: source.timestamp(packet.timestamp), picture })
    }

    /// The next place of a packet the relay makes itself, in a frame at `timestamp` on the peer's time line. Ends the source.
    pub fn own(&mut self, timestamp: u32, starts_frame: bool) -> Place {
        self.source = None;
        let timestamp =
            if starts_frame { self.not_before_last(timestamp) } else { self.last_timestamp.unwrap_or(timestamp) };
        let index = self.next_index;
        if starts_frame {
            self.next_picture = self.next_picture.wrapping_add(1) & 0x7fff;
            self.next_tl0 = self.next_tl0.wrapping_add(1);
        }
        self.advance(index, timestamp);
        let picture = (self.next_picture.wrapping_sub(1) & 0x7fff, self.next_tl0.wrapping_sub(1));
        Place { index, timestamp, picture }
    }

    /// The number of the present source's packet that went to `index`, so that it can be sent again; `None` if that was
    /// another source's.
    #[must_use]
    pub fn number_at(&self, seq: u16) -> Option<u64> {
        let source = self.source.as_ref()?;
        let index = super::rtp::extend_seq(self.next_index, seq);
        (index < self.next_index).then_some(())?;
        source.thinning.number_of(source.first_number, index.checked_sub(source.first_index)?)
    }

    /// Where a live frame of the present source with this timestamp belongs in the stream, also one that never was in it.
    #[must_use]
    pub fn live_at(&self, stamp: u32) -> Option<u32> {
        self.source.as_ref().map(|source| stamp.wrapping_add(source.line.offset))
    }

    /// The latest timestamp of the present source that was placed, if it is live and may be [shifted](Self::shift).
    #[must_use]
    pub fn shiftable(&self) -> Option<u32> {
        let source = self.source.as_ref()?;
        let is_live = timestamp_step(source.line.live_from, source.newest) >= 0;
        (is_live && source.before.is_none() && source.shift.is_none()).then_some(source.newest)
    }

    /// Moves the present source's next frame and all after it by so many ticks, never before one that was placed.
    pub fn shift(&mut self, ticks: i32) {
        if let Some(source) = &mut self.source {
            source.shift = Some(ticks);
        }
    }

    /// The timestamp last used.
    #[must_use]
    pub fn last_timestamp(&self) -> Option<u32> {
        self.last_timestamp
    }

    fn not_before_last(&self, timestamp: u32) -> u32 {
        match self.last_timestamp {
            Some(last) if timestamp_step(last, timestamp) <= 0 => last.wrapping_add(1),
            _ => timestamp,
        }
    }

    fn advance(&mut self, index: u64, timestamp: u32) {
        self.next_index = self.next_index.max(index + 1);
        if self.last_timestamp.is_none_or(|last| timestamp_step(last, timestamp) > 0) {
            self.last_timestamp = Some(timestamp);
        }
    }

    fn advance_picture(&mut self, (id, tl0): (u16, u8)) {
        let ahead = id.wrapping_sub(self.next_picture) & 0x7fff;
        if ahead < 0x4000 {
            self.next_picture = id.wrapping_add(1) & 0x7fff;
            self.next_tl0 = tl0.wrapping_add(1);
        }
    }
}

impl Pictures {
    /// The slot's numbers of a frame before which so many were left out.
    fn place(&mut self, timestamp: u32, descriptor: vp8::Descriptor, left_out: u16) -> (u16, u8) {
        let id = match &mut self.counted {
            Some((last, id)) => {
                let step = timestamp_step(*last, timestamp);
                if step > 0 {
                    (*last, *id) = (timestamp, id.wrapping_add(1) & 0x7fff);
                }
                if step < 0 { id.wrapping_sub(1) & 0x7fff } else { *id }
            }
            None => {
                let id = descriptor.picture_id.map_or(0, |id| id.value).wrapping_add(self.id_offset);
                id.wrapping_sub(left_out) & 0x7fff
            }
        };
        // Without layers every frame is of the base layer, so its running number follows the picture id.
        let (first_id, first_tl0) = self.first;
        let tl0 = match descriptor.tl0 {
            Some(tl0) => tl0.wrapping_add(self.tl0_offset),
            None => first_tl0.wrapping_add(id.wrapping_sub(first_id) as u8),
        };
        (id, tl0)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;
    use std::time::Instant;

    fn packet(number: u64, timestamp: u32) -> Packet {
        Packet::new(number, timestamp, false, Instant::now())
    }

    fn begin(rewriter: &mut Rewriter, packet: &Packet, timestamp: u32) {
        rewriter.begin(packet, packet.timestamp, timestamp, false);
    }

    fn picture(number: u64, id: u16, tl0: u8) -> Packet {
        let mut made = packet(number, number as u32 * 3000);
        made.vp8 = Some(vp8::Descriptor {
            picture_id: Some(vp8::PictureId { value: id, mask: 0x7fff }),
            tl0: Some(tl0),
            ..vp8::Descriptor::default()
        });
        made
    }

    #[test]
    fn a_new_source_goes_on_where_the_old_one_stopped() {
        let mut rewriter = Rewriter::new(100, 0);
        begin(&mut rewriter, &packet(7, 50), 1000);
        assert_eq!(rewriter.place(&packet(7, 50)), Some(Place { index: 100, timestamp: 1000, picture: (0, 0) }));
        assert_eq!(rewriter.place(&packet(9, 150)).map(|place| (place.index, place.timestamp)), Some((102, 1100)));
        assert_eq!(rewriter.place(&packet(8, 100)).map(|place| (place.index, place.timestamp)), Some((101, 1050)));
        begin(&mut rewriter, &packet(5000, 9), 900);
        assert_eq!(rewriter.place(&packet(4999, 9)), None, "from before the switch");
        assert_eq!(rewriter.place(&packet(5000, 9)).map(|place| (place.index, place.timestamp)), Some((103, 1101)));
    }

    #[test]
    fn history_passes_fast_and_ends_where_the_present_is() {
        let mut rewriter = Rewriter::new(0, 0);
        // A second of 25 frames, the latest of which is due at 1 000 000.
        let frames: Vec<Packet> = (0..30).map(|frame| packet(frame, 7000 + frame as u32 * 3600)).collect();
        let live_from = frames[25].timestamp;
        rewriter.begin(&frames[0], live_from, 1_000_000, true);
        let times: Vec<u32> =
            frames.iter().filter_map(|frame| rewriter.place(frame)).map(|place| place.timestamp).collect();
        assert_eq!(times[25..], [1_000_000, 1_003_600, 1_007_200, 1_010_800, 1_014_400]);
        assert!(times[0] > 1_000_000 - 900, "within ten milliseconds: {times:?}");
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "each has its own: {times:?}");
        let again = rewriter.again(&frames[3]).map(|place| place.timestamp);
        assert_eq!(again, Some(times[3]), "sent again, it is the same packet");
    }

    #[test]
    fn history_begins_after_what_was_shown() {
        let mut rewriter = Rewriter::new(0, 0);
        rewriter.own(500, true);
        rewriter.begin(&packet(1, 0), 90_000, 600, false);
        assert_eq!(rewriter.place(&packet(1, 0)).map(|place| place.timestamp), Some(501));
        assert_eq!(rewriter.place(&packet(9, 90_000)).map(|place| place.timestamp), Some(501 + 90_000 / 256));
    }

    #[test]
    fn a_picture_that_would_begin_before_the_last_catches_up() {
        let mut rewriter = Rewriter::new(0, 0);
        rewriter.own(100_000, true);
        // A fifth of a second too early.
        let frames: Vec<Packet> = (0..20).map(|frame| packet(frame, 7000 + frame as u32 * 3600)).collect();
        rewriter.begin(&frames[0], 7000, 82_000, true);
        let times: Vec<u32> =
            frames.iter().filter_map(|frame| rewriter.place(frame)).map(|place| place.timestamp).collect();
        assert!(times[0] > 100_000 && times[4] < 100_200, "it does not step back: {times:?}");
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "each has its own: {times:?}");
        assert_eq!(
            times[6..],
            (6..20).map(|frame| 82_000 + frame * 3600).collect::<Vec<u32>>(),
            "and is where it belongs"
        );
        // Too early by more than is worth catching up with.
        rewriter.begin(&packet(100, 0), 0, 0u32.wrapping_sub(60_000), true);
        let late = rewriter.place(&packet(100, 0)).map(|place| place.timestamp);
        assert_eq!(late, times.last().map(|last| last + 1));
        assert_eq!(rewriter.place(&packet(101, 3600)).map(|place| place.timestamp), late.map(|late| late + 3600));
    }

    #[test]
    fn a_shift_moves_what_comes_and_nothing_that_came() {
        let frame = |number: u64| packet(number, number as u32 * 3600);
        for shift in [2000, -2000, -18_000] {
            let mut rewriter = Rewriter::new(0, 0);
            rewriter.begin(&frame(1), 3600, 3600, true);
            let mut times: Vec<_> = (1..5).filter_map(|number| rewriter.place(&frame(number))).collect();
            assert_eq!(rewriter.shiftable(), Some(4 * 3600));
            rewriter.shift(shift);
            assert_eq!(rewriter.shiftable(), None, "one at a time");
            let mut torn = frame(4);
            torn.number = 5;
            assert_eq!(rewriter.place(&torn).map(|place| place.timestamp), Some(4 * 3600), "a frame stays whole");
            times.extend((6..40).filter_map(|number| rewriter.place(&packet(number, (number as u32 - 1) * 3600))));
            let stamps: Vec<u32> = times.iter().map(|place| place.timestamp).collect();
            assert!(stamps.windows(2).all(|pair| pair[0] < pair[1]), "{stamps:?}");
            assert_eq!(stamps.last().copied(), (38u32 * 3600).checked_add_signed(shift), "{stamps:?}");
            let again = rewriter.again(&frame(3)).map(|place| place.timestamp);
            assert_eq!(again, Some(3 * 3600), "sent again, it is the same packet");
        }
    }

    #[test]
    fn a_day_of_one_source_keeps_its_distances() {
        let mut rewriter = Rewriter::new(0, 0);
        begin(&mut rewriter, &packet(0, 5), 1_000_000);
        // A frame each minute.
        for number in 0..1440 {
            let stamp = (number as u32).wrapping_mul(60 * 90_000);
            let placed = rewriter.place(&packet(number, stamp.wrapping_add(5))).map(|place| place.timestamp);
            assert_eq!(placed, Some(stamp.wrapping_add(1_000_000)), "minute {number}");
        }
    }

    #[test]
    fn picture_ids_go_on_across_sources() {
        let mut rewriter = Rewriter::new(0, 0x7fff);
        begin(&mut rewriter, &picture(1, 300, 17), 0);
        assert_eq!(rewriter.place(&picture(1, 300, 17)).map(|place| place.picture), Some((0x7fff, 0)));
        assert_eq!(rewriter.place(&picture(2, 301, 18)).map(|place| place.picture), Some((0, 1)));
        begin(&mut rewriter, &picture(900, 5, 200), 0);
        assert_eq!(rewriter.place(&picture(900, 5, 200)).map(|place| place.picture), Some((1, 2)));
    }

    #[test]
    fn a_source_without_picture_ids_is_counted_by_frames() {
        let bare = |number, timestamp| {
            let mut made = packet(number, timestamp);
            made.vp8 = Some(vp8::Descriptor::default());
            made
        };
        let mut rewriter = Rewriter::new(0, 40);
        begin(&mut rewriter, &bare(1, 0), 0);
        let ids: Vec<u16> = [bare(1, 0), bare(2, 0), bare(3, 3000)]
            .iter()
            .filter_map(|packet| rewriter.place(packet).map(|place| place.picture.0))
            .collect();
        assert_eq!(ids, [40, 40, 41]);
    }

    #[test]
    fn the_relays_own_frames_stand_between_sources() {
        let mut rewriter = Rewriter::new(0, 0);
        begin(&mut rewriter, &picture(1, 300, 17), 500);
        rewriter.place(&picture(1, 300, 17));
        let first = rewriter.own(400, true);
        let second = rewriter.own(400, false);
        assert_eq!((first.index, second.index), (1, 2));
        assert_eq!((first.timestamp, second.timestamp), (501, 501));
        assert_eq!((first.picture, second.picture), ((1, 1), (1, 1)));
        assert_eq!(rewriter.place(&picture(2, 301, 18)), None, "the source has ended");
        begin(&mut rewriter, &picture(3, 302, 19), 600);
        assert_eq!(rewriter.place(&picture(3, 302, 19)).map(|place| (place.index, place.picture)), Some((3, (2, 2))));
    }

    #[test]
    fn a_packet_sent_is_found_again_by_its_sequence_number() {
        let mut rewriter = Rewriter::new(0x7fff, 0);
        begin(&mut rewriter, &packet(70_000, 0), 0);
        for number in 70_000..140_000 {
            rewriter.place(&packet(number, 0));
        }
        let seq = (0x7fff + 69_999u64) as u16;
        assert_eq!(rewriter.number_at(seq), Some(139_999));
        assert_eq!(rewriter.number_at(seq.wrapping_add(1)), None, "not sent yet");
        begin(&mut rewriter, &packet(1, 0), 0);
        assert_eq!(rewriter.number_at(seq), None, "another source's");
    }
}
