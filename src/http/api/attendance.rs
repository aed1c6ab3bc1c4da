//! Attendance lists, for those who keep them: units invited, people named, excused and signed in.

use super::{meetings, ms, tables};
use crate::{
    app::{self, AttendanceView, Hand, Scope, Whom},
    domain::{
        access::Action,
        attendance::{self, Answer, By, Entry, Figures, Hours, Invitation, Mark, Person, Receipt, Terms},
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        wire::{
            AttendanceCopy, AttendanceFigures, AttendanceHours, AttendanceList, AttendanceTerms, AttendanceVenue,
            AttendeeAnswer, AttendeeChange, AttendeeEntry, AttendeeSignIn, InvitedUnit, NewAttendee, NewAttendees,
            ReceiptEntry, SignInRequest, SignInUndo, SignedIn, UnitInvitation, UnitPlace, UnitToInvite,
        },
    },
    id::{AttendeeId, MeetingId, OrgUnitId},
};
use axum::{Extension, Json, extract::State, response::Response};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

type Listed = Result<Json<AttendanceList>, Refused>;

/// The same, and what the act was about.
type Changed = Result<(Extension<About>, Json<AttendanceList>), Refused>;

/// `GET /api/meetings/{meeting}/attendance`: the attendance list of a meeting: who is invited, who comes, who came.
pub(in crate::http) async fn read(caller: Caller, State(web): State<Arc<Web>>, Ids(id): Ids<MeetingId>) -> Listed {
    shown(&web, &caller, &id).await
}

/// `POST /api/meetings/{meeting}/attendance/invite`: invites units; those of their people who were typed into the notice move
/// to the list.
pub(in crate::http) async fn invite(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<UnitInvitation>,
) -> Changed {
    may_keep(&web, &caller, &id)?;
    let UnitInvitation { units, later } = body.json()?;
    let unknown = |_| Refused::from(app::AttendanceFault::NoUnit);
    let units: Vec<OrgUnitId> = units.iter().map(|unit| unit.parse().map_err(unknown)).collect::<Result<_, _>>()?;
    let scope = meetings::scope(later);
    let invited = web.app.invite_units(&caller.actor, &id, &units, scope, mark(&caller)).await?;
    let also = if scope == Scope::Later { " later" } else { "" };
    let about = format!("meeting:{id} invited:{invited}{also}");
    Ok((Extension(About(about)), shown(&web, &caller, &id).await?))
}

/// `POST /api/meetings/{meeting}/attendance/copy`: invites the units that another meeting has invited, with their people.
pub(in crate::http) async fn copy(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<AttendanceCopy>,
) -> Changed {
    may_keep(&web, &caller, &id)?;
    let AttendanceCopy { from } = body.json()?;
    let from: MeetingId = from.parse().map_err(|_| Refused::meeting_unknown())?;
    let invited = web.app.copy_attendance(&caller.actor, &id, &from, mark(&caller)).await?;
    let about = format!("meeting:{id} from:{from} invited:{invited}");
    Ok((Extension(About(about)), shown(&web, &caller, &id).await?))
}

/// `PATCH /api/meetings/{meeting}/attendance`: until when units answer, and when people sign in.
pub(in crate::http) async fn change_terms(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<AttendanceTerms>,
) -> Listed {
    may_keep(&web, &caller, &id)?;
    let AttendanceTerms { answer_before_minutes, opens_before_minutes, closes_after_minutes } = body.json()?;
    let span = |minutes: u32| Duration::from_secs(u64::from(minutes) * 60);
    let terms = Terms {
        answer_before: answer_before_minutes.map(span),
        opens_before: span(opens_before_minutes),
        closes_after: span(closes_after_minutes),
    };
    web.app.change_attendance_terms(&caller.actor, &id, terms).await?;
    shown(&web, &caller, &id).await
}

/// `PATCH /api/meetings/{meeting}/attendance/units/{unit}`: which venue the people of a unit come to.
pub(in crate::http) async fn place_unit(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, unit)): Ids<(MeetingId, OrgUnitId)>,
    body: JsonBody<UnitPlace>,
) -> Changed {
    may_keep(&web, &caller, &id)?;
    let UnitPlace { venue } = body.json()?;
    let about = format!("meeting:{id} unit:{unit} venue:{venue}");
    let unknown = |_| Refused::from(app::AttendanceFault::NoVenue);
    let venue = if venue.is_empty() { None } else { Some(venue.parse().map_err(unknown)?) };
    web.app.place_unit(&caller.actor, &id, &unit, venue, SystemTime::now()).await?;
    Ok((Extension(About(about)), shown(&web, &caller, &id).await?))
}

/// `POST /api/meetings/{meeting}/attendance/units/{unit}/confirm`: what a unit said by telephone.
pub(in crate::http) async fn confirm_unit(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, unit)): Ids<(MeetingId, OrgUnitId)>,
) -> Listed {
    web.app.confirm_notice(&caller.actor, (By::Keeper, &id, &unit), mark(&caller)).await?;
    shown(&web, &caller, &id).await
}

/// `DELETE /api/meetings/{meeting}/attendance/units/{unit}`: takes a unit off the list, unless somebody of it has signed in.
pub(in crate::http) async fn uninvite(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, unit)): Ids<(MeetingId, OrgUnitId)>,
) -> Listed {
    web.app.uninvite_unit(&caller.actor, &id, &unit, SystemTime::now()).await?;
    shown(&web, &caller, &id).await
}

/// `POST /api/meetings/{meeting}/attendance/units/{unit}/people`: puts people of a unit on the list.
pub(in crate::http) async fn name(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, unit)): Ids<(MeetingId, OrgUnitId)>,
    body: JsonBody<NewAttendees>,
) -> Changed {
    may_keep(&web, &caller, &id)?;
    let people = people(body.json()?);
    web.app.name_attendees(&caller.actor, (Hand::Keeper, &id, &unit), &people, mark(&caller)).await?;
    let about = format!("meeting:{id} unit:{unit} {}", names(&people));
    Ok((Extension(About(about)), shown(&web, &caller, &id).await?))
}

/// `PATCH /api/meetings/{meeting}/attendance/people/{attendee}`: what somebody is called, or what is to be expected of them.
pub(in crate::http) async fn change(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, attendee)): Ids<(MeetingId, AttendeeId)>,
    body: JsonBody<AttendeeChange>,
) -> Changed {
    may_keep(&web, &caller, &id)?;
    let change = change_of(body.json()?);
    let changed = web.app.change_attendee(&caller.actor, (Hand::Keeper, &id, &attendee), change, mark(&caller)).await?;
    Ok((about(&id, &changed), shown(&web, &caller, &id).await?))
}

/// `DELETE /api/meetings/{meeting}/attendance/people/{attendee}`: takes somebody off the list who has not signed in.
pub(in crate::http) async fn remove(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, attendee)): Ids<(MeetingId, AttendeeId)>,
) -> Changed {
    let gone = web.app.remove_attendee(&caller.actor, (Hand::Keeper, &id, &attendee), SystemTime::now()).await?;
    Ok((about(&id, &gone), shown(&web, &caller, &id).await?))
}

/// `POST /api/meetings/{meeting}/attendance/sign-in`: somebody is here.
pub(in crate::http) async fn sign_in(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<SignInRequest>,
) -> Result<(Extension<About>, Json<SignedIn>), Refused> {
    may_keep(&web, &caller, &id)?;
    let SignInRequest { attendee, number, means } = body.json()?;
    let whom = match (attendee, number) {
        (Some(attendee), None) => Whom::Attendee(listed(&attendee)?),
        (None, Some(number)) => Whom::Number(number),
        _ => return Err(Refused::bad_request().detail("either an id or a number signs in")),
    };
    let (signed, figures) = web.app.sign_in(&caller.actor, (&id, &whom), means.into(), mark(&caller)).await?;
    Ok((about(&id, &signed), Json(SignedIn { attendee: attendee_entry(signed), figures: figures_entry(figures) })))
}

/// `POST /api/meetings/{meeting}/attendance/undo`: takes a sign-in back.
pub(in crate::http) async fn undo(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    body: JsonBody<SignInUndo>,
) -> Result<(Extension<About>, Json<SignedIn>), Refused> {
    may_keep(&web, &caller, &id)?;
    let SignInUndo { attendee } = body.json()?;
    let whom = Whom::Attendee(listed(&attendee)?);
    let (undone, figures) = web.app.undo_sign_in(&caller.actor, (&id, &whom), SystemTime::now()).await?;
    Ok((about(&id, &undone), Json(SignedIn { attendee: attendee_entry(undone), figures: figures_entry(figures) })))
}

/// `POST /api/meetings/{meeting}/attendance/export`: the attendance sheet as a table, with all that is known of each.
pub(in crate::http) async fn export(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
    asked: tables::Asked,
) -> Result<Response, Refused> {
    may_keep(&web, &caller, &id)?;
    let format = tables::format(asked)?;
    let file = web.app.attendance_table(&caller.actor, &id, format, SystemTime::now()).await?;
    Ok(tables::file(file, format))
}

fn may_keep(web: &Web, caller: &Caller, id: &MeetingId) -> Result<(), Refused> {
    Ok(web.app.may_in_meeting(&caller.actor, Action::KeepAttendance, id)?)
}

/// Who does this now.
pub(super) fn mark(caller: &Caller) -> Mark {
    Mark { at: SystemTime::now(), by: caller.name.clone() }
}

/// Who is meant; what is no id is on no list.
fn listed(text: &str) -> Result<AttendeeId, Refused> {
    text.parse().map_err(|_| app::AttendanceFault::NoAttendee.into())
}

/// What an act on somebody was about.
pub(super) fn about(meeting: &MeetingId, entry: &Entry) -> Extension<About> {
    let Entry { id, unit, number, person, answer, signed, .. } = entry;
    let signed = match signed {
        Some(signed) if signed.is_late => format!(" signed:{} late", signed.means.name()),
        Some(signed) => format!(" signed:{}", signed.means.name()),
        None => String::new(),
    };
    let answer = answer.name();
    Extension(About(format!(
        "meeting:{meeting} unit:{unit} attendee:{id} {number} {} answer:{answer}{signed}",
        person.name
    )))
}

pub(super) fn names(people: &[Person]) -> String {
    people.iter().map(|person| person.name.trim()).collect::<Vec<_>>().join("、")
}

pub(super) fn people(NewAttendees { people }: NewAttendees) -> Vec<Person> {
    people.into_iter().map(person).collect()
}

fn person(NewAttendee { name, position }: NewAttendee) -> Person {
    Person { name, position }
}

pub(super) fn change_of(AttendeeChange { person: whom, answer }: AttendeeChange) -> app::AttendeeChange {
    let answer = answer.map(|answer| match answer {
        AttendeeAnswer::Expected => Answer::Expected,
        AttendeeAnswer::Confirmed => Answer::Confirmed,
        AttendeeAnswer::Leave { reason, approver } => Answer::Leave { reason, approver },
        AttendeeAnswer::StandIn { name, approver } => Answer::StandIn { name, approver },
        AttendeeAnswer::Absent => Answer::Absent,
    });
    app::AttendeeChange { person: whom.map(person), answer }
}

async fn shown(web: &Web, caller: &Caller, id: &MeetingId) -> Listed {
    let now = SystemTime::now();
    let AttendanceView { meeting, list, hours, units, venues } = web.app.attendance(&caller.actor, id, now).await?;
    let figures = figures_entry(attendance::figures(&list.entries, &hours));
    let names: HashMap<_, _> = venues.iter().map(|(venue, name)| (venue, name.as_str())).collect();
    let mut people: HashMap<OrgUnitId, Vec<AttendeeEntry>> = HashMap::new();
    for entry in list.entries {
        people.entry(entry.unit.clone()).or_default().push(attendee_entry(entry));
    }
    let invitations: HashMap<_, _> = list.invitations.iter().map(|known| (&known.unit, known)).collect();
    let (mut invited, mut others) = (Vec::new(), Vec::new());
    for unit in units {
        let Some(known) = invitations.get(&unit.id).copied() else {
            others.push(UnitToInvite { unit: unit.id.into(), name: unit.name });
            continue;
        };
        let venue = known.venue_in(&meeting).and_then(|venue| names.get(venue)).copied();
        invited.push(InvitedUnit {
            venue: venue.unwrap_or_default().to_owned(),
            receipt: receipt_entry(known, &meeting),
            people: people.remove(&unit.id).unwrap_or_default(),
            has_liaison: !unit.liaisons.is_empty(),
            unit: unit.id.into(),
            name: unit.name,
        });
    }
    let venue = |(venue, name)| AttendanceVenue { venue: String::from(venue), name };
    Ok(Json(AttendanceList {
        now_ms: ms(now),
        starts_at_ms: ms(meeting.starts),
        ends_at_ms: ms(meeting.ends),
        title: meeting.title,
        in_series: meeting.series.is_some(),
        terms: terms_entry(list.terms),
        hours: hours_entry(&hours),
        figures,
        units: invited,
        others,
        venues: venues.into_iter().map(venue).collect(),
    }))
}

fn terms_entry(terms: Terms) -> AttendanceTerms {
    let minutes = |span: Duration| u32::try_from(span.as_secs() / 60).unwrap_or(u32::MAX);
    AttendanceTerms {
        answer_before_minutes: terms.answer_before.map(minutes),
        opens_before_minutes: minutes(terms.opens_before),
        closes_after_minutes: minutes(terms.closes_after),
    }
}

pub(super) fn hours_entry(hours: &Hours) -> AttendanceHours {
    AttendanceHours {
        answers_until_ms: ms(hours.answers_until),
        opens_at_ms: ms(hours.opens),
        closes_at_ms: ms(hours.closes),
        phase: hours.phase.into(),
    }
}

pub(super) fn figures_entry(Figures { due, present, leave, absent, late }: Figures) -> AttendanceFigures {
    AttendanceFigures { due, present, leave, absent, late }
}

pub(super) fn receipt_entry(invitation: &Invitation, meeting: &crate::domain::meeting::Meeting) -> ReceiptEntry {
    let receipt = &invitation.receipt;
    let (read, confirmed) = match receipt {
        Receipt::Notified => (None, None),
        Receipt::Read { read, .. } => (Some(read), None),
        Receipt::Confirmed { read, confirmed, .. } => (read.as_ref(), Some(confirmed)),
    };
    let by = |mark: Option<&Mark>| mark.map(|mark| mark.by.clone()).unwrap_or_default();
    ReceiptEntry {
        standing: receipt.standing(&invitation.told(meeting)).into(),
        read_by: by(read),
        read_at_ms: read.map(|mark| ms(mark.at)),
        confirmed_by: by(confirmed),
        confirmed_at_ms: confirmed.map(|mark| ms(mark.at)),
    }
}

pub(super) fn attendee_entry(entry: Entry) -> AttendeeEntry {
    AttendeeEntry {
        id: entry.id.into(),
        number: entry.number,
        name: entry.person.name,
        position: entry.person.position,
        summoned: entry.named == By::Keeper,
        answer: match entry.answer {
            Answer::Expected => AttendeeAnswer::Expected,
            Answer::Confirmed => AttendeeAnswer::Confirmed,
            Answer::Leave { reason, approver } => AttendeeAnswer::Leave { reason, approver },
            Answer::StandIn { name, approver } => AttendeeAnswer::StandIn { name, approver },
            Answer::Absent => AttendeeAnswer::Absent,
        },
        said_by: entry.said.by,
        said_at_ms: ms(entry.said.at),
        signed: entry.signed.map(|signed| AttendeeSignIn {
            at_ms: ms(signed.mark.at),
            by: signed.mark.by,
            means: signed.means.into(),
            late: signed.is_late,
        }),
    }
}
