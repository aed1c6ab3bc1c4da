//! What time asks of a room: patience that ends, reports that are due, peers that have fallen silent.
//!
//! A tick comes every 50 ms while anybody is there. Each peer has its turn once a second, at the tick its place in the room
//! gives it, so that reports don't come in bursts.

use super::{Context, Room, forward::SlateDue};
use crate::relay::{
    command::GoneReason,
    figures::{KeyFrameReason, PeerState},
    flight::{Happened, SAMPLE_EVERY},
    nack::NACK_TICK,
    peer::{Activity, HANDSHAKE_DATAGRAMS_PER_SECOND, Link, Peer},
    publication::KEY_FRAME_INTERVAL,
    rooms::PeerSerial,
    slate::SLATE_INTERVAL,
    slot::{Beginning, SWITCH_PATIENCE, Showing},
};
use std::time::{Duration, Instant};

/// Time between ticks.
pub(super) const TICK: Duration = Duration::from_millis(50);

/// Ticks between two samples of the flight recorder.
const SAMPLE_TICKS: u64 = (SAMPLE_EVERY.as_millis() / TICK.as_millis()) as u64;

/// Ticks between two turns of a peer: one second.
const TURNS: u64 = 20;

/// Packets a peer may have sent again in one tick, so that one bad viewer can't burn the worker.
pub(super) const REPAIRS_PER_TICK: u32 = 32;

impl Room {
    /// When something must be done next, waiting packets included.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        [self.next_tick, self.video_due, self.release_due, self.pace_due, self.nack_due].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn timeout(&mut self, context: &mut Context<'_>) {
        if self.release_due.is_some_and(|due| due <= context.now) {
            self.release(context);
        }
        if self.nack_due.is_some_and(|due| due <= context.now) {
            self.nack_due = self.ask_for_missing(context).then_some(context.now + NACK_TICK);
        }
        let Some(due) = self.next_tick.filter(|&due| due <= context.now) else { return };
        // A worker that was held up skips the ticks it missed.
        self.next_tick = Some((due + TICK).max(context.now));
        self.tick += 1;
        self.tick_publications(context);
        self.sort_voices(context);
        self.tick_slots(context);
        self.tick_tap(context);
        self.sample(context.now);
        let turn = self.tick % TURNS;
        let places: Vec<usize> = self.peers.iter().map(|(place, _)| place).collect();
        for place in places {
            self.peers[place].counters.refill_repairs(context.shed);
            self.report_arrivals(place, context);
            self.grant(place, context);
            if place as u64 % TURNS == turn {
                self.turn(place, context);
            }
        }
    }

    /// Finds sources that fell silent, and asks those whose key frame somebody needs.
    fn tick_publications(&mut self, context: &mut Context<'_>) {
        let mut silenced = false;
        let places: Vec<usize> = self.publications.iter().map(|(place, _)| place).collect();
        for place in places {
            let others = self.others_arrive(place, context.now);
            let publication = &mut self.publications[place];
            silenced |= publication.check_silence(context.now, others);
            if self.tick.is_multiple_of(TURNS) {
                publication.roll(context.now);
            }
        }
        let sorted = self.sort_layers();
        if silenced || sorted {
            self.roster_changed = true;
            self.assign(context);
        }
        if silenced {
            // What is recorded may be another layer now.
            self.want_recorded_key_frames(context.now.checked_sub(KEY_FRAME_INTERVAL));
        }
        self.ask_sources(context);
        self.want_layers(context);
    }

    /// Notes how peers and streams fare: a part of them at each tick, so that each has its turn.
    fn sample(&mut self, now: Instant) {
        self.flight.forget(now);
        let is_due = |place: usize| place as u64 % SAMPLE_TICKS == self.tick % SAMPLE_TICKS;
        self.peers.iter_mut().filter(|(place, _)| is_due(*place)).for_each(|(_, peer)| peer.sample(now));
        self.publications.iter_mut().filter(|(place, _)| is_due(*place)).for_each(|(_, source)| source.sample(now));
    }

    /// Cuts to the slate where patience is over, repeats it where it stands, and repeats requests where a key frame is awaited.
    fn tick_slots(&mut self, context: &Context<'_>) {
        let now = context.now;
        for (place, peer) in &mut self.peers {
            let is_reached = peer.state(now) == PeerState::Connected;
            let serial = peer.serial.0;
            let Peer { activity: Activity::Views(slots), egress: Some(egress), .. } = peer else { continue };
            for (number, slot) in slots.iter_mut().enumerate() {
                let is_video = slot.is_video();
                let is_slate = matches!(slot.showing, Showing::Slate(_));
                if !is_reached || is_slate || slot.held_back.is_some() || slot.target.is_none() {
                    slot.freezes.pause();
                }
                if let Some(froze) = slot.freezes.take_ended() {
                    let (slot, froze_ms) = (number as u8, froze.as_millis() as u32);
                    self.flight.note(now, Happened::Froze { peer: serial, slot, froze_ms });
                }
                if let Some(awaiting) = slot.awaiting.as_mut().filter(|_| is_video) {
                    // History that was thrown away, because the viewer can't be reached, doesn't come again.
                    if matches!(awaiting.by, Beginning::Replay(_)) && egress.pacer.numbers(number).next().is_none() {
                        awaiting.by = Beginning::KeyFrame;
                    }
                    if awaiting.by == Beginning::KeyFrame
                        && let Some(publication) = slot.target.and_then(|target| self.publications.get_mut(target))
                    {
                        publication.want_key_frame(KeyFrameReason::Beginning, Some(PeerSerial(serial)));
                    }
                    let patient = now.saturating_duration_since(awaiting.since) < SWITCH_PATIENCE;
                    if !patient && !matches!(slot.showing, Showing::Slate(_)) {
                        slot.rewriter.end();
                        slot.showing = Showing::Slate(now);
                        if !self.slots_changed.contains(&place) {
                            self.slots_changed.push(place);
                        }
                    }
                }
                if let Showing::Slate(due) = &mut slot.showing
                    && *due <= now
                {
                    *due = now + SLATE_INTERVAL;
                    SlateDue::add(&mut self.slates_due, place, number);
                }
            }
        }
    }

    /// A peer's turn, once a second.
    fn turn(&mut self, place: usize, context: &mut Context<'_>) {
        let peer = &mut self.peers[place];
        if peer.is_gone(context.now) {
            let connected = matches!(&peer.link, Link::Webrtc(webrtc) if webrtc.keys.is_some());
            let reason = if connected { GoneReason::Silent } else { GoneReason::NeverConnected };
            self.remove(place, reason, context);
            return;
        }
        peer.roll(context.now);
        if let Some(webrtc) = peer.webrtc_mut() {
            webrtc.handshake_left = HANDSHAKE_DATAGRAMS_PER_SECOND;
        }
        if peer.state(context.now) == PeerState::Connected {
            self.report(place, context);
        }
        self.keep_together(place, context.now);
    }
}
