//! The HTTP half of WHIP (RFC 9725) and WHEP: offer in, answer out, a resource to delete at the end.

use reqwest::{
    Certificate, Client, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, LOCATION},
};
use std::{error::Error, path::PathBuf, time::Duration};

/// Longest wait for an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Header by which our own pages say what they are.
const PAGE: &str = "yunling-page";

/// A WHIP or WHEP session as HTTP knows it.
#[derive(Debug)]
pub struct Session {
    client: Client,
    token: Option<String>,
    resource: reqwest::Url,
}

/// Why a session was not had.
#[derive(Debug, thiserror::Error)]
pub enum SignallingError {
    /// The file with the root certificate can't be used.
    #[error("cannot use the root certificate {path}: {reason}")]
    RootCertificate {
        /// Which file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The address is not one.
    #[error("{url:?} is not an http or https address")]
    Url {
        /// What was given.
        url: String,
    },
    /// No connection, or it broke.
    #[error("cannot reach {url}: {reason}")]
    Unreachable {
        /// Where to.
        url: String,
        /// Why, in words a technician can act on.
        reason: String,
    },
    /// The relay said no.
    #[error("the relay refused: {status}{detail}")]
    Refused {
        /// With which status.
        status: StatusCode,
        /// And which words.
        detail: String,
    },
    /// What came is no answer.
    #[error("the relay's answer is not usable: {0}")]
    BadAnswer(&'static str),
}

/// Makes an HTTP client that trusts `ca` (PEM) besides nobody, or the system's roots without it.
///
/// # Errors
///
/// If the certificate can't be read.
pub fn client(ca: Option<&PathBuf>) -> Result<Client, SignallingError> {
    // Another part of the process may have installed it; both mean ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder().no_proxy().timeout(ANSWER_LIMIT);
    if let Some(path) = ca {
        let fault = |reason: String| SignallingError::RootCertificate { path: path.clone(), reason };
        let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        let roots = Certificate::from_pem_bundle(&pem).map_err(|error| fault(error.to_string()))?;
        if roots.is_empty() {
            return Err(fault("it holds no certificate in PEM form".to_owned()));
        }
        builder = builder.tls_certs_only(roots);
    }
    builder.build().map_err(|error| SignallingError::RootCertificate {
        path: ca.cloned().unwrap_or_default(),
        reason: error.to_string(),
    })
}

/// Asks for something in JSON.
///
/// # Errors
///
/// See [`SignallingError`].
pub async fn get_json(ca: Option<&PathBuf>, url: &str, token: &str) -> Result<serde_json::Value, SignallingError> {
    let url: reqwest::Url = url.parse().map_err(|_| SignallingError::Url { url: url.to_owned() })?;
    let unreachable =
        |error: reqwest::Error| SignallingError::Unreachable { url: url.to_string(), reason: in_words(&error) };
    let response = client(ca)?.get(url.clone()).bearer_auth(token).send().await.map_err(unreachable)?;
    let status = response.status();
    let body = response.text().await.map_err(unreachable)?;
    if status != StatusCode::OK {
        return Err(SignallingError::Refused { status, detail: detail(&body) });
    }
    serde_json::from_str(&body).map_err(|_| SignallingError::BadAnswer("it is not JSON"))
}

impl Session {
    /// Posts an offer; returns the session and the relay's answer.
    ///
    /// # Errors
    ///
    /// See [`SignallingError`].
    pub async fn open(
        client: Client,
        url: &str,
        token: Option<String>,
        offer: String,
    ) -> Result<(Self, String), SignallingError> {
        let request = client.post(url).header(CONTENT_TYPE, "application/sdp").body(offer);
        Self::begin(client, url, token, request).await
    }

    /// The same as our own pages do it: they follow a change of codec and report arrivals.
    ///
    /// # Errors
    ///
    /// See [`SignallingError`].
    pub async fn open_as_page(
        client: Client,
        url: &str,
        token: Option<String>,
        offer: String,
    ) -> Result<(Self, String), SignallingError> {
        let request = client.post(url).header(CONTENT_TYPE, "application/sdp").header(PAGE, "1").body(offer);
        Self::begin(client, url, token, request).await
    }

    async fn begin(
        client: Client,
        url: &str,
        token: Option<String>,
        mut request: reqwest::RequestBuilder,
    ) -> Result<(Self, String), SignallingError> {
        let url: reqwest::Url = url.parse().map_err(|_| SignallingError::Url { url: url.to_owned() })?;
        if let Some(token) = &token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let unreachable =
            |error: reqwest::Error| SignallingError::Unreachable { url: url.to_string(), reason: in_words(&error) };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = response.text().await.map_err(unreachable)?;
        if status != StatusCode::CREATED {
            return Err(SignallingError::Refused { status, detail: detail(&body) });
        }
        let resource = location
            .and_then(|location| url.join(&location).ok())
            .ok_or(SignallingError::BadAnswer("it has no Location"))?;
        Ok((Self { client, token, resource }, body))
    }

    /// Ends the session; the relay would notice by itself, later.
    pub async fn close(self) {
        let mut request = self.client.delete(self.resource);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let _ = request.send().await;
    }
}

/// The sentence of a problem body (RFC 9457), if there is one.
fn detail(body: &str) -> String {
    let problem: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let words = problem["detail"].as_str().or_else(|| problem["title"].as_str()).unwrap_or_default();
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

/// The innermost cause; what TLS says is put in words a technician can act on.
fn in_words(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let cause = cause.to_string();
    let hint = if cause.contains("UnknownIssuer") {
        " (the server's certificate is not from a root this program trusts: name the site's root with --ca)"
    } else if cause.contains("NotValidForName") || cause.contains("not valid for name") {
        " (the server's certificate does not carry this name or address: renew it with the right names)"
    } else if cause.contains("Expired") || cause.contains("expired") {
        " (the server's certificate has expired, or a clock is wrong)"
    } else {
        ""
    };
    format!("{cause}{hint}")
}
