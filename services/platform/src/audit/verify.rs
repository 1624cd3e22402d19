//! Whether the chain is whole.

use std::collections::BTreeMap;

use proto::fact::v1::fact::Body;
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::{HASH_BYTES, chain, entity};
use crate::{database::Store, facts};

/// How many facts are read at once.
const PAGE: u64 = 1_000;

/// The chain is not whole, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// An entry was changed, removed, added or moved.
    #[error("the audit chain is broken at position {position}: {reason}")]
    Broken {
        /// The first broken position.
        position: i64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The store fails.
    #[error("the store fails: {0}")]
    Store(#[from] DbErr),
}

/// Computes the chain again from its first entry, compares it with the facts that carry its hashes,
/// and returns the number of entries. Entries appended meanwhile do not matter.
///
/// # Errors
/// [`VerifyError`], naming the first position that is broken.
pub async fn verify(store: &Store) -> Result<u64, VerifyError> {
    // Before the head is read: an entry becomes visible with its fact, never before it.
    let last = entity::Entity::find()
        .order_by_desc(entity::Column::Position)
        .limit(1)
        .one(store.read())
        .await?;
    let head = facts::head(store).await?;
    let (mut after, mut entries, mut previous) = (0, 0, vec![0; HASH_BYTES]);
    while after < head {
        let page = facts::list(store, after, PAGE).await?;
        let Some(upto) = page.last().map(|fact| i64::try_from(fact.position).unwrap_or(i64::MAX))
        else {
            return Err(VerifyError::Broken { position: after + 1, reason: "facts are missing" });
        };
        let rows = entity::Entity::find()
            .filter(entity::Column::Position.gt(after))
            .filter(entity::Column::Position.lte(upto))
            .all(store.read())
            .await?;
        // The entry and the fact's hash at each position with one of them.
        let mut both: BTreeMap<i64, (Option<entity::Model>, Option<Vec<u8>>)> = BTreeMap::new();
        for row in rows {
            let position = row.position;
            both.entry(position).or_default().0 = Some(row);
        }
        for fact in page {
            if let Some(Body::AuditRecorded(told)) = fact.body {
                let position = i64::try_from(fact.position).unwrap_or(i64::MAX);
                both.entry(position).or_default().1 = Some(told.hash);
            }
        }
        for (position, (row, told)) in both {
            let broken = |reason| VerifyError::Broken { position, reason };
            let row = row.ok_or_else(|| broken("its entry is missing"))?;
            if chain(&previous, &row.record, position).as_slice() != row.hash {
                return Err(broken("its hash does not follow from the entry and the one before"));
            }
            if told.as_ref() != Some(&row.hash) {
                return Err(broken("its fact has another hash, or there is no fact"));
            }
            (previous, entries) = (row.hash, entries + 1);
        }
        after = upto;
    }
    match last.filter(|last| last.position > head) {
        Some(last) => {
            let reason = "it stands behind the last fact";
            Err(VerifyError::Broken { position: last.position, reason })
        }
        None => Ok(entries),
    }
}

#[cfg(test)]
mod tests {
    use proto::intake::v1::AuditRecord;
    use sea_orm::ConnectionTrait as _;
    use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

    use super::*;
    use crate::{
        audit::{commit, list, migration},
        clock::Clock,
        facts::entity::fact,
        testing::{TestPlace, catalog},
    };

    struct Migrator;

    #[async_trait::async_trait]
    impl MigratorTrait for Migrator {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![
                Box::new(facts::migration::Migration),
                Box::new(migration::Migration),
                Box::new(facts::identity::Migration),
            ]
        }
    }

    fn record(n: usize) -> AuditRecord {
        AuditRecord { actor: format!("officer-{n}"), at: 1, ..AuditRecord::default() }
    }

    async fn write(store: &Store, n: usize) {
        let txn = store.begin().await.unwrap();
        commit(txn, &Clock::System, &record(n)).await.unwrap();
    }

    /// A store with one fact of another kind, then three entries.
    async fn with_three() -> (TestPlace, Store) {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>("intake").await;
        let txn = store.begin().await.unwrap();
        facts::commit(txn, &Clock::System, vec![catalog().remove(0)]).await.unwrap();
        for n in 0..3 {
            write(&store, n).await;
        }
        assert_eq!(verify(&store).await.unwrap(), 3);
        (place, store)
    }

    async fn broken_at(store: &Store) -> i64 {
        match verify(store).await {
            Err(VerifyError::Broken { position, .. }) => position,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn s01_the_first_entry_follows_32_zeroes_and_its_hash_is_told() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>("intake").await;
        assert_eq!(verify(&store).await.unwrap(), 0, "an empty chain is whole");
        write(&store, 0).await;
        let [entry] = &list(&store, 0, 10).await.unwrap()[..] else { panic!("one entry") };
        let mut hashed = vec![0; 32];
        hashed.extend(&entry.record);
        hashed.extend([0, 0, 0, 0, 0, 0, 0, 1]);
        use sha2::Digest as _;
        assert_eq!(entry.hash, sha2::Sha256::digest(&hashed).to_vec());
        let told = facts::list(&store, 0, 10).await.unwrap();
        let Some(Body::AuditRecorded(told)) = &told[0].body else { panic!("{told:?}") };
        assert_eq!((entry.position, &told.hash), (1, &entry.hash));
        assert_eq!(verify(&store).await.unwrap(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn s01_entries_of_eight_writers_are_one_chain_in_the_order_of_their_facts() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>("intake").await;
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    for n in 0..10 {
                        write(&store, n).await;
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(verify(&store).await.unwrap(), 80);
        let positions: Vec<i64> =
            list(&store, 0, 100).await.unwrap().iter().map(|entry| entry.position).collect();
        assert_eq!(positions, (1..=80).collect::<Vec<_>>());
        let second = &list(&store, 1, 1).await.unwrap()[0];
        let first = &list(&store, 0, 1).await.unwrap()[0];
        assert_eq!(second.previous, first.hash, "each entry names the one before");
    }

    #[tokio::test]
    async fn s01_whatever_is_done_to_an_entry_is_found_at_its_position() {
        for (done, position) in [
            // Changed, by one byte; the first entry stands at position 2.
            (
                "UPDATE audit SET record = (SELECT record FROM audit WHERE position = 4) \
              WHERE position = 3",
                3,
            ),
            ("UPDATE audit SET hash = record WHERE position = 4", 4),
            ("DELETE FROM audit WHERE position = 2", 2),
            ("DELETE FROM audit WHERE position = 3", 3),
            ("DELETE FROM audit WHERE position = 4", 4),
            ("DELETE FROM audit", 2),
            ("INSERT INTO audit SELECT 1, record, hash FROM audit WHERE position = 2", 1),
            ("INSERT INTO audit SELECT 5, record, hash FROM audit WHERE position = 2", 5),
        ] {
            let (_place, store) = with_three().await;
            store.write().execute_unprepared(done).await.unwrap();
            assert_eq!(broken_at(&store).await, position, "{done}");
        }
    }

    #[tokio::test]
    async fn s01_two_entries_that_change_places_are_found() {
        let (_place, store) = with_three().await;
        for swap in [
            "UPDATE audit SET position = 9 WHERE position = 3",
            "UPDATE audit SET position = 3 WHERE position = 4",
            "UPDATE audit SET position = 4 WHERE position = 9",
        ] {
            store.write().execute_unprepared(swap).await.unwrap();
        }
        assert_eq!(broken_at(&store).await, 3);
    }

    #[tokio::test]
    async fn s01_a_chain_that_was_computed_anew_contradicts_the_facts_it_was_told_by() {
        let (_place, store) = with_three().await;
        let entries = list(&store, 0, 10).await.unwrap();
        let mut previous = vec![0; HASH_BYTES];
        for (n, entry) in entries.iter().enumerate() {
            let forged = prost::Message::encode_to_vec(&record(9));
            let record = if n == 1 { forged } else { entry.record.clone() };
            previous = chain(&previous, &record, entry.position).to_vec();
            let row = entity::ActiveModel {
                position: sea_orm::ActiveValue::Unchanged(entry.position),
                record: sea_orm::ActiveValue::Set(record),
                hash: sea_orm::ActiveValue::Set(previous.clone()),
            };
            entity::Entity::update(row).exec(store.write()).await.unwrap();
        }
        assert_eq!(broken_at(&store).await, 3);
        // And without its facts nothing is whole.
        fact::Entity::delete_many().exec(store.write()).await.unwrap();
        assert_eq!(broken_at(&store).await, 1);
    }
}
