//! A writing transaction. Committed means that the database itself confirmed it. A transaction with
//! a failed statement is never committed: PostgreSQL answers such a COMMIT with a rollback, and its
//! driver takes that for success.

use std::{
    future::Future,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Limited,
    limited::{ANSWER, GivenUp},
};
use crate::{
    status::cannot_write,
    trouble::{Kind, Troubles},
};

/// A writing transaction; rolled back when dropped.
#[derive(Debug)]
pub struct Txn {
    inner: DatabaseTransaction,
    failed: AtomicBool,
    troubles: Troubles,
    turn: OwnedSemaphorePermit,
    /// How many milliseconds each of its statements may take.
    limit: AtomicU64,
    given_up: GivenUp,
}

impl Txn {
    pub(super) fn new(
        inner: DatabaseTransaction,
        troubles: Troubles,
        turn: OwnedSemaphorePermit,
        by: &Limited,
    ) -> Self {
        let (failed, given_up) = (AtomicBool::new(false), by.given_up.clone());
        Self { inner, failed, troubles, turn, limit: millis(by.limit).into(), given_up }
    }

    /// Makes it durable. A transaction with facts commits by [`crate::facts::commit`] instead.
    ///
    /// # Errors
    /// If the store fails: whether it is durable is then known by reading only. If a statement of it
    /// failed before, it is rolled back.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Whole { inner, troubles, limit, given_up, _turn } = self.whole().await?;
        note(&troubles, given_up.within(limit, inner.commit()).await)
    }

    /// The transaction, if no statement of it failed; else it is rolled back.
    async fn whole(self) -> Result<Whole, DbErr> {
        let limit = self.limit();
        let Self { inner, failed, troubles, turn, given_up, .. } = self;
        if failed.into_inner() {
            given_up.within(limit, inner.rollback()).await?;
            let why = "a statement of this transaction failed: it was rolled back";
            return Err(DbErr::Custom(why.to_owned()));
        }
        Ok(Whole { inner, troubles, limit, given_up, _turn: turn })
    }

    /// Allows so long a pause between two of its statements, and so long a wait for others; a statement
    /// may take as long as the longer of the two.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn take_time(&self, silence: Duration, wait: Duration) -> Result<(), DbErr> {
        // A transaction that waits for others in the database also waits for the answer.
        let limit = silence.max(wait) + ANSWER;
        self.limit.store(millis(limit), Ordering::Relaxed);
        if self.get_database_backend() == DbBackend::Postgres {
            let (silence, wait, limit) = (silence.as_secs(), wait.as_secs(), limit.as_secs());
            let sql = format!(
                "SET LOCAL idle_in_transaction_session_timeout = '{silence}s'; \
                 SET LOCAL lock_timeout = '{wait}s'; SET LOCAL statement_timeout = '{limit}s'"
            );
            self.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    /// Makes it durable together with one more statement, both sent at once. PostgreSQL only.
    ///
    /// # Errors
    /// As of [`Self::commit`].
    pub(crate) async fn commit_with(self, statement: &str) -> Result<(), DbErr> {
        let Whole { inner, troubles, limit, given_up, _turn } = self.whole().await?;
        // The next transaction that this begins is empty. The driver knows of one only, and ends it
        // when this is dropped.
        let sql = format!("{statement}; COMMIT AND CHAIN");
        let committed = given_up.within(limit, inner.execute_unprepared(&sql)).await;
        note(&troubles, committed).map(drop)
    }

    /// Undoes it.
    ///
    /// # Errors
    /// If the store fails; it is undone in any case.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.given_up.within(self.limit(), self.inner.rollback()).await
    }

    fn limit(&self) -> Duration {
        Duration::from_millis(self.limit.load(Ordering::Relaxed))
    }

    /// A transaction cannot continue after a failed statement.
    async fn asked<T>(&self, asked: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.noted(self.given_up.within(self.limit(), asked).await)
    }

    fn noted<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        if outcome.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

/// A transaction that can be committed.
struct Whole {
    inner: DatabaseTransaction,
    troubles: Troubles,
    limit: Duration,
    given_up: GivenUp,
    _turn: OwnedSemaphorePermit,
}

fn millis(limit: Duration) -> u64 {
    u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)
}

/// Records whether the store can be written to.
pub(super) fn note<T>(troubles: &Troubles, written: Result<T, DbErr>) -> Result<T, DbErr> {
    match &written {
        Ok(_) => troubles.end(Kind::StoreCannotWrite),
        Err(error) if cannot_write(error) => troubles.meet(Kind::StoreCannotWrite, error),
        Err(_) => {}
    }
    written
}

#[tonic::async_trait]
impl ConnectionTrait for Txn {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.asked(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.asked(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.asked(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.asked(self.inner.query_all_raw(statement)).await
    }
}
