//! Meeting tokens that were made: not the tokens themselves, which nobody keeps, but whom each stands for and until when.

use super::{Store, StoreError, error::attempted, moment, ms};
use crate::{
    domain::access::{Holder, TokenRole},
    id::ParticipantId,
};
use sea_orm::{ActiveValue::Set, QueryOrder as _, QuerySelect as _, entity::prelude::*, sea_query::Expr};
use std::time::SystemTime;

/// A row of `tokens`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tokens")]
pub(super) struct Model {
    /// Each token has a participant of its own.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) participant_id: String,
    pub(super) meeting_id: String,
    pub(super) role: String,
    pub(super) name: String,
    pub(super) made_by: String,
    pub(super) made_ms: i64,
    pub(super) ends_ms: i64,
    pub(super) ended_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A meeting token that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// Meeting, role and participant; the participant is its own.
    pub holder: Holder,
    /// Shown beside the picture; may be empty.
    pub name: String,
    /// Who made it, as the book has it.
    pub made_by: String,
    /// When.
    pub made: SystemTime,
    /// When its time is over.
    pub ends: SystemTime,
    /// When it was revoked.
    pub ended: Option<SystemTime>,
}

const READ: &str = "read a meeting token";
const WRITE: &str = "store a meeting token";

impl Store {
    /// Stores a new token.
    pub async fn add_token(&self, token: &StoredToken) -> Result<(), StoreError> {
        let row = ActiveModel {
            participant_id: Set(token.holder.participant.to_string()),
            meeting_id: Set(token.holder.meeting.to_string()),
            role: Set(token.holder.role.name().to_owned()),
            name: Set(token.name.clone()),
            made_by: Set(token.made_by.clone()),
            made_ms: Set(ms(token.made)),
            ends_ms: Set(ms(token.ends)),
            ended_ms: Set(token.ended.map(ms)),
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// The token of this participant, revoked or not.
    pub async fn token(&self, participant: &ParticipantId) -> Result<Option<StoredToken>, StoreError> {
        let row = Entity::find_by_id(participant.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(StoredToken::try_from).transpose()
    }

    /// `most` tokens whose time is not over at `now`, those that were revoked last, the latest first.
    pub async fn tokens(&self, now: SystemTime, most: u64) -> Result<Vec<StoredToken>, StoreError> {
        let query = Entity::find()
            .filter(Column::EndsMs.gt(ms(now)))
            .order_by_desc(Column::EndedMs.is_null())
            .order_by_desc(Column::MadeMs)
            .order_by_asc(Column::ParticipantId)
            .limit(most);
        query.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(StoredToken::try_from).collect()
    }

    /// Revokes a token.
    pub async fn end_token(&self, participant: &ParticipantId, at: SystemTime) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::EndedMs, Expr::value(ms(at)))
            .filter(Column::ParticipantId.eq(participant.as_str()))
            .filter(Column::EndedMs.is_null());
        update.exec(&self.db).await.map(drop).map_err(attempted(WRITE))
    }

    /// Removes the rows of tokens whose time was over before `before`.
    pub async fn forget_tokens(&self, before: SystemTime) -> Result<(), StoreError> {
        let delete = Entity::delete_many().filter(Column::EndsMs.lt(ms(before)));
        delete.exec(&self.db).await.map(drop).map_err(attempted(WRITE))
    }
}

impl TryFrom<Model> for StoredToken {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let holder = Holder {
            meeting: row.meeting_id.parse().map_err(|_| unknown(&row.meeting_id))?,
            role: TokenRole::named(&row.role).ok_or_else(|| unknown(&row.role))?,
            participant: row.participant_id.parse().map_err(|_| unknown(&row.participant_id))?,
        };
        Ok(Self {
            holder,
            name: row.name,
            made_by: row.made_by,
            made: moment(row.made_ms),
            ends: moment(row.ends_ms),
            ended: row.ended_ms.map(moment),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn token(participant: &str, meeting: &str, made: u64) -> StoredToken {
        StoredToken {
            holder: Holder {
                meeting: meeting.parse().unwrap(),
                role: TokenRole::Viewer,
                participant: participant.parse().unwrap(),
            },
            name: "县水务局".to_owned(),
            made_by: "command line uid 0".to_owned(),
            made: at(made),
            ends: at(made + 100),
            ended: None,
        }
    }

    #[tokio::test]
    async fn tokens_are_listed_until_their_time_is_over_and_each_ends_once() {
        let store = Store::in_memory().await.unwrap();
        let all = [token("ann", "council", 1), token("bob", "council", 2), token("eve", "flood", 3)];
        for token in &all {
            store.add_token(token).await.unwrap();
        }
        assert_eq!(store.token(&all[0].holder.participant).await.unwrap().as_ref(), Some(&all[0]));
        assert_eq!(store.token(&"nobody".parse().unwrap()).await.unwrap(), None);
        let listed = async |now, most| {
            let all = store.tokens(at(now), most).await.unwrap();
            all.into_iter().map(|token| token.holder.participant.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(listed(9, 10).await, ["eve", "bob", "ann"]);
        assert_eq!(listed(9, 1).await, ["eve"]);
        assert_eq!(listed(102, 10).await, ["eve"], "the others' time is over");

        store.end_token(&all[0].holder.participant, at(10)).await.unwrap();
        store.end_token(&all[0].holder.participant, at(20)).await.unwrap();
        let ended = async |token: &StoredToken| store.token(&token.holder.participant).await.unwrap().unwrap().ended;
        assert_eq!(ended(&all[0]).await, Some(at(10)), "an end is noted once");
        assert_eq!((ended(&all[1]).await, ended(&all[2]).await), (None, None));
        assert_eq!(listed(9, 10).await, ["eve", "bob", "ann"]);
        store.end_token(&all[2].holder.participant, at(20)).await.unwrap();
        assert_eq!(listed(9, 1).await, ["bob"], "what can be revoked comes first");
        store.forget_tokens(at(103)).await.unwrap();
        assert_eq!(store.token(&all[1].holder.participant).await.unwrap(), None);
        assert!(store.token(&all[2].holder.participant).await.unwrap().is_some());
    }
}
