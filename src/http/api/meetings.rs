//! Meetings: which there are, planning and changing them, opening and closing them; and visits.

use super::{
    arrangements::signing_state,
    catalogue::{self, notice_of},
    ms, time, venues,
};
use crate::{
    app::{MeetingChange as Change, MeetingFault, Scope, token},
    domain::{
        access::{self, Action, Resource},
        meeting::{Arrangement, Kind, Meeting, MeetingState, PictureCodec, Plan},
        notice::Notice,
        opening::Opening,
        schedule::{Consent, Move},
        wall_clock,
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{
            Cancellation, MeetingBrief, MeetingChange, MeetingEntry, MeetingOpening, MeetingPerson, MeetingShown,
            NewMeeting, NewMove, VisitReply, VisitRequest, WireCodec, WireMeetingKind, WireMeetingState,
        },
    },
    id::{AccountId, LegId, MeetingId, OrgUnitId, VenueId},
};
use axum::{
    Extension, Json,
    extract::{Query, State},
};
use serde::Deserialize;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Query of a list: milliseconds since 1970, either end may be left out.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Between {
    from: Option<u64>,
    to: Option<u64>,
}

impl Between {
    /// Both ends.
    pub(super) fn times(&self) -> (Option<SystemTime>, Option<SystemTime>) {
        (self.from.map(time), self.to.map(time))
    }
}

/// `GET /api/meetings`: meetings of which any part is planned within these times, or all.
pub(in crate::http) async fn list(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Query(between): Query<Between>,
) -> Result<Json<Vec<MeetingEntry>>, Refused> {
    let (from, to) = between.times();
    let listed = web.app.list_meetings(&caller.actor, from, to).await?;
    Ok(Json(entries(&web, listed).await?))
}

/// `POST /api/meetings`: plans a meeting; refused with every clash, each with what may be done about it.
pub(in crate::http) async fn make(
    caller: Caller,
    State(web): State<Arc<Web>>,
    body: JsonBody<NewMeeting>,
) -> Result<(Extension<About>, Json<MeetingEntry>), Refused> {
    access::allow(&caller.actor, Action::PlanMeeting, &Resource::Server)?;
    let mut new: NewMeeting = body.json()?;
    let notice = new.notice.take().map(notice_of).unwrap_or_default();
    let notice = notice.checked().map_err(catalogue::notice_refused)?;
    let units = invited(&web, new.units.take()).await?;
    let consent = consent(new.warned, new.moves.take())?;
    let before = web.app.as_planned(&give_way(&consent)).await?;
    let about_moves = moved(&consent, &before);
    let made = web.app.plan_meeting(&caller.actor, plan(new)?, &consent, SystemTime::now()).await?;
    if notice != Notice::default() {
        web.app.write_notice(&caller.actor, &made.id, notice, super::attendance::mark(&caller)).await?;
    }
    if !units.is_empty() {
        web.app.invite_units(&caller.actor, &made.id, &units, Scope::This, super::attendance::mark(&caller)).await?;
    }
    Ok((Extension(About(format!("meeting:{}{about_moves}", made.id))), shown(&web, made).await?))
}

/// `PATCH /api/meetings/{meeting}`: changes a meeting; what is left out stays.
pub(in crate::http) async fn change(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<MeetingChange>,
) -> Result<(Extension<About>, Json<MeetingEntry>), Refused> {
    web.app.may_in_meeting(&caller.actor, Action::PlanMeeting, &id)?;
    let mut change: MeetingChange = body.json()?;
    let unsigns = change.unsigns.unwrap_or_default();
    let consent = Consent { unsigns, ..consent(change.warned, change.moves.take())? };
    let knows = change.after_test == Some(true);
    let mut ids = give_way(&consent);
    ids.push(id.clone());
    let before = web.app.as_planned(&ids).await?;
    let changed = web.app.change_meeting(&caller.actor, &id, changes(change)?, &consent, SystemTime::now()).await?;
    let shift = before.iter().find(|before| before.id == id).map(|before| shift(before, &changed)).unwrap_or_default();
    let after_test = if knows { " after_test" } else { "" };
    Ok((
        Extension(About(format!("meeting:{id}{shift}{}{after_test}", moved(&consent, &before)))),
        shown(&web, changed).await?,
    ))
}

/// Query of what opens a meeting.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Opens {
    /// Whether whoever opens it knows that it may lack a signature.
    #[serde(default)]
    unsigned: bool,
}

/// `POST /api/meetings/{meeting}/open`: opens a meeting that is planned: from now on it can be joined.
pub(in crate::http) async fn open(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    Query(Opens { unsigned }): Query<Opens>,
) -> Result<(Extension<About>, Json<MeetingEntry>), Refused> {
    let opened = web.app.open_meeting_known(&caller.actor, &id, unsigned).await?;
    // That it was begun without its signature stands in the book.
    let lacks = unsigned && !web.app.is_cleared(&opened).await?;
    let about = if lacks { format!("meeting:{id} unsigned:true") } else { String::new() };
    Ok((Extension(About(about)), shown(&web, opened).await?))
}

/// `POST /api/meetings/{meeting}/close`: closes it: whoever is in it is out, and it never opens again.
pub(in crate::http) async fn close(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Json<MeetingEntry>, Refused> {
    let closed = web.app.close_meeting(&caller.actor, &id).await?;
    shown(&web, closed).await
}

/// `POST /api/meetings/{meeting}/cancel`: cancels a meeting that is planned, with the reason; of a series also the later ones.
pub(in crate::http) async fn cancel(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<Cancellation>,
) -> Result<(Extension<About>, Json<MeetingEntry>), Refused> {
    web.app.may_in_meeting(&caller.actor, Action::PlanMeeting, &id)?;
    let Cancellation { text, later } = body.json()?;
    let cancelled = web.app.cancel_meeting(&caller.actor, &id, &text, scope(later), SystemTime::now()).await?;
    Ok((Extension(About(format!("meeting:{id}: {}", cancelled.cancel_reason))), shown(&web, cancelled).await?))
}

/// A meeting as whoever acted on it sees it.
async fn shown(web: &Web, meeting: Meeting) -> Result<Json<MeetingEntry>, Refused> {
    Ok(Json(entries(web, vec![meeting]).await?.remove(0)))
}

/// Meetings as lists show them, with names and how their signatures stand.
pub(super) async fn entries(web: &Web, meetings: Vec<Meeting>) -> Result<Vec<MeetingEntry>, Refused> {
    let people = web.app.people_of(&meetings).await?;
    let mut signing = web.app.signing_of(&meetings).await?;
    let entry = |meeting: Meeting| {
        let signing = signing.remove(&meeting.id).map(signing_state);
        MeetingEntry { signing, ..entry(meeting, &people) }
    };
    Ok(meetings.into_iter().map(entry).collect())
}

/// A meeting as lists show it, with the people whose names are given.
pub(super) fn entry(meeting: Meeting, people: &HashMap<AccountId, String>) -> MeetingEntry {
    let person = |account: AccountId| {
        people.get(&account).map(|name| MeetingPerson { name: name.clone(), account: account.into() })
    };
    let Arrangement { line, operator, leaders } = meeting.arrangement;
    MeetingEntry {
        id: meeting.id.into(),
        title: meeting.title,
        starts_at_ms: ms(meeting.starts),
        ends_at_ms: ms(meeting.ends),
        kind: wire_kind(meeting.kind),
        codec: codec(meeting.codec),
        state: match meeting.state {
            MeetingState::Planned => WireMeetingState::Planned,
            MeetingState::OnAir => WireMeetingState::OnAir,
            MeetingState::Closed => WireMeetingState::Closed,
            MeetingState::Cancelled => WireMeetingState::Cancelled,
        },
        cancel_reason: meeting.cancel_reason,
        series: meeting.series.map(Into::into),
        tests: meeting.tests.map(Into::into),
        venues: meeting.venues.into_iter().map(Into::into).collect(),
        line: line.map(Into::into),
        operator: operator.and_then(person),
        leaders: leaders.into_iter().filter_map(person).collect(),
        opening: opening_entry(meeting.opening),
        signing: None,
    }
}

pub(super) fn plan(new: NewMeeting) -> Result<Plan, Refused> {
    let kind = kind(new.kind);
    Ok(Plan {
        title: new.title,
        starts: time(new.starts_at_ms),
        ends: time(new.ends_at_ms),
        kind,
        codec: picture_codec(new.codec)?,
        venues: venues(new.venues)?,
        arrangement: arrangement(
            new.line.as_deref().unwrap_or_default(),
            new.operator.as_deref().unwrap_or_default(),
            new.leaders.unwrap_or_default(),
        )?,
        opening: new.opening.map_or_else(|| Opening::of(kind), opening),
    })
}

fn changes(change: MeetingChange) -> Result<Change, Refused> {
    Ok(Change {
        title: change.title,
        starts: change.starts_at_ms.map(time),
        ends: change.ends_at_ms.map(time),
        kind: change.kind.map(kind),
        codec: change.codec.map(picture_codec).transpose()?,
        venues: change.venues.map(venues).transpose()?,
        line: change.line.as_deref().map(line).transpose()?,
        operator: change.operator.as_deref().map(operator).transpose()?,
        leaders: change.leaders.map(leaders).transpose()?,
        opening: change.opening.map(opening),
        scope: scope(change.later),
        after_test: change.after_test.unwrap_or_default(),
    })
}

pub(super) const fn kind(kind: WireMeetingKind) -> Kind {
    match kind {
        WireMeetingKind::Upper => Kind::Upper,
        WireMeetingKind::Own => Kind::Own,
    }
}

pub(super) const fn wire_kind(kind: Kind) -> WireMeetingKind {
    match kind {
        Kind::Upper => WireMeetingKind::Upper,
        Kind::Own => WireMeetingKind::Own,
    }
}

/// How a meeting opens, as it travelled.
pub(super) fn opening(opening: MeetingOpening) -> Opening {
    Opening {
        by_itself: opening.by_itself,
        before: Duration::from_secs(u64::from(opening.before_minutes) * 60),
        recorded: opening.recorded,
        microphones: opening.microphones.into(),
        banner: opening.banner,
    }
}

pub(super) fn opening_entry(opening: Opening) -> MeetingOpening {
    MeetingOpening {
        by_itself: opening.by_itself,
        before_minutes: u32::try_from(opening.before.as_secs() / 60).unwrap_or(u32::MAX),
        recorded: opening.recorded,
        microphones: opening.microphones.into(),
        banner: opening.banner,
    }
}

pub(super) fn picture_codec(codec: WireCodec) -> Result<PictureCodec, Refused> {
    match codec {
        WireCodec::H264 => Ok(PictureCodec::H264),
        WireCodec::Vp8 => Ok(PictureCodec::Vp8),
        WireCodec::Opus => Err(Refused::field_invalid().field("codec", "视频编码只能是 H.264 或 VP8。")),
    }
}

/// Ids of venues; what is no id is no venue.
pub(super) fn venues(texts: Vec<String>) -> Result<Vec<VenueId>, Refused> {
    let unknown =
        |text: &str| Refused::field_invalid().field("venues", format!("没有代号为“{text}”的会场，请重新选择。"));
    texts.into_iter().map(|text| text.parse().map_err(|_| unknown(&text))).collect()
}

/// Units of a plan or a profile.
pub(super) fn units(texts: Vec<String>) -> Result<Vec<OrgUnitId>, Refused> {
    let unknown = |_| Refused::field_invalid().field("units", "有的参会单位已经不在或已停用，请重新选择。");
    texts.into_iter().map(|text| text.parse().map_err(unknown)).collect()
}

/// The units a plan invites, all of which can be.
pub(super) async fn invited(web: &Web, texts: Option<Vec<String>>) -> Result<Vec<OrgUnitId>, Refused> {
    let units = units(texts.unwrap_or_default())?;
    web.app.expect_open_units(&units).await?;
    Ok(units)
}

/// What a meeting takes beside its venues; empty is none.
pub(super) fn arrangement(line: &str, operator: &str, leaders: Vec<String>) -> Result<Arrangement, Refused> {
    Ok(Arrangement { line: self::line(line)?, operator: self::operator(operator)?, leaders: self::leaders(leaders)? })
}

pub(super) fn line(text: &str) -> Result<Option<LegId>, Refused> {
    let unknown = |_| Refused::field_invalid().field("line", "这条线路已经不在，请重新选择。");
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(unknown) }
}

fn operator(text: &str) -> Result<Option<AccountId>, Refused> {
    let unknown = |_| Refused::field_invalid().field("operator", "没有这个账号，请重新选择值班员。");
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(unknown) }
}

fn leaders(texts: Vec<String>) -> Result<Vec<AccountId>, Refused> {
    let unknown = |_| Refused::field_invalid().field("leaders", "没有这个账号，请重新选择参加的领导。");
    texts.into_iter().map(|text| text.parse().map_err(unknown)).collect()
}

pub(super) const fn scope(later: Option<bool>) -> Scope {
    match later {
        Some(true) => Scope::Later,
        Some(false) | None => Scope::This,
    }
}

/// What a planner agreed to.
fn consent(warned: Option<bool>, moves: Option<Vec<NewMove>>) -> Result<Consent, Refused> {
    let unknown = |_| Refused::bad_request().detail("a meeting that is to give way has no valid id");
    let moved = |NewMove { meeting, starts_at_ms }: NewMove| {
        Ok(Move { meeting: meeting.parse().map_err(unknown)?, starts: time(starts_at_ms) })
    };
    let moves = moves.unwrap_or_default().into_iter().map(moved).collect::<Result<_, Refused>>()?;
    Ok(Consent { warned: warned.unwrap_or_default(), unsigns: false, moves })
}

/// The meetings that give way.
fn give_way(consent: &Consent) -> Vec<MeetingId> {
    consent.moves.iter().map(|moved| moved.meeting.clone()).collect()
}

/// What the book says of meetings that gave way: which, from when and to when.
fn moved(consent: &Consent, before: &[Meeting]) -> String {
    let said = |moved: &Move| {
        let before = before.iter().find(|before| before.id == moved.meeting);
        let shift = before.map(|before| shift(before, &before.starting(moved.starts))).unwrap_or_default();
        format!(" moved:{}{shift}", moved.meeting)
    };
    consent.moves.iter().map(said).collect()
}

/// What the book says of a meeting that takes place at another time: ` 2026-11-27 09:00–11:00 → 2026-11-27 14:00–16:00`.
fn shift(before: &Meeting, after: &Meeting) -> String {
    let same = (before.starts, before.ends) == (after.starts, after.ends);
    if same { String::new() } else { format!(" {} → {}", span(before), span(after)) }
}

fn span(meeting: &Meeting) -> String {
    let ((day, from), (last, to)) = (wall_clock::read(meeting.starts), wall_clock::read(meeting.ends));
    let time = |since: Duration| format!("{:02}:{:02}", since.as_secs() / 3600, since.as_secs() / 60 % 60);
    let until = if day == last { time(to) } else { format!("{last} {}", time(to)) };
    format!("{day} {}–{until}", time(from))
}

/// `GET /api/meetings/{meeting}`: what somebody who joins may know of a meeting, and what its screens count.
pub(in crate::http) async fn meeting(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Json<MeetingShown>, Refused> {
    let meeting = web.app.see_meeting(&caller.actor, &id).await?;
    let counted = web.app.counted(&meeting, SystemTime::now()).await.map_err(MeetingFault::Store)?;
    Ok(Json(MeetingShown { brief: brief(meeting), counted: venues::counted_entry(counted) }))
}

/// `POST /api/meetings/{meeting}/visit`: in a demonstration, a participant and a token for a page.
pub(in crate::http) async fn visit(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<VisitRequest>,
) -> Result<Json<VisitReply>, Refused> {
    web.app.may_visit(&caller.actor, &id)?;
    let request: VisitRequest = body.json()?;
    let name = token::plate(&request.name);
    if name.is_empty() || request.name.chars().count() > token::NAME_CHARS_MAX {
        return Err(Refused::field_invalid().detail("name takes 1 to 64 characters"));
    }
    let (claims, token) = web.app.visit((&caller.actor, caller.in_the_book()), &id, &name, SystemTime::now()).await?;
    Ok(Json(VisitReply { participant: claims.holder.participant.into(), name: claims.name, token }))
}

/// A meeting in short.
pub(in crate::http) fn brief(meeting: Meeting) -> MeetingBrief {
    MeetingBrief {
        id: meeting.id.into(),
        title: meeting.title,
        banner: meeting.opening.banner,
        codec: codec(meeting.codec),
        on_air: meeting.state == MeetingState::OnAir,
        starts_at_ms: ms(meeting.starts),
    }
}

/// A meeting that ended while its page was being greeted.
pub(in crate::http) fn unknown_brief(id: &MeetingId) -> MeetingBrief {
    let [title, banner] = [const { String::new() }; 2];
    MeetingBrief { id: id.to_string(), title, banner, codec: WireCodec::H264, on_air: false, starts_at_ms: 0 }
}

pub(super) fn codec(codec: PictureCodec) -> WireCodec {
    match codec {
        PictureCodec::H264 => WireCodec::H264,
        PictureCodec::Vp8 => WireCodec::Vp8,
    }
}
