//! What the tests of the exchange share about the store.

use platform::{
    database::Store,
    facts::{self, entity::fact_cursor, refold},
};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

/// This service has applied all facts of a producer.
pub(crate) async fn follow(store: &Store, producer: &Store) {
    let place = facts::last(producer).await.unwrap();
    refold::position(store, producer.service()).await.unwrap();
    fact_cursor::Entity::update_many()
        .set(fact_cursor::ActiveModel {
            position: Set(place.position),
            fact_id: Set(Some(place.fact_id)),
            fact_position: Set(Some(place.position)),
            ..Default::default()
        })
        .filter(fact_cursor::Column::Producer.eq(producer.service()))
        .exec(store.write())
        .await
        .unwrap();
}
