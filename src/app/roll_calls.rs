//! Roll calls (会前点名): begun, venues called and answered, ended; and the one microphone that a call opens.
//!
//! A call opens the microphone of its venue through the stage, as an operator's hand would, and closes the other venues'. It is
//! closed by the answer, by the next call, at the end, and by [`App::close_unanswered`] once nobody has answered for
//! [`ANSWER_WITHIN`]. After a restart it is closed before the room opens.

use super::{
    App, MeetingFault, Now,
    retention::by_the_server,
    table_file::{self, TableFormat},
};
use crate::{
    domain::{
        access::{self, Action, Actor, Resource},
        audit::Closing,
        meeting::{Meeting, MeetingState},
        roll_call::{self, ANSWER_WITHIN, Answer, CalledMicrophone, Entry, Fault, Figures, Mark, Presence, RollCall},
        stage::Stage,
        venue, wall_clock,
    },
    id::{MeetingId, ParticipantId, VenueId},
};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// How often it is looked whether an answer is overdue.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Its word in the book, where the server closes a microphone by itself.
const UNANSWERED: &str = "roll_call.unanswered";

/// A microphone that a call opened.
#[derive(Debug, Clone)]
pub(super) struct OpenCall {
    participant: ParticipantId,
    venue: VenueId,
    /// When it is closed without an answer.
    until: Instant,
}

/// A meeting's roll calls.
#[derive(Debug, Clone)]
pub struct RollCallsView {
    /// The meeting.
    pub meeting: Meeting,
    /// The county's own venue, by name: it calls, or answers for the county where an upper level calls.
    pub own: Option<String>,
    /// Whom a new call has on its list.
    pub list: Vec<(VenueId, String)>,
    /// The calls, the latest first. Of a meeting that is over nobody is called any more.
    pub calls: Vec<RollCall>,
    /// Whether the microphone of the venue that is called reaches anyone.
    pub heard: bool,
    /// How many attend, by the notice and the attendance list.
    pub attendees: usize,
}

impl App {
    /// A meeting's roll calls, for whoever may read which meetings there are.
    pub async fn roll_calls(&self, actor: &Actor, id: &MeetingId) -> Result<RollCallsView, MeetingFault> {
        access::allow(actor, Action::ListMeetings, &Resource::Server).map_err(MeetingFault::Access)?;
        let meeting = self.stored(id).await?;
        let mut calls = self.store.roll_calls(id).await.map_err(MeetingFault::Store)?;
        let venues = self.venue_names().await?;
        let own = meeting.own_venue().and_then(|own| venues.iter().find(|(venue, _)| venue == own)).cloned();
        let notice = self.store.notice(id).await.map_err(MeetingFault::Store)?;
        let listed = self.store.attendees_count(id).await.map_err(MeetingFault::Store)?;
        let typed = notice.map_or(0, |notice| notice.attendees.len());
        let attendees = typed + usize::try_from(listed).unwrap_or_default();
        if !matches!(meeting.state, MeetingState::Planned | MeetingState::OnAir) {
            calls.iter_mut().for_each(|call| call.calling = None);
        }
        let called = calls.first().and_then(|latest| venue::participant(&latest.calling.as_ref()?.venue));
        let heard = called.is_some_and(|called| self.stage_of(id).is_ok_and(|stage| stage.hears(&called)));
        let list = roll_call::called_in(&meeting, venues);
        Ok(RollCallsView { meeting, own: own.map(|(_, name)| name), list, calls, heard, attendees })
    }

    /// Begins a roll call. Nobody is called yet.
    pub async fn begin_roll_call(
        &self,
        actor: &Actor,
        id: &MeetingId,
        by: &str,
        now: SystemTime,
    ) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let meeting = self.stored(id).await?;
        let latest = self.latest_roll_call(id).await?;
        let list = roll_call::called_in(&meeting, self.venue_names().await?);
        let begun = Mark { at: now, by: by.to_owned() };
        let call = RollCall::begin(super::new_id(), &meeting, latest.as_ref(), list, begun);
        let call = call.map_err(MeetingFault::RollCall)?;
        self.store.save_roll_call(&call).await.map_err(MeetingFault::Store)
    }

    /// Calls a venue: its microphone opens alone, beside the county's own and the sound of links. If the venue is not connected,
    /// or the meeting not on air, it is called without one.
    pub async fn call_venue(
        &self,
        actor: &Actor,
        id: &MeetingId,
        venue: &VenueId,
        now: Now,
    ) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let (meeting, call) = self.present_call(id).await?;
        let participant = venue::participant(venue).ok_or(MeetingFault::RollCall(Fault::NotListed))?;
        let present = self.present(id);
        let before = self.stage_of(id).ok().filter(|_| present.contains(&participant));
        let called = call.call(&meeting, venue, before.is_some(), now.wall).map_err(MeetingFault::RollCall)?;
        self.store.save_roll_call(&called).await.map_err(MeetingFault::Store)?;
        let Some(before) = before else { return self.close_called(id).await };
        let keep = self.kept_in_a_call(&meeting);
        let open =
            OpenCall { participant: participant.clone(), venue: venue.clone(), until: now.steady + ANSWER_WITHIN };
        // First, so that it is closed in time whatever becomes of the rest.
        self.state().open_calls.insert(id.clone(), open);
        self.put_on_air(id, before.open_only(&participant, &keep, &present)).await.map(drop)
    }

    /// Writes down what a venue answered; if it is the one that is called, its microphone closes.
    pub async fn answer_roll_call(
        &self,
        actor: &Actor,
        id: &MeetingId,
        (venue, presence, note): (&VenueId, Presence, &str),
        mark: Mark,
    ) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let (meeting, call) = self.present_call(id).await?;
        let answer = Answer { presence, note: note.to_owned(), mark };
        let answered = call.answer(&meeting, venue, answer).map_err(MeetingFault::RollCall)?;
        self.store.save_roll_call(&answered).await.map_err(MeetingFault::Store)?;
        if answered.calling.is_none() { self.close_called(id).await } else { Ok(()) }
    }

    /// Ends the roll call; a microphone that it opened closes.
    pub async fn end_roll_call(
        &self,
        actor: &Actor,
        id: &MeetingId,
        by: &str,
        now: SystemTime,
    ) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let (_, call) = self.present_call(id).await?;
        let ended = call.end(Mark { at: now, by: by.to_owned() }).map_err(MeetingFault::RollCall)?;
        self.store.save_roll_call(&ended).await.map_err(MeetingFault::Store)?;
        self.close_called(id).await
    }

    /// The sheet of the latest roll call, as a file.
    pub async fn roll_call_sheet(
        &self,
        actor: &Actor,
        id: &MeetingId,
        format: TableFormat,
    ) -> Result<Vec<u8>, MeetingFault> {
        let view = self.roll_calls(actor, id).await?;
        let latest = view.calls.first().ok_or(MeetingFault::RollCall(Fault::NotBegun))?;
        Ok(table_file::write(&sheet(&view.meeting.title, latest), format))
    }

    /// Closes each microphone that a call opened and nobody answered in time. Runs for the life of the program.
    pub async fn keep_roll_calls(self: Arc<Self>, steady: impl Fn() -> Instant, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut stop => return,
                _ = tick.tick() => self.close_unanswered(steady()).await,
            }
        }
    }

    /// Closes each microphone that a call opened and nobody answered until now. What fails is tried again at the next look.
    pub async fn close_unanswered(&self, now: Instant) {
        let overdue = |open: &OpenCall| open.until <= now;
        let due: Vec<MeetingId> = {
            let state = self.state();
            state.open_calls.iter().filter(|(_, open)| overdue(open)).map(|(id, _)| id.clone()).collect()
        };
        for id in due {
            let _turn = self.steering.lock().await;
            // The answer may have come meanwhile.
            let open = self.state().open_calls.get(&id).filter(|open| overdue(open)).cloned();
            let Some(open) = open else { continue };
            if let Err(error) = self.close_overdue(&id, &open).await {
                tracing::error!(meeting = %id, %error, "the microphone of an unanswered call was not closed; trying again");
            }
        }
    }

    /// The microphone first: it is not to wait for the disk.
    async fn close_overdue(&self, id: &MeetingId, open: &OpenCall) -> Result<(), MeetingFault> {
        self.close_called(id).await?;
        tracing::info!(meeting = %id, "nobody answered a call in time; its microphone is closed");
        let latest = self.latest_roll_call(id).await?;
        if let Some(closed) = latest.and_then(|latest| latest.closed(CalledMicrophone::Unanswered)) {
            self.store.save_roll_call(&closed).await.map_err(MeetingFault::Store)?;
        }
        let said = by_the_server(UNANSWERED, format!("meeting:{id} venue:{} microphone:closed", open.venue));
        let written = async {
            let entry = self.book.open(said).await?;
            self.book.close(Closing { entry, subject: String::new(), result: "ok".to_owned() }).await
        };
        if let Err(error) = written.await {
            tracing::error!(meeting = %id, %error, "that a microphone was closed was not written into the book");
        }
        Ok(())
    }

    /// The stage a meeting goes on with after a restart, without the microphone of a venue that was being called.
    pub(super) async fn without_called(&self, id: &MeetingId, stage: Stage) -> Result<Stage, MeetingFault> {
        let latest = self.latest_roll_call(id).await?;
        let Some(closed) = latest.and_then(|latest| latest.closed(CalledMicrophone::Restarted)) else {
            return Ok(stage);
        };
        self.store.save_roll_call(&closed).await.map_err(MeetingFault::Store)?;
        let called = closed.calling.as_ref().and_then(|calling| venue::participant(&calling.venue));
        Ok(called.iter().fold(stage, |stage, called| stage.close_microphone(called, &[])))
    }

    /// Closes the microphone that a call of this meeting opened, if any; told to the room even where the stage has it closed.
    async fn close_called(&self, id: &MeetingId) -> Result<(), MeetingFault> {
        let open = self.state().open_calls.get(id).cloned();
        let Some(OpenCall { participant, .. }) = open else { return Ok(()) };
        if let Ok(before) = self.stage_of(id) {
            self.put_on_air(id, before.close_microphone(&participant, &self.present(id))).await?;
        }
        self.state().open_calls.remove(id);
        Ok(())
    }

    /// Whose microphones a call leaves as they are: the county's own, which calls, and the sound of links.
    fn kept_in_a_call(&self, meeting: &Meeting) -> Vec<ParticipantId> {
        let legs = self.links.legs().into_iter().filter(|leg| leg.meeting == meeting.id).map(|leg| leg.participant);
        legs.chain(meeting.own_venue().and_then(venue::participant)).collect()
    }

    async fn venue_names(&self) -> Result<Vec<(VenueId, String)>, MeetingFault> {
        let venues = self.store.venues().await.map_err(MeetingFault::Store)?;
        Ok(venues.into_iter().map(|venue| (venue.id, venue.name)).collect())
    }

    async fn latest_roll_call(&self, id: &MeetingId) -> Result<Option<RollCall>, MeetingFault> {
        Ok(self.store.roll_calls(id).await.map_err(MeetingFault::Store)?.into_iter().next())
    }

    async fn present_call(&self, id: &MeetingId) -> Result<(Meeting, RollCall), MeetingFault> {
        let meeting = self.stored(id).await?;
        let call = self.latest_roll_call(id).await?.ok_or(MeetingFault::RollCall(Fault::NotBegun))?;
        Ok((meeting, call))
    }
}

/// The rows of a sheet (点名表): every venue, then how many of each, then which call it is.
fn sheet(title: &str, call: &RollCall) -> Vec<Vec<String>> {
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let mut rows = vec![row(&["序号", "会场", "结果", "说明", "点名时间", "登记时间", "登记人"])];
    let entry = |(number, entry): (usize, &Entry)| {
        let Entry { name, called, answer, .. } = entry;
        let (presence, note, at, by) = match answer {
            Some(Answer { presence, note, mark }) => (presence_zh(*presence), &note[..], moment(mark.at), &mark.by[..]),
            None => ("未点", "", String::new(), ""),
        };
        row(&[&(number + 1).to_string(), name, presence, note, &called.map(moment).unwrap_or_default(), &at, by])
    };
    rows.extend(call.entries.iter().enumerate().map(entry));
    let Figures { due, present, absent, fault, open } = call.figures();
    let figures = format!("应到 {due}，到 {present}，缺 {absent}，故障 {fault}，未点 {open}");
    rows.push(row(&["合计", &figures]));
    rows.push(row(&["会议", title]));
    rows.push(row(&["点名开始", &moment(call.begun.at), &call.begun.by]));
    if let Some(ended) = &call.ended {
        rows.push(row(&["点名结束", &moment(ended.at), &ended.by]));
    }
    rows
}

const fn presence_zh(presence: Presence) -> &'static str {
    match presence {
        Presence::Present => "到",
        Presence::Absent => "缺",
        Presence::Fault => "故障",
    }
}

/// `2026-11-27 09:05:30`, of the county's clocks.
fn moment(at: SystemTime) -> String {
    let (day, since_midnight) = wall_clock::read(at);
    let seconds = since_midnight.as_secs();
    format!("{day} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
