//! Roll calls: one row each, with what every venue answered, written before it takes effect.

use super::{Store, StoreError, error::attempted, moment, ms};
use crate::{
    domain::roll_call::{Answer, CalledMicrophone, Calling, Entry, Mark, Presence, RollCall},
    id::{MeetingId, VenueId},
};
use sea_orm::{ActiveValue::Set, QueryOrder as _, QuerySelect as _, entity::prelude::*, sea_query::OnConflict};
use serde::{Deserialize, Serialize};

/// A row of `roll_calls`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roll_calls")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) meeting_id: String,
    pub(super) begun_ms: i64,
    pub(super) begun_by: String,
    pub(super) ended_ms: Option<i64>,
    /// Empty until it has ended.
    pub(super) ended_by: String,
    /// A list of [`EntryValue`] in JSON.
    pub(super) entries: String,
    /// A [`CallingValue`] or null in JSON.
    pub(super) calling: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// A venue of the list as stored. A change of its shape needs a migration.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryValue {
    venue: VenueId,
    name: String,
    called_ms: Option<i64>,
    answer: Option<AnswerValue>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerValue {
    presence: String,
    note: String,
    at_ms: i64,
    by: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallingValue {
    venue: VenueId,
    since_ms: i64,
    microphone: String,
}

const READ: &str = "read a roll call";
const WRITE: &str = "store a roll call";

/// Most calls of a meeting that are read: who calls more often needs no list of them.
const READ_MAX: u64 = 50;

impl Store {
    /// A meeting's roll calls, the latest first.
    pub async fn roll_calls(&self, meeting: &MeetingId) -> Result<Vec<RollCall>, StoreError> {
        let of_meeting = Entity::find().filter(Column::MeetingId.eq(meeting.as_str()));
        let latest = of_meeting.order_by_desc(Column::BegunMs).order_by_desc(Column::Id).limit(READ_MAX);
        latest.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(RollCall::try_from).collect()
    }

    /// Stores a roll call, new or in place of what it was. Its meeting must be stored.
    pub async fn save_roll_call(&self, call: &RollCall) -> Result<(), StoreError> {
        let replaced = [Column::EndedMs, Column::EndedBy, Column::Entries, Column::Calling];
        let conflict = OnConflict::column(Column::Id).update_columns(replaced).to_owned();
        let insert = Entity::insert(row(call)).on_conflict(conflict);
        insert.exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

fn row(call: &RollCall) -> ActiveModel {
    let entry = |entry: &Entry| EntryValue {
        venue: entry.venue.clone(),
        name: entry.name.clone(),
        called_ms: entry.called.map(ms),
        answer: entry.answer.as_ref().map(|answer| AnswerValue {
            presence: answer.presence.name().to_owned(),
            note: answer.note.clone(),
            at_ms: ms(answer.mark.at),
            by: answer.mark.by.clone(),
        }),
    };
    let entries: Vec<EntryValue> = call.entries.iter().map(entry).collect();
    let calling = call.calling.as_ref().map(|calling| CallingValue {
        venue: calling.venue.clone(),
        since_ms: ms(calling.since),
        microphone: calling.microphone.name().to_owned(),
    });
    ActiveModel {
        id: Set(call.id.to_string()),
        meeting_id: Set(call.meeting.to_string()),
        begun_ms: Set(ms(call.begun.at)),
        begun_by: Set(call.begun.by.clone()),
        ended_ms: Set(call.ended.as_ref().map(|ended| ms(ended.at))),
        ended_by: Set(call.ended.as_ref().map(|ended| ended.by.clone()).unwrap_or_default()),
        entries: Set(serde_json::to_string(&entries).expect("texts and numbers always serialise")),
        calling: Set(serde_json::to_string(&calling).expect("texts and numbers always serialise")),
    }
}

impl TryFrom<Model> for RollCall {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let entries: Vec<EntryValue> = serde_json::from_str(&row.entries).map_err(|_| unknown(&row.entries))?;
        let calling: Option<CallingValue> = serde_json::from_str(&row.calling).map_err(|_| unknown(&row.calling))?;
        let answer = |AnswerValue { presence, note, at_ms, by }: AnswerValue| {
            let presence = Presence::named(&presence).ok_or_else(|| unknown(&presence))?;
            Ok(Answer { presence, note, mark: Mark { at: moment(at_ms), by } })
        };
        let entry = |EntryValue { venue, name, called_ms, answer: said }: EntryValue| {
            let answer = said.map(answer).transpose()?;
            Ok::<_, StoreError>(Entry { venue, name, called: called_ms.map(moment), answer })
        };
        let calling = calling.map(|CallingValue { venue, since_ms, microphone }| {
            let microphone = CalledMicrophone::named(&microphone).ok_or_else(|| unknown(&microphone))?;
            Ok::<_, StoreError>(Calling { venue, since: moment(since_ms), microphone })
        });
        Ok(Self {
            id: row.id.parse().map_err(|_| unknown(&row.id))?,
            meeting: row.meeting_id.parse().map_err(|_| unknown(&row.meeting_id))?,
            begun: Mark { at: moment(row.begun_ms), by: row.begun_by },
            ended: row.ended_ms.map(|at| Mark { at: moment(at), by: row.ended_by }),
            entries: entries.into_iter().map(entry).collect::<Result<_, _>>()?,
            calling: calling.transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::meeting::tests::demo;

    #[tokio::test]
    async fn a_roll_call_comes_back_as_it_is_and_the_latest_first() {
        let store = Store::in_memory().await.unwrap();
        let meeting = demo();
        let mark = |ms: i64| Mark { at: moment(ms), by: "李伟".to_owned() };
        let entry = Entry { venue: "hall".parse().unwrap(), name: "大礼堂".into(), called: None, answer: None };
        let first = RollCall {
            id: "r1".parse().unwrap(),
            meeting: meeting.id.clone(),
            begun: mark(1),
            ended: None,
            entries: vec![entry.clone()],
            calling: None,
        };
        assert!(store.save_roll_call(&first).await.is_err(), "there is no roll call without a meeting");
        store.save_meeting(&meeting).await.unwrap();
        store.save_roll_call(&first).await.unwrap();
        let answer = Answer { presence: Presence::Fault, note: "没有声音".into(), mark: mark(3) };
        let calling =
            Calling { venue: "hall".parse().unwrap(), since: moment(2), microphone: CalledMicrophone::Opened };
        let changed = RollCall {
            ended: Some(mark(4)),
            entries: vec![Entry { called: Some(moment(2)), answer: Some(answer), ..entry }],
            calling: Some(calling),
            ..first.clone()
        };
        store.save_roll_call(&changed).await.unwrap();
        let second = RollCall { id: "r0".parse().unwrap(), begun: mark(5), ..first };
        store.save_roll_call(&second).await.unwrap();
        assert_eq!(store.roll_calls(&meeting.id).await.unwrap(), [second, changed]);
    }
}
