//! Settings are changed in a file, while nobody is asked: so each start holds its own against those of the last, and what differs
//! stands in the book.

use super::{App, retention::by_the_server};
use crate::{
    domain::{
        audit::Closing,
        setting::{self, Change, Setting, Settings},
    },
    store::StoreError,
};
use std::collections::BTreeMap;

/// What it is called in the book.
pub(super) const CHANGED: &str = "settings.changed";

/// What it is called where the program is of another version than at the last start, and the setting came or went with it.
const UPGRADED: &str = "settings.upgraded";

/// What it is called where nothing was kept yet, though the book has a record: by a program of before, or by the command line.
const BEGUN: &str = "settings.begun";

/// How the line of a change begins that tells of another key of the book.
pub(super) const KEY_CHANGED: &str = "setting:audit.key: ";

/// The key beside the settings under which the program's version is kept.
const VERSION: &str = "program.version";

/// What stands there when those of the last start are not known.
const NOT_KNOWN: &str = "setting:* not kept before";

impl App {
    /// Writes into the book what is other than at the last start, key by key, and keeps these for the next. Secrets come in as they are
    /// and are kept as digests under a key of this server. What can't be written is logged, and told at the next start.
    pub async fn note_settings(&self, values: BTreeMap<String, String>, secrets: impl Iterator<Item = (String, &str)>) {
        let mut now: Settings = values.into_iter().map(|(key, value)| (key, Setting::Plain(value))).collect();
        now.insert(VERSION.to_owned(), Setting::Plain(env!("CARGO_PKG_VERSION").to_owned()));
        now.extend(secrets.map(|(key, secret)| (key, Setting::Secret(self.tokens.digest(secret)))));
        if let Err(error) = self.note_changes(&now).await {
            tracing::error!(error = %error, "what was changed in the settings was not written into the book");
        }
    }

    async fn note_changes(&self, now: &Settings) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let before = self.store.seen_settings().await?;
        let said: Vec<(&str, String)> = if before.is_empty() {
            // A server that begins has changed nothing.
            self.store.first_record().await?.map(|_| (BEGUN, NOT_KNOWN.to_owned())).into_iter().collect()
        } else {
            let is_upgraded = before.get(VERSION) != now.get(VERSION);
            let told = |change: &Change<'_>| {
                let is_its_own = is_upgraded && (change.key == VERSION || change.came_or_went());
                (if is_its_own { UPGRADED } else { CHANGED }, format!("setting:{change}"))
            };
            setting::changes(&before, now).iter().map(told).collect()
        };
        if said.is_empty() && !before.is_empty() {
            return Ok(());
        }
        let mut open = Vec::with_capacity(said.len());
        for (action, subject) in said {
            open.push(self.book.open(by_the_server(action, subject)).await?);
        }
        let kept: Result<(), StoreError> = self.store.see_settings(now).await;
        for entry in open {
            let result = if kept.is_ok() { "ok" } else { "server.internal" }.to_owned();
            self.book.close(Closing { entry, subject: String::new(), result }).await?;
        }
        Ok(kept?)
    }
}
