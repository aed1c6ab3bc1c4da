//! The shell of recording: the process that writes a journal ([`child`], [`writer`]), the supervisor that runs one for each
//! recording ([`supervisor`]), and reading what was written ([`archive`]).

pub mod archive;
pub mod child;
mod process;
pub mod supervisor;
pub mod writer;
