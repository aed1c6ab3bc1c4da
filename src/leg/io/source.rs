//! What a pipeline's source has and says. The main type is [`Source`].
//!
//! Sources that come over the network tell what they have only once they answer, by the pads they open. Errors of GStreamer's
//! elements become a [`Fault`] here, and what libsrt only logs (that a caller has another passphrase) is picked from its log.

use super::pipeline::Pipeline;
use crate::{
    leg::{health::Found, problem::Fault},
    subnet::Subnet,
};
use gio::prelude::*;
use gstreamer::{self as gst, glib, prelude::*};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Name of the message by which a streaming thread tells the main one of a [`Fault`], in JSON in its field `fault`.
pub const FAULT: &str = "yunling-fault";

/// Follows a pipeline's source from before it starts.
#[derive(Default)]
pub struct Source {
    listens: bool,
    found: Mutex<Option<Found>>,
    seen: Mutex<Seen>,
    bytes_in: AtomicU64,
    video_in: AtomicU64,
    hindrance: Arc<Mutex<Option<Fault>>>,
}

/// What pads the source has opened so far.
#[derive(Default)]
struct Seen {
    video: bool,
    audio: bool,
    foreign: Option<String>,
}

/// What one stream of a source is.
#[derive(Debug, PartialEq, Eq)]
enum Stream {
    H264,
    OtherPicture(String),
    Sound,
    Other,
}

impl Source {
    /// Begins to follow it. A pipeline whose pads are all there from the start has what its file says.
    #[must_use]
    pub fn watch(pipeline: &Pipeline, has: Found, allowed: Vec<Subnet>) -> Arc<Self> {
        let elements = pipeline.elements();
        let source = Arc::new(Self { listens: elements.iter().any(listens), ..Self::default() });
        let opening: Vec<_> = elements.iter().filter(|element| opens_pads(element)).collect();
        if opening.is_empty() {
            *lock(&source.found) = Some(has);
        }
        for element in opening {
            let (adding, ending, bus) = (Arc::clone(&source), Arc::clone(&source), pipeline.bus().downgrade());
            element.connect_pad_added(move |_, pad| Self::opened(&adding, pad));
            element.connect_no_more_pads(move |_| {
                if let (Err(fault), Some(bus)) = (ending.all_open(), bus.upgrade()) {
                    post(&bus, &fault);
                }
            });
        }
        for element in &elements {
            source.count_bytes(element);
            source.ask_callers(element, &allowed);
        }
        source.listen_to_srt();
        source
    }

    /// Whether it waits to be called.
    #[must_use]
    pub const fn is_listener(&self) -> bool {
        self.listens
    }

    /// What it has, once that is known.
    #[must_use]
    pub fn found(&self) -> Option<Found> {
        *lock(&self.found)
    }

    /// Bytes read so far, where that can be seen.
    #[must_use]
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in.load(Ordering::Relaxed)
    }

    /// Buffers of the picture so far.
    #[must_use]
    pub fn video_in(&self) -> u64 {
        self.video_in.load(Ordering::Relaxed)
    }

    /// What stands in a caller's way.
    #[must_use]
    pub fn hindrance(&self) -> Option<Fault> {
        lock(&self.hindrance).clone()
    }

    /// What an error of one of the pipeline's elements means.
    #[must_use]
    pub fn fault_of(&self, message: &gst::message::Error) -> Fault {
        let error = message.error();
        if let Some(found) = lock(&self.seen).unusable() {
            return Fault::NoH264 { found };
        }
        let factory = message.src().and_then(|from| from.downcast_ref::<gst::Element>()?.factory());
        let is_srt = factory.is_some_and(|factory| factory.name() == "srtsrc");
        let began = self.found().is_some() || self.bytes_in() > 0;
        if is_srt && message.debug().is_some_and(|debug| debug.contains("authenticate")) {
            // gstsrtobject.c says so in the details only.
            Fault::WrongPassphrase
        } else if error.matches(gst::ResourceError::NotAuthorized) {
            Fault::WrongPassword
        } else if error.matches(gst::ResourceError::NotFound) {
            Fault::NotFound
        } else if error.is::<gst::ResourceError>() {
            if began { Fault::Ended } else { Fault::NoAnswer }
        } else if error.is::<gst::StreamError>() && !error.matches(gst::StreamError::Failed) {
            Fault::Garbage
        } else {
            Fault::Broken
        }
    }

    fn opened(source: &Arc<Self>, pad: &gst::Pad) {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let Some(stream) = caps.structure(0).map(|structure| {
            let text = |field| structure.get::<&str>(field).ok();
            classify(structure.name(), text("media"), text("encoding-name"), structure.get("mpegversion").ok())
        }) else {
            return;
        };
        let mut seen = lock(&source.seen);
        match stream {
            // The pipeline's own branch was linked before this is called, if it takes the stream.
            Stream::H264 if pad.is_linked() => {
                seen.video = true;
                let counted = Arc::clone(source);
                let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST;
                pad.add_probe(kinds, move |_, _| {
                    counted.video_in.fetch_add(1, Ordering::Relaxed);
                    gst::PadProbeReturn::Ok
                });
            }
            Stream::Sound if pad.is_linked() => seen.audio = true,
            Stream::OtherPicture(name) => seen.foreign = Some(name),
            Stream::H264 | Stream::Sound | Stream::Other => {}
        }
    }

    /// All its pads are open: what it has is known.
    fn all_open(&self) -> Result<(), Fault> {
        let seen = lock(&self.seen);
        if let Some(found) = seen.unusable() {
            return Err(Fault::NoH264 { found });
        }
        if !seen.video && !seen.audio {
            return Err(Fault::NoH264 { found: String::new() });
        }
        *lock(&self.found) = Some(Found { video: seen.video, audio: seen.audio });
        Ok(())
    }

    /// A source that gives bytes, which others then understand, has one pad from the start.
    fn count_bytes(self: &Arc<Self>, element: &gst::Element) {
        let (true, Some(pad)) = (element.sink_pads().is_empty(), element.static_pad("src")) else { return };
        let counted = Arc::clone(self);
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            let bytes = info.buffer().map_or(0, |buffer| buffer.size());
            counted.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
            gst::PadProbeReturn::Ok
        });
    }

    /// An SRT listener asks for each caller whether it may connect.
    fn ask_callers(&self, element: &gst::Element, allowed: &[Subnet]) {
        if glib::subclass::SignalId::lookup("caller-connecting", element.type_()).is_none() {
            return;
        }
        let (hindrance, allowed) = (Arc::clone(&self.hindrance), allowed.to_vec());
        element.connect("caller-connecting", false, move |values| {
            let caller = values.get(1).and_then(|value| value.get::<gio::InetSocketAddress>().ok());
            let address = caller.and_then(|caller| caller.address().to_str().parse().ok());
            let may = address.is_some_and(|address| Subnet::any_contains(&allowed, address));
            if !may {
                *lock(&hindrance) = Some(Fault::CallerNotAllowed);
            }
            Some(may.to_value())
        });
    }

    /// libsrt turns a caller with another passphrase away by itself and tells nobody but its log.
    fn listen_to_srt(&self) {
        let hindrance = Arc::clone(&self.hindrance);
        // Else what is only listened to here would be printed too, with the callers' addresses.
        gst::log::remove_default_log_function();
        gst::log::set_threshold_for_name("srtlib", gst::DebugLevel::Info);
        gst::log::add_log_function(move |category, _, _, _, _, _, message| {
            let says = |word| message.get().is_some_and(|text| text.contains(word));
            if category.name() == "srtlib" && (says("BADSECRET") || says("UNSECURE")) {
                *lock(&hindrance) = Some(Fault::WrongPassphrase);
            }
        });
    }
}

impl Seen {
    /// What picture there is instead of one that can be used.
    fn unusable(&self) -> Option<String> {
        self.foreign.clone().filter(|_| !self.video)
    }
}

/// Tells the main thread of a fault.
pub fn post(bus: &gst::Bus, fault: &Fault) {
    let text = serde_json::to_string(fault).expect("a fault is plain numbers and text");
    // The bus refuses once the pipeline is ending anyway.
    let _ = bus.post(gst::message::Application::new(gst::Structure::builder(FAULT).field("fault", text).build()));
}

/// Host and port in what rtspsrc says before it connects: `Connecting to rtsp://10.1.2.3:554/live`.
#[must_use]
pub fn address_in(progress: &str) -> Option<&str> {
    let (_, rest) = progress.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    Some(authority.rsplit_once('@').map_or(authority, |(_, address)| address))
}

/// The fault in such a message.
#[must_use]
pub fn told(structure: &gst::StructureRef) -> Option<Fault> {
    serde_json::from_str(structure.get::<&str>("fault").ok()?).ok()
}

/// Whether it opens its pads when it knows what its stream has.
fn opens_pads(element: &gst::Element) -> bool {
    let class = element.factory().map(|factory| factory.klass().to_owned()).unwrap_or_default();
    let opens = element.pad_template_list().iter().any(|template| {
        template.direction() == gst::PadDirection::Src && template.presence() == gst::PadPresence::Sometimes
    });
    opens && (class.contains("Demux") || class.contains("Source"))
}

fn listens(element: &gst::Element) -> bool {
    let mode = element.has_property("mode").then(|| element.property_value("mode"));
    mode.and_then(|mode| mode.serialize().ok()).is_some_and(|mode| mode == "listener")
}

fn classify(name: &str, media: Option<&str>, encoding: Option<&str>, mpeg: Option<i32>) -> Stream {
    match (name, media, encoding) {
        ("application/x-rtp", Some("video"), Some("H264")) | ("video/x-h264", ..) => Stream::H264,
        ("application/x-rtp", Some("video"), encoding) => Stream::OtherPicture(match encoding.unwrap_or_default() {
            "H265" => "H.265".to_owned(),
            "MP4V-ES" => "MPEG-4".to_owned(),
            "MPV" => "MPEG-2".to_owned(),
            "JPEG" => "MJPEG".to_owned(),
            other => other.to_owned(),
        }),
        ("application/x-rtp", Some("audio"), _) => Stream::Sound,
        ("video/x-h265", ..) => Stream::OtherPicture("H.265".to_owned()),
        ("video/mpeg", ..) => Stream::OtherPicture(format!("MPEG-{}", mpeg.unwrap_or(2))),
        (name, ..) if name.starts_with("audio/") => Stream::Sound,
        (name, ..) => match name.strip_prefix("video/") {
            Some(kind) => Stream::OtherPicture(kind.trim_start_matches("x-").to_uppercase()),
            None => Stream::Other,
        },
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing between lock and unlock can leave the value half-written.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_of_a_source_is_known_for_what_it_is() {
        let picture = |name: &str| Stream::OtherPicture(name.to_owned());
        let rtp = "application/x-rtp";
        for (name, media, encoding, mpeg, expect) in [
            (rtp, Some("video"), Some("H264"), None, Stream::H264),
            (rtp, Some("video"), Some("H265"), None, picture("H.265")),
            (rtp, Some("audio"), Some("PCMA"), None, Stream::Sound),
            (rtp, Some("application"), Some("VND.ONVIF.METADATA"), None, Stream::Other),
            ("video/x-h264", None, None, None, Stream::H264),
            ("video/x-h265", None, None, None, picture("H.265")),
            ("video/mpeg", None, None, Some(2), picture("MPEG-2")),
            ("video/x-vp8", None, None, None, picture("VP8")),
            ("audio/mpeg", None, None, Some(4), Stream::Sound),
            ("subpicture/x-dvb", None, None, None, Stream::Other),
        ] {
            assert_eq!(classify(name, media, encoding, mpeg), expect, "{name} {encoding:?}");
        }
    }

    #[test]
    fn an_address_is_found_without_who_logs_in() {
        for (text, expect) in [
            ("Connecting to rtsp://10.1.2.3:554/live?a=://b", Some("10.1.2.3:554")),
            ("Connecting to rtsp://u:p@[fd00::1]:554", Some("[fd00::1]:554")),
            ("Retrieving server options", None),
        ] {
            assert_eq!(address_in(text), expect);
        }
    }

    #[test]
    fn a_foreign_picture_counts_only_where_there_is_no_usable_one() {
        let seen = |video, foreign: Option<&str>| Seen { video, audio: true, foreign: foreign.map(str::to_owned) };
        assert_eq!(seen(false, Some("H.265")).unusable(), Some("H.265".to_owned()));
        assert_eq!(seen(true, Some("H.265")).unusable(), None, "the second stream of a camera");
        assert_eq!(seen(false, None).unusable(), None, "sound alone");
    }
}
