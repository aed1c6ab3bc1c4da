//! The READMEs say what the program does: commands, ports and targets are those of the code, in both languages.

use super::repo::{files, none, read};
use clap::CommandFactory as _;
use std::path::Path;
use yunling::{cli::Cli, config::Config};

const BOTH: [&str; 2] = ["README.md", "README.zh-CN.md"];

#[test]
fn every_command_is_in_both_readmes_and_the_readmes_name_no_other() {
    let commands = Cli::command();
    let known: Vec<&str> =
        commands.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name).collect();
    let mut broken = Vec::new();
    for path in BOTH {
        let text = read(path);
        for command in known.iter().filter(|command| !text.contains(&format!("yunling {command}"))) {
            broken.push(format!("{path}: does not tell of `yunling {command}`"));
        }
        for said in text.split("`yunling ").skip(1) {
            let command = said
                .split(|character: char| !character.is_alphanumeric() && character != '-')
                .next()
                .unwrap_or_default();
            if !known.contains(&command) {
                broken.push(format!("{path}: tells of `yunling {command}`, which does not exist"));
            }
        }
    }
    none("Commands:", &broken);
}

#[test]
fn every_link_within_the_repository_leads_somewhere() {
    let mut broken = Vec::new();
    for file in files("", &[".md"]) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file.path);
        for target in file.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let inside = !target.is_empty() && !target.contains("://");
            if inside && !folder.with_file_name(target).exists() {
                broken.push(format!("{}: {target}", file.path));
            }
        }
    }
    none("Links:", &broken);
}

#[test]
fn ports_and_targets_are_those_of_the_code() {
    let config = Config::default();
    let makefile = read("Makefile");
    let mut broken = Vec::new();
    for path in BOTH {
        let text = read(path);
        for port in [config.http.https_port, config.http.http_port, config.media.base_port, config.media.tcp_port] {
            if !text.contains(&port.to_string()) {
                broken.push(format!("{path}: port {port} is not named"));
            }
        }
        for said in text.split("make ").skip(1) {
            let target = said.split(|character: char| !character.is_ascii_lowercase()).next().unwrap_or_default();
            if said.starts_with(target)
                && text.contains(&format!("`make {target}`"))
                && !makefile.contains(&format!("\n{target}:"))
            {
                broken.push(format!("{path}: `make {target}` does not exist"));
            }
        }
    }
    none("Ports and targets:", &broken);
}
