//! `yunling doctor` (自检): what on this machine would keep a meeting from working, and what to do about it.
//!
//! [`gather`] looks at the machine and fills in [`facts::Facts`]; [`verdict::judge`] turns facts into [`Finding`]s, and is pure;
//! [`selftest`] sends a picture through a relay and measures it. The main type is [`Report`].
//!
//! It mends nothing: the machine is as before when it ends, whatever it found.

pub mod facts;
pub mod gather;
pub mod packages;
pub mod selftest;
pub mod verdict;

use crate::{config::Config, leg::io::supervisor::LegsSettings};
use facts::Measured;
use selftest::Through;
use serde_json::{Value, json};
use std::{error::Error, fmt::Write as _, time::Duration};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Nothing to do.
    Good,
    /// Meetings work; somebody should look at it some day soon.
    Attention,
    /// A meeting would fail, or is about to.
    Fault,
}

/// Which language it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// The default.
    Chinese,
    /// With `--lang en`, or where the system's language is English.
    English,
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, as programs know it: `port.https`, `clock.zone`.
    pub check: String,
    /// How bad it is.
    pub mark: Mark,
    /// How things are.
    pub what: Sentence,
    /// What to do; `None` if all is well.
    pub todo: Option<Sentence>,
}

/// All that was found.
#[derive(Debug)]
pub struct Report {
    /// In reading order.
    pub findings: Vec<Finding>,
    /// What the self-test measured, if it ran to its end.
    pub measured: Option<Measured>,
}

/// Looks at the machine, then sends a picture through a relay for so long, if one is named.
pub async fn examine(config: &Config, legs: &LegsSettings, through: Option<(Through, Duration)>) -> Report {
    let mut findings = verdict::judge(&gather::gather(config, legs).await);
    let mut measured = None;
    if let Some((through, span)) = through {
        match selftest::run(&through, span).await {
            Ok(figures) => {
                findings.push(verdict::measured(&figures));
                measured = Some(figures);
            }
            Err(error) => findings.push(verdict::not_measured(&chain(&error))),
        }
    }
    Report { findings, measured }
}

/// The error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}

impl Mark {
    const fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Good, Language::Chinese) => "正常",
            (Self::Attention, Language::Chinese) => "注意",
            (Self::Fault, Language::Chinese) => "故障",
            (Self::Good, Language::English) => "ok",
            (Self::Attention, Language::English) => "attention",
            (Self::Fault, Language::English) => "FAULT",
        }
    }

    /// As in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Attention => "attention",
            Self::Fault => "fault",
        }
    }

    /// ANSI colour of its word: green, yellow, red.
    const fn colour(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Attention => "33",
            Self::Fault => "31",
        }
    }
}

impl Language {
    /// The language of a locale such as `en_GB.UTF-8`; Chinese unless it is English.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        if locale.starts_with("en") { Self::English } else { Self::Chinese }
    }
}

impl Sentence {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

impl Finding {
    fn good(check: impl Into<String>, what: Sentence) -> Self {
        Self { check: check.into(), mark: Mark::Good, what, todo: None }
    }

    fn attention(check: impl Into<String>, what: Sentence, todo: Sentence) -> Self {
        Self { check: check.into(), mark: Mark::Attention, what, todo: Some(todo) }
    }

    fn fault(check: impl Into<String>, what: Sentence, todo: Sentence) -> Self {
        Self { check: check.into(), mark: Mark::Fault, what, todo: Some(todo) }
    }
}

impl Report {
    /// How many findings carry this mark.
    #[must_use]
    pub fn count(&self, mark: Mark) -> usize {
        self.findings.iter().filter(|finding| finding.mark == mark).count()
    }

    /// For people. Every mark is a word; `coloured` only adds to it.
    #[must_use]
    pub fn text(&self, language: Language, coloured: bool) -> String {
        let mut text = String::new();
        for Finding { mark, what, todo, .. } in &self.findings {
            let word = mark.word(language);
            let word = if coloured { format!("\x1b[{}m{word}\x1b[0m", mark.colour()) } else { word.to_owned() };
            // Writing into a String can't fail.
            let _ = writeln!(text, "[{word}] {}", what.in_language(language));
            if let Some(todo) = todo {
                let _ = writeln!(text, "       → {}", todo.in_language(language));
            }
        }
        let [good, attention, fault] = [Mark::Good, Mark::Attention, Mark::Fault].map(|mark| self.count(mark));
        let _ = match language {
            Language::Chinese => writeln!(text, "\n正常 {good} 项，注意 {attention} 项，故障 {fault} 项。"),
            Language::English => writeln!(text, "\n{good} ok, {attention} to look at, {fault} at fault."),
        };
        text
    }

    /// For programs.
    #[must_use]
    pub fn json(&self, language: Language) -> Value {
        let findings: Vec<_> = self
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "check": finding.check,
                    "mark": finding.mark.name(),
                    "what": finding.what.in_language(language),
                    "todo": finding.todo.as_ref().map(|todo| todo.in_language(language)),
                })
            })
            .collect();
        json!({
            "faults": self.count(Mark::Fault),
            "attention": self.count(Mark::Attention),
            "findings": findings,
            "selftest": self.measured.as_ref().map(Measured::json),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let [disk, clock] = [("磁盘不可写", "the disk is read-only"), ("时钟正常", "the clock is right")]
            .map(|(zh, en)| Sentence::new(zh, en));
        let todo = Sentence::new("请检查挂载", "look at the mount");
        Report { findings: vec![Finding::good("clock", clock), Finding::fault("disk", disk, todo)], measured: None }
    }

    #[test]
    fn every_mark_is_a_word_with_and_without_colour() {
        let plain = report().text(Language::Chinese, false);
        assert_eq!(
            plain,
            "[正常] 时钟正常\n[故障] 磁盘不可写\n       → 请检查挂载\n\n正常 1 项，注意 0 项，故障 1 项。\n"
        );
        let coloured = report().text(Language::English, true);
        assert!(coloured.contains("\x1b[31mFAULT\x1b[0m] the disk is read-only\n       → look at the mount\n"));
    }

    #[test]
    fn programs_read_marks_and_checks() {
        let json = report().json(Language::English);
        assert_eq!((json["faults"].as_u64(), json["attention"].as_u64()), (Some(1), Some(0)));
        assert_eq!(json["findings"][1]["check"], "disk");
        assert_eq!(json["findings"][1]["mark"], "fault");
        assert!(json["findings"][0]["todo"].is_null() && json["selftest"].is_null());
    }

    #[test]
    fn a_locale_that_is_not_english_is_chinese() {
        for (locale, language) in
            [("en_GB.UTF-8", Language::English), ("zh_CN.UTF-8", Language::Chinese), ("C", Language::Chinese)]
        {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }
}
