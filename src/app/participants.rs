//! Who takes part in a meeting: its connections and publications, gathered by participant.
//!
//! [`of`] is pure. What it says of a microphone is what the relay does, not what a page shows.

use super::status::LegView;
use crate::{
    domain::access::{Actor, DeviceKind},
    id::{ParticipantId, PublicationId},
    relay::{
        figures::{PeerKind, PeerState, PublicationFigures, RoomFigures},
        media::{MediaKind, Role},
        stage::Stage,
    },
};
use std::collections::HashMap;

/// What kind of participant somebody is; in this order they are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParticipantKind {
    /// A link that is not WebRTC.
    Leg,
    /// A venue's paired machines.
    Device,
    /// Somebody who logged in, or sits at their own seat.
    Person,
    /// Somebody with a meeting token, or a demonstration's visitor.
    Guest,
}

impl ParticipantKind {
    pub(super) const fn of(actor: &Actor) -> Self {
        match actor {
            Actor::Stranger | Actor::DemoVisitor | Actor::Holder(_) => Self::Guest,
            Actor::User(_) => Self::Person,
            Actor::Device(device) if matches!(device.kind, DeviceKind::Seat) => Self::Person,
            Actor::Device(_) => Self::Device,
        }
    }
}

/// A participant's microphone, or the sound of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Microphone {
    /// No sound comes from it.
    Absent,
    /// The relay forwards its sound to nobody.
    Closed,
    /// The relay forwards its sound.
    Open,
}

/// One participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantView {
    /// Who.
    pub participant: ParticipantId,
    /// Shown name.
    pub name: String,
    /// What kind.
    pub kind: ParticipantKind,
    /// Whether any connection of it carries media now.
    pub connected: bool,
    /// Whether it is the programme.
    pub on_air: bool,
    /// Whether a live picture of its camera comes in.
    pub picture: bool,
    /// Its microphone.
    pub microphone: Microphone,
    /// Whether the relay would forward its sound, if there is any.
    pub heard: bool,
    /// What it publishes.
    pub publications: Vec<PublicationId>,
}

/// Everybody who has a connection in a room, every link that should have, and whoever is on air.
pub(super) fn of(
    room: Option<&RoomFigures>,
    stage: &Stage,
    legs: &[&LegView],
    kinds: &HashMap<ParticipantId, ParticipantKind>,
) -> Vec<ParticipantView> {
    let mut views: Vec<ParticipantView> = Vec::new();
    let (peers, publications) = room.map(|room| (&room.peers[..], &room.publications[..])).unwrap_or_default();
    // Publishers first: the name of a picture is the one to show.
    let (sending, looking): (Vec<_>, Vec<_>) = peers.iter().partition(|peer| peer.kind != PeerKind::Viewer);
    for peer in sending.into_iter().chain(looking) {
        let connected = matches!(peer.state, PeerState::Connected | PeerState::Quiet);
        if let Some(known) = views.iter_mut().find(|known| known.participant == peer.participant) {
            known.connected |= connected;
            continue;
        }
        let kind = match peer.kind {
            PeerKind::Leg => ParticipantKind::Leg,
            _ => kinds.get(&peer.participant).copied().unwrap_or(ParticipantKind::Guest),
        };
        views.push(view(&peer.participant, &peer.name, kind, connected));
    }
    for leg in legs {
        match views.iter_mut().find(|known| known.participant == leg.participant) {
            Some(known) => known.kind = ParticipantKind::Leg,
            None => views.push(view(&leg.participant, &leg.name, ParticipantKind::Leg, false)),
        }
    }
    if let Some(on_air) = &stage.on_air
        && !views.iter().any(|known| known.participant == *on_air)
    {
        let kind = kinds.get(on_air).copied().unwrap_or(ParticipantKind::Guest);
        views.push(view(on_air, on_air.as_str(), kind, false));
    }
    for view in &mut views {
        view.complete(stage, publications);
    }
    views.sort_by(|a, b| (a.kind, &a.name, &a.participant).cmp(&(b.kind, &b.name, &b.participant)));
    views
}

fn view(participant: &ParticipantId, name: &str, kind: ParticipantKind, connected: bool) -> ParticipantView {
    ParticipantView {
        participant: participant.clone(),
        name: name.to_owned(),
        kind,
        connected,
        on_air: false,
        picture: false,
        microphone: Microphone::Absent,
        heard: false,
        publications: Vec::new(),
    }
}

impl ParticipantView {
    fn complete(&mut self, stage: &Stage, publications: &[PublicationFigures]) {
        let own: Vec<_> = publications.iter().filter(|known| known.participant == self.participant).collect();
        let live = |kind| own.iter().filter(move |known| known.live && known.codec.kind() == kind);
        self.on_air = stage.on_air.as_ref() == Some(&self.participant);
        self.heard = stage.heard.hears(&self.participant);
        self.picture = live(MediaKind::Video).any(|known| known.role == Role::Main);
        self.microphone = match live(MediaKind::Audio).next() {
            None => Microphone::Absent,
            Some(_) if self.heard => Microphone::Open,
            Some(_) => Microphone::Closed,
        };
        self.publications = own.iter().map(|known| known.id).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::LegState,
        relay::{
            delay::Delays,
            figures::{KeyFrameRequests, PeerFigures},
            media::Codec,
            stage::Heard,
        },
    };
    use Microphone::{Absent, Closed, Open};
    use ParticipantKind::{Device, Guest, Leg, Person};

    fn id<I: std::str::FromStr>(text: &str) -> I {
        text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
    }

    fn peer(participant: &str, name: &str, kind: PeerKind, state: PeerState) -> PeerFigures {
        PeerFigures {
            session: id("s"),
            participant: id(participant),
            name: name.to_owned(),
            kind,
            state,
            srtp_profile: None,
            ipv6: false,
            bps_in: 0,
            bps_out: 0,
            rtt_ms: None,
            loss_out: None,
            key_frame_requests: 0,
            nacks: 0,
            bearable_bps: None,
            queueing_ms: None,
            slots: Vec::new(),
            age_ms: 0,
        }
    }

    fn publication(number: u32, participant: &str, codec: Codec, live: bool) -> PublicationFigures {
        PublicationFigures {
            id: PublicationId(number),
            participant: id(participant),
            role: Role::Main,
            codec,
            live,
            packets: 0,
            lost: 0,
            repaired: 0,
            jitter_ms: 0.0,
            bps: 0,
            fps: 0.0,
            key_frame_age_ms: None,
            size: None,
            key_frame_requests: KeyFrameRequests::default(),
            delays: Delays::default(),
            viewers: 0,
        }
    }

    fn leg(participant: &str) -> LegView {
        LegView {
            id: id(participant),
            meeting: id("council"),
            participant: id(participant),
            name: format!("{participant} link"),
            state: LegState::Waiting,
            restarts: 0,
            detail: String::new(),
            since: None,
            picture: None,
        }
    }

    #[test]
    fn everybody_is_listed_once_with_what_the_relay_does_to_them() {
        let stage = Stage { on_air: Some(id("province")), heard: Heard::Only(vec![id("province"), id("v-hall")]) };
        let room = RoomFigures {
            room: crate::id::RoomId(1),
            stage: stage.clone(),
            peers: vec![
                peer("v-hall", "未命名终端", PeerKind::Viewer, PeerState::Connected),
                peer("u-li", "李局长", PeerKind::Viewer, PeerState::Connecting),
                peer("v-hall", "县主会场", PeerKind::Publisher, PeerState::Connecting),
                peer("province", "省主会场", PeerKind::Leg, PeerState::Connected),
                peer("guest", "来宾", PeerKind::Publisher, PeerState::Silent),
            ],
            publications: vec![
                publication(1, "v-hall", Codec::H264, true),
                publication(2, "v-hall", Codec::Opus, true),
                publication(3, "province", Codec::H264, false),
                publication(4, "province", Codec::Opus, false),
                publication(5, "guest", Codec::Opus, true),
            ],
        };
        let kinds = [("v-hall", Device), ("u-li", Person)];
        let kinds = kinds.into_iter().map(|(name, kind)| (id(name), kind)).collect();
        let [province, city] = [leg("province"), leg("city")];
        let views = of(Some(&room), &stage, &[&province, &city], &kinds);
        let told: Vec<_> = views
            .iter()
            .map(|view| {
                let numbers: Vec<u32> = view.publications.iter().map(|id| id.0).collect();
                (&view.name[..], view.kind, view.connected, view.on_air, view.picture, view.microphone, numbers)
            })
            .collect();
        let expect = vec![
            ("city link", Leg, false, false, false, Absent, vec![]),
            ("省主会场", Leg, true, true, false, Absent, vec![3, 4]),
            ("县主会场", Device, true, false, true, Open, vec![1, 2]),
            ("李局长", Person, false, false, false, Absent, vec![]),
            ("来宾", Guest, false, false, false, Closed, vec![5]),
        ];
        assert_eq!(told, expect);
        assert!(views.iter().all(|view| view.heard == matches!(view.participant.as_str(), "province" | "v-hall")));
    }

    #[test]
    fn whoever_is_on_air_is_listed_even_when_away() {
        let stage = Stage { on_air: Some(id("town")), heard: Heard::Nobody };
        let views = of(None, &stage, &[], &HashMap::new());
        assert_eq!(views.len(), 1);
        assert!(views[0].on_air && !views[0].connected);
    }
}
