//! What is claimed of security is tried: each test that `tests/security-trials.md` names is there.

use super::repo::{files, none};

#[test]
fn each_trial_that_is_listed_is_there() {
    let list = files("tests", &[".md"]).into_iter().find(|file| file.path == "tests/security-trials.md");
    let list = list.expect("the list is in the repository").text;
    let sources = files("", &[".rs"]);
    let (mut rows, mut broken) = (0, Vec::new());
    for line in
        list.lines().filter(|line| line.starts_with('|') && !line.contains("| Class |") && !line.contains("---"))
    {
        rows += 1;
        let named: Vec<&str> = line.split('`').filter(|part| part.contains(".rs::")).collect();
        if named.is_empty() {
            broken.push(format!("no test shows: {line}"));
        }
        for name in named {
            let (path, test) = name.split_once("::").unwrap_or((name, ""));
            let there = |file: &super::repo::File| {
                file.path == path
                    && file
                        .text
                        .split("fn ")
                        .any(|rest| rest.strip_prefix(test).is_some_and(|rest| rest.starts_with('(')))
            };
            if !sources.iter().any(there) {
                broken.push(format!("no such test: {name}"));
            }
        }
    }
    assert!(rows > 25, "only {rows} rows: this test reads the list wrongly");
    none("A security trial that nothing shows (tests/security-trials.md):", &broken);
}
