//! Sign-offs of arrangements. A row is never removed, and what was decided is never changed.

use super::{Concerned, OfUnits, Store, StoreError, error::attempted, moment, ms};
use crate::{
    domain::{
        arrangement_sign::{Arranged, ArrangementSignOff},
        sign_off::{Decision, Signature},
    },
    id::{MeetingId, OrgUnitId, SignOffId},
};
use sea_orm::{
    ActiveValue::Set, Condition, DbBackend, QueryOrder as _, QueryResult, QuerySelect as _, Statement, Value,
    entity::prelude::*,
};
use std::collections::HashMap;

/// A row of `arrangement_sign_offs`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "arrangement_sign_offs")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) meeting_id: String,
    pub(super) asked_by: String,
    pub(super) asked_ms: i64,
    /// The unit whose approver signs; null is the county's own.
    pub(super) org_unit_id: Option<String>,
    pub(super) remark: String,
    /// What is signed for, as people read it.
    pub(super) arranged: String,
    pub(super) fingerprint: String,
    /// Null while it waits.
    pub(super) granted: Option<bool>,
    pub(super) decided_by: Option<String>,
    /// The approver whoever signed deputised for.
    pub(super) decided_for: Option<String>,
    pub(super) decided_ms: Option<i64>,
    pub(super) decision_text: String,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read an arrangement's sign-off";
const WRITE: &str = "store an arrangement's sign-off";

/// Most that wait at once and are listed.
const WAITING_MAX: u64 = 500;

/// Most of those decided that are listed: what was signed for is with its meeting for ever.
const DECIDED_MAX: u64 = 100;

impl Store {
    /// Requests for arrangements, the latest first: those that wait, then the latest that were decided; all, or those that concern
    /// somebody.
    pub async fn arrangement_sign_offs(&self, of: Option<&Concerned>) -> Result<Vec<ArrangementSignOff>, StoreError> {
        let which = |decided: bool| {
            let state = if decided { Column::Granted.is_not_null() } else { Column::Granted.is_null() };
            Condition::all().add(state).add_option(of.map(condition))
        };
        let mut all = read(Entity::find().filter(which(false)).limit(WAITING_MAX), &self.db).await?;
        all.extend(read(Entity::find().filter(which(true)).limit(DECIDED_MAX), &self.db).await?);
        Ok(all)
    }

    /// The request of this id, if there is one.
    pub async fn arrangement_sign_off(&self, id: &SignOffId) -> Result<Option<ArrangementSignOff>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(ArrangementSignOff::try_from).transpose()
    }

    /// The latest request of each of these meetings that has one.
    pub async fn latest_arrangement_sign_offs(
        &self,
        meetings: &[&MeetingId],
    ) -> Result<HashMap<MeetingId, ArrangementSignOff>, StoreError> {
        let of = Entity::find().filter(Column::MeetingId.is_in(meetings.iter().map(|id| id.as_str())));
        let mut latest = HashMap::new();
        // The latest comes first.
        for request in read(of, &self.db).await? {
            latest.entry(request.meeting.clone()).or_insert(request);
        }
        Ok(latest)
    }

    /// The unit that holds each of these meetings, where it is known.
    pub async fn units_of_meetings(
        &self,
        meetings: &[&MeetingId],
    ) -> Result<HashMap<MeetingId, OrgUnitId>, StoreError> {
        let places = vec!["?"; meetings.len()].join(", ");
        let sql = format!("SELECT id, org_unit_id FROM meetings WHERE org_unit_id IS NOT NULL AND id IN ({places})");
        let ids = meetings.iter().map(|id| Value::from(id.as_str()));
        let rows = self.db.query_all_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, ids)).await;
        let pair = |row: &QueryResult| {
            let (meeting, unit): (String, String) = row.try_get_many_by_index().map_err(attempted(READ))?;
            Ok((meeting.parse().map_err(|_| unknown(meeting))?, unit.parse().map_err(|_| unknown(unit))?))
        };
        rows.map_err(attempted(READ))?.iter().map(pair).collect()
    }

    /// Stores a request. Its meeting and whoever asks must be stored.
    pub async fn add_arrangement_sign_off(&self, asked: &ArrangementSignOff) -> Result<(), StoreError> {
        Entity::insert(row(asked)).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Stores what became of a request.
    pub async fn save_arrangement_sign_off(&self, decided: &ArrangementSignOff) -> Result<(), StoreError> {
        Entity::update(row(decided)).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

fn condition(of: &Concerned) -> Condition {
    let named = [Column::AskedBy, Column::DecidedBy, Column::DecidedFor];
    let named = named.into_iter().map(|column| column.eq(of.account.as_str()));
    let any = named.fold(Condition::any(), Condition::add);
    match &of.units {
        OfUnits::One(unit) => any.add(Column::OrgUnitId.eq(unit.as_str())),
        OfUnits::AllBut(others) => {
            let others = others.iter().map(OrgUnitId::as_str);
            any.add(Column::OrgUnitId.is_null()).add(Column::OrgUnitId.is_not_in(others))
        }
        OfUnits::None => any,
    }
}

async fn read(query: Select<Entity>, db: &DatabaseConnection) -> Result<Vec<ArrangementSignOff>, StoreError> {
    let query = query.order_by_desc(Column::AskedMs).order_by_asc(Column::Id);
    query.all(db).await.map_err(attempted(READ))?.into_iter().map(ArrangementSignOff::try_from).collect()
}

fn row(request: &ArrangementSignOff) -> ActiveModel {
    let decided = request.decision.as_ref().map(|decision| match decision {
        Decision::Granted(signature) => (true, signature),
        Decision::Refused(signature) => (false, signature),
    });
    let signed = decided.map(|(_, signature)| signature);
    ActiveModel {
        id: Set(request.id.to_string()),
        meeting_id: Set(request.meeting.to_string()),
        asked_by: Set(request.asked_by.to_string()),
        asked_ms: Set(ms(request.asked)),
        org_unit_id: Set(request.unit.as_ref().map(OrgUnitId::to_string)),
        remark: Set(request.remark.clone()),
        arranged: Set(request.arranged.text.clone()),
        fingerprint: Set(request.arranged.fingerprint.clone()),
        granted: Set(decided.map(|(granted, _)| granted)),
        decided_by: Set(signed.map(|signed| signed.by.to_string())),
        decided_for: Set(signed.and_then(|signed| signed.deputising.as_ref().map(ToString::to_string))),
        decided_ms: Set(signed.map(|signed| ms(signed.at))),
        decision_text: Set(signed.map(|signed| signed.text.clone()).unwrap_or_default()),
    }
}

fn unknown(value: impl Into<String>) -> StoreError {
    StoreError::Value { what: READ, value: value.into() }
}

impl TryFrom<Model> for ArrangementSignOff {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let account = |id: String| id.parse().map_err(|_| unknown(id));
        let decision = match (row.granted, row.decided_by, row.decided_ms) {
            (None, None, None) => None,
            (Some(granted), Some(by), Some(at)) => {
                let deputising = row.decided_for.map(account).transpose()?;
                let signed = Signature { by: account(by)?, deputising, at: moment(at), text: row.decision_text };
                Some(if granted { Decision::Granted(signed) } else { Decision::Refused(signed) })
            }
            _ => return Err(unknown("a decision without its signature")),
        };
        Ok(Self {
            id: row.id.parse().map_err(|_| unknown(row.id))?,
            meeting: row.meeting_id.parse().map_err(|_| unknown(row.meeting_id))?,
            asked_by: account(row.asked_by)?,
            asked: moment(row.asked_ms),
            unit: row.org_unit_id.map(|id| id.parse().map_err(|_| unknown(id))).transpose()?,
            remark: row.remark,
            arranged: Arranged { text: row.arranged, fingerprint: row.fingerprint },
            decision,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{arrangement_sign, role::Role, sign_off::Signer},
        store::{account::tests::stored, meeting::tests::demo},
    };
    use std::time::Duration;

    #[tokio::test]
    async fn a_request_comes_back_with_what_became_of_it() {
        let store = Store::in_memory().await.unwrap();
        let clerk = stored(&store, "wang", &[Role::Clerk]).await.id;
        let approver = stored(&store, "zhang", &[Role::Approver]).await.id;
        let meeting = demo();
        let arranged =
            Arranged { text: "会议：演示".to_owned(), fingerprint: arrangement_sign::fingerprint(&meeting) };
        let unit = Some("u1".parse().unwrap());
        let (id, asked_by) = (meeting.id.clone(), clerk.clone());
        let asked = ArrangementSignOff { meeting: id, asked_by, unit, arranged, ..arrangement_sign::tests::asked() };
        assert!(store.add_arrangement_sign_off(&asked).await.is_err(), "no such meeting yet");
        store.save_meeting(&meeting).await.unwrap();
        store.add_arrangement_sign_off(&asked).await.unwrap();
        let (id, later) = ("s2".parse().unwrap(), asked.asked + Duration::from_secs(1));
        let later = ArrangementSignOff { id, asked: later, ..asked.clone() };
        store.add_arrangement_sign_off(&later).await.unwrap();
        assert_eq!(store.arrangement_sign_offs(None).await.unwrap(), [later.clone(), asked.clone()]);
        let latest = store.latest_arrangement_sign_offs(&[&meeting.id]).await.unwrap();
        assert_eq!(latest[&meeting.id], later);
        let signer = Signer { by: approver.clone(), deputising: Some(clerk.clone()) };
        let at = asked.asked + Duration::from_secs(9);
        let signed = asked.clone().grant(&meeting, signer.clone(), "同意", at).expect("waits");
        store.save_arrangement_sign_off(&signed).await.unwrap();
        let refused = later.refuse(signer, "时间冲突", at).expect("waits");
        store.save_arrangement_sign_off(&refused).await.unwrap();
        assert_eq!(store.arrangement_sign_off(&asked.id).await.unwrap(), Some(signed.clone()));
        let units = |units| Concerned { units, account: "nobody".parse().unwrap() };
        for (of, count) in [
            (units(OfUnits::One("u1".parse().unwrap())), 2),
            (units(OfUnits::One("u2".parse().unwrap())), 0),
            (units(OfUnits::AllBut(vec!["u1".parse().unwrap()])), 0),
            (units(OfUnits::AllBut(Vec::new())), 2),
            (units(OfUnits::None), 0),
            (Concerned { units: OfUnits::None, account: approver }, 2),
        ] {
            assert_eq!(store.arrangement_sign_offs(Some(&of)).await.unwrap().len(), count, "{of:?}");
        }
        assert_eq!(store.units_of_meetings(&[&meeting.id]).await.unwrap(), HashMap::new());
    }
}
