//! Joint tests as they are done: begun, checked, measured, ended, signed for; and whether meetings are ready.

use super::{App, MeetingFault, joint_slots::account};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        joint_test::{
            self, Act, Fault, JointTest, Readiness,
            checklist::{self, Entry, ListFault, Verdict},
            measure::{self, Finding, Line, Picture, Readings, Source, Way},
            slot::{self, NoTime},
        },
        meeting::{Meeting, MeetingState},
        venue,
    },
    id::{AccountId, MeetingId, ParticipantId, RoomId},
    relay::{
        figures::{PeerKind, PublicationFigures, RoomFigures},
        media::{Codec, Role},
    },
    store::StoreError,
};
use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

/// How long loss is counted.
const WINDOW: Duration = Duration::from_secs(3);

/// How long a trial recording is.
const TRIAL: Duration = Duration::from_secs(10);

/// What a recording takes at least, bytes a second: 2 Mbit/s, a room's picture at its smallest.
const RATE_MIN: u64 = 250_000;

/// A joint test with all that its page and its form show.
#[derive(Debug, Clone)]
pub struct JointTestView {
    /// What was done.
    pub test: JointTest,
    /// Its row among meetings.
    pub slot: Meeting,
    /// The meeting it is of.
    pub meeting: Meeting,
    /// Whether that is ready.
    pub readiness: Readiness,
    /// Name of the line; empty without one.
    pub line: String,
    /// Names of the venues.
    pub venues: Vec<String>,
    /// Shown names of whoever did something, and of who is on duty.
    pub names: HashMap<AccountId, String>,
}

/// Whether a meeting is ready, and by which test.
#[derive(Debug, Clone)]
pub struct ReadinessView {
    /// Which meeting.
    pub meeting: MeetingId,
    /// Whether it is ready.
    pub readiness: Readiness,
    /// The test that counts, or that is to come.
    pub slot: Option<Meeting>,
    /// Why it got none by itself, if it takes one.
    pub none: Option<NoTime>,
}

/// Why a joint test can't be read, or something isn't done to it.
#[derive(Debug, thiserror::Error)]
pub enum JointTestFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none in this row among meetings.
    #[error("there is no such joint test")]
    Unknown,
    /// Its rules don't allow it.
    #[error("the joint test doesn't allow this")]
    Fault(#[source] Fault),
    /// Its room is not open, so there is nothing to be measured.
    #[error("the joint test is not on air")]
    NotOnAir,
    /// It was cancelled.
    #[error("the joint test was cancelled")]
    Cancelled,
    /// The list is not valid.
    #[error("the list is not valid: {0}")]
    List(ListFault),
    /// The trial recording failed.
    #[error("the trial recording failed")]
    Trial(#[source] TrialFault),
    /// Its row among meetings could not be opened or closed.
    #[error("its room can't be opened or closed")]
    Meeting(#[source] Box<MeetingFault>),
    /// The store failed.
    #[error("cannot read or write the joint test")]
    Store(#[source] StoreError),
}

/// Why there is no trial recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrialFault {
    /// Another one runs.
    #[error("another trial recording runs")]
    Busy,
    /// The disk has no room.
    #[error("the disk has no room")]
    DiskFull,
    /// The recorder did not write, or what it wrote can't be read.
    #[error("the recorder failed: {0}")]
    Failed(String),
}

impl From<MeetingFault> for JointTestFault {
    fn from(fault: MeetingFault) -> Self {
        match fault {
            MeetingFault::Access(refusal) => Self::Access(refusal),
            MeetingFault::Unknown => Self::Unknown,
            MeetingFault::Store(error) => Self::Store(error),
            fault => Self::Meeting(Box::new(fault)),
        }
    }
}

impl App {
    /// Whether the meetings of this time are ready; joint tests themselves are not among them.
    pub async fn readiness(
        &self,
        actor: &Actor,
        (from, to): (Option<SystemTime>, Option<SystemTime>),
        now: SystemTime,
    ) -> Result<Vec<ReadinessView>, MeetingFault> {
        let mut meetings = self.list_meetings(actor, from, to).await?;
        meetings.retain(|meeting| meeting.tests.is_none() && meeting.state != MeetingState::Cancelled);
        let ids: Vec<MeetingId> = meetings.iter().map(|meeting| meeting.id.clone()).collect();
        let tests = self.store.joint_tests_of(&ids).await.map_err(MeetingFault::Store)?;
        let workdays = self.store.workdays().await.map_err(MeetingFault::Store)?;
        let why = |meeting: &Meeting| {
            let gone = slot::default_start(meeting, |day| workdays.is_workday(day)) < now;
            if gone { NoTime::Gone } else { NoTime::Taken }
        };
        let view = |meeting: Meeting| {
            let own = tests.iter().filter(|(_, test)| test.tests == meeting.id);
            let counts = joint_test::that_counts(own.clone().map(|(_, test)| test));
            let slot = counts.and_then(|counts| own.clone().find(|(_, test)| test.id == counts.id));
            let readiness = joint_test::readiness(&meeting, counts);
            let none = counts.is_none() && readiness == Readiness::NotTested && meeting.state == MeetingState::Planned;
            ReadinessView {
                readiness,
                none: none.then(|| why(&meeting)),
                slot: slot.map(|(slot, _)| slot.clone()),
                meeting: meeting.id,
            }
        };
        Ok(meetings.into_iter().map(view).collect())
    }

    /// A joint test with all that its page shows.
    pub async fn joint_test(&self, actor: &Actor, slot: &MeetingId) -> Result<JointTestView, JointTestFault> {
        access::allow(actor, Action::ListMeetings, &Resource::Server).map_err(JointTestFault::Access)?;
        let (slot, test) = self.stored_test(slot).await?;
        self.test_view(slot, test).await
    }

    /// Begins a joint test and opens its room; one that goes on after its room was closed is only written.
    pub async fn begin_joint_test(
        &self,
        actor: &Actor,
        id: &MeetingId,
        now: SystemTime,
    ) -> Result<JointTestView, JointTestFault> {
        let act = self.allow_test(actor, id, now)?;
        let (slot, test) = self.stored_test(id).await?;
        if slot.state == MeetingState::Cancelled {
            return Err(JointTestFault::Cancelled);
        }
        test.state.next(joint_test::Event::Begin).map_err(|step| JointTestFault::Fault(Fault::Step(step)))?;
        if slot.state != MeetingState::Closed {
            self.open_meeting(actor, id).await?;
        }
        let list = self.store.checklist().await.map_err(JointTestFault::Store)?;
        let view = self.act_on(id, |test| test.begin(&list, act)).await?;
        tracing::info!(meeting = %view.meeting.id, "joint test begins");
        Ok(view)
    }

    /// Writes down what somebody found of one item.
    pub async fn check_item(
        &self,
        actor: &Actor,
        id: &MeetingId,
        (item, verdict, note): (&str, Verdict, &str),
        now: SystemTime,
    ) -> Result<JointTestView, JointTestFault> {
        let act = self.allow_test(actor, id, now)?;
        self.act_on(id, |test| test.check(item, verdict, note, act)).await
    }

    /// Measures what comes in now, which takes a few seconds, and fills in the items it says something of.
    pub async fn measure_joint_test(
        &self,
        actor: &Actor,
        id: &MeetingId,
        clock: fn() -> SystemTime,
    ) -> Result<JointTestView, JointTestFault> {
        let (slot, room) = self.running_test(actor, id).await?;
        let before = self.figures_of(room).await?;
        tokio::time::sleep(WINDOW).await;
        let after = self.figures_of(room).await?;
        let readings = self.readings(&slot, &before, &after).await?;
        let mut findings = measure::judge(&readings);
        let tested = self.tested(&slot).await?;
        let bits: u64 = after.publications.iter().map(|publication| publication.bps).sum();
        let lasts = self.recorders.disk_for((bits / 8).max(RATE_MIN));
        findings.push(measure::judge_disk(lasts, tested.ends.duration_since(tested.starts).unwrap_or_default()));
        self.fill_in(act_of(actor, clock())?, id, &findings).await
    }

    /// Records for ten seconds, reads that back and removes it.
    pub async fn try_recording(
        &self,
        actor: &Actor,
        id: &MeetingId,
        clock: fn() -> SystemTime,
    ) -> Result<JointTestView, JointTestFault> {
        let (slot, _) = self.running_test(actor, id).await?;
        let venues = slot.venues.iter().filter_map(venue::participant);
        let legs = self.links.legs().into_iter().filter(|leg| leg.meeting == slot.id).map(|leg| leg.participant);
        let of: Vec<ParticipantId> = legs.chain(venues).collect();
        let found = self.recorders.try_out(&slot, of, TRIAL).await.map_err(JointTestFault::Trial)?;
        self.fill_in(act_of(actor, clock())?, id, &[measure::judge_trial(&found, TRIAL)]).await
    }

    /// Ends a joint test with its result, and closes its room: the line and the venues are free again.
    pub async fn end_joint_test(
        &self,
        actor: &Actor,
        id: &MeetingId,
        now: SystemTime,
    ) -> Result<JointTestView, JointTestFault> {
        let act = self.allow_test(actor, id, now)?;
        let mut view = self.act_on(id, |test| test.end(act)).await?;
        if view.slot.state == MeetingState::OnAir {
            view.slot = self.close_meeting(actor, id).await?;
        }
        tracing::info!(meeting = %view.meeting.id, state = view.test.state.name(), "joint test ended");
        Ok(view)
    }

    /// Writes why a meeting is held with an open defect.
    pub async fn explain_joint_test(
        &self,
        actor: &Actor,
        id: &MeetingId,
        reason: &str,
        now: SystemTime,
    ) -> Result<JointTestView, JointTestFault> {
        let act = self.allow_test(actor, id, now)?;
        self.act_on(id, |test| test.explain(reason, act)).await
    }

    /// Whether this actor may sign for a meeting that is held with an open defect.
    pub fn may_accept(&self, actor: &Actor) -> Result<(), JointTestFault> {
        access::allow(actor, Action::AcceptDefects, &Resource::Server).map_err(JointTestFault::Access)
    }

    /// Signs for a meeting that is held with an open defect (一支笔).
    pub async fn accept_joint_test(
        &self,
        actor: &Actor,
        id: &MeetingId,
        now: SystemTime,
    ) -> Result<JointTestView, JointTestFault> {
        self.may_accept(actor)?;
        let act = act_of(actor, now)?;
        self.act_on(id, |test| test.accept(act)).await
    }

    /// What is checked in a joint test that begins.
    pub async fn checklist(&self, actor: &Actor) -> Result<Vec<Entry>, JointTestFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(JointTestFault::Access)?;
        self.store.checklist().await.map_err(JointTestFault::Store)
    }

    /// Edits that: an entry without an id is new. Tests that have begun keep theirs.
    pub async fn change_checklist(
        &self,
        actor: &Actor,
        texts: Vec<(String, String)>,
    ) -> Result<Vec<Entry>, JointTestFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(JointTestFault::Access)?;
        let _turn = self.steering.lock().await;
        let known = self.store.checklist().await.map_err(JointTestFault::Store)?;
        let known = known.into_iter().chain(checklist::first_list());
        let known: HashMap<String, Entry> = known.map(|entry| (entry.id.clone(), entry)).collect();
        let entry = |(id, text): (String, String)| match known.get(&id) {
            Some(entry) => Entry { text, ..entry.clone() },
            None => Entry { id: super::new_id(), text, measure: None },
        };
        let list = checklist::checked_list(texts.into_iter().map(entry).collect()).map_err(JointTestFault::List)?;
        self.store.save_checklist(&list).await.map_err(JointTestFault::Store)?;
        Ok(list)
    }

    /// Whether this actor runs joint tests, and what is written down of their act.
    fn allow_test(&self, actor: &Actor, id: &MeetingId, now: SystemTime) -> Result<Act, JointTestFault> {
        self.may_in_meeting(actor, Action::SteerMeeting, id)?;
        act_of(actor, now)
    }

    /// One act on a joint test, stored.
    async fn act_on(
        &self,
        id: &MeetingId,
        act: impl FnOnce(JointTest) -> Result<JointTest, Fault>,
    ) -> Result<JointTestView, JointTestFault> {
        let _turn = self.steering.lock().await;
        let (slot, test) = self.stored_test(id).await?;
        let test = act(test).map_err(JointTestFault::Fault)?;
        self.keep_test(&test).await?;
        self.test_view(slot, test).await
    }

    async fn fill_in(&self, act: Act, id: &MeetingId, findings: &[Finding]) -> Result<JointTestView, JointTestFault> {
        self.act_on(id, |test| test.measured(findings, &act)).await
    }

    async fn keep_test(&self, test: &JointTest) -> Result<(), JointTestFault> {
        self.store.save_with_tests(&[], std::slice::from_ref(test)).await.map_err(JointTestFault::Store)
    }

    async fn stored_test(&self, id: &MeetingId) -> Result<(Meeting, JointTest), JointTestFault> {
        let slot = self.stored(id).await?;
        let test = self.store.joint_test(&slot).await.map_err(JointTestFault::Store)?;
        Ok((slot, test.ok_or(JointTestFault::Unknown)?))
    }

    async fn tested(&self, slot: &Meeting) -> Result<Meeting, JointTestFault> {
        let tests = slot.tests.as_ref().ok_or(JointTestFault::Unknown)?;
        self.store.meeting(tests).await.map_err(JointTestFault::Store)?.ok_or(JointTestFault::Unknown)
    }

    async fn test_view(&self, slot: Meeting, test: JointTest) -> Result<JointTestView, JointTestFault> {
        let meeting = self.tested(&slot).await?;
        let tests = self.store.joint_tests_of(std::slice::from_ref(&meeting.id)).await;
        let tests = tests.map_err(JointTestFault::Store)?;
        let readiness = joint_test::readiness(&meeting, joint_test::that_counts(tests.iter().map(|(_, test)| test)));
        let lines = self.lines().await?;
        let line = slot.arrangement.line.as_ref().and_then(|line| lines.iter().find(|leg| leg.id == *line));
        let line = line.map(|leg| leg.name.clone()).unwrap_or_default();
        let known = self.store.venues().await.map_err(JointTestFault::Store)?;
        let venues =
            known.into_iter().filter(|venue| slot.venues.contains(&venue.id)).map(|venue| venue.name).collect();
        let people = test.people().chain(slot.arrangement.people()).collect();
        let names = self.store.names_of(people).await.map_err(JointTestFault::Store)?;
        Ok(JointTestView { test, slot, meeting, readiness, line, venues, names })
    }

    /// The row and the room of a test that runs and can be measured.
    async fn running_test(&self, actor: &Actor, id: &MeetingId) -> Result<(Meeting, RoomId), JointTestFault> {
        self.may_in_meeting(actor, Action::SteerMeeting, id)?;
        let (slot, test) = self.stored_test(id).await?;
        test.state.next(joint_test::Event::Check).map_err(|step| JointTestFault::Fault(Fault::Step(step)))?;
        Ok((slot, self.room_of(id).ok_or(JointTestFault::NotOnAir)?))
    }

    async fn figures_of(&self, room: RoomId) -> Result<RoomFigures, JointTestFault> {
        let figures = self.relay.figures().await;
        let mut rooms = figures.into_iter().flat_map(|worker| worker.rooms);
        rooms.find(|known| known.room == room).ok_or(JointTestFault::NotOnAir)
    }

    /// What is known of a meeting's signals.
    async fn readings(
        &self,
        slot: &Meeting,
        before: &RoomFigures,
        after: &RoomFigures,
    ) -> Result<Readings, JointTestFault> {
        let legs = self.links.legs();
        let mut own = legs.iter().filter(|leg| leg.meeting == slot.id);
        let line = match &slot.arrangement.line {
            Some(line) => own.find(|leg| leg.id == *line),
            None => own.find(|leg| leg.state.is_to_run()),
        };
        let line = match (line, &slot.arrangement.line) {
            (Some(leg), _) => Some(Line {
                runs: leg.state == super::LegState::Running,
                trouble: leg.detail.clone(),
                source: source(&leg.name, &leg.participant, before, after),
            }),
            (None, Some(_)) => {
                Some(Line { source: Source { name: "线路".to_owned(), ..Source::default() }, ..Line::default() })
            }
            (None, None) => None,
        };
        let known = self.store.venues().await.map_err(JointTestFault::Store)?;
        let venues = known.iter().filter(|venue| slot.venues.contains(&venue.id));
        let venues =
            venues.filter_map(|venue| Some(source(&venue.name, &venue::participant(&venue.id)?, before, after)));
        Ok(Readings { line, venues: venues.collect() })
    }
}

fn act_of(actor: &Actor, at: SystemTime) -> Result<Act, JointTestFault> {
    let by = account(actor).cloned().ok_or(JointTestFault::Access(Refusal::Forbidden))?;
    Ok(Act { by, at })
}

/// What came of one participant between two moments.
fn source(name: &str, whose: &ParticipantId, before: &RoomFigures, after: &RoomFigures) -> Source {
    let live: Vec<&PublicationFigures> =
        after.publications.iter().filter(|known| known.participant == *whose && known.live).collect();
    let camera = live.iter().find(|known| known.role != Role::Content && known.codec != Codec::Opus);
    let sound = live.iter().find(|known| known.role != Role::Content && known.codec == Codec::Opus);
    let rtt_ms = after.peers.iter().filter(|peer| peer.participant == *whose && peer.kind != PeerKind::Viewer);
    Source {
        name: name.to_owned(),
        picture: camera.map(|known| Picture { size: known.size, fps: known.fps, bps: known.bps }),
        sound_bps: sound.map(|known| known.bps),
        content: live.iter().any(|known| known.role == Role::Content),
        way: (!live.is_empty()).then(|| Way {
            loss: loss(&live, before),
            rtt_ms: rtt_ms.filter_map(|peer| peer.rtt_ms).next(),
            jitter_ms: live.iter().map(|known| known.jitter_ms).fold(0.0, f32::max),
        }),
    }
}

/// Share of packets that were lost for good since.
fn loss(live: &[&PublicationFigures], before: &RoomFigures) -> f32 {
    let since = |of: fn(&PublicationFigures) -> u64| -> u64 {
        let was = |known: &PublicationFigures| before.publications.iter().find(|was| was.id == known.id).map_or(0, of);
        live.iter().map(|known| of(known).saturating_sub(was(known))).sum()
    };
    let (packets, lost) = (since(|known| known.packets), since(|known| known.lost));
    lost as f32 / (packets + lost).max(1) as f32
}
