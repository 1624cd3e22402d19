//! Tickets as far as this service knows them, and the ledger of exclusions.

pub(crate) mod ledger;
pub(crate) mod listings;
pub(crate) mod parts;

use std::collections::HashMap;

use platform::{
    database::{
        Txn,
        many::{self, Column},
    },
    facts::history::Place,
};
use proto::r#type::v1::TicketState;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, UpdateMany, sea_query::Expr,
};
use uuid::Uuid;

use crate::entity::ticket;

/// Tickets by their ids.
pub(crate) async fn load(
    txn: &Txn,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<ticket::Model>, DbErr> {
    many::by_id::<ticket::Entity>(txn, ids).await
}

/// Keeps what is known of tickets.
pub(crate) async fn put(txn: &Txn, rows: Vec<ticket::Model>) -> Result<(), DbErr> {
    let text = |of: fn(&ticket::Model) -> &String| {
        Column::Text(rows.iter().map(|row| of(row).clone()).collect())
    };
    let uuid = |of: fn(&ticket::Model) -> Option<Uuid>| {
        Column::Uuid(rows.iter().map(|row| of(row).unwrap_or_default()).collect())
    };
    let columns = vec![
        ("id", Column::Uuid(rows.iter().map(|row| row.id).collect())),
        ("region_code", text(|row| &row.region_code)),
        ("agency_id", text(|row| &row.agency_id)),
        ("item_code", text(|row| &row.item_code)),
        ("level", Column::Small(rows.iter().map(|row| row.level).collect())),
        ("state", Column::Small(rows.iter().map(|row| row.state).collect())),
        ("finding", Column::Small(rows.iter().map(|row| row.finding).collect())),
        ("opened_at", Column::Big(rows.iter().map(|row| row.opened_at).collect())),
        ("state_at", Column::Big(rows.iter().map(|row| row.state_at).collect())),
        ("private", Column::Bool(rows.iter().map(|row| row.private).collect())),
        ("own_private", Column::Bool(rows.iter().map(|row| row.own_private).collect())),
        ("fed_back", Column::Bool(rows.iter().map(|row| row.fed_back).collect())),
        ("act", Column::Bytes(rows.iter().map(|row| row.act.clone()).collect())),
        ("sequence", Column::Big(rows.iter().map(|row| row.sequence).collect())),
        ("fact_position", Column::Big(rows.iter().map(|row| row.fact_position).collect())),
        ("fact_id", uuid(|row| row.fact_id)),
        ("opened_position", Column::Big(rows.iter().map(|row| row.opened_position).collect())),
        ("act_id", uuid(|row| row.act_id)),
        ("rating_id", uuid(|row| row.rating_id)),
        ("waits", Column::Bool(rows.iter().map(|row| row.waits).collect())),
        ("counted_on", Column::Int(rows.iter().map(|row| row.counted_on).collect())),
        ("excluded", Column::Bool(rows.iter().map(|row| row.excluded).collect())),
        ("relapsed", Column::Bool(rows.iter().map(|row| row.relapsed).collect())),
        ("late", Column::Bool(rows.iter().map(|row| row.late).collect())),
        ("real_name", Column::Bool(rows.iter().map(|row| row.real_name).collect())),
        ("followed_up", Column::Bool(rows.iter().map(|row| row.followed_up).collect())),
        ("follow_up_due", Column::Bool(rows.iter().map(|row| row.follow_up_due).collect())),
    ];
    let newest = "ON CONFLICT (id) DO UPDATE SET state = excluded.state, \
                  finding = excluded.finding, state_at = excluded.state_at, \
                  private = excluded.private, \
                  own_private = excluded.own_private, fed_back = excluded.fed_back, \
                  act = excluded.act, waits = excluded.waits, counted_on = excluded.counted_on, \
                  excluded = excluded.excluded, late = excluded.late, \
                  followed_up = excluded.followed_up, \
                  follow_up_due = excluded.follow_up_due, \
                  sequence = excluded.sequence, fact_position = excluded.fact_position, \
                  fact_id = excluded.fact_id";
    many::insert(txn, "ticket", columns, newest).await
}

/// An agency's tickets in a region that do not count yet.
pub(crate) async fn waiting(
    txn: &Txn,
    region_code: &str,
    agency_id: &str,
) -> Result<Vec<ticket::Model>, DbErr> {
    waiting_of(region_code, agency_id).all(txn).await
}

/// Every ticket that does not count yet.
pub(crate) async fn all_waiting(connection: &impl ConnectionTrait) -> Result<Vec<Uuid>, DbErr> {
    ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .filter(Expr::cust("waits"))
        .into_tuple()
        .all(connection)
        .await
}

/// Of some tickets those that do not wait, by their ids.
pub(crate) async fn followed(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, ticket::Model>, DbErr> {
    let rows = many::by_id::<ticket::Entity>(connection, ids).await?;
    Ok(rows.into_iter().filter(|row| !row.waits).map(|row| (row.id, row)).collect())
}

pub(super) fn waiting_of(region_code: &str, agency_id: &str) -> Select<ticket::Entity> {
    ticket::Entity::find()
        .filter(ticket::Column::AgencyId.eq(agency_id))
        .filter(ticket::Column::RegionCode.eq(region_code))
        // In the index's own words; otherwise SQLite does not use it.
        .filter(Expr::cust("waits"))
        .order_by_asc(ticket::Column::Id)
}

/// Shows no ticket of these acts singly from now on.
pub(crate) async fn hide(txn: &Txn, act_ids: impl IntoIterator<Item = Uuid>) -> Result<(), DbErr> {
    let act_ids: Vec<Uuid> = act_ids.into_iter().collect();
    for act_ids in act_ids.chunks(500) {
        let hidden = ticket::ActiveModel { private: Set(true), ..Default::default() };
        let of_acts = ticket::Column::ActId.is_in(act_ids.iter().copied());
        ticket::Entity::update_many().set(hidden).filter(of_acts).exec(txn).await?;
    }
    Ok(())
}

/// Shows the tickets of these acts singly again, as far as ticketing lets it.
pub(crate) async fn show(txn: &Txn, act_ids: impl IntoIterator<Item = Uuid>) -> Result<(), DbErr> {
    let act_ids: Vec<Uuid> = act_ids.into_iter().collect();
    for act_ids in act_ids.chunks(500) {
        let of_acts = ticket::Column::ActId.is_in(act_ids.iter().copied());
        as_ticketing_said().filter(of_acts).exec(txn).await?;
    }
    Ok(())
}

/// The same of every act.
pub(crate) async fn show_all(txn: &Txn) -> Result<(), DbErr> {
    as_ticketing_said().exec(txn).await.map(drop)
}

fn as_ticketing_said() -> UpdateMany<ticket::Entity> {
    let own = Expr::col(ticket::Column::OwnPrivate);
    ticket::Entity::update_many()
        .col_expr(ticket::Column::Private, own)
        .filter(ticket::Column::Private.eq(true))
        .filter(ticket::Column::OwnPrivate.eq(false))
}

/// The tickets that facts after a position are about.
pub(crate) async fn after(txn: &Txn, after: i64) -> Result<Vec<ticket::Model>, DbErr> {
    ticket::Entity::find()
        .filter(ticket::Column::FactPosition.gt(after))
        .order_by_asc(ticket::Column::Id)
        .all(txn)
        .await
}

/// Removes tickets.
pub(crate) async fn delete(txn: &Txn, ids: impl Iterator<Item = Uuid>) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = ids.collect();
    for ids in ids.chunks(500) {
        let these = ticket::Column::Id.is_in(ids.iter().copied());
        ticket::Entity::delete_many().filter(these).exec(txn).await?;
        parts::delete(txn, ids).await?;
    }
    Ok(())
}

/// Removes every ticket; returns how many.
pub(crate) async fn delete_all(txn: &Txn) -> Result<u64, DbErr> {
    parts::delete_all(txn).await?;
    Ok(ticket::Entity::delete_many().exec(txn).await?.rows_affected)
}

/// The last fact of ticketing, at this position or before, that left a trace.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let last: Option<(i64, Option<Uuid>)> = ticket::Entity::find()
        .select_only()
        .columns([ticket::Column::FactPosition, ticket::Column::FactId])
        .filter(ticket::Column::FactPosition.lte(up_to))
        .order_by_desc(ticket::Column::FactPosition)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(last.map(|(position, fact_id)| Place { position, fact_id: fact_id.unwrap_or_default() }))
}

/// Outcomes shown singly, newest ticket first.
pub(crate) async fn outcomes(
    connection: &impl ConnectionTrait,
    region_code: &str,
    agency_id: &str,
    before: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<ticket::Model>, DbErr> {
    let mut query = ticket::Entity::find()
        .filter(ticket::Column::RegionCode.eq(region_code))
        .filter(ticket::Column::Private.eq(false))
        .filter(ticket::Column::State.ne(i32::from(TicketState::Annulled)))
        .order_by_desc(ticket::Column::OpenedAt)
        .order_by_desc(ticket::Column::Id)
        .limit(limit);
    if !agency_id.is_empty() {
        query = query.filter(ticket::Column::AgencyId.eq(agency_id));
    }
    if let Some((opened_at, id)) = before {
        let same = Condition::all()
            .add(ticket::Column::OpenedAt.eq(opened_at))
            .add(ticket::Column::Id.lt(id));
        let older = ticket::Column::OpenedAt.lt(opened_at);
        query = query.filter(Condition::any().add(older).add(same));
    }
    query.all(connection).await
}
