//! What peers say by RTCP, and what they are told.

use super::{
    Context, Room,
    forward::{SlateDue, Wire},
    layers::recorded_layer,
    tick::REPAIRS_PER_TICK,
};
use crate::{
    quantity::NtpTime,
    relay::{
        arrivals::Arrivals,
        clock::Reported,
        estimate::Carried,
        figures::KeyFrameReason,
        media::Ssrc,
        peer::{Activity, Link, Peer},
        pipe,
        rooms::Output,
        shed::Level,
        slot::Showing,
        transport::rtcp::{self, Feedback, Received, Sent},
    },
};
use std::time::Duration;

impl Room {
    /// Takes an opened compound packet.
    pub(super) fn feedback(&mut self, place: usize, compound: &[u8], context: &mut Context<'_>) {
        let mut found: smallvec::SmallVec<[Feedback; 8]> = smallvec::SmallVec::new();
        rtcp::read(compound, |feedback| found.push(feedback));
        for feedback in found {
            match feedback {
                Feedback::KeyFrame(ssrc) => self.want_key_frame(place, ssrc),
                Feedback::Nack(ssrc, missing) => self.answer(place, ssrc, &missing, context),
                Feedback::Report { fraction_lost, last_sender_report, delay, .. } => {
                    let now = context.wall.ntp(context.now);
                    self.peers[place].counters.note_report(now, fraction_lost, last_sender_report, delay);
                }
                Feedback::SenderReport { ssrc, ntp, timestamp } => {
                    let lines = self.peers[place].incoming_mut().iter_mut();
                    for line in lines.filter(|line| line.ssrc == Some(ssrc)) {
                        line.sender_report = Some((Reported { ntp, timestamp }, context.now));
                        let source = &self.publications[line.publication];
                        let recorded = recorded_layer(&self.publications, source.family.first, context.now);
                        if let Some(outlet) = self.tap.as_mut().filter(|_| recorded == Some(line.publication)) {
                            outlet.sender_report(source, ssrc, ntp, timestamp, context);
                        }
                    }
                    self.bring_together(place, context.now);
                }
                Feedback::Arrivals(report) => {
                    if let Some(egress) = &mut self.peers[place].egress {
                        let mut lost: smallvec::SmallVec<[Carried; 32]> = smallvec::SmallVec::new();
                        egress.heard(context.now, context.times, &report, |carried| {
                            if lost.len() < REPAIRS_PER_TICK as usize {
                                lost.push(carried);
                            }
                        });
                        self.repair_lost(place, &lost, context);
                    }
                }
                Feedback::Remb(most) => {
                    if let Some(egress) = &mut self.peers[place].egress {
                        egress.state(most);
                    }
                }
            }
        }
    }

    /// A viewer needs a key frame in one of its slots.
    fn want_key_frame(&mut self, place: usize, ssrc: Ssrc) {
        let peer = &mut self.peers[place];
        peer.counters.key_frame_requests += 1;
        let serial = peer.serial;
        let Some(number) = peer.slots().iter().position(|slot| slot.plan.ssrc == ssrc) else { return };
        match peer.slots()[number].showing {
            Showing::Live(publication, _) => {
                self.publications[publication].want_key_frame(KeyFrameReason::Viewer, Some(serial));
            }
            Showing::Slate(_) => SlateDue::add(&mut self.slates_due, place, number),
            _ => {}
        }
    }

    /// Answers a viewer's request for missing packets.
    fn answer(&mut self, place: usize, ssrc: Ssrc, missing: &[u16], context: &mut Context<'_>) {
        let peer = &mut self.peers[place];
        peer.counters.nacks += missing.len() as u64;
        if let Some(number) = peer.slots().iter().position(|slot| slot.plan.ssrc == ssrc) {
            self.repair(place, number, missing, context);
        }
    }

    /// Sends again what a viewer's report of arrivals shows to be lost, before it is asked for: the viewer doesn't notice the loss
    /// of a frame's end before the next frame comes, and requests are lost as well. (libwebrtc does the same for its own streams.)
    fn repair_lost(&mut self, place: usize, lost: &[Carried], context: &mut Context<'_>) {
        for &Carried { slot: number, seq, again } in lost {
            let number = usize::from(number);
            let slot = self.peers[place].slots_mut().get_mut(number);
            if slot.is_some_and(|slot| slot.repairs.lost(seq, again)) {
                self.repair(place, number, &[seq], context);
            }
        }
    }

    /// Sends missing packets again as RTX. A plain packet is sealed once: without RTX sound comes again as the same bytes, a
    /// picture not at all.
    fn repair(&mut self, place: usize, number: usize, missing: &[u16], context: &mut Context<'_>) {
        let Self { peers, publications, .. } = self;
        let peer = &mut peers[place];
        let Some(address) = peer.address() else { return };
        let (Link::Webrtc(webrtc), Activity::Views(slots)) = (&peer.link, &mut peer.activity) else { return };
        let (true, Some(egress)) = (webrtc.keys.is_some(), &mut peer.egress) else { return };
        let slot = &mut slots[number];
        let round_trip = peer.counters.rtt.or_else(|| egress.round_trip());
        if let Some(kept) = &slot.kept {
            for &seq in missing {
                let Some(sealed) = kept.get(seq) else { continue };
                let fits = peer.counters.repairs_left > 0 && context.outbox.has_room_for(1);
                if fits && slot.repairs.allow(seq, 1, context.now, round_trip) {
                    context.outbox.push(address, sealed);
                    egress.sent_unnumbered(context.now, sealed.len());
                    peer.counters.repairs_left -= 1;
                    peer.counters.resent += 1;
                    peer.counters.sent(sealed.len());
                }
            }
            return;
        }
        let Showing::Live(publication, _) = slot.showing else { return };
        let publication = &publications[publication];
        let Some(mut wire) = Wire::new(peer, number, publication.codec, context) else { return };
        let times = wire.times_again;
        for &seq in missing {
            let stored = wire.slot.rewriter.number_at(seq).and_then(|number| publication.ring.get(number));
            let Some((packet, payload)) = stored else { continue };
            if wire.slot.repairs.allow(seq, times, wire.now, round_trip) {
                wire.send_again(publication, packet, payload, times);
            }
        }
    }

    /// Asks a publication's source for a key frame.
    pub(super) fn ask_for_key_frame(&mut self, publication: usize, context: &mut Context<'_>) {
        let place = self.publications[publication].peer;
        let peer = &mut self.peers[place];
        if let Link::Leg { connection: Some(connection), .. } = peer.link {
            let request = pipe::header(pipe::Kind::KeyFrame, pipe::TRACK_VIDEO, 0);
            context.effects.push_back(Output::LegSend(connection, request.to_vec()));
            return;
        }
        let own = peer.own_ssrc;
        let line = peer.incoming_mut().iter().find(|line| line.publication == publication);
        let Some(media) = line.and_then(|line| line.ssrc) else { return };
        let mut packet = Vec::new();
        rtcp::write_receiver_report(own, &[], None, &mut packet);
        rtcp::write_picture_loss(own, media, &mut packet);
        send_rtcp(peer, &packet, context);
    }

    /// Tells a publisher when its packets arrived since the last tick.
    pub(super) fn report_arrivals(&mut self, place: usize, context: &mut Context<'_>) {
        let peer = &mut self.peers[place];
        let own = peer.own_ssrc;
        let media = peer.incoming_mut().iter().find_map(|line| line.ssrc);
        let Some(media) = media else { return };
        while let Some(report) =
            peer.webrtc_mut().and_then(|webrtc| webrtc.arrivals.as_mut()).and_then(Arrivals::report)
        {
            let mut packet = Vec::new();
            rtcp::write_arrivals(own, media, &report, &mut packet);
            send_rtcp(peer, &packet, context);
        }
    }

    /// Asks sources for what is missing of them; `true` while anything is.
    pub(super) fn ask_for_missing(&mut self, context: &mut Context<'_>) -> bool {
        let Self { peers, publications, .. } = self;
        let mut waiting = false;
        let mut ask = Vec::new();
        for (place, publication) in publications.iter_mut() {
            if publication.missing.take_overrun() {
                publication.want_key_frame(KeyFrameReason::Loss, None);
            }
            if publication.missing.is_empty() {
                continue;
            }
            let peer = &mut peers[publication.peer];
            let own = peer.own_ssrc;
            let line = peer.incoming_mut().iter().find(|line| line.plan.nack && line.publication == place);
            let Some(media) = line.and_then(|line| line.ssrc) else {
                publication.missing.forget();
                continue;
            };
            ask.clear();
            publication.missing.due(context.now, &mut ask);
            waiting |= !publication.missing.is_empty();
            if ask.is_empty() {
                continue;
            }
            let mut packet = Vec::new();
            rtcp::write_receiver_report(own, &[], None, &mut packet);
            rtcp::write_nack(own, media, &ask, &mut packet);
            send_rtcp(peer, &packet, context);
        }
        waiting
    }

    /// Sends a peer its regular report: sender reports to viewers, receiver reports to publishers.
    pub(super) fn report(&mut self, place: usize, context: &mut Context<'_>) {
        let ntp = context.wall.ntp(context.now);
        let Self { peers, publications, .. } = self;
        let peer = &mut peers[place];
        let mut packet = Vec::new();
        match &mut peer.activity {
            Activity::Views(slots) => {
                let active = slots.iter().filter(|slot| slot.sent.0 > 0);
                let sent: Vec<Sent> = active
                    .map(|slot| Sent {
                        ssrc: slot.plan.ssrc,
                        timestamp: peer.clock.timestamp(context.now, slot.plan.codecs[0].codec.clock_rate()),
                        packets: slot.sent.0,
                        bytes: slot.sent.1,
                    })
                    .collect();
                if sent.is_empty() {
                    return;
                }
                rtcp::write_sender_reports(ntp, &sent, CNAME, &mut packet);
            }
            Activity::Publishes(lines) => {
                let received: Vec<Received> = lines
                    .iter()
                    .filter_map(|line| {
                        let reported = line.sender_report;
                        let (last_sender_report, at) =
                            reported.map_or((0, context.now), |(reported, at)| (reported.ntp.middle(), at));
                        Some(Received {
                            ssrc: line.ssrc?,
                            reception: publications[line.publication].reception()?,
                            last_sender_report,
                            delay: (context.now.saturating_duration_since(at).as_secs_f64() * 65_536.0) as u32,
                        })
                    })
                    .collect();
                let cap = context.uplink_cap.filter(|_| lines.iter().any(|line| line.plan.remb));
                rtcp::write_receiver_report(peer.own_ssrc, &received, cap, &mut packet);
            }
        }
        send_rtcp(peer, &packet, context);
    }
}

/// Canonical name of all our streams. Programme sound and picture must share one (RFC 3550 §6.5.1); it names the relay, not a
/// person.
const CNAME: &str = "yunling";

impl crate::relay::peer::Counters {
    /// Learns round-trip time and loss from a report block (RFC 3550 §6.4.1).
    fn note_report(&mut self, now: NtpTime, fraction_lost: u8, last_sender_report: u32, delay: u32) {
        let lost = f32::from(fraction_lost) / 256.0;
        self.loss = Some(self.loss.map_or(lost, |smoothed| smoothed + (lost - smoothed) / 4.0));
        if last_sender_report != 0 {
            let units = now.middle().wrapping_sub(last_sender_report).wrapping_sub(delay);
            // More than half the circle is a clock that ran backward, not a round trip.
            if units < 0x8000_0000 {
                self.rtt = Some(Duration::from_secs_f64(f64::from(units) / 65_536.0));
            }
        }
    }

    /// Refills what may be sent again before the next tick.
    pub(super) fn refill_repairs(&mut self, shed: Level) {
        self.repairs_left = shed.repairs(REPAIRS_PER_TICK, self.loss);
    }
}

fn send_rtcp(peer: &mut Peer, packet: &[u8], context: &mut Context<'_>) {
    let Some(address) = peer.address() else { return };
    let Some(keys) = peer.webrtc_mut().and_then(|webrtc| webrtc.keys.as_mut()) else { return };
    if packet.len() > PLAIN_BYTES_MAX || !context.outbox.has_room_for(1) {
        return;
    }
    if let Ok(sealed) = keys.srtcp.protect(packet, context.outbox.space()) {
        context.outbox.commit(address, sealed);
        peer.counters.sent(sealed);
    }
}

/// Largest compound packet: a datagram less SRTCP's index and tag.
const PLAIN_BYTES_MAX: usize = crate::relay::outbox::SEGMENT_BYTES_MAX - 24;
