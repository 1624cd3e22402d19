//! The same request twice is one request: the answer is kept, sealed, in the transaction of the
//! change, and given again to whoever asks the same again.

use std::net::IpAddr;

use prost::Message;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait as _};
use uuid::Uuid;

use crate::{
    clock::Clock,
    crypto::{Hasher, Sealer},
    database::Txn,
    facts::entity::request,
    keys::Keys,
    status::Failure,
};

/// Recognises requests and seals their answers.
#[derive(Clone)]
pub struct Requests {
    key: Hasher,
    body: Hasher,
    sealer: Sealer,
}

/// A request as it is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// Keyed hash of caller, RPC and request id.
    pub key: [u8; 16],
    /// Keyed hash of the body.
    pub body: [u8; 16],
}

impl Requests {
    /// With the deployment's keys.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self {
            key: Hasher::new(&keys.hashing, "request key"),
            body: Hasher::new(&keys.hashing, "request body"),
            sealer: Sealer::new(&keys.sealing),
        }
    }

    /// What a caller's request is recognised by.
    #[must_use]
    pub fn key(&self, caller: &[u8], rpc: &str, id: Uuid, body: &impl Message) -> RequestKey {
        RequestKey {
            key: self.key.hash(&[caller, rpc.as_bytes(), id.as_bytes()]),
            body: self.body.hash(&[&body.encode_to_vec()]),
        }
    }

    /// A keyed hash of content, by which the same is recognised when it comes again.
    #[must_use]
    pub fn content(&self, parts: &[&[u8]]) -> [u8; 16] {
        self.body.hash(parts)
    }

    /// A keyed hash of a network address: two are told apart or found equal, neither is known.
    #[must_use]
    pub fn network(&self, address: IpAddr) -> [u8; 16] {
        self.body.hash(&[b"network", address.to_canonical().to_string().as_bytes()])
    }

    /// The answer given before, if the same request was answered.
    ///
    /// # Errors
    /// [`Failure::RequestIdReused`] if its id came with another body.
    pub async fn replay<T: Message + Default>(
        &self,
        connection: &impl ConnectionTrait,
        key: RequestKey,
    ) -> Result<Option<T>, Failure> {
        let found = request::Entity::find_by_id(key.key.to_vec()).one(connection).await?;
        let Some(row) = found else { return Ok(None) };
        if row.body_hash != key.body {
            return Err(Failure::RequestIdReused);
        }
        let answer = self.sealer.open(&row.answer, &place(key))?;
        let answer = T::decode(answer.as_slice());
        answer.map(Some).map_err(|error| Failure::Internal(format!("kept answer: {error}")))
    }

    /// Keeps the answer to a request in the transaction of its change.
    ///
    /// # Errors
    /// [`Failure::Raced`] if the same request was answered meanwhile; asked again, it is replayed.
    pub async fn keep(
        &self,
        txn: &Txn,
        key: RequestKey,
        clock: &Clock,
        answer: &impl Message,
    ) -> Result<(), Failure> {
        let row = request::ActiveModel {
            key: Set(key.key.to_vec()),
            body_hash: Set(key.body.to_vec()),
            answer: Set(self.sealer.seal(&answer.encode_to_vec(), &place(key))?),
            answered_at: Set(clock.now().as_microsecond()),
        };
        match request::Entity::insert(row).exec_without_returning(txn).await {
            Ok(_) => Ok(()),
            Err(error) if is_unique_violation(&error) => {
                Err(Failure::Raced("the same request is being answered"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The key of a further row that one request makes, of a thing of its own.
#[must_use]
pub fn derived_key(key: &RequestKey, of: Uuid) -> [u8; 32] {
    let mut derived = [0; 32];
    derived[..16].copy_from_slice(&key.key);
    derived[16..].copy_from_slice(of.as_bytes());
    derived
}

fn place(key: RequestKey) -> Vec<u8> {
    [b"request.answer/".as_slice(), &key.key].concat()
}

/// Whether a unique key was already taken.
#[must_use]
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
