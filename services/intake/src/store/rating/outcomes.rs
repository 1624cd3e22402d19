//! The outcomes of negative ratings, as ticketing sends them.

use platform::{database::Txn, facts::history::Place};
use proto::r#type::v1::TicketState;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{convert::to_column, entity::outcome};

/// A fact's data about a ticket.
pub(crate) struct News {
    pub(crate) ticket_id: Uuid,
    /// The act, if the fact opened its ticket.
    pub(crate) act_id: Option<Uuid>,
    pub(crate) sequence: i64,
    pub(crate) state: i16,
    pub(crate) at: i64,
    pub(crate) finding: i16,
    pub(crate) next_due_on: String,
    pub(crate) agency_id: String,
    pub(crate) fact: Place,
}

/// Keeps it. An act's later ticket replaces an earlier one; nothing is kept of a ticket that is not
/// the newest of its act, nor of a step before a known one.
pub(crate) async fn put(txn: &Txn, news: News) -> Result<(), DbErr> {
    let News { ticket_id, act_id, sequence, state, at, finding, next_due_on, agency_id, fact } =
        news;
    let Some(act_id) = act_id else {
        let stands = outcome::ActiveModel {
            state: Set(state),
            at: Set(at),
            finding: Set(finding),
            next_due_on: Set(next_due_on),
            agency_id: Set(agency_id),
            sequence: Set(sequence),
            fact_position: Set(fact.position),
            fact_id: Set(Some(fact.fact_id)),
            ..Default::default()
        };
        outcome::Entity::update_many()
            .set(stands)
            .filter(outcome::Column::TicketId.eq(ticket_id))
            .filter(outcome::Column::Sequence.lt(sequence))
            .exec(txn)
            .await?;
        return Ok(());
    };
    let known = outcome::Entity::find_by_id(act_id).one(txn).await?;
    if known.is_some_and(|known| known.ticket_id == ticket_id || known.opened_at > at) {
        return Ok(());
    }
    let row = outcome::Model {
        act_id,
        ticket_id,
        state,
        at,
        opened_at: at,
        sequence,
        fact_position: fact.position,
        fact_id: Some(fact.fact_id),
        finding,
        next_due_on,
        agency_id,
    };
    let newest = OnConflict::column(outcome::Column::ActId)
        .update_columns([
            outcome::Column::TicketId,
            outcome::Column::State,
            outcome::Column::At,
            outcome::Column::OpenedAt,
            outcome::Column::Sequence,
            outcome::Column::FactPosition,
            outcome::Column::FactId,
            outcome::Column::Finding,
            outcome::Column::NextDueOn,
            outcome::Column::AgencyId,
        ])
        .to_owned();
    let row = row.into_active_model().reset_all();
    outcome::Entity::insert(row).on_conflict(newest).exec_without_returning(txn).await?;
    Ok(())
}

/// Takes back what facts after a position brought; after 0, everything kept.
pub(crate) async fn take_after(txn: &Txn, after: i64) -> Result<Vec<outcome::Model>, DbErr> {
    let newer = match after {
        0 => outcome::Column::FactPosition.gte(0),
        after => outcome::Column::FactPosition.gt(after),
    };
    let rows = outcome::Entity::find().filter(newer.clone()).all(txn).await?;
    outcome::Entity::delete_many().filter(newer).exec(txn).await?;
    Ok(rows)
}

/// The last fact of ticketing, at this position or before, that left a trace.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let last: Option<(i64, Option<Uuid>)> = outcome::Entity::find()
        .select_only()
        .columns([outcome::Column::FactPosition, outcome::Column::FactId])
        .filter(outcome::Column::FactPosition.lte(up_to))
        .order_by_desc(outcome::Column::FactPosition)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(last.map(|(position, fact_id)| Place { position, fact_id: fact_id.unwrap_or_default() }))
}

/// The outcomes of the ratings of these acts, without acts that have no ticket or an annulled one.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    act_ids: &[Uuid],
) -> Result<Vec<outcome::Model>, DbErr> {
    let of = outcome::Column::ActId.is_in(act_ids.iter().copied());
    let annulled = outcome::Column::State.ne(to_column(TicketState::Annulled));
    outcome::Entity::find().filter(of).filter(annulled).all(connection).await
}
