//! What the program is linked from may be handed on under our licence.
//!
//! Reads cargo's own list, offline. The Debian libraries a pipeline child loads (GStreamer and its plugins, LGPL and GPL) stay
//! Debian packages: they are not part of what we hand out, and the server itself does not load them.

use super::repo::none;
use serde_json::Value;
use std::{collections::HashSet, process::Command};

/// Licences that ask for no more than to be named.
const ALLOWED: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "0BSD",
];

/// Allowed for one crate only, with the reason: `(crate, licence, why)`.
const EXCEPTIONS: &[(&str, &str, &str)] =
    &[("option-ext", "MPL-2.0", "runs inside rust-embed's macro while the program is built; not linked")];

#[test]
fn everything_linked_may_be_handed_on() {
    let list = metadata();
    let linked = linked(&list);
    assert!(linked.len() > 100, "only {} crates: this test reads cargo's list wrongly", linked.len());
    let broken: Vec<_> = packages(&list)
        .filter(|package| linked.contains(text(package, "id")) && text(package, "name") != "yunling")
        .filter(|package| {
            let (name, licence) = (text(package, "name"), text(package, "license"));
            !is_allowed(licence) && !EXCEPTIONS.iter().any(|(krate, allowed, _)| *krate == name && *allowed == licence)
        })
        .map(|package| {
            format!("{} {}: {:?}", text(package, "name"), text(package, "version"), text(package, "license"))
        })
        .collect();
    none("Licences that nobody has allowed (tests/tidy/licences.rs):", &broken);
}

#[test]
fn a_choice_needs_one_allowed_licence_and_a_sum_needs_all() {
    for good in
        ["MIT", "MIT OR GPL-3.0", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0", "GPL-2.0 OR (MIT AND ISC)"]
    {
        assert!(is_allowed(good), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND LGPL-2.1"] {
        assert!(!is_allowed(bad), "{bad}");
    }
}

fn metadata() -> Value {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(cargo)
        .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", HOST])
        .args(["--manifest-path", target])
        .output()
        .expect("cargo runs: it started this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

#[cfg(target_arch = "aarch64")]
const HOST: &str = "aarch64-unknown-linux-gnu";
#[cfg(not(target_arch = "aarch64"))]
const HOST: &str = "x86_64-unknown-linux-gnu";

/// Ids of every crate in the finished program, and of those that run while it is built; not of test-only ones.
fn linked(list: &Value) -> HashSet<&str> {
    let nodes = list["resolve"]["nodes"].as_array().expect("cargo lists what it resolved");
    let mut open = vec![list["resolve"]["root"].as_str().expect("one package")];
    let mut seen = HashSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let node = nodes.iter().find(|node| node["id"] == id).expect("every crate has its row");
        for dependency in node["deps"].as_array().into_iter().flatten() {
            let kinds = dependency["dep_kinds"].as_array().expect("cargo says which kind");
            if kinds.iter().any(|kind| kind["kind"] != "dev") {
                open.push(dependency["pkg"].as_str().expect("an id"));
            }
        }
    }
    seen
}

fn packages(list: &Value) -> impl Iterator<Item = &Value> {
    list["packages"].as_array().expect("cargo lists packages").iter()
}

fn text<'a>(package: &'a Value, key: &str) -> &'a str {
    package[key].as_str().unwrap_or_default()
}

/// Whether an SPDX expression lets us use the crate under allowed licences alone.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let expression = expression.trim();
    if let Some((left, right)) = split(expression, " AND ") {
        return is_allowed(left) && is_allowed(right);
    }
    if let Some((left, right)) = split(expression, " OR ") {
        return is_allowed(left) || is_allowed(right);
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_allowed(inner),
        None => ALLOWED.contains(&expression),
    }
}

/// Splits at the first `word` outside parentheses. `AND` is looked for first: where an expression mixes both without
/// parentheses this reads `A OR (B AND C)` as `(A OR B) AND C`: stricter, never laxer.
fn split<'a>(expression: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0;
    for (at, character) in expression.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 && expression[at..].starts_with(word) => {
                return Some((&expression[..at], &expression[at + word.len()..]));
            }
            _ => {}
        }
    }
    None
}
