//! What watches the server reads: alive, ready, and figures for Prometheus (in OpenMetrics text).

use super::{Web, error::Refused, extract::Caller};
use crate::{
    app::Snapshot,
    relay::{
        delay::{BOUNDS_US, Delays},
        figures::{KeyFrameRequests, SlotFigures},
        media::MediaKind,
    },
    subnet::Subnet,
};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, NoLabelSet, text::encode},
    metrics::{MetricType, counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};
use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Instant,
};

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: meetings can be joined. 503 until stored meetings are open again, and while the server is ending.
pub(super) async fn ready(State(web): State<Arc<Web>>) -> Result<&'static str, Refused> {
    if web.is_ready() { Ok("ready\n") } else { Err(Refused::stopping().retry_after(1)) }
}

/// `GET /metrics`: for programs at the addresses that `network.metrics_subnets` names, and for whoever may see the status.
pub(super) async fn metrics(caller: Caller, State(web): State<Arc<Web>>) -> Result<Response, Refused> {
    let near = Subnet::any_contains(&web.metrics_subnets, caller.address);
    if !near {
        web.app.may_see_status(&caller.actor).map_err(|refusal| match caller.is_stranger() {
            true => Refused::metrics_refused(),
            false => refusal.into(),
        })?;
    }
    let registry = registry(&web.app.snapshot(Instant::now()).await);
    let mut text = String::new();
    encode(&mut text, &registry).expect("writing into a String can't fail");
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// Histograms that the relay has counted, each with its labels.
#[derive(Debug)]
struct DelayHistograms {
    name: &'static str,
    help: &'static str,
    of: Vec<(Labels, Delays)>,
}

impl Collector for DelayHistograms {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut metric =
            encoder.encode_descriptor(self.name, self.help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for (labels, delays) in &self.of {
            let bounds = BOUNDS_US.iter().map(|&us| us as f64 / 1e6).chain([f64::MAX]);
            let buckets: Vec<(f64, u64)> = bounds.zip(delays.counts).collect();
            let sum = delays.sum_us as f64 / 1e6;
            metric.encode_family(labels)?.encode_histogram::<NoLabelSet>(sum, delays.count(), &buckets, None)?;
        }
        Ok(())
    }
}

type Labels = Vec<(&'static str, String)>;
type Counters = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge<f64, AtomicU64>>;

/// All figures at one moment. Counting is the relay's; this only names the counts.
fn registry(snapshot: &Snapshot) -> Registry {
    let mut registry = Registry::with_prefix("yunling");
    workers(&mut registry, snapshot);
    meetings(&mut registry, snapshot);
    let restarts = Counters::default();
    let running = Gauges::default();
    for leg in &snapshot.legs {
        let labels = vec![("leg", leg.id.to_string())];
        restarts.get_or_create(&labels).inc_by(leg.restarts);
        running.get_or_create(&labels).set(f64::from(u8::from(leg.state == crate::app::LegState::Running)));
    }
    registry.register("leg_restarts", "Times a leg's process was started again", restarts);
    registry.register("leg_running", "1 while a leg feeds its meeting", running);
    let uptime = Gauge::<f64, AtomicU64>::default();
    uptime.set(snapshot.uptime.as_secs_f64());
    registry.register_with_unit("uptime", "Time since the program started", Unit::Seconds, uptime);
    registry
}

fn workers(registry: &mut Registry, snapshot: &Snapshot) {
    let [received, sent, refused, failed] = [(); 4].map(|()| Counters::default());
    let [busy, shed] = [(); 2].map(|()| Gauges::default());
    for (index, worker) in snapshot.workers.iter().enumerate() {
        let labels = vec![("worker", index.to_string())];
        received.get_or_create(&labels).inc_by(worker.figures.datagrams_in);
        sent.get_or_create(&labels).inc_by(worker.figures.datagrams_out);
        refused.get_or_create(&labels).inc_by(worker.figures.datagrams_refused);
        failed.get_or_create(&labels).inc_by(worker.figures.send_failures);
        busy.get_or_create(&labels).set(f64::from(worker.figures.busy));
        shed.get_or_create(&labels).set(f64::from(worker.figures.shed as u8));
    }
    let delays = snapshot.workers.iter().enumerate();
    registry.register_collector(Box::new(DelayHistograms {
        name: "forwarding_delay",
        help: "From a packet's arrival to the send of each copy, without what waits for a viewer's line",
        of: delays.map(|(index, worker)| (vec![("worker", index.to_string())], worker.figures.delays)).collect(),
    }));
    registry.register("worker_datagrams_received", "Datagrams received", received);
    registry.register("worker_datagrams_sent", "Datagrams sent", sent);
    registry.register("worker_datagrams_refused", "Datagrams dropped because nobody authentic sent them", refused);
    registry.register("worker_send_failures", "Datagrams the kernel did not take", failed);
    registry.register("worker_shed_level", "What a worker does without because it is behind, 0 nothing to 6", shed);
    registry.register("worker_busy_ratio", "Share of the last second a worker was not waiting", busy);
}

fn meetings(registry: &mut Registry, snapshot: &Snapshot) {
    let [peers, live, bps_in, bps_out, loss, reduced, held_back, bps, jitter] = [(); 9].map(|()| Gauges::default());
    let [packets, lost, repaired] = [(); 3].map(|()| Counters::default());
    // It falls when a viewer leaves, which no counter may.
    let [requests, freezes, frozen] = [(); 3].map(|()| Gauges::default());
    let asked = Counters::default();
    let mut delays = Vec::new();
    let rooms = Gauge::<f64, AtomicU64>::default();
    for view in &snapshot.meetings {
        let meeting = ("meeting", view.meeting.id.to_string());
        let Some(room) = &view.room else { continue };
        rooms.inc();
        for peer in &room.peers {
            let kind = match peer.kind {
                crate::relay::figures::PeerKind::Publisher => "publisher",
                crate::relay::figures::PeerKind::Viewer => "viewer",
                crate::relay::figures::PeerKind::Leg => "leg",
            };
            peers.get_or_create(&vec![meeting.clone(), ("kind", kind.to_owned())]).inc();
            bps_in.get_or_create(&vec![meeting.clone()]).inc_by(peer.bps_in as f64);
            let labels = vec![meeting.clone()];
            bps_out.get_or_create(&labels).inc_by(peer.bps_out as f64);
            // No figures of single viewers: anybody in the house reads these.
            let worst = loss.get_or_create(&labels).get().max(f64::from(peer.loss_out.unwrap_or(0.0)));
            loss.get_or_create(&labels).set(worst);
            let slots = |is: fn(&SlotFigures) -> bool| peer.slots.iter().filter(|slot| is(slot)).count() as f64;
            reduced.get_or_create(&labels).inc_by(slots(|slot| slot.reduced));
            held_back.get_or_create(&labels).inc_by(slots(|slot| slot.held_back));
            requests.get_or_create(&labels).inc_by(peer.key_frame_requests as f64);
            freezes.get_or_create(&labels).inc_by(peer.slots.iter().map(|slot| f64::from(slot.freezes)).sum());
            let ms = peer.slots.iter().map(|slot| slot.frozen_ms as f64);
            frozen.get_or_create(&labels).inc_by(ms.sum::<f64>() / 1000.0);
        }
        for publication in &room.publications {
            let labels = vec![meeting.clone(), ("publication", publication.id.to_string())];
            live.get_or_create(&labels).set(f64::from(u8::from(publication.live)));
            packets.get_or_create(&labels).inc_by(publication.packets);
            lost.get_or_create(&labels).inc_by(publication.lost);
            repaired.get_or_create(&labels).inc_by(publication.repaired);
            bps.get_or_create(&labels).set(publication.bps as f64);
            jitter.get_or_create(&labels).set(f64::from(publication.jitter_ms) / 1000.0);
            let KeyFrameRequests { viewer, beginning, overflow, loss, recording } = publication.key_frame_requests;
            let reasons = [
                ("viewer", viewer),
                ("beginning", beginning),
                ("overflow", overflow),
                ("loss", loss),
                ("recording", recording),
            ];
            for (reason, count) in reasons.into_iter().filter(|_| publication.codec.kind() == MediaKind::Video) {
                let labels = [labels.clone(), vec![("reason", reason.to_owned())]].concat();
                asked.get_or_create(&labels).inc_by(count);
            }
            delays.push((labels, publication.delays));
        }
    }
    registry.register("rooms", "Rooms on air", rooms);
    registry.register("peers", "Connections", peers);
    registry.register("bits_per_second_received", "Media received in the last second", bps_in);
    registry.register("bits_per_second_sent", "Media sent in the last second", bps_out);
    registry.register("publication_live", "1 while packets of a publication arrive", live);
    registry.register("publication_packets", "Packets received of a publication", packets);
    registry.register("publication_packets_lost", "Packets missing of a publication", lost);
    registry.register("publication_packets_repaired", "Packets that were missing and came when asked for", repaired);
    registry.register("publication_bits_per_second", "Received of a publication in the last second", bps);
    registry.register_with_unit("publication_jitter", "Interarrival jitter of a publication", Unit::Seconds, jitter);
    registry.register("loss_ratio", "Share of packets lost on the worst way to a viewer", loss);
    registry.register("slots_reduced", "Pictures sent smaller than wanted because a way bears no more", reduced);
    registry.register("slots_held_back", "Pictures not sent because a way does not bear them", held_back);
    registry.register("publication_key_frame_requests", "Key frames a source was asked for, and what for", asked);
    registry.register_collector(Box::new(DelayHistograms {
        name: "publication_forwarding_delay",
        help: "From arrival to the send of each copy of a publication's packets, without what waits for a viewer's line",
        of: delays,
    }));
    registry.register("freezes", "Pictures of connected viewers that froze on their way through the relay", freezes);
    registry.register_with_unit("frozen", "How long they did, all together", Unit::Seconds, frozen);
    registry.register("key_frame_requests", "Key frames that connected viewers have asked for", requests);
}
