//! Accounts with their roles and the names of their owners.

use super::{
    Store, StoreError, client_certificate, delegation, error::attempted, exception, hand_over, moment, ms, now_ms,
    org_unit, session,
};
use crate::{
    domain::{
        account::{Account, Login, PASSWORD_HISTORY_MAX},
        hand_over::{Form, HandOver},
        officer,
        role::{Role, Roles},
    },
    id::{AccountId, OrgUnitId},
};
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, QueryOrder as _, QuerySelect as _, QueryTrait as _, TransactionTrait as _,
    entity::prelude::*, sea_query::Expr,
};
use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

/// A row of `accounts`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) login: String,
    pub(super) person_id: String,
    /// A PHC string.
    pub(super) password: String,
    /// The passwords before it as a JSON list of PHC strings, latest first.
    pub(super) old_passwords: String,
    pub(super) password_set_ms: i64,
    pub(super) must_change: bool,
    pub(super) enabled: bool,
    pub(super) created_ms: i64,
    pub(super) last_login_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Rows of `account_roles`.
mod role {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "account_roles")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) account_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) role: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows of `persons`, as far as accounts need them.
mod person {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "persons")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) name: String,
        pub(super) org_unit_id: Option<String>,
        pub(super) created_ms: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The hashes of an account's passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPasswords {
    /// The present one's.
    pub present: String,
    /// Those before it, latest first.
    pub earlier: Vec<String>,
}

/// A new password of an account.
pub struct NewPassword {
    /// Its hash.
    pub hash: String,
    /// When it is set.
    pub set: SystemTime,
    /// Whether somebody else knows it.
    pub must_change: bool,
}

const READ: &str = "read an account";
const WRITE: &str = "store an account";

impl Store {
    /// The account of this id, if there is one.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        Ok(self.whole(row.into_iter().collect()).await?.pop())
    }

    /// The account somebody logs in with, and the hashes of its passwords.
    pub async fn account_named(&self, login: &Login) -> Result<Option<(Account, StoredPasswords)>, StoreError> {
        let named = Entity::find().filter(Column::Login.eq(login.as_str()));
        let Some(row) = named.one(&self.db).await.map_err(attempted(READ))? else { return Ok(None) };
        let passwords = passwords_of(&row)?;
        Ok(self.whole(vec![row]).await?.pop().map(|account| (account, passwords)))
    }

    /// All accounts by their log-in names.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = Entity::find().order_by_asc(Column::Login).all(&self.db).await.map_err(attempted(READ))?;
        let parts = self.account_parts(person::Entity::find(), role::Entity::find()).await?;
        rows.iter().map(|row| parts.account(row)).collect()
    }

    /// Accounts that can log in and have this role, by their log-in names.
    pub async fn accounts_with(&self, role: Role) -> Result<Vec<Account>, StoreError> {
        let ids = role::Entity::find().filter(role::Column::Role.eq(role.name())).all(&self.db).await;
        let ids: Vec<String> = ids.map_err(attempted(READ))?.into_iter().map(|row| row.account_id).collect();
        let rows = Entity::find().filter(Column::Id.is_in(ids)).filter(Column::Enabled.eq(true));
        self.whole(rows.order_by_asc(Column::Login).all(&self.db).await.map_err(attempted(READ))?).await
    }

    /// Accounts whose owners belong to these units, by their log-in names.
    pub async fn accounts_of_units(&self, units: &[OrgUnitId]) -> Result<Vec<Account>, StoreError> {
        let of = person::Column::OrgUnitId.is_in(units.iter().map(OrgUnitId::as_str));
        let owners = person::Entity::find().select_only().column(person::Column::Id).filter(of).into_query();
        let rows = Entity::find().filter(Column::PersonId.in_subquery(owners)).order_by_asc(Column::Login);
        self.whole(rows.all(&self.db).await.map_err(attempted(READ))?).await
    }

    /// Names of the owners of these accounts.
    pub async fn names_of(&self, ids: HashSet<&AccountId>) -> Result<HashMap<AccountId, String>, StoreError> {
        // For now each person has one account, and so its id.
        let rows = person::Entity::find().filter(person::Column::Id.is_in(ids.into_iter().map(AccountId::as_str)));
        let rows = rows.all(&self.db).await.map_err(attempted(READ))?;
        Ok(rows.into_iter().filter_map(|row| Some((row.id.parse().ok()?, row.name))).collect())
    }

    /// Stores a new account and its owner, and its exception if it begins with one; `false` if its log-in name is taken.
    pub async fn add_account(
        &self,
        account: &Account,
        password: NewPassword,
        exception: &officer::Change,
    ) -> Result<bool, StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        let since = password.set;
        let added = insert(&transaction, account, password).await?;
        if added {
            exception::write(&transaction, &account.id, exception, since).await?;
        }
        transaction.commit().await.map_err(attempted(WRITE))?;
        Ok(added)
    }

    /// Stores all of a hand-over, or nothing: `false` if the new log-in name is taken.
    pub async fn hand_over(&self, change: &HandOver, form: &Form, password: NewPassword) -> Result<bool, StoreError> {
        let now = form.at;
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        if !insert(&transaction, &change.to, password).await? {
            return Ok(false);
        }
        update(&transaction, &change.from).await?;
        for unit in &change.units {
            org_unit::write(&transaction, unit).await?;
        }
        for delegation in &change.delegations {
            delegation::end(&transaction, delegation, now).await?;
        }
        hand_over::insert(&transaction, form).await?;
        client_certificate::revoke_all(&transaction, &change.from.id, now).await?;
        session::end_all(&transaction, &change.from.id, None, now).await?;
        transaction.commit().await.map_err(attempted(WRITE))?;
        Ok(true)
    }

    /// Stores the owner's name and unit, the roles, what becomes of its exception, and whether the account can log in.
    pub async fn save_account(
        &self,
        account: &Account,
        exception: &officer::Change,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        update(&transaction, account).await?;
        exception::write(&transaction, &account.id, exception, now).await?;
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// Sets a new password; the one before it goes to the earlier ones.
    pub async fn set_password(&self, id: &AccountId, password: NewPassword) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        let row = Entity::find_by_id(id.as_str()).one(&transaction).await.map_err(attempted(WRITE))?;
        let Some(row) = row else { return Ok(()) };
        let StoredPasswords { present, mut earlier } = passwords_of(&row)?;
        earlier.insert(0, present);
        earlier.truncate(PASSWORD_HISTORY_MAX - 1);
        let list = serde_json::to_string(&earlier).expect("a list of strings always serialises");
        let update = Entity::update_many()
            .col_expr(Column::Password, Expr::value(password.hash))
            .col_expr(Column::OldPasswords, Expr::value(list))
            .col_expr(Column::PasswordSetMs, Expr::value(ms(password.set)))
            .col_expr(Column::MustChange, Expr::value(password.must_change));
        update.filter(Column::Id.eq(id.as_str())).exec(&transaction).await.map_err(attempted(WRITE))?;
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// Stores when an account logged in.
    pub async fn save_last_login(&self, id: &AccountId, at: SystemTime) -> Result<(), StoreError> {
        let update = Entity::update_many().col_expr(Column::LastLoginMs, Expr::value(ms(at)));
        update.filter(Column::Id.eq(id.as_str())).exec(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// Accounts with their owners' names, their units and their roles, in the order of their rows. What belongs to them is read
    /// for all at once: a county has thousands.
    async fn whole(&self, rows: Vec<Model>) -> Result<Vec<Account>, StoreError> {
        let mut accounts = Vec::with_capacity(rows.len());
        for rows in rows.chunks(AT_ONCE) {
            let owners = person::Entity::find().filter(person::Column::Id.is_in(rows.iter().map(|row| &row.person_id)));
            let roles = role::Entity::find().filter(role::Column::AccountId.is_in(rows.iter().map(|row| &row.id)));
            let parts = self.account_parts(owners, roles).await?;
            for row in rows {
                accounts.push(parts.account(row)?);
            }
        }
        Ok(accounts)
    }

    /// What belongs to accounts, of these owners and with these roles.
    async fn account_parts(
        &self,
        owners: Select<person::Entity>,
        roles: Select<role::Entity>,
    ) -> Result<Parts, StoreError> {
        let owners = owners.all(&self.db).await.map_err(attempted(READ))?;
        let owners: HashMap<String, person::Model> =
            owners.into_iter().map(|owner| (owner.id.clone(), owner)).collect();
        let units = self.org_unit_names(owners.values().filter_map(|owner| owner.org_unit_id.as_ref())).await?;
        let mut of: HashMap<String, Vec<String>> = HashMap::new();
        for role::Model { account_id, role } in roles.all(&self.db).await.map_err(attempted(READ))? {
            of.entry(account_id).or_default().push(role);
        }
        Ok(Parts { owners, units, roles: of })
    }
}

/// Most accounts whose parts one question asks for: SQLite takes some 32 000 values.
const AT_ONCE: usize = 10_000;

/// What belongs to some accounts, by ids.
struct Parts {
    owners: HashMap<String, person::Model>,
    /// Names of units.
    units: HashMap<String, String>,
    /// Names of the roles of each account.
    roles: HashMap<String, Vec<String>>,
}

impl Parts {
    fn account(&self, row: &Model) -> Result<Account, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let roles = self.roles.get(&row.id).into_iter().flatten();
        let owner = self.owners.get(&row.person_id);
        let org_unit = owner.and_then(|owner| owner.org_unit_id.as_ref());
        Ok(Account {
            id: row.id.parse().map_err(|_| unknown(&row.id))?,
            login: row.login.parse().map_err(|_| unknown(&row.login))?,
            name: owner.map(|owner| owner.name.clone()).unwrap_or_default(),
            org_unit: org_unit.map(|id| id.parse::<OrgUnitId>().map_err(|_| unknown(id))).transpose()?,
            unit: org_unit.and_then(|id| self.units.get(id)).cloned().unwrap_or_default(),
            roles: roles.map(|name| Role::named(name).ok_or_else(|| unknown(name))).collect::<Result<Roles, _>>()?,
            enabled: row.enabled,
            must_change: row.must_change,
            password_set: moment(row.password_set_ms),
            last_login: row.last_login_ms.map(moment),
        })
    }
}

/// Stores a new account and its owner; `false` if its log-in name is taken.
async fn insert(
    transaction: &DatabaseTransaction,
    account: &Account,
    password: NewPassword,
) -> Result<bool, StoreError> {
    let named = Entity::find().filter(Column::Login.eq(account.login.as_str()));
    if named.one(transaction).await.map_err(attempted(WRITE))?.is_some() {
        return Ok(false);
    }
    // For now each person has one account, and so its id.
    let owner = person::ActiveModel {
        id: Set(account.id.to_string()),
        name: Set(account.name.clone()),
        org_unit_id: Set(account.org_unit.as_ref().map(ToString::to_string)),
        created_ms: Set(now_ms()),
    };
    person::Entity::insert(owner).exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    let row = ActiveModel {
        id: Set(account.id.to_string()),
        login: Set(account.login.to_string()),
        person_id: Set(account.id.to_string()),
        password: Set(password.hash),
        old_passwords: Set("[]".to_owned()),
        password_set_ms: Set(ms(password.set)),
        must_change: Set(password.must_change),
        enabled: Set(account.enabled),
        created_ms: Set(now_ms()),
        last_login_ms: Set(None),
    };
    Entity::insert(row).exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    write_roles(transaction, account).await?;
    Ok(true)
}

/// Stores the owner's name and unit, the roles and whether the account can log in.
pub(super) async fn update(transaction: &DatabaseTransaction, account: &Account) -> Result<(), StoreError> {
    let of = Entity::find_by_id(account.id.as_str()).one(transaction).await.map_err(attempted(WRITE))?;
    if let Some(row) = of {
        let owner = person::Entity::update_many()
            .col_expr(person::Column::Name, Expr::value(account.name.as_str()))
            .col_expr(person::Column::OrgUnitId, Expr::value(account.org_unit.as_ref().map(OrgUnitId::as_str)));
        let owner = owner.filter(person::Column::Id.eq(row.person_id));
        owner.exec(transaction).await.map_err(attempted(WRITE))?;
    }
    let row = Entity::update_many().col_expr(Column::Enabled, Expr::value(account.enabled));
    row.filter(Column::Id.eq(account.id.as_str())).exec(transaction).await.map_err(attempted(WRITE))?;
    let roles = role::Entity::delete_many().filter(role::Column::AccountId.eq(account.id.as_str()));
    roles.exec(transaction).await.map_err(attempted(WRITE))?;
    write_roles(transaction, account).await
}

async fn write_roles(transaction: &DatabaseTransaction, account: &Account) -> Result<(), StoreError> {
    let rows: Vec<_> = account.roles.iter().map(|role| role_row(&account.id, role)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let insert = role::Entity::insert_many(rows);
    insert.exec_without_returning(transaction).await.map_err(attempted(WRITE))?;
    Ok(())
}

fn role_row(account: &AccountId, role: Role) -> role::ActiveModel {
    role::ActiveModel { account_id: Set(account.to_string()), role: Set(role.name().to_owned()) }
}

fn passwords_of(row: &Model) -> Result<StoredPasswords, StoreError> {
    // The value is not named: an error goes to the log.
    let unknown = |_| StoreError::Value { what: READ, value: "old_passwords".to_owned() };
    let earlier = serde_json::from_str(&row.old_passwords).map_err(unknown)?;
    Ok(StoredPasswords { present: row.password.clone(), earlier })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{account::tests::account, hand_over::Successor};
    use std::time::{Duration, UNIX_EPOCH};

    pub(in crate::store) async fn stored(store: &Store, login: &str, roles: &[Role]) -> Account {
        let account = Account { must_change: true, ..account(login, roles) };
        let password = NewPassword { hash: "first".to_owned(), set: UNIX_EPOCH, must_change: true };
        assert!(store.add_account(&account, password, &officer::Change::Stays).await.unwrap());
        account
    }

    #[tokio::test]
    async fn an_account_comes_back_as_it_was_stored() {
        let store = Store::in_memory().await.unwrap();
        assert!(store.accounts().await.unwrap().is_empty());
        let mut one = stored(&store, "wang", &[Role::Operator, Role::Clerk]).await;
        let other = stored(&store, "audit", &[Role::AuditAdmin]).await;
        assert_eq!(store.accounts().await.unwrap(), [other, one.clone()]);
        assert_eq!(store.account(&one.id).await.unwrap().as_ref(), Some(&one));

        one.name = "李德明".to_owned();
        let unit = org_unit::tests::stored(&store, "县应急局", 0).await;
        (one.org_unit, one.unit) = (Some(unit.id), unit.name);
        one.roles = [Role::Leader].into_iter().collect();
        one.enabled = false;
        store.save_account(&one, &officer::Change::Stays, UNIX_EPOCH).await.unwrap();
        one.last_login = Some(UNIX_EPOCH + Duration::from_secs(9));
        store.save_last_login(&one.id, UNIX_EPOCH + Duration::from_secs(9)).await.unwrap();
        assert_eq!(store.account(&one.id).await.unwrap().as_ref(), Some(&one));
        let of_unit = one.org_unit.clone().unwrap();
        assert_eq!(store.accounts_of_units(&[of_unit]).await.unwrap().len(), 1);
        assert!(store.accounts_of_units(&[]).await.unwrap().is_empty());
        let names = store.names_of([&one.id, &"nobody".parse().unwrap()].into()).await.unwrap();
        assert_eq!(names, HashMap::from([(one.id.clone(), "李德明".to_owned())]));
        assert_eq!(store.accounts_with(Role::Leader).await.unwrap(), [], "they can't log in");
        one.enabled = true;
        store.save_account(&one, &officer::Change::Stays, UNIX_EPOCH).await.unwrap();
        assert_eq!(store.accounts_with(Role::Leader).await.unwrap(), [one]);
        assert_eq!(store.accounts_with(Role::Clerk).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_log_in_name_is_taken_once() {
        let store = Store::in_memory().await.unwrap();
        let one = stored(&store, "wang", &[Role::Operator]).await;
        let again = Account { id: "another".parse().unwrap(), ..one };
        let password = NewPassword { hash: "x".to_owned(), set: UNIX_EPOCH, must_change: true };
        assert!(!store.add_account(&again, password, &officer::Change::Stays).await.unwrap());
        assert_eq!(store.accounts().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_hand_over_is_stored_whole_or_not_at_all() {
        let store = Store::in_memory().await.unwrap();
        let old = stored(&store, "zhao", &[Role::Liaison]).await;
        let taken = stored(&store, "li", &[Role::Clerk]).await;
        let mut unit = org_unit::tests::stored(&store, "县水务局", 0).await;
        unit.liaisons = vec![old.id.clone()];
        store.save_org_unit(&unit).await.unwrap();
        let change = |login: &str| {
            let successor =
                Successor { id: "new".parse().unwrap(), login: login.parse().unwrap(), name: "李军".to_owned() };
            HandOver::of(old.clone(), successor, std::slice::from_ref(&unit), &[], UNIX_EPOCH).unwrap()
        };
        let password = || NewPassword { hash: "x".to_owned(), set: UNIX_EPOCH, must_change: true };
        let form = |change: &HandOver| Form::of(change, "调离".to_owned(), UNIX_EPOCH);
        let refused = change(taken.login.as_str());
        assert!(!store.hand_over(&refused, &form(&refused), password()).await.unwrap());
        assert!(store.hand_overs().await.unwrap().is_empty());
        assert!(store.account(&old.id).await.unwrap().unwrap().enabled);
        assert_eq!(store.org_units().await.unwrap(), std::slice::from_ref(&unit));

        let done = change("lijun");
        assert!(store.hand_over(&done, &form(&done), password()).await.unwrap());
        assert_eq!(store.hand_overs().await.unwrap(), [form(&done)]);
        assert!(!store.account(&old.id).await.unwrap().unwrap().enabled);
        assert_eq!(store.account(&done.to.id).await.unwrap(), Some(done.to));
        assert_eq!(store.org_units().await.unwrap(), done.units);
    }

    #[tokio::test]
    async fn the_last_passwords_are_remembered_and_no_more() {
        let store = Store::in_memory().await.unwrap();
        let account = stored(&store, "wang", &[Role::Operator]).await;
        for number in 2..=14 {
            let password = NewPassword { hash: number.to_string(), set: UNIX_EPOCH, must_change: false };
            store.set_password(&account.id, password).await.unwrap();
        }
        let (read, passwords) = store.account_named(&account.login).await.unwrap().unwrap();
        assert_eq!(passwords.present, "14");
        let earlier: Vec<String> = (3..=13).rev().map(|number: u32| number.to_string()).collect();
        assert_eq!(passwords.earlier, earlier, "as many as any site may ask of, with the present one");
        assert!(!read.must_change);
    }
}
