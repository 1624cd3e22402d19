//! The tables every service has: facts, cursors, parked facts, answered requests, reference data.

/// Facts written by this service.
pub mod fact {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fact")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        pub fact_id: Uuid,
        /// The encoded `pingyi.fact.v1.Fact`, without position and producer.
        pub body: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The one counter of their positions.
pub mod fact_counter {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fact_counter")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i16,
        pub position: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How far this service has applied another's facts.
pub mod fact_cursor {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fact_cursor")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub producer: String,
        pub position: i64,
        /// Which replica applies, for as long as its lease runs.
        pub holder: Uuid,
        /// When the lease ends, by the database's clock.
        pub leased_until: i64,
        /// The id of the fact at `fact_position`: it identifies the history.
        pub fact_id: Option<Uuid>,
        /// The position of the id. If it differs from `position`, a process of a version without
        /// ids moved the cursor during an upgrade; then the id has no meaning.
        pub fact_position: Option<i64>,
        /// Why nothing more is applied until an operator reconciles the two; none while there is no
        /// trouble.
        pub halted: Option<String>,
        /// The position up to which facts must be applied, after the last take-back, before the
        /// data count as whole.
        pub whole_at: i64,
        /// How often applied facts were taken back: earlier readings are then out of date.
        pub reconciled: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Facts this service could not apply, each with its reason.
pub mod fact_parked {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fact_parked")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub producer: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        /// The encoded fact, as far as this version knows it.
        pub body: Vec<u8>,
        pub reason: String,
        pub parked_at: i64,
        /// Why: see [`crate::facts::aside::Kind`].
        pub kind: i16,
        /// True if an operator asks for a new try now.
        pub asked: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Answered requests, so that a repeated request gets the same answer.
pub mod request {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request")]
    pub struct Model {
        /// Keyed hash of caller, RPC and request id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: Vec<u8>,
        /// Keyed hash of the request's body.
        pub body_hash: Vec<u8>,
        /// The answer, sealed.
        pub answer: Vec<u8>,
        pub answered_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What this service knows of the catalog, version by version.
pub mod reference {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reference")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: i16,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        /// The version; the position of the fact if the thing has no version.
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        /// The position of the fact; the greatest integer if a process of an older version wrote it.
        pub position: i64,
        /// The encoded fact.
        pub body: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
