//! Profiles, calendars and tag lists, as published.

use std::collections::HashMap;

use jiff::Timestamp;
use platform::{
    database::{Store, Txn},
    reference::Snapshot,
    status::Failure,
};
use prost::Message as _;
use proto::fact::v1::{Fact, fact::Body};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::OnConflict,
};

pub(crate) use crate::entity::document::kind;

use crate::entity::{document, loaded};

/// Every profile, calendar and tag list, parsed.
pub(crate) async fn documents(store: &Store) -> Result<Snapshot, Failure> {
    let mut snapshot = Snapshot::default();
    let rows = document::Entity::find()
        .order_by_asc(document::Column::PublishedAt)
        .order_by_asc(document::Column::Kind)
        .order_by_asc(document::Column::Key)
        .order_by_asc(document::Column::Version)
        .all(store.read())
        .await?;
    for row in rows {
        let fact = Fact::decode(row.body.as_slice());
        let body = fact.map_err(|error| Failure::Internal(error.to_string()))?.body;
        let learnt = body.map_or(Ok(()), |body| snapshot.learn(body));
        learnt.map_err(Failure::Internal)?;
    }
    Ok(snapshot)
}

/// The newest published version of a document: its version and encoded fact.
pub(crate) async fn newest_document(
    txn: &Txn,
    kind: i16,
    key: &str,
) -> Result<Option<(i64, Vec<u8>)>, Failure> {
    let newest = document::Entity::find()
        .filter(document::Column::Kind.eq(kind))
        .filter(document::Column::Key.eq(key))
        .order_by_desc(document::Column::Version)
        .one(txn)
        .await?;
    Ok(newest.map(|row| (row.version, row.body)))
}

/// The profile that was published last for a region, if there is one.
pub(crate) async fn profile_for(txn: &Txn, region_code: &str) -> Result<Option<String>, Failure> {
    let rows = document::Entity::find()
        .filter(document::Column::Kind.eq(kind::PROFILE))
        .order_by_desc(document::Column::PublishedAt)
        .order_by_desc(document::Column::Version)
        .all(txn)
        .await?;
    let published =
        rows.iter().filter_map(|row| match Fact::decode(row.body.as_slice()).ok()?.body {
            Some(Body::ProfilePublished(profile)) => Some(profile),
            _ => None,
        });
    let mut of_region = published.filter(|profile| profile.region_code == region_code);
    Ok(of_region.next().map(|profile| profile.profile_id))
}

/// Keeps a new version of a document.
pub(crate) async fn put_document(
    txn: &Txn,
    kind: i16,
    key: &str,
    version: i64,
    published_at: Timestamp,
    body: Vec<u8>,
) -> Result<(), Failure> {
    let row = document::ActiveModel {
        kind: Set(kind),
        key: Set(key.to_owned()),
        version: Set(version),
        published_at: Set(published_at.as_microsecond()),
        body: Set(body),
    };
    document::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// The files' content when they were loaded last, as digests by kind and key.
pub(crate) async fn loaded(txn: &Txn) -> Result<HashMap<(i16, String), Vec<u8>>, Failure> {
    let rows = loaded::Entity::find().all(txn).await?;
    Ok(rows.into_iter().map(|row| ((row.kind, row.key), row.digest)).collect())
}

/// Keeps the files' new content.
pub(crate) async fn put_loaded(
    txn: &Txn,
    news: Vec<(i16, String, Vec<u8>)>,
) -> Result<(), Failure> {
    let replace = OnConflict::columns([loaded::Column::Kind, loaded::Column::Key])
        .update_column(loaded::Column::Digest)
        .to_owned();
    for news in news.chunks(500) {
        let rows = news.iter().map(|(kind, key, digest)| loaded::ActiveModel {
            kind: Set(*kind),
            key: Set(key.clone()),
            digest: Set(digest.clone()),
        });
        let insert = loaded::Entity::insert_many(rows).on_conflict(replace.clone());
        insert.exec_without_returning(txn).await?;
    }
    Ok(())
}
