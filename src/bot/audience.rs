//! `yunling bot audience`: many viewers join as pages do, to see whether a server and the way to it bear so many.
//!
//! All are light clients on one thread ([`Crowd`]); only their offers go by HTTP, side by side.

use super::{
    BotError, Target,
    crowd::{Crowd, News},
    light::Light,
    local_towards,
    signalling::{self, Session},
};
use crate::relay::{media::Codec, transport::dtls::Certificate};
use serde_json::{Value, json};
use std::{
    io,
    net::IpAddr,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};
use tokio::{sync::mpsc as channel, task::JoinSet};

/// How often the figures are told.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Longest turn of the crowd before orders are looked at.
const TURN: Duration = Duration::from_millis(5);

/// How long one may take from its offer to its first packet before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(15);

/// How many, and how fast they come.
#[derive(Debug, Clone, Copy)]
pub struct Arriving {
    /// Viewers.
    pub viewers: usize,
    /// Time in which all of them begin to join, evenly.
    pub within: Duration,
}

/// A viewer that has its answer.
struct Joining {
    light: Box<Light>,
    answer: String,
    began: Instant,
}

/// What the crowd's thread tells.
enum Told {
    Figures(Value),
    Ended(Summary),
}

#[derive(Debug, Default)]
struct Summary {
    /// From each one's offer to its first packet.
    waits: Vec<Duration>,
    failed: Vec<String>,
    packets: u64,
    lost: u64,
}

/// Lets them join and watch until the time is over; `line` gets one report a second. Returns the summary.
///
/// # Errors
///
/// If nobody can join, or not one packet comes; single failures are in the summary.
#[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
pub async fn run(target: &Target, arriving: Arriving, mut line: impl FnMut(Value)) -> Result<Value, BotError> {
    let client = signalling::client(target.ca.as_ref())?;
    let local = local_towards(&target.url).await?;
    let (orders, queue) = mpsc::channel();
    let (tell, mut told) = channel::unbounded_channel();
    let watch =
        Watch { crowd: Crowd::new().map_err(BotError::Crowd)?, joined: Vec::new(), summary: Summary::default() };
    let seconds = target.seconds;
    thread::Builder::new()
        .name("audience".to_owned())
        .spawn(move || watch.run(local, seconds, &queue, &tell))
        .map_err(BotError::Crowd)?;
    let certificate = Arc::new(Certificate::generate().map_err(|error| BotError::Crowd(io::Error::other(error)))?);
    let epoch = Instant::now();
    let mut joins = JoinSet::new();
    for number in 0..arriving.viewers {
        let at = epoch + arriving.within.mul_f64(number as f64 / arriving.viewers.max(1) as f64);
        let (client, target, certificate) = (client.clone(), target.clone(), Arc::clone(&certificate));
        joins.spawn(async move {
            tokio::time::sleep_until(at.into()).await;
            let light = Light::viewer(&certificate, (1, 1), &[Codec::H264, Codec::Vp8], epoch, number as u64 + 1);
            let began = Instant::now();
            let offer = light.offer().to_owned();
            let (session, answer) = Session::open_as_page(client, &target.url, target.token, offer).await?;
            Ok::<_, BotError>((session, Joining { light: Box::new(light), answer, began }))
        });
    }
    let (mut sessions, mut refused, mut reason) = (Vec::new(), 0_usize, None);
    let ended = loop {
        tokio::select! {
            Some(joined) = joins.join_next() => match joined {
                Ok(Ok((session, joining))) => {
                    sessions.push(session);
                    // A thread that has ended has told why.
                    let _ = orders.send(joining);
                }
                Ok(Err(error)) => {
                    refused += 1;
                    reason.get_or_insert(error);
                    if let (true, Some(error)) = (refused == arriving.viewers, reason.take()) {
                        return Err(error);
                    }
                }
                Err(error) => return Err(BotError::Crowd(io::Error::other(error))),
            },
            what = told.recv() => match what {
                Some(Told::Figures(figures)) => line(figures),
                Some(Told::Ended(summary)) => break summary,
                None => return Err(BotError::Crowd(io::Error::other("its thread ended"))),
            },
        }
    };
    drop(joins);
    let mut closing: JoinSet<()> = sessions.into_iter().map(Session::close).collect();
    while closing.join_next().await.is_some() {}
    if ended.packets == 0 {
        return Err(BotError::NothingCame);
    }
    let mut waits = ended.waits;
    waits.sort_unstable();
    let wait =
        |share: f64| waits.get(((waits.len() as f64 * share).ceil() as usize).max(1) - 1).map(Duration::as_millis);
    Ok(json!({
        "summary": true,
        "viewers": waits.len(),
        "refused": refused,
        "failed": ended.failed.len(),
        "reason": reason.map(|error| error.to_string()).or_else(|| ended.failed.into_iter().next()),
        "firstPacketMs": { "p50": wait(0.5), "p95": wait(0.95), "worst": wait(1.0) },
        "packets": ended.packets,
        "lost": ended.lost,
    }))
}

/// The crowd on its thread.
struct Watch {
    crowd: Crowd,
    /// When each began, until its first packet is there.
    joined: Vec<Option<Instant>>,
    summary: Summary,
}

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
    fn run(
        mut self,
        local: IpAddr,
        seconds: Option<u64>,
        orders: &mpsc::Receiver<Joining>,
        tell: &channel::UnboundedSender<Told>,
    ) {
        let mut next = Instant::now() + TELL_EVERY;
        let mut end = None;
        loop {
            loop {
                match orders.try_recv() {
                    Ok(joining) => self.add(joining, local),
                    Err(mpsc::TryRecvError::Empty) => break,
                    // Nobody listens any more.
                    Err(mpsc::TryRecvError::Disconnected) => return,
                }
            }
            match self.crowd.turn(TURN) {
                Ok(news) => {
                    for one in news {
                        if let News::Failed(member, reason) = one {
                            self.fail(member, reason);
                        }
                    }
                }
                Err(error) => self.summary.failed.push(error.to_string()),
            }
            let now = Instant::now();
            if now >= next {
                next += TELL_EVERY;
                let figures = self.figures(now);
                if tell.send(Told::Figures(figures)).is_err() {
                    return;
                }
                if self.summary.packets > 0 {
                    end = end.or_else(|| Some(now + Duration::from_secs(seconds?)));
                }
            }
            if end.is_some_and(|end| now >= end) {
                self.crowd.lights().for_each(|light| light.close(now));
                let _ = self.crowd.turn(Duration::ZERO);
                let _ = tell.send(Told::Ended(self.summary));
                return;
            }
        }
    }

    fn add(&mut self, joining: Joining, local: IpAddr) {
        let Joining { light, answer, began } = joining;
        let accepted = self.crowd.add(*light, local).map_err(|error| error.to_string()).and_then(|member| {
            self.joined.push(Some(began));
            self.crowd.accept(member, &answer).map_err(|error| error.to_string())
        });
        if let Err(reason) = accepted {
            self.summary.failed.push(reason);
        }
    }

    fn fail(&mut self, member: usize, reason: String) {
        self.joined[member] = None;
        self.summary.failed.push(reason);
    }

    /// Looks at everybody.
    fn figures(&mut self, now: Instant) -> Value {
        let (mut packets, mut bytes, mut lost, mut watching, mut gap) = (0, 0, 0, 0_usize, Duration::ZERO);
        for (light, began) in self.crowd.lights().zip(&mut self.joined) {
            let seen = light.tally().take();
            if let (Some(first), Some(at)) = (seen.first, *began) {
                self.summary.waits.push(first.saturating_duration_since(at));
                *began = None;
            } else if began.is_some_and(|at| now > at + PATIENCE) {
                *began = None;
                self.summary.failed.push(format!("no packet within {PATIENCE:?}"));
            }
            watching += usize::from(seen.datagrams > 0);
            packets += seen.datagrams;
            bytes += seen.bytes;
            lost += seen.lost;
            gap = gap.max(seen.longest_gap);
        }
        self.summary.packets += packets;
        self.summary.lost += lost;
        json!({
            "viewers": self.crowd.len(),
            "watching": watching,
            "failed": self.summary.failed.len(),
            "packets": packets,
            "bits": bytes * 8,
            "lost": lost,
            "longestGapMs": gap.as_millis() as u64,
        })
    }
}
