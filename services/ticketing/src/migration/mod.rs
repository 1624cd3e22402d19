//! The schema of this service, step by step; a step that has landed is never edited.

use sea_orm_migration::prelude::*;

mod m2026_11_21_100_ticketing;
mod m2026_11_22_101_ticket_effect;
mod m2026_11_23_102_matter;
mod m2026_11_29_103_fact;
mod m2026_11_29_104_staff;
mod m2026_11_29_110_loop;
mod m2026_11_29_115_document;
mod m2026_11_29_117_appeal;
mod m2026_11_29_118_text_review;
mod m2026_11_29_120_focus_counts;
mod m2026_11_29_121_focus_records;
mod m2026_11_29_122_restricted;
mod m2026_11_29_123_misconduct;
mod m2026_11_29_130_watch;
mod m2026_11_29_131_notice;
mod m2026_11_29_140_ledger;
mod m2026_11_29_325_follow_up_answer;
mod m2026_11_29_333_deadlines_before;
mod m2026_11_29_334_ticket_clock;
mod m2026_11_29_340_proposals;
mod m2026_11_29_341_reported;
mod m2026_11_29_387_taken_down;
mod m2026_11_30_350_state;

/// Every migration of this service.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(platform::facts::migration::Migration),
            Box::new(m2026_11_21_100_ticketing::Migration),
            Box::new(platform::facts::reference_position::Migration),
            Box::new(m2026_11_22_101_ticket_effect::Migration),
            Box::new(m2026_11_23_102_matter::Migration),
            Box::new(platform::facts::identity::Migration),
            Box::new(m2026_11_29_103_fact::Migration),
            Box::new(m2026_11_29_104_staff::Migration),
            Box::new(platform::facts::request_age::Migration),
            Box::new(m2026_11_29_110_loop::Migration),
            Box::new(m2026_11_29_117_appeal::Migration),
            Box::new(m2026_11_29_118_text_review::Migration),
            Box::new(m2026_11_29_120_focus_counts::Migration),
            Box::new(m2026_11_29_121_focus_records::Migration),
            Box::new(m2026_11_29_122_restricted::Migration),
            Box::new(m2026_11_29_123_misconduct::Migration),
            Box::new(m2026_11_29_115_document::Migration),
            Box::new(platform::audit::migration::Migration),
            Box::new(m2026_11_29_140_ledger::Migration),
            Box::new(m2026_11_29_130_watch::Migration),
            Box::new(m2026_11_29_131_notice::Migration),
            Box::new(m2026_11_29_325_follow_up_answer::Migration),
            Box::new(m2026_11_29_333_deadlines_before::Migration),
            Box::new(m2026_11_29_334_ticket_clock::Migration),
            Box::new(m2026_11_29_340_proposals::Migration),
            Box::new(m2026_11_29_341_reported::Migration),
            Box::new(m2026_11_29_387_taken_down::Migration),
            Box::new(platform::auth::revocation::migration::Migration),
            Box::new(m2026_11_30_350_state::Migration),
        ]
    }
}

#[cfg(test)]
mod tests;
