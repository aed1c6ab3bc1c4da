//! The repository's files, as text.

use std::{fs, path::Path};

/// One text file.
pub(crate) struct File {
    /// From the repository's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// The part before the unit tests at the bottom.
    pub(crate) fn without_tests(&self) -> &str {
        self.text.split("\n#[cfg(test)]\n").next().unwrap_or(&self.text)
    }
}

/// Every text file under `folder` (empty: the whole repository) whose name ends so, sorted by path.
pub(crate) fn files(folder: &str, endings: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), endings, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!found.is_empty(), "no {endings:?} under {folder:?}");
    found
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with every place that breaks a rule.
pub(crate) fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n  {}", broken.join("\n  "));
}

fn collect(folder: &Path, endings: &[&str], found: &mut Vec<File>) {
    const NOT_OURS: &[&str] = &["target", "node_modules", "dist", ".git", "data", "generated", "test-results"];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() && !NOT_OURS.contains(&name.as_str()) {
            collect(&path, endings, found);
        } else if endings.iter().any(|ending| name.ends_with(ending))
            && let Ok(text) = fs::read_to_string(&path)
        {
            let path = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&path).to_string_lossy().into_owned();
            found.push(File { path, text });
        }
    }
}
