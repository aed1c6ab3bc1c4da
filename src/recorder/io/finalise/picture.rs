//! The picture of a composed programme, 25 times a second: who is on air, content with who is on air in its corner, or black.

use super::{
    Done,
    parts::{Decoder, Kit},
};
use crate::{
    recorder::{
        canvas::{self, Canvas, HEIGHT, WIDTH},
        depacketise::Frame,
        programme::Programme,
        timeline::TrackKey,
    },
    relay::media::Codec,
};
use gstreamer as gst;
use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

/// A picture that is older shows nobody any more, nanoseconds.
const STALE_NS: u64 = 2_000_000_000;

/// So long the picture before stays while the next one has not come, as viewers saw it.
const HOLD_NS: u64 = 1_000_000_000;

/// A picture that comes no later than this after the moment is nearer to it than the one before: half the time of one.
const NEAR_NS: u64 = 20_000_000;

/// One that comes later than this after the moment may be the next one's: else of pictures that lie right between two moments
/// now one would be left out, now one shown twice.
const PATIENT_NS: u64 = 10_000_000;

/// Makes one picture after the other.
pub(super) struct Composer<'a> {
    kit: &'a Kit,
    lines: BTreeMap<TrackKey, Line>,
    /// Who was on air and is shown, and when that was right last.
    held: Option<(Rc<Canvas>, u64)>,
    /// What was composed last, and of what.
    last: Option<(Made, gst::Buffer)>,
}

/// What a picture was made of.
pub(super) type Made = (Option<Rc<Canvas>>, Option<Rc<Canvas>>);

struct Line {
    codec: Codec,
    decoder: Option<Decoder>,
    decoded: VecDeque<(u64, Rc<Canvas>)>,
    now: Option<(u64, Rc<Canvas>)>,
    pulled_ns: Option<u64>,
    /// Some of its pictures were passed over: it goes on with a key frame.
    passed: bool,
}

impl<'a> Composer<'a> {
    pub(super) fn new(kit: &'a Kit) -> Self {
        Self { kit, lines: BTreeMap::new(), held: None, last: None }
    }

    /// A picture of a source. One that is not on air, nor will be soon, is passed over.
    pub(super) fn frame(
        &mut self,
        programme: &Programme,
        key: TrackKey,
        codec: Codec,
        at_ns: u64,
        frame: &Frame,
    ) -> Done<()> {
        if !programme.is_content(key) && !programme.is_near_air(key, programme.span.0 + at_ns) {
            if let Some(line) = self.lines.get_mut(&key) {
                line.passed = true;
            }
            return Ok(());
        }
        let line = self.lines.entry(key).or_insert_with(|| Line {
            codec,
            decoder: None,
            decoded: VecDeque::new(),
            now: None,
            pulled_ns: None,
            passed: false,
        });
        if line.decoder.as_ref().is_some_and(Decoder::has_failed) {
            line.decoder = None;
        }
        if line.passed {
            if !frame.key {
                return Ok(());
            }
            line.passed = false;
        }
        if line.decoder.is_none() {
            if !frame.key {
                return Ok(());
            }
            let file = match line.codec {
                Codec::Vp8 => "finalise-picture-vp8.toml",
                Codec::H264 | Codec::Opus => "finalise-picture-h264.toml",
            };
            line.decoder = Some(self.kit.decoder(file, "picture", "frames", Some(()))?);
        }
        if let Some(decoder) = &mut line.decoder {
            decoder.push(at_ns, frame.key, &frame.bytes);
        }
        Ok(())
    }

    /// The programme's picture `at_ns` after the beginning; nothing up to `sure_ns` comes any more.
    pub(super) fn picture(&mut self, programme: &Programme, at_ns: u64, sure_ns: u64, is_end: bool) -> gst::Buffer {
        let made = self.look(programme, at_ns, sure_ns, is_end);
        if let Some((of, buffer)) = &self.last
            && same(of, &made)
        {
            return buffer.clone();
        }
        let canvas = canvas::composed(made.0.as_deref(), made.1.as_deref(), programme.content_place);
        let buffer = gst::Buffer::from_slice(canvas.into_bytes());
        self.last = Some((made, buffer.clone()));
        buffer
    }

    /// What the picture is made of at that moment. Moments are looked at one after the other, also those that nobody needs:
    /// decoded pictures are large.
    pub(super) fn look(&mut self, programme: &Programme, at_ns: u64, sure_ns: u64, is_end: bool) -> Made {
        for line in self.lines.values_mut() {
            line.go_on(at_ns, sure_ns, is_end);
        }
        let wall_ns = programme.span.0 + at_ns;
        let on_air = programme.on_air_at(wall_ns).and_then(|participant| {
            let lines = self.lines.iter().filter(|(key, _)| programme.pictures.get(key) == Some(participant));
            let fresh = lines.filter_map(|(_, line)| line.now.as_ref()).filter(|(of_ns, _)| of_ns + STALE_NS > at_ns);
            fresh.max_by_key(|(of_ns, _)| *of_ns).map(|(_, canvas)| Rc::clone(canvas))
        });
        if let Some(canvas) = &on_air {
            self.held = Some((Rc::clone(canvas), at_ns));
        }
        let on_air =
            self.held.as_ref().filter(|(_, right_ns)| right_ns + HOLD_NS > at_ns).map(|(canvas, _)| Rc::clone(canvas));
        let content = programme.content_at(wall_ns).and_then(|key| self.lines.get(&key)?.now.as_ref());
        (on_air, content.map(|(_, canvas)| Rc::clone(canvas)))
    }
}

fn same(one: &Made, other: &Made) -> bool {
    let same = |one: &Option<Rc<Canvas>>, other: &Option<Rc<Canvas>>| match (one, other) {
        (Some(one), Some(other)) => Rc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    };
    same(&one.0, &other.0) && same(&one.1, &other.1)
}

impl Line {
    /// Decodes as far as is sure, and goes on to the picture of this moment.
    fn go_on(&mut self, at_ns: u64, sure_ns: u64, is_end: bool) {
        // Not all at once: decoded pictures are large.
        let until_ns = sure_ns.min(at_ns + 200_000_000);
        if self.pulled_ns.is_none_or(|pulled| pulled < at_ns)
            && let Some(decoder) = &mut self.decoder
        {
            let ends = is_end && until_ns == sure_ns && self.pulled_ns != Some(u64::MAX);
            if ends {
                decoder.end();
            }
            for (of_ns, bytes) in decoder.pull(until_ns, ends) {
                self.decoded.extend(Canvas::of(WIDTH, HEIGHT, bytes).map(|canvas| (of_ns, Rc::new(canvas))));
            }
            self.pulled_ns = Some(if ends { u64::MAX } else { until_ns });
        }
        let mut went_on = false;
        while let Some((of_ns, _)) = self.decoded.front() {
            let due = *of_ns <= at_ns + NEAR_NS && !(went_on && *of_ns > at_ns + PATIENT_NS);
            if !due {
                return;
            }
            self.now = self.decoded.pop_front();
            went_on = true;
        }
    }
}
