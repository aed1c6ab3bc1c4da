//! Papers: files that people print, hang up or take into another program. Each is made anew when it is asked for.

use super::time;
use crate::{
    app::{Paper, PaperFault},
    domain::access::{self, Action, Resource},
    http::{
        Web,
        error::{Refused, internal},
        extract::{Caller, Ids},
    },
    id::MeetingId,
    paper::week::Size,
};
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use std::{sync::Arc, time::SystemTime};

/// Times whose meetings are asked for, in milliseconds since 1970.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Span {
    from: u64,
    to: u64,
    /// Those alone that the caller operates or attends.
    #[serde(default)]
    mine: bool,
}

type Asked<Q> = Result<Query<Q>, QueryRejection>;

/// `GET /api/meetings/{meeting}/meeting.ics`: a meeting as a calendar file, in the time of Asia/Shanghai.
pub(in crate::http) async fn meeting_calendar(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Response, Refused> {
    let paper = web.app.meeting_calendar(&caller.actor, &id, SystemTime::now()).await?;
    file(paper, Format::Ics)
}

/// `GET /api/schedule/calendar.ics`: the meetings of these times as a calendar file.
pub(in crate::http) async fn schedule_calendar(
    caller: Caller,
    State(web): State<Arc<Web>>,
    span: Asked<Span>,
) -> Result<Response, Refused> {
    access::allow(&caller.actor, Action::ListMeetings, &Resource::Server)?;
    let Span { from, to, mine } = query(span)?;
    let paper = web.app.schedule_calendar(&caller.actor, (time(from), time(to)), mine, SystemTime::now()).await?;
    file(paper, Format::Ics)
}

/// `GET /api/meetings/{meeting}/notice.pdf`: the notice of a meeting as an official document, on A4.
pub(in crate::http) async fn notice(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Response, Refused> {
    file(web.app.notice_paper(&caller.actor, &id, SystemTime::now()).await?, Format::Pdf)
}

/// `GET /api/meetings/{meeting}/attendance.pdf`: the attendance sheet to be signed, on A4.
pub(in crate::http) async fn attendance(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Response, Refused> {
    file(web.app.attendance_paper(&caller.actor, &id).await?, Format::Pdf)
}

/// `GET /api/joint-tests/{meeting}/record.pdf`: the record of a joint test as a form, on A4.
pub(in crate::http) async fn joint_test(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<MeetingId>,
) -> Result<Response, Refused> {
    file(web.app.joint_test_paper(&caller.actor, &id, SystemTime::now()).await?, Format::Pdf)
}

/// Times whose roster is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Days {
    from: u64,
    to: u64,
}

/// `GET /api/schedule/duty.pdf`: who is on duty at the meetings of these times, on A4.
pub(in crate::http) async fn duty(
    caller: Caller,
    State(web): State<Arc<Web>>,
    days: Asked<Days>,
) -> Result<Response, Refused> {
    access::allow(&caller.actor, Action::ListMeetings, &Resource::Server)?;
    let Days { from, to } = query(days)?;
    file(web.app.duty_paper(&caller.actor, (time(from), time(to))).await?, Format::Pdf)
}

/// A week that is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct WeekOf {
    from: u64,
    #[serde(default)]
    size: PaperSize,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum PaperSize {
    #[default]
    A4,
    A3,
}

/// `GET /api/schedule/week.pdf`: the week for the wall, on A4 or A3.
pub(in crate::http) async fn week(
    caller: Caller,
    State(web): State<Arc<Web>>,
    week: Asked<WeekOf>,
) -> Result<Response, Refused> {
    access::allow(&caller.actor, Action::ListMeetings, &Resource::Server)?;
    let WeekOf { from, size } = query(week)?;
    let size = match size {
        PaperSize::A4 => Size::A4,
        PaperSize::A3 => Size::A3,
    };
    file(web.app.week_paper(&caller.actor, time(from), size).await?, Format::Pdf)
}

fn query<Q>(asked: Asked<Q>) -> Result<Q, Refused> {
    asked.map(|Query(query)| query).map_err(|error| Refused::bad_request().detail(error))
}

#[derive(Clone, Copy)]
enum Format {
    Pdf,
    Ics,
}

fn file(Paper { name, bytes }: Paper, format: Format) -> Result<Response, Refused> {
    let (kind, plain, ending) = match format {
        Format::Pdf => ("application/pdf", "paper", "pdf"),
        Format::Ics => ("text/calendar; charset=utf-8", "calendar", "ics"),
    };
    let named = super::library::percent_encoded(&format!("{}.{ending}", file_name(&name)));
    let disposition = format!("attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{named}");
    let disposition = HeaderValue::from_str(&disposition).map_err(|_| Refused::internal())?;
    let head = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((head, bytes).into_response())
}

/// A name as every file system takes it.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect()
}

impl From<PaperFault> for Refused {
    fn from(error: PaperFault) -> Self {
        match error {
            PaperFault::Meeting(error) => error.into(),
            PaperFault::JointTest(error) => error.into(),
            PaperFault::Busy => Self::papers_busy().retry_after(3),
            PaperFault::NoFonts => Self::papers_no_fonts(),
            PaperFault::Unwritten => internal(&error),
            PaperFault::Span => Self::field_invalid().field("to", "结束日期须晚于开始日期，一次最多三个月。"),
        }
    }
}
