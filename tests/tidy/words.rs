//! One word per thing, and no word about where or with what somebody happened to build this.

use super::repo::{files, none};

/// Names for a type of ours that the glossary replaced: `(said, say)`.
const SAY: &[(&str, &str)] = &[
    ("Conference", "Meeting"),
    ("Calendar", "Schedule"),
    ("Site", "Venue"),
    ("Org", "OrgUnit"),
    ("Dept", "OrgUnit"),
    ("Router", "Room"),
    ("Client", "Peer"),
    ("User", "Peer, or the role"),
    ("UpTrack", "Publication"),
    ("DownTrack", "Slot"),
    ("Layout", "Stage"),
    ("Scene", "Stage"),
    ("Gateway", "Leg"),
    ("Parent", "Upper"),
    ("Child", "Lower"),
    ("Quality", "Layer"),
    ("Huichang", "Venue"),
];

#[test]
fn types_are_named_by_the_glossary() {
    let mut broken = Vec::new();
    // The bot is a stranger to the relay: it is a client.
    for file in files("src", &[".rs"]).iter().filter(|file| !file.path.starts_with("src/bot")) {
        for line in file.without_tests().lines().map(str::trim_start) {
            let Some(name) =
                ["pub struct ", "pub enum ", "struct ", "enum "].iter().find_map(|start| line.strip_prefix(start))
            else {
                continue;
            };
            let name = name.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
            if let Some((_, say)) = SAY.iter().find(|(said, _)| *said == name) {
                broken.push(format!("{}: {name}, say {say}", file.path));
            }
        }
    }
    none("The glossary (src/glossary.md) has another word:", &broken);
}

#[test]
fn no_page_says_mute_without_saying_whose_microphone() {
    let mut broken = Vec::new();
    for file in files("web/src", &[".ts", ".tsx"]) {
        for (number, line) in file.text.lines().enumerate().filter(|(_, line)| line.contains("静音")) {
            broken.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
        }
    }
    none("Say in full what the button does, for example 关闭本会场话筒:", &broken);
}

#[test]
fn the_repository_names_no_machine_and_no_package_server() {
    // Written in pieces, so that this file does not find itself.
    let words = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/tmp", "/yl"),
        concat!("registry.", "npmjs"),
        concat!("static.", "crates.io"),
        concat!("pypi", ".org"),
        concat!("\"resolved", "\":"),
    ];
    let endings = [
        ".rs", ".toml", ".md", ".ts", ".tsx", ".js", ".mjs", ".json", ".html", ".css", ".sh", ".py", "Makefile", "run",
        "setup", "check",
    ];
    let mut broken = Vec::new();
    for file in files("", &endings) {
        for word in words.iter().filter(|word| file.text.contains(*word)) {
            broken.push(format!("{}: {word}", file.path));
        }
    }
    none("Paths and servers of one machine:", &broken);
}

#[test]
fn no_page_asks_anything_of_the_outside() {
    let mut broken = Vec::new();
    for file in files("", &[".html", ".css", ".ts", ".tsx"]) {
        if file.path.contains(".test.") || file.path.contains("/e2e/") {
            continue;
        }
        for line in file.text.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.starts_with('*')) {
            let outside = line.split("://").skip(1).any(|host| {
                host.contains('.')
                    && host.starts_with(char::is_alphabetic)
                    && !host.starts_with("www.w3.org")
                    && !host.starts_with("127.")
            });
            if outside {
                broken.push(format!("{}: {line}", file.path));
            }
        }
    }
    none("Nothing leaves the site: no font, script, picture or update from outside.", &broken);
}
