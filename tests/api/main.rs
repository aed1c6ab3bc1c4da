//! The real server on free ports: every resource, every status code, every route with every kind of credential.

mod accounts;
mod book;
mod certificates;
mod console;
mod control;
mod devices;
mod door;
mod faults;
#[path = "../fixtures/keep.rs"]
mod keep;
mod legs;
mod library;
mod log_host;
mod logs;
mod meetings;
mod operator;
mod org_units;
mod pages;
mod plain;
mod recordings;
mod routes;
mod schedule;
mod seats;
mod second_factor;
mod series;
mod server;
mod sessions;
mod sign_offs;
mod stage;
mod stalled;
mod status;
mod tables;
mod tls;
mod tokens;
mod trials;
mod venues;
