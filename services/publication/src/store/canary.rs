//! The last proofs of robots, and how many of their ratings were counted.

use std::collections::BTreeMap;

use jiff::civil::Date;
use platform::database::{
    Txn,
    many::{self, Column},
};
use proto::publication::v1::Dimension;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
};

use super::statistics::{measures::Measure, packed::Cell, tallies};
use crate::entity::{
    canary_proof,
    column::{column, day_to_column},
    tally,
};

/// Keeps proofs; of two of the same channel and level the later one.
pub(crate) async fn put(txn: &Txn, rows: &[canary_proof::Model]) -> Result<(), DbErr> {
    let big = |of: fn(&canary_proof::Model) -> i64| Column::Big(rows.iter().map(of).collect());
    let small = |of: fn(&canary_proof::Model) -> i16| Column::Small(rows.iter().map(of).collect());
    let columns = vec![
        ("region_code", Column::Text(rows.iter().map(|row| row.region_code.clone()).collect())),
        ("channel", small(|row| row.channel)),
        ("level", small(|row| row.level)),
        ("rating_id", Column::Uuid(rows.iter().map(|row| row.rating_id).collect())),
        ("given_at", big(|row| row.given_at)),
        ("counted_at", big(|row| row.counted_at)),
        ("fact_position", big(|row| row.fact_position)),
    ];
    let later = "ON CONFLICT (region_code, channel, level) DO UPDATE SET \
                 rating_id = excluded.rating_id, given_at = excluded.given_at, \
                 counted_at = excluded.counted_at, fact_position = excluded.fact_position \
                 WHERE excluded.given_at > canary_proof.given_at";
    many::insert(txn, "canary_proof", columns, later).await
}

/// A region's proofs.
pub(crate) async fn of_region(
    connection: &impl ConnectionTrait,
    region: &str,
) -> Result<Vec<canary_proof::Model>, DbErr> {
    let of_region = canary_proof::Column::RegionCode.eq(region);
    canary_proof::Entity::find().filter(of_region).all(connection).await
}

/// Every region's proofs: few.
pub(crate) async fn all(
    connection: &impl ConnectionTrait,
) -> Result<Vec<canary_proof::Model>, DbErr> {
    canary_proof::Entity::find().all(connection).await
}

/// Removes the proofs with facts after a position: the robot's next round brings others.
pub(crate) async fn forget(txn: &Txn, after: i64) -> Result<(), DbErr> {
    let later = canary_proof::Column::FactPosition.gt(after);
    canary_proof::Entity::delete_many().filter(later).exec(txn).await?;
    Ok(())
}

/// How many ratings of a region's robots were counted in some days, by channel and level.
pub(crate) async fn counted(
    connection: &impl ConnectionTrait,
    region: &str,
    (from, to): (Date, Date),
) -> Result<BTreeMap<(i16, i16), u64>, DbErr> {
    let of = Condition::all()
        .add(tally::Column::Dimension.eq(column(Dimension::Region.into())))
        .add(tally::Column::Key.eq(region))
        .add(tally::Column::Day.between(day_to_column(from), day_to_column(to)));
    let mut counted = BTreeMap::new();
    let add = |_, cells: &[(Cell, i64)]| {
        let by_robots = |cell: &Cell| cell.measure == Measure::RatedByRobot as i16;
        for (cell, n) in cells.iter().filter(|(cell, _)| by_robots(cell)) {
            *counted.entry((cell.channel, cell.level)).or_default() += n.unsigned_abs();
        }
    };
    tallies::each(connection, of, add).await?;
    Ok(counted)
}
