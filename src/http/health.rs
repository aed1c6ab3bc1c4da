//! What watches the server reads: alive, ready, and figures for Prometheus (in OpenMetrics text).

use super::{Web, error::Refused};
use crate::{app::Snapshot, relay::figures::SlotFigures};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};
use std::{
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

/// `GET /metrics`.
pub(super) async fn metrics(State(web): State<Arc<Web>>) -> Response {
    let registry = registry(&web.app.snapshot(Instant::now()).await);
    let mut text = String::new();
    encode(&mut text, &registry).expect("writing into a String can't fail");
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
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
    let busy = Gauges::default();
    for (index, worker) in snapshot.workers.iter().enumerate() {
        let labels = vec![("worker", index.to_string())];
        received.get_or_create(&labels).inc_by(worker.figures.datagrams_in);
        sent.get_or_create(&labels).inc_by(worker.figures.datagrams_out);
        refused.get_or_create(&labels).inc_by(worker.figures.datagrams_refused);
        failed.get_or_create(&labels).inc_by(worker.figures.send_failures);
        busy.get_or_create(&labels).set(f64::from(worker.figures.busy));
    }
    registry.register("worker_datagrams_received", "Datagrams received", received);
    registry.register("worker_datagrams_sent", "Datagrams sent", sent);
    registry.register("worker_datagrams_refused", "Datagrams dropped because nobody authentic sent them", refused);
    registry.register("worker_send_failures", "Datagrams the kernel did not take", failed);
    registry.register("worker_busy_ratio", "Share of the last second a worker was not waiting", busy);
}

fn meetings(registry: &mut Registry, snapshot: &Snapshot) {
    let [peers, live, bps_in, bps_out, loss, reduced, held_back, bps, jitter] = [(); 9].map(|()| Gauges::default());
    let [packets, lost, repaired] = [(); 3].map(|()| Counters::default());
    // It falls when a viewer leaves, which no counter may.
    let requests = Gauges::default();
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
        }
        for publication in &room.publications {
            let labels = vec![meeting.clone(), ("publication", publication.id.to_string())];
            live.get_or_create(&labels).set(f64::from(u8::from(publication.live)));
            packets.get_or_create(&labels).inc_by(publication.packets);
            lost.get_or_create(&labels).inc_by(publication.lost);
            repaired.get_or_create(&labels).inc_by(publication.repaired);
            bps.get_or_create(&labels).set(publication.bps as f64);
            jitter.get_or_create(&labels).set(f64::from(publication.jitter_ms) / 1000.0);
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
    registry.register("key_frame_requests", "Key frames that connected viewers have asked for", requests);
}
