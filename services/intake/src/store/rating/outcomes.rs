//! The outcomes of negative ratings, as ticketing sends them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use platform::{
    database::{
        Txn,
        many::{self, Column},
    },
    facts::history::Place,
};
use proto::r#type::v1::TicketState;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
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

/// Keeps some, in their order. An act's later ticket replaces an earlier one; nothing is kept of a
/// ticket that is not the newest of its act, nor of a step before a known one.
pub(crate) async fn put<'a>(
    txn: &Txn,
    news: impl Iterator<Item = &'a News> + Clone,
) -> Result<(), DbErr> {
    let acts: BTreeSet<Uuid> = news.clone().filter_map(|news| news.act_id).collect();
    let tickets: BTreeSet<Uuid> = news.clone().map(|news| news.ticket_id).collect();
    let mut known = many::by::<outcome::Entity>(txn, "act_id", acts).await?;
    known.extend(many::by::<outcome::Entity>(txn, "ticket_id", tickets).await?);
    let mut act_of: HashMap<Uuid, Uuid> =
        known.iter().map(|row| (row.ticket_id, row.act_id)).collect();
    let mut rows: BTreeMap<Uuid, outcome::Model> =
        known.into_iter().map(|row| (row.act_id, row)).collect();
    let mut changed = BTreeSet::new();
    for news in news {
        let Some(act_id) = news.act_id.or_else(|| act_of.get(&news.ticket_id).copied()) else {
            continue;
        };
        let known = rows.get(&act_id);
        let opened_at = match known {
            Some(known) if news.act_id.is_none() => {
                if known.ticket_id != news.ticket_id || known.sequence >= news.sequence {
                    continue;
                }
                known.opened_at
            }
            Some(known) if known.ticket_id == news.ticket_id || known.opened_at > news.at => {
                continue;
            }
            _ => news.at,
        };
        act_of.insert(news.ticket_id, act_id);
        rows.insert(act_id, row(act_id, opened_at, news));
        changed.insert(act_id);
    }
    rows.retain(|act_id, _| changed.contains(act_id));
    write(txn, rows.into_values().collect()).await
}

fn row(act_id: Uuid, opened_at: i64, news: &News) -> outcome::Model {
    outcome::Model {
        act_id,
        ticket_id: news.ticket_id,
        state: news.state,
        at: news.at,
        opened_at,
        sequence: news.sequence,
        fact_position: news.fact.position,
        fact_id: Some(news.fact.fact_id),
        finding: news.finding,
        next_due_on: news.next_due_on.clone(),
        agency_id: news.agency_id.clone(),
    }
}

async fn write(txn: &Txn, rows: Vec<outcome::Model>) -> Result<(), DbErr> {
    let big = |of: fn(&outcome::Model) -> i64| Column::Big(rows.iter().map(of).collect());
    let text = |of: fn(&outcome::Model) -> &String| {
        Column::Text(rows.iter().map(|row| of(row).clone()).collect())
    };
    let columns = vec![
        ("act_id", Column::Id(rows.iter().map(|row| row.act_id).collect())),
        ("ticket_id", Column::Id(rows.iter().map(|row| row.ticket_id).collect())),
        ("state", Column::Small(rows.iter().map(|row| row.state).collect())),
        ("at", big(|row| row.at)),
        ("opened_at", big(|row| row.opened_at)),
        ("sequence", big(|row| row.sequence)),
        ("fact_position", big(|row| row.fact_position)),
        ("fact_id", Column::Uuid(rows.iter().map(|row| row.fact_id.unwrap_or_default()).collect())),
        ("finding", Column::Small(rows.iter().map(|row| row.finding).collect())),
        ("next_due_on", text(|row| &row.next_due_on)),
        ("agency_id", text(|row| &row.agency_id)),
    ];
    let newest = "ON CONFLICT (act_id) DO UPDATE SET ticket_id = excluded.ticket_id, \
                  state = excluded.state, at = excluded.at, opened_at = excluded.opened_at, \
                  sequence = excluded.sequence, fact_position = excluded.fact_position, \
                  fact_id = excluded.fact_id, finding = excluded.finding, \
                  next_due_on = excluded.next_due_on, agency_id = excluded.agency_id";
    many::insert(txn, "outcome", columns, newest).await
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
