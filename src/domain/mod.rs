//! The meeting rules, pure: what a meeting is, what is on stage, who may do what.
//!
//! It does not know what a packet is: participants are named, never connected. `app` turns its [`stage::Stage`] into the
//! relay's.

pub mod access;
pub mod account;
pub mod account_request;
pub mod arrangement_sign;
pub mod attendance;
pub mod audit;
pub mod catalogue;
pub mod client_certificate;
pub mod console;
pub mod device;
pub mod hand_over;
pub mod hex;
pub mod import;
pub mod joint_test;
pub mod leg;
pub mod line;
pub mod lockout;
pub mod material;
pub mod meeting;
pub mod notice;
pub mod officer;
pub mod opening;
pub mod org_unit;
pub mod pen;
pub mod profile;
pub mod recording;
pub mod recurrence;
pub mod role;
pub mod roll_call;
pub mod schedule;
pub mod search;
pub mod second_factor;
pub mod self_check;
pub mod setting;
pub mod sign_off;
pub mod stage;
pub mod venue;
pub mod wall_clock;
pub mod workday;
