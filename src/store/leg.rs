//! Legs that were set up in the panel, with their secrets, which are [sealed](super::seal).

use super::{Store, StoreError, error::attempted, now_ms, seal::row_of};
use crate::{
    domain::leg::{Leg, Secret, Source, Transport},
    id::LegId,
};
use sea_orm::{ActiveValue::Set, QueryOrder as _, entity::prelude::*, sea_query::OnConflict};
use serde::{Deserialize, Serialize};

/// A row of `legs`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "legs")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) meeting_id: String,
    /// A [`Value`] in JSON.
    pub(super) source: String,
    /// Sealed; empty if there is none.
    pub(super) secret: String,
    pub(super) enabled: bool,
    /// Milliseconds since 1970; set once.
    pub(super) created_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// A source as stored, without its secret. A change of its shape needs a migration.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Value {
    Rtsp { host: String, port: u16, path: String, udp: bool, user: String },
    SrtCaller { host: String, port: u16, stream_id: String, latency_ms: u32 },
    SrtListener { port: u16, latency_ms: u32 },
    Demo,
}

const TABLE: &str = "legs";
const READ: &str = "read a leg";
const WRITE: &str = "store a leg";

impl Store {
    /// The leg of this id, if there is one.
    pub async fn leg(&self, id: &LegId) -> Result<Option<Leg>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(|row| self.opened(row)).transpose()
    }

    /// All legs, oldest first.
    pub async fn legs(&self) -> Result<Vec<Leg>, StoreError> {
        let query = Entity::find().order_by_asc(Column::CreatedMs).order_by_asc(Column::Id);
        query.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(|row| self.opened(row)).collect()
    }

    /// Stores a new leg, or new values of one that is there. Its meeting must be stored.
    pub async fn save_leg(&self, leg: &Leg) -> Result<(), StoreError> {
        let source = serde_json::to_string(&Value::from(&leg.source)).expect("numbers and text always serialise");
        let secret = leg.source.secret().filter(|secret| !secret.0.is_empty());
        let sealed = |secret: &Secret| self.seal.close(&row_of(TABLE, leg.id.as_str()), secret.0.as_bytes());
        let row = ActiveModel {
            id: Set(leg.id.to_string()),
            name: Set(leg.name.clone()),
            meeting_id: Set(leg.meeting.to_string()),
            source: Set(source),
            secret: Set(secret.map(sealed).unwrap_or_default()),
            enabled: Set(leg.enabled),
            created_ms: Set(now_ms()),
        };
        let columns = [Column::Name, Column::MeetingId, Column::Source, Column::Secret, Column::Enabled];
        let replaced = OnConflict::column(Column::Id).update_columns(columns).to_owned();
        let insert = Entity::insert(row).on_conflict(replaced);
        insert.exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// A row with its secret opened.
    fn opened(&self, row: Model) -> Result<Leg, StoreError> {
        // The value is not named: an error goes to the log.
        let unknown = || StoreError::Value { what: READ, value: "secret".to_owned() };
        let secret = match row.secret.as_str() {
            "" => String::new(),
            sealed => {
                let opened = self.seal.open(&row_of(TABLE, &row.id), sealed).ok_or_else(unknown)?;
                std::str::from_utf8(&opened).map_err(|_| unknown())?.to_owned()
            }
        };
        Leg::try_from(Model { secret, ..row })
    }

    /// Forgets a leg.
    pub async fn remove_leg(&self, id: &LegId) -> Result<(), StoreError> {
        Entity::delete_by_id(id.as_str()).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

impl From<&Source> for Value {
    fn from(source: &Source) -> Self {
        match source.clone() {
            Source::Rtsp { host, port, path, transport, user, .. } => {
                Self::Rtsp { host, port, path, udp: transport == Transport::Udp, user }
            }
            Source::SrtCaller { host, port, stream_id, latency_ms, .. } => {
                Self::SrtCaller { host, port, stream_id, latency_ms }
            }
            Source::SrtListener { port, latency_ms, .. } => Self::SrtListener { port, latency_ms },
            Source::Demo => Self::Demo,
        }
    }
}

impl TryFrom<Model> for Leg {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let value: Value = serde_json::from_str(&row.source).map_err(|_| wrong(&row.source))?;
        let secret = Secret(row.secret);
        let source = match value {
            Value::Rtsp { host, port, path, udp, user } => {
                let transport = if udp { Transport::Udp } else { Transport::Tcp };
                Source::Rtsp { host, port, path, transport, user, password: secret }
            }
            Value::SrtCaller { host, port, stream_id, latency_ms } => {
                Source::SrtCaller { host, port, stream_id, passphrase: secret, latency_ms }
            }
            Value::SrtListener { port, latency_ms } => Source::SrtListener { port, passphrase: secret, latency_ms },
            Value::Demo => Source::Demo,
        };
        Ok(Self {
            id: row.id.parse().map_err(|_| wrong(&row.id))?,
            meeting: row.meeting_id.parse().map_err(|_| wrong(&row.meeting_id))?,
            name: row.name,
            source,
            enabled: row.enabled,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::leg::tests::leg, store::meeting::tests::demo};

    #[tokio::test]
    async fn every_kind_of_leg_comes_back_as_it_was_stored() {
        let store = Store::in_memory().await.unwrap();
        store.save_meeting(&demo()).await.unwrap();
        let secret = Secret("0123456789".to_owned());
        let (host, stream_id) = ("10.1.2.3".to_owned(), "hall".to_owned());
        for source in [
            Source::rtsp("rtsp://10.1.2.3/live", Transport::Udp, "admin".to_owned(), secret.clone()).unwrap(),
            Source::SrtCaller { host, port: 9000, stream_id, passphrase: secret.clone(), latency_ms: 120 },
            Source::SrtListener { port: 9000, passphrase: secret, latency_ms: 120 },
            Source::Demo,
        ] {
            let leg = Leg { meeting: demo().id, ..leg(source) };
            store.save_leg(&leg).await.unwrap();
            assert_eq!(store.leg(&leg.id).await.unwrap(), Some(leg.clone()));
            assert_eq!(store.legs().await.unwrap(), [leg]);
        }
        store.remove_leg(&"province".parse().unwrap()).await.unwrap();
        assert_eq!(store.legs().await.unwrap(), []);
    }
}
