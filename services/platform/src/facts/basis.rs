//! From which facts something was computed, and whether they are in the history still: between the
//! computing and the keeping a producer may have gone back to an older state.

use sea_orm::{DbErr, EntityTrait as _, QuerySelect as _};

use crate::{
    database::Txn,
    facts::{cursor, entity::fact_cursor, history::Place},
};

/// Up to which fact of a producer something was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    producer: &'static str,
    place: Place,
    /// How often facts of the producer were taken back by then.
    reconciled: i64,
}

impl Basis {
    /// Up to which fact a producer is applied, as a transaction sees it.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn read(txn: &Txn, producer: &'static str) -> Result<Self, DbErr> {
        let row = fact_cursor::Entity::find_by_id(producer).one(txn).await?;
        Ok(Self::of(producer, row.as_ref()))
    }

    /// The same, and nobody applies a fact of the producer or takes one back before the transaction
    /// ends.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn hold(txn: &Txn, producer: &'static str) -> Result<Self, DbErr> {
        let row = fact_cursor::Entity::find_by_id(producer).lock_shared().one(txn).await?;
        Ok(Self::of(producer, row.as_ref()))
    }

    fn of(producer: &'static str, row: Option<&fact_cursor::Model>) -> Self {
        let place = row.map_or(Place::START, cursor::place);
        Self { producer, place, reconciled: row.map_or(0, |row| row.reconciled) }
    }

    /// The last fact of it.
    #[must_use]
    pub fn place(self) -> Place {
        self.place
    }

    /// Whether none of these facts was taken back, and none is until the transaction ends.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn stands(self, txn: &Txn) -> Result<bool, DbErr> {
        let now = Self::hold(txn, self.producer).await?;
        // At the same position another id is another history.
        let is_another = now.place.position == self.place.position
            && !self.place.is_in_history_with(now.place)
            && now.place.is_named();
        Ok(now.reconciled == self.reconciled && !is_another)
    }
}
