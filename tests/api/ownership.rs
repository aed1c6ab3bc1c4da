//! Every route that takes the id of something which is somebody's: asked with one's own, and with another's.
//!
//! A route with such an id and no row here fails the test, so that none is forgotten.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    control::{closed_with, hear, say},
    org_units::unit,
    server::{Server, WHEP_OFFER, WHIP_OFFER},
};
use serde_json::json;
use yunling::{
    domain::{
        access::{DeviceKind, TokenRole},
        meeting::MeetingState,
        role::Role,
    },
    http::{
        routes::{Route, TABLE, Who},
        wire::{LoginEntry, ServerMessage},
    },
};

/// Parts of a path that name something which is somebody's.
const OWNED: [&str; 10] = [
    "{session}",
    "{login}",
    "{unit}",
    "{request}",
    "{play}",
    "{signoff}",
    "{export}",
    "{delegation}",
    "{venue}",
    "{certificate}",
];

/// Parts that name what the role alone decides on: who may read recordings may read each of them, and a meeting is whose it is by the
/// route's kind of caller ([`is_owned`]).
const NOBODYS: [&str; 12] = [
    "{account}",
    // Of a list that the route's unit or role decides on.
    "{attendee}",
    "{device}",
    "{leg}",
    "{mark}",
    // Of a meeting, whose liaisons are those of invited units: the tests of materials ask with both.
    "{material}",
    "{meeting}",
    "{participant}",
    "{profile}",
    "{recording}",
    "{token}",
    // The page's own files.
    "{*path}",
];

/// Routes whose things belong to no caller: who has the role has all of them.
const BY_ROLE: [(&str, &str); 9] = [
    ("PATCH", "/api/meetings/{meeting}/attendance/units/{unit}"),
    ("DELETE", "/api/meetings/{meeting}/attendance/units/{unit}"),
    ("POST", "/api/meetings/{meeting}/attendance/units/{unit}/confirm"),
    ("POST", "/api/meetings/{meeting}/attendance/units/{unit}/people"),
    ("PATCH", "/api/units/{unit}"),
    ("POST", "/api/units/{unit}/close"),
    ("POST", "/api/units/{unit}/reopen"),
    ("DELETE", "/api/units/{unit}"),
    ("PATCH", "/api/venues/{venue}"),
];

/// Routes whose things take a recording, a signature or a certificate to come about: the test that asks with one's own and with
/// another's.
const ELSEWHERE: [(&str, &str, &str); 19] = [
    ("POST", "/api/notices/{meeting}/units/{unit}/read", "attendance::a_liaison_has_their_own_unit_s_notices_alone"),
    ("POST", "/api/notices/{meeting}/units/{unit}/confirm", "attendance::a_liaison_has_their_own_unit_s_notices_alone"),
    ("POST", "/api/notices/{meeting}/units/{unit}/people", "attendance::a_liaison_has_their_own_unit_s_notices_alone"),
    (
        "PATCH",
        "/api/notices/{meeting}/units/{unit}/people/{attendee}",
        "attendance::a_liaison_has_their_own_unit_s_notices_alone",
    ),
    (
        "DELETE",
        "/api/notices/{meeting}/units/{unit}/people/{attendee}",
        "attendance::a_liaison_has_their_own_unit_s_notices_alone",
    ),
    ("POST", "/api/arrangements/{signoff}/grant", "arrangements::an_arrangement_is_signed_by_its_unit_s_pen_alone"),
    ("POST", "/api/arrangements/{signoff}/refuse", "arrangements::an_arrangement_is_signed_by_its_unit_s_pen_alone"),
    ("POST", "/api/account-requests/{request}/grant", "org_units::nobody_grants_what_they_asked_for"),
    ("POST", "/api/account-requests/{request}/refuse", "org_units::nobody_grants_what_they_asked_for"),
    (
        "POST",
        "/api/accounts/{account}/certificates/{certificate}/revoke",
        "certificates::revoking_ends_log_ins_and_a_hand_over_revokes",
    ),
    (
        "POST",
        "/api/accounts/{account}/reset-second-factor",
        "second_factor::the_security_administrator_takes_it_away_but_not_their_own",
    ),
    ("GET", "/api/plays/{play}/{*path}", "library::a_recording_is_played_in_ranges_by_the_log_in_that_asked"),
    ("POST", "/api/sign-offs/{signoff}/grant", "sign_offs::each_unit_has_one_pen_and_signs_for_its_own_meetings_alone"),
    (
        "POST",
        "/api/sign-offs/{signoff}/refuse",
        "sign_offs::each_unit_has_one_pen_and_signs_for_its_own_meetings_alone",
    ),
    (
        "POST",
        "/api/sign-offs/{signoff}/recall",
        "sign_offs::each_unit_has_one_pen_and_signs_for_its_own_meetings_alone",
    ),
    ("POST", "/api/sign-offs/{signoff}/exports", "library::what_is_signed_for_is_fetched_until_it_is_taken_back"),
    ("GET", "/api/exports/{export}/{*path}", "library::what_is_signed_for_is_fetched_until_it_is_taken_back"),
    (
        "POST",
        "/api/delegations/{delegation}/end",
        "sign_offs::each_unit_has_one_pen_and_signs_for_its_own_meetings_alone",
    ),
    ("GET", "/whip/{meeting}/{session}/control", "ownership::a_channel_is_opened_for_one_s_own_session_alone"),
];

const TESTS: [(&str, &str); 8] = [
    ("attendance", include_str!("attendance.rs")),
    ("arrangements", include_str!("arrangements.rs")),
    ("org_units", include_str!("org_units.rs")),
    ("certificates", include_str!("certificates.rs")),
    ("second_factor", include_str!("second_factor.rs")),
    ("library", include_str!("library.rs")),
    ("sign_offs", include_str!("sign_offs.rs")),
    ("ownership", include_str!("ownership.rs")),
];

/// Somebody, with something of theirs and something of another's in the place of a path's parts.
struct Case {
    cookie: String,
    token: Option<String>,
    body: Option<&'static str>,
    mine: String,
    theirs: String,
}

/// Whether a route takes something that is somebody's. A token and a machine are for one meeting.
fn is_owned(route: &Route) -> bool {
    let of_meeting = matches!(route.who, Who::Publisher | Who::Viewer | Who::MeetingReader);
    route.who != Who::Anyone && (of_meeting || OWNED.iter().any(|part| route.path.contains(part)))
}

struct World {
    server: Server,
    publishers: [String; 2],
    viewers: [String; 2],
    liaison: String,
    units: [String; 2],
    operator: String,
    screen: String,
}

impl World {
    async fn new() -> Self {
        let server = Server::strict().await;
        server.plan("other", MeetingState::Planned).await;
        let token = async |meeting, role| server.token(meeting, role).await;
        let publishers = [token("council", TokenRole::Publisher).await, token("council", TokenRole::Publisher).await];
        let viewers = [token("council", TokenRole::Viewer).await, token("council", TokenRole::Viewer).await];
        let admin = server.person("sec", &[Role::SecurityAdmin]).await;
        let liaison = server.person("zhao", &[Role::Liaison]).await;
        let zhao = server.account("zhao").await;
        let units =
            [unit(&server, &admin, "县水务局", &[zhao]).await.id, unit(&server, &admin, "县教育局", &[]).await.id];
        let operator = server.person("op", &[Role::Operator]).await;
        drop(server.person("wang", &[Role::Operator]).await);
        let screen = server.machine(DeviceKind::Screen).await.0;
        Self { server, publishers, viewers, liaison, units, operator, screen }
    }

    /// A log-in of this name that is not the one that asks, as its owner calls it.
    async fn login_of(&self, login: &str) -> String {
        let cookie = self.server.once_more(login).await;
        let own = self.server.ask("GET", "/api/me/logins", &cookie).send().await.unwrap();
        let own: Vec<LoginEntry> = own.json().await.unwrap();
        own.into_iter().find(|entry| entry.current).expect("it asks").id
    }

    /// Who asks a route for what; `None` if nothing is said of it.
    async fn case(&self, route: &Route) -> Option<Case> {
        let none =
            || Case { cookie: String::new(), token: None, body: None, mine: String::new(), theirs: String::new() };
        let of = |token: &str, body, part: &str, mine: &str, theirs: &str| Case {
            token: Some(token.to_owned()),
            body,
            mine: route.path.replace(part, mine),
            theirs: route.path.replace(part, theirs),
            ..none()
        };
        let by = |cookie: &str, part: &str, mine: &str, theirs: &str| Case {
            cookie: cookie.to_owned(),
            mine: route.path.replace(part, mine),
            theirs: route.path.replace(part, theirs),
            ..none()
        };
        let [whip, whep] = [(&self.publishers, "/whip/council"), (&self.viewers, "/whep/council")];
        Some(match (route.method.as_str(), route.path) {
            ("POST", "/whip/{meeting}") => of(&whip.0[0], Some(WHIP_OFFER), "{meeting}", "council", "other"),
            ("POST", "/whep/{meeting}") => of(&whep.0[0], Some(WHEP_OFFER), "{meeting}", "council", "other"),
            ("GET", "/api/meetings/{meeting}") => of(&whep.0[0], None, "{meeting}", "council", "other"),
            ("PATCH" | "DELETE", "/whip/{meeting}/{session}" | "/whep/{meeting}/{session}") => {
                let (tokens, path) = if route.path.starts_with("/whip") { whip } else { whep };
                let mine = self.server.join(path, Some(&tokens[0])).await.0;
                let theirs = self.server.join(path, Some(&tokens[1])).await.0;
                of(&tokens[0], None, route.path, &mine, &theirs)
            }
            ("POST", "/api/me/logins/{login}/end") => {
                by(&self.operator, "{login}", &self.login_of("op").await, &self.login_of("wang").await)
            }
            ("POST", "/api/units/{unit}/account-requests") => {
                by(&self.liaison, "{unit}", &self.units[0], &self.units[1])
            }
            ("GET", "/api/venues/{venue}/now") => by(&self.screen, "{venue}", "hall", "county"),
            _ => return None,
        })
    }

    async fn ask(&self, route: &Route, case: &Case, path: &str) -> (u16, String) {
        let request = self.server.ask(route.method.as_str(), path, &case.cookie);
        let request = match &case.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let request = match case.body {
            Some(body) => request.header("content-type", "application/sdp").body(body),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

#[test]
fn each_part_of_a_path_is_somebody_s_or_known_to_be_nobody_s() {
    for route in TABLE {
        for part in route.path.split('/').filter(|part| part.starts_with('{')) {
            assert!(OWNED.contains(&part) || NOBODYS.contains(&part), "{}: whose is {part}?", route.path);
        }
    }
}

#[tokio::test]
async fn what_is_another_s_is_refused_on_every_route_that_takes_it() {
    let world = World::new().await;
    for route in TABLE.iter().filter(|route| is_owned(route)) {
        let (method, path) = (route.method.as_str(), route.path);
        if BY_ROLE.contains(&(method, path)) {
            continue;
        }
        // What whips, wheps too.
        let as_whip = path.replace("/whep/", "/whip/");
        let elsewhere = ELSEWHERE.iter().find(|(by, of, _)| *by == method && *of == as_whip);
        if let Some((_, _, test)) = elsewhere {
            let (file, name) = test.split_once("::").unwrap();
            let (_, text) = TESTS.iter().find(|(known, _)| *known == file).expect("a file of tests");
            assert!(text.contains(&format!("async fn {name}()")), "{method} {path}: there is no test {test}");
            continue;
        }
        let case = world.case(route).await;
        let case = case.unwrap_or_else(|| panic!("{method} {path} takes what is somebody's, and has no row"));
        let (status, body) = world.ask(route, &case, &case.theirs).await;
        assert!(matches!(status, 403 | 404), "{method} {path} with another's: {status} {body}");
        let (status, body) = world.ask(route, &case, &case.mine).await;
        assert!(!matches!(status, 401 | 403 | 404 | 500..), "{method} {path} with one's own: {status} {body}");
    }
    world.server.end().await;
}

#[tokio::test]
async fn a_channel_is_opened_for_one_s_own_session_alone() {
    let server = Server::strict().await;
    for kind in ["whip", "whep"] {
        let path = format!("/{kind}/council");
        let [mine, theirs] =
            [server.token("council", TokenRole::Publisher).await, server.token("council", TokenRole::Publisher).await];
        let (location, _) = server.join(&path, Some(&mine)).await;
        for (token, welcome) in [(&mine, true), (&theirs, false)] {
            let mut control = server.socket(&format!("{location}/control"), None).await.expect("opens");
            say(&mut control, &json!({ "type": "hello", "token": token }).to_string()).await;
            if welcome {
                assert!(matches!(hear(&mut control).await, ServerMessage::Welcome { .. }), "{kind}");
            } else {
                assert_eq!(closed_with(&mut control).await, 4404, "{kind}");
            }
        }
    }
    server.end().await;
}
