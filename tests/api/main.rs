//! The real server on free ports: every resource, every status code, every route with every kind of credential.

mod control;
mod logs;
mod pages;
mod plain;
mod routes;
mod server;
mod sessions;
mod status;
