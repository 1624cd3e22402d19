//! Seals values of older keys again with the newest one, so that an old key can be removed. Every
//! process must have the newest key first. It can run beside them, be killed and run again.

use sea_orm::{
    ConnectionTrait as _, DbErr, QueryResult, Value,
    sea_query::{Alias, Expr, ExprTrait as _, Order, Query},
};
use uuid::Uuid;

use crate::{crypto::Sealer, database::Store};

/// How many values are sealed again in one transaction.
const BATCH: u64 = 200;

/// A column of sealed values: each is sealed for the place `table.column/` and its row's key, the
/// bytes of the key's columns one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The columns of its primary key.
    pub key: &'static [Key],
}

/// A column of a primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A UUID.
    Uuid(&'static str),
    /// A number, the most significant byte first.
    Number(&'static str),
    /// Bytes.
    Bytes(&'static str),
}

/// The column every service has: the answers it keeps.
pub const ANSWERS: Column =
    Column { table: "request", column: "answer", key: &[Key::Bytes("key")] };

/// The result for a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Values sealed again.
    pub resealed: u64,
    /// Values that the newest key had sealed already.
    pub current: u64,
    /// Values that someone else changed meanwhile; the next run finds them.
    pub missed: u64,
}

/// Why a column cannot be sealed again.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// A value cannot be opened: its key is gone, or it was tampered with. Values sealed before it
    /// stay so.
    #[error("{table}.{column}: a value cannot be decrypted: its key is missing, or it was changed")]
    Unopenable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The store fails.
    #[error("the store fails: {0}")]
    Store(#[from] DbErr),
}

/// Seals columns again, batch by batch; returns the result for each. This includes rows that are
/// otherwise never updated: their content stays the same, only the ciphertext changes.
///
/// # Errors
/// [`ResealError`].
pub async fn reseal(
    store: &Store,
    sealer: &Sealer,
    columns: &[Column],
) -> Result<Vec<(Column, Count)>, ResealError> {
    let mut done = Vec::new();
    for column in columns {
        done.push((*column, column.reseal(store, sealer).await?));
    }
    Ok(done)
}

impl Column {
    async fn reseal(&self, store: &Store, sealer: &Sealer) -> Result<Count, ResealError> {
        let (table, value) = (Alias::new(self.table), Alias::new(self.column));
        let mut count = Count::default();
        let mut after: Option<Vec<Value>> = None;
        loop {
            let mut select = Query::select();
            select.column(value.clone()).from(table.clone()).limit(BATCH);
            for key in self.key {
                select.column(Alias::new(key.name())).order_by(Alias::new(key.name()), Order::Asc);
            }
            if let Some(after) = after {
                let after: Vec<Expr> = after.into_iter().map(Expr::val).collect();
                select.and_where(self.whole_key().gt(Expr::tuple(after)));
            }
            let rows = store.read().query_all(&select).await?;
            let (mut anew, mut last) = (Vec::new(), None);
            for row in &rows {
                let (id, bytes) = self.id(row)?;
                // An empty value stays empty.
                let old: Option<Vec<u8>> = row.try_get("", self.column)?;
                if let Some(old) = old.filter(|old| !old.is_empty()) {
                    let resealed = sealer.reseal(&old, &self.place(&bytes));
                    match resealed.map_err(|_| self.unopenable())? {
                        None => count.current += 1,
                        Some(new) => anew.push((id.clone(), old, new)),
                    }
                }
                last = Some(id);
            }
            if !anew.is_empty() {
                let txn = store.begin().await?;
                for (id, old, new) in anew {
                    let mut update = Query::update();
                    update.table(table.clone()).value(value.clone(), new);
                    for (key, id) in self.key.iter().zip(id) {
                        update.and_where(Expr::col(Alias::new(key.name())).eq(id));
                    }
                    update.and_where(Expr::col(value.clone()).eq(old));
                    match txn.execute(&update).await?.rows_affected() {
                        0 => count.missed += 1,
                        _ => count.resealed += 1,
                    }
                }
                txn.commit().await?;
            }
            if (rows.len() as u64) < BATCH {
                return Ok(count);
            }
            after = last;
        }
    }

    fn whole_key(&self) -> Expr {
        let column = |key: &Key| -> Expr { Expr::col(Alias::new(key.name())) };
        Expr::tuple(self.key.iter().map(column))
    }

    /// A row's key, as the store compares it and as the last bytes of its place.
    fn id(&self, row: &QueryResult) -> Result<(Vec<Value>, Vec<u8>), DbErr> {
        let (mut id, mut bytes) = (Vec::new(), Vec::new());
        for key in self.key {
            match key {
                Key::Uuid(name) => {
                    let part: Uuid = row.try_get("", name)?;
                    bytes.extend(part.as_bytes());
                    id.push(part.into());
                }
                Key::Number(name) => {
                    let part: i32 = row.try_get("", name)?;
                    bytes.extend(part.to_be_bytes());
                    id.push(part.into());
                }
                Key::Bytes(name) => {
                    let part: Vec<u8> = row.try_get("", name)?;
                    bytes.extend(&part);
                    id.push(part.into());
                }
            }
        }
        Ok((id, bytes))
    }

    fn place(&self, key: &[u8]) -> Vec<u8> {
        [self.table.as_bytes(), b".", self.column.as_bytes(), b"/", key].concat()
    }

    fn unopenable(&self) -> ResealError {
        ResealError::Unopenable { table: self.table, column: self.column }
    }
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::Uuid(name) | Self::Number(name) | Self::Bytes(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use sea_orm::EntityTrait as _;
    use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

    use super::*;
    use crate::{
        clock::Clock,
        crypto::{SealingKeys, Suite},
        facts::{self, entity::request},
        keys::Keys,
        request::{RequestKey, Requests},
        testing::{
            TestPlace,
            wait::{PATIENCE, within},
        },
    };

    struct Migrator;

    #[async_trait::async_trait]
    impl MigratorTrait for Migrator {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![Box::new(facts::migration::Migration)]
        }
    }

    /// The deployment's keys with only these sealing keys and this suite.
    fn with(keys: &Keys, suite: Suite, numbers: &[u8]) -> Keys {
        let sealing = numbers.iter().map(|number| (*number, [*number; 32])).collect();
        Keys { sealing: SealingKeys { suite, keys: sealing }, ..keys.clone() }
    }

    fn answer(n: u32) -> Timestamp {
        Timestamp { seconds: n.into(), nanos: 0 }
    }

    fn key(requests: &Requests, n: u32) -> RequestKey {
        requests.key(b"someone", "Rpc", Uuid::from_u128(n.into()), &answer(n))
    }

    async fn keep(store: &Store, keys: &Keys, numbers: std::ops::Range<u32>) {
        let requests = Requests::new(keys);
        let txn = store.begin().await.unwrap();
        for n in numbers {
            let key = key(&requests, n);
            requests.keep(&txn, &Clock::System, [(key, &answer(n))]).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    async fn answers(store: &Store, sealer: &Sealer) -> Result<Count, ResealError> {
        Ok(reseal(store, sealer, &[ANSWERS]).await?[0].1)
    }

    async fn replays(store: &Store, keys: &Keys, n: u32) -> bool {
        let requests = Requests::new(keys);
        let kept = requests.replay::<Timestamp>(store.read(), key(&requests, n)).await;
        kept.is_ok_and(|kept| kept == Some(answer(n)))
    }

    #[tokio::test]
    async fn s01_kept_answers_are_sealed_anew_and_the_old_key_can_go() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>("intake").await;
        let made = Keys::make();
        let old = with(&made, Suite::Aes256Gcm, &[1]);
        let both = with(&made, Suite::Sm4Gcm, &[1, 2]);
        let new = with(&made, Suite::Sm4Gcm, &[2]);
        // More than a batch.
        keep(&store, &old, 0..300).await;
        keep(&store, &both, 300..310).await;
        assert!(replays(&store, &both, 0).await && !replays(&store, &new, 0).await);
        let sealer = Sealer::new(&both.sealing);
        let first = answers(&store, &sealer).await.unwrap();
        assert_eq!(first, Count { resealed: 300, current: 10, missed: 0 });
        let second = answers(&store, &sealer).await.unwrap();
        assert_eq!(second, Count { resealed: 0, current: 310, missed: 0 });
        for n in [0, 199, 200, 299, 309] {
            assert!(replays(&store, &new, n).await, "{n} without the old key");
        }
    }

    #[tokio::test]
    async fn s01_without_the_old_key_it_says_so_and_what_was_done_stays_done() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>("intake").await;
        let made = Keys::make();
        keep(&store, &with(&made, Suite::Aes256Gcm, &[1]), 0..3).await;
        let new = Sealer::new(&with(&made, Suite::Aes256Gcm, &[2]).sealing);
        let refused = answers(&store, &new).await.unwrap_err();
        assert!(refused.to_string().contains("request.answer: a value cannot"), "{refused}");
        let both = Sealer::new(&with(&made, Suite::Aes256Gcm, &[1, 2]).sealing);
        assert_eq!(answers(&store, &both).await.unwrap().resealed, 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn s01_killed_in_the_middle_nothing_is_lost_and_the_next_run_ends_it() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>("intake").await;
        let made = Keys::make();
        let both = with(&made, Suite::Aes256Gcm, &[1, 2]);
        keep(&store, &with(&made, Suite::Aes256Gcm, &[1]), 0..500).await;
        let running = (store.clone(), Sealer::new(&both.sealing));
        let job = tokio::spawn(async move { answers(&running.0, &running.1).await });
        let anew = async || {
            let rows = request::Entity::find().all(store.read()).await.unwrap();
            rows.iter().filter(|row| row.answer[0] == 2).count() as u64
        };
        let first = async {
            while anew().await == 0 {
                tokio::task::yield_now().await;
            }
        };
        within("the first answer sealed anew", PATIENCE, first).await;
        job.abort();
        // Whether it ended or not, it holds no connection any more.
        let _ = job.await;
        let (done, sealer) = (anew().await, Sealer::new(&both.sealing));
        let rest = answers(&store, &sealer).await.unwrap();
        assert_eq!(rest.resealed + rest.current, 500);
        assert!(rest.current >= done, "{rest:?} after {done}");
        let new = with(&made, Suite::Aes256Gcm, &[2]);
        for n in 0..500 {
            assert!(replays(&store, &new, n).await, "{n}");
        }
    }
}
