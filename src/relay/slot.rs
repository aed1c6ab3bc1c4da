//! One recvonly line of a viewer (画位): what it should carry, what it carries, and its packets' exact bytes.

use super::{
    codec::{red, vp8},
    command::{SlotContent, Want},
    freeze::Freezes,
    media::{Codec, MediaKind, Pt},
    nack::Repairs,
    outbox::DATAGRAM_BYTES_MAX,
    plan::SlotPlan,
    resend::Kept,
    rewrite::{Place, Rewriter},
    ring::PAYLOAD_BYTES_MAX,
    rtp,
    thin::LAYER_MAX,
    transport::srtp::SealStream,
};
use crate::{id::PublicationId, quantity::NtpTime};
use std::time::{Duration, Instant};

/// How long the old picture may stand while the new source's key frame is awaited; then the slate cuts in.
pub const SWITCH_PATIENCE: Duration = Duration::from_secs(1);

/// A picture that was held back stays so for this long at first, so that it doesn't come and go with every change of the
/// estimate.
pub const HELD_MIN: Duration = Duration::from_secs(2);

/// Most bytes of a slot's RTP header: fixed part, one CSRC, and an extension block of mid, audio level, transport-wide number, and
/// the times of leaving and of capture.
pub const HEADER_BYTES_MAX: usize = rtp::FIXED_BYTES + 4 + 4 + 36;

const _: () = assert!(HEADER_BYTES_MAX + vp8::DESCRIPTOR_BYTES + PAYLOAD_BYTES_MAX + 16 <= DATAGRAM_BYTES_MAX);

/// A slot and its stream. Publications are named by their place in the room.
pub struct Slot {
    /// What was negotiated.
    pub plan: SlotPlan,
    /// What the viewer wants in it.
    pub want: Want,
    /// Pixels it has on that screen, if known.
    pub pixels_max: Option<u32>,
    /// How the viewer ranks it.
    pub priority: u8,
    /// What the stage and the wish came to: the publication it should carry, in the layer that fits and is alive.
    pub target: Option<usize>,
    /// The layer it would carry if that were alive.
    pub desired: Option<usize>,
    /// The highest rank of a layer that its viewer's way bears; `None` while nothing is known of it.
    pub granted: Option<usize>,
    /// The highest temporal layer that its viewer's way bears of a source that has several.
    pub frames: u8,
    /// When either was lowered last.
    pub lowered: Option<Instant>,
    /// Whether it shows the slate when its target isn't there: programme slots do.
    pub slated: bool,
    /// What it carries.
    pub showing: Showing,
    /// What it would carry if the viewer's way bore it; set and cleared by the allocation.
    pub held_back: Option<PublicationId>,
    /// Whether the worker's being behind decides what is granted, not the viewer's way.
    pub shed: bool,
    /// When that changed last.
    pub held_since: Option<Instant>,
    /// How long it stays held back at least: longer each time it came back in vain.
    pub held_for: Duration,
    /// Since when the target is to begin, and how it will.
    pub awaiting: Option<Awaiting>,
    /// Its continuous numbering.
    pub rewriter: Rewriter,
    /// Its place in the sealer; set when the keys are there.
    pub stream: Option<SealStream>,
    /// Place in the sealer of its retransmissions, and their next index.
    pub rtx: Option<(SealStream, u64)>,
    /// Its latest packets as they were sealed, if it is sound that is sent again without RTX.
    pub kept: Option<Box<Kept>>,
    /// What was sent again lately.
    pub repairs: Repairs,
    /// Packets and payload bytes sent, for sender reports.
    pub sent: (u32, u32),
    /// When its picture froze.
    pub freezes: Freezes,
    /// What it carried, and how large, when the flight recorder was told last.
    pub noted: (SlotContent, Option<(u16, u16)>),
    header: [u8; HEADER_BYTES_MAX],
    header_len: usize,
    at: ExtensionsAt,
}

/// A target that has not begun yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaiting {
    /// Since when.
    pub since: Instant,
    /// How it will begin.
    pub by: Beginning,
}

/// How a slot's target begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// That is yet to be decided: there is no way to the viewer yet.
    Undecided,
    /// With the source's next key frame.
    KeyFrame,
    /// With what is kept since its last key frame, which waits in the pacer. Frames before this timestamp of the source's are
    /// history.
    Replay(u32),
}

impl Awaiting {
    /// From `since` on, by whatever will be decided.
    #[must_use]
    pub fn undecided(since: Instant) -> Self {
        Self { since, by: Beginning::Undecided }
    }

    /// From `since` on, by the source's next key frame.
    #[must_use]
    pub fn key_frame(since: Instant) -> Self {
        Self { since, by: Beginning::KeyFrame }
    }
}

/// What a slot carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// Nothing is sent.
    Nothing,
    /// The slate; sent again at this time.
    Slate(Instant),
    /// This publication, which has this number.
    Live(usize, PublicationId),
}

/// What varies from packet to packet of a slot.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Where it goes in the stream.
    pub place: Place,
    /// Last of its frame.
    pub marker: bool,
    /// Its payload type towards this viewer.
    pub pt: Pt,
    /// The publication's number; 0 for the slate.
    pub source: u32,
    /// Loudness to pass on.
    pub audio_level: Option<u8>,
    /// Descriptor to write before the payload.
    pub vp8: Option<vp8::Descriptor>,
    /// Packets before it that it carries once more, the oldest first; `pt` is then that of such packets.
    pub earlier: &'a [red::Block<'a>],
    /// The payload.
    pub payload: &'a [u8],
    /// Bytes of RTP padding to add, at most 255.
    pub padding: usize,
    /// Its transport-wide number, if the viewer has those.
    pub transport: u16,
    /// When it leaves and when its frame was captured, if the viewer is [told](Slot::is_told_times).
    pub times: Times,
}

/// Moments that go with a packet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// When it leaves.
    pub leaves: NtpTime,
    /// When its frame was captured, on the time line of our sender reports.
    pub captured: NtpTime,
}

impl Slot {
    /// An empty slot with its stream's random beginnings.
    #[must_use]
    pub fn new(plan: SlotPlan, first_index: u16, first_picture: u16) -> Self {
        let mut header = [0; HEADER_BYTES_MAX];
        header[8..12].copy_from_slice(&plan.ssrc.0.to_be_bytes());
        let (len, at) = write_extensions(&plan, &mut header);
        header[0] = 0x81 | if len > rtp::FIXED_BYTES + 4 { 0x10 } else { 0 };
        Self {
            want: Want::Automatic,
            pixels_max: None,
            priority: 0,
            target: None,
            desired: None,
            granted: None,
            frames: LAYER_MAX,
            lowered: None,
            slated: false,
            showing: Showing::Nothing,
            held_back: None,
            shed: false,
            held_since: None,
            held_for: HELD_MIN,
            awaiting: None,
            rewriter: Rewriter::new(first_index, first_picture),
            stream: None,
            rtx: None,
            kept: None,
            repairs: Repairs::default(),
            sent: (0, 0),
            freezes: Freezes::default(),
            noted: (SlotContent::Nothing, None),
            header,
            header_len: len,
            at,
            plan,
        }
    }

    /// The payload type of a codec here; `None` if the viewer did not negotiate it.
    #[must_use]
    pub fn pt(&self, codec: Codec) -> Option<Pt> {
        self.plan.codecs.iter().find(|known| known.codec == codec).map(|known| known.pt)
    }

    /// The payload type of a codec's retransmissions here.
    #[must_use]
    pub fn rtx_pt(&self, codec: Codec) -> Option<Pt> {
        self.plan.codecs.iter().find(|known| known.codec == codec).and_then(|known| known.rtx)
    }

    /// Whether it is a picture.
    #[must_use]
    pub fn is_video(&self) -> bool {
        self.plan.kind == MediaKind::Video
    }

    /// Bytes of every header of this slot.
    #[must_use]
    pub fn header_len(&self) -> usize {
        self.header_len
    }

    /// Whether its packets carry [`Times`].
    #[must_use]
    pub fn is_told_times(&self) -> bool {
        self.at.leaves.is_some() || self.at.captured.is_some()
    }

    /// What it carries, for pages.
    #[must_use]
    pub fn content(&self) -> SlotContent {
        match (self.held_back, self.showing) {
            (Some(id), _) => SlotContent::NoBandwidth(id),
            (None, Showing::Nothing) => SlotContent::Nothing,
            (None, Showing::Slate(_)) => SlotContent::Slate,
            (None, Showing::Live(_, id)) => SlotContent::Live(id),
        }
    }

    /// Whether packets of this publication are of use here, now or once its key frame comes.
    #[must_use]
    pub fn follows(&self, publication: usize) -> bool {
        matches!(self.showing, Showing::Live(shown, _) if shown == publication)
            || (self.awaiting.is_some() && self.held_back.is_none() && self.target == Some(publication))
    }

    /// Writes the plain RTP packet; returns its length. `out` has room for the largest datagram.
    pub fn write(&mut self, packet: &Outgoing<'_>, out: &mut [u8]) -> usize {
        let head = self.header_len;
        out[..head].copy_from_slice(&self.header[..head]);
        out[0] |= if packet.padding > 0 { 0x20 } else { 0 };
        out[1] = u8::from(packet.marker) << 7 | packet.pt.0 & 0x7f;
        out[2..4].copy_from_slice(&(packet.place.index as u16).to_be_bytes());
        out[4..8].copy_from_slice(&packet.place.timestamp.to_be_bytes());
        out[12..16].copy_from_slice(&packet.source.to_be_bytes());
        if let Some(at) = self.at.audio_level {
            // 127 is silence: the level of a packet whose sender stated none.
            out[at] = packet.audio_level.unwrap_or(127);
        }
        if let Some(at) = self.at.transport {
            out[at..at + 2].copy_from_slice(&packet.transport.to_be_bytes());
        }
        if let Some(at) = self.at.leaves {
            out[at..at + 3].copy_from_slice(&packet.times.leaves.send_time());
        }
        if let Some(at) = self.at.captured {
            out[at..at + 8].copy_from_slice(&packet.times.captured.0.to_be_bytes());
        }
        let mut at = head;
        if let Some(descriptor) = packet.vp8 {
            let mut written = [0; vp8::DESCRIPTOR_BYTES];
            vp8::write(&mut written, descriptor, packet.place.picture.0, packet.place.picture.1);
            out[at..at + vp8::DESCRIPTOR_BYTES].copy_from_slice(&written);
            at += vp8::DESCRIPTOR_BYTES;
        }
        if let [first, ..] = packet.earlier {
            at += red::write_head(&mut out[at..], packet.earlier, first.pt);
        }
        out[at..at + packet.payload.len()].copy_from_slice(packet.payload);
        at += packet.payload.len();
        if packet.padding > 0 {
            out[at..at + packet.padding].fill(0);
            at += packet.padding;
            out[at - 1] = packet.padding as u8;
        }
        at
    }

    /// Counts a packet for the next sender report.
    pub fn count(&mut self, payload_bytes: usize) {
        self.sent.0 = self.sent.0.wrapping_add(1);
        self.sent.1 = self.sent.1.wrapping_add(payload_bytes as u32);
    }
}

/// Where the parts of a slot's header are that change from packet to packet.
#[derive(Debug, Clone, Copy, Default)]
struct ExtensionsAt {
    audio_level: Option<usize>,
    transport: Option<usize>,
    leaves: Option<usize>,
    captured: Option<usize>,
}

/// Writes the constant extension block behind the CSRC; returns the header's length as well. All of a slot's packets have the same
/// block, so that a run's packets have equal sizes.
fn write_extensions(plan: &SlotPlan, header: &mut [u8; HEADER_BYTES_MAX]) -> (usize, ExtensionsAt) {
    let start = rtp::FIXED_BYTES + 4;
    let mut at = start + 4;
    let mid = plan.mid.0.as_bytes();
    if let Some(id) = plan.extensions.mid.filter(|_| (1..=16).contains(&mid.len())) {
        header[at] = id << 4 | (mid.len() - 1) as u8;
        header[at + 1..at + 1 + mid.len()].copy_from_slice(mid);
        at += 1 + mid.len();
    }
    let mut place = |id: Option<u8>, bytes: u8| {
        id.map(|id| {
            header[at] = id << 4 | (bytes - 1);
            at += 1 + usize::from(bytes);
            at - usize::from(bytes)
        })
    };
    let places = ExtensionsAt {
        audio_level: place(plan.extensions.audio_level.filter(|_| plan.kind == MediaKind::Audio), 1),
        transport: place(plan.extensions.transport_cc, 2),
        leaves: place(plan.extensions.abs_send_time, 3),
        captured: place(plan.extensions.abs_capture_time, 8),
    };
    if at == start + 4 {
        return (start, places);
    }
    let words = (at - start - 4).div_ceil(4);
    header[start..start + 2].copy_from_slice(&[0xbe, 0xde]);
    header[start + 2..start + 4].copy_from_slice(&(words as u16).to_be_bytes());
    (start + 4 + 4 * words, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::{
        media::{Mid, Ssrc},
        plan::{ExtensionIds, SlotCodec},
    };

    fn slot(kind: MediaKind, codec: Codec, extensions: ExtensionIds) -> Slot {
        let plan = SlotPlan {
            mid: Mid("0123456789abcdef".into()),
            kind,
            ssrc: Ssrc(0x0102_0304),
            rtx_ssrc: None,
            codecs: vec![SlotCodec { codec, pt: Pt(111), rtx: None }],
            red: None,
            extensions,
            nack: false,
            remb: false,
        };
        Slot::new(plan, 7, 0)
    }

    fn written(slot: &mut Slot, vp8: Option<vp8::Descriptor>, padding: usize) -> Vec<u8> {
        let packet = Outgoing {
            place: Place { index: 0x2_0007, timestamp: 99, picture: (5, 6) },
            marker: true,
            pt: Pt(111),
            source: 42,
            audio_level: Some(30),
            vp8,
            earlier: &[],
            payload: b"payload",
            padding,
            transport: 0x1234,
            times: Times { leaves: NtpTime(0x1234_5678_9abc_def0), captured: NtpTime(0x0102_0304_0506_0708) },
        };
        let mut out = vec![0; DATAGRAM_BYTES_MAX];
        let len = slot.write(&packet, &mut out);
        out.truncate(len);
        out
    }

    #[test]
    fn a_packet_carries_source_mid_and_loudness() {
        let extensions = ExtensionIds {
            mid: Some(4),
            audio_level: Some(1),
            transport_cc: Some(5),
            abs_send_time: Some(6),
            abs_capture_time: Some(7),
            ..ExtensionIds::default()
        };
        let mut slot = slot(MediaKind::Audio, Codec::Opus, extensions);
        let packet = written(&mut slot, None, 0);
        let header = rtp::Header::parse(&packet).expect("a whole header");
        assert_eq!((header.marker, header.pt, header.seq, header.timestamp), (true, 111, 7, 99));
        assert_eq!((header.ssrc, header.len), (0x0102_0304, slot.header_len()));
        assert_eq!(packet[12..16], 42u32.to_be_bytes());
        assert_eq!(header.extension(&packet, 4), Some(&b"0123456789abcdef"[..]));
        assert_eq!(header.extension(&packet, 1), Some(&[30][..]));
        assert_eq!(header.extension(&packet, 5), Some(&[0x12, 0x34][..]));
        // Six bits of seconds and eighteen of their parts, out of 0x12345678.9abcdef0.
        assert_eq!(header.extension(&packet, 6), Some(&[0xe2, 0x6a, 0xf3][..]));
        assert_eq!(header.extension(&packet, 7), Some(&[1, 2, 3, 4, 5, 6, 7, 8][..]));
        assert_eq!(header.payload(&packet), Some(&b"payload"[..]));
    }

    #[test]
    fn padding_is_counted_in_the_last_byte() {
        let mut slot = slot(MediaKind::Video, Codec::H264, ExtensionIds::default());
        let packet = written(&mut slot, None, 3);
        let header = rtp::Header::parse(&packet).expect("a whole header");
        assert_eq!(header.len, 16, "no extension was negotiated");
        assert!(header.padding);
        assert_eq!(header.payload(&packet), Some(&b"payload"[..]));
    }

    #[test]
    fn a_vp8_packet_gets_the_slots_picture_id() {
        let mut slot = slot(MediaKind::Video, Codec::Vp8, ExtensionIds::default());
        let packet = written(&mut slot, Some(vp8::Descriptor::default()), 0);
        let header = rtp::Header::parse(&packet).expect("a whole header");
        let (found, len) = vp8::read(&packet[header.len..]).expect("a whole descriptor");
        assert_eq!((found.picture_id.map(|id| id.value), found.tl0), (Some(5), Some(6)));
        assert_eq!(&packet[header.len + len..], b"payload");
    }
}
