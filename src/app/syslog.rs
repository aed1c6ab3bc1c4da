//! The book on a log host: each of its records as a syslog message (RFC 5424) over TLS (RFC 5425).
//!
//! It follows the database as the mirror does and is never waited for. How far the log host has got is kept in a file, so that
//! nothing is left out when it was away or this server was. The protocol has no receipts, and what was written before a
//! connection broke may be lost on the way: each connection begins with the last records once more. A log host may have a
//! record twice, and knows so by its number.
//!
//! Facility 13 (log audit); severity 6, or 4 for what was refused. MSGID is the action, or `close`. Fields are in the
//! structured data `yunling@32473`: the number RFC 5612 keeps for those who have none.

use super::App;
use crate::{
    domain::audit::{Kind, Record},
    store::StoreError,
};
use rustls::{ClientConfig, pki_types::ServerName};
use std::{
    fmt::{self, Write as _},
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How long a connection to the log host may take, and how long it may take nothing of what is sent.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much later a log host that is away is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// How often the book is looked at for records that other programs wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Records sent at a time, and sent once more on each new connection.
const STEP: u64 = 100;

/// The log host, and how far it has got.
pub struct LogHost {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    cursor: PathBuf,
    /// The name of this machine, as it stands in each message.
    host: String,
    reached: AtomicBool,
}

impl fmt::Debug for LogHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogHost").field("address", &self.address).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("cannot reach the log host")]
    Connect(#[source] io::Error),
    #[error("the log host closed the connection")]
    Closed,
    #[error("the log host takes nothing")]
    Send(#[source] io::Error),
    #[error("cannot read the book for the log host")]
    Store(#[source] StoreError),
    #[error("cannot note how far the log host has got")]
    Cursor(#[source] io::Error),
}

impl LogHost {
    /// A log host at this address; `tls` says whose certificates count. `cursor` is the file that says how far it has got.
    #[must_use]
    pub fn new(address: SocketAddr, tls: Arc<ClientConfig>, cursor: PathBuf, host: String) -> Self {
        Self { address, tls, cursor, host, reached: AtomicBool::new(true) }
    }

    /// Whether the last try reached it.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    async fn connect(&self) -> Result<TlsStream<TcpStream>, Broken> {
        let connect = async {
            let stream = TcpStream::connect(self.address).await?;
            TlsConnector::from(Arc::clone(&self.tls)).connect(ServerName::from(self.address.ip()), stream).await
        };
        let connected = tokio::time::timeout(PATIENCE, connect).await;
        connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(Broken::Connect)
    }

    /// Number of the last record it has got.
    fn sent(&self) -> u64 {
        fs::read_to_string(&self.cursor).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    fn note(&self, record: u64) -> Result<(), Broken> {
        let beside = self.cursor.with_added_extension("new");
        fs::write(&beside, format!("{record}\n"))
            .and_then(|()| fs::rename(&beside, &self.cursor))
            .map_err(Broken::Cursor)
    }
}

impl App {
    /// Sends the book's records to the log host until `stop` resolves.
    pub async fn feed_log_host(&self, log_host: &LogHost, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            let broken = tokio::select! {
                broken = self.feed(log_host) => broken,
                () = &mut stop => return,
            };
            if log_host.reached.swap(false, Ordering::Relaxed) {
                let source = std::error::Error::source(&broken).map(ToString::to_string).unwrap_or_default();
                tracing::warn!(error = %broken, source, "records of the book wait for the log host");
            }
            tokio::select! {
                () = tokio::time::sleep(AGAIN_AFTER) => {}
                () = &mut stop => return,
            }
        }
    }

    /// Feeds one connection until it breaks.
    async fn feed(&self, log_host: &LogHost) -> Broken {
        let mut stream = match log_host.connect().await {
            Ok(stream) => stream,
            Err(broken) => return broken,
        };
        log_host.reached.store(true, Ordering::Relaxed);
        let mut sent = log_host.sent().saturating_sub(STEP);
        loop {
            match self.feed_some(log_host, &mut stream, sent).await {
                Ok(last) => sent = last,
                Err(broken) => return broken,
            }
        }
    }

    /// Sends what there is after `sent`, or waits until there may be more. Returns the last record that was sent.
    async fn feed_some(&self, log_host: &LogHost, stream: &mut TlsStream<TcpStream>, sent: u64) -> Result<u64, Broken> {
        let records = self.store.records_after(sent, STEP).await.map_err(Broken::Store)?;
        let Some(last) = records.last().map(|record| record.record) else {
            let mut said = [0; 256];
            return tokio::select! {
                // It has nothing to say; reading tells that it has gone.
                read = stream.read(&mut said) => match read {
                    Ok(0) | Err(_) => Err(Broken::Closed),
                    Ok(_) => Ok(sent),
                },
                () = tokio::time::sleep(LOOK_EVERY) => Ok(sent),
            };
        };
        let text: String = records.iter().map(|record| framed(record, &log_host.host)).collect();
        let send = async {
            stream.write_all(text.as_bytes()).await?;
            stream.flush().await
        };
        let done = tokio::time::timeout(PATIENCE, send).await;
        done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(Broken::Send)?;
        log_host.note(last)?;
        Ok(last)
    }
}

/// A message with its length before it (RFC 6587 §3.4.1, as RFC 5425 wants it).
fn framed(record: &Record, host: &str) -> String {
    let message = message(record, host);
    format!("{} {message}", message.len())
}

fn message(record: &Record, host: &str) -> String {
    const AUDIT: u8 = 13;
    let is_refused = record.kind == Kind::Closed && record.result != "ok";
    let priority = AUDIT * 8 + if is_refused { 4 } else { 6 };
    let at =
        i64::try_from(record.at_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    let id = if record.action.is_empty() { "close" } else { record.action.as_str() };
    let id: String = id.chars().filter(char::is_ascii_graphic).take(32).collect();
    let mut text =
        format!("<{priority}>1 {} {host} yunling - {id} [yunling@32473", at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"));
    let numbers = [("record", record.record.to_string()), ("entry", record.entry.to_string())];
    let seals = [("sha256", record.seals.sha256.to_string()), ("sm3", record.seals.sm3.to_string())];
    let texts = [
        ("actor", &record.actor),
        ("address", &record.address),
        ("subject", &record.subject),
        ("result", &record.result),
    ];
    let texts = texts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.clone()));
    for (name, value) in numbers.into_iter().chain(texts).chain(seals) {
        write!(text, " {name}=\"{}\"", escaped(&value)).expect("a String takes all text");
    }
    text.push(']');
    text
}

/// A value of structured data (RFC 5424 §6.3.3).
fn escaped(value: &str) -> String {
    value.chars().fold(String::with_capacity(value.len()), |mut text, c| {
        if matches!(c, '"' | '\\' | ']') {
            text.push('\\');
        }
        text.push(c);
        text
    })
}

/// Whose certificates count: those signed by the one in this PEM file.
pub fn log_host_tls(ca: &Path) -> io::Result<Arc<ClientConfig>> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let invalid = |error: &dyn fmt::Display| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|error| invalid(&error))? {
        roots.add(certificate.map_err(|error| invalid(&error))?).map_err(|error| invalid(&error))?;
    }
    if roots.is_empty() {
        return Err(invalid(&"it holds no certificate"));
    }
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{Closing, End, Opening, Says};

    #[test]
    fn a_record_is_one_message_of_rfc_5424() {
        let mut end = End::EMPTY;
        let text = str::to_owned;
        let opening = Opening {
            actor: text("王\"秀]兰\\"),
            address: text("10.0.0.7"),
            action: text("meeting.open"),
            subject: text("meeting:demo"),
        };
        let opened = message(&end.add(1_796_000_000_123, Says::Opened(opening)), "county");
        let head = "<110>1 2026-11-30T00:53:20.123Z county yunling - meeting.open [yunling@32473 record=\"1\" entry=\"1\" \
                    actor=\"王\\\"秀\\]兰\\\\\" address=\"10.0.0.7\" subject=\"meeting:demo\" sha256=\"";
        assert!(opened.starts_with(head) && opened.ends_with("\"]"), "{opened}");
        let closing = Closing { entry: 1, subject: text(""), result: text("access.not_allowed") };
        let record = end.add(1_796_000_000_200, Says::Closed(closing));
        let closed = message(&record, "county");
        assert!(
            closed.starts_with("<108>1 ")
                && closed.contains(" close [")
                && closed.contains("result=\"access.not_allowed\"")
        );
        assert_eq!(framed(&record, "county"), format!("{} {closed}", closed.len()));
    }
}
