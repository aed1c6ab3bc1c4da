//! The stage with real sound: what is closed sends no packet, and who is removed is told.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::disallowed_methods, reason = "bots run in real time")]

use crate::{
    control::{hear, say},
    server::{Server, council, now, operator},
};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use yunling::{
    app::{Credential, Joiner, MeetingFault, Microphone, ParticipantKind, ParticipantView},
    bot::native::{Publisher, Seen, Viewer},
    domain::{
        access::{Action, Actor, DeviceKind, PairedDevice, TokenRole},
        schedule::Consent,
        stage::{Heard, Stage},
    },
    http::wire::{EndReason, ServerMessage},
    id::{MeetingId, ParticipantId},
    relay::media::Codec,
};

const LOCAL: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Packets that prove that sound flows, or that as many could have.
const ENOUGH: u64 = 40;

fn council_id() -> MeetingId {
    "council".parse().unwrap()
}

/// A publisher and a viewer of the council, each with a token of its own, and the publisher's participant.
async fn two(server: &Server) -> (Publisher, Viewer, ParticipantId) {
    let token = server.token("council", TokenRole::Publisher).await;
    let mut publisher = Publisher::new(LOCAL, Codec::H264, 7).await.expect("a publisher");
    let offer = publisher.offer().await.expect("an offer");
    let answer = server.offer("/whip/council", &offer, Some(&token)).send().await.unwrap();
    publisher.accept(answer.text().await.unwrap()).await.expect("connects");
    let mut viewer = Viewer::new(LOCAL, Instant::now()).await.expect("a viewer");
    let offer = viewer.offer().await.expect("an offer");
    let token_of_viewer = server.token("council", TokenRole::Viewer).await;
    let answer = server.offer("/whep/council", &offer, Some(&token_of_viewer)).send().await.unwrap();
    viewer.accept(answer.text().await.unwrap()).await.expect("connects");
    (publisher, viewer, server.participant_of(&token).await)
}

/// How the status shows a participant.
async fn view(server: &Server, participant: &ParticipantId) -> Option<ParticipantView> {
    let snapshot = server.running.app.snapshot(Instant::now()).await;
    let council = snapshot.meetings.into_iter().find(|view| view.meeting.id == council_id())?;
    council.participants.into_iter().find(|view| view.participant == *participant)
}

/// Waits until the status shows a microphone like this.
async fn until_microphone(server: &Server, participant: &ParticipantId, wished: Microphone) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    while view(server, participant).await.map(|view| view.microphone) != Some(wished) {
        tick.tick().await;
    }
}

/// Waits until the publisher has sent so many more sounds.
async fn sounds(sent: &mut watch::Receiver<(u64, u64)>, more: u64) {
    let until = sent.borrow().1 + more;
    sent.wait_for(|sent| sent.1 >= until).await.expect("it sends");
}

/// What comes while the publisher sends [`ENOUGH`] sounds, after those that were under way have passed.
async fn meanwhile(viewer: &Viewer, sent: &mut watch::Receiver<(u64, u64)>) -> Seen {
    sounds(sent, 15).await;
    drop(viewer.take());
    sounds(sent, ENOUGH).await;
    viewer.take()
}

/// Waits until sound comes.
async fn until_heard(viewer: &Viewer, sent: &mut watch::Receiver<(u64, u64)>) {
    let mut heard = 0;
    while heard < ENOUGH {
        sounds(sent, 5).await;
        heard += viewer.take().audio.datagrams;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_microphone_sends_nothing_whoever_closed_it_and_how() {
    let server = Server::strict().await;
    let (publisher, viewer, county) = two(&server).await;
    let (sending, mut sent) = watch::channel((0, 0));
    let app = &server.running.app;
    let (actor, id) = (operator(), council_id());
    let story = async {
        until_microphone(&server, &county, Microphone::Closed).await;
        app.choose_programme(&actor, &id, Some(county.clone()), false).await.expect("chosen");
        while viewer.take().video.markers == 0 {
            sounds(&mut sent, 5).await;
        }
        assert_eq!(meanwhile(&viewer, &mut sent).await.audio.datagrams, 0, "a picture without sound");

        app.open_microphone(&actor, &id, &county).await.expect("opened");
        until_heard(&viewer, &mut sent).await;
        until_microphone(&server, &county, Microphone::Open).await;

        app.close_microphone(&actor, &id, &county).await.expect("closed");
        let seen = meanwhile(&viewer, &mut sent).await;
        assert_eq!(seen.audio.datagrams, 0, "closed in the relay");
        assert!(seen.video.markers > 0, "the picture stays");
        until_microphone(&server, &county, Microphone::Closed).await;

        app.choose_programme(&actor, &id, Some(county.clone()), true).await.expect("chosen");
        until_heard(&viewer, &mut sent).await;
        app.close_all_microphones(&actor, &id).await.expect("closed");
        assert_eq!(meanwhile(&viewer, &mut sent).await.audio.datagrams, 0, "no link, so closed with all others");

        app.choose_programme(&actor, &id, Some(county.clone()), true).await.expect("chosen");
        until_heard(&viewer, &mut sent).await;
        app.choose_programme(&actor, &id, None, true).await.expect("the slate");
        assert_eq!(meanwhile(&viewer, &mut sent).await.audio.datagrams, 0, "its sound went with the programme");
    };
    tokio::select! {
        ended = publisher.send(&sending) => panic!("the publisher ended first: {ended:?}"),
        () = story => {}
    }
    server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_is_out_told_so_and_begins_closed_when_they_come_back() {
    let server = Server::strict().await;
    let token = server.token("council", TokenRole::Publisher).await;
    let county = server.participant_of(&token).await;
    let app = &server.running.app;
    let (actor, id) = (operator(), council_id());
    server.join("/whip/council", Some(&token)).await;
    let (location, _) = server.join("/whep/council", Some(&token)).await;
    let mut page = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut page, &format!(r#"{{"type":"hello","token":"{token}"}}"#)).await;
    assert!(matches!(hear(&mut page).await, ServerMessage::Welcome { .. }));
    app.choose_programme(&actor, &id, Some(county.clone()), true).await.expect("chosen");
    assert!(view(&server, &county).await.is_some_and(|view| view.on_air && view.heard));

    app.remove_participant(&actor, &id, &county).await.expect("removed");
    assert_eq!(app.stage(&actor, &id).expect("on air"), Stage::default());
    assert_eq!(ended(&mut page).await, EndReason::Removed);
    assert_eq!(view(&server, &county).await, None, "both sessions are gone");
    let gone = app.remove_participant(&actor, &id, &county).await;
    assert!(matches!(gone, Err(MeetingFault::NoSuchParticipant)), "{gone:?}");
    let open = app.open_microphone(&actor, &id, &county).await;
    assert!(matches!(open, Err(MeetingFault::NoSuchParticipant)), "{open:?}");
    app.close_microphone(&actor, &id, &county).await.expect("closing always works");

    server.join("/whip/council", Some(&token)).await;
    let back = view(&server, &county).await.expect("back by hand");
    assert!(!back.on_air && !back.heard && back.kind == ParticipantKind::Guest);
    server.end().await;
}

#[tokio::test]
async fn everybody_is_told_when_a_meeting_closes() {
    let server = Server::strict().await;
    let token = server.token("council", TokenRole::Viewer).await;
    let (location, _) = server.join("/whep/council", Some(&token)).await;
    let mut page = server.socket(&format!("{location}/control"), None).await.expect("opens");
    say(&mut page, &format!(r#"{{"type":"hello","token":"{token}"}}"#)).await;
    hear(&mut page).await;
    server.running.app.close_meeting(&operator(), &council_id()).await.expect("closes");
    assert_eq!(ended(&mut page).await, EndReason::MeetingClosed);
    assert!(server.running.relay.figures().await.iter().all(|worker| worker.rooms.is_empty()), "its room is gone");
    server.end().await;
}

async fn ended(page: &mut crate::server::Socket) -> EndReason {
    loop {
        if let ServerMessage::Ended { reason } = hear(page).await {
            return reason;
        }
    }
}

#[tokio::test]
async fn a_rooms_machine_comes_in_where_its_venue_takes_part_and_is_shown_out_with_it() {
    let server = Server::strict().await;
    let app = &server.running.app;
    let (actor, id) = (operator(), council_id());
    let county: ParticipantId = "v-county".parse().unwrap();
    let machine = Actor::Device(PairedDevice {
        device: "d".parse().unwrap(),
        kind: DeviceKind::Room,
        venue: "county".parse().unwrap(),
        participant: county.clone(),
        attends: None,
    });
    assert!(app.may_in_meeting(&machine, Action::Publish, &id).is_err());
    let with = |venues: &[&str]| yunling::app::MeetingChange {
        venues: Some(venues.iter().map(|venue| venue.parse().unwrap()).collect()),
        ..Default::default()
    };
    app.change_meeting(&actor, &id, with(&["county"]), &Consent::default(), now().wall).await.expect("takes part");
    let send = yunling::app::Purpose::Publish(yunling::relay::media::Role::Main);
    let joiner = Joiner { actor: &machine, name: "县主会场", credential: &Credential::None };
    app.join(joiner, &id, send, crate::server::WHIP_OFFER).await.expect("joins");
    let shown = view(&server, &county).await.expect("it is in");
    assert_eq!((shown.kind, shown.name.as_str()), (ParticipantKind::Device, "县主会场"));
    app.open_microphone(&actor, &id, &county).await.expect("opened");

    app.change_meeting(&actor, &id, with(&[]), &Consent::default(), now().wall).await.expect("takes no part any more");
    assert_eq!(view(&server, &county).await, None);
    assert_eq!(app.stage(&actor, &id).expect("on air").audible(), Heard::Nobody);
    assert!(app.join(joiner, &id, send, crate::server::WHIP_OFFER).await.is_err());
    server.end().await;
}

#[tokio::test]
async fn acts_on_what_is_not_there_change_nothing() {
    let server = Server::strict().await;
    let app = &server.running.app;
    let actor = operator();
    let nobody: ParticipantId = "nobody".parse().unwrap();
    let chosen = app.choose_programme(&actor, &council_id(), Some(nobody.clone()), true).await;
    assert!(matches!(chosen, Err(MeetingFault::NoSuchParticipant)), "{chosen:?}");
    assert_eq!(app.stage(&actor, &council_id()).expect("on air"), Stage::default());
    let planned = app.plan_meeting(&actor, council(), &Consent::default(), now().wall).await.expect("planned").id;
    for fault in [
        app.close_all_microphones(&actor, &planned).await.map(drop),
        app.choose_programme(&actor, &planned, None, false).await.map(drop),
        app.remove_participant(&actor, &planned, &nobody).await,
        app.stage(&actor, &planned).map(drop),
    ] {
        assert!(matches!(fault, Err(MeetingFault::NotOnAir)), "{fault:?}");
    }
    server.end().await;
}

#[tokio::test]
async fn a_link_is_no_microphone_and_is_not_removed() {
    let server = Server::demo().await;
    let app = &server.running.app;
    let demo: MeetingId = "demo".parse().unwrap();
    let province: ParticipantId = "province".parse().unwrap();
    let all = app.close_all_microphones(&operator(), &demo).await.expect("closed");
    assert_eq!(all.audible(), Heard::Only(vec![province.clone()]), "a link on air goes on");
    let removed = app.remove_participant(&operator(), &demo, &province).await;
    assert!(matches!(removed, Err(MeetingFault::IsLeg)), "{removed:?}");
    app.choose_programme(&operator(), &demo, None, false).await.expect("the slate");
    let again = app.choose_programme(&operator(), &demo, Some(province), true).await;
    again.expect("a link may be chosen before it delivers");
    server.end().await;
}
