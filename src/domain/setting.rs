//! The settings of two starts beside each other: what was changed while the server was down, from what to what.
//!
//! A setting is compared as text. A secret is never one: only its digest under a key of this server is, which says no more than that
//! it became another.

use std::{collections::BTreeMap, fmt};

/// Most characters of a value that a change tells, so that key and both values fit an entry of the book.
const VALUE_CHARS_MAX: usize = 64;

/// What a setting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// As it would stand in the settings file.
    Plain(String),
    /// A digest of it.
    Secret(String),
}

/// All settings by their key: `media.workers`.
pub type Settings = BTreeMap<String, Setting>;

/// One setting that is not what it was, as a line: `media.workers: 2 → 4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// Which.
    pub key: &'a str,
    /// What it was; `None` if it was not there.
    pub before: Option<&'a Setting>,
    /// What it is; `None` if it is not there any more.
    pub now: Option<&'a Setting>,
}

/// What differs, in the order of the keys.
#[must_use]
pub fn changes<'a>(before: &'a Settings, now: &'a Settings) -> Vec<Change<'a>> {
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let change = |key: &'a String| Change { key, before: before.get(key), now: now.get(key) };
    keys.into_iter().map(change).filter(|change| change.before != change.now).collect()
}

impl Change<'_> {
    /// Whether the setting came or went, and was not changed: a program of another version has other settings.
    #[must_use]
    pub const fn came_or_went(&self) -> bool {
        self.before.is_none() || self.now.is_none()
    }
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} → {}", self.key, Shown(self.before), Shown(self.now))?;
        match (self.before, self.now) {
            (Some(Setting::Secret(_)), Some(Setting::Secret(_))) => f.write_str(" (another)"),
            _ => Ok(()),
        }
    }
}

/// A value as a change tells it.
struct Shown<'a>(Option<&'a Setting>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("-"),
            Some(Setting::Secret(_)) => f.write_str("***"),
            Some(Setting::Plain(text)) if text.chars().count() > VALUE_CHARS_MAX => {
                let some: String = text.chars().take(VALUE_CHARS_MAX).collect();
                write!(f, "{some}…")
            }
            Some(Setting::Plain(text)) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &[(&str, &str)], now: &[(&str, &str)], expect: &[&str]) {
        let all = |list: &[(&str, &str)]| -> Settings {
            let one = |(key, value): &(&str, &str)| {
                let value = (*value).to_owned();
                let is_secret = key.ends_with(".secret");
                ((*key).to_owned(), if is_secret { Setting::Secret(value) } else { Setting::Plain(value) })
            };
            list.iter().map(one).collect()
        };
        let said: Vec<String> = changes(&all(before), &all(now)).iter().map(ToString::to_string).collect();
        assert_eq!(said, expect);
    }

    #[test]
    fn what_became_another_is_told_with_both_values_and_no_secret_is() {
        check(
            &[("media.workers", "2"), ("log.filter", "\"info\"")],
            &[("media.workers", "2"), ("log.filter", "\"info\"")],
            &[],
        );
        check(&[("media.workers", "2")], &[("media.workers", "4")], &["media.workers: 2 → 4"]);
        check(&[("a.b", "1")], &[("c.d", "[]")], &["a.b: 1 → -", "c.d: - → []"]);
        check(&[("leg.x.secret", "aa")], &[("leg.x.secret", "bb")], &["leg.x.secret: *** → *** (another)"]);
        check(&[], &[("leg.x.secret", "bb")], &["leg.x.secret: - → ***"]);
        let long = "长".repeat(65);
        check(&[("a.b", "1")], &[("a.b", &long)], &[&format!("a.b: 1 → {}…", "长".repeat(64))]);
    }
}
