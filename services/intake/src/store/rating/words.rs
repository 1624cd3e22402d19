//! Which ratings' texts may be shown to everybody.

use std::collections::BTreeSet;

use platform::{database::Txn, facts::history::Place};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    Select, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::{
    rating, service_act,
    words_verdict::{self, ACCEPTED},
};

/// What is known of a rating.
pub(crate) async fn get(txn: &Txn, rating_id: Uuid) -> Result<Option<words_verdict::Model>, DbErr> {
    words_verdict::Entity::find_by_id(rating_id).one(txn).await
}

/// A rating.
pub(crate) async fn rating(txn: &Txn, id: Uuid) -> Result<Option<rating::Model>, DbErr> {
    rating::Entity::find_by_id(id).one(txn).await
}

/// An act.
pub(crate) async fn act(txn: &Txn, id: Uuid) -> Result<Option<service_act::Model>, DbErr> {
    service_act::Entity::find_by_id(id).one(txn).await
}

/// Keeps what is known of a rating.
pub(crate) async fn put(txn: &Txn, row: words_verdict::Model) -> Result<(), DbErr> {
    use words_verdict::Column::{
        DecidedPosition, Excluded, FactId, FactPosition, RatingId, Told, Verdict,
    };
    let newest = OnConflict::column(RatingId)
        .update_columns([Verdict, DecidedPosition, Excluded, Told, FactPosition, FactId])
        .to_owned();
    let row = row.into_active_model().reset_all();
    words_verdict::Entity::insert(row).on_conflict(newest).exec_without_returning(txn).await?;
    Ok(())
}

/// Takes back what facts after a position said; after 0, everything kept. Returns what was known.
pub(crate) async fn take_after(txn: &Txn, after: i64) -> Result<Vec<words_verdict::Model>, DbErr> {
    let newer = match after {
        0 => words_verdict::Column::FactPosition.gte(0),
        after => words_verdict::Column::FactPosition.gt(after),
    };
    let rows = words_verdict::Entity::find().filter(newer.clone()).all(txn).await?;
    words_verdict::Entity::delete_many().filter(newer).exec(txn).await?;
    Ok(rows)
}

/// The last fact of ticketing, at this position or before, that left a trace.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let last: Option<(i64, Uuid)> = words_verdict::Entity::find()
        .select_only()
        .columns([words_verdict::Column::FactPosition, words_verdict::Column::FactId])
        .filter(words_verdict::Column::FactPosition.lte(up_to))
        .order_by_desc(words_verdict::Column::FactPosition)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(last.map(|(position, fact_id)| Place { position, fact_id }))
}

/// The ratings of a region whose texts were accepted and that count, the newest day first and within it
/// by what they are published as; of all agencies if none is named.
pub(crate) async fn accepted(
    connection: &impl ConnectionTrait,
    (region_code, agency_id): (&str, &str),
    after: Option<(String, Uuid)>,
    limit: u64,
) -> Result<Vec<words_verdict::Model>, DbErr> {
    accepted_of(region_code, agency_id, after).limit(limit).all(connection).await
}

fn accepted_of(
    region_code: &str,
    agency_id: &str,
    after: Option<(String, Uuid)>,
) -> Select<words_verdict::Entity> {
    use words_verdict::Column::{AgencyId, Day, Excluded, RegionCode, ShownAs, Verdict};
    words_verdict::Entity::find()
        .filter(RegionCode.eq(region_code))
        .apply_if((!agency_id.is_empty()).then_some(agency_id), |query, agency_id| {
            query.filter(AgencyId.eq(agency_id))
        })
        .filter(Verdict.is_in(ACCEPTED))
        .filter(Excluded.eq(false))
        .apply_if(after, |query, (day, shown_as)| {
            let same = Condition::all().add(Day.eq(day.as_str())).add(ShownAs.lt(shown_as));
            let later = Condition::any().add(Day.lt(day.as_str())).add(same);
            query.filter(Day.lte(day)).filter(later)
        })
        .order_by_desc(Day)
        .order_by_desc(ShownAs)
}

/// Of some acts those that have a private rating.
pub(crate) async fn private_acts(
    connection: &impl ConnectionTrait,
    act_ids: &[Uuid],
) -> Result<BTreeSet<Uuid>, DbErr> {
    let acts: Vec<Uuid> = rating::Entity::find()
        .select_only()
        .column(rating::Column::ActId)
        .filter(rating::Column::ActId.is_in(act_ids.iter().copied()))
        .filter(rating::Column::Private.eq(true))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(acts.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p05_a_regions_or_an_agencys_words_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let after = || Some(("2026-03-02".to_owned(), Uuid::nil()));
        for (agency, index) in [("", "words_verdict_region"), ("a", "words_verdict_agency")] {
            let statement = accepted_of("652301", agency, after()).limit(50);
            let found = plan(&store, statement.build(store.backend())).await;
            assert!(found.contains(index), "{found}");
        }
    }
}
