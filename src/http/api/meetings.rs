//! Meetings and visits.

use crate::{
    app::token,
    domain::meeting::{Meeting, PictureCodec},
    http::{
        Web,
        error::Refused,
        extract::{self, Caller, Ids, Text},
        wire::{MeetingBrief, VisitReply, VisitRequest, WireCodec},
    },
    id::MeetingId,
};
use axum::{Json, extract::State, http::HeaderMap};
use std::{sync::Arc, time::SystemTime};

/// `GET /api/meetings/{meeting}`.
pub(in crate::http) async fn meeting(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Json<MeetingBrief>, Refused> {
    Ok(Json(brief(web.app.see_meeting(&caller.actor, &id)?)))
}

/// `POST /api/meetings/{meeting}/visit`: in a demonstration, a participant and a token for a page.
pub(in crate::http) async fn visit(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Result<Json<VisitReply>, Refused> {
    web.app.may_visit(&caller.actor, &id)?;
    let request: VisitRequest = extract::json(&headers, body)?;
    let name = token::plate(&request.name);
    if name.is_empty() || request.name.chars().count() > token::NAME_CHARS_MAX {
        return Err(Refused::field_invalid().detail("name takes 1 to 64 characters"));
    }
    let (claims, token) = web.app.visit(&caller.actor, &id, &name, SystemTime::now())?;
    Ok(Json(VisitReply { participant: claims.holder.participant.into(), name: claims.name, token }))
}

/// A meeting in short.
pub(in crate::http) fn brief(meeting: Meeting) -> MeetingBrief {
    MeetingBrief { id: meeting.id.into(), title: meeting.title, codec: codec(meeting.codec) }
}

/// A meeting that ended while its page was being greeted.
pub(in crate::http) fn unknown_brief(id: &MeetingId) -> MeetingBrief {
    MeetingBrief { id: id.to_string(), title: String::new(), codec: WireCodec::H264 }
}

pub(super) fn codec(codec: PictureCodec) -> WireCodec {
    match codec {
        PictureCodec::H264 => WireCodec::H264,
        PictureCodec::Vp8 => WireCodec::Vp8,
    }
}
