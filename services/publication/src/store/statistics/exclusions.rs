//! Exclusions as far as figures need them.

use std::collections::{BTreeSet, HashMap, HashSet};

use platform::database::{
    Txn,
    many::{self, Column},
};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::entity::{exclusion, rating};

/// How many ids one statement names.
const IDS: usize = 500;

/// Exclusions by their ids.
pub(crate) async fn load(
    txn: &Txn,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<exclusion::Model>, DbErr> {
    many::by_id::<exclusion::Entity>(txn, ids).await
}

/// The excluded ratings of some acts, by act; an act without one is not there.
pub(crate) async fn of_acts(
    connection: &impl ConnectionTrait,
    act_ids: &BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, HashSet<Uuid>>, DbErr> {
    let mut of: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    let rows = many::by::<exclusion::Entity>(connection, "act_id", act_ids.iter().copied()).await?;
    for row in rows.into_iter().filter(|row| row.reinstated_at == 0) {
        of.entry(row.act_id).or_default().insert(row.rating_id);
    }
    Ok(of)
}

/// Every rating of some acts.
pub(crate) async fn ratings_of(
    connection: &impl ConnectionTrait,
    act_ids: &BTreeSet<Uuid>,
) -> Result<Vec<rating::Model>, DbErr> {
    many::by::<rating::Entity>(connection, "act_id", act_ids.iter().copied()).await
}

/// Keeps exclusions; of a known one only its end is new.
pub(crate) async fn put(txn: &Txn, rows: Vec<exclusion::Model>) -> Result<(), DbErr> {
    let uuid = |of: fn(&exclusion::Model) -> Uuid| Column::Uuid(rows.iter().map(of).collect());
    let text = |of: fn(&exclusion::Model) -> &String| {
        Column::Text(rows.iter().map(|row| of(row).clone()).collect())
    };
    let columns = vec![
        ("id", uuid(|row| row.id)),
        ("rating_id", uuid(|row| row.rating_id)),
        ("act_id", uuid(|row| row.act_id)),
        ("ticket_id", uuid(|row| row.ticket_id)),
        ("region_code", text(|row| &row.region_code)),
        ("agency_id", text(|row| &row.agency_id)),
        ("ground", Column::Small(rows.iter().map(|row| row.ground).collect())),
        ("kind", Column::Small(rows.iter().map(|row| row.kind).collect())),
        ("clause", text(|row| &row.clause)),
        ("since", Column::Big(rows.iter().map(|row| row.since).collect())),
        ("reinstated_at", Column::Big(rows.iter().map(|row| row.reinstated_at).collect())),
        ("fact_position", Column::Big(rows.iter().map(|row| row.fact_position).collect())),
    ];
    let ended = "ON CONFLICT (id) DO UPDATE SET reinstated_at = excluded.reinstated_at, \
                 fact_position = excluded.fact_position";
    many::insert(txn, "exclusion", columns, ended).await
}

/// The exclusions of some tickets, and those that facts after a position are about; after 0, all.
pub(crate) async fn after(
    txn: &Txn,
    after: i64,
    tickets: &BTreeSet<Uuid>,
) -> Result<Vec<exclusion::Model>, DbErr> {
    if after == 0 {
        return exclusion::Entity::find().all(txn).await;
    }
    let newer = exclusion::Entity::find().filter(exclusion::Column::FactPosition.gt(after));
    let mut found = newer.all(txn).await?;
    let tickets: Vec<Uuid> = tickets.iter().copied().collect();
    for tickets in tickets.chunks(IDS) {
        let of = exclusion::Column::TicketId.is_in(tickets.iter().copied());
        found.extend(exclusion::Entity::find().filter(of).all(txn).await?);
    }
    found.sort_by_key(|row| row.id);
    found.dedup_by_key(|row| row.id);
    Ok(found)
}

/// Removes exclusions.
pub(crate) async fn delete(txn: &Txn, ids: Vec<Uuid>) -> Result<(), DbErr> {
    for ids in ids.chunks(IDS) {
        let these = exclusion::Column::Id.is_in(ids.iter().copied());
        exclusion::Entity::delete_many().filter(these).exec(txn).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn the_ratings_and_exclusions_of_an_act_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let id = Uuid::from_u128(7);
        let ratings = rating::Entity::find().filter(rating::Column::ActId.is_in([id]));
        let exclusions = exclusion::Entity::find().filter(exclusion::Column::ActId.is_in([id]));
        for (statement, index) in [
            (ratings.build(store.backend()), "rating_act"),
            (exclusions.build(store.backend()), "exclusion_act"),
        ] {
            let found = plan(&store, statement).await;
            assert!(found.contains(index), "{found}");
        }
    }
}
