//! Meetings, as rows.

use super::{
    Store, StoreError,
    error::attempted,
    moment, ms, now_ms,
    venue::{meetings_at, save_parts},
};
use crate::{
    domain::{
        meeting::{Arrangement, Kind, Meeting, MeetingState, PictureCodec},
        opening::{self, Microphones, Opening},
    },
    id::{AccountId, MeetingId, VenueId},
};
use sea_orm::{
    ActiveValue::Set,
    Condition, DatabaseTransaction, ExprTrait as _, QueryOrder as _, QuerySelect as _, TransactionTrait as _,
    entity::prelude::*,
    sea_query::{Expr, OnConflict},
};
use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

/// A row of `meetings`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meetings")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) title: String,
    pub(super) codec: String,
    pub(super) state: String,
    /// Milliseconds since 1970; set once.
    pub(super) created_ms: i64,
    /// Milliseconds since 1970.
    pub(super) starts_ms: i64,
    /// Milliseconds since 1970.
    pub(super) ends_ms: i64,
    pub(super) kind: String,
    /// Empty unless it was cancelled.
    pub(super) cancel_reason: String,
    pub(super) line_id: Option<String>,
    pub(super) operator_id: Option<String>,
    /// A JSON list of accounts.
    pub(super) leaders: String,
    pub(super) series_id: Option<String>,
    pub(super) opens_by_itself: bool,
    pub(super) opens_before_s: i64,
    pub(super) recorded: bool,
    pub(super) microphones: String,
    pub(super) banner: String,
    /// The meeting it is the joint test of.
    pub(super) tests_id: Option<String>,
    /// How often it, or its notice, was stored since it was made: a later state has a larger one.
    pub(super) revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a change may make another.
const REPLACED: [Column; 17] = [
    Column::Title,
    Column::Codec,
    Column::State,
    Column::StartsMs,
    Column::EndsMs,
    Column::Kind,
    Column::CancelReason,
    Column::LineId,
    Column::OperatorId,
    Column::Leaders,
    Column::SeriesId,
    Column::OpensByItself,
    Column::OpensBeforeS,
    Column::Recorded,
    Column::Microphones,
    Column::Banner,
    Column::TestsId,
];

const READ: &str = "read a meeting";
const WRITE: &str = "store a meeting";

/// Most meetings that are listed at once: what a county holds in a year. Of more, those on air and planned are listed first,
/// the soonest of them, and then the latest others.
pub(super) const LISTED_MAX: u64 = 1000;

impl Store {
    /// The meeting of this id, if there is one.
    pub async fn meeting(&self, id: &MeetingId) -> Result<Option<Meeting>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        let Some(row) = row else { return Ok(None) };
        let venues = self.parts(&[id.as_str()]).await?.remove(&row.id).unwrap_or_default();
        read(row, venues).map(Some)
    }

    /// How often each of these meetings was changed; those that are not there are left out.
    pub async fn revisions(&self, ids: &[&MeetingId]) -> Result<HashMap<MeetingId, u32>, StoreError> {
        let ids = ids.iter().map(|id| id.as_str());
        let query = Entity::find().select_only().columns([Column::Id, Column::Revision]).filter(Column::Id.is_in(ids));
        let rows: Vec<(String, i64)> = query.into_tuple().all(&self.db).await.map_err(attempted(READ))?;
        let revision = |(id, revision): (String, i64)| {
            let id = id.parse().map_err(|_| StoreError::Value { what: READ, value: id.clone() })?;
            Ok((id, u32::try_from(revision).unwrap_or(u32::MAX)))
        };
        rows.into_iter().map(revision).collect()
    }

    /// All meetings, oldest first.
    pub async fn meetings(&self) -> Result<Vec<Meeting>, StoreError> {
        let query = Entity::find().order_by_asc(Column::CreatedMs).order_by_asc(Column::Id);
        self.read_all(query).await
    }

    /// Meetings of which any part is planned within these times, and all that are on air, by their start; at most [`LISTED_MAX`].
    pub async fn meetings_between(
        &self,
        from: Option<SystemTime>,
        to: Option<SystemTime>,
    ) -> Result<Vec<Meeting>, StoreError> {
        self.listed(from, to, LISTED_MAX).await
    }

    async fn listed(
        &self,
        from: Option<SystemTime>,
        to: Option<SystemTime>,
        most: u64,
    ) -> Result<Vec<Meeting>, StoreError> {
        let when = Condition::all()
            .add_option(from.map(|from| Column::EndsMs.gt(ms(from))))
            .add_option(to.map(|to| Column::StartsMs.lt(ms(to))));
        let planned =
            Condition::all().add(Column::State.eq(MeetingState::Planned.name())).add(Column::EndsMs.gt(now_ms()));
        let on_air = Column::State.eq(MeetingState::OnAir.name());
        let ahead = Condition::any().add(on_air.clone()).add(planned.clone());
        let soon = Condition::any().add(on_air).add(Condition::all().add(when.clone()).add(planned));
        // By their names, what is on air comes before what is planned.
        let query = Entity::find().filter(soon).order_by_asc(Column::State);
        let query = query.order_by_asc(Column::StartsMs).order_by_asc(Column::Id);
        let mut listed = self.read_all(query.limit(most)).await?;
        let left = most.saturating_sub(listed.len() as u64);
        let others = Entity::find().filter(when).filter(ahead.not());
        let others = others.order_by_desc(Column::StartsMs).order_by_desc(Column::Id);
        listed.extend(self.read_all(others.limit(left)).await?);
        listed.sort_by(|one, other| (one.starts, one.id.as_str()).cmp(&(other.starts, other.id.as_str())));
        Ok(listed)
    }

    /// The next meeting that a venue takes part in: planned, and not over by its plan.
    pub async fn next_meeting_at(&self, venue: &VenueId, now: SystemTime) -> Result<Option<Meeting>, StoreError> {
        let planned =
            Condition::all().add(Column::State.eq(MeetingState::Planned.name())).add(Column::EndsMs.gt(ms(now)));
        let query = Entity::find().filter(planned).filter(Column::Id.in_subquery(meetings_at(venue)));
        let query = query.order_by_asc(Column::StartsMs).order_by_asc(Column::Id);
        Ok(self.read_all(query.limit(1)).await?.pop())
    }

    /// Meetings that are on air or planned, by their start.
    pub async fn meetings_to_be(&self) -> Result<Vec<Meeting>, StoreError> {
        let states = MeetingState::ALL.into_iter().filter(|state| state.is_to_be()).map(MeetingState::name);
        let query = Entity::find().filter(Column::State.is_in(states));
        self.read_all(query.order_by_asc(Column::StartsMs).order_by_asc(Column::Id)).await
    }

    /// Planned meetings that open by themselves and may have to by now, by their start.
    pub async fn meetings_opening(&self, now: SystemTime) -> Result<Vec<Meeting>, StoreError> {
        let soon = now + opening::BEFORE_MAX;
        let query = Entity::find()
            .filter(Column::State.eq(MeetingState::Planned.name()))
            .filter(Column::OpensByItself.eq(true))
            .filter(Column::StartsMs.lte(ms(soon)))
            .filter(Column::EndsMs.gt(ms(now)));
        self.read_all(query.order_by_asc(Column::StartsMs).order_by_asc(Column::Id)).await
    }

    /// Stores a new meeting with its venues, or the new state of one that is there. Its venues must be stored.
    pub async fn save_meeting(&self, meeting: &Meeting) -> Result<(), StoreError> {
        self.save_meetings(std::slice::from_ref(meeting)).await
    }

    /// Stores all of these, or nothing.
    pub async fn save_meetings(&self, meetings: &[Meeting]) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        for meeting in meetings {
            write(&transaction, meeting).await?;
        }
        transaction.commit().await.map_err(attempted(WRITE))
    }

    pub(super) async fn read_all(&self, query: Select<Entity>) -> Result<Vec<Meeting>, StoreError> {
        let rows = query.all(&self.db).await.map_err(attempted(READ))?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut parts = self.parts(&ids).await?;
        let mut whole = |row: Model| {
            let venues = parts.remove(&row.id).unwrap_or_default();
            read(row, venues)
        };
        rows.into_iter().map(&mut whole).collect()
    }
}

/// Stores a new meeting with its venues, or the new state of one that is there.
pub(super) async fn write(transaction: &DatabaseTransaction, meeting: &Meeting) -> Result<(), StoreError> {
    let Arrangement { line, operator, leaders } = &meeting.arrangement;
    let leaders: Vec<&str> = leaders.iter().map(AccountId::as_str).collect();
    let row = ActiveModel {
        id: Set(meeting.id.to_string()),
        title: Set(meeting.title.clone()),
        codec: Set(meeting.codec.name().to_owned()),
        state: Set(meeting.state.name().to_owned()),
        created_ms: Set(now_ms()),
        starts_ms: Set(ms(meeting.starts)),
        ends_ms: Set(ms(meeting.ends)),
        kind: Set(meeting.kind.name().to_owned()),
        cancel_reason: Set(meeting.cancel_reason.clone()),
        line_id: Set(line.as_ref().map(ToString::to_string)),
        operator_id: Set(operator.as_ref().map(ToString::to_string)),
        leaders: Set(serde_json::to_string(&leaders).expect("lists of strings always serialise")),
        series_id: Set(meeting.series.as_ref().map(ToString::to_string)),
        opens_by_itself: Set(meeting.opening.by_itself),
        opens_before_s: Set(seconds(meeting.opening.before)),
        recorded: Set(meeting.opening.recorded),
        microphones: Set(meeting.opening.microphones.name().to_owned()),
        banner: Set(meeting.opening.banner.clone()),
        tests_id: Set(meeting.tests.as_ref().map(ToString::to_string)),
        revision: Set(0),
    };
    let mut conflict = OnConflict::column(Column::Id);
    conflict.update_columns(REPLACED).value(Column::Revision, Expr::col((Entity, Column::Revision)).add(1));
    let insert = Entity::insert(row).on_conflict(conflict);
    insert.exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    save_parts(transaction, &meeting.id, &meeting.venues).await?;
    super::notice::index(transaction, &meeting.id).await
}

/// A meeting after its row and the venues that take part.
fn read(row: Model, venues: Vec<VenueId>) -> Result<Meeting, StoreError> {
    let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
    let leaders: Vec<String> = serde_json::from_str(&row.leaders).map_err(|_| unknown(&row.leaders))?;
    let account = |id: String| id.parse::<AccountId>().map_err(|_| unknown(&id));
    let arrangement = Arrangement {
        line: row.line_id.map(|id| id.parse().map_err(|_| unknown(&id))).transpose()?,
        operator: row.operator_id.map(account).transpose()?,
        leaders: leaders.into_iter().map(account).collect::<Result<_, _>>()?,
    };
    Ok(Meeting {
        id: row.id.parse().map_err(|_| unknown(&row.id))?,
        codec: PictureCodec::named(&row.codec).ok_or_else(|| unknown(&row.codec))?,
        state: MeetingState::named(&row.state).ok_or_else(|| unknown(&row.state))?,
        kind: Kind::named(&row.kind).ok_or_else(|| unknown(&row.kind))?,
        starts: moment(row.starts_ms),
        ends: moment(row.ends_ms),
        title: row.title,
        cancel_reason: row.cancel_reason,
        series: row.series_id.map(|id| id.parse().map_err(|_| unknown(&id))).transpose()?,
        venues,
        arrangement,
        opening: Opening {
            by_itself: row.opens_by_itself,
            before: Duration::from_secs(row.opens_before_s.unsigned_abs()),
            recorded: row.recorded,
            microphones: Microphones::named(&row.microphones).ok_or_else(|| unknown(&row.microphones))?,
            banner: row.banner,
        },
        tests: row.tests_id.map(|id| id.parse().map_err(|_| unknown(&id))).transpose()?,
    })
}

/// A span as stored.
pub(super) fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::notice::Notice;

    pub(in crate::store) fn demo() -> Meeting {
        Meeting {
            id: "demo".parse().unwrap(),
            title: "全省防汛工作视频会议".to_owned(),
            starts: moment(1_764_000_000_000),
            ends: moment(1_764_007_200_000),
            kind: Kind::Upper,
            codec: PictureCodec::H264,
            state: MeetingState::Planned,
            cancel_reason: String::new(),
            series: None,
            venues: Vec::new(),
            arrangement: Arrangement::default(),
            opening: Opening::of(Kind::Upper),
            tests: None,
        }
    }

    #[tokio::test]
    async fn meetings_are_listed_by_the_times_they_touch() {
        let store = Store::in_memory().await.unwrap();
        let at = |hour: i64| moment(1_764_000_000_000 + hour * 3_600_000);
        for (id, starts, ends) in [("evening", 10, 12), ("morning", 0, 2), ("noon", 4, 6)] {
            let meeting = Meeting { id: id.parse().unwrap(), starts: at(starts), ends: at(ends), ..demo() };
            store.save_meeting(&meeting).await.unwrap();
        }
        for (from, to, expect) in [
            (None, None, vec!["morning", "noon", "evening"]),
            (Some(2), None, vec!["noon", "evening"]),
            (None, Some(4), vec!["morning"]),
            (Some(1), Some(5), vec!["morning", "noon"]),
            (Some(6), Some(10), vec![]),
        ] {
            let listed = store.meetings_between(from.map(at), to.map(at)).await.unwrap();
            let ids: Vec<_> = listed.iter().map(|meeting| meeting.id.as_str()).collect();
            assert_eq!(ids, expect, "{from:?} to {to:?}");
        }
    }

    #[tokio::test]
    async fn a_full_list_holds_what_is_on_air_and_comes_next_before_the_rest() {
        let store = Store::in_memory().await.unwrap();
        let now = now_ms();
        let at = |hour: i64| moment(now + hour * 3_600_000);
        use MeetingState::{Closed, OnAir, Planned};
        for (id, starts, state) in [
            ("on-air", -90, OnAir),
            ("long-past", -80, Closed),
            ("past", -30, Closed),
            ("today", 1, Planned),
            ("tomorrow", 24, Planned),
            ("next-year", 9000, Planned),
        ] {
            let meeting =
                Meeting { id: id.parse().unwrap(), starts: at(starts), ends: at(starts + 1), state, ..demo() };
            store.save_meeting(&meeting).await.unwrap();
        }
        let all = ["on-air", "long-past", "past", "today", "tomorrow", "next-year"];
        for (most, expect) in [
            (3, vec!["on-air", "today", "tomorrow"]),
            (5, vec!["on-air", "past", "today", "tomorrow", "next-year"]),
            (9, all.to_vec()),
        ] {
            let listed = store.listed(None, None, most).await.unwrap();
            let ids: Vec<_> = listed.iter().map(|meeting| meeting.id.as_str()).collect();
            assert_eq!(ids, expect, "{most} at most");
        }
        let coming = store.listed(Some(at(0)), Some(at(48)), 9).await.unwrap();
        let ids: Vec<_> = coming.iter().map(|meeting| meeting.id.as_str()).collect();
        assert_eq!(ids, ["on-air", "today", "tomorrow"], "what is on air is listed whenever it was planned");
    }

    #[tokio::test]
    async fn a_venue_waits_for_the_next_meeting_that_is_not_over() {
        let store = Store::in_memory().await.unwrap();
        for id in ["hall", "town"] {
            store.save_venue(&crate::store::venue::tests::venue(id, 1)).await.unwrap();
        }
        let at = |seconds: i64| moment(1_764_000_000_000 + seconds * 1000);
        use MeetingState::{Closed, Planned};
        for (id, starts, ends, venue, state) in [
            ("over", 0, 100, "hall", Planned),
            ("closed", 150, 300, "hall", Closed),
            ("elsewhere", 160, 300, "town", Planned),
            ("later", 400, 500, "hall", Planned),
            ("late", 100, 250, "hall", Planned),
        ] {
            let (id, venues) = (id.parse().unwrap(), vec![venue.parse().unwrap()]);
            let meeting = Meeting { id, starts: at(starts), ends: at(ends), venues, state, ..demo() };
            store.save_meeting(&meeting).await.unwrap();
        }
        for (venue, now, expect) in
            [("hall", 200, Some("late")), ("hall", 260, Some("later")), ("hall", 600, None), ("bureau", 0, None)]
        {
            let next = store.next_meeting_at(&venue.parse().unwrap(), at(now)).await.unwrap();
            assert_eq!(next.as_ref().map(|next| next.id.as_str()), expect, "{venue} at {now}");
        }
    }

    #[tokio::test]
    async fn those_that_open_by_themselves_are_looked_for_from_an_hour_before() {
        let store = Store::in_memory().await.unwrap();
        let at = |minutes: i64| moment(1_764_000_000_000 + minutes * 60_000);
        for (id, by_itself, state) in [
            ("council", true, MeetingState::Planned),
            ("by-hand", false, MeetingState::Planned),
            ("over", true, MeetingState::Closed),
        ] {
            let opening = Opening { by_itself, ..Opening::default() };
            let meeting = Meeting { id: id.parse().unwrap(), starts: at(100), ends: at(160), state, opening, ..demo() };
            store.save_meeting(&meeting).await.unwrap();
        }
        for (now, expect) in [(39, 0), (40, 1), (100, 1), (159, 1), (160, 0)] {
            let found = store.meetings_opening(at(now)).await.unwrap();
            assert_eq!(found.len(), expect, "minute {now}");
            assert!(found.iter().all(|meeting| meeting.id.as_str() == "council"));
        }
    }

    #[tokio::test]
    async fn a_meeting_comes_back_as_it_was_stored() {
        let store = Store::in_memory().await.unwrap();
        let mut meeting = demo();
        assert_eq!(store.meeting(&meeting.id).await.unwrap(), None);
        for state in MeetingState::ALL {
            meeting.state = state;
            meeting.cancel_reason = if state == MeetingState::Cancelled { "改期".to_owned() } else { String::new() };
            store.save_meeting(&meeting).await.unwrap();
            assert_eq!(store.meeting(&meeting.id).await.unwrap().as_ref(), Some(&meeting));
        }
        let arrangement = Arrangement {
            line: Some("province".parse().unwrap()),
            operator: Some("wang".parse().unwrap()),
            leaders: ["zhang", "li"].map(|leader| leader.parse().unwrap()).into(),
        };
        let other = Meeting {
            id: "other".parse().unwrap(),
            codec: PictureCodec::Vp8,
            arrangement,
            series: Some("weekly".parse().unwrap()),
            opening: Opening {
                by_itself: true,
                before: Duration::from_secs(900),
                recorded: true,
                microphones: Microphones::Own,
                banner: "马龙区防汛视频会议".to_owned(),
            },
            tests: Some("demo".parse().unwrap()),
            ..demo()
        };
        store.save_meeting(&other).await.unwrap();
        assert_eq!(store.meeting(&other.id).await.unwrap().as_ref(), Some(&other));
        assert_eq!(store.meetings().await.unwrap().len(), 2);
        assert_eq!(store.meetings_to_be().await.unwrap(), [other], "the first was cancelled");
    }

    #[tokio::test]
    async fn each_change_of_a_meeting_or_its_notice_counts() {
        let store = Store::in_memory().await.unwrap();
        let id = demo().id;
        let revision = async || store.revisions(&[&id, &"none".parse().unwrap()]).await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        assert_eq!(revision().await, HashMap::from([(id.clone(), 0)]));
        store.save_meeting(&Meeting { state: MeetingState::Cancelled, ..demo() }).await.unwrap();
        assert_eq!(revision().await[&id], 1);
        let notice =
            Notice { contact: "李军".to_owned(), requirements: vec!["着正装".to_owned()], ..Notice::default() };
        store.save_notice(&id, &notice, None).await.unwrap();
        assert_eq!(store.notice(&id).await.unwrap().as_ref(), Some(&notice));
        assert_eq!(store.notices(&[&id]).await.unwrap(), HashMap::from([(id.clone(), notice)]));
        assert_eq!(revision().await[&id], 2);
    }

    #[tokio::test]
    async fn storing_again_keeps_the_time_it_was_made() {
        let store = Store::in_memory().await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        let row = Entity::find().one(&store.db).await.unwrap().unwrap();
        let mut older: ActiveModel = row.into();
        older.created_ms = Set(1);
        older.update(&store.db).await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        assert_eq!(Entity::find().one(&store.db).await.unwrap().unwrap().created_ms, 1);
    }

    #[tokio::test]
    async fn a_value_nobody_knows_is_named() {
        let store = Store::in_memory().await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        store.db.execute_unprepared("UPDATE meetings SET codec = 'av2'").await.unwrap();
        let error = store.meetings().await.unwrap_err();
        assert!(error.to_string().contains("\"av2\""), "{error}");
    }
}
