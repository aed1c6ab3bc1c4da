//! The slate: a real picture that says a source is not there, packetised once.

use super::{
    codec::{h264, vp8},
    media::Codec,
};
use std::time::Duration;

/// How often a slot's slate is sent again, so that a loss or a late decoder doesn't leave it without a picture.
pub const SLATE_INTERVAL: Duration = Duration::from_secs(1);

/// Payload bytes of one packet of it.
const PAYLOAD_BYTES: usize = 1100;

/// The packets of one slate picture.
pub struct Slate {
    /// RTP payloads; for VP8 without the descriptor.
    pub payloads: Vec<Vec<u8>>,
    codec: Codec,
}

impl Slate {
    /// The slate in this codec; sound has none.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        let payloads = match codec {
            Codec::H264 => h264::packetize(&h264::annex_b_units(LOST_H264), PAYLOAD_BYTES),
            Codec::Vp8 => vp8::packetize(LOST_VP8, PAYLOAD_BYTES),
            Codec::Opus => Vec::new(),
        };
        Self { payloads, codec }
    }

    /// The descriptor of its `number`th packet, if it is VP8.
    #[must_use]
    pub fn descriptor(&self, number: usize) -> Option<vp8::Descriptor> {
        (self.codec == Codec::Vp8)
            .then(|| vp8::Descriptor { partition_start: number == 0, ..vp8::Descriptor::default() })
    }
}

/// 1280 × 720, constrained baseline; made as `gst-pipelines/README.md` says.
const LOST_H264: &[u8] = include_bytes!("slate/lost.h264");

/// 1280 × 720; made as `gst-pipelines/README.md` says.
const LOST_VP8: &[u8] = include_bytes!("slate/lost.vp8");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slate_is_a_whole_key_frame_in_each_codec() {
        let h264 = Slate::new(Codec::H264);
        assert!(h264::contents(&h264.payloads[0]).sps);
        assert!(h264.payloads.iter().any(|payload| h264::contents(payload).idr_start));
        assert_eq!(h264.descriptor(0), None);
        let vp8 = Slate::new(Codec::Vp8);
        let first = vp8.descriptor(0).expect("VP8 has one");
        assert!(vp8::starts_key_frame(&first, &vp8.payloads[0]));
        assert_eq!(vp8::picture_size(&vp8.payloads[0]), Some((1280, 720)));
        assert!(!vp8.descriptor(1).expect("VP8 has one").partition_start);
    }
}
