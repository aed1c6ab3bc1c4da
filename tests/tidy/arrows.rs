//! Which module may know which. `src/lib.rs` says why.

use super::repo::{files, none};

/// A module (with all below it, unless a longer row matches) and what it may import besides itself.
///
/// Order matters for reading only; the longest matching row counts.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("quantity", &[]),
    ("id", &[]),
    ("subnet", &[]),
    ("config", &["domain::role", "subnet"]),
    ("telemetry", &[]),
    ("shutdown", &[]),
    ("child_process", &[]),
    ("key_file", &[]),
    ("certs", &["subnet"]),
    ("domain", &["id", "quantity"]),
    ("relay", &["id", "quantity"]),
    ("relay::io", &["id", "quantity", "subnet", "relay"]),
    ("leg", &["id", "quantity", "subnet", "relay::media", "relay::codec"]),
    (
        "leg::io",
        &[
            "id",
            "quantity",
            "subnet",
            "leg",
            "relay::pipe",
            "relay::media",
            "relay::command",
            "relay::io::handle",
            "shutdown",
            "child_process",
        ],
    ),
    ("recorder", &["id", "relay::tap", "relay::media", "relay::stage", "relay::rtp", "relay::codec"]),
    (
        "recorder::io",
        &["id", "recorder", "relay::tap", "relay::pipe", "relay::io::handle", "shutdown", "child_process"],
    ),
    // The format of pipeline files and what builds them are the links' and the finaliser's alike.
    ("recorder::io::finaliser", &["recorder", "leg::io::library", "child_process"]),
    (
        "recorder::io::finalise",
        &[
            "id",
            "recorder",
            "relay::tap",
            "relay::media",
            "relay::rtp",
            "leg::params",
            "leg::pipeline_file",
            "leg::io::pipeline",
            "child_process",
        ],
    ),
    ("paper", &["domain::wall_clock"]),
    ("copier", &["child_process", "paper"]),
    ("store", &["id", "domain", "key_file"]),
    ("app", &["id", "quantity", "domain", "paper", "copier", "store", "relay", "leg", "key_file"]),
    (
        "http",
        &[
            "id",
            "quantity",
            "subnet",
            "app",
            "domain",
            "paper::week",
            "certs",
            "shutdown",
            "relay::command",
            "relay::delay",
            "relay::figures",
            "relay::media",
            "relay::plan",
            "relay::shed",
            "relay::transport::sdp",
        ],
    ),
    ("bot", &["id", "quantity", "relay", "subnet"]),
    ("bot::crowd", &["bot", "relay::io::clock", "relay::io::socket"]),
    ("doctor", &["certs", "config", "leg::io", "subnet"]),
    ("doctor::gather", &["doctor", "certs", "config", "http::accept", "leg", "leg::io", "relay::io::socket"]),
    ("doctor::selftest", &["doctor", "app", "bot", "config", "domain", "id", "relay", "serve", "shutdown", "store"]),
];

/// Modules that put the others together and so may know all of them.
const WIRING: &[&str] = &["main", "lib", "cli", "serve"];

/// Parts of a module that its pure rest may not import.
const SHELLS: &[&str] = &["relay::io", "leg::io", "recorder::io"];

#[test]
fn arrows_point_one_way() {
    let mut broken = Vec::new();
    for file in files("src", &[".rs"]) {
        let module = module_of(&file.path);
        if WIRING.iter().any(|wiring| within(&module, wiring))
            || file.path.ends_with("/tests.rs")
            || file.path.contains("/tests/")
        {
            continue;
        }
        let Some((own, allowed)) = row_of(&module) else {
            broken.push(format!("{}: no row in MAY_KNOW; say what this module may import", file.path));
            continue;
        };
        for target in imports(&module, file.without_tests()) {
            let is_shell = |target: &str| SHELLS.iter().find(|shell| within(target, shell)).copied();
            let crosses_into_shell = is_shell(&target)
                .is_some_and(|shell| !within(&module, shell) && !allowed.iter().any(|row| within(row, shell)));
            let known = within(&target, own) || allowed.iter().any(|row| within(&target, row));
            let app_reaches_handle = module.starts_with("app") && within(&target, "relay::io::handle");
            if !known || (crosses_into_shell && !app_reaches_handle) {
                broken.push(format!("{}: {module} must not know {target}", file.path));
            }
        }
    }
    none("A module imports one it must not know (tests/tidy/arrows.rs):", &broken);
}

#[test]
fn only_the_transport_and_the_bot_name_the_webrtc_crates() {
    let mut broken = Vec::new();
    for file in files("src", &[".rs"]) {
        let module = module_of(&file.path);
        if ["relay::transport", "quantity", "bot"].iter().any(|row| within(&module, row)) {
            continue;
        }
        for (number, line) in file.without_tests().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if ["rtc_stun", "rtc_dtls", "rtc_srtp", "rtc_shared", "rtc_sdp", "rtc_rtp", "rtc_rtcp", "webrtc::"]
                .iter()
                .any(|name| code.contains(name))
            {
                broken.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none("Only relay::transport, quantity and bot name the WebRTC crates:", &broken);
}

fn row_of(module: &str) -> Option<(&'static str, &'static [&'static str])> {
    MAY_KNOW.iter().filter(|(row, _)| within(module, row)).max_by_key(|(row, _)| row.len()).copied()
}

/// Whether `module` is `row` or lies below it.
fn within(module: &str, row: &str) -> bool {
    module.strip_prefix(row).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn module_of(path: &str) -> String {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    path.trim_end_matches("/mod").replace('/', "::")
}

/// Every path into this crate that the code names, written out from the crate's root.
fn imports(module: &str, code: &str) -> Vec<String> {
    let code: String =
        code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (start, name) in ["crate::", "super::"].iter().flat_map(|name| code.match_indices(name)) {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|character| character.is_alphanumeric() || character == '_' || character == ':') {
            continue;
        }
        let mut base: Vec<&str> = if name == "crate::" { Vec::new() } else { module.split("::").collect() };
        let mut rest = &code[start..];
        rest = rest.strip_prefix("crate::").unwrap_or(rest);
        while let Some(after) = rest.strip_prefix("super::") {
            base.pop();
            rest = after;
        }
        expand(&base, rest, &mut found);
    }
    found.retain(|path| !path.is_empty());
    found
}

/// Adds the paths of a `use` tree: `a::{b, c::d}` under `base` becomes `base::a::b` and `base::a::c::d`.
fn expand(base: &[&str], tree: &str, found: &mut Vec<String>) {
    let name =
        tree.split(|character: char| !(character.is_alphanumeric() || character == '_')).next().unwrap_or_default();
    let mut path = base.to_vec();
    if !name.is_empty() {
        path.push(name);
    }
    let rest = tree[name.len()..].trim_start();
    let rest = rest.strip_prefix("::").unwrap_or(rest).trim_start();
    if let Some(group) =
        rest.strip_prefix('{').filter(|_| name.is_empty() || tree[name.len()..].trim_start().starts_with("::"))
    {
        for branch in branches(group) {
            expand(&path, branch.trim(), found);
        }
    } else if tree[name.len()..].starts_with("::") {
        expand(&path, rest, found);
    } else {
        found.push(path.join("::"));
    }
}

/// The branches of a group, up to its closing brace.
fn branches(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|branch| !branch.trim().is_empty());
    found
}

#[test]
fn a_use_tree_is_read_as_the_compiler_reads_it() {
    let code = "use crate::{\n    id::{A, B},\n    relay::io::handle::H,\n};\nuse super::super::x;\nlet y = crate::store::Store::open();";
    let found = imports("relay::io::worker", code);
    for expect in ["id::A", "id::B", "relay::io::handle::H", "relay::x", "store::Store::open"] {
        assert!(found.iter().any(|path| path == expect), "{expect} is not in {found:?}");
    }
}
