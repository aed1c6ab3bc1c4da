//! Where pipeline files come from. The main function is [`find`].
//!
//! The files that belong to the program are embedded in it, so that one binary is enough. A file of the same name in the
//! configured folder takes the place of the embedded one; further files there are added.

use std::{collections::BTreeMap, ffi::OsStr, fs, io, path::Path};

/// The files in `gst-pipelines/` when the program was built.
const EMBEDDED: [(&str, &str); 3] = [
    ("demo.toml", include_str!("../../../gst-pipelines/demo.toml")),
    ("rtsp-in.toml", include_str!("../../../gst-pipelines/rtsp-in.toml")),
    ("srt-in.toml", include_str!("../../../gst-pipelines/srt-in.toml")),
];

/// The files by which a recording's finaliser works, when the program was built.
const FINALISING: [(&str, &str); 17] = [
    ("finalise-apart.toml", include_str!("../../../gst-pipelines/finalise-apart.toml")),
    ("finalise-check-original.toml", include_str!("../../../gst-pipelines/finalise-check-original.toml")),
    ("finalise-check.toml", include_str!("../../../gst-pipelines/finalise-check.toml")),
    ("finalise-code-picture.toml", include_str!("../../../gst-pipelines/finalise-code-picture.toml")),
    ("finalise-code-sound.toml", include_str!("../../../gst-pipelines/finalise-code-sound.toml")),
    ("finalise-copy-picture.toml", include_str!("../../../gst-pipelines/finalise-copy-picture.toml")),
    ("finalise-join-sound.toml", include_str!("../../../gst-pipelines/finalise-join-sound.toml")),
    ("finalise-join.toml", include_str!("../../../gst-pipelines/finalise-join.toml")),
    ("finalise-original-h264.toml", include_str!("../../../gst-pipelines/finalise-original-h264.toml")),
    ("finalise-original-opus.toml", include_str!("../../../gst-pipelines/finalise-original-opus.toml")),
    ("finalise-original-vp8.toml", include_str!("../../../gst-pipelines/finalise-original-vp8.toml")),
    ("finalise-part-read.toml", include_str!("../../../gst-pipelines/finalise-part-read.toml")),
    ("finalise-part.toml", include_str!("../../../gst-pipelines/finalise-part.toml")),
    ("finalise-picture-h264.toml", include_str!("../../../gst-pipelines/finalise-picture-h264.toml")),
    ("finalise-picture-vp8.toml", include_str!("../../../gst-pipelines/finalise-picture-vp8.toml")),
    ("finalise-sound.toml", include_str!("../../../gst-pipelines/finalise-sound.toml")),
    ("finalise-still.toml", include_str!("../../../gst-pipelines/finalise-still.toml")),
];

/// What the names of the finaliser's files begin with.
const FINALISING_PREFIX: &str = "finalise-";

/// Longest file that is read.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Texts of the files by name, or why one can't be read.
pub type Files = BTreeMap<String, Result<String, String>>;

/// All pipeline files of links: the embedded ones and those of the folder, if it is there.
#[must_use]
pub fn find(folder: &Path) -> Files {
    let mut files = found(&EMBEDDED, folder);
    files.retain(|name, _| !name.starts_with(FINALISING_PREFIX));
    files
}

/// All pipeline files of the finaliser: the embedded ones, and those of the folder that take their place.
#[must_use]
pub fn finalising(folder: &Path) -> Files {
    let mut files = found(&FINALISING, folder);
    files.retain(|name, _| name.starts_with(FINALISING_PREFIX));
    files
}

fn found(embedded: &[(&str, &str)], folder: &Path) -> Files {
    let mut files: Files = embedded.iter().map(|&(name, text)| (name.to_owned(), Ok(text.to_owned()))).collect();
    match fs::read_dir(folder) {
        Ok(entries) => {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            for path in paths.filter(|path| path.extension() == Some(OsStr::new("toml"))) {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                files.insert(name, read(&path).map_err(|error| format!("cannot be read: {error}")));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(?folder, %error, "cannot read the folder of pipeline files"),
    }
    files
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > FILE_BYTES_MAX {
        return Err(io::Error::other(format!("it is longer than {FILE_BYTES_MAX} bytes")));
    }
    fs::read_to_string(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leg::pipeline_file::PipelineFile;

    #[test]
    fn the_embedded_files_are_good() {
        for (name, text) in EMBEDDED.into_iter().chain(FINALISING) {
            PipelineFile::parse(name, text).unwrap_or_else(|error| panic!("{error}"));
        }
        // They are tried at start, when there is no recording yet to give them names.
        for (name, text) in FINALISING {
            let file = PipelineFile::parse(name, text).unwrap();
            assert!(file.params.values().all(|param| param.default.is_some()), "{name}");
        }
    }

    #[test]
    fn the_folder_adds_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("demo.toml"), "schema = 1").unwrap();
        fs::write(folder.path().join("more.toml"), [0xff]).unwrap();
        fs::write(folder.path().join("finalise-still.toml"), "").unwrap();
        fs::write(folder.path().join("README.md"), "").unwrap();
        let files = find(folder.path());
        assert_eq!(files.keys().collect::<Vec<_>>(), ["demo.toml", "more.toml", "rtsp-in.toml", "srt-in.toml"]);
        assert_eq!(files["demo.toml"].as_deref(), Ok("schema = 1"));
        assert!(files["more.toml"].as_ref().is_err_and(|reason| reason.starts_with("cannot be read: ")));
        assert!(find(&folder.path().join("none")).contains_key("demo.toml"));
        let files = finalising(folder.path());
        assert_eq!((files.len(), files["finalise-still.toml"].as_deref()), (FINALISING.len(), Ok("")));
    }
}
