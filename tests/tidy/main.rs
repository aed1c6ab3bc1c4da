//! The house rules that a compiler does not check: which module may know which, words, documentation, licences, and that
//! the README says what the code does.
//!
//! Each rule is a test that names every place which breaks it. Nothing here needs the network.

mod arrows;
mod browsers;
mod licences;
mod readme;
mod repo;
mod shape;
mod trials;
mod words;
