//! Ratings that are shown one by one.

use std::collections::HashMap;

use platform::database::{
    Txn,
    many::{self, Column},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, JoinType,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, RelationTrait as _,
    Select,
    sea_query::{Expr, ExprTrait as _},
};
use uuid::Uuid;

use crate::entity::{act, exclusion, listing};

/// Keeps new ones; a known one stays as it is.
pub(crate) async fn insert(txn: &Txn, rows: Vec<listing::Model>) -> Result<(), DbErr> {
    let uuid = |of: fn(&listing::Model) -> Uuid| Column::Uuid(rows.iter().map(of).collect());
    let small = |of: fn(&listing::Model) -> i16| Column::Small(rows.iter().map(of).collect());
    let text = |of: fn(&listing::Model) -> &String| {
        Column::Text(rows.iter().map(|row| of(row).clone()).collect())
    };
    let columns = vec![
        ("rating_id", uuid(|row| row.rating_id)),
        ("act_id", uuid(|row| row.act_id)),
        ("shown_as", uuid(|row| row.shown_as)),
        ("region_code", text(|row| &row.region_code)),
        ("agency_id", text(|row| &row.agency_id)),
        ("item_code", text(|row| &row.item_code)),
        ("day", Column::Int(rows.iter().map(|row| row.day).collect())),
        ("level", small(|row| row.level)),
        ("channel", small(|row| row.channel)),
        ("origin", small(|row| row.origin)),
        ("tag_codes", text(|row| &row.tag_codes)),
        ("has_text", Column::Bool(rows.iter().map(|row| row.has_text).collect())),
        ("fact_position", Column::Big(rows.iter().map(|row| row.fact_position).collect())),
    ];
    many::insert(txn, "listing", columns, "ON CONFLICT (rating_id) DO NOTHING").await
}

/// Removes those whose facts are after a position; all of them, if it is 0.
pub(crate) async fn forget(txn: &Txn, after: i64) -> Result<(), DbErr> {
    let gone = listing::Entity::delete_many();
    let gone = if after == 0 { gone } else { gone.filter(listing::Column::FactPosition.gt(after)) };
    gone.exec(txn).await.map(drop)
}

/// Which are shown: those that count by themselves in the figures, and the excluded ones of acts without
/// a private rating. An act whose private rating has entered the figures counts as that one for good.
fn shown(region_code: &str, agency_id: &str) -> Select<listing::Entity> {
    let stands = Expr::col((act::Entity, act::Column::Effective))
        .equals((listing::Entity, listing::Column::RatingId));
    let counts = Condition::all().add(stands).add(Expr::cust("length(act.counted) = 0"));
    let of_it = exclusion::Entity::find()
        .select_only()
        .column(exclusion::Column::Id)
        .filter(
            Expr::col((exclusion::Entity, exclusion::Column::ActId))
                .equals((listing::Entity, listing::Column::ActId)),
        )
        .filter(
            Expr::col((exclusion::Entity, exclusion::Column::RatingId))
                .equals((listing::Entity, listing::Column::RatingId)),
        )
        .filter(exclusion::Column::ReinstatedAt.eq(0));
    let excluded =
        Condition::all().add(act::Column::Private.eq(false)).add(Expr::exists(of_it.into_query()));
    listing::Entity::find()
        .join(JoinType::InnerJoin, listing::Relation::Act.def())
        .filter(listing::Column::RegionCode.eq(region_code))
        .apply_if((!agency_id.is_empty()).then_some(agency_id), |query, agency_id| {
            query.filter(listing::Column::AgencyId.eq(agency_id))
        })
        .filter(Condition::any().add(counts).add(excluded))
}

/// A page of those that are shown, the newest day first.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    (region_code, agency_id): (&str, &str),
    before: Option<(i32, Uuid)>,
    limit: u64,
) -> Result<Vec<listing::Model>, DbErr> {
    page_of(region_code, agency_id, before, limit).all(connection).await
}

fn page_of(
    region_code: &str,
    agency_id: &str,
    before: Option<(i32, Uuid)>,
    limit: u64,
) -> Select<listing::Entity> {
    shown(region_code, agency_id)
        .apply_if(before, |query, (day, id)| {
            let same = Condition::all()
                .add(listing::Column::Day.eq(day))
                .add(listing::Column::ShownAs.lt(id));
            // So that the index begins there.
            let from = listing::Column::Day.lte(day);
            let older = listing::Column::Day.lt(day);
            query.filter(from).filter(Condition::any().add(older).add(same))
        })
        .order_by_desc(listing::Column::Day)
        .order_by_desc(listing::Column::ShownAs)
        .limit(limit)
}

/// The exclusions that last of some ratings, by rating.
pub(crate) async fn exclusions(
    connection: &impl ConnectionTrait,
    rows: &[listing::Model],
) -> Result<HashMap<Uuid, exclusion::Model>, DbErr> {
    let acts = rows.iter().map(|row| row.act_id);
    let found = many::by::<exclusion::Entity>(connection, "act_id", acts).await?;
    let last = found.into_iter().filter(|row| row.reinstated_at == 0);
    Ok(last.map(|row| (row.rating_id, row)).collect())
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p05_a_page_of_a_regions_or_an_agencys_ratings_is_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let before = Some((20_000, Uuid::from_u128(7)));
        for (agency, index) in [("", "listing_region"), ("652301-a03", "listing_agency")] {
            let statement = page_of("652301", agency, before, 50).build(store.backend());
            let found = plan(&store, statement).await;
            assert!(found.contains(index), "{found}");
            assert!(!found.contains("TEMP B-TREE"), "in its order: {found}");
        }
    }
}
