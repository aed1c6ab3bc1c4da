//! Machines that were paired or wait for their code.

use super::{Store, StoreError, error::attempted, moment, ms, now_ms};
use crate::{
    domain::{
        access::DeviceKind,
        device::{Attendance, Device, Pairing},
    },
    id::DeviceId,
};
use sea_orm::{ActiveValue::Set, ExprTrait as _, QueryOrder as _, entity::prelude::*, sea_query::Expr};
use std::time::SystemTime;

/// A row of `devices`. `code` and `secret` are fingerprints.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "devices")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) venue_id: String,
    pub(super) created_ms: i64,
    pub(super) code: Option<String>,
    pub(super) code_ends_ms: i64,
    pub(super) wrong_codes: i64,
    pub(super) secret: Option<String>,
    pub(super) paired_ms: Option<i64>,
    pub(super) revoked_ms: Option<i64>,
    pub(super) seen_ms: Option<i64>,
    pub(super) account_id: Option<String>,
    pub(super) attends: Option<String>,
    pub(super) attends_until_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read a machine";
const WRITE: &str = "store a machine";

impl Store {
    /// Stores a new machine that waits for a code with this fingerprint, until `code_ends`.
    pub async fn add_device(&self, device: &Device, code: &str, code_ends: SystemTime) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(device.id.to_string()),
            name: Set(device.name.clone()),
            kind: Set(device.kind.name().to_owned()),
            venue_id: Set(device.venue.to_string()),
            created_ms: Set(now_ms()),
            code: Set(Some(code.to_owned())),
            code_ends_ms: Set(ms(code_ends)),
            wrong_codes: Set(0),
            secret: Set(None),
            paired_ms: Set(None),
            revoked_ms: Set(None),
            seen_ms: Set(None),
            account_id: Set(device.person.as_ref().map(ToString::to_string)),
            attends: Set(None),
            attends_until_ms: Set(None),
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// The machine of this id, if there is one.
    pub async fn device(&self, id: &DeviceId) -> Result<Option<Device>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Device::try_from).transpose()
    }

    /// All machines, newest first.
    pub async fn devices(&self) -> Result<Vec<Device>, StoreError> {
        let query = Entity::find().order_by_desc(Column::CreatedMs).order_by_asc(Column::Id);
        query.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(Device::try_from).collect()
    }

    /// The machine with a cookie of this fingerprint.
    pub async fn device_by_secret(&self, secret: &str) -> Result<Option<Device>, StoreError> {
        let row = Entity::find().filter(Column::Secret.eq(secret)).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Device::try_from).transpose()
    }

    /// The machine that waits for a code of this fingerprint.
    pub async fn device_by_code(&self, code: &str) -> Result<Option<Device>, StoreError> {
        let row = Entity::find().filter(Column::Code.eq(code)).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Device::try_from).transpose()
    }

    /// Gives a machine its cookie's fingerprint in place of its code; `false` if its code was used meanwhile.
    pub async fn pair_device(&self, id: &DeviceId, secret: &str, at: SystemTime) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::Secret, Expr::value(secret))
            .col_expr(Column::PairedMs, Expr::value(ms(at)))
            .col_expr(Column::SeenMs, Expr::value(ms(at)))
            .col_expr(Column::Code, Expr::value(Option::<String>::None))
            .filter(Column::Id.eq(id.as_str()))
            .filter(Column::Code.is_not_null())
            .filter(Column::RevokedMs.is_null());
        Ok(update.exec(&self.db).await.map_err(attempted(WRITE))?.rows_affected == 1)
    }

    /// Counts a wrong code at every machine that waits for one.
    pub async fn count_wrong_code(&self, now: SystemTime) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::WrongCodes, Expr::col(Column::WrongCodes).add(1))
            .filter(Column::Code.is_not_null())
            .filter(Column::CodeEndsMs.gt(ms(now)));
        update.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Revokes a machine: neither its code nor its cookie is good any more.
    pub async fn revoke_device(&self, id: &DeviceId, at: SystemTime) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::RevokedMs, Expr::value(ms(at)))
            .col_expr(Column::Code, Expr::value(Option::<String>::None))
            .filter(Column::Id.eq(id.as_str()))
            .filter(Column::RevokedMs.is_null());
        update.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Says what a leader's seat attends from now on.
    pub async fn set_attendance(&self, id: &DeviceId, attends: Option<&Attendance>) -> Result<(), StoreError> {
        let meeting = attends.map(|attends| attends.meeting.to_string());
        let update = Entity::update_many()
            .col_expr(Column::Attends, Expr::value(meeting))
            .col_expr(Column::AttendsUntilMs, Expr::value(attends.map(|attends| ms(attends.until))))
            .filter(Column::Id.eq(id.as_str()));
        update.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Notes that a machine asked for something.
    pub async fn touch_device(&self, id: &DeviceId, seen: SystemTime) -> Result<(), StoreError> {
        let update = Entity::update_many().col_expr(Column::SeenMs, Expr::value(ms(seen)));
        update.filter(Column::Id.eq(id.as_str())).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

impl TryFrom<Model> for Device {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let pairing = match (row.revoked_ms, row.paired_ms) {
            (Some(_), _) => Pairing::Revoked,
            (None, Some(_)) => Pairing::Paired,
            (None, None) => Pairing::Waiting {
                code_ends: moment(row.code_ends_ms),
                wrong_codes: row.wrong_codes.try_into().unwrap_or(u32::MAX),
            },
        };
        let meeting = row.attends.as_deref().map(str::parse).transpose().map_err(|_| unknown("attends"))?;
        let attends = meeting.zip(row.attends_until_ms);
        let attends = attends.map(|(meeting, until)| Attendance { meeting, until: moment(until) });
        Ok(Self {
            id: row.id.parse().map_err(|_| unknown(&row.id))?,
            kind: DeviceKind::named(&row.kind).ok_or_else(|| unknown(&row.kind))?,
            venue: row.venue_id.parse().map_err(|_| unknown(&row.venue_id))?,
            name: row.name,
            person: row.account_id.as_deref().map(str::parse).transpose().map_err(|_| unknown("account_id"))?,
            attends,
            pairing,
            seen: row.seen_ms.map(moment),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::venue::tests::venue;
    use std::time::{Duration, UNIX_EPOCH};

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    async fn waiting(store: &Store, id: &str, code: &str) -> Device {
        store.save_venue(&venue("hall", 1)).await.unwrap();
        let device = Device {
            id: id.parse().unwrap(),
            name: "一楼大屏".to_owned(),
            kind: DeviceKind::Screen,
            venue: "hall".parse().unwrap(),
            person: None,
            attends: None,
            pairing: Pairing::Waiting { code_ends: at(600), wrong_codes: 0 },
            seen: None,
        };
        store.add_device(&device, code, at(600)).await.unwrap();
        device
    }

    #[tokio::test]
    async fn a_code_pairs_once_and_a_revoked_machine_stays_so() {
        let store = Store::in_memory().await.unwrap();
        let device = waiting(&store, "one", "code").await;
        assert_eq!(store.device_by_code("code").await.unwrap().as_ref(), Some(&device));
        assert!(store.pair_device(&device.id, "secret", at(5)).await.unwrap());
        assert!(!store.pair_device(&device.id, "other", at(6)).await.unwrap(), "the code was used");
        assert_eq!(store.device_by_code("code").await.unwrap(), None);
        let paired = store.device_by_secret("secret").await.unwrap().unwrap();
        assert_eq!((paired.pairing, paired.seen), (Pairing::Paired, Some(at(5))));
        let attends = Attendance { meeting: "council".parse().unwrap(), until: at(900) };
        store.set_attendance(&device.id, Some(&attends)).await.unwrap();
        assert_eq!(store.device(&device.id).await.unwrap().unwrap().attends, Some(attends));
        store.set_attendance(&device.id, None).await.unwrap();
        assert_eq!(store.device(&device.id).await.unwrap().unwrap().attends, None);
        store.touch_device(&device.id, at(70)).await.unwrap();
        store.revoke_device(&device.id, at(80)).await.unwrap();
        let revoked = store.device(&device.id).await.unwrap().unwrap();
        assert_eq!((revoked.pairing, revoked.seen), (Pairing::Revoked, Some(at(70))));
    }

    #[tokio::test]
    async fn wrong_codes_count_at_every_machine_that_waits() {
        let store = Store::in_memory().await.unwrap();
        for (id, code) in [("one", "c1"), ("two", "c2"), ("three", "c3")] {
            waiting(&store, id, code).await;
        }
        store.revoke_device(&"three".parse().unwrap(), at(1)).await.unwrap();
        store.count_wrong_code(at(2)).await.unwrap();
        store.count_wrong_code(at(600)).await.unwrap();
        for device in store.devices().await.unwrap() {
            match device.pairing {
                Pairing::Waiting { wrong_codes, .. } => assert_eq!(wrong_codes, 1, "{}", device.id),
                pairing => assert_eq!((device.id.as_str(), pairing), ("three", Pairing::Revoked)),
            }
        }
        assert_eq!(store.device_by_code("c3").await.unwrap(), None);
    }
}
