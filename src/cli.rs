//! The command line: what `yunling` can be told, and the exit code it ends with.
//!
//! Each command is a few lines that call the module which does the work. Nothing else in the program prints to stdout.
//! Exit codes: 0 done, 2 wrong use or settings, 1 everything else.

#![expect(clippy::print_stdout, reason = "commands print their result")]

use crate::config::{self, Config};
use clap::{Args, Parser, Subcommand};
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Video teleconference relay for a county government (云岭).
#[derive(Debug, Parser)]
#[command(name = "yunling", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the settings, or check a settings file.
    Config(ConfigArgs),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct ConfigArgs {
    /// Print every setting with its default and what it means.
    #[arg(long)]
    default: bool,
    /// Read this settings file and the environment; say what is wrong, or nothing.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

/// How a command failed, and so the exit code.
#[derive(Debug)]
enum Failure {
    /// Wrong use or wrong settings: who typed the command can mend it.
    WrongUse(Box<dyn Error>),
    /// Anything else.
    Failed(Box<dyn Error>),
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Cli {
    /// Carries the command out and says how it ended. An error is written to stderr as one line, causes and all.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let (code, error) = match self.command.run() {
            Ok(()) => return ExitCode::SUCCESS,
            Err(Failure::WrongUse(error)) => (2, error),
            Err(Failure::Failed(error)) => (1, error),
        };
        eprintln!("yunling: {}", whole_chain(error.as_ref()));
        ExitCode::from(code)
    }
}

/// The error and its causes: `what was attempted: why not: why that`.
fn whole_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Config(ConfigArgs { default: true, .. }) => print!("{}", config::DEFAULT_TEXT),
            Self::Config(ConfigArgs { check, .. }) => drop(settings(check.as_deref())?),
        }
        Ok(())
    }
}

fn settings(file: Option<&Path>) -> Result<Config, Failure> {
    Config::load(file).map_err(|error| Failure::WrongUse(error.into()))
}
