//! The JSON interface, one file per resource.
//!
//! A handler extracts, calls [`App`](crate::app::App) and converts. Bodies are read by
//! [`JsonBody`](super::extract::JsonBody), which refuses what is not the type's JSON.

pub(super) mod access;
pub(super) mod accounts;
pub(super) mod arrangements;
pub(super) mod attendance;
pub(super) mod audit;
pub(super) mod catalogue;
pub(super) mod certificates;
pub(super) mod console;
pub(super) mod delegations;
pub(super) mod description;
pub(super) mod devices;
pub(super) mod door;
pub(super) mod joint_tests;
pub(super) mod legs;
pub(super) mod library;
pub(super) mod materials;
pub(super) mod meetings;
pub(super) mod notices;
pub(super) mod org_units;
pub(super) mod papers;
pub(super) mod profiles;
pub(super) mod recordings;
pub(super) mod roll_calls;
pub(super) mod schedule;
pub(super) mod seats;
pub(super) mod second_factor;
pub(super) mod sign_offs;
pub(super) mod stage;
pub(super) mod status;
pub(super) mod tables;
pub(super) mod tokens;
pub(super) mod venues;

use crate::{app::After, http::error::Refused};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Most entries of a page.
const COUNT_MAX: u32 = 200;

/// Entries of a page whose reader doesn't say how many.
const COUNT: u32 = 50;

/// A moment that travelled.
fn time(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}

/// Where a page ended, as it travels: `1764000000000-abcdefgh`.
fn cursor(After { at, id }: &After) -> String {
    format!("{}-{id}", ms(*at))
}

/// What a page before said.
fn after(cursor: Option<&str>) -> Result<Option<After>, Refused> {
    let Some(cursor) = cursor else { return Ok(None) };
    let read = cursor.split_once('-').and_then(|(at, id)| Some((at.parse().ok()?, id)));
    let (at, id) =
        read.ok_or_else(|| Refused::bad_request().detail("`after` is what the page before said as `next`"))?;
    Ok(Some(After { at: time(at), id: id.to_owned() }))
}

/// A moment as it travels: milliseconds since 1970.
fn ms(moment: SystemTime) -> u64 {
    u64::try_from(moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
