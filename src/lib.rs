//! Yunling (云岭): a video teleconference relay for a county government.

pub mod app;
pub mod certs;
pub mod cli;
pub mod config;
pub mod domain;
pub mod http;
pub mod id;
pub mod leg;
pub mod quantity;
pub mod relay;
pub mod serve;
pub mod shutdown;
pub mod store;
pub mod subnet;
pub mod telemetry;
