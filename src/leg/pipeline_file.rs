//! The format of a file in `gst-pipelines/`: a GStreamer pipeline as text, what it needs, delivers and can be told.
//!
//! [`PipelineFile::parse`] reads one and checks all that can be known without GStreamer. Whatever is wrong is a [`FileError`]
//! with file, line and what would be right. `gst-pipelines/README.md` documents every key.

use super::params::{Kind, Param, Target, Value};
use crate::relay::media::{Codec, MediaKind};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};
use toml::Spanned;

/// Version of the format that this program reads.
pub const SCHEMA: i64 = 1;

/// Name of the appsink that delivers the picture.
pub const VIDEO_SINK: &str = "vrtp";

/// Name of the appsink that delivers the sound.
pub const AUDIO_SINK: &str = "artp";

/// A pipeline file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineFile {
    /// What it is for: a short slug, shown in the list of files.
    pub purpose: String,
    /// Oldest GStreamer it runs on.
    pub min_gst: Version,
    /// Every element factory its text uses.
    pub requires: BTreeSet<String>,
    /// Codec of the RTP packets that the appsink `vrtp` delivers, if it has one.
    pub video: Option<Codec>,
    /// Whether it has an appsink `artp`, which delivers Opus.
    pub audio: bool,
    /// Names of the appsrcs that a recording's finaliser feeds; a link's file has none.
    pub feeds: BTreeSet<String>,
    /// Names of the appsinks that it takes from; a link's file has none.
    pub takes: BTreeSet<String>,
    /// Pads, as `element.pad`, that nothing needs to be linked to.
    pub may_be_unlinked: BTreeSet<String>,
    /// The pipeline as gst-launch text, without comment lines.
    pub launch: String,
    /// Its parameters by name.
    pub params: BTreeMap<String, Param>,
    /// How to try it without a meeting, if that is possible.
    pub selftest: Option<Selftest>,
}

/// A trial of a pipeline with its default values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selftest {
    /// It must be done by then: 1 to 60 s.
    pub seconds_max: u32,
    /// Packets that each appsink must have delivered by then.
    pub expect: BTreeMap<String, u32>,
}

/// A version of GStreamer: major, minor, micro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What is wrong with a pipeline file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {problem}")]
pub struct FileError {
    /// Which file.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl PipelineFile {
    /// Reads the text of a file; `file` is only named in errors.
    ///
    /// # Errors
    ///
    /// See [`FileError`].
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        let error = |wrong: Wrong| FileError {
            file: file.to_owned(),
            line: text.get(..wrong.at.start).unwrap_or(text).matches('\n').count() + 1,
            problem: wrong.problem,
        };
        let raw: Raw = toml::from_str(text).map_err(|wrong| error(from_toml(&wrong)))?;
        raw.check().map_err(error)
    }
}

/// What is wrong, and where in the text.
struct Wrong {
    at: Range<usize>,
    problem: String,
}

fn wrong<T, R>(at: &Spanned<T>, problem: impl Into<String>) -> Result<R, Wrong> {
    Err(Wrong { at: at.span(), problem: problem.into() })
}

fn from_toml(error: &toml::de::Error) -> Wrong {
    let problem = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    Wrong { at: error.span().unwrap_or_default(), problem }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    schema: Spanned<i64>,
    purpose: Spanned<String>,
    min_gst: Spanned<String>,
    requires: Spanned<Vec<Spanned<String>>>,
    appsinks: Option<Spanned<BTreeMap<String, Spanned<Codec>>>>,
    #[serde(default)]
    feeds: Vec<Spanned<String>>,
    #[serde(default)]
    takes: Vec<Spanned<String>>,
    #[serde(default)]
    may_be_unlinked: Vec<Spanned<String>>,
    pipeline: Spanned<String>,
    #[serde(default)]
    params: BTreeMap<String, Spanned<RawParam>>,
    selftest: Option<Spanned<RawSelftest>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParam {
    #[serde(rename = "type")]
    kind: Spanned<RawKind>,
    set: Spanned<String>,
    default: Option<Spanned<toml::Value>>,
    min: Option<Spanned<i64>>,
    max: Option<Spanned<i64>>,
    chars_max: Option<Spanned<usize>>,
    pango: Option<Spanned<bool>>,
    schemes: Option<Spanned<Vec<String>>>,
    values: Option<Spanned<Vec<String>>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum RawKind {
    Int,
    Bool,
    Text,
    Uri,
    Choice,
    Secret,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSelftest {
    max_seconds: Spanned<u32>,
    expect: Spanned<BTreeMap<String, Spanned<u32>>>,
}

impl Raw {
    fn check(self) -> Result<PipelineFile, Wrong> {
        if *self.schema.get_ref() != SCHEMA {
            return wrong(&self.schema, format!("schema is {}; this program reads {SCHEMA}", self.schema.get_ref()));
        }
        if !is_name(self.purpose.get_ref()) {
            return wrong(&self.purpose, "purpose is a short name such as \"ingest-srt\": letters, digits, '-'");
        }
        let is_for_files = !self.feeds.is_empty() || !self.takes.is_empty();
        let (appsinks, (video, audio)) = match self.appsinks {
            Some(appsinks) => {
                let delivered = tracks(&appsinks)?;
                (appsinks.into_inner(), delivered)
            }
            None if is_for_files => (BTreeMap::new(), (None, false)),
            None => return wrong(&self.purpose, "missing field `appsinks`"),
        };
        let delivers = [(VIDEO_SINK, video.is_some()), (AUDIO_SINK, audio)];
        let delivers: BTreeSet<_> = delivers.into_iter().filter_map(|(sink, there)| there.then_some(sink)).collect();
        let feeds = ends(self.feeds)?;
        let takes = ends(self.takes)?;
        let sinks = delivers.into_iter().chain(takes.iter().map(String::as_str)).map(|sink| ("appsink", sink));
        let needs: Vec<_> = sinks.chain(feeds.iter().map(|feed| ("appsrc", feed.as_str()))).collect();
        let params: Result<_, _> = self.params.into_iter().map(|(name, raw)| Ok((name, param(raw)?))).collect();
        Ok(PipelineFile {
            min_gst: version(&self.min_gst)?,
            requires: factories(&self.requires)?,
            may_be_unlinked: pads(self.may_be_unlinked)?,
            launch: launch(&self.pipeline, &needs)?,
            params: params?,
            selftest: self.selftest.map(|raw| selftest(raw, &appsinks)).transpose()?,
            purpose: self.purpose.into_inner(),
            video,
            audio,
            feeds,
            takes,
        })
    }
}

/// Names of appsrcs or appsinks.
fn ends(list: Vec<Spanned<String>>) -> Result<BTreeSet<String>, Wrong> {
    let name = |name: Spanned<String>| match is_name(name.get_ref()) {
        true => Ok(name.into_inner()),
        false => wrong(&name, format!("{:?} is not the name of an element, such as \"picture\"", name.get_ref())),
    };
    list.into_iter().map(name).collect()
}

fn tracks(appsinks: &Spanned<BTreeMap<String, Spanned<Codec>>>) -> Result<(Option<Codec>, bool), Wrong> {
    let right = format!("{VIDEO_SINK} = \"h264\" or \"vp8\", {AUDIO_SINK} = \"opus\"");
    let (mut video, mut audio) = (None, false);
    for (name, codec) in appsinks.get_ref() {
        match (name.as_str(), codec.get_ref().kind()) {
            (VIDEO_SINK, MediaKind::Video) => video = Some(*codec.get_ref()),
            (AUDIO_SINK, MediaKind::Audio) => audio = true,
            _ => return wrong(codec, format!("appsink {name:?} can't deliver this; it takes {right}")),
        }
    }
    if video.is_none() && !audio {
        return wrong(appsinks, format!("appsinks names none, so nothing would be delivered; it takes {right}"));
    }
    Ok((video, audio))
}

fn version(text: &Spanned<String>) -> Result<Version, Wrong> {
    let numbers: Result<Vec<u32>, _> = text.get_ref().split('.').map(str::parse).collect();
    match numbers.as_deref() {
        Ok(&[major, minor, micro]) => Ok(Version(major, minor, micro)),
        _ => wrong(text, format!("min_gst is {:?}; write for example \"1.22.0\"", text.get_ref())),
    }
}

fn factories(list: &Spanned<Vec<Spanned<String>>>) -> Result<BTreeSet<String>, Wrong> {
    if list.get_ref().is_empty() {
        return wrong(list, "requires is empty; it lists every element of the pipeline");
    }
    let mut set = BTreeSet::new();
    for name in list.get_ref() {
        if !is_name(name.get_ref()) {
            return wrong(name, format!("{:?} is not the name of an element, such as \"x264enc\"", name.get_ref()));
        }
        if !set.insert(name.get_ref().clone()) {
            return wrong(name, format!("{:?} stands here twice; once is right", name.get_ref()));
        }
    }
    Ok(set)
}

fn pads(list: Vec<Spanned<String>>) -> Result<BTreeSet<String>, Wrong> {
    let pad = |pad: Spanned<String>| match pad.get_ref().split_once('.') {
        Some((element, name)) if is_name(element) && !name.is_empty() => Ok(pad.into_inner()),
        _ => wrong(&pad, format!("{:?} is not a pad; write element.pad, such as \"title.text_sink\"", pad.get_ref())),
    };
    list.into_iter().map(pad).collect()
}

/// The text without its comment lines, which gst-launch syntax has not.
fn launch(text: &Spanned<String>, needs: &[(&str, &str)]) -> Result<String, Wrong> {
    let lines = text.get_ref().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let launch = lines.collect::<Vec<_>>().join("\n");
    for (factory, name) in needs {
        let named = format!("name={name}");
        if !launch.split_whitespace().any(|word| word == named) {
            return wrong(text, format!("pipeline has no {factory} {name}; write `{factory} {named}`"));
        }
    }
    Ok(launch)
}

fn selftest(raw: Spanned<RawSelftest>, appsinks: &BTreeMap<String, Spanned<Codec>>) -> Result<Selftest, Wrong> {
    let RawSelftest { max_seconds, expect } = raw.into_inner();
    if !(1..=60).contains(max_seconds.get_ref()) {
        return wrong(&max_seconds, format!("max_seconds is {}; it takes 1 to 60", max_seconds.get_ref()));
    }
    if expect.get_ref().is_empty() {
        return wrong(&expect, "expect is empty; it takes packets for each appsink, such as { vrtp = 25 }");
    }
    for (name, packets) in expect.get_ref() {
        if !appsinks.contains_key(name) {
            let known = appsinks.keys().cloned().collect::<Vec<_>>().join(", ");
            return wrong(packets, format!("expect names the appsink {name:?}; this file has {known}"));
        }
    }
    let expect = expect.into_inner().into_iter().map(|(name, packets)| (name, packets.into_inner())).collect();
    Ok(Selftest { seconds_max: max_seconds.into_inner(), expect })
}

fn param(raw: Spanned<RawParam>) -> Result<Param, Wrong> {
    raw.get_ref().refuse_foreign_keys()?;
    let at = raw.span();
    let raw = raw.into_inner();
    let kind = raw.kind(at)?;
    let set = target(&raw.set)?;
    let default = raw.default.map(|default| default_value(default, &kind)).transpose()?;
    Ok(Param { kind, default, set })
}

impl RawParam {
    /// A key that means nothing for this type is a mistake, not an ornament.
    fn refuse_foreign_keys(&self) -> Result<(), Wrong> {
        let kind = *self.kind.get_ref();
        let span = |key: &Option<Spanned<_>>| key.as_ref().map(Spanned::span);
        let list = |key: &Option<Spanned<Vec<String>>>| key.as_ref().map(Spanned::span);
        let keys = [
            ("min", "int", kind == RawKind::Int, span(&self.min)),
            ("max", "int", kind == RawKind::Int, span(&self.max)),
            ("chars_max", "text", kind == RawKind::Text, self.chars_max.as_ref().map(Spanned::span)),
            ("pango", "text", kind == RawKind::Text, self.pango.as_ref().map(Spanned::span)),
            ("schemes", "uri", kind == RawKind::Uri, list(&self.schemes)),
            ("values", "choice", kind == RawKind::Choice, list(&self.values)),
        ];
        for (key, owner, fits, at) in keys {
            if let (false, Some(at)) = (fits, at) {
                return Err(Wrong { at, problem: format!("`{key}` goes with type \"{owner}\" only; leave it out") });
            }
        }
        Ok(())
    }

    fn kind(&self, at: Range<usize>) -> Result<Kind, Wrong> {
        let missing =
            |key: &str| Wrong { at: at.clone(), problem: format!("a parameter of this type needs `{key}` too") };
        Ok(match self.kind.get_ref() {
            RawKind::Bool => Kind::Bool,
            RawKind::Secret => Kind::Secret,
            RawKind::Int => {
                let min = *self.min.as_ref().ok_or_else(|| missing("min"))?.get_ref();
                let max = self.max.as_ref().ok_or_else(|| missing("max"))?;
                if min > *max.get_ref() {
                    return wrong(max, format!("max is {}, less than min; swap them", max.get_ref()));
                }
                Kind::Int { min, max: *max.get_ref() }
            }
            RawKind::Text => Kind::Text {
                chars_max: *self.chars_max.as_ref().ok_or_else(|| missing("chars_max"))?.get_ref(),
                pango: self.pango.as_ref().is_some_and(|pango| *pango.get_ref()),
            },
            RawKind::Uri => {
                let schemes = self.schemes.as_ref().ok_or_else(|| missing("schemes"))?;
                if schemes.get_ref().is_empty() || schemes.get_ref().iter().any(|scheme| !is_scheme(scheme)) {
                    return wrong(schemes, "schemes takes names in lower case without ':', such as [\"srt\"]");
                }
                Kind::Uri { schemes: schemes.get_ref().clone() }
            }
            RawKind::Choice => {
                let values = self.values.as_ref().ok_or_else(|| missing("values"))?;
                if values.get_ref().is_empty() {
                    return wrong(values, "values is empty; it takes what may be chosen");
                }
                Kind::Choice { values: values.get_ref().clone() }
            }
        })
    }
}

fn target(set: &Spanned<String>) -> Result<Target, Wrong> {
    match set.get_ref().split_once('.') {
        Some((element, property)) if is_name(element) && is_name(property) => {
            Ok(Target { element: element.to_owned(), property: property.to_owned() })
        }
        _ => wrong(set, format!("{:?} is not a property; write element.property, as \"src.uri\"", set.get_ref())),
    }
}

fn default_value(default: Spanned<toml::Value>, kind: &Kind) -> Result<Value, Wrong> {
    let at = default.span();
    let value = match default.into_inner() {
        toml::Value::Boolean(yes) => Some(Value::Bool(yes)),
        toml::Value::Integer(number) => Some(Value::Int(number)),
        toml::Value::String(text) => Some(Value::Text(text)),
        _ => None,
    };
    if *kind == Kind::Secret {
        return Err(Wrong { at, problem: "a secret has no default; leave it out".to_owned() });
    }
    let problem = || format!("this default is not right; it takes {}", kind.right());
    value.filter(|value| kind.takes(value)).ok_or_else(|| Wrong { at, problem: problem() })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'+' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"schema = 1
purpose = "test"
min_gst = "1.22.0"
requires = ["videotestsrc", "appsink"]
appsinks = { vrtp = "vp8", artp = "opus" }
may_be_unlinked = ["title.text_sink"]
pipeline = """
# the picture
videotestsrc name=src !
  appsink name=vrtp
appsink name=artp
"""
[params.bitrate]
type = "int"
min = 200
max = 8000
default = 1500
set = "venc.bitrate"
[params.key]
type = "secret"
set = "src.passphrase"
[selftest]
max_seconds = 5
expect = { vrtp = 25 }
"#;

    #[test]
    fn a_good_file_is_read() {
        let file = PipelineFile::parse("test.toml", GOOD).expect("it is good");
        assert_eq!((file.purpose.as_str(), file.min_gst), ("test", Version(1, 22, 0)));
        assert_eq!((file.video, file.audio), (Some(Codec::Vp8), true));
        assert_eq!(file.launch, "videotestsrc name=src !\nappsink name=vrtp\nappsink name=artp");
        assert_eq!(file.params["bitrate"].default, Some(Value::Int(1500)));
        assert_eq!(file.params["key"].set.to_string(), "src.passphrase");
        assert_eq!(file.selftest.expect("it has one").expect["vrtp"], 25);
    }

    /// Every mistake is named with its line and what would be right.
    #[test]
    fn each_mistake_is_named_with_its_line() {
        let cases = [
            ("purpose =", "purpse =", 2, "unknown field `purpse`, expected one of `schema`, `purpose`"),
            ("schema = 1", "schema = 2", 1, "schema is 2; this program reads 1"),
            ("schema = 1", "schema = one", 1, "" /* whatever TOML says */),
            ("\"test\"", "\"a test\"", 2, "purpose is a short name"),
            ("1.22.0", "1.22", 3, "min_gst is \"1.22\"; write for example \"1.22.0\""),
            ("[\"videotestsrc\", \"appsink\"]", "[]", 4, "requires is empty"),
            ("\"videotestsrc\", ", "\"appsink\", ", 4, "\"appsink\" stands here twice"),
            ("\"videotestsrc\", ", "\"video test\", ", 4, "\"video test\" is not the name of an element"),
            ("vrtp = \"vp8\"", "vrtp = \"av1\"", 5, "unknown variant `av1`, expected one of `opus`, `h264`, `vp8`"),
            ("vrtp = \"vp8\"", "vrtp = \"opus\"", 5, "appsink \"vrtp\" can't deliver this; it takes vrtp = \"h264\""),
            ("vrtp = \"vp8\"", "v = \"vp8\"", 5, "appsink \"v\" can't deliver this"),
            ("{ vrtp = \"vp8\", artp = \"opus\" }", "{}", 5, "appsinks names none"),
            ("title.text_sink", "text_sink", 6, "\"text_sink\" is not a pad; write element.pad"),
            ("name=artp", "name=other", 7, "pipeline has no appsink artp; write `appsink name=artp`"),
            ("type = \"int\"", "type = \"float\"", 14, "unknown variant `float`, expected one of `int`"),
            ("type = \"int\"", "type = \"text\"", 15, "`min` goes with type \"int\" only; leave it out"),
            ("min = 200\n", "", 13, "a parameter of this type needs `min` too"),
            ("max = 8000", "max = 100", 16, "max is 100, less than min"),
            ("default = 1500", "default = 9000", 17, "this default is not right; it takes a whole number from 200"),
            ("default = 1500", "default = [1]", 17, "this default is not right"),
            ("\"venc.bitrate\"", "\"bitrate\"", 18, "\"bitrate\" is not a property; write element.property"),
            ("set = \"venc.bitrate\"", "sett = \"x\"", 18, "unknown field `sett`, expected one of `type`, `set`"),
            ("set = \"src.passphrase\"", "set = \"src.p\"\ndefault = \"x\"", 22, "a secret has no default"),
            ("max_seconds = 5", "max_seconds = 0", 23, "max_seconds is 0; it takes 1 to 60"),
            ("{ vrtp = 25 }", "{}", 24, "expect is empty"),
            ("{ vrtp = 25 }", "{ video = 25 }", 24, "expect names the appsink \"video\"; this file has artp, vrtp"),
            ("pipeline = \"\"\"", "pipeline = \"\"\"\"\"\"\nx = \"\"\"", 8, "unknown field `x`"),
        ];
        for (good, bad, line, problem) in cases {
            assert!(GOOD.contains(good), "{good}");
            let error = PipelineFile::parse("test.toml", &GOOD.replacen(good, bad, 1)).expect_err(bad);
            assert_eq!(error.line, line, "{bad}: {error}");
            assert!(error.problem.contains(problem), "{bad}: {error}");
            assert!(error.to_string().starts_with(&format!("test.toml, line {line}: ")), "{error}");
        }
    }

    #[test]
    fn a_finalisers_file_names_what_is_fed_and_taken_instead_of_what_it_delivers() {
        let text =
            GOOD.replacen("appsinks = { vrtp = \"vp8\", artp = \"opus\" }", "feeds = [\"in\"]\ntakes = [\"out\"]", 1);
        let text = text.replacen("appsink name=artp", "appsrc name=in ! appsink name=out", 1);
        let (text, _) = text.split_once("[selftest]").unwrap();
        let file = PipelineFile::parse("x", text).unwrap();
        assert_eq!((file.video, file.audio), (None, false));
        assert!(file.feeds.contains("in") && file.takes.contains("out"));
        let error = PipelineFile::parse("x", &text.replacen("name=out", "name=ou", 1)).expect_err("it lacks one");
        assert!(error.problem.contains("pipeline has no appsink out; write `appsink name=out`"), "{error}");
        let error = PipelineFile::parse("x", &text.replacen("\"out\"", "\"o t\"", 1)).expect_err("no name");
        assert_eq!((error.line, error.problem.starts_with("\"o t\" is not the name")), (6, true), "{error}");
    }

    #[test]
    fn a_missing_key_is_named() {
        for key in ["schema", "purpose", "min_gst", "requires", "appsinks"] {
            let lines = GOOD.lines().filter(|line| !line.starts_with(key));
            let error = PipelineFile::parse("x", &lines.collect::<Vec<_>>().join("\n")).expect_err(key);
            assert!(error.problem.contains(&format!("missing field `{key}`")), "{error}");
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic() {
        for end in 0..GOOD.len() {
            let _ = PipelineFile::parse("x", &GOOD[..end]);
        }
    }
}
