//! Documentation at every module's head, files that fit in one's head, nothing unfinished.

use super::repo::{files, none};

/// Lines before the unit tests; past this a file holds more than one idea.
const LINES_MAX: usize = 1000;

/// How the line above begins that says why something is not finished, that a loop looks again until a condition holds, or
/// that what is sent has a speed of its own.
const REASONS: [&str; 3] = ["// FIXME: ", "// Polls: ", "// Paces: "];

#[test]
fn every_module_says_what_it_is_for() {
    let broken: Vec<_> = ["src", "tests", "benches"]
        .iter()
        .flat_map(|folder| files(folder, &[".rs"]))
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.path)
        .collect();
    none("A module begins with `//!`: what it is for, its main type, what it does not do.", &broken);
}

#[test]
fn no_file_is_too_long() {
    let mut all = files("src", &[".rs"]);
    all.extend(files("web/src", &[".ts", ".tsx"]));
    let broken: Vec<_> = all
        .iter()
        .filter(|file| !file.path.ends_with("/tests.rs") && !file.path.contains("/tests/"))
        .filter(|file| file.without_tests().lines().count() > LINES_MAX)
        .map(|file| format!("{}: {} lines before its tests", file.path, file.without_tests().lines().count()))
        .collect();
    none("Look for the second idea in it:", &broken);
}

#[test]
fn nothing_is_unfinished_or_switched_off() {
    // Written in pieces, so that this file does not find itself.
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[", "ignore"),
        concat!("(to be ", "written)"),
        concat!("thread::", "sleep("),
        concat!("@ts-", "ignore"),
        concat!("test.", "skip("),
        concat!("test.", "fixme("),
    ];
    let mut broken = Vec::new();
    for file in files("", &[".rs", ".ts", ".tsx"]) {
        // A program may wait; a test that waits for time instead of a result may not.
        let is_test = file.path.starts_with("tests/") || file.path.starts_with("web/");
        let parts = [file.without_tests(), &file.text[file.without_tests().len()..]];
        for (part, is_test) in parts.into_iter().zip([is_test, true]) {
            for word in words.iter().filter(|word| is_test || !word.contains("sleep")) {
                let reasoned = |above: &str| REASONS.iter().any(|reason| above.trim_start().starts_with(reason));
                let lines: Vec<_> = part.lines().collect();
                for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.contains(word)) {
                    if at == 0 || !reasoned(lines[at - 1]) {
                        broken.push(format!("{}: {word}", file.path));
                    }
                }
            }
        }
    }
    none("Unfinished, switched off or sleeping:", &broken);
}
