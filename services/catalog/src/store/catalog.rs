//! Items and base items, all versions, and what caused each version.

use std::collections::HashMap;

use domain::{
    base_item::BaseItem,
    codes::RegionCode,
    item::{Cause, CauseKind, Item, ItemState},
};
use jiff::Timestamp;
use platform::{
    convert::item::{
        base_item as base_from_wire, item as item_from_wire, to_wire_base_item, to_wire_item,
    },
    database::{Store, Txn, below},
    page::Page,
    status::Failure,
};
use prost::Message as _;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Alias, Expr, ExprTrait as _, Query},
};

use super::few;
use crate::entity::{base_item, effect, item};

/// An item in its current or a past version.
pub(crate) async fn item(
    connection: &impl ConnectionTrait,
    code: &str,
    version: Option<u32>,
) -> Result<Option<Item>, Failure> {
    let of_code = item::Entity::find().filter(item::Column::Code.eq(code));
    let found = match version {
        None => of_code.filter(item::Column::Current.eq(true)),
        Some(version) => of_code.filter(item::Column::Version.eq(number(version))),
    };
    found.one(connection).await?.as_ref().map(decode).transpose()
}

/// An item as it was at an instant.
pub(crate) async fn item_at(
    store: &Store,
    code: &str,
    at: Timestamp,
) -> Result<Option<Item>, Failure> {
    let found = item::Entity::find()
        .filter(item::Column::Code.eq(code))
        .filter(item::Column::PublishedAt.lte(at.as_microsecond()))
        .order_by_desc(item::Column::Version)
        .one(store.read())
        .await?;
    found.as_ref().map(decode).transpose()
}

/// An item's versions, the newest first, one more than the page; the page's key is the version.
pub(crate) async fn versions(
    store: &Store,
    code: &str,
    page: &Page<i32>,
) -> Result<Vec<Item>, Failure> {
    let mut query = item::Entity::find()
        .filter(item::Column::Code.eq(code))
        .order_by_desc(item::Column::Version);
    if let Some(before) = page.after {
        query = query.filter(item::Column::Version.lt(before));
    }
    let few = few(store.read(), query.clone(), page).await?;
    let rows = query.limit(few).all(store.read()).await?;
    rows.iter().map(decode).collect()
}

/// A region's items in force after a page's start, one more than the page.
pub(crate) async fn list_items(
    store: &Store,
    region: &RegionCode,
    channel: &str,
    page: &Page,
) -> Result<Vec<Item>, Failure> {
    let mut query = item::Entity::find()
        .filter(item::Column::RegionCode.eq(region.as_str()))
        .filter(item::Column::Current.eq(true))
        .filter(item::Column::Cancelled.eq(false))
        .order_by_asc(item::Column::Code);
    if !channel.is_empty() {
        query = query.filter(item::Column::Channels.contains(format!(",{channel},")));
    }
    if let Some(after) = &page.after {
        query = query.filter(item::Column::Code.gt(after));
    }
    let few = few(store.read(), query.clone(), page).await?;
    let rows = query.limit(few).all(store.read()).await?;
    rows.iter().map(decode).collect()
}

/// A page of at most `limit` rows of the items of a region and below it, at an instant, after a
/// code, without the cancelled ones; and the start of the next page, if there is one.
pub(crate) async fn items_of(
    store: &Store,
    region: &RegionCode,
    at: Timestamp,
    after: &str,
    limit: u64,
) -> Result<(Vec<Item>, Option<String>), Failure> {
    let newer = Alias::new("newer");
    let column = |column| Expr::col((newer.clone(), column));
    let own = |column| Expr::col((item::Entity, column));
    let newer_one = Query::select()
        .expr(Expr::val(1))
        .from_as(item::Entity, newer.clone())
        .and_where(column(item::Column::Code).eq(own(item::Column::Code)))
        .and_where(column(item::Column::Version).gt(own(item::Column::Version)))
        .and_where(column(item::Column::PublishedAt).lte(at.as_microsecond()))
        .take();
    let rows = item::Entity::find()
        .filter(below(item::Column::RegionCode, region.as_str()))
        .filter(item::Column::PublishedAt.lte(at.as_microsecond()))
        .filter(item::Column::Code.gt(after))
        // Its newest version counts, even of an item that it moved to another region.
        .filter(Expr::exists(newer_one).not())
        .order_by_asc(item::Column::Code)
        .limit(limit)
        .all(store.read())
        .await?;
    let full = u64::try_from(rows.len()).unwrap_or(u64::MAX) == limit;
    let last = rows.last().map(|row| row.code.clone());
    let next = last.filter(|_| full);
    let in_force = rows.iter().filter(|row| !row.cancelled);
    Ok((in_force.map(decode).collect::<Result<_, _>>()?, next))
}

/// The current versions of items, by code.
pub(crate) async fn currents(
    connection: &impl ConnectionTrait,
    codes: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, Item>, Failure> {
    let rows = item::Entity::find()
        .filter(item::Column::Code.is_in(codes))
        .filter(item::Column::Current.eq(true))
        .all(connection)
        .await?;
    let items = rows.iter().map(|row| Ok((row.code.clone(), decode(row)?)));
    items.collect::<Result<_, Failure>>()
}

/// At most `limit` items in force that are implementations of a base item, after a code.
pub(crate) async fn implementations(
    txn: &Txn,
    base_code: &str,
    after: &str,
    limit: u64,
) -> Result<Vec<Item>, Failure> {
    let rows = item::Entity::find()
        .filter(item::Column::BaseCode.eq(base_code))
        .filter(item::Column::Current.eq(true))
        .filter(item::Column::Cancelled.eq(false))
        .filter(item::Column::Code.gt(after))
        .order_by_asc(item::Column::Code)
        .limit(limit)
        .all(txn)
        .await?;
    rows.iter().map(decode).collect()
}

/// Keeps new versions of items; each becomes the current one.
pub(crate) async fn insert_items(txn: &Txn, items: &[Item]) -> Result<(), Failure> {
    if items.is_empty() {
        return Ok(());
    }
    let known = items.iter().filter(|item| item.version > 1).map(|item| item.code.as_str());
    let known: Vec<&str> = known.collect();
    if !known.is_empty() {
        item::Entity::update_many()
            .set(item::ActiveModel { current: Set(false), ..Default::default() })
            .filter(item::Column::Code.is_in(known))
            .filter(item::Column::Current.eq(true))
            .exec(txn)
            .await?;
    }
    let rows = items.iter().map(|new| item::ActiveModel {
        code: Set(new.code.clone()),
        version: Set(number(new.version)),
        region_code: Set(new.region_code.clone()),
        current: Set(true),
        channels: Set(format!(",{},", new.content.guide.channels.join(","))),
        published_at: Set(new.published_at.as_microsecond()),
        body: Set(to_wire_item(new).encode_to_vec()),
        base_code: Set(new.code.get(19..31).unwrap_or_default().to_owned()),
        cancelled: Set(new.state == ItemState::Cancelled),
    });
    item::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}

/// A base item in its current or a past version.
pub(crate) async fn base_item(
    store: &Store,
    code: &str,
    version: Option<u32>,
) -> Result<Option<BaseItem>, Failure> {
    let of_code = base_item::Entity::find().filter(base_item::Column::Code.eq(code));
    let found = match version {
        None => of_code.filter(base_item::Column::Current.eq(true)),
        Some(version) => of_code.filter(base_item::Column::Version.eq(number(version))),
    };
    found.one(store.read()).await?.as_ref().map(decode_base).transpose()
}

/// A base item as it was at an instant.
pub(crate) async fn base_item_at(
    store: &Store,
    code: &str,
    at: Timestamp,
) -> Result<Option<BaseItem>, Failure> {
    let found = base_item::Entity::find()
        .filter(base_item::Column::Code.eq(code))
        .filter(base_item::Column::PublishedAt.lte(at.as_microsecond()))
        .order_by_desc(base_item::Column::Version)
        .one(store.read())
        .await?;
    found.as_ref().map(decode_base).transpose()
}

/// The current versions of base items, by code.
pub(crate) async fn bases(
    connection: &impl ConnectionTrait,
    codes: Option<Vec<&str>>,
    after: &str,
    limit: u64,
) -> Result<Vec<BaseItem>, Failure> {
    let mut query = base_item::Entity::find()
        .filter(base_item::Column::Current.eq(true))
        .filter(base_item::Column::Code.gt(after))
        .order_by_asc(base_item::Column::Code)
        .limit(limit);
    if let Some(codes) = codes {
        query = query.filter(base_item::Column::Code.is_in(codes));
    }
    let rows = query.all(connection).await?;
    rows.iter().map(decode_base).collect()
}

/// Keeps new versions of base items; each becomes the current one.
pub(crate) async fn insert_bases(txn: &Txn, items: &[BaseItem]) -> Result<(), Failure> {
    if items.is_empty() {
        return Ok(());
    }
    base_item::Entity::update_many()
        .set(base_item::ActiveModel { current: Set(false), ..Default::default() })
        .filter(base_item::Column::Code.is_in(items.iter().map(|item| item.code.as_str())))
        .filter(base_item::Column::Current.eq(true))
        .exec(txn)
        .await?;
    let rows = items.iter().map(|new| base_item::ActiveModel {
        code: Set(new.code.clone()),
        version: Set(number(new.version)),
        current: Set(true),
        published_at: Set(new.published_at.as_microsecond()),
        body: Set(to_wire_base_item(new).encode_to_vec()),
    });
    base_item::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}

/// Keeps what led to an item's version.
pub(crate) async fn insert_effects(txn: &Txn, item: &Item) -> Result<(), Failure> {
    if item.causes.is_empty() {
        return Ok(());
    }
    let rows = item.causes.iter().map(|cause| effect::ActiveModel {
        cause_kind: Set(cause_number(cause.kind)),
        cause_id: Set(cause.id.clone()),
        published_at: Set(item.published_at.as_microsecond()),
        code: Set(item.code.clone()),
        version: Set(number(item.version)),
    });
    effect::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}

/// The item versions a cause led to, the newest first, one more than the page.
pub(crate) async fn effects(
    store: &Store,
    cause: &Cause,
    after: Option<(i64, String, i32)>,
    limit: u64,
) -> Result<Vec<effect::Model>, Failure> {
    let mut query = effect::Entity::find()
        .filter(effect::Column::CauseKind.eq(cause_number(cause.kind)))
        .filter(effect::Column::CauseId.eq(&cause.id))
        .order_by_desc(effect::Column::PublishedAt)
        .order_by_asc(effect::Column::Code)
        .order_by_desc(effect::Column::Version)
        .limit(limit);
    if let Some((published_at, code, version)) = after {
        let same = effect::Column::PublishedAt.eq(published_at);
        let later = effect::Column::Code
            .gt(&code)
            .or(effect::Column::Code.eq(&code).and(effect::Column::Version.lt(version)));
        query = query.filter(effect::Column::PublishedAt.lt(published_at).or(same.and(later)));
    }
    Ok(query.all(store.read()).await?)
}

fn decode(row: &item::Model) -> Result<Item, Failure> {
    let wrong = |why: String| Failure::Internal(format!("item {}: {why}", row.code));
    let wire = proto::catalog::v1::Item::decode(row.body.as_slice());
    item_from_wire(wire.map_err(|e| wrong(e.to_string()))?).map_err(|e| wrong(e.to_string()))
}

fn decode_base(row: &base_item::Model) -> Result<BaseItem, Failure> {
    let wrong = |why: String| Failure::Internal(format!("base item {}: {why}", row.code));
    let wire = proto::catalog::v1::BaseItem::decode(row.body.as_slice());
    base_from_wire(wire.map_err(|e| wrong(e.to_string()))?).map_err(|e| wrong(e.to_string()))
}

fn cause_number(kind: CauseKind) -> i16 {
    match kind {
        CauseKind::Ticket => 1,
        CauseKind::Problem => 2,
        CauseKind::Survey => 3,
    }
}

fn number(version: u32) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}
