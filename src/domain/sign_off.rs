//! A sign-off (审签): nothing leaves the house before one leader has signed for it (一支笔审签).
//!
//! Somebody asks for a recording or a part of it to be handed out: for whom, what for, for how many days. Whoever holds the pen
//! ([`pen`](super::pen)) grants or refuses, never their own request; what was granted ends by itself, or is recalled at once. A decision is never changed, only followed: the
//! row tells months later who asked, who signed and when.

use super::line::{self, LineFault};
use crate::id::{AccountId, OrgUnitId, RecordingId, SignOffId};
use std::time::{Duration, SystemTime};

/// Most characters of a purpose or a reason.
pub const TEXT_CHARS_MAX: usize = 200;

/// Most characters of who receives it.
pub const RECIPIENT_CHARS_MAX: usize = 64;

/// A release lasts at most this many days; for longer it is asked for again.
pub const DAYS_MAX: u16 = 90;

/// A part is at least this long, milliseconds: it begins with a picture that stands by itself, and those come every few seconds.
pub const PART_MS_MIN: u64 = 10_000;

/// A part of a recording, milliseconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub from_ms: u64,
    /// Where it ends.
    pub to_ms: u64,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which part of it; `None` is the whole.
    pub part: Option<Part>,
    /// What it is needed for.
    pub purpose: String,
    /// Who receives it.
    pub recipient: String,
    /// How many days it may be fetched, from the signature on.
    pub days: u16,
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// The purpose.
    Purpose(LineFault),
    /// The recipient.
    Recipient(LineFault),
    /// Not 1 to [`DAYS_MAX`] days.
    Days,
    /// The part is shorter than [`PART_MS_MIN`], or goes beyond the recording's end.
    Part,
}

impl Request {
    /// The request as it may be stored, or all that is wrong with it. `length_ms` is the recording's, as far as it is known.
    pub fn checked(self, length_ms: Option<u64>) -> Result<Self, Vec<Mistake>> {
        let purpose = line::checked(&self.purpose, TEXT_CHARS_MAX).map_err(Mistake::Purpose);
        let recipient = line::checked(&self.recipient, RECIPIENT_CHARS_MAX).map_err(Mistake::Recipient);
        let days = if (1..=DAYS_MAX).contains(&self.days) { Ok(self.days) } else { Err(Mistake::Days) };
        let fits = |part: Part| {
            let long = part.to_ms.checked_sub(part.from_ms).is_some_and(|long| long >= PART_MS_MIN);
            long && length_ms.is_some_and(|length_ms| part.to_ms <= length_ms)
        };
        let part = if self.part.is_none_or(fits) { Ok(self.part) } else { Err(Mistake::Part) };
        match (part, purpose, recipient, days) {
            (Ok(part), Ok(purpose), Ok(recipient), Ok(days)) => Ok(Self { part, purpose, recipient, days }),
            (part, purpose, recipient, days) => {
                Err([purpose.err(), recipient.err(), days.err(), part.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// A request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// Random; never changes.
    pub id: SignOffId,
    /// What is to be handed out.
    pub recording: RecordingId,
    /// Who asked.
    pub asked_by: AccountId,
    /// When.
    pub asked: SystemTime,
    /// The unit whose approver signs, as it was when it was asked for; `None` is the county's own
    /// ([`PenOf`](super::pen::PenOf)). It stays so: who asks chooses nobody's signature afterwards.
    pub unit: Option<OrgUnitId>,
    /// For whom, what for, how long.
    pub request: Request,
    /// What was decided; `None` while it waits.
    pub decision: Option<Decision>,
    /// A recall of what was granted.
    pub recall: Option<Signature>,
}

/// Somebody's word, with the day and what they wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Who.
    pub by: AccountId,
    /// The approver they deputised for, if it was not their own pen.
    pub deputising: Option<AccountId>,
    /// When.
    pub at: SystemTime,
    /// What they wrote; may be empty where a signature says it all.
    pub text: String,
}

/// Whoever holds the pen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Who signs.
    pub by: AccountId,
    /// The approver they deputise for, if it is not their own pen.
    pub deputising: Option<AccountId>,
}

impl Signer {
    pub(super) fn signs(self, at: SystemTime, text: String) -> Signature {
        Signature { by: self.by, deputising: self.deputising, at, text }
    }
}

/// What an approver decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may be fetched for as long as was asked.
    Granted(Signature),
    /// It may not.
    Refused(Signature),
}

/// How a sign-off is at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has decided yet.
    Waiting,
    /// It may be fetched until then.
    Open {
        /// The end.
        until: SystemTime,
    },
    /// It was refused.
    Refused,
    /// It was granted and taken back.
    Recalled,
    /// Its days are over.
    Over,
}

/// Why a decision can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignFault {
    /// It was decided already.
    #[error("it was decided already")]
    Decided,
    /// There is nothing to take back.
    #[error("it is not open")]
    NotOpen,
    /// A refusal or a recall needs a reason.
    #[error("the text is not valid: {0}")]
    Text(LineFault),
}

impl SignOff {
    /// How it is now.
    #[must_use]
    pub fn standing(&self, now: SystemTime) -> Standing {
        match (&self.decision, &self.recall) {
            (None, _) => Standing::Waiting,
            (Some(Decision::Refused(_)), _) => Standing::Refused,
            (Some(Decision::Granted(_)), Some(_)) => Standing::Recalled,
            (Some(Decision::Granted(signed)), None) => {
                let until = signed.at + Duration::from_secs(86_400 * u64::from(self.request.days));
                if now < until { Standing::Open { until } } else { Standing::Over }
            }
        }
    }

    /// Whether it waits or is open.
    #[must_use]
    pub fn lives(&self, now: SystemTime) -> bool {
        matches!(self.standing(now), Standing::Waiting | Standing::Open { .. })
    }

    /// Grants it; a word beside the signature may be empty.
    pub fn grant(self, by: Signer, text: &str, now: SystemTime) -> Result<Self, SignFault> {
        if self.decision.is_some() {
            return Err(SignFault::Decided);
        }
        let text = if text.trim().is_empty() { String::new() } else { reason(text)? };
        Ok(Self { decision: Some(Decision::Granted(by.signs(now, text))), ..self })
    }

    /// Refuses it, for a reason.
    pub fn refuse(self, by: Signer, text: &str, now: SystemTime) -> Result<Self, SignFault> {
        if self.decision.is_some() {
            return Err(SignFault::Decided);
        }
        Ok(Self { decision: Some(Decision::Refused(by.signs(now, reason(text)?))), ..self })
    }

    /// Takes back what was granted, for a reason: from now on nobody fetches it.
    pub fn recall(self, by: Signer, text: &str, now: SystemTime) -> Result<Self, SignFault> {
        if !matches!(self.standing(now), Standing::Open { .. }) {
            return Err(SignFault::NotOpen);
        }
        Ok(Self { recall: Some(by.signs(now, reason(text)?)), ..self })
    }
}

/// Why somebody says no, or what they write to their signature, if it may be stored.
pub(super) fn reason(text: &str) -> Result<String, SignFault> {
    line::checked(text, TEXT_CHARS_MAX).map_err(SignFault::Text)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    const DAY: Duration = Duration::from_secs(86_400);

    fn day(count: u32) -> SystemTime {
        UNIX_EPOCH + DAY * (20_000 + count)
    }

    fn id<I: std::str::FromStr>(text: &str) -> I {
        text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
    }

    fn zhang() -> Signer {
        Signer { by: id("zhang"), deputising: None }
    }

    pub(crate) fn asked() -> SignOff {
        let request = Request { part: None, purpose: "县志编纂".into(), recipient: "县档案馆".into(), days: 7 };
        let (id, recording, asked_by) = (id("s1"), id("r1"), id("wang"));
        SignOff { id, recording, asked_by, asked: day(0), unit: None, request, decision: None, recall: None }
    }

    #[test]
    fn what_is_granted_is_open_for_its_days_alone() {
        assert_eq!(asked().standing(day(1)), Standing::Waiting);
        let granted = asked().grant(zhang(), " ", day(1)).expect("waits");
        assert_eq!(granted.standing(day(1)), Standing::Open { until: day(8) });
        assert_eq!(granted.standing(day(8) - Duration::from_millis(1)), Standing::Open { until: day(8) });
        assert_eq!(granted.standing(day(8)), Standing::Over);
        assert_eq!(granted.clone().grant(zhang(), "", day(2)), Err(SignFault::Decided));
        assert_eq!(granted.clone().refuse(zhang(), "不同意", day(2)), Err(SignFault::Decided));
        let recalled = granted.clone().recall(zhang(), "内容有误", day(2)).expect("is open");
        assert_eq!(recalled.standing(day(2)), Standing::Recalled);
        assert_eq!(recalled.recall(zhang(), "再次", day(3)), Err(SignFault::NotOpen));
        assert_eq!(granted.recall(zhang(), "过期", day(9)), Err(SignFault::NotOpen));
    }

    #[test]
    fn a_refusal_says_why_and_is_the_last_word() {
        assert_eq!(asked().refuse(zhang(), "  ", day(1)), Err(SignFault::Text(LineFault::Empty)));
        let refused = asked().refuse(zhang(), "不宜外传", day(1)).expect("waits");
        assert_eq!(refused.standing(day(30)), Standing::Refused);
        assert_eq!(refused.clone().grant(zhang(), "", day(2)), Err(SignFault::Decided));
        assert_eq!(refused.recall(zhang(), "x", day(2)), Err(SignFault::NotOpen));
    }

    #[test]
    fn a_request_is_told_all_that_is_wrong_with_it() {
        let request = |purpose: &str, recipient: &str, days| {
            Request { part: None, purpose: purpose.into(), recipient: recipient.into(), days }.checked(None)
        };
        assert!(request(" 县志编纂 ", "县档案馆", 1).is_ok_and(|request| request.purpose == "县志编纂"));
        assert!(request("县志编纂", "县档案馆", DAYS_MAX).is_ok());
        let wrong = request("", &"长".repeat(65), 0).expect_err("all of it is wrong");
        let expect = [Mistake::Purpose(LineFault::Empty), Mistake::Recipient(LineFault::TooLong(64)), Mistake::Days];
        assert_eq!(wrong, expect);
        assert_eq!(request("a\u{202e}b", "c", 91), Err(vec![Mistake::Purpose(LineFault::Control), Mistake::Days]));
    }

    #[test]
    fn a_part_is_long_enough_and_within_the_recording() {
        for (from_ms, to_ms, length_ms, fits) in [
            (0, 10_000, Some(60_000), true),
            (50_000, 60_000, Some(60_000), true),
            (50_000, 60_001, Some(60_000), false),
            (50_000, 59_999, Some(60_000), false),
            (60_000, 50_000, Some(60_000), false),
            (0, 10_000, None, false),
        ] {
            let request = Request { part: Some(Part { from_ms, to_ms }), ..asked().request };
            let expect = if fits { Ok(request.clone()) } else { Err(vec![Mistake::Part]) };
            assert_eq!(request.checked(length_ms), expect, "{from_ms} to {to_ms} of {length_ms:?}");
        }
    }
}
