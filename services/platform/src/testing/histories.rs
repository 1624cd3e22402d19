//! Producers that go back to an earlier state, and consumers that follow them, without a network between.

use sea_orm::{ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};

use crate::{
    clock::Clock,
    database::{Store, Txn},
    facts::{
        self, COUNTER,
        consume::{ApplyOutcome, Consumer},
        entity::{fact, fact_counter, fact_cursor},
        history::Place,
        place_of, refold,
    },
};

/// Lets a producer's store lose the facts after a position, as a failover to a standby that lagged does.
///
/// # Errors
/// If the store fails.
pub async fn go_back(producer: &Store, to: i64) -> Result<(), DbErr> {
    let txn = producer.begin().await?;
    fact::Entity::delete_many().filter(fact::Column::Position.gt(to)).exec(&txn).await?;
    let counter = fact_counter::ActiveModel { position: Set(to), ..Default::default() };
    let own = fact_counter::Column::Id.eq(COUNTER);
    fact_counter::Entity::update_many().set(counter).filter(own).exec(&txn).await?;
    txn.commit().await
}

/// Applies all that a producer has, so many facts in a transaction, and writes what that tells.
///
/// # Errors
/// If a store fails.
///
/// # Panics
/// If a fact cannot be applied.
pub async fn follow<C: Consumer>(
    consumer: &C,
    (store, producer): (&Store, &Store),
    clock: &Clock,
    together: u64,
) -> Result<(), DbErr> {
    loop {
        let from = refold::position(store, producer.service()).await?;
        let facts = facts::page(producer, from.position, together).await?.facts;
        let Some(last) = facts.last().map(place_of) else { return Ok(()) };
        let txn = store.begin().await?;
        let ApplyOutcome { told, left } = consumer.apply(&txn, &facts).await?;
        assert!(left.is_empty(), "{left:?}");
        stand_at(&txn, producer, last).await?;
        facts::commit(txn, clock, told.into_iter().map(|(_, body)| body).collect()).await?;
    }
}

/// Forgets all that a producer said, as if it had never been followed.
///
/// # Errors
/// If a store fails.
pub async fn begin_anew<C: Consumer>(
    consumer: &C,
    (store, producer): (&Store, &Store),
    clock: &Clock,
) -> Result<(), DbErr> {
    let txn = store.begin().await?;
    let told = consumer.forget(&txn, producer.service(), 0).await?.told;
    stand_at(&txn, producer, Place::START).await?;
    facts::commit(txn, clock, told).await
}

async fn stand_at(txn: &Txn, producer: &Store, place: Place) -> Result<(), DbErr> {
    let cursor = fact_cursor::ActiveModel {
        position: Set(place.position),
        fact_id: Set(Some(place.fact_id)),
        fact_position: Set(Some(place.position)),
        ..Default::default()
    };
    let of = fact_cursor::Column::Producer.eq(producer.service());
    fact_cursor::Entity::update_many().set(cursor).filter(of).exec(txn).await.map(drop)
}
