//! The schema of this service, step by step; a step that has landed is never edited.

use sea_orm_migration::prelude::*;

mod m2026_11_21_100_intake;
mod m2026_11_22_101_late_reason;
mod m2026_11_23_102_channels;
mod m2026_11_23_104_message;
mod m2026_11_23_104_people;
mod m2026_11_23_105_reviews;
mod m2026_11_23_106_outcome;
mod m2026_11_23_108_window_steps;
mod m2026_11_23_109_opt_out;
mod m2026_11_29_110_outcome_fact;
mod m2026_11_29_111_right_to_rate;
mod m2026_11_29_112_reply_sign;
mod m2026_11_29_119_staff_unconfirmed;
mod m2026_11_29_124_batch_rating;
mod m2026_11_29_125_review_day;
mod m2026_11_29_141_promised_before;
mod m2026_11_29_142_indexes;
mod m2026_11_29_225_hotline;
mod m2026_11_29_226_next_date;
mod m2026_11_29_230_signals;
mod m2026_11_29_310_document;
mod m2026_11_29_320_handling;
mod m2026_11_29_330_window_before;
mod m2026_11_29_340_report;
mod m2026_11_29_387_words;
mod m2026_11_29_417_platform;

/// Every migration of this service.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(platform::facts::migration::Migration),
            Box::new(m2026_11_21_100_intake::Migration),
            Box::new(platform::facts::reference_position::Migration),
            Box::new(m2026_11_22_101_late_reason::Migration),
            Box::new(m2026_11_23_102_channels::Migration),
            Box::new(m2026_11_23_104_people::Migration),
            Box::new(m2026_11_23_106_outcome::Migration),
            Box::new(m2026_11_23_108_window_steps::Migration),
            Box::new(m2026_11_23_109_opt_out::Migration),
            Box::new(platform::audit::migration::Migration),
            Box::new(m2026_11_23_104_message::Migration),
            Box::new(m2026_11_23_105_reviews::Migration),
            Box::new(platform::facts::identity::Migration),
            Box::new(m2026_11_29_110_outcome_fact::Migration),
            Box::new(m2026_11_29_111_right_to_rate::Migration),
            Box::new(m2026_11_29_112_reply_sign::Migration),
            Box::new(m2026_11_29_141_promised_before::Migration),
            Box::new(m2026_11_29_142_indexes::Migration),
            Box::new(platform::facts::request_age::Migration),
            Box::new(m2026_11_29_119_staff_unconfirmed::Migration),
            Box::new(m2026_11_29_124_batch_rating::Migration),
            Box::new(m2026_11_29_125_review_day::Migration),
            Box::new(m2026_11_29_225_hotline::Migration),
            Box::new(m2026_11_29_226_next_date::Migration),
            Box::new(m2026_11_29_230_signals::Migration),
            Box::new(m2026_11_29_310_document::Migration),
            Box::new(m2026_11_29_320_handling::Migration),
            Box::new(m2026_11_29_330_window_before::Migration),
            Box::new(m2026_11_29_340_report::Migration),
            Box::new(m2026_11_29_417_platform::Migration),
            Box::new(m2026_11_29_387_words::Migration),
            Box::new(platform::auth::revocation::migration::Migration),
        ]
    }
}
