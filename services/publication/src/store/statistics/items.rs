//! Which items belong to a region, an agency, a business line: by the catalog, in each item's current
//! version. Kept beside the reference data, which are found by code alone. Robots' items are not among
//! them (S07).

use domain::{
    canary::is_robots,
    item::{Item, ItemState},
};
use jiff::civil::Date;
use platform::{database::Txn, reference::Reference};
use proto::{
    fact::v1::{Fact, fact::Body},
    publication::v1::Dimension,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    ExprTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Expr, OnConflict, SelectStatement},
};

use super::{packed::OFFERED, tallies::marked};
use crate::entity::{
    catalog_item::{Column, Entity, Model},
    column::{column, day_to_column},
    tally,
};

/// Which items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ItemQuery {
    /// Of this region, and not of those below it.
    pub(crate) region: Option<String>,
    /// Of this agency.
    pub(crate) agency: Option<String>,
    /// Of this business line.
    pub(crate) line: Option<String>,
}

fn of(query: &ItemQuery) -> Select<Entity> {
    Entity::find()
        .apply_if(query.region.as_ref(), |rows, region| rows.filter(Column::RegionCode.eq(region)))
        .apply_if(query.agency.as_ref(), |rows, agency| rows.filter(Column::AgencyId.eq(agency)))
        .apply_if(query.line.as_ref(), |rows, line| rows.filter(Column::LineId.eq(line)))
}

/// Their codes, to be selected among.
pub(crate) fn codes(query: &ItemQuery) -> SelectStatement {
    of(query).select_only().column(Column::Code).into_query()
}

/// Those of an area that are to be rated; all of its agencies' if none is named.
fn in_force(region: &str, agency: Option<&str>) -> Select<Entity> {
    let (region, agency) = (Some(region.to_owned()), agency.map(str::to_owned));
    of(&ItemQuery { region, agency, line: None }).filter(Column::Published.eq(true))
}

/// That an item was offered to be rated in some days.
fn offered((from, to): (Date, Date)) -> SelectStatement {
    tally::Entity::find()
        .select_only()
        .column(tally::Column::Key)
        .filter(tally::Column::Dimension.eq(column(Dimension::Item.into())))
        .filter(Expr::col((tally::Entity, tally::Column::Key)).equals((Entity, Column::Code)))
        .filter(tally::Column::Day.between(day_to_column(from), day_to_column(to)))
        .filter(marked(OFFERED))
        .into_query()
}

/// How many items of an area were offered to be rated in some days, and how many there are.
pub(crate) async fn covered(
    connection: &impl ConnectionTrait,
    (region, agency): (&str, Option<&str>),
    days: (Date, Date),
) -> Result<(u64, u64), DbErr> {
    let all = in_force(region, agency).count(connection).await?;
    let covered = in_force(region, agency).filter(Expr::exists(offered(days)));
    Ok((covered.count(connection).await?, all))
}

fn gaps_of(
    (region, agency): (&str, Option<&str>),
    days: (Date, Date),
    after: Option<&str>,
    limit: u64,
) -> Select<Entity> {
    in_force(region, agency)
        .filter(Expr::exists(offered(days)).not())
        .apply_if(after, |rows, code| rows.filter(Column::Code.gt(code)))
        .order_by_asc(Column::Code)
        .limit(limit)
}

/// The next items of an area that were not, in the order of their codes.
pub(crate) async fn gaps(
    connection: &impl ConnectionTrait,
    area: (&str, Option<&str>),
    days: (Date, Date),
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    gaps_of(area, days, after, limit).all(connection).await
}

/// Takes over the items of some facts that the reference data have just taken in, and those that a process
/// of the version before took in alone; without any fact all that are not here yet.
pub(crate) async fn follow(txn: &Txn, facts: &[Fact]) -> Result<(), DbErr> {
    let known: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::FactPosition.max(), "last")
        .into_tuple()
        .one(txn)
        .await?;
    let last = known.flatten().unwrap_or_default();
    let mut items = Reference::items_told_after(txn, last).await?;
    // A fact that was set aside may be of before.
    let earlier = facts.iter().filter(|fact| fact.position.cast_signed() <= last);
    let codes = earlier.filter_map(|fact| match &fact.body {
        Some(Body::ItemPublished(item)) => Some(item.item_code.clone()),
        _ => None,
    });
    for codes in codes.collect::<Vec<_>>().chunks(500) {
        items.extend(Reference::items_of(txn, codes).await?);
    }
    put(txn, items).await
}

/// Goes back to what the reference data still hold of the items that facts after a position told.
pub(crate) async fn forget(txn: &Txn, after: i64) -> Result<(), DbErr> {
    let later = Column::FactPosition.gt(after);
    let gone: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Code)
        .filter(later.clone())
        .into_tuple()
        .all(txn)
        .await?;
    Entity::delete_many().filter(later).exec(txn).await?;
    for codes in gone.chunks(500) {
        put(txn, Reference::items_of(txn, codes).await?).await?;
    }
    Ok(())
}

/// Keeps items; of two versions the later one.
async fn put(connection: &impl ConnectionTrait, items: Vec<(i64, Item)>) -> Result<(), DbErr> {
    // One statement holds each item once.
    let mut last = std::collections::BTreeMap::new();
    for (position, item) in items.into_iter().filter(|(_, item)| !is_robots(&item.code)) {
        let known = last.get(&item.code).is_some_and(|of: &Model| of.version > item.version.into());
        if !known {
            last.insert(item.code.clone(), row(position, item));
        }
    }
    let rows: Vec<Model> = last.into_values().collect();
    for rows in rows.chunks(500) {
        let rows = rows.iter().cloned().map(|row| row.into_active_model().reset_all());
        let replaced = OnConflict::column(Column::Code)
            .update_columns([
                Column::RegionCode,
                Column::AgencyId,
                Column::LineId,
                Column::Name,
                Column::Published,
                Column::Version,
                Column::FactPosition,
            ])
            .action_and_where(Expr::cust("excluded.version >= catalog_item.version"))
            .to_owned();
        let insert = Entity::insert_many(rows).on_conflict(replaced);
        insert.exec_without_returning(connection).await?;
    }
    Ok(())
}

fn row(fact_position: i64, item: Item) -> Model {
    Model {
        version: item.version.into(),
        published: item.state == ItemState::Published,
        code: item.code,
        region_code: item.region_code,
        agency_id: item.content.agency_id,
        line_id: item.content.line_id.unwrap_or_default(),
        name: item.content.name,
        fact_position,
    }
}

#[cfg(test)]
mod tests {
    use platform::{
        database::Store,
        facts::consume::Consumer as _,
        reference::CATALOG,
        testing::{
            COMMITTED_ITEM, ON_THE_SPOT_ITEM, REGION, TestPlace, plan, republished, seed_reference,
            wire_item,
        },
    };
    use proto::fact::v1::fact::Body;
    use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};

    use super::*;
    use crate::{Migrator, NAME, rpc::testing::Fixture};

    #[tokio::test]
    async fn p13_the_items_of_an_area_and_their_signs_are_found_by_indexes() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let days = ("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap());
        for (agency, index) in [(None, "catalog_item_region"), (Some("a"), "catalog_item_agency")] {
            let rows = gaps_of((REGION, agency), days, Some("1"), 51);
            let found = plan(&store, rows.build(store.backend())).await;
            assert!(found.contains(index) && !found.contains("TEMP B-TREE"), "{found}");
            let key = ["tally_pkey", "sqlite_autoindex_tally_1", "PRIMARY KEY"];
            assert!(key.iter().any(|key| found.contains(key)), "{found}");
        }
        let line = ItemQuery { line: Some("l".to_owned()), ..ItemQuery::default() };
        let found = plan(&store, of(&line).build(store.backend())).await;
        assert!(found.contains("catalog_item_line"), "{found}");
    }

    /// The schema of the version before.
    struct Before;

    #[async_trait::async_trait]
    impl MigratorTrait for Before {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            let mut all = Migrator::migrations();
            all.retain(|one| !one.name().ends_with("_415_catalog_item"));
            all
        }
    }

    #[tokio::test]
    async fn p13_the_items_known_before_an_upgrade_are_there_after_it() {
        let place = TestPlace::new().await;
        let store = place.store::<Before>(NAME).await;
        seed_reference(&store).await;
        Store::migrate::<Migrator>(&place.location, NAME).await.unwrap();
        let days = ("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap());
        assert_eq!(covered(store.read(), (REGION, None), days).await.unwrap(), (0, 3));
    }

    /// What is known of the items, by code: the line and whether it is published.
    async fn known(fixture: &Fixture) -> Vec<(String, String, bool)> {
        let rows = Entity::find().order_by_asc(Column::Code).all(fixture.publication.store.read());
        let rows = rows.await.unwrap().into_iter();
        rows.map(|row| (row.code, row.line_id, row.published)).collect()
    }

    async fn tell(fixture: &Fixture, position: u64, version: u32, line: &str) {
        let mut item = wire_item(ON_THE_SPOT_ITEM);
        (item.version, item.line_id) = (version, line.to_owned());
        let mut robots = item.clone();
        robots.code = "Y1000000PY6523035T4002014901000".to_owned();
        let fact = |position, body: Body| Fact {
            position,
            producer: CATALOG.to_owned(),
            fact_id: fixture.publication.shell.clock.new_id().to_string(),
            body: Some(body),
            ..Fact::default()
        };
        let facts = [fact(position, republished(&item)), fact(position + 1, republished(&robots))];
        let txn = fixture.publication.store.begin().await.unwrap();
        fixture.publication.consumer().apply(&txn, &facts).await.unwrap();
        txn.commit().await.unwrap();
    }

    #[tokio::test]
    async fn c01_p13_an_items_newest_version_counts_and_what_is_taken_back_is_the_one_before() {
        let fixture = Fixture::new().await;
        let before = known(&fixture).await;
        assert_eq!(before.len(), 3);
        let of = async |code: &str| {
            let all = known(&fixture).await;
            let found = all.into_iter().find(|(known, ..)| known == code);
            found.map(|(_, line, _)| line)
        };
        tell(&fixture, 101, 3, "line-b").await;
        assert_eq!(of(ON_THE_SPOT_ITEM).await.unwrap(), "line-b");
        // One that was set aside comes later and is older.
        tell(&fixture, 91, 2, "line-a").await;
        assert_eq!(of(ON_THE_SPOT_ITEM).await.unwrap(), "line-b");
        assert_eq!(known(&fixture).await.len(), 3, "no robot's");
        for (after, line) in [(100, "line-a"), (90, before_line(&before))] {
            let txn = fixture.publication.store.begin().await.unwrap();
            fixture.publication.consumer().forget(&txn, CATALOG, after).await.unwrap();
            txn.commit().await.unwrap();
            assert_eq!(of(ON_THE_SPOT_ITEM).await.unwrap(), line, "{after}");
        }
        assert!(of(COMMITTED_ITEM).await.is_some());
        assert_eq!(known(&fixture).await, before);
    }

    fn before_line(before: &[(String, String, bool)]) -> &str {
        let (_, line, _) = before.iter().find(|(code, ..)| code == ON_THE_SPOT_ITEM).unwrap();
        line
    }
}
