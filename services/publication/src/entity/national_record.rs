//! One record for the national interface, with what became of it there.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "national_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// That of the service act, the rating, or made of the fact and the rating it corrects.
    pub id: Uuid,
    /// 1 a service of a case, 2 a rating, 3 a correction; 4 what remains of a rating's corrections after others,
    /// or the rating itself, were withdrawn.
    pub kind: i16,
    /// Where the fact stands that it comes from; this service and 0 for what comes from none.
    pub producer: String,
    pub position: i64,
    /// When that was recorded, in microseconds.
    pub recorded_at: i64,
    pub case_id: Option<Uuid>,
    pub act_id: Option<Uuid>,
    /// The rating it is, or corrects.
    pub rating_id: Option<Uuid>,
    /// Which service of the case, from 1.
    pub service: i32,
    /// Which rating of the service, from 1; 0 for none.
    pub rating: i32,
    /// The rating's level; 0 for what is none.
    pub level: i16,
    /// The record that goes before it; none if nothing does.
    pub needs: Option<Uuid>,
    /// The encoded fact.
    pub fact: Vec<u8>,
    /// 0 what goes before it has no receipt, 1 ready, 2 has its receipt, 3 in no history any more though the
    /// platform has it, or may have it.
    pub state: i16,
    /// When it is tried next, in microseconds.
    pub due_at: i64,
    pub tries: i32,
    /// Why it is held back or was refused, by name; empty if it is not.
    pub reason: String,
    /// The same in words.
    pub words: String,
    /// The platform's name for it; empty if it gave none.
    pub receipt: String,
    pub receipted_at: Option<i64>,
    /// When it was first sent, whether an answer came or not; none if the platform cannot have it.
    pub sent_at: Option<i64>,
    /// The number that the platform gave the service; 0 if it gave none.
    pub number: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
