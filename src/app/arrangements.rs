//! Sign-offs of arrangements (会议安排审签): asked for by who plans, decided by the unit's one pen, and what a meeting lacks.

use super::{App, MeetingFault, PenView, Verdict, sign_offs::SignOffFault};
use crate::{
    domain::{
        access::{self, Action, Actor, LoggedIn, Pen, Refusal, Resource},
        arrangement_sign::{self, Arranged, ArrangementSignOff, Clearance, Fault, checked_remark, fingerprint},
        line::LineFault,
        meeting::{Meeting, MeetingEvent, MeetingState},
        pen::PenOf,
        sign_off::{Decision, Signature},
        wall_clock,
    },
    id::{AccountId, MeetingId, SignOffId, VenueId},
    store::StoreError,
};
use std::{collections::HashMap, time::SystemTime};

/// How a meeting stands whose unit asks for a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// How it stands.
    pub clearance: Clearance,
    /// What was decided of the arrangement it has now, and the name of who signed.
    pub decision: Option<(Signature, String)>,
}

/// A request as its readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrangementView {
    /// The request and what was decided.
    pub request: ArrangementSignOff,
    /// The meeting's title now.
    pub title: String,
    /// Whether the meeting is other than what was asked for.
    pub changed: bool,
    /// Whose signature it needs.
    pub pen: PenView,
    /// Shown names of whoever is named in it.
    pub names: HashMap<AccountId, String>,
}

/// Why an arrangement's signature can't be asked for or given.
#[derive(Debug, thiserror::Error)]
pub enum ArrangementFault {
    /// The meeting is not there, or not to be had.
    #[error("the meeting does not allow this")]
    Meeting(#[source] MeetingFault),
    /// Its unit asks for none.
    #[error("no signature is needed")]
    NotNeeded,
    /// It waits already.
    #[error("it was asked for already")]
    Waiting,
    /// It is signed already.
    #[error("it is signed already")]
    Signed,
    /// What is said to it is no line.
    #[error("the remark is not valid")]
    Remark(#[source] LineFault),
    /// It can't be decided so.
    #[error("it cannot be decided so")]
    Decision(#[source] Fault),
    /// As with any sign-off.
    #[error("the sign-off is not to be had")]
    SignOff(#[source] SignOffFault),
}

impl App {
    /// Whether a meeting may open by itself: its unit asks for no signature, or it is signed as it is now.
    pub async fn is_cleared(&self, meeting: &Meeting) -> Result<bool, MeetingFault> {
        let mut signing = self.signing_of(std::slice::from_ref(meeting)).await?;
        Ok(signing.remove(&meeting.id).is_none_or(|signing| signing.clearance.is_cleared()))
    }

    /// Refuses a meeting that lacks a signature.
    pub(super) async fn expect_cleared(&self, meeting: &Meeting) -> Result<(), MeetingFault> {
        let mut signing = self.signing_of(std::slice::from_ref(meeting)).await?;
        match signing.remove(&meeting.id).map(|signing| signing.clearance).filter(|stands| !stands.is_cleared()) {
            Some(lacks) => Err(MeetingFault::Unsigned(lacks)),
            None => Ok(()),
        }
    }

    /// Refuses changes after which a signature that was given would not stand any more.
    pub(super) async fn expect_stays_signed(&self, changes: &[(Meeting, Meeting)]) -> Result<(), MeetingFault> {
        let before: Vec<Meeting> = changes.iter().map(|(_, before)| before.clone()).collect();
        let signing = self.signing_of(&before).await?;
        let signed = |id: &MeetingId| signing.get(id).is_some_and(|signing| signing.clearance == Clearance::Signed);
        let unsigns =
            changes.iter().any(|(after, before)| signed(&before.id) && fingerprint(after) != fingerprint(before));
        if unsigns { Err(MeetingFault::Unsigns) } else { Ok(()) }
    }

    /// How each of these meetings stands; nothing of those that need no signature.
    pub async fn signing_of(&self, meetings: &[Meeting]) -> Result<HashMap<MeetingId, Signing>, MeetingFault> {
        let units = self.store.org_units().await.map_err(MeetingFault::Store)?;
        // Most counties ask for none: then nothing more is read.
        if !units.iter().any(|unit| unit.signs_arrangements) {
            return Ok(HashMap::new());
        }
        // A joint test is signed for by its own sheet.
        let to_sign = |meeting: &&Meeting| meeting.state != MeetingState::Cancelled && meeting.tests.is_none();
        let ids: Vec<&MeetingId> = meetings.iter().filter(to_sign).map(|meeting| &meeting.id).collect();
        let held_by = self.store.units_of_meetings(&ids).await.map_err(MeetingFault::Store)?;
        let latest = self.store.latest_arrangement_sign_offs(&ids).await.map_err(MeetingFault::Store)?;
        let names = latest.values().flat_map(people_of).collect();
        let names = self.store.names_of(names).await.map_err(MeetingFault::Store)?;
        let signing = meetings.iter().filter(to_sign).filter_map(|meeting| {
            let needed = arrangement_sign::is_needed(held_by.get(&meeting.id), &units);
            let latest = latest.get(&meeting.id);
            let clearance = Clearance::of(needed, meeting, latest);
            let decided = latest.filter(|_| matches!(clearance, Clearance::Signed | Clearance::Refused));
            let signed = decided.and_then(|latest| latest.decision.as_ref()).map(signature);
            let decision = signed.map(|signed| (signed.clone(), names.get(&signed.by).cloned().unwrap_or_default()));
            needed.then(|| (meeting.id.clone(), Signing { clearance, decision }))
        });
        Ok(signing.collect())
    }

    /// Asks for the signature under a meeting's arrangement as it is now.
    pub async fn ask_arrangement(
        &self,
        actor: &Actor,
        id: &MeetingId,
        remark: &str,
        now: SystemTime,
    ) -> Result<ArrangementView, ArrangementFault> {
        let allowed = self.allow_meeting(actor, Action::WriteNotice, id).map_err(MeetingFault::Access);
        allowed.map_err(ArrangementFault::Meeting)?;
        let Actor::User(user) = actor else { return Err(refused(Refusal::Forbidden)) };
        let remark = checked_remark(remark).map_err(ArrangementFault::Remark)?;
        let _turn = self.desk.lock().await;
        let meeting = self.stored(id).await.map_err(ArrangementFault::Meeting)?;
        if meeting.state == MeetingState::Cancelled {
            let step = meeting.state.next(MeetingEvent::Change).map_err(MeetingFault::Step);
            step.map_err(ArrangementFault::Meeting)?;
        }
        let signing = self.signing_of(std::slice::from_ref(&meeting)).await.map_err(ArrangementFault::Meeting)?;
        match signing.get(id).map_or(Clearance::NotNeeded, |signing| signing.clearance) {
            Clearance::NotNeeded => return Err(ArrangementFault::NotNeeded),
            Clearance::Waiting => return Err(ArrangementFault::Waiting),
            Clearance::Signed => return Err(ArrangementFault::Signed),
            Clearance::Unsigned | Clearance::Refused => {}
        }
        let unit = match self.pen_needed(id, now).await.map_err(stored)? {
            PenOf::County => None,
            PenOf::Unit(unit) => Some(unit),
        };
        let text = self.arrangement_text(&meeting).await.map_err(stored)?;
        let asked = ArrangementSignOff {
            id: super::new_id(),
            meeting: id.clone(),
            asked_by: user.account.clone(),
            asked: now,
            unit,
            remark,
            arranged: Arranged { text, fingerprint: fingerprint(&meeting) },
            decision: None,
        };
        self.store.add_arrangement_sign_off(&asked).await.map_err(stored)?;
        self.seen_arrangement(asked, now).await
    }

    /// Requests for arrangements: those that wait, then the latest that were decided; for whoever signs those of their pen.
    pub async fn arrangements(&self, actor: &Actor, now: SystemTime) -> Result<Vec<ArrangementView>, ArrangementFault> {
        let allowed = access::allow(actor, Action::SeeSignOffs, &Resource::Server);
        allowed.map_err(refused)?;
        let of = self.concerned(actor, now).await.map_err(ArrangementFault::SignOff)?;
        let all = self.store.arrangement_sign_offs(of.as_ref()).await.map_err(stored)?;
        self.seen_arrangements(all, now).await
    }

    /// Whether this actor may decide it at all.
    pub async fn may_decide_arrangement(
        &self,
        actor: &Actor,
        id: &SignOffId,
        now: SystemTime,
    ) -> Result<(), ArrangementFault> {
        self.allowed_arrangement(actor, id, now).await.map(drop)
    }

    /// Signs an arrangement or refuses to.
    pub async fn decide_arrangement(
        &self,
        actor: &Actor,
        id: &SignOffId,
        verdict: Verdict,
        now: SystemTime,
    ) -> Result<ArrangementView, ArrangementFault> {
        // Two signatures at the same moment: the second finds the first.
        let _turn = self.desk.lock().await;
        let before = self.allowed_arrangement(actor, id, now).await?;
        let by = Self::signer(actor).map_err(ArrangementFault::SignOff)?;
        let meeting = self.stored(&before.meeting).await.map_err(ArrangementFault::Meeting)?;
        let decided = match verdict {
            Verdict::Grant(text) => before.grant(&meeting, by, &text, now),
            Verdict::Refuse(text) | Verdict::Recall(text) => before.refuse(by, &text, now),
        };
        let decided = decided.map_err(ArrangementFault::Decision)?;
        self.store.save_arrangement_sign_off(&decided).await.map_err(stored)?;
        self.seen_arrangement(decided, now).await
    }

    /// A request this actor may decide. What there is is told to nobody who signs nothing.
    async fn allowed_arrangement(
        &self,
        actor: &Actor,
        id: &SignOffId,
        now: SystemTime,
    ) -> Result<ArrangementSignOff, ArrangementFault> {
        let found = self.store.arrangement_sign_off(id).await.map_err(stored)?;
        let pen = match (&found, actor) {
            (Some(request), _) => self.all_pens(now).await.map_err(stored)?.needed(request.unit.as_ref()),
            (None, Actor::User(LoggedIn { pen: Pen::Own(of) | Pen::For { of, .. }, .. })) => of.clone(),
            (None, _) => PenOf::County,
        };
        let nobody = "nobody".parse().expect("a word is an id");
        let asked_by = found.as_ref().map_or(&nobody, |request| &request.asked_by);
        let resource = Resource::SignOff { asked_by, pen: &pen };
        access::allow(actor, Action::DecideSignOff, &resource).map_err(refused)?;
        found.ok_or(ArrangementFault::SignOff(SignOffFault::Unknown))
    }

    async fn seen_arrangement(
        &self,
        request: ArrangementSignOff,
        now: SystemTime,
    ) -> Result<ArrangementView, ArrangementFault> {
        Ok(self.seen_arrangements(vec![request], now).await?.remove(0))
    }

    async fn seen_arrangements(
        &self,
        all: Vec<ArrangementSignOff>,
        now: SystemTime,
    ) -> Result<Vec<ArrangementView>, ArrangementFault> {
        let names = self.store.names_of(all.iter().flat_map(people_of).collect()).await.map_err(stored)?;
        let pens = self.all_pens(now).await.map_err(stored)?;
        let mut views = Vec::with_capacity(all.len());
        for request in all {
            let meeting = self.store.meeting(&request.meeting).await.map_err(stored)?;
            let names = people_of(&request).filter_map(|id| Some((id.clone(), names.get(id)?.clone()))).collect();
            views.push(ArrangementView {
                title: meeting.as_ref().map(|meeting| meeting.title.clone()).unwrap_or_default(),
                changed: meeting.is_some_and(|meeting| fingerprint(&meeting) != request.arranged.fingerprint),
                pen: pens.view(pens.needed(request.unit.as_ref())),
                names,
                request,
            });
        }
        Ok(views)
    }

    /// An arrangement as people read it, a line each.
    async fn arrangement_text(&self, meeting: &Meeting) -> Result<String, StoreError> {
        let venues = self.store.venues().await?;
        let venue = |id: &VenueId| {
            let known = venues.iter().find(|venue| venue.id == *id);
            known.map_or_else(|| id.to_string(), |venue| venue.name.clone())
        };
        let venues: Vec<String> = meeting.venues.iter().map(venue).collect();
        let leaders = self.store.names_of(meeting.arrangement.leaders.iter().collect()).await?;
        let leaders: Vec<&str> =
            meeting.arrangement.leaders.iter().filter_map(|id| leaders.get(id).map(String::as_str)).collect();
        let line = meeting.arrangement.line.as_ref();
        let line = line.map(|line| {
            let known = self.links.legs().into_iter().find(|leg| leg.id == *line);
            known.map_or_else(|| line.to_string(), |leg| leg.name)
        });
        let none = |text: String| if text.is_empty() { "无".to_owned() } else { text };
        Ok([
            format!("会议：{}", meeting.title),
            format!("时间：{} 至 {}", moment(meeting.starts), moment(meeting.ends)),
            format!("会场：{}", none(venues.join("、"))),
            format!("线路：{}", none(line.unwrap_or_default())),
            format!("领导：{}", none(leaders.join("、"))),
        ]
        .join("\n"))
    }
}

/// `2026-11-27 09:30`, of the county's clocks.
fn moment(at: SystemTime) -> String {
    let (day, since_midnight) = wall_clock::read(at);
    let minutes = since_midnight.as_secs() / 60;
    format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
}

const fn signature(decision: &Decision) -> &Signature {
    match decision {
        Decision::Granted(signature) | Decision::Refused(signature) => signature,
    }
}

/// Whoever is named in it.
fn people_of(request: &ArrangementSignOff) -> impl Iterator<Item = &AccountId> {
    let signed = request.decision.as_ref().map(signature);
    let signers = signed.into_iter().flat_map(|signed| std::iter::once(&signed.by).chain(&signed.deputising));
    std::iter::once(&request.asked_by).chain(signers)
}

const fn stored(error: StoreError) -> ArrangementFault {
    ArrangementFault::SignOff(SignOffFault::Store(error))
}

const fn refused(refusal: Refusal) -> ArrangementFault {
    ArrangementFault::SignOff(SignOffFault::Access(refusal))
}
