//! The JSON interface, one file per resource.
//!
//! A handler extracts, calls [`App`](crate::app::App) and converts. Bodies are read by [`extract`](super::extract), which
//! refuses what is not the type's JSON.

pub(super) mod meetings;
pub(super) mod status;
