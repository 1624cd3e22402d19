//! A writing transaction. Committed means that the database itself said so: a transaction of which
//! a statement failed is never committed, for PostgreSQL answers such a COMMIT with a rollback that
//! its driver takes for success.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use tokio::sync::OwnedSemaphorePermit;

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
}

impl Txn {
    pub(super) fn new(
        inner: DatabaseTransaction,
        troubles: Troubles,
        turn: OwnedSemaphorePermit,
    ) -> Self {
        Self { inner, failed: AtomicBool::new(false), troubles, turn }
    }

    /// Makes it durable. What tells facts commits by [`crate::facts::commit`] instead.
    ///
    /// # Errors
    /// If the store fails: whether it is durable is then known by reading only. If a statement of it
    /// failed before, it is rolled back.
    pub async fn commit(self) -> Result<(), DbErr> {
        let (inner, troubles, _turn) = self.whole().await?;
        note(&troubles, inner.commit().await)
    }

    /// Itself, if no statement of it failed; rolled back otherwise.
    async fn whole(self) -> Result<(DatabaseTransaction, Troubles, OwnedSemaphorePermit), DbErr> {
        let Self { inner, failed, troubles, turn } = self;
        if failed.into_inner() {
            inner.rollback().await?;
            let why = "a statement of this transaction failed: it was rolled back";
            return Err(DbErr::Custom(why.to_owned()));
        }
        Ok((inner, troubles, turn))
    }

    /// Lets it be silent for so long between two of its statements, and wait so long for others.
    pub(crate) async fn take_time(&self, silence: Duration, wait: Duration) -> Result<(), DbErr> {
        if self.get_database_backend() == DbBackend::Postgres {
            let (silence, wait) = (silence.as_secs(), wait.as_secs());
            let sql = format!(
                "SET LOCAL idle_in_transaction_session_timeout = '{silence}s'; \
                 SET LOCAL lock_timeout = '{wait}s'"
            );
            self.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    /// Makes it durable together with one more statement, both sent at once. For PostgreSQL.
    ///
    /// # Errors
    /// As of [`Self::commit`].
    pub(crate) async fn commit_with(self, statement: &str) -> Result<(), DbErr> {
        let (inner, troubles, _turn) = self.whole().await?;
        // The next transaction that this begins is an empty one, which the driver, who knows of one
        // only, ends when this is dropped.
        let committed = inner.execute_unprepared(&format!("{statement}; COMMIT AND CHAIN")).await;
        note(&troubles, committed).map(drop)
    }

    /// Undoes it.
    ///
    /// # Errors
    /// If the store fails; it is undone all the same.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }

    fn noted<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        if outcome.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

/// Keeps in mind whether the store can be written to.
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
        self.noted(self.inner.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.noted(self.inner.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.noted(self.inner.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.noted(self.inner.query_all_raw(statement).await)
    }
}
