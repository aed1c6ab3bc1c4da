//! The plain-HTTP port.

use crate::server::{Server, header};

#[tokio::test]
async fn the_plain_port_explains_hands_out_the_root_and_redirects_all_else() {
    let server = Server::demo().await;
    let https = format!("https://127.0.0.1:{}", server.running.https[0].port());

    let page = server.plain("/").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let html = page.text().await.unwrap();
    let sha256 = yunling::certs::show(&server.running.certs.ca_certificate).unwrap().sha256;
    for part in ["请先安装根证书", "In English", &https, &sha256] {
        assert!(html.contains(part), "{part}");
    }

    let root = server.plain("/ca.crt").send().await.unwrap();
    assert_eq!(header(&root, "content-type"), "application/x-x509-ca-cert");
    let given = root.bytes().await.unwrap();
    assert_eq!(given, std::fs::read(&server.running.certs.ca_certificate).unwrap());

    for path in ["/join/demo?x=1", "/whip/demo", "/api/status"] {
        let moved = server.plain(path).send().await.unwrap();
        assert_eq!(moved.status(), 308);
        assert_eq!(header(&moved, "location"), format!("{https}{path}"));
    }
    server.end().await;
}
