//! Joint tests and the server's checklist. Of a test that has not begun there is only its row among meetings.

use super::{Store, StoreError, error::attempted, meeting, moment, ms};
use crate::{
    domain::{
        joint_test::{
            Act, JointTest, State,
            checklist::{Entry, Item, Measured, Verdict, first_list},
            measure::Measure,
        },
        meeting::Meeting,
    },
    id::MeetingId,
};
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, QueryOrder as _, TransactionTrait as _, entity::prelude::*,
    sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

/// A row of `joint_tests`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "joint_tests")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) meeting_id: String,
    pub(super) tests_id: String,
    pub(super) state: String,
    /// A JSON list of [`ItemRow`].
    pub(super) items: String,
    pub(super) reason: String,
    /// JSON of [`ActsRow`].
    pub(super) acts: String,
}

impl ActiveModelBehavior for ActiveModel {}

mod list {
    use sea_orm::entity::prelude::*;

    /// A row of `checklist_items`.
    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "checklist_items")]
    pub(in crate::store) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store) id: String,
        pub(in crate::store) place: i32,
        pub(in crate::store) text: String,
        pub(in crate::store) measure: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Serialize, Deserialize)]
struct ItemRow {
    id: String,
    text: String,
    measure: Option<String>,
    verdict: String,
    note: String,
    measured: Option<(bool, String, i64)>,
    by: Option<ActRow>,
}

/// Who, and milliseconds since 1970.
type ActRow = (String, i64);

#[derive(Serialize, Deserialize)]
struct ActsRow {
    begun: Option<ActRow>,
    ended: Option<ActRow>,
    explained: Option<ActRow>,
    accepted: Option<ActRow>,
    changed: Option<ActRow>,
}

const READ: &str = "read a joint test";
const WRITE: &str = "store a joint test";

impl Store {
    /// The joint test in this row among meetings, begun or not.
    pub async fn joint_test(&self, slot: &Meeting) -> Result<Option<JointTest>, StoreError> {
        let Some(tests) = slot.tests.clone() else { return Ok(None) };
        let row = Entity::find_by_id(slot.id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        Ok(Some(match row {
            Some(row) => JointTest::try_from(row)?,
            None => JointTest::planned(slot.id.clone(), tests),
        }))
    }

    /// Every joint test of these meetings that takes or took place, with its row among meetings, by its start.
    pub async fn joint_tests_of(&self, meetings: &[MeetingId]) -> Result<Vec<(Meeting, JointTest)>, StoreError> {
        if meetings.is_empty() {
            return Ok(Vec::new());
        }
        let of: Vec<&str> = meetings.iter().map(MeetingId::as_str).collect();
        let rows = Entity::find().filter(Column::TestsId.is_in(of.clone())).all(&self.db);
        let rows = rows.await.map_err(attempted(READ))?;
        let mut begun = rows.into_iter().map(JointTest::try_from).collect::<Result<Vec<_>, _>>()?;
        let slots = meeting::Entity::find().filter(meeting::Column::TestsId.is_in(of));
        let slots = slots.order_by_asc(meeting::Column::StartsMs).order_by_asc(meeting::Column::Id);
        let with = |slot: Meeting| {
            let tests = slot.tests.clone()?;
            let known = begun.iter().position(|test| test.id == slot.id).map(|at| begun.swap_remove(at));
            let test = known.unwrap_or_else(|| JointTest::planned(slot.id.clone(), tests));
            // What was cancelled before it began never took place.
            let is_off = slot.state == crate::domain::meeting::MeetingState::Cancelled && test.state == State::Planned;
            (!is_off).then_some((slot, test))
        };
        Ok(self.read_all(slots).await?.into_iter().filter_map(with).collect())
    }

    /// Stores all of these, or nothing.
    pub async fn save_with_tests(&self, meetings: &[Meeting], tests: &[JointTest]) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        for meeting in meetings {
            meeting::write(&transaction, meeting).await?;
        }
        for test in tests {
            write(&transaction, test).await?;
        }
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// What is checked in a joint test that begins: as operators edited it, else the first list.
    pub async fn checklist(&self) -> Result<Vec<Entry>, StoreError> {
        let rows = list::Entity::find().order_by_asc(list::Column::Place).all(&self.db).await;
        let rows = rows.map_err(attempted(READ))?;
        if rows.is_empty() {
            return Ok(first_list());
        }
        let entry = |list::Model { id, text, measure, .. }| Ok(Entry { measure: read_measure(measure)?, id, text });
        rows.into_iter().map(entry).collect()
    }

    /// Keeps this list in place of the one before.
    pub async fn save_checklist(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        list::Entity::delete_many().exec(&transaction).await.map_err(attempted(WRITE))?;
        let rows = (0..).zip(entries).map(|(place, entry)| list::ActiveModel {
            id: Set(entry.id.clone()),
            place: Set(place),
            text: Set(entry.text.clone()),
            measure: Set(entry.measure.map(|measure| measure.name().to_owned())),
        });
        list::Entity::insert_many(rows).exec_without_returning(&transaction).await.map_err(attempted(WRITE))?;
        transaction.commit().await.map_err(attempted(WRITE))
    }
}

async fn write(transaction: &DatabaseTransaction, test: &JointTest) -> Result<(), StoreError> {
    let act = |act: &Option<Act>| act.as_ref().map(act_row);
    let item = |item: &Item| ItemRow {
        id: item.entry.id.clone(),
        text: item.entry.text.clone(),
        measure: item.entry.measure.map(|measure| measure.name().to_owned()),
        verdict: item.verdict.name().to_owned(),
        note: item.note.clone(),
        measured: item.measured.as_ref().map(|found| (found.good, found.value.clone(), ms(found.at))),
        by: act(&item.by),
    };
    let acts = ActsRow {
        begun: act(&test.begun),
        ended: act(&test.ended),
        explained: act(&test.explained),
        accepted: act(&test.accepted),
        changed: act(&test.changed),
    };
    let items: Vec<ItemRow> = test.items.iter().map(item).collect();
    let row = ActiveModel {
        meeting_id: Set(test.id.to_string()),
        tests_id: Set(test.tests.to_string()),
        state: Set(test.state.name().to_owned()),
        items: Set(serde_json::to_string(&items).expect("texts and numbers always serialise")),
        reason: Set(test.reason.clone()),
        acts: Set(serde_json::to_string(&acts).expect("texts and numbers always serialise")),
    };
    let replaced = [Column::State, Column::Items, Column::Reason, Column::Acts];
    let insert =
        Entity::insert(row).on_conflict(OnConflict::column(Column::MeetingId).update_columns(replaced).to_owned());
    insert.exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    Ok(())
}

fn act_row(act: &Act) -> ActRow {
    (act.by.to_string(), ms(act.at))
}

fn unknown(value: &str) -> StoreError {
    StoreError::Value { what: READ, value: value.to_owned() }
}

fn read_act(row: Option<ActRow>) -> Result<Option<Act>, StoreError> {
    let act = |(by, at): ActRow| Ok(Act { by: by.parse().map_err(|_| unknown(&by))?, at: moment(at) });
    row.map(act).transpose()
}

fn read_measure(name: Option<String>) -> Result<Option<Measure>, StoreError> {
    name.map(|name| Measure::named(&name).ok_or_else(|| unknown(&name))).transpose()
}

impl TryFrom<ItemRow> for Item {
    type Error = StoreError;

    fn try_from(row: ItemRow) -> Result<Self, StoreError> {
        let measured = row.measured.map(|(good, value, at)| Measured { good, value, at: moment(at) });
        Ok(Self {
            entry: Entry { id: row.id, text: row.text, measure: read_measure(row.measure)? },
            verdict: Verdict::named(&row.verdict).ok_or_else(|| unknown(&row.verdict))?,
            note: row.note,
            measured,
            by: read_act(row.by)?,
        })
    }
}

impl TryFrom<Model> for JointTest {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let items: Vec<ItemRow> = serde_json::from_str(&row.items).map_err(|_| unknown("items"))?;
        let acts: ActsRow = serde_json::from_str(&row.acts).map_err(|_| unknown("acts"))?;
        Ok(Self {
            id: row.meeting_id.parse().map_err(|_| unknown(&row.meeting_id))?,
            tests: row.tests_id.parse().map_err(|_| unknown(&row.tests_id))?,
            state: State::named(&row.state).ok_or_else(|| unknown(&row.state))?,
            items: items.into_iter().map(Item::try_from).collect::<Result<_, _>>()?,
            reason: row.reason,
            begun: read_act(acts.begun)?,
            ended: read_act(acts.ended)?,
            explained: read_act(acts.explained)?,
            accepted: read_act(acts.accepted)?,
            changed: read_act(acts.changed)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::meeting::tests::demo;

    #[tokio::test]
    async fn a_joint_test_comes_back_as_it_was_stored() {
        let store = Store::in_memory().await.unwrap();
        let meeting = demo();
        let slot = Meeting { id: "slot".parse().unwrap(), tests: Some(meeting.id.clone()), ..demo() };
        let planned = JointTest::planned(slot.id.clone(), meeting.id.clone());
        store.save_meetings(&[meeting.clone(), slot.clone()]).await.unwrap();
        assert_eq!(store.joint_test(&meeting).await.unwrap(), None, "a meeting is none");
        assert_eq!(store.joint_test(&slot).await.unwrap(), Some(planned.clone()));
        let act = |by: &str, at| Act { by: by.parse().unwrap(), at: moment(at) };
        let begun = planned.begin(&store.checklist().await.unwrap(), act("wang", 1000)).unwrap();
        let bad = begun.check("camera", Verdict::Bad, "预置位偏了", act("wang", 2000)).unwrap();
        let ended = bad.end(act("wang", 3000)).unwrap().explain("会前再调", act("wang", 4000)).unwrap();
        let signed = ended.accept(act("zhang", 5000)).unwrap();
        store.save_with_tests(&[], std::slice::from_ref(&signed)).await.unwrap();
        assert_eq!(store.joint_test(&slot).await.unwrap().as_ref(), Some(&signed));
        let of = store.joint_tests_of(std::slice::from_ref(&meeting.id)).await.unwrap();
        assert_eq!(of, [(slot, signed)]);
    }

    #[tokio::test]
    async fn the_checklist_is_the_first_one_until_somebody_edits_it() {
        let store = Store::in_memory().await.unwrap();
        let mut list = store.checklist().await.unwrap();
        assert!(list.len() >= 10, "{} items", list.len());
        list.reverse();
        list[0].text = "磁盘".to_owned();
        store.save_checklist(&list).await.unwrap();
        assert_eq!(store.checklist().await.unwrap(), list);
    }
}
