//! Secrets are stored sealed from here on: an older program would take what is sealed for the secret, and must not open it.
//!
//! The tables stay as they are. What they have is sealed when the database is opened, since that takes the key.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0015_sealed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
