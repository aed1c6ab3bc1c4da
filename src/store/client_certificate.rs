//! Certificates that are registered to accounts. A revoked one stays, so that it can be told from one that never was.

use super::{Store, StoreError, error::attempted, moment, ms, second_factor};
use crate::{
    domain::client_certificate::ClientCertificate,
    id::{AccountId, CertificateId},
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, QueryOrder as _, TransactionTrait as _, entity::prelude::*, sea_query::Expr,
};
use std::{collections::HashSet, time::SystemTime};

/// A row of `client_certificates`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_certificates")]
pub(super) struct Model {
    /// SHA-256 of the certificate.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) serial: String,
    pub(super) subject: String,
    pub(super) not_after_ms: i64,
    pub(super) made_ms: i64,
    pub(super) made_by: String,
    pub(super) revoked_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Rows of `lost_factors`: accounts whose last certificate was revoked, and that have no other second factor since.
mod lost {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "lost_factors")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) account_id: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const READ: &str = "read certificates";
const WRITE: &str = "store a certificate";

impl Store {
    /// Registers a certificate.
    pub async fn add_certificate(&self, certificate: &ClientCertificate) -> Result<(), StoreError> {
        let ClientCertificate { id, account, serial, subject, not_after, made, made_by, revoked } = certificate.clone();
        let row = ActiveModel {
            id: Set(id.into()),
            account_id: Set(account.into()),
            serial: Set(serial),
            subject: Set(subject),
            not_after_ms: Set(ms(not_after)),
            made_ms: Set(ms(made)),
            made_by: Set(made_by),
            revoked_ms: Set(revoked.map(ms)),
        };
        Entity::insert(row).exec_without_returning(&self.db).await.map_err(attempted(WRITE))?;
        Ok(())
    }

    /// The certificate of this fingerprint, if it is registered.
    pub async fn certificate(&self, id: &CertificateId) -> Result<Option<ClientCertificate>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(&self.db).await.map_err(attempted(READ))?;
        row.map(certificate_of).transpose()
    }

    /// An account's certificates, the latest first.
    pub async fn certificates_of(&self, account: &AccountId) -> Result<Vec<ClientCertificate>, StoreError> {
        let of = Entity::find().filter(Column::AccountId.eq(account.as_str())).order_by_desc(Column::MadeMs);
        let rows = of.all(&self.db).await.map_err(attempted(READ))?;
        rows.into_iter().map(certificate_of).collect()
    }

    /// All certificates, the latest first.
    pub async fn certificates(&self) -> Result<Vec<ClientCertificate>, StoreError> {
        let rows = Entity::find().order_by_desc(Column::MadeMs).all(&self.db).await.map_err(attempted(READ))?;
        rows.into_iter().map(certificate_of).collect()
    }

    /// Revokes one certificate; one that was revoked stays as it was. Was it the last of an account that has no other second
    /// factor, the account has lost its own.
    pub async fn revoke_certificate(&self, id: &CertificateId, at: SystemTime) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(WRITE))?;
        let row = Entity::find_by_id(id.as_str()).one(&transaction).await.map_err(attempted(WRITE))?;
        let Some(row) = row.filter(|row| row.revoked_ms.is_none()) else { return Ok(()) };
        let one = Entity::update_many().filter(Column::Id.eq(id.as_str()));
        one.col_expr(Column::RevokedMs, Expr::value(ms(at))).exec(&transaction).await.map_err(attempted(WRITE))?;
        let others = Entity::find().filter(Column::AccountId.eq(&row.account_id)).filter(Column::RevokedMs.is_null());
        if others.one(&transaction).await.map_err(attempted(WRITE))?.is_none()
            && !second_factor::is_confirmed(&transaction, &row.account_id).await?
        {
            lose(&transaction, row.account_id).await?;
        }
        transaction.commit().await.map_err(attempted(WRITE))
    }

    /// Revokes all certificates of an account.
    pub async fn revoke_certificates_of(&self, account: &AccountId, at: SystemTime) -> Result<(), StoreError> {
        revoke_all(&self.db, account, at).await
    }

    /// The accounts that have lost their second factor.
    pub async fn lost_factors(&self) -> Result<HashSet<AccountId>, StoreError> {
        let rows = lost::Entity::find().all(&self.db).await.map_err(attempted(READ))?;
        Ok(rows.iter().filter_map(|row| row.account_id.parse().ok()).collect())
    }

    /// An account need have no second factor any more.
    pub async fn forget_lost_factor(&self, account: &AccountId) -> Result<(), StoreError> {
        lost::Entity::delete_by_id(account.as_str()).exec(&self.db).await.map(drop).map_err(attempted(WRITE))
    }
}

async fn lose(db: &impl ConnectionTrait, account_id: String) -> Result<(), StoreError> {
    lost::Entity::delete_by_id(account_id.clone()).exec(db).await.map_err(attempted(WRITE))?;
    let row = lost::ActiveModel { account_id: Set(account_id) };
    lost::Entity::insert(row).exec_without_returning(db).await.map(drop).map_err(attempted(WRITE))
}

/// Revokes all certificates of an account, as a part of something larger. If there were any, it has lost its second factor.
pub(super) async fn revoke_all(
    db: &impl ConnectionTrait,
    account: &AccountId,
    at: SystemTime,
) -> Result<(), StoreError> {
    let all = Entity::update_many().filter(Column::AccountId.eq(account.as_str())).filter(Column::RevokedMs.is_null());
    let revoked = all.col_expr(Column::RevokedMs, Expr::value(ms(at))).exec(db).await.map_err(attempted(WRITE))?;
    if revoked.rows_affected > 0 { lose(db, account.to_string()).await } else { Ok(()) }
}

fn certificate_of(row: Model) -> Result<ClientCertificate, StoreError> {
    let unknown = |value: String| StoreError::Value { what: READ, value };
    Ok(ClientCertificate {
        id: row.id.clone().parse().map_err(|_| unknown(row.id))?,
        account: row.account_id.clone().parse().map_err(|_| unknown(row.account_id))?,
        serial: row.serial,
        subject: row.subject,
        not_after: moment(row.not_after_ms),
        made: moment(row.made_ms),
        made_by: row.made_by,
        revoked: row.revoked_ms.map(moment),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{client_certificate::tests::certificate, role::Role},
        store::account::tests::stored,
    };
    use std::time::{Duration, UNIX_EPOCH};

    #[tokio::test]
    async fn a_certificate_is_registered_found_and_revoked_once() {
        let store = Store::in_memory().await.unwrap();
        let wang = stored(&store, "wang", &[Role::Operator]).await.id;
        let [one, two] = ['1', '2'].map(|digit| certificate(digit, &wang));
        for certificate in [&one, &two] {
            store.add_certificate(certificate).await.unwrap();
        }
        assert!(store.add_certificate(&one).await.is_err(), "a certificate is somebody's once");
        assert_eq!(store.certificate(&one.id).await.unwrap().as_ref(), Some(&one));
        let at = UNIX_EPOCH + Duration::from_secs(7);
        store.revoke_certificate(&one.id, at).await.unwrap();
        assert!(store.lost_factors().await.unwrap().is_empty(), "there is another");
        store.revoke_certificate(&one.id, at + Duration::from_secs(9)).await.unwrap();
        store.revoke_certificates_of(&wang, at + Duration::from_secs(1)).await.unwrap();
        assert!(store.lost_factors().await.unwrap().contains(&wang));
        store.forget_lost_factor(&wang).await.unwrap();
        assert!(store.lost_factors().await.unwrap().is_empty());
        let revoked: Vec<_> = store.certificates_of(&wang).await.unwrap().into_iter().map(|one| one.revoked).collect();
        assert!(revoked.contains(&Some(at)) && revoked.contains(&Some(at + Duration::from_secs(1))), "{revoked:?}");
        assert_eq!(store.certificates().await.unwrap().len(), 2);
    }
}
