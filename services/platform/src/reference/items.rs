//! The items, of any number: read one by one, and kept in memory while they are in use.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::item::Item;
use prost::Message as _;
use proto::{
    catalog::v1::Item as WireItem,
    fact::v1::{ItemPublished, fact::Body},
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::{ITEM, read};
use crate::{convert, database::Store, facts::entity::reference, hot::Hot};

/// If more items than this are published at once, all are dropped from memory and not one by one.
pub(super) const NAMED: usize = 1_000;

/// The cache key of an item's current version; a past version's key ends in its number.
pub(super) fn current(code: &str) -> String {
    format!("{code}@")
}

/// An item's current version, or a past one.
pub(super) async fn known(
    store: &Store,
    hot: &Hot<String, Item>,
    code: &str,
    version: Option<u32>,
) -> Result<Option<Arc<Item>>, DbErr> {
    let key = match version {
        None => current(code),
        Some(version) => format!("{code}@{version}"),
    };
    if let Some(known) = hot.get(&key) {
        return Ok(Some(known));
    }
    let generation = hot.generation();
    let rows = reference::Entity::find()
        .filter(reference::Column::Kind.eq(ITEM))
        .filter(reference::Column::Key.eq(code));
    let rows = match version {
        None => rows.order_by_desc(reference::Column::Version).limit(1),
        Some(version) => rows.filter(reference::Column::Version.eq(i64::from(version))),
    };
    let Some(row) = rows.one(store.read()).await? else { return Ok(None) };
    let wrong = |why: String| DbErr::Type(format!("reference {code}: {why}"));
    let Some(Body::ItemPublished(published)) = read(&row)?.body else {
        return Err(wrong("is no item".to_owned()));
    };
    let known = Arc::new(decode(&published).map_err(wrong)?);
    hot.put(generation, key, Arc::clone(&known));
    Ok(Some(known))
}

/// The next items in the order of their codes, each in its current version, with the position of its fact.
pub(super) async fn after(
    connection: &impl ConnectionTrait,
    code: &str,
    limit: u64,
) -> Result<Vec<(i64, Item)>, DbErr> {
    let codes: Vec<String> = reference::Entity::find()
        .select_only()
        .column(reference::Column::Key)
        .distinct()
        .filter(reference::Column::Kind.eq(ITEM))
        .filter(reference::Column::Key.gt(code))
        .order_by_asc(reference::Column::Key)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await?;
    of(connection, &codes).await
}

/// Some items, each in its current version, with the position of its fact, in the order given.
pub(super) async fn of(
    connection: &impl ConnectionTrait,
    codes: &[String],
) -> Result<Vec<(i64, Item)>, DbErr> {
    let rows = reference::Entity::find()
        .filter(reference::Column::Kind.eq(ITEM))
        .filter(reference::Column::Key.is_in(codes))
        .order_by_asc(reference::Column::Version)
        .all(connection)
        .await?;
    let mut current: HashMap<String, (i64, Item)> = HashMap::new();
    for row in rows {
        let item = of_row(&row)?;
        current.insert(row.key, (row.position, item));
    }
    Ok(codes.iter().filter_map(|code| current.remove(code)).collect())
}

/// The items told after a position, every version with the position of its fact, in that order.
pub(super) async fn told_after(
    connection: &impl ConnectionTrait,
    position: i64,
) -> Result<Vec<(i64, Item)>, DbErr> {
    let rows = reference::Entity::find()
        .filter(reference::Column::Kind.eq(ITEM))
        .filter(reference::Column::Position.gt(position))
        .order_by_asc(reference::Column::Position)
        .all(connection)
        .await?;
    rows.iter().map(|row| Ok((row.position, of_row(row)?))).collect()
}

fn of_row(row: &reference::Model) -> Result<Item, DbErr> {
    let wrong = |why: String| DbErr::Type(format!("reference {}: {why}", row.key));
    let Some(Body::ItemPublished(published)) = read(row)?.body else {
        return Err(wrong("is no item".to_owned()));
    };
    decode(&published).map_err(wrong)
}

/// Which of some codes are items', in one query however many they are.
pub(super) async fn among(store: &Store, codes: Vec<String>) -> Result<HashSet<String>, DbErr> {
    let known: Vec<String> = reference::Entity::find()
        .select_only()
        .column(reference::Column::Key)
        .distinct()
        .filter(reference::Column::Kind.eq(ITEM))
        .filter(reference::Column::Key.is_in(codes))
        .into_tuple()
        .all(store.read())
        .await?;
    Ok(known.into_iter().collect())
}

/// Drops the items published after a position.
pub(super) async fn forget_after(
    store: &Store,
    hot: &Hot<String, Item>,
    position: i64,
) -> Result<(), DbErr> {
    let newer: Vec<String> = reference::Entity::find()
        .select_only()
        .column(reference::Column::Key)
        .filter(reference::Column::Kind.eq(ITEM))
        .filter(reference::Column::Position.gt(position))
        .limit(NAMED as u64 + 1)
        .into_tuple()
        .all(store.read())
        .await?;
    if newer.len() > NAMED {
        hot.clear();
    } else {
        let newer: Vec<String> = newer.iter().map(|code| current(code)).collect();
        hot.forget(newer.iter().map(String::as_str));
    }
    Ok(())
}

/// The item in a fact.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn decode(published: &ItemPublished) -> Result<Item, String> {
    let wire = WireItem::decode(published.item.as_slice()).map_err(|error| error.to_string())?;
    convert::item::item(wire).map_err(|error| error.to_string())
}
