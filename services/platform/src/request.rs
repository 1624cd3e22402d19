//! The same request twice is one request. The answer is kept, sealed, in the transaction of the
//! change, and a repeated request within thirty days gets it again.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _,
    QueryFilter as _, Statement,
};
use uuid::Uuid;

use crate::{
    clock::Clock,
    crypto::{Hasher, Sealer},
    database::{Store, Txn},
    facts::entity::request,
    keys::Keys,
    status::{Failure, causes},
    stop::Stop,
    trouble::Kind,
};

/// Recognises requests and seals their answers.
#[derive(Clone)]
pub struct Requests {
    key: Hasher,
    body: Hasher,
    sealer: Sealer,
}

/// The key of a request.
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

    /// The key of a caller's request.
    #[must_use]
    pub fn key(&self, caller: &[u8], rpc: &str, id: Uuid, body: &impl Message) -> RequestKey {
        RequestKey {
            key: self.key.hash(&[caller, rpc.as_bytes(), id.as_bytes()]),
            body: self.body.hash(&[&body.encode_to_vec()]),
        }
    }

    /// A keyed hash of content, to recognise repeated content.
    #[must_use]
    pub fn content(&self, parts: &[&[u8]]) -> [u8; 16] {
        self.body.hash(parts)
    }

    /// A keyed hash of a network address: two addresses can be compared, but not read.
    #[must_use]
    pub fn network(&self, address: IpAddr) -> [u8; 16] {
        self.body.hash(&[b"network", address.to_canonical().to_string().as_bytes()])
    }

    /// Whose limit a caller without a name shares: that of the network they come from. For IPv6 it is
    /// the half of the address that a network gets.
    #[must_use]
    pub fn nameless(&self, address: Option<IpAddr>) -> [u8; 16] {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V6(address)) => {
                let network = u128::from(address) >> 64 << 64;
                self.network(IpAddr::V6(network.into()))
            }
            Some(address) => self.network(address),
            None => self.content(&[b"no network"]),
        }
    }

    /// The answer given before, if the same request was answered.
    ///
    /// # Errors
    /// [`Failure::RequestIdReused`] if its id came with another body.
    pub(crate) async fn replay<T: Message + Default>(
        &self,
        connection: &impl ConnectionTrait,
        key: RequestKey,
    ) -> Result<Option<T>, Failure> {
        let found = request::Entity::find_by_id(key.key.to_vec()).one(connection).await?;
        found.map(|row| self.open(key, &row)).transpose()
    }

    /// The answers given before to some requests, in order, in one query; each as of
    /// [`Self::replay`].
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn replay_each<T: Message + Default>(
        &self,
        connection: &impl ConnectionTrait,
        keys: &[RequestKey],
    ) -> Result<Vec<Result<Option<T>, Failure>>, DbErr> {
        let found = request::Entity::find()
            .filter(request::Column::Key.is_in(keys.iter().map(|key| key.key.to_vec())))
            .all(connection)
            .await?;
        let found: HashMap<&[u8], &request::Model> =
            found.iter().map(|row| (row.key.as_slice(), row)).collect();
        let answer = |key: &RequestKey| {
            found.get(key.key.as_slice()).map(|row| self.open(*key, row)).transpose()
        };
        Ok(keys.iter().map(answer).collect())
    }

    fn open<T: Message + Default>(
        &self,
        key: RequestKey,
        row: &request::Model,
    ) -> Result<T, Failure> {
        if row.body_hash != key.body {
            return Err(Failure::RequestIdReused);
        }
        let answer = self.sealer.open(&row.answer, &place(key))?;
        T::decode(answer.as_slice())
            .map_err(|error| Failure::Internal(format!("kept answer: {error}")))
    }

    /// Keeps the answers to some requests in the transaction of their changes.
    ///
    /// # Errors
    /// [`Failure::Raced`] if one of the requests was answered meanwhile; sent again, it gets that
    /// answer.
    pub(crate) async fn keep<'a, A: Message + 'a>(
        &self,
        txn: &Txn,
        clock: &Clock,
        answers: impl IntoIterator<Item = (RequestKey, &'a A)>,
    ) -> Result<(), Failure> {
        let answered_at = clock.now().as_microsecond();
        let row = |(key, answer): (RequestKey, &A)| {
            Ok(request::ActiveModel {
                key: Set(key.key.to_vec()),
                body_hash: Set(key.body.to_vec()),
                answer: Set(self.sealer.seal(&answer.encode_to_vec(), &place(key))?),
                answered_at: Set(answered_at),
            })
        };
        let rows: Result<Vec<_>, Failure> = answers.into_iter().map(row).collect();
        match request::Entity::insert_many(rows?).exec_without_returning(txn).await {
            Ok(_) => Ok(()),
            Err(error) if is_unique_violation(&error) => {
                Err(Failure::Raced("the same request is being answered"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// How long an answer is kept for repeated requests: nobody repeats one after a month.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many are deleted in one transaction.
const AT_ONCE: u64 = 1_000;
/// How often it looks for more to delete.
const LOOK: Duration = Duration::from_secs(600);
/// The trouble when deletion fails.
const WAIT: Kind = Kind::Job("old answers");

/// Deletes answers that are old enough, until the process stops.
pub async fn keep_forgetting(store: Store, clock: Clock, stop: Stop) {
    while !stop.is_stopped() {
        let forgotten = forget_old(&store, &clock).await;
        match &forgotten {
            Ok(_) => store.troubles().end(WAIT),
            Err(error) => store.troubles().meet(WAIT, causes(error)),
        }
        if forgotten.is_ok_and(|forgotten| forgotten == AT_ONCE) {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.stopped() => {}
        }
    }
}

/// Deletes some of the answers that are old enough, the oldest first; returns how many.
///
/// # Errors
/// If the store fails.
pub async fn forget_old(store: &Store, clock: &Clock) -> Result<u64, DbErr> {
    let since = clock.now().saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
    let forgotten = store.write().execute_raw(old(store.backend(), since)).await?;
    Ok(forgotten.rows_affected())
}

fn old(backend: DbBackend, since: Timestamp) -> Statement {
    let since_place = if backend == DbBackend::Postgres { "$1" } else { "?" };
    let sql = format!(
        "DELETE FROM request WHERE key IN (
             SELECT key FROM request WHERE answered_at < {since_place}
             ORDER BY answered_at LIMIT {AT_ONCE}
         )"
    );
    Statement::from_sql_and_values(backend, sql, [since.as_microsecond().into()])
}

/// The key of a further row that one request creates, for a thing of its own.
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

/// Whether a unique key already exists.
#[must_use]
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

#[cfg(test)]
mod tests {
    use proto::catalog::v1::Item;
    use sea_orm_migration::prelude::*;

    use super::*;
    use crate::testing::{TestPlace, plan};

    struct Migrator;

    #[async_trait::async_trait]
    impl MigratorTrait for Migrator {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![
                Box::new(crate::facts::migration::Migration),
                Box::new(crate::facts::identity::Migration),
                Box::new(crate::facts::request_age::Migration),
            ]
        }
    }

    #[tokio::test]
    async fn an_answer_is_given_again_for_thirty_days_and_then_forgotten() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>("catalog").await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let requests = Requests::new(&Keys::make());
        let key = |n| requests.key(b"caller", "Rpc", Uuid::from_u128(n), &());
        let keep = async |n| {
            let txn = store.begin().await.unwrap();
            requests.keep(&txn, &clock, [(key(n), &Item::default())]).await.unwrap();
            txn.commit().await.unwrap();
        };
        keep(1).await;
        clock.set(clock.now() + KEPT);
        keep(2).await;
        assert_eq!(forget_old(&store, &clock).await.unwrap(), 0, "to the last moment");
        clock.set(clock.now() + SignedDuration::from_micros(1));
        assert_eq!(forget_old(&store, &clock).await.unwrap(), 1);
        let again = |n| requests.replay::<Item>(store.read(), key(n));
        assert_eq!(again(1).await.unwrap(), None);
        assert_eq!(again(2).await.unwrap(), Some(Item::default()));
        let plan = plan(&store, old(store.backend(), clock.now())).await;
        assert!(plan.contains("request_answered_at"), "{plan}");
    }
}
