//! `yunling bot view`: watches a meeting as a foreign WHEP player would, and counts what comes.

use super::{
    BotError, Target, local_towards,
    native::{Seen, Viewer},
    signalling::{self, Session},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Views until the time is over; `line` gets one report a second. Returns the summary.
///
/// # Errors
///
/// If the session is refused, never connects, or not one packet of picture comes.
#[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
pub async fn run(target: &Target, mut line: impl FnMut(Value)) -> Result<Value, BotError> {
    let client = signalling::client(target.ca.as_ref())?;
    let mut viewer = Viewer::new(local_towards(&target.url).await?, std::time::Instant::now()).await?;
    let offer = viewer.offer().await?;
    let (session, answer) = Session::open(client, &target.url, target.token.clone(), offer).await?;
    if let Err(error) = viewer.accept(answer).await {
        session.close().await;
        return Err(error.into());
    }
    let mut total = Seen::default();
    let end = target.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks.tick().await;
    while end.is_none_or(|end| Instant::now() < end) {
        ticks.tick().await;
        let seen = viewer.take();
        line(figures(&seen));
        total.video.add(&seen.video);
        total.audio.add(&seen.audio);
    }
    session.close().await;
    viewer.close().await;
    if total.video.datagrams == 0 {
        return Err(BotError::NothingCame);
    }
    let mut summary = figures(&total);
    summary["summary"] = Value::Bool(true);
    Ok(summary)
}

fn figures(seen: &Seen) -> Value {
    json!({
        "frames": seen.video.markers,
        "videoPackets": seen.video.datagrams,
        "videoLost": seen.video.lost,
        "videoBits": seen.video.bytes * 8,
        "longestGapMs": seen.video.longest_gap.as_millis() as u64,
        "audioPackets": seen.audio.datagrams,
        "audioLost": seen.audio.lost,
    })
}
