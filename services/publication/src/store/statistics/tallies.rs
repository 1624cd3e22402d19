//! The table of figures: one row for each value of a dimension and day, with all of its counts packed
//! (`packed`). Rows are many times fewer than counts, and no index holds a count: PostgreSQL changes a row
//! where it is.

use std::collections::BTreeMap;

use platform::database::many::{self, Column as Values};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, QuerySelect as _, Select, Statement, Value, sea_query::Expr,
};

use super::{
    counts::{Counts, Of, Row},
    measures::Measure,
    packed::{Cell, Cells, marks, pack, unpack},
};
use crate::entity::tally::{Column, Entity, Model};

/// How many rows are written at once, or read when all are.
const ROWS: usize = 5_000;

/// The key of a row.
type RowKey = (i16, String, i32);

/// Adds to the figures. One transaction at a time: it writes the sum of what it reads.
pub(crate) async fn add(connection: &impl ConnectionTrait, counts: &Counts) -> Result<(), DbErr> {
    for rows in counts.rows().chunks(ROWS) {
        let before = many::by_key::<Entity>(connection, key(rows.iter().map(|(row, _)| *row)));
        let before = before.await?.into_iter();
        let mut before: BTreeMap<RowKey, Vec<u8>> =
            before.map(|row| ((row.dimension, row.key, row.day), row.counts)).collect();
        let (mut all_marks, mut all_counts) = (Vec::new(), Vec::new());
        for ((dimension, key, day), added) in rows {
            let mut cells = Cells::clone(added);
            let before = before.remove(&(*dimension, (*key).to_owned(), *day));
            for (cell, n) in before.map(|bytes| unpack(&bytes)).transpose()?.unwrap_or_default() {
                *cells.entry(cell).or_default() += n;
            }
            all_marks.push(marks(&cells));
            all_counts.push(pack(&cells)?);
        }
        let mut columns = key(rows.iter().map(|(row, _)| *row));
        columns.push(("marks", Values::Big(all_marks)));
        columns.push(("counts", Values::Bytes(all_counts)));
        let sum = "ON CONFLICT (dimension, key, day) \
                   DO UPDATE SET marks = excluded.marks, counts = excluded.counts";
        many::insert(connection, "tally", columns, sum).await?;
    }
    Ok(())
}

fn key<'a>(rows: impl Iterator<Item = Row<'a>>) -> Vec<(&'static str, Values)> {
    let (mut dimensions, mut keys, mut days) = (Vec::new(), Vec::new(), Vec::new());
    for (dimension, key, day) in rows {
        dimensions.push(dimension);
        keys.push(key.to_owned());
        days.push(day);
    }
    vec![
        ("dimension", Values::Small(dimensions)),
        ("key", Values::Text(keys)),
        ("day", Values::Int(days)),
    ]
}

/// Takes every count of these measures from the figures.
pub(crate) async fn remove(
    connection: &impl ConnectionTrait,
    measures: impl IntoIterator<Item = Measure>,
) -> Result<(), DbErr> {
    let measures: Vec<i16> = measures.into_iter().map(|measure| measure as i16).collect();
    let (mut after, mut counts) = (None, Counts::new());
    while let Some(last) = page(connection, after, &mut counts).await? {
        let mut gone = Counts::new();
        let all = std::mem::take(&mut counts);
        let of_these = all.iter().filter(|(key, _)| measures.contains(&key.measure));
        of_these.for_each(|(key, n)| gone.add_to(&key, -n));
        add(connection, &gone).await?;
        after = Some(last);
    }
    Ok(())
}

/// Adds every count to others.
pub(crate) async fn all(connection: &impl ConnectionTrait, to: &mut Counts) -> Result<(), DbErr> {
    let mut after = None;
    loop {
        after = page(connection, after, to).await?;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Adds the counts of the rows after one to others, in the order of their keys, some thousand rows at
/// once; the key of the last of them, and none at the end.
async fn page(
    connection: &impl ConnectionTrait,
    after: Option<RowKey>,
    to: &mut Counts,
) -> Result<Option<RowKey>, DbErr> {
    let backend = connection.get_database_backend();
    let places = if backend == DbBackend::Postgres { "$1, $2, $3" } else { "?, ?, ?" };
    let sql = format!(
        "SELECT {} FROM tally WHERE (dimension, key, day) > ({places}) \
         ORDER BY dimension, key, day LIMIT {ROWS}",
        many::columns::<Entity>()
    );
    let (dimension, key, day) = after.unwrap_or_default();
    let after: [Value; 3] = [dimension.into(), key.into(), day.into()];
    let statement = Statement::from_sql_and_values(backend, sql, after);
    let rows = Entity::find().from_raw_sql(statement).all(connection).await?;
    for row in &rows {
        let unit = to.unit(row.dimension, &row.key);
        for (cell, n) in unpack(&row.counts)? {
            to.add(unit, Of { day: row.day, cell }, n);
        }
    }
    let last = rows.into_iter().next_back();
    Ok(last.map(|Model { dimension, key, day, .. }| (dimension, key, day)))
}

/// That a row has one of these marks.
pub(crate) fn marked(marks: i64) -> Expr {
    Expr::col((Entity, Column::Marks)).bit_and(marks).ne(0)
}

/// The counts of some rows, and the value that each row is of.
pub(crate) fn rows(of: Condition) -> Select<Entity> {
    Entity::find().select_only().columns([Column::Key, Column::Counts]).filter(of)
}

/// Hands over the counts of each of some rows, and the value that it is of.
pub(crate) async fn each(
    connection: &impl ConnectionTrait,
    of: Condition,
    mut take: impl FnMut(String, &[(Cell, i64)]),
) -> Result<(), DbErr> {
    let rows: Vec<(String, Vec<u8>)> = rows(of).into_tuple().all(connection).await?;
    for (key, counts) in rows {
        take(key, &unpack(&counts)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use platform::testing::TestPlace;
    use proto::{publication::v1::Dimension, r#type::v1::ServiceAct};

    use super::*;
    use crate::{
        Migrator, NAME,
        store::statistics::{
            fold,
            sums::{Count, Sums},
        },
    };

    fn offered(agency: &str, region: &str) -> Sums {
        let mut sums = Sums::default();
        let (agency_id, region_code) = (agency.to_owned(), region.to_owned());
        let act = ServiceAct { agency_id, region_code, ..ServiceAct::default() };
        sums.add(&act, Count::of("2026-03-05".parse().unwrap(), Measure::Offered), 1);
        sums
    }

    #[tokio::test]
    async fn p03_of_two_that_fold_at_once_neither_loses_what_the_other_counts() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let txn = store.begin().await.unwrap();
        fold::begin(&txn).await.unwrap();
        txn.commit().await.unwrap();
        let folding = async |agency: &str| {
            for n in 0..20 {
                let txn = store.begin().await.unwrap();
                // Some rows are new to both, some are known.
                offered(agency, &format!("6523{:02}", n / 2)).write(&txn).await.unwrap();
                txn.commit().await.unwrap();
            }
        };
        tokio::join!(folding("a"), folding("b"), folding("c"));
        let mut counts = Counts::new();
        all(store.read(), &mut counts).await.unwrap();
        let of = |dimension: Dimension| {
            let dimension = i32::from(dimension);
            let these = counts.iter().filter(|(key, _)| i32::from(key.dimension) == dimension);
            these.map(|(_, n)| n).collect::<Vec<_>>()
        };
        assert_eq!((of(Dimension::Region), of(Dimension::Agency)), (vec![6; 10], vec![20; 3]));
    }

    #[tokio::test]
    async fn p03_the_counts_of_some_measures_are_removed_from_rows_that_have_others() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let mut counts = Counts::new();
        let all_of = |counts: &mut Counts, measure: Measure| {
            for n in 0..i32::try_from(ROWS).unwrap() + 10 {
                let unit = counts.unit(2, "a");
                let measure = measure as i16;
                let cell = Cell { measure, origin: 0, level: 0, channel: 0 };
                counts.add(unit, Of { day: n, cell }, 3);
            }
        };
        all_of(&mut counts, Measure::TicketOpened);
        let left = counts.clone();
        all_of(&mut counts, Measure::Offered);
        let there = async || {
            let mut there = Counts::new();
            all(store.read(), &mut there).await.unwrap();
            there
        };
        add(store.write(), &counts).await.unwrap();
        assert_eq!(there().await, counts);
        remove(store.write(), [Measure::Offered, Measure::Rated]).await.unwrap();
        assert_eq!(there().await, left);
        add(store.write(), &left).await.unwrap();
        assert_eq!(there().await.iter().map(|(_, n)| n).max(), Some(6));
    }
}
