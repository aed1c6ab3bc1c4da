//! VP8 in RTP (RFC 7741): the payload descriptor, read at ingress and written anew for every slot.

/// A payload descriptor (RFC 7741 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Descriptor {
    /// The frame is not a reference for others (N).
    pub discardable: bool,
    /// A partition starts here (S).
    pub partition_start: bool,
    /// Partition index (PID), 0 to 7.
    pub partition: u8,
    /// Picture id, 7 or 15 bits as the sender has it.
    pub picture_id: Option<PictureId>,
    /// Running number of base-layer frames (TL0PICIDX).
    pub tl0: Option<u8>,
    /// Temporal layer, 0 to 3 (TID).
    pub layer: u8,
    /// The frame depends on the base layer only (Y).
    pub layer_sync: bool,
    /// Key-frame index, 0 to 31 (KEYIDX).
    pub key_index: Option<u8>,
}

/// A picture id and how wide it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureId {
    /// Its value.
    pub value: u16,
    /// 0x7f or 0x7fff.
    pub mask: u16,
}

/// Bytes of a descriptor as [`write()`] makes it, always the same so that packets of a run have equal sizes.
pub const DESCRIPTOR_BYTES: usize = 6;

/// Reads a descriptor and tells its length; `None` if the payload is too short.
#[must_use]
pub fn read(payload: &[u8]) -> Option<(Descriptor, usize)> {
    let first = *payload.first()?;
    let mut found = Descriptor {
        discardable: first & 0x20 != 0,
        partition_start: first & 0x10 != 0,
        partition: first & 0x07,
        ..Descriptor::default()
    };
    let mut at = 1;
    if first & 0x80 == 0 {
        return Some((found, at));
    }
    let present = *payload.get(at)?;
    at += 1;
    if present & 0x80 != 0 {
        let high = *payload.get(at)?;
        if high & 0x80 == 0 {
            found.picture_id = Some(PictureId { value: u16::from(high), mask: 0x7f });
            at += 1;
        } else {
            let low = *payload.get(at + 1)?;
            found.picture_id = Some(PictureId { value: u16::from_be_bytes([high & 0x7f, low]), mask: 0x7fff });
            at += 2;
        }
    }
    if present & 0x40 != 0 {
        found.tl0 = Some(*payload.get(at)?);
        at += 1;
    }
    if present & 0x30 != 0 {
        let last = *payload.get(at)?;
        if present & 0x20 != 0 {
            found.layer = last >> 6;
            found.layer_sync = last & 0x20 != 0;
        }
        if present & 0x10 != 0 {
            found.key_index = Some(last & 0x1f);
        }
        at += 1;
    }
    Some((found, at))
}

/// Writes a descriptor with a 15-bit picture id, TL0PICIDX, layer and key-frame index: always [`DESCRIPTOR_BYTES`].
pub fn write(out: &mut [u8; DESCRIPTOR_BYTES], from: Descriptor, picture_id: u16, tl0: u8) {
    let [id_high, id_low] = (picture_id & 0x7fff).to_be_bytes();
    *out = [
        0x80 | u8::from(from.discardable) << 5 | u8::from(from.partition_start) << 4 | from.partition & 0x07,
        if from.key_index.is_some() { 0xf0 } else { 0xe0 },
        id_high | 0x80,
        id_low,
        tl0,
        from.layer << 6 | u8::from(from.layer_sync) << 5 | from.key_index.unwrap_or(0) & 0x1f,
    ];
}

/// Whether a key frame starts with this packet. `body` is the payload after its descriptor.
#[must_use]
pub fn starts_key_frame(descriptor: &Descriptor, body: &[u8]) -> bool {
    starts_frame(descriptor) && body.first().is_some_and(|first| first & 1 == 0)
}

/// Whether any frame starts with this packet.
#[must_use]
pub fn starts_frame(descriptor: &Descriptor) -> bool {
    descriptor.partition_start && descriptor.partition == 0
}

/// Width and height from a key frame's header (RFC 6386 §9.1).
#[must_use]
pub fn picture_size(body: &[u8]) -> Option<(u16, u16)> {
    let header = body.get(..10)?;
    if header[0] & 1 != 0 || header[3..6] != [0x9d, 0x01, 0x2a] {
        return None;
    }
    let side = |low: u8, high: u8| u16::from_le_bytes([low, high]) & 0x3fff;
    Some((side(header[6], header[7]), side(header[8], header[9])))
}

/// Puts one frame into payload bodies (without descriptors) of at most `limit` bytes.
#[must_use]
pub fn packetize(frame: &[u8], limit: usize) -> Vec<Vec<u8>> {
    frame.chunks(limit).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_of_every_width_are_read() {
        type Case = (&'static [u8], usize, Option<u16>, Option<u8>);
        let cases: [Case; 5] = [
            (&[0x10], 1, None, None),
            (&[0x90, 0x80, 0x7f], 3, Some(0x7f), None),
            (&[0x90, 0x80, 0x81, 0x02], 4, Some(0x102), None),
            (&[0x90, 0xe0, 0x81, 0x02, 9, 0x60], 6, Some(0x102), Some(9)),
            (&[0x90, 0x40, 7], 3, None, Some(7)),
        ];
        for (bytes, len, id, tl0) in cases {
            let (found, used) = read(bytes).expect("a whole descriptor");
            assert_eq!((used, found.picture_id.map(|id| id.value), found.tl0), (len, id, tl0), "{bytes:x?}");
            for cut in 0..bytes.len() {
                assert_eq!(read(&bytes[..cut]), None, "{bytes:x?} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let from = Descriptor { partition_start: true, layer: 2, layer_sync: true, ..Descriptor::default() };
        let mut out = [0; DESCRIPTOR_BYTES];
        write(&mut out, from, 0x7abc, 200);
        let (back, len) = read(&out).expect("a whole descriptor");
        assert_eq!((len, back.layer, back.layer_sync, back.key_index), (DESCRIPTOR_BYTES, 2, true, None));
        assert_eq!(back.picture_id, Some(PictureId { value: 0x7abc, mask: 0x7fff }));
        assert_eq!(back.tl0, Some(200));
    }

    #[test]
    fn a_key_frame_tells_its_size() {
        let body = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02];
        let start = Descriptor { partition_start: true, ..Descriptor::default() };
        assert!(starts_key_frame(&start, &body));
        assert_eq!(picture_size(&body), Some((1280, 720)));
        assert_eq!(picture_size(&body[..9]), None);
        assert!(!starts_key_frame(&start, &[0x11]));
        assert!(!starts_key_frame(&Descriptor::default(), &body));
    }
}
