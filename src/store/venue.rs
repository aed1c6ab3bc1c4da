//! Venues, and which of them take part in which meeting.

use super::{Store, StoreError, error::attempted, now_ms};
use crate::{
    domain::venue::Venue,
    id::{MeetingId, VenueId},
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    entity::prelude::*,
    sea_query::{Expr, OnConflict, SelectStatement},
};
use std::collections::HashMap;

/// A row of `venues`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "venues")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) rank: i64,
    /// Milliseconds since 1970; set once.
    pub(super) created_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Rows of `meeting_venues`.
mod taking_part {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "meeting_venues")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) meeting_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) venue_id: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const READ: &str = "read a venue";
const WRITE: &str = "store a venue";
const PART: &str = "store which venues take part";

impl Store {
    /// The venue of this id, if there is one.
    pub async fn venue(&self, id: &VenueId) -> Result<Option<Venue>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Venue::try_from).transpose()
    }

    /// All venues, in administrative order.
    pub async fn venues(&self) -> Result<Vec<Venue>, StoreError> {
        let query = Entity::find().order_by_asc(Column::Rank).order_by_asc(Column::CreatedMs).order_by_asc(Column::Id);
        query.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(Venue::try_from).collect()
    }

    /// Stores a new venue, or new values of one that is there.
    pub async fn save_venue(&self, venue: &Venue) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(venue.id.to_string()),
            name: Set(venue.name.clone()),
            rank: Set(venue.rank.into()),
            created_ms: Set(now_ms()),
        };
        let replaced = OnConflict::column(Column::Id).update_columns([Column::Name, Column::Rank]).to_owned();
        let insert = Entity::insert(row).on_conflict(replaced);
        insert.exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Which venues take part in each of these meetings, in administrative order.
    pub(super) async fn parts(&self, meetings: &[&str]) -> Result<HashMap<String, Vec<VenueId>>, StoreError> {
        let mut rows: Vec<(String, String)> = Vec::new();
        for ids in meetings.chunks(AT_ONCE) {
            // One row a meeting: a row costs more than the ids in it. No id has a comma.
            let together = taking_part::Entity::find()
                .select_only()
                .column(taking_part::Column::MeetingId)
                .column_as(Expr::cust("group_concat(venue_id)"), "venues")
                .filter(taking_part::Column::MeetingId.is_in(ids.iter().copied()))
                .group_by(taking_part::Column::MeetingId);
            rows.extend(together.into_tuple::<(String, String)>().all(&self.db).await.map_err(attempted(READ))?);
        }
        let order: Vec<VenueId> = self.venues().await?.into_iter().map(|venue| venue.id).collect();
        let places: HashMap<&str, usize> = order.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
        let in_order = |(meeting, venues): (String, String)| {
            let mut placed: Vec<usize> = venues.split(',').filter_map(|venue| places.get(venue).copied()).collect();
            placed.sort_unstable();
            (meeting, placed.into_iter().map(|place| order[place].clone()).collect())
        };
        Ok(rows.into_iter().map(in_order).collect())
    }
}

/// Most meetings whose venues one question asks for: SQLite takes some 32 000 values.
const AT_ONCE: usize = 10_000;

/// Ids of the meetings a venue takes part in, to be asked within another question.
pub(super) fn meetings_at(venue: &VenueId) -> SelectStatement {
    let of = taking_part::Column::VenueId.eq(venue.as_str());
    let ids = taking_part::Entity::find().select_only().column(taking_part::Column::MeetingId);
    ids.filter(of).into_query()
}

/// Stores which venues take part in a meeting, in place of those before. Meeting and venues must be stored.
pub(super) async fn save_parts(
    db: &impl ConnectionTrait,
    meeting: &MeetingId,
    venues: &[VenueId],
) -> Result<(), StoreError> {
    let of = taking_part::Column::MeetingId.eq(meeting.as_str());
    taking_part::Entity::delete_many().filter(of).exec(db).await.map_err(attempted(PART))?;
    if venues.is_empty() {
        return Ok(());
    }
    let rows = venues.iter().map(|venue| taking_part::ActiveModel {
        meeting_id: Set(meeting.to_string()),
        venue_id: Set(venue.to_string()),
    });
    taking_part::Entity::insert_many(rows).exec_without_returning(db).await.map_err(attempted(PART))?;
    Ok(())
}

impl TryFrom<Model> for Venue {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: String| StoreError::Value { what: READ, value };
        Ok(Self {
            id: row.id.parse().map_err(|_| unknown(row.id.clone()))?,
            rank: row.rank.try_into().map_err(|_| unknown(row.rank.to_string()))?,
            name: row.name,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{domain::meeting::Meeting, store::meeting::tests::demo};

    pub(in crate::store) fn venue(id: &str, rank: u32) -> Venue {
        Venue { id: id.parse().unwrap(), name: format!("{id}会议室"), rank }
    }

    #[tokio::test]
    async fn venues_come_back_in_their_order() {
        let store = Store::in_memory().await.unwrap();
        for (id, rank) in [("town", 20), ("hall", 1), ("bureau", 10)] {
            store.save_venue(&venue(id, rank)).await.unwrap();
        }
        let order = |venues: Vec<Venue>| venues.into_iter().map(|venue| venue.id.to_string()).collect::<Vec<_>>();
        assert_eq!(order(store.venues().await.unwrap()), ["hall", "bureau", "town"]);
        let moved = Venue { name: "大礼堂".to_owned(), ..venue("hall", 30) };
        store.save_venue(&moved).await.unwrap();
        assert_eq!(store.venue(&moved.id).await.unwrap(), Some(moved));
        assert_eq!(order(store.venues().await.unwrap()), ["bureau", "town", "hall"]);
    }

    #[tokio::test]
    async fn a_meeting_knows_its_venues() {
        let store = Store::in_memory().await.unwrap();
        let [hall, town]: [VenueId; 2] = ["hall", "town"].map(|id| id.parse().unwrap());
        let with = |venues: &[&VenueId]| Meeting { venues: venues.iter().copied().cloned().collect(), ..demo() };
        assert!(store.save_meeting(&with(&[&hall])).await.is_err(), "no such venue yet");
        assert_eq!(store.meeting(&demo().id).await.unwrap(), None, "all or nothing");
        store.save_venue(&venue("town", 2)).await.unwrap();
        store.save_venue(&venue("hall", 1)).await.unwrap();
        for (stored, read) in [(vec![&town, &hall], vec![&hall, &town]), (vec![&town], vec![&town]), (vec![], vec![])] {
            store.save_meeting(&with(&stored)).await.unwrap();
            assert_eq!(store.meeting(&demo().id).await.unwrap(), Some(with(&read)));
            assert_eq!(store.meetings().await.unwrap(), [with(&read)]);
        }
    }
}
