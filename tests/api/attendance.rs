//! Attendance lists: units invited, notices read and confirmed by their liaisons, people named and excused, and signed in.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    org_units::unit,
    server::{Server, council, now, operator, refused},
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use yunling::{
    domain::{meeting::Plan, role::Role, schedule::Consent},
    http::wire::{
        AttendanceFigures, AttendanceList, AttendeeAnswer, AttendeeEntry, AuditPage, LiveMessage, MeetingNotice,
        RollCalls, SignedIn, UnitNotice, VenueNow, WireMeans, WireReceiptStanding,
    },
    id::MeetingId,
};

/// Whoever has an account here is called so.
const NAME: &str = "王秀兰";

/// A server with units 县水务局 (of the liaison zhao), 通泉街道办事处 (of bai) and 马过河镇 (of nobody), and a planned meeting of two
/// venues that starts in so many minutes.
struct World {
    server: Server,
    admin: String,
    clerk: String,
    zhao: String,
    bai: String,
    units: Vec<String>,
    meeting: MeetingId,
}

impl World {
    async fn starting_in(minutes: i64) -> Self {
        let server = Server::bare().await;
        let admin = server.person("safe", &[Role::SecurityAdmin]).await;
        let clerk = server.person("wang", &[Role::Clerk]).await;
        let zhao = server.person("zhao", &[Role::Liaison]).await;
        let bai = server.person("bai", &[Role::Liaison]).await;
        let mut units = Vec::new();
        for (name, liaison) in [("县水务局", Some("zhao")), ("通泉街道办事处", Some("bai")), ("马过河镇", None)]
        {
            let liaisons = match liaison {
                Some(login) => vec![server.account(login).await],
                None => Vec::new(),
            };
            units.push(unit(&server, &admin, name, &liaisons).await.id);
        }
        let app = &server.running.app;
        app.make_venue(&operator(), Some("tq"), "通泉街道会议室").await.expect("made");
        let plan = Plan { venues: ["county", "tq"].map(|id| id.parse().unwrap()).into(), ..at(minutes) };
        let meeting = app.plan_meeting(&operator(), plan, &Consent::default(), now().wall).await.expect("planned").id;
        Self { server, admin, clerk, zhao, bai, units, meeting }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/meetings/{}/attendance{rest}", self.meeting)
    }

    fn keeps(&self, method: &str, rest: &str, body: &Value) -> RequestBuilder {
        self.server.tell(method, &self.path(rest), &self.clerk, body)
    }

    async fn list(&self) -> AttendanceList {
        self.server.ask("GET", &self.path(""), &self.clerk).send().await.unwrap().json().await.unwrap()
    }

    async fn keeps_so(&self, method: &str, rest: &str, body: &Value) -> AttendanceList {
        let answer = self.keeps(method, rest, body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{method} {rest} {body}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn invite_all(&self) -> AttendanceList {
        self.keeps_so("POST", "/invite", &json!({ "units": self.units })).await
    }

    fn of_unit(&self, cookie: &str, method: &str, unit: usize, rest: &str, body: &Value) -> RequestBuilder {
        let path = format!("/api/notices/{}/units/{}{rest}", self.meeting, self.units[unit]);
        self.server.tell(method, &path, cookie, body)
    }

    async fn answers_so(&self, cookie: &str, method: &str, unit: usize, rest: &str, body: &Value) {
        let answer = self.of_unit(cookie, method, unit, rest, body).send().await.unwrap();
        let status = answer.status();
        assert_eq!(status, 204, "{method} {rest} {body}: {}", answer.text().await.unwrap());
    }

    async fn notices(&self, cookie: &str) -> Vec<UnitNotice> {
        self.server.ask("GET", "/api/notices", cookie).send().await.unwrap().json().await.unwrap()
    }

    async fn signs(&self, body: &Value) -> SignedIn {
        let answer = self.keeps("POST", "/sign-in", body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{body}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn moves_to(&self, minutes: i64) {
        let server = &self.server;
        let operator = server.person(&format!("op{minutes}").replace('-', "x"), &[Role::Operator]).await;
        let Plan { starts, ends, .. } = at(minutes);
        let moved = json!({ "startsAtMs": ms(starts), "endsAtMs": ms(ends) });
        let answer = server.tell("PATCH", &format!("/api/meetings/{}", self.meeting), &operator, &moved).send().await;
        assert_eq!(answer.unwrap().status(), 200);
    }
}

fn at(minutes: i64) -> Plan {
    let plan = council();
    let span = Duration::from_secs(minutes.unsigned_abs() * 60);
    let starts = if minutes < 0 { plan.starts - span } else { plan.starts + span };
    Plan { starts, ends: starts + Duration::from_secs(7200), ..plan }
}

fn ms(at: SystemTime) -> u64 {
    u64::try_from(at.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn people(list: &AttendanceList) -> Vec<(u32, &str)> {
    list.units.iter().flat_map(|unit| &unit.people).map(|one| (one.number, one.name.as_str())).collect()
}

fn named<'a>(list: &'a AttendanceList, name: &str) -> &'a AttendeeEntry {
    list.units.iter().flat_map(|unit| &unit.people).find(|one| one.name == name).unwrap()
}

fn persons(names: &[&str]) -> Value {
    let people: Vec<Value> = names.iter().map(|name| json!({ "name": name, "position": "局长" })).collect();
    json!({ "people": people })
}

#[tokio::test]
async fn a_unit_reads_its_notice_confirms_it_and_says_who_comes() {
    let world = World::starting_in(300).await;
    assert!(world.notices(&world.zhao).await.is_empty());
    let list = world.invite_all().await;
    let invited: Vec<(&str, &str, bool)> =
        list.units.iter().map(|unit| (unit.name.as_str(), unit.venue.as_str(), unit.has_liaison)).collect();
    let expect =
        [("县水务局", "县主会场", true), ("通泉街道办事处", "通泉街道会议室", true), ("马过河镇", "县主会场", false)];
    assert_eq!(invited, expect, "each comes to its own venue");
    let terms = json!({ "answerBeforeMinutes": 120, "opensBeforeMinutes": 30, "closesAfterMinutes": 15 });
    world.keeps_so("PATCH", "", &terms).await;
    let said = json!({ "unit": "县政府办", "attendees": [], "agenda": [], "contact": "李军 8881234", "requirements": ["着正装"] });
    let path = format!("/api/meetings/{}/notice", world.meeting);
    assert_eq!(world.server.tell("POST", &path, &world.clerk, &said).send().await.unwrap().status(), 200);

    let notice = world.notices(&world.zhao).await.remove(0);
    assert_eq!(
        (notice.title.as_str(), notice.venue.as_str(), notice.contact.as_str()),
        ("县委常委会", "县主会场", "李军 8881234")
    );
    assert_eq!(notice.requirements, ["着正装"], "as the printed notice asks");
    assert_eq!((notice.hours.answers_until_ms, notice.answers), (notice.starts_at_ms - 7_200_000, true));
    assert_eq!(notice.receipt.standing, WireReceiptStanding::Notified);
    refused(world.of_unit(&world.zhao, "POST", 0, "/confirm", &json!({})), 409, "attendance.unread").await;
    world.answers_so(&world.zhao, "POST", 0, "/read", &json!({})).await;
    assert_eq!(world.list().await.units[0].receipt.standing, WireReceiptStanding::Read);
    world.answers_so(&world.zhao, "POST", 0, "/confirm", &json!({})).await;
    let receipt = world.list().await.units[0].receipt.clone();
    assert_eq!((receipt.standing, receipt.confirmed_by.as_str()), (WireReceiptStanding::Confirmed, NAME));

    // Two are named, one of them is on leave, and the other sends somebody.
    world.answers_so(&world.zhao, "POST", 0, "/people", &persons(&["李军", "王芳"])).await;
    let list = world.list().await;
    let [li, wang] = ["李军", "王芳"].map(|name| named(&list, name).clone());
    assert_eq!((&li.answer, li.summoned, li.said_by.as_str()), (&AttendeeAnswer::Confirmed, false, NAME));
    let leave = |reason: &str| json!({ "answer": { "kind": "leave", "reason": reason, "approver": "张建国" } });
    let path = format!("/people/{}", li.id);
    let problem =
        refused(world.of_unit(&world.zhao, "PATCH", 0, &path, &leave(" ")), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "reason");
    world.answers_so(&world.zhao, "PATCH", 0, &path, &leave("病假")).await;
    let instead = json!({ "answer": { "kind": "standIn", "name": "周平", "approver": "张建国" } });
    world.answers_so(&world.zhao, "PATCH", 0, &format!("/people/{}", wang.id), &instead).await;
    let absent = json!({ "answer": { "kind": "absent" } });
    refused(world.of_unit(&world.zhao, "PATCH", 0, &path, &absent), 409, "attendance.keepers_word").await;
    assert_eq!(world.list().await.figures, AttendanceFigures { due: 2, present: 0, leave: 1, absent: 0, late: 0 });

    // The list is in administrative order until answers end.
    world.keeps_so("POST", &format!("/units/{}/people", world.units[2]), &persons(&["钱"])).await;
    world.answers_so(&world.bai, "POST", 1, "/people", &persons(&["孙"])).await;
    assert_eq!(people(&world.list().await), [(1, "李军"), (2, "王芳"), (3, "孙"), (4, "钱")]);
    // Whoever is summoned is not taken off by their unit; whom it named itself is.
    world.keeps_so("POST", &format!("/units/{}/people", world.units[0]), &persons(&["高"])).await;
    let summoned = format!("/people/{}", named(&world.list().await, "高").id);
    refused(world.of_unit(&world.zhao, "DELETE", 0, &summoned, &json!({})), 409, "attendance.summoned").await;
    world.answers_so(&world.zhao, "DELETE", 0, &path, &json!({})).await;

    // At another time the receipt is asked for anew; later units answer no longer, and numbers stand.
    world.moves_to(100).await;
    let notice = world.notices(&world.zhao).await.remove(0);
    assert_eq!((notice.receipt.standing, notice.answers), (WireReceiptStanding::Changed, false));
    refused(world.of_unit(&world.zhao, "POST", 0, "/confirm", &json!({})), 409, "attendance.unread").await;
    refused(world.of_unit(&world.zhao, "POST", 0, "/people", &persons(&["迟"])), 409, "attendance.answers_ended").await;
    world.answers_so(&world.zhao, "POST", 0, "/read", &json!({})).await;
    world.answers_so(&world.zhao, "POST", 0, "/confirm", &json!({})).await;
    let by_telephone = format!("/units/{}/confirm", world.units[2]);
    let told = world.keeps_so("POST", &by_telephone, &json!({})).await;
    assert_eq!(told.units[2].receipt.confirmed_by, NAME);
    let before = people(&told).into_iter().map(|(number, name)| (number, name.to_owned())).collect::<Vec<_>>();
    let late = world.keeps_so("POST", &format!("/units/{}/people", world.units[0]), &persons(&["迟"])).await;
    assert_eq!(named(&late, "迟").number, 5);
    assert!(before.iter().all(|(number, name)| named(&late, name).number == *number), "what is on paper stands");
    let place = json!({ "venue": "tq" });
    let placed = world.keeps_so("PATCH", &format!("/units/{}", world.units[0]), &place).await;
    assert_eq!(placed.units[0].receipt.standing, WireReceiptStanding::Changed, "at another place too");
    let nowhere = world.keeps("PATCH", &format!("/units/{}", world.units[0]), &json!({ "venue": "hall" }));
    refused(nowhere, 422, "request.field_invalid").await;
    world.server.end().await;
}

#[tokio::test]
async fn a_liaison_has_their_own_unit_s_notices_alone() {
    let world = World::starting_in(300).await;
    let path = format!("/api/meetings/{}/notice", world.meeting);
    let attendee = |name: &str, unit: &str| json!({ "name": name, "unit": unit });
    let all = [attendee("张建国 副县长", ""), attendee("吴", "县水务局"), attendee("钱", "马过河镇")];
    let typed = json!({ "unit": "县政府办", "attendees": all, "agenda": ["通报汛情"] });
    assert_eq!(world.server.tell("POST", &path, &world.clerk, &typed).send().await.unwrap().status(), 200);
    let read = async |cookie: &str| {
        world.server.ask("GET", &path, cookie).send().await.unwrap().json::<MeetingNotice>().await.unwrap()
    };
    let notice = read(&world.zhao).await;
    let names: Vec<&str> = notice.attendees.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((names, &notice.agenda[..]), (vec!["吴"], &["通报汛情".to_owned()][..]), "others' names are nobody's");
    assert_eq!(read(&world.clerk).await.attendees.len(), 3);
    // What is not invited yet is nobody's.
    refused(world.of_unit(&world.zhao, "POST", 0, "/read", &json!({})), 404, "attendance.not_invited").await;
    world.invite_all().await;
    world.keeps_so("POST", &format!("/units/{}/people", world.units[1]), &persons(&["孙"])).await;
    world.answers_so(&world.zhao, "POST", 0, "/people", &persons(&["李军"])).await;
    let list = world.list().await;
    let [mine, theirs] = ["李军", "孙"].map(|name| format!("/people/{}", named(&list, name).id));
    let own: Vec<String> = world.notices(&world.zhao).await.into_iter().map(|notice| notice.unit).collect();
    assert_eq!(own, world.units[..1], "of no other unit");
    let whoever = json!({ "person": { "name": "李军军", "position": "" } });
    for (method, mine, theirs, body) in [
        ("POST", "/read", "/read", json!({})),
        ("POST", "/confirm", "/confirm", json!({})),
        ("POST", "/people", "/people", persons(&["赵"])),
        ("PATCH", &mine, &theirs, whoever.clone()),
        ("DELETE", &mine, &theirs, json!({})),
    ] {
        let others = world.of_unit(&world.zhao, method, 1, theirs, &body);
        refused(others, 404, "attendance.not_invited").await;
        world.answers_so(&world.zhao, method, 0, mine, &body).await;
    }
    // Somebody else's person by way of one's own unit is nobody.
    for method in ["PATCH", "DELETE"] {
        let others = world.of_unit(&world.zhao, method, 0, &theirs, &whoever);
        refused(others, 404, "attendance.no_attendee").await;
    }
    let notice = read(&world.zhao).await;
    assert!(notice.listed.is_empty(), "not by way of the notice either: {notice:?}");
    // Who no longer answers for the unit is shown nothing, and the whole list is the keepers'.
    let path = format!("/api/units/{}", world.units[0]);
    let nobody = world.server.tell("PATCH", &path, &world.admin, &json!({ "liaisons": [] })).send().await.unwrap();
    assert_eq!(nobody.status(), 204);
    assert!(world.notices(&world.zhao).await.is_empty());
    refused(world.of_unit(&world.zhao, "POST", 0, "/read", &json!({})), 404, "attendance.not_invited").await;
    refused(world.server.ask("GET", &world.path(""), &world.bai), 403, "access.not_allowed").await;
    let unit = world.server.ask("DELETE", &path, &world.admin);
    refused(unit, 409, "unit.in_use").await;
    world.server.end().await;
}

#[tokio::test]
async fn people_sign_in_by_list_number_and_paper_and_late_ones_are_marked() {
    let world = World::starting_in(40).await;
    world.invite_all().await;
    world.keeps_so("POST", &format!("/units/{}/people", world.units[0]), &persons(&["李军", "王芳", "高"])).await;
    let list = world.keeps_so("POST", &format!("/units/{}/people", world.units[1]), &persons(&["孙", "周"])).await;
    let id = |name: &str| named(&list, name).id.clone();
    let tap = |name: &str| json!({ "attendee": id(name), "means": "list" });
    refused(world.keeps("POST", "/sign-in", &tap("李军")), 409, "attendance.too_early").await;
    let absent = json!({ "answer": { "kind": "absent" } });
    refused(world.keeps("PATCH", &format!("/people/{}", id("高")), &absent), 409, "attendance.not_yet_absent").await;
    let earlier = json!({ "answerBeforeMinutes": null, "opensBeforeMinutes": 60, "closesAfterMinutes": 15 });
    world.keeps_so("PATCH", "", &earlier).await;

    let operator = world.server.person("op", &[Role::Operator]).await;
    let on_screens = async || {
        let now = world.server.ask("GET", "/api/venues/county/now", &operator).send().await.unwrap();
        now.json::<VenueNow>().await.unwrap().counted.signing_in.map(|figures| (figures.due, figures.present))
    };
    assert_eq!(on_screens().await, Some((5, 0)));

    // Every page hears that figures moved.
    let mut live = world.server.own_socket("/api/live", &world.clerk).await.unwrap();
    let signed = world.signs(&tap("李军")).await;
    assert_eq!((signed.figures.due, signed.figures.present), (5, 1));
    heard(&mut live, "attendance").await;
    assert_eq!(on_screens().await, Some((5, 1)));
    let first = signed.attendee.signed.clone().unwrap();
    assert_eq!((first.means, first.late, first.by.as_str()), (WireMeans::List, false, NAME));
    let again = world.signs(&json!({ "number": 1, "means": "number" })).await;
    assert_eq!(again.attendee.signed, Some(first), "a second tap does no harm");
    assert_eq!(world.signs(&json!({ "number": 4, "means": "number" })).await.attendee.name, "孙");
    refused(
        world.keeps("POST", "/sign-in", &json!({ "number": 99, "means": "number" })),
        404,
        "attendance.no_attendee",
    )
    .await;
    refused(world.keeps("POST", "/sign-in", &json!({ "means": "list" })), 400, "request.malformed").await;

    // On leave nobody signs in; whoever comes all the same takes the leave back first.
    let leave = json!({ "answer": { "kind": "leave", "reason": "出差", "approver": "张建国" } });
    let wang = format!("/people/{}", id("王芳"));
    world.keeps_so("PATCH", &wang, &leave).await;
    refused(world.keeps("POST", "/sign-in", &tap("王芳")), 409, "attendance.on_leave").await;
    let signed_in = world.keeps("PATCH", &format!("/people/{}", id("李军")), &leave);
    refused(signed_in, 409, "attendance.signed_in").await;
    refused(world.keeps("DELETE", &format!("/units/{}", world.units[0]), &json!({})), 409, "attendance.signed_in")
        .await;
    let undo = json!({ "attendee": id("孙") });
    let undone = world.keeps("POST", "/undo", &undo).send().await.unwrap().json::<SignedIn>().await.unwrap();
    assert_eq!((undone.attendee.signed, undone.figures.present), (None, 1));
    refused(world.keeps("POST", "/undo", &undo), 409, "attendance.not_signed_in").await;

    // A quarter of an hour after the start whoever comes is late.
    world.moves_to(-20).await;
    assert!(world.signs(&tap("孙")).await.attendee.signed.unwrap().late);
    assert_eq!(on_screens().await, None, "the meeting should have begun");
    world.keeps_so("PATCH", &format!("/people/{}", id("高")), &absent).await;
    assert_eq!(world.list().await.figures, AttendanceFigures { due: 5, present: 2, leave: 1, absent: 1, late: 1 });

    // When it is over there is only paper, and whoever neither came nor asked leave is absent.
    world.moves_to(-200).await;
    assert_eq!(world.list().await.figures, AttendanceFigures { due: 5, present: 2, leave: 1, absent: 2, late: 1 });
    refused(world.keeps("POST", "/sign-in", &tap("周")), 409, "attendance.over").await;
    let paper = world.signs(&json!({ "attendee": id("周"), "means": "paper" })).await;
    assert_eq!(paper.attendee.signed.map(|signed| (signed.means, signed.late)), Some((WireMeans::Paper, false)));
    refused(world.keeps("POST", "/undo", &json!({ "attendee": id("李军") })), 409, "attendance.over").await;

    let typed = json!({ "unit": "", "attendees": [{ "name": "钱三 处长", "unit": "县水利厅" }], "agenda": [] });
    let path = format!("/api/meetings/{}/notice", world.meeting);
    assert_eq!(world.server.tell("POST", &path, &world.clerk, &typed).send().await.unwrap().status(), 200);
    let sheet = world.keeps("POST", "/export?format=csv", &json!({})).send().await.unwrap().text().await.unwrap();
    for line in [
        "1,县水务局,李军,局长,应到,,,",
        "2,县水务局,王芳,局长,请假,出差,张建国,",
        "名单签到,迟到",
        "未报名单",
        "应到 5，实到 3，请假 1，缺席 1，迟到 1",
        ",县水利厅,钱三,处长",
    ] {
        assert!(sheet.contains(line), "{line}: {sheet}");
    }
    let auditor = world.server.person("audit", &[Role::AuditAdmin]).await;
    let book = world.server.ask("GET", "/api/audit?action=attendance.sign_in", &auditor).send().await.unwrap();
    let book: AuditPage = book.json().await.unwrap();
    assert!(book.entries.iter().any(|entry| entry.subject.contains("孙 answer:expected signed:list late")), "{book:?}");
    world.server.end().await;
}

async fn heard(live: &mut crate::server::Socket, area: &str) {
    use futures_util::StreamExt as _;
    loop {
        let message = live.next().await.unwrap().unwrap();
        let Ok(text) = message.into_text() else { continue };
        match serde_json::from_str(&text).unwrap() {
            LiveMessage::Changed { areas, .. } if areas.iter().any(|known| known == area) => return,
            _ => {}
        }
    }
}

#[tokio::test]
async fn somebody_stands_on_the_list_or_in_the_notice_and_never_in_both() {
    let world = World::starting_in(300).await;
    let path = format!("/api/meetings/{}/notice", world.meeting);
    let attendee = |name: &str, unit: &str| json!({ "name": name, "unit": unit });
    let write = async |attendees: Vec<Value>| {
        let notice = json!({ "unit": "县水务局", "attendees": attendees, "agenda": [] });
        let written = world.server.tell("POST", &path, &world.clerk, &notice).send().await.unwrap();
        written.json::<MeetingNotice>().await.unwrap()
    };
    let typed = || vec![attendee("张建国 副县长", ""), attendee("李军 局长", "县水务局"), attendee("钱", "马过河镇")];
    assert!(write(typed()).await.listed.is_empty());
    let invite = json!({ "units": [world.units[0], world.units[0]] });
    let list = world.keeps_so("POST", "/invite", &invite).await;
    assert_eq!(list.units.len(), 1, "twice is once");
    let li = named(&list, "李军");
    assert_eq!((li.position.as_str(), li.summoned, &li.answer), ("局长", true, &AttendeeAnswer::Expected));
    let notice = world.server.ask("GET", &path, &world.clerk).send().await.unwrap();
    let notice: MeetingNotice = notice.json().await.unwrap();
    let left: Vec<&str> = notice.attendees.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((left, notice.listed[0].name.as_str()), (vec!["张建国 副县长", "钱"], "李军 局长"));

    // A page that was open meanwhile sends them once more, and somebody new.
    let mut old = typed();
    old.push(attendee("王芳 科长", "县水务局"));
    assert_eq!(write(old).await.attendees.len(), 2);
    assert_eq!(people(&world.list().await), [(1, "李军"), (2, "王芳")]);
    let calls = world.server.ask("GET", &format!("/api/meetings/{}/roll-calls", world.meeting), &world.clerk);
    assert_eq!(calls.send().await.unwrap().json::<RollCalls>().await.unwrap().attendees, 4);

    // Another meeting takes units and people over, and nothing that was answered.
    let app = &world.server.running.app;
    let other = app.plan_meeting(&operator(), at(2000), &Consent::default(), now().wall).await.expect("planned");
    let copy = format!("/api/meetings/{}/attendance/copy", other.id);
    let taken = world.server.tell("POST", &copy, &world.clerk, &json!({ "from": world.meeting })).send().await.unwrap();
    let taken: AttendanceList = taken.json().await.unwrap();
    assert_eq!(people(&taken), [(1, "李军"), (2, "王芳")]);
    assert_eq!(taken.units[0].receipt.standing, WireReceiptStanding::Notified);

    // What does not take place has no list to keep.
    app.cancel_meeting(&operator(), &other.id, "改期", yunling::app::Scope::This, now().wall).await.expect("cancelled");
    let invite = world.server.tell(
        "POST",
        &format!("/api/meetings/{}/attendance/invite", other.id),
        &world.clerk,
        &json!({ "units": world.units }),
    );
    refused(invite, 409, "attendance.cancelled").await;
    refused(world.keeps("POST", "/invite", &json!({ "units": ["nobody"] })), 409, "attendance.no_unit").await;
    let gone = world.keeps_so("DELETE", &format!("/units/{}", world.units[0]), &json!({})).await;
    assert!(gone.units.is_empty() && gone.others.len() == 3);
    world.server.end().await;
}
