//! What the check of a file says, with this machine's GStreamer.

use crate::support::Leg;
use serde_json::Value;
use yunling::leg::job::Job;

const GOOD: &str = r#"schema = 1
purpose = "test"
min_gst = "1.22.0"
requires = ["videotestsrc", "vp8enc", "rtpvp8pay", "appsink"]
appsinks = { vrtp = "vp8" }
pipeline = """
videotestsrc name=src is-live=true ! video/x-raw,format=I420,width=160,height=90,framerate=25/1 !
  vp8enc name=venc deadline=1 ! rtpvp8pay ! appsink name=vrtp
"""
[params.bitrate]
type = "int"
min = 100
max = 1000000
default = 200000
set = "venc.target-bitrate"
[selftest]
max_seconds = 20
expect = { vrtp = 5 }
"#;

fn checked(text: &str, selftest: bool) -> Value {
    let job = Job::Check { file: "test.toml".to_owned(), text: text.to_owned(), selftest };
    Leg::start(&job).reports().pop().expect("a result")
}

#[test]
fn a_good_file_passes_and_its_selftest_too() {
    assert_eq!(checked(GOOD, true)["report"], "checked");
}

#[test]
fn the_shipped_files_pass_their_selftests() {
    let folder = std::fs::read_dir("gst-pipelines").expect("the folder");
    let files: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        let result = checked(&std::fs::read_to_string(path).expect("a text"), true);
        assert_eq!(result["report"], "checked", "{path:?}: {result}");
    }
}

#[test]
fn each_mistake_that_only_gstreamer_sees_is_named() {
    let cases = [
        ("\"1.22.0\"", "\"99.0.0\"", "needs GStreamer 99.0.0 or newer, here is"),
        ("\"vp8enc\", ", "\"vp8enc\", \"rtpav9pay\", ", "needs the element \"rtpav9pay\""),
        ("\"vp8enc\", ", "", "the pipeline uses \"vp8enc\", which `requires` does not list"),
        ("deadline=1", "dedline=1", "no property \"dedline\" in element \"vp8enc\""),
        ("! rtpvp8pay !", "! ! rtpvp8pay !", "the pipeline's text is wrong: "),
        (
            "venc.target-bitrate",
            "enc.target-bitrate",
            "sets enc.target-bitrate, but the pipeline names no element \"enc\"",
        ),
        ("venc.target-bitrate", "venc.bitrate", "sets venc.bitrate, but vp8enc has no such property"),
        ("venc.target-bitrate", "venc.name", "the property is of another type, gchararray"),
        ("appsink name=vrtp\n", "appsink name=vrtp\nvideotestsrc name=lost\n", "the pad lost.src is linked to nothing"),
        ("appsink name=vrtp\n", "appsink name=vrtp\nvideotestsrc ! appsink\n", "which `appsinks` does not name"),
        ("purpose =", "purpse =", "test.toml, line 2: unknown field `purpse`"),
    ];
    for (good, bad, reason) in cases {
        assert!(GOOD.contains(good), "{good}");
        let result = checked(&GOOD.replacen(good, bad, 1), false);
        assert_eq!(result["report"], "failed", "{bad}: {result}");
        assert!(result["detail"].as_str().is_some_and(|detail| detail.contains(reason)), "{bad}: {result}");
    }
}

#[test]
fn a_selftest_that_gets_too_little_fails() {
    let text = GOOD.replace("max_seconds = 20", "max_seconds = 1").replace("vrtp = 5", "vrtp = 100000");
    let result = checked(&text, true);
    assert!(
        result["detail"].as_str().is_some_and(|detail| detail.starts_with("vrtp delivered fewer packets")),
        "{result}"
    );
}
