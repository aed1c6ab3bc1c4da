//! The stage of a meeting on air: its programme, its microphones, and who has to leave.
//!
//! The book says whose programme or microphone an act was about.

use crate::{
    domain::{access::Action, stage::Stage},
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{MicrophoneChange, ProgrammeChoice, StageState},
    },
    id::{MeetingId, ParticipantId},
};
use axum::{Extension, Json, extract::State, http::StatusCode};
use std::sync::Arc;

/// A new stage, and what the act was about.
type Changed = Result<(Extension<About>, Json<StageState>), Refused>;

/// `GET /api/meetings/{meeting}/stage`: who is on air, whose microphones are open, and who is there.
pub(in crate::http) async fn read(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Json<StageState>, Refused> {
    Ok(state(web.app.stage(&caller.actor, &id)?))
}

/// `POST /api/meetings/{meeting}/programme`: puts a participant on air, or the slate.
pub(in crate::http) async fn choose(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<ProgrammeChoice>,
) -> Changed {
    web.app.may_in_meeting(&caller.actor, Action::SteerMeeting, &id)?;
    let ProgrammeChoice { participant, with_sound } = body.json()?;
    let participant = participant.map(|text| participant_of(&text)).transpose()?;
    let chosen = participant.as_ref().map_or("slate", ParticipantId::as_str);
    let about = format!("meeting:{id} programme:{chosen} sound:{with_sound}");
    let stage = web.app.choose_programme(&caller.actor, &id, participant, with_sound).await?;
    Ok((Extension(About(about)), state(stage)))
}

/// `POST /api/meetings/{meeting}/microphones`: opens or closes the microphone of one participant.
pub(in crate::http) async fn microphone(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<MicrophoneChange>,
) -> Changed {
    web.app.may_in_meeting(&caller.actor, Action::SteerMeeting, &id)?;
    let MicrophoneChange { participant, open } = body.json()?;
    let participant = participant_of(&participant)?;
    let stage = if open {
        web.app.open_microphone(&caller.actor, &id, &participant).await?
    } else {
        web.app.close_microphone(&caller.actor, &id, &participant).await?
    };
    let now = if open { "open" } else { "closed" };
    Ok((Extension(About(format!("meeting:{id} participant:{participant} microphone:{now}"))), state(stage)))
}

/// `POST /api/meetings/{meeting}/microphones/close-all`: closes every microphone.
pub(in crate::http) async fn close_all(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Json<StageState>, Refused> {
    Ok(state(web.app.close_all_microphones(&caller.actor, &id).await?))
}

/// `POST /api/meetings/{meeting}/participants/{participant}/remove`: removes a participant from a meeting on air.
pub(in crate::http) async fn remove(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, participant)): Ids<(MeetingId, ParticipantId)>,
) -> Result<StatusCode, Refused> {
    web.app.remove_participant(&caller.actor, &id, &participant).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn state(stage: Stage) -> Json<StageState> {
    let heard = stage.audible();
    Json(StageState::new(stage.on_air, heard))
}

/// Who is meant; what is no id takes part in nothing.
fn participant_of(text: &str) -> Result<ParticipantId, Refused> {
    text.parse().map_err(|_| Refused::participant_gone())
}
