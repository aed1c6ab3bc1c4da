//! Sign-offs: which there are, asking for one, and what the approver says.

use super::{COUNT, COUNT_MAX, arrangements, delegations::pen_entry, ms};
use crate::{
    app::{self, SignOffView},
    domain::{
        access::{self, Action, Resource},
        sign_off::{Decision, Part, Request, Signature, Standing},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{RecordingPart, SignOffEntry, SignOffPage, SignOffRequest, SignatureEntry, Verdict, WireStanding},
    },
    id::{AccountId, RecordingId, SignOffId},
};
use axum::{
    Extension, Json,
    extract::{Query, State},
};
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc, time::SystemTime};

type Answer = Result<(Extension<About>, Json<SignOffEntry>), Refused>;

/// Query of a list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Paged {
    after: Option<String>,
    count: Option<u32>,
}

/// `GET /api/sign-offs`: a page of requests to release a recording, the latest first.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Query(Paged { after, count }): Query<Paged>,
) -> Result<Json<SignOffPage>, Refused> {
    let count = count.unwrap_or(COUNT).clamp(1, COUNT_MAX);
    access::allow(&caller.actor, Action::SeeSignOffs, &Resource::Server)?;
    let after = super::after(after.as_deref())?;
    let page = web.app.sign_offs(&caller.actor, after.as_ref(), count, SystemTime::now()).await?;
    let entries = page.found.into_iter().map(|view| entry(&caller, view)).collect();
    let arrangements = match after {
        None => web.app.arrangements(&caller.actor, SystemTime::now()).await?,
        Some(_) => Vec::new(),
    };
    let arrangements = arrangements.into_iter().map(|view| arrangements::entry(&caller, view)).collect();
    Ok(Json(SignOffPage { entries, arrangements, next: page.next.as_ref().map(super::cursor) }))
}

/// `POST /api/recordings/{recording}/sign-offs`: asks for the release of a recording or a part of it.
pub(in crate::http) async fn ask(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(recording): Ids<RecordingId>,
    body: JsonBody<SignOffRequest>,
) -> Answer {
    access::allow(&caller.actor, Action::AskSignOff, &Resource::Server)?;
    let SignOffRequest { purpose, recipient, days, part } = body.json()?;
    let part = part.map(|RecordingPart { from_ms, to_ms }| Part { from_ms, to_ms });
    let request = Request { part, purpose, recipient, days };
    let asked = web.app.ask_sign_off(&caller.actor, &recording, request, SystemTime::now()).await?;
    Ok(answer(&caller, asked))
}

/// `POST /api/sign-offs/{signoff}/grant`: signs a release.
pub(in crate::http) async fn grant(
    caller: Caller,
    state: State<Arc<Web>>,
    id: Ids<SignOffId>,
    body: JsonBody<Verdict>,
) -> Answer {
    decide(caller, state, id, body, app::Verdict::Grant).await
}

/// `POST /api/sign-offs/{signoff}/refuse`: refuses it, with the reason.
pub(in crate::http) async fn refuse(
    caller: Caller,
    state: State<Arc<Web>>,
    id: Ids<SignOffId>,
    body: JsonBody<Verdict>,
) -> Answer {
    decide(caller, state, id, body, app::Verdict::Refuse).await
}

/// `POST /api/sign-offs/{signoff}/recall`: takes a signature back, with the reason.
pub(in crate::http) async fn recall(
    caller: Caller,
    state: State<Arc<Web>>,
    id: Ids<SignOffId>,
    body: JsonBody<Verdict>,
) -> Answer {
    decide(caller, state, id, body, app::Verdict::Recall).await
}

async fn decide(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<SignOffId>,
    body: JsonBody<Verdict>,
    verdict: fn(String) -> app::Verdict,
) -> Answer {
    web.app.may_decide(&caller.actor, &id, SystemTime::now()).await?;
    let Verdict { text } = body.json()?;
    let decided = web.app.decide_sign_off(&caller.actor, &id, verdict(text), SystemTime::now()).await?;
    Ok(answer(&caller, decided))
}

/// In the book stands what was signed for, not the id alone.
fn answer(caller: &Caller, view: SignOffView) -> (Extension<About>, Json<SignOffEntry>) {
    let of = &view.sign_off;
    let Request { part, purpose, recipient, days } = &of.request;
    let part = part_text(*part);
    let pen = of.unit.as_ref().map(|unit| format!(" pen:{unit}")).unwrap_or_default();
    let about = format!("signoff:{} recording:{}{part}{pen} for {recipient}, {days} d: {purpose}", of.id, of.recording);
    (Extension(About(about)), Json(entry(caller, view)))
}

fn entry(caller: &Caller, view: SignOffView) -> SignOffEntry {
    let SignOffView { sign_off, standing, title, recorded, pen, names } = view;
    let signature = |Signature { by, deputising, at, text }: Signature| SignatureEntry {
        by: name(&names, &by),
        deputising: deputising.map(|of| name(&names, &of)),
        at_ms: ms(at),
        text,
    };
    let (standing, until) = match standing {
        Standing::Waiting => (WireStanding::Waiting, None),
        Standing::Open { until } => (WireStanding::Open, Some(until)),
        Standing::Refused => (WireStanding::Refused, None),
        Standing::Recalled => (WireStanding::Recalled, None),
        Standing::Over => (WireStanding::Over, None),
    };
    SignOffEntry {
        asked_by: name(&names, &sign_off.asked_by),
        mine: caller.account() == Some(&sign_off.asked_by),
        id: sign_off.id.into(),
        recording: sign_off.recording.into(),
        title,
        recorded_at_ms: ms(recorded),
        asked_at_ms: ms(sign_off.asked),
        purpose: sign_off.request.purpose,
        recipient: sign_off.request.recipient,
        days: sign_off.request.days,
        part: sign_off.request.part.map(part_entry),
        pen: pen_entry(caller, pen),
        standing,
        until_ms: until.map(ms),
        decision: sign_off.decision.map(|decision| match decision {
            Decision::Granted(signed) | Decision::Refused(signed) => signature(signed),
        }),
        recall: sign_off.recall.map(signature),
    }
}

/// A part as it travels.
pub(super) const fn part_entry(Part { from_ms, to_ms }: Part) -> RecordingPart {
    RecordingPart { from_ms, to_ms }
}

/// A part as the book has it; nothing for the whole.
pub(super) fn part_text(part: Option<Part>) -> String {
    part.map(|Part { from_ms, to_ms }| format!(" from {from_ms} ms to {to_ms} ms")).unwrap_or_default()
}

/// An account is never removed, so that whoever signed has a name for ever.
fn name(names: &HashMap<AccountId, String>, id: &AccountId) -> String {
    names.get(id).cloned().unwrap_or_default()
}
