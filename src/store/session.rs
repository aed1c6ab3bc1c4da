//! Log-ins that last: one row for each cookie of a person, by the cookie's fingerprint.
//!
//! A row stays after its end, so that what began under it can be told from what was revoked; [`Store::forget_sessions`]
//! removes it much later.

use super::{Store, StoreError, error::attempted, moment, ms};
use crate::id::{AccountId, CertificateId, LoginKey};
use sea_orm::{
    ActiveValue::Set, Condition, ConnectionTrait, ExprTrait as _, QueryOrder as _, entity::prelude::*, sea_query::Expr,
};
use std::time::SystemTime;

/// A row of `sessions`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) made_ms: i64,
    pub(super) seen_ms: i64,
    pub(super) ends_ms: i64,
    pub(super) ended_ms: Option<i64>,
    pub(super) address: String,
    pub(super) superseded: bool,
    pub(super) acted_ms: Option<i64>,
    pub(super) locked: bool,
    pub(super) wrong_pins: i64,
    pub(super) certificate: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A log-in that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSession {
    /// Fingerprint of its cookie.
    pub key: LoginKey,
    /// Who logged in.
    pub account: AccountId,
    /// When.
    pub made: SystemTime,
    /// When it was last used.
    pub seen: SystemTime,
    /// When it is over, but for an operator's while a meeting is on air: that is locked instead.
    pub ends: SystemTime,
    /// When somebody ended it.
    pub ended: Option<SystemTime>,
    /// From where.
    pub address: String,
    /// Whether it ended because a newer log-in of its account began: what it shows of a meeting goes on.
    pub superseded: bool,
    /// When somebody last did something under it.
    pub acted: SystemTime,
    /// Whether somebody locked it.
    pub locked: bool,
    /// Wrong PINs since it was last unlocked.
    pub wrong_pins: u32,
    /// The certificate it began with: its cookie counts for nothing on a connection that shows another, or none.
    pub certificate: Option<CertificateId>,
}

const READ: &str = "read a log-in";
const WRITE: &str = "store a log-in";

impl Store {
    /// Stores a new log-in.
    pub async fn add_session(&self, session: &LoginSession) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(session.key.to_string()),
            account_id: Set(session.account.to_string()),
            made_ms: Set(ms(session.made)),
            seen_ms: Set(ms(session.seen)),
            ends_ms: Set(ms(session.ends)),
            ended_ms: Set(session.ended.map(ms)),
            address: Set(session.address.clone()),
            superseded: Set(session.superseded),
            acted_ms: Set(Some(ms(session.acted))),
            locked: Set(session.locked),
            wrong_pins: Set(session.wrong_pins.into()),
            certificate: Set(session.certificate.as_ref().map(ToString::to_string)),
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// The log-in of this cookie, ended or not.
    pub async fn session(&self, key: &LoginKey) -> Result<Option<LoginSession>, StoreError> {
        let row = Entity::find_by_id(key.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(LoginSession::try_from).transpose()
    }

    /// When the account logged in before this log-in.
    pub async fn login_before(&self, session: &LoginSession) -> Result<Option<SystemTime>, StoreError> {
        let of = Entity::find().filter(Column::AccountId.eq(session.account.as_str()));
        let before = of.filter(Column::MadeMs.lt(ms(session.made))).order_by_desc(Column::MadeMs);
        Ok(before.one(&self.db).await.map_err(attempted(READ))?.map(|row| moment(row.made_ms)))
    }

    /// Notes that a log-in was used.
    pub async fn touch_session(&self, key: &LoginKey, seen: SystemTime) -> Result<(), StoreError> {
        let update = Entity::update_many().col_expr(Column::SeenMs, Expr::value(ms(seen)));
        update.filter(Column::Id.eq(key.as_str())).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Notes that somebody did something under a log-in.
    pub async fn note_act(&self, key: &LoginKey, at: SystemTime) -> Result<(), StoreError> {
        self.change_session(key, [(Column::ActedMs, Expr::value(ms(at)))]).await
    }

    /// Locks a log-in.
    pub async fn lock_session(&self, key: &LoginKey) -> Result<(), StoreError> {
        self.change_session(key, [(Column::Locked, Expr::value(true))]).await
    }

    /// Unlocks a log-in; wrong PINs are forgotten.
    pub async fn unlock_session(&self, key: &LoginKey, at: SystemTime) -> Result<(), StoreError> {
        let changes = [
            (Column::Locked, Expr::value(false)),
            (Column::ActedMs, Expr::value(ms(at))),
            (Column::WrongPins, Expr::value(0)),
        ];
        self.change_session(key, changes).await
    }

    /// Counts a PIN that is about to be looked at; `false` if there were `most` already.
    pub async fn count_pin(&self, key: &LoginKey, most: u32) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::WrongPins, Expr::col(Column::WrongPins).add(1))
            .filter(Column::Id.eq(key.as_str()))
            .filter(Column::WrongPins.lt(most));
        Ok(update.exec(&self.db).await.map_err(attempted(WRITE))?.rows_affected == 1)
    }

    /// A PIN that was counted was not looked at.
    pub async fn take_pin_back(&self, key: &LoginKey) -> Result<(), StoreError> {
        self.change_session(key, [(Column::WrongPins, Expr::col(Column::WrongPins).sub(1))]).await
    }

    async fn change_session<const N: usize>(
        &self,
        key: &LoginKey,
        changes: [(Column, Expr); N],
    ) -> Result<(), StoreError> {
        let update =
            changes.into_iter().fold(Entity::update_many(), |update, (column, to)| update.col_expr(column, to));
        update.filter(Column::Id.eq(key.as_str())).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Ends one log-in.
    pub async fn end_session(&self, key: &LoginKey, at: SystemTime) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::EndedMs, Expr::value(ms(at)))
            .filter(Column::Id.eq(key.as_str()))
            .filter(Column::EndedMs.is_null());
        update.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Ends all log-ins of an account, except the one of `but`.
    pub async fn end_sessions_of(
        &self,
        account: &AccountId,
        but: Option<&LoginKey>,
        at: SystemTime,
    ) -> Result<(), StoreError> {
        end_all(&self.db, account, but, at).await
    }

    /// Ends these log-ins because a newer one of their account began.
    pub async fn supersede_sessions(&self, older: &[LoginKey], at: SystemTime) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::EndedMs, Expr::value(ms(at)))
            .col_expr(Column::Superseded, Expr::value(true))
            .filter(Column::Id.is_in(older.iter().map(LoginKey::as_str)))
            .filter(Column::EndedMs.is_null());
        update.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// The log-in of an account that began first after this moment.
    pub async fn login_after(&self, session: &LoginSession) -> Result<Option<LoginSession>, StoreError> {
        let of = Entity::find().filter(Column::AccountId.eq(session.account.as_str()));
        let after = of.filter(Column::MadeMs.gte(session.ended.map(ms))).order_by_asc(Column::MadeMs);
        let row = after.one(&self.db).await.map_err(attempted(READ))?;
        row.map(LoginSession::try_from).transpose()
    }

    /// The log-ins nobody ended that were used after `seen_after`. Whether the time of one is over is not asked here: a meeting on air
    /// may keep it.
    pub async fn open_sessions(&self, seen_after: SystemTime) -> Result<Vec<LoginSession>, StoreError> {
        let open = Entity::find().filter(Column::EndedMs.is_null()).filter(Column::SeenMs.gt(ms(seen_after)));
        open.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(LoginSession::try_from).collect()
    }

    /// The same of one account, the latest first.
    pub async fn open_sessions_of(
        &self,
        account: &AccountId,
        seen_after: SystemTime,
    ) -> Result<Vec<LoginSession>, StoreError> {
        let open = Entity::find()
            .filter(Column::AccountId.eq(account.as_str()))
            .filter(Column::EndedMs.is_null())
            .filter(Column::SeenMs.gt(ms(seen_after)))
            .order_by_desc(Column::MadeMs)
            .order_by_asc(Column::Id);
        open.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(LoginSession::try_from).collect()
    }

    /// Removes the rows of log-ins that were over before `before`.
    pub async fn forget_sessions(&self, before: SystemTime) -> Result<(), StoreError> {
        let delete = Entity::delete_many().filter(Column::EndsMs.lt(ms(before)));
        delete.exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }
}

/// Ends all log-ins of an account, except the one of `but`.
pub(super) async fn end_all(
    db: &impl ConnectionTrait,
    account: &AccountId,
    but: Option<&LoginKey>,
    at: SystemTime,
) -> Result<(), StoreError> {
    let mut update = Entity::update_many()
        .col_expr(Column::EndedMs, Expr::value(ms(at)))
        .col_expr(Column::Superseded, Expr::value(false))
        .filter(Column::AccountId.eq(account.as_str()))
        // What a newer log-in ended may still show a meeting; this ends that too.
        .filter(Condition::any().add(Column::EndedMs.is_null()).add(Column::Superseded.eq(true)));
    if let Some(but) = but {
        update = update.filter(Column::Id.ne(but.as_str()));
    }
    update.exec(db).await.map_err(attempted(WRITE))?;
    Ok(())
}

impl TryFrom<Model> for LoginSession {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        // The value is not named: it is a fingerprint of a secret.
        let unknown = |what: &str| StoreError::Value { what: READ, value: what.to_owned() };
        Ok(Self {
            key: row.id.parse().map_err(|_| unknown("id"))?,
            account: row.account_id.parse().map_err(|_| unknown("account_id"))?,
            made: moment(row.made_ms),
            seen: moment(row.seen_ms),
            ends: moment(row.ends_ms),
            ended: row.ended_ms.map(moment),
            address: row.address,
            superseded: row.superseded,
            acted: moment(row.acted_ms.unwrap_or(row.made_ms)),
            locked: row.locked,
            wrong_pins: u32::try_from(row.wrong_pins).unwrap_or(u32::MAX),
            certificate: row.certificate.map(|id| id.parse().map_err(|_| unknown("certificate"))).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::role::Role, store::account::tests::stored};
    use std::time::{Duration, UNIX_EPOCH};

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[tokio::test]
    async fn a_newer_log_in_ends_the_older_ones_and_says_so() {
        let store = Store::in_memory().await.unwrap();
        let account = stored(&store, "wang", &[Role::Operator]).await.id;
        let session = |key: &str, made, ended| LoginSession {
            key: key.parse().unwrap(),
            account: account.clone(),
            made: at(made),
            seen: at(made),
            ends: at(1000),
            ended,
            address: "10.0.0.7".to_owned(),
            superseded: false,
            acted: at(made),
            locked: false,
            wrong_pins: 0,
            certificate: None,
        };
        let (out, old, new) = (session("aa", 1, Some(at(2))), session("bb", 5, None), session("cc", 9, None));
        for session in [&out, &old, &new] {
            store.add_session(session).await.unwrap();
        }
        store.supersede_sessions(&[out.key.clone(), old.key.clone()], at(9)).await.unwrap();
        let read = async |session: &LoginSession| store.session(&session.key).await.unwrap().unwrap();
        assert_eq!(read(&new).await, new);
        assert_eq!(read(&out).await, out, "whoever logged out did so themselves");
        let ended = read(&old).await;
        assert_eq!((ended.ended, ended.superseded), (Some(at(9)), true));
        assert_eq!(store.login_after(&ended).await.unwrap(), Some(new));
        store.end_sessions_of(&account, None, at(20)).await.unwrap();
        assert!(!read(&old).await.superseded, "an end by somebody else is one for good");
    }

    #[tokio::test]
    async fn a_lock_counts_pins_and_forgets_them_once_opened() {
        let store = Store::in_memory().await.unwrap();
        let account = stored(&store, "wang", &[Role::Operator]).await.id;
        let key: LoginKey = "aa".parse().unwrap();
        let session = LoginSession {
            key: key.clone(),
            account,
            made: at(1),
            seen: at(1),
            ends: at(1000),
            ended: None,
            address: String::new(),
            superseded: false,
            acted: at(1),
            locked: false,
            wrong_pins: 0,
            certificate: None,
        };
        store.add_session(&session).await.unwrap();
        let read = async || store.session(&key).await.unwrap().unwrap();
        store.note_act(&key, at(7)).await.unwrap();
        store.lock_session(&key).await.unwrap();
        assert_eq!((read().await.acted, read().await.locked), (at(7), true));
        for _ in 0..2 {
            assert!(store.count_pin(&key, 2).await.unwrap());
        }
        assert!(!store.count_pin(&key, 2).await.unwrap());
        assert_eq!(read().await.wrong_pins, 2);
        store.take_pin_back(&key).await.unwrap();
        assert!(store.count_pin(&key, 2).await.unwrap());
        store.unlock_session(&key, at(9)).await.unwrap();
        assert_eq!(read().await, LoginSession { acted: at(9), ..session });
    }

    #[tokio::test]
    async fn log_ins_last_until_they_are_ended() {
        let store = Store::in_memory().await.unwrap();
        let account = stored(&store, "wang", &[Role::Operator]).await.id;
        let session = |key: &str, made| LoginSession {
            key: key.parse().unwrap(),
            account: account.clone(),
            made: at(made),
            seen: at(made),
            ends: at(1000),
            ended: None,
            address: "10.0.0.7".to_owned(),
            superseded: false,
            acted: at(made),
            locked: false,
            wrong_pins: 0,
            certificate: None,
        };
        let (first, second) = (session("aa", 1), session("bb", 5));
        let first = LoginSession { certificate: Some("c1".parse().unwrap()), ..first };
        store.add_session(&first).await.unwrap();
        store.add_session(&second).await.unwrap();
        assert_eq!(store.session(&first.key).await.unwrap().as_ref(), Some(&first));
        assert_eq!(store.login_before(&second).await.unwrap(), Some(at(1)));
        assert_eq!(store.login_before(&first).await.unwrap(), None);
        assert_eq!(store.open_sessions(at(0)).await.unwrap().len(), 2);
        assert_eq!(store.open_sessions(at(3)).await.unwrap().len(), 1, "one was idle for too long");
        assert_eq!(store.open_sessions_of(&account, at(0)).await.unwrap(), [second.clone(), first.clone()]);
        assert_eq!(store.open_sessions_of(&account, at(3)).await.unwrap(), std::slice::from_ref(&second));

        store.touch_session(&first.key, at(30)).await.unwrap();
        store.end_sessions_of(&account, Some(&first.key), at(40)).await.unwrap();
        let ended = async |key: &LoginKey| store.session(key).await.unwrap().unwrap().ended;
        assert_eq!((ended(&first.key).await, ended(&second.key).await), (None, Some(at(40))));
        store.end_session(&first.key, at(41)).await.unwrap();
        store.end_session(&first.key, at(99)).await.unwrap();
        assert_eq!(ended(&first.key).await, Some(at(41)), "an end is noted once");
        assert_eq!(store.session(&first.key).await.unwrap().unwrap().seen, at(30));

        store.forget_sessions(at(1001)).await.unwrap();
        assert_eq!(store.session(&first.key).await.unwrap(), None);
    }
}
