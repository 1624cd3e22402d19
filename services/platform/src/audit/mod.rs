//! The audit chain (审计): who looked at a person's data, at which data, why and when; who exported
//! which ledger. Each entry's hash covers the entry before it, and a fact of the same position
//! carries the hash out of the store. If someone changes, removes, adds or reorders an entry, the
//! chain breaks. If someone rewrites all of it, it contradicts the facts that others hold.

mod entity;
pub mod migration;
mod verify;

use prost::Message;
use proto::fact::v1::{AuditRecorded, fact::Body};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use sha2::{Digest as _, Sha256};

pub use verify::{VerifyError, verify};

use crate::{
    clock::Clock,
    database::{Store, Txn},
    facts::{self, Telling},
    telemetry::trace,
};

/// The length of a hash, in bytes.
const HASH_BYTES: usize = 32;

/// An entry of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The position of its fact.
    pub position: i64,
    /// The hash of the entry before.
    pub previous: Vec<u8>,
    /// The encoded record, as it was hashed.
    pub record: Vec<u8>,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// The hash of an entry; `previous` is 32 zeroes before the first.
#[must_use]
pub fn chain(previous: &[u8], record: &[u8], position: i64) -> [u8; HASH_BYTES] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(record);
    hash.update(position.to_be_bytes());
    hash.finalize().into()
}

/// Adds an entry, writes its fact and commits, as [`facts::commit`] does: the row of the fact
/// counter orders the chain. The record names no person but the one who looked; the hash is over
/// its encoding.
///
/// # Errors
/// If the store fails.
pub async fn commit(txn: Txn, clock: &Clock, record: &impl Message) -> Result<(), DbErr> {
    let position = facts::next_position(&txn).await?;
    let previous = last_hash(&txn, position).await?;
    let record = record.encode_to_vec();
    let hash = chain(&previous, &record, position).to_vec();
    let row = entity::ActiveModel {
        position: Set(position),
        record: Set(record),
        hash: Set(hash.clone()),
    };
    entity::Entity::insert(row).exec_without_returning(&txn).await?;
    let body = Body::AuditRecorded(AuditRecorded { hash });
    let fact = Telling { body, traceparent: trace::traceparent() };
    facts::insert(&txn, clock, position, vec![fact]).await?;
    txn.commit().await
}

/// Entries after a position, in order.
///
/// # Errors
/// If the store fails.
pub async fn list(store: &Store, after: i64, limit: u64) -> Result<Vec<Entry>, DbErr> {
    let rows = entity::Entity::find()
        .filter(entity::Column::Position.gt(after))
        .order_by_asc(entity::Column::Position)
        .limit(limit)
        .all(store.read())
        .await?;
    let mut previous = last_hash(store.read(), after.saturating_add(1)).await?;
    let entry = |row: entity::Model| {
        let previous = std::mem::replace(&mut previous, row.hash.clone());
        Entry { position: row.position, previous, record: row.record, hash: row.hash }
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// The hash of the last entry before a position; 32 zeroes before the first.
async fn last_hash(connection: &impl ConnectionTrait, before: i64) -> Result<Vec<u8>, DbErr> {
    let last = entity::Entity::find()
        .filter(entity::Column::Position.lt(before))
        .order_by_desc(entity::Column::Position)
        .limit(1)
        .one(connection)
        .await?;
    Ok(last.map_or_else(|| vec![0; HASH_BYTES], |last| last.hash))
}
