//! Paper (纸面材料): what leaves the panel as a file that people print, hang up or take into another program.
//!
//! Each is a pure function from plain values to the bytes of a file: the notice ([`notice`]), the list of who signs in ([`sign_in`]),
//! the record of a joint test ([`joint_test`]), the roster of who is on duty ([`duty`]), the week for the wall ([`week`]), meetings for a
//! calendar ([`calendar`]), and a watermark over pages that somebody else made ([`watermark`]). Nothing here reads a clock or a store;
//! `app` gathers what a paper says.
//!
//! A PDF is set here (`sheet`, `table`) in fonts that the program carries (`fonts`), so that it looks the same on every machine, and
//! its text can be searched and copied.

pub mod calendar;
pub mod duty;
mod fonts;
pub mod joint_test;
pub mod notice;
mod sheet;
pub mod sign_in;
mod table;
#[cfg(test)]
mod tests;
pub mod watermark;
pub mod week;
mod words;

pub use fonts::Fonts;
pub use words::{date, date_and_time, hour_minute, span};
