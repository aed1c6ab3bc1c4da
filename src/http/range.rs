//! A file of a recording over HTTP: a part of it, if a part is asked for (RFC 9110 §14), so that a player seeks and a broken
//! download goes on.

use super::error::Refused;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use std::{io, path::Path};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _},
};

/// Bytes that are read and sent at a time.
const CHUNK_BYTES: u64 = 64 * 1024;

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// From this byte to that, both included.
    Bytes(u64, u64),
    /// Nothing that is in it.
    Outside,
}

/// Answers with a file, or the part of it that is asked for. `tag` changes whenever its content does.
pub(super) async fn answer(
    headers: &HeaderMap,
    path: &Path,
    kind: &'static str,
    bytes: u64,
    tag: &str,
) -> Result<Response, Refused> {
    let tag = format!("\"{tag}\"");
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let fixed = [
        (header::ETAG, HeaderValue::from_str(&tag).map_err(|error| Refused::internal().detail(error))?),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        // What may be seen can change: it is asked for again each time.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
    ];
    if text(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, fixed).into_response());
    }
    // A part of what the file was before is no use to anybody.
    let is_same = text(header::IF_RANGE).is_none_or(|known| known == tag);
    let (status, first, last) = match part(text(header::RANGE).filter(|_| is_same), bytes) {
        Part::Whole => (StatusCode::OK, 0, bytes.saturating_sub(1)),
        Part::Bytes(first, last) => (StatusCode::PARTIAL_CONTENT, first, last),
        Part::Outside => {
            let mut response = Refused::range_unsatisfiable().into_response();
            response.headers_mut().insert(header::CONTENT_RANGE, number(format!("bytes */{bytes}")));
            return Ok(response);
        }
    };
    let length = if bytes == 0 { 0 } else { last - first + 1 };
    let unreadable = |error: io::Error| Refused::recording_no_file().detail(error);
    let mut file = File::open(path).await.map_err(unreadable)?;
    file.seek(io::SeekFrom::Start(first)).await.map_err(unreadable)?;
    let body = stream::try_unfold((file, length), async |(mut file, left)| {
        let mut chunk = vec![0; usize::try_from(left.min(CHUNK_BYTES)).unwrap_or(0)];
        if chunk.is_empty() {
            return Ok::<_, io::Error>(None);
        }
        file.read_exact(&mut chunk).await?;
        let left = left - chunk.len() as u64;
        Ok(Some((Bytes::from(chunk), (file, left))))
    });
    let mut response = (status, fixed, Body::from_stream(body)).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, number(length.to_string()));
    if status == StatusCode::PARTIAL_CONTENT {
        response.headers_mut().insert(header::CONTENT_RANGE, number(format!("bytes {first}-{last}/{bytes}")));
    }
    Ok(response)
}

fn number(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("digits and a few signs are a header's value")
}

/// What `Range` asks for of a file of so many bytes. Several parts, other units and what is no range get the whole, as §14.2
/// allows.
fn part(range: Option<&str>, bytes: u64) -> Part {
    let Some(asked) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else { return Part::Whole };
    let Some((first, last)) = asked.trim().split_once('-') else { return Part::Whole };
    let number = |text: &str| (!text.is_empty()).then(|| text.parse::<u64>());
    let end = bytes.saturating_sub(1);
    match (number(first), number(last)) {
        (Some(Ok(first)), None) if first < bytes => Part::Bytes(first, end),
        (Some(Ok(first)), Some(Ok(last))) if first <= last && first < bytes => Part::Bytes(first, last.min(end)),
        (None, Some(Ok(count))) if count > 0 && bytes > 0 => Part::Bytes(bytes.saturating_sub(count), end),
        (Some(Ok(first)), None) if first >= bytes => Part::Outside,
        (Some(Ok(first)), Some(Ok(last))) if first <= last => Part::Outside,
        (None, Some(Ok(_))) => Part::Outside,
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_the_standard_says() {
        let cases = [
            (None, Part::Whole),
            (Some("bytes=0-"), Part::Bytes(0, 99)),
            (Some("bytes=10-19"), Part::Bytes(10, 19)),
            (Some("bytes=90-500"), Part::Bytes(90, 99)),
            (Some("bytes=-10"), Part::Bytes(90, 99)),
            (Some("bytes=-500"), Part::Bytes(0, 99)),
            (Some("bytes=100-"), Part::Outside),
            (Some("bytes=200-300"), Part::Outside),
            (Some("bytes=-0"), Part::Outside),
            (Some("bytes=9-3"), Part::Whole),
            (Some("bytes=0-1,5-6"), Part::Whole),
            (Some("lines=0-1"), Part::Whole),
            (Some("bytes=a-b"), Part::Whole),
            (Some("bytes=99999999999999999999-"), Part::Whole),
        ];
        for (range, expect) in cases {
            assert_eq!(part(range, 100), expect, "{range:?}");
        }
        assert_eq!(part(Some("bytes=0-"), 0), Part::Outside);
    }
}
