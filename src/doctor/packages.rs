//! Which Debian package an element of GStreamer comes in.

/// Elements and their packages, as Debian 12 has them. One that is not here is looked for in `gstreamer1.0-plugins-*`.
const PACKAGES: &[(&str, &[&str])] = &[
    (
        "libgstreamer1.0-0",
        &[
            "capsfilter",
            "concat",
            "dataurisrc",
            "fakesink",
            "filesink",
            "filesrc",
            "identity",
            "input-selector",
            "multiqueue",
            "queue",
            "queue2",
            "tee",
            "typefind",
            "valve",
        ],
    ),
    (
        "gstreamer1.0-plugins-base",
        &[
            "appsink",
            "appsrc",
            "audioconvert",
            "audiomixer",
            "audiorate",
            "audioresample",
            "audiotestsrc",
            "compositor",
            "decodebin",
            "decodebin3",
            "opusdec",
            "opusenc",
            "parsebin",
            "uridecodebin",
            "uridecodebin3",
            "videoconvert",
            "videorate",
            "videoscale",
            "videotestsrc",
            "volume",
        ],
    ),
    (
        "gstreamer1.0-plugins-good",
        &[
            "aacparse",
            "alawdec",
            "flvdemux",
            "flvmux",
            "imagefreeze",
            "jpegenc",
            "level",
            "matroskademux",
            "matroskamux",
            "mp4mux",
            "mpg123audiodec",
            "mulawdec",
            "multifilesink",
            "qtdemux",
            "rtpbin",
            "rtph264depay",
            "rtph264pay",
            "rtpjitterbuffer",
            "rtpL16depay",
            "rtpmp4adepay",
            "rtpmp4gdepay",
            "rtpmpadepay",
            "rtpopusdepay",
            "rtpopuspay",
            "rtppcmadepay",
            "rtppcmudepay",
            "rtpvp8depay",
            "rtpvp8pay",
            "rtspsrc",
            "splitmuxsink",
            "udpsink",
            "udpsrc",
            "v4l2src",
            "vp8dec",
            "vp8enc",
            "webmmux",
        ],
    ),
    (
        "gstreamer1.0-plugins-bad",
        &[
            "faad",
            "h264parse",
            "mpegtsmux",
            "openh264dec",
            "opusparse",
            "rsvgdec",
            "rtmp2sink",
            "rtmp2src",
            "rtponvifparse",
            "srtsink",
            "srtsrc",
            "tsdemux",
            "tsparse",
            "voaacenc",
        ],
    ),
    ("gstreamer1.0-plugins-ugly", &["x264enc"]),
    ("gstreamer1.0-libav", &["avdec_aac", "avdec_h264", "avdec_h265", "avenc_aac"]),
    ("gstreamer1.0-x", &["clockoverlay", "textoverlay", "textrender", "timeoverlay"]),
];

/// The package that has this element, if we know it.
#[must_use]
pub fn package_of(element: &str) -> Option<&'static str> {
    PACKAGES.iter().find(|(_, elements)| elements.contains(&element)).map(|&(package, _)| package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leg::{io::library, pipeline_file::PipelineFile};
    use std::{collections::BTreeSet, path::Path};

    #[test]
    fn every_element_of_our_pipelines_has_its_package() {
        let folder = Path::new("gst-pipelines");
        for (name, text) in library::find(folder).into_iter().chain(library::finalising(folder)) {
            let file = PipelineFile::parse(&name, &text.expect("readable")).expect("good");
            for element in file.requires {
                assert!(package_of(&element).is_some(), "{name}: {element} is not in PACKAGES");
            }
        }
    }

    #[test]
    fn an_element_is_in_one_package() {
        let all: Vec<_> = PACKAGES.iter().flat_map(|(_, elements)| *elements).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn every_package_is_one_that_is_installed_by_name() {
        let list = include_str!("../../.ci/setup");
        for (package, _) in PACKAGES.iter().filter(|(package, _)| !package.starts_with("lib")) {
            assert!(list.contains(&format!("\n{package} ")), "{package} is not in .ci/setup");
        }
    }

    #[test]
    fn an_unknown_element_has_none() {
        assert_eq!(package_of("x264enc"), Some("gstreamer1.0-plugins-ugly"));
        assert_eq!(package_of("x265enc"), None);
    }
}
