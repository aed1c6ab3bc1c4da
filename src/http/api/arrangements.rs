//! Signatures under what meetings are to be: asked for, given and refused.

use super::{delegations::pen_entry, ms};
use crate::{
    app::{self, ArrangementView, Signing},
    domain::{
        access::Action,
        arrangement_sign::Clearance,
        sign_off::{Decision, Signature},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{ArrangementEntry, ArrangementRequest, SignatureEntry, SigningState, Verdict, WireClearance},
    },
    id::{MeetingId, SignOffId},
};
use axum::{Extension, Json, extract::State};
use std::{sync::Arc, time::SystemTime};

type Answer = Result<(Extension<About>, Json<ArrangementEntry>), Refused>;

/// `POST /api/meetings/{meeting}/sign-offs`: asks the pen of the unit that holds a meeting to sign its arrangement.
pub(in crate::http) async fn ask(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<ArrangementRequest>,
) -> Answer {
    web.app.may_in_meeting(&caller.actor, Action::WriteNotice, &id)?;
    let ArrangementRequest { text } = body.json()?;
    Ok(answer(&caller, web.app.ask_arrangement(&caller.actor, &id, &text, SystemTime::now()).await?))
}

/// `POST /api/arrangements/{signoff}/grant`: signs the arrangement of a meeting.
pub(in crate::http) async fn grant(
    caller: Caller,
    state: State<Arc<Web>>,
    id: Ids<SignOffId>,
    body: JsonBody<Verdict>,
) -> Answer {
    decide(caller, state, id, body, app::Verdict::Grant).await
}

/// `POST /api/arrangements/{signoff}/refuse`: refuses to, with the reason.
pub(in crate::http) async fn refuse(
    caller: Caller,
    state: State<Arc<Web>>,
    id: Ids<SignOffId>,
    body: JsonBody<Verdict>,
) -> Answer {
    decide(caller, state, id, body, app::Verdict::Refuse).await
}

async fn decide(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<SignOffId>,
    body: JsonBody<Verdict>,
    verdict: fn(String) -> app::Verdict,
) -> Answer {
    web.app.may_decide_arrangement(&caller.actor, &id, SystemTime::now()).await?;
    let Verdict { text } = body.json()?;
    let decided = web.app.decide_arrangement(&caller.actor, &id, verdict(text), SystemTime::now()).await?;
    Ok(answer(&caller, decided))
}

/// In the book stands which arrangement it was, not the id alone.
fn answer(caller: &Caller, view: ArrangementView) -> (Extension<About>, Json<ArrangementEntry>) {
    let request = &view.request;
    let pen = request.unit.as_ref().map(|unit| format!(" pen:{unit}")).unwrap_or_default();
    let text = request.arranged.text.replace('\n', "；");
    let about =
        format!("signoff:{} meeting:{}{pen}: {text} SM3 {}", request.id, request.meeting, request.arranged.fingerprint);
    (Extension(About(about)), Json(entry(caller, view)))
}

/// A request as it travels.
pub(super) fn entry(caller: &Caller, view: ArrangementView) -> ArrangementEntry {
    let ArrangementView { request, title, changed, pen, names } = view;
    let name = |id: &_| names.get(id).cloned().unwrap_or_default();
    let state = match &request.decision {
        None if changed => WireClearance::Unsigned,
        None => WireClearance::Waiting,
        Some(Decision::Granted(_)) if changed => WireClearance::Unsigned,
        Some(Decision::Granted(_)) => WireClearance::Signed,
        Some(Decision::Refused(_)) => WireClearance::Refused,
    };
    ArrangementEntry {
        asked_by: name(&request.asked_by),
        mine: caller.account() == Some(&request.asked_by),
        waits: request.decision.is_none(),
        decision: request.decision.as_ref().map(|decision| match decision {
            Decision::Granted(signed) | Decision::Refused(signed) => SignatureEntry {
                by: name(&signed.by),
                deputising: signed.deputising.as_ref().map(name),
                at_ms: ms(signed.at),
                text: signed.text.clone(),
            },
        }),
        id: request.id.into(),
        meeting: request.meeting.into(),
        title,
        text: request.arranged.text,
        remark: request.remark,
        asked_at_ms: ms(request.asked),
        pen: pen_entry(caller, pen),
        state,
    }
}

/// How a meeting stands, as lists show it.
pub(super) fn signing_state(Signing { clearance, decision }: Signing) -> SigningState {
    let Some((Signature { at, text, .. }, by)) = decision else {
        return SigningState { state: wire(clearance), by: String::new(), at_ms: None, text: String::new() };
    };
    SigningState { state: wire(clearance), by, at_ms: Some(ms(at)), text }
}

const fn wire(clearance: Clearance) -> WireClearance {
    match clearance {
        Clearance::NotNeeded | Clearance::Signed => WireClearance::Signed,
        Clearance::Unsigned => WireClearance::Unsigned,
        Clearance::Waiting => WireClearance::Waiting,
        Clearance::Refused => WireClearance::Refused,
    }
}
