//! All SQL of this service.

use std::sync::{Arc, PoisonError};

use domain::item::Item;
use platform::{
    convert::item::{item as item_from_wire, to_wire_item},
    database::Store,
    facts,
    page::Page,
    reference::Snapshot,
    status::Failure,
};
use prost::Message as _;
use proto::fact::v1::Fact;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};

use crate::{
    Catalog,
    entity::{document, item, unit},
    error::Error,
};

/// An item in its current or a past version.
pub(crate) async fn item(
    store: &Store,
    code: &str,
    version: Option<u32>,
) -> Result<Option<Item>, Error> {
    let found = match version {
        None => current(store.read(), code).await?,
        Some(version) => {
            let version = i32::try_from(version).unwrap_or(i32::MAX);
            item::Entity::find_by_id((code.to_owned(), version)).one(store.read()).await?
        }
    };
    Ok(found.map(|row| decode(&row)).transpose()?)
}

/// A region's current items after a page's start, one more than the page.
pub(crate) async fn list_items(
    store: &Store,
    region_code: &str,
    channel: &str,
    page: &Page,
) -> Result<Vec<Item>, Error> {
    let mut query = item::Entity::find()
        .filter(item::Column::RegionCode.eq(region_code))
        .filter(item::Column::Current.eq(true))
        .order_by_asc(item::Column::Code)
        .limit(page.read_size());
    if !channel.is_empty() {
        query = query.filter(item::Column::Channels.contains(format!(",{channel},")));
    }
    if let Some(after) = &page.after {
        query = query.filter(item::Column::Code.gt(after));
    }
    let rows = query.all(store.read()).await?;
    Ok(rows.iter().map(decode).collect::<Result<_, _>>()?)
}

/// Every profile and the calendar, parsed once per position of the last fact.
pub(crate) async fn documents(catalog: &Catalog) -> Result<Arc<Snapshot>, Error> {
    let head = facts::head(&catalog.store).await?;
    {
        let known = catalog.documents.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 == head {
            return Ok(Arc::clone(&known.1));
        }
    }
    let mut snapshot = Snapshot::default();
    let rows = document::Entity::find()
        .order_by_asc(document::Column::Kind)
        .order_by_asc(document::Column::Key)
        .order_by_asc(document::Column::Version)
        .all(catalog.store.read())
        .await?;
    for row in rows {
        let fact = Fact::decode(row.body.as_slice());
        let body = fact.map_err(|error| Failure::Internal(error.to_string()))?.body;
        let learnt = body.map_or(Ok(()), |body| snapshot.learn(body));
        learnt.map_err(Failure::Internal)?;
    }
    let snapshot = Arc::new(snapshot);
    let mut known = catalog.documents.lock().unwrap_or_else(PoisonError::into_inner);
    *known = (head, Arc::clone(&snapshot));
    Ok(snapshot)
}

async fn current(
    connection: &impl ConnectionTrait,
    code: &str,
) -> Result<Option<item::Model>, DbErr> {
    item::Entity::find()
        .filter(item::Column::Code.eq(code))
        .filter(item::Column::Current.eq(true))
        .one(connection)
        .await
}

fn decode(row: &item::Model) -> Result<Item, Failure> {
    let wrong = |why: String| Failure::Internal(format!("item {}: {why}", row.code));
    let wire = proto::catalog::v1::Item::decode(row.body.as_slice());
    item_from_wire(wire.map_err(|e| wrong(e.to_string()))?).map_err(|e| wrong(e.to_string()))
}

/// Publishes an item if it says anything new; returns the version published.
pub(crate) async fn publish_item(
    txn: &DatabaseTransaction,
    mut new: Item,
) -> Result<Option<Item>, Error> {
    if let Some(row) = current(txn, &new.code).await? {
        let old = decode(&row)?;
        if old.content == new.content && old.region_code == new.region_code {
            return Ok(None);
        }
        new.version = old.version + 1;
        item::Entity::update_many()
            .set(item::ActiveModel { current: Set(false), ..Default::default() })
            .filter(item::Column::Code.eq(&new.code))
            .exec(txn)
            .await?;
    }
    let row = item::ActiveModel {
        code: Set(new.code.clone()),
        version: Set(i32::try_from(new.version).unwrap_or(i32::MAX)),
        region_code: Set(new.region_code.clone()),
        current: Set(true),
        channels: Set(format!(",{},", new.content.guide.channels.join(","))),
        published_at: Set(new.published_at.as_microsecond()),
        body: Set(to_wire_item(&new).encode_to_vec()),
    };
    item::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(Some(new))
}

/// Keeps a unit of the organisation; true if that changed anything.
pub(crate) async fn put_unit(txn: &DatabaseTransaction, new: unit::Model) -> Result<bool, Error> {
    let known = unit::Entity::find_by_id((new.kind, new.id.clone())).one(txn).await?;
    if known.as_ref() == Some(&new) {
        return Ok(false);
    }
    let row = unit::ActiveModel {
        kind: Set(new.kind),
        id: Set(new.id),
        region_code: Set(new.region_code),
        name: Set(new.name),
        hall_id: Set(new.hall_id),
        window_id: Set(new.window_id),
        agency_id: Set(new.agency_id),
        detail: Set(new.detail),
    };
    let replace = OnConflict::columns([unit::Column::Kind, unit::Column::Id])
        .update_columns([
            unit::Column::RegionCode,
            unit::Column::Name,
            unit::Column::HallId,
            unit::Column::WindowId,
            unit::Column::AgencyId,
            unit::Column::Detail,
        ])
        .to_owned();
    unit::Entity::insert(row).on_conflict(replace).exec_without_returning(txn).await?;
    Ok(true)
}

/// The newest published version of a document: its version and encoded fact.
pub(crate) async fn newest_document(
    txn: &DatabaseTransaction,
    kind: i16,
    key: &str,
) -> Result<Option<(i64, Vec<u8>)>, Error> {
    let newest = document::Entity::find()
        .filter(document::Column::Kind.eq(kind))
        .filter(document::Column::Key.eq(key))
        .order_by_desc(document::Column::Version)
        .one(txn)
        .await?;
    Ok(newest.map(|row| (row.version, row.body)))
}

/// Keeps a new version of a document.
pub(crate) async fn put_document(
    txn: &DatabaseTransaction,
    kind: i16,
    key: &str,
    version: i64,
    body: Vec<u8>,
) -> Result<(), Error> {
    let row = document::ActiveModel {
        kind: Set(kind),
        key: Set(key.to_owned()),
        version: Set(version),
        body: Set(body),
    };
    document::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}
