//! HTTPS: the versions that are spoken, and a new certificate without a restart.

use crate::{
    control::{hear, say},
    server::Server,
};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use std::{
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::time::timeout;
use yunling::{
    certs::{self, Names},
    http::wire::ServerMessage,
};

/// Only ends a hung test.
const LIMIT: Duration = Duration::from_secs(60);

/// A handshake with a server whose certificate the client must trust.
async fn shake_hands(config: Arc<ClientConfig>, at: SocketAddr) -> ClientConnection {
    let shaken = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(at).expect("connects");
        let tls = ClientConnection::new(config, ServerName::try_from("localhost").expect("a name"));
        let mut tls = tls.expect("a configuration");
        while tls.is_handshaking() {
            tls.complete_io(&mut stream).expect("shakes hands");
        }
        tls
    });
    shaken.await.expect("no panic")
}

/// The certificate a new connection is shown.
async fn shown(server: &Server) -> CertificateDer<'static> {
    let tls = shake_hands(server.tls(), server.running.https[0]).await;
    tls.peer_certificates().expect("was shown")[0].clone().into_owned()
}

#[tokio::test]
async fn tls_1_3_is_spoken_and_1_2_with_a_browser_that_has_no_other() {
    let server = Server::demo().await;
    let at = server.running.https[0];
    let both = shake_hands(server.tls(), at).await;
    assert_eq!(both.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    for (version, spoken) in [(&TLS13, ProtocolVersion::TLSv1_3), (&TLS12, ProtocolVersion::TLSv1_2)] {
        let only = shake_hands(server.tls_of(&[version]), at).await;
        assert_eq!(only.protocol_version(), Some(spoken));
    }
    server.end().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_served_without_a_restart() {
    let server = Server::demo().await;
    let (location, _) = server.join("/whep/demo", None).await;
    let mut socket = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut socket, r#"{"type":"hello","token":null}"#).await;
    let old = shown(&server).await;
    assert_eq!(shown(&server).await, old);

    certs::renew(&server.running.certs, &Names::of_this_machine(&[]), SystemTime::now()).expect("renewed");
    // Polls: the server looks at the files by itself and tells nobody.
    let new = timeout(LIMIT, async {
        loop {
            let now = shown(&server).await;
            if now != old {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let new = new.await.expect("the new certificate is served");
    assert_eq!(new, CertificateDer::from_pem_file(&server.running.certs.certificate).unwrap());

    // Who was connected before stays so, and who trusts the root trusts the new one.
    say(&mut socket, r#"{"type":"ping"}"#).await;
    while hear(&mut socket).await != ServerMessage::Pong {}
    assert_eq!(server.request("GET", "/healthz").send().await.unwrap().status(), 200);
    server.end().await;
}
