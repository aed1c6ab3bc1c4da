//! The shell of recording: the process that writes a journal ([`child`], [`writer`]), the supervisor that runs one for each
//! recording ([`supervisor`]), and reading what was written ([`archive`]).

pub mod archive;
pub mod child;
pub mod finalise;
pub mod finaliser;
pub mod supervisor;
pub mod writer;

use nix::sys::statvfs::statvfs;
use std::{io, path::Path};

/// Bytes that can still be written on the disk of this folder.
///
/// # Errors
///
/// If they can't be counted.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let found = statvfs(folder)?;
    Ok(found.blocks_available() * found.fragment_size())
}
