//! Pages run in the domestic browsers of 2020, Chromium 86 and Firefox 78: syntax and styles are translated by the build
//! (`web/vite.config.ts`), but functions that came later are missing there, and their page stays blank.

use super::repo::{files, none, read};

/// What those browsers lack, and what does instead.
const LATER: &[(&str, &str)] = &[
    (".at(", "an index"),
    (".findLast(", "a loop"),
    (".findLastIndex(", "a loop"),
    (".toSorted(", "a copy and sort"),
    (".toReversed(", "a copy and reverse"),
    (".toSpliced(", "a copy and splice"),
    (".showModal(", "an element of our own"),
    ("Array.fromAsync(", "a loop"),
    ("Object.hasOwn(", "in, or a Map"),
    ("Object.groupBy(", "a Map"),
    ("Map.groupBy(", "a loop"),
    ("Promise.withResolvers(", "new Promise"),
    ("structuredClone(", "a copy by hand"),
    ("crypto.randomUUID(", "crypto.getRandomValues"),
    ("AbortSignal.timeout(", "AbortController and setTimeout"),
    ("AbortSignal.any(", "one AbortController"),
    (":has(", "a class"),
    ("aspect-ratio:", "padding in percent"),
    ("@container", "@media"),
    ("color-mix(", "a colour"),
];

#[test]
fn no_page_needs_what_the_oldest_browsers_lack() {
    let mut broken = Vec::new();
    for file in files("web/src", &[".ts", ".tsx", ".css"]) {
        if file.path.contains(".test.") {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            if let Some((used, instead)) = LATER.iter().find(|(name, _)| line.contains(name)) {
                broken.push(format!("{}:{}: {used} — use {instead}", file.path, number + 1));
            }
        }
    }
    none("Chromium 86 and Firefox 78 do not have:", &broken);
}

#[test]
fn the_build_translates_for_the_oldest_browsers() {
    let config = read("web/vite.config.ts");
    for setting in ["target: ['chrome86', 'firefox78']", "cssTarget: ['chrome86', 'firefox78']"] {
        assert!(config.contains(setting), "web/vite.config.ts has lost {setting}");
    }
}
