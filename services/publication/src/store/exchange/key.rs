//! Which facts belong together: those of one service of one installation.

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use crate::entity::{
    exchange_fact::{self, Column},
    exchange_lane,
};

/// The origin of this installation's own facts.
pub(crate) const OWN: &str = "";

/// One service of one installation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LaneKey {
    /// Its region; [`OWN`] for this one.
    pub(crate) origin: String,
    /// The service.
    pub(crate) producer: String,
}

impl LaneKey {
    /// A service of this installation.
    pub(crate) fn own(producer: &str) -> Self {
        Self { origin: OWN.to_owned(), producer: producer.to_owned() }
    }

    /// Whether it is this installation's own.
    pub(crate) fn is_own(&self) -> bool {
        self.origin == OWN
    }

    /// That of a lane.
    pub(crate) fn of(lane: &exchange_lane::Model) -> Self {
        Self { origin: lane.origin.clone(), producer: lane.producer.clone() }
    }
}

/// The facts of a lane that are in its history now.
pub(super) fn kept(key: &LaneKey) -> Select<exchange_fact::Entity> {
    exchange_fact::Entity::find()
        .filter(Column::Origin.eq(&key.origin))
        .filter(Column::Producer.eq(&key.producer))
        .filter(Column::Cut.eq(0))
}

/// The statement of what is kept up to a position, the last first.
pub(super) fn up_to(key: &LaneKey, position: i64) -> Select<exchange_fact::Entity> {
    kept(key).filter(Column::Position.lte(position)).order_by_desc(Column::Position).limit(1)
}
