//! From a journal to files that play: real pictures and sound as packets, the real finaliser, its files read back and measured.

#![expect(clippy::print_stdout, reason = "what was measured, for whoever runs it with --nocapture")]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::disallowed_methods, reason = "packets come in real time, and switches from outside")]

mod costs;
mod cut;
mod full;
#[path = "../fixtures/keep.rs"]
mod keep;
mod kills;
mod media;
mod meeting;
mod pieces;
mod whole;

use std::path::Path;
use yunling::recorder::{
    finalising::{Failure, Summary},
    io::{
        archive,
        finaliser::{self, FinaliserSettings},
    },
    manifest::Manifest,
};

/// Has the files made by the built program.
fn finalise(folder: &Path) -> Result<Summary, Failure> {
    let settings = FinaliserSettings {
        program: env!("CARGO_BIN_EXE_yunling").into(),
        pipelines: "gst-pipelines".into(),
        registry: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(finaliser::make(&settings, folder, |_| {}))
}

/// Whether the long checks are wanted: `make soak`.
fn is_soak() -> bool {
    std::env::var_os("SOAK").is_some()
}

fn manifest(folder: &Path) -> Manifest {
    archive::manifest(folder).expect("can be read").expect("is there")
}
