//! The HTTP shell: routes, credentials, WHIP and WHEP, the control channel, pages.
//!
//! A handler extracts, calls [`App`] and converts; it decides nothing. [`routes`] is the one table of what
//! there is, [`error`] the one table of what can go wrong, [`wire`] the one source of what travels.

#![expect(clippy::disallowed_methods, reason = "a shell: it reads clocks")]

pub mod accept;
mod api;
mod book;
mod control;
#[cfg(test)]
mod describe;
pub mod error;
mod extract;
mod health;
mod limit;
mod live;
mod page;
pub mod plain;
mod range;
mod request;
pub mod routes;
mod session;
pub mod tls;
pub mod wire;

pub use control::Patience;
pub use live::produce as produce_live;

use crate::{app::App, certs::ClientRoot, shutdown::Shutdown, subnet::Subnet};
use axum::{Router, extract::DefaultBodyLimit};
use limit::{CHANGES, CODES, JOINS, LOGINS, Limit, STRANGERS};
use live::Live;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// What every handler reaches.
pub struct Web {
    app: Arc<App>,
    shutdown: Shutdown,
    joins: Mutex<Limit>,
    changes: Mutex<Limit>,
    strangers: Mutex<Limit>,
    logins: Mutex<Limit>,
    codes: Mutex<Limit>,
    live: Live,
    /// Addresses that count as near in a demonstration.
    private: Vec<Subnet>,
    /// Addresses whose programs may read the figures.
    metrics_subnets: Vec<Subnet>,
    /// Judges certificates that browsers show; `None` where no browser is asked for one.
    client_ca: Option<ClientRoot>,
    patience: Patience,
    ready: AtomicBool,
}

impl Web {
    /// The HTTP side of an application.
    #[must_use]
    pub fn new(
        app: Arc<App>,
        shutdown: Shutdown,
        patience: Patience,
        metrics_subnets: Vec<Subnet>,
        client_ca: Option<ClientRoot>,
    ) -> Self {
        Self {
            app,
            shutdown,
            joins: Mutex::new(Limit::new(JOINS)),
            changes: Mutex::new(Limit::new(CHANGES)),
            strangers: Mutex::new(Limit::new(STRANGERS)),
            logins: Mutex::new(Limit::new(LOGINS)),
            codes: Mutex::new(Limit::new(CODES)),
            live: Live::default(),
            private: Subnet::private(),
            metrics_subnets,
            client_ca,
            patience,
            ready: AtomicBool::new(false),
        }
    }

    /// Says that meetings can be joined.
    pub fn set_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }

    /// Takes one request of `address` from a limit.
    fn take(limit: &Mutex<Limit>, address: std::net::IpAddr) -> Result<(), std::time::Duration> {
        let mut limit = limit.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        limit.take(std::time::Instant::now(), address)
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire) && !self.shutdown.has_begun()
    }
}

/// The router of the HTTPS port.
pub fn router(web: Arc<Web>) -> Router {
    routes::router(&web)
        .fallback(async || error::Refused::not_found())
        .layer(DefaultBodyLimit::max(extract::BODY_BYTES_MAX))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&web), request::wrap))
        .with_state(web)
}
