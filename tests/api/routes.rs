//! Every route with every kind of credential.

use crate::server::{LOGIN_COOKIE, Server};
use yunling::{
    domain::{
        access::{DeviceKind, TokenRole},
        meeting::MeetingState,
        role::Role,
    },
    http::routes::{GOES_ON_WHILE_LOCKED, Route, TABLE, Who},
};

/// What the walk makes of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// It got past the credentials.
    In,
    /// 401.
    NoToken,
    /// 404, as if it weren't there.
    Hidden,
    /// 403: the account's roles don't include it.
    Forbidden,
    /// 403: first the password must be changed.
    PasswordFirst,
    /// 423: the console is locked.
    Locked,
}

/// Who asks. On the strict server unless it says so, of the meeting `council` and its venue-less machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Nobody,
    WrongToken,
    WrongCookie,
    ViewerToken,
    PublisherToken,
    /// On the demonstration's server, of its meeting.
    DemoVisitor,
    /// With this role alone.
    Account(Role),
    /// With every role but the auditor's and the approver's, of whom there is one, and a password that must be changed.
    MustChange,
    Screen,
    Room,
    /// A leader's, where no PIN was typed.
    Seat,
    /// An operator whose console is locked.
    LockedOperator,
}

fn everybody() -> Vec<Asks> {
    use Asks::{DemoVisitor, MustChange, Nobody, PublisherToken, Room, Screen, ViewerToken, WrongCookie, WrongToken};
    let mut all =
        vec![Nobody, WrongToken, WrongCookie, ViewerToken, PublisherToken, DemoVisitor, MustChange, Screen, Room];
    all.extend([Asks::Seat, Asks::LockedOperator]);
    all.extend(Role::ALL.map(Asks::Account));
    all
}

/// The roles a route is for.
fn roles(who: Who) -> &'static [Role] {
    use Role::{Approver, AuditAdmin, Clerk, Leader, Liaison, Operator, SecurityAdmin, SystemAdmin};
    match who {
        Who::Publisher | Who::Viewer => &[Operator, Leader, Approver],
        Who::MeetingReader => &[Operator, Leader, Approver, Clerk, Liaison],
        Who::Status | Who::Figures | Who::DeviceManager | Who::LegManager | Who::VenueReader => {
            &[Operator, SystemAdmin]
        }
        Who::Watcher => &Role::ALL,
        Who::MeetingLister => &[SystemAdmin, Operator, Leader, Clerk, Approver, Liaison],
        Who::RecordingReader => &[Operator, Clerk, Approver],
        Who::RecordingKeeper | Who::NoticeWriter => &[Operator, Clerk],
        Who::MaterialReader => &[Operator, Clerk, Leader, Approver],
        Who::RecordingLocker => &[Clerk, Approver],
        Who::RecordingUnlocker | Who::Approver => &[Approver],
        Who::DefectSigner => &[Leader, Approver],
        Who::SignOffReader => &[Clerk, Approver],
        Who::SignOffAsker => &[Clerk],
        Who::SignOffSigner => &[Approver],
        Who::MeetingManager => &[Operator],
        Who::AccountManager => &[SecurityAdmin],
        Who::UnitReader => &[SecurityAdmin, Liaison],
        Who::Liaison => &[Liaison],
        Who::Officer => &[SystemAdmin, SecurityAdmin, AuditAdmin],
        Who::BookReader => &[AuditAdmin],
        Who::Anyone
        | Who::OwnAccount
        | Who::SessionOwner
        | Who::SessionOwnerByMessage
        | Who::DemoVisitor
        | Who::Seat => &[],
    }
}

/// What each must see. The session of the walk is nobody's; the machines' venue takes no part in its meeting, and is not the
/// venue it asks for.
fn expected(route: &Route, asks: Asks) -> Seen {
    use Seen::{Forbidden, Hidden, In, NoToken, PasswordFirst};
    let who = route.who;
    // Whatever it may not change, it is told first that it is locked; it reads as before.
    let asks = match (asks, route.action) {
        (Asks::LockedOperator, Some(word)) if !GOES_ON_WHILE_LOCKED.contains(&word) => return Seen::Locked,
        (Asks::LockedOperator, _) => Asks::Account(Role::Operator),
        _ => asks,
    };
    // A bad token is refused by all that asks who calls, even where none is needed.
    let asks_who = who != Who::Anyone || route.path.starts_with("/api/");
    let of_meeting = matches!(
        who,
        Who::Publisher | Who::Viewer | Who::MeetingReader | Who::SessionOwner | Who::DemoVisitor | Who::VenueReader
    );
    match (who, asks) {
        (_, Asks::WrongToken) if asks_who => NoToken,
        (Who::Anyone | Who::SessionOwnerByMessage, _) => In,
        (_, Asks::Nobody | Asks::WrongToken | Asks::WrongCookie) => NoToken,
        (Who::Seat, Asks::Seat) => In,
        (Who::SessionOwner, _) => Hidden,
        (Who::Publisher, Asks::ViewerToken) => Hidden,
        (Who::Publisher | Who::Viewer | Who::MeetingReader, Asks::ViewerToken | Asks::PublisherToken) => In,
        (_, Asks::ViewerToken | Asks::PublisherToken | Asks::Screen | Asks::Room | Asks::Seat) if of_meeting => Hidden,
        (_, Asks::ViewerToken | Asks::PublisherToken | Asks::Screen | Asks::Room | Asks::Seat) => NoToken,
        (
            Who::Publisher
            | Who::Viewer
            | Who::MeetingReader
            | Who::DemoVisitor
            | Who::Status
            | Who::Watcher
            | Who::Figures,
            Asks::DemoVisitor,
        ) => In,
        (_, Asks::DemoVisitor) => NoToken,
        (Who::OwnAccount, Asks::MustChange | Asks::Account(_)) => In,
        (_, Asks::MustChange) => PasswordFirst,
        (who, Asks::Account(role)) if roles(who).contains(&role) => In,
        (_, Asks::Account(_) | Asks::LockedOperator) => Forbidden,
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should() {
    let strict = Server::strict().await;
    let demo = Server::demo().await;
    for server in [&strict, &demo] {
        server.plan("spent", MeetingState::Closed).await;
    }
    let viewer = strict.token("council", TokenRole::Viewer).await;
    let publisher = strict.token("council", TokenRole::Publisher).await;
    for asks in everybody() {
        let (server, meeting) = if asks == Asks::DemoVisitor { (&demo, "demo") } else { (&strict, "council") };
        let cookie = cookie(server, asks, "one").await;
        for route in TABLE {
            let path = path(route, meeting);
            // What logs out or locks gets a log-in of its own.
            let spent = match path.as_str() {
                "/api/logout" => self::cookie(server, asks, "two").await,
                "/api/me/lock" => self::cookie(server, asks, "three").await,
                _ => cookie.clone(),
            };
            let request = server.ask(route.method.as_str(), &path, &spent);
            let request = match asks {
                Asks::WrongToken => request.bearer_auth("yl1.e30.AAAA"),
                Asks::ViewerToken => request.bearer_auth(&viewer),
                Asks::PublisherToken => request.bearer_auth(&publisher),
                _ => request,
            };
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let body = response.text().await.unwrap();
            let told = format!("{} {path} by {asks:?}: {status} {body}", route.method);
            assert_eq!(seen(status, &body), expected(route, asks), "{told}");
        }
    }
    strict.end().await;
    demo.end().await;
}

fn path(route: &Route, meeting: &str) -> String {
    // What closes a meeting gets one that is over, so that the walk goes on in the other.
    let meeting = if route.path.ends_with("/close") { "spent" } else { meeting };
    let path = route.path.replace("{meeting}", meeting).replace("{*path}", "x.js").replace("{venue}", "county");
    [
        "{session}",
        "{account}",
        "{unit}",
        "{request}",
        "{device}",
        "{token}",
        "{leg}",
        "{participant}",
        "{recording}",
        "{signoff}",
        "{play}",
        "{export}",
        "{mark}",
        "{delegation}",
        "{login}",
        "{certificate}",
        "{profile}",
        "{attendee}",
        "{material}",
    ]
    .into_iter()
    .fold(path, |path, part| path.replace(part, "nobodys"))
}

fn seen(status: u16, body: &str) -> Seen {
    // That a thing is not there is an answer to somebody who was let in.
    let gone = [
        "account.unknown",
        "joint_test.unknown",
        "unit.unknown",
        "account_request.unknown",
        "login.unknown",
        "certificate.unknown",
        "device.unknown",
        "token.unknown",
        "leg.unknown",
        "recording.unknown",
        "signoff.unknown",
        "delegation.unknown",
        "play.unknown",
        "profile.unknown",
        "attendance.not_invited",
        "attendance.no_attendee",
        "request.not_found",
    ];
    match status {
        401 => Seen::NoToken,
        404 if gone.iter().any(|code| body.contains(code)) => Seen::In,
        404 => Seen::Hidden,
        403 if body.contains("access.password_change_needed") => Seen::PasswordFirst,
        423 => Seen::Locked,
        403 => Seen::Forbidden,
        500.. => panic!("{status} {body}"),
        _ => Seen::In,
    }
}

/// The cookie of whoever asks; empty for those who have none.
async fn cookie(server: &Server, asks: Asks, which: &str) -> String {
    match asks {
        Asks::WrongCookie => format!("{LOGIN_COOKIE}={}", "0".repeat(64)),
        // There is never a second approver.
        Asks::Account(role) if which != "one" => server.once_more(&format!("{}.one", role.name())).await,
        Asks::Account(role) => server.person(&format!("{}.{which}", role.name()), &[role]).await,
        Asks::MustChange => {
            // As many as one account may have.
            let apart = |role: &Role| matches!(role, Role::SystemAdmin | Role::AuditAdmin | Role::Approver);
            let roles = Role::ALL.into_iter().filter(|role| !apart(role));
            let roles = roles.collect::<Vec<_>>();
            server.newcomer(&format!("new.{which}"), &roles).await.0
        }
        Asks::LockedOperator => {
            let cookie = server.person(&format!("locked.{which}"), &[Role::Operator]).await;
            server.lock(&cookie).await;
            cookie
        }
        Asks::Screen => server.machine(DeviceKind::Screen).await.0,
        Asks::Room => server.machine(DeviceKind::Room).await.0,
        Asks::Seat => {
            drop(server.person(&format!("seat.{which}"), &[Role::Leader]).await);
            server.seat(&format!("seat.{which}")).await.0
        }
        _ => String::new(),
    }
}
