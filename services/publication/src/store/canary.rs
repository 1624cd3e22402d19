//! The last proofs of robots, and how many of their ratings were counted.

use std::collections::BTreeMap;

use jiff::civil::Date;
use platform::database::{
    Txn,
    many::{self, Column},
};
use proto::publication::v1::Dimension;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    QuerySelect as _, sea_query::Expr,
};

use super::statistics::measures::Measure;
use crate::entity::{
    canary_proof,
    column::{column, day_to_column},
    figure,
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
    use figure::Column::{Channel, Day, Dimension as Of, Key, Level, Measure as What, N};
    let counts: Vec<(i16, i16, i64)> = figure::Entity::find()
        .select_only()
        .columns([Channel, Level])
        .column_as(Expr::col(N).sum().cast_as("bigint"), "n")
        .filter(Of.eq(column(Dimension::Region.into())))
        .filter(Key.eq(region))
        .filter(What.eq(Measure::RatedByRobot as i16))
        .filter(Day.between(day_to_column(from), day_to_column(to)))
        .group_by(Channel)
        .group_by(Level)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(counts.into_iter().map(|(channel, level, n)| ((channel, level), n.unsigned_abs())).collect())
}
