//! The library: recordings found, and what people added to them.

use super::{
    Store, StoreError,
    error::attempted,
    moment, ms,
    recording::{self, Model as Row},
    words,
};
use crate::{
    domain::{
        catalogue::{Catalogue, Lock, Mark},
        recording::Recording,
        search::Search,
    },
    id::{AccountId, MarkId, OrgUnitId, RecordingId},
};
use sea_orm::{
    ActiveValue::Set, DbBackend, FromQueryResult, QueryOrder as _, QueryResult, Statement, Value, entity::prelude::*,
    sea_query::Expr,
};
use std::time::SystemTime;

/// Rows of `recording_marks`.
mod mark {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recording_marks")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) recording_id: String,
        pub(super) at_ms: i64,
        pub(super) text: String,
        pub(super) made_by: String,
        pub(super) made_ms: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What of a row of `recordings` people add.
mod catalogue {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recordings")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) note: String,
        pub(super) locked_by: Option<String>,
        pub(super) locked_ms: Option<i64>,
        pub(super) lock_text: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const READ: &str = "read the library";
const WRITE: &str = "store what was added to a recording";

/// A recording as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The recording.
    pub recording: Recording,
    /// Its meeting's title.
    pub title: String,
    /// The unit that held the meeting, as its notice says.
    pub unit: String,
    /// That unit, if it is one that is known.
    pub org_unit: Option<OrgUnitId>,
    /// What somebody wrote about it.
    pub note: String,
    /// Whether it stays as it is.
    pub locked: bool,
}

/// Where a page of a list ended: what follows began earlier, or at the same moment and has a later id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// When its last entry began.
    pub at: SystemTime,
    /// Its id.
    pub id: String,
}

const COLUMNS: &str = "r.*, m.title AS meeting_title, m.unit AS meeting_unit, m.org_unit_id AS meeting_org_unit";

impl Store {
    /// A page of recordings that are looked for, latest first: at most so many, after where the page before ended. None but
    /// those that are found is read, and of those no more than the page if no words are looked for.
    pub async fn find_recordings(
        &self,
        search: &Search,
        after: Option<&After>,
        count: u32,
    ) -> Result<Vec<Found>, StoreError> {
        let rows = self.db.query_all_raw(found(search, after, count)).await.map_err(attempted(READ))?;
        rows.iter().map(Found::of).collect()
    }

    /// One recording as a list shows it.
    pub async fn found_recording(&self, id: &RecordingId) -> Result<Option<Found>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM recordings r JOIN meetings m ON m.id = r.meeting_id WHERE r.id = ?");
        let one = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [id.as_str().into()]);
        let row = self.db.query_one_raw(one).await.map_err(attempted(READ))?;
        row.as_ref().map(Found::of).transpose()
    }

    /// What was added to a recording; nothing if there is no such recording.
    pub async fn catalogue(&self, id: &RecordingId) -> Result<Catalogue, StoreError> {
        let row = catalogue::Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Catalogue::try_from).transpose().map(Option::unwrap_or_default)
    }

    /// Stores what was added to a recording.
    pub async fn save_catalogue(&self, id: &RecordingId, added: &Catalogue) -> Result<(), StoreError> {
        let lock = added.lock.as_ref();
        let reason = lock.map(|lock| lock.reason.clone()).unwrap_or_default();
        let update = catalogue::Entity::update_many()
            .col_expr(catalogue::Column::Note, Expr::value(added.note.as_str()))
            .col_expr(catalogue::Column::LockedBy, Expr::value(lock.map(|lock| lock.by.to_string())))
            .col_expr(catalogue::Column::LockedMs, Expr::value(lock.map(|lock| ms(lock.at))))
            .col_expr(catalogue::Column::LockText, Expr::value(reason));
        update.filter(catalogue::Column::Id.eq(id.as_str())).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// The marks of a recording in their order.
    pub async fn marks(&self, id: &RecordingId) -> Result<Vec<Mark>, StoreError> {
        let of = mark::Entity::find().filter(mark::Column::RecordingId.eq(id.as_str()));
        let rows = of.order_by_asc(mark::Column::AtMs).order_by_asc(mark::Column::Id).all(&self.db).await;
        rows.map_err(attempted(READ))?.into_iter().map(Mark::try_from).collect()
    }

    /// Stores a mark. Its recording and whoever made it must be stored.
    pub async fn add_mark(&self, recording: &RecordingId, mark: &Mark) -> Result<(), StoreError> {
        let row = mark::ActiveModel {
            id: Set(mark.id.to_string()),
            recording_id: Set(recording.to_string()),
            at_ms: Set(i64::try_from(mark.at_ms).unwrap_or(i64::MAX)),
            text: Set(mark.text.clone()),
            made_by: Set(mark.by.to_string()),
            made_ms: Set(ms(mark.made)),
        };
        mark::Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Takes a mark away; what it said is in the book.
    pub async fn remove_mark(&self, recording: &RecordingId, id: &MarkId) -> Result<(), StoreError> {
        let one = mark::Entity::delete_many().filter(mark::Column::Id.eq(id.as_str()));
        let one = one.filter(mark::Column::RecordingId.eq(recording.as_str()));
        one.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

/// The statement of a search. `CROSS JOIN` keeps the order the tables are read in: with words those that have them come first,
/// without the latest recordings.
fn found(search: &Search, after: Option<&After>, count: u32) -> Statement {
    let mut values: Vec<Value> = Vec::new();
    let mut which: Vec<&str> = Vec::new();
    let from = match words::query(&search.words, search.within) {
        Some(query) => {
            values.push(query.into());
            which.push("meeting_words MATCH ?");
            "meeting_words w CROSS JOIN meetings m ON m.words_row = w.rowid \
             CROSS JOIN recordings r ON r.meeting_id = m.id"
        }
        None => "recordings r CROSS JOIN meetings m ON m.id = r.meeting_id",
    };
    let mut when = |condition: &'static str, moment: SystemTime| {
        which.push(condition);
        values.push(ms(moment).into());
    };
    if let Some(from) = search.from {
        when("r.started_ms >= ?", from);
    }
    if let Some(to) = search.to {
        when("r.started_ms < ?", to);
    }
    if let Some(After { at, id }) = after {
        when("r.started_ms <= ?", *at);
        when("(r.started_ms < ? OR r.id > ?)", *at);
        values.push(id.as_str().into());
    }
    values.push(i64::from(count).into());
    let which = if which.is_empty() { String::new() } else { format!("WHERE {} ", which.join(" AND ")) };
    let sql = format!("SELECT {COLUMNS} FROM {from} {which}ORDER BY r.started_ms DESC, r.id LIMIT ?");
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

impl Found {
    fn of(row: &QueryResult) -> Result<Self, StoreError> {
        let text = |column: &str| row.try_get::<String>("", column).map_err(attempted(READ));
        let recording = Row::from_query_result(row, "").map_err(attempted(READ))?;
        let org_unit: Option<String> = row.try_get("", "meeting_org_unit").map_err(attempted(READ))?;
        let known = |id: String| id.parse().map_err(|_| StoreError::Value { what: READ, value: id });
        let locked: Option<i64> = row.try_get("", "locked_ms").map_err(attempted(READ))?;
        Ok(Self {
            recording: recording.try_into()?,
            title: text("meeting_title")?,
            unit: text("meeting_unit")?,
            org_unit: org_unit.map(known).transpose()?,
            note: text("note")?,
            locked: locked.is_some(),
        })
    }
}

impl TryFrom<catalogue::Model> for Catalogue {
    type Error = StoreError;

    fn try_from(row: catalogue::Model) -> Result<Self, StoreError> {
        let lock = match (row.locked_by, row.locked_ms) {
            (Some(by), Some(at)) => {
                let by: AccountId = by.parse().map_err(|_| recording::unknown(&by))?;
                Some(Lock { by, at: moment(at), reason: row.lock_text })
            }
            _ => None,
        };
        Ok(Self { note: row.note, lock })
    }
}

impl TryFrom<mark::Model> for Mark {
    type Error = StoreError;

    fn try_from(row: mark::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.parse().map_err(|_| recording::unknown(&row.id))?,
            at_ms: row.at_ms.max(0).unsigned_abs(),
            text: row.text,
            by: row.made_by.parse().map_err(|_| recording::unknown(&row.made_by))?,
            made: moment(row.made_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            meeting::Meeting,
            notice::{Attendee, Notice},
            role::Role,
            search::Within,
        },
        id::MeetingId,
        store::{account::tests::stored, meeting::tests::demo},
    };
    use std::time::Duration;

    fn search(typed: &str, within: Within) -> Search {
        Search { words: Search::words_of(typed), within, ..Search::default() }
    }

    fn notice(unit: &str, attendees: &[(&str, &str)], agenda: &[&str]) -> Notice {
        let attendee = |&(name, unit): &(&str, &str)| Attendee { name: name.to_owned(), unit: unit.to_owned() };
        Notice {
            unit: unit.to_owned(),
            attendees: attendees.iter().map(attendee).collect(),
            agenda: agenda.iter().map(ToString::to_string).collect(),
            ..Notice::default()
        }
    }

    async fn meeting(store: &Store, id: &str, title: &str, notice: &Notice) {
        let meeting = Meeting { id: id.parse().unwrap(), title: title.to_owned(), ..demo() };
        store.save_meeting(&meeting).await.unwrap();
        store.save_notice(&meeting.id, notice, None).await.unwrap();
        store.begin_recording(format!("r-{id}").parse().unwrap(), &meeting.id).await.unwrap();
    }

    async fn ids(store: &Store, search: &Search) -> Vec<String> {
        let found = store.find_recordings(search, None, 100).await.unwrap();
        let mut ids: Vec<String> = found.into_iter().map(|found| found.recording.id.to_string()).collect();
        ids.sort_unstable();
        ids
    }

    #[tokio::test]
    async fn a_recording_is_found_by_every_word_of_its_meeting() {
        let store = Store::in_memory().await.unwrap();
        let flood = notice(
            "县防汛抗旱指挥部",
            &[("张建国 副县长", "县政府"), ("李伟", "县水务局")],
            &["通报汛情", "部署转移安置"],
        );
        meeting(&store, "flood", "全县森林防火视频调度会议", &flood).await;
        let party = notice("县委办公室", &[("王秀兰", "县纪委监委")], &["传达学习"]);
        meeting(&store, "party", "县委常委会（扩大）会议", &party).await;
        meeting(&store, "plain", "Joint Test 联调", &Notice::default()).await;
        let (both, flood, party, plain) =
            (vec!["r-flood", "r-party"], vec!["r-flood"], vec!["r-party"], vec!["r-plain"]);
        for (typed, within, expect) in [
            ("森林", Within::Anything, &flood),
            ("视频调度", Within::Title, &flood),
            ("全县森林防火视频调度会议", Within::Title, &flood),
            ("火", Within::Title, &flood),
            ("议", Within::Title, &both),
            ("会议", Within::Title, &both),
            ("常委会扩大", Within::Title, &party),
            ("(扩大)会议", Within::Title, &party),
            ("防汛", Within::Unit, &flood),
            ("水务局", Within::Unit, &flood),
            ("防汛", Within::Title, &vec![]),
            ("李伟", Within::Attendee, &flood),
            ("建国", Within::Attendee, &flood),
            ("转移安置", Within::Agenda, &flood),
            ("转移安置", Within::Attendee, &vec![]),
            ("森林 水务局 李伟", Within::Anything, &flood),
            ("森林 纪委", Within::Anything, &vec![]),
            // No word stands across two items.
            ("汛情部署", Within::Agenda, &vec![]),
            ("森火", Within::Anything, &vec![]),
            ("ＪＯＩＮＴ", Within::Anything, &plain),
            ("test联", Within::Anything, &plain),
            // Signs of a query language mean nothing.
            ("test\" OR \"防汛", Within::Anything, &vec![]),
            ("\"joint\" *", Within::Anything, &plain),
        ] {
            assert_eq!(ids(&store, &search(typed, within)).await, *expect, "{typed} in {within:?}");
        }
        assert_eq!(ids(&store, &search("，、", Within::Anything)).await.len(), 3, "no word is every meeting");

        let renamed = Meeting { id: "flood".parse().unwrap(), title: "抗旱会".to_owned(), ..demo() };
        store.save_meeting(&renamed).await.unwrap();
        assert_eq!(ids(&store, &search("森林", Within::Anything)).await, Vec::<String>::new());
        assert_eq!(ids(&store, &search("抗旱会 李伟", Within::Anything)).await, flood);
        assert_eq!(store.notice(&renamed.id).await.unwrap().unwrap().attendees[1].unit, "县水务局", "it stays");
    }

    /// More than a county holds in ten years.
    const MANY: u32 = 3_000;

    async fn many() -> Store {
        let store = Store::in_memory().await.unwrap();
        let titles = ["全县防汛抗旱视频会议", "县委常委会会议", "乡村振兴工作调度会"];
        for number in 0..MANY / 10 {
            let title = format!("{}第{number}次", titles[number as usize % 3]);
            let unit = if number == 77 { "县档案馆" } else { "县委办公室" };
            let id: MeetingId = format!("m{number}").parse().unwrap();
            let row = Meeting { id: id.clone(), title, ..demo() };
            store.save_meeting(&row).await.unwrap();
            store.save_notice(&id, &notice(unit, &[("李伟", "县水务局")], &["通报情况"]), None).await.unwrap();
        }
        let filled = format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {MANY}) \
             INSERT INTO recordings (id, meeting_id, state, folder, started_ms, ended_ms, files) \
             SELECT 'r' || i, 'm' || (i % {}), 'stopped', 'r' || i, (i / 2) * 60000, i * 60000 + 1, 'due' FROM n",
            MANY / 10
        );
        store.db.execute_unprepared(&filled).await.unwrap();
        store
    }

    /// How the database goes about a search.
    async fn plan(store: &Store, search: &Search, after: Option<&After>) -> String {
        let Statement { sql, values, .. } = found(search, after, 50);
        let explained = Statement { sql: format!("EXPLAIN QUERY PLAN {sql}"), values, db_backend: DbBackend::Sqlite };
        let rows = store.db.query_all_raw(explained).await.unwrap();
        let line = |row: &QueryResult| row.try_get::<String>("", "detail").unwrap();
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[tokio::test]
    async fn a_page_of_three_thousand_is_read_without_reading_the_others() {
        let store = many().await;
        let minute = |count: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(60 * count);
        let dated = Search { from: Some(minute(100)), to: Some(minute(200)), ..Search::default() };
        let after = After { at: minute(500), id: "r1000".to_owned() };
        for (search, after) in [(Search::default(), None), (Search::default(), Some(&after)), (dated.clone(), None)] {
            let plan = plan(&store, &search, after).await;
            assert!(plan.contains("USING INDEX recordings_by_start"), "{plan}");
            assert!(plan.contains("SEARCH m USING") && !plan.contains("TEMP B-TREE"), "no sorting: {plan}");
        }
        for words in ["档案", "档案馆通", "档"] {
            let plan = plan(&store, &search(words, Within::Unit), None).await;
            let reads = "SEARCH m USING INDEX meetings_by_words (words_row=?)\n\
                         SEARCH r USING INDEX recordings_by_meeting (meeting_id=?)";
            assert!(plan.contains("VIRTUAL TABLE INDEX") && plan.contains(reads), "{plan}");
            assert!(!plan.contains("SCAN m") && !plan.contains("SCAN r"), "{plan}");
        }
        assert_eq!(ids(&store, &search("档案", Within::Unit)).await.len(), 10);
        let dated = ids(&store, &dated).await;
        assert_eq!((dated.len(), dated.contains(&"r399".to_owned())), (100, true), "the latest hundred of those days");
    }

    #[tokio::test]
    async fn pages_follow_one_another_without_holes_and_without_twice() {
        let store = many().await;
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = store.find_recordings(&search("县委", Within::Title), after.as_ref(), 130).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(After { at: last.recording.started, id: last.recording.id.to_string() });
            seen.extend(page.into_iter().map(|found| (found.recording.started, found.recording.id.to_string())));
        }
        assert_eq!(seen.len(), MANY as usize / 3);
        let mut sorted = seen.clone();
        sorted.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        sorted.dedup();
        assert_eq!(seen, sorted, "latest first, each once");
    }

    #[tokio::test]
    async fn what_was_added_comes_back() {
        let store = Store::in_memory().await.unwrap();
        let clerk = stored(&store, "wang", &[Role::Clerk]).await.id;
        meeting(&store, "flood", "防汛会", &notice("县水务局", &[], &[])).await;
        let id: RecordingId = "r-flood".parse().unwrap();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(7);
        let lock = Lock { by: clerk.clone(), at, reason: "审计要求保留".to_owned() };
        let added = Catalogue { note: "第一行\n第二行".to_owned(), lock: Some(lock) };
        store.save_catalogue(&id, &added).await.unwrap();
        assert_eq!(store.catalogue(&id).await.unwrap(), added);
        let found = store.found_recording(&id).await.unwrap().expect("there");
        assert_eq!((found.unit.as_str(), found.locked, found.note), ("县水务局", true, added.note.clone()));
        store.save_catalogue(&id, &Catalogue { lock: None, ..added }).await.unwrap();
        assert!(!store.found_recording(&id).await.unwrap().expect("there").locked);
        let mark = |name: &str, at_ms| Mark {
            id: name.parse().unwrap(),
            at_ms,
            text: "李伟发言".to_owned(),
            by: clerk.clone(),
            made: at,
        };
        for one in [mark("k2", 9_000), mark("k1", 4_000)] {
            store.add_mark(&id, &one).await.unwrap();
        }
        assert_eq!(store.marks(&id).await.unwrap(), [mark("k1", 4_000), mark("k2", 9_000)]);
        store.remove_mark(&"other".parse().unwrap(), &"k1".parse().unwrap()).await.unwrap();
        store.remove_mark(&id, &"k2".parse().unwrap()).await.unwrap();
        assert_eq!(store.marks(&id).await.unwrap(), [mark("k1", 4_000)]);
    }
}
