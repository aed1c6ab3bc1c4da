//! The `yunling` program: reads the command line and carries it out.

use clap::Parser as _;
use std::process::ExitCode;
use yunling::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
