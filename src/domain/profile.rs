//! A profile (会议模板): what meetings of one sort have in common, kept under a name and chosen when one is planned.
//!
//! What is planned with a profile takes its values and keeps them: a profile that is changed or removed later changes no
//! meeting. [`Draft::check`] finds everything that is wrong with what somebody typed, by field.

use super::{
    line::{self, LineFault},
    meeting::{DURATION_MAX, Kind, Known, PictureCodec},
    opening::{self, Opening},
};
use crate::id::{LegId, OrgUnitId, ProfileId, VenueId};
use std::time::Duration;

/// Most characters of a profile's name: it stands in a list to choose from.
pub const NAME_CHARS_MAX: usize = 40;

/// Most profiles: more are not found again in a list.
pub const PROFILES_MAX: usize = 100;

/// Shortest usual length of a meeting.
pub const LENGTH_MIN: Duration = Duration::from_secs(15 * 60);

/// What meetings of one sort have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Which.
    pub id: ProfileId,
    /// What it is made of.
    pub draft: Draft,
}

/// A profile as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name, 1 to [`NAME_CHARS_MAX`] characters, unlike any other's.
    pub name: String,
    /// What kind of meeting.
    pub kind: Kind,
    /// The line its programme comes from.
    pub line: Option<LegId>,
    /// The one picture codec.
    pub codec: PictureCodec,
    /// The venues that take part.
    pub venues: Vec<VenueId>,
    /// The units that are invited (参会单位).
    pub units: Vec<OrgUnitId>,
    /// How long such a meeting usually is, [`LENGTH_MIN`] to [`DURATION_MAX`].
    pub length: Duration,
    /// How such a meeting opens.
    pub opening: Opening,
}

/// One thing that is wrong with a [`Draft`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The name is no line.
    #[error("the name is not valid: {0}")]
    Name(LineFault),
    /// Another profile has the name.
    #[error("another profile has this name")]
    NameTaken,
    /// There is no such line.
    #[error("there is no line {0}")]
    Line(LegId),
    /// There is no such venue.
    #[error("there is no venue {0}")]
    Venue(VenueId),
    /// There is no such unit, or it is closed.
    #[error("there is no unit {0} to invite")]
    Unit(OrgUnitId),
    /// No meeting is so long.
    #[error("the usual length is not between a quarter of an hour and a day")]
    Length,
    /// It can't open so.
    #[error("it can't open so: {0}")]
    Opening(opening::Mistake),
}

impl Draft {
    /// The draft with its name and banner trimmed, each venue and each unit once, in the order of `known`; or all that is wrong
    /// with it.
    /// `taken` are the names of all other profiles.
    pub fn check(self, known: &Known, taken: &[String]) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let name = match line::checked(&self.name, NAME_CHARS_MAX) {
            Ok(name) if taken.contains(&name) => {
                mistakes.push(Mistake::NameTaken);
                name
            }
            Ok(name) => name,
            Err(fault) => {
                mistakes.push(Mistake::Name(fault));
                String::new()
            }
        };
        mistakes.extend(self.line.iter().filter(|line| !known.lines.contains(line)).cloned().map(Mistake::Line));
        mistakes.extend(self.venues.iter().filter(|venue| !known.venues.contains(venue)).cloned().map(Mistake::Venue));
        mistakes.extend(self.units.iter().filter(|unit| !known.units.contains(unit)).cloned().map(Mistake::Unit));
        if !(LENGTH_MIN..=DURATION_MAX).contains(&self.length) {
            mistakes.push(Mistake::Length);
        }
        let venues = known.venues.iter().filter(|venue| self.venues.contains(venue)).cloned().collect();
        let units = known.units.iter().filter(|unit| self.units.contains(unit)).cloned().collect();
        let opening = self.opening.checked(self.kind).unwrap_or_else(|wrong| {
            mistakes.extend(wrong.into_iter().map(Mistake::Opening));
            Opening::default()
        });
        if mistakes.is_empty() { Ok(Self { name, venues, units, opening, ..self }) } else { Err(mistakes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::opening::{BEFORE_MAX, Microphones};

    fn id<I: std::str::FromStr>(text: &str) -> I {
        text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
    }

    fn draft() -> Draft {
        Draft {
            name: " 省防汛视频会 ".to_owned(),
            kind: Kind::Upper,
            line: Some(id("province")),
            codec: PictureCodec::H264,
            venues: vec![id("town"), id("hall"), id("town")],
            units: vec![id("water"), id("office"), id("water")],
            length: Duration::from_secs(7200),
            opening: Opening::of(Kind::Upper),
        }
    }

    #[test]
    fn a_profile_is_checked_field_by_field() {
        let (venues, units) = (vec![id("hall"), id("town")], vec![id("office"), id("water")]);
        let known = Known { venues, units, lines: vec![id("province")], ..Known::default() };
        let taken = ["月度调度会".to_owned()];
        let checked = draft().check(&known, &taken).expect("nothing is wrong");
        assert_eq!((checked.name.as_str(), checked.venues), ("省防汛视频会", vec![id("hall"), id("town")]));
        assert_eq!(checked.units, vec![id("office"), id("water")]);
        let long = "模".repeat(NAME_CHARS_MAX + 1);
        let open = Opening { microphones: Microphones::Own, ..Opening::of(Kind::Upper) };
        let early = Opening { before: BEFORE_MAX * 2, ..Opening::of(Kind::Upper) };
        let named = |name: &str| Draft { name: name.to_owned(), ..draft() };
        let lasts = |length| Draft { length, ..draft() };
        let cases = [
            (named("  "), vec![Mistake::Name(LineFault::Empty)]),
            (named(&long), vec![Mistake::Name(LineFault::TooLong(NAME_CHARS_MAX))]),
            (named("模\n板"), vec![Mistake::Name(LineFault::Control)]),
            (named(" 月度调度会"), vec![Mistake::NameTaken]),
            (Draft { line: None, ..draft() }, vec![]),
            (Draft { line: Some(id("moon")), ..draft() }, vec![Mistake::Line(id("moon"))]),
            (Draft { venues: vec![], ..draft() }, vec![]),
            (Draft { venues: vec![id("moon"), id("hall")], ..draft() }, vec![Mistake::Venue(id("moon"))]),
            (Draft { units: vec![], ..draft() }, vec![]),
            (Draft { units: vec![id("moon"), id("water")], ..draft() }, vec![Mistake::Unit(id("moon"))]),
            (lasts(LENGTH_MIN), vec![]),
            (lasts(LENGTH_MIN - Duration::from_secs(1)), vec![Mistake::Length]),
            (lasts(DURATION_MAX + Duration::from_secs(1)), vec![Mistake::Length]),
            (Draft { opening: open, ..draft() }, vec![Mistake::Opening(opening::Mistake::Microphones)]),
            (
                Draft { name: String::new(), opening: early, ..draft() },
                vec![Mistake::Name(LineFault::Empty), Mistake::Opening(opening::Mistake::Before)],
            ),
        ];
        for (draft, mistakes) in cases {
            let checked = draft.clone().check(&known, &taken);
            assert_eq!(checked.err().unwrap_or_default(), mistakes, "{draft:?}");
        }
    }
}
