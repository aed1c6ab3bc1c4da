//! The library: playing a recording, and fetching one that was signed for.

use super::{recordings::media_type, sign_offs::part_text};
use crate::{
    app::{Download, PROGRAMME},
    domain::{
        access::{self, Action, Resource},
        sign_off::Request,
    },
    http::{
        Web,
        book::About,
        error::Refused,
        extract::{Caller, Ids, JsonBody},
        range,
        wire::{ExportEntry, PlayEntry, PlayRequest},
    },
    id::{ExportId, PlayId, RecordingId, SignOffId},
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use std::{sync::Arc, time::SystemTime};

/// `POST /api/recordings/{recording}/plays`: looks at a recording, for a purpose that stands in the book.
pub(in crate::http) async fn play(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<RecordingId>,
    body: JsonBody<PlayRequest>,
) -> Result<(Extension<About>, Json<PlayEntry>), Refused> {
    access::allow(&caller.actor, Action::PlayRecording, &Resource::Server)?;
    let PlayRequest { purpose } = body.json()?;
    let (play, purpose) = web.app.play(&caller.actor, &caller.credential, &id, &purpose, SystemTime::now()).await?;
    Ok((Extension(About(format!("recording:{id} for: {purpose}"))), Json(PlayEntry { play: play.into() })))
}

/// `GET /api/plays/{play}/{*path}`: a file of what is looked at; ranges are answered.
pub(in crate::http) async fn played(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, name)): Ids<(PlayId, String)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (file, path) = web.app.played(&caller.actor, &caller.credential, &id, &name).await?;
    range::answer(&headers, &path, media_type(&file.name), file.bytes, &file.sha256).await
}

/// `POST /api/sign-offs/{signoff}/exports`: takes out what was signed for.
pub(in crate::http) async fn fetch(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(id): Ids<SignOffId>,
) -> Result<(Extension<About>, Json<ExportEntry>), Refused> {
    let (export, sign_off) = web.app.fetch(&caller.actor, &id, SystemTime::now()).await?;
    let Request { part, recipient, purpose, .. } = &sign_off.request;
    let part = part_text(*part);
    let about = format!("signoff:{id} recording:{}{part} for {recipient}: {purpose}", sign_off.recording);
    Ok((Extension(About(about)), Json(ExportEntry { id: export.id.into(), file: PROGRAMME.to_owned() })))
}

/// `GET /api/exports/{export}/{*path}`: its file; ranges are answered.
pub(in crate::http) async fn fetched(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((id, name)): Ids<(ExportId, String)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let download = web.app.fetched(&caller.actor, &id, &name, SystemTime::now()).await?;
    let Download { file, path, title, part } = download;
    let mut response = range::answer(&headers, &path, media_type(&file.name), file.bytes, &file.sha256).await?;
    let named = percent_encoded(&format!("{title}{}.mp4", if part.is_some() { "（片段）" } else { "" }));
    let disposition = format!("attachment; filename=\"{PROGRAMME}\"; filename*=UTF-8''{named}");
    let disposition = HeaderValue::from_str(&disposition).map_err(|_| Refused::internal())?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}

/// A name as RFC 8187 has it in a header.
pub(super) fn percent_encoded(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a String takes all text");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_a_file_name_whatever_is_in_it() {
        assert_eq!(percent_encoded("县委 \"a/b\"\r\n.mp4"), "%E5%8E%BF%E5%A7%94%20%22a%2Fb%22%0D%0A.mp4");
    }
}
