//! The book on a log host: each record by syslog over TLS, nothing left out while it is away, and only to whom our own CA knows.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::Server;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use yunling::{
    certs::{self, CertFiles, Names},
    config::{Audit, LogHostAddress},
    http::wire::Status,
};

/// The longest wait for anything here.
const LIMIT: Duration = Duration::from_secs(60);

/// A log host's certificate and that of who signed it.
struct Signed {
    files: CertFiles,
    _folder: tempfile::TempDir,
}

impl Signed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = CertFiles::in_folder(folder.path());
        certs::init(&files, &Names::of_this_machine(&[]), SystemTime::now()).unwrap();
        Self { files, _folder: folder }
    }

    fn acceptor(&self) -> TlsAcceptor {
        drop(rustls::crypto::ring::default_provider().install_default());
        let chain = CertificateDer::pem_file_iter(&self.files.certificate).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(&self.files.key).unwrap();
        let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Reads the next message by the length before it.
async fn message(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut len = 0;
    loop {
        match stream.read_u8().await.unwrap() {
            b' ' => break,
            digit => len = len * 10 + usize::from(digit - b'0'),
        }
    }
    let mut text = vec![0; len];
    stream.read_exact(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

fn number(message: &str) -> u64 {
    message.split("record=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

/// Reads up to the closing record of the entry that began with this action.
async fn until_closed(stream: &mut (impl AsyncRead + Unpin), action: &str) -> Vec<u64> {
    let read = async {
        let mut numbers = Vec::new();
        let mut began = false;
        loop {
            let said = message(stream).await;
            assert!(said.starts_with("<110>1 20") && said.contains(" yunling - "), "{said}");
            numbers.push(number(&said));
            began |= said.contains(action);
            if began && said.contains(" close [") && said.contains("result=\"ok\"") {
                return numbers;
            }
        }
    };
    tokio::time::timeout(LIMIT, read).await.expect("the records come")
}

#[tokio::test]
async fn each_record_reaches_the_log_host_also_those_from_while_it_was_away() {
    let signed = Signed::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let syslog = LogHostAddress(Some(address));
    let server =
        Server::with_log_host(Audit { syslog, syslog_ca: signed.files.ca_certificate.clone(), ..Audit::default() })
            .await;
    let (location, _) = server.join("/whep/demo", None).await;
    let accept = async |listener: &TcpListener| {
        let stream = tokio::time::timeout(LIMIT, listener.accept()).await.expect("it comes").unwrap().0;
        signed.acceptor().accept(stream).await.unwrap()
    };
    let mut stream = accept(&listener).await;
    assert_eq!(until_closed(&mut stream, " media.view [").await, [1, 2]);

    drop((stream, listener));
    assert_eq!(server.request("DELETE", &location).send().await.unwrap().status(), 200);
    let listener = TcpListener::bind(address).await.unwrap();
    let mut stream = accept(&listener).await;
    let numbers = until_closed(&mut stream, " media.leave [").await;
    let follows = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    assert!(numbers[0] <= 3 && follows && numbers.last() == Some(&4), "{numbers:?}");
    server.end().await;
}

#[tokio::test]
async fn a_log_host_that_our_ca_does_not_know_gets_nothing() {
    let (signed, other) = (Signed::new(), Signed::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let syslog = LogHostAddress(Some(listener.local_addr().unwrap()));
    let server =
        Server::with_log_host(Audit { syslog, syslog_ca: signed.files.ca_certificate.clone(), ..Audit::default() })
            .await;
    server.join("/whep/demo", None).await;
    let stream = tokio::time::timeout(LIMIT, listener.accept()).await.expect("it comes").unwrap().0;
    assert!(other.acceptor().accept(stream).await.is_err(), "the handshake is refused");
    let away = async {
        while !server.request("GET", "/api/status").send().await.unwrap().json::<Status>().await.unwrap().log_host_away
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, away).await.expect("it is told");
    server.end().await;
}
