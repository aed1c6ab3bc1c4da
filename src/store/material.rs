//! Materials of meetings: one row each. The files themselves lie in a folder of the data folder, called by their ids.

use super::{Store, StoreError, error::attempted, moment, ms};
use crate::{
    domain::material::Material,
    id::{MaterialId, MeetingId},
};
use sea_orm::{ActiveValue::Set, QueryOrder as _, entity::prelude::*};

/// A row of `materials`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "materials")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) meeting_id: String,
    pub(super) name: String,
    pub(super) bytes: i64,
    pub(super) pages: i64,
    pub(super) sha256: String,
    pub(super) by_account: String,
    pub(super) at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read materials";
const WRITE: &str = "store a material";

impl Store {
    /// Materials of a meeting, in the order in which they came.
    pub async fn materials(&self, meeting: &MeetingId) -> Result<Vec<Material>, StoreError> {
        let of_meeting = Entity::find().filter(Column::MeetingId.eq(meeting.as_str()));
        let rows = of_meeting.order_by_asc(Column::AtMs).order_by_asc(Column::Id).all(&self.db).await;
        rows.map_err(attempted(READ))?.into_iter().map(Material::try_from).collect()
    }

    /// The ids of all materials.
    pub async fn material_ids(&self) -> Result<Vec<String>, StoreError> {
        let rows = Entity::find().all(&self.db).await.map_err(attempted(READ))?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// Stores a material. Its meeting must be stored, and its file be there.
    pub async fn add_material(&self, material: &Material) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(material.id.to_string()),
            meeting_id: Set(material.meeting.to_string()),
            name: Set(material.name.clone()),
            bytes: Set(i64::try_from(material.bytes).unwrap_or(i64::MAX)),
            pages: Set(i64::from(material.pages)),
            sha256: Set(material.sha256.clone()),
            by_account: Set(material.by.to_string()),
            at_ms: Set(ms(material.at)),
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Removes a material; its file is removed afterwards.
    pub async fn remove_material(&self, id: &MaterialId) -> Result<(), StoreError> {
        Entity::delete_by_id(id.as_str()).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

impl TryFrom<Model> for Material {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let Model { id, meeting_id, name, bytes, pages, sha256, by_account, at_ms } = row;
        let unknown = |value: String| StoreError::Value { what: READ, value };
        Ok(Self {
            id: id.parse().map_err(|_| unknown(id.clone()))?,
            meeting: meeting_id.parse().map_err(|_| unknown(meeting_id.clone()))?,
            name,
            bytes: u64::try_from(bytes).map_err(|_| unknown(bytes.to_string()))?,
            pages: u32::try_from(pages).map_err(|_| unknown(pages.to_string()))?,
            sha256,
            by: by_account.parse().map_err(|_| unknown(by_account.clone()))?,
            at: moment(at_ms),
        })
    }
}
