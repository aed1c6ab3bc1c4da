//! How a room is recorded: what happens in it goes into its [`Tap`], and the tap's recorder is served.

use super::{Context, Room, WallClock, layers::top_layer};
use crate::{
    id::{ParticipantId, PublicationId},
    quantity::NtpTime,
    relay::{
        figures::KeyFrameReason,
        media::{MediaKind, Ssrc},
        peer::Incoming,
        publication::Publication,
        rooms::{LegConnection, Output},
        rtp,
        stage::Stage,
        tap::{Mark, Tap},
    },
};
use std::time::{Duration, Instant};

/// A recorded picture whose last key frame is older is asked for one: a file made without transcoding can be sought only
/// there.
const KEY_FRAME_AGE_MAX: Duration = Duration::from_secs(10);

/// A room's tap and who takes from it.
pub(super) struct Outlet {
    tap: Tap,
    /// Names this run of the tap in the journal.
    run: u64,
    /// First message of the recorder that may connect.
    secret: [u8; 16],
    connection: Option<LegConnection>,
    flush_due: bool,
    /// It was told to end; it is gone once its recorder has closed.
    ending: bool,
}

/// What a room that closes leaves of its recording.
pub struct EndedTap {
    /// With what was not sent.
    pub tap: Tap,
    /// Its recorder's.
    pub connection: Option<LegConnection>,
    /// That of a recorder that never came.
    pub secret: [u8; 16],
    /// Whether it was stopped in good order: what it holds is worth sending, and ends with saying so.
    pub is_stopped: bool,
}

impl Outlet {
    /// Whether this source's packets are recorded now.
    pub(super) fn takes(&self, source: &Publication) -> bool {
        self.tap.takes(source)
    }

    /// One packet of a source. If it was sent again, `repaired` is its line, whose stream it belongs to.
    pub(super) fn packet(
        &mut self,
        source: &Publication,
        header: &rtp::Header,
        payload: &[u8],
        repaired: Option<&Incoming>,
        context: &Context<'_>,
    ) {
        let mut header = *header;
        let mut body = payload;
        if let Some(line) = repaired {
            header.pt = line.plan.pt.0;
            header.ssrc = line.ssrc.map_or(header.ssrc, |ssrc| ssrc.0);
            // RFC 4588 §4: the original sequence number, which the header has by now, stands before the payload.
            body = &payload[2..];
        }
        self.tap.packet(nanos(context.wall, context.now), source.id.0, &header, body);
        self.flush_due |= self.tap.should_flush();
    }

    pub(super) fn sender_report(
        &mut self,
        source: &Publication,
        ssrc: Ssrc,
        ntp: NtpTime,
        timestamp: u32,
        context: &Context<'_>,
    ) {
        self.tap.sender_report(nanos(context.wall, context.now), source.id.0, ssrc.0, ntp.0, timestamp);
    }

    pub(super) fn source(&mut self, source: &Publication, context: &Context<'_>) {
        self.tap.source(nanos(context.wall, context.now), source);
    }

    pub(super) fn source_gone(&mut self, source: PublicationId, context: &Context<'_>) {
        self.tap.source_gone(nanos(context.wall, context.now), source.0);
    }

    /// Has the shell send what is due.
    pub(super) fn announce(&mut self, context: &mut Context<'_>) {
        if std::mem::take(&mut self.flush_due)
            && let Some(connection) = self.connection
        {
            context.effects.push_back(Output::TapFlush(connection));
        }
    }

    fn stage(&mut self, stage: &Stage, context: &Context<'_>) {
        self.tap.stage(nanos(context.wall, context.now), stage);
    }
}

impl Room {
    /// Begins to record, these cameras always, or goes on for a recorder that takes another's place: it will connect and show
    /// `secret`. Tells the run of the tap, and whose connection is to be closed.
    pub fn start_tap(
        &mut self,
        secret: [u8; 16],
        cameras: Vec<ParticipantId>,
        context: &mut Context<'_>,
    ) -> (u64, Option<LegConnection>) {
        let mut replaced = None;
        if let Some(outlet) = &mut self.tap {
            replaced = outlet.connection.take();
            if !outlet.ending {
                outlet.secret = secret;
                return (outlet.run, replaced);
            }
        }
        let run = u64::from(context.random.draw()) << 32 | u64::from(context.random.draw());
        let mut tap = Tap::new();
        tap.keep(cameras);
        let sources = self.order.iter().map(|&place| &self.publications[place]);
        tap.begin(nanos(context.wall, context.now), &self.stage, sources);
        self.tap = Some(Outlet { tap, run, secret, connection: None, flush_due: false, ending: false });
        self.next_tick.get_or_insert(context.now + super::tick::TICK);
        self.want_recorded_key_frames(None);
        (run, replaced)
    }

    /// Marks this moment in the recording, where a file can then be sought; `false` if there is none.
    pub fn mark_tap(&mut self, mark: &Mark, context: &Context<'_>) -> bool {
        let Some(outlet) = self.tap.as_mut().filter(|outlet| !outlet.ending) else { return false };
        outlet.tap.mark(nanos(context.wall, context.now), mark);
        self.want_recorded_key_frames(None);
        true
    }

    /// Ends the recording: what waits is sent, and that it was all.
    pub fn stop_tap(&mut self, context: &mut Context<'_>) {
        if let Some(outlet) = &mut self.tap {
            outlet.tap.stop(nanos(context.wall, context.now));
            (outlet.flush_due, outlet.ending) = (true, true);
            outlet.announce(context);
        }
        self.tap = self.tap.take().filter(|outlet| outlet.connection.is_some());
    }

    /// A recorder showed its secret.
    pub fn tap_connected(&mut self, connection: LegConnection) {
        if let Some(outlet) = &mut self.tap {
            outlet.connection = Some(connection);
            outlet.flush_due = true;
        }
    }

    /// A recorder's connection ended; the ring keeps what comes.
    pub fn tap_closed(&mut self) {
        if let Some(outlet) = &mut self.tap {
            outlet.connection = None;
        }
        self.tap = self.tap.take().filter(|outlet| !outlet.ending);
    }

    /// Nothing is recorded any more.
    pub fn end_tap(&mut self) -> Option<EndedTap> {
        let Outlet { tap, connection, secret, ending, .. } = self.tap.take()?;
        Some(EndedTap { tap, connection, secret, is_stopped: ending })
    }

    /// The tap, for its recorder.
    pub fn tap_mut(&mut self) -> Option<&mut Tap> {
        self.tap.as_mut().map(|outlet| &mut outlet.tap)
    }

    pub(super) fn record_stage(&mut self, context: &Context<'_>) {
        if let Some(outlet) = &mut self.tap {
            outlet.stage(&self.stage, context);
            self.want_recorded_key_frames(None);
        }
    }

    /// Serves the recorder, and sees to key frames of what is recorded.
    pub(super) fn tick_tap(&mut self, context: &Context<'_>) {
        let Some(outlet) = &mut self.tap else { return };
        outlet.tap.tick();
        outlet.flush_due |= outlet.tap.waiting() > 0;
        if outlet.tap.take_overflow() {
            // Sources and stage may be among what was dropped.
            let sources = self.order.iter().map(|&place| &self.publications[place]);
            outlet.tap.begin(nanos(context.wall, context.now), &self.stage, sources);
            self.want_recorded_key_frames(None);
        }
        self.want_recorded_key_frames(context.now.checked_sub(KEY_FRAME_AGE_MAX));
    }

    /// Asks the recorded pictures for key frames: those without one since `since`, or all.
    pub(super) fn want_recorded_key_frames(&mut self, since: Option<Instant>) {
        let Some(outlet) = &self.tap else { return };
        for at in 0..self.order.len() {
            let Some(layer) = top_layer(&self.publications, self.order[at]) else { continue };
            let publication = &mut self.publications[layer];
            if publication.codec.kind() == MediaKind::Video
                && outlet.tap.takes(publication)
                && since.is_none_or(|since| publication.last_key_frame().is_none_or(|last| last < since))
            {
                publication.want_key_frame(KeyFrameReason::Recording, None);
            }
        }
    }
}

/// Nanoseconds since 1970 UTC.
fn nanos(wall: WallClock, moment: Instant) -> u64 {
    let unix = wall.unix + moment.saturating_duration_since(wall.at);
    u64::try_from(unix.as_nanos()).unwrap_or(u64::MAX)
}
