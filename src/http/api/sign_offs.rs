//! Sign-offs: which there are, asking for one, and what the approver says.

use super::ms;
use crate::{
    app::{self, SignOffView},
    domain::{
        access::{self, Action, Resource},
        sign_off::{Decision, Request, Signature, Standing},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{self, Caller, Ids, Text},
        wire::{SignOffEntry, SignOffRequest, SignatureEntry, Verdict, WireStanding},
    },
    id::{AccountId, RecordingId, SignOffId},
};
use axum::{Extension, Json, extract::State, http::HeaderMap};
use std::{collections::HashMap, sync::Arc, time::SystemTime};

type Answer = Result<(Extension<About>, Json<SignOffEntry>), Refused>;

/// `GET /api/sign-offs`.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
) -> Result<Json<Vec<SignOffEntry>>, Refused> {
    let all = web.app.sign_offs(&caller.actor, SystemTime::now()).await?;
    Ok(Json(all.into_iter().map(|view| entry(&caller, view)).collect()))
}

/// `POST /api/recordings/{recording}/sign-offs`.
pub(in crate::http) async fn ask(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(recording): Ids<RecordingId>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Answer {
    access::allow(&caller.actor, Action::AskSignOff, &Resource::Server)?;
    let SignOffRequest { purpose, recipient, days } = extract::json(&headers, body)?;
    let request = Request { purpose, recipient, days };
    let asked = web.app.ask_sign_off(&caller.actor, &recording, request, SystemTime::now()).await?;
    Ok(answer(&caller, asked))
}

/// `POST /api/sign-offs/{signoff}/grant`.
pub(in crate::http) async fn grant(
    caller: Caller,
    state: State<Arc<Web>>,
    id: Ids<SignOffId>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Answer {
    decide(caller, state, id, &headers, body, app::Verdict::Grant).await
}

/// `POST /api/sign-offs/{signoff}/refuse`.
pub(in crate::http) async fn refuse(
    caller: Caller,
    state: State<Arc<Web>>,
    id: Ids<SignOffId>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Answer {
    decide(caller, state, id, &headers, body, app::Verdict::Refuse).await
}

/// `POST /api/sign-offs/{signoff}/recall`.
pub(in crate::http) async fn recall(
    caller: Caller,
    state: State<Arc<Web>>,
    id: Ids<SignOffId>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Answer {
    decide(caller, state, id, &headers, body, app::Verdict::Recall).await
}

async fn decide(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<SignOffId>,
    headers: &HeaderMap,
    body: Result<Text, Refused>,
    verdict: fn(String) -> app::Verdict,
) -> Answer {
    web.app.may_decide(&caller.actor, &id).await?;
    let Verdict { text } = extract::json(headers, body)?;
    let decided = web.app.decide_sign_off(&caller.actor, &id, verdict(text), SystemTime::now()).await?;
    Ok(answer(&caller, decided))
}

/// In the book stands what was signed for, not the id alone.
fn answer(caller: &Caller, view: SignOffView) -> (Extension<About>, Json<SignOffEntry>) {
    let of = &view.sign_off;
    let Request { purpose, recipient, days } = &of.request;
    let about = format!("signoff:{} recording:{} for {recipient}, {days} d: {purpose}", of.id, of.recording);
    (Extension(About(about)), Json(entry(caller, view)))
}

fn entry(caller: &Caller, view: SignOffView) -> SignOffEntry {
    let SignOffView { sign_off, standing, title, recorded, names } = view;
    let signature =
        |signed: Signature| SignatureEntry { by: name(&names, &signed.by), at_ms: ms(signed.at), text: signed.text };
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
        standing,
        until_ms: until.map(ms),
        decision: sign_off.decision.map(|decision| match decision {
            Decision::Granted(signed) | Decision::Refused(signed) => signature(signed),
        }),
        recall: sign_off.recall.map(signature),
    }
}

/// An account is never removed, so that whoever signed has a name for ever.
fn name(names: &HashMap<AccountId, String>, id: &AccountId) -> String {
    names.get(id).cloned().unwrap_or_default()
}
