//! The queue of the national interface. Whoever changes it holds the cursors first, so that a record that
//! becomes ready and one that is added behind it never miss each other.

pub(crate) mod queue;
pub(crate) mod state;
pub(crate) mod taking;

use platform::{database::Txn, facts::history::Place};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict, Query},
};
use uuid::Uuid;

use state::{DONE, WITHDRAWN};

use crate::entity::{
    national_case, national_cursor, national_level,
    national_record::{self, Column},
    national_ticket,
};

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

/// Takes back what came of a service's facts after a position. What the platform has already stays on record as
/// withdrawn. Returns how many records are gone, and how many the platform has.
pub(crate) async fn forget(txn: &Txn, producer: &str, after: i64) -> Result<(u64, u64), DbErr> {
    let known = hold(txn, &[]).await?;
    let known = known.iter().find(|cursor| cursor.producer == producer);
    if known.is_none_or(|cursor| cursor.position <= after) {
        return Ok((0, 0));
    }
    let lost = Condition::all().add(Column::Producer.eq(producer)).add(Column::Position.gt(after));
    let withdrawn = national_record::Entity::update_many()
        .col_expr(Column::State, Expr::value(WITHDRAWN))
        .filter(lost.clone())
        .filter(Column::State.eq(DONE))
        .exec(txn)
        .await?
        .rows_affected;
    let untold = lost.add(Column::State.lt(DONE));
    let mut gone = Query::select();
    gone.column(Column::Id).from(national_record::Entity).cond_where(untold.clone());
    national_case::Entity::update_many()
        .col_expr(national_case::Column::LastService, Expr::value(None::<Uuid>))
        .filter(national_case::Column::LastService.in_subquery(gone))
        .exec(txn)
        .await?;
    let gone = national_record::Entity::delete_many().filter(untold).exec(txn).await?;
    if producer == "ticketing" {
        national_ticket::Entity::delete_many()
            .filter(national_ticket::Column::Position.gt(after))
            .exec(txn)
            .await?;
    } else {
        national_case::Entity::delete_many()
            .filter(national_case::Column::Position.gt(after))
            .exec(txn)
            .await?;
    }
    queue::recount(txn).await?;
    move_to(txn, producer, Place { position: after, fact_id: Uuid::nil() }).await?;
    Ok((gone.rows_affected, withdrawn))
}

/// What is known of each level.
pub(crate) async fn levels(
    connection: &impl ConnectionTrait,
) -> Result<Vec<national_level::Model>, DbErr> {
    national_level::Entity::find().all(connection).await
}
