//! `yunling bot publish`: sends a clip's real picture and sound into a meeting, as a foreign WHIP client would.

use super::{
    BotError, Target, local_towards,
    native::{NativeError, Publisher},
    signalling::{self, Session},
};
use crate::relay::media::Codec;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval},
};

/// Publishes until the time is over or the relay ends it; `line` gets one report a second. Returns the summary.
///
/// # Errors
///
/// If the session is refused, never connects, or breaks.
pub async fn run(target: &Target, codec: Codec, mut line: impl FnMut(Value)) -> Result<Value, BotError> {
    let client = signalling::client(target.ca.as_ref())?;
    let mut publisher = Publisher::new(local_towards(&target.url).await?, codec, std::process::id()).await?;
    let offer = publisher.offer().await?;
    let (session, answer) = Session::open(client, &target.url, target.token.clone(), offer).await?;
    if let Err(error) = publisher.accept(answer).await {
        session.close().await;
        return Err(error.into());
    }
    let (sent, seen) = watch::channel((0, 0));
    let end = target.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let outcome: Result<(), NativeError> = tokio::select! {
        outcome = publisher.send(&sent) => outcome,
        () = report(&seen, end, &mut line) => Ok(()),
    };
    session.close().await;
    publisher.close().await;
    outcome?;
    let (pictures, sounds) = *seen.borrow();
    if pictures == 0 {
        return Err(BotError::NothingSent);
    }
    Ok(json!({ "summary": true, "pictures": pictures, "sounds": sounds }))
}

async fn report(seen: &watch::Receiver<(u64, u64)>, end: Option<Instant>, line: &mut impl FnMut(Value)) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks.tick().await;
    let mut before = (0, 0);
    loop {
        ticks.tick().await;
        let now = *seen.borrow();
        line(json!({ "pictures": now.0 - before.0, "sounds": now.1 - before.1 }));
        before = now;
        if end.is_some_and(|end| Instant::now() >= end) {
            return;
        }
    }
}
