//! Pages: their policies, and what may be cached.

use crate::server::{Server, header, refused};

#[tokio::test]
async fn a_page_has_a_new_nonce_each_time_and_is_never_cached() {
    let server = Server::demo().await;
    let mut seen = Vec::new();
    let panel = ["/", "/meetings", "/legs", "/devices", "/venues", "/accounts", "/audit", "/me", "/status"];
    let plain = ["/join/demo", "/screen/demo", "/screen/demo", "/pair", "/room/hall"];
    for path in panel.into_iter().chain(plain) {
        let response = server.request("GET", path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "cache-control"), "no-store");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer");
        assert!(header(&response, "permissions-policy").contains("camera=(self)"));
        assert_eq!(
            header(&response, "strict-transport-security"),
            "",
            "it would break the plain page on the other port"
        );
        let policy = header(&response, "content-security-policy");
        let admin = panel.contains(&path);
        assert_eq!(policy.contains("style-src-attr 'unsafe-inline'"), admin, "{policy}");
        let own = format!("connect-src 'self' wss://127.0.0.1:{};", server.running.https[0].port());
        assert!(policy.contains(&own), "{policy}");
        let nonce =
            policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
        assert!(!seen.contains(&nonce));
        seen.push(nonce);
        let html = response.text().await.unwrap();
        assert!(!html.contains("__CSP_NONCE__"));
    }
    refused(server.request("GET", "/assets/none.js"), 404, "request.not_found").await;
    refused(server.request("GET", "/assets/..%2fadmin.html"), 404, "request.not_found").await;
    refused(server.request("GET", "/nowhere"), 404, "request.not_found").await;
    server.end().await;
}
