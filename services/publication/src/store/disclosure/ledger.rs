//! The ledger of exclusions, as far as it is public.

use std::collections::HashMap;

use domain::statistics::RATERS_TOGETHER;
use platform::database::many;
use proto::r#type::v1::TicketState;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, JoinType,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    RelationTrait as _, Select,
};
use uuid::Uuid;

use crate::entity::{exclusion, rating, ticket};

/// The exclusions of an area, each with its ticket; of all agencies if none is named.
fn of(region_code: &str, agency_id: &str, private: bool) -> Select<exclusion::Entity> {
    exclusion::Entity::find()
        .join(JoinType::InnerJoin, exclusion::Relation::Ticket.def())
        .filter(exclusion::Column::RegionCode.eq(region_code))
        .apply_if((!agency_id.is_empty()).then_some(agency_id), |query, agency_id| {
            query.filter(exclusion::Column::AgencyId.eq(agency_id))
        })
        .filter(ticket::Column::Private.eq(private))
        .filter(ticket::Column::State.ne(i32::from(TicketState::Annulled)))
}

/// Exclusions shown singly, with their tickets, the newest first.
pub(crate) async fn shown(
    connection: &impl ConnectionTrait,
    region_code: &str,
    agency_id: &str,
    before: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<(exclusion::Model, Option<ticket::Model>)>, DbErr> {
    of(region_code, agency_id, false)
        .select_also(ticket::Entity)
        .apply_if(before, |query, (since, id)| {
            let same = Condition::all()
                .add(exclusion::Column::Since.eq(since))
                .add(exclusion::Column::Id.lt(id));
            let older = exclusion::Column::Since.lt(since);
            query.filter(Condition::any().add(older).add(same))
        })
        .order_by_desc(exclusion::Column::Since)
        .order_by_desc(exclusion::Column::Id)
        .limit(limit)
        .all(connection)
        .await
}

/// How many exclusions are not shown singly, in whole groups of [`RATERS_TOGETHER`]: a smaller step
/// would show that one more private rating was a bad one.
pub(crate) async fn hidden(
    connection: &impl ConnectionTrait,
    region_code: &str,
    agency_id: &str,
) -> Result<u64, DbErr> {
    let hidden = of(region_code, agency_id, true).count(connection).await?;
    let step = RATERS_TOGETHER as u64;
    Ok(hidden / step * step)
}

/// The levels of those of some ratings that are known.
pub(crate) async fn levels(
    connection: &impl ConnectionTrait,
    rating_ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, i16>, DbErr> {
    let known = many::by_id::<rating::Entity>(connection, rating_ids).await?;
    Ok(known.into_iter().map(|rating| (rating.id, rating.level)).collect())
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn the_ledger_of_a_region_is_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let query = of("652301", "", false).order_by_desc(exclusion::Column::Since).limit(50);
        let found = plan(&store, query.build(store.backend())).await;
        assert!(found.contains("exclusion_region"), "{found}");
    }
}
