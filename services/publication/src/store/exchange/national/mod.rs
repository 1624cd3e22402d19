//! The queue of the national interface. Whoever changes it holds the cursors first, so that a record that
//! becomes ready and one that is added behind it never miss each other.

pub(crate) mod again;
mod amendment;
pub(crate) mod forget;
pub(crate) mod lag;
pub(crate) mod queue;
mod record;
pub(crate) mod state;
pub(crate) mod taking;

use platform::{database::Txn, facts::history::Place};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::{national_cursor, national_level};

/// The places up to which each service's facts were read; nobody else changes the queue until the transaction
/// ends.
pub(crate) async fn hold(
    txn: &Txn,
    producers: &[&str],
) -> Result<Vec<national_cursor::Model>, DbErr> {
    for producer in producers {
        let first = national_cursor::Model {
            producer: (*producer).to_owned(),
            position: 0,
            fact_id: Uuid::nil(),
        };
        let there = OnConflict::column(national_cursor::Column::Producer).do_nothing().to_owned();
        national_cursor::Entity::insert(first.into_active_model().reset_all())
            .on_conflict(there)
            .exec_without_returning(txn)
            .await?;
    }
    let all = national_cursor::Entity::find().order_by_asc(national_cursor::Column::Producer);
    all.lock_exclusive().all(txn).await
}

/// The place up to which a service's facts were read.
pub(crate) async fn cursor(
    connection: &impl ConnectionTrait,
    producer: &str,
) -> Result<Place, DbErr> {
    let row = national_cursor::Entity::find_by_id(producer).one(connection).await?;
    Ok(row.map_or(Place::START, |row| Place { position: row.position, fact_id: row.fact_id }))
}

/// Moves a cursor that is held.
pub(crate) async fn move_to(txn: &Txn, producer: &str, place: Place) -> Result<(), DbErr> {
    let row = national_cursor::Model {
        producer: producer.to_owned(),
        position: place.position,
        fact_id: place.fact_id,
    };
    row.into_active_model().reset_all().update(txn).await.map(drop)
}

/// What is known of each level.
pub(crate) async fn levels(
    connection: &impl ConnectionTrait,
) -> Result<Vec<national_level::Model>, DbErr> {
    national_level::Entity::find().all(connection).await
}
