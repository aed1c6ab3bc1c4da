//! Every route with every kind of credential.

use crate::server::Server;
use yunling::{
    domain::access::TokenRole,
    http::routes::{TABLE, Who},
};

const NONE: usize = 0;
const WRONG: usize = 1;
const VIEWER: usize = 2;
const PUBLISHER: usize = 3;
const DEMO_LOCAL: usize = 4;

/// What the walk makes of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// It got past the credentials.
    In,
    /// 401.
    NoToken,
    /// 404, as if it weren't there.
    Hidden,
}

/// What each credential must see: none, wrong token, viewer's, publisher's, a demonstration's visitor.
fn expected(who: Who) -> [Seen; 5] {
    use Seen::{Hidden, In, NoToken};
    match who {
        Who::Anyone => [In, In, In, In, In],
        Who::Publisher => [NoToken, NoToken, Hidden, In, In],
        Who::Viewer => [NoToken, NoToken, In, In, In],
        // The session of the walk is nobody's.
        Who::SessionOwner => [NoToken, NoToken, Hidden, Hidden, Hidden],
        Who::SessionOwnerByMessage => [In, NoToken, In, In, In],
        Who::DemoVisitor => [NoToken, NoToken, Hidden, Hidden, In],
        Who::Status => [NoToken, NoToken, NoToken, NoToken, In],
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should() {
    let strict = Server::strict().await;
    let demo = Server::demo().await;
    let tokens = |server: &Server, meeting: &str| {
        [server.token(meeting, TokenRole::Viewer), server.token(meeting, TokenRole::Publisher)]
    };
    let [viewer, publisher] = tokens(&strict, "council");
    for route in TABLE {
        for credential in [NONE, WRONG, VIEWER, PUBLISHER, DEMO_LOCAL] {
            let (server, meeting) = if credential == DEMO_LOCAL { (&demo, "demo") } else { (&strict, "council") };
            let path =
                route.path.replace("{meeting}", meeting).replace("{session}", "nobodys").replace("{*path}", "x.js");
            let request = server.request(route.method.as_str(), &path);
            let request = match credential {
                WRONG => request.bearer_auth("yl1.e30.AAAA"),
                VIEWER => request.bearer_auth(&viewer),
                PUBLISHER => request.bearer_auth(&publisher),
                _ => request,
            };
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let body = response.text().await.unwrap();
            let seen = match status {
                401 => Seen::NoToken,
                404 if !body.contains("request.not_found") => Seen::Hidden,
                500.. => panic!("{} {path}: {status} {body}", route.method),
                _ => Seen::In,
            };
            assert_eq!(
                seen,
                expected(route.who)[credential],
                "{} {path} by {credential}: {status} {body}",
                route.method
            );
        }
    }
    strict.end().await;
    demo.end().await;
}
