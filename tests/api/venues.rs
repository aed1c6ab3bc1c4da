//! Venues: the first one, making and changing them, and what each has now.

use crate::server::{self, Server, council, operator, somebody};
use std::time::{Duration, SystemTime};
use yunling::{
    app::VenueFault,
    domain::{
        access::{Actor, DeviceKind, PairedDevice, Refusal},
        line::LineFault,
        meeting::Plan,
        role::Role,
        schedule::Consent,
    },
    id::VenueId,
};

fn id<I: std::str::FromStr>(text: &str) -> I {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
}

fn machine(venue: &str) -> Actor {
    let participant = id(&format!("v-{venue}"));
    Actor::Device(PairedDevice {
        device: id("d"),
        kind: DeviceKind::Room,
        venue: id(venue),
        participant,
        attends: None,
    })
}

#[tokio::test]
async fn the_first_start_makes_one_venue_and_no_meeting() {
    let mut server = Server::bare().await;
    for _ in 0..2 {
        let venues = server.running.app.venues(&operator()).await.expect("listed");
        let told: Vec<_> = venues.iter().map(|venue| (venue.id.as_str(), venue.name.as_str())).collect();
        assert_eq!(told, [("county", "县主会场")]);
        assert!(server.running.app.list_meetings(&operator(), None, None).await.expect("listed").is_empty());
        server = server.again().await;
    }
    server.end().await;
}

#[tokio::test]
async fn venues_are_made_and_changed_by_those_who_run_them() {
    let server = Server::bare().await;
    let app = &server.running.app;
    let town = app.make_venue(&operator(), Some("town-1"), " 城关镇 ").await.expect("made");
    assert_eq!((town.id.as_str(), town.name.as_str()), ("town-1", "城关镇"));
    let unnamed = app.make_venue(&somebody(Role::SystemAdmin), None, "河西乡").await.expect("made");
    assert!(unnamed.rank > town.rank, "the last in the order");
    let first = app.change_venue(&operator(), &unnamed.id, Some("河西镇"), Some(0)).await.expect("changed");
    assert_eq!((first.name.as_str(), first.rank), ("河西镇", 0));

    let taken = app.make_venue(&operator(), Some("county"), "又一个").await;
    assert!(matches!(taken, Err(VenueFault::Taken)), "{taken:?}");
    for bad in ["", "Town", "a b", &"x".repeat(63)] {
        let made = app.make_venue(&operator(), Some(bad), "某镇").await;
        assert!(matches!(made, Err(VenueFault::Id)), "{bad:?}: {made:?}");
    }
    let nameless = app.change_venue(&operator(), &town.id, Some(" "), None).await;
    assert!(matches!(nameless, Err(VenueFault::Name(LineFault::Empty))), "{nameless:?}");
    let unknown = app.change_venue(&operator(), &id("moon"), None, None).await;
    assert!(matches!(unknown, Err(VenueFault::Unknown)), "{unknown:?}");
    let clerk = app.make_venue(&somebody(Role::Clerk), None, "某镇").await;
    assert!(matches!(clerk, Err(VenueFault::Access(Refusal::Forbidden))), "{clerk:?}");
    server.end().await;
}

#[tokio::test]
async fn a_venue_knows_what_is_on_and_what_comes_next() {
    let server = Server::bare().await;
    let app = &server.running.app;
    let now = SystemTime::now();
    let county: VenueId = id("county");
    let hours = |hours: u64| now + Duration::from_secs(hours * 3600);
    let plan = |title: &str, from, to| Plan {
        title: title.into(),
        starts: hours(from),
        ends: hours(to),
        venues: vec![county.clone()],
        ..council()
    };
    let shown = async || {
        let now = app.venue_now(&machine("county"), &county, now).await.expect("its own venue");
        (now.on_air.map(|meeting| meeting.title), now.next.map(|meeting| meeting.title))
    };
    assert_eq!(shown().await, (None, None));
    let later = app
        .plan_meeting(&operator(), plan("下午的会", 5, 6), &Consent::default(), server::now().wall)
        .await
        .expect("planned");
    app.plan_meeting(&operator(), plan("上午的会", 1, 2), &Consent::default(), server::now().wall)
        .await
        .expect("planned");
    assert_eq!(shown().await, (None, Some("上午的会".to_owned())));
    app.open_meeting(&operator(), &later.id).await.expect("opens, whatever the plan says");
    assert_eq!(shown().await, (Some("下午的会".to_owned()), None));
    app.close_meeting(&operator(), &later.id).await.expect("closes");
    assert_eq!(shown().await, (None, Some("上午的会".to_owned())));

    let foreign = app.venue_now(&machine("town"), &county, now).await;
    assert!(matches!(foreign, Err(VenueFault::Access(Refusal::Hidden))), "{foreign:?}");
    assert!(app.venue_now(&operator(), &county, now).await.is_ok());
    server.end().await;
}
