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

/// What became of an offer.
enum Order {
    Join(Joining),
    /// It was refused: nobody comes.
    Refused,
}

/// How far a viewer is that has joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seat {
    /// Nothing has come since it began.
    Waiting(Instant),
    Watching,
    Failed,
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
    let watch = Watch {
        crowd: Crowd::new().map_err(BotError::Crowd)?,
        awaited: arriving.viewers,
        seats: Vec::new(),
        summary: Summary::default(),
    };
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
                    let _ = orders.send(Order::Join(joining));
                }
                Ok(Err(error)) => {
                    refused += 1;
                    let _ = orders.send(Order::Refused);
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
    /// Of whose offers nothing is known yet.
    awaited: usize,
    /// By their places in the crowd.
    seats: Vec<Seat>,
    summary: Summary,
}

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "a shell reads the clock")]
    fn run(
        mut self,
        local: IpAddr,
        seconds: Option<u64>,
        orders: &mpsc::Receiver<Order>,
        tell: &channel::UnboundedSender<Told>,
    ) {
        let mut next = Instant::now() + TELL_EVERY;
        let mut end = None;
        loop {
            loop {
                match orders.try_recv() {
                    Ok(order) => self.obey(order, local),
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
                } else if self.awaited == 0 && self.seats.iter().all(|seat| *seat == Seat::Failed) {
                    end = Some(now);
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

    fn obey(&mut self, order: Order, local: IpAddr) {
        self.awaited = self.awaited.saturating_sub(1);
        let Order::Join(Joining { light, answer, began }) = order else { return };
        match self.crowd.add(*light, local) {
            Ok(member) => {
                self.seats.push(Seat::Waiting(began));
                if let Err(error) = self.crowd.accept(member, &answer) {
                    self.fail(member, error.to_string());
                }
            }
            Err(error) => self.summary.failed.push(error.to_string()),
        }
    }

    /// Each counts once.
    fn fail(&mut self, member: usize, reason: String) {
        if std::mem::replace(&mut self.seats[member], Seat::Failed) != Seat::Failed {
            self.summary.failed.push(reason);
        }
    }

    /// Looks at everybody.
    fn figures(&mut self, now: Instant) -> Value {
        let (mut packets, mut bytes, mut lost, mut watching, mut gap) = (0, 0, 0, 0_usize, Duration::ZERO);
        for (light, seat) in self.crowd.lights().zip(&mut self.seats) {
            let seen = light.tally().take();
            match (*seat, seen.first) {
                (Seat::Waiting(began), Some(first)) => {
                    self.summary.waits.push(first.saturating_duration_since(began));
                    *seat = Seat::Watching;
                }
                (Seat::Waiting(began), None) if now > began + PATIENCE => {
                    self.summary.failed.push(format!("no packet within {PATIENCE:?}"));
                    *seat = Seat::Failed;
                }
                _ => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_of_which_nobody_was_let_in_ends() {
        let (orders, queue) = mpsc::channel();
        let (tell, mut told) = channel::unbounded_channel();
        let crowd = Crowd::new().expect("an epoll");
        let watch = Watch { crowd, awaited: 2, seats: Vec::new(), summary: Summary::default() };
        orders.send(Order::Refused).expect("it listens");
        orders.send(Order::Refused).expect("it listens");
        watch.run([127, 0, 0, 1].into(), None, &queue, &tell);
        let summary = std::iter::from_fn(|| told.try_recv().ok()).find_map(|what| match what {
            Told::Ended(summary) => Some(summary),
            Told::Figures(_) => None,
        });
        assert_eq!(summary.map(|summary| (summary.packets, summary.failed.len())), Some((0, 0)));
    }
}
