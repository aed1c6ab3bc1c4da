//! What operators do to a meeting: open and close it, choose its programme, open and close microphones, remove somebody.
//!
//! One act at a time (`App::steering`): two operators' acts follow each other, so that none is lost. Each is stored before it
//! takes effect. The stage in memory is changed before the room is told, so that a room that is opened anew meanwhile begins
//! with the latest; if the room can't be told, what was to open stays closed ([`Stage::without_openings`]).

use super::{
    App, LegView, MeetingFault,
    meetings::{OpenMeeting, relay_codec, relay_stage_of},
    news::RoomNews,
};
use crate::{
    domain::{
        access::{Action, Actor},
        meeting::{Kind, Meeting, MeetingEvent, MeetingState},
        opening::Microphones,
        stage::Stage,
        venue,
    },
    id::{LegId, MeetingId, ParticipantId, RoomId, SessionId},
    relay::command::{GoneReason, RelayError},
};
use std::{future::Future, time::Duration};
use tokio::sync::watch;

/// How often a room is told again before an act fails: a lost room is opened anew within milliseconds.
const TRIES: u32 = 20;

/// Time between two tries; all of them take a second.
const TRY_EVERY: Duration = Duration::from_millis(50);

impl App {
    /// Opens a planned meeting: from now on it can be joined. One that is on air already is left as it is; one without the
    /// signature its unit asks for is refused.
    pub async fn open_meeting(&self, actor: &Actor, id: &MeetingId) -> Result<Meeting, MeetingFault> {
        self.open_meeting_known(actor, id, false).await
    }

    /// As [`open_meeting`](Self::open_meeting); `unsigned` is whether whoever opens it knows that it may lack a signature: what is
    /// urgent begins, and is signed for afterwards.
    pub async fn open_meeting_known(
        &self,
        actor: &Actor,
        id: &MeetingId,
        unsigned: bool,
    ) -> Result<Meeting, MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        if let Some(open) = self.meeting_brief(id) {
            return Ok(open);
        }
        let meeting = self.stored(id).await?;
        meeting.state.next(MeetingEvent::Open).map_err(MeetingFault::Step)?;
        if !unsigned {
            self.expect_cleared(&meeting).await?;
        }
        let microphones = meeting.opening.microphones;
        self.bring_on_air(meeting, microphones).await
    }

    /// Opens a stored meeting as it was planned: its line comes to it, and it is recorded if it is to be. Called with the turn to
    /// steer; who may was decided before.
    pub(super) async fn bring_on_air(
        &self,
        meeting: Meeting,
        microphones: Microphones,
    ) -> Result<Meeting, MeetingFault> {
        meeting.state.next(MeetingEvent::Open).map_err(MeetingFault::Step)?;
        self.expect_venues_free(&meeting).await?;
        self.bring_line(&meeting).await?;
        let runs = |leg: &LegView| leg.meeting == meeting.id && leg.state.is_to_run();
        let legs = self.links.legs().into_iter().filter(runs).map(|leg| leg.participant);
        let stage = first_stage(&meeting, microphones, legs);
        let opened = self.open(meeting, stage).await?;
        if opened.opening.recorded {
            // A meeting that can't be recorded takes place all the same; the pages say that it isn't.
            if let Err(error) = self.begin_recording(&opened).await {
                tracing::error!(meeting = %opened.id, %error, "its recording could not begin");
            }
        }
        Ok(opened)
    }

    /// A meeting on air gets another line, or none: what was on air from the old one is the new one's, or the slate.
    pub(super) async fn put_new_line_on_air(&self, before: &Meeting, after: &Meeting) -> Result<(), MeetingFault> {
        let Some(old) = before.arrangement.line.as_ref().map(participant_of) else { return Ok(()) };
        let stage = self.stage_of(&after.id)?;
        let replaced = stage.clone().replace_line(&old, after.arrangement.line.as_ref().map(participant_of));
        if replaced == stage { Ok(()) } else { self.put_on_air(&after.id, replaced).await.map(drop) }
    }

    /// Closes a meeting: whoever is in it is told so and is out, its links too. It never opens again.
    pub async fn close_meeting(&self, actor: &Actor, id: &MeetingId) -> Result<Meeting, MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let mut meeting = self.stored(id).await?;
        let open = self.meeting_brief(id).is_some();
        // Stored as closed and still open: an earlier try stored it and did not reach the room.
        if !(open && meeting.state == MeetingState::Closed) {
            meeting.state = meeting.state.next(MeetingEvent::Close).map_err(MeetingFault::Step)?;
        }
        self.store.save_meeting(&meeting).await.map_err(MeetingFault::Store)?;
        // First, so that the journal has all that was said and is closed in good order.
        self.end_recordings(id).await?;
        if open {
            let closed = self.persist(id, |room| self.relay.close_room(room)).await;
            match closed {
                // A room that was lost and could not be had again is closed as well.
                Ok(()) | Err(RelayError::NoSuchRoom(_)) => self.forget_meeting(id),
                Err(error) => return Err(MeetingFault::Relay(error)),
            }
        }
        tracing::info!(meeting = %id, "meeting closed");
        Ok(meeting)
    }

    /// Who is on air and heard in a meeting.
    pub fn stage(&self, actor: &Actor, id: &MeetingId) -> Result<Stage, MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        self.stage_of(id)
    }

    /// Puts somebody on air, or the slate; `with_sound` opens their sound in the same step.
    ///
    /// They must be in the meeting, or be a link of it: a link may be chosen before it delivers, and shows the slate until
    /// then.
    pub async fn choose_programme(
        &self,
        actor: &Actor,
        id: &MeetingId,
        participant: Option<ParticipantId>,
        with_sound: bool,
    ) -> Result<Stage, MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let before = self.stage_of(id)?;
        if let Some(chosen) = &participant {
            let known =
                before.on_air.as_ref() == Some(chosen) || self.is_leg(id, chosen) || self.is_present(id, chosen);
            if !known {
                return Err(MeetingFault::NoSuchParticipant);
            }
        }
        self.put_on_air(id, before.choose(participant, with_sound)).await
    }

    /// Opens the microphone of somebody who is in the meeting.
    pub async fn open_microphone(
        &self,
        actor: &Actor,
        id: &MeetingId,
        participant: &ParticipantId,
    ) -> Result<Stage, MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let before = self.stage_of(id)?;
        if !self.is_present(id, participant) {
            return Err(MeetingFault::NoSuchParticipant);
        }
        self.put_on_air(id, before.open_microphone(participant)).await
    }

    /// Closes a microphone, whether or not somebody is behind it.
    pub async fn close_microphone(
        &self,
        actor: &Actor,
        id: &MeetingId,
        participant: &ParticipantId,
    ) -> Result<Stage, MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let before = self.stage_of(id)?;
        self.put_on_air(id, before.close_microphone(participant, &self.present(id))).await
    }

    /// 全场关闭话筒: closes every microphone. The sound of a link that is on air is no microphone here and goes on.
    pub async fn close_all_microphones(&self, actor: &Actor, id: &MeetingId) -> Result<Stage, MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let before = self.stage_of(id)?;
        let keep = before.on_air.as_ref().is_some_and(|on_air| self.is_leg(id, on_air));
        self.put_on_air(id, before.close_all(keep)).await
    }

    /// Removes somebody: off the air, microphone closed, every session ended. Whoever may join may join again, by hand; a
    /// machine that must stay out is revoked, an account disabled.
    pub async fn remove_participant(
        &self,
        actor: &Actor,
        id: &MeetingId,
        participant: &ParticipantId,
    ) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        self.stage_of(id)?;
        if self.is_leg(id, participant) {
            return Err(MeetingFault::IsLeg);
        }
        self.take_off(id, participant).await
    }

    /// Puts a whole stage on air; who may was decided before.
    pub async fn set_stage(&self, id: &MeetingId, stage: Stage) -> Result<(), MeetingFault> {
        let _turn = self.steering.lock().await;
        self.stage_of(id)?;
        self.put_on_air(id, stage).await.map(|_| ())
    }

    /// Opens a meeting's room with this stage, both stored first.
    pub(super) async fn open(&self, mut meeting: Meeting, stage: Stage) -> Result<Meeting, MeetingFault> {
        meeting.state = meeting.state.next(MeetingEvent::Open).map_err(MeetingFault::Step)?;
        self.store.save_meeting(&meeting).await.map_err(MeetingFault::Store)?;
        self.store.save_stage(&meeting.id, &stage).await.map_err(MeetingFault::Store)?;
        let room = self.open_room(&meeting, &stage).await.map_err(MeetingFault::Relay)?;
        let news = watch::Sender::new(RoomNews { stage: stage.clone(), publications: Vec::new() });
        let mut state = self.state();
        state.rooms.insert(room, meeting.id.clone());
        state.meetings.insert(meeting.id.clone(), OpenMeeting { meeting: meeting.clone(), room, stage, news });
        Ok(meeting)
    }

    /// A room with this stage, before anybody can join it.
    pub(super) async fn open_room(&self, meeting: &Meeting, stage: &Stage) -> Result<RoomId, RelayError> {
        let room = self.relay.open_room(relay_codec(meeting.codec)).await?;
        match self.relay.set_stage(room, relay_stage_of(stage)).await {
            Ok(()) => Ok(room),
            Err(error) => {
                if let Err(error) = self.relay.close_room(room).await {
                    tracing::warn!(meeting = %meeting.id, %error, "an empty room stays behind");
                }
                Err(error)
            }
        }
    }

    /// Takes somebody off: stage first, so that nothing of theirs is forwarded while their sessions end.
    pub(super) async fn take_off(&self, id: &MeetingId, participant: &ParticipantId) -> Result<(), MeetingFault> {
        let before = self.stage_of(id)?;
        let after = before.clone().remove(participant, &self.present(id));
        if after != before {
            self.put_on_air(id, after).await?;
        }
        let sessions: Vec<(RoomId, SessionId)> = {
            let state = self.state();
            let theirs = state.sessions.values().filter(|session| session.is_of(id, participant));
            theirs.map(|session| (session.room, session.id.clone())).collect()
        };
        if sessions.is_empty() {
            return Err(MeetingFault::NoSuchParticipant);
        }
        for (room, session) in sessions {
            match self.relay.remove(room, &session).await {
                Ok(()) | Err(RelayError::NoSuchSession(_) | RelayError::NoSuchRoom(_)) => {
                    self.end_session(&session, GoneReason::Removed);
                }
                Err(error) => return Err(MeetingFault::Relay(error)),
            }
        }
        Ok(())
    }

    /// Stores a stage, has the room take it, and tells every page.
    pub(super) async fn put_on_air(&self, id: &MeetingId, stage: Stage) -> Result<Stage, MeetingFault> {
        self.store.save_stage(id, &stage).await.map_err(MeetingFault::Store)?;
        let before = self.replace_stage(id, stage.clone())?;
        let told = self.persist(id, |room| self.relay.set_stage(room, relay_stage_of(&stage))).await;
        if let Err(error) = told {
            let safe = stage.without_openings(&before);
            self.replace_stage(id, safe.clone())?;
            self.store.save_stage(id, &safe).await.map_err(MeetingFault::Store)?;
            tracing::error!(meeting = %id, %error, "the room did not take the new stage");
            return Err(MeetingFault::Relay(error));
        }
        if let Some(open) = self.state().meetings.get(id) {
            open.news.send_modify(|news| news.stage = stage.clone());
        }
        Ok(stage)
    }

    fn replace_stage(&self, id: &MeetingId, stage: Stage) -> Result<Stage, MeetingFault> {
        let mut state = self.state();
        let open = state.meetings.get_mut(id).ok_or(MeetingFault::NotOnAir)?;
        Ok(std::mem::replace(&mut open.stage, stage))
    }

    /// Has a meeting's present room do something, again and again while it is busy or being opened anew.
    async fn persist<F>(&self, id: &MeetingId, act: impl Fn(RoomId) -> F) -> Result<(), RelayError>
    where
        F: Future<Output = Result<(), RelayError>>,
    {
        for _ in 1..TRIES {
            let Some(room) = self.room_of(id) else { break };
            match act(room).await {
                Err(RelayError::Busy | RelayError::NoSuchRoom(_)) => tokio::time::sleep(TRY_EVERY).await,
                done => return done,
            }
        }
        match self.room_of(id) {
            Some(room) => act(room).await,
            None => Err(RelayError::Busy),
        }
    }

    /// A meeting that was closed is no longer there; whoever is still in it is told.
    fn forget_meeting(&self, id: &MeetingId) {
        let inside: Vec<SessionId> = {
            let state = self.state();
            let inside = state.sessions.values().filter(|session| session.meeting == *id);
            inside.map(|session| session.id.clone()).collect()
        };
        for session in inside {
            self.end_session(&session, GoneReason::RoomClosed);
        }
        let mut state = self.state();
        if let Some(open) = state.meetings.remove(id) {
            state.rooms.remove(&open.room);
            state.open_calls.remove(id);
        }
    }

    pub(super) fn stage_of(&self, id: &MeetingId) -> Result<Stage, MeetingFault> {
        self.state().meetings.get(id).map(|open| open.stage.clone()).ok_or(MeetingFault::NotOnAir)
    }

    fn is_leg(&self, id: &MeetingId, participant: &ParticipantId) -> bool {
        self.links.legs().iter().any(|leg| leg.meeting == *id && leg.participant == *participant)
    }

    fn is_present(&self, id: &MeetingId, participant: &ParticipantId) -> bool {
        self.present(id).contains(participant)
    }

    /// Whoever has a session in the meeting, and every link that publishes in it. The relay's news of who publishes come later
    /// than an act: whoever was just removed stands in them still.
    pub(super) fn present(&self, id: &MeetingId) -> Vec<ParticipantId> {
        let legs = self.links.legs();
        let is_leg = |whose: &ParticipantId| legs.iter().any(|leg| leg.meeting == *id && leg.participant == *whose);
        let state = self.state();
        let sessions = state.sessions.values().filter(|session| session.meeting == *id);
        let mut present: Vec<ParticipantId> = sessions.map(|session| session.participant.clone()).collect();
        if let Some(open) = state.meetings.get(id) {
            let news = open.news.borrow();
            let publishing = news.publications.iter().map(|publication| &publication.participant);
            present.extend(publishing.filter(|whose| is_leg(whose)).cloned());
        }
        present.sort_unstable();
        present.dedup();
        present
    }
}

/// What a meeting begins with: in one that listens to the tier above, its line is the programme, with its sound; without one the
/// only link that is to run, and every microphone is closed. In one of the county's own, its main venue's microphone is open if it
/// was planned so.
fn first_stage(meeting: &Meeting, microphones: Microphones, mut legs: impl Iterator<Item = ParticipantId>) -> Stage {
    let line = meeting.arrangement.line.as_ref().map(participant_of);
    let own = meeting.own_venue().and_then(venue::participant);
    match (meeting.kind, line, legs.next(), legs.next()) {
        (Kind::Upper, Some(line), ..) => Stage::default().choose(Some(line), true),
        (Kind::Upper, None, Some(only), None) => Stage::default().choose(Some(only), true),
        (Kind::Upper, ..) => Stage::default(),
        (Kind::Own, ..) => match (microphones, own) {
            (Microphones::Own, Some(own)) => Stage::default().open_microphone(&own),
            (Microphones::Own, None) | (Microphones::Closed, _) => Stage::default(),
        },
    }
}

/// Who a line is in its meeting.
fn participant_of(line: &LegId) -> ParticipantId {
    line.as_str().parse().expect("ids of all kinds are spelled alike")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        meeting::{Arrangement, PictureCodec, Plan},
        opening::Opening,
        stage::Heard,
    };
    use std::time::SystemTime;

    fn meeting(kind: Kind, line: Option<&str>, microphones: Microphones) -> Meeting {
        let line = line.map(|line| line.parse().expect("an id"));
        let plan = Plan {
            title: "防汛会商".to_owned(),
            starts: SystemTime::UNIX_EPOCH,
            ends: SystemTime::UNIX_EPOCH + Duration::from_secs(3600),
            kind,
            codec: PictureCodec::H264,
            venues: Vec::new(),
            arrangement: Arrangement { line, ..Arrangement::default() },
            opening: Opening { microphones, ..Opening::of(kind) },
        };
        Meeting::planned("council".parse().expect("an id"), plan)
    }

    #[test]
    fn a_meeting_that_listens_begins_with_its_line_or_its_only_link() {
        type Case<'a> = (Kind, Option<&'a str>, &'a [&'a str], Option<&'a str>);
        let cases: [Case; 7] = [
            (Kind::Upper, None, &["province"], Some("province")),
            (Kind::Upper, None, &["province", "city"], None),
            (Kind::Upper, Some("city"), &["province", "city"], Some("city")),
            (Kind::Upper, None, &[], None),
            (Kind::Own, None, &["province"], None),
            (Kind::Own, Some("province"), &["province"], None),
            (Kind::Own, None, &[], None),
        ];
        for (kind, line, legs, expect) in cases {
            let meeting = meeting(kind, line, Microphones::Closed);
            let stage =
                first_stage(&meeting, meeting.opening.microphones, legs.iter().map(|leg| leg.parse().expect("an id")));
            assert_eq!(stage.on_air.as_ref().map(ParticipantId::as_str), expect, "{kind:?} {legs:?}");
            assert_eq!(stage.audible() != Heard::Nobody, expect.is_some());
        }
    }

    #[test]
    fn only_a_meeting_of_the_county_s_own_opens_a_microphone_and_only_its_main_venue_s() {
        let own = Heard::Only(vec!["v-hall".parse().expect("an id")]);
        let cases: [(Kind, Microphones, &[&str], Heard); 4] = [
            (Kind::Own, Microphones::Own, &["hall", "town"], own),
            (Kind::Own, Microphones::Own, &[], Heard::Nobody),
            (Kind::Own, Microphones::Closed, &["hall", "town"], Heard::Nobody),
            (Kind::Upper, Microphones::Own, &["hall", "town"], Heard::Nobody),
        ];
        for (kind, policy, venues, expect) in cases {
            let venues = venues.iter().map(|venue| venue.parse().expect("an id")).collect();
            let meeting = Meeting { venues, ..meeting(kind, None, policy) };
            assert_eq!(first_stage(&meeting, policy, std::iter::empty()).audible(), expect, "{kind:?} {policy:?}");
        }
    }
}
