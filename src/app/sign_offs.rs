//! Sign-offs (审签): asked for, decided, and what was granted fetched by whoever asked.

use super::{App, PenView};
use crate::{
    domain::{
        access::{self, Action, Actor, LoggedIn, Pen, Refusal, Resource},
        pen::PenOf,
        recording::Files,
        role::Role,
        sign_off::{Decision, Mistake, Request, SignFault, SignOff, Standing},
    },
    id::{AccountId, ExportId, MeetingId, RecordingId, SignOffId},
    store::{After, Concerned, Export, StoreError},
};
use std::{collections::HashMap, time::SystemTime};

/// A sign-off as its readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOffView {
    /// The request and what was decided.
    pub sign_off: SignOff,
    /// How it is now.
    pub standing: Standing,
    /// The recording's meeting's title.
    pub title: String,
    /// When the recording began.
    pub recorded: SystemTime,
    /// Whose signature it needs.
    pub pen: PenView,
    /// Shown names of whoever is named in it.
    pub names: HashMap<AccountId, String>,
}

/// A page of sign-offs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOffsPage {
    /// What was found.
    pub found: Vec<SignOffView>,
    /// Where the next page goes on; `None` at the end.
    pub next: Option<After>,
}

/// What an approver says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Yes, with a word or without.
    Grant(String),
    /// No, for this reason.
    Refuse(String),
    /// No longer, for this reason.
    Recall(String),
}

/// Why a sign-off can't be asked for, decided or used.
#[derive(Debug, thiserror::Error)]
pub enum SignOffFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id.
    #[error("there is no such sign-off")]
    Unknown,
    /// There is no recording of that id.
    #[error("there is no such recording")]
    NoRecording,
    /// It is still being recorded.
    #[error("the recording has not ended")]
    StillRecording,
    /// The same person's request for it waits or is open.
    #[error("it was asked for already")]
    AskedAlready,
    /// The request has mistakes.
    #[error("the request is not valid")]
    Request(Vec<Mistake>),
    /// It can't be decided so.
    #[error("it cannot be decided so")]
    Sign(#[source] SignFault),
    /// What was granted is over, recalled or was never granted.
    #[error("it may not be fetched")]
    NotOpen,
    /// The store failed.
    #[error("cannot read or write a sign-off")]
    Store(#[source] StoreError),
}

impl App {
    /// A page of sign-offs: on the first all that wait, then at most `count` that were decided, the latest request first. A clerk sees
    /// all of them, who signs those that need the pen of their unit and those they signed.
    pub async fn sign_offs(
        &self,
        actor: &Actor,
        after: Option<&After>,
        count: u32,
        now: SystemTime,
    ) -> Result<SignOffsPage, SignOffFault> {
        access::allow(actor, Action::SeeSignOffs, &Resource::Server).map_err(SignOffFault::Access)?;
        let of = self.concerned(actor, now).await?;
        let step = count.saturating_add(1);
        let decided = self.store.sign_offs_decided(of.as_ref(), after, step).await;
        let mut decided = decided.map_err(SignOffFault::Store)?;
        let more = decided.len() > count as usize;
        decided.truncate(count as usize);
        let last = decided.last().filter(|_| more);
        let next = last.map(|last| After { at: last.asked, id: last.id.to_string() });
        let mut all = match after {
            None => self.store.sign_offs_waiting(of.as_ref()).await.map_err(SignOffFault::Store)?,
            Some(_) => Vec::new(),
        };
        all.extend(decided);
        Ok(SignOffsPage { found: self.seen(all, now).await?, next })
    }

    /// Which sign-offs this actor sees: each, or those that need this pen, and those this account is named in.
    pub(super) async fn concerned(&self, actor: &Actor, now: SystemTime) -> Result<Option<Concerned>, SignOffFault> {
        let Actor::User(user) = actor else { return Err(SignOffFault::Access(Refusal::Forbidden)) };
        if user.roles.has(Role::Clerk) {
            return Ok(None);
        }
        let pens = self.all_pens(now).await.map_err(SignOffFault::Store)?;
        let of = match &user.pen {
            Pen::Own(of) | Pen::For { of, .. } => of.clone(),
            // An approver whose deputy signs now still reads what their unit is asked.
            Pen::NotTheirs => {
                let own = self.store.account(&user.account).await.map_err(SignOffFault::Store)?;
                pens.of(own.and_then(|account| account.org_unit).as_ref())
            }
        };
        Ok(Some(Concerned { units: pens.units_of(&of), account: user.account.clone() }))
    }

    /// Asks for a recording to be handed out.
    pub async fn ask_sign_off(
        &self,
        actor: &Actor,
        recording: &RecordingId,
        request: Request,
        now: SystemTime,
    ) -> Result<SignOffView, SignOffFault> {
        access::allow(actor, Action::AskSignOff, &Resource::Server).map_err(SignOffFault::Access)?;
        let asked_by = account_of(actor)?;
        let _turn = self.desk.lock().await;
        let found = self.store.recording(recording).await.map_err(SignOffFault::Store)?;
        let length_ms = match found.as_ref().map(|found| &found.files) {
            Some(Files::Made(made)) => Some(made.length_ms),
            _ => None,
        };
        let request = request.checked(length_ms).map_err(SignOffFault::Request)?;
        let found = found.ok_or(SignOffFault::NoRecording)?;
        if found.is_to_run() {
            return Err(SignOffFault::StillRecording);
        }
        let before = self.store.sign_offs_of([recording], &asked_by).await.map_err(SignOffFault::Store)?;
        if before.iter().any(|known| known.lives(now) && known.request.part == request.part) {
            return Err(SignOffFault::AskedAlready);
        }
        let unit = match self.pen_needed(&found.meeting, now).await.map_err(SignOffFault::Store)? {
            PenOf::County => None,
            PenOf::Unit(unit) => Some(unit),
        };
        let (id, recording) = (super::new_id(), found.id);
        let asked = SignOff { id, recording, asked_by, asked: now, unit, request, decision: None, recall: None };
        self.store.add_sign_off(&asked).await.map_err(SignOffFault::Store)?;
        self.seen_one(asked, now).await
    }

    /// Whether this actor may decide it at all.
    pub async fn may_decide(&self, actor: &Actor, id: &SignOffId, now: SystemTime) -> Result<(), SignOffFault> {
        self.allowed(actor, Action::DecideSignOff, id, now).await.map(|_| ())
    }

    /// The pen that a recording of this meeting needs now.
    pub(super) async fn pen_needed(&self, meeting: &MeetingId, now: SystemTime) -> Result<PenOf, StoreError> {
        let unit = self.store.unit_of_meeting(meeting).await?;
        Ok(self.all_pens(now).await?.needed(unit.as_ref()))
    }

    /// Decides what was asked for, or takes back what was granted.
    pub async fn decide_sign_off(
        &self,
        actor: &Actor,
        id: &SignOffId,
        verdict: Verdict,
        now: SystemTime,
    ) -> Result<SignOffView, SignOffFault> {
        // Two signatures at the same moment: the second finds the first.
        let _turn = self.desk.lock().await;
        let before = self.allowed(actor, Action::DecideSignOff, id, now).await?;
        let by = Self::signer(actor)?;
        let decided = match verdict {
            Verdict::Grant(text) => before.grant(by, &text, now),
            Verdict::Refuse(text) => before.refuse(by, &text, now),
            Verdict::Recall(text) => before.recall(by, &text, now),
        };
        let decided = decided.map_err(SignOffFault::Sign)?;
        self.store.save_sign_off(&decided).await.map_err(SignOffFault::Store)?;
        self.seen_one(decided, now).await
    }

    /// A sign-off that is open, if this actor may fetch what it is for.
    pub(super) async fn open_sign_off(
        &self,
        actor: &Actor,
        id: &SignOffId,
        now: SystemTime,
    ) -> Result<SignOff, SignOffFault> {
        let sign_off = self.allowed(actor, Action::FetchReleased, id, now).await?;
        match sign_off.standing(now) {
            Standing::Open { .. } => Ok(sign_off),
            _ => Err(SignOffFault::NotOpen),
        }
    }

    /// Gives this actor leave to fetch what was signed for.
    pub(super) async fn add_export(
        &self,
        actor: &Actor,
        sign_off: &SignOff,
        now: SystemTime,
    ) -> Result<Export, SignOffFault> {
        let account = account_of(actor)?;
        let export = Export { id: super::new_id(), sign_off: sign_off.id.clone(), account, made: now };
        self.store.add_export(&export).await.map_err(SignOffFault::Store)?;
        Ok(export)
    }

    /// What this export rests on, if this actor may fetch it at this moment: a recall counts from the next request on.
    pub(super) async fn may_fetch(
        &self,
        actor: &Actor,
        id: &ExportId,
        now: SystemTime,
    ) -> Result<SignOff, SignOffFault> {
        // Who may fetch nothing at all is told so before anything about exports.
        access::allow(actor, Action::AskSignOff, &Resource::Server).map_err(SignOffFault::Access)?;
        let export = self.store.export(id).await.map_err(SignOffFault::Store)?.ok_or(SignOffFault::Unknown)?;
        if export.account != account_of(actor)? {
            return Err(SignOffFault::Unknown);
        }
        self.open_sign_off(actor, &export.sign_off, now).await
    }

    /// A sign-off this actor may do this to. What there is is told to nobody who may not see any.
    async fn allowed(
        &self,
        actor: &Actor,
        action: Action,
        id: &SignOffId,
        now: SystemTime,
    ) -> Result<SignOff, SignOffFault> {
        let found = self.store.sign_off(id).await.map_err(SignOffFault::Store)?;
        let pen = match (&found, actor) {
            (Some(sign_off), _) => {
                let pens = self.all_pens(now).await.map_err(SignOffFault::Store)?;
                pens.needed(sign_off.unit.as_ref())
            }
            // That there is none is told to whoever signs at all.
            (None, Actor::User(LoggedIn { pen: Pen::Own(of) | Pen::For { of, .. }, .. })) => of.clone(),
            (None, _) => PenOf::County,
        };
        let nobody = "nobody".parse().expect("a word is an id");
        let asked_by = found.as_ref().map_or(&nobody, |sign_off| &sign_off.asked_by);
        // Of one that is not there, whoever may see none is still told that they may not.
        let (action, resource) = match (&found, action) {
            (None, Action::FetchReleased) => (Action::AskSignOff, Resource::Server),
            _ => (action, Resource::SignOff { asked_by, pen: &pen }),
        };
        access::allow(actor, action, &resource).map_err(SignOffFault::Access)?;
        found.ok_or(SignOffFault::Unknown)
    }

    async fn seen_one(&self, sign_off: SignOff, now: SystemTime) -> Result<SignOffView, SignOffFault> {
        Ok(self.seen(vec![sign_off], now).await?.remove(0))
    }

    async fn seen(&self, all: Vec<SignOff>, now: SystemTime) -> Result<Vec<SignOffView>, SignOffFault> {
        let known = self.store.names_of(all.iter().flat_map(people_of).collect()).await.map_err(SignOffFault::Store)?;
        let recordings = all.iter().map(|sign_off| &sign_off.recording).collect();
        let about = self.store.about_recordings(recordings).await.map_err(SignOffFault::Store)?;
        let pens = self.all_pens(now).await.map_err(SignOffFault::Store)?;
        let view = |sign_off: SignOff| {
            let about = about.get(&sign_off.recording);
            let names = people_of(&sign_off).filter_map(|id| Some((id.clone(), known.get(id)?.clone()))).collect();
            SignOffView {
                standing: sign_off.standing(now),
                title: about.map(|about| about.title.clone()).unwrap_or_default(),
                pen: pens.view(pens.needed(sign_off.unit.as_ref())),
                recorded: about.map_or(sign_off.asked, |about| about.recorded),
                names,
                sign_off,
            }
        };
        Ok(all.into_iter().map(view).collect())
    }
}

/// Whoever is named in it.
fn people_of(sign_off: &SignOff) -> impl Iterator<Item = &AccountId> {
    let decided = sign_off.decision.as_ref().map(|decision| match decision {
        Decision::Granted(signature) | Decision::Refused(signature) => signature,
    });
    let signatures = decided.into_iter().chain(&sign_off.recall);
    let signers = signatures.flat_map(|signature| [Some(&signature.by), signature.deputising.as_ref()]);
    std::iter::once(Some(&sign_off.asked_by)).chain(signers).flatten()
}

fn account_of(actor: &Actor) -> Result<AccountId, SignOffFault> {
    match actor {
        Actor::User(user) => Ok(user.account.clone()),
        _ => Err(SignOffFault::Access(Refusal::Forbidden)),
    }
}
