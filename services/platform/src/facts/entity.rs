//! The tables every service has: facts, cursors, parked facts, answered requests, reference data.

/// Facts told by this service.
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

/// The one counter that numbers them.
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
        /// The id of the fact at `fact_position`: which history this is.
        pub fact_id: Option<Uuid>,
        /// The position the id belongs to. Another one than `position` if a process of a version that
        /// keeps none has moved it since, in the middle of an upgrade: then it says nothing.
        pub fact_position: Option<i64>,
        /// Why nothing more is applied until an operator reconciles the two; none while all is well.
        pub halted: Option<String>,
        /// Up to where facts must have been applied, since something was taken back last, for what is
        /// known to be whole again.
        pub whole_at: i64,
        /// How often what was applied was taken back: what was read of it before is to be read again.
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
        /// True if an operator wants it tried again now.
        pub asked: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Requests that were answered, so that the same one gets the same answer.
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
        /// The version, or the position of the fact where the thing has none.
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
