//! The tree's tiles.

use platform::{
    database::{
        Txn,
        many::{self, Column},
    },
    tlog::{
        Hash, TlogError,
        tiles::{Question, TileId, Tiles, kept},
    },
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};

use crate::entity::tile;

/// How many levels of tiles there can be.
const LEVELS: u8 = 8;

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Some tiles; those that are not there are left out.
pub(crate) async fn load(
    connection: &impl ConnectionTrait,
    wanted: &[TileId],
) -> Result<Tiles, DbErr> {
    if wanted.is_empty() {
        return Ok(Tiles::default());
    }
    let one = |(level, index): &TileId| {
        let level = tile::Column::Level.eq(i16::from(*level));
        Condition::all().add(level).add(tile::Column::Number.eq(number(*index)))
    };
    let these = wanted.iter().map(one).fold(Condition::any(), Condition::add);
    let rows = tile::Entity::find().filter(these).all(connection).await?;
    Ok(Tiles(rows.into_iter().filter_map(read).collect()))
}

fn read(row: tile::Model) -> Option<(TileId, Vec<u8>)> {
    let id = (u8::try_from(row.level).ok()?, u64::try_from(row.number).ok()?);
    Some((id, row.hashes))
}

/// The tiles of a level, from one number up to another.
pub(crate) async fn between(
    connection: &impl ConnectionTrait,
    level: u8,
    from: u64,
    to: u64,
) -> Result<Tiles, DbErr> {
    let rows = tile::Entity::find()
        .filter(tile::Column::Level.eq(i16::from(level)))
        .filter(tile::Column::Number.gte(number(from)))
        .filter(tile::Column::Number.lt(number(to)))
        .order_by_asc(tile::Column::Number)
        .all(connection)
        .await?;
    Ok(Tiles(rows.into_iter().filter_map(read).collect()))
}

/// Keeps tiles that are new or have changed.
pub(crate) async fn put(txn: &Txn, tiles: Tiles) -> Result<(), DbErr> {
    let columns = vec![
        ("level", Column::Small(tiles.0.keys().map(|(level, _)| i16::from(*level)).collect())),
        ("number", Column::Big(tiles.0.keys().map(|(_, index)| number(*index)).collect())),
        ("hashes", Column::Bytes(tiles.0.into_values().collect())),
    ];
    let newer = "ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes";
    many::insert(txn, "tile", columns, newer).await
}

/// Cuts the tree to a size.
pub(crate) async fn shrink(txn: &Txn, size: u64) -> Result<(), DbErr> {
    let mut cut = Tiles::default();
    for level in 0..LEVELS {
        let (whole, rest) = kept(size, level);
        let of_level = tile::Column::Level.eq(i16::from(level));
        let beyond = tile::Column::Number.gte(number(if rest > 0 { whole + 1 } else { whole }));
        tile::Entity::delete_many().filter(of_level).filter(beyond).exec(txn).await?;
        if rest > 0 {
            let mut last = load(txn, &[(level, whole)]).await?;
            for (id, mut hashes) in std::mem::take(&mut last.0) {
                hashes.truncate(rest);
                cut.0.insert(id, hashes);
            }
        }
    }
    put(txn, cut).await
}

/// What the tree answers; an error in it means that its tiles are not whole.
pub(crate) async fn ask(
    connection: &impl ConnectionTrait,
    question: Question,
) -> Result<Result<Vec<Hash>, TlogError>, DbErr> {
    let tiles = load(connection, &question.needs()).await?;
    Ok(question.answer(&tiles))
}

/// The tree's root at a size; none if its tiles are not whole.
pub(crate) async fn root(
    connection: &impl ConnectionTrait,
    size: i64,
) -> Result<Option<Hash>, DbErr> {
    let root = ask(connection, Question::Root(size.unsigned_abs())).await?;
    Ok(root.ok().and_then(|root| root.first().copied()))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn i22_a_tile_is_found_by_its_place() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let one = tile::Entity::find()
            .filter(tile::Column::Level.eq(0_i16))
            .filter(tile::Column::Number.eq(7));
        let found = plan(&store, one.build(store.backend())).await;
        assert!(found.contains("tile_pkey") || found.contains("autoindex_tile"), "{found}");
    }
}
