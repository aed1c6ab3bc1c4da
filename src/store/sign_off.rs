//! Sign-offs, and who fetched what was released. A row is never removed, and what was decided is never changed.

use super::{After, Store, StoreError, error::attempted, moment, ms};
use crate::{
    domain::sign_off::{Decision, Part, Request, SignOff, Signature},
    id::{AccountId, ExportId, OrgUnitId, RecordingId, SignOffId},
};
use sea_orm::{
    ActiveValue::Set, Condition, DbBackend, QueryOrder as _, QueryResult, QuerySelect as _, Statement, Value,
    entity::prelude::*,
};
use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

/// A row of `sign_offs`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_offs")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) recording_id: String,
    pub(super) asked_by: String,
    pub(super) asked_ms: i64,
    /// The unit whose approver signs; null is the county's own.
    pub(super) org_unit_id: Option<String>,
    pub(super) purpose: String,
    pub(super) recipient: String,
    pub(super) days: i32,
    /// Of a part, milliseconds from the recording's beginning; null for the whole.
    pub(super) from_ms: Option<i64>,
    pub(super) to_ms: Option<i64>,
    /// Null while it waits.
    pub(super) granted: Option<bool>,
    pub(super) decided_by: Option<String>,
    /// The approver whoever signed deputised for.
    pub(super) decided_for: Option<String>,
    pub(super) decided_ms: Option<i64>,
    pub(super) decision_text: String,
    pub(super) recalled_by: Option<String>,
    pub(super) recalled_for: Option<String>,
    pub(super) recalled_ms: Option<i64>,
    pub(super) recall_text: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Rows of `exports`.
mod export {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "exports")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) sign_off_id: String,
        pub(super) account_id: String,
        pub(super) made_ms: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const READ: &str = "read a sign-off";
const WRITE: &str = "store a sign-off";
const EXPORT: &str = "read or store an export";

/// Somebody's leave to fetch what was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Random; part of the address it is fetched from.
    pub id: ExportId,
    /// What it rests on.
    pub sign_off: SignOffId,
    /// Whose it is.
    pub account: AccountId,
    /// When it was made.
    pub made: SystemTime,
}

/// What a sign-off is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The recording's meeting's title.
    pub title: String,
    /// When the recording began.
    pub recorded: SystemTime,
}

/// Whom sign-offs are read for, if not for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concerned {
    /// What was held by these units is theirs to sign for.
    pub units: OfUnits,
    /// And whatever this account is named in.
    pub account: AccountId,
}

/// Units that share a pen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfUnits {
    /// One has its own.
    One(OrgUnitId),
    /// All but these, and what no unit held.
    AllBut(Vec<OrgUnitId>),
    /// None any more.
    None,
}

impl Concerned {
    fn condition(&self) -> Condition {
        let named = [Column::AskedBy, Column::DecidedBy, Column::DecidedFor, Column::RecalledBy, Column::RecalledFor];
        let named = named.into_iter().map(|column| column.eq(self.account.as_str()));
        let any = named.fold(Condition::any(), Condition::add);
        match &self.units {
            OfUnits::One(unit) => any.add(Column::OrgUnitId.eq(unit.as_str())),
            OfUnits::AllBut(others) => {
                let others = others.iter().map(OrgUnitId::as_str);
                any.add(Column::OrgUnitId.is_null()).add(Column::OrgUnitId.is_not_in(others))
            }
            OfUnits::None => any,
        }
    }
}

/// Most requests that wait at once and are listed.
const WAITING_MAX: u64 = 500;

impl Store {
    /// The requests that wait, the latest first: all, or those that concern somebody.
    pub async fn sign_offs_waiting(&self, of: Option<&Concerned>) -> Result<Vec<SignOff>, StoreError> {
        let which = Condition::all().add(Column::Granted.is_null()).add_option(of.map(Concerned::condition));
        read(Entity::find().filter(which).limit(WAITING_MAX), &self.db).await
    }

    /// A page of the requests that were decided, the latest request first: at most so many, after where the page before ended.
    pub async fn sign_offs_decided(
        &self,
        of: Option<&Concerned>,
        after: Option<&After>,
        count: u32,
    ) -> Result<Vec<SignOff>, StoreError> {
        let after = after.map(|After { at, id }| {
            let later = Condition::any().add(Column::AskedMs.lt(ms(*at))).add(Column::Id.gt(id.as_str()));
            Condition::all().add(Column::AskedMs.lte(ms(*at))).add(later)
        });
        let of = of.map(Concerned::condition);
        let which = Condition::all().add(Column::Granted.is_not_null()).add_option(after).add_option(of);
        read(Entity::find().filter(which).limit(u64::from(count)), &self.db).await
    }

    /// What this account asked for of these recordings, the latest request first.
    pub async fn sign_offs_of(
        &self,
        recordings: impl IntoIterator<Item = &RecordingId>,
        asked_by: &AccountId,
    ) -> Result<Vec<SignOff>, StoreError> {
        let recordings: Vec<&str> = recordings.into_iter().map(RecordingId::as_str).collect();
        let of = Entity::find().filter(Column::RecordingId.is_in(recordings));
        read(of.filter(Column::AskedBy.eq(asked_by.as_str())), &self.db).await
    }

    /// What sign-offs of these recordings are about.
    pub async fn about_recordings(
        &self,
        recordings: HashSet<&RecordingId>,
    ) -> Result<HashMap<RecordingId, About>, StoreError> {
        let places = vec!["?"; recordings.len()].join(", ");
        let sql = format!(
            "SELECT r.id, r.started_ms, m.title FROM recordings r JOIN meetings m ON m.id = r.meeting_id WHERE r.id IN ({places})"
        );
        let ids = recordings.into_iter().map(|id| Value::from(id.as_str()));
        let rows = self.db.query_all_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, ids)).await;
        let about = |row: &QueryResult| {
            let (id, started_ms, title): (String, i64, String) =
                row.try_get_many_by_index().map_err(attempted(READ))?;
            Ok((id.parse().map_err(|_| unknown(id))?, About { title, recorded: moment(started_ms) }))
        };
        rows.map_err(attempted(READ))?.iter().map(about).collect()
    }

    /// The sign-off of this id, if there is one.
    pub async fn sign_off(&self, id: &SignOffId) -> Result<Option<SignOff>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(SignOff::try_from).transpose()
    }

    /// Stores a request. Its recording and whoever asks must be stored.
    pub async fn add_sign_off(&self, asked: &SignOff) -> Result<(), StoreError> {
        Entity::insert(row(asked)).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Stores what became of a request.
    pub async fn save_sign_off(&self, decided: &SignOff) -> Result<(), StoreError> {
        Entity::update(row(decided)).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Stores somebody's leave to fetch.
    pub async fn add_export(&self, export: &Export) -> Result<(), StoreError> {
        let row = export::ActiveModel {
            id: Set(export.id.to_string()),
            sign_off_id: Set(export.sign_off.to_string()),
            account_id: Set(export.account.to_string()),
            made_ms: Set(ms(export.made)),
        };
        export::Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(EXPORT))?;
        Ok(())
    }

    /// The export of this id, if there is one.
    pub async fn export(&self, id: &ExportId) -> Result<Option<Export>, StoreError> {
        let row = export::Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(EXPORT))?;
        row.map(Export::try_from).transpose()
    }
}

async fn read(query: Select<Entity>, db: &DatabaseConnection) -> Result<Vec<SignOff>, StoreError> {
    let query = query.order_by_desc(Column::AskedMs).order_by_asc(Column::Id);
    query.all(db).await.map_err(attempted(READ))?.into_iter().map(SignOff::try_from).collect()
}

fn row(sign_off: &SignOff) -> ActiveModel {
    let decided = sign_off.decision.as_ref().map(|decision| match decision {
        Decision::Granted(signature) => (true, signature),
        Decision::Refused(signature) => (false, signature),
    });
    let signed = decided.map(|(_, signature)| signature);
    let recall = sign_off.recall.as_ref();
    let text = |signature: Option<&Signature>| signature.map(|signature| signature.text.clone()).unwrap_or_default();
    let by = |signature: Option<&Signature>| signature.map(|signature| signature.by.to_string());
    let at = |signature: Option<&Signature>| signature.map(|signature| ms(signature.at));
    let deputising = |signature: Option<&Signature>| signature?.deputising.as_ref().map(AccountId::to_string);
    let place = |of: fn(&Part) -> u64| Some(i64::try_from(of(sign_off.request.part.as_ref()?)).unwrap_or(i64::MAX));
    ActiveModel {
        id: Set(sign_off.id.to_string()),
        recording_id: Set(sign_off.recording.to_string()),
        asked_by: Set(sign_off.asked_by.to_string()),
        asked_ms: Set(ms(sign_off.asked)),
        org_unit_id: Set(sign_off.unit.as_ref().map(OrgUnitId::to_string)),
        purpose: Set(sign_off.request.purpose.clone()),
        recipient: Set(sign_off.request.recipient.clone()),
        days: Set(sign_off.request.days.into()),
        from_ms: Set(place(|part| part.from_ms)),
        to_ms: Set(place(|part| part.to_ms)),
        granted: Set(decided.map(|(granted, _)| granted)),
        decided_by: Set(by(signed)),
        decided_for: Set(deputising(signed)),
        decided_ms: Set(at(signed)),
        decision_text: Set(text(signed)),
        recalled_by: Set(by(recall)),
        recalled_for: Set(deputising(recall)),
        recalled_ms: Set(at(recall)),
        recall_text: Set(text(recall)),
    }
}

fn unknown(value: impl Into<String>) -> StoreError {
    StoreError::Value { what: READ, value: value.into() }
}

fn signature(
    by: Option<String>,
    deputising: Option<String>,
    at: Option<i64>,
    text: String,
) -> Result<Option<Signature>, StoreError> {
    let account = |id: String| id.parse().map_err(|_| unknown(id));
    match (by, at) {
        (Some(by), Some(at)) => {
            let deputising = deputising.map(account).transpose()?;
            Ok(Some(Signature { by: account(by)?, deputising, at: moment(at), text }))
        }
        (None, None) => Ok(None),
        _ => Err(unknown("a signature by nobody or at no time")),
    }
}

impl TryFrom<Model> for SignOff {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let signed = signature(row.decided_by, row.decided_for, row.decided_ms, row.decision_text)?;
        let decision = match (row.granted, signed) {
            (None, None) => None,
            (Some(true), Some(signed)) => Some(Decision::Granted(signed)),
            (Some(false), Some(signed)) => Some(Decision::Refused(signed)),
            _ => return Err(unknown("a decision without its signature")),
        };
        let place = |ms: i64| u64::try_from(ms).map_err(|_| unknown(ms.to_string()));
        let part = match row.from_ms.zip(row.to_ms) {
            Some((from, to)) => Some(Part { from_ms: place(from)?, to_ms: place(to)? }),
            None => None,
        };
        let days = row.days.try_into().map_err(|_| unknown(row.days.to_string()))?;
        Ok(Self {
            id: row.id.parse().map_err(|_| unknown(row.id))?,
            recording: row.recording_id.parse().map_err(|_| unknown(row.recording_id))?,
            asked_by: row.asked_by.parse().map_err(|_| unknown(row.asked_by))?,
            asked: moment(row.asked_ms),
            unit: row.org_unit_id.map(|id| id.parse().map_err(|_| unknown(id))).transpose()?,
            request: Request { part, purpose: row.purpose, recipient: row.recipient, days },
            decision,
            recall: signature(row.recalled_by, row.recalled_for, row.recalled_ms, row.recall_text)?,
        })
    }
}

impl TryFrom<export::Model> for Export {
    type Error = StoreError;

    fn try_from(row: export::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.parse().map_err(|_| unknown(row.id))?,
            sign_off: row.sign_off_id.parse().map_err(|_| unknown(row.sign_off_id))?,
            account: row.account_id.parse().map_err(|_| unknown(row.account_id))?,
            made: moment(row.made_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            role::Role,
            sign_off::{Signer, tests::asked},
        },
        store::{account::tests::stored, meeting::tests::demo},
    };
    use std::time::Duration;

    #[tokio::test]
    async fn a_request_comes_back_with_what_became_of_it() {
        let store = Store::in_memory().await.unwrap();
        let clerk = stored(&store, "wang", &[Role::Clerk]).await.id;
        let approver = stored(&store, "zhang", &[Role::Approver]).await.id;
        store.save_meeting(&demo()).await.unwrap();
        let part = Some(Part { from_ms: 4_000, to_ms: 90_000 });
        let unit = Some("u1".parse().unwrap());
        let asked = SignOff { unit, asked_by: clerk.clone(), request: Request { part, ..asked().request }, ..asked() };
        assert!(store.add_sign_off(&asked).await.is_err(), "no such recording yet");
        store.begin_recording(asked.recording.clone(), &demo().id).await.unwrap();
        store.add_sign_off(&asked).await.unwrap();
        let later = SignOff { id: "s2".parse().unwrap(), asked: asked.asked + Duration::from_secs(1), ..asked.clone() };
        store.add_sign_off(&later).await.unwrap();
        assert_eq!(store.sign_offs_waiting(None).await.unwrap(), [later.clone(), asked.clone()]);
        assert_eq!(store.sign_offs_of([&asked.recording], &clerk).await.unwrap(), [later.clone(), asked.clone()]);
        assert_eq!(store.sign_offs_of([&asked.recording], &approver).await.unwrap(), []);
        assert_eq!(store.sign_offs_of([&"r2".parse().unwrap()], &clerk).await.unwrap(), []);
        let about = store.about_recordings([&asked.recording].into()).await.unwrap();
        assert_eq!(about[&asked.recording].title, demo().title);

        let now = asked.asked + Duration::from_secs(60);
        let approver = Signer { by: approver, deputising: Some(clerk.clone()) };
        let granted = asked.clone().grant(approver.clone(), "同意", now).unwrap();
        store.save_sign_off(&granted).await.unwrap();
        assert_eq!(store.sign_off(&asked.id).await.unwrap().as_ref(), Some(&granted));
        let recalled = granted.recall(approver.clone(), "内容有误", now).unwrap();
        store.save_sign_off(&recalled).await.unwrap();
        assert_eq!(store.sign_off(&asked.id).await.unwrap().as_ref(), Some(&recalled));
        let refused = later.refuse(approver, "不宜外传", now).unwrap();
        store.save_sign_off(&refused).await.unwrap();
        assert_eq!(store.sign_offs_waiting(None).await.unwrap(), []);
        assert_eq!(store.sign_offs_decided(None, None, 9).await.unwrap(), [refused.clone(), recalled.clone()]);
        let first = store.sign_offs_decided(None, None, 1).await.unwrap();
        assert_eq!(first, std::slice::from_ref(&refused));
        let after = After { at: refused.asked, id: refused.id.to_string() };
        assert_eq!(store.sign_offs_decided(None, Some(&after), 9).await.unwrap(), [recalled]);
        // For somebody alone: what their units held, and what they are named in; nothing else is read.
        let nobody: AccountId = "nobody".parse().unwrap();
        let water: OrgUnitId = "water".parse().unwrap();
        for (units, account, found) in [
            (OfUnits::One(water.clone()), &nobody, 0),
            (OfUnits::AllBut(vec![water]), &nobody, 2),
            (OfUnits::AllBut(Vec::new()), &nobody, 2),
            (OfUnits::None, &nobody, 0),
            (OfUnits::None, &refused.asked_by, 2),
        ] {
            let of = Concerned { units, account: account.clone() };
            let read = store.sign_offs_decided(Some(&of), None, 9).await.unwrap();
            assert_eq!(read.len(), found, "{of:?}");
        }

        let export = Export { id: "e1".parse().unwrap(), sign_off: asked.id, account: clerk, made: now };
        store.add_export(&export).await.unwrap();
        assert_eq!(store.export(&export.id).await.unwrap(), Some(export));
        assert_eq!(store.export(&"e2".parse().unwrap()).await.unwrap(), None);
    }
}
