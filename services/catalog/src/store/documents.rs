//! Profiles, calendars and tag lists, as published.

use platform::{database::Store, reference::Snapshot, status::Failure};
use prost::Message as _;
use proto::fact::v1::Fact;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::{entity::document, error::Error};

/// Every profile, calendar and tag list, parsed.
pub(crate) async fn documents(store: &Store) -> Result<Snapshot, Error> {
    let mut snapshot = Snapshot::default();
    let rows = document::Entity::find()
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

/// Whether a document was published in just these words, in whichever version.
pub(crate) async fn knows_document(
    txn: &DatabaseTransaction,
    kind: i16,
    key: &str,
    body: &[u8],
) -> Result<bool, Error> {
    let known = document::Entity::find()
        .filter(document::Column::Kind.eq(kind))
        .filter(document::Column::Key.eq(key))
        .filter(document::Column::Body.eq(body))
        .limit(1)
        .one(txn)
        .await?;
    Ok(known.is_some())
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
