//! Notices of meetings, in the meetings' own rows.

use super::{Store, StoreError, error::attempted};
use crate::{
    domain::notice::{Attendee, Notice},
    id::{MeetingId, OrgUnitId},
};
use sea_orm::{ConnectionTrait, ExprTrait as _, TransactionTrait as _, entity::prelude::*, sea_query::Expr};
use std::collections::HashMap;

/// What of a row of `meetings` is its notice.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meetings")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) title: String,
    pub(super) unit: String,
    /// The unit of that name, when it was written.
    pub(super) org_unit_id: Option<String>,
    /// A JSON list of pairs: name, unit.
    pub(super) attendees: String,
    /// A JSON list.
    pub(super) agenda: String,
    pub(super) contact: String,
    /// A JSON list.
    pub(super) requirements: String,
    /// How often the meeting was stored.
    pub(super) revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}

const READ: &str = "read the notice of a meeting";
const WRITE: &str = "store the notice of a meeting";

impl Store {
    /// The notice of a meeting; `None` if there is no such meeting.
    pub async fn notice(&self, id: &MeetingId) -> Result<Option<Notice>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Notice::try_from).transpose()
    }

    /// The notices of these meetings; those that are not there are left out.
    pub async fn notices(&self, ids: &[&MeetingId]) -> Result<HashMap<MeetingId, Notice>, StoreError> {
        let query = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.as_str())));
        let rows = query.all(&self.db).await.map_err(attempted(READ))?;
        let of = |row: Model| {
            let id = row.id.parse().map_err(|_| StoreError::Value { what: READ, value: row.id.clone() })?;
            Ok((id, Notice::try_from(row)?))
        };
        rows.into_iter().map(of).collect()
    }

    /// The unit that held a meeting, if it is one that is known.
    pub async fn unit_of_meeting(&self, id: &MeetingId) -> Result<Option<OrgUnitId>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        let unit = row.and_then(|row| row.org_unit_id);
        unit.map(|id| id.parse().map_err(|_| StoreError::Value { what: READ, value: id })).transpose()
    }

    /// Stores the notice of a meeting, which must be stored, and the unit it names, if that is known.
    pub async fn save_notice(
        &self,
        id: &MeetingId,
        notice: &Notice,
        unit: Option<&OrgUnitId>,
    ) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        let list = |value: serde_json::Result<String>| value.expect("lists of strings always serialise");
        let update = Entity::update_many()
            .col_expr(Column::Unit, Expr::value(notice.unit.as_str()))
            .col_expr(Column::OrgUnitId, Expr::value(unit.map(OrgUnitId::as_str)))
            .col_expr(Column::Attendees, Expr::value(pairs(&notice.attendees)))
            .col_expr(Column::Agenda, Expr::value(list(serde_json::to_string(&notice.agenda))))
            .col_expr(Column::Contact, Expr::value(notice.contact.as_str()))
            .col_expr(Column::Requirements, Expr::value(list(serde_json::to_string(&notice.requirements))))
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
            .filter(Column::Id.eq(id.as_str()));
        update.exec(&transaction).await.map_err(attempted(WRITE))?;
        index(&transaction, id).await?;
        transaction.commit().await.map_err(attempted(WRITE))
    }
}

/// Leaves only these of the attendees that were typed into the notice of a meeting.
pub(super) async fn keep_attendees(
    db: &impl ConnectionTrait,
    id: &MeetingId,
    attendees: &[Attendee],
) -> Result<(), StoreError> {
    let update = Entity::update_many()
        .col_expr(Column::Attendees, Expr::value(pairs(attendees)))
        .filter(Column::Id.eq(id.as_str()));
    update.exec(db).await.map_err(attempted(WRITE))?;
    Ok(())
}

fn pairs(attendees: &[Attendee]) -> String {
    let pairs: Vec<_> = attendees.iter().map(|Attendee { name, unit }| (name, unit)).collect();
    serde_json::to_string(&pairs).expect("lists of strings always serialise")
}

/// Writes the words of a stored meeting anew. Whoever stands on its attendance list is found like those typed into the notice.
pub(super) async fn index(db: &impl ConnectionTrait, id: &MeetingId) -> Result<(), StoreError> {
    let row = Entity::find_by_id(id.as_str()).one(db).await.map_err(attempted(READ))?;
    let Some(row) = row else { return Ok(()) };
    let title = row.title.clone();
    let mut notice = Notice::try_from(row)?;
    notice.attendees.extend(super::attendance::listed(db, id).await?);
    Store::index_words(db, id.as_str(), &title, &notice).await
}

impl TryFrom<Model> for Notice {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |_| StoreError::Value { what: READ, value: row.id.clone() };
        let pairs: Vec<(String, String)> = serde_json::from_str(&row.attendees).map_err(unknown)?;
        Ok(Self {
            unit: row.unit,
            attendees: pairs.into_iter().map(|(name, unit)| Attendee { name, unit }).collect(),
            agenda: serde_json::from_str(&row.agenda).map_err(unknown)?,
            contact: row.contact,
            requirements: serde_json::from_str(&row.requirements).map_err(unknown)?,
        })
    }
}
