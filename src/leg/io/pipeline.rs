//! A pipeline file as a running GStreamer pipeline. The main type is [`Pipeline`]; only child processes make one.
//!
//! Building one checks all that the file claims: GStreamer's version, every element it uses, every property its parameters
//! set, every pad linked. So checking a file and running it are the same code.

use crate::{
    leg::{
        params::{Setting, Target, Value},
        pipeline_file::{AUDIO_SINK, PipelineFile, VIDEO_SINK, Version},
    },
    relay::media::Codec,
};
use gst::{glib, prelude::*};
use gstreamer as gst;
use gstreamer_app::{AppSink, AppSrc};
use std::collections::{BTreeMap, BTreeSet};

/// Largest RTP packet: leaves room for the relay's own header extensions and SRTP within an Ethernet frame.
const RTP_PACKET_BYTES_MAX: u32 = 1200;

/// Elements that gst-launch syntax makes by itself.
const IMPLICIT: [&str; 1] = ["capsfilter"];

/// Why a pipeline can't be used here. Never shows a value of a parameter.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// GStreamer itself does not start.
    #[error("GStreamer does not start: {0}")]
    Init(#[source] glib::Error),
    /// It is older than the file asks.
    #[error("needs GStreamer {needs} or newer, here is {here}")]
    TooOld {
        /// What the file asks.
        needs: Version,
        /// What is here.
        here: Version,
    },
    /// An element is missing.
    #[error(
        "needs the element {element:?}, which no installed plugin has; Debian's plugins are in gstreamer1.0-plugins-*"
    )]
    Missing {
        /// Its factory.
        element: String,
    },
    /// The text is not a pipeline.
    #[error("the pipeline's text is wrong: {0}")]
    Text(String),
    /// It uses something it does not list.
    #[error("the pipeline uses {element:?}, which `requires` does not list; add it there")]
    NotListed {
        /// Its factory.
        element: String,
    },
    /// An appsink or appsrc nobody would serve.
    #[error("the pipeline has the {factory} {name:?}, which `appsinks` does not name")]
    Stray {
        /// Its factory.
        factory: &'static str,
        /// Its name.
        name: String,
    },
    /// A named appsink or appsrc is something else.
    #[error("{name:?} is no {factory} of the pipeline; write `{factory} name={name}`")]
    NoEnd {
        /// What it should be.
        factory: &'static str,
        /// Which.
        name: String,
    },
    /// A parameter sets what is not there.
    #[error("a parameter sets {target}, but {problem}")]
    Set {
        /// Which property.
        target: Target,
        /// What is wrong.
        problem: String,
    },
    /// A pad leads nowhere.
    #[error("the pad {pad} is linked to nothing; link it, or list it in `may_be_unlinked`")]
    Unlinked {
        /// As `element.pad`.
        pad: String,
    },
    /// It does not change its state.
    #[error("the pipeline does not start: {0}")]
    State(String),
}

/// A pipeline that was built and checked; ends when dropped.
pub struct Pipeline {
    pipeline: gst::Pipeline,
    /// Where the picture leaves it.
    pub video: Option<AppSink>,
    /// Where the sound leaves it.
    pub audio: Option<AppSink>,
    /// Where a recording's finaliser feeds it, by name.
    pub feeds: BTreeMap<String, AppSrc>,
    /// Where a recording's finaliser takes from it, by name.
    pub takes: BTreeMap<String, AppSink>,
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // Dropped in any other state, its threads would go on and corrupt the heap.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Pipeline {
    /// Builds the pipeline, sets its parameters, and brings it to the state in which devices are open but nothing flows.
    ///
    /// # Errors
    ///
    /// See [`PipelineError`].
    pub fn build(file: &PipelineFile, settings: &[Setting]) -> Result<Self, PipelineError> {
        gst::init().map_err(PipelineError::Init)?;
        check_version(file.min_gst)?;
        check_installed(&file.requires)?;
        let pipeline = parse(&file.launch)?;
        let (video, audio) = (file.video.is_some(), file.audio);
        let sink = |there: bool, name| there.then(|| end(&pipeline, "appsink", name)).transpose();
        let feed = |name: &String| Ok((name.clone(), end(&pipeline, "appsrc", name)?));
        let take = |name: &String| Ok((name.clone(), end(&pipeline, "appsink", name)?));
        let built = Self {
            video: sink(video, VIDEO_SINK)?,
            audio: sink(audio, AUDIO_SINK)?,
            feeds: file.feeds.iter().map(feed).collect::<Result<_, _>>()?,
            takes: file.takes.iter().map(take).collect::<Result<_, _>>()?,
            pipeline,
        };
        let elements = built.elements();
        check_listed(&elements, file)?;
        file.params.values().try_for_each(|param| property(&built.pipeline, &param.set).map(drop))?;
        settings.iter().try_for_each(|setting| set(&built.pipeline, setting))?;
        check_linked(&elements, &file.may_be_unlinked)?;
        for element in &elements {
            prepare_payloader(element);
        }
        built.demand(file.video);
        built.change_state(gst::State::Ready)?;
        Ok(built)
    }

    /// Lets it run; packets reach the appsinks from now on.
    ///
    /// # Errors
    ///
    /// If an element refuses.
    pub fn play(&self) -> Result<(), PipelineError> {
        self.change_state(gst::State::Playing)
    }

    /// All elements its text made; not what compound elements hold inside.
    #[must_use]
    pub fn elements(&self) -> Vec<gst::Element> {
        elements_of(self.pipeline.upcast_ref())
    }

    /// Its messages.
    #[must_use]
    pub fn bus(&self) -> gst::Bus {
        self.pipeline.bus().expect("every pipeline has a bus until it is disposed of")
    }

    /// The appsinks take only what the file says they deliver, as fast as it comes.
    fn demand(&self, video: Option<Codec>) {
        let caps = |media: &str, encoding: &str| {
            gst::Caps::builder("application/x-rtp").field("media", media).field("encoding-name", encoding).build()
        };
        let encoding = if video == Some(Codec::Vp8) { "VP8" } else { "H264" };
        let sinks = [(&self.video, caps("video", encoding)), (&self.audio, caps("audio", "OPUS"))];
        for (sink, caps) in sinks.into_iter().filter_map(|(sink, caps)| Some((sink.as_ref()?, caps))) {
            sink.set_caps(Some(&caps));
            sink.set_property("sync", false);
            sink.set_property("async", false);
            // The callback takes each packet at once; the bound is for a worker that stands still.
            sink.set_max_buffers(500);
            sink.set_drop(true);
        }
    }

    fn change_state(&self, state: gst::State) -> Result<(), PipelineError> {
        if self.pipeline.set_state(state).is_ok() {
            return Ok(());
        }
        let told = self.bus().pop_filtered(&[gst::MessageType::Error]);
        Err(PipelineError::State(told.map_or_else(|| format!("no state {state:?}"), |message| describe(&message))))
    }
}

/// An error or warning message in one line, without addresses and other values that debug details may hold.
#[must_use]
pub fn describe(message: &gst::Message) -> String {
    let from = message.src().map_or_else(|| "pipeline".to_owned(), |source| source.name().to_string());
    match message.view() {
        gst::MessageView::Error(error) => format!("{from}: {}", error.error().message()),
        gst::MessageView::Warning(warning) => format!("{from}: {}", warning.error().message()),
        _ => from,
    }
}

/// GStreamer's version here.
#[must_use]
pub fn version() -> Version {
    let (major, minor, micro, _) = gst::version();
    Version(major, minor, micro)
}

/// Those of the elements that no installed plugin has.
///
/// # Errors
///
/// If GStreamer does not start.
pub fn missing(elements: &BTreeSet<String>) -> Result<Vec<String>, PipelineError> {
    gst::init().map_err(PipelineError::Init)?;
    Ok(elements.iter().filter(|name| gst::ElementFactory::find(name).is_none()).cloned().collect())
}

fn check_version(needs: Version) -> Result<(), PipelineError> {
    let here = version();
    if here < needs { Err(PipelineError::TooOld { needs, here }) } else { Ok(()) }
}

fn check_installed(requires: &BTreeSet<String>) -> Result<(), PipelineError> {
    match requires.iter().find(|name| gst::ElementFactory::find(name).is_none()) {
        Some(element) => Err(PipelineError::Missing { element: element.clone() }),
        None => Ok(()),
    }
}

fn parse(launch: &str) -> Result<gst::Pipeline, PipelineError> {
    let mut context = gst::ParseContext::new();
    let flags = gst::ParseFlags::FATAL_ERRORS | gst::ParseFlags::PLACE_IN_BIN;
    let bin = gst::parse::launch_full(launch, Some(&mut context), flags).map_err(|error| {
        // The list is filled wrongly for other kinds of errors.
        let missing =
            error.matches(gst::ParseError::NoSuchElement).then(|| context.missing_elements().into_iter().next());
        match missing.flatten() {
            Some(element) => PipelineError::Missing { element },
            None => PipelineError::Text(error.message().to_owned()),
        }
    })?;
    let pipeline = gst::Pipeline::new();
    pipeline.add(&bin).map_err(|error| PipelineError::Text(error.to_string()))?;
    Ok(pipeline)
}

fn end<E: IsA<gst::Element>>(pipeline: &gst::Pipeline, factory: &'static str, name: &str) -> Result<E, PipelineError> {
    let element = pipeline.by_name(name).and_then(|element| element.downcast::<E>().ok());
    element.ok_or_else(|| PipelineError::NoEnd { factory, name: name.to_owned() })
}

/// All elements the text made; not what compound elements hold inside.
fn elements_of(bin: &gst::Bin) -> Vec<gst::Element> {
    let mut elements = Vec::new();
    for child in bin.children() {
        match child.downcast::<gst::Bin>() {
            Ok(inner) if factory_of(inner.upcast_ref()) == "bin" => elements.extend(elements_of(&inner)),
            Ok(compound) => elements.push(compound.upcast()),
            Err(element) => elements.push(element),
        }
    }
    elements
}

fn factory_of(element: &gst::Element) -> String {
    element.factory().map(|factory| factory.name().to_string()).unwrap_or_default()
}

fn check_listed(elements: &[gst::Element], file: &PipelineFile) -> Result<(), PipelineError> {
    for element in elements {
        let (factory, name) = (factory_of(element), element.name().to_string());
        if !IMPLICIT.contains(&factory.as_str()) && !file.requires.contains(&factory) {
            return Err(PipelineError::NotListed { element: factory });
        }
        let declared = match name.as_str() {
            VIDEO_SINK => file.video.is_some(),
            AUDIO_SINK => file.audio,
            _ => file.takes.contains(&name),
        };
        match factory.as_str() {
            "appsink" if !declared => return Err(PipelineError::Stray { factory: "appsink", name }),
            "appsrc" if !file.feeds.contains(&name) => return Err(PipelineError::Stray { factory: "appsrc", name }),
            _ => {}
        }
    }
    Ok(())
}

/// The element and the property that a parameter sets, if it can be set.
fn property(pipeline: &gst::Pipeline, target: &Target) -> Result<(gst::Element, glib::ParamSpec), PipelineError> {
    let wrong = |problem: String| PipelineError::Set { target: target.clone(), problem };
    let element = pipeline.by_name(&target.element);
    let element = element.ok_or_else(|| wrong(format!("the pipeline names no element {:?}", target.element)))?;
    let spec = element.find_property(&target.property);
    let spec = spec.ok_or_else(|| wrong(format!("{} has no such property", factory_of(&element))))?;
    if !spec.flags().contains(glib::ParamFlags::WRITABLE) || spec.flags().contains(glib::ParamFlags::CONSTRUCT_ONLY) {
        return Err(wrong("it can't be written".to_owned()));
    }
    Ok((element, spec))
}

fn set(pipeline: &gst::Pipeline, setting: &Setting) -> Result<(), PipelineError> {
    let target = &setting.target;
    let (element, spec) = property(pipeline, target)?;
    let value = as_property(&setting.value, &spec).ok_or_else(|| PipelineError::Set {
        target: target.clone(),
        problem: format!("the property is of another type, {}", spec.value_type()),
    })?;
    element.set_property_from_value(&target.property, &value);
    Ok(())
}

/// The value as the property's type holds it, if it can and within the property's own bounds.
fn as_property(value: &Value, spec: &glib::ParamSpec) -> Option<glib::Value> {
    let kind = spec.value_type();
    let value = match value {
        Value::Bool(yes) if kind == glib::Type::BOOL => yes.to_value(),
        Value::Text(text) if kind == glib::Type::STRING => text.to_value(),
        Value::Text(text) if kind.is_a(glib::Type::ENUM) || kind.is_a(glib::Type::FLAGS) => {
            <glib::Value as GstValueExt>::deserialize_with_pspec(text, spec).ok()?
        }
        Value::Int(number) => match kind {
            glib::Type::I32 => i32::try_from(*number).ok()?.to_value(),
            glib::Type::U32 => u32::try_from(*number).ok()?.to_value(),
            glib::Type::I64 => number.to_value(),
            glib::Type::U64 => u64::try_from(*number).ok()?.to_value(),
            _ => return None,
        },
        _ => return None,
    };
    Some(value)
}

fn check_linked(elements: &[gst::Element], may_be_unlinked: &BTreeSet<String>) -> Result<(), PipelineError> {
    for element in elements {
        for pad in element.pads().into_iter().filter(|pad| !pad.is_linked()) {
            let pad = format!("{}.{}", element.name(), pad.name());
            if !may_be_unlinked.contains(&pad) {
                return Err(PipelineError::Unlinked { pad });
            }
        }
    }
    Ok(())
}

/// Both tracks' RTP timestamps count from the pipeline's one clock, and packets fit the relay: no file needs to say so.
fn prepare_payloader(element: &gst::Element) {
    let is_payloader = element.factory().is_some_and(|factory| factory.klass().contains("Payloader"));
    if is_payloader && element.has_property_with_type("timestamp-offset", glib::Type::U32) {
        element.set_property("timestamp-offset", 0u32);
        element.set_property("mtu", RTP_PACKET_BYTES_MAX);
    }
}
