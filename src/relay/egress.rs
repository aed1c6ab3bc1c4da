//! One viewer's way out: what it bears, as far as anybody knows, and what waits to be sent on it.

use super::{
    arrivals::ArrivalReport,
    estimate::{Carried, Estimator, SendTimes},
    pacer::Pacer,
};
use crate::quantity::Bitrate;
use std::time::{Duration, Instant};

/// A viewer that only states a maximum is paced this much faster, since its statement follows what it gets.
const STATED_PACE: u64 = 2;

/// What a viewer states follows what it gets: pictures go to it for so long before its statement counts.
const TRIED_FOR: Duration = Duration::from_secs(3);

/// What waits for a viewer of whose way nothing is known leaves this fast: history at a join, which nothing else would hold back.
const UNKNOWN_PACE: Bitrate = Bitrate::kbps(10_000);

/// Shares of packets lost from which on what is sent again goes twice, and thrice.
const LOSSY: (f64, f64) = (0.01, 0.025);

/// One viewer's way.
#[derive(Debug)]
pub struct Egress {
    /// What is known of the way, if the viewer reports arrivals.
    estimator: Option<Box<Estimator>>,
    /// Whether a viewer without such reports was asked to state a maximum (REMB).
    states: bool,
    /// The maximum it has stated, and until when that doesn't count.
    stated: Option<Bitrate>,
    tried_until: Instant,
    /// Whether a slot is being sent whose retransmissions can carry a probe.
    can_probe: bool,
    /// Whether the worker has the time for it.
    may_probe: bool,
    /// What waits.
    pub pacer: Pacer,
}

impl Egress {
    /// A way of which nothing is known. What was negotiated tells how more will be: by transport-wide numbers (`numbered`), or
    /// by maxima that the viewer states (`states`). Of one that was asked for neither nothing is ever held back.
    #[must_use]
    pub fn new(now: Instant, numbered: bool, states: bool) -> Self {
        Self {
            estimator: numbered.then(|| Box::new(Estimator::new(now))),
            states: states && !numbered,
            stated: None,
            tried_until: now + TRIED_FOR,
            can_probe: false,
            may_probe: true,
            pacer: Pacer::new(now),
        }
    }

    /// What the way bears; `None` while that isn't known.
    #[must_use]
    pub fn bearable(&self, now: Instant) -> Option<Bitrate> {
        match &self.estimator {
            Some(estimator) => estimator.is_settled(now).then(|| estimator.bearable()),
            None => self.stated(now),
        }
    }

    /// Whether what is known only follows what is sent, because the viewer states no more than a maximum, or nothing can probe.
    #[must_use]
    pub fn only_follows(&self) -> bool {
        self.estimator.is_none() || !self.can_probe
    }

    /// Whether what it bears is measured.
    #[must_use]
    pub fn measures(&self) -> bool {
        self.estimator.is_some()
    }

    /// How fast pictures may leave; `None` if nothing holds them back.
    #[must_use]
    pub fn pace(&self, now: Instant) -> Option<Bitrate> {
        match self.answered(now) {
            Some(estimator) => Some(estimator.pace(now)),
            None => self.stated_pace(now).or_else(|| (!self.pacer.is_empty()).then_some(UNKNOWN_PACE)),
        }
    }

    /// How fast history would leave; `None` while the way is still being found out, when everything is tried.
    #[must_use]
    pub fn replay_pace(&self, now: Instant) -> Option<Bitrate> {
        match self.answered(now) {
            Some(estimator) => estimator.is_settled(now).then(|| estimator.pace(now)),
            None => Some(self.stated_pace(now).unwrap_or(UNKNOWN_PACE)),
        }
    }

    /// The estimate, unless it waits for a viewer that never reports.
    fn answered(&self, now: Instant) -> Option<&Estimator> {
        self.estimator.as_deref().filter(|estimator| !estimator.is_unanswered(now))
    }

    /// Whether all that is known is a maximum that the viewer has stated.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        self.estimator.is_none() && self.stated.is_some()
    }

    /// Pictures go to the viewer whatever it has stated, to see what it states then.
    pub fn try_out(&mut self, now: Instant) {
        self.tried_until = now + TRIED_FOR;
    }

    /// What it has stated counts again.
    pub fn end_try(&mut self, now: Instant) {
        self.tried_until = self.tried_until.min(now);
    }

    fn stated(&self, now: Instant) -> Option<Bitrate> {
        self.stated.filter(|_| now >= self.tried_until)
    }

    fn stated_pace(&self, now: Instant) -> Option<Bitrate> {
        self.stated.map(|stated| match now < self.tried_until {
            true => UNKNOWN_PACE,
            false => Bitrate::bps(stated.as_bps().saturating_mul(STATED_PACE)),
        })
    }

    /// The estimate as it stands, for figures.
    #[must_use]
    pub fn estimate(&self) -> Option<Bitrate> {
        self.estimator.as_ref().map(|estimator| estimator.bearable()).or(self.stated)
    }

    /// Time packets wait in queues on the way.
    #[must_use]
    pub fn queueing(&self) -> Option<Duration> {
        self.estimator.as_ref().map(|estimator| estimator.queueing())
    }

    /// How many times a repair goes at once: several if reports of arrivals have shown so much loss that waiting for requests is too
    /// slow, since a browser that only looks notices the loss of a frame's end when the next frame comes, and asks again no sooner
    /// than 100 ms later; and if the way bears twice what is sent on it.
    #[must_use]
    pub fn repairs(&self, now: Instant, sent: Bitrate) -> u8 {
        let times = match self.estimator.as_ref().map_or(0.0, |estimator| estimator.loss()) {
            loss if loss >= LOSSY.1 => 3,
            loss if loss >= LOSSY.0 => 2,
            _ => return 1,
        };
        let bears = self.bearable(now).is_some_and(|bearable| bearable.as_bps() >= 2 * sent.as_bps());
        if bears { times } else { 1 }
    }

    /// Round-trip time that reports of arrivals have shown.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.estimator.as_ref().and_then(|estimator| estimator.round_trip())
    }

    /// The transport-wide number of the next packet; zero if there are none.
    #[must_use]
    pub fn next_number(&self) -> u16 {
        self.estimator.as_ref().map_or(0, |estimator| estimator.next_number())
    }

    /// A packet with [`next_number`](Self::next_number) goes with the send being gathered. `carried` says which it is, if it can be
    /// sent again.
    pub fn sent(&mut self, now: Instant, times: &SendTimes, bytes: usize, carried: Option<Carried>) {
        if let Some(estimator) = &mut self.estimator {
            estimator.sent(now, times, bytes, carried);
        }
        self.spend(now, bytes);
    }

    /// A packet without such a number goes: its line has none, so that nobody reports it.
    pub fn sent_unnumbered(&mut self, now: Instant, bytes: usize) {
        self.spend(now, bytes);
    }

    /// What nobody paces is no debt: history that waits later would wait for all of it to be paid.
    fn spend(&mut self, now: Instant, bytes: usize) {
        if self.answered(now).is_some() || self.stated.is_some() || !self.pacer.is_empty() {
            self.pacer.spend(bytes);
        }
    }

    /// A slot is being sent whose retransmissions can carry a probe.
    pub fn allow_probes(&mut self) {
        self.can_probe = true;
    }

    /// Bytes of probing that should be sent now.
    pub fn probe_due(&mut self, now: Instant) -> usize {
        self.estimator
            .as_mut()
            .filter(|_| self.can_probe && self.may_probe)
            .map_or(0, |estimator| estimator.probe_due(now))
    }

    /// Whether a probe waits to be sent, or is being sent.
    #[must_use]
    pub fn probes(&self, now: Instant) -> bool {
        self.can_probe && self.may_probe && self.estimator.as_ref().is_some_and(|estimator| estimator.probes(now))
    }

    /// The viewer has reported what arrived. What did not, and can be sent again, is given to `lost`.
    pub fn heard(&mut self, now: Instant, times: &SendTimes, report: &ArrivalReport, lost: impl FnMut(Carried)) {
        if let Some(estimator) = &mut self.estimator {
            estimator.heard(now, times, report, lost);
        }
    }

    /// The viewer has stated a maximum. Chromium does so whenever packets carry their send times, also where the answer left
    /// `goog-remb` out; what nobody asked for counts for nothing.
    pub fn state(&mut self, most: Bitrate) {
        if self.states {
            self.stated = Some(most);
        }
    }

    /// What the viewer's slots would take if everything were granted, and whether the worker has the time to probe for it; then
    /// does what time asks for.
    pub fn tick(&mut self, now: Instant, wanted: Bitrate, may_probe: bool) {
        self.may_probe = may_probe;
        if let Some(estimator) = &mut self.estimator {
            estimator.want(wanted);
            estimator.tick(now);
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's virtual time starts somewhere")]
mod tests {
    use super::*;

    #[test]
    fn a_packet_without_a_number_takes_none_and_is_not_missed() {
        let now = Instant::now();
        let times = SendTimes::new(now);
        let mut egress = Egress::new(now, true, false);
        let first = egress.next_number();
        egress.sent_unnumbered(now, 100);
        assert_eq!(egress.next_number(), first);
        egress.sent(now, &times, 100, None);
        assert_eq!(egress.next_number(), first.wrapping_add(1));
    }

    #[test]
    fn a_viewer_that_never_reports_is_paced_as_one_that_was_not_asked() {
        let now = Instant::now();
        let times = SendTimes::new(now);
        let mut egress = Egress::new(now, true, false);
        egress.sent(now, &times, 40_000, None);
        assert!(egress.pace(now).is_some_and(|pace| pace < UNKNOWN_PACE));
        let later = now + Duration::from_secs(4);
        assert_eq!(egress.pace(later), None);
        assert_eq!(egress.replay_pace(later), Some(UNKNOWN_PACE));
        // What nobody paces is no debt.
        egress.sent(later, &times, 10_000_000, None);
        egress.pacer.refill(later, UNKNOWN_PACE);
        assert!(egress.pacer.may_send());
    }

    #[test]
    fn what_was_lost_before_the_first_packet_that_came_is_known_to_be_lost() {
        let now = Instant::now();
        let mut times = SendTimes::new(now);
        let report = |count| ArrivalReport { base: 2, count, reference: 0, packets: vec![Some(0), None, Some(8)] };
        for (count, expect) in [(0, vec![0, 1, 3]), (1, vec![3])] {
            let mut egress = Egress::new(now, true, false);
            for seq in 0..5 {
                egress.sent(now, &times, 1000, Some(Carried { slot: 0, seq, again: false }));
                times.left(now);
            }
            let mut lost = Vec::new();
            egress.heard(now + Duration::from_millis(50), &times, &report(count), |carried| lost.push(carried.seq));
            assert_eq!(lost, expect, "report {count}");
            egress.heard(now + Duration::from_millis(90), &times, &report(0), |carried| lost.push(carried.seq));
            assert_eq!(lost, expect, "and once");
        }
    }

    #[test]
    fn what_a_viewer_states_counts_once_pictures_have_gone_to_it_for_a_while() {
        let now = Instant::now();
        let mut egress = Egress::new(now, false, true);
        egress.state(Bitrate::kbps(300));
        assert_eq!(egress.bearable(now), None);
        let later = now + TRIED_FOR;
        assert_eq!(egress.bearable(later), Some(Bitrate::kbps(300)));
        egress.try_out(later);
        assert_eq!((egress.bearable(later), egress.is_stated()), (None, true));
        let mut unasked = Egress::new(now, false, false);
        unasked.state(Bitrate::kbps(300));
        assert_eq!((unasked.bearable(later), unasked.is_stated()), (None, false));
    }
}
