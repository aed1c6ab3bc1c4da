//! An arrangement's sign-off (会议安排审签): where a unit's rule asks for it, what a meeting is to be is signed for before it opens by
//! itself.
//!
//! Whoever plans asks; whoever holds the unit's pen ([`pen`](super::pen)) signs or refuses, never their own request, with the same
//! [`Signature`](super::sign_off::Signature) as for a recording. What was signed is kept with it as text, and as a fingerprint of what it was made of: a later
//! change of that leaves the signature standing for what it was given for, and the meeting without one.

use super::{
    hex,
    line::{self, LineFault},
    meeting::Meeting,
    org_unit::OrgUnit,
    sign_off::{Decision, SignFault, Signer, TEXT_CHARS_MAX, reason},
};
use crate::id::{AccountId, MeetingId, OrgUnitId, SignOffId};
use sm3::{Digest as _, Sm3};
use std::time::{SystemTime, UNIX_EPOCH};

/// A request for a signature, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrangementSignOff {
    /// Random; never changes.
    pub id: SignOffId,
    /// Whose arrangement.
    pub meeting: MeetingId,
    /// Who asked.
    pub asked_by: AccountId,
    /// When.
    pub asked: SystemTime,
    /// The unit whose approver signs, as it was when it was asked for; `None` is the county's own
    /// ([`PenOf`](super::pen::PenOf)).
    pub unit: Option<OrgUnitId>,
    /// What whoever asked says to it; may be empty.
    pub remark: String,
    /// What is signed for.
    pub arranged: Arranged,
    /// What was decided; `None` while it waits.
    pub decision: Option<Decision>,
}

/// An arrangement at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arranged {
    /// As people read it, a line each; names as they were then.
    pub text: String,
    /// Of what it was made of ([`fingerprint`]).
    pub fingerprint: String,
}

/// Whether a meeting may open by itself, as far as a signature is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clearance {
    /// Its unit asks for no signature.
    NotNeeded,
    /// Nobody asked for one, or it was changed since.
    Unsigned,
    /// It was asked for.
    Waiting,
    /// It was refused.
    Refused,
    /// It is signed.
    Signed,
}

impl Clearance {
    /// Whether nothing is missing.
    #[must_use]
    pub const fn is_cleared(self) -> bool {
        matches!(self, Self::NotNeeded | Self::Signed)
    }

    /// How a meeting stands. `latest` is the last request of it, if any; what is asked for another arrangement than it has now counts
    /// for nothing.
    #[must_use]
    pub fn of(needed: bool, meeting: &Meeting, latest: Option<&ArrangementSignOff>) -> Self {
        if !needed {
            return Self::NotNeeded;
        }
        let same = latest.filter(|latest| latest.arranged.fingerprint == fingerprint(meeting));
        match same.map(|latest| &latest.decision) {
            None => Self::Unsigned,
            Some(None) => Self::Waiting,
            Some(Some(Decision::Granted(_))) => Self::Signed,
            Some(Some(Decision::Refused(_))) => Self::Refused,
        }
    }
}

/// Whether what this unit holds needs a signature: by its own rule, and by that of the server's own unit where no unit is known.
#[must_use]
pub fn is_needed(unit: Option<&OrgUnitId>, units: &[OrgUnit]) -> bool {
    let holds = |known: &&OrgUnit| unit.map_or(known.own, |unit| known.id == *unit);
    units.iter().find(holds).is_some_and(|holds| holds.signs_arrangements)
}

/// SM3 over what a signature is given for: title, times, venues, line and leaders. Who operates changes by the day and is not part
/// of it.
#[must_use]
pub fn fingerprint(meeting: &Meeting) -> String {
    let ms = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
    let mut digest = Sm3::new();
    // Each part with its length, so that no two arrangements read alike.
    let mut add = |part: &str| {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    };
    add(&meeting.title);
    add(&ms(meeting.starts));
    add(&ms(meeting.ends));
    add(&meeting.venues.len().to_string());
    meeting.venues.iter().for_each(|venue| add(venue.as_str()));
    add(meeting.arrangement.line.as_ref().map_or("", |line| line.as_str()));
    meeting.arrangement.leaders.iter().for_each(|leader| add(leader.as_str()));
    hex::encode(&digest.finalize())
}

/// What whoever asks says, if it may be stored.
pub fn checked_remark(text: &str) -> Result<String, LineFault> {
    if text.trim().is_empty() { Ok(String::new()) } else { line::checked(text, TEXT_CHARS_MAX) }
}

/// Why an arrangement is not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It was changed since it was asked for.
    #[error("the arrangement was changed")]
    Changed,
    /// It can't be decided so.
    #[error("it cannot be decided so")]
    Sign(#[source] SignFault),
}

impl ArrangementSignOff {
    /// Signs it, if the meeting is still what was asked for; a word beside the signature may be empty.
    pub fn grant(self, meeting: &Meeting, by: Signer, text: &str, now: SystemTime) -> Result<Self, Fault> {
        self.expect_open()?;
        if self.arranged.fingerprint != fingerprint(meeting) {
            return Err(Fault::Changed);
        }
        let text = if text.trim().is_empty() { Ok(String::new()) } else { reason(text) };
        let text = text.map_err(Fault::Sign)?;
        Ok(Self { decision: Some(Decision::Granted(by.signs(now, text))), ..self })
    }

    /// Refuses it, for a reason.
    pub fn refuse(self, by: Signer, text: &str, now: SystemTime) -> Result<Self, Fault> {
        self.expect_open()?;
        let text = reason(text).map_err(Fault::Sign)?;
        Ok(Self { decision: Some(Decision::Refused(by.signs(now, text))), ..self })
    }

    fn expect_open(&self) -> Result<(), Fault> {
        if self.decision.is_some() { Err(Fault::Sign(SignFault::Decided)) } else { Ok(()) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::{
        meeting::{Arrangement, Kind, PictureCodec, Plan},
        opening::Opening,
    };
    use std::time::Duration;

    fn id<I: std::str::FromStr>(text: &str) -> I {
        text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
    }

    fn plan() -> Plan {
        Plan {
            title: "全县防汛会".to_owned(),
            starts: UNIX_EPOCH,
            ends: UNIX_EPOCH + Duration::from_secs(3600),
            kind: Kind::Own,
            codec: PictureCodec::default(),
            venues: vec![id("county"), id("hall")],
            arrangement: Arrangement { line: Some(id("province")), operator: None, leaders: vec![id("zhang")] },
            opening: Opening::default(),
        }
    }

    fn meeting(plan: Plan) -> Meeting {
        Meeting::planned(id("m"), plan)
    }

    pub(crate) fn asked() -> ArrangementSignOff {
        ArrangementSignOff {
            id: id("s1"),
            meeting: id("m"),
            asked_by: id("wang"),
            asked: UNIX_EPOCH,
            unit: None,
            remark: "请审".to_owned(),
            arranged: Arranged {
                text: "会议：全县防汛会".to_owned(), fingerprint: fingerprint(&meeting(plan()))
            },
            decision: None,
        }
    }

    fn signer() -> Signer {
        Signer { by: id("zhao"), deputising: None }
    }

    #[test]
    fn what_is_signed_for_is_title_times_venues_line_and_leaders() {
        let arrangement = |line: Option<&str>, operator: Option<&str>, leaders: &[&str]| Arrangement {
            line: line.map(id),
            operator: operator.map(id),
            leaders: leaders.iter().map(|leader| id(leader)).collect(),
        };
        let with = |arrangement| Plan { arrangement, ..plan() };
        let cases = [
            (plan(), true),
            (Plan { title: "全县防汛会议".to_owned(), ..plan() }, false),
            (Plan { starts: UNIX_EPOCH + Duration::from_secs(60), ..plan() }, false),
            (Plan { ends: UNIX_EPOCH + Duration::from_secs(60), ..plan() }, false),
            (Plan { venues: vec![id("county")], ..plan() }, false),
            (Plan { codec: PictureCodec::Vp8, ..plan() }, true),
            (with(arrangement(None, None, &["zhang"])), false),
            (with(arrangement(Some("province"), Some("li"), &["zhang"])), true),
            (with(arrangement(Some("province"), None, &[])), false),
            (with(arrangement(Some("province"), None, &["zhang", "li"])), false),
        ];
        for (changed, same) in cases {
            let told = format!("{changed:?}");
            assert_eq!(fingerprint(&meeting(changed)) == asked().arranged.fingerprint, same, "{told}");
        }
    }

    #[test]
    fn a_meeting_stands_by_the_last_request_for_what_it_is_now() {
        let now = meeting(plan());
        let moved = meeting(Plan { ends: UNIX_EPOCH + Duration::from_secs(60), ..plan() });
        let signed = asked().grant(&now, signer(), "", UNIX_EPOCH).expect("signed");
        let refused = asked().refuse(signer(), "与县委会议冲突", UNIX_EPOCH).expect("refused");
        let cases = [
            (false, &now, None, Clearance::NotNeeded),
            (false, &now, Some(&refused), Clearance::NotNeeded),
            (true, &now, None, Clearance::Unsigned),
            (true, &now, Some(&asked()), Clearance::Waiting),
            (true, &now, Some(&signed), Clearance::Signed),
            (true, &now, Some(&refused), Clearance::Refused),
            (true, &moved, Some(&asked()), Clearance::Unsigned),
            (true, &moved, Some(&signed), Clearance::Unsigned),
            (true, &moved, Some(&refused), Clearance::Unsigned),
        ];
        for (needed, meeting, latest, expect) in cases {
            let stands = Clearance::of(needed, meeting, latest);
            assert_eq!(stands, expect, "{needed} {latest:?}");
            assert_eq!(stands.is_cleared(), matches!(expect, Clearance::NotNeeded | Clearance::Signed));
        }
    }

    #[test]
    fn it_is_decided_once_and_as_it_was_asked_for() {
        let now = meeting(plan());
        let moved = meeting(Plan { title: "改题".to_owned(), ..plan() });
        let at = UNIX_EPOCH;
        assert_eq!(asked().grant(&moved, signer(), "", at), Err(Fault::Changed));
        assert!(asked().refuse(signer(), "题目不妥", at).is_ok(), "what was changed can be refused still");
        let empty = Err(Fault::Sign(SignFault::Text(LineFault::Empty)));
        assert_eq!(asked().refuse(signer(), " ", at), empty);
        for decided in [asked().grant(&now, signer(), "同意", at), asked().refuse(signer(), "不妥", at)] {
            let decided = decided.expect("decided");
            let again = Err(Fault::Sign(SignFault::Decided));
            assert_eq!(decided.clone().grant(&now, signer(), "", at), again);
            assert_eq!(decided.refuse(signer(), "不妥", at), again);
        }
    }

    #[test]
    fn the_rule_is_that_of_whoever_holds_it_or_of_the_servers_own_unit() {
        let unit = |name: &str, own: bool, signs_arrangements: bool| OrgUnit {
            id: id(name),
            name: name.to_owned(),
            rank: 0,
            own,
            signs_arrangements,
            liaisons: Vec::new(),
            closed: None,
        };
        let units = [unit("water", false, true), unit("office", true, false), unit("school", false, false)];
        let own_signs = [unit("water", false, false), unit("office", true, true)];
        let cases: [(Option<&str>, &[OrgUnit], bool); 8] = [
            (Some("water"), &units, true),
            (Some("office"), &units, false),
            (Some("school"), &units, false),
            (Some("gone"), &units, false),
            (None, &units, false),
            (None, &own_signs, true),
            (Some("water"), &own_signs, false),
            (None, &[], false),
        ];
        for (unit, units, needed) in cases {
            assert_eq!(is_needed(unit.map(id).as_ref(), units), needed, "{unit:?}");
        }
    }
}
