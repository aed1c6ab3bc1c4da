//! Settings are changed in a file, while nobody is asked: so each start holds its own against those of the last, and what differs
//! stands in the book.

use super::{App, retention::by_the_server};
use crate::{
    domain::{
        audit::Closing,
        setting::{self, Setting, Settings},
    },
    store::StoreError,
};
use std::collections::BTreeMap;

/// What it is called in the book.
const ACTION: &str = "settings.changed";

/// What stands there when those of the last start are not known, though there was one.
const NOT_KNOWN: &str = "setting:* not kept before";

impl App {
    /// Writes into the book what is other than at the last start, key by key, and keeps these for the next. Secrets come in as they are
    /// and are kept as digests under a key of this server. What can't be written is logged, and told at the next start.
    pub async fn note_settings(&self, values: BTreeMap<String, String>, secrets: impl Iterator<Item = (String, &str)>) {
        let mut now: Settings = values.into_iter().map(|(key, value)| (key, Setting::Plain(value))).collect();
        now.extend(secrets.map(|(key, secret)| (key, Setting::Secret(self.tokens.digest(secret)))));
        if let Err(error) = self.note_changes(&now).await {
            tracing::error!(error = %error, "what was changed in the settings was not written into the book");
        }
    }

    async fn note_changes(&self, now: &Settings) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let before = self.store.seen_settings().await?;
        let subjects: Vec<String> = if before.is_empty() {
            // A server that begins has changed nothing.
            self.store.first_record().await?.map(|_| NOT_KNOWN.to_owned()).into_iter().collect()
        } else {
            setting::changes(&before, now).iter().map(|change| format!("setting:{change}")).collect()
        };
        if subjects.is_empty() && !before.is_empty() {
            return Ok(());
        }
        let mut open = Vec::with_capacity(subjects.len());
        for subject in subjects {
            open.push(self.book.open(by_the_server(ACTION, subject)).await?);
        }
        let kept: Result<(), StoreError> = self.store.see_settings(now).await;
        for entry in open {
            let result = if kept.is_ok() { "ok" } else { "server.internal" }.to_owned();
            self.book.close(Closing { entry, subject: String::new(), result }).await?;
        }
        Ok(kept?)
    }
}
