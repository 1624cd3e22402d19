//! The audit chain (审计): who looked at a person's data, at which, what for and when. Each entry's hash
//! covers the one before it, and leaves the store as a fact of the same position: whoever changes,
//! removes, adds or reorders an entry breaks the chain, and whoever rewrites all of it contradicts the
//! facts that others hold.

mod entity;
pub mod migration;
mod verify;

use prost::Message;
use proto::fact::v1::{AuditRecorded, fact::Body};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use sha2::{Digest as _, Sha256};

pub use verify::{VerifyError, verify};

use crate::{clock::Clock, database::Store, facts};

/// The length of a hash, in bytes.
const HASH_BYTES: usize = 32;

/// What is on record; no person's datum but the officer's identity. Its encoding is what is hashed, with
/// the fields in this order and those that are empty left out.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Record {
    /// Its own identity (UUID): what else is kept of it, is kept under this.
    #[prost(string, tag = "1")]
    pub record_id: String,
    /// Who looked.
    #[prost(string, tag = "2")]
    pub actor: String,
    /// For whom they looked: the region, and the agency unless it was the Authority.
    #[prost(string, tag = "3")]
    pub region: String,
    /// The agency; empty for the Authority.
    #[prost(string, tag = "4")]
    pub agency: String,
    /// What was done, for example "reveal NAME PHONE".
    #[prost(string, tag = "5")]
    pub action: String,
    /// The kind of thing it was done to, for example "case".
    #[prost(string, tag = "6")]
    pub subject_kind: String,
    /// Which one.
    #[prost(string, tag = "7")]
    pub subject_id: String,
    /// What for.
    #[prost(string, tag = "8")]
    pub purpose: String,
    /// When, in microseconds since 1970.
    #[prost(int64, tag = "9")]
    pub at: i64,
}

/// An entry of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The position of its fact.
    pub position: i64,
    /// The record.
    pub record: Record,
    /// The record's encoding, as it was hashed.
    pub encoded: Vec<u8>,
    /// The entry's hash.
    pub hash: Vec<u8>,
}

/// The hash of an entry; `previous` is 32 zeroes before the first.
#[must_use]
pub fn chain(previous: &[u8], encoded: &[u8], position: i64) -> [u8; HASH_BYTES] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(encoded);
    hash.update(position.to_be_bytes());
    hash.finalize().into()
}

/// Adds an entry and tells its fact. The last thing a transaction does before it commits, like
/// [`facts::append`]: the fact counter's row orders the chain.
///
/// # Errors
/// If the store fails.
pub async fn append(
    txn: &DatabaseTransaction,
    clock: &Clock,
    record: &Record,
) -> Result<(), DbErr> {
    let position = facts::next_position(txn).await?;
    let last =
        entity::Entity::find().order_by_desc(entity::Column::Position).limit(1).one(txn).await?;
    let previous = last.map_or_else(|| vec![0; HASH_BYTES], |last| last.hash);
    let encoded = record.encode_to_vec();
    let hash = chain(&previous, &encoded, position).to_vec();
    let row = entity::ActiveModel {
        position: Set(position),
        record: Set(encoded),
        hash: Set(hash.clone()),
    };
    entity::Entity::insert(row).exec_without_returning(txn).await?;
    let told = Body::AuditRecorded(AuditRecorded { hash });
    facts::insert(txn, clock, position, vec![told]).await
}

/// Entries after a position, in order.
///
/// # Errors
/// If the store fails, or a row holds no record.
pub async fn list(store: &Store, after: i64, limit: u64) -> Result<Vec<Entry>, DbErr> {
    let rows = entity::Entity::find()
        .filter(entity::Column::Position.gt(after))
        .order_by_asc(entity::Column::Position)
        .limit(limit)
        .all(store.read())
        .await?;
    let entry = |row: entity::Model| {
        let record = Record::decode(row.record.as_slice())
            .map_err(|error| DbErr::Type(format!("audit {}: {error}", row.position)))?;
        Ok(Entry { position: row.position, record, encoded: row.record, hash: row.hash })
    };
    rows.into_iter().map(entry).collect()
}
