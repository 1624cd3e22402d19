//! The schema of this service, step by step; a step that has landed is never edited.

use sea_orm_migration::prelude::*;

mod m2026_11_21_100_catalog;
mod m2026_11_22_200_changes;
mod m2026_11_30_001_terminals;

/// Every migration of this service.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(platform::facts::migration::Migration),
            Box::new(m2026_11_21_100_catalog::Migration),
            Box::new(m2026_11_22_200_changes::Migration),
            Box::new(platform::facts::identity::Migration),
            Box::new(platform::facts::request_age::Migration),
            Box::new(platform::auth::revocation::migration::Migration),
            Box::new(m2026_11_30_001_terminals::Migration),
        ]
    }
}
