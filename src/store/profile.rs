//! Profiles, as rows.

use super::{Store, StoreError, error::attempted, meeting::seconds, now_ms};
use crate::{
    domain::{
        meeting::{Kind, PictureCodec},
        opening::{Microphones, Opening},
        profile::{Draft, Profile},
    },
    id::{OrgUnitId, ProfileId, VenueId},
};
use sea_orm::{ActiveValue::Set, QueryOrder as _, entity::prelude::*, sea_query::OnConflict};
use std::time::Duration;

/// A row of `profiles`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profiles")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) codec: String,
    pub(super) line_id: Option<String>,
    /// A JSON list of venues.
    pub(super) venues: String,
    pub(super) length_s: i64,
    /// Milliseconds since 1970; set once.
    pub(super) created_ms: i64,
    pub(super) opens_by_itself: bool,
    pub(super) opens_before_s: i64,
    pub(super) recorded: bool,
    pub(super) microphones: String,
    pub(super) banner: String,
    /// A JSON list of units.
    pub(super) units: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a change may make another.
const REPLACED: [Column; 12] = [
    Column::Name,
    Column::Kind,
    Column::Codec,
    Column::LineId,
    Column::Venues,
    Column::LengthS,
    Column::OpensByItself,
    Column::OpensBeforeS,
    Column::Recorded,
    Column::Microphones,
    Column::Banner,
    Column::Units,
];

const READ: &str = "read a profile";
const WRITE: &str = "store a profile";
const REMOVE: &str = "remove a profile";

impl Store {
    /// All profiles, oldest first.
    pub async fn profiles(&self) -> Result<Vec<Profile>, StoreError> {
        let query = Entity::find().order_by_asc(Column::CreatedMs).order_by_asc(Column::Id);
        query.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(read).collect()
    }

    /// Stores a new profile, or new values of one that is there.
    pub async fn save_profile(&self, profile: &Profile) -> Result<(), StoreError> {
        let Draft { name, kind, line, codec, venues, units, length, opening } = &profile.draft;
        let venues: Vec<&str> = venues.iter().map(VenueId::as_str).collect();
        let units: Vec<&str> = units.iter().map(OrgUnitId::as_str).collect();
        let row = ActiveModel {
            id: Set(profile.id.to_string()),
            name: Set(name.clone()),
            kind: Set(kind.name().to_owned()),
            codec: Set(codec.name().to_owned()),
            line_id: Set(line.as_ref().map(ToString::to_string)),
            venues: Set(serde_json::to_string(&venues).expect("lists of strings always serialise")),
            length_s: Set(seconds(*length)),
            created_ms: Set(now_ms()),
            opens_by_itself: Set(opening.by_itself),
            opens_before_s: Set(seconds(opening.before)),
            recorded: Set(opening.recorded),
            microphones: Set(opening.microphones.name().to_owned()),
            banner: Set(opening.banner.clone()),
            units: Set(serde_json::to_string(&units).expect("lists of strings always serialise")),
        };
        let conflict = OnConflict::column(Column::Id).update_columns(REPLACED).to_owned();
        let insert = Entity::insert(row).on_conflict(conflict);
        insert.exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Removes a profile, if it is there: meetings have its values as their own.
    pub async fn remove_profile(&self, id: &ProfileId) -> Result<(), StoreError> {
        Entity::delete_by_id(id.as_str()).exec(&self.db).await.map_err(attempted(REMOVE))?;
        Ok(())
    }
}

fn read(row: Model) -> Result<Profile, StoreError> {
    let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
    let span = |seconds: i64| Duration::from_secs(seconds.unsigned_abs());
    let list = |text: &str| serde_json::from_str::<Vec<String>>(text).map_err(|_| unknown(text));
    let (venues, units) = (list(&row.venues)?, list(&row.units)?);
    Ok(Profile {
        id: row.id.parse().map_err(|_| unknown(&row.id))?,
        draft: Draft {
            name: row.name,
            kind: Kind::named(&row.kind).ok_or_else(|| unknown(&row.kind))?,
            line: row.line_id.map(|id| id.parse().map_err(|_| unknown(&id))).transpose()?,
            codec: PictureCodec::named(&row.codec).ok_or_else(|| unknown(&row.codec))?,
            venues: venues.into_iter().map(|id| id.parse().map_err(|_| unknown(&id))).collect::<Result<_, _>>()?,
            units: units.into_iter().map(|id| id.parse().map_err(|_| unknown(&id))).collect::<Result<_, _>>()?,
            length: span(row.length_s),
            opening: Opening {
                by_itself: row.opens_by_itself,
                before: span(row.opens_before_s),
                recorded: row.recorded,
                microphones: Microphones::named(&row.microphones).ok_or_else(|| unknown(&row.microphones))?,
                banner: row.banner,
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_profile_comes_back_as_it_was_stored_until_it_is_removed() {
        let store = Store::in_memory().await.unwrap();
        let mut profile = Profile {
            id: "province".parse().unwrap(),
            draft: Draft {
                name: "省防汛视频会".to_owned(),
                kind: Kind::Upper,
                line: Some("province".parse().unwrap()),
                codec: PictureCodec::Vp8,
                venues: vec!["hall".parse().unwrap()],
                units: vec!["office".parse().unwrap()],
                length: Duration::from_secs(5400),
                opening: Opening::of(Kind::Upper),
            },
        };
        store.save_profile(&profile).await.unwrap();
        assert_eq!(store.profiles().await.unwrap(), [profile.clone()]);
        profile.draft = Draft {
            name: "月度调度会".to_owned(),
            kind: Kind::Own,
            line: None,
            opening: Opening { by_itself: true, microphones: Microphones::Own, ..Opening::of(Kind::Own) },
            ..profile.draft
        };
        store.save_profile(&profile).await.unwrap();
        assert_eq!(store.profiles().await.unwrap(), [profile.clone()]);
        store.remove_profile(&profile.id).await.unwrap();
        store.remove_profile(&profile.id).await.unwrap();
        assert_eq!(store.profiles().await.unwrap(), []);
    }
}
