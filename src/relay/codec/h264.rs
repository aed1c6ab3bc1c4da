//! H.264 in RTP (RFC 6184), packetization modes 0 and 1: key-frame starts, parameter sets, picture size.

/// NAL unit types (ITU-T H.264 table 7-1) and aggregation types (RFC 6184 table 1) that matter here.
const IDR: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// What one packet's payload holds, as far as switching needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// It holds a sequence parameter set.
    pub sps: bool,
    /// It holds a picture parameter set.
    pub pps: bool,
    /// An IDR slice begins in it.
    pub idr_start: bool,
}

/// Looks into one payload. Broken payloads hold nothing.
#[must_use]
pub fn contents(payload: &[u8]) -> Contents {
    let mut found = Contents::default();
    match payload {
        [first, tail @ ..] if first & 0x1f == FU_A => {
            found.idr_start = tail.first().is_some_and(|fu| fu & 0x80 != 0 && fu & 0x1f == IDR);
        }
        _ => for_each_unit(payload, |unit| match unit[0] & 0x1f {
            SPS => found.sps = true,
            PPS => found.pps = true,
            IDR => found.idr_start = true,
            _ => {}
        }),
    }
    found
}

/// Calls `each` with every whole NAL unit of a single-unit or STAP-A payload; each is at least one byte long.
pub fn for_each_unit<'a>(payload: &'a [u8], mut each: impl FnMut(&'a [u8])) {
    let Some(first) = payload.first() else { return };
    match first & 0x1f {
        1..=23 => each(payload),
        STAP_A => {
            let mut rest = &payload[1..];
            while let [high, low, tail @ ..] = rest {
                let len = usize::from(u16::from_be_bytes([*high, *low]));
                let Some(unit) = tail.get(..len).filter(|unit| !unit.is_empty()) else { return };
                each(unit);
                rest = &tail[len..];
            }
        }
        _ => {}
    }
}

/// The latest parameter sets of a stream, kept so that they can stand before every IDR.
#[derive(Debug, Clone, Default)]
pub struct ParameterSets {
    sps: Vec<u8>,
    pps: Vec<u8>,
}

impl ParameterSets {
    /// Keeps what `payload` holds of them. Allocates only when one is larger than any before.
    pub fn learn(&mut self, payload: &[u8]) {
        for_each_unit(payload, |unit| {
            let kept = match unit[0] & 0x1f {
                SPS => &mut self.sps,
                PPS => &mut self.pps,
                _ => return,
            };
            if unit.len() <= PARAMETER_SET_BYTES_MAX && kept.as_slice() != unit {
                kept.clear();
                kept.extend_from_slice(unit);
            }
        });
    }

    /// Writes both as one STAP-A payload; `None` until both are known or if they don't fit.
    #[must_use]
    pub fn write(&self, out: &mut [u8]) -> Option<usize> {
        if self.sps.is_empty() || self.pps.is_empty() {
            return None;
        }
        let len = 1 + 2 + self.sps.len() + 2 + self.pps.len();
        let out = out.get_mut(..len)?;
        out[0] = (self.sps[0] & 0x60) | STAP_A;
        let mut at = 1;
        for unit in [&self.sps, &self.pps] {
            out[at..at + 2].copy_from_slice(&(unit.len() as u16).to_be_bytes());
            out[at + 2..at + 2 + unit.len()].copy_from_slice(unit);
            at += 2 + unit.len();
        }
        Some(len)
    }

    /// Width and height in pixels from the sequence parameter set.
    #[must_use]
    pub fn size(&self) -> Option<(u16, u16)> {
        picture_size(&self.sps)
    }
}

/// Parameter sets of real encoders are below 100 bytes; larger ones are not kept.
const PARAMETER_SET_BYTES_MAX: usize = 400;

/// What a sequence parameter set says of its stream (ITU-T H.264 §7.3.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sps {
    /// `profile_idc`: 66 baseline, 77 main, 88 extended, 100 high, …
    pub profile: u8,
    /// The byte of `constraint_setN_flag`s, the one of set 0 highest.
    pub constraints: u8,
    /// Width and height in pixels, cropping applied; `None` if it has scaling lists, which no WebRTC profile has.
    pub size: Option<(u16, u16)>,
}

impl Sps {
    /// Reads a whole NAL unit; `None` if it is no sequence parameter set or is cut short before its level.
    #[must_use]
    pub fn read(unit: &[u8]) -> Option<Self> {
        let [first, profile, constraints, _level, ..] = *unit else { return None };
        (first & 0x1f == SPS).then(|| Self { profile, constraints, size: picture_size(unit) })
    }

    /// Whether every decoder of constrained baseline shows it. Plain baseline counts: its further tools (slice groups, redundant
    /// slices) are made by no encoder in use. Main that claims to keep to baseline too (set 0) is exactly the constrained one.
    #[must_use]
    pub const fn is_baseline(&self) -> bool {
        self.profile == 66 || (self.profile == 77 && self.constraints & 0x80 != 0)
    }

    /// The profile as encoders' menus name it.
    #[must_use]
    pub const fn profile_name(&self) -> &'static str {
        match self.profile {
            66 => "Baseline",
            77 => "Main",
            88 => "Extended",
            100 => "High",
            110 => "High 10",
            122 => "High 4:2:2",
            244 => "High 4:4:4",
            _ => "?",
        }
    }
}

/// Where a slice begins that may be bi-predicted (a B slice), or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceStart {
    /// It is the first of its picture.
    pub first: bool,
    /// It belongs to a key frame.
    pub idr: bool,
    /// Its type is B: shown in another order than it is sent.
    pub bidirectional: bool,
}

/// Calls `each` with every slice that begins in the payload.
pub fn for_each_slice_start(payload: &[u8], mut each: impl FnMut(SliceStart)) {
    match payload {
        [first, fu, body @ ..] if first & 0x1f == FU_A => {
            if fu & 0x80 != 0 {
                slice_start(fu & 0x1f, body).into_iter().for_each(each);
            }
        }
        _ => for_each_unit(payload, |unit| slice_start(unit[0] & 0x1f, &unit[1..]).into_iter().for_each(&mut each)),
    }
}

/// Reads the first two fields of a slice header (ITU-T H.264 §7.3.3); `kind` is its NAL unit type.
fn slice_start(kind: u8, body: &[u8]) -> Option<SliceStart> {
    if !matches!(kind, 1 | 2 | IDR) {
        return None;
    }
    let mut bits = Bits { bytes: body, at: 0 };
    let first_macroblock = bits.exp_golomb()?;
    let slice_type = bits.exp_golomb()?;
    Some(SliceStart { first: first_macroblock == 0, idr: kind == IDR, bidirectional: slice_type % 5 == 1 })
}

/// Reads the picture size of a sequence parameter set (ITU-T H.264 §7.3.2.1.1), cropping applied. `None` if it can't be
/// read or has scaling lists, which no WebRTC profile has.
fn picture_size(sps: &[u8]) -> Option<(u16, u16)> {
    let profile = *sps.get(1)?;
    let mut bits = Bits { bytes: sps, at: 32 };
    bits.exp_golomb()?;
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128) {
        if bits.exp_golomb()? == 3 {
            bits.take(1)?;
        }
        bits.exp_golomb()?;
        bits.exp_golomb()?;
        bits.take(1)?;
        if bits.take(1)? == 1 {
            return None;
        }
    }
    bits.exp_golomb()?;
    match bits.exp_golomb()? {
        0 => {
            bits.exp_golomb()?;
        }
        1 => {
            bits.take(1)?;
            bits.exp_golomb()?;
            bits.exp_golomb()?;
            for _ in 0..bits.exp_golomb()?.min(255) {
                bits.exp_golomb()?;
            }
        }
        _ => {}
    }
    bits.exp_golomb()?;
    bits.take(1)?;
    let width_mbs = bits.exp_golomb()?.checked_add(1)?;
    let height_units = bits.exp_golomb()?.checked_add(1)?;
    let frame_mbs_only = bits.take(1)?;
    if frame_mbs_only == 0 {
        bits.take(1)?;
    }
    bits.take(1)?;
    let mut width = width_mbs.checked_mul(16)?;
    let mut height = height_units.checked_mul(16 * (2 - frame_mbs_only))?;
    if bits.take(1)? == 1 {
        let (left, right) = (bits.exp_golomb()?, bits.exp_golomb()?);
        let (top, bottom) = (bits.exp_golomb()?, bits.exp_golomb()?);
        width = width.checked_sub(left.checked_add(right)?.checked_mul(2)?)?;
        height = height.checked_sub(top.checked_add(bottom)?.checked_mul(2 * (2 - frame_mbs_only))?)?;
    }
    Some((u16::try_from(width).ok()?, u16::try_from(height).ok()?))
}

/// A reader of single bits, most significant first. Emulation prevention bytes don't occur this early in practice.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1u32 << zeros) - 1 + self.take(zeros)?)
    }
}

/// Splits an Annex B byte stream (start codes) into NAL units.
#[must_use]
pub fn annex_b_units(stream: &[u8]) -> Vec<&[u8]> {
    let mut starts = Vec::new();
    let mut at = 0;
    while at + 3 <= stream.len() {
        if stream[at..at + 3] == [0, 0, 1] {
            starts.push(at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    let ends = starts.iter().skip(1).map(|start| start - 3).chain([stream.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let unit = &stream[start..end];
            let zeros = unit.iter().rev().take_while(|&&byte| byte == 0).count();
            &unit[..unit.len() - zeros]
        })
        .filter(|unit| !unit.is_empty())
        .collect()
}

/// Puts NAL units of one access unit into payloads of at most `limit` bytes: small parameter sets together (STAP-A), large
/// slices in fragments (FU-A).
#[must_use]
pub fn packetize(units: &[&[u8]], limit: usize) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    let mut sets = ParameterSets::default();
    for unit in units {
        sets.learn(unit);
    }
    let mut together = vec![0; limit];
    if let Some(len) = sets.write(&mut together) {
        together.truncate(len);
        payloads.push(together);
    }
    for unit in units.iter().filter(|unit| !matches!(unit[0] & 0x1f, SPS | PPS)) {
        if unit.len() <= limit {
            payloads.push(unit.to_vec());
            continue;
        }
        let body = &unit[1..];
        let pieces = body.chunks(limit - 2);
        let last = pieces.len() - 1;
        for (number, piece) in pieces.enumerate() {
            let edge = if number == 0 { 0x80 } else { 0 } | if number == last { 0x40 } else { 0 };
            let mut payload = vec![(unit[0] & 0xe0) | FU_A, edge | unit[0] & 0x1f];
            payload.extend_from_slice(piece);
            payloads.push(payload);
        }
    }
    payloads
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPS_720P: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0x40, 0, 0, 3, 0, 0x40];
    const PPS_ANY: &[u8] = &[0x68, 0xce, 0x3c, 0x80];

    #[test]
    fn a_key_frame_start_is_seen_in_every_packing() {
        let cases: [(&[u8], (bool, bool)); 7] = [
            (SPS_720P, (true, false)),
            (&[0x65, 1, 2], (false, true)),
            (&[0x7c, 0x85, 1], (false, true)),
            (&[0x7c, 0x05, 1], (false, false)),
            (&[0x78, 0, 2, 0x67, 1, 0, 2, 0x65, 9], (true, true)),
            (&[0x61, 1], (false, false)),
            (&[], (false, false)),
        ];
        for (payload, (sps, idr)) in cases {
            let found = contents(payload);
            assert_eq!((found.sps, found.idr_start), (sps, idr), "{payload:x?}");
        }
    }

    #[test]
    fn parameter_sets_are_kept_and_written_together() {
        let mut sets = ParameterSets::default();
        assert_eq!(sets.write(&mut [0; 100]), None);
        sets.learn(SPS_720P);
        sets.learn(PPS_ANY);
        let mut out = [0; 100];
        let len = sets.write(&mut out).expect("both are known");
        let found = contents(&out[..len]);
        assert!(found.sps && found.pps && !found.idr_start);
        assert_eq!(sets.size(), Some((1280, 720)));
        assert_eq!(sets.write(&mut [0; 10]), None);
    }

    #[test]
    fn a_parameter_set_says_whether_every_decoder_shows_it() {
        for (bytes, baseline, name) in [
            ([0x67, 66, 0xc0, 31], true, "Baseline"),
            ([0x67, 66, 0x00, 31], true, "Baseline"),
            ([0x67, 77, 0x80, 31], true, "Main"),
            ([0x67, 77, 0x40, 31], false, "Main"),
            ([0x67, 100, 0x00, 31], false, "High"),
            ([0x67, 88, 0xc0, 31], false, "Extended"),
        ] {
            let sps = Sps::read(&bytes).expect("long enough");
            assert_eq!((sps.is_baseline(), sps.profile_name()), (baseline, name), "{bytes:?}");
        }
        assert_eq!(Sps::read(SPS_720P).and_then(|sps| sps.size), Some((1280, 720)));
        assert_eq!(Sps::read(PPS_ANY), None);
        assert_eq!(Sps::read(&[0x67, 66]), None);
    }

    #[test]
    fn a_slice_is_seen_where_it_begins_with_its_type() {
        // first_mb_in_slice 0 is "1"; slice_type 5 (P) "00110", 6 (B) "00111", 7 (I) "0001000".
        let (p, b, i) = (0b1001_1000, 0b1001_1100, 0b1000_1000);
        let later = 0b0100_1000; // first_mb_in_slice 1 "010", slice_type 1 (B) "010".
        let seen = |payload: &[u8]| {
            let mut seen = Vec::new();
            for_each_slice_start(payload, |start| seen.push((start.first, start.idr, start.bidirectional)));
            seen
        };
        type Starts = &'static [(bool, bool, bool)];
        let cases: [(&[u8], Starts); 8] = [
            (&[0x41, p], &[(true, false, false)]),
            (&[0x01, b], &[(true, false, true)]),
            (&[0x01, later], &[(false, false, true)]),
            (&[0x65, i, 0], &[(true, true, false)]),
            (&[0x7c, 0x85, i, 0], &[(true, true, false)]),
            (&[0x7c, 0x05, i, 0], &[]),
            (&[0x78, 0, 2, 0x41, p, 0, 2, 0x01, b], &[(true, false, false), (true, false, true)]),
            (SPS_720P, &[]),
        ];
        for (payload, expect) in cases {
            assert_eq!(seen(payload), expect, "{payload:x?}");
        }
    }

    #[test]
    fn a_torn_aggregate_ends_the_walk() {
        let mut seen = 0;
        for_each_unit(&[0x78, 0, 2, 0x67, 1, 0, 200, 0x65], |_| seen += 1);
        for_each_unit(&[0x78, 0, 0, 0], |_| seen += 1);
        assert_eq!(seen, 1);
        assert_eq!(picture_size(&[0x67, 66, 0, 31, 0]), None);
    }

    #[test]
    fn an_access_unit_becomes_packets_within_the_limit() {
        let idr = [&[0x65][..], &[7; 250]].concat();
        let stream = [&[0, 0, 0, 1], SPS_720P, &[0, 0, 0, 1], PPS_ANY, &[0, 0, 1], &idr].concat();
        let units = annex_b_units(&stream);
        assert_eq!(units, [SPS_720P, PPS_ANY, &idr]);
        let payloads = packetize(&units, 100);
        assert!(payloads.iter().all(|payload| payload.len() <= 100));
        assert!(contents(&payloads[0]).sps && contents(&payloads[1]).idr_start && !contents(&payloads[2]).idr_start);
        assert_eq!(payloads.last().map(|last| last[1] & 0x40), Some(0x40));
        let body: usize = payloads[1..].iter().map(|payload| payload.len() - 2).sum();
        assert_eq!(body, 250);
    }
}
