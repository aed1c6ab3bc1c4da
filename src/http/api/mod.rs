//! The JSON interface, one file per resource.
//!
//! A handler extracts, calls [`App`](crate::app::App) and converts. Bodies are read by
//! [`extract::json`](super::extract::json), which refuses what is not the type's JSON.

pub(super) mod accounts;
pub(super) mod audit;
pub(super) mod devices;
pub(super) mod door;
pub(super) mod legs;
pub(super) mod library;
pub(super) mod meetings;
pub(super) mod recordings;
pub(super) mod sign_offs;
pub(super) mod stage;
pub(super) mod status;
pub(super) mod venues;

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment as it travels: milliseconds since 1970.
fn ms(moment: SystemTime) -> u64 {
    u64::try_from(moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
