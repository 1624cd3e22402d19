//! The schema of this service, step by step; a step that has landed is never edited.

use sea_orm_migration::prelude::*;

mod m2026_11_21_100_publication;
mod m2026_11_29_101_fact;
mod m2026_11_29_102_private;
mod m2026_11_29_113_exclusion;
mod m2026_11_29_123_late;
mod m2026_11_29_356_finding;
mod m2026_11_29_360_fold;
mod m2026_11_29_361_follow_up_due;
mod m2026_11_29_370_log;
mod m2026_11_29_385_looked;
mod m2026_11_29_386_listing;
mod m2026_11_29_390_bulletin;
mod m2026_11_29_395_pain;
mod m2026_11_29_396_canary;
mod m2026_11_29_400_exchange;
mod m2026_11_29_401_exchange_block;
mod m2026_11_29_405_national;
mod m2026_11_29_410_words;
mod m2026_11_29_415_catalog_item;
mod m2026_11_29_416_ticket_part;
mod m2026_11_30_001_forget;
mod m2026_11_30_002_pain;
mod m2026_11_30_005_national_sent;
mod m2026_11_30_420_all_channels;
mod m2026_11_30_430_tally;

/// Every migration of this service.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(platform::facts::migration::Migration),
            Box::new(m2026_11_21_100_publication::Migration),
            Box::new(platform::facts::reference_position::Migration),
            Box::new(platform::facts::identity::Migration),
            Box::new(m2026_11_29_101_fact::Migration),
            Box::new(m2026_11_29_102_private::Migration),
            Box::new(platform::facts::request_age::Migration),
            Box::new(m2026_11_29_113_exclusion::Migration),
            Box::new(m2026_11_29_123_late::Migration),
            Box::new(m2026_11_29_356_finding::Migration),
            Box::new(m2026_11_29_360_fold::Migration),
            Box::new(m2026_11_29_370_log::Migration),
            Box::new(m2026_11_29_361_follow_up_due::Migration),
            Box::new(platform::audit::migration::Migration),
            Box::new(m2026_11_29_390_bulletin::Migration),
            Box::new(m2026_11_29_395_pain::Migration),
            Box::new(m2026_11_29_396_canary::Migration),
            Box::new(m2026_11_29_400_exchange::Migration),
            Box::new(m2026_11_29_385_looked::Migration),
            Box::new(m2026_11_29_386_listing::Migration),
            Box::new(m2026_11_29_415_catalog_item::Migration),
            Box::new(m2026_11_29_416_ticket_part::Migration),
            Box::new(m2026_11_29_410_words::Migration),
            Box::new(m2026_11_29_401_exchange_block::Migration),
            Box::new(platform::auth::revocation::migration::Migration),
            Box::new(m2026_11_29_405_national::Migration),
            Box::new(m2026_11_30_001_forget::Migration),
            Box::new(m2026_11_30_002_pain::Migration),
            Box::new(m2026_11_30_005_national_sent::Migration),
            Box::new(m2026_11_30_420_all_channels::Migration),
            Box::new(m2026_11_30_430_tally::Migration),
        ]
    }
}
