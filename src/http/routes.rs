//! The one table of all routes: method, path, who may call it, what answers, and its word in the book.
//!
//! The router is built from it, so a route that is not here doesn't exist, and a test walks it with every kind of credential.
//! A route that changes something has a word, and [`book`] around it; one that reads has none.

use super::{Web, api, book, control, health, live, page, session};
use axum::{
    Router,
    http::Method,
    middleware::from_fn_with_state,
    routing::{MethodRouter, delete, get, options, patch, post},
};
use std::sync::Arc;

/// Who may call a route. The decision itself is [`domain::access`](crate::domain::access)'s, inside each handler; this says
/// what the test expects of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody who came through the door.
    Anyone,
    /// Whoever may send: a publisher's token, who has a role that attends, a room's machine, or a demonstration's visitor.
    Publisher,
    /// Whoever may look: any token of the meeting, who has a role that attends, a venue's machine, or a demonstration's
    /// visitor.
    Viewer,
    /// Whoever may know of the meeting: like [`Viewer`](Self::Viewer), and the clerk and the liaison.
    MeetingReader,
    /// Whoever opened the session.
    SessionOwner,
    /// Whoever opened the session, as its first message says: the upgrade itself is for everybody.
    SessionOwnerByMessage,
    /// A demonstration's visitor, or somebody who logged in there; a token doesn't help.
    DemoVisitor,
    /// Operator, system administrator, or a demonstration's visitor; a token doesn't help.
    Status,
    /// Whoever has any role, or a demonstration's visitor.
    Watcher,
    /// Like [`Status`](Self::Status), and any program at an address that the settings name.
    Figures,
    /// Whoever logged in, also with a password that must be changed.
    OwnAccount,
    /// The security administrator.
    AccountManager,
    /// The security administrator, and liaisons of what they answer for.
    UnitReader,
    /// A liaison, of what they answer for.
    Liaison,
    /// System, security and audit administrator (三员).
    Officer,
    /// A leader's seat.
    Seat,
    /// Operator and system administrator.
    DeviceManager,
    /// Operator and system administrator.
    LegManager,
    /// Operator, clerk and whoever signs.
    RecordingReader,
    /// Operator and clerk.
    RecordingKeeper,
    /// Clerk and whoever signs.
    RecordingLocker,
    /// Whoever signs.
    RecordingUnlocker,
    /// Clerk, approver and whoever signs.
    SignOffReader,
    /// The clerk.
    SignOffAsker,
    /// Whoever signs, but not of their own request.
    SignOffSigner,
    /// The approver.
    Approver,
    /// Whoever may read which meetings and venues there are: all but the security and audit administrators.
    MeetingLister,
    /// The operator.
    MeetingManager,
    /// A leader, and whoever holds the pen of the server's own unit.
    DefectSigner,
    /// Operator and clerk.
    NoticeWriter,
    /// Operator, clerk, leader, approver, and liaisons of invited units.
    MaterialReader,
    /// A machine of that venue, operator, system administrator.
    VenueReader,
    /// The audit administrator.
    BookReader,
}

/// One route.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path pattern.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// Its word in the book; `None` if it changes nothing.
    pub action: Option<&'static str>,
    answer: fn() -> MethodRouter<Arc<Web>>,
    /// What answers, as it is written in the table: its documentation is found by it.
    #[cfg(test)]
    pub(super) handler: &'static str,
    /// What that takes and gives.
    #[cfg(test)]
    pub(super) describe: fn(&mut super::describe::Operation),
}

macro_rules! table {
    ($($method:ident $path:literal $who:ident $on:ident($handler:expr) $($action:literal)?;)*) => {
        /// Every route of the HTTPS port.
        pub const TABLE: &[Route] = &[
            $(Route {
                method: Method::$method,
                path: $path,
                who: Who::$who,
                action: word(&[$($action)?]),
                answer: || $on($handler),
                #[cfg(test)]
                handler: stringify!($handler),
                #[cfg(test)]
                describe: |operation| super::describe::handler(&$handler, operation),
            },)*
        ];
    };
}

const fn word(words: &[&'static str]) -> Option<&'static str> {
    match words {
        [] => None,
        [word, ..] => Some(word),
    }
}

table! {
    POST    "/whip/{meeting}"                   Publisher             post(session::publish) "media.publish";
    OPTIONS "/whip/{meeting}"                   Anyone                options(session::endpoint_options);
    PATCH   "/whip/{meeting}/{session}"         SessionOwner          patch(session::change) "media.change";
    DELETE  "/whip/{meeting}/{session}"         SessionOwner          delete(session::leave) "media.leave";
    OPTIONS "/whip/{meeting}/{session}"         Anyone                options(session::session_options);
    GET     "/whip/{meeting}/{session}/control" SessionOwnerByMessage get(control::open);
    POST    "/whep/{meeting}"                   Viewer                post(session::view) "media.view";
    OPTIONS "/whep/{meeting}"                   Anyone                options(session::endpoint_options);
    PATCH   "/whep/{meeting}/{session}"         SessionOwner          patch(session::change) "media.change";
    DELETE  "/whep/{meeting}/{session}"         SessionOwner          delete(session::leave) "media.leave";
    OPTIONS "/whep/{meeting}/{session}"         Anyone                options(session::session_options);
    GET     "/whep/{meeting}/{session}/control" SessionOwnerByMessage get(control::open);
    GET     "/api/me"                           Anyone                get(api::door::me);
    POST    "/api/login"                        Anyone                post(api::door::login) "login";
    POST    "/api/logout"                       OwnAccount            post(api::door::logout) "logout";
    POST    "/api/me/password"                  OwnAccount            post(api::door::password) "password.change";
    POST    "/api/me/lock"                      OwnAccount            post(api::console::lock) "console.lock";
    POST    "/api/me/unlock"                    OwnAccount            post(api::console::unlock) "console.unlock";
    POST    "/api/me/pin"                       OwnAccount            post(api::console::set_pin) "pin.set";
    DELETE  "/api/me/pin"                       OwnAccount            delete(api::console::remove_pin) "pin.remove";
    GET     "/api/me/second-factor"             OwnAccount            get(api::second_factor::read);
    POST    "/api/me/second-factor"             OwnAccount            post(api::second_factor::begin) "second_factor.begin";
    POST    "/api/me/second-factor/confirm"     OwnAccount            post(api::second_factor::confirm) "second_factor.confirm";
    GET     "/api/me/certificates"              OwnAccount            get(api::certificates::own);
    GET     "/api/me/logins"                    OwnAccount            get(api::door::logins);
    POST    "/api/me/logins/{login}/end"        OwnAccount            post(api::door::end_login) "login.end";
    GET     "/api/accounts"                     AccountManager        get(api::accounts::list);
    POST    "/api/accounts"                     AccountManager        post(api::accounts::make) "account.make";
    PATCH   "/api/accounts/{account}"           AccountManager        patch(api::accounts::change) "account.change";
    POST    "/api/accounts/{account}/reset"     AccountManager        post(api::accounts::reset) "account.reset";
    POST    "/api/accounts/{account}/unlock"    AccountManager        post(api::accounts::unlock) "account.unlock";
    POST    "/api/accounts/{account}/reset-second-factor" AccountManager  post(api::second_factor::reset) "second_factor.reset";
    POST    "/api/accounts/{account}/certificates/{certificate}/revoke" AccountManager post(api::certificates::revoke) "certificate.revoke";
    GET     "/api/hand-overs"                   AccountManager        get(api::accounts::hand_overs);
    POST    "/api/accounts/{account}/hand-over" AccountManager        post(api::accounts::hand_over) "account.hand_over";
    POST    "/api/accounts/{account}/end-sessions" AccountManager     post(api::accounts::end_sessions) "account.end_sessions";
    GET     "/api/access"                       Officer               get(api::access::table);
    GET     "/api/self-check"                   Officer               get(api::access::self_check);
    GET     "/api/units"                        UnitReader            get(api::org_units::list);
    POST    "/api/units"                        AccountManager        post(api::org_units::make) "unit.make";
    GET     "/api/units/names"                  MeetingLister         get(api::org_units::names);
    GET     "/api/units/template"               AccountManager        get(api::tables::units_template);
    POST    "/api/units/export"                 AccountManager        post(api::tables::export_units) "unit.export";
    POST    "/api/units/import/check"           AccountManager        post(api::tables::check_units) "unit.import_check";
    POST    "/api/units/import"                 AccountManager        post(api::tables::apply_units) "unit.import";
    GET     "/api/people/template"              UnitReader            get(api::tables::people_template);
    POST    "/api/people/export"                UnitReader            post(api::tables::export_people) "people.export";
    POST    "/api/people/import/check"          UnitReader            post(api::tables::check_people) "people.import_check";
    POST    "/api/people/import"                UnitReader            post(api::tables::apply_people) "people.import";
    PATCH   "/api/units/{unit}"                 AccountManager        patch(api::org_units::change) "unit.change";
    POST    "/api/units/{unit}/close"           AccountManager        post(api::org_units::close) "unit.close";
    POST    "/api/units/{unit}/reopen"          AccountManager        post(api::org_units::reopen) "unit.reopen";
    DELETE  "/api/units/{unit}"                 AccountManager        delete(api::org_units::remove) "unit.remove";
    POST    "/api/units/{unit}/account-requests" Liaison              post(api::org_units::ask) "account.ask";
    POST    "/api/account-requests/{request}/grant" AccountManager    post(api::org_units::grant) "account.grant";
    POST    "/api/account-requests/{request}/refuse" AccountManager   post(api::org_units::refuse) "account.refuse";
    GET     "/api/devices"                      DeviceManager         get(api::devices::list);
    POST    "/api/devices"                      DeviceManager         post(api::devices::make) "device.make";
    DELETE  "/api/devices/{device}"             DeviceManager         delete(api::devices::revoke) "device.revoke";
    GET     "/api/tokens"                       DeviceManager         get(api::tokens::list);
    DELETE  "/api/tokens/{token}"               DeviceManager         delete(api::tokens::revoke) "token.revoke";
    POST    "/api/pair"                         Anyone                post(api::devices::pair) "device.pair";
    POST    "/api/seat/attend"                  Seat                  post(api::seats::attend) "seat.attend";
    POST    "/api/seat/leave"                   Seat                  post(api::seats::leave) "seat.leave";
    GET     "/api/audit"                        BookReader            get(api::audit::page);
    POST    "/api/audit/exports"                BookReader            post(api::audit::export) "audit.export";
    GET     "/api/meetings/{meeting}"           MeetingReader         get(api::meetings::meeting);
    POST    "/api/meetings/{meeting}/visit"     DemoVisitor           post(api::meetings::visit) "meeting.visit";
    GET     "/api/meetings"                     MeetingLister         get(api::meetings::list);
    POST    "/api/meetings"                     MeetingManager        post(api::meetings::make) "meeting.plan";
    PATCH   "/api/meetings/{meeting}"           MeetingManager        patch(api::meetings::change) "meeting.change";
    GET     "/api/meetings/{meeting}/notice.pdf" NoticeWriter         get(api::papers::notice);
    GET     "/api/meetings/{meeting}/attendance.pdf" NoticeWriter     get(api::papers::attendance);
    GET     "/api/schedule/duty.pdf"            MeetingLister         get(api::papers::duty);
    GET     "/api/schedule/week.pdf"            MeetingLister         get(api::papers::week);
    GET     "/api/meetings/{meeting}/meeting.ics" MeetingLister       get(api::papers::meeting_calendar);
    GET     "/api/schedule/calendar.ics"        MeetingLister         get(api::papers::schedule_calendar);
    GET     "/api/schedule/choices"             MeetingManager        get(api::schedule::choices);
    GET     "/api/schedule/check"               MeetingManager        get(api::schedule::check);
    GET     "/api/schedule/series"              MeetingManager        get(api::schedule::series);
    POST    "/api/schedule/series"              MeetingManager        post(api::schedule::plan_series) "meeting.plan_series";
    GET     "/api/profiles"                     MeetingManager        get(api::profiles::list);
    POST    "/api/profiles"                     MeetingManager        post(api::profiles::make) "profile.make";
    PATCH   "/api/profiles/{profile}"           MeetingManager        patch(api::profiles::change) "profile.change";
    DELETE  "/api/profiles/{profile}"           MeetingManager        delete(api::profiles::remove) "profile.remove";
    GET     "/api/days/template"                MeetingManager        get(api::tables::days_template);
    POST    "/api/days/export"                  MeetingManager        post(api::tables::export_days) "day.export";
    POST    "/api/days/import/check"            MeetingManager        post(api::tables::check_days) "day.import_check";
    POST    "/api/days/import"                  MeetingManager        post(api::tables::apply_days) "day.import";
    GET     "/api/days"                         MeetingLister         get(api::schedule::days);
    GET     "/api/meetings/{meeting}/notice"    MeetingLister         get(api::catalogue::notice);
    POST    "/api/meetings/{meeting}/notice"    NoticeWriter          post(api::catalogue::write_notice) "meeting.notice";
    GET     "/api/meetings/{meeting}/materials" MaterialReader        get(api::materials::list);
    POST    "/api/meetings/{meeting}/materials" NoticeWriter          post(api::materials::add) "material.add";
    DELETE  "/api/meetings/{meeting}/materials/{material}" NoticeWriter delete(api::materials::remove) "material.remove";
    POST    "/api/meetings/{meeting}/materials/{material}/copy" MaterialReader post(api::materials::copy) "material.copy";
    POST    "/api/meetings/{meeting}/open"      MeetingManager        post(api::meetings::open) "meeting.open";
    POST    "/api/meetings/{meeting}/close"     MeetingManager        post(api::meetings::close) "meeting.close";
    POST    "/api/meetings/{meeting}/cancel"    MeetingManager        post(api::meetings::cancel) "meeting.cancel";
    POST    "/api/meetings/{meeting}/joint-test" MeetingManager       post(api::joint_tests::plan) "joint_test.plan";
    GET     "/api/joint-tests"                  MeetingLister         get(api::joint_tests::readiness);
    GET     "/api/joint-tests/{meeting}"        MeetingLister         get(api::joint_tests::read);
    GET     "/api/joint-tests/{meeting}/record.pdf" MeetingLister     get(api::papers::joint_test);
    POST    "/api/joint-tests/{meeting}/begin"  MeetingManager        post(api::joint_tests::begin) "joint_test.begin";
    POST    "/api/joint-tests/{meeting}/items"  MeetingManager        post(api::joint_tests::check) "joint_test.check";
    POST    "/api/joint-tests/{meeting}/measure" MeetingManager       post(api::joint_tests::measure) "joint_test.measure";
    POST    "/api/joint-tests/{meeting}/trial"  MeetingManager        post(api::joint_tests::trial) "joint_test.trial";
    POST    "/api/joint-tests/{meeting}/end"    MeetingManager        post(api::joint_tests::end) "joint_test.end";
    POST    "/api/joint-tests/{meeting}/explain" MeetingManager       post(api::joint_tests::explain) "joint_test.explain";
    POST    "/api/joint-tests/{meeting}/accept" DefectSigner          post(api::joint_tests::accept) "joint_test.accept";
    GET     "/api/checklist"                    MeetingManager        get(api::joint_tests::checklist);
    POST    "/api/checklist"                    MeetingManager        post(api::joint_tests::change_checklist) "checklist.change";
    GET     "/api/meetings/{meeting}/stage"     MeetingManager        get(api::stage::read);
    POST    "/api/meetings/{meeting}/programme" MeetingManager        post(api::stage::choose) "stage.programme";
    POST    "/api/meetings/{meeting}/microphones" MeetingManager      post(api::stage::microphone) "stage.microphone";
    POST    "/api/meetings/{meeting}/microphones/close-all" MeetingManager post(api::stage::close_all) "stage.close_all";
    POST    "/api/meetings/{meeting}/participants/{participant}/remove" MeetingManager post(api::stage::remove) "stage.remove";
    GET     "/api/meetings/{meeting}/roll-calls" MeetingLister        get(api::roll_calls::read);
    POST    "/api/meetings/{meeting}/roll-calls" MeetingManager       post(api::roll_calls::begin) "roll_call.begin";
    POST    "/api/meetings/{meeting}/roll-calls/call" MeetingManager  post(api::roll_calls::call) "roll_call.call";
    POST    "/api/meetings/{meeting}/roll-calls/answer" MeetingManager post(api::roll_calls::answer) "roll_call.answer";
    POST    "/api/meetings/{meeting}/roll-calls/end" MeetingManager   post(api::roll_calls::end) "roll_call.end";
    POST    "/api/meetings/{meeting}/roll-calls/export" MeetingLister post(api::roll_calls::export) "roll_call.export";
    GET     "/api/meetings/{meeting}/attendance" NoticeWriter         get(api::attendance::read);
    PATCH   "/api/meetings/{meeting}/attendance" NoticeWriter         patch(api::attendance::change_terms) "attendance.terms";
    POST    "/api/meetings/{meeting}/attendance/invite" NoticeWriter  post(api::attendance::invite) "attendance.invite";
    POST    "/api/meetings/{meeting}/attendance/copy" NoticeWriter    post(api::attendance::copy) "attendance.copy";
    PATCH   "/api/meetings/{meeting}/attendance/units/{unit}" NoticeWriter patch(api::attendance::place_unit) "attendance.place";
    DELETE  "/api/meetings/{meeting}/attendance/units/{unit}" NoticeWriter delete(api::attendance::uninvite) "attendance.uninvite";
    POST    "/api/meetings/{meeting}/attendance/units/{unit}/confirm" NoticeWriter post(api::attendance::confirm_unit) "attendance.confirm";
    POST    "/api/meetings/{meeting}/attendance/units/{unit}/people" NoticeWriter post(api::attendance::name) "attendance.name";
    PATCH   "/api/meetings/{meeting}/attendance/people/{attendee}" NoticeWriter patch(api::attendance::change) "attendance.change";
    DELETE  "/api/meetings/{meeting}/attendance/people/{attendee}" NoticeWriter delete(api::attendance::remove) "attendance.remove";
    POST    "/api/meetings/{meeting}/attendance/sign-in" NoticeWriter post(api::attendance::sign_in) "attendance.sign_in";
    POST    "/api/meetings/{meeting}/attendance/undo" NoticeWriter    post(api::attendance::undo) "attendance.undo";
    POST    "/api/meetings/{meeting}/attendance/export" NoticeWriter  post(api::attendance::export) "attendance.export";
    GET     "/api/notices"                      Liaison               get(api::notices::list);
    POST    "/api/notices/{meeting}/units/{unit}/read" Liaison        post(api::notices::read) "notice.read";
    POST    "/api/notices/{meeting}/units/{unit}/confirm" Liaison     post(api::notices::confirm) "notice.confirm";
    POST    "/api/notices/{meeting}/units/{unit}/people" Liaison      post(api::notices::name) "notice.name";
    PATCH   "/api/notices/{meeting}/units/{unit}/people/{attendee}" Liaison patch(api::notices::change) "notice.change";
    DELETE  "/api/notices/{meeting}/units/{unit}/people/{attendee}" Liaison delete(api::notices::remove) "notice.remove";
    POST    "/api/meetings/{meeting}/recording/start" MeetingManager  post(api::recordings::start) "recording.start";
    POST    "/api/meetings/{meeting}/recording/stop" MeetingManager   post(api::recordings::stop) "recording.stop";
    POST    "/api/meetings/{meeting}/recording/marks" MeetingManager post(api::recordings::mark) "recording.mark";
    GET     "/api/recordings"                   RecordingReader       get(api::recordings::list);
    GET     "/api/recordings/{recording}"       RecordingReader       get(api::recordings::read);
    POST    "/api/recordings/{recording}/finalise" RecordingKeeper    post(api::recordings::finalise) "recording.finalise";
    POST    "/api/recordings/{recording}/note"  RecordingKeeper       post(api::catalogue::note) "recording.note";
    POST    "/api/recordings/{recording}/marks" RecordingKeeper       post(api::catalogue::mark) "recording.mark";
    DELETE  "/api/recordings/{recording}/marks/{mark}" RecordingKeeper delete(api::catalogue::unmark) "recording.unmark";
    POST    "/api/recordings/{recording}/lock"  RecordingLocker       post(api::catalogue::lock) "recording.lock";
    POST    "/api/recordings/{recording}/unlock" RecordingUnlocker    post(api::catalogue::unlock) "recording.unlock";
    POST    "/api/recordings/{recording}/plays" RecordingReader       post(api::library::play) "recording.play";
    GET     "/api/plays/{play}/{*path}"         RecordingReader       get(api::library::played);
    POST    "/api/recordings/{recording}/sign-offs" SignOffAsker      post(api::sign_offs::ask) "signoff.ask";
    GET     "/api/sign-offs"                    SignOffReader         get(api::sign_offs::list);
    POST    "/api/sign-offs/{signoff}/grant"    SignOffSigner         post(api::sign_offs::grant) "signoff.grant";
    POST    "/api/sign-offs/{signoff}/refuse"   SignOffSigner         post(api::sign_offs::refuse) "signoff.refuse";
    POST    "/api/sign-offs/{signoff}/recall"   SignOffSigner         post(api::sign_offs::recall) "signoff.recall";
    POST    "/api/sign-offs/{signoff}/exports"  SignOffAsker          post(api::library::fetch) "recording.export";
    POST    "/api/meetings/{meeting}/sign-offs" NoticeWriter          post(api::arrangements::ask) "arrangement.ask";
    POST    "/api/arrangements/{signoff}/grant" SignOffSigner         post(api::arrangements::grant) "arrangement.grant";
    POST    "/api/arrangements/{signoff}/refuse" SignOffSigner        post(api::arrangements::refuse) "arrangement.refuse";
    GET     "/api/delegations"                  SignOffReader         get(api::delegations::list);
    POST    "/api/delegations"                  Approver              post(api::delegations::make) "signoff.delegate";
    POST    "/api/delegations/{delegation}/end" Approver              post(api::delegations::end) "signoff.delegation_end";
    GET     "/api/exports/{export}/{*path}"     SignOffAsker          get(api::library::fetched);
    GET     "/api/venues"                       MeetingLister         get(api::venues::list);
    POST    "/api/venues"                       DeviceManager         post(api::venues::make) "venue.make";
    PATCH   "/api/venues/{venue}"               DeviceManager         patch(api::venues::change) "venue.change";
    GET     "/api/venues/{venue}/now"           VenueReader           get(api::venues::now);
    GET     "/api/legs"                         LegManager            get(api::legs::list);
    POST    "/api/legs"                         LegManager            post(api::legs::make) "leg.make";
    PATCH   "/api/legs/{leg}"                   LegManager            patch(api::legs::change) "leg.change";
    DELETE  "/api/legs/{leg}"                   LegManager            delete(api::legs::remove) "leg.remove";
    POST    "/api/legs/{leg}/start"             LegManager            post(api::legs::start) "leg.start";
    POST    "/api/legs/{leg}/stop"              LegManager            post(api::legs::stop) "leg.stop";
    GET     "/api/status"                       Status                get(api::status::status);
    POST    "/api/meetings/{meeting}/network-record" Status           post(api::status::network_record) "network.export";
    GET     "/api/live"                         Watcher               get(live::open);
    GET     "/api/openapi.json"                 Anyone                get(api::description::read);
    GET     "/healthz"                          Anyone                get(health::alive);
    GET     "/readyz"                           Anyone                get(health::ready);
    GET     "/metrics"                          Figures               get(health::metrics);
    GET     "/"                                 Anyone                get(page::admin);
    GET     "/schedule"                         Anyone                get(page::admin);
    GET     "/meetings"                         Anyone                get(page::admin);
    GET     "/joint-test"                       Anyone                get(page::admin);
    GET     "/checklist"                        Anyone                get(page::admin);
    GET     "/api-docs"                         Anyone                get(page::admin);
    GET     "/attendance"                       Anyone                get(page::admin);
    GET     "/notices"                          Anyone                get(page::admin);
    GET     "/recordings"                       Anyone                get(page::admin);
    GET     "/sign-offs"                        Anyone                get(page::admin);
    GET     "/legs"                             Anyone                get(page::admin);
    GET     "/devices"                          Anyone                get(page::admin);
    GET     "/venues"                           Anyone                get(page::admin);
    GET     "/accounts"                         Anyone                get(page::admin);
    GET     "/access"                           Anyone                get(page::admin);
    GET     "/self-check"                       Anyone                get(page::admin);
    GET     "/units"                            Anyone                get(page::admin);
    GET     "/audit"                            Anyone                get(page::admin);
    GET     "/me"                               Anyone                get(page::admin);
    GET     "/status"                           Anyone                get(page::admin);
    GET     "/join/{meeting}"                   Anyone                get(page::join);
    GET     "/screen/{meeting}"                 Anyone                get(page::screen);
    GET     "/seat"                             Anyone                get(page::room);
    GET     "/pair"                             Anyone                get(page::room);
    GET     "/room/{venue}"                     Anyone                get(page::room);
    GET     "/assets/{*path}"                   Anyone                get(page::asset);
}

/// What goes on at a console that is locked, by its word in the book: coming and going, and what keeps pictures and sound in a
/// meeting when a network falters. A microphone or a picture on air is none of it.
pub const GOES_ON_WHILE_LOCKED: [&str; 8] =
    ["login", "logout", "console.lock", "console.unlock", "media.publish", "media.view", "media.change", "media.leave"];

/// The router of the whole table.
pub(super) fn router(web: &Arc<Web>) -> Router<Arc<Web>> {
    TABLE.iter().fold(Router::new(), |router, route| {
        let answer = (route.answer)();
        let answer = match route.action {
            Some(action) => answer.layer(from_fn_with_state((Arc::clone(web), action), book::wrap)),
            None => answer,
        };
        router.route(route.path, answer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_in_the_book_and_nothing_else() {
        for Route { method, path, action, .. } in TABLE {
            let reads = matches!(*method, Method::GET | Method::OPTIONS);
            assert_eq!(action.is_none(), reads, "{method} {path}");
        }
    }

    #[test]
    fn what_goes_on_at_a_locked_console_is_in_the_table() {
        for word in GOES_ON_WHILE_LOCKED {
            assert!(TABLE.iter().any(|route| route.action == Some(word)), "{word}");
        }
    }

    #[test]
    fn nothing_deletes_a_recording_or_a_signature() {
        let deletes = TABLE.iter().filter(|route| route.method == Method::DELETE).map(|route| route.path);
        let kept = ["/api/recordings", "/api/sign-offs", "/api/delegations", "/api/exports", "/api/audit"];
        let of_kept = deletes.filter(|path| kept.iter().any(|kept| path.starts_with(kept)));
        assert_eq!(of_kept.collect::<Vec<_>>(), ["/api/recordings/{recording}/marks/{mark}"]);
    }
}
