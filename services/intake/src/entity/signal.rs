//! A signal of fraud (S03): what was found in the ratings of a subject and period. Only its state
//! changes.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// A `pingyi.type.v1.SignalKind`.
    pub kind: i16,
    /// A `pingyi.type.v1.SignalSubject`.
    pub subject_kind: i16,
    /// A unit's identity, or a pseudonym for a network or a rater.
    pub subject_id: String,
    /// The first day of the day, week or month that has one signal of this kind and subject.
    pub period: String,
    pub region_code: String,
    /// Empty if there are several.
    pub agency_id: String,
    pub first_day: String,
    pub last_day: String,
    pub probability: f64,
    pub threshold: f64,
    pub seen: i64,
    /// Of how many.
    pub looked_at: i64,
    pub expected: f64,
    /// A sentence with numbers, and nothing of any person.
    pub explanation: String,
    /// The identities of its first ratings.
    pub ratings: Vec<u8>,
    /// How many ratings there are.
    pub rating_count: i64,
    /// A `pingyi.intake.v1.SignalState`.
    pub state: i16,
    /// How many judgements there are.
    pub judgements: i32,
    pub found_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
